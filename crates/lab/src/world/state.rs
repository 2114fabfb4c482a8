//! What the world is like at the end of a quarter, and what moved in it.

use jiff::civil::Date;

use super::balance::{Bank, Books as Balance};
use super::compiled::Compiled;
use super::parameters::Parameters;
use super::scenario::Levers;
use crate::math::{exp, pow};
use crate::quarter::{FIRST_YEAR, QUARTERS, Quarter};
use crate::random::Stream;

/// An amount of compute in all its units. Its chips are counted by package, Chinese ones by die.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Compute {
    /// Chips.
    pub chips: f64,
    /// H100 equivalents by 8-bit operations.
    pub h100e: f64,
    /// Total processing performance.
    pub tpp: f64,
}

impl Compute {
    /// So many times as much.
    pub fn times(self, factor: f64) -> Compute {
        Compute { chips: self.chips * factor, h100e: self.h100e * factor, tpp: self.tpp * factor }
    }

    /// This and another amount.
    pub fn plus(mut self, other: Compute) -> Compute {
        self.add(other);
        self
    }

    /// Adds another amount.
    pub fn add(&mut self, other: Compute) {
        self.chips += other.chips;
        self.h100e += other.h100e;
        self.tpp += other.tpp;
    }

    /// What is left without another amount.
    pub fn without(self, other: Compute) -> Compute {
        Compute {
            chips: self.chips - other.chips,
            h100e: self.h100e - other.h100e,
            tpp: self.tpp - other.tpp,
        }
    }
}

/// Installed compute by the quarter in which it was installed.
#[derive(Clone, Debug)]
pub struct Pool {
    vintages: Vec<Compute>,
    /// What works.
    pub installed: Compute,
    /// What no longer does.
    pub scrapped: Compute,
    /// What was added in the quarter.
    pub added: Compute,
    /// All that was ever added.
    pub ever: Compute,
}

impl Pool {
    fn new() -> Pool {
        let none = Compute::default();
        Pool {
            vintages: Vec::with_capacity(QUARTERS),
            installed: none,
            scrapped: none,
            added: none,
            ever: none,
        }
    }

    /// Lets a quarter's age take its share: `keep[age]` of each vintage stays.
    fn age(&mut self, keep: &[f64; QUARTERS]) {
        let mut installed = Compute::default();
        let count = self.vintages.len();
        for (at, vintage) in self.vintages.iter_mut().enumerate() {
            let left = vintage.times(keep[count - at - 1]);
            self.scrapped.add(vintage.without(left));
            *vintage = left;
            installed.add(left);
        }
        self.installed = installed;
        self.added = Compute::default();
        self.vintages.push(Compute::default());
    }

    /// Gives a share of everything up.
    pub fn lose(&mut self, share: f64) {
        for vintage in &mut self.vintages {
            *vintage = vintage.times(1.0 - share);
        }
        self.scrapped.add(self.installed.times(share));
        self.installed = self.installed.times(1.0 - share);
    }

    /// Installs.
    pub fn install(&mut self, what: Compute) {
        if let Some(newest) = self.vintages.last_mut() {
            newest.add(what);
        }
        self.installed.add(what);
        self.added.add(what);
        self.ever.add(what);
    }
}

/// Where China's compute comes from; the rented share stands abroad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// U.S. chips sold there as the law allows.
    Legal,
    /// U.S. chips brought there against it.
    Smuggled,
    /// Huawei's.
    Huawei,
    /// Other domestic designers'.
    OtherDomestic,
}

/// A chip of a quarter on sale, averaged over generations: figures per chip.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Composite {
    /// Price, USD.
    pub price: f64,
    /// Value to a buyer; that of an H100 is one.
    pub value: f64,
    /// Compute of one chip.
    pub compute: Compute,
    /// Reticle-size dies in its package.
    pub dies: f64,
}

impl Composite {
    /// Price per value, USD.
    pub fn price_of_value(&self) -> f64 {
        self.price / self.value
    }

    /// The compute that an amount of money buys.
    pub fn bought(&self, money: f64) -> Compute {
        if self.price > 0.0 { self.compute.times(money / self.price) } else { Compute::default() }
    }
}

