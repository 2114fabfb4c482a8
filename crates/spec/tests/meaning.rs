//! Every paragraph of `docs/reference/deciding.md` on tiny laws, asked of both evaluators.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use law::{Determination, Law};
use support::{both, disagreements, law_of, law_of_packs, shown};

/// The law of some blocks, each a word and its keys; what every block of the word needs is added.
fn tiny(blocks: &[(&str, &str)]) -> Law {
    law_of(&markdown(blocks))
}

fn markdown(blocks: &[(&str, &str)]) -> String {
    blocks.iter().map(|(word, keys)| block(word, keys)).collect()
}

fn block(word: &str, keys: &str) -> String {
    let text = "text = \"t\"\ntext_zh = \"文\"\n";
    let more = match *word.as_bytes() {
        [b'r', ..] if !keys.contains("group =") => format!("{text}group = \"item\"\n"),
        [b'o', ..] => format!("{text}kind = \"notify\"\ndue = \"d\"\ndue_zh = \"期\"\n"),
        _ if matches!(word, "set" | "define" | "derive" | "treat" | "bar" | "quota") => {
            String::new()
        }
        _ => text.to_string(),
    };
    format!("```toml {word}\ncite = \"T\"\n{more}{keys}\n```\n\n")
}

/// The answer of both to facts written `a = true, destination = CN`, on 2025-06-15 unless they say
/// otherwise.
fn ask(law: &Law, facts: &str) -> Determination {
    let mut lines = facts.replace(", ", "\n");
    if !lines.contains("date =") {
        lines.push_str("\ndate = 2025-06-15");
    }
    let facts = spec::corpus::read(law, lines.trim()).expect("facts");
    let (by_law, by_spec) = both(law, &facts[0], None);
    let found = disagreements(law, &by_law, &by_spec);
    assert!(found.is_empty(), "{}{}", spec::describe(law, &facts[0]), found.join("\n"));
    by_spec
}

/// Asserts parts of the written answer, or of the enforced one where the name begins so.
#[track_caller]
fn expect(law: &Law, facts: &str, wanted: &[(&str, &str)]) {
    let determination = ask(law, facts);
    for (name, wanted) in wanted {
        let (reading, part) = match name.strip_prefix("enforced ") {
            Some(part) => (1, part),
            None => (0, *name),
        };
        let answer = shown(law, &determination.readings[reading]);
        let found = answer.into_iter().find(|(of, _)| *of == part).expect("a part").1;
        assert_eq!(found, *wanted, "{name} where {facts}");
    }
}

const NLR: (&str, &str) = ("outcome", "no_license_required");
const LICENSE: (&str, &str) = ("outcome", "license_required");
const EXCEPTION: (&str, &str) = ("outcome", "license_exception");
const OPEN: (&str, &str) = ("outcome", "unresolved");

/// Asserts the outcome of one requirement with a condition.
#[track_caller]
fn condition(condition: &str, facts: &str, outcome: (&str, &str)) {
    let law = tiny(&[
        ("requirement", &format!("id = \"r\"\nwhen = '{condition}'")),
        ("set", "id = \"arms\"\nmembers = [\"CN\", \"RU\"]"),
        ("treat", "country = \"HK\"\nas = \"CN\""),
        ("define", "id = \"early\"\nvalue = 'a'\nthrough = 2024-12-31"),
        ("define", "id = \"amount\"\nvalue = '5'\nthrough = 2024-12-31"),
        ("define", "id = \"line\"\nvalue = 'quantity * item.tpp'"),
    ]);
    expect(&law, facts, &[outcome]);
}

#[test]
fn logic_is_kleenes() {
    for (text, facts, outcome) in [
        ("a && b", "a = false", NLR),
        ("a && b", "a = true", OPEN),
        ("a || b", "a = true", LICENSE),
        ("a || b", "a = false", OPEN),
        ("!a", "b = true", OPEN),
        ("!a", "a = false", LICENSE),
        ("a == b", "a = true", OPEN),
        ("a ? b : c", "b = true, c = true", LICENSE),
        ("a ? b : c", "b = true, c = false", OPEN),
        ("a ? b : c", "a = false, b = true, c = false", NLR),
        ("(a ? 1 : 2) == 2", "a = false", LICENSE),
    ] {
        condition(text, facts, outcome);
    }
}

#[test]
fn arithmetic_is_exact() {
    for (text, facts, outcome) in [
        ("line >= 4800", "quantity = 1, item.tpp = 4799.999", NLR),
        ("line >= 4800", "quantity = 1, item.tpp = 4800", LICENSE),
        ("item.tpp / item.area >= 5.92", "item.tpp = 4000, item.area = 675.7", NLR),
        ("item.tpp / item.area >= 5.92", "item.tpp = 4000.2, item.area = 675.7", LICENSE),
        ("item.tpp / item.area >= 5.92", "item.tpp = 4000, item.area = 0", OPEN),
        ("item.tpp * item.tpp * item.tpp > 1", "item.tpp = 1e20", OPEN),
        ("max(item.tpp, item.area) >= 5", "item.tpp = 4", NLR),
        ("min(item.tpp, item.area) < 5", "item.area = 4", LICENSE),
        ("max(item.tpp, item.area) >= 5", "a = true", OPEN),
        ("-item.tpp < 0", "item.tpp = 1", LICENSE),
    ] {
        condition(text, facts, outcome);
    }
}

