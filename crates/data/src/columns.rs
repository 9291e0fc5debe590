//! What the columns of a design stand for.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// What a design column stands for in the user's own table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// Name and meaning of a design column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// The column's name in the user's words: `income`, `purpose = car`, `income (missing)`.
    pub fn name(&self) -> String {
        match &self.term {
            Term::Value => self.source.clone(),
            Term::Level(level) => format!("{} = {level}", self.source),
            Term::Missing => format!("{} (missing)", self.source),
            Term::Rank => format!("{} (rank)", self.source),
        }
    }
}

/// The columns of a design: given by name, or numbered from 1.
///
/// Cloning is free. Numbered columns take no memory until [`DesignColumns::list`] is called: a
/// sparse matrix of a million columns would otherwise spend more on names than on numbers.
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
}

impl DesignColumns {
    /// Columns called `1` to `len`.
    pub fn numbered(len: usize) -> Self {
        Self { len, list: Arc::default() }
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
            None => (col < self.len).then(|| number(col)),
        }
    }

    /// All columns, in order.
    pub fn list(&self) -> &[DesignColumn] {
        self.list.get_or_init(|| (0..self.len).map(number).collect())
    }
}

fn number(col: usize) -> DesignColumn {
    DesignColumn::value((col + 1).to_string())
}

impl From<Vec<DesignColumn>> for DesignColumns {
    fn from(list: Vec<DesignColumn>) -> Self {
        Self { len: list.len(), list: Arc::new(OnceLock::from(list)) }
    }
}

impl PartialEq for DesignColumns {
    fn eq(&self, other: &Self) -> bool {
        let unwritten = |c: &Self| c.list.get().is_none();
        Arc::ptr_eq(&self.list, &other.list)
            || (self.len == other.len
                && ((unwritten(self) && unwritten(other)) || self.list() == other.list()))
    }
}

impl fmt::Debug for DesignColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.get() {
            Some(list) => list.fmt(f),
            None => write!(f, "1..={}", self.len),
        }
    }
}
