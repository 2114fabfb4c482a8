//! What quantities, units, scenarios and places are called, in English and Chinese.
//!
//! What a run names and this table does not is shown by its own name.

use crate::catalogue::Countries;
use crate::language::Language;

pub use super::names::{is_share, scenario, unit, value};

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// China's compute and where it comes from.
    China,
    /// Vendors, prices and research.
    Vendors,
    /// The order of the world: systems, capacity, retaliation.
    World,
    /// One value a country.
    Countries,
    /// Chips made for China.
    Design,
    /// What the table does not know.
    Other,
}

impl Part {
    /// The parts that have fan charts, in their order.
    pub const FANS: [Part; 5] =
        [Part::China, Part::Design, Part::Vendors, Part::World, Part::Other];

    /// Its heading.
    pub fn title(self, language: Language) -> &'static str {
        match self {
            Part::China => language.pick("China's compute, quantity by quantity", "中国算力：逐项"),
            Part::Design => language.pick("Chips made for China", "面向中国设计的芯片"),
            Part::Vendors => language.pick("Vendors, prices, research", "厂商、价格与研发"),
            Part::World => language.pick("Systems, capacity, retaliation", "体系、产能与反制"),
            Part::Countries => language.pick("Country by country", "各国与各地区"),
            Part::Other => language.pick("Other quantities of the run", "本次运行的其他数量"),
        }
    }
}

/// A quantity of the simulation: its name, its title in English and Chinese, where it stands.
type Quantity = (&'static str, [&'static str; 2], Part);

/// The quantities in the order of the report.
pub const QUANTITIES: [Quantity; 48] = [
    (
        super::WITH_RENTED,
        ["Installed in China and rented abroad", "中国境内装机与境外租用"],
        Part::China,
    ),
    ("china_installed", ["Installed in China", "中国境内装机"], Part::China),
    ("leased", ["Compute that China rents abroad", "中国在境外租用的算力"], Part::China),
    (
        "china_total_cum",
        [
            "Legal, Huawei's and smuggled compute, as the ledger counts",
            "合法、华为与走私的算力（台账口径）",
        ],
        Part::China,
    ),
    (
        "china_legal_nvidia_cum",
        ["NVIDIA chips legally in China", "合法进入中国的英伟达芯片"],
        Part::China,
    ),
    ("smuggled_cum", ["Compute smuggled into China", "走私进入中国的算力"], Part::China),
    ("smuggled_chips", ["Chips smuggled into China", "走私进入中国的芯片数"], Part::China),
    ("huawei_cum", ["Huawei's compute", "华为算力"], Part::China),
    ("cambricon_cum", ["Cambricon's compute", "寒武纪算力"], Part::China),
    ("china_domestic_share", ["Domestic share", "国产比例"], Part::China),
    ("china_unmet", ["China's demand that is not met", "中国未获满足的需求"], Part::China),
    (
        "denied",
        ["Demand at list price that no source met", "按标价的需求中无任何来源满足者"],
        Part::China,
    ),
    ("china_cards", ["Accelerators bought in China", "中国购入的加速卡"], Part::China),
    ("china_market", ["China's market for accelerators", "中国加速器市场"], Part::China),
    ("seized_chips", ["Chips seized on the way", "途中查获的芯片"], Part::China),
    ("seized_stock", ["Chips ever seized on the way", "历来途中查获的芯片"], Part::China),
    ("die_bank", ["Chinese dies that wait", "待封装的中国裸片"], Part::China),
    ("memory_stock", ["Memory for Chinese dies in stock", "中国裸片所用内存的库存"], Part::China),
    ("china_abroad", ["China's own compute abroad", "中国企业境外自有算力"], Part::China),
    ("premium", ["Price of smuggled chips", "走私芯片的价格"], Part::China),
    ("h20_units", ["Chips for China, rule of 2023", "对华芯片（2023 年规则）"], Part::Design),
    ("a800_h800_units", ["Chips for China, rule of 2022", "对华芯片（2022 年规则）"], Part::Design),
    ("variant_tpp", ["Performance of the design on offer", "在售设计的总处理性能"], Part::Design),
    (
        "variant_dram_gbs",
        ["Memory bandwidth of the design on offer", "在售设计的内存带宽"],
        Part::Design,
    ),
    ("variant_io_gbs", ["Links of the design on offer", "在售设计的互连带宽"], Part::Design),
    ("unsold_chips", ["Chips for China in stock", "对华芯片库存"], Part::Design),
    ("written_off_chips", ["Chips for China written off", "报废的对华芯片"], Part::Design),
    ("nvidia_shipped_cum", ["NVIDIA compute shipped", "英伟达累计出货算力"], Part::Vendors),
    ("nvidia_shipped", ["NVIDIA compute shipped a quarter", "英伟达季度出货算力"], Part::Vendors),
    ("world_added", ["Compute added in the world", "全球新增算力"], Part::Vendors),
    ("hyperscalers_cum", ["Compute of the large U.S. clouds", "美国大型云厂商算力"], Part::Vendors),
    (
        "hyperscalers_nvidia_cum",
        ["NVIDIA compute of the large U.S. clouds", "美国大型云厂商的英伟达算力"],
        Part::Vendors,
    ),
    ("price_h100e", ["Price of an H100 equivalent", "H100 当量价格"], Part::Vendors),
    ("us_vendor_revenue", ["Revenue of U.S. vendors", "美国厂商营收"], Part::Vendors),
    ("market_value", ["Market value", "市值"], Part::Vendors),
    ("rental_price", ["Price of renting a GPU", "GPU 租赁价格"], Part::Vendors),
    ("research", ["Research spending", "研发支出"], Part::Vendors),
    ("frontier_tpp", ["Performance of the best chip", "最先进芯片的总处理性能"], Part::Vendors),
    ("jobs", ["Jobs", "就业岗位"], Part::Vendors),
    ("overcapacity", ["Idle capacity", "闲置产能"], Part::World),
    ("bifurcation_index", ["Bifurcation index", "分裂指数"], Part::World),
    ("second_stack", ["Share of the second stack", "第二技术体系份额"], Part::World),
    ("locked_in", ["Countries locked into one system", "锁定于单一体系的国家"], Part::World),
    ("retaliation", ["Retaliation in force", "反制措施实施中"], Part::World),
    ("compute", ["Compute by location", "按所在地的算力"], Part::Countries),
    ("compute_owned", ["Compute by owner's headquarters", "按所有者总部的算力"], Part::Countries),
    ("quota_utilization", ["Use of the quota", "配额使用率"], Part::Countries),
    ("quota_shadow_price", ["Shadow price of the quota", "配额影子价格"], Part::Countries),
];

