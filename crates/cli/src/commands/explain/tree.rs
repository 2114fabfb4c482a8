//! Draws the trace of a decision as a tree.
//!
//! It must be understood without color and must not choose what matters: that is in the tree.

use std::collections::HashSet;
use std::io::{self, Write};

use law::eval::Memory;
use law::explain::{Branch, Section, Seen, Subject};
use law::flips::Verdict;
use law::node::DoubtSource;
use law::pack::Body;
use law::text::{Template, Values, grouped};
use law::truth::Truth;
use law::{Draw, Law, Num, Reading, RuleId};

use super::Explained;
use super::words::{self, Role};
use crate::language::Language;
use crate::output::heading::Headings;
use crate::output::labels;
use crate::output::wrapping::{width, wrapped};

/// How a tree is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many columns a line may take.
    pub columns: usize,
    /// Whether to use color.
    pub color: bool,
    /// Whether to draw with plain letters.
    pub ascii: bool,
    /// Whether everything is shown.
    pub all: bool,
    /// The language.
    pub language: Language,
}

impl Shape {
    /// A text that is less important than others.
    pub fn dim(self, text: &str) -> String {
        self.styled(text, "2")
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.styled(text, "1")
    }

    fn styled(self, text: &str, code: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    fn marks(self) -> [char; 3] {
        if self.ascii { ['+', '-', '?'] } else { ['✓', '✗', '?'] }
    }

    fn mark(self, truth: Truth) -> String {
        let [held, failed, unknown] = self.marks();
        match truth {
            Truth::True => self.styled(&held.to_string(), "32"),
            Truth::False => self.styled(&failed.to_string(), "31"),
            Truth::Unknown => self.styled(&unknown.to_string(), "33"),
        }
    }
}

/// Writes what the line is, its answer, and the tree of both readings.
///
/// # Errors
/// An output that cannot be written.
pub fn write(out: &mut dyn Write, explained: &Explained, shape: Shape) -> io::Result<()> {
    let mut memory = Memory::default();
    head(out, explained, shape, &mut memory)?;
    let facts = &explained.order.facts;
    let values = Values::new(explained.law, facts, &mut memory);
    let told = HashSet::new();
    let mut drawing = Drawing { law: explained.law, shape, values, told, out };
    drawing.line(&words::legend(shape.language, shape.marks(), shape.all), true)?;
    let classes = &explained.explanation.classes;
    drawing.section(words::classes(shape.language), classes, words::no_class(shape.language))?;
    let [written, enforced] = &explained.explanation.readings;
    for (reading, sections) in Reading::BOTH.into_iter().zip([written, enforced]) {
        drawing.reading(
            reading,
            sections,
            if reading == Reading::Enforced { written } else { &[] },
        )?;
    }
    Ok(())
}

fn head(
    out: &mut dyn Write,
    explained: &Explained,
    shape: Shape,
    memory: &mut Memory,
) -> io::Result<()> {
    let language = shape.language;
    let heading = Headings::new(explained.law, language).read(&explained.order.clone(), memory);
    let to = format!("{} {}", heading.destination, heading.country);
    let quantity = if heading.quantity.is_empty() {
        String::new()
    } else {
        format!("× {}", heading.quantity)
    };
    let parts = [&heading.date, &heading.item, &heading.performance, &quantity, &to];
    let parts: Vec<&str> = parts.into_iter().map(|part| part.trim()).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    writeln!(out, "{}  {}", shape.bold(&explained.order.id), parts.join("  "))?;
    let verdicts = Verdict::both(&explained.explanation.determination);
    let labels = Reading::BOTH.map(|reading| labels::as_reading(language, reading));
    let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    for (label, verdict) in labels.iter().zip(&verdicts) {
        let space = " ".repeat(widest - width(label) + 2);
        let verdict = words::verdict(language, explained.law, verdict);
        writeln!(out, "{label}{space}{}", shape.bold(&verdict))?;
    }
    let (from, through) = explained.explanation.days;
    let shown = |date: jiff::civil::Date, end: jiff::civil::Date| {
        if date == end { String::new() } else { date.to_string() }
    };
    let from = shown(from, jiff::civil::Date::MIN);
    let through = shown(through, jiff::civil::Date::MAX);
    writeln!(out, "{}\n", shape.dim(&words::days(language, &from, &through)))
}

struct Drawing<'d> {
    law: &'d Law,
    shape: Shape,
    values: Option<Values<'d>>,
    /// What computed values were computed from is told once.
    told: HashSet<String>,
    out: &'d mut dyn Write,
}

