//! Decisions as columns beside the rows that they are of.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, StringBuilder,
    new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use law::columns::{ColumnDesk, Columns, Shared};
use law::node::DoubtSource;
use law::pack::Body;
use law::{Answer, Because, FactId, FactType, Flag, Law, Num, Outcome, Reading, RuleId, naming};
use rustc_hash::FxHashMap;

use crate::cells::{Known, can_be};
use crate::summary::Group;
use crate::table::{Catalogue, ColumnError, Mapping, RowError, Table};

/// The columns of each reading, after `weir_written_` and `weir_enforced_`.
pub const DECISION_COLUMNS: [&str; 10] = [
    "outcome",
    "exceptions",
    "policy",
    "rule",
    "rules",
    "obligations",
    "missing",
    "doubts",
    "flags",
    "draws",
];

/// The last of them is each row's own; the others follow from its answer.
const DRAWS: usize = DECISION_COLUMNS.len() - 1;

const CLASSIFICATION: &str = "weir_classification";
const ERROR: &str = "weir_error";
const WARNINGS: &str = "weir_warnings";

/// The answer of a row that has none.
const NO_ANSWER: u32 = u32::MAX;

/// How many answers a worker keeps the words of.
const MOST_WORDS: usize = 1 << 16;

/// What decides record batches.
pub struct Decider {
    law: Arc<Law>,
    catalogue: Option<Arc<dyn Catalogue>>,
    mapping: Mapping,
}

/// What a thread remembers from one batch to the next.
#[derive(Default)]
pub struct Worker {
    /// The law that all of it is of.
    law: Option<Arc<Law>>,
    desk: ColumnDesk,
    words: FxHashMap<usize, (Arc<Shared>, Words)>,
    texts: Vec<Texts>,
    known: FxHashMap<FactId, Known>,
}

/// The distinct texts of a column.
#[derive(Default)]
struct Texts {
    places: FxHashMap<String, i32>,
    all: Vec<String>,
    /// All of them as an array, where none came since it was made.
    array: Option<Arc<StringArray>>,
}

impl Texts {
    fn place(&mut self, text: String) -> i32 {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.all.len() as i32;
        self.array = None;
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }

    fn array(&mut self) -> Arc<StringArray> {
        let array = || Arc::new(StringArray::from_iter_values(&self.all));
        Arc::clone(self.array.get_or_insert_with(array))
    }
}

/// The texts of an answer: the classification, and each column of each reading but the draws.
type Words = Arc<[Option<i32>]>;

/// A record batch with its decisions.
pub struct Decided {
    /// The columns that came in, without those that bear the name of a decision's, then the
    /// decision's.
    pub batch: RecordBatch,
    /// What is wrong, by row.
    pub errors: BTreeMap<usize, Vec<RowError>>,
    /// How many rows came out alike.
    pub counts: Vec<(Group, u64)>,
    /// The facts that would settle rows, and how many rows each of them.
    pub missing: BTreeMap<String, u64>,
    /// How many rows there is something to look at in.
    pub warned: u64,
}

/// The decisions of a record batch.
pub(crate) struct Decisions {
    /// Which of the answers each row has; a number past the last of them where it has none.
    pub ways: Vec<u32>,
    /// The texts of the answers.
    words: Vec<Words>,
    draws: [ArrayRef; 2],
    wrong: ArrayRef,
    warnings: ArrayRef,
    /// As [`Decided`] has them.
    pub errors: BTreeMap<usize, Vec<RowError>>,
    pub counts: Vec<(Group, u64)>,
    pub missing: BTreeMap<String, u64>,
    pub warned: u64,
}

/// What a column of a decision is made of.
pub(crate) enum DecisionColumn<'d> {
    /// The texts of this number of each answer.
    Words(usize),
    /// Each row's own.
    Of(&'d ArrayRef),
}

