//! One transaction under the law of its day: what a condition is worth, and what keeps it unknown.
//!
//! Every question walks the tree of the condition as the pack wrote it. Nothing is compiled and
//! nothing is remembered from one question to the next.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;
use law::expr::{Comparison, Expr, ExprKind, Extreme, Operator};
use law::node::DoubtSource;
use law::pack::{Define, Derive};
use law::truth::Truth;
use law::{Country, Fact, FactId, FactType, Facts, Law, Num, Reading, Value};

use crate::force::Numbered;
use crate::sets;

/// A transaction, the law, and the day.
pub(crate) struct Transaction<'t> {
    /// The law.
    pub(crate) law: &'t Law,
    /// What is known.
    pub(crate) facts: &'t Facts,
    /// The day.
    pub(crate) date: Date,
    /// The rules in force on the day, in each reading.
    pub(crate) rules: [Vec<Numbered<'t>>; 2],
}

/// The value of an expression. Countries and words of an enum are texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Worth {
    /// True or false.
    Bool(bool),
    /// A number.
    Num(Num),
    /// A text, a country or a word.
    Text(String),
    /// A day.
    Date(Date),
    /// Several values.
    List(Vec<Worth>),
    /// A set of the packs, by name.
    Set(String),
}

/// Where a condition is read: the variables of the quantifiers around it, each with its party, and
/// the facts that are being derived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    variables: Vec<(String, usize)>,
    deriving: Vec<FactId>,
}

/// What keeps something unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Why {
    /// Facts that are not known.
    pub(crate) facts: BTreeSet<FactId>,
    /// Texts in doubt.
    pub(crate) doubts: BTreeSet<DoubtSource>,
}

impl Why {
    /// Adds what keeps something else unknown.
    pub(crate) fn join(&mut self, other: Why) {
        self.facts.extend(other.facts);
        self.doubts.extend(other.doubts);
    }
}

/// The facts of an answer, in the order of the vocabulary.
pub(crate) fn listed<T: Copy + Ord>(of: &BTreeSet<T>) -> Vec<T> {
    of.iter().copied().collect()
}

