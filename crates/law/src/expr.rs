//! Conditions: a documented subset of CEL syntax, read into a tree with the place of every part.

use std::ops::Range;

use jiff::civil::Date;

use crate::number::{Num, NumError};

/// An expression and where it stands in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Bytes of the document.
    pub span: Range<usize>,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `true`, `false`.
    Bool(bool),
    /// `4800`, `5.92`, `1e26`.
    Num(Num),
    /// `"CN"`.
    Text(String),
    /// `date("2026-01-15")`.
    Date(Date),
    /// `["a", "b"]`.
    List(Vec<Expr>),
    /// A fact, a define, a set, or a party's fact behind a quantified variable.
    Name(String),
    /// `!a`.
    Not(Box<Expr>),
    /// `a && b`.
    And(Box<Expr>, Box<Expr>),
    /// `a || b`.
    Or(Box<Expr>, Box<Expr>),
    /// `a < b` and the like.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a in b`.
    In(Box<Expr>, Box<Expr>),
    /// `a + b` and the like.
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `class("3A090.a")`.
    Class(String),
    /// `max(a, b)`, `min(a, b)`.
    Extreme(Extreme, Vec<Expr>),
    /// `text.startsWith("5A992")`.
    StartsWith(Box<Expr>, String),
    /// `parties.exists(p, …)`, `recipients.all(p, …)`.
    Quantified {
        /// `exists` or `all`.
        every: bool,
        /// `recipients` rather than `parties`.
        recipients: bool,
        /// The variable.
        variable: String,
        /// The condition on it.
        body: Box<Expr>,
    },
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether an ordering satisfies the comparison.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::AtMost => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::AtLeast => ordering.is_ge(),
        }
    }

    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        }
    }
}

/// How two numbers are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Operator {
    /// Two numbers joined, where the result fits.
    pub fn apply(self, left: Num, right: Num) -> Option<Num> {
        match self {
            Operator::Add => left.checked_add(right),
            Operator::Subtract => left.checked_sub(right),
            Operator::Multiply => left.checked_mul(right),
            Operator::Divide => left.checked_div(right),
        }
    }

    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
        }
    }
}

/// The larger or the smaller of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extreme {
    /// `max(…)`
    Max,
    /// `min(…)`
    Min,
}

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ExprError {
    /// Bytes of the document.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The way out; may be empty.
    pub hint: String,
}

/// Reads an expression whose first byte stands at `offset` of its document.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse(text: &str, offset: usize) -> Result<Expr, ExprError> {
    let tokens = tokenize(text, offset)?;
    let mut parser = Parser { tokens, at: 0, end: offset + text.len(), depth: 0 };
    let expr = parser.choose()?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(ExprError {
            span: token.span.clone(),
            message: format!("`{}` is not expected here", token.shown()),
            hint: "an operator such as `&&` is missing, or a parenthesis is not opened".into(),
        }),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum TokenKind {
    Number(Num),
    Text(String),
    Name(String),
    Symbol(&'static str),
}

#[derive(Clone, Debug)]
struct Token {
    kind: TokenKind,
    span: Range<usize>,
}

impl Token {
    fn shown(&self) -> String {
        match &self.kind {
            TokenKind::Number(number) => number.to_string(),
            TokenKind::Text(text) => format!("\"{text}\""),
            TokenKind::Name(name) => name.clone(),
            TokenKind::Symbol(symbol) => (*symbol).to_string(),
        }
    }
}

const SYMBOLS: [&str; 23] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", "?", ":", "+", "-",
    "*", "/", ".", "{", "}",
];

fn tokenize(text: &str, offset: usize) -> Result<Vec<Token>, ExprError> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let kind = if byte.is_ascii_digit() {
            at = number_end(bytes, at);
            let shown = &text[start..at];
            let number = Num::parse(shown).map_err(|error| ExprError {
                span: offset + start..offset + at,
                message: match error {
                    NumError::Malformed => format!("`{shown}` is not a number"),
                    NumError::OutOfRange => format!("`{shown}` is too long for an exact number"),
                },
                hint: "write 4800, 5.92 or 1e26".into(),
            })?;
            TokenKind::Number(number)
        } else if byte == b'"' || byte == b'\'' {
            let Some(length) = text[at + 1..].find(char::from(byte)) else {
                return Err(ExprError {
                    span: offset + start..offset + text.len(),
                    message: "the text has no closing quote".into(),
                    hint: String::new(),
                });
            };
            at += length + 2;
            TokenKind::Text(text[start + 1..at - 1].to_string())
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            TokenKind::Name(text[start..at].to_string())
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| text[at..].starts_with(**symbol))
        {
            at += symbol.len();
            TokenKind::Symbol(symbol)
        } else {
            let shown = text[at..].chars().next().unwrap_or(' ');
            return Err(ExprError {
                span: offset + at..offset + at + shown.len_utf8(),
                message: format!("`{shown}` has no meaning in a condition"),
                hint: match shown {
                    '&' => "write `&&`".into(),
                    '|' => "write `||`".into(),
                    '=' => "write `==`".into(),
                    _ => String::new(),
                },
            });
        };
        tokens.push(Token { kind, span: offset + start..offset + at });
    }
    Ok(tokens)
}

