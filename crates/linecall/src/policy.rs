//! `check`: an audit as a gate.
//!
//! A [`Policy`] names figures of an audit and what is required of them; [`check()`] audits and says
//! which requirements hold. A figure is named by its path in the audit's JSON document: keys parted
//! by dots, entries of a list by the name that they carry (`fairness.SEX.demographic_parity`,
//! `recourse.by_group.SEX.groups.2.feasible`), names with dots in quotes.
//!
//! ```
//! let policy = linecall::Policy::from_toml(
//!     r#"
//!     version = 1
//!     groups = ["SEX"]
//!
//!     [[require]]
//!     figure = "fairness.SEX.demographic_parity"
//!     at_most = 0.05
//!     end = "high"
//!     "#,
//!     "policy.toml",
//! )?;
//! assert_eq!(policy.require[0].at_most, Some(0.05));
//! # Ok::<(), linecall::Error>(())
//! ```

use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{ErrorKind, Place};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AuditOptions, AuditReport, Error, Pipeline, Result, audit};

/// Which end of an interval a requirement looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The value itself; of a proved bracket, the end that is worse for the requirement.
    #[default]
    Value,
    /// The lower end.
    Low,
    /// The upper end.
    High,
}

/// What is required of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The figure's path.
    pub figure: String,
    /// It must be no more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// It must be no less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// It must be this: true or false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<bool>,
    /// Which end of an interval counts.
    #[serde(default)]
    pub end: End,
    /// Why it is required; printed when it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What is required of a model on data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of the format: 1.
    pub version: u32,
    /// Columns whose groups are compared.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The class wished for.
    #[serde(default)]
    pub favourable: Option<String>,
    /// The requirements.
    pub require: Vec<Requirement>,
}

/// One requirement and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// The figure.
    pub figure: String,
    /// Whether the requirement holds.
    pub holds: bool,
    /// What was found: a number, true or false; absent where the audit has no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// What is required, in words.
    pub required: String,
    /// Why it does not hold, in words; absent where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// All requirements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gates {
    /// Whether every one holds.
    pub holds: bool,
    /// One by one.
    pub gates: Vec<Gate>,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// The data.
    pub data: String,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When the text is not TOML, has an unknown key, or a requirement asks for nothing or for what
    /// contradicts itself; `file` is named.
    pub fn from_toml(text: &str, file: &str) -> Result<Self> {
        let fault = |problem: String, place: Place| {
            linecall_data::Error::new(ErrorKind::Schema, problem).at(place)
        };
        let policy: Self =
            toml::from_str(text).map_err(|e| linecall_data::Error::toml(&e, text, file))?;
        if policy.version != 1 {
            let problem = format!("version {} of a policy is not known", policy.version);
            return Err(fault(problem, Place::file(file)).mend("write `version = 1`").into());
        }
        if policy.require.is_empty() {
            return Err(fault("requires nothing".to_owned(), Place::file(file)).into());
        }
        for own in &policy.require {
            let Requirement { figure, at_most, at_least, is, .. } = own;
            let bound = at_most.is_some() || at_least.is_some();
            let problem = if !bound && is.is_none() {
                "says neither `at_most`, nor `at_least`, nor `is`"
            } else if bound && is.is_some() {
                "says `is` and a bound"
            } else if at_most.iter().chain(at_least).any(|bound| !bound.is_finite()) {
                "has a bound that is not finite"
            } else if at_least.zip(*at_most).is_some_and(|(least, most)| least > most) {
                "has `at_least` above `at_most`"
            } else {
                continue;
            };
            let problem = format!("the requirement on `{figure}` {problem}");
            return Err(fault(problem, Place::file(file)).into());
        }
        Ok(policy)
    }

    /// Which requirements an audit meets.
    ///
    /// # Errors
    /// When a figure is not one of the audit.
    pub fn judge(&self, report: &AuditReport) -> Result<Gates> {
        let page = serde_json::to_value(report)
            .map_err(|e| Error::Question(format!("the audit cannot be read: {e}")))?;
        let gates =
            self.require.iter().map(|own| own.judge(&page)).collect::<Result<Vec<Gate>>>()?;
        Ok(Gates {
            holds: gates.iter().all(|gate| gate.holds),
            gates,
            model_sha256: report.model.sha256.clone(),
            data: report.data.clone(),
        })
    }
}

/// Audits a model and says which requirements of a policy hold.
///
/// # Errors
/// As for [`audit()`] and [`Policy::judge`].
pub fn check(
    policy: &Policy,
    pipeline: &Pipeline,
    model_file: &str,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &AuditOptions,
) -> Result<(Gates, AuditReport)> {
    let mut options = options.clone();
    for group in &policy.groups {
        if !options.groups.contains(group) {
            options.groups.push(group.clone());
        }
    }
    if options.questions.favourable.is_none() {
        options.questions.favourable = policy.favourable.clone();
    }
    let report = audit(pipeline, model_file, data, reading, &options)?;
    Ok((policy.judge(&report)?, report))
}

