//! What commands say beside what they do.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::desk::{Desk, errors, text};

/// What is over its limit is a fact, and told.
#[test]
fn accounts_over_their_limit_are_told() {
    let desk = Desk::new();
    let adjust = ["adjust", "country-allocation", "MY", "--day", "2026-06-01", "--source", "BIS"];
    let to = |amount: &'static str| [&adjust[..], &["--to", amount]].concat();
    assert_eq!(errors(&desk.run(&to("790000000"))), "");
    let told = "warning: country-allocation [MY] is over its limit from 2025-05-15, 790,000,000, \
                by 10.5\n";
    assert_eq!(errors(&desk.run(&to("790000010.5"))), told);
    let chinese = errors(&desk.run(&[&to("790000011")[..], &["--lang", "zh"]].concat()));
    assert!(chinese.contains("自 2025-05-15 起超出限额 790,000,000：超出 11"), "{chinese}");
    // Two companies under their limits are one owner over it.
    for (company, amount) in [("Sub", "20000000"), ("Sister", "10000000"), ("Other", "26900000")] {
        let on = ["reserve", "lpp-limit", company, "2026", "--day", "2026-06-01"];
        desk.moved(&[&on[..], &["--amount", amount]].concat());
    }
    let own = |owned| desk.run(&["own", owned, "Holding", "--source", "Annual report"]);
    assert_eq!(errors(&own("Sub")), "");
    let told = "warning: lpp-limit [Holding, 2026] is over its limit from 2026-01-01, 26,900,000, \
                by 3,100,000\n";
    assert_eq!(errors(&own("Sister")), told);
    desk.write(
        "rows.csv",
        "event,quota,key,day,to,source\nadjust,country-allocation,IN,2026-06-01,790000001,BIS\n",
    );
    let said = errors(&desk.run(&["import", "rows.csv"]));
    assert!(said.contains("country-allocation [IN] is over its limit"), "{said}");
    // What comes off a whole leaves its parts over their share.
    let whole = ["adjust", "uveu_total_tpp", "Uve", "--day", "2026-06-01", "--source", "Inventory"];
    desk.moved(&[&whole[..], &["--to", "1000"]].concat());
    let part = ["reserve", "uveu-outside-us", "Uve", "--also", "uveu_total_tpp / Uve", "--day"];
    let entry = desk.moved(&[&part[..], &["2026-06-01", "--amount", "1000"]].concat());
    desk.moved(&["commit", &entry["n"].to_string(), "--day", "2026-06-01"]);
    let lost = ["retire", "uveu_total_tpp", "Uve", "--day", "2026-06-02", "--reason", "lost"];
    let said = errors(&desk.run(&[&lost[..], &["--amount", "500"]].concat()));
    assert!(
        said.contains("uveu-outside-us [Uve] is over its limit from 2025-05-15, 750"),
        "{said}"
    );
}

/// A table is short and says so; a file has all.
#[test]
fn a_journal_in_a_file_is_whole() {
    let desk = Desk::new();
    let header = "event,owned,owner,source\n".to_owned();
    let rows: String = (1..=25).map(|row| format!("own,company {row},Holding,x\n")).collect();
    desk.write("rows.csv", &(header + &rows));
    desk.said(&["import", "rows.csv"]);
    for format in ["csv", "jsonl"] {
        let lines = desk.said(&["log", "--format", format]).lines().count();
        assert_eq!(lines, 25 + usize::from(format == "csv"), "{format}");
    }
    let table = |more: &[&str]| desk.said(&[&["log", "--format", "table"], more].concat());
    let short = table(&[]);
    assert!(short.contains("The last 20 of 25 entries; --most shows more."), "{short}");
    assert!(!short.contains("company 5:") && short.contains("company 6:"), "{short}");
    assert!(table(&["--lang", "zh"]).contains("共 25 条分录，此为最后 20 条"));
    for all in [&["--from", "1"][..], &["--most", "100"]] {
        let whole = table(all);
        assert!(whole.contains("company 1:") && !whole.contains("--most"), "{whole}");
    }
    assert!(!table(&["--most", "3"]).contains("--most"));
    let owned = table(&["--event", "own"]);
    assert!(owned.contains("The last 20 of these; --most shows more."), "{owned}");
}

#[test]
fn what_lapsed_and_what_is_signed_is_said() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01", "--amount", "5"];
    desk.moved(&[&on[..], &["--expires", "1s"]].concat());
    desk.moved(&on);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(errors(&desk.run(&["expire"])), "1 reservation lapsed\n");
    assert_eq!(errors(&desk.run(&["expire", "--lang", "zh"])), "0 项预留已失效\n");
    assert_eq!(errors(&desk.run(&["checkpoint"])), "the checkpoint covers 3 entries\n");
    assert_eq!(errors(&desk.run(&["checkpoint", "--lang", "zh"])), "检查点覆盖 3 条分录\n");
}

