//! Record batches as columns of facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use law::columns::{Column, Shared};
use law::eval::Memory;
use law::text::Values;
use law::{FactId, Facts, Law, Num, Reading, Value, Vocabulary, naming};
use rustc_hash::FxHashMap;

use crate::answers::deciding_rule;
use crate::cells::{self, Cells, Known};
use crate::summary::Group;

/// Why the facts of an item cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// A stable word, such as `unknown_sku`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// What is known of items besides the table.
pub trait Catalogue: Send + Sync {
    /// Adds to what a row says of its item; where that has a performance, to all that the row says.
    ///
    /// # Errors
    /// Facts that contradict the catalogue, or an item that nobody knows.
    fn enrich(&self, facts: &mut Facts) -> Result<(), Refused>;

    /// The same, and says what to look at besides.
    ///
    /// # Errors
    /// As of [`Catalogue::enrich`].
    fn enrich_and_warn(
        &self,
        facts: &mut Facts,
        warnings: &mut Vec<RowWarning>,
    ) -> Result<(), Refused> {
        _ = warnings;
        self.enrich(facts)
    }
}

/// Something about a row that should be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowWarning {
    /// A stable word, such as `unknown_part`.
    pub code: &'static str,
    /// What it is.
    pub message: String,
}

/// Which columns are which facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    named: BTreeMap<String, String>,
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// It is not `FACT=COLUMN`.
    #[error("`--map {0}` is not FACT=COLUMN")]
    Malformed(String),
    /// There is no such fact.
    #[error(
        "there is no fact `{name}`{}",
        .near.as_ref().map_or(String::new(), |near| format!("; is `{near}` meant?"))
    )]
    Unknown {
        /// The name.
        name: String,
        /// The nearest one.
        near: Option<String>,
    },
    /// A fact is given two columns.
    #[error("the fact `{0}` is given two columns")]
    Twice(String),
}

