//! What the columns of texts are. A column has a type only where every one of its values is kept by
//! it as it was written, and means to the law what the text does.

use std::sync::Arc;

use batch::files::FileError;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray,
    StructArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options, max, min};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use jiff::civil::Date;

use crate::functions::days;

/// A decimal of Arrow has at most so many digits.
const MOST_DIGITS: usize = 38;

/// A float holds every whole number up to this one.
const FLOAT_HOLDS: i64 = 1 << 53;

/// What one text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// `true` or `false`.
    Truth,
    /// A day.
    Day,
    /// A number.
    Number(Digits),
    /// Anything else.
    Text,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits {
    /// The most digits before the point.
    whole: usize,
    /// The fewest and the most decimals.
    decimals: [usize; 2],
    /// Whether a machine word holds all of them; only asked of whole ones.
    is_short: bool,
    /// Whether none ends in zeros that say nothing, but for `1.0`: then no two are one number.
    is_least: bool,
    /// Whether one could be a number of thousands, `64.000`.
    is_thousands: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        if matches!(text, "true" | "false") {
            return Shape::Truth;
        }
        if day(text).is_some() {
            return Shape::Day;
        }
        number(text).map_or(Shape::Text, Shape::Number)
    }

    fn with(self, other: Shape) -> Shape {
        match (self, other) {
            (Shape::Number(one), Shape::Number(other)) => Shape::Number(Digits {
                whole: one.whole.max(other.whole),
                decimals: [
                    one.decimals[0].min(other.decimals[0]),
                    one.decimals[1].max(other.decimals[1]),
                ],
                is_short: one.is_short && other.is_short,
                is_least: one.is_least && other.is_least,
                is_thousands: one.is_thousands || other.is_thousands,
            }),
            (one, other) if one == other => one,
            _ => Shape::Text,
        }
    }

    fn data_type(self) -> DataType {
        let Digits { whole, decimals: [fewest, most], is_short, is_least, is_thousands } =
            match self {
                Shape::Truth => return DataType::Boolean,
                Shape::Day => return DataType::Date32,
                Shape::Text => return DataType::Utf8,
                Shape::Number(digits) => digits,
            };
        let is_kept = is_least || (fewest == most && !is_thousands);
        match (most, whole + most <= MOST_DIGITS && is_kept) {
            (0, _) if is_short => DataType::Int64,
            (_, true) => DataType::Decimal128((whole + most) as u8, most as i8),
            _ => DataType::Utf8,
        }
    }
}

/// A day as it is usually written; other ways are the law's to read.
fn day(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    let is_usual = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    text.parse::<Date>().ok().filter(|_| is_usual).map(days)
}

/// Digits, with a sign and a point, as a number is written back.
fn number(text: &str) -> Option<Digits> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return None,
        None => (digits, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|letter| letter.is_ascii_digit());
    let is_led = whole.len() > 1 && whole.starts_with('0');
    let is_nothing = |text: &str| text.bytes().all(|digit| digit == b'0');
    if whole.is_empty() || is_led || !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    // A zero has no sign.
    if digits.len() < text.len() && is_nothing(whole) && is_nothing(decimals) {
        return None;
    }
    Some(Digits {
        whole: whole.len(),
        decimals: [decimals.len(); 2],
        is_short: text.parse::<i64>().is_ok(),
        is_least: decimals == "0" || !decimals.ends_with('0'),
        is_thousands: decimals == "000",
    })
}

/// A number in units of the last of so many decimals.
fn scaled(text: &str, decimals: usize) -> Option<i128> {
    let own = number(text)?.decimals[1];
    let zeros = decimals.checked_sub(own)?;
    let digits: String = text.chars().filter(|letter| *letter != '.').collect();
    digits.parse::<i128>().ok()?.checked_mul(10_i128.checked_pow(u32::try_from(zeros).ok()?)?)
}

/// What is known of a column.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A column whose values have no types of their own, and what all of them are.
    Texts(Option<Shape>),
    /// A column of a type, and whether a float holds all its whole numbers.
    Typed(DataType, bool),
}

impl Seen {
    /// Of a column of which nothing is read yet.
    pub fn new(of: &DataType, is_untyped: bool) -> Seen {
        match is_untyped {
            true => Seen::Texts(None),
            false => Seen::Typed(of.clone(), true),
        }
    }

