//! What each column is: the contract between a table, a model and the person it judges.
//!
//! A schema is inferred ([`crate::infer`]), written as TOML, edited by the user and read back. It
//! is stored in the model file, so that a prediction refuses what training would have refused.

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Place, Result, TextSettings, check_label_separator, label_names};

/// What a column is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The class to predict.
    Target,
    /// An input of the model.
    #[default]
    Feature,
    /// Weight of the row in every sum.
    Weight,
    /// Rows of one group are never split between folds or between training and held-out rows.
    Group,
    /// Names the row; carried through, never an input.
    Id,
    /// Orders the rows; folds never train on the future.
    Time,
    /// Not used.
    Ignored,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A real number.
    Number,
    /// A whole number.
    Integer,
    /// Two levels, coded 0 and 1 in the order of `levels`.
    Boolean,
    /// One of several unordered levels.
    Category,
    /// One of several levels, lowest first in `levels`.
    Ordered,
    /// Free text.
    Text,
}

/// What to do with a missing cell of a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// Refuse the row with an error.
    #[default]
    Refuse,
    /// Number kinds, boolean, ordered: put in the training median (the commonest level) and add a
    /// 0/1 column that says so.
    Indicator,
    /// Put in the training median (the commonest level), without an indicator.
    Impute,
    /// Category: a level of its own, `(missing)`.
    Category,
}

/// What to do with a level that the schema does not list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unseen {
    /// Refuse the row with an error.
    #[default]
    Refuse,
    /// Treat it as the reference level, and count it in a warning.
    Reference,
}

/// In which direction a person can change a value; used by recourse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Up or down.
    #[default]
    Any,
    /// Only up.
    Increase,
    /// Only down.
    Decrease,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

/// One column of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// Name in the table's header.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What it holds.
    pub kind: Kind,
    /// Unit of a number, for reports (`EUR`, `years`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Smallest value allowed; a smaller one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value allowed; a larger one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Texts that mean "missing", besides an empty cell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_codes: Vec<String>,
    /// What to do with a missing cell.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing: Missing,
    /// Levels of a boolean (false, true), category or ordered column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// Category: the level that has no column of its own; others are read against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What to do with a level that is not listed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unseen: Unseen,
    /// Whether a person can change it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub mutable: bool,
    /// In which direction a person can change it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub direction: Direction,
    /// Numbers: the least step of a change; used by recourse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// Numbers: the lowest value that a person can move to; used by recourse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<f64>,
    /// Numbers: the highest value that a person can move to; used by recourse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
    /// What the cost of a change is multiplied by; used by recourse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Free text: how it becomes design columns; `None` for the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSettings>,
}

impl ColumnSchema {
    /// A column with a role and a kind, and the defaults for the rest.
    pub fn new(name: impl Into<String>, role: Role, kind: Kind) -> Self {
        Self {
            name: name.into(),
            role,
            kind,
            unit: None,
            min: None,
            max: None,
            missing_codes: Vec::new(),
            missing: Missing::default(),
            levels: Vec::new(),
            reference: None,
            unseen: Unseen::default(),
            mutable: true,
            direction: Direction::default(),
            step: None,
            lowest: None,
            highest: None,
            cost: None,
            text: None,
        }
    }
}

/// The target: its column, its classes and what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSchema {
    /// Column name.
    pub column: String,
    /// All classes, sorted.
    pub classes: Vec<String>,
    /// The class whose probability a binary model reports; `None` with three or more classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// The class that is good for the person judged, if the user has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourable: Option<String>,
    /// Rows carry any set of the classes, none included: a cell lists their names, parted by this
    /// mark (`multilabel = ";"`). `None` where each row is of one class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multilabel: Option<char>,
    /// Words for each class (`no default next month`), by class name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub labels: std::collections::BTreeMap<String, String>,
}

impl TargetSchema {
    /// A class in words: its label, or its name.
    pub fn describe<'a>(&'a self, class: &'a str) -> &'a str {
        self.labels.get(class).map_or(class, String::as_str)
    }
}

/// The schema of a table.
///
/// ```
/// let text = r#"
/// version = 1
///
/// [target]
/// column = "paid"
/// classes = ["no", "yes"]
/// positive = "yes"
///
/// [[columns]]
/// name = "paid"
/// role = "target"
/// kind = "boolean"
/// levels = ["no", "yes"]
///
/// [[columns]]
/// name = "income"
/// role = "feature"
/// kind = "number"
/// unit = "EUR"
/// "#;
/// let schema = linecall_data::Schema::from_toml(text, "schema.toml")?;
/// assert_eq!(schema.features().count(), 1);
/// assert_eq!(linecall_data::Schema::from_toml(&schema.to_toml()?, "copy")?, schema);
/// # Ok::<(), linecall_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Version of this format.
    pub version: u32,
    /// What binds changes of several columns, or how many there may be; used by recourse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The target.
    pub target: TargetSchema,
    /// Every column of the table, in file order.
    pub columns: Vec<ColumnSchema>,
}

