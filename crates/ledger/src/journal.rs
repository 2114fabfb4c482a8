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
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::Account;
use crate::amount::Amount;
use crate::movement::{Entry, Event, Goods, Leg, Note, Reason};

mod scan;
#[cfg(test)]
mod tests;

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
#[derive(Serialize)]
#[serde(transparent)]
struct Text<'t>(Cow<'t, str>);

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Text<'t> {
        Text(Cow::Borrowed(text))
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

/// A value whose text goes straight into the line.
enum Shown<'e> {
    At(Timestamp),
    Day(Date),
    Amount(&'e Amount),
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Shown::At(instant) => serializer.collect_str(instant),
            Shown::Day(day) => serializer.collect_str(day),
            Shown::Amount(amount) => serializer.collect_str(amount),
        }
    }
}

/// An entry's line. Instants, days and amounts are read as texts and written as [`Shown`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'t, V> {
    v: u8,
    n: u64,
    at: V,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    key: Option<Text<'t>>,
    #[serde(borrow)]
    by: Text<'t>,
    #[serde(borrow)]
    event: Text<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<V>,
    #[serde(borrow, skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    legs: Vec<LineLeg<'t, V>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<V>,
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
struct LineLeg<'t, V> {
    #[serde(borrow)]
    quota: Text<'t>,
    #[serde(borrow)]
    key: Vec<Text<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<V>,
}

type ReadLine<'t> = Line<'t, Text<'t>>;
type ReadLeg<'t> = LineLeg<'t, Text<'t>>;

impl ReadLine<'_> {
    /// Whether all that belongs to the event was taken.
    fn is_spent(&self) -> bool {
        let texts = [
            &self.day,
            &self.amount,
            &self.returned,
            &self.to,
            &self.expires,
            &self.reason,
            &self.owned,
            &self.owner,
            &self.item,
            &self.note,
            &self.source,
        ];
        let is_number = self.reservation.is_some() || self.after.is_some() || self.units.is_some();
        texts.iter().all(|text| text.is_none()) && self.legs.is_empty() && !is_number
    }
}

/// What most lines have room in.
const USUAL: usize = 512;

/// An entry as the journal writes it.
pub fn encode(entry: &Entry) -> String {
    let mut line = bare(entry);
    match &entry.event {
        Event::Reserve { day, amount, legs, expires, after, note } => {
            line.day = Some(Shown::Day(*day));
            line.amount = Some(Shown::Amount(amount));
            line.legs = legs.iter().map(leg_line).collect();
            line.expires = Some(Shown::At(*expires));
            line.after = *after;
            about(&mut line, note);
        }
        Event::Commit { reservation, amount, returned, units, day } => {
            line.reservation = Some(*reservation);
            line.day = day.map(Shown::Day);
            line.amount = Some(Shown::Amount(amount));
            line.returned = Some(Shown::Amount(returned));
            line.units = *units;
        }
        Event::Release { reservation, returned } => {
            line.reservation = Some(*reservation);
            line.returned = Some(Shown::Amount(returned));
        }
        Event::Expire { reservation, returned, due } => {
            line.reservation = Some(*reservation);
            line.returned = Some(Shown::Amount(returned));
            line.expires = Some(Shown::At(*due));
        }
        Event::Retire { day, amount, legs, reason, note } => {
            line.day = Some(Shown::Day(*day));
            line.amount = Some(Shown::Amount(amount));
            line.legs = legs.iter().map(leg_line).collect();
            line.reason = Some(Text::of(reason.word()));
            about(&mut line, note);
        }
        Event::Adjust { day, leg, by, to, goods, source } => {
            line.day = Some(Shown::Day(*day));
            line.amount = Some(Shown::Amount(by));
            line.to = to.as_ref().map(Shown::Amount);
            line.legs = vec![leg_line(leg)];
            of_goods(&mut line, goods.as_ref());
            line.source = Some(Text::of(source));
        }
        Event::Raise { account, limit, source } => {
            line.to = Some(Shown::Amount(limit));
            line.legs = vec![account_line(account)];
            line.source = Some(Text::of(source));
        }
        Event::Own { owned, owner, share, source } => {
            line.owned = Some(Text::of(owned));
            line.owner = Some(Text::of(owner));
            line.amount = Some(Shown::Amount(share));
            line.source = Some(Text::of(source));
        }
    }
    let mut text = Vec::with_capacity(USUAL);
    // Texts, numbers and lists of them have a JSON form whatever they hold, and it is UTF-8.
    _ = serde_json::to_writer(&mut text, &line);
    String::from_utf8(text).unwrap_or_default()
}

