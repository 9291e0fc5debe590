//! Texts to n-grams, against scikit-learn's own output and against counting by hand.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use linecall_data::{
    Analyzer, Cells, Documents, Norm, Segmenter, TextCells, TextSettings, Weighting,
};
use linecall_features::text::{TextRecipe, Vocabulary, collisions};
use proptest::prelude::*;
use serde_json::Value;

fn cells(texts: &[&str]) -> Cells {
    let mut cells = TextCells::default();
    texts.iter().for_each(|text| cells.push(text));
    Cells::Text(cells)
}

/// scikit-learn's settings by ours.
fn settings(name: &str, given: &Value) -> TextSettings {
    let mut own = TextSettings { ngram_range: [1, 1], ..TextSettings::default() };
    own.weighting = match name.split('_').next() {
        Some("tfidf") => Weighting::TfIdf,
        _ => Weighting::Count,
    };
    if name.starts_with("hash") {
        own.norm = Some(Norm::L2);
    }
    for (key, value) in given.as_object().unwrap() {
        match key.as_str() {
            "ngram_range" => {
                own.ngram_range = [0, 1].map(|at| value[at].as_u64().unwrap() as u32);
            }
            "binary" => own.weighting = Weighting::Binary,
            "lowercase" => own.lowercase = value.as_bool().unwrap(),
            "strip_accents" => own.strip_accents = true,
            "analyzer" => own.analyzer = serde_json::from_value(value.clone()).unwrap(),
            "min_df" => own.min_df = Documents::Count(value.as_u64().unwrap()),
            "max_df" => own.max_df = Documents::Share(value.as_f64().unwrap()),
            "max_features" => own.max_features = value.as_u64(),
            "sublinear_tf" => own.sublinear_tf = true,
            "smooth_idf" => own.smooth_idf = false,
            "norm" => {
                own.norm = Some(match value.as_str() {
                    None => Norm::None,
                    Some("l1") => Norm::L1,
                    Some(other) => panic!("{other}"),
                });
            }
            "n_features" => own.hash_bits = Some(value.as_u64().unwrap().ilog2()),
            other => panic!("{other}"),
        }
    }
    own
}