fn number_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let byte = bytes[at];
        let sign_of_exponent =
            (byte == b'+' || byte == b'-') && matches!(bytes[at - 1], b'e' | b'E');
        if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || sign_of_exponent {
            at += 1;
        } else {
            break;
        }
    }
    at
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
    depth: usize,
}

type Parsed = Result<Expr, ExprError>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, symbol: &str) -> bool {
        self.peek()
            .is_some_and(|token| matches!(token.kind, TokenKind::Symbol(found) if found == symbol))
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ExprError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("expected `{symbol}`")))
    }

    fn unexpected(&self, expected: &str) -> ExprError {
        match self.peek() {
            Some(token) => ExprError {
                span: token.span.clone(),
                message: format!("{expected}, found `{}`", token.shown()),
                hint: String::new(),
            },
            None => ExprError {
                span: self.end.saturating_sub(1)..self.end,
                message: format!("{expected}, but the condition ends here"),
                hint: String::new(),
            },
        }
    }

    fn choose(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > 64 {
            let mut error = self.unexpected("nested deeper than 64");
            error.hint = "name the parts with `define` blocks".into();
            return Err(error);
        }
        let condition = self.or()?;
        let out = if self.take("?") {
            let then = self.choose()?;
            self.expect(":")?;
            let otherwise = self.choose()?;
            let span = condition.span.start..otherwise.span.end;
            let kind = ExprKind::Choose(Box::new(condition), Box::new(then), Box::new(otherwise));
            Expr { kind, span }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(out)
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.take("||") {
            let right = self.and()?;
            left = join(left, right, ExprKind::Or);
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.comparison()?;
        while self.take("&&") {
            let right = self.comparison()?;
            left = join(left, right, ExprKind::And);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let comparison = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ]
        .into_iter()
        .find(|(symbol, _)| self.is(symbol));
        if let Some((_, comparison)) = comparison {
            self.at += 1;
            let right = self.sum()?;
            return Ok(join(left, right, |a, b| ExprKind::Compare(comparison, a, b)));
        }
        let is_in =
            matches!(self.peek(), Some(Token { kind: TokenKind::Name(name), .. }) if name == "in");
        if is_in {
            self.at += 1;
            let right = self.sum()?;
            return Ok(join(left, right, ExprKind::In));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = join(left, right, |a, b| ExprKind::Arithmetic(operator, a, b));
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let operator = if self.take("*") {
                Operator::Multiply
            } else if self.take("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            let right = self.unary()?;
            left = join(left, right, |a, b| ExprKind::Arithmetic(operator, a, b));
        }
    }

    fn unary(&mut self) -> Parsed {
        let start = self.peek().map_or(self.end, |token| token.span.start);
        if self.take("!") {
            let inner = self.unary()?;
            let span = start..inner.span.end;
            return Ok(Expr { kind: ExprKind::Not(Box::new(inner)), span });
        }
        if self.take("-") {
            let inner = self.unary()?;
            let span = start..inner.span.end;
            let zero = Expr { kind: ExprKind::Num(Num::ZERO), span: start..start };
            let kind = ExprKind::Arithmetic(Operator::Subtract, Box::new(zero), Box::new(inner));
            return Ok(Expr { kind, span });
        }
        self.primary()
    }

    fn primary(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("expected a value"));
        };
        let start = token.span.start;
        match token.kind {
            TokenKind::Number(number) => {
                self.at += 1;
                Ok(Expr { kind: ExprKind::Num(number), span: token.span })
            }
            TokenKind::Text(text) => {
                self.at += 1;
                Ok(Expr { kind: ExprKind::Text(text), span: token.span })
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                let inner = self.choose()?;
                self.expect(")")?;
                Ok(Expr { kind: inner.kind, span: start..self.end_of_last() })
            }
            TokenKind::Symbol("[") => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.is("]") {
                    items.push(self.choose()?);
                    if !self.take(",") {
                        break;
                    }
                }
                let end = self.peek().map_or(self.end, |token| token.span.end);
                self.expect("]")?;
                Ok(Expr { kind: ExprKind::List(items), span: start..end })
            }
            TokenKind::Name(name) => {
                self.at += 1;
                self.named(name, token.span)
            }
            TokenKind::Symbol(_) => Err(self.unexpected("expected a value")),
        }
    }

    /// A word: a literal, a function, a dotted name with a possible method.
    fn named(&mut self, first: String, span: Range<usize>) -> Parsed {
        match first.as_str() {
            "true" | "false" => {
                return Ok(Expr { kind: ExprKind::Bool(first == "true"), span });
            }
            "class" | "date" if self.is("(") => {
                let argument = self.text_argument()?;
                let end = self.end_of_last();
                let kind = if first == "class" {
                    ExprKind::Class(argument)
                } else {
                    ExprKind::Date(argument.parse().map_err(|_| ExprError {
                        span: span.start..end,
                        message: format!("`{argument}` is not a date"),
                        hint: "write date(\"2026-01-15\")".into(),
                    })?)
                };
                return Ok(Expr { kind, span: span.start..end });
            }
            "max" | "min" if self.is("(") => {
                self.at += 1;
                let mut items = vec![self.choose()?];
                while self.take(",") {
                    items.push(self.choose()?);
                }
                self.expect(")")?;
                let extreme = if first == "max" { Extreme::Max } else { Extreme::Min };
                let span = span.start..self.end_of_last();
                return Ok(Expr { kind: ExprKind::Extreme(extreme, items), span });
            }
            _ => {}
        }
        let mut name = first;
        let mut end = span.end;
        while self.take(".") {
            let Some(Token { kind: TokenKind::Name(part), span: part_span }) = self.peek().cloned()
            else {
                return Err(self.unexpected("expected a name after `.`"));
            };
            self.at += 1;
            if self.is("(") {
                return self.method(name, span.start..end, &part, part_span);
            }
            name.push('.');
            name.push_str(&part);
            end = part_span.end;
        }
        if self.is("(") {
            return Err(ExprError {
                span: span.start..end,
                message: format!("there is no function `{name}`"),
                hint: "the functions are class(…), date(…), max(…), min(…)".into(),
            });
        }
        Ok(Expr { kind: ExprKind::Name(name), span: span.start..end })
    }

    fn method(
        &mut self,
        on: String,
        on_span: Range<usize>,
        method: &str,
        span: Range<usize>,
    ) -> Parsed {
        match method {
            "startsWith" => {
                let prefix = self.text_argument()?;
                let subject = Expr { kind: ExprKind::Name(on), span: on_span.clone() };
                let span = on_span.start..self.end_of_last();
                Ok(Expr { kind: ExprKind::StartsWith(Box::new(subject), prefix), span })
            }
            "exists" | "all" if on == "parties" || on == "recipients" => {
                self.expect("(")?;
                let Some(Token { kind: TokenKind::Name(variable), .. }) = self.peek().cloned()
                else {
                    return Err(self.unexpected("expected the name of a variable"));
                };
                self.at += 1;
                self.expect(",")?;
                let body = self.choose()?;
                self.expect(")")?;
                let kind = ExprKind::Quantified {
                    every: method == "all",
                    recipients: on == "recipients",
                    variable,
                    body: Box::new(body),
                };
                Ok(Expr { kind, span: on_span.start..self.end_of_last() })
            }
            _ => Err(ExprError {
                span,
                message: format!("there is no `{on}.{method}(…)`"),
                hint: "write text.startsWith(\"…\"), parties.exists(p, …), recipients.all(p, …)"
                    .into(),
            }),
        }
    }

    fn text_argument(&mut self) -> Result<String, ExprError> {
        self.expect("(")?;
        let Some(Token { kind: TokenKind::Text(text), .. }) = self.peek().cloned() else {
            return Err(self.unexpected("expected a text in quotes"));
        };
        self.at += 1;
        self.expect(")")?;
        Ok(text)
    }

    fn end_of_last(&self) -> usize {
        self.tokens[self.at - 1].span.end
    }
}

