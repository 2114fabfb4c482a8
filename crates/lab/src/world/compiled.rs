//! What the law packs say of all that a scenario can offer, asked once for all draws.
//!
//! Every chip of the world is asked about with its figures, for every place and quarter, on the
//! middle day of each month; a chip made for China is found by asking which figures are free of a
//! license. Nothing here knows a threshold.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use law::diagnostic::did_you_mean;
use law::{Answer, Desk, Facts, Law, Outcome, Policy, Reading, Value};

use super::data::{Flagship, Spec, WorldData};
use super::mechanisms::allocation::QuotaTerms;
use super::scenario::{LawReading, Scenario};
use crate::quarter::{QUARTERS, Quarter};

/// How a chip gets to a place in a quarter: shares of the quarter, which with what is closed add
/// to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Access {
    /// Without a license, or under an exception that anybody may use.
    pub open: f64,
    /// By a license that is presumed to be approved.
    pub presumed: f64,
    /// By a license decided case by case, or after a notification.
    pub case: f64,
    /// By a license within a country allocation.
    pub allocation: f64,
    /// By a license that is presumed to be denied.
    pub denial: f64,
}

impl Access {
    /// Everything is open.
    pub const OPEN: Access =
        Access { open: 1.0, presumed: 0.0, case: 0.0, allocation: 0.0, denial: 0.0 };
}

/// A chip cut down from a flagship.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// The flagship.
    pub flagship: usize,
    /// What is left of it.
    pub spec: Spec,
    /// Reticle-size dies in its package.
    pub dies: f64,
    /// The quarter from which it can be designed: under the law of then it is free.
    pub since: Quarter,
}

/// What the law says of a place that the country allocation is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// A company may be a national validated end user.
    pub nveu: bool,
    /// A U.S. company may bring chips as a universal validated end user.
    pub uveu: bool,
    /// Small amounts may go without a license (`LPP`).
    pub lpp: bool,
}

/// A scenario with what the law says in it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The scenario.
    pub scenario: Scenario,
    /// The tables.
    pub data: Arc<WorldData>,
    /// The law with the scenario's packs.
    pub law: Arc<Law>,
    access: Vec<Access>,
    /// The same for companies there whose parent has its seat in China.
    abroad: Vec<Access>,
    /// Chips that could be made for China.
    pub designs: Vec<Design>,
    design_access: Vec<[Access; QUARTERS]>,
    choices: Vec<Vec<usize>>,
    routes: Vec<Routes>,
    /// The terms of the quotas.
    pub terms: QuotaTerms,
    /// For each place, whether allied countries' supplement (No. 5(a)) names it.
    pub allied: Vec<bool>,
    /// For each place, whether Country Group D:5 or Macau holds it.
    pub embargoed: Vec<bool>,
}

/// Why a scenario cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The law leaves a sale open for want of facts.
    #[error(
        "the law leaves open whether {item} may go to {place} on {day}: it asks for {missing}\n\nhint: the lab sells to private companies for civil use; a pack of the scenario must be decidable on what the lab knows"
    )]
    Open {
        /// The chip.
        item: String,
        /// The place.
        place: String,
        /// The day.
        day: Date,
        /// The facts.
        missing: String,
    },
    /// The vocabulary lacks a fact that the lab tells, or the fact cannot have that value.
    #[error(
        "the packs' vocabulary has no `{fact}` that can be `{value}`\n\nhint: the lab needs the shipped vocabulary"
    )]
    Vocabulary {
        /// The fact.
        fact: String,
        /// The value.
        value: String,
    },
    /// A letter that no pack knows.
    #[error("the scenario names the letter `{name}`, which no pack tests\n\nhint: {hint}")]
    Letter {
        /// Its name.
        name: String,
        /// The way out: the letters that are known.
        hint: String,
    },
    /// A quota that nobody can keep.
    #[error(
        "{file}:{line}: the quota `{quota}` has a limit below zero\n\nhint: a quota of nothing has the limit 0"
    )]
    Quota {
        /// The pack's file.
        file: String,
        /// The line of the limit.
        line: usize,
        /// The quota.
        quota: String,
    },
    /// The tables name a country that is none.
    #[error("`{0}` in places.csv is no country code")]
    Country(String),
}

