//! 4. Allocation under quotas: who gets chips where the law rations them.
//!
//! ```text
//! per place r:   max Σ m_i x_i        x_LPP + x_NVEU + x_allocation ≤ wanted by companies there
//!                x_LPP ≤ consignees · limit/4    x_NVEU ≤ given · ceiling - base
//!                x_allocation ≤ given · K_r - used
//!                m: margin of a chip, times 0.98 for LPP and 1.02 for NVEU
//! for guests:    max Σ x_r     x_r ≤ wanted   x_r ≤ country share · N - base_r
//!                              Σ x_r ≤ share outside · N - Σ base_r
//! ```
//!
//! in TPP; N is the installed base of the U.S. companies, taken as one, and base what they brought
//! under the exception. What guests may not bring abroad they build at home. Every limit is read
//! from the packs' quota blocks; the country allocation, installed bases and a consignee that
//! stands for all of a place are accounts of a [ledger](ledger::book::Book) in memory, drawn on by
//! reservations and commitments as an order
//! desk does. The dual value of a limit is what one more unit of it would earn, the quota's shadow
//! price. Where no quota holds, a sale goes through as far as the law is open, presumed to approve,
//! or decides case by case.
//!
//! Consignees: 25 a place · min(5, 1 + ¼ ln(gain / cost of a further one)); the gain is a
//! consignee's yearly limit at the shadow price of the last quarter, at least at 2 percent of the
//! price of its chips (CNAS: a few thousand dollars and days). A place that stands for several
//! countries has the account of one of them, and as many times its room.

use std::collections::BTreeMap;

use jiff::civil::Date;
use ledger::account::{Account, Limit, NoTerms, Quotas, Terms};
use ledger::amount::Amount;
use ledger::book::{Book, Head};
use ledger::movement::{Ask, Expiry, Request, Reserved};

use super::{licenses, rules, supply};
use crate::math::ln;
use crate::quarter::{QUARTERS, Quarter};
use crate::world::compiled::Compiled;
use crate::world::linear;
use crate::world::state::World;

/// The terms of the accounts that a scenario can draw on, read once.
#[derive(Clone, Debug, Default)]
pub struct QuotaTerms {
    accounts: BTreeMap<Account, Terms>,
    /// Each place's country allocation by quarter: looked up several times in each, in every run.
    countries: Vec<[Option<f64>; QUARTERS]>,
}

impl QuotaTerms {
    /// The country allocation and the largest company's installed base of every place, and the
    /// shares and the small amounts of the exceptions.
    pub fn read(compiled: &Compiled) -> QuotaTerms {
        let quotas = ledger::packs::PackQuotas::new(compiled.law.clone());
        let mut terms = BTreeMap::new();
        let mut keep = |account: Account| {
            if let Ok(found) = quotas.terms(&account, None) {
                terms.insert(account, found);
            }
        };
        for (at, place) in compiled.data.places.iter().enumerate() {
            keep(country(&place.code));
            (2019..=2032).for_each(|year| keep(consignee(&place.code, year)));
            if let Some(company) = largest_company(compiled, at) {
                keep(Account::new("nveu-installed", &[company, &place.code]));
            }
            keep(Account::new("uveu-country", &[GUESTS, &place.code]));
        }
        keep(Account::new("uveu-outside", &[GUESTS]));
        for year in 2019..=2032 {
            keep(Account::new("lpp-limit", &["any", &year.to_string()]));
        }
        let mut terms = QuotaTerms { accounts: terms, countries: Vec::new() };
        let by_quarter = |code: &str| {
            let account = country(code);
            std::array::from_fn(|t| terms.limit(&account, Quarter::at(t).days()[1]))
        };
        let places = compiled.data.places.iter();
        terms.countries = places.map(|place| by_quarter(&place.code)).collect();
        // What a later step will not hold is not drawn before it.
        for limits in &mut terms.countries {
            for t in (0..QUARTERS - 1).rev() {
                if let (Some(now), Some(later)) = (limits[t], limits[t + 1]) {
                    limits[t] = Some(now.min(later));
                }
            }
        }
        terms
    }

    /// The limit of small amounts to one consignee in the year of a day.
    pub fn small(&self, day: Date) -> Option<f64> {
        self.limit(&Account::new("lpp-limit", &["any", &day.year().to_string()]), day)
    }

