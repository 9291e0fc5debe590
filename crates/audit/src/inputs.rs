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

use linecall_data::{Design, DesignColumn};
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
        };
        let fill = match recipe.missing {
            OnMissing::Indicator(fill) => Some(fill),
            OnMissing::Level => Some(0.0),
            OnMissing::Refuse | OnMissing::Impute(_) => None,
        };
        let (name, unit, width) = (recipe.source.clone(), recipe.unit.clone(), recipe.width());
        Self { name, unit, coding, first, width, fill }
    }

    /// The levels; none for numbers.
    pub fn levels(&self) -> &[String] {
        match &self.coding {
            Coding::Number { .. } => &[],
            Coding::Rank { levels, .. } | Coding::OneHot { levels, .. } => levels,
        }
    }

    /// What a row holds, from its design columns (all of the row's).
    pub fn state(&self, row: &[f64]) -> State {
        let at = |offset: usize| row.get(self.first + offset).copied().unwrap_or(0.0);
        if self.fill.is_some() && at(self.width - 1) != 0.0 {
            return State::Missing;
        }
        match &self.coding {
            Coding::Number { .. } => State::Number(at(0)),
            Coding::Rank { .. } => State::Level(at(0).max(0.0) as usize),
            Coding::OneHot { levels, reference } => {
                let on = (0..levels.len().saturating_sub(1)).find(|&k| at(k) != 0.0);
                State::Level(on.map_or(*reference, |k| k + usize::from(k >= *reference)))
            }
        }
    }

    /// Writes a state into the design columns of a row.
    pub fn encode(&self, state: State, row: &mut [f64]) {
        let Some(own) = row.get_mut(self.first..self.first + self.width) else { return };
        own.fill(0.0);
        self.each(state, |offset, value| {
            if let Some(cell) = own.get_mut(offset) {
                *cell = value;
            }
        });
    }

    /// The design columns of a state that are not 0, counted from the column's first.
    pub fn each(&self, state: State, mut see: impl FnMut(usize, f64)) {
        match (state, &self.coding) {
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
        }
    }
}

/// All columns of the user's table that a model takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    inputs: Vec<Input>,
    width: usize,
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
        Self { inputs, width: first }
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
        });
        Self { inputs: own.collect(), width: columns.len() }
    }

    /// The inputs, in the order of the design.
    pub fn all(&self) -> &[Input] {
        &self.inputs
    }

    /// Number of design columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The position of an input by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|input| input.name == name)
    }

    /// A row of a design in full. Empty where there is no such row.
    pub fn row(&self, design: &Design, row: usize) -> Vec<f64> {
        let mut values = vec![0.0; self.width];
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

    /// The design row of states.
    pub fn encode(&self, states: &[State]) -> Vec<f64> {
        let mut row = vec![0.0; self.width];
        self.inputs.iter().zip(states).for_each(|(input, state)| input.encode(*state, &mut row));
        row
    }
}
