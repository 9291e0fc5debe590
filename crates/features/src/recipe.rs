//! How one column of the table becomes design columns: plain data, saved in the model file.

use linecall_data::read::NumberCell;
use linecall_data::schema::Unseen;
use linecall_data::{Cells, ColumnRun, DesignColumn, DesignColumns, Error, ErrorKind, Place, Term};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::fault::Fault;
use crate::level::LevelIndex;
use crate::text::TextRecipe;

/// What a column holds and how it is encoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Encoding {
    /// A real number: one column, [`Term::Value`].
    Number {
        /// Smallest value allowed.
        min: Option<f64>,
        /// Largest value allowed.
        max: Option<f64>,
    },
    /// A whole number: one column, [`Term::Value`].
    Integer {
        /// Smallest value allowed.
        min: Option<f64>,
        /// Largest value allowed.
        max: Option<f64>,
    },
    /// Two levels: one 0/1 column, [`Term::Level`] of the second.
    Boolean {
        /// The level coded 0, then the level coded 1.
        levels: Vec<String>,
    },
    /// Unordered levels: one 0/1 column per level but the reference, [`Term::Level`].
    Category {
        /// All levels.
        levels: Vec<String>,
        /// Position in `levels` of the level without a column of its own.
        reference: usize,
        /// What to do with a level that is not listed.
        unseen: Unseen,
    },
    /// Ordered levels: one column holding the position from 0, [`Term::Rank`].
    Ordered {
        /// All levels, lowest first.
        levels: Vec<String>,
    },
    /// A number or an ordered level cut into bins: one 0/1 column for each cut, [`Term::AtLeast`]
    /// or [`Term::AtLeastLevel`], 1 in all bins from the cut on. A row in the third bin is 1, 1, 0,
    /// 0: the columns are the steps of a ladder. Where missing cells have an indicator, they are on
    /// no step: they are a bin of their own.
    Steps {
        /// Where bins begin, but for the lowest; ascending. Positions of ordered levels.
        cuts: Vec<f64>,
        /// Whether only whole numbers are taken.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        whole: bool,
        /// Smallest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Largest value allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// All levels of an ordered column, lowest first; none for numbers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        levels: Vec<String>,
    },
    /// Groups of unordered levels: one 0/1 column per group, [`Term::OneOf`], or [`Term::Level`] of
    /// a group of one. No group is left out as reference; a level that is in no group is 0 in all.
    Groups {
        /// All levels.
        levels: Vec<String>,
        /// Positions in `levels`; no level is in two groups.
        groups: Vec<Vec<usize>>,
        /// Position of the level that a level that is not listed counts as, where such are taken.
        reference: usize,
        /// What to do with a level that is not listed.
        unseen: Unseen,
    },
    /// Free text: one column for each n-gram that the vocabulary holds, or for each hash. A missing
    /// cell is an empty text.
    Text(TextRecipe),
}

impl Encoding {
    /// Whether cells are numbers.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Number { .. } | Self::Integer { .. } => true,
            Self::Steps { levels, .. } => levels.is_empty(),
            _ => false,
        }
    }

    /// Whether cells are unordered levels.
    pub fn is_category(&self) -> bool {
        matches!(self, Self::Category { .. } | Self::Groups { .. })
    }

    /// Whether the design does not say what a cell holds, only in which bin or group it is.
    pub fn is_binned(&self) -> bool {
        matches!(self, Self::Steps { .. } | Self::Groups { .. })
    }

    /// The text encoding, if it is one.
    pub fn text(&self) -> Option<&TextRecipe> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The level that one which is not listed counts as; `None` where it is refused.
    pub fn counts_as(&self) -> Option<usize> {
        match self {
            Self::Category { reference, unseen: Unseen::Reference, .. }
            | Self::Groups { reference, unseen: Unseen::Reference, .. } => Some(*reference),
            _ => None,
        }
    }

    /// Calls `put` for each design column that a value, in encoded form (the number itself, or the
    /// position of the level), fills: its place from the first, rising, and what stands there. A
    /// missing cell's own column is not among them. Nothing for a text, which is no value.
    pub fn each(&self, code: f64, mut put: impl FnMut(usize, f64)) {
        match self {
            Self::Category { reference, .. } => {
                let level = code as usize;
                if level != *reference {
                    put(level - usize::from(level > *reference), 1.0);
                }
            }
            Self::Steps { cuts, .. } => {
                (0..cuts.partition_point(|cut| *cut <= code)).for_each(|step| put(step, 1.0));
            }
            Self::Groups { groups, .. } => {
                let level = code as usize;
                if let Some(group) = groups.iter().position(|group| group.contains(&level)) {
                    put(group, 1.0);
                }
            }
            Self::Text(_) => {}
            _ => put(0, code),
        }
    }
}

