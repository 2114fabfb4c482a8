//! A law pack as written: its blocks, typed, each with its place in the document.
//!
//! Reading stops at form. What the words mean together (unknown facts, units, cycles) is the task
//! of [`crate::check`]; what they say on a day is that of [`crate::regime`].

mod read;

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use crate::country::Country;
use crate::diagnostic::Source;
use crate::expr::Expr;
use crate::fields::Item;

/// One document of the law.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Stable name, such as `us.ear.ai-diffusion`.
    pub id: String,
    /// Title in English and Chinese.
    pub title: [String; 2],
    /// The instrument.
    pub cite: String,
    /// Day of publication, where there is one.
    pub published: Option<Date>,
    /// First day in force of its rules, unless they say otherwise.
    pub effective: Date,
    /// First day on which its rules bind, unless they say otherwise.
    pub comply_by: Option<Date>,
    /// Last day for which somebody checked that nothing newer is known.
    pub verified_through: Date,
    /// How sure its rules are, unless they say otherwise.
    pub sure: Sure,
    /// Whether this is no law but a supposition.
    pub hypothetical: bool,
    /// The document.
    pub source: Arc<Source>,
    /// Its blocks in order.
    pub blocks: Vec<Block>,
    /// Where its `pack` block stands.
    pub span: Range<usize>,
}

/// How sure somebody can be of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// The official text was read.
    Official,
    /// A source that quotes it word for word was read.
    Quoted,
    /// A paraphrase was read.
    Secondary,
    /// From memory.
    Memory,
    /// Inferred from other rules.
    Inferred,
}

impl Sure {
    const WORDS: [&'static str; 5] = ["official", "quoted", "secondary", "memory", "inferred"];

    /// The word of the packs.
    pub fn word(self) -> &'static str {
        Sure::WORDS[self as usize]
    }
}

/// One of the two readings of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reading {
    /// The codified text.
    Written,
    /// The same under the agency's announced enforcement policy.
    Enforced,
}

impl Reading {
    /// Both, in order.
    pub const BOTH: [Reading; 2] = [Reading::Written, Reading::Enforced];

    /// The word of the packs and of the answers.
    pub fn word(self) -> &'static str {
        match self {
            Reading::Written => "written",
            Reading::Enforced => "enforced",
        }
    }
}

/// A block of a pack.
#[derive(Clone, Debug)]
pub enum Block {
    /// A rule of any kind.
    Rule(Box<Rule>),
    /// A name for a condition or a number.
    Define(Define),
    /// A list of countries.
    Set(Set),
    /// Changes to a set that another block declares.
    Change(String, Range<usize>, SetChange),
    /// A country that the law treats as another.
    Treat(Treat),
    /// How an absent fact is computed.
    Derive(Derive),
    /// What was announced about rules.
    Status(Status),
    /// A worked case.
    Case(Case),
}

/// A rule: what every kind shares, and what its kind adds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique name.
    pub id: String,
    /// What its kind adds.
    pub body: Body,
    /// The paragraph.
    pub cite: String,
    /// What a user reads, in English and Chinese.
    pub text: [String; 2],
    /// How sure it is.
    pub sure: Sure,
    /// Where it holds.
    pub when: Option<Expr>,
    /// Where it does not.
    pub unless: Option<Expr>,
    /// First day in force.
    pub effective: Date,
    /// First day on which it binds.
    pub from: Date,
    /// Last day in force.
    pub through: Option<Date>,
    /// The only reading it belongs to.
    pub reading: Option<Reading>,
    /// Rules that end on the day before `from`.
    pub replaces: Vec<(String, Range<usize>)>,
    /// Where it stands.
    pub span: Range<usize>,
    /// The heading it stands under.
    pub heading: String,
}

/// A word with its place in the document.
pub type Placed = (String, Range<usize>);

