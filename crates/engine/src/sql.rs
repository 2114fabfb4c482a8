//! Statements of SQL, and what is said of those that are wrong.

use std::ops::{ControlFlow, Range};

use datafusion::common::SchemaError;
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value, visit_expressions_mut,
};
use law::diagnostic::nearest;

use crate::cluster::unmarked;
use crate::functions::{CLASSIFY, DECIDE, TPP};

/// A context with settings that fit: batches as long as a decision likes them, partitions of
/// folders by name, and places in what is said of mistakes.
pub fn context(threads: usize) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(threads.max(1));
    SessionContext::new_with_config(settings(config))
}

/// The settings, which are the same on a cluster.
pub(crate) fn settings(config: SessionConfig) -> SessionConfig {
    config
        .with_batch_size(batch::files::ROWS / 4)
        .with_information_schema(true)
        .set_bool("datafusion.sql_parser.collect_spans", true)
        .set_bool("datafusion.execution.listing_table_ignore_subdirectory", false)
}

/// Plans a statement that reads. Facts may be given by name, `weir_decide(date => shipped)`, where
/// an underscore may stand for the point of a fact: `item_sku => sku`.
///
/// # Errors
/// A statement that cannot be understood, or that would write: see [`mistake`].
pub async fn query(context: &SessionContext, sql: &str) -> Result<DataFrame> {
    let state = context.state();
    let dialect = state.config().options().sql_parser.dialect;
    let mut statement = state.sql_to_statement(sql, &dialect)?;
    if let Statement::Statement(statement) = &mut statement {
        name_arguments(statement);
    }
    let plan = state.statement_to_plan(statement).await?;
    let reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false);
    reads.with_allow_statements(false).verify_plan(&plan)?;
    // What a rewriting of names has to say is said of the statement, not when it runs.
    let _: LogicalPlan = state.optimize(&plan)?;
    context.execute_logical_plan(plan).await
}

/// Puts named arguments of our functions into structs, which have names.
fn name_arguments<S: datafusion::sql::sqlparser::ast::VisitMut>(statement: &mut S) {
    let _ = visit_expressions_mut(statement, |expr| {
        if let Expr::Function(function) = expr
            && let Some(name) = function.name.0.last().and_then(|part| part.as_ident())
            && [DECIDE, CLASSIFY, TPP].contains(&name.value.to_lowercase().as_str())
            && let FunctionArguments::List(list) = &mut function.args
        {
            list.args.iter_mut().for_each(name_argument);
        }
        ControlFlow::<()>::Continue(())
    });
}

fn name_argument(arg: &mut FunctionArg) {
    let (name, value) = match arg {
        FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => {
            (written(name), value.clone())
        }
        FunctionArg::ExprNamed { name, arg: FunctionArgExpr::Expr(value), .. } => {
            let name = match name {
                Expr::Identifier(name) => written(name),
                Expr::CompoundIdentifier(parts) => {
                    parts.iter().map(written).collect::<Vec<_>>().join(".")
                }
                _ => return,
            };
            (name, value.clone())
        }
        _ => return,
    };
    let name = Expr::Value(Value::SingleQuotedString(name).with_empty_span());
    let unnamed = |value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
    let none = FunctionArguments::None;
    *arg = unnamed(Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new("named_struct")]),
        uses_odbc_syntax: false,
        parameters: none,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![unnamed(name), unnamed(value)],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }));
}

/// A name as SQL means it: in small letters where it is not quoted.
fn written(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// What is wrong with a statement, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// The bytes of the statement that it is about, where that is known.
    pub span: Option<Range<usize>>,
    /// The way out; may be empty.
    pub hint: String,
}

/// Puts an error of a statement into words.
pub fn mistake(sql: &str, error: &DataFusionError) -> Mistake {
    if let Some(message) = unmarked(&error.strip_backtrace()) {
        return Mistake { message, span: None, hint: String::new() };
    }
    let error = match error {
        DataFusionError::Collection(errors) => errors.first().unwrap_or(error),
        error => error,
    };
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| {
        let at = |location: datafusion::common::Location| {
            place(sql, location.line as usize, location.column as usize)
        };
        at(span.start)..at(span.end).max(at(span.start))
    });
    let mut found = match error.find_root() {
        DataFusionError::SchemaError(why, _) => schema_mistake(why),
        DataFusionError::SQL(why, _) => return syntax_mistake(sql, &why.to_string()),
        root => plain_mistake(&root.message()),
    };
    found.span = span.or(found.span).or_else(|| quoted_place(sql, &found.message));
    found
}

