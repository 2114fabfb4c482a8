//! Record batches under two laws: where each row stands under the one and under the other.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use jiff::civil::Date;
use law::columns::{Column, ColumnDesk, Columns, ColumnsError, Decided};
use law::eval::Memory;
use law::same::Sameness;
use law::text::Values;
use law::{FactId, Facts, Law, Reading, RuleId, Value};
use rustc_hash::FxHashMap;

use crate::answers::{Decider, deciding_rule};
use crate::cells::Known;
use crate::diff::Moved;
use crate::moves::{
    Amounts, Counted, Direction, Flow, Moves, Spread, Standing, Sum, apart, both, widen,
};
use crate::table::{ColumnError, RowError, Table, joined};

/// Two laws to decide by.
pub struct Comparison<'c> {
    deciders: [&'c Decider; 2],
    same: Sameness<'c>,
    shares_facts: bool,
    currency: Option<String>,
}

/// What a thread remembers from one batch to the next.
#[derive(Default)]
pub struct Bench {
    desks: [ColumnDesk; 2],
    known: [FxHashMap<FactId, Known>; 2],
    memory: Memory,
    /// The rows of the last batch that move, where somebody asks for them.
    pub(crate) moved: Option<Vec<Moved>>,
}

/// What is wrong with rows.
pub type Errors = BTreeMap<usize, Vec<RowError>>;

/// No row of a batch: a row that the second law need not decide.
const AS_FIRST: u32 = u32::MAX;

/// The rows of a batch by one property, and what each value of it is.
struct Property<T> {
    keys: Vec<u32>,
    values: Vec<T>,
}

/// What is said of a product.
struct Product {
    name: String,
    /// The performance of one unit, all its chips together.
    tpp: Option<Sum>,
}

/// Rows with the same two answers.
struct Pair {
    flows: u16,
    /// The index of the rules that decided.
    rules: u32,
    has_other_grounds: [bool; 2],
}

type Decisive = [[Option<RuleId>; 2]; 2];