impl Decisions {
    /// One of the columns that [`decision_fields`] describes.
    pub fn column(&self, at: usize) -> DecisionColumn<'_> {
        let Some(of_readings) = at.checked_sub(1) else { return DecisionColumn::Words(0) };
        let (reading, column) = (of_readings / (DRAWS + 1), of_readings % (DRAWS + 1));
        match self.draws.get(reading) {
            None if column > 0 => DecisionColumn::Of(&self.warnings),
            None => DecisionColumn::Of(&self.wrong),
            Some(draws) if column == DRAWS => DecisionColumn::Of(draws),
            Some(_) => DecisionColumn::Words(1 + reading * DRAWS + column),
        }
    }
}

/// The columns of a decision.
pub(crate) fn decision_fields() -> Vec<Field> {
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields = vec![Field::new(CLASSIFICATION, text(), true)];
    for reading in Reading::BOTH {
        for (at, column) in DECISION_COLUMNS.iter().enumerate() {
            let of = if at == DRAWS { DataType::Utf8 } else { text() };
            fields.push(Field::new(format!("weir_{}_{column}", reading.word()), of, true));
        }
    }
    fields.push(Field::new(ERROR, DataType::Utf8, true));
    fields.push(Field::new(WARNINGS, DataType::Utf8, true));
    fields
}

impl Decider {
    /// Decides by a law.
    pub fn new(law: Arc<Law>, catalogue: Option<Arc<dyn Catalogue>>, mapping: Mapping) -> Decider {
        Decider { law, catalogue, mapping }
    }

    /// The law.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// What is known of items.
    pub(crate) fn catalogue(&self) -> Option<&Arc<dyn Catalogue>> {
        self.catalogue.as_ref()
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The facts that the columns of a schema hold, by their index.
    ///
    /// # Errors
    /// A column that the mapping names and that is not there.
    pub fn facts(&self, schema: &Schema) -> Result<Vec<(usize, FactId)>, ColumnError> {
        for (at, field) in schema.fields().iter().enumerate() {
            if schema.fields()[..at].iter().any(|other| other.name() == field.name()) {
                let column = field.name().clone();
                return Err(ColumnError { column, why: "it is there twice".to_owned() });
            }
        }
        self.mapping.columns(schema, self.law.vocabulary())
    }

    /// Whether a column of that name is a fact.
    pub(crate) fn is_fact(&self, name: &str) -> bool {
        let is_named = |(_, column): (&str, &str)| column == name;
        naming::fact(name, self.law.vocabulary()).is_some() || self.mapping.pairs().any(is_named)
    }

    /// Whether a column of that name is a fact that is a list.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        let vocabulary = self.law.vocabulary();
        let named = self.mapping.pairs().find(|(_, column)| *column == name);
        let fact = match named {
            Some((fact, _)) => vocabulary.find(fact),
            None => naming::fact(name, vocabulary),
        };
        fact.is_some_and(|fact| matches!(vocabulary.fact(fact).of, FactType::List(_)))
    }

    /// The facts of a schema whose rows can have a day: without one no row can be decided.
    ///
    /// # Errors
    /// As of [`Decider::facts`], and where no column is the day and none is taken for granted.
    pub(crate) fn dated(&self, schema: &Schema) -> Result<Vec<(usize, FactId)>, ColumnError> {
        let facts = self.facts(schema)?;
        let day = self.law.date_fact();
        let is_assumed = self.law.defaults().iter().any(|(fact, _)| *fact == day);
        if is_assumed || facts.iter().any(|(_, fact)| *fact == day) {
            return Ok(facts);
        }
        let name = self.law.vocabulary().fact(day).name.to_string();
        let alike = self.alike(schema).into_iter().find(|(_, near)| *near == name);
        let why = match alike {
            Some((column, _)) => format!(
                "no column is this fact; is `{column}` meant? say so with `--map {name}={column}`"
            ),
            None => format!(
                "no column is this fact; say which is with `--map {name}=…`, or give one value for \
                 all with `--assume {name}=…`"
            ),
        };
        Err(ColumnError { column: name, why })
    }

    /// Whether no column of a schema says where things go, and nothing is taken for granted: then
    /// its rows stay open.
    pub(crate) fn is_unplaced(&self, schema: &Schema) -> bool {
        let Some(fact) = self.law.vocabulary().find("destination") else { return false };
        let is_assumed = self.law.defaults().iter().any(|(own, _)| *own == fact);
        let has_it = |facts: Vec<(usize, FactId)>| facts.iter().any(|(_, own)| *own == fact);
        !is_assumed && !self.facts(schema).is_ok_and(has_it)
    }

