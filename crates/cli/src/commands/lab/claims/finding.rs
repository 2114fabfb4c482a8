//! What the program finds for a claim: the bench on which claims are tested.

use anyhow::bail;
use lab::claims::{Claim, Found, Method, Verdict};
use lab::results::Results;
use lab::returns::Return;
use lab::targets::Target;
use law::Law;

use crate::catalogue::Chips;
use crate::language::Language;
use crate::output::lab::claims::{Figure, Tested};

/// Quantities that are looked at beside those that claims name.
#[cfg(feature = "batch")]
pub const ALSO: [&str; 2] = ["smuggled_chips", "leased"];

/// What claims are tested with.
pub struct Bench<'b> {
    /// The law.
    pub law: &'b Law,
    /// The chips.
    pub chips: Chips,
    /// What others observed or estimated.
    pub targets: Vec<Target>,
    /// Returns around announcements.
    pub returns: Vec<Return>,
    /// A run, where one was given.
    pub results: Option<&'b Results>,
    /// The language of what is said.
    pub language: Language,
}

/// What is found for a claim.
#[derive(Clone, Debug)]
pub struct Finding {
    /// One figure for it.
    pub found: Option<Figure>,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// How it was found.
    pub said: Vec<String>,
    /// What follows.
    pub verdict: Verdict,
}

impl Finding {
    /// A verdict without a figure.
    pub fn bare(verdict: Verdict, said: Vec<String>) -> Finding {
        Finding { found: None, low: None, high: None, said, verdict }
    }

    /// A figure with its ends.
    pub fn of(found: Found, verdict: Verdict, said: Vec<String>) -> Finding {
        let Found { mid, low, high } = found;
        Finding { found: Some(Figure::Number(mid)), low, high, said, verdict }
    }
}

/// The smallest, the middle and the largest of some measures, with their ends.
pub fn spread(found: &[Found]) -> Option<Found> {
    let of = |end: fn(&Found) -> f64| found.iter().map(end);
    let low = of(|one| one.low.unwrap_or(one.mid)).reduce(f64::min)?;
    let high = of(|one| one.high.unwrap_or(one.mid)).reduce(f64::max)?;
    let middle = lab::quantiles::Sorted::new(of(|one| one.mid).collect()).quantile(0.5)?;
    Some(Found::between(low, middle, high))
}

impl<'b> Bench<'b> {
    /// A bench with the tables that the program carries.
    ///
    /// # Errors
    /// A table that cannot be used.
    pub fn new(
        law: &'b Law,
        results: Option<&'b Results>,
        language: Language,
    ) -> anyhow::Result<Bench<'b>> {
        Ok(Bench {
            law,
            chips: Chips::embedded(law.vocabulary())?,
            targets: lab::targets::read(lab::targets::SHIPPED_NAME, lab::targets::SHIPPED)?,
            returns: lab::returns::read(lab::returns::SHIPPED_NAME, lab::returns::SHIPPED)?,
            results,
            language,
        })
    }

    /// Tests a claim.
    ///
    /// # Errors
    /// Inputs that do not lead to anything.
    pub fn test(&self, claim: Claim) -> anyhow::Result<Tested> {
        let inputs: Vec<&str> = claim.inputs.split('|').collect();
        let finding = match claim.method {
            Method::PackDate => self.pack_date(&claim, &inputs)?,
            Method::Sets => self.sets(&claim, &inputs)?,
            Method::Downgraded => self.downgraded(&inputs)?,
            Method::Price => self.price(&claim, &inputs)?,
            Method::ValueLost => self.value_lost(&claim, &inputs)?,
            Method::Stated => self.stated(&inputs)?,
            Method::Diverted => self.diverted(&inputs)?,
            Method::Ratio => self.ratio(&claim, &inputs)?,
            Method::Definitions => self.definitions(&claim, &inputs)?,
            Method::Published => self.published(&claim, &inputs)?,
            Method::Target => self.target(&inputs)?,
            Method::Sums => self.sums(&inputs)?,
            Method::Signs => self.signs(&inputs),
            Method::Loss => self.loss(&claim, &inputs)?,
            Method::Level => self.level(&claim, &inputs)?,
            Method::Effect => self.effect(&inputs)?,
            Method::Unmeasured => Finding::bare(Verdict::NoSource, Vec::new()),
            Method::Untestable => Finding::bare(Verdict::NotTestable, Vec::new()),
        };
        let Finding { found, low, high, said, verdict } = finding;
        let verdict = claim.in_all(verdict);
        Ok(Tested { claim, found, low, high, said, verdict })
    }

    /// A sentence in the language of the report.
    pub fn say(&self, en: String, zh: String) -> String {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }
}

/// The inputs of a claim as they should be, by number.
///
/// # Errors
/// Fewer of them.
pub fn part<'i>(inputs: &[&'i str], at: usize) -> anyhow::Result<&'i str> {
    match inputs.get(at) {
        Some(part) => Ok(*part),
        None => bail!("`{}` has too few inputs for its method", lab::claims::SHIPPED_NAME),
    }
}

/// The figure that a claim must have.
///
/// # Errors
/// It has none.
pub fn figure(claim: &Claim) -> anyhow::Result<f64> {
    match claim.figure() {
        Some(figure) => Ok(figure),
        None => bail!("`{}` gives no figure for `{}`", lab::claims::SHIPPED_NAME, claim.id),
    }
}