impl Mapping {
    /// Reads `FACT=COLUMN` pairs. A column that no pair names is the fact of its own name, if there
    /// is one; capitals do not matter, and spaces and hyphens are underscores.
    ///
    /// # Errors
    /// See [`MappingError`].
    pub fn read<'p>(
        pairs: impl IntoIterator<Item = &'p str>,
        vocabulary: &Vocabulary,
    ) -> Result<Mapping, MappingError> {
        let mut named = BTreeMap::new();
        for pair in pairs {
            let (fact, column) =
                pair.split_once('=').ok_or_else(|| MappingError::Malformed(pair.to_owned()))?;
            let (fact, column) = (fact.trim(), column.trim());
            if fact.is_empty() || column.is_empty() {
                return Err(MappingError::Malformed(pair.to_owned()));
            }
            if vocabulary.find(fact).is_none() {
                let near = vocabulary.nearest(fact).map(str::to_owned);
                return Err(MappingError::Unknown { name: fact.to_owned(), near });
            }
            if named.insert(fact.to_owned(), column.to_owned()).is_some() {
                return Err(MappingError::Twice(fact.to_owned()));
            }
        }
        Ok(Mapping { named })
    }

    /// The pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named.iter().map(|(fact, column)| (fact.as_str(), column.as_str()))
    }

    /// The columns of a schema that hold facts, by their index. A schema must have every column
    /// that is named.
    pub(crate) fn columns(
        &self,
        schema: &Schema,
        vocabulary: &Vocabulary,
    ) -> Result<Vec<(usize, FactId)>, ColumnError> {
        let mut found: Vec<(usize, FactId)> = Vec::new();
        for (fact, column) in &self.named {
            let at = schema.fields().iter().position(|field| field.name() == column);
            let missing = || ColumnError::missing(column);
            let fact = vocabulary.find(fact).ok_or_else(missing)?;
            found.push((at.ok_or_else(missing)?, fact));
        }
        let named = found.clone();
        for (at, field) in schema.fields().iter().enumerate() {
            let Some(fact) = naming::fact(field.name(), vocabulary) else { continue };
            let is_taken = |(other, own): &(usize, FactId)| *other == at || *own == fact;
            if named.iter().any(is_taken) {
                continue;
            }
            if let Some((other, _)) = found.iter().find(|(_, own)| *own == fact) {
                let (column, other) = (field.name().clone(), schema.field(*other).name());
                let fact = &vocabulary.fact(fact).name;
                let why = format!(
                    "`{other}` is the fact `{fact}` as well; say which is meant with `--map {fact}=…`"
                );
                return Err(ColumnError { column, why });
            }
            found.push((at, fact));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The columns of a schema that are no facts and are called like one, each with its name.
    pub(crate) fn alike(
        &self,
        schema: &Schema,
        facts: &[(usize, FactId)],
        vocabulary: &Vocabulary,
    ) -> BTreeMap<String, String> {
        let is_free =
            |name: &&str| !facts.iter().any(|(_, fact)| *vocabulary.fact(*fact).name == **name);
        let mut found = BTreeMap::new();
        for (at, field) in schema.fields().iter().enumerate() {
            if facts.iter().any(|(own, _)| *own == at) {
                continue;
            }
            let name = field.name();
            if let Some(near) = naming::suggested(name, vocabulary.names().filter(is_free)) {
                found.insert(name.clone(), near.to_owned());
            }
        }
        found
    }
}

/// A column that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}`: {why}")]
pub struct ColumnError {
    /// Its name.
    pub column: String,
    /// Why.
    pub why: String,
}

impl ColumnError {
    const MISSING: &str = "there is no such column";

    /// A column that is named and is not there.
    pub(crate) fn missing(column: &str) -> ColumnError {
        ColumnError { column: column.to_owned(), why: ColumnError::MISSING.to_owned() }
    }

    /// Whether it is one.
    pub(crate) fn is_missing(&self) -> bool {
        self.why == ColumnError::MISSING
    }
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// A stable word, such as `bad_date`.
    pub code: &'static str,
    /// What is wrong, with the column.
    pub message: String,
}

/// A column of a table: its fact, which keys it has, its values, and their number where other
/// batches have them, too.
type Own = (FactId, usize, Arc<Vec<Option<Value>>>, Option<u64>);

/// The facts of a record batch, by column.
#[derive(Debug, Default)]
pub struct Table {
    keys: Vec<Vec<u32>>,
    columns: Vec<Own>,
    /// What is wrong, by row.
    pub errors: BTreeMap<usize, Vec<RowError>>,
    /// What to look at: which of the texts each row has, and the texts; empty where there are none.
    warnings: (Vec<u32>, Vec<Option<String>>),
}

impl Table {
    /// Reads a record batch.
    ///
    /// # Errors
    /// A column of a type that its fact cannot have.
    pub fn read(
        law: &Law,
        catalogue: Option<&Arc<dyn Catalogue>>,
        facts: &[(usize, FactId)],
        batch: &RecordBatch,
        known: &mut FxHashMap<FactId, Known>,
    ) -> Result<Table, ColumnError> {
        let vocabulary = law.vocabulary();
        let mut table = Table::default();
        let schema = batch.schema();
        for (at, fact) in facts {
            let column = schema.field(*at).name();
            let known = known.entry(*fact).or_default();
            let cells = known
                .read(batch.column(*at), vocabulary.fact(*fact))
                .map_err(|why| ColumnError { column: column.clone(), why })?;
            table.add(*fact, column, cells);
        }
        if table.columns.is_empty() {
            // Rows of which nothing is known are rows.
            let keys = vec![0; batch.num_rows()];
            table.add(law.date_fact(), "", Cells { keys, values: vec![Ok(None)] }.into());
        }
        table.require_days(law, batch.num_rows());
        if let Some(catalogue) = catalogue {
            table.enrich(law, &**catalogue, batch.num_rows());
        }
        Ok(table)
    }

    fn add(&mut self, fact: FactId, column: &str, cells: cells::Shared) {
        let cells::Shared { keys, values, wrong, dictionary } = cells;
        if !wrong.is_empty() {
            for (row, key) in keys.iter().enumerate() {
                if let Some(why) = wrong.get(key) {
                    let hint =
                        if why.hint.is_empty() { String::new() } else { format!("; {}", why.hint) };
                    let message = format!("{}{hint} (column {column})", why.message);
                    let error = RowError { code: why.code, message };
                    self.errors.entry(row).or_default().push(error);
                }
            }
        }
        self.keys.push(keys);
        self.columns.push((fact, self.keys.len() - 1, values, dictionary));
    }

    /// The law depends on the day: a row without one is in error, where none is taken for granted.
    fn require_days(&mut self, law: &Law, rows: usize) {
        let day = law.date_fact();
        if law.defaults().iter().any(|(fact, _)| *fact == day) {
            return;
        }
        let column = self.columns.iter().find(|(fact, ..)| *fact == day);
        for row in 0..rows {
            let is_known =
                |(_, keys, values, _): &Own| values[self.keys[*keys][row] as usize].is_some();
            let known = column.is_some_and(is_known);
            // What cannot be read has its own error.
            let is_wrong = |error: &RowError| error.code == "bad_date";
            let has_error = self.errors.get(&row).is_some_and(|errors| errors.iter().any(is_wrong));
            if !known && !has_error {
                let message = "the line has no date; give `date` as YYYY-MM-DD".to_owned();
                let error = RowError { code: "missing_date", message };
                self.errors.entry(row).or_default().push(error);
            }
        }
    }

    /// Adds what the catalogue knows, once for all that is said of an item in the same words.
    fn enrich(&mut self, law: &Law, catalogue: &dyn Catalogue, rows: usize) {
        let vocabulary = law.vocabulary();
        let is_item = |fact: FactId| vocabulary.fact(fact).name.starts_with("item.");
        let names = |name: &str| {
            let known = |values: &[Option<Value>]| values.iter().any(Option::is_some);
            let fact = vocabulary.find(name);
            self.columns.iter().any(|(own, _, values, _)| Some(*own) == fact && known(values))
        };
        if !names("item.sku") && !names("item.part_number") {
            return;
        }
        // Whether a performance that is given contradicts the catalogue hangs on the whole row.
        let by_row = names("item.tpp");
        let (own, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.columns)
            .into_iter()
            .partition(|(fact, ..)| by_row || is_item(*fact));
        let keys = joined(own.iter().map(|(_, keys, ..)| &self.keys[*keys]), rows);
        let count = keys.iter().max().map_or(0, |most| *most as usize + 1);
        let mut first = vec![usize::MAX; count];
        for (row, key) in keys.iter().enumerate().rev() {
            first[*key as usize] = row;
        }
        let mut found: BTreeMap<FactId, Vec<Option<Value>>> = BTreeMap::new();
        let mut refused: Vec<Option<Refused>> = Vec::with_capacity(count);
        let mut warned: Vec<Option<String>> = Vec::with_capacity(count);
        let mut facts = Facts::new(vocabulary);
        for (key, row) in first.into_iter().enumerate() {
            facts.clear();
            for (fact, keys, values, _) in &own {
                facts.set(*fact, values[self.keys[*keys][row] as usize].clone());
            }
            let mut warnings = Vec::new();
            refused.push(catalogue.enrich_and_warn(&mut facts, &mut warnings).err());
            let said = warnings.iter().map(|it| format!("{}: {}", it.code, it.message));
            warned.push((!warnings.is_empty()).then(|| said.collect::<Vec<_>>().join("; ")));
            for (fact, _) in vocabulary.facts().filter(|(fact, _)| is_item(*fact)) {
                if let Some(value) = facts.get(fact) {
                    let values = found.entry(fact).or_insert_with(|| vec![None; count]);
                    values[key] = Some(value.clone());
                }
            }
        }
        for (row, key) in keys.iter().enumerate() {
            if let Some(refused) = &refused[*key as usize] {
                let Refused { code, message } = refused.clone();
                self.errors.entry(row).or_default().push(RowError { code, message });
            }
        }
        if warned.iter().any(Option::is_some) {
            self.warnings = (keys.clone(), warned);
        }
        self.columns = others;
        self.columns.extend(own.into_iter().filter(|(fact, ..)| !is_item(*fact)));
        self.keys.push(keys);
        let place = self.keys.len() - 1;
        self.columns
            .extend(found.into_iter().map(|(fact, values)| (fact, place, Arc::new(values), None)));
    }

    /// What to look at, by row; nothing where that is nothing in any row.
    pub fn warnings(&self) -> Option<impl Iterator<Item = Option<&str>>> {
        let (keys, texts) = &self.warnings;
        let text = |key: &u32| texts.get(*key as usize).and_then(|text| text.as_deref());
        (!texts.is_empty()).then(|| keys.iter().map(text))
    }

    /// How many rows came out alike, by month and destination. Rows in error are left out.
    pub fn counts(
        &self,
        law: &Law,
        places: &[Option<u32>],
        answers: &[Arc<Shared>],
    ) -> Vec<(Group, u64)> {
        let day = self.column(law.date_fact());
        let destination = law.vocabulary().find("destination").and_then(|fact| self.column(fact));
        let alike = alike(law, answers);
        let months = day.map_or_else(Vec::new, |(_, values)| same_months(values));
        let tos = destination.map_or(0, |(_, values)| values.len());
        let counts = counted(places, &alike, &months, tos, |row| {
            let month = day.map_or(0, |(keys, _)| months[keys[row] as usize]);
            (month, destination.map_or(0, |(keys, _)| keys[row]))
        });
        let mut found: FxHashMap<Group, u64> = FxHashMap::default();
        let assumed = |fact: Option<FactId>| {
            law.defaults()
                .iter()
                .find(|(own, _)| Some(*own) == fact)
                .map(|(_, value)| value.clone())
        };
        let assumed_day = assumed(Some(law.date_fact()));
        let assumed_destination = assumed(law.vocabulary().find("destination"));
        let value = |column: &Option<(&Vec<u32>, &Vec<Option<Value>>)>, key: u32| {
            column.and_then(|(_, values)| values[key as usize].clone())
        };
        for ((place, day_key, destination_key), count) in counts {
            let month = match value(&day, day_key).or_else(|| assumed_day.clone()) {
                Some(Value::Date(date)) => format!("{:04}-{:02}", date.year(), date.month()),
                _ => String::new(),
            };
            let to = value(&destination, destination_key);
            let destination = match to.or_else(|| assumed_destination.clone()) {
                Some(Value::Country(country)) => country.to_string(),
                _ => String::new(),
            };
            let determination = &answers[place as usize].determination;
            let mut outcomes = Reading::BOTH.map(|_| String::new());
            let mut rules = Reading::BOTH.map(|_| String::new());
            for reading in Reading::BOTH {
                let answer = determination.reading(reading);
                outcomes[reading as usize] = answer.outcome.word().to_owned();
                let rule = deciding_rule(law, answer);
                rules[reading as usize] =
                    rule.map_or(String::new(), |rule| law.rule(rule).id.clone());
            }
            *found.entry(Group { month, destination, outcomes, rules }).or_default() += count;
        }
        found.into_iter().collect()
    }

    /// The number that a fact or define stands for in each row; none where it is not known, and
    /// for rows in error.
    pub fn numbers(&self, law: &Law, name: &str, rows: usize) -> Vec<Option<Num>> {
        let keys = joined(self.columns.iter().map(|(_, keys, ..)| &self.keys[*keys]), rows);
        let mut known: FxHashMap<u32, Option<Num>> = FxHashMap::default();
        let number = |row: usize| {
            let mut facts = Facts::new(law.vocabulary());
            for (fact, keys, values, _) in &self.columns {
                facts.set(*fact, values[self.keys[*keys][row] as usize].clone());
            }
            facts.complete(law.vocabulary(), law.defaults());
            Values::new(law, &facts, &mut Memory::default())?.num(name)
        };
        let of_row = |row: usize| match self.errors.contains_key(&row) {
            true => None,
            false => *known.entry(keys[row]).or_insert_with(|| number(row)),
        };
        (0..rows).map(of_row).collect()
    }

    /// A column: the key of each row, and the values.
    pub fn column(&self, fact: FactId) -> Option<(&Vec<u32>, &Vec<Option<Value>>)> {
        let (_, keys, values, _) = self.columns.iter().find(|(own, ..)| *own == fact)?;
        Some((&self.keys[*keys], values))
    }

    /// The keys of some rows.
    pub fn keys_of(&self, rows: &[u32]) -> Vec<Vec<u32>> {
        let of_rows = |keys: &Vec<u32>| rows.iter().map(|row| keys[*row as usize]).collect();
        self.keys.iter().map(of_rows).collect()
    }

    /// The columns with the keys of some rows.
    pub fn columns_of<'t>(&'t self, keys: &'t [Vec<u32>]) -> Vec<Column<'t>> {
        self.columns
            .iter()
            .map(|(fact, at, values, dictionary)| Column {
                fact: *fact,
                keys: &keys[*at],
                values,
                dictionary: *dictionary,
            })
            .collect()
    }

    /// The columns as the law takes them.
    pub fn columns(&self) -> Vec<Column<'_>> {
        self.columns
            .iter()
            .map(|(fact, keys, values, dictionary)| Column {
                fact: *fact,
                keys: &self.keys[*keys],
                values,
                dictionary: *dictionary,
            })
            .collect()
    }
}

