//! Files, folders and patterns as tables.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::files::Format;
use batch::files_below;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::TableReference;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

/// Why files are no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A path that is not there, or cannot be read.
    #[error("cannot read `{}`: {why}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A pattern or folder without files that could be read.
    #[error(
        "`{0}` holds no file to read: the endings are .parquet, .csv, .jsonl (or .ndjson) and \
         .arrow (or .feather)"
    )]
    Nothing(String),
    /// A folder of several kinds of files.
    #[error(
        "`{path}` holds files of several kinds: {endings}; say which, as in `{path}/*.parquet`"
    )]
    Mixed {
        /// The path.
        path: String,
        /// Their endings.
        endings: String,
    },
    /// A pattern over folders that are columns.
    #[error(
        "`{0}` is a pattern over folders that are columns; name the folder above them, and choose \
         with `where`"
    )]
    Partitions(String),
    /// A pattern that is none.
    #[error("`{pattern}` is not a pattern: {why}")]
    Pattern {
        /// What was written.
        pattern: String,
        /// What is wrong.
        why: String,
    },
    /// What is in them does not fit together.
    #[error("`{path}` cannot be read as a table: {why}")]
    Unfit {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
}

/// Makes files a table of a context: a file, a folder (names that begin with `.` or `_` are left
/// out, folders such as `month=2025-06` are columns) or a pattern such as `orders/2025-*.parquet`.
///
/// # Errors
/// See [`TableError`].
pub async fn open(context: &SessionContext, name: &str, path: &str) -> Result<(), TableError> {
    let (url, ending) = located(path)?;
    let unfit = |why: DataFusionError| TableError::Unfit {
        path: path.to_owned(),
        why: why.strip_backtrace(),
    };
    let format: Arc<dyn FileFormat> = match Format::named(&ending) {
        Some(Format::Parquet) => Arc::new(ParquetFormat::default()),
        Some(Format::Csv) => Arc::new(CsvFormat::default().with_has_header(true)),
        Some(Format::JsonLines) => Arc::new(JsonFormat::default()),
        Some(Format::Arrow) => Arc::new(ArrowFormat),
        None => return Err(TableError::Nothing(path.to_owned())),
    };
    let state = context.state();
    let url = ListingTableUrl::parse(&url).map_err(unfit)?;
    let options = ListingOptions::new(format).with_file_extension(format!(".{ending}"));
    let config = ListingTableConfig::new(url).with_listing_options(options);
    let config = config.infer_partitions_from_path(&state).await.map_err(unfit)?;
    let config = without_twins(config.infer_schema(&state).await.map_err(unfit)?);
    let table = ListingTable::try_new(config).map_err(unfit)?;
    let name = TableReference::bare(name);
    context.register_table(name, Arc::new(table)).map_err(unfit)?;
    Ok(())
}

/// Files may hold the columns that their folders stand for, as those of `weir batch` do: then their
/// own are taken. Where they hold some and not all, those of the folders are, which are texts.
fn without_twins(mut config: ListingTableConfig) -> ListingTableConfig {
    let (Some(options), Some(schema)) = (&mut config.options, &mut config.file_schema) else {
        return config;
    };
    for (_, of) in &mut options.table_partition_cols {
        *of = DataType::Utf8;
    }
    let is_held = |name: &str| schema.field_with_name(name).is_ok();
    let columns = &options.table_partition_cols;
    if columns.iter().all(|(name, _)| is_held(name)) {
        options.table_partition_cols.clear();
    } else if columns.iter().any(|(name, _)| is_held(name)) {
        let is_own = |field: &&Arc<Field>| !columns.iter().any(|(name, _)| name == field.name());
        let fields: Vec<Arc<Field>> = schema.fields().iter().filter(is_own).cloned().collect();
        *schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    }
    config
}

/// Where the files are, as DataFusion has it, and their ending.
fn located(path: &str) -> Result<(String, String), TableError> {
    let unreadable = |why| TableError::Unreadable { path: PathBuf::from(path), why };
    let is_pattern = path.contains(['*', '?', '[']) && !Path::new(path).exists();
    if is_pattern {
        let found = glob::glob(path).map_err(|why| TableError::Pattern {
            pattern: path.to_owned(),
            why: why.msg.to_owned(),
        })?;
        let files: Vec<PathBuf> = found.flatten().filter(|file| file.is_file()).collect();
        let start = path.find(['*', '?', '[']).unwrap_or(0);
        let start = path[..start].rfind('/').map_or(0, |at| at + 1);
        if path[start..].contains('=') {
            return Err(TableError::Partitions(path.to_owned()));
        }
        let ending = one_ending(path, &files)?;
        return Ok((path.to_owned(), ending));
    }
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        return Ok((path.to_owned(), one_ending(path, &[PathBuf::from(path)])?));
    }
    let mut files = Vec::new();
    files_below(Path::new(path), &mut files).map_err(unreadable)?;
    let ending = one_ending(path, &files)?;
    // What a job keeps of itself lies in `_weir/`.
    Ok((format!("{}/[!._]*", path.trim_end_matches('/')), ending))
}

/// The one ending of files that can be read.
fn one_ending(path: &str, files: &[PathBuf]) -> Result<String, TableError> {
    let readable = files.iter().filter(|file| Format::of(file).is_some());
    let endings: BTreeSet<String> = readable
        .filter_map(|file| Some(file.extension()?.to_string_lossy().into_owned()))
        .collect();
    let mut all = endings.iter();
    match (all.next(), all.next()) {
        (None, _) => Err(TableError::Nothing(path.to_owned())),
        (Some(ending), None) => Ok(ending.clone()),
        _ => {
            let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
            let path = path.trim_end_matches('/').to_owned();
            Err(TableError::Mixed { path, endings: endings.join(", ") })
        }
    }
}

/// The name of a table for a path: of the file without its ending, or of the folder.
pub fn name_of(path: &str) -> Option<String> {
    let stem = Path::new(path.trim_end_matches('/')).file_stem()?.to_str()?;
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let name: String = stem.to_lowercase().chars().map(plain).collect();
    let name = name.trim_matches('_').to_owned();
    let is_usable = name.starts_with(|letter: char| letter.is_alphabetic());
    is_usable.then_some(name)
}