    /// The facts of a batch, whoever is to decide it: what is wrong with a column as a whole is
    /// told once and not by the row.
    ///
    /// # Errors
    /// A column that the mapping names and that is not there, a batch without a day, or a column
    /// with values of a type that its fact cannot have.
    pub(crate) fn fit(&self, batch: &RecordBatch) -> Result<Vec<(usize, FactId)>, ColumnError> {
        let facts = self.dated(&batch.schema())?;
        for (at, fact) in &facts {
            let array = batch.column(*at);
            let fact = self.law.vocabulary().fact(*fact);
            // A column without values may be of any type: whoever wrote it did not know.
            if !can_be(array.data_type(), fact) && array.logical_null_count() < array.len() {
                let (of, name, word) = (array.data_type(), &fact.name, fact.of.word());
                let why = format!(
                    "a column of type {of} cannot be the fact `{name}` of type {word}; give it that \
                     type, or name another with `--map {name}=…`"
                );
                let column = batch.schema().field(*at).name().clone();
                return Err(ColumnError { column, why });
            }
        }
        Ok(facts)
    }

    /// The columns of a schema that are no facts and are called like one, each with its name.
    pub fn alike(&self, schema: &Schema) -> BTreeMap<String, String> {
        let kept: Vec<Arc<Field>> =
            kept(schema).map(|at| Arc::clone(&schema.fields()[at])).collect();
        let schema = Schema::new(kept);
        let facts = self.facts(&schema).unwrap_or_default();
        self.mapping.alike(&schema, &facts, self.law.vocabulary())
    }

    /// The schema of decided batches.
    pub fn schema(&self, input: &Schema) -> SchemaRef {
        let mut fields: Vec<Arc<Field>> =
            kept(input).map(|at| Arc::clone(&input.fields()[at])).collect();
        fields.extend(decision_fields().into_iter().map(Arc::new));
        Arc::new(Schema::new_with_metadata(fields, input.metadata().clone()))
    }

    /// Decides a batch.
    ///
    /// # Errors
    /// A column that is missing, or of a type that its fact cannot have.
    pub fn decide(&self, batch: &RecordBatch, worker: &mut Worker) -> Result<Decided, ColumnError> {
        self.decide_read(batch, BTreeMap::new(), worker)
    }

    /// Decides a batch of which some rows could not be read. They are in error for that alone.
    ///
    /// # Errors
    /// A column that is missing, or of a type that its fact cannot have.
    pub fn decide_read(
        &self,
        batch: &RecordBatch,
        unread: BTreeMap<usize, Vec<RowError>>,
        worker: &mut Worker,
    ) -> Result<Decided, ColumnError> {
        let decisions = self.decisions(batch, unread, worker)?;
        let mut arrays: Vec<ArrayRef> =
            kept(&batch.schema()).map(|at| Arc::clone(batch.column(at))).collect();
        for column in 0..decision_fields().len() {
            arrays.push(match decisions.column(column) {
                DecisionColumn::Of(array) => Arc::clone(array),
                DecisionColumn::Words(words) => worker.text(words, &decisions)?,
            });
        }
        let Decisions { errors, counts, missing, warned, .. } = decisions;
        let batch = RecordBatch::try_new(self.schema(&batch.schema()), arrays).map_err(unfit)?;
        Ok(Decided { batch, errors, counts, missing, warned })
    }