impl Compiled {
    /// Asks the law.
    ///
    /// # Errors
    /// [`CompileError`].
    pub fn new(
        scenario: Scenario,
        law: Arc<Law>,
        data: Arc<WorldData>,
    ) -> Result<Compiled, CompileError> {
        let on_2025 = jiff::civil::date(2025, 1, 15);
        let member = |set: &str| -> Result<Vec<bool>, CompileError> {
            let members = law.members(set, on_2025);
            let country = |place: &super::data::Place| {
                let code = law::Country::parse(&place.code);
                let code = code.ok_or_else(|| CompileError::Country(place.code.clone()))?;
                Ok(members.contains(code))
            };
            data.places.iter().map(country).collect()
        };
        let (allied, embargoed) = (member("supp5a")?, member("macau_d5")?);
        known_letters(&scenario, &law)?;
        let mut compiled = Compiled {
            access: Vec::new(),
            abroad: Vec::new(),
            designs: Vec::new(),
            design_access: Vec::new(),
            choices: Vec::new(),
            routes: Vec::new(),
            terms: QuotaTerms::default(),
            scenario,
            data,
            law,
            allied,
            embargoed,
        };
        compiled.terms = QuotaTerms::read(&compiled);
        if let Some((quota, from)) = compiled.terms.below_zero() {
            return Err(compiled.negative(quota, from));
        }
        let law = Arc::clone(&compiled.law);
        let mut counsel = Counsel::new(&law, compiled.terms.clone());
        compiled.ask_flagships(&mut counsel)?;
        compiled.ask_routes(&mut counsel)?;
        compiled.find_designs(&mut counsel)?;
        Ok(compiled)
    }

