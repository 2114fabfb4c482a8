//! Turns records into facts: values by their columns, chips by their key, parts by their number.

use std::sync::Arc;

use law::headroom::limbs;
use law::text::Values;
use law::truth::Truth;
use law::{Fact, FactId, FactType, Facts, Law, Num, Value, ValueError};
use serde_json::Value as Json;

use crate::catalogue::{Chips, Countries, Part, Parts, kind_of};
pub use crate::input::cells::Scratch;
use crate::input::columns::{Column, Columns, column};
use crate::input::encoding;
use crate::language::Language;
use records::framing::{MAX_RECORD_BYTES, Problem, Record};

/// One line of an order book, ready to be decided.
#[derive(Clone, Debug)]
pub struct Order {
    /// The caller's key, or the number of the line.
    pub id: String,
    /// The row in the file, from 1, the header counted.
    pub row: u64,
    /// What is known; complete.
    pub facts: Facts,
    /// What is wrong with it, if it cannot be decided.
    pub error: Option<RowError>,
    /// What else is wrong with it.
    pub more_errors: Vec<RowError>,
    /// What to look at.
    pub warnings: Vec<Warning>,
    /// Columns that are not known: their names and values.
    pub extra: Vec<(String, String)>,
    /// The values of all columns of a CSV record, for output that repeats them.
    pub cells: Vec<String>,
    /// The facts that a JSON line gives, for output that repeats them.
    pub given: Vec<FactId>,
    /// The vendor's part, where one is named.
    pub part: Option<Arc<Part>>,
    /// What the ledger holds for it.
    pub reserved: Option<Reserved>,
}

impl Order {
    /// Everything that is wrong with it, in the order of its columns.
    pub fn errors(&self) -> impl Iterator<Item = &RowError> {
        self.error.iter().chain(&self.more_errors)
    }
}

/// Why a row cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// A stable word, such as `bad_date`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The way out; may be empty.
    pub hint: String,
    /// The column.
    pub column: Option<String>,
}

/// What a ledger holds for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The reservation's number.
    pub entry: u64,
    /// The accounts: those of owners, where a quota counts for them.
    pub accounts: Vec<String>,
    /// How much, in the quota's unit, digits in threes.
    pub amount: String,
    /// When it lapses.
    pub expires: String,
    /// Whether it was held before.
    pub repeated: bool,
    /// What of it was used since.
    pub committed: Option<Committed>,
    /// What the row draws in other amounts.
    pub further: Vec<Reserved>,
}

/// What of a reservation was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The entry that did.
    pub entry: u64,
    /// How much, in the quota's unit, digits in threes.
    pub amount: String,
}

impl Reserved {
    /// What is held, and until when.
    pub fn in_words(&self, language: Language) -> String {
        let Reserved { entry, amount, expires, further, .. } = self;
        let accounts = self.accounts.join(", ");
        let again = match (self.repeated, language) {
            (false, _) => "",
            (true, Language::En) => ", as before",
            (true, Language::Zh) => "，与先前相同",
        };
        let mut words = match (&self.committed, language) {
            (None, Language::En) => {
                format!("entry {entry} holds {amount} on {accounts} until {expires}{again}")
            }
            (None, Language::Zh) => {
                format!("分录 {entry} 在 {accounts} 预留 {amount}，至 {expires}{again}")
            }
            (Some(Committed { entry: used_by, amount: used }), Language::En) => format!(
                "entry {entry} held {amount} on {accounts}; entry {used_by} committed {used} of it"
            ),
            (Some(Committed { entry: used_by, amount: used }), Language::Zh) => format!(
                "分录 {entry} 曾在 {accounts} 预留 {amount}；分录 {used_by} 已确认其中 {used}"
            ),
        };
        for one in further {
            words.push_str(language.pick("; ", "；"));
            words.push_str(&one.in_words(language));
        }
        words
    }
}

