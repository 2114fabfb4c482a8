//! The one operator of a job: it is given the names of files, and decides them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::job::{File, JobError, run_one};
use batch::{Decider, Worker};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{exec_datafusion_err, exec_err, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::TryStreamExt;

use super::Order;
use super::client::ClusterError;
use super::shelf::{Shelf, mapping};

/// Decides the files that its input names.
#[derive(Debug)]
pub struct DecideFiles {
    /// The order, as it travels.
    pub order: Arc<str>,
    input: Arc<dyn ExecutionPlan>,
    shelf: Option<Arc<Shelf>>,
    properties: Arc<PlanProperties>,
}

/// The columns of files: where they are, what they become, what their folders stand for, how long
/// they are.
pub fn files_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("input", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new("partitions", DataType::Utf8, false),
        Field::new("bytes", DataType::UInt64, false),
    ]))
}

/// A file as a row. Only names that are Unicode can travel.
pub fn row_of(file: &File) -> Result<RecordBatch> {
    let text = |path: &PathBuf| match path.to_str() {
        Some(text) => Ok(StringArray::from(vec![text.to_owned()])),
        None => exec_err!("the name of `{}` is not Unicode", path.display()),
    };
    let partitions = serde_json::to_string(&file.partitions)
        .map_err(|why| exec_datafusion_err!("columns of folders that cannot be sent: {why}"))?;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(text(&file.input)?),
        Arc::new(text(&file.name)?),
        Arc::new(StringArray::from(vec![partitions])),
        Arc::new(UInt64Array::from(vec![file.bytes])),
    ];
    Ok(RecordBatch::try_new(files_schema(), columns)?)
}

fn files_of(batch: &RecordBatch) -> Result<Vec<File>> {
    let [inputs, names, partitions, bytes] = batch.columns() else {
        return internal_err!("files have four columns");
    };
    let text = |array: &ArrayRef, row| array.as_string::<i32>().value(row).to_owned();
    let file = |row| {
        let partitions = serde_json::from_str(&text(partitions, row))
            .map_err(|why| exec_datafusion_err!("columns of folders that cannot be read: {why}"))?;
        Ok(File {
            input: PathBuf::from(text(inputs, row)),
            name: PathBuf::from(text(names, row)),
            partitions,
            bytes: bytes.as_primitive::<UInt64Type>().value(row),
            is_finished: false,
        })
    };
    (0..batch.num_rows()).map(file).collect()
}

/// What comes of files: what they are called, and how many rows were decided; none where a file
/// cannot be read.
fn done_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("rows", DataType::UInt64, true),
    ]))
}

impl DecideFiles {
    /// Decides the files of an input; on a shelf are the laws, where this is an executor.
    pub fn new(
        order: Arc<str>,
        input: Arc<dyn ExecutionPlan>,
        shelf: Option<Arc<Shelf>>,
    ) -> DecideFiles {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(done_schema()),
            datafusion::physical_plan::Partitioning::UnknownPartitioning(
                input.output_partitioning().partition_count(),
            ),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        DecideFiles { order, input, shelf, properties: Arc::new(properties) }
    }
}

impl DisplayAs for DecideFiles {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DecideFiles")
    }
}

impl ExecutionPlan for DecideFiles {
    fn name(&self) -> &'static str {
        "DecideFiles"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        let [input] = children.as_slice() else {
            return internal_err!("files come from one input");
        };
        let order = Arc::clone(&self.order);
        Ok(Arc::new(DecideFiles::new(order, Arc::clone(input), self.shelf.clone())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(shelf) = self.shelf.clone() else {
            return internal_err!("files are decided by executors alone");
        };
        let order = Arc::clone(&self.order);
        let named = self.input.execute(partition, context)?;
        let done = async move {
            let batches: Vec<RecordBatch> = named.try_collect().await?;
            let files: Vec<Vec<File>> = batches.iter().map(files_of).collect::<Result<_>>()?;
            let work = move || decide(&order, &shelf, &files.concat());
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|why| exec_datafusion_err!("a file could not be decided: {why}"))?
        };
        let stream = futures::stream::once(done);
        Ok(Box::pin(RecordBatchStreamAdapter::new(done_schema(), stream)))
    }
}

