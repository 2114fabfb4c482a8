//! Notes against the published ones, and what is wrong with each that is none.

use super::*;

/// The keys and notes of golang.org/x/mod/sumdb/note (`note_test.go`).
const PETER_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETERS: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2\
                      pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCHS: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5\
                      ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

/// The key of the Go checksum database, and a head that it signed.
const GO: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const GO_TREE: &str = "go.sum database tree\n\
    6476701\n\
    mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\
    \n\
    — sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvi\
    mWEPWL+o3GeoWwOoAw=\n";

fn public(text: &str) -> PublicKey {
    text.parse().expect("a public key")
}

fn peter() -> SigningKey {
    PETER_SECRET.parse().expect("a private key")
}

#[test]
fn keys_are_read_and_written_as_go_does() {
    assert_eq!(peter().to_secret_text(), PETER_SECRET);
    assert_eq!(peter().public_key().to_string(), PETER);
    for text in [PETER, ENOCH, GO] {
        assert_eq!(public(text).to_string(), text);
        assert_eq!(public(&format!("{text}\n")), public(text));
    }
    assert_eq!(public(PETER).name(), "PeterNeumann");
    assert_eq!(public(PETER).id(), 0xc74f_20a3);
    let shown = format!("{:?}", peter());
    assert_eq!(shown, format!("SigningKey({PETER})"));
}

#[test]
fn a_key_comes_of_its_entropy() {
    let key = SigningKey::generate("example.com/quota", [7; 32]).expect("a key");
    assert_eq!(key.to_secret_text().parse::<SigningKey>().expect("reads").name(), key.name());
    let other = SigningKey::generate("example.com/quota", [8; 32]).expect("a key");
    assert_ne!(key.public_key(), other.public_key());
    for name in ["", "a b", "a+b", "a\nb", "a\u{3000}b", "a\u{1}"] {
        let error = SigningKey::generate(name, [7; 32]).expect_err(name);
        assert_eq!(error, KeyError::Name(name.into()));
    }
}

/// As `TestNewVerifier` and `TestNewSigner` of Go: no part of a key is a key, and no byte of it can
/// be another.
#[test]
fn no_other_text_is_the_key() {
    let is_key =
        |text: &str| text.parse::<PublicKey>().is_ok() || text.parse::<SigningKey>().is_ok();
    for text in [PETER, PETER_SECRET] {
        for (start, _) in text.char_indices() {
            for end in start..=text.len() {
                let whole = start == 0 && end == text.len();
                let public_part = text == PETER_SECRET && &text[start..end] == PETER;
                assert!(
                    whole || public_part || !is_key(&text[start..end]),
                    "{}",
                    &text[start..end]
                );
            }
        }
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] += 1;
            let changed = String::from_utf8(bytes).expect("still ASCII");
            assert!(!is_key(&changed), "{changed}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_key_is_said() {
    let error = |text: &str| text.parse::<PublicKey>().expect_err(text);
    assert_eq!(error(PETER_SECRET), KeyError::Private);
    assert_eq!(PETER.parse::<SigningKey>().expect_err("public"), KeyError::NotPrivate);
    assert_eq!(error("PeterNeumann"), KeyError::Part("+ID"));
    assert_eq!(error("PeterNeumann+c74f20a3"), KeyError::Part("+KEY"));
    assert_eq!(error(&PETER.replace("Peter", "Peter ")), KeyError::Nameless);
    assert_eq!(error(&PETER.replace("+c74", "+C74")), KeyError::Id);
    assert_eq!(error(&PETER.replace("+c74", "+74")), KeyError::Id);
    assert_eq!(error(&PETER.replace("+AR", "+?R")), KeyError::Base64);
    assert_eq!(error(&PETER.replace("+AR", "+ZR")), KeyError::Algorithm(101));
    assert_eq!(error("PeterNeumann+c74f20a3+"), KeyError::Length(0));
    assert_eq!(error("PeterNeumann+c74f20a3+AR=="), KeyError::Base64);
    assert_eq!(error("PeterNeumann+c74f20a3+AQID"), KeyError::Length(2));
    let (written, right) = ("c74f20a3".into(), "38b4c5a4".into());
    let renamed = error(&PETER.replace("Peter", "Paul"));
    let KeyError::OtherId { written: found, .. } = renamed else { panic!("{renamed:?}") };
    assert_eq!(found, written);
    let said = KeyError::OtherId { written, right }.to_string();
    assert!(said.contains("`c74f20a3`") && said.contains("`38b4c5a4`"), "{said}");
}

#[test]
fn notes_are_signed_as_go_does() {
    assert_eq!(sign(TEXT, &peter()), Ok(format!("{TEXT}\n{PETERS}")));
    assert_eq!(open(GO_TREE, &public(GO)), Ok(&GO_TREE[..GO_TREE.find("\n\n").unwrap_or(0) + 1]));
    let note = format!("{TEXT}\n{PETERS}{ENOCHS}");
    assert_eq!(open(&note, &public(PETER)), Ok(TEXT));
    assert_eq!(open(&note, &public(ENOCH)), Ok(TEXT));
    assert_eq!(
        open(&note, &public(GO)),
        Err(NoteError::OtherKey { name: "sum.golang.org".into(), id: 0x033d_e0ae })
    );
    let paragraphs = "one\n\ntwo\n";
    let note = sign(paragraphs, &peter()).expect("signs");
    assert_eq!(open(&note, &public(PETER)), Ok(paragraphs));
    assert_eq!(sign("abc", &peter()), Err(NoteError::Unended));
    assert_eq!(sign("abc\r\n", &peter()), Err(NoteError::Control(1)));
}

#[test]
fn a_changed_note_is_not_signed() {
    let forged = NoteError::Forged { name: "PeterNeumann".into(), id: 0xc74f_20a3 };
    let note = format!("{TEXT}\n{PETERS}");
    let changed = note.replace("your problem", "our problem");
    assert_eq!(open(&changed, &public(PETER)), Err(forged.clone()));
    // One right signature does not make up for a wrong one by the same key.
    let twice = format!("{note}{}", PETERS.replace("ZJku", "ZJkv"));
    assert_eq!(open(&twice, &public(PETER)), Err(forged));
    let renamed = note.replace("— Peter", "— Paul");
    assert!(matches!(open(&renamed, &public(PETER)), Err(NoteError::OtherKey { .. })));
}

#[test]
fn what_is_wrong_with_a_note_is_said() {
    let error = |note: &str| open(note, &public(PETER)).expect_err(note);
    assert_eq!(error(TEXT), NoteError::Unsigned);
    assert_eq!(error(&format!("{TEXT}\n")), NoteError::Unsigned);
    let unended = format!("{TEXT}\n{}", PETERS.trim_end());
    assert_eq!(error(&unended), NoteError::SignatureLine(4));
    assert_eq!(error(&format!("\u{1}{TEXT}\n{PETERS}")), NoteError::Control(1));
    assert_eq!(error(&format!("{TEXT}\n{PETERS}more\n")), NoteError::SignatureLine(5));
    let spaced = PETERS.replace("Peter", "Peter ");
    assert_eq!(error(&format!("{TEXT}\n{spaced}")), NoteError::SignatureLine(4));
    assert_eq!(error(&format!("{TEXT}\n— PeterNeumann x08goA==\n")), NoteError::SignatureLine(4));
    let short = format!("{TEXT}\n— PeterNeumann x08go/ZJkuBS\n");
    assert!(matches!(error(&short), NoteError::Forged { .. }));
    let many = format!("{TEXT}\n{}", ENOCHS.repeat(101));
    assert_eq!(error(&many), NoteError::ManySignatures);
    let hundred = format!("{TEXT}\n{}{PETERS}", ENOCHS.repeat(99));
    assert_eq!(open(&hundred, &public(PETER)), Ok(TEXT));
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: "PeterNeumann".into(),
        size: 17,
        root: Hash::of(&[b"root"]),
        head: Hash::of(&[b"head"]),
        time: "2026-07-01T12:00:00.5Z".parse().expect("a time"),
    }
}

