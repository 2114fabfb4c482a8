//! The exceptions of the package.

use std::fmt;

use arrow::error::ArrowError;
use batch::{ColumnError as BatchColumnError, arrow};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pyo3::create_exception!(weir, WeirError, PyValueError, "Something that weir cannot do.");
pyo3::create_exception!(weir, LawError, WeirError, "A law that cannot be read or used.");
pyo3::create_exception!(
    weir,
    ColumnError,
    WeirError,
    "A column that cannot be read; `column` names it."
);
pyo3::create_exception!(
    weir,
    RowError,
    WeirError,
    "A row that cannot be decided: `row` (from 1), `code`, `column`, `hint` where they are known."
);

/// Why a table cannot be decided.
#[derive(Debug)]
pub enum Failure {
    /// A column.
    Column(BatchColumnError),
    /// A row, from 1, with a stable word for what is wrong, and the same in words.
    Row(u64, &'static str, String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Column(error) if error.column.is_empty() => f.write_str(&error.why),
            Failure::Column(error) => error.fmt(f),
            Failure::Row(row, code, message) => write!(f, "row {row}: {code}: {message}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ArrowError {
    fn from(failure: Failure) -> ArrowError {
        ArrowError::ExternalError(Box::new(failure))
    }
}

/// The exception of a failure.
pub fn raised(py: Python<'_>, failure: &Failure) -> PyErr {
    let message = failure.to_string();
    let (error, attributes) = match failure {
        Failure::Column(error) => {
            let column = error.column.as_str().into_pyobject(py).map(|it| it.into_any().unbind());
            (ColumnError::new_err(message), vec![("column", column.ok())])
        }
        Failure::Row(row, code, _) => {
            let row = row.into_pyobject(py).map(|it| it.into_any().unbind());
            let code = code.into_pyobject(py).map(|it| it.into_any().unbind());
            (RowError::new_err(message), vec![("row", row.ok()), ("code", code.ok())])
        }
    };
    for (name, value) in attributes {
        if let Err(error) = error.value(py).setattr(name, value) {
            return error;
        }
    }
    error
}

/// The exception of an error of a stream: a failure of ours as what it is.
pub fn of_stream(py: Python<'_>, error: ArrowError) -> PyErr {
    match error {
        ArrowError::ExternalError(inner) => match inner.downcast::<Failure>() {
            Ok(failure) => raised(py, &failure),
            Err(inner) => match inner.downcast::<PyErr>() {
                Ok(error) => *error,
                Err(inner) => WeirError::new_err(inner.to_string()),
            },
        },
        other => WeirError::new_err(format!("the table cannot be read: {other}")),
    }
}

/// A law that cannot be used.
pub fn of_law(error: &weir_cli::library::Error) -> PyErr {
    LawError::new_err(without_options(&format!("{error:#}")))
}

/// What the program says of its options, said of arguments.
pub fn without_options(message: &str) -> String {
    message.replace("`--assume ", "`assume ").replace("`--map ", "`map ")
}
