//! Claims about prices, chips, shares and flows: against data, others' figures and simulations.

use anyhow::{anyhow, bail};
use jiff::civil::Date;
use lab::claims::{Claim, Found, Verdict, on_direction, on_figure, on_signs};
use lab::instruments::diversion::{Reading, Stated, run as draw};
use lab::instruments::sums;
use lab::results::{Band, Quarter, Results};
use lab::returns::Return;
use lab::targets::{Split, Target};

use super::finding::{Bench, Finding, figure, part, spread};
use crate::output::lab::names::{self, spoken};

/// How often the Monte Carlo is drawn, and its seed: those of `weir lab diversion`, but for fewer
/// draws.
const DRAWS: u64 = 200_000;
const SEED: u64 = 2026;

fn number(text: &str) -> anyhow::Result<f64> {
    text.parse().map_err(|_| anyhow!("`{text}` is no number"))
}

fn quarter(text: &str) -> anyhow::Result<Quarter> {
    text.parse().map_err(|why: String| anyhow!(why))
}

/// The verdict on the figure of a claim, in the sense in which the claim means it.
fn judged(claim: &Claim, within: f64, found: &[Found]) -> anyhow::Result<Verdict> {
    let claimed = figure(claim)?;
    Ok(claim.on_its_figure(within, found).unwrap_or_else(|| on_figure(claimed, within, found)))
}

fn found(band: &Band) -> Found {
    Found::between(band.low, band.mid, band.high)
}