    /// A quota with a limit below zero, and the first day on which it has one.
    pub fn below_zero(&self) -> Option<(String, Date)> {
        let below = |limit: &Limit| match limit {
            Limit::Amount(amount) => amount.millionths() < 0,
            Limit::Share { .. } | Limit::Unlimited => false,
        };
        self.accounts.iter().find_map(|(account, terms)| {
            let step = terms.steps.iter().find(|step| below(&step.limit))?;
            Some((account.quota.clone(), step.from))
        })
    }

    /// The country allocation of a place in a quarter, TPP; `None` where the law states none.
    fn country(&self, t: usize, place: usize) -> Option<f64> {
        self.countries.get(place)?.get(t).copied().flatten()
    }

    /// The limit of an account on a day, in units; `None` where the law states none.
    fn limit(&self, account: &Account, day: Date) -> Option<f64> {
        match &self.accounts.get(account)?.step(day)?.limit {
            Limit::Amount(amount) => Some(amount.millionths() as f64 / 1e6),
            Limit::Share { share: (part, whole), .. } => Some(*part as f64 / *whole as f64),
            Limit::Unlimited => None,
        }
    }
}

impl Quotas for QuotaTerms {
    fn terms(&self, account: &Account, _: Option<Amount>) -> Result<Terms, NoTerms> {
        self.accounts.get(account).cloned().ok_or(NoTerms::UnknownQuota(None))
    }

    fn can_raise(&self, _: &Account) -> bool {
        false
    }
}

/// The U.S. companies that bring chips abroad, as one universal validated end user.
const GUESTS: &str = "U.S. clouds";

fn country(code: &str) -> Account {
    Account::new("country-allocation", &[code])
}

fn largest_company(compiled: &Compiled, place: usize) -> Option<&str> {
    let there = compiled.data.buyers.iter().filter(|buyer| buyer.hq == place);
    there.max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|buyer| buyer.name.as_str())
}

/// The account of a consignee of small amounts in a place: one stands for all, who are alike.
fn consignee(code: &str, year: i16) -> Account {
    Account::new("lpp-limit", &[&format!("consignee in {code}"), &year.to_string()])
}

/// The books of a run.
#[derive(Debug)]
pub struct Books {
    book: Book,
    /// What each country's allocation has in use, TPP.
    used: Vec<f64>,
    /// What the largest company of each place has in use, TPP.
    installed: Vec<f64>,
    /// Guests' base in each place, TPP.
    guests: Vec<f64>,
    /// Movements that the ledger refused: none, unless the limits were read wrongly.
    pub refused: u32,
}

impl Books {
    /// Empty books.
    pub fn new(compiled: &Compiled) -> Books {
        let start = jiff::Timestamp::UNIX_EPOCH;
        let head = Head { number: 0, at: start, hash: ledger::proof::Hash::new([0; 32]) };
        let places = compiled.data.places.len();
        let none = vec![0.0; places];
        Books {
            book: Book::at(head),
            used: none.clone(),
            installed: none.clone(),
            guests: none,
            refused: 0,
        }
    }

    /// Draws an amount on an account, as an order desk does: reserved, then committed.
    fn draw(&mut self, terms: &QuotaTerms, account: Account, tpp: f64, t: usize, day: Date) -> f64 {
        let units = tpp.floor();
        let Some(amount) = Amount::units(units as i128).ok().filter(|amount| amount.is_positive())
        else {
            return 0.0;
        };
        if self.book.account(&account).is_none() {
            self.book.learn_account(account.clone(), BTreeMap::new(), None);
        }
        let now = noon(day);
        let key = format!("{t:02} {account}");
        let reserve = Ask::Reserve {
            day: Some(day),
            amount,
            accounts: vec![account],
            expiry: Expiry::After(86_400),
            note: String::new().into(),
        };
        let commit = Ask::Commit {
            reservation: Reserved::Request(key.clone()),
            amount: None,
            units: None,
            day: Some(day),
        };
        let mut apply = |key: String, ask: Ask| {
            self.book.apply(terms, &Request { key, by: "world".to_owned(), ask }, now)
        };
        let done = apply(key.clone(), reserve).and_then(|_| apply(format!("{key} use"), commit));
        self.book.take_fresh();
        match done {
            Ok(_) => units,
            Err(_) => {
                self.refused += 1;
                0.0
            }
        }
    }
}

