//! Writes determinations as one page that stands alone: grouped by outcome, with the duties by
//! date.
//!
//! It must not load anything, run anything that the page cannot do without, or write a text that
//! was not escaped. It holds the rendered lines, since a page is not written in the order of its
//! lines; a book of many ten thousands is for the other forms.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use askama::Template;
use jiff::civil::Date;
use law::eval::Memory;
use law::pack::{Body, Pack};
use law::text::grouped;
use law::{Law, Num, Outcome, Policy, Reading};
use rayon::prelude::*;

use crate::commands::check::{Answered, Tally};
use crate::input::rows::Order;
use crate::language::Language;
use crate::output::heading::{Heading, Headings};
use crate::output::readings::{self, Shared};
use crate::output::{Sink, labels};
use crate::wording::{Drawing, Duty, Link, Phrasebook, Worded, WordedAnswer};

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");
/// What the page's own policy allows: this style and this script, and nothing else.
const STYLE_HASH: &str = "sha256-J5YFIfC7SC3coKhLCFgDDB++Pr7uZLzOy7npu4Z56Hk=";
const SCRIPT_HASH: &str = "sha256-q/6ygcZAGvpbT8WE3F5aHKL3NGrKwrnYXWRlVLhFG38=";

const LINES_OF_A_TABLE: usize = 100;
const MISSING_MAX: usize = 8;
const GROUPS: usize = Outcome::ALL.len() + 1;
const NOT_DECIDED: usize = Outcome::ALL.len();

/// A page.
pub struct HtmlSink<'s> {
    book: &'s Phrasebook<'s>,
    headings: Headings<'s>,
    name: String,
    groups: [Vec<String>; GROUPS],
    duties: BTreeMap<DutyKey, Vec<(u64, String)>>,
    days: Option<(Date, Date)>,
    differing: u64,
}

/// A duty that several lines may share, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DutyKey {
    date: String,
    due: String,
    kind: String,
    text: String,
    cite: String,
    only: String,
}

/// A rendered line, and what the page wants to know of it.
struct Rendered {
    html: String,
    group: usize,
    differs: bool,
    duties: Vec<DutyKey>,
}

/// Texts in the language of the page.
trait Speaks {
    fn language(&self) -> Language;

    fn pick<'t>(&self, en: &'t str, zh: &'t str) -> &'t str {
        self.language().pick(en, zh)
    }

    fn sure<'t>(&self, word: &'t str) -> &'t str {
        labels::sure(self.language(), word)
    }

    fn sure_meaning(&self, word: &str) -> &'static str {
        labels::sure_meaning(self.language(), word)
    }

    fn lines_in_words(&self, lines: &u64) -> String {
        match self.language() {
            Language::En if *lines == 1 => "1 line".into(),
            Language::En => format!("{} lines", self.count(lines)),
            Language::Zh => format!("{} 行", self.count(lines)),
        }
    }

    fn count(&self, number: &u64) -> String {
        grouped(Num::int(i128::from(*number)))
    }
}

/// One line of the page.
#[derive(Template)]
#[template(path = "line.html", whitespace = "minimize")]
struct LineView<'v> {
    lang: Language,
    order: &'v Order,
    heading: &'v Heading,
    parents: String,
    classes: String,
    worded: Option<&'v Worded<'v>>,
    differs: bool,
    apart: bool,
    lead: String,
    counts: Vec<String>,
    missing: Vec<(&'v str, String, Option<Reading>)>,
    doubts: Vec<Shared<'v, Link<'v>>>,
    duties: Vec<Shared<'v, Duty<'v>>>,
    draws: Vec<Shared<'v, Drawing<'v>>>,
    flags: Vec<Shared<'v, Link<'v>>>,
}

impl Speaks for LineView<'_> {
    fn language(&self) -> Language {
        self.lang
    }
}

