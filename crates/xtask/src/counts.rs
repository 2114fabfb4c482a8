//! Reads from the closing lines of a test runner how many tests passed and failed.

use std::ops::AddAssign;

/// How many tests there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that passed.
    pub passed: usize,
    /// Those that failed, ran out of time or could not be started.
    pub failed: usize,
    /// Those that were not run.
    pub skipped: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Counts {
    /// The counts that a line of output states, if it is a closing line of `cargo test`, of
    /// `cargo nextest` or of `pytest`.
    pub fn of_line(line: &str) -> Option<Counts> {
        let plain = without_color(line);
        if let Some(counts) = Counts::of_pytest(&plain) {
            return Some(counts);
        }
        // Nextest shows the closing line of a test that failed, indented; it is not one of its own.
        let tail = match plain.strip_prefix("test result:") {
            Some(tail) => tail,
            None => {
                let summary = plain.trim_start().strip_prefix("Summary")?;
                summary.split_once("tests run:").or_else(|| summary.split_once("test run:"))?.1
            }
        };
        let mut counts = Counts::default();
        let words: Vec<&str> =
            tail.split([' ', ',', ';', '(', ')']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" => counts.passed += number,
                "failed" | "timed" | "exec" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }
}

impl Counts {
    /// The counts of `5 passed, 1 skipped in 2.31s`, between signs of equality or bare. A test that
    /// fails as it should (`xfailed`) says nothing: it counts as not run.
    fn of_pytest(line: &str) -> Option<Counts> {
        let line = line.trim_end().trim_matches('=').trim();
        let (said, took) = line.rsplit_once(" in ")?;
        // Past a minute it says the time twice: `61.20s (0:01:01)`.
        let seconds = took.split(' ').next()?.strip_suffix('s')?;
        if seconds.parse::<f64>().is_err() {
            return None;
        }
        let mut counts = Counts::default();
        for part in said.split(", ") {
            let (number, word) = part.split_once(' ')?;
            let number = match (number, word) {
                ("no", "tests ran") => return Some(counts),
                (number, _) => number.parse::<usize>().ok()?,
            };
            match word {
                "passed" => counts.passed += number,
                "failed" | "error" | "errors" | "xpassed" => counts.failed += number,
                "skipped" | "xfailed" | "deselected" => counts.skipped += number,
                "warning" | "warnings" => {}
                _ => return None,
            }
        }
        Some(counts)
    }
}

fn without_color(line: &str) -> String {
    let mut plain = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(usize, usize, usize)>) {
        let found = Counts::of_line(line).map(|it| (it.passed, it.failed, it.skipped));
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn reads_closing_lines_and_no_others() {
        check(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished",
            Some((5, 0, 1)),
        );
        check("test result: FAILED. 5 passed; 2 failed; 0 ignored", Some((5, 2, 0)));
        check("     Summary [   0.012s] 7 tests run: 7 passed, 0 skipped", Some((7, 0, 0)));
        check("     Summary [ 9.1s] 1 test run: 1 passed (1 slow), 3 skipped", Some((1, 0, 3)));
        check(
            "  Summary [ 9s] 9 tests run: 5 passed, 2 failed, 1 timed out, 1 exec failed, 0 skipped",
            Some((5, 4, 0)),
        );
        check(
            "\u{1b}[32;1m Summary\u{1b}[0m [ 1s] \u{1b}[1m2\u{1b}[0m tests run: \
             \u{1b}[1m2\u{1b}[0m \u{1b}[32mpassed\u{1b}[0m, 0 skipped",
            Some((2, 0, 0)),
        );
        check("test reads_closing_lines ... ok", None);
        check("    test result: FAILED. 0 passed; 1 failed; 0 ignored", None);
        check("5 passed, 0 failed", None);
    }

    #[test]
    fn reads_closing_lines_of_pytest() {
        check("===== 5 passed in 0.31s =====", Some((5, 0, 0)));
        check("45 passed, 2 skipped, 1 warning in 61.20s (0:01:01)", Some((45, 0, 2)));
        check("= 1 failed, 4 passed, 2 errors in 3.00s =", Some((4, 3, 0)));
        check("\u{1b}[32m\u{1b}[1m7 passed\u{1b}[0m\u{1b}[32m in 0.10s\u{1b}[0m", Some((7, 0, 0)));
        check("1 passed, 1 xfailed, 1 xpassed in 0.10s", Some((1, 1, 1)));
        check("no tests ran in 0.01s", Some((0, 0, 0)));
        check("1 error in 0.50s", Some((0, 1, 0)));
        check("60 lines in 2.0s", None);
        check("5 passed in a moment", None);
        check("tests/test_rows.py .....    [100%]", None);
    }
}
