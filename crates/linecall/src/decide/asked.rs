//! What is asked of a rule, in the user's words, and as a task for a model.

use linecall_linear::decide::{By, CostMatrix, Task};

use super::refuse;
use crate::{Pipeline, Result};

/// What is asked of a rule, before the classes are known.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A task as it is: what a model file records.
    Task(Task),
    /// The least expected cost, or the largest expected value.
    Costs {
        /// What each pair of true and called class costs, or is worth.
        costs: Costs,
        /// Whether the amounts are worth having rather than costs.
        value: bool,
        /// What the threshold is taken from; by default scores for two classes, probabilities for
        /// more.
        by: Option<By>,
    },
    /// As many rows of a class as a budget allows.
    Budget {
        /// Largest share of the rows.
        share: f64,
        /// The class; of two the positive one if not given.
        flag: Option<String>,
        /// Level of the bound that must keep to the budget.
        confidence: Option<f64>,
    },
    /// The largest recall at a precision of at least a floor.
    Precision {
        /// The floor.
        floor: f64,
        /// The class; of two the positive one if not given.
        flag: Option<String>,
        /// Level of the bound that must reach the floor.
        confidence: Option<f64>,
    },
    /// The largest precision at a recall of at least a floor.
    Recall {
        /// The floor.
        floor: f64,
        /// The class; of two the positive one if not given.
        flag: Option<String>,
        /// Level of the bound that must reach the floor.
        confidence: Option<f64>,
    },
}

/// Costs as they are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Costs {
    /// `fp=1,fn=5` for two classes (also `tp` and `tn`), or `TRUE>CALLED=AMOUNT,...`; what is not
    /// named is 0.
    Cells(String),
    /// A CSV table: the first column the true class, the others the class called, named in the
    /// header.
    Table {
        /// The file, for errors.
        file: String,
        /// Its text.
        text: String,
    },
}

impl Asked {
    /// The task for a model.
    ///
    /// # Errors
    /// When a class is not one of the model's, costs are not written as they should be, or the task
    /// means nothing for the model.
    pub fn task(&self, pipeline: &Pipeline) -> Result<Task> {
        let model = &pipeline.model;
        if model.is_multilabel() {
            return refuse(
                "a rule decides between classes of which a row has one, and this model calls sets of \
                 labels; fit each label as a column of its own to give it a threshold",
            );
        }
        let flagged = |flag: &Option<String>| match (flag, model.positive()) {
            (Some(name), _) => match pipeline.classes().iter().position(|class| class == name) {
                Some(at) => Ok(at),
                None => {
                    let classes = pipeline.classes().join(", ");
                    refuse(format!("`{name}` is no class of the model; it has {classes}"))
                }
            },
            (None, Some(positive)) => Ok(positive),
            (None, None) => {
                let classes = pipeline.classes().join(", ");
                refuse(format!("say which class is flagged (--flag): {classes}"))
            }
        };
        let task = match self {
            Self::Task(task) => task.clone(),
            Self::Costs { costs, value, by } => {
                let amounts = costs.amounts(pipeline.classes(), model.positive(), *value)?;
                let default = match model.positive() {
                    Some(_) => By::Scores,
                    None => By::Probabilities,
                };
                let costs = CostMatrix { amounts, value: *value };
                Task::Cost { costs, by: by.unwrap_or(default) }
            }
            Self::Budget { share, flag, confidence } => {
                let (share, flag, confidence) = (*share, flagged(flag)?, *confidence);
                Task::Budget { share, flag, confidence }
            }
            Self::Precision { floor, flag, confidence } => {
                let (floor, flag, confidence) = (*floor, flagged(flag)?, *confidence);
                Task::Precision { floor, flag, confidence }
            }
            Self::Recall { floor, flag, confidence } => {
                let (floor, flag, confidence) = (*floor, flagged(flag)?, *confidence);
                Task::Recall { floor, flag, confidence }
            }
        };
        task.check(model)?;
        Ok(task)
    }
}

impl Costs {
    /// `amounts[true][called]`, in class order.
    fn amounts(
        &self,
        classes: &[String],
        positive: Option<usize>,
        value: bool,
    ) -> Result<Vec<Vec<f64>>> {
        match self {
            Self::Cells(text) => cells(text, classes, positive, value),
            Self::Table { file, text } => table(file, text, classes),
        }
    }
}

fn cells(
    text: &str,
    classes: &[String],
    positive: Option<usize>,
    value: bool,
) -> Result<Vec<Vec<f64>>> {
    let flag = if value { "--value" } else { "--cost-matrix" };
    let mut amounts = vec![vec![0.0; classes.len()]; classes.len()];
    let mut named = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let shape = "fp=AMOUNT,fn=AMOUNT for two classes, or TRUE>CALLED=AMOUNT,...";
        let Some((name, amount)) = part.rsplit_once('=') else {
            return refuse(format!("{flag}: `{part}` has no amount; write {shape}"));
        };
        let Some(amount) = amount.trim().parse::<f64>().ok().filter(|v| v.is_finite()) else {
            return refuse(format!("{flag}: `{amount}` in `{part}` is no finite number"));
        };
        let name = name.trim();
        let Some(cell) = cell(name, classes, positive) else {
            let classes = classes.join(", ");
            return refuse(format!(
                "{flag}: `{name}` names no pair of classes; write {shape}; the classes are {classes}"
            ));
        };
        if named.contains(&cell) {
            return refuse(format!("{flag}: `{name}` is there twice"));
        }
        named.push(cell);
        if let Some(slot) = amounts.get_mut(cell.0).and_then(|row| row.get_mut(cell.1)) {
            *slot = amount;
        }
    }
    Ok(amounts)
}