/// Something about a row that should be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable word, such as `tpp_differs`.
    pub code: &'static str,
    /// What it is.
    pub message: String,
    /// The column.
    pub column: Option<String>,
}

/// What turns records into orders.
pub struct Reader<'r> {
    /// The law, for its vocabulary and derived facts.
    pub law: &'r Law,
    /// The catalogue.
    pub chips: &'r Chips,
    /// The vendors' parts.
    pub parts: &'r Parts,
    /// The columns of a CSV file; `None` for JSON Lines.
    pub columns: Option<&'r Columns>,
    /// Whether orders keep the values of all columns.
    pub keep_cells: bool,
    delimiter: u8,
    ids: Ids,
}

impl Order {
    /// An order of which nothing is known.
    pub fn blank(law: &Law) -> Order {
        Order {
            id: String::new(),
            row: 0,
            facts: Facts::new(law.vocabulary()),
            error: None,
            more_errors: Vec::new(),
            warnings: Vec::new(),
            extra: Vec::new(),
            cells: Vec::new(),
            given: Vec::new(),
            part: None,
            reserved: None,
        }
    }

    /// Forgets everything, keeping the room.
    fn clear(&mut self) {
        self.id.clear();
        self.row = 0;
        self.facts.clear();
        self.error = None;
        self.more_errors.clear();
        self.warnings.clear();
        self.extra.clear();
        self.cells.clear();
        self.given.clear();
        self.part = None;
        self.reserved = None;
    }
}

/// Facts that the reader itself looks at.
struct Ids {
    sku: Option<FactId>,
    part: Option<FactId>,
    tpp: Option<FactId>,
    eccn: Option<FactId>,
    chips: Option<FactId>,
    kind: Option<FactId>,
    operations: Option<FactId>,
}

