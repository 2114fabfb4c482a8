//! `weir ask`: an interview that asks only what can still change the answer.
//!
//! This module must not decide or choose: the law says what is missing and what comes first. What
//! it saves is read back as any other order.

mod answers;
mod words;

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use law::eval::Memory;
use law::interview::{self, Question};
use law::text::Values;
use law::{Desk, Determination, Fact, FactId, Facts, Flag, Law, Reading, Value, ValueError};

use crate::catalogue::{Chips, Parts};
use crate::commands::check::{Answered, Tally};
use crate::input::framing::Record;
use crate::input::rows::{Order, Reader};
use crate::language::Language;
use crate::output::wrapping::wrapped;
use crate::output::{self, Manner, table_columns};
use crate::wording::Phrasebook;
use crate::{Common, Done, today};

/// Asks for the facts of one transaction, one at a time, and only for those that can still change
/// the answer.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is known already, such as `destination=MY` or `item.sku=nvidia-h100-sxm`.
    #[arg(value_name = "FACT=VALUE")]
    known: Vec<String>,
    /// Write the transaction as JSON, for `weir check` and `weir explain`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The form of the answer; the interview then goes to standard error.
    #[arg(long, default_value = "table")]
    format: Format,
    /// Ask on until the review policy and what is due are settled too.
    #[arg(long)]
    thorough: bool,
}

/// A form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// One JSON object.
    Json,
}

/// The facts with which an interview begins, whatever the law of the day.
const OPENING: [&str; 4] = ["date", "activity", "destination", "item.sku"];
/// How many rules are told as the reason of a question.
const REASONS_TOLD: usize = 2;

/// What somebody said to a question.
enum Said {
    /// A value, or that it is unknown.
    Answer(Option<Value>),
    /// The question before.
    Back,
    /// No more questions.
    Stop,
}

struct Interview<'i> {
    law: &'i Law,
    reader: Reader<'i>,
    language: Language,
    columns: usize,
    thorough: bool,
    answers: Vec<(FactId, Option<Value>)>,
    /// How many of the answers were there before the first question.
    known: usize,
    desk: Desk,
}

/// Runs the command.
///
/// # Errors
/// Bad usage, an unreadable law, a file that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    let parts = Parts::new(Vec::new());
    let terminal = io::stdout().is_terminal();
    let mut interview = Interview {
        law: &law,
        reader: Reader::new(&law, &chips, &parts, None, b',', false),
        language: common.lang,
        columns: table_columns(terminal),
        thorough: args.thorough,
        answers: Vec::new(),
        known: 0,
        desk: Desk::default(),
    };
    interview.begin_with(&args.known)?;
    let input = &mut io::stdin().lock();
    let finished = match args.format {
        Format::Table => interview.hold(input, &mut io::stdout().lock()),
        Format::Json => interview.hold(input, &mut io::stderr().lock()),
    };
    let Some((order, found)) = finished? else {
        common.warn(words::no_date(common.lang));
        return Ok(Done::Bad);
    };
    if let Some(path) = &args.save {
        let text = format!("{}\n", answers::json(law.vocabulary(), &interview.answers));
        fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
        common.say(&words::saved(common.lang, &path.display().to_string()));
    }
    let book = Phrasebook::new(&law, common.lang);
    let manner =
        Manner { terminal, color: common.color(terminal), details: true, name: String::new() };
    let form = match args.format {
        Format::Table => output::Format::Table,
        Format::Json => output::Format::Jsonl,
    };
    let mut sink = output::sink(form, &book, None, manner);
    let out = &mut io::stdout().lock();
    let written = sink
        .begin(out)
        .and_then(|()| sink.write(&[Answered::alone(order, Some(found))], out))
        .and_then(|()| sink.end(&Tally::default(), out))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Done::Good),
    }
}

