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
//! Consignees: n a place · min(5, 1 + ¼ ln(gain / cost of a further one)); the gain is a
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
use crate::world::state::{Rationed, World};

/// The terms of the accounts that a scenario can draw on, read once.
#[derive(Clone, Debug, Default)]
pub struct QuotaTerms {
    /// `None` where the law has none.
    accounts: BTreeMap<Account, Option<Terms>>,
    /// What each place draws on: looked up several times a quarter, in every run.
    places: Vec<PlaceQuotas>,
    /// What guests draw on abroad: shares of their base, and that base.
    abroad: Vec<Quota>,
    /// Which of these are the base.
    bases: Vec<usize>,
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
    /// What guests draw on who bring chips here, by their places in [`QuotaTerms::abroad`].
    guests: Vec<usize>,
}

/// What bounds an account.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    /// So many units.
    Units(f64),
    /// A share of a whole.
    Share(f64),
    /// Nothing.
    Unlimited,
}

impl Bound {
    fn of(limit: &Limit) -> Bound {
        match limit {
            Limit::Amount(amount) => Bound::Units(amount.millionths() as f64 / 1e6),
            Limit::Share { share: (part, of), .. } => Bound::Share(*part as f64 / *of as f64),
            Limit::Unlimited => Bound::Unlimited,
        }
    }

    /// This, and what has to fit a later bound as well.
    fn held_for(self, later: Bound) -> Bound {
        match (self, later) {
            (Bound::Units(now), Bound::Units(later)) => Bound::Units(now.min(later)),
            (Bound::Share(now), Bound::Share(later)) => Bound::Share(now.min(later)),
            (Bound::Unlimited, later) => later,
            (now, _) => now,
        }
    }
}

/// Whose account it is and what bounds it, in the middle of each quarter: what a later step will
/// not hold is not drawn before it, for what was drawn stays.
#[derive(Clone, Debug, Default)]
struct Quota(Vec<(Account, Option<Bound>)>);

impl Quota {
    fn account(&self, t: usize) -> Option<&Account> {
        self.0.get(t).map(|(account, _)| account)
    }

    /// The limit in units; `None` where the law states none.
    fn limit(&self, t: usize) -> Option<f64> {
        match self.0.get(t)?.1? {
            Bound::Units(units) => Some(units),
            Bound::Share(_) | Bound::Unlimited => None,
        }
    }

    /// What is left of it where so much is used, and the whole is so large; nothing where the law
    /// states no limit.
    fn room(&self, t: usize, used: f64, whole: f64) -> f64 {
        match self.0.get(t).and_then(|(_, bound)| *bound) {
            Some(Bound::Units(units)) => (units - used).max(0.0),
            Some(Bound::Share(share)) => (share * whole - used).max(0.0),
            Some(Bound::Unlimited) => f64::INFINITY,
            None => 0.0,
        }
    }
}

impl QuotaTerms {
    /// The country allocation and the largest company's installed base of every place, and the
    /// shares and the small amounts of the exceptions.
    pub fn read(compiled: &Compiled) -> QuotaTerms {
        let quotas = ledger::packs::PackQuotas::new(compiled.law.clone());
        let mut terms = QuotaTerms::default();
        for (at, place) in compiled.data.places.iter().enumerate() {
            let quotas = terms.of_place(&quotas, place, largest_company(compiled, at));
            terms.places.push(quotas);
        }
        terms.small = terms.yearly(&quotas, "any");
        terms
    }

    fn of_place(
        &mut self,
        quotas: &dyn Quotas,
        place: &Place,
        company: Option<&str>,
    ) -> PlaceQuotas {
        let named = |quota: &str, name: &str| Account::new(quota, &[name, &place.code]);
        let country = self.steady(quotas, Account::new("country-allocation", &[&place.code]));
        let outside = Account::new("uveu-outside", &[GUESTS]);
        let guests = together(quotas, [named("uveu-country", GUESTS), outside]);
        PlaceQuotas {
            country,
            consignee: self.yearly(quotas, &format!("consignee in {}", place.code)),
            company: company.map(|name| self.steady(quotas, named("nveu-installed", name))),
            guests: guests
                .into_iter()
                .map(|(one, is_base)| self.abroad(quotas, one, is_base))
                .collect(),
        }
    }