/// A chip made for China from one flagship.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Which of the designs.
    pub design: usize,
    /// When it ships, in quarters since the beginning of 2019.
    pub ready: f64,
}

/// A chip among those that China may have without a license.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offered {
    /// The flagship that it was cut down from; none where it is the flagship itself.
    pub line: Option<usize>,
    /// Its share of the chips.
    pub share: f64,
    /// The chip.
    pub chip: Composite,
}

/// A company that brings chips into China.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// Chips a quarter when it is established.
    pub volume: f64,
    /// The quarter until which it is out after having been caught.
    pub out_until: usize,
}

/// Random numbers of the run, drawn before it begins: the same in every scenario.
#[derive(Clone, Debug)]
pub struct Chances {
    /// Shocks to spending.
    pub spend: Vec<f64>,
    /// Shocks to China's spending.
    pub china: Vec<f64>,
    /// Shocks to buyers, a row a quarter.
    pub buyers: Vec<f64>,
    /// Luck of license applications.
    pub licenses: Vec<f64>,
    /// Luck of vendors, a row a quarter, uniform.
    pub vendors: Vec<f64>,
    /// Luck of fronts, a row a quarter, uniform.
    pub fronts: Vec<f64>,
    /// Retaliation, uniform.
    pub retaliation: Vec<f64>,
    /// The market's.
    pub market: Vec<f64>,
    /// Delays of designs, one a flagship.
    pub designs: Vec<f64>,
}

/// The most vendors that a run can have.
pub const MOST_VENDORS: usize = 240;
/// The most fronts that a run can have.
pub const MOST_FRONTS: usize = 16;

impl Chances {
    /// The chances of a draw: a stream of its own for each mechanism.
    pub fn new(seed: u64, draw: u64, buyers: usize, flagships: usize) -> Chances {
        let normals = |name: &str, count: usize| -> Vec<f64> {
            let mut stream = Stream::new(name, seed, draw);
            (0..count).map(|_| stream.normal()).collect()
        };
        let uniforms = |name: &str, count: usize| -> Vec<f64> {
            let mut stream = Stream::new(name, seed, draw);
            (0..count).map(|_| stream.uniform()).collect()
        };
        Chances {
            spend: normals("world spending", QUARTERS),
            china: normals("world china", QUARTERS),
            buyers: normals("world buyers", QUARTERS * buyers),
            licenses: normals("world licenses", QUARTERS),
            vendors: uniforms("world vendors", QUARTERS * MOST_VENDORS),
            fronts: uniforms("world fronts", QUARTERS * MOST_FRONTS),
            retaliation: uniforms("world retaliation", QUARTERS),
            market: normals("world market", QUARTERS),
            designs: normals("world designs", flagships),
        }
    }
}

/// A chip that China may have under a license.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Licensed {
    /// The chip.
    pub chip: Composite,
    /// The share of the quarter in which applications are taken.
    pub share: f64,
    /// The share of applications that the review policy approves.
    pub approved: f64,
}

/// Money by place in one quarter, USD.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What companies with their seat there want to spend there.
    pub local: Vec<f64>,
    /// What companies from elsewhere want to spend there.
    pub guests: Vec<f64>,
}

/// What quotas of a place let through in one quarter, USD.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rationed {
    /// To companies with their seat there.
    pub local: f64,
    /// To companies from elsewhere.
    pub guests: f64,
}

