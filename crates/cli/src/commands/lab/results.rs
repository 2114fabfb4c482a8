//! Reads what `weir lab run` wrote: `results.parquet`, and `run.json` beside it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use batch::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, RecordBatchReader,
};
use batch::arrow::compute::cast;
use batch::arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use lab::results::{Key, Quarter, Results};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

/// The name of the table of results in its folder.
pub const RESULTS: &str = "results.parquet";

/// The name of the description of the run.
pub const RUN: &str = "run.json";

/// The columns of text.
const TEXTS: [&str; 5] = ["scenario", "quarter", "actor", "quantity", "unit"];

/// What a run left, and what it says of itself.
pub struct Run {
    /// The values.
    pub results: Results,
    /// What `run.json` says; nothing where it is not there.
    pub about: Option<Value>,
}

/// Reads a run; only the quantities that are wanted, or all.
///
/// # Errors
/// A folder or file that cannot be read, a column that is missing or of another type, a row that
/// cannot be used.
pub fn read(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<Run> {
    let path = folder.join(RESULTS);
    if !path.exists() {
        bail!(
            "`{}` has no `{RESULTS}`\n\nhint: give the folder that `weir lab run` wrote",
            folder.display()
        );
    }
    let file = File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let cannot = |why: &dyn std::fmt::Display| {
        anyhow!("`{}` cannot be read as Parquet: {why}", path.display())
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|why| cannot(&why))?;
    let mut into = Into { path: &path, results: Results::new(), rows: 0, wanted };
    let schema = reader.schema();
    into.check(&schema)?;
    for batch in reader {
        let batch = batch.map_err(|why| cannot(&why))?;
        into.add(&batch)?;
    }
    if into.rows == 0 {
        bail!(
            "`{}` has no rows with {} columns\n\nhint: did the run end before its first draw?",
            path.display(),
            schema.fields().len()
        );
    }
    Ok(Run { results: into.results, about: about(&folder.join(RUN))? })
}

/// The name of a folder, without the folders above it, which concern nobody else.
pub fn name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.file_name().map_or_else(|| "run".to_owned(), |it| it.to_string_lossy().into_owned())
}

fn about(path: &PathBuf) -> anyhow::Result<Option<Value>> {
    if !path.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let about = serde_json::from_str(&text)
        .map_err(|why| anyhow!("`{}` is no JSON: {why}", path.display()))?;
    Ok(Some(about))
}

/// The reading of one file.
struct Into<'i> {
    path: &'i Path,
    results: Results,
    rows: u64,
    wanted: &'i dyn Fn(&str) -> bool,
}

