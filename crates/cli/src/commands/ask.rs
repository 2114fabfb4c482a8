//! `weir ask`: an interview that asks only what can still change the outcome.
//!
//! Every question comes from what the law leaves open after the answers so far, so that no question
//! is asked in vain. It must not decide by itself: the transaction is read back and decided as
//! `weir check` would.

mod answers;
mod choosing;
mod transaction;
mod words;

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context;
use law::eval::Memory;
use law::node::DoubtSource;
use law::text::{Segment, Template, Values};
use law::{Desk, Determination, FactId, FactType, Facts, Law, Outcome, RuleId, Value, ValueError};

use crate::catalogue::{Chips, Countries, Parts};
use crate::commands::check::{Answered, Tally};
use crate::input::rows::{Order, Reader, Warning};
use crate::language::Language;
use crate::output::wrapping::{padded, plain, width, wrapped};
use crate::output::{self, Format, Manner, labels};
use crate::wording::Phrasebook;
use crate::{Common, Done};

use answers::{Listener, Reply, yes_or_no};
use choosing::{Aim, Known};
use transaction::{Extras, preset, read_back, to_json};
use words::Words;

const COLUMNS: usize = 100;
const LABEL_COLUMNS: usize = 9;

/// Asks what the law needs to know about a transaction, and only that, and says what it requires.
///
/// Questions come on standard output, answers are read from standard input, a line each. The end of
/// input ends the interview with what is known so far.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is known already, such as `destination=MY` or `item.sku=nvidia-h100-sxm`.
    #[arg(value_name = "FACT=VALUE")]
    pub known: Vec<String>,
    /// A transaction to start from: one JSON object.
    #[arg(long, value_name = "FILE")]
    pub given: Option<PathBuf>,
    /// The same as FACT=VALUE.
    #[arg(long, value_name = "FACT=VALUE")]
    pub set: Vec<String>,
    /// Where to write the transaction as JSON, for `weir check`.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// The form of the answer; with JSON the interview goes to standard error.
    #[arg(long, default_value = "table")]
    pub format: AnswerFormat,
    /// Ask on for the review policy without offering it first.
    #[arg(long)]
    pub thorough: bool,
}

/// A form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AnswerFormat {
    /// A table for people.
    Table,
    /// One JSON object.
    Json,
}

/// Runs the command.
///
/// # Errors
/// Unreadable law or transaction, or a file that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    let parts = Parts::new(Vec::new());
    let (mut given, extras) = match &args.given {
        Some(path) => transaction::open(path, law.vocabulary())?,
        None => (Facts::new(law.vocabulary()), Extras::new()),
    };
    for text in args.known.iter().chain(&args.set) {
        let (fact, value) = preset(text, law.vocabulary())?;
        given.set(fact, value);
    }
    let language = common.lang;
    let mut interview = Interview {
        law: &law,
        words: Words(language),
        listener: Listener { law: &law, chips: &chips, parts: &parts, language },
        reader: Reader::new(&law, &chips, &parts, None, b',', false),
        desk: Desk::default(),
        state: State { given, skipped: BTreeSet::new(), policy: args.thorough.then_some(true) },
        history: Vec::new(),
        extras,
        answers: io::stdin().lock(),
        echoes: io::stdin().is_terminal(),
        out: match args.format {
            AnswerFormat::Table => Box::new(io::stdout().lock()) as Box<dyn Write>,
            AnswerFormat::Json => Box::new(io::stderr().lock()),
        },
    };
    let asked = interview.hold();
    if let Some(path) = &args.save {
        let line = to_json(&interview.state.given, &interview.extras, law.vocabulary()) + "\n";
        std::fs::write(path, line).with_context(|| format!("cannot write `{}`", path.display()))?;
        common.say(&interview.words.saved(&path.display().to_string()));
    }
    match asked.and_then(|()| interview.close(args.format, common)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Done::Good),
    }
}

/// What was said so far.
#[derive(Clone)]
struct State {
    given: Facts,
    /// Facts that the user does not know.
    skipped: BTreeSet<FactId>,
    /// Whether the user wants to go on for the review policy.
    policy: Option<bool>,
}

/// A question.
enum Question {
    /// About a fact.
    Fact(FactId, Aim),
    /// Whether to go on for the review policy, which depends on these facts.
    GoOn(BTreeSet<FactId>),
}

