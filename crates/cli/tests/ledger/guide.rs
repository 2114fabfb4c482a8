//! The session in the guide is true.

use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, errors, settled, text};

#[test]
fn the_session_of_the_guide() {
    let guide = include_str!("../../../../docs/guide/keeping-quotas.md");
    let desk = Desk::empty();
    let mut blocks = guide.split("```console\n").skip(1).peekable();
    assert!(blocks.peek().is_some(), "there is a session");
    for block in blocks {
        let (block, _) = block.split_once("```").unwrap();
        for command in block.split("$ ").filter(|command| !command.is_empty()) {
            let end = command.match_indices('\n').find(|(at, _)| !command[..*at].ends_with('\\'));
            let (command, expected) = command.split_at(end.unwrap().0 + 1);
            let said = run(&desk, command);
            let (said, expected) = (settled(&said), settled(expected));
            assert_eq!(said.lines().count(), expected.lines().count(), "{command}{said}");
            for (said, expected) in said.lines().zip(expected.lines()) {
                assert!(fits(said, expected), "{command}\nsaid:  {said}\nguide: {expected}");
            }
        }
    }
}

fn run(desk: &Desk, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_weir")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(desk.path(""))
        .env("PATH", format!("{}:{path}", program.display()))
        .env_remove("WEIR_LEDGER")
        .env_remove("WEIR_LEDGER_KEY")
        .output()
        .unwrap();
    text(&output) + &errors(&output)
}

/// Whether a line has the parts of another, in order, with anything where that has `…`.
fn fits(said: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| said.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && rest.ends_with(part) {
            return true;
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}
