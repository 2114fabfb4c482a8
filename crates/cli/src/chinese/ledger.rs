//! What is said of the quota ledger: its commands, what it refuses and what does not hold.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Commands.
    (
        "Keeps the quotas: what is reserved, committed and left, and proves it",
        "管理配额台账：已预留、已确认和剩余的数量，并可证明",
    ),
    ("Makes an empty ledger and its key", "新建空台账及其密钥"),
    (
        "The accounts: limit, used, held and room, today or as of any instant",
        "各账户的限额、已用、预留和余量（今天或任一时刻）",
    ),
    ("The journal, the latest entries last", "日记账，最新的分录在最后"),
    ("One entry, by its number or its request key", "按编号或请求键显示一条分录"),
    ("Holds an amount on an account, or on several at once", "在一个或同时在多个账户上预留数量"),
    (
        "Turns a reservation into use, in full or in part; the rest returns",
        "将预留全部或部分确认为已用；其余退回",
    ),
    ("Gives a reservation up", "释放一项预留"),
    ("Records that reservations have lapsed", "登记已失效的预留"),
    (
        "Takes what failed, was lost, damaged, relocated or resold off an account",
        "将故障、丢失、损坏、迁出或转售的数量从账户中核减",
    ),
    (
        "Takes over an outside figure, such as the total that a regulator published",
        "采用外部数据调整账户，例如监管机构公布的总量",
    ),
    (
        "Records another limit of an account, such as after assurances between governments",
        "登记账户的新限额，例如政府间保证之后",
    ),
    (
        "Records who owns whom: accounts of owners count for all they own",
        "登记控股关系：所有人的账户计入其全部所属企业",
    ),
    (
        "Movements from a CSV or JSON Lines file, all or nothing",
        "从 CSV 或 JSON Lines 文件导入变动，要么全部导入，要么一笔不导入",
    ),
    ("The journal as CSV or JSON Lines", "将日记账导出为 CSV 或 JSON Lines"),
    (
        "What the regulation asks for: certificates, data centers, countries",
        "法规要求的报表：证明、数据中心、国家",
    ),
    ("Signs the journal as it is", "签署当前的日记账"),
    (
        "Proves the whole history, or names the first entry that does not fit",
        "证明全部历史记录，或指出第一条不符的分录",
    ),
    (
        "A proof that one entry is in the journal, for whoever has the public key",
        "证明某条分录在日记账中，供持有公钥者核验",
    ),
    ("Checks such a proof; needs no ledger", "核验上述证明；无需台账"),
    (
        "What each consignee drew on a yearly quota, shipment by shipment: the data of an LPP \
         certificate",
        "各收货人逐批占用的年度配额：LPP 证明所需数据",
    ),
    (
        "What came into and went out of each data center account: the semiannual report",
        "各数据中心账户的收入和移出：半年报",
    ),
    (
        "How far each country has used its allocation, and when it fills at the pace of late",
        "各国配额的使用程度，以及按近期速度何时用尽",
    ),
    // Options.
    ("The ledger: a SQLite file, or `postgres://…`", "台账：SQLite 文件，或 `postgres://…`"),
    (
        "The key that signs checkpoints; beside a SQLite file, its name with `.key` at the end",
        "签署检查点的密钥；SQLite 文件旁默认为同名加 `.key` 的文件",
    ),
    (
        "The ledger's name in proofs, such as `example.com/quota`; by default, one of chance",
        "台账在证明中的名称，例如 `example.com/quota`；默认随机生成",
    ),
    ("The quota's id in the packs, such as `lpp-limit`", "规则包中配额的 id，例如 `lpp-limit`"),
    (
        "Whose account it is: the values of the quota's key, and the year of a yearly one",
        "账户归属：配额各键的值，年度配额再加年份",
    ),
    (
        "A name for the request: the same again is answered as before and moves nothing twice",
        "请求的名称：重复提交时按原结果答复，不会重复记账",
    ),
    (
        "How much, in the quota's unit: `26900000`, `26900000TPP`",
        "数量，以配额的单位计：`26900000`、`26900000TPP`",
    ),
    ("The day of the shipment; today by default", "发货日期；默认为今天"),
    (
        "When it lapses: a day (its end, UTC), an instant, or a span such as `30d`, `12h`",
        "失效时间：日期（该日结束时，UTC）、时刻，或时长，例如 `30d`、`12h`",
    ),
    ("What it is for", "用途"),
    ("The reservation's number", "预留的编号"),
    ("How much of it; all by default. The rest returns", "其中多少；默认全部。其余退回"),
    ("How much", "数量"),
    (
        "Why: `lost`, `damaged`, `failed`, `relocated` or `resold`",
        "原因：`lost`（丢失）、`damaged`（损坏）、`failed`（故障）、`relocated`（迁出）或 `resold`（转售）",
    ),
    ("The day; today by default", "日期；默认为今天"),
    ("More about it", "补充说明"),
    ("What is used is this much", "已用总量为此数"),
    ("So much more is used; less where it is negative", "已用数量增加此数；负数为减少"),
    ("Where the figure is from", "数据来源"),
    ("The day it is about; today by default", "数据所指日期；默认为今天"),
    ("The limit; the text's own formula still bounds it", "限额；仍受条文公式的约束"),
    ("Where it is from", "来源"),
    ("Whose shares they are", "被持股的企业"),
    ("Who holds them", "持股人"),
    (
        "The share, 0 to 1; 0 where it was sold and the buyer is not known",
        "持股比例，0 至 1；已出售而买方不明的填 0",
    ),
    (
        "Another account that moves with it, such as the whole of a share: `uveu_total_tpp / Acme`",
        "一并变动的另一账户，例如比例所依据的总量：`uveu_total_tpp / Acme`",
    ),
    (
        "`{}` is no account; write its quota and key, such as `lpp-limit / Acme / 2026`",
        "“{0}”不是账户；请写配额及其键，例如 `lpp-limit / Acme / 2026`",
    ),
    ("Only those of this quota", "只显示该配额的账户"),
    ("Only those whose key begins so", "只显示键以此开头的账户"),
    (
        "As it was known at an instant, or at the end of a day (UTC)",
        "按某一时刻或某日结束时（UTC）已知的情况",
    ),
    (
        "The step of a day: an installed base has a limit a quarter. Today by default",
        "按某日所在的阶段：装机总量每季度有一个限额。默认为今天",
    ),
    (
        "When each account fills: at the pace of the last so many days",
        "按最近若干天的速度推算各账户何时用尽",
    ),
    ("When each account fills, at so much a day", "按每日用量推算各账户何时用尽"),
    ("Where to write; the ending tells the form", "输出文件；扩展名决定格式"),
    ("From this entry on; otherwise the last ones", "从此分录开始；否则为最后若干条"),
    (
        "At most so many; by default all, and of a table without `--from` the last 20",
        "最多条数；默认为全部，表格且无 `--from` 时为最后 20 条",
    ),
    ("Its number", "编号"),
    ("Its request key", "请求键"),
    (
        "CSV with a header, JSON Lines, or what `weir ledger export` wrote; see the reference for its \
         columns. `-` for standard input",
        "带表头的 CSV、JSON Lines 或 `weir ledger export` 的导出文件；各列见参考文档。`-` 表示标准输入",
    ),
    ("`csv`, or `jsonl` for the journal's own bytes", "`csv`，或 `jsonl`（日记账的原始字节）"),
    ("The year; this one by default", "年份；默认为今年"),
    (
        "Only this consignee, with the companies that count with it",
        "只显示该收货人及与其合并计算的公司",
    ),
    (
        "First day; by default of the half-year of the last one, or of the one before today's",
        "起始日；默认为结束日所在半年的首日，或上一个半年的首日",
    ),
    (
        "Last day; by default of the half-year in which the first one is",
        "结束日；默认为起始日所在半年的末日",
    ),
    ("Only this company", "只显示该企业"),
    ("The pace is that of the last so many days", "按最近若干天计算速度"),
    (
        "The public key; by default the one beside the ledger's key, or the one the ledger names",
        "公钥；默认为台账密钥旁的公钥，或台账中记载的公钥",
    ),
    (
        "A checkpoint kept elsewhere, which the history must contain",
        "另行保存的检查点，历史记录必须包含它",
    ),
    ("The entry's number", "分录编号"),
    (
        "The proof, as `weir ledger prove` wrote it; `-` for standard input",
        "由 `weir ledger prove` 写出的证明；`-` 表示标准输入",
    ),
    ("The public key of the ledger", "台账的公钥"),
    (
        "The item, such as `nvidia-h100-sxm`; reports list chips by it",
        "物项，例如 `nvidia-h100-sxm`；报表按物项列出芯片",
    ),
    ("How many of the item", "该物项的件数"),
    (
        "How many of the reservation's items; by default as many as the amount makes",
        "预留中的多少件物项；默认按数量折算",
    ),
    (
        "The day of the shipment or receipt, which reports show; today by default",
        "发货或收货日期，用于报表；默认为今天",
    ),
    ("In your own words, such as the order and its line", "自行说明，例如订单及其行号"),
    ("{} cannot be read", "无法读取 {0}"),
    ("what the line draws on {} {}", "该行对 {0} 的占用{1!}"),
    (
        "from row {} on nothing is known to be held; the same command holds nothing twice",
        "自第 {0} 行起不能确定已预留；重复执行同一命令不会重复预留",
    ),
    ("the sum on {} is too large", "{0} 的合计过大"),
    ("{} is {} in the order and {} in the ledger", "{0} 订单中为 {1}，台账中为 {2}"),
    (
        "{} is {} in the order, which counts: the ledger has nothing of it; record it with \
         `weir ledger adjust`",
        "{0} 订单中为 {1}，以此为准：台账中没有记录；请用 `weir ledger adjust` 登记",
    ),
    // What cannot be read on the command line or in a file.
    ("`{}` is no number of items", "“{0}”不是件数"),
    ("`item` and `units` go together", "`item` 和 `units` 须同时填写"),
    ("`{}` has an exponent; write the number in full", "“{0}”含有指数；请写出完整的数字"),
    ("`{}` is no unit of a quota; amounts are in TPP", "“{0}”不是配额的单位；数量以 TPP 计"),
    (
        "`{}` is not a number; write digits and at most one point, such as 26900000 or 4799.5",
        "“{0}”不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5",
    ),
    (
        "`{}` is finer than a millionth of a unit, the smallest amount of the ledger",
        "“{0}”的精度超过百万分之一单位，即台账的最小数量",
    ),
    (
        "`{}` is past the largest amount of the ledger, 1.7e32 units",
        "“{0}”超过台账的最大数量（1.7e32 单位）",
    ),
    (
        "is not a number; write digits and at most one point, such as 26900000 or 4799.5",
        "不是数字；请只写数字和至多一个小数点，例如 26900000 或 4799.5",
    ),
    (
        "is finer than a millionth of a unit, the smallest amount of the ledger",
        "精度超过百万分之一单位，即台账的最小数量",
    ),
    ("is past the largest amount of the ledger, 1.7e32 units", "超过台账的最大数量（1.7e32 单位）"),
    ("`{}` is no day such as 2026-12-31", "“{0}”不是日期，请写成 2026-12-31 的形式"),
    (
        "`{}` is no day (2026-12-31), instant (2026-12-31T12:00:00Z) or span (30d, 12h)",
        "“{0}”不是日期（2026-12-31）、时刻（2026-12-31T12:00:00Z）或时长（30d、12h）",
    ),
    (
        "`{}` is no day (2026-12-31) or instant (2026-12-31T12:00:00Z)",
        "“{0}”不是日期（2026-12-31）或时刻（2026-12-31T12:00:00Z）",
    ),
    (
        "`{}` is out of the calendar, whose last day is 9999-12-29",
        "“{0}”超出日历范围（最后一日为 9999-12-29）",
    ),
    (
        "`{}` has no time zone; end it with Z for UTC, or an offset such as +08:00",
        "“{0}”没有时区；请以 Z（UTC）或时差（例如 +08:00）结尾",
    ),
    ("`{}` takes no `{}`; leave it empty", "`{0}` 不用 `{1}`；请留空"),
    ("`accounts` stands instead of `{}`; give one of them", "`accounts` 代替 `{0}`；请只填一项"),
    (
        "`{}` is not the entry that reserved as `{}`; give one of them",
        "`{0}` 不是以 `{1}` 为请求键的预留；请只填一项",
    ),
    ("the field `{}` is there twice", "字段 `{0}` 出现了两次"),
    ("`{}`, row {}: the column `{}` is there twice", "`{0}` 第 {1} 行：`{2}` 列出现了两次"),
    (
        "entry {} holds something else for this line; release it first",
        "分录 {0} 为该行预留的内容不同；请先释放",
    ),
    (
        "the entry named here would be that of row {}, which was not made: {}",
        "此处所称分录本应由第 {0} 行产生，未记入：{1!}",
    ),
    ("`{}` is no reason; one of {}", "“{0}”不是原因；可取值：{1,}"),
    ("either --to or --by", "请给出 --to 或 --by"),
    ("`{}` cannot own itself", "“{0}”不能持有自身"),
    ("no randomness: {}", "系统没有随机数：{0}"),
    ("a ledger in PostgreSQL needs a place for its key", "PostgreSQL 中的台账须指定密钥的存放位置"),
    ("there is a file `{}` already", "已有文件 `{0}`"),
    ("the key cannot be made", "无法生成密钥"),
    ("there is no key to sign with", "没有用于签署的密钥"),
    ("--key FILE, as `weir ledger init` made it", "--key FILE，即 `weir ledger init` 生成的文件"),
    (
        "no entry has the request key {}: what was asked under it is not done",
        "没有分录的请求键为 {0}：该请求未执行",
    ),
    ("there is no entry {}", "没有第 {0} 号分录"),
    ("entry {}", "第 {0} 号分录"),
    ("`{}`: nothing was imported", "`{0}`：未导入任何变动"),
    ("row {}, column `{}`: {}", "第 {0} 行，列 `{1}`：{2!}"),
    ("row {}, column `{}` ({}): {}", "第 {0} 行，列 `{1}`（{2}）：{3!}"),
    ("row {} ({}): {}", "第 {0} 行（{1}）：{2!}"),
    (
        "the entries named here would be those of rows {}, and none was made: {}",
        "此处所称分录本应由第 {0,} 行产生，均未记入：{1!}",
    ),
    (
        "none of these movements was recorded, and the entries named here would be those of \
         movements {}: {}",
        "这些变动均未记入，此处所称分录本应由第 {0,} 笔变动产生：{1!}",
    ),
    (
        "a quote is opened and not closed in its line; within quotes, a quote is written twice",
        "引号未在本行内闭合；引号内的引号须写两次",
    ),
    (
        "the row has {} values, the header {} columns; a value with the delimiter in it stands in \
         quotes",
        "该行有 {0} 个值，表头有 {1} 列；含分隔符的值须加引号",
    ),
    ("it is not UTF-8 text; save the file as UTF-8", "不是 UTF-8 文本；请将文件存为 UTF-8"),
    ("it is no JSON object: {}", "不是 JSON 对象：{0}"),
    ("there is no field `{}` of movements", "变动文件没有 `{0}` 字段"),
    ("`{}` is no number of items", "“{0}”不是物项数量"),
    ("`item` and `units` go together", "`item` 和 `units` 须同时填写"),
    (
        "nothing is reserved as `{}`, here or in the ledger",
        "文件和台账中都没有以 `{0}` 为请求键的预留",
    ),
    (
        "a reservation lapses by itself; only with the row that made it can it be imported as \
         lapsed",
        "预留自行失效；只有连同建立该预留的行才能作为已失效导入",
    ),
    (
        "`{}`, row {}: there is no column `{}` of movements",
        "`{0}` 第 {1} 行：变动文件没有 `{2}` 列",
    ),
    ("the columns are {}", "可用的列：{0,}"),
    ("the fields are {}", "可用的字段：{0,}"),
    ("it is empty", "为空"),
    ("`{}` is no number of an entry", "“{0}”不是分录编号"),
    (
        "it should be JSON such as [[\"lpp-limit\",\"Acme\",\"2026\"]]",
        "应为 JSON，例如 [[\"lpp-limit\",\"Acme\",\"2026\"]]",
    ),
    ("an account is empty", "有一个账户为空"),
    ("one account is wanted", "只能有一个账户"),
    ("either `to` or `by` is wanted", "`to` 和 `by` 须且只能填一项"),
    ("`{}` is no movement; one of {}", "“{0}”不是变动；可取值：{1,}"),
    (
        "the journal is exported as csv or jsonl; `weir ledger log` writes the other forms",
        "日记账只能导出为 csv 或 jsonl；其他格式请用 `weir ledger log`",
    ),
    // What is shown without its limit or its number of chips.
    ("{} is shown without its limit: {}", "{0} 未列出限额：{1!}"),
    (
        "entry {} commits a part that is no whole number of its items: chips are without it",
        "第 {0} 号分录确认的部分不是整数个物项：芯片数不含该分录",
    ),
    (
        "entry {} is of {} and counts in {}, where it was reserved",
        "第 {0} 号分录的日期为 {1}，计入预留时的 {2} 年度",
    ),
    // Who holds what.
    ("who holds it cannot be read: {}", "无法读取占用者：{0!}"),
    (
        "held by reservation {}: {} until {}, for {} ({})",
        "第 {0} 号预留占用 {1}，至 {2}，用途：{3!}（{4}）",
    ),
    ("nothing said", "未说明"),
    ("and {} more", "另有 {0!}"),
    ("1 reservation", "1 项预留"),
    ("{} reservations", "{0} 项预留"),
    // Why nothing moved.
    ("refused: {}", "已拒绝：{0!}"),
    (
        "the request's key must have 1 to 200 characters and no control characters",
        "请求键须为 1 至 200 个字符，且不得含控制字符",
    ),
    (
        "request key {} was used for entry {}, which asks for something else; use a new key",
        "请求键 {0} 已用于第 {1} 号分录，其内容不同；请改用新的请求键",
    ),
    (
        "{} must have at most {} characters and no control characters",
        "{0!}最多 {1} 个字符，且不得含控制字符",
    ),
    ("the name of who asks", "经办人姓名"),
    ("the name of a company", "企业名称"),
    ("the note", "备注"),
    ("the item", "物项"),
    ("the source", "来源"),
    (
        "an outside figure needs a source: who published it, and where",
        "外部数据须注明来源：由谁公布、在何处公布",
    ),
    ("the amount is {}; it must be over zero", "数量为 {0}；必须大于零"),
    ("the share is {}; it must be 0 to 1", "比例为 {0}；必须为 0 至 1"),
    ("no account is named", "没有指明账户"),
    ("account {} is named twice", "账户 {0} 出现了两次"),
    ("there is no quota {} in the law packs{}", "规则包中没有配额 {0}{1!}"),
    ("; did you mean {}?", "；是否指 {0}？"),
    (
        "account {} does not fit its quota, whose key is: {}",
        "账户 {0} 与配额不符，该配额的键为：{1!}",
    ),
    ("entries are numbered from 1", "分录自 1 起编号"),
    (
        "every line is answered and held; the last checkpoint is not signed",
        "各行均已判定并预留；最近的检查点未能签署",
    ),
    (
        "texts of 1 to 200 characters, 2,000 bytes in all",
        "1 至 200 个字符的文本，合计不超过 2,000 字节",
    ),
    (
        "{} has not come: it is {} in UTC, and what is done has a day",
        "{0} 尚未到来：今天是 {1}（UTC），已发生的变动须注明发生之日",
    ),
    (
        "nothing comes off {}: its quota counts what was drawn, whether or not it is still there; \
         correct a figure with `adjust` and its source",
        "{0} 不能核减：该配额按占用量计算，与物项是否仍在无关；如需更正数据，请用 `adjust` 并注明来源",
    ),
    (
        "{} leaves {} with the limit it has: the text's own formula bounds it",
        "{0} 不改变 {1} 的限额：限额受条文公式约束",
    ),
    (
        "{} counts in {} too, which has to be moved with it: name both in one movement",
        "{0} 同时计入 {1}，两者须一并变动：请在同一笔变动中列出",
    ),
    ("the reservation would have lapsed at {}; it is {}", "该预留在 {0} 即已失效；现在是 {1}"),
    (
        "{} has a limit that nothing raises: its quota in the law packs names no `raised`",
        "{0} 的限额不能提高：规则包中该配额没有 `raised`",
    ),
    ("the text states no limit of {} for {}", "条文未规定 {0} 在 {1} 的限额"),
    ("the sum on {} is past the largest amount of the ledger", "{0} 的合计超过台账的最大数量"),
    (
        "{} has no room for {}: its limit from {} is {}, {} are used and {} held; {} too much{}",
        "{0} 的余量不足 {1}：自 {2} 起限额为 {3}，已用 {4}，预留 {5}；超出 {6}{7!}",
    ),
    ("; {} can be placed, as it counts in the whole too", "；因同时计入总量，可置入 {0}"),
    (
        "{} is not in the step of {} for which reservation {} was made, {} through {}: give the \
         day of the shipment, or release {} and reserve anew for that day",
        "{0} 不在 {1} 为第 {2} 号预留所属的阶段（{3} 至 {4}）内：请给出发货之日，\
         或释放第 {5} 号预留并按该日重新预留",
    ),
    ("entry {} is no reservation", "第 {0} 号分录不是预留"),
    ("nothing was reserved under request key {}", "没有以 {0} 为请求键的预留"),
    ("reservation {} was committed by entry {}", "第 {0} 号预留已由第 {1} 号分录确认"),
    ("reservation {} was released by entry {}", "第 {0} 号预留已由第 {1} 号分录释放"),
    ("reservation {} lapsed with entry {}", "第 {0} 号预留已失效（第 {1} 号分录）"),
    ("{} is more than reservation {} holds: {}", "{0} 超过第 {1} 号预留的数量 {2}"),
    ("{} items are more than reservation {} is for: {}", "{0} 个物项超过第 {1} 号预留的数目 {2}"),
    (
        "what {} items make of the {} that reservation {} holds is no exact amount; give the \
         amount too",
        "{0} 个物项在第 {2} 号预留的 {1} 中所占数量不能精确表示；请同时给出数量",
    ),
    (
        "{} of the {} that reservation {} holds is no whole number of its {} {}; say how many \
         items they are",
        "第 {2} 号预留的 {1} 中的 {0} 不是其 {3} 个 {4} 中的整数个；请说明是多少个物项",
    ),
    (
        "the books do not take it: {}; run `weir ledger verify`",
        "账簿不接受：{0!}；请运行 `weir ledger verify`",
    ),
    ("{} is more than {} has in use: {}", "{0} 超过 {1} 的已用数量 {2}"),
    ("the law packs have no terms for this account", "规则包中没有该账户的条款"),
    // What the store says.
    ("not done: {}", "未执行：{0!}"),
    ("not done: the ledger is closed", "未执行：台账已关闭"),
    (
        "it is not known whether this was done: {}; ask again with the same request key, or look \
         the key up",
        "不能确定是否已执行：{0!}；请用同一请求键再次提交，或查询该请求键",
    ),
    (
        "there is no ledger at {}; `weir ledger init` makes one",
        "{0!} 没有台账；可用 `weir ledger init` 新建",
    ),
    ("there is a ledger at {} already", "{0!} 已有台账"),
    (
        "this is not the key of this ledger, whose public key is {}",
        "该密钥不是本台账的密钥；本台账的公钥为 {0}",
    ),
    (
        "the ledger has {} entries, and the checkpoint beside its key covers {}: it was cut off, or \
         an older copy was put in its place; put the newest one back, or, where that is lost, move \
         the checkpoint away from the key and keep it",
        "台账有 {0} 条分录，而密钥旁的检查点覆盖 {1} 条：台账被截断，或被换成了较旧的副本；\
         请放回最新的台账，如已遗失，请将该检查点从密钥旁移走并妥善保存",
    ),
    (
        "the first {} entries of the ledger are not those that the checkpoint beside its key \
         covers: an older copy was put in its place and written on; put the right one back, or, \
         where that is lost, move the checkpoint away from the key and keep it",
        "台账的前 {0} 条分录不是密钥旁的检查点所覆盖的分录：台账被换成较旧的副本并继续记账；\
         请放回正确的台账，如已遗失，请将该检查点从密钥旁移走并妥善保存",
    ),
    ("the checkpoint beside the key cannot be read: {}", "密钥旁的检查点无法读取：{0!}"),
    (
        "the checkpoint is signed and not kept beside the key: {}; until it is, `weir ledger \
         verify` does not see an older copy",
        "检查点已签署，但未能保存在密钥旁：{0!}；在此之前，`weir ledger verify` 不能发现较旧的副本",
    ),
    ("{} is of other entries, and stays as it is", "{0} 属于其他分录，保持不变"),
    (
        "a checkpoint of {} entries was signed and is not in the ledger, where the last one covers \
         {}: checkpoints were deleted from it",
        "曾签署覆盖 {0} 条分录的检查点，台账中却没有，其中最近的一个覆盖 {1} 条：检查点被从台账中删除",
    ),
    ("this database", "该数据库"),
    (
        "the ledger has schema version {} and this weir knows {}; use the weir that made it, or a \
         later one",
        "台账的结构版本为 {0}，本程序支持到 {1}；请使用建立该台账的版本或更新的版本",
    ),
    (
        "the ledger is of an earlier weir and has to be brought up to the schema of this one, which \
         cannot be written here; open it once where it can be written, or read it with the weir \
         that made it",
        "台账由较早的 weir 建立，须先升级到本程序的结构，而此处无法写入；请在可写之处打开一次，\
         或用建立它的 weir 读取",
    ),
    ("the database is not a ledger of weir: {}", "该数据库不是 weir 的台账：{0!}"),
    ("it is no SQLite file", "不是 SQLite 文件"),
    ("its schema is another one", "其结构不同"),
    ("no such table: {}", "没有表 {0}"),
    (
        "the ledger is locked by another process; try again when it is done",
        "台账被另一进程锁定；请待其完成后重试",
    ),
    (
        "another session of PostgreSQL has held the ledger for too long; ask again, or find the \
         session in pg_stat_activity and end it with pg_terminate_backend",
        "PostgreSQL 的另一会话占用台账过久；请重试，或在 pg_stat_activity 中找到该会话并用 \
         pg_terminate_backend 结束它",
    ),
    (
        "PostgreSQL ended the session of weir, which had stood still within a transaction for too \
         long; ask again",
        "PostgreSQL 结束了 weir 的会话，因其在事务中停顿过久；请重试",
    ),
    ("the disk is full", "磁盘已满"),
    (
        "the ledger cannot be written: the file or its folder is read-only",
        "台账无法写入：文件或其文件夹为只读",
    ),
    ("the connection to the database is lost: {}", "与数据库的连接已断开：{0!}"),
    ("another server moved at the same time", "另一服务器同时作了变动"),
    ("a request key is in the journal already", "请求键已在日记账中"),
    (
        "the ledger is damaged at {}: {}; run `weir ledger verify`",
        "台账在{0!}处损坏：{1!}；请运行 `weir ledger verify`",
    ),
    ("the database says: {}", "数据库报告：{0!}"),
    ("this is no URL of PostgreSQL: {}", "不是 PostgreSQL 的 URL：{0}"),
    ("error returned from database: {}", "数据库返回错误：{0!}"),
    ("(code: {}) {}", "{1!}（代码 {0}）"),
    ("unable to open database file", "无法打开数据库文件"),
    ("the file", "文件"),
    ("the database", "数据库"),
    ("the tree's edge", "哈希树末端"),
    ("an instant", "时刻"),
    ("a hash", "哈希"),
    ("an account", "账户"),
    ("a reservation", "预留"),
    ("day {}", "日期 {0}"),
    ("amount {}", "数量 {0}"),
    ("it ends no reservation", "它没有了结任何预留"),
    ("its row is no entry", "该行不是分录"),
    ("its body says {}", "正文写的是 {0}"),
    // Entries that cannot be read.
    ("it is not an entry of the journal: {}", "不是日记账的分录：{0!}"),
    (
        "it is written in version {} of the journal; this weir reads version {}",
        "按日记账第 {0} 版写成；本程序读取第 {1} 版",
    ),
    ("its {} is absent or makes no sense", "{0!}缺失或无意义"),
    ("it is not in the journal's own form", "不是日记账的规范形式"),
    ("time", "时间"),
    ("expiry", "失效时间"),
    ("note", "备注"),
    ("reason", "原因"),
    ("source", "来源"),
    ("owned company", "被持股企业"),
    ("owner", "持股人"),
    ("event", "事项"),
    ("amount", "数量"),
    ("day", "日期"),
    ("reservation", "预留"),
    ("account", "账户"),
    // What does not hold.
    ("entry {} does not fit: {}", "第 {0} 号分录不符：{1!}"),
    ("entry {} is missing", "缺少第 {0} 号分录"),
    (
        "the journal ends with entry {}, and the ledger says {}",
        "日记账止于第 {0} 号分录，而台账记载为第 {1} 号",
    ),
    ("the checkpoint of {} entries does not fit: {}", "{0} 条分录的检查点不符：{1!}"),
    (
        "the ledger has {} entries, and a checkpoint kept outside covers {}: it was cut off, or an \
         older copy was put in its place",
        "台账有 {0} 条分录，而另行保存的检查点覆盖 {1} 条：台账被截断，或被换成了旧副本",
    ),
    ("{}, which does not follow from the journal", "{0!}，与日记账不一致"),
    ("its hash is not that of its text after the entry before", "其哈希与前一分录之后的正文不符"),
    ("its time or request key is not the one in its text", "其时间或请求键与正文不符"),
    ("its number is {}, not {}", "其编号为 {0}，应为 {1}"),
    ("it is earlier than the entry before it", "其时间早于前一分录"),
    ("something before it stands in no journal", "在它之前有未记入日记账的变动"),
    ("its request key is that of entry {}", "其请求键与第 {0} 号分录相同"),
    (
        "it ends reservation {}, which does not hold that amount",
        "它了结第 {0} 号预留，但该预留不是这个数量",
    ),
    ("it does not fit the balance of {}", "与 {0} 的余额不符"),
    ("the note says {}", "检查点写的是 {0}"),
    ("its last entry is another one", "其末条分录不同"),
    ("the root of its tree is another one", "其哈希树的根不同"),
    ("the ledger names another public key", "台账记载的是另一个公钥"),
    ("there are two accounts {}", "账户 {0} 有两个"),
    ("the table `{}` has texts of several lines", "表 `{0}` 中有跨行的文本"),
    ("entry {} left something else in {}", "第 {0} 号分录在 {1} 中留下的内容不同"),
    ("`{}` has a row of no entry: {}", "`{0}` 中有一行不属于任何分录：{1}"),
    ("it moves {}, which the ledger does not name", "它变动了台账未记载的账户 {0}"),
    ("the end of the journal is another one", "日记账的末端不同"),
    ("request key {} names two entries", "请求键 {0} 对应两条分录"),
    ("there is an account {}", "存在账户 {0}"),
    ("the ledger names no key", "台账中没有公钥"),
    // Keys.
    ("`{}` can be read by others; `chmod 600` it", "其他人可以读取 `{0}`；请执行 `chmod 600`"),
    ("`{}`: {}", "`{0}`：{1!}"),
    (
        "`{}` cannot be the name of a key: it may not be empty, nor hold a space, `+` or a control \
         character",
        "`{0}` 不能作为密钥的名称：不得为空，也不得含空格、`+` 或控制字符",
    ),
    (
        "this is a private key, which must stay secret: its public key is needed here",
        "这是私钥，必须保密：此处需要的是公钥",
    ),
    (
        "this is no private key: one begins with `PRIVATE+KEY+`",
        "这不是私钥：私钥以 `PRIVATE+KEY+` 开头",
    ),
    (
        "a key is written `NAME+ID+KEY`, and this has no `{}`",
        "密钥应写成 `NAME+ID+KEY`，此处缺少 `{0}`",
    ),
    (
        "a key begins with its name, and this begins with what can be none",
        "密钥以其名称开头，此处的开头不能作为名称",
    ),
    (
        "the id of a key has 8 lower-case hexadecimal digits, and this has others",
        "密钥的 id 应为 8 位小写十六进制数字，此处不是",
    ),
    ("the key after the name and the id is not Base64", "名称和 id 之后的密钥不是 Base64"),
    (
        "this is a key of type {}, and weir knows type 1, Ed25519",
        "此密钥的类型为 {0}，weir 只支持类型 1（Ed25519）",
    ),
    ("an Ed25519 key has 32 bytes, and this has {}", "Ed25519 密钥应有 32 字节，此处为 {0}"),
    ("the 32 bytes are no Ed25519 public key", "这 32 字节不是 Ed25519 公钥"),
    (
        "the id `{}` is not that of this name and key, which is `{}`: a part of it was changed",
        "id `{0}` 与名称和密钥不符（应为 `{1}`）：其中一部分被改动过",
    ),
    // Notes and checkpoints.
    ("line {} of the note holds a control character", "第 {0} 行含有控制字符"),
    ("the text of a note must end with a newline", "文本必须以换行符结尾"),
    (
        "the note is not signed: it has no blank line with signatures after it",
        "没有签名：缺少空行及其后的签名",
    ),
    (
        "line {} of the note should be a signature, `— NAME SIGNATURE`, and is not",
        "第 {0} 行应为签名（`— NAME SIGNATURE`）",
    ),
    ("the note has more than 100 signatures", "签名超过 100 个"),
    ("the note is not signed with the key `{}`", "不是用密钥 `{0}` 签署的"),
    ("the note is not signed with the key `{}+{}`", "不是用密钥 `{0}+{1}` 签署的"),
    (
        "the signature `{}` does not fit the text of the note: either was changed",
        "签名 `{0}` 与文本不符：签名或文本被改动过",
    ),
    (
        "the signature `{}+{}` does not fit the text of the note: either was changed",
        "签名 `{0}+{1}` 与文本不符：签名或文本被改动过",
    ),
    ("the checkpoint has no line {}: {}", "检查点缺少第 {0} 行：{1!}"),
    ("the origin", "台账名称"),
    ("the size of the tree", "哈希树的大小"),
    ("the root of the tree", "哈希树的根"),
    ("`head` and the hash of the last entry", "`head` 和末条分录的哈希"),
    ("`time` and when it was made", "`time` 和签署时间"),
    ("an extension may not be empty", "扩展行不得为空"),
    (
        "the checkpoint is of the ledger `{}`, and the key is of `{}`",
        "检查点属于台账 `{0}`，而密钥属于 `{1}`",
    ),
    (
        "`{}` is no size of a tree: digits without leading zeros",
        "`{0}` 不是哈希树的大小：应为不带前导零的数字",
    ),
    (
        "`{}` is no root of a tree: 32 bytes in Base64",
        "`{0}` 不是哈希树的根：应为 Base64 编码的 32 字节",
    ),
    ("`{}` should be `head` and the hash of the last entry", "`{0}` 应为 `head` 和末条分录的哈希"),
    (
        "`{}` should be `time` and an instant in UTC such as `2026-07-01T12:00:00Z`",
        "`{0}` 应为 `time` 和 UTC 时刻，例如 `2026-07-01T12:00:00Z`",
    ),
    // Proofs.
    ("there is no entry {}; the last one is {}", "没有第 {0} 号分录；最后一条为第 {1} 号"),
    (
        "no checkpoint covers entry {} yet; `weir ledger checkpoint` signs one",
        "尚无检查点覆盖第 {0} 号分录；可用 `weir ledger checkpoint` 签署",
    ),
    (
        "the stored tree lacks what the proof needs; run `weir ledger verify`",
        "所存哈希树缺少证明所需的部分；请运行 `weir ledger verify`",
    ),
    ("this is no proof of an entry: {}", "这不是分录的证明：{0!}"),
    (
        "this is a document of the format `{}`, and not `weir-ledger-proof-v1`",
        "该文件的格式为 `{0}`，而不是 `weir-ledger-proof-v1`",
    ),
    ("the checkpoint does not hold: {}", "检查点不成立：{0!}"),
    (
        "entries are counted from 1, and the proof is of entry 0",
        "分录从 1 开始编号，而该证明针对第 0 号",
    ),
    (
        "the proof is of entry {}, and only {} entries were signed",
        "该证明针对第 {0} 号分录，而只签署了 {1} 条",
    ),
    (
        "entry 1 does not follow the beginning of the ledger `{}`",
        "第 1 号分录与台账 `{0}` 的起点不符",
    ),
    (
        "entry {} of {} takes a path of {} hashes, and there are {}",
        "共 {1} 条中的第 {0} 号分录需要 {2} 个哈希的路径，而此处有 {3} 个",
    ),
    (
        "entry {} is not what was signed: the path does not lead to the root in the checkpoint",
        "第 {0} 号分录不是所签署的内容：路径没有通向检查点中的根",
    ),
    (
        "entry {} is the last that was signed, and the checkpoint has another hash as its head",
        "第 {0} 号分录是所签署的最后一条，但检查点中的末条哈希不同",
    ),
    ("a SHA-256 hash has 32 bytes, and this has {}", "SHA-256 哈希应有 32 字节，此处为 {0}"),
    (
        "a SHA-256 hash is written with 64 hexadecimal digits, and this has {} characters",
        "SHA-256 哈希应写成 64 位十六进制数字，此处有 {0} 个字符",
    ),
    ("`{}` is no lower-case hexadecimal digit", "“{0}”不是小写十六进制数字"),
    (
        "leaf {} (counted from 0) is not in a tree of {} leaves",
        "第 {0} 片叶（从 0 计）不在有 {1} 片叶的哈希树中",
    ),
    ("a tree of {} leaves cannot have grown to {}", "有 {0} 片叶的哈希树不可能变成 {1} 片"),
    ("the path has {} hashes, and it takes {}", "路径有 {0} 个哈希，应为 {1} 个"),
    (
        "the path does not lead to the root of the earlier tree: history was changed",
        "路径没有通向先前哈希树的根：历史记录被改动过",
    ),
    ("the path does not lead to the root of the later tree", "路径没有通向后来哈希树的根"),
    (
        "the frontier of a tree begins with its size in 8 bytes, and there are {}",
        "哈希树末端应以 8 字节的大小开头，此处有 {0}",
    ),
    ("a tree of {} leaves is larger than any ledger", "有 {0} 片叶的哈希树大于任何台账"),
    (
        "the frontier of a tree of {} leaves has {} bytes, and there are {}",
        "有 {0} 片叶的哈希树末端应有 {1} 字节，此处有 {2}",
    ),
];