impl Requirement {
    fn judge(&self, page: &Value) -> Result<Gate> {
        let required = self.words();
        let gate = |holds: bool, found: Option<Value>, reason: Option<String>| Gate {
            figure: self.figure.clone(),
            holds,
            found,
            required: required.clone(),
            reason: reason.map(|reason| match &self.because {
                Some(because) => format!("{reason}; required because {because}"),
                None => reason,
            }),
        };
        let node = match find(page, &self.figure)? {
            Found::At(node) => node,
            Found::Unavailable(why) => {
                return Ok(gate(false, None, Some(format!("the audit has no answer: {why}"))));
            }
        };
        if let Some(wanted) = self.is {
            let Some(found) = node.as_bool() else {
                return Err(
                    self.wrong("is not true or false; require `at_most` or `at_least` of it")
                );
            };
            let reason = (found != wanted).then(|| format!("it is {found}"));
            return Ok(gate(found == wanted, Some(Value::Bool(found)), reason));
        }
        let (low, high) = self.ends(node)?;
        let fails = |found: Option<f64>, above: bool, bound: f64| match found {
            None => Some("it is not defined".to_owned()),
            Some(v) if above && v > bound => Some(format!("{v} is above {bound}")),
            Some(v) if !above && v < bound => Some(format!("{v} is below {bound}")),
            _ => None,
        };
        let over = self.at_most.and_then(|bound| fails(high, true, bound));
        let under = self.at_least.and_then(|bound| fails(low, false, bound));
        let shown = if self.at_most.is_some() { high } else { low };
        let reason = over.or(under);
        Ok(gate(reason.is_none(), shown.map(Value::from), reason))
    }

    fn words(&self) -> String {
        let end = match self.end {
            End::Value => "",
            End::Low => "lower end ",
            End::High => "upper end ",
        };
        let mut words = Vec::new();
        words.extend(self.at_least.map(|bound| format!("{end}at least {bound}")));
        words.extend(self.at_most.map(|bound| format!("{end}at most {bound}")));
        words.extend(self.is.map(|is| is.to_string()));
        words.join(", ")
    }

    /// What counts against a lower and against an upper bound; `None` where it is not defined.
    fn ends(&self, node: &Value) -> Result<(Option<f64>, Option<f64>)> {
        if node.is_null() {
            return Ok((None, None));
        }
        if let Some(value) = node.as_f64() {
            return match self.end {
                End::Value => Ok((Some(value), Some(value))),
                _ => Err(self.wrong("has no interval; leave `end` out")),
            };
        }
        if !node.is_object() {
            return Err(self.wrong("is no number; compare it with `is`"));
        }
        let of = |key: &str| node.get(key).map(Value::as_f64);
        let (low, high) = (of("low").or(of("lower")), of("high").or(of("upper")));
        match (self.end, of("value")) {
            (End::Value, Some(value)) => Ok((value, value)),
            (End::Value, None) => match (low, high) {
                (Some(low), Some(high)) => Ok((low, high)),
                _ => Err(self.wrong("is no number, but holds others; name one of them")),
            },
            (End::Low, _) => match low {
                Some(low) => Ok((low, low)),
                None => Err(self.wrong("has no lower end")),
            },
            (End::High, _) => match high {
                Some(high) => Ok((high, high)),
                None => Err(self.wrong("has no upper end")),
            },
        }
    }

    fn wrong(&self, problem: &str) -> Error {
        Error::Question(format!("the figure `{}` {problem}", self.figure))
    }
}

enum Found<'p> {
    At(&'p Value),
    /// The audit says why there is no answer.
    Unavailable(String),
}

/// Keys of a path: parted by dots, or in quotes.
fn segments(path: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => out.push(String::new()),
            c => {
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

/// The keys by which an entry of a list is named.
const NAMES: [&str; 5] = ["column", "group", "class", "name", "label"];

fn find<'p>(page: &'p Value, path: &str) -> Result<Found<'p>> {
    let mut node = page;
    let mut before = String::new();
    for key in segments(path) {
        if let Some(why) = node.get("unavailable").and_then(Value::as_str) {
            return Ok(Found::Unavailable(why.to_owned()));
        }
        let next = match node {
            Value::Array(entries) => {
                let named = |entry: &&Value| {
                    NAMES.iter().any(|name| entry.get(name).and_then(Value::as_str) == Some(&key))
                };
                let by_place = || key.parse::<usize>().ok().and_then(|at| entries.get(at));
                entries.iter().find(named).or_else(by_place)
            }
            _ => node.get(&key),
        };
        let Some(next) = next else {
            let of = if before.is_empty() { "the audit".to_owned() } else { format!("`{before}`") };
            let known = known(node);
            return Err(Error::Question(format!(
                "the figure `{path}`: {of} has no `{key}`; it has {known}"
            )));
        };
        before = if before.is_empty() { key } else { format!("{before}.{key}") };
        node = next;
    }
    if let Some(why) = node.get("unavailable").and_then(Value::as_str) {
        return Ok(Found::Unavailable(why.to_owned()));
    }
    Ok(Found::At(node))
}

/// What a node holds, for a message.
fn known(node: &Value) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = match node {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(entries) => entries
            .iter()
            .filter_map(|entry| NAMES.iter().find_map(|name| entry.get(name)?.as_str()))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    if names.is_empty() {
        return "no parts".to_owned();
    }
    let left = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let list = names.join(", ");
    if left > 0 { format!("{list} and {left} more") } else { list }
}
