//! `explain`: of a model exactly, of programs and endpoints by asking them.

use serde_json::Value;

use crate::data::{Random, csv, flower_rows, libsvm};
use crate::folder::{Folder, at, number};

/// Runs `explain`, and reads its document.
#[track_caller]
pub(crate) fn ask(folder: &Folder, arguments: &[&str]) -> Value {
    let arguments = [&["explain"], arguments, &["--json"]].concat();
    serde_json::from_str(&folder.ok_words(&arguments)).unwrap()
}

/// Columns of the only explanation, sorted by name: weight and half width.
fn weights(found: &Value) -> Vec<(String, f64, f64)> {
    let columns = at(found, "explanations.0.columns").as_array().unwrap().iter();
    let mut all: Vec<_> = columns
        .map(|c| {
            (c["column"].as_str().unwrap().to_owned(), number(c, "weight"), number(c, "half_width"))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The same columns with the same weights, each within the interval that is stated.
#[track_caller]
fn assert_within(sampled: &Value, exact: &Value) {
    let (sampled, exact) = (weights(sampled), weights(exact));
    assert_eq!(sampled.len(), exact.len());
    let scale = exact.iter().fold(0f64, |most, own| most.max(own.1.abs()));
    for ((name, weight, half_width), (other, truth, _)) in sampled.iter().zip(&exact) {
        assert_eq!(name, other);
        let apart = (weight - truth).abs();
        assert!(apart <= half_width + 1e-9 * scale, "{name}: {weight} ± {half_width}, {truth}");
    }
}

/// A program that answers what the model says: its score or one of its probabilities, by position
/// from the end of the line.
fn put_program(folder: &Folder, name: &str, from_end: usize, format: &str) {
    let linecall = crate::folder::LINECALL;
    let field = format!("$(NF-{from_end})");
    folder.put(
        name,
        format!(
            "'{linecall}' predict model.linecall - --format {format} --quiet | tail -n +2 | \
             awk -F, '{{ print {field} }}'\n"
        ),
    );
}

const FIXED: [&str; 4] = ["--fixed", "id,repaid", "--row", "5"];

#[test]
fn contributions_sum_to_the_difference_and_are_the_exact_shap_values() {
    let folder = Folder::with_model();
    for background in ["mean", "typical", "17"] {
        let base = ["model.linecall", "loans.csv", "--row", "5", "--background", background];
        let why = ask(&folder, &base);
        assert_eq!(at(&why, "method"), "contributions");
        let own = at(&why, "explanations.0");
        let parts: Vec<f64> = weights(&why).iter().map(|own| own.1).collect();
        let size: f64 = parts.iter().map(|w| w.abs()).sum();
        let difference = number(own, "prediction") - number(own, "background");
        assert!((parts.iter().sum::<f64>() - difference).abs() <= 1e-12 * size, "{background}");
        let terms = at(own, "terms").as_array().unwrap().iter();
        let sum: f64 = terms.map(|t| number(t, "contribution")).sum();
        assert!((sum - difference).abs() <= 1e-12 * size);
        let shap = ask(&folder, &[&base[..], &["--method", "shap"]].concat());
        assert_eq!(at(&shap, "explanations.0.how"), "closed_form");
        assert_within(&shap, &why);
        // LIME's ridge draws the weights to 0.
        let lime = ask(&folder, &[&base[..], &["--method", "lime"]].concat());
        for ((_, lime, _), (_, shap, _)) in weights(&lime).iter().zip(weights(&shap)) {
            assert!((lime - shap).abs() <= 0.02 * size);
        }
        assert!(at(&lime, "explanations.0.intercept") != at(&lime, "explanations.0.background"));
    }
    // The score is that of `predict`.
    let calls = folder.ok("predict model.linecall loans.csv");
    let score: f64 = calls.lines().nth(5).unwrap().rsplit(',').next().unwrap().parse().unwrap();
    let why = ask(&folder, &["model.linecall", "loans.csv", "--row", "5"]);
    assert!((number(&why, "explanations.0.prediction") - score).abs() < 1e-12);
    assert_eq!(at(&why, "id"), "p00004");
    let sha = crate::data::sha256(&folder.bytes("model.linecall"));
    assert_eq!(at(&why, "subject.sha256"), sha.as_str());
}

#[test]
fn the_model_as_a_program_is_explained_as_the_model_is() {
    let folder = Folder::with_model();
    put_program(&folder, "score.sh", 0, "csv");
    put_program(&folder, "lines.sh", 0, "jsonl");
    for method in ["shap", "lime"] {
        for background in ["17", "typical"] {
            let how = ["--method", method, "--background", background];
            let exact =
                ask(&folder, &[&["model.linecall", "loans.csv", "--row", "5"][..], &how].concat());
            for (program, rows) in [("sh score.sh", "csv"), ("sh lines.sh", "jsonl")] {
                let asked = ["--command", program, "--rows-as", rows, "--scores", "loans.csv"];
                let found = ask(&folder, &[&asked[..], &FIXED, &how].concat());
                assert_eq!(at(&found, "explanations.0.how"), "all_masks");
                assert_eq!(number(&found, "explanations.0.masks"), 8.0);
                assert_within(&found, &exact);
                for key in ["prediction", "background", "intercept", "local_prediction"] {
                    let path = format!("explanations.0.{key}");
                    assert!((number(&found, &path) - number(&exact, &path)).abs() < 1e-9, "{key}");
                }
            }
        }
    }
}

/// Shapley values of the probability from their definition, over rows that the test writes itself.
#[test]
fn probabilities_of_a_program_get_their_shapley_values() {
    let folder = Folder::with_model();
    put_program(&folder, "probability.sh", 1, "csv");
    let rows: Vec<Vec<String>> = folder
        .text("loans.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let middle = |column: usize| {
        let mut all: Vec<f64> = rows.iter().map(|row| row[column].parse().unwrap()).collect();
        all.sort_by(f64::total_cmp);
        all[(all.len() - 1) / 2].to_string()
    };
    let count = |city: &str| rows.iter().filter(|row| row[3] == city).count();
    let city = ["Bern", "Oslo", "Rome"].into_iter().max_by_key(|city| count(city)).unwrap();
    let (own, typical) = (&rows[4], [middle(1), middle(2), city.to_owned()]);
    let masked: Vec<String> = (0..8)
        .map(|bits| {
            let cell = |k: usize| if bits >> k & 1 == 1 { &own[k + 1] } else { &typical[k] };
            format!("p,{},{},{}", cell(0), cell(1), cell(2))
        })
        .collect();
    folder.put("masked.csv", csv("id,age,income,city", &masked));
    let calls = folder.ok("predict model.linecall masked.csv");
    let f: Vec<f64> = calls
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(4).unwrap().parse().unwrap())
        .collect();
    let shapley = |k: usize| {
        let bit = 1 << k;
        let off = (0..8usize).filter(|bits| bits & bit == 0);
        let weight = [1.0 / 3.0, 1.0 / 6.0, 1.0 / 3.0];
        off.map(|bits| weight[bits.count_ones() as usize] * (f[bits | bit] - f[bits])).sum::<f64>()
    };
    let asked = ["--command", "sh probability.sh", "loans.csv"];
    let found = ask(&folder, &[&asked[..], &FIXED].concat());
    assert_eq!(at(&found, "method"), "shap");
    assert_eq!(at(&found, "background"), "typical row of loans.csv");
    // age, city, income by name.
    let found = weights(&found);
    for (place, k) in [(0, 0), (1, 2), (2, 1)] {
        assert!((found[place].1 - shapley(k)).abs() < 1e-12, "{found:?} {}", shapley(k));
    }
}

/// A table of 15 numbers, with the model of it.
fn wide() -> Folder {
    let folder = Folder::new();
    let mut random = Random::new(7);
    let names: Vec<String> = (0..15).map(|j| format!("x{j:02}")).collect();
    let rows: Vec<String> = (0..150)
        .map(|_| {
            let x: Vec<f64> = (0..15).map(|_| (100.0 * random.normal()).round() / 100.0).collect();
            let score: f64 = x.iter().enumerate().map(|(j, v)| v * (j as f64 - 7.0) / 4.0).sum();
            let cells: Vec<String> = x.iter().map(f64::to_string).collect();
            format!("{},{}", cells.join(","), if score > 0.0 { "yes" } else { "no" })
        })
        .collect();
    folder.put("wide.csv", csv(&format!("{},y", names.join(",")), &rows));
    folder.ok("fit wide.csv --target y --holdout 0 --lambda 0.05");
    folder
}

#[test]
fn a_sample_is_within_its_intervals() {
    let folder = wide();
    put_program(&folder, "score.sh", 0, "csv");
    put_program(&folder, "probability.sh", 1, "csv");
    let base = ["wide.csv", "--fixed", "y", "--row", "3", "--background", "9", "--method"];
    for method in ["shap", "lime"] {
        // A linear answer leaves the sample nothing to estimate.
        let exact = ["model.linecall", "wide.csv", "--row", "3", "--background", "9", "--method"];
        let exact = ask(&folder, &[&exact[..], &[method]].concat());
        let score = ["--command", "sh score.sh", "--scores"];
        let found = ask(&folder, &[&score[..], &base, &[method]].concat());
        assert_eq!(at(&found, "explanations.0.how"), "sampled");
        assert!(number(&found, "explanations.0.masks") < 8_000.0);
        assert_within(&found, &exact);

        let program = ["--command", "sh probability.sh"];
        let all = ["--samples", "40000", "--batch", "20000"];
        let exact = ask(&folder, &[&program[..], &base, &[method], &all].concat());
        assert_eq!(at(&exact, "explanations.0.how"), "all_masks");
        let some = ask(&folder, &[&program[..], &base, &[method]].concat());
        let how = at(&some, "explanations.0.how").as_str().unwrap();
        assert!(how.starts_with("sampled"), "{how}");
        let (some, exact) = (weights(&some), weights(&exact));
        let missed = |(s, e): &(&(String, f64, f64), &(String, f64, f64))| (s.1 - e.1).abs() > s.2;
        // At 95%, fewer than one interval in fifteen is expected to miss.
        assert!(some.iter().zip(&exact).filter(missed).count() <= 3, "{some:?} {exact:?}");
        for (own, truth) in some.iter().zip(&exact) {
            assert!(own.2 > 0.0 && (own.1 - truth.1).abs() <= 3.0 * own.2, "{own:?} {truth:?}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_explanation_and_others_nearly() {
    let folder = wide();
    put_program(&folder, "probability.sh", 1, "csv");
    let base = ["explain", "--command", "sh probability.sh", "wide.csv", "--fixed", "y", "--row"];
    let base = [&base[..], &["3", "--json", "--samples", "3000"]].concat();
    let one = folder.ok_words(&[&base[..], &["--threads", "1"]].concat());
    assert_eq!(folder.ok_words(&[&base[..], &["--threads", "2"]].concat()), one);
    let other = folder.ok_words(&[&base[..], &["--seed", "1"]].concat());
    assert_ne!(other, one);
    let other: Value = serde_json::from_str(&other).unwrap();
    assert!(number(&other, "explanations.0.masks") <= 3000.0);
    let several = folder.ok_words(&[&base[..], &["--stability", "3", "--top", "4"]].concat());
    let several: Value = serde_json::from_str(&several).unwrap();
    let agreed = at(&several, "explanations.0.stability");
    assert_eq!(number(agreed, "explanations"), 3.0);
    assert!(number(agreed, "coefficients") > 0.9 && number(agreed, "variables") > 0.6, "{agreed}");
    // The weights shown are those of the first seed.
    let first: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(weights(&several), weights(&first));
    assert!(number(&several, "explanations.0.columns.0.deviation") > 0.0);
    let page =
        folder.ok_words(&base.iter().copied().filter(|word| *word != "--json").collect::<Vec<_>>());
    assert!(
        page.contains("plus or minus") && page.contains("intervals from a sample of"),
        "{page}"
    );
}

/// What the largest weights of some rows cover, by trying every pair.
#[test]
fn picks_are_the_best_of_all_pairs() {
    let folder = Folder::with_model();
    put_program(&folder, "score.sh", 0, "csv");
    let shared = ["--background", "17", "--pick", "2", "--people", "10", "--top", "1"];
    let found = ask(&folder, &[&["model.linecall", "loans.csv"][..], &shared].concat());
    let rows: Vec<usize> = (0..10).map(|i| 1 + i * 20).collect();
    let shown: Vec<(String, f64)> = rows
        .iter()
        .map(|row| {
            let row = row.to_string();
            let why = ["model.linecall", "loans.csv", "--background", "17", "--row", &row];
            let why = ask(&folder, &why);
            let first = at(&why, "explanations.0.columns.0");
            (first["column"].as_str().unwrap().to_owned(), number(first, "weight"))
        })
        .collect();
    let worth = |column: &str| {
        let own = shown.iter().filter(|(name, _)| name == column);
        own.map(|(_, weight)| weight.abs()).sum::<f64>().sqrt()
    };
    let mut best = 0f64;
    for (a, one) in shown.iter().enumerate() {
        for two in &shown[a + 1..] {
            let other = if two.0 == one.0 { 0.0 } else { worth(&two.0) };
            best = best.max(worth(&one.0) + other);
        }
    }
    assert!((number(&found, "coverage") - best).abs() < 1e-9);
    assert_eq!(at(&found, "exact"), true);
    assert_eq!(at(&found, "upper"), at(&found, "coverage"));
    assert_eq!(number(&found, "considered"), 10.0);
    let picks = at(&found, "picks").as_array().unwrap();
    let adds: f64 = picks.iter().map(|own| number(own, "adds")).sum();
    assert!((adds - best).abs() < 1e-9);
    for own in picks {
        let at = rows.iter().position(|row| *row as f64 == number(own, "row")).unwrap();
        assert_eq!(own["columns"][0]["column"], shown[at].0.as_str());
        assert_eq!(own["columns"].as_array().unwrap().len(), 1);
    }
    // Asked as a program, the model has the same rows to show.
    let asked = ["--command", "sh score.sh", "--scores", "--fixed", "id,repaid", "loans.csv"];
    let same = ask(&folder, &[&asked[..], &shared].concat());
    let rows = |found: &Value| -> Vec<f64> {
        at(found, "picks").as_array().unwrap().iter().map(|own| number(own, "row")).collect()
    };
    assert_eq!(rows(&same), rows(&found));
    assert!((number(&same, "coverage") - best).abs() < 1e-9);
    let page = folder.ok("explain model.linecall loans.csv --pick 2 --top 1 --method lime");
    assert!(page.contains("no other rows show more, proved"), "{page}");
    assert!(page.contains("ROW ") && page.contains("all 200 rows"), "{page}");
}

#[test]
fn many_classes_and_many_numbers_are_told_apart() {
    let folder = Folder::new();
    folder.put("flowers.csv", csv("length,width,species", &flower_rows(120, 3)));
    folder.ok("fit flowers.csv --target species --holdout 0 --lambda 0.02");
    let all = folder.json("explain model.linecall flowers.csv --row 4");
    assert_eq!(at(&all, "explanations").as_array().unwrap().len(), 3);
    let one = folder.json("explain model.linecall flowers.csv --row 4 --class iris");
    assert_eq!(at(&one, "explanations.0"), at(&all, "explanations.1"));
    // row, call, three probabilities, three scores.
    let linecall = crate::folder::LINECALL;
    folder.put(
        "three.sh",
        format!(
            "'{linecall}' predict model.linecall - --format csv | tail -n +2 | cut -d, -f3-5\n"
        ),
    );
    let calls = folder.ok("predict model.linecall flowers.csv");
    let cells: Vec<f64> = calls
        .lines()
        .nth(5)
        .unwrap()
        .split(',')
        .skip(2)
        .map(|cell| cell.parse().unwrap())
        .collect();
    for (flags, output) in [(vec!["--output", "2"], 2), (vec![], 3)] {
        let asked = ["--command", "sh three.sh", "flowers.csv", "--row", "5", "--outputs", "3"];
        let found = ask(&folder, &[&asked[..], &flags].concat());
        assert_eq!(number(&found, "explanations.0.output"), output as f64);
        let prediction = number(&found, "explanations.0.prediction");
        assert!((prediction - cells[output - 1]).abs() < 1e-12);
        // The species is sent too, and the program does not look at it.
        let species = weights(&found).into_iter().find(|own| own.0 == "species").unwrap();
        assert!(species.1.abs() < 1e-12);
        let remarks = at(&found, "remarks").to_string();
        assert!(remarks.contains("`species`") && remarks.contains("--fixed"), "{remarks}");
    }
    folder.refused(
        "explain model.linecall flowers.csv --pick 2",
        &["name its class with --class (aster, iris, rose)"],
    );
}

#[test]
fn a_matrix_is_explained_by_its_columns() {
    let folder = Folder::new();
    let labels = [("aster", "1"), ("iris", "2"), ("rose", "3")];
    folder.put("flowers.libsvm", libsvm(&flower_rows(120, 3), &labels));
    folder.ok("fit flowers.libsvm --holdout 0 --lambda 0.02");
    let found = folder.json("explain model.linecall flowers.libsvm --row 4 --class 2");
    let names: Vec<_> = weights(&found).into_iter().map(|own| own.0).collect();
    assert_eq!(names, ["1", "2"]);
    folder.refused(
        "explain model.linecall flowers.libsvm --row 4 --background typical",
        &["a matrix has no typical row"],
    );
    folder.refused(
        "explain --command cat flowers.libsvm --row 4",
        &["flowers.libsvm", "rows of named columns, and this is a matrix"],
    );
}

#[test]
fn a_schema_says_what_is_explained() {
    let folder = Folder::with_model();
    put_program(&folder, "probability.sh", 1, "csv");
    folder.ok("describe loans.csv --target repaid -o schema.toml");
    let asked = ["--command", "sh probability.sh", "loans.csv", "--row", "5"];
    let by_schema = ask(&folder, &[&asked[..], &["--schema", "schema.toml"]].concat());
    assert_eq!(at(&by_schema, "id"), "p00004");
    let by_hand = ask(&folder, &[&asked[..], &FIXED[..2]].concat());
    assert_eq!(at(&by_schema, "explanations"), at(&by_hand, "explanations"));
}

#[test]
fn a_program_that_fails_is_told_in_one_line() {
    let folder = Folder::with_loans();
    for (program, flags, parts) in [
        (
            "sh -c 'cat > /dev/null; echo no such model >&2; exit 3'",
            "",
            vec!["command `sh` ended with exit code 3: no such model"],
        ),
        ("sh -c 'tail -n +4 | cut -c1'", "", vec!["answered 6 lines for 8 rows"]),
        ("sh -c 'cut -d, -f2'", "", vec!["answered 9 lines for 8 rows (no header)"]),
        (
            "sh -c 'tail -n +2 | sed s/.*/high/'",
            "",
            vec!["answered `high` in line 1, expected a probability"],
        ),
        ("sh -c 'tail -n +2 | sed s/.*/NaN/'", "--scores", vec!["`NaN`", "a finite number"]),
        ("sh -c 'tail -n +2 | cut -d, -f2'", "", vec!["expected a probability"]),
        ("sh -c 'tail -n +2 | sed s/.*/1,2/'", "--scores", vec!["2 numbers in line 1, expected 1"]),
        ("sleep 30", "--timeout 0.3", vec!["command `sleep` did not end within 0.3 s"]),
        ("yes", "", vec!["answered more than 8 lines can hold"]),
        ("no-such-program --fast", "", vec!["command `no-such-program` cannot be started"]),
        ("", "", vec!["--command names no program"]),
        ("sh -c 'cat", "", vec!["a quote ' does not end"]),
        ("cat", "--timeout 0", vec!["--timeout is 0, expected seconds above 0"]),
        ("cat", "--outputs 0", vec!["--outputs is 0"]),
        ("cat", "--outputs 2 --output 3", vec!["--output is 3", "answers 2 numbers a row"]),
        ("cat", "--output 0", vec!["--output is 0"]),
        ("cat", "--method contributions", vec!["take --method shap or lime"]),
        ("cat", "--background mean", vec!["levels have no mean"]),
        ("cat", "--background 999", vec!["there is no row 999: the data have 200 rows"]),
        ("cat", "--background middle", vec!["--background is `middle`"]),
        ("cat", "--kernel-width 1", vec!["take --method lime"]),
        ("cat", "--ridge -1 --method lime", vec!["`ridge` is -1"]),
        ("cat", "--precision 0", vec!["`precision` is 0"]),
        ("cat", "--level 2", vec!["level", "2"]),
        ("cat", "--batch 1", vec!["--batch is 1"]),
        ("cat", "--samples 3", vec!["--samples is 3", "over 3 columns needs 176 at least"]),
        ("cat", "--stability 1", vec!["`stability` is 1"]),
        ("cat", "--top 0", vec!["`top` is 0"]),
        ("cat", "--fixed cty", vec!["column `cty`", "did you mean `city`?"]),
        ("cat", "--fixed age,income,city,id,repaid", vec!["no column is left to be explained"]),
        ("cat", "--schema none.toml", vec!["none.toml: no such file"]),
    ] {
        let mut arguments = vec!["explain", "--command", program, "loans.csv"];
        arguments.extend(flags.split_whitespace());
        if !flags.contains("--fixed") {
            arguments.extend(["--fixed", "id,repaid"]);
        }
        arguments.extend(["--row", "5"]);
        folder.refused_words(&arguments, &parts);
    }
}

#[test]
fn what_cannot_be_explained_says_why() {
    let folder = Folder::with_model();
    for (arguments, parts) in [
        (
            "model.linecall loans.csv --row 0",
            vec!["loans.csv: there is no row 0: the data have 200"],
        ),
        ("model.linecall loans.csv --row 201", vec!["there is no row 201"]),
        ("--command cat loans.csv --row 201", vec!["loans.csv: there is no row 201"]),
        ("model.linecall --row 1", vec!["`model.linecall` is taken as the model file"]),
        (
            "model.linecall loans.csv --row 1 --class maybe",
            vec!["no class of the model", "no, yes"],
        ),
        ("model.linecall loans.csv --row 1 --class no", vec!["speaks for `yes`"]),
        ("model.linecall loans.csv --pick 0", vec!["no row is to be picked"]),
        ("model.linecall loans.csv --row 1 --ridge 1", vec!["take --method lime"]),
    ] {
        folder.refused(&format!("explain {arguments}"), &parts);
    }
    folder.put("other.csv", folder.text("loans.csv").replacen("Rome", "Oslo", 1));
    folder.refused(
        "explain model.linecall loans.csv --row 1 --reference other.csv",
        &["other.csv: these are not the rows"],
    );
    // What the parser of the command line refuses comes with the usage.
    for (arguments, part) in [
        ("model.linecall loans.csv --row 1 --method magic", "possible values: contributions, lime"),
        ("model.linecall loans.csv", "--row <N>"),
        ("model.linecall loans.csv --row 1 --samples 50", "--command <COMMAND>"),
        ("--command a --url b loans.csv --row 1", "cannot be used with"),
        ("--command a loans.csv --row 1 --class yes", "cannot be used with"),
        ("--url http://a loans.csv --row 1 --rows-as jsonl", "cannot be used with"),
    ] {
        let ran = folder.run(&format!("explain {arguments}"));
        assert_eq!(ran.code, 2, "{arguments}");
        assert!(ran.stderr.contains(part), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn without_the_training_data_the_background_says_so() {
    let folder = Folder::with_model();
    let lines: Vec<String> = folder.text("loans.csv").lines().take(4).map(str::to_owned).collect();
    folder.put("few.csv", lines.join("\n"));
    let alone = folder.json("explain model.linecall few.csv --row 2");
    assert!(at(&alone, "remarks").to_string().contains("The training data were not given"));
    let with = folder.json("explain model.linecall few.csv --row 2 --reference loans.csv");
    let whole = folder.json("explain model.linecall loans.csv --row 2");
    assert_eq!(at(&with, "explanations"), at(&whole, "explanations"));
    assert_eq!(at(&with, "remarks"), at(&whole, "remarks"));
}
