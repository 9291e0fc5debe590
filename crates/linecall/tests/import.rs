//! Models of LIBLINEAR, scikit-learn and CSV: what they say of rows is what their own programs say,
//! and what is not a model is refused in one line.

#![allow(clippy::unwrap_used)]

use linecall::data::schema::{ColumnSchema, Kind, Missing, Role, Schema, TargetSchema, Unseen};
use linecall::data::{Cells, Column, Design, Origin, Table, TextCells};
use linecall::import::{ImportOptions, ImportedModel, import_bytes};
use linecall::{FrontEnd, ImportFormat, ImportLink, Link, Pipeline, calls};
use proptest::prelude::*;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/import.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn design(golden: &Value) -> Design {
    let rows: Vec<Vec<f64>> = golden["rows"].as_array().unwrap().iter().map(numbers).collect();
    Design::from_rows(&rows, &["x0", "x1", "x2", "x3"]).unwrap()
}

/// Compares calls and probabilities; `order` names the classes of the probabilities.
fn compare(
    name: &str,
    pipeline: &Pipeline,
    x: &Design,
    case: &Value,
    order: &[String],
    close: f64,
) {
    let found = calls(pipeline, x, None, 0).unwrap();
    for (call, want) in found.iter().zip(texts(&case["called"])) {
        assert_eq!(call.class, want, "{name}, row {}", call.row);
    }
    let Some(wanted) = case.get("probability").and_then(Value::as_array) else {
        assert_eq!(*pipeline.model.link(), Link::Score, "{name}");
        return;
    };
    for (call, want) in found.iter().zip(wanted) {
        for (class, want) in order.iter().zip(numbers(want)) {
            let at = pipeline.classes().iter().position(|c| c == class).unwrap();
            let p = call.probability[at];
            assert!((p - want).abs() < close, "{name}, row {}: {p} and {want}", call.row);
        }
    }
}

/// Saved, read back, and checked.
fn saved(pipeline: &Pipeline) -> Pipeline {
    let bytes = pipeline.to_bytes().unwrap();
    let back = Pipeline::from_bytes(&bytes, "m.linecall").unwrap();
    assert_eq!(back, *pipeline);
    assert!(back.verify().iter().all(|check| check.ok));
    back
}

#[test]
fn liblinear_says_the_same() {
    let golden = golden();
    let x = design(&golden);
    let cases = golden["liblinear"].as_array().unwrap();
    assert_eq!(cases.len(), 32);
    for case in cases {
        let name = format!("-s {}, {}", case["solver"], case["labels"]);
        let text = case["model"].as_str().unwrap();
        let found =
            import_bytes(text.as_bytes(), "d/heart.model", &ImportOptions::default()).unwrap();
        let pipeline = saved(&found.pipeline);
        let origin = pipeline.training.plan.imported().unwrap();
        assert_eq!(
            (origin.imported, origin.file.as_str()),
            (ImportFormat::Liblinear, "heart.model")
        );
        let order = case.get("order").map(texts).unwrap_or_default();
        // liblinear-predict prints six digits.
        compare(&name, &pipeline, &x, case, &order, 1e-5);
    }
}

#[test]
fn scikit_learn_says_the_same() {
    let golden = golden();
    let x = design(&golden);
    for case in golden["scikit_learn"].as_array().unwrap() {
        let name = format!("{} {}", case["model"]["estimator"], case["labels"]);
        let text = case["model"].to_string();
        let found = import_bytes(text.as_bytes(), "m.json", &ImportOptions::default()).unwrap();
        let pipeline = saved(&found.pipeline);
        let FrontEnd::Table { schema, .. } = &pipeline.front_end else { panic!("named columns") };
        assert_eq!(schema.features().count(), 4);
        compare(&name, &pipeline, &x, case, &texts(&case["model"]["classes_"]), 1e-12);
    }
}

fn csv(text: &str, options: &ImportOptions) -> linecall::Result<ImportedModel> {
    import_bytes(text.as_bytes(), "m.csv", options)
}

fn options(classes: &[&str]) -> ImportOptions {
    let classes = classes.iter().map(|&c| c.to_owned()).collect();
    ImportOptions { classes: Some(classes), ..ImportOptions::default() }
}

