//! JSON Lines. A file is read twice: once to learn what its columns are, once for its rows.
//!
//! Numbers that no float and no machine word holds exactly stay as they are written, as texts; so
//! do words, numbers and truths under one name. What cannot be one column, such as a list and a
//! text, is the mistake of the later row, which is read without it.

mod spelling;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Seek};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use serde_json::{Map, Value};

use self::spelling::Spelling;
use super::{Read, Reads, row_error};
use crate::files::{FileError, ROWS};
use crate::places::Stream;

/// A float holds so many digits of any decimal.
const DIGITS: usize = 15;

/// What values of one name are.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Null,
    Truth,
    /// A whole number that a float holds as well.
    Short,
    /// A whole number that a machine word holds and a float does not.
    Long,
    Float,
    Text,
    List(Box<Kind>),
    Object(Vec<(String, Kind)>),
}

/// Two kinds under one name that cannot be one column.
struct Clash(String);

impl Kind {
    fn of(value: &Value) -> Result<Kind, Clash> {
        Ok(match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Truth,
            Value::String(_) => Kind::Text,
            Value::Number(number) => Kind::of_number(number.as_str()),
            Value::Array(items) => {
                let mut kind = Kind::Null;
                for item in items {
                    kind = kind.with(Kind::of(item)?, "")?;
                }
                Kind::List(Box::new(kind))
            }
            Value::Object(members) => Kind::Object(Kind::members(members)?),
        })
    }

    fn members(members: &Map<String, Value>) -> Result<Vec<(String, Kind)>, Clash> {
        let member = |(name, value): (&String, &Value)| {
            let kind = Kind::of(value).map_err(|Clash(why)| Clash(below(name, &why)))?;
            Ok((name.clone(), kind))
        };
        members.iter().map(member).collect()
    }

    fn of_number(text: &str) -> Kind {
        let significand = text.split(['e', 'E']).next().unwrap_or_default();
        let is_digit = |letter: &char| letter.is_ascii_digit();
        let digits: String = significand.chars().filter(is_digit).collect();
        let digits = digits.trim_start_matches('0').len();
        if significand.len() == text.len() && !text.contains('.') {
            return match text.parse::<i64>() {
                Ok(_) if digits <= DIGITS => Kind::Short,
                Ok(_) => Kind::Long,
                Err(_) => Kind::Text,
            };
        }
        let is_float = text.parse::<f64>().is_ok_and(f64::is_finite);
        if digits <= DIGITS && is_float { Kind::Float } else { Kind::Text }
    }

    /// What holds both.
    fn with(self, other: Kind, name: &str) -> Result<Kind, Clash> {
        Ok(match (self, other) {
            (one, other) if one == other => one,
            (Kind::Null, kind) | (kind, Kind::Null) => kind,
            (Kind::List(one), Kind::List(other)) => Kind::List(Box::new(one.with(*other, name)?)),
            (Kind::Object(mut one), Kind::Object(other)) => {
                join(&mut one, other).map_err(|Clash(why)| Clash(below(name, &why)))?;
                Kind::Object(one)
            }
            (Kind::List(_) | Kind::Object(_), _) | (_, Kind::List(_) | Kind::Object(_)) => {
                return Err(Clash(name.to_owned()));
            }
            (Kind::Short, Kind::Long) | (Kind::Long, Kind::Short) => Kind::Long,
            (Kind::Short, Kind::Float) | (Kind::Float, Kind::Short) => Kind::Float,
            _ => Kind::Text,
        })
    }

    /// Whether a value is of this kind, as most are: then there is nothing to learn from it.
    fn has(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) | (Kind::Truth, Value::Bool(_)) | (Kind::Text, Value::String(_)) => {
                true
            }
            (Kind::Short | Kind::Long | Kind::Float, Value::Number(number)) => {
                Kind::of_number(number.as_str()) == *self
            }
            (Kind::List(of), Value::Array(items)) => items.iter().all(|item| of.has(item)),
            (Kind::Object(known), Value::Object(members)) => have(known, members),
            _ => false,
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Kind::Null => DataType::Null,
            Kind::Truth => DataType::Boolean,
            Kind::Short | Kind::Long => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Text => DataType::Utf8,
            Kind::List(of) => DataType::new_list(of.data_type(), true),
            Kind::Object(members) => DataType::Struct(fields(members)),
        }
    }
}