    /// Takes in some values.
    pub fn add(&mut self, array: &ArrayRef) {
        match self {
            Seen::Texts(shape) => {
                for text in array.as_string::<i32>().iter().flatten() {
                    match shape {
                        Some(Shape::Text) => return,
                        Some(known) => *known = known.with(Shape::of(text)),
                        None => *shape = Some(Shape::of(text)),
                    }
                }
            }
            Seen::Typed(DataType::Int64, is_short) => {
                let numbers = array.as_primitive::<Int64Type>();
                let ends = [min(numbers), max(numbers)];
                let holds = |number: &i64| (-FLOAT_HOLDS..=FLOAT_HOLDS).contains(number);
                *is_short &= ends.iter().flatten().all(holds);
            }
            Seen::Typed(..) => {}
        }
    }

    /// Takes in the same column of another file.
    pub fn join(&mut self, other: &Seen) -> Result<(), String> {
        *self = match (&*self, other) {
            (Seen::Texts(one), Seen::Texts(other)) => Seen::Texts(match (one, other) {
                (Some(one), Some(other)) => Some(one.with(*other)),
                (one, other) => one.or(*other),
            }),
            (one, other) => {
                let (of, is_short) = (one.data_type(), one.is_short() && other.is_short());
                Seen::Typed(joined(&of, &other.data_type(), is_short)?, is_short)
            }
        };
        Ok(())
    }

    fn is_short(&self) -> bool {
        matches!(self, Seen::Typed(_, true))
    }

    /// The type of the column.
    pub fn data_type(&self) -> DataType {
        match self {
            Seen::Texts(shape) => shape.map_or(DataType::Utf8, Shape::data_type),
            Seen::Typed(DataType::Null, _) => DataType::Utf8,
            Seen::Typed(of, _) => of.clone(),
        }
    }
}

/// The type that holds the values of two.
fn joined(one: &DataType, other: &DataType, is_short: bool) -> Result<DataType, String> {
    let item = |one: &FieldRef, other: &FieldRef| -> Result<FieldRef, String> {
        let of = joined(one.data_type(), other.data_type(), false)?;
        Ok(Arc::new(Field::new(one.name(), of, true)))
    };
    Ok(match (one, other) {
        (one, other) if one == other => one.clone(),
        (DataType::Null, of) | (of, DataType::Null) => of.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) if is_short => {
            DataType::Float64
        }
        (DataType::List(one), DataType::List(other)) => DataType::List(item(one, other)?),
        (DataType::Struct(one), DataType::Struct(other)) => {
            let mut fields: Vec<FieldRef> = Vec::new();
            for field in one {
                fields.push(match other.find(field.name()) {
                    Some((_, other)) => item(field, other)?,
                    None => Arc::clone(field),
                });
            }
            fields.extend(other.iter().filter(|it| one.find(it.name()).is_none()).cloned());
            DataType::Struct(fields.into())
        }
        (one, other) if one.is_nested() || other.is_nested() => {
            return Err("is a list or an object in one file and not in another".to_owned());
        }
        _ => DataType::Utf8,
    })
}

/// A column in the type that the table has it in.
///
/// # Errors
/// A value that the type does not hold: the file is another than when its types were looked at.
pub fn converted(array: &ArrayRef, of: &DataType) -> Result<ArrayRef, FileError> {
    if array.data_type() == of {
        return Ok(Arc::clone(array));
    }
    let texts = || array.as_string::<i32>().iter();
    Ok(match (array.data_type(), of) {
        (DataType::Null, of) => new_null_array(of, array.len()),
        (DataType::Utf8, DataType::Boolean) => Arc::new(
            texts()
                .map(|text| read(text, |it| it.parse().ok()))
                .collect::<Result<BooleanArray, _>>()?,
        ),
        (DataType::Utf8, DataType::Date32) => {
            Arc::new(texts().map(|text| read(text, day)).collect::<Result<Date32Array, _>>()?)
        }
        (DataType::Utf8, DataType::Int64) => Arc::new(
            texts()
                .map(|text| read(text, |it| it.parse().ok()))
                .collect::<Result<Int64Array, _>>()?,
        ),
        (DataType::Utf8, DataType::Decimal128(digits, decimals)) => {
            let value = |text: &str| scaled(text, usize::try_from(*decimals).ok()?);
            let numbers = texts().map(|text| read(text, value));
            let numbers = numbers.collect::<Result<Decimal128Array, _>>()?;
            Arc::new(numbers.with_precision_and_scale(*digits, *decimals)?)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let array = array.as_struct();
            let column = |field: &FieldRef| match array.column_by_name(field.name()) {
                Some(column) => converted(column, field.data_type()),
                None => Ok(new_null_array(field.data_type(), array.len())),
            };
            let columns = fields.iter().map(column).collect::<Result<_, _>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, array.nulls().cloned())?)
        }
        (DataType::List(_), DataType::List(field)) => {
            let (_, offsets, values, nulls) = array.as_list::<i32>().clone().into_parts();
            let values = converted(&values, field.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(field), offsets, values, nulls)?)
        }
        _ => {
            let strict = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array, of, &strict)?
        }
    })
}

