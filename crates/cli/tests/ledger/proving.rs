//! Whoever changes the file is found out; whoever has the public key can check a proof.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::desk::{Desk, errors, settled, text};

/// A ledger with five entries and a checkpoint after each.
fn kept() -> Desk {
    let desk = Desk::new();
    for number in 1..=5 {
        let amount = (number * 1000).to_string();
        let note = format!("PO {number}");
        let on = ["reserve", "lpp-limit", "Acme", "2025", "--day", "2025-06-01"];
        desk.moved(
            &[&on[..], &["--amount", &amount, "--note", &note, "--expires", "2099-12-31"]].concat(),
        );
    }
    desk
}

#[track_caller]
fn found(desk: &Desk, why: &str) {
    assert_eq!(settled(&desk.refused(&["verify"])), format!("error: {why}\n"));
}

#[test]
fn a_history_that_holds() {
    let empty = Desk::new();
    expect![[r#"
        the history holds: 0 entries, 0 accounts, 0 open reservations
        no checkpoint was signed yet: nothing outside proves it
        last hash  ‹hash›
        tree root  ‹hash›
    "#]]
    .assert_eq(&settled(&empty.said(&["verify"])));
    let desk = kept();
    expect![[r#"
        the history holds: 5 entries, 1 account, 5 open reservations
        5 checkpoints in the ledger and 1 kept outside hold, the last over 5 entries
        last hash  ‹hash›
        tree root  ‹hash›
    "#]]
    .assert_eq(&settled(&desk.said(&["verify"])));
    expect![[r#"
        历史记录成立：5 条分录，1 个账户，5 项未了结预留
        台账内 5 个、另行保存 1 个检查点成立，最近一个覆盖 5 条分录
        末条哈希  ‹hash›
        树根      ‹hash›
    "#]]
    .assert_eq(&settled(&desk.said(&["verify", "--lang", "zh"])));
    desk.moved(&["commit", "1", "--day", "2025-06-01"]);
    assert!(desk.said(&["verify"]).starts_with("the history holds: 6 entries, 1 account, 4 open"));
}

#[test]
fn a_changed_amount_is_found() {
    let desk = kept();
    desk.tamper(&[
        "UPDATE entry SET body = replace(body, '\"2000\"', '\"1000\"') WHERE number = 2",
    ]);
    found(&desk, "entry 2 does not fit: its hash is not that of its text after the entry before");
    let said = desk.refused(&["verify", "--lang", "zh"]);
    assert_eq!(said, "错误：第 2 号分录不符：其哈希与前一分录之后的正文不符\n");
}

#[test]
fn a_swapped_pair_is_found() {
    let desk = kept();
    desk.tamper(&[
        "UPDATE entry SET number = 99 WHERE number = 3",
        "UPDATE entry SET number = 3 WHERE number = 4",
        "UPDATE entry SET number = 4 WHERE number = 99",
    ]);
    found(&desk, "entry 3 does not fit: its hash is not that of its text after the entry before");
}

#[test]
fn a_missing_entry_is_found() {
    let desk = kept();
    desk.tamper(&["DELETE FROM entry WHERE number = 2"]);
    found(&desk, "entry 2 is missing");
}

#[test]
fn a_removed_tail_is_found() {
    let desk = kept();
    desk.tamper(&["DELETE FROM entry WHERE number = 5"]);
    found(&desk, "the journal ends with entry 4, and the ledger says 5");
    // Whoever changes what the ledger says too meets its checkpoints, here and outside.
    desk.tamper(&["UPDATE head SET number = 4"]);
    let older = "the ledger has 4 entries, and a checkpoint kept outside covers 5: it was cut off, \
                 or an older copy was put in its place";
    found(&desk, older);
    desk.tamper(&["DELETE FROM checkpoint WHERE size = 5"]);
    found(&desk, older);
}

/// Puts a copy of a ledger's files in the place of another's.
fn copy(desk: &Desk, from: &str, to: &str) {
    for ending in ["", "-wal", "-shm"] {
        let (from, to) =
            (desk.path(&format!("{from}{ending}")), desk.path(&format!("{to}{ending}")));
        if from.exists() {
            fs::copy(from, to).unwrap();
        } else if to.exists() {
            fs::remove_file(to).unwrap();
        }
    }
}

#[test]
fn an_older_copy_is_found() {
    let desk = kept();
    copy(&desk, "weir-ledger.db", "older.db");
    desk.moved(&["commit", "5", "--day", "2025-06-01"]);
    copy(&desk, "older.db", "weir-ledger.db");
    found(
        &desk,
        "the ledger has 5 entries, and a checkpoint kept outside covers 6: it was cut off, or an \
         older copy was put in its place",
    );
    // A checkpoint that was kept anywhere else says the same.
    fs::rename(desk.path("weir-ledger.db.key.checkpoint"), desk.path("elsewhere")).unwrap();
    desk.said(&["verify"]);
    let said = desk.refused(&["verify", "--checkpoint", "elsewhere"]);
    assert!(said.contains("a checkpoint kept outside covers 6"), "{said}");
}

#[test]
fn an_older_copy_is_not_written_on() {
    let desk = kept();
    copy(&desk, "weir-ledger.db", "older.db");
    let commit = ["commit", "5", "--day", "2025-06-01"];
    desk.moved(&commit);
    let checkpoint = desk.read("weir-ledger.db.key.checkpoint");
    copy(&desk, "weir-ledger.db", "newer.db");
    copy(&desk, "older.db", "weir-ledger.db");
    let older = "error: not done: the ledger has 5 entries, and the checkpoint beside its key \
                 covers 6: it was cut off, or an older copy was put in its place; put the newest one back, or, \
                 where that is lost, move the checkpoint away from the key and keep it\n";
    for asked in [&["release", "1"][..], &commit, &["expire"], &["checkpoint"]] {
        assert_eq!(desk.refused(asked), older, "{asked:?}");
    }
    let chinese = desk.refused(&["release", "1", "--lang", "zh"]);
    assert!(
        chinese.starts_with("错误：未执行：台账有 5 条分录，而密钥旁的检查点覆盖 6 条"),
        "{chinese}"
    );
    // Written on without the key, it has as many entries, and not the same.
    fs::rename(desk.path("weir-ledger.db.key"), desk.path("key")).unwrap();
    desk.moved(&["release", "1"]);
    desk.moved(&["release", "2"]);
    fs::rename(desk.path("key"), desk.path("weir-ledger.db.key")).unwrap();
    let said = desk.refused(&["release", "3"]);
    assert!(said.contains("the first 6 entries of the ledger are not those"), "{said}");
    assert_eq!(desk.read("weir-ledger.db.key.checkpoint"), checkpoint);
    // The newest one is put back, and goes on.
    copy(&desk, "newer.db", "weir-ledger.db");
    desk.moved(&["release", "1"]);
    assert!(desk.said(&["verify"]).starts_with("the history holds: 7 entries"));
    // Where it is lost, it goes on without what was kept.
    copy(&desk, "older.db", "weir-ledger.db");
    fs::rename(desk.path("weir-ledger.db.key.checkpoint"), desk.path("elsewhere")).unwrap();
    desk.moved(&["release", "1"]);
    let said = desk.refused(&["verify", "--checkpoint", "elsewhere"]);
    assert!(said.contains("a checkpoint kept outside covers 7"), "{said}");
}

#[test]
fn the_key_of_another_ledger_does_not_sign() {
    let desk = kept();
    let other = Desk::new();
    for ending in ["", ".pub"] {
        let name = format!("weir-ledger.db.key{ending}");
        fs::copy(other.path(&name), desk.path(&format!("other.key{ending}"))).unwrap();
    }
    let release = ["release", "1", "--key", "other.key"];
    let said = desk.refused(&release);
    let start = "error: not done: this is not the key of this ledger, whose public key is \
                 example.com/quota+";
    assert!(said.starts_with(start), "{said}");
    let chinese = desk.refused(&[&release[..], &["--lang", "zh"]].concat());
    assert!(
        chinese.starts_with("错误：未执行：该密钥不是本台账的密钥；本台账的公钥为"),
        "{chinese}"
    );
    assert!(!desk.path("other.key.checkpoint").exists());
    assert!(desk.said(&["verify"]).starts_with("the history holds: 5 entries"));
}

#[test]
fn a_checkpoint_that_is_not_kept_is_told() {
    let desk = kept();
    let kept = desk.path("weir-ledger.db.key.checkpoint");
    let checkpoint = desk.read("weir-ledger.db.key.checkpoint");
    fs::remove_file(&kept).unwrap();
    let said = errors(&desk.run(&["verify"]));
    let bare = "warning: no checkpoint kept outside the ledger was looked at: an older copy of it, \
                or one that was cut off, would not show\n\nhint: --key FILE";
    assert!(said.starts_with(bare), "{said}");
    let chinese = errors(&desk.run(&["verify", "--lang", "zh"]));
    assert!(chinese.starts_with("警告：未核对台账之外保存的检查点"), "{chinese}");
    desk.said(&["checkpoint"]);
    assert_eq!(desk.read("weir-ledger.db.key.checkpoint"), checkpoint);
    assert_eq!(errors(&desk.run(&["verify"])), "");
    // A checkpoint that was deleted from the ledger.
    desk.tamper(&["DELETE FROM checkpoint WHERE size = 5"]);
    let said = errors(&desk.run(&["verify"]));
    let deleted = "warning: a checkpoint of 5 entries was signed and is not in the ledger, where \
                   the last one covers 4: checkpoints were deleted from it\n";
    assert_eq!(said, deleted);
    // What cannot be read is told before anything is written.
    fs::remove_file(&kept).unwrap();
    fs::create_dir(&kept).unwrap();
    let said = desk.refused(&["release", "1"]);
    assert!(
        said.starts_with("error: not done: the checkpoint beside the key cannot be read: "),
        "{said}"
    );
}

#[test]
fn a_changed_checkpoint_is_found() {
    let desk = kept();
    desk.tamper(&["UPDATE checkpoint SET note = replace(note, 'time 2', 'time 3') WHERE size = 3"]);
    let said = desk.refused(&["verify"]);
    let start =
        "error: the checkpoint of 3 entries does not fit: the signature `example.com/quota+";
    assert!(said.starts_with(start), "{said}");
    assert!(said.contains("does not fit the text of the note: either was changed"), "{said}");
}

#[test]
fn a_history_written_anew_is_found() {
    let desk = kept();
    // Another ledger of the same name has other keys, and all else as it should be.
    let other = kept();
    for name in ["weir-ledger.db", "weir-ledger.db-wal", "weir-ledger.db-shm"] {
        _ = fs::remove_file(desk.path(name));
        _ = fs::copy(other.path(name), desk.path(name));
    }
    found(&desk, "the ledger names another public key, which does not follow from the journal");
    // Nor does it help to write the right name of the key into it.
    let key = desk.read("weir-ledger.db.key.pub");
    let rename = format!("UPDATE ledger SET verifier = '{}'", key.trim());
    desk.tamper(&[&rename]);
    let said = desk.refused(&["verify"]);
    assert!(said.contains("is not signed with the key `example.com/quota+"), "{said}");
}

#[test]
fn a_changed_balance_is_found() {
    let desk = kept();
    desk.tamper(&["UPDATE posting SET held = '1' WHERE number = 5"]);
    found(
        &desk,
        "entry 5 left something else in `posting`, which does not follow from the journal",
    );
    // A balance that later entries hide is found too.
    let desk = kept();
    desk.tamper(&["UPDATE posting SET held = '1' WHERE number = 2"]);
    found(
        &desk,
        "entry 2 left something else in `posting`, which does not follow from the journal",
    );
    let desk = kept();
    desk.tamper(&["DELETE FROM hold WHERE number = 4"]);
    found(&desk, "entry 4 left something else in `hold`, which does not follow from the journal");
}

#[test]
fn a_row_of_no_entry_is_found() {
    let desk = kept();
    desk.tamper(&["INSERT INTO owner VALUES (900, 'Acme', 'Parent', '1')"]);
    found(
        &desk,
        "`owner` has a row of no entry: 900 Acme Parent 1, which does not follow from the journal",
    );
    let desk = kept();
    desk.tamper(&["INSERT INTO owner VALUES (2, 'Acme', 'Parent', '1')"]);
    found(&desk, "entry 2 left something else in `owner`, which does not follow from the journal");
    let desk = kept();
    desk.tamper(&["INSERT INTO raise VALUES (1, 3, '99')"]);
    found(&desk, "entry 3 left something else in `raise`, which does not follow from the journal");
    let desk = kept();
    desk.tamper(&["INSERT INTO account VALUES (77, 'lpp-limit', '[\"Nobody\",\"2025\"]')"]);
    found(
        &desk,
        "there is an account lpp-limit [Nobody, 2025], which does not follow from the journal",
    );
    let desk = kept();
    desk.tamper(&["UPDATE ledger SET verifier = 'example.com/quota+00000000+AAAA'"]);
    found(&desk, "the ledger names another public key, which does not follow from the journal");
}

#[test]
fn a_proof_is_checked_with_the_public_key_alone() {
    let desk = kept();
    let proof = desk.said(&["prove", "3"]);
    let elsewhere = Desk::empty();
    elsewhere.write("proof.json", &proof);
    elsewhere.write("quota.pub", &desk.read("weir-ledger.db.key.pub"));
    let verify = |name: &str, key: &str| {
        let output = elsewhere.run(&["verify-proof", name, "--public-key", key]);
        (output.status.code(), text(&output), errors(&output))
    };
    let (code, entry, said) = verify("proof.json", "quota.pub");
    assert_eq!((code, &entry), (Some(0), &desk.said(&["show", "3"])));
    assert_eq!(
        settled(&said),
        "entry 3 is in the ledger example.com/quota, among the 5 entries signed at ‹instant›\n"
    );

    elsewhere.write("other.pub", &Desk::new().read("weir-ledger.db.key.pub"));
    let (code, entry, said) = verify("proof.json", "other.pub");
    assert_eq!((code, entry), (Some(1), String::new()));
    assert!(said.contains("the checkpoint does not hold: the note is not signed with the key"));

    let mut edited: Value = serde_json::from_str(&proof).unwrap();
    let body = edited["entry"]["body"].as_str().unwrap().replace("\"3000\"", "\"30\"");
    edited["entry"]["body"] = body.into();
    elsewhere.write("edited.json", &edited.to_string());
    let (code, entry, said) = verify("edited.json", "quota.pub");
    assert_eq!((code, entry), (Some(1), String::new()));
    assert_eq!(
        said,
        "error: entry 3 is not what was signed: the path does not lead to the root in the checkpoint\n"
    );

    let mut later: Value = serde_json::from_str(&proof).unwrap();
    later["entry"]["number"] = 6.into();
    elsewhere.write("later.json", &later.to_string());
    let (_, _, said) = verify("later.json", "quota.pub");
    assert_eq!(said, "error: the proof is of entry 6, and only 5 entries were signed\n");
    elsewhere.write("none.json", "{}");
    let (_, _, said) = verify("none.json", "quota.pub");
    assert!(said.starts_with("error: this is no proof of an entry: missing field"), "{said}");
    elsewhere.write("words", "no key");
    let (_, _, said) = verify("proof.json", "words");
    assert!(said.contains("a key is written `NAME+ID+KEY`"), "{said}");
    elsewhere.write("secret", &desk.read("weir-ledger.db.key"));
    let (_, _, said) = verify("proof.json", "secret");
    assert!(said.contains("this is a private key, which must stay secret"), "{said}");
    let zh = ["verify-proof", "edited.json", "--public-key", "quota.pub", "--lang", "zh"];
    assert_eq!(
        elsewhere.refused(&zh),
        "错误：第 3 号分录不是所签署的内容：路径没有通向检查点中的根\n"
    );
}

#[test]
fn what_no_checkpoint_covers_is_not_proved() {
    let desk = kept();
    assert_eq!(desk.refused(&["prove", "0"]), "error: there is no entry 0; the last one is 5\n");
    assert_eq!(desk.refused(&["prove", "6"]), "error: there is no entry 6; the last one is 5\n");
    // Without the key an entry is recorded and not signed.
    fs::rename(desk.path("weir-ledger.db.key"), desk.path("apart")).unwrap();
    desk.moved(&["commit", "1", "--day", "2025-06-01"]);
    assert_eq!(
        desk.refused(&["prove", "6"]),
        "error: no checkpoint covers entry 6 yet; `weir ledger checkpoint` signs one\n"
    );
    let without = desk.refused(&["checkpoint"]);
    assert!(without.starts_with("error: there is no key to sign with\n\nhint: --key FILE"));
    desk.said(&["checkpoint", "--key", "apart"]);
    desk.said(&["prove", "6"]);
}

#[test]
fn a_key_that_others_can_read_does_not_sign() {
    use std::os::unix::fs::PermissionsExt;
    let desk = kept();
    let key = desk.path("weir-ledger.db.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = desk.refused(&["commit", "1"]);
    assert_eq!(
        said,
        "error: not done: `weir-ledger.db.key` can be read by others; `chmod 600` it\n"
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    // A key of another ledger signs nothing that its readers would believe.
    let other = Desk::empty();
    other.said(&["init", "--name", "example.org/other"]);
    fs::copy(other.path("weir-ledger.db.key"), &key).unwrap();
    let said = desk.refused(&["commit", "1"]);
    assert!(said.starts_with("error: not done: this is not the key of this ledger"), "{said}");
    assert!(desk.said(&["verify"]).contains("5 checkpoints in the ledger"));
}

/// What is written without the key is told, then and when it is verified.
#[test]
fn what_is_written_without_a_key_is_told() {
    let desk = Desk::new();
    desk.moved(&["own", "A", "B", "--source", "x"]);
    let key = desk.path("weir-ledger.db.key");
    fs::rename(&key, desk.path("apart.key")).unwrap();
    for _ in 0..2 {
        let output = desk.run(&["own", "A", "B", "--source", "x"]);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(said.matches("warning: no key is at hand").count(), 1, "{said}");
        assert!(said.contains("WEIR_LEDGER_KEY") && said.contains("example.com/quota+"), "{said}");
    }
    assert_eq!(errors(&desk.run(&["own", "A", "B", "--source", "x", "--quiet"])), "");
    let zh = errors(&desk.run(&["own", "A", "B", "--source", "x", "--lang", "zh"]));
    assert!(zh.contains("警告：没有密钥") && zh.contains("台账的公钥为"), "{zh}");
    // Nothing is said of what only reads.
    assert_eq!(errors(&desk.run(&["balance"])), "");
    let output = desk.run(&["verify"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("no checkpoint signs the last 4 entries"), "{said}");
    let zh = errors(&desk.run(&["verify", "--lang", "zh"]));
    assert!(zh.contains("最后 4 条分录未被任何检查点签署"), "{zh}");
    fs::rename(desk.path("apart.key"), key).unwrap();
    desk.said(&["checkpoint"]);
    assert_eq!(errors(&desk.run(&["verify"])), "");
}

/// An error before a movement is asked for says that it is not done.
#[test]
fn what_keeps_a_movement_from_being_asked_for_says_that_it_is_not_done() {
    let desk = Desk::new();
    let own = ["own", "A", "B", "--source", "x"];
    let nowhere = desk.refused(&[&own[..], &["--ledger", "nowhere.db"]].concat());
    assert!(nowhere.starts_with("error: not done: there is no ledger at nowhere.db"), "{nowhere}");
    let zh = desk.refused(&[&own[..], &["--ledger", "nowhere.db", "--lang", "zh"]].concat());
    assert!(zh.starts_with("错误：未执行：nowhere.db 没有台账"), "{zh}");
    // Who only reads asks for nothing.
    let reads = desk.refused(&["balance", "--ledger", "nowhere.db"]);
    assert!(reads.starts_with("error: there is no ledger"), "{reads}");
    let server = "postgres://127.0.0.1:1/none";
    let down = desk.refused(&[&own[..], &["--ledger", server]].concat());
    assert!(down.starts_with("error: not done: "), "{down}");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(desk.path("weir-ledger.db.key"), open).unwrap();
    let shared = desk.refused(&own);
    assert!(shared.starts_with("error: not done: "), "{shared}");
    desk.write("rows.csv", "event,owned,owner,source\nown,A,B,x\n");
    let rows = desk.refused(&["import", "rows.csv", "--ledger", "nowhere.db"]);
    assert!(rows.starts_with("error: not done: there is no ledger"), "{rows}");
    let check = desk.weir(&["check", "rows.csv", "--ledger", "nowhere.db", "--reserve"]);
    assert!(!check.status.success());
}

/// With the whole key moved away, `verify` has nothing to go by, and says so.
#[test]
fn a_history_that_nothing_outside_vouches_for_is_told() {
    let desk = kept();
    copy(&desk, "weir-ledger.db", "older.db");
    desk.moved(&["release", "5"]);
    fs::create_dir(desk.path("vault")).unwrap();
    for ending in ["", ".pub", ".checkpoint"] {
        let name = format!("weir-ledger.db.key{ending}");
        fs::rename(desk.path(&name), desk.path(&format!("vault/{name}"))).unwrap();
    }
    copy(&desk, "older.db", "weir-ledger.db");
    let own_word = "warning: nothing outside the ledger was looked at, and its public key is its \
                    own word: an older copy of it would not show, nor one that was made anew";
    let verify = desk.run(&["verify"]);
    assert_eq!(verify.status.code(), Some(0));
    assert!(errors(&verify).starts_with(own_word), "{}", errors(&verify));
    let chinese = errors(&desk.run(&["verify", "--lang", "zh"]));
    assert!(chinese.starts_with("警告：未核对台账之外的任何凭据"), "{chinese}");
    let strict = desk.run(&["verify", "--strict"]);
    assert_eq!(strict.status.code(), Some(1), "{}", errors(&strict));
    assert!(text(&strict).starts_with("the history holds"), "{}", text(&strict));
    // The public key alone knows a forgery, and no older copy.
    let public = ["verify", "--strict", "--public-key", "vault/weir-ledger.db.key.pub"];
    let known = desk.run(&public);
    assert_eq!(known.status.code(), Some(1));
    let said = errors(&known);
    assert!(said.starts_with("warning: no checkpoint kept outside the ledger"), "{said}");
    let found = desk.refused(&["verify", "--key", "vault/weir-ledger.db.key"]);
    assert!(found.contains("a checkpoint kept outside covers 6"), "{found}");
    let checkpoint = ["--checkpoint", "vault/weir-ledger.db.key.checkpoint"];
    let found = desk.refused(&[&public[..], &checkpoint].concat());
    assert!(found.contains("a checkpoint kept outside covers 6"), "{found}");
}

#[test]
fn nothing_is_doubted_of_a_history_with_its_key() {
    let desk = kept();
    let verify = desk.run(&["verify", "--strict"]);
    assert_eq!((verify.status.code(), errors(&verify)), (Some(0), String::new()));
}
