//! `weir lab quota`.

use anyhow::{anyhow, bail};
use jiff::civil::Date;
use lab::instruments::quota::{Chip, Limit, limits, units};
use law::text::Values;
use law::{Facts, Law};

use super::column;
use crate::catalogue::{Chips, Countries};
use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::sheet::{Cell, Kind, Sheet, grouped};
use crate::{Common, Done};

/// The quotas and the chips to fill them with.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Chips of the catalogue to count in, besides H100 equivalents.
    #[arg(default_value = "nvidia-gb300", value_name = "SKU")]
    chips: Vec<String>,
    /// The destination, by its code or name.
    #[arg(long, default_value = "MY", value_name = "COUNTRY")]
    to: String,
    /// The calendar year.
    #[arg(long, default_value = "2025", value_parser = clap::value_parser!(i16).range(2000..=2100))]
    year: i16,
    #[command(flatten)]
    form: Form,
}

/// Writes each quota in chips.
///
/// # Errors
/// An unknown chip or country, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = common.law()?;
    let chips = chips(&law, args)?;
    let country = Countries::embedded()
        .meant(&args.to)
        .ok_or_else(|| anyhow!("`{}` is no country\n\nhint: give its code, such as MY", args.to))?;
    let limits = limits(&law, &country.code, args.year);
    let place = Countries::embedded().name(&country.code, common.lang);
    let rows =
        limits.iter().flat_map(|limit| chips.iter().map(|chip| row(common.lang, limit, chip)));
    let text = |name, titles| column(common.lang, name, titles, Kind::Text);
    let number = |name, titles| column(common.lang, name, titles, Kind::Number);
    let sheet = Sheet {
        title: match common.lang {
            Language::En => format!("The quotas of {} for {place}, in chips", args.year),
            Language::Zh => format!("{} 年{place}的配额折合芯片数", args.year),
        },
        notes: notes(common.lang, &chips),
        heads: true,
        columns: vec![
            text("quota", ["quota", "配额"]),
            text("cite", ["citation", "出处"]),
            text("from", ["from", "自"]),
            text("through", ["through", "至"]),
            text("raised", ["limit", "限额类型"]),
            number("limit_tpp", ["TPP", "TPP"]),
            text("chip", ["in", "折合单位"]),
            number("chips", ["chips", "芯片数"]),
        ],
        rows: rows.collect(),
        empty: common
            .lang
            .pick(
                "nothing that goes there can draw on a quota in TPP in that year",
                "该年运往该地的物项不能使用以 TPP 计的配额",
            )
            .into(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

/// The units that ship, then the chips that are named, each with what the packs compute for it.
fn chips(law: &Law, args: &Args) -> anyhow::Result<Vec<Chip>> {
    let catalogue = Chips::embedded(law.vocabulary())?;
    let mut chips = units()?;
    for sku in &args.chips {
        let Some(chip) = catalogue.find(sku) else {
            let near = catalogue.suggestions(sku);
            let hint = match near.as_slice() {
                [] => "see `weir chips list`".to_string(),
                near => format!("did you mean {}?", near.join(", ")),
            };
            bail!("there is no chip `{sku}` in the catalogue\n\nhint: {hint}");
        };
        let mut facts = Facts::new(law.vocabulary());
        chip.facts.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
        let day = Date::new(args.year, 12, 31)?;
        facts.set(law.date_fact(), Some(law::Value::Date(day)));
        let mut memory = law::eval::Memory::default();
        let tpp =
            Values::new(law, &facts, &mut memory).and_then(|mut values| values.num("item.tpp"));
        let Some(tpp) = tpp.filter(|tpp| !tpp.is_zero() && !tpp.is_negative()) else {
            bail!(
                "the catalogue does not tell the TPP of `{sku}`\n\nhint: `weir chips show {sku}` says what it knows"
            );
        };
        chips.push(Chip { name: sku.clone(), tpp });
    }
    Ok(chips)
}

fn row(language: Language, limit: &Limit, chip: &Chip) -> Vec<Cell> {
    let which = match limit.raised {
        true => language.pick("raised to the most", "提高后上限"),
        false => language.pick("as written", "条文限额"),
    };
    vec![
        Cell::text(&limit.quota),
        Cell::text(&limit.cite),
        Cell::text(limit.from.to_string()),
        Cell::text(limit.through.to_string()),
        Cell::text(which),
        Cell::number(limit.limit),
        Cell::text(&chip.name),
        limit.chips(chip).map_or(Cell::None, Cell::number),
    ]
}

fn notes(language: Language, chips: &[Chip]) -> Vec<String> {
    let each =
        chips.iter().map(|chip| format!("{} {} TPP", chip.name, grouped(&chip.tpp.to_string())));
    let each = each.collect::<Vec<_>>().join(language.pick("; ", "；"));
    match language {
        Language::En => vec![
            format!("One of each: {each}."),
            "Limits from the law packs on the days shown, text as written; an installed base is per company and country, LPP per consignee.".into(),
        ],
        Language::Zh => vec![
            format!("每单位：{each}。"),
            "限额取自规则包中所示日期的条文；装机总量按公司和国家计，LPP 按收货人计。".into(),
        ],
    }
}