/// What to do with a missing cell. A fill is in encoded form: the number itself, or the position
/// of the level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// Refuse the row with an error.
    Refuse,
    /// Put this in.
    Impute(f64),
    /// Put this in and set the column's [`Term::Missing`] to 1.
    Indicator(f64),
    /// Categories: a level of its own, [`Term::Missing`].
    Level,
}

/// How one column of the table becomes design columns, in this order: the columns of the
/// [`Encoding`] (a category's in the order of its levels), then [`Term::Missing`] if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecipe {
    /// Name of the column in the table.
    pub source: String,
    /// Unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Texts that mean "missing", besides an empty cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_codes: Vec<String>,
    /// What to do with a missing cell.
    pub missing: OnMissing,
    /// What the column holds.
    pub encoding: Encoding,
}

impl ColumnRecipe {
    /// The levels of a boolean, category or ordered column; none for numbers.
    pub fn levels(&self) -> &[String] {
        match &self.encoding {
            Encoding::Number { .. } | Encoding::Integer { .. } | Encoding::Text(_) => &[],
            Encoding::Boolean { levels }
            | Encoding::Ordered { levels }
            | Encoding::Category { levels, .. }
            | Encoding::Steps { levels, .. }
            | Encoding::Groups { levels, .. } => levels,
        }
    }

    /// The level that has no column of its own: a category's reference, a boolean's first level.
    /// None for groups, of which each has one.
    pub fn reference(&self) -> Option<&str> {
        match &self.encoding {
            Encoding::Boolean { levels } => levels.first().map(String::as_str),
            Encoding::Category { levels, reference, .. } => {
                levels.get(*reference).map(String::as_str)
            }
            _ => None,
        }
    }

    /// Number of design columns.
    pub fn width(&self) -> usize {
        let of_kind = match &self.encoding {
            Encoding::Category { levels, .. } => levels.len().saturating_sub(1),
            Encoding::Steps { cuts, .. } => cuts.len(),
            Encoding::Groups { groups, .. } => groups.len(),
            Encoding::Text(text) => text.width(),
            _ => 1,
        };
        of_kind + usize::from(matches!(self.missing, OnMissing::Indicator(_) | OnMissing::Level))
    }

    /// The design columns, in order.
    pub fn run(&self) -> ColumnRun {
        match &self.encoding {
            Encoding::Text(text) => text.run(&self.source),
            _ => ColumnRun::Listed(self.columns()),
        }
    }

