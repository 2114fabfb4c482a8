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
//! from the packs' quota blocks. The country allocation, installed bases, guests' shares with the
//! base that they are shares of, and a consignee that stands for all of a place are accounts of a
//! [ledger](ledger::book::Book) in memory, drawn on by reservations and commitments as an order
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
use ledger::movement::{Adjustment, Ask, Expiry, Reserved};

use super::{licenses, rules, supply};
use crate::math::ln;
use crate::quarter::{QUARTERS, Quarter};
use crate::world::compiled::Compiled;
use crate::world::data::Place;
use crate::world::linear;
use crate::world::state::World;

/// The terms of the accounts that a scenario can draw on, read once.
#[derive(Clone, Debug, Default)]
pub struct QuotaTerms {
    /// `None` where the law has none.
    accounts: BTreeMap<Account, Option<Terms>>,
    /// What each place draws on: looked up several times a quarter, in every run.
    places: Vec<PlaceQuotas>,
    /// The share of their base that guests may have abroad.
    outside: Quota,
    /// That base.
    whole: Option<Account>,
    /// What one consignee may get in small amounts.
    small: Quota,
}

/// The accounts that a place draws on.
#[derive(Clone, Debug)]
struct PlaceQuotas {
    /// The country's allocation.
    country: Quota,
    /// A consignee of small amounts: one stands for all, who are alike.
    consignee: Quota,
    /// The installed base of the largest company that has its seat there.
    company: Option<Quota>,
    /// The share of guests' base.
    guests: Quota,
}

/// Whose account it is and its limit, in the middle of each quarter.
#[derive(Clone, Debug, Default)]
struct Quota(Vec<(Account, Option<f64>)>);

impl Quota {
    fn account(&self, t: usize) -> Option<&Account> {
        self.0.get(t).map(|(account, _)| account)
    }

    /// The limit in units; `None` where the law states none.
    fn limit(&self, t: usize) -> Option<f64> {
        self.0.get(t).and_then(|(_, limit)| *limit)
    }

    /// What a later step will not hold is not drawn before it.
    fn hold_for_later(&mut self) {
        let mut later: Option<f64> = None;
        for (_, limit) in self.0.iter_mut().rev() {
            *limit = limit.map(|limit| limit.min(later.unwrap_or(limit)));
            later = *limit;
        }
    }
}

impl QuotaTerms {
    /// The country allocation and the largest company's installed base of every place, and the
    /// shares and the small amounts of the exceptions.
    pub fn read(compiled: &Compiled) -> QuotaTerms {
        let quotas = ledger::packs::PackQuotas::new(compiled.law.clone());
        let mut terms = QuotaTerms::default();
        let mut by_quarter = |account: &dyn Fn(Quarter) -> Account| {
            let at = |t| terms.keep(&quotas, account(Quarter::at(t)), Quarter::at(t).days()[1]);
            Quota((0..QUARTERS).map(at).collect())
        };
        let year = |quarter: Quarter| quarter.year().to_string();
        let place_quotas = |(at, place): (usize, &Place)| {
            let named = |quota: &str, name: &str| Account::new(quota, &[name, &place.code]);
            let lpp = format!("consignee in {}", place.code);
            let company = largest_company(compiled, at).map(|name| named("nveu-installed", name));
            let mut country = by_quarter(&|_| Account::new("country-allocation", &[&place.code]));
            country.hold_for_later();
            PlaceQuotas {
                country,
                consignee: by_quarter(&|at| Account::new("lpp-limit", &[&lpp, &year(at)])),
                company: company.map(|account| by_quarter(&|_| account.clone())),
                guests: by_quarter(&|_| named("uveu-country", GUESTS)),
            }
        };
        let places = compiled.data.places.iter().enumerate().map(place_quotas).collect();
        let outside = Account::new("uveu-outside", &[GUESTS]);
        let whole = quotas.terms(&outside, None).ok().and_then(|terms| terms.whole().cloned());
        if let Some(whole) = &whole {
            by_quarter(&|_| whole.clone());
        }
        let outside = by_quarter(&|_| outside.clone());
        let small = by_quarter(&|at| Account::new("lpp-limit", &["any", &year(at)]));
        QuotaTerms { places, outside, whole, small, ..terms }
    }