/// A line without what hangs on the event.
fn bare(entry: &Entry) -> Line<'_, Shown<'_>> {
    Line {
        v: VERSION,
        n: entry.number,
        at: Shown::At(entry.at),
        key: entry.key.as_deref().map(Text::of),
        by: Text::of(&entry.by),
        event: Text::of(entry.event.word()),
        reservation: None,
        day: None,
        amount: None,
        returned: None,
        to: None,
        legs: Vec::new(),
        expires: None,
        after: None,
        reason: None,
        owned: None,
        owner: None,
        item: None,
        units: None,
        note: None,
        source: None,
    }
}

fn about<'t>(line: &mut Line<'t, Shown<'t>>, note: &'t Note) {
    line.note = Some(Text::of(&note.text));
    of_goods(line, note.goods.as_ref());
}

fn of_goods<'t>(line: &mut Line<'t, Shown<'t>>, goods: Option<&'t Goods>) {
    line.item = goods.map(|goods| Text::of(&goods.item));
    line.units = goods.map(|goods| goods.units);
}

fn leg_line(leg: &Leg) -> LineLeg<'_, Shown<'_>> {
    LineLeg {
        step: Some(Shown::Day(leg.step)),
        limit: leg.limit.as_ref().map(Shown::Amount),
        ..account_line(&leg.account)
    }
}

fn account_line(account: &Account) -> LineLeg<'_, Shown<'_>> {
    let key = account.key.iter().map(|part| Text::of(part)).collect();
    LineLeg { quota: Text::of(&account.quota), key, step: None, limit: None }
}

/// Reads an entry, and only in the form in which [`encode`] writes it.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(text: &str) -> Result<Entry, DecodeError> {
    match scan::line(text) {
        Some(line) => entry(line),
        None => decode_json(text),
    }
}

/// Reads an entry with the reader of JSON, and holds it against what would be written.
fn decode_json(text: &str) -> Result<Entry, DecodeError> {
    let entry = entry(serde_json::from_str(text)?)?;
    if encode(&entry) == text { Ok(entry) } else { Err(DecodeError::NotCanonical) }
}

fn entry(line: ReadLine<'_>) -> Result<Entry, DecodeError> {
    if line.v != VERSION {
        return Err(DecodeError::Version(line.v));
    }
    Ok(Entry {
        number: line.n,
        at: instant(Some(&line.at), "time")?,
        key: line.key.as_deref().map(str::to_owned),
        by: line.by.to_string(),
        event: event(line)?,
    })
}

