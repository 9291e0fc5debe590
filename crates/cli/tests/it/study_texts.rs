//! The studies of texts through the real binary: declared cells, shared rows, seeds and threads.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::folder::{Folder, at, number};

/// Reviews with two to four stars, whose words decide up to noise.
fn reviews(rows: usize) -> String {
    let words = [
        ["bad", "awful", "dull", "boring"],
        ["plain", "fair", "usual", "middling"],
        ["good", "great", "superb", "lovely"],
    ];
    let things = ["film", "plot", "cast", "music", "story", "scene", "ending", "camera"];
    let mut state = 9u64;
    let mut draw = |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut out = String::from("stars,review\n");
    for i in 0..rows {
        let stars = i % 3;
        // One row in eight speaks like another.
        let own = if draw(8) == 0 { draw(3) } else { stars };
        let (a, b) = (things[draw(8)], things[draw(8)]);
        let (one, other) = (words[own][draw(4)], words[own][draw(4)]);
        out.push_str(&format!(
            "{},\"The {a} of this show is {one}, and I found that the {b} was {other} for number {i}\"\n",
            stars + 2
        ));
    }
    out
}

/// The document without what differs from run to run.
fn timeless(mut document: Value) -> Value {
    for row in document["rows"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("seconds");
    }
    document
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap()
}

#[test]
fn the_grid_has_sixteen_cells_on_the_same_rows() {
    let folder = Folder::new();
    folder.put("reviews.csv", reviews(240));
    let asked = "study text-grid reviews.csv --target stars --topics 8 --curve --quiet";
    let found = folder.json(&format!("{asked} --report grid.html --threads 2"));
    assert_eq!(at(&found, "name"), "text_grid");
    let rows = at(&found, "rows").as_array().unwrap();
    let cells: HashSet<(&str, &str)> =
        rows.iter().map(|r| (text(r, "representation"), text(r, "learner"))).collect();
    assert_eq!((rows.len(), cells.len()), (16, 16));
    for representation in ["unigrams", "bigrams", "trigrams", "lsi"] {
        for learner in
            ["logistic_regression", "naive_bayes", "perceptron", "support_vector_machine"]
        {
            assert!(cells.contains(&(representation, learner)), "{representation} {learner}");
        }
    }
    let given: HashSet<&str> = rows.iter().map(|r| text(r, "given")).collect();
    assert_eq!(given.len(), 1, "all cells were given the same rows and folds");
    assert_eq!(
        at(&found, "about.rows").as_array().unwrap(),
        &[serde_json::json!(192), serde_json::json!(48)]
    );
    let best = number(&found, "best") as usize;
    for (at, row) in rows.iter().enumerate() {
        let accuracy = row["accuracy"].as_f64().unwrap();
        assert!(accuracy > 0.6, "{row}");
        // Naive Bayes counts classes by hand elsewhere; here that measures agree with one another.
        let behind = row["behind"]["value"].as_f64();
        let top = rows[best]["accuracy"].as_f64().unwrap();
        match behind {
            Some(behind) => assert!((behind - (top - accuracy)).abs() < 1e-12 && at != best),
            None => assert_eq!(at, best),
        }
        // Stars are numbers: an expected star cannot be further off than a wrong call can be.
        assert!(
            row["rmse"].as_f64().unwrap() <= 2.0 && row["rmse_expected"].as_f64().unwrap() < 2.0
        );
        assert!(row["calibration_error"].as_f64().unwrap() < 0.5);
        let curve = row["curve"].as_array().unwrap();
        let sizes: Vec<u64> = curve.iter().map(|p| p["rows"].as_u64().unwrap()).collect();
        assert_eq!(sizes, [48, 96, 192]);
        assert_eq!(curve[2]["accuracy"], row["accuracy"]);
        assert!(row["residual"].as_f64().is_none_or(|r| r <= 1e-6), "{row}");
    }
    let lsi = rows.iter().find(|r| text(r, "representation") == "lsi").unwrap();
    assert_eq!(lsi["topics"]["count"], 8);
    assert!(lsi["columns"].as_u64().unwrap() > 8, "folded back into n-grams");
    let words = rows[0]["per_class"][2]["tokens"].as_array().unwrap();
    let good = ["good", "great", "superb", "lovely"];
    assert!(words.iter().take(4).all(|w| good.contains(&w.as_str().unwrap())), "{words:?}");
    let html = folder.text("grid.html");
    assert!(html.contains("<svg") && html.contains("linecall study text-grid reviews.csv"));
    // Threads change nothing; the seed does.
    let alone = folder.json(&format!("{asked} --threads 1"));
    assert_eq!(timeless(found.clone()), timeless(alone));
    let other = folder.json(&format!("{asked} --seed 7"));
    assert_ne!(at(&found, "rows.0.given"), at(&other, "rows.0.given"));
    let page = folder.ok(&format!("{asked} --max-features 30"));
    assert!(page.contains("unigrams to trigrams") && page.contains("RMSE expected"), "{page}");
    assert!(page.contains("Accuracy by training rows"), "{page}");
}