impl Into<'_> {
    /// That all columns are there and can hold what they should.
    fn check(&self, schema: &batch::arrow::datatypes::Schema) -> anyhow::Result<()> {
        let path = self.path.display();
        let field = |name: &str| {
            schema.field_with_name(name).map_err(|_| {
                let known: Vec<&str> =
                    schema.fields().iter().map(|field| field.name().as_str()).collect();
                anyhow!(
                    "`{path}` has no column `{name}`\n\nhint: its columns are {}",
                    known.join(", ")
                )
            })
        };
        for name in TEXTS {
            let kind = field(name)?.data_type();
            let of = match kind {
                DataType::Dictionary(_, of) => of.as_ref(),
                kind => kind,
            };
            if !matches!(of, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
                bail!("{}", self.mistyped(name, kind, "text"));
            }
        }
        let kind = field("draw")?.data_type();
        if !kind.is_integer() {
            bail!("{}", self.mistyped("draw", kind, "whole numbers"));
        }
        let kind = field("value")?.data_type();
        if !kind.is_floating() && !kind.is_integer() {
            bail!("{}", self.mistyped("value", kind, "numbers"));
        }
        Ok(())
    }

    fn mistyped(&self, column: &str, found: &DataType, wanted: &str) -> String {
        let path = self.path.display();
        format!(
            "`{path}`, column `{column}`: it is of type {found}, and should be {wanted}\n\nhint: give the folder that `weir lab run` wrote"
        )
    }

    fn add(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let column = |name: &str, to: &DataType| -> anyhow::Result<ArrayRef> {
            let path = self.path.display();
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| anyhow!("`{path}` has no column `{name}`"))?;
            cast(column, to).map_err(|why| anyhow!("`{path}`, column `{name}`: {why}"))
        };
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut texts = Vec::new();
        for name in TEXTS {
            texts.push(column(name, &words)?);
        }
        let (draws, values) =
            (column("draw", &DataType::Int64)?, column("value", &DataType::Float64)?);
        let draws = draws.as_primitive::<Int64Type>();
        let values = values.as_primitive::<Float64Type>();
        let mut known = Vec::new();
        for (name, text) in TEXTS.iter().zip(&texts) {
            known.push(self.known(name, text.as_dictionary::<Int32Type>())?);
        }
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let empty = texts.iter().position(|text| text.is_null(row));
            let empty = empty.map(|at| TEXTS[at]).or(draws.is_null(row).then_some("draw"));
            if let Some(column) = empty {
                bail!("{}", self.wrong(column, "it is empty"));
            }
            let word = |at: usize| {
                let keys = texts[at].as_dictionary::<Int32Type>().keys();
                usize::try_from(keys.value(row)).ok().and_then(|key| known[at].get(key)).copied()
            };
            let words = [word(0), word(1), word(2), word(3), word(4)];
            let [Some(scenario), Some(quarter), Some(actor), Some(quantity), Some(unit)] = words
            else {
                bail!("{}", self.wrong("quarter", "it cannot be read"));
            };
            let Word::Quarter(quarter) = quarter else { continue };
            let (Word::Name(scenario), Word::Name(actor)) = (scenario, actor) else { continue };
            let (Word::Name(quantity), Word::Name(unit)) = (quantity, unit) else { continue };
            let key = Key { scenario, quantity, actor };
            let value = if values.is_null(row) { f64::NAN } else { values.value(row) };
            self.results
                .add(key, unit, draws.value(row), quarter, value)
                .map_err(|why| anyhow!("{}", self.wrong("value", &why.to_string())))?;
        }
        Ok(())
    }

    /// What the words of a column are, by their place in its dictionary.
    fn known(
        &mut self,
        column: &str,
        words: &DictionaryArray<Int32Type>,
    ) -> anyhow::Result<Vec<Word>> {
        let values = words.values().as_string::<i32>();
        let mut known = Vec::with_capacity(values.len());
        for text in values.iter().map(|text| text.unwrap_or_default()) {
            known.push(match column {
                "quarter" => {
                    let quarter: Result<Quarter, String> = text.parse();
                    Word::Quarter(quarter.map_err(|why| {
                        let key = i32::try_from(known.len()).ok();
                        let keys = words.keys().iter();
                        let row = keys.map(|it| it == key).position(|is_it| is_it).unwrap_or(0);
                        anyhow!(
                            "`{}`, row {}, column `{column}`: {why}",
                            self.path.display(),
                            self.rows + row as u64 + 1
                        )
                    })?)
                }
                "quantity" if !(self.wanted)(text) => Word::Unwanted,
                _ => Word::Name(self.results.number(text)),
            });
        }
        Ok(known)
    }

    fn wrong(&self, column: &str, why: &str) -> String {
        format!("`{}`, row {}, column `{column}`: {why}", self.path.display(), self.rows)
    }
}

/// What a word of a column means.
#[derive(Clone, Copy)]
enum Word {
    Name(u32),
    Quarter(Quarter),
    Unwanted,
}

/// What a run says of itself, a line a fact: what is nested by its path, lists by their length.
pub fn facts(about: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    flatten("", about, &mut out);
    out
}

fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, out);
            }
        }
        Value::Array(list) => {
            let is_short = |value: &Value| value.as_str().is_some_and(|text| text.len() < 40);
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            let text = match !list.is_empty() && list.iter().all(is_short) {
                true => words.join(", "),
                false => list.len().to_string(),
            };
            out.insert(path.to_owned(), text);
        }
        Value::Null => {}
        Value::String(text) => {
            out.insert(path.to_owned(), text.clone());
        }
        other => {
            out.insert(path.to_owned(), other.to_string());
        }
    }
}

/// The draws that failed, with why: the entries of any list in `run.json` called so.
pub fn failed(about: &Value) -> Vec<String> {
    let line = |entry: &Value| match entry {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name} {text}"),
                other => format!("{name} {other}"),
            });
            each.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    failures(about).map(line).collect()
}

/// How many draws failed of each scenario, in the order of the list; those of which it does not say
/// the scenario have an empty name.
pub fn failed_of(about: &Value) -> Vec<(&str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for entry in failures(about) {
        let id = entry.get("scenario").and_then(Value::as_str).unwrap_or_default();
        match counts.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => *count += 1,
            None => counts.push((id, 1)),
        }
    }
    counts
}

fn failures(about: &Value) -> impl Iterator<Item = &Value> {
    let names = ["failed", "failed_draws", "failures"];
    let list = names.iter().find_map(|name| about.get(name).and_then(Value::as_array));
    list.into_iter().flatten()
}