    /// The design columns, in order, written down.
    pub fn columns(&self) -> Vec<DesignColumn> {
        let column = |term: Term, unit: Option<String>| DesignColumn {
            source: self.source.clone(),
            term,
            unit,
        };
        let level = |level: &String| column(Term::Level(level.clone()), None);
        let mut columns: Vec<DesignColumn> = match &self.encoding {
            Encoding::Number { .. } | Encoding::Integer { .. } => {
                vec![column(Term::Value, self.unit.clone())]
            }
            Encoding::Boolean { levels } => levels.iter().skip(1).map(level).collect(),
            Encoding::Ordered { .. } => vec![column(Term::Rank, None)],
            Encoding::Category { levels, reference, .. } => {
                let others = levels.iter().enumerate().filter(|(i, _)| i != reference);
                others.map(|(_, l)| level(l)).collect()
            }
            Encoding::Steps { cuts, levels, .. } => {
                let term = |cut: &f64| match levels.get(*cut as usize) {
                    Some(level) => Term::AtLeastLevel { rank: *cut as usize, level: level.clone() },
                    None => Term::AtLeast(*cut),
                };
                cuts.iter().map(|cut| column(term(cut), self.unit.clone())).collect()
            }
            Encoding::Groups { levels, groups, .. } => {
                let named = |group: &Vec<usize>| -> Vec<String> {
                    group.iter().filter_map(|l| levels.get(*l)).cloned().collect()
                };
                let term = |group: &Vec<usize>| match named(group) {
                    one if one.len() == 1 => Term::Level(one.concat()),
                    several => Term::OneOf(several),
                };
                groups.iter().map(|group| column(term(group), None)).collect()
            }
            Encoding::Text(text) => {
                DesignColumns::of_runs(vec![text.run(&self.source)]).list().to_vec()
            }
        };
        if matches!(self.missing, OnMissing::Indicator(_) | OnMissing::Level) {
            columns.push(column(Term::Missing, None));
        }
        columns
    }

    /// Checks that the recipe does not contradict itself.
    ///
    /// # Errors
    /// One error of kind [`ErrorKind::Schema`] naming the column.
    pub fn check(&self) -> Result<()> {
        if self.source.is_empty() {
            return Err(self.wrong("a column has no name"));
        }
        match &self.encoding {
            Encoding::Number { min, max } | Encoding::Integer { min, max } => {
                self.check_bounds(*min, *max)?;
            }
            Encoding::Boolean { levels } if levels.len() != 2 => {
                return Err(self.wrong("a boolean needs two levels"));
            }
            Encoding::Category { levels, reference, .. } if *reference >= levels.len() => {
                return Err(self.wrong(format!(
                    "the reference is level {reference} counted from 0, but there are {}",
                    levels.len()
                )));
            }
            Encoding::Steps { cuts, min, max, levels, .. } => {
                self.check_bounds(*min, *max)?;
                self.check_cuts(cuts, levels)?;
            }
            Encoding::Groups { levels, groups, reference, .. } => {
                self.check_groups(levels, groups, *reference)?;
            }
            Encoding::Text(text) => {
                text.check(&self.source)?;
                if self.missing != OnMissing::Refuse {
                    return Err(self.wrong("a missing text is an empty one, nothing is put in"));
                }
            }
            _ => {}
        }
        self.check_levels()?;
        self.check_missing()
    }

    fn check_bounds(&self, min: Option<f64>, max: Option<f64>) -> Result<()> {
        if min.into_iter().chain(max).any(|bound| !bound.is_finite()) {
            return Err(self.wrong("`min` and `max` must be finite"));
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            return Err(self.wrong(format!("`min` {min} is above `max` {max}")));
        }
        Ok(())
    }

