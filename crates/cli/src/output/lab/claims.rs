//! Claims under test as a page and as Markdown.

use std::io::{self, Write};

use askama::Template;
use lab::claims::{Claim, Verdict};

use super::names::{self, spoken};
use crate::language::Language;

const STYLE: &str = include_str!("../../../templates/lab.css");

/// What the page's policy allows as style.
const STYLE_HASH: &str = "sha256-bAAnZr66H93XDUF0ZHFru7VN4tD3pw576FaGzbFGwEg=";

/// A figure or a text that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A number.
    Number(f64),
    /// A month or another text.
    Text(String),
}

/// A claim with what the program finds.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The claim.
    pub claim: Claim,
    /// What is found, where it is one figure.
    pub found: Option<Figure>,
    /// The lower end of what is found.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The sentences that say how, in the language of the report.
    pub said: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
}

impl Tested {
    /// Everything that the verdict rests on, and where it is from.
    pub fn basis(&self, language: Language) -> String {
        let evidence = &self.claim.evidence[language as usize];
        let mut parts: Vec<&str> = self.said.iter().map(String::as_str).collect();
        parts.extend(self.meant(language));
        if !evidence.is_empty() {
            parts.push(evidence);
        }
        let source = &self.claim.source[language as usize];
        let source = match language {
            Language::En => format!("Source: {source}."),
            Language::Zh => format!("来源：{source}。"),
        };
        parts.push(&source);
        parts.join(language.pick(" ", ""))
    }

    /// By which rule it is judged, where that is not the common one.
    pub fn meant(&self, language: Language) -> Option<&'static str> {
        self.claim
            .is_least()
            .then(|| language.pick("Judged as \"at least\" (≥).", "按“至少”（≥）判断。"))
    }

    fn number(&self, value: f64) -> String {
        match names::is_share(&self.claim.unit) {
            true => names::value(value, &self.claim.unit, Language::En),
            false => spoken(value),
        }
    }

    /// The figure that is claimed, for people, with a sign where it is the least.
    pub fn claimed(&self) -> Option<String> {
        let text = &self.claim.claimed;
        let least = if self.claim.is_least() { "≥ " } else { "" };
        match self.claim.figure() {
            Some(_) if !names::is_share(&self.claim.unit) => Some(format!("{least}{text}")),
            Some(figure) => Some(format!("{least}{}", self.number(figure))),
            None => (!text.is_empty()).then(|| text.clone()),
        }
    }

    /// What is found, for people.
    pub fn found(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        Some(match found {
            Figure::Number(value) => self.number(*value),
            Figure::Text(text) => text.clone(),
        })
    }

    /// Both ends, for people.
    pub fn ends(&self) -> Option<String> {
        let ends = [self.low?, self.high?].map(|value| self.number(value));
        Some(format!("{} … {}", ends[0], ends[1]))
    }

    /// The unit, for people; percent needs none.
    pub fn unit(&self, language: Language) -> &str {
        match self.claim.unit.as_str() {
            "month" | "ratio" | "index" => "",
            unit if names::is_share(unit) => "",
            unit => names::unit(unit, language),
        }
    }
}

/// The words of a verdict.
pub fn verdict(verdict: Verdict, language: Language) -> &'static str {
    let zh = match verdict {
        Verdict::Holds => "成立",
        Verdict::InPart => "部分成立",
        Verdict::TooHigh => "偏高",
        Verdict::TooLow => "偏低",
        Verdict::TooEarly => "过早",
        Verdict::TooLate => "过晚",
        Verdict::Contested => "有争议",
        Verdict::AsStated => "仅为自述",
        Verdict::NotTestable => "无法检验",
        Verdict::NoSource => "未找到出处",
        Verdict::NeedsRun => "需要一次运行",
    };
    language.pick(verdict.words(), zh)
}

