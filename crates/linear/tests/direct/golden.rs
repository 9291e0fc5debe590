//! Coefficients, probabilities and calls equal to those of scikit-learn (`golden/direct.py`).

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::direct::{DirectPlan, Learner, Passes, Priors, Shrinkage};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn learner(case: &Value) -> Learner {
    let settings = &case["settings"];
    let number = |name: &str| settings[name].as_f64().unwrap();
    let yes = |name: &str| settings[name].as_bool().unwrap();
    let fitted = || if yes("fit_prior") { Priors::Empirical } else { Priors::Uniform };
    let standardize = || yes("standardize");
    match case["learner"].as_str().unwrap() {
        "multinomial" => {
            Learner::NaiveBayesMultinomial { alpha: number("alpha"), priors: fitted() }
        }
        "bernoulli" => Learner::NaiveBayesBernoulli { alpha: number("alpha"), priors: fitted() },
        "complement" => Learner::NaiveBayesComplement { alpha: number("alpha"), norm: yes("norm") },
        "gaussian" => Learner::NaiveBayesGaussian { var_smoothing: 0.0, priors: Priors::Empirical },
        "centroid" => Learner::NearestCentroid {
            shrink_threshold: settings["threshold"].as_f64(),
            standardize: standardize(),
        },
        "perceptron" => Learner::Perceptron {
            passes: Passes {
                epochs: settings["epochs"].as_u64().unwrap() as u32,
                shuffle: false,
                seed: 0,
                average: yes("average"),
                standardize: false,
            },
        },
        "lda" => Learner::Lda {
            shrinkage: match settings["shrinkage"].as_str() {
                Some("none") => Shrinkage::None,
                Some("auto") => Shrinkage::LedoitWolf,
                Some("oas") => Shrinkage::OracleApproximating,
                _ => Shrinkage::Fixed { share: number("shrinkage") },
            },
            priors: match settings["priors"].as_array() {
                None => Priors::Empirical,
                Some(shares) => Priors::Given {
                    shares: shares
                        .iter()
                        .enumerate()
                        .map(|(k, p)| (k.to_string(), p.as_f64().unwrap()))
                        .collect(),
                },
            },
            standardize: standardize(),
        },
        other => panic!("{other}"),
    }
}

/// Class functions that differ by a shared one are the same: take the mean over classes away, or
/// the difference of two.
fn contrast(coef: &[Vec<f64>], intercept: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let k = coef.len() as f64;
    if let [a, b] = coef {
        let difference = b.iter().zip(a).map(|(b, a)| b - a).collect();
        return (vec![difference], vec![intercept[1] - intercept[0]]);
    }
    let mean = |j: usize| coef.iter().map(|w| w[j]).sum::<f64>() / k;
    let centred =
        coef.iter().map(|w| w.iter().enumerate().map(|(j, v)| v - mean(j)).collect()).collect();
    let middle = intercept.iter().sum::<f64>() / k;
    (centred, intercept.iter().map(|b| b - middle).collect())
}

/// Column deviations turn coefficients into changes of the score, and sizes into that of a score.
fn assert_close(name: &str, ours: f64, theirs: f64, size: f64) {
    // scikit-learn solves by singular values and inverts squares of 1e6; 1e-9 of the size of the
    // number leaves that room and no more.
    assert!((ours - theirs).abs() <= 1e-9 * size.max(1.0), "{name}: {ours} and {theirs}");
}

#[test]
fn numbers_equal_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../golden/direct.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 60);
    for case in cases {
        let name = format!("{} {} {}", case["learner"], case["target"], case["settings"]);
        let rows = matrix(&golden[case["design"].as_str().unwrap()]);
        let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let design = Design::from_rows(&rows, &names).unwrap();
        let classes = golden[case["target"].as_str().unwrap()].as_array().unwrap();
        let labels = Labels::from_names(classes.iter().map(Value::to_string));
        let mut data = Dataset::new(design, labels).unwrap();
        if case["weighted"] == true {
            data.weights = Some(numbers(&golden["weights"]));
        }
        let fit = DirectPlan::new(learner(case)).fit(&data).unwrap();

        let (coef, intercept) = contrast(&matrix(&case["coef"]), &numbers(&case["intercept"]));
        let (own, own_intercept) = match fit.model.coef() {
            [one] => (vec![one.clone()], fit.model.intercept().to_vec()),
            many => contrast(many, fit.model.intercept()),
        };
        for ((a, b), (ia, ib)) in own.iter().zip(&coef).zip(own_intercept.iter().zip(&intercept)) {
            let mut size = ib.abs();
            for (j, (a, b)) in a.iter().zip(b).enumerate() {
                assert_close(&format!("{name}: coef {j}"), *a, *b, b.abs());
                size = rows.iter().fold(size, |m, row| m.max((row[j] * b).abs()));
            }
            assert_close(&format!("{name}: intercept"), *ia, *ib, size);
        }

        let scores = fit.model.scores(&data.design).unwrap();
        if let Some(theirs) = case.get("probability") {
            let ours = fit.model.probabilities(&scores).unwrap();
            for (a, b) in ours.iter().zip(matrix(theirs).iter().flatten()) {
                assert!((a - b).abs() < 1e-8, "{name}: probability {a} and {b}");
            }
        }
        if let Some(theirs) = case.get("calls") {
            for (f, theirs) in scores.chunks(fit.model.n_scores()).zip(numbers(theirs)) {
                assert_eq!(fit.model.class_of(f) as f64, theirs, "{name}");
            }
        }
    }
}
