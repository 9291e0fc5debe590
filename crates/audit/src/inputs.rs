//! The user's columns behind a design: which design columns each has, and what state a row is in.
//!
//! A model has a coefficient per design column; a person has an income and a purpose. An [`Input`]
//! is one column of the user's table with the design columns that encode it; a [`State`] is what a
//! row holds in it. Both ways are exact: a state encodes to the very numbers that the front end made.
//!
//! ```
//! use linecall_audit::{Inputs, State};
//! use linecall_data::{Design, DesignColumn};
//!
//! let design = Design::from_rows(&[vec![1500.0, 2.0]], &["income", "debts"])?;
//! let inputs = Inputs::of_columns(design.columns());
//! assert_eq!(inputs.states(&inputs.row(&design, 0)), [State::Number(1500.0), State::Number(2.0)]);
//! # Ok::<(), linecall_data::Error>(())
//! ```

use linecall_data::{Dense, Design, DesignColumn, ErrorKind, Matrix, Term};
use linecall_features::{ColumnRecipe, Encoding, OnMissing, TableFrontEnd};
use serde::Serialize;

/// What a row holds in a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// A number.
    Number(f64),
    /// A level, by position.
    Level(usize),
    /// Nothing; the front end put its own value in.
    Missing,
    /// A text, which is no value that could be told or changed by itself.
    Text,
}

/// A state in the user's words.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A level by name.
    Level(String),
    /// Nothing.
    Missing(()),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value}"),
            Self::Level(level) => f.write_str(level),
            Self::Missing(()) => f.write_str("(missing)"),
        }
    }
}

/// How a column is encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Coding {
    /// One design column holds the number.
    Number {
        /// Only whole numbers.
        whole: bool,
        /// Smallest value allowed.
        min: Option<f64>,
        /// Largest value allowed.
        max: Option<f64>,
    },
    /// One design column holds the position of the level: two levels, or ordered ones.
    Rank {
        /// The levels, lowest first.
        levels: Vec<String>,
        /// Whether they have an order that a person may climb.
        ordered: bool,
    },
    /// A design column of 0 and 1 for each level but the reference.
    OneHot {
        /// The levels.
        levels: Vec<String>,
        /// Position of the level without a design column.
        reference: usize,
    },
    /// A design column for each n-gram of a text.
    Text,
}

/// How a column is cut into bins, so that its design columns say in which bin a state is and no more.
#[derive(Clone, Debug, PartialEq)]
pub enum Bins {
    /// A number, or the position of an ordered level: where bins begin, ascending.
    Steps(Vec<f64>),
    /// The group of each level; `None` for a level that is in no group.
    Groups(Vec<Option<usize>>),
}

/// A column of the user's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Unit of its numbers.
    pub unit: Option<String>,
    /// How it is encoded.
    pub coding: Coding,
    /// The design columns are `first..first + width`.
    pub first: usize,
    /// Number of design columns.
    pub width: usize,
    /// What stands in the coded columns where the cell is missing; `None` where that cannot be seen
    /// in the design (it is refused, or imputed without a mark).
    fill: Option<f64>,
    /// How it is cut into bins.
    bins: Option<Bins>,
    /// Where a row says what a binned column holds, behind its design columns.
    held: usize,
}