    /// Where the limit of a quota stands that is below zero from a day on.
    fn negative(&self, quota: String, from: Date) -> CompileError {
        let mut rules = self.law.quotas().filter(|rule| rule.rule.rule.id == quota);
        let of = |rule: &law::accounts::QuotaRule<'_>| {
            let step = rule.quota.steps.iter().find(|it| it.from <= from && from <= it.through);
            let limit = step.map(|step| &step.limit).or(rule.quota.limit.as_ref())?;
            let holds =
                rule.rule.rule.effective <= from && rule.rule.last.is_none_or(|last| from <= last);
            holds.then(|| (limit.span.clone(), rule.rule.pack))
        };
        let found = rules.find_map(|rule| of(&rule));
        let pack = found.as_ref().and_then(|(_, pack)| self.law.packs().get(*pack));
        let Some(((span, _), pack)) = found.zip(pack) else {
            return CompileError::Quota { file: self.scenario.source.name.clone(), line: 1, quota };
        };
        let place = law::Diagnostic::error("negative-quota", &pack.source, span, "");
        let (line, _) = place.line_column();
        CompileError::Quota { file: pack.source.name.clone(), line, quota }
    }

    /// How a flagship gets to a company in a place whose parent has its seat in China.
    pub fn abroad(&self, quarter: usize, flagship: usize, place: usize) -> &Access {
        &self.abroad
            [(quarter * self.data.flagships.len() + flagship) * self.data.places.len() + place]
    }

    /// How the newest flagship on sale gets to a place.
    pub fn access_newest(&self, quarter: usize, place: usize) -> Access {
        self.newest(Quarter::at(quarter))
            .map_or(Access::default(), |newest| *self.access(quarter, newest, place))
    }

    /// How a flagship gets to a place.
    pub fn access(&self, quarter: usize, flagship: usize, place: usize) -> &Access {
        &self.access
            [(quarter * self.data.flagships.len() + flagship) * self.data.places.len() + place]
    }

    /// How a chip made for China gets there.
    pub fn design_access(&self, quarter: usize, design: usize) -> &Access {
        &self.design_access[design][quarter]
    }

    /// The chips that a designer could make for China under the law at the end of a quarter, none
    /// worse in every figure than another of as many dies and stacks.
    pub fn choices(&self, quarter: usize) -> &[usize] {
        &self.choices[quarter]
    }

    /// Whether a chip may go to China without a license at the end of a quarter.
    ///
    /// # Errors
    /// [`CompileError`]: the law leaves it open.
    pub fn is_free(&self, quarter: Quarter, spec: &Spec) -> Result<bool, CompileError> {
        let china = &self.data.places[self.data.china].code;
        let mut counsel = Counsel::new(&self.law, self.terms.clone());
        let day = quarter.late_day();
        Ok(counsel.day(&self.scenario, day, FOR_CHINA, spec, Buyer::at(china))?.open > 0.0)
    }

    /// The ways beside licenses into a place.
    pub fn routes(&self, quarter: usize, place: usize) -> Routes {
        self.routes[quarter * self.data.places.len() + place]
    }

    fn ask_flagships(&mut self, counsel: &mut Counsel<'_>) -> Result<(), CompileError> {
        let china = self.data.places[self.data.china].code.as_str();
        for quarter in (0..QUARTERS).map(Quarter::at) {
            for flagship in &self.data.flagships {
                for place in &self.data.places {
                    let mut ask = |buyer: Buyer<'_>| {
                        let (name, spec) = (&flagship.name, &flagship.spec);
                        if flagship.from > quarter {
                            return Ok(Access::default());
                        }
                        counsel.quarter(&self.scenario, quarter, name, spec, buyer)
                    };
                    self.access.push(ask(Buyer::at(&place.code))?);
                    self.abroad.push(ask(Buyer { place: &place.code, parent: china })?);
                }
            }
        }
        Ok(())
    }

    fn ask_routes(&mut self, counsel: &mut Counsel<'_>) -> Result<(), CompileError> {
        for quarter in (0..QUARTERS).map(Quarter::at) {
            let newest = self.newest(quarter);
            for (at, place) in self.data.places.iter().enumerate() {
                let allocated = newest.is_some_and(|newest| {
                    self.access(quarter.index(), newest, at).allocation > 0.0
                });
                let spec = newest.map(|newest| self.data.flagships[newest].spec);
                let routes = match spec.filter(|_| allocated) {
                    Some(spec) => counsel.routes(&self.scenario, quarter, &spec, &place.code)?,
                    None => Routes::default(),
                };
                self.routes.push(routes);
            }
        }
        Ok(())
    }

    /// The newest flagship on sale.
    pub fn newest(&self, quarter: Quarter) -> Option<usize> {
        self.data.flagships.iter().rposition(|flagship| flagship.from <= quarter)
    }

    /// Finds what could be made for China: whenever the law or the flagships change.
    fn find_designs(&mut self, counsel: &mut Counsel<'_>) -> Result<(), CompileError> {
        let china = self.data.places[self.data.china].code.clone();
        let mut known: HashMap<(Regime, usize), Vec<usize>> = HashMap::new();
        for quarter in (0..QUARTERS).map(Quarter::at) {
            let day = quarter.late_day();
            let regime = counsel.regime(&self.scenario, day);
            let mut choices = Vec::new();
            let on_sale = (0..self.data.flagships.len())
                .filter(|at| self.data.flagships[*at].from <= quarter);
            for flagship in on_sale.collect::<Vec<_>>().into_iter().rev().take(3) {
                if let Some(found) = known.get(&(regime.clone(), flagship)) {
                    choices.extend_from_slice(found);
                    continue;
                }
                let specs =
                    counsel.designs(&self.scenario, day, &self.data.flagships[flagship], &china)?;
                let first = self.designs.len();
                let design = |(spec, dies)| Design { flagship, spec, dies, since: quarter };
                self.designs.extend(specs.into_iter().map(design));
                let found: Vec<usize> = (first..self.designs.len()).collect();
                choices.extend_from_slice(&found);
                known.insert((regime.clone(), flagship), found);
            }
            self.choices.push(choices);
        }
        for design in &self.designs {
            let mut over_time = [Access::default(); QUARTERS];
            for (at, access) in over_time.iter_mut().enumerate().skip(design.since.index()) {
                let (quarter, what) = (Quarter::at(at), FOR_CHINA);
                *access = counsel.quarter(
                    &self.scenario,
                    quarter,
                    what,
                    &design.spec,
                    Buyer::at(&china),
                )?;
            }
            self.design_access.push(over_time);
        }
        Ok(())
    }
}

/// That the packs test each letter of a scenario, by its whole name.
fn known_letters(scenario: &Scenario, law: &Law) -> Result<(), CompileError> {
    if scenario.letters.is_empty() {
        return Ok(());
    }
    let known = law.vocabulary().find(INFORMED).map(|fact| law.texts_of(fact)).unwrap_or_default();
    let unknown = scenario.letters.iter().find(|letter| !known.contains(letter.name.as_str()));
    let Some(letter) = unknown else { return Ok(()) };
    let hint = match did_you_mean(&letter.name, known) {
        hint if hint.is_empty() => format!("the packs ask for it by `{INFORMED}`"),
        hint => hint,
    };
    Err(CompileError::Letter { name: letter.name.clone(), hint })
}

/// The fact that holds the letters by which an exporter was informed.
const INFORMED: &str = "exporter.informed";

