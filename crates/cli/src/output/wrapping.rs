//! Breaks text into lines of a width, counting what a terminal shows: Chinese takes two columns.
//!
//! It must not know what the text is about, nor color it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text without what would move the cursor or break the line.
pub fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A text with spaces after it, up to a width.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text with spaces before it, up to a width.
pub fn padded_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The lines of a text, none wider than the columns.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let text = plain(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(&text) {
        let room = columns.saturating_sub(width(&line));
        if width(word.trim_end()) <= room {
            line.push_str(word);
            continue;
        }
        if !line.trim().is_empty() {
            lines.push(line.trim_end().to_string());
        }
        line = cut(word, columns, &mut lines);
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_string());
    }
    lines
}

/// A text after something that stands before it, its further lines set in as far.
pub fn hanging(before: &str, text: &str, columns: usize) -> String {
    let indent = width(before);
    let lines = wrapped(text, columns.saturating_sub(indent));
    let next = format!("\n{}", " ".repeat(indent));
    format!("{before}{}", lines.join(&next))
}

/// What a text of the packs says of any transaction: the names of facts stand for their values.
pub fn generic(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(&format!("{before}‹{name}›"));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// At most so many lines of a text: whole sentences where they fit, and a sign that more is there.
pub fn clipped(text: &str, columns: usize, lines_max: usize) -> Vec<String> {
    let whole = wrapped(text, columns);
    if whole.len() <= lines_max {
        return whole;
    }
    let ends: Vec<usize> = sentence_ends(text).collect();
    for end in ends.into_iter().rev() {
        let lines = wrapped(&format!("{} …", text[..end].trim_end()), columns);
        if lines.len() <= lines_max {
            return lines;
        }
    }
    let mut lines: Vec<String> = whole.into_iter().take(lines_max).collect();
    if let Some(last) = lines.last_mut() {
        while width(last) + 1 > columns {
            last.pop();
        }
        let kept = last.trim_end_matches([' ', ',', ';', '，', '；', '、']).len();
        last.truncate(kept);
        last.push('…');
    }
    lines
}

/// A word that is too wide, in pieces; gives back the last one.
fn cut(word: &str, columns: usize, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for letter in word.chars() {
        if width(&line) + letter.width().unwrap_or(0) > columns && letter != ' ' {
            // A code such as `nvidia-rtx-pro-6000` breaks after a hyphen, if it has one.
            let at = line.rfind(['-', '/', '_']).filter(|at| at * 2 > line.len());
            let rest = at.map_or(String::new(), |at| line.split_off(at + 1));
            lines.push(std::mem::replace(&mut line, rest));
        }
        line.push(letter);
    }
    line
}

/// The pieces between which a line may break, each with the spaces that follow it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = break_after(rest);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// Where the first break of a text lies: after spaces, or beside a wide letter.
fn break_after(text: &str) -> usize {
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        let Some((_, next)) = letters.peek().copied() else { break };
        let after_space = letter == ' ' && next != ' ';
        let beside_wide = (is_wide(letter) || is_wide(next)) && next != ' ' && letter != ' ';
        if after_space || (beside_wide && !opens(letter) && !closes(next)) {
            return end;
        }
    }
    text.len()
}

fn is_wide(letter: char) -> bool {
    letter.width() == Some(2)
}

fn opens(letter: char) -> bool {
    matches!(letter, '（' | '《' | '“' | '「' | '【' | '(' | '[')
}

fn closes(letter: char) -> bool {
    "，。；：、！？）》”」】,.;:!?)]%…".contains(letter)
}

/// Where the sentences of a text end.
fn sentence_ends(text: &str) -> impl Iterator<Item = usize> {
    let letters = text.char_indices();
    letters.filter_map(move |(at, letter)| {
        let end = at + letter.len_utf8();
        let ends = match letter {
            '。' | '；' => true,
            // A sentence goes on with a capital; `15 CFR, para. (b)` does not end one.
            '.' => text[end..]
                .strip_prefix(' ')
                .and_then(|rest| rest.chars().next())
                .is_some_and(char::is_uppercase),
            _ => false,
        };
        ends.then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrapped("", 8), Vec::<String>::new());
    }

    #[test]
    fn counts_chinese_twice_and_keeps_punctuation_at_the_end() {
        for line in wrapped("该集成电路的总处理性能为15,832（4,800及以上），传输速率为900。", 20)
        {
            assert!(width(&line) <= 20, "{line}");
            assert!(!line.starts_with(['，', '。', '）']), "{line}");
        }
    }

    #[test]
    fn cuts_a_long_word_after_a_hyphen() {
        assert_eq!(wrapped("nvidia-rtx-pro-6000-server", 20), ["nvidia-rtx-pro-6000-", "server"]);
        assert_eq!(wrapped("aaaaaaaaaa", 4), ["aaaa", "aaaa", "aa"]);
    }

    #[test]
    fn hangs_further_lines_under_the_first() {
        assert_eq!(hanging("2025  ", "one two three", 14), "2025  one two\n      three");
        assert_eq!(hanging("年  ", "一二三", 8), "年  一二\n    三");
    }

    #[test]
    fn names_stand_for_values() {
        assert_eq!(generic("{a.b} of {c}, {d"), "‹a.b› of ‹c›, {d");
        assert_eq!(generic("plain"), "plain");
    }

    #[test]
    fn clips_at_a_sentence() {
        let text = "First one. Second one that is long. Third.";
        assert_eq!(clipped(text, 20, 1), ["First one. …"]);
        assert_eq!(clipped("no end anywhere in this text at all", 12, 1), ["no end…"]);
    }

    #[test]
    fn lets_no_escape_through() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a [31mb c");
    }
}