/// The class of a verdict and a sign beside it, so that color is not needed.
fn sign(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Holds => ("good", "✓"),
        Verdict::InPart => ("open", "◐"),
        Verdict::TooHigh | Verdict::TooLow | Verdict::TooEarly | Verdict::TooLate => ("bad", "✗"),
        Verdict::Contested => ("open", "±"),
        Verdict::AsStated | Verdict::NotTestable | Verdict::NoSource | Verdict::NeedsRun => {
            ("soft", "?")
        }
    }
}

/// The rules of verdicts: the words and when they are given.
const RULES: [(Verdict, [&str; 2]); 11] = [
    (
        Verdict::Holds,
        [
            "the interval found holds the figure, or the figure found rounds to it; of a figure marked ≥, which is said to be the least, everything found lies at it or above with the whole interval; of a direction, the whole interval lies on its side",
            "所得区间包含该数字，或所得数字四舍五入后与之相同；标有 ≥（“至少”）的数字，所得各项的整个区间均不低于它；若只说方向，则整个区间在其一侧",
        ],
    ),
    (
        Verdict::InPart,
        [
            "some measures, definitions or scenarios hold it and others do not; of a figure marked ≥ or a direction, only the middle or a neighboring quantity; of a price, it moved so, but not beyond the market; or it would hold, but a part of the claim is not tested",
            "部分度量、定义或情景支持，其余不支持；标有 ≥ 的数字或只说方向者，仅中位数或相近的量支持；若为股价，则确有此变动，但未超出大盘；或本应成立，但说法中有一部分未作检验",
        ],
    ),
    (
        Verdict::TooHigh,
        [
            "nothing found reaches the figure; one marked ≥, or a direction, not even in the middle",
            "所得结果均达不到该数字；标有 ≥ 的数字或方向，则中位数亦达不到",
        ],
    ),
    (Verdict::TooLow, ["everything found is above the figure", "所得结果均高于该数字"]),
    (Verdict::TooEarly, ["it came later than is said", "实际晚于所称"]),
    (Verdict::TooLate, ["it came earlier than is said", "实际早于所称"]),
    (Verdict::Contested, ["studies find both signs", "各研究结论方向不一"]),
    (Verdict::AsStated, ["only whoever says it gives the figure", "该数字仅有自述"]),
    (Verdict::NotTestable, ["a judgment that no measurement decides on", "属判断，无从测量"]),
    (
        Verdict::NoSource,
        ["no source was found, and nothing here measures it", "未找到出处，此处也无度量"],
    ),
    (Verdict::NeedsRun, ["a simulation would say: --results", "须由模拟回答：--results"]),
];

/// What is shown.
pub struct Report<'r> {
    /// The language.
    pub language: Language,
    /// The claims.
    pub tested: &'r [Tested],
    /// What the run is called whose results were used; nothing without one.
    pub run: Option<String>,
}

