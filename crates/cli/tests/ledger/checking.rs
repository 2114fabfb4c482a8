//! A ledger behind an order book.

use serde_json::Value;

use crate::desk::{Desk, errors, text};

const HEADER: &str = "line_id,date,destination,quantity,item.sku,end_user.name,end_user.location,\
    end_user.hq,end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,end_use,\
    authorization,certifications,exporter.hq,exporter.role,exporter.informed,lpp_used_tpp";

/// A pack under which the exception draws twice as much on a second quota.
const TWICE: &str = r#"# What if: a second quota

```toml pack
id               = "scenario.twice"
title            = "What if: a second quota"
cite             = "hypothetical"
effective        = 2025-06-01
verified_through = 2030-12-31
sure             = "inferred"
hypothetical     = true
```

```toml exception
id       = "scenario-lpp"
code     = "LPP"
replaces = ["lpp"]
cite     = "hypothetical"
when     = 'level_a && crosses'
draws    = ["lpp-limit", "twice"]
text     = "Supposed."
```

```toml quota
id     = "twice"
kind   = "cumulative"
cite   = "hypothetical"
used   = "nveu_installed_tpp"
amount = 'line_tpp * 2'
limit  = '1000000000'
key    = ["destination"]
unit   = "TPP"
when   = 'level_a'
text   = "Supposed."
```
"#;

/// H100s to a consignee in Malaysia on 2025-06-02, with its own figure of LPP where one is given.
pub fn line(id: &str, quantity: u32, consignee: &str, used: &str) -> String {
    format!(
        "\n{id},2025-06-02,MY,{quantity},nvidia-h100-sxm,{consignee},MY,MY,MY,private,none,0,\
         civil,none,lpp,US,distributor,none,{used}"
    )
}

pub fn book(lines: &[String]) -> String {
    format!("{HEADER}{}\n", lines.concat())
}

pub fn check(desk: &Desk, file: &str, more: &[&str]) -> Vec<Value> {
    let ledger = ["check", file, "--ledger", "weir-ledger.db", "--format", "jsonl"];
    let output = desk.weir(&[&ledger[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    text(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

pub fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["written"]["outcome"].as_str().unwrap_or("?")).collect()
}

pub fn warnings(line: &Value) -> Vec<String> {
    let warnings = line["warnings"].as_array().cloned().unwrap_or_default();
    let message = |warning: &Value| warning["message"].as_str().unwrap_or("?").to_owned();
    warnings.iter().map(message).collect()
}

#[test]
fn lines_draw_in_the_order_of_the_file_and_are_held_once() {
    let desk = Desk::new();
    let lines = [
        line("1", 1000, "Johor Data", ""),
        line("2", 699, "Johor Data", ""),
        line("3", 1, "Johor Data", ""),
        line("4", 1, "Penang Compute", ""),
    ];
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &["--reserve", "--expires", "2099-12-31"]);
    let expected = ["license_exception", "license_exception", "license_required"];
    assert_eq!(outcomes(&seen)[..3], expected);
    assert_eq!(outcomes(&seen)[3], "license_exception");
    assert_eq!(seen[0]["reservation"]["entry"], 1);
    assert_eq!(seen[0]["reservation"]["amount_tpp"].to_string(), "15832000");
    assert_eq!(seen[1]["reservation"]["repeated"], false);
    // One chip more than the exception allows is for a license, and draws on the country's.
    let third = serde_json::from_str::<Value>(&desk.said(&["show", "3"])).expect("an entry");
    assert_eq!(third["legs"][0]["quota"], "country-allocation");
    let first = serde_json::from_str::<Value>(&desk.said(&["show", "1"])).expect("an entry");
    assert_eq!((&first["item"], &first["units"]), (&"nvidia-h100-sxm".into(), &1000.into()));
    assert_eq!(first["legs"][0]["key"], serde_json::json!(["Johor Data", "2025"]));
    // The same book again: the same answers, and nothing is held twice.
    let again = check(&desk, "orders.csv", &["--reserve", "--expires", "2099-12-31"]);
    assert_eq!(outcomes(&again), outcomes(&seen));
    assert_eq!(again[0]["reservation"]["entry"], 1);
    assert_eq!(again[0]["reservation"]["repeated"], true);
    let verified = desk.said(&["verify"]);
    assert!(verified.contains("4 entries"), "{verified}");
}

#[test]
fn who_holds_a_quota_that_ran_out_is_told_until_when() {
    let desk = Desk::new();
    let until = ["--expires", "2099-12-31", "--note", "PO 7"];
    let held = ["reserve", "lpp-limit", "Johor Data", "2025", "--amount", "26900000"];
    desk.moved(&[&held[..], &["--day", "2025-06-01"], &until].concat());
    desk.write("orders.csv", &book(&[line("1", 1, "Johor Data", "")]));
    let seen = check(&desk, "orders.csv", &[]);
    assert_eq!(outcomes(&seen), ["license_required"]);
    let told = warnings(&seen[0]).join("\n");
    for part in ["lpp-limit", "reservation 1", "26,900,000", "2100-01-01", "PO 7", "alice"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let chinese = check(&desk, "orders.csv", &["--lang", "zh"]);
    let told = warnings(&chinese[0]).join("\n");
    assert!(told.contains("预留") && !told.contains("held by"), "{told}");
}

#[test]
fn what_was_released_is_asked_for_anew() {
    let desk = Desk::new();
    desk.write("orders.csv", &book(&[line("1", 1000, "Johor Data", "")]));
    assert_eq!(check(&desk, "orders.csv", &["--reserve"])[0]["reservation"]["entry"], 1);
    desk.moved(&["release", "1"]);
    let again = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(again[0]["reservation"]["entry"], 3);
    assert_eq!(again[0]["reservation"]["repeated"], false);
    assert_eq!(check(&desk, "orders.csv", &["--reserve"])[0]["reservation"]["entry"], 3);
}

#[test]
fn an_orders_own_figure_does_not_hide_what_the_book_drew() {
    let desk = Desk::new();
    let lines = ["1", "2", "3"].map(|id| line(id, 600, "Johor Data", "8000000"));
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&seen), ["license_exception", "license_required", "license_required"]);
    let again = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&again), outcomes(&seen));
}