impl LineView<'_> {
    /// The answers to show in the row: one, or both with the names of their readings.
    fn answers<'w>(&self, worded: &'w Worded<'w>) -> Vec<(Option<Reading>, &'w WordedAnswer<'w>)> {
        let both = Reading::BOTH.into_iter().map(Some).zip(&worded.readings);
        if self.differs { both.collect() } else { vec![(None, &worded.readings[0])] }
    }

    fn chains(&self) -> usize {
        if self.apart { 2 } else { 1 }
    }

    fn outcome(&self, answer: &WordedAnswer) -> String {
        labels::answer(self.lang, answer).into_iter().next().unwrap_or_default()
    }

    fn reading(&self, reading: &Reading) -> &'static str {
        labels::reading(self.lang, *reading)
    }

    fn as_reading(&self, reading: &usize) -> &'static str {
        labels::as_reading(self.lang, Reading::BOTH[*reading])
    }

    fn policy(&self, policy: &Policy) -> &'static str {
        self.lang.policy(*policy)
    }

    fn only(&self, reading: &Reading) -> &'static str {
        labels::only_in(self.lang, *reading)
    }

    fn kind<'t>(&self, kind: &'t str) -> &'t str {
        labels::duty_kind(self.lang, kind)
    }

    fn number(&self, number: &Num) -> String {
        grouped(*number)
    }
}

impl<'s> HtmlSink<'s> {
    /// A page about orders of that name.
    pub fn new(book: &'s Phrasebook<'s>, name: String) -> HtmlSink<'s> {
        HtmlSink {
            book,
            headings: Headings::new(book.law, book.language),
            name,
            groups: Default::default(),
            duties: BTreeMap::new(),
            days: None,
            differing: 0,
        }
    }

    fn render(&self, line: &Answered, memory: &mut Memory) -> Result<Rendered, askama::Error> {
        let heading = self.headings.read(&line.order, memory);
        let worded = line
            .determination
            .as_ref()
            .map(|determination| self.book.word(determination, &line.order.facts, memory));
        let view = self.view(&line.order, &heading, worded.as_ref());
        let (differs, duties) = (view.differs, self.duty_keys(&view));
        let group = worded.as_ref().and_then(|worded| {
            Outcome::ALL.iter().position(|outcome| *outcome == worded.readings[0].outcome)
        });
        Ok(Rendered { html: view.render()?, group: group.unwrap_or(NOT_DECIDED), differs, duties })
    }

    fn view<'v>(
        &self,
        order: &'v Order,
        heading: &'v Heading,
        worded: Option<&'v Worded<'v>>,
    ) -> LineView<'v> {
        let lang = self.book.language;
        let mut view = LineView {
            lang,
            order,
            heading,
            parents: heading.parents.join(", "),
            classes: String::new(),
            worded,
            differs: false,
            apart: false,
            lead: String::new(),
            counts: Vec::new(),
            missing: Vec::new(),
            doubts: Vec::new(),
            duties: Vec::new(),
            draws: Vec::new(),
            flags: Vec::new(),
        };
        let Some(worded) = worded else { return view };
        view.classes = worded.classification.join(", ");
        view.differs = !readings::agree(&worded.readings);
        view.apart = readings::because(&worded.readings).iter().any(|(_, only)| only.is_some());
        view.lead = self.lead(&worded.readings[0]);
        view.missing = readings::missing(&worded.readings)
            .into_iter()
            .map(|(name, only)| (*name, self.book.question(name), only))
            .collect();
        view.doubts = readings::doubts(&worded.readings);
        view.duties = readings::duties(&worded.readings);
        view.draws = readings::draws(&worded.readings);
        view.flags = readings::flags(&worded.readings);
        view.counts = counts(&view);
        view
    }

    /// The link that carries the outcome, in one text.
    fn lead(&self, answer: &WordedAnswer) -> String {
        let is_limb = |rule: &str| {
            let mut rules = self.book.law.rules_named(rule);
            rules.next().is_some_and(|(_, rule)| matches!(rule.rule.body, Body::Class { .. }))
        };
        let link = answer.because.iter().rfind(|link| !is_limb(link.rule));
        match link.or(answer.because.last()) {
            Some(link) if link.cite.is_empty() => link.text.to_string(),
            Some(link) => {
                format!("{}{}{}", link.cite, self.book.language.pick(": ", "："), link.text)
            }
            None => self.book.language.pick("Why", "依据").to_string(),
        }
    }

    fn duty_keys(&self, view: &LineView) -> Vec<DutyKey> {
        let key = |(duty, only): &Shared<Duty>| DutyKey {
            date: duty.date.clone().unwrap_or_default(),
            due: duty.due.to_string(),
            kind: view.kind(duty.kind).to_string(),
            text: duty.text.to_string(),
            cite: duty.cite.to_string(),
            only: only.map_or("", |reading| view.only(&reading)).to_string(),
        };
        view.duties.iter().map(key).collect()
    }
}