impl<'c> Comparison<'c> {
    /// Compares what two laws say.
    pub fn new(first: &'c Decider, second: &'c Decider) -> Comparison<'c> {
        Comparison {
            deciders: [first, second],
            same: Sameness::new(first.law(), second.law()),
            shares_facts: first.law().vocabulary() == second.law().vocabulary()
                && first.law().defaults() == second.law().defaults(),
            currency: None,
        }
    }

    /// Lets a column say in which currency the value of each row is: what is not `USD` is in no sum
    /// of dollars.
    pub fn with_currency(self, column: Option<String>) -> Comparison<'c> {
        Comparison { currency: column, ..self }
    }

    /// Whether it is known on which days the two laws are the same.
    pub fn knows_days(&self) -> bool {
        self.same.is_comparable()
    }

    /// Whether the columns of a schema can be read.
    ///
    /// # Errors
    /// A column that the mapping names and that is not there, or that is there twice; a table
    /// without a day.
    pub fn fits(&self, schema: &Schema) -> Result<(), ColumnError> {
        if let Some(column) = &self.currency
            && schema.field_with_name(column).is_err()
        {
            return Err(ColumnError::missing(column));
        }
        self.deciders.iter().try_for_each(|decider| decider.dated(schema).map(|_| ()))
    }

    /// Whether a column of that name is a fact under one of the laws.
    pub(crate) fn is_fact(&self, name: &str) -> bool {
        self.deciders.iter().any(|decider| decider.is_fact(name))
            || self.currency.as_deref() == Some(name)
    }

    /// Whether a column of that name is a list under one of the laws.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        self.deciders.iter().any(|decider| decider.is_list(name))
    }

    fn laws(&self) -> [&'c Law; 2] {
        self.deciders.map(Decider::law)
    }

    /// Decides a batch under both laws and counts what moves. Rows in error, and those that could
    /// not be read, are told and not counted.
    ///
    /// # Errors
    /// A column that is missing, or of a type that its fact cannot have.
    pub fn count(
        &self,
        batch: &RecordBatch,
        unread: Errors,
        bench: &mut Bench,
        moves: &mut Moves,
    ) -> Result<Errors, ColumnError> {
        let mut table = self.table(0, batch, bench)?;
        let mut other = if self.shares_facts { None } else { Some(self.table(1, batch, bench)?) };
        let mut errors = std::mem::take(&mut table.errors);
        if let Some(other) = &mut other {
            for (row, more) in std::mem::take(&mut other.errors) {
                errors.entry(row).or_insert(more);
            }
        }
        errors.extend(unread);
        let rows = batch.num_rows();
        let days = self.days(&table, rows);
        let is_same: Vec<bool> =
            days.values.iter().map(|day| day.is_some_and(|day| self.same.on(day))).collect();
        let columns = Columns::new(self.laws()[0], table.columns()).map_err(unfit)?;
        let first = columns.decide(0..rows, &mut bench.desks[0]);
        let others: Vec<u32> =
            (0..rows as u32).filter(|row| !is_same[days.keys[*row as usize] as usize]).collect();
        let second = self.second(other.as_ref().unwrap_or(&table), &others, bench)?;
        let currencies = self.currencies(batch)?;
        let counted = Batch {
            table: &table,
            days: &days,
            is_same: &is_same,
            errors: &errors,
            currencies: currencies.as_ref(),
        };
        self.add(&counted, &first, (&others, &second), bench, moves);
        Ok(errors)
    }

    /// The currency of each row, in capitals, where a column says it.
    fn currencies(&self, batch: &RecordBatch) -> Result<Option<Property<String>>, ColumnError> {
        let Some(column) = &self.currency else { return Ok(None) };
        let array = batch.column_by_name(column).ok_or_else(|| ColumnError::missing(column))?;
        let texts = cast(array, &DataType::Utf8)
            .map_err(|why| ColumnError { column: column.clone(), why: why.to_string() })?;
        let mut known: FxHashMap<Option<&str>, u32> = FxHashMap::default();
        let mut values = Vec::new();
        let mut key =
            |text: Option<&str>| values.push(text.unwrap_or_default().trim().to_uppercase());
        let mut keys = Vec::with_capacity(batch.num_rows());
        for text in texts.as_string::<i32>() {
            let next = known.len() as u32;
            let at = *known.entry(text).or_insert(next);
            if at == next {
                key(text);
            }
            keys.push(at);
        }
        Ok(Some(Property { keys, values }))
    }

    fn table(
        &self,
        at: usize,
        batch: &RecordBatch,
        bench: &mut Bench,
    ) -> Result<Table, ColumnError> {
        let decider = self.deciders[at];
        let facts = decider.fit(batch)?;
        Table::read(decider.law(), decider.catalogue(), &facts, batch, &mut bench.known[at])
    }

    /// The answers of some rows under the second law.
    fn second(
        &self,
        table: &Table,
        rows: &[u32],
        bench: &mut Bench,
    ) -> Result<Decided, ColumnError> {
        let keys = table.keys_of(rows);
        let columns = Columns::new(self.laws()[1], table.columns_of(&keys)).map_err(unfit)?;
        Ok(columns.decide(0..rows.len(), &mut bench.desks[1]))
    }

    /// The day of each row.
    fn days(&self, table: &Table, rows: usize) -> Property<Option<Date>> {
        let law = self.laws()[0];
        let date = |value: Option<&Value>| match value {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        };
        let assumed = law.defaults().iter().find(|(fact, _)| *fact == law.date_fact());
        let assumed = date(assumed.map(|(_, value)| value));
        match table.column(law.date_fact()) {
            Some((keys, values)) => Property {
                keys: keys.clone(),
                values: values.iter().map(|value| date(value.as_ref()).or(assumed)).collect(),
            },
            None => Property { keys: vec![0; rows], values: vec![assumed] },
        }
    }

    fn add(
        &self,
        batch: &Batch<'_>,
        first: &Decided,
        (others, second): (&[u32], &Decided),
        bench: &mut Bench,
        moves: &mut Moves,
    ) {
        let rows = batch.days.keys.len();
        let mut second_places = vec![AS_FIRST; rows];
        for (at, row) in others.iter().enumerate() {
            if let Some(place) = second.place_of(at) {
                second_places[*row as usize] = place as u32;
            }
        }
        let products = self.products(batch, bench);
        let destinations = self.destinations(batch.table, rows);
        let (quantity, value) = (self.number(batch, "quantity"), self.number(batch, "value_usd"));
        let mut pairs = Pairs::new(self.laws(), first, second);
        let mut counted: [Counted; 4] = Default::default();
        let mut by_currency = Counted::default();
        for row in (0..rows).filter(|row| !batch.errors.contains_key(row)) {
            let Some(place) = first.place_of(row) else { continue };
            let pair = pairs.of(place as u32, second_places[row]);
            let product = &products.values[products.keys[row] as usize];
            let tpp = product.tpp.zip(quantity.of(row));
            let tpp = tpp.and_then(|(tpp, quantity)| tpp.times(quantity.whole()));
            let usd = value.of(row).filter(|_| batch.is_in_dollars(row));
            let amounts = Amounts::row(tpp, usd);
            let day = batch.days.keys[row];
            let keys = [day, destinations.keys[row], products.keys[row], pair.rules];
            for (counted, key) in counted.iter_mut().zip(keys) {
                counted.entry((key, pair.flows)).or_default().add(&amounts);
            }
            if let Some(currencies) = batch.currencies {
                let own = by_currency.entry((currencies.keys[row], pair.flows)).or_default();
                own.add(&Amounts::row(tpp, value.of(row)));
            }
            batch.note(day, pair, moves);
            let flows = apart(pair.flows);
            if bench.moved.is_some() && flows.iter().any(|flow| flow.from != flow.to) {
                let rules = pair.rules;
                let rules = Reading::BOTH.map(|reading| pairs.rules_of(rules, reading));
                let moved = Moved { row, flows, rules };
                bench.moved.get_or_insert_default().push(moved);
            }
        }
        moves.errors += batch.errors.len() as u64;
        let [by_day, by_destination, by_product, by_rules] = counted;
        for ((_, flows), amounts) in &by_day {
            for (all, flow) in moves.all.iter_mut().zip(apart(*flows)) {
                all.add(flow, amounts);
            }
        }
        spread(&mut moves.months, by_day, |key| month(batch.days.values[key as usize]));
        let destination = |key: u32| destinations.values[key as usize].clone();
        spread(&mut moves.destinations, by_destination, destination);
        let product = |key: u32| products.values[key as usize].name.clone();
        spread(&mut moves.products, by_product, product);
        if let Some(currencies) = batch.currencies {
            let currency = |key: u32| currencies.values[key as usize].clone();
            spread(&mut moves.currencies, by_currency, currency);
        }
        pairs.spread(by_rules, moves);
    }

    fn destinations(&self, table: &Table, rows: usize) -> Property<String> {
        let law = self.laws()[0];
        let fact = law.vocabulary().find("destination");
        let assumed = law.defaults().iter().find(|(own, _)| Some(*own) == fact);
        let code = |value: Option<&Value>| match value.or(assumed.map(|(_, value)| value)) {
            Some(Value::Country(country)) => country.to_string(),
            _ => String::new(),
        };
        match fact.and_then(|fact| table.column(fact)) {
            Some((keys, values)) => Property {
                keys: keys.clone(),
                values: values.iter().map(|value| code(value.as_ref())).collect(),
            },
            None => Property { keys: vec![0; rows], values: vec![code(None)] },
        }
    }

    /// A number of each row, where it is known.
    fn number(&self, batch: &Batch<'_>, name: &str) -> Property<Option<Sum>> {
        let law = self.laws()[0];
        let fact = law.vocabulary().find(name);
        let assumed = law.defaults().iter().find(|(own, _)| Some(*own) == fact);
        let sum = |value: Option<&Value>| match value.or(assumed.map(|(_, value)| value)) {
            Some(Value::Num(number)) => Sum::of(*number),
            _ => None,
        };
        match fact.and_then(|fact| batch.table.column(fact)) {
            Some((keys, values)) => Property {
                keys: keys.clone(),
                values: values.iter().map(|value| sum(value.as_ref())).collect(),
            },
            None => Property { keys: vec![0; batch.days.keys.len()], values: vec![sum(None)] },
        }
    }

    /// The product of each row, and the performance of one.
    fn products(&self, batch: &Batch<'_>, bench: &mut Bench) -> Property<Product> {
        let law = self.laws()[0];
        let vocabulary = law.vocabulary();
        let rows = batch.days.keys.len();
        let is_item = |column: &Column<'_>| vocabulary.fact(column.fact).name.starts_with("item.");
        let mut columns = batch.table.columns();
        columns.retain(is_item);
        let mut bundles: Vec<&[u32]> = Vec::new();
        for column in &columns {
            if !bundles.iter().any(|known| std::ptr::eq(*known, column.keys)) {
                bundles.push(column.keys);
            }
        }
        let keys = joined(bundles.into_iter(), rows);
        let count = keys.iter().max().map_or(0, |most| *most as usize + 1);
        let mut first = vec![None; count];
        for (row, key) in keys.iter().enumerate().rev() {
            first[*key as usize] = Some(row);
        }
        let mut facts = Facts::new(vocabulary);
        let product = |row: Option<usize>| {
            facts.clear();
            let Some(row) = row else { return Product { name: String::new(), tpp: None } };
            for column in &columns {
                facts.set(column.fact, column.values[column.keys[row] as usize].clone());
            }
            let day = batch.days.values[batch.days.keys[row] as usize];
            facts.set(law.date_fact(), day.map(Value::Date));
            facts.complete(vocabulary, law.defaults());
            Product { name: name_of(law, &facts), tpp: unit_tpp(law, &facts, &mut bench.memory) }
        };
        Property { keys, values: first.into_iter().map(product).collect() }
    }
}