#[test]
fn who_holds_it_is_told_at_the_first_run() {
    let desk = Desk::new();
    // The first is most of what Malaysia may have.
    let lines = [line("1", 49000, "Johor Data", ""), line("2", 2000, "Penang Compute", "")];
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    let told = warnings(&seen[1]).join("\n");
    assert!(told.contains("held by reservation 1"), "{told}");
}

#[test]
fn what_leaves_less_room_counts_where_order_and_ledger_differ() {
    let desk = Desk::new();
    let adjust = ["adjust", "lpp-limit", "Johor Data", "2025", "--to", "20000000"];
    desk.moved(&[&adjust[..], &["--day", "2025-06-01", "--source", "the consignee"]].concat());
    let lines = [line("less", 500, "Johor Data", "0"), line("more", 1, "Johor Data", "26900000")];
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &["--no-carry"]);
    assert_eq!(outcomes(&seen), ["license_required", "license_required"]);
    let told = "lpp_used_tpp is 0 in the order and 20,000,000 in the ledger";
    assert!(warnings(&seen[0]).contains(&told.to_owned()), "{:?}", warnings(&seen[0]));
    let told = "lpp_used_tpp is 26,900,000 in the order and 20,000,000 in the ledger";
    assert!(warnings(&seen[1]).contains(&told.to_owned()), "{:?}", warnings(&seen[1]));
}

#[test]
fn an_account_is_the_ultimate_owners() {
    let desk = Desk::new();
    let source = ["--share", "0.6", "--source", "Annual report"];
    desk.moved(&[&["own", "Johor Data", "Straits Holding"], &source[..]].concat());
    desk.moved(&[&["own", "Straits Holding", "Merlion Group"], &source[..]].concat());
    desk.write("orders.csv", &book(&[line("1", 10, "Johor Data", "")]));
    check(&desk, "orders.csv", &["--reserve"]);
    let entry: Value = serde_json::from_str(&desk.said(&["show", "3"])).expect("an entry");
    assert_eq!(entry["legs"][0]["key"], serde_json::json!(["Merlion Group", "2025"]));
    // Who it is for is not lost.
    assert_eq!(entry["note"], "orders.csv, line 1, for Johor Data");
    let again = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(again[0]["reservation"]["repeated"], true);
}

