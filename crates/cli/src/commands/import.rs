//! `weir chips import`: a vendor's published part table, in the form that `--parts` reads.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use law::Law;
use law::headroom::limbs;
use law::truth::Truth;

use crate::catalogue::{Chips, kind_of, rows};
use crate::input::rows::agrees;
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
    let name = args.table.display();
    let text = std::fs::read(&args.table).with_context(|| format!("cannot read `{name}`"))?;
    let text = String::from_utf8(text).map_err(|_| {
        anyhow::anyhow!("`{name}` is not UTF-8\n\nhint: iconv -f WINDOWS-1252 -t UTF-8 {name}")
    })?;
    let table = rows(&text).with_context(|| format!("`{name}`"))?;
    let Some(first) = table.first() else { bail!("`{name}` has no rows") };
    let written: Vec<&str> = first.iter().map(|(column, _)| column.as_str()).collect();
    let columns: HashMap<&str, &str> = COLUMNS
        .iter()
        .filter_map(|(ours, theirs)| {
            let found = written.iter().find(|column| theirs.contains(&simple(column).as_str()))?;
            Some((*ours, *found))
        })
        .collect();
    for needed in ["part_number", "eccn"] {
        if !columns.contains_key(needed) {
            bail!(
                "`{name}` has no column for the {}\n\nhint: it has {}; rename one to `{needed}`",
                needed.replace('_', " "),
                written.join(", ")
            );
        }
    }
    let out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let mut out = csv::Writer::from_writer(out);
    out.write_record([
        "vendor",
        "part_number",
        "description",
        "eccn",
        "tpp",
        "meets_3a090_a1",
        "as_of",
        "sku",
        "chips",
    ])?;
    let mut report = Report::default();
    for (at, row) in table.iter().enumerate() {
        let cell = |ours: &str| {
            let column = columns.get(ours);
            let value = column.and_then(|column| row.iter().find(|(name, _)| name == column));
            value.map_or("", |(_, value)| value.trim())
        };
        let tpp = cell("tpp").replace(',', "");
        if cell("part_number").is_empty() {
            report.skipped.push(at + 2);
            continue;
        }
        if !tpp.is_empty() && law::Num::parse(&tpp).is_err() {
            report.bad_tpp.push(at + 2);
        }
        let sku = product(&chips, cell("description"));
        let count = circuits(cell("description"));
        let vendor = args.vendor.as_deref().unwrap_or_else(|| cell("vendor"));
        let as_of = args.as_of.map_or_else(|| cell("as_of").to_string(), |date| date.to_string());
        report.count(&law, &chips, cell("eccn"), &tpp, sku, &as_of);
        out.write_record([
            vendor,
            cell("part_number"),
            cell("description"),
            cell("eccn"),
            &tpp,
            cell("meets_3a090_a1"),
            &as_of,
            sku.unwrap_or(""),
            count.as_deref().unwrap_or(""),
        ])?;
    }
    out.flush()?;
    common.say(&report.text());
    Ok(Done::Good)
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
    skipped: Vec<usize>,
    bad_tpp: Vec<usize>,
}

impl Report {
    fn count(
        &mut self,
        law: &Law,
        chips: &Chips,
        eccn: &str,
        tpp: &str,
        sku: Option<&str>,
        as_of: &str,
    ) {
        self.parts += 1;
        let Some(chip) = sku.and_then(|sku| chips.find(sku)) else { return };
        self.mapped += 1;
        let vocabulary = law.vocabulary();
        let mut facts = law::Facts::new(vocabulary);
        chip.facts.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
        let kind = kind_of(eccn);
        for (name, text) in
            [("date", as_of), ("item.tpp", tpp), ("item.eccn", eccn), ("item.kind", kind)]
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

    fn text(&self) -> String {
        let mut text = format!(
            "{} parts, {} of them of a chip in the catalogue, {} of those classified otherwise than by the packs",
            self.parts, self.mapped, self.differing
        );
        for (rows, what) in [
            (&self.skipped, "without a part number, left out"),
            (&self.bad_tpp, "with a TPP that is no number, kept"),
        ] {
            if !rows.is_empty() {
                let list: Vec<String> = rows.iter().take(10).map(usize::to_string).collect();
                text.push_str(&format!("\nwarning: rows {what}: {}", list.join(", ")));
                if rows.len() > 10 {
                    text.push_str(&format!(" and {} more", rows.len() - 10));
                }
            }
        }
        text
    }
}
