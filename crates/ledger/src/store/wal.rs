//! Moves SQLite's write-ahead log into the file while the writer goes on.
//!
//! Of itself SQLite does this within the commit that makes the log long, and everyone waits for
//! thousands of pages. Here another connection moves them, and the writer afterwards only the few
//! that came meanwhile: then the log begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Error};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// After so many pages of the log it is moved: 32 megabytes.
const OFTEN: usize = 8192;

/// How many pages a transaction writes at least: about as many as were seen.
const LEAST: usize = 12;

/// How many entries share a page beyond them.
const SHARE: usize = 3;

/// Moves what no reader of an older state needs, and waits for nobody.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Has the log of a file moved.
#[derive(Debug, Default)]
pub(super) struct Mover {
    since: usize,
    other: Option<Other>,
    is_moved: Arc<AtomicBool>,
}

/// The other connection at work.
#[derive(Debug)]
struct Other {
    orders: mpsc::Sender<()>,
    work: JoinHandle<()>,
}

impl Mover {
    /// Notes that so many entries are written, with which a transaction may end.
    pub(super) fn wrote(
        &mut self,
        entries: usize,
        ends: bool,
        options: impl Fn() -> SqliteConnectOptions,
    ) {
        self.since += if ends { LEAST } else { 0 } + entries / SHARE;
        if self.since < OFTEN {
            return;
        }
        self.since = 0;
        let is_moved = &self.is_moved;
        let other = self.other.get_or_insert_with(|| {
            let (orders, queue) = mpsc::channel(1);
            let work = tokio::spawn(obey(options(), queue, is_moved.clone()));
            Other { orders, work }
        });
        // One that is at work is not asked twice.
        _ = other.orders.try_send(());
    }

    /// Moves the rest over the writer's own connection, once the other has moved the most.
    pub(super) async fn finish(&self, connection: &mut SqliteConnection) {
        if self.is_moved.swap(false, Ordering::AcqRel) {
            // What is not moved now is moved later.
            _ = advance(connection).await;
        }
    }

    /// Waits until the other connection is gone.
    pub(super) async fn close(&mut self) {
        if let Some(Other { orders, work }) = self.other.take() {
            drop(orders);
            _ = work.await;
        }
    }
}

async fn obey(options: SqliteConnectOptions, mut queue: mpsc::Receiver<()>, done: Arc<AtomicBool>) {
    let mut connection = None;
    while queue.recv().await.is_some() {
        if connection.is_none() {
            connection = options.connect().await.ok();
        }
        let Some(open) = &mut connection else { continue };
        match advance(open).await {
            Ok(()) => done.store(true, Ordering::Release),
            // SQLite moves the log itself when it is twice as long.
            Err(_) => connection = None,
        }
    }
    if let Some(open) = connection {
        _ = open.close().await;
    }
}

async fn advance(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query(MOVE).fetch_one(connection).await.map(|_| ())
}