#[test]
fn the_latest_buyer_is_the_owner() {
    let desk = Desk::new();
    for owner in ["Alpha Old", "Zeta New"] {
        desk.moved(&["own", "Johor Data", owner, "--source", "Annual report"]);
    }
    desk.write("orders.csv", &book(&[line("1", 10, "Johor Data", "")]));
    check(&desk, "orders.csv", &["--reserve"]);
    let entry: Value = serde_json::from_str(&desk.said(&["show", "3"])).expect("an entry");
    assert_eq!(entry["legs"][0]["key"], serde_json::json!(["Zeta New", "2025"]));
}

#[test]
fn what_a_company_drew_before_its_owner_was_known_counts() {
    let desk = Desk::new();
    desk.write("orders.csv", &book(&[line("1", 1000, "Johor Data", "")]));
    let first = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(first[0]["reservation"]["accounts"][0], "lpp-limit [Johor Data, 2025]");
    desk.moved(&["own", "Johor Data", "Merlion Group", "--source", "Annual report"]);
    // The same book is answered as before.
    let again = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(again[0]["reservation"], {
        let mut before = first[0]["reservation"].clone();
        before["repeated"] = true.into();
        before
    });
    desk.write("more.csv", &book(&[line("1", 700, "Merlion Group", "")]));
    let more = check(&desk, "more.csv", &[]);
    assert_eq!(outcomes(&more), ["license_required"]);
    assert!(warnings(&more[0]).join("\n").contains("held by reservation 1"), "{more:?}");
    desk.write("fits.csv", &book(&[line("1", 600, "Johor Data", "")]));
    let fits = check(&desk, "fits.csv", &["--reserve"]);
    assert_eq!(fits[0]["reservation"]["accounts"][0], "lpp-limit [Merlion Group, 2025]");
}

/// H100s of a company with an authorization, with its headquarters in one country, to another.
pub fn authorized(
    id: &str,
    quantity: u32,
    company: &str,
    (hq, to): (&str, &str),
    more: &str,
) -> String {
    format!(
        "\n{id},2025-06-02,{to},{quantity},nvidia-h100-sxm,{company},{to},{hq},{hq},private,none,0,\
         civil,{more},US,distributor,none,,{to}"
    )
}

pub fn authorized_book(lines: &[String]) -> String {
    format!("{HEADER},authorization_country{}\n", lines.concat())
}

pub fn whole(desk: &Desk, company: &str, to: &str) {
    let adjust = ["adjust", "uveu_total_tpp", company, "--to", to, "--source", "its report"];
    desk.moved(&[&adjust[..], &["--day", "2025-06-01"]].concat());
}

const PARTS: [&str; 4] = ["--also", "uveu-outside / Acme", "--also", "uveu_total_tpp / Acme"];

#[test]
fn check_leaves_a_share_the_room_that_the_ledger_does() {
    let desk = Desk::new();
    whole(&desk, "Acme", "10000000000");
    let on = ["reserve", "uveu-country", "Acme", "MY", "--day", "2025-06-01"];
    let held = ["--expires", "2099-12-31", "--amount", "600000000"];
    desk.moved(&[&on[..], &held, &PARTS].concat());
    // (0.07 x 10,600,000,000 - 600,000,000) / 0.93 = 152,688,172: 9,644 and no more, and more than
    // another exception allows.
    for (quantity, outcome) in [(9644, "license_exception"), (9645, "license_required")] {
        let line = authorized("1", quantity, "Acme", ("DE", "MY"), "uveu,none");
        desk.write(&format!("{quantity}.csv"), &authorized_book(&[line]));
        let file = format!("{quantity}.csv");
        assert_eq!(outcomes(&check(&desk, &file, &[])), [outcome], "{quantity}");
    }
    let seen = check(&desk, "9644.csv", &["--reserve"]);
    let accounts = serde_json::json!([
        "uveu-outside [Acme]",
        "uveu-country [Acme, MY]",
        "uveu_total_tpp [Acme]",
    ]);
    assert_eq!(seen[0]["reservation"]["accounts"], accounts, "{seen:?}");
    // What the line holds itself does not count against it.
    assert_eq!(outcomes(&check(&desk, "9644.csv", &["--reserve"])), ["license_exception"]);
    desk.moved(&["commit", "3", "--day", "2025-06-02"]);
    let again = check(&desk, "9644.csv", &["--reserve"]);
    assert_eq!(outcomes(&again), ["license_exception"]);
    assert_eq!(again[0]["reservation"]["repeated"], true);
}

