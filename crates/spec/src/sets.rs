//! Which countries a set of the packs holds on a day.
//!
//! This must not ask the law for its own membership: it is what that is compared with.

use jiff::civil::Date;
use law::{Country, Law};

/// Whether a country is a member of a set on a day, treatment counted: every set that has what a
/// country is treated as has the country too.
pub(crate) fn is_member(law: &Law, set: &str, country: Country, date: Date) -> bool {
    is_listed(law, set, country, date)
        || law
            .treats()
            .iter()
            .filter(|treat| treat.country == country)
            .any(|treat| is_member(law, set, treat.treated_as, date))
}

/// Whether a country is a member by the words of the set alone: its members with all changes up to
/// the day, plus the sets it includes, minus the sets it excludes.
fn is_listed(law: &Law, set: &str, country: Country, date: Date) -> bool {
    let Some(set) = law.sets().iter().find(|known| known.id == set) else { return false };
    let mut listed = set.members.contains(&country);
    for change in set.changes.iter().filter(|change| change.date <= date) {
        if change.add.contains(&country) {
            listed = true;
        }
        if change.remove.contains(&country) {
            listed = false;
        }
    }
    let included = set.include.iter().any(|(other, _)| is_listed(law, other, country, date));
    let excluded = set.exclude.iter().any(|(other, _)| is_listed(law, other, country, date));
    (listed || included) && !excluded
}
