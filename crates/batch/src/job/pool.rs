//! Row groups of files that are being worked on. Threads that have no file left take to those of
//! others; what they decide is written in order by the thread that has the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Progress;
use crate::answers::{Decider, Worker};
use crate::copying::{Group, Original};

/// The row groups that may be taken to, and what decides them.
pub(super) struct Pool<'j> {
    pub decider: &'j Decider,
    progress: &'j dyn Progress,
    /// How many row groups of all files may wait to be written: each holds its decisions.
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    files: BTreeMap<usize, File>,
    /// The number of the next file.
    next: usize,
    /// How many threads may still open files.
    busy: usize,
}

struct File {
    original: Arc<Original>,
    order: Order,
    done: BTreeMap<usize, Result<Group, String>>,
}

/// How far a file is.
#[derive(Default)]
struct Order {
    /// How many row groups there are.
    groups: usize,
    /// The next that nobody took to, and the next to be written.
    taken: usize,
    written: usize,
}

impl Order {
    /// How many row groups somebody took to and that are not written.
    fn waiting(&self) -> usize {
        self.taken - self.written
    }

    /// A row group that nobody took to: the next to be written, whatever waits of others, or a
    /// later one where there is room for all up to it from the one that is being written.
    fn take(&mut self, has_room: impl FnOnce(Range<usize>) -> bool) -> Option<usize> {
        let writing = self.written.saturating_sub(1);
        let may_take =
            self.taken < self.groups && (self.waiting() == 0 || has_room(writing..self.taken + 1));
        may_take.then(|| {
            self.taken += 1;
            self.taken - 1
        })
    }
}

impl File {
    fn take(&mut self, has_room: bool) -> Option<usize> {
        let original = &self.original;
        self.order.take(|groups| has_room && original.holds(groups))
    }
}

impl State {
    /// Whether one more row group of all files may wait.
    fn has_room(&self, most: usize) -> bool {
        has_room(self.files.values().map(|file| &file.order), most)
    }
}

fn has_room<'o>(files: impl Iterator<Item = &'o Order>, most: usize) -> bool {
    files.map(Order::waiting).sum::<usize>() < most
}

impl<'j> Pool<'j> {
    /// A pool of so many threads, all of which may open files.
    pub fn new(decider: &'j Decider, progress: &'j dyn Progress, threads: usize) -> Pool<'j> {
        let state = State { files: BTreeMap::new(), next: 0, busy: threads };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        Pool { decider, progress, most: 2 * threads, state, changed }
    }

    fn decided(
        &self,
        original: &Original,
        group: usize,
        worker: &mut Worker,
    ) -> Result<Group, String> {
        original.decided(group, self.decider, worker, &|rows| self.progress.rows(rows))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others take to the row groups of a file.
    pub fn open(&self, original: Original) -> Opened<'_, 'j> {
        let original = Arc::new(original);
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let order = Order { groups: original.groups(), ..Order::default() };
        let file = File { original: Arc::clone(&original), order, done: BTreeMap::new() };
        state.files.insert(number, file);
        drop(state);
        self.changed.notify_all();
        Opened { pool: self, number, original }
    }

    /// Says, when it is dropped, that a thread opens no more files.
    pub fn busy(&self) -> Busy<'_, 'j> {
        Busy(self)
    }

    /// Takes to the row groups of others until there will be none any more.
    pub fn help(&self, worker: &mut Worker) {
        let mut state = self.state();
        loop {
            let has_room = state.has_room(self.most);
            let found = state.files.iter_mut().find_map(|(number, file)| {
                Some((*number, file.take(has_room)?, Arc::clone(&file.original)))
            });
            match found {
                Some((number, group, original)) => {
                    drop(state);
                    let mut taken = Taken { pool: self, number, group, found: None };
                    taken.found = Some(self.decided(&original, group, worker));
                    drop(taken);
                    state = self.state();
                }
                None if state.busy == 0 => return,
                None => state = self.wait(state),
            }
        }
    }
}

/// A thread that may open files.
pub(super) struct Busy<'p, 'j>(&'p Pool<'j>);

impl Drop for Busy<'_, '_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.changed.notify_all();
    }
}

/// A row group that is being decided. Whatever happens, the thread that has the file learns of it.
struct Taken<'p, 'j> {
    pool: &'p Pool<'j>,
    number: usize,
    group: usize,
    found: Option<Result<Group, String>>,
}

impl Drop for Taken<'_, '_> {
    fn drop(&mut self) {
        let found = self.found.take();
        let found = found.unwrap_or_else(|| Err("the reader failed".to_owned()));
        // A file that was given up is no longer there.
        if let Some(file) = self.pool.state().files.get_mut(&self.number) {
            file.done.insert(self.group, found);
        }
        self.pool.changed.notify_all();
    }
}

/// A file whose row groups others may take to.
pub(super) struct Opened<'p, 'j> {
    pool: &'p Pool<'j>,
    number: usize,
    original: Arc<Original>,
}

impl Opened<'_, '_> {
    /// The file.
    pub fn original(&self) -> &Original {
        &self.original
    }

    /// The next row group, in order. While others are at it, later ones are decided.
    ///
    /// # Errors
    /// Rows that cannot be read, in words.
    pub fn next(&self, worker: &mut Worker) -> Result<Group, String> {
        let mut state = self.pool.state();
        loop {
            let has_room = state.has_room(self.pool.most);
            let Some(file) = state.files.get_mut(&self.number) else {
                return Err("the file is not open".to_owned());
            };
            if let Some(found) = file.done.remove(&file.order.written) {
                file.order.written += 1;
                drop(state);
                self.pool.changed.notify_all();
                return found;
            }
            state = match file.take(has_room) {
                Some(group) => {
                    drop(state);
                    let found = self.pool.decided(&self.original, group, worker);
                    let mut state = self.pool.state();
                    if let Some(file) = state.files.get_mut(&self.number) {
                        file.done.insert(group, found);
                    }
                    state
                }
                None => self.pool.wait(state),
            };
        }
    }
}

impl Drop for Opened<'_, '_> {
    fn drop(&mut self) {
        self.pool.state().files.remove(&self.number);
        self.pool.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_over_all_files_and_each_goes_on() {
        let mut files: Vec<Order> =
            (0..3).map(|_| Order { groups: 90, ..Order::default() }).collect();
        let take = |files: &mut Vec<Order>, at: usize| {
            let has_room = has_room(files.iter(), 8);
            files[at].take(|_| has_room)
        };
        while take(&mut files, 0).is_some() {}
        assert_eq!(files[0].waiting(), 8);
        // Others have their next one, and no more.
        assert_eq!([take(&mut files, 1), take(&mut files, 1)], [Some(0), None]);
        assert_eq!([take(&mut files, 2), take(&mut files, 2)], [Some(0), None]);
        // What is written makes room.
        files[0].written = 5;
        assert_eq!([1, 2, 0, 1].map(|at| take(&mut files, at)), [Some(1), Some(1), Some(8), None]);
        files[1] = Order { groups: 2, taken: 2, written: 2 };
        assert_eq!(take(&mut files, 1), None, "it is at its end");
    }

    #[test]
    fn who_goes_ahead_asks_for_all_that_waits() {
        let mut file = Order { groups: 9, taken: 5, written: 3 };
        assert_eq!(file.take(|groups| groups == (2..6)), Some(5));
        assert_eq!(file.take(|_| false), None);
        file.written = 6;
        assert_eq!(file.take(|_| false), Some(6));
    }
}
