//! Which files a job is about: files, folders of files, and patterns such as `2025-*.parquet`.

mod stored;

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use percent_encoding::percent_decode_str;

use crate::files::Format;
use crate::job::JobError;
use crate::places::{About, Place, Standing, is_stored};

/// What a folder's name says where there is no value.
pub(crate) const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// A file to read.
pub(crate) struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, with its folders below the one that was named.
    pub name: PathBuf,
    /// Columns from the names of its folders, `month=2025-06`.
    pub partitions: Vec<(String, String)>,
    /// What it is written in.
    pub format: Format,
    /// What is known of it; a file that is not there is told when it is its turn.
    pub about: Option<About>,
}

impl Input {
    fn new(path: PathBuf, name: PathBuf, format: Format, about: Option<About>) -> Input {
        Input { partitions: partitions(&path), path, name, format, about }
    }

    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.about.as_ref().map_or(0, |about| about.bytes)
    }
}

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    /// Files to read.
    pub tables: Vec<Input>,
    /// Other files beside them, which nobody named by their name.
    pub skipped: Vec<PathBuf>,
}

impl Found {
    fn add(&mut self, path: PathBuf, name: PathBuf, about: Option<About>) {
        match Format::of_input(&path) {
            Some(format) => self.tables.push(Input::new(path, name, format, about)),
            None => self.skipped.push(path),
        }
    }
}

/// Finds the files that are named, in order.
///
/// # Errors
/// What is not there, is no table, or holds the output; and where there is no file at all.
pub(crate) fn find(named: &[PathBuf], output: &Path) -> Result<Found, JobError> {
    let mut found = Found::default();
    let own = resolved(output);
    for input in named {
        if is_stored(input) {
            stored::add(input, output, &mut found)?;
        } else if let Some(pattern) = pattern(input) {
            let before = found.tables.len();
            let base = literal(input);
            for path in matching(input, pattern)? {
                // What an earlier run wrote is no input, although the pattern may match it.
                if resolved(&path).starts_with(&own) {
                    continue;
                }
                add(&path, Some(&base), output, &mut found)?;
            }
            if found.tables.len() == before {
                return Err(JobError::NoMatch(input.clone()));
            }
        } else {
            add(input, None, output, &mut found)?;
        }
    }
    if found.tables.is_empty() { Err(JobError::Nothing) } else { Ok(found) }
}

/// Adds a file, or the files of a folder; their names begin below the base, if there is one.
fn add(
    input: &Path,
    base: Option<&Path>,
    output: &Path,
    found: &mut Found,
) -> Result<(), JobError> {
    let unreadable = |why| JobError::Input { path: input.to_owned(), why };
    if let Standing::File(about) = Place::Here.look(input).map_err(unreadable)? {
        // A pattern may match more than tables.
        if base.is_none() && Format::of_input(input).is_none() {
            return Err(JobError::Ending(input.to_owned()));
        }
        let below = base.and_then(|base| input.strip_prefix(base).ok());
        let name = below.map(Path::to_owned).or_else(|| input.file_name().map(PathBuf::from));
        if let Some(name) = name {
            found.add(input.to_owned(), name, Some(about));
        }
        return Ok(());
    }
    if resolved(output).starts_with(resolved(input)) {
        return Err(JobError::Within { output: output.to_owned(), input: input.to_owned() });
    }
    let mut files = Vec::new();
    files_below(input, &mut files).map_err(unreadable)?;
    files.sort();
    for file in files {
        let about = Place::Here.about(&file);
        let name = file.strip_prefix(base.unwrap_or(input)).map(Path::to_owned);
        if let Ok(name) = name {
            found.add(file, name, about);
        }
    }
    Ok(())
}

/// A path as a pattern, if it is one. What is there under that very name is meant itself.
fn pattern(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    (text.contains(['*', '?', '[']) && !path.exists()).then_some(text)
}

/// The folders of a pattern before its first part that varies.
fn literal(pattern: &Path) -> PathBuf {
    let is_literal = |part: &Component<'_>| {
        part.as_os_str().to_str().is_some_and(|text| !text.contains(['*', '?', '[']))
    };
    pattern.components().take_while(is_literal).collect()
}

/// How patterns are meant.
const MATCHING: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What a pattern matches, in order; hidden files only where it says so.
fn matching(path: &Path, pattern: &str) -> Result<Vec<PathBuf>, JobError> {
    let refused = |why: &dyn std::fmt::Display| JobError::Input {
        path: path.to_owned(),
        why: std::io::Error::other(why.to_string()),
    };
    let found = glob::glob_with(pattern, MATCHING).map_err(|why| refused(&why))?;
    let mut paths = Vec::new();
    for path in found {
        paths.push(path.map_err(|why| refused(&why))?);
    }
    // A folder that matches brings its files; they are not to come twice.
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    let is_in =
        |path: &PathBuf| path.ancestors().skip(1).any(|above| folders.contains(&above.to_owned()));
    paths.retain(|path| !is_in(path));
    paths.sort();
    Ok(paths)
}

/// Where a path leads, also where its last parts are not there yet.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    if is_stored(path) {
        return path.to_owned();
    }
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            resolved(Path::new(".")).join(name)
        }
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_owned(),
    }
}

/// Every file below a folder, but for what begins with a dot or an underscore.
///
/// # Errors
/// A folder that cannot be read.
pub fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_none_or(|name| name.starts_with(['.', '_'])) {
            continue;
        }
        // A link to a folder may lead back here.
        if !path.is_dir() {
            files.push(path);
        } else if !path.is_symlink() {
            files_below(&path, files)?;
        }
    }
    Ok(())
}

/// The columns that the folders of a file stand for. What a name cannot hold is written as `%3D`
/// there.
pub fn partitions(name: &Path) -> Vec<(String, String)> {
    let folders = name.parent().into_iter().flat_map(Path::components);
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let column = |part: Component<'_>| {
        let text = part.as_os_str().to_str()?;
        let (column, value) = text.split_once('=')?;
        Some((decoded(column), decoded(value)))
    };
    folders.filter_map(column).collect()
}

/// A schema with the columns that folders stand for.
pub(crate) fn with_partitions(schema: &SchemaRef, partitions: &[(String, String)]) -> SchemaRef {
    if partitions.is_empty() {
        return Arc::clone(schema);
    }
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    let is_new = |name: &str| schema.field_with_name(name).is_err();
    for (name, _) in partitions.iter().filter(|(name, _)| is_new(name)) {
        fields.push(Arc::new(Field::new(name, DataType::Utf8, true)));
    }
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch with the columns that folders stand for, but those that it holds itself.
///
/// # Errors
/// Columns that do not fit together.
pub fn partitioned(
    batch: RecordBatch,
    partitions: &[(String, String)],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    if partitions.is_empty() {
        return Ok(batch);
    }
    let schema = with_partitions(&batch.schema(), partitions);
    let rows = batch.num_rows();
    let mut columns = batch.columns().to_vec();
    for field in &schema.fields()[columns.len()..] {
        let value = partitions.iter().find(|(name, _)| name == field.name());
        let value = value.map(|(_, value)| value.as_str()).filter(|value| *value != NO_VALUE);
        let array: ArrayRef = Arc::new(StringArray::from_iter(std::iter::repeat_n(value, rows)));
        columns.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options)
}
