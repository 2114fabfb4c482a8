//! A law as functions of SQL use it.

use std::sync::{Arc, Mutex, PoisonError};

use batch::arrow::array::RecordBatch;
use batch::{Catalogue, ColumnError, Decider, Mapping, RowError, Worker};
use law::{FactId, Law, Num, Value};

use crate::cluster::Shipment;

/// A law together with what is known of items.
#[derive(Clone)]
pub struct Lawbook {
    law: Arc<Law>,
    decider: Arc<Decider>,
    chips: Arc<[Chip]>,
    /// What threads remember; each takes one and gives it back.
    workers: Arc<Mutex<Vec<Worker>>>,
    /// The law as it is sent to others.
    travels: Option<Arc<str>>,
}

/// One chip of a catalogue.
#[derive(Clone, Debug)]
pub struct Chip {
    /// Every column of its row, by name; `sku` is the key.
    pub columns: Vec<(String, String)>,
    /// What it says of the item.
    pub facts: Vec<(FactId, Value)>,
}

impl Lawbook {
    /// A law alone: items are what rows say of them.
    pub fn new(law: Arc<Law>) -> Lawbook {
        let decider = Decider::new(Arc::clone(&law), None, Mapping::default());
        Lawbook {
            law,
            decider: Arc::new(decider),
            chips: Arc::new([]),
            workers: Arc::new(Mutex::new(Vec::new())),
            travels: None,
        }
    }

    /// The same with what is known of items, and the chips that `weir_chips()` lists.
    #[must_use]
    pub fn with_catalogue(self, catalogue: Arc<dyn Catalogue>, chips: Vec<Chip>) -> Lawbook {
        let decider = Decider::new(Arc::clone(&self.law), Some(catalogue), Mapping::default());
        Lawbook { decider: Arc::new(decider), chips: chips.into(), ..self }
    }

    /// The same that a cluster can be sent: its executors make it of the shipment.
    #[must_use]
    pub fn sent_as(self, shipment: &Shipment) -> Lawbook {
        let travels = serde_json::to_string(shipment).ok().map(Arc::from);
        Lawbook { travels, ..self }
    }

    /// The law as it is sent to others, if it can be.
    pub(crate) fn travels(&self) -> Option<&Arc<str>> {
        self.travels.as_ref()
    }

    /// The law.
    pub fn law(&self) -> &Arc<Law> {
        &self.law
    }

    /// The chips.
    pub fn chips(&self) -> &[Chip] {
        &self.chips
    }

    /// Decides a batch; what comes out has the columns that `weir batch` writes. Rows that could
    /// not be read are in error.
    ///
    /// # Errors
    /// A column of a type that its fact cannot have, or that is there twice.
    pub fn decide(
        &self,
        batch: &RecordBatch,
        unread: impl IntoIterator<Item = usize>,
    ) -> Result<RecordBatch, ColumnError> {
        let error = |row| (row, vec![RowError { code: "unread", message: String::new() }]);
        let unread = unread.into_iter().map(error).collect();
        let workers = || self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut worker = workers().pop().unwrap_or_default();
        let decided = self.decider.decide_read(batch, unread, &mut worker);
        workers().push(worker);
        decided.map(|decided| decided.batch)
    }

    /// A number that the law works out from the facts of each row.
    ///
    /// # Errors
    /// As [`Lawbook::decide`].
    pub fn numbers(
        &self,
        batch: &RecordBatch,
        name: &str,
    ) -> Result<Vec<Option<Num>>, ColumnError> {
        self.decider.numbers(batch, name)
    }
}

impl std::fmt::Debug for Lawbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let packs: Vec<&str> = self.law.packs().iter().map(|pack| pack.id.as_str()).collect();
        f.debug_struct("Lawbook").field("packs", &packs).finish_non_exhaustive()
    }
}

impl PartialEq for Lawbook {
    /// Whether it is the same one: two that were read from the same documents are not.
    fn eq(&self, other: &Lawbook) -> bool {
        Arc::ptr_eq(&self.law, &other.law) && Arc::ptr_eq(&self.decider, &other.decider)
    }
}

impl Eq for Lawbook {}

impl std::hash::Hash for Lawbook {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.law).addr().hash(state);
    }
}
