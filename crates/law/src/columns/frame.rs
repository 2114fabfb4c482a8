//! Where every fact comes from for rows of one day's law, and what follows from one bundle alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::inquiry::Inquiry;
use super::kinds::Plans;
use super::roots::Roots;
use super::{Columns, size};
use crate::docket::Docket;
use crate::eval::{Evaluation, Memory};
use crate::facts::{Facts, Value};
use crate::node::{Node, NodeId, NumId, NumNode, Part};
use crate::number::Num;
use crate::pack::Reading;
use crate::regime::Regime;
use crate::trail::level;
use crate::vocabulary::{FactId, Vocabulary};

/// What rows of one frame have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'t> {
    /// The law of their day.
    pub(super) regime: &'t Regime,
    /// The parties of which something is said, as bits.
    pub(super) present: u8,
    /// How their day lies to those that the packs cover.
    pub(super) days: [bool; 2],
}

/// What a condition or number looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// No column.
    Constant,
    /// The columns of one bundle.
    Bundle(usize),
    /// Columns of several.
    Rows,
}

impl Scope {
    fn with(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::Constant, other) => other,
            (own, Scope::Constant) => own,
            (own, other) if own == other => own,
            _ => Scope::Rows,
        }
    }
}

/// A frame.
#[derive(Debug)]
pub(super) struct Frame {
    regime: u64,
    present: u8,
    pub(super) days: [bool; 2],
    /// The facts that no column gives, with the parties that are there.
    constants: Facts,
    /// Of each fact, the bundle it comes from, if any.
    bundle_of: Vec<Option<usize>>,
    pub(super) nodes: Vec<Scope>,
    pub(super) nums: Vec<Scope>,
    /// What nodes without a column are worth.
    truths: Vec<u8>,
    numbers: Vec<Option<Num>>,
    /// Of nodes that look at one bundle, their place in its lists.
    node_at: Vec<u32>,
    num_at: Vec<u32>,
    fact_at: Vec<u32>,
    bundles: Vec<Distinct>,
    /// Numbers for values that are compared across bundles; 0 is for what is not known.
    ids: FxHashMap<Value, u32>,
    /// The facts whose values are compared with one another.
    same: BTreeSet<FactId>,
    /// One that settles nothing.
    pub(super) docket: Arc<Docket>,
    pub(super) inquiry: Inquiry,
    /// Rows of its sheets, and how many of them had an answer that none had before.
    rows: u64,
    fresh: u64,
    memory: Memory,
    pub(super) plans: Plans,
}

/// The distinct values of a bundle, as far as the law reads them, and what follows from each.
#[derive(Debug, Default)]
struct Distinct {
    /// The columns that are read.
    columns: Vec<usize>,
    /// The facts that come from them: the column among those, and what stands in where it is empty.
    facts: Vec<(FactId, usize, Option<Value>)>,
    nodes: Vec<NodeId>,
    nums: Vec<NumId>,
    roots: Roots,
    of_values: FxHashMap<Box<[Option<Value>]>, u32>,
    /// For each key of the present table, which of them it is; and of those before, where they are
    /// of the same dictionary.
    of_key: Option<Vec<u32>>,
    dictionary: Option<u64>,
    /// Of each distinct value, its [kind](super::kinds).
    kinds: Vec<u32>,
    /// Of each kind, the first of its values.
    firsts: Vec<u32>,
    by_signature: FxHashMap<Box<[u8]>, u32>,
    kind_of_key: Option<Vec<u32>>,
    truths: Vec<Vec<u8>>,
    numbers: Vec<Vec<Option<Num>>>,
    /// Of each fact, its values, and their numbers.
    values: Vec<Vec<Option<Value>>>,
    ids: Vec<Vec<u32>>,
}

impl Frame {
    pub(super) fn new(columns: &Columns<'_>, place: Place<'_>) -> Frame {
        let Place { regime, present, days } = place;
        let vocabulary = columns.law.vocabulary();
        let mut frame = Frame {
            regime: regime.id,
            present,
            days,
            constants: Facts::new(vocabulary),
            bundle_of: vec![None; vocabulary.len()],
            nodes: Vec::new(),
            nums: Vec::new(),
            truths: Vec::new(),
            numbers: Vec::new(),
            node_at: Vec::new(),
            num_at: Vec::new(),
            fact_at: vec![0; vocabulary.len()],
            bundles: columns
                .bundles
                .iter()
                .map(|bundle| Distinct { dictionary: bundle.dictionary, ..Distinct::default() })
                .collect(),
            ids: FxHashMap::default(),
            same: compared(regime),
            docket: Arc::new(Docket::whole(columns.law, regime)),
            inquiry: Inquiry::default(),
            rows: 0,
            fresh: 0,
            memory: Memory::default(),
            plans: Plans::default(),
        };
        frame.constants.set_present(present);
        for fact in read(regime) {
            frame.place_fact(columns, fact);
        }
        frame.scope(regime);
        frame.evaluate_constants(regime);
        let roots = Roots::of(regime, &frame, frame.bundles.len());
        frame.bundles.iter_mut().zip(roots).for_each(|(bundle, roots)| bundle.roots = roots);
        frame
    }