#[test]
fn words_texts_days_and_lists_are_tested() {
    for (text, facts, outcome) in [
        ("use == \"military\"", "use = military", LICENSE),
        ("use in [\"military\"]", "use = civil", NLR),
        ("use in [\"military\"]", "a = true", OPEN),
        ("eccn.startsWith(\"5A99\")", "eccn = 5A992", LICENSE),
        ("eccn.startsWith(\"5A99\")", "eccn = 5A002", NLR),
        ("since < date(\"2025-01-01\")", "since = 2024-12-31", LICENSE),
        ("since < date(\"2025-01-01\")", "since = 2025-01-01", NLR),
        ("\"form\" in papers", "papers = form;other", LICENSE),
        ("\"form\" in papers", "papers = none", NLR),
        ("\"form\" in papers", "a = true", OPEN),
    ] {
        condition(text, facts, outcome);
    }
}

#[test]
fn a_set_that_has_what_a_country_is_treated_as_has_it() {
    for (text, facts, outcome) in [
        ("destination in arms", "destination = HK", LICENSE),
        ("destination in arms", "destination = MO", NLR),
        ("destination in [\"CN\"]", "destination = HK", NLR),
        ("destination in arms", "a = true", OPEN),
        ("destination == origin", "destination = US", LICENSE),
    ] {
        condition(text, facts, outcome);
    }
}

#[test]
fn sets_include_exclude_and_change() {
    let law = tiny(&[
        (
            "set",
            "id = \"one\"\nmembers = [\"CN\", \"RU\"]\n[[change]]\ndate = 2025-03-01\n\
             add = [\"NI\"]\nremove = [\"RU\"]\ncite = \"T\"",
        ),
        ("set", "id = \"two\"\nmembers = [\"IN\"]"),
        ("set", "id = \"three\"\nmembers = [\"VN\"]\ninclude = [\"one\"]\nexclude = [\"two\"]"),
        ("change", "set = \"two\"\ndate = 2025-04-01\nadd = [\"VN\"]"),
        ("treat", "country = \"HK\"\nas = \"CN\""),
        ("requirement", "id = \"r\"\nwhen = 'destination in three'"),
    ]);
    for (facts, outcome) in [
        ("date = 2025-02-28, destination = RU", LICENSE),
        ("date = 2025-03-01, destination = RU", NLR),
        ("date = 2025-02-28, destination = NI", NLR),
        ("date = 2025-03-01, destination = NI", LICENSE),
        ("date = 2025-03-31, destination = VN", LICENSE),
        ("date = 2025-04-01, destination = VN", NLR),
        ("destination = HK", LICENSE),
    ] {
        expect(&law, facts, &[outcome]);
    }
}

#[test]
fn what_has_no_version_in_force_is_false_and_a_number_is_unknown() {
    for (text, facts, outcome) in [
        ("early", "date = 2024-12-31, a = true", LICENSE),
        ("early", "date = 2025-01-01, a = true", NLR),
        ("early", "date = 2025-01-01", NLR),
        ("amount == 5", "date = 2024-12-31", LICENSE),
        ("amount == 5", "date = 2025-01-01", OPEN),
    ] {
        condition(text, facts, outcome);
    }
    let law = tiny(&[
        ("class", "id = \"limb\"\ncode = \"X\"\nwhen = 'a'\nthrough = 2024-12-31"),
        ("requirement", "id = \"r\"\nwhen = 'class(\"X\")'"),
    ]);
    expect(&law, "date = 2024-12-31, a = true", &[LICENSE]);
    expect(&law, "date = 2025-01-01, a = true", &[NLR]);
    assert_eq!(ask(&law, "date = 2024-12-31, a = true").classification, [0]);
}

#[test]
fn a_party_of_whom_nothing_is_said_is_the_end_user() {
    for (text, facts, outcome) in [
        ("purchaser.hq == \"CN\"", "end_user.hq = CN", LICENSE),
        ("purchaser.hq == \"CN\"", "end_user.hq = CN, purchaser.name = P", OPEN),
        ("parties.exists(p, p.hq == \"CN\")", "end_user.hq = US, purchaser.hq = CN", LICENSE),
        ("recipients.exists(p, p.hq == \"CN\")", "end_user.hq = US, purchaser.hq = CN", NLR),
        ("parties.all(p, p.hq == \"CN\")", "end_user.hq = CN", LICENSE),
        ("parties.all(p, p.hq == \"CN\")", "end_user.hq = CN, purchaser.name = P", OPEN),
        ("parties.exists(p, \"bad\" in p.listed)", "end_user.listed = bad", LICENSE),
        ("recipients.all(p, p.hq in arms)", "end_user.hq = HK", LICENSE),
    ] {
        condition(text, facts, outcome);
    }
    let law = tiny(&[("requirement", "id = \"r\"\nwhen = 'purchaser.hq == \"CN\"'")]);
    expect(&law, "a = true", &[OPEN, ("missing", "end_user.hq")]);
    expect(&law, "purchaser.name = P", &[OPEN, ("missing", "purchaser.hq")]);
}

