//! Which columns a movement uses.

use super::table::{COLUMNS, Row, Wrong};

/// The columns of a movement besides `event` and `request`; of a word that is no movement, none.
fn used(event: &str) -> Option<&'static [&'static str]> {
    Some(match event {
        "reserve" => {
            &["quota", "key", "accounts", "amount", "day", "expires", "note", "item", "units"]
        }
        "commit" => &["reservation", "reserved_as", "amount", "units", "day"],
        "release" => &["reservation", "reserved_as"],
        "retire" => {
            &["quota", "key", "accounts", "amount", "day", "reason", "note", "item", "units"]
        }
        "adjust" => &["quota", "key", "accounts", "day", "to", "by", "item", "units", "source"],
        "raise" => &["quota", "key", "accounts", "amount", "source"],
        "own" => &["owned", "owner", "amount", "source"],
        _ => return None,
    })
}

/// Notes what a row says and its movement does not take.
pub(super) fn unused(row: &Row, wrong: &mut Vec<Wrong>) {
    let Some(event) = row.get("event") else { return };
    let Some(used) = used(event) else { return };
    for column in COLUMNS {
        let is_used = matches!(column, "event" | "request") || used.contains(&column);
        if !is_used && row.get(column).is_some() {
            wrong.push(row.wrong(column, format!("`{event}` takes no `{column}`; leave it empty")));
        }
    }
    for column in ["quota", "key"] {
        if row.get("accounts").is_some() && used.contains(&column) && row.get(column).is_some() {
            let why = format!("`accounts` stands instead of `{column}`; give one of them");
            wrong.push(row.wrong(column, why));
        }
    }
}