/// What the front end of a test file sees is learnt from the training file alone: words that only the
/// test file has get no column.
#[test]
fn a_test_file_teaches_nothing() {
    let folder = Folder::new();
    folder.put("train.csv", reviews(150));
    let test = reviews(60).replace("number", "zyzzyva");
    folder.put("test.csv", &test);
    folder.put("other.csv", test.lines().take(40).map(|l| format!("{l}\n")).collect::<String>());
    let run = |test: &str| {
        folder.json(&format!(
            "study text-grid train.csv --target stars --test {test} --topics 5 --quiet"
        ))
    };
    let (one, other) = (run("test.csv"), run("other.csv"));
    assert_eq!(
        at(&one, "about.rows").as_array().unwrap(),
        &[serde_json::json!(150), serde_json::json!(60)]
    );
    for (a, b) in
        at(&one, "rows").as_array().unwrap().iter().zip(at(&other, "rows").as_array().unwrap())
    {
        for same in ["columns", "strength", "cross_accuracy", "train_accuracy", "bytes", "topics"] {
            assert_eq!(a[same], b[same], "{same}");
        }
        assert_ne!(a["given"], b["given"]);
    }
    assert!(!one.to_string().contains("zyzzyva"));
}

#[test]
fn every_declared_encoding_is_there_once() {
    let folder = Folder::new();
    folder.put("reviews.csv", reviews(120));
    let asked = "study encodings reviews.csv --target stars --quiet";
    let found = folder.json(&format!("{asked} --report encodings.html --threads 2"));
    let rows = at(&found, "rows").as_array().unwrap();
    let cell = |r: &Value| format!("{} {} {}", text(r, "level"), text(r, "weighting"), r["length"]);
    let cells: HashSet<String> = rows.iter().map(cell).collect();
    let mut declared = HashSet::new();
    for (level, lengths) in [
        ("bytes", &[1, 2, 4][..]),
        ("characters", &[1, 2, 3]),
        ("words", &[1, 2]),
        ("romanised_characters", &[1, 2, 3]),
        ("romanised_words", &[1, 2]),
    ] {
        for weighting in ["count", "tfidf"] {
            declared.extend(lengths.iter().map(|n| format!("{level} {weighting} {n}")));
        }
    }
    assert_eq!((rows.len(), &cells), (26, &declared));
    assert_eq!(rows.iter().map(|r| text(r, "given")).collect::<HashSet<_>>().len(), 1);
    for row in rows {
        let error = |name: &str| row[name].as_f64().unwrap();
        assert!((error("gap") - (error("test_error") - error("train_error"))).abs() < 1e-12);
        // Of English, Latin letters are what is there already.
        if text(row, "level").starts_with("romanised") {
            let plain = cell(row).replace("romanised_", "");
            let other = rows.iter().find(|r| cell(r) == plain).unwrap();
            for same in ["columns", "train_error", "test_error", "strength"] {
                assert_eq!(row[same], other[same], "{plain} {same}");
            }
        }
    }
    assert_eq!(at(&found, "study.segmenter"), "none");
    assert_eq!(timeless(found.clone()), timeless(folder.json(&format!("{asked} --threads 1"))));
    assert!(folder.text("encodings.html").contains("linecall study encodings reviews.csv"));
    let page = folder.ok(asked);
    assert!(page.contains("romanised characters") && page.contains("gap"), "{page}");
}

