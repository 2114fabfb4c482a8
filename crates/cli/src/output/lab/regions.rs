//! The places of the simulation on a map: what stands for what, where it lies, and outlines.
//!
//! Outlines come from `data/lab/world.svg`, which says where it is from and how it is projected.

use std::fmt::Write as _;

use lab::table::{Table, TableError};

const REGIONS: &str = include_str!("../../../../../data/lab/regions.csv");
const REGIONS_NAME: &str = "data/lab/regions.csv";
const WORLD: &str = include_str!("../../../../../data/lab/world.svg");

/// How large the part of the map is that has land.
pub const SIZE: (f64, f64) = (890.0, 420.0);

/// Where that part begins on the left.
pub const LEFT: f64 = 60.0;

/// A place of the simulation.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its code in a run.
    pub code: String,
    /// What it is called in English and Chinese where its code stands for more than the country.
    pub name: [String; 2],
    /// What stands on the map, in English and Chinese.
    pub short: [String; 2],
    /// Its place on the map.
    pub at: (f64, f64),
    /// The countries that it stands for; all that no other has where it is `*`.
    pub members: Vec<String>,
}

impl Region {
    /// Whether it stands for all countries that no other stands for.
    pub fn is_rest(&self) -> bool {
        self.members.iter().any(|member| member == "*")
    }
}

/// The places, as the program carries them.
///
/// # Errors
/// A table that cannot be used.
pub fn regions() -> Result<Vec<Region>, TableError> {
    let table = Table::read(REGIONS_NAME, REGIONS)?;
    let [code, name, name_zh, lon, lat, members] =
        ["code", "name", "name_zh", "lon", "lat", "members"].map(|column| table.column(column));
    let (code, names, members) = (code?, [name?, name_zh?], members?);
    let short = [table.column("short")?, table.column("short_zh")?];
    let (lon, lat) = (lon?, lat?);
    let one = |row: usize| {
        Ok(Region {
            code: table.text(row, code).to_owned(),
            name: names.map(|column| table.text(row, column).to_owned()),
            short: short.map(|column| table.text(row, column).to_owned()),
            at: projected(table.number(row, lon)?, table.number(row, lat)?),
            members: table.text(row, members).split(';').map(str::to_owned).collect(),
        })
    };
    (0..table.len()).map(one).collect()
}

/// A place on the map: Equal Earth (Šavrič, Patterson and Jenny 2018), which keeps areas.
fn projected(lon: f64, lat: f64) -> (f64, f64) {
    const A: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
    let root = 3_f64.sqrt() / 2.0;
    let theta = (root * lat.to_radians().sin()).asin();
    let (two, six) = (theta * theta, theta.powi(6));
    let x = lon.to_radians() * theta.cos()
        / (root * (A[0] + 3.0 * A[1] * two + six * (7.0 * A[2] + 9.0 * A[3] * two)));
    let y = theta * (A[0] + A[1] * two + six * (A[2] + A[3] * two));
    (500.0 + SCALE * x, 240.0 - SCALE * y)
}

/// How many units of the map one of the projection is, as `world.svg` says.
const SCALE: f64 = 184.7336;

/// The outlines as `(code, path)`; the code is empty where a place has none.
pub fn outlines() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORLD.lines().filter_map(|line| {
        let rest = line.strip_prefix("<path ")?;
        let (_, path) = rest.split_once(" d=\"").or_else(|| rest.split_once("d=\""))?;
        let code = rest.strip_prefix("id=\"").and_then(|rest| rest.split('"').next());
        Some((code.unwrap_or(""), path.split('"').next()?))
    })
}

/// The place of a country: that which names it, or the one that stands for the rest.
fn place<'r>(code: &str, regions: &'r [Region]) -> Option<&'r Region> {
    let names = |region: &&Region, wanted: &str| region.members.iter().any(|it| it == wanted);
    let named = regions.iter().find(|region| names(region, code));
    named.or_else(|| regions.iter().find(|region| region.is_rest()))
}

/// The outlines of every place, which charts refer to as `land-CODE`.
pub fn defs(regions: &[Region]) -> String {
    let mut paths = vec![String::new(); regions.len()];
    let mut rest = String::new();
    for (code, path) in outlines() {
        let found = place(code, regions).map(|region| region.code.as_str());
        let at = regions.iter().position(|region| Some(region.code.as_str()) == found);
        match at {
            Some(at) => paths[at].push_str(path),
            None => rest.push_str(path),
        }
    }
    let mut out = String::from("<defs>");
    for (region, path) in regions.iter().zip(&paths) {
        let _ = write!(out, "<path id=\"land-{}\" d=\"{path}\"/>", region.code);
    }
    let _ = write!(out, "<path id=\"land-\" d=\"{rest}\"/></defs>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_where_their_outlines_are() {
        let regions = regions().expect("a sound table");
        assert_eq!(regions.len(), 16);
        assert!(WORLD.len() < 80_000 && WORLD.contains("public domain"));
        for region in &regions {
            let codes: Vec<&str> = outlines().map(|(code, _)| code).collect();
            let shown = region.members.iter().any(|it| codes.contains(&it.as_str()));
            let shown = shown || region.is_rest();
            // Singapore is too small for this map.
            assert!(shown || region.code == "SG", "{}", region.code);
            let own = outlines().find(|(code, _)| *code == region.code);
            if let Some((_, path)) = own.filter(|_| region.name[0].is_empty()) {
                let [xs, ys] = edges(path);
                let near = |at: f64, [low, high]: [f64; 2]| (low - 3.0..=high + 3.0).contains(&at);
                assert!(
                    near(region.at.0, xs) && near(region.at.1, ys),
                    "{region:?}: {xs:?} {ys:?}"
                );
            }
        }
    }

    fn edges(path: &str) -> [[f64; 2]; 2] {
        let numbers: Vec<f64> =
            path.split(['M', 'L', 'Z', ',']).filter_map(|part| part.parse().ok()).collect();
        [0, 1].map(|axis| {
            let of = numbers.iter().skip(axis).step_by(2);
            [of.clone().copied().fold(f64::MAX, f64::min), of.copied().fold(f64::MIN, f64::max)]
        })
    }

    #[test]
    fn every_outline_belongs_somewhere() {
        let regions = regions().expect("a sound table");
        let defs = defs(&regions);
        for region in &regions {
            assert!(defs.contains(&format!("id=\"land-{}\"", region.code)), "{}", region.code);
        }
        let letters: usize = outlines().map(|(_, path)| path.len()).sum();
        assert!(defs.len() > letters, "no outline is lost");
    }
}
