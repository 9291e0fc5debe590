//! `audit` and `check`: everybody, and everybody as a gate.

use serde_json::Value;

use crate::folder::{Folder, at, number};

const AUDIT: &str = "audit model.linecall loans.csv --favourable yes --group city";

#[test]
fn an_audit_counts_what_predict_calls() {
    let folder = Folder::with_model();
    let found = folder.json(AUDIT);
    let calls = folder.ok("predict model.linecall loans.csv");
    let called: Vec<&str> =
        calls.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    let no = called.iter().filter(|call| **call == "no").count() as f64;
    assert_eq!(number(&found, "recourse.all.asking"), no);
    assert_eq!(number(&found, "rows"), 200.0);
    assert!((number(&found, "favourable_share") - (1.0 - no / 200.0)).abs() < 1e-12);
    let groups = at(&found, "fairness.0.groups").as_array().unwrap();
    let cities: Vec<String> = folder
        .text("loans.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(3).unwrap().to_owned())
        .collect();
    for group in groups {
        let name = group["group"].as_str().unwrap();
        let own: Vec<&&str> =
            called.iter().zip(&cities).filter(|(_, c)| *c == name).map(|p| p.0).collect();
        let yes = own.iter().filter(|call| ***call == "yes").count() as f64;
        let share = number(group, "favourable.value");
        assert!((share - yes / own.len() as f64).abs() < 1e-12, "{name}");
        assert!(
            number(group, "favourable.low") <= share && share <= number(group, "favourable.high")
        );
    }
    // The curve ends at the share that has a way.
    let curve = at(&found, "recourse.curve").as_array().unwrap();
    let last = curve.last().unwrap()[1].as_f64().unwrap();
    assert!((last - number(&found, "recourse.feasible")).abs() < 1e-12);
    assert!(number(&found, "novelty.share") <= 0.2);
    assert_eq!(at(&found, "influence.rows").as_array().unwrap().len(), 10);
}

/// The audit's costs are those of the cases, one by one.
#[test]
fn costs_are_those_of_the_cases() {
    let folder = Folder::with_model();
    let mut costs = Vec::new();
    for row in 1..=40 {
        let case = folder.json(&format!(
            "challenge model.linecall loans.csv --favourable yes --row {row} --ways 1"
        ));
        if at(&case, "recourse.answer") == "ways" {
            costs.push(number(&case, "recourse.ways.0.cost"));
        }
    }
    let lines: Vec<String> = folder.text("loans.csv").lines().map(str::to_owned).collect();
    folder.put("some.csv", format!("{}\n", lines[..=40].join("\n")));
    let found = folder.json("audit model.linecall some.csv --favourable yes --reference loans.csv");
    assert_eq!(number(&found, "recourse.all.asking"), costs.len() as f64);
    costs.sort_by(f64::total_cmp);
    let curve = at(&found, "recourse.curve").as_array().unwrap();
    let audited: Vec<f64> = curve.iter().map(|p| p[0].as_f64().unwrap()).collect();
    assert_eq!(audited.len(), costs.len());
    assert!(audited.iter().zip(&costs).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn the_report_is_one_page_without_anything_from_elsewhere() {
    let folder = Folder::with_model();
    folder.ok(&format!("{AUDIT} --html audit.html --quiet"));
    let page = folder.text("audit.html");
    for part in ["id=\"recourse\"", "id=\"calibration\"", "id=\"groups\"", "id=\"novelty\"", "<svg"]
    {
        assert!(page.contains(part), "{part}");
    }
    for outside in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

fn policy(require: &str) -> String {
    format!("version = 1\nfavourable = \"yes\"\ngroups = [\"city\"]\n{require}")
}

#[test]
fn a_policy_is_a_gate() {
    let folder = Folder::with_model();
    let require = |figure: &str, what: &str| format!("[[require]]\nfigure = '{figure}'\n{what}\n");
    let holds = [
        require("recourse.feasible", "at_least = 0"),
        require("metrics.accuracy", "at_least = 0.5\nend = \"low\""),
        require("fairness.city.demographic_parity", "at_most = 1"),
        require("fairness.city.groups.Oslo.favourable", "at_least = 0\nat_most = 1"),
        require("recourse.by_group.city.groups.\"Rome\".rows", "at_least = 1"),
    ];
    folder.put("good.toml", policy(&holds.concat()));
    let ran = folder.run("check good.toml model.linecall loans.csv");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.ends_with("every requirement holds\n"));
    let broken = require("metrics.accuracy", "at_least = 0.999\nbecause = \"rule 7\"");
    folder.put("bad.toml", policy(&(holds.concat() + &broken)));
    let ran = folder.run("check bad.toml model.linecall loans.csv");
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("FAIL metrics.accuracy"), "{}", ran.stdout);
    assert!(ran.stdout.contains("is below 0.999; required because rule 7"), "{}", ran.stdout);
    let json = folder.run("check bad.toml model.linecall loans.csv --json");
    assert_eq!(json.code, 1);
    let found: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(at(&found, "holds"), false);
    let gates = at(&found, "gates").as_array().unwrap();
    assert_eq!(gates.iter().filter(|gate| gate["holds"] == true).count(), 5);
}

#[test]
fn a_figure_without_an_answer_does_not_hold() {
    let folder = Folder::with_model();
    let rows: Vec<String> =
        (0..150).map(|i| format!("{},{}", i % 30, ["a", "b", "c"][i % 30 / 10])).collect();
    folder.put("three.csv", format!("x,class\n{}\n", rows.join("\n")));
    folder.ok("fit three.csv --target class --lambda 0.01 --holdout 0 -o three.linecall");
    folder.put(
        "p.toml",
        "version = 1\n[[require]]\nfigure = \"recourse.feasible\"\nat_least = 0.5\n",
    );
    let ran = folder.run("check p.toml three.linecall three.csv");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("the audit has no answer: recourse is asked of models of two classes")
    );
}

#[test]
fn a_policy_that_cannot_be_read_is_refused_in_one_line() {
    let folder = Folder::with_model();
    for (text, parts) in [
        ("version = 2\nrequire = []\n", vec!["p.toml", "version 2"]),
        ("version = 1\nrequire = []\n", vec!["p.toml", "requires nothing"]),
        ("version = 1\n[[require]]\nfigure = \"a\"\n", vec!["`a` says neither `at_most`"]),
        (
            "version = 1\n[[require]]\nfigure = \"a\"\nat_most = 1\nis = true\n",
            vec!["says `is` and a bound"],
        ),
        ("version = 1\n[[require]]\nfigure = \"a\"\nat_most = nan\n", vec!["not finite"]),
        (
            "version = 1\n[[require]]\nfigure = \"a\"\nat_most = 1\nat_least = 2\n",
            vec!["`at_least` above `at_most`"],
        ),
        (
            "version = 1\n[[require]]\nfigure = \"a\"\nmost = 1\n",
            vec!["p.toml, line 4", "unknown field `most`"],
        ),
        (
            "version = 1\n[[require]]\nfigure = \"recourse.feasable\"\nat_most = 1\n",
            vec!["`recourse` has no `feasable`; it has all", "feasible"],
        ),
        (
            "version = 1\n[[require]]\nfigure = \"recourse\"\nat_most = 1\n",
            vec!["is no number, but holds others"],
        ),
        (
            "version = 1\n[[require]]\nfigure = \"multiplicity.all\"\nat_least = 1\n",
            vec!["is no number; compare it with `is`"],
        ),
        (
            "version = 1\n[[require]]\nfigure = \"rows\"\nat_most = 1\nend = \"low\"\n",
            vec!["has no interval"],
        ),
        ("version = 1\n[[require]]\nfigure = \"rows\"\nis = true\n", vec!["is not true or false"]),
    ] {
        folder.put("p.toml", text);
        folder.refused("check p.toml model.linecall loans.csv", &parts);
    }
    folder.refused("check none.toml model.linecall loans.csv", &["none.toml: no such file"]);
    folder.refused(
        "audit model.linecall loans.csv --group town",
        &["column `town`", "no such column"],
    );
}

#[test]
fn a_box_of_people_is_certified() {
    let folder = Folder::with_model();
    folder.put("fixed.toml", "version = 1\n[[columns]]\nname = \"city\"\nmutable = false\n[[columns]]\nname = \"age\"\nmutable = false\n");
    let ask = "audit model.linecall loans.csv --favourable yes --actions fixed.toml";
    folder
        .put("rich.toml", "version = 1\n[numbers]\nage = [60, 69]\n[levels]\ncity = [\"Oslo\"]\n");
    let found = folder.json(&format!("{ask} --within rich.toml"));
    assert_eq!(at(&found, "recourse.certificate.everybody"), true);
    let worst = at(&found, "recourse.certificate.worst").as_array().unwrap();
    assert!(worst.iter().any(|column| column[0] == "city" && column[1] == "Oslo"));
    // Income is all that can be changed, and of a very young person it would have to be huge.
    folder.put("young.toml", "version = 1\n[numbers]\nage = [-400, 69]\n");
    let found = folder.json(&format!("{ask} --within young.toml"));
    assert_eq!(at(&found, "recourse.certificate.everybody"), false);
    assert!(number(&found, "recourse.certificate.short") > 0.0);
    folder.put("none.toml", "version = 1\n[numbers]\ntown = [0, 1]\n");
    folder.refused(
        &format!("{ask} --within none.toml"),
        &["column `town`", "is no column of the model"],
    );
    folder.put("turned.toml", "version = 1\n[numbers]\nage = [9, 1]\n");
    folder.refused(
        &format!("{ask} --within turned.toml"),
        &["column `age`", "no number lies between 9 and 1"],
    );
}