impl Bench<'_> {
    fn shown(&self, value: f64, unit: &str) -> String {
        match names::is_share(unit) {
            true => names::value(value, unit, self.language),
            false => spoken(value),
        }
    }

    fn range(&self, one: &Found, unit: &str) -> String {
        let mid = self.shown(one.mid, unit);
        match one.low.zip(one.high) {
            Some((low, high)) => {
                format!("{mid} ({} … {})", self.shown(low, unit), self.shown(high, unit))
            }
            None => mid,
        }
    }

    fn return_of(&self, inputs: &[&str]) -> anyhow::Result<&Return> {
        let (name, day) = (part(inputs, 0)?, part(inputs, 1)?);
        let day: Date = day.parse().map_err(|_| anyhow!("`{day}` is no day"))?;
        let one = self.returns.iter().find(|one| one.name == name && one.day == day);
        one.ok_or_else(|| anyhow!("there is no return of `{name}` on {day}"))
    }

    /// How a return is told: what moved, and what the market does not explain.
    fn return_in_words(&self, one: &Return) -> String {
        let percent = |value: f64| format!("{:+.1} %", value * 100.0);
        let (raw, abnormal) = (percent(one.raw), percent(one.abnormal));
        let [low, high] = one.interval().unwrap_or([f64::NAN; 2]).map(percent);
        let p = one.p().map_or_else(String::new, |p| format!("{p:.2}"));
        let (name, day) = (&one.name, one.day);
        self.say(
            format!("{name} on {day}: {raw}; beyond what the market explains {abnormal} (95 percent interval {low} … {high}, p {p})."),
            format!("{name} {day}：{raw}；扣除大盘后 {abnormal}（95% 区间 {low} … {high}，p 值 {p}）。"),
        )
    }

    /// The return of a price, and whether it is more than the market's.
    pub fn price(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let one = self.return_of(inputs)?;
        let found = Found::only(one.raw * 100.0);
        let raw = on_figure(figure(claim)?, claim.rounding(), &[found]);
        let is_beyond = one.interval().is_some_and(|[low, high]| low > 0.0 || high < 0.0);
        let verdict = if raw == Verdict::Holds && !is_beyond { Verdict::InPart } else { raw };
        Ok(Finding::of(found, verdict, vec![self.return_in_words(one)]))
    }

    /// The value that a return takes from a market value, both in billions.
    pub fn value_lost(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let one = self.return_of(inputs)?;
        let worth = number(part(inputs, 2)?)?;
        let lost = Found::only(-one.raw * worth);
        let verdict = on_figure(figure(claim)?, claim.rounding(), &[lost]);
        let said = self.say(
            format!(
                "{:.1} percent of {} billion USD are {} billion.",
                -one.raw * 100.0,
                spoken(worth),
                spoken(lost.mid)
            ),
            format!(
                "{} 十亿美元的 {:.1}% 为 {} 十亿美元。",
                spoken(worth),
                -one.raw * 100.0,
                spoken(lost.mid)
            ),
        );
        Ok(Finding::of(lost, verdict, vec![said]))
    }

    /// A figure that only its author gives.
    pub fn stated(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let found = Found::only(number(part(inputs, 0)?)?);
        Ok(Finding::of(found, Verdict::AsStated, Vec::new()))
    }

    /// The Monte Carlo of diverted chips, beside others' estimates and a simulation.
    pub fn diverted(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let stated = Stated::shipped()?;
        let outcome = draw(&stated, &Reading::lognormal(&stated), DRAWS, SEED, 1e5);
        let Some(outcome) = outcome else { bail!("there are no draws") };
        let one = Found::between(outcome.total[0], outcome.total[2], outcome.total[4]);
        let verdict = on_direction(&[one]);
        let mut said = vec![self.say(
            format!(
                "The Monte Carlo of CNAS, every range a 90 percent interval, {} draws: {} chips.",
                spoken(DRAWS as f64),
                self.range(&one, "chips")
            ),
            format!(
                "CNAS 蒙特卡洛（各区间视为 90% 区间，{} 次抽样）：{} 颗。",
                spoken(DRAWS as f64),
                self.range(&one, "chips")
            ),
        )];
        said.extend(part(inputs, 1)?.split(';').filter_map(|id| self.target_named(id)));
        if outcome.total[4] > 10.0 * outcome.total[0] {
            let times = spoken(outcome.total[4] / outcome.total[0]);
            said.push(self.say(
                format!("The upper end is {times} times the lower: that there were some is far surer than how many."),
                format!("上端为下端的 {times} 倍：确有其事远比数量确定。"),
            ));
        }
        let year: i32 = number(part(inputs, 0)?)? as i32;
        let span = Quarter::new(year, 1).zip(Quarter::new(year, 4));
        if let (Some(results), Some((first, last))) = (self.results, span) {
            for scenario in self.told_of(results, "smuggled_chips", "world") {
                let sums = results.sums(scenario, "smuggled_chips", "world", first..=last);
                if let Some(band) = Band::of(sums) {
                    said.push(self.simulated(scenario, &found(&band), "chips"));
                }
            }
        }
        Ok(Finding::of(one, verdict, said))
    }

    /// What others give, as a sentence.
    fn target_named(&self, id: &str) -> Option<String> {
        let target = self.targets.iter().find(|target| target.id == id)?;
        let one = Found { mid: target.value, low: target.low, high: target.high };
        let (range, source) = (self.range(&one, &target.unit), &target.source);
        let period = match target.from == target.through {
            true => target.through.to_string(),
            false => format!("{}–{}", target.from, target.through),
        };
        Some(
            self.say(
                format!("{source}: {range}, {period}."),
                format!("{source}：{range}，{period}。"),
            ),
        )
    }

    /// The scenarios that say something of a quantity: history alone where it is there.
    fn told_of<'r>(&self, results: &'r Results, quantity: &str, actor: &str) -> Vec<&'r str> {
        let has = |scenario: &&str| !results.path(scenario, quantity, actor).is_empty();
        let all: Vec<&str> = results.scenarios().into_iter().filter(has).collect();
        match all.iter().find(|scenario| **scenario == "history") {
            Some(history) => vec![*history],
            None => all,
        }
    }

    fn simulated(&self, scenario: &str, one: &Found, unit: &str) -> String {
        let name = names::scenario(scenario, self.language);
        let range = self.range(one, unit);
        self.say(format!("Simulated, \"{name}\": {range}."), format!("模拟，“{name}”：{range}。"))
    }

    /// A figure of several chips over that of one, and a second figure of the same chips.
    pub fn ratio(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let cell = |sku: &str, column: &str| -> anyhow::Result<Option<f64>> {
            let Some(chip) = self.chips.find(sku) else {
                bail!("there is no chip `{sku}` in the catalogue");
            };
            Ok(chip.column(column).parse().ok())
        };
        let (skus, reference) = (part(inputs, 0)?, part(inputs, 1)?);
        let mut measures = Vec::new();
        let mut said = Vec::new();
        for column in [part(inputs, 2)?, part(inputs, 3)?] {
            let Some(whole) = cell(reference, column)? else { continue };
            let mut ratios = Vec::new();
            for sku in skus.split(';') {
                ratios.extend(cell(sku, column)?.map(|value| Found::only(value / whole)));
            }
            let (Some(first), Some(all)) = (ratios.first(), spread(&ratios)) else { continue };
            let one = Found { mid: first.mid, ..all };
            let range = self.range(&one, "ratio");
            let variants = ratios.len();
            said.push(self.say(
                format!("{column}: {range} of {reference}, over {variants} variants."),
                format!("{column}：{reference} 的 {range} 倍，{variants} 种型号。"),
            ));
            measures.push(one);
        }
        let Some(first) = measures.first().copied() else {
            return Ok(Finding::bare(Verdict::NoSource, said));
        };
        // Within a tenth is close.
        let verdict = on_figure(figure(claim)?, 0.1, &measures);
        Ok(Finding::of(first, verdict, said))
    }

    /// One share under every definition that was published for a year.
    pub fn definitions(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let quantity = part(inputs, 0)?;
        let year = number(part(inputs, 1)?)? as i32;
        let is_of = |target: &&Target| {
            target.quantity == quantity
                && target.split != Split::Compare
                && target.years().contains(&year)
        };
        let mut measures = Vec::new();
        let mut said = Vec::new();
        for target in self.targets.iter().filter(is_of) {
            let one = Found { mid: target.value, low: target.low, high: target.high };
            let (range, by, source) =
                (self.range(&one, &target.unit), self.definition(&target.actor), &target.source);
            let note = match target.note[self.language as usize].as_str() {
                "" => String::new(),
                note => format!("{}{note}", self.language.pick("; ", "；")),
            };
            said.push(self.say(
                format!("{by}: {range} ({source}{note})."),
                format!("{by}：{range}（{source}{note}）。"),
            ));
            measures.push(one);
        }
        said.extend(self.simulated_definitions(quantity, year));
        let verdict = judged(claim, claim.rounding(), &measures)?;
        Ok(match spread(&measures) {
            Some(all) => Finding::of(all, verdict, said),
            None => Finding::bare(verdict, said),
        })
    }

    fn definition(&self, actor: &str) -> &'static str {
        match actor {
            "units" => self.language.pick("By chips", "按芯片数"),
            "value" => self.language.pick("By value", "按金额"),
            "h100e" => self.language.pick("By compute", "按算力"),
            "made" => self.language.pick("By where it is made", "按制造地"),
            _ => self.language.pick("Otherwise", "其他"),
        }
    }

    /// The simulated means of a year by every definition.
    fn simulated_definitions(&self, quantity: &str, year: i32) -> Vec<String> {
        let Some(results) = self.results else { return Vec::new() };
        let Some((first, last)) = Quarter::new(year, 1).zip(Quarter::new(year, 4)) else {
            return Vec::new();
        };
        let mut said = Vec::new();
        for actor in results.actors(quantity) {
            for scenario in self.told_of(results, quantity, actor) {
                let path = results.path(scenario, quantity, actor);
                let quarters = path.iter().filter(|(at, _)| (first..=last).contains(at)).count();
                let sums = results.sums(scenario, quantity, actor, first..=last);
                let mean = Band::of(sums.into_iter().map(|sum| sum / quarters.max(1) as f64));
                if let Some(band) = mean {
                    let name = names::scenario(scenario, self.language);
                    let range = self.range(&found(&band), "share");
                    let by = self.definition(actor);
                    said.push(self.say(
                        format!("{by}, simulated, \"{name}\": {range}."),
                        format!("{by}，模拟，“{name}”：{range}。"),
                    ));
                }
            }
        }
        said
    }

    /// A published measurement against the claim.
    pub fn published(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let end = |at: usize| -> anyhow::Result<Option<f64>> {
            let text = part(inputs, at)?;
            if text.is_empty() { Ok(None) } else { number(text).map(Some) }
        };
        let one = Found { mid: number(part(inputs, 0)?)?, low: end(1)?, high: end(2)? };
        let verdict = on_figure(figure(claim)?, claim.rounding(), &[one]);
        Ok(Finding::of(one, verdict, Vec::new()))
    }

    /// That something is there at all, from one published estimate.
    pub fn target(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let id = part(inputs, 0)?;
        let Some(target) = self.targets.iter().find(|target| target.id == id) else {
            bail!("`{}` has no target `{id}`", lab::targets::SHIPPED_NAME);
        };
        let one = Found { mid: target.value, low: target.low, high: target.high };
        let mut said: Vec<String> = self.target_named(id).into_iter().collect();
        if let Some(results) = self.results {
            for scenario in self.told_of(results, &target.quantity, &target.actor) {
                let band = results.band(scenario, &target.quantity, &target.actor, target.through);
                said.extend(band.map(|it| self.simulated(scenario, &found(&it), &target.unit)));
            }
        }
        Ok(Finding::of(one, on_direction(&[one]), said))
    }

    /// What others' figures add up to for some of their items: a neighboring quantity, which may
    /// support a direction and no more.
    pub fn sums(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let (name, items) = (part(inputs, 0)?, part(inputs, 1)?);
        let checks = sums::read(sums::SHIPPED_NAME, sums::SHIPPED)?;
        let Some(check) = checks.iter().find(|check| check.name == name) else {
            bail!("`{}` has no check `{name}`", sums::SHIPPED_NAME);
        };
        let wanted = |item: &&(String, law::Num)| items.split(';').any(|it| it == item.0);
        let parts: Vec<&(String, law::Num)> = check.parts.iter().filter(wanted).collect();
        let mut total = 0.0;
        for (_, value) in &parts {
            total += number(&value.to_string())?;
        }
        let list: Vec<String> =
            parts.iter().map(|(item, value)| format!("{item} {value}")).collect();
        let (list, unit, whole) = (list.join("; "), &check.unit, &check.whole.1);
        let said = self
            .say(format!("Of {whole} {unit}: {list}."), format!("{whole} {unit} 之中：{list}。"));
        let verdict = if total > 0.0 { Verdict::InPart } else { Verdict::TooHigh };
        Ok(Finding::of(Found::only(total), verdict, vec![said]))
    }

    /// Studies by the sign of what they find.
    pub fn signs(&self, inputs: &[&str]) -> Finding {
        let signs: Vec<i8> = inputs
            .iter()
            .map(|sign| match *sign {
                "+" => 1,
                "-" => -1,
                _ => 0,
            })
            .collect();
        let count = |wanted: i8| signs.iter().filter(|sign| **sign == wanted).count();
        let [up, none, down] = [count(1), count(0), count(-1)];
        let said = self.say(
            format!("Findings: {up} up, {none} none, {down} down."),
            format!("研究结论：上升 {up}，无变化 {none}，下降 {down}。"),
        );
        Finding::bare(on_signs(&signs), vec![said])
    }

    /// That a simulation would say, or that the run lacks what it takes.
    fn needs(&self, missing: &str) -> Finding {
        let said = match self.results {
            None => self.say(
                "No run was given: `weir lab run`, then --results.".to_owned(),
                "未给出运行：先 `weir lab run`，再用 --results。".to_owned(),
            ),
            Some(_) => self.say(
                format!("The run does not have {missing}."),
                format!("本次运行没有 {missing}。"),
            ),
        };
        Finding::bare(Verdict::NeedsRun, vec![said])
    }

    /// The difference of a quantity between two scenarios, draw by draw.
    fn difference(
        &self,
        quantity: &str,
        actor: &str,
        [from, to]: [&str; 2],
        at: Quarter,
    ) -> Option<Band> {
        let results = self.results?;
        let [from, to] = [from, to].map(|it| results.values(it, quantity, actor, at));
        Band::of(to.iter().zip(&from).map(|(to, from)| to - from))
    }

    /// How much less of a quantity scenarios leave than another one, each a measure of its own.
    pub fn loss(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let [quantity, actor, scenarios, base] =
            [part(inputs, 0)?, part(inputs, 1)?, part(inputs, 2)?, part(inputs, 3)?];
        let (at, unit) = (quarter(part(inputs, 4)?)?, number(part(inputs, 5)?)?);
        let base_name = names::scenario(base, self.language);
        let (mut measures, mut said) = (Vec::new(), Vec::new());
        for scenario in scenarios.split(';') {
            let Some(band) = self.difference(quantity, actor, [scenario, base], at) else {
                return Ok(self.needs(&format!("`{quantity}` ({actor}), {scenario}, {base}, {at}")));
            };
            let one = Found::between(band.low / unit, band.mid / unit, band.high / unit);
            let (range, name) =
                (self.range(&one, &claim.unit), names::scenario(scenario, self.language));
            said.push(self.say(
                format!("Simulated `{quantity}` of {actor}, \"{name}\" below \"{base_name}\" at the end of {at}, draw by draw: {range}; others' value is not in it."),
                format!("模拟的 {actor} `{quantity}`，{at} 末“{name}”低于“{base_name}”，逐次抽样：{range}；不含其他公司。"),
            ));
            measures.push(one);
        }
        let Some(all) = spread(&measures) else {
            return Ok(self.needs(&format!("`{quantity}` ({actor}), {base}, {at}")));
        };
        Ok(Finding::of(all, judged(claim, claim.rounding(), &measures)?, said))
    }

    /// A level in every scenario, each a measure of its own.
    pub fn level(&self, claim: &Claim, inputs: &[&str]) -> anyhow::Result<Finding> {
        let (quantity, actor) = (part(inputs, 0)?, part(inputs, 1)?);
        let at = quarter(part(inputs, 2)?)?;
        let mut measures = Vec::new();
        let mut said = Vec::new();
        for scenario in self.results.map(Results::scenarios).unwrap_or_default() {
            let band = self.results.and_then(|it| it.band(scenario, quantity, actor, at));
            if let Some(band) = band {
                measures.push(found(&band));
                said.push(self.simulated(scenario, &found(&band), &claim.unit));
            }
        }
        let Some(all) = spread(&measures) else {
            return Ok(self.needs(&format!("`{quantity}` ({actor}), {at}")));
        };
        Ok(Finding::of(all, judged(claim, 0.0, &measures)?, said))
    }

    /// Whether a scenario brings more of some quantities than another, each told with a verdict of
    /// its own. The figure is that of the first, whose unit the claim has.
    pub fn effect(&self, inputs: &[&str]) -> anyhow::Result<Finding> {
        let [limbs, scenario, base] = [part(inputs, 0)?, part(inputs, 1)?, part(inputs, 2)?];
        let at = quarter(part(inputs, 3)?)?;
        let (mut measures, mut said) = (Vec::new(), Vec::new());
        for limb in limbs.split(';') {
            let Some((quantity, actor)) = limb.split_once('@') else {
                bail!("`{limb}` names no actor of its quantity");
            };
            let Some(band) = self.difference(quantity, actor, [base, scenario], at) else {
                return Ok(self.needs(&format!("`{quantity}` ({actor}), {scenario}, {base}, {at}")));
            };
            said.push(self.limb([quantity, actor], [scenario, base], at, &found(&band)));
            measures.push(found(&band));
        }
        let Some(first) = measures.first() else {
            return Ok(self.needs(&format!("{scenario}, {base}, {at}")));
        };
        Ok(Finding::of(*first, on_direction(&measures), said))
    }

    /// The difference of one quantity, as a sentence with its own verdict.
    fn limb(
        &self,
        [quantity, actor]: [&str; 2],
        [scenario, base]: [&str; 2],
        at: Quarter,
        one: &Found,
    ) -> String {
        let unit = self.results.and_then(|it| it.unit(quantity)).unwrap_or_default();
        let is_share = names::is_share(unit);
        let point = |value: f64| match is_share {
            true => format!("{:+.1}", value * 100.0),
            false if value == 0.0 => "0".to_owned(),
            // What is next to nothing keeps its size.
            false if value.abs() < 0.01 => format!("{value:+.1e}"),
            false => format!("{}{}", if value > 0.0 { "+" } else { "" }, spoken(value)),
        };
        let ends = [one.low.unwrap_or(one.mid), one.high.unwrap_or(one.mid)].map(point);
        let range = format!("{} ({} … {})", point(one.mid), ends[0], ends[1]);
        let unit = match is_share {
            true => self.language.pick("percentage points", "个百分点"),
            false => names::unit(unit, self.language),
        };
        // A direction may be sure and the size next to nothing.
        let before = self.results.and_then(|it| it.band(base, quantity, actor, at));
        let of = before.filter(|before| !is_share && before.mid != 0.0).map(|before| {
            let percent = format!("{:+.2} %", one.mid / before.mid * 100.0);
            self.say(format!(", {percent} of what it is"), format!("（其水平的 {percent}）"))
        });
        let of = of.unwrap_or_default();
        let verdict = match on_direction(&[*one]) {
            Verdict::TooHigh => self.language.pick("does not hold", "不成立"),
            verdict => crate::output::lab::claims::verdict(verdict, self.language),
        };
        let [scenario, base] = [scenario, base].map(|it| names::scenario(it, self.language));
        self.say(
            format!("Simulated `{quantity}` of {actor}, \"{scenario}\" over \"{base}\" at the end of {at}: {range} {unit}{of}; that it rises: {verdict}."),
            format!("模拟的 {actor} `{quantity}`，{at} 末“{scenario}”高于“{base}”：{range} {unit}{of}；“上升”这一点：{verdict}。"),
        )
    }
}
