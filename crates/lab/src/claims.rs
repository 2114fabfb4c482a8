//! Claims under test: what somebody said, and the rules by which what is found decides on it.
//!
//! A verdict is worked out from the figure claimed and what is found, never written down beside the
//! claim. The rules:
//!
//! | what is found | verdict |
//! |---|---|
//! | an interval that holds the figure, or a figure that rounds to it | holds |
//! | several measures or scenarios, of which some hold it | holds in part |
//! | nothing that reaches it | too high |
//! | nothing that stays as low | too low |
//! | another day | too early, too late |
//! | for a direction: the whole interval on its side | holds |
//! | for a direction: only the middle, or a neighboring quantity | holds in part |
//! | studies of both signs | contested |
//! | only the claimant's own figure | as stated |
//! | a judgment about what is likely | not testable |
//! | no source, and no measure of it here | no source found |
//! | a simulation that was not given | needs a run |

use crate::table::{Table, TableError};

/// The claims that the program carries.
pub const SHIPPED: &str = include_str!("../../../data/lab/claims.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/claims.csv";

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its id.
    pub id: String,
    /// What is said, in English and Chinese.
    pub text: [String; 2],
    /// What kind of claim it is, such as `rule` or `market`.
    pub kind: String,
    /// The figure or month that is claimed; empty where none is.
    pub claimed: String,
    /// Its unit.
    pub unit: String,
    /// When it is to be so.
    pub period: String,
    /// How it is tested.
    pub method: Method,
    /// What the method looks at.
    pub inputs: String,
    /// What else is known, in English and Chinese.
    pub evidence: [String; 2],
    /// Where that is from, in English and Chinese.
    pub source: [String; 2],
}

/// How a claim is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A day of a law pack.
    PackDate,
    /// Into how many groups of countries sets of the law divide the world.
    Sets,
    /// The return of a price on a day.
    Price,
    /// The value that a return takes from a market value.
    ValueLost,
    /// A figure that only its author gives.
    Stated,
    /// The Monte Carlo of diverted chips.
    Diverted,
    /// The difference of a simulated quantity between two scenarios.
    Loss,
    /// A figure of chips against that of another.
    Ratio,
    /// One share under several definitions.
    Definitions,
    /// A published measurement.
    Published,
    /// A quantity that nothing here measures.
    Unmeasured,
    /// A simulated level in every scenario.
    Level,
    /// A judgment.
    Untestable,
    /// Figures that others add up.
    Sums,
    /// Chips under the law of their day.
    Downgraded,
    /// A published target.
    Target,
    /// Signs of studies.
    Signs,
    /// The direction of a simulated difference.
    Effect,
}

impl Method {
    const ALL: [(&str, Method); 18] = [
        ("pack_date", Method::PackDate),
        ("sets", Method::Sets),
        ("price", Method::Price),
        ("value_lost", Method::ValueLost),
        ("stated", Method::Stated),
        ("diverted", Method::Diverted),
        ("loss", Method::Loss),
        ("ratio", Method::Ratio),
        ("definitions", Method::Definitions),
        ("published", Method::Published),
        ("unmeasured", Method::Unmeasured),
        ("level", Method::Level),
        ("untestable", Method::Untestable),
        ("sums", Method::Sums),
        ("downgraded", Method::Downgraded),
        ("target", Method::Target),
        ("signs", Method::Signs),
        ("effect", Method::Effect),
    ];
}

impl Claim {
    /// The figure that is claimed, where one is.
    pub fn figure(&self) -> Option<f64> {
        self.claimed.parse().ok()
    }

    /// Half a unit of the last digit that is claimed: what rounds to the claim is within it.
    pub fn rounding(&self) -> f64 {
        let decimals = self.claimed.split_once('.').map_or(0, |(_, part)| part.len());
        0.5 / libm::pow(10.0, decimals as f64)
    }
}

