//! What moves, as one page that stands alone: no script, no network, charts as drawings within it.
//!
//! Each reading and each measure is a view of its own; which one is seen follows from two rows of
//! buttons, by style alone.

use std::io::{self, Write};

use askama::Template;
use batch::moves::{Amounts, Direction, Flow, Standing};
use law::Reading;
use law::pack::Pack;

use super::months::{self, Months};
use super::sankey::{self, Sankey, place};
use super::table::days;
use super::{Measure, Picture, Property, Ranked, brief, exact, grouped, standing, way};
use crate::language::Language;
use crate::output::labels;

const STYLE: &str = include_str!("../../../templates/moves.css");
/// What the page's own policy allows: this style, and nothing else.
const STYLE_HASH: &str = "sha256-xo8yWgT6fXgiyXFEDc7xMR8vmUuQBZBElY+HPSly4sI=";

/// How many values of a property are drawn.
const MOST: usize = 20;
/// How wide the bars of a value are.
const BARS: f64 = 1000.0;

/// The page.
#[derive(Template)]
#[template(path = "moves.html", whitespace = "minimize")]
struct Page<'p> {
    language: Language,
    picture: &'p Picture<'p>,
    style: &'static str,
    style_hash: &'static str,
    decided: String,
    days: Option<[String; 2]>,
    changes: String,
    readings: [Choice; 2],
    measures: [Choice; 3],
    views: Vec<View>,
    supposed: Vec<&'p Pack>,
    problems: Option<String>,
    currencies: Option<String>,
}

/// A button.
struct Choice {
    name: &'static str,
    is_first: bool,
}

/// One reading by one measure.
struct View {
    reading: usize,
    measure: usize,
    title: String,
    /// What is not known of all lines, if anything.
    caution: Option<String>,
    cards: Vec<Card>,
    standings: Vec<Row>,
    before_after: [Vec<Part>; 2],
    moves: bool,
    sankey: Option<Sankey>,
    flows: Vec<FlowRow>,
    months: Option<Months>,
    spreads: Vec<SpreadView>,
}

/// What goes one way, at a glance.
struct Card {
    word: &'static str,
    name: String,
    large: String,
    small: Vec<String>,
    meaning: String,
}

/// One standing before and after.
struct Row {
    at: usize,
    name: String,
    before: String,
    after: String,
    change: String,
}

/// A stretch of a bar.
struct Part {
    at: usize,
    x: String,
    width: String,
}

/// What moves from one standing to another.
struct FlowRow {
    word: &'static str,
    way: &'static str,
    from: (usize, String),
    to: (usize, String),
    amounts: [Cell; 3],
}

/// An amount in few digits, and in full.
struct Cell {
    brief: String,
    exact: String,
}

/// A property's values.
struct SpreadView {
    id: &'static str,
    title: &'static str,
    head: &'static str,
    rows: Vec<SpreadRow>,
    rest: Option<String>,
}

/// One value.
struct SpreadRow {
    name: String,
    note: String,
    bars: Vec<SpreadBar>,
    zero: String,
    words: String,
    amounts: [Cell; 3],
}

/// What goes one way of a value.
struct SpreadBar {
    word: &'static str,
    x: String,
    width: String,
}