impl Input {
    fn of_recipe(recipe: &ColumnRecipe, first: usize) -> Self {
        let coding = match &recipe.encoding {
            Encoding::Number { min, max } => Coding::Number { whole: false, min: *min, max: *max },
            Encoding::Integer { min, max } => Coding::Number { whole: true, min: *min, max: *max },
            Encoding::Boolean { levels } => Coding::Rank { levels: levels.clone(), ordered: false },
            Encoding::Ordered { levels } => Coding::Rank { levels: levels.clone(), ordered: true },
            Encoding::Category { levels, reference, .. } => {
                Coding::OneHot { levels: levels.clone(), reference: *reference }
            }
            Encoding::Steps { whole, min, max, levels, .. } => match levels.is_empty() {
                true => Coding::Number { whole: *whole, min: *min, max: *max },
                false => Coding::Rank { levels: levels.clone(), ordered: true },
            },
            Encoding::Groups { levels, reference, .. } => {
                Coding::OneHot { levels: levels.clone(), reference: *reference }
            }
            Encoding::Text(_) => Coding::Text,
        };
        let bins = match &recipe.encoding {
            Encoding::Steps { cuts, .. } => Some(Bins::Steps(cuts.clone())),
            Encoding::Groups { levels, groups, .. } => {
                let of = |level| groups.iter().position(|group| group.contains(&level));
                Some(Bins::Groups((0..levels.len()).map(of).collect()))
            }
            _ => None,
        };
        let fill = match recipe.missing {
            OnMissing::Indicator(fill) => Some(fill),
            OnMissing::Level => Some(0.0),
            OnMissing::Refuse | OnMissing::Impute(_) => None,
        };
        let (name, unit, width) = (recipe.source.clone(), recipe.unit.clone(), recipe.width());
        Self { name, unit, coding, first, width, fill, bins, held: 0 }
    }

    /// How the column is cut into bins, if it is.
    pub fn bins(&self) -> Option<&Bins> {
        self.bins.as_ref()
    }

    /// The bin of a state, from 0; `None` where the column is not cut, or the cell is missing. A
    /// level that is in no group is in a bin after them.
    pub fn bin(&self, state: State) -> Option<usize> {
        match (self.bins.as_ref()?, state) {
            (_, State::Missing) => None,
            (Bins::Steps(cuts), State::Number(value)) => {
                Some(cuts.partition_point(|cut| *cut <= value))
            }
            (Bins::Steps(cuts), State::Level(level)) => {
                Some(cuts.partition_point(|cut| *cut <= level as f64))
            }
            (Bins::Groups(of), State::Level(level)) => {
                Some(of.get(level).copied().flatten().unwrap_or(usize::MAX))
            }
            (Bins::Groups(_), State::Number(_)) | (_, State::Text) => None,
        }
    }

    /// The levels; none for numbers.
    pub fn levels(&self) -> &[String] {
        match &self.coding {
            Coding::Number { .. } | Coding::Text => &[],
            Coding::Rank { levels, .. } | Coding::OneHot { levels, .. } => levels,
        }
    }

    /// What a row holds, from its design columns (all of the row's).
    pub fn state(&self, row: &[f64]) -> State {
        let at = |offset: usize| row.get(self.first + offset).copied().unwrap_or(0.0);
        if self.fill.is_some() && at(self.width - 1) != 0.0 {
            return State::Missing;
        }
        if let Some(bins) = &self.bins {
            return self.binned(bins, row);
        }
        match &self.coding {
            Coding::Text => State::Text,
            Coding::Number { .. } => State::Number(at(0)),
            Coding::Rank { .. } => State::Level(at(0).max(0.0) as usize),
            Coding::OneHot { levels, reference } => {
                let on = (0..levels.len().saturating_sub(1)).find(|&k| at(k) != 0.0);
                State::Level(on.map_or(*reference, |k| k + usize::from(k >= *reference)))
            }
        }
    }

    /// What a row holds in a binned column: what is said behind the design columns; where nothing is
    /// said, the value of the bin that is nearest to the next lower one (of the lowest bin the
    /// highest), or the first level of the group.
    fn binned(&self, bins: &Bins, row: &[f64]) -> State {
        let is_number = matches!(self.coding, Coding::Number { .. });
        if let Some(held) = row.get(self.held) {
            let level = State::Level(held.max(0.0) as usize);
            return if is_number { State::Number(*held) } else { level };
        }
        let at = |offset: usize| row.get(self.first + offset).is_some_and(|v| *v != 0.0);
        match bins {
            Bins::Steps(cuts) => {
                let bin = (0..cuts.len()).filter(|k| at(*k)).count();
                let cut = |k: usize| cuts.get(k).copied().unwrap_or(0.0);
                let whole = matches!(self.coding, Coding::Number { whole: true, .. });
                match (bin.checked_sub(1).map(cut), is_number) {
                    (Some(own), true) => State::Number(if whole { own.ceil() } else { own }),
                    (Some(own), false) => State::Level(own.max(0.0) as usize),
                    (None, true) if whole => State::Number(cut(0).ceil() - 1.0),
                    (None, true) => State::Number(cut(0).next_down()),
                    (None, false) => State::Level(0),
                }
            }
            Bins::Groups(of) => {
                let group = (0..self.width).find(|k| at(*k));
                State::Level(of.iter().position(|own| *own == group).unwrap_or(0))
            }
        }
    }

