//! Claims about what the law says and when, and what it makes of chips.

use anyhow::{anyhow, bail};
use jiff::civil::Date;
use lab::claims::{Claim, Found, Verdict, on_day, on_figure};
use lab::instruments::quota::{limits, units};
use law::Country;

use super::finding::{Bench, Finding, figure, part};
use crate::catalogue::Countries;
use crate::commands::chips::{facts_of, paragraphs};
use crate::output::lab::claims::Figure;
use crate::output::sheet::grouped;

/// A month of a year.
fn month(text: &str) -> anyhow::Result<(i16, i8)> {
    let read = || {
        let (year, month) = text.split_once('-')?;
        Some((year.parse().ok()?, month.parse().ok()?))
    };
    read().ok_or_else(|| anyhow!("`{text}` is no month such as 2024-01"))
}

impl Bench<'_> {
    /// When a pack was published, against when it is said to have been.
    pub fn pack_date(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let Some(pack) = self.pack(part(inputs, 0)?) else { return Ok(self.no_law(inputs)) };
        let (first, last) =
            claim.period.split_once("..").unwrap_or((claim.period.as_str(), claim.period.as_str()));
        let day = pack.published.unwrap_or(pack.effective);
        let verdict = on_day([month(first)?, month(last)?], (day.year(), day.month()));
        let comply = pack.comply_by.unwrap_or(pack.effective);
        let (cite, effective) = (&pack.cite, pack.effective);
        let said = self.say(
            format!("The pack cites {cite}: published on {day}, in effect from {effective}, to be complied with from {comply}."),
            format!("规则包出处为 {cite}：{day} 刊登，{effective} 生效，{comply} 起须遵守。"),
        );
        let found = Some(Figure::Text(format!("{}-{:02}", day.year(), day.month())));
        Ok(Finding { found, low: None, high: None, said: vec![said], verdict })
    }

    fn pack(&self, id: &str) -> Option<&law::pack::Pack> {
        self.law.packs().iter().find(|pack| pack.id == id)
    }

    /// That the law in use lacks what a claim is about.
    fn no_law(&self, inputs: &[&str]) -> Finding {
        let id = inputs.first().copied().unwrap_or_default();
        let said = self.say(
            format!("The law in use has no pack `{id}`."),
            format!("所用法律中没有规则包 `{id}`。"),
        );
        Finding::bare(Verdict::NoSource, vec![said])
    }

    /// Into how many groups two sets of countries and the rest divide the world.
    pub fn sets(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let Some(pack) = self.pack(part(inputs, 0)?) else { return Ok(self.no_law(inputs)) };
        let day = pack.comply_by.unwrap_or(pack.effective);
        let names = [part(inputs, 1)?, part(inputs, 2)?];
        let [first, second] = names.map(|name| self.law.members(name, day));
        let mut groups = [0_usize; 3];
        let mut both = 0;
        let mut other = None;
        for code in Countries::embedded().codes() {
            let Some(country) = Country::parse(code) else { continue };
            let inside = [first.contains(country), second.contains(country)];
            both += usize::from(inside == [true, true]);
            groups[inside.iter().position(|it| *it).unwrap_or(2)] += 1;
            if inside == [false, false] && other.is_none() {
                other = Some(code);
            }
        }
        let found = groups.iter().filter(|count| **count > 0).count();
        let cite = |name: &str| {
            let set = self.law.sets().iter().find(|set| set.id == name);
            set.map_or_else(|| name.to_owned(), |set| format!("`{name}` ({})", set.cite))
        };
        let [a, b, rest] = groups;
        let cites = names.map(cite);
        let mut said = vec![self.say(
            format!("On {day} {a} destinations are in {}, {b} in {}, and {rest} in neither; {both} are in both.", cites[0], cites[1]),
            format!("{day}：{a} 个目的地列于 {}，{b} 个列于 {}，其余 {rest} 个均不在内；同时在内者 {both} 个。", cites[0], cites[1]),
        )];
        said.extend(self.allocation(part(inputs, 3)?, other.unwrap_or_default(), day.year())?);
        let found = Found::only(found as f64);
        let verdict = on_figure(figure(claim)?, 0.0, &[found]);
        Ok(Finding::of(found, verdict, said))
    }

    /// What a quota allows to a country, in units of the program.
    fn allocation(&self, quota: &str, country: &str, year: i16) -> anyhow::Result<Option<String>> {
        let limits = limits(self.law, country, year);
        let Some(limit) = limits.iter().find(|limit| limit.quota == quota && !limit.raised) else {
            return Ok(None);
        };
        let Some(unit) = units()?.into_iter().next() else { return Ok(None) };
        let Some(chips) = limit.chips(&unit) else { return Ok(None) };
        let (tpp, chips) = (grouped(&limit.limit.to_string()), grouped(&chips.to_string()));
        let (cite, name) = (&limit.cite, &unit.name);
        Ok(Some(self.say(
            format!("Each of the others has an allocation of {tpp} TPP, {chips} {name} ({cite})."),
            format!("其余各国每国限额 {tpp} TPP，合 {chips} {name}（{cite}）。"),
        )))
    }

    /// Which chips escape an entry that holds the chips they were made from.
    pub fn downgraded(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let code = part(inputs, 1)?;
        let mut said = Vec::new();
        let [mut escaped, mut caught, mut open] = [0_u32; 3];
        for pair in part(inputs, 0)?.split(';') {
            let (chip, day) = pair.split_once('@').ok_or_else(|| anyhow!("`{pair}` has no day"))?;
            let (chip, parent) = chip
                .split_once('<')
                .ok_or_else(|| anyhow!("`{pair}` has no chip it was made from"))?;
            let day: Date = day.parse().map_err(|_| anyhow!("`{day}` is no day"))?;
            let [own, of_parent] = [self.falls(chip, code, day)?, self.falls(parent, code, day)?];
            match own {
                Some(false) if of_parent == Some(true) => escaped += 1,
                None => open += 1,
                Some(_) => caught += 1,
            }
            said.push(self.chip_in_words(chip, parent, code, day, own, of_parent)?);
        }
        let verdict = match (escaped, caught) {
            (0, _) => Verdict::TooHigh,
            (_, 0) => Verdict::Holds,
            _ => Verdict::InPart,
        };
        let [low, high] = [escaped, escaped + open].map(f64::from);
        Ok(Finding::of(Found::between(low, low, high), verdict, said))
    }

    /// Whether a chip falls under a paragraph of an entry on a day; `None` where that is not known.
    fn falls(&self, sku: &str, code: &str, day: Date) -> anyhow::Result<Option<bool>> {
        let Some(chip) = self.chips.find(sku) else {
            bail!("there is no chip `{sku}` in the catalogue");
        };
        let (codes, open) = paragraphs(self.law, &facts_of(self.law, Some(chip), day));
        Ok((!open).then(|| codes.iter().any(|known| known.starts_with(code))))
    }

    fn chip_in_words(
        &self,
        chip: &str,
        parent: &str,
        code: &str,
        day: Date,
        own: Option<bool>,
        of_parent: Option<bool>,
    ) -> anyhow::Result<String> {
        let is_caught =
            |date: &&Date| self.falls(chip, code, **date).is_ok_and(|falls| falls == Some(true));
        let later = self.law.dates().iter().filter(|date| **date > day).find(is_caught);
        let word = |falls: Option<bool>| match falls {
            Some(true) => self.language.pick("falls under", "属于"),
            Some(false) => self.language.pick("does not fall under", "不属于"),
            None => self.language.pick("may or may not fall under", "无法判断是否属于"),
        };
        let (own_word, parent_word) = (word(own), word(of_parent));
        let until = match (later, own) {
            (Some(date), Some(false)) => {
                self.say(format!(" (from {date} it does)"), format!("（自 {date} 起属于）"))
            }
            _ => String::new(),
        };
        Ok(self.say(
            format!("On {day} {chip} {own_word} {code}{until}; {parent}, from which it was made, {parent_word} it."),
            format!("{day}：{chip} {own_word} {code}{until}；其原型 {parent} {parent_word}。"),
        ))
    }
}