#[test]
fn what_comes_under_another_exception_counts_in_the_shares_too() {
    let desk = Desk::new();
    whole(&desk, "Acme", "1000000000");
    let line = authorized("1", 100, "Acme", ("DE", "MY"), "uveu,lpp");
    desk.write("orders.csv", &authorized_book(&[line]));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&seen), ["license_exception"]);
    let accounts = serde_json::json!([
        "lpp-limit [Acme, 2025]",
        "uveu_total_tpp [Acme]",
        "uveu-outside [Acme]",
        "uveu-country [Acme, MY]",
    ]);
    assert_eq!(seen[0]["reservation"]["accounts"], accounts, "{seen:?}");
}

#[test]
fn a_line_that_is_refused_keeps_nothing_from_those_after_it() {
    let desk = Desk::new();
    // The exception has room, and the share of the country has none.
    whole(&desk, "Acme", "100000000");
    let lines = [
        authorized("1", 1000, "Acme", ("DE", "MY"), "uveu,lpp"),
        authorized("2", 1000, "Acme", ("MY", "MY"), "none,lpp"),
        authorized("3", 1000, "Acme", ("MY", "MY"), "none,lpp"),
    ];
    desk.write("orders.csv", &authorized_book(&lines));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    let expected = ["license_exception", "license_exception", "license_required"];
    assert_eq!(outcomes(&seen), expected);
    assert_eq!(seen[0]["reservation"], Value::Null);
    let told = warnings(&seen[0]).join("\n");
    assert!(told.contains("not reserved: uveu-country [Acme, MY] has no room"), "{told}");
    assert_eq!(seen[1]["reservation"]["accounts"][0], "lpp-limit [Acme, 2025]");
    assert_eq!(seen[2]["reservation"]["accounts"][0], "country-allocation [MY]");
}

#[test]
fn a_later_quarter_that_is_full_is_told_as_a_quota_that_ran_out() {
    let desk = Desk::new();
    let adjust = ["adjust", "nveu-installed", "Acme", "MY", "--to", "1266000000"];
    desk.moved(&[&adjust[..], &["--day", "2025-07-15", "--source", "its plan"]].concat());
    let line = authorized("1", 2000, "Acme", ("MY", "MY"), "nveu,none");
    desk.write("orders.csv", &authorized_book(&[line]));
    for more in [&[][..], &["--reserve"]] {
        let seen = check(&desk, "orders.csv", more);
        assert_eq!(outcomes(&seen), ["license_required"]);
        let because = seen[0]["written"]["because"].to_string();
        assert!(because.contains("nveu-installed") && because.contains("31,664,000"), "{because}");
    }
}

#[test]
fn lines_of_one_quarter_count_whatever_their_order_in_it() {
    let desk = Desk::new();
    let adjust = ["adjust", "nveu-installed", "Acme", "MY", "--to", "900000000"];
    desk.moved(&[&adjust[..], &["--day", "2025-05-20", "--source", "its plan"]].concat());
    let late = authorized("1", 2000, "Acme", ("MY", "MY"), "nveu,none").replace("06-02", "06-20");
    let early = authorized("2", 2000, "Acme", ("MY", "MY"), "nveu,none");
    desk.write("orders.csv", &authorized_book(&[late, early]));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&seen), ["license_exception", "license_required"]);
    assert!(warnings(&seen[1]).join("\n").contains("held by reservation 2"), "{seen:?}");
}

#[test]
fn what_a_line_draws_in_several_amounts_is_all_held() {
    let desk = Desk::new();
    desk.write("twice.md", TWICE);
    desk.write("orders.csv", &book(&[line("1", 10, "Johor Data", "")]));
    let seen = check(&desk, "orders.csv", &["--reserve", "--law", "twice.md"]);
    assert_eq!(outcomes(&seen), ["license_exception"]);
    let held = &seen[0]["reservation"];
    assert_eq!(held["amount_tpp"].to_string(), "158320", "{seen:?}");
    assert_eq!(held["further"][0]["amount_tpp"].to_string(), "316640");
    assert_eq!(held["further"][0]["accounts"][0], "twice [MY]");
    let again = check(&desk, "orders.csv", &["--reserve", "--law", "twice.md"]);
    assert_eq!(again[0]["reservation"]["further"][0]["repeated"], true);
    let verified = desk.said(&["verify"]);
    assert!(verified.contains("2 entries"), "{verified}");
    // The book is the same under another name, whatever line stands before it.
    let other = line("2", 1, "Johor Data", "26900000");
    desk.write("renamed.csv", &book(&[other, line("1", 10, "Johor Data", "")]));
    let again = check(&desk, "renamed.csv", &["--reserve", "--law", "twice.md"]);
    let kept = &again[1]["reservation"];
    let entries = [&kept["entry"], &kept["further"][0]["entry"]].map(Value::as_u64);
    assert_eq!(entries, [Some(1), Some(2)], "{again:?}");
}

