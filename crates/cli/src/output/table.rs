//! Writes determinations as a table for people: a row a line, and under it why and what is due.
//!
//! It must stay readable without color and in 80 columns, and must not hold the rows it has
//! written.

use std::io::{self, Write};

use law::eval::Memory;
use law::pack::Body;
use law::text::grouped;
use law::{Outcome, Reading};

use crate::commands::check::{Answered, Tally, render};
use crate::language::Language;
use crate::output::heading::{Heading, Headings};
use crate::output::wrapping::{clipped, padded, padded_left, plain, width, wrapped};
use crate::output::{Sink, labels, readings};
use crate::wording::{Drawing, Duty, Link, Phrasebook, Worded};

const GAP: usize = 2;
const DATE_COLUMNS: usize = 10;
const INDENT: usize = 6;
const LABEL_COLUMNS: usize = 10;
const LINES_MAX: usize = 2;
const QUESTIONS_MAX: usize = 2;
const ROOM_FOR_COUNTRY_NAMES: usize = 96;

/// How a table is written.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many columns a line may take.
    pub columns: usize,
    /// Whether to use color.
    pub color: bool,
    /// Whether to write every text in full.
    pub details: bool,
}

/// A table.
pub struct TableSink<'s> {
    book: &'s Phrasebook<'s>,
    headings: Headings<'s>,
    shape: Shape,
    grid: Option<Grid>,
}

/// The widths of the columns.
#[derive(Clone, Copy, Debug)]
struct Grid {
    id: usize,
    item: usize,
    to: usize,
    quantity: usize,
    outcome: usize,
}

/// How something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Dim,
    Outcome(Option<Outcome>),
}

/// A piece of text and how it is shown.
type Piece = (String, Style);

