//! One file of a job: read, decided, written, and kept when it is whole.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, mpsc};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{Bad, Finished, Job, Progress, Reading, Stop, Task, Went, own, part};
use crate::answers::{Decided, Decider, Worker};
use crate::files::{FileError, Format, unwritable};
use crate::inputs::{partitioned, with_partitions};
use crate::outputs::{Failed, Outputs, Plan, Whole};
use crate::reading::{Read, Reads, read};
use crate::rejects::{Reject, Rejects};
use crate::summary::Summary;

/// Why a file does not become another.
enum Failure {
    Input(Bad),
    Output(Failed),
    Row(u64, String),
}

impl Failure {
    fn input(why: &dyn std::fmt::Display) -> Failure {
        Failure::Input(Bad { why: why.to_string(), column: None })
    }
}

/// What came of a file that was decided to its end.
struct Written {
    finished: Finished,
    whole: Vec<Whole>,
    has_rejects: bool,
}

/// Does one file.
pub(super) fn work(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    progress: &dyn Progress,
) -> Result<Went, Stop> {
    let mut reading = Reading::new(progress, task.bytes);
    if let Some(finished) = finished(job, task) {
        return Ok(Went::Kept(finished));
    }
    // What a run that was killed left half written.
    let mut left = (0..).map(|number: usize| part(job, task, &format!("{number}.part")));
    while left.next().is_some_and(|left| fs::remove_file(left).is_ok()) {}
    match written(job, decider, task, worker, &mut reading) {
        Ok(written) => {
            let output = job.output.join(&task.name);
            let kept = keep(job, task, written);
            kept.map(Went::Decided).map_err(|why| Stop::Output(output, why.to_string()))
        }
        Err(failure) => {
            _ = fs::remove_file(part(job, task, "rejects.part"));
            match failure {
                Failure::Input(bad) => left_out(job, task, bad),
                Failure::Output(Failed { path, why }) => Err(Stop::Output(path, why.to_string())),
                Failure::Row(row, why) => Err(Stop::Strict(task.input.clone(), Some(row), why)),
            }
        }
    }
}

/// Leaves a file out, with what an earlier run made of it: that is no longer what the input says.
fn left_out(job: &Job, task: &Task, bad: Bad) -> Result<Went, Stop> {
    if job.strict {
        return Err(Stop::Strict(task.input.clone(), None, bad.why));
    }
    let record = own(job, task, "json");
    if let Some(finished) = self::record(&record) {
        for (output, _) in finished.outputs {
            _ = fs::remove_file(job.output.join(output));
        }
        _ = fs::remove_file(record);
        _ = fs::remove_file(own(job, task, "rejects.jsonl"));
    }
    Ok(Went::Rejected(bad))
}

/// Gives files that are whole their names, and keeps what there is to know of them.
fn keep(job: &Job, task: &Task, written: Written) -> std::io::Result<Finished> {
    let Written { mut finished, whole, has_rejects } = written;
    if has_rejects {
        fs::rename(part(job, task, "rejects.part"), own(job, task, "rejects.jsonl"))?;
    } else {
        _ = fs::remove_file(own(job, task, "rejects.jsonl"));
    }
    finished.outputs = whole.iter().map(Whole::record).collect();
    let path = own(job, task, "json");
    if let Some(before) = record(&path) {
        let is_now = |output: &Path| finished.outputs.iter().any(|(now, _)| now == output);
        for (output, _) in before.outputs.iter().filter(|(output, _)| !is_now(output)) {
            _ = fs::remove_file(job.output.join(output));
        }
        // What is known of the file before is no longer so.
        fs::remove_file(&path)?;
    }
    whole.into_iter().try_for_each(|whole| whole.name(&job.output))?;
    let mut record = fs::File::create(path)?;
    serde_json::to_writer(&mut record, &finished)?;
    record.flush()?;
    record.sync_all()?;
    Ok(finished)
}

/// What an earlier run kept.
pub(super) fn record(path: &Path) -> Option<Finished> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// What an earlier run finished of a file, from the same input and by the same law.
pub(super) fn finished(job: &Job, task: &Task) -> Option<Finished> {
    let finished = record(&own(job, task, "json"))?;
    let is_whole = finished.outputs.iter().all(|(output, bytes)| {
        fs::metadata(job.output.join(output)).is_ok_and(|found| found.len() == *bytes)
    });
    (is_whole && finished.fingerprint == task.fingerprint).then_some(finished)
}