    /// Writes a state into the design columns of a row, and what it holds behind them where the row
    /// goes so far. Of a text the row keeps what it holds.
    pub fn encode(&self, state: State, row: &mut [f64]) {
        if state == State::Text {
            return;
        }
        if let (Some(_), Some(held)) = (&self.bins, row.get_mut(self.held)) {
            *held = match state {
                State::Number(value) => value,
                State::Level(level) => level as f64,
                State::Missing | State::Text => 0.0,
            };
        }
        let Some(own) = row.get_mut(self.first..self.first + self.width) else { return };
        own.fill(0.0);
        self.each(state, |offset, value| {
            if let Some(cell) = own.get_mut(offset) {
                *cell = value;
            }
        });
    }

    /// The design columns of a state that are not 0, counted from the column's first. None of a text,
    /// which only its row knows.
    pub fn each(&self, state: State, mut see: impl FnMut(usize, f64)) {
        if let Some(bins) = &self.bins {
            match (self.bin(state), bins) {
                (None, _) => see(self.width.saturating_sub(1), 1.0),
                (Some(bin), Bins::Steps(_)) => (0..bin).for_each(|step| see(step, 1.0)),
                (Some(usize::MAX), _) => {}
                (Some(group), Bins::Groups(_)) => see(group, 1.0),
            }
            return;
        }
        match (state, &self.coding) {
            (State::Text, _) | (_, Coding::Text) => {}
            (State::Number(value), _) => see(0, value),
            (State::Level(level), Coding::OneHot { reference, .. }) => {
                if level != *reference {
                    see(level - usize::from(level > *reference), 1.0);
                }
            }
            (State::Level(level), _) => see(0, level as f64),
            (State::Missing, coding) => {
                if !matches!(coding, Coding::OneHot { .. }) {
                    see(0, self.fill.unwrap_or(0.0));
                }
                see(self.width - 1, 1.0);
            }
        }
    }

    /// What a state adds to a score.
    pub fn contribution(&self, state: State, coef: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each(state, |offset, value| {
            sum += coef.get(self.first + offset).copied().unwrap_or(0.0) * value;
        });
        sum
    }

    /// A state in the user's words.
    pub fn value(&self, state: State) -> Value {
        match state {
            State::Number(value) => Value::Number(value),
            State::Level(level) => {
                Value::Level(self.levels().get(level).cloned().unwrap_or_default())
            }
            State::Missing => Value::Missing(()),
            State::Text => Value::Level("(text)".to_owned()),
        }
    }
}

/// All columns of the user's table that a model takes.
///
/// A row of them is a row of the design. Where columns are cut into bins, the design says in which
/// bin a row is and no more: a *full* row holds behind the design columns what each binned column
/// holds, one value each ([`Inputs::full`]), so that what a change costs can be told from the very
/// value. What looks at the design columns alone may be given a full row too.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    inputs: Vec<Input>,
    width: usize,
    /// How many of them are binned.
    binned: usize,
}

impl Inputs {
    /// The inputs of a table's front end.
    pub fn of_front_end(front_end: &TableFrontEnd) -> Self {
        let mut first = 0;
        let mut inputs = Vec::new();
        for recipe in front_end.recipes() {
            let input = Input::of_recipe(recipe, first);
            first += input.width;
            inputs.push(input);
        }
        let mut binned = 0;
        for input in inputs.iter_mut().filter(|input| input.bins.is_some()) {
            input.held = first + binned;
            binned += 1;
        }
        Self { inputs, width: first, binned }
    }