impl<'t> Transaction<'t> {
    /// A transaction on a day.
    pub(crate) fn new(law: &'t Law, facts: &'t Facts, date: Date) -> Transaction<'t> {
        let nothing = Transaction { law, facts, date, rules: [Vec::new(), Vec::new()] };
        let rules = Reading::BOTH.map(|reading| nothing.find_in_force(reading));
        Transaction { rules, ..nothing }
    }

    /// What a condition is worth outside every quantifier.
    pub(crate) fn truth(&self, condition: &Expr) -> Truth {
        self.truth_in(condition, &Scope::default())
    }

    /// The number an expression stands for outside every quantifier.
    pub(crate) fn number(&self, expression: &Expr) -> Option<Num> {
        match self.worth(expression, &Scope::default())? {
            Worth::Num(number) => Some(number),
            _ => None,
        }
    }

    /// The value of a fact, derived where it is not given.
    pub(crate) fn fact(&self, id: FactId) -> Option<Worth> {
        self.fact_in(id, &Scope::default())
    }

    /// What keeps a condition or a number unknown; nothing where it is known.
    pub(crate) fn why(&self, expression: &Expr) -> Why {
        self.why_in(expression, &Scope::default())
    }

    fn truth_in(&self, condition: &Expr, scope: &Scope) -> Truth {
        match self.worth(condition, scope) {
            Some(Worth::Bool(value)) => Truth::from(value),
            _ => Truth::Unknown,
        }
    }

    fn worth(&self, expression: &Expr, scope: &Scope) -> Option<Worth> {
        match &expression.kind {
            ExprKind::Bool(value) => Some(Worth::Bool(*value)),
            ExprKind::Num(number) => Some(Worth::Num(*number)),
            ExprKind::Text(text) => Some(Worth::Text(text.clone())),
            ExprKind::Date(date) => Some(Worth::Date(*date)),
            ExprKind::List(items) => {
                let items: Option<Vec<Worth>> =
                    items.iter().map(|item| self.worth(item, scope)).collect();
                items.map(Worth::List)
            }
            ExprKind::Name(name) => self.named(name, scope),
            ExprKind::Not(inner) => known(self.truth_in(inner, scope).not()),
            ExprKind::And(left, right) => known(match self.truth_in(left, scope) {
                Truth::False => Truth::False,
                left => left.and(self.truth_in(right, scope)),
            }),
            ExprKind::Or(left, right) => known(match self.truth_in(left, scope) {
                Truth::True => Truth::True,
                left => left.or(self.truth_in(right, scope)),
            }),
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.worth(left, scope)?, self.worth(right, scope)?);
                compare(*comparison, &left, &right).map(Worth::Bool)
            }
            ExprKind::In(item, list) => {
                let (item, list) = (self.worth(item, scope)?, self.worth(list, scope)?);
                self.is_in(&item, &list).map(Worth::Bool)
            }
            ExprKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.worth(left, scope)?, self.worth(right, scope)?);
                arithmetic(*operator, &left, &right).map(Worth::Num)
            }
            ExprKind::Choose(condition, then, otherwise) => match self.truth_in(condition, scope) {
                Truth::True => self.worth(then, scope),
                Truth::False => self.worth(otherwise, scope),
                Truth::Unknown => {
                    let (then, otherwise) =
                        (self.worth(then, scope)?, self.worth(otherwise, scope)?);
                    (then == otherwise).then_some(then)
                }
            },
            ExprKind::Class(code) => known(self.class(code)),
            ExprKind::Extreme(extreme, items) => self.extreme(*extreme, items, scope),
            ExprKind::StartsWith(subject, prefix) => match self.worth(subject, scope)? {
                Worth::Text(text) => Some(Worth::Bool(text.starts_with(prefix.as_str()))),
                _ => None,
            },
            ExprKind::Quantified { every, recipients, variable, body } => {
                let of_each = self
                    .parties(*recipients)
                    .map(|party| self.truth_in(body, &scope.with(variable, party)));
                known(if *every {
                    of_each.fold(Truth::True, Truth::and)
                } else {
                    of_each.fold(Truth::False, Truth::or)
                })
            }
        }
    }

    /// The parties of whom something is said, and the end user; or the recipients among them.
    fn parties(&self, recipients: bool) -> impl Iterator<Item = usize> + '_ {
        let parties = self.law.vocabulary().parties().iter().enumerate();
        parties
            .filter(move |(_, party)| party.recipient || !recipients)
            .map(|(index, _)| index)
            .filter(|index| self.facts.is_present(*index))
    }

    fn extreme(&self, extreme: Extreme, items: &[Expr], scope: &Scope) -> Option<Worth> {
        let numbers = items.iter().filter_map(|item| match self.worth(item, scope) {
            Some(Worth::Num(number)) => Some(number),
            _ => None,
        });
        let found = match extreme {
            Extreme::Max => numbers.max(),
            Extreme::Min => numbers.min(),
        };
        found.map(Worth::Num)
    }

    fn is_in(&self, item: &Worth, list: &Worth) -> Option<bool> {
        match (item, list) {
            (item, Worth::List(items)) => Some(items.contains(item)),
            (Worth::Text(code), Worth::Set(set)) => {
                let country = Country::parse(code)?;
                Some(sets::is_member(self.law, set, country, self.date))
            }
            _ => None,
        }
    }

    /// What a name stands for: a party's fact behind a variable, a fact, a define or a set.
    fn named(&self, name: &str, scope: &Scope) -> Option<Worth> {
        if let Some(fact) = self.fact_named(name, scope) {
            return self.fact_in(fact, scope);
        }
        if let Some(versions) = self.law.defines().get(name) {
            return match self.version(versions) {
                Some(define) => self.worth(&define.value, &scope.without_variables()),
                None if self.is_condition(&versions.first()?.value) => Some(Worth::Bool(false)),
                None => None,
            };
        }
        let set = self.law.sets().iter().find(|set| set.id == name)?;
        Some(Worth::Set(set.id.clone()))
    }

    fn fact_named(&self, name: &str, scope: &Scope) -> Option<FactId> {
        let vocabulary = self.law.vocabulary();
        if let Some((variable, fact)) = name.split_once('.')
            && let Some((_, party)) = scope.variables.iter().rev().find(|(of, _)| of == variable)
        {
            let party = &vocabulary.parties().get(*party)?.name;
            return vocabulary.find(&format!("{party}.{fact}"));
        }
        vocabulary.find(name)
    }

    /// The version of a define that is in force on the day.
    fn version<'d>(&self, versions: &'d [Define]) -> Option<&'d Define> {
        versions.iter().find(|define| {
            self.date >= define.from && define.through.is_none_or(|through| self.date <= through)
        })
    }

    /// Whether an expression is a condition rather than a number or something else.
    fn is_condition(&self, expression: &Expr) -> bool {
        match &expression.kind {
            ExprKind::Bool(_)
            | ExprKind::Not(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::Class(_)
            | ExprKind::StartsWith(..)
            | ExprKind::Quantified { .. } => true,
            ExprKind::Choose(_, then, _) => self.is_condition(then),
            ExprKind::Name(name) => match self.law.vocabulary().find(name) {
                Some(fact) => self.law.vocabulary().fact(fact).of == FactType::Bool,
                None => {
                    let versions = self.law.defines().get(name);
                    versions
                        .and_then(|versions| versions.first())
                        .is_some_and(|define| self.is_condition(&define.value))
                }
            },
            _ => false,
        }
    }

    fn fact_in(&self, id: FactId, scope: &Scope) -> Option<Worth> {
        let vocabulary = self.law.vocabulary();
        let id = self.facts.asked(vocabulary, id);
        if let Some(value) = self.facts.get(id) {
            return Some(worth_of(vocabulary.fact(id), value));
        }
        if scope.deriving.contains(&id) {
            return None;
        }
        let scope = scope.without_variables().deriving(id);
        for (_, derive) in self.law.derives().iter().filter(|(fact, _)| *fact == id) {
            match self.derives_here(derive, &scope) {
                Truth::True => match self.worth(&derive.value, &scope) {
                    Some(value) => return Some(value),
                    None => continue,
                },
                Truth::False => continue,
                Truth::Unknown => return None,
            }
        }
        None
    }

    fn derives_here(&self, derive: &Derive, scope: &Scope) -> Truth {
        derive.when.as_ref().map_or(Truth::True, |when| self.truth_in(when, scope))
    }

    fn why_in(&self, expression: &Expr, scope: &Scope) -> Why {
        let mut why = Why::default();
        if self.worth(expression, scope).is_some() {
            return why;
        }
        match &expression.kind {
            ExprKind::Not(inner) | ExprKind::StartsWith(inner, _) => {
                why.join(self.why_in(inner, scope));
            }
            ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::In(left, right)
            | ExprKind::Arithmetic(_, left, right) => {
                why.join(self.why_in(left, scope));
                why.join(self.why_in(right, scope));
            }
            ExprKind::List(items) | ExprKind::Extreme(_, items) => {
                items.iter().for_each(|item| why.join(self.why_in(item, scope)));
            }
            ExprKind::Choose(condition, then, otherwise) => {
                let truth = self.truth_in(condition, scope);
                why.join(self.why_in(condition, scope));
                if truth != Truth::False {
                    why.join(self.why_in(then, scope));
                }
                if truth != Truth::True {
                    why.join(self.why_in(otherwise, scope));
                }
            }
            ExprKind::Name(name) => why.join(self.why_named(name, scope)),
            ExprKind::Class(code) => why.join(self.why_class(code)),
            ExprKind::Quantified { recipients, variable, body, .. } => {
                for party in self.parties(*recipients) {
                    why.join(self.why_in(body, &scope.with(variable, party)));
                }
            }
            ExprKind::Bool(_) | ExprKind::Num(_) | ExprKind::Text(_) | ExprKind::Date(_) => {}
        }
        why
    }

    fn why_named(&self, name: &str, scope: &Scope) -> Why {
        let mut why = Why::default();
        if let Some(fact) = self.fact_named(name, scope) {
            why.facts.insert(self.facts.asked(self.law.vocabulary(), fact));
        } else if let Some(versions) = self.law.defines().get(name)
            && let Some(define) = self.version(versions)
        {
            why.join(self.why_in(&define.value, &scope.without_variables()));
        }
        why
    }
}

