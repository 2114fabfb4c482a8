//! Columns of Arrow as keys and distinct values of a fact.

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Float32Array, Float64Array, cast::as_boolean_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, FieldRef, Float32Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, UInt64Type,
};
use arrow::error::ArrowError;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use law::{Fact, FactType, Num, Value, ValueError};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A column: for each row which of the distinct values it has, and what each is as a value of the
/// fact.
#[derive(Debug, Default)]
pub struct Cells {
    /// The key of each row.
    pub keys: Vec<u32>,
    /// The values; `None` is not known.
    pub values: Vec<Result<Option<Value>, ValueError>>,
}

/// A column whose values may be those of the batches before, too.
#[derive(Debug)]
pub struct Shared {
    /// The key of each row.
    pub keys: Vec<u32>,
    /// The values; `None` is not known, or is wrong.
    pub values: Arc<Vec<Option<Value>>>,
    /// What is wrong with some values, by key.
    pub wrong: Arc<BTreeMap<u32, ValueError>>,
    /// The number under which later batches have the same values.
    pub dictionary: Option<u64>,
}

/// The texts of a column that a thread has seen, each read once.
#[derive(Debug, Default)]
pub struct Known {
    number: u64,
    places: FxHashMap<Box<str>, u32>,
    /// The places of texts that are whole numbers: sums of money are another in every row.
    wholes: FxHashMap<u64, u32>,
    values: Arc<Vec<Option<Value>>>,
    wrong: Arc<BTreeMap<u32, ValueError>>,
    /// Whether no rule reads the fact: then only what is wrong of its texts matters.
    is_unread: bool,
    /// The last dictionary of the file, and the place of each of its texts.
    last: Option<(ArrayRef, Vec<u32>)>,
}

/// Past so many texts a column begins anew, so that memory stays flat.
const MOST: usize = 1 << 17;

/// The place of a cell without a text.
const NOTHING: u32 = 0;

impl Known {
    /// Of a number that no rule reads: a text of it that is right is as if it were not known.
    pub fn unread() -> Known {
        Known { is_unread: true, ..Known::default() }
    }

    /// Reads a column as values of a fact.
    ///
    /// # Errors
    /// A type that no value of the fact can have, in words.
    pub fn read(&mut self, array: &ArrayRef, fact: &Fact) -> Result<Shared, String> {
        if self.number == 0 || self.places.len() + self.wholes.len() > MOST {
            static NEXT: AtomicU64 = AtomicU64::new(1);
            let (number, is_unread) = (NEXT.fetch_add(1, Ordering::Relaxed), self.is_unread);
            *self = Known { number, is_unread, ..Known::default() };
            // The first place is that of cells without a text.
            Arc::make_mut(&mut self.values).push(None);
        }
        let keys = match array.data_type() {
            DataType::Utf8 => self.texts(array.as_string::<i32>().iter(), fact),
            DataType::LargeUtf8 => self.texts(array.as_string::<i64>().iter(), fact),
            DataType::Utf8View => self.texts(array.as_string_view().iter(), fact),
            DataType::Dictionary(_, of) if **of == DataType::Utf8 => self.dictionary(array, fact),
            _ => return Cells::read(array, fact).map(Shared::from),
        };
        let (values, wrong) = (Arc::clone(&self.values), Arc::clone(&self.wrong));
        Ok(Shared { keys, values, wrong, dictionary: Some(self.number) })
    }

