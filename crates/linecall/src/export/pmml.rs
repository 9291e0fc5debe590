//! PMML 4.4: transformations, one `RegressionModel` a score, and a last one that calls.
//!
//! Numbers with their missing cells filled in are `NumericPredictor`s, levels `CategoricalPredictor`s,
//! coefficients in the user's units. A row that linecall would refuse lacks the field that says that it
//! is accepted, and so has no answer. The models are a `modelChain`: scores are fields of their own, which
//! a classification by softmax or logit alone would not show.
//!
//! Source: Data Mining Group, "PMML 4.4.1": Regression, Transformations, Built-in Functions, Output.

use linecall_linear::Link;

use super::link::{Compare, Expr};
use super::program::{Call, Input, Kind, Number, Program, Score};
use super::words;
use crate::{Error, Result};

/// The document.
///
/// # Errors
/// When a name holds a character that XML cannot carry.
pub(crate) fn print(program: &Program, target: &str, heading: &[String]) -> Result<String> {
    let names = Names::of(program, target);
    let mut out = Xml::default();
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    out.open("PMML", &[("version", "4.4"), ("xmlns", "http://www.dmg.org/PMML-4_4")])?;
    out.open("Header", &[("description", &heading.join(" "))])?;
    out.empty("Application", &[("name", "linecall"), ("version", env!("CARGO_PKG_VERSION"))])?;
    out.close("Header");
    dictionary(program, &names, &mut out)?;
    out.open("TransformationDictionary", &[])?;
    for (at, input) in program.inputs.iter().enumerate() {
        derived(at, input, &names, &mut out)?;
    }
    accepted(program, &names, &mut out)?;
    out.close("TransformationDictionary");
    let classifies = !matches!(program.call, Call::Set(_));
    let function = if classifies { "classification" } else { "regression" };
    out.open("MiningModel", &[("functionName", function)])?;
    schema(program, &names, classifies, true, &[], &mut out)?;
    out.open("Segmentation", &[("multipleModelMethod", "modelChain")])?;
    for (k, score) in program.sums().enumerate() {
        out.open("Segment", &[("id", &(k + 1).to_string())])?;
        accepts(&names, &mut out)?;
        regression(program, score, &names.score(k), &names, &mut out)?;
        out.close("Segment");
    }
    out.open("Segment", &[("id", &(program.sums().count() + 1).to_string())])?;
    accepts(&names, &mut out)?;
    last(program, &names, &mut out)?;
    out.close("Segment");
    out.close("Segmentation");
    out.close("MiningModel");
    out.close("PMML");
    Ok(out.text)
}

/// A model of the chain is asked only where the row is accepted.
fn accepts(names: &Names, out: &mut Xml) -> Result<()> {
    let accepted = names.accepted();
    out.empty("SimplePredicate", &[("field", accepted.as_str()), ("operator", "isNotMissing")])
}

/// Names of fields that are not the user's columns.
pub(crate) struct Names {
    prefix: String,
    pub(crate) target: String,
    pub(crate) call: String,
    pub(crate) probability: Vec<String>,
    pub(crate) scores: Vec<String>,
    /// Of sets: whether each label is called.
    pub(crate) called: Vec<String>,
}

impl Names {
    pub(crate) fn of(program: &Program, target: &str) -> Self {
        let inputs = || program.inputs.iter().map(|input| input.name.as_str());
        let mut prefix = "linecall_".to_owned();
        while inputs().any(|name| name.starts_with(&prefix)) {
            prefix.push('_');
        }
        let free = |name: String| match inputs().any(|input| input == name) {
            true => format!("{prefix}{name}"),
            false => name,
        };
        let (probability, scores) = program.answer_names();
        let called = match program.call {
            Call::Set(_) => program.classes.iter().map(|c| free(format!("called_{c}"))).collect(),
            _ => Vec::new(),
        };
        let mut target = free(target.to_owned());
        let mut taken: Vec<String> = probability.iter().chain(&scores).cloned().collect();
        taken.push("call".to_owned());
        if taken.contains(&target) {
            target = format!("{prefix}{target}");
        }
        Self {
            target,
            call: free("call".to_owned()),
            probability: probability.into_iter().map(free).collect(),
            scores: scores.into_iter().map(free).collect(),
            called,
            prefix,
        }
    }