/// Whether all members are of their kinds.
fn have(known: &[(String, Kind)], members: &Map<String, Value>) -> bool {
    members.iter().all(|(name, value)| {
        known.iter().find(|(other, _)| other == name).is_some_and(|(_, kind)| kind.has(value))
    })
}

fn fields(members: &[(String, Kind)]) -> Fields {
    members.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect()
}

/// Takes out of a row what cannot be one column with what is known, and names it.
fn fit(known: &[(String, Kind)], row: &mut Map<String, Value>) -> Vec<Clash> {
    let mut clashes = Vec::new();
    row.retain(|name, value| {
        let own = known.iter().find(|(other, _)| other == name).map(|(_, kind)| kind);
        let inner = match (own, value) {
            (Some(Kind::Object(own)), Value::Object(members)) => fit(own, members),
            (None | Some(Kind::Null), Value::Object(members)) => fit(&[], members),
            (own, value) => {
                let joined = Kind::of(value).and_then(|kind| match own {
                    Some(own) => own.clone().with(kind, ""),
                    None => Ok(kind),
                });
                let Err(Clash(why)) = joined else { return true };
                clashes.push(Clash(below(name, &why)));
                return false;
            }
        };
        clashes.extend(inner.into_iter().map(|Clash(why)| Clash(below(name, &why))));
        true
    });
    clashes
}

/// Adds what a row says to what is known of all names; nothing where it does not fit.
fn join(known: &mut Vec<(String, Kind)>, row: Vec<(String, Kind)>) -> Result<(), Clash> {
    let mut joined = Vec::new();
    for (name, kind) in row {
        match known.iter().position(|(other, _)| *other == name) {
            Some(at) if known[at].1 == kind || kind == Kind::Null => {}
            Some(at) => {
                let kind = known[at].1.clone().with(kind, &name)?;
                joined.push((at, name, kind));
            }
            None => joined.push((usize::MAX, name, kind)),
        }
    }
    for (at, name, kind) in joined {
        match known.get_mut(at) {
            Some(known) => known.1 = kind,
            None => known.push((name, kind)),
        }
    }
    Ok(())
}

fn below(name: &str, inner: &str) -> String {
    if inner.is_empty() { name.to_owned() } else { format!("{name}.{inner}") }
}

/// What is wrong with a row: a code and words.
type Wrong = (&'static str, String);

/// A line, or what is wrong with it.
fn object(line: &[u8]) -> Result<Map<String, Value>, Wrong> {
    let row: Value = serde_json::from_slice(line)
        .map_err(|why| ("bad_json", format!("the line is no JSON: {why}")))?;
    match row {
        Value::Object(row) => Ok(row),
        _ => Err(("bad_json", "the line is no JSON object".to_owned())),
    }
}

fn clashing(Clash(name): Clash) -> Wrong {
    let message = format!("`{name}` is a list or an object in one place and not in another");
    ("mixed_types", message)
}

/// Opens a file, of whose columns some are lists of texts.
pub fn read(
    file: Box<dyn Stream>,
    is_list: &dyn Fn(&str) -> bool,
) -> Result<(SchemaRef, Reads), FileError> {
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut known = Vec::new();
    // A bit a row: there may be as many bad rows as rows.
    let mut is_bad = Bits::default();
    let mut lists = BTreeSet::new();
    let (mut line, mut rows) = (Vec::new(), 0usize);
    let mut first = None;
    while next_line(&mut file, &mut line)? {
        let learned = object(&line).and_then(|mut row| {
            let mut is_own = |path: &str| {
                let is_own = is_list(path);
                if is_own {
                    lists.insert(path.to_owned());
                }
                is_own
            };
            if texts_alone(&mut row, "", &mut is_own) {
                is_bad.set(rows);
            }
            learn(&mut known, row)
        });
        if let Err((_, why)) = learned {
            is_bad.set(rows);
            first.get_or_insert(why);
        }
        rows += 1;
    }
    if let (Some(why), true) = (first, known.is_empty()) {
        return Err(FileError::Content(why));
    }
    file.rewind()?;
    let before = known.clone();
    let spellings = spelling::joined(&mut known);
    let schema = Arc::new(Schema::new(fields(&known)));
    let decoder = ReaderBuilder::new(Arc::clone(&schema))
        .with_batch_size(ROWS)
        .with_coerce_primitive(true)
        .build_decoder()?;
    let known = before;
    let (rows, bytes) = (0, 0);
    let rows = Rows { file, decoder, known, spellings, is_bad, lists, line, rows, bytes };
    Ok((schema, Box::new(rows)))
}

/// Takes out of lists of texts what is no text, so that such an item has no value, and answers
/// whether there was any. As one column with texts a number would be one of them.
fn texts_alone(
    row: &mut Map<String, Value>,
    above: &str,
    is_list: &mut dyn FnMut(&str) -> bool,
) -> bool {
    let mut had_others = false;
    for (name, value) in row {
        let path = || if above.is_empty() { name.clone() } else { below(above, name) };
        match value {
            Value::Object(members) => had_others |= texts_alone(members, &path(), is_list),
            Value::Array(items) if !items.iter().all(Value::is_string) && is_list(&path()) => {
                had_others = true;
                items.iter_mut().filter(|item| !item.is_string()).for_each(|item| {
                    *item = Value::Null;
                });
            }
            _ => {}
        }
    }
    had_others
}

/// Adds what a row says to what is known.
///
/// # Errors
/// A row that does not fit. What of it fits is known then.
fn learn(known: &mut Vec<(String, Kind)>, mut row: Map<String, Value>) -> Result<(), Wrong> {
    if have(known, &row) {
        return Ok(());
    }
    let Err(clash) = Kind::members(&row).and_then(|row| join(known, row)) else { return Ok(()) };
    fit(known, &mut row);
    Kind::members(&row).and_then(|row| join(known, row)).map_err(clashing)?;
    Err(clashing(clash))
}

/// The next line that is not empty.
fn next_line(file: &mut BufReader<Box<dyn Stream>>, line: &mut Vec<u8>) -> std::io::Result<bool> {
    loop {
        line.clear();
        if file.read_until(b'\n', line)? == 0 {
            return Ok(false);
        }
        if !line.trim_ascii().is_empty() {
            return Ok(true);
        }
    }
}

/// Rows by number.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, at: usize) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }
}

