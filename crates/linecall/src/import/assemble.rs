//! A model of another program, made a pipeline.

use linecall_data::infer::{InferOptions, infer};
use linecall_data::read;
use linecall_data::schema::{ColumnSchema, Kind, Role, Schema, TargetSchema};
use linecall_data::{ErrorKind, Fingerprint, Labels, Place};
use linecall_features::TableFrontEnd;
use linecall_linear::{LinearModel, Link};

use super::{
    Foreign, ImportLink, ImportOptions, ImportOutcome, ImportedModel, Origin, matching, refuse,
};
use crate::{FrontEnd, Method, Pipeline, Remark, Result, TrainingSummary};

pub(super) fn assemble(
    foreign: Foreign,
    mut origin: Origin,
    options: &ImportOptions,
) -> Result<ImportedModel> {
    let width = shape(&foreign)?;
    let mut remarks = Vec::new();
    let mut remark = |text: String| remarks.push(Remark { column: None, text });
    foreign.remarks.iter().cloned().for_each(&mut remark);
    let features = features(&foreign, width, options)?;
    let (front, names) = front_end(&features, width, options)?;
    let classes = classes(&foreign, options, front.schema())?;
    let scores = scores(foreign, &classes)?;
    let sorted = Labels::from_names(&classes).classes().to_vec();
    let place = |name: &String| sorted.iter().position(|c| c == name).unwrap_or(0);
    let mut model = Turned::of(&scores, &classes, &sorted);
    let mut positive = classes.get(scores.speaks_for).map_or(1, place);
    let wanted = options.positive.as_ref().or_else(|| front.schema()?.target.positive.as_ref());
    if let (Some(wanted), 2) = (wanted, sorted.len()) {
        let Some(other) = sorted.iter().position(|c| c == wanted) else {
            return Err(setting("positive", wanted, "one of the classes"));
        };
        if other != positive {
            model.negate();
            positive = other;
        }
    }
    let mut without = Vec::new();
    let front_end = match front {
        Front::Matrix => {
            let labels = Default::default();
            FrontEnd::Matrix { columns: width, labels, binarize: None, multilabel: None }
        }
        Front::Table(mut schema, recipe) | Front::Plain(mut schema, recipe) => {
            let found = matching::find(&recipe, &names, &model.coef)?;
            model.intercept.iter_mut().zip(&found.intercept).for_each(|(b, more)| *b += more);
            model.coef = found.coef;
            without = found.without;
            if !found.unlisted.is_empty() {
                remark(format!(
                    "a level of {} that is not listed is scored as the reference level, not as no \
                     level at all",
                    found.unlisted.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
                ));
            }
            schema.target.classes.clone_from(&sorted);
            schema.target.positive = (sorted.len() == 2).then(|| sorted[positive].clone());
            if let Some(good) = &options.favourable {
                schema.target.favourable = Some(good.clone());
            }
            schema.check()?;
            FrontEnd::Table { schema: *schema, recipe }
        }
    };
    let link = options.link.or(scores.link);
    if link.is_none() {
        remark(
            "the file does not say how scores become probabilities, so that there are none; say \
             --link if they are known"
                .to_owned(),
        );
    }
    let link = link_of(link.unwrap_or(ImportLink::Score), sorted.len());
    if !without.is_empty() {
        remark(format!("{} columns have no coefficient in the file; theirs is 0", without.len()));
    }
    let probabilities = link != Link::Score;
    let count = model.coef.first().map_or(0, Vec::len);
    let linear = LinearModel::new(model.coef, model.intercept, sorted.clone(), positive, link)?;
    origin.positive = linear.positive().unwrap_or(0);
    let training = TrainingSummary {
        plan: Method::Imported(origin.clone()),
        rows: 0,
        weight: 0.0,
        class_rows: vec![0; sorted.len()],
        tuning_rule: None,
        folds: None,
        seed: 0,
        isa: "unknown".to_owned(),
        holdout: None,
        holdout_sets: None,
        command: options.command.clone(),
        recipe: None,
    };
    let fingerprint = Fingerprint::unknown();
    let pipeline = Pipeline {
        front_end,
        model: linear,
        certificates: Vec::new(),
        training,
        fingerprint,
        post: None,
    };
    let outcome = ImportOutcome {
        origin,
        classes: sorted,
        features: width as u64,
        columns: count as u64,
        without,
        probabilities,
        remarks,
    };
    Ok(ImportedModel { pipeline, outcome })
}

