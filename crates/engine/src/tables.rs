//! Files, folders and patterns as tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::files::{Format, unpacked};
use batch::files_below;
use batch::reading::separator;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::TableReference;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
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
        "`{0}` holds no file to read: the endings are .parquet, .arrow (or .feather), .csv, .tsv \
         and .jsonl (or .ndjson), and of texts these with .gz or .zst"
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
    let Located { url, ending, files } = located(path)?;
    let unfit = |why: DataFusionError| TableError::Unfit {
        path: path.to_owned(),
        why: why.strip_backtrace(),
    };
    let format = format(path, &files)?;
    let state = context.state();
    let url = ListingTableUrl::parse(&url).map_err(unfit)?;
    let options = ListingOptions::new(format).with_file_extension(ending);
    let config = ListingTableConfig::new(url).with_listing_options(options);
    let config = config.infer_partitions_from_path(&state).await.map_err(unfit)?;
    let config = without_twins(config.infer_schema(&state).await.map_err(unfit)?);
    let table = ListingTable::try_new(config).map_err(unfit)?;
    let name = TableReference::bare(name);
    context.register_table(name, Arc::new(table)).map_err(unfit)?;
    Ok(())
}

/// What files of one ending are read with.
fn format(path: &str, files: &[PathBuf]) -> Result<Arc<dyn FileFormat>, TableError> {
    let nothing = || TableError::Nothing(path.to_owned());
    let first = files.first().ok_or_else(nothing)?;
    let packing = match first.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if ending.eq_ignore_ascii_case("gz") => FileCompressionType::GZIP,
        Some(ending) if ending.eq_ignore_ascii_case("zst") => FileCompressionType::ZSTD,
        _ => FileCompressionType::UNCOMPRESSED,
    };
    Ok(match Format::of_input(first).ok_or_else(nothing)? {
        Format::Parquet => Arc::new(ParquetFormat::default()),
        Format::Arrow => Arc::new(ArrowFormat),
        Format::JsonLines => Arc::new(JsonFormat::default().with_file_compression_type(packing)),
        Format::Csv => {
            let csv = CsvFormat::default().with_has_header(true).with_newlines_in_values(true);
            let separator = one_separator(files)?;
            Arc::new(csv.with_delimiter(separator).with_file_compression_type(packing))
        }
    })
}

/// What stands between the values of all the files.
fn one_separator(files: &[PathBuf]) -> Result<u8, TableError> {
    let mut first = None;
    for file in files {
        let unfit = |why: String| TableError::Unfit { path: file.display().to_string(), why };
        let own = separator(file).map_err(|why| unfit(why.to_string()))?;
        match *first.get_or_insert(own) {
            first if first == own => {}
            _ => {
                let other = files[0].display();
                return Err(unfit(format!("its values are separated otherwise than in `{other}`")));
            }
        }
    }
    Ok(first.unwrap_or(b','))
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

/// Where files are.
struct Located {
    /// As DataFusion has it.
    url: String,
    /// The one ending, with its point.
    ending: String,
    /// Those that have it.
    files: Vec<PathBuf>,
}

/// Finds them.
fn located(path: &str) -> Result<Located, TableError> {
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
        return one_ending(path, path.to_owned(), files);
    }
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        return one_ending(path, path.to_owned(), vec![PathBuf::from(path)]);
    }
    let mut files = Vec::new();
    files_below(Path::new(path), &mut files).map_err(unreadable)?;
    // What a job keeps of itself lies in `_weir/`.
    let url = format!("{}/[!._]*", path.trim_end_matches('/'));
    one_ending(path, url, files)
}

/// The files that can be read, if they have one ending.
fn one_ending(path: &str, url: String, mut files: Vec<PathBuf>) -> Result<Located, TableError> {
    files.retain(|file| Format::of_input(file).is_some());
    let mut endings: Vec<String> = files.iter().filter_map(|file| ending(file)).collect();
    endings.sort();
    endings.dedup();
    match endings.len() {
        0 => Err(TableError::Nothing(path.to_owned())),
        1 => Ok(Located { url, ending: endings.swap_remove(0), files }),
        _ => {
            let path = path.trim_end_matches('/').to_owned();
            Err(TableError::Mixed { path, endings: endings.join(", ") })
        }
    }
}

/// What tells how a file is read: `.parquet`, `.csv.gz`.
fn ending(file: &Path) -> Option<String> {
    let plain = unpacked(file).extension()?.to_str()?;
    let name = file.file_name()?.to_str()?;
    Some(name[name.rfind(plain)?.checked_sub(1)?..].to_owned())
}

/// The name of a table for a path: of the file without its ending, or of the folder.
pub fn name_of(path: &str) -> Option<String> {
    let stem = unpacked(Path::new(path.trim_end_matches('/'))).file_stem()?.to_str()?;
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let name: String = stem.to_lowercase().chars().map(plain).collect();
    let name = name.trim_matches('_').to_owned();
    let is_usable = name.starts_with(|letter: char| letter.is_alphabetic());
    is_usable.then_some(name)
}