#[test]
fn a_reservation_is_named_by_its_request_key_too() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01", "--amount", "5"];
    for key in ["one", "two"] {
        desk.moved(&[&on[..], &["--request", key]].concat());
    }
    let commit = ["commit", "--reserved-as", "one", "--day", "2026-06-02"];
    assert_eq!(desk.moved(&commit)["reservation"], 1);
    assert_eq!(desk.moved(&["release", "--reserved-as", "two"])["reservation"], 2);
    let none = desk.refused(&["release", "--reserved-as", "three"]);
    assert_eq!(none, "error: refused: nothing was reserved under request key \"three\"\n");
    assert!(desk.refused(&["commit", "1", "--reserved-as", "one"]).contains("cannot be used with"));
    assert!(desk.refused(&["release"]).contains("<RESERVATION|--reserved-as <KEY>>"));
}

/// Rows come from a pipe, and are what they begin with, whatever their file is called.
#[test]
fn movements_come_from_standard_input_and_from_files_of_any_name() {
    let desk = Desk::new();
    let piped = |rows: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(["ledger", "import", "-"])
            .current_dir(desk.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(rows.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let imported = piped("event,owned,owner,source\nown,A,Holding,x\n");
    assert_eq!(errors(&imported), "1 movement imported\n");
    let wrong = errors(&piped("event,owned,owner,source\nown,,Holding,x\n"));
    let told =
        "error: `standard input`: nothing was imported\n  row 2, column `owned`: it is empty\n";
    assert_eq!(wrong, told);
    let line = "{\"event\":\"own\",\"owned\":\"B\",\"owner\":\"Holding\",\"source\":\"x\"}\n";
    desk.write("rows.json", line);
    assert_eq!(errors(&desk.run(&["import", "rows.json"])), "1 movement imported\n");
    assert_eq!(errors(&piped(line)), "0 movements imported, 1 was there before\n");
}

#[test]
fn an_environment_that_names_nothing_names_nothing() {
    let desk = Desk::new();
    let empty = [("WEIR_LEDGER", ""), ("WEIR_LEDGER_KEY", "")];
    let output = desk.weir_with(&empty, &["ledger", "own", "A", "B", "--source", "x"]);
    assert_eq!((output.status.code(), errors(&output)), (Some(0), String::new()));
    assert!(text(&output).contains("\"owned\":\"A\""));
}

#[test]
fn a_span_that_is_too_long_is_one_all_the_same() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01", "--amount", "5"];
    let said = desk.refused(&[&on[..], &["--expires", "99999d"]].concat());
    assert!(said.contains("`99999d` is too long; the longest span is 49710d"), "{said}");
    desk.moved(&[&on[..], &["--expires", "49710d"]].concat());
}

/// Where nothing may be placed, nothing is a part of it.
#[test]
fn a_limit_of_nothing_has_no_share_in_use() {
    let desk = Desk::new();
    let part = ["adjust", "uveu-outside-us", "Uve", "--day", "2026-06-01", "--source", "Inventory"];
    desk.moved(&[&part[..], &["--to", "100"]].concat());
    let on = ["balance", "uveu-outside-us", "Uve", "--day", "2026-06-01", "--format", "csv"];
    let said = desk.said(&on);
    assert!(said.ends_with("uveu-outside-us,Uve,0,100,0,-200,\n"), "{said}");
}

/// What is retired before it came leaves less than nothing, for some days.
#[test]
fn what_is_retired_before_it_arrived_is_told() {
    let desk = Desk::new();
    let on = ["reserve", "nveu-installed", "Acme", "IN", "--day", "2026-05-20", "--amount", "50"];
    desk.moved(&[&on[..], &["--item", "nvidia-h100-sxm", "--units", "5"]].concat());
    desk.moved(&["commit", "1", "--day", "2026-05-20"]);
    let gone =
        ["retire", "nveu-installed", "Acme", "IN", "--reason", "lost", "--day", "2026-05-10"];
    let goods = ["--amount", "50", "--item", "nvidia-h100-sxm", "--units", "5"];
    desk.moved(&[&gone[..], &goods].concat());
    let report = ["report", "data-centers", "--from", "2026-01-01", "--format", "csv"];
    let output = desk.run(&report);
    let told = "warning: entry 3 takes more off nveu-installed [Acme, IN] than had come by its \
                day, 2026-05-10\n";
    assert_eq!(errors(&output), told);
    assert!(text(&output).contains(",-5,-50,"), "{}", text(&output));
    let chinese = errors(&desk.run(&[&report[..], &["--lang", "zh"]].concat()));
    assert!(chinese.contains("第 3 号分录从 nveu-installed [Acme, IN] 核减的数量"), "{chinese}");
}
