//! Checks what the words of the packs mean together: names, types, units, cycles, overlaps.
//!
//! This runs whenever a law is read. What needs the law compiled (rules that can never hold, worked
//! cases) is in [`crate::lint`].

mod duplicates;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::country::Country;
use crate::diagnostic::{Diagnostic, Source, did_you_mean};
use crate::expr::{Comparison, Expr, ExprKind, Operator};
use crate::law::Law;
use crate::pack::{Block, Body, Pack, Placed, Quota, Rule};
use crate::units::Unit;
use crate::vocabulary::{FactId, FactType};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
enum Type {
    Bool,
    /// A number with its unit; `None` where a bare number takes any.
    Num(Option<Unit>),
    Text,
    Word(FactId),
    Country,
    Date,
    List(FactId),
    /// A mistake that was told already.
    Wrong,
}

impl Type {
    fn shown(&self) -> String {
        match self {
            Type::Bool => "a condition".into(),
            Type::Num(None) => "a number".into(),
            Type::Num(Some(unit)) if unit.is_plain() => "a number".into(),
            Type::Num(Some(unit)) => format!("a number in {unit}"),
            Type::Text => "a text".into(),
            Type::Word(_) => "a word".into(),
            Type::Country => "a country".into(),
            Type::Date => "a date".into(),
            Type::List(_) => "a list".into(),
            Type::Wrong => "?".into(),
        }
    }
}

/// Puts down every mistake of a law.
pub fn check(law: &Law, diagnostics: &mut Vec<Diagnostic>) {
    let mut checker =
        Checker { law, diagnostics, defines: HashMap::new(), open: Vec::new(), variable: None };
    checker.duplicates();
    checker.names();
    for pack in &law.packs {
        checker.pack(pack);
    }
}

/// The mistake of naming a fact that there is not.
pub fn unknown_fact(law: &Law, source: &Arc<Source>, placed: &Placed) -> Diagnostic {
    let (name, span) = placed;
    Diagnostic::error("unknown-fact", source, span.clone(), format!("there is no fact `{name}`"))
        .hint(did_you_mean(name, law.vocabulary.names()))
}

struct Checker<'c> {
    law: &'c Law,
    diagnostics: &'c mut Vec<Diagnostic>,
    /// Types of the defines that were checked.
    defines: HashMap<String, Type>,
    /// Defines, classes and derived facts under way, to find cycles.
    open: Vec<String>,
    variable: Option<String>,
}

