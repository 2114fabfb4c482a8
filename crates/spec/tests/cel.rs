//! The conditions of the shipped packs, on facts that are all known, mean what CEL means by them.
//!
//! CEL has floating-point numbers and no units, sets or parties.
//! A condition is therefore written out for it: every number is a double, a set is the list of its
//! members on the day, a define is what it stands for, `class("…")` is the answer about that
//! paragraph, `max` and `min` are choices, a day is its text.
//! Where a double might round, the two are not compared.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop at what should not happen, and says what it compared"
)]

mod support;

use std::collections::{BTreeMap, HashMap};

use cel::{Context, Program, Value};
use jiff::civil::Date;
use law::expr::{Expr, ExprKind, Extreme, Operator};
use law::pack::Body;
use law::{Country, Facts, Law, Num};
use support::shipped;

/// Why a condition cannot be written for CEL.
type Written = Result<String, &'static str>;

struct Writer<'w> {
    law: &'w Law,
    date: Date,
    variables: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self, expression: &Expr) -> Written {
        Ok(match &expression.kind {
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Num(number) => double(*number).ok_or("a number that a double rounds")?,
            ExprKind::Text(text) => format!("{text:?}"),
            ExprKind::Date(date) => format!("\"{date}\""),
            ExprKind::List(items) => {
                let items: Result<Vec<String>, _> =
                    items.iter().map(|item| self.write(item)).collect();
                format!("[{}]", items?.join(", "))
            }
            ExprKind::Name(name) => self.name(name)?,
            ExprKind::Not(inner) => format!("!({})", self.write(inner)?),
            ExprKind::And(left, right) => self.joined(left, "&&", right)?,
            ExprKind::Or(left, right) => self.joined(left, "||", right)?,
            ExprKind::In(left, right) => self.joined(left, "in", right)?,
            ExprKind::Compare(comparison, left, right) => {
                self.joined(left, comparison.symbol(), right)?
            }
            ExprKind::Arithmetic(Operator::Divide, ..) => return Err("a quotient, which rounds"),
            ExprKind::Arithmetic(operator, left, right) => {
                self.joined(left, operator.symbol(), right)?
            }
            ExprKind::Choose(condition, then, otherwise) => {
                let (then, otherwise) = (self.write(then)?, self.write(otherwise)?);
                format!("({} ? {then} : {otherwise})", self.write(condition)?)
            }
            ExprKind::Class(code) => format!("classes[{code:?}]"),
            ExprKind::Extreme(extreme, items) => self.extreme(*extreme, items)?,
            ExprKind::StartsWith(subject, prefix) => {
                format!("{}.startsWith({prefix:?})", self.write(subject)?)
            }
            ExprKind::Quantified { every, recipients, variable, body } => {
                self.variables.push(variable.clone());
                let body = self.write(body);
                self.variables.pop();
                let list = if *recipients { "recipients" } else { "parties" };
                let method = if *every { "all" } else { "exists" };
                format!("{list}.{method}({variable}, {})", body?)
            }
        })
    }

    fn joined(&mut self, left: &Expr, operator: &str, right: &Expr) -> Written {
        Ok(format!("({} {operator} {})", self.write(left)?, self.write(right)?))
    }

    fn extreme(&mut self, extreme: Extreme, items: &[Expr]) -> Written {
        let sign = if extreme == Extreme::Max { ">" } else { "<" };
        let mut written = String::new();
        for item in items {
            let item = self.write(item)?;
            written = match written.as_str() {
                "" => item,
                best => format!("({best} {sign} {item} ? {best} : {item})"),
            };
        }
        Ok(written)
    }

    fn name(&mut self, name: &str) -> Written {
        let of_party = name
            .split_once('.')
            .filter(|(first, _)| self.variables.iter().any(|variable| variable == first));
        if of_party.is_some() {
            return Ok(name.to_string());
        }
        if self.law.vocabulary().find(name).is_some() {
            return Ok(flat(name));
        }
        let law = self.law;
        if let Some(versions) = law.defines().get(name) {
            let of_the_day = versions.iter().find(|define| {
                define.from <= self.date && define.through.is_none_or(|last| self.date <= last)
            });
            let Some(define) = of_the_day else { return Ok("false".into()) };
            let around = std::mem::take(&mut self.variables);
            let written = self.write(&define.value);
            self.variables = around;
            return written;
        }
        let letters = 'A'..='Z';
        let codes = letters.clone().flat_map(|a| letters.clone().map(move |b| format!("{a}{b}")));
        let members = self.law.members(name, self.date);
        let members: Vec<String> = codes
            .filter(|code| Country::parse(code).is_some_and(|code| members.contains(code)))
            .map(|code| format!("{code:?}"))
            .collect();
        Ok(format!("[{}]", members.join(", ")))
    }
}

