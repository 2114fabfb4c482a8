//! A ledger in PostgreSQL, as many users of one server meet it.

use std::process::{Child, Command, Stdio};

use crate::desk::{Desk, errors, text};
use crate::postgres::Server;

/// How many connections the server has, and how many commands ask for them at once: each command
/// takes two.
const CONNECTIONS: usize = 10;
const COMMANDS: usize = 8;

fn reserve(desk: &Desk, url: &str, number: usize) -> Child {
    Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["ledger", "reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01"])
        .args(["--amount", "5", "--request", &format!("po {number}")])
        .args(["--ledger", url, "--key", "key", "--quiet"])
        .current_dir(desk.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("weir runs")
}

/// Who finds no connection free waits for one.
#[test]
fn more_commands_than_the_server_has_connections_for() {
    let Some(server) = Server::launch(false).unwrap() else { return };
    let url = server.create_database().unwrap();
    let few = format!("ALTER SYSTEM SET max_connections = {CONNECTIONS}");
    server.query(&url, &few).unwrap();
    server.query(&url, "ALTER SYSTEM SET max_wal_senders = 0").unwrap();
    server.stop_immediate().unwrap();
    server.start().unwrap();
    assert_eq!(server.query(&url, "SHOW max_connections"), Ok(CONNECTIONS.to_string()));
    let desk = Desk::empty();
    let made = desk.run(&["init", "--ledger", &url, "--key", "key"]);
    let said = errors(&made);
    assert_eq!(made.status.code(), Some(0), "{said}");
    // This server is fast, and not safe from loss of power: whoever keeps a ledger there is told.
    let unsafe_server = "warning: the server of PostgreSQL runs with `fsync = off`: what is recorded may be \
                lost, or damaged, when its machine fails\n";
    assert!(said.starts_with(unsafe_server), "{said}");
    let again = desk.refused(&["init", "--ledger", &url, "--key", "other"]);
    assert_eq!(again, "error: there is a ledger at this database already\n");
    assert!(!desk.path("other").exists());
    let none = desk.refused(&["balance", "--ledger", &url.replacen("/weir_", "/no_weir_", 1)]);
    let told = "error: the server says: database \"no_weir_1\" does not exist; make the database, \
                and then a ledger in it with `weir ledger init`\n";
    assert_eq!(none, told);
    let moved = desk.run(&["own", "A", "B", "--source", "x", "--ledger", &url, "--key", "key"]);
    assert_eq!(errors(&moved), unsafe_server);
    let commands: Vec<Child> = (0..COMMANDS).map(|number| reserve(&desk, &url, number)).collect();
    for command in commands {
        let output = command.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    }
    let held = desk.run(&["open", "--format", "csv", "--ledger", &url, "--key", "key"]);
    assert_eq!(text(&held).lines().count(), 1 + COMMANDS, "{}", errors(&held));
}
