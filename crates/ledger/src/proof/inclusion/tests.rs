//! Proofs that hold, and every way in which one may not.

use super::super::merkle::{Frontier, MerkleError, inclusion_path};
use super::super::note::{NoteError, SigningKey, sign};
use super::*;

const ORIGIN: &str = "example.com/quota";

fn key(seed: u8) -> SigningKey {
    SigningKey::generate(ORIGIN, [seed; 32]).expect("a key")
}

fn body(number: u64) -> String {
    format!("{{\"number\":{number},\"what\":\"预留 \\\"7\\\"\"}}")
}

/// A ledger of some entries, and the proof of one.
struct Ledger {
    hashes: Vec<Hash>,
    checkpoint: Checkpoint,
}

impl Ledger {
    fn of(size: u64) -> Ledger {
        let mut hashes = vec![chain::start(ORIGIN)];
        let mut frontier = Frontier::new();
        for number in 1..=size {
            let next = chain::next(&hashes[hashes.len() - 1], body(number).as_bytes());
            let _ = frontier.append(&next);
            hashes.push(next);
        }
        let checkpoint = Checkpoint {
            origin: ORIGIN.into(),
            size,
            root: frontier.root(),
            head: hashes[hashes.len() - 1],
            time: "2026-07-01T12:00:00Z".parse().expect("a time"),
        };
        Ledger { hashes, checkpoint }
    }

    fn proof(&self, number: u64) -> Document {
        let size = self.checkpoint.size;
        let path = inclusion_path(number - 1, size, |_, index| {
            Ok::<_, MerkleError>(self.hashes[index as usize + 1])
        });
        let previous = self.hashes[number as usize - 1];
        Document::new(
            Entry { number, previous, body: body(number) },
            path.expect("it is in the tree"),
            self.checkpoint.sign(&key(1)).expect("signs"),
        )
    }
}

fn error(document: &Document) -> ProofError {
    verify(document, &key(1).public_key()).expect_err("does not hold")
}

#[test]
fn every_entry_has_a_proof_that_holds() {
    for size in [1, 2, 7, 64, 100] {
        let ledger = Ledger::of(size);
        for number in 1..=size {
            let document = ledger.proof(number);
            let read = Document::from_json(&document.to_string()).expect("reads");
            assert_eq!(read, document);
            let Checkpoint { origin, time, .. } = ledger.checkpoint.clone();
            let hash = ledger.hashes[number as usize];
            let verified = Verified { origin, number, hash, size, time };
            assert_eq!(verify(&read, &key(1).public_key()), Ok(verified));
        }
    }
}

