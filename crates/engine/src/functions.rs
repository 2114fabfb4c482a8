//! The scalar functions.

use std::hash::Hash;
use std::sync::Arc;

use batch::DECISION_COLUMNS;
use batch::files::flattened_batch;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, RecordBatch, RecordBatchOptions,
    StructArray, new_null_array,
};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{cast, is_not_null};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::{ScalarValue, exec_err, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use jiff::civil::{Date, date};
use law::{Num, Reading};

use crate::lawbook::Lawbook;

/// The function that decides.
pub const DECIDE: &str = "weir_decide";
/// The function that says under which paragraphs an item falls.
pub const CLASSIFY: &str = "weir_classify";
/// The function that works out the total processing performance.
pub const TPP: &str = "weir_tpp";

/// The fields of an answer, in their order: what `weir batch` writes for one reading, between the
/// classification and the error.
pub const DECISION_FIELDS: [&str; DECISION_COLUMNS.len() + 2] = {
    let mut fields = ["classification"; DECISION_COLUMNS.len() + 2];
    let mut at = 0;
    while at < DECISION_COLUMNS.len() {
        fields[at + 1] = DECISION_COLUMNS[at];
        at += 1;
    }
    fields[at + 1] = "error";
    fields
};

/// The column of tables of texts that says why a row cannot be read.
pub const UNREAD: &str = "weir_unread";

/// The decimals of a performance. One that has more is none: nothing is rounded.
pub const TPP_DECIMALS: i8 = 6;

/// All of them.
pub fn all(lawbook: &Lawbook) -> Vec<ScalarUDF> {
    What::ALL.into_iter().map(|what| of(what, Law::Here(lawbook.clone()))).collect()
}

/// The function of that name by a law that is elsewhere: it can be planned and not called.
pub fn elsewhere(name: &str, law: Arc<str>) -> Option<ScalarUDF> {
    let what = What::ALL.into_iter().find(|what| what.name() == name)?;
    Some(of(what, Law::Elsewhere(law)))
}

/// The function of that name by a law.
pub fn here(name: &str, lawbook: Lawbook) -> Option<ScalarUDF> {
    let what = What::ALL.into_iter().find(|what| what.name() == name)?;
    Some(of(what, Law::Here(lawbook)))
}

/// The law of one of our functions, as it travels; none of another function.
pub fn law_of(function: &ScalarUDF) -> Option<Option<Arc<str>>> {
    let function = function.inner().downcast_ref::<Function>()?;
    Some(match &function.law {
        Law::Here(lawbook) => lawbook.travels().cloned(),
        Law::Elsewhere(law) => Some(Arc::clone(law)),
    })
}

fn of(what: What, law: Law) -> ScalarUDF {
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(Function { what, law, signature })
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Decide,
    Classify,
    Tpp,
}

impl What {
    const ALL: [What; 3] = [What::Decide, What::Classify, What::Tpp];

    fn name(self) -> &'static str {
        match self {
            What::Decide => DECIDE,
            What::Classify => CLASSIFY,
            What::Tpp => TPP,
        }
    }
}

/// The law of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Law {
    Here(Lawbook),
    /// As it travels, on its way through a scheduler.
    Elsewhere(Arc<str>),
}

/// A function of facts: its first argument is a struct whose fields are named like them.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    what: What,
    law: Law,
    signature: Signature,
}

impl Law {
    /// The type of texts: each distinct one once, as they come from a decision. Between the
    /// machines of a cluster they are plain: its engine does not keep dictionaries.
    fn text(&self) -> DataType {
        let is_sent = match self {
            Law::Here(lawbook) => lawbook.travels().is_some(),
            Law::Elsewhere(_) => true,
        };
        match is_sent {
            true => DataType::Utf8,
            false => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        }
    }

    fn fields(&self) -> Fields {
        let field = |name: &&str| {
            let is_plain = matches!(*name, "draws" | "error");
            let of = if is_plain { DataType::Utf8 } else { self.text() };
            Field::new(*name, of, true)
        };
        DECISION_FIELDS.iter().map(field).collect()
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.what.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::Decide => DataType::Struct(self.law.fields()),
            What::Classify => self.law.text(),
            What::Tpp => DataType::Decimal128(38, TPP_DECIMALS),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some((first, others)) = args.args.split_first() else {
            return exec_err!("{} wants facts", self.name());
        };
        let facts = match first.to_array(rows)?.as_struct_opt() {
            Some(facts) => facts_of(facts)?,
            None => return exec_err!("{}", unnamed(self.name())),
        };
        let Law::Here(lawbook) = &self.law else {
            return internal_err!("{} is called where no law is", self.name());
        };
        let array = match self.what {
            What::Decide => decide(lawbook, &facts, reading(others)?)?,
            What::Classify => classify(lawbook, &on_a_day(lawbook, facts)?)?,
            What::Tpp => tpp(lawbook, &on_a_day(lawbook, facts)?)?,
        };
        // Of another type only on a cluster.
        Ok(ColumnarValue::Array(cast(&array, args.return_field.data_type())?))
    }
}

/// What is said of arguments that have no names.
pub fn unnamed(function: &str) -> String {
    format!(
        "`{function}` wants a struct whose fields are named like facts, or columns that are; \
         name what is not: {function}(date => shipped, destination => ship_to)"
    )
}

