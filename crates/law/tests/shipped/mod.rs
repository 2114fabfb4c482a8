//! The shipped packs, for tests.

#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "each test binary uses what it needs of this module; a test may read the law itself"
)]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use law::{Facts, Law, Source};

/// The law of the folder `law/`.
pub static LAW: LazyLock<Law> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).expect("a file of the law");
        Arc::new(Source { name: format!("law/{name}"), text })
    };
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder of the law")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let packs: Vec<Arc<Source>> = names.iter().map(|name| read(name)).collect();
    let (law, mistakes) = Law::read(&read("vocabulary.toml"), &packs);
    law.unwrap_or_else(|| panic!("the shipped law has mistakes: {mistakes:#?}"))
});

/// Complete facts from their names and values.
pub fn facts(given: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::new(LAW.vocabulary());
    for (name, text) in given {
        let id = LAW.vocabulary().find(name).expect(name);
        let value = LAW.vocabulary().fact(id).parse(text).expect(text);
        facts.set(id, value);
    }
    facts.complete(LAW.vocabulary(), LAW.defaults());
    facts
}

/// An H100 to Malaysia, everything known.
pub fn h100() -> Vec<(&'static str, &'static str)> {
    vec![
        ("date", "2025-06-02"),
        ("destination", "MY"),
        ("quantity", "1000"),
        ("item.kind", "chip"),
        ("item.tpp", "15832"),
        ("item.die_area_mm2", "814"),
        ("item.io_gbs", "900"),
        ("item.dram_gbs", "3350"),
        ("item.datacenter", "true"),
        ("item.designer", "approved"),
        ("item.designer_hq", "US"),
        ("exporter.hq", "US"),
        ("exporter.role", "distributor"),
        ("exporter.informed", "none"),
        ("end_user.location", "MY"),
        ("end_user.hq", "MY"),
        ("end_user.parent_hq", "MY"),
        ("end_user.sector", "private"),
        ("end_user.listed", "none"),
        ("end_user.listed_share", "0"),
        ("end_user.approved_under", "none"),
        ("end_use", "civil"),
        ("authorization", "none"),
        ("certifications", "none"),
        ("lpp_used_tpp", "0"),
        ("country_used_tpp", "0"),
    ]
}

/// The same with some facts changed; an empty value makes one unknown.
pub fn h100_with(changes: &[(&'static str, &'static str)]) -> Facts {
    let mut given = h100();
    for (name, value) in changes {
        given.retain(|(known, _)| known != name);
        given.push((name, value));
    }
    facts(&given)
}
