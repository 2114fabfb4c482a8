//! The tables of `data/`: chips by key, vendors' parts, countries.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, anyhow};
use law::diagnostic::nearest;
use law::{FactId, Value, Vocabulary};

use crate::embedded;
use crate::language::Language;
use records::{delimiter, named_delimiter};

/// One chip.
#[derive(Clone, Debug)]
pub struct Chip {
    /// The key.
    pub sku: String,
    /// Every column of its row, by name.
    pub columns: Vec<(String, String)>,
    /// What it says of the item.
    pub facts: Vec<(FactId, Value)>,
}

impl Chip {
    /// A column; empty where the table has none.
    pub fn column(&self, name: &str) -> &str {
        self.columns.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// One part of a vendor, as the vendor publishes it.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The vendor.
    pub vendor: String,
    /// What the vendor calls it.
    pub description: String,
    /// The vendor's classification.
    pub eccn: String,
    /// The vendor's total processing performance of one circuit.
    pub tpp: String,
    /// The day of the table.
    pub as_of: String,
    /// The chip in it, by key.
    pub sku: String,
    /// How many of them.
    pub chips: String,
}

/// The kind of item that a vendor's classification is about: the entries of categories 4 and 5 hold
/// computers and assemblies.
pub fn kind_of(eccn: &str) -> &'static str {
    if eccn.starts_with('4') || eccn.starts_with('5') { "computer" } else { "chip" }
}

/// Which columns of `chips.csv` are facts.
pub const CHIP_FACTS: [(&str, &str); 14] = [
    ("designer_hq", "item.designer_hq"),
    ("designer", "item.designer"),
    ("fp4_dense_tflops", "item.rate_fp4_tflops"),
    ("fp8_dense_tflops", "item.rate_fp8_tflops"),
    ("int8_dense_tops", "item.rate_int8_tops"),
    ("fp16_dense_tflops", "item.rate_fp16_tflops"),
    ("fp32_tflops", "item.rate_fp32_tflops"),
    ("fp64_tflops", "item.rate_fp64_tflops"),
    ("die_area_mm2", "item.die_area_mm2"),
    ("non_planar", "item.non_planar"),
    ("dram_gbs", "item.dram_gbs"),
    ("io_gbs", "item.io_gbs"),
    ("has_hbm", "item.has_hbm"),
    ("datacenter", "item.datacenter"),
];

/// The chips by key.
pub struct Chips {
    chips: Vec<Chip>,
    by_sku: HashMap<String, usize>,
}

impl Chips {
    /// Reads the table that the program carries.
    ///
    /// # Errors
    /// A value that is not one of its fact.
    pub fn embedded(vocabulary: &Vocabulary) -> anyhow::Result<Chips> {
        Chips::read(embedded::CHIPS, vocabulary).context("data/chips.csv")
    }

    fn read(text: &str, vocabulary: &Vocabulary) -> anyhow::Result<Chips> {
        let mut chips = Vec::new();
        let mut by_sku = HashMap::new();
        for (row, columns) in rows(text)?.into_iter().enumerate() {
            let mut chip = Chip { sku: String::new(), columns, facts: Vec::new() };
            chip.sku = chip.column("sku").to_string();
            for (column, name) in CHIP_FACTS {
                let Some(id) = vocabulary.find(name) else { continue };
                let value = vocabulary.fact(id).parse(chip.column(column)).map_err(|error| {
                    anyhow!("row {}, column {column}: {}", row + 2, error.message)
                })?;
                chip.facts.extend(value.map(|value| (id, value)));
            }
            if let Some(id) = vocabulary.find("item.kind")
                && let Ok(Some(kind)) = vocabulary.fact(id).parse("chip")
            {
                chip.facts.push((id, kind));
            }
            by_sku.insert(chip.sku.clone(), chips.len());
            chips.push(chip);
        }
        Ok(Chips { chips, by_sku })
    }

