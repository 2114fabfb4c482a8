//! Puts determinations into words, in English or Chinese: the one source of what every output says.

use std::borrow::Cow;

use jiff::civil::Date;
use law::decide::Because;
use law::eval::Memory;
use law::node::DoubtSource;
use law::pack::Body;
use law::text::{Template, Values, grouped};
use law::{Answer, Determination, Draw, FactId, Facts, Flag, Law, Outcome, Policy, RuleId};

use crate::language::Language;

/// The texts of a law, cut at their placeholders once.
pub struct Phrasebook<'l> {
    /// The law.
    pub law: &'l Law,
    /// The language.
    pub language: Language,
    texts: Vec<Template>,
    otherwise: Vec<Option<Template>>,
    statuses: Vec<Template>,
    /// The exceptions that bring an obligation, by rule.
    bringing: Vec<Vec<&'l str>>,
    unverified: String,
    before_first: String,
}

/// A determination in words.
pub struct Worded<'w> {
    /// Paragraphs of the control list.
    pub classification: Vec<&'w str>,
    /// The two readings.
    pub readings: [WordedAnswer<'w>; 2],
}

/// One reading in words.
pub struct WordedAnswer<'w> {
    /// What the law says.
    pub outcome: Outcome,
    /// Codes of the exceptions, the one taken first.
    pub exceptions: Vec<&'w str>,
    /// How an application is reviewed.
    pub policy: Option<Policy>,
    /// The chain.
    pub because: Vec<Link<'w>>,
    /// What is due.
    pub obligations: Vec<Duty<'w>>,
    /// What the line draws.
    pub draws: Vec<Drawing<'w>>,
    /// Red flags and remarks.
    pub flags: Vec<Link<'w>>,
    /// Names of the facts that would settle it.
    pub missing: Vec<&'w str>,
    /// Texts that keep it open.
    pub doubts: Vec<Link<'w>>,
}

/// A rule and what it says here.
pub struct Link<'w> {
    /// The rule's id, or a word for what the program itself says.
    pub rule: &'w str,
    /// The paragraph; empty where the program itself speaks.
    pub cite: &'w str,
    /// How sure the rule is, where it is not official text.
    pub sure: Option<&'static str>,
    /// What it says.
    pub text: Cow<'w, str>,
    /// Which link it is, where it says the same of every transaction.
    pub fixed: Option<Fixed>,
}

/// A link that says the same of every transaction, so that an output can write it beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// A rule that holds.
    Rule(RuleId),
    /// A requirement that does not hold.
    Otherwise(RuleId),
}

/// Something that is due.
pub struct Duty<'w> {
    /// The obligation.
    pub id: RuleId,
    /// The rule's id.
    pub rule: &'w str,
    /// `certify`, `notify`, `report`, `record`, `document`.
    pub kind: &'w str,
    /// The paragraph.
    pub cite: &'w str,
    /// When, in words.
    pub due: &'w str,
    /// The day, where the rule gives one.
    pub date: Option<String>,
    /// The exceptions that bring it.
    pub exceptions: Vec<&'w str>,
    /// What it says.
    pub text: Cow<'w, str>,
}

/// What a line draws on a quota.
pub struct Drawing<'w> {
    /// The quota's id.
    pub quota: &'w str,
    /// The paragraph.
    pub cite: &'w str,
    /// The account.
    pub key: Option<String>,
    /// The unit.
    pub unit: &'w str,
    /// The numbers.
    pub draw: Draw,
}

impl<'l> Phrasebook<'l> {
    /// Cuts the texts of a law in a language.
    pub fn new(law: &'l Law, language: Language) -> Phrasebook<'l> {
        let at = language as usize;
        Phrasebook {
            law,
            language,
            texts: law.rules().map(|(_, rule)| Template::new(&rule.rule.text[at])).collect(),
            otherwise: law
                .rules()
                .map(|(_, rule)| match &rule.rule.body {
                    Body::Requirement { otherwise, .. } => Some(Template::new(&otherwise[at])),
                    _ => None,
                })
                .collect(),
            statuses: law.statuses().iter().map(|status| Template::new(&status.text[at])).collect(),
            bringing: law.rules().map(|(_, rule)| bringing(law, &rule.rule.body)).collect(),
            unverified: language.unverified(&law.verified_through().to_string()),
            before_first: language.before_first(&law.first_day().to_string()),
        }
    }

    /// What a link says of every transaction, if it says the same of all.
    pub fn fixed(&self, link: Fixed) -> Option<Link<'_>> {
        let mut voice = Voice { book: self, values: None };
        let link = match link {
            Fixed::Rule(id) => voice.rule(id),
            Fixed::Otherwise(id) => voice.otherwise(id),
        };
        link.fixed.is_some().then_some(link)
    }

