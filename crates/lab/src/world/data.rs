//! The tables that the world is made of: places, buyers, chips.

use crate::quarter::Quarter;
use crate::table::{Table, TableError};

/// A place: a country, or one that stands for several.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its ISO 3166 code; the law is asked about it.
    pub code: String,
    /// Its name in English and Chinese.
    pub names: [String; 2],
    /// How many countries alike it stands for, each with an allocation of its own.
    pub countries: f64,
}

/// A company, or many together, that buys compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Buyer {
    /// Its name.
    pub name: String,
    /// The place of its headquarters.
    pub hq: usize,
    /// Its share of China's spending if it is Chinese, else of that of the rest of the world.
    pub weight: f64,
    /// The share of its purchases that it wants in allied countries abroad.
    pub abroad_allies: f64,
    /// The share that it wants in countries under the country allocation.
    pub abroad_capped: f64,
}

/// What a chip can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// Dense 8-bit operations, TOPS.
    pub tops8: f64,
    /// Total processing performance.
    pub tpp: f64,
    /// Applicable die area, mm².
    pub die_area_mm2: f64,
    /// Memory bandwidth, GB/s.
    pub dram_gbs: f64,
    /// Interconnect bandwidth, GB/s.
    pub io_gbs: f64,
}

/// Dense 8-bit TOPS of one H100 equivalent (Epoch AI's definition).
pub const H100E_TOPS8: f64 = 1979.0;

/// TPP of one H100 equivalent (15 CFR 742.6's figures in TPP divided by the H100's).
pub const H100E_TPP: f64 = 15_831.2;

impl Spec {
    /// H100 equivalents by 8-bit operations.
    pub fn h100e(&self) -> f64 {
        self.tops8 / H100E_TOPS8
    }
}

/// The best chip of its time, sold where the law lets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Flagship {
    /// Its name.
    pub name: String,
    /// The first quarter of shipments.
    pub from: Quarter,
    /// Reticle-size dies in its package.
    pub dies: f64,
    /// Its price at first, USD.
    pub price_usd: f64,
    /// Its processors, which can be switched off one by one.
    pub units: u32,
    /// Its links, the same.
    pub links: u32,
    /// Stacks of memory that it carries.
    pub stacks: u32,
    /// Stacks that a die has sites for.
    pub sites: u32,
    /// What it can do.
    pub spec: Spec,
}

/// The tables.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldData {
    /// Places; the first is the United States.
    pub places: Vec<Place>,
    /// Buyers.
    pub buyers: Vec<Buyer>,
    /// Chips, earliest first.
    pub flagships: Vec<Flagship>,
    /// The place that is China.
    pub china: usize,
}

/// `data/lab/places.csv`.
pub const PLACES: &str = include_str!("../../../../data/lab/places.csv");
/// `data/lab/buyers.csv`.
pub const BUYERS: &str = include_str!("../../../../data/lab/buyers.csv");
/// `data/lab/flagships.csv`.
pub const FLAGSHIPS: &str = include_str!("../../../../data/lab/flagships.csv");
/// `data/chips.csv`.
const CHIPS: &str = include_str!("../../../../data/chips.csv");

impl WorldData {
    /// The shipped tables.
    ///
    /// # Errors
    /// [`TableError`], which the crate's tests rule out for what is shipped.
    pub fn shipped() -> Result<WorldData, TableError> {
        crate::tables::Tables::shipped().world()
    }

    /// Reads the three tables; chips named by `sku` are those of `data/chips.csv`.
    ///
    /// # Errors
    /// [`TableError`]: a number that is none or cannot be, a place or a chip that is not known or
    /// there twice.
    pub fn read(places: &Table, buyers: &Table, chips: &Table) -> Result<WorldData, TableError> {
        let found = read_places(places)?;
        let Some(china) = found.iter().position(|place| place.code == "CN") else {
            return Err(places.refuse(0, "code", "there is no place `CN`"));
        };
        let companies = read_buyers(buyers, &found, china)?;
        let mut flagships: Vec<Flagship> = Vec::new();
        let catalogue = Table::read("chips.csv", CHIPS)?;
        for row in 0..chips.len() {
            let one = flagship(chips, row, &catalogue)?;
            if flagships.iter().any(|other| other.name == one.name) {
                return Err(chips.refuse(row, "name", twice(&one.name)));
            }
            flagships.push(one);
        }
        flagships.sort_by_key(|flagship| flagship.from);
        if flagships.first().is_none_or(|first| first.from.index() > 0) {
            let why = "no chip is on sale in 2019Q1, when the run begins\n\nhint: give the earliest one that quarter";
            return Err(chips.refuse(0, "from", why));
        }
        Ok(WorldData { places: found, buyers: companies, flagships, china })
    }

