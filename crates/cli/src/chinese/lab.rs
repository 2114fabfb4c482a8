//! What is said of the lab: its instruments, their options and the tables they read.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Commands.
    (
        "Weighs claims about export controls: diversion, quotas in chips, prices, bends, output",
        "检验有关出口管制的说法：转运、配额折合芯片数、股价、增长拐点、产量",
    ),
    (
        "How many chips were diverted to China in 2024, under every reading of one study",
        "2024 年有多少芯片被转运至中国：对同一研究的各种解读",
    ),
    ("How many chips each quota of the law packs is", "规则包中各项配额折合多少芯片"),
    (
        "What days did to prices beyond what the market did: an event study on any table of prices",
        "某些日子对股价的影响（扣除大盘）：可用于任何价格表的事件研究",
    ),
    (
        "Whether the growth of one series bends at a day, against another series",
        "与另一序列相比，一个序列的增长在某日是否出现拐点",
    ),
    (
        "How many accelerators a country's own wafers make, by dies and by memory",
        "一国自产晶圆可制成多少加速器：按裸片和按内存",
    ),
    // Options.
    ("How often to draw from each reading", "每种解读的抽样次数"),
    (
        "The seed: the same one gives the same figures on every machine",
        "种子：相同的种子在任何机器上得到相同的数字",
    ),
    (
        "The number of chips of which the table says how likely more are",
        "芯片数：表中给出超过该数的可能性",
    ),
    (
        "A table of ranges and weights in place of the study's, of the form that `--show-data` writes",
        "代替研究原值的区间和权重表，格式与 `--show-data` 的输出相同",
    ),
    ("A reading of your own: what the range of vendors is", "自定义解读：中间商数量区间的含义"),
    (
        "Of your own reading: what the range of chips per vendor and month is",
        "自定义解读：每家中间商月均芯片数区间的含义",
    ),
    (
        "Of your own reading: what the range of cloud companies that are fronts is",
        "自定义解读：充当掩护的云公司数量区间的含义",
    ),
    (
        "Of your own reading: what the range of chips ordered per front is",
        "自定义解读：每家掩护公司订购芯片数区间的含义",
    ),
    (
        "Of your own reading: what the range of the share diverted is",
        "自定义解读：转运比例区间的含义",
    ),
    (
        "Of your own reading: the chips a year where the framework is wrong, as LOW:HIGH",
        "自定义解读：研究框架不成立时每年的芯片数，写成 低:高",
    ),
    ("The middle 90 percent of a lognormal variable", "对数正态变量中间的 90%"),
    ("Bounds between which the logarithm is uniform", "上下界，其间对数均匀分布"),
    ("Bounds between which the value is uniform", "上下界，其间数值均匀分布"),
    (
        "Writes the ranges and weights that are used, with their sources, and draws nothing",
        "输出所用的区间、权重及其来源，不抽样",
    ),
    (
        "Chips of the catalogue to count in, besides H100 equivalents",
        "除 H100 当量外，用目录中的哪些芯片折算",
    ),
    ("The destination, by its code or name", "目的地的代码或名称"),
    ("The calendar year", "日历年"),
    (
        "A CSV table with a column `date` and a column of daily prices for each name",
        "CSV 表：一列 `date`，每个名称一列每日价格",
    ),
    ("The column of the market", "代表大盘的列"),
    (
        "A day on which something happened; may be given more than once",
        "发生事件的日期；可多次给出",
    ),
    ("The columns to study; all but the market by default", "要研究的列；默认为大盘以外的所有列"),
    ("The days of the event, in trading days from it", "事件窗口，以距事件日的交易日计"),
    (
        "The days that the market model is estimated on, in trading days from the event",
        "市场模型的估计窗口，以距事件日的交易日计",
    ),
    ("The fewest returns to estimate from", "估计所需的最少收益率个数"),
    (
        "A CSV table with a column `date` and a column for each series; stocks of compute by Epoch AI without one",
        "CSV 表：一列 `date`，每个序列一列；不给出时使用 Epoch AI 的算力存量",
    ),
    ("The column that the event is about", "受事件影响的列"),
    ("The column to compare with", "用作对照的列"),
    ("The day; may be given more than once", "日期；可多次给出"),
    (
        "How many days before and after the day count, those near to it the most",
        "计入该日前后多少天，越近权重越大",
    ),
    (
        "Writes the series that are used, with their sources, and estimates nothing",
        "输出所用的序列及其来源，不作估计",
    ),
    (
        "A CSV table of the form that `--show-data` writes; figures about China without one",
        "格式与 `--show-data` 的输出相同的 CSV 表；不给出时使用有关中国的数据",
    ),
    (
        "Writes the figures that are used, with their sources, and reckons nothing",
        "输出所用的数据及其来源，不作计算",
    ),
    (
        "Whether published figures add up to what they are said to make",
        "公布的数字相加是否等于所称的总数",
    ),
    (
        "A CSV table of the form that `--show-data` writes; published figures without one",
        "格式与 `--show-data` 的输出相同的 CSV 表；不给出时使用公布的数字",
    ),
    ("Writes the figures, with their sources, and adds nothing up", "输出各数字及其来源，不作加总"),
    // Tables.
    ("`{}` is what is read", "“{0}”正是要读取的文件"),
    ("give the output another name", "请为输出另取文件名"),
    ("`{}` cannot be read as CSV: {}", "“{0}”无法按 CSV 读取：{1}"),
    ("`{}` has no rows below its heading", "“{0}”的表头下没有数据行"),
    ("the first row names the columns", "第一行应为列名"),
    ("`{}` has two columns `{}`", "“{0}”有两列都名为 `{1}`"),
    ("give one of them another name", "请将其中一列改名"),
    ("`{}` has no column `{}`", "“{0}”没有 `{1}` 列"),
    ("its columns are {}", "现有的列：{0,}"),
    (
        "`{}`, row {}: it has {} values where the heading has {}",
        "“{0}”第 {1} 行：有 {2} 个值，而表头有 {3} 列",
    ),
    ("put a value that holds a comma in double quotes", "含逗号的值请用双引号括起"),
    ("`{}`, row {}, column `{}`: `{}` is no number", "“{0}”第 {1} 行 `{2}` 列：“{3}”不是数字"),
    (
        "write digits with a decimal point, such as 1234.5, without units or separators",
        "请写成带小数点的数字，如 1234.5，不带单位和千位分隔符",
    ),
    ("`{}`, row {}, column `{}`: `{}` is no day", "“{0}”第 {1} 行 `{2}` 列：“{3}”不是日期"),
    ("write days as 2025-01-13", "日期请写成 2025-01-13"),
    ("`{}`, row {}, column `{}`: {}", "“{0}”第 {1} 行 `{2}` 列：{3!}"),
    ("it is not after the day above", "该日不晚于上一行的日期"),
    ("sort the rows by date, one row a day", "请按日期排序，每日一行"),
    ("it is not above zero: a logarithm is taken of it", "该值不大于零，无法取对数"),
    ("it is not above zero", "该值不大于零"),
    ("it is below zero", "该值小于零"),
    ("`{}` is there twice", "`{0}` 出现了两次"),
    ("leave one of the rows out", "请删去其中一行"),
    ("there is no row `{}`", "缺少 `{0}` 行"),
    ("there is no row `{}` of {}", "缺少 {1} 年的 `{0}` 行"),
    // Diversion.
    ("there are no draws", "没有抽样"),
    ("give --draws", "请给出 --draws"),
    ("`{}` is no range such as 100:10000000", "“{0}”不是 100:10000000 这样的区间"),
    ("`high` is below `low`", "`high` 小于 `low`"),
    (
        "a weight is one number from 0 to 1, as `low` and as `high`",
        "权重为 0 到 1 之间的一个数，`low` 与 `high` 相同",
    ),
    ("the three weights do not add up to 1", "三个权重之和不为 1"),
    ("a share is at most 1", "比例最大为 1"),
    ("`{}` is no quantity of the study", "研究中没有 `{0}` 这一项"),
    ("it has {}", "各项为：{0,}"),
    (
        "`weir lab diversion --show-data` writes the whole table",
        "`weir lab diversion --show-data` 可输出完整的表",
    ),
    // Quotas in chips.
    ("this is no number of TPP", "这不是 TPP 数值"),
    ("`{}` is no country", "“{0}”不是国家"),
    ("give its code, such as MY", "请给出代码，如 MY"),
    ("the catalogue does not tell the TPP of `{}`", "目录中没有 `{0}` 的 TPP"),
    ("`weir chips show {}` says what it knows", "`weir chips show {0}` 可显示已知的数据"),
    // Events.
    ("a price is above zero", "价格须大于零"),
    ("`{}` is no window such as -1:1", "“{0}”不是 -1:1 这样的窗口"),
    ("there are no prices `{}`", "没有 `{0}` 的价格"),
    ("the columns are {}", "现有的列：{0,}"),
    ("the windows {} and {} cannot be used", "窗口 {0} 和 {1} 无法使用"),
    (
        "give the estimation window before the event window, each as FIRST:LAST, such as -250:-30 and 0:2",
        "估计窗口应在事件窗口之前，各写成 首:尾，如 -250:-30 和 0:2",
    ),
    (
        "the event of {} lies outside the prices, which run from {} to {}",
        "{0} 的事件不在价格的日期范围内（{1} 至 {2}）",
    ),
    (
        "`{}` has {} returns in the estimation window of {}, where {} are needed",
        "`{0}` 在 {2} 的估计窗口内只有 {1} 个收益率，至少需要 {3} 个",
    ),
    (
        "give earlier prices, a longer --estimation or a smaller --least",
        "请给出更早的价格、更长的 --estimation 或更小的 --least",
    ),
    (
        "`{}` or the market has no return on a day of the event window of {}",
        "在 {1} 的事件窗口内，`{0}` 或大盘有一日没有收益率",
    ),
    (
        "`{}` and the market leave nothing to estimate from in the window of {}",
        "在 {1} 的窗口内，`{0}` 与大盘的数据无法用于估计",
    ),
    // Kinks.
    (
        "{} points lie within {} days before {} and {} from it on, where each side needs {}",
        "{2} 之前 {1} 天内有 {0} 个点，自该日起有 {3} 个点，而两侧各需 {4} 个",
    ),
    ("give a longer --bandwidth or another --event", "请给出更长的 --bandwidth 或另一个 --event"),
    // Output.
    ("`{}` is no quantity here", "这里没有 `{0}` 这一项"),
    ("they are {}", "各项为：{0,}"),
    ("this is no year", "这不是年份"),
    ("write years as 2026", "年份请写成 2026"),
    ("no row names a year", "没有任何一行写明年份"),
    ("a share is above 0 and at most 1", "比例须大于 0 且不超过 1"),
    (
        "there is nothing about {}, and stocks go from year to year",
        "缺少 {0} 年的数据，而库存逐年结转",
    ),
    (
        "`weir lab output --show-data` writes a whole table",
        "`weir lab output --show-data` 可输出完整的表",
    ),
    // Sums.
    ("the unit is another than that of `{}` above", "单位与上面 `{0}` 的单位不同"),
    ("figures of one check have one unit", "同一检查项的数字须用同一单位"),
    ("the number is too large or too long", "数字过大或过长"),
    ("`{}` needs one whole, and not zero", "`{0}` 须有且只有一个非零的总数"),
    ("a role is `part` or `whole`", "`role` 须为 `part` 或 `whole`"),
    ("`{}` has no whole", "`{0}` 没有总数"),
    ("`{}` has no parts", "`{0}` 没有组成部分"),
    ("the figures of `{}` are too large to divide", "`{0}` 的数字过大，无法相除"),
];
