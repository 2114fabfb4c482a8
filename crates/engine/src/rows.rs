//! The table functions: packs, rules, sets and chips as rows.

use std::sync::Arc;

use batch::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use jiff::civil::Date;
use law::eval::Memory;
use law::headroom::limbs;
use law::pack::{Body, Rule};
use law::text::Values;
use law::truth::Truth;
use law::{Facts, Law, Num};

use crate::functions::{TPP_DECIMALS, days, scaled, text_of};
use crate::lawbook::{Chip, Lawbook};

/// All of them, by name.
pub fn all(lawbook: &Lawbook) -> Vec<(&'static str, Arc<dyn TableFunctionImpl>)> {
    let of =
        |what| -> Arc<dyn TableFunctionImpl> { Arc::new(Rows { what, lawbook: lawbook.clone() }) };
    vec![
        ("weir_packs", of(What::Packs)),
        ("weir_rules", of(What::Rules)),
        ("weir_sets", of(What::Sets)),
        ("weir_chips", of(What::Chips)),
    ]
}

#[derive(Clone, Copy, Debug)]
enum What {
    Packs,
    Rules,
    Sets,
    Chips,
}

#[derive(Debug)]
struct Rows {
    what: What,
    lawbook: Lawbook,
}

impl TableFunctionImpl for Rows {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let law = self.lawbook.law();
        let batch = match (self.what, args.exprs()) {
            (What::Packs, []) => packs(law),
            (What::Rules, []) => rules(law),
            (What::Sets, []) => sets(law),
            (What::Chips, []) => chips(law, self.lawbook.chips(), law.verified_through()),
            (What::Chips, [day]) => chips(law, self.lawbook.chips(), day_of(day)?),
            (What::Chips, _) => return plan_err!("`weir_chips` takes a day or nothing"),
            _ => return plan_err!("tables of the law take no arguments"),
        }?;
        Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
    }
}

fn day_of(expr: &Expr) -> Result<Date> {
    let day = match expr {
        Expr::Literal(ScalarValue::Date32(Some(days)), _) => {
            let span = jiff::Span::new().try_days(*days);
            span.ok().and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span).ok())
        }
        Expr::Literal(value, _) => text_of(value).and_then(|text| text.parse().ok()),
        _ => None,
    };
    match day {
        Some(day) => Ok(day),
        None => plan_err!("`{expr}` is not a date; write it as '2025-06-02'"),
    }
}

/// Columns that are put together one after another.
#[derive(Default)]
struct Table {
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl Table {
    fn add(&mut self, name: &str, column: ArrayRef) {
        self.fields.push(Field::new(name, column.data_type().clone(), true));
        self.columns.push(column);
    }

    fn texts(&mut self, name: &str, texts: impl Iterator<Item = Option<String>>) {
        let known = texts.map(|text| text.filter(|text| !text.is_empty()));
        self.add(name, Arc::new(known.collect::<StringArray>()));
    }

    /// Cells of a table of texts: numbers and truths, where all that are known are such.
    fn cells(&mut self, name: &str, cells: Vec<String>) -> Result<()> {
        let known = || cells.iter().filter(|cell| !cell.is_empty());
        let number = |cell: &str| scaled(Num::parse(cell).ok()?);
        let truth = |cell: &str| cell.parse::<bool>().ok();
        if known().next().is_some() && known().all(|cell| number(cell).is_some()) {
            return self.numbers(name, cells.iter().map(|cell| number(cell)));
        }
        if known().next().is_some() && known().all(|cell| truth(cell).is_some()) {
            let truths: BooleanArray = cells.iter().map(|cell| truth(cell)).collect();
            self.add(name, Arc::new(truths));
        } else {
            self.texts(name, cells.into_iter().map(Some));
        }
        Ok(())
    }

    fn dates(&mut self, name: &str, dates: impl Iterator<Item = Option<Date>>) {
        self.add(name, Arc::new(dates.map(|day| day.map(days)).collect::<Date32Array>()));
    }

    fn numbers(&mut self, name: &str, numbers: impl Iterator<Item = Option<i128>>) -> Result<()> {
        let numbers: Decimal128Array = numbers.collect();
        self.add(name, Arc::new(numbers.with_precision_and_scale(38, TPP_DECIMALS)?));
        Ok(())
    }

    fn batch(self) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.columns)?)
    }
}

fn packs(law: &Law) -> Result<RecordBatch> {
    let packs = || law.packs().iter();
    let mut table = Table::default();
    table.texts("pack", packs().map(|pack| Some(pack.id.clone())));
    table.texts("title", packs().map(|pack| Some(pack.title[0].clone())));
    table.texts("title_zh", packs().map(|pack| Some(pack.title[1].clone())));
    table.texts("citation", packs().map(|pack| Some(pack.cite.clone())));
    table.dates("published", packs().map(|pack| pack.published));
    table.dates("effective", packs().map(|pack| Some(pack.effective)));
    table.dates("comply_by", packs().map(|pack| pack.comply_by));
    table.dates("verified_through", packs().map(|pack| Some(pack.verified_through)));
    table.texts("sure", packs().map(|pack| Some(pack.sure.word().to_owned())));
    let hypothetical: BooleanArray = packs().map(|pack| Some(pack.hypothetical)).collect();
    table.add("hypothetical", Arc::new(hypothetical));
    table.batch()
}

/// The paragraph of a class and the code of an exception.
fn code(rule: &Rule) -> Option<String> {
    match &rule.body {
        Body::Class { code } | Body::Exception { code, .. } => Some(code.clone()),
        _ => None,
    }
}