/// Reads a table of claims.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read(name: &str, text: &str) -> Result<Vec<Claim>, TableError> {
    let table = Table::read(name, text)?;
    let column = |name| table.column(name);
    let [id, claim, claim_zh, kind, claimed, unit] =
        ["id", "claim", "claim_zh", "kind", "claimed", "unit"].map(column);
    let [period, method, inputs, evidence, evidence_zh, source] =
        ["period", "method", "inputs", "evidence", "evidence_zh", "source"].map(column);
    let (id, claim, claim_zh, kind, claimed, unit) =
        (id?, claim?, claim_zh?, kind?, claimed?, unit?);
    let (period, method, inputs) = (period?, method?, inputs?);
    let source = [source?, column("source_zh")?];
    let evidence = [evidence?, evidence_zh?];
    let one = |row: usize| {
        let cell = |column: usize| table.text(row, column).to_owned();
        let word = table.text(row, method);
        let known = Method::ALL.iter().find(|(name, _)| *name == word);
        let Some((_, found)) = known else {
            return Err(table.unusable(row, method, format!("`{word}` is no way to test a claim")));
        };
        Ok(Claim {
            id: cell(id),
            text: [claim, claim_zh].map(cell),
            kind: cell(kind),
            claimed: cell(claimed),
            unit: cell(unit),
            period: cell(period),
            method: *found,
            inputs: cell(inputs),
            evidence: evidence.map(cell),
            source: source.map(cell),
        })
    };
    (0..table.len()).map(one).collect()
}

/// What the program says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is so.
    Holds,
    /// It is so by some measures, or less firmly than it is said.
    InPart,
    /// The figure is too high.
    TooHigh,
    /// The figure is too low.
    TooLow,
    /// The day is too early.
    TooEarly,
    /// The day is too late.
    TooLate,
    /// Those who measured it disagree on the sign.
    Contested,
    /// Only whoever says it says it.
    AsStated,
    /// No measurement can decide on it.
    NotTestable,
    /// No source says it, and nothing here measures it.
    NoSource,
    /// A simulation would say.
    NeedsRun,
}

impl Verdict {
    /// Its words in files.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::InPart => "holds in part",
            Verdict::TooHigh => "too high",
            Verdict::TooLow => "too low",
            Verdict::TooEarly => "too early",
            Verdict::TooLate => "too late",
            Verdict::Contested => "contested",
            Verdict::AsStated => "as stated",
            Verdict::NotTestable => "not testable",
            Verdict::NoSource => "no source found",
            Verdict::NeedsRun => "needs a run",
        }
    }
}

/// A figure with its interval, which is the figure alone where none is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The figure.
    pub mid: f64,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Found {
    /// A figure alone.
    pub fn only(mid: f64) -> Found {
        Found { mid, low: None, high: None }
    }

    /// A figure with both ends.
    pub fn between(low: f64, mid: f64, high: f64) -> Found {
        Found { mid, low: Some(low), high: Some(high) }
    }

    fn ends(&self) -> [f64; 2] {
        [self.low.unwrap_or(self.mid), self.high.unwrap_or(self.mid)]
    }
}

/// How a claimed figure is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// It is this.
    Equal,
    /// It is this or more.
    AtLeast,
}

/// The verdict on a figure from one or several measures of it; `within` is how far off still rounds
/// to the claim. Magnitudes are compared, so that a fall of 6 percent is more than one of 5.
pub fn on_figure(claimed: f64, within: f64, sense: Sense, found: &[Found]) -> Verdict {
    let sign = if claimed < 0.0 { -1.0 } else { 1.0 };
    let claimed = claimed * sign;
    let place = |one: &Found| {
        let mut ends = one.ends().map(|end| end * sign);
        ends.sort_unstable_by(f64::total_cmp);
        let [low, high] = ends;
        if claimed > high + within {
            std::cmp::Ordering::Greater
        } else if sense == Sense::Equal && claimed < low - within {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Equal
        }
    };
    let places: Vec<_> = found.iter().map(place).collect();
    let all = |which| !places.is_empty() && places.iter().all(|place| *place == which);
    match () {
        () if places.is_empty() => Verdict::NoSource,
        () if all(std::cmp::Ordering::Equal) => Verdict::Holds,
        () if all(std::cmp::Ordering::Greater) => Verdict::TooHigh,
        () if all(std::cmp::Ordering::Less) => Verdict::TooLow,
        () => Verdict::InPart,
    }
}

/// The verdict on a direction, above zero, from one or several measures of it.
pub fn on_direction(found: &[Found]) -> Verdict {
    let above = |end: fn(&Found) -> f64| found.iter().filter(|one| end(one) > 0.0).count();
    let [firm, middle] = [above(|one| one.ends()[0]), above(|one| one.mid)];
    match () {
        () if found.is_empty() => Verdict::NoSource,
        () if firm == found.len() => Verdict::Holds,
        () if middle > 0 => Verdict::InPart,
        () => Verdict::TooHigh,
    }
}

