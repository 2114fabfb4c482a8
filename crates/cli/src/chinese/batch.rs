//! What is said of tables that are decided by the folder.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    (
        "Decides files of rows: Parquet, Arrow, CSV and JSON Lines, each into a file of the same name \
         with the decision beside what came in",
        "裁定整批文件（Parquet、Arrow、CSV 和 JSON Lines）：每个文件写成同名文件，原有各列之后附上裁定结果",
    ),
    (
        "Files, folders of files, or patterns such as `2025-*.parquet`, also in a store as \
         `s3://BUCKET/PREFIX`; folders such as `month=2025-06` are columns",
        "文件、文件夹，或形如 `2025-*.parquet` 的通配符，也可以是对象存储中的 `s3://BUCKET/PREFIX`；\
         形如 `month=2025-06` 的文件夹名作为列",
    ),
    (
        "The folder to write to, or `s3://BUCKET/PREFIX`. The same command goes on where an earlier \
         run was interrupted",
        "写入的文件夹，或 `s3://BUCKET/PREFIX`。先前中断的运行，再次执行同一命令即可继续",
    ),
    (
        "What to write: parquet, arrow, csv or jsonl; as the input by default",
        "写出的格式：parquet、arrow、csv 或 jsonl；默认与输入相同",
    ),
    (
        "A fact and the column that holds it, where the column has another name",
        "列名与事实名不同时，指明该事实所在的列",
    ),
    (
        "Files, or row groups of long Parquet files, worked on at once; as many as there are cores \
         by default",
        "同时处理的文件数，或大型 Parquet 文件的行组数；默认与处理器核数相同",
    ),
    (
        "Files worked on at once; as many as there are cores by default",
        "同时处理的文件数；默认与处理器核数相同",
    ),
    ("Stop at the first file or row that cannot be read", "遇到第一个无法读取的文件或行即停止"),
    ("one of parquet, arrow, csv, jsonl", "parquet、arrow、csv、jsonl 之一"),
    (
        "Columns whose values become folders of the output, such as `destination=DE`; those of the \
         decision among them",
        "其取值成为输出文件夹（如 `destination=DE`）的列；裁定结果的列亦可",
    ),
    (
        "Remove what earlier runs wrote and no input of this one becomes",
        "删除先前运行写出、而本次没有输入与之对应的文件",
    ),
    (
        "`{}` is of an earlier run and no input of this one becomes it; `--prune` removes it",
        "`{0}` 为先前运行所写，本次没有输入与之对应；可用 `--prune` 删除",
    ),
    (
        "`{}` and {} more are of earlier runs and no input of this one becomes them; `--prune` \
         removes them",
        "`{0}` 等文件（另有 {1} 个）为先前运行所写，本次没有输入与之对应；可用 `--prune` 删除",
    ),
    (
        "another run is writing to `{}`; wait until it is done, or take another folder",
        "另一运行正在写入 `{0}`；请等其结束，或另选文件夹",
    ),
    ("no input has a column `{}`", "没有任何输入含有列 `{0}`"),
    ("a column of type {} cannot name folders", "{0} 类型的列不能用作文件夹名"),
    // What moves under another law.
    (
        "What of a data set moves from one outcome to another under another law: lines, performance \
         and value, by month, country, product and rule",
        "另一部法律之下，数据集中哪些行的结论会变动：按月份、国家或地区、产品和规则统计行数、算力与价值",
    ),
    (
        "What of a data set moves from one outcome to another under another law: lines, performance \
         and value, by month, country, product and rule.\n\nThe two laws are named by `--law`, \
         twice: `shipped`, or packs that join the program's own. With one `--law` the shipped law is \
         the first. `--scenario` lays packs over the one law named, or over the shipped law, and that \
         is the second.",
        "另一部法律之下，数据集中哪些行的结论会变动：按月份、国家或地区、产品和规则统计行数、算力与价值。\n\n\
         两部法律以两个 `--law` 指定：`shipped`（随附的法律），或并入其中的规则包。只给一个 `--law` 时，前者为随附的法律。\
         `--scenario` 将规则包叠加在所指定的那一部法律（或随附的法律）之上，作为后者。",
    ),
    (
        "Files, folders of files, or patterns such as `2025-*.parquet`, also in a store as \
         `s3://BUCKET/PREFIX`",
        "文件、文件夹，或形如 `2025-*.parquet` 的通配符，也可以是对象存储中的 `s3://BUCKET/PREFIX`",
    ),
    (
        "The folder for the page, the tables and what could not be read",
        "存放网页报告、表格和无法读取之项的文件夹",
    ),
    (
        "A pack that is laid over the law: what if it were law as well",
        "叠加在法律之上的规则包：假如它也是法律",
    ),
    (
        "A column that names the currency of `value_usd`: what is not USD is in no sum of dollars",
        "注明 `value_usd` 币种的列：非美元的值不计入美元合计",
    ),
    ("there is one law and nothing to compare it with", "只有一部法律，没有可比较的对象"),
    (
        "name another with `--law`, or what if with `--scenario`",
        "请用 `--law` 指定另一部法律，或用 `--scenario` 指定假设",
    ),
    ("two laws are named and a scenario besides", "已指定两部法律，另又给出假设"),
    (
        "a scenario is laid over one law; name one `--law`, or none",
        "假设叠加在一部法律之上；请只给一个 `--law`，或不给",
    ),
    ("more than two laws are named", "指定了两部以上的法律"),
    ("put the packs of one law into one folder", "请把同一部法律的规则包放入同一文件夹"),
    (
        "the scenario `{}` does not say `hypothetical = true`, so that its answers pass for law",
        "假设 `{0}` 未注明 `hypothetical = true`，其答复会被当作法律",
    ),
    (
        "`{}` has no column that is `destination`, so that its rows stay open; `--map \
         destination=COLUMN` says which it is",
        "`{0}` 没有与 `destination` 对应的列，各行因此无法确定；可用 `--map destination=列名` 指明",
    ),
    (
        "`{}` and {} more files have no column that is `destination`, so that their rows stay open; \
         `--map destination=COLUMN` says which it is",
        "`{0}` 等文件（另有 {1} 个）没有与 `destination` 对应的列，各行因此无法确定；\
         可用 `--map destination=列名` 指明",
    ),
    (
        "stopped: {} of {} files are finished and valid, and the same command goes on from there",
        "已中止：{1} 个文件中已有 {0} 个完成且有效，再次执行同一命令即可继续",
    ),
    (
        "cannot read `{}`: {}; what moves in some of the files would pass for what moves in all, so \
         that nothing is reported; the same command begins anew",
        "无法读取 `{0}`：{1!}；部分文件中的变动会被当作全部变动，因此不出报告；再次执行同一命令即重新开始",
    ),
    ("stopped at `{}`{}: {}", "在 `{0}`{1} 处停止：{2!}"),
    ("cannot write to `{}`: {}", "无法写入 `{0}`：{1!}"),
    ("no file is named like `{}`", "没有与 `{0}` 相符的文件"),
    // How it went.
    ("`{}` cannot be read: {}", "`{0}` 无法读取：{1!}"),
    ("1 line cannot be decided", "有 1 行无法裁定"),
    ("{} lines cannot be decided", "有 {0} 行无法裁定"),
    ("every reason is in `{}`", "全部原因见 `{0}`"),
    // Mistakes.
    ("`--map {}` is not FACT=COLUMN", "`--map {0}` 不是“事实=列”的形式"),
    ("there is no fact `{}`; is `{}` meant?", "没有名为 `{0}` 的事实；是否指 `{1}`？"),
    ("there is no fact `{}`{}", "没有名为 `{0}` 的事实{1}"),
    ("the fact `{}` is given two columns", "事实 `{0}` 对应了两列"),
    ("column `{}`: {}", "列 `{0}`：{1!}"),
    ("there is no such column", "没有这一列"),
    ("a column of type {} cannot be read: {}", "{0} 类型的列无法读取：{1!}"),
    ("no value of a fact has it", "任何事实的值都不是这种类型"),
    ("the columns do not fit together: {}", "各列无法拼合：{0}"),
    (
        "the line has no date; give `date` as YYYY-MM-DD",
        "该行没有日期；请以 YYYY-MM-DD 填写 `date`",
    ),
    ("{} (column {})", "{0!}（列 {1}）"),
    ("after row {}: column `{}`: {}", "第 {0} 行之后：列 `{1}`：{2!}"),
    ("after row {}: {}", "第 {0} 行之后：{1!}"),
    ("the value is not UTF-8", "该值不是 UTF-8 编码"),
    ("write it as UTF-8", "请以 UTF-8 编码写出"),
    ("the value is not UTF-8 (column {})", "该值不是 UTF-8 编码（列 {0}）"),
    ("the reader failed", "读取线程失败"),
    ("the file is not open", "文件没有打开"),
    ("{} rows were to be there", "应有 {0} 行"),
    ("{} bytes were to be at {} of {}", "{2} 字节的文件，在 {1} 处应有 {0} 字节"),
    ("the writer failed", "写入线程失败"),
    ("it is not open", "文件未打开"),
    ("the file is empty", "文件为空"),
    ("the header is not UTF-8", "表头不是 UTF-8 编码"),
    (
        "a quote is opened and never closed; write two quotes for one inside a quoted value",
        "有引号打开而未闭合；引号内的一个引号请写成两个",
    ),
    (
        "a carriage return stands within the row; end lines with line feeds, or put the value in \
         quotes",
        "行内有回车符；各行请以换行符结尾，或将该值写在引号内",
    ),
    ("the header cannot be read", "表头无法读取"),
    ("it is in UTF-16; save it as UTF-8", "该文件为 UTF-16 编码；请另存为 UTF-8"),
    (
        "its lines end with carriage returns only; save it with line feeds",
        "各行仅以回车符结尾；请以换行符保存",
    ),
    ("it is not a text file", "不是文本文件"),
    ("the line is no JSON: {}", "该行不是 JSON：{0}"),
    ("the line is no JSON object", "该行不是 JSON 对象"),
    ("a line holds more than one row", "一行中含有多个 JSON 对象"),
    (
        "`{}` is a list or an object in one place and not in another",
        "`{0}` 在一处是列表或对象，在另一处则不是",
    ),
    ("cannot read `{}`: {}", "无法读取 `{0}`：{1!}"),
    (
        "there is no file to decide: the endings are .parquet, .arrow (or .feather), .csv, .tsv and \
         .jsonl (or .ndjson), and of texts these with .gz or .zst",
        "没有可裁定的文件：扩展名应为 .parquet、.arrow（或 .feather）、.csv、.tsv、.jsonl（或 .ndjson），文本文件还可再加 .gz 或 .zst",
    ),
    (
        "`{}` and `{}` would both be written to `{}`; give one another name or decide them apart",
        "`{0}` 和 `{1}` 都会写入 `{2}`；请改名或分开裁定",
    ),
    (
        "the output `{}` lies in the input `{}`; take another folder",
        "输出 `{0}` 位于输入 `{1}` 之内；请另选文件夹",
    ),
    (
        "`{}` would be written over: it is an input; take another folder",
        "`{0}` 是输入文件，会被覆盖；请另选文件夹",
    ),
    (
        "`{}` ends in none of .parquet, .arrow (or .feather), .csv, .tsv and .jsonl (or .ndjson), nor \
         in one of the texts and .gz or .zst",
        "`{0}` 的扩展名不是 .parquet、.arrow（或 .feather）、.csv、.tsv、.jsonl（或 .ndjson），也不是文本文件再加 .gz 或 .zst",
    ),
    (
        "column `{}` of type {} cannot be written as CSV; take another `--format`",
        "{1} 类型的列 `{0}` 无法写成 CSV；请另选 `--format`",
    ),
    (
        "no column is this fact; is `{}` meant? say so with `--map {}={}`",
        "没有一列是该事实；是否指 `{0}`？可用 `--map {1}={2}` 指明",
    ),
    (
        "no column is this fact; say which is with `--map {}=…`, or give one value for all with \
         `--assume {}=…`",
        "没有一列是该事实；请用 `--map {0}=…` 指明所在的列，或用 `--assume {1}=…` 为所有行给定同一值",
    ),
    (
        "a column of type {} cannot be the fact `{}` of type {}; give it that type, or name another \
         with `--map {}=…`",
        "{0} 类型的列不能作为 {2} 类型的事实 `{1}`；请改为该类型，或用 `--map {3}=…` 指明另一列",
    ),
    (
        "`{}` is left out: what is decided ends in {}, and of texts in these with .gz or .zst",
        "未裁定 `{0}`：可裁定的文件扩展名为 {1}，文本文件还可再加 .gz 或 .zst",
    ),
    (
        "`{}` and {} more files are left out: what is decided ends in {}, and of texts in these with \
         .gz or .zst",
        "未裁定 `{0}` 等文件（另有 {1} 个）：可裁定的文件扩展名为 {2}，文本文件还可再加 .gz 或 .zst",
    ),
    ("its compressed data is cut short or damaged: {}", "压缩数据不完整或已损坏：{0}"),
    (
        "its first line says what stands between the values; take that line out, or make it \
         Parquet with `weir batch`",
        "首行写明了值的分隔符；请删去该行，或用 `weir batch` 转成 Parquet",
    ),
    ("`{}` has {} rows, and no row {}", "`{0}` 有 {1} 行，没有第 {2} 行"),
    ("there is no row 0", "没有第 0 行"),
    ("rows count from 1, a header not counted", "行号从 1 起，不计表头"),
    (
        "The row of a table, of Parquet, Arrow, CSV or JSON Lines, from 1, a header not counted, as \
         `weir batch` decides it",
        "表格（Parquet、Arrow、CSV 或 JSON Lines）中的行号，从 1 起，不计表头，与 `weir batch` 的裁定一致",
    ),
    (
        "A file for the rows that move, one by one, with both outcomes and rules; the ending tells \
         the form (.csv, .parquet, .arrow, .jsonl)",
        "逐行列出结论变动之行的文件，附两种结论和规则；扩展名决定格式（.csv、.parquet、.arrow、.jsonl）",
    ),
    (
        "the ending is one of .csv, .parquet, .arrow, .jsonl",
        "扩展名应为 .csv、.parquet、.arrow、.jsonl 之一",
    ),
    ("`{}` is a Parquet file", "`{0}` 是 Parquet 文件"),
    (
        "`weir batch` decides its rows, and `weir explain --row N` explains one of them",
        "`weir batch` 裁定其各行，`weir explain --row N` 解释其中一行",
    ),
    ("it is there twice", "该列出现了两次"),
    (
        "`{}` is the fact `{}` as well; say which is meant with `--map {}=…`",
        "`{0}` 也是事实 `{1}`；请用 `--map {2}=…` 指明所指的列",
    ),
    (
        "columns that look like facts and were not taken: {}; `--map FACT=COLUMN` says what they are",
        "以下各列看似事实而未采用：{0}；可用 `--map 事实=列` 指明",
    ),
    (
        "cannot write to `{}`: {}; {} of {} files are finished and valid, and the same command goes \
         on from there",
        "无法写入 `{0}`：{1!}；{3} 个文件中已有 {2} 个完成且有效，再次执行同一命令即可继续",
    ),
    (
        "cannot read `{}`: {}; {} of {} files are finished and valid, and the same command goes on \
         from there",
        "无法读取 `{0}`：{1!}；{3} 个文件中已有 {2} 个完成且有效，再次执行同一命令即可继续",
    ),
    // What stores say.
    (
        "`{}` cannot be used: addresses are paths, `file://` and `s3://`, which other stores speak as \
         well",
        "无法使用 `{0}`：地址可以是路径、`file://` 或 `s3://`（其他对象存储也支持后者的协议）",
    ),
    (
        "`{}` names no bucket; write s3://BUCKET/PREFIX",
        "`{0}` 没有给出存储桶；请写成 s3://BUCKET/PREFIX",
    ),
    ("`{}` is on another machine; write file:///PATH", "`{0}` 在另一台机器上；请写成 file:///PATH"),
    ("{} is `{}`; give a number of seconds", "{0} 的值为 `{1}`；请给出秒数"),
    (
        "there is no bucket `{}` at {} (AWS_ENDPOINT_URL and AWS_REGION say where it is)",
        "{1} 上没有存储桶 `{0}`；请用 AWS_ENDPOINT_URL 和 AWS_REGION 指明其所在",
    ),
    (
        "{} does not take the credentials, {} (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and \
         AWS_SESSION_TOKEN where there is one)",
        "{0} 不接受所用的凭据（{1}）；请设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY，如有会话令牌还需设置 \
         AWS_SESSION_TOKEN",
    ),
    (
        "the bucket `{}` is in another region (set AWS_REGION)",
        "存储桶 `{0}` 在另一区域；请设置 AWS_REGION",
    ),
    (
        "the bucket is in another region than {} (set AWS_REGION)",
        "存储桶与 {0} 不在同一区域；请设置 AWS_REGION",
    ),
    ("there is no object of that name", "没有这个名称的对象"),
    ("there is no object of that name, and none below it", "没有这个名称的对象，其下也没有对象"),
    ("it was changed while it was read", "读取期间该文件或对象已被改动"),
    (
        "{} refuses access with these credentials (let them list, read and write there, or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where there is one)",
        "{0} 拒绝以这些凭据访问；请为其授予列出、读取和写入的权限，或设置 AWS_ACCESS_KEY_ID 和 \
         AWS_SECRET_ACCESS_KEY，如有会话令牌还需设置 AWS_SESSION_TOKEN",
    ),
    (
        "there are no credentials for {} (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and \
         AWS_SESSION_TOKEN where there is one)",
        "没有用于 {0} 的凭据；请设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY，如有会话令牌还需设置 \
         AWS_SESSION_TOKEN",
    ),
    (
        "{} is not encrypted (AWS_ALLOW_HTTP=true allows that)",
        "{0} 未加密；设置 AWS_ALLOW_HTTP=true 即允许",
    ),
    (
        "{} cannot be reached (AWS_ENDPOINT_URL names the store): {}",
        "无法连接 {0}（由 AWS_ENDPOINT_URL 指明对象存储）：{1}",
    ),
    ("{} says: {}", "{0} 答复：{1}"),
    ("a request was not answered", "请求未得到答复"),
    ("{} bytes were to be there and {} are", "应有 {0} 字节，实有 {1} 字节"),
    ("no object can have that name: {}", "对象不能使用这个名称：{0}"),
    ("the address is not Unicode", "地址不是 Unicode 文本"),
    (
        "`{}`{}: {}; {} of {} files are finished and valid",
        "`{0}`{1}：{2!}；{4} 个文件中已有 {3} 个完成且有效",
    ),
];
