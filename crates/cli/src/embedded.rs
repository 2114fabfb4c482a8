//! What the program carries with it: the packs, the vocabulary, the tables of `data/`.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// `law/vocabulary.toml`.
pub static VOCABULARY: &str = include_str!("../../../law/vocabulary.toml");
/// `data/chips.csv`.
pub static CHIPS: &str = include_str!("../../../data/chips.csv");
/// `data/countries.csv`.
pub static COUNTRIES: &str = include_str!("../../../data/countries.csv");
