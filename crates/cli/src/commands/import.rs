//! `weir chips import`: a vendor's published part table, in the form that `--parts` reads.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use law::Law;
use law::headroom::limbs;
use law::truth::Truth;

use crate::catalogue::{Chips, Row, kind_of, placed_rows};
use crate::input::encoding;
use crate::input::rows::agrees;
use crate::language::Language;
use crate::{Common, Done};

/// Reads a vendor's table with its published columns, whatever they are called, and writes the
/// parts.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The vendor's table as CSV.
    table: PathBuf,
    /// The vendor's name, where the table has no column for it.
    #[arg(long)]
    vendor: Option<String>,
    /// The day of the table, where it has no column for it.
    #[arg(long)]
    as_of: Option<jiff::civil::Date>,
    /// Where to write; standard output by default.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Our columns, and what vendors call them (lower case, only letters and digits).
const COLUMNS: [(&str, &[&str]); 7] = [
    ("vendor", &["vendor", "manufacturer", "supplier"]),
    ("part_number", &["partnumber", "part", "pn", "opn", "productid", "ordernumber", "mpn", "sku"]),
    ("description", &["description", "productdescription", "name", "productname", "product"]),
    ("eccn", &["eccn", "useccn", "exportcontrolclassificationnumber", "eccnus"]),
    ("tpp", &["tpp", "tpppergpu", "totalprocessingperformance", "tppperic", "tppgpu"]),
    ("meets_3a090_a1", &["meets3a090a1", "3a090a1", "3a090"]),
    ("as_of", &["asof", "date", "published", "updated"]),
];

/// Runs the command.
///
/// # Errors
/// A table that cannot be read or has no part numbers.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    let table = read(&args.table)?;
    let columns = columns(&table, &args.table)?;
    let parts = parts(args, &table, &columns, &chips);
    let out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut out = csv::Writer::from_writer(out);
    out.write_record(COLUMNS.iter().map(|(ours, _)| *ours).chain(["sku", "chips"]))?;
    let mut report = parts.report;
    for part in &parts.kept {
        report.count(&law, &chips, part);
        out.write_record(part)?;
    }
    out.flush()?;
    common.say(&report.text(common.lang));
    Ok(Done::Good)
}

/// Rows with the numbers of their lines.
type Table = Vec<(u64, Row)>;

fn read(path: &Path) -> anyhow::Result<Table> {
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let command = encoding::command(error.as_bytes(), path);
        anyhow::anyhow!("`{name}` is not UTF-8\n\nhint: {command}")
    })?;
    let table = placed_rows(&text).with_context(|| format!("`{name}`"))?;
    if table.is_empty() {
        bail!("`{name}` has no rows");
    }
    Ok(table)
}

/// Which of the table's columns are ours.
fn columns<'t>(table: &'t Table, path: &Path) -> anyhow::Result<HashMap<&'static str, &'t str>> {
    let first = table.first().into_iter().flat_map(|(_, row)| row);
    let written: Vec<&str> = first.map(|(column, _)| column.as_str()).collect();
    let mut columns = HashMap::new();
    for (ours, theirs) in COLUMNS {
        let mut named = written.iter().filter(|name| theirs.contains(&simple(name).as_str()));
        let Some(found) = named.next() else { continue };
        if named.any(|other| other == found) {
            bail!(
                "`{}` has two columns `{found}`\n\nhint: rename or drop one of them",
                path.display()
            );
        }
        columns.insert(ours, *found);
    }
    for needed in ["part_number", "eccn"] {
        if !columns.contains_key(needed) {
            bail!(
                "`{}` has no column for the {}\n\nhint: it has {}; rename one to `{needed}`",
                path.display(),
                needed.replace('_', " "),
                written.join(", ")
            );
        }
    }
    Ok(columns)
}

/// A part in our columns.
type Part = [String; 9];

#[derive(Default)]
struct Parts {
    kept: Vec<Part>,
    report: Report,
}

/// The parts of a table. Of several rows with one number the last one counts, as where it is read.
fn parts(args: &Args, table: &Table, columns: &HashMap<&str, &str>, chips: &Chips) -> Parts {
    let mut parts = Parts::default();
    let mut by_number: HashMap<String, usize> = HashMap::new();
    for (line, row) in table {
        let cell = |ours: &str| {
            let column = columns.get(ours);
            let value = column.and_then(|column| row.iter().find(|(name, _)| name == column));
            value.map_or("", |(_, value)| value.trim()).to_string()
        };
        let (number, description) = (cell("part_number"), cell("description"));
        if number.is_empty() {
            parts.report.skipped.push(*line);
            continue;
        }
        let tpp = cell("tpp").replace(',', "");
        if !tpp.is_empty() && law::Num::parse(&tpp).is_err() {
            parts.report.bad_tpp.push(*line);
        }
        let as_of = args.as_of.map_or_else(|| cell("as_of"), |date| date.to_string());
        let sku = product(chips, &description).unwrap_or_default().to_string();
        let count = circuits(&description).unwrap_or_default();
        let vendor = args.vendor.clone().unwrap_or_else(|| cell("vendor"));
        let meets = cell("meets_3a090_a1");
        let part = [vendor, number, description, cell("eccn"), tpp, meets, as_of, sku, count];
        match by_number.get(&part[1]) {
            Some(earlier) if parts.kept[*earlier] == part => parts.report.repeated.push(*line),
            Some(earlier) => {
                parts.report.contradicted.push(*line);
                parts.kept[*earlier] = part;
            }
            None => {
                by_number.insert(part[1].clone(), parts.kept.len());
                parts.kept.push(part);
            }
        }
    }
    parts
}

