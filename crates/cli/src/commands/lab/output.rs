//! `weir lab output`.

use std::io::Write;
use std::path::PathBuf;

use lab::instruments::output::{Output, SHIPPED, SHIPPED_NAME, read, run as make};

use super::{column, decimals, share, text_of};
use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::{Common, Done};

/// The figures to reckon with.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A CSV table of the form that `--show-data` writes; figures about China without one.
    figures: Option<PathBuf>,
    /// Writes the figures that are used, with their sources, and reckons nothing.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    show_data: bool,
    #[command(flatten)]
    form: Form,
}

/// Writes the output of each year.
///
/// # Errors
/// Figures that cannot be used, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let (name, text) = match &args.figures {
        Some(path) => (path.display().to_string(), text_of(path, &args.form)?),
        None => (SHIPPED_NAME.to_owned(), SHIPPED.to_owned()),
    };
    let (years, first) = read(&name, &text)?;
    if args.show_data {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(Done::Good);
    }
    let rows = make(&years, first).iter().map(|output| row(common.lang, output)).collect();
    let sheet = Sheet {
        title: common.lang.pick("Accelerators from own wafers", "本国晶圆可产加速器").into(),
        notes: notes(common.lang, &name),
        heads: false,
        columns: columns(common.lang),
        rows,
        empty: String::new(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

fn columns(language: Language) -> Vec<Column> {
    let number = |name, titles| column(language, name, titles, Kind::Number);
    vec![
        column(language, "year", ["year", "年份"], Kind::Text),
        number("gross_dies", ["dies a wafer", "每片裸片"]),
        column(language, "die_yield", ["die yield", "裸片良率"], Kind::Share),
        number("good_dies", ["good dies", "良品裸片"]),
        number("good_stacks", ["good stacks", "良品堆叠"]),
        number("chips_by_dies", ["by dies", "按裸片"]),
        number("chips_by_stacks", ["by memory", "按内存"]),
        number("chips", ["chips", "芯片数"]),
        column(language, "scarcer", ["scarcer", "瓶颈"], Kind::Text),
        number("dies_left", ["dies left", "余裸片"]),
        number("stacks_left", ["stacks left", "余堆叠"]),
    ]
}

fn row(language: Language, output: &Output) -> Vec<Cell> {
    let scarcer = match output.memory_binds {
        true => language.pick("memory", "内存"),
        false => language.pick("dies", "裸片"),
    };
    vec![
        Cell::text(output.year.to_string()),
        decimals(output.gross, 1),
        share(output.die_yield),
        decimals(output.dies, 0),
        decimals(output.stacks, 0),
        decimals(output.by_dies, 0),
        decimals(output.by_stacks, 0),
        decimals(output.chips, 0),
        Cell::text(scarcer),
        decimals(output.left.dies, 0),
        decimals(output.left.stacks, 0),
    ]
}

fn notes(language: Language, name: &str) -> Vec<String> {
    match language {
        Language::En => vec![
            format!("Of {name}; a chip is a package such as the Ascend 910C."),
            "By dies and by memory: what the year's own parts would make; chips: what both allow, with what earlier years left over.".into(),
        ],
        Language::Zh => vec![
            format!("数据：{name}；一颗芯片即一个封装，如昇腾 910C。"),
            "“按裸片”和“按内存”为当年自产部件可制成的数量；“芯片数”为两者共同允许的数量，含往年结余。".into(),
        ],
    }
}
