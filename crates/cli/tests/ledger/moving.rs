//! Making a ledger and moving amounts.

use std::os::unix::fs::PermissionsExt;

use expect_test::expect;

use crate::desk::{Desk, errors, settled, text};

/// What stands on the accounts: one row an account, without the bars.
pub fn balances(desk: &Desk) -> String {
    desk.said(&["balance", "--format", "csv", "--day", "2026-06-01"])
}

#[test]
fn a_ledger_and_its_key_are_made_once() {
    let desk = Desk::empty();
    let made = desk.run(&["init", "--name", "example.com/quota"]);
    let said = errors(&made);
    assert!(made.status.success(), "{said}");
    let public = desk.read("weir-ledger.db.key.pub");
    let (said, key) = said.trim_end().rsplit_once(": ").unwrap();
    assert_eq!(key, public.trim_end());
    expect![[r#"
        ledger example.com/quota
        the key that signs its checkpoints is in weir-ledger.db.key: keep it apart from the ledger
        its public half, for whoever is to check proofs"#]]
    .assert_eq(said);
    let mode = std::fs::metadata(desk.path("weir-ledger.db.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!desk.path("weir-ledger.db-wal").exists(), "the file alone is the ledger");

    let again = desk.refused(&["init"]);
    assert_eq!(again, "error: there is a file `weir-ledger.db` already\n");
    // A key that is there is not written over, and no ledger is left without its key.
    let other = desk.refused(&["init", "--ledger", "other.db", "--key", "weir-ledger.db.key"]);
    assert!(other.contains("the key cannot be made: `weir-ledger.db.key`: File exists"), "{other}");
    assert!(!desk.path("other.db").exists());
    assert_eq!(desk.read("weir-ledger.db.key.pub"), public);
    let name = desk.refused(&["init", "--ledger", "other.db", "--name", "a name"]);
    assert!(name.contains("`a name` cannot be the name of a key"), "{name}");
    assert!(!desk.path("other.db.key").exists());
}

#[test]
fn what_is_reserved_is_committed_in_full_or_in_part_or_released() {
    let desk = Desk::new();
    let on = ["lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount"];
    let reserve = |amount| desk.moved(&[&["reserve"], &on[..], &[amount]].concat());
    let entry = reserve("100.5TPP");
    assert_eq!(
        (&entry["n"], &entry["event"], &entry["by"]),
        (&1.into(), &"reserve".into(), &"alice".into())
    );
    assert_eq!(entry["legs"][0]["limit"], "26900000");
    assert_eq!(entry["after"], 30 * 86_400);
    reserve("20");
    reserve("3");
    let part = desk.moved(&["commit", "1", "--amount", "60.25", "--day", "2025-06-02"]);
    assert_eq!((&part["amount"], &part["returned"]), (&"60.25".into(), &"40.25".into()));
    let whole = desk.moved(&["commit", "2", "--day", "2025-06-02"]);
    assert_eq!((&whole["amount"], &whole["returned"]), (&"20".into(), &"0".into()));
    expect![[r#"
        quota,key,limit,used,held,room,utilization
        lpp-limit,Acme / 2025,26900000,80.25,3,26899916.75,0.000
    "#]]
    .assert_eq(&balances(&desk));
    let given_up = desk.moved(&["release", "3"]);
    assert_eq!(given_up["returned"], "3");
    for (arguments, why) in [
        (["commit", "1"], "refused: reservation 1 was committed by entry 4"),
        (["release", "2"], "refused: reservation 2 was committed by entry 5"),
        (["commit", "3"], "refused: reservation 3 was released by entry 6"),
        (["commit", "4"], "refused: entry 4 is no reservation"),
        (["release", "99"], "refused: entry 99 is no reservation"),
    ] {
        assert_eq!(desk.refused(&arguments), format!("error: {why}\n"));
    }
    reserve("5");
    assert_eq!(
        desk.refused(&["commit", "7", "--amount", "5.000001", "--day", "2025-06-02"]),
        "error: refused: 5.000001 is more than reservation 7 holds: 5\n"
    );
}

#[test]
fn what_lapsed_is_free_again() {
    let desk = Desk::new();
    let all = ["lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount", "26900000"];
    desk.moved(&[&["reserve", "--expires", "1s"], &all[..]].concat());
    std::thread::sleep(std::time::Duration::from_millis(1100));
    // Whether or not the journal says so yet.
    assert!(balances(&desk).contains("26900000,0,0,26900000"), "{}", balances(&desk));
    let held = desk.moved(&[&["reserve"], &all[..]].concat());
    assert_eq!(held["n"], 3);
    let lapsed = desk.said(&["show", "2"]);
    let entry: serde_json::Value = serde_json::from_str(&lapsed).unwrap();
    assert_eq!((&entry["event"], &entry["by"]), (&"expire".into(), &"ledger".into()));
    assert_eq!(
        desk.refused(&["commit", "1"]),
        "error: refused: reservation 1 lapsed with entry 2\n"
    );
    desk.said(&["expire"]);
    assert_eq!(desk.said(&["log", "--format", "csv"]).lines().count(), 4, "nothing else is due");
}

#[test]
fn what_is_over_a_limit_is_refused_with_who_holds_it() {
    let desk = Desk::new();
    let on = ["lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--expires", "2099-12-31"];
    for note in ["PO 17", ""] {
        let amount = ["--amount", "9000000", "--note", note];
        desk.moved(&[&["reserve"], &on[..], &amount].concat());
    }
    desk.moved(&["commit", "1", "--day", "2025-06-02"]);
    let said = desk.refused(&[&["reserve"], &on[..], &["--amount", "8900000.5"]].concat());
    expect![[r#"
        error: refused: lpp-limit [Acme, 2025] has no room for 8,900,000.5: its limit from 2025-05-15 is 26,900,000, 9,000,000 are used and 9,000,000 held; 0.5 too much
          held by reservation 2: 9,000,000 until 2100-01-01T00:00:00Z, for nothing said (alice)
    "#]]
    .assert_eq(&said);
    desk.moved(&[&["reserve"], &on[..], &["--amount", "8900000"]].concat());
    // Another year, and another consignee, are other accounts.
    let other = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-02-01"];
    desk.moved(&[&other[..], &["--amount", "26900000"]].concat());
}

#[test]
fn a_raised_limit_is_bounded_by_the_text() {
    let desk = Desk::new();
    let reserve = |amount| {
        let on = ["reserve", "country-allocation", "MY", "--day", "2026-06-01", "--amount"];
        errors(&desk.run(&[&on[..], &[amount]].concat()))
    };
    assert!(reserve("790000001").contains("its limit from 2025-05-15 is 790,000,000"));
    let raise = |limit| {
        let source = ["--source", "Assurances of 2 March 2026"];
        desk.moved(
            &[&["raise", "country-allocation", "MY", "--limit", limit], &source[..]].concat(),
        )
    };
    assert_eq!(raise("1000000000")["to"], "1000000000");
    // The packs' own remark, in both languages; none where the limit is the text's.
    let flagged = |limit: &str, more: &[&str]| {
        let on = ["raise", "country-allocation", "IN", "--source", "Assurances", "--limit", limit];
        errors(&desk.run(&[&on[..], more].concat()))
    };
    let said = flagged("900000000", &[]);
    let flag = "warning: The allocation given for IN is above 790,000,000 TPP, but paragraph (b) \
                of Supplement No. 5 listed no destination";
    assert!(said.contains(flag), "{said}");
    let said = flagged("950000000", &["--lang", "zh"]);
    assert!(said.contains("警告：所填 IN 的配额高于 790,000,000 TPP"), "{said}");
    assert!(!flagged("7", &[]).contains("warning"));
    assert_eq!(reserve("790000001"), "");
    let raise = ["raise", "country-allocation", "MY", "--source", "Assurances", "--limit"];
    let capped = errors(&desk.run(&[&raise[..], &["5000000000"]].concat()));
    let told = "with this, the limit of country-allocation [MY] is 1,580,000,000, from 2025-05-15 \
                through 2027-12-31\n";
    assert!(capped.ends_with(told), "{capped}");
    assert_eq!(
        desk.refused(&[&raise[..], &["6000000000"]].concat()),
        "error: refused: 6,000,000,000 leaves country-allocation [MY] with the limit it has: the \
         text's own formula bounds it\n"
    );
    let chinese = desk.refused(&[&raise[..], &["6000000000", "--lang", "zh"]].concat());
    assert!(chinese.contains("不改变 country-allocation [MY] 的限额"), "{chinese}");
    let chinese = errors(&desk.run(&[&raise[..], &["9", "--lang", "zh"]].concat()));
    assert!(chinese.contains("的限额为 790,000,000（2025-05-15 至 2027-12-31）"), "{chinese}");
    desk.moved(&[&raise[..], &["5000000000"]].concat());
    assert!(reserve("800000000").contains("its limit from 2025-05-15 is 1,580,000,000"));
    let without = desk.run(&["raise", "country-allocation", "MY", "--limit", "9", "--source", " "]);
    assert!(errors(&without).contains("an outside figure needs a source"), "{}", errors(&without));
}

#[test]
fn what_is_drawn_in_one_quarter_counts_in_the_next() {
    let desk = Desk::new();
    let reserve = |day, amount| {
        let on = ["reserve", "nveu-installed", "Acme", "IN", "--day", day, "--amount", amount];
        errors(&desk.run(&on))
    };
    assert_eq!(reserve("2025-07-15", "1200000000"), "");
    assert!(
        reserve("2025-06-01", "100000000").contains("its limit from 2025-07-01 is 1,266,000,000")
    );
    assert_eq!(reserve("2025-06-01", "66000000"), "");
    assert!(reserve("2025-06-01", "1").contains("from 2025-07-01"));
    assert_eq!(reserve("2025-10-01", "300000000"), "");
    let gone = ["retire", "nveu-installed", "Acme", "IN", "--day", "2025-10-02"];
    let retire = |amount| {
        let how = ["--amount", amount, "--reason", "failed", "--note", "rack 4"];
        desk.run(&[&gone[..], &how].concat())
    };
    assert_eq!(
        errors(&retire("1")),
        "error: refused: 1 is more than nveu-installed [Acme, IN] has in use: 0\n"
    );
    desk.moved(&["commit", "1", "--day", "2025-07-15"]);
    assert_eq!(text(&retire("1000000.5")).matches("\"reason\":\"failed\"").count(), 1);
    let said = desk.said(&["balance", "--format", "csv", "--day", "2025-10-05"]);
    expect![[r#"
        quota,key,limit,used,held,room,utilization
        nveu-installed,Acme / IN,1582500000,1198999999.5,366000000,17500000.5,0.988
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_share_grows_with_its_whole() {
    let desk = Desk::new();
    let source = ["--source", "Plan of the company", "--day", "2026-06-01"];
    desk.moved(&[&["adjust", "uveu_total_tpp", "Acme", "--to", "1000000"], &source[..]].concat());
    let on = ["reserve", "uveu-country", "Acme", "IN", "--day", "2026-06-01"];
    let total = ["--also", "uveu_total_tpp / Acme"];
    let with = ["--also", "uveu-outside / Acme", "--amount"];
    let reserve = |amount| errors(&desk.run(&[&on[..], &total, &with, &[amount]].concat()));
    let alone = errors(&desk.run(&[&on[..], &["--amount", "1"]].concat()));
    assert_eq!(
        alone,
        "error: refused: uveu-country [Acme, IN] counts in uveu_total_tpp [Acme] too, which has \
         to be moved with it: name both in one movement\n"
    );
    // What is in a country is outside Supplement No. 5(a).
    let country = desk.refused(&[&on[..], &total, &["--amount", "1"]].concat());
    assert!(country.contains("[Acme, IN] counts in uveu-outside [Acme] too"), "{country}");
    // What can be placed, where it grows the whole too: 70,000 / (1 - 0.07).
    let room = |expected: &str| {
        let said = desk.said(&["balance", "uveu-country", "Acme", "IN", "--format", "csv"]);
        assert!(said.contains(expected), "{said}");
    };
    room(",70000,0,0,75268.817204,");
    // What is too much is what cannot be placed.
    let said = reserve("76000");
    let placed =
        "is 70,000, 0 are used and 0 held; 731.182796 too much; 75,268.817204 can be placed";
    assert!(said.contains(placed), "{said}");
    assert_eq!(reserve("75000"), "");
    assert!(reserve("1000").contains("0 are used and 75,000 held"));
    room(",75250,0,75000,268.817204,");
    // What is lost elsewhere is recorded, and leaves the part over its share.
    desk.moved(&["commit", "2", "--day", "2026-06-01"]);
    let lost = ["retire", "uveu_total_tpp", "Acme", "--day", "2026-06-02", "--reason", "lost"];
    desk.moved(&[&lost[..], &["--amount", "500000"]].concat());
    room(",40250,75000,0,-37365.591398,");
    let wrong = errors(&desk.run(&[&on[..], &["--also", "Acme", "--amount", "1"]].concat()));
    assert!(wrong.contains("`Acme` is no account"), "{wrong}");
}

#[test]
fn what_is_reserved_for_a_company_is_on_its_owners_account() {
    let desk = Desk::new();
    let reserve = |company: &str, amount: &str, key: &str| {
        let on = ["reserve", "lpp-limit", company, "2026", "--day", "2026-06-01"];
        let more = ["--expires", "2099-12-31", "--amount", amount, "--request", key];
        desk.run(&[&on[..], &more].concat())
    };
    let entry = |output| serde_json::from_str::<serde_json::Value>(&text(&output)).expect("JSON");
    assert_eq!(entry(reserve("Sub", "20000000", "one"))["legs"][0]["key"][0], "Sub");
    desk.moved(&["own", "Sub", "Parent", "--share", "0.6", "--source", "Annual report"]);
    // Before and after, it counts for the parent.
    let second = entry(reserve("Sub", "5000000", "two"));
    assert_eq!(second["legs"][0]["key"][0], "Parent");
    let listed = desk.said(&["balance", "--day", "2026-06-01", "--format", "csv"]);
    let rows: Vec<&str> = listed.lines().skip(1).collect();
    assert_eq!(rows, ["lpp-limit,Parent / 2026,26900000,0,25000000,1900000,0.929"]);
    let full = errors(&reserve("Parent", "2000000", "three"));
    for part in ["lpp-limit [Parent, 2026]", "25,000,000 held", "reservation 1", "reservation 3"] {
        assert!(full.contains(part), "{part}: {full}");
    }
    // The same request is the same.
    assert_eq!(entry(reserve("Sub", "20000000", "one"))["n"], 1);
    // Sold, and nobody knows to whom.
    desk.moved(&["own", "Sub", "Parent", "--share", "0", "--source", "Press report"]);
    let listed = desk.said(&["balance", "--day", "2026-06-01", "--format", "csv"]);
    let rows: Vec<&str> = listed.lines().skip(1).collect();
    let parent = "lpp-limit,Parent / 2026,26900000,0,5000000,21900000,0.185";
    let sub = "lpp-limit,Sub / 2026,26900000,0,20000000,6900000,0.743";
    assert_eq!(rows, [parent, sub]);
    desk.said(&["verify"]);
}

/// The allocation is for 2025 to 2027, and nobody had to ask before 2025-05-15.
#[test]
fn a_figure_may_be_of_a_day_that_the_text_counts_before_it_binds() {
    let desk = Desk::new();
    let adjust = |day: &str, to: &str| {
        let on = ["adjust", "country-allocation", "MY", "--source", "BIS"];
        desk.run(&[&on[..], &["--day", day, "--to", to]].concat())
    };
    for (day, to) in [("2025-03-01", "100"), ("2025-06-30", "150"), ("2025-01-01", "40")] {
        let output = adjust(day, to);
        assert_eq!(output.status.code(), Some(0), "{day}: {}", errors(&output));
    }
    // 40 on the first day, 100 more by March, 50 more by June.
    let balance = desk.said(&["balance", "country-allocation", "MY", "--format", "csv"]);
    assert!(balance.contains("MY,790000000,190,0,"), "{balance}");
    assert!(errors(&adjust("2024-12-31", "1")).contains("no limit of country-allocation [MY]"));
    let reserve = ["reserve", "country-allocation", "MY", "--day", "2025-03-01", "--amount", "1"];
    assert!(desk.refused(&reserve).contains("no limit of country-allocation [MY]"));
    assert!(desk.said(&["verify"]).contains("the history holds: 3 entries"));
}

#[test]
fn outside_figures_are_taken_over_with_their_source() {
    let desk = Desk::new();
    let on = ["adjust", "country-allocation", "MY", "--day", "2026-06-30"];
    let source = ["--source", "BIS, 30 June 2026"];
    let adjust = |figure: &[&str]| desk.run(&[&on[..], &source, figure].concat());
    assert!(
        text(&adjust(&["--to", "700000000"])).contains(r#""amount":"700000000","to":"700000000""#)
    );
    assert!(text(&adjust(&["--by", "-50"])).contains(r#""amount":"-50","legs""#));
    // What others drew may be over the limit: it is a fact.
    assert!(text(&adjust(&["--to", "800000000.5"])).contains(r#""amount":"100000050.5""#));
    assert!(balances(&desk).contains("790000000,800000000.5,0,-10000000.5,1.012"));
    let below = errors(&adjust(&["--by", "-900000000"]));
    assert_eq!(
        below,
        "error: refused: 900,000,000 is more than country-allocation [MY] has in use: 800,000,000.5\n"
    );
    assert!(errors(&adjust(&[])).contains("<--to <TO>|--by <BY>>"));
    assert!(errors(&adjust(&["--to", "1", "--by", "1"])).contains("cannot be used with"));
}

#[test]
fn who_owns_whom_is_recorded() {
    let desk = Desk::new();
    let own = |share, source| {
        let who = ["own", "Acme Robotics", "Acme", "--share", share, "--source", source];
        desk.run(&who)
    };
    assert!(
        text(&own("0.6", "Annual report")).contains(r#""amount":"0.6","owned":"Acme Robotics""#)
    );
    assert!(errors(&own("1.5", "x")).contains("the share is 1.5; it must be 0 to 1"));
    assert_eq!(errors(&own("0", "x")), "");
    assert!(errors(&own("0.6", "")).contains("needs a source"));
    let itself = desk.refused(&["own", "Acme", "Acme", "--source", "x"]);
    assert_eq!(itself, "error: `Acme` cannot own itself\n");
}

#[test]
fn a_request_asked_again_moves_nothing_twice() {
    let desk = Desk::new();
    let on = ["lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--expires", "2099-12-31"];
    let reserve = |amount| {
        let asked = ["--request", "po-17", "--amount", amount];
        desk.run(&[&["reserve"], &on[..], &asked].concat())
    };
    let first = reserve("26900000");
    let again = reserve("26900000.0");
    assert_eq!(text(&first), text(&again));
    assert_eq!(errors(&first), "");
    assert_eq!(errors(&again), "entry 1 did this before under the same request key\n");
    let other = errors(&reserve("26899999"));
    assert_eq!(
        other,
        "error: refused: request key \"po-17\" was used for entry 1, which asks for something else; use a new key\n"
    );
    let commit = ["commit", "1", "--request", "arrived", "--day", "2025-06-02"];
    for _ in 0..2 {
        assert_eq!(desk.moved(&commit)["n"], 2);
    }
    assert_eq!(
        desk.refused(&["release", "1", "--request", "po-17"]),
        other.replace("release", ""),
        "the key is looked at first"
    );
    assert_eq!(errors(&desk.run(&[&commit[..], &["--quiet"]].concat())), "");
    assert_eq!(desk.said(&["log", "--format", "jsonl"]).lines().count(), 2);
}

#[test]
fn movements_are_answered_in_chinese() {
    let desk = Desk::new();
    let on = ["lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--expires", "2099-12-31"];
    let asked = ["--amount", "26900000", "--note", "PO 17", "--request", "po-17"];
    desk.moved(&[&["reserve"], &on[..], &asked].concat());
    let mut said = String::new();
    for arguments in [
        &[&["reserve"], &on[..], &["--amount", "1000"]].concat()[..],
        &[&["reserve"], &on[..], &asked].concat(),
        &["reserve", "lpp-limits", "Acme", "2025", "--amount", "1"],
        &["reserve", "lpp-limit", "Acme", "--amount", "1"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "1e9"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "1,000"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "5H100"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "1", "--day", "1.6.2025"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "1", "--expires", "soon"],
        &["retire", "lpp-limit", "Acme", "2025", "--amount", "1", "--reason", "sold"],
        &["commit", "7"],
        &["commit", "1", "--amount", "26900001", "--day", "2025-06-02"],
        &["show", "--request", "nothing"],
        &["show", "9"],
        &["init"],
        &["balance", "--ledger", "nowhere.db"],
    ] {
        let output = desk.run(&[arguments, &["--lang", "zh"]].concat());
        said.push_str(errors(&output).lines().next().unwrap_or_default());
        said.push('\n');
    }
    expect![[r#"
        错误：已拒绝：lpp-limit [Acme, 2025] 的余量不足 1,000：自 2025-05-15 起限额为 26,900,000，已用 0，预留 26,900,000；超出 1,000
        分录 1 已用同一请求键记过此笔
        错误：已拒绝：规则包中没有配额 "lpp-limits"；是否指 "lpp-limit"？
        错误：已拒绝：账户 lpp-limit [Acme] 与配额不符，该配额的键为：ultimate_consignee.name, year
        错误：--amount <AMOUNT> 的值“1e9”无效：“1e9”含有指数；请写出完整的数字
        错误：--amount <AMOUNT> 的值“1,000”无效：“1,000”不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5
        错误：--amount <AMOUNT> 的值“5H100”无效：“H100”不是配额的单位；数量以 TPP 计
        错误：--day <DAY> 的值“1.6.2025”无效：“1.6.2025”不是日期，请写成 2026-12-31 的形式
        错误：--expires <EXPIRES> 的值“soon”无效：“soon”不是日期（2026-12-31）、时刻（‹instant›）或时长（30d、12h）
        错误：--reason <REASON> 的值“sold”无效：“sold”不是原因；可取值：lost、damaged、failed、relocated、resold
        错误：已拒绝：第 7 号分录不是预留
        错误：已拒绝：26,900,001 超过第 1 号预留的数量 26,900,000
        错误：没有分录的请求键为 "nothing"：该请求未执行
        错误：没有第 9 号分录
        错误：已有文件 `weir-ledger.db`
        错误：nowhere.db 没有台账；可用 `weir ledger init` 新建
    "#]].assert_eq(&settled(&said));
}

#[test]
fn a_limit_that_nothing_raises_is_not_raised() {
    let desk = Desk::new();
    let raise = ["raise", "lpp-limit", "Acme", "2025", "--limit", "50000000", "--source", "BIS"];
    assert_eq!(
        desk.refused(&raise),
        "error: refused: lpp-limit [Acme, 2025] has a limit that nothing raises: its quota in the \
         law packs names no `raised`\n"
    );
    let chinese = desk.refused(&[&raise[..], &["--lang", "zh"]].concat());
    assert!(chinese.contains("不能提高"), "{chinese}");
}

/// A retry after midnight is the same request: the day was the ledger's choice.
#[test]
fn a_day_that_nobody_named_is_no_content() {
    let desk = Desk::new();
    let reserve = ["reserve", "country-allocation", "MY", "--amount", "5", "--request", "r"];
    desk.moved(&[&reserve[..], &["--day", "2025-06-01"]].concat());
    let again = desk.run(&reserve);
    assert!(errors(&again).contains("entry 1 did this before"), "{}", errors(&again));
    let other = desk.refused(&[&reserve[..], &["--day", "2025-06-02"]].concat());
    assert!(other.contains("was used for entry 1"), "{other}");
}

#[test]
fn nothing_comes_off_what_was_drawn() {
    let desk = Desk::new();
    let reserve = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount", "50"];
    desk.moved(&reserve);
    desk.moved(&["commit", "1", "--day", "2025-06-02"]);
    let retire = ["retire", "lpp-limit", "Acme", "2025", "--amount", "50", "--reason", "lost"];
    assert_eq!(
        desk.refused(&retire),
        "error: refused: nothing comes off lpp-limit [Acme, 2025]: its quota counts what was \
         drawn, whether or not it is still there; correct a figure with `adjust` and its source\n"
    );
    let chinese = desk.refused(&[&retire[..], &["--lang", "zh"]].concat());
    assert!(chinese.contains("lpp-limit [Acme, 2025] 不能核减"), "{chinese}");
    let country = ["retire", "country-allocation", "MY", "--amount", "1", "--reason", "failed"];
    assert!(desk.refused(&country).contains("nothing comes off country-allocation [MY]"));
}

#[test]
fn what_is_done_has_no_day_to_come() {
    let desk = Desk::new();
    let amount = ["--day", "2027-12-01", "--expires", "2099-12-31", "--amount", "50"];
    let reserve = [&["reserve", "country-allocation", "MY"], &amount[..]].concat();
    // A shipment may be planned.
    desk.moved(&reserve);
    let commit = ["commit", "1", "--day", "9999-12-31"];
    let said = desk.refused(&commit);
    let start = "error: refused: 9999-12-31 has not come: it is ";
    assert!(said.starts_with(start), "{said}");
    let chinese = desk.refused(&[&commit[..], &["--lang", "zh"]].concat());
    assert!(chinese.starts_with("错误：已拒绝：9999-12-31 尚未到来"), "{chinese}");
    let adjust =
        ["adjust", "nveu-installed", "Acme", "IN", "--source", "BIS", "--to", "5", "--day"];
    assert!(desk.refused(&[&adjust[..], &["9999-12-31"]].concat()).starts_with(start));
    desk.moved(&[&adjust[..], &["2026-02-01"]].concat());
    let retire = ["retire", "nveu-installed", "Acme", "IN", "--amount", "5", "--reason", "lost"];
    assert!(desk.refused(&[&retire[..], &["--day", "9999-12-31"]].concat()).starts_with(start));
}

#[test]
fn a_country_without_an_allocation_has_no_limit() {
    let desk = Desk::new();
    let amount = ["--day", "2026-06-01", "--amount", "5"];
    for place in ["CN", "GB", "US"] {
        let said = desk.refused(&[&["reserve", "country-allocation", place], &amount[..]].concat());
        let none = format!("the text states no limit of country-allocation [{place}] for 2026");
        assert!(said.contains(&none), "{said}");
    }
    desk.moved(&[&["reserve", "country-allocation", "MY"], &amount[..]].concat());
}

/// What arrives in another step was not held against that step's limit.
#[test]
fn what_is_committed_is_of_the_step_for_which_it_was_reserved() {
    let desk = Desk::new();
    let india = ["nveu-installed", "Acme", "IN", "--expires", "2099-12-31", "--day"];
    let adjust = ["adjust", "nveu-installed", "Acme", "IN", "--day", "2026-11-20"];
    desk.moved(&[&adjust[..], &["--to", "4000000000", "--source", "Inventory"]].concat());
    let later = ["2027-06-01", "--amount", "900000000"];
    desk.moved(&[&["reserve"], &india[..], &later].concat());
    let early = desk.refused(&["commit", "2", "--day", "2026-11-26"]);
    assert_eq!(
        early,
        "error: refused: 2026-11-26 is not in the step of nveu-installed [Acme, IN] for which \
         reservation 2 was made, 2027-01-01 through 2027-12-31: give the day of the shipment, or \
         release 2 and reserve anew for that day\n"
    );
    let chinese = desk.refused(&["commit", "2", "--day", "2026-11-26", "--lang", "zh"]);
    assert!(chinese.contains("2026-11-26 不在 nveu-installed [Acme, IN]"), "{chinese}");
    // The way out is what the message says.
    desk.moved(&["release", "2"]);
    let full = desk
        .refused(&[&["reserve"], &india[..], &["2026-11-26", "--amount", "900000000"]].concat());
    assert!(full.contains("its limit from 2026-10-01 is 4,272,750,000"), "{full}");
    // A year is a step as well, and the row of an import is named.
    let acme = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-12-31", "--amount", "5"];
    desk.moved(&[&acme[..], &["--request", "po-1"]].concat());
    desk.write("arrived.csv", "event,reserved_as,day\ncommit,po-1,2026-01-02\n");
    let refused = desk.refused(&["import", "arrived.csv"]);
    let row = "row 2, column `day` (other_step): 2026-01-02 is not in the step of lpp-limit [Acme, \
               2025] for which reservation 4 was made, 2025-05-15 through 2025-12-31";
    assert!(refused.contains(row), "{refused}");
    // Without a day it is of today, which is no day of that year.
    assert!(desk.refused(&["commit", "4"]).contains("is not in the step of lpp-limit"));
    desk.moved(&["commit", "4", "--day", "2025-12-31"]);
}

/// The sum that is too much is the one that `check` says can be placed, from the other side.
#[test]
fn a_share_says_what_can_be_placed() {
    let desk = Desk::new();
    let whole = ["adjust", "uveu_total_tpp", "Uve", "--to", "1000000", "--source", "Inventory"];
    desk.moved(&[&whole[..], &["--day", "2026-06-01"]].concat());
    let on = ["reserve", "uveu-outside-us", "Uve", "--day", "2026-06-01", "--amount"];
    let also = ["--also", "uveu_total_tpp / Uve"];
    let reserve = |amount: &'static str| [&on[..], &[amount], &also].concat();
    let said = desk.refused(&reserve("2000000"));
    assert_eq!(
        said,
        "error: refused: uveu-outside-us [Uve] has no room for 2,000,000: its limit from \
         2025-05-15 is 500,000, 0 are used and 0 held; 1,000,000 too much; 1,000,000 can be \
         placed, as it counts in the whole too\n"
    );
    let chinese = desk.refused(&[&reserve("2000000")[..], &["--lang", "zh"]].concat());
    assert!(chinese.contains("超出 1,000,000；因同时计入总量，可置入 1,000,000"), "{chinese}");
    assert!(desk.refused(&reserve("1000000.000001")).contains("; 0.000001 too much"));
    desk.moved(&reserve("1000000"));
}

/// A reservation that is over is answered as before, and said to hold nothing.
#[test]
fn a_request_asked_again_says_what_is_held_no_more() {
    let desk = Desk::new();
    let reserve = |key: &'static str, expires: &'static str| {
        let on = ["reserve", "country-allocation", "MY", "--day", "2026-06-01", "--amount", "5"];
        let asked = ["--request", key, "--expires", expires];
        desk.run(&[&on[..], &asked].concat())
    };
    for (key, expires) in [("lapses", "1s"), ("released", "30d"), ("used", "30d")] {
        assert_eq!(errors(&reserve(key, expires)), "");
    }
    // What lapses first may be told before these.
    let released = desk.moved(&["release", "--reserved-as", "released"]);
    let used = desk.moved(&["commit", "--reserved-as", "used", "--day", "2026-06-02"]);
    let over = |entry: &serde_json::Value, how: &str| {
        format!("reservation {} was {how} by entry {}: nothing", entry["reservation"], entry["n"])
    };
    std::thread::sleep(std::time::Duration::from_millis(1100));
    for (key, expires, told) in [
        ("lapses", "1s", "reservation 1 lapsed".to_owned()),
        ("released", "30d", over(&released, "released")),
        ("used", "30d", over(&used, "committed")),
    ] {
        let again = reserve(key, expires);
        let said = errors(&again);
        assert_eq!(again.status.code(), Some(0), "{said}");
        assert!(said.contains("did this before under the same request key"), "{said}");
        assert!(said.contains(&format!("warning: {told}")), "{said}");
        assert!(said.ends_with(": nothing is held\n"), "{said}");
    }
}