impl Checker<'_> {
    fn tell(&mut self, diagnostic: Diagnostic) {
        let seen = self.diagnostics.iter().any(|known| {
            known.code == diagnostic.code
                && known.span == diagnostic.span
                && known.source.name == diagnostic.source.name
        });
        if !seen {
            self.diagnostics.push(diagnostic);
        }
    }

    fn wrong(
        &mut self,
        code: &'static str,
        at: &Expr,
        source: &Arc<Source>,
        message: String,
    ) -> Type {
        self.tell(Diagnostic::error(code, source, at.span.clone(), message));
        Type::Wrong
    }

    fn pack(&mut self, pack: &Pack) {
        let source = &pack.source;
        for block in &pack.blocks {
            match block {
                Block::Rule(rule) => self.rule(source, rule),
                Block::Define(define) => {
                    self.define(&define.id);
                    self.placeholders(source, &define.span, &define.text);
                }
                Block::Set(set) => {
                    for (name, span) in set.include.iter().chain(&set.exclude) {
                        self.set(source, name, span);
                    }
                }
                Block::Derive(derive) => {
                    self.open.push(derive.fact.0.clone());
                    if let Some(when) = &derive.when {
                        self.condition(source, when);
                    }
                    let value = self.type_of(source, &derive.value);
                    self.open.pop();
                    self.derived(source, &derive.fact, &derive.value, &value);
                }
                Block::Status(status) => {
                    for (id, span) in &status.scope {
                        self.rule_name(source, id, span, None);
                        let class = self
                            .law
                            .rules_named(id)
                            .any(|(_, rule)| matches!(rule.rule.body, Body::Class { .. }));
                        if class && status.state == crate::pack::State::NotEnforced {
                            let message =
                                format!("`{id}` is a class, which is the same in both readings");
                            self.tell(Diagnostic::error("reading", source, span.clone(), message));
                        }
                    }
                    self.placeholders(source, &status.span, &status.text);
                }
                Block::Change(..) | Block::Treat(_) | Block::Case(_) => {}
            }
        }
    }

    fn derived(&mut self, source: &Arc<Source>, fact: &Placed, at: &Expr, value: &Type) {
        let Some(id) = self.law.vocabulary.find(&fact.0) else { return };
        let declared = &self.law.vocabulary.fact(id).of;
        match (declared, value) {
            (_, Type::Wrong) | (FactType::Bool, Type::Bool) => {}
            (FactType::Integer | FactType::Decimal, Type::Num(unit)) => {
                let own = &self.law.vocabulary.fact(id).unit;
                if unit.as_ref().is_some_and(|unit| unit != own) {
                    let message =
                        format!("`{}` is in {own}, the value is {}", fact.0, value.shown());
                    self.wrong("unit", at, source, message);
                }
            }
            (FactType::Bool | FactType::Integer | FactType::Decimal, _) => {
                let message = format!(
                    "`{}` is of type {}, the value is {}",
                    fact.0,
                    declared.word(),
                    value.shown()
                );
                self.wrong("type", at, source, message);
            }
            _ => {
                let message = format!("a {} cannot be derived", declared.word());
                self.wrong("type", at, source, message);
            }
        }
    }

    fn rule(&mut self, source: &Arc<Source>, rule: &Rule) {
        for condition in [&rule.when, &rule.unless].into_iter().flatten() {
            let class = match &rule.body {
                Body::Class { code } => Some(format!("class {code}")),
                _ => None,
            };
            self.open.extend(class.clone());
            self.condition(source, condition);
            if class.is_some() {
                self.open.pop();
            }
        }
        self.placeholders(source, &rule.span, &rule.text);
        for (id, span) in &rule.replaces {
            self.rule_name(source, id, span, None);
        }
        self.body(source, rule);
    }

    fn body(&mut self, source: &Arc<Source>, rule: &Rule) {
        match &rule.body {
            Body::Class { .. } => {
                if rule.reading.is_some() {
                    let message = "a class is the same in both readings".to_string();
                    self.tell(Diagnostic::error("reading", source, rule.span.clone(), message));
                }
            }
            Body::Requirement { about, otherwise, overcome_by, .. } => {
                if let Some(about) = about {
                    self.condition(source, about);
                    if otherwise.iter().any(String::is_empty) {
                        let message = format!("`{}` has `about` without `otherwise`", rule.id);
                        self.tell(Diagnostic::error(
                            "missing-text",
                            source,
                            rule.span.clone(),
                            message,
                        ));
                    }
                }
                self.placeholders(source, &rule.span, otherwise);
                overcome_by.iter().for_each(|(code, span)| self.exception_code(source, code, span));
            }
            Body::Exception { draws, .. } => self.rule_names(source, draws, Some("quota")),
            Body::Bar { bars, spares } => {
                for (code, span) in bars.iter().chain(spares) {
                    if code != "*" {
                        self.exception_code(source, code, span);
                    }
                }
            }
            Body::Doubt { about, .. } => self.doubt(source, rule, about),
            Body::Policy { requirements, draws, .. } => {
                if requirements.is_empty() {
                    let message = "`for` names no requirement".to_string();
                    self.tell(Diagnostic::error("missing-key", source, rule.span.clone(), message));
                }
                self.rule_names(source, requirements, Some("requirement"));
                self.rule_names(source, draws, Some("quota"));
            }
            Body::Quota(quota) => self.quota(source, quota),
            Body::Obligation(obligation) => {
                for (name, span) in &obligation.on {
                    if !self.law.exception_codes.contains(name) {
                        self.rule_name(source, name, span, None);
                    }
                }
                if let Some(done) = &obligation.done {
                    self.condition(source, done);
                }
            }
            Body::Flag => {}
        }
    }

    fn doubt(&mut self, source: &Arc<Source>, rule: &Rule, about: &[Placed]) {
        for (name, span) in about {
            if !self.law.exception_codes.contains(name) && !self.law.class_codes.contains(name) {
                self.rule_name(source, name, span, None);
            }
            let class = self.law.class_codes.contains(name)
                || self
                    .law
                    .rules_named(name)
                    .any(|(_, rule)| matches!(rule.rule.body, Body::Class { .. }));
            if class && rule.reading.is_some() {
                let message = "a doubt about a class is the same in both readings".to_string();
                self.tell(Diagnostic::error("reading", source, span.clone(), message));
            }
        }
    }

    fn quota(&mut self, source: &Arc<Source>, quota: &Quota) {
        for name in
            [Some(&quota.used), quota.base.as_ref().map(|base| &base.0), quota.raised.as_ref()]
                .into_iter()
                .flatten()
        {
            self.fact_name(source, name);
        }
        quota.key.iter().chain(&quota.base_key).for_each(|name| self.fact_name(source, name));
        if let Some(when) = &quota.base_when {
            self.condition(source, when);
        }
        let mut expressions = vec![&quota.amount];
        expressions.extend(&quota.limit);
        expressions.extend(quota.steps.iter().map(|step| &step.limit));
        expressions.extend(quota.base.as_ref().map(|base| &base.1));
        for expression in expressions {
            let found = self.type_of(source, expression);
            if !matches!(found, Type::Num(_) | Type::Wrong) {
                let message = format!("a quota counts numbers, this is {}", found.shown());
                self.wrong("type", expression, source, message);
            }
        }
    }

    fn exception_code(&mut self, source: &Arc<Source>, code: &str, span: &Range<usize>) {
        if !self.law.exception_codes.iter().any(|known| known == code) {
            let message = format!("no exception has the code `{code}`");
            let hint = did_you_mean(code, self.law.exception_codes.iter().map(String::as_str));
            self.tell(Diagnostic::error("unknown-code", source, span.clone(), message).hint(hint));
        }
    }

    fn rule_names(&mut self, source: &Arc<Source>, names: &[Placed], word: Option<&str>) {
        names.iter().for_each(|(name, span)| self.rule_name(source, name, span, word));
    }

    fn rule_name(
        &mut self,
        source: &Arc<Source>,
        name: &str,
        span: &Range<usize>,
        word: Option<&str>,
    ) {
        let law = self.law;
        let fits = |body: &Body| word.is_none_or(|word| body.word() == word);
        if law.rules_named(name).any(|(_, rule)| fits(&rule.rule.body)) {
            return;
        }
        let known =
            law.rules.iter().filter(|rule| fits(&rule.rule.body)).map(|rule| rule.rule.id.as_str());
        let message = format!("there is no {} `{name}`", word.unwrap_or("rule"));
        let hint = did_you_mean(name, known);
        self.tell(Diagnostic::error("unknown-rule", source, span.clone(), message).hint(hint));
    }

    fn fact_name(&mut self, source: &Arc<Source>, placed: &Placed) {
        if self.law.vocabulary.find(&placed.0).is_none() {
            self.tell(unknown_fact(self.law, source, placed));
        }
    }

    fn set(&mut self, source: &Arc<Source>, name: &str, span: &Range<usize>) {
        if self.law.sets.iter().any(|set| set.id == name) {
            return;
        }
        let hint = did_you_mean(name, self.law.sets.iter().map(|set| set.id.as_str()));
        let message = format!("there is no set `{name}`");
        self.tell(Diagnostic::error("unknown-set", source, span.clone(), message).hint(hint));
    }

    /// `{fact}` in a text must name a fact or a define.
    fn placeholders(&mut self, source: &Arc<Source>, span: &Range<usize>, texts: &[String; 2]) {
        for text in texts {
            for part in text.split('{').skip(1) {
                let Some((name, _)) = part.split_once('}') else { continue };
                if self.law.vocabulary.find(name).is_none() && !self.law.defines.contains_key(name)
                {
                    let placed = (name.to_string(), span.clone());
                    let mut diagnostic = unknown_fact(self.law, source, &placed);
                    diagnostic.message = format!("the text names `{{{name}}}`, which is no fact");
                    self.tell(diagnostic);
                }
            }
        }
    }

    fn condition(&mut self, source: &Arc<Source>, expr: &Expr) {
        let found = self.type_of(source, expr);
        if !matches!(found, Type::Bool | Type::Wrong) {
            self.wrong(
                "type",
                expr,
                source,
                format!("a condition is wanted, this is {}", found.shown()),
            );
        }
    }

    fn define(&mut self, name: &str) -> Type {
        if let Some(known) = self.defines.get(name) {
            return known.clone();
        }
        let law = self.law;
        let mut found = Type::Wrong;
        for pack in &law.packs {
            for block in &pack.blocks {
                let Block::Define(define) = block else { continue };
                if define.id != name {
                    continue;
                }
                self.open.push(name.to_string());
                let outer = self.variable.take();
                found = self.type_of(&pack.source, &define.value);
                self.variable = outer;
                self.open.pop();
            }
        }
        self.defines.insert(name.to_string(), found.clone());
        found
    }

    fn cycle(&mut self, source: &Arc<Source>, at: &Expr, name: &str) -> bool {
        let Some(start) = self.open.iter().position(|open| open == name) else { return false };
        let mut path: Vec<&str> = self.open[start..].iter().map(String::as_str).collect();
        path.push(name);
        let message = format!("`{name}` is defined by itself: {}", path.join(" → "));
        self.wrong("cycle", at, source, message);
        true
    }

    fn type_of(&mut self, source: &Arc<Source>, expr: &Expr) -> Type {
        match &expr.kind {
            ExprKind::Bool(_) => Type::Bool,
            ExprKind::Num(_) => Type::Num(None),
            ExprKind::Text(_) => Type::Text,
            ExprKind::Date(_) => Type::Date,
            ExprKind::List(_) => {
                self.wrong("type", expr, source, "a list stands only to the right of `in`".into())
            }
            ExprKind::Name(name) => self.name(source, expr, name),
            ExprKind::Not(inner) => {
                self.condition(source, inner);
                Type::Bool
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.condition(source, left);
                self.condition(source, right);
                Type::Bool
            }
            ExprKind::Compare(comparison, left, right) => {
                self.compare(source, expr, *comparison, left, right)
            }
            ExprKind::In(left, right) => self.is_in(source, expr, left, right),
            ExprKind::Arithmetic(operator, left, right) => {
                let (a, b) = (self.number(source, left), self.number(source, right));
                self.arithmetic(source, expr, *operator, a, b)
            }
            ExprKind::Choose(condition, then, otherwise) => {
                self.condition(source, condition);
                let (then, otherwise) =
                    (self.type_of(source, then), self.type_of(source, otherwise));
                self.choice(source, expr, then, otherwise)
            }
            ExprKind::Class(code) => self.class(source, expr, code),
            ExprKind::Extreme(_, items) => {
                let mut found = Type::Num(None);
                for item in items {
                    let next = self.number(source, item);
                    found = self.same_unit(source, item, found, next);
                }
                found
            }
            ExprKind::StartsWith(subject, _) => {
                let found = self.type_of(source, subject);
                if !matches!(found, Type::Text | Type::Wrong) {
                    let message = format!("startsWith is for texts, this is {}", found.shown());
                    self.wrong("type", subject, source, message);
                }
                Type::Bool
            }
            ExprKind::Quantified { variable, body, .. } => {
                let outer = self.variable.replace(variable.clone());
                self.condition(source, body);
                self.variable = outer;
                Type::Bool
            }
        }
    }

    /// The type of a choice between two.
    fn choice(&mut self, source: &Arc<Source>, at: &Expr, then: Type, otherwise: Type) -> Type {
        match (then, otherwise) {
            (Type::Num(None), other @ Type::Num(_)) | (other @ Type::Num(_), Type::Num(None)) => {
                other
            }
            (then, otherwise) if then == otherwise || otherwise == Type::Wrong => then,
            (Type::Wrong, otherwise) => otherwise,
            (then, otherwise) => {
                let message =
                    format!("one side is {}, the other {}", then.shown(), otherwise.shown());
                self.wrong("type", at, source, message)
            }
        }
    }

    fn class(&mut self, source: &Arc<Source>, expr: &Expr, code: &str) -> Type {
        if !self.law.class_codes.iter().any(|known| known == code) {
            let hint = did_you_mean(code, self.law.class_codes.iter().map(String::as_str));
            let message = format!("no class has the code `{code}`");
            self.tell(
                Diagnostic::error("unknown-code", source, expr.span.clone(), message).hint(hint),
            );
            return Type::Bool;
        }
        let name = format!("class {code}");
        if self.cycle(source, expr, &name) || self.defines.contains_key(&name) {
            return Type::Bool;
        }
        self.defines.insert(name.clone(), Type::Bool);
        self.open.push(name);
        let law = self.law;
        for rule in &law.rules {
            if matches!(&rule.rule.body, Body::Class { code: own } if own == code) {
                let source = &law.packs[rule.pack].source;
                for condition in [&rule.rule.when, &rule.rule.unless].into_iter().flatten() {
                    self.condition(source, condition);
                }
            }
        }
        self.open.pop();
        Type::Bool
    }

    fn name(&mut self, source: &Arc<Source>, expr: &Expr, name: &str) -> Type {
        let law = self.law;
        if let Some(variable) = &self.variable
            && let Some(fact) =
                name.strip_prefix(variable.as_str()).and_then(|rest| rest.strip_prefix('.'))
        {
            let vocabulary = &law.vocabulary;
            let known = vocabulary.party_facts();
            let Some(at) = known.iter().position(|known| known == fact) else {
                let hint = did_you_mean(fact, known.iter().map(String::as_str));
                let message = format!("parties have no fact `{fact}`");
                self.tell(
                    Diagnostic::error("unknown-fact", source, expr.span.clone(), message)
                        .hint(hint),
                );
                return Type::Wrong;
            };
            return self.fact_type(vocabulary.parties()[0].facts[at]);
        }
        if let Some(id) = law.vocabulary.find(name) {
            return self.fact_type(id);
        }
        if law.defines.contains_key(name) {
            if self.cycle(source, expr, name) {
                return Type::Wrong;
            }
            return self.define(name);
        }
        if law.sets.iter().any(|set| set.id == name) {
            return self.wrong(
                "type",
                expr,
                source,
                format!("the set `{name}` stands only to the right of `in`"),
            );
        }
        let known = law.vocabulary.names().chain(law.defines.keys().map(String::as_str));
        let hint = did_you_mean(name, known);
        let message = format!("there is no fact or define `{name}`");
        self.tell(Diagnostic::error("unknown-fact", source, expr.span.clone(), message).hint(hint));
        Type::Wrong
    }

    fn fact_type(&self, id: FactId) -> Type {
        let fact = self.law.vocabulary.fact(id);
        match &fact.of {
            FactType::Bool => Type::Bool,
            FactType::Integer | FactType::Decimal => Type::Num(Some(fact.unit.clone())),
            FactType::Text => Type::Text,
            FactType::Date => Type::Date,
            FactType::Country => Type::Country,
            FactType::Enum(_) => Type::Word(id),
            FactType::List(_) => Type::List(id),
        }
    }

    fn number(&mut self, source: &Arc<Source>, expr: &Expr) -> Type {
        let found = self.type_of(source, expr);
        if matches!(found, Type::Num(_) | Type::Wrong) {
            return found;
        }
        self.wrong("type", expr, source, format!("a number is wanted, this is {}", found.shown()))
    }

    fn arithmetic(
        &mut self,
        source: &Arc<Source>,
        at: &Expr,
        operator: Operator,
        a: Type,
        b: Type,
    ) -> Type {
        let (Type::Num(left), Type::Num(right)) = (&a, &b) else { return Type::Wrong };
        match operator {
            Operator::Add | Operator::Subtract => self.same_unit(source, at, a, b),
            Operator::Multiply | Operator::Divide => {
                if left.is_none() && right.is_none() {
                    return Type::Num(None);
                }
                let left = left.clone().unwrap_or_default();
                let right = right.clone().unwrap_or_default();
                let unit = if operator == Operator::Multiply {
                    left.times(&right)
                } else {
                    left.over(&right)
                };
                Type::Num(Some(unit))
            }
        }
    }

    fn same_unit(&mut self, source: &Arc<Source>, at: &Expr, a: Type, b: Type) -> Type {
        match (a, b) {
            (Type::Num(None), other @ Type::Num(_)) | (other @ Type::Num(_), Type::Num(None)) => {
                other
            }
            (Type::Num(Some(left)), Type::Num(Some(right))) if left != right => self.wrong(
                "unit",
                at,
                source,
                format!("one side is in {left}, the other in {right}"),
            ),
            (a @ Type::Num(_), Type::Num(_)) => a,
            _ => Type::Wrong,
        }
    }

    fn compare(
        &mut self,
        source: &Arc<Source>,
        expr: &Expr,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Type {
        let (a, b) = (self.type_of(source, left), self.type_of(source, right));
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        match (&a, &b) {
            (Type::Wrong, _) | (_, Type::Wrong) => {}
            (Type::Num(_), Type::Num(_)) => {
                self.same_unit(source, expr, a, b);
            }
            (Type::Date, Type::Date) => {
                let fixed = |expr: &Expr| matches!(expr.kind, ExprKind::Date(_));
                if fixed(left) == fixed(right) {
                    self.wrong("type", expr, source, "a date is compared with date(\"…\")".into());
                }
            }
            (Type::Bool, Type::Bool) if equality => {}
            (Type::Word(_) | Type::Country | Type::Text, Type::Text) if equality => {
                self.literal(source, &a, right);
            }
            (Type::Text, Type::Word(_) | Type::Country) if equality => {
                self.literal(source, &b, left)
            }
            (Type::Word(x), Type::Word(y)) if equality && x == y => {}
            (Type::Country, Type::Country) if equality => {}
            _ => {
                let message = format!("{} is compared with {}", a.shown(), b.shown());
                self.wrong("type", expr, source, message);
            }
        }
        Type::Bool
    }

    /// A text in a condition must be a word or country that the other side can be.
    fn literal(&mut self, source: &Arc<Source>, other: &Type, at: &Expr) {
        let ExprKind::Text(text) = &at.kind else { return };
        match other {
            Type::Word(id) | Type::List(id) => {
                let fact = self.law.vocabulary.fact(*id);
                let Some(words) = fact.of.words() else { return };
                if !words.iter().any(|word| **word == **text) {
                    let message = format!("`{}` is never `{text}`", fact.name);
                    let hint = did_you_mean(text, words.iter().map(|word| &**word));
                    self.tell(
                        Diagnostic::error("unknown-word", source, at.span.clone(), message)
                            .hint(hint),
                    );
                }
            }
            Type::Country if !Country::parse(text).is_some_and(Country::is_assigned) => {
                let message = format!("`{text}` is not a country code");
                self.tell(
                    Diagnostic::error("country", source, at.span.clone(), message)
                        .hint("ISO 3166-1 alpha-2, two capital letters"),
                );
            }
            _ => {}
        }
    }

    fn is_in(&mut self, source: &Arc<Source>, expr: &Expr, left: &Expr, right: &Expr) -> Type {
        match &right.kind {
            ExprKind::List(items) => {
                let subject = self.type_of(source, left);
                for item in items {
                    let found = self.type_of(source, item);
                    match (&subject, &found) {
                        (Type::Wrong, _) | (_, Type::Wrong) | (Type::Num(_), Type::Num(_)) => {}
                        (Type::Word(_) | Type::Country | Type::Text, Type::Text) => {
                            self.literal(source, &subject, item);
                        }
                        _ => {
                            let message = format!(
                                "{} is looked for among {}",
                                subject.shown(),
                                found.shown()
                            );
                            self.wrong("type", item, source, message);
                        }
                    }
                }
            }
            ExprKind::Name(name) if matches!(left.kind, ExprKind::Text(_)) => {
                let list = self.name(source, right, name);
                match list {
                    Type::List(_) => self.literal(source, &list, left),
                    Type::Wrong => {}
                    other => {
                        let message = format!("a list is wanted, this is {}", other.shown());
                        self.wrong("type", right, source, message);
                    }
                }
            }
            ExprKind::Name(name) => {
                let subject = self.type_of(source, left);
                if !matches!(subject, Type::Country | Type::Wrong) {
                    let message =
                        format!("only a country is in a set, this is {}", subject.shown());
                    self.wrong("type", left, source, message);
                }
                self.set(source, name, &right.span);
            }
            _ => {
                self.wrong(
                    "type",
                    expr,
                    source,
                    "`in` wants a set, a list in brackets or a list fact".into(),
                );
            }
        }
        Type::Bool
    }
}