/// What moved in a quarter.
#[derive(Clone, Debug, Default)]
pub struct Flows {
    /// Spending outside China that is wanted, USD.
    pub wanted: Wanted,
    /// Spending of China on all sources that is wanted, USD.
    pub china_wanted: f64,
    /// Packaging that can be used in the quarter, dies.
    pub capacity: f64,
    /// The share of what is wanted that capacity serves.
    pub served: f64,
    /// The flagships on sale, averaged.
    pub chip: Composite,
    /// What may be sold to China without a license, averaged, and the share of demand open to it.
    pub for_china: (Composite, f64),
    /// The chips that this average is of.
    pub offered: Vec<Offered>,
    /// Value of the flagships, each with the weight that it has in what is offered to China.
    pub reference: f64,
    /// What may be sold to China under a license, and its share of the quarter.
    pub licensed: Option<Licensed>,
    /// Spending that reaches each place, USD.
    pub spent: Vec<f64>,
    /// Spending that a quota held back, USD.
    pub held_back: Vec<f64>,
    /// What quotas let through of that, by place; whatever else reaches it needs none.
    pub rationed: Vec<Rationed>,
    /// Value of a further unit of the quota, USD per TPP.
    pub shadow: Vec<f64>,
    /// Chips that vendors and fronts can move.
    pub smuggling_room: f64,
    /// Chips of vendors and fronts that are caught, as far as there are buyers.
    pub seizing: f64,
    /// Chips seized on the way.
    pub seized: f64,
    /// H100 equivalents that can be rented to China in addition.
    pub renting_room: f64,
    /// What Chinese companies may buy in third countries, USD, and how it spreads over places.
    pub abroad_room: f64,
    /// Shares of places in what they buy there.
    pub abroad: Vec<f64>,
    /// What they bought there, USD.
    pub abroad_usd: f64,
    /// Working dies that Chinese packages can have: Huawei's, other designers'.
    pub dies: (f64, f64),
    /// Dies that Huawei can package.
    pub packages: f64,
    /// Dies that Huawei packaged.
    pub packaged_huawei: f64,
    /// Whether as many stacks of memory come as Chinese dies take.
    pub memory_free: bool,
    /// Legal sales to China: of flagships, of chips made for it; USD.
    pub legal_usd: (f64, f64),
    /// Chips made for China that were sold.
    pub variants: f64,
    /// Smuggled chips bought in China.
    pub smuggled: Compute,
    /// Premium over list price.
    pub premium: f64,
    /// Domestic chips bought, USD.
    pub domestic_usd: f64,
    /// Demand of China that no source met, share of what it wanted.
    pub unmet: f64,
    /// The same in H100 equivalents at list price.
    pub denied: f64,
    /// Revenue of U.S. vendors, USD.
    pub us_revenue: f64,
    /// NVIDIA's, USD.
    pub nvidia_revenue: f64,
    /// NVIDIA's shipments.
    pub nvidia: Compute,
    /// How large a step the United States took.
    pub step: f64,
    /// How much of that China's answer is not known to, so that it is drawn.
    pub unanswered: f64,
}

