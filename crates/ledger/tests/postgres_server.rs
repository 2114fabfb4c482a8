//! The server that other tests use does what they rely on.

#![allow(clippy::expect_used, reason = "a test may stop at what should not happen")]

mod support;

use std::os::unix::net::UnixStream;

use sqlx::{Connection, PgConnection};
use support::postgres::{Server, shared};

/// The folder of the server, as its URLs name it.
fn folder(url: &str) -> &std::path::Path {
    std::path::Path::new(url.split_once("?host=").expect("a socket").1)
}

#[test]
fn two_databases_are_two() {
    let Some(server) = shared().expect("it starts") else { return };
    let [one, two] = [(); 2].map(|()| server.create_database().expect("a database"));
    assert_ne!(one, two);
    server.query(&one, "create table a (n int); insert into a values (7), (8)").expect("writes");
    assert_eq!(server.query(&one, "select n, n + 1 from a order by n"), Ok("7|8\n8|9".into()));
    let error = server.query(&two, "select n from a").expect_err("it is not there");
    assert!(error.contains("relation \"a\" does not exist"), "{error}");
}

#[test]
fn the_url_is_one_that_the_ledger_can_use() {
    let Some(server) = shared().expect("it starts") else { return };
    let url = server.create_database().expect("a database");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let name: String = runtime.block_on(async {
        let mut connection = PgConnection::connect(&url).await.expect("connects");
        let name = sqlx::query_scalar("select current_database()::text");
        name.fetch_one(&mut connection).await.expect("answers")
    });
    assert!(url.contains(&format!("/{name}?")), "{url}");
}

#[test]
fn what_was_committed_survives_a_crash() {
    let Some(server) = Server::launch(true).expect("it starts") else { return };
    let url = server.create_database().expect("a database");
    assert_eq!(server.query(&url, "show fsync"), Ok("on".into()));
    server.query(&url, "create table a (n int); insert into a values (7)").expect("writes");
    server.stop_immediate().expect("it ran");
    let error = server.query(&url, "select n from a").expect_err("it does not run");
    assert!(error.contains("Is the server running"), "{error}");
    server.start().expect("it starts again");
    assert_eq!(server.query(&url, "select n from a"), Ok("7".into()));
    assert!(server.start().is_err(), "it runs already");
}

#[test]
fn nothing_is_left_of_a_server() {
    let Some(server) = Server::launch(false).expect("it starts") else { return };
    let url = server.create_database().expect("a database");
    let socket = folder(&url).join(".s.PGSQL.5432");
    assert!(UnixStream::connect(&socket).is_ok());
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _server = server;
        std::panic::resume_unwind(Box::new("a test that fails"));
    }));
    assert!(ended.is_err());
    // Nobody waits for its end but this test: a minute, where a fraction of a second is enough.
    let gone = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        !folder(&url).exists()
    });
    assert!(gone, "`{}` is left", folder(&url).display());
}
