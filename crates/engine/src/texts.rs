//! Texts as tables: CSV and JSON Lines, read as `weir batch` reads them.
//!
//! What a column is follows from all of its values ([`typing`]), so that texts are read once before
//! a question and once for it. A row that cannot be read is there without values, and says why.

mod typing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use batch::files::{FileError, Format};
use batch::reading::{Read, Reads, read_whole};
use batch::{RowError, partitioned, partitions};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray,
    new_null_array,
};
use datafusion::arrow::compute::nullif;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{exec_datafusion_err, internal_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties,
};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Sender;

use self::typing::{Seen, converted};
use crate::functions::UNREAD;

/// One file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    path: PathBuf,
    /// Columns from the names of its folders, `month=2025-06`.
    partitions: Vec<(String, String)>,
}

impl TextFile {
    /// A file, with columns of its folders below the one that is named.
    pub fn new(path: &Path, folder: Option<&Path>) -> std::io::Result<TextFile> {
        let name = folder.and_then(|folder| path.strip_prefix(folder).ok());
        let partitions = name.map(partitions).unwrap_or_default();
        Ok(TextFile { path: std::path::absolute(path)?, partitions })
    }

    /// Opens it: its columns, and its rows with those of its folders.
    fn open(&self) -> std::result::Result<(SchemaRef, Reads), FileError> {
        let format = Format::of_input(&self.path).unwrap_or(Format::Csv);
        read_whole(&self.path, format)
    }

    fn said(&self, why: &dyn std::fmt::Display) -> String {
        format!("cannot read `{}`: {why}", self.path.display())
    }
}

/// Files as one table.
#[derive(Debug)]
pub struct Texts {
    /// The files.
    pub files: Arc<[TextFile]>,
    /// The columns of the table.
    pub schema: SchemaRef,
    /// How many rows cannot be read.
    pub unread: u64,
}

/// What is known of a file.
struct Looked {
    /// Its columns, in order.
    columns: Vec<(String, Seen)>,
    unread: u64,
}

impl Texts {
    /// Looks at all values of files, several files at once.
    ///
    /// # Errors
    /// A file that cannot be read, or columns that do not fit together, in words.
    pub fn look(files: Vec<TextFile>, threads: usize) -> std::result::Result<Texts, String> {
        let next = AtomicUsize::new(0);
        let looked = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, files.len().max(1)) {
                scope.spawn(|| {
                    let take = || {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        files.get(at).map(|file| (at, file))
                    };
                    while let Some((at, file)) = take() {
                        let found = look(file).map_err(|why| file.said(&why));
                        looked.lock().unwrap_or_else(PoisonError::into_inner).insert(at, found);
                    }
                });
            }
        });
        let (mut columns, mut unread): (Vec<(String, Seen)>, u64) = (Vec::new(), 0);
        for (_, looked) in looked.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let looked = looked?;
            unread += looked.unread;
            for (name, seen) in looked.columns {
                match columns.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => {
                        known.join(&seen).map_err(|why| format!("the column `{name}` {why}"))?;
                    }
                    None => columns.push((name, seen)),
                }
            }
        }
        let field = |(name, seen): (String, Seen)| Field::new(name, seen.data_type(), true);
        let mut fields: Vec<Field> = columns.into_iter().map(field).collect();
        if unread > 0 {
            fields.retain(|field| field.name() != UNREAD);
            fields.push(Field::new(UNREAD, DataType::Utf8, true));
        }
        Ok(Texts { files: files.into(), schema: Arc::new(Schema::new(fields)), unread })
    }
}

/// Looks at all values of a file.
fn look(file: &TextFile) -> std::result::Result<Looked, FileError> {
    let (schema, reads) = file.open()?;
    // Numbers and truths of JSON are such already.
    let is_untyped = Format::of_input(&file.path) == Some(Format::Csv);
    let mut columns: Vec<(String, Seen)> = Vec::new();
    for field in schema.fields() {
        if columns.iter().any(|(name, _)| name == field.name()) {
            let name = field.name();
            return Err(FileError::Content(format!("two of its columns are called `{name}`")));
        }
        columns.push((field.name().clone(), Seen::new(field.data_type(), is_untyped)));
    }
    let mut unread = 0;
    for read in reads {
        let read = sound(read?)?;
        unread += read.errors.len() as u64;
        for ((_, seen), array) in columns.iter_mut().zip(read.batch.columns()) {
            seen.add(array);
        }
    }
    for (name, _) in &file.partitions {
        if !columns.iter().any(|(known, _)| known == name) {
            columns.push((name.clone(), Seen::new(&DataType::Utf8, false)));
        }
    }
    Ok(Looked { columns, unread })
}

/// A row that cannot be read has no values: what of it was made out may stand in wrong columns.
fn sound(read: Read) -> std::result::Result<Read, ArrowError> {
    let Read { batch, errors, bytes } = read;
    if errors.is_empty() {
        return Ok(Read { batch, errors, bytes });
    }
    let is_wrong: BooleanArray =
        (0..batch.num_rows()).map(|row| Some(errors.contains_key(&row))).collect();
    let without = |array: &ArrayRef| match array.data_type() {
        DataType::Null => Ok(Arc::clone(array)),
        _ => nullif(array, &is_wrong),
    };
    let columns = batch.columns().iter().map(without).collect::<std::result::Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let batch = RecordBatch::try_new_with_options(batch.schema(), columns, &options)?;
    Ok(Read { batch, errors, bytes })
}

