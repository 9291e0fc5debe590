//! Rechecking without refitting.

use linecall::{Check, Pipeline};
use linecall_data::{Certificate, Dataset, Design, Fingerprint, Labels, StopReason};

use crate::support;

fn failed(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter(|check| !check.ok).map(|check| check.name.as_str()).collect()
}

/// The matrix pipeline, fitted to the data beside it.
fn with_data() -> (Pipeline, Dataset) {
    let mut pipeline = support::all().unwrap().remove(2).1;
    let rows: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from(i), 1.0]).collect();
    let design = Design::from_rows(&rows, &["1", "2"]).unwrap();
    pipeline.fingerprint = Fingerprint::of_design(&design);
    let labels = Labels::from_names("a a a b b b c c c c".split(' '));
    let data = Dataset::new(design, labels).unwrap();
    let fit = support::plan_of(&mut pipeline).fit(&data).unwrap();
    pipeline.certificates = fit.certificates();
    pipeline.model = fit.model;
    (pipeline, data)
}

#[test]
fn sound_pipelines_pass_every_check() {
    for (name, pipeline) in support::all().unwrap() {
        let checks = pipeline.verify();
        assert_eq!(failed(&checks), [""; 0], "{name}");
        assert!(checks.len() >= 8, "{name}");
    }
}

#[test]
fn a_fit_that_did_not_converge_is_saved_and_reported() {
    let mut pipeline = support::all().unwrap().remove(2).1;
    let Certificate::Fit(fit) = &mut pipeline.certificates[0] else { panic!() };
    fit.stop = StopReason::IterationLimit;
    fit.residual = 0.25;
    let loaded = Pipeline::from_bytes(&pipeline.to_bytes().unwrap(), "m").unwrap();
    let checks = loaded.verify();
    assert_eq!(failed(&checks), ["certificate 1: optimality"]);
    let check = checks.iter().find(|check| !check.ok).unwrap();
    assert_eq!(check.found, "residual 2.5e-1, iteration limit reached");
}

#[test]
fn a_claim_of_convergence_must_be_proved() {
    let mut pipeline = support::all().unwrap().remove(2).1;
    let Certificate::Fit(fit) = &mut pipeline.certificates[0] else { panic!() };
    fit.residual = 2.0 * fit.tolerance;
    assert_eq!(failed(&pipeline.verify()), ["certificate 1: optimality"]);
    let Certificate::Fit(fit) = &mut pipeline.certificates[0] else { panic!() };
    fit.duality_gap = Some(0.0);
    assert_eq!(failed(&pipeline.verify()), [""; 0]);
}

#[test]
fn a_certificate_of_another_problem_is_reported() {
    let mut pipeline = support::all().unwrap().remove(2).1;
    let plan = support::plan_of(&mut pipeline);
    *plan = plan.with_lambda(0.25);
    assert_eq!(failed(&pipeline.verify()), ["certificate 1: problem"]);
}

#[test]
fn parts_that_do_not_fit_are_reported_and_not_saved() {
    let mut all = support::all().unwrap();
    all[0].1.front_end = all[2].1.front_end.clone();
    let pipeline = &all[0].1;
    assert_eq!(failed(&pipeline.verify()), ["columns"]);
    let error = pipeline.to_bytes().unwrap_err().to_string();
    assert_eq!(error, "model: manifest.json: columns: found 6, expected 2");
}

#[test]
fn the_training_data_are_recognised() {
    let (pipeline, data) = with_data();
    let checks = pipeline.verify_on(&data, &Fingerprint::of_design(&data.design)).unwrap();
    assert_eq!(failed(&checks), [""; 0]);
    // The data, the classes, and the recomputed objective and residual.
    assert!(checks.len() >= pipeline.verify().len() + 4);
}

