//! What is said of a ledger behind an order book, and of what its movements are warned of.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // Options of `weir check`.
    (
        "The ledger that fills the facts of quotas: a SQLite file, or `postgres://…`. Without a \
         value, the one that `WEIR_LEDGER` names, or `weir-ledger.db`",
        "用于填写配额事实的台账：SQLite 文件，或 `postgres://…`。不带值时为 `WEIR_LEDGER` 指定的台账，\
         或 `weir-ledger.db`",
    ),
    (
        "Reserve in the ledger what each line draws, in the order of the file. Without `--ledger`, \
         in the one that `WEIR_LEDGER` names, or `weir-ledger.db`",
        "按文件顺序在台账中预留每行占用的数量。没有 `--ledger` 时用 `WEIR_LEDGER` 指定的台账，\
         或 `weir-ledger.db`",
    ),
    (
        "When the reservations lapse: a day, an instant, or a span such as `30d`",
        "预留的失效时间：日期、时刻，或时长，例如 `30d`",
    ),
    (
        "The reading whose draws are reserved: `written` or `enforced`",
        "按哪种读法预留：`written`（条文）或 `enforced`（执行）",
    ),
    (
        "The key that signs the ledger's checkpoints; by default the one that `WEIR_LEDGER_KEY` \
         names, or beside a SQLite file its name with `.key`",
        "签署台账检查点的密钥；默认为 `WEIR_LEDGER_KEY` 指定的密钥，或 SQLite 文件旁同名加 `.key` 的文件",
    ),
    // Lists.
    ("The open reservations, those that lapse first going first", "未了结的预留，最先失效的在前"),
    ("Only those that move an account of this quota", "只显示变动该配额账户的分录"),
    ("Only those on an account of this quota", "只显示该配额账户上的预留"),
    ("Only these movements, such as `commit,release`", "只显示这些事项，例如 `commit,release`"),
    (
        "Only those that lapse before a day begins (UTC), or by an instant",
        "只显示在某日开始（UTC）前或某一时刻前失效的预留",
    ),
    // Movements.
    (
        "The item of which it is so much more or less; goes with `--by`",
        "增减的是何物项；与 `--by` 一并使用",
    ),
    ("How many more or less of the item", "该物项增减多少件"),
    (
        "`item` and `units` say what changes, and go with `by`",
        "`item` 和 `units` 说明变动的内容，须与 `by` 一并填写",
    ),
    (
        "`--item` and `--units` say what changes, and `--to` is a total",
        "`--item` 和 `--units` 说明变动的内容，而 `--to` 是总量",
    ),
    ("give the change with `--by`", "请用 `--by` 给出变动的数量"),
    // Files.
    (
        "the newest entries of the ledger are in {}, which SQLite reads only where it can write: \
         {}; copy the ledger and that file together into a folder of your own and read the copy",
        "台账的最新分录在 {0} 中，SQLite 须可写才能读取：{1!}；请将台账与该文件一并复制到自己的文件夹后再读取",
    ),
    ("the files of the ledger cannot be used: {}", "无法使用台账的文件：{0}"),
    ("it is a folder", "它是文件夹"),
    // What was done, and what is signed.
    ("not done", "未执行"),
    (
        "no key is at hand: what is recorded is not signed, and an older copy put in the place of \
         this ledger would not show",
        "没有密钥：所记内容未签署，若台账被旧副本替换也无法发现",
    ),
    (
        "--key FILE, or `WEIR_LEDGER_KEY`; the ledger's public key is {}",
        "--key 文件，或 `WEIR_LEDGER_KEY`；台账的公钥为 {0}",
    ),
    (
        "no checkpoint signs the last {}: who can write the ledger could write them anew",
        "最后 {0!}未被任何检查点签署：能写台账者可将其重写",
    ),
    (
        "`weir ledger checkpoint`, with the key, signs them",
        "用密钥运行 `weir ledger checkpoint` 可签署",
    ),
    ("{} entry", "{0} 条分录"),
    ("{} entries", "{0} 条分录"),
    // Refusals.
    ("what is asked for is by itself more than the whole limit", "所请求的数量本身已超过全部限额"),
    // Doubts, and what is told beside a movement.
    (
        "no checkpoint kept outside the ledger was looked at: an older copy of it, or one that was \
         cut off, would not show",
        "未核对台账之外保存的检查点：台账若被换成较旧的副本或被截断，将无法发现",
    ),
    (
        "--key FILE, beside which the newest is kept, or --checkpoint FILE; if there was one, find \
         out who took it away",
        "--key 文件（最新的检查点保存在其旁），或 --checkpoint 文件；如果原来有，请查明是谁拿走的",
    ),
    (
        "nothing outside the ledger was looked at, and its public key is its own word: an older \
         copy of it would not show, nor one that was made anew with another key",
        "未核对台账之外的任何凭据，公钥也出自台账本身：台账若被换成较旧的副本，\
         或用另一密钥重新伪造，都将无法发现",
    ),
    (
        "--key FILE, or --public-key FILE and --checkpoint FILE",
        "--key 文件，或 --public-key 文件与 --checkpoint 文件",
    ),
    ("Exit with 1 where something is warned of", "有警告时以状态 1 退出"),
    (
        "the server of PostgreSQL runs with `fsync = off`: what is recorded may be lost, or \
         damaged, when its machine fails",
        "PostgreSQL 服务器以 `fsync = off` 运行：机器故障时，所记内容可能丢失或损坏",
    ),
    (
        "the database takes no connection now: {}; ask again, or allow it more connections",
        "数据库目前不接受连接：{0}；请重试，或调高其连接数上限",
    ),
    ("Instead: the request key under which it was made", "或：建立该预留的请求键"),
    ("`{}` is too long; the longest span is {}", "“{0}”过长；最长的时长为 {1}"),
    ("{} is over its limit from {}, {}, by {}", "{0} 自 {1} 起超出限额 {2}：超出 {3}"),
    (
        "the server says: {}; make the database, and then a ledger in it with `weir ledger init`",
        "服务器报告：{0}；请先建立数据库，再用 `weir ledger init` 在其中新建台账",
    ),
    (
        "entry {} takes more off {} than had come by its day, {}",
        "第 {0} 号分录从 {1} 核减的数量超过截至该日（{2}）的到货",
    ),
    ("`{}` is a file of the ledger or of its key", "`{0}` 是台账或其密钥的文件"),
    (
        "reservation {} was committed by entry {}: nothing is held",
        "第 {0} 号预留已由第 {1} 号分录确认：不再占用",
    ),
    (
        "reservation {} was released by entry {}: nothing is held",
        "第 {0} 号预留已由第 {1} 号分录释放：不再占用",
    ),
    (
        "reservation {} lapsed with entry {}: nothing is held",
        "第 {0} 号预留已失效（第 {1} 号分录）：不再占用",
    ),
    ("reservation {} lapsed at {}: nothing is held", "第 {0} 号预留已于 {1} 失效：不再占用"),
    (
        "the text states no limit for {} of {}: no room is shown there",
        "条文未规定 {1!}在 {0} 的限额：其余量不列出",
    ),
    ("{} account", "{0} 个账户"),
    ("{} accounts", "{0} 个账户"),
    ("the report would begin on {}, after its last day, {}", "报表的起始日 {0} 晚于结束日 {1}"),
];
