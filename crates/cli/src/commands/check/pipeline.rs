//! Takes an order book through reading, deciding, drawing and writing, a batch at a time.
//!
//! Three batches are under way at once: while one is read and decided, the one before it draws on
//! quotas in the order of its lines, and the one before that is written. What can only be done in
//! order so takes no core away from what can be done in parallel. Batches take turns in the same
//! room, so that memory does not depend on the length of the file.

use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use law::{Carry, Desk, Law};
use rayon::prelude::*;

use super::keeping::Keeper;
use super::{Answered, Tally, progress};
use crate::input::Orders;
use crate::input::rows::{Order, Reader, Scratch};
use crate::language::Language;
use crate::output::Sink;
use records::framing::Record;

/// How many lines the first batch has: by them an output chooses its columns.
const FIRST_LINES: usize = 4096;
/// How many lines each later batch has: few, so that they stay near the processor.
const BATCH_LINES: usize = 1024;
const BATCH_BYTES: usize = 4 << 20;
/// How many lines a thread takes at a time.
const CHUNK_LINES: usize = 16;

/// A run of `weir check` over one file.
pub struct Run<'r> {
    law: &'r Law,
    answerer: Answerer<'r>,
    sink: Box<dyn Sink + 'r>,
    drawer: Drawer<'r>,
}

/// Lines that are under way together, and their room.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    lines: Vec<Answered>,
}

/// Reads and decides lines, each as if it were alone.
struct Answerer<'r> {
    law: &'r Law,
    reader: Reader<'r>,
    language: Language,
    benches: Vec<Mutex<Bench>>,
}

/// What a thread keeps from one line to the next: what a desk has learned of the law is worth more
/// than a line.
struct Bench {
    desk: Desk,
    scratch: Scratch,
}

/// Lets lines draw on the same quotas one after another.
struct Drawer<'r> {
    law: &'r Law,
    carry: Option<Carry>,
    keeper: Option<Keeper<'r>>,
    desk: Desk,
}

impl<'r> Run<'r> {
    /// A run with so many threads; where `carry` is `None`, every line draws on full quotas.
    pub fn new(
        law: &'r Law,
        reader: Reader<'r>,
        language: Language,
        sink: Box<dyn Sink + 'r>,
        carry: Option<Carry>,
        keeper: Option<Keeper<'r>>,
        threads: usize,
    ) -> Run<'r> {
        let bench = || Mutex::new(Bench { desk: Desk::default(), scratch: reader.scratch() });
        let benches = std::iter::repeat_with(bench).take(threads.max(1)).collect();
        Run {
            law,
            answerer: Answerer { law, reader, language, benches },
            sink,
            drawer: Drawer { law, carry, keeper, desk: Desk::default() },
        }
    }

    /// Takes every line of a file to the output. To be called inside the pool of threads.
    ///
    /// # Errors
    /// Input that cannot be read, once what was read before it is written; output that cannot be
    /// written.
    pub fn all(
        &mut self,
        orders: &mut Orders,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<Tally> {
        let is_reserving = self.drawer.keeper.as_ref().is_some_and(Keeper::reserves);
        let mut tally = Tally { is_reserving, ..Tally::default() };
        let progress = progress(orders);
        self.sink.begin(out)?;
        let (mut free, mut decided, mut drawn) =
            (Batch::default(), Batch::default(), Batch::default());
        let mut number = 0;
        let mut input: io::Result<bool> = Ok(true);
        loop {
            let Run { law, answerer, sink, drawer } = self;
            let (written, (next, kept)) = rayon::join(
                || if drawn.lines.is_empty() { Ok(()) } else { sink.write(&drawn.lines, out) },
                || {
                    let mut draw = || {
                        let drawn = drawer.draw(&mut decided);
                        decided.lines.iter().for_each(|line| tally.count(law, line));
                        drawn
                    };
                    let mut read = || match &input {
                        Ok(true) => {
                            let most = if number == 0 { FIRST_LINES } else { BATCH_LINES };
                            let read = free.fill(orders, most);
                            answerer.answer(&mut free, number + 1);
                            Some(read)
                        }
                        _ => None,
                    };
                    rayon::join(&mut read, &mut draw)
                },
            );
            written?;
            kept?;
            match next {
                Some(read) => input = read,
                None => free.lines.clear(),
            }
            number += free.lines.len() as u64;
            progress.set_position(orders.records.bytes_read());
            mem::swap(&mut drawn, &mut decided);
            mem::swap(&mut decided, &mut free);
            if drawn.lines.is_empty() && decided.lines.is_empty() {
                break;
            }
        }
        input?;
        let closed = self.drawer.keeper.take().map_or(Ok(()), Keeper::close);
        progress.finish_and_clear();
        self.sink.end(&tally, out)?;
        out.flush()?;
        closed.context("every line is answered and held; the last checkpoint is not signed")?;
        Ok(tally)
    }
}

impl Batch {
    /// Reads the next records, `most` at most; whether there may be more.
    fn fill(&mut self, orders: &mut Orders, most: usize) -> io::Result<bool> {
        let (mut count, mut bytes) = (0, 0);
        let mut more = Ok(true);
        while count < most && bytes < BATCH_BYTES {
            if count == self.records.len() {
                self.records.push(Record::default());
            }
            let record = &mut self.records[count];
            more = orders.records.read(record);
            if !matches!(more, Ok(true)) {
                break;
            }
            bytes += record.bytes.len();
            count += 1;
        }
        self.records.truncate(count);
        more
    }
}

impl Answerer<'_> {
    /// Decides a batch in parallel; its first line is line `first` of the file.
    fn answer(&self, batch: &mut Batch, first: u64) {
        let blank = || Answered::alone(Order::blank(self.law), None);
        batch.lines.resize_with(batch.records.len(), blank);
        let records = batch.records.par_chunks(CHUNK_LINES);
        let lines = batch.lines.par_chunks_mut(CHUNK_LINES);
        records.zip(lines).enumerate().for_each(|(chunk, (records, lines))| {
            let mut bench = self.bench();
            let first = first + (chunk * CHUNK_LINES) as u64;
            for (number, (record, line)) in (first..).zip(records.iter().zip(lines)) {
                self.line(record, number, line, &mut bench);
            }
        });
    }

    fn line(&self, record: &Record, number: u64, line: &mut Answered, bench: &mut Bench) {
        self.reader.read_into(record, number, &mut line.order, &mut bench.scratch);
        line.determination = None;
        line.accounts.clear();
        line.is_unreserved = false;
        if line.order.error.is_none() {
            line.determination = self.law.decide(&line.order.facts, None, &mut bench.desk);
            line.accounts = bench.desk.take_accounts();
            self.reader.compare_with_vendor(&mut line.order);
        }
        self.reader.translate(&mut line.order, self.language);
    }

    /// The bench of this thread. Nobody else wants it: what holds it starts no other work.
    fn bench(&self) -> MutexGuard<'_, Bench> {
        let thread = rayon::current_thread_index().unwrap_or_default();
        self.benches[thread % self.benches.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawer<'_> {
    fn draw(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        let Batch { records, lines } = batch;
        if let Some(keeper) = &mut self.keeper {
            return keeper.draw(records, lines, self.carry.as_mut(), &mut self.desk);
        }
        let Some(carry) = &mut self.carry else { return Ok(()) };
        for line in lines {
            let Some(determination) = &mut line.determination else { continue };
            if carry.touches(&line.accounts)
                && let Some(again) = self.law.decide(&line.order.facts, Some(carry), &mut self.desk)
            {
                *determination = again;
            }
            carry.add(determination);
        }
        Ok(())
    }
}