/// The world.
pub struct World<'c> {
    /// The scenario and its law.
    pub compiled: &'c Compiled,
    /// The draw.
    pub p: Parameters,
    /// Its luck.
    pub chances: Chances,
    /// The quarter.
    pub t: usize,
    /// The levers of the quarter.
    pub levers: Levers,
    /// What moves in the quarter.
    pub flows: Flows,
    /// Value of each flagship.
    pub values: Vec<f64>,
    /// Share of each flagship in what is sold, by chips.
    pub mix: Vec<f64>,
    /// The same a quarter ago.
    pub mix_before: Vec<f64>,
    /// Share of each vintage that stays, by age in quarters.
    pub keep: [f64; QUARTERS],
    /// Installed compute by place; none stands at China's, whose chips are in `china`.
    pub places: Vec<Pool>,
    /// China's, by [`Source`].
    pub china: [Pool; 4],
    /// Rented by Chinese companies abroad: no chips of its own.
    pub rented: Pool,
    /// Installed by place of the owner's headquarters; China's is in `china` as well.
    pub owners: Vec<Pool>,
    /// Trend of spending outside China, USD a quarter.
    pub spend: f64,
    /// Growth of the boom that is left, logarithm a year.
    pub excess: f64,
    /// Whether the boom begins in the quarter.
    pub begun: bool,
    /// Deviation of each buyer from its share, logarithm.
    pub buyer_state: Vec<f64>,
    /// Spending that waits, USD.
    pub backlog: f64,
    /// Packaging capacity, dies a quarter.
    pub capacity: f64,
    /// Capacity that was ordered and comes into use later, by quarter.
    pub ordered: Vec<f64>,
    /// Dies wanted in the last quarter.
    pub need: f64,
    /// The same before what is being worked out, for its growth.
    pub need_before: f64,
    /// Growth of that, smoothed, logarithm a quarter.
    pub need_growth: f64,
    /// Chips for China by flagship.
    pub lines: Vec<Option<Line>>,
    /// Chips made for China and not sold, by flagship.
    pub stock: Vec<Compute>,
    /// Chips made for China that may no longer be sold, or that a successor replaced, by flagship.
    pub written_off: Vec<Compute>,
    /// Chips ever seized on the way to China.
    pub seized: Compute,
    /// Share of what needs no license that China took, of what it could have, in the last quarter.
    pub taken: f64,
    /// Dies in chips that were sold under licenses for China in the last quarter.
    pub licensed_before: f64,
    /// Dies in chips that Chinese companies bought abroad in the last quarter.
    pub abroad_before: f64,
    /// Compute that they ever bought there and that works.
    pub abroad: Pool,
    /// Dies in chips that were smuggled or seized in the last quarter.
    pub smuggled_before: f64,
    /// Demand that was pulled forward and is not made up for yet, USD.
    pub hoard: f64,
    /// License applications that wait, USD.
    pub applications: f64,
    /// Vendors.
    pub vendors: Vec<Vendor>,
    /// How many of them do business, share.
    pub vendors_in: f64,
    /// How many fronts are out, until when.
    pub fronts_out: [usize; MOST_FRONTS],
    /// Premium over list price in the last quarter.
    pub premium: f64,
    /// Chips sold outside China in the last quarter, and in the last one of 2023, for scale.
    pub volume: (f64, f64),
    /// SMIC's wafers for AI, a month.
    pub smic: f64,
    /// Good dies that it ever made.
    pub smic_ever: f64,
    /// Dies in stock.
    pub bank: Bank,
    /// Stacks of memory in stock.
    pub stacks: f64,
    /// Share of China's compute that was made in China, of the quarter.
    pub made_share: f64,
    /// Usefulness of domestic chips.
    pub quality: f64,
    /// Domestic share of the last quarter, by value.
    pub domestic_share: f64,
    /// Research, USD a quarter: United States, China.
    pub research: (f64, f64),
    /// Revenue by quarter, for what depends on the past: U.S. vendors, NVIDIA, Chinese vendors.
    pub revenues: Vec<(f64, f64, f64)>,
    /// Speed of new generations against the list, ratio.
    pub speed: f64,
    /// Capacity that allies built beyond the need, share.
    pub overcapacity: f64,
    /// Share of China's planned centers that stands idle.
    pub idle: f64,
    /// Compute for which China built centers, H100 equivalents.
    pub centers: f64,
    /// Whether China retaliates.
    pub retaliation: bool,
    /// Rental price, USD per GPU-hour of an H100.
    pub rental: f64,
    /// NVIDIA's value, USD.
    pub market_value: f64,
    /// Shadow prices of the last quarter, by place, USD per TPP.
    pub shadow_before: Vec<f64>,
    /// Leaning to the U.S. stack by place.
    pub stack: Vec<f64>,
    /// The quotas' books.
    pub books: super::mechanisms::allocation::Books,
    /// Books of what was made, to be compared with where it is.
    pub balance: Balance,
}

