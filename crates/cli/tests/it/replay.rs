//! `replay`: every kind of fit comes back byte for byte; what changed is named.

use serde_json::Value;

use crate::data::{HEADER, csv, flower_rows, flowers, libsvm, loan_rows};
use crate::folder::{Folder, at};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.put("loans.csv", csv(HEADER, &loan_rows(240, 1)));
    folder.put("test.csv", csv(HEADER, &loan_rows(120, 2)));
    folder.put("flowers.csv", flowers(180, 3));
    let numbers: Vec<String> = loan_rows(200, 5)
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{},{},{}", cells[1], cells[2], cells[4])
        })
        .collect();
    folder.put("loans.libsvm", libsvm(&numbers, &[("yes", "+1"), ("no", "-1")]));
    folder
}

/// Replays a model; it must come back byte for byte.
#[track_caller]
fn comes_back(folder: &Folder, fit: &str, replay: &str) {
    let ran = folder.run(&format!("{fit} --quiet -o m.linecall"));
    assert_eq!(ran.code, 0, "{fit}: {}", ran.stderr);
    let ran = folder.run(&format!("replay m.linecall {replay} --json --quiet"));
    assert_eq!(ran.code, 0, "{fit}: {}{}", ran.stdout, ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(at(&found, "identical"), true, "{fit}: {found:#}");
    assert_eq!(at(&found, "sha256"), at(&found, "sha256_here"));
    assert_eq!(
        at(&found, "sha256"),
        &Value::from(crate::data::sha256(&folder.bytes("m.linecall")))
    );
}

#[test]
fn learned_weights_of_rows_come_back_byte_for_byte() {
    let folder = folder();
    let small = "--steps 30 --epochs 4";
    for (data, flags) in [
        ("loans.csv", "--target repaid"),
        ("loans.csv", "--target repaid --holdout 0 --positive no"),
        ("loans.csv", "--target repaid --holdout 0.3 --seed 5 --rate 0.2 --target-share 0.4"),
        ("loans.libsvm", "--seed 2"),
    ] {
        comes_back(
            &folder,
            &format!("curriculum {data} {flags} {small}"),
            &format!("--data {data}"),
        );
    }
    // What changed is named before anything is learnt.
    folder.put("other.csv", csv(HEADER, &loan_rows(240, 9)));
    folder.ok(&format!("curriculum loans.csv --target repaid {small} --quiet -o m.linecall"));
    let ran = folder.run("replay m.linecall --data other.csv --quiet");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("the content of column `income` changed"), "{}", ran.stdout);
    // A rule after it is chosen again.
    folder.ok("decide m.linecall loans.csv --budget 0.2 -o decided.linecall --quiet");
    let found = folder.json("replay decided.linecall --data loans.csv --quiet");
    assert_eq!(at(&found, "identical"), true, "{found:#}");
}

#[test]
fn penalised_fits_come_back_byte_for_byte() {
    let folder = folder();
    for flags in [
        "",
        "--folds 4 --rule 1se --seed 7",
        "--lambda 0.02",
        "--C 2",
        "--C 2 --holdout 0",
        "--holdout 0",
        "--holdout 0.4 --folds 3",
        "--penalty l1 --folds 3",
        "--penalty elastic-net --l1-ratio 0.3 --folds 3",
        "--penalty group-lasso --folds 3",
        "--penalty none",
        "--loss squared-hinge --folds 3",
        "--loss hinge --C 1",
        "--loss hinge --folds 3 --holdout 0",
        "--loss focal --lambda 0.01",
        "--loss poly:eps=1 --lambda 0.01",
        "--class-weight balanced --lambda 0.1",
        "--class-weight yes=3,no=1 --folds 3",
        "--positive no --favourable yes --lambda 0.1",
        "--bounds age=0: --lambda 0.01",
        "--penalty-factor age=0 --folds 3",
        "--no-standardize --lambda 1e-3",
        "--no-intercept --lambda 0.1",
        "--solver trust-region --lambda 0.01",
        "--tolerance 1e-6 --lambda 0.01",
        "--stream --lambda 0.01",
        "--stream --lambda 0.01 --epochs 3 --holdout 0",
    ] {
        comes_back(&folder, &format!("fit loans.csv --target repaid {flags}"), "--data loans.csv");
    }
}

