//! Rules that bind the columns of a person to each other, and their grammar.
//!
//! ```text
//! if married = yes then single = no
//! exactly 1 of married, single, divorced
//! at most 2 of car = 1, house = 1, boat = 1
//! at most 3 changes
//! at most 1 change of income, savings
//! utilisation = balance / limit
//! savings moves 0.1 per income
//! ```
//!
//! - `if TEST then TEST`, where a test is `COLUMN = VALUE`, or with `!=`, `<`, `<=`, `>`, `>=`.
//! - `exactly N of`, `at most N of`, `at least N of`: so many of the tests hold. A column by itself
//!   stands for its second level, or 1.
//! - `at most N changes`, or `N changes of COLUMNS`.
//! - `COLUMN = EXPRESSION` over other columns with `+ - * / ( )`: the column follows them.
//! - `COLUMN moves NUMBER per COLUMN`: when one changes by 1, so many units are added to the other.
//!
//! Names and values with blanks or signs are put in quotes: `"credit amount" <= 5000`. Rules bind
//! what a change leads to; a person who breaks one as they are may stay so.

use crate::inputs::{Inputs, State};
use crate::{Error, Result};

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    /// Its sign.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    pub(super) fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Unequal => a != b,
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::More => a > b,
            Self::AtLeast => a >= b,
        }
    }
}

/// Whether a column compares so with a value: a number, or the position of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Test {
    pub(super) input: usize,
    pub(super) compare: Compare,
    pub(super) value: f64,
}

impl Test {
    pub(super) fn holds(&self, states: &[State]) -> bool {
        let value = match states.get(self.input) {
            Some(State::Number(value)) => *value,
            Some(State::Level(level)) => *level as f64,
            // A missing value is not equal to anything, nor more, nor less.
            _ => return self.compare == Compare::Unequal,
        };
        self.compare.holds(value, self.value)
    }
}

/// A number from the columns of a person.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Constant(f64),
    Column(usize),
    Apply(char, Box<(Expression, Expression)>),
}

impl Expression {
    /// Its value; `None` where a cell is missing or a divisor is 0.
    pub(super) fn value(&self, states: &[State]) -> Option<f64> {
        let value = match self {
            Self::Constant(value) => *value,
            Self::Column(input) => match states.get(*input)? {
                State::Number(value) => *value,
                State::Level(level) => *level as f64,
                State::Missing | State::Text => return None,
            },
            Self::Apply(sign, sides) => {
                let (a, b) = (sides.0.value(states)?, sides.1.value(states)?);
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                }
            }
        };
        value.is_finite().then_some(value)
    }

    fn columns(&self, into: &mut Vec<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::Column(input) => into.push(*input),
            Self::Apply(_, sides) => {
                sides.0.columns(into);
                sides.1.columns(into);
            }
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// If the first holds, so does the second.
    Imply(Test, Test),
    /// Between so many tests hold.
    Count { least: usize, most: usize, of: Vec<Test> },
    /// At most so many of some columns change, or of all.
    Changes { most: usize, of: Option<Vec<usize>> },
    /// A column that follows others.
    Follows { input: usize, expression: Expression },
    /// A column that moves with another.
    Moves { input: usize, by: f64, per: usize },
}

impl Rule {
    /// Reads a rule.
    pub(super) fn parse(text: &str, inputs: &Inputs) -> Result<Self> {
        let mut reader = Reader { tokens: tokens(text)?, at: 0, text, inputs };
        let rule = reader.rule()?;
        match reader.next() {
            None => Ok(rule),
            Some(rest) => Err(reader.fault(&format!("`{}` is one word too many", rest.text()))),
        }
    }

    /// The columns that it binds to each other.
    pub(super) fn columns(&self) -> Vec<usize> {
        match self {
            Self::Imply(a, b) => vec![a.input, b.input],
            Self::Count { of, .. } => of.iter().map(|test| test.input).collect(),
            Self::Changes { of, .. } => of.clone().unwrap_or_default(),
            Self::Follows { input, expression } => {
                let mut columns = vec![*input];
                expression.columns(&mut columns);
                columns
            }
            Self::Moves { input, per, .. } => vec![*input, *per],
        }
    }

    /// Whether states, and which of the inputs change, keep to the rule. What a column that follows
    /// others holds is not looked at.
    pub(super) fn allows(&self, states: &[State], changed: impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Imply(a, b) => !a.holds(states) || b.holds(states),
            Self::Count { least, most, of } => {
                let held = of.iter().filter(|test| test.holds(states)).count();
                (*least..=*most).contains(&held)
            }
            Self::Changes { most, of: Some(of) } => {
                of.iter().filter(|input| changed(**input)).count() <= *most
            }
            Self::Changes { of: None, .. } | Self::Follows { .. } | Self::Moves { .. } => true,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A bare word or number.
    Word(String),
    /// Text in quotes.
    Quoted(String),
    /// A sign.
    Sign(&'static str),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Quoted(text) => text,
            Self::Sign(sign) => sign,
        }
    }
}

