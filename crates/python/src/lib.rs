//! `weir._weir`: what the Python package `weir` is made of.
//!
//! It takes tables through the Arrow C data interface and lines as JSON, and gives answers back in
//! the same way; what Python's own types mean is said in the package. It must not decide anything.

mod errors;
mod library;
mod stream;
mod tables;

use pyo3::prelude::*;

/// The compiled part of `weir`.
#[pymodule]
mod _weir {
    #[pymodule_export]
    use crate::errors::{ColumnError, LawError, RowError, WeirError};
    #[pymodule_export]
    use crate::library::Library;
    #[pymodule_export]
    use crate::tables::{Decider, Stream};

    use pyo3::prelude::*;

    /// Adds the version, and to exceptions what they may tell.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        for name in ["code", "column", "hint", "row"] {
            py.get_type::<RowError>().setattr(name, py.None())?;
        }
        py.get_type::<ColumnError>().setattr("column", py.None())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