    /// The place of a code.
    pub fn place(&self, code: &str) -> Option<usize> {
        self.places.iter().position(|place| place.code == code)
    }
}

fn twice(name: &str) -> String {
    format!("`{name}` is there twice\n\nhint: leave one of the rows out")
}

fn read_places(table: &Table) -> Result<Vec<Place>, TableError> {
    let mut places: Vec<Place> = Vec::new();
    for row in 0..table.len() {
        let text = |column| Ok::<_, TableError>(table.text_in(row, column)?.to_owned());
        let names = [text("name")?, text("name_zh")?];
        let countries = table.number_in(row, "countries")?;
        if countries < 1.0 {
            let why = "it is below 1\n\nhint: a place stands for at least one country";
            return Err(table.refuse(row, "countries", why));
        }
        let code = text("code")?;
        if law::Country::parse(&code).is_none() {
            let why = format!("`{code}` is no country code\n\nhint: two letters, such as MY");
            return Err(table.refuse(row, "code", why));
        }
        if places.is_empty() && code != "US" {
            let why = format!(
                "the first place is `{code}`\n\nhint: the first row is the United States, `US`"
            );
            return Err(table.refuse(row, "code", why));
        }
        if places.iter().any(|place| place.code == code) {
            return Err(table.refuse(row, "code", twice(&code)));
        }
        places.push(Place { code, names, countries });
    }
    Ok(places)
}

/// The unit of the weight of a company of China.
const OF_CHINA: &str = "share of China's spending";

/// The unit of the weight of a company of elsewhere.
const OF_THE_REST: &str = "share of the world's spending without China";

fn read_buyers(table: &Table, places: &[Place], china: usize) -> Result<Vec<Buyer>, TableError> {
    let mut buyers: Vec<Buyer> = Vec::new();
    for row in 0..table.len() {
        let hq = table.text_in(row, "hq")?;
        let Some(hq) = places.iter().position(|place| place.code == hq) else {
            return Err(table.refuse(row, "hq", format!("`{hq}` is no place of places.csv")));
        };
        let share = |column| {
            let share = table.number_in(row, column)?;
            if (0.0..=1.0).contains(&share) {
                return Ok(share);
            }
            Err(table.refuse(row, column, format!("{share} is no share\n\nhint: from 0 to 1")))
        };
        let name = table.text_in(row, "buyer")?;
        let unit = if hq == china { OF_CHINA } else { OF_THE_REST };
        // Over which years a share was measured may follow.
        let found = table.text_in(row, "unit")?;
        if found.split_once(", ").map_or(found, |(unit, _)| unit) != unit {
            return Err(table.other_unit(row, name, unit));
        }
        let buyer = Buyer {
            name: name.to_owned(),
            hq,
            weight: share("weight")?,
            abroad_allies: share("abroad_allies")?,
            abroad_capped: share("abroad_capped")?,
        };
        let abroad = buyer.abroad_allies + buyer.abroad_capped;
        if abroad > 1.0 {
            let why = format!(
                "with `abroad_allies` it comes to {abroad}, more than all\n\nhint: both together are at most 1"
            );
            return Err(table.refuse(row, "abroad_capped", why));
        }
        if buyers.iter().any(|other| other.name == buyer.name) {
            return Err(table.refuse(row, "buyer", twice(&buyer.name)));
        }
        buyers.push(buyer);
    }
    if !buyers.iter().any(|buyer| buyer.hq != china && buyer.weight > 0.0) {
        let why = "nobody outside China buys anything\n\nhint: give a company there a weight";
        return Err(table.refuse(0, "weight", why));
    }
    Ok(buyers)
}

/// A number above zero.
fn positive(table: &Table, row: usize, column: &str) -> Result<f64, TableError> {
    let number = table.number_in(row, column)?;
    if number > 0.0 {
        return Ok(number);
    }
    Err(table.refuse(row, column, format!("{number} is not above zero")))
}