    /// The place of an account that guests draw on.
    fn abroad(&mut self, quotas: &dyn Quotas, account: Account, is_base: bool) -> usize {
        let known = self.abroad.iter().position(|one| one.account(0) == Some(&account));
        let at = known.unwrap_or_else(|| {
            let quota = self.steady(quotas, account);
            self.abroad.push(quota);
            self.abroad.len() - 1
        });
        if is_base && !self.bases.contains(&at) {
            self.bases.push(at);
        }
        at
    }

    /// An account that is the same in all quarters.
    fn steady(&mut self, quotas: &dyn Quotas, account: Account) -> Quota {
        let at = |t| self.keep(quotas, account.clone(), Quarter::at(t).days()[1]);
        Quota((0..QUARTERS).map(at).collect())
    }

    /// The account of a consignee of small amounts, another one each year.
    fn yearly(&mut self, quotas: &dyn Quotas, name: &str) -> Quota {
        let at = |t| {
            let quarter = Quarter::at(t);
            let account = Account::new("lpp-limit", &[name, &quarter.year().to_string()]);
            self.keep(quotas, account, quarter.days()[1])
        };
        Quota((0..QUARTERS).map(at).collect())
    }

    /// The limit of small amounts to one consignee in the year of a day.
    pub fn small(&self, day: Date) -> Option<f64> {
        let account = Account::new("lpp-limit", &["any", &day.year().to_string()]);
        match Bound::of(&self.accounts.get(&account)?.as_ref()?.step(day)?.limit) {
            Bound::Units(units) => Some(units),
            Bound::Share(_) | Bound::Unlimited => None,
        }
    }