#[test]
fn the_first_derive_that_holds_and_is_known_fills_a_fact() {
    let law = tiny(&[
        ("derive", "fact = \"item.density\"\nvalue = '0'\nwhen = 'item.area == 0'"),
        (
            "derive",
            "fact = \"item.density\"\nvalue = 'item.tpp / item.area'\nwhen = 'item.area > 0'",
        ),
        ("derive", "fact = \"b\"\nvalue = 'c'\nwhen = 'a'"),
        ("derive", "fact = \"b\"\nvalue = 'true'"),
        ("requirement", "id = \"dense\"\nwhen = 'item.density >= 2'"),
        ("requirement", "id = \"r\"\nwhen = 'b'\nfrom = 2026-01-01"),
    ]);
    for (facts, outcome) in [
        ("item.tpp = 4, item.area = 2", LICENSE),
        ("item.tpp = 4, item.area = 3", NLR),
        ("item.tpp = 4, item.area = 3, item.density = 9", LICENSE),
        ("item.tpp = 4, item.area = 0", NLR),
        ("item.tpp = 4", OPEN),
        ("date = 2026-02-01, item.density = 0, a = true, c = false", NLR),
        ("date = 2026-02-01, item.density = 0, a = true", LICENSE),
        ("date = 2026-02-01, item.density = 0, a = false", LICENSE),
        ("date = 2026-02-01, item.density = 0", OPEN),
    ] {
        expect(&law, facts, &[outcome]);
    }
    expect(&law, "item.tpp = 4", &[("missing", "item.density")]);
}

#[test]
fn a_derived_fact_of_the_end_user_is_an_absent_partys_too() {
    let law = tiny(&[
        ("derive", "fact = \"end_user.share\"\nvalue = 'used / 2'"),
        ("requirement", "id = \"r\"\nwhen = 'parties.all(p, p.share >= 2)'"),
        ("requirement", "id = \"s\"\nwhen = 'purchaser.share >= 2'"),
    ]);
    expect(&law, "used = 4", &[LICENSE, ("because", "r, s")]);
    expect(&law, "used = 4, purchaser.name = P", &[OPEN, ("missing", "purchaser.share")]);
    expect(&law, "a = true", &[OPEN, ("missing", "end_user.share")]);
}

#[test]
fn a_rule_binds_from_its_first_to_its_last_day_in_its_reading() {
    let law = tiny(&[
        ("requirement", "id = \"never\"\nwhen = 'false'\neffective = 2024-01-01"),
        (
            "requirement",
            "id = \"r\"\neffective = 2025-01-10\nfrom = 2025-02-01\nthrough = 2025-03-01",
        ),
        (
            "requirement",
            "id = \"w\"\nreading = \"written\"\neffective = 2025-05-01\n\
             from = 2025-05-01\nthrough = 2025-05-02",
        ),
    ]);
    for (date, outcome) in
        [("2025-01-31", NLR), ("2025-02-01", LICENSE), ("2025-03-01", LICENSE), ("2025-03-02", NLR)]
    {
        expect(&law, &format!("date = {date}"), &[outcome]);
    }
    expect(&law, "date = 2025-01-09", &[("flags", "")]);
    expect(&law, "date = 2025-01-10", &[("flags", "coming r")]);
    expect(&law, "date = 2025-05-01", &[LICENSE, ("enforced outcome", NLR.1)]);
}

#[test]
fn a_rule_ends_on_the_day_before_another_that_replaces_it() {
    let law = tiny(&[
        ("requirement", "id = \"old\""),
        ("requirement", "id = \"new\"\nfrom = 2025-03-01\nreplaces = [\"old\"]\nwhen = 'a'"),
    ]);
    expect(&law, "date = 2025-02-28, a = false", &[LICENSE, ("because", "old")]);
    expect(&law, "date = 2025-03-01, a = false", &[NLR]);
    expect(&law, "date = 2025-03-01, a = true", &[LICENSE, ("because", "new")]);
}

#[test]
fn announcements_take_rules_out_of_force_or_put_them_in_doubt() {
    let status = |state: &str, from: &str, through: &str| {
        format!("state = \"{state}\"\nfrom = {from}\nthrough = {through}\nscope = [\"r\"]")
    };
    let law = tiny(&[
        ("requirement", "id = \"r\"\nwhen = 'a'"),
        ("status", &status("stayed", "2025-01-01", "2025-01-31")),
        ("status", &status("not_enforced", "2025-02-01", "2025-02-28")),
        ("status", &status("repealed", "2025-03-01", "2025-03-31")),
        ("status", &status("uncertain", "2025-03-15", "2025-04-30")),
    ]);
    for (date, written, enforced) in [
        ("2024-12-31", LICENSE.1, LICENSE.1),
        ("2025-01-01", NLR.1, NLR.1),
        ("2025-02-28", LICENSE.1, NLR.1),
        ("2025-03-20", NLR.1, NLR.1),
        ("2025-04-01", OPEN.1, OPEN.1),
        ("2025-05-01", LICENSE.1, LICENSE.1),
    ] {
        let facts = format!("date = {date}, a = true");
        expect(&law, &facts, &[("outcome", written), ("enforced outcome", enforced)]);
    }
    expect(&law, "date = 2025-01-01, a = true", &[("because", "r out by status 0")]);
    expect(&law, "date = 2025-04-01, a = true", &[("doubts", "status 3"), ("missing", "")]);
    expect(&law, "date = 2025-04-01, a = false", &[NLR]);
    expect(&law, "date = 2025-01-01, a = false", &[("because", "no requirement")]);
}

