//! Countries as two-letter codes, and sets of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

/// A country: two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

const LETTERS: u16 = 26;
const CODES: usize = 26 * 26;

impl Country {
    /// Reads `GB`: any two capital letters, assigned or not.
    pub fn parse(code: &str) -> Option<Country> {
        let [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] = *code.as_bytes() else { return None };
        Some(Country(u16::from(first - b'A') * LETTERS + u16::from(second - b'A')))
    }

    /// Whether ISO 3166-1 assigns the code (or it is XK, which the Country Groups name).
    pub fn is_assigned(self) -> bool {
        static ASSIGNED: OnceLock<CountrySet> = OnceLock::new();
        let read = || {
            let rows = include_str!("../../../data/countries.csv").lines().skip(1);
            rows.filter_map(|row| Country::parse(row.split(',').next()?)).collect()
        };
        ASSIGNED.get_or_init(read).contains(self)
    }

    /// Its place among all pairs of letters.
    pub(crate) fn index(self) -> u16 {
        self.0
    }

    /// The code.
    pub fn code(self) -> [char; 2] {
        let letter = |index: u16| char::from(b'A' + index as u8);
        [letter(self.0 / LETTERS), letter(self.0 % LETTERS)]
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.code();
        write!(f, "{first}{second}")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A set of countries.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CountrySet([u64; CODES.div_ceil(64)]);

impl Default for CountrySet {
    fn default() -> CountrySet {
        CountrySet([0; CODES.div_ceil(64)])
    }
}

impl CountrySet {
    /// Whether a country is in it.
    pub fn contains(&self, country: Country) -> bool {
        self.0[usize::from(country.0 / 64)] >> (country.0 % 64) & 1 == 1
    }

    /// Adds a country.
    pub fn insert(&mut self, country: Country) {
        self.0[usize::from(country.0 / 64)] |= 1 << (country.0 % 64);
    }

    /// Removes a country.
    pub fn remove(&mut self, country: Country) {
        self.0[usize::from(country.0 / 64)] &= !(1 << (country.0 % 64));
    }

    /// Adds every country of another set.
    pub fn insert_all(&mut self, other: &CountrySet) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Removes every country of another set.
    pub fn remove_all(&mut self, other: &CountrySet) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    /// The countries in order of code.
    pub fn iter(&self) -> impl Iterator<Item = Country> + '_ {
        (0..CODES as u16).map(Country).filter(|country| self.contains(*country))
    }
}

impl FromIterator<Country> for CountrySet {
    fn from_iter<I: IntoIterator<Item = Country>>(countries: I) -> CountrySet {
        let mut set = CountrySet::default();
        countries.into_iter().for_each(|country| set.insert(country));
        set
    }
}

/// Countries that no set of some tells apart have one number.
#[derive(Debug)]
pub struct CountryClasses(Vec<u16>);

impl CountryClasses {
    /// Tells countries apart by some sets.
    pub fn new<'s>(sets: impl IntoIterator<Item = &'s CountrySet>) -> CountryClasses {
        let mut classes = vec![0; CODES];
        for set in sets {
            let mut split: HashMap<(u16, bool), u16> = HashMap::new();
            for (index, class) in classes.iter_mut().enumerate() {
                let next = split.len() as u16;
                let side = (*class, set.contains(Country(index as u16)));
                *class = *split.entry(side).or_insert(next);
            }
        }
        CountryClasses(classes)
    }

    /// The number of the country at an index.
    pub fn class(&self, index: u16) -> u16 {
        self.0[usize::from(index)]
    }
}

impl fmt::Debug for CountrySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
