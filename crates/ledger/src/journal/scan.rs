//! Reads lines in the journal's own form, and in no other: the way through millions of them.
//!
//! What is read here would be written in the same bytes, so that it need not be written again to
//! see that. Texts with escapes, and whatever else is not plain, are left to the reader of JSON.

use std::num::NonZeroU64;

use super::{ReadLeg, ReadLine, Text};
use crate::amount::Amount;

/// The rest of a line.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn expect(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// A whole number, as JSON is written: without zeros before it.
    fn number(&mut self) -> Option<u64> {
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit())?;
        let (digits, rest) = self.0.split_at(end);
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    /// A text without escapes, whose first quotation mark was read.
    fn text(&mut self) -> Option<&'t str> {
        let end = self.0.bytes().position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'))?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.strip_prefix('"')?;
        Some(text)
    }

    /// A text behind a key, where that key is next.
    fn text_of(&mut self, key: &str) -> Option<Option<Text<'t>>> {
        match self.0.strip_prefix(key) {
            None => Some(None),
            Some(rest) => {
                self.0 = rest;
                self.text().map(|text| Some(Text::of(text)))
            }
        }
    }

    /// A text of a value that has one text only.
    fn only_of(&mut self, key: &str, is_only: impl Fn(&str) -> bool) -> Option<Option<Text<'t>>> {
        let text = self.text_of(key)?;
        text.as_deref().is_none_or(is_only).then_some(text)
    }

    fn number_of(&mut self, key: &str) -> Option<Option<u64>> {
        match self.0.strip_prefix(key) {
            None => Some(None),
            Some(rest) => {
                self.0 = rest;
                self.number().map(Some)
            }
        }
    }

    fn legs(&mut self) -> Option<Vec<ReadLeg<'t>>> {
        let mut legs = Vec::new();
        if self.expect(",\"legs\":[").is_none() {
            return Some(legs);
        }
        loop {
            legs.push(self.leg()?);
            if self.expect("]").is_some() {
                return Some(legs);
            }
            self.expect(",")?;
        }
    }

    fn leg(&mut self) -> Option<ReadLeg<'t>> {
        self.expect("{\"quota\":\"")?;
        let quota = Text::of(self.text()?);
        self.expect(",\"key\":[")?;
        let mut key = Vec::new();
        while self.expect("]").is_none() {
            self.expect(if key.is_empty() { "\"" } else { ",\"" })?;
            key.push(Text::of(self.text()?));
        }
        let step = self.only_of(",\"step\":\"", is_day)?;
        let limit = self.only_of(",\"limit\":\"", is_amount)?;
        self.expect("}")?;
        Some(ReadLeg { quota, key, step, limit })
    }
}

/// Reads a line in the journal's own form; `None` where it may be another.
pub(super) fn line(text: &str) -> Option<ReadLine<'_>> {
    let mut rest = Rest(text);
    rest.expect("{\"v\":")?;
    let v = u8::try_from(rest.number()?).ok()?;
    rest.expect(",\"n\":")?;
    let n = rest.number()?;
    let at = rest.only_of(",\"at\":\"", is_instant)??;
    let key = rest.text_of(",\"key\":\"")?;
    let by = rest.text_of(",\"by\":\"")??;
    let event = rest.text_of(",\"event\":\"")??;
    let line = ReadLine {
        v,
        n,
        at,
        key,
        by,
        event,
        reservation: rest.number_of(",\"reservation\":")?,
        day: rest.only_of(",\"day\":\"", is_day)?,
        amount: rest.only_of(",\"amount\":\"", is_amount)?,
        returned: rest.only_of(",\"returned\":\"", is_amount)?,
        to: rest.only_of(",\"to\":\"", is_amount)?,
        legs: rest.legs()?,
        expires: rest.only_of(",\"expires\":\"", is_instant)?,
        after: rest.number_of(",\"after\":")?.map(u32::try_from).transpose().ok()?,
        reason: rest.text_of(",\"reason\":\"")?,
        owned: rest.text_of(",\"owned\":\"")?,
        owner: rest.text_of(",\"owner\":\"")?,
        item: rest.text_of(",\"item\":\"")?,
        units: match rest.number_of(",\"units\":")? {
            None => None,
            Some(units) => Some(NonZeroU64::new(units)?),
        },
        note: rest.text_of(",\"note\":\"")?,
        source: rest.text_of(",\"source\":\"")?,
    };
    (rest.0 == "}").then_some(line)
}

/// Whether a text is the one of its value. What is no value at all may pass: it is found out when
/// it is read.
fn is_amount(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "1"));
    let is_zero = text.starts_with('-') && Amount::parse(digits) == Ok(Amount::ZERO);
    !is_zero && !part.ends_with('0') && (whole.len() == 1 || !whole.starts_with('0'))
}

fn is_day(text: &str) -> bool {
    is_like(text.as_bytes(), b"0000-00-00")
}

fn is_instant(text: &str) -> bool {
    let Some(text) = text.strip_suffix('Z') else { return false };
    let (whole, part) = text.split_once('.').unwrap_or((text, "1"));
    let is_part = part.bytes().all(|byte| byte.is_ascii_digit()) && !part.ends_with('0');
    // A leap second is read, and written as the one before it.
    is_part
        && !part.is_empty()
        && is_like(whole.as_bytes(), b"0000-00-00T00:00:00")
        && !whole.ends_with("60")
}

/// Whether a text has digits where another has zeros, and its other letters.
fn is_like(text: &[u8], shape: &[u8]) -> bool {
    let is_one = |(letter, of): (&u8, &u8)| match of {
        b'0' => letter.is_ascii_digit(),
        other => letter == other,
    };
    text.len() == shape.len() && text.iter().zip(shape).all(is_one)
}
