//! Error-correcting output codes: what is proved of the words, what folds into the model, and what
//! the bits are worth.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use common::{Random, close, random};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::ecoc::{
    CodeFit, CodePlan, CodeSettings, Decoding, Spectrum, Words, certify, measure,
};
use linecall_linear::folds::holdout;
use linecall_linear::tune::TuneOptions;
use linecall_linear::{ClassWeight, Error, Link, Loss, Multiclass, Penalty, Plan};

fn plan(loss: &str, lambda: f64) -> CodePlan {
    let loss: Loss = loss.parse().unwrap();
    CodePlan::new(Plan { tolerance: 1e-10, ..Plan::new(loss, Penalty::l2(lambda)) })
}

fn of_length(plan: CodePlan, length: usize) -> CodePlan {
    CodePlan { codes: CodeSettings { length: Some(length), ..CodeSettings::default() }, ..plan }
}

fn words(classes: usize, length: usize) -> Words {
    of_length(plan("logistic", 1.0), length).words(classes).unwrap()
}

/// Scores of bits, row after row.
fn bit_scores(fit: &CodeFit, design: &Design) -> Vec<f64> {
    fit.bits.model.scores(design).unwrap()
}

#[test]
fn few_wrong_bits_are_mended_and_one_more_shows() {
    for (classes, length) in [(4, 7), (6, 15), (10, 15), (12, 11)] {
        let words = words(classes, length);
        let most = words.corrects();
        let (mut mended, mut fails) = (0u64, 0u64);
        for class in 0..classes {
            for wrong in 0u32..1 << length {
                let count = wrong.count_ones() as usize;
                if count > most + 1 {
                    continue;
                }
                let scores: Vec<f64> = words
                    .word(class)
                    .iter()
                    .enumerate()
                    .map(|(j, bit)| if bit ^ (wrong >> j & 1 == 1) { 1.0 } else { -1.0 })
                    .collect();
                // Where words are as near as each other, the first is called; so a call of the right
                // class proves something only where it has to hold for every order.
                let far = |c: usize| words.fold(&scores)[c];
                let others = (0..classes).filter(|c| *c != class).map(far);
                let alone = others.fold(f64::NEG_INFINITY, f64::max) < far(class);
                if count <= most {
                    assert!(alone, "class {class} of {classes}, bits {wrong:b}");
                    assert_eq!(Decoding::Hamming.call(&words, &scores), class);
                    assert_eq!(Decoding::Linear.call(&words, &scores), class);
                    mended += 1;
                } else if !alone {
                    fails += 1;
                }
            }
        }
        assert!(mended > 0 && fails > 0, "{classes} classes, {length} bits");
    }
}

#[test]
fn class_scores_are_the_decoded_bit_scores() {
    for loss in ["logistic", "squared-hinge", "hinge", "modified-huber"] {
        let data = random(160, 5, 5, 11);
        let fit = plan(loss, 0.05).fit(&data).unwrap();
        let bits = bit_scores(&fit, &data.design);
        let scores = fit.model.scores(&data.design).unwrap();
        let n = fit.words.length();
        for (row, own) in bits.chunks_exact(n).zip(scores.chunks_exact(5)) {
            for (a, b) in fit.words.fold(row).iter().zip(own) {
                assert!(close(*a, *b, 1e-12), "{loss}: {a} and {b}");
            }
            assert_eq!(Decoding::Linear.call(&fit.words, row), fit.model.class_of(own));
        }
        let again = certify(&plan(loss, 0.05), &fit.model, &fit.certificate, &data).unwrap();
        assert!(again.folding == 0.0);
        assert!(close(again.bits.objective, fit.certificate.bits.objective, 1e-12));
    }
}

#[test]
fn each_bit_is_the_two_class_fit_of_its_classes() {
    let data = random(150, 4, 5, 3);
    let fit = plan("logistic", 0.03).fit(&data).unwrap();
    for j in 0..fit.words.length() {
        let names: Vec<&str> = data
            .labels
            .codes()
            .iter()
            .map(|c| if fit.words.word(*c as usize)[j] { "with" } else { "out" })
            .collect();
        let own = Dataset { labels: Labels::from_names(names), ..data.clone() };
        let one = Plan { tolerance: 1e-10, ..Plan::new(Loss::Logistic, Penalty::l2(0.03)) };
        let one = one.fit(&own).unwrap();
        for (a, b) in fit.bits.model.coef()[j].iter().zip(&one.model.coef()[0]) {
            assert!(close(*a, *b, 1e-6), "bit {j}: {a} and {b}");
        }
    }
}

