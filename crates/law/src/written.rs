//! Conditions as they stand in a pack, written back from their tree in one form.
//!
//! This module must not know of days or facts: it writes what was read.

use std::fmt;

use crate::expr::{Comparison, Expr, ExprKind, Extreme, Operator};
use crate::label::plain;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, 0, f)
    }
}

/// How tightly an expression holds together: a looser one within a tighter one wants parentheses.
fn tightness(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Choose(..) => 0,
        ExprKind::Or(..) => 1,
        ExprKind::And(..) => 2,
        ExprKind::Compare(..) | ExprKind::In(..) => 3,
        ExprKind::Arithmetic(Operator::Add | Operator::Subtract, ..) => 4,
        ExprKind::Arithmetic(..) => 5,
        _ => 6,
    }
}

fn write(expr: &Expr, needed: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = tightness(expr);
    if own < needed {
        f.write_str("(")?;
        write(expr, 0, f)?;
        return f.write_str(")");
    }
    match &expr.kind {
        ExprKind::Bool(value) => write!(f, "{value}"),
        ExprKind::Num(number) => f.write_str(&plain(*number)),
        ExprKind::Text(text) => write!(f, "\"{text}\""),
        ExprKind::Date(date) => write!(f, "date(\"{date}\")"),
        ExprKind::Name(name) => f.write_str(name),
        ExprKind::Class(code) => write!(f, "class(\"{code}\")"),
        ExprKind::List(items) => {
            f.write_str("[")?;
            list(items, f)?;
            f.write_str("]")
        }
        ExprKind::Not(inner) => {
            f.write_str("!")?;
            write(inner, 6, f)
        }
        ExprKind::And(left, right) => pair(left, " && ", right, (2, 2), f),
        ExprKind::Or(left, right) => pair(left, " || ", right, (1, 1), f),
        ExprKind::Compare(comparison, left, right) => {
            pair(left, &format!(" {} ", comparison.symbol()), right, (4, 4), f)
        }
        ExprKind::In(left, right) => pair(left, " in ", right, (4, 4), f),
        ExprKind::Arithmetic(operator, left, right) => {
            pair(left, &format!(" {} ", operator.symbol()), right, (own, own + 1), f)
        }
        ExprKind::Choose(condition, then, otherwise) => {
            write(condition, 1, f)?;
            f.write_str(" ? ")?;
            write(then, 0, f)?;
            f.write_str(" : ")?;
            write(otherwise, 0, f)
        }
        ExprKind::Extreme(extreme, items) => {
            f.write_str(if *extreme == Extreme::Max { "max(" } else { "min(" })?;
            list(items, f)?;
            f.write_str(")")
        }
        ExprKind::StartsWith(subject, prefix) => {
            write(subject, 6, f)?;
            write!(f, ".startsWith(\"{prefix}\")")
        }
        ExprKind::Quantified { every, recipients, variable, body } => {
            let whom = if *recipients { "recipients" } else { "parties" };
            let how = if *every { "all" } else { "exists" };
            write!(f, "{whom}.{how}({variable}, ")?;
            write(body, 0, f)?;
            f.write_str(")")
        }
    }
}

fn pair(
    left: &Expr,
    by: &str,
    right: &Expr,
    needed: (u8, u8),
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write(left, needed.0, f)?;
    f.write_str(by)?;
    write(right, needed.1, f)
}

fn list(items: &[Expr], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(item, 0, f)?;
    }
    Ok(())
}

/// The comparisons with a fixed number that an expression makes, as `item.tpp >=` and `4800`.
pub fn thresholds(expr: &Expr, found: &mut Vec<(String, String)>) {
    match &expr.kind {
        ExprKind::Compare(comparison, left, right) => match (&left.kind, &right.kind) {
            (_, ExprKind::Num(number)) => {
                found.push((format!("{left} {}", comparison.symbol()), plain(*number)));
            }
            (ExprKind::Num(number), _) => {
                found.push((format!("{right} {}", mirrored(*comparison)), plain(*number)));
            }
            _ => {}
        },
        ExprKind::Not(inner) => thresholds(inner, found),
        ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::In(left, right)
        | ExprKind::Arithmetic(_, left, right) => {
            thresholds(left, found);
            thresholds(right, found);
        }
        ExprKind::Choose(condition, then, otherwise) => {
            [condition, then, otherwise].into_iter().for_each(|part| thresholds(part, found));
        }
        ExprKind::Extreme(_, items) | ExprKind::List(items) => {
            items.iter().for_each(|item| thresholds(item, found));
        }
        ExprKind::Quantified { body, .. } => thresholds(body, found),
        _ => {}
    }
}

fn mirrored(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => ">",
        Comparison::AtMost => ">=",
        Comparison::Greater => "<",
        Comparison::AtLeast => "<=",
        same => same.symbol(),
    }
}

#[cfg(test)]
mod tests {
    use crate::expr::parse;

    #[test]
    fn what_was_written_is_written_back() {
        for text in [
            "a && (b || c) && !(d in e)",
            "item.tpp >= 4800 || item.tpp >= 1600 && item.performance_density >= 5.92",
            "quantity * item.chips * item.tpp <= 26900000 - lpp_used_tpp",
            "a - (b - c) < 2 * (d + 1)",
            "parties.exists(p, \"entity_list\" in p.listed)",
            "x ? y : z ? 1e26 : max(a, b) >= 3",
            "item.eccn.startsWith(\"5A992\")",
        ] {
            let expr = parse(text, 0).expect(text);
            let again = parse(&expr.to_string(), 0).expect(text);
            assert_eq!(expr.to_string(), again.to_string());
            assert_eq!(expr.to_string(), text);
        }
    }
}