/// A fact's name without its points.
fn flat(name: &str) -> String {
    format!("fact_{}", name.replace('.', "_"))
}

/// A number as a CEL double, where it has so few digits that none is lost.
fn double(number: Num) -> Option<String> {
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let exact = number.is_decimal() && digits <= 15;
    exact.then(|| if text.contains('.') { text } else { format!("{text}.0") })
}

/// Whether sums and products of a few numbers of this size are exact in a double.
fn is_small_and_whole(number: Num) -> bool {
    number.to_int().is_some_and(|whole| (0..100_000).contains(&whole))
}

fn computes(expression: &Expr, law: &Law) -> bool {
    let of_define = |name: &String| {
        let versions = law.defines().get(name).map_or(&[][..], Vec::as_slice);
        versions.iter().any(|define| computes(&define.value, law))
    };
    match &expression.kind {
        ExprKind::Arithmetic(..) => true,
        ExprKind::Name(name) => of_define(name),
        ExprKind::Not(inner) | ExprKind::StartsWith(inner, _) => computes(inner, law),
        ExprKind::Quantified { body, .. } => computes(body, law),
        ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::In(left, right) => computes(left, law) || computes(right, law),
        ExprKind::Choose(condition, then, otherwise) => {
            [condition, then, otherwise].into_iter().any(|part| computes(part, law))
        }
        ExprKind::List(items) | ExprKind::Extreme(_, items) => {
            items.iter().any(|item| computes(item, law))
        }
        _ => false,
    }
}

fn value(shown: &law::Value, text: String) -> Option<Value> {
    Some(match shown {
        law::Value::Bool(value) => Value::Bool(*value),
        law::Value::Num(number) => Value::Float(double(*number)?.parse().ok()?),
        law::Value::List(items) => {
            let items: Vec<Value> =
                items.iter().map(|item| Value::from(item.to_string())).collect();
            Value::from(items)
        }
        _ => Value::from(text),
    })
}

/// The facts as variables; what a double would round is left out.
fn context<'c>(law: &Law, facts: &Facts) -> Context<'c, 'c> {
    let vocabulary = law.vocabulary();
    let mut context = Context::default();
    for (id, fact) in vocabulary.facts() {
        if let Some(found) = facts.get(id)
            && let Some(found) = value(found, fact.show(found))
        {
            context.add_variable_from_value(flat(&fact.name), found);
        }
    }
    let (mut parties, mut recipients) = (Vec::new(), Vec::new());
    for (index, party) in vocabulary.parties().iter().enumerate() {
        let mut map: HashMap<String, Value> = HashMap::new();
        for (name, id) in vocabulary.party_facts().iter().zip(&party.facts) {
            if let Some(found) = facts.get(*id)
                && let Some(found) = value(found, vocabulary.fact(*id).show(found))
            {
                map.insert(name.clone(), found);
            }
        }
        let map = Value::from(map);
        if facts.is_present(index) && party.recipient {
            recipients.push(map.clone());
        }
        if facts.is_present(index) {
            parties.push(map);
        }
    }
    context.add_variable_from_value("parties", parties);
    context.add_variable_from_value("recipients", recipients);
    let classes: HashMap<String, Value> = law
        .class_codes()
        .iter()
        .filter_map(|code| {
            let asked = Expr { kind: ExprKind::Class(code.clone()), span: 0..0 };
            Some((code.clone(), Value::Bool(spec::holds(law, facts, &asked)?)))
        })
        .collect();
    context.add_variable_from_value("classes", classes);
    context
}