fn read<T>(text: Option<&str>, value: impl Fn(&str) -> Option<T>) -> Result<Option<T>, FileError> {
    let Some(text) = text else { return Ok(None) };
    let changed = || FileError::Content("it was changed while it was read".to_owned());
    value(text).map(Some).ok_or_else(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::StringArray;
    use datafusion::arrow::compute::cast;

    fn typed(texts: &[&str]) -> DataType {
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let mut seen = Seen::new(&DataType::Utf8, true);
        seen.add(&array);
        let of = seen.data_type();
        // What a type is taken for keeps what is written, but for zeros at the end.
        let back = cast(&converted(&array, &of).unwrap(), &DataType::Utf8).unwrap();
        for (text, back) in texts.iter().zip(back.as_string::<i32>()) {
            let back = back.unwrap();
            let rest = back.strip_prefix(text).unwrap_or_else(|| panic!("{text} became {back}"));
            assert!(rest.trim_start_matches('.').bytes().all(|it| it == b'0'), "{text}: {back}");
        }
        of
    }

    #[test]
    fn columns_have_types_that_keep_every_value() {
        assert_eq!(typed(&["0", "12", "-7", "9223372036854775807"]), DataType::Int64);
        assert_eq!(typed(&["1", "9223372036854775808"]), DataType::Decimal128(19, 0));
        assert_eq!(typed(&["4799.9999999999999", "1"]), DataType::Decimal128(17, 13));
        assert_eq!(typed(&["1.50", "2.00"]), DataType::Decimal128(3, 2));
        assert_eq!(typed(&["1.0", "2.25", "-0.5"]), DataType::Decimal128(3, 2));
        assert_eq!(typed(&["2025-06-30", "2024-02-29"]), DataType::Date32);
        assert_eq!(typed(&["true", "false"]), DataType::Boolean);
    }

    #[test]
    fn what_no_type_keeps_stays_text() {
        for texts in [
            &["00000"][..],
            &["1", " 2"],
            &["1", "+2"],
            &["-0"],
            &["-0.0"],
            &["1", "twelve"],
            &["1.5", "1.50"],
            // It could be a number of thousands, which the law refuses.
            &["64.000"],
            &["1e5"],
            &["1."],
            &[".5"],
            &["2025-06-30", "2025-06-31"],
            &["20250630", "2025-06-30"],
            &["2025-6-30"],
            &["True"],
            &["true", "1"],
            &["1234567890123456789012345678901234567890"],
        ] {
            assert_eq!(typed(texts), DataType::Utf8, "{texts:?}");
        }
        assert_eq!(Seen::new(&DataType::Null, false).data_type(), DataType::Utf8);
    }

    #[test]
    fn whole_numbers_of_one_file_are_floats_of_another_if_a_float_holds_them() {
        let column = |numbers: Vec<i64>| {
            let array: ArrayRef = Arc::new(Int64Array::from(numbers));
            let mut seen = Seen::new(array.data_type(), false);
            seen.add(&array);
            seen.join(&Seen::new(&DataType::Float64, false)).unwrap();
            seen.data_type()
        };
        assert_eq!(column(vec![1, 1 << 53]), DataType::Float64);
        assert_eq!(column(vec![1, (1 << 53) + 1]), DataType::Utf8);
    }
}
