//! What the columns of a design stand for.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// What a design column stands for in the user's own table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// The number itself (missing cells hold the imputed value).
    Value,
    /// 1 where the category is this level.
    Level(String),
    /// 1 where the cell is missing.
    Missing,
    /// Position of an ordered level, from 0.
    Rank,
    /// 1 where the number is at least this.
    AtLeast(f64),
    /// 1 where an ordered level is at least this one.
    AtLeastLevel {
        /// Its position, from 0.
        rank: usize,
        /// The level.
        level: String,
    },
    /// 1 where the category is one of these levels.
    OneOf(Vec<String>),
    /// How much the text holds of this n-gram.
    Gram(String),
    /// How much the text holds of the n-grams that are hashed to this bucket.
    Bucket(u32),
}

impl Term {
    /// Whether the column holds 0 and 1 alone.
    pub fn is_indicator(&self) -> bool {
        !matches!(self, Self::Value | Self::Rank) && !self.is_gram()
    }

    /// Whether the column holds n-grams of a text.
    pub fn is_gram(&self) -> bool {
        matches!(self, Self::Gram(_) | Self::Bucket(_))
    }
}

/// Name and meaning of a design column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesignColumn {
    /// The user's column.
    pub source: String,
    /// What of it this design column holds.
    pub term: Term,
    /// Unit of the user's column, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl DesignColumn {
    /// A plain numeric column.
    pub fn value(source: impl Into<String>) -> Self {
        Self { source: source.into(), term: Term::Value, unit: None }
    }

    /// The column's name in the user's words: `income`, `purpose = car`, `income (missing)`,
    /// `age >= 45`, `size >= large`, `purpose in {car, radio}`, `review: not good`, `review #17`.
    pub fn name(&self) -> String {
        let source = &self.source;
        match &self.term {
            Term::Value => source.clone(),
            Term::Level(level) => format!("{source} = {level}"),
            Term::Missing => format!("{source} (missing)"),
            Term::Rank => format!("{source} (rank)"),
            Term::AtLeast(cut) => format!("{source} >= {}", shortest(*cut)),
            Term::AtLeastLevel { level, .. } => format!("{source} >= {level}"),
            Term::OneOf(levels) => format!("{source} in {{{}}}", levels.join(", ")),
            Term::Gram(gram) => format!("{source}: {gram}"),
            Term::Bucket(bucket) => format!("{source} #{bucket}"),
        }
    }

    /// Where the column stands on a ladder of its source: columns that are 1 from a cut on, each of
    /// them wherever the next is. The cut, or the position of the level; `None` for a column of
    /// another kind.
    pub fn rung(&self) -> Option<f64> {
        match self.term {
            Term::AtLeast(cut) => Some(cut),
            Term::AtLeastLevel { rank, .. } => Some(rank as f64),
            _ => None,
        }
    }
}

/// A number in its shortest digits, with an exponent where it has many zeros.
fn shortest(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The columns of a design that come from one of the user's.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The user's column.
    pub source: String,
    /// Its design columns, in order.
    pub columns: Vec<usize>,
    /// Those of them that are rungs of its ladder, by rising cut: a row that is 1 in one is 1 in
    /// all before it. Empty where the column is not cut into bins.
    pub ladder: Vec<usize>,
}

/// The names of the n-grams of a text column, by position.
pub trait GramNames: Send + Sync {
    /// Number of design columns.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a column holds: [`Term::Gram`] or [`Term::Bucket`].
    fn term(&self, at: usize) -> Term;
}

/// A run of the columns of a design.
#[derive(Clone)]
pub enum ColumnRun {
    /// Columns given by name.
    Listed(Vec<DesignColumn>),
    /// The n-grams of a text column, which are named when they are asked for.
    Grams {
        /// The user's column.
        source: String,
        /// Its n-grams.
        names: Arc<dyn GramNames>,
    },
}

impl ColumnRun {
    fn len(&self) -> usize {
        match self {
            Self::Listed(list) => list.len(),
            Self::Grams { names, .. } => names.len(),
        }
    }

    fn get(&self, at: usize) -> Option<DesignColumn> {
        match self {
            Self::Listed(list) => list.get(at).cloned(),
            Self::Grams { source, names } => (at < names.len()).then(|| DesignColumn {
                source: source.clone(),
                term: names.term(at),
                unit: None,
            }),
        }
    }
}

