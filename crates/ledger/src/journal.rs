//! The journal's own encoding: one line of JSON an entry, with its keys in one order.
//!
//! What is hashed, signed and stored is these bytes. Amounts are decimal text, instants RFC 3339 in
//! UTC with microseconds, days ISO 8601. Version 1 writes the keys in the order of `Line` and
//! leaves out what an event does not have.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::ops::Deref;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

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

/// A text that is borrowed where it can be: a journal has millions.
#[derive(Default, Serialize)]
#[serde(transparent)]
struct Text<'t>(Cow<'t, str>);

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Text<'t> {
        Text(Cow::Borrowed(text))
    }

    fn shown(value: impl ToString) -> Text<'t> {
        Text(Cow::Owned(value.to_string()))
    }

    fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 't, 't> Deserialize<'de> for Text<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'t>, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Cow<'de, str>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Texts).map(Text)
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'t> {
    v: u8,
    n: u64,
    #[serde(borrow)]
    at: Text<'t>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    key: Option<Text<'t>>,
    #[serde(borrow)]
    by: Text<'t>,
    #[serde(borrow)]
    event: Text<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    day: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    amount: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    returned: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    to: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Vec::is_empty", default)]
    legs: Vec<LineLeg<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    expires: Option<Text<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    owned: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    owner: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    item: Option<Text<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<NonZeroU64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    note: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    source: Option<Text<'t>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineLeg<'t> {
    #[serde(borrow)]
    quota: Text<'t>,
    #[serde(borrow)]
    key: Vec<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    step: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    limit: Option<Text<'t>>,
}

/// An entry as the journal writes it.
pub fn encode(entry: &Entry) -> String {
    let mut line = Line {
        v: VERSION,
        n: entry.number,
        at: Text::shown(entry.at),
        key: entry.key.as_deref().map(Text::of),
        by: Text::of(&entry.by),
        event: Text::of(entry.event.word()),
        ..Line::default()
    };
    let text = |amount: &Amount| Some(Text::shown(amount));
    match &entry.event {
        Event::Reserve { day, amount, legs, expires, after, note } => {
            line.day = Some(Text::shown(day));
            line.amount = text(amount);
            line.legs = legs.iter().map(leg_line).collect();
            line.expires = Some(Text::shown(expires));
            line.after = *after;
            about(&mut line, note);
        }
        Event::Commit { reservation, amount, returned, units, day } => {
            line.reservation = Some(*reservation);
            line.day = day.map(Text::shown);
            line.amount = text(amount);
            line.returned = text(returned);
            line.units = *units;
        }
        Event::Release { reservation, returned } => {
            line.reservation = Some(*reservation);
            line.returned = text(returned);
        }
        Event::Expire { reservation, returned, due } => {
            line.reservation = Some(*reservation);
            line.returned = text(returned);
            line.expires = Some(Text::shown(due));
        }
        Event::Retire { day, amount, legs, reason, note } => {
            line.day = Some(Text::shown(day));
            line.amount = text(amount);
            line.legs = legs.iter().map(leg_line).collect();
            line.reason = Some(Text::of(reason.word()));
            about(&mut line, note);
        }
        Event::Adjust { day, leg, by, to, source } => {
            line.day = Some(Text::shown(day));
            line.amount = text(by);
            line.to = to.as_ref().and_then(text);
            line.legs = vec![leg_line(leg)];
            line.source = Some(Text::of(source));
        }
        Event::Raise { account, limit, source } => {
            line.to = text(limit);
            line.legs = vec![account_line(account)];
            line.source = Some(Text::of(source));
        }
        Event::Own { owned, owner, share, source } => {
            line.owned = Some(Text::of(owned));
            line.owner = Some(Text::of(owner));
            line.amount = text(share);
            line.source = Some(Text::of(source));
        }
    }
    // Texts, numbers and lists of them have a JSON form whatever they hold.
    serde_json::to_string(&line).unwrap_or_default()
}

fn about<'t>(line: &mut Line<'t>, note: &'t Note) {
    line.note = Some(Text::of(&note.text));
    line.item = note.goods.as_ref().map(|goods| Text::of(&goods.item));
    line.units = note.goods.as_ref().map(|goods| goods.units);
}

fn leg_line(leg: &Leg) -> LineLeg<'_> {
    LineLeg {
        step: Some(Text::shown(leg.step)),
        limit: leg.limit.map(Text::shown),
        ..account_line(&leg.account)
    }
}

fn account_line(account: &Account) -> LineLeg<'_> {
    let key = account.key.iter().map(|part| Text::of(part)).collect();
    LineLeg { quota: Text::of(&account.quota), key, step: None, limit: None }
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
        key: line.key.as_deref().map(str::to_owned),
        by: line.by.to_string(),
        event: event(line)?,
    };
    if encode(&entry) == text { Ok(entry) } else { Err(DecodeError::NotCanonical) }
}

fn event(line: Line<'_>) -> Result<Event, DecodeError> {
    Ok(match &*line.event {
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
            units: line.units,
            day: line.day.as_deref().map(|day| date(Some(day))).transpose()?,
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
            source: owned(line.source, "source")?,
        },
        "raise" => {
            let leg = only(line.legs)?;
            Event::Raise {
                account: account(leg.quota, leg.key),
                limit: amount(line.to.as_deref())?,
                source: owned(line.source, "source")?,
            }
        }
        "own" => Event::Own {
            owned: owned(line.owned, "owned company")?,
            owner: owned(line.owner, "owner")?,
            share: amount(line.amount.as_deref())?,
            source: owned(line.source, "source")?,
        },
        _ => return Err(DecodeError::Part("event")),
    })
}

fn owned(text: Option<Text<'_>>, part: &'static str) -> Result<String, DecodeError> {
    text.map(Text::into_owned).ok_or(DecodeError::Part(part))
}

fn account(quota: Text<'_>, key: Vec<Text<'_>>) -> Account {
    Account { quota: quota.into_owned(), key: key.into_iter().map(Text::into_owned).collect() }
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
    text: Option<Text<'_>>,
    item: Option<Text<'_>>,
    units: Option<NonZeroU64>,
) -> Result<Note, DecodeError> {
    let goods = match (item, units) {
        (Some(item), Some(units)) => Some(Goods { item: item.into_owned(), units }),
        (None, None) => None,
        _ => return Err(DecodeError::Part("item")),
    };
    Ok(Note { text: owned(text, "note")?, goods })
}

fn reservation(number: Option<u64>) -> Result<u64, DecodeError> {
    number.ok_or(DecodeError::Part("reservation"))
}

fn only(mut legs: Vec<LineLeg<'_>>) -> Result<LineLeg<'_>, DecodeError> {
    match (legs.pop(), legs.is_empty()) {
        (Some(leg), true) => Ok(leg),
        _ => Err(DecodeError::Part("account")),
    }
}

fn legs(lines: Vec<LineLeg<'_>>) -> Result<Vec<Leg>, DecodeError> {
    if lines.is_empty() {
        return Err(DecodeError::Part("account"));
    }
    lines.into_iter().map(leg).collect()
}

fn leg(line: LineLeg<'_>) -> Result<Leg, DecodeError> {
    Ok(Leg {
        step: date(line.step.as_deref())?,
        limit: line.limit.as_deref().map(|limit| amount(Some(limit))).transpose()?,
        account: account(line.quota, line.key),
    })
}
