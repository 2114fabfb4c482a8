//! How a job goes that others do: which files are finished tells it.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use batch::Decider;
use batch::job::{File, Job, files};
use indicatif::{BinaryBytes, FormattedDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use crate::Common;
use crate::language::Language;

/// How often is looked what is finished; where that takes long, less often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A look takes at most this part of the time.
const LOOK_SHARE: u32 = 20;

/// How often a line is written where there is no terminal.
const SAY_EVERY: Duration = Duration::from_secs(30);

/// What is finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Files that are finished, and all there are.
    pub files: [usize; 2],
    /// How long they are, in bytes of the input.
    bytes: [u64; 2],
}

impl Standing {
    /// Of the files of a job.
    pub fn of(files: &[File]) -> Standing {
        let finished = || files.iter().filter(|file| file.is_finished);
        Standing {
            files: [finished().count(), files.len()],
            bytes: [
                finished().map(|file| file.bytes).sum(),
                files.iter().map(|file| file.bytes).sum(),
            ],
        }
    }

    /// In words: since another standing, so long ago.
    fn said(&self, since: &Standing, ago: Duration, language: Language) -> String {
        let ([files, all_files], [bytes, all_bytes]) = (self.files, self.bytes);
        let per_second =
            u128::from(bytes.saturating_sub(since.bytes[0])) * 1000 / ago.as_millis().max(1);
        let per_second = u64::try_from(per_second).unwrap_or(u64::MAX);
        let left = (all_bytes - bytes).checked_div(per_second).map(Duration::from_secs);
        let (read, all) = (BinaryBytes(bytes), BinaryBytes(all_bytes));
        let rate = BinaryBytes(per_second);
        match (language, left) {
            (Language::En, None) => {
                format!("{files} of {all_files} files are finished, {read} of {all}")
            }
            (Language::En, Some(left)) => format!(
                "{files} of {all_files} files are finished, {read} of {all}, {rate}/s, {} left",
                FormattedDuration(left)
            ),
            (Language::Zh, None) => format!("已完成文件 {files}/{all_files}，{read}/{all}"),
            (Language::Zh, Some(left)) => format!(
                "已完成文件 {files}/{all_files}，{read}/{all}，{rate}/s，剩余 {}",
                FormattedDuration(left)
            ),
        }
    }
}

/// Shows how a job goes until it has ended; says what was finished when it was last seen.
pub fn follow(
    job: &Job,
    decider: &Decider,
    common: &Common,
    ended: &Receiver<()>,
) -> Option<Standing> {
    let bar = bar(common);
    let since = |before: Timestamp| crate::now().duration_since(before).unsigned_abs();
    let mut first: Option<(Standing, Timestamp)> = None;
    let (mut last, mut said) = (None, crate::now());
    loop {
        let began = crate::now();
        if let Ok(files) = files(job, decider) {
            let standing = Standing::of(&files);
            let (before, at) = *first.get_or_insert((standing, began));
            last = Some(standing);
            let text = standing.said(&before, since(at), common.lang);
            bar.set_length(standing.bytes[1]);
            bar.set_position(standing.bytes[0]);
            if bar.is_hidden() && since(said) >= SAY_EVERY {
                common.say(&text);
                said = crate::now();
            }
            bar.set_message(text);
        }
        let pause = LOOK_EVERY.max(since(began) * LOOK_SHARE);
        if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            bar.finish_and_clear();
            return last;
        }
    }
}

fn bar(common: &Common) -> ProgressBar {
    if common.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {bar:24} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: u64, is_finished: bool) -> File {
        File {
            input: "in/a.parquet".into(),
            name: "a.parquet".into(),
            partitions: Vec::new(),
            bytes,
            is_finished,
        }
    }

    #[test]
    fn what_is_finished_tells_the_rate_and_the_time_left() {
        let before =
            Standing::of(&[file(1 << 20, true), file(2 << 20, false), file(4 << 20, false)]);
        let now = Standing::of(&[file(1 << 20, true), file(2 << 20, true), file(4 << 20, false)]);
        let said = |now: &Standing, language| now.said(&before, Duration::from_secs(4), language);
        assert_eq!(
            said(&now, Language::En),
            "2 of 3 files are finished, 3.00 MiB of 7.00 MiB, 512.00 KiB/s, 00:00:08 left"
        );
        assert_eq!(
            said(&now, Language::Zh),
            "已完成文件 2/3，3.00 MiB/7.00 MiB，512.00 KiB/s，剩余 00:00:08"
        );
        // What an earlier run did says nothing of how fast this one is.
        assert_eq!(said(&before, Language::En), "1 of 3 files are finished, 1.00 MiB of 7.00 MiB");
    }
}
