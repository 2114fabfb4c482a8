//! What is said of the reports of the lab: runs that are read, charts, claims.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Commands and options.
    (
        "What a run of the simulated world came to: a page of charts, or a table",
        "模拟世界一次运行的结果：一页图表，或一张表",
    ),
    (
        "Claims under test: what was said, what the program itself finds, and the verdict",
        "待验说法：所称、程序自身所得，以及结论",
    ),
    ("The folder that `weir lab run` wrote", "`weir lab run` 写出的文件夹"),
    (
        "The quarters of the tables and the map, such as 2027Q4; the last one ends the trade-off",
        "表和地图的季度，如 2027Q4；最后一个也是代价与效果图的终点",
    ),
    (
        "Quantities of the table; on a terminal a few by default, in files all",
        "表中的数量；默认在终端上列出若干项，在文件中列出全部",
    ),
    (
        "The scenario that others are held against, draw by draw; `no-controls` where the run has it, else `history`",
        "逐次抽样与其他情景对照的情景；运行中有 `no-controls` 时用之，否则用 `history`",
    ),
    ("A folder for every chart as an SVG file", "存放各图 SVG 文件的文件夹"),
    ("A folder for every chart as a PNG file", "存放各图 PNG 文件的文件夹"),
    (
        "A folder that `weir lab run` wrote, for the claims that need a simulation",
        "`weir lab run` 写出的文件夹，供需要模拟的说法使用",
    ),
    (
        "The form of the report; a table on a terminal, JSON Lines otherwise",
        "报告的格式；终端上为表格，否则为 JSON Lines",
    ),
    (
        "Writes the claims with what is known of them, and tests nothing",
        "输出各条说法及其已知情况，不作检验",
    ),
    ("Markdown", "Markdown 文本"),
    // Reading a run.
    ("`{}` has no `{}`", "“{0}”中没有 `{1}`"),
    ("give the folder that `weir lab run` wrote", "请给出 `weir lab run` 写出的文件夹"),
    ("`{}` cannot be read as Parquet: {}", "“{0}”无法按 Parquet 读取：{1}"),
    ("`{}` has no rows with {} columns", "“{0}”有 {1} 列而没有数据行"),
    ("did the run end before its first draw?", "运行是否在首次抽样之前就已结束？"),
    (
        "`{}`, column `{}`: it is of type {}, and should be text",
        "“{0}”的 `{1}` 列类型为 {2}，而此处须为文本",
    ),
    (
        "`{}`, column `{}`: it is of type {}, and should be whole numbers",
        "“{0}”的 `{1}` 列类型为 {2}，而此处须为整数",
    ),
    (
        "`{}`, column `{}`: it is of type {}, and should be numbers",
        "“{0}”的 `{1}` 列类型为 {2}，而此处须为数字",
    ),
    ("whole numbers", "整数"),
    ("`{}`, column `{}`: {}", "“{0}”的 `{1}` 列：{2!}"),
    ("`{}` is no JSON: {}", "“{0}”不是 JSON：{1}"),
    ("it is empty", "该值为空"),
    ("it cannot be read", "该值无法读取"),
    (
        "`{}` of `{}` in {} is there twice for draw {} of `{}`",
        "`{4}` 的第 {3} 次抽样中，`{1}` 的 `{0}` 在 {2} 出现了两次",
    ),
    ("`{}` of `{}` is in {}, and in {} above", "`{1}` 的 `{0}` 单位为 {2}，而此前为 {3}"),
    ("`{}` is no quarter such as 2026Q2", "“{0}”不是 2026Q2 这样的季度"),
    ("it is before `from`", "该季度早于 `from`"),
    ("a basis is `level`, `sum` or `mean`", "`basis` 须为 `level`、`sum` 或 `mean`"),
    ("a split is `train`, `holdout` or `compare`", "`split` 须为 `train`、`holdout` 或 `compare`"),
    ("neither it nor `mu_star` is given", "该值与 `mu_star` 均未给出"),
    ("write true or false", "请写 true 或 false"),
    // Writing a report.
    ("the run has no finite value", "本次运行没有任何有限的数值"),
    ("`weir lab run` writes another", "可用 `weir lab run` 重新运行"),
    ("there is nothing of {} in the run", "本次运行没有 {0} 的内容"),
    ("its quarters are {} to {}", "其季度为 {0} 至 {1}"),
    ("there is no quantity `{}` in the run", "本次运行没有 `{0}` 这一数量"),
    ("its quantities are {}", "现有的数量：{0,}"),
    (
        "there is no scenario `{}` in the run to hold others against",
        "本次运行没有可供对照的情景 `{0}`",
    ),
    ("the scenarios are {}", "现有的情景：{0,}"),
    ("`{}` names no actor of its quantity", "`{0}` 没有写明数量的对象"),
    ("there are no fonts to write texts with", "系统没有可用于写字的字体"),
    (
        "install a font such as DejaVu Sans, or give --svg",
        "请安装 DejaVu Sans 等字体，或改用 --svg",
    ),
    (
        "some letters are in no font of this system and are not drawn",
        "部分文字在本系统的字体中不存在，未能画出",
    ),
    (
        "install a font that has them, such as Noto Sans CJK, or give --svg",
        "请安装含有这些文字的字体，如 Noto Sans CJK，或改用 --svg",
    ),
    ("cannot paint `{}`: {}", "无法绘制 `{0}`：{1}"),
    ("cannot make `{}`", "无法创建“{0}”"),
    ("`{}` does not tell the form of the report", "从“{0}”的文件名看不出报告的格式"),
    (
        "end it in .jsonl, .csv, .html, .md or .txt, or give --format",
        "请以 .jsonl、.csv、.html、.md 或 .txt 结尾，或给出 --format",
    ),
    // Claims.
    ("`{}` is no way to test a claim", "没有名为 `{0}` 的检验方法"),
    ("`{}` is no month such as 2024-01", "“{0}”不是 2024-01 这样的月份"),
    ("`{}` has no day", "“{0}”没有写明日期"),
    ("`{}` has no chip it was made from", "“{0}”没有写明原型芯片"),
    ("`{}` has too few inputs for its method", "“{0}”中有一行的输入少于其方法所需"),
    ("`{}` gives no figure for `{}`", "“{0}”没有给出 `{1}` 的数字"),
    ("there is no return of `{}` on {}", "没有 `{0}` 在 {1} 的收益率"),
    ("`{}` has no target `{}`", "“{0}”中没有目标值 `{1}`"),
    ("`{}` has no check `{}`", "“{0}”中没有检查项 `{1}`"),
    ("there is no chip `{}` in the catalogue", "目录中没有芯片 `{0}`"),
    ("`{}` is no number", "“{0}”不是数字"),
    ("`{}` is no day", "“{0}”不是日期"),
];