/// The verdict on what studies with these signs were said to show.
pub fn on_signs(signs: &[i8]) -> Verdict {
    match () {
        () if signs.is_empty() => Verdict::NoSource,
        () if signs.iter().all(|sign| *sign > 0) => Verdict::Holds,
        () if signs.iter().any(|sign| *sign > 0) => Verdict::Contested,
        () => Verdict::TooHigh,
    }
}

/// The verdict on a day from what is claimed at the earliest and at the latest.
pub fn on_day<D: PartialOrd>(claimed: [D; 2], found: D) -> Verdict {
    let [first, last] = claimed;
    match () {
        () if found > last => Verdict::TooEarly,
        () if found < first => Verdict::TooLate,
        () => Verdict::Holds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_claims_are_sound() {
        let claims = read(SHIPPED_NAME, SHIPPED).expect("a sound table");
        assert_eq!(claims.len(), 20);
        for (at, claim) in claims.iter().enumerate() {
            assert_eq!(claim.id, format!("c{:02}", at + 1));
            assert!(claim.text.iter().all(|text| !text.is_empty()), "{}", claim.id);
            assert_eq!(claim.evidence[0].is_empty(), claim.evidence[1].is_empty(), "{}", claim.id);
            assert!(claim.source.iter().all(|text| !text.is_empty()), "{}", claim.id);
        }
        let wrong = SHIPPED.replace(",untestable,", ",guess,");
        let wrong = read("c.csv", &wrong).expect_err("no such method").to_string();
        assert!(wrong.contains("row 16, column `method`: `guess`"), "{wrong}");
    }

    #[test]
    fn figures_are_judged_by_their_intervals() {
        let only = |mid: f64| vec![Found::only(mid)];
        let on = |claimed, found: &[Found]| on_figure(claimed, 0.5, Sense::Equal, found);
        assert_eq!(on(3.0, &only(3.4)), Verdict::Holds);
        assert_eq!(on(3.0, &only(2.0)), Verdict::TooHigh);
        assert_eq!(on(3.0, &only(4.0)), Verdict::TooLow);
        // A fall is judged by its size.
        assert_eq!(on(-6.0, &only(-4.8)), Verdict::TooHigh);
        assert_eq!(on(-3.0, &only(-2.998)), Verdict::Holds);
        assert_eq!(on(-3.0, &only(-8.0)), Verdict::TooLow);
        assert_eq!(on(150.0, &[Found::between(100.0, 120.0, 200.0)]), Verdict::Holds);
        assert_eq!(on(10.0, &[Found::only(10.0), Found::only(20.0)]), Verdict::InPart);
        assert_eq!(on(15.0, &[Found::only(10.0), Found::only(20.0)]), Verdict::InPart);
        assert_eq!(on(1.0, &[]), Verdict::NoSource);
        let at_least = |found: &[Found]| on_figure(50.0, 0.5, Sense::AtLeast, found);
        assert_eq!(at_least(&only(88.0)), Verdict::Holds);
        assert_eq!(at_least(&[Found::only(40.0), Found::only(88.0)]), Verdict::InPart);
        assert_eq!(at_least(&only(40.0)), Verdict::TooHigh);
    }

    #[test]
    fn directions_signs_and_days() {
        assert_eq!(on_direction(&[Found::between(1.0, 2.0, 3.0)]), Verdict::Holds);
        assert_eq!(on_direction(&[Found::between(-1.0, 2.0, 3.0)]), Verdict::InPart);
        assert_eq!(on_direction(&[Found::between(-3.0, -2.0, 3.0)]), Verdict::TooHigh);
        assert_eq!(on_signs(&[1, 0, -1]), Verdict::Contested);
        assert_eq!(on_signs(&[1, 1]), Verdict::Holds);
        assert_eq!(on_signs(&[0, -1]), Verdict::TooHigh);
        assert_eq!(on_day([1, 4], 13), Verdict::TooEarly);
        assert_eq!(on_day([1, 4], 0), Verdict::TooLate);
        assert_eq!(on_day([1, 4], 4), Verdict::Holds);
    }
}