impl<'s> TableSink<'s> {
    /// A table of that shape.
    pub fn new(book: &'s Phrasebook<'s>, shape: Shape) -> TableSink<'s> {
        let headings = Headings::new(book.law, book.language);
        TableSink { book, headings, shape, grid: None }
    }

    fn measure(&self, lines: &[Answered]) -> Grid {
        let widest = |of: &dyn Fn(&Answered) -> usize| lines.iter().map(of).max().unwrap_or(0);
        let titles = titles(self.book.language);
        let roomy = self.shape.columns >= ROOM_FOR_COUNTRY_NAMES;
        let id = widest(&|line| width(&line.order.id)).clamp(width(titles[0]), 10);
        let item = widest(&|line| width(&self.headings.item(&line.order.facts)))
            .clamp(if roomy { 20 } else { 14 }, if roomy { 26 } else { 17 });
        let to = if roomy { 15 } else { 9 };
        let quantity = self.book.law.vocabulary().find("quantity");
        let quantity = widest(&|line| {
            let number = quantity.and_then(|id| line.order.facts.num(id));
            number.map_or(0, |number| width(&grouped(number)))
        });
        let quantity = quantity.clamp(7, 11);
        let taken = id + DATE_COLUMNS + item + to + quantity + 4 * GAP + 1;
        Grid { id, item, to, quantity, outcome: self.shape.columns.saturating_sub(taken) }
    }

    fn line(&self, grid: Grid, line: &Answered, memory: &mut Memory, out: &mut String) {
        let heading = self.headings.read(&line.order, memory);
        let worded = line
            .determination
            .as_ref()
            .map(|determination| self.book.word(determination, &line.order.facts, memory));
        self.head(grid, line, &heading, worded.as_ref(), out);
        let mut notes = Notes::new(self.book.language, self.shape, out);
        for error in line.order.errors().filter(|_| worded.is_none()) {
            let place = place(self.book.language, error.column.as_deref(), line.order.row);
            let (open, close) =
                (self.book.language.pick(" (", "（"), self.book.language.pick(")", "）"));
            notes.full("error", &format!("{}{open}{place}{close}", error.message));
            notes.full("hint", &error.hint);
        }
        if let Some(worded) = &worded {
            self.notes(line, worded, &mut notes);
        }
        if let Some(held) = &line.order.reserved {
            notes.full("reserved", &held.in_words(self.book.language));
        }
        for warning in &line.order.warnings {
            notes.full("warning", &warning.message);
        }
        out.push('\n');
    }

    /// The cells of the row, as many lines as the longest wants.
    fn head(
        &self,
        grid: Grid,
        line: &Answered,
        heading: &Heading,
        worded: Option<&Worded>,
        out: &mut String,
    ) {
        let styled = |lines: Vec<String>, first: Style| {
            let style = move |at| if at == 0 { first } else { Style::Dim };
            let pieces = lines.into_iter().enumerate();
            pieces.map(move |(at, text)| vec![(text, style(at))]).collect::<Vec<_>>()
        };
        let mut item = styled(wrapped(&heading.item, grid.item), Style::Plain);
        let classes = worded.map_or(String::new(), |worded| worded.classification.join(", "));
        let notes =
            [classes, heading.performance.clone()].into_iter().filter(|note| !note.is_empty());
        let notes = notes.collect::<Vec<_>>().join(", ");
        item.extend(wrapped(&notes, grid.item).into_iter().map(|text| vec![(text, Style::Dim)]));
        let cells = [
            (styled(wrapped(&line.order.id, grid.id), Style::Bold), grid.id),
            (styled(vec![heading.date.clone()], Style::Plain), DATE_COLUMNS),
            (item, grid.item),
            (styled(self.destination(heading, grid.to), Style::Plain), grid.to - 1),
            (
                styled(vec![padded_left(&heading.quantity, grid.quantity)], Style::Plain),
                grid.quantity,
            ),
            (self.outcome(worded, grid.outcome), 0),
        ];
        let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
        for at in 0..height {
            let mut row = Row::new(self.shape.color);
            for (lines, columns) in &cells {
                row.cell(lines.get(at).map_or(&[], Vec::as_slice), *columns);
            }
            row.end(out);
        }
    }

    fn destination(&self, heading: &Heading, columns: usize) -> Vec<String> {
        let named =
            self.shape.columns >= ROOM_FOR_COUNTRY_NAMES && heading.country != heading.destination;
        let text = if named {
            format!("{} {}", heading.destination, heading.country)
        } else {
            heading.destination.clone()
        };
        let mut lines = wrapped(&text, columns);
        if !heading.parents.is_empty() {
            let parents = heading.parents.join(", ");
            let text = format!("{} {parents}", labels::parent(self.book.language));
            lines.extend(wrapped(&text, columns));
        }
        lines
    }

    /// The outcome in one reading, or in both where they differ.
    fn outcome(&self, worded: Option<&Worded>, columns: usize) -> Vec<Vec<Piece>> {
        let language = self.book.language;
        let Some(worded) = worded else {
            let text = language.pick("not decided", "无法判定").to_string();
            return vec![vec![(text, Style::Outcome(None))]];
        };
        let styled = |answer: &crate::wording::WordedAnswer, columns| {
            let style = Style::Outcome(Some(answer.outcome));
            let lines = labels::answer(language, answer).into_iter().enumerate();
            let pieces = move |(at, text): (usize, String)| {
                let style = if at == 0 { style } else { Style::Plain };
                wrapped(&text, columns).into_iter().map(move |line| (line, style))
            };
            lines.flat_map(pieces).collect::<Vec<Piece>>()
        };
        if readings::agree(&worded.readings) {
            let pieces = styled(&worded.readings[0], columns);
            return pieces.into_iter().map(|piece| vec![piece]).collect();
        }
        let labels = Reading::BOTH.map(|reading| labels::reading(language, reading));
        let label_columns = labels.map(width).into_iter().max().unwrap_or(0) + 1;
        let mut lines = Vec::new();
        for (label, answer) in labels.into_iter().zip(&worded.readings) {
            let pieces = styled(answer, columns.saturating_sub(label_columns));
            for (at, piece) in pieces.into_iter().enumerate() {
                let label = padded(if at == 0 { label } else { "" }, label_columns);
                lines.push(vec![(label, Style::Dim), piece]);
            }
        }
        lines
    }

    /// What is said under the row.
    fn notes(&self, line: &Answered, worded: &Worded, notes: &mut Notes) {
        self.chain(worded, notes);
        let missing = readings::missing(&worded.readings);
        if self.shape.details || missing.len() <= QUESTIONS_MAX {
            for (name, only) in missing {
                notes.cited("missing", name, &self.book.question(name), only, LINES_MAX);
            }
        } else {
            let names: Vec<&str> = missing.iter().map(|(name, _)| **name).collect();
            notes.full("missing", &names.join(self.book.language.pick(", ", "、")));
        }
        for (doubt, only) in readings::doubts(&worded.readings) {
            notes.link("doubt", doubt, only, LINES_MAX);
        }
        for (duty, only) in readings::duties(&worded.readings) {
            notes.duty(duty, only);
        }
        for (drawing, only) in readings::draws(&worded.readings) {
            notes.drawing(drawing, only);
        }
        notes.flags(&readings::flags(&worded.readings));
        if let Some(part) = line.order.part.as_ref().filter(|_| self.shape.details) {
            let text =
                format!("{} {}, {}, {}", part.vendor, part.eccn, part.description, part.as_of);
            notes.full("vendor", &text);
        }
    }

    /// The chain. The limbs of the control list are named in the row already; they are repeated
    /// only where everything is asked for.
    fn chain(&self, worded: &Worded, notes: &mut Notes) {
        let differs = !readings::agree(&worded.readings);
        let chain = readings::because(&worded.readings);
        let (enforced, written): (Vec<_>, Vec<_>) =
            chain.into_iter().partition(|(_, only)| *only == Some(Reading::Enforced));
        let rules = || written.iter().filter(|(link, _)| !self.is_limb(link.rule));
        let limbs_too = self.shape.details || rules().next().is_none();
        let shown = written.iter().filter(|(link, _)| limbs_too || !self.is_limb(link.rule));
        for (link, _) in shown {
            notes.link("because", link, None, LINES_MAX);
        }
        // The first link that the enforced reading has for itself is what makes it another one.
        let shown = if self.shape.details { enforced.len() } else { usize::from(differs) };
        for (link, _) in enforced.iter().take(shown) {
            notes.link("enforced", link, None, LINES_MAX);
        }
    }

    fn is_limb(&self, rule: &str) -> bool {
        let mut rules = self.book.law.rules_named(rule);
        rules.next().is_some_and(|(_, rule)| matches!(rule.rule.body, Body::Class { .. }))
    }

    fn header(&self, grid: Grid) -> String {
        let [id, date, item, to, quantity, outcome] = titles(self.book.language);
        let mut out = String::new();
        let mut row = Row::new(self.shape.color);
        let quantity = padded_left(quantity, grid.quantity);
        for (title, columns) in [
            (id, grid.id),
            (date, DATE_COLUMNS),
            (item, grid.item),
            (to, grid.to - 1),
            (quantity.as_str(), grid.quantity),
            (outcome, 0),
        ] {
            row.cell(&[(title.to_string(), Style::Bold)], columns);
        }
        row.end(&mut out);
        out.push_str(&"─".repeat(self.shape.columns));
        out.push('\n');
        out
    }
}