/// What is known of a batch besides its answers.
struct Batch<'b> {
    table: &'b Table,
    days: &'b Property<Option<Date>>,
    /// By the key of the day.
    is_same: &'b [bool],
    errors: &'b Errors,
    currencies: Option<&'b Property<String>>,
}

impl Batch<'_> {
    /// Whether the value of a row is in U.S. dollars, as far as a column says otherwise.
    fn is_in_dollars(&self, row: usize) -> bool {
        self.currencies.is_none_or(|all| all.values[all.keys[row] as usize] == "USD")
    }

    /// Notes of a row on which day it is, whether the laws of that day differ, and whether its
    /// answers do.
    fn note(&self, day: u32, pair: &Pair, moves: &mut Moves) {
        let mut differs = apart(pair.flows).iter().any(|flow| flow.from != flow.to);
        for (count, has_other) in moves.other_grounds.iter_mut().zip(pair.has_other_grounds) {
            *count += u64::from(has_other);
            differs |= has_other;
        }
        moves.same_law += u64::from(self.is_same[day as usize]);
        if let Some(date) = self.days.values[day as usize] {
            widen(&mut moves.days, date);
            if differs {
                widen(&mut moves.changed, date);
            }
        }
    }
}

fn month(day: Option<Date>) -> String {
    day.map_or(String::new(), |day| format!("{:04}-{:02}", day.year(), day.month()))
}