    fn texts<'t>(&mut self, cells: impl Iterator<Item = Option<&'t str>>, fact: &Fact) -> Vec<u32> {
        // Neighbors are often the same.
        let mut last: Option<(&str, u32)> = None;
        let key = |cell: Option<&'t str>| {
            let Some(text) = cell else { return NOTHING };
            match last {
                Some((other, key)) if other == text => key,
                _ => {
                    let key = self.place(text, fact);
                    last = Some((text, key));
                    key
                }
            }
        };
        cells.map(key).collect()
    }

    fn place(&mut self, text: &str, fact: &Fact) -> u32 {
        if matches!(fact.of, FactType::Integer | FactType::Decimal)
            && let Some(number) = digits(text)
        {
            if let Some(place) = self.wholes.get(&number) {
                return *place;
            }
            // One that the fact cannot have is told of as a text.
            if let Ok(value) = whole(fact, i128::from(number)) {
                if self.is_unread {
                    return NOTHING;
                }
                let values = Arc::make_mut(&mut self.values);
                let place = values.len() as u32;
                values.push(value);
                self.wholes.insert(number, place);
                return place;
            }
        }
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let values = Arc::make_mut(&mut self.values);
        let place = values.len() as u32;
        match fact.parse(text) {
            Ok(_) if self.is_unread => return NOTHING,
            Ok(value) => values.push(value),
            Err(why) => {
                values.push(None);
                Arc::make_mut(&mut self.wrong).insert(place, why);
            }
        }
        self.places.insert(text.into(), place);
        place
    }

    fn dictionary(&mut self, array: &ArrayRef, fact: &Fact) -> Vec<u32> {
        let dictionary = array.as_any_dictionary();
        let values = dictionary.values();
        let (values, places) = match self.last.take() {
            Some((known, places)) if known.to_data().ptr_eq(&values.to_data()) => (known, places),
            _ => (Arc::clone(values), self.texts(values.as_string::<i32>().iter(), fact)),
        };
        // An array without values has no keys that mean anything.
        let short = array.as_dictionary_opt::<Int32Type>();
        let keys = if places.is_empty() {
            vec![NOTHING; array.len()]
        } else if let Some(keys) = short.map(DictionaryArray::keys)
            && keys.null_count() == 0
        {
            keys.values().iter().map(|key| places[*key as usize]).collect()
        } else {
            let keys = dictionary.normalized_keys();
            let key = |(row, key): (usize, usize)| {
                if array.is_null(row) { NOTHING } else { places[key] }
            };
            keys.into_iter().enumerate().map(key).collect()
        };
        self.last = Some((values, places));
        keys
    }
}

impl From<Cells> for Shared {
    fn from(cells: Cells) -> Shared {
        let Cells { keys, values } = cells;
        let mut wrong = BTreeMap::new();
        let value = |(key, value): (usize, Result<Option<Value>, ValueError>)| match value {
            Ok(value) => value,
            Err(why) => {
                wrong.insert(key as u32, why);
                None
            }
        };
        let values = values.into_iter().enumerate().map(value).collect();
        Shared { keys, values: Arc::new(values), wrong: Arc::new(wrong), dictionary: None }
    }
}

