//! Runs the real binary on text.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs `weir` with arguments and standard input.
pub fn weir(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("weir starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    // Writing from a thread keeps a full pipe from stopping both sides.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("weir ends");
    writer.join().expect("the writer ends");
    output
}

/// The standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines of JSON on standard output.
pub fn json_lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Decides lines given as standard input: the answers and what was said beside them.
#[allow(dead_code, reason = "each test binary uses what it needs of this module")]
pub fn check(input: impl AsRef<[u8]>) -> (Vec<Value>, String) {
    let output = weir(&["check", "-", "--format", "jsonl"], input.as_ref());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (json_lines(&output), stderr(&output))
}