impl<T: Copy> Property<T> {
    fn of(&self, row: usize) -> T {
        self.values[self.keys[row] as usize]
    }
}

/// The product as a row names it: by its key in the catalogue, or by the vendor's number.
fn name_of(law: &Law, facts: &Facts) -> String {
    for name in ["item.sku", "item.part_number"] {
        let fact = law.vocabulary().find(name);
        if let Some(Value::Text(text)) = fact.and_then(|fact| facts.get(fact)) {
            return text.to_string();
        }
    }
    String::new()
}

/// The performance of one unit: of a chip, or of all chips that a computer holds. What is neither
/// has none.
fn unit_tpp(law: &Law, facts: &Facts, memory: &mut Memory) -> Option<Sum> {
    let vocabulary = law.vocabulary();
    let kind = vocabulary.find("item.kind");
    if let Some(fact) = kind
        && let Some(value) = facts.get(fact)
        && !["chip", "computer"].contains(&vocabulary.fact(fact).show(value).as_str())
    {
        return None;
    }
    let chips = facts.num(vocabulary.find("item.chips")?)?.to_int()?;
    let tpp = Values::new(law, facts, memory)?.num("item.tpp")?;
    Sum::of(tpp)?.times(chips)
}

/// The answers of a batch, two by two.
struct Pairs<'p> {
    laws: [&'p Law; 2],
    first: &'p Decided,
    second: &'p Decided,
    known: FxHashMap<(u32, u32), u32>,
    pairs: Vec<Pair>,
    decisive: FxHashMap<Decisive, u32>,
    rules: Vec<Decisive>,
}