/// How much a line has to say, for the closed summary.
fn counts(view: &LineView) -> Vec<String> {
    let language = view.lang;
    let one = |number: usize, one: &str, many: &str, zh: &str| match (number, language) {
        (0, _) => None,
        (1, Language::En) => Some(format!("1 {one}")),
        (_, Language::En) => Some(format!("{number} {many}")),
        (_, Language::Zh) => Some(format!("{number} 项{zh}")),
    };
    [
        one(view.missing.len(), "missing fact", "missing facts", "缺失事实"),
        one(view.doubts.len(), "doubt", "doubts", "疑义"),
        one(view.duties.len(), "duty", "duties", "应办事项"),
        one(view.draws.len(), "quota", "quotas", "额度"),
        one(view.flags.len(), "flag", "flags", "警示"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Sink for HtmlSink<'_> {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, lines: &[Answered], _: &mut dyn Write) -> io::Result<()> {
        let rendered: Vec<Result<Rendered, askama::Error>> = lines
            .par_iter()
            .with_min_len(64)
            .map_init(Memory::default, |memory, line| self.render(line, memory))
            .collect();
        for (line, rendered) in lines.iter().zip(rendered) {
            let rendered = rendered.map_err(io::Error::other)?;
            self.groups[rendered.group].push(rendered.html);
            self.differing += u64::from(rendered.differs);
            for key in rendered.duties {
                let place = (line.order.row, line.order.id.clone());
                self.duties.entry(key).or_default().push(place);
            }
            if let Some(date) = line.determination.as_ref().map(|found| found.date) {
                let (first, last) = self.days.unwrap_or((date, date));
                self.days = Some((first.min(date), last.max(date)));
            }
        }
        Ok(())
    }

    fn end(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        PageView::new(self, tally).write_into(&mut Through(out))
    }
}

/// Lets a page that is formatted flow into a writer.
struct Through<'t>(&'t mut dyn Write);

impl fmt::Write for Through<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

impl Write for Through<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The page.
#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct PageView<'v> {
    language: Language,
    law: &'v Law,
    tally: &'v Tally,
    name: &'v str,
    style: &'static str,
    script: &'static str,
    style_hash: &'static str,
    script_hash: &'static str,
    days: Option<(String, String)>,
    differing: u64,
    bars: Vec<Bar>,
    counts: Vec<Count>,
    missing: Vec<(&'v str, String, u64)>,
    groups: Vec<Group<'v>>,
    dated: Vec<DutyRow<'v>>,
    undated: Vec<DutyRow<'v>>,
    sures: [&'static str; 4],
}

/// One reading's lines by outcome.
struct Bar {
    title: &'static str,
    words: String,
    parts: Vec<Part>,
}

/// A stretch of a bar, in ten-thousandths.
struct Part {
    word: &'static str,
    start: u64,
    width: u64,
}

/// One row of the counts.
struct Count {
    word: &'static str,
    title: String,
    written: u64,
    enforced: u64,
    lines: u64,
}

/// The lines of one outcome.
struct Group<'v> {
    word: &'static str,
    title: String,
    lines: u64,
    rows: &'v [String],
}

impl Group<'_> {
    fn chunks(&self) -> std::slice::Chunks<'_, String> {
        self.rows.chunks(LINES_OF_A_TABLE)
    }
}

/// One row of the duties.
struct DutyRow<'v> {
    date: &'v str,
    due: &'v str,
    kind: &'v str,
    text: &'v str,
    cite: &'v str,
    only: &'v str,
    lines: &'v [(u64, String)],
}

impl Speaks for PageView<'_> {
    fn language(&self) -> Language {
        self.language
    }
}