/// What a quantity is called.
pub fn quantity(name: &str, language: Language) -> &str {
    let known = QUANTITIES.iter().find(|it| it.0 == name);
    known.map_or(name, |(_, title, _)| title[language as usize])
}

/// What a quantity of an actor is called where the actor makes it a thing of its own.
pub fn of_its_own(name: &str, actor: &str, language: Language) -> Option<&'static str> {
    (name == "compute" && actor == "CN")
        .then(|| language.pick("Installed in China, from every source", "中国境内装机（各来源）"))
}

/// What stands under the title of a chart where the title does not say it all: a quantity, and the
/// actor where it is about one.
const NOTES: [(&str, Option<&str>, [&str; 2]); 11] = [
    (
        "china_installed",
        None,
        [
            "What still runs, by where it comes from: the four add up to what is installed there.",
            "按来源的在运行装机：四项之和即境内装机。",
        ],
    ),
    (
        "compute",
        Some("CN"),
        [
            "Legal, smuggled and domestic chips of every designer that still run in China; what is rented abroad is not among them.",
            "在中国境内仍在运行的合法、走私及各家国产芯片；不含境外租用。",
        ],
    ),
    (
        super::WITH_RENTED,
        None,
        [
            "Everything installed in China, and what its companies rent abroad.",
            "中国境内的全部装机，加上其企业在境外租用的算力。",
        ],
    ),
    (
        "china_total_cum",
        None,
        [
            "The sum that the published ledger makes: NVIDIA's legal chips since 2022, Huawei's since 2024, smuggled ones. Other domestic designers and what is rented abroad are not in it, and nothing is written off.",
            "即公开台账的合计：2022 年起英伟达的合法芯片、2024 年起华为的芯片，以及走私芯片；不含其他国产设计商和境外租用，也不扣报废。",
        ],
    ),
    (
        "h20_units",
        None,
        [
            "All chips made for China that were sold while the oldest design on offer is one of 2023Q4 to 2025Q1, held against the ledger's H20. A successor that slips under the letter of April 2025 counts here, which in fact did not come in 2025.",
            "在售的最早设计出自 2023Q4 至 2025Q1 期间时所售的全部对华芯片，与台账中的 H20 对照。躲过 2025 年 4 月函件的后续型号也计入其中，而现实中 2025 年并未出现。",
        ],
    ),
    (
        "a800_h800_units",
        None,
        [
            "All chips made for China that were sold while the oldest design on offer is one of before 2023Q4, held against the ledger's A800 and H800.",
            "在售的最早设计早于 2023Q4 时所售的全部对华芯片，与台账中的 A800 与 H800 对照。",
        ],
    ),
    (
        "denied",
        None,
        [
            "What China smuggled, rented, made or paid more for instead is not in it: it is not what China has less.",
            "不含中国改为走私、租用、自产或加价购得的部分：并非中国减少的算力。",
        ],
    ),
    (
        "die_bank",
        None,
        [
            "Good dies that wait for packages. Wafer starts answer to tools and subsidy only, not to what can be packaged or sold, so that they pile up.",
            "等待封装的良品裸片。投片只取决于设备和补贴，与能否封装或售出无关，故不断积压。",
        ],
    ),
    (
        "bifurcation_index",
        None,
        [
            "1 where every place is with one stack, be it the same one: it tells no two systems from one. The share of the second stack does.",
            "各地均只用一种技术体系时为 1，即使是同一体系：它不能区分一个体系与两个体系，“第二技术体系份额”可以。",
        ],
    ),
    ("price_h100e", None, ["By 8-bit operations.", "按 8 位运算计。"]),
    (
        "quota_shadow_price",
        None,
        [
            "By TPP, which is what quotas count: 15,831.2 is one H100 equivalent. The list price of an H100 equivalent goes by 8-bit operations and is another unit.",
            "按配额所计的 TPP：15,831.2 为一个 H100 当量。H100 当量标价则按 8 位运算计，单位不同。",
        ],
    ),
];

