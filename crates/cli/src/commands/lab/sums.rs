//! `weir lab sums`.

use std::io::Write;
use std::path::PathBuf;

use lab::instruments::sums::{Check, SHIPPED, SHIPPED_NAME, read};

use super::{column, text_of};
use crate::commands::ledger::Form;
use crate::output::sheet::{Cell, Kind, Sheet};
use crate::{Common, Done};

/// The figures to add up.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A CSV table of the form that `--show-data` writes; published figures without one.
    figures: Option<PathBuf>,
    /// Writes the figures, with their sources, and adds nothing up.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    show_data: bool,
    #[command(flatten)]
    form: Form,
}

/// Writes each check.
///
/// # Errors
/// Figures that cannot be used, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let (name, text) = match &args.figures {
        Some(path) => (path.display().to_string(), text_of(path, &args.form)?),
        None => (SHIPPED_NAME.to_owned(), SHIPPED.to_owned()),
    };
    let checks = read(&name, &text)?;
    if args.show_data {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(Done::Good);
    }
    let text = |name, titles| column(common.lang, name, titles, Kind::Text);
    let number = |name, titles| column(common.lang, name, titles, Kind::Number);
    let note = common.lang.pick(
        "That figures add up makes none of them true; --show-data names the source of each.",
        "数字相符并不表示属实；--show-data 列出每个数字的来源。",
    );
    let sheet = Sheet {
        title: common.lang.pick("Do published figures add up?", "公布的数字是否相符？").into(),
        notes: vec![note.into()],
        heads: false,
        columns: vec![
            text("check", ["check", "检查项"]),
            text("parts", ["parts", "各部分"]),
            number("sum", ["sum", "合计"]),
            text("whole_item", ["held against", "对照"]),
            number("whole", ["whole", "总数"]),
            number("left", ["left", "差额"]),
            number("ratio", ["ratio", "比值"]),
            text("unit", ["unit", "单位"]),
        ],
        rows: checks.iter().map(row).collect(),
        empty: String::new(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

fn row(check: &Check) -> Vec<Cell> {
    let parts = check.parts.iter().map(|(item, value)| format!("{item} {value}"));
    vec![
        Cell::text(&check.name),
        Cell::text(parts.collect::<Vec<_>>().join("; ")),
        Cell::number(check.sum),
        Cell::text(&check.whole.0),
        Cell::number(check.whole.1),
        Cell::number(check.left),
        Cell::number(check.ratio.to_decimals(3)),
        Cell::text(&check.unit),
    ]
}