#[test]
fn other_data_are_recognised_as_other() {
    let (pipeline, mut data) = with_data();
    let rows: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from(9 - i), 2.0]).collect();
    data.design = Design::from_rows(&rows, &["1", "2"]).unwrap();
    let fingerprint = Fingerprint::of_design(&data.design);
    let checks = pipeline.verify_on(&data, &fingerprint).unwrap();
    assert!(failed(&checks).contains(&"training data"), "{checks:?}");
    assert!(failed(&checks).contains(&"certificate 1: objective, recomputed"), "{checks:?}");
    data.labels = Labels::from_names("a a a b b b b c c c".split(' '));
    let checks = pipeline.verify_on(&data, &pipeline.fingerprint).unwrap();
    assert!(failed(&checks).contains(&"rows by class"), "{checks:?}");
}

#[test]
fn data_with_other_columns_cannot_be_checked() {
    let (pipeline, mut data) = with_data();
    data.design = Design::from_rows(&vec![vec![1.0]; 10], &["1"]).unwrap();
    let error = pipeline.verify_on(&data, &pipeline.fingerprint).unwrap_err();
    assert_eq!(error.to_string(), "columns of the design: 1, expected 2");
}

#[test]
fn a_matrix_model_refuses_a_table() {
    let (pipeline, _) = with_data();
    let origin = linecall_data::Origin { file: "rows.csv".to_owned(), ..Default::default() };
    let table = linecall_data::Table::new(origin, Vec::new()).unwrap();
    let error = pipeline.design(&table).unwrap_err().to_string();
    assert_eq!(
        error,
        "rows.csv: this model was trained on a matrix of 2 unnamed columns; give it rows in the \
         LIBSVM format instead of a table"
    );
}

#[test]
fn a_closed_form_is_verified_on_its_data_and_another_is_not() {
    use linecall::LinearModel;
    use linecall::direct::{DirectPlan, Learner, Passes, Priors, Shrinkage};
    let lda = Learner::Lda {
        shrinkage: Shrinkage::LedoitWolf,
        priors: Priors::Empirical,
        standardize: true,
    };
    let counts = Learner::NaiveBayesMultinomial { alpha: 1.0, priors: Priors::Empirical };
    for learner in [lda, counts, Learner::Perceptron { passes: Passes::default() }] {
        let (mut pipeline, data) = with_data();
        let plan = DirectPlan::new(learner);
        let fit = plan.fit(&data).unwrap();
        pipeline.certificates = fit.certificates();
        pipeline.model = fit.model;
        pipeline.training.plan = plan.clone().into();
        let pipeline = Pipeline::from_bytes(&pipeline.to_bytes().unwrap(), "m").unwrap();
        let verify = |p: &Pipeline| p.verify_on(&data, &p.fingerprint).unwrap();
        assert_eq!(failed(&verify(&pipeline)), [""; 0]);

        // Another coefficient.
        let mut other = pipeline.clone();
        let mut coef = other.model.coef().to_vec();
        coef[0][0] += 5.0;
        let (intercept, classes) =
            (other.model.intercept().to_vec(), other.model.classes().to_vec());
        let link = other.model.link().clone();
        other.model = LinearModel::new(coef, intercept, classes, 1, link).unwrap();
        let name = |what: &str| format!("certificate 1: {what}, recomputed");
        let checks = verify(&other);
        let loss = failed(&checks).iter().any(|n| n.contains(": mean "));
        assert!(loss, "{:?}", failed(&checks));
        let equations = plan.learner.passes().is_none();
        assert_eq!(failed(&checks).contains(&name("residual").as_str()), equations);

        // The certificate of another learner, and one of a penalised loss.
        let mut other = pipeline.clone();
        let Certificate::Direct(direct) = &mut other.certificates[0] else { panic!() };
        direct.learner = "nearest_centroid".to_owned();
        assert_eq!(failed(&other.verify()), ["certificate 1: learner"]);
        other.certificates = with_data().0.certificates;
        assert_eq!(failed(&other.verify()), ["certificate 1: problem"]);

        // Numbers that cannot be.
        let mut other = pipeline.clone();
        let Certificate::Direct(direct) = &mut other.certificates[0] else { panic!() };
        direct.training_error = 1.5;
        assert!(other.to_bytes().unwrap_err().to_string().contains("training error 1.5"));
    }
}