    /// The columns of the decision alone, for a batch that may hold no other columns than facts.
    ///
    /// # Errors
    /// A column that is missing, or of a type that its fact cannot have.
    pub(crate) fn decisions(
        &self,
        batch: &RecordBatch,
        unread: BTreeMap<usize, Vec<RowError>>,
        worker: &mut Worker,
    ) -> Result<Decisions, ColumnError> {
        if !worker.law.as_ref().is_some_and(|law| Arc::ptr_eq(law, &self.law)) {
            let known = self.unread().map(|fact| (fact, Known::unread())).collect();
            let law = Some(Arc::clone(&self.law));
            *worker = Worker { law, known, ..Worker::default() };
        }
        let rows = batch.num_rows();
        let facts = self.fit(batch)?;
        let mut table =
            Table::read(&self.law, self.catalogue.as_ref(), &facts, batch, &mut worker.known)?;
        table.errors.extend(unread);
        // The reader of a table makes columns of one length, each of its own fact.
        let columns = Columns::new(&self.law, table.columns());
        let columns = columns.map_err(|why| ColumnError {
            column: String::new(),
            why: format!("the columns do not fit together: {why:?}"),
        })?;
        let decided = columns.decide(0..columns.rows(), &mut worker.desk);
        let place = |row: usize| decided.place_of(row).map(|place| place as u32);
        let mut places: Vec<Option<u32>> = (0..rows).map(place).collect();
        for row in table.errors.keys().take_while(|row| **row < rows) {
            places[*row] = None;
        }
        let ways: Vec<u32> = places.iter().map(|place| place.unwrap_or(NO_ANSWER)).collect();
        let words: Vec<Words> =
            decided.answers.iter().map(|answer| worker.words(&self.law, answer)).collect();
        let draws = self.draws(&columns, &places, &decided.answers, worker);
        let wrong = wrong(&table.errors, rows);
        let counts = table.counts(&self.law, &places, &decided.answers);
        let missing = self.missing(&places, &decided.answers);
        let warnings: ArrayRef = match table.warnings() {
            Some(texts) => Arc::new(texts.collect::<StringArray>()),
            None => new_null_array(&DataType::Utf8, rows),
        };
        let warned = (rows - warnings.null_count()) as u64;
        let errors = table.errors;
        Ok(Decisions { ways, words, draws, wrong, warnings, errors, counts, missing, warned })
    }

    /// The numbers that no rule reads, such as sums of money. What is said of a party counts even
    /// so, since it is there; and what is said of an item, which the catalogue looks at.
    fn unread(&self) -> impl Iterator<Item = FactId> {
        let facts = self.law.vocabulary().facts();
        let unread = facts.filter(|(id, fact)| {
            matches!(fact.of, FactType::Integer | FactType::Decimal)
                && fact.party.is_none()
                && !fact.name.starts_with("item.")
                && !self.law.mentions(*id)
        });
        unread.map(|(id, _)| id)
    }

    /// The facts that would settle rows, and how many rows each of them.
    fn missing(&self, places: &[Option<u32>], answers: &[Arc<Shared>]) -> BTreeMap<String, u64> {
        let mut rows = vec![0u64; answers.len()];
        places.iter().flatten().for_each(|place| rows[*place as usize] += 1);
        let mut found = BTreeMap::new();
        for (answer, rows) in answers.iter().zip(rows) {
            let mut facts: Vec<FactId> = Vec::new();
            for fact in answer.determination.readings.iter().flat_map(|answer| &answer.missing) {
                if !facts.contains(fact) {
                    facts.push(*fact);
                    let name = self.law.vocabulary().fact(*fact).name.to_string();
                    *found.entry(name).or_default() += rows;
                }
            }
        }
        found
    }

    /// A number that the law works out from the facts of each row, such as `item.tpp`; none where
    /// it is not known, and for rows in error.
    ///
    /// # Errors
    /// A column that is missing, or of a type that its fact cannot have.
    pub fn numbers(
        &self,
        batch: &RecordBatch,
        name: &str,
    ) -> Result<Vec<Option<Num>>, ColumnError> {
        let facts = self.facts(&batch.schema())?;
        let table = Table::read(
            &self.law,
            self.catalogue.as_ref(),
            &facts,
            batch,
            &mut FxHashMap::default(),
        )?;
        Ok(table.numbers(&self.law, name, batch.num_rows()))
    }