/// A front end to be.
enum Front {
    /// Unnamed columns.
    Matrix,
    /// Named numbers; the classes of the schema are those of nothing yet.
    Plain(Box<Schema>, TableFrontEnd),
    /// A table with a schema of its own.
    Table(Box<Schema>, TableFrontEnd),
}

impl Front {
    fn schema(&self) -> Option<&Schema> {
        match self {
            Self::Matrix | Self::Plain(..) => None,
            Self::Table(schema, _) => Some(schema),
        }
    }
}

/// Number of features, the same for every score.
fn shape(foreign: &Foreign) -> Result<usize> {
    let width = foreign.coef.first().map_or(0, Vec::len);
    let format = |problem: String| Err(refuse(ErrorKind::Format, problem).into());
    if width == 0 {
        return format("the model has no coefficient".to_owned());
    }
    if let Some(row) = foreign.coef.iter().find(|row| row.len() != width) {
        return format(format!("one score has {width} coefficients, another {}", row.len()));
    }
    if foreign.intercept.len() != foreign.coef.len() {
        let (found, expected) = (foreign.intercept.len(), foreign.coef.len());
        return format(format!("{found} intercepts for {expected} rows of coefficients"));
    }
    if foreign.coef.iter().flatten().chain(&foreign.intercept).any(|v| !v.is_finite()) {
        return format("a coefficient is NaN or infinite".to_owned());
    }
    Ok(width)
}

/// Names of the features, those given before those of the file.
fn features(
    foreign: &Foreign,
    width: usize,
    options: &ImportOptions,
) -> Result<Option<Vec<String>>> {
    let names = options.features.as_ref().or(foreign.features.as_ref());
    if let Some(names) = names.filter(|names| names.len() != width) {
        let problem = format!("{} names for {width} features", names.len());
        return Err(refuse(ErrorKind::Column, problem)
            .mend("name every feature, in the order of the coefficients")
            .into());
    }
    Ok(names.cloned())
}

/// The front end, and the names of the features in the order of the coefficients.
fn front_end(
    features: &Option<Vec<String>>,
    width: usize,
    options: &ImportOptions,
) -> Result<(Front, Vec<String>)> {
    let table = match &options.like {
        Some((inputs, reading)) => Some(read::table(inputs, reading)?),
        None => None,
    };
    let schema = match (&options.schema, &table, features) {
        (Some(schema), ..) => schema.clone(),
        (None, Some(table), _) => {
            let target = options.target.clone();
            infer(table, &InferOptions { target, ..InferOptions::default() })?.schema
        }
        (None, None, None) => return Ok((Front::Matrix, Vec::new())),
        (None, None, Some(names)) => {
            let schema = plain(names, options.target.as_deref().unwrap_or("class"));
            let recipe = TableFrontEnd::of_schema(&schema)?;
            return Ok((Front::Plain(Box::new(schema), recipe), names.clone()));
        }
    };
    if schema.target.multilabel.is_some() {
        let problem = "the target of the schema holds sets of labels, which no import has";
        return Err(refuse(ErrorKind::Schema, problem).into());
    }
    let recipe = match &table {
        Some(table) => TableFrontEnd::fit(&schema, table)?,
        None => TableFrontEnd::of_schema(&schema)?,
    };
    let Some(names) = features else {
        return Err(refuse(
            ErrorKind::Column,
            format!(
                "the file does not name its {width} features, so they are not found in a schema"
            ),
        )
        .mend("name them in the order of the coefficients with --features")
        .into());
    };
    Ok((Front::Table(Box::new(schema), recipe), names.clone()))
}