#[test]
fn a_checkpoint_is_a_note_of_five_lines() {
    let note = checkpoint().sign(&peter()).expect("signs");
    expect_test::expect![[r#"
        PeterNeumann
        17
        SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=
        head 9f2e6d33a3717ee826353a404ba4618d1aeeb6879ad7936bce8ed5f46814924d
        time 2026-07-01T12:00:00.5Z

        — PeterNeumann x08go/w6TQ/lIr26eZ017xWBhWdu0L3X0HOUC8GmNoRLRlDx5i92AEij7UcPp5JHJM+CkYDlEUbcp9PmIanbu4oQZws=
    "#]]
    .assert_eq(&note);
    assert_eq!(Checkpoint::open(&note, &public(PETER)), Ok(checkpoint()));
}

#[test]
fn a_key_signs_for_its_own_ledger() {
    let enoch = Checkpoint { origin: "EnochRoot".into(), ..checkpoint() };
    let other =
        CheckpointError::OtherOrigin { origin: "EnochRoot".into(), key: "PeterNeumann".into() };
    assert_eq!(enoch.sign(&peter()), Err(other.clone()));
    let note = sign(&enoch.to_text(), &peter()).expect("signs");
    assert_eq!(Checkpoint::open(&note, &public(PETER)), Err(other));
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_said() {
    let text = checkpoint().to_text();
    let open = |text: &str| {
        let note = sign(text, &peter()).expect("signs");
        Checkpoint::open(&note, &public(PETER))
    };
    let error = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        open(&text.replacen(from, to, 1)).expect_err(to)
    };
    assert_eq!(error("\n17\n", "\n017\n"), CheckpointError::Size("017".into()));
    assert_eq!(error("\n17\n", "\n+17\n"), CheckpointError::Size("+17".into()));
    assert_eq!(
        error("\n17\n", "\n\n"),
        CheckpointError::Missing { line: 2, what: "the size of the tree" }
    );
    assert!(matches!(error("\nSB", "\nS"), CheckpointError::Root(_)));
    assert!(matches!(error("\nhead ", "\nHead "), CheckpointError::Head(_)));
    assert!(matches!(error("\nhead ", "\nhead  "), CheckpointError::Head(_)));
    assert!(matches!(error("Z\n", "\n"), CheckpointError::Time(_)));
    assert!(matches!(error("12:00:00.5Z", "12:00:00.50Z"), CheckpointError::Time(_)));
    assert!(matches!(error("12:00:00.5Z", "14:00:00.5+02:00"), CheckpointError::Time(_)));
    let time = "time 2026-07-01T12:00:00.5Z\n";
    assert!(matches!(error(time, ""), CheckpointError::Missing { line: 5, .. }));
    let gap = error(time, &format!("{time}\nmore\n"));
    assert!(matches!(gap, CheckpointError::Missing { line: 6, .. }), "{gap:?}");
    assert_eq!(open(&format!("{text}witness quorum 2\n")), Ok(checkpoint()));
    assert!(matches!(
        Checkpoint::open(GO_TREE, &public(GO)),
        Err(CheckpointError::Missing { line: 4, .. })
    ));
    let unsigned = Checkpoint::open(&text, &public(PETER));
    assert_eq!(unsigned, Err(CheckpointError::Note(NoteError::Unsigned)));
}
