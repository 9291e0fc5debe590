//! `challenge`: one person's case, in words, as JSON and as a page.

use serde_json::Value;

use crate::folder::{Folder, at, number};

/// The first row of the loans that is called `no`.
fn denied(folder: &Folder) -> usize {
    let calls = folder.ok("predict model.linecall loans.csv");
    1 + calls.lines().skip(1).position(|line| line.split(',').nth(2) == Some("no")).unwrap()
}

const ASK: &str = "challenge model.linecall loans.csv --favourable yes";

#[test]
fn a_case_answers_every_question() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    let case = folder.json(&format!("{ASK} --row {row} --group city"));
    assert_eq!(at(&case, "format"), 1);
    assert_eq!(at(&case, "call.class"), "no");
    assert_eq!(at(&case, "call.is_favourable"), false);
    assert_eq!(at(&case, "reference_origin"), "training");
    let sha = at(&case, "model.sha256").as_str().unwrap();
    assert_eq!(sha, crate::data::sha256(&folder.bytes("model.linecall")));

    // Contributions sum to the difference of the scores.
    let why = at(&case, "contributions.0");
    let parts = at(why, "columns").as_array().unwrap().iter();
    let sum: f64 = parts.map(|c| number(c, "contribution")).sum::<f64>() + number(why, "others");
    assert!((sum - number(why, "difference")).abs() < 1e-12);
    let apart = number(why, "score") - number(why, "background_score");
    assert!((apart - number(why, "difference")).abs() < 1e-9);

    assert_eq!(at(&case, "recourse.answer"), "ways");
    assert!(number(&case, "novelty.p_value") > 0.0);
    assert_eq!(at(&case, "influence.0.rows").as_array().unwrap().len(), 5);
    let own = at(&case, "values").as_array().unwrap();
    let city = own.iter().find(|v| v["column"] == "city").unwrap();
    assert_eq!(at(&case, "group.own.group"), &city["value"]);
}

/// Every way, put into a file of its own, is called as wished, with the score and probability that
/// the way states.
#[test]
fn every_way_is_what_predict_says_of_it() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    for flags in
        ["", "--cost max", "--cost log --list distinct", "--list exclusive", "--probability 0.6"]
    {
        let case = folder.json(&format!("{ASK} --row {row} --ways 20 {flags}"));
        let ways = at(&case, "recourse.ways").as_array().unwrap();
        assert!(!ways.is_empty(), "{flags}");
        let own = at(&case, "values").as_array().unwrap();
        let mut last = 0.0;
        for way in ways {
            assert!(number(way, "cost") >= last - 1e-12, "{flags}");
            last = number(way, "cost");
            let (mut head, mut cells) = (vec!["id".to_owned()], vec!["p".to_owned()]);
            for value in own {
                let column = value["column"].as_str().unwrap();
                let change =
                    way["changes"].as_array().unwrap().iter().find(|c| c["column"] == column);
                let value = change.map_or(&value["value"], |change| &change["to"]);
                head.push(column.to_owned());
                cells.push(value.as_str().map_or(value.to_string(), str::to_owned));
            }
            folder.put("way.csv", format!("{}\n{}\n", head.join(","), cells.join(",")));
            let call: Value =
                serde_json::from_str(&folder.ok("predict model.linecall way.csv --json")).unwrap();
            assert_eq!(call["call"], "yes", "{flags}: {way}");
            let score = number(&call, "score");
            assert!((score - number(way, "score")).abs() < 1e-9);
            let p = number(&call, "probability_yes");
            assert!((p - number(way, "probability")).abs() < 1e-9);
            if flags.contains("probability") {
                assert!(p >= 0.6);
            }
        }
    }
}

