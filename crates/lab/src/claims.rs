//! Claims under test: what somebody said, and the rules by which what is found decides on it.
//!
//! A verdict is worked out from the figure claimed and what is found, never written down beside the
//! claim. The rules:
//!
//! | what is found | verdict |
//! |---|---|
//! | an interval that holds the figure, or a figure that rounds to it | holds |
//! | for a figure that is said to be the least: every whole interval at it or above | holds |
//! | for the same: only some of them, or only the middle of one | holds in part |
//! | several measures or scenarios, of which some hold it | holds in part |
//! | what would hold, but a part of the claim that is not tested | holds in part |
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

    /// Whether the figure is the least that is claimed, as in "more than half": the word `at_least`
    /// among the inputs.
    pub fn is_least(&self) -> bool {
        self.inputs.split('|').any(|input| input == "at_least")
    }

    /// Whether a part of what is claimed is not tested, so that it holds in part at most: the word
    /// `partly` among the inputs.
    pub fn is_partly_tested(&self) -> bool {
        self.inputs.split('|').any(|input| input == "partly")
    }

    /// The verdict on its figure from one or several measures of it; `None` where it has no figure.
    pub fn on_its_figure(&self, within: f64, found: &[Found]) -> Option<Verdict> {
        let claimed = self.figure()?;
        Some(match self.is_least() {
            true => on_least(claimed, within, found),
            false => on_figure(claimed, within, found),
        })
    }

    /// The verdict that it gets where its tested parts give one.
    pub fn in_all(&self, tested: Verdict) -> Verdict {
        match tested {
            Verdict::Holds if self.is_partly_tested() => Verdict::InPart,
            verdict => verdict,
        }
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

/// The verdict on a figure from one or several measures of it; `within` is how far off still rounds
/// to the claim. Magnitudes are compared, so that a fall of 6 percent is more than one of 5.
pub fn on_figure(claimed: f64, within: f64, found: &[Found]) -> Verdict {
    let sign = if claimed < 0.0 { -1.0 } else { 1.0 };
    let claimed = claimed * sign;
    let place = |one: &Found| {
        let mut ends = one.ends().map(|end| end * sign);
        ends.sort_unstable_by(f64::total_cmp);
        let [low, high] = ends;
        if claimed > high + within {
            std::cmp::Ordering::Greater
        } else if claimed < low - within {
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

/// The verdict on a figure that is said to be the least, from one or several measures: it holds
/// where they lie at it or above with their whole intervals; `within` is how far below it still
/// rounds to it.
pub fn on_least(claimed: f64, within: f64, found: &[Found]) -> Verdict {
    let least = claimed - within;
    let reaching = |end: fn(&Found) -> f64| found.iter().filter(|one| end(one) >= least).count();
    let [firm, middle] = [reaching(|one| one.ends()[0]), reaching(|one| one.mid)];
    in_number(found.len(), firm, middle)
}

/// Of so many measures, how many hold it with their whole intervals and how many in the middle.
fn in_number(all: usize, firm: usize, middle: usize) -> Verdict {
    match () {
        () if all == 0 => Verdict::NoSource,
        () if firm == all => Verdict::Holds,
        () if middle > 0 => Verdict::InPart,
        () => Verdict::TooHigh,
    }
}

/// The verdict on a direction, above zero, from one or several measures of it.
pub fn on_direction(found: &[Found]) -> Verdict {
    let above = |end: fn(&Found) -> f64| found.iter().filter(|one| end(one) > 0.0).count();
    let [firm, middle] = [above(|one| one.ends()[0]), above(|one| one.mid)];
    in_number(found.len(), firm, middle)
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
        let on = |claimed, found: &[Found]| on_figure(claimed, 0.5, found);
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
        let at_least = |found: &[Found]| on_least(50.0, 0.5, found);
        assert_eq!(at_least(&only(49.6)), Verdict::Holds);
        assert_eq!(at_least(&[Found::between(60.0, 70.0, 80.0)]), Verdict::Holds);
        assert_eq!(at_least(&[Found::between(40.0, 70.0, 80.0)]), Verdict::InPart);
        assert_eq!(at_least(&[Found::between(20.0, 40.0, 80.0)]), Verdict::TooHigh);
        assert_eq!(at_least(&only(88.0)), Verdict::Holds);
        assert_eq!(at_least(&[Found::only(40.0), Found::only(88.0)]), Verdict::InPart);
        assert_eq!(at_least(&only(40.0)), Verdict::TooHigh);
    }

    /// Which rule a claim is judged by is in its inputs, and nowhere else.
    #[test]
    fn a_claim_says_how_it_is_meant() {
        let claims = read(SHIPPED_NAME, SHIPPED).expect("a sound table");
        let of = |id: &str| claims.iter().find(|claim| claim.id == id).expect("it is there");
        let far = [Found::between(205.0, 1211.0, 5390.0)];
        assert_eq!(of("c08").on_its_figure(0.5, &far), Some(Verdict::TooLow));
        let least: Vec<&str> =
            claims.iter().filter(|it| it.is_least()).map(|it| it.id.as_str()).collect();
        assert_eq!(least, ["c11", "c14"]);
        assert_eq!(of("c11").on_its_figure(0.005, &[Found::only(0.88)]), Some(Verdict::Holds));
        assert_eq!(of("c07").on_its_figure(0.5, &far), None);
        assert_eq!(of("c07").in_all(Verdict::Holds), Verdict::InPart);
        assert_eq!(of("c17").in_all(Verdict::Holds), Verdict::Holds);
        assert_eq!(of("c20").in_all(Verdict::TooHigh), Verdict::TooHigh);
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
