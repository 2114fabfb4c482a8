//! Laws that travel, and where an executor keeps them.

use std::sync::{Arc, Mutex, PoisonError};

use batch::{Catalogue, Mapping};
use law::Law;
use serde::{Deserialize, Serialize};

use crate::lawbook::Lawbook;

/// A document that travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name, for what is said of it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A law as it travels: what joins or replaces the program's own, and a hash of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Names all that a decision depends on: the program's version, vocabulary, packs, chips,
    /// countries, parts, what is assumed.
    pub hash: String,
    /// The vocabulary that takes the place of the program's.
    pub vocabulary: Option<Document>,
    /// Packs that join or replace the program's.
    pub packs: Vec<Document>,
    /// Facts that are taken for granted, `FACT=VALUE`.
    pub assume: Vec<String>,
    /// More vendors' tables.
    pub parts: Vec<Document>,
}

/// A law that was made of a shipment.
#[derive(Clone)]
pub struct Opened {
    /// The law.
    pub law: Arc<Law>,
    /// What is known of items.
    pub catalogue: Option<Arc<dyn Catalogue>>,
    /// The hash of it all, worked out anew.
    pub hash: String,
}

/// What makes laws of shipments, with the packs that the program carries.
pub trait Library: Send + Sync {
    /// Makes a law.
    ///
    /// # Errors
    /// Documents that are no law, in words.
    fn open(&self, shipment: &Shipment) -> Result<Opened, String>;
}

/// How many laws an executor keeps.
const MOST_LAWS: usize = 4;

/// The laws that an executor has made, the last one first.
pub struct Shelf {
    library: Arc<dyn Library>,
    only: Option<String>,
    opened: Mutex<Vec<Opened>>,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("only", &self.only).finish_non_exhaustive()
    }
}

impl Shelf {
    /// A shelf on which nothing is yet; one that has to have a certain hash takes no other law.
    pub fn new(library: Arc<dyn Library>, only: Option<String>) -> Shelf {
        Shelf { library, only, opened: Mutex::default() }
    }

    /// The law of a shipment.
    pub fn take(&self, shipment: &Shipment) -> Result<Opened, String> {
        let asked = &shipment.hash;
        if let Some(only) = self.only.as_ref().filter(|only| *only != asked) {
            return Err(format!(
                "the job is of the law {asked}, and an executor was started to decide by the law \
                 {only} alone; start it with the same --law and --assume, or without"
            ));
        }
        let mut known = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.iter().position(|opened| opened.hash == *asked) {
            let opened = known.remove(at);
            known.insert(0, opened.clone());
            return Ok(opened);
        }
        let opened = self.library.open(shipment)?;
        if opened.hash != *asked {
            let own = &opened.hash;
            return Err(format!(
                "the job is of the law {asked}, of which an executor makes the law {own}: it is \
                 another version of the program"
            ));
        }
        known.insert(0, opened.clone());
        known.truncate(MOST_LAWS);
        Ok(opened)
    }
}

impl Shelf {
    /// The law of a shipment, as functions use it.
    pub fn lawbook(&self, shipment: &Shipment) -> Result<Lawbook, String> {
        let Opened { law, catalogue, .. } = self.take(shipment)?;
        let lawbook = Lawbook::new(law).sent_as(shipment);
        Ok(match catalogue {
            Some(catalogue) => lawbook.with_catalogue(catalogue, Vec::new()),
            None => lawbook,
        })
    }
}

/// The mapping of a job.
pub fn mapping(law: &Law, pairs: &[(String, String)]) -> Result<Mapping, String> {
    let pairs: Vec<String> =
        pairs.iter().map(|(fact, column)| format!("{fact}={column}")).collect();
    let mapping = Mapping::read(pairs.iter().map(String::as_str), law.vocabulary());
    mapping.map_err(|why| why.to_string())
}
