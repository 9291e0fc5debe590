//! What is refused, and in which words.

use linecall_data::{Dataset, Design, Matrix};
use linecall_linear::direct::{DirectPlan, Learner, Passes, Priors, Shrinkage, Variant};
use linecall_linear::{ClassWeight, Error};

use crate::common::dataset;
use crate::list::{learners, rows_for};

const MULTINOMIAL: Learner =
    Learner::NaiveBayesMultinomial { alpha: 1.0, priors: Priors::Empirical };

fn refusal(learner: Learner, data: &Dataset) -> String {
    DirectPlan::new(learner).fit(data).unwrap_err().to_string()
}

#[test]
fn values_are_refused_by_row_and_column() {
    let mut data = dataset(
        &[vec![1.0, 0.0], vec![0.0, 2.0], vec![1.0, -3.0]],
        &["hello", "offer"],
        &["ham", "spam", "spam"],
    );
    assert_eq!(
        refusal(MULTINOMIAL, &data),
        "row 3, column `offer`: `-3`: this learner counts, and takes no value below 0; leave the \
         column out, or use naive-bayes-gaussian, lda or penalised"
    );
    let complement = Learner::NaiveBayesComplement { alpha: 1.0, norm: false };
    assert!(refusal(complement, &data).starts_with("row 3, column `offer`: `-3`"));
    let bernoulli = Learner::NaiveBayesBernoulli { alpha: 1.0, priors: Priors::Empirical };
    assert_eq!(
        refusal(bernoulli, &data),
        "row 2, column `offer`: `2`: this learner takes columns of 0 and 1; cut the column into \
         levels, make a matrix binary with --binarize 0, or use naive-bayes-gaussian"
    );
    data.weights = Some(vec![1.0, 1.0, 0.0]);
    assert!(DirectPlan::new(MULTINOMIAL).fit(&data).is_ok(), "a row of weight 0 is gone");
}

#[test]
fn settings_are_refused_by_name() {
    let data = rows_for(&MULTINOMIAL, 30, 3, 2, 1);
    let given = |shares: &[(&str, f64)]| Learner::NaiveBayesMultinomial {
        alpha: 1.0,
        priors: Priors::Given {
            shares: shares.iter().map(|(c, p)| ((*c).to_owned(), *p)).collect(),
        },
    };
    let passes = Passes { epochs: 0, ..Passes::default() };
    let aggressive =
        |c| Learner::PassiveAggressive { c, variant: Variant::I, passes: Passes::default() };
    let fixed = |share| Learner::Lda {
        shrinkage: Shrinkage::Fixed { share },
        priors: Priors::Empirical,
        standardize: true,
    };
    for (learner, want) in [
        (
            Learner::NaiveBayesMultinomial { alpha: 0.0, priors: Priors::Empirical },
            "`alpha` is 0, expected a finite number above 0",
        ),
        (
            Learner::NaiveBayesComplement { alpha: f64::NAN, norm: true },
            "`alpha` is NaN, expected a finite number above 0",
        ),
        (
            Learner::NaiveBayesGaussian { var_smoothing: -1.0, priors: Priors::Empirical },
            "`var-smoothing` is -1, expected a finite number, 0 or above",
        ),
        (fixed(1.5), "`shrinkage` is 1.5, expected `none`, `auto`, `oas`, or a number from 0 to 1"),
        (
            Learner::NearestCentroid { shrink_threshold: Some(-0.1), standardize: true },
            "`shrink-threshold` is -0.1, expected a finite number, 0 or above",
        ),
        (Learner::Perceptron { passes }, "`epochs` is 0, expected 1 or more"),
        (aggressive(0.0), "`aggressiveness` is 0, expected a finite number above 0"),
        (given(&[("c0", 0.5), ("c1", 0.6)]), "`priors` is 1.1, expected shares that sum to 1"),
        (given(&[("c0", 1.5), ("c1", -0.5)]), "`priors` is c1=-0.5, expected shares above 0"),
        (given(&[("c0", 0.5), ("x", 0.5)]), "`priors` is x, expected classes"),
        (given(&[("c0", 1.0)]), "`priors` is 1 shares, expected one share for each class"),
    ] {
        assert_eq!(refusal(learner, &data), want);
    }
}

#[test]
fn rows_that_nothing_can_be_learnt_from_are_refused() {
    for learner in learners() {
        let plan = DirectPlan::new(learner.clone());
        let none = dataset(&[], &["x"], &[] as &[&str]);
        assert_eq!(plan.fit(&none).unwrap_err(), Error::NoRows);
        let one = dataset(&[vec![1.0], vec![0.0]], &["x"], &["a", "a"]);
        assert_eq!(plan.fit(&one).unwrap_err(), Error::OneClass { class: "a".into() });
        let mut gone = rows_for(&learner, 30, 3, 3, 2);
        let weigh = |c: &u32| f64::from(u8::from(*c != 2));
        gone.weights = Some(gone.labels.codes().iter().map(weigh).collect());
        match plan.fit(&gone) {
            Ok(_) => assert!(learner.passes().is_some()),
            Err(e) => assert_eq!(e, Error::EmptyClass { class: "c2".into() }),
        }
        gone.weights = Some(vec![-1.0; 30]);
        assert!(plan.fit(&gone).unwrap_err().to_string().starts_with("`weight` is -1"));
        let bad = ClassWeight::Given { weights: vec![("c0".into(), f64::INFINITY)] };
        let plan = DirectPlan { class_weight: bad, ..plan };
        assert!(plan.fit(&gone).unwrap_err().to_string().starts_with("`class-weight` is c0=inf"));
    }
}

#[test]
fn a_discriminant_of_many_columns_is_refused_with_a_way_out() {
    let wide = Matrix::sparse(6000, vec![0, 1, 2], vec![0, 5999], vec![1.0, 2.0]).unwrap();
    let columns = (0..6000).map(|j| linecall_data::DesignColumn::value(j.to_string())).collect();
    let design = Design::new(wide, columns).unwrap();
    let labels = linecall_data::Labels::from_names(["a", "b"]);
    let data = Dataset::new(design, labels).unwrap();
    let lda = Learner::Lda {
        shrinkage: Shrinkage::LedoitWolf,
        priors: Priors::Empirical,
        standardize: true,
    };
    assert_eq!(
        refusal(lda, &data),
        "lda takes at most 5000 columns, and there are 6000; choose fewer columns, or use \
         naive-bayes-gaussian (the same with a diagonal covariance) or penalised"
    );
}

#[test]
fn numbers_beyond_double_precision_are_refused() {
    let data = dataset(&[vec![1e300], vec![-1e300], vec![0.0]], &["x"], &["a", "b", "a"]);
    for learner in learners() {
        if let Ok(fit) = DirectPlan::new(learner).fit(&data) {
            assert!(fit.model.coef().iter().flatten().all(|w| w.is_finite()));
            assert!(fit.certificate.mean_loss.is_finite());
        }
    }
}