#[test]
fn coefficients_come_as_csv() {
    let text = "feature,coef\nage,0.5\n(intercept),-1\ndebt,-0.25\n";
    let mut asked = ImportOptions { link: Some(ImportLink::Logistic), ..options(&["yes", "no"]) };
    let found = saved(&csv(text, &asked).unwrap().pipeline);
    // The score speaks for the second class named, whatever the sorted order.
    assert_eq!(found.classes(), ["no", "yes"]);
    assert_eq!((found.model.positive(), found.model.coef()), (Some(0), &[vec![0.5, -0.25]][..]));
    assert_eq!(found.model.intercept(), [-1.0]);
    asked.positive = Some("yes".to_owned());
    let turned = saved(&csv(text, &asked).unwrap().pipeline);
    assert_eq!((turned.model.positive(), turned.model.coef()), (Some(1), &[vec![-0.5, 0.25]][..]));
    let x = Design::from_rows(&[vec![3.0, 1.0]], &["age", "debt"]).unwrap();
    let p = |pipeline: &Pipeline| calls(pipeline, &x, None, 0).unwrap()[0].probability.clone();
    assert!((p(&found)[0] - p(&turned)[0]).abs() < 1e-15);
    // A column a class: softmax, and without a link no probabilities and a remark.
    let text = "feature,b,c,a\nx,1,2,3\n(intercept),0.1,0.2,0.3\n";
    let found = csv(text, &ImportOptions::default()).unwrap();
    assert_eq!(found.pipeline.classes(), ["a", "b", "c"]);
    assert_eq!(found.pipeline.model.intercept(), [0.3, 0.1, 0.2]);
    assert!(found.outcome.remarks[0].text.contains("--link"));
    // Two columns of two classes count by their difference.
    let found = csv("feature,a,b\nx,1,3\n", &ImportOptions::default()).unwrap();
    assert_eq!(found.pipeline.model.coef(), [[2.0]]);
}

fn text(name: &str, cells: &[&str]) -> Column {
    let mut text = TextCells::default();
    cells.iter().for_each(|cell| text.push(cell));
    Column { name: name.to_owned(), cells: Cells::Text(text) }
}

fn schema() -> Schema {
    let column = |name: &str, kind| ColumnSchema::new(name, Role::Feature, kind);
    let levels = |levels: &[&str]| levels.iter().map(|&l| l.to_owned()).collect::<Vec<_>>();
    let mut purpose = column("purpose", Kind::Category);
    purpose.levels = levels(&["boat", "car", "house"]);
    purpose.reference = Some("house".to_owned());
    purpose.missing = Missing::Category;
    purpose.unseen = Unseen::Reference;
    let mut owner = column("owner", Kind::Boolean);
    owner.levels = levels(&["0", "1"]);
    let mut rating = column("rating", Kind::Ordered);
    rating.levels = levels(&["low", "mid", "high"]);
    let target = TargetSchema {
        column: "paid".to_owned(),
        classes: levels(&["no", "yes"]),
        positive: Some("yes".to_owned()),
        favourable: Some("yes".to_owned()),
        multilabel: None,
        labels: Default::default(),
    };
    let columns = vec![
        column("income", Kind::Number),
        purpose,
        owner,
        rating,
        ColumnSchema::new("paid", Role::Target, Kind::Category),
    ];
    Schema { version: Schema::VERSION, rules: Vec::new(), target, columns }
}

