//! The files of a run: parts while it goes on, one table when it is whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use batch::arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use batch::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use lab::quarter::QUARTERS;
use lab::world::observe::{Observation, Observer};
use lab::world::{Diverged, Quarter};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use super::read_json;
use crate::commands::ledger::whole;

/// The folder of a run.
pub struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// Opens a folder for a run, which may have been begun there.
    ///
    /// # Errors
    /// It holds another run, or cannot be written.
    pub fn open(folder: &Path, record: &Value) -> anyhow::Result<Parts> {
        let parts = Parts { folder: folder.to_path_buf() };
        let begun = parts.own().join("run.json");
        if parts.folder.join("results.parquet").exists() && !begun.exists() {
            bail!(
                "`{}` holds the results of a run already\n\nhint: name another folder, or remove `results.parquet` and `run.json`",
                folder.display()
            );
        }
        if begun.exists() {
            if read_json(&begun)? != *record {
                bail!(
                    "`{}` holds another run that was begun: its seed, draws, scenarios, law or data differ\n\nhint: name another folder, or remove `{}`",
                    folder.display(),
                    parts.own().display()
                );
            }
            return Ok(parts);
        }
        let own = parts.own();
        fs::create_dir_all(&own)
            .with_context(|| format!("cannot make the folder `{}`", own.display()))?;
        put(&begun, record.to_string().as_bytes())?;
        Ok(parts)
    }

    /// Where what is not whole lies.
    fn own(&self) -> PathBuf {
        self.folder.join(".begun")
    }

    fn part(&self, scenario: &str, first: u64, ending: &str) -> PathBuf {
        self.own().join(format!("{scenario}-{first:07}.{ending}"))
    }

    /// The draws that diverged in a part that is there; `None` where it is not.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn done(&self, scenario: &str, first: u64) -> anyhow::Result<Option<Vec<Diverged>>> {
        if !self.part(scenario, first, "parquet").exists() {
            return Ok(None);
        }
        let failed = read_json(&self.part(scenario, first, "json"))?;
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let one = |value: &Value| Diverged {
            scenario: scenario.to_owned(),
            draw: value["draw"].as_u64().unwrap_or_default(),
            quarter: text(value, "quarter"),
            what: text(value, "what"),
        };
        Ok(Some(failed.as_array().into_iter().flatten().map(one).collect()))
    }

    /// Writes a part; the draws that diverged.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(
        &self,
        scenario: &str,
        first: u64,
        observer: &Observer,
        results: Vec<Result<Observation, Diverged>>,
    ) -> anyhow::Result<Vec<Diverged>> {
        let mut columns = Columns::new(observer);
        let mut failed = Vec::new();
        for (draw, result) in (first..).zip(results) {
            match result {
                Ok(observation) => columns.add(draw as i64, &observation),
                Err(why) => failed.push(why),
            }
        }
        let batch = columns.batch(scenario)?;
        let path = self.part(scenario, first, "parquet");
        let begun = path.with_extension("part");
        let cannot = || format!("cannot write `{}`", begun.display());
        let file = File::create(&begun).with_context(cannot)?;
        let mut writer =
            ArrowWriter::try_new(file, batch.schema(), Some(properties())).with_context(cannot)?;
        writer.write(&batch).with_context(cannot)?;
        writer.close().with_context(cannot)?;
        let one =
            |it: &Diverged| json!({ "draw": it.draw, "quarter": it.quarter, "what": it.what });
        let failures: Value = failed.iter().map(one).collect();
        put(&self.part(scenario, first, "json"), failures.to_string().as_bytes())?;
        fs::rename(&begun, &path).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(failed)
    }

    /// Joins the parts, scenarios in the order given; how many rows there are.
    ///
    /// # Errors
    /// A part that cannot be read, a table that cannot be written.
    pub fn join(&self, scenarios: &[&str]) -> anyhow::Result<u64> {
        let begun = self.own().join("results.part");
        let cannot = || format!("cannot write `{}`", begun.display());
        let mut writer: Option<ArrowWriter<File>> = None;
        let mut rows = 0;
        for scenario in scenarios {
            for path in self.parts_of(scenario)? {
                let cannot_read = || format!("cannot read `{}`", path.display());
                let file = File::open(&path).with_context(cannot_read)?;
                let reader = ParquetRecordBatchReaderBuilder::try_new(file)
                    .and_then(|builder| builder.with_batch_size(1 << 17).build())
                    .with_context(cannot_read)?;
                for batch in reader {
                    let batch = batch.with_context(cannot_read)?;
                    rows += batch.num_rows() as u64;
                    let writer = match &mut writer {
                        Some(writer) => writer,
                        none => {
                            let file = File::create(&begun).with_context(cannot)?;
                            let made =
                                ArrowWriter::try_new(file, batch.schema(), Some(properties()));
                            none.insert(made.with_context(cannot)?)
                        }
                    };
                    writer.write(&batch).with_context(cannot)?;
                }
            }
        }
        let Some(writer) = writer else {
            bail!(
                "every draw of every scenario diverged\n\nhint: the files `*.json` in `{}` say why",
                self.own().display()
            );
        };
        writer.close().with_context(cannot)?;
        let path = self.folder.join("results.parquet");
        fs::rename(&begun, &path).with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(rows)
    }

    fn parts_of(&self, scenario: &str) -> anyhow::Result<Vec<PathBuf>> {
        let own = self.own();
        let entries = fs::read_dir(&own)
            .with_context(|| format!("cannot read the folder `{}`", own.display()))?;
        let is_part = |path: &PathBuf| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let number = name.strip_prefix(scenario).and_then(|rest| rest.strip_prefix('-'));
            number
                .and_then(|rest| rest.strip_suffix(".parquet"))
                .is_some_and(|it| it.parse::<u64>().is_ok())
        };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_part).collect();
        paths.sort();
        Ok(paths)
    }

    /// Ends the run: its record beside the results, the parts gone.
    ///
    /// # Errors
    /// A file that cannot be written or removed.
    pub fn finish(&self, record: Value) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&record)? + "\n";
        put(&self.folder.join("run.json"), text.as_bytes())?;
        let own = self.own();
        fs::remove_dir_all(&own).with_context(|| format!("cannot remove `{}`", own.display()))
    }
}