/// The columns of a design: given by name, numbered from 1, or the n-grams of texts.
///
/// Cloning is free. Numbered columns and n-grams take no memory until [`DesignColumns::list`] is
/// called: a sparse matrix of a million columns would otherwise spend more on names than on numbers.
///
/// ```
/// use linecall_data::{DesignColumn, DesignColumns};
/// let columns = DesignColumns::numbered(3);
/// assert_eq!(columns.get(2).unwrap().name(), "3");
/// assert_eq!(columns, DesignColumns::from(["1", "2", "3"].map(DesignColumn::value).to_vec()));
/// ```
#[derive(Clone)]
pub struct DesignColumns {
    len: usize,
    list: Arc<OnceLock<Vec<DesignColumn>>>,
    /// What the list is made of; nothing for numbered columns and for lists that are there.
    runs: Arc<[ColumnRun]>,
}

impl Default for DesignColumns {
    fn default() -> Self {
        Self::numbered(0)
    }
}

impl DesignColumns {
    /// Columns called `1` to `len`.
    pub fn numbered(len: usize) -> Self {
        Self { len, list: Arc::default(), runs: Arc::default() }
    }

    /// Runs of columns, one after the other.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use linecall_data::{ColumnRun, DesignColumn, DesignColumns, GramNames, Term};
    /// struct Words;
    /// impl GramNames for Words {
    ///     fn len(&self) -> usize {
    ///         2
    ///     }
    ///     fn term(&self, at: usize) -> Term {
    ///         Term::Gram(["bad", "good"][at].to_owned())
    ///     }
    /// }
    /// let columns = DesignColumns::of_runs(vec![
    ///     ColumnRun::Listed(vec![DesignColumn::value("stars")]),
    ///     ColumnRun::Grams { source: "review".to_owned(), names: Arc::new(Words) },
    /// ]);
    /// assert_eq!(columns.get(2).unwrap().name(), "review: good");
    /// assert_eq!(columns.grams(), [1..3]);
    /// ```
    pub fn of_runs(runs: Vec<ColumnRun>) -> Self {
        if let [ColumnRun::Listed(_)] = runs.as_slice() {
            let lists = runs.into_iter().filter_map(|run| match run {
                ColumnRun::Listed(list) => Some(list),
                ColumnRun::Grams { .. } => None,
            });
            return lists.flatten().collect::<Vec<_>>().into();
        }
        Self { len: runs.iter().map(ColumnRun::len).sum(), list: Arc::default(), runs: runs.into() }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A column by position.
    pub fn get(&self, col: usize) -> Option<DesignColumn> {
        match self.list.get() {
            Some(list) => list.get(col).cloned(),
            None if col < self.len => Some(self.make(col)),
            None => None,
        }
    }

    fn make(&self, col: usize) -> DesignColumn {
        let mut first = 0;
        for run in self.runs.iter() {
            if let Some(column) = run.get(col - first) {
                return column;
            }
            first += run.len();
        }
        number(col)
    }

    /// All columns, in order.
    pub fn list(&self) -> &[DesignColumn] {
        self.list.get_or_init(|| match self.runs.is_empty() {
            true => (0..self.len).map(number).collect(),
            false => {
                let of = |run: &ColumnRun| (0..run.len()).filter_map(|at| run.get(at)).collect();
                self.runs.iter().flat_map(|run| -> Vec<DesignColumn> { of(run) }).collect()
            }
        })
    }

    /// All columns, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, DesignColumn> {
        self.list().iter()
    }

    /// The columns that hold n-grams, as runs. Their weights are set by the front end, so that no
    /// learner scales them.
    pub fn grams(&self) -> Vec<std::ops::Range<usize>> {
        let mut found: Vec<std::ops::Range<usize>> = Vec::new();
        let mut add = |range: std::ops::Range<usize>| match found.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => found.push(range),
        };
        let mut first = 0;
        for run in self.runs.iter() {
            match run {
                ColumnRun::Grams { .. } => add(first..first + run.len()),
                ColumnRun::Listed(list) => {
                    let grams = list.iter().enumerate().filter(|(_, c)| c.term.is_gram());
                    grams.for_each(|(at, _)| add(first + at..first + at + 1));
                }
            }
            first += run.len();
        }
        if let (true, Some(list)) = (self.runs.is_empty(), self.list.get()) {
            let grams = list.iter().enumerate().filter(|(_, c)| c.term.is_gram());
            grams.for_each(|(at, _)| add(at..at + 1));
        }
        found.retain(|range| !range.is_empty());
        found
    }

    /// The user's columns behind these, in the order of their first design column.
    ///
    /// ```
    /// use linecall_data::{DesignColumn, DesignColumns, Term};
    /// let column = |source: &str, term| DesignColumn { source: source.into(), term, unit: None };
    /// let columns = DesignColumns::from(vec![
    ///     column("age", Term::AtLeast(30.0)),
    ///     column("age", Term::AtLeast(45.0)),
    ///     column("age", Term::Missing),
    ///     column("income", Term::Value),
    /// ]);
    /// let variables = columns.variables();
    /// assert_eq!(variables[0].columns, [0, 1, 2]);
    /// assert_eq!(variables[0].ladder, [0, 1]);
    /// assert!(variables[1].ladder.is_empty());
    /// ```
    pub fn variables(&self) -> Vec<Variable> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut variables: Vec<Variable> = Vec::new();
        for (j, column) in self.list().iter().enumerate() {
            let source = column.source.as_str();
            let at = *places.entry(source).or_insert(variables.len());
            if at == variables.len() {
                let (columns, ladder) = (Vec::new(), Vec::new());
                variables.push(Variable { source: source.to_owned(), columns, ladder });
            }
            let Some(variable) = variables.get_mut(at) else { continue };
            variable.columns.push(j);
            if column.rung().is_some() {
                variable.ladder.push(j);
            }
        }
        let cut = |j: &usize| self.list().get(*j).and_then(DesignColumn::rung).unwrap_or(0.0);
        for variable in &mut variables {
            variable.ladder.sort_by(|a, b| cut(a).total_cmp(&cut(b)));
        }
        variables
    }

    /// For each column the position of its source in [`DesignColumns::variables`].
    pub fn variable_of(&self) -> Vec<usize> {
        let mut of = vec![0; self.len];
        for (at, variable) in self.variables().iter().enumerate() {
            for &j in &variable.columns {
                if let Some(own) = of.get_mut(j) {
                    *own = at;
                }
            }
        }
        of
    }
}

