//! What was made and where it is: books beside the stocks, compared with them after every quarter.
//!
//! ```text
//! U.S. chips, by place:        made = in use + retired;   by owner in all: the same
//!   for China, by flagship:    made = sold + in stock + written off;   sold = in use + retired
//!   against the law:           made = in use + retired + seized
//!   dies in what is made       ≤ packaging that can be used in the quarter
//! Chinese dies:                on wafers = lost by yield + good
//!                              good + made abroad = banked + packaged
//!   packages:                  packaged = lost in packaging + in use + retired
//!   memory:                    stacks made and bought = in stock + used;   used = 4 · packaged
//! rented compute               ≤ what stands outside China and the United States
//! ```
//!
//! Each line is kept in chips, in H100 equivalents and in TPP. The books are written where things
//! are made, the stocks where they are sold, installed, seized, drawn on and given up, so that a
//! flow that is dropped on the way shows as a difference.

use super::state::{Compute, Pool, Source, World};

/// Dies in stock, with what they can do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bank {
    /// Made in China for Huawei.
    pub own: Compute,
    /// Made in China for other designers.
    pub other: Compute,
    /// Made abroad for Huawei.
    pub foreign: Compute,
}

/// Books of what was ever made, used up and lost.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// U.S. chips made for places outside China, by place.
    pub made: Vec<Compute>,
    /// Flagships made for China, as the law allows.
    pub made_flagships: Compute,
    /// Chips made for China, by the flagship that they are cut from.
    pub made_lines: Vec<Compute>,
    /// Those of them that were sold.
    pub sold_lines: Vec<Compute>,
    /// Chips made that went to vendors and fronts.
    pub made_smuggled: Compute,
    /// Reticle-size dies packaged in the quarter.
    pub packaged_now: f64,
    /// Dies on the wafers of Chinese plants.
    pub started: f64,
    /// Dies lost by yield.
    pub failed: f64,
    /// Good dies of Chinese plants.
    pub good: Compute,
    /// Dies made abroad for Huawei.
    pub bought: Compute,
    /// Dies that went into Chinese packages.
    pub packaged: Compute,
    /// Dies of packages that did not work.
    pub broken: Compute,
    /// Stacks of memory made and bought for them.
    pub stacks_got: f64,
    /// Stacks used.
    pub stacks_used: f64,
}

impl Books {
    /// Empty books.
    pub fn new(places: usize, flagships: usize) -> Books {
        let none = Compute::default();
        Books {
            made: vec![none; places],
            made_lines: vec![none; flagships],
            sold_lines: vec![none; flagships],
            ..Books::default()
        }
    }
}

/// The most by which two sides may differ, share: what sums of rounded numbers leave.
const ROUNDING: f64 = 1e-9;

/// What does not balance at the end of a quarter, if anything.
pub fn trouble(world: &World<'_>) -> Option<String> {
    abroad(world)
        .or_else(|| for_china(world))
        .or_else(|| capacity(world))
        .or_else(|| chinese(world))
        .or_else(|| below_zero(world))
}

/// What of a pool is in use or retired.
fn held(pool: &Pool) -> Compute {
    pool.installed.plus(pool.scrapped)
}

/// Says it where two sides differ.
fn differ(what: impl Fn() -> String, made: Compute, found: Compute) -> Option<String> {
    let units = ["chips", "H100e", "TPP"];
    let sides = [made.chips, made.h100e, made.tpp].into_iter();
    let other = [found.chips, found.h100e, found.tpp];
    let pairs = units.into_iter().zip(sides.zip(other));
    let (unit, (made, found)) = { pairs }.find(|(_, (made, found))| unequal(*made, *found))?;
    let what = what();
    Some(format!("{what}: {made:.0} {unit} were made and {found:.0} are found"))
}

fn unequal(one: f64, other: f64) -> bool {
    let apart = (one - other).abs();
    apart.is_nan() || apart > ROUNDING * one.abs().max(1e3)
}

/// Chips outside China: by place, and by the seat of their owners.
fn abroad(world: &World<'_>) -> Option<String> {
    let books = &world.balance;
    let places = &world.compiled.data.places;
    for (at, place) in places.iter().enumerate() {
        let found = held(&world.places[at]);
        if let Some(trouble) =
            differ(|| format!("U.S. chips in {}", place.code), books.made[at], found)
        {
            return Some(trouble);
        }
    }
    let all = |pools: &[Pool]| pools.iter().fold(Compute::default(), |sum, it| sum.plus(held(it)));
    let (stand, owned) = (all(&world.places), all(&world.owners));
    let theirs = held(&world.owners[world.compiled.data.china]);
    let owners = differ(|| "U.S. chips by their owners".to_owned(), stand, owned);
    let bought = || {
        differ(
            || "chips that Chinese companies bought abroad".to_owned(),
            theirs,
            held(&world.abroad),
        )
    };
    owners.or_else(bought).or_else(|| {
        let china = world.compiled.data.china;
        let elsewhere = world.places.iter().enumerate();
        let room: f64 = elsewhere
            .filter(|(at, _)| *at != 0 && *at != china)
            .map(|(_, pool)| pool.installed.h100e)
            .sum();
        let rented = world.rented.installed.h100e;
        (rented > room * (1.0 + ROUNDING) + ROUNDING)
            .then(|| format!("{rented:.0} H100e are rented where {room:.0} stand"))
    })
}