#[test]
fn nothing_that_can_be_changed_is_no_way_with_proof() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    folder.put(
        "fixed.toml",
        "version = 1\n[[columns]]\nname = \"age\"\nmutable = false\n[[columns]]\nname = \"income\"\n\
         mutable = false\n[[columns]]\nname = \"city\"\nmutable = false\n",
    );
    let ask = format!("{ASK} --row {row} --actions fixed.toml");
    let case = folder.json(&ask);
    assert_eq!(at(&case, "recourse.answer"), "impossible");
    assert_eq!(number(&case, "recourse.reach"), number(&case, "call.score.0"));
    assert!(number(&case, "recourse.short") > 0.0);
    assert!(folder.ok(&ask).contains("nothing that can be changed leads to `yes`, proved"));
}

#[test]
fn the_page_needs_nothing_else_and_escapes_what_it_shows() {
    let folder = Folder::new();
    let rows: Vec<String> = (0..120)
        .map(|i| {
            format!("{},</script><b>x,{}", i % 17, if i % 17 + i % 3 > 8 { "yes" } else { "no" })
        })
        .collect();
    folder.put("odd.csv", format!("\"a<i>&\",city,paid\n{}\n", rows.join("\n")));
    folder.put(
        "odd.csv",
        folder.text("odd.csv").replace("</script><b>x,", "ok,").replacen(
            "ok,",
            "</script><b>x,",
            60,
        ),
    );
    folder.ok("fit odd.csv --target paid --lambda 0.01 --holdout 0");
    folder.ok("challenge model.linecall odd.csv --row 1 --html case.html --quiet");
    let page = folder.text("case.html");
    assert!(!page.contains("<b>x") && !page.contains("a<i>"));
    assert!(page.contains("\\u003c/script>"), "the panel's data hold the level");
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn redacted_columns_are_nowhere_in_the_case() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    let ask = format!("{ASK} --row {row} --redact income --html case.html");
    let case = folder.ok(&format!("{ask} --json --quiet"));
    let found: Value = serde_json::from_str(&case).unwrap();
    assert_eq!(at(&found, "redacted.0"), "income");
    let mut rest = found.clone();
    rest.as_object_mut().unwrap().remove("redacted");
    assert!(!rest.to_string().contains("income"), "{rest}");
    assert_eq!(number(&found, "contributions.0.others_count"), 1.0);
    let page = folder.text("case.html");
    assert_eq!(page.matches("income").count(), 1, "named once, as kept out");
}

