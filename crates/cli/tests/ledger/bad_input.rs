//! What is wrong with a command line or a file is told with the way out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use expect_test::expect;

use crate::desk::{Desk, settled};

#[test]
fn amounts_days_and_names() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01"];
    let mut said = String::new();
    for arguments in [
        &[&on[..], &["--amount", "-5"]].concat()[..],
        &[&on[..], &["--amount", "0"]].concat(),
        &[&on[..], &["--amount", "1e9"]].concat(),
        &[&on[..], &["--amount", "5H100"]].concat(),
        &[&on[..], &["--amount", "1,000"]].concat(),
        &[&on[..], &["--amount", "0.0000001"]].concat(),
        &[&on[..], &["--amount", "1000000000000000000000000000000000"]].concat(),
        &[&on[..], &["--amount", "5", "--expires", "2020-01-01"]].concat(),
        &[&on[..], &["--amount", "5", "--expires", "0d"]].concat(),
        &[&on[..], &["--amount", "5", "--expires", "two weeks"]].concat(),
        &[&on[..], &["--amount", "5", "--request", ""]].concat(),
        &[&on[..], &["--amount", "5", "--note", "a\nb"]].concat(),
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "5", "--day", "2025-13-01"],
        &["reserve", "lpp-limit", "Acme", "2025", "--amount", "5", "--day", "2030-01-01"],
        &["reserve", "lpp-limits", "Acme", "2025", "--amount", "5"],
        &["reserve", "quota", "Acme", "2025", "--amount", "5"],
        &["reserve", "lpp-limit", "Acme", "--amount", "5"],
        &["reserve", "lpp-limit", "Acme", "25", "--amount", "5"],
        &["reserve", "country-allocation", " ", "--amount", "5", "--day", "2026-06-01"],
        &["retire", "lpp-limit", "Acme", "2025", "--amount", "5", "--reason", "sold"],
        &["commit", "one"],
    ] {
        let refused = settled(&desk.refused(arguments));
        said.push_str(refused.lines().next().unwrap_or_default());
        said.push('\n');
    }
    expect![[r#"
        error: refused: the amount is -5; it must be over zero
        error: refused: the amount is 0; it must be over zero
        error: invalid value '1e9' for '--amount <AMOUNT>': `1e9` has an exponent; write the number in full
        error: invalid value '5H100' for '--amount <AMOUNT>': `H100` is no unit of a quota; amounts are in TPP
        error: invalid value '1,000' for '--amount <AMOUNT>': `1,000` is not a number; write digits and at most one point, such as 26900000 or 4799.5
        error: invalid value '0.0000001' for '--amount <AMOUNT>': `0.0000001` is finer than a millionth of a unit, the smallest amount of the ledger
        error: invalid value '1000000000000000000000000000000000' for '--amount <AMOUNT>': `1000000000000000000000000000000000` is past the largest amount of the ledger, 1.7e32 units
        error: refused: the reservation would have lapsed at ‹instant›; it is ‹instant›
        error: refused: the reservation would have lapsed at ‹instant›; it is ‹instant›
        error: invalid value 'two weeks' for '--expires <EXPIRES>': `two weeks` is no day (2026-12-31), instant (‹instant›) or span (30d, 12h)
        error: refused: the request's key must have 1 to 200 characters and no control characters
        error: refused: the note must have at most 1000 characters and no control characters
        error: invalid value '2025-13-01' for '--day <DAY>': `2025-13-01` is no day such as 2026-12-31
        error: refused: the text states no limit of lpp-limit [Acme, 2025] for 2030-01-01
        error: refused: there is no quota "lpp-limits" in the law packs; did you mean "lpp-limit"?
        error: refused: there is no quota "quota" in the law packs
        error: refused: account lpp-limit [Acme] does not fit its quota, whose key is: ultimate_consignee.name, year
        error: refused: account lpp-limit [Acme, 25] does not fit its quota, whose key is: ultimate_consignee.name, year
        error: refused: account country-allocation [ ] does not fit its quota, whose key is: texts of 1 to 200 characters, 2,000 bytes in all
        error: invalid value 'sold' for '--reason <REASON>': `sold` is no reason; one of lost, damaged, failed, relocated, resold
        error: invalid value 'one' for '[RESERVATION]': `one` is no number of an entry
    "#]].assert_eq(&said);
    assert_eq!(desk.said(&["log"]), "");
}

#[test]
fn instants_and_what_a_terminal_obeys() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01"];
    let mut said = String::new();
    for arguments in [
        &[&on[..], &["--amount", "abc"]].concat()[..],
        &[&on[..], &["--amount", "5", "--expires", "9999-12-31"]].concat(),
        &[&on[..], &["--amount", "5", "--expires", "2099-12-01T12:00"]].concat(),
        &[
            "reserve",
            "lpp-limit",
            "Acme",
            "2025",
            "--amount",
            "5",
            "--day",
            "2025-06-01T23:00-05:00",
        ],
        &["balance", "--as-of", "2026-11-26T02:00"],
        &["balance", "--as-of", "9999-12-31"],
        &["reserve", "lpp-limit", "A\u{1b}[31m", "--amount", "5"],
    ] {
        let refused = settled(&desk.refused(arguments));
        said.push_str(refused.lines().next().unwrap_or_default());
        said.push('\n');
    }
    expect![[r#"
        error: invalid value 'abc' for '--amount <AMOUNT>': `abc` is not a number; write digits and at most one point, such as 26900000 or 4799.5
        error: invalid value '9999-12-31' for '--expires <EXPIRES>': `9999-12-31` is out of the calendar, whose last day is 9999-12-29
        error: invalid value '‹instant›' for '--expires <EXPIRES>': `‹instant›` has no time zone; end it with Z for UTC, or an offset such as +08:00
        error: invalid value '‹instant›-05:00' for '--day <DAY>': `‹instant›-05:00` is no day such as 2026-12-31
        error: invalid value '‹instant›' for '--as-of <WHEN>': `‹instant›` has no time zone; end it with Z for UTC, or an offset such as +08:00
        error: invalid value '9999-12-31' for '--as-of <WHEN>': `9999-12-31` is out of the calendar, whose last day is 9999-12-29
        error: refused: account lpp-limit [A\u{1b}[31m] does not fit its quota, whose key is: ultimate_consignee.name, year
    "#]].assert_eq(&said);
}

#[test]
fn a_file_that_is_no_ledger_or_is_absent() {
    let desk = Desk::empty();
    for arguments in [&["balance"][..], &["log"], &["verify"], &["commit", "1"], &["expire"]] {
        // What would have moved something says that it did not.
        let moves = matches!(arguments[0], "commit" | "expire");
        let not_done = if moves { "not done: " } else { "" };
        assert_eq!(
            desk.refused(arguments),
            format!(
                "error: {not_done}there is no ledger at weir-ledger.db; `weir ledger init` makes \
                 one\n"
            )
        );
    }
    assert!(!desk.path("weir-ledger.db").exists(), "nothing is made by asking");
    desk.write("orders.csv", &"date,destination\n2025-06-01,MY\n".repeat(100));
    assert_eq!(
        desk.refused(&["balance", "--ledger", "orders.csv"]),
        "error: the database is not a ledger of weir: it is no SQLite file\n"
    );
    assert_eq!(
        desk.refused(&["balance", "--ledger", "orders.csv", "--lang", "zh"]),
        "错误：该数据库不是 weir 的台账：不是 SQLite 文件\n"
    );
    fs::create_dir(desk.path("folder")).unwrap();
    let folder = desk.refused(&["balance", "--ledger", "folder"]);
    let told = "error: the database is not a ledger of weir: it is a folder\n";
    assert_eq!(folder, told);
    desk.write("weir-ledger.db", "");
    let empty = desk.refused(&["balance"]);
    assert!(empty.starts_with("error: the database is not a ledger of weir: "), "{empty}");
    let absent = desk.refused(&["init", "--ledger", "no/such/folder.db"]);
    assert!(absent.contains("No such file or directory"), "{absent}");
}

#[test]
fn a_ledger_that_cannot_be_written_can_be_read() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount"];
    desk.moved(&[&on[..], &["7"]].concat());
    for name in ["weir-ledger.db", "weir-ledger.db.key", "weir-ledger.db.key.pub"] {
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(0o444)).unwrap();
    }
    fs::rename(desk.path("weir-ledger.db.key"), desk.path("apart")).unwrap();
    let folder = desk.path("");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.arg("ledger").args(arguments).current_dir(&folder);
        // Who may do everything would not notice.
        if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
            command.uid(65_534).gid(65_534);
        }
        command.output().unwrap()
    };
    let output = run(&[&on[..], &["1"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the ledger cannot be written: the file or its folder is read-only"),
        "{said}"
    );
}

#[test]
fn help_of_every_command() {
    let desk = Desk::empty();
    let help = desk.weir(&["ledger", "--help"]);
    let commands = String::from_utf8(help.stdout).unwrap();
    let commands = commands.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands.take_while(|line| !line.is_empty());
    let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let output = desk.weir(&["ledger", name, "--help", "--lang=zh"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("用法："), "{said}");
        for word in ["The ", "the ", " of ", " is "] {
            assert!(!said.contains(word), "{name}: {word}: {said}");
        }
    }
}

/// A file named as a key by mistake may hold another key: it is not shown.
#[test]
fn a_file_that_is_no_key_is_not_shown() {
    let desk = Desk::new();
    let secret = "MC4CAQAwBQYDK2VwBCIEIDx+hunterhunter2hunter+hunterhunterhunter=";
    let texts = [
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"),
        format!("PRIVATE+KEY+{secret}"),
        format!("PRIVATE+KEY+x+{secret}+"),
        format!(" PRIVATE+KEY+x+12345678+{secret}"),
        format!("x+12345678+{secret}"),
        format!("x+hunter78+{secret}"),
    ];
    for text in texts {
        desk.write("other.key", &text);
        fs::set_permissions(desk.path("other.key"), PermissionsExt::from_mode(0o600)).unwrap();
        for arguments in
            [&["checkpoint", "--key", "other.key"][..], &["verify", "--public-key", "other.key"]]
        {
            let said = desk.refused(arguments);
            assert!(said.contains("`other.key`"), "{said}");
            assert!(!said.contains("hunter") && !said.contains("MC4C"), "{said}");
        }
    }
    let said = desk.refused(&["balance", "--ledger", "postgres://me:hunter@[/x"]);
    assert!(!said.contains("hunter"), "{said}");
}

/// An instant is one with its time and offset; a day is known to its end.
#[test]
fn instants_are_what_they_say() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01", "--amount", "1"];
    for (said, meant) in [
        ("2099-12-01T12:00+08:00", "2099-12-01T04:00:00Z"),
        ("2099-12-01T12:00:30Z", "2099-12-01T12:00:30Z"),
        ("2099-12-01", "2099-12-02T00:00:00Z"),
    ] {
        let entry = desk.moved(&[&on[..], &["--expires", said]].concat());
        assert_eq!(entry["expires"], meant, "{said}");
    }
    let zh = desk.refused(&["balance", "--as-of", "2026-11-26T02:00", "--lang", "zh"]);
    assert!(zh.contains("没有时区"), "{zh}");
    for (when, shown) in
        [("2026-03-31", "2026-03-31 23:59 UTC"), ("2026-03-31T02:00-05:00", "2026-03-31 07:00 UTC")]
    {
        let balance = desk.said(&["balance", "--as-of", when, "--format", "table"]);
        assert!(balance.contains(shown), "{balance}");
    }
}