/// Signs, the longer ones first.
const SIGNS: [&str; 13] = ["<=", ">=", "!=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let inside = rest.get(1..).unwrap_or("");
            let Some(end) = inside.find(first) else {
                return Err(fault(text, &format!("the quote {first} is not closed")));
            };
            found.push(Token::Quoted(inside.get(..end).unwrap_or("").to_owned()));
            rest = inside.get(end + 1..).unwrap_or("");
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            // `1e-3` and `a-b`: a sign inside a number belongs to it, one inside a name does not.
            found.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or("");
        } else {
            let ends = |c: char| c.is_whitespace() || "<>!=+-*/(),\"'".contains(c);
            let mut end = rest.find(ends).unwrap_or(rest.len());
            let head = rest.get(..end).unwrap_or("");
            let number =
                head.starts_with(|c: char| c.is_ascii_digit()) && head.ends_with(['e', 'E']);
            if number && rest.get(end..).is_some_and(|tail| tail.starts_with(['+', '-'])) {
                let tail = rest.get(end + 1..).unwrap_or("");
                end += 1 + tail.find(ends).unwrap_or(tail.len());
            }
            if end == 0 {
                return Err(fault(text, &format!("`{first}` means nothing here")));
            }
            found.push(Token::Word(rest.get(..end).unwrap_or("").to_owned()));
            rest = rest.get(end..).unwrap_or("");
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

fn fault(rule: &str, problem: &str) -> Error {
    Error::Rule { rule: rule.to_owned(), problem: problem.to_owned() }
}

/// Reads a rule from left to right.
struct Reader<'r> {
    tokens: Vec<Token>,
    at: usize,
    text: &'r str,
    inputs: &'r Inputs,
}