    /// The field that a chained model's score goes to.
    fn score(&self, k: usize) -> String {
        self.own('s', k)
    }

    fn own(&self, kind: char, at: usize) -> String {
        format!("{}{kind}{}", self.prefix, at + 1)
    }

    /// The field of a step of a number, 0 or 1.
    fn step(&self, at: usize, step: usize) -> String {
        format!("{}x{}_{}", self.prefix, at + 1, step + 1)
    }

    fn accepted(&self) -> String {
        format!("{}accepted", self.prefix)
    }
}

/// XML, one element a line.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

type Attributes<'a> = [(&'a str, &'a str)];

impl Xml {
    fn raw(&mut self, line: &str) {
        self.text.push_str(&" ".repeat(self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn tag(name: &str, attributes: &Attributes<'_>) -> Result<String> {
        let mut out = format!("<{name}");
        for (key, value) in attributes {
            out.push_str(&format!(" {key}=\"{}\"", escaped(value)?));
        }
        Ok(out)
    }

    fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        let tag = Self::tag(name, attributes)?;
        self.raw(&format!("{tag}>"));
        self.depth += 1;
        Ok(())
    }

    fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        let tag = Self::tag(name, attributes)?;
        self.raw(&format!("{tag}/>"));
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.raw(&format!("</{name}>"));
    }

    fn field(&mut self, name: &str) -> Result<()> {
        self.empty("FieldRef", &[("field", name)])
    }

    fn number(&mut self, value: f64) {
        self.raw(&format!("<Constant dataType=\"double\">{value:e}</Constant>"));
    }

    fn truth(&mut self, value: bool) {
        self.raw(&format!("<Constant dataType=\"boolean\">{value}</Constant>"));
    }

    fn word(&mut self, text: &str) -> Result<()> {
        let text = escaped(text)?;
        self.raw(&format!("<Constant dataType=\"string\">{text}</Constant>"));
        Ok(())
    }

    fn apply(
        &mut self,
        function: &str,
        inside: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.open("Apply", &[("function", function)])?;
        inside(self)?;
        self.close("Apply");
        Ok(())
    }
}

fn escaped(text: &str) -> Result<String> {
    words::xml(text).ok_or_else(|| {
        Error::Question(format!(
            "pmml: `{text}` holds a character that XML 1.0 cannot carry; rename it, or leave this \
             format out"
        ))
    })
}

fn dictionary(program: &Program, names: &Names, out: &mut Xml) -> Result<()> {
    out.open("DataDictionary", &[])?;
    for input in &program.inputs {
        let (optype, data) = match input.kind {
            Kind::Number(_) => ("continuous", "double"),
            Kind::Levels(_) => ("categorical", "string"),
        };
        out.empty("DataField", &[("name", &input.name), ("optype", optype), ("dataType", data)])?;
    }
    if !matches!(program.call, Call::Set(_)) {
        let field =
            [("name", names.target.as_str()), ("optype", "categorical"), ("dataType", "string")];
        out.open("DataField", &field)?;
        for class in &program.classes {
            out.empty("Value", &[("value", class)])?;
        }
        out.close("DataField");
    }
    out.close("DataDictionary");
    Ok(())
}

/// Whether a number is missing. Evaluators refuse missing arguments of most functions, and `if` alone
/// leaves aside what it does not choose.
fn missing(name: &str, own: &Number, out: &mut Xml) -> Result<()> {
    if own.codes.is_empty() {
        return out.apply("isMissing", |out| out.field(name));
    }
    unless_missing(name, true, out, |out| {
        out.apply("isIn", |out| {
            out.field(name)?;
            own.codes.iter().for_each(|code| out.number(*code));
            Ok(())
        })
    })
}

/// A condition on a field that is there; this truth where it is missing.
fn unless_missing(
    name: &str,
    truth: bool,
    out: &mut Xml,
    condition: impl FnOnce(&mut Xml) -> Result<()>,
) -> Result<()> {
    out.apply("if", |out| {
        out.apply("isMissing", |out| out.field(name))?;
        out.truth(truth);
        condition(out)
    })
}

fn compare(function: &str, name: &str, value: f64, out: &mut Xml) -> Result<()> {
    out.apply(function, |out| {
        out.field(name)?;
        out.number(value);
        Ok(())
    })
}

const NUMBER: [(&str, &str); 2] = [("optype", "continuous"), ("dataType", "double")];

fn open_derived(name: &str, number: bool, out: &mut Xml) -> Result<()> {
    let text = [("optype", "categorical"), ("dataType", "string")];
    let [optype, data] = if number { NUMBER } else { text };
    out.open("DerivedField", &[("name", name), optype, data])
}

fn derived(at: usize, input: &Input, names: &Names, out: &mut Xml) -> Result<()> {
    open_derived(&names.own('x', at), matches!(input.kind, Kind::Number(_)), out)?;
    match &input.kind {
        Kind::Number(own) => {
            let filled = |out: &mut Xml| match own.fill {
                None => out.field(&input.name),
                Some(fill) => out.apply("if", |out| {
                    missing(&input.name, own, out)?;
                    out.number(fill);
                    out.field(&input.name)
                }),
            };
            if own.steps.is_some() {
                filled(out)?;
                out.close("DerivedField");
                for (step, cut) in own.steps.iter().flatten().enumerate() {
                    open_derived(&names.step(at, step), true, out)?;
                    out.apply("if", |out| {
                        compare("greaterOrEqual", &names.own('x', at), *cut, out)?;
                        out.number(1.0);
                        out.number(0.0);
                        Ok(())
                    })?;
                    out.close("DerivedField");
                }
                return flag(at, input, own, names, out);
            }
            match own.above {
                None => filled(out)?,
                Some(above) => out.apply("if", |out| {
                    compare("greaterThan", &input.name, above, out)?;
                    out.number(1.0);
                    out.number(0.0);
                    Ok(())
                })?,
            }
            out.close("DerivedField");
            flag(at, input, own, names, out)?;
        }
        Kind::Levels(own) => {
            let (gap, rest) = (ends(own.names.as_slice(), "missing"), ends(&own.names, "other"));
            out.open(
                "MapValues",
                &[
                    ("outputColumn", "out"),
                    ("mapMissingTo", &gap),
                    ("defaultValue", &rest),
                    ("dataType", "string"),
                ],
            )?;
            out.empty("FieldColumnPair", &[("field", &input.name), ("column", "in")])?;
            out.open("InlineTable", &[])?;
            for (text, level) in &own.spellings {
                let to = level.and_then(|level| own.names.get(level)).unwrap_or(&gap);
                let (text, to) = (escaped(text)?, escaped(to)?);
                out.raw(&format!("<row><in>{text}</in><out>{to}</out></row>"));
            }
            out.close("InlineTable");
            out.close("MapValues");
            out.close("DerivedField");
        }
    }
    Ok(())
}

/// The field that says that a number is missing, if the model takes one.
fn flag(at: usize, input: &Input, own: &Number, names: &Names, out: &mut Xml) -> Result<()> {
    if own.flag {
        open_derived(&names.own('m', at), true, out)?;
        out.apply("if", |out| {
            missing(&input.name, own, out)?;
            out.number(1.0);
            out.number(0.0);
            Ok(())
        })?;
        out.close("DerivedField");
    }
    Ok(())
}

/// A name for missing cells and for other texts that is no level.
fn ends(levels: &[String], what: &str) -> String {
    let mut name = format!("({what})");
    while levels.contains(&name) {
        name = format!("({name})");
    }
    name
}

/// 0 for a row that the model takes; nothing for others.
fn accepted(program: &Program, names: &Names, out: &mut Xml) -> Result<()> {
    open_derived(&names.accepted(), true, out)?;
    let mut conditions = Xml { depth: out.depth + 2, ..Xml::default() };
    let mut count = 0;
    for (at, input) in program.inputs.iter().enumerate() {
        let before = conditions.text.len();
        takes(at, input, names, &mut conditions)?;
        count += usize::from(conditions.text.len() > before);
    }
    match count {
        0 => out.number(0.0),
        _ => out.apply("if", |out| {
            match count {
                1 => out.text.push_str(&conditions.text),
                _ => out.apply("and", |out| {
                    out.text.push_str(&conditions.text);
                    Ok(())
                })?,
            }
            out.number(0.0);
            Ok(())
        })?,
    }
    out.close("DerivedField");
    Ok(())
}

/// The condition under which a cell is taken, if there is one.
fn takes(at: usize, input: &Input, names: &Names, out: &mut Xml) -> Result<()> {
    let name = input.name.as_str();
    match &input.kind {
        Kind::Number(own) => {
            let bounded = own.min.is_some() || own.max.is_some() || own.whole;
            if !bounded && own.fill.is_some() {
                return Ok(());
            }
            if !bounded && own.codes.is_empty() {
                return out.apply("isNotMissing", |out| out.field(name));
            }
            let codes = own.codes.as_slice();
            unless_missing(name, own.fill.is_some(), out, |out| {
                // Numbers that mean "missing" need not be within the bounds.
                let coded = |out: &mut Xml| {
                    out.apply("isIn", |out| {
                        out.field(name)?;
                        codes.iter().for_each(|code| out.number(*code));
                        Ok(())
                    })
                };
                match codes.is_empty() {
                    true => within(name, own, out),
                    false => out.apply("if", |out| {
                        coded(out)?;
                        out.truth(own.fill.is_some());
                        within(name, own, out)
                    }),
                }
            })
        }
        Kind::Levels(own) => {
            let mut not = Vec::new();
            not.extend(own.missing.is_none().then(|| ends(&own.names, "missing")));
            not.extend(own.other.is_none().then(|| ends(&own.names, "other")));
            if not.is_empty() {
                return Ok(());
            }
            out.apply("isNotIn", |out| {
                out.field(&names.own('x', at))?;
                not.iter().try_for_each(|text| out.word(text))
            })
        }
    }
}

/// Whether a number is within its bounds.
fn within(name: &str, own: &Number, out: &mut Xml) -> Result<()> {
    let parts = [own.min.is_some(), own.max.is_some(), own.whole];
    let conditions = |out: &mut Xml| {
        if let Some(min) = own.min {
            compare("greaterOrEqual", name, min, out)?;
        }
        if let Some(max) = own.max {
            compare("lessOrEqual", name, max, out)?;
        }
        if own.whole {
            out.apply("equal", |out| {
                out.apply("modulo", |out| {
                    out.field(name)?;
                    out.number(1.0);
                    Ok(())
                })?;
                out.number(0.0);
                Ok(())
            })?;
        }
        Ok(())
    };
    match parts.iter().filter(|part| **part).count() {
        0 => {
            out.truth(true);
            Ok(())
        }
        1 => conditions(out),
        _ => out.apply("and", conditions),
    }
}

fn schema(
    program: &Program,
    names: &Names,
    target: bool,
    inputs: bool,
    fields: &[String],
    out: &mut Xml,
) -> Result<()> {
    out.open("MiningSchema", &[])?;
    if target {
        out.empty("MiningField", &[("name", &names.target), ("usageType", "target")])?;
    }
    if inputs {
        for input in &program.inputs {
            out.empty("MiningField", &[("name", &input.name), ("invalidValueTreatment", "asIs")])?;
        }
    }
    for field in fields {
        out.empty("MiningField", &[("name", field)])?;
    }
    out.close("MiningSchema");
    Ok(())
}

fn regression(
    program: &Program,
    score: &Score,
    name: &str,
    names: &Names,
    out: &mut Xml,
) -> Result<()> {
    out.open(
        "RegressionModel",
        &[("functionName", "regression"), ("normalizationMethod", "none")],
    )?;
    schema(program, names, false, true, &[], out)?;
    out.open("Output", &[])?;
    let field = [("name", name), ("feature", "predictedValue")];
    out.empty("OutputField", &[field[0], field[1], NUMBER[0], NUMBER[1]])?;
    out.close("Output");
    out.open("RegressionTable", &[("intercept", &format!("{:e}", score.intercept))])?;
    let predictor = |name: &str, coef: f64, out: &mut Xml| {
        out.empty("NumericPredictor", &[("name", name), ("coefficient", &format!("{coef:e}"))])
    };
    for (at, input) in program.inputs.iter().enumerate() {
        if let Kind::Number(own) = &input.kind {
            for (step, coef) in input.step_slopes(own, score).into_iter().enumerate() {
                predictor(&names.step(at, step), coef, out)?;
            }
            if own.steps.is_none() {
                predictor(&names.own('x', at), input.slope(score), out)?;
            }
            if own.flag {
                predictor(&names.own('m', at), input.flag_slope(score), out)?;
            }
        }
    }
    predictor(&names.accepted(), 1.0, out)?;
    for (at, input) in program.inputs.iter().enumerate() {
        let Kind::Levels(own) = &input.kind else { continue };
        let (gap, rest) = (ends(&own.names, "missing"), ends(&own.names, "other"));
        let levels = own.names.iter().zip(&own.entries);
        let missing = own.missing.iter().map(|entries| (&gap, entries));
        let other = own.other.iter().map(|entries| (&rest, entries));
        for (value, entries) in levels.chain(missing).chain(other) {
            let coef = input.adds(score, entries);
            if coef != 0.0 {
                let name = names.own('x', at);
                let coef = format!("{coef:e}");
                let attributes =
                    [("name", name.as_str()), ("value", value), ("coefficient", &coef)];
                out.empty("CategoricalPredictor", &attributes)?;
            }
        }
    }
    out.close("RegressionTable");
    out.close("RegressionModel");
    Ok(())
}

/// How probabilities come about where PMML has the link itself: the normalisation, and what scores are
/// multiplied by.
fn native(program: &Program) -> Option<f64> {
    if program.rule.is_some() {
        // The last model's own probabilities are then those of what the rule weighs.
        return None;
    }
    match (&program.link, program.call) {
        (Link::Logistic, Call::Positive(_)) | (Link::Softmax, Call::Largest) => Some(1.0),
        (Link::Temperature { slope }, Call::Largest) if *slope > 0.0 => Some(*slope),
        _ => None,
    }
}

/// The last model: calls, and shows scores and probabilities.
fn last(program: &Program, names: &Names, out: &mut Xml) -> Result<()> {
    let native = native(program);
    let (function, method) = match program.call {
        _ if program.ruled().is_some() => ("classification", "softmax"),
        Call::Positive(_) => ("classification", "logit"),
        Call::Largest => ("classification", "softmax"),
        Call::Set(_) => ("regression", "none"),
    };
    out.open("RegressionModel", &[("functionName", function), ("normalizationMethod", method)])?;
    let classifies = !matches!(program.call, Call::Set(_));
    let scores: Vec<String> = (0..program.sums().count()).map(|k| names.score(k)).collect();
    schema(program, names, classifies, false, &scores, out)?;
    outputs(program, names, native.is_some(), out)?;
    if native.is_none() && !program.steps.steps.is_empty() {
        out.open("LocalTransformations", &[])?;
        for (at, step) in program.steps.steps.iter().enumerate() {
            open_derived(&names.own('v', at), true, out)?;
            print_expression(step, names, out)?;
            out.close("DerivedField");
        }
        // 1 for the class that is called, else 0: the largest, whatever the size of the steps.
        let ruled = program.ruled().unwrap_or_default();
        for (k, at) in ruled.iter().enumerate() {
            open_derived(&names.own('r', k), true, out)?;
            out.apply("if", |out| {
                out.apply("greaterOrEqual", |out| {
                    out.field(&names.own('v', *at))?;
                    out.apply("max", |out| {
                        ruled.iter().try_for_each(|at| out.field(&names.own('v', *at)))
                    })
                })?;
                out.number(1.0);
                out.number(0.0);
                Ok(())
            })?;
            out.close("DerivedField");
        }
        out.close("LocalTransformations");
    }
    let coefficient = format!("{:e}", native.unwrap_or(1.0));
    // A threshold of the score: it is taken off where the call is made, and nowhere else.
    let threshold = match program.threshold() {
        0.0 => "0".to_owned(),
        threshold => format!("{:e}", -threshold),
    };
    let mut table = |class: Option<&String>, field: Option<String>| -> Result<()> {
        let moved = field.is_some();
        let mut attributes = vec![("intercept", if moved { threshold.as_str() } else { "0" })];
        attributes.extend(class.map(|class| ("targetCategory", class.as_str())));
        out.open("RegressionTable", &attributes)?;
        if let Some(name) = field {
            out.empty("NumericPredictor", &[("name", &name), ("coefficient", &coefficient)])?;
        }
        out.close("RegressionTable");
        Ok(())
    };
    match program.call {
        _ if program.ruled().is_some() => {
            for (k, class) in program.classes.iter().enumerate() {
                table(Some(class), Some(names.own('r', k)))?;
            }
        }
        Call::Positive(positive) => {
            table(program.classes.get(positive), Some(names.score(0)))?;
            table(program.classes.get(1 - positive.min(1)), None)?;
        }
        Call::Largest => {
            for (k, class) in program.classes.iter().enumerate() {
                table(Some(class), Some(names.score(k)))?;
            }
        }
        Call::Set(_) => table(None, Some(names.score(0)))?,
    }
    out.close("RegressionModel");
    Ok(())
}

fn outputs(program: &Program, names: &Names, native: bool, out: &mut Xml) -> Result<()> {
    out.open("Output", &[])?;
    if !matches!(program.call, Call::Set(_)) {
        let call = [("name", names.call.as_str()), ("feature", "predictedValue")];
        out.empty(
            "OutputField",
            &[call[0], call[1], ("optype", "categorical"), ("dataType", "string")],
        )?;
    }
    for ((name, class), step) in
        names.probability.iter().zip(&program.classes).zip(&program.steps.probability)
    {
        if native {
            let of = [("name", name.as_str()), ("feature", "probability"), ("value", class)];
            out.empty("OutputField", &[of[0], of[1], of[2], NUMBER[0], NUMBER[1]])?;
        } else {
            let of = [("name", name.as_str()), ("feature", "transformedValue")];
            out.open("OutputField", &[of[0], of[1], NUMBER[0], NUMBER[1]])?;
            out.field(&names.own('v', *step))?;
            out.close("OutputField");
        }
    }
    for (k, name) in names.scores.iter().enumerate() {
        let of = [("name", name.as_str()), ("feature", "transformedValue")];
        out.open("OutputField", &[of[0], of[1], NUMBER[0], NUMBER[1]])?;
        out.field(&names.score(k))?;
        out.close("OutputField");
    }
    for (k, name) in names.called.iter().enumerate() {
        let of = [("name", name.as_str()), ("feature", "transformedValue")];
        let kind = [("optype", "categorical"), ("dataType", "boolean")];
        out.open("OutputField", &[of[0], of[1], kind[0], kind[1]])?;
        compare("greaterThan", &names.score(k), 0.0, out)?;
        out.close("OutputField");
    }
    out.close("Output");
    Ok(())
}

fn print_expression(of: &Expr, names: &Names, out: &mut Xml) -> Result<()> {
    let two = |function: &str, a: &Expr, b: &Expr, out: &mut Xml| {
        out.apply(function, |out| {
            print_expression(a, names, out)?;
            print_expression(b, names, out)
        })
    };
    let one = |function: &str, a: &Expr, out: &mut Xml| {
        out.apply(function, |out| print_expression(a, names, out))
    };
    match of {
        Expr::Constant(value) => {
            out.number(*value);
            Ok(())
        }
        Expr::Score(at) => out.field(&names.score(*at)),
        Expr::Step(at) => out.field(&names.own('v', *at)),
        Expr::Add(parts) => out.apply("sum", |out| {
            parts.iter().try_for_each(|part| print_expression(part, names, out))
        }),
        Expr::Subtract(a, b) => two("-", a, b, out),
        Expr::Multiply(a, b) => two("*", a, b, out),
        Expr::Divide(a, b) => two("/", a, b, out),
        Expr::Exp(a) => one("exp", a, out),
        Expr::Ln(a) => one("ln", a, out),
        Expr::Abs(a) => one("abs", a, out),
        Expr::Power(a, to) => out.apply("pow", |out| {
            print_expression(a, names, out)?;
            out.number(*to);
            Ok(())
        }),
        Expr::Choose(c) => out.apply("if", |out| {
            let function = match c.compare {
                Compare::Above => "greaterThan",
                Compare::AtLeast => "greaterOrEqual",
            };
            two(function, &c.left, &c.right, out)?;
            print_expression(&c.then, names, out)?;
            print_expression(&c.otherwise, names, out)
        }),
    }
}