/// What a kind of rule adds.
#[derive(Clone, Debug)]
pub enum Body {
    /// An item falls under a paragraph.
    Class {
        /// The paragraph, such as `3A090.a`.
        code: String,
    },
    /// A license is required.
    Requirement {
        /// Place in the order of tests.
        group: Group,
        /// Which transactions it is about at all.
        about: Option<Expr>,
        /// What to say where it is about one and does not hold.
        otherwise: [String; 2],
        /// Codes of the exceptions that can overcome it.
        overcome_by: Vec<Placed>,
    },
    /// An exception or authorization.
    Exception {
        /// Its code, such as `LPP`.
        code: String,
        /// Quotas that must have room.
        draws: Vec<Placed>,
    },
    /// Something that takes exceptions away.
    Bar {
        /// Codes, or `*`.
        bars: Vec<Placed>,
        /// Codes that it leaves.
        spares: Vec<Placed>,
    },
    /// A conflict or gap.
    Doubt {
        /// Rules in doubt; empty for a requirement that may or may not exist.
        about: Vec<Placed>,
        /// Whether it can keep an answer open.
        blocking: bool,
    },
    /// How an application is reviewed.
    Policy {
        /// Requirements it is for.
        requirements: Vec<Placed>,
        /// The policy.
        result: Policy,
        /// Lower goes first.
        rank: i32,
        /// Quotas that must have room.
        draws: Vec<Placed>,
    },
    /// An amount that may be drawn.
    Quota(Box<Quota>),
    /// Something that is due.
    Obligation(Box<Obligation>),
    /// A red flag or remark.
    Flag,
}

impl Body {
    /// The word of the packs.
    pub fn word(&self) -> &'static str {
        match self {
            Body::Class { .. } => "class",
            Body::Requirement { .. } => "requirement",
            Body::Exception { .. } => "exception",
            Body::Bar { .. } => "bar",
            Body::Doubt { .. } => "doubt",
            Body::Policy { .. } => "policy",
            Body::Quota(_) => "quota",
            Body::Obligation(_) => "obligation",
            Body::Flag => "flag",
        }
    }
}

/// The place of a requirement in the order of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Parties to the transaction.
    Party,
    /// End use.
    EndUse,
    /// Embargoed destinations.
    Embargo,
    /// Letters to the exporter.
    Letter,
    /// Destination.
    Destination,
    /// Headquarters of a party.
    Headquarters,
    /// The item wherever it goes.
    Item,
}

impl Group {
    const WORDS: [&'static str; 7] =
        ["party", "end_use", "embargo", "letter", "destination", "headquarters", "item"];

    /// The word of the packs.
    pub fn word(self) -> &'static str {
        Group::WORDS[self as usize]
    }
}

/// How an application is reviewed, from the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// Presumption of approval.
    PresumptionOfApproval,
    /// Case by case.
    CaseByCase,
    /// Presumption of denial.
    PresumptionOfDenial,
    /// Policy of denial.
    PolicyOfDenial,
}

impl Policy {
    /// All, from the mildest.
    pub const ALL: [Policy; 4] = [
        Policy::PresumptionOfApproval,
        Policy::CaseByCase,
        Policy::PresumptionOfDenial,
        Policy::PolicyOfDenial,
    ];
    const WORDS: [&'static str; 4] =
        ["presumption_of_approval", "case_by_case", "presumption_of_denial", "policy_of_denial"];

    /// The word of the packs and of the answers.
    pub fn word(self) -> &'static str {
        Policy::WORDS[self as usize]
    }
}

/// An amount that may be drawn.
#[derive(Clone, Debug)]
pub struct Quota {
    /// How it counts.
    pub kind: QuotaKind,
    /// The fact that says what was drawn before.
    pub used: Placed,
    /// What a transaction draws.
    pub amount: Expr,
    /// The limit, or none where steps give it.
    pub limit: Option<Expr>,
    /// Limits by time.
    pub steps: Vec<Step>,
    /// `ratio`: the whole of which `used` is a share, and what the transaction adds to it.
    pub base: Option<(Placed, Expr)>,
    /// The facts that name the account.
    pub key: Vec<Placed>,
    /// `ratio`: which transactions add to the whole (those of `when` where none is given), and the
    /// facts that name its account.
    pub base_when: Option<Expr>,
    /// The facts that name the account of the whole; empty: those of `key`.
    pub base_key: Vec<Placed>,
    /// The fact that another limit, recorded for the account, fills.
    pub raised: Option<Placed>,
    /// Whether the account is the ultimate owner's of the party that its key names.
    pub consolidated: bool,
    /// The unit of the amounts.
    pub unit: String,
}