#[async_trait]
impl TableProvider for Texts {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let threads = state.config().target_partitions().max(1);
        let mut groups: Vec<Vec<&TextFile>> = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            match groups.get_mut(at % threads) {
                Some(group) => group.push(file),
                None => groups.push(vec![file]),
            }
        }
        let groups: Vec<Vec<RecordBatch>> =
            groups.iter().map(|files| Ok(vec![named(files)?])).collect::<Result<_>>()?;
        let names = MemorySourceConfig::try_new_exec(&groups, names_schema(), None)?;
        Ok(Arc::new(ReadTexts::new(names, schema)))
    }
}

/// The one column of a table of files.
fn names_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("file", DataType::Utf8, false)]))
}

/// Files as rows.
fn named(files: &[&TextFile]) -> Result<RecordBatch> {
    let texts = files.iter().map(serde_json::to_string).collect::<std::result::Result<Vec<_>, _>>();
    let texts = texts.map_err(|why| exec_datafusion_err!("files cannot be named: {why}"))?;
    Ok(RecordBatch::try_new(names_schema(), vec![Arc::new(StringArray::from(texts))])?)
}

/// Files of rows.
fn files_of(batches: &[RecordBatch]) -> Result<Vec<TextFile>> {
    let texts =
        batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten());
    let file = |text| {
        serde_json::from_str(text)
            .map_err(|why| exec_datafusion_err!("files cannot be named: {why}"))
    };
    texts.map(file).collect()
}

/// Reads the files that its input names. A cluster gives each of its tasks some partitions of an
/// input that it knows, so that each task has its own files.
#[derive(Debug)]
pub struct ReadTexts {
    names: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl ReadTexts {
    /// Reads columns of files.
    pub fn new(names: Arc<dyn ExecutionPlan>, schema: SchemaRef) -> ReadTexts {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(names.output_partitioning().partition_count()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        ReadTexts { names, properties: Arc::new(properties) }
    }
}

impl DisplayAs for ReadTexts {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadTexts")
    }
}

impl ExecutionPlan for ReadTexts {
    fn name(&self) -> &'static str {
        "ReadTexts"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.names]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [names] = children.as_slice() else {
            return internal_err!("files come from one input");
        };
        Ok(Arc::new(ReadTexts::new(Arc::clone(names), self.schema())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let names = self.names.execute(partition, context)?;
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&schema), 2);
        let rows = builder.tx();
        builder.spawn(async move {
            let files = files_of(&names.try_collect::<Vec<_>>().await?)?;
            // On a thread that may take its time.
            let work = move || files.iter().try_for_each(|file| read_all(file, &schema, &rows));
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|why| exec_datafusion_err!("a file could not be read: {why}"))?
        });
        Ok(builder.build())
    }
}

/// Reads a file to its end, or until nobody wants more.
fn read_all(file: &TextFile, schema: &SchemaRef, rows: &Sender<Result<RecordBatch>>) -> Result<()> {
    let failed = |why: FileError| exec_datafusion_err!("{}", file.said(&why));
    let (_, reads) = file.open().map_err(failed)?;
    let mut row = 0;
    for read in reads {
        let read = read.and_then(|read| Ok(sound(read)?)).map_err(failed)?;
        let count = read.batch.num_rows() as u64;
        let batch = fitted(file, read, row, schema).map_err(failed)?;
        row += count;
        if rows.blocking_send(Ok(batch)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Rows of a file, from one on, as rows of the table.
fn fitted(
    file: &TextFile,
    read: Read,
    from: u64,
    schema: &SchemaRef,
) -> std::result::Result<RecordBatch, FileError> {
    let rows = read.batch.num_rows();
    let own = partitioned(read.batch, &file.partitions)?;
    let column = |field: &Arc<Field>| match own.column_by_name(field.name()) {
        _ if field.name() == UNREAD && !read.errors.is_empty() => {
            Ok(reasons(file, &read.errors, from, rows))
        }
        Some(array) => converted(array, field.data_type()),
        None => Ok(new_null_array(field.data_type(), rows)),
    };
    let columns = schema.fields().iter().map(column).collect::<std::result::Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Why rows cannot be read, and where they are.
fn reasons(
    file: &TextFile,
    errors: &BTreeMap<usize, Vec<RowError>>,
    from: u64,
    rows: usize,
) -> ArrayRef {
    let said = |(row, errors): (usize, &Vec<RowError>)| {
        let errors = errors.iter().map(|error| format!("{}: {}", error.code, error.message));
        let (row, name) = (from + row as u64 + 1, file.path.display());
        format!("{} (row {row} of {name})", errors.collect::<Vec<_>>().join("; "))
    };
    let reason = |row| errors.get(&row).map(|errors| said((row, errors)));
    Arc::new((0..rows).map(reason).collect::<StringArray>())
}