/// A coefficient for every level, as one-hot encoding gives, in every way of writing names: scores are
/// those of the sum written out.
#[test]
fn features_are_found_by_name() {
    let ways = [
        ["income", "purpose = boat", "purpose = car", "purpose = house", "purpose (missing)"],
        [
            "num__income",
            "cat__purpose_boat",
            "cat__purpose_car",
            "cat__purpose_house",
            "purpose_nan",
        ],
        ["income", "purpose=boat", "purpose=car", "purpose=house", "cat__purpose_nan"],
    ];
    let table = Table::new(
        Origin { file: "t.csv".to_owned(), ..Origin::default() },
        vec![
            text("income", &["10", "20", "30", "40", "50"]),
            text("purpose", &["boat", "car", "house", "", "car"]),
            text("owner", &["0", "1", "0", "1", "1"]),
            text("rating", &["low", "mid", "high", "mid", "low"]),
        ],
    )
    .unwrap();
    for way in ways {
        let rows: Vec<(&str, f64)> = way.into_iter().zip([0.5, 1.0, -2.0, 3.0, 7.0]).collect();
        let mut file =
            "feature,coef\n(intercept),100\nowner,0.25\nrating (rank),0.125\n".to_owned();
        rows.iter().for_each(|(name, w)| file.push_str(&format!("{name},{w}\n")));
        let asked = ImportOptions { schema: Some(schema()), ..ImportOptions::default() };
        let found = csv(&file, &asked).unwrap();
        assert!(found.outcome.without.is_empty());
        assert!(found.outcome.remarks.iter().any(|r| r.text.contains("`purpose`")));
        let pipeline = saved(&found.pipeline);
        let design = pipeline.design(&table).unwrap().design;
        let scores = pipeline.model.scores(&design).unwrap();
        let of_purpose = [1.0, -2.0, 3.0, 7.0, -2.0];
        let (owner, rank) = ([0.0, 0.25, 0.0, 0.25, 0.25], [0.0, 1.0, 2.0, 1.0, 0.0]);
        for i in 0..5 {
            let income = 0.5 * (10.0 + 10.0 * i as f64);
            let want = 100.0 + income + of_purpose[i] + owner[i] + 0.125 * rank[i];
            assert!((scores[i] - want).abs() < 1e-12, "{way:?}, row {i}");
        }
    }
    // What the file does not speak of has coefficient 0, and is said.
    let asked = ImportOptions { schema: Some(schema()), ..ImportOptions::default() };
    let found = csv("feature,coef\nincome,1\npurpose=house,2\n", &asked).unwrap();
    assert_eq!(found.outcome.without.len(), 5);
    let refuse = |file: &str| csv(file, &asked).unwrap_err().to_string();
    assert!(
        refuse("feature,coef\nage,1\n")
            .contains("column `age`: the model has a feature that is no")
    );
    assert!(refuse("feature,coef\npurpose=car,1\npurpose_car,1\n").contains("are the same"));
}

#[test]
fn classes_must_be_those_of_the_table() {
    let json = r#"{"coef_": [[1.0]], "intercept_": [0.5], "classes_": [0, 1],
                   "feature_names_in_": ["income"], "estimator": "LogisticRegression"}"#;
    let mut asked = ImportOptions { schema: Some(schema()), ..ImportOptions::default() };
    let error = import_bytes(json.as_bytes(), "m.json", &asked).unwrap_err().to_string();
    assert!(error.contains("the model's classes are 0, 1, those of the target no, yes"), "{error}");
    asked.classes = options(&["no", "yes"]).classes;
    let found = import_bytes(json.as_bytes(), "m.json", &asked).unwrap().pipeline;
    assert_eq!(
        (found.classes(), found.model.positive()),
        (&["no".to_owned(), "yes".to_owned()][..], Some(1))
    );
    assert_eq!(*found.model.link(), Link::Logistic);
    // A table that fills in missing cells must be there to say with what.
    let mut open = schema();
    open.columns[0].missing = Missing::Impute;
    asked.schema = Some(open);
    let error = import_bytes(json.as_bytes(), "m.json", &asked).unwrap_err().to_string();
    assert!(error.contains("give such a table"), "{error}");
}

/// An imported model claims nothing of its training; a file that does is refused.
#[test]
fn nothing_is_made_up() {
    let found = csv("feature,coef\nx,1\n", &options(&["a", "b"])).unwrap().pipeline;
    assert!(found.certificates.is_empty() && !found.fingerprint.is_known());
    let data = linecall::data::Dataset::new(
        Design::from_rows(&[vec![1.0]], &["x"]).unwrap(),
        linecall::data::Labels::from_codes(vec!["a".to_owned(), "b".to_owned()], vec![1]).unwrap(),
    )
    .unwrap();
    let print = linecall::data::Fingerprint::of_design(&data.design);
    let checks = found.verify_on(&data, &print).unwrap();
    assert!(checks.iter().all(|c| c.ok));
    assert!(checks.iter().any(|c| c.found.contains("not known")));
    let mut claims = found.clone();
    claims.fingerprint = print;
    assert!(claims.to_bytes().unwrap_err().to_string().contains("origin"));
}

