//! What a user who stops a run is told.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::ProgressBar;

use crate::language::Language;

/// The status of a program that a user stopped.
const STOPPED: i32 = 130;

/// Waits in the background for a user to stop the run, says then what is done, and ends the
/// program. Where that cannot be, the system ends it without a word.
pub fn watch(files: Arc<[AtomicU64; 3]>, bar: ProgressBar, language: Language) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return };
    std::thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_err() {
            return;
        }
        bar.finish_and_clear();
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
        std::process::exit(STOPPED);
    });
}