    /// The limit of small amounts to one consignee in the year of a day.
    pub fn small(&self, day: Date) -> Option<f64> {
        self.limit(&Account::new("lpp-limit", &["any", &day.year().to_string()]), day)
    }

    /// Keeps the terms of an account, and says its limit on a day.
    fn keep(&mut self, quotas: &dyn Quotas, account: Account, day: Date) -> (Account, Option<f64>) {
        let terms = || quotas.terms(&account, None).ok();
        self.accounts.entry(account.clone()).or_insert_with(terms);
        let limit = self.limit(&account, day);
        (account, limit)
    }

    /// A quota with a limit below zero, and the first day on which it has one.
    pub fn below_zero(&self) -> Option<(String, Date)> {
        let below = |limit: &Limit| match limit {
            Limit::Amount(amount) => amount.millionths() < 0,
            Limit::Share { .. } | Limit::Unlimited => false,
        };
        self.accounts.iter().find_map(|(account, terms)| {
            let step = terms.as_ref()?.steps.iter().find(|step| below(&step.limit))?;
            Some((account.quota.clone(), step.from))
        })
    }

    /// The limit of an account on a day, in units; `None` where the law states none.
    fn limit(&self, account: &Account, day: Date) -> Option<f64> {
        match &self.accounts.get(account)?.as_ref()?.step(day)?.limit {
            Limit::Amount(amount) => Some(amount.millionths() as f64 / 1e6),
            Limit::Share { share: (part, whole), .. } => Some(*part as f64 / *whole as f64),
            Limit::Unlimited => None,
        }
    }
}

impl Quotas for QuotaTerms {
    fn terms(&self, account: &Account, _: Option<Amount>) -> Result<Terms, NoTerms> {
        self.accounts.get(account).cloned().flatten().ok_or(NoTerms::UnknownQuota(None))
    }

    fn can_raise(&self, _: &Account) -> bool {
        false
    }
}

/// The U.S. companies that bring chips abroad, as one universal validated end user.
const GUESTS: &str = "U.S. clouds";

fn largest_company(compiled: &Compiled, place: usize) -> Option<&str> {
    let there = compiled.data.buyers.iter().filter(|buyer| buyer.hq == place);
    there.max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|buyer| buyer.name.as_str())
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

    /// The accounts and what they hold.
    pub fn ledger(&self) -> &Book {
        &self.book
    }

    /// Draws an amount on accounts, as an order desk does: reserved, then committed.
    fn draw(&mut self, terms: &QuotaTerms, accounts: &[&Account], tpp: f64, t: usize) -> f64 {
        let units = tpp.floor();
        let amount = Amount::units(units as i128).ok().filter(|amount| amount.is_positive());
        let Some(amount) = amount.filter(|_| !accounts.is_empty()) else { return 0.0 };
        let day = Some(Quarter::at(t).days()[1]);
        let reserve = Ask::Reserve {
            day,
            amount,
            accounts: accounts.iter().map(|account| (*account).clone()).collect(),
            expiry: Expiry::After(86_400),
            note: String::new().into(),
        };
        let reserved = self.ask(terms, &reserve, t);
        let committed = reserved.and_then(|number| {
            let reservation = Reserved::Entry(number);
            self.ask(terms, &Ask::Commit { reservation, amount: None, units: None, day }, t)
        });
        committed.map_or(0.0, |_| units)
    }

    /// Takes down what an account holds, as a figure from outside the ledger.
    fn set(&mut self, terms: &QuotaTerms, account: &Account, tpp: f64, t: usize) {
        let Ok(total) = Amount::units(tpp.floor() as i128) else { return };
        let (day, to) = (Some(Quarter::at(t).days()[1]), Adjustment::To(total));
        let source = "the installed base of the world".to_owned();
        self.ask(terms, &Ask::Adjust { day, account: account.clone(), to, goods: None, source }, t);
    }

    fn ask(&mut self, terms: &QuotaTerms, ask: &Ask, t: usize) -> Option<u64> {
        let answer = self.book.play(terms, ask, noon(Quarter::at(t).days()[1]));
        self.refused += u32::from(answer.is_err());
        answer.ok()
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
    let (t, rate) = (world.t, tpp_of_dollar(world));
    let Some(quotas) = terms.places.get(place) else { return 0.0 };
    let routes = compiled.routes(t, place);
    let margin = (world.flows.chip.price - supply::cost(world)) / world.flows.chip.compute.tpp;
    let given = world.levers.allocation_given;
    // A place that stands for several has the account of one of them, the others being alike.
    let countries = compiled.data.places[place].countries;
    let allocation = quotas
        .country
        .limit(t)
        .map_or(0.0, |limit| (limit * given - world.books.used[place]).max(0.0) * countries);
    let (consignees, each) = if routes.lpp { small_amounts(world, place) } else { (1.0, 0.0) };
    let lpp = consignees * each;
    let company = quotas.company.as_ref().filter(|_| routes.nveu);
    let ceiling = company.and_then(|quota| quota.limit(t));
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
    let asked = (found.x[2] * whole).min(allocation) / countries;
    let drawn = world.books.draw(terms, quotas.country.account(t).as_slice(), asked, t);
    world.books.used[place] += drawn;
    let asked = (found.x[0] * whole / consignees).min(each);
    let small = world.books.draw(terms, quotas.consignee.account(t).as_slice(), asked, t);
    let mut sold = small * consignees + drawn * countries;
    if let Some(company) = company {
        let drawn = world.books.draw(
            terms,
            company.account(t).as_slice(),
            (found.x[1] * whole).min(room),
            t,
        );
        world.books.installed[place] += drawn;
        sold += drawn;
    }
    (sold / rate).min(money)
}

