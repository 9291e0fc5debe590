//! `decide`: a rule of calls by costs, a budget or a floor; every verb tells the calls after it, and
//! recourse aims at its threshold.

use serde_json::Value;

use crate::data::{HEADER, csv, flowers, libsvm, loan_rows};
use crate::folder::{Folder, assert_close, at, number};

const FIT: &str = "fit loans.csv --target repaid --holdout 0 --lambda 0.02 --quiet";

fn folder(rows: usize) -> Folder {
    let folder = Folder::new();
    folder.put("loans.csv", csv(HEADER, &loan_rows(rows, 1)));
    folder.put("new.csv", csv(HEADER, &loan_rows(4_000, 2)));
    folder.ok(FIT);
    folder
}

fn calls(folder: &Folder, model: &str, file: &str) -> Vec<Value> {
    let lines = folder.ok(&format!("predict {model} {file} --json"));
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether each row of a file is of the class `yes`.
fn truth(folder: &Folder, file: &str) -> Vec<bool> {
    folder.text(file).lines().skip(1).map(|line| line.ends_with(",yes")).collect()
}

#[test]
fn calls_turn_at_the_threshold_and_scores_stay_the_models() {
    let folder = folder(600);
    let found = folder.json("decide model.linecall loans.csv --cost-matrix fp=5,fn=1");
    assert_eq!((at(&found, "format"), at(&found, "flag")), (&1.into(), &"yes".into()));
    assert_eq!(at(&found, "scores.kind"), "cross_validated");
    assert_eq!(at(&found, "scores.folds"), 10);
    let above = number(&found, "threshold.value");
    assert!(above > 0.3, "false alarms cost more: {above}");
    assert!(number(&found, "threshold.low") <= above && above <= number(&found, "threshold.high"));
    assert!(number(&found, "saved.low") > 0.0);
    let other = number(&found, "other.above");
    assert_close(other, 5f64.ln(), 1e-9, "log odds of five in six");
    let own = calls(&folder, "model.linecall", "new.csv");
    let after = calls(&folder, "decided.linecall", "new.csv");
    let mut changed = 0;
    for (own, after) in own.iter().zip(&after) {
        let score = number(after, "score");
        assert_eq!(
            (own["score"].clone(), own["probability_yes"].clone()),
            (after["score"].clone(), after["probability_yes"].clone())
        );
        assert_eq!(after["call"], if score > above { "yes" } else { "no" });
        assert_eq!(after["changed_by_rule"], own["call"] != after["call"]);
        changed += u64::from(own["call"] != after["call"]);
    }
    assert!(changed > 100, "{changed}");

    // The cost on rows that neither has seen: less than without the rule.
    let truth = truth(&folder, "new.csv");
    let cost = |calls: &[Value]| {
        let pairs = calls.iter().zip(&truth);
        let each = pairs.map(|(call, yes)| match (call["call"] == "yes", yes) {
            (true, false) => 5.0,
            (false, true) => 1.0,
            _ => 0.0,
        });
        each.sum::<f64>() / truth.len() as f64
    };
    assert!(cost(&after) < cost(&own), "{} {}", cost(&after), cost(&own));

    // `eval` tells the calls after the rule.
    let eval = folder.json("eval decided.linecall new.csv");
    let right = after.iter().zip(&truth).filter(|(call, yes)| (call["call"] == "yes") == **yes);
    let accuracy = right.count() as f64 / truth.len() as f64;
    assert_close(number(&eval, "metrics.accuracy.value"), accuracy, 1e-12, "accuracy");
    assert_eq!(number(&eval, "changed_by_rule") as u64, changed);
}

#[test]
fn cross_validated_scores_are_those_of_models_without_the_row() {
    // Nothing can be learnt of noise: on its own rows a model of many columns looks as if it could.
    let mut random = crate::data::Random::new(4);
    let mut rows = Vec::new();
    for i in 0..120 {
        let cells: Vec<String> = (0..30).map(|_| format!("{:.3}", random.normal())).collect();
        rows.push(format!("{},{}", cells.join(","), ["a", "b"][i % 2]));
    }
    let names: Vec<String> = (0..30).map(|j| format!("x{j}")).collect();
    let folder = Folder::new();
    folder.put("noise.csv", csv(&format!("{},y", names.join(",")), &rows));
    folder.ok("fit noise.csv --target y --holdout 0 --lambda 0.001 --quiet");
    let rule = "--min-recall 0.5";
    let crossed = folder.json(&format!("decide model.linecall noise.csv {rule}"));
    let own = folder.json(&format!("decide model.linecall noise.csv {rule} --fresh"));
    let precision = |found: &Value| number(found, "after.precision.value");
    assert!(precision(&own) > 0.7, "{}", precision(&own));
    assert!(precision(&crossed) < 0.65, "{}", precision(&crossed));
    assert!(at(&own, "remarks").to_string().contains("trained on these rows"));
}

#[test]
fn a_budget_is_kept_and_a_floor_reached_or_refused() {
    let folder = folder(800);
    let found = folder.json("decide model.linecall loans.csv --budget 0.05 --flag no");
    assert_eq!(at(&found, "flag"), "no");
    let flagged = number(&found, "after.flagged.value");
    assert!(flagged <= 0.05 && flagged > 0.04, "{flagged}");
    let on_new = calls(&folder, "decided.linecall", "new.csv");
    let share = on_new.iter().filter(|call| call["call"] == "no").count() as f64 / 4000.0;
    assert!((0.03..0.075).contains(&share), "{share}");

    let found = folder.json("decide model.linecall loans.csv --min-precision 0.85");
    assert!(number(&found, "after.precision.value") >= 0.85);
    // One row of the class at the top is a precision of 1, by luck.
    let lucky = folder.json("decide model.linecall loans.csv --min-precision 0.99");
    assert!(at(&lucky, "remarks").to_string().contains("its 95% lower bound is"), "{lucky:#}");
    let sure = folder.json("decide model.linecall loans.csv --min-precision 0.85 --confident=0.9");
    assert!(number(&sure, "after.recall.value") < number(&found, "after.recall.value"));

    let before = folder.names();
    let ran = folder.run(
        "decide model.linecall loans.csv --min-precision 0.99 --confident=0.999 -o other.linecall",
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("no threshold gives") && ran.stderr.contains("best"),
        "{}",
        ran.stderr
    );
    let ran = folder
        .run(&format!("{FIT} --min-precision 0.99 --confident=0.999 -o other.linecall --json"));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(at(&answer, "reached"), false);
    assert!(number(&answer, "best") < 0.99);
    assert_eq!(folder.names(), before, "nothing is written");
}

#[test]
fn fit_takes_a_rule_with_it_and_gives_the_one_of_decide() {
    let folder = folder(500);
    let fit = "fit loans.csv --target repaid --folds 5 --seed 3 --quiet";
    let found = folder.json(&format!("{fit} --value tp=10,fp=-30 -o a.linecall"));
    folder.ok(&format!("{fit} -o b.linecall"));
    folder.ok("decide b.linecall loans.csv --value tp=10,fp=-30 --seed 3 -o b2.linecall");
    let inspect = |model: &str| folder.json(&format!("inspect {model}"));
    let (a, b) = (inspect("a.linecall"), inspect("b2.linecall"));
    for part in ["post.decision.task", "post.decision.rule", "post.decision.fit"] {
        assert_eq!(at(&a, part), at(&b, part), "{part}");
    }
    assert!(
        number(&found, "decision.after.cost.value") <= number(&found, "decision.plain.cost.value")
    );
    // The held-out metrics are those of the model's own calls.
    assert_eq!(at(&a, "training.holdout"), at(&b, "training.holdout"));
    let page = folder.ok(&format!("{fit} --value tp=10,fp=-30 --report r.html"));
    let report = folder.text("r.html");
    for part in ["Where calls turn", "Mean value of a row", "What each threshold gives"] {
        assert!(report.contains(part), "{part}");
    }
    assert!(page.contains("After the model a rule: the largest expected value"), "{page}");
    assert!(folder.ok("inspect a.linecall").contains("`yes` is called above score"));
}

#[test]
fn recourse_aims_at_the_threshold_in_force() {
    let folder = folder(600);
    folder.ok("decide model.linecall loans.csv --cost-matrix fp=5,fn=1");
    let above = number(&folder.json("inspect decided.linecall"), "post.decision.rule.above");
    let all = calls(&folder, "decided.linecall", "loans.csv");
    // A person whose call the rule turned, and one who is refused either way.
    let turned = all.iter().position(|c| c["changed_by_rule"] == true).unwrap() + 1;
    let challenge = |row: usize| {
        folder.json(&format!(
            "challenge decided.linecall loans.csv --row {row} --favourable yes --reference loans.csv"
        ))
    };
    // Of the others, one who can change enough.
    let low = all.iter().enumerate().filter(|(_, c)| (-0.6..-0.1).contains(&number(c, "score")));
    let refused = low
        .map(|(at, _)| at + 1)
        .take(12)
        .find(|row| challenge(*row).pointer("/recourse/ways").is_some())
        .unwrap();
    for row in [turned, refused] {
        let case = challenge(row);
        assert_eq!(at(&case, "call.class"), "no");
        assert_eq!(number(&case, "rule.threshold"), above);
        assert_eq!(number(&case, "recourse.threshold"), above);
        let ways = at(&case, "recourse.ways").as_array().unwrap();
        assert!(!ways.is_empty());
        for way in ways {
            assert!(number(way, "score") > above, "{way}");
        }
        assert_eq!(number(&case, "panel.threshold"), above);
        // Rivals are held against the threshold in force.
        let (score, flips) = (number(&case, "multiplicity.score"), at(&case, "multiplicity.flips"));
        let high = number(&case, "multiplicity.high.reached");
        assert!(score <= above, "{score} {above}");
        assert_eq!(flips, if high > above { "yes" } else { "no" });
        let firm = at(&case, "multiplicity.firm_recourse").to_string();
        assert!(firm.contains("a rule after the model moved that"), "{firm}");
        let ends = [number(&case, "confidence.score.0"), number(&case, "confidence.score.1")];
        assert_eq!(at(&case, "confidence.same_call"), (ends[0] > above) == (ends[1] > above));
        let text = at(&case, "rule.text").as_str().unwrap();
        let says = if row == turned { "changed the call from `yes` to `no`" } else { "leaves" };
        assert!(text.contains(says), "{text}");
    }
    let page = folder.ok(&format!(
        "challenge decided.linecall loans.csv --row {turned} --favourable yes --reference loans.csv"
    ));
    assert!(page.contains("is called above score"), "{page}");
    folder.ok(&format!(
        "challenge decided.linecall loans.csv --row {turned} --html case.html --quiet"
    ));
    assert!(folder.text("case.html").contains("the call turns at "));

    // The way out of a call, taken, leads out of it.
    let case = folder.json(&format!(
        "challenge decided.linecall loans.csv --row {refused} --favourable yes --reference loans.csv"
    ));
    let line = folder.text("loans.csv").lines().nth(refused).unwrap().to_owned();
    let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
    for change in at(&case, "recourse.ways.0.changes").as_array().unwrap() {
        let column = at(change, "column").as_str().unwrap();
        let place = HEADER.split(',').position(|name| name == column).unwrap();
        let to = at(change, "to");
        cells[place] = to.as_str().map_or_else(|| to.to_string(), str::to_owned);
    }
    folder.put("moved.csv", csv(HEADER, &[cells.join(",")]));
    assert_eq!(calls(&folder, "decided.linecall", "moved.csv")[0]["call"], "yes");
}

#[test]
fn an_audit_tells_the_calls_after_the_rule() {
    let folder = folder(600);
    folder.ok("decide model.linecall loans.csv --budget 0.3");
    let audit = |model: &str| {
        folder.json(&format!(
            "audit {model} loans.csv --reference loans.csv --group city --favourable yes"
        ))
    };
    let (plain, ruled) = (audit("model.linecall"), audit("decided.linecall"));
    assert!(number(&ruled, "favourable_share") <= 0.31);
    assert!(number(&plain, "favourable_share") > 0.4);
    // More people ask, and each that has a way has one to the threshold in force.
    let asking = |found: &Value| number(found, "recourse.all.asking");
    assert!(asking(&ruled) > asking(&plain));
    assert_close(
        asking(&ruled),
        (600.0 * (1.0 - number(&ruled, "favourable_share"))).round(),
        1e-9,
        "all who are not called",
    );
    assert!(at(&ruled, "remarks").to_string().contains("Calls are those after a rule"));
    assert!(at(&ruled, "multiplicity").to_string().contains("rule after the model"));
}

#[test]
fn verify_repeats_a_choice_on_fresh_rows_and_finds_an_edit() {
    let folder = folder(600);
    let found = folder.json("decide model.linecall new.csv --fresh --min-recall 0.9");
    assert_eq!(at(&found, "scores.kind"), "fresh");
    assert!(!at(&found, "remarks").to_string().contains("trained on these rows"));
    let checks = folder.ok("verify decided.linecall new.csv");
    assert!(checks.contains("ok   rule: choice, repeated"), "{checks}");
    assert!(checks.contains("ok   rule: figures of calls, recomputed"), "{checks}");
    assert_eq!(folder.run("verify decided.linecall loans.csv").code, 0);
    folder.refused("decide model.linecall new.csv --min-recall 0.9", &["--fresh", "new.csv"]);
    folder.refused(
        "forget decided.linecall loans.csv --rows 3 -o less.linecall",
        &["linecall decide"],
    );
}

#[test]
fn three_classes_are_called_by_costs_or_one_of_them_by_a_budget() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(600, 3));
    folder.ok("fit flowers.csv --target species --holdout 0 --lambda 0.01 --quiet");
    folder.put("costs.csv", ",aster,iris,rose\naster,0,1,1\niris,10,0,10\nrose,1,1,0\n");
    let found =
        folder.json("decide model.linecall flowers.csv --cost-matrix costs.csv -o c.linecall");
    assert!(number(&found, "saved.low") > 0.0);
    let share = |model: &str, class: &str| {
        let all = calls(&folder, model, "flowers.csv");
        all.iter().filter(|call| call["call"] == class).count() as f64 / all.len() as f64
    };
    assert!(share("c.linecall", "iris") > share("model.linecall", "iris"));
    for call in calls(&folder, "c.linecall", "flowers.csv") {
        let p = ["aster", "iris", "rose"].map(|c| number(&call, &format!("probability_{c}")));
        let cost = [10.0 * p[1] + p[2], p[0] + p[2], p[0] + 10.0 * p[1]];
        let best = (0..3).min_by(|a, b| cost[*a].total_cmp(&cost[*b])).unwrap();
        assert_eq!(call["call"], ["aster", "iris", "rose"][best]);
    }
    folder.json("decide model.linecall flowers.csv --budget 0.1 --flag rose -o b.linecall");
    assert!(share("b.linecall", "rose") < 0.13);
    folder.refused(
        "decide model.linecall flowers.csv --budget 0.1",
        &["--flag", "aster, iris, rose"],
    );
    folder.refused(
        "decide model.linecall flowers.csv --cost-matrix costs.csv --by scores",
        &["two classes"],
    );
    let case = folder.json("challenge c.linecall flowers.csv --row 2");
    assert!(at(&case, "recourse").to_string().contains("two classes"));
    // Groups of three classes: a call is right where it is the class.
    let audit = folder.json("audit c.linecall flowers.csv --favourable iris");
    assert!(number(&audit, "favourable_share") > 0.3);
}