    pub(super) fn is_at(&self, place: &Place<'_>) -> bool {
        self.regime == place.regime.id && self.present == place.present && self.days == place.days
    }

    /// Counts rows, and the answers that none had before.
    pub(super) fn count(&mut self, rows: usize, fresh: usize) {
        self.rows += rows as u64;
        self.fresh += fresh as u64;
    }

    /// Whether rows rarely have the answer of another, so that looking for it does not pay.
    pub(super) fn is_varied(&self) -> bool {
        self.rows >= 512 && 2 * self.fresh > self.rows
    }

    /// How many distinct values and answers it remembers.
    pub(super) fn remembered(&self) -> usize {
        let values: usize = self.bundles.iter().map(|bundle| bundle.of_values.len()).sum();
        values + self.ids.len() + self.inquiry.remembered() + self.plans.remembered()
    }

    /// Turns to another table, whose keys mean something else but where they are of the same
    /// dictionary.
    pub(super) fn forget_keys(&mut self, columns: &Columns<'_>) {
        for (known, bundle) in self.bundles.iter_mut().zip(&columns.bundles) {
            if known.dictionary.is_none() || known.dictionary != bundle.dictionary {
                known.dictionary = bundle.dictionary;
                (known.of_key, known.kind_of_key) = (None, None);
            }
        }
    }