#[test]
fn a_doubt_opens_a_rule_that_would_hold() {
    let law = tiny(&[
        ("requirement", "id = \"r\"\nwhen = 'a'"),
        ("doubt", "id = \"gap\"\nabout = [\"r\"]\nwhen = 'b'"),
    ]);
    for (facts, outcome, missing, doubts) in [
        ("a = true, b = true", OPEN, "", "gap"),
        ("a = false, b = true", NLR, "", ""),
        ("a = true, b = false", LICENSE, "", ""),
        ("a = true", OPEN, "b", ""),
        ("b = true", OPEN, "a", "gap"),
        ("b = false", OPEN, "a", ""),
    ] {
        expect(&law, facts, &[outcome, ("missing", missing), ("doubts", doubts)]);
    }
}

#[test]
fn a_doubt_may_name_a_class_an_exception_or_nothing() {
    let law = tiny(&[
        ("class", "id = \"limb\"\ncode = \"X\"\nwhen = 'a'"),
        ("doubt", "id = \"on-class\"\nabout = [\"X\"]\nwhen = 'b'"),
        ("requirement", "id = \"r\"\nwhen = 'class(\"X\")'\novercome_by = [\"E\"]"),
        ("exception", "id = \"e\"\ncode = \"E\"\nwhen = 'c'"),
        ("doubt", "id = \"on-code\"\nabout = [\"E\"]\nwhen = 'd'"),
        ("doubt", "id = \"alone\"\nwhen = 'use == \"military\"'"),
    ]);
    let civil = |facts: &str| format!("use = civil, {facts}");
    for (facts, outcome, doubts) in [
        ("a = true, b = true, c = false, d = false", OPEN, "on-class"),
        ("a = true, b = false, c = true, d = true", OPEN, "on-code"),
        ("a = true, b = false, c = true, d = false", EXCEPTION, ""),
        ("a = true, b = false, c = false, d = true", LICENSE, ""),
    ] {
        expect(&law, &civil(facts), &[outcome, ("doubts", doubts)]);
    }
    expect(&law, "use = military, a = false", &[OPEN, ("doubts", "alone"), ("missing", "")]);
    expect(&law, "a = false", &[OPEN, ("doubts", ""), ("missing", "use")]);
    let covered = "use = military, a = true, b = false, c = true, d = false";
    expect(&law, covered, &[OPEN, ("doubts", "alone")]);
}

#[test]
fn a_doubt_that_does_not_block_is_a_remark() {
    let law = tiny(&[
        ("requirement", "id = \"r\""),
        ("doubt", "id = \"remark\"\nabout = [\"r\"]\nwhen = 'a'\nblocking = false"),
        ("flag", "id = \"red\"\nwhen = 'a'"),
        ("flag", "id = \"not-red\"\nwhen = 'b'"),
    ]);
    expect(&law, "a = true", &[LICENSE, ("flags", "red, remark")]);
    expect(&law, "a = false", &[LICENSE, ("flags", "")]);
}

#[test]
fn a_class_is_the_same_in_both_readings() {
    let law = tiny(&[
        ("class", "id = \"limb\"\ncode = \"X\"\nwhen = 'a'"),
        ("class", "id = \"other\"\ncode = \"X\"\nwhen = 'b'"),
        ("doubt", "id = \"gap\"\nabout = [\"limb\"]\nwhen = 'c'"),
        ("requirement", "id = \"r\"\nwhen = 'class(\"X\")'"),
    ]);
    let both = |outcome: &'static str| [("outcome", outcome), ("enforced outcome", outcome)];
    expect(&law, "a = true, b = true, c = false", &both(LICENSE.1));
    expect(&law, "a = true, b = true, c = false", &[("because", "limb, r")]);
    expect(&law, "a = true, b = false, c = true", &both(OPEN.1));
    expect(&law, "a = true, b = false, c = true", &[("doubts", "gap")]);
    expect(&law, "a = true, b = true, c = true", &[LICENSE, ("because", "other, r")]);
}