fn simple(column: &str) -> String {
    column.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The chip all words of whose name stand in a description, the most of them; none where two are as
/// good. `SXM` also stands for `SXM5`.
fn product<'c>(chips: &'c Chips, description: &str) -> Option<&'c str> {
    let described = spaced(description);
    let described: Vec<&str> = described.split(' ').collect();
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for chip in chips.iter() {
        let vendor = chip.column("vendor").to_lowercase();
        let name = spaced(&chip.column("name").to_lowercase().replace(&vendor, ""));
        let words: Vec<&str> = name.split_whitespace().collect();
        let stands = |word: &&str| {
            described
                .iter()
                .any(|found| found == word || (*word == "sxm" && found.starts_with("sxm")))
        };
        let telling = words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
        if !telling || !words.iter().all(stands) {
            continue;
        }
        match best {
            Some((count, _)) if count > words.len() => {}
            Some((count, _)) if count == words.len() => tied = true,
            _ => {
                best = Some((words.len(), chip.sku.as_str()));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, sku)| sku)
}

fn spaced(text: &str) -> String {
    let lower: String = text
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ").replace(" gb", "gb")
}

/// How many circuits a description says there are: `HGX H100 8 GPU`.
fn circuits(description: &str) -> Option<String> {
    let words = spaced(description);
    let words: Vec<&str> = words.split(' ').collect();
    words.windows(2).find_map(|pair| {
        let count: u32 = pair[0].parse().ok()?;
        (pair[1].starts_with("gpu") && (1..=144).contains(&count)).then(|| count.to_string())
    })
}

#[derive(Default)]
struct Report {
    parts: usize,
    mapped: usize,
    differing: usize,
    skipped: Vec<u64>,
    bad_tpp: Vec<u64>,
    repeated: Vec<u64>,
    contradicted: Vec<u64>,
}

impl Report {
    fn count(&mut self, law: &Law, chips: &Chips, part: &Part) {
        let [_, _, _, eccn, tpp, _, as_of, sku, _] = part;
        self.parts += 1;
        let Some(chip) = chips.find(sku) else { return };
        self.mapped += 1;
        let vocabulary = law.vocabulary();
        let mut facts = law::Facts::new(vocabulary);
        chip.facts.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
        let kind = kind_of(eccn);
        for (name, text) in
            [("date", as_of.as_str()), ("item.tpp", tpp), ("item.eccn", eccn), ("item.kind", kind)]
        {
            if let Some(id) = vocabulary.find(name)
                && let Ok(Some(value)) = vocabulary.fact(id).parse(text)
            {
                facts.set(id, Some(value));
            }
        }
        facts.complete(vocabulary, law.defaults());
        self.differing += usize::from(agrees(eccn, &limbs(law, &facts)) == Truth::False);
    }

    fn text(&self, language: Language) -> String {
        let (parts, mapped, differing) = (self.parts, self.mapped, self.differing);
        let mut text = match language {
            Language::En => format!(
                "{parts} parts, {mapped} of them of a chip in the catalogue, {differing} of those classified otherwise than by the packs"
            ),
            Language::Zh => format!(
                "共 {parts} 个料号，其中 {mapped} 个对应目录中的芯片；在这些料号中，{differing} 个的分类与规则包不同"
            ),
        };
        for (rows, en, zh) in [
            (&self.skipped, "without a part number, left out", "没有料号，已略去"),
            (&self.bad_tpp, "with a TPP that is no number, kept", "TPP 不是数字，已保留"),
            (&self.repeated, "that repeat an earlier one, left out", "与前面的行重复，已略去"),
            (
                &self.contradicted,
                "that give an earlier part number other values, taken instead of it",
                "料号与前面的行相同而内容不同，已以后者为准",
            ),
        ] {
            if !rows.is_empty() {
                let list: Vec<String> = rows.iter().take(10).map(u64::to_string).collect();
                let more = rows.len() - list.len();
                text.push_str(&match (language, more) {
                    (Language::En, 0) => format!("\nwarning: rows {en}: {}", list.join(", ")),
                    (Language::En, _) => {
                        format!("\nwarning: rows {en}: {} and {more} more", list.join(", "))
                    }
                    (Language::Zh, 0) => format!("\n警告：以下各行{zh}：{}", list.join("、")),
                    (Language::Zh, _) => {
                        format!("\n警告：以下各行{zh}：{} 等 {} 行", list.join("、"), rows.len())
                    }
                });
            }
        }
        text
    }
}