/// What came of a question.
enum Posed {
    /// What is said then.
    Answered(State),
    /// The question before is to be asked again.
    Back,
    /// The answers end.
    End,
}

/// A transaction as it stands, with its answer.
struct Standing {
    order: Order,
    determination: Option<Determination>,
}

struct Interview<'i, R, W> {
    law: &'i Law,
    words: Words,
    listener: Listener<'i>,
    reader: Reader<'i>,
    desk: Desk,
    state: State,
    /// What was said before each question that was answered.
    history: Vec<State>,
    extras: Extras,
    answers: R,
    /// Whether answers are seen as they are typed.
    echoes: bool,
    out: W,
}

impl<R: BufRead, W: Write> Interview<'_, R, W> {
    /// Asks until nothing can change the outcome, or the answers end.
    fn hold(&mut self) -> io::Result<()> {
        self.paragraph("", self.words.opening())?;
        loop {
            let standing = self.standing();
            let Some(question) = self.next(&standing) else { return Ok(()) };
            let posed = match &question {
                Question::Fact(fact, aim) => self.pose(*fact, *aim, &standing)?,
                Question::GoOn(facts) => self.offer(facts)?,
            };
            match posed {
                Posed::Answered(state) => {
                    self.history.push(std::mem::replace(&mut self.state, state));
                }
                Posed::Back => match self.history.pop() {
                    Some(before) => self.state = before,
                    None => self.labeled(self.words.hint(), self.words.at_the_start())?,
                },
                Posed::End => return Ok(()),
            }
        }
    }

    /// The transaction as `weir check` reads and decides it.
    fn standing(&mut self) -> Standing {
        let mut order = read_back(&self.state.given, &self.extras, &self.reader);
        let determination = match &order.error {
            Some(_) => None,
            None => self.law.decide(&order.facts, None, &mut self.desk),
        };
        self.reader.compare_with_vendor(&mut order);
        Standing { order, determination }
    }

    fn next(&mut self, standing: &Standing) -> Option<Question> {
        let date = self.law.date_fact();
        if standing.order.facts.get(date).is_none() {
            return Some(Question::Fact(date, Aim::Outcome));
        }
        let known = Known {
            law: self.law,
            given: &self.state.given,
            order: &standing.order,
            determination: standing.determination.as_ref()?,
            skipped: &self.state.skipped,
        };
        if let Some(fact) = known.next(Aim::Outcome, &mut self.desk) {
            return Some(Question::Fact(fact, Aim::Outcome));
        }
        let facts = known.open(Aim::Policy, known.determination);
        if facts.is_empty() {
            return None;
        }
        match self.state.policy {
            None => Some(Question::GoOn(facts)),
            Some(true) => known
                .next(Aim::Policy, &mut self.desk)
                .map(|fact| Question::Fact(fact, Aim::Policy)),
            Some(false) => None,
        }
    }

    /// Asks about a fact until the answer can be used.
    fn pose(&mut self, id: FactId, aim: Aim, standing: &Standing) -> io::Result<Posed> {
        self.question(id, aim, standing)?;
        let default = self.default(id);
        loop {
            let Some(text) = self.answer(default.as_deref())? else { return Ok(Posed::End) };
            let text = match &default {
                Some(default) if text.trim().is_empty() => default,
                _ => &text,
            };
            let said = match self.listener.read(id, text) {
                Ok(Reply::End) => return Ok(Posed::End),
                Ok(Reply::Back) => return Ok(Posed::Back),
                Ok(Reply::Explain) => {
                    self.explain(id, aim, standing)?;
                    continue;
                }
                Ok(Reply::Unknown) => self.without(id),
                Ok(Reply::Facts(values)) => self.with(id, &values, &standing.order),
                Err(error) => Err(error),
            };
            match said {
                Ok((state, echoes)) => {
                    for echo in echoes {
                        self.paragraph("    ", &echo)?;
                    }
                    return Ok(Posed::Answered(state));
                }
                Err(error) => self.mistake(&error)?,
            }
        }
    }

    /// What is said then, with these values, and what to show of them.
    fn with(
        &self,
        asked: FactId,
        values: &[(FactId, Option<Value>)],
        before: &Order,
    ) -> Result<(State, Vec<String>), ValueError> {
        let mut state = self.state.clone();
        let mut echoes = Vec::new();
        for (fact, value) in values {
            state.given.set(*fact, value.clone());
            state.skipped.remove(fact);
            echoes.push(self.echo(*fact, value.as_ref()));
        }
        let order = read_back(&state.given, &self.extras, &self.reader);
        if let Some(error) = order.error.filter(|error| error.code != "missing_date") {
            return Err(ValueError::new(error.code, error.message, error.hint));
        }
        let unsaid = values.iter().any(|(fact, value)| *fact == asked && value.is_none());
        if unsaid {
            state.skipped.insert(asked);
        }
        let news = order.warnings.iter().filter(|warning| !before.warnings.contains(warning));
        let said = |warning: &Warning| self.words.0.said(&warning.message).into_owned();
        echoes.extend(news.map(|warning| format!("! {}", said(warning))));
        Ok((state, echoes))
    }

    /// What is said then, with a fact left unknown.
    fn without(&self, id: FactId) -> Result<(State, Vec<String>), ValueError> {
        if id == self.law.date_fact() {
            let hint = self.law.vocabulary().fact(id).parse("?").err().map(|error| error.hint);
            return Err(ValueError::new(
                "missing_date",
                self.words.no_date(),
                hint.unwrap_or_default(),
            ));
        }
        let mut state = self.state.clone();
        state.skipped.insert(id);
        Ok((state, vec![self.echo(id, None)]))
    }

    fn echo(&self, id: FactId, value: Option<&Value>) -> String {
        let fact = self.law.vocabulary().fact(id);
        let Some(value) = value else {
            return format!("{}: {}", fact.name, self.words.stays_unknown());
        };
        let shown = fact.show(value);
        let also = match value {
            Value::Country(_) => Countries::embedded().name(&shown, self.words.0),
            Value::Word(at) if self.words.0 == Language::Zh => {
                fact.words_zh.get(usize::from(*at)).map_or("", String::as_str)
            }
            Value::Text(sku) if &*fact.name == "item.sku" => {
                self.listener.chips.find(sku).map_or("", |chip| chip.column("name"))
            }
            _ => "",
        };
        match also.is_empty() {
            true => format!("{} = {shown}", fact.name),
            false => format!("{} = {shown} ({also})", fact.name),
        }
    }

    fn default(&self, id: FactId) -> Option<String> {
        if id == self.law.date_fact() {
            return Some(crate::today().to_string());
        }
        let taken = self.law.defaults().iter().find(|(fact, _)| *fact == id);
        taken.map(|(_, value)| self.law.vocabulary().fact(id).show(value))
    }

    /// Offers to go on for the review policy.
    fn offer(&mut self, facts: &BTreeSet<FactId>) -> io::Result<Posed> {
        let names = self.names(facts.iter().copied());
        let text = self.words.policy_offer(&names);
        self.paragraph("", "")?;
        self.paragraph("", &text)?;
        loop {
            self.paragraph("    ", self.words.yes_no())?;
            let Some(text) = self.answer(Some(self.words.no()))? else { return Ok(Posed::End) };
            match (text.trim(), yes_or_no(&text)) {
                ("<", _) => return Ok(Posed::Back),
                (_, Some(policy)) => {
                    let state = State { policy: Some(policy), ..self.state.clone() };
                    return Ok(Posed::Answered(state));
                }
                (_, None) => self.labeled(self.words.error(), self.words.neither())?,
            }
        }
    }

    fn names(&self, facts: impl Iterator<Item = FactId>) -> String {
        let names: Vec<&str> = facts.map(|id| &*self.law.vocabulary().fact(id).name).collect();
        names.join(self.words.0.pick(", ", "、"))
    }

    /// Writes a question: what is asked, why, and what can be answered.
    fn question(&mut self, id: FactId, aim: Aim, standing: &Standing) -> io::Result<()> {
        let law = self.law;
        let language = self.words.0;
        let fact = law.vocabulary().fact(id);
        self.paragraph("", "")?;
        let number = self.history.len() + 1;
        self.paragraph(&format!("{number}. "), &fact.question[language as usize])?;
        let why = self.why(id, aim, standing);
        self.labeled(self.words.because(), &why)?;
        match &fact.of {
            FactType::Bool => self.paragraph("    ", self.words.yes_no())?,
            FactType::Country => self.paragraph("    ", self.words.country())?,
            FactType::List(_) => self.paragraph("    ", self.words.several())?,
            FactType::Integer | FactType::Decimal if !fact.unit_text.is_empty() => {
                self.paragraph("    ", &fact.unit_text)?;
            }
            _ => {}
        }
        self.choices(id, language)?;
        if &*fact.name == "item.kind" {
            self.paragraph("    ", self.words.products())?;
        }
        Ok(())
    }

    /// The words that can be answered, with their numbers.
    fn choices(&mut self, id: FactId, language: Language) -> io::Result<()> {
        let fact = self.law.vocabulary().fact(id);
        let words = fact.of.words().unwrap_or_default();
        let widest = words.iter().map(|word| width(word)).max().unwrap_or(0);
        for (at, word) in words.iter().enumerate() {
            let chinese = fact.words_zh.get(at).filter(|_| language == Language::Zh);
            let line = match chinese {
                Some(chinese) => format!("{}  {chinese}", padded(word, widest)),
                None => word.to_string(),
            };
            self.paragraph(&format!("    {:>2}  ", at + 1), &line)?;
        }
        Ok(())
    }

    fn why(&self, id: FactId, aim: Aim, standing: &Standing) -> String {
        if id == self.law.date_fact() {
            return self.words.why_date().to_string();
        }
        let need = self.need(id, aim, standing);
        match need {
            None => self.words.why_default().to_string(),
            Some((rule, rules)) => {
                let text = self.rule_text(rule, &standing.order.facts);
                self.words.why(rules, &self.law.rule(rule).cite, &text)
            }
        }
    }

    fn need(&self, id: FactId, aim: Aim, standing: &Standing) -> Option<(RuleId, usize)> {
        let known = Known {
            law: self.law,
            given: &self.state.given,
            order: &standing.order,
            determination: standing.determination.as_ref()?,
            skipped: &self.state.skipped,
        };
        known.need(id, aim).map(|need| (need.first, need.rules))
    }

    fn rule_text(&self, rule: RuleId, facts: &Facts) -> String {
        let template = Template::new(&self.law.rule(rule).text[self.words.0 as usize]);
        let mut memory = Memory::default();
        Values::new(self.law, facts, &mut memory)
            .map_or_else(String::new, |mut values| filled(&template, &mut values))
    }

    /// Tells what a fact means, who defines it, and which rule needs it.
    fn explain(&mut self, id: FactId, aim: Aim, standing: &Standing) -> io::Result<()> {
        let language = self.words.0;
        let law = self.law;
        let fact = law.vocabulary().fact(id);
        let [label, meaning, source, words, unit, rule] = self.words.labels();
        self.labeled(label, &format!("{} ({})", fact.name, self.words.0.said(fact.of.word())))?;
        self.labeled(meaning, &fact.meaning[language as usize])?;
        if !fact.unit_text.is_empty() {
            self.labeled(unit, &fact.unit_text)?;
        }
        self.labeled(source, &fact.source)?;
        for (at, word) in fact.of.words().unwrap_or_default().iter().enumerate() {
            let chinese = fact.words_zh.get(at).map_or("", String::as_str);
            self.labeled(if at == 0 { words } else { "" }, &format!("{word}  {chinese}"))?;
        }
        if let Some((first, _)) = self.need(id, aim, standing) {
            let text = self.rule_text(first, &standing.order.facts);
            let found = law.rule(first);
            let sure = labels::sure(self.words.0, found.sure.word());
            self.labeled(rule, &format!("{} [{sure}], {}: {text}", found.id, found.cite))?;
        }
        Ok(())
    }

    fn mistake(&mut self, error: &ValueError) -> io::Result<()> {
        let language = self.words.0;
        self.labeled(self.words.error(), &language.said(&error.message))?;
        if error.hint.is_empty() {
            return Ok(());
        }
        self.labeled(self.words.hint(), &language.said(&error.hint))
    }

    fn labeled(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
        self.paragraph(&format!("    {}", padded(&label, LABEL_COLUMNS)), text)
    }

    /// Writes a text in lines of the width, all but the first indented as far as what leads it.
    fn paragraph(&mut self, lead: &str, text: &str) -> io::Result<()> {
        let indent = width(lead);
        let lines = wrapped(text, COLUMNS.saturating_sub(indent));
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { lead.to_string() } else { " ".repeat(indent) };
            writeln!(self.out, "{lead}{line}")?;
        }
        if lines.is_empty() {
            writeln!(self.out, "{}", lead.trim_end())?;
        }
        Ok(())
    }

    /// Reads an answer; `None` at the end of input.
    fn answer(&mut self, default: Option<&str>) -> io::Result<Option<String>> {
        match default {
            Some(default) => write!(self.out, "  [{default}] > ")?,
            None => write!(self.out, "  > ")?,
        }
        self.out.flush()?;
        let mut bytes = Vec::new();
        self.answers.read_until(b'\n', &mut bytes)?;
        let text =
            String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').trim().to_string();
        if !self.echoes {
            // What is piped in is not seen otherwise.
            writeln!(self.out, "{}", plain(&text))?;
        }
        Ok((!bytes.is_empty()).then_some(text))
    }

    /// Writes the answer as `weir check` does, and what keeps it open.
    fn close(&mut self, format: AnswerFormat, common: &Common) -> io::Result<()> {
        let standing = self.standing();
        self.paragraph("", "")?;
        let Some(determination) = standing.determination else {
            return self.paragraph("", self.words.no_date());
        };
        for line in self.verdict(&determination) {
            self.paragraph("", &line)?;
        }
        let granted = self.granted(&standing.order, &determination);
        if !granted.is_empty() {
            let text = self.words.granted(&granted);
            self.paragraph("", &text)?;
        }
        self.paragraph("", "")?;
        let book = Phrasebook::new(self.law, common.lang);
        let terminal = io::stdout().is_terminal();
        let manner =
            Manner { terminal, color: common.color(terminal), details: true, name: String::new() };
        let lines = [Answered::alone(standing.order, Some(determination))];
        match format {
            AnswerFormat::Table => {
                let mut sink = output::sink(Format::Table, &book, None, manner);
                sink.begin(&mut self.out)?;
                sink.write(&lines, &mut self.out)?;
                sink.end(&Tally::default(), &mut self.out)
            }
            AnswerFormat::Json => {
                let mut sink = output::sink(Format::Jsonl, &book, None, manner);
                sink.write(&lines, &mut io::stdout().lock())
            }
        }
    }

    /// Whether the outcome is settled, and what keeps it open if it is not.
    fn verdict(&self, determination: &Determination) -> Vec<String> {
        let readings = &determination.readings;
        if readings.iter().all(|answer| answer.outcome != Outcome::Unresolved) {
            // The offer to go on and what followed it did not serve to settle the outcome.
            let before = self.history.iter().filter(|state| state.policy.is_none()).count();
            let questions = before.saturating_sub(usize::from(self.state.policy.is_some()));
            return vec![self.words.settled(questions)];
        }
        let missing: BTreeSet<FactId> =
            readings.iter().flat_map(|answer| answer.missing.iter().copied()).collect();
        let names: Vec<&str> =
            missing.iter().map(|id| &*self.law.vocabulary().fact(*id).name).collect();
        let doubts: BTreeSet<DoubtSource> =
            readings.iter().flat_map(|answer| answer.doubts.iter().copied()).collect();
        let texts: Vec<String> = doubts.into_iter().map(|doubt| self.cite(doubt)).collect();
        self.words.open(&names, &texts)
    }

    fn cite(&self, doubt: DoubtSource) -> String {
        match doubt {
            DoubtSource::Rule(id) | DoubtSource::Gap(id) => self.law.rule(id).cite.clone(),
            DoubtSource::Status(id) => self.law.status(id).cite.clone(),
        }
    }

    /// The facts that were taken for granted and that the answer rests on, with their values.
    fn granted(&mut self, order: &Order, determination: &Determination) -> Vec<String> {
        let skipped = &self.state.skipped;
        let known =
            Known { law: self.law, given: &self.state.given, order, determination, skipped };
        let facts = known.taken_for_granted(&mut self.desk);
        facts
            .into_iter()
            .filter_map(|id| {
                let fact = self.law.vocabulary().fact(id);
                Some(format!("{} = {}", fact.name, fact.show(order.facts.get(id)?)))
            })
            .collect()
    }
}

/// A rule's text with the values that are known; in place of the others stands their name.
fn filled(template: &Template, values: &mut Values) -> String {
    let mut out = String::new();
    for segment in template.segments() {
        match segment {
            Segment::Text(text) => out.push_str(text),
            Segment::Value(name) => {
                let shown = values.show(name);
                out.push_str(if shown == "?" { name } else { &shown });
            }
        }
    }
    out
}