impl Cells {
    /// Reads a column as values of a fact.
    ///
    /// # Errors
    /// A type that no value of the fact can have, in words.
    pub fn read(array: &ArrayRef, fact: &Fact) -> Result<Cells, String> {
        let wrong = |why: &dyn std::fmt::Display| {
            format!("a column of type {} cannot be read: {why}", array.data_type())
        };
        let as_type = |of: &DataType| cast(array, of).map_err(|why| wrong(&why));
        match array.data_type() {
            DataType::Null => Ok(Cells { keys: vec![0; array.len()], values: vec![Ok(None)] }),
            DataType::Dictionary(..) => dictionary(array, fact),
            DataType::Utf8 => Ok(texts(array.as_string::<i32>().iter(), fact)),
            DataType::LargeUtf8 => Ok(texts(array.as_string::<i64>().iter(), fact)),
            DataType::Utf8View => Ok(texts(array.as_string_view().iter(), fact)),
            // Some writers of Parquet do not say that their texts are texts.
            DataType::Binary => Ok(bytes(array.as_binary::<i32>().iter(), fact)),
            DataType::LargeBinary => Ok(bytes(array.as_binary::<i64>().iter(), fact)),
            DataType::BinaryView => Ok(bytes(array.as_binary_view().iter(), fact)),
            DataType::Boolean => Ok(distinct(as_boolean_array(array).iter(), |truth| {
                fact.parse(if *truth { "true" } else { "false" })
            })),
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
                let array = as_type(&DataType::Int64)?;
                Ok(integers(array.as_primitive::<Int64Type>().iter(), fact))
            }
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                let array = as_type(&DataType::UInt64)?;
                Ok(integers(array.as_primitive::<UInt64Type>().iter(), fact))
            }
            DataType::Float32 => {
                let array: &Float32Array = array.as_primitive::<Float32Type>();
                let bits = array.iter().map(|number| number.map(f32::to_bits));
                Ok(distinct(bits, |bits| float(fact, f32::from_bits(*bits))))
            }
            DataType::Float64 => {
                let array: &Float64Array = array.as_primitive::<Float64Type>();
                let bits = array.iter().map(|number| number.map(f64::to_bits));
                Ok(distinct(bits, |bits| float(fact, f64::from_bits(*bits))))
            }
            DataType::Date32 | DataType::Date64 => {
                let array = as_type(&DataType::Date32)?;
                Ok(distinct(array.as_primitive::<Date32Type>().iter(), |day| {
                    day_of(fact, i64::from(*day) * 86_400)
                }))
            }
            // A moment counts by its day in UTC; one without a zone is taken as it is written.
            DataType::Timestamp(..) => {
                let array = as_type(&DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let seconds = array.as_primitive::<TimestampMicrosecondType>().iter();
                let days = seconds.map(|micros| micros.map(|one| one.div_euclid(86_400_000_000)));
                Ok(distinct(days, |day| day_of(fact, *day * 86_400)))
            }
            DataType::List(inner)
            | DataType::LargeList(inner)
            | DataType::FixedSizeList(inner, _) => {
                Ok(lists(&items(array, inner).map_err(|why| wrong(&why))?, fact))
            }
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => {
                let array = as_type(&DataType::Utf8)?;
                Ok(distinct(array.as_string::<i32>().iter(), |text| fact.parse_number(text)))
            }
            _ => Err(wrong(&"no value of a fact has it")),
        }
    }
}

/// Whether a column of that type can hold values of a fact. What cannot be read at all is told
/// where it is read.
pub fn can_be(of: &DataType, fact: &Fact) -> bool {
    let is_text = fact.of == FactType::Text;
    match of {
        DataType::Dictionary(_, of) => can_be(of, fact),
        DataType::Boolean => fact.of == FactType::Bool,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            is_text || fact.of == FactType::Date
        }
        of if of.is_numeric() => match fact.of {
            FactType::Date | FactType::Country => false,
            FactType::Enum(_) | FactType::Bool | FactType::List(_) => {
                ["0", "1"].iter().any(|digit| fact.parse(digit).is_ok())
            }
            FactType::Integer | FactType::Decimal | FactType::Text => true,
        },
        _ => true,
    }
}

fn distinct<T: Copy + Eq + std::hash::Hash>(
    cells: impl Iterator<Item = Option<T>>,
    value: impl Fn(&T) -> Result<Option<Value>, ValueError>,
) -> Cells {
    let count = cells.size_hint().0;
    // To grow it step by step takes as long as to fill it.
    let mut known: FxHashMap<Option<T>, u32> =
        FxHashMap::with_capacity_and_hasher(count, FxBuildHasher);
    let mut read = Cells { keys: Vec::with_capacity(count), values: Vec::new() };
    // Neighbors are often the same.
    let mut last: Option<(Option<T>, u32)> = None;
    for cell in cells {
        let key = match last {
            Some((text, key)) if text == cell => key,
            _ => *known.entry(cell).or_insert_with(|| {
                read.values.push(cell.as_ref().map_or(Ok(None), &value));
                read.values.len() as u32 - 1
            }),
        };
        last = Some((cell, key));
        read.keys.push(key);
    }
    read
}

/// Whole numbers that lie this near to each other are found in a list.
const NEAR: i128 = 1 << 16;

/// After so many numbers it is asked whether they have anything in common.
const TRIAL: usize = 1 << 11;

