//! The table of results: what, measured, target, and the ratio to a baseline.

use std::fmt::Write as _;

/// What a figure must be.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// No target.
    None,
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The figure.
    pub measured: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it must be.
    pub target: Target,
    /// How many times the baseline, and what that is.
    pub against: Option<(f64, &'static str)>,
}

/// The results of a run.
#[derive(Debug, Default)]
pub struct Table {
    parts: Vec<(String, Vec<Row>)>,
}

impl Table {
    /// Begins a part with a heading.
    pub fn part(&mut self, heading: impl Into<String>) {
        self.parts.push((heading.into(), Vec::new()));
    }

    /// Adds a line to the last part.
    pub fn add(&mut self, row: Row) {
        if let Some((_, rows)) = self.parts.last_mut() {
            rows.push(row);
        }
    }

    /// Whether no target was missed.
    pub fn every_target_met(&self) -> bool {
        self.parts.iter().flat_map(|(_, rows)| rows).all(|row| row.is_met() != Some(false))
    }

    /// The table as text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for (heading, rows) in &self.parts {
            let head =
                format!("\n{heading:<66} {:>16} {:>9}  {:<24}", "measured", "ns each", "target");
            let _ = writeln!(out, "{}  ratio", head.trim_end());
            for row in rows {
                let target = match row.target {
                    Target::None => String::new(),
                    Target::AtLeast(least) => format!("≥ {} {}", figure(least), row.unit),
                    Target::AtMost(most) => format!("≤ {} {}", figure(most), row.unit),
                };
                let verdict = match row.is_met() {
                    None => String::new(),
                    Some(true) => format!("{target}  met"),
                    Some(false) => format!("{target}  MISSED"),
                };
                let against = row
                    .against
                    .map_or(String::new(), |(ratio, what)| format!("{} × {what}", figure(ratio)));
                let measured = format!("{} {}", figure(row.measured), row.unit);
                let each = row.nanoseconds().map_or(String::new(), figure);
                let line = format!(
                    "  {:<64} {measured:>16} {each:>9}  {verdict:<24}  {against}",
                    row.what
                );
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        out
    }
}

impl Row {
    /// How long one takes, of what is counted by the second.
    fn nanoseconds(&self) -> Option<f64> {
        (self.unit.ends_with("/s") && self.measured > 0.0).then(|| 1e9 / self.measured)
    }

    fn is_met(&self) -> Option<bool> {
        match self.target {
            Target::None => None,
            Target::AtLeast(least) => Some(self.measured >= least),
            Target::AtMost(most) => Some(self.measured <= most),
        }
    }
}

/// A figure with three digits that count, thousands apart.
pub fn figure(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