/// One line each, whatever is in the file.
#[test]
fn what_is_no_model_is_refused_in_one_line() {
    let head = "solver_type L2R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 2\nbias -1\nw\n";
    let none = ImportOptions::default();
    let two = options(&["a", "b"]);
    for (file, bytes, options, want) in [
        ("m", format!("{head}0.5\n"), &none, "holds 1 lines of coefficients, expected 2"),
        ("m", format!("{head}0.5\nnan\n"), &none, "line 8: `nan`: expected a finite number"),
        (
            "m",
            format!("{head}0.5\n1 2\n"),
            &none,
            "line 8: holds 2 coefficients, those before it 1",
        ),
        ("m", format!("{head}0.5 1\n1 2\n"), &none, "a line holds 2 coefficients, expected 1"),
        (
            "m",
            head.replace("nr_feature 2", "nr_feature 18446744073709551615"),
            &none,
            "expected 18446744073709551615",
        ),
        ("m", head.replace("nr_class 2", "nr_class 999999999"), &none, "`label` names 2 classes"),
        ("m", head.replace("nr_class 2", "nr_class -2"), &none, "expected a whole number"),
        ("m", head.replace("L2R_LR", "L2R_L2LOSS_SVR"), &none, "is no solver that classifies"),
        ("m", head.replace("label 1 -1\n", ""), &none, "has no line `label`"),
        ("m", "solver_type ONECLASS_SVM\nnr_class 2\nrho 0.1\n".to_owned(), &none, "one-class"),
        ("m", "solver_type L2R_LR\n".to_owned(), &none, "ends before the line `w`"),
        ("m", head.replace("label 1 -1", "label 1 1") + "1\n2\n", &none, "a class is there twice"),
        ("m", String::new(), &none, "ends before the line `w`"),
        (
            "m.json",
            "{\"coef_\": [[NaN]]".to_owned(),
            &none,
            "NaN and infinities cannot be imported",
        ),
        ("m.json", "{}".to_owned(), &none, "missing field"),
        (
            "m.json",
            r#"{"coef_":[[1,2],[1]],"intercept_":[0,0],"classes_":[1,2,3]}"#.to_owned(),
            &none,
            "another 1",
        ),
        (
            "m.json",
            r#"{"coef_":[[1],[2]],"intercept_":[0,0],"classes_":[1,2,3]}"#.to_owned(),
            &none,
            "2 rows of coefficients for 3 classes",
        ),
        (
            "m.json",
            r#"{"coef_":[[1]],"intercept_":[0,0],"classes_":[1,2]}"#.to_owned(),
            &none,
            "2 intercepts",
        ),
        (
            "m.json",
            r#"{"coef_":[[1]],"intercept_":[0],"classes_":[1,2],"coeff":1}"#.to_owned(),
            &none,
            "unknown field",
        ),
        (
            "m.json",
            r#"{"coef_":[[1]],"intercept_":[0],"classes_":[1,2],"scale_":[0]}"#.to_owned(),
            &none,
            "`scale_` is 0",
        ),
        (
            "m.json",
            r#"{"coef_":[[1e308]],"intercept_":[0],"classes_":[1,2],"scale_":[1e-9]}"#.to_owned(),
            &none,
            "NaN or infinite",
        ),
        (
            "m.json",
            r#"{"coef_":[[1]],"intercept_":[0],"classes_":[[1],2]}"#.to_owned(),
            &none,
            "a class is a text",
        ),
        (
            "m.json",
            r#"{"coef_":[[]],"intercept_":[0],"classes_":[1,2]}"#.to_owned(),
            &none,
            "no coefficient",
        ),
        (
            "m.json",
            r#"{"coef_":[[1]],"intercept_":[0],"classes_":[1,2],"feature_names_in_":["a","a"]}"#
                .to_owned(),
            &none,
            "2 names for 1 features",
        ),
        ("m.csv", "feature,coef\nx,1\n".to_owned(), &none, "name them with --classes"),
        ("m.csv", "feature,coef\nx,1,2\n".to_owned(), &two, "line 2: holds 3 cells, the header 2"),
        (
            "m.csv",
            "feature,coef\nx,inf\n".to_owned(),
            &two,
            "line 2, column `coef`: `inf`: expected a finite number",
        ),
        ("m.csv", "feature,coef\nx,1\nx,2\n".to_owned(), &two, "the feature is there twice"),
        ("m.csv", "name,coef\nx,1\n".to_owned(), &two, "expected the columns `feature` and `coef`"),
        ("m.csv", "feature,coef\n(intercept),1\n".to_owned(), &two, "no coefficient"),
        ("m.csv", "feature,coef\nx\ty,1\n".to_owned(), &options(&["a"]), "not known"),
    ] {
        let error = import_bytes(bytes.as_bytes(), file, options).unwrap_err().to_string();
        assert!(error.contains(want), "{bytes:?}: {error}");
        assert!(!error.contains('\n') && error.starts_with(file), "{error}");
    }
    let error = import_bytes(&[0xff, 0xfe, 0], "m", &none).unwrap_err().to_string();
    assert!(error.contains("UTF-8"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A good file with any piece changed or cut off is read or refused in one line, never a panic; and
    /// what is read can be saved.
    #[test]
    fn damaged_files_do_no_harm(which in 0usize..3, at in 0usize..400, byte: u8, cut: bool) {
        let golden = golden();
        let text = match which {
            0 => golden["liblinear"][17]["model"].as_str().unwrap().to_owned(),
            1 => golden["scikit_learn"][7]["model"].to_string(),
            _ => "feature,a,b,c\n(intercept),1,2,3\nx,1,2,3\ny,4,5,6\n".to_owned(),
        };
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        match import_bytes(&bytes, "m", &ImportOptions::default()) {
            Ok(found) => {
                if let Err(error) = found.pipeline.to_bytes() {
                    prop_assert!(!error.to_string().contains('\n'));
                }
            }
            Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
        }
    }
}

/// `golden/import_more.py` made it.
fn more() -> Value {
    serde_json::from_str(include_str!("golden/import_more.json")).unwrap()
}

fn onnx_file(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/onnx");
    std::fs::read(folder.join(format!("{name}.onnx"))).unwrap()
}

#[test]
fn skl2onnx_says_the_same() {
    let golden = more();
    let rows: Vec<Vec<f64>> = golden["rows"].as_array().unwrap().iter().map(numbers).collect();
    let x = Design::from_rows(&rows, &["1", "2", "3", "4"]).unwrap();
    for case in golden["onnx"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let found = import_bytes(&onnx_file(name), "m.onnx", &ImportOptions::default()).unwrap();
        assert!(found.outcome.remarks[0].text.contains("32-bit"), "{name}");
        let pipeline = saved(&found.pipeline);
        let trainer = pipeline.training.plan.imported().unwrap().trainer.clone().unwrap();
        assert!(trainer.starts_with("skl2onnx "), "{trainer}");
        let calls = calls(&pipeline, &x, None, 0).unwrap();
        let numbers_of = case["numbers"].as_array().unwrap().iter().map(numbers);
        for ((call, want), printed) in calls.iter().zip(texts(&case["called"])).zip(numbers_of) {
            assert_eq!(call.class, want, "{name}, row {}", call.row);
            // A classifier without probabilities shows its scores.
            let own = if call.probability.is_empty() { &call.score } else { &call.probability };
            let sizes = 1.0 + call.score.iter().map(|s| s.abs()).fold(0.0, f64::max);
            for (own, printed) in own.iter().zip(printed) {
                assert!((own - printed).abs() < 2e-6 * sizes, "{name}: {own} and {printed}");
            }
        }
    }
}

#[test]
fn operators_that_are_not_read_are_named() {
    for (name, operator) in [
        ("refused_sgd", "MatMul"),
        ("refused_regressor", "LinearRegressor"),
        ("refused_ovr", "two LinearClassifiers"),
    ] {
        let error = import_bytes(&onnx_file(name), "m.onnx", &ImportOptions::default());
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("m.onnx") && error.contains(operator), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    // Cut anywhere, a file is refused or, where only what follows the graph is lost, is the model.
    let whole = onnx_file("multi");
    let model = import_bytes(&whole, "m.onnx", &ImportOptions::default()).unwrap().pipeline.model;
    for end in 0..whole.len() {
        if let Ok(found) = import_bytes(&whole[..end], "m.onnx", &ImportOptions::default()) {
            assert_eq!(found.pipeline.model, model, "cut at {end}");
        }
    }
}

#[test]
fn vowpal_wabbit_says_the_same() {
    let golden = more();
    let rows = golden["vw_rows"].as_array().unwrap();
    let cell = |row: &Value, at: usize| match &row[at] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let column = |name: &str, at: usize| {
        let cells: Vec<String> = rows.iter().map(|row| cell(row, at)).collect();
        text(name, &cells.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let table = Table::new(
        Origin { file: "t.csv".to_owned(), ..Origin::default() },
        vec![column("age", 0), column("income", 1), column("city", 2)],
    )
    .unwrap();
    for case in golden["vw"].as_array().unwrap() {
        let (name, model) = (case["name"].as_str().unwrap(), case["model"].as_str().unwrap());
        let mut schema = schema();
        let mut city = ColumnSchema::new("city", Role::Feature, Kind::Category);
        city.levels = ["Bern", "Oslo", "Rome"].map(str::to_owned).to_vec();
        let number = |name| ColumnSchema::new(name, Role::Feature, Kind::Number);
        let target = ColumnSchema::new("up", Role::Target, Kind::Category);
        schema.columns = vec![number("age"), number("income"), city, target];
        schema.target.column = "up".to_owned();
        let classes: &[&str] = if name == "oaa" { &["1", "2", "3"] } else { &["-1", "1"] };
        schema.target.classes = classes.iter().map(|&c| c.to_owned()).collect();
        schema.target.positive = (classes.len() == 2).then(|| "1".to_owned());
        schema.target.favourable = None;
        let asked = ImportOptions { schema: Some(schema), ..ImportOptions::default() };
        if let Some(what) = name.strip_prefix("refused_") {
            let error = import_bytes(model.as_bytes(), "m.txt", &asked).unwrap_err().to_string();
            assert!(error.contains(&format!("--{what}")) && error.contains("line"), "{error}");
            continue;
        }
        if name == "hashes" {
            let error = import_bytes(model.as_bytes(), "m.txt", &asked).unwrap_err().to_string();
            assert!(error.contains("no column of the schema"), "{error}");
            let found = import_bytes(model.as_bytes(), "m.txt", &ImportOptions::default()).unwrap();
            assert_eq!(found.pipeline.model.n_features(), 5);
            assert!(found.pipeline.model.intercept()[0] != 0.0);
            assert!(found.outcome.remarks.iter().any(|r| r.text.contains("--invert_hash")));
            continue;
        }
        let found = import_bytes(model.as_bytes(), "m.txt", &asked).unwrap();
        let pipeline = saved(&found.pipeline);
        let design = pipeline.design(&table).unwrap().design;
        let calls = calls(&pipeline, &design, None, 0).unwrap();
        assert_eq!(calls.len(), case["said"].as_array().unwrap().len());
        for (call, said) in calls.iter().zip(case["said"].as_array().unwrap()) {
            match name {
                "oaa" => assert_eq!(call.class, said.to_string()),
                "namespace" => {
                    let p = call.probability[1];
                    assert!((p - said.as_f64().unwrap()).abs() < 5e-4, "{p} {said}");
                }
                // Weights have six digits, and ages are about 40.
                _ => {
                    let (score, said) = (call.score[0], said.as_f64().unwrap());
                    assert!((score - said).abs() < 5e-4, "{name}: {score} {said}");
                    assert!(call.probability.is_empty(), "{name}");
                }
            }
        }
    }
}
