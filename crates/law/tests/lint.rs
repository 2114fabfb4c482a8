//! Every mistake that `weir law lint` knows, each in a small pack: its code, its line, its way out.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop at what should not happen"
)]

use std::sync::Arc;

use law::diagnostic::Diagnostic;
use law::{Law, Severity, Source};

const HEAD: &str = r#"# A pack

```toml pack
id = "test"
title = "Test"
title_zh = "测试"
cite = "1 TEST 1"
effective = 2024-01-01
verified_through = 2024-12-31
sure = "official"
```

```toml set
id = "far"
cite = "1 TEST 2"
members = ["CN", "RU"]
```

```toml requirement
id = "base"
group = "destination"
cite = "1 TEST 3"
text = "A license is required."
text_zh = "需要许可证。"
when = "destination in far"
```
"#;

/// What the mistakes of the shipped vocabulary and one pack are.
fn mistakes(blocks: &str) -> Vec<Diagnostic> {
    let vocabulary =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../law/vocabulary.toml"))
            .expect("the vocabulary is there");
    let source = |name: &str, text: String| Arc::new(Source { name: name.into(), text });
    let pack = source("test.md", format!("{HEAD}{blocks}"));
    let (law, mut found) = Law::read(&source("vocabulary.toml", vocabulary), &[pack]);
    if let Some(law) = law {
        found.extend(law::lint::lint(&law).1);
    }
    found
}

/// The pack must have exactly this mistake, whose underlined text is this.
#[track_caller]
fn expect(code: &str, underlined: &str, hint: &str, blocks: &str) {
    let found = mistakes(blocks);
    let shown: Vec<String> = found
        .iter()
        .map(|it| format!("{} {:?} {} / {}", it.code, it.line_column(), it.message, it.hint))
        .collect();
    let mistake = found.iter().find(|it| it.code == code).unwrap_or_else(|| panic!("{shown:#?}"));
    assert_eq!(found.len(), 1, "{shown:#?}");
    let text = &mistake.source.text[mistake.span.clone()];
    assert!(text.contains(underlined), "underlined: {text:?}, {shown:#?}");
    assert!(mistake.hint.contains(hint), "{shown:#?}");
    assert!(mistake.line_column().0 > HEAD.lines().count() - 1, "{shown:#?}");
}

fn requirement(keys: &str) -> String {
    format!(
        "\n```toml requirement\nid = \"more\"\ngroup = \"item\"\ncite = \"1 TEST 4\"\ntext = \"T.\"\n\
         text_zh = \"文。\"\n{keys}\n```\n"
    )
}

#[test]
fn a_good_pack_has_no_mistake() {
    assert!(mistakes(&requirement("when = 'item.tpp >= 4800'")).is_empty());
}

#[test]
fn names() {
    let more = |keys: &str| requirement(keys);
    expect("unknown-fact", "item.tp", "item.tpp", &more("when = 'item.tp >= 1'"));
    expect(
        "unknown-fact",
        "p.headquarters",
        "",
        &more("when = 'parties.exists(p, p.headquarters in far)'"),
    );
    expect("unknown-set", "fare", "`far`", &more("when = 'destination in fare'"));
    expect("unknown-code", "class(\"3A090.a\")", "", &more("when = 'class(\"3A090.a\")'"));
    expect("unknown-code", "LPP", "", &more("overcome_by = [\"LPP\"]"));
    expect("unknown-rule", "bas", "`base`", &more("replaces = [\"bas\"]"));
    expect("unknown-word", "exprt", "`export`", &more("when = 'activity == \"exprt\"'"));
    expect("country", "UKR", "ISO", &more("when = 'destination == \"UKR\"'"));
    expect("country", "UK", "ISO", &more("when = 'destination in [\"UK\"]'"));
    expect("unknown-key", "wen", "`when`", &more("wen = 'true'"));
    expect("unknown-word", "itm", "`item`", &more("").replace("\"item\"", "\"itm\""));
    expect(
        "unknown-fact",
        "toml requirement",
        "",
        &more("").replace("\"T.\"", "\"{item.tppp} is much.\""),
    );
    expect(
        "unknown-block",
        "```toml requirment",
        "`requirement`",
        &more("").replace("requirement", "requirment"),
    );
}