    /// What each row draws on quotas in each reading: `quota=amount`, in the quota's unit.
    fn draws(
        &self,
        columns: &Columns<'_>,
        places: &[Option<u32>],
        answers: &[Arc<Shared>],
        worker: &mut Worker,
    ) -> [ArrayRef; 2] {
        if !answers.iter().any(|answer| answer.counts) {
            return Reading::BOTH.map(|_| new_null_array(&DataType::Utf8, places.len()));
        }
        let mut draws = Reading::BOTH.map(|_| StringBuilder::new());
        for (row, place) in places.iter().enumerate() {
            let counts = place.is_some_and(|place| answers[place as usize].counts);
            let own = if counts { columns.determination(row, &mut worker.desk) } else { None };
            for (reading, draws) in Reading::BOTH.into_iter().zip(&mut draws) {
                let drawn = own.iter().flat_map(|own| &own.reading(reading).draws);
                let drawn = drawn.map(|one| format!("{}={}", id(&self.law, one.quota), one.amount));
                draws.append_option(joined(drawn));
            }
        }
        draws.map(|mut draws| Arc::new(draws.finish()) as ArrayRef)
    }
}

/// Columns that were made for one batch and do not fit it.
fn unfit(why: ArrowError) -> ColumnError {
    let why = format!("the columns do not fit together: {why}");
    ColumnError { column: String::new(), why }
}

impl Worker {
    fn words(&mut self, law: &Law, answer: &Arc<Shared>) -> Words {
        let at = Arc::as_ptr(answer) as usize;
        if let Some((_, words)) = self.words.get(&at) {
            return words.clone();
        }
        if self.words.len() >= MOST_WORDS {
            self.words.clear();
        }
        let texts = texts_of(law, answer);
        self.texts.resize_with(texts.len(), Texts::default);
        let places = texts.into_iter().zip(&mut self.texts);
        let words: Words = places.map(|(text, known)| text.map(|text| known.place(text))).collect();
        // The answer is kept, so that no other can have its address.
        self.words.insert(at, (Arc::clone(answer), words.clone()));
        words
    }

    /// The texts of a column of the decision, by answer.
    pub(crate) fn texts(&self, column: usize, decisions: &Decisions) -> Vec<Option<&str>> {
        let all = self.texts.get(column).map_or(&[][..], |texts| &texts.all);
        let text = |words: &Words| all.get(usize::try_from(words[column]?).ok()?);
        decisions.words.iter().map(|words| text(words).map(String::as_str)).collect()
    }

    /// A column of the decision, by the answer of each row.
    fn text(&mut self, column: usize, decisions: &Decisions) -> Result<ArrayRef, ColumnError> {
        let Decisions { ways, words, .. } = decisions;
        // There are far fewer answers than rows: which of them have no text is settled first.
        let keys: Vec<Option<i32>> = words.iter().map(|words| words[column]).collect();
        let plain: Vec<i32> = keys.iter().map(|key| key.unwrap_or_default()).collect();
        let key = |way: &u32| plain.get(*way as usize).copied().unwrap_or_default();
        let of_row: Vec<i32> = ways.iter().map(key).collect();
        let is_whole = keys.iter().all(Option::is_some) && !ways.contains(&NO_ANSWER);
        let nulls = (!is_whole).then(|| {
            let has = |way: &u32| keys.get(*way as usize).is_some_and(Option::is_some);
            ways.iter().map(has).collect::<NullBuffer>()
        });
        let keys = Int32Array::new(of_row.into(), nulls);
        let none = || Arc::new(StringArray::new_null(0));
        let values = self.texts.get_mut(column).map_or_else(none, Texts::array);
        let array = DictionaryArray::<Int32Type>::try_new(keys, values);
        Ok(Arc::new(array.map_err(unfit)?))
    }
}

/// Whether a column bears the name of a decision's.
pub(crate) fn is_decision(name: &str) -> bool {
    let of_reading = |rest: &str| {
        Reading::BOTH.iter().any(|reading| {
            rest.strip_prefix(reading.word())
                .and_then(|rest| rest.strip_prefix('_'))
                .is_some_and(|column| DECISION_COLUMNS.contains(&column))
        })
    };
    [CLASSIFICATION, ERROR, WARNINGS].contains(&name)
        || name.strip_prefix("weir_").is_some_and(of_reading)
}

