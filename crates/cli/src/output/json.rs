//! Writes determinations as JSON: one object a line, or one list.

use law::Reading;
use law::text::grouped;

use crate::input::rows::{Order, RowError, Warning};
use crate::wording::{Drawing, Duty, Link, Worded, WordedAnswer};

/// What every answer says of the law it rests on, written once.
pub struct LawNote(String);

impl LawNote {
    /// The packs and through which day they were verified.
    pub fn new(law: &law::Law) -> LawNote {
        let mut out = String::from("{\"packs\":");
        list(&mut out, law.packs().iter(), |out, pack| string(out, &pack.id));
        out.push_str(",\"verified_through\":");
        string(&mut out, &law.verified_through().to_string());
        out.push('}');
        LawNote(out)
    }
}

/// Writes the answer for one order.
pub fn determination(out: &mut String, order: &Order, date: &str, worded: &Worded, note: &LawNote) {
    out.push_str("{\"line_id\":");
    string(out, &order.id);
    out.push_str(",\"as_of\":");
    string(out, date);
    out.push_str(",\"classification\":");
    list(out, worded.classification.iter(), |out, code| string(out, code));
    for (reading, answer) in Reading::BOTH.into_iter().zip(&worded.readings) {
        out.push(',');
        string(out, reading.word());
        out.push(':');
        answer_object(out, answer);
    }
    rest(out, order);
    out.push_str(",\"law\":");
    out.push_str(&note.0);
    out.push('}');
}

/// Writes what is wrong with an order that could not be decided.
pub fn error(out: &mut String, order: &Order, error: &RowError) {
    out.push_str("{\"line_id\":");
    string(out, &order.id);
    out.push_str(",\"error\":");
    row_error(out, order, error);
    out.push_str(",\"errors\":");
    list(out, order.errors(), |out, error| row_error(out, order, error));
    rest(out, order);
    out.push('}');
}

fn row_error(out: &mut String, order: &Order, error: &RowError) {
    out.push_str("{\"code\":");
    string(out, error.code);
    out.push_str(",\"message\":");
    string(out, &error.message);
    out.push_str(",\"hint\":");
    string(out, &error.hint);
    out.push_str(",\"column\":");
    optional(out, error.column.as_deref());
    out.push_str(",\"row\":");
    out.push_str(&order.row.to_string());
    out.push('}');
}

/// What is written for every order: warnings, the vendor's part, unknown columns.
fn rest(out: &mut String, order: &Order) {
    if !order.warnings.is_empty() {
        out.push_str(",\"warnings\":");
        list(out, order.warnings.iter(), warning);
    }
    if let Some(part) = &order.part {
        out.push_str(",\"vendor\":{\"name\":");
        string(out, &part.vendor);
        out.push_str(",\"eccn\":");
        string(out, &part.eccn);
        out.push_str(",\"description\":");
        string(out, &part.description);
        out.push_str(",\"as_of\":");
        string(out, &part.as_of);
        out.push('}');
    }
    if !order.extra.is_empty() {
        out.push_str(",\"extra\":{");
        for (at, (name, value)) in order.extra.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            string(out, name);
            out.push(':');
            string(out, value);
        }
        out.push('}');
    }
}

fn warning(out: &mut String, warning: &Warning) {
    out.push_str("{\"code\":");
    string(out, warning.code);
    out.push_str(",\"message\":");
    string(out, &warning.message);
    out.push_str(",\"column\":");
    optional(out, warning.column.as_deref());
    out.push('}');
}

fn answer_object(out: &mut String, answer: &WordedAnswer) {
    out.push_str("{\"outcome\":");
    string(out, answer.outcome.word());
    out.push_str(",\"exceptions\":");
    list(out, answer.exceptions.iter(), |out, code| string(out, code));
    out.push_str(",\"policy\":");
    optional(out, answer.policy.map(|policy| policy.word()));
    out.push_str(",\"because\":");
    list(out, answer.because.iter(), link);
    out.push_str(",\"obligations\":");
    list(out, answer.obligations.iter(), duty);
    out.push_str(",\"draws\":");
    list(out, answer.draws.iter(), drawing);
    out.push_str(",\"flags\":");
    list(out, answer.flags.iter(), link);
    out.push_str(",\"missing\":");
    list(out, answer.missing.iter(), |out, name| string(out, name));
    out.push_str(",\"doubts\":");
    list(out, answer.doubts.iter(), link);
    out.push('}');
}

fn link(out: &mut String, link: &Link) {
    out.push_str("{\"rule\":");
    string(out, link.rule);
    out.push_str(",\"cite\":");
    string(out, link.cite);
    out.push_str(",\"text\":");
    string(out, &link.text);
    if let Some(sure) = link.sure {
        out.push_str(",\"sure\":");
        string(out, sure);
    }
    out.push('}');
}

fn duty(out: &mut String, duty: &Duty) {
    out.push_str("{\"kind\":");
    string(out, duty.kind);
    out.push_str(",\"rule\":");
    string(out, duty.rule);
    out.push_str(",\"cite\":");
    string(out, duty.cite);
    out.push_str(",\"due\":");
    string(out, duty.due);
    out.push_str(",\"due_date\":");
    optional(out, duty.date.as_deref());
    if !duty.exceptions.is_empty() {
        out.push_str(",\"for\":");
        list(out, duty.exceptions.iter(), |out, code| string(out, code));
    }
    out.push_str(",\"text\":");
    string(out, &duty.text);
    out.push('}');
}

fn drawing(out: &mut String, drawing: &Drawing) {
    out.push_str("{\"quota\":");
    string(out, drawing.quota);
    out.push_str(",\"cite\":");
    string(out, drawing.cite);
    out.push_str(",\"key\":");
    optional(out, drawing.key.as_deref());
    for (name, number) in [
        ("amount_tpp", drawing.draw.amount),
        ("remaining_tpp", drawing.draw.remaining),
        ("limit_tpp", drawing.draw.limit),
    ] {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        // A JSON number takes exact decimals; a ratio would lose its exactness.
        if number.is_decimal() {
            out.push_str(&number.to_string());
        } else {
            string(out, &grouped(number));
        }
    }
    out.push('}');
}

fn optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => string(out, text),
        None => out.push_str("null"),
    }
}

/// Writes a list of anything.
pub fn list<T>(out: &mut String, items: impl Iterator<Item = T>, write: impl Fn(&mut String, T)) {
    out.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// Writes a text in quotes, with what JSON wants escaped.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    if !text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[start..at]);
        if escaped.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        } else {
            out.push_str(escaped);
        }
        start = at + 1;
    }
    out.push_str(&text[start..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_json_wants_escaped() {
        let text = "a\"b\\c\nd\u{1}é中";
        let mut out = String::new();
        string(&mut out, text);
        assert_eq!(serde_json::from_str::<String>(&out).expect("valid JSON"), text);
    }
}
