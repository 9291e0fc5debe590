//! Models of free text through the real binary.

use std::path::Path;

use serde_json::Value;

use crate::folder::{Folder, at, number};

/// Reviews whose words decide, with a number beside them.
fn reviews() -> String {
    let good = ["good", "great", "superb", "lovely"];
    let bad = ["bad", "awful", "dull", "boring"];
    let things = ["film", "plot", "cast", "music", "story", "scene", "ending", "camera"];
    let mut out = String::from("review,minutes,liked\n");
    for i in 0..160usize {
        let (words, call) = if i % 2 == 0 { (good, "yes") } else { (bad, "no") };
        let (a, b) = (things[i / 2 % 8], things[i / 3 % 8]);
        let word = words[i / 5 % 4];
        let other =
            if i % 7 == 0 { "though not all of it was so" } else { "and so was the rest of it" };
        out.push_str(&format!(
            "\"The {a} is {word}, {other}; the {b} no. {i}\",{},{call}\n",
            80 + i / 2 % 60 + i % 2 * 5
        ));
    }
    out
}

fn with_reviews() -> Folder {
    let folder = Folder::new();
    folder.put("reviews.csv", reviews());
    folder
}

const FIT: &str = "fit reviews.csv --target liked --positive yes --quiet";

#[test]
fn a_text_and_a_number_make_one_model() {
    let folder = with_reviews();
    let found = folder.json(&format!("{FIT} --report report.html"));
    assert!(number(&found, "holdout.accuracy.value") > 0.95, "{found}");
    let schema = at(&found, "schema.columns").as_array().unwrap();
    let kinds: Vec<&str> = schema.iter().map(|c| c["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["text", "integer"]);
    let tokens = &at(&found, "tokens")[0];
    assert_eq!(
        (tokens["column"].as_str(), tokens["class"].as_str()),
        (Some("review"), Some("yes"))
    );
    let top: Vec<&str> =
        tokens["for"].as_array().unwrap().iter().map(|t| t["token"].as_str().unwrap()).collect();
    assert!(["good", "great", "superb", "lovely"].iter().all(|word| top[..12].contains(word)));
    // The number has a coefficient of its own; the words have not.
    let rows = at(&found, "coefficients").as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert!(folder.text("report.html").contains("The words of"));
    let calls = folder.ok("predict model.linecall reviews.csv");
    assert_eq!(calls.lines().count(), 161);
}

#[test]
fn a_model_of_texts_is_verified_replayed_and_read() {
    let folder = with_reviews();
    folder.ok(&format!("{FIT} --ngrams 1,3 --min-df 2 --sublinear-tf"));
    folder.ok("verify model.linecall reviews.csv");
    folder.ok("replay model.linecall --data reviews.csv");
    let seen = folder.ok("inspect model.linecall");
    assert!(seen.contains("The words of `review`"), "{seen}");
    let schema = folder.ok("inspect model.linecall --schema");
    assert!(schema.contains("sublinear_tf = true") && schema.contains("min_df = 2"), "{schema}");
    // Any changed byte of the vocabulary is refused by name.
    let mut bytes = folder.bytes("model.linecall");
    let at = bytes.windows(5).rposition(|w| w == b"lovel").unwrap();
    bytes[at] = b'L';
    folder.put("bent.linecall", bytes);
    let refused = folder.run("predict bent.linecall reviews.csv");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("vocabulary_1.tsv"), "{}", refused.stderr);
}

#[test]
fn a_call_on_a_text_is_challenged_word_by_word() {
    let folder = with_reviews();
    folder.ok(FIT);
    let rows = ["A superb film, and a giraffe", "", "A superb, lovely film; a dull cast"];
    let rows: Vec<String> = rows.iter().map(|text| format!("\"{text}\",100\n")).collect();
    folder.put("new.csv", format!("review,minutes\n{}", rows.concat()));
    let case = folder.json(
        "challenge model.linecall new.csv --row 1 --reference reviews.csv --favourable yes --html case.html",
    );
    let words = &at(&case, "words")[0];
    assert_eq!(words["text"], "A superb film, and a giraffe");
    let spans = words["spans"].as_array().unwrap();
    let strongest = spans
        .iter()
        .max_by(|a, b| {
            a["contribution"].as_f64().unwrap().total_cmp(&b["contribution"].as_f64().unwrap())
        })
        .unwrap();
    let (start, end) = (strongest["start"].as_u64().unwrap(), strongest["end"].as_u64().unwrap());
    assert_eq!(&"A superb film, and a giraffe"[start as usize..end as usize], "superb");
    // What all n-grams add is what is listed and the rest.
    let sum: f64 = words["grams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["contribution"].as_f64().unwrap())
        .sum();
    let adds = words["adds"].as_f64().unwrap();
    assert!((sum + words["others"].as_f64().unwrap() - adds).abs() < 1e-9);
    let mixed = folder.json("challenge model.linecall new.csv --row 3 --reference reviews.csv");
    let removal = &at(&mixed, "words")[0]["removal"];
    assert_eq!((removal["exact"].as_bool(), removal["to"].as_str()), (Some(true), Some("no")));
    let words_off = removal["words"].as_array().unwrap();
    assert!(words_off.iter().all(|word| word == "superb" || word == "lovely"), "{removal}");
    assert_eq!(removal["at_least"].as_u64().unwrap() as usize, words_off.len());
    // The text without the word is called otherwise by predict as well.
    folder
        .put("cut.csv", format!("review,minutes\n\"{}\",100\n", removal["text"].as_str().unwrap()));
    let call = folder.ok("predict model.linecall cut.csv");
    assert!(call.lines().nth(1).unwrap().starts_with("1,no,"), "{call}");
    assert!(words["new_words"]["unknown"].as_array().unwrap().contains(&Value::from("giraffe")));
    assert_eq!(words["nearest"].as_array().unwrap().len(), 3);
    assert!(folder.text("case.html").contains("<mark class=\"for\""));
    // An empty text is a text.
    let empty = folder.json("challenge model.linecall new.csv --row 2 --reference reviews.csv");
    assert_eq!(at(&empty, "words")[0]["spans"].as_array().unwrap().len(), 0);
    // A column that is kept out is kept out.
    let kept = folder.ok("challenge model.linecall new.csv --row 1 --json --redact review");
    assert!(!kept.contains("superb"), "{kept}");
}

#[test]
fn hashes_are_named_and_their_collisions_counted() {
    let folder = with_reviews();
    folder.ok(&format!("{FIT} --hash-bits 6 --ngrams 1"));
    let found = folder.json("inspect model.linecall");
    let own = &at(&found, "collisions.review");
    assert_eq!(own["buckets"], 64);
    assert!(own["colliding"].as_u64().unwrap() > 0);
    assert!(at(&found, "tokens")[0]["for"][0]["token"].is_string());
    folder.ok("verify model.linecall reviews.csv");
    // A stream keeps no text: hashes can be learnt from one, a vocabulary cannot.
    folder.ok(&format!(
        "{FIT} --hash-bits 8 --stream --no-tune --lambda 0.01 --holdout 0 -o streamed.linecall"
    ));
    folder.ok("predict streamed.linecall reviews.csv");
}

#[test]
fn what_texts_cannot_be_asked_is_refused_in_one_line() {
    let folder = with_reviews();
    folder.ok(FIT);
    let line = |command: &str, part: &str| {
        let ran = folder.run(command);
        assert_eq!(ran.code, 2, "{command}: {ran:?}");
        let said = ran.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(said.contains(part), "{command}: {}", ran.stderr);
    };
    line("export model.linecall --to sql --no-check", "`review` is free text");
    line(&format!("{FIT} --ngrams 3,2"), "the lower first");
    line(&format!("{FIT} --min-df 200"), "lower `min_df`");
    line(&format!("{FIT} --stem klingon"), "choose among");
    line(&format!("{FIT} --hash-bits 9 --weighting tfidf"), "hashes have no rarity");
    line(&format!("{FIT} --text plot"), "is no column of the table");
    line(&format!("{FIT} --text liked"), "is the target");
    folder.put("numbers.csv", "a,y\n1,0\n2,1\n3,0\n4,1\n");
    line("fit numbers.csv --target y --stem english", "name it by --text");
    folder.put("one.csv", "y\n0\n1\n");
    folder.put("short.csv", "minutes\n90\n");
    line("predict model.linecall short.csv", "review");
}

#[test]
fn cards_and_text_do_not_mix() {
    let folder = with_reviews();
    let card = folder
        .run("scorecard reviews.csv --target liked --max-size 2 --nodes 100 --folds 2 --quiet");
    assert_eq!(card.code, 0, "{}", card.stderr);
    assert!(card.stdout.contains("is ignored here") || card.stderr.contains("is ignored here"));
}

#[test]
fn bundled_problems_are_told_apart() {
    let folder = Folder::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/optimization_problems.csv");
    folder.put("problems.csv", std::fs::read(data).unwrap());
    let found = folder.json("fit problems.csv --target objective --positive max --quiet");
    // 0.889 is what TF-IDF of words does on the published parts (data/README.md).
    assert!(number(&found, "holdout.accuracy.value") > 0.8);
}

#[test]
fn an_embedding_is_a_linear_model_like_others() {
    let folder = with_reviews();
    let found =
        folder.json(&format!("{FIT} --learner embedding --dim 16 --epochs 20 --ngrams 1,2"));
    assert!(number(&found, "holdout.accuracy.value") > 0.9, "{found}");
    assert_eq!(at(&found, "certificate.learner"), "embedding");
    folder.ok("verify model.linecall reviews.csv");
    folder.ok("replay model.linecall --data reviews.csv");
    let schema = folder.ok("inspect model.linecall --schema");
    assert!(schema.contains("norm = \"l1\""), "{schema}");
    let case = folder.json("challenge model.linecall reviews.csv --row 1 --reference reviews.csv");
    assert!(!at(&case, "words")[0]["spans"].as_array().unwrap().is_empty());
}

#[test]
fn flags_leave_texts_without_spaces_in_characters() {
    let folder = Folder::new();
    let things = ["部屋", "朝食", "風呂", "眺め", "接客"];
    let mut rows = String::from("感想,良い\n");
    for i in 0..60usize {
        let (word, call) =
            if i % 2 == 0 { ("良かったです", "yes") } else { ("残念でした", "no") };
        let (a, b) = (things[i / 2 % 5], things[i / 3 % 5]);
        rows.push_str(&format!("この宿の{a}は本当に{word}が{b}は普通だと思う{i},{call}\n"));
    }
    folder.put("hotel.csv", rows);
    let analyzer = |flags: &str| -> (String, Value) {
        let command = format!("fit hotel.csv --target 良い --positive yes --quiet {flags}");
        let found = folder.json(&command);
        let text = at(&found, "schema.columns")[0]["text"].clone();
        (text["analyzer"].as_str().unwrap().to_owned(), text["ngram_range"].clone())
    };
    for flags in ["", "--min-df 2", "--learner embedding"] {
        assert_eq!(analyzer(flags), ("char".to_owned(), serde_json::json!([1, 3])), "{flags}");
    }
    assert_eq!(analyzer("--ngrams 2").1, serde_json::json!([2, 2]));
    assert_eq!(analyzer("--segmenter script").0, "word");
    assert_eq!(analyzer("--analyzer byte").0, "byte");
}