/// A table of plain numbers and a target, whose classes are put in later.
fn plain(names: &[String], target: &str) -> Schema {
    let number = |name: &String| ColumnSchema::new(name, Role::Feature, Kind::Number);
    let mut columns: Vec<ColumnSchema> = names.iter().map(number).collect();
    columns.push(ColumnSchema::new(target, Role::Target, Kind::Category));
    let target = TargetSchema {
        column: target.to_owned(),
        classes: ["0", "1"].map(str::to_owned).to_vec(),
        positive: Some("1".to_owned()),
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    Schema { version: Schema::VERSION, rules: Vec::new(), target, columns }
}

/// Class names in the order of the file: those given, those of the file, or those of the schema where
/// the file has one score and no names.
fn classes(
    foreign: &Foreign,
    options: &ImportOptions,
    schema: Option<&Schema>,
) -> Result<Vec<String>> {
    let known = schema.map_or(&[][..], |schema| schema.target.classes.as_slice());
    let names = match (&options.classes, foreign.classes.is_empty()) {
        (Some(names), _) => names.clone(),
        (None, false) => foreign.classes.clone(),
        (None, true) => known.to_vec(),
    };
    if !foreign.classes.is_empty() && names.len() != foreign.classes.len() {
        let value = names.join(",");
        let expected = "a name for each class of the file, in its order";
        return Err(setting("classes", &value, expected));
    }
    if names.len() < 2 {
        return Err(refuse(ErrorKind::Value, "the classes of the model are not known")
            .mend("name them with --classes: the score speaks for the second of two")
            .into());
    }
    let sorted = Labels::from_names(&names).classes().to_vec();
    if sorted.len() != names.len() {
        return Err(refuse(ErrorKind::Value, "a class is there twice")
            .value(names.join(", "))
            .into());
    }
    if names.iter().any(String::is_empty) {
        return Err(refuse(ErrorKind::Value, "a class has no name").into());
    }
    if !known.is_empty() && known != sorted.as_slice() {
        return Err(refuse(
            ErrorKind::Schema,
            format!(
                "the model's classes are {}, those of the target {}",
                sorted.join(", "),
                known.join(", ")
            ),
        )
        .at(Place::default())
        .mend("say what the model's classes are called in the table: --classes, in its order")
        .into());
    }
    Ok(names)
}

/// One score for two classes, one a class for more.
fn scores(mut foreign: Foreign, classes: &[String]) -> Result<Foreign> {
    if classes.len() == 2
        && let ([first, second], [a, b]) = (foreign.coef.as_slice(), foreign.intercept.as_slice())
    {
        if foreign.link == Some(ImportLink::OneVsRest) {
            let problem =
                "two scores of two classes, each against the other, are no linear classifier";
            return Err(refuse(ErrorKind::Format, problem).into());
        }
        let apart = second.iter().zip(first).map(|(s, f)| s - f).collect();
        let level = b - a;
        (foreign.coef, foreign.intercept, foreign.speaks_for) = (vec![apart], vec![level], 1);
    }
    let expected = if classes.len() == 2 { 1 } else { classes.len() };
    if foreign.coef.len() != expected {
        let (found, n) = (foreign.coef.len(), classes.len());
        let problem = format!("{found} rows of coefficients for {n} classes, expected {expected}");
        return Err(refuse(ErrorKind::Format, problem).into());
    }
    Ok(foreign)
}

/// Coefficients in the order of sorted classes.
struct Turned {
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
}

impl Turned {
    fn of(foreign: &Foreign, classes: &[String], sorted: &[String]) -> Self {
        if foreign.coef.len() == 1 {
            return Self { coef: foreign.coef.clone(), intercept: foreign.intercept.clone() };
        }
        let from: Vec<usize> =
            sorted.iter().filter_map(|name| classes.iter().position(|c| c == name)).collect();
        Self {
            coef: from.iter().map(|&c| foreign.coef[c].clone()).collect(),
            intercept: from.iter().map(|&c| foreign.intercept[c]).collect(),
        }
    }

    fn negate(&mut self) {
        self.coef.iter_mut().flatten().chain(&mut self.intercept).for_each(|v| *v = 0.0 - *v);
    }
}

fn link_of(link: ImportLink, classes: usize) -> Link {
    match (link, classes) {
        (ImportLink::Score, _) => Link::Score,
        (_, 2) => Link::Logistic,
        (ImportLink::Softmax, _) => Link::Softmax,
        (ImportLink::Logistic | ImportLink::OneVsRest, k) => {
            Link::Platt { slope: vec![1.0; k], intercept: vec![0.0; k] }
        }
    }
}

fn setting(name: &'static str, value: &str, expected: &'static str) -> crate::Error {
    let value = value.to_owned();
    crate::Error::Linear(linecall_linear::Error::Setting { name, value, expected })
}
