//! How many rows came out alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What rows that are counted together have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Group {
    /// `2025-06`; empty where no row of it has a day of its own.
    pub month: String,
    /// The country's code; empty where it is not known.
    pub destination: String,
    /// The outcome as written and as enforced.
    pub outcomes: [String; 2],
    /// The rule that decided in each; empty where none did.
    pub rules: [String; 2],
}

/// Counts of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows by what they have in common.
    pub groups: BTreeMap<Group, u64>,
    /// Rows in error.
    pub errors: u64,
    /// The facts that would settle rows that are open, and how many rows each of them.
    pub missing: BTreeMap<String, u64>,
    /// Rows that there is something to look at in.
    pub warned: u64,
}

impl Summary {
    /// Adds counts.
    pub fn add(&mut self, counts: impl IntoIterator<Item = (Group, u64)>, errors: u64) {
        for (group, count) in counts {
            *self.groups.entry(group).or_default() += count;
        }
        self.errors += errors;
    }

    /// Adds facts that would settle rows.
    pub fn add_missing(&mut self, missing: impl IntoIterator<Item = (String, u64)>) {
        for (fact, rows) in missing {
            *self.missing.entry(fact).or_default() += rows;
        }
    }

    /// Adds another summary.
    pub fn join(&mut self, other: Summary) {
        self.add(other.groups, other.errors);
        self.warned += other.warned;
        self.add_missing(other.missing);
    }

    /// The facts that would settle most rows, those with most first.
    pub fn most_missing(&self) -> Vec<(&str, u64)> {
        let mut found: Vec<(&str, u64)> =
            self.missing.iter().map(|(fact, rows)| (fact.as_str(), *rows)).collect();
        found.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        found
    }

    /// How many rows were decided.
    pub fn decided(&self) -> u64 {
        self.groups.values().sum()
    }

    /// Rows by some property, the most frequent first.
    pub fn by(&self, property: impl Fn(&Group) -> String) -> Vec<(String, u64)> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for (group, count) in &self.groups {
            *found.entry(property(group)).or_default() += count;
        }
        let mut found: Vec<(String, u64)> = found.into_iter().collect();
        found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        found
    }

    /// The counts as CSV.
    pub fn to_csv(&self) -> String {
        let mut text = String::from(
            "month,destination,written_outcome,written_rule,enforced_outcome,enforced_rule,lines\n",
        );
        for (group, count) in &self.groups {
            // None of these holds a comma, a quote or a line feed: months, codes, words and ids.
            let [written, enforced] = &group.outcomes;
            let [written_rule, enforced_rule] = &group.rules;
            let cells = [
                &group.month,
                &group.destination,
                written,
                written_rule,
                enforced,
                enforced_rule,
                &count.to_string(),
            ];
            text.push_str(&cells.map(String::as_str).join(","));
            text.push('\n');
        }
        text
    }
}
