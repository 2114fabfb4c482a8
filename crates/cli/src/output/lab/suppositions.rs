//! What scenarios suppose, as a table: what each is about, and what happens in it on which day.

use lab::results::Quarter;
use serde::{Deserialize, Serialize};

use super::words;
use crate::language::Language;

/// What a scenario supposes, as `run.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Supposition {
    /// The scenario.
    pub id: String,
    /// What it supposes, in a few sentences.
    pub about: String,
    /// What happens on which day, earliest first.
    pub entries: Vec<Entry>,
}

/// Something that happens on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The day, as `2024-12-02`.
    pub day: String,
    /// What kind of thing.
    pub kind: Kind,
    /// What it is, in the scenario's own words; empty where it says nothing.
    pub about: String,
    /// The same in Chinese, where the document has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about_zh: String,
    /// What is set: the reading of the law, a pack's file, a letter with its last day, the day from
    /// which a step is known, levers with their values.
    pub what: String,
}

/// A kind of thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Another reading of the law.
    Law,
    /// A pack joins the law.
    Pack,
    /// A letter that informs exporters.
    Letter,
    /// A step of the United States, in the law packs.
    Step,
    /// Spending takes off.
    Boom,
    /// Levers are pulled.
    Levers,
}

impl Kind {
    fn word(self, language: Language) -> &'static str {
        match self {
            Kind::Law => language.pick("law", "法律"),
            Kind::Pack => language.pick("pack", "规则包"),
            Kind::Letter => language.pick("letter", "函件"),
            Kind::Step => language.pick("step", "措施"),
            Kind::Boom => language.pick("boom", "热潮"),
            Kind::Levers => language.pick("levers", "手段"),
        }
    }

    /// Whether it is a change of rules, which charts mark.
    fn is_rule(self) -> bool {
        matches!(self, Kind::Law | Kind::Pack | Kind::Letter | Kind::Step)
    }
}

impl Entry {
    fn quarter(&self) -> Option<Quarter> {
        let mut parts = self.day.split('-').map(str::parse::<i32>);
        let (year, month) = (parts.next()?.ok()?, parts.next()?.ok()?);
        Quarter::new(year, (month - 1).div_euclid(3) + 1)
    }
}

/// What is told of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The scenario.
    pub id: String,
    /// What it supposes.
    pub supposes: Supposition,
    /// Whether the run says so itself; else it is what the program carries under that name.
    pub by_run: bool,
    /// The quarters in which rules change.
    pub rules: Vec<Quarter>,
    /// The quarter in which it parts from the scenario that it is told beside.
    pub parting: Option<Quarter>,
}

/// Puts suppositions beside each other: history is what others part from, where it is there.
pub fn told(all: Vec<(Supposition, bool)>) -> Vec<Told> {
    let beside = all.iter().find(|(it, _)| it.id == BESIDE).map(|(it, _)| it.entries.clone());
    let one = |(supposes, by_run): (Supposition, bool)| {
        let mut rules: Vec<Quarter> = supposes
            .entries
            .iter()
            .filter(|entry| entry.kind.is_rule())
            .filter_map(Entry::quarter)
            .collect();
        rules.sort_unstable();
        rules.dedup();
        let differs = |entry: &&Entry, others: &[Entry]| !others.contains(entry);
        let parting = beside.as_ref().filter(|_| supposes.id != BESIDE).and_then(|beside| {
            let own = supposes.entries.iter().filter(|entry| differs(entry, beside));
            let others = beside.iter().filter(|entry| differs(entry, &supposes.entries));
            own.chain(others).filter_map(Entry::quarter).min()
        });
        Told { id: supposes.id.clone(), supposes, by_run, rules, parting }
    };
    all.into_iter().map(one).collect()
}

/// The scenario that others are told beside.
const BESIDE: &str = "history";

/// A row of the page's table.
pub struct Row {
    /// What the scenario is called.
    pub name: String,
    /// What it supposes.
    pub about: String,
    /// What is said before the list.
    pub head: Option<String>,
    /// Day, kind, and what happens with what is set.
    pub entries: Vec<[String; 4]>,
}

/// The rows of the table, a scenario each.
pub fn rows(told: &[Told], language: Language) -> Vec<Row> {
    let beside = told.iter().find(|it| it.id == BESIDE);
    told.iter().map(|it| row(it, beside, language)).collect()
}

/// Whose word the table is, where the run does not say what its scenarios suppose.
pub fn unsaid(told: &[Told], language: Language) -> Option<String> {
    let names = told.iter().filter(|it| !it.by_run).map(|it| words::scenario(&it.id, language));
    let names: Vec<&str> = names.collect();
    let list = names.join(language.pick(", ", "、"));
    (!names.is_empty()).then(|| match language {
        Language::En => format!(
            "The run does not say what these suppose; shown is what this program has under their names: {list}."
        ),
        Language::Zh => {
            format!("本次运行未记载下列情景的设定，此处为本程序以其名称携带的内容：{list}。")
        }
    })
}