#[test]
fn a_forecast_over_all_time_is_no_crash() {
    let desk = Desk::new();
    let adjust = ["adjust", "lpp-limit", "Johor Data", "2025", "--to", "20000000"];
    desk.moved(&[&adjust[..], &["--day", "2025-06-01", "--source", "the consignee"]].concat());
    desk.said(&["balance", "--forecast", "4000000000", "--format", "csv"]);
}

#[test]
fn a_ledger_that_is_not_there_is_told_before_the_first_line() {
    let desk = Desk::empty();
    desk.write("orders.csv", &book(&[line("1", 1, "Johor Data", "")]));
    let output = desk.weir(&["check", "orders.csv", "--ledger", "none.db"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("there is no ledger at none.db"), "{}", errors(&output));
    assert_eq!(text(&output), "");
}

/// Next month's book has the same name and lines of the same numbers: it is another book. The same
/// book is the same under another name, and with its lines in another order.
#[test]
fn a_line_goes_by_what_it_says() {
    let desk = Desk::new();
    let twice = [line("1", 10, "Johor Data", ""), line("1", 10, "Johor Data", "")];
    desk.write("orders.csv", &book(&twice));
    let entries = |file: &str| -> Vec<(u64, bool)> {
        let seen = check(&desk, file, &["--reserve"]);
        let held = seen.iter().map(|line| &line["reservation"]);
        held.map(|one| (one["entry"].as_u64().unwrap(), one["repeated"] == true)).collect()
    };
    assert_eq!(entries("orders.csv"), [(1, false), (2, false)]);
    assert_eq!(entries("orders.csv"), [(1, true), (2, true)]);
    desk.write("orders.csv", &book(&[line("1", 20, "Johor Data", "")]));
    assert_eq!(entries("orders.csv"), [(3, false)]);
    let all = [line("2", 5, "Johor Data", ""), line("1", 20, "Johor Data", ""), twice[0].clone()];
    desk.write("renamed.csv", &book(&all));
    assert_eq!(entries("renamed.csv"), [(4, false), (3, true), (1, true)]);
    let balance = desk.said(&["balance", "lpp-limit", "--format", "csv"]);
    assert!(balance.contains("Johor Data / 2025,26900000,0,712440,"), "{balance}");
}

/// What a line holds stays its own: with another expiry, and where it is only looked at.
#[test]
fn a_line_never_counts_against_itself() {
    let desk = Desk::new();
    let lines = [line("1", 1000, "Johor Data", ""), line("2", 699, "Johor Data", "")];
    desk.write("orders.csv", &book(&lines));
    let exception = ["license_exception", "license_exception"];
    let reserve = ["--reserve", "--expires", "2099-12-31"];
    assert_eq!(outcomes(&check(&desk, "orders.csv", &reserve)), exception);
    for more in [
        &[][..],
        &["--no-carry"],
        &["--reserve", "--expires", "2098-12-31"],
        &["--reserve", "--expires", "60d"],
        &reserve,
    ] {
        let seen = check(&desk, "orders.csv", more);
        assert_eq!(outcomes(&seen), exception, "{more:?}");
        let told = warnings(&seen[1]).join("\n");
        let is_other = more.len() > 1 && more != reserve;
        let kept = "entry 2 holds it already and lapses at 2100-01-01T00:00:00Z";
        assert_eq!(told.contains(kept), is_other, "{more:?}: {told}");
        if more.contains(&"--reserve") {
            assert_eq!(seen[1]["reservation"]["entry"], 2, "{more:?}");
            assert_eq!(seen[1]["reservation"]["repeated"], true);
        }
    }
    // A line that is not held counts with them, and those before it for it.
    let third = line("3", 1, "Johor Data", "");
    desk.write("more.csv", &book(&[third.clone(), lines[0].clone(), lines[1].clone()]));
    let expected = ["license_required", "license_exception", "license_exception"];
    assert_eq!(outcomes(&check(&desk, "more.csv", &[])), expected);
    let own = lines.map(|line| format!("{line}0"));
    desk.write("own.csv", &book(&own));
    assert_eq!(outcomes(&check(&desk, "own.csv", &[])), ["license_required", "license_required"]);
    assert!(desk.said(&["verify"]).contains("2 entries"));
}

/// A rerun says how what was reserved before stands.
#[test]
fn a_rerun_tells_what_was_committed() {
    let desk = Desk::new();
    desk.write("orders.csv", &book(&[line("1", 1600, "Johor Data", "")]));
    check(&desk, "orders.csv", &["--reserve"]);
    desk.moved(&["commit", "1", "--amount", "15832000", "--day", "2025-06-02"]);
    let more = [line("1", 1600, "Johor Data", ""), line("2", 1, "Penang Compute", "")];
    desk.write("orders.csv", &book(&more));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    let held = &seen[0]["reservation"];
    assert_eq!((&held["state"], &held["repeated"]), (&"committed".into(), &true.into()));
    let committed = serde_json::json!({"entry": 2, "amount_tpp": 15_832_000});
    assert_eq!(held["committed"], committed, "{held}");
    assert_eq!(seen[1]["reservation"]["state"], "open");
    let ledger = ["--ledger", "weir-ledger.db", "--reserve", "--format", "table"];
    let output = desk.weir(&[&["check", "orders.csv"], &ledger[..]].concat());
    let shown = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("entry 2 committed 15,832,000 of it"), "{shown}");
    let summary = errors(&output);
    let told = "in the ledger: 0 reserved, 2 as before, 0 not reserved";
    assert!(summary.contains(told), "{summary}");
}

