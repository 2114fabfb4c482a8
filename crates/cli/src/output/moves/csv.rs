//! What moves, as CSV: one file for the whole and one for each property, exact and in the words of
//! the answers, whatever the language.

use std::io::{self, Write};

use batch::moves::{Flow, Flows, Moves, Spread};
use csv::Writer;
use law::Reading;

/// The columns after those of the property.
const AMOUNTS: [&str; 11] = [
    "reading",
    "from_outcome",
    "from_policy",
    "to_outcome",
    "to_policy",
    "direction",
    "lines",
    "tpp",
    "lines_without_tpp",
    "usd",
    "lines_without_usd",
];

/// The files, each with its name.
///
/// # Errors
/// None that memory does not give.
pub fn files(moves: &Moves) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut all = begun(&[])?;
    for reading in Reading::BOTH {
        flows(&mut all, &[], reading, &moves.all[reading as usize])?;
    }
    let mut rules = begun(&["rule_before", "rule_after"])?;
    for reading in Reading::BOTH {
        for ([before, after], of_rules) in moves.rules.iter(reading) {
            flows(&mut rules, &[before, after], reading, of_rules)?;
        }
    }
    let mut files = vec![
        ("flows.csv", ended(all)?),
        ("by_country.csv", by("country", &moves.destinations)?),
        ("by_month.csv", by("month", &moves.months)?),
        ("by_product.csv", by("product", &moves.products)?),
        ("by_rule.csv", ended(rules)?),
    ];
    if moves.currencies != Spread::default() {
        // Each in its own currency: the columns are not of dollars.
        let table = String::from_utf8_lossy(&by("currency", &moves.currencies)?).replacen(
            ",usd,lines_without_usd",
            ",value,lines_without_value",
            1,
        );
        files.push(("by_currency.csv", table.into_bytes()));
    }
    Ok(files)
}

fn by(name: &str, spread: &Spread<String>) -> io::Result<Vec<u8>> {
    let mut out = begun(&[name])?;
    for reading in Reading::BOTH {
        for (value, of_value) in spread.iter(reading) {
            flows(&mut out, &[value], reading, of_value)?;
        }
        flows(&mut out, &["(all others)"], reading, spread.rest(reading))?;
    }
    ended(out)
}

fn begun(first: &[&str]) -> io::Result<Writer<Vec<u8>>> {
    let mut out = Writer::from_writer(Vec::new());
    out.write_record(first.iter().copied().chain(AMOUNTS))?;
    Ok(out)
}

fn ended(out: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    out.into_inner().map_err(|why| why.into_error())
}

fn flows(
    out: &mut Writer<impl Write>,
    first: &[&str],
    reading: Reading,
    flows: &Flows,
) -> io::Result<()> {
    for (flow, amounts) in flows.iter() {
        let Flow { from, to } = flow;
        let policy = |of: Option<law::Policy>| of.map_or("", law::Policy::word).to_owned();
        let cells = [
            reading.word().to_owned(),
            from.outcome().word().to_owned(),
            policy(from.policy()),
            to.outcome().word().to_owned(),
            policy(to.policy()),
            flow.direction().word().to_owned(),
            amounts.lines.to_string(),
            amounts.tpp.to_string(),
            amounts.without_tpp.to_string(),
            amounts.usd.to_string(),
            amounts.without_usd.to_string(),
        ];
        let first = first.iter().map(|cell| (*cell).to_owned());
        out.write_record(first.chain(cells))?;
    }
    Ok(())
}
