//! Tables that are decided as they pass by, by several threads, in their order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::thread;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use batch::files::{ROWS, flattened_batch};
use batch::{Decider, Worker, arrow};
use law::Reading;

use crate::errors::Failure;

/// How a table is decided.
pub struct Manner {
    decider: Decider,
    /// The columns that are answered, by their place among all of a decision.
    columns: Vec<usize>,
    /// All columns of a decision.
    all: SchemaRef,
    /// Whether answers are dictionaries of texts, and not plain texts.
    dictionaries: bool,
    /// Whether the first row that cannot be decided ends it.
    strict: bool,
}

impl Manner {
    /// Decides by both readings or by one.
    pub fn new(decider: Decider, readings: &[Reading], dictionaries: bool, strict: bool) -> Manner {
        let all = decider.schema(&Schema::empty());
        let is_wanted = |name: &str| {
            let mut left_out = Reading::BOTH.iter().filter(|reading| !readings.contains(reading));
            !left_out.any(|reading| name.starts_with(&format!("weir_{}_", reading.word())))
        };
        let fields = all.fields().iter().enumerate();
        let columns =
            fields.filter(|(_, field)| is_wanted(field.name())).map(|(at, _)| at).collect();
        Manner { decider, columns, all, dictionaries, strict }
    }

    /// The columns that it adds.
    pub fn added(&self) -> Vec<Arc<Field>> {
        let plain = |field: &Arc<Field>| match field.data_type() {
            DataType::Dictionary(_, of) if !self.dictionaries => {
                Arc::new(field.as_ref().clone().with_data_type(of.as_ref().clone()))
            }
            _ => Arc::clone(field),
        };
        self.columns.iter().map(|at| plain(&self.all.fields()[*at])).collect()
    }

    /// The columns that stay: all but those that a decision of before left.
    fn kept(&self, schema: &Schema) -> Vec<usize> {
        let is_own = |field: &Arc<Field>| self.all.field_with_name(field.name()).is_ok();
        let fields = schema.fields().iter().enumerate();
        fields.filter(|(_, field)| !is_own(field)).map(|(at, _)| at).collect()
    }

    /// The schema of decided batches.
    pub fn schema(&self, input: &Schema) -> SchemaRef {
        let kept = self.kept(input).into_iter().map(|at| Arc::clone(&input.fields()[at]));
        let fields: Vec<Arc<Field>> = kept.chain(self.added()).collect();
        Arc::new(Schema::new_with_metadata(fields, input.metadata().clone()))
    }

    /// Whether a table of that schema can be decided: every column that is asked for is there, and
    /// of a type that its fact can have.
    pub fn try_schema(&self, schema: &SchemaRef) -> Result<(), ArrowError> {
        let nothing = RecordBatch::new_empty(Arc::clone(schema));
        self.decide(&nothing, 0, &mut Worker::default()).map(drop)
    }

    /// The columns of a table that are no facts and are called like one, each with its name.
    ///
    /// # Errors
    /// A table whose structs hold a column twice.
    pub fn alike(&self, schema: &SchemaRef) -> Result<BTreeMap<String, String>, ArrowError> {
        let nothing = flattened_batch(&RecordBatch::new_empty(Arc::clone(schema)))?;
        Ok(self.decider.alike(&nothing.schema()))
    }

    /// Decides a batch, before which there were so many rows.
    pub fn decide(
        &self,
        batch: &RecordBatch,
        before: u64,
        worker: &mut Worker,
    ) -> Result<RecordBatch, ArrowError> {
        let flat = flattened_batch(batch)?;
        let decided = self.decider.decide(&flat, worker).map_err(Failure::Column)?;
        if self.strict
            && let Some((row, errors)) = decided.errors.first_key_value()
            && let Some(error) = errors.first()
        {
            let row = before + *row as u64 + 1;
            return Err(Failure::Row(row, error.code, error.message.clone()).into());
        }
        let schema = self.schema(&batch.schema());
        let first = decided.batch.num_columns() - self.all.fields().len();
        let mut arrays: Vec<ArrayRef> =
            self.kept(&batch.schema()).into_iter().map(|at| Arc::clone(batch.column(at))).collect();
        for at in &self.columns {
            let of = schema.field(arrays.len()).data_type();
            arrays.push(cast(decided.batch.column(first + at), of)?);
        }
        RecordBatch::try_new(schema, arrays)
    }
}

/// A reader of decided batches over a reader of batches. It holds as many slices as threads.
pub struct Deciding {
    manner: Arc<Manner>,
    input: Box<dyn RecordBatchReader + Send>,
    schema: SchemaRef,
    workers: Vec<Worker>,
    /// What is left of the batch that came in last.
    rest: Option<RecordBatch>,
    before: u64,
    ready: VecDeque<Result<RecordBatch, ArrowError>>,
    is_over: bool,
}

impl Deciding {
    /// Begins.
    ///
    /// # Errors
    /// A table that cannot be decided.
    pub fn new(
        manner: Arc<Manner>,
        input: Box<dyn RecordBatchReader + Send>,
        threads: usize,
    ) -> Result<Deciding, ArrowError> {
        manner.try_schema(&input.schema())?;
        let schema = manner.schema(&input.schema());
        let workers = (0..threads.max(1)).map(|_| Worker::default()).collect();
        let (rest, ready) = (None, VecDeque::new());
        Ok(Deciding { manner, input, schema, workers, rest, before: 0, ready, is_over: false })
    }

    /// The next slice of rows and how many there were before it; `None` at the end.
    fn slice(&mut self) -> Option<Result<(RecordBatch, u64), ArrowError>> {
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match self.input.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            },
        };
        let rows = batch.num_rows().min(ROWS);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        let before = self.before;
        self.before += rows as u64;
        Some(Ok((batch.slice(0, rows), before)))
    }

    /// Decides the next slices, one a thread.
    fn fill(&mut self) {
        let mut slices = Vec::new();
        let mut error = None;
        while slices.len() < self.workers.len() && !self.is_over {
            match self.slice() {
                Some(Ok(slice)) => slices.push(slice),
                Some(Err(found)) => (error, self.is_over) = (Some(found), true),
                None => self.is_over = true,
            }
        }
        // Threads live as long as the slices: a process that is forked has none to miss.
        let manner = &self.manner;
        let decided = thread::scope(|scope| {
            let jobs: Vec<_> = slices
                .iter()
                .zip(&mut self.workers)
                .map(|((slice, before), worker)| {
                    scope.spawn(move || manner.decide(slice, *before, worker))
                })
                .collect();
            let broken =
                |_| Err(ArrowError::ComputeError("a thread that decides broke off".to_owned()));
            jobs.into_iter().map(|job| job.join().unwrap_or_else(broken)).collect::<Vec<_>>()
        });
        self.ready.extend(decided);
        self.ready.extend(error.map(Err));
    }
}

impl Iterator for Deciding {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && !self.is_over {
            self.fill();
        }
        let next = self.ready.pop_front();
        if let Some(Err(_)) = next {
            self.ready.clear();
            self.is_over = true;
        }
        next
    }
}

impl RecordBatchReader for Deciding {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
