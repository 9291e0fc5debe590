//! A LIBLINEAR model file over the design columns. What turns cells into design columns does not fit
//! into that format and stays behind: rows must come as LIBSVM lines of the design.

use linecall_linear::Link;

use super::program::{Call, Program};
use crate::{Error, Result};

/// The file, and what each of its numbers stands for.
pub(crate) struct Printed {
    /// The model file.
    pub(crate) model: String,
    /// A tab-separated list: column numbers and labels, and what they mean.
    pub(crate) key: String,
    /// The label of each class.
    pub(crate) labels: Vec<i64>,
    /// Whether `liblinear-predict -b 1` gives the model's probabilities.
    pub(crate) probabilities: bool,
}

/// The model file.
///
/// # Errors
/// For sets of labels: a LIBLINEAR model calls one class a row. For a rule after the model that is more
/// than a threshold of its score: the largest score calls there.
pub(crate) fn print(program: &Program) -> Result<Printed> {
    if matches!(program.call, Call::Set(_)) {
        return Err(Error::Question(
            "liblinear: rows carry sets of labels, and a LIBLINEAR model calls one class a row; \
             leave this format out"
                .to_owned(),
        ));
    }
    if program.ruled().is_some() {
        return Err(Error::Question(
            "liblinear: a rule after the model makes its calls, and a LIBLINEAR model can call by its \
             scores alone; leave this format out (sql, onnx, pmml, json, c and rust carry every rule)"
                .to_owned(),
        ));
    }
    let labels = labels(&program.classes);
    // A threshold is taken off the intercept: the calls are right, probabilities would not be.
    let threshold = program.threshold();
    let probabilities = threshold == 0.0
        && match &program.link {
            Link::Logistic => true,
            // One against the rest, each sigmoid divided by their sum: as -b 1 does it.
            Link::Platt { slope, intercept } => {
                program.classes.len() > 2
                    && slope.iter().all(|a| *a == 1.0)
                    && intercept.iter().all(|b| *b == 0.0)
            }
            _ => false,
        };
    let solver = if probabilities { "L2R_LR" } else { "L2R_L2LOSS_SVC" };
    // A score above 0 calls the label that is named first.
    let order: Vec<usize> = match program.call {
        Call::Positive(positive) => vec![positive, 1 - positive.min(1)],
        _ => (0..program.classes.len()).collect(),
    };
    let named: Vec<String> =
        order.iter().filter_map(|k| labels.get(*k)).map(i64::to_string).collect();
    let mut model = format!(
        "solver_type {solver}\nnr_class {}\nlabel {}\nnr_feature {}\nbias 1\nw\n",
        program.classes.len(),
        named.join(" "),
        program.columns.len()
    );
    for column in 0..program.columns.len() {
        let line = program.scores.iter().filter_map(|score| score.coef.get(column));
        push(&mut model, line);
    }
    let intercepts: Vec<f64> =
        program.scores.iter().map(|score| score.intercept - threshold).collect();
    push(&mut model, intercepts.iter());
    let mut key = String::from("number\tmeaning\n");
    for (at, column) in program.columns.iter().enumerate() {
        key.push_str(&format!("column {}\t{}\n", at + 1, linecall_data::escaped(column)));
    }
    for (label, class) in labels.iter().zip(&program.classes) {
        key.push_str(&format!("label {label}\t{}\n", linecall_data::escaped(class)));
    }
    Ok(Printed { model, key, labels, probabilities })
}

fn push<'a>(out: &mut String, values: impl Iterator<Item = &'a f64>) {
    let values: Vec<String> = values.map(|value| format!("{value:e}")).collect();
    out.push_str(&values.join(" "));
    out.push_str(" \n");
}

/// The classes as whole numbers: their own where each is one, else their place from 1.
fn labels(classes: &[String]) -> Vec<i64> {
    let own = |class: &String| {
        let value = class.parse::<i32>().ok()?;
        (value.to_string() == *class).then_some(i64::from(value))
    };
    let all: Option<Vec<i64>> = classes.iter().map(own).collect();
    all.unwrap_or_else(|| (1..=classes.len() as i64).collect())
}
