//! A folder with a ledger in it, and `weir ledger` run there as a user would.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen, and uses what it needs"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sqlx::{Connection, Executor};
use tempfile::TempDir;

/// A folder of its own, with `weir-ledger.db` and its key once it is made.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty folder.
    pub fn empty() -> Desk {
        Desk { folder: TempDir::new().expect("a folder") }
    }

    /// A folder with a ledger.
    pub fn new() -> Desk {
        let desk = Desk::empty();
        desk.said(&["init", "--name", "example.com/quota"]);
        desk
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("it is written");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it is read")
    }

    /// Runs `weir ledger`.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.weir(&[&["ledger"], arguments].concat())
    }

    /// Runs `weir`.
    pub fn weir(&self, arguments: &[&str]) -> Output {
        self.weir_with(&[], arguments)
    }

    /// The same with variables of the environment.
    pub fn weir_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("WEIR_USER", "alice")
            .env_remove("WEIR_LEDGER")
            .env_remove("WEIR_LEDGER_KEY")
            .envs(variables.iter().copied())
            .output()
            .expect("weir runs")
    }

    /// What `weir ledger` writes where it does what it is asked.
    #[track_caller]
    pub fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", errors(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What `weir ledger` says where it does not.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
        assert_eq!(text(&output), "", "{arguments:?}");
        errors(&output)
    }

    /// The entry that a movement makes.
    #[track_caller]
    pub fn moved(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.said(arguments)).expect("an entry")
    }

    /// Changes the file of the ledger behind its back.
    pub fn tamper(&self, statements: &[&str]) {
        let path = self.path("weir-ledger.db");
        let change = async {
            let url = format!("sqlite://{}", path.display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("it opens");
            for statement in statements {
                let statement = sqlx::AssertSqlSafe((*statement).to_owned());
                connection.execute(statement).await.expect("SQL");
            }
            connection.close().await.expect("it closes");
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.expect("a runtime").block_on(change);
    }
}

/// The standard output as text.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The standard error as text.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A text with other instants than those of the day it is run on, and other hashes: what varies
/// from run to run. Days stay.
pub fn settled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = instant(rest).map(|length| ("‹instant›", length));
        match taken.or_else(|| hash(rest).map(|length| ("‹hash›", length))) {
            Some((name, length)) => {
                out.push_str(name);
                rest = &rest[length..];
            }
            None => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}

/// The length of an instant at the beginning of a text: a day and a time, to whatever fraction.
fn instant(text: &str) -> Option<usize> {
    let shape = b"0000-00-00T00:00";
    let bytes = text.as_bytes().get(..shape.len())?;
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b' '),
        other => byte == other,
    };
    if !bytes.iter().zip(shape).all(fits) {
        return None;
    }
    let more = text[shape.len()..].bytes().take_while(|byte| b"0123456789:.Z".contains(byte));
    Some(shape.len() + more.count())
}

fn hash(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
    (digits == 64).then_some(digits)
}