#[test]
fn types_and_units() {
    let more = |keys: &str| requirement(keys);
    expect("unit", "item.tpp >= item.io_gbs", "", &more("when = 'item.tpp >= item.io_gbs'"));
    expect("unit", "item.tpp + item.io_gbs", "", &more("when = 'item.tpp + item.io_gbs > 1'"));
    expect("type", "item.tpp", "", &more("when = 'item.tpp'"));
    expect("type", "destination < \"CN\"", "", &more("when = 'destination < \"CN\"'"));
    expect("type", "item.tpp", "", &more("when = 'item.tpp in far'"));
    expect("type", "far", "", &more("when = 'far'"));
    expect("wrong-type", "2025-01-01", "", &more("from = \"2025-01-01\""));
    expect("condition", "&", "&&", &more("when = 'item.tpp > 1 & true'"));
    let broken = requirement("").replace("\"more\"", "");
    let codes: Vec<&str> = mistakes(&broken).iter().map(|it| it.code).collect();
    assert!(codes.contains(&"toml"), "{codes:?}");
}

#[test]
fn what_must_be_there() {
    expect("missing-citation", "requirement", "", &requirement("").replace("1 TEST 4", ""));
    expect(
        "missing-key",
        "requirement",
        "",
        &requirement("").replace("cite = \"1 TEST 4\"\n", "cite2 = 1\n").replace("cite2 = 1\n", ""),
    );
    expect("missing-text", "requirement", "", &requirement("").replace("text = \"T.\"\n", ""));
    expect("missing-text", "requirement", "", &requirement("about = 'true'"));
}

#[test]
fn dates_and_duplicates() {
    expect(
        "duplicate-id",
        "requirement",
        "through",
        &requirement("").replace("\"more\"", "\"base\""),
    );
    expect("dates", "requirement", "", &requirement("from = 2024-06-01\nthrough = 2024-05-01"));
    let versions = requirement("through = 2024-05-01").replace("\"more\"", "\"twice\"")
        + &requirement("from = 2024-05-02").replace("\"more\"", "\"twice\"");
    assert!(mistakes(&versions).is_empty());
}

#[test]
fn cycles() {
    let define = |id: &str, value: &str| {
        format!("\n```toml define\nid = \"{id}\"\ncite = \"1 TEST 5\"\nvalue = '{value}'\n```\n")
    };
    let found = mistakes(&(define("one", "two") + &define("two", "!one")));
    assert!(found.iter().any(|it| it.code == "cycle" && it.message.contains("→")), "{found:#?}");
    expect("duplicate-id", "define", "", &define("far", "true"));
}

#[test]
fn rules_that_can_never_hold() {
    for when in [
        "false",
        "item.tpp >= 4800 && item.tpp < 4800",
        "activity == \"export\" && activity == \"reexport\"",
        "destination in far && destination in [\"JP\"]",
        "item.published && !item.published",
        "item.tpp < 0",
        "item.tpp > 100 && item.tpp < 50",
    ] {
        expect("never", "requirement", "contradicts", &requirement(&format!("when = '{when}'")));
    }
}

#[test]
fn cases_that_fail() {
    let case = |expect: &str| {
        format!(
            "\n```toml case\nname = \"c\"\ngiven = {{ date = 2024-06-01, destination = \"CN\" }}\n\
             expect = {{ {expect} }}\n```\n"
        )
    };
    assert!(mistakes(&case("written.outcome = \"license_required\"")).is_empty());
    expect("case", "outcome", "", &case("written.outcome = \"unresolved\""));
    let labels: Vec<String> = mistakes(&case("written.outcome = \"unresolved\""))
        .iter()
        .map(|it| it.label.clone())
        .collect();
    assert_eq!(labels, ["found license_required"]);
    expect("case", "policy", "", &case("written.policy = \"case_by_case\""));
    expect("case", "nonsense", "", &case("nonsense = \"x\""));
}

#[test]
fn every_mistake_is_told_in_one_run() {
    let found = mistakes(
        &(requirement("when = 'a && b && item.tpp > \"x\"'") + "\n```toml flag\nid = \"f\"\n```\n"),
    );
    let codes: Vec<&str> = found.iter().map(|it| it.code).collect();
    assert!(codes.len() >= 5, "{codes:?}");
}

#[test]
fn a_pack_may_leave_out_its_chinese() {
    let chinese = |line: &&str| !line.contains("_zh = ");
    let english = |text: &str| text.lines().filter(chinese).collect::<Vec<_>>().join("\n");
    let two = format!("{}{}", requirement(""), requirement("").replace("more", "most"));
    let found = mistakes(&english(&two));
    let [warning] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((warning.code, warning.severity), ("no-chinese", Severity::Warning));
    assert!(warning.message.contains("for 2 of its texts"), "{}", warning.message);
    assert!(warning.source.text[warning.span.clone()].contains("requirement"));
}
