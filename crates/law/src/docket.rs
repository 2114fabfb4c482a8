//! What transactions of one kind have in common under the law of a day.
//!
//! Most of a decision hangs on words: the kind of item, the activity, the countries, who the
//! parties are. Transactions that agree in those share a docket: what is settled of every condition
//! on words alone, and the list of the rules that can still matter. A decision then weighs what
//! hangs on numbers, texts and days. A docket settles only what is so whatever these are; the rest
//! is weighed as always.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use crate::answered::{Answered, Tests};
use crate::facts::Facts;
use crate::law::{Law, RuleId};
use crate::node::{Doubting, NodeId, Nodes, NumNode};
use crate::pack::Reading;
use crate::regime::{Exception, Quota, ReadingRules, Regime, Requirement};
use crate::settle::{Settled, Settling};
use crate::truth::Truth;
use crate::vocabulary::{FactId, FactType, Vocabulary};

/// What transactions of one kind have in common; rules by their index in the regime.
#[derive(Debug, Default)]
pub struct Docket {
    /// What is settled of the conditions.
    pub settled: Settled,
    /// What is open.
    pub tests: Tests,
    /// The answers, by how the tests come out.
    pub answered: Answered,
    /// Classes that can hold.
    pub classes: Vec<u16>,
    /// The two readings.
    pub readings: [DocketReading; 2],
    /// Whether the rules that can matter are the same in both.
    pub alike: bool,
}

/// The rules of one reading that can matter, by their index.
#[derive(Debug, Default)]
pub struct DocketReading {
    /// Requirements that can hold.
    pub requirements: Vec<u16>,
    /// Requirements that can be about the transaction.
    pub abouts: Vec<u16>,
    /// Requirements out of force that would hold.
    pub suspended: Vec<u16>,
    /// Exceptions that can hold.
    pub exceptions: Vec<u16>,
    /// Doubts that stand for a requirement.
    pub phantoms: Vec<u16>,
    /// Obligations that can be due.
    pub obligations: Vec<u16>,
    /// Rules that do not bind yet.
    pub coming: Vec<u16>,
    /// Flags that can be raised.
    pub flags: Vec<u16>,
    /// Doubts that can be remarked.
    pub remarks: Vec<u16>,
}

/// What tells dockets apart: the regime, and what its conditions read of a transaction's words.
type Key = Box<[u16]>;

/// The dockets of a law, for every thread.
#[derive(Debug, Default)]
pub struct Dockets(RwLock<HashMap<Key, Arc<Docket>>>);

/// The dockets that one thread met last.
#[derive(Debug, Default)]
pub struct RecentDockets {
    met: HashMap<Key, Arc<Docket>>,
    key: Vec<u16>,
}

/// Past this many the dockets are made anew, so that memory stays flat.
const MOST_DOCKETS: usize = 4096;
/// The same for those of one thread.
const MOST_RECENT: usize = 512;

impl RecentDockets {
    /// The docket of a transaction under the law of its day.
    pub fn find(&mut self, law: &Law, regime: &Regime, facts: &Facts) -> Arc<Docket> {
        self.key.clear();
        regime.docket_facts.write_key(regime, facts, &mut self.key);
        if let Some(docket) = self.met.get(self.key.as_slice()) {
            return Arc::clone(docket);
        }
        if self.met.len() >= MOST_RECENT {
            self.met.clear();
        }
        let docket = law.dockets.find(&self.key, || Docket::new(law, regime, facts));
        self.met.insert(self.key.as_slice().into(), Arc::clone(&docket));
        docket
    }
}

impl Dockets {
    fn find(&self, key: &[u16], make: impl FnOnce() -> Docket) -> Arc<Docket> {
        let made = self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        made.unwrap_or_else(|| {
            let docket = Arc::new(make());
            let mut dockets = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if dockets.len() >= MOST_DOCKETS {
                dockets.clear();
            }
            dockets.insert(key.into(), Arc::clone(&docket));
            docket
        })
    }
}

/// The facts by which transactions share a docket: those that conditions read.
#[derive(Debug, Default)]
pub struct DocketFacts {
    countries: Vec<FactId>,
    others: Vec<FactId>,
}

