//! The order book that is measured on: the project's example, repeated with variation.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use law::{FactId, Facts, Law, Source, Value};
use spec::Random;

/// The law, the orders and the chips they name.
pub struct Book {
    /// The law that the program carries.
    pub law: Law,
    /// The vocabulary of the law, for other laws.
    pub vocabulary: Arc<Source>,
    packs: Vec<Arc<Source>>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    chips: HashMap<String, Vec<(FactId, Value)>>,
}

impl Book {
    /// Reads everything from the project.
    ///
    /// # Errors
    /// A file that is missing or cannot be read.
    pub fn read(root: &Path) -> anyhow::Result<Book> {
        let read = |place: &str| -> anyhow::Result<Arc<Source>> {
            let text = fs::read_to_string(root.join(place))
                .with_context(|| format!("cannot read `{place}`"))?;
            Ok(Arc::new(Source { name: place.into(), text }))
        };
        let vocabulary = read("law/vocabulary.toml")?;
        let mut places: Vec<String> = fs::read_dir(root.join("law"))?
            .filter_map(|entry| Some(format!("law/{}", entry.ok()?.file_name().to_string_lossy())))
            .filter(|place| place.ends_with(".md"))
            .collect();
        places.sort();
        let packs: Vec<_> = places.iter().map(|place| read(place)).collect::<Result<_, _>>()?;
        let law =
            Law::read(&vocabulary, &packs).0.context("the law has mistakes: `weir law lint`")?;
        let (columns, rows) = table(&read("examples/orders.csv")?.text)?;
        let (chip_columns, chip_rows) = table(&read("data/chips.csv")?.text)?;
        let mut chips = HashMap::new();
        for row in chip_rows {
            let chip = chip_facts(&law, &chip_columns, &row)?;
            chips.insert(row[0].clone(), chip);
        }
        Ok(Book { law, vocabulary, packs, columns, rows, chips })
    }

    /// The law of the program with a pack laid over it.
    ///
    /// # Errors
    /// A pack with mistakes.
    pub fn supposing(&self, pack: Source) -> anyhow::Result<Law> {
        let packs = [self.packs.as_slice(), &[Arc::new(pack)]].concat();
        let (law, mistakes) = Law::read(&self.vocabulary, &packs);
        law.with_context(|| format!("the supposition has mistakes: {:?}", mistakes.first()))
    }

    /// The products of the catalogue, in order.
    pub fn skus(&self) -> Vec<&String> {
        let mut skus: Vec<&String> = self.chips.keys().collect();
        skus.sort();
        skus
    }

    /// What the catalogue says of so many products: its own in turn.
    pub fn chips(&self, count: usize) -> Vec<Vec<(FactId, Value)>> {
        let mut known: Vec<(&String, &Vec<(FactId, Value)>)> = self.chips.iter().collect();
        known.sort_by_key(|(sku, _)| *sku);
        known.into_iter().map(|(_, facts)| facts.clone()).cycle().take(count).collect()
    }

    /// Facts of so many orders, those of the book in turn, each with another quantity.
    ///
    /// # Errors
    /// An order that the law cannot read.
    pub fn facts(&self, count: usize) -> anyhow::Result<Vec<Facts>> {
        let vocabulary = self.law.vocabulary();
        let mut random = Random::new(1);
        let mut all = Vec::new();
        for row in self.varied(count, &mut random) {
            let mut facts = Facts::new(vocabulary);
            for (column, text) in self.columns.iter().zip(&row) {
                let Some(id) = vocabulary.find(column) else { continue };
                let value = vocabulary.fact(id).parse(text);
                facts.set(id, value.map_err(|error| anyhow!("{column}: {}", error.message))?);
                if column == "item.sku" {
                    for (id, value) in self.chips.get(text).into_iter().flatten() {
                        if facts.get(*id).is_none() {
                            facts.set(*id, Some(value.clone()));
                        }
                    }
                }
            }
            facts.complete(vocabulary, self.law.defaults());
            if facts.date(self.law.date_fact()).is_some() {
                all.push(facts);
            }
        }
        Ok(all)
    }

    /// Writes a CSV file of so many orders.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, path: &Path, count: usize) -> anyhow::Result<()> {
        let file =
            fs::File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
        let mut out = csv::Writer::from_writer(std::io::BufWriter::new(file));
        out.write_record(&self.columns)?;
        let mut random = Random::new(1);
        for row in self.varied(count, &mut random) {
            out.write_record(&row)?;
        }
        out.flush()?;
        Ok(())
    }

    fn varied<'b>(
        &'b self,
        count: usize,
        random: &'b mut Random,
    ) -> impl Iterator<Item = Vec<String>> + 'b {
        let line = self.columns.iter().position(|column| column == "line_id");
        let quantity = self.columns.iter().position(|column| column == "quantity");
        self.rows.iter().cycle().take(count).enumerate().map(move |(at, row)| {
            let mut row = row.clone();
            if let Some(line) = line {
                row[line] = format!("L{at}");
            }
            if let Some(quantity) = quantity.filter(|at| !row[*at].is_empty()) {
                row[quantity] = (1 + random.below(5000)).to_string();
            }
            row
        })
    }
}

/// The header and the rows of a CSV table.
fn table(text: &str) -> anyhow::Result<(Vec<String>, Vec<Vec<String>>)> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers()?.iter().map(String::from).collect();
    let rows = reader.records().map(|row| Ok(row?.iter().map(String::from).collect()));
    Ok((columns, rows.collect::<Result<_, csv::Error>>()?))
}

/// What the catalogue says of a chip: a column has the name of its fact, a rate with `rate_` before
/// it and without `_dense`.
fn chip_facts(
    law: &Law,
    columns: &[String],
    row: &[String],
) -> anyhow::Result<Vec<(FactId, Value)>> {
    let vocabulary = law.vocabulary();
    let mut facts = Vec::new();
    let mut add = |name: &str, text: &str| -> anyhow::Result<()> {
        if let Some(id) = vocabulary.find(name) {
            let value = vocabulary.fact(id).parse(text);
            let value = value.map_err(|error| anyhow!("chips.csv, {name}: {}", error.message))?;
            facts.extend(value.map(|value| (id, value)));
        }
        Ok(())
    };
    add("item.kind", "chip")?;
    for (column, text) in columns.iter().zip(row).filter(|(column, _)| *column != "sku") {
        add(&format!("item.{column}"), text)?;
        add(&format!("item.rate_{}", column.replace("_dense", "")), text)?;
    }
    Ok(facts)
}
