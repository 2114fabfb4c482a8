//! What is said of a line of an order book and of the values in it.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Dates.
    ("the line has no date", "该行没有日期"),
    (
        "the law depends on the day: give `date` as YYYY-MM-DD",
        "适用的法律取决于日期：请按 YYYY-MM-DD 填写 `date`",
    ),
    ("`{}` is not a date", "“{0}”不是日期"),
    ("`{}` is more than a date", "“{0}”除日期外还有其他内容"),
    (
        "write {}-MM-DD; `{}` could be read as day first or month first",
        "请写成 {0}-MM-DD；“{1}”可以理解为日在前，也可以理解为月在前",
    ),
    ("write the day as YYYY-MM-DD", "请按 YYYY-MM-DD 填写日期"),
    ("write {}", "请写成 {0}"),
    // Countries.
    ("`{}` is not a country code", "“{0}”不是国家或地区代码"),
    ("ISO 3166-1 alpha-2: two capital letters", "请用 ISO 3166-1 二字母代码（两个大写字母）"),
    ("two capital letters, ISO 3166-1 alpha-2", "请用 ISO 3166-1 二字母代码（两个大写字母）"),
    // Numbers.
    ("`{}` is not a number", "“{0}”不是数字"),
    (
        "`{}` could be a number of thousands or a decimal",
        "“{0}”中的点可能是千位分隔，也可能是小数点",
    ),
    ("write it without separators: {}", "请不要写千位分隔符：{0!}"),
    ("{} or {}", "{0} 或 {1}"),
    ("{}: {}", "{0}：{1!}"),
    ("write the number alone, in {}: {}", "请只写数字，单位为{0!}：{1!}"),
    ("the fact's own unit", "该项规定的单位"),
    (
        "digits with a decimal point, or nothing where it is not known",
        "请写数字（小数点用“.”）；不知道时留空",
    ),
    ("`{}` has more digits than an exact number holds", "“{0}”的位数超出可精确表示的范围"),
    ("at most 30 digits, 15 of them decimals", "最多 30 位，其中小数最多 15 位"),
    ("`{}` is a whole number, not {}", "`{0}` 必须是整数，不能是 {1}"),
    ("`{}` cannot be {}: the least is {}", "`{0}` 不能是 {1}：最小为 {2}"),
    ("`{}` cannot be {}: the least is {} {}", "`{0}` 不能是 {1}：最小为 {2} {3!}"),
    ("`{}` cannot be {}: the most is {}", "`{0}` 不能是 {1}：最大为 {2}"),
    ("`{}` cannot be {}: the most is {} {}", "`{0}` 不能是 {1}：最大为 {2} {3!}"),
    ("units", "件"),
    ("operations", "次运算"),
    ("share", "（比例）"),
    ("ICs", "颗芯片"),
    ("leave the cell empty where the figure is not known", "不知道数值时，请将单元格留空"),
    ("check the unit and the decimal point", "请核对单位和小数点"),
    // Words and lists.
    ("`{}` is neither true nor false", "“{0}”既不是 true 也不是 false"),
    ("write true or false", "请写 true 或 false"),
    ("`{}` cannot be `{}`", "`{0}` 不能取“{1}”"),
    ("`{}` cannot hold `{}`", "`{0}` 不能包含“{1}”"),
    ("`{}` holds something that is no text", "`{0}` 中含有不是文本的内容"),
    ("a list of texts, such as [\"aia\"]", "应为文本列表，例如 [\"aia\"]"),
    ("`{}` is of type {}, not a list or object", "`{0}` 的类型是{1!}，不能是列表或对象"),
    ("did you mean `{}`?", "是否指 `{0}`？"),
    ("did you mean {} ({})?", "是否指 {0}（{0@}）？"),
    ("did you mean {}?", "是否指 {0,}？"),
    ("one of {}", "可取值：{0,}"),
    // Types.
    ("bool", "真假值"),
    ("integer", "整数"),
    ("decimal", "数字"),
    ("text", "文本"),
    ("date", "日期"),
    ("country", "国家或地区"),
    ("enum", "固定取值"),
    ("list", "列表"),
    // The form of a row.
    ("the line is longer than {} bytes", "该行超过 {0} 字节"),
    (
        "an order is one line of at most a mebibyte; was a line break lost?",
        "一张订单占一行，最长 1 MiB；是否丢失了换行符？",
    ),
    ("a quote is opened and never closed", "引号没有闭合"),
    ("write two quotes for one inside a quoted value", "引号内的值如含引号，请写两个引号"),
    ("the row has {} values, the header {} columns", "该行有 {0} 个值，表头有 {1} 列"),
    ("a value that holds the delimiter wants quotes around it", "含有分隔符的值须加引号"),
    ("leave unknown values empty, but keep their delimiters", "未知的值可以留空，但要保留分隔符"),
    ("`{}` is given twice in the line, and not the same", "`{0}` 在该行中出现两次，且不一致"),
    ("keep one of them", "请只保留其一"),
    ("the value is not UTF-8: \"{}\"", "该值不是 UTF-8 编码：“{0}”"),
    ("save the file as UTF-8; for instance: {}", "请将文件另存为 UTF-8，例如：{0}"),
    ("the line is not a JSON object: {}", "该行不是 JSON 对象：{0!}"),
    ("the line is not a JSON object", "该行不是 JSON 对象"),
    ("one object a line, in UTF-8", "每行一个对象，UTF-8 编码"),
    ("one object a line, such as {}", "每行一个对象，例如 {0}"),
    ("`{}` is no fact; is `{}` meant?", "没有名为 `{0}` 的事实；是否指 `{1}`？"),
    // The catalogue and the vendors' tables.
    ("there is no chip `{}` in the catalogue", "芯片目录中没有 `{0}`"),
    ("there is no chip `{}` in the catalogue; {}", "芯片目录中没有 `{0}`；{1!}"),
    ("see `weir chips list`", "请见 `weir chips list`"),
    (
        "item.tpp is {}, the catalogue's figures for {} give {}, and the item falls under other \
         paragraphs by the one than by the other",
        "所填总处理性能（item.tpp）为 {0}，按目录数据 {1} 应为 {2}，二者对应的管制条款不同",
    ),
    (
        "correct item.tpp, or leave item.sku out if it is another chip",
        "请更正 item.tpp；如为另一款芯片，请不要填写 item.sku",
    ),
    (
        "item.tpp is {}, the catalogue's figures for {} give {}; the given one was used",
        "所填总处理性能（item.tpp）为 {0}，按目录数据 {1} 应为 {2}；已采用所填数值",
    ),
    ("no vendor table has the part {}", "各厂商表中均没有料号 {0}"),
    ("no vendor table has the part {}; is {} meant?", "各厂商表中均没有料号 {0}；是否指 {1}？"),
    (
        "{} publishes {} for this part, the packs derive {}",
        "{0} 公布的该料号 ECCN 为 {1}，按规则包推算为 {2!}",
    ),
    ("none of these paragraphs", "不属于这些条款"),
];
