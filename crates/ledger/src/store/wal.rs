//! Moves SQLite's write-ahead log into the file while the writer goes on.
//!
//! Of itself SQLite does this within the commit that makes the log long, and everyone waits for
//! thousands of pages. Here another connection moves them, and the writer afterwards only the few
//! that came meanwhile: then the log begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Error};
use tokio::sync::mpsc;

/// After so many entries the log is moved: some ten megabytes.
const OFTEN: usize = 16_384;

/// Moves what no reader of an older state needs, and waits for nobody.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Has the log of a file moved.
#[derive(Debug, Default)]
pub(super) struct Mover {
    since: usize,
    orders: Option<mpsc::Sender<()>>,
    is_moved: Arc<AtomicBool>,
}

impl Mover {
    /// Notes that so many entries were written.
    pub(super) fn wrote(&mut self, entries: usize, options: impl Fn() -> SqliteConnectOptions) {
        self.since += entries;
        if self.since < OFTEN {
            return;
        }
        self.since = 0;
        let is_moved = &self.is_moved;
        let orders = self.orders.get_or_insert_with(|| {
            let (orders, queue) = mpsc::channel(1);
            tokio::spawn(obey(options(), queue, is_moved.clone()));
            orders
        });
        // One that is at work is not asked twice.
        _ = orders.try_send(());
    }

    /// Moves the rest over the writer's own connection, once the other has moved the most.
    pub(super) async fn finish(&self, connection: &mut SqliteConnection) {
        if self.is_moved.swap(false, Ordering::AcqRel) {
            // What is not moved now is moved later.
            _ = advance(connection).await;
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
            Err(_) => connection = None,
        }
    }
}

async fn advance(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query(MOVE).fetch_one(connection).await.map(|_| ())
}
