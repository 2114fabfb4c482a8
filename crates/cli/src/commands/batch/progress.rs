//! How a job goes: a bar on a terminal, and a line now and then where there is none.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use batch::job::Progress;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::grouped;
use crate::Common;
use crate::language::Language;

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(30);

/// How a job goes.
pub struct Bar {
    /// What a terminal shows.
    pub bar: ProgressBar,
    language: Language,
    counts: Arc<Counts>,
    /// Files that were read, all there are, and those that are finished and valid.
    pub files: Arc<[AtomicU64; 3]>,
    /// Whether the run is to be given up.
    pub is_stopped: Arc<AtomicBool>,
    lines: Option<Lines>,
}

/// What was done so far.
#[derive(Default)]
struct Counts {
    rows: AtomicU64,
    bytes: AtomicU64,
    all_bytes: AtomicU64,
}

impl Bar {
    /// Nothing was done.
    pub fn new(common: &Common) -> Bar {
        let is_hidden = common.quiet || !io::stderr().is_terminal();
        let bar = match is_hidden {
            true => ProgressBar::hidden(),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4)),
        };
        let style = match common.lang {
            Language::En => {
                "{bar:24} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left {msg}"
            }
            Language::Zh => {
                "{bar:24} {bytes}/{total_bytes}，{binary_bytes_per_sec}，剩余 {eta} {msg}"
            }
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        if !is_hidden {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        let counts = Arc::<Counts>::default();
        let lines = (is_hidden && !common.quiet).then(|| {
            let (counts, language, begun) = (Arc::clone(&counts), common.lang, bar.clone());
            // Nobody is left to tell where standard error is closed.
            Lines::begin(EVERY, move || {
                _ = writeln!(io::stderr(), "{}", line(&counts, begun.elapsed(), language));
            })
        });
        let (files, is_stopped) = Default::default();
        Bar { bar, language: common.lang, counts, files, is_stopped, lines }
    }

    /// The job has ended.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
        self.lines = None;
    }

    fn show(&self) {
        let rows = self.counts.rows.load(Ordering::Relaxed);
        let [done, all, _] = self.files.each_ref().map(|files| files.load(Ordering::Relaxed));
        let rate = grouped(a_second(rows, self.bar.elapsed()));
        let rows = grouped(rows);
        self.bar.set_message(match self.language {
            Language::En => format!("| {rows} rows, {rate} a second | {done} of {all} files"),
            Language::Zh => format!("| {rows} 行，每秒 {rate} 行 | 文件 {done}/{all}"),
        });
    }
}

fn a_second(rows: u64, elapsed: Duration) -> u64 {
    rows.saturating_mul(1000) / elapsed.as_millis().max(1) as u64
}

/// What is written after so long: rows, bytes, rows a second, and how long the rest will take.
fn line(counts: &Counts, elapsed: Duration, language: Language) -> String {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (rows, bytes, all) = (of(&counts.rows), of(&counts.bytes), of(&counts.all_bytes));
    let (rate, rows) = (grouped(a_second(rows, elapsed)), grouped(rows));
    let rest = u128::from(all.saturating_sub(bytes)) * elapsed.as_millis();
    let left = rest.checked_div(u128::from(bytes)).and_then(|left| u64::try_from(left).ok());
    let (bytes, all) = (HumanBytes(bytes), HumanBytes(all));
    let said = match language {
        Language::En => format!("{rows} rows, {bytes} of {all}, {rate} rows a second"),
        Language::Zh => format!("{rows} 行，{bytes}/{all}，每秒 {rate} 行"),
    };
    match (left.map(|left| Duration::from_secs(left / 1000)), language) {
        (None, _) => said,
        (Some(left), Language::En) => format!("{said}, {} left", HumanDuration(left)),
        (Some(left), Language::Zh) => format!("{said}，剩余约 {} 秒", grouped(left.as_secs())),
    }
}

/// Says something again and again until it is dropped.
struct Lines {
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    fn begin(every: Duration, say: impl Fn() + Send + 'static) -> Lines {
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                say();
            }
        });
        Lines { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end = None;
        // Nothing is said after the end.
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, files: u64, bytes: u64) {
        self.files[1].store(files, Ordering::Relaxed);
        self.counts.all_bytes.store(bytes, Ordering::Relaxed);
        self.bar.set_length(bytes);
    }

    fn rows(&self, rows: u64) {
        self.counts.rows.fetch_add(rows, Ordering::Relaxed);
        self.show();
    }

    fn bytes(&self, bytes: u64) {
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    fn file(&self) {
        self.files[0].fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    fn finished(&self) {
        self.files[2].fetch_add(1, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_a_job_is_and_how_long_the_rest_takes() {
        let counts = Counts::default();
        let elapsed = Duration::from_secs(60);
        assert_eq!(
            line(&counts, elapsed, Language::En),
            "0 rows, 0 B of 0 B, 0 rows a second",
            "of what is not begun nobody knows how long it takes"
        );
        counts.rows.store(1_200_000, Ordering::Relaxed);
        counts.bytes.store(1 << 30, Ordering::Relaxed);
        counts.all_bytes.store(3 << 30, Ordering::Relaxed);
        assert_eq!(
            line(&counts, elapsed, Language::En),
            "1,200,000 rows, 1.00 GiB of 3.00 GiB, 20,000 rows a second, 2 minutes left"
        );
        assert_eq!(
            line(&counts, elapsed, Language::Zh),
            "1,200,000 行，1.00 GiB/3.00 GiB，每秒 20,000 行，剩余约 120 秒"
        );
    }

    #[test]
    fn lines_come_until_the_job_ends_and_not_after() {
        let said = Arc::new(AtomicU64::new(0));
        let own = Arc::clone(&said);
        let lines = Lines::begin(Duration::from_millis(5), move || {
            own.fetch_add(1, Ordering::SeqCst);
        });
        while said.load(Ordering::SeqCst) < 3 {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(lines);
        let before = said.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(said.load(Ordering::SeqCst), before);
        let quiet = Lines::begin(Duration::from_secs(3_600), || {});
        drop(quiet);
    }
}