#[test]
fn an_exception_must_overcome_every_requirement_that_holds() {
    let law = tiny(&[
        ("requirement", "id = \"first\"\nwhen = 'a'\novercome_by = [\"E\", \"F\"]"),
        ("requirement", "id = \"second\"\nwhen = 'b'\novercome_by = [\"F\"]\ngroup = \"party\""),
        ("exception", "id = \"e\"\ncode = \"E\""),
        ("exception", "id = \"f\"\ncode = \"F\"\nwhen = 'c'"),
    ]);
    for (facts, outcome, exceptions, because) in [
        ("a = true, b = false, c = false", EXCEPTION, "E", "first, e"),
        ("a = true, b = false, c = true", EXCEPTION, "E F", "first, e, f"),
        ("a = true, b = true, c = false", LICENSE, "", "second, first"),
        ("a = true, b = true, c = true", EXCEPTION, "F", "second, first, f"),
        ("a = false, b = false", NLR, "", "no requirement"),
        ("a = true, c = true", EXCEPTION, "F", "first, f"),
        ("a = true, c = false", OPEN, "", "first"),
        ("a = true, b = true", OPEN, "", "second, first"),
    ] {
        expect(&law, facts, &[outcome, ("exceptions", exceptions), ("because", because)]);
    }
    expect(&law, "a = true, c = false", &[("missing", "b")]);
    expect(&law, "a = true", &[OPEN, ("missing", "b, c")]);
}

#[test]
fn a_bar_takes_exceptions_away() {
    let law = tiny(&[
        ("requirement", "id = \"r\"\novercome_by = [\"E\", \"F\"]"),
        ("exception", "id = \"e\"\ncode = \"E\""),
        ("exception", "id = \"f\"\ncode = \"F\""),
        ("bar", "id = \"all\"\nbars = [\"*\"]\nspares = [\"F\"]\nwhen = 'a'"),
        ("bar", "id = \"one\"\nbars = [\"F\"]\nwhen = 'b'\nunless = 'c'"),
    ]);
    for (facts, outcome, exceptions, missing) in [
        ("a = false, b = false", EXCEPTION, "E F", ""),
        ("a = true, b = false", EXCEPTION, "F", ""),
        ("a = true, b = true, c = false", LICENSE, "", ""),
        ("a = true, b = true, c = true", EXCEPTION, "F", ""),
        ("a = true, b = true", OPEN, "", "c"),
        ("b = true, c = false", OPEN, "", "a"),
        ("a = false", EXCEPTION, "E", ""),
    ] {
        expect(&law, facts, &[outcome, ("exceptions", exceptions), ("missing", missing)]);
    }
}

/// A requirement that `E` overcomes while a quota of 100 has room.
fn with_quota(more: &str) -> Law {
    let quota = format!(
        "id = \"q\"\nused = \"used\"\namount = 'quantity * item.tpp'\n\
         key = [\"end_user.name\"]\n{more}"
    );
    tiny(&[
        ("requirement", "id = \"r\"\novercome_by = [\"E\", \"F\"]"),
        ("exception", "id = \"e\"\ncode = \"E\"\ndraws = [\"q\"]"),
        ("exception", "id = \"f\"\ncode = \"F\"\nwhen = 'c'"),
        ("quota", &quota),
    ])
}

#[test]
fn a_quota_has_room_up_to_its_limit() {
    let law = with_quota("kind = \"cumulative\"\nlimit = '100'\nwhen = 'a'");
    let given = |facts: &str| format!("a = true, c = false, quantity = 2, {facts}");
    let room = [EXCEPTION, ("draws", "q Some(\"N\") 20 leaves 0 of 100")];
    expect(&law, &given("item.tpp = 10, used = 80, end_user.name = N"), &room);
    let full = "r, full q None 20 leaves -1 of 100";
    expect(&law, &given("item.tpp = 10, used = 81"), &[LICENSE, ("because", full), ("draws", "")]);
    expect(&law, &given("item.tpp = 0"), &[EXCEPTION, ("draws", "")]);
    expect(&law, &given("item.tpp = 10"), &[OPEN, ("missing", "used")]);
    expect(&law, &given("used = 0"), &[OPEN, ("missing", "item.tpp")]);
    expect(&law, "a = false, c = false", &[EXCEPTION, ("draws", "")]);
    let unknown_when = "c = false, quantity = 2, item.tpp = 10";
    expect(&law, &format!("{unknown_when}, used = 80"), &[EXCEPTION, ("draws", "")]);
    expect(&law, &format!("{unknown_when}, used = 81"), &[OPEN, ("missing", "a")]);
}

#[test]
fn exceptions_without_quotas_go_first() {
    let law = with_quota("kind = \"cumulative\"\nlimit = '100'");
    let given = "quantity = 1, item.tpp = 1, used = 0, end_user.name = N";
    expect(&law, &format!("c = true, {given}"), &[("exceptions", "F E"), ("draws", "")]);
    let draws = ("draws", "q Some(\"N\") 1 leaves 99 of 100");
    expect(&law, &format!("c = false, {given}"), &[("exceptions", "E"), draws]);
}

#[test]
fn a_day_without_a_step_is_a_gap() {
    let step = "[[step]]\nfrom = 2025-01-01\nthrough = 2025-03-31\nlimit = 100";
    let law = with_quota(&format!("kind = \"installed_base\"\n{step}"));
    let given = "c = false, quantity = 1, item.tpp = 1, used = 0";
    expect(&law, &format!("date = 2025-03-31, {given}"), &[EXCEPTION]);
    expect(&law, &format!("date = 2025-04-01, {given}"), &[OPEN, ("doubts", "gap q")]);
}

