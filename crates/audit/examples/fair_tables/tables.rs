//! adult and COMPAS with the group of each person: rows for the models, rows for the rule, rows that
//! neither has seen.

use std::path::Path;

use linecall_audit::fairness::bias::{Attribute, Sample};
use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{self, ReadOptions};
use linecall_data::schema::{Role, Schema};
use linecall_data::{Cells, Dataset, Design, Labels, Table};
use linecall_features::TableFrontEnd;
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Rows with their classes and groups.
pub(crate) struct People {
    pub(crate) design: Design,
    pub(crate) labels: Labels,
    pub(crate) attributes: Vec<Attribute>,
}

impl People {
    pub(crate) fn sample(&self) -> Sample<'_> {
        let Self { design, labels, attributes } = self;
        Sample { design, labels, attributes, weights: None }
    }

    fn select(&self, rows: &[usize]) -> Result<Self> {
        let own = |a: &Attribute| Attribute { name: a.name.clone(), groups: a.groups.select(rows) };
        Ok(Self {
            design: self.design.select_rows(rows)?,
            labels: self.labels.select(rows),
            attributes: self.attributes.iter().map(own).collect(),
        })
    }

    /// A logistic regression on these rows.
    pub(crate) fn model(&self) -> Result<LinearModel> {
        let data = Dataset::new(self.design.clone(), self.labels.clone())?;
        Ok(Plan::new(Loss::Logistic, Penalty::l2(1e-4)).fit(&data)?.model)
    }
}

/// A data set in three parts.
pub(crate) struct Task {
    pub(crate) name: String,
    /// Class that people hope for.
    pub(crate) favourable: usize,
    /// Rows for the model and the group models.
    pub(crate) model: People,
    /// Rows for the rule.
    pub(crate) rule: People,
    /// Rows to measure on.
    pub(crate) test: People,
}

fn text<'t>(table: &'t Table, column: &str) -> Result<Vec<&'t str>> {
    match &table.require(column)?.cells {
        Cells::Text(cells) => Ok(cells.iter().map(str::trim).collect()),
        Cells::Number(_) => Err(format!("`{column}` is not text").into()),
    }
}

/// The schema of a table with these features only.
fn schema(table: &Table, target: &str, features: &[&str]) -> Result<Schema> {
    let options = InferOptions { target: Some(target.to_owned()), ..InferOptions::default() };
    let mut schema = infer(table, &options)?.schema;
    for column in schema.columns.iter_mut().filter(|c| c.role != Role::Target) {
        let is_feature = features.contains(&column.name.as_str());
        column.role = if is_feature { Role::Feature } else { Role::Ignored };
    }
    Ok(schema)
}

/// All rows, shuffled by a fixed seed, in parts of these shares.
fn split(rows: usize, shares: &[f64]) -> Vec<Vec<usize>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut order: Vec<usize> = (0..rows).collect();
    for k in (1..rows).rev() {
        order.swap(k, (rng.next_u64() % (k as u64 + 1)) as usize);
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for share in shares {
        let to = (from + (share * rows as f64).round() as usize).min(rows);
        parts.push(order.get(from..to).unwrap_or_default().to_vec());
        from = to;
    }
    parts
}

const ADULT: [&str; 15] = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
];

/// adult, grouped by sex and by race: two thirds of the training file for the models, one third for the rule,
/// the test file to measure on. Sampling weight and the number that repeats `education` are left
/// out, and the sex too unless the model is to see it.
pub(crate) fn adult(tables: &Path, sees_group: bool) -> Result<Task> {
    let read = |file: &str| -> Result<Table> {
        let names = Some(ADULT.map(str::to_owned).to_vec());
        let path = tables.join("adult").join(file);
        Ok(read::table(
            path.to_string_lossy().as_ref(),
            &ReadOptions { names, ..ReadOptions::default() },
        )?)
    };
    let white = |race: &str| if race == "White" { "white" } else { "other" };
    let (train, test) = (read("adult_train.csv.gz")?, read("adult_test.csv.gz")?);
    let left_out = ["fnlwgt", "education-num", "income"];
    let features: Vec<&str> = ADULT
        .into_iter()
        .filter(|name| !left_out.contains(name) && (sees_group || *name != "sex"))
        .collect();
    let front = TableFrontEnd::fit(&schema(&train, "income", &features)?, &train)?;
    let people = |table: &Table| -> Result<People> {
        let rich = text(table, "income")?.into_iter().map(|c| u32::from(c.starts_with('>')));
        let classes = ["<=50K", ">50K"].map(str::to_owned).to_vec();
        Ok(People {
            design: front.apply(table)?.design,
            labels: Labels::from_codes(classes, rich.collect())?,
            attributes: vec![
                Attribute {
                    name: "sex".to_owned(),
                    groups: Labels::from_names(text(table, "sex")?),
                },
                Attribute {
                    name: "race".to_owned(),
                    groups: Labels::from_names(text(table, "race")?.into_iter().map(white)),
                },
            ],
        })
    };
    let train = people(&train)?;
    let parts = split(train.design.rows(), &[2.0 / 3.0, 1.0 / 3.0]);
    Ok(Task {
        name: if sees_group { "adult".to_owned() } else { "adult, sex unseen".to_owned() },
        favourable: 1,
        model: train.select(&parts[0])?,
        rule: train.select(&parts[1])?,
        test: people(&test)?,
    })
}

/// COMPAS, grouped by whether a person is African-American: what was known on the day of the
/// screening, 60% of the rows for the models, 20% for the rule, 20% to measure on. The favourable
/// class is no new offence within two years.
pub(crate) fn compas(tables: &Path, sees_group: bool) -> Result<Task> {
    let path = tables.join("compas").join("compas_two_years.csv.gz");
    let table = read::table(path.to_string_lossy().as_ref(), &ReadOptions::default())?;
    let mut features = vec![
        "age",
        "sex",
        "priors_count",
        "c_charge_degree",
        "juv_fel_count",
        "juv_misd_count",
        "juv_other_count",
    ];
    if sees_group {
        features.push("race");
    }
    let front = TableFrontEnd::fit(&schema(&table, "two_year_recid", &features)?, &table)?;
    let group = |race: &str| if race == "African-American" { "african-american" } else { "other" };
    let all = People {
        design: front.apply(&table)?.design,
        labels: Labels::from_names(text(&table, "two_year_recid")?),
        attributes: vec![Attribute {
            name: "race".to_owned(),
            groups: Labels::from_names(text(&table, "race")?.into_iter().map(group)),
        }],
    };
    let parts = split(all.design.rows(), &[0.6, 0.2, 0.2]);
    Ok(Task {
        name: if sees_group { "COMPAS".to_owned() } else { "COMPAS, race unseen".to_owned() },
        favourable: 0,
        model: all.select(&parts[0])?,
        rule: all.select(&parts[1])?,
        test: all.select(&parts[2])?,
    })
}
