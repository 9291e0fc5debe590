//! A pipeline of bins from the file to the answer: fitted, saved, predicted, exported, challenged.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use std::fmt::Write;
use std::process::Command;

use linecall::audit::recourse::Flipset;
use linecall::audit::{Bins, Coding, State, Value};
use linecall::challenge::{self, Answer, Person};
use linecall::data::schema::{Kind, Missing, Unseen};
use linecall::data::{Schema, Term};
use linecall::export::{ExportFormat, ExportOptions, SqlEngines, export};
use linecall::features::{BinMethod, Binning, Encoding};
use linecall::{
    Call, CallFormat, ChallengeOptions, FitOptions, Fitted, ForgetOptions, FrontEnd, Holdout,
    Pipeline, ReplayOptions, Silent, Source, Strength, calls, fit, forget, predict, replay,
};

const PURPOSES: [&str; 7] = ["car", "radio", "house", "boat", "study", "tools", "trip"];
const SIZES: [&str; 4] = ["tiny", "small", "middle", "large"];

/// A small generator: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Loans: age and income missing at times, whether they are paid back a step function of both.
fn loans(rows: usize) -> String {
    let mut random = Random(7);
    let mut out = "age,income,purpose,size,owner,sex,paid\n".to_owned();
    for _ in 0..rows {
        let age = 18 + random.below(60);
        let income = 400 + random.below(40) * 37;
        let purpose = PURPOSES[random.below(7).min(random.below(7)) as usize];
        let size = random.below(4) as usize;
        let owner = random.below(2);
        let mut points = i64::from(age >= 30) + i64::from(age >= 55) + owner as i64;
        points += i64::from(income >= 900) + 2 * i64::from(income >= 1500) - size as i64 / 2;
        points += i64::from(matches!(purpose, "house" | "tools"));
        let paid = if points + random.below(3) as i64 > 3 { "yes" } else { "no" };
        let age = if random.below(12) == 0 { String::new() } else { age.to_string() };
        let income = if random.below(15) == 0 { "NA".to_owned() } else { income.to_string() };
        let purpose = if random.below(20) == 0 { "" } else { purpose };
        let owner = if owner == 1 { "true" } else { "false" };
        let sex = if random.below(2) == 0 { "f" } else { "m" };
        let _ = writeln!(out, "{age},{income},{purpose},{},{owner},{sex},{paid}", SIZES[size]);
    }
    out
}

struct Case {
    folder: tempfile::TempDir,
    data: String,
    fitted: Fitted,
    options: FitOptions,
}

fn case(method: BinMethod) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("loans.csv").to_str().unwrap().to_owned();
    std::fs::write(&data, loans(600)).unwrap();
    let mut schema = match Source::read(&data, &Default::default()).unwrap() {
        Source::Table(table) => {
            let options = linecall::data::infer::InferOptions {
                target: Some("paid".to_owned()),
                ..Default::default()
            };
            linecall::data::infer::infer(&table, &options).unwrap().schema
        }
        Source::Matrix(_) => unreachable!("CSV is a table"),
    };
    settle(&mut schema);
    let mut binning = Binning::new(method);
    binning.groups.max_levels = 3;
    binning.groups.bins = 3;
    binning.cut(&schema, "size=middle").unwrap();
    let options = FitOptions {
        schema: Some(schema),
        binning: Some(binning),
        strength: Strength::Lambda(0.002),
        holdout: Holdout::Share(0.2),
        ..FitOptions::default()
    };
    let fitted = fit(&data, &options, &Silent).unwrap();
    Case { folder, data, fitted, options }
}