impl<'r> Reader<'r> {
    /// A reader of records with these columns.
    pub fn new(
        law: &'r Law,
        chips: &'r Chips,
        parts: &'r Parts,
        columns: Option<&'r Columns>,
        delimiter: u8,
        keep_cells: bool,
    ) -> Reader<'r> {
        let find = |name| law.vocabulary().find(name);
        let ids = Ids {
            sku: find("item.sku"),
            part: find("item.part_number"),
            tpp: find("item.tpp"),
            eccn: find("item.eccn"),
            chips: find("item.chips"),
            kind: find("item.kind"),
            operations: find("item.operations"),
        };
        Reader { law, chips, parts, columns, keep_cells, delimiter, ids }
    }

    /// Room for one thread.
    pub fn scratch(&self) -> Scratch {
        Scratch::new(self.delimiter)
    }

    /// Reads a record; `number` counts the lines of the file, from 1, and is the key where none is
    /// given.
    pub fn read(&self, record: &Record, number: u64, scratch: &mut Scratch) -> Order {
        let mut order = Order::blank(self.law);
        self.read_into(record, number, &mut order, scratch);
        order
    }

    /// Reads a record into the room of another order.
    pub fn read_into(
        &self,
        record: &Record,
        number: u64,
        order: &mut Order,
        scratch: &mut Scratch,
    ) {
        order.clear();
        order.row = record.row;
        order.id.push_str(&number.to_string());
        let read = match (record.problem, self.columns) {
            (Some(problem), _) => Err(broken(problem)),
            (None, Some(columns)) => self.csv(&record.bytes, columns, order, scratch),
            (None, None) => self.json(&record.bytes, order),
        };
        let whole = read.is_ok();
        let read = read.and_then(|()| self.enrich(order));
        order.facts.complete(self.law.vocabulary(), self.law.defaults());
        order.more_errors.extend(read.err());
        let date = self.law.date_fact();
        if whole && order.facts.get(date).is_none() && !self.is_wrong(order, date) {
            order.more_errors.push(RowError {
                code: "missing_date",
                message: "the line has no date".into(),
                hint: "the law depends on the day: give `date` as YYYY-MM-DD".into(),
                column: Some("date".into()),
            });
        }
        if !order.more_errors.is_empty() {
            order.error = Some(order.more_errors.remove(0));
        }
    }

    /// Whether a value of that fact was given and cannot be read.
    fn is_wrong(&self, order: &Order, fact: FactId) -> bool {
        let wrong = order.errors().filter_map(|error| error.column.as_deref());
        wrong.map(|name| column(name, self.law.vocabulary())).any(|of| of == Column::Fact(fact))
    }

    fn csv(
        &self,
        bytes: &[u8],
        columns: &Columns,
        order: &mut Order,
        scratch: &mut Scratch,
    ) -> Result<(), RowError> {
        let Some(found) = scratch.cut(bytes) else { return Err(broken(Problem::OpenQuote)) };
        let wanted = columns.names.len();
        let (cells, known) = scratch.parts();
        if self.keep_cells {
            let lossy = |at| String::from_utf8_lossy(cells.bytes(at)).into_owned();
            order.cells = (0..wanted).map(lossy).collect();
        }
        if found != wanted {
            return Err(ragged(found, wanted));
        }
        for (at, (column, name)) in columns.columns.iter().zip(&columns.names).enumerate() {
            // What an empty cell is about is unknown already.
            if cells.is_empty(at) && *column != Column::Other {
                continue;
            }
            let Some(cell) = cells.text(at) else {
                order.more_errors.push(bad_encoding(cells.bytes(at), name));
                continue;
            };
            match column {
                Column::LineId if !cell.trim().is_empty() => {
                    order.id.clear();
                    order.id.push_str(cell.trim());
                }
                Column::LineId => {}
                Column::Other => order.extra.push((name.clone(), cell.to_string())),
                Column::Fact(id) => {
                    let fact = self.law.vocabulary().fact(*id);
                    match known.value(at, cell, || parse(fact, cell)) {
                        Ok(value) => order.facts.set(*id, value),
                        Err(found) => order.more_errors.push(self::at(name, found)),
                    }
                }
            }
        }
        Ok(())
    }

    fn json(&self, bytes: &[u8], order: &mut Order) -> Result<(), RowError> {
        let json: Json = serde_json::from_slice(bytes).map_err(|error| RowError {
            code: "bad_json",
            message: format!("the line is not a JSON object: {error}"),
            hint: "one object a line, in UTF-8".into(),
            column: None,
        })?;
        let Json::Object(object) = json else {
            return Err(RowError {
                code: "bad_json",
                message: "the line is not a JSON object".into(),
                hint:
                    "one object a line, such as {\"date\": \"2025-06-02\", \"destination\": \"MY\"}"
                        .into(),
                column: None,
            });
        };
        self.object("", &object, order);
        Ok(())
    }

    fn object(&self, prefix: &str, object: &serde_json::Map<String, Json>, order: &mut Order) {
        for (key, value) in object {
            let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match (column(&name, self.law.vocabulary()), value) {
                (Column::LineId, Json::String(id)) => order.id = id.clone(),
                (Column::LineId, Json::Number(id)) => order.id = id.to_string(),
                (Column::LineId, _) => {}
                (Column::Fact(id), value) => {
                    match from_json(self.law.vocabulary().fact(id), value) {
                        Ok(None) if order.given.contains(&id) => {}
                        Ok(value)
                            if order.given.contains(&id)
                                && order.facts.get(id) != value.as_ref() =>
                        {
                            order.more_errors.push(RowError {
                                code: "given_twice",
                                message: format!(
                                    "`{name}` is given twice in the line, and not the same"
                                ),
                                hint: "keep one of them".into(),
                                column: Some(name.clone()),
                            });
                        }
                        Ok(value) => {
                            order.given.extend(value.is_some().then_some(id));
                            order.facts.set(id, value);
                        }
                        Err(found) => order.more_errors.push(at(&name, found)),
                    }
                }
                (Column::Other, Json::Object(inner)) => self.object(&name, inner, order),
                (Column::Other, value) => {
                    if let Some(near) = self.law.vocabulary().nearest(&name) {
                        order.warnings.push(Warning {
                            code: "unknown_key",
                            message: format!("`{name}` is no fact; is `{near}` meant?"),
                            column: Some(name.clone()),
                        });
                    }
                    order.extra.push((name, plain(value)));
                }
            }
        }
    }

    /// Fills what the catalogue knows of an item into facts that came in another way than by line,
    /// and says what to look at. An item that nobody knows, or that contradicts the catalogue, is
    /// an error.
    #[cfg(feature = "batch")]
    pub fn enrich_facts(&self, facts: &mut Facts) -> (Result<(), RowError>, Vec<Warning>) {
        let mut order = Order::blank(self.law);
        std::mem::swap(&mut order.facts, facts);
        let enriched = self.enrich(&mut order);
        *facts = order.facts.clone();
        if order.part.is_some() && enriched.is_ok() {
            order.facts.complete(self.law.vocabulary(), self.law.defaults());
            self.compare_with_vendor(&mut order);
        }
        (enriched, order.warnings)
    }

    /// Fills what the catalogue knows of the item, and compares it with what is given.
    fn enrich(&self, order: &mut Order) -> Result<(), RowError> {
        // A vendor's figure may differ from the catalogue's; one that the caller gives must not.
        let by_caller = self.ids.tpp.is_some_and(|tpp| order.facts.get(tpp).is_some());
        if let Some(number) = text_of(&order.facts, self.ids.part) {
            self.part(&number, order)?;
        }
        let Some(sku) = text_of(&order.facts, self.ids.sku) else { return Ok(()) };
        let Some(chip) = self.chips.find(&sku) else {
            let near = self.chips.suggestions(&sku);
            let hint = match near.as_slice() {
                [] => "see `weir chips list`".to_string(),
                near => format!("did you mean {}?", near.join(", ")),
            };
            let message = format!("there is no chip `{sku}` in the catalogue");
            let described = [self.ids.tpp, self.ids.eccn, self.ids.operations]
                .into_iter()
                .flatten()
                .any(|fact| order.facts.get(fact).is_some() || self.is_wrong(order, fact));
            if !described {
                let column = Some("item.sku".to_string());
                return Err(RowError { code: "unknown_sku", message, hint, column });
            }
            order.warnings.push(Warning {
                code: "unknown_sku",
                message: format!("{message}; {hint}"),
                column: Some("item.sku".into()),
            });
            return Ok(());
        };
        let given = self.ids.tpp.and_then(|tpp| order.facts.num(tpp));
        for (fact, value) in &chip.facts {
            if order.facts.get(*fact).is_none() {
                order.facts.set(*fact, Some(value.clone()));
            }
        }
        if let Some(given) = given
            && let Some(known) = self.tpp_of(&chip.facts, order)
            && differs(given, known)
        {
            if by_caller && self.paragraphs(order, given) != self.paragraphs(order, known) {
                return Err(RowError {
                    code: "tpp_contradicts",
                    message: format!(
                        "item.tpp is {given}, the catalogue's figures for {sku} give {known}, and \
                         the item falls under other paragraphs by the one than by the other"
                    ),
                    hint: "correct item.tpp, or leave item.sku out if it is another chip".into(),
                    column: Some("item.tpp".into()),
                });
            }
            order.warnings.push(Warning {
                code: "tpp_differs",
                message: format!(
                    "item.tpp is {given}, the catalogue's figures for {sku} give {known}; the given one was used"
                ),
                column: Some("item.tpp".into()),
            });
        }
        Ok(())
    }

    /// The paragraphs under which the item falls with that performance.
    fn paragraphs(&self, order: &Order, tpp: Num) -> Vec<&str> {
        let mut facts = order.facts.clone();
        if let Some(id) = self.ids.tpp {
            facts.set(id, Some(Value::Num(tpp)));
        }
        facts.complete(self.law.vocabulary(), self.law.defaults());
        falls_under(&limbs(self.law, &facts))
    }

    /// The total processing performance that the packs derive from a chip's figures.
    fn tpp_of(&self, chip: &[(FactId, Value)], order: &Order) -> Option<Num> {
        let mut facts = Facts::new(self.law.vocabulary());
        let date = self.law.date_fact();
        facts.set(date, order.facts.get(date).cloned());
        chip.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
        let mut memory = law::eval::Memory::default();
        Values::new(self.law, &facts, &mut memory)?.num("item.tpp")
    }

    fn part(&self, number: &str, order: &mut Order) -> Result<(), RowError> {
        let found = self.parts.find(number).map_err(|error| RowError {
            code: "parts",
            message: format!("{error:#}"),
            hint: String::new(),
            column: Some("item.part_number".into()),
        })?;
        let Some(part) = found else {
            let near = self.parts.suggestion(number);
            let hint = near.map_or(String::new(), |near| format!("; is {near} meant?"));
            order.warnings.push(Warning {
                code: "unknown_part",
                message: format!("no vendor table has the part {number}{hint}"),
                column: Some("item.part_number".into()),
            });
            return Ok(());
        };
        let values = [
            (self.ids.sku, part.sku.as_str()),
            (self.ids.eccn, part.eccn.as_str()),
            (self.ids.tpp, part.tpp.as_str()),
            (self.ids.chips, part.chips.as_str()),
            (self.ids.kind, kind_of(&part.eccn)),
        ];
        for (fact, text) in values {
            let Some(id) = fact.filter(|id| order.facts.get(*id).is_none()) else { continue };
            if let Ok(value) = self.law.vocabulary().fact(id).parse(text) {
                order.facts.set(id, value);
            }
        }
        order.part = Some(Arc::clone(part));
        Ok(())
    }

    /// Puts what is said of a row into the user's language.
    pub fn translate(&self, order: &mut Order, language: Language) {
        if language == Language::En {
            return;
        }
        for error in order.error.iter_mut().chain(&mut order.more_errors) {
            error.message = language.said(&error.message).into_owned();
            error.hint = language.said(&error.hint).into_owned();
        }
        for warning in &mut order.warnings {
            warning.message = language.said(&warning.message).into_owned();
        }
    }

    /// Warns where the vendor's classification differs from the one that the packs derive on the
    /// day of the vendor's table.
    pub fn compare_with_vendor(&self, order: &mut Order) {
        let Some(part) = &order.part else { return };
        let mut facts = order.facts.clone();
        let date = self.law.date_fact();
        let Ok(as_of) = self.law.vocabulary().fact(date).parse(&part.as_of) else { return };
        facts.set(date, as_of);
        let limbs = limbs(self.law, &facts);
        if agrees(&part.eccn, &limbs) == Truth::False {
            let codes = falls_under(&limbs);
            let derived =
                if codes.is_empty() { "none of these paragraphs".into() } else { codes.join(", ") };
            order.warnings.push(Warning {
                code: "eccn_differs",
                message: format!(
                    "{} publishes {} for this part, the packs derive {derived}",
                    part.vendor, part.eccn
                ),
                column: Some("item.part_number".into()),
            });
        }
    }
}