/// Sends chips to every place but China.
pub fn step(world: &mut World<'_>) {
    let places = world.compiled.data.places.len();
    let served = world.flows.served;
    let mut guests_under_quota = vec![0.0; places];
    let china = world.compiled.data.china;
    for (place, under_quota) in guests_under_quota.iter_mut().enumerate() {
        if place == china {
            continue;
        }
        let access = rules::access(world, place);
        let presumed = licenses::chance(world, world.p.approve_presumed);
        let case = licenses::chance(world, world.p.approve_case);
        let denial = licenses::chance(world, world.p.approve_denial);
        let through =
            access.open + access.presumed * presumed + access.case * case + access.denial * denial;
        let wanted = (world.flows.wanted.local[place] + world.flows.wanted.guests[place]) * served;
        world.flows.spent[place] += wanted * through;
        if access.allocation > 0.0 {
            let local = world.flows.wanted.local[place] * served * access.allocation;
            *under_quota = world.flows.wanted.guests[place] * served * access.allocation;
            let sold = locals(world, place, local);
            world.flows.spent[place] += sold;
            world.flows.held_back[place] += local - sold;
        }
    }
    if guests_under_quota.iter().any(|money| *money > 0.0) {
        guests(world, &guests_under_quota);
    }
    let unserved: f64 =
        world.flows.wanted.local.iter().chain(&world.flows.wanted.guests).sum::<f64>()
            * (1.0 - served);
    world.backlog = unserved * world.p.backlog_keep;
    install(world);
}

/// TPP that a dollar buys.
fn tpp_of_dollar(world: &World<'_>) -> f64 {
    world.flows.chip.compute.tpp / world.flows.chip.price
}

/// What a place's own companies get under its quotas, USD.
fn locals(world: &mut World<'_>, place: usize, money: f64) -> f64 {
    let compiled = world.compiled;
    let terms = &compiled.terms;
    let (day, rate) = (world.quarter().days()[1], tpp_of_dollar(world));
    let routes = compiled.routes(world.t, place);
    let code = &compiled.data.places[place].code;
    let margin = (world.flows.chip.price - supply::cost(world)) / world.flows.chip.compute.tpp;
    let given = world.levers.allocation_given;
    // A place that stands for several has the account of one of them, the others being alike.
    let countries = compiled.data.places[place].countries;
    let allocation = terms
        .country(world.t, place)
        .map_or(0.0, |limit| (limit * given - world.books.used[place]).max(0.0) * countries);
    let (consignees, each) = if routes.lpp { small_amounts(world, place, day) } else { (1.0, 0.0) };
    let lpp = consignees * each;
    let company = largest_company(compiled, place);
    let nveu = company
        .filter(|_| routes.nveu)
        .map(|company| Account::new("nveu-installed", &[company, code]));
    let ceiling = nveu.as_ref().and_then(|account| terms.limit(account, day));
    let room = ceiling.map_or(0.0, |limit| {
        (limit * world.levers.nveu_given - world.books.installed[place]).max(0.0)
    });
    // In units of the whole, so that the tolerances of the program fit.
    let whole = (money * rate).max(1.0);
    let ease = world.p.nveu_ease;
    let gains =
        [margin * (1.0 - ease), margin * (1.0 + ease), margin].map(|gain| gain / margin.max(1e-12));
    let rows =
        vec![vec![1.0, 1.0, 1.0], vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]];
    let limits = [1.0, lpp / whole, room / whole, allocation / whole];
    let Some(found) = linear::maximize(&gains, &rows, &limits) else { return 0.0 };
    let chip = world.flows.chip.compute;
    world.flows.shadow[place] = found.duals[3] * margin.max(0.0) * chip.tpp / chip.h100e;
    let t = world.t;
    let asked = (found.x[2] * whole).min(allocation) / countries;
    let drawn = world.books.draw(terms, country(code), asked, t, day);
    world.books.used[place] += drawn;
    let asked = (found.x[0] * whole / consignees).min(each);
    let small = world.books.draw(terms, consignee(code, day.year()), asked, t, day);
    let mut sold = small * consignees + drawn * countries;
    if let Some(account) = nveu {
        let drawn = world.books.draw(terms, account, (found.x[1] * whole).min(room), t, day);
        world.books.installed[place] += drawn;
        sold += drawn;
    }
    (sold / rate).min(money)
}