    /// Finds the column that a fact comes from, or its value.
    fn place_fact(&mut self, columns: &Columns<'_>, fact: FactId) {
        let vocabulary = columns.law.vocabulary();
        let own = self.stands_for(vocabulary, fact);
        let defaults = columns.law.defaults();
        let default = defaults.iter().find(|(id, _)| *id == own).map(|(_, value)| value.clone());
        let of = |bundle: &super::Bundle<'_>| {
            bundle.columns.iter().copied().find(|at| columns.columns[*at].fact == own)
        };
        let found = columns.bundles.iter().enumerate().find_map(|(at, one)| Some((at, of(one)?)));
        let Some((bundle, column)) = found else {
            self.constants.set(fact, default);
            return;
        };
        self.bundle_of[usize::from(fact.0)] = Some(bundle);
        let distinct = &mut self.bundles[bundle];
        let known = distinct.columns.iter().position(|other| *other == column);
        let slot = known.unwrap_or_else(|| {
            distinct.columns.push(column);
            distinct.columns.len() - 1
        });
        self.fact_at[usize::from(fact.0)] = distinct.facts.len() as u32;
        distinct.facts.push((fact, slot, default));
        distinct.ids.push(Vec::new());
        distinct.values.push(Vec::new());
    }

    /// The fact whose value this one has: the first party stands in for those of whom nothing is
    /// said.
    fn stands_for(&self, vocabulary: &Vocabulary, fact: FactId) -> FactId {
        let party = vocabulary.fact(fact).party.filter(|party| *party > 0);
        let Some(party) = party.filter(|party| self.present >> party & 1 == 0) else { return fact };
        let parties = vocabulary.parties();
        let at = parties[party].facts.iter().position(|one| *one == fact);
        at.and_then(|at| parties[0].facts.get(at).copied()).unwrap_or(fact)
    }

    pub(super) fn fact_scope(&self, fact: FactId) -> Scope {
        self.bundle_of[usize::from(fact.0)].map_or(Scope::Constant, Scope::Bundle)
    }

    /// What every condition and number looks at. Parts stand before what they are parts of.
    fn scope(&mut self, regime: &Regime) {
        let (nodes, nums) = regime.nodes.counts();
        let mut scopes =
            Scopes { regime, frame: self, nodes: vec![None; nodes], nums: vec![None; nums] };
        for at in 0..nodes {
            scopes.node(NodeId(at as u32));
        }
        for at in 0..nums {
            scopes.num(NumId(at as u32));
        }
        let Scopes { nodes, nums, .. } = scopes;
        let known = |scope: Option<Scope>| scope.unwrap_or(Scope::Rows);
        self.nodes = nodes.into_iter().map(known).collect();
        self.nums = nums.into_iter().map(known).collect();
        for (at, scope) in self.nodes.iter().enumerate() {
            let mut place = 0;
            if let Scope::Bundle(bundle) = scope {
                place = self.bundles[*bundle].nodes.len();
                self.bundles[*bundle].nodes.push(NodeId(at as u32));
                self.bundles[*bundle].truths.push(Vec::new());
            }
            self.node_at.push(place as u32);
        }
        for (at, scope) in self.nums.iter().enumerate() {
            let mut place = 0;
            if let Scope::Bundle(bundle) = scope {
                place = self.bundles[*bundle].nums.len();
                self.bundles[*bundle].nums.push(NumId(at as u32));
                self.bundles[*bundle].numbers.push(Vec::new());
            }
            self.num_at.push(place as u32);
        }
    }

    fn evaluate_constants(&mut self, regime: &Regime) {
        let Frame { constants, memory, nodes, nums, truths, numbers, .. } = self;
        let mut eval = Evaluation::new(regime, constants, memory);
        truths.extend(nodes.iter().enumerate().map(|(at, scope)| match scope {
            Scope::Constant => level(eval.truth(NodeId(at as u32))),
            _ => 0,
        }));
        numbers.extend(nums.iter().enumerate().map(|(at, scope)| match scope {
            Scope::Constant => eval.num(NumId(at as u32)),
            _ => None,
        }));
    }

    /// For each key of a bundle, which of its distinct values it has.
    pub(super) fn distinct(
        &mut self,
        columns: &Columns<'_>,
        regime: &Regime,
        bundle: usize,
    ) -> &[u32] {
        let count = columns.bundles[bundle].count;
        let mut of_key = self.bundles[bundle].of_key.take().unwrap_or_default();
        if of_key.len() < count {
            let mut values: Vec<Option<Value>> = Vec::new();
            for key in of_key.len()..count {
                values.clear();
                values.extend(
                    self.bundles[bundle]
                        .columns
                        .iter()
                        .map(|column| columns.columns[*column].values[key].clone()),
                );
                let known = self.bundles[bundle].of_values.get(values.as_slice()).copied();
                of_key.push(known.unwrap_or_else(|| self.add(regime, bundle, &values)));
            }
        }
        self.bundles[bundle].of_key.insert(of_key)
    }

    /// Whether the law reads anything of a bundle.
    pub(super) fn is_read(&self, bundle: usize) -> bool {
        !self.bundles[bundle].facts.is_empty()
    }

    /// Finds the kind of every key of a bundle; answers how many kinds there are.
    pub(super) fn kinds(&mut self, columns: &Columns<'_>, regime: &Regime, bundle: usize) -> usize {
        self.distinct(columns, regime, bundle);
        let distinct = &mut self.bundles[bundle];
        let of_key = distinct.of_key.as_deref().unwrap_or_default();
        let kind_of_key = distinct.kind_of_key.get_or_insert_default();
        let kind = |place: &u32| distinct.kinds[*place as usize];
        kind_of_key.extend(of_key[kind_of_key.len()..].iter().map(kind));
        distinct.by_signature.len()
    }

    /// The kind of every key of a bundle; they were found.
    pub(super) fn kind_of_key(&self, bundle: usize) -> &[u32] {
        self.bundles[bundle].kind_of_key.as_deref().unwrap_or_default()
    }

    /// The first of a bundle's distinct values that is of the kind of a key; kinds were found where
    /// the bundle is read.
    pub(super) fn place_of_kind(&self, bundle: usize, key: usize) -> usize {
        let distinct = &self.bundles[bundle];
        let kind = distinct.kind_of_key.as_deref().and_then(|kinds| kinds.get(key));
        kind.map_or(0, |kind| distinct.firsts[*kind as usize] as usize)
    }

    /// Works out all that follows from what rows say, each for itself: they take the place of those
    /// before.
    pub(super) fn rows(
        &mut self,
        columns: &Columns<'_>,
        regime: &Regime,
        bundle: usize,
        rows: &[u32],
    ) {
        let distinct = &mut self.bundles[bundle];
        distinct.of_values.clear();
        distinct.of_key = None;
        distinct.truths.iter_mut().for_each(Vec::clear);
        distinct.numbers.iter_mut().for_each(Vec::clear);
        distinct.values.iter_mut().for_each(Vec::clear);
        distinct.ids.iter_mut().for_each(Vec::clear);
        let mut values: Vec<Option<Value>> = Vec::new();
        for row in rows {
            values.clear();
            values.extend(self.bundles[bundle].columns.iter().map(|column| {
                columns.value(&columns.bundles[bundle], *column, *row as usize).cloned()
            }));
            self.follow(regime, bundle, &values);
        }
    }

    /// Works out all that follows from new values of a bundle.
    fn add(&mut self, regime: &Regime, bundle: usize, values: &[Option<Value>]) -> u32 {
        self.follow(regime, bundle, values);
        let place = self.bundles[bundle].of_values.len() as u32;
        let signature = self.signature(regime, bundle, place as usize);
        let distinct = &mut self.bundles[bundle];
        distinct.of_values.insert(values.into(), place);
        let next = distinct.by_signature.len() as u32;
        let kind = *distinct.by_signature.entry(signature).or_insert(next);
        distinct.kinds.push(kind);
        if kind == next {
            distinct.firsts.push(place);
        }
        place
    }

    /// All that a walk can ask of one of the values of a bundle, but for what several bundles are
    /// looked at for.
    fn signature(&self, regime: &Regime, bundle: usize, place: usize) -> Box<[u8]> {
        let roots = &self.bundles[bundle].roots;
        let mut signature = Vec::new();
        let mut open = Vec::new();
        let mut seen = FxHashSet::default();
        let mut look = |part: Part, open: &mut Vec<Part>| {
            let (reply, is_open) = match part {
                Part::Node(id) if self.nodes[id.0 as usize] == Scope::Bundle(bundle) => {
                    let truth = self.truths(bundle, id)[place];
                    (truth, truth == 1)
                }
                Part::Num(id) if self.nums[id.0 as usize] == Scope::Bundle(bundle) => {
                    let state = size::state(self.numbers(bundle, id)[place].as_ref());
                    (state, state == 0)
                }
                Part::Fact(fact) if self.bundle_of(fact) == Some(bundle) => {
                    let given =
                        self.values(fact).is_some_and(|(_, values)| values[place].is_some());
                    (u8::from(given), false)
                }
                Part::Node(_) | Part::Num(_) | Part::Fact(_) => return,
            };
            signature.push(reply);
            if is_open && seen.insert(part) {
                open.push(part);
            }
        };
        roots.nodes.iter().for_each(|id| look(Part::Node(*id), &mut open));
        roots.nums.iter().for_each(|id| look(Part::Num(*id), &mut open));
        roots.facts.iter().for_each(|fact| look(Part::Fact(*fact), &mut open));
        while let Some(part) = open.pop() {
            regime.nodes.parts(part, |part| look(part, &mut open));
        }
        signature.into()
    }

    fn follow(&mut self, regime: &Regime, bundle: usize, values: &[Option<Value>]) {
        let Frame { bundles, constants, memory, ids, same, .. } = self;
        let distinct = &mut bundles[bundle];
        for (at, (fact, slot, default)) in distinct.facts.iter().enumerate() {
            let value = values[*slot].clone().or_else(|| default.clone());
            let next = ids.len() as u32 + 1;
            let compared = value.as_ref().filter(|_| same.contains(fact));
            let id = compared.map_or(0, |value| match ids.get(value) {
                Some(id) => *id,
                None => *ids.entry(value.clone()).or_insert(next),
            });
            distinct.ids[at].push(id);
            distinct.values[at].push(value.clone());
            constants.set(*fact, value);
        }
        let mut eval = Evaluation::new(regime, constants, memory);
        for (id, truths) in distinct.nodes.iter().zip(&mut distinct.truths) {
            truths.push(level(eval.truth(*id)));
        }
        for (id, numbers) in distinct.nums.iter().zip(&mut distinct.numbers) {
            numbers.push(eval.num(*id));
        }
        for (fact, ..) in &distinct.facts {
            constants.set(*fact, None);
        }
    }

    /// What a node without a column is worth.
    pub(super) fn constant(&self, id: NodeId) -> u8 {
        self.truths[id.0 as usize]
    }

    /// What a node is worth for each distinct value of its bundle.
    pub(super) fn truths(&self, bundle: usize, id: NodeId) -> &[u8] {
        &self.bundles[bundle].truths[self.node_at[id.0 as usize] as usize]
    }

    /// A number without a column.
    pub(super) fn constant_num(&self, id: NumId) -> Option<Num> {
        self.numbers[id.0 as usize]
    }

    /// A number for each distinct value of its bundle.
    pub(super) fn numbers(&self, bundle: usize, id: NumId) -> &[Option<Num>] {
        &self.bundles[bundle].numbers[self.num_at[id.0 as usize] as usize]
    }

    /// A fact that no column gives.
    pub(super) fn constant_fact(&self, fact: FactId) -> Option<&Value> {
        self.constants.get(fact)
    }

    /// The bundle that a fact comes from.
    pub(super) fn bundle_of(&self, fact: FactId) -> Option<usize> {
        self.bundle_of[usize::from(fact.0)]
    }

    /// The bundle that a fact comes from, and its value for each distinct value there.
    pub(super) fn values(&self, fact: FactId) -> Option<(usize, &[Option<Value>])> {
        let bundle = self.bundle_of(fact)?;
        Some((bundle, &self.bundles[bundle].values[self.fact_at[usize::from(fact.0)] as usize]))
    }

    /// The bundle that a fact comes from, and the number of its value for each distinct value
    /// there; 0 where it is not known.
    pub(super) fn ids(&self, fact: FactId) -> Option<(usize, &[u32])> {
        let bundle = self.bundle_of(fact)?;
        Some((bundle, &self.bundles[bundle].ids[self.fact_at[usize::from(fact.0)] as usize]))
    }

    /// The number of a value; one that no row has gets one of its own.
    pub(super) fn id_of(&self, value: Option<&Value>) -> u32 {
        value.map_or(0, |value| self.ids.get(value).copied().unwrap_or(u32::MAX))
    }
}