impl Schema {
    /// The version that this program writes.
    pub const VERSION: u32 = 1;

    /// Reads and checks a schema.
    ///
    /// # Errors
    /// When the text is not TOML, has an unknown key, or contradicts itself; `file` is named.
    pub fn from_toml(text: &str, file: &str) -> Result<Self> {
        let schema: Self = toml::from_str(text).map_err(|e| Error::toml(&e, text, file))?;
        schema.check().map_err(|e| e.in_file(file))?;
        Ok(schema)
    }

    /// The schema as TOML.
    ///
    /// # Errors
    /// When the schema contradicts itself.
    pub fn to_toml(&self) -> Result<String> {
        self.check()?;
        toml::to_string(self)
            .map_err(|e| Error::new(ErrorKind::Schema, "cannot be written as TOML").because(e))
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&ColumnSchema> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The one column of a role such as weight, group, id or time.
    pub fn with_role(&self, role: Role) -> Option<&ColumnSchema> {
        self.columns.iter().find(|c| c.role == role)
    }

    /// The input columns, in file order.
    pub fn features(&self) -> impl Iterator<Item = &ColumnSchema> {
        self.columns.iter().filter(|c| c.role == Role::Feature)
    }

    /// Checks that the schema does not contradict itself.
    ///
    /// # Errors
    /// One error naming the column and the mend.
    pub fn check(&self) -> Result<()> {
        if self.version != Self::VERSION {
            return Err(fault(None, format!("schema version {} is not known", self.version))
                .mend(format!("this program reads version {}", Self::VERSION)));
        }
        self.check_target()?;
        let mut names = std::collections::HashSet::new();
        for column in &self.columns {
            if !names.insert(column.name.as_str()) {
                return Err(fault(Some(&column.name), "is listed twice"));
            }
            check_column(column)?;
        }
        for role in [Role::Target, Role::Weight, Role::Group, Role::Time] {
            let held: Vec<_> = self.columns.iter().filter(|c| c.role == role).collect();
            if let [_, second, ..] = held.as_slice() {
                return Err(fault(
                    Some(&second.name),
                    format!("is a second `{}` column", format!("{role:?}").to_lowercase()),
                )
                .mend("keep one and set the other's role to `ignored`"));
            }
        }
        Ok(())
    }

    fn check_target(&self) -> Result<()> {
        let target = &self.target;
        match self.column(&target.column) {
            Some(column) if column.role == Role::Target => {}
            Some(_) => {
                return Err(fault(Some(&target.column), "is the target but has another role")
                    .mend("set its role to `target`"));
            }
            None => {
                return Err(fault(Some(&target.column), "is the target but is not listed"));
            }
        }
        if let Some(separator) = target.multilabel {
            check_sets(target, separator)?;
        } else if target.classes.len() < 2 {
            return Err(fault(Some(&target.column), "needs at least two classes"));
        }
        if crate::labels::sort_classes(target.classes.clone()) != target.classes {
            return Err(fault(Some(&target.column), "`classes` must be sorted and distinct"));
        }
        for (key, class) in [("positive", &target.positive), ("favourable", &target.favourable)] {
            if let Some(class) = class
                && !target.classes.contains(class)
            {
                return Err(fault(
                    Some(&target.column),
                    format!("`{key}` is not one of its classes"),
                )
                .value(class)
                .mend(format!("choose among {}", target.classes.join(", "))));
            }
        }
        let one_each = target.multilabel.is_none();
        if one_each && target.classes.len() == 2 && target.positive.is_none() {
            return Err(fault(Some(&target.column), "`positive` must name one of the two classes"));
        }
        if target.classes.len() > 2 && target.positive.is_some() {
            return Err(fault(
                Some(&target.column),
                "`positive` is for two classes, this has more",
            )
            .mend("remove it"));
        }
        if let Some(class) = target.labels.keys().find(|c| !target.classes.contains(c)) {
            return Err(
                fault(Some(&target.column), "`labels` has a key that is not a class").value(class)
            );
        }
        Ok(())
    }
}

fn fault(column: Option<&str>, problem: impl Into<String>) -> Error {
    let place = Place { column: column.map(str::to_owned), ..Place::default() };
    Error::new(ErrorKind::Schema, problem).at(place)
}

/// Checks the target of rows that carry sets of labels.
fn check_sets(target: &TargetSchema, separator: char) -> Result<()> {
    let column = Some(target.column.as_str());
    check_label_separator(separator)
        .map_err(|e| e.at(Place::default().column(format!("{} (multilabel)", target.column))))?;
    if target.classes.is_empty() {
        return Err(fault(column, "needs at least one class"));
    }
    for (key, class) in [("positive", &target.positive), ("favourable", &target.favourable)] {
        if let Some(class) = class {
            return Err(fault(
                column,
                format!("`{key}` is not for rows that carry sets of labels"),
            )
            .value(class)
            .mend("remove it, or `multilabel`"));
        }
    }
    let bad =
        |name: &&String| label_names(name, separator).ok().as_deref() != Some(&[name.as_str()]);
    match target.classes.iter().find(bad) {
        Some(name) => Err(fault(column, "a class is no name that a list of labels can hold")
            .value(name)
            .mend(
                "part the labels by a mark that no name holds, and name each without blanks at \
                   its ends",
            )),
        None => Ok(()),
    }
}

/// Checks what a person can do about a column.
fn check_actions(column: &ColumnSchema, numeric: bool) -> Result<()> {
    let name = Some(column.name.as_str());
    let ColumnSchema { step, lowest, highest, cost, .. } = *column;
    if !numeric && (step.is_some() || lowest.is_some() || highest.is_some()) {
        return Err(fault(name, "`step`, `lowest` and `highest` are for numbers"));
    }
    for (key, value) in [("lowest", lowest), ("highest", highest)] {
        if let Some(value) = value.filter(|value| !value.is_finite()) {
            return Err(fault(name, format!("`{key}` is {value}"))
                .mend("leave it out where there is no limit"));
        }
    }
    for (key, value) in [("step", step), ("cost", cost)] {
        if let Some(value) = value.filter(|value| !(value.is_finite() && *value > 0.0)) {
            return Err(fault(name, format!("`{key}` is {value}")).mend("give a number above 0"));
        }
    }
    match (lowest, highest) {
        (Some(lowest), Some(highest)) if lowest > highest => {
            Err(fault(name, format!("`lowest` {lowest} is above `highest` {highest}")))
        }
        _ => Ok(()),
    }
}

fn check_column(column: &ColumnSchema) -> Result<()> {
    let name = Some(column.name.as_str());
    if column.name.is_empty() {
        return Err(fault(name, "a column has no name"));
    }
    let distinct: std::collections::HashSet<_> = column.levels.iter().collect();
    if distinct.len() != column.levels.len() {
        return Err(fault(name, "`levels` repeats a level"));
    }
    for (key, limit) in [("min", column.min), ("max", column.max)] {
        if let Some(limit) = limit.filter(|limit| !limit.is_finite()) {
            return Err(fault(name, format!("`{key}` is {limit}"))
                .mend("leave it out where there is no limit"));
        }
    }
    if let (Some(min), Some(max)) = (column.min, column.max)
        && min > max
    {
        return Err(fault(name, format!("`min` {min} is above `max` {max}")));
    }
    let numeric = matches!(column.kind, Kind::Number | Kind::Integer);
    if !numeric && (column.min.is_some() || column.max.is_some()) {
        return Err(fault(name, "`min` and `max` are for numbers"));
    }
    check_actions(column, numeric)?;
    if column.reference.is_some() && column.kind != Kind::Category {
        return Err(fault(name, "`reference` is for categories"));
    }
    if let Some(level) = &column.reference
        && !column.levels.contains(level)
    {
        return Err(fault(name, "`reference` is not one of its levels").value(level));
    }
    if column.role == Role::Weight && !numeric {
        return Err(fault(name, "a weight must be a number"));
    }
    if column.text.is_some() && column.kind != Kind::Text {
        return Err(fault(name, "`text` is for columns of free text")
            .mend("remove it, or set `kind = \"text\"`"));
    }
    if column.role != Role::Feature {
        return Ok(());
    }
    if let Some(problem) = column.text.as_ref().and_then(TextSettings::fault) {
        return Err(fault(name, format!("`text`: {problem}")));
    }
    match column.kind {
        Kind::Boolean if column.levels.len() != 2 => {
            Err(fault(name, "a boolean needs two `levels`, false first"))
        }
        Kind::Category | Kind::Ordered if column.levels.is_empty() => {
            Err(fault(name, "a category needs its `levels`"))
        }
        Kind::Text if column.missing != Missing::default() => {
            Err(fault(name, "a missing text is an empty one").mend("leave `missing` out"))
        }
        kind if column.missing == Missing::Category && kind != Kind::Category => {
            Err(fault(name, "`missing = \"category\"` is for categories")
                .mend("use `indicator`, `impute` or `refuse`"))
        }
        Kind::Category if matches!(column.missing, Missing::Indicator) => {
            Err(fault(name, "`missing = \"indicator\"` is not for categories")
                .mend("use `category`, `impute` or `refuse`"))
        }
        _ => Ok(()),
    }
}