fn event(mut line: ReadLine<'_>) -> Result<Event, DecodeError> {
    let word = std::mem::replace(&mut line.event, Text::of(""));
    let event = match &*word {
        "reserve" => Event::Reserve {
            day: date(line.day.take().as_deref())?,
            amount: amount(line.amount.take().as_deref())?,
            legs: legs(std::mem::take(&mut line.legs))?,
            expires: instant(line.expires.take().as_deref(), "expiry")?,
            after: line.after.take(),
            note: note(line.note.take(), line.item.take(), line.units.take())?,
        },
        "commit" => Event::Commit {
            reservation: reservation(line.reservation.take())?,
            amount: amount(line.amount.take().as_deref())?,
            returned: amount(line.returned.take().as_deref())?,
            units: line.units.take(),
            day: line.day.take().as_deref().map(|day| date(Some(day))).transpose()?,
        },
        "release" => Event::Release {
            reservation: reservation(line.reservation.take())?,
            returned: amount(line.returned.take().as_deref())?,
        },
        "expire" => Event::Expire {
            reservation: reservation(line.reservation.take())?,
            returned: amount(line.returned.take().as_deref())?,
            due: instant(line.expires.take().as_deref(), "expiry")?,
        },
        "retire" => Event::Retire {
            day: date(line.day.take().as_deref())?,
            amount: amount(line.amount.take().as_deref())?,
            legs: legs(std::mem::take(&mut line.legs))?,
            reason: line
                .reason
                .take()
                .as_deref()
                .and_then(Reason::parse)
                .ok_or(DecodeError::Part("reason"))?,
            note: note(line.note.take(), line.item.take(), line.units.take())?,
        },
        "adjust" => Event::Adjust {
            day: date(line.day.take().as_deref())?,
            by: amount(line.amount.take().as_deref())?,
            to: line.to.take().as_deref().map(|to| amount(Some(to))).transpose()?,
            leg: leg(only(std::mem::take(&mut line.legs))?)?,
            goods: goods(line.item.take(), line.units.take())?,
            source: owned(line.source.take(), "source")?,
        },
        "raise" => {
            let leg = only(std::mem::take(&mut line.legs))?;
            if leg.step.is_some() || leg.limit.is_some() {
                return Err(DecodeError::NotCanonical);
            }
            Event::Raise {
                account: account(leg.quota, leg.key),
                limit: amount(line.to.take().as_deref())?,
                source: owned(line.source.take(), "source")?,
            }
        }
        "own" => Event::Own {
            owned: owned(line.owned.take(), "owned company")?,
            owner: owned(line.owner.take(), "owner")?,
            share: amount(line.amount.take().as_deref())?,
            source: owned(line.source.take(), "source")?,
        },
        _ => return Err(DecodeError::Part("event")),
    };
    // What is not of the event would not be written.
    if line.is_spent() { Ok(event) } else { Err(DecodeError::NotCanonical) }
}

fn owned(text: Option<Text<'_>>, part: &'static str) -> Result<String, DecodeError> {
    text.map(Text::into_owned).ok_or(DecodeError::Part(part))
}

fn account(quota: Text<'_>, key: Vec<Text<'_>>) -> Account {
    Account::of(quota.into_owned(), key.into_iter().map(Text::into_owned).collect())
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
    Ok(Note { text: owned(text, "note")?, goods: goods(item, units)? })
}

fn goods(item: Option<Text<'_>>, units: Option<NonZeroU64>) -> Result<Option<Goods>, DecodeError> {
    match (item, units) {
        (Some(item), Some(units)) => Ok(Some(Goods { item: item.into_owned(), units })),
        (None, None) => Ok(None),
        _ => Err(DecodeError::Part("item")),
    }
}

fn reservation(number: Option<u64>) -> Result<u64, DecodeError> {
    number.ok_or(DecodeError::Part("reservation"))
}

fn only<'t>(mut legs: Vec<ReadLeg<'t>>) -> Result<ReadLeg<'t>, DecodeError> {
    match (legs.pop(), legs.is_empty()) {
        (Some(leg), true) => Ok(leg),
        _ => Err(DecodeError::Part("account")),
    }
}

fn legs(lines: Vec<ReadLeg<'_>>) -> Result<Vec<Leg>, DecodeError> {
    if lines.is_empty() {
        return Err(DecodeError::Part("account"));
    }
    lines.into_iter().map(leg).collect()
}

fn leg(line: ReadLeg<'_>) -> Result<Leg, DecodeError> {
    Ok(Leg {
        step: date(line.step.as_deref())?,
        limit: line.limit.as_deref().map(|limit| amount(Some(limit))).transpose()?,
        account: account(line.quota, line.key),
    })
}
