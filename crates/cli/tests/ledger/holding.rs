//! What lines of an order book are told of what they hold, and of what keeps them from it.

use serde_json::Value;

use crate::checking::{book, check, line, outcomes, warnings};
use crate::desk::{Desk, errors, text};

fn told(line: &Value) -> String {
    warnings(line).join("\n")
}

/// The environment that names the ledger and its key for `weir ledger` names them here too.
#[test]
fn the_ledger_and_key_of_the_environment_are_taken() {
    let desk = Desk::empty();
    let set = [("WEIR_LEDGER", "kept.db"), ("WEIR_LEDGER_KEY", "apart.key")];
    let run = |arguments: &[&str]| {
        let output = desk.weir_with(&set, arguments);
        (output.status.code(), text(&output), errors(&output))
    };
    assert_eq!(run(&["ledger", "init", "--name", "example.com/quota"]).0, Some(0));
    desk.write("orders.csv", &book(&[line("1", 1, "Johor Data", "")]));
    let reserve = ["check", "orders.csv", "--reserve", "--format", "jsonl"];
    let (code, out, said) = run(&reserve);
    assert_eq!(code, Some(0), "{said}");
    assert!(out.contains(r#""reservation":{"entry":1"#), "{out}");
    let (_, verified, _) = run(&["ledger", "verify"]);
    assert!(verified.contains("the last over 1 entry"), "{verified}");
    // An older copy is noticed, as the key is at hand.
    std::fs::copy(desk.path("kept.db"), desk.path("older.db")).expect("a copy");
    desk.write("more.csv", &book(&[line("2", 1, "Johor Data", "")]));
    assert_eq!(run(&["check", "more.csv", "--reserve"]).0, Some(0));
    for side in ["kept.db-wal", "kept.db-shm"] {
        _ = std::fs::remove_file(desk.path(side));
    }
    std::fs::copy(desk.path("older.db"), desk.path("kept.db")).expect("a copy");
    let (code, _, said) = run(&["check", "more.csv", "--reserve"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("an older copy was put in its place"), "{said}");
    // Without a value, `--ledger` asks for the same; a plain check asks for none.
    desk.write("full.csv", &book(&[line("3", 1699, "Johor Data", "0")]));
    let plain = ["check", "full.csv", "--format", "jsonl"];
    let (_, plain_out, plain_said) = run(&plain);
    let without = desk.weir(&plain);
    assert_eq!((plain_out.as_str(), plain_said), (text(&without).as_str(), errors(&without)));
    assert!(plain_out.contains(r#""outcome":"license_exception""#), "{plain_out}");
    let (code, out, said) = run(&[&plain[..], &["--ledger"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(out.contains(r#""outcome":"license_required""#), "{out}");
    // The usual ledger is meant where nothing names another.
    let output = desk.weir(&reserve);
    assert!(errors(&output).contains("there is no ledger at weir-ledger.db"), "{output:?}");
    let output = desk.weir(&["check", "orders.csv", "--key", "apart.key"]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("required"), "{}", errors(&output));
}

/// A line that does not say whose quota it draws on holds nothing, and says why.
#[test]
fn a_line_that_names_no_account_is_told_what_it_lacks() {
    let desk = Desk::new();
    desk.write("orders.csv", &book(&[line("A0", 10, "", "0"), line("A1", 10, "", "0")]));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&seen), ["license_exception", "license_exception"]);
    for line in &seen {
        assert_eq!(line["reservation"], Value::Null);
        let told = told(line);
        for part in ["not reserved", "lpp-limit", "`ultimate_consignee.name` or `end_user.name`"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(line["warnings"][0]["code"], "no_account", "{line}");
        assert_eq!(line["warnings"][0]["column"], "ultimate_consignee.name", "{line}");
    }
    let looked = check(&desk, "orders.csv", &[]);
    assert_eq!(outcomes(&looked), outcomes(&seen));
    assert!(told(&looked[0]).contains("the ledger has no say"), "{looked:?}");
    let arguments = ["check", "orders.csv", "--ledger", "weir-ledger.db", "--reserve"];
    let said = errors(&desk.weir(&arguments));
    assert!(said.contains("in the ledger: 0 reserved, 0 as before, 2 not reserved"), "{said}");
    let zh = check(&desk, "orders.csv", &["--reserve", "--lang", "zh"]);
    assert!(told(&zh[0]).contains("未预留：无从得知"), "{zh:?}");
}

#[test]
fn the_ledgers_summary_is_there_where_every_line_is_open() {
    let desk = Desk::new();
    desk.write("orders.csv", "line_id,date,destination\n1,2025-06-02,MY\n");
    let arguments = ["check", "orders.csv", "--ledger", "weir-ledger.db"];
    let said = errors(&desk.weir(&[&arguments[..], &["--reserve"]].concat()));
    assert!(said.contains("in the ledger: 0 reserved, 0 as before, 0 not reserved"), "{said}");
    assert!(!errors(&desk.weir(&arguments)).contains("in the ledger"));
}

/// A later line of the file takes nothing from one before it.
#[test]
fn only_what_stood_before_a_line_is_named_as_its_holder() {
    let desk = Desk::new();
    let first = ["reserve", "lpp-limit", "Johor Data", "2025", "--amount", "20000000"];
    desk.moved(&[&first[..], &["--day", "2025-06-01", "--note", "PO 7"]].concat());
    // Too much for what is left; the next one fits.
    let lines = [line("big", 1000, "Johor Data", ""), line("small", 10, "Johor Data", "")];
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(outcomes(&seen), ["license_required", "license_exception"]);
    let said = told(&seen[0]);
    assert!(said.contains("held by reservation 1: 20,000,000") && said.contains("PO 7"), "{said}");
    let later = seen[1]["reservation"]["entry"].as_u64().expect("an entry");
    assert!(!said.contains(&format!("reservation {later}")), "{said}");
    assert!(!said.contains("line small"), "{said}");
    // A line after it is told of both.
    desk.write("more.csv", &book(&[line("more", 999, "Johor Data", "")]));
    let said = told(&check(&desk, "more.csv", &["--reserve"])[0]);
    assert!(said.contains("reservation 1:") && said.contains("line small"), "{said}");
}

#[test]
fn a_line_that_is_more_than_the_whole_limit_blames_nobody() {
    let desk = Desk::new();
    let held = ["reserve", "country-allocation", "MY", "--amount", "1000"];
    desk.moved(&[&held[..], &["--day", "2025-06-01"]].concat());
    desk.write("orders.csv", &book(&[line("1", 60_000, "Johor Data", "")]));
    for more in [&[][..], &["--reserve"]] {
        let said = told(&check(&desk, "orders.csv", more)[0]);
        let alone = "country-allocation [MY] has a limit of 790,000,000, and this line alone \
                     draws 949,920,000";
        assert!(said.contains(alone) && !said.contains("held by"), "{more:?}: {said}");
    }
    let too_much = ["reserve", "lpp-limit", "Johor Data", "2025", "--amount", "26900001"];
    let said = desk.refused(&[&too_much[..], &["--day", "2025-06-01"]].concat());
    assert!(said.contains("by itself more than the whole limit"), "{said}");
    assert!(!said.contains("held by"), "{said}");
}

#[test]
fn a_line_that_is_only_looked_at_is_told_of_the_lines_before_it() {
    let desk = Desk::new();
    let lines = [("A", 900), ("B", 700), ("C", 100), ("D", 90)]
        .map(|(id, n)| line(id, n, "Johor Data", ""));
    desk.write("orders.csv", &book(&lines));
    let seen = check(&desk, "orders.csv", &[]);
    let exception = "license_exception";
    assert_eq!(outcomes(&seen), [exception, exception, "license_required", exception]);
    let said = told(&seen[2]);
    let before = "lpp-limit [Johor Data, 2025] lines A, B before it draw 25,331,200";
    assert!(said.contains(before) && !said.contains("line D"), "{said}");
    let zh = told(&check(&desk, "orders.csv", &["--lang", "zh"])[2]);
    assert!(zh.contains("此前第 A、B 行共占用 25,331,200"), "{zh}");
    let alone = check(&desk, "orders.csv", &["--no-carry"]);
    assert_eq!(outcomes(&alone), [exception; 4]);
}

#[test]
fn a_line_that_is_held_under_another_text_is_told() {
    let desk = Desk::new();
    desk.write("orders.csv", &book(&[line("A0", 10, "Johor Data", "")]));
    check(&desk, "orders.csv", &["--reserve"]);
    desk.write("orders.csv", &book(&[line("A0", 20, "Johor Data", "")]));
    let seen = check(&desk, "orders.csv", &["--reserve"]);
    assert_eq!(seen[0]["reservation"]["entry"], 2);
    let said = told(&seen[0]);
    assert!(said.contains("line A0 still holds entry 1 under another text"), "{said}");
    assert!(said.contains("weir ledger release 1"), "{said}");
    // A rerun, and another line of the same id beside it, are no corrections.
    assert_eq!(told(&check(&desk, "orders.csv", &["--reserve"])[0]), "");
    let twins = [line("B0", 10, "Johor Data", ""), line("B0", 11, "Johor Data", "")];
    desk.write("twins.csv", &book(&twins));
    let seen = check(&desk, "twins.csv", &["--reserve"]);
    assert_eq!((told(&seen[0]), told(&seen[1])), (String::new(), String::new()));
    // What was released is held no longer.
    desk.moved(&["release", "1"]);
    desk.moved(&["release", "2"]);
    desk.write("orders.csv", &book(&[line("A0", 30, "Johor Data", "")]));
    assert_eq!(told(&check(&desk, "orders.csv", &["--reserve"])[0]), "");
}

#[test]
fn a_new_account_that_is_written_like_another_is_told() {
    let desk = Desk::new();
    let on = |name| ["reserve", "lpp-limit", name, "2025", "--amount", "10", "--day", "2025-06-01"];
    assert_eq!(errors(&desk.run(&on("Acme"))), "");
    let said = errors(&desk.run(&on("ACME, Inc.")));
    let alike = "lpp-limit [ACME, Inc., 2025] is a new account and differs from lpp-limit [Acme, \
                 2025] in its spelling alone";
    assert!(said.contains(alike), "{said}");
    // Said once: then both are known.
    assert_eq!(errors(&desk.run(&on("ACME, Inc."))), "");
    assert_eq!(errors(&desk.run(&on("Bolt"))), "");
    let lines = [line("1", 1, "acme GmbH", ""), line("2", 1, "Crow", ""), line("3", 1, "CROW", "")];
    desk.write("orders.csv", &book(&lines));
    for more in [&[][..], &["--reserve"]] {
        let seen = check(&desk, "orders.csv", more);
        assert!(
            told(&seen[0]).contains("lpp-limit [acme GmbH, 2025] is a new account"),
            "{seen:?}"
        );
        assert_eq!(told(&seen[1]), "");
        let said = told(&seen[2]);
        assert!(said.contains("differs from lpp-limit [Crow, 2025]"), "{seen:?}");
        // Nothing is said of accounts that the line does not draw on.
        assert_eq!(said.matches("is a new account").count(), 1, "{said}");
    }
    let rows =
        "event,request,quota,key,amount,day\nreserve,r1,lpp-limit,BOLT / 2025,5,2025-06-01\n";
    desk.write("rows.csv", rows);
    let said = errors(&desk.run(&["import", "rows.csv"]));
    assert!(said.contains("differs from lpp-limit [Bolt, 2025]"), "{said}");
}