#[test]
fn test_files_and_rules_come_back() {
    let folder = folder();
    let fit = "fit loans.csv --target repaid --test test.csv --lambda 0.1";
    comes_back(&folder, fit, "--data loans.csv --test test.csv");
    comes_back(&folder, &format!("{fit} --stream"), "--data loans.csv --test test.csv");
    // Without the test file, all but its metrics.
    let ran = folder.run("replay m.linecall --data loans.csv");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("--test FILE"), "{}", ran.stdout);
    // Another test file is told.
    let ran = folder.run("replay m.linecall --data loans.csv --test loans.csv");
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("CHANGED   test file"), "{}", ran.stdout);

    let fit = "fit loans.csv --target repaid --folds 3";
    comes_back(&folder, &format!("{fit} --cost-matrix fp=1,fn=4"), "--data loans.csv");
    comes_back(&folder, &format!("{fit} --budget 0.1 --flag no --seed 2"), "--data loans.csv");
    folder.ok(&format!("{fit} --quiet"));
    folder.ok(
        "decide model.linecall loans.csv --min-recall 0.7 --folds 4 --replicates 50 -o d.linecall",
    );
    assert_eq!(folder.run("replay d.linecall --data loans.csv").code, 0);
    folder.ok("decide model.linecall test.csv --fresh --min-recall 0.7 -o f.linecall");
    let ran = folder.run("replay f.linecall --data loans.csv --rule-data test.csv");
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("byte for byte"), "{}", ran.stdout);
    let ran = folder.run("replay f.linecall --data loans.csv");
    assert!(ran.code == 0 && ran.stdout.contains("--rule-data"), "{}", ran.stdout);
    let ran = folder.run("replay f.linecall --data loans.csv --rule-data loans.csv");
    assert!(ran.code == 1 && ran.stdout.contains("CHANGED   rows of the rule"), "{}", ran.stdout);

    // A rule for groups.
    folder.put("people.csv", csv(HEADER, &loan_rows(900, 9)));
    folder.ok("fair model.linecall people.csv --group city --delta 0.05 -o g.linecall");
    let ran = folder.run("replay g.linecall --data loans.csv --rule-data people.csv");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("byte for byte"), "{}", ran.stdout);
}

#[test]
fn learners_come_back() {
    let folder = folder();
    for learner in [
        "lda",
        "lda --shrinkage 0.1",
        "naive-bayes-gaussian",
        "nearest-centroid",
        "perceptron",
        "passive-aggressive",
        "perceptron --seed 4 --epochs 3",
        "passive-aggressive --class-weight balanced",
    ] {
        for (file, target) in [("loans.csv", "repaid"), ("flowers.csv", "species")] {
            let fit = format!("fit {file} --target {target} --learner {learner}");
            comes_back(&folder, &fit, &format!("--data {file}"));
        }
    }
    folder.put("counts.csv", "a,b,y\n1,0,u\n0,2,v\n3,1,u\n0,1,v\n2,0,u\n1,4,v\n".repeat(6));
    for learner in ["naive-bayes-multinomial", "naive-bayes-complement"] {
        comes_back(
            &folder,
            &format!("fit counts.csv --target y --learner {learner} --holdout 0"),
            "--data counts.csv",
        );
    }
}

#[test]
fn classes_and_labels_of_every_number_come_back() {
    let folder = folder();
    for flags in [
        "--folds 3",
        "--loss squared-hinge --folds 3",
        "--multiclass ovr --lambda 0.1",
        "--loss relu --penalty none",
    ] {
        comes_back(
            &folder,
            &format!("fit flowers.csv --target species {flags}"),
            "--data flowers.csv",
        );
    }
    let rows = flower_rows(150, 4);
    let tagged: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let (numbers, name) = row.rsplit_once(',').unwrap();
            let more = if i % 3 == 0 { ";late" } else { "" };
            format!("{numbers},{name}{more}")
        })
        .collect();
    folder.put("tags.csv", csv("length,width,tags", &tagged));
    for flags in ["--lambda 0.1", "--folds 3", "--loss squared-hinge --lambda 0.1"] {
        comes_back(
            &folder,
            &format!("fit tags.csv --target tags --multilabel=; {flags}"),
            "--data tags.csv",
        );
    }
    folder.put("tags.libsvm", "1,2 1:1\n2 1:2\n1 1:0.5 2:1\n2 1:3\n1,2 1:1.5\n1 2:2\n".repeat(9));
    comes_back(&folder, "fit tags.libsvm --multilabel --lambda 0.1", "--data tags.libsvm");
}