/// The columns that came in and are kept: all but those that a decision of before left.
pub(crate) fn kept(schema: &Schema) -> impl Iterator<Item = usize> {
    let kept = |(at, field): (usize, &Arc<Field>)| (!is_decision(field.name())).then_some(at);
    schema.fields().iter().enumerate().filter_map(kept).collect::<Vec<_>>().into_iter()
}

/// The column of errors.
fn wrong(errors: &BTreeMap<usize, Vec<RowError>>, rows: usize) -> ArrayRef {
    if errors.is_empty() {
        return new_null_array(&DataType::Utf8, rows);
    }
    let mut said_of = StringBuilder::new();
    for row in 0..rows {
        said_of.append_option(errors.get(&row).map(|errors| said(errors)));
    }
    Arc::new(said_of.finish())
}

fn said(errors: &[RowError]) -> String {
    let said = errors.iter().map(|error| format!("{}: {}", error.code, error.message));
    said.collect::<Vec<_>>().join("; ")
}

fn texts_of(law: &Law, answer: &Shared) -> Vec<Option<String>> {
    let codes = law.class_codes();
    let classification = answer.determination.classification.iter();
    let mut texts = vec![joined(classification.map(|code| codes[usize::from(*code)].clone()))];
    for reading in Reading::BOTH {
        let answer = answer.determination.reading(reading);
        let exceptions = answer.exceptions.iter();
        texts.extend([
            Some(answer.outcome.word().to_owned()),
            joined(exceptions.map(|code| law.exception_codes()[usize::from(*code)].clone())),
            answer.policy.map(|policy| policy.word().to_owned()),
            deciding_rule(law, answer).map(|rule| law.rule(rule).id.clone()),
            joined(answer.because.iter().filter_map(rule_of).map(|rule| id(law, rule))),
            joined(answer.obligations.iter().map(|due| id(law, due.rule))),
            joined(answer.missing.iter().map(|fact| law.vocabulary().fact(*fact).name.to_string())),
            joined(answer.doubts.iter().map(|doubt| doubt_of(law, doubt))),
            joined(answer.flags.iter().map(|flag| flag_of(law, flag))),
        ]);
    }
    texts
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn id(law: &Law, rule: RuleId) -> String {
    law.rule(rule).id.clone()
}

fn rule_of(link: &Because) -> Option<RuleId> {
    match link {
        Because::Rule(rule) | Because::Otherwise(rule) | Because::Suspended(rule, _) => Some(*rule),
        Because::Full(draw) => Some(draw.quota),
        Because::NoRequirement => None,
    }
}

/// The rule that decided: the first requirement that holds, the exception that is taken first, or
/// the requirement that does not reach the row.
pub fn deciding_rule(law: &Law, answer: &Answer) -> Option<RuleId> {
    let rules = || answer.because.iter().filter_map(rule_of);
    let first = |is: fn(&Body) -> bool| rules().find(|rule| is(&law.rule(*rule).body));
    match answer.outcome {
        Outcome::LicenseRequired => first(|body| matches!(body, Body::Requirement { .. })),
        Outcome::LicenseException => first(|body| matches!(body, Body::Exception { .. })),
        Outcome::NoLicenseRequired => first(|body| matches!(body, Body::Requirement { .. })),
        Outcome::Unresolved => None,
    }
}

fn doubt_of(law: &Law, doubt: &DoubtSource) -> String {
    match doubt {
        DoubtSource::Rule(rule) | DoubtSource::Gap(rule) => id(law, *rule),
        DoubtSource::Status(status) => law.status(*status).cite.clone(),
    }
}

fn flag_of(law: &Law, flag: &Flag) -> String {
    match flag {
        Flag::Rule(rule) | Flag::Coming(rule) | Flag::MayBeDue(rule, _) => id(law, *rule),
        Flag::PolicyOpen(..) => "policy-open".to_owned(),
        Flag::Unverified => "unverified".to_owned(),
        Flag::BeforeFirst => "before-first".to_owned(),
        Flag::Hypothetical(pack) => format!("hypothetical:{}", law.packs()[*pack].id),
    }
}
