//! The SQL that both databases share: every statement of a ledger, but for how a transaction begins
//! and what an error means.

use std::sync::Arc;

use super::Table;
use crate::book::{Balance, Recorded};

/// The rows that entries bring into the tables that every batch writes to, with numbers and
/// instants as the databases have them.
pub(super) struct Rows<'f> {
    pub(super) entries: &'f [Recorded],
    /// Account, first day of the step, entry and what it leaves.
    pub(super) postings: Vec<(i64, Arc<str>, i64, Balance)>,
    /// Account, reservation and expiry of what is open.
    pub(super) opened: Vec<(i64, i64, i64)>,
    /// Account and reservation of what is open no longer.
    pub(super) closed: Vec<(i64, i64)>,
    /// Reservation, and the entry that ended it.
    pub(super) ended: Vec<(i64, i64)>,
}

/// Rows of a table as one text, after one of them, with hashes as `hex` writes them: rows are dear,
/// texts are not.
pub(super) fn lines(table: Table, hex: &str) -> String {
    let (columns, keys) = table.columns();
    let shown = columns.iter().map(|column| match *column {
        "hash" => hex,
        other => other,
    });
    let line = shown.collect::<Vec<_>>().join(" || '\t' || ");
    let order = columns[..keys].join(", ");
    let after = (1..=keys).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
    let (name, most) = (table.name(), keys + 1);
    format!(
        "SELECT count(*), string_agg({line}, '\n') FROM (SELECT * FROM {name} \
         WHERE ({order}) > ({after}) ORDER BY {order} LIMIT ${most}) AS page"
    )
}

