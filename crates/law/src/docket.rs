//! Which rules can matter to transactions of one kind.
//!
//! Most rules fail on a word: the kind of item, the activity, the destination. Transactions that
//! agree
//! in those share a docket, the list of rules that do not fail on them alone, so that a decision
//! weighs a few dozen conditions instead of several hundred. A docket leaves out only what is false
//! whatever the other facts are; what it keeps is weighed as always.

use std::collections::HashMap;
use std::sync::Arc;

use crate::eval::{Evaluation, Memory};
use crate::facts::{Facts, Value};
use crate::law::Law;
use crate::node::NodeId;
use crate::pack::Reading;
use crate::regime::Regime;
use crate::truth::Truth;
use crate::vocabulary::{FactId, FactType};

/// The rules of a regime that can matter, by their index.
#[derive(Debug, Default)]
pub struct Docket {
    /// Classes.
    pub classes: Vec<u16>,
    /// Rules that do not bind yet.
    pub coming: Vec<u16>,
    /// The two readings.
    pub readings: [DocketReading; 2],
}

/// The rules of one reading that can matter, by their index.
#[derive(Debug, Default)]
pub struct DocketReading {
    /// Requirements that can hold.
    pub requirements: Vec<u16>,
    /// Requirements that can be about the transaction.
    pub abouts: Vec<u16>,
    /// Exceptions that can hold.
    pub exceptions: Vec<u16>,
    /// Doubts that stand for a requirement.
    pub phantoms: Vec<u16>,
    /// Obligations that can be due.
    pub obligations: Vec<u16>,
    /// Flags that can be raised.
    pub flags: Vec<u16>,
    /// Doubts that can be remarked.
    pub remarks: Vec<u16>,
}

/// The dockets that were made so far.
#[derive(Debug, Default)]
pub struct Dockets {
    made: HashMap<Box<[u8]>, Arc<Docket>>,
    key: Vec<u8>,
    memory: Memory,
}

/// Past this many the dockets are made anew, so that memory stays flat.
const MOST_DOCKETS: usize = 8192;

impl Dockets {
    /// The docket of a transaction under the law of its day.
    pub fn find(&mut self, law: &Law, regime: &Regime, facts: &Facts) -> Arc<Docket> {
        self.write_key(law, regime, facts);
        if let Some(docket) = self.made.get(self.key.as_slice()) {
            return Arc::clone(docket);
        }
        if self.made.len() >= MOST_DOCKETS {
            self.made.clear();
        }
        let docket = Arc::new(self.make(law, regime, facts));
        self.made.insert(self.key.as_slice().into(), Arc::clone(&docket));
        docket
    }

    fn write_key(&mut self, law: &Law, regime: &Regime, facts: &Facts) {
        self.key.clear();
        self.key.extend_from_slice(&regime.id.to_le_bytes());
        self.key.push(facts.present_bits());
        for fact in law.docket_facts() {
            match facts.get(*fact) {
                None => self.key.push(0),
                Some(Value::Bool(value)) => self.key.push(1 + u8::from(*value)),
                Some(Value::Word(word)) => self.key.push(word + 1),
                Some(Value::List(items)) => self.key.push(1 + u8::from(!items.is_empty())),
                Some(Value::Country(country)) => {
                    self.key.extend(country.code().map(|letter| letter as u8));
                }
                Some(_) => self.key.push(u8::MAX),
            }
        }
    }

    fn make(&mut self, law: &Law, regime: &Regime, facts: &Facts) -> Docket {
        let mut known = facts.clone();
        known.forget_all_but(law.docket_facts());
        let mut evaluation = Evaluation::partial(regime, &known, &mut self.memory);
        let mut keep = |conditions: &mut dyn Iterator<Item = NodeId>| -> Vec<u16> {
            conditions
                .enumerate()
                .filter(|(_, when)| evaluation.truth(*when) != Truth::False)
                .map(|(at, _)| at as u16)
                .collect()
        };
        Docket {
            classes: keep(&mut regime.classes.iter().map(|(_, _, when)| *when)),
            coming: keep(&mut regime.coming.iter().map(|(_, when)| *when)),
            readings: Reading::BOTH.map(|reading| {
                let rules = regime.reading(reading);
                // A requirement without `about` is about nothing; its own condition stands in and
                // is
                // never asked.
                let about = |at: &u16| rules.requirements[usize::from(*at)].about.is_some();
                let mut abouts = keep(
                    &mut rules.requirements.iter().map(|each| each.about.unwrap_or(each.when)),
                );
                abouts.retain(about);
                DocketReading {
                    requirements: keep(&mut rules.requirements.iter().map(|each| each.when)),
                    abouts,
                    exceptions: keep(&mut rules.exceptions.iter().map(|each| each.when)),
                    phantoms: keep(&mut rules.phantoms.iter().map(|each| each.when)),
                    obligations: keep(&mut rules.obligations.iter().map(|each| each.when)),
                    flags: keep(&mut rules.flags.iter().map(|(_, when)| *when)),
                    remarks: keep(&mut rules.remarks.iter().map(|(_, when)| *when)),
                }
            }),
        }
    }
}

/// The facts by which transactions share a docket: words, truths, lists, and the destination.
pub fn facts_of_dockets(vocabulary: &crate::vocabulary::Vocabulary) -> Vec<FactId> {
    let shared = vocabulary.facts().filter(|(_, fact)| match fact.of {
        FactType::Bool | FactType::Enum(_) | FactType::List(_) => true,
        FactType::Country => &*fact.name == "destination",
        _ => false,
    });
    shared.map(|(id, _)| id).collect()
}