/// The facts whose values a day's law compares with one another.
fn compared(regime: &Regime) -> BTreeSet<FactId> {
    let compared = regime.nodes.all().filter(|node| matches!(node, Node::SameFact(..)));
    compared.flat_map(Node::facts).collect()
}

/// The facts that a day's law reads.
fn read(regime: &Regime) -> BTreeSet<FactId> {
    let mut read: BTreeSet<FactId> = regime.docket_facts.all().collect();
    for quota in Reading::BOTH.iter().flat_map(|reading| &regime.reading(*reading).quotas) {
        read.insert(quota.used);
        read.extend(quota.base.map(|(fact, _)| fact));
    }
    read
}

/// A walk through conditions and numbers.
struct Scopes<'s> {
    regime: &'s Regime,
    frame: &'s Frame,
    nodes: Vec<Option<Scope>>,
    nums: Vec<Option<Scope>>,
}

impl Scopes<'_> {
    fn node(&mut self, id: NodeId) -> Scope {
        if let Some(known) = self.nodes[id.0 as usize] {
            return known;
        }
        let regime = self.regime;
        let node = regime.nodes.node(id);
        let own = node
            .facts()
            .fold(Scope::Constant, |scope, fact| scope.with(self.frame.fact_scope(fact)));
        let scope = match node {
            Node::Compare(_, left, right) => self.num(*left).with(self.num(*right)),
            Node::Not(inner) | Node::Named(_, inner) => self.node(*inner),
            Node::And(parts) | Node::Or(parts) => self.all(parts.iter().copied()),
            Node::Choose(condition, then, otherwise) => self.all([*condition, *then, *otherwise]),
            Node::Doubted(inner, doubts) => {
                let doubts = doubts.iter().map(|doubt| doubt.when);
                self.all(doubts.chain([*inner]))
            }
            Node::Derived(_, limbs) => {
                own.with(self.all(limbs.iter().flat_map(|(when, value)| [*when, *value])))
            }
            _ => own,
        };
        self.nodes[id.0 as usize] = Some(scope);
        scope
    }

    fn all(&mut self, parts: impl IntoIterator<Item = NodeId>) -> Scope {
        parts.into_iter().fold(Scope::Constant, |scope, part| scope.with(self.node(part)))
    }

    fn num(&mut self, id: NumId) -> Scope {
        if let Some(known) = self.nums[id.0 as usize] {
            return known;
        }
        let regime = self.regime;
        let scope = match regime.nodes.num(id) {
            NumNode::Const(_) => Scope::Constant,
            NumNode::Fact(fact) => self.frame.fact_scope(*fact),
            NumNode::Derived(fact, limbs) => {
                let own = self.frame.fact_scope(*fact);
                limbs.iter().fold(own, |scope, (when, value)| {
                    scope.with(self.node(*when)).with(self.num(*value))
                })
            }
            NumNode::Arithmetic(_, left, right) => self.num(*left).with(self.num(*right)),
            NumNode::Extreme(_, items) => {
                items.iter().fold(Scope::Constant, |scope, item| scope.with(self.num(*item)))
            }
            NumNode::Choose(condition, then, otherwise) => {
                self.node(*condition).with(self.num(*then)).with(self.num(*otherwise))
            }
            NumNode::Named(_, inner) => self.num(*inner),
        };
        self.nums[id.0 as usize] = Some(scope);
        scope
    }
}
