//! The SQL that both databases share: every statement of a ledger, but for how a transaction begins
//! and what an error means.

/// The numbers of rows of a statement, the widest first: few, so that each is prepared once, and so
/// wide that a large batch goes in few of them.
pub(super) const WIDTHS: [usize; 6] = [1024, 256, 64, 16, 4, 1];

/// `INSERT INTO t (a, b) VALUES ($1,$2),($3,$4)`, or with `?` for each where the database looks
/// names of parameters up one by one.
pub(super) fn insert(into: &str, columns: usize, rows: usize, named: bool) -> String {
    let mut sql = format!("INSERT INTO {into} VALUES ");
    for at in 0..rows * columns {
        sql.push_str(match at {
            0 => "(",
            _ if at % columns == 0 => "),(",
            _ => ",",
        });
        if named {
            sql.push('$');
            sql.push_str(&(at + 1).to_string());
        } else {
            sql.push('?');
        }
    }
    sql.push(')');
    sql
}

/// Inserts rows, many to a statement.
macro_rules! insert_many {
    (
        $connection:expr, $rows:expr, $into:literal, $columns:literal,
        |$query:ident, $one:ident| $bind:expr
    ) => {{
        static STATEMENTS: std::sync::LazyLock<[String; 6]> = std::sync::LazyLock::new(|| {
            crate::store::sql::WIDTHS
                .map(|rows| crate::store::sql::insert($into, $columns, rows, NAMED))
        });
        let mut rest = &$rows[..];
        while !rest.is_empty() {
            let widths = crate::store::sql::WIDTHS;
            let fits = widths.iter().position(|width| *width <= rest.len()).unwrap_or(5);
            let (chunk, left) = rest.split_at(widths[fits]);
            rest = left;
            let mut $query = sqlx::query(STATEMENTS[fits].as_str());
            for $one in chunk {
                $query = $bind;
            }
            $query.execute($connection).await.map_err(meant)?;
        }
    }};
}