impl Interview<'_> {
    /// Takes what the command line says as answered.
    fn begin_with(&mut self, known: &[String]) -> anyhow::Result<()> {
        for text in known {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| anyhow!("`{text}` is not FACT=VALUE\n\nhint: destination=MY"))?;
            let Some(id) = self.law.vocabulary().find(name.trim()) else {
                let hint = self.law.vocabulary().nearest(name).unwrap_or("see `weir law facts`");
                bail!("there is no fact `{name}`\n\nhint: {hint}");
            };
            let value = answers::read(self.law.vocabulary().fact(id), value)
                .map_err(|error| anyhow!("{}\n\nhint: {}", error.message, error.hint))?;
            self.answers.push((id, value));
        }
        self.known = self.answers.len();
        Ok(())
    }

    /// Asks until nothing is open or nobody answers. `None` where there is no date.
    fn hold(
        &mut self,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
    ) -> anyhow::Result<Option<(Order, Determination)>> {
        self.say(out, words::greeting(self.language))?;
        loop {
            let order = self.order();
            let found = self.law.decide(&order.facts, None, &mut self.desk);
            let question = match self.opening() {
                Some(fact) => Question { fact, rules: Vec::new(), readings: Vec::new() },
                None => match self.next(&order, found.as_ref()) {
                    Some(question) => question,
                    None => break,
                },
            };
            if let (Some(found), false) = (&found, question.rules.is_empty()) {
                self.tell_settled(out, found)?;
            }
            match self.ask(input, out, &question, &order.facts)? {
                Said::Answer(value) => self.answers.push((question.fact, value)),
                Said::Back if self.answers.len() > self.known => {
                    self.answers.pop();
                }
                Said::Back => self.say(out, words::nothing_before(self.language))?,
                Said::Stop => break,
            }
        }
        let mut order = self.order();
        self.reader.translate(&mut order, self.language);
        let found = self.law.decide(&order.facts, None, &mut self.desk);
        writeln!(out)?;
        Ok(found.map(|found| (order, found)))
    }

    /// The transaction so far, read as an order book would be.
    fn order(&self) -> Order {
        let json = answers::json(self.law.vocabulary(), &self.answers);
        let record = Record { bytes: json.into_bytes(), row: 1, problem: None };
        self.reader.read(&record, 1, &mut self.reader.scratch())
    }

    /// The next of the facts with which every interview begins.
    fn opening(&self) -> Option<FactId> {
        let vocabulary = self.law.vocabulary();
        let item = vocabulary.facts().filter(|(_, fact)| fact.name.starts_with("item."));
        let described = item.map(|(id, _)| id).any(|id| self.is_answered(id));
        OPENING
            .into_iter()
            .filter(|name| *name != "item.sku" || !described)
            .filter_map(|name| vocabulary.find(name))
            .find(|fact| !self.is_answered(*fact))
    }

    fn is_answered(&self, fact: FactId) -> bool {
        self.answers.iter().any(|(known, _)| *known == fact)
    }

    fn next(&mut self, order: &Order, found: Option<&Determination>) -> Option<Question> {
        let found = found?;
        let asked: Vec<FactId> = self.answers.iter().map(|(fact, _)| *fact).collect();
        let question = interview::next(self.law, &order.facts, found, &asked, &mut self.desk);
        if question.is_some() || !self.thorough {
            return question;
        }
        Reading::BOTH.into_iter().find_map(|reading| {
            found.reading(reading).flags.iter().find_map(|flag| {
                let (facts, rules) = match flag {
                    Flag::PolicyOpen(facts, _) => (facts, Vec::new()),
                    Flag::MayBeDue(rule, facts) => (facts, vec![*rule]),
                    _ => return None,
                };
                let fact = facts.iter().copied().find(|fact| !asked.contains(fact))?;
                Some(Question { fact, rules, readings: vec![reading] })
            })
        })
    }

    /// Asks one question until it is answered.
    fn ask(
        &self,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
        question: &Question,
        facts: &Facts,
    ) -> anyhow::Result<Said> {
        let fact = self.law.vocabulary().fact(question.fact);
        let language = self.language;
        writeln!(out)?;
        self.say(out, &fact.question[language as usize])?;
        self.tell_why(out, question, facts, REASONS_TOLD)?;
        self.tell_choices(out, fact)?;
        let default = self.default(fact);
        loop {
            let shown = default.as_deref().map_or(String::new(), |text| format!(" [{text}]"));
            write!(out, "{}{shown}> ", fact.name)?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                writeln!(out)?;
                return Ok(Said::Stop);
            }
            let text = line.trim();
            if !io::stdin().is_terminal() {
                // What is typed on a terminal is seen there already.
                writeln!(out, "{text}")?;
            }
            match text {
                "<" => return Ok(Said::Back),
                "." => return Ok(Said::Stop),
                "?" | "？" => self.help(out, question, facts)?,
                _ if answers::is_unknown(text) || (text.is_empty() && default.is_none()) => {
                    if question.fact != self.law.date_fact() && !text.is_empty() {
                        return Ok(Said::Answer(None));
                    }
                    let needed = question.fact == self.law.date_fact();
                    self.say(out, words::answer_wanted(language, needed))?;
                }
                _ => {
                    let text =
                        if text.is_empty() { default.as_deref().unwrap_or("") } else { text };
                    match self.value(fact, text) {
                        Ok(value) => {
                            self.echo(out, fact, text, value.as_ref())?;
                            return Ok(Said::Answer(value));
                        }
                        Err(error) => self.tell_error(out, &error)?,
                    }
                }
            }
        }
    }

    /// Reads an answer; a product must be one of the catalog.
    fn value(&self, fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
        let value = answers::read(fact, text)?;
        if let ("item.sku", Some(Value::Text(sku))) = (&*fact.name, &value)
            && self.reader.chips.find(sku).is_none()
        {
            let near = self.reader.chips.suggestions(sku);
            let hint = match near.as_slice() {
                [] => words::no_such_chip_hint(self.language).to_string(),
                near => words::suggestion(self.language, &near.join(", ")),
            };
            return Err(ValueError::new(
                "unknown_sku",
                words::no_such_chip(self.language, sku),
                hint,
            ));
        }
        Ok(value)
    }

    fn default(&self, fact: &Fact) -> Option<String> {
        match &*fact.name {
            "date" => Some(today().to_string()),
            _ => fact.default.clone(),
        }
    }

    // --- What is said ---

    fn say(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        wrapped(text, self.columns).iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    fn indented(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        let lines = wrapped(text, self.columns.saturating_sub(2));
        lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
    }

    fn tell_error(&self, out: &mut dyn Write, error: &ValueError) -> io::Result<()> {
        self.say(out, &error.message)?;
        if error.hint.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        self.say(out, &format!("hint: {}", error.hint))
    }

    /// Which readings are settled and which are open.
    fn tell_settled(&self, out: &mut dyn Write, found: &Determination) -> io::Result<()> {
        let open = |reading: Reading| !found.reading(reading).missing.is_empty();
        if open(Reading::Written) == open(Reading::Enforced) {
            return Ok(());
        }
        let settled = if open(Reading::Written) { Reading::Enforced } else { Reading::Written };
        let outcome = self.language.outcome(found.reading(settled).outcome);
        writeln!(out)?;
        self.say(out, &words::one_settled(self.language, settled, outcome))
    }

    fn tell_why(
        &self,
        out: &mut dyn Write,
        question: &Question,
        facts: &Facts,
        most: usize,
    ) -> io::Result<()> {
        let language = self.language;
        let mut memory = Memory::default();
        let mut values = Values::new(self.law, facts, &mut memory);
        for rule in question.rules.iter().take(most) {
            let rule = self.law.rule(*rule);
            let text = answers::filled(&rule.text[language as usize], values.as_mut());
            self.indented(out, &words::because(language, &rule.cite, &text))?;
        }
        if question.rules.len() > most {
            self.indented(out, &words::more_rules(language, question.rules.len() - most))?;
        }
        Ok(())
    }

    fn tell_choices(&self, out: &mut dyn Write, fact: &Fact) -> io::Result<()> {
        let Some(choices) = fact.of.words() else { return Ok(()) };
        for (at, word) in choices.iter().enumerate() {
            let told = fact.words_zh.get(at).filter(|_| self.language == Language::Zh);
            let told = told.map_or(String::new(), |chinese| format!("  {chinese}"));
            self.indented(out, &format!("{}  {word}{told}", at + 1))?;
        }
        if matches!(fact.of, law::FactType::List(_)) {
            self.indented(out, words::list_hint(self.language))?;
        }
        Ok(())
    }

    fn help(&self, out: &mut dyn Write, question: &Question, facts: &Facts) -> io::Result<()> {
        let language = self.language;
        let fact = self.law.vocabulary().fact(question.fact);
        self.indented(out, &fact.meaning[language as usize])?;
        if !fact.source.is_empty() {
            self.indented(out, &words::source(language, &fact.source))?;
        }
        self.tell_why(out, question, facts, usize::MAX)?;
        self.tell_choices(out, fact)?;
        self.indented(out, words::commands(language))
    }

    /// Says how an answer was understood, where it was not written as it is kept.
    fn echo(
        &self,
        out: &mut dyn Write,
        fact: &Fact,
        text: &str,
        value: Option<&Value>,
    ) -> io::Result<()> {
        let Some(value) = value else { return Ok(()) };
        let kept = fact.show(value);
        if kept == text && !matches!(value, Value::Country(_)) {
            return Ok(());
        }
        self.indented(out, &format!("= {}", answers::named(&kept, value, self.language)))
    }
}