/// True and called class of `tp`, `fp`, `fn` or `tn`, or of `TRUE>CALLED`.
fn cell(name: &str, classes: &[String], positive: Option<usize>) -> Option<(usize, usize)> {
    if let Some(positive) = positive {
        let other = 1 - positive.min(1);
        match name {
            "tp" => return Some((positive, positive)),
            "fp" => return Some((other, positive)),
            "fn" => return Some((positive, other)),
            "tn" => return Some((other, other)),
            _ => {}
        }
    }
    // A class may itself have the mark in its name.
    name.match_indices('>').find_map(|(at, _)| {
        let place = |part: &str| classes.iter().position(|class| class == part.trim());
        Some((place(name.get(..at)?)?, place(name.get(at + 1..)?)?))
    })
}

fn table(file: &str, text: &str, classes: &[String]) -> Result<Vec<Vec<f64>>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .has_headers(true)
        .from_reader(text.as_bytes());
    let list = || classes.join(", ");
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return refuse(format!("{file}: {error}")),
    };
    let mut called = Vec::new();
    for name in header.iter().skip(1) {
        match classes.iter().position(|class| class == name) {
            Some(at) if called.contains(&at) => {
                return refuse(format!("{file}, line 1: column `{name}` is there twice"));
            }
            Some(at) => called.push(at),
            None => {
                return refuse(format!(
                    "{file}, line 1: `{name}` is no class of the model; name the class called by each \
                     column after the first: {}",
                    list()
                ));
            }
        }
    }
    let mut rows: Vec<Option<Vec<f64>>> = vec![None; classes.len()];
    for (at, record) in reader.records().enumerate() {
        let line = at + 2;
        let record = match record {
            Ok(record) => record,
            Err(error) => return refuse(format!("{file}, line {line}: {error}")),
        };
        let name = record.get(0).unwrap_or_default();
        let Some(truth) = classes.iter().position(|class| class == name) else {
            return refuse(format!(
                "{file}, line {line}: `{name}` is no class of the model; begin each line with the true \
                 class: {}",
                list()
            ));
        };
        let mut row = vec![0.0; classes.len()];
        for (cell, &at) in record.iter().skip(1).zip(&called) {
            let Some(amount) = cell.parse::<f64>().ok().filter(|v| v.is_finite()) else {
                let column = classes.get(at).map_or("", String::as_str);
                return refuse(format!(
                    "{file}, line {line}, column `{column}`: `{cell}` is no finite number"
                ));
            };
            if let Some(slot) = row.get_mut(at) {
                *slot = amount;
            }
        }
        match rows.get_mut(truth) {
            Some(slot @ None) => *slot = Some(row),
            _ => return refuse(format!("{file}, line {line}: class `{name}` is there twice")),
        }
    }
    if called.len() != classes.len() {
        return refuse(format!("{file}: a column for each class called is needed: {}", list()));
    }
    match rows.iter().position(Option::is_none).and_then(|at| classes.get(at)) {
        Some(class) => refuse(format!("{file}: there is no line for the true class `{class}`")),
        None => Ok(rows.into_iter().flatten().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn cells_of_two_classes_are_those_of_the_positive_one() {
        let found = cells("fp=1, fn=5,tp=-2", &classes("bad good"), Some(0), false).ok();
        assert_eq!(found, Some(vec![vec![-2.0, 5.0], vec![1.0, 0.0]]));
        let named = cells("bad>good=5,good>bad=1,bad>bad=-2", &classes("bad good"), Some(0), false);
        assert_eq!(named.ok(), found);
    }

    #[test]
    fn classes_with_marks_in_their_names_are_found() {
        let own = [">50K".to_owned(), "<=50K".to_owned()];
        let found = cells(">50K><=50K=3", &own, Some(0), false).ok();
        assert_eq!(found, Some(vec![vec![0.0, 3.0], vec![0.0, 0.0]]));
    }

    #[test]
    fn a_table_is_read_in_any_order() {
        let text = ",c,a,b\nb,1,2,3\nc,0,4,5\na,6,0,7\n";
        let found = table("m.csv", text, &classes("a b c")).ok();
        let want = vec![vec![0.0, 7.0, 6.0], vec![2.0, 3.0, 1.0], vec![4.0, 5.0, 0.0]];
        assert_eq!(found, Some(want));
    }

    #[test]
    fn bad_costs_name_their_place() {
        let say = |text: &str| table("m.csv", text, &classes("a b")).unwrap_err().to_string();
        for (text, problem) in [
            (",a,x\na,0,1\nb,1,0\n", "m.csv, line 1: `x` is no class"),
            (",a,b\na,0,one\nb,1,0\n", "m.csv, line 2, column `b`: `one` is no finite number"),
            (",a,b\na,0,1\n", "there is no line for the true class `b`"),
            (",a,b\na,0,1\na,0,1\n", "m.csv, line 3: class `a` is there twice"),
            (",a\na,0\nb,1\n", "a column for each class called is needed"),
            (",a,b\na,0\nb,1,0\n", "line 2"),
            ("", "a column for each class called is needed"),
        ] {
            let found = say(text);
            assert!(found.contains(problem) && !found.contains('\n'), "{text:?}: {found}");
        }
        for (text, problem) in [
            ("fp", "`fp` has no amount"),
            ("fp=x", "`x` in `fp=x` is no finite number"),
            ("xx=1", "`xx` names no pair"),
            ("fp=1,fp=2", "`fp` is there twice"),
        ] {
            let found = cells(text, &classes("a b"), Some(1), false).unwrap_err().to_string();
            assert!(found.contains(problem), "{text}: {found}");
        }
    }
}