/// How many rows there are of each answer, month and destination.
fn counted(
    places: &[Option<u32>],
    alike: &[u32],
    months: &[u32],
    tos: usize,
    of_row: impl Fn(usize) -> (u32, u32),
) -> Vec<((u32, u32, u32), u64)> {
    let (answers, of_answer) = numbered(alike);
    let (days, of_day) = numbered(months);
    let size = [answers.len(), days.len().max(1), tos.max(1)].into_iter().product::<usize>();
    let rows = places.iter().enumerate().filter_map(|(row, place)| Some((row, (*place)?)));
    if size > 4 * places.len() {
        let mut counts: FxHashMap<(u32, u32, u32), u64> = FxHashMap::default();
        for (row, place) in rows {
            let (month, to) = of_row(row);
            *counts.entry((alike[place as usize], month, to)).or_default() += 1;
        }
        return counts.into_iter().collect();
    }
    let mut counts = vec![0u64; size];
    for (row, place) in rows {
        let (month, to) = of_row(row);
        let day = of_day.get(month as usize).copied().unwrap_or_default();
        let answer = of_answer[place as usize] as usize;
        counts[(answer * days.len().max(1) + day as usize) * tos.max(1) + to as usize] += 1;
    }
    let all = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
    let named = |(at, count): (usize, u64)| {
        let (rest, to) = (at / tos.max(1), at % tos.max(1));
        let (answer, day) = (rest / days.len().max(1), rest % days.len().max(1));
        ((answers[answer], days.get(day).copied().unwrap_or_default(), to as u32), count)
    };
    all.map(named).collect()
}

