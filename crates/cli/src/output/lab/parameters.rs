//! What the parameters of the simulation are, so that pictures need not speak in symbols.

use std::sync::OnceLock;

use lab::ensemble::{PARAMETERS, PARAMETERS_NAME};
use lab::stats::prior::Priors;

use crate::language::Language;

/// What `weir lab sensitivity` calls all that is drawn by the quarter, which is no parameter.
const LUCK: &str = "luck";

/// What a parameter is; nothing where the program's own table does not know the symbol.
pub fn meaning(symbol: &str, language: Language) -> Option<String> {
    if symbol == LUCK {
        return Some(language.pick("chance: shocks by the quarter", "偶然：逐季的冲击").to_owned());
    }
    static SHIPPED: OnceLock<Option<Priors>> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| Priors::read(PARAMETERS_NAME, PARAMETERS).ok()).as_ref();
    let meaning = &shipped?.find(symbol)?.meaning;
    match language {
        Language::En => Some(meaning.clone()),
        Language::Zh => crate::chinese::text(meaning),
    }
}

/// A sentence of symbols, such as a rule of a tree, with what each of them is behind it.
pub fn explained(rule: &str, language: Language) -> String {
    let known: Vec<String> = symbols(rule)
        .into_iter()
        .filter_map(|symbol| Some((symbol, meaning(symbol, language)?)))
        .map(|(symbol, meaning)| match language {
            Language::En => format!("{symbol}: {meaning}"),
            Language::Zh => format!("{symbol}：{meaning}"),
        })
        .collect();
    match (known.is_empty(), language) {
        (true, _) => rule.to_owned(),
        (_, Language::En) => format!("{rule} ({})", known.join("; ")),
        (_, Language::Zh) => format!("{rule}（{}）", known.join("；")),
    }
}

/// The symbols of a rule in their order, each once.
fn symbols(rule: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for word in rule.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
        if !word.is_empty() && !out.contains(&word) {
            out.push(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is drawn, and may stand in a picture, has words in both languages.
    #[test]
    fn every_parameter_that_is_drawn_has_its_words() {
        let priors = Priors::read(PARAMETERS_NAME, PARAMETERS).expect("a sound table");
        assert!(priors.factors().count() > 70);
        for row in priors.factors() {
            let chinese = meaning(&row.symbol, Language::Zh);
            assert!(chinese.is_some(), "{}: {}", row.symbol, row.meaning);
            assert_eq!(meaning(&row.symbol, Language::En).as_deref(), Some(row.meaning.as_str()));
            // What stands alone in a picture does not point at a row above.
            let points = ["of that", "to it", " it grows", "it can"];
            assert!(!points.iter().any(|it| row.meaning.ends_with(it)), "{}", row.meaning);
        }
        assert_eq!(meaning("nobody", Language::En), None);
    }

    #[test]
    fn rules_say_what_their_symbols_are() {
        assert_eq!(
            explained("detection > 0.2 and detection <= 0.4 and x > 1", Language::En),
            "detection > 0.2 and detection <= 0.4 and x > 1 (detection: detection of a vendor)"
        );
        assert_eq!(explained("x > 1", Language::En), "x > 1");
    }
}