impl<'p> Pairs<'p> {
    fn new(laws: [&'p Law; 2], first: &'p Decided, second: &'p Decided) -> Pairs<'p> {
        Pairs {
            laws,
            first,
            second,
            known: FxHashMap::default(),
            pairs: Vec::new(),
            decisive: FxHashMap::default(),
            rules: Vec::new(),
        }
    }

    fn of(&mut self, first: u32, second: u32) -> &Pair {
        let next = self.pairs.len() as u32;
        let at = *self.known.entry((first, second)).or_insert(next);
        if at == next {
            let pair = self.pair(first, second);
            self.pairs.push(pair);
        }
        &self.pairs[at as usize]
    }

    fn pair(&mut self, first: u32, second: u32) -> Pair {
        let one = &self.first.answers[first as usize].determination;
        let (other, law) = match second {
            AS_FIRST => (one, self.laws[0]),
            at => (&self.second.answers[at as usize].determination, self.laws[1]),
        };
        let laws = [self.laws[0], law];
        let mut decisive = [[None; 2]; 2];
        let mut has_other_grounds = [false; 2];
        let flows = Reading::BOTH.map(|reading| {
            let answers = [one.reading(reading), other.reading(reading)];
            let [from, to] = answers.map(Standing::of);
            let rules = [deciding_rule(laws[0], answers[0]), deciding_rule(laws[1], answers[1])];
            let exceptions = [0, 1].map(|at| {
                let codes = laws[at].exception_codes();
                answers[at].exceptions.iter().map(move |code| &codes[usize::from(*code)])
            });
            let [was, is] = exceptions;
            has_other_grounds[reading as usize] = from == to
                && second != AS_FIRST
                && (id(laws, rules, 0) != id(laws, rules, 1) || !was.eq(is));
            decisive[reading as usize] = rules;
            Flow { from, to }
        });
        if second == AS_FIRST {
            // The rule's index is the first law's, and the second may count otherwise.
            for rules in &mut decisive {
                rules[1] = rules[0].and_then(|rule| {
                    let id = &self.laws[0].rule(rule).id;
                    self.laws[1].rules_named(id).next().map(|(rule, _)| rule)
                });
            }
        }
        let next = self.rules.len() as u32;
        let rules = *self.decisive.entry(decisive).or_insert(next);
        if rules == next {
            self.rules.push(decisive);
        }
        Pair { flows: both(flows), rules, has_other_grounds }
    }

    /// Adds what was counted by the rules that decided.
    fn spread(&self, counted: Counted, moves: &mut Moves) {
        for ((key, flows), amounts) in counted {
            for (reading, flow) in Reading::BOTH.into_iter().zip(apart(flows)) {
                let rules = self.rules_of(key, reading);
                moves.rules.of(&rules)[reading as usize].add(flow, &amounts);
            }
        }
    }

    /// The ids of the rules that decided in a reading.
    fn rules_of(&self, key: u32, reading: Reading) -> [String; 2] {
        let rules = self.rules[key as usize][reading as usize];
        [0, 1].map(|at| id(self.laws, rules, at).unwrap_or_default().to_owned())
    }
}

fn id(laws: [&Law; 2], rules: [Option<RuleId>; 2], at: usize) -> Option<&str> {
    rules[at].map(|rule| laws[at].rule(rule).id.as_str())
}

/// Adds what was counted by the keys of one property to its values.
fn spread(into: &mut Spread<String>, counted: Counted, value: impl Fn(u32) -> String) {
    for ((key, flows), amounts) in counted {
        let of_value = into.of(&value(key));
        for (own, flow) in of_value.iter_mut().zip(apart(flows)) {
            own.add(flow, &amounts);
        }
    }
}

fn unfit(why: ColumnsError) -> ColumnError {
    let why = format!("the columns do not fit together: {why:?}");
    ColumnError { column: String::new(), why }
}

/// The ways that rows can go, in the order of reports.
pub const WAYS: [Direction; 3] = [Direction::Stricter, Direction::Open, Direction::Easier];