/// The different numbers among some, and for each of them which it is.
fn numbered(numbers: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut known = FxHashMap::default();
    let mut all = Vec::new();
    let place = |number: &u32| {
        *known.entry(*number).or_insert_with(|| {
            all.push(*number);
            all.len() as u32 - 1
        })
    };
    let places = numbers.iter().map(place).collect();
    (all, places)
}

/// For each answer the first that has the same outcomes by the same rules.
fn alike(law: &Law, answers: &[Arc<Shared>]) -> Vec<u32> {
    let mut known = FxHashMap::default();
    let first = |(place, answer): (usize, &Arc<Shared>)| {
        let own = Reading::BOTH.map(|reading| {
            let answer = answer.determination.reading(reading);
            (answer.outcome.word(), deciding_rule(law, answer))
        });
        *known.entry(own).or_insert(place as u32)
    };
    answers.iter().enumerate().map(first).collect()
}

/// For each day the first of the same month; for all else itself.
fn same_months(values: &[Option<Value>]) -> Vec<u32> {
    let mut known = FxHashMap::default();
    let first = |(key, value): (usize, &Option<Value>)| match value {
        Some(Value::Date(date)) => *known.entry((date.year(), date.month())).or_insert(key as u32),
        _ => key as u32,
    };
    values.iter().enumerate().map(first).collect()
}

/// Keys of the combinations of several columns.
pub(crate) fn joined<K: AsRef<[u32]>>(columns: impl Iterator<Item = K>, rows: usize) -> Vec<u32> {
    let mut joined = vec![0u32; rows];
    for keys in columns {
        let keys = keys.as_ref();
        let Some(first) = keys.first() else { continue };
        if keys.iter().all(|key| key == first) {
            continue;
        }
        let mut known: FxHashMap<u64, u32> = FxHashMap::default();
        for (place, key) in joined.iter_mut().zip(keys) {
            let next = known.len() as u32;
            *place = *known.entry(u64::from(*place) << 32 | u64::from(*key)).or_insert(next);
        }
    }
    joined
}
