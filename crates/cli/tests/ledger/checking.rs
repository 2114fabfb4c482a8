//! A ledger behind an order book.

use serde_json::Value;

use crate::desk::{Desk, errors, text};

const HEADER: &str = "line_id,date,destination,quantity,item.sku,end_user.name,end_user.location,\
    end_user.hq,end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,end_use,\
    authorization,certifications,exporter.hq,exporter.role,exporter.informed,lpp_used_tpp";

/// H100s to a consignee in Malaysia on 2025-06-02, with its own figure of LPP where one is given.
fn line(id: &str, quantity: u32, consignee: &str, used: &str) -> String {
    format!(
        "\n{id},2025-06-02,MY,{quantity},nvidia-h100-sxm,{consignee},MY,MY,MY,private,none,0,\
         civil,none,lpp,US,distributor,none,{used}"
    )
}

fn book(lines: &[String]) -> String {
    format!("{HEADER}{}\n", lines.concat())
}

fn check(desk: &Desk, file: &str, more: &[&str]) -> Vec<Value> {
    let ledger = ["check", file, "--ledger", "weir-ledger.db", "--format", "jsonl"];
    let output = desk.weir(&[&ledger[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    text(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn outcomes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["written"]["outcome"].as_str().unwrap_or("?")).collect()
}

fn warnings(line: &Value) -> Vec<String> {
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