#[test]
fn vectorizers_are_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("golden/text.json")).unwrap();
    let texts: Vec<&str> =
        golden["texts"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    let cases = golden["cases"].as_object().unwrap();
    assert!(cases.len() >= 18);
    for (name, case) in cases {
        let settings = settings(name, &case["settings"]);
        let recipe = TextRecipe::learn(&settings, &cells(&texts)).unwrap();
        if settings.hash_bits.is_none() {
            let vocabulary = recipe.vocabulary().unwrap();
            let own: Vec<&str> = (0..vocabulary.len()).map(|at| vocabulary.term(at)).collect();
            let theirs: Vec<&str> =
                case["names"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
            assert_eq!(own, theirs, "{name}");
        }
        for (row, text) in case["rows"].as_array().unwrap().iter().zip(&texts) {
            let own = recipe.row(text);
            let theirs: Vec<(usize, f64)> = row
                .as_array()
                .unwrap()
                .iter()
                .map(|e| (e[0].as_u64().unwrap() as usize, e[1].as_f64().unwrap()))
                .collect();
            assert_eq!(own.len(), theirs.len(), "{name}: {text:?}: {own:?} {theirs:?}");
            for (own, theirs) in own.iter().zip(&theirs) {
                assert_eq!(own.0, theirs.0, "{name}: {text:?}");
                let close = (own.1 - theirs.1).abs() <= 1e-6 * theirs.1.abs().max(1.0);
                assert!(close, "{name}: {text:?}: {own:?} {theirs:?}");
            }
        }
    }
}

/// All n-grams of a text, by hand.
fn by_hand(text: &str, settings: &TextSettings) -> BTreeMap<String, u64> {
    let lower = text.to_lowercase();
    let mut found = BTreeMap::new();
    let mut add = |term: String| *found.entry(term).or_insert(0) += 1;
    let [low, high] = settings.ngram_range.map(|n| n as usize);
    let windows = |symbols: &[String], glue: &str, add: &mut dyn FnMut(String)| {
        for n in low..=high {
            symbols.windows(n).for_each(|window| add(window.join(glue)));
        }
    };
    match settings.analyzer {
        Analyzer::Word => {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let words: Vec<String> = lower
                .split(|c: char| !word(c))
                .filter(|w| w.chars().count() >= 2)
                .map(str::to_owned)
                .collect();
            windows(&words, " ", &mut add);
        }
        Analyzer::Byte => {
            let bytes: Vec<String> = lower.bytes().map(|b| char::from(b).to_string()).collect();
            windows(&bytes, "", &mut add);
        }
        _ => unreachable!(),
    }
    found
}

proptest! {
    #[test]
    fn counts_are_those_by_hand(
        texts in prop::collection::vec("[abAB .\n]{0,30}|é?[a-c ]{0,9}", 1..12),
        range in (1u32..4, 0u32..3),
        bytes in any::<bool>(),
    ) {
        let analyzer = if bytes { Analyzer::Byte } else { Analyzer::Word };
        // By hand, words are of ASCII letters alone.
        let texts: Vec<String> =
            texts.iter().map(|t| if bytes { t.clone() } else { t.replace('é', " ") }).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let settings = TextSettings {
            analyzer,
            ngram_range: [range.0, range.0 + range.1],
            weighting: Weighting::Count,
            ..TextSettings::default()
        };
        let all: Vec<_> = texts.iter().map(|text| by_hand(text, &settings)).collect();
        let mut df: BTreeMap<&str, u64> = BTreeMap::new();
        all.iter().flat_map(|own| own.keys()).for_each(|t| *df.entry(t).or_insert(0) += 1);
        let learnt = TextRecipe::learn(&settings, &cells(&texts));
        if df.is_empty() {
            prop_assert!(learnt.is_err());
            return Ok(());
        }
        let recipe = learnt.unwrap();
        let vocabulary = recipe.vocabulary().unwrap();
        let own: Vec<(&str, u64)> =
            vocabulary.df().iter().enumerate().map(|(at, n)| (vocabulary.term(at), *n)).collect();
        prop_assert_eq!(own, df.into_iter().collect::<Vec<_>>());
        for (text, counts) in texts.iter().zip(&all) {
            let own: Vec<(String, u64)> = recipe
                .row(text)
                .into_iter()
                .map(|(at, n)| (vocabulary.term(at).to_owned(), n as u64))
                .collect();
            prop_assert_eq!(own, counts.clone().into_iter().collect::<Vec<_>>());
            // N-grams lead back to the words that they are made of.
            let words = recipe.words(text);
            for gram in recipe.grams(text) {
                if analyzer == Analyzer::Word {
                    let joined: Vec<&str> =
                        words[gram.symbols.clone()].iter().map(|w| w.0.as_str()).collect();
                    prop_assert_eq!(joined.join(" "), vocabulary.term(gram.column));
                }
            }
        }
        // What the model file holds reads back as the same.
        let text = vocabulary.to_text();
        prop_assert_eq!(&Vocabulary::from_text(analyzer, &text).unwrap(), vocabulary);
        let json = serde_json::to_string(&recipe).unwrap();
        let sealed: TextRecipe = serde_json::from_str(&json).unwrap();
        prop_assert!(sealed == recipe);
        prop_assert!(sealed.open(&text).unwrap() == recipe);
        let longer = format!("{text}zz\t1\n");
        prop_assert!(sealed.open(&longer).is_err());
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let texts: Vec<String> =
        (0..500u64).map(|i| format!("w{} w{} common w{}", i % 7, i * i % 31, i % 11)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let settings = TextSettings {
        weighting: Weighting::Bm25,
        ngram_range: [1, 3],
        max_features: Some(60),
        ..TextSettings::default()
    };
    let learn = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TextRecipe::learn(&settings, &cells(&texts)).unwrap())
    };
    let one = learn(1);
    assert_eq!(one.vocabulary().unwrap().len(), 60);
    for threads in [2, 3, 8] {
        let other = learn(threads);
        assert!(one == other);
        assert_eq!(one.row(texts[7]), other.row(texts[7]));
    }
}

#[test]
fn bm25_is_its_formula() {
    let settings =
        TextSettings { weighting: Weighting::Bm25, ngram_range: [1, 1], ..TextSettings::default() };
    let recipe = TextRecipe::learn(&settings, &cells(&["aa bb bb", "aa cc", "dd"])).unwrap();
    // Lengths 3, 2, 1: mean 2. bb: df 1 of 3 texts, twice in a text of length 3.
    let rarity = (1.0 + (3.0 - 1.0 + 0.5) / 1.5f64).ln();
    let expected = rarity * 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 1.5));
    let column = recipe.vocabulary().unwrap().column("bb").unwrap();
    let found = recipe.row("aa bb bb").into_iter().find(|e| e.0 == column).unwrap().1;
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}

