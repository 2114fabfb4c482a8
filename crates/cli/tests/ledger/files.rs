//! No output takes the place of a file of the ledger.

use crate::desk::{Desk, errors};

/// Every file of a ledger and its key, as it is now.
fn files(desk: &Desk) -> Vec<Vec<u8>> {
    let names = ["weir-ledger.db", "vault/key", "vault/key.pub", "vault/key.checkpoint"];
    names.map(|name| std::fs::read(desk.path(name)).expect("it is there")).to_vec()
}

#[test]
fn an_output_takes_the_place_of_no_file_of_the_ledger() {
    let desk = Desk::empty();
    std::fs::create_dir(desk.path("vault")).unwrap();
    desk.said(&["init", "--key", "vault/key"]);
    let key = ["--key", "vault/key"];
    let on = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01", "--amount", "5"];
    desk.moved(&[&on[..], &key].concat());
    std::os::unix::fs::symlink("weir-ledger.db", desk.path("link.csv")).unwrap();
    let before = files(&desk);
    let targets = [
        "weir-ledger.db",
        "./vault/../weir-ledger.db",
        "weir-ledger.db-wal",
        "weir-ledger.db-shm",
        "link.csv",
        "vault/key",
        "vault/key.pub",
        "vault/key.checkpoint",
    ];
    for command in [
        &["balance"][..],
        &["log"],
        &["open"],
        &["export"],
        &["report", "lpp"],
        &["report", "data-centers"],
        &["report", "countries"],
    ] {
        for target in targets {
            let asked = [command, &["--format", "csv", "-o", target], &key].concat();
            let said = desk.refused(&asked);
            let told = format!("error: `{target}` is a file of the ledger or of its key\n");
            assert!(said.starts_with(&told), "{asked:?}: {said}");
        }
    }
    desk.write("orders.csv", "date,destination\n2026-06-01,MY\n");
    for target in targets {
        let asked = ["check", "orders.csv", "--ledger", "--format", "csv", "-o", target];
        let output = desk.weir(&[&asked[..], &key].concat());
        assert_eq!(output.status.code(), Some(1), "{target}");
        assert!(errors(&output).contains("is a file of the ledger"), "{}", errors(&output));
    }
    let chinese =
        desk.refused(&["export", "-o", "weir-ledger.db", "--format", "csv", "--lang", "zh"]);
    assert!(chinese.starts_with("错误：`weir-ledger.db` 是台账或其密钥的文件"), "{chinese}");
    assert_eq!(files(&desk), before);
    assert!(!desk.path("weir-ledger.db-wal").exists(), "no file is made beside it");
}

/// An export that fails leaves what was there before.
#[test]
fn an_export_is_under_its_name_when_it_is_whole() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2026", "--day", "2026-06-01", "--amount", "5"];
    desk.moved(&on);
    desk.said(&["export", "-o", "journal.csv"]);
    let whole = desk.read("journal.csv");
    assert_eq!(whole.lines().count(), 2);
    desk.tamper(&["UPDATE entry SET body = 'nothing' WHERE number = 1"]);
    assert!(desk.refused(&["export", "-o", "journal.csv"]).contains("damaged at entry 1"));
    assert_eq!(desk.read("journal.csv"), whole);
    let left = std::fs::read_dir(desk.path("")).unwrap().flatten();
    let left = left.filter(|file| file.file_name().to_string_lossy().contains("partial"));
    assert_eq!(left.count(), 0);
}