#[test]
fn matrices_margins_and_closed_forms_take_rules_too() {
    let folder = Folder::new();
    let rows: Vec<String> = loan_rows(400, 5)
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{},{},{}", cells[1], cells[2], cells[4])
        })
        .collect();
    folder.put("loans.libsvm", libsvm(&rows, &[("yes", "+1"), ("no", "-1")]));
    for fit in [
        "--lambda 0.01",
        "--loss squared-hinge --lambda 0.01",
        "--learner lda",
        "--learner naive-bayes-gaussian",
        "--learner perceptron",
    ] {
        folder.ok(&format!("fit loans.libsvm --holdout 0 --quiet {fit}"));
        for by in ["scores", "probabilities"] {
            let decide = "decide model.linecall loans.libsvm --cost-matrix fp=1,fn=3";
            let found = folder.json(&format!("{decide} --by {by}"));
            assert!(
                number(&found, "after.recall.value") > number(&found, "plain.recall.value"),
                "{fit} {by}"
            );
            assert_eq!(folder.run("verify decided.linecall loans.libsvm").code, 0, "{fit}");
        }
    }
}

#[test]
fn what_cannot_be_decided_is_refused_in_one_line() {
    let folder = folder(200);
    folder.put("bad.csv", ",no,yes\nno,0,one\nyes,1,0\n");
    let decide = "decide model.linecall loans.csv";
    for (flags, parts) in [
        ("", &["--budget"][..]),
        ("--budget 0", &["`budget` is 0", "above 0"]),
        ("--budget 2", &["`budget` is 2"]),
        ("--budget nan", &["`budget` is NaN"]),
        ("--min-precision 1.5", &["`min-precision` is 1.5"]),
        ("--min-recall -1", &["`min-recall` is -1"]),
        ("--min-recall 0.5 --confident=2", &["`confident` is 2"]),
        ("--cost-matrix fp=1,fx=2", &["`fx` names no pair"]),
        ("--cost-matrix fp=1,fn=inf", &["`inf`", "no finite number"]),
        ("--cost-matrix tp=0", &["the same for every call"]),
        ("--cost-matrix none.csv", &["none.csv"]),
        ("--cost-matrix bad.csv", &["bad.csv, line 2, column `yes`", "`one`"]),
        ("--cost-matrix fp=1 --flag yes", &["--flag goes with"]),
        ("--budget 0.1 --by scores", &["--by goes with"]),
        ("--budget 0.1 --flag maybe", &["`maybe` is no class"]),
        ("--budget 0.1 --chart loans.csv", &["loans.csv", "overwritten"]),
        ("--budget 0.1 --level 1", &["`level` is 1"]),
    ] {
        folder.refused(&format!("{decide} {flags}"), parts);
    }
    folder.refused(&format!("{FIT} --stream --budget 0.1"), &["linecall decide"]);
    folder.refused(&format!("{FIT} --flag yes"), &["--budget"]);
    folder.put("tags.libsvm", "1,2 1:1\n2 1:2\n1 1:0.5\n2 1:3\n1,2 1:1.5\n 1:2\n");
    folder.ok("fit tags.libsvm --multilabel=, --holdout 0 --lambda 0.1 --quiet -o tags.linecall");
    folder.refused(
        "decide tags.linecall tags.libsvm --budget 0.1 --flag 1",
        &["sets of labels", "column of its own"],
    );
    folder.put("law.csv", "feature,coef\n(intercept),-5\nage,0.05\nincome,0.001\n");
    folder
        .ok("import law.csv --like loans.csv --target repaid --link logistic -o imported.linecall");
    folder.refused("decide imported.linecall loans.csv --budget 0.1", &["not known", "--fresh"]);
    folder.ok("decide imported.linecall loans.csv --budget 0.1 --fresh");
}