    /// Keeps the terms of an account, and says what bounds draws on it on a day.
    fn keep(
        &mut self,
        quotas: &dyn Quotas,
        account: Account,
        day: Date,
    ) -> (Account, Option<Bound>) {
        let terms = || quotas.terms(&account, None).ok();
        self.accounts.entry(account.clone()).or_insert_with(terms);
        let bound = self.held(&account, day);
        (account, bound)
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

    /// What bounds draws of a day; `None` where the law states nothing. What is drawn counts in
    /// the later steps of an account too. Small amounts have an account a year.
    fn held(&self, account: &Account, day: Date) -> Option<Bound> {
        let terms = self.accounts.get(account)?.as_ref()?;
        let now = Bound::of(&terms.step(day)?.limit);
        let later = terms.steps.iter().filter(|step| step.from > day);
        Some(later.map(|step| Bound::of(&step.limit)).fold(now, Bound::held_for))
    }
}

/// Accounts with all that the ledger moves with them, and whether each is the base of another: what
/// is in a country is abroad, and a part of the whole.
fn together<const N: usize>(quotas: &dyn Quotas, accounts: [Account; N]) -> Vec<(Account, bool)> {
    let mut all = accounts.map(|account| (account, false)).to_vec();
    let mut at = 0;
    while let Some((account, _)) = all.get(at) {
        let terms = quotas.terms(account, None).ok();
        let (base, beside) = terms.map(|it| (it.whole().cloned(), it.beside)).unwrap_or_default();
        let others = base.map(|base| (base, true)).into_iter();
        for (other, is_base) in others.chain(beside.into_iter().map(|one| (one, false))) {
            match all.iter_mut().find(|(known, _)| *known == other) {
                Some((_, known)) => *known |= is_base,
                None => all.push((other, is_base)),
            }
        }
        at += 1;
    }
    all
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
    /// What guests have in use of what they draw on abroad, TPP.
    abroad: Vec<f64>,
    /// Movements that the ledger refused: none, unless it holds what is asked against limits that
    /// the linear programs do not know.
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
            installed: none,
            abroad: vec![0.0; compiled.terms.abroad.len()],
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
        // What no amount can hold is refused below, as the draws on it would be.
        let total = Amount::units(tpp.floor() as i128).unwrap_or_default();
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
            world.flows.rationed[place].local = sold;
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
    world.flows.shadow[place] = found.duals[3] * margin.max(0.0);
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
    let least = world.p.consignee_least * chip.price / chip.compute.tpp;
    let gain = world.shadow_before[place].max(least) * limit;
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
    let drawn_on = |place: usize| terms.places.get(place).map_or(&[][..], |it| &it.guests);
    let room = |abroad: &[f64], one: usize| terms.abroad[one].room(t, abroad[one], whole);
    let may = |place: &usize| match compiled.routes(t, *place).uveu {
        true => wanted[*place] * rate / whole,
        false => 0.0,
    };
    let mut own: Vec<f64> = at.iter().map(may).collect();
    let (mut rows, mut limits) = (Vec::new(), Vec::new());
    for one in 0..terms.abroad.len() {
        let limit = room(&world.books.abroad, one) / whole;
        let is_on = |place: &usize| drawn_on(*place).contains(&one);
        let row: Vec<f64> = at.iter().map(|place| f64::from(u8::from(is_on(place)))).collect();
        match row.iter().sum::<f64>() {
            1.0 => {
                let column = row.iter().position(|on| *on > 0.0).unwrap_or_default();
                own[column] = own[column].min(limit);
            }
            count if count > 1.0 && limit.is_finite() => {
                rows.push(row);
                limits.push(limit);
            }
            _ => {}
        }
    }
    for column in 0..at.len() {
        let mut row = vec![0.0; at.len()];
        row[column] = 1.0;
        rows.push(row);
    }
    limits.extend_from_slice(&own);
    let found = linear::maximize(&vec![1.0; at.len()], &rows, &limits);
    let mut is_set = false;
    for (column, place) in at.iter().enumerate() {
        let asked = found.as_ref().map_or(0.0, |found| found.x[column].min(own[column]) * whole);
        let on = drawn_on(*place);
        let asked = on.iter().map(|one| room(&world.books.abroad, *one)).fold(asked, f64::min);
        if asked >= 1.0 && !std::mem::replace(&mut is_set, true) {
            for base in terms.bases.iter().filter_map(|base| terms.abroad[*base].account(t)) {
                world.books.set(terms, base, whole, t);
            }
        }
        let accounts: Vec<&Account> =
            on.iter().filter_map(|one| terms.abroad[*one].account(t)).collect();
        let tpp = world.books.draw(terms, &accounts, asked, t);
        let money = (tpp / rate).min(wanted[*place]);
        on.iter().for_each(|one| world.books.abroad[*one] += tpp);
        world.flows.spent[*place] += money;
        world.flows.rationed[*place].guests = money;
        // What may not stand there is built at home.
        world.flows.spent[0] += wanted[*place] - money;
    }
}

/// Installs what was sold, by place and by owner: what quotas let through is whose it was let
/// through for, and all else is shared as it was wanted.
fn install(world: &mut World<'_>) {
    let chip = world.flows.chip;
    let places = world.places.len();
    for place in 0..places {
        let made = chip.bought(world.flows.spent[place]);
        world.balance.made[place].add(made);
        world.package(made.chips, chip.dies);
        world.places[place].install(made);
        let Rationed { local, guests } = world.flows.rationed[place];
        // Of a sum with its parts, rounding may leave a little less than nothing.
        let open = (world.flows.spent[place] - local - guests).max(0.0);
        let wanted = &world.flows.wanted;
        let all = wanted.local[place] + wanted.guests[place];
        let share = if all > 0.0 && place != 0 { wanted.guests[place] / all } else { 0.0 };
        world.owners[place].install(chip.bought(open * (1.0 - share) + local));
        world.owners[0].install(chip.bought(open * share + guests));
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
