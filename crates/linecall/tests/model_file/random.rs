//! Round trips of random pipelines, down to the bits of every number.

use std::collections::BTreeMap;

use linecall::direct::{DirectPlan, Learner, Passes, Priors, Shrinkage};
use linecall::{FrontEnd, Multiclass, Pipeline, Plan};
use linecall_data::{Certificate, DirectCertificate, Labels};
use linecall_linear::{LinearModel, Link};
use proptest::prelude::*;

use crate::support;

/// Any finite double: by its bits, or one of the awkward ones.
fn double() -> impl Strategy<Value = f64> {
    let awkward = prop::sample::select(vec![
        0.0,
        -0.0,
        f64::from_bits(1),
        -f64::from_bits(1),
        f64::MIN_POSITIVE,
        f64::MIN_POSITIVE.next_down(),
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
        1.0_f64.next_up(),
        9_007_199_254_740_993.0,
        1e23,
        5e-324,
    ]);
    let bits = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |v| v.is_finite());
    prop_oneof![awkward, bits]
}

fn amount() -> impl Strategy<Value = f64> {
    double().prop_map(f64::abs)
}

fn model() -> impl Strategy<Value = LinearModel> {
    let classes =
        prop::collection::btree_set("\\PC{1,8}|[0-9]{1,3}|[\u{0}-\u{9}\"\\\\/]{1,3}", 2..6);
    (classes, 1..7usize).prop_flat_map(|(classes, features)| {
        let classes = Labels::from_names(&classes).classes().to_vec();
        let scores = if classes.len() == 2 { 1 } else { classes.len() };
        let numbers = |n| prop::collection::vec(double(), n);
        let coef = prop::collection::vec(numbers(features), scores);
        let parts = (coef, numbers(scores), numbers(scores), numbers(scores), 0..4, 0..2usize);
        parts.prop_map(move |(coef, intercept, slope, shift, link, positive)| {
            let link = match (link, classes.len()) {
                (0, 2) => Link::Logistic,
                (0, _) => Link::Softmax,
                (1, _) => Link::Platt { slope, intercept: shift },
                (2, 3..) => Link::Temperature { slope: slope[0] },
                _ => Link::Score,
            };
            LinearModel::new(coef, intercept, classes.clone(), positive, link).unwrap()
        })
    })
}

/// A model of sets of labels with the coefficients of another.
fn of_sets(model: LinearModel) -> LinearModel {
    let labels = model.classes()[..model.n_scores()].to_vec();
    let link = match model.link() {
        Link::Platt { .. } | Link::Score => model.link().clone(),
        _ => Link::Logistic,
    };
    let (coef, intercept) = (model.coef().to_vec(), model.intercept().to_vec());
    LinearModel::multilabel(coef, intercept, labels, link).unwrap()
}