fn integers<T>(cells: impl Iterator<Item = Option<T>> + Clone, fact: &Fact) -> Cells
where
    T: Copy + Ord + Eq + std::hash::Hash + Into<i128>,
{
    let known = || cells.clone().flatten();
    let (Some(least), Some(most)) = (known().min(), known().max()) else {
        return distinct(cells, |number: &T| whole(fact, (*number).into()));
    };
    let (least, most) = (least.into(), most.into());
    // A number between two that can be can be as well.
    let is_number = matches!(fact.of, FactType::Integer | FactType::Decimal);
    let is_sound = is_number && whole(fact, least).is_ok() && whole(fact, most).is_ok();
    let value = |number: &T| match is_sound {
        true => Ok(Some(Value::Num(Num::int((*number).into())))),
        false => whole(fact, (*number).into()),
    };
    if most - least < NEAR {
        return near(cells, least, most, value);
    }
    let mut first = FxHashSet::default();
    let trial = cells.clone().take(TRIAL).filter(|number| first.insert(*number)).count();
    if trial < TRIAL * 3 / 4 {
        return distinct(cells, value);
    }
    // To look for the few that are equal takes longer than it saves.
    let values: Vec<_> = cells.map(|number| number.as_ref().map_or(Ok(None), value)).collect();
    Cells { keys: (0..values.len() as u32).collect(), values }
}

/// Numbers that lie near to each other.
fn near<T: Copy + Into<i128>>(
    cells: impl Iterator<Item = Option<T>>,
    least: i128,
    most: i128,
    value: impl Fn(&T) -> Result<Option<Value>, ValueError>,
) -> Cells {
    const UNSEEN: u32 = u32::MAX;
    // The last place is that of cells without a number.
    let nothing = (most - least + 1) as usize;
    let mut places = vec![UNSEEN; nothing + 1];
    let mut read = Cells::default();
    let key = |cell: Option<T>| {
        let at = cell.map_or(nothing, |number| (number.into() - least) as usize);
        if places[at] == UNSEEN {
            places[at] = read.values.len() as u32;
            read.values.push(cell.as_ref().map_or(Ok(None), &value));
        }
        places[at]
    };
    let keys = cells.map(key).collect();
    Cells { keys, ..read }
}

fn texts<'t>(cells: impl Iterator<Item = Option<&'t str>>, fact: &Fact) -> Cells {
    distinct(cells, |text| fact.parse(text))
}

/// The number that a text of digits alone is, where it is not too long.
fn digits(text: &str) -> Option<u64> {
    let is_short = (1..=18).contains(&text.len());
    let add = |number: u64, digit: u8| {
        digit.is_ascii_digit().then(|| 10 * number + u64::from(digit - b'0'))
    };
    if is_short { text.bytes().try_fold(0, add) } else { None }
}

fn bytes<'t>(cells: impl Iterator<Item = Option<&'t [u8]>>, fact: &Fact) -> Cells {
    distinct(cells, |bytes| match std::str::from_utf8(bytes) {
        Ok(text) => fact.parse(text),
        Err(_) => Err(ValueError::new("not_utf8", "the value is not UTF-8", "write it as UTF-8")),
    })
}

fn whole(fact: &Fact, number: i128) -> Result<Option<Value>, ValueError> {
    match fact.of {
        FactType::Integer | FactType::Decimal => {
            fact.bounded(Num::int(number)).map(|number| Some(Value::Num(number)))
        }
        _ => fact.parse_number(&number.to_string()),
    }
}

/// The shortest text that stands for the same float: what its writer meant. A truth is no measure:
/// `1.0` is none, whoever writes it.
fn float<F>(fact: &Fact, number: F) -> Result<Option<Value>, ValueError>
where
    F: std::fmt::Display + std::fmt::Debug,
{
    match fact.of {
        FactType::Bool => fact.parse(&format!("{number:?}")),
        _ => fact.parse_number(&number.to_string()),
    }
}