impl DocketFacts {
    /// Those of compiled conditions.
    pub fn of(nodes: &Nodes, readings: &[ReadingRules; 2], vocabulary: &Vocabulary) -> DocketFacts {
        let mut read: BTreeSet<FactId> = nodes.all().flat_map(|node| node.facts()).collect();
        read.extend(nodes.all_nums().filter_map(|node| match node {
            NumNode::Fact(fact) | NumNode::Derived(fact, _) => Some(*fact),
            _ => None,
        }));
        // What was used of a quota is no condition, but where it is not known it is asked for.
        for quota in readings.iter().flat_map(|rules| &rules.quotas) {
            read.insert(quota.used);
            read.extend(quota.base.map(|(fact, _)| fact));
        }
        let is_country = |fact: &FactId| vocabulary.fact(*fact).of == FactType::Country;
        let (countries, others) = read.into_iter().partition(is_country);
        DocketFacts { countries, others }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = FactId> + '_ {
        self.countries.iter().chain(&self.others).copied()
    }

    /// Countries that the sets of the day do not tell apart are one.
    fn write_key(&self, regime: &Regime, facts: &Facts, key: &mut Vec<u16>) {
        key.extend([0, 16, 32, 48].map(|shift| (regime.id >> shift) as u16));
        key.push(u16::from(facts.present_bits()));
        key.extend(self.others.iter().map(|fact| facts.code(*fact)));
        key.extend(self.countries.iter().map(|fact| match facts.code(*fact) {
            0 => 0,
            code => 1 + regime.country_classes.class(code - 1),
        }));
    }
}

impl Docket {
    fn new(law: &Law, regime: &Regime, facts: &Facts) -> Docket {
        let mut making = Making { law, regime, settling: Settling::new(regime, facts) };
        let classes = making.keep(&regime.classes, |making, (_, _, when)| making.can_hold(*when));
        let readings = Reading::BOTH.map(|reading| making.reading(reading));
        let alike = are_alike(regime, &readings);
        let (settled, tests) = making.settling.finish();
        Docket { settled, tests, answered: Answered::default(), classes, readings, alike }
    }
}

impl Docket {
    /// One that settles nothing, by which every transaction of a regime can be decided.
    pub(crate) fn whole(law: &Law, regime: &Regime) -> Docket {
        fn all<R>(rules: &[R]) -> Vec<u16> {
            (0..rules.len()).map(|at| at as u16).collect()
        }
        let readings = Reading::BOTH.map(|reading| {
            let rules = regime.reading(reading);
            let coming = regime.coming.iter().enumerate();
            let is_told =
                |(_, (rule, _)): &(usize, &(RuleId, NodeId))| is_told(law, regime, *rule, reading);
            DocketReading {
                requirements: all(&rules.requirements),
                abouts: all(&rules.requirements),
                suspended: all(&rules.suspended),
                exceptions: all(&rules.exceptions),
                phantoms: all(&rules.phantoms),
                obligations: all(&rules.obligations),
                coming: coming.filter(is_told).map(|(at, _)| at as u16).collect(),
                flags: all(&rules.flags),
                remarks: all(&rules.remarks),
            }
        });
        let alike = are_alike(regime, &readings);
        Docket { classes: all(&regime.classes), readings, alike, ..Docket::default() }
    }
}

/// Whether a reading tells of a rule that does not bind yet.
fn is_told(law: &Law, regime: &Regime, rule: RuleId, reading: Reading) -> bool {
    let rule = law.rule(rule);
    rule.reading.is_none_or(|only| only == reading)
        && !law.is_out_of_force(rule, regime.from, reading)
}