impl Scope {
    fn with(&self, variable: &str, party: usize) -> Scope {
        let mut scope = self.clone();
        scope.variables.push((variable.to_string(), party));
        scope
    }

    /// The scope of a define or derive that is named here: it does not see the variables.
    fn without_variables(&self) -> Scope {
        Scope { variables: Vec::new(), deriving: self.deriving.clone() }
    }

    fn deriving(mut self, fact: FactId) -> Scope {
        self.deriving.push(fact);
        self
    }
}

fn known(truth: Truth) -> Option<Worth> {
    match truth {
        Truth::True => Some(Worth::Bool(true)),
        Truth::False => Some(Worth::Bool(false)),
        Truth::Unknown => None,
    }
}

fn worth_of(fact: &Fact, value: &Value) -> Worth {
    match value {
        Value::Bool(value) => Worth::Bool(*value),
        Value::Num(number) => Worth::Num(*number),
        Value::Date(date) => Worth::Date(*date),
        Value::List(items) => {
            Worth::List(items.iter().map(|item| Worth::Text(item.to_string())).collect())
        }
        Value::Text(_) | Value::Country(_) | Value::Word(_) => Worth::Text(fact.show(value)),
    }
}

fn compare(comparison: Comparison, left: &Worth, right: &Worth) -> Option<bool> {
    let ordering = match (left, right) {
        (Worth::Num(left), Worth::Num(right)) => left.cmp(right),
        (Worth::Date(left), Worth::Date(right)) => left.cmp(right),
        (left, right) => match comparison {
            Comparison::Equal | Comparison::NotEqual if left == right => Ordering::Equal,
            Comparison::Equal | Comparison::NotEqual => Ordering::Less,
            _ => return None,
        },
    };
    Some(comparison.holds(ordering))
}

fn arithmetic(operator: Operator, left: &Worth, right: &Worth) -> Option<Num> {
    let (Worth::Num(left), Worth::Num(right)) = (left, right) else { return None };
    match operator {
        Operator::Add => left.checked_add(*right),
        Operator::Subtract => left.checked_sub(*right),
        Operator::Multiply => left.checked_mul(*right),
        Operator::Divide => left.checked_div(*right),
    }
}