/// Where a line draws on something else than what it holds, that is told.
#[test]
fn what_is_held_for_something_else_is_told() {
    let desk = Desk::new();
    let draws = TWICE.replace(r#"["lpp-limit", "twice"]"#, r#"["twice"]"#);
    desk.write("other.md", &draws);
    desk.write("orders.csv", &book(&[line("1", 10, "Johor Data", "")]));
    check(&desk, "orders.csv", &["--reserve"]);
    let seen = check(&desk, "orders.csv", &["--reserve", "--law", "other.md"]);
    assert_eq!(outcomes(&seen), ["license_exception"]);
    let told = "not reserved: entry 1 holds something else for this line; release it first";
    assert_eq!(warnings(&seen[0])[..], [told.to_owned()], "{seen:?}");
    let zh = check(&desk, "orders.csv", &["--reserve", "--law", "other.md", "--lang", "zh"]);
    assert_eq!(warnings(&zh[0])[..], ["未预留：分录 1 为该行预留的内容不同；请先释放".to_owned()]);
}

#[test]
fn the_summary_counts_what_was_not_reserved() {
    let desk = Desk::new();
    whole(&desk, "Acme", "100000000");
    let lines = [
        authorized("1", 1000, "Acme", ("DE", "MY"), "uveu,lpp"),
        authorized("2", 1000, "Acme", ("MY", "MY"), "none,lpp"),
    ];
    desk.write("orders.csv", &authorized_book(&lines));
    let ledger = ["check", "orders.csv", "--ledger", "weir-ledger.db", "--reserve"];
    let told = errors(&desk.weir(&ledger));
    assert!(told.contains("in the ledger: 1 reserved, 0 as before, 1 not reserved"), "{told}");
    // Now the second line has what the first would have drawn first.
    let told = errors(&desk.weir(&[&ledger[..], &["--lang", "zh"]].concat()));
    assert!(told.contains("台账：新预留 0 行，与先前相同 1 行，未预留 0 行"), "{told}");
}

/// A ledger that knows nothing of a whole does not say that it is nothing.
#[test]
fn a_whole_that_was_never_moved_is_the_orders() {
    let desk = Desk::new();
    let line = authorized("1", 2000, "Acme", ("DE", "MY"), "uveu,none");
    let text = format!("{HEADER},authorization_country,uveu_total_tpp{line},10000000000\n");
    desk.write("orders.csv", &text);
    let seen = check(&desk, "orders.csv", &[]);
    assert_eq!(outcomes(&seen), ["license_exception"], "{seen:?}");
    let told = warnings(&seen[0]).join("\n");
    assert!(told.contains("the ledger has nothing of it"), "{told}");
    // Once something is known, what leaves less room counts.
    whole(&desk, "Acme", "1000");
    assert_eq!(outcomes(&check(&desk, "orders.csv", &[])), ["license_required"]);
}