#[test]
fn formats_of_every_kind_come_back() {
    let folder = folder();
    for flags in ["--folds 3", "--positive=-1 --lambda 0.1", "--stream --lambda 0.1"] {
        comes_back(&folder, &format!("fit loans.libsvm {flags}"), "--data loans.libsvm");
    }
    comes_back(
        &folder,
        "fit loans.libsvm --learner naive-bayes-bernoulli --binarize 40",
        "--data loans.libsvm",
    );
    // Without a header, with another separator, compressed, under a name that says nothing.
    let rows = loan_rows(200, 8);
    folder.put("bare.dat", rows.join("\n").replace(',', ";") + "\n");
    comes_back(
        &folder,
        "fit bare.dat --format csv --delimiter ; --names id,age,income,city,repaid --target repaid \
         --lambda 0.1",
        "--data bare.dat",
    );
    folder.put("loans.csv.gz", crate::data::gzip(&folder.bytes("loans.csv")));
    comes_back(&folder, "fit loans.csv --target repaid --lambda 0.1", "--data loans.csv.gz");
    // Several files.
    folder.put("parts/a.csv", csv(HEADER, &rows[..90]));
    folder.put("parts/b.csv", csv(HEADER, &rows[90..]));
    comes_back(&folder, "fit parts --target repaid --lambda 0.1", "--data parts");
    comes_back(
        &folder,
        "fit parts/a.csv parts/b.csv --target repaid --lambda 0.1",
        "--data parts/a.csv parts/b.csv",
    );
    // A schema that was given, with weights, groups and times.
    folder.put(
        "roles.csv",
        csv(
            "w,g,t,x,y",
            &(0..160)
                .map(|i| {
                    format!(
                        "{},{},{},{},{}",
                        1 + i % 3,
                        i % 20,
                        i,
                        (i * 37) % 11,
                        (i * 7 % 11 > 4) as u8
                    )
                })
                .collect::<Vec<_>>(),
        ),
    );
    folder.ok("describe roles.csv --target y -o s.toml");
    for roles in [&[("w", "weight")][..], &[("g", "group")], &[("t", "time")]] {
        let mut text = folder.text("s.toml");
        for (name, role) in roles {
            let at = text.find(&format!("name = \"{name}\"")).unwrap();
            let from = at + text[at..].find("role = \"").unwrap() + 8;
            let to = from + text[from..].find('"').unwrap();
            text.replace_range(from..to, role);
        }
        folder.put("r.toml", text);
        comes_back(&folder, "fit roles.csv --schema r.toml --folds 3", "--data roles.csv");
        comes_back(
            &folder,
            "fit roles.csv --schema r.toml --lambda 0.1 --budget 0.2",
            "--data roles.csv",
        );
    }
}

#[test]
fn what_changed_is_named() {
    let folder = folder();
    folder.ok("fit loans.csv --target repaid --lambda 0.1 --quiet");
    let rows = loan_rows(240, 1);
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut rows = rows.clone();
        change(&mut rows);
        folder.put("other.csv", csv(HEADER, &rows));
        let ran = folder.run("replay model.linecall --data other.csv");
        assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("not rebuilt: the data are not those"), "{}", ran.stdout);
        ran.stdout
    };
    let cell = |column: usize, value: &'static str| {
        move |rows: &mut Vec<String>| {
            let mut cells: Vec<&str> = rows[17].split(',').collect();
            cells[column] = value;
            rows[17] = cells.join(",");
        }
    };
    let changed = |text: &str| text.lines().filter(|line| line.contains("CHANGED")).count();
    for (column, name, value) in [(1, "age", "99"), (2, "income", "1"), (3, "city", "Paris")] {
        let text = with(&cell(column, value));
        assert!(text.contains(&format!("CHANGED   column {name}")), "{text}");
        assert_eq!(changed(&text), 1, "{text}");
    }
    assert!(with(&cell(0, "x")).contains("which the model does not use"));
    assert!(with(&|rows| drop(rows.pop())).contains("1 rows are gone"));
    assert!(with(&|rows| rows.push(rows[0].clone())).contains("1 rows came in"));
    let two = with(&|rows| {
        cell(1, "99")(rows);
        cell(4, "maybe")(rows);
    });
    assert!(two.contains("column age") && two.contains("column repaid"), "{two}");

    let lines = |of: &dyn Fn(&str) -> String| {
        let text = folder.text("loans.csv");
        folder.put("other.csv", text.lines().map(|line| of(line) + "\n").collect::<String>());
        let ran = folder.run("replay model.linecall --data other.csv");
        assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
        ran.stdout
    };
    let gone = lines(&|line| line.split_once(',').unwrap().1.to_owned());
    assert!(gone.contains("`id` went"), "{gone}");
    let came =
        lines(&|line| format!("{line},{}", if line.starts_with("id") { "new" } else { "1" }));
    assert!(came.contains("`new` came in"), "{came}");
    let moved = lines(&|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.swap(1, 2);
        cells.join(",")
    });
    assert!(moved.contains("in another order"), "{moved}");

    // Of a matrix: a value by its column, and the labels by themselves.
    folder.ok("fit loans.libsvm --lambda 0.1 --quiet -o m.linecall");
    let text = folder.text("loans.libsvm");
    let first = text.lines().next().unwrap();
    let (label, rest) = first.split_once(' ').unwrap();
    let turned = if label == "+1" { "-1" } else { "+1" };
    folder.put("l.libsvm", text.replacen(first, &format!("{turned} {rest}"), 1));
    let ran = folder.run("replay m.linecall --data l.libsvm");
    assert!(ran.code == 1 && ran.stdout.contains("CHANGED   labels"), "{}", ran.stdout);
    let value = first.split_once("2:").unwrap().1;
    folder.put("v.libsvm", text.replacen(&format!("2:{value}"), "2:77", 1));
    let ran = folder.run("replay m.linecall --data v.libsvm");
    assert!(ran.code == 1 && ran.stdout.contains("CHANGED   column 2"), "{}", ran.stdout);
    // And of a stream.
    folder.ok("fit loans.csv --target repaid --lambda 0.1 --stream --quiet -o s.linecall");
    with(&cell(1, "99"));
    let ran = folder.run("replay s.linecall --data other.csv");
    assert!(ran.code == 1, "{}", ran.stdout);
}