    /// Puts a determination into words.
    pub fn word<'w>(
        &'w self,
        determination: &Determination,
        facts: &'w Facts,
        memory: &'w mut Memory,
    ) -> Worded<'w> {
        let codes = self.law.class_codes();
        let mut values = Values::new(self.law, facts, memory);
        let mut voice = Voice { book: self, values: values.as_mut() };
        Worded {
            classification: determination
                .classification
                .iter()
                .filter_map(|code| codes.get(usize::from(*code)).map(String::as_str))
                .collect(),
            readings: [
                voice.answer(&determination.readings[0]),
                voice.answer(&determination.readings[1]),
            ],
        }
    }

    /// What an interviewer asks to learn a fact; empty where there is no such fact.
    pub fn question(&self, name: &str) -> String {
        let vocabulary = self.law.vocabulary();
        let Some(id) = vocabulary.find(name) else { return String::new() };
        vocabulary.fact(id).question[self.language as usize].clone()
    }

    /// What a rule says of every transaction, if it says the same of all.
    pub fn fixed_text(&self, rule: RuleId) -> Option<&str> {
        plain(&self.texts[rule.0 as usize])
    }

    /// The name of a fact.
    pub fn fact_name(&self, fact: FactId) -> &str {
        &self.law.vocabulary().fact(fact).name
    }
}

/// A phrasebook with the values of one transaction.
struct Voice<'w, 'v, 'm> {
    book: &'w Phrasebook<'w>,
    values: Option<&'v mut Values<'m>>,
}

impl<'w> Voice<'w, '_, '_> {
    fn answer(&mut self, answer: &Answer) -> WordedAnswer<'w> {
        let law = self.book.law;
        let code = |code: &u8| law.exception_codes().get(usize::from(*code)).map(String::as_str);
        let exceptions: Vec<&'w str> = answer.exceptions.iter().filter_map(code).collect();
        WordedAnswer {
            outcome: answer.outcome,
            policy: answer.policy,
            because: answer.because.iter().map(|link| self.because(link)).collect(),
            obligations: answer
                .obligations
                .iter()
                .filter_map(|due| self.duty(due.rule, due.date, &exceptions))
                .collect(),
            draws: answer.draws.iter().map(|draw| self.drawing(draw)).collect(),
            flags: answer.flags.iter().map(|flag| self.flag(flag)).collect(),
            missing: answer.missing.iter().map(|fact| self.book.fact_name(*fact)).collect(),
            doubts: answer.doubts.iter().map(|doubt| self.doubt(*doubt)).collect(),
            exceptions,
        }
    }

    fn fill(&mut self, template: &'w Template) -> Cow<'w, str> {
        match (plain(template), self.values.as_deref_mut()) {
            (Some(text), _) => Cow::Borrowed(text),
            (None, Some(values)) => Cow::Owned(template.fill(values)),
            _ => Cow::Borrowed(""),
        }
    }

    fn rule(&mut self, id: RuleId) -> Link<'w> {
        let template = &self.book.texts[id.0 as usize];
        self.rule_saying(id, template, Fixed::Rule(id))
    }

    fn otherwise(&mut self, id: RuleId) -> Link<'w> {
        match &self.book.otherwise[id.0 as usize] {
            Some(template) => self.rule_saying(id, template, Fixed::Otherwise(id)),
            None => self.rule(id),
        }
    }

    fn rule_saying(&mut self, id: RuleId, template: &'w Template, fixed: Fixed) -> Link<'w> {
        let rule = self.book.law.rule(id);
        Link {
            rule: &rule.id,
            cite: &rule.cite,
            sure: (rule.sure != law::Sure::Official).then(|| rule.sure.word()),
            text: self.fill(template),
            fixed: plain(template).map(|_| fixed),
        }
    }

    fn because(&mut self, link: &Because) -> Link<'w> {
        let (law, language) = (self.book.law, self.book.language);
        match link {
            Because::Rule(id) => self.rule(*id),
            Because::Otherwise(id) => self.otherwise(*id),
            Because::Suspended(id, status) => {
                let announced = law.status(*status);
                Link {
                    rule: &law.rule(*id).id,
                    cite: &announced.cite,
                    sure: (announced.sure != law::Sure::Official).then(|| announced.sure.word()),
                    text: self.fill(&self.book.statuses[status.0 as usize]),
                    fixed: None,
                }
            }
            Because::Full(draw) => {
                let quota = law.rule(draw.quota);
                let unit = unit_of(&quota.body);
                let over = grouped(draw.remaining).trim_start_matches('-').to_string();
                let text =
                    language.over_limit(&over, &grouped(draw.amount), &grouped(draw.limit), unit);
                let text = Cow::Owned(text);
                Link { rule: &quota.id, cite: &quota.cite, sure: None, text, fixed: None }
            }
            Because::NoRequirement => Link {
                rule: "no-requirement",
                cite: "",
                sure: None,
                text: Cow::Borrowed(language.no_requirement()),
                fixed: None,
            },
        }
    }

    fn duty(&mut self, id: RuleId, date: Option<Date>, exceptions: &[&'w str]) -> Option<Duty<'w>> {
        let rule = self.book.law.rule(id);
        let Body::Obligation(obligation) = &rule.body else { return None };
        let bringing = &self.book.bringing[id.0 as usize];
        let brought = |code: &&&'w str| bringing.contains(*code);
        Some(Duty {
            id,
            rule: &rule.id,
            kind: &obligation.kind,
            cite: &rule.cite,
            due: &obligation.due[self.book.language as usize],
            date: date.map(day),
            exceptions: exceptions.iter().filter(brought).copied().collect(),
            text: self.fill(&self.book.texts[id.0 as usize]),
        })
    }

    fn drawing(&self, draw: &Draw) -> Drawing<'w> {
        let quota = self.book.law.rule(draw.quota);
        Drawing {
            quota: &quota.id,
            cite: &quota.cite,
            key: draw.key.clone(),
            unit: unit_of(&quota.body),
            draw: draw.clone(),
        }
    }

    fn flag(&mut self, flag: &Flag) -> Link<'w> {
        let (law, language) = (self.book.law, self.book.language);
        let own = |rule: &'static str, text: Cow<'w, str>| Link {
            rule,
            cite: "",
            sure: None,
            text,
            fixed: None,
        };
        match flag {
            Flag::Rule(id) => self.rule(*id),
            Flag::Coming(id) => {
                let link = self.rule(*id);
                let rule = law.rule(*id);
                let text = language.coming(
                    &rule.effective.to_string(),
                    &rule.from.to_string(),
                    &link.text,
                );
                Link { text: Cow::Owned(text), fixed: None, ..link }
            }
            Flag::MayBeDue(id, facts) => {
                let link = self.rule(*id);
                let text = language.may_be_due(&link.text, &self.names(facts));
                Link { text: Cow::Owned(text), fixed: None, ..link }
            }
            Flag::PolicyOpen(facts, doubts) => {
                let mut on = self.names(facts);
                on.extend(doubts.iter().map(|doubt| self.doubt(*doubt).cite));
                own("policy-open", Cow::Owned(language.policy_open(&on)))
            }
            Flag::Unverified => own("unverified", Cow::Borrowed(&self.book.unverified)),
            Flag::BeforeFirst => own("before-first", Cow::Borrowed(&self.book.before_first)),
            Flag::Hypothetical(pack) => {
                let title = &law.packs()[*pack].title[language as usize];
                own("hypothetical", Cow::Owned(language.hypothetical(title)))
            }
        }
    }

    fn names(&self, facts: &[FactId]) -> Vec<&'w str> {
        facts.iter().map(|fact| self.book.fact_name(*fact)).collect()
    }

    fn doubt(&mut self, source: DoubtSource) -> Link<'w> {
        let law = self.book.law;
        match source {
            DoubtSource::Rule(id) => self.rule(id),
            DoubtSource::Status(id) => {
                let status = law.status(id);
                Link {
                    rule: "status",
                    cite: &status.cite,
                    sure: Some(status.sure.word()),
                    text: self.fill(&self.book.statuses[id.0 as usize]),
                    fixed: None,
                }
            }
            DoubtSource::Gap(id) => {
                let rule = law.rule(id);
                Link {
                    rule: &rule.id,
                    cite: &rule.cite,
                    sure: None,
                    text: Cow::Borrowed(self.book.language.no_limit_on_that_day()),
                    fixed: None,
                }
            }
        }
    }
}

