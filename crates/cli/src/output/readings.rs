//! Lays the two readings of a day side by side: what they share is said once.
//!
//! It must not choose between them.

use law::Reading;

use crate::wording::{Drawing, Duty, Link, WordedAnswer};

/// Something, and the reading that alone has it; `None` where both do.
pub type Shared<'a, T> = (&'a T, Option<Reading>);

/// What either reading holds: the written one's in order, then what only the enforced one has.
fn joined<'a, T>(
    [written, enforced]: [&'a [T]; 2],
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Shared<'a, T>> {
    let has = |list: &[T], item: &T| list.iter().any(|other| same(other, item));
    let first =
        written.iter().map(|item| (item, (!has(enforced, item)).then_some(Reading::Written)));
    let rest = enforced
        .iter()
        .filter(|item| !has(written, item))
        .map(|item| (item, Some(Reading::Enforced)));
    first.chain(rest).collect()
}

/// Whether two answers come to the same.
pub fn agree([written, enforced]: &[WordedAnswer; 2]) -> bool {
    written.outcome == enforced.outcome
        && written.exceptions == enforced.exceptions
        && written.policy == enforced.policy
}

/// The duties of both.
pub fn duties<'a, 'w>([written, enforced]: &'a [WordedAnswer<'w>; 2]) -> Vec<Shared<'a, Duty<'w>>> {
    joined([&written.obligations, &enforced.obligations], |a, b| {
        a.rule == b.rule && a.date == b.date && a.text == b.text
    })
}

/// What both draw.
pub fn draws<'a, 'w>(
    [written, enforced]: &'a [WordedAnswer<'w>; 2],
) -> Vec<Shared<'a, Drawing<'w>>> {
    joined([&written.draws, &enforced.draws], |a, b| a.draw == b.draw)
}

/// The flags of both.
pub fn flags<'a, 'w>([written, enforced]: &'a [WordedAnswer<'w>; 2]) -> Vec<Shared<'a, Link<'w>>> {
    joined([&written.flags, &enforced.flags], same_link)
}

/// The doubts of both.
pub fn doubts<'a, 'w>([written, enforced]: &'a [WordedAnswer<'w>; 2]) -> Vec<Shared<'a, Link<'w>>> {
    joined([&written.doubts, &enforced.doubts], same_link)
}

/// The missing facts of both.
pub fn missing<'a, 'w>([written, enforced]: &'a [WordedAnswer<'w>; 2]) -> Vec<Shared<'a, &'w str>> {
    joined([&written.missing, &enforced.missing], |a, b| a == b)
}

/// The chains of both.
pub fn because<'a, 'w>(
    [written, enforced]: &'a [WordedAnswer<'w>; 2],
) -> Vec<Shared<'a, Link<'w>>> {
    joined([&written.because, &enforced.because], same_link)
}

fn same_link(a: &Link, b: &Link) -> bool {
    a.rule == b.rule && a.cite == b.cite && a.text == b.text
}