struct Rows {
    file: BufReader<Box<dyn Stream>>,
    decoder: Decoder,
    known: Vec<(String, Kind)>,
    /// Names that rows write in two ways.
    spellings: Vec<Spelling>,
    is_bad: Bits,
    /// The lists of texts that hold something else in some rows.
    lists: BTreeSet<String>,
    line: Vec<u8>,
    rows: usize,
    bytes: u64,
}

impl Iterator for Rows {
    type Item = Result<Read, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

impl Rows {
    fn batch(&mut self) -> Result<Option<Read>, FileError> {
        let (mut errors, mut rows) = (BTreeMap::new(), 0);
        while rows < ROWS && next_line(&mut self.file, &mut self.line)? {
            let wrong = self.sound()?;
            if !wrong.is_empty() {
                let wrong = wrong.into_iter().flat_map(|(code, words)| row_error(code, words));
                errors.insert(rows, wrong.collect());
            }
            let taken = self.decoder.decode(&self.line)?;
            if taken < self.line.len() && !self.line[taken..].trim_ascii().is_empty() {
                return Err(FileError::Content("a line holds more than one row".to_owned()));
            }
            (self.rows, rows) = (self.rows + 1, rows + 1);
        }
        self.bytes = self.file.stream_position()?;
        let batch = self.decoder.flush()?;
        Ok(batch.map(|batch| Read { batch, errors, bytes: self.bytes }))
    }

    /// Makes the line one that can be decoded, and says what was wrong with it. Only what is wrong
    /// is left out.
    fn sound(&mut self) -> Result<Vec<Wrong>, FileError> {
        let is_bad = self.is_bad.has(self.rows);
        if !is_bad && !spelling::are_in(&self.line, &self.spellings) {
            if self.line.last() != Some(&b'\n') {
                self.line.push(b'\n');
            }
            return Ok(Vec::new());
        }
        let (mut row, mut wrong) = match object(&self.line) {
            Ok(row) => (row, Vec::new()),
            Err(why) => (Map::new(), vec![why]),
        };
        if is_bad {
            texts_alone(&mut row, "", &mut |path| self.lists.contains(path));
            // It clashed with what was known by then, and that is in what is known now.
            wrong.extend(fit(&self.known, &mut row).into_iter().map(clashing));
        }
        wrong.extend(spelling::nest(&mut row, &self.spellings));
        self.line.clear();
        serde_json::to_writer(&mut self.line, &row)
            .map_err(|why| FileError::Content(why.to_string()))?;
        self.line.push(b'\n');
        Ok(wrong)
    }
}