    fn check_cuts(&self, cuts: &[f64], levels: &[String]) -> Result<()> {
        if let Some(bad) = cuts.iter().find(|cut| !cut.is_finite()) {
            return Err(self.wrong(format!("the cut {bad} is not finite")));
        }
        if let Some(pair) = cuts.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(self
                .wrong(format!("the cut {} stands before {}", pair[0], pair[1]))
                .mend("give each cut once, in ascending order"));
        }
        let is_position =
            |cut: &f64| cut.fract() == 0.0 && (1.0..levels.len() as f64).contains(cut);
        if let Some(bad) = cuts.iter().find(|cut| !levels.is_empty() && !is_position(cut)) {
            return Err(self.wrong(format!(
                "the cut {bad} is no position of a level above the lowest of {}",
                levels.len()
            )));
        }
        Ok(())
    }

    fn check_groups(
        &self,
        levels: &[String],
        groups: &[Vec<usize>],
        reference: usize,
    ) -> Result<()> {
        if reference >= levels.len() {
            return Err(self.wrong(format!(
                "the reference is level {reference} counted from 0, but there are {}",
                levels.len()
            )));
        }
        let mut taken = vec![false; levels.len()];
        for group in groups {
            if group.is_empty() {
                return Err(self.wrong("a group has no level"));
            }
            for &level in group {
                let Some(taken) = taken.get_mut(level) else {
                    return Err(self.wrong(format!(
                        "a group has level {level} counted from 0, but there are {}",
                        levels.len()
                    )));
                };
                if std::mem::replace(taken, true) {
                    let name = levels.get(level).map_or("", String::as_str);
                    return Err(self
                        .wrong("a level is in two groups")
                        .value(name)
                        .mend("keep it in one"));
                }
            }
        }
        Ok(())
    }

    fn check_levels(&self) -> Result<()> {
        let mut seen = std::collections::HashSet::new();
        for level in self.levels() {
            if level.is_empty() || level.trim_matches([' ', '\t']) != level {
                return Err(self
                    .wrong("a level is empty or has spaces around it, so no cell can hold it")
                    .value(level)
                    .mend("write it without them; cells are read without them"));
            }
            if !seen.insert(level) {
                return Err(self.wrong("the same level is listed twice").value(level));
            }
        }
        if let Some(both) = self.missing_codes.iter().find(|code| seen.contains(code)) {
            return Err(self
                .wrong("is both a level and a missing code")
                .value(both)
                .mend("keep it in `levels` or in `missing_codes`"));
        }
        Ok(())
    }

    fn check_missing(&self) -> Result<()> {
        let category = self.encoding.is_category();
        match self.missing {
            OnMissing::Indicator(_) if category => {
                Err(self.wrong("a category has no missing-indicator"))
            }
            OnMissing::Level if !category => {
                Err(self.wrong("only a category has `(missing)` as a level"))
            }
            OnMissing::Impute(fill) | OnMissing::Indicator(fill) if !self.can_hold(fill) => {
                Err(self.wrong(format!("the value for missing cells, {fill}, cannot stand there")))
            }
            _ => Ok(()),
        }
    }

    /// Whether a value, in encoded form, is one that the column may hold.
    fn can_hold(&self, value: f64) -> bool {
        match &self.encoding {
            encoding if encoding.is_number() => value.is_finite() && self.fault_of(value).is_none(),
            _ => value.fract() == 0.0 && value >= 0.0 && value < self.levels().len() as f64,
        }
    }

    fn wrong(&self, problem: impl Into<String>) -> Error {
        Error::new(ErrorKind::Schema, problem).at(Place::default().column(&self.source))
    }

    /// What is wrong with a number, if anything.
    fn fault_of(&self, value: f64) -> Option<Fault> {
        let (min, max, whole) = match self.encoding {
            Encoding::Number { min, max } => (min, max, false),
            Encoding::Integer { min, max } => (min, max, true),
            Encoding::Steps { min, max, whole, .. } => (min, max, whole),
            _ => return None,
        };
        if whole && value.fract() != 0.0 {
            return Some(Fault::NotWhole);
        }
        if let Some(min) = min
            && value < min
        {
            return Some(Fault::Below(min));
        }
        max.filter(|&max| value > max).map(Fault::Above)
    }

    /// The number in a cell, `None` if it is missing. Never negative zero.
    pub(crate) fn number(
        &self,
        cells: &Cells,
        row: usize,
    ) -> std::result::Result<Option<f64>, Fault> {
        match cells.number(row, &self.missing_codes) {
            NumberCell::Missing => Ok(None),
            NumberCell::Bad => Err(Fault::NotNumber),
            NumberCell::Value(value) => match self.fault_of(value) {
                Some(fault) => Err(fault),
                None => Ok(Some(value + 0.0)),
            },
        }
    }

    /// The index of the column's levels; empty for numbers.
    pub(crate) fn index(&self) -> LevelIndex {
        match &self.encoding {
            Encoding::Text(_) => LevelIndex::default(),
            encoding if encoding.is_number() => LevelIndex::default(),
            Encoding::Boolean { levels } => LevelIndex::new(levels, &self.missing_codes, true),
            _ => LevelIndex::new(self.levels(), &self.missing_codes, false),
        }
    }
}