#[test]
fn a_ratio_is_a_share_of_the_whole() {
    let law = with_quota(
        "kind = \"ratio\"\nlimit = '0.25'\nbase = \"base\"\nbase_amount = 'quantity * item.tpp'",
    );
    let given = "c = false, quantity = 1, item.tpp = 20";
    let room = [EXCEPTION, ("draws", "q None 20 leaves 0 of 30")];
    expect(&law, &format!("{given}, used = 10, base = 100"), &room);
    expect(&law, &format!("{given}, used = 10.01, base = 100"), &[LICENSE]);
    expect(&law, &format!("{given}, used = 10"), &[OPEN, ("missing", "base")]);
}

#[test]
fn earlier_lines_are_counted_on_their_account() {
    let law = with_quota("kind = \"calendar_year\"\nlimit = '100'");
    let line = |date: &str, name: &str, tpp: u32| {
        format!("date = {date}\nc = false\nused = 0\nquantity = 1\nitem.tpp = {tpp}\n{name}")
    };
    let mut carry = (law::Carry::default(), spec::Carry::default());
    for (date, name, tpp, outcome) in [
        ("2025-03-01", "end_user.name = N", 60, EXCEPTION.1),
        ("2025-03-02", "end_user.name = N", 41, LICENSE.1),
        ("2025-03-02", "end_user.name = M", 41, EXCEPTION.1),
        ("2025-03-03", "end_user.name = N", 40, EXCEPTION.1),
        ("2026-03-03", "end_user.name = N", 99, EXCEPTION.1),
        ("2025-03-03", "", 99, EXCEPTION.1),
        ("2025-03-03", "", 99, EXCEPTION.1),
    ] {
        let facts = spec::corpus::read(&law, &line(date, name, tpp)).expect("facts");
        let (by_law, by_spec) = both(&law, &facts[0], Some((&carry.0, &carry.1)));
        assert_eq!(disagreements(&law, &by_law, &by_spec), Vec::<String>::new());
        assert_eq!(by_spec.readings[0].outcome.word(), outcome, "{date} {name} {tpp}");
        carry.0.add(&by_law);
        carry.1.add(&by_spec);
    }
}

#[test]
fn the_facts_that_turn_the_outcome_are_missing_and_no_others() {
    for (text, facts, missing) in [
        ("a && b", "b = true", "a"),
        ("a && b", "c = true", "a, b"),
        ("a || (b && c)", "c = true", "a, b"),
        ("a ? b : c", "a = true", "b"),
        ("a ? b : c", "b = true, c = false", "a"),
        ("a ? b : c", "b = true", "a, c"),
        ("item.tpp + item.area > 1", "item.tpp = 1", "item.area"),
        ("max(item.tpp, item.area) > 1", "d = true", "item.tpp, item.area"),
        ("parties.exists(p, p.hq == \"CN\")", "purchaser.hq = US", "end_user.hq"),
        ("early || line > 1", "quantity = 1", "item.tpp"),
    ] {
        condition(text, facts, OPEN);
        let law = tiny(&[
            ("requirement", &format!("id = \"r\"\nwhen = '{text}'")),
            ("define", "id = \"early\"\nvalue = 'a'\nthrough = 2024-12-31"),
            ("define", "id = \"line\"\nvalue = 'quantity * item.tpp'"),
        ]);
        expect(&law, facts, &[OPEN, ("missing", missing)]);
    }
    let settled =
        tiny(&[("requirement", "id = \"r\""), ("requirement", "id = \"open\"\nwhen = 'a'")]);
    expect(&settled, "b = true", &[LICENSE, ("missing", "")]);
}

#[test]
fn the_policy_is_the_first_that_holds_and_the_strictest_over_requirements() {
    let policy = |id: &str, of: &str, result: &str, more: &str| {
        format!("id = \"{id}\"\nfor = [\"{of}\"]\nresult = \"{result}\"\n{more}")
    };
    let law = tiny(&[
        ("requirement", "id = \"r\""),
        ("requirement", "id = \"s\"\nwhen = 'c'"),
        ("requirement", "id = \"t\"\nwhen = 'd'"),
        ("policy", &policy("mild", "r", "case_by_case", "")),
        ("policy", &policy("approval", "r", "presumption_of_approval", "when = 'a'\nrank = 1")),
        ("policy", &policy("denial", "s", "presumption_of_denial", "when = 'b'")),
    ]);
    for (facts, policy, because) in [
        ("a = false, c = false, d = false", "case_by_case", "r, mild"),
        ("a = true, c = false, d = false", "presumption_of_approval", "r, approval"),
        ("a = true, b = true, c = true, d = false", "presumption_of_denial", "r, s, denial"),
        ("a = true, b = false, c = true, d = false", "none", "r, s"),
        ("a = true, b = true, c = true, d = true", "presumption_of_denial", "r, s, t, denial"),
        ("a = true, c = false, d = true", "none", "r, t"),
    ] {
        expect(&law, facts, &[LICENSE, ("policy", policy), ("because", because), ("flags", "")]);
    }
    for (facts, flag) in [
        ("c = false, d = false", "policy open [a] []"),
        ("a = true, c = true, d = false", "policy open [b] []"),
        ("a = true, b = true, d = false", "policy open [c] []"),
    ] {
        expect(&law, facts, &[LICENSE, ("policy", "none"), ("flags", flag)]);
    }
    expect(&law, "b = true, c = true, d = false", &[("policy", "presumption_of_denial")]);
}

