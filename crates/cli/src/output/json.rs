//! Writes determinations as JSON: one object a line, or one list.

use law::pack::Body;
use law::text::grouped;
use law::{Reading, RuleId};

use crate::input::rows::{Committed, Order, Reserved, RowError, Warning};
use crate::wording::{Drawing, Duty, Fixed, Link, Phrasebook, Worded, WordedAnswer};

/// What answers say of the law whatever the transaction is, written once.
pub struct Fragments {
    /// The packs and through which day they were verified.
    law: String,
    /// By rule: the link where it holds, where its text is the same for every transaction.
    rules: Vec<Option<String>>,
    /// By rule: the link where it does not hold.
    otherwise: Vec<Option<String>>,
    /// By rule: what begins its duty, before the day.
    duties: Vec<String>,
    /// By rule: what ends its duty, where its text is the same for every transaction.
    duty_texts: Vec<Option<String>>,
}

impl Fragments {
    /// What there is to say of a law.
    pub fn new(book: &Phrasebook) -> Fragments {
        let mut law = String::from("{\"packs\":");
        list(&mut law, book.law.packs().iter(), |out, pack| string(out, &pack.id));
        law.push_str(",\"verified_through\":");
        string(&mut law, &book.law.verified_through().to_string());
        law.push('}');
        let written = |fixed| {
            let found = book.fixed(fixed)?;
            let mut out = String::new();
            link_object(&mut out, &found);
            Some(out)
        };
        let ids = || book.law.rules().map(|(id, _)| id);
        Fragments {
            law,
            rules: ids().map(|id| written(Fixed::Rule(id))).collect(),
            otherwise: ids().map(|id| written(Fixed::Otherwise(id))).collect(),
            duties: ids().map(|id| duty_head(book, id)).collect(),
            duty_texts: ids().map(|id| book.fixed_text(id).map(duty_tail)).collect(),
        }
    }

    fn link(&self, out: &mut String, link: &Link) {
        let written = match link.fixed {
            Some(Fixed::Rule(id)) => &self.rules[id.0 as usize],
            Some(Fixed::Otherwise(id)) => &self.otherwise[id.0 as usize],
            None => &None,
        };
        match written {
            Some(written) => out.push_str(written),
            None => link_object(out, link),
        }
    }

    fn duty(&self, out: &mut String, duty: &Duty) {
        out.push_str(&self.duties[duty.id.0 as usize]);
        match &duty.date {
            Some(date) => {
                out.push('"');
                out.push_str(date);
                out.push('"');
            }
            None => out.push_str("null"),
        }
        if !duty.exceptions.is_empty() {
            out.push_str(",\"for\":");
            list(out, duty.exceptions.iter(), |out, code| string(out, code));
        }
        match &self.duty_texts[duty.id.0 as usize] {
            Some(written) => out.push_str(written),
            None => out.push_str(&duty_tail(&duty.text)),
        }
    }

    fn answer(&self, out: &mut String, answer: &WordedAnswer) {
        out.push_str("{\"outcome\":\"");
        out.push_str(answer.outcome.word());
        out.push_str("\",\"exceptions\":");
        list(out, answer.exceptions.iter(), |out, code| string(out, code));
        out.push_str(",\"policy\":");
        optional(out, answer.policy.map(|policy| policy.word()));
        out.push_str(",\"because\":");
        list(out, answer.because.iter(), |out, link| self.link(out, link));
        out.push_str(",\"obligations\":");
        list(out, answer.obligations.iter(), |out, duty| self.duty(out, duty));
        out.push_str(",\"draws\":");
        list(out, answer.draws.iter(), drawing);
        out.push_str(",\"flags\":");
        list(out, answer.flags.iter(), |out, link| self.link(out, link));
        out.push_str(",\"missing\":");
        list(out, answer.missing.iter(), |out, name| string(out, name));
        out.push_str(",\"doubts\":");
        list(out, answer.doubts.iter(), |out, link| self.link(out, link));
        out.push('}');
    }
}

