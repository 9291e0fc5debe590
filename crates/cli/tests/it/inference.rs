//! `inspect --inference`: the table, the refusals, and the numbers of the library.

use serde_json::Value;

use crate::folder::{Folder, at, number};
use crate::shared::shared;

const FREE: &str = "fit loans.csv --target repaid --holdout 0 --penalty none";
const ASK: &str = "inspect model.linecall --data loans.csv --inference";

fn free() -> Folder {
    let folder = Folder::with_loans();
    folder.ok(FREE);
    folder
}

fn rows(found: &Value, table: usize) -> Vec<Value> {
    at(found, &format!("tables.{table}.rows")).as_array().unwrap().clone()
}

#[test]
fn the_table_is_the_one_that_people_expect() {
    let folder = free();
    let page = folder.ok(&format!("{ASK} model,hc3 --odds-ratios"));
    for part in [
        "Model-based",
        "Sandwich HC3",
        "assumes",
        "log-likelihood",
        "LL-null",
        "pseudo R²",
        "LLR p-value",
        "observations",
        "std err",
        "P>|z|",
        "[0.025",
        "0.975]",
        "odds ratio",
        "city = Oslo",
        "(intercept)",
        "200",
    ] {
        assert!(page.contains(part), "{page} does not say {part}");
    }
    let found = folder.json(&format!("{ASK} model,hc3 --confidence 0.9"));
    assert_eq!(number(&found, "tables.0.confidence"), 0.9);
    let inspected = folder.json("inspect model.linecall");
    let age = rows(&found, 0).into_iter().find(|row| row["term"] == "age").unwrap();
    let coef = at(&inspected, "coefficients").as_array().unwrap();
    let coef = coef.iter().find(|c| c["name"] == "age").unwrap();
    assert_eq!(age["coef"], coef["coef"][0]);
    let (z, b, s) = (&age["statistic"], &age["coef"], &age["std_err"]);
    let [z, b, s] = [z, b, s].map(|v| v.as_f64().unwrap());
    assert!((z - b / s).abs() < 1e-12);
    assert!((age["low"].as_f64().unwrap() - (b - 1.6448536269514722 * s)).abs() < 1e-10);
}

#[test]
fn a_method_that_does_not_hold_is_refused_beside_those_that_do() {
    let folder = Folder::with_model();
    let ran = folder.run(&format!("{ASK} hc0,profile,debiased,firth"));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for part in [
        "Sandwich HC0",
        "bias",
        "Profile likelihood: refused",
        "--penalty none",
        "Debiased lasso: refused",
        "Firth\n",
        "not the model's",
    ] {
        assert!(ran.stdout.contains(part), "{} does not say {part}", ran.stdout);
    }
    let ran = folder.run(&format!("{ASK} profile,hc0 --json"));
    assert_eq!(ran.code, 1);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(at(&found, "refused.0.method"), "profile");
    assert_eq!(at(&found, "tables.0.method"), "hc0");
}

#[test]
fn clusters_are_a_column_of_the_file() {
    let folder = Folder::new();
    let rows = crate::data::loan_rows(200, 1);
    let rows: Vec<String> =
        rows.iter().enumerate().map(|(i, row)| format!("b{},{row}", i % 25)).collect();
    folder.put("loans.csv", crate::data::csv(&format!("branch,{}", crate::data::HEADER), &rows));
    folder.ok("describe loans.csv --target repaid -o s.toml");
    let schema = folder.text("s.toml");
    let at_branch = schema.find("name = \"branch\"").unwrap();
    let (before, after) = schema.split_at(at_branch);
    folder.put("s.toml", format!("{before}{}", after.replacen("\"feature\"", "\"ignored\"", 1)));
    folder.ok("fit loans.csv --schema s.toml --holdout 0 --penalty none");
    let found = folder.json(&format!("{ASK} cluster,bootstrap --cluster branch --replicates 99"));
    assert_eq!(number(&found, "tables.0.clusters"), 25.0);
    assert_eq!(number(&found, "tables.1.clusters"), 25.0);
    let ran = folder.run(&format!("{ASK} cluster --cluster brunch"));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `branch`?"), "{}", ran.stderr);
    let ran = folder.run(&format!("{ASK} cluster --cluster city"));
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("there are 3 clusters"), "{}", ran.stdout);
    let ran = folder.run(&format!("{ASK} cluster"));
    assert!(ran.code == 1 && ran.stdout.contains("--cluster"), "{}", ran.stdout);
}

#[test]
fn other_data_and_bad_settings_are_refused_in_one_line() {
    let folder = free();
    folder.put("other.csv", crate::data::loans().replacen("Rome", "Oslo", 1));
    for (arguments, says) in [
        ("inspect model.linecall --data other.csv --inference model", "give the training file"),
        ("inspect model.linecall --inference model", "--data"),
        ("inspect model.linecall --data loans.csv", "--inference"),
        ("inspect model.linecall --data loans.csv --inference hc4", "hc4"),
        (&*format!("{ASK} model --confidence 1.5"), "confidence"),
        (&*format!("{ASK} bootstrap --replicates 3"), "replicates"),
        (&*format!("{ASK} model --terms agee"), "agee"),
        (&*format!("{ASK} model --plot loans.csv"), "would be overwritten"),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, 2, "{arguments}: {}", ran.stdout);
        assert!(ran.stderr.contains(says), "{arguments}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments}");
    }
    folder.ok("fit loans.csv --target repaid --learner lda -o lda.linecall");
    let ran = folder.run("inspect lda.linecall --data loans.csv --inference model");
    assert!(ran.code == 2 && ran.stderr.contains("penalised losses"), "{}", ran.stderr);
    folder.ok(
        "fit loans.csv --target repaid --loss squared --holdout 0 --lambda 0 -o squared.linecall",
    );
    let ran =
        folder.run("inspect squared.linecall --data loans.csv --inference model --odds-ratios");
    assert!(ran.code == 2 && ran.stderr.contains("no log odds"), "{}", ran.stderr);
}