fn rules(law: &Law) -> Result<RecordBatch> {
    let rules = || law.rules().map(|(_, rule)| rule);
    let mut table = Table::default();
    table.texts("rule", rules().map(|rule| Some(rule.rule.id.clone())));
    table.texts("pack", rules().map(|rule| Some(law.packs()[rule.pack].id.clone())));
    table.texts("kind", rules().map(|rule| Some(rule.rule.body.word().to_owned())));
    table.texts("code", rules().map(|rule| code(&rule.rule)));
    table.texts("citation", rules().map(|rule| Some(rule.rule.cite.clone())));
    table.texts("text", rules().map(|rule| Some(rule.rule.text[0].clone())));
    table.texts("text_zh", rules().map(|rule| Some(rule.rule.text[1].clone())));
    table.texts("sure", rules().map(|rule| Some(rule.rule.sure.word().to_owned())));
    table.dates("effective", rules().map(|rule| Some(rule.rule.effective)));
    table.dates("from", rules().map(|rule| Some(rule.rule.from)));
    table.dates("until", rules().map(|rule| rule.last));
    let reading = |rule: &Rule| rule.reading.map(|reading| reading.word().to_owned());
    table.texts("reading", rules().map(|rule| reading(&rule.rule)));
    table.texts("heading", rules().map(|rule| Some(rule.rule.heading.clone())));
    table.batch()
}

/// One time during which a country is in a set.
struct Membership {
    set: String,
    member: String,
    from: Option<Date>,
    until: Option<Date>,
    citation: String,
}

/// Every span of time in which a country is a member. A span without a beginning goes back before
/// the first day of the packs; one without an end goes on.
fn memberships(law: &Law) -> Vec<Membership> {
    let mut found: Vec<Membership> = Vec::new();
    let mut dates: Vec<Date> = law.dates().to_vec();
    dates.extend(law.sets().iter().flat_map(|set| set.changes.iter().map(|change| change.date)));
    dates.sort_unstable();
    dates.dedup();
    for set in law.sets() {
        let mut open: Vec<Membership> = Vec::new();
        for (at, date) in dates.iter().enumerate() {
            let members = law.members(&set.id, *date);
            let (goes_on, ended): (Vec<_>, Vec<_>) = open
                .into_iter()
                .partition(|one| members.iter().any(|country| country.to_string() == one.member));
            open = goes_on;
            found.extend(ended.into_iter().map(|one| {
                let until = date.yesterday().ok();
                Membership { until, ..one }
            }));
            for country in members.iter() {
                let member = country.to_string();
                if open.iter().any(|one| one.member == member) {
                    continue;
                }
                let change = set
                    .changes
                    .iter()
                    .rfind(|change| change.date <= *date && change.add.contains(&country));
                open.push(Membership {
                    set: set.id.clone(),
                    member,
                    from: (at > 0).then_some(*date),
                    until: None,
                    citation: change.map_or(&set.cite, |change| &change.cite).clone(),
                });
            }
        }
        found.extend(open);
    }
    found.sort_by(|one, other| {
        (&one.set, &one.member, one.from).cmp(&(&other.set, &other.member, other.from))
    });
    found
}

fn sets(law: &Law) -> Result<RecordBatch> {
    let found = memberships(law);
    let mut table = Table::default();
    table.texts("set", found.iter().map(|one| Some(one.set.clone())));
    table.texts("member", found.iter().map(|one| Some(one.member.clone())));
    table.dates("from", found.iter().map(|one| one.from));
    table.dates("until", found.iter().map(|one| one.until));
    table.texts("citation", found.iter().map(|one| Some(one.citation.clone())));
    table.batch()
}

/// What the law works out for a chip.
struct Measured {
    tpp: Option<i128>,
    density: Option<i128>,
    classification: Option<String>,
}

fn measured(law: &Law, chip: &Chip, day: Date) -> Measured {
    let mut facts = Facts::new(law.vocabulary());
    chip.facts.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
    facts.set(law.date_fact(), Some(law::Value::Date(day)));
    facts.complete(law.vocabulary(), law.defaults());
    let mut memory = Memory::default();
    let mut values = Values::new(law, &facts, &mut memory);
    let mut number = |name: &str| values.as_mut().and_then(|values| values.num(name));
    let tpp = number("item.tpp").and_then(scaled);
    let density = number("item.performance_density").and_then(cut);
    let mut codes: Vec<&str> = Vec::new();
    for (code, truth) in limbs(law, &facts) {
        if truth == Truth::True && !codes.contains(&code) {
            codes.push(code);
        }
    }
    Measured { tpp, density, classification: Some(codes.join("; ")) }
}

/// A ratio to the last decimal of a column, what is beyond cut off: so it is below a threshold
/// exactly when the ratio is.
fn cut(number: Num) -> Option<i128> {
    let decimals = u32::from(TPP_DECIMALS.unsigned_abs());
    let text = number.to_decimals(decimals);
    let number = Num::parse(&text).ok()?;
    scaled(number)
}

fn chips(law: &Law, chips: &[Chip], day: Date) -> Result<RecordBatch> {
    let measures: Vec<Measured> = chips.iter().map(|chip| measured(law, chip, day)).collect();
    let mut table = Table::default();
    let names = chips.first().map(|chip| chip.columns.iter().map(|(name, _)| name.as_str()));
    for (at, name) in names.into_iter().flatten().enumerate() {
        let cell = |chip: &Chip| chip.columns.get(at).map_or("", |(_, value)| value).to_owned();
        table.cells(name, chips.iter().map(cell).collect())?;
    }
    table.numbers("tpp", measures.iter().map(|one| one.tpp))?;
    table.numbers("performance_density", measures.iter().map(|one| one.density))?;
    table.texts("classification", measures.iter().map(|one| one.classification.clone()));
    table.batch()
}