/// U.S. chips in China, and on the way there.
fn for_china(world: &World<'_>) -> Option<String> {
    let books = &world.balance;
    let mut sold = books.made_flagships;
    for (at, flagship) in world.compiled.data.flagships.iter().enumerate() {
        let found = books.sold_lines[at].plus(world.stock[at]).plus(world.written_off[at]);
        let what = || format!("chips made for China from the {}", flagship.name);
        if let Some(trouble) = differ(what, books.made_lines[at], found) {
            return Some(trouble);
        }
        sold.add(books.sold_lines[at]);
    }
    let [legal, smuggled, ..] = &world.china;
    differ(|| "U.S. chips sold to China".to_owned(), sold, held(legal)).or_else(|| {
        let found = held(smuggled).plus(world.seized);
        differ(|| "chips smuggled to China".to_owned(), books.made_smuggled, found)
    })
}

/// Packaging: nothing is made beyond it.
fn capacity(world: &World<'_>) -> Option<String> {
    let (dies, most) = (world.balance.packaged_now, world.flows.capacity);
    let within = dies <= most * (1.0 + ROUNDING) + ROUNDING;
    (!within).then(|| format!("{dies:.0} dies were packaged where {most:.0} can be"))
}

/// Chinese dies, packages and memory.
fn chinese(world: &World<'_>) -> Option<String> {
    let books = &world.balance;
    let (started, found) = (books.started, books.failed + books.good.chips);
    if unequal(started, found) {
        return Some(format!("{started:.0} dies are on Chinese wafers and {found:.0} are counted"));
    }
    let Bank { own, other, foreign } = world.bank;
    let banked = own.plus(other).plus(foreign).plus(books.packaged);
    let came = books.good.plus(books.bought);
    let huawei = held(&world.china[Source::Huawei as usize]);
    let rest = held(&world.china[Source::OtherDomestic as usize]);
    differ(|| "Chinese dies".to_owned(), came, banked)
        .or_else(|| {
            let found = books.broken.plus(huawei).plus(rest);
            differ(|| "dies in Chinese packages".to_owned(), books.packaged, found)
        })
        .or_else(|| {
            let (got, found) = (books.stacks_got, books.stacks_used + world.stacks);
            unequal(got, found)
                .then(|| format!("{got:.0} stacks of memory came and {found:.0} are counted"))
        })
        .or_else(|| {
            let needed = world.p.die_stacks * books.packaged.chips;
            unequal(books.stacks_used, needed).then(|| {
                let used = books.stacks_used;
                format!("{used:.0} stacks were used where packages take {needed:.0}")
            })
        })
        .or_else(|| {
            let (now, most) = (world.flows.packaged_huawei, world.flows.packages);
            (now > most * (1.0 + ROUNDING) + ROUNDING)
                .then(|| format!("Huawei packaged {now:.0} dies where {most:.0} can be"))
        })
}

/// Stocks that are negative or no number.
fn below_zero(world: &World<'_>) -> Option<String> {
    // Drawing a stock down to nothing leaves what rounding leaves.
    let unsound = |stock: f64| stock.is_nan() || stock < -1e-3;
    let least = |stock: Compute| stock.chips.min(stock.h100e);
    let stocks = [
        ("dies of Huawei made in China", least(world.bank.own)),
        ("dies of other Chinese designers", least(world.bank.other)),
        ("dies made abroad", least(world.bank.foreign)),
        ("seized chips", least(world.seized)),
        ("stacks of memory", world.stacks),
        ("packaging capacity", world.capacity),
    ];
    if let Some((what, stock)) = stocks.into_iter().find(|(_, stock)| unsound(*stock)) {
        return Some(format!("{what}: a stock of {stock}"));
    }
    let flagships = &world.compiled.data.flagships;
    let mut unsold = world.stock.iter().map(|stock| least(*stock)).zip(flagships);
    let (stock, flagship) = unsold.find(|(stock, _)| unsound(*stock))?;
    Some(format!("unsold chips from the {}: a stock of {stock}", flagship.name))
}