#[test]
fn a_policy_needs_room_and_draws() {
    let law = tiny(&[
        ("requirement", "id = \"r\""),
        (
            "policy",
            "id = \"within\"\nfor = [\"r\"]\nresult = \"presumption_of_approval\"\n\
             draws = [\"q\"]\nrank = 1",
        ),
        ("policy", "id = \"beyond\"\nfor = [\"r\"]\nresult = \"policy_of_denial\""),
        (
            "quota",
            "id = \"q\"\nkind = \"cumulative\"\nused = \"used\"\namount = 'quantity'\nlimit = '10'",
        ),
    ]);
    let draws = ("draws", "q Some(\"\") 3 leaves 7 of 10");
    let within = [("policy", "presumption_of_approval"), ("because", "r, within"), draws];
    expect(&law, "quantity = 3, used = 0", &within);
    let beyond = [
        ("policy", "policy_of_denial"),
        ("because", "r, full q Some(\"\") 3 leaves -1 of 10, beyond"),
        ("draws", ""),
    ];
    expect(&law, "quantity = 3, used = 8", &beyond);
    let open = [("policy", "none"), ("flags", "policy open [used] []"), ("draws", "")];
    expect(&law, "quantity = 3", &open);
}

#[test]
fn a_doubt_that_stands_for_a_requirement_sets_no_policy() {
    let law = tiny(&[
        ("requirement", "id = \"r\"\nwhen = 'b'"),
        ("policy", "id = \"p\"\nfor = [\"r\"]\nresult = \"case_by_case\""),
        ("doubt", "id = \"alone\"\nwhen = 'a'"),
    ]);
    expect(&law, "a = false, b = true", &[LICENSE, ("policy", "case_by_case")]);
    expect(
        &law,
        "a = true, b = true",
        &[LICENSE, ("policy", "none"), ("flags", "policy open [] [alone]")],
    );
    expect(&law, "b = true", &[LICENSE, ("policy", "none"), ("flags", "policy open [a] []")]);
}

#[test]
fn obligations_follow_what_brings_them() {
    let law = tiny(&[
        ("requirement", "id = \"r\"\nwhen = 'a'\novercome_by = [\"E\"]"),
        ("exception", "id = \"e\"\ncode = \"E\"\nwhen = 'b'"),
        ("obligation", "id = \"always\""),
        ("obligation", "id = \"of-code\"\non = [\"E\"]\ndone = '\"form\" in papers'"),
        ("obligation", "id = \"of-rule\"\non = [\"r\"]\nwhen = 'c'\ndue_days = -10"),
        ("obligation", "id = \"of-e\"\non = [\"e\"]\ndue_on = [\"02-01\", \"08-01\"]"),
    ]);
    for (facts, due, flags) in [
        ("a = false", "always", ""),
        ("a = true, b = false, c = false", "always", ""),
        ("a = true, b = false, c = true", "always, of-rule on 2025-06-05", ""),
        ("a = true, b = false", "always", "may be due of-rule [c]"),
        ("a = true, b = true, c = false", "always, of-code, of-e on 2025-08-01", ""),
        ("a = true, b = true, c = false, papers = form", "always, of-e on 2025-08-01", ""),
        (
            "a = true, b = true, c = true, papers = none",
            "always, of-code, of-rule on 2025-06-05, of-e on 2025-08-01",
            "",
        ),
        (
            "date = 2025-08-01, a = true, b = true, c = false, papers = form",
            "always, of-e on 2026-02-01",
            "",
        ),
    ] {
        expect(&law, facts, &[("obligations", due), ("flags", flags)]);
    }
}

#[test]
fn nothing_required_says_why() {
    let law = tiny(&[
        (
            "requirement",
            "id = \"r\"\nwhen = 'a'\nabout = 'b'\notherwise = \"no\"\notherwise_zh = \"否\"",
        ),
        (
            "requirement",
            "id = \"home\"\nwhen = 'false'\nabout = 'c'\notherwise = \"no\"\n\
             otherwise_zh = \"否\"\ngroup = \"party\"",
        ),
        ("requirement", "id = \"stayed\"\nwhen = 'd'"),
        ("status", "state = \"stayed\"\nfrom = 2025-01-01\nscope = [\"stayed\"]"),
    ]);
    for (facts, because) in [
        ("a = false, b = true, c = true, d = true", "stayed out by status 0, not home, not r"),
        ("a = false, b = true", "not r"),
        ("a = false, d = true", "stayed out by status 0"),
        ("a = false", "no requirement"),
    ] {
        expect(&law, facts, &[NLR, ("because", because)]);
    }
}