    /// Every design column an input of its own, a number.
    pub fn of_columns(columns: &[DesignColumn]) -> Self {
        let own = columns.iter().enumerate().map(|(first, column)| Input {
            name: column.name(),
            unit: column.unit.clone(),
            coding: Coding::Number { whole: false, min: None, max: None },
            first,
            width: 1,
            fill: None,
            bins: None,
            held: 0,
        });
        Self { inputs: own.collect(), width: columns.len(), binned: 0 }
    }

    /// The inputs, in the order of the design.
    pub fn all(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether a column is a text: then states do not say all that a row holds.
    pub fn has_text(&self) -> bool {
        self.inputs.iter().any(|input| input.coding == Coding::Text)
    }

    /// Number of design columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of columns of a full row: those of the design, and one for each binned column.
    pub fn full_width(&self) -> usize {
        self.width + self.binned
    }

    /// Whether a design has the columns of rows, or of full ones.
    pub fn fits(&self, design: &Design) -> bool {
        design.cols() == self.width || design.cols() == self.full_width()
    }

    /// The full rows of a design, from what its binned columns hold
    /// ([`TableFrontEnd::held`]).
    ///
    /// # Errors
    /// When columns or rows are not as many.
    pub fn full(&self, design: &Design, held: &[Vec<f64>]) -> linecall_data::Result<Design> {
        let fault = |problem: &str| linecall_data::Error::new(ErrorKind::Format, problem);
        if design.cols() != self.width || held.len() != self.binned {
            return Err(fault("what columns hold is not of the columns that are binned"));
        }
        if held.iter().any(|column| column.len() != design.rows()) {
            return Err(fault("what columns hold has another number of rows than the design"));
        }
        let binned = self.inputs.iter().filter(|input| input.bins.is_some());
        let named = binned.map(|input| DesignColumn {
            source: input.name.clone(),
            term: Term::Value,
            unit: input.unit.clone(),
        });
        let columns: Vec<DesignColumn> = design.columns().iter().cloned().chain(named).collect();
        let matrix = match design.matrix() {
            Matrix::DenseF64(_) | Matrix::DenseF32(_) => {
                let mut values = vec![0.0; design.rows() * columns.len()];
                for (i, row) in values.chunks_exact_mut(columns.len().max(1)).enumerate() {
                    let (own, behind) = row.split_at_mut(self.width);
                    design.for_each_in_row(i, |j, v| own[j] = v);
                    behind.iter_mut().zip(held).for_each(|(cell, column)| *cell = column[i]);
                }
                Matrix::DenseF64(Dense::new(design.rows(), columns.len(), values)?)
            }
            _ => {
                let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
                for i in 0..design.rows() {
                    let mut push = |j: usize, v: f64| {
                        if v != 0.0 {
                            indices.push(j as u32);
                            values.push(v);
                        }
                    };
                    design.for_each_in_row(i, &mut push);
                    held.iter().enumerate().for_each(|(k, own)| push(self.width + k, own[i]));
                    offsets.push(indices.len() as u64);
                }
                Matrix::sparse(columns.len(), offsets, indices, values)?
            }
        };
        Design::new(matrix, columns)
    }

    /// The position of an input by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|input| input.name == name)
    }

    /// A row of a design with all its zeros. Zeros alone where there is no such row.
    pub fn row(&self, design: &Design, row: usize) -> Vec<f64> {
        let is_full = design.cols() == self.full_width();
        let mut values = vec![0.0; if is_full { self.full_width() } else { self.width }];
        if row < design.rows() {
            design.for_each_in_row(row, |j, value| {
                if let Some(cell) = values.get_mut(j) {
                    *cell = value;
                }
            });
        }
        values
    }

    /// What a row holds in each input.
    pub fn states(&self, row: &[f64]) -> Vec<State> {
        self.inputs.iter().map(|input| input.state(row)).collect()
    }

    /// The full row of states: their design row where nothing is binned.
    pub fn encode(&self, states: &[State]) -> Vec<f64> {
        let mut row = vec![0.0; self.full_width()];
        self.inputs.iter().zip(states).for_each(|(input, state)| input.encode(*state, &mut row));
        row
    }
}