#[test]
fn scripts_choose_how_words_are_found() {
    let folder = Folder::new();
    for (file, segmenter, good, bad) in [
        ("zh.csv", "jieba", "这家酒店的服务非常好", "房间很脏我不满意"),
        ("ja.csv", "script", "このホテルの朝食はとても良いです", "部屋が汚くて残念でした"),
        ("ko.csv", "none", "이 호텔의 아침은 정말 좋았어요", "방이 더럽고 시끄러웠어요"),
    ] {
        let mut out = String::from("label,text\n");
        for i in 0..30 {
            let (label, words) = if i % 2 == 0 { ("yes", good) } else { ("no", bad) };
            out.push_str(&format!("{label},{words} {i}\n"));
        }
        folder.put(file, out);
        let found =
            folder.json(&format!("study encodings {file} --target label --text text --quiet"));
        assert_eq!(at(&found, "study.segmenter"), segmenter, "{file}");
        for row in at(&found, "rows").as_array().unwrap() {
            assert!(row["test_error"].as_f64().unwrap() < 0.01, "{file}: {row}");
        }
    }
}

#[test]
fn what_cannot_be_studied_is_refused() {
    let folder = Folder::new();
    folder.put("reviews.csv", reviews(60));
    folder.put("numbers.csv", "a,b,y\n1,2,no\n2,3,yes\n3,4,no\n4,5,yes\n");
    for (asked, says) in [
        ("study text-grid", "which texts"),
        ("study text-grid reviews.csv", "--target"),
        ("study mixup reviews.csv", "DATA means nothing"),
        ("study mixup --max-features 3", "--max-features means nothing"),
        ("study encodings reviews.csv --target stars --topics 3", "--topics means nothing"),
        ("study text-grid reviews.csv --target stars --rows 30", "--rows means nothing"),
        ("study text-grid numbers.csv --target y", "no column looks like free text"),
        ("study text-grid reviews.csv --target stars --text nothing", "no column of the table"),
        ("study text-grid reviews.csv --target stars --report reviews.csv", "reviews.csv"),
    ] {
        let refused = folder.run(asked);
        assert_eq!(refused.code, 2, "{asked}");
        assert!(refused.stderr.contains(says), "{asked}: {}", refused.stderr);
    }
}

/// Japanese hotel reviews, as published: words of one script are as good as any encoding, and n-grams
/// of up to four bytes fit their training rows best of all bytes.
#[test]
fn hotel_reviews_in_japanese() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/text/hotel_sentiment_ja/pn.csv");
    if !file.is_file() {
        eprintln!("skipped: hotel_reviews_in_japanese: shared data absent");
        return;
    }
    let folder = Folder::new();
    // Every third row, so that the test is short.
    let text_of_file = std::fs::read_to_string(file).unwrap();
    let some: String = text_of_file
        .lines()
        .enumerate()
        .filter(|(i, _)| *i == 0 || i % 3 == 1)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    folder.put("pn.csv", some);
    let found = folder
        .json("study encodings pn.csv --target label --text text --max-features 20000 --quiet");
    assert_eq!(at(&found, "study.segmenter"), "script");
    let rows = at(&found, "rows").as_array().unwrap();
    let of = |level: &str, weighting: &str, length: u64| {
        let is = |r: &&Value| {
            text(r, "level") == level && text(r, "weighting") == weighting && r["length"] == length
        };
        rows.iter().find(is).unwrap()
    };
    let error = |row: &Value, name: &str| row[name].as_f64().unwrap();
    for row in rows {
        eprintln!("{} {} {}: {}", row["level"], row["weighting"], row["length"], row["test_error"]);
        // The commonest class alone is wrong on four rows of ten.
        assert!(error(row, "test_error") < 0.4, "{row}");
    }
    let words = of("words", "tfidf", 2);
    let characters = of("characters", "tfidf", 3);
    let difference = error(words, "test_error") - error(characters, "test_error");
    assert!(difference.abs() < 0.08, "{difference}");
    assert!(error(of("bytes", "tfidf", 4), "gap") > error(of("bytes", "tfidf", 1), "gap"));
}
