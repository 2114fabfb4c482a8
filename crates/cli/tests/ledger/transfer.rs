//! Movements from files, and the journal to files.

use expect_test::expect;

use crate::desk::{Desk, errors, settled};
use crate::moving::balances;

const MOVEMENTS: &str = "\
request,event,quota,key,amount,day,expires,reservation,reason,source,to,by,owned,owner,note
po-1,reserve,lpp-limit,Acme / 2025,1000000,2025-06-01,2099-12-31,,,,,,,,PO 1
po-1 arrived,commit,,,999999.5,2025-06-04,,1,,,,,,,
po-2,reserve,lpp-limit,\"[\"\"A / B\"\",\"\"2025\"\"]\",5,2025-06-01,2099-12-31,,,,,,,,
po-2 off,release,,,,,,3,,,,,,,
,adjust,uveu_total_tpp,Acme,,2025-06-01,,,,\"BIS, 30 June\",500,,,,
,raise,country-allocation,MY,900000000,,,,,Assurances,,,,,
,retire,uveu_total_tpp,Acme,100,2025-06-02,,,lost,,,,,,fell off
,own,,,0.6,,,,,Annual report,,,Acme,Holding,
";

#[test]
fn a_file_is_imported_once() {
    let desk = Desk::new();
    desk.write("movements.csv", MOVEMENTS);
    let imported = desk.run(&["import", "movements.csv"]);
    assert_eq!(errors(&imported), "8 movements imported\n");
    let accounts = r#"quota,key,limit,used,held,room,utilization
country-allocation,MY,900000000,0,0,900000000,0.000
lpp-limit,"[""A / B"",""2025""]",26900000,0,0,26900000,0.000
lpp-limit,Holding / 2025,26900000,999999.5,0,25900000.5,0.037
uveu_total_tpp,Holding,,400,0,,
"#;
    assert_eq!(balances(&desk), accounts);
    let again = desk.run(&["import", "movements.csv"]);
    assert_eq!(errors(&again), "0 movements imported, 8 were there before\n");
    assert_eq!(balances(&desk), accounts);
    // Rows without a request of their own go by what they say: under another name, too.
    desk.write("renamed.csv", MOVEMENTS);
    let again = desk.run(&["import", "renamed.csv"]);
    assert_eq!(errors(&again), "0 movements imported, 8 were there before\n");
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
          row 3, column `amount` (over_limit): lpp-limit [Acme, 2025] has no room for 1,000: its limit from 2025-05-15 is 26,900,000, 0 are used and 26,900,000 held; 1,000 too much
          row 4, column `quota` (unknown_quota): there is no quota "lpp-limits" in the law packs; did you mean "lpp-limit"?
          row 5, column `amount` (not_positive): the amount is -5; it must be over zero
          row 6, column `expires` (expiry_past): the reservation would have lapsed at ‹instant›; it is ‹instant›
          row 7, column `reservation` (not_reserved): entry 17 is no reservation
          row 8, column `source` (no_source): an outside figure needs a source: who published it, and where
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
    assert!(said.contains("`a.csv`") && said.contains("row 2: the row has 1 values"), "{said}");
    let said = import("a.jsonl", "{\"event\":\"reserve\",\"quotum\":1}\n");
    assert!(said.contains("row 1: there is no field `quotum` of movements"), "{said}");
    let said = import("a.jsonl", "{\"event\":\"reserve\"\n");
    assert!(said.contains("`a.jsonl`") && said.contains("row 1: it is no JSON object"), "{said}");
    let said = import("a.csv", "");
    assert!(said.contains("`a.csv` is empty"), "{said}");
    let said = desk.refused(&["import", "absent.csv"]);
    assert!(said.contains("cannot read `absent.csv`") && said.contains("No such file"), "{said}");
    std::fs::write(desk.path("b.csv"), b"event\n\xff\n").unwrap();
    let said = desk.refused(&["import", "b.csv"]);
    assert!(said.contains("`b.csv`") && said.contains("row 2, column `event`: it is not UTF-8"));
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
        number,at,asked_by,returned,request,event,quota,key,accounts,amount,day,expires,reservation,reserved_as,reason,note,item,units,source,to,by,owned,owner
        1,‹instant›,alice,,po-1,reserve,lpp-limit,Acme / 2025,,1000000,2025-06-01,‹instant›,,,,PO 1,,,,,,,
        2,‹instant›,alice,0.5,po-1 arrived,commit,,,,999999.5,2025-06-04,,1,po-1,,,,,,,,,
        3,‹instant›,alice,,po-2,reserve,lpp-limit,"[""A / B"",""2025""]",,5,2025-06-01,‹instant›,,,,,,,,,,,
        4,‹instant›,alice,5,po-2 off,release,,,,,,,3,po-2,,,,,,,,,
        5,‹instant›,alice,,import:f7074536139d210beaf5c007f4335f2e,adjust,uveu_total_tpp,Acme,,,2025-06-01,,,,,,,,"BIS, 30 June",500,,,
        6,‹instant›,alice,,import:a436d890975ec972dcef680d147e7553,raise,country-allocation,MY,,900000000,,,,,,,,,Assurances,,,,
        7,‹instant›,alice,,import:3f662a326f9b879485e6b08d437771d6,retire,uveu_total_tpp,Acme,,100,2025-06-02,,,,lost,fell off,,,,,,,
        8,‹instant›,alice,,import:7a1706011b09740177b092d058fb697a,own,,,,0.6,,,,,,,,,Annual report,,,Acme,Holding
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

/// Next month's file has the name of this month's, and other rows.
#[test]
fn another_file_of_the_same_name_is_another_file() {
    let desk = Desk::new();
    let row = "event,quota,key,amount,day,expires\nreserve,lpp-limit,Acme / 2025,";
    desk.write("orders.csv", &format!("{row}10,2025-06-01,2099-12-31\n"));
    desk.said(&["import", "orders.csv"]);
    desk.write("orders.csv", &format!("{row}20,2025-07-01,2099-12-31\n"));
    assert_eq!(errors(&desk.run(&["import", "orders.csv"])), "1 movement imported\n");
    // Two rows that say the same are two movements, and the same two in whatever order they come.
    let twice = "reserve,lpp-limit,Acme / 2025,1,2025-07-01,2099-12-31\n";
    desk.write("twice.csv", &format!("{row}20,2025-07-01,2099-12-31\n{twice}{twice}"));
    let said = errors(&desk.run(&["import", "twice.csv"]));
    assert_eq!(said, "2 movements imported, 1 was there before\n");
    desk.write("twice.csv", &format!("{row}1,2025-07-01,2099-12-31\n{twice}"));
    let said = errors(&desk.run(&["import", "twice.csv"]));
    assert_eq!(said, "0 movements imported, 2 were there before\n");
}

#[test]
fn every_bad_row_is_told_whatever_is_wrong_with_it() {
    let desk = Desk::new();
    let lines: [&[u8]; 10] = [
        b"event;quota;key;amount;day;expires;note\n",
        b"reserve;lpp-limit;Acme / 2025;10;2025-06-01;2099-12-31;\n",
        b"reserve;lpp-limit;Acme / 2025;10\n",
        b"\n",
        b"reserve;lpp-limit;Acme / 2025;10;2025-06-01;2099-12-31;\"open\n",
        b"reserve;lpp-limit;Acme / 2025;ten;2025-06-01;2099-12-31;\n",
        b"reserve;lpp-limit;Acm\xe9 / 2025;10;2025-06-01;2099-12-31;\n",
        b"reserve;lpp-limit;Acme / 2025;10;2025-06-01;2099-12-31;\"a \"\"b\"\"\"\n",
        b"reserve;lpp-limit;Acme / 2025;10;2025-06-01;2099-12-31;one;more\n",
        b"commit;;;ten;;;\n",
    ];
    std::fs::write(desk.path("ragged.csv"), lines.concat()).unwrap();
    expect![[r#"
        error: `ragged.csv`: nothing was imported
          row 3: the row has 4 values, the header 7 columns; a value with the delimiter in it stands in quotes
          row 5: a quote is opened and not closed in its line; within quotes, a quote is written twice
          row 6, column `amount`: `ten` is not a number; write digits and at most one point, such as 26900000 or 4799.5
          row 7, column `key`: it is not UTF-8 text; save the file as UTF-8
          row 9: the row has 8 values, the header 7 columns; a value with the delimiter in it stands in quotes
          row 10, column `reservation`: it is empty
          row 10, column `amount`: `ten` is not a number; write digits and at most one point, such as 26900000 or 4799.5
    "#]].assert_eq(&desk.refused(&["import", "ragged.csv"]));
    expect![[r#"
        错误：`ragged.csv`：未导入任何变动
          第 3 行：该行有 4 个值，表头有 7 列；含分隔符的值须加引号
          第 5 行：引号未在本行内闭合；引号内的引号须写两次
          第 6 行，列 `amount`：“ten”不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5
          第 7 行，列 `key`：不是 UTF-8 文本；请将文件存为 UTF-8
          第 9 行：该行有 8 个值，表头有 7 列；含分隔符的值须加引号
          第 10 行，列 `reservation`：为空
          第 10 行，列 `amount`：“ten”不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5
    "#]]
    .assert_eq(&desk.refused(&["import", "ragged.csv", "--lang", "zh"]));
    desk.write(
        "ragged.jsonl",
        "[1]\n{\"event\":\n{\"evnt\":\"reserve\"}\n{\"event\":\"own\"}\n{\"v\":1,\"n\":1}\n",
    );
    expect![[r#"
        error: `ragged.jsonl`: nothing was imported
          row 1: it is no JSON object: invalid type: sequence, expected a map at line 1 column 0
          row 2: it is no JSON object: EOF while parsing a value at line 1 column 9
          row 3: there is no field `evnt` of movements
          row 4, column `owned`: it is empty
          row 4, column `owner`: it is empty
          row 5: it is not an entry of the journal: missing field `at` at line 1 column 13

        hint: the fields are request, event, quota, key, accounts, amount, day, expires, reservation, reserved_as, reason, note, item, units, source, to, by, owned, owner
    "#]].assert_eq(&desk.refused(&["import", "ragged.jsonl"]));
    assert_eq!(desk.said(&["log", "--format", "csv"]).lines().count(), 1, "nothing moved");
}

/// Refusals of rows that go together name rows, not entries that were never made.
#[test]
fn a_refusal_names_the_row_of_what_was_not_made() {
    let desk = Desk::new();
    desk.write(
        "twice.csv",
        "\
request,event,quota,key,amount,day,expires,reserved_as
a,reserve,lpp-limit,Acme / 2025,10,2025-06-01,2099-12-31,
b,commit,,,,2025-06-02,,a
c,release,,,,,,a
d,release,,,,,,z
",
    );
    let said = desk.refused(&["import", "twice.csv"]);
    assert!(said.contains("row 5, column `reserved_as`: nothing is reserved as `z`"), "{said}");
    let text = desk.read("twice.csv").replace("d,release,,,,,,z\n", "");
    desk.write("twice.csv", &text);
    expect![[r#"
        error: `twice.csv`: nothing was imported
          row 4, column `reservation` (already_committed): the entries named here would be those of rows 2, 3, and none was made: reservation 1 was committed by entry 2
    "#]].assert_eq(&desk.refused(&["import", "twice.csv"]));
    expect![[r#"
        错误：`twice.csv`：未导入任何变动
          第 4 行，列 `reservation`（already_committed）：此处所称分录本应由第 2、3 行产生，均未记入：第 1 号预留已由第 2 号分录确认
    "#]].assert_eq(&desk.refused(&["import", "twice.csv", "--lang", "zh"]));
    assert_eq!(desk.said(&["export"]), "");
    desk.write("twice.csv", &text.replace("c,release,,,,,,a\n", ""));
    desk.said(&["import", "twice.csv"]);
    // A later file names what an earlier one reserved.
    let more = "request,event,amount,quota,key,day,expires,reserved_as\n\
                e,reserve,5,lpp-limit,Acme / 2025,2025-06-01,2099-12-31,\n";
    desk.write("first.csv", more);
    desk.said(&["import", "first.csv"]);
    desk.write("second.csv", "event,reserved_as\nrelease,e\n");
    desk.said(&["import", "second.csv"]);
    assert!(balances(&desk).contains("Acme / 2025,26900000,10,0,"), "{}", balances(&desk));
}

/// A row moves a part of a share with its whole, on the accounts of the ultimate owner.
#[test]
fn rows_of_shares_and_owners() {
    let desk = Desk::new();
    let header = "event,quota,key,accounts,amount,day,expires,source,to,owned,owner\n";
    let both = r#""[[""uveu-country"",""Sub"",""IN""],[""uveu-outside"",""Sub""],[""uveu_total_tpp"",""Sub""]]""#;
    let rows = [
        "own,,,,1,,,Annual report,,Sub,Acme".to_owned(),
        "adjust,uveu_total_tpp,Sub,,,2025-06-01,,Its count,1000,,".to_owned(),
        format!("reserve,,,{both},70,2025-06-01,2099-12-31,,,,"),
        "reserve,uveu-country,Sub / IN,,1,2025-06-01,2099-12-31,,,,".to_owned(),
    ];
    desk.write("rows.csv", &format!("{header}{}\n", rows.join("\n")));
    expect![[r#"
        error: `rows.csv`: nothing was imported
          row 5, column `accounts` (without_whole): uveu-country [Acme, IN] counts in uveu_total_tpp [Acme] too, which has to be moved with it: name both in one movement
    "#]].assert_eq(&desk.refused(&["import", "rows.csv"]));
    expect![[r#"
        错误：`rows.csv`：未导入任何变动
          第 5 行，列 `accounts`（without_whole）：uveu-country [Acme, IN] 同时计入 uveu_total_tpp [Acme]，两者须一并变动：请在同一笔变动中列出
    "#]].assert_eq(&desk.refused(&["import", "rows.csv", "--lang", "zh"]));
    desk.write("rows.csv", &format!("{header}{}\n", rows[..3].join("\n")));
    for said in ["3 movements imported", "0 movements imported, 3 were there before"] {
        assert!(errors(&desk.run(&["import", "rows.csv"])).contains(said), "{said}");
    }
    expect![[r#"
        quota,key,limit,used,held,room,utilization
        uveu-country,Acme / IN,74.9,0,70,5.268817,0.934
        uveu-outside,Acme,267.5,0,70,263.333333,0.261
        uveu_total_tpp,Acme,,1000,70,,
    "#]]
    .assert_eq(&balances(&desk));
    // Another ledger has the same by what this one exports.
    let other = Desk::new();
    other.write("export.csv", &desk.said(&["export", "--format", "csv"]));
    other.said(&["import", "export.csv"]);
    assert_eq!(balances(&other), balances(&desk));
}

/// What an export writes is imported into an empty ledger, with every kind of movement in it: the
/// same balances, then and of every day since.
#[test]
fn an_export_is_imported_into_an_empty_ledger() {
    let desk = Desk::new();
    desk.write("movements.csv", MOVEMENTS);
    desk.said(&["import", "movements.csv"]);
    let lpp = |name| ["reserve", "lpp-limit", name, "2025", "--day", "2025-06-03", "--amount"];
    // Lapsed, and said so; ended; open, with a name that tables do not like; with goods, in part.
    desk.moved(&[&lpp("Acme")[..], &["7", "--expires", "1s"]].concat());
    std::thread::sleep(std::time::Duration::from_millis(1200));
    desk.said(&["expire"]);
    let entry = desk.moved(&[&lpp("Acme")[..], &["8", "--expires", "1h"]].concat());
    desk.moved(&["commit", &entry["n"].to_string(), "--amount", "3.25", "--day", "2025-06-09"]);
    let odd = ["[a\", \"b]", "\u{201c}c\u{201d}, d", "[\"e\"]", "f / g"];
    for name in odd {
        desk.moved(&[&lpp(name)[..], &["9", "--note", " two; \"three\", "]].concat());
    }
    let goods = ["--item", "nvidia-h100-sxm", "--units", "8"];
    let entry = desk.moved(&[&lpp("Acme")[..], &["80"], &goods].concat());
    desk.moved(&["commit", &entry["n"].to_string(), "--units", "5", "--day", "2025-06-09"]);
    desk.write(
        "pair.jsonl",
        "{\"event\":\"reserve\",\"amount\":\"2\",\"day\":\"2025-06-01\",\"expires\":\"2099-12-31\",\
         \"accounts\":[[\"lpp-limit\",\"Acme\",\"2025\"],[\"country-allocation\",\"MY\"]]}\n",
    );
    desk.said(&["import", "pair.jsonl"]);
    desk.moved(&[&lpp("Acme")[..], &["11", "--expires", "1s"]].concat());
    std::thread::sleep(std::time::Duration::from_millis(1200));
    for name in ["journal.csv", "journal.jsonl"] {
        desk.said(&["export", "--output", name]);
        let other = Desk::new();
        other.write(name, &desk.read(name));
        let said = errors(&other.run(&["import", name]));
        let done: Vec<&str> = said.lines().filter(|line| !line.starts_with("warning: ")).collect();
        assert_eq!(done, ["17 movements imported; 2 reservations that had lapsed left out"]);
        assert_eq!(balances(&other), balances(&desk), "{name}");
        let report = ["report", "lpp", "--year", "2025", "--format", "csv"];
        let shown = |desk: &Desk| {
            let report = desk.said(&report);
            let mut csv = csv::Reader::from_reader(report.as_bytes());
            // Entries have numbers of their own ledger.
            csv.records()
                .map(|row| {
                    let row = row.unwrap();
                    row.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, one)| one).collect()
                })
                .collect::<Vec<String>>()
        };
        assert_eq!(shown(&other), shown(&desk), "{name}");
        let again = errors(&other.run(&["import", name]));
        assert!(again.starts_with("0 movements imported, 17 were there before"), "{again}");
        // Into its own ledger it moves nothing either.
        let own = errors(&desk.run(&["import", name]));
        assert!(own.starts_with("0 movements imported, 17 were there before"), "{own}");
        assert!(other.said(&["verify"]).starts_with("the history holds: 17 entries"));
        // What was exported again is the same, but for numbers and times.
        other.said(&["export", "--output", "again.csv"]);
        let third = Desk::new();
        third.write("again.csv", &other.read("again.csv"));
        third.said(&["import", "again.csv"]);
        assert_eq!(balances(&third), balances(&desk), "{name}");
    }
}

#[track_caller]
fn refused(desk: &Desk, name: &str, text: &str) -> Vec<String> {
    desk.write(name, text);
    let said = desk.refused(&["import", name]);
    said.lines().skip(1).map(|line| line.trim_start().to_owned()).collect()
}

/// A row that cannot be read does not hide what is refused of the others.
#[test]
fn sound_rows_are_tried_beside_others() {
    let desk = Desk::new();
    let header = "request,event,quota,key,amount,day,reserved_as,source\n";
    let sound = [
        "a,reserve,lpp-limit,Acme / 2025,26900000,2025-06-01,,\n",
        "b,reserve,lpp-limit,Acme / 2025,ten,2025-06-01,,\n",
        "c,commit,,,,,b,\n",
        "d,reserve,lpp-limits,Acme / 2025,10,2025-06-01,,\n",
        "e,raise,country-allocation,MY,5,,,\n",
    ];
    let seen = refused(&desk, "rows.csv", &format!("{header}{}", sound.concat()));
    let begins = [
        "row 3, column `amount`: `ten` is not a number",
        "row 5, column `quota` (unknown_quota)",
        "row 6, column `source` (no_source)",
    ];
    assert_eq!(seen.len(), begins.len(), "{seen:?}");
    for (line, begin) in seen.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
    // There is no room, whatever the row that holds more says; what a raise says may leave some.
    let full = "f,reserve,lpp-limit,Acme / 2025,1,2025-06-01,,\n";
    let seen = refused(&desk, "rows.csv", &[header, sound[0], sound[1], full].concat());
    assert!(seen[1].starts_with("row 4, column `amount` (over_limit)"), "{seen:?}");
    let raise = "g,raise,country-allocation,MY,much,,,it\n";
    let seen = refused(&desk, "rows.csv", &[header, sound[0], raise, full].concat());
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(desk.said(&["export"]), "");
}

#[test]
fn cells_that_say_nothing_or_two_things_are_told() {
    let desk = Desk::new();
    let held = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount", "5"];
    desk.moved(&[&held[..], &["--request", "a"]].concat());
    let header =
        "event,quota,key,accounts,amount,day,reservation,reserved_as,reason,owned,owner,source\n";
    let rows = [
        "release,,,,5,,1,,,,,\n",
        "commit,,,,,,2,a,,,,\n",
        "reserve,lpp-limit,Acme / 2025,,5,2025-06-01,1,,lost,,Acme,\n",
        "reserve,lpp-limit,,\"[[\"\"lpp-limit\"\",\"\"A\"\",\"\"2025\"\"]]\",5,2025-06-01,,,,,,\n",
        "own,,,,,,,,,Acme,Acme,its report\n",
    ];
    assert_eq!(
        refused(&desk, "rows.csv", &format!("{header}{}", rows.concat())),
        [
            "row 2, column `amount`: `release` takes no `amount`; leave it empty",
            "row 3, column `reservation`: `2` is not the entry that reserved as `a`; give one of them",
            "row 4, column `reservation`: `reserve` takes no `reservation`; leave it empty",
            "row 4, column `reason`: `reserve` takes no `reason`; leave it empty",
            "row 4, column `owner`: `reserve` takes no `owner`; leave it empty",
            "row 5, column `quota`: `accounts` stands instead of `quota`; give one of them",
            "row 6, column `owner`: `Acme` cannot own itself",
        ]
    );
    let seen = refused(
        &desk,
        "a.jsonl",
        "{\"event\":\"release\",\"reservation\":1,\"event\":\"commit\"}\n",
    );
    assert_eq!(seen, ["row 1: the field `event` is there twice"]);
    // What a file says is shown, and no terminal obeys it.
    let seen = refused(&desk, "a.csv", "event,reserved_as\nrelease,\u{1b}[31mx\n");
    let told =
        r"row 2, column `reserved_as`: nothing is reserved as `\u{1b}[31mx`, here or in the ledger";
    assert_eq!(seen, [told]);
    desk.write("a.csv", "event,event\nrelease,commit\n");
    let said = desk.refused(&["import", "a.csv"]);
    assert!(said.contains("row 1: the column `event` is there twice"), "{said}");
    // Both, where they are the same one, and a row that leaves out when it lapses.
    desk.write("a.csv", "event,reservation,reserved_as,day\ncommit,1,a,2025-06-02\n");
    desk.said(&["import", "a.csv"]);
    desk.write("a.csv", "event,quota,key,amount,day\nreserve,lpp-limit,B / 2025,5,2025-06-01\n");
    desk.said(&["import", "a.csv"]);
    assert!(desk.said(&["show", "3"]).contains("\"after\":2592000"));
    desk.write("a.csv", "event,quota,key,amount,day\n");
    let said = errors(&desk.run(&["import", "a.csv"]));
    assert_eq!(said, "`a.csv` has a header and no movement: nothing was imported\n");
}
