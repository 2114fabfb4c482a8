//! `docs/reference/cli.md` is what the program says of itself. `UPDATE_EXPECT=1` takes it over.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what should not happen")]

mod support;

use expect_test::expect_file;
use support::weir;

const COMMANDS: [&[&str]; 61] = [
    &[],
    &["check"],
    &["explain"],
    &["ask"],
    &["batch"],
    &["batch", "diff"],
    &["sql"],
    &["cluster"],
    &["cluster", "scheduler"],
    &["cluster", "executor"],
    &["law"],
    &["law", "list"],
    &["law", "show"],
    &["law", "facts"],
    &["law", "timeline"],
    &["law", "diff"],
    &["law", "test"],
    &["law", "lint"],
    &["chips"],
    &["chips", "list"],
    &["chips", "show"],
    &["chips", "classify"],
    &["chips", "import"],
    &["ledger"],
    &["ledger", "init"],
    &["ledger", "balance"],
    &["ledger", "log"],
    &["ledger", "open"],
    &["ledger", "show"],
    &["ledger", "reserve"],
    &["ledger", "commit"],
    &["ledger", "release"],
    &["ledger", "expire"],
    &["ledger", "retire"],
    &["ledger", "adjust"],
    &["ledger", "raise"],
    &["ledger", "own"],
    &["ledger", "import"],
    &["ledger", "export"],
    &["ledger", "report"],
    &["ledger", "report", "lpp"],
    &["ledger", "report", "data-centers"],
    &["ledger", "report", "countries"],
    &["ledger", "checkpoint"],
    &["ledger", "verify"],
    &["ledger", "prove"],
    &["ledger", "verify-proof"],
    &["lab"],
    &["lab", "diversion"],
    &["lab", "quota"],
    &["lab", "events"],
    &["lab", "kinks"],
    &["lab", "output"],
    &["lab", "sums"],
    &["lab", "run"],
    &["lab", "fit"],
    &["lab", "sensitivity"],
    &["lab", "regret"],
    &["lab", "discover"],
    &["lab", "report"],
    &["lab", "claims"],
];

#[test]
fn the_page_is_what_the_program_says() {
    let mut page = String::from("# The command line\n\nWhat `--help` says, command by command.\n");
    for command in COMMANDS {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let output = weir(&arguments, b"");
        assert!(output.status.success(), "{arguments:?}");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        let name = ["weir"].into_iter().chain(command.iter().copied()).collect::<Vec<_>>();
        page.push_str(&format!("\n## `{}`\n\n```text\n", name.join(" ")));
        for line in help.lines() {
            page.push_str(line.trim_end());
            page.push('\n');
        }
        page.push_str("```\n");
    }
    expect_file!["../../../docs/reference/cli.md"].assert_eq(&page);
}
