//! `--help`, and what is said of a command that cannot be understood.

use std::io::Write;

use clap::Command;

use super::{Phrase, text};

/// A command whose help is in Chinese, as far as it can be set; [`print()`] does the rest.
pub fn command(mut command: Command) -> Command {
    // Only a built command has the arguments and commands that clap adds.
    command.build();
    translated(command)
}

fn translated(mut command: Command) -> Command {
    let chinese = |help: &clap::builder::StyledStr| text(&help.to_string());
    if let Some(about) = command.get_about().and_then(chinese) {
        command = command.about(about);
    }
    if let Some(about) = command.get_long_about().and_then(chinese) {
        command = command.long_about(about);
    }
    command = command.mut_args(|mut argument| {
        if let Some(help) = argument.get_help().and_then(chinese) {
            argument = argument.help(help);
        }
        if let Some(help) = argument.get_long_help().and_then(chinese) {
            argument = argument.long_help(help);
        }
        argument
    });
    command.mut_subcommands(translated)
}

/// Prints help, or what is wrong with a command line.
pub fn print(error: &clap::Error, command: &Command) {
    let rendered = error.render().to_string();
    // Whoever reads may have gone.
    let _ = if error.use_stderr() {
        std::io::stderr().write_all(complaint(&rendered).as_bytes())
    } else {
        std::io::stdout().write_all(framed(&valued(rendered, command)).as_bytes())
    };
}

/// The words of the frame of a text, which clap does not let set.
fn framed(rendered: &str) -> String {
    let replace = |text: String, (english, chinese): &Phrase| text.replace(english, chinese);
    FRAME.iter().fold(rendered.to_string(), replace)
}

/// What is wrong with a command line, line by line.
fn complaint(rendered: &str) -> String {
    let mut out = String::with_capacity(rendered.len());
    for line in rendered.split_inclusive('\n') {
        let tight = line.trim();
        let start = line.len() - line.trim_start().len();
        out.push_str(&line[..start]);
        out.push_str(text(tight).as_deref().unwrap_or(tight));
        out.push_str(&line[start + tight.len()..]);
    }
    framed(&out)
}

/// What the words mean that an argument can be, which belongs to their types.
fn valued(mut rendered: String, command: &Command) -> String {
    for argument in command.get_arguments() {
        for value in argument.get_possible_values() {
            let Some(help) = value.get_help().map(ToString::to_string) else { continue };
            if let Some(chinese) = text(&help) {
                rendered = rendered.replace(&format!(" {help}\n"), &format!(" {chinese}\n"));
            }
        }
    }
    command.get_subcommands().fold(rendered, valued)
}

