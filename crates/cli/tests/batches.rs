//! A book of several batches: in the order of its lines, whatever the number of threads.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use support::{stderr, weir};

const LINES: usize = 10_000;

/// Orders of which every fourth one has a day with a quota, which they exhaust in a later batch
/// than the first; every hundredth is bad.
fn book() -> String {
    let mut book = String::from(
        "line_id,date,destination,quantity,item.sku,end_user.name,end_user.location,end_user.hq,\
         end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,\
         exporter.informed,end_use,authorization,certifications,lpp_used_tpp\n",
    );
    for line in 1..=LINES {
        let date = if line % 4 == 0 { "2025-06-02" } else { "2023-02-01" };
        let to = if line % 100 == 0 { "??" } else { "MY" };
        book.push_str(&format!(
            "L{line},{date},{to},1,nvidia-h100-sxm,Johor,MY,MY,MY,private,none,0,\
             none,civil,none,lpp,0\n"
        ));
    }
    book
}

fn answers(threads: &str, book: &str) -> String {
    let output = weir(&["check", "-", "--format", "jsonl", "--threads", threads], book.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn threads_change_nothing() {
    let book = book();
    let one = answers("1", &book);
    assert_eq!(one.lines().count(), LINES);
    for (at, line) in one.lines().enumerate() {
        let key = format!("{{\"line_id\":\"L{}\",", at + 1);
        assert!(line.starts_with(&key), "{line}");
    }
    let excepted: Vec<bool> =
        one.lines().map(|line| line.contains("\"outcome\":\"license_exception\"")).collect();
    let last = excepted.iter().rposition(|excepted| *excepted);
    assert!(last.is_some_and(|last| (5000..9000).contains(&last)), "the quota ends at {last:?}");
    assert!(one == answers("4", &book), "four threads answer otherwise than one");
}