fn join(left: Expr, right: Expr, kind: impl FnOnce(Box<Expr>, Box<Expr>) -> ExprKind) -> Expr {
    let span = left.span.start..right.span.end;
    Expr { kind: kind(Box::new(left), Box::new(right)), span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_cel() {
        let expr = parse("a || b && !c == (d + 2 * 3 < 4)", 0).expect("parses");
        let ExprKind::Or(_, right) = expr.kind else { panic!("|| binds loosest") };
        let ExprKind::And(_, right) = right.kind else { panic!("then &&") };
        assert!(matches!(right.kind, ExprKind::Compare(Comparison::Equal, ..)));
    }

    #[test]
    fn mistakes_are_placed() {
        for (text, span, message) in [
            ("a &&", 3..4, "expected a value, but the condition ends here"),
            ("a & b", 2..3, "`&` has no meaning in a condition"),
            ("x >= 4,800", 6..7, "`,` is not expected here"),
            ("foo(1)", 0..3, "there is no function `foo`"),
            ("date(\"2026-13-01\")", 0..18, "`2026-13-01` is not a date"),
            ("parties.any(p, true)", 8..11, "there is no `parties.any(…)`"),
            ("(a", 1..2, "expected `)`, but the condition ends here"),
            ("\"open", 0..5, "the text has no closing quote"),
            ("12abc", 0..5, "`12abc` is not a number"),
        ] {
            let error = parse(text, 0).expect_err(text);
            assert_eq!((error.span, error.message.as_str()), (span, message), "{text}");
        }
        let deep = "(".repeat(100_000);
        assert!(parse(&deep, 0).is_err());
    }
}
