//! Tables through the Arrow C data interface.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::error::ArrowError;
use batch::{Decider as BatchDecider, Mapping, Worker, arrow};
use law::Reading;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use pyo3_arrow::{PyRecordBatch, PyRecordBatchReader};

use crate::errors::{WeirError, of_stream, without_options};
use crate::library::Library;
use crate::stream::{Deciding, Manner};

/// What decides tables.
#[pyclass(frozen, module = "weir._weir")]
pub struct Decider {
    manner: Arc<Manner>,
    /// For batches that come one by one.
    worker: Mutex<Worker>,
}

#[pymethods]
impl Decider {
    /// `mapping` holds pairs `fact=column`, `readings` the words of readings.
    #[new]
    fn new(
        library: &Library,
        mapping: Vec<String>,
        readings: Vec<String>,
        dictionaries: bool,
        strict: bool,
    ) -> PyResult<Decider> {
        let law = library.0.law();
        let mapping = Mapping::read(mapping.iter().map(String::as_str), law.vocabulary());
        let mapping =
            mapping.map_err(|why| WeirError::new_err(without_options(&why.to_string())))?;
        let known = |word: &String| Reading::BOTH.into_iter().find(|it| it.word() == word);
        let readings: Vec<Reading> = readings.iter().filter_map(known).collect();
        let decider = BatchDecider::new(Arc::clone(law), Some(library.0.catalogue()), mapping);
        let manner = Arc::new(Manner::new(decider, &readings, dictionaries, strict));
        Ok(Decider { manner, worker: Mutex::default() })
    }

    /// The names of the columns that a decision adds.
    fn added(&self) -> Vec<String> {
        self.manner.added().iter().map(|field| field.name().clone()).collect()
    }

    /// A table that is decided as it is read, by so many threads.
    fn stream(&self, table: &Bound<'_, PyAny>, threads: usize) -> PyResult<Stream> {
        let py = table.py();
        let input = table.extract().and_then(AnyRecordBatch::into_reader);
        let input = input.map_err(|error| no_table(table, error))?;
        let alike = self.manner.alike(&input.schema()).map_err(|error| of_stream(py, error))?;
        let begun = py.detach(|| Deciding::new(Arc::clone(&self.manner), input, threads));
        let reader = begun.map_err(|error| of_stream(py, error))?;
        Ok(Stream { reader: Mutex::new(Some(Box::new(reader))), alike })
    }

    /// A batch, before which there were so many rows.
    fn batch(&self, py: Python<'_>, batch: PyRecordBatch, before: u64) -> PyResult<PyRecordBatch> {
        let batch = batch.into_inner();
        let decided = py.detach(|| {
            let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
            self.manner.decide(&batch, before, &mut worker)
        });
        decided.map(PyRecordBatch::new).map_err(|error| of_stream(py, error))
    }
}

/// What an object that holds no columns is told; what it raises itself stays.
fn no_table(table: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = table.py();
    if !error.is_instance_of::<PyValueError>(py) {
        return error;
    }
    let name = table.get_type().fully_qualified_name();
    let name = name.map_or_else(|_| "this".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{name} is no table of columns: {}", error.value(py)))
}

/// A table that is decided as it is read. It can be read once.
#[pyclass(frozen, module = "weir._weir")]
pub struct Stream {
    reader: Mutex<Reader>,
    /// The columns that are no facts and are called like one, with its name.
    #[pyo3(get)]
    alike: BTreeMap<String, String>,
}

type Reader = Option<Box<dyn RecordBatchReader + Send>>;

impl Stream {
    /// The reader, where no other thread reads from it: one that does may want what this one has.
    fn free(&self) -> PyResult<MutexGuard<'_, Reader>> {
        match self.reader.try_lock() {
            Ok(reader) => Ok(reader),
            Err(TryLockError::Poisoned(reader)) => Ok(reader.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(WeirError::new_err("this table is being read by another thread"))
            }
        }
    }

    fn take(&self) -> PyResult<Box<dyn RecordBatchReader + Send>> {
        self.free()?.take().ok_or_else(|| {
            WeirError::new_err(
                "this table has been read already\n\nhint: keep what `to_arrow`, `to_pandas` or \
                 `to_polars` gives, or decide the table again",
            )
        })
    }
}

#[pymethods]
impl Stream {
    /// The reader itself, for whoever reads it through the C interface.
    fn reader(&self) -> PyResult<PyRecordBatchReader> {
        self.take().map(PyRecordBatchReader::new)
    }

    /// All rows, decided while Python does other things.
    fn collect(&self, py: Python<'_>) -> PyResult<PyRecordBatchReader> {
        let reader = self.take()?;
        let schema = reader.schema();
        let batches: Result<Vec<RecordBatch>, ArrowError> = py.detach(|| reader.collect());
        let batches = batches.map_err(|error| of_stream(py, error))?;
        let ready = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
        Ok(PyRecordBatchReader::new(Box::new(ready)))
    }

    /// The next batch; `None` at the end.
    fn next(&self, py: Python<'_>) -> PyResult<Option<PyRecordBatch>> {
        let next = py.detach(|| {
            let mut reader = self.free()?;
            let next = reader.as_mut().and_then(Iterator::next);
            if next.is_none() {
                reader.take();
            }
            Ok::<_, PyErr>(next)
        })?;
        let next = next.transpose().map_err(|error| of_stream(py, error))?;
        Ok(next.map(PyRecordBatch::new))
    }
}
