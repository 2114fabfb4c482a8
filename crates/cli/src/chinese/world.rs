//! What is said of the simulated world: its commands, scenarios, runs and fit.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Commands.
    (
        "Runs scenarios through the simulated world, many draws each",
        "在模拟世界中运行各情景，每个情景多次抽样",
    ),
    (
        "Fits the world to history, and judges it by years that it has not seen",
        "用历史数据拟合模拟世界，并以未用于拟合的年份检验",
    ),
    (
        "What the outcomes of a scenario depend on: screening, then shares of the variance",
        "情景的结果取决于什么：先筛选参数，再算方差份额",
    ),
    // What is wrong in a scenario or its law.
    (
        "`id` is made of a to z, 0 to 9 and hyphens: files are named after it",
        "`id` 由 a 至 z、0 至 9 和连字符组成：文件以其命名",
    ),
    (
        "no `[[law]]` holds from 2019-01-01 on, when the run begins",
        "没有自 2019-01-01（模拟开始之日）起适用的 `[[law]]`",
    ),
    (
        "the scenario names the letter `{}`, which no pack tests",
        "情景提到函件 `{0}`，但没有规则包检验它",
    ),
    (
        "two `[[law]]` hold from {}: on line {} and on line {}",
        "自 {0} 起有两个 `[[law]]`：第 {1} 行与第 {2} 行",
    ),
    (
        "`{}` is set twice on {}: on line {} and on line {}",
        "`{0}` 在 {1} 被设定两次：第 {2} 行与第 {3} 行",
    ),
    ("leave one of them out, or give it another day", "请删去其中一个，或改为另一天"),
    ("the packs ask for it by `{}`", "规则包以 `{0}` 检验函件"),
    ("{}:{}: the quota `{}` has a limit below zero", "{0}:{1}：配额 `{2}` 的限额低于零"),
    ("{} is no count", "{0} 不是数目"),
    ("a whole number from 1 on", "应为从 1 起的整数"),
    ("a quota of nothing has the limit 0", "没有额度的配额，限额写 0"),
    ("it is below 1", "小于 1"),
    ("a place stands for at least one country", "一个地点至少代表一个国家"),
    ("cannot find the program's own file", "找不到程序自身的文件"),
    // Options of a run.
    (
        "Scenarios: `history`, `diffusion-enforced`, `no-controls`, `negotiation`, `two-camps`, `full-decoupling`, or files",
        "情景：`history`、`diffusion-enforced`、`no-controls`、`negotiation`、`two-camps`、`full-decoupling`，或文件",
    ),
    (
        "How many draws of the parameters each scenario gets; the same ones in all",
        "每个情景的参数抽样次数；各情景使用相同的抽样",
    ),
    (
        "The folder for `results.parquet` and `run.json`; a run that was stopped goes on there",
        "`results.parquet` 和 `run.json` 所在的文件夹；中断的运行在此继续",
    ),
    (
        "Draw from the distributions as they are believed, not as fitted to history",
        "从先验分布抽样，而不从按历史拟合的分布抽样",
    ),
    (
        "How many threads to use; as many as there are cores where none are named",
        "使用多少线程；不给出时与核心数相同",
    ),
    (
        "Write a shipped scenario, a pack of one, or a table, such as `history`, `negotiation.md` or `parameters.csv`, for a start of your own",
        "输出一个自带的情景、情景规则包或表（如 `history`、`negotiation.md` 或 `parameters.csv`），供自行修改",
    ),
    (
        "A folder of tables of the world; those that lie there (`parameters.csv`, `posterior.csv`, `places.csv`, `buyers.csv`, `flagships.csv`, `targets.csv`, `fit.csv`, `outcomes.csv`, `levers.toml`) take the place of the program's own",
        "模拟世界各表所在的文件夹；其中的表（`parameters.csv`、`posterior.csv`、`places.csv`、`buyers.csv`、`flagships.csv`、`targets.csv`、`fit.csv`、`outcomes.csv`、`levers.toml`）取代程序自带的表",
    ),
    (
        "Particles that `weir lab fit --into` wrote, in the place of the program's own; of `parameters.csv` beside them, where it lies there",
        "`weir lab fit --into` 写出的粒子，取代程序自带的粒子；若旁边有 `parameters.csv`，则视为由其拟合而得",
    ),
    // Options of the fit.
    ("Judge the fit that is there, and fit nothing", "检验现有的拟合，不重新拟合"),
    ("Points of a wave of history matching", "历史匹配每一轮的点数"),
    ("Particles of the fit", "拟合的粒子数"),
    ("Generations of the fit", "拟合的代数"),
    ("Draws to judge by", "用于检验的抽样次数"),
    (
        "A folder for `posterior.csv` with the `parameters.csv` that it was fitted from, which `--data` takes, and for `fit.csv`, which a report draws",
        "写入 `posterior.csv` 及其所依据的 `parameters.csv`（可供 `--data` 使用）和 `fit.csv`（供报告绘图）的文件夹",
    ),
    // Options of the sensitivity.
    ("A scenario, by name or file", "情景的名称或文件"),
    ("An outcome: quantity, actor and quarter", "一项结果：数量、主体和季度"),
    ("Walks of the screening of all parameters", "筛选全部参数的轨迹数"),
    ("How many parameters to keep after the screening", "筛选后保留多少个参数"),
    (
        "Blocks of runs for the shares of the variance; a power of two is spread most evenly",
        "计算方差份额的运行区组数；取 2 的幂时分布最均匀",
    ),
    (
        "A folder for `sensitivity.csv`, which a report draws",
        "写入 `sensitivity.csv`（供报告绘图）的文件夹",
    ),
    // Scenarios.
    ("there is no scenario `{}`", "没有名为 `{0}` 的情景"),
    ("give a file, or one of {}", "请给出文件，或下列之一：{0,}"),
    ("the scenario `{}` is named twice", "情景 `{0}` 给出了两次"),
    ("the scenario cannot be used\n\n{}", "情景无法使用\n\n{0}"),
    ("`{}` names the pack `{}`, which is not there", "“{0}”用到规则包 `{1}`，但找不到该规则包"),
    ("put it beside the scenario's file", "请将其放在情景文件的同一文件夹"),
    (
        "there is no `[[law]]`: which law holds from when",
        "缺少 `[[law]]`：须写明自何时起适用何种规则",
    ),
    ("`through` is before `from`", "`through` 早于 `from`"),
    ("`{}` is {}, outside the run of 2019 to 2032", "`{0}` 为 {1}，不在 2019 至 2032 年的模拟期内"),
    (
        "`levers` is missing: a table of levers and their values",
        "缺少 `levers`：应为政策手段及其取值的表",
    ),
    ("there is no lever `{}`", "没有名为 `{0}` 的政策手段"),
    ("`{}` is a number from {} to {}", "`{0}` 须为 {1} 至 {2} 之间的数"),
    ("`size` is a number from 0 to 1", "`size` 须为 0 至 1 之间的数"),
    ("`known` is after `day`", "`known` 晚于 `day`"),
    // The law of a scenario.
    (
        "the law leaves open whether {} may go to {} on {}: it asks for {}",
        "按现有规则无法确定 {0!} 在 {2} 可否运往 {1}：还需要 {3,}",
    ),
    ("a chip made for China", "对华特供芯片"),
    (
        "the lab sells to private companies for civil use; a pack of the scenario must be decidable on what the lab knows",
        "实验室只模拟售予私营公司的民用交易；情景的规则包须能依据实验室已知的事实作出判断",
    ),
    (
        "the packs' vocabulary has no `{}` that can be `{}`",
        "规则包的词汇表中没有可取值 `{1}` 的 `{0}`",
    ),
    ("the lab needs the shipped vocabulary", "实验室需要程序自带的词汇表"),
    ("`{}` in places.csv is no country code", "places.csv 中的“{0}”不是国家代码"),
    // Tables of the world.
    ("there is no place `CN`", "缺少地点 `CN`"),
    ("`{}` is no place of places.csv", "“{0}”不是 places.csv 中的地点"),
    ("{} is no share", "{0} 不是比例"),
    ("from 0 to 1", "应在 0 至 1 之间"),
    ("`{}` is no quarter of the world", "“{0}”不是模拟期内的季度"),
    ("write quarters as 2025Q1, from 2019 to 2032", "季度请写成 2025Q1，限 2019 至 2032 年"),
    ("`{}` is no chip of chips.csv", "“{0}”不是 chips.csv 中的芯片"),
    (
        "leave `sku` empty and give the figures in this table",
        "请将 `sku` 留空，并在本表中给出各项数值",
    ),
    // Draws.
    ("there is no scenario, pack or table `{}`", "没有名为 `{0}` 的情景、规则包或表"),
    (
        "`--posterior` names particles, and `--prior` draws none",
        "`--posterior` 给出粒子，而 `--prior` 不从粒子抽样",
    ),
    ("leave one of them out", "请去掉其中之一"),
    ("cannot read the folder `{}`", "无法读取文件夹“{0}”"),
    ("`{}` holds no table of the world", "“{0}”中没有模拟世界的表"),
    ("their names are {}", "表的名称为 {0,}"),
    ("`{}` is no table of the world", "“{0}”不是模拟世界的表"),
    ("the world has no parameter `{}`", "模拟世界没有参数 `{0}`"),
    (
        "`weir lab run --show parameters.csv` writes those that there are",
        "`weir lab run --show parameters.csv` 可输出全部参数",
    ),
    ("`{}` has no row for the parameter `{}`", "“{0}”中没有参数 `{1}` 的行"),
    (
        "begin with the whole table: `weir lab run --show parameters.csv`",
        "请从完整的表开始：`weir lab run --show parameters.csv`",
    ),
    ("`{}` has no column for `{}`, which is fitted", "“{0}”中没有拟合参数 `{1}` 的列"),
    (
        "give a table as `weir lab fit --into DIR` writes it",
        "请给出 `weir lab fit --into DIR` 写出的表",
    ),
    (
        "`{}`, row 1, column `{}`: the world has no such parameter",
        "“{0}”第 1 行 `{1}` 列：模拟世界没有该参数",
    ),
    (
        "`{}`, row 1, column `{}`: it was fitted, and `{}` has it as known",
        "“{0}”第 1 行 `{1}` 列：该参数经过拟合，而“{2}”将其视为已知",
    ),
    (
        "fit anew with `weir lab fit --data DIR --into DIR`, or draw with `--prior`",
        "请用 `weir lab fit --data DIR --into DIR` 重新拟合，或用 `--prior` 抽样",
    ),
    (
        "`{}` is not the `{}` of `{}`, and the particles of `{}` are shares of that distribution of `{}`",
        "`{0}` 与“{2}”中的 `{1}` 不同，而“{3}”中的粒子是 `{4}` 的该分布的份额",
    ),
    (
        "`{}` is in `{}` here, and weir reckons it in `{}`",
        "`{0}` 在此以 `{1}` 计，而 weir 以 `{2}` 计",
    ),
    ("convert the numbers and write that unit", "请换算数值并写明该单位"),
    ("`{}` may come to {}, above `{}` at {}", "`{0}` 可达 {1}，高于 `{2}` 的 {3}"),
    ("keep all of the one below all of the other", "前者的全部取值须低于后者的全部取值"),
    (
        "`{}` would lie between {} and {}, and can only be from {} to {}",
        "`{0}` 将介于 {1} 与 {2} 之间，而只能在 {3} 至 {4} 之间",
    ),
    ("its unit is `{}`", "其单位为 `{0}`"),
    ("`{}` is no country code", "“{0}”不是国家代码"),
    ("two letters, such as MY", "请写两个字母，如 MY"),
    ("the first place is `{}`", "第一个地点是 `{0}`"),
    ("the first row is the United States, `US`", "第一行应为美国 `US`"),
    (
        "with `abroad_allies` it comes to {}, more than all",
        "与 `abroad_allies` 合计为 {0}，超过全部",
    ),
    ("both together are at most 1", "两者合计不得超过 1"),
    ("nobody outside China buys anything", "中国以外没有任何买方"),
    ("give a company there a weight", "请为当地的公司给出权重"),
    ("{} is not above zero", "{0} 不大于零"),
    ("no chip is on sale in 2019Q1, when the run begins", "模拟开始的 2019Q1 没有在售芯片"),
    ("give the earliest one that quarter", "请将最早的芯片设为该季度"),
    ("it is no share of a distribution", "不是分布中的份额"),
    (
        "particles are numbers between 0 and 1, as `weir lab fit` writes them",
        "粒子为 0 与 1 之间的数，格式与 `weir lab fit` 的输出相同",
    ),
    // Runs.
    ("name a folder with `-o`", "请用 `-o` 给出文件夹"),
    ("draw {} of `{}` diverged in {}: {}", "`{1}` 的第 {0} 次抽样在 {2} 发散：{3!}"),
    ("{}: {} {} were made and {} are found", "{0}：制造了 {1} {2}，而找到 {3}"),
    ("U.S. chips in {}", "{0} 境内的美国芯片"),
    ("U.S. chips by their owners", "按所有者计的美国芯片"),
    ("chips that Chinese companies bought abroad", "中国企业在境外购买的芯片"),
    ("chips made for China from the {}", "由 {0} 裁减而成的对华芯片"),
    ("U.S. chips sold to China", "售往中国的美国芯片"),
    ("chips smuggled to China", "走私至中国的芯片"),
    ("Chinese dies", "中国裸片"),
    ("dies in Chinese packages", "中国封装中的裸片"),
    ("{} H100e are rented where {} stand", "租用 {0} H100 当量，而当地只有 {1}"),
    ("{} dies were packaged where {} can be", "封装了 {0} 片裸片，而产能为 {1} 片"),
    ("{} dies are on Chinese wafers and {} are counted", "中国晶圆上有 {0} 片裸片，而计得 {1} 片"),
    ("{} stacks of memory came and {} are counted", "到货 {0} 个内存堆栈，而计得 {1} 个"),
    ("{} stacks were used where packages take {}", "用去 {0} 个堆栈，而封装需要 {1} 个"),
    ("Huawei packaged {} dies where {} can be", "华为封装了 {0} 片裸片，而产能为 {1} 片"),
    ("{}: a stock of {}", "{0}：库存为 {1}"),
    ("unsold chips from the {}", "未售出的 {0} 系列芯片"),
    ("dies of Huawei made in China", "在中国制造的华为裸片"),
    ("dies of other Chinese designers", "其他中国设计公司的裸片"),
    ("dies made abroad", "境外制造的裸片"),
    ("seized chips", "查获的芯片"),
    ("stacks of memory", "内存堆栈"),
    ("packaging capacity", "封装产能"),
    ("the ledger refused a movement within its limits", "台账拒绝了限额之内的变动"),
    ("`{}` of `{}` came to {} ({})", "`{1}` 的 `{0}` 变为 {2}（{3!}）"),
    ("`{}` holds the results of a run already", "“{0}”中已有一次运行的结果"),
    (
        "name another folder, or remove `results.parquet` and `run.json`",
        "请换一个文件夹，或删除 `results.parquet` 和 `run.json`",
    ),
    (
        "`{}` holds another run that was begun: its seed, draws, scenarios, law or data differ",
        "“{0}”中有另一次未完成的运行：种子、抽样次数、情景、规则或数据不同",
    ),
    ("name another folder, or remove `{}`", "请换一个文件夹，或删除“{0}”"),
    ("every draw of every scenario diverged", "所有情景的所有抽样均发散"),
    ("the files `*.json` in `{}` say why", "原因见“{0}”中的 `*.json` 文件"),
    ("cannot make the folder `{}`", "无法创建文件夹“{0}”"),
    ("cannot remove `{}`", "无法删除“{0}”"),
    ("`{}` is no JSON", "“{0}”不是 JSON"),
    // The fit.
    (
        "`{}` is the plan of the fit, and its judgment would take its place",
        "“{0}”是拟合方案，检验结果将覆盖它",
    ),
    ("name another folder for `--into`", "请为 `--into` 换一个文件夹"),
    (
        "`published` does not lie between `known` and `day`",
        "`published` 不在 `known` 与 `day` 之间",
    ),
    ("there is no target `{}`", "没有目标 `{0}`"),
    ("its names stand in targets.csv", "目标名称见 targets.csv"),
    ("it has no spread", "没有离散度"),
    ("give the share of the value that an observation may be off", "请给出观测值可能偏离的比例"),
    ("what is held out or another model's is not fitted", "留出的目标或其他模型的结果不得用于拟合"),
    ("only targets of the split `train`", "只能使用 `split` 为 `train` 的目标"),
    ("a role is `fit` or `score`", "`role` 须为 `fit` 或 `score`"),
    (
        "no parameters come near history: {} rules them out",
        "没有任何参数接近历史：{0,} 将其全部排除",
    ),
    (
        "the model is wrong there, or its distributions are too narrow; more `--points` may find a small region",
        "模型在该处有误，或先验分布过窄；增加 `--points` 或可找到较小的可行区域",
    ),
    // The sensitivity.
    ("`{}` is no outcome", "“{0}”不是一项结果"),
    (
        "write QUANTITY@QUARTER or QUANTITY:ACTOR@QUARTER, such as huawei_cum@2027Q4",
        "请写成 数量@季度 或 数量:主体@季度，如 huawei_cum@2027Q4",
    ),
    ("`{}`: the world has no `{}` of `{}`", "“{0}”：模拟世界中没有 `{2}` 的 `{1}`"),
    ("`{}` cannot be analyzed", "无法分析 `{0}`"),
    (
        "there is nothing to analyze: name an outcome with `--of`",
        "没有可分析的内容：请用 `--of` 给出结果",
    ),
    // Units of what is observed.
    ("H100e", "H100 当量"),
    ("H100e a quarter", "H100 当量/季度"),
    ("H100e in use", "在用 H100 当量"),
    ("USD a quarter", "美元/季度"),
    ("USD per GPU-hour", "美元/GPU 小时"),
    ("USD per H100e", "美元/H100 当量"),
    ("chips a quarter", "枚/季度"),
    ("chips", "枚"),
    ("dies", "片裸片"),
    ("stacks", "个堆栈"),
    ("ratio to list price", "与标价之比"),
];