impl<'c> World<'c> {
    /// The world before its first quarter.
    pub fn new(compiled: &'c Compiled, p: Parameters, chances: Chances) -> World<'c> {
        let data = &compiled.data;
        let pools = || data.places.iter().map(|_| Pool::new()).collect::<Vec<_>>();
        let value = |at: &super::data::Flagship| value_of(&p, &at.spec);
        World {
            values: data.flagships.iter().map(value).collect(),
            mix: vec![0.0; data.flagships.len()],
            mix_before: vec![0.0; data.flagships.len()],
            keep: survival(&p),
            places: pools(),
            china: [Pool::new(), Pool::new(), Pool::new(), Pool::new()],
            rented: Pool::new(),
            owners: pools(),
            spend: p.spend_2022 * pow(p.growth_before, -3.25),
            excess: 0.0,
            begun: false,
            buyer_state: vec![0.0; data.buyers.len()],
            backlog: 0.0,
            capacity: p.capacity_2022 * pow(p.growth_before, -3.0),
            ordered: vec![0.0; QUARTERS + 16],
            need: 0.0,
            need_before: 0.0,
            need_growth: 0.0,
            lines: vec![None; data.flagships.len()],
            stock: vec![Compute::default(); data.flagships.len()],
            written_off: vec![Compute::default(); data.flagships.len()],
            seized: Compute::default(),
            taken: 1.0,
            licensed_before: 0.0,
            abroad_before: 0.0,
            abroad: Pool::new(),
            smuggled_before: 0.0,
            hoard: 0.0,
            applications: 0.0,
            vendors: super::mechanisms::diversion::vendors(&p, &chances),
            vendors_in: 0.0,
            fronts_out: [0; MOST_FRONTS],
            premium: 1.0,
            volume: (0.0, 0.0),
            smic: 0.0,
            smic_ever: 0.0,
            bank: Bank::default(),
            stacks: 0.0,
            made_share: 0.0,
            quality: p.quality_domestic,
            domestic_share: 0.0,
            research: (0.0, 0.0),
            revenues: Vec::with_capacity(QUARTERS),
            speed: 1.0,
            overcapacity: 0.0,
            idle: 0.0,
            centers: 0.0,
            retaliation: false,
            rental: 0.0,
            market_value: 0.0,
            shadow_before: Vec::new(),
            stack: leanings(data, &p),
            books: super::mechanisms::allocation::Books::new(compiled),
            balance: Balance::new(data.places.len(), data.flagships.len()),
            levers: Levers::default(),
            flows: Flows::default(),
            t: 0,
            compiled,
            p,
            chances,
        }
    }

    /// The quarter.
    pub fn quarter(&self) -> Quarter {
        Quarter::at(self.t)
    }

    /// Years since a quarter, negative before it: that of 2023.5 is the third one of 2023.
    pub fn years_since(&self, year: f64) -> f64 {
        self.t as f64 / 4.0 + FIRST_YEAR - year
    }

    /// Packs dies into U.S. chips, which takes packaging.
    pub fn package(&mut self, chips: f64, dies: f64) {
        self.balance.packaged_now += chips * dies;
    }

    /// Begins a quarter: levers are set, chips grow old.
    pub fn begin(&mut self, t: usize) {
        self.t = t;
        self.levers = self.compiled.scenario.levers[t];
        self.balance.packaged_now = 0.0;
        let places = self.compiled.data.places.len();
        self.shadow_before = std::mem::take(&mut self.flows.shadow);
        self.shadow_before.resize(places, 0.0);
        self.flows = Flows {
            spent: vec![0.0; places],
            held_back: vec![0.0; places],
            rationed: vec![Rationed::default(); places],
            shadow: vec![0.0; places],
            premium: 1.0,
            ..Flows::default()
        };
        let World { places, china, rented, abroad, owners, keep, .. } = self;
        let pools = places.iter_mut().chain(china.iter_mut()).chain(owners.iter_mut());
        pools.chain([rented, abroad]).for_each(|pool| pool.age(keep));
    }
}

/// Leanings to the U.S. stack before anything is bought.
fn leanings(data: &super::data::WorldData, p: &Parameters) -> Vec<f64> {
    let of = |place| if place == data.china { p.stack_first_china } else { p.stack_first };
    (0..data.places.len()).map(of).collect()
}

/// The value of a chip to a buyer, that of an H100 being one: TPPᵃ DRAMᵇ IOᶜ.
pub fn value_of(p: &Parameters, spec: &super::data::Spec) -> f64 {
    pow(spec.h100e(), p.value_tpp)
        * pow(spec.dram_gbs / H100_DRAM_GBS, p.value_dram)
        * pow(spec.io_gbs / H100_IO_GBS, p.value_io)
}

/// Memory bandwidth of an H100 SXM, GB/s.
const H100_DRAM_GBS: f64 = 3350.0;
/// Interconnect bandwidth of an H100 SXM, GB/s.
const H100_IO_GBS: f64 = 900.0;

/// Share of a vintage that a quarter leaves, by age: a Weibull distribution of lives.
fn survival(p: &Parameters) -> [f64; QUARTERS] {
    let survives = |quarters: usize| {
        let age = quarters as f64 / 4.0 / p.life_years;
        exp(-pow(age, p.life_shape))
    };
    std::array::from_fn(|age| survives(age + 1) / survives(age))
}

/// A day as quarters since the beginning of 2019.
pub fn in_quarters(day: Date) -> f64 {
    (f64::from(day.year()) - 2019.0) * 4.0
        + (f64::from(day.month()) - 1.0) / 3.0
        + (f64::from(day.day()) - 1.0) / 91.3
}