impl<'v> PageView<'v> {
    fn new(sink: &'v HtmlSink, tally: &'v Tally) -> PageView<'v> {
        let (language, law) = (sink.book.language, sink.book.law);
        let counts = group_counts(language, tally, sink);
        let groups = counts.iter().zip(&sink.groups).filter(|(_, rows)| !rows.is_empty());
        let (dated, undated) = sink
            .duties
            .iter()
            .map(|(key, lines)| duty_row(key, lines))
            .partition(|duty: &DutyRow| !duty.date.is_empty());
        PageView {
            language,
            law,
            tally,
            name: &sink.name,
            style: STYLE,
            script: SCRIPT,
            style_hash: STYLE_HASH,
            script_hash: SCRIPT_HASH,
            days: sink.days.map(|(first, last)| (first.to_string(), last.to_string())),
            differing: sink.differing,
            bars: Reading::BOTH.map(|reading| bar(language, reading, &counts)).into(),
            missing: missing(sink.book, tally),
            groups: groups
                .map(|(count, rows)| Group {
                    word: count.word,
                    title: count.title.clone(),
                    lines: count.lines,
                    rows,
                })
                .collect(),
            counts,
            dated,
            undated,
            sures: ["quoted", "secondary", "memory", "inferred"],
        }
    }

    fn packs_in_words(&self) -> String {
        match self.language {
            Language::En => format!("{} law packs", self.law.packs().len()),
            Language::Zh => format!("{} 个规则包", self.law.packs().len()),
        }
    }

    fn differing_in_words(&self) -> String {
        let lines = self.count(&self.differing);
        match (self.language, self.differing) {
            (Language::En, 1) => "On 1 line they differ.".into(),
            (Language::En, _) => format!("On {lines} lines they differ."),
            (Language::Zh, _) => format!("两者在 {lines} 行上不同。"),
        }
    }

    fn unverified(&self) -> String {
        let (lines, date) = (self.count(&self.tally.unverified), self.law.verified_through());
        match self.language {
            Language::En => format!(
                "Lines dated after {date}, the last day for which the packs were checked: {lines}. \
                 Anything newer is not in their answers."
            ),
            Language::Zh => {
                format!("{lines} 行的日期晚于规则包的最后核对日 {date}；此后的变化未计入答复。")
            }
        }
    }

    fn title<'p>(&self, pack: &'p Pack) -> &'p str {
        &pack.title[self.language as usize]
    }
}

fn duty_row<'v>(key: &'v DutyKey, lines: &'v [(u64, String)]) -> DutyRow<'v> {
    DutyRow {
        date: &key.date,
        due: &key.due,
        kind: &key.kind,
        text: &key.text,
        cite: &key.cite,
        only: &key.only,
        lines,
    }
}

fn group_counts(language: Language, tally: &Tally, sink: &HtmlSink) -> Vec<Count> {
    let lines = |group: usize| sink.groups[group].len() as u64;
    let mut counts: Vec<Count> = Outcome::ALL
        .into_iter()
        .enumerate()
        .map(|(group, outcome)| Count {
            word: outcome.word(),
            title: capitalized(language.outcome(outcome)),
            written: tally.outcomes[Reading::Written as usize][outcome as usize],
            enforced: tally.outcomes[Reading::Enforced as usize][outcome as usize],
            lines: lines(group),
        })
        .collect();
    if tally.errors > 0 {
        counts.push(Count {
            word: "error",
            title: capitalized(language.pick("not decided", "无法判定")),
            written: tally.errors,
            enforced: tally.errors,
            lines: lines(NOT_DECIDED),
        });
    }
    counts
}

/// A text that begins a line of its own.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn bar(language: Language, reading: Reading, counts: &[Count]) -> Bar {
    let of = |count: &Count| match reading {
        Reading::Written => count.written,
        Reading::Enforced => count.enforced,
    };
    let total = counts.iter().map(of).sum::<u64>().max(1);
    let mut before = 0;
    let mut parts = Vec::new();
    let mut words = Vec::new();
    for count in counts.iter().filter(|count| of(count) > 0) {
        let start = before * 10_000 / total;
        before += of(count);
        parts.push(Part { word: count.word, start, width: before * 10_000 / total - start });
        words.push(format!("{} {}", count.title, of(count)));
    }
    let title = labels::as_reading(language, reading);
    Bar { title, words: words.join(language.pick(", ", "，")), parts }
}

fn missing<'v>(book: &Phrasebook, tally: &'v Tally) -> Vec<(&'v str, String, u64)> {
    let mut missing: Vec<(&str, u64)> =
        tally.missing.iter().map(|(name, lines)| (name.as_str(), *lines)).collect();
    missing.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    missing.truncate(MISSING_MAX);
    missing.into_iter().map(|(name, lines)| (name, book.question(name), lines)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::policy_hash;

    /// The page's policy names its style and script by hash. Whoever changes one of them changes
    /// its hash too: the failing test shows the new one.
    #[test]
    fn allows_its_own_style_and_script() {
        assert_eq!(policy_hash(STYLE), STYLE_HASH, "templates/report.css");
        assert_eq!(policy_hash(SCRIPT), SCRIPT_HASH, "templates/report.js");
    }
}