    /// The chip with that key.
    pub fn find(&self, sku: &str) -> Option<&Chip> {
        self.by_sku.get(sku).map(|at| &self.chips[*at])
    }

    /// Every chip, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = &Chip> {
        self.chips.iter()
    }

    /// Keys that are near to a word: by spelling, else those that contain it.
    pub fn suggestions(&self, sku: &str) -> Vec<&str> {
        let keys = || self.chips.iter().map(|chip| chip.sku.as_str());
        let lower = sku.to_lowercase().replace([' ', '_'], "-");
        // `nvidia h200` means a chip with that word in its name, not one that is spelled like it.
        let words: Vec<&str> = lower.split('-').filter(|word| !word.is_empty()).collect();
        let has = |key: &&str| words.iter().all(|word| key.split('-').any(|part| part == *word));
        let same: Vec<&str> = keys().filter(has).take(5).collect();
        if !words.is_empty() && !same.is_empty() {
            return same;
        }
        if let Some(found) = nearest(&lower, keys()) {
            return vec![found];
        }
        keys().filter(|key| lower.len() > 1 && key.contains(&lower)).take(5).collect()
    }
}

/// The vendors' parts by number, read on first use.
pub struct Parts {
    files: Vec<PathBuf>,
    /// Tables that came in another way than as files, with their names.
    texts: Vec<(String, String)>,
    table: OnceLock<Result<HashMap<String, Arc<Part>>, String>>,
    /// What was suggested for numbers that no table has: a book names such a part on many lines,
    /// and the nearest of thousands takes long to find.
    suggested: Mutex<HashMap<String, Option<String>>>,
}

/// Past this many, suggestions are found anew, so that memory stays flat.
const MOST_SUGGESTIONS: usize = 4096;

impl Parts {
    /// The tables that the program carries, and files of the same form that go before them.
    pub fn new(files: Vec<PathBuf>) -> Parts {
        Parts { files, texts: Vec::new(), table: OnceLock::new(), suggested: Mutex::default() }
    }

    /// The same with tables that came in another way than as files, each with its name.
    #[cfg(feature = "batch")]
    pub fn with_texts(self, texts: Vec<(String, String)>) -> Parts {
        Parts { texts, ..self }
    }

    /// The part with that number.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn find(&self, number: &str) -> anyhow::Result<Option<&Arc<Part>>> {
        match self.table.get_or_init(|| self.read().map_err(|error| format!("{error:#}"))) {
            Ok(parts) => Ok(parts.get(number)),
            Err(error) => Err(anyhow!("{error}")),
        }
    }

    /// Numbers that are near to one.
    pub fn suggestion(&self, number: &str) -> Option<String> {
        let Some(Ok(parts)) = self.table.get() else { return None };
        let suggested = || self.suggested.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = suggested().get(number) {
            return known.clone();
        }
        let found = nearest(number, parts.keys().map(String::as_str)).map(String::from);
        let mut suggested = suggested();
        if suggested.len() >= MOST_SUGGESTIONS {
            suggested.clear();
        }
        suggested.insert(number.to_string(), found.clone());
        found
    }

    fn read(&self) -> anyhow::Result<HashMap<String, Arc<Part>>> {
        let mut parts = HashMap::new();
        for (name, text) in embedded::PARTS {
            add_parts(&mut parts, text).with_context(|| format!("data/parts/{name}"))?;
        }
        for file in &self.files {
            let text = read_file(file)?;
            add_parts(&mut parts, &text).with_context(|| format!("{}", file.display()))?;
        }
        for (name, text) in &self.texts {
            add_parts(&mut parts, text).with_context(|| name.clone())?;
        }
        Ok(parts)
    }
}