/// The text of a template in which nothing is to be filled in.
fn plain(template: &Template) -> Option<&str> {
    match template.segments() {
        [law::text::Segment::Text(text)] => Some(text),
        _ => None,
    }
}

/// The codes of the exceptions that bring an obligation. It names one by its code or by the id of
/// one of its rules.
fn bringing<'l>(law: &'l Law, body: &Body) -> Vec<&'l str> {
    let Body::Obligation(obligation) = body else { return Vec::new() };
    let names = |on: &str, code: &str| {
        on == code
            || law.rules_named(on).any(|(_, rule)| {
                matches!(&rule.rule.body, Body::Exception { code: own, .. } if own == code)
            })
    };
    let codes = law.exception_codes().iter().map(String::as_str);
    codes.filter(|code| obligation.on.iter().any(|(on, _)| names(on, code))).collect()
}

/// A day as `YYYY-MM-DD`: what every line has several of is not worth a formatter.
pub fn day(date: Date) -> String {
    let Ok(year) = u16::try_from(date.year()) else { return date.to_string() };
    let digit = |number: u16| char::from(b'0' + (number % 10) as u8);
    let (month, day) = (date.month().unsigned_abs().into(), date.day().unsigned_abs().into());
    let mut out = String::with_capacity("YYYY-MM-DD".len());
    out.extend([year / 1000, year / 100, year / 10, year].map(digit));
    for number in [month, day] {
        out.push('-');
        out.extend([number / 10, number].map(digit));
    }
    out
}

fn unit_of(body: &Body) -> &str {
    match body {
        Body::Quota(quota) => &quota.unit,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_jiff_writes_them() {
        for (year, month, number) in
            [(2025, 1, 9), (2026, 12, 31), (1, 10, 1), (9999, 2, 28), (-5, 3, 4)]
        {
            let date = jiff::civil::date(year, month, number);
            assert_eq!(day(date), date.to_string());
        }
    }
}