#[test]
fn collisions_are_counted_exactly() {
    let words: Vec<String> = (0..40).map(|i| format!("word{i}")).collect();
    let text = words.join(" ");
    let settings = TextSettings {
        weighting: Weighting::Count,
        ngram_range: [1, 1],
        hash_bits: Some(5),
        ..TextSettings::default()
    };
    let recipe = TextRecipe::learn(&settings, &cells(&[&text])).unwrap();
    let mut counts = [0u64; 32];
    for word in &words {
        counts[recipe.bucket(word).unwrap().0 as usize] += 1;
    }
    let found = collisions(&recipe).unwrap();
    assert_eq!(found.terms, 40);
    assert_eq!(found.used, counts.iter().filter(|n| **n > 0).count() as u64);
    assert_eq!(found.colliding, counts.iter().filter(|n| **n > 1).sum::<u64>());
    assert_eq!(found.most, *counts.iter().max().unwrap());
}

#[test]
fn a_line_of_ten_megabytes_is_a_text_like_others() {
    let long = "word ".repeat(2_000_000);
    let settings = TextSettings { weighting: Weighting::Count, ..TextSettings::default() };
    let recipe = TextRecipe::learn(&settings, &cells(&[&long, "x"])).unwrap();
    assert_eq!(recipe.row(&long), [(0, 2_000_000.0), (1, 1_999_999.0)]);
}

#[test]
fn segmented_words_are_found_again_in_the_text() {
    for (segmenter, text, word) in [
        (Segmenter::Jieba, "这家酒店的服务非常好", "酒店"),
        (Segmenter::Script, "このホテルの朝食は良いです", "朝食"),
    ] {
        let settings = TextSettings { segmenter, ngram_range: [1, 1], ..TextSettings::default() };
        let recipe = TextRecipe::learn(&settings, &cells(&[text])).unwrap();
        let words = recipe.words(text);
        let found = words.iter().find(|(own, _)| own == word).unwrap();
        assert_eq!(&text[found.1.clone()], word);
    }
}

#[test]
fn faults_are_told_in_one_line() {
    let base = TextSettings::default();
    let learn = |settings: &TextSettings, texts: &[&str]| {
        TextRecipe::learn(settings, &cells(texts)).unwrap_err().to_string()
    };
    assert!(learn(&base, &["", " . "]).contains("hold no n-gram"));
    let rare = TextSettings { min_df: Documents::Count(3), ..base.clone() };
    assert!(learn(&rare, &["one two", "one"]).contains("lower `min_df`"));
    let odd = TextSettings { stem: Some("klingon".to_owned()), ..base };
    assert!(learn(&odd, &["one"]).contains("choose among arabic"));
}
