//! What a person can change, as it is written down.

use linecall_data::schema::Direction;
use linecall_data::{ErrorKind, Place, Schema};
use serde::Deserialize;

use crate::Result;

/// What a person can do about one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnActions {
    /// Whether it can be changed at all.
    pub mutable: bool,
    /// In which direction.
    pub direction: Direction,
    /// The least step of a number; by default a hundredth of the range, and at least 1 for whole
    /// numbers.
    pub step: Option<f64>,
    /// The lowest value that can be moved to; by default the 1st percentile of the reference.
    pub lowest: Option<f64>,
    /// The highest value that can be moved to; by default the 99th percentile of the reference.
    pub highest: Option<f64>,
    /// What the column's costs are multiplied by.
    pub weight: f64,
}

impl Default for ColumnActions {
    fn default() -> Self {
        let (step, lowest, highest) = (None, None, None);
        Self { mutable: true, direction: Direction::Any, step, lowest, highest, weight: 1.0 }
    }
}

/// What people can change: columns by name, and rules.
///
/// Columns that are not named can be changed freely.
///
/// ```
/// use linecall_audit::recourse::Spec;
/// let spec = Spec::from_toml(
///     r#"
///     version = 1
///     rules = ["if married = 1 then single = 0", "at most 3 changes"]
///
///     [[columns]]
///     name = "income"
///     direction = "increase"
///     step = 50
///     "#,
///     "actions.toml",
/// )?;
/// assert_eq!(spec.column("income").step, Some(50.0));
/// # Ok::<(), linecall_audit::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Columns by name.
    pub columns: Vec<(String, ColumnActions)>,
    /// Rules, as text; their grammar is in the guide (`docs/recourse.md`).
    pub rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    columns: Vec<Column>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    mutable: Option<bool>,
    direction: Option<Direction>,
    step: Option<f64>,
    lowest: Option<f64>,
    highest: Option<f64>,
    cost: Option<f64>,
}

impl Spec {
    /// What a schema says; its `min` and `max` bound what can be moved to.
    pub fn of_schema(schema: &Schema) -> Self {
        let columns = schema.features().map(|column| {
            let own = ColumnActions {
                mutable: column.mutable,
                direction: column.direction,
                step: column.step,
                lowest: column.lowest,
                highest: column.highest,
                weight: column.cost.unwrap_or(1.0),
            };
            (column.name.clone(), own)
        });
        Self { columns: columns.collect(), rules: schema.rules.clone() }
    }

    /// Reads a file of actions.
    ///
    /// # Errors
    /// When the text is not TOML or has an unknown key; `file` is named.
    pub fn from_toml(text: &str, file: &str) -> Result<Self> {
        Self::default().with_toml(text, file)
    }

    /// What stands in a file of actions on top of these: a column's keys replace its own, rules are
    /// added.
    ///
    /// # Errors
    /// When the text is not TOML or has an unknown key; `file` is named.
    pub fn with_toml(mut self, text: &str, file: &str) -> Result<Self> {
        let read: File =
            toml::from_str(text).map_err(|e| linecall_data::Error::toml(&e, text, file))?;
        if read.version != 1 {
            let problem = format!("version {} of a file of actions is not known", read.version);
            let error = linecall_data::Error::new(ErrorKind::Schema, problem);
            return Err(error.at(Place::file(file)).mend("write `version = 1`").into());
        }
        for (at, column) in read.columns.iter().enumerate() {
            if read.columns.iter().take(at).any(|other| other.name == column.name) {
                let column = column.name.clone();
                let problem = format!("is listed twice in {file}; join the two entries");
                return Err(crate::Error::Column { column, problem });
            }
        }
        for column in read.columns {
            let mut own = self.column(&column.name);
            own.mutable = column.mutable.unwrap_or(own.mutable);
            own.direction = column.direction.unwrap_or(own.direction);
            own.step = column.step.or(own.step);
            own.lowest = column.lowest.or(own.lowest);
            own.highest = column.highest.or(own.highest);
            own.weight = column.cost.unwrap_or(own.weight);
            self.columns.retain(|(name, _)| *name != column.name);
            self.columns.push((column.name, own));
        }
        self.rules.extend(read.rules);
        Ok(self)
    }

    /// What can be done about a column.
    pub fn column(&self, name: &str) -> ColumnActions {
        let found = self.columns.iter().find(|(own, _)| own == name);
        found.map_or_else(ColumnActions::default, |(_, actions)| actions.clone())
    }
}
