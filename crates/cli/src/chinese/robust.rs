//! What is said of regret and of scenario discovery: their commands, files and mistakes.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Commands.
    (
        "What each lever changes, and what it may cost beside the best one, over the same draws",
        "各手段改变什么、与最优者相比代价多大：使用相同的抽样",
    ),
    (
        "Under which assumptions a quantity passes a threshold: boxes and rules",
        "在哪些假设下某一数量越过门槛：范围与规则",
    ),
    // Options of regret.
    ("The scenario whose levers are pulled, by name or file", "变动其手段的情景：名称或文件"),
    ("A file of levers and values in place of the shipped one", "代替自带文件的手段与取值文件"),
    ("A table of outcomes in place of the shipped one", "代替自带表的结果表"),
    (
        "Whole scenarios to put side by side; all shipped ones where none are named",
        "一并比较的整个情景；不给出时为所有自带情景",
    ),
    ("Levers alone, without other scenarios", "只比较手段，不比较其他情景"),
    ("The quarter in which outcomes end", "结果截至的季度"),
    (
        "How many draws of the parameters each alternative gets; the same ones in all",
        "每个选项的参数抽样次数；各选项使用相同的抽样",
    ),
    (
        "A folder for `alternatives.csv`, `regret.csv`, `effects.csv` and `regret.json`, which a report draws",
        "存放 `alternatives.csv`、`regret.csv`、`effects.csv` 和 `regret.json` 的文件夹，报告据以绘图",
    ),
    ("Write the shipped levers, for a start of your own", "输出自带的手段文件，供自行修改"),
    // Options of discovery.
    (
        "Scenarios, by name or file; of several, which one it is counts as an assumption",
        "情景：名称或文件；给出多个时，属于哪个情景也算作一项假设",
    ),
    ("The quantity", "数量"),
    (
        "Whose quantity: `world`, a place by its code, or another actor of the results",
        "数量的主体：`world`、地点代码或结果中的其他主体",
    ),
    ("The quarter", "季度"),
    (
        "Runs above this are of interest: a number, or p90 for the 90 percent quantile of the runs, which it is where nothing is given",
        "高于此值的运行受关注：数字，或 p90 表示各次运行的 90% 分位数（默认）",
    ),
    ("Runs below this are of interest", "低于此值的运行受关注"),
    (
        "The least share of runs of interest in the box; the box nearest to all of them and nothing else where none is given",
        "范围内受关注运行的最低占比；不给出时取最接近“全部覆盖且别无其他”的范围",
    ),
    (
        "How many parameters a box and a rule may be made of: those that differ most among the runs of interest",
        "范围和规则最多由多少参数构成：取在受关注运行中差异最大者",
    ),
    (
        "How often runs are drawn anew, to see whether the box comes out again",
        "重抽样次数，用以检验范围是否重现",
    ),
    ("How many cuts deep the tree of rules goes at most", "规则树最多分割多少层"),
    (
        "Draw from the particles of the fit, not from the distributions as they are believed: they are few, so that a box holds less well where it was not searched",
        "从拟合的粒子抽样，而不从先验分布抽样：粒子数少，范围在未搜索的运行中较难成立",
    ),
    (
        "A folder for `discovery-box.csv`, `discovery-steps.csv`, `discovery-rules.csv` and `discovery.json`, which a report draws",
        "存放 `discovery-box.csv`、`discovery-steps.csv`、`discovery-rules.csv` 和 `discovery.json` 的文件夹，报告据以绘图",
    ),
    // Files of levers.
    ("the levers cannot be used\n\n{}", "手段文件无法使用\n\n{0}"),
    (
        "there is no `[[lever]]`: which levers are pulled how far",
        "没有 `[[lever]]`：应写明哪些手段变动多少",
    ),
    ("`name` is missing: the name of a lever", "缺少 `name`：手段的名称"),
    ("`values` is missing: a list of numbers", "缺少 `values`：应为数字列表"),
    ("`values` is empty: it lists what the lever is set to", "`values` 为空：应列出手段的取值"),
    ("the lever `{}` is there twice", "手段 `{0}` 出现了两次"),
    ("put all its values into one list", "请将其所有取值写入同一列表"),
    ("the value {} of `{}` is there twice", "`{1}` 的取值 {0} 出现了两次"),
    ("outcomes end in {}, before levers are pulled on {}", "结果截至 {0}，早于手段生效之日 {1}"),
    (
        "give a later `--at`, or an earlier `from` in the file of levers",
        "请给出更晚的 `--at`，或在手段文件中给出更早的 `from`",
    ),
    ("there is no scenario to compare", "没有可比较的情景"),
    ("cannot make a table", "无法生成表格"),
    // Tables of outcomes.
    ("an outcome has a name", "结果须有名称"),
    ("`{}` ({}) is no flow, so quarters do not add up", "`{0}`（{1!}）不是流量，各季度不能相加"),
    ("write `at` or `mean`", "请写 `at` 或 `mean`"),
    ("{} quantities have {} actors", "{0} 个数量对应 {1} 个主体"),
    ("join as many by `+`, in the same order", "请用 `+` 连接同样多的主体，顺序相同"),
    ("`{}` is in {}, and what it would be added to in {}", "`{0}` 以{1!}计，而与之相加者以{2!}计"),
    ("only quantities of one unit can be added", "只有单位相同的数量才能相加"),
    ("`{}` is no measure", "“{0}”不是度量方式"),
    ("write `at`, `sum` or `mean`", "请写 `at`、`sum` 或 `mean`"),
    ("`{}` is no sense", "“{0}”不是方向"),
    ("write `more` or `less`: which is better", "请写 `more` 或 `less`：哪个方向更好"),
    ("the world has no `{}` of `{}`", "模拟世界中没有 `{1}` 的 `{0}`"),
    ("it has it of {}", "有该数量的主体：{0,}"),
    ("the world has no quantity `{}`", "模拟世界中没有数量 `{0}`"),
    ("its quantities are {}", "现有的数量：{0,}"),
    // Thresholds and boxes.
    ("`{}` is no threshold", "“{0}”不是门槛"),
    (
        "write a number, or p90 for the 90 percent quantile of the runs",
        "请写数字，或写 p90 表示各次运行的 90% 分位数",
    ),
    (
        "{} of {} runs pass the threshold {}, so there is nothing to tell apart",
        "{1} 次运行中有 {0} 次越过门槛 {2}，无从区分",
    ),
    (
        "the runs come to {} to {}; p90 is the 90 percent quantile",
        "各次运行为 {0} 至 {1}；p90 为 90% 分位数",
    ),
    ("no box has a density of {}", "没有密度达到 {0} 的范围"),
    ("the densest one has {}", "最密的范围为 {0}"),
    // Records of both.
    ("`{}` says nothing of `{}` that can be used", "“{0}”中没有可用的 `{1}`"),
    ("run the command that wrote it again", "请重新运行写出该文件的命令"),
];