#[test]
fn the_transform_gives_every_words_likelihood() {
    let mut rng = Random::new(5);
    for (classes, length) in [(3, 3), (5, 15), (10, 15), (10, 10), (26, 31)] {
        let words = words(classes, length);
        let spectrum = Spectrum::of(&words).unwrap();
        for _ in 0..20 {
            let z: Vec<f64> = (0..length).map(|_| 3.0 * rng.normal()).collect();
            let all = spectrum.log_likelihoods(&z);
            assert_eq!(all.len(), 1 << spectrum.dimension());
            let one = |bit: bool, z: f64| -(if bit { -z } else { z }).exp().ln_1p();
            let direct: Vec<f64> = (0..classes)
                .map(|c| words.word(c).iter().zip(&z).map(|(bit, z)| one(*bit, *z)).sum())
                .collect();
            for (a, b) in spectrum.of_classes(&all).iter().zip(&direct) {
                assert!(close(*a, *b, 1e-12), "{a} and {b}");
            }
            // The likeliest word of a class is the one of the largest sum.
            let best = (0..classes).max_by(|a, b| direct[*a].total_cmp(&direct[*b])).unwrap();
            assert_eq!(Decoding::Linear.call(&words, &z), best);
            let share = spectrum.share_of_classes(&all);
            let mass = |v: &[f64]| v.iter().map(|v| v.exp()).sum::<f64>();
            assert!(close(share, mass(&direct) / mass(&all), 1e-9));
            // All words that the bits can make: those of the code are at most all of them.
            assert!(mass(&all) <= 1.0 + 1e-12);
        }
    }
}

#[test]
fn measured_bits_by_hand() {
    let words = Words::of(&["000", "011", "101"].map(str::to_owned)).unwrap();
    // Class 0 twice, class 1, class 2; the first two bits of row 1 are wrong, and the
    // first of row 3.
    let scores = [1.0, 2.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0];
    let found = measure(&words, &scores, &Link::Logistic, &[0, 0, 1, 2], None).unwrap();
    assert_eq!(found.error, [0.5, 0.25, 0.0]);
    // Covariance 1/4 - 1/8 over the root of 1/4 * 3/16.
    let correlation = 0.125 / (0.25f64 * 0.1875).sqrt();
    assert!(close(found.mean_correlation.unwrap(), correlation, 1e-12));
    assert_eq!(found.largest_correlation, found.mean_correlation);
    assert_eq!((found.rows, found.within), (4, 0.5));
    // The first row (110) is two bits from every word, and the first of equals is its own; by sums
    // it goes to 011. The third (111) is one bit from 011, which is its own, and from 101.
    assert_eq!((found.hamming, found.linear), (1.0, 0.75));
    // Rows of weight 0 do not count.
    let weights = [0.0, 1.0, 0.0, 1.0];
    let found = measure(&words, &scores, &Link::Logistic, &[0, 0, 1, 2], Some(&weights)).unwrap();
    assert_eq!((found.error, found.hamming), (vec![0.0; 3], 1.0));
    assert_eq!(found.mean_correlation, None);
    let nothing = measure(&words, &scores, &Link::Logistic, &[0, 0, 1, 2], Some(&[0.0; 4]));
    assert_eq!(nothing.unwrap_err(), Error::NoRows);
}

#[test]
fn weights_of_rows_and_classes_are_rows_repeated() {
    let data = random(90, 3, 4, 9);
    let weighted = CodePlan {
        class_weight: ClassWeight::Given { weights: vec![("c1".to_owned(), 2.0)] },
        ..plan("logistic", 0.1)
    };
    let twice: Vec<usize> = (0..data.rows())
        .flat_map(|i| {
            let times =
                if data.labels.classes()[data.labels.codes()[i] as usize] == "c1" { 2 } else { 1 };
            std::iter::repeat_n(i, times)
        })
        .collect();
    let a = weighted.fit(&data).unwrap().model;
    let b = plan("logistic", 0.1).fit(&data.select(&twice).unwrap()).unwrap().model;
    for (a, b) in a.coef().iter().flatten().zip(b.coef().iter().flatten()) {
        assert!(close(*a, *b, 1e-6), "{a} and {b}");
    }
}

#[test]
fn the_same_at_any_number_of_threads() {
    let data = random(200, 6, 6, 21);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let plan = plan("squared-hinge", 0.02);
            let options = TuneOptions { folds: 4, ..TuneOptions::default() };
            let tuned = plan.tune(&data, &options, &|_, _| ()).unwrap();
            let plan = plan.with_lambda(tuned.lambda());
            let fit = plan.calibrated(plan.fit(&data).unwrap(), &data, &tuned).unwrap();
            (fit.model, fit.certificate)
        })
    };
    let one = run(1);
    assert_eq!(one, run(3));
    assert!(matches!(one.0.link(), Link::Temperature { slope } if *slope > 0.0));
    let measured = one.1.measured.unwrap();
    assert_eq!(measured.rows, 200);
    assert!(measured.within <= measured.hamming, "within t bits the nearest word is right");
}

