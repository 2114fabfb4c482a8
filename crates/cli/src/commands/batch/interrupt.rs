//! What a user who stops a run is told.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;

use crate::language::Language;

/// The status of a program that a user stopped at the keyboard.
const INTERRUPTED: i32 = 130;

/// The status of a program that a system stopped.
const TERMINATED: i32 = 143;

/// So long a run may let go of what it has begun. Those who stop programs mostly wait ten seconds
/// before they kill them.
const PATIENCE: Duration = Duration::from_secs(8);

/// A run that may be stopped.
pub struct Watch {
    is_stopped: Arc<AtomicBool>,
    has_ended: Arc<AtomicBool>,
}

impl Watch {
    /// Says that the run has ended. Where it was stopped, the program ends here.
    pub fn ended(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
        while self.is_stopped.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

/// Waits in the background for a user or a system to stop the run. It is told to give up what it
/// has begun; then it is said what is done, and the program ends. A second time it ends at once.
/// Where that cannot be, the system ends it without a word.
pub fn watch(
    is_stopped: Arc<AtomicBool>,
    files: Arc<[AtomicU64; 3]>,
    bar: ProgressBar,
    language: Language,
) -> Watch {
    let has_ended = Arc::new(AtomicBool::new(false));
    let watch = Watch { is_stopped: Arc::clone(&is_stopped), has_ended: Arc::clone(&has_ended) };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let Ok(runtime) = builder.enable_io().enable_time().build() else { return watch };
    std::thread::spawn(move || {
        let Ok(status) = runtime.block_on(stopped()) else { return };
        is_stopped.store(true, Ordering::SeqCst);
        bar.finish_and_clear();
        runtime.block_on(async {
            tokio::select! {
                _ = stopped() => {}
                _ = tokio::time::timeout(PATIENCE, ended(&has_ended)) => {}
            }
        });
        let [_, all, done] = files.each_ref().map(|files| files.load(Ordering::Relaxed));
        let said = match language {
            Language::En => format!(
                "stopped: {done} of {all} files are finished and valid, and the same command goes on \
                 from there"
            ),
            Language::Zh => {
                format!("已中止：{all} 个文件中已有 {done} 个完成且有效，再次执行同一命令即可继续")
            }
        };
        // Nobody is left to tell where standard error is closed.
        _ = writeln!(io::stderr(), "{said}");
        std::process::exit(status);
    });
    watch
}

/// Waits until somebody stops the program; answers with which status it is to end.
#[cfg(unix)]
async fn stopped() -> io::Result<i32> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| INTERRUPTED),
        _ = terminated.recv() => Ok(TERMINATED),
    }
}

#[cfg(not(unix))]
async fn stopped() -> io::Result<i32> {
    tokio::signal::ctrl_c().await.map(|()| INTERRUPTED)
}

/// Waits until the run has let go of what it had begun.
async fn ended(has_ended: &AtomicBool) {
    while !has_ended.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