fn number(col: usize) -> DesignColumn {
    DesignColumn::value((col + 1).to_string())
}

impl From<Vec<DesignColumn>> for DesignColumns {
    fn from(list: Vec<DesignColumn>) -> Self {
        Self { len: list.len(), list: Arc::new(OnceLock::from(list)), runs: Arc::default() }
    }
}

impl PartialEq for DesignColumns {
    fn eq(&self, other: &Self) -> bool {
        let unwritten = |c: &Self| c.list.get().is_none() && c.runs.is_empty();
        Arc::ptr_eq(&self.list, &other.list)
            || (self.len == other.len
                && ((unwritten(self) && unwritten(other)) || self.list() == other.list()))
    }
}

impl<'a> IntoIterator for &'a DesignColumns {
    type Item = &'a DesignColumn;
    type IntoIter = std::slice::Iter<'a, DesignColumn>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for DesignColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.get() {
            Some(list) => list.fmt(f),
            None if !self.runs.is_empty() => write!(f, "{} columns", self.len),
            None => write!(f, "1..={}", self.len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(term: Term) -> String {
        DesignColumn { source: "age".to_owned(), term, unit: Some("years".to_owned()) }.name()
    }

    #[test]
    fn cuts_are_printed_shortest() {
        for (cut, expected) in [
            (45.0, "age >= 45"),
            (0.1, "age >= 0.1"),
            (-2.5, "age >= -2.5"),
            (1e20, "age >= 1e20"),
            (1e-7, "age >= 1e-7"),
            (123_456.0, "age >= 123456"),
        ] {
            assert_eq!(named(Term::AtLeast(cut)), expected);
        }
        assert_eq!(named(Term::AtLeastLevel { rank: 2, level: "old".to_owned() }), "age >= old");
        let levels = vec!["car".to_owned(), "radio".to_owned()];
        assert_eq!(named(Term::OneOf(levels)), "age in {car, radio}");
    }

    #[test]
    fn terms_survive_json() {
        let terms = [
            (Term::AtLeast(0.1), r#"{"at_least":0.1}"#),
            (
                Term::AtLeastLevel { rank: 1, level: "b".to_owned() },
                r#"{"at_least_level":{"rank":1,"level":"b"}}"#,
            ),
            (Term::OneOf(vec!["a".to_owned()]), r#"{"one_of":["a"]}"#),
        ];
        for (term, text) in terms {
            assert_eq!(serde_json::to_string(&term).unwrap(), text);
            assert_eq!(serde_json::from_str::<Term>(text).unwrap(), term);
        }
    }

    #[test]
    fn a_ladder_is_by_rising_cut_wherever_its_columns_stand() {
        let column =
            |source: &str, term| DesignColumn { source: source.to_owned(), term, unit: None };
        let columns = DesignColumns::from(vec![
            column("b", Term::AtLeast(3.0)),
            column("a", Term::Level("x".to_owned())),
            column("b", Term::AtLeast(-1.0)),
            column("b", Term::Missing),
        ]);
        let variables = columns.variables();
        assert_eq!(variables[0].ladder, [2, 0]);
        assert_eq!(variables[0].columns, [0, 2, 3]);
        assert_eq!((variables[1].source.as_str(), variables[1].ladder.len()), ("a", 0));
        assert_eq!(columns.variable_of(), [0, 1, 0, 0]);
        assert_eq!(DesignColumns::numbered(3).variable_of(), [0, 1, 2]);
    }
}
