//! What is said of statements of SQL and of clusters.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Help.
    (
        "Answers a question in SQL: over files as tables, with `weir_decide`, `weir_classify` and \
         `weir_tpp` as functions, and over the law itself",
        "以 SQL 回答问题：文件作为表，`weir_decide`、`weir_classify`、`weir_tpp` 作为函数，也可查询法规本身",
    ),
    ("The statement; `-` for standard input", "语句；`-` 表示标准输入"),
    (
        "Files, folders or patterns, each a table of its own name: `orders` for `orders.parquet`",
        "文件、文件夹或通配模式，各为一张同名的表：`orders.parquet` 即表 `orders`",
    ),
    (
        "A table, and the file, folder or pattern that holds it: Parquet, Arrow, CSV or JSON Lines",
        "一张表，以及存放它的文件、文件夹或通配模式：Parquet、Arrow、CSV 或 JSON Lines",
    ),
    (
        "Where to write; the ending tells the form (.parquet, .arrow, .csv, .jsonl, .txt)",
        "写入的文件；扩展名决定格式（.parquet、.arrow、.csv、.jsonl、.txt）",
    ),
    ("Threads; as many as there are cores by default", "线程数；默认与处理器核数相同"),
    (
        "Comma-separated values; what is nested has columns such as `decision.outcome`",
        "逗号分隔的值；嵌套内容展开为 `decision.outcome` 这样的列",
    ),
    ("Apache Parquet; wants `--output`", "Apache Parquet；需要 `--output`"),
    ("Arrow IPC; wants `--output`", "Arrow IPC；需要 `--output`"),
    (
        "The processes of a cluster that decides folders of files: one scheduler, and executors",
        "裁定整批文件的集群进程：一个调度器和若干执行器",
    ),
    (
        "The processes of a cluster that decides folders of files: one scheduler, and executors.\n\n\
         Whoever reaches them can have files read and written: keep them in a network of their own.",
        "裁定整批文件的集群进程：一个调度器和若干执行器。\n\n凡能连接者均可令其读写文件：请置于独立的网络之中。",
    ),
    ("Takes jobs and hands their files out to executors", "接收作业，并将其文件分派给执行器"),
    (
        "Decides files that a scheduler hands out. With `--law` or `--assume` it takes jobs of that \
         very law alone; else of any that is sent",
        "裁定调度器分派的文件。带 `--law` 或 `--assume` 时只接受该部法规的作业，否则接受任何随作业送来的法规",
    ),
    ("The address to listen on; 0.0.0.0 for every one", "监听的地址；0.0.0.0 表示所有地址"),
    ("The port to listen on", "监听的端口"),
    ("The name under which executors and clients reach it", "执行器和客户端连接它所用的名称"),
    ("The scheduler", "调度器"),
    (
        "The address to give results out on; 0.0.0.0 for every one",
        "提供结果的地址；0.0.0.0 表示所有地址",
    ),
    (
        "The port to give results out on; 0 takes one that is free",
        "提供结果的端口；0 表示任取一个空闲端口",
    ),
    (
        "The name under which the scheduler reaches it; what it sees by default",
        "调度器连接它所用的名称；默认为调度器所见的地址",
    ),
    (
        "A folder for what is needed for a while only; one of its own by default",
        "存放临时内容的文件夹；默认自建",
    ),
    (
        "The scheduler of a cluster whose executors do the work; paths have to mean the same to all",
        "由某集群的执行器完成工作，此为其调度器；路径对各方须含义相同",
    ),
    // Commands.
    ("standard input cannot be read", "无法读取标准输入"),
    ("standard output cannot be written", "无法写入标准输出"),
    ("threads cannot be started", "无法启动线程"),
    ("`--table {}` is not NAME=PATH", "`--table {0}` 不是“表名=路径”的形式"),
    ("`{}` makes no name of a table", "`{0}` 无法用作表名"),
    ("give it one: --table orders={}", "请为其命名：--table orders={0}"),
    ("`{}` and `{}` are both the table `{}`", "`{0}` 和 `{1}` 都是表 `{2}`"),
    ("give one another name with --table NAME=PATH", "请用 --table 表名=路径 为其中之一另取名称"),
    ("`--format {}` wants a file", "`--format {0}` 需要写入文件"),
    ("--output answer.{}", "--output answer.{0}"),
    ("this form wants a file", "此格式需要写入文件"),
    (
        "end it in .parquet, .arrow, .csv, .jsonl or .txt, or give --format",
        "请以 .parquet、.arrow、.csv、.jsonl 或 .txt 结尾，或给出 --format",
    ),
    (
        "`{}` is not HOST:PORT, such as localhost:50050",
        "`{0}` 不是“主机:端口”的形式，例如 localhost:50050",
    ),
    ("the scheduler on {} ended", "运行于 {0} 的调度器已结束"),
    ("the executor ended", "执行器已结束"),
    // Tables.
    (
        "`{}` holds no file to read: the endings are .parquet, .arrow (or .feather), .csv, .tsv and \
         .jsonl (or .ndjson), and of texts these with .gz or .zst",
        "`{0}` 中没有可读的文件：扩展名应为 .parquet、.arrow（或 .feather）、.csv、.tsv、.jsonl（或 .ndjson），文本文件还可再加 \
         .gz 或 .zst",
    ),
    ("its values are separated otherwise than in `{}`", "其值的分隔符与 `{0}` 不同"),
    (
        "`{}` holds files of several kinds: {}; say which, as in `{}/*.parquet`",
        "`{0}` 中有多种文件：{1,}；请指明其一，例如 `{2}/*.parquet`",
    ),
    (
        "`{}` is a pattern over folders that are columns; name the folder above them, and choose \
         with `where`",
        "`{0}` 是跨越作为列的文件夹的通配模式；请给出其上级文件夹，并用 `where` 筛选",
    ),
    (
        "`{}` holds `{}`, which is left out for its name, beside folders that are columns: move it \
         elsewhere, or name files by a pattern",
        "`{0}` 中有按名称应略去的 `{1}`，旁边又有作为列的文件夹：请将其移走，或以通配模式指明文件",
    ),
    (
        "`{}`: 1 row cannot be read and has no values; its column `weir_unread` says why",
        "`{0}`：1 行无法读取，没有值；原因见其列 `weir_unread`",
    ),
    (
        "`{}`: {} rows cannot be read and have no values; their column `weir_unread` says why",
        "`{0}`：{1} 行无法读取，没有值；原因见其列 `weir_unread`",
    ),
    ("two of its columns are called `{}`", "有两列都名为 `{0}`"),
    ("the column `{}` {}", "列 `{0}` {1!}"),
    (
        "is a list or an object in one file and not in another",
        "在一个文件中是列表或对象，在另一个文件中不是",
    ),
    ("it was changed while it was read", "读取期间文件被改动"),
    ("a table of texts cannot be sent: {}", "文本表无法发送：{0}"),
    ("files cannot be named: {}", "文件名无法传递：{0}"),
    ("a file could not be read: {}", "有文件无法读取：{0}"),
    ("`{}` is not a pattern: {}", "`{0}` 不是通配模式：{1}"),
    ("`{}` cannot be read as a table: {}", "`{0}` 无法作为表读取：{1!}"),
    // Statements.
    ("there is no column `{}`", "没有列 `{0}`"),
    (
        "`{}` is not what the statement compares or casts it to",
        "`{0}` 不是语句所要比较或转换成的值",
    ),
    ("is `{}` meant?", "是否指 `{0}`？"),
    ("is `\"{}\"` meant, in double quotes?", "是否指双引号中的 `\"{0}\"`？"),
    (
        "there are no columns here; is a table missing after `from`?",
        "此处没有任何列；`from` 之后是否缺少表？",
    ),
    ("the columns are {}", "现有的列：{0,}"),
    ("the statement cannot be read: {}", "语句无法读取：{0}"),
    (
        "SQL as in `select destination, count(*) from orders group by destination`",
        "SQL 例如 `select destination, count(*) from orders group by destination`",
    ),
    ("`{}` does not take such values: {}", "`{0}` 不接受这种值：{1}"),
    (
        "change their type, as in try_cast(quantity as decimal), which is null where a value is no \
         number",
        "请转换其类型，例如 try_cast(quantity as decimal)，其中不是数字的值为空",
    ),
    ("a statement can read, and nothing else", "语句只能读取，不能改动"),
    ("`--output FILE` writes what it reads", "`--output 文件` 可写出所读内容"),
    ("name its files: --table {}=PATH", "请指明其文件：--table {0}=路径"),
    (
        "`{}` wants a struct whose fields are named like facts, or columns that are; name what is \
         not: {}(date => shipped, destination => ship_to)",
        "`{0}` 需要以事实命名字段的结构，或以事实命名的列；否则请指明：{1}(date => shipped, destination => ship_to)",
    ),
    ("the column `{}` is no fact", "列 `{0}` 不是事实"),
    (
        "say which it is: {}(FACT => {}, …); `weir law facts` lists them",
        "请指明是哪一个：{0}(事实 => {1}, …)；`weir law facts` 列出所有事实",
    ),
    ("there is no fact `{}`", "没有名为 `{0}` 的事实"),
    ("`weir law facts` lists them", "`weir law facts` 列出所有事实"),
    (
        "`{}` is given no fact: no column is named like one",
        "`{0}` 没有得到任何事实：没有一列以事实命名",
    ),
    (
        "the reading of `{}` is 'written' or 'enforced', after all facts",
        "`{0}` 的读法为 'written' 或 'enforced'，写在所有事实之后",
    ),
    ("`weir_chips` takes a day or nothing", "`weir_chips` 只接受一个日期，或不带参数"),
    ("tables of the law take no arguments", "法规各表不带参数"),
    ("`{}` is not a date; write it as '2025-06-02'", "`{0}` 不是日期；请写成 '2025-06-02'"),
    // Clusters.
    (
        "no scheduler answers at `{}`; `weir cluster scheduler` starts one ({})",
        "`{0}` 没有调度器应答；`weir cluster scheduler` 可启动一个（{1!}）",
    ),
    ("no scheduler answers: {}", "没有调度器应答：{0!}"),
    ("the cluster ended the job: {}", "集群终止了作业：{0!}"),
    (
        "{}; {} of {} files are finished and valid, and the same command goes on from there",
        "{0!}；{2} 个文件中已有 {1} 个完成且有效，再次执行同一命令即可继续",
    ),
    ("{}; {} of {} files are finished and valid", "{0!}；{2} 个文件中已有 {1} 个完成且有效"),
    (
        "{}; the same command goes on from what is finished",
        "{0!}；再次执行同一命令即可从已完成处继续",
    ),
    (
        "the job is of the law {}, and an executor was started to decide by the law {} alone; start \
         it with the same --law and --assume, or without",
        "作业依据法规 {0}，而某执行器启动时限定只依据法规 {1}；请以相同的 --law 和 --assume 启动，或不加限定",
    ),
    (
        "the job is of the law {}, of which an executor makes the law {}: it is another version of \
         the program",
        "作业依据法规 {0}，而某执行器由此得出法规 {1}：程序版本不同",
    ),
    ("the law of `{}` cannot be read: {}", "`{0}` 的法规无法读取：{1}"),
    ("there is no function `{}`", "没有函数 `{0}`"),
    (
        "`{}` is no table of files: a cluster reads files alone",
        "`{0}` 不是由文件构成的表：集群只读取文件",
    ),
    ("the law of `{}` cannot be sent", "`{0}` 的法规无法发送"),
    ("the name of `{}` is not Unicode", "`{0}` 的名称不是 Unicode"),
    ("cannot write to `{}`: {}", "无法写入 `{0}`：{1!}"),
    ("a file could not be decided: {}", "有文件无法裁定：{0}"),
    ("no random number: {}", "没有随机数：{0}"),
    ("the order of a job cannot be read: {}", "作业的内容无法读取：{0}"),
];