fn schema_mistake(why: &SchemaError) -> Mistake {
    let SchemaError::FieldNotFound { field, valid_fields } = why else {
        return plain_mistake(&why.to_string());
    };
    let names: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
    let near = nearest(&field.name, names.iter().copied());
    let hint = match (near, names.as_slice()) {
        // A name that is not quoted is read in small letters.
        (Some(near), _) if near.chars().any(|letter| !is_plain(letter)) => {
            format!("is `\"{near}\"` meant, in double quotes?")
        }
        (Some(near), _) => format!("is `{near}` meant?"),
        (None, []) => "there are no columns here; is a table missing after `from`?".to_owned(),
        (None, names) => format!("the columns are {}", names.join(", ")),
    };
    let message = format!("there is no column `{}`", field.quoted_flat_name());
    Mistake { message, span: None, hint }
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
}

/// `sql parser error: Expected: an expression, found: EOF at Line: 1, Column: 8`
fn syntax_mistake(sql: &str, why: &str) -> Mistake {
    let said = why.trim_start_matches("sql parser error: ");
    let place = said.rsplit_once(" at Line: ").and_then(|(said, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        let column: String = column.chars().take_while(char::is_ascii_digit).collect();
        let at = place_of(sql, line, &column)?;
        Some((said, at))
    });
    let (said, span) = match place {
        Some((said, at)) => (said, Some(at..word_end(sql, at))),
        None => (said, None),
    };
    let message = format!("the statement cannot be read: {}", lowered(said));
    let hint = "SQL as in `select destination, count(*) from orders group by destination`";
    Mistake { message, span, hint: hint.to_owned() }
}

fn place_of(sql: &str, line: &str, column: &str) -> Option<usize> {
    Some(place(sql, line.parse().ok()?, column.parse().ok()?))
}

/// The way out where a column holds more than numbers.
const TRY_CAST: &str = "change their type, as in try_cast(quantity as decimal), which is null where \
                        a value is no number";

/// `… Cannot cast string 'twelve' to value of Int64 type`
fn no_value(message: &str) -> Option<Mistake> {
    let (_, rest) = message.split_once("Cannot cast string '")?;
    let (value, _) = rest.rsplit_once("' to value of ")?;
    Some(Mistake {
        message: format!("`{value}` is not what the statement compares or casts it to"),
        span: None,
        hint: TRY_CAST.to_owned(),
    })
}

/// `… No function matches the given name and argument types 'sum(Utf8)'. You might need to …`
fn unknown_call(message: &str) -> Option<Mistake> {
    let (_, rest) =
        message.split_once("No function matches the given name and argument types '")?;
    let (call, _) = rest.split_once("'.")?;
    let name = call.split('(').next().unwrap_or(call);
    Some(Mistake {
        message: format!("`{name}` does not take such values: {call}"),
        span: None,
        hint: TRY_CAST.to_owned(),
    })
}

fn plain_mistake(message: &str) -> Mistake {
    if let Some(found) = unknown_call(message).or_else(|| no_value(message)) {
        return found;
    }
    if ["DDL not supported", "DML not supported", "Statement not supported"]
        .iter()
        .any(|start| message.starts_with(start))
    {
        let message = "a statement can read, and nothing else".to_owned();
        let hint = "`--output FILE` writes what it reads".to_owned();
        return Mistake { message, span: None, hint };
    }
    let said = message.split(": While expanding wildcard").next().unwrap_or(message);
    let (said, way_out) = said
        .split_once("\n\nhint: ")
        .or_else(|| said.split_once(".\n"))
        .or_else(|| said.split_once("\n"))
        .unwrap_or((said, ""));
    let said = said.replace("datafusion.public.", "");
    let table = said.strip_suffix("' not found").and_then(|said| said.strip_prefix("table '"));
    let way_out = match table {
        Some(table) => format!("name its files: --table {table}=PATH"),
        None => lowered(way_out.trim_end_matches('.')),
    };
    Mistake { message: lowered(said.trim_end_matches('.')), span: None, hint: way_out }
}

/// A message that begins in small letters, as ours do.
fn lowered(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next();
    match (first, letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.to_owned(),
    }
}

/// The first name in quotes that a message and the statement share.
fn quoted_place(sql: &str, message: &str) -> Option<Range<usize>> {
    let quoted = message.split(['`', '\'']).skip(1).step_by(2);
    quoted.filter(|name| name.len() > 1).find_map(|name| {
        let name = name.trim_matches('"');
        let at = sql.to_ascii_lowercase().find(&name.to_ascii_lowercase())?;
        Some(at..at + name.len())
    })
}

/// The byte at a line and column, both from 1; columns count characters.
fn place(sql: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for (at, text) in sql.split_inclusive('\n').enumerate() {
        if at + 1 == line {
            let within = text.char_indices().nth(column.saturating_sub(1));
            return start + within.map_or(text.len(), |(at, _)| at);
        }
        start += text.len();
    }
    sql.len()
}

fn word_end(sql: &str, at: usize) -> usize {
    let rest = sql.get(at..).unwrap_or_default();
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let end = at + end.unwrap_or(rest.len());
    // A sign of its own is underlined, too.
    if end == at { at + rest.chars().next().map_or(0, char::len_utf8) } else { end }
}