/// Writes the page.
///
/// # Errors
/// It cannot be written.
pub fn write(picture: &Picture<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(picture).render().map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

/// The measure to begin with: money where it is known of anything that moves.
pub fn first_measure(picture: &Picture<'_>) -> Measure {
    let mut moving = Amounts::default();
    Reading::BOTH.into_iter().for_each(|reading| moving.add(&picture.all(reading).moving()));
    [Measure::Usd, Measure::Tpp]
        .into_iter()
        .find(|measure| measure.of(&moving) > 0)
        .unwrap_or(Measure::Lines)
}

impl<'p> Page<'p> {
    fn new(picture: &'p Picture<'p>) -> Page<'p> {
        let language = picture.language;
        let first = first_measure(picture);
        let moving = Reading::BOTH.map(|reading| picture.all(reading).moving().lines);
        let is_enforced_first = moving[0] == 0 && moving[1] > 0;
        let views = Reading::BOTH.into_iter().flat_map(|reading| {
            Measure::ALL.into_iter().map(move |measure| view(picture, reading, measure))
        });
        let hypothetical = |pack: &&Pack| pack.hypothetical;
        let mut supposed: Vec<&Pack> = Vec::new();
        for pack in picture.laws.iter().flat_map(|law| law.packs()).filter(hypothetical) {
            if !supposed.iter().any(|known| known.id == pack.id) {
                supposed.push(pack);
            }
        }
        Page {
            language,
            picture,
            style: STYLE,
            style_hash: STYLE_HASH,
            decided: grouped(picture.moves.decided()),
            days: picture.moves.days.map(|days| days.map(|day| day.to_string())),
            changes: capitalized(&days(picture)),
            readings: Reading::BOTH.map(|reading| Choice {
                name: labels::as_reading(language, reading),
                is_first: (reading == Reading::Enforced) == is_enforced_first,
            }),
            measures: Measure::ALL.map(|measure| Choice {
                name: measure_name(language, measure),
                is_first: measure == first,
            }),
            views: views.collect(),
            supposed,
            problems: problems(picture),
            currencies: picture.currencies(),
        }
    }

    fn pick<'t>(&self, en: &'t str, zh: &'t str) -> &'t str {
        self.language.pick(en, zh)
    }

    fn title<'k>(&self, pack: &'k Pack) -> &'k str {
        &pack.title[self.language as usize]
    }
}

/// What could not be read.
fn problems(picture: &Picture<'_>) -> Option<String> {
    let (errors, files) = (picture.moves.errors, picture.files[1]);
    (errors > 0 || files > 0).then(|| match picture.language {
        Language::En => format!(
            "Not counted: {} lines that cannot be decided, and {files} files that cannot be read. \
             rejects.jsonl says why.",
            grouped(errors)
        ),
        Language::Zh => format!(
            "未计入：无法裁定的 {} 行，无法读取的 {files} 个文件。原因见 rejects.jsonl。",
            grouped(errors)
        ),
    })
}

fn view(picture: &Picture<'_>, reading: Reading, measure: Measure) -> View {
    let language = picture.language;
    let all = picture.all(reading);
    let mut flows: Vec<(Flow, &Amounts)> =
        all.iter().filter(|(flow, _)| flow.direction() != Direction::Stays).collect();
    flows.sort_by_key(|(_, one)| std::cmp::Reverse((measure.of(one), one.lines)));
    let spreads =
        Property::ALL.into_iter().map(|property| spread(picture, property, reading, measure));
    View {
        reading: reading as usize,
        measure: measure as usize,
        title: format!(
            "{}{}{}",
            labels::as_reading(language, reading),
            language.pick(", ", "，"),
            measure_name(language, measure)
        ),
        caution: caution(language, measure, &all.sum(|_| true)),
        cards: cards(picture, reading, measure),
        standings: standings(picture, reading, measure),
        before_after: before_after(picture, reading, measure),
        moves: !flows.is_empty(),
        sankey: sankey::draw(all, measure, language),
        flows: flows.into_iter().map(|(flow, one)| flow_row(language, flow, one)).collect(),
        months: months::draw(&picture.ranked(Property::Month, reading, measure), measure, language),
        spreads: spreads.collect(),
    }
}

fn measure_name(language: Language, measure: Measure) -> &'static str {
    match measure {
        Measure::Lines => language.pick("Lines", "行数"),
        Measure::Tpp => language.pick("Performance (TPP)", "总处理性能（TPP）"),
        Measure::Usd => language.pick("Value (USD)", "价值（美元）"),
    }
}

/// That a measure is not known of all lines: they are in no bar.
fn caution(language: Language, measure: Measure, all: &Amounts) -> Option<String> {
    let (without, en, zh) = match measure {
        Measure::Lines => return None,
        Measure::Tpp => (
            all.without_tpp,
            "have no known TPP (no quantity, no TPP of the chip, or no chip at all)",
            "行的 TPP 未知（未给出数量或芯片 TPP，或不是芯片）",
        ),
        Measure::Usd => (all.without_usd, "have no value in U.S. dollars", "行没有美元价值"),
    };
    (without > 0).then(|| match language {
        Language::En => format!(
            "{} of {} lines {en}. They are counted as lines and are in no sum.",
            grouped(without),
            grouped(all.lines)
        ),
        Language::Zh => {
            format!(
                "共 {} 行，其中 {} {zh}；这些行只计行数，不计入合计。",
                grouped(all.lines),
                grouped(without)
            )
        }
    })
}