#[test]
fn days_outside_what_is_known_are_flagged() {
    let law = tiny(&[("requirement", "id = \"r\"\nwhen = 'a'")]);
    expect(&law, "date = 2026-12-31, a = false", &[("flags", "")]);
    expect(&law, "date = 2027-01-01, a = false", &[("flags", "unverified")]);
    expect(&law, "date = 2024-01-01, a = false", &[("flags", "")]);
    expect(&law, "date = 2023-12-31, a = true", &[NLR, ("flags", "before first")]);
}

#[test]
fn an_answer_that_rests_on_a_supposition_says_so() {
    let real = format!("{}{}", support::PACK, block("requirement", "id = \"r\"\nwhen = 'a'"));
    let supposed = support::PACK
        .replace("\"tiny\"", "\"bill\"")
        .replace("sure =", "hypothetical = true\nsure =");
    let supposed = format!("{supposed}{}", block("requirement", "id = \"s\"\nwhen = 'b'"));
    let law = law_of_packs(&[&real, &supposed]);
    expect(&law, "a = true, b = true", &[("because", "r, s"), ("flags", "hypothetical bill")]);
    expect(&law, "a = true, b = false", &[("because", "r"), ("flags", "")]);
}

#[test]
fn a_classification_that_rests_on_a_supposition_says_so() {
    let real = format!("{}{}", support::PACK, block("requirement", "id = \"r\"\nwhen = 'a'"));
    let supposed = support::PACK
        .replace("\"tiny\"", "\"bill\"")
        .replace("sure =", "hypothetical = true\nsure =");
    let limb = block("class", "id = \"limb\"\ncode = \"X\"\nwhen = 'b'");
    let law = law_of_packs(&[&real, &format!("{supposed}{limb}")]);
    expect(&law, "a = false, b = true", &[NLR, ("flags", "hypothetical bill")]);
    expect(&law, "a = false, b = false", &[NLR, ("flags", "")]);
}

#[test]
fn a_rule_out_of_force_is_not_coming() {
    for (state, flags) in [("stayed", ""), ("uncertain", "coming r")] {
        let status = format!("state = \"{state}\"\nfrom = 2025-01-01\nscope = [\"r\"]");
        let law = tiny(&[
            ("requirement", "id = \"r\"\nwhen = 'a'\nfrom = 2025-07-01"),
            ("status", &status),
        ]);
        expect(&law, "a = true", &[NLR, ("flags", flags)]);
    }
}

#[test]
fn replacing_ends_only_what_began_earlier() {
    let law = tiny(&[
        ("requirement", "id = \"r\"\nwhen = 'a'\nfrom = 2025-05-01"),
        ("flag", "id = \"f\"\nfrom = 2025-03-01\nreplaces = [\"r\"]"),
    ]);
    expect(&law, "a = true", &[LICENSE, ("flags", "f")]);
}

#[test]
fn flags_have_an_order() {
    let law = tiny(&[
        ("doubt", "id = \"remark\"\nblocking = false"),
        ("flag", "id = \"red\""),
        ("requirement", "id = \"r\""),
        ("requirement", "id = \"next\"\nfrom = 2027-06-01"),
        ("policy", "id = \"p\"\nfor = [\"r\"]\nresult = \"case_by_case\"\nwhen = 'a'"),
        ("obligation", "id = \"o\"\nwhen = 'b'"),
    ]);
    let flags = "policy open [a] [], may be due o [b], unverified, coming next, red, remark";
    expect(&law, "date = 2027-02-01", &[LICENSE, ("flags", flags)]);
}

#[test]
fn full_quotas_stand_in_the_chain_of_a_license_only() {
    let law = with_quota("kind = \"cumulative\"\nlimit = '1'");
    let full = "r, full q None 2 leaves -1 of 1";
    let given = "quantity = 2, item.tpp = 1, used = 0";
    expect(&law, &format!("c = false, {given}"), &[LICENSE, ("because", full)]);
    expect(&law, &format!("c = true, {given}"), &[EXCEPTION, ("because", "r, f")]);
    expect(&law, given, &[OPEN, ("because", "r"), ("missing", "c")]);
}

#[test]
fn every_unknown_number_of_a_quota_is_missing_and_its_gap_told() {
    let law = with_quota(
        "kind = \"installed_base\"\nwhen = 'a'\n[[step]]\nfrom = 2025-01-01\nthrough = 2025-01-02\nlimit = 1",
    );
    let missing = [OPEN, ("missing", "quantity, item.tpp, used, a"), ("doubts", "gap q")];
    expect(&law, "c = false", &missing);
    let out = "state = \"stayed\"\nfrom = 2025-01-01\nscope = [\"q\"]";
    let law = tiny(&[
        ("requirement", "id = \"r\"\novercome_by = [\"E\"]"),
        ("exception", "id = \"e\"\ncode = \"E\"\ndraws = [\"q\"]"),
        ("quota", "id = \"q\"\nkind = \"cumulative\"\nused = \"used\"\namount = '5'\nlimit = '1'"),
        ("status", out),
    ]);
    expect(&law, "used = 0", &[EXCEPTION, ("draws", "")]);
}