/// Writes the answer for one order.
pub fn determination(
    out: &mut String,
    order: &Order,
    date: &str,
    worded: &Worded,
    fragments: &Fragments,
) {
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
        fragments.answer(out, answer);
    }
    rest(out, order);
    out.push_str(",\"law\":");
    out.push_str(&fragments.law);
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

fn reservation(out: &mut String, held: &Reserved) {
    let Reserved { entry, accounts, amount, expires, repeated, committed, further } = held;
    out.push_str(&format!("{{\"entry\":{entry},\"accounts\":"));
    list(out, accounts.iter(), |out, account| string(out, account));
    out.push_str(",\"amount_tpp\":");
    out.push_str(&amount.replace(',', ""));
    out.push_str(",\"expires\":");
    string(out, expires);
    out.push_str(&format!(",\"repeated\":{repeated}"));
    match committed {
        None => out.push_str(",\"state\":\"open\""),
        Some(Committed { entry, amount }) => out.push_str(&format!(
            ",\"state\":\"committed\",\"committed\":{{\"entry\":{entry},\"amount_tpp\":{}}}",
            amount.replace(',', "")
        )),
    }
    if !further.is_empty() {
        out.push_str(",\"further\":");
        list(out, further.iter(), reservation);
    }
    out.push('}');
}

/// What is written for every order: warnings, the vendor's part, unknown columns.
fn rest(out: &mut String, order: &Order) {
    if !order.warnings.is_empty() {
        out.push_str(",\"warnings\":");
        list(out, order.warnings.iter(), warning);
    }
    if let Some(held) = &order.reserved {
        out.push_str(",\"reservation\":");
        reservation(out, held);
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

fn link_object(out: &mut String, link: &Link) {
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

/// What begins the duty of an obligation; empty for another rule.
fn duty_head(book: &Phrasebook, id: RuleId) -> String {
    let rule = book.law.rule(id);
    let mut out = String::new();
    let Body::Obligation(obligation) = &rule.body else { return out };
    let due = &obligation.due[book.language as usize];
    out.push('{');
    for (name, text) in
        [("kind", &obligation.kind), ("rule", &rule.id), ("cite", &rule.cite), ("due", due)]
    {
        string(&mut out, name);
        out.push(':');
        string(&mut out, text);
        out.push(',');
    }
    out.push_str("\"due_date\":");
    out
}

/// What ends a duty: its text.
fn duty_tail(text: &str) -> String {
    let mut out = String::from(",\"text\":");
    string(&mut out, text);
    out.push('}');
    out
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
        match number.to_int().map(i64::try_from) {
            Some(Ok(whole)) => out.push_str(itoa::Buffer::new().format(whole)),
            _ if number.is_decimal() => out.push_str(&number.to_string()),
            _ => string(out, &grouped(number)),
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
    if !has_special(text.as_bytes()) {
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

/// Whether there is anything to escape. Looks at sixteen bytes at once, which the compiler turns
/// into a few instructions: nearly no text has anything.
fn has_special(text: &[u8]) -> bool {
    let special = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    let any = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | special(byte));
    // The last sixteen may have been looked at in part; that is quicker than one by one.
    match text.last_chunk::<16>() {
        Some(last) => text.as_chunks::<16>().0.iter().any(|chunk| any(chunk)) || any(last),
        None => any(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_json_wants_escaped() {
        for text in ["a\"b\\c\nd\u{1}é中", "plain, and longer than sixteen bytes", ""] {
            // Wherever in a text it stands.
            for before in 0..40 {
                let text = format!("{}{text}", "x".repeat(before));
                let mut out = String::new();
                string(&mut out, &text);
                assert_eq!(serde_json::from_str::<String>(&out).expect("valid JSON"), text);
            }
        }
    }
}