/// Implements a store over a connection. `numbers` and `texts` say how `$1`, a JSON list, is a list
/// in the database's SQL.
macro_rules! sql_store {
    ($store:ident, $row:ty, numbers: $numbers:literal, texts: $texts:literal) => {
        impl WriteStore for $store {
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
                self.append_entries(fresh).await?;
                self.append_postings(fresh).await?;
                self.append_holds(fresh).await?;
                self.append_rest(fresh, subtrees).await?;
                sqlx::query("UPDATE head SET number = $1, at_us = $2, hash = $3, frontier = $4")
                    .bind(signed(tip.head.number)?)
                    .bind(micros(tip.head.at))
                    .bind(&tip.head.hash.as_bytes()[..])
                    .bind(tip.frontier.to_bytes())
                    .execute(&mut self.connection)
                    .await
                    .map_err(meant)?;
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

            async fn append_entries(&mut self, fresh: &[Recorded]) -> Result<(), StoreError> {
                insert_many!(
                    &mut self.connection,
                    fresh,
                    "entry (number, at_us, request, body, hash)",
                    5,
                    |query, one| query
                        .bind(signed(one.entry.number)?)
                        .bind(micros(one.entry.at))
                        .bind(one.entry.key.as_deref())
                        .bind(one.body.as_str())
                        .bind(&one.hash.as_bytes()[..])
                );
                Ok(())
            }

            async fn append_postings(&mut self, fresh: &[Recorded]) -> Result<(), StoreError> {
                let mut rows = Vec::with_capacity(fresh.len());
                for one in fresh {
                    for (account, step, balance) in &one.postings {
                        let id = self.id_or_new(account).await?;
                        rows.push((id, step.to_string(), one.entry.number, balance));
                    }
                }
                insert_many!(
                    &mut self.connection,
                    rows,
                    "posting (account, step, number, used, held)",
                    5,
                    |query, row| query
                        .bind(row.0)
                        .bind(row.1.as_str())
                        .bind(signed(row.2)?)
                        .bind(row.3.used.to_string())
                        .bind(row.3.held.to_string())
                );
                Ok(())
            }

            async fn append_holds(&mut self, fresh: &[Recorded]) -> Result<(), StoreError> {
                // What opens and ends in the same batch never stands in the table.
                let over: HashMap<u64, u64> = fresh
                    .iter()
                    .filter_map(|one| Some((one.entry.event.reservation()?, one.entry.number)))
                    .collect();
                let mut opened = Vec::new();
                let mut closed: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
                for one in fresh {
                    let number = one.entry.number;
                    if let Event::Reserve { legs, expires, .. } = &one.entry.event
                        && !over.contains_key(&number)
                    {
                        for leg in legs {
                            opened.push((self.id_or_new(&leg.account).await?, number, *expires));
                        }
                    }
                    if let Some(hold) = &one.closes
                        && let Some(reservation) = one.entry.event.reservation()
                    {
                        for (account, _) in &hold.legs {
                            let id = self.id_or_new(account).await?;
                            closed.entry(id).or_default().push(reservation);
                        }
                    }
                }
                insert_many!(
                    &mut self.connection,
                    opened,
                    "hold (account, number, expires_us)",
                    3,
                    |query, row| query.bind(row.0).bind(signed(row.1)?).bind(micros(row.2))
                );
                for (account, numbers) in closed {
                    sqlx::query(concat!("DELETE FROM hold WHERE account = $2 AND number IN ", $numbers))
                        .bind(serde_json::to_string(&numbers).unwrap_or_default())
                        .bind(account)
                        .execute(&mut self.connection)
                        .await
                        .map_err(meant)?;
                }
                let over: Vec<(u64, u64)> = over.into_iter().collect();
                insert_many!(
                    &mut self.connection,
                    over,
                    "ended (reservation, number)",
                    2,
                    |query, row| query.bind(signed(row.0)?).bind(signed(row.1)?)
                );
                Ok(())
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

            async fn page(
                &mut self,
                from: u64,
                most: u32,
            ) -> Result<Vec<StoredEntry>, StoreError> {
                let row = sqlx::query(PAGE)
                    .bind(signed(from)?)
                    .bind(i64::from(most))
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let text = |at: usize| row.get::<Option<&str>, _>(at).unwrap_or_default();
                let texts = [text(1), text(2), text(3), text(4), text(5)];
                match page(row.get(0), texts) {
                    Some(entries) => Ok(entries),
                    // Texts that hold what parts them were not written by a ledger.
                    None => self.entries(from, most).await,
                }
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
                let rows = sqlx::query("SELECT quota, key FROM account")
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                let accounts = rows.iter().map(|row| account(row.get(0), row.get(1)));
                let mut accounts: Vec<Account> = accounts.collect::<Result<_, _>>()?;
                accounts.sort();
                Ok(accounts)
            }

            async fn balances(
                &mut self,
                account: &Account,
                through: u64,
            ) -> Result<AccountAt, StoreError> {
                let Some(id) = self.id_of(account).await? else { return Ok(AccountAt::default()) };
                let rows = sqlx::query(
                    "WITH RECURSIVE steps (day) AS (
                        SELECT (SELECT min(step) FROM posting WHERE account = $1)
                        UNION ALL
                        SELECT (SELECT min(step) FROM posting WHERE account = $1 AND step > day)
                        FROM steps WHERE day IS NOT NULL
                     )
                     SELECT day, used, held FROM steps JOIN posting
                     ON posting.account = $1 AND posting.step = day AND posting.number =
                        (SELECT max(number) FROM posting
                         WHERE account = $1 AND step = day AND number <= $2)",
                )
                .bind(id)
                .bind(signed(through)?)
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                let mut steps = BTreeMap::new();
                for row in &rows {
                    steps.insert(day(row.get(0))?, balance(row.get(1), row.get(2))?);
                }
                let raised = sqlx::query(
                    "SELECT limit_to FROM raise WHERE account = $1 AND number <= $2 \
                     ORDER BY number DESC LIMIT 1",
                )
                .bind(id)
                .bind(signed(through)?)
                .fetch_optional(&mut self.connection)
                .await
                .map_err(meant)?;
                let raised = raised.map(|row| amount(row.get(0))).transpose()?;
                Ok(AccountAt { steps, raised })
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

            async fn derived(&mut self) -> Result<Derived, StoreError> {
                let mut derived = Derived::default();
                for account in self.accounts().await? {
                    let at = self.balances(&account, u64::MAX >> 1).await?;
                    derived.accounts.insert(account, at);
                }
                let rows = sqlx::query(
                    "SELECT hold.number, quota, key, expires_us FROM hold \
                     JOIN account ON account.id = hold.account",
                )
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                for row in &rows {
                    let account = account(row.get(1), row.get(2))?;
                    derived.holds.push((unsigned(row.get(0))?, account, instant(row.get(3))?));
                }
                derived.holds.sort();
                let rows = sqlx::query("SELECT reservation, number FROM ended ORDER BY reservation")
                    .fetch_all(&mut self.connection)
                    .await
                    .map_err(meant)?;
                for row in &rows {
                    derived.ended.push((unsigned(row.get(0))?, unsigned(row.get(1))?));
                }
                let row = sqlx::query("SELECT count(*) FROM posting")
                    .fetch_one(&mut self.connection)
                    .await
                    .map_err(meant)?;
                derived.postings = unsigned(row.get(0))?;
                let rows = sqlx::query(
                    "SELECT request FROM entry WHERE request IS NOT NULL \
                     GROUP BY request HAVING count(*) > 1 LIMIT 10",
                )
                .fetch_all(&mut self.connection)
                .await
                .map_err(meant)?;
                derived.repeated_keys = rows.iter().map(|row| row.get(0)).collect();
                Ok(derived)
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

pub(super) use {insert_many, sql_store};
