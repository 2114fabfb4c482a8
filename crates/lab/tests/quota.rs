//! The packs' quotas as numbers of chips: the arithmetic that everybody quotes.

#![allow(clippy::expect_used, reason = "a test may stop at what should not happen")]

use std::path::Path;
use std::sync::Arc;

use lab::instruments::quota::{Chip, Limit, limits, units};
use law::{Law, Num, Source};

fn law() -> Law {
    law_with(&[])
}

/// The shipped law with packs beside it.
fn law_with(more: &[&str]) -> Law {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let source = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a file of the law");
        Arc::new(Source { name: path.display().to_string(), text })
    };
    let mut packs: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the law")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    packs.sort();
    let more = more
        .iter()
        .map(|text| Arc::new(Source { name: "more.md".to_owned(), text: (*text).to_owned() }));
    let packs: Vec<_> = packs.iter().map(|path| source(path)).chain(more).collect();
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml")), &packs);
    law.unwrap_or_else(|| unreachable!("the law is sound: {mistakes:?}"))
}

fn chip(tpp: &str) -> Chip {
    Chip { name: tpp.to_owned(), tpp: Num::parse(tpp).expect("a number") }
}

fn of<'l>(limits: &'l [Limit], quota: &str, raised: bool) -> Vec<&'l Limit> {
    limits.iter().filter(|one| one.quota == quota && one.raised == raised).collect()
}

#[test]
fn quotas_of_the_diffusion_framework_in_chips() {
    let limits = limits(&law(), "MY", 2025);
    let (h100, gb300) = (units().expect("a sound table").remove(0), chip("60000"));
    let country = of(&limits, "country-allocation", false);
    assert_eq!(country.len(), 1, "{limits:#?}");
    assert_eq!(country[0].chips(&h100), Some(49_901));
    assert_eq!(country[0].chips(&gb300), Some(13_166));
    let raised = of(&limits, "country-allocation", true);
    assert_eq!(raised.len(), 1, "{limits:#?}");
    assert_eq!(raised[0].chips(&h100), Some(99_802));
    let small = of(&limits, "lpp-limit", false);
    assert_eq!(small.len(), 1, "{limits:#?}");
    assert_eq!(small[0].chips(&h100), Some(1_699));
    assert!(of(&limits, "lpp-limit", true).is_empty(), "nothing raises it: {limits:#?}");
    let installed = of(&limits, "nveu-installed", false);
    assert_eq!(installed.len(), 3, "a step a quarter from the first that binds: {limits:#?}");
    assert!(installed.windows(2).all(|pair| pair[0].limit < pair[1].limit));
}

/// 5,064 million TPP are 319,874.7 chips: others round it up.
#[test]
fn the_last_step_of_an_installed_base_is_about_320_000() {
    let limits = limits(&law(), "MY", 2027);
    let installed = of(&limits, "nveu-installed", false);
    assert_eq!(installed.last().and_then(|last| last.chips(&chip("15831.2"))), Some(319_874));
}

#[test]
fn a_country_without_an_allocation_has_none() {
    let limits = limits(&law(), "US", 2025);
    assert!(of(&limits, "country-allocation", false).is_empty(), "{limits:#?}");
}

/// License Exception LPP is closed to Macau and Country Group D:5, and nothing that stays in the
/// United States crosses a border: its limit is no number of chips there.
#[test]
fn a_limit_that_nothing_can_draw_on_is_none() {
    let law = law();
    for closed in ["CN", "RU", "US", "MO"] {
        assert_eq!(limits(&law, closed, 2025), [], "{closed}");
    }
    // In Country Group D:4 the packs leave it open.
    for open in ["MY", "SG", "GB", "SA"] {
        let limits = limits(&law, open, 2025);
        assert_eq!(of(&limits, "lpp-limit", false).len(), 1, "{open}: {limits:#?}");
    }
}

/// A pack that bars the exception for a country takes its limit away there, and nowhere else.
#[test]
fn a_barred_exception_leaves_no_limit() {
    let pack = "```toml pack\nid = \"scenario.closed\"\ntitle = \"Closed\"\ntitle_zh = \"关闭\"\n\
                cite = \"hypothetical\"\neffective = 2025-01-01\nsure = \"inferred\"\n\
                verified_through = 2030-12-31\nhypothetical = true\n```\n\n\
                ```toml bar\nid = \"lpp-closed\"\nbars = [\"LPP\"]\ncite = \"hypothetical\"\n\
                when = 'destination == \"TH\"'\ntext = \"Closed.\"\ntext_zh = \"关闭。\"\n```\n";
    let law = law_with(&[pack]);
    let small = |place: &str| of(&limits(&law, place, 2025), "lpp-limit", false).len();
    assert_eq!((small("TH"), small("MY")), (0, 1));
}

#[test]
fn a_chip_without_performance_fills_nothing() {
    let limits = limits(&law(), "MY", 2025);
    assert_eq!(limits[0].chips(&chip("0")), None);
}
