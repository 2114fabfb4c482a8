//! The regimes on a time line, as bars and as a list of days.

use std::io::{IsTerminal, Write};

use jiff::civil::{Date, date};
use law::Law;
use law::pack::{Pack, State};

use crate::output::table_columns;
use crate::output::wrapping::{generic, hanging};
use crate::{Common, Done};

const MONTHS_A_CELL: i32 = 2;

/// Draws the time line.
///
/// # Errors
/// An output that cannot be written.
pub fn run(out: &mut dyn Write, law: &Law, common: &Common) -> anyhow::Result<Done> {
    let language = common.lang;
    let first = date(2022, 1, 1);
    let last = date(2029, 12, 31);
    let cells = (last.year() as i32 - first.year() as i32 + 1) * 12 / MONTHS_A_CELL;
    let columns = table_columns(std::io::stdout().is_terminal());
    let width = law.packs().iter().map(|pack| pack.id.len()).max().unwrap_or(0);
    let years: String = (first.year()..=last.year())
        .map(|year| format!("{:<1$}", year, (12 / MONTHS_A_CELL) as usize))
        .collect();
    writeln!(out, "{:width$}  {years}", "")?;
    for pack in law.packs().iter().filter(|pack| pack.rules().next().is_some()) {
        let bar: String = (0..cells)
            .map(|cell| {
                let months = cell * MONTHS_A_CELL;
                let year = i32::from(first.year()) + months / 12;
                symbol(law, pack, date(year as i16, (months % 12 + 1) as i8, 28))
            })
            .collect();
        writeln!(out, "{:width$}  {}", pack.id, bar.trim_end())?;
    }
    writeln!(
        out,
        "\n{}\n",
        language.pick(
            "░ in force, not yet binding   █ binding   ▒ some rules stayed, not enforced or uncertain",
            "░ 已生效、尚未须遵守   █ 须遵守   ▒ 部分规则被暂缓、不执行或存疑"
        )
    )?;
    for (day, word, what) in events(law, common) {
        writeln!(out, "{}", hanging(&format!("{day}  {word}  "), &what, columns))?;
    }
    Ok(Done::Good)
}

/// What a pack is on a day, in one letter.
fn symbol(law: &Law, pack: &Pack, day: Date) -> char {
    let rules = || law.rules().filter(|(_, rule)| law.packs()[rule.pack].id == pack.id);
    let binds =
        |rule: &law::LawRule| day >= rule.rule.from && rule.last.is_none_or(|last| day <= last);
    let announced = law.statuses().iter().any(|status| {
        let covers = day >= status.from && status.through.is_none_or(|through| day <= through);
        covers
            && rules().any(|(_, rule)| {
                binds(rule) && status.scope.iter().any(|(id, _)| *id == rule.rule.id)
            })
    });
    if announced {
        '▒'
    } else if rules().any(|(_, rule)| binds(rule)) {
        '█'
    } else if rules().any(|(_, rule)| rule.is_coming(day)) {
        '░'
    } else {
        ' '
    }
}

/// What happens on which day, and in a word of what kind it is.
fn events(law: &Law, common: &Common) -> Vec<(Date, &'static str, String)> {
    let language = common.lang;
    let mut events: Vec<(Date, &'static str, String)> = Vec::new();
    for pack in law.packs() {
        let title = &pack.title[language as usize];
        let mut add = |day: Date, word: &'static str| {
            events.push((day, word, format!("{title} ({})", pack.cite)));
        };
        if let Some(day) = pack.published {
            add(day, language.pick("published ", "公布  "));
        }
        // A pack that gathers paragraphs of many rules has no day of its own.
        if pack.published.is_some() {
            add(pack.effective, language.pick("effective ", "生效  "));
        }
        if let Some(day) = pack.comply_by {
            add(day, language.pick("compliance", "须遵守"));
        }
    }
    for status in law.statuses() {
        let word = match status.state {
            State::Stayed => language.pick("stayed    ", "暂缓  "),
            State::NotEnforced => language.pick("unenforced", "不执行"),
            State::Repealed => language.pick("repealed  ", "废止  "),
            State::Uncertain => language.pick("uncertain ", "存疑  "),
        };
        let text = format!("{} ({})", generic(&status.text[language as usize]), status.cite);
        events.push((status.from, word, text));
    }
    for (_, rule) in law.rules() {
        if let Some(last) = rule.last
            && matches!(rule.rule.body, law::pack::Body::Requirement { .. })
        {
            let word = language.pick("last day  ", "末日  ");
            events.push((last, word, format!("{} ({})", rule.rule.id, rule.rule.cite)));
        }
    }
    for set in law.sets() {
        for change in &set.changes {
            let list = |sign: &str, countries: &[law::Country]| -> String {
                countries.iter().map(|country| format!(" {sign}{country}")).collect()
            };
            let word = language.pick("countries ", "国家组");
            let text = format!(
                "{}:{}{} ({})",
                set.id,
                list("+", &change.add),
                list("−", &change.remove),
                change.cite
            );
            events.push((change.date, word, text));
        }
    }
    events.sort();
    events.dedup();
    events
}