#[test]
fn what_cannot_be_asked_says_why_in_one_line() {
    let folder = Folder::with_model();
    folder.put("other.csv", folder.text("loans.csv").replacen("Rome", "Oslo", 1));
    folder.put("narrow.csv", "id,age,city,repaid\na,30,Rome,yes\n");
    folder.put("odd.csv", "id,age,income,city\na,30,3000,Paris\n");
    folder.put("bad.toml", "version = 1\nrules = [\"if city = Oslo\"]\n");
    folder.put(
        "twice.toml",
        "version = 1\n[[columns]]\nname = \"age\"\n".to_owned()
            + "[[columns]]\nname = \"age\"\nmutable = false\n",
    );
    folder.put("level.toml", "version = 1\n[[columns]]\nname = \"city\"\nstep = 5\n");
    folder.put("up.toml", "version = 1\n[[columns]]\nname = \"city\"\ndirection = \"increase\"\n");
    folder.put("bound.toml", "version = 1\n[[columns]]\nname = \"age\"\nlowest = 5\nhighest = 3\n");
    for (flags, parts) in [
        ("loans.csv --row 0", vec!["loans.csv: there is no row 0: the data have 200 rows"]),
        ("loans.csv --row 201", vec!["there is no row 201"]),
        ("narrow.csv --row 1", vec!["narrow.csv", "column `income`", "no such column"]),
        ("odd.csv --row 1", vec!["odd.csv, row 1, column `city`: `Paris`"]),
        (
            "loans.csv --row 1 --reference other.csv",
            vec!["other.csv: these are not the rows", "leave --reference out"],
        ),
        (
            "loans.csv --row 1 --favourable maybe",
            vec!["`maybe` is no class of the model; it has no, yes"],
        ),
        ("loans.csv --row 1 --redact pay", vec!["column `pay`", "knows no such column"]),
        ("loans.csv --row 1 --actions none.toml", vec!["none.toml: no such file"]),
        ("loans.csv --row 1 --actions bad.toml", vec!["rule `if city = Oslo`: expected `then`"]),
        (
            "loans.csv --row 1 --actions bound.toml",
            vec!["bound.toml: column `age`: `lowest` 5 is above `highest` 3"],
        ),
        (
            "loans.csv --row 1 --actions twice.toml",
            vec!["column `age`: is listed twice in twice.toml"],
        ),
        (
            "loans.csv --row 1 --actions level.toml",
            vec!["level.toml: column `city`: `step` is of numbers"],
        ),
        (
            "loans.csv --row 1 --actions up.toml",
            vec!["up.toml: column `city`: has levels without an order"],
        ),
        ("loans.csv --row 1 --ways 0", vec!["ways is 0, expected at least 1"]),
        (
            "loans.csv --row 1 --redact city --group city",
            vec!["the group of `city` would tell", "leave out --group city"],
        ),
        (
            "loans.csv --row 1 --group income",
            vec!["column `income` has", "a column of groups at most 50"],
        ),
        ("loans.csv --row 1 --group none", vec!["column `none`", "no such column"]),
        ("loans.csv --row 1 --group age,city", vec!["--group names one column"]),
        (
            "loans.csv --row 1 --probability 2",
            vec!["`probability` is 2, expected a number between 0 and 1"],
        ),
        ("loans.csv --row 1 --drift 1", vec!["`drift` is 1"]),
        ("loans.csv --row 1 --epsilon 0", vec!["epsilon is 0"]),
        (
            "loans.csv --row 1 --epsilon 2",
            vec!["epsilon is 2, expected a share above 0, at most 1"],
        ),
        ("loans.csv --row 1 --false-alarms 1", vec!["false alarms is 1"]),
        (
            "loans.csv --row 1 --html loans.csv",
            vec!["loans.csv is an input and would be overwritten"],
        ),
    ] {
        folder.refused(&format!("challenge model.linecall {flags}"), &parts);
    }
}

/// Without the training data what needs them says so, and the rest is answered.
#[test]
fn a_case_without_training_data_answers_what_it_can() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    let lines: Vec<String> = folder.text("loans.csv").lines().map(str::to_owned).collect();
    folder.put("one.csv", format!("{}\n{}\n", lines[0], lines[row]));
    let case = folder.json("challenge model.linecall one.csv --row 1 --favourable yes");
    assert!(at(&case, "recourse.unavailable").as_str().unwrap().contains("--reference"));
    assert!(at(&case, "novelty.unavailable").as_str().unwrap().contains("--reference"));
    assert!(at(&case, "influence.unavailable").as_str().unwrap().contains("--reference"));
    assert_eq!(at(&case, "call.class"), "no");
    // With them it is the same case as from the training file itself.
    let with = folder
        .json("challenge model.linecall one.csv --row 1 --favourable yes --reference loans.csv");
    let whole = folder.json(&format!("{ASK} --row {row}"));
    assert_eq!(at(&with, "recourse"), at(&whole, "recourse"));
    assert_eq!(at(&with, "reference_origin"), "training");
}

/// Where another row of the data does not fit the model, the row itself still has its case.
#[test]
fn another_row_that_does_not_fit_is_no_hindrance() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    let lines: Vec<String> = folder.text("loans.csv").lines().map(str::to_owned).collect();
    let odd = lines[1].replace("Rome", "Paris").replace("Oslo", "Paris").replace("Lima", "Paris");
    folder.put("two.csv", format!("{}\n{}\n{odd}\n", lines[0], lines[row]));
    let case = folder.json("challenge model.linecall two.csv --row 1 --favourable yes");
    assert_eq!(at(&case, "reference_origin"), "case");
    assert_eq!(at(&case, "call.class"), "no");
    let remarks = at(&case, "remarks").to_string();
    assert!(remarks.contains("row 2, column `city`: `Paris`"), "{remarks}");
    assert!(at(&case, "recourse.unavailable").as_str().unwrap().contains("--reference"));
    folder.refused(
        "challenge model.linecall two.csv --row 2 --favourable yes",
        &["two.csv, row 2, column `city`: `Paris`"],
    );
}