fn decide(lawbook: &Lawbook, facts: &RecordBatch, reading: Reading) -> Result<ArrayRef> {
    let unread = facts.column_by_name(UNREAD).map(|texts| cast(texts, &DataType::Utf8));
    let unread = unread.transpose()?;
    let reasons = unread.as_ref().map(|texts| texts.as_string::<i32>());
    let rows = reasons.into_iter().flat_map(|reasons| {
        (0..reasons.len()).filter(|row| reasons.is_valid(*row)).collect::<Vec<_>>()
    });
    let decided = lawbook.decide(&without_unread(facts)?, rows).map_err(wrong_column)?;
    let column = |name: &str| {
        decided.column_by_name(name).cloned().ok_or_else(|| {
            DataFusionError::Internal(format!("a decision without the column `{name}`"))
        })
    };
    let mut arrays = vec![column("weir_classification")?];
    for name in DECISION_COLUMNS {
        arrays.push(column(&format!("weir_{}_{name}", reading.word()))?);
    }
    let error = column("weir_error")?;
    arrays.push(match reasons {
        Some(reasons) => zip(&is_not_null(reasons)?, reasons, &error)?,
        None => error,
    });
    let field =
        |(name, array): (&&str, &ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Fields = DECISION_FIELDS.iter().zip(&arrays).map(field).collect();
    Ok(Arc::new(StructArray::try_new(fields, arrays, None)?))
}

/// The facts alone.
fn without_unread(facts: &RecordBatch) -> Result<RecordBatch> {
    let fields = facts.schema();
    let is_fact = |at: &usize| fields.field(*at).name() != UNREAD;
    let columns: Vec<usize> = (0..facts.num_columns()).filter(is_fact).collect();
    Ok(facts.project(&columns)?)
}

fn classify(lawbook: &Lawbook, facts: &RecordBatch) -> Result<ArrayRef> {
    let decided = lawbook.decide(&without_unread(facts)?, []).map_err(wrong_column)?;
    let column = decided.column_by_name("weir_classification").cloned();
    Ok(column.unwrap_or_else(|| new_null_array(&DataType::Utf8, facts.num_rows())))
}

fn tpp(lawbook: &Lawbook, facts: &RecordBatch) -> Result<ArrayRef> {
    // All else would only make more rows distinct.
    let of_item = |(at, field): (usize, &Arc<Field>)| {
        let is_needed = field.name().starts_with("item.") || field.name() == "date";
        is_needed.then_some(at)
    };
    let needed: Vec<usize> =
        facts.schema().fields().iter().enumerate().filter_map(of_item).collect();
    let facts = facts.project(&needed)?;
    let numbers = lawbook.numbers(&facts, "item.tpp").map_err(wrong_column)?;
    let numbers = numbers.into_iter().map(|number| number.and_then(scaled));
    let array = Decimal128Array::from_iter(numbers).with_precision_and_scale(38, TPP_DECIMALS)?;
    Ok(Arc::new(array))
}

/// An item is measured by the law of a day: where none is given, the last one for which the
/// packs were checked, as in `weir chips list`.
fn on_a_day(lawbook: &Lawbook, facts: RecordBatch) -> Result<RecordBatch> {
    if facts.schema().column_with_name("date").is_some() {
        return Ok(facts);
    }
    let rows = facts.num_rows();
    let day = days(lawbook.law().verified_through());
    let mut fields: Vec<Arc<Field>> = facts.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("date", DataType::Date32, false)));
    let mut columns = facts.columns().to_vec();
    columns.push(Arc::new(Date32Array::from_value(day, rows)));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// A day as Arrow counts it.
pub fn days(day: Date) -> i32 {
    let epoch = date(1970, 1, 1);
    epoch.until(day).map_or(0, |span| span.get_days())
}

/// A number in units of the last decimal of a performance; none of one that has more decimals.
pub fn scaled(number: Num) -> Option<i128> {
    let scale = Num::int(10i128.pow(TPP_DECIMALS.unsigned_abs().into()));
    number.checked_mul(scale).and_then(|number| number.reduced().to_int())
}

/// A struct as a batch of facts: what is missing as a whole is missing in each.
fn facts_of(facts: &StructArray) -> Result<RecordBatch> {
    // A column without a name adds nothing to the paths of what it holds.
    let whole = Field::new("", facts.data_type().clone(), true);
    let columns = vec![Arc::new(facts.clone()) as ArrayRef];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![whole])), columns)?;
    Ok(flattened_batch(&batch)?)
}

fn wrong_column(why: batch::ColumnError) -> DataFusionError {
    DataFusionError::Execution(why.to_string())
}

/// The reading that a call names.
fn reading(others: &[ColumnarValue]) -> Result<Reading> {
    let word = match others {
        [] => return Ok(Reading::Written),
        [ColumnarValue::Scalar(word)] => text_of(word),
        _ => None,
    };
    let found = |word: &str| Reading::BOTH.into_iter().find(|reading| reading.word() == word);
    match word.and_then(found) {
        Some(reading) => Ok(reading),
        None => exec_err!("{}", no_reading()),
    }
}

/// What is said of a reading that is none.
pub fn no_reading() -> String {
    format!("the reading of `{DECIDE}` is 'written' or 'enforced', after all facts")
}

/// A text that stands in the query.
pub fn text_of(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.as_deref()
        }
        _ => None,
    }
}