/// Does files one after another, on a thread that may take its time.
fn decide(order: &str, shelf: &Shelf, files: &[File]) -> Result<RecordBatch> {
    let order: Order = serde_json::from_str(order)
        .map_err(|why| exec_datafusion_err!("the order of a job cannot be read: {why}"))?;
    let refused = |why: String| DataFusionError::Execution(marked(&why));
    let opened = shelf.take(&order.law).map_err(refused)?;
    let mapping = mapping(&opened.law, &order.mapping).map_err(refused)?;
    let decider = Decider::new(opened.law, opened.catalogue, mapping);
    let attempt = attempt()?;
    let mut worker = Worker::default();
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    for file in files {
        let done = run_one(&order.job, &decider, file, &attempt, &mut worker);
        rows.push(done.map_err(|why| failed(why, &order.job.output))?);
        names.push(file.name.display().to_string());
        log::info!("{} is decided", file.input.display());
    }
    let columns: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from(names)), Arc::new(UInt64Array::from(rows))];
    Ok(RecordBatch::try_new(done_schema(), columns)?)
}

/// What cannot be written may be written by another executor, or later; what is wrong with an input
/// stays so. How many files are finished is the client's to count: here one is known.
fn failed(why: JobError, output: &Path) -> DataFusionError {
    match why {
        // The name of what was being written says nothing.
        JobError::Output { why, .. } => {
            let why = format!("cannot write to `{}`: {why}", output.display());
            DataFusionError::IoError(std::io::Error::other(marked(&begun(GOES_ON, &why))))
        }
        JobError::Lost { path, why, .. } => {
            let why = format!("cannot read `{}`: {why}", path.display());
            DataFusionError::IoError(std::io::Error::other(marked(&begun(GOES_ON, &why))))
        }
        JobError::Strict { path, row, why, .. } => {
            let row = row.map_or(String::new(), |row| format!(", row {row}"));
            let why = format!("`{}`{row}: {why}", path.display());
            DataFusionError::Execution(marked(&begun(STAYS, &why)))
        }
        other => DataFusionError::Execution(marked(&other.to_string())),
    }
}

/// Begins a reason that may pass: the job can go on.
const GOES_ON: char = '→';

/// Begins a reason that was met on the way and stays.
const STAYS: char = '■';

fn begun(sign: char, why: &str) -> String {
    let mut text = String::from(sign);
    text.push_str(why);
    text
}

/// What ended a job, as an executor said it; none where the engine itself did not get on.
pub fn ended(text: &str) -> Option<ClusterError> {
    let why = unmarked(text)?;
    let stopped = |why: &str, can_go_on| ClusterError::Stopped { why: why.to_owned(), can_go_on };
    Some(if let Some(why) = why.strip_prefix(GOES_ON) {
        stopped(why, true)
    } else if let Some(why) = why.strip_prefix(STAYS) {
        stopped(why, false)
    } else {
        ClusterError::Failed(why)
    })
}

/// What goes before and after a message on its way: the engine says it again in words of its own.
const MARKS: [char; 2] = ['⟪', '⟫'];

/// A message that is found again.
pub fn marked(why: &str) -> String {
    format!("{}{why}{}", MARKS[0], MARKS[1])
}

/// The message that was marked, as it was before the engine quoted it.
pub fn unmarked(text: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once(MARKS[0])?;
    let (own, _) = rest.split_once(MARKS[1])?;
    let mut out = String::new();
    let mut letters = own.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            letter => out.push(letter),
        }
    }
    Some(out)
}

/// A name for this attempt: an executor that was given up may still be writing the same file.
fn attempt() -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|why| exec_datafusion_err!("no random number: {why}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn said(why: JobError) -> (String, bool) {
        let text = failed(why, Path::new("/srv/out")).to_string();
        // The engine quotes what it was told.
        match ended(&format!("Job failed: {text:?}")) {
            Some(ClusterError::Stopped { why, can_go_on }) => (why, can_go_on),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_stops_a_job_is_said_without_counts_of_one_file() {
        let (finished, files) = (0, 1);
        let path = PathBuf::from("/srv/out/_weir/92c4e0.0.part");
        let why = "No space left on device (os error 28)".to_owned();
        let full = said(JobError::Output { path, why, finished, files });
        let expected = "cannot write to `/srv/out`: No space left on device (os error 28)";
        assert_eq!(full, (expected.to_owned(), true));
        let path = PathBuf::from("s3://in/a.parquet");
        let lost = said(JobError::Lost { path, why: "gone \"away\"".into(), finished, files });
        assert_eq!(lost, ("cannot read `s3://in/a.parquet`: gone \"away\"".to_owned(), true));
        let (path, row, why) = (PathBuf::from("a.csv"), Some(6), "no".to_owned());
        let strict = said(JobError::Strict { path, row, why, finished, files });
        assert_eq!(strict, ("`a.csv`, row 6: no".to_owned(), false));
    }
}