#[test]
fn settings_are_refused_with_their_mend() {
    let data = random(60, 3, 4, 2);
    let error = |plan: CodePlan| plan.fit(&data).unwrap_err().to_string();
    assert_eq!(
        error(of_length(plan("logistic", 0.1), 8)),
        "4 classes can be parted in 7 ways only, so not for 8 learners: use --code-length 7 or less"
    );
    assert!(error(of_length(plan("logistic", 0.1), 1)).contains("use --code-length 2 or more"));
    let given = |words: &[&str]| {
        let words = words.iter().map(|w| (*w).to_owned()).collect();
        CodePlan {
            codes: CodeSettings { words, ..CodeSettings::default() },
            ..plan("logistic", 0.1)
        }
    };
    assert!(error(given(&["000", "011", "101"])).contains("words of classes: 3, expected 4"));
    assert!(error(given(&["000", "011", "101", "101"])).contains("a word of its own"));
    assert!(error(given(&["0011", "0101", "1001", "1111"])).contains("part the classes"));
    assert!(error(given(&["00", "01", "10", "1x"])).contains("words of 0 and 1"));
    let two = random(60, 3, 2, 2);
    let plan = plan("logistic", 0.1);
    assert!(plan.fit(&two).unwrap_err().to_string().contains("more than two classes"));
    // Words that are given are used.
    let fit = given(&["001", "010", "100", "111"]).fit(&data).unwrap();
    assert_eq!((fit.certificate.distance, fit.certificate.bound), (2, 2));
}

/// The digits of 8 by 8 pixels; `None` where they are not there.
fn digits() -> Option<Dataset> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/images/digits/digits.csv");
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next()?.split(',').skip(1).collect();
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for line in lines {
        let (name, cells) = line.split_once(',')?;
        names.push(name.to_owned());
        rows.push(cells.split(',').map(|c| c.parse().unwrap()).collect::<Vec<f64>>());
    }
    Some(common::dataset(&rows, &columns, &names))
}

#[test]
fn digits_beside_one_against_the_rest() {
    let Some(data) = digits() else {
        println!("skipped: the digits are not there");
        return;
    };
    let split = holdout(&data, 0.3, 1).unwrap();
    let (train, held) = (data.select(&split.train).unwrap(), data.select(&split.held).unwrap());
    let lambda = 1e-3;
    let accuracy = |calls: &mut dyn FnMut(usize) -> usize| {
        let hits = (0..held.rows()).filter(|&i| calls(i) == held.labels.codes()[i] as usize);
        hits.count() as f64 / held.rows() as f64
    };
    let rest = Plan {
        multiclass: Multiclass::OneVsRest,
        ..Plan::new(Loss::Logistic, Penalty::l2(lambda))
    };
    let rest = rest.fit(&train).unwrap().model;
    let scores = rest.scores(&held.design).unwrap();
    let own = accuracy(&mut |i| rest.class_of(&scores[i * 10..(i + 1) * 10]));
    for length in [15, 31] {
        let fit = of_length(plan("logistic", lambda), length).fit(&train).unwrap();
        let bits = bit_scores(&fit, &held.design);
        let by = |how: Decoding| {
            accuracy(&mut |i| how.call(&fit.words, &bits[i * length..(i + 1) * length]))
        };
        let (linear, hamming) = (by(Decoding::Linear), by(Decoding::Hamming));
        let truth = held.labels.codes();
        let found = measure(&fit.words, &bits, &Link::Logistic, truth, None).unwrap();
        println!(
            "digits, {length} bits, d {}: linear {linear:.4}, hamming {hamming:.4}, one against \
             the rest {own:.4}; mean bit error {:.4}, correlation {:?}, within {:.4}",
            fit.words.distance(),
            found.error.iter().sum::<f64>() / length as f64,
            found.mean_correlation,
            found.within,
        );
        assert!((found.linear - linear).abs() < 1e-12 && (found.hamming - hamming).abs() < 1e-12);
        assert!(linear > 0.9 && hamming > 0.88, "{linear}, {hamming}");
        assert!(linear > own - 0.03, "{linear}, one against the rest {own}");
        // Bits are wrong more often than classes: the words mend them.
        let worst = found.error.iter().fold(0.0, |a: f64, b| a.max(*b));
        assert!(worst > 1.0 - linear);
        assert!(found.within <= hamming);
    }
}