fn cards(picture: &Picture<'_>, reading: Reading, measure: Measure) -> Vec<Card> {
    let language = picture.language;
    let all = picture.all(reading);
    let card = |direction: Direction| {
        let going = all.going(direction);
        let others = Measure::ALL.into_iter().filter(|other| *other != measure);
        Card {
            word: direction.word(),
            name: capitalized(way(language, direction)),
            large: known(measure, &going, language),
            small: others.map(|other| known(other, &going, language)).collect(),
            meaning: meaning(language, direction).to_owned(),
        }
    };
    let mut cards =
        [Direction::Stricter, Direction::Open, Direction::Easier, Direction::Stays].map(card);
    let other = picture.moves.other_grounds[reading as usize];
    if other > 0 {
        let other = grouped(other);
        cards[3].meaning.push_str(&match language {
            Language::En => format!("; {other} lines on other grounds"),
            Language::Zh => format!("；其中 {other} 行依据改变"),
        });
    }
    cards.into()
}

/// An amount, or that it is not known.
fn known(measure: Measure, amounts: &Amounts, language: Language) -> String {
    let without = match measure {
        Measure::Lines => 0,
        Measure::Tpp => amounts.without_tpp,
        Measure::Usd => amounts.without_usd,
    };
    if amounts.lines > 0 && without == amounts.lines {
        let unit = if measure == Measure::Tpp { "TPP" } else { "USD" };
        return match language {
            Language::En => format!("{unit} not known"),
            Language::Zh => format!("{unit} 未知"),
        };
    }
    measure.brief(measure.of(amounts), language)
}

fn meaning(language: Language, direction: Direction) -> &'static str {
    match direction {
        Direction::Stricter => language.pick(
            "more restraint than before: an exception or a license where none was needed, or a stricter review",
            "比之前更严：原本无需者需用例外或许可证，或审查更严",
        ),
        Direction::Open => language.pick(
            "to or from what the facts or the text leave open",
            "转入或转出事实或条文未能确定的状态",
        ),
        Direction::Easier => language.pick("less restraint than before", "比之前宽松"),
        Direction::Stays => {
            language.pick("the same outcome and review as before", "结论与审查政策均不变")
        }
    }
}

/// What stands where, before and after, where anything does.
fn standings(picture: &Picture<'_>, reading: Reading, measure: Measure) -> Vec<Row> {
    let language = picture.language;
    let all = picture.all(reading);
    let row = |of: Standing| {
        let before = all.sum(|flow| flow.from == of);
        let after = all.sum(|flow| flow.to == of);
        if before.lines + after.lines == 0 {
            return None;
        }
        let [was, is] = [measure.of(&before), measure.of(&after)];
        Some(Row {
            at: of as usize,
            name: capitalized(&standing(language, of)),
            before: measure.brief(was, language),
            after: measure.brief(is, language),
            change: match is - was {
                0 => "–".to_owned(),
                more if more > 0 => format!("+{}", brief(more, language)),
                less => format!("−{}", brief(-less, language)),
            },
        })
    };
    Standing::ALL.into_iter().filter_map(row).collect()
}

/// The bars of what stands where, before and after.
fn before_after(picture: &Picture<'_>, reading: Reading, measure: Measure) -> [Vec<Part>; 2] {
    let all = picture.all(reading);
    let total = measure.of(&all.sum(|_| true)).max(1) as f64;
    let ends: [fn(Flow) -> Standing; 2] = [|flow| flow.from, |flow| flow.to];
    ends.map(|end| {
        let mut x = 0.0;
        let mut parts = Vec::new();
        for of in Standing::ALL {
            let width = measure.of(&all.sum(|flow| end(flow) == of)) as f64 / total * BARS;
            if width > 0.0 {
                parts.push(Part { at: of as usize, x: place(x), width: place(width.max(0.1)) });
            }
            x += width;
        }
        parts
    })
}