impl Report<'_> {
    fn pick<'t>(&self, en: &'t str, zh: &'t str) -> &'t str {
        self.language.pick(en, zh)
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        self.language.pick("Claims under test", "待验说法")
    }

    /// How many claims have each verdict, in the order of the rules.
    fn tally(&self) -> Vec<(Verdict, usize)> {
        let count = |verdict| self.tested.iter().filter(|it| it.verdict == verdict).count();
        let all = RULES.iter().map(|(verdict, _)| (*verdict, count(*verdict)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// What is said before the claims.
    pub fn notes(&self) -> Vec<String> {
        let run = match (&self.run, self.language) {
            (Some(run), Language::En) => format!("Simulated figures are of the run `{run}`: median, 5 to 95 percent of draws."),
            (Some(run), Language::Zh) => format!("模拟数字取自运行 `{run}`：中位数，5% 至 95% 的抽样。"),
            (None, Language::En) => "No run was given: `weir lab run history no-controls full-decoupling … -o DIR`, then `--results DIR`.".to_owned(),
            (None, Language::Zh) => "未给出运行：先执行 `weir lab run history no-controls full-decoupling … -o DIR`，再用 `--results DIR`。".to_owned(),
        };
        vec![
            self.pick(
                "Each claim is held against what the program itself finds: law packs, chip data, an event study, a published Monte Carlo, others' figures, a simulation. The verdict follows from the figures by the rules at the end.",
                "每条说法都与程序自身所得相对照：规则包、芯片数据、事件研究、已发表的蒙特卡洛、他人的数字、模拟。结论按文末规则由数字得出。",
            ).to_owned(),
            run,
        ]
    }
}

#[derive(Template)]
#[template(path = "claims.html")]
struct Page<'p> {
    report: &'p Report<'p>,
    style: &'static str,
    style_hash: &'static str,
}

impl Page<'_> {
    fn word(&self, of: &Verdict) -> &'static str {
        verdict(*of, self.report.language)
    }

    fn class(&self, of: &Verdict) -> &'static str {
        sign(*of).0
    }

    fn sign(&self, of: &Verdict) -> &'static str {
        sign(*of).1
    }

    fn rules(&self) -> Vec<(Verdict, &'static str)> {
        RULES.iter().map(|(of, text)| (*of, text[self.report.language as usize])).collect()
    }

    fn evidence<'t>(&self, tested: &'t Tested) -> &'t str {
        &tested.claim.evidence[self.report.language as usize]
    }

    fn source<'t>(&self, tested: &'t Tested) -> &'t str {
        &tested.claim.source[self.report.language as usize]
    }

    fn unit<'t>(&self, tested: &'t Tested) -> &'t str {
        tested.unit(self.report.language)
    }

    fn meant(&self, tested: &Tested) -> Option<&'static str> {
        tested.meant(self.report.language)
    }

    fn text<'t>(&self, tested: &'t Tested) -> &'t str {
        &tested.claim.text[self.report.language as usize]
    }
}

/// Writes the page.
///
/// # Errors
/// It cannot be written.
pub fn html(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { report, style: STYLE, style_hash: STYLE_HASH };
    out.write_all(page.render().map_err(io::Error::other)?.as_bytes())
}

/// Writes Markdown.
///
/// # Errors
/// It cannot be written.
pub fn markdown(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let language = report.language;
    writeln!(out, "# {}\n", report.title())?;
    for note in report.notes() {
        writeln!(out, "{note}\n")?;
    }
    let each = report
        .tally()
        .into_iter()
        .map(|(of, count)| format!("{} {}", verdict(of, language), count));
    writeln!(out, "{}\n", each.collect::<Vec<_>>().join(report.pick(", ", "，")))?;
    let heads = report.pick(
        "| | claim | claimed | found | 5 … 95 % | verdict |",
        "| | 说法 | 所称 | 所得 | 5% … 95% | 结论 |",
    );
    writeln!(out, "{heads}\n|---|---|---:|---:|---:|---|")?;
    for tested in report.tested {
        let unit = tested.unit(language);
        let of = |text: Option<String>| text.map_or("–".to_owned(), |text| cell(&text));
        let with = |text: Option<String>| match unit {
            "" => of(text),
            unit => of(text.map(|text| format!("{text} {unit}"))),
        };
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | **{}** |",
            tested.claim.id,
            cell(&tested.claim.text[language as usize]),
            with(tested.claimed()),
            with(tested.found()),
            of(tested.ends()),
            verdict(tested.verdict, language)
        )?;
    }
    writeln!(out, "\n## {}\n", report.pick("What the verdicts rest on", "结论的依据"))?;
    for tested in report.tested {
        writeln!(out, "- **{}** {}", tested.claim.id, tested.basis(language))?;
    }
    writeln!(out, "\n## {}\n", report.pick("How verdicts are given", "如何得出结论"))?;
    for (of, text) in RULES {
        let colon = report.pick(": ", "：");
        let stop = report.pick(".", "。");
        writeln!(out, "- **{}**{colon}{}{stop}", verdict(of, language), text[language as usize])?;
    }
    Ok(())
}

/// A text as it may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::policy_hash;

    /// The page's policy names its style by hash. Whoever changes it changes its hash too: the
    /// failing test shows the new one.
    #[test]
    fn allows_its_own_style() {
        assert_eq!(policy_hash(STYLE), STYLE_HASH, "templates/lab.css");
    }
}
