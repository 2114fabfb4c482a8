//! Files, folders and patterns as tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::files::{Format, unpacked};
use batch::{files_below, partitions};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use crate::texts::{TextFile, Texts};

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
    /// A folder of which the engine would read more than is meant.
    #[error(
        "`{path}` holds `{}`, which is left out for its name, beside folders that are columns: \
         move it elsewhere, or name files by a pattern", .hidden.display()
    )]
    Hidden {
        /// The path.
        path: String,
        /// The file.
        hidden: PathBuf,
    },
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
/// Says how many rows cannot be read; they have no values, and the column `weir_unread` says why.
///
/// Of CSV and JSON Lines every value is looked at, so that columns have types that keep them all.
///
/// # Errors
/// See [`TableError`].
pub async fn open(context: &SessionContext, name: &str, path: &str) -> Result<u64, TableError> {
    open_for(context, name, path, false).await
}

/// The same for a cluster, to which the files are named.
///
/// # Errors
/// See [`TableError`].
pub async fn open_for_cluster(
    context: &SessionContext,
    name: &str,
    path: &str,
) -> Result<u64, TableError> {
    open_for(context, name, path, true).await
}

async fn open_for(
    context: &SessionContext,
    name: &str,
    path: &str,
    is_sent: bool,
) -> Result<u64, TableError> {
    let located = located(path)?;
    let unfit = |why: String| TableError::Unfit { path: path.to_owned(), why };
    let name = TableReference::bare(name);
    let register = |table: Arc<dyn TableProvider>| {
        context.register_table(name, table).map_err(|why| unfit(why.strip_backtrace()))
    };
    let format: Arc<dyn FileFormat> = match located.format {
        Format::Parquet => Arc::new(ParquetFormat::default()),
        Format::Arrow => Arc::new(ArrowFormat),
        Format::Csv | Format::JsonLines => {
            let texts = texts(context, &located).await.map_err(unfit)?;
            let unread = texts.unread;
            register(Arc::new(texts))?;
            return Ok(unread);
        }
    };
    let table = columnar(context, path, &located, format, is_sent).await?;
    register(Arc::new(table))?;
    Ok(0)
}

/// Looks at texts, on threads that may take their time.
async fn texts(context: &SessionContext, located: &Located) -> Result<Texts, String> {
    let folder = located.folder.as_deref();
    let files = located.files.iter().map(|file| TextFile::new(file, folder));
    let files = files.collect::<Result<Vec<_>, _>>().map_err(|why| why.to_string())?;
    let threads = context.state().config().target_partitions();
    let looked = tokio::task::spawn_blocking(move || Texts::look(files, threads)).await;
    looked.map_err(|why| why.to_string())?
}

/// Files of Parquet and Arrow.
async fn columnar(
    context: &SessionContext,
    path: &str,
    located: &Located,
    format: Arc<dyn FileFormat>,
    is_sent: bool,
) -> Result<ListingTable, TableError> {
    let unfit = |why: DataFusionError| TableError::Unfit {
        path: path.to_owned(),
        why: why.strip_backtrace(),
    };
    let state = context.state();
    let options = ListingOptions::new(format).with_file_extension(located.ending.clone());
    let config = match &located.folder {
        // The columns of folders are those below the one that is named.
        Some(folder) if located.have_columns() => {
            if let Some(hidden) = hidden(folder, folder, &located.ending, is_sent) {
                return Err(TableError::Hidden { path: path.to_owned(), hidden });
            }
            let url = format!("{}/[!._]*", path.trim_end_matches('/'));
            let url = ListingTableUrl::parse(url).map_err(unfit)?;
            let config = ListingTableConfig::new(url).with_listing_options(options);
            config.infer_partitions_from_path(&state).await.map_err(unfit)?
        }
        // By name: a cluster would read a whole folder for a pattern.
        _ => {
            let urls = located.files.iter().map(|file| ListingTableUrl::parse(address(file)));
            let urls = urls.collect::<Result<_, _>>().map_err(unfit)?;
            ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options)
        }
    };
    let mut schemas = Vec::new();
    for url in &config.table_paths {
        let Some(options) = &config.options else { break };
        schemas.push(options.infer_schema(&state, url).await.map_err(unfit)?.as_ref().clone());
    }
    let schema = Schema::try_merge(schemas).map_err(|why| unfit(why.into()))?;
    ListingTable::try_new(without_twins(config.with_schema(Arc::new(schema)))).map_err(unfit)
}

/// A file as a URL, whatever its name.
fn address(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut url = String::from("file://");
    for byte in file.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/.-_=".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// A file of that ending below a name that begins with `.` or `_`, if the engine would read it.
fn hidden(folder: &Path, root: &Path, ending: &str, is_sent: bool) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = hidden(&path, root, ending, is_sent) {
                return Some(found);
            }
            continue;
        }
        let is_hidden = |name: &str| name.starts_with(['.', '_']);
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // The engine looks at the first name that is no column, and on a cluster at none.
        let is_seen = name.split('/').find(|name| !name.contains('=')).is_some_and(is_hidden);
        if name.ends_with(ending) && name.split('/').any(is_hidden) && (is_sent || !is_seen) {
            return Some(path);
        }
    }
    None
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
    /// The folder that is named, if one is.
    folder: Option<PathBuf>,
    /// Their one format.
    format: Format,
    /// Their one ending, with its point; the first of them where they are texts.
    ending: String,
    /// Those that are read.
    files: Vec<PathBuf>,
}

impl Located {
    /// Whether folders below the one that is named are columns.
    fn have_columns(&self) -> bool {
        let below = |file: &PathBuf| {
            let name = file.strip_prefix(self.folder.as_deref()?).ok()?;
            Some(!partitions(name).is_empty())
        };
        self.files.iter().any(|file| below(file) == Some(true))
    }
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
        return one_format(path, None, files);
    }
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        return one_format(path, None, vec![PathBuf::from(path)]);
    }
    let mut files = Vec::new();
    files_below(Path::new(path), &mut files).map_err(unreadable)?;
    files.sort();
    one_format(path, Some(PathBuf::from(path)), files)
}

/// The files that can be read, if they have one format; texts may be compressed in several ways.
fn one_format(
    path: &str,
    folder: Option<PathBuf>,
    mut files: Vec<PathBuf>,
) -> Result<Located, TableError> {
    files.retain(|file| Format::of_input(file).is_some());
    let mut endings: Vec<String> = files.iter().filter_map(|file| ending(file)).collect();
    endings.sort();
    endings.dedup();
    let first = files.first().and_then(|file| Format::of_input(file));
    let (Some(format), Some(ending)) = (first, endings.first().cloned()) else {
        return Err(TableError::Nothing(path.to_owned()));
    };
    let are_texts = matches!(format, Format::Csv | Format::JsonLines);
    let are_one = files.iter().all(|file| Format::of_input(file) == Some(format));
    if are_one && (are_texts || endings.len() == 1) {
        return Ok(Located { folder, format, ending, files });
    }
    let path = path.trim_end_matches('/').to_owned();
    Err(TableError::Mixed { path, endings: endings.join(", ") })
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