impl Drawing<'_> {
    fn line(&mut self, text: &str, dim: bool) -> io::Result<()> {
        for line in wrapped(text, self.shape.columns) {
            let line = if dim { self.shape.dim(&line) } else { line };
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn reading(
        &mut self,
        reading: Reading,
        sections: &[Section],
        written: &[Section],
    ) -> io::Result<()> {
        let language = self.shape.language;
        let title = labels::as_reading(language, reading);
        let rule = if self.shape.ascii { "-" } else { "─" };
        let line = rule.repeat(self.shape.columns.saturating_sub(width(title) + 4));
        writeln!(self.out, "\n{}", self.shape.bold(&format!("{rule}{rule} {title} {line}")))?;
        let (shown, idle): (Vec<&Section>, Vec<&Section>) = sections.iter().partition(|section| {
            self.shape.all || section.branches.iter().any(|branch| branch.matters)
        });
        for section in shown {
            let title = words::part(language, section.part);
            let same = written.iter().any(|other| other == section);
            if same && section.branches.iter().any(|branch| branch.matters) {
                let note = words::as_written(language);
                writeln!(self.out, "\n{}  {}", self.shape.bold(title), self.shape.dim(note))?;
            } else {
                self.section(title, &section.branches, "")?;
            }
        }
        if idle.is_empty() {
            return Ok(());
        }
        let idle: Vec<(&str, usize)> = idle
            .into_iter()
            .map(|section| (words::part(language, section.part), section.branches.len()))
            .collect();
        writeln!(self.out)?;
        self.line(&words::idle(language, &idle), true)
    }

    fn section(&mut self, title: &str, branches: &[Branch], nothing: &str) -> io::Result<()> {
        let language = self.shape.language;
        let shown: Vec<&Branch> =
            branches.iter().filter(|branch| branch.matters || self.shape.all).collect();
        let note = match (shown.len() == branches.len(), shown.is_empty(), nothing.is_empty()) {
            (true, ..) => String::new(),
            (_, true, false) => nothing.to_string(),
            _ => words::others(language, shown.len(), branches.len()),
        };
        let note = if note.is_empty() { note } else { format!("  {}", self.shape.dim(&note)) };
        writeln!(self.out, "\n{}{note}", self.shape.bold(title))?;
        for (at, branch) in shown.iter().enumerate() {
            self.branch(branch, "", at + 1 == shown.len())?;
        }
        Ok(())
    }

    /// A branch and what hangs on it.
    fn branch(&mut self, branch: &Branch, stem: &str, last: bool) -> io::Result<()> {
        let (fork, end, pass) =
            if self.shape.ascii { ("|- ", "`- ", "|  ") } else { ("├─ ", "└─ ", "│  ") };
        let own = format!("{stem}{}", if last { end } else { fork });
        let below = format!("{stem}{}", if last { "   " } else { pass });
        let (joined, children) = flattened(branch);
        let has_children = !children.is_empty();
        let hang = if has_children { pass } else { "   " };
        let mark = self.shape.mark(branch.truth);
        let (head, notes) = self.label(branch, joined);
        let room = self.shape.columns.saturating_sub(width(&own) + 2).max(24);
        for (at, line) in wrapped(&head, room).into_iter().enumerate() {
            match at {
                0 => writeln!(self.out, "{}{mark} {line}", self.shape.dim(&own))?,
                _ => writeln!(self.out, "{}{line}", self.shape.dim(&format!("{below}{hang}")))?,
            }
        }
        let room = self.shape.columns.saturating_sub(width(&below) + 3).max(24);
        for line in notes.iter().flat_map(|note| wrapped(note, room)) {
            writeln!(self.out, "{}", self.shape.dim(&format!("{below}{hang}{line}")))?;
        }
        for (at, child) in children.iter().enumerate() {
            self.branch(child, &below, at + 1 == children.len())?;
        }
        Ok(())
    }

    /// What a branch is, and what is said of it below.
    fn label(&mut self, branch: &Branch, joined: Joined) -> (String, Vec<String>) {
        let language = self.shape.language;
        let mut notes = Vec::new();
        let mut head = match &branch.subject {
            Subject::Class(code) => {
                self.law.class_codes().get(usize::from(*code)).cloned().unwrap_or_default()
            }
            Subject::Rule(rule) => self.rule(*rule, branch.truth != Truth::False, &mut notes),
            Subject::Policy(rule) => {
                let told = self.rule(*rule, branch.truth == Truth::True, &mut notes);
                let result = match &self.law.rule(*rule).body {
                    Body::Policy { result, .. } => language.policy(*result),
                    _ => "",
                };
                format!("{} {told}: {result}", words::role(language, Role::Policy))
            }
            Subject::Bar(rule) => {
                let told = self.rule(*rule, branch.truth != Truth::False, &mut notes);
                format!("{} {told}", words::role(language, Role::Bar))
            }
            Subject::Doubt(source) => self.doubt(*source, branch.truth, &mut notes),
            Subject::Status(status) => {
                let status = self.law.status(*status);
                notes.push(status.text[language as usize].clone());
                format!("{} {}", words::role(language, Role::Announced), status.cite)
            }
            Subject::Quota(rule, draw) => self.quota(*rule, draw.as_ref(), &mut notes),
            Subject::Overcomes(rule) => {
                let id = &self.law.rule(*rule).id;
                words::overcomes(language, id, branch.truth == Truth::True)
            }
            Subject::About(label) => {
                let label = if joined == Joined::Not { label.as_str() } else { "" };
                format!("{} {label}", words::role(language, Role::About))
            }
            Subject::Done(label) => {
                let label = if joined == Joined::Not { label.as_str() } else { "" };
                format!("{} {label}", words::role(language, Role::Done))
            }
            Subject::When(label) | Subject::Test(label) | Subject::Derived(label) => label.clone(),
            Subject::Named(name) if branch.children.is_empty() && branch.folded == 0 => {
                format!("{name}{}", words::aside(language, words::no_meaning(language)))
            }
            Subject::Named(name) => name.clone(),
            Subject::Again(name) => {
                format!("{name}{}", words::aside(language, words::shown_above(language)))
            }
            Subject::All => words::all_of(language).to_string(),
            Subject::Any => words::any_of(language).to_string(),
            Subject::Not => words::none_of(language).to_string(),
            Subject::Choose => words::choice(language).to_string(),
        };
        self.suffix(branch, joined, &mut head);
        (head, notes)
    }

    /// How the parts below are joined, how many are left out, and the values that were seen.
    fn suffix(&mut self, branch: &Branch, joined: Joined, head: &mut String) {
        let language = self.shape.language;
        let rule =
            matches!(branch.subject, Subject::Rule(_) | Subject::Policy(_) | Subject::Quota(..));
        let (word, folded) = match joined {
            // The conditions of a rule are all of them, unless it says otherwise.
            Joined::All(folded) if rule => ("", folded),
            Joined::All(folded) => (words::all_of(language), folded),
            Joined::Any(folded) => (words::any_of(language), folded),
            Joined::Not => ("", 0),
        };
        if !word.is_empty() && !head.ends_with(word) {
            head.push_str(&format!("  {word}"));
            *head = head.replace(":   ", ": ");
        }
        let folded = branch.folded + folded;
        if folded > 0 {
            head.push_str(&format!(" {}", words::folded(language, folded)));
        }
        let new = |seen: &&Seen, told: &mut HashSet<String>| {
            let first = !seen.input || !told.contains(&seen.name);
            told.insert(seen.name.clone());
            first
        };
        let seen: Vec<&Seen> =
            branch.values.iter().filter(|seen| new(seen, &mut self.told)).collect();
        let seen: Vec<String> = seen.into_iter().map(|seen| self.seen(seen)).collect();
        if !seen.is_empty() {
            head.push_str(&format!("   [{}]", seen.join("; ")));
        }
    }

    fn seen(&self, seen: &Seen) -> String {
        let language = self.shape.language;
        match &seen.value {
            None => format!("{}: {}", seen.name, words::unknown(language)),
            Some(value) => {
                let shown = Num::parse(value).map_or_else(|_| value.clone(), grouped);
                let derived = match seen.derived {
                    true => words::aside(language, words::derived(language)),
                    false => String::new(),
                };
                format!("{} = {shown}{derived}", seen.name)
            }
        }
    }

    /// A rule's id and paragraph; its text goes below.
    fn rule(&mut self, id: RuleId, told: bool, notes: &mut Vec<String>) -> String {
        let rule = self.law.rule(id);
        let text = &rule.text[self.shape.language as usize];
        if told && !text.is_empty() {
            let template = Template::new(text);
            notes.push(match &mut self.values {
                Some(values) => template.fill(values),
                None => text.clone(),
            });
        }
        let group = match &rule.body {
            Body::Requirement { group, .. } => {
                let language = self.shape.language;
                words::aside(language, words::group(language, *group))
            }
            Body::Exception { code, .. } => format!(" ({code})"),
            _ => String::new(),
        };
        format!("{}{group}  {}", rule.id, rule.cite)
    }

    fn doubt(&mut self, source: DoubtSource, truth: Truth, notes: &mut Vec<String>) -> String {
        let language = self.shape.language;
        let told = match source {
            DoubtSource::Rule(rule) => self.rule(rule, truth != Truth::False, notes),
            DoubtSource::Status(status) => {
                let status = self.law.status(status);
                notes.push(status.text[language as usize].clone());
                status.cite.clone()
            }
            DoubtSource::Gap(rule) => {
                notes.push(language.no_limit_on_that_day().to_string());
                self.law.rule(rule).cite.clone()
            }
        };
        format!("{} {told}", words::role(language, Role::Doubt))
    }

    fn quota(&mut self, id: RuleId, draw: Option<&Draw>, notes: &mut Vec<String>) -> String {
        let language = self.shape.language;
        let rule = self.law.rule(id);
        let unit = match &rule.body {
            Body::Quota(quota) => quota.unit.as_str(),
            _ => "",
        };
        if let Some(draw) = draw {
            let left = grouped(draw.remaining).trim_start_matches('-').to_string();
            let (amount, limit) = (grouped(draw.amount), grouped(draw.limit));
            let over = draw.remaining.is_negative();
            notes.push(words::room(language, &amount, &limit, &left, over, unit));
        }
        format!("{} {}  {}", words::role(language, Role::Quota), rule.id, rule.cite)
    }
}

/// How the parts under a branch are joined, with how many of them are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joined {
    Not,
    All(usize),
    Any(usize),
}

/// The children of a branch as drawn: the condition of a rule is not a level of its own, and what
/// joins the parts of a name or of a rule is said beside it.
fn flattened(branch: &Branch) -> (Joined, Vec<&Branch>) {
    let mut children: Vec<&Branch> = Vec::new();
    let mut joined = Joined::Not;
    let names_itself = matches!(
        branch.subject,
        Subject::Named(_)
            | Subject::When(_)
            | Subject::About(_)
            | Subject::Done(_)
            | Subject::Bar(_)
            | Subject::Doubt(_)
    );
    for child in &branch.children {
        let condition = matches!(child.subject, Subject::When(_)) && !child.children.is_empty();
        let inner = if condition { &child.children[0] } else { child };
        let alone = branch.children.len() == 1 || (condition && inner.subject == Subject::All);
        match inner.subject {
            Subject::All if alone && (condition || names_itself) => {
                joined = Joined::All(inner.folded);
                children.extend(&inner.children);
            }
            Subject::Any if alone && (condition || names_itself) => {
                joined = Joined::Any(inner.folded);
                children.extend(&inner.children);
            }
            _ => children.push(inner),
        }
    }
    (joined, children)
}