/// How many small consignees there are, and what each may get in a quarter, TPP.
fn small_amounts(world: &World<'_>, place: usize, day: Date) -> (f64, f64) {
    let Some(limit) = world.compiled.terms.small(day) else { return (1.0, 0.0) };
    let chip = &world.flows.chip;
    let least = world.p.consignee_least * chip.price / chip.compute.h100e;
    let gain =
        world.shadow_before[place].max(least) * limit * chip.compute.h100e / chip.compute.tpp;
    let more = world.p.split_response * ln((gain / world.p.consignee_cost).max(1.0));
    let splits = (1.0 + more).min(world.p.split_most);
    let countries = world.compiled.data.places[place].countries;
    (world.p.consignees * countries * splits, limit / 4.0)
}

/// What U.S. companies bring under the shares of a universal validated end user.
fn guests(world: &mut World<'_>, wanted: &[f64]) {
    let compiled = world.compiled;
    let (day, rate) = (world.quarter().days()[1], tpp_of_dollar(world));
    let whole = world.owners[0].installed.tpp.max(1.0);
    let at: Vec<usize> = (0..wanted.len()).filter(|place| wanted[*place] > 0.0).collect();
    let share = |account: Account| compiled.terms.limit(&account, day).unwrap_or(0.0);
    let outside = share(Account::new("uveu-outside", &[GUESTS]));
    let base: f64 = world.books.guests.iter().sum();
    let mut rows = vec![vec![1.0; at.len()]];
    let mut limits = vec![(outside - base / whole).max(0.0)];
    for (column, place) in at.iter().enumerate() {
        let code = &compiled.data.places[*place].code;
        let part = share(Account::new("uveu-country", &[GUESTS, code]));
        let room = (part - world.books.guests[*place] / whole).max(0.0);
        let may = if compiled.routes(world.t, *place).uveu { room } else { 0.0 };
        let mut row = vec![0.0; at.len()];
        row[column] = 1.0;
        rows.push(row);
        limits.push((wanted[*place] * rate / whole).min(may));
    }
    let found = linear::maximize(&vec![1.0; at.len()], &rows, &limits);
    for (column, place) in at.iter().enumerate() {
        let tpp = found.as_ref().map_or(0.0, |found| found.x[column] * whole);
        let money = (tpp / rate).min(wanted[*place]);
        world.books.guests[*place] += tpp;
        world.flows.spent[*place] += money;
        // What may not stand there is built at home.
        world.flows.spent[0] += wanted[*place] - money;
    }
}

/// Installs what was sold, by place and by owner.
fn install(world: &mut World<'_>) {
    let chip = world.flows.chip;
    let places = world.places.len();
    for place in 0..places {
        let made = chip.bought(world.flows.spent[place]);
        world.balance.made[place].add(made);
        world.package(made.chips, chip.dies);
        world.places[place].install(made);
        let wanted = &world.flows.wanted;
        let all = wanted.local[place] + wanted.guests[place];
        let guests = if all > 0.0 && place != 0 { wanted.guests[place] / all } else { 0.0 };
        world.owners[place].install(chip.bought(world.flows.spent[place] * (1.0 - guests)));
        world.owners[0].install(chip.bought(world.flows.spent[place] * guests));
    }
}

/// Share of its allocation that a place has used by now; `None` where it has none.
pub fn utilization(world: &World<'_>, place: usize) -> Option<f64> {
    let held = world.t < QUARTERS && world.compiled.access_newest(world.t, place).allocation > 0.0;
    let limit = world.compiled.terms.country(world.t, place).filter(|_| held)?;
    Some(world.books.used[place] / limit)
}

/// Noon of a day, UTC.
fn noon(day: Date) -> jiff::Timestamp {
    let noon = jiff::tz::Offset::UTC.to_timestamp(day.at(12, 0, 0, 0));
    noon.unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