/// What is to be said of a quantity of an actor beside its title.
pub fn note(name: &str, actor: &str, language: Language) -> Option<&'static str> {
    let is_it = |(known, of, _): &&(&str, Option<&str>, [&'static str; 2])| {
        *known == name && of.is_none_or(|of| of == actor)
    };
    NOTES.iter().find(is_it).map(|(_, _, note)| note[language as usize])
}

/// Where a quantity stands.
pub fn part(name: &str) -> Part {
    QUANTITIES.iter().find(|it| it.0 == name).map_or(Part::Other, |it| it.2)
}

/// What an actor is called where it is no country.
const ACTORS: [(&str, [&str; 2]); 12] = [
    ("world", ["world", "全球"]),
    ("units", ["by chips", "按芯片数"]),
    ("value", ["by value", "按金额"]),
    ("h100e", ["by compute", "按算力"]),
    ("made", ["by where it is made", "按制造地"]),
    ("foundry", ["foundries", "晶圆代工"]),
    ("china_dc", ["China's data centers", "中国数据中心"]),
    ("nvidia", ["NVIDIA", "英伟达"]),
    ("huawei", ["Huawei", "华为"]),
    ("legal", ["legal", "合法进口"]),
    ("smuggled", ["smuggled", "走私"]),
    ("other_domestic", ["other domestic designers", "其他国产设计商"]),
];

/// What an actor is called: a role, a region of the simulation, a country.
pub fn actor(name: &str, regions: &[super::regions::Region], language: Language) -> String {
    if let Some((_, title)) = ACTORS.iter().find(|it| it.0 == name) {
        return title[language as usize].to_owned();
    }
    let region = regions.iter().find(|region| region.code == name);
    match region.map(|region| region.name[language as usize].as_str()) {
        Some(known) if !known.is_empty() => known.to_owned(),
        _ => Countries::embedded().name(name, language).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_there_once() {
        for (at, (name, title, _)) in QUANTITIES.iter().enumerate() {
            assert!(!QUANTITIES[..at].iter().any(|it| it.0 == *name), "{name}");
            assert!(title.iter().all(|title| !title.is_empty()), "{name}");
        }
        assert_eq!(quantity("something_new", Language::Zh), "something_new");
        assert_eq!(part("something_new"), Part::Other);
    }
}