fn pipeline() -> impl Strategy<Value = Pipeline> {
    let numbers = (amount(), amount(), amount(), double(), any::<u64>(), any::<u32>());
    (model(), numbers, any::<bool>(), any::<bool>(), "\\PC{0,20}").prop_map(
        |(model, (lambda, objective, residual, gap, seed, rows), full, direct, text)| {
            let sets = full && !direct && rows % 2 == 0;
            let model = if sets { of_sets(model) } else { model };
            let base = support::all().unwrap().remove(2).1;
            let mut training = base.training;
            let classes = model.classes().len();
            training.class_rows = vec![u64::from(rows); classes];
            training.rows = training.class_rows.iter().sum();
            let weights = vec![("a".to_owned(), if sets { residual + 1.0 } else { residual })];
            let class_weight = linecall_linear::ClassWeight::Given { weights };
            let plan = training.plan.penalised().unwrap().with_lambda(lambda);
            let multiclass = if sets { Multiclass::MultiLabel } else { Multiclass::default() };
            training.plan = Plan { class_weight: class_weight.clone(), multiclass, ..plan }.into();
            training.seed = seed;
            training.command = text.clone();
            let mut certificates = base.certificates;
            let Certificate::Fit(fit) = &mut certificates[0] else { panic!() };
            (fit.lambda, fit.objective, fit.residual) = (lambda, objective, residual);
            fit.duality_gap = full.then_some(gap);
            if direct {
                let passes = Passes { seed, standardize: full, ..Passes::default() };
                let learner = match rows % 3 {
                    0 => Learner::Perceptron { passes },
                    1 => Learner::NaiveBayesComplement { alpha: lambda + 1.0, norm: full },
                    _ => Learner::Lda {
                        shrinkage: Shrinkage::LedoitWolf,
                        priors: Priors::Uniform,
                        standardize: full,
                    },
                };
                certificates = vec![Certificate::Direct(DirectCertificate {
                    learner: learner.name().to_owned(),
                    class_weight: vec![objective; classes],
                    priors: vec![1.0 / classes as f64; if full { classes } else { 0 }],
                    shrinkage: vec![1.0 / 3.0; usize::from(full)],
                    rank: full.then_some(u64::from(rows)),
                    residual: full.then_some(residual),
                    loss: "log_loss".to_owned(),
                    mean_loss: lambda,
                    training_error: 0.1,
                    passes: 3,
                    mistakes: vec![seed, 0],
                })];
                training.plan = DirectPlan { learner, class_weight, positive: 0 }.into();
            }
            let labels = BTreeMap::from([(text, "words".to_owned())]);
            let binarize = full.then_some(lambda);
            let front_end = FrontEnd::Matrix {
                columns: model.n_features(),
                labels,
                binarize,
                multilabel: sets.then_some(';'),
            };
            let fingerprint = base.fingerprint;
            Pipeline { front_end, model, certificates, training, fingerprint, post: None }
        },
    )
}

/// All doubles of a pipeline as bits: `==` cannot tell -0.0 from 0.0.
fn bits(pipeline: &Pipeline) -> Vec<u64> {
    let model = &pipeline.model;
    let mut values: Vec<f64> = model.coef().iter().flatten().copied().collect();
    values.extend(model.intercept());
    if let Link::Platt { slope, intercept } = model.link() {
        values.extend(slope.iter().chain(intercept));
    }
    if let Link::Temperature { slope } = model.link() {
        values.push(*slope);
    }
    for certificate in &pipeline.certificates {
        match certificate {
            Certificate::Fit(fit) => {
                values.extend([fit.lambda, fit.objective, fit.residual]);
                values.extend(fit.duality_gap);
            }
            Certificate::Direct(direct) => {
                values.extend(&direct.class_weight);
                values.extend([direct.mean_loss, direct.training_error]);
                values.extend(direct.residual);
            }
            _ => panic!("another certificate"),
        }
    }
    if let Some(plan) = pipeline.training.plan.penalised() {
        values.push(plan.penalty.lambda());
    }
    if let linecall_linear::ClassWeight::Given { weights } = pipeline.training.plan.class_weight() {
        values.extend(weights.iter().map(|w| w.1));
    }
    values.into_iter().map(f64::to_bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_pipeline_survives_to_the_bit(pipeline in pipeline()) {
        let bytes = pipeline.to_bytes().unwrap();
        let back = Pipeline::from_bytes(&bytes, "m").unwrap();
        prop_assert_eq!(&back, &pipeline);
        prop_assert_eq!(bits(&back), bits(&pipeline));
        prop_assert!(back.to_bytes().unwrap() == bytes);
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Pipeline::from_bytes(&bytes, "m").is_err());
    }

    /// Bytes spliced into a good file: refused, or the same file.
    #[test]
    fn any_splice_is_refused(
        at in 0usize..1504,
        cut in 0usize..64,
        put in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let good = support::all().unwrap().remove(2).1.to_bytes().unwrap();
        let at = at.min(good.len());
        let mut bytes = good.clone();
        bytes.splice(at..(at + cut).min(good.len()), put);
        prop_assert!(bytes == good || Pipeline::from_bytes(&bytes, "m").is_err());
    }
}