/// The paragraphs that an item falls under, each once.
fn falls_under<'l>(limbs: &[(&'l str, Truth)]) -> Vec<&'l str> {
    let mut codes: Vec<&str> = Vec::new();
    for (code, truth) in limbs {
        if *truth == Truth::True && !codes.contains(code) {
            codes.push(code);
        }
    }
    codes
}

/// Whether a vendor's classification is among the derived ones; unknown where the figures do not
/// settle it. A published code may stop short of the last letter (`5A992.z` for `5A992.z.1`); one
/// that the packs do not know means "not controlled by these paragraphs".
pub fn agrees(published: &str, limbs: &[(&str, Truth)]) -> Truth {
    let begins = |code: &str| {
        code.strip_prefix(published).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let any = |chosen: &mut dyn Iterator<Item = &(&str, Truth)>| {
        chosen.fold(Truth::False, |any, (_, truth)| any.or(*truth))
    };
    if limbs.iter().any(|(code, _)| begins(code)) {
        any(&mut limbs.iter().filter(|(code, _)| begins(code)))
    } else {
        any(&mut limbs.iter()).not()
    }
}

fn broken(problem: Problem) -> RowError {
    let (code, message, hint) = match problem {
        Problem::TooLong => (
            "line_too_long",
            format!("the line is longer than {MAX_RECORD_BYTES} bytes"),
            "an order is one line of at most a mebibyte; was a line break lost?",
        ),
        Problem::OpenQuote => (
            "open_quote",
            "a quote is opened and never closed".to_string(),
            "write two quotes for one inside a quoted value",
        ),
    };
    RowError { code, message, hint: hint.into(), column: None }
}

fn at(column: &str, error: ValueError) -> RowError {
    RowError {
        code: error.code,
        message: error.message,
        hint: error.hint,
        column: Some(column.into()),
    }
}

/// Reads a value, with countries checked against ISO 3166-1.
pub fn parse(fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
    if fact.of != FactType::Country || text.trim().is_empty() {
        return fact.parse(text);
    }
    let countries = Countries::embedded();
    let value = fact.parse(text);
    if value.is_ok() && countries.is_assigned(text.trim()) {
        return value;
    }
    let hint = match countries.meant(text) {
        Some(country) => format!("did you mean {} ({})?", country.code, country.name[0]),
        None => "ISO 3166-1 alpha-2: two capital letters".into(),
    };
    Err(ValueError::new("bad_country", format!("`{}` is not a country code", text.trim()), hint))
}

/// Reads a value from JSON.
///
/// # Errors
/// What is wrong with it and the way out.
pub fn from_json(fact: &Fact, value: &Json) -> Result<Option<Value>, ValueError> {
    match value {
        Json::Null => Ok(None),
        Json::String(text) => parse(fact, text),
        Json::Bool(value) => parse(fact, if *value { "true" } else { "false" }),
        Json::Number(number) => match fact.of {
            FactType::Country => parse(fact, &number.to_string()),
            _ => fact.parse_number(&number.to_string()),
        },
        Json::Array(items) => fact.items(items.iter().map(Json::as_str)).map(Some),
        Json::Object(_) => Err(fact.no_list_or_object()),
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

fn text_of(facts: &Facts, id: Option<FactId>) -> Option<Arc<str>> {
    match facts.get(id?)? {
        Value::Text(text) => Some(Arc::clone(text)),
        _ => None,
    }
}

/// Whether two figures for one thing differ by more than a hundredth.
fn differs(a: Num, b: Num) -> bool {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let within = low.checked_mul(Num::int(101)).zip(high.checked_mul(Num::int(100)));
    within.is_some_and(|(low, high)| low < high)
}

fn ragged(found: usize, wanted: usize) -> RowError {
    RowError {
        code: "ragged_row",
        message: format!("the row has {found} values, the header {wanted} columns"),
        hint: if found > wanted {
            "a value that holds the delimiter wants quotes around it".into()
        } else {
            "leave unknown values empty, but keep their delimiters".into()
        },
        column: None,
    }
}

fn bad_encoding(cell: &[u8], column: &str) -> RowError {
    RowError {
        code: "bad_encoding",
        message: format!("the value is not UTF-8: \"{}\"", String::from_utf8_lossy(cell)),
        hint: encoding::hint(cell),
        column: Some(column.to_string()),
    }
}