fn settle(schema: &mut Schema) {
    schema.target.positive = Some("yes".to_owned());
    schema.target.favourable = Some("yes".to_owned());
    for column in &mut schema.columns {
        match column.name.as_str() {
            "age" => {
                column.kind = Kind::Integer;
                column.missing = Missing::Indicator;
                (column.min, column.max) = (Some(0.0), Some(120.0));
            }
            "income" => {
                column.kind = Kind::Number;
                column.unit = Some("EUR".to_owned());
                column.missing = Missing::Indicator;
                column.missing_codes = vec!["NA".to_owned(), "-1".to_owned()];
            }
            "purpose" => {
                column.kind = Kind::Category;
                column.levels = PURPOSES.map(str::to_owned).to_vec();
                column.missing = Missing::Category;
                column.unseen = Unseen::Reference;
            }
            "size" => {
                column.kind = Kind::Ordered;
                column.reference = None;
                column.levels = SIZES.map(str::to_owned).to_vec();
            }
            "owner" => {
                column.kind = Kind::Boolean;
                column.levels = vec!["false".to_owned(), "true".to_owned()];
            }
            "sex" => column.mutable = false,
            _ => {}
        }
    }
}

fn called(pipeline: &Pipeline, data: &str) -> Vec<Call> {
    let Source::Table(table) = Source::read(data, &Default::default()).unwrap() else {
        panic!("CSV is a table")
    };
    calls(pipeline, &pipeline.design(&table).unwrap().design, None, 0).unwrap()
}

fn monotone() -> Case {
    case(BinMethod::Monotone { bins: 4 })
}

#[test]
fn every_column_is_a_statement_and_survives_the_file() {
    let case = monotone();
    let pipeline = &case.fitted.pipeline;
    let columns = pipeline.design_columns();
    assert!(columns.iter().all(|column| column.term.is_indicator()));
    let has = |wanted: &dyn Fn(&Term) -> bool| columns.iter().any(|column| wanted(&column.term));
    assert!(has(&|term| matches!(term, Term::AtLeast(_))));
    assert!(has(&|term| matches!(term, Term::AtLeastLevel { level, .. } if level == "middle")));
    assert!(has(&|term| matches!(term, Term::OneOf(_))));
    let path = case.folder.path().join("m.linecall");
    pipeline.save(&path).unwrap();
    let back = Pipeline::load(&path).unwrap();
    assert_eq!(back.to_bytes().unwrap(), std::fs::read(&path).unwrap());
    assert_eq!(back.design_columns(), columns);
    assert_eq!(back.binning(), case.options.binning.as_ref());
    // Scores are the sum of the coefficients of what holds.
    let mut printed = Vec::new();
    let done = predict(&back, &case.data, &Default::default(), CallFormat::Csv, &mut printed);
    assert_eq!(done.unwrap().rows, 600);
    let found = called(&back, &case.data);
    let Source::Table(table) = Source::read(&case.data, &Default::default()).unwrap() else {
        panic!("CSV is a table")
    };
    let design = back.design(&table).unwrap().design;
    assert_eq!(found.len(), 600);
    let lines: Vec<&str> = std::str::from_utf8(&printed).unwrap().lines().skip(1).collect();
    for (i, call) in found.iter().enumerate() {
        assert!(lines[i].contains(&call.class));
        let mut score = back.model.intercept()[0];
        design.for_each_in_row(i, |j, v| {
            assert!(v == 0.0 || v == 1.0);
            score += v * back.model.coef()[0][j];
        });
        assert!((call.score[0] - score).abs() < 1e-12);
    }
}

