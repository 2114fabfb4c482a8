//! Columns of Arrow as keys and distinct values of a fact.

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, cast::as_boolean_array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    UInt64Type,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use law::{Fact, FactType, Num, Value, ValueError};
use rustc_hash::FxHashMap;

/// A column: for each row which of the distinct values it has, and what each is as a value of the
/// fact.
#[derive(Debug, Default)]
pub struct Cells {
    /// The key of each row.
    pub keys: Vec<u32>,
    /// The values; `None` is not known.
    pub values: Vec<Result<Option<Value>, ValueError>>,
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
            DataType::Boolean => Ok(distinct(as_boolean_array(array).iter(), |truth| {
                fact.parse(if *truth { "true" } else { "false" })
            })),
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
                let array = as_type(&DataType::Int64)?;
                Ok(distinct(array.as_primitive::<Int64Type>().iter(), |number| {
                    whole(fact, i128::from(*number))
                }))
            }
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                let array = as_type(&DataType::UInt64)?;
                Ok(distinct(array.as_primitive::<UInt64Type>().iter(), |number| {
                    whole(fact, i128::from(*number))
                }))
            }
            DataType::Float32 => {
                let array: &Float32Array = array.as_primitive::<Float32Type>();
                let bits = array.iter().map(|number| number.map(f32::to_bits));
                Ok(distinct(bits, |bits| float(fact, &f32::from_bits(*bits).to_string())))
            }
            DataType::Float64 => {
                let array: &Float64Array = array.as_primitive::<Float64Type>();
                let bits = array.iter().map(|number| number.map(f64::to_bits));
                Ok(distinct(bits, |bits| float(fact, &f64::from_bits(*bits).to_string())))
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
            DataType::List(_) | DataType::LargeList(_) => {
                lists(array, fact).map_err(|why| wrong(&why))
            }
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => {
                let array = as_type(&DataType::Utf8)?;
                Ok(texts(array.as_string::<i32>().iter(), fact))
            }
            _ => Err(wrong(&"no value of a fact has it")),
        }
    }
}

fn distinct<T: Copy + Eq + std::hash::Hash>(
    cells: impl Iterator<Item = Option<T>>,
    value: impl Fn(&T) -> Result<Option<Value>, ValueError>,
) -> Cells {
    let mut known: FxHashMap<Option<T>, u32> = FxHashMap::default();
    let mut read = Cells::default();
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

fn texts<'t>(cells: impl Iterator<Item = Option<&'t str>>, fact: &Fact) -> Cells {
    distinct(cells, |text| fact.parse(text))
}

fn whole(fact: &Fact, number: i128) -> Result<Option<Value>, ValueError> {
    match fact.of {
        FactType::Integer | FactType::Decimal => {
            fact.bounded(Num::int(number)).map(|number| Some(Value::Num(number)))
        }
        _ => fact.parse(&number.to_string()),
    }
}

/// The shortest text that stands for the same float: what its writer meant.
fn float(fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
    fact.parse(text)
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

fn lists(array: &ArrayRef, fact: &Fact) -> Result<Cells, String> {
    let of = DataType::new_list(DataType::Utf8, true);
    let array = cast(array, &of).map_err(|why| why.to_string())?;
    let list = array.as_list::<i32>();
    let texts = list.iter().map(|items| {
        let items = items?;
        let items = items.as_string::<i32>();
        Some(items.iter().flatten().map(str::to_owned).collect::<Vec<String>>())
    });
    let mut known: FxHashMap<Option<Vec<String>>, u32> = FxHashMap::default();
    let mut read = Cells::default();
    for cell in texts {
        let next = read.values.len() as u32;
        let key = *known.entry(cell.clone()).or_insert(next);
        if key == next {
            read.values.push(match cell {
                None => Ok(None),
                Some(items) => {
                    let items: Vec<&str> = items.iter().map(String::as_str).collect();
                    match fact.of {
                        FactType::List(_) => fact.list(&items).map(Some),
                        _ => fact.parse(&items.join(";")),
                    }
                }
            });
        }
        read.keys.push(key);
    }
    Ok(read)
}