fn read_file(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn add_parts(parts: &mut HashMap<String, Arc<Part>>, text: &str) -> anyhow::Result<()> {
    for columns in rows(text)? {
        let column = |name: &str| {
            columns
                .iter()
                .find(|(known, _)| known == name)
                .map_or("", |(_, value)| value)
                .to_string()
        };
        let number = column("part_number");
        if number.is_empty() {
            return Err(anyhow!(
                "there is no column `part_number`\n\nhint: `weir chips import` makes such a file from a vendor's table"
            ));
        }
        let part = Part {
            vendor: column("vendor"),
            description: column("description"),
            eccn: column("eccn"),
            tpp: column("tpp"),
            as_of: column("as_of"),
            sku: column("sku"),
            chips: column("chips"),
        };
        parts.insert(number, Arc::new(part));
    }
    Ok(())
}

/// The rows of a CSV text, whatever its delimiter, each value under the name of its column.
pub fn rows(text: &str) -> anyhow::Result<Vec<Row>> {
    Ok(placed_rows(text)?.into_iter().map(|(_, row)| row).collect())
}

/// A row: each value under the name of its column.
pub type Row = Vec<(String, String)>;

/// The rows of a CSV text, each with the number of its line.
pub fn placed_rows(text: &str) -> anyhow::Result<Vec<(u64, Row)>> {
    let text = text.trim_start_matches('\u{feff}');
    let skipped = named_delimiter(text.as_bytes()).map_or(0, |(_, length)| length);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(text.as_bytes()))
        .from_reader(&text.as_bytes()[skipped..]);
    let header: Vec<String> = reader.headers()?.iter().map(str::to_string).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line) + u64::from(skipped > 0);
        let values = record.iter().map(str::to_string);
        rows.push((line, header.iter().cloned().zip(values).collect()));
    }
    Ok(rows)
}

/// A country of ISO 3166-1.
pub struct CountryName {
    /// The code.
    pub code: String,
    /// The name in English and Chinese.
    pub name: [String; 2],
}

/// The countries by code and by what people write instead.
pub struct Countries {
    by_code: HashMap<String, CountryName>,
    /// Lower-case names and wrong codes.
    aliases: HashMap<String, String>,
}

impl Countries {
    /// The table that the program carries.
    pub fn embedded() -> &'static Countries {
        static TABLE: OnceLock<Countries> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Countries { by_code: HashMap::new(), aliases: HashMap::new() };
            for columns in rows(embedded::COUNTRIES).unwrap_or_default() {
                let mut values = columns.into_iter().map(|(_, value)| value);
                let mut next = || values.next().unwrap_or_default();
                let (code, en, zh, aliases) = (next(), next(), next(), next());
                let words = aliases.split(';').chain([en.as_str(), zh.as_str()]);
                for word in words.map(str::trim).filter(|word| !word.is_empty()) {
                    table.aliases.insert(word.to_lowercase(), code.clone());
                }
                table.by_code.insert(code.clone(), CountryName { code, name: [en, zh] });
            }
            table
        })
    }

    /// Every code, in order.
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = self.by_code.keys().map(String::as_str).collect();
        codes.sort_unstable();
        codes
    }

    /// Whether ISO assigns a code.
    pub fn is_assigned(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// The name of a country; its code where the table has none.
    pub fn name<'c>(&'c self, code: &'c str, language: Language) -> &'c str {
        self.by_code.get(code).map_or(code, |country| &country.name[language as usize])
    }

    /// The country of exactly that name or usual wrong code.
    pub fn named(&self, written: &str) -> Option<&CountryName> {
        let code = self.aliases.get(&written.trim().to_lowercase())?;
        self.by_code.get(code)
    }

    /// What somebody who wrote this meant: the code and the name.
    pub fn meant(&self, written: &str) -> Option<&CountryName> {
        let lower = written.trim().to_lowercase();
        let code = match self.aliases.get(&lower) {
            Some(code) => code.as_str(),
            None => {
                let upper = written.trim().to_uppercase();
                if self.is_assigned(&upper) {
                    return self.by_code.get(&upper);
                }
                if lower.chars().count() < 4 {
                    return None;
                }
                let near = nearest(&lower, self.aliases.keys().map(String::as_str))?;
                self.aliases.get(near)?
            }
        };
        self.by_code.get(code)
    }
}