impl Sink for TableSink<'_> {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, lines: &[Answered], out: &mut dyn Write) -> io::Result<()> {
        let grid = match self.grid {
            Some(grid) => grid,
            None => {
                let grid = self.measure(lines);
                self.grid = Some(grid);
                out.write_all(self.header(grid).as_bytes())?;
                grid
            }
        };
        render(lines, out, |line, memory, text| self.line(grid, line, memory, text))
    }

    fn end(&mut self, _: &Tally, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn titles(language: Language) -> [&'static str; 6] {
    match language {
        Language::En => ["Line", "Date", "Item", "To", "Qty", "Outcome"],
        Language::Zh => ["行", "日期", "物项", "目的地", "数量", "结论"],
    }
}

fn place(language: Language, column: Option<&str>, row: u64) -> String {
    match (language, column) {
        (Language::En, Some(column)) => format!("row {row}, column {column}"),
        (Language::En, None) => format!("row {row}"),
        (Language::Zh, Some(column)) => format!("第 {row} 行，{column} 列"),
        (Language::Zh, None) => format!("第 {row} 行"),
    }
}

/// One line of cells.
struct Row {
    text: String,
    owed: usize,
    color: bool,
}

impl Row {
    fn new(color: bool) -> Row {
        Row { text: String::new(), owed: 0, color }
    }

    /// A cell; the spaces after it are written when something follows.
    fn cell(&mut self, pieces: &[Piece], columns: usize) {
        let mut taken = 0;
        for (text, style) in pieces {
            let begun = text.trim_start();
            self.owed += width(text) - width(begun);
            if !begun.is_empty() {
                self.text.push_str(&" ".repeat(std::mem::take(&mut self.owed)));
                paint(&mut self.text, begun.trim_end(), *style, self.color);
                self.owed = width(begun) - width(begun.trim_end());
            }
            taken += width(text);
        }
        self.owed += columns.saturating_sub(taken) + GAP;
    }

    fn end(self, out: &mut String) {
        out.push_str(&self.text);
        out.push('\n');
    }
}

fn paint(out: &mut String, text: &str, style: Style, color: bool) {
    let code = match style {
        _ if !color => "",
        Style::Plain => "",
        Style::Bold => "1",
        Style::Dim => "2",
        Style::Outcome(None) => "1;35",
        Style::Outcome(Some(Outcome::LicenseRequired)) => "1;31",
        Style::Outcome(Some(Outcome::Unresolved)) => "1;33",
        Style::Outcome(Some(Outcome::LicenseException)) => "1;36",
        Style::Outcome(Some(Outcome::NoLicenseRequired)) => "1;32",
    };
    if code.is_empty() || text.is_empty() {
        out.push_str(text);
    } else {
        out.push_str("\u{1b}[");
        out.push_str(code);
        out.push('m');
        out.push_str(text);
        out.push_str("\u{1b}[0m");
    }
}

/// The notes under a row: a label, and text that hangs beside it.
struct Notes<'n> {
    language: Language,
    shape: Shape,
    last: &'static str,
    out: &'n mut String,
}

