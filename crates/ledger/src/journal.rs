//! The journal's own encoding: one line of JSON an entry, with its keys in one order.
//!
//! What is hashed, signed and stored is these bytes. Amounts are decimal text, instants RFC 3339 in
//! UTC with microseconds, days ISO 8601. Version 1 writes the keys in the order of [`Line`] and
//! leaves out what an event does not have.

use std::num::NonZeroU64;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::amount::Amount;
use crate::movement::{Entry, Event, Goods, Leg, Note, Reason};

const VERSION: u8 = 1;

/// Why a line is no entry of the journal.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the JSON of an entry.
    #[error("it is not an entry of the journal: {0}")]
    Json(#[from] serde_json::Error),
    /// A later version of the encoding.
    #[error("it is written in version {0} of the journal; this weir reads version {VERSION}")]
    Version(u8),
    /// A part is absent or makes no sense.
    #[error("its {0} is absent or makes no sense")]
    Part(&'static str),
    /// The same entry would be written in other bytes.
    #[error("it is not in the journal's own form")]
    NotCanonical,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    v: u8,
    n: u64,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    by: String,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    legs: Vec<LineLeg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<NonZeroU64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineLeg {
    quota: String,
    key: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
}

/// An entry as the journal writes it.
pub fn encode(entry: &Entry) -> String {
    let mut line = Line {
        v: VERSION,
        n: entry.number,
        at: entry.at.to_string(),
        key: entry.key.clone(),
        by: entry.by.clone(),
        event: entry.event.word().to_owned(),
        ..Line::default()
    };
    let text = |amount: &Amount| Some(amount.to_string());
    match &entry.event {
        Event::Reserve { day, amount, legs, expires, after, note } => {
            line.day = Some(day.to_string());
            line.amount = text(amount);
            line.legs = legs.iter().map(leg_line).collect();
            line.expires = Some(expires.to_string());
            line.after = *after;
            about(&mut line, note);
        }
        Event::Commit { reservation, amount, returned } => {
            line.reservation = Some(*reservation);
            line.amount = text(amount);
            line.returned = text(returned);
        }
        Event::Release { reservation, returned } => {
            line.reservation = Some(*reservation);
            line.returned = text(returned);
        }
        Event::Expire { reservation, returned, due } => {
            line.reservation = Some(*reservation);
            line.returned = text(returned);
            line.expires = Some(due.to_string());
        }
        Event::Retire { day, amount, legs, reason, note } => {
            line.day = Some(day.to_string());
            line.amount = text(amount);
            line.legs = legs.iter().map(leg_line).collect();
            line.reason = Some(reason.word().to_owned());
            about(&mut line, note);
        }
        Event::Adjust { day, leg, by, to, source } => {
            line.day = Some(day.to_string());
            line.amount = text(by);
            line.to = to.as_ref().and_then(text);
            line.legs = vec![leg_line(leg)];
            line.source = Some(source.clone());
        }
        Event::Raise { account, limit, source } => {
            line.to = text(limit);
            line.legs = vec![account_line(account)];
            line.source = Some(source.clone());
        }
        Event::Own { owned, owner, share, source } => {
            line.owned = Some(owned.clone());
            line.owner = Some(owner.clone());
            line.amount = text(share);
            line.source = Some(source.clone());
        }
    }
    // Texts, numbers and lists of them have a JSON form whatever they hold.
    serde_json::to_string(&line).unwrap_or_default()
}

fn about(line: &mut Line, note: &Note) {
    line.note = Some(note.text.clone());
    line.item = note.goods.as_ref().map(|goods| goods.item.clone());
    line.units = note.goods.as_ref().map(|goods| goods.units);
}

fn leg_line(leg: &Leg) -> LineLeg {
    LineLeg {
        step: Some(leg.step.to_string()),
        limit: leg.limit.map(|limit| limit.to_string()),
        ..account_line(&leg.account)
    }
}

fn account_line(account: &Account) -> LineLeg {
    LineLeg { quota: account.quota.clone(), key: account.key.clone(), step: None, limit: None }
}

/// Reads an entry, and only in the form in which [`encode`] writes it.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(text: &str) -> Result<Entry, DecodeError> {
    let line: Line = serde_json::from_str(text)?;
    if line.v != VERSION {
        return Err(DecodeError::Version(line.v));
    }
    let entry = Entry {
        number: line.n,
        at: instant(Some(&line.at), "time")?,
        key: line.key.clone(),
        by: line.by.clone(),
        event: event(line)?,
    };
    if encode(&entry) == text { Ok(entry) } else { Err(DecodeError::NotCanonical) }
}

fn event(line: Line) -> Result<Event, DecodeError> {
    let word = line.event.clone();
    Ok(match word.as_str() {
        "reserve" => Event::Reserve {
            day: date(line.day.as_deref())?,
            amount: amount(line.amount.as_deref())?,
            legs: legs(line.legs)?,
            expires: instant(line.expires.as_deref(), "expiry")?,
            after: line.after,
            note: note(line.note, line.item, line.units)?,
        },
        "commit" => Event::Commit {
            reservation: reservation(line.reservation)?,
            amount: amount(line.amount.as_deref())?,
            returned: amount(line.returned.as_deref())?,
        },
        "release" => Event::Release {
            reservation: reservation(line.reservation)?,
            returned: amount(line.returned.as_deref())?,
        },
        "expire" => Event::Expire {
            reservation: reservation(line.reservation)?,
            returned: amount(line.returned.as_deref())?,
            due: instant(line.expires.as_deref(), "expiry")?,
        },
        "retire" => Event::Retire {
            day: date(line.day.as_deref())?,
            amount: amount(line.amount.as_deref())?,
            legs: legs(line.legs)?,
            reason: line
                .reason
                .as_deref()
                .and_then(Reason::parse)
                .ok_or(DecodeError::Part("reason"))?,
            note: note(line.note, line.item, line.units)?,
        },
        "adjust" => Event::Adjust {
            day: date(line.day.as_deref())?,
            by: amount(line.amount.as_deref())?,
            to: line.to.as_deref().map(|to| amount(Some(to))).transpose()?,
            leg: leg(only(line.legs)?)?,
            source: line.source.ok_or(DecodeError::Part("source"))?,
        },
        "raise" => {
            let leg = only(line.legs)?;
            Event::Raise {
                account: Account { quota: leg.quota, key: leg.key },
                limit: amount(line.to.as_deref())?,
                source: line.source.ok_or(DecodeError::Part("source"))?,
            }
        }
        "own" => Event::Own {
            owned: line.owned.ok_or(DecodeError::Part("owned company"))?,
            owner: line.owner.ok_or(DecodeError::Part("owner"))?,
            share: amount(line.amount.as_deref())?,
            source: line.source.ok_or(DecodeError::Part("source"))?,
        },
        _ => return Err(DecodeError::Part("event")),
    })
}

fn amount(text: Option<&str>) -> Result<Amount, DecodeError> {
    text.and_then(|text| Amount::parse(text).ok()).ok_or(DecodeError::Part("amount"))
}

fn date(text: Option<&str>) -> Result<Date, DecodeError> {
    text.and_then(|text| text.parse().ok()).ok_or(DecodeError::Part("day"))
}

fn instant(text: Option<&str>, part: &'static str) -> Result<Timestamp, DecodeError> {
    text.and_then(|text| text.parse().ok()).ok_or(DecodeError::Part(part))
}

fn note(
    text: Option<String>,
    item: Option<String>,
    units: Option<NonZeroU64>,
) -> Result<Note, DecodeError> {
    let goods = match (item, units) {
        (Some(item), Some(units)) => Some(Goods { item, units }),
        (None, None) => None,
        _ => return Err(DecodeError::Part("item")),
    };
    Ok(Note { text: text.ok_or(DecodeError::Part("note"))?, goods })
}

fn reservation(number: Option<u64>) -> Result<u64, DecodeError> {
    number.ok_or(DecodeError::Part("reservation"))
}

fn only(mut legs: Vec<LineLeg>) -> Result<LineLeg, DecodeError> {
    match (legs.pop(), legs.is_empty()) {
        (Some(leg), true) => Ok(leg),
        _ => Err(DecodeError::Part("account")),
    }
}

fn legs(lines: Vec<LineLeg>) -> Result<Vec<Leg>, DecodeError> {
    if lines.is_empty() {
        return Err(DecodeError::Part("account"));
    }
    lines.into_iter().map(leg).collect()
}

fn leg(line: LineLeg) -> Result<Leg, DecodeError> {
    Ok(Leg {
        step: date(line.step.as_deref())?,
        limit: line.limit.as_deref().map(|limit| amount(Some(limit))).transpose()?,
        account: Account { quota: line.quota, key: line.key },
    })
}