/// Implements a store over a connection. `numbers` and `texts` say how `$1`, a JSON list, is a list
/// in the database's SQL.
macro_rules! sql_store {
    (
        $store:ident, $connection:ty, $row:ty, in_parts: $in_parts:literal,
        numbers: $numbers:literal, texts: $texts:literal
    ) => {
        impl WriteStore for $store {
            const IN_PARTS: bool = $in_parts;

            async fn begin(&mut self) -> Result<Tip, StoreError> {
                self.lock().await?;
                let tip = self.tip().await?;
                if tip.head.number != self.last {
                    self.ids.clear();
                }
                Ok(tip)
            }

            async fn learn(&mut self, needs: &Needs, book: &mut Book) -> Result<(), StoreError> {
                for account in &needs.accounts {
                    let at = self.balances(account, u64::MAX >> 1).await?;
                    book.learn_account(account.clone(), at.steps, at.raised);
                }
                for (account, since) in &needs.lately {
                    let lately = self.lately(account, *since).await?;
                    book.learn_lately(account, lately);
                }
                if needs.owners {
                    let owners = self.owners(u64::MAX >> 1).await?;
                    book.learn_owners(owners);
                }
                if needs.reservations.is_empty() {
                    return Ok(());
                }
                let rows = sqlx::query(
                    concat!("SELECT one.number, one.at_us, one.request, one.body, one.hash, \
                            other.number, other.at_us, other.request, other.body, other.hash \
                     FROM entry AS one \
                     LEFT JOIN ended ON ended.reservation = one.number \
                     LEFT JOIN entry AS other ON other.number = ended.number \
                     WHERE one.number IN ", $numbers),
                )
                .bind(serde_json::to_string(&needs.reservations).unwrap_or_default())
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                for row in &rows {
                    let reserved = stored(row, 0)?;
                    let is_ended = row.get::<Option<i64>, _>(5).is_some();
                    let ended = if is_ended { Some(stored(row, 5)?) } else { None };
                    if let Some(hold) = hold(&reserved, ended.as_ref())? {
                        book.learn_hold(reserved.number, hold);
                    }
                }
                Ok(())
            }

            async fn due(&mut self, now: Timestamp) -> Result<Vec<u64>, StoreError> {
                self.lapsed(now).await
            }

            async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
                let row = sqlx::query("SELECT min(expires_us) FROM hold")
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                row.get::<Option<i64>, _>(0).map(instant).transpose()
            }

            async fn learn_keys(
                &mut self,
                keys: &[&str],
                book: &mut Book,
            ) -> Result<(), StoreError> {
                let rows = sqlx::query(
                    concat!(
                        "SELECT number, at_us, request, body, hash FROM entry WHERE request IN ",
                        $texts
                    ),
                )
                .bind(serde_json::to_string(keys).unwrap_or_default())
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                for row in &rows {
                    book.learn_key(decoded(&stored(row, 0)?)?);
                }
                Ok(())
            }

            async fn append(
                &mut self,
                fresh: &[Recorded],
                subtrees: &[Subtree],
                tip: &Tip,
            ) -> Result<(), StoreError> {
                let rows = self.rows(fresh).await?;
                self.write(&rows, tip).await?;
                self.append_rest(fresh, subtrees).await?;
                self.last = tip.head.number;
                Ok(())
            }

            async fn add_checkpoint(&mut self, size: u64, note: &str) -> Result<(), StoreError> {
                sqlx::query("INSERT INTO checkpoint VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(signed(size)?)
                    .bind(note)
                    .execute(&mut self.connection)
                    .await
                    .map_err(meant)?;
                Ok(())
            }

            async fn write_at(
                &mut self,
                end: &Head,
                batch: Batch<'_>,
            ) -> Result<bool, StoreError> {
                // What is known of accounts holds as long as the journal ends where it did.
                let is_known = |recorded: &Recorded| {
                    recorded.postings.iter().all(|(one, _, _)| self.ids.contains_key(one))
                        && !matches!(recorded.entry.event, Event::Raise { .. } | Event::Own { .. })
                };
                let is_whole = batch.is_last || Self::IN_PARTS;
                if !is_whole || self.last != end.number || !batch.fresh.iter().all(is_known) {
                    return Ok(false);
                }
                let rows = self.rows(batch.fresh).await?;
                if !Self::fits_once(&rows, batch) {
                    return Ok(false);
                }
                let written = self.write_once(end, &rows, batch).await;
                match written {
                    Ok(true) => self.last = batch.tip.head.number,
                    _ => self.rollback().await,
                }
                written
            }

            async fn close(self) {
                self.shut().await;
            }

            async fn contains(&mut self, kept: &Checkpoint) -> Option<Result<(), StoreError>> {
                self.look(kept).await
            }

            async fn commit(&mut self) -> Result<(), StoreError> {
                self.end("COMMIT").await
            }

            async fn rollback(&mut self) {
                self.ids.clear();
                self.last = 0;
                // A transaction that failed may be gone already; there is nothing else to undo.
                _ = self.end("ROLLBACK").await;
            }

            async fn is_durable(
                &mut self,
                number: u64,
                expected: &Hash,
            ) -> Result<bool, StoreError> {
                self.reconnect().await?;
                self.settle().await?;
                let entry = self.entry(number).await;
                self.rollback().await;
                Ok(entry?.is_some_and(|entry| entry.hash == *expected))
            }
        }


        impl $store {
            /// Makes the tables of a ledger and its first rows. The transaction is the caller's.
            async fn found(
                connection: &mut $connection,
                identity: &Identity,
                tip: &Tip,
            ) -> Result<(), StoreError> {
                migrator(&MIGRATIONS).run(&mut *connection).await.map_err(migration)?;
                sqlx::query("INSERT INTO ledger VALUES (1, $1, $2, $3)")
                    .bind(&identity.id)
                    .bind(&identity.verifier)
                    .bind(micros(identity.created))
                    .execute(&mut *connection)
                    .await
                    .map_err(meant)?;
                sqlx::query("INSERT INTO head VALUES (1, 0, $1, $2, $3)")
                    .bind(micros(tip.head.at))
                    .bind(&tip.head.hash.as_bytes()[..])
                    .bind(tip.frontier.to_bytes())
                    .execute(&mut *connection)
                    .await
                    .map_err(meant)?;
                Ok(())
            }

            async fn id_of(&mut self, account: &Account) -> Result<Option<i64>, StoreError> {
                if let Some(id) = self.ids.get(account) {
                    return Ok(Some(*id));
                }
                let row = sqlx::query("SELECT id FROM account WHERE quota = $1 AND key = $2")
                    .bind(&account.quota)
                    .bind(key_text(account))
                    .fetch_optional(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let id = row.map(|row| row.get(0));
                if let Some(id) = id {
                    self.ids.insert(account.clone(), id);
                }
                Ok(id)
            }

            /// The accounts among these that something moved, by their ids.
            async fn named(
                &mut self,
                accounts: &[Account],
            ) -> Result<HashMap<i64, Account>, StoreError> {
                if let [one] = accounts {
                    let id = self.id_of(one).await?;
                    return Ok(id.map(|id| (id, one.clone())).into_iter().collect());
                }
                let mut quotas: Vec<&str> = accounts.iter().map(|one| one.quota.as_str()).collect();
                quotas.sort_unstable();
                quotas.dedup();
                let wanted: HashSet<&Account> = accounts.iter().collect();
                let rows = sqlx::query(
                    concat!("SELECT id, quota, key FROM account WHERE quota IN ", $texts),
                )
                .bind(serde_json::to_string(&quotas).unwrap_or_default())
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                let mut named = HashMap::new();
                for row in &rows {
                    let one = account(row.get(1), row.get(2))?;
                    if wanted.contains(&one) {
                        named.insert(row.get(0), one);
                    }
                }
                Ok(named)
            }

            /// What changed of what is used by movements of a day or later. They were recorded
            /// late in the journal, whose entries are in the order of time.
            async fn lately(
                &mut self,
                account: &Account,
                since: Date,
            ) -> Result<Lately, StoreError> {
                let mut lately = Lately::new(since);
                let Some(id) = self.id_of(account).await? else { return Ok(lately) };
                let before = start_of(since).checked_sub(SignedDuration::from_micros(1));
                let first = entry_at(self, before.unwrap_or(Timestamp::MIN)).await? + 1;
                let rows = sqlx::query(
                    "SELECT entry.number, at_us, request, body, hash, step FROM posting \
                     JOIN entry ON entry.number = posting.number \
                     WHERE account = $1 AND posting.number >= $2",
                )
                .bind(id)
                .bind(signed(first)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                for row in &rows {
                    if let Some((on, change)) = used_on(&*decoded(&stored(row, 0)?)?) {
                        lately.add(on, day(row.get(5))?, change);
                    }
                }
                Ok(lately)
            }

            async fn id_or_new(&mut self, account: &Account) -> Result<i64, StoreError> {
                if let Some(id) = self.id_of(account).await? {
                    return Ok(id);
                }
                let row = sqlx::query("INSERT INTO account (quota, key) VALUES ($1, $2) RETURNING id")
                    .bind(&account.quota)
                    .bind(key_text(account))
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let id = row.get(0);
                self.ids.insert(account.clone(), id);
                Ok(id)
            }

            async fn entry(&mut self, number: u64) -> Result<Option<StoredEntry>, StoreError> {
                Ok(self.entries(number, 1).await?.into_iter().find(|entry| entry.number == number))
            }

            async fn rows<'f>(&mut self, fresh: &'f [Recorded]) -> Result<Rows<'f>, StoreError> {
                // What opens and ends in the same batch never stands among what is open.
                let over: foldhash::HashMap<u64, u64> = fresh
                    .iter()
                    .filter_map(|one| Some((one.entry.event.reservation()?, one.entry.number)))
                    .collect();
                let mut postings = Vec::with_capacity(fresh.len());
                let mut opened = Vec::with_capacity(fresh.len());
                let mut closed = Vec::new();
                // One day's text serves many rows.
                let mut last: Option<(Date, Arc<str>)> = None;
                for one in fresh {
                    let number = signed(one.entry.number)?;
                    for (account, step, balance) in &one.postings {
                        let id = self.id_or_new(account).await?;
                        let shown = match &last {
                            Some((day, shown)) if day == step => shown.clone(),
                            _ => step.to_string().into(),
                        };
                        last = Some((*step, shown.clone()));
                        postings.push((id, shown, number, *balance));
                    }
                    if let Event::Reserve { legs, expires, .. } = &one.entry.event
                        && !over.contains_key(&one.entry.number)
                    {
                        for leg in legs {
                            let id = self.id_or_new(&leg.account).await?;
                            opened.push((id, number, micros(*expires)));
                        }
                    }
                    if let Some(hold) = &one.closes
                        && let Some(reservation) = one.entry.event.reservation()
                    {
                        for (account, _) in &hold.legs {
                            let id = self.id_or_new(account).await?;
                            closed.push((id, signed(reservation)?));
                        }
                    }
                }
                let ended = over.into_iter().map(|(one, by)| Ok((signed(one)?, signed(by)?)));
                let ended = ended.collect::<Result<_, StoreError>>()?;
                Ok(Rows { entries: fresh, postings, opened, closed, ended })
            }

            async fn append_rest(
                &mut self,
                fresh: &[Recorded],
                subtrees: &[Subtree],
            ) -> Result<(), StoreError> {
                for one in fresh {
                    let number = signed(one.entry.number)?;
                    match &one.entry.event {
                        Event::Raise { account, limit, .. } => {
                            let id = self.id_or_new(account).await?;
                            sqlx::query("INSERT INTO raise (account, number, limit_to) VALUES ($1, $2, $3)")
                                .bind(id)
                                .bind(number)
                                .bind(limit.to_string())
                                .execute(&mut self.connection)
                                .await
                                .map_err(meant)?;
                        }
                        Event::Own { owned, owner, share, .. } => {
                            sqlx::query(
                                "INSERT INTO owner (number, owned, owner, share) VALUES ($1, $2, $3, $4)",
                            )
                            .bind(number)
                            .bind(owned)
                            .bind(owner)
                            .bind(share.to_string())
                            .execute(&mut self.connection)
                            .await
                            .map_err(meant)?;
                        }
                        _ => {}
                    }
                }
                for subtree in subtrees {
                    sqlx::query("INSERT INTO subtree (level, position, hash) VALUES ($1, $2, $3)")
                        .bind(i64::from(subtree.level))
                        .bind(signed(subtree.index)?)
                        .bind(&subtree.hash.as_bytes()[..])
                        .execute(&mut self.connection)
                        .await
                        .map_err(meant)?;
                }
                Ok(())
            }
        }

        impl ReadStore for $store {
            async fn freeze(&mut self) -> Result<(), StoreError> {
                self.end(FREEZE).await
            }

            async fn twin(&mut self) -> Option<$store> {
                self.another().await.ok()
            }

            async fn thaw(&mut self) {
                // What was only read has nothing to lose.
                _ = self.end("ROLLBACK").await;
            }

            async fn lapsed(&mut self, by: Timestamp) -> Result<Vec<u64>, StoreError> {
                let rows = sqlx::query("SELECT DISTINCT number FROM hold WHERE expires_us <= $1")
                    .bind(micros(by))
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                rows.iter().map(|row| unsigned(row.get(0))).collect()
            }

            async fn identity(&mut self) -> Result<Identity, StoreError> {
                let row = sqlx::query("SELECT id, verifier, created_us FROM ledger")
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                Ok(Identity { id: row.get(0), verifier: row.get(1), created: instant(row.get(2))? })
            }

            async fn tip(&mut self) -> Result<Tip, StoreError> {
                let row = sqlx::query("SELECT number, at_us, hash, frontier FROM head")
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                tip_of(&row)
            }

            async fn entries(
                &mut self,
                from: u64,
                most: u32,
            ) -> Result<Vec<StoredEntry>, StoreError> {
                let rows = sqlx::query(
                    "SELECT number, at_us, request, body, hash FROM entry WHERE number >= $1 \
                     ORDER BY number LIMIT $2",
                )
                .bind(signed(from)?)
                .bind(i64::from(most))
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                rows.iter().map(|row| stored(row, 0)).collect()
            }

            async fn page(&mut self, from: u64, most: u32) -> Result<Page, StoreError> {
                let row = sqlx::query(PAGE)
                    .bind(signed(from)?)
                    .bind(i64::from(most))
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let Some(first) = row.get::<Option<i64>, _>(1) else {
                    return Ok(Page::Rows(Vec::new()));
                };
                let text = |at: usize| row.get::<Option<String>, _>(at).unwrap_or_default();
                let texts = [text(3), text(4), text(5), text(6)];
                match Texts::new(row.get(0), [first, row.get(2)], texts) {
                    Some(texts) => Ok(Page::Texts(texts)),
                    // Texts that hold what parts them were not written by a ledger.
                    None => self.entries(from, most).await.map(Page::Rows),
                }
            }

            async fn entries_of(
                &mut self,
                numbers: &[u64],
            ) -> Result<Vec<StoredEntry>, StoreError> {
                if numbers.is_empty() {
                    return Ok(Vec::new());
                }
                let rows = sqlx::query(concat!(
                    "SELECT number, at_us, request, body, hash FROM entry WHERE number IN ",
                    $numbers,
                    " ORDER BY number"
                ))
                .bind(serde_json::to_string(numbers).unwrap_or_default())
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                rows.iter().map(|row| stored(row, 0)).collect()
            }

            async fn entry_of(&mut self, key: &str) -> Result<Option<u64>, StoreError> {
                let row = sqlx::query("SELECT number FROM entry WHERE request = $1")
                    .bind(key)
                    .fetch_optional(&mut self.connection)
                    .await
                    .map_err(meant)?;
                row.map(|row| unsigned(row.get(0))).transpose()
            }

            async fn ended_by(&mut self, reservation: u64) -> Result<Option<u64>, StoreError> {
                let row = sqlx::query("SELECT number FROM ended WHERE reservation = $1")
                    .bind(signed(reservation)?)
                    .fetch_optional(&mut self.connection)
                    .await
                    .map_err(meant)?;
                row.map(|row| unsigned(row.get(0))).transpose()
            }

            async fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
                let ids = self.account_ids().await?;
                let mut accounts: Vec<Account> = ids.into_iter().map(|(_, one)| one).collect();
                accounts.sort();
                Ok(accounts)
            }

            async fn balances(
                &mut self,
                account: &Account,
                through: u64,
            ) -> Result<AccountAt, StoreError> {
                let mut found = self.balances_of(std::slice::from_ref(account), through).await?;
                Ok(found.remove(account).unwrap_or_default())
            }

            async fn balances_of(
                &mut self,
                accounts: &[Account],
                through: u64,
            ) -> Result<HashMap<Account, AccountAt>, StoreError> {
                let named = self.named(accounts).await?;
                let ids: Vec<i64> = named.keys().copied().collect();
                let ids = serde_json::to_string(&ids).unwrap_or_default();
                let rows = sqlx::query(concat!(
                    "WITH RECURSIVE steps (id, day) AS (
                        SELECT id, (SELECT min(step) FROM posting WHERE account = id)
                        FROM account WHERE id IN ", $numbers, "
                        UNION ALL
                        SELECT id, (SELECT min(step) FROM posting WHERE account = id AND step > day)
                        FROM steps WHERE day IS NOT NULL
                     )
                     SELECT id, day, used, held FROM steps JOIN posting
                     ON posting.account = id AND posting.step = day AND posting.number =
                        (SELECT max(number) FROM posting
                         WHERE account = id AND step = day AND number <= $2)"
                ))
                .bind(&ids)
                .bind(signed(through)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                let mut found: HashMap<i64, AccountAt> = HashMap::new();
                for row in &rows {
                    let balance = balance(row.get(2), row.get(3))?;
                    found.entry(row.get(0)).or_default().steps.insert(day(row.get(1))?, balance);
                }
                let rows = sqlx::query(concat!(
                    "SELECT account, limit_to FROM raise WHERE number <= $2 AND account IN ",
                    $numbers,
                    " ORDER BY number"
                ))
                .bind(&ids)
                .bind(signed(through)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                for row in &rows {
                    found.entry(row.get(0)).or_default().raised = Some(amount(row.get(1))?);
                }
                let with_name = |(id, at)| Some((named.get(&id)?.clone(), at));
                Ok(found.into_iter().filter_map(with_name).collect())
            }

            async fn holds_on(&mut self, account: &Account) -> Result<Vec<u64>, StoreError> {
                let Some(id) = self.id_of(account).await? else { return Ok(Vec::new()) };
                let rows = sqlx::query("SELECT number FROM hold WHERE account = $1 ORDER BY number")
                    .bind(id)
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                rows.iter().map(|row| unsigned(row.get(0))).collect()
            }

            async fn owners(&mut self, through: u64) -> Result<Owners, StoreError> {
                let rows = sqlx::query(
                    "SELECT owned, owner, share FROM owner WHERE number <= $1 ORDER BY number",
                )
                .bind(signed(through)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                let mut owners = Owners::default();
                for row in &rows {
                    owners.record(row.get(0), row.get(1), amount(row.get(2))?);
                }
                Ok(owners)
            }

            async fn checkpoints(&mut self) -> Result<Vec<(u64, String)>, StoreError> {
                let rows = sqlx::query("SELECT size, note FROM checkpoint ORDER BY size")
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                rows.iter().map(|row| Ok((unsigned(row.get(0))?, row.get(1)))).collect()
            }

            async fn subtrees(
                &mut self,
                level: u8,
                from: u64,
                count: u64,
            ) -> Result<Vec<Hash>, StoreError> {
                let rows = sqlx::query(
                    "SELECT hash FROM subtree WHERE level = $1 AND position >= $2 \
                     ORDER BY position LIMIT $3",
                )
                .bind(i64::from(level))
                .bind(signed(from)?)
                .bind(signed(count)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                rows.iter().map(|row| hash(row.get(0))).collect()
            }

            async fn account_ids(&mut self) -> Result<Vec<(i64, Account)>, StoreError> {
                let rows = sqlx::query("SELECT id, quota, key FROM account ORDER BY id")
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                rows.iter().map(|row| Ok((row.get(0), account(row.get(1), row.get(2))?))).collect()
            }

            async fn lines(
                &mut self,
                table: Table,
                after: Option<&str>,
                most: u32,
            ) -> Result<Lines, StoreError> {
                let (columns, keys) = table.columns();
                let sql = lines(table, HEX);
                let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
                let mut last = after.map(|line| line.split('\t'));
                for key in &columns[..keys] {
                    let value = last.as_mut().and_then(Iterator::next);
                    query = match (*key, value) {
                        ("step", value) => query.bind(value.unwrap_or_default()),
                        (_, None) => query.bind(i64::MIN),
                        (_, Some(number)) => query.bind(number.parse::<i64>().map_err(|why| {
                            StoreError::damaged(format!("table {}", table.name()), why)
                        })?),
                    };
                }
                let row = query
                    .bind(i64::from(most))
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let text: Option<String> = row.get(1);
                let count = usize::try_from(row.get::<i64, _>(0)).unwrap_or_default();
                Ok(Lines { count, text: text.unwrap_or_default() })
            }

            async fn repeated_key(&mut self) -> Result<Option<String>, StoreError> {
                let row = sqlx::query(
                    "SELECT request FROM entry WHERE request IS NOT NULL \
                     GROUP BY request HAVING count(*) > 1 LIMIT 1",
                )
                .fetch_optional(&mut self.connection)
                .await
                .map_err(meant)?;
                Ok(row.map(|row| row.get(0)))
            }
        }

        fn tip_of(row: &$row) -> Result<Tip, StoreError> {
            let head = Head {
                number: unsigned(row.get(0))?,
                at: instant(row.get(1))?,
                hash: hash(row.get(2))?,
            };
            let frontier = Frontier::from_bytes(row.get(3))
                .map_err(|why| StoreError::damaged("the tree's edge", why))?;
            Ok(Tip { head, frontier })
        }

        /// An entry from five columns, the first of which is given.
        fn stored(row: &$row, first: usize) -> Result<StoredEntry, StoreError> {
            Ok(StoredEntry {
                number: unsigned(row.get(first))?,
                at: instant(row.get(first + 1))?,
                request: row.get(first + 2),
                body: row.get(first + 3),
                hash: hash(row.get(first + 4))?,
            })
        }
    };
}

pub(super) use sql_store;