/// How a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaKind {
    /// Everything since its start.
    Cumulative,
    /// A calendar year.
    CalendarYear,
    /// What is installed.
    InstalledBase,
    /// A share of a whole.
    Ratio,
}

impl QuotaKind {
    const WORDS: [&'static str; 4] = ["cumulative", "calendar_year", "installed_base", "ratio"];

    /// The word of the packs.
    pub fn word(self) -> &'static str {
        QuotaKind::WORDS[self as usize]
    }
}

/// A limit for some days.
#[derive(Clone, Debug)]
pub struct Step {
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The limit.
    pub limit: Expr,
}

/// Something that is due.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// Rules or exception codes that bring it; empty: every transaction where it holds.
    pub on: Vec<Placed>,
    /// `certify`, `notify`, `report`, `record`, `document`.
    pub kind: String,
    /// What the file must hold for it to be off the list.
    pub done: Option<Expr>,
    /// When, in words, in English and Chinese.
    pub due: [String; 2],
    /// Days from the transaction; negative is before.
    pub due_days: Option<i32>,
    /// Days of the year, `MM-DD`; the next one after the transaction.
    pub due_on: Vec<(i8, i8)>,
}

/// A name for a condition or a number.
#[derive(Clone, Debug)]
pub struct Define {
    /// The name.
    pub id: String,
    /// What it stands for.
    pub value: Expr,
    /// The paragraph.
    pub cite: String,
    /// What it means, in English and Chinese; may be empty.
    pub text: [String; 2],
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Option<Date>,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A list of countries.
#[derive(Clone, Debug)]
pub struct Set {
    /// The name.
    pub id: String,
    /// The paragraph.
    pub cite: String,
    /// What it is called, in English and Chinese.
    pub text: [String; 2],
    /// Members on the first day.
    pub members: Vec<Country>,
    /// Sets whose members are members.
    pub include: Vec<Placed>,
    /// Sets whose members are not.
    pub exclude: Vec<Placed>,
    /// Changes over time.
    pub changes: Vec<SetChange>,
    /// Where it stands.
    pub span: Range<usize>,
}

/// A change to a list of countries.
#[derive(Clone, Debug)]
pub struct SetChange {
    /// From this day.
    pub date: Date,
    /// Who joins.
    pub add: Vec<Country>,
    /// Who leaves.
    pub remove: Vec<Country>,
    /// The instrument.
    pub cite: String,
    /// How sure it is.
    pub sure: Sure,
}

/// A country that the law treats as another.
#[derive(Clone, Debug)]
pub struct Treat {
    /// The country.
    pub country: Country,
    /// What it is treated as.
    pub treated_as: Country,
    /// The paragraph.
    pub cite: String,
}

/// How an absent fact is computed.
#[derive(Clone, Debug)]
pub struct Derive {
    /// The fact.
    pub fact: Placed,
    /// The value.
    pub value: Expr,
    /// Where.
    pub when: Option<Expr>,
    /// The paragraph.
    pub cite: String,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What an agency announced about rules.
#[derive(Clone, Debug)]
pub struct Status {
    /// What they are.
    pub state: State,
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Option<Date>,
    /// The rules.
    pub scope: Vec<Placed>,
    /// The announcement.
    pub cite: String,
    /// What a user reads, in English and Chinese.
    pub text: [String; 2],
    /// How sure it is.
    pub sure: Sure,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What rules are for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Out of force in both readings.
    Stayed,
    /// Out of force in the enforced reading.
    NotEnforced,
    /// Out of force for good.
    Repealed,
    /// In doubt.
    Uncertain,
}

impl State {
    const WORDS: [&'static str; 4] = ["stayed", "not_enforced", "repealed", "uncertain"];

    /// The word of the packs.
    pub fn word(self) -> &'static str {
        State::WORDS[self as usize]
    }
}

/// A worked case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Facts, flattened to dotted names.
    pub given: Vec<(String, Range<usize>, Item)>,
    /// Expectations, flattened to dotted names.
    pub expect: Vec<(String, Range<usize>, Item)>,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Pack {
    /// Its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Rule(rule) => Some(&**rule),
            _ => None,
        })
    }

    /// Its worked cases, in order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Case(case) => Some(case),
            _ => None,
        })
    }
}