#[test]
fn another_instruction_set_is_compared_within_the_certificate() {
    let folder = folder();
    for flags in ["--folds 3", "--learner lda", "--penalty l1 --lambda 0.01"] {
        folder.ok(&format!("fit loans.csv --target repaid {flags} --isa baseline --quiet"));
        // The recorded one is taken where nothing else is asked for.
        let ran = folder.run("replay model.linecall --data loans.csv");
        assert!(ran.code == 0 && ran.stdout.contains("byte for byte"), "{}", ran.stdout);
        let inspect = folder.json("inspect model.linecall");
        assert_eq!(at(&inspect, "training.isa"), "baseline");
        let wide = folder.run("replay model.linecall --data loans.csv --isa avx2");
        if wide.code == 2 {
            eprintln!("skipped: another_instruction_set: {}", wide.stderr);
            return;
        }
        assert_eq!(wide.code, 0, "{}", wide.stdout);
        assert!(wide.stdout.contains("within the certificate"), "{}", wide.stdout);
        assert!(wide.stdout.contains("baseline recorded, avx2 here"), "{}", wide.stdout);
        assert!(wide.stdout.contains("coefficients (largest difference"), "{}", wide.stdout);
    }
}

/// A model whose record says that it is of other settings does not come back.
#[test]
fn a_model_that_the_record_does_not_give_is_found_out() {
    let folder = folder();
    folder.ok("fit loans.csv --target repaid --lambda 0.1 --quiet -o a.linecall");
    folder.ok("fit loans.csv --target repaid --lambda 0.2 --quiet -o b.linecall");
    // The coefficients of one in the file of the other: a well-formed model, and a false one.
    let parts = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(folder.bytes(name))).unwrap();
        ["manifest.json", "weights.safetensors"].map(|part| {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut archive.by_name(part).unwrap(), &mut bytes).unwrap();
            bytes
        })
    };
    let ([manifest, _], [_, weights]) = (parts("a.linecall"), parts("b.linecall"));
    // Written as linecall writes it: stored, fixed date, in order.
    let mut forged = folder.bytes("a.linecall");
    let [_, own] = parts("a.linecall");
    let place = forged.windows(own.len()).position(|window| window == own).unwrap();
    assert_eq!(own.len(), weights.len());
    forged[place..place + own.len()].copy_from_slice(&weights);
    let crc = |bytes: &[u8]| {
        let mut hash = flate2::Crc::new();
        hash.update(bytes);
        hash.sum().to_le_bytes()
    };
    let (old, new) = (crc(&own), crc(&weights));
    let places: Vec<usize> =
        (0..forged.len() - 4).filter(|at| forged[*at..at + 4] == old).collect();
    for at in places {
        forged[at..at + 4].copy_from_slice(&new);
    }
    drop(manifest);
    folder.put("forged.linecall", forged);
    let ran = folder.run("replay forged.linecall --data loans.csv");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("rebuilt, and not the same"), "{}", ran.stdout);
    assert!(ran.stdout.contains("FAIL") && ran.stdout.contains("differs   coef"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_replayed_is_refused_by_name() {
    let folder = folder();
    folder.ok("fit loans.csv --target repaid --holdout 0 --lambda 0.1 --quiet");
    folder.ok("forget model.linecall loans.csv --rows 3,4 -o less.linecall");
    folder.refused("replay less.linecall --data loans.csv", &["2 rows were taken out", "forget"]);
    folder.put("law.csv", "feature,coef\n(intercept),-5\nage,0.05\nincome,0.001\n");
    folder
        .ok("import law.csv --like loans.csv --target repaid --link logistic -o imported.linecall");
    folder.refused("replay imported.linecall --data loans.csv", &["trained elsewhere"]);
    folder.refused("replay model.linecall --data loans.libsvm", &["loans.libsvm", "table"]);
    folder.refused("replay model.linecall --data none.csv", &["none.csv"]);
    folder.refused(
        "replay model.linecall --data loans.csv --test test.csv",
        &["of no test file", "test.csv"],
    );
}