/// The conditions of the packs, each with the id of its rule.
fn conditions(law: &Law) -> Vec<(&str, &Expr)> {
    let mut conditions: Vec<(&str, &Expr)> = Vec::new();
    for (_, rule) in law.rules() {
        let id = rule.rule.id.as_str();
        conditions.extend(rule.rule.when.iter().chain(&rule.rule.unless).map(|part| (id, part)));
        match &rule.rule.body {
            Body::Requirement { about, .. } => {
                conditions.extend(about.iter().map(|part| (id, part)))
            }
            Body::Obligation(due) => conditions.extend(due.done.iter().map(|part| (id, part))),
            _ => {}
        }
    }
    conditions
}

#[test]
fn conditions_on_known_facts_mean_what_cel_means() {
    let law = shipped();
    let all = conditions(&law);
    let mut generator = spec::Generator::new(&law, 1);
    let mut compared = vec![0usize; all.len()];
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    let days = ["2022-12-01", "2024-01-10", "2025-01-20", "2025-06-02", "2026-03-02", "2026-09-30"];
    for day in days {
        let date: Date = day.parse().expect("a day");
        let transactions: Vec<Facts> = (0..12)
            .map(|_| {
                let mut facts = generator.next_known();
                facts.set(law.date_fact(), Some(law::Value::Date(date)));
                facts
            })
            .collect();
        let contexts: Vec<Context> =
            transactions.iter().map(|facts| context(&law, facts)).collect();
        for (at, (id, condition)) in all.iter().enumerate() {
            let mut writer = Writer { law: &law, date, variables: Vec::new() };
            let written = match writer.write(condition) {
                Ok(written) => written,
                Err(why) => {
                    *skipped.entry(why).or_default() += 1;
                    continue;
                }
            };
            let program =
                Program::compile(&written).unwrap_or_else(|error| panic!("{id}: {error}"));
            let computes = computes(condition, &law);
            for (facts, context) in transactions.iter().zip(&contexts) {
                if computes && !numbers_are_small(&law, facts, &written) {
                    *skipped.entry("a sum or product that may round").or_default() += 1;
                    continue;
                }
                match (spec::holds(&law, facts, condition), program.execute(context)) {
                    (Some(ours), Ok(Value::Bool(theirs))) => {
                        let facts = spec::describe(&law, facts);
                        assert_eq!(ours, theirs, "{id}: {written}\n{facts}");
                        compared[at] += 1;
                    }
                    // A class that a doubt leaves open, or a number that was left out.
                    (None, _) | (_, Err(_)) => {
                        *skipped.entry("something that CEL was not given").or_default() += 1;
                    }
                    (_, Ok(other)) => panic!("{id}: CEL answers {other:?} to {written}"),
                }
            }
        }
    }
    let never: Vec<&str> = all
        .iter()
        .zip(&compared)
        .filter(|(_, compared)| **compared == 0)
        .map(|((id, _), _)| *id)
        .collect();
    let total: usize = compared.iter().sum();
    println!(
        "{} of {} conditions compared {total} times; never {never:?}; skipped {skipped:?}",
        all.len() - never.len(),
        all.len()
    );
    assert!(never.len() * 2 < all.len(), "{never:?} never compared: {skipped:?}");
    let of_many: usize = skipped.values().sum();
    assert!(of_many < total, "skipped more often than compared: {skipped:?}");
}

/// Whether every number that a written condition names is small and whole.
fn numbers_are_small(law: &Law, facts: &Facts, written: &str) -> bool {
    law.vocabulary().facts().all(|(id, fact)| match facts.get(id) {
        Some(law::Value::Num(number)) => {
            is_small_and_whole(*number) || !written.contains(&flat(&fact.name))
        }
        _ => true,
    })
}