fn flagship(table: &Table, row: usize, catalogue: &Table) -> Result<Flagship, TableError> {
    let from = table.text_in(row, "from")?;
    let Some(from) = Quarter::parse(from) else {
        let why = format!(
            "`{from}` is no quarter of the world\n\nhint: write quarters as 2025Q1, from 2019 to 2032"
        );
        return Err(table.refuse(row, "from", why));
    };
    let sku = table.text_in(row, "sku")?;
    let spec = if sku.is_empty() {
        Spec {
            tops8: positive(table, row, "tops8")?,
            tpp: positive(table, row, "tpp")?,
            die_area_mm2: positive(table, row, "die_area_mm2")?,
            dram_gbs: positive(table, row, "dram_gbs")?,
            io_gbs: positive(table, row, "io_gbs")?,
        }
    } else {
        let found =
            (0..catalogue.len()).find(|other| catalogue.text_in(*other, "sku").ok() == Some(sku));
        let Some(other) = found else {
            let why = format!(
                "`{sku}` is no chip of chips.csv\n\nhint: leave `sku` empty and give the figures in this table"
            );
            return Err(table.refuse(row, "sku", why));
        };
        catalogued(catalogue, other)?
    };
    let count = |column: &str| -> Result<u32, TableError> {
        let number = table.number_in(row, column)?;
        if number.fract() == 0.0 && (1.0..=10_000.0).contains(&number) {
            return Ok(number as u32);
        }
        let why = format!("{number} is no count\n\nhint: a whole number from 1 on");
        Err(table.refuse(row, column, why))
    };
    Ok(Flagship {
        units: count("units")?,
        links: count("links")?,
        stacks: count("stacks")?,
        sites: count("sites")?,
        name: table.text_in(row, "name")?.to_owned(),
        from,
        dies: positive(table, row, "dies")?,
        price_usd: positive(table, row, "price_usd")?,
        spec,
    })
}

/// A chip of the catalogue. TPP is the greatest of rate times bit length (3A090, technical note 2);
/// of the widths, those in the catalogue.
fn catalogued(table: &Table, row: usize) -> Result<Spec, TableError> {
    let rate = |column| -> Result<f64, TableError> {
        if table.text_in(row, column)?.is_empty() { Ok(0.0) } else { table.number_in(row, column) }
    };
    let [fp4, fp8, int8, fp16] = [
        rate("fp4_dense_tflops")?,
        rate("fp8_dense_tflops")?,
        rate("int8_dense_tops")?,
        rate("fp16_dense_tflops")?,
    ];
    let tops8 = fp8.max(int8).max(fp16);
    let tpp = (4.0 * fp4).max(8.0 * fp8).max(8.0 * int8).max(16.0 * fp16);
    Ok(Spec {
        tops8,
        tpp,
        die_area_mm2: table.number_in(row, "die_area_mm2")?,
        dram_gbs: table.number_in(row, "dram_gbs")?,
        io_gbs: table.number_in(row, "io_gbs")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_tables_are_read() {
        let data = WorldData::shipped().unwrap();
        assert_eq!(data.places.len(), 16);
        assert_eq!(data.places[0].code, "US");
        let weights = |chinese: bool| -> f64 {
            let mine = data.buyers.iter().filter(|buyer| (buyer.hq == data.china) == chinese);
            mine.map(|buyer| buyer.weight).sum()
        };
        assert!((weights(true) - 1.0).abs() < 1e-9, "{}", weights(true));
        assert!((weights(false) - 1.002).abs() < 1e-9, "{}", weights(false));
        let h100 = data.flagships.iter().find(|flagship| flagship.name == "H100").unwrap();
        assert!((h100.spec.h100e() - 1.0).abs() < 1e-9);
        assert!((h100.spec.tpp - 15_832.0).abs() < 1.0);
        let b300 = data.flagships.iter().find(|flagship| flagship.name == "B300").unwrap();
        // The two units part ways with 4-bit operations.
        assert!((b300.spec.h100e() - 2.53).abs() < 0.01);
        assert!((b300.spec.tpp / H100E_TPP - 3.79).abs() < 0.01);
    }
}