#[test]
fn the_chart_shows_the_figures_and_the_threshold() {
    let folder = folder(300);
    folder.ok("decide model.linecall loans.csv --min-precision 0.8 --chart c.svg");
    let svg = folder.text("c.svg");
    assert!(svg.starts_with("<svg xmlns=") && svg.trim_end().ends_with("</svg>"));
    for word in ["precision (blue)", "recall (orange)", "flagged (green)", "chosen: "] {
        assert!(svg.contains(word), "{word}");
    }
    folder.ok("decide model.linecall loans.csv --cost-matrix fp=1,fn=2 --chart c.svg");
    assert!(folder.text("c.svg").contains("Mean cost of a row"));
}

#[test]
fn a_rule_does_not_depend_on_threads_and_the_seed_moves_it() {
    let folder = folder(500);
    let mut models = Vec::new();
    for threads in [1, 2, 5] {
        folder.ok(&format!(
            "decide model.linecall loans.csv --cost-matrix fp=1,fn=2 --threads {threads} -o {threads}.linecall"
        ));
        models.push(folder.bytes(&format!("{threads}.linecall")));
    }
    assert!(models.windows(2).all(|pair| pair[0] == pair[1]));
    folder.ok("decide model.linecall loans.csv --cost-matrix fp=1,fn=2 --seed 1 -o s.linecall");
    assert_ne!(models[0], folder.bytes("s.linecall"));
}
