//! The plain way to read a line against the way through JSON.

use proptest::prelude::*;

use super::*;

/// A line of every event, as the journal writes it.
const LINES: [&str; 9] = [
    concat!(
        r#"{"v":1,"n":1,"at":"2026-11-26T04:23:08.322079Z","key":"a-1","by":"desk","#,
        r#""event":"reserve","day":"2025-06-02","amount":"15832","#,
        r#""legs":[{"quota":"country-allocation","key":["MY"],"step":"2025-01-01","#,
        r#""limit":"790000000.5"},{"quota":"lpp","key":["a","b"],"step":"2025-01-01"}],"#,
        r#""expires":"2026-12-26T04:23:08Z","after":2592000,"item":"nvidia-h100-sxm","#,
        r#""units":12,"note":"line 1"}"#,
    ),
    concat!(
        r#"{"v":1,"n":2,"at":"2026-11-26T04:23:08.32Z","by":"desk","event":"commit","#,
        r#""reservation":1,"day":"2025-06-03","amount":"15000","returned":"832","units":11}"#,
    ),
    concat!(
        r#"{"v":1,"n":3,"at":"2026-11-26T04:23:09Z","key":"b","by":"desk","#,
        r#""event":"release","reservation":10,"returned":"0.000001"}"#,
    ),
    concat!(
        r#"{"v":1,"n":4,"at":"2026-11-26T04:23:09Z","by":"weir","event":"expire","#,
        r#""reservation":7,"returned":"5","expires":"2026-11-26T04:23:09Z"}"#,
    ),
    concat!(
        r#"{"v":1,"n":5,"at":"2026-11-26T04:23:09Z","by":"desk","event":"retire","#,
        r#""day":"2025-06-02","amount":"4799.5","legs":[{"quota":"nveu","#,
        r#""key":["Gulf Cloud","AE"],"step":"2025-04-01"}],"reason":"failed","note":""}"#,
    ),
    concat!(
        r#"{"v":1,"n":6,"at":"2026-11-26T04:23:09Z","by":"desk","event":"adjust","#,
        r#""day":"2025-06-02","amount":"-0.25","to":"0","legs":[{"quota":"lpp","key":["x"],"#,
        r#""step":"2025-01-01"}],"source":"a letter"}"#,
    ),
    concat!(
        r#"{"v":1,"n":7,"at":"2026-11-26T04:23:09Z","by":"desk","event":"raise","#,
        r#""to":"1000","legs":[{"quota":"country-allocation","key":["PL"]}],"#,
        r#""source":"a note"}"#,
    ),
    concat!(
        r#"{"v":1,"n":8,"at":"2026-11-26T04:23:09Z","by":"desk","event":"own","#,
        r#""amount":"60","owned":"Ürün","owner":"中芯","source":"register"}"#,
    ),
    concat!(
        r#"{"v":1,"n":9,"at":"2026-11-26T04:23:09Z","by":"a \"desk\"\n","event":"release","#,
        r#""reservation":1,"returned":"1"}"#,
    ),
];

/// Pieces that mistakes are made of.
const PIECES: [&str; 31] = [
    "0",
    "1",
    "-",
    ".",
    "00",
    "\"",
    ",",
    "{",
    "}",
    "[",
    "]",
    ":",
    " ",
    "\\n",
    "\u{7}",
    "é",
    "null",
    "\"note\":\"\"",
    ",\"owner\":\"x\"",
    ",\"after\":1",
    ",\"units\":0",
    ",\"to\":\"1\"",
    "+00:00",
    "2025-02-30",
    "-0",
    "1e3",
    "\"v\":1,",
    "\\u0041",
    "60",
    "24",
    "Z",
];

fn assert_same(line: &str) {
    match (decode(line), decode_json(line)) {
        (Ok(plain), Ok(json)) => assert_eq!(plain, json, "{line}"),
        (Err(_), Err(_)) => {}
        (plain, json) => panic!("{line}\nplain: {plain:?}\njson: {json:?}"),
    }
}

#[test]
fn every_event_is_read_and_written_the_same() {
    for line in LINES {
        let entry = decode(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(encode(&entry), line);
        assert_eq!(entry, decode_json(line).unwrap());
        // Only escapes need the reader of JSON.
        assert_eq!(scan::line(line).is_some(), !line.contains('\\'), "{line}");
    }
}

#[test]
fn what_would_be_written_otherwise_is_no_entry() {
    for (from, to) in [
        ("\"15832\"", "\"015832\""),
        ("\"15832\"", "\"15832.0\""),
        ("\"15832\"", "\"+15832\""),
        ("\"n\":1", "\"n\":01"),
        ("08.322079Z", "08.3220790Z"),
        ("08.322079Z", "08.322079+00:00"),
        ("08.322079Z", "60.322079Z"),
        ("08.322079Z", "60Z"),
        ("08.322079Z", "08.3220790001Z"),
        ("08.322079Z", "08.Z"),
        ("08.322079Z", "08,322079Z"),
        ("T04:23:08", " 04:23:08"),
        ("T04:23:08", "t04:23:08"),
        ("T04:23:08", "T24:23:08"),
        ("T04:23:08", "T04:60:08"),
        ("2025-06-02", "20250602"),
        ("\"line 1\"", "\"line\\u00201\""),
        (",\"note\":\"line 1\"", ",\"note\":\"line 1\",\"source\":\"x\""),
        ("\"v\":1,\"n\":1", "\"n\":1,\"v\":1"),
        ("\"step\":\"2025-01-01\"}]", "\"step\":\"2025-01-01\"}] "),
    ] {
        let line = LINES[0].replacen(from, to, 1);
        assert_ne!(line, LINES[0]);
        assert!(decode(&line).is_err(), "{line}");
        assert_same(&line);
    }
    let raise = LINES[6].replace("[\"PL\"]", "[\"PL\"],\"step\":\"2025-01-01\"");
    assert!(decode(&raise).is_err());
    assert_same(&raise);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn both_ways_read_the_same(
        line in 0..LINES.len(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..4usize, 0..PIECES.len()),
            1..3,
        ),
    ) {
        let mut text: Vec<char> = LINES[line].chars().collect();
        for (at, cut, piece) in changes {
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        assert_same(&text.into_iter().collect::<String>());
    }
}