fn flow_row(language: Language, flow: Flow, amounts: &Amounts) -> FlowRow {
    let end = |of: Standing| (of as usize, capitalized(&standing(language, of)));
    FlowRow {
        word: flow.direction().word(),
        way: way(language, flow.direction()),
        from: end(flow.from),
        to: end(flow.to),
        amounts: cells(language, amounts),
    }
}

/// Lines, performance and value.
fn cells(language: Language, amounts: &Amounts) -> [Cell; 3] {
    let lines = grouped(amounts.lines);
    let sum = |without: u64, sum: batch::moves::Sum| match without {
        without if without == amounts.lines && without > 0 => {
            Cell { brief: "?".to_owned(), exact: language.pick("not known", "未知").to_owned() }
        }
        without => {
            let more = if without > 0 { "+" } else { "" };
            Cell { brief: brief(sum.whole(), language) + more, exact: exact(sum) }
        }
    };
    [
        Cell { brief: lines.clone(), exact: lines },
        sum(amounts.without_tpp, amounts.tpp),
        sum(amounts.without_usd, amounts.usd),
    ]
}

fn spread(
    picture: &Picture<'_>,
    property: Property,
    reading: Reading,
    measure: Measure,
) -> SpreadView {
    let language = picture.language;
    let mut ranked = picture.ranked(property, reading, measure);
    let is_month = property == Property::Month;
    let rest = ranked.split_off(ranked.len().min(if is_month { ranked.len() } else { MOST }));
    let of = |one: &Ranked, way: Direction| measure.of(&one.going(way));
    let right = |one: &Ranked| of(one, Direction::Stricter) + of(one, Direction::Open);
    let most = |value: &dyn Fn(&Ranked) -> i128| ranked.iter().map(value).max().unwrap_or(0);
    let (most_left, most_right) = (most(&|one| of(one, Direction::Easier)), most(&right));
    let scale = BARS / (most_left + most_right).max(1) as f64;
    let zero = most_left as f64 * scale;
    let row = |one: &Ranked| {
        let mut bars = Vec::new();
        let mut words = Vec::new();
        let mut x = zero;
        for direction in [Direction::Stricter, Direction::Open, Direction::Easier] {
            let value = of(one, direction);
            if value == 0 {
                continue;
            }
            let width = (value as f64 * scale).max(1.0);
            let start = if direction == Direction::Easier { zero - width } else { x };
            x = if direction == Direction::Easier { x } else { x + width };
            let (x, width) = (place(start), place(width));
            bars.push(SpreadBar { word: direction.word(), x, width });
            let amount = measure.brief(value, language);
            words.push(format!("{} {amount}", way(language, direction)));
        }
        SpreadRow {
            name: one.name.clone(),
            note: one.note.clone(),
            bars,
            zero: place(zero),
            words: words.join(language.pick(", ", "，")),
            amounts: cells(language, &one.flows.moving()),
        }
    };
    let rows = ranked.iter().map(row).collect();
    let (id, head) = match property {
        Property::Country => ("country", language.pick("Country", "国家或地区")),
        Property::Month => ("month", language.pick("Month", "月份")),
        Property::Product => ("product", language.pick("Product", "产品")),
        Property::Rule => ("rule", language.pick("Rule before → after", "规则：之前 → 之后")),
    };
    let mut sum = Amounts::default();
    rest.iter().for_each(|one| sum.add(&one.flows.moving()));
    let rest = (!rest.is_empty()).then(|| {
        let amount = measure.brief(measure.of(&sum), language);
        match language {
            Language::En => {
                format!("{} more, together {amount}: by_{id}.csv has them all.", rest.len())
            }
            Language::Zh => format!("其余 {} 项合计 {amount}，全部见 by_{id}.csv。", rest.len()),
        }
    });
    SpreadView { id, title: property.title(language), head, rows, rest }
}

/// A text that begins a line of its own.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::policy_hash;

    /// The page's policy names its style by hash. Whoever changes it changes its hash too: the
    /// failing test shows the new one.
    #[test]
    fn allows_its_own_style() {
        assert_eq!(policy_hash(STYLE), STYLE_HASH, "templates/moves.css");
    }
}