/// How many small consignees there are, and what each may get in a quarter, TPP.
fn small_amounts(world: &World<'_>, place: usize) -> (f64, f64) {
    let Some(limit) = world.compiled.terms.small.limit(world.t) else { return (1.0, 0.0) };
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
    let (terms, t, rate) = (&compiled.terms, world.t, tpp_of_dollar(world));
    let whole = world.owners[0].installed.tpp.max(1.0);
    let at: Vec<usize> = (0..wanted.len()).filter(|place| wanted[*place] > 0.0).collect();
    let outside = terms.outside.limit(t).unwrap_or(0.0);
    if let Some(account) = &terms.whole {
        world.books.set(terms, account, whole, t);
    }
    let base: f64 = world.books.guests.iter().sum();
    let mut rows = vec![vec![1.0; at.len()]];
    let mut limits = vec![(outside - base / whole).max(0.0)];
    for (column, place) in at.iter().enumerate() {
        let part = terms.places.get(*place).and_then(|quotas| quotas.guests.limit(t));
        let room = (part.unwrap_or(0.0) - world.books.guests[*place] / whole).max(0.0);
        let may = if compiled.routes(t, *place).uveu { room } else { 0.0 };
        let mut row = vec![0.0; at.len()];
        row[column] = 1.0;
        rows.push(row);
        limits.push((wanted[*place] * rate / whole).min(may));
    }
    let found = linear::maximize(&vec![1.0; at.len()], &rows, &limits);
    for (column, place) in at.iter().enumerate() {
        let asked = found.as_ref().map_or(0.0, |found| found.x[column] * whole);
        let guests = terms.places.get(*place).and_then(|quotas| quotas.guests.account(t));
        // What is in a country is abroad, and a part of the whole.
        let accounts = [guests, terms.outside.account(t), terms.whole.as_ref()];
        let accounts: Vec<&Account> = accounts.into_iter().flatten().collect();
        let tpp = world.books.draw(terms, &accounts, asked, t);
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
    let limit = world.compiled.terms.places.get(place)?.country.limit(world.t).filter(|_| held)?;
    Some(world.books.used[place] / limit)
}

/// Noon of a day, UTC.
fn noon(day: Date) -> jiff::Timestamp {
    let noon = jiff::tz::Offset::UTC.to_timestamp(day.at(12, 0, 0, 0));
    noon.unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