/// The words of the frame in which help stands, wherever they stand.
const FRAME: &[Phrase] = &[
    ("Usage: ", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("Possible values:", "可取值："),
    ("[OPTIONS]", "[选项]"),
    ("[COMMAND]", "[命令]"),
    ("<COMMAND>", "<命令>"),
    ("[possible values: ", "[可取值："),
    ("[default: ", "[默认："),
];

pub const PHRASES: &[Phrase] = &[
    // What clap says.
    ("Print help", "显示帮助"),
    ("Print help (see a summary with '-h')", "显示帮助（摘要请用 -h）"),
    ("Print help (see more with '--help')", "显示帮助（详情请用 --help）"),
    ("Print version", "显示版本"),
    ("Print this message or the help of the given subcommand(s)", "显示本帮助，或某个子命令的帮助"),
    ("Print help for the subcommand(s)", "显示子命令的帮助"),
    ("error: {}", "错误：{0!}"),
    ("Usage: {}", "用法：{0}"),
    ("tip: {}", "提示：{0!}"),
    ("For more information, try '{}'.", "详情请用 {0}。"),
    ("unexpected argument '{}' found", "不认识的参数 {0}"),
    ("unexpected value '{}' for '{}' found; no more were expected", "{1} 不能再取值 {0}"),
    ("unrecognized subcommand '{}'", "没有子命令 {0}"),
    ("a similar argument exists: '{}'", "有相近的参数：{0}"),
    ("some similar arguments exist: {}", "有相近的参数：{0}"),
    ("a similar subcommand exists: '{}'", "有相近的子命令：{0}"),
    ("some similar subcommands exist: {}", "有相近的子命令：{0}"),
    ("a similar value exists: '{}'", "有相近的值：{0}"),
    ("some similar values exist: {}", "有相近的值：{0}"),
    ("to pass '{}' as a value, use '{}'", "如要把 {0} 作为值，请写 {1}"),
    ("the following required arguments were not provided:", "缺少以下必需的参数："),
    ("the argument '{}' cannot be used with '{}'", "参数 {0} 不能与 {1} 同时使用"),
    ("the argument '{}' cannot be used multiple times", "参数 {0} 不能重复使用"),
    ("a value is required for '{}' but none was supplied", "参数 {0} 须有值"),
    ("invalid value '{}' for '{}': {}", "{1} 的值“{0}”无效：{2!}"),
    ("invalid value '{}' for '{}'", "{1} 的值“{0}”无效"),
    ("invalid value '{}' for '--date <DATE>': {}", "--date 的值“{0}”不是日期，请写成 YYYY-MM-DD"),
    (
        "invalid value '{}' for '--as-of <AS_OF>': {}",
        "--as-of 的值“{0}”不是日期，请写成 YYYY-MM-DD",
    ),
    ("unexpected value '{}' for '{}'", "{1} 的值“{0}”多余"),
    ("'{}' requires a subcommand but one was not provided", "{0} 须有子命令"),
    ("{} is not in {}", "{0} 不在 {1} 之内"),
    ("invalid digit found in string", "不是整数"),
    ("there is no outcome `{}`; one of {}", "没有结论“{0}”；可取值：{1,}"),
    // Commands.
    (
        "Decides, accounts for and simulates controls on the export of AI chips",
        "判定、核算和模拟人工智能芯片的出口管制",
    ),
    (
        "Decides, accounts for and simulates controls on the export of AI chips.\n\nNot legal advice: \
         the packs say how sure each rule is and through which day they were checked.",
        "判定、核算和模拟人工智能芯片的出口管制。\n\n本程序不构成法律意见：规则包注明每条规则的可信度及核对截止日。",
    ),
    (
        "Decides every line of an order book: what the law of its day says, by which paragraph, with \
         what left to do",
        "逐行判定订单：当日法律如何规定、依据哪一条款、还须办理什么",
    ),
    (
        "Explains one line: everything that was tested, with the values seen, and the smallest \
         changes of fact that would change the answer",
        "解释一行：检验过的全部条件及所用数值，以及足以改变结论的最小事实变化",
    ),
    (
        "Asks what the law needs to know about a transaction, and only that, and says what it \
         requires",
        "只询问法律需要知道的交易事实，并说明有何要求",
    ),
    (
        "Asks what the law needs to know about a transaction, and only that, and says what it \
         requires.\n\nQuestions come on standard output, answers are read from standard input, a \
         line each. The end of input ends the interview with what is known so far.",
        "只询问法律需要知道的交易事实，并说明有何要求。\n\n问题写到标准输出，从标准输入逐行读取回答。输入结束时，按已知事实作答。",
    ),
    (
        "Lists, shows and classifies chips, and imports vendors' part tables",
        "列出、查看和分类芯片，导入厂商料号表",
    ),
    ("Shows, checks and compares the law packs", "查看、检查和比较规则包"),
    ("The packs: dates, rules, how sure they are", "各规则包：日期、规则数、可信度"),
    (
        "The facts that an order book can give: type, unit, question",
        "订单可以给出的事实：类型、单位、问题",
    ),
    (
        "The regimes on a time line: published, effective, compliance, stayed, unenforced, expiring",
        "各项规则的时间线：公布、生效、须遵守、暂缓、不执行、到期",
    ),
    (
        "What changed between two days, or what other packs would change in an order book",
        "两个日期之间有何变化，或换用其他规则包会如何改变订单的结论",
    ),
    ("Runs the worked cases of the packs", "运行规则包中的案例"),
    (
        "Every mistake in the packs, with its place and the way out",
        "规则包中的每处错误、位置及改正办法",
    ),
    (
        "The catalogue: every chip with its performance and today's paragraph",
        "芯片目录：每款芯片的性能和现行管制条款",
    ),
    ("Everything the catalogue knows of a chip, with its source", "目录中某款芯片的全部数据及来源"),
    (
        "A chip or a specification under every version of the law, with its distance to each \
         threshold",
        "一款芯片或一组规格在各版本法规下的分类，及其与各阈值的距离",
    ),
    (
        "Turns a vendor's published part table into one that `--parts` reads",
        "把厂商公布的料号表转成 `--parts` 可读的表",
    ),
    (
        "Reads a vendor's table with its published columns, whatever they are called, and writes the \
         parts",
        "读取厂商公布的表（列名不限），写出料号表",
    ),
    // Options of every command.
    (
        "A folder of law packs, or one pack, that joins or replaces the program's own",
        "规则包文件夹或单个规则包，补充或替换程序自带的规则包",
    ),
    (
        "A fact taken for granted on every line where it is not given",
        "未给出该事实的行一律采用此值",
    ),
    ("The language of what is written", "输出语言"),
    ("English", "英文"),
    ("Simplified Chinese", "简体中文"),
    ("When to use color", "何时使用颜色"),
    ("On a terminal, unless NO_COLOR is set", "在终端上使用，除非设置了 NO_COLOR"),
    ("Always", "总是"),
    ("Never", "从不"),
    ("Say nothing on standard error but errors", "标准错误只输出错误"),
    // Orders.
    ("CSV or JSON Lines; `-` for standard input", "CSV 或 JSON Lines；`-` 表示标准输入"),
    (
        "The form of output; a table on a terminal, JSON Lines otherwise",
        "输出格式；终端上默认为表格，否则为 JSON Lines",
    ),
    (
        "The form of output; a tree on a terminal, JSON otherwise",
        "输出格式；终端上默认为树形，否则为 JSON",
    ),
    (
        "The form of the answer; with JSON the interview goes to standard error",
        "结论的格式；选 JSON 时，问答写到标准错误",
    ),
    ("A table for people", "供人阅读的表格"),
    ("A tree for people, and a table of the nearest changes", "供人阅读的树形，附最小变化表"),
    ("One JSON list", "一个 JSON 列表"),
    ("One JSON object a line", "每行一个 JSON 对象"),
    ("One JSON object", "一个 JSON 对象"),
    (
        "Comma-separated values: the columns that came in, and the answer's",
        "逗号分隔值：原有各列加结论各列",
    ),
    ("One page that stands alone", "一个独立的网页"),
    (
        "Where to write; the ending tells the form (.jsonl, .json, .csv, .html, .txt)",
        "输出文件；扩展名决定格式（.jsonl、.json、.csv、.html、.txt）",
    ),
    ("Write every text of a table in full", "表格中完整写出全部文字"),
    (
        "Exit with 3 where a line has one of these outcomes in either reading, or cannot be decided",
        "任一读法下有某行得出这些结论之一，或有某行无法判定时，以状态码 3 退出",
    ),
    ("Exit with 1 where a line could not be decided", "有某行无法判定时，以状态码 1 退出"),
    (
        "Let every line draw on full quotas, as if the others were not there",
        "每行都按完整配额计算，不计其他行的占用",
    ),
    ("Leave out what earlier lines drew on the same quotas", "不计前面各行对同一配额的占用"),
    (
        "More vendor tables, as `weir chips import` writes them",
        "更多厂商料号表（由 `weir chips import` 生成）",
    ),
    ("Threads that decide; all cores by default", "判定所用线程数；默认用全部核心"),
    (
        "The line's `line_id`, or its number where the file has none; may be left out where there is \
         only one line",
        "该行的 `line_id`，文件没有该列时用行序号；只有一行时可以不写",
    ),
    ("Show what did not matter too", "无关的条件也显示"),
    ("Draw the tree with plain letters", "用普通字符绘制树形"),
    // Asking.
    (
        "What is known already, such as `destination=MY` or `item.sku=nvidia-h100-sxm`",
        "已知的事实，例如 `destination=MY` 或 `item.sku=nvidia-h100-sxm`",
    ),
    ("A transaction to start from: one JSON object", "作为起点的交易：一个 JSON 对象"),
    ("The same as FACT=VALUE", "同 FACT=VALUE"),
    (
        "Where to write the transaction as JSON, for `weir check`",
        "将交易写成 JSON 的文件，供 `weir check` 使用",
    ),
    (
        "Ask on for the review policy without offering it first",
        "不先征询，直接继续询问以确定审查政策",
    ),
    // The law.
    (
        "The first day, or `shipped`, or packs that join the program's own",
        "第一个日期，或 `shipped`，或补充自带规则包的规则包",
    ),
    (
        "The second day, or `shipped`, or packs that join the program's own",
        "第二个日期，或 `shipped`，或补充自带规则包的规则包",
    ),
    ("An order book to decide under both laws", "按两套规则分别判定的订单文件"),
    ("Packs to check beside the program's own", "除自带规则包外还要检查的规则包"),
    (
        "A pack, a rule or a set of countries, rendered for reading",
        "以便于阅读的形式显示一个规则包、一条规则或一个国家组",
    ),
    (
        "The id of a pack, a rule or a set; or the code of an exception or a paragraph",
        "规则包、规则或国家组的 id，或许可例外、管制条款的代码",
    ),
    // Chips.
    ("Only those whose key, name or vendor holds this", "只列出键、名称或厂商含有此词的芯片"),
    ("`table`, `csv` or `jsonl`", "`table`、`csv` 或 `jsonl`"),
    ("`table` or `jsonl`", "`table` 或 `jsonl`"),
    ("For people", "供人阅读"),
    ("Comma-separated values", "逗号分隔值"),
    ("The key, as `weir chips list` shows it", "`weir chips list` 所示的键"),
    (
        "A key of the catalogue; without one, a specification made of `--set`",
        "目录中的键；不写时按 `--set` 给出的规格分类",
    ),
    (
        "A fact of the item, such as `item.tpp=4000`; `item.` may be left out",
        "物项的事实，例如 `item.tpp=4000`；`item.` 可以省略",
    ),
    (
        "The day whose thresholds are shown in detail; today by default",
        "详细显示该日的各阈值；默认为今天",
    ),
    ("The vendor's table as CSV", "厂商的表格（CSV）"),
    ("The vendor's name, where the table has no column for it", "厂商名称（表中没有该列时）"),
    ("The day of the table, where it has no column for it", "表格的日期（表中没有该列时）"),
    ("Where to write; standard output by default", "输出文件；默认写到标准输出"),
];