/// A column of whole numbers that follows another stays one.
#[test]
fn whole_numbers_follow_to_whole_numbers() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    folder.put("moves.toml", "version = 1\nrules = [\"age moves 0.0133 per income\"]\n");
    let case = folder.json(&format!("{ASK} --row {row} --ways 20 --actions moves.toml"));
    let ways = at(&case, "recourse.ways").as_array().unwrap();
    let changes = ways.iter().flat_map(|way| at(way, "changes").as_array().unwrap());
    let followed: Vec<f64> =
        changes.filter(|own| own["column"] == "age").map(|own| number(own, "to")).collect();
    assert!(!followed.is_empty(), "{case}");
    assert!(followed.iter().all(|to| to.fract() == 0.0), "{followed:?}");
}

#[test]
fn many_classes_are_answered_but_for_recourse() {
    let folder = Folder::new();
    let rows: Vec<String> =
        (0..150).map(|i| format!("{},{}", i % 30, ["a", "b", "c"][i % 30 / 10])).collect();
    folder.put("three.csv", format!("x,class\n{}\n", rows.join("\n")));
    folder.ok("fit three.csv --target class --lambda 0.01 --holdout 0");
    let case = folder.json("challenge model.linecall three.csv --row 5");
    assert!(at(&case, "recourse.unavailable").as_str().unwrap().contains("two classes"));
    assert_eq!(at(&case, "contributions").as_array().unwrap().len(), 3);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let folder = Folder::with_model();
    let row = denied(&folder);
    let one = folder.ok(&format!("{ASK} --row {row} --json --threads 1"));
    assert_eq!(folder.ok(&format!("{ASK} --row {row} --json --threads 2")), one);
    let one = folder.ok("audit model.linecall loans.csv --group city --json --threads 1");
    let two = folder.ok("audit model.linecall loans.csv --group city --json --threads 2");
    assert_eq!(one, two);
}

/// The range of a score over equally good models, whatever convex loss and penalty they were fitted
/// with.
#[test]
fn equally_good_models_are_asked_under_every_loss_and_penalty() {
    for flags in [
        "--loss hinge --lambda 0.01",
        "--loss poly:eps=0.5 --lambda 0.01",
        "--loss modified-huber --penalty elastic-net --lambda 0.02",
        "--penalty l1 --lambda 0.01",
        "--penalty group-lasso --lambda 0.01",
        "--lambda 0.01 --bounds age=0:",
    ] {
        let folder = Folder::with_loans();
        folder.ok(&format!("fit loans.csv --target repaid --holdout 0 {flags} -o model.linecall"));
        for row in [3, 60] {
            let ask = format!("challenge model.linecall loans.csv --row {row} --epsilon 0.05");
            let case = folder.json(&ask);
            let of = |key: &str| number(&case, &format!("multiplicity.{key}"));
            let (score, low, high) = (of("score"), of("low.reached"), of("high.reached"));
            assert!(low < score && score < high, "{flags}: {low} {score} {high}");
            let size = 1e-5 * (high - low);
            assert!((0.0..size).contains(&(low - of("low.bound"))), "{flags}");
            assert!((0.0..size).contains(&(of("high.bound") - high)), "{flags}");
            if at(&case, "multiplicity.flips") == "yes" {
                assert!(of("witness.objective") <= 1.05 * of("optimal_objective"), "{flags}");
                assert!(of("witness.score") * score <= 0.0, "{flags}");
            }
        }
        let audit = folder.json("audit model.linecall loans.csv --people 40 --epsilons 0.05");
        assert_eq!(number(&audit, "multiplicity.rows"), 40.0);
        let share = |key: &str| number(&audit, &format!("multiplicity.{key}"));
        assert!(share("discrepancy.upper") <= share("ambiguity.upper"), "{flags}");
    }
}