#[test]
fn results_depend_on_the_seed_and_not_on_threads() {
    let folder = free();
    let ask = format!("{ASK} bootstrap,bca,profile,firth --replicates 99 --terms age");
    let one = folder.ok(&format!("{ask} --threads 1"));
    assert_eq!(one, folder.ok(&format!("{ask} --threads 4")));
    assert_ne!(one, folder.ok(&format!("{ask} --seed 1")));
    assert!(!one.contains("income"), "{one}");
}

#[test]
fn more_than_two_classes_are_told_against_a_base() {
    let folder = Folder::new();
    folder.put("flowers.csv", crate::data::flowers(150, 3));
    folder.ok("fit flowers.csv --target species --holdout 0 --penalty none");
    let ask = "inspect model.linecall --data flowers.csv --inference model";
    let page = folder.ok(ask);
    assert!(page.contains("against       class `aster`") && page.contains("`rose`"), "{page}");
    let a = folder.json(ask);
    let b = folder.json(&format!("{ask} --base rose"));
    let of = |found: &Value, score: &str| -> f64 {
        let rows = rows(found, 0);
        let row = rows.iter().find(|r| r["score"] == score && r["term"] == "width").unwrap();
        row["coef"].as_f64().unwrap()
    };
    assert!((of(&a, "rose") + of(&b, "aster")).abs() < 1e-9);
    assert_eq!(folder.run(&format!("{ask} --base tulip")).code, 2);
}

#[test]
fn the_picture_is_svg_and_escapes_names() {
    let folder = Folder::new();
    folder.put("loans.csv", crate::data::loans().replace("income", "<in&come>"));
    folder.ok(FREE);
    folder.ok(&format!("{ASK} model,hc3 --plot plot.svg"));
    let svg = folder.text("plot.svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("&lt;in&amp;come&gt;") && !svg.contains("<in&"), "{svg}");
    assert_eq!(svg.matches("stroke-width=\"2\"/>").count(), 2 * 4, "{svg}");
}

/// The classes part at an age: no fit without a penalty, and Firth's method as the mend.
#[test]
fn separated_data_have_firth() {
    let folder = Folder::new();
    let row = |i: usize| {
        let age = 20 + (i * 7) % 40;
        format!("{age},{},{}", (i * 5) % 11, if age < 41 { "no" } else { "yes" })
    };
    let rows: Vec<String> = (0..80).map(row).collect();
    folder.put("loans.csv", crate::data::csv("age,other,repaid", &rows));
    assert_eq!(folder.run(FREE).code, 2);
    folder.ok("fit loans.csv --target repaid --holdout 0 --lambda 0.01");
    let page = folder.ok(&format!("{ASK} model,firth"));
    assert!(page.contains("separated by `age`"), "{page}");
    assert!(page.contains("`age` alone separates") && page.contains("firth"), "{page}");
    let found = folder.json(&format!("{ASK} firth"));
    let age = rows_of(&found, "age");
    assert!(age["low"].as_f64().unwrap() > 0.0 && age["p_value"].as_f64().unwrap() < 1e-4);
}

fn rows_of(found: &Value, term: &str) -> Value {
    rows(found, 0).into_iter().find(|row| row["term"] == term).unwrap()
}

/// Real data: R 4.2.2, `glm(y ~ ., family = binomial)` on all columns, strings as factors.
#[test]
fn german_credit_is_that_of_r() {
    let name = "german_credit_is_that_of_r";
    let Some(path) = shared(name, "german_credit/german_categorical.csv") else { return };
    let folder = Folder::new();
    folder.ok_words(&[
        "fit",
        &path,
        "--target",
        "class-label",
        "--penalty",
        "none",
        "--holdout",
        "0",
    ]);
    let ran = folder.run_words(&[
        "inspect",
        "model.linecall",
        "--data",
        &path,
        "--inference",
        "model",
        "--json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let fit = at(&found, "tables.0.likelihood");
    assert!((number(fit, "log_likelihood") + 450.172089728).abs() < 1e-6);
    assert!((number(fit, "ratio") - 321.384424654).abs() < 1e-6);
    assert_eq!(number(fit, "df_model"), 47.0);
    for (term, coef, std_err) in [
        ("duration", -0.028465486853461, 9.27493641786e-3),
        ("credit-amount", -0.000123206285524, 4.41753522458e-5),
        ("age", 0.012740410069334, 9.12757337878e-3),
        ("installment-rate", -0.306503060277341, 8.72455424034e-2),
    ] {
        let row = rows_of(&found, term);
        let of = |key: &str| row[key].as_f64().unwrap();
        assert!((of("coef").abs() - f64::abs(coef)).abs() < 1e-6 * f64::abs(coef), "{row}");
        assert!((of("std_err") - std_err).abs() < 1e-6 * std_err, "{row}");
    }
}