/// Whether the rules that can matter are the same in both readings.
fn are_alike(regime: &Regime, [written, enforced]: &[DocketReading; 2]) -> bool {
    fn same<R: PartialEq>(written: (&[R], &[u16]), enforced: (&[R], &[u16])) -> bool {
        let written = written.1.iter().map(|at| &written.0[usize::from(*at)]);
        let enforced = enforced.1.iter().map(|at| &enforced.0[usize::from(*at)]);
        written.eq(enforced)
    }
    let [a, b] = &regime.readings;
    let (x, y) = (written, enforced);
    a.quotas == b.quotas
        && x.coming == y.coming
        && same((&a.requirements, &x.requirements), (&b.requirements, &y.requirements))
        && same((&a.requirements, &x.abouts), (&b.requirements, &y.abouts))
        && same((&a.suspended, &x.suspended), (&b.suspended, &y.suspended))
        && same((&a.exceptions, &x.exceptions), (&b.exceptions, &y.exceptions))
        && same((&a.phantoms, &x.phantoms), (&b.phantoms, &y.phantoms))
        && same((&a.obligations, &x.obligations), (&b.obligations, &y.obligations))
        && same((&a.flags, &x.flags), (&b.flags, &y.flags))
        && same((&a.remarks, &x.remarks), (&b.remarks, &y.remarks))
}

/// A docket under way.
struct Making<'m> {
    law: &'m Law,
    regime: &'m Regime,
    settling: Settling<'m>,
}

impl Making<'_> {
    fn keep<R>(&mut self, rules: &[R], can_matter: impl Fn(&mut Self, &R) -> bool) -> Vec<u16> {
        let indexed = rules.iter().enumerate();
        indexed.filter(|(_, rule)| can_matter(self, rule)).map(|(at, _)| at as u16).collect()
    }

    fn can_hold(&mut self, when: NodeId) -> bool {
        self.settling.truth(when) != Some(Truth::False)
    }

    fn reading(&mut self, reading: Reading) -> DocketReading {
        let rules = self.regime.reading(reading);
        DocketReading {
            requirements: self
                .keep(&rules.requirements, |making, each| making.requirement(each, rules)),
            abouts: self.keep(&rules.requirements, |making, each| {
                each.about.is_some_and(|about| making.can_hold(about))
            }),
            suspended: self.keep(&rules.suspended, |making, (_, when, _)| making.can_hold(*when)),
            exceptions: self.keep(&rules.exceptions, |making, each| making.exception(each, rules)),
            phantoms: self.keep(&rules.phantoms, |making, each| making.can_hold(each.when)),
            obligations: self.keep(&rules.obligations, |making, each| {
                making.settling.truth(each.done) != Some(Truth::True) && making.can_hold(each.when)
            }),
            coming: self.keep(&self.regime.coming, |making, (rule, when)| {
                is_told(making.law, making.regime, *rule, reading) && making.can_hold(*when)
            }),
            flags: self.keep(&rules.flags, |making, (_, when)| making.can_hold(*when)),
            remarks: self.keep(&rules.remarks, |making, (_, when)| making.can_hold(*when)),
        }
    }

    /// Whether a requirement can hold. Of one that can, what else it asks is settled as well.
    fn requirement(&mut self, requirement: &Requirement, rules: &ReadingRules) -> bool {
        let can_hold = self.can_hold(requirement.when);
        if can_hold {
            self.doubts(&requirement.doubts);
            for policy in &requirement.policies {
                if self.can_hold(policy.when) {
                    self.doubts(&policy.doubts);
                    self.quotas(&policy.draws, rules);
                }
            }
        }
        can_hold
    }

    /// The same of an exception.
    fn exception(&mut self, exception: &Exception, rules: &ReadingRules) -> bool {
        let settling = &mut self.settling;
        let can_hold = settling.truth(exception.when) != Some(Truth::False)
            && exception.bars.iter().all(|(_, bar)| settling.truth(*bar) != Some(Truth::True));
        if can_hold {
            self.doubts(&exception.doubts);
            self.quotas(&exception.draws, rules);
        }
        can_hold
    }

    fn doubts(&mut self, doubts: &[Doubting]) {
        for doubt in doubts {
            self.settling.truth(doubt.when);
        }
    }

    fn quotas(&mut self, draws: &[usize], rules: &ReadingRules) {
        for Quota { when, amount, limit, base, .. } in draws.iter().map(|at| &rules.quotas[*at]) {
            self.settling.truth(*when);
            let base = base.map(|(_, amount)| amount);
            for number in [Some(*amount), *limit, base].into_iter().flatten() {
                self.settling.lacks(number);
            }
        }
    }
}