impl<'n> Notes<'n> {
    fn new(language: Language, shape: Shape, out: &'n mut String) -> Notes<'n> {
        Notes { language, shape, last: "", out }
    }

    /// A text with its citation, cut where not everything is asked for.
    fn cited(
        &mut self,
        label: &'static str,
        cite: &str,
        text: &str,
        only: Option<Reading>,
        lines_max: usize,
    ) {
        let colon = self.language.pick(": ", "：");
        let only = self.only(only);
        let text = match (cite.is_empty(), text.is_empty()) {
            (true, _) => format!("{text}{only}"),
            (false, true) => format!("{cite}{only}"),
            (false, false) => format!("{cite}{only}{colon}{text}"),
        };
        self.note(label, &text, lines_max);
    }

    fn link(&mut self, label: &'static str, link: &Link, only: Option<Reading>, lines_max: usize) {
        let sure = match link.sure {
            Some(sure) => format!(" [{}]", labels::sure(self.language, sure)),
            None => String::new(),
        };
        self.cited(label, &format!("{}{sure}", link.cite), &link.text, only, lines_max);
    }

    fn duty(&mut self, duty: &Duty, only: Option<Reading>) {
        let kind = labels::duty_kind(self.language, duty.kind);
        let only = self.only(only);
        let (colon, comma) = (self.language.pick(": ", "："), self.language.pick(", ", "，"));
        let date = duty.date.as_ref().map_or(String::new(), |date| format!("{date} "));
        let text = format!("{date}{kind}{colon}{}{comma}{}{only}", duty.due, duty.cite);
        self.note("due", &text, LINES_MAX);
        if self.shape.details {
            self.note("due", &duty.text, usize::MAX);
        }
    }

    fn drawing(&mut self, drawing: &Drawing, only: Option<Reading>) {
        let draw = &drawing.draw;
        let account = drawing.key.as_ref().map_or(String::new(), |key| format!(" {key}"));
        let [amount, remaining, limit] = [draw.amount, draw.remaining, draw.limit].map(grouped);
        let unit = drawing.unit;
        let text = match self.language {
            Language::En => {
                format!(
                    "{}{account}: {amount} {unit} drawn, {remaining} left of {limit}",
                    drawing.quota
                )
            }
            Language::Zh => {
                format!(
                    "{}{account}：占用 {amount} {unit}，余 {remaining}，限额 {limit}",
                    drawing.quota
                )
            }
        };
        let only = self.only(only);
        self.note("quota", &format!("{text}{only}"), LINES_MAX);
    }

    /// The flags; how many, and the first of them, where not everything is asked for.
    fn flags(&mut self, flags: &[readings::Shared<Link>]) {
        if self.shape.details {
            for (flag, only) in flags {
                self.link("flag", flag, *only, LINES_MAX);
            }
        } else if let Some((flag, _)) = flags.first() {
            let label = match (self.language, flags.len()) {
                (_, 1) => note_label(self.language, "flag").to_string(),
                (Language::En, more) => format!("{more} flags"),
                (Language::Zh, more) => format!("警示 {more} 项"),
            };
            self.labeled(&label, &flag.text, 1, [Style::Dim, Style::Dim]);
        }
    }

    fn only(&self, only: Option<Reading>) -> String {
        let Some(reading) = only else { return String::new() };
        let (open, close) = (self.language.pick(" (", "（"), self.language.pick(")", "）"));
        format!("{open}{}{close}", labels::only_in(self.language, reading))
    }

    /// A text that is never cut.
    fn full(&mut self, label: &'static str, text: &str) {
        self.note(label, text, usize::MAX);
    }

    fn note(&mut self, label: &'static str, text: &str, lines_max: usize) {
        let shown = if label == self.last { "" } else { note_label(self.language, label) };
        let styles = match label {
            "error" => [Style::Outcome(None), Style::Plain],
            "missing" | "doubt" | "due" | "hint" | "warning" | "reserved" => {
                [Style::Dim, Style::Plain]
            }
            _ => [Style::Dim, Style::Dim],
        };
        let lines_max = if self.shape.details { usize::MAX } else { lines_max };
        self.labeled(shown, text, lines_max, styles);
        self.last = label;
    }

    fn labeled(&mut self, label: &str, text: &str, lines_max: usize, styles: [Style; 2]) {
        let columns = self.shape.columns.saturating_sub(INDENT + LABEL_COLUMNS);
        for (at, line) in clipped(&plain(text), columns, lines_max).into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            self.out.push_str(&" ".repeat(INDENT));
            paint(self.out, label, styles[0], self.shape.color);
            self.out.push_str(&" ".repeat(LABEL_COLUMNS.saturating_sub(width(label))));
            paint(self.out, &line, styles[1], self.shape.color);
            self.out.push('\n');
        }
    }
}

fn note_label(language: Language, label: &'static str) -> &'static str {
    match label {
        "because" => language.pick("because", "依据"),
        "enforced" => language.pick("enforced", "执行依据"),
        "missing" => language.pick("missing", "尚缺"),
        "doubt" => language.pick("doubt", "疑义"),
        "due" => language.pick("due", "应办"),
        "quota" => language.pick("quota", "额度"),
        "flag" => language.pick("flag", "警示"),
        "vendor" => language.pick("vendor", "供应商"),
        "warning" => language.pick("warning", "警告"),
        "reserved" => language.pick("reserved", "预留"),
        "error" => language.pick("error", "错误"),
        "hint" => language.pick("hint", "提示"),
        other => other,
    }
}