/// Decides a file into another, or into several. While a batch is decided, the one before it is
/// written.
fn written(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    reading: &mut Reading<'_>,
) -> Result<Written, Failure> {
    let (schema, reads) = read(&task.input, task.format).map_err(|why| Failure::input(&why))?;
    let schema = with_partitions(&schema, &task.partitions);
    decider.facts(&schema).map_err(|why| {
        Failure::Input(Bad { why: why.to_string(), column: why.is_missing().then_some(why.column) })
    })?;
    let format = Format::of(&task.name).unwrap_or(task.format);
    if let Some(why) = unwritable(&schema, format) {
        return Err(Failure::input(&why));
    }
    let part_of = |number: usize| part(job, task, &format!("{number}.part"));
    let plan = Plan {
        folder: &job.output,
        name: &task.name,
        format,
        schema: decider.schema(&schema),
        partition_by: &job.partition_by,
        threads: job.threads,
        part: &part_of,
    };
    let mut outputs = Outputs::new(plan).map_err(|why| {
        Failure::Input(Bad { why: why.to_string(), column: why.is_missing().then_some(why.column) })
    })?;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<RecordBatch>(2);
        let writing = scope.spawn(move || -> Result<Vec<Whole>, Failed> {
            outputs.begin()?;
            for batch in receive {
                outputs.write(&batch)?;
            }
            outputs.finish()
        });
        let decided = decided(job, decider, task, worker, reading, (&schema, reads), &send);
        drop(send);
        let written = writing.join().unwrap_or_else(|_| {
            let why = FileError::Io(std::io::Error::other("the writer failed"));
            Err(Failed { path: job.output.join(&task.name), why })
        });
        // A writer that failed is why nothing more was taken.
        match (decided, written) {
            (_, Err(why)) => Err(Failure::Output(why)),
            (Err(why), Ok(_)) => Err(why),
            (Ok((finished, has_rejects)), Ok(whole)) => {
                Ok(Written { finished, whole, has_rejects })
            }
        }
    })
}

/// Decides a file, batch by batch; answers what came of it and whether rows were rejected.
fn decided(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    reading: &mut Reading<'_>,
    (schema, reads): (&SchemaRef, Reads),
    send: &mpsc::SyncSender<RecordBatch>,
) -> Result<(Finished, bool), Failure> {
    let mut summary = Summary::default();
    let mut rejects = Rejects::new(part(job, task, "rejects.part"));
    let unlisted = |why: std::io::Error| {
        Failure::Output(Failed { path: part(job, task, "rejects.part"), why: FileError::Io(why) })
    };
    let file = task.input.display().to_string();
    let mut rows = 0;
    for read in reads {
        let Read { batch, errors, bytes } =
            read.map_err(|why| Failure::input(&format!("after row {rows}: {why}")))?;
        let batch = partitioned(batch, &task.partitions).map_err(|why| Failure::input(&why))?;
        let decided = decider.decide_read(&batch, errors, worker);
        let Decided { batch, errors, counts, missing } =
            decided.map_err(|why| Failure::input(&why))?;
        for (row, errors) in &errors {
            let row = rows + *row as u64 + 1;
            for error in errors {
                if job.strict {
                    return Err(Failure::Row(row, error.message.clone()));
                }
                let (code, message) = (error.code, error.message.as_str());
                let reject = Reject { file: &file, row: Some(row), code, message };
                rejects.add(&reject).map_err(unlisted)?;
            }
        }
        summary.add(counts, errors.len() as u64);
        summary.add_missing(missing);
        rows += batch.num_rows() as u64;
        reading.reached(bytes, batch.num_rows());
        if send.send(batch).is_err() {
            // The writer says why.
            break;
        }
    }
    if rows == 0 {
        // A file without rows has its columns.
        let empty = decider.decide(&RecordBatch::new_empty(Arc::clone(schema)), worker);
        let empty = empty.map_err(|why| Failure::input(&why))?;
        _ = send.send(empty.batch);
    }
    let finished = Finished {
        fingerprint: task.fingerprint.clone(),
        outputs: Vec::new(),
        rows,
        errors: summary.errors,
        groups: summary.groups.into_iter().collect(),
        missing: summary.missing,
    };
    Ok((finished, rejects.finish().map_err(unlisted)?))
}