/// What a design depends on besides the flagship: the span of unchanged law, its reading, letters.
type Regime = (Date, String, Vec<String>);

/// A buyer: where it stands, and where its parent has its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Buyer<'a> {
    place: &'a str,
    parent: &'a str,
}

impl<'a> Buyer<'a> {
    /// A company of a place.
    fn at(place: &'a str) -> Buyer<'a> {
        Buyer { place, parent: place }
    }
}

/// Asks the law about one kind of sale: a private company, civil use, nothing suspicious.
struct Counsel<'l> {
    law: &'l Law,
    terms: QuotaTerms,
    desk: Desk,
    by_buyer: HashMap<(String, String), Facts>,
    answers: HashMap<(Regime, String, String, [u64; 4]), Access>,
}

impl<'l> Counsel<'l> {
    fn new(law: &'l Law, terms: QuotaTerms) -> Counsel<'l> {
        let (by_buyer, answers) = (HashMap::new(), HashMap::new());
        Counsel { law, terms, desk: Desk::default(), by_buyer, answers }
    }

    fn set(&self, facts: &mut Facts, name: &str, text: &str) -> Result<(), CompileError> {
        let wrong = || CompileError::Vocabulary { fact: name.to_owned(), value: text.to_owned() };
        let id = self.law.vocabulary().find(name).ok_or_else(wrong)?;
        let value = self.law.vocabulary().fact(id).parse(text).map_err(|_| wrong())?;
        facts.set(id, value);
        Ok(())
    }

    fn set_list(&self, facts: &mut Facts, name: &str, items: &[&str]) -> Result<(), CompileError> {
        let wrong = || CompileError::Vocabulary { fact: name.to_owned(), value: items.join(", ") };
        let id = self.law.vocabulary().find(name).ok_or_else(wrong)?;
        let value: Value = self.law.vocabulary().fact(id).list(items).map_err(|_| wrong())?;
        facts.set(id, Some(value));
        Ok(())
    }

    /// The sale of one chip by its U.S. designer to a company in the place, of a parent with its
    /// seat there or elsewhere.
    fn sale(&self, buyer: Buyer<'_>) -> Result<Facts, CompileError> {
        let mut facts = Facts::new(self.law.vocabulary());
        for (name, text) in [
            ("activity", "export"),
            ("origin", "US"),
            ("destination", buyer.place),
            ("quantity", "1"),
            ("item.kind", "chip"),
            // The basket of what is not controlled for its performance, which the packs work out.
            ("item.eccn", "3A991"),
            ("item.datacenter", "true"),
            ("item.has_hbm", "true"),
            ("item.non_planar", "true"),
            ("item.advanced_logic", "true"),
            ("item.designer", "approved"),
            ("item.designer_hq", "US"),
            ("exporter.hq", "US"),
            ("exporter.role", "designer"),
            ("end_use", "civil"),
            ("end_user.name", "Buyer"),
            ("end_user.location", buyer.place),
            ("end_user.hq", buyer.place),
            ("end_user.parent_hq", buyer.parent),
            ("end_user.sector", "private"),
            ("end_user.listed", "none"),
            ("end_user.listed_share", "0"),
            ("authorization", "none"),
            ("country_used_tpp", "0"),
        ] {
            self.set(&mut facts, name, text)?;
        }
        self.set_list(&mut facts, "end_user.approved_under", &[])?;
        self.set_list(&mut facts, "certifications", &["h200_dd"])?;
        facts.complete(self.law.vocabulary(), self.law.defaults());
        Ok(facts)
    }

    fn facts(&mut self, buyer: Buyer<'_>) -> Result<Facts, CompileError> {
        let key = (buyer.place.to_owned(), buyer.parent.to_owned());
        if let Some(facts) = self.by_buyer.get(&key) {
            return Ok(facts.clone());
        }
        let facts = self.sale(buyer)?;
        self.by_buyer.insert(key, facts.clone());
        Ok(facts)
    }

    fn regime(&self, scenario: &Scenario, day: Date) -> Regime {
        let dates = self.law.dates();
        let start = dates[dates.partition_point(|date| *date <= day).saturating_sub(1)];
        let letters = scenario.letters_on(day).map(str::to_owned).collect();
        (start, format!("{:?}", scenario.law_on(day)), letters)
    }

    /// How a chip gets to a place over the months of a quarter.
    fn quarter(
        &mut self,
        scenario: &Scenario,
        quarter: Quarter,
        name: &str,
        spec: &Spec,
        buyer: Buyer<'_>,
    ) -> Result<Access, CompileError> {
        let mut whole = Access::default();
        for day in quarter.days() {
            let month = self.day(scenario, day, name, spec, buyer)?;
            whole.open += month.open / 3.0;
            whole.presumed += month.presumed / 3.0;
            whole.case += month.case / 3.0;
            whole.allocation += month.allocation / 3.0;
            whole.denial += month.denial / 3.0;
        }
        Ok(whole)
    }

    fn day(
        &mut self,
        scenario: &Scenario,
        day: Date,
        name: &str,
        spec: &Spec,
        buyer: Buyer<'_>,
    ) -> Result<Access, CompileError> {
        let LawReading::Packs(reading) = scenario.law_on(day) else { return Ok(Access::OPEN) };
        if day < self.law.first_day() {
            return Ok(Access::OPEN);
        }
        let figures = [spec.tpp, spec.die_area_mm2, spec.dram_gbs, spec.io_gbs].map(f64::to_bits);
        let (place, parent) = (buyer.place.to_owned(), buyer.parent.to_owned());
        let key = (self.regime(scenario, day), place, parent, figures);
        if let Some(access) = self.answers.get(&key) {
            return Ok(*access);
        }
        let mut facts = self.facts(buyer)?;
        self.describe(scenario, day, spec, &mut facts)?;
        let access = self.access(&facts, reading, name, buyer.place, day)?;
        self.answers.insert(key, access);
        Ok(access)
    }

    fn describe(
        &self,
        scenario: &Scenario,
        day: Date,
        spec: &Spec,
        facts: &mut Facts,
    ) -> Result<(), CompileError> {
        self.set(facts, "date", &day.to_string())?;
        // Whoever has used it up cannot ship under it: the route is asked about apart.
        let small = self.terms.small(day).unwrap_or(0.0);
        self.set(facts, "lpp_used_tpp", &format!("{small:.0}"))?;
        self.set(facts, "item.tpp", &format!("{:.3}", spec.tpp))?;
        self.set(facts, "item.die_area_mm2", &format!("{:.3}", spec.die_area_mm2))?;
        self.set(facts, "item.dram_gbs", &format!("{:.3}", spec.dram_gbs))?;
        self.set(facts, "item.io_gbs", &format!("{:.3}", spec.io_gbs))?;
        let letters: Vec<&str> = scenario.letters_on(day).collect();
        self.set_list(facts, INFORMED, &letters)
    }

    fn access(
        &mut self,
        facts: &Facts,
        reading: Reading,
        item: &str,
        place: &str,
        day: Date,
    ) -> Result<Access, CompileError> {
        let determination = self.law.decide(facts, None, &mut self.desk);
        let Some(determination) = determination else { return Ok(Access::default()) };
        let answer = determination.reading(reading);
        let whole = Access::default();
        Ok(match answer.outcome {
            Outcome::NoLicenseRequired => Access::OPEN,
            Outcome::LicenseException if self.is_covered(answer, "NAC") => {
                Access { case: 1.0, ..whole }
            }
            Outcome::LicenseException => Access::OPEN,
            Outcome::LicenseRequired => match answer.policy {
                Some(Policy::PresumptionOfApproval) if !answer.draws.is_empty() => {
                    Access { allocation: 1.0, ..whole }
                }
                Some(Policy::PresumptionOfApproval) => Access { presumed: 1.0, ..whole },
                Some(Policy::CaseByCase) => Access { case: 1.0, ..whole },
                Some(Policy::PresumptionOfDenial) => Access { denial: 1.0, ..whole },
                // A letter states no policy; nothing was approved while it was new.
                Some(Policy::PolicyOfDenial) | None => whole,
            },
            Outcome::Unresolved => {
                let name = |fact: &law::FactId| self.law.vocabulary().fact(*fact).name.to_string();
                let missing: Vec<String> = answer.missing.iter().map(name).collect();
                let (item, place) = (item.to_owned(), place.to_owned());
                return Err(CompileError::Open { item, place, day, missing: missing.join(", ") });
            }
        })
    }

    /// Whether the exception taken first is this one.
    fn is_covered(&self, answer: &Answer, code: &str) -> bool {
        let first = answer
            .exceptions
            .first()
            .and_then(|at| self.law.exception_codes().get(usize::from(*at)));
        first.is_some_and(|first| first == code)
    }

    /// The ways beside licenses: whether the law lets a company of each kind ship.
    fn routes(
        &mut self,
        scenario: &Scenario,
        quarter: Quarter,
        spec: &Spec,
        place: &str,
    ) -> Result<Routes, CompileError> {
        let day = quarter.days()[1];
        let LawReading::Packs(reading) = scenario.law_on(day) else { return Ok(Routes::default()) };
        let mut ask = |changes: &[(&str, &str)]| -> Result<bool, CompileError> {
            let mut facts = self.facts(Buyer::at(place))?;
            self.describe(scenario, day, spec, &mut facts)?;
            for (name, text) in changes {
                self.set(&mut facts, name, text)?;
            }
            let determination = self.law.decide(&facts, None, &mut self.desk);
            Ok(determination
                .is_some_and(|it| it.reading(reading).outcome == Outcome::LicenseException))
        };
        let lpp = ask(&[("lpp_used_tpp", "0")])?;
        let nveu = ask(&[
            ("authorization", "nveu"),
            ("authorization_country", place),
            ("nveu_installed_tpp", "0"),
        ])?;
        let uveu = ask(&[
            ("authorization", "uveu"),
            ("end_user.hq", "US"),
            ("end_user.parent_hq", "US"),
            ("uveu_total_tpp", "1000000000000"),
            ("uveu_outside_tpp", "0"),
            ("uveu_country_tpp", "0"),
            ("uveu_outside_us_tpp", "0"),
        ])?;
        Ok(Routes { nveu, uveu, lpp })
    }

    /// The best figures that are free of a license: for every number of stacks and links, the most
    /// performance, found by halving (what is free stays free with less performance, as the tests
    /// of the crate check); of these, those that none of as many stacks and dies beats. A flagship
    /// of several dies may also be cut to one of them.
    fn designs(
        &mut self,
        scenario: &Scenario,
        day: Date,
        flagship: &Flagship,
        place: &str,
    ) -> Result<Vec<(Spec, f64)>, CompileError> {
        let mut found: Vec<(Spec, f64)> = Vec::new();
        let packages = [flagship.dies, 1.0];
        let packages = if flagship.dies > 1.0 { &packages[..] } else { &packages[..1] };
        for dies in packages {
            let whole = part(&flagship.spec, dies / flagship.dies);
            let stack = flagship.spec.dram_gbs / f64::from(flagship.stacks);
            for sites in 1..=flagship.sites {
                let dram = stack * f64::from(sites) * dies;
                let mut best = 0;
                for links in (1..=flagship.links).rev() {
                    let cut = |units: u32| {
                        let (units, links) = (
                            f64::from(units) / f64::from(flagship.units),
                            f64::from(links) / f64::from(flagship.links),
                        );
                        cut(&whole, units, dram, links)
                    };
                    let mut free = |units: u32| -> Result<bool, CompileError> {
                        let access =
                            self.day(scenario, day, FOR_CHINA, &cut(units), Buyer::at(place))?;
                        Ok(access.open > 0.0)
                    };
                    // Fewer links are of use only where they free more units.
                    if best < flagship.units && free(best + 1)? {
                        best = most(best + 1, flagship.units, free)?;
                        found.push((cut(best), *dies));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// What a chip made for China is called in messages.
const FOR_CHINA: &str = "a chip made for China";

/// The most units that are free, of so many, where so many are known to be.
fn most(
    known: u32,
    all: u32,
    mut free: impl FnMut(u32) -> Result<bool, CompileError>,
) -> Result<u32, CompileError> {
    let (mut most, mut step) = (known, all.next_power_of_two());
    while step > 0 {
        if most + step <= all && free(most + step)? {
            most += step;
        } else {
            step /= 2;
        }
    }
    Ok(most)
}

/// A share of the dies of a package, with the memory and links of their own.
fn part(whole: &Spec, share: f64) -> Spec {
    Spec {
        tops8: whole.tops8 * share,
        tpp: whole.tpp * share,
        die_area_mm2: whole.die_area_mm2 * share,
        dram_gbs: whole.dram_gbs * share,
        io_gbs: whole.io_gbs * share,
    }
}

/// A flagship with a share of its units, another memory and a share of its links.
fn cut(flagship: &Spec, units: f64, dram_gbs: f64, links: f64) -> Spec {
    Spec {
        tops8: flagship.tops8 * units,
        tpp: flagship.tpp * units,
        die_area_mm2: flagship.die_area_mm2,
        dram_gbs,
        io_gbs: flagship.io_gbs * links,
    }
}