#[test]
fn it_is_replayed_and_forgets_with_its_bins() {
    let case = monotone();
    let pipeline = &case.fitted.pipeline;
    let found = replay(pipeline, case.data.as_str(), &ReplayOptions::default(), &Silent).unwrap();
    assert_eq!(found.identical, Some(true), "{:?}", found.differs);
    let options = ForgetOptions { rows: (1..=120).collect(), ..ForgetOptions::default() };
    let forgotten = forget(pipeline, case.data.as_str(), &Default::default(), &options).unwrap();
    let left = case.folder.path().join("left.csv").to_str().unwrap().to_owned();
    let text = loans(600);
    let lines = text.lines().enumerate().filter(|(i, _)| *i == 0 || *i > 120);
    let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
    std::fs::write(&left, lines.join("\n") + "\n").unwrap();
    let fresh = fit(&left, &case.options, &Silent).unwrap();
    let recipe = |pipeline: &Pipeline| match &pipeline.front_end {
        FrontEnd::Table { recipe, .. } => recipe.clone(),
        _ => panic!("a table"),
    };
    assert_eq!(recipe(&forgotten.pipeline), recipe(&fresh.pipeline));
    assert!(!forgotten.receipt.front_end.is_empty());
    // Bins of which nothing is known cannot be made again.
    let mut unknown = pipeline.clone();
    unknown.training.recipe = None;
    let error = forget(&unknown, case.data.as_str(), &Default::default(), &options).unwrap_err();
    assert!(error.to_string().contains("the bins of its columns"), "{error}");
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[test]
fn every_export_scores_bins_as_the_model_does() {
    let python = std::env::var("LINECALL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let module = |name: &str| {
        let asked = Command::new(&python).args(["-c", &format!("import {name}")]).output();
        asked.is_ok_and(|out| out.status.success())
    };
    let there = [
        (ExportFormat::Json, true),
        (ExportFormat::Markdown, true),
        (ExportFormat::C, on_path("cc")),
        (ExportFormat::Rust, on_path("rustc")),
        (ExportFormat::Sql, on_path("sqlite3")),
        (ExportFormat::Onnx, module("onnxruntime")),
        (ExportFormat::Pmml, module("pypmml")),
        (ExportFormat::Liblinear, on_path("liblinear-predict")),
    ];
    let formats: Vec<ExportFormat> = there.iter().filter(|f| f.1).map(|f| f.0).collect();
    for (format, _) in there.iter().filter(|f| !f.1) {
        eprintln!("skipped: every_export_scores_bins: {}: its program is absent", format.name());
    }
    for method in [BinMethod::Monotone { bins: 4 }, BinMethod::Quantile { bins: 5 }] {
        let case = case(method);
        let options = ExportOptions {
            engines: SqlEngines::Sqlite,
            python: python.clone(),
            rows: 300,
            ..ExportOptions::of(&formats)
        };
        let data = Some((case.data.as_str().into(), Default::default()));
        let found = export(&case.fitted.pipeline, data, &options).unwrap();
        assert_eq!(found.mismatch, None);
        assert_eq!(found.proofs.len(), formats.len());
        assert!(found.made > 40);
        // Those that cannot be run here are printed all the same.
        let all = ExportOptions { check: false, ..ExportOptions::of(&ExportFormat::ALL) };
        let printed = export(&case.fitted.pipeline, None, &all).unwrap();
        assert!(printed.files.len() >= ExportFormat::ALL.len());
    }
}

/// Every way to change the mutable columns of a person, one value a bin: whether one is called `yes`,
/// and by which columns.
fn brute(pipeline: &Pipeline, person: &Person) -> Vec<(Vec<usize>, f64)> {
    let coef = &pipeline.model.coef()[0];
    let inputs = person.inputs.all();
    let ways: Vec<Vec<State>> = inputs
        .iter()
        .zip(&person.states)
        .map(|(input, state)| {
            if *state == State::Missing || input.name == "sex" {
                return vec![*state];
            }
            let others: Vec<State> = match (&input.coding, input.bins()) {
                (Coding::Number { .. }, Some(Bins::Steps(cuts))) => {
                    let below = cuts.first().map(|cut| cut - 1.0);
                    below.into_iter().chain(cuts.iter().copied()).map(State::Number).collect()
                }
                _ => (0..input.levels().len()).map(State::Level).collect(),
            };
            std::iter::once(*state).chain(others).collect()
        })
        .collect();
    let mut found = Vec::new();
    let mut at = vec![0usize; ways.len()];
    loop {
        let after: Vec<State> = at.iter().zip(&ways).map(|(k, own)| own[*k]).collect();
        let score = pipeline.model.intercept()[0]
            + inputs.iter().zip(&after).map(|(i, s)| i.contribution(*s, coef)).sum::<f64>();
        let changed = (0..at.len()).filter(|i| at[*i] > 0).collect();
        found.push((changed, score));
        let Some(turn) = (0..at.len()).find(|i| at[*i] + 1 < ways[*i].len()) else { return found };
        at[turn] += 1;
        at[..turn].fill(0);
    }
}

#[test]
fn what_would_change_the_call_changes_it_in_the_raw_row() {
    let case = monotone();
    let pipeline = &case.fitted.pipeline;
    let text = loans(600);
    let lines: Vec<&str> = text.lines().collect();
    let header: Vec<&str> = lines[0].split(',').collect();
    let source = Source::read(&case.data, &Default::default()).unwrap();
    let changed = case.folder.path().join("changed.csv").to_str().unwrap().to_owned();
    let mut asked = 0;
    for row in 1..=40u64 {
        let options = ChallengeOptions { ways: 4, ..ChallengeOptions::default() };
        let file = challenge::challenge(
            pipeline,
            "m.linecall",
            case.data.as_str(),
            row,
            &Default::default(),
            &options,
        )
        .unwrap();
        let Answer::Given(part) = &file.recourse else { panic!("{:?}", file.recourse) };
        let person = Person::of(pipeline, &source, &case.data, row).unwrap();
        let all = brute(pipeline, &person);
        match &part.flipset {
            Flipset::AlreadyThere { .. } => assert!(all[0].1 > 0.0),
            Flipset::Impossible { .. } => {
                // Nothing within reach: values outside of what people hold are not looked at.
                assert!(all[0].1 <= 0.0);
            }
            Flipset::Ways { ways, .. } => {
                assert!(all[0].1 <= 0.0);
                asked += 1;
                for way in ways {
                    let cells: Vec<&str> = lines[row as usize].split(',').collect();
                    let mut cells: Vec<String> = cells.iter().map(|c| (*c).to_owned()).collect();
                    let mut columns = Vec::new();
                    for change in &way.changes {
                        let at = header.iter().position(|name| *name == change.column).unwrap();
                        let own =
                            &person.inputs.all()[person.inputs.position(&change.column).unwrap()];
                        columns.push(person.inputs.position(&change.column).unwrap());
                        // What a person is told they hold is what the row says, not their bin.
                        match &change.from {
                            Value::Number(value) => assert_eq!(value.to_string(), cells[at]),
                            Value::Level(level) => assert_eq!(*level, cells[at]),
                            Value::Missing(()) => panic!("what is missing cannot be changed"),
                        }
                        if let (Value::Number(from), Value::Number(to), Some(Bins::Steps(cuts))) =
                            (&change.from, &change.to, own.bins())
                        {
                            // The nearest value of its bin: upwards where it begins.
                            assert!(to < from || cuts.contains(to), "{change:?}");
                            let bin = |v: f64| cuts.partition_point(|cut| *cut <= v);
                            assert!(bin(*to) != bin(*from));
                            let whole = own.name == "age";
                            assert!(
                                !whole || to > from || cuts.contains(&(to + 1.0)),
                                "{change:?}"
                            );
                        }
                        cells[at] = change.to.to_string();
                    }
                    std::fs::write(&changed, format!("{}\n{}\n", lines[0], cells.join(",")))
                        .unwrap();
                    let found = called(pipeline, &changed);
                    assert_eq!(found[0].class, "yes", "{way:?}");
                    assert!((found[0].score[0] - way.score).abs() < 1e-9);
                    columns.sort_unstable();
                    let flips = |(own, score): &(Vec<usize>, f64)| *own == columns && *score > 0.0;
                    assert!(all.iter().any(flips), "{columns:?}");
                }
                // No column by itself flips the call that is not among the sets that are listed
                // before, unless it costs more.
                let panel = file.panel.as_ref().unwrap();
                for input in panel.inputs.iter().filter(|input| !input.steps.is_empty()) {
                    assert!(input.coef.is_none() && input.range.is_some());
                }
            }
        }
    }
    assert!(asked >= 8, "{asked}");
}

#[test]
fn everybody_is_audited_and_explained() {
    let case = monotone();
    let options = linecall::AuditOptions::default();
    let report = linecall::audit(
        &case.fitted.pipeline,
        "m.linecall",
        case.data.as_str(),
        &Default::default(),
        &options,
    )
    .unwrap();
    let page = serde_json::to_string(&report).unwrap();
    assert!(page.contains("\"recourse\""));
    let text = loans(600);
    let (mut bins, mut said) = (0, 0);
    for row in 1..=12u64 {
        let file = challenge::challenge(
            &case.fitted.pipeline,
            "m.linecall",
            case.data.as_str(),
            row,
            &Default::default(),
            &ChallengeOptions::default(),
        )
        .unwrap();
        let stepped = |column: &str| matches!(column, "age" | "income" | "size");
        let is_bin = |value: &str| value.starts_with("from ") || value.starts_with("below ");
        let Answer::Given(verdict) = &file.novelty else { panic!("{:?}", file.novelty) };
        for own in verdict.columns.iter().filter(|own| stepped(&own.column)) {
            assert!(is_bin(&own.value) || own.value == "(missing)", "{own:?}");
            bins += 1;
        }
        let Answer::Given(why) = &file.contributions else { panic!("{:?}", file.contributions) };
        // What adds to a score is said as the row has it, not as its bin.
        let age = why[0].columns.iter().find(|own| own.column == "age").unwrap();
        let cell = text.lines().nth(row as usize).unwrap().split(',').next().unwrap();
        assert!(age.value == cell || (cell.is_empty() && age.value == "(missing)"), "{age:?}");
        said += 1;
        // The panel adds up to the score, bin by bin.
        let panel = file.panel.as_ref().unwrap();
        let mut score = panel.base;
        for input in &panel.inputs {
            let adds = match &input.value {
                Value::Number(value) => {
                    input.steps.iter().rev().find(|step| step[0] <= *value).map_or(0.0, |s| s[1])
                }
                value => {
                    let own = value.to_string();
                    input.levels.iter().find(|level| level.0 == own).unwrap().1
                }
            };
            score += adds;
        }
        assert!((score - file.call.score[0]).abs() < 1e-9, "{score} {:?}", file.call.score);
    }
    assert!(bins >= 3 && said == 12, "{bins} {said}");
}

#[test]
fn quantiles_of_more_than_two_classes_need_no_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d.csv").to_str().unwrap().to_owned();
    let mut text = "x,y\n".to_owned();
    for i in 0..120 {
        let x = i * 37 % 60;
        let _ = writeln!(text, "{x},{}", ["a", "b", "c"][x / 20]);
    }
    std::fs::write(&data, text).unwrap();
    let mut options = FitOptions {
        binning: Some(Binning::new(BinMethod::Quantile { bins: 3 })),
        strength: Strength::Lambda(0.01),
        holdout: Holdout::None,
        ..FitOptions::default()
    };
    options.infer.target = Some("y".to_owned());
    let fitted = fit(&data, &options, &Silent).unwrap();
    let names: Vec<String> =
        fitted.pipeline.design_columns().iter().map(|column| column.name()).collect();
    assert_eq!(names, ["x >= 20", "x >= 40"]);
    let FrontEnd::Table { recipe, .. } = &fitted.pipeline.front_end else { panic!("a table") };
    assert!(matches!(recipe.recipes()[0].encoding, Encoding::Steps { whole: true, .. }));
    options.binning = Some(Binning::new(BinMethod::Monotone { bins: 3 }));
    let error = fit(&data, &options, &Silent).unwrap_err().to_string();
    assert!(error.contains("monotone bins are made by the outcome"), "{error}");
}
