//! The program on folders of Parquet: a month of a vendor, from file to file.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;
use spec::Random;

use crate::columns::{Party, countries, parties, skewed};
use crate::orders::Book;
use crate::program::run;
use crate::table::{Row, Table, Target};
use crate::{Options, per_second};

/// Files of a month: several can be worked on at once.
const FILES: usize = 8;

const HEADER: &str = "line_id,date,activity,origin,destination,quantity,value_usd,item.sku,\
    exporter.hq,exporter.role,exporter.informed,purchaser.name,purchaser.hq,purchaser.parent_hq,\
    purchaser.listed,end_user.name,end_user.location,end_user.hq,end_user.parent_hq,\
    end_user.sector,end_user.listed,end_use,authorization,certifications";

/// Measures `weir batch`.
pub fn measure(options: &Options, book: &Book, table: &mut Table) -> anyhow::Result<()> {
    let rows = 2 * options.lines;
    let (short, long) = (rows / 4, rows);
    let mut measured = Vec::new();
    for rows in [short, long, 4 * long] {
        let place = options.scratch.join(format!("month-{rows}"));
        let (orders, input) = (place.join("orders"), place.join("parquet"));
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::create_dir_all(&orders)?;
        write(book, &orders, rows)?;
        run(batch(&options.weir, &orders, &input).args(["--format", "parquet"]))?;
        // The middle of three.
        let mut runs = Vec::new();
        for at in 0..3 {
            runs.push(run(&mut batch(&options.weir, &input, &place.join(format!("out-{at}"))))?);
        }
        fs::remove_dir_all(&place)?;
        runs.sort_by_key(|(took, _)| *took);
        measured.push(runs[1]);
    }
    let [(short_took, _), (long_took, long_peak), (_, longest_peak)] = measured[..] else {
        bail!("three months are measured");
    };
    table.part(format!("weir batch, Parquet to Parquet, {long} rows in {FILES} files"));
    let row = |what: &str, measured: f64, unit: &'static str, target: Target| Row {
        what: what.into(),
        measured,
        unit,
        target,
        against: None,
    };
    let target = Target::AtLeast(2_000_000.0);
    table.add(row("rows, 24 columns to 46", per_second(long, long_took), "/s", target));
    let short_rate = per_second(short, short_took);
    table.add(row("rows, of a month a quarter as long", short_rate, "/s", Target::None));
    table.add(row("peak of memory", long_peak, "MB", Target::None));
    let growth = longest_peak / long_peak;
    table.add(row("peak of four times the rows", growth, "×", Target::AtMost(1.2)));
    Ok(())
}

fn batch(weir: &Path, input: &Path, output: &Path) -> Command {
    let mut command = Command::new(weir);
    command.arg("batch").arg(input).arg("-o").arg(output);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Writes a month of orders.
fn write(book: &Book, folder: &Path, rows: usize) -> anyhow::Result<()> {
    let mut random = Random::new(7);
    let skus = book.skus();
    let countries = countries(150);
    let purchasers = parties(&countries, &mut random);
    let users = parties(&countries, &mut random);
    let mut line = 0;
    for file in 0..FILES {
        let path = folder.join(format!("part-{file:02}.csv"));
        let mut out = BufWriter::new(fs::File::create(path)?);
        writeln!(out, "{HEADER}")?;
        let until = rows * (file + 1) / FILES;
        while line < until {
            let day = line * 30 / rows + 1;
            let sku = &skus[skewed(&mut random, skus.len())];
            let quantity = skewed(&mut random, 5_000) + 1;
            let value = quantity * (20_000 + random.below(20_000));
            let Party { name, country, parent } = &purchasers[skewed(&mut random, 20_000)];
            let user = &users[skewed(&mut random, 20_000)];
            let elsewhere = &countries[skewed(&mut random, countries.len())];
            let to = if random.chance(90) { &user.country } else { elsewhere };
            let origin = if random.chance(50) { "US" } else { "TW" };
            let sector = if random.chance(67) { "private" } else { "government" };
            writeln!(
                out,
                "L{line},2025-06-{day:02},export,{origin},{to},{quantity},{value},{sku},US,\
                 designer,none,{name},{country},{parent},none,{},{to},{},{},{sector},none,\
                 civil,none,none",
                user.name, user.country, user.parent,
            )?;
            line += 1;
        }
        out.flush()?;
    }
    Ok(())
}