fn day_of(fact: &Fact, seconds: i64) -> Result<Option<Value>, ValueError> {
    let day = Timestamp::from_second(seconds).map(|at| TimeZone::UTC.to_datetime(at).date());
    match (day, &fact.of) {
        (Ok(day), FactType::Date) => Ok(Some(Value::Date(day))),
        (Ok(day), _) => fact.parse(&Date::to_string(&day)),
        (Err(why), _) => Err(ValueError::new("bad_date", why.to_string(), "")),
    }
}

fn dictionary(array: &ArrayRef, fact: &Fact) -> Result<Cells, String> {
    let dictionary = array.as_any_dictionary();
    let inner = Cells::read(dictionary.values(), fact)?;
    let mut values = inner.values;
    values.push(Ok(None));
    let nothing = values.len() as u32 - 1;
    let key = |(row, key): (usize, &usize)| {
        if array.is_null(row) { nothing } else { inner.keys[*key] }
    };
    // An array without values has no keys that mean anything.
    let keys = if inner.keys.is_empty() {
        vec![nothing; array.len()]
    } else {
        dictionary.normalized_keys().iter().enumerate().map(key).collect()
    };
    Ok(Cells { keys, values })
}

/// The items of a list, each a text or not; nothing where the list is not known.
type Items = Option<Vec<Option<String>>>;

fn lists(lists: &[Items], fact: &Fact) -> Cells {
    let mut known: FxHashMap<&Items, u32> = FxHashMap::default();
    let mut read = Cells::default();
    for list in lists {
        let next = read.values.len() as u32;
        let key = *known.entry(list).or_insert(next);
        if key == next {
            let items = list.as_ref();
            let items = items.map(|items| fact.items(items.iter().map(Option::as_deref)));
            read.values.push(items.transpose());
        }
        read.keys.push(key);
    }
    read
}

/// The items of each list of a column of lists.
fn items(array: &ArrayRef, inner: &FieldRef) -> Result<Vec<Items>, ArrowError> {
    if is_text(inner.data_type()) {
        let array = cast(array, &DataType::new_list(DataType::Utf8, true))?;
        let texts = |items: ArrayRef| {
            items.as_string::<i32>().iter().map(|item| item.map(str::to_owned)).collect()
        };
        return Ok(array.as_list::<i32>().iter().map(|items| items.map(texts)).collect());
    }
    let array = cast(array, &DataType::List(Arc::clone(inner)))?;
    let none = |items: ArrayRef| vec![None; items.len()];
    Ok(array.as_list::<i32>().iter().map(|items| items.map(none)).collect())
}

fn is_text(of: &DataType) -> bool {
    match of {
        DataType::Dictionary(_, of) => is_text(of),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of money that no rule reads are another in every row, and none is remembered.
    #[test]
    fn of_a_number_that_no_rule_reads_only_what_is_wrong_is_kept() {
        let name = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law/vocabulary.toml");
        let text = std::fs::read_to_string(name).unwrap();
        let source = law::Source { name: name.into(), text };
        let (vocabulary, _) = law::Vocabulary::read(&Arc::new(source));
        let fact = vocabulary.find("value_usd").map(|id| vocabulary.fact(id)).unwrap();
        let texts: ArrayRef = Arc::new(arrow::array::StringArray::from(vec![
            Some("12"),
            Some("1.50"),
            Some("much"),
            None,
        ]));
        let read = Known::unread().read(&texts, fact).unwrap();
        assert_eq!(read.keys, [NOTHING, NOTHING, 1, NOTHING]);
        assert_eq!(read.wrong.keys().collect::<Vec<_>>(), [&1]);
        let read = Known::default().read(&texts, fact).unwrap();
        assert_eq!(read.keys, [1, 2, 3, NOTHING]);
    }

    #[test]
    fn only_short_texts_of_digits_are_whole_numbers_at_sight() {
        let texts =
            ["0", "007", "7", "999999999999999999", "1000000000000000000", "", "-1", "1.5", "٣"];
        let found = texts.map(digits);
        let expected = [Some(0), Some(7), Some(7), Some(999_999_999_999_999_999)];
        assert_eq!(found[..4], expected);
        assert_eq!(found[4..], [None; 5]);
    }
}
