//! A file of which most is copied: row group by row group, in order.

use parquet::errors::ParquetError;

use super::file::{Failure, Listed, Written, finished};
use super::pool::Opened;
use super::{Finished, Job, Reading, Task, part};
use crate::answers::Worker;
use crate::columnar::{CopyError, CopyWriter};
use crate::copying::Group;
use crate::outputs::{Failed, Whole};
use crate::places::{Place, is_stored};
use crate::summary::Summary;

/// Decides a table into another.
pub(super) fn written(
    job: &Job,
    place: &Place,
    task: &Task,
    opened: &Opened<'_, '_>,
    worker: &mut Worker,
    reading: &mut Reading<'_>,
) -> Result<Written, Failure> {
    let original = opened.original();
    let path = job.output.join(&task.name);
    let part = part(job, task, "0.part");
    let stands = if is_stored(&path) { path.clone() } else { part.clone() };
    let io = |why: std::io::Error| Failure::Output(Failed { path: path.clone(), why: why.into() });
    let unwritten =
        |why: ParquetError| Failure::Output(Failed { path: stands.clone(), why: why.into() });
    let file = place.create(&part, &path).map_err(io)?;
    let has_pages = original.has_pages();
    let writer = CopyWriter::new(file, original.schema(), original.root(), has_pages);
    let mut writer = writer.map_err(unwritten)?;
    let mut listed = Listed::new(job, task)?;
    let (mut summary, mut rows) = (Summary::default(), 0);
    for at in 0..original.groups() {
        let Group { rows: more, chunks, wrong, summary: own } =
            opened.next(worker).map_err(|why| Failure::input(&why))?;
        for (row, error) in wrong.iter() {
            listed.add(rows + u64::from(row) + 1, error)?;
        }
        let mut group = writer.group().map_err(unwritten)?;
        for copy in original.copies(at) {
            if reading.is_stopped() {
                return Err(Failure::Stopped);
            }
            let name = copy.column.column_path().string();
            let unread = |why: ParquetError| {
                Failure::input(&format!("after row {rows}: column `{name}`: {why}"))
            };
            group.copy(copy.read().map_err(unread)?).map_err(|why| match why {
                CopyError::Unread(why) => unread(why),
                CopyError::Unwritten(why) => unwritten(why),
            })?;
        }
        for chunk in chunks {
            group.add(chunk).map_err(unwritten)?;
        }
        group.finish().map_err(unwritten)?;
        summary.join(own);
        rows += more;
        let share = u128::from(task.bytes()) * (at as u128 + 1) / original.groups() as u128;
        // Of its rows was told when they were decided.
        reading.reached(share as u64, 0);
    }
    if let Some(about) = &task.about {
        original.unchanged(about).map_err(|why| Failure::input(&why))?;
    }
    let file = writer.finish().map_err(unwritten)?;
    let whole = Whole::of(file, task.name.clone()).map_err(io)?;
    let rejects = listed.finish()?;
    let (alike, is_unplaced) = (original.alike().clone(), original.is_unplaced());
    let finished = Finished { alike, is_unplaced, ..finished(task, rows, summary) };
    Ok(Written { finished, whole: vec![whole], rejects })
}