#[test]
fn a_proof_is_what_is_written_down() {
    let document = Ledger::of(3).proof(2);
    expect_test::expect![[r#"
        {
          "format": "weir-ledger-proof-v1",
          "entry": {
            "number": 2,
            "previous": "70b43d28936d726e46d6b76c7681216851fd332eb4b2148d0c4ef280d64e0eea",
            "body": "{\"number\":2,\"what\":\"预留 \\\"7\\\"\"}"
          },
          "path": [
            "fce73a4ed9dfde721cef04d3eb53d785eabaadfa8591a89cbf77ecf3a73f4646",
            "ef040186ede98aed728c8ada695d5b89905065d268184fba631e3afcceff02f1"
          ],
          "checkpoint": "example.com/quota\n3\nGDwMW6SVv90XlL5VY2vhfcb+2vWgh5WKTUGG+G+0rwc=\nhead 50151d7b9a854a7f0afdcc7632946c36069b3be0330c902b2630adfe12868e20\ntime 2026-07-01T12:00:00Z\n\n— example.com/quota YUPLEw6E8T9gCTJnEP2sVGb0HzWVO1KKTJ9+0KBYxrA7gAKNji17CRVIChMPy61tnI80F4MxJI1gQWF/6FsWC18m8gA=\n"
        }"#]].assert_eq(&document.to_string());
}

#[test]
fn another_key_proves_nothing() {
    let document = Ledger::of(7).proof(3);
    let found = verify(&document, &key(2).public_key());
    let id = key(2).public_key().id();
    let other = NoteError::OtherKey { name: ORIGIN.into(), id };
    assert_eq!(found, Err(ProofError::Checkpoint(CheckpointError::Note(other))));
}

#[test]
fn another_entry_is_not_proved() {
    let good = Ledger::of(7).proof(3);
    let mut document = good.clone();
    document.entry.body.push(' ');
    assert_eq!(error(&document), ProofError::Root(3));
    let mut document = good.clone();
    document.entry.previous = Hash::of(&[]);
    assert_eq!(error(&document), ProofError::Root(3));
    let mut document = good.clone();
    document.entry.number = 4;
    assert_eq!(error(&document), ProofError::Root(4));
    document.entry.number = 0;
    assert_eq!(error(&document), ProofError::Zero);
    document.entry.number = 8;
    assert_eq!(error(&document), ProofError::NotSigned { number: 8, size: 7 });
    document.entry.number = 7;
    assert_eq!(
        error(&document),
        ProofError::PathLength { number: 7, size: 7, expected: 2, found: 3 }
    );
    let mut document = good.clone();
    document.path.swap(0, 1);
    assert_eq!(error(&document), ProofError::Root(3));
    document.path.clear();
    assert!(matches!(error(&document), ProofError::PathLength { expected: 3, found: 0, .. }));
    let mut document = good;
    document.format = "weir-ledger-proof-v2".into();
    assert_eq!(error(&document), ProofError::Format("weir-ledger-proof-v2".into()));
}

#[test]
fn a_ledger_that_signs_what_cannot_be_is_found_out() {
    let mut ledger = Ledger::of(5);
    ledger.checkpoint.head = Hash::of(&[]);
    assert!(verify(&ledger.proof(4), &key(1).public_key()).is_ok());
    assert_eq!(error(&ledger.proof(5)), ProofError::Head(5));
    // A history with another beginning, well signed.
    let mut document = Ledger::of(1).proof(1);
    document.entry.previous = chain::start("elsewhere");
    let head = chain::next(&document.entry.previous, document.entry.body.as_bytes());
    let mut frontier = Frontier::new();
    let _ = frontier.append(&head);
    let checkpoint = Checkpoint { root: frontier.root(), head, ..Ledger::of(1).checkpoint };
    document.checkpoint = checkpoint.sign(&key(1)).expect("signs");
    assert_eq!(error(&document), ProofError::Start(ORIGIN.into()));
    let mut document = Ledger::of(3).proof(2);
    document.checkpoint = sign("no checkpoint\n", &key(1)).expect("signs");
    let missing = error(&document).to_string();
    expect_test::expect![
        "the checkpoint does not hold: the checkpoint has no line 2: the size of the tree"
    ]
    .assert_eq(&missing);
}

#[test]
fn what_is_no_document_is_said() {
    let error = |text: &str| Document::from_json(text).expect_err(text);
    assert!(matches!(error("{"), ProofError::Json(_)));
    assert!(matches!(error("[]"), ProofError::Json(_)));
    let other = error("{\"format\": \"weir-ledger-proof-v9\", \"leaf\": 3}");
    assert_eq!(other, ProofError::Format("weir-ledger-proof-v9".into()));
    let json = Ledger::of(3).proof(2).to_string();
    for (from, to) in [
        ("\"number\": 2", "\"number\": 2.0"),
        ("\"number\": 2", "\"number\": -2"),
        ("\"number\": 2,", ""),
        ("\"number\": 2", "\"number\": 2, \"more\": 1"),
        ("\"number\": 2", "\"number\": 2, \"number\": 2"),
        ("\"path\"", "\"Path\""),
        ("\"previous\": \"", "\"previous\": \"0"),
    ] {
        assert!(json.contains(from), "{from}");
        assert!(matches!(error(&json.replacen(from, to, 1)), ProofError::Json(_)), "{to}");
    }
    assert!(matches!(error(&format!("{json}{json}")), ProofError::Json(_)));
}

/// There is no byte of a document that may be another.
#[test]
fn no_byte_may_change() {
    let json = serde_json::to_string(&Ledger::of(5).proof(4)).expect("writes");
    let key = key(1).public_key();
    let holds = |text: &str| Document::from_json(text).and_then(|it| verify(&it, &key)).is_ok();
    assert!(holds(&json));
    for (at, letter) in json.char_indices() {
        for other in ['0', 'A', 'a', '"', ' ', '\u{e9}'] {
            if other == letter {
                continue;
            }
            let rest = &json[at + letter.len_utf8()..];
            let changed = format!("{}{other}{rest}", &json[..at]);
            assert!(!holds(&changed), "{changed}");
        }
        let left_out = format!("{}{}", &json[..at], &json[at + letter.len_utf8()..]);
        assert!(!holds(&left_out), "{left_out}");
    }
}