/// Writes a file that is there whole or not at all.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    whole(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(3).unwrap_or_default();
    WriterProperties::builder().set_compression(Compression::ZSTD(level)).build()
}

/// Rows in columns, texts by their places in lists.
struct Columns<'o> {
    observer: &'o Observer,
    draws: Vec<i64>,
    quarters: Vec<i32>,
    series: Vec<i32>,
    values: Vec<f64>,
}

impl<'o> Columns<'o> {
    fn new(observer: &'o Observer) -> Columns<'o> {
        Columns {
            observer,
            draws: Vec::new(),
            quarters: Vec::new(),
            series: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds what was observed; a quantity that does not exist has no row.
    fn add(&mut self, draw: i64, observation: &Observation) {
        for quarter in 0..QUARTERS {
            let values = observation.quarter(quarter).iter().enumerate();
            for (series, value) in values.filter(|(_, value)| value.is_finite()) {
                self.draws.push(draw);
                self.quarters.push(quarter as i32);
                self.series.push(series as i32);
                self.values.push(*value);
            }
        }
    }

    fn batch(self, scenario: &str) -> anyhow::Result<RecordBatch> {
        let texts = |keys: Vec<i32>, words: Vec<String>| -> anyhow::Result<ArrayRef> {
            let words: StringArray = words.into_iter().map(Some).collect();
            let keys = keys.into_iter().map(Some).collect();
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words))?))
        };
        let series = |text: &dyn Fn(&lab::world::observe::Series) -> &str| {
            let mut words: Vec<String> = Vec::new();
            let place = |series: &lab::world::observe::Series| {
                let word = text(series);
                words.iter().position(|known| known == word).unwrap_or_else(|| {
                    words.push(word.to_owned());
                    words.len() - 1
                }) as i32
            };
            let places: Vec<i32> = self.observer.series.iter().map(place).collect();
            (self.series.iter().map(|at| places[*at as usize]).collect::<Vec<i32>>(), words)
        };
        let (actors, actor_words) = series(&|it| &it.actor);
        let (quantities, quantity_words) = series(&|it| it.quantity);
        let (units, unit_words) = series(&|it| it.unit);
        let quarters = (0..QUARTERS).map(|at| Quarter::at(at).to_string()).collect();
        let rows = self.values.len();
        let columns: [(&str, ArrayRef); 7] = [
            ("scenario", texts(vec![0; rows], vec![scenario.to_owned()])?),
            ("draw", Arc::new(Int64Array::from(self.draws))),
            ("quarter", texts(self.quarters, quarters)?),
            ("actor", texts(actors, actor_words)?),
            ("quantity", texts(quantities, quantity_words)?),
            ("unit", texts(units, unit_words)?),
            ("value", Arc::new(Float64Array::from(self.values))),
        ];
        let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let kind = |name: &str| match name {
            "draw" => DataType::Int64,
            "value" => DataType::Float64,
            _ => text(),
        };
        let fields: Vec<Field> =
            columns.iter().map(|(name, _)| Field::new(*name, kind(name), false)).collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}
