//! Columns as facts by their names.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, plan_datafusion_err, plan_err};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::functions::core::named_struct;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use law::{Law, Reading};

use crate::functions::{CLASSIFY, DECIDE, TPP, UNREAD, no_reading, text_of, unnamed};
use crate::lawbook::Lawbook;

/// Puts the arguments of our functions into one struct whose fields are facts, while columns still
/// have the names that the query gives them.
#[derive(Debug)]
pub struct NameColumns {
    law: Lawbook,
}

impl NameColumns {
    /// Knows the facts of a law.
    pub fn new(lawbook: &Lawbook) -> NameColumns {
        NameColumns { law: lawbook.clone() }
    }

    fn rewritten(&self, function: ScalarFunction, schema: &DFSchema) -> Result<Expr> {
        let ScalarFunction { func, mut args } = function;
        let law = self.law.law();
        let reading = if func.name() == DECIDE { taken_reading(&mut args)? } else { None };
        let is_struct =
            |expr: &Expr| expr.get_type(schema).is_ok_and(|of| matches!(of, DataType::Struct(_)));
        let facts = match args.as_slice() {
            [one] if is_struct(one) && pairs_of(one).is_none() => one.clone(),
            items if func.name() != DECIDE && is_item(law, items) => of_item(items),
            columns => as_struct(law, func.name(), columns, schema)?,
        };
        let args = [facts].into_iter().chain(reading).collect();
        Ok(Expr::ScalarFunction(ScalarFunction { func, args }))
    }
}

impl FunctionRewrite for NameColumns {
    fn name(&self) -> &str {
        "weir_names"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        match expr {
            Expr::ScalarFunction(function)
                if [DECIDE, CLASSIFY, TPP].contains(&function.func.name()) =>
            {
                Ok(Transformed::yes(self.rewritten(function, schema)?))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

/// Takes the reading, which is a text of the query and stands last.
fn taken_reading(args: &mut Vec<Expr>) -> Result<Option<Expr>> {
    let Some(Expr::Literal(value, _)) = args.last() else { return Ok(None) };
    let is_reading = |word: &str| Reading::BOTH.iter().any(|reading| reading.word() == word);
    match text_of(value) {
        Some(word) if is_reading(word) => Ok(args.pop()),
        _ => plan_err!("{}", no_reading()),
    }
}

/// The names and values of a struct that is written out in the query.
fn pairs_of(expr: &Expr) -> Option<Vec<(&str, &Expr)>> {
    let Expr::ScalarFunction(function) = expr else { return None };
    if function.func.name() != named_struct().name() {
        return None;
    }
    function
        .args
        .chunks(2)
        .map(|pair| match pair {
            [Expr::Literal(name, _), value] => Some((text_of(name)?, value)),
            _ => None,
        })
        .collect()
}

/// The fact that is meant by a name of the query; an underscore may stand for a point.
fn fact_of(law: &Law, name: &str) -> Result<String> {
    if law.vocabulary().find(name).is_some() || begins_facts(law, name) {
        return Ok(name.to_owned());
    }
    let mut alike = law.vocabulary().names().filter(|fact| fact.replace('.', "_") == name);
    match (alike.next(), alike.next()) {
        (Some(fact), None) => Ok(fact.to_owned()),
        _ => Err(no_fact(law, name)),
    }
}

/// Whether facts have longer names that begin so, such as `item.sku` for `item`.
fn begins_facts(law: &Law, name: &str) -> bool {
    let is_within = |fact: &str| fact.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    law.vocabulary().names().any(is_within)
}

fn no_fact(law: &Law, name: &str) -> datafusion::error::DataFusionError {
    match law.vocabulary().nearest(name) {
        Some(near) => plan_datafusion_err!("there is no fact `{name}`\n\nhint: is `{near}` meant?"),
        None => {
            plan_datafusion_err!("there is no fact `{name}`\n\nhint: `weir law facts` lists them")
        }
    }
}

/// Whether arguments are the key of a chip, with a day or without.
fn is_item(law: &Law, args: &[Expr]) -> bool {
    let [first, rest @ ..] = args else { return false };
    let is_other = |expr: &Expr| match expr {
        #[expect(deprecated, reason = "it is what `orders.*` is read as")]
        Expr::Wildcard { .. } => true,
        expr if pairs_of(expr).is_some() => true,
        expr => named(expr)
            .is_some_and(|name| name != "item.sku" && law.vocabulary().find(name).is_some()),
    };
    rest.len() < 2 && !is_other(first) && !rest.iter().any(|expr| pairs_of(expr).is_some())
}

fn of_item(args: &[Expr]) -> Expr {
    let pairs = ["item.sku", "date"].into_iter().zip(args);
    named_struct().call(pairs.flat_map(|(name, value)| [lit(name), value.clone()]).collect())
}

/// The name that an expression has of itself.
fn named(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(column) => Some(&column.name),
        Expr::Alias(alias) => Some(&alias.name),
        _ => None,
    }
}

/// Columns, and structs that are written out, as fields of one struct. A name that is written goes
/// before a column of the same name that only a `*` brings.
#[expect(deprecated, reason = "it is what `orders.*` is read as")]
fn as_struct(law: &Law, function: &str, args: &[Expr], schema: &DFSchema) -> Result<Expr> {
    let mut written: Vec<(String, Expr)> = Vec::new();
    let mut brought: Vec<(String, Expr)> = Vec::new();
    for arg in args {
        if let Expr::Wildcard { qualifier, .. } = arg {
            for (table, field) in schema.iter() {
                let name = field.name();
                let is_meant = qualifier.as_ref().is_none_or(|meant| table == Some(meant));
                let is_fact = law.vocabulary().find(name).is_some() || begins_facts(law, name);
                if is_meant && (is_fact || name == UNREAD) {
                    let column = Column::new(table.cloned(), name);
                    brought.push((name.clone(), Expr::Column(column)));
                }
            }
        } else if let Some(pairs) = pairs_of(arg) {
            for (name, value) in pairs {
                written.push((fact_of(law, name)?, value.clone()));
            }
        } else if let Some(name) = named(arg) {
            if law.vocabulary().find(name).is_none() && !begins_facts(law, name) {
                return plan_err!(
                    "the column `{name}` is no fact\n\nhint: say which it is: \
                     {function}(FACT => {name}, …); `weir law facts` lists them"
                );
            }
            written.push((name.to_owned(), arg.clone().unalias()));
        } else {
            return plan_err!("{}", unnamed(function));
        }
    }
    brought.retain(|(name, _)| !written.iter().any(|(own, _)| own == name));
    if written.is_empty() && brought.iter().all(|(name, _)| name == UNREAD) {
        return plan_err!("`{function}` is given no fact: no column is named like one");
    }
    let pairs = written.into_iter().chain(brought);
    let pairs = pairs.flat_map(|(name, value)| [lit(name), value]);
    Ok(named_struct().call(pairs.collect()))
}