impl Reader<'_> {
    fn fault(&self, problem: &str) -> Error {
        fault(self.text, problem)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(text)) if text == word);
        self.at += usize::from(found);
        found
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(text)) if *text == sign);
        self.at += usize::from(found);
        found
    }

    fn rule(&mut self) -> Result<Rule> {
        // A column may be called `if` or `at`: then its name is in quotes.
        if self.takes_word("if") {
            let first = self.test()?;
            if !self.takes_word("then") {
                return Err(self.fault("expected `then` and a second test"));
            }
            return Ok(Rule::Imply(first, self.test()?));
        }
        if self.takes_word("exactly") {
            return self.count(true, true);
        }
        if self.takes_word("at") {
            if self.takes_word("most") {
                return self.count(false, true);
            }
            if self.takes_word("least") {
                return self.count(true, false);
            }
            return Err(self.fault("expected `at most` or `at least`"));
        }
        let input = self.column()?;
        if self.takes_word("moves") {
            let by = self.number()?;
            if !self.takes_word("per") {
                return Err(self.fault("expected `moves NUMBER per COLUMN`"));
            }
            let per = self.column()?;
            self.numeric(input)?;
            self.numeric(per)?;
            if per == input {
                return Err(self.fault("a column cannot move with itself"));
            }
            return Ok(Rule::Moves { input, by, per });
        }
        if !self.takes_sign("=") {
            return Err(self.fault(
                "expected `if`, `exactly`, `at most`, `at least`, or `COLUMN = EXPRESSION`",
            ));
        }
        self.numeric(input)?;
        let expression = self.sum()?;
        let mut columns = Vec::new();
        expression.columns(&mut columns);
        if columns.contains(&input) {
            return Err(self.fault("a column cannot follow itself"));
        }
        if columns.is_empty() {
            return Err(self.fault("names no column that it follows"));
        }
        Ok(Rule::Follows { input, expression })
    }

    fn numeric(&self, input: usize) -> Result<()> {
        match self.inputs.all().get(input) {
            Some(own) if own.levels().is_empty() => Ok(()),
            Some(own) => Err(self.fault(&format!("`{}` does not hold numbers", own.name))),
            None => Ok(()),
        }
    }

    /// After `exactly`, `at most` or `at least`.
    fn count(&mut self, least: bool, most: bool) -> Result<Rule> {
        let n = self.whole()?;
        if self.takes_word("changes") || self.takes_word("change") {
            if least {
                return Err(self.fault("changes are limited by `at most`"));
            }
            if !self.takes_word("of") {
                return Ok(Rule::Changes { most: n, of: None });
            }
            let mut of = vec![self.column()?];
            while self.takes_sign(",") {
                of.push(self.column()?);
            }
            return Ok(Rule::Changes { most: n, of: Some(of) });
        }
        if !self.takes_word("of") {
            return Err(self.fault("expected `of` and a list, or `changes`"));
        }
        let mut of = vec![self.item()?];
        while self.takes_sign(",") {
            of.push(self.item()?);
        }
        if least && n > of.len() {
            return Err(self.fault(&format!("asks for {n} of {}", of.len())));
        }
        let (least, most) = (if least { n } else { 0 }, if most { n } else { of.len() });
        Ok(Rule::Count { least, most, of })
    }

    fn whole(&mut self) -> Result<usize> {
        let token = self.next();
        let text = token.as_ref().map_or("nothing", Token::text);
        text.parse().map_err(|_| self.fault(&format!("expected a whole number, found `{text}`")))
    }

    fn number(&mut self) -> Result<f64> {
        let sign = if self.takes_sign("-") { -1.0 } else { 1.0 };
        let token = self.next();
        let text = token.as_ref().map_or("nothing", Token::text);
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(sign * value),
            _ => Err(self.fault(&format!("expected a number, found `{text}`"))),
        }
    }

    fn column(&mut self) -> Result<usize> {
        let name = match self.next() {
            Some(Token::Word(name) | Token::Quoted(name)) => name,
            Some(Token::Sign(sign)) => {
                return Err(self.fault(&format!("expected a column, found `{sign}`")));
            }
            None => return Err(self.fault("ends where a column is expected")),
        };
        self.inputs.position(&name).ok_or_else(|| {
            self.fault(&format!(
                "`{name}` is no column of the model (names with blanks or signs go in quotes)"
            ))
        })
    }

    /// A test, or a column that stands for its second level.
    fn item(&mut self) -> Result<Test> {
        let start = self.at;
        let input = self.column()?;
        match self.peek() {
            None | Some(Token::Sign(",")) => {
                Ok(Test { input, compare: Compare::Equal, value: 1.0 })
            }
            _ => {
                self.at = start;
                self.test()
            }
        }
    }

    fn test(&mut self) -> Result<Test> {
        let input = self.column()?;
        let compare = match self.next() {
            Some(Token::Sign("=")) => Compare::Equal,
            Some(Token::Sign("!=")) => Compare::Unequal,
            Some(Token::Sign("<")) => Compare::Less,
            Some(Token::Sign("<=")) => Compare::AtMost,
            Some(Token::Sign(">")) => Compare::More,
            Some(Token::Sign(">=")) => Compare::AtLeast,
            _ => return Err(self.fault("expected `=`, `!=`, `<`, `<=`, `>` or `>=`")),
        };
        let Some(own) = self.inputs.all().get(input) else { return Err(self.fault("no column")) };
        if own.levels().is_empty() {
            return Ok(Test { input, compare, value: self.number()? });
        }
        let token = self.next();
        let text = token.as_ref().map_or("nothing", Token::text).to_owned();
        let level = own.levels().iter().position(|level| *level == text).ok_or_else(|| {
            let levels = own.levels().join(", ");
            self.fault(&format!("`{text}` is no level of `{}`: it has {levels}", own.name))
        })?;
        Ok(Test { input, compare, value: level as f64 })
    }

    fn sum(&mut self) -> Result<Expression> {
        let mut left = self.product()?;
        while let Some(sign) = ['+', '-'].into_iter().find(|s| self.takes_sign(&s.to_string())) {
            left = Expression::Apply(sign, Box::new((left, self.product()?)));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression> {
        let mut left = self.factor()?;
        while let Some(sign) = ['*', '/'].into_iter().find(|s| self.takes_sign(&s.to_string())) {
            left = Expression::Apply(sign, Box::new((left, self.factor()?)));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expression> {
        // Deep nesting is no one's rule, and must not exhaust the stack.
        if self.tokens.len() > 400 {
            return Err(self.fault("is too long"));
        }
        if self.takes_sign("(") {
            let inside = self.sum()?;
            return match self.takes_sign(")") {
                true => Ok(inside),
                false => Err(self.fault("a bracket is not closed")),
            };
        }
        if self.takes_sign("-") {
            let zero = Expression::Constant(0.0);
            return Ok(Expression::Apply('-', Box::new((zero, self.factor()?))));
        }
        match self.peek() {
            Some(Token::Word(text)) if self.inputs.position(text).is_none() => {
                match text.parse::<f64>() {
                    Ok(value) if value.is_finite() => {
                        self.at += 1;
                        Ok(Expression::Constant(value))
                    }
                    _ => self.column().map(Expression::Column),
                }
            }
            _ => {
                let input = self.column()?;
                self.numeric(input)?;
                Ok(Expression::Column(input))
            }
        }
    }
}
