//! Movements from files, and the journal to files.

use expect_test::expect;

use crate::desk::{Desk, errors, settled};
use crate::moving::balances;

const MOVEMENTS: &str = "\
request,event,quota,key,amount,day,expires,reservation,reason,source,to,by,owned,owner,note
po-1,reserve,lpp-limit,Acme / 2025,1000000,2025-06-01,2099-12-31,,,,,,,,PO 1
po-1 arrived,commit,,,999999.5,,,1,,,,,,,
po-2,reserve,lpp-limit,\"[\"\"A / B\"\",\"\"2025\"\"]\",5,2025-06-01,2099-12-31,,,,,,,,
po-2 off,release,,,,,,3,,,,,,,
,adjust,country-allocation,MY,,2026-06-01,,,,\"BIS, 30 June\",500,,,,
,raise,country-allocation,MY,900000000,,,,,Assurances,,,,,
,retire,lpp-limit,Acme / 2025,100,2025-06-02,,,lost,,,,,,fell off
,own,,,0.6,,,,,Annual report,,,Acme,Holding,
";

#[test]
fn a_file_is_imported_once() {
    let desk = Desk::new();
    desk.write("movements.csv", MOVEMENTS);
    let imported = desk.run(&["import", "movements.csv"]);
    assert_eq!(errors(&imported), "8 movements imported\n");
    let accounts = r#"quota,key,limit,used,held,room,utilization
country-allocation,MY,900000000,500,0,899999500,0.000
lpp-limit,"[""A / B"",""2025""]",26900000,0,0,26900000,0.000
lpp-limit,Holding / 2025,26900000,999899.5,0,25900100.5,0.037
"#;
    assert_eq!(balances(&desk), accounts);
    let again = desk.run(&["import", "movements.csv"]);
    assert_eq!(errors(&again), "0 movements imported, 8 were there before\n");
    assert_eq!(balances(&desk), accounts);
    // Rows without a request of their own go by the file's name and their number.
    let key = desk.said(&["show", "--request", "movements.csv:6"]);
    assert!(key.contains(r#""event":"adjust""#), "{key}");
    let more = MOVEMENTS.to_owned() + ",own,,,1,,,,,Annual report,,,Holding,Trust,\n";
    desk.write("movements.csv", &more);
    assert_eq!(
        errors(&desk.run(&["import", "movements.csv", "--lang", "zh"])),
        "已导入 1 笔变动，另有 8 笔先前已记\n"
    );
}

#[test]
fn json_lines_are_imported() {
    let desk = Desk::new();
    desk.write(
        "movements.jsonl",
        &[
            r#"{"request":"a","event":"reserve","amount":12.5,"day":"2025-06-01","#,
            r#""accounts":[["lpp-limit","Acme","2025"],["country-allocation","MY"]],"#,
            r#""expires":"2099-12-31"}"#,
            "\n\n",
            r#"{"request":"b","event":"reserve","quota":"lpp-limit","key":["A / B","2025"],"#,
            r#""amount":"7","day":"2025-06-01","expires":"30d","note":null}"#,
            "\n",
        ]
        .concat(),
    );
    let imported = desk.run(&["import", "movements.jsonl"]);
    assert_eq!(errors(&imported), "2 movements imported\n");
    let accounts = balances(&desk);
    for row in [
        "lpp-limit,Acme / 2025,26900000,0,12.5",
        "MY,790000000,0,12.5",
        r#""[""A / B"",""2025""]",26900000,0,7"#,
    ] {
        assert!(accounts.contains(row), "{accounts}");
    }
}

#[test]
fn nothing_is_imported_where_a_row_is_wrong() {
    let desk = Desk::new();
    desk.write(
        "unreadable.csv",
        "\
event,quota,key,amount,day,expires,reservation,reason,source,to,by
reserve,lpp-limit,Acme / 2025,10,2025-06-01,2099-12-31,,,,,
reserve,lpp-limit,Acme / 2025,\"1,000\",2025-06-01,2099-12-31,,,,,
reserve,lpp-limit,Acme / 2025,10,1.6.2025,soon,,,,,
reserve,,Acme / 2025,10,2025-06-01,,,,,,
commit,,,,,,one,,,,
retire,lpp-limit,Acme / 2025,10,2025-06-01,,,sold,,,
adjust,lpp-limit,Acme / 2025,,2025-06-01,,,,BIS,1,2
borrow,,,,,,,,,,
,,,,,,,,,,
",
    );
    expect![[r#"
        error: `unreadable.csv`: nothing was imported
          row 3, column `amount`: `1,000` is not a number; write digits and at most one point, such as 26900000 or 4799.5
          row 4, column `day`: `1.6.2025` is no day such as 2026-12-31
          row 4, column `expires`: `soon` is no day (2026-12-31), instant (2026-12-31T12:00:00Z) or span (30d, 12h)
          row 5, column `quota`: it is empty
          row 5, column `expires`: it is empty
          row 6, column `reservation`: `one` is no number of an entry
          row 7, column `reason`: `sold` is no reason; one of lost, damaged, failed, relocated, resold
          row 8, column `to`: either `to` or `by` is wanted
          row 9, column `event`: `borrow` is no movement; one of reserve, commit, release, retire, adjust, raise, own
          row 10, column `event`: it is empty
    "#]].assert_eq(&desk.refused(&["import", "unreadable.csv"]));
    expect![[r#"
        错误：`unreadable.csv`：未导入任何变动
          第 3 行，列 `amount`：“1,000”不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5
          第 4 行，列 `day`：“1.6.2025”不是日期，请写成 2026-12-31 的形式
          第 4 行，列 `expires`：“soon”不是日期（2026-12-31）、时刻（2026-12-31T12:00:00Z）或时长（30d、12h）
          第 5 行，列 `quota`：为空
          第 5 行，列 `expires`：为空
          第 6 行，列 `reservation`：“one”不是分录编号
          第 7 行，列 `reason`：“sold”不是原因；可取值：lost、damaged、failed、relocated、resold
          第 8 行，列 `to`：`to` 和 `by` 须且只能填一项
          第 9 行，列 `event`：“borrow”不是变动；可取值：reserve、commit、release、retire、adjust、raise、own
          第 10 行，列 `event`：为空
    "#]].assert_eq(&desk.refused(&["import", "unreadable.csv", "--lang", "zh"]));
    desk.write(
        "refused.csv",
        "\
event,quota,key,amount,day,expires,reservation,source
reserve,lpp-limit,Acme / 2025,26900000,2025-06-01,2099-12-31,,
reserve,lpp-limit,Acme / 2025,1000,2025-06-01,2099-12-31,,
reserve,lpp-limits,Acme / 2025,1000,2025-06-01,2099-12-31,,
reserve,lpp-limit,Acme / 2025,-5,2025-06-01,2099-12-31,,
reserve,lpp-limit,Acme / 2025,5,2025-06-01,2020-12-31,,
commit,,,,,,17,
raise,country-allocation,MY,5,,,,
",
    );
    expect![[r#"
        error: `refused.csv`: nothing was imported
          row 3: lpp-limit [Acme, 2025] has no room for 1,000: its limit from 2025-05-15 is 26,900,000, 0 are used and 26,900,000 held; 1,000 too much (over_limit)
          row 4: there is no quota "lpp-limits" in the law packs; did you mean "lpp-limit"? (unknown_quota)
          row 5: the amount is -5; it must be over zero (not_positive)
          row 6: the reservation would have lapsed at ‹instant›; it is ‹instant› (expiry_past)
          row 7: entry 17 is no reservation (not_reserved)
          row 8: an outside figure needs a source: who published it, and where (no_source)
    "#]].assert_eq(&settled(&desk.refused(&["import", "refused.csv"])));
    assert_eq!(desk.said(&["log", "--format", "csv"]).lines().count(), 1, "nothing moved");
}

#[test]
fn a_file_that_is_no_list_of_movements() {
    let desk = Desk::new();
    let import = |name: &str, text: &str| {
        desk.write(name, text);
        desk.refused(&["import", name])
    };
    let said = import("a.csv", "event,quotum\nreserve,lpp-limit\n");
    assert!(said.contains("row 1: there is no column `quotum` of movements"), "{said}");
    assert!(said.contains("hint: the columns are request, event, quota"), "{said}");
    let said = import("a.csv", "event,quota\nreserve\n");
    assert!(said.contains("`a.csv`, row 2"), "{said}");
    let said = import("a.jsonl", "{\"event\":\"reserve\",\"quotum\":1}\n");
    assert!(said.contains("row 1: there is no field `quotum` of movements"), "{said}");
    let said = import("a.jsonl", "{\"event\":\"reserve\"\n");
    assert!(said.contains("`a.jsonl`, row 1"), "{said}");
    let said = import("a.csv", "");
    assert!(said.contains("`a.csv` is empty"), "{said}");
    let said = desk.refused(&["import", "absent.csv"]);
    assert!(said.contains("cannot read `absent.csv`") && said.contains("No such file"), "{said}");
    std::fs::write(desk.path("b.csv"), b"event\n\xff\n").unwrap();
    assert!(desk.refused(&["import", "b.csv"]).contains("cannot read `b.csv`"));
}

#[test]
fn the_journal_is_exported() {
    let desk = Desk::new();
    desk.write("movements.csv", MOVEMENTS);
    desk.said(&["import", "movements.csv"]);
    let lines = desk.said(&["export"]);
    assert_eq!(lines.lines().count(), 8);
    for (number, line) in (1..).zip(lines.lines()) {
        // The journal's own bytes.
        assert_eq!(format!("{line}\n"), desk.said(&["show", &format!("{number}")]));
    }
    desk.said(&["export", "--output", "journal.jsonl"]);
    assert_eq!(desk.read("journal.jsonl"), lines);
    expect![[r#"
        number,at,event,reservation,quota,key,day,amount,returned,expires,by,note
        1,‹instant›,reserve,,lpp-limit,Acme / 2025,2025-06-01,1000000,,‹instant›,alice,PO 1
        2,‹instant›,commit,1,,,,999999.5,0.5,,alice,
        3,‹instant›,reserve,,lpp-limit,"[""A / B"",""2025""]",2025-06-01,5,,‹instant›,alice,
        4,‹instant›,release,3,,,,,5,,alice,
        5,‹instant›,adjust,,country-allocation,MY,2026-06-01,500,,,alice,"BIS, 30 June"
        6,‹instant›,raise,,country-allocation,MY,,900000000,,,alice,Assurances
        7,‹instant›,retire,,lpp-limit,Acme / 2025,2025-06-02,100,,,alice,lost fell off
        8,‹instant›,own,,,,,,,,alice,Holding owns 0.6 of Acme: Annual report
    "#]]
    .assert_eq(&settled(&desk.said(&["export", "--format", "csv"])));
    let page = desk.refused(&["export", "--format", "html"]);
    assert!(page.contains("the journal is exported as csv or jsonl"), "{page}");
    let empty = Desk::new();
    assert_eq!(empty.said(&["export"]), "");
    assert_eq!(empty.said(&["export", "--format", "csv"]).lines().count(), 1);
}

/// What was exported can be moved again: the columns that an import knows, with the numbers that
/// the entries of an empty ledger will have.
#[test]
fn what_was_exported_can_be_moved_in_another_ledger() {
    let desk = Desk::new();
    let movements: Vec<&str> = MOVEMENTS.lines().take(5).collect();
    desk.write("movements.csv", &(movements.join("\n") + "\n"));
    desk.said(&["import", "movements.csv"]);
    let other = Desk::new();
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["event", "reservation", "quota", "key", "day", "amount", "expires", "note"])
        .unwrap();
    let journal = desk.said(&["export", "--format", "csv"]);
    let mut exported = csv::Reader::from_reader(journal.as_bytes());
    let header = exported.headers().unwrap().clone();
    for row in exported.records() {
        let row = row.unwrap();
        let cell = |name: &str| &row[header.iter().position(|one| one == name).unwrap()];
        rows.write_record([
            cell("event"),
            cell("reservation"),
            cell("quota"),
            cell("key"),
            cell("day"),
            cell("amount"),
            cell("expires"),
            cell("note"),
        ])
        .unwrap();
    }
    other.write("moved.csv", &String::from_utf8(rows.into_inner().unwrap()).unwrap());
    other.said(&["import", "moved.csv"]);
    assert_eq!(balances(&other), balances(&desk));
    assert!(other.said(&["verify"]).starts_with("the history holds: 4 entries"));
}
