//! What is said of the lab's statistics: priors, designs, runs and their settings.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Priors.
    ("`{}` is no distribution", "“{0}”不是分布名称"),
    ("known distributions are {}", "可用的分布有：{0}"),
    ("`{}` needs a number here", "`{0}` 在此处需要一个数字"),
    ("`{}` takes no number here", "`{0}` 在此处不取数字"),
    ("leave the cell empty", "请将该单元格留空"),
    ("{} is no finite number", "{0} 不是有限数"),
    ("the low end {} is not below the high end {}", "下端 {0} 不小于上端 {1}"),
    ("exchange them; what is known exactly is `fixed`", "请互换两端；确知的量请写 `fixed`"),
    ("the middle {} does not lie between {} and {}", "中间值 {0} 不在 {1} 与 {2} 之间"),
    ("{} is not above zero, which this distribution needs", "{0} 不大于零，而该分布要求大于零"),
    (
        "{} does not lie between 0 and 1, where a beta distribution has its values",
        "{0} 不在 0 与 1 之间，而贝塔分布的取值都在此区间",
    ),
    (
        "no beta distribution with the mean {} has 90 % of its probability between {} and {}",
        "没有均值为 {0} 且 90% 的概率位于 {1} 与 {2} 之间的贝塔分布",
    ),
    ("give the two shapes as `beta`", "请改用 `beta` 并给出两个形状参数"),
    ("every quantity has a symbol, a unit and a basis", "每个量都须有符号、单位和依据"),
    ("`{}` is no verification", "“{0}”不是核实程度"),
    (
        "write VERIFIED, SECONDARY, DERIVED or ASSUMED",
        "请写 VERIFIED（已核实）、SECONDARY（转引）、DERIVED（推算）或 ASSUMED（假定）",
    ),
    // Runs and settings.
    ("{} {} are too few", "{0} 个{1!}太少"),
    ("at least {} are needed", "至少需要 {0} 个"),
    ("walks", "轨迹"),
    ("blocks", "区组"),
    ("options", "选项"),
    ("draws", "抽样"),
    ("members", "成员"),
    ("series", "序列"),
    ("values", "数值"),
    ("targets", "目标"),
    ("factors", "因素"),
    ("points", "点"),
    ("particles", "粒子"),
    ("runs that succeed", "成功的运行"),
    (
        "a Sobol sequence of {} points in {} dimensions is too large",
        "{1} 维、{0} 个点的 Sobol 序列过大",
    ),
    (
        "it has at most {} points in {} dimensions; Latin hypercubes have no such bound",
        "最多为 {1} 维、{0} 个点；拉丁超立方无此限制",
    ),
    ("{} values where {} are expected", "有 {0} 个值，而应有 {1} 个"),
    ("give one for each, in order", "请按顺序逐一给出"),
    ("value {} is {}, which has no logarithm", "第 {0} 个值为 {1}，没有对数"),
    ("work without logarithms", "请不取对数"),
    ("value {} is {}, which is no finite number", "第 {0} 个值为 {1}，不是有限数"),
    ("leave it out", "请将其去掉"),
    ("all runs give the same result, so no factor matters", "所有运行结果相同，没有因素起作用"),
    ("look at another result", "请考察另一项结果"),
    (
        "of {} runs {} are of interest, so there is nothing to tell apart",
        "{0} 次运行中有 {1} 次受关注，无从区分",
    ),
    ("`{}` is {}, which is below zero", "`{0}` 为 {1}，小于零"),
    ("exchange them", "请互换两端"),
    (
        "the target `{}` has no variance, so only a model that meets it exactly is left",
        "目标“{0}”没有方差，只有与之完全相符的模型才能留下",
    ),
    (
        "say how well it was observed, or what the model leaves out",
        "请说明观测的精度，或模型未涵盖的部分",
    ),
    ("the setting `{}` is {}, outside of what it can be", "设置 `{0}` 为 {1}，超出取值范围"),
    ("it goes from {} to {}", "取值范围为 {0} 至 {1}"),
    ("the run gives no number", "该次运行没有给出数字"),
    (
        "the run gives {} results, where others give {}",
        "该次运行给出 {0} 个结果，而其他运行为 {1} 个",
    ),
];