fn row(told: &Told, beside: Option<&Told>, language: Language) -> Row {
    let supposes = &told.supposes;
    let about = translated(&supposes.about, language);
    let others = beside.filter(|beside| beside.id != told.id).map(|it| &it.supposes.entries);
    let shared = |entry: &&Entry| others.is_some_and(|others| others.contains(entry));
    let count = supposes.entries.iter().filter(shared).count();
    let lacks = others.map_or(0, Vec::len) - count;
    // Where most is as in history, that is said once.
    let is_much = count > lacks;
    let own = supposes.entries.iter().filter(|entry| !(is_much && shared(entry)));
    let history = words::scenario(BESIDE, language);
    let head = others.map(|others| match (is_much, language) {
        (true, Language::En) if lacks == 0 => format!("All that is in \"{history}\", and:"),
        (true, Language::Zh) if lacks == 0 => format!("“{history}”的全部内容，以及："),
        (true, Language::En) => format!("What is in \"{history}\" but for {lacks}, and:"),
        (true, Language::Zh) => format!("“{history}”的内容（少 {lacks} 项），以及："),
        (false, Language::En) => {
            format!("Of {} changes in \"{history}\" it has {count}. All that it has:", others.len())
        }
        (false, Language::Zh) => {
            format!("“{history}”的 {} 项变化中有 {count} 项。其全部内容：", others.len())
        }
    });
    let line = |entry: &Entry| {
        [
            entry.day.clone(),
            entry.kind.word(language).to_owned(),
            match (language, entry.about_zh.as_str()) {
                (Language::Zh, zh) if !zh.is_empty() => zh.to_owned(),
                _ => translated(&entry.about, language),
            },
            what(entry, language),
        ]
    };
    let name = words::scenario(&told.id, language).to_owned();
    Row { name, about, head, entries: own.map(line).collect() }
}

fn what(entry: &Entry, language: Language) -> String {
    if let (Kind::Letter, Some((name, last))) = (entry.kind, entry.what.split_once(" … ")) {
        return match language {
            Language::En => format!("{name}, binds through {last}"),
            Language::Zh => format!("{name}，效力至 {last}"),
        };
    }
    if entry.kind == Kind::Step && !entry.what.is_empty() {
        let known = &entry.what;
        return match language {
            Language::En => format!("known from {known}"),
            Language::Zh => format!("{known} 起为人所知"),
        };
    }
    let word = match (entry.kind, entry.what.as_str()) {
        (Kind::Law, "enforced") => language.pick("as it was enforced", "按实际执行"),
        (Kind::Law, "written") => language.pick("as it is written", "按条文"),
        (Kind::Law, "none") => language.pick("no control at all", "无任何管制"),
        (_, what) => what,
    };
    word.to_owned()
}

/// The scenario's own words, in Chinese where they are known.
fn translated(text: &str, language: Language) -> String {
    match language {
        Language::En => text.to_owned(),
        Language::Zh => crate::chinese::text(text).unwrap_or_else(|| text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(day: &str, kind: Kind, what: &str) -> Entry {
        let (about, about_zh) = (String::new(), String::new());
        Entry { day: day.to_owned(), kind, about, about_zh, what: what.to_owned() }
    }

    fn supposition(id: &str, entries: &[Entry]) -> (Supposition, bool) {
        let about = String::new();
        (Supposition { id: id.to_owned(), about, entries: entries.to_vec() }, true)
    }

    #[test]
    fn scenarios_part_where_their_entries_do() {
        let shared = [
            entry("2019-01-01", Kind::Law, "enforced"),
            entry("2022-08-26", Kind::Step, "0.6"),
            entry("2023-02-01", Kind::Boom, ""),
            entry("2025-08-12", Kind::Levers, "fee = 0.15"),
        ];
        let mut longer = shared.to_vec();
        longer.push(entry("2027-04-01", Kind::Levers, "fee = 0.5"));
        let none = [entry("2019-01-01", Kind::Law, "none"), shared[2].clone()];
        let told = told(vec![
            supposition("two-camps", &longer),
            supposition("history", &shared),
            supposition("no-controls", &none),
        ]);
        let quarter = |text: &str| text.parse::<Quarter>().ok();
        assert_eq!(told[0].parting, quarter("2027Q2"));
        assert_eq!(told[1].parting, None);
        assert_eq!(told[2].parting, quarter("2019Q1"));
        let rules: Vec<String> = told[0].rules.iter().map(Quarter::to_string).collect();
        assert_eq!(rules, ["2019Q1", "2022Q3"], "levers and a boom are no rules");
        let rows = rows(&told, Language::En);
        assert_eq!(rows[0].head.as_deref(), Some("All that is in \"History\", and:"));
        assert_eq!(rows[0].entries.len(), 1);
        assert_eq!((rows[1].head.as_deref(), rows[1].entries.len()), (None, 4));
        let head = rows[2].head.as_deref().unwrap_or_default();
        assert!(head.starts_with("Of 4 changes in \"History\" it has 1."), "{head}");
        assert_eq!(rows[2].entries.len(), 2);
    }
}
