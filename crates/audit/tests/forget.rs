//! Forgetting: every kind of model against fits without the rows; bounds, receipts, attacks,
//! influence.

#![allow(clippy::unwrap_used)]

mod common;

use common::Random;
use linecall_audit::forget::{
    Against, Beside, Forgotten, InfluenceOptions, Means, Options, Receipt, Training, attack,
    forget, forget_beside, front_end, influence,
};
use linecall_data::schema::{ColumnSchema, Kind, Missing, Role, Schema, TargetSchema};
use linecall_data::{
    Cells, Certificate, Column, Dataset, Design, Labels, Origin, Table, TextCells,
};
use linecall_features::{TableFrontEnd, dataset};
use linecall_linear::direct::{DirectPlan, Learner, Passes, Priors, Shrinkage};
use linecall_linear::{ClassWeight, LinearModel, Loss, Multiclass, Penalty, Plan};
use proptest::prelude::*;

/// Overlapping classes in columns of different units, the last one of few distinct values.
fn rows(n: usize, d: usize, k: usize, seed: u64) -> Dataset {
    let mut random = Random::new(seed);
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let mut row: Vec<f64> =
            (0..d).map(|j| random.normal() * (1.0 + j as f64) + j as f64).collect();
        row[d - 1] = row[d - 1].round();
        let signal = (0..k).map(|c| row[c % d] / (1.0 + (c % d) as f64) + random.normal());
        let best = signal.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
        rows.push(row);
        names.push(format!("c{best}"));
    }
    let columns: Vec<String> = (0..d).map(|j| format!("x{j}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let design = Design::from_rows(&rows, &columns).unwrap();
    Dataset::new(design, Labels::from_names(&names)).unwrap()
}

fn without(data: &Dataset, gone: &[usize]) -> Dataset {
    let rest: Vec<usize> = (0..data.rows()).filter(|i| !gone.contains(i)).collect();
    data.select(&rest).unwrap()
}

fn far(a: &LinearModel, b: &LinearModel) -> f64 {
    let all = |m: &LinearModel| -> Vec<f64> {
        m.coef().iter().flatten().chain(m.intercept()).copied().collect()
    };
    all(a).iter().zip(all(b)).fold(0.0, |top: f64, (x, y)| top.max((x - y).abs()))
}

fn plan(loss: &str, penalty: Penalty) -> Plan {
    Plan { tolerance: 1e-10, ..Plan::new(loss.parse::<Loss>().unwrap(), penalty) }
}

fn plans() -> Vec<(Plan, Means)> {
    let l2 = Penalty::l2(0.05);
    let balanced = ClassWeight::Balanced;
    vec![
        (plan("logistic", l2), Means::WarmStart),
        (Plan { standardize: false, ..plan("logistic", l2) }, Means::WarmStart),
        (Plan { fit_intercept: false, ..plan("logistic", l2) }, Means::WarmStart),
        (Plan { class_weight: balanced.clone(), ..plan("logistic", l2) }, Means::WarmStart),
        (Plan { multiclass: Multiclass::OneVsRest, ..plan("logistic", l2) }, Means::WarmStart),
        (plan("logistic", Penalty::l1(0.03)), Means::WarmStart),
        (plan("logistic", Penalty::elastic_net(0.05, 0.5)), Means::WarmStart),
        (plan("squared-hinge", l2), Means::WarmStart),
        (plan("modified-huber", l2), Means::WarmStart),
        (plan("hinge", l2), Means::WarmStart),
        (plan("squared", l2), Means::Downdate),
        (Plan { class_weight: balanced, ..plan("squared", l2) }, Means::WarmStart),
        (plan("squared", Penalty::l1(0.03)), Means::WarmStart),
    ]
}

/// What a penalised model becomes is a fit without the rows, whatever the loss.
#[test]
fn penalised_models_become_fits_without_the_rows() {
    let gone = [90, 4, 17, 4];
    for classes in [2, 3] {
        let data = rows(120, 4, classes, 7);
        for (plan, means) in plans() {
            let model = plan.fit(&data).unwrap().model;
            let training = Training::Penalised(&plan);
            let done = forget(training, &model, &data, &gone, &Options::default()).unwrap();
            let fit = plan.fit(&without(&data, &gone)).unwrap().model;
            let name = format!("{} {}, {classes} classes", plan.loss, plan.penalty.name());
            // The hinge stops by its relative gap, which leaves more room to the coefficients.
            let tolerance = if plan.loss == Loss::Hinge { 2e-3 } else { 1e-6 };
            assert!(far(&done.model, &fit) < tolerance, "{name}: {}", far(&done.model, &fit));
            let receipt = done.receipt;
            assert_eq!((receipt.means, receipt.rows_left), (means, 117), "{name}");
            assert_eq!(receipt.rows, [5, 18, 91]);
            let refit = receipt.refit.unwrap();
            assert!(
                refit.coefficients < tolerance && refit.objective.unwrap().abs() < 1e-8,
                "{name}"
            );
            assert!(receipt.moved.coefficients > 1e-4, "{name}: {:?}", receipt.moved);
            assert!(receipt.moved.objective.is_none_or(|d| d > -1e-9), "{name}");
        }
    }
}

fn learners() -> Vec<(Learner, Means)> {
    let lda = |shrinkage, priors| Learner::Lda { shrinkage, priors, standardize: true };
    let passes = Passes::default();
    vec![
        (
            Learner::NaiveBayesGaussian { var_smoothing: 1e-9, priors: Priors::Empirical },
            Means::Downdate,
        ),
        (
            Learner::NearestCentroid { shrink_threshold: Some(0.3), standardize: true },
            Means::Downdate,
        ),
        (Learner::NearestCentroid { shrink_threshold: None, standardize: false }, Means::Downdate),
        (lda(Shrinkage::None, Priors::Empirical), Means::Downdate),
        (lda(Shrinkage::Fixed { share: 0.1 }, Priors::Empirical), Means::Downdate),
        (lda(Shrinkage::LedoitWolf, Priors::Empirical), Means::Refit),
        (lda(Shrinkage::None, Priors::Uniform), Means::Refit),
        (Learner::Perceptron { passes }, Means::Refit),
    ]
}

#[test]
fn direct_models_become_fits_without_the_rows() {
    let gone = [3, 50];
    for classes in [2, 3] {
        let data = rows(100, 4, classes, 2);
        for (learner, means) in learners() {
            let plan = DirectPlan::new(learner);
            let model = plan.fit(&data).unwrap().model;
            let training = Training::Direct(&plan);
            let done = forget(training, &model, &data, &gone, &Options::default()).unwrap();
            let fit = plan.fit(&without(&data, &gone)).unwrap().model;
            let name = plan.learner.name();
            assert!(far(&done.model, &fit) < 1e-9, "{name}: {}", far(&done.model, &fit));
            assert_eq!(done.receipt.means, means, "{name}");
            assert!(done.receipt.bound.is_none() && !done.receipt.recalibrate);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Ridge: rows out of the statistics, in one go or one by one, in any order.
    #[test]
    fn the_order_of_removals_does_not_matter(seed in 0u64..500, first in 0usize..40) {
        let data = rows(60, 3, 2, seed);
        let plan = plan("squared", Penalty::l2(0.1));
        let model = plan.fit(&data).unwrap().model;
        let options = Options { refit: false, ..Options::default() };
        let training = Training::Penalised(&plan);
        let once = forget(training, &model, &data, &[first, first + 10], &options).unwrap();
        let one = forget(training, &model, &data, &[first + 10], &options).unwrap();
        let rest = without(&data, &[first + 10]);
        let two = forget(training, &one.model, &rest, &[first], &options).unwrap();
        prop_assert!(far(&once.model, &two.model) < 1e-10);
        prop_assert_eq!(once.receipt.statistics_after, two.receipt.statistics_after);
        prop_assert_eq!(once.receipt.data_after, two.receipt.data_after);
    }

    /// Stopped early, the coefficients are within the certified bound of the exact refit.
    #[test]
    fn the_bound_holds_when_stopped_early(seed in 0u64..500, k in 2usize..4, limit in 0u64..2) {
        let data = rows(80, 3, k, seed);
        let plan = plan("logistic", Penalty::l2(0.02));
        let gone: Vec<usize> = (0..30).collect();
        let model = plan.fit(&data).unwrap().model;
        let options = Options { max_iterations: Some(limit), ..Options::default() };
        let training = Training::Penalised(&plan);
        let Forgotten { model, receipt, .. } = forget(training, &model, &data, &gone, &options).unwrap();
        let rest = without(&data, &gone);
        let exact = Plan { tolerance: 1e-13, ..plan }.fit(&rest).unwrap();
        let mut square = 0.0;
        for (own, best) in model.coef().iter().zip(exact.model.coef()) {
            for (j, (a, b)) in own.iter().zip(best).enumerate() {
                // Per standard deviation of the rows that remain, as the penalty sees them.
                let unit = exact.standardized[0][j] / exact.model.coef()[0][j];
                square += ((a - b) * unit).powi(2);
            }
        }
        let bound = receipt.bound.unwrap();
        prop_assert!(square.sqrt() <= bound * (1.0 + 1e-9) + 1e-9, "{} {bound}", square.sqrt());
        prop_assert!(limit > 0 || square.sqrt() > 1e-6, "the start is no optimum");
    }

    /// The area is that of counting pairs, the interval that of DeLong by the double sum.
    #[test]
    fn attacks_count_pairs(
        a in prop::collection::vec(0u8..9, 2..12), b in prop::collection::vec(0u8..9, 2..12),
    ) {
        let (a, b): (Vec<f64>, Vec<f64>) =
            (a.into_iter().map(f64::from).collect(), b.into_iter().map(f64::from).collect());
        let beats = |x: f64, y: f64| if x < y { 1.0 } else if x == y { 0.5 } else { 0.0 };
        let (m, n) = (a.len() as f64, b.len() as f64);
        let auc = a.iter().flat_map(|x| b.iter().map(move |y| beats(*x, *y))).sum::<f64>() / (m * n);
        let own: Vec<f64> = a.iter().map(|x| b.iter().map(|y| beats(*x, *y)).sum::<f64>() / n).collect();
        let other: Vec<f64> = b.iter().map(|y| a.iter().map(|x| beats(*x, *y)).sum::<f64>() / m).collect();
        let spread = |v: &[f64]| {
            v.iter().map(|x| (x - auc).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0) / v.len() as f64
        };
        let half = 1.959_963_984_540_054 * (spread(&own) + spread(&other)).sqrt();
        let found = attack(&a, &b).unwrap();
        prop_assert!((found.auc - auc).abs() < 1e-12);
        prop_assert!((found.low - (auc - half).max(0.0)).abs() < 1e-9);
        prop_assert!((found.high - (auc + half).min(1.0)).abs() < 1e-9);
    }
}

#[test]
fn nothing_forgotten_leaves_every_bit() {
    let data = rows(60, 3, 2, 1);
    let plan = plan("logistic", Penalty::l2(0.1));
    let lda = DirectPlan::new(learners()[3].0.clone());
    for training in [Training::Penalised(&plan), Training::Direct(&lda)] {
        let model = match training {
            Training::Penalised(plan) => plan.fit(&data).unwrap().model,
            Training::Direct(plan) => plan.fit(&data).unwrap().model,
        };
        let done = forget(training, &model, &data, &[], &Options::default()).unwrap();
        assert_eq!(done.model, model);
        let bits = |m: &LinearModel| -> Vec<u64> {
            m.coef().iter().flatten().chain(m.intercept()).map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&done.model), bits(&model));
        let receipt = done.receipt;
        assert_eq!(receipt.means, Means::Nothing);
        assert_eq!(receipt.moved.coefficients, 0.0);
        assert_eq!(receipt.data_before, receipt.data_after);
        assert_eq!(receipt.statistics_before, receipt.statistics_after);
        assert!(receipt.membership.is_none());
    }
}

/// One row holds most of a column's variance, and another is all of a column: standardisation and
/// statistics forget them too.
#[test]
fn a_row_that_makes_the_scale_is_forgotten_with_it() {
    let mut data = rows(80, 3, 2, 3);
    let mut values = vec![vec![0.0; 3]; 80];
    for (i, row) in values.iter_mut().enumerate() {
        data.design.for_each_in_row(i, |j, v| row[j] = v);
        row[2] = 1e6;
    }
    values[5][0] = 1e5;
    values[6][2] = 1e6 + 3.0;
    data.design = Design::from_rows(&values, &["a", "b", "c"]).unwrap();
    let gone = [5, 6];
    let rest = without(&data, &gone);
    for loss in ["logistic", "squared"] {
        let plan = plan(loss, Penalty::l2(0.1));
        let model = plan.fit(&data).unwrap().model;
        let training = Training::Penalised(&plan);
        let done = forget(training, &model, &data, &gone, &Options::default()).unwrap();
        let fit = plan.fit(&rest).unwrap().model;
        assert!(far(&done.model, &fit) < 1e-6, "{loss}: {}", far(&done.model, &fit));
        assert_eq!(done.model.coef()[0][2], 0.0, "{loss}: the column does not vary any more");
    }
}

#[test]
fn sets_of_labels_and_weights_are_kept() {
    let mut data = rows(80, 3, 2, 5);
    data.weights = Some((0..80).map(|i| 0.5 + f64::from(i % 3)).collect());
    let sets: Vec<Vec<u32>> =
        (0..80).map(|i| if i % 3 == 0 { vec![0, 1] } else { vec![(i % 2) as u32] }).collect();
    let names = ["a", "b"].map(str::to_owned).to_vec();
    let multi = Dataset { labels: Labels::from_sets(names, &sets).unwrap(), ..data.clone() };
    for (data, multiclass) in [(data, Multiclass::Auto), (multi, Multiclass::MultiLabel)] {
        let plan = Plan { multiclass, ..plan("logistic", Penalty::l2(0.1)) };
        let model = plan.fit(&data).unwrap().model;
        let done =
            forget(Training::Penalised(&plan), &model, &data, &[1, 2, 3], &Options::default())
                .unwrap();
        let fit = plan.fit(&without(&data, &[1, 2, 3])).unwrap().model;
        assert!(far(&done.model, &fit) < 1e-7);
        assert!(done.receipt.membership.is_some());
    }
}

/// A model that fits its rows too well gives them away; without them it does not.
#[test]
fn the_attack_finds_members_and_loses_them() {
    let coins = |n: usize, seed| {
        let mut random = Random::new(seed + 100);
        let names: Vec<&str> =
            (0..n).map(|_| if random.uniform() < 0.5 { "a" } else { "b" }).collect();
        Dataset { labels: Labels::from_names(names), ..rows(n, 30, 2, seed) }
    };
    let (data, outside) = (coins(90, 11), coins(400, 12));
    let plan = plan("logistic", Penalty::l2(0.005));
    let model = plan.fit(&data).unwrap().model;
    let gone: Vec<usize> = (0..40).collect();
    let training = Training::Penalised(&plan);
    let beside = Beside { outside: Some(&outside), ..Beside::default() };
    let given =
        forget_beside(training, &model, &data, &gone, beside, &Options::default()).unwrap().receipt;
    let found = given.membership.unwrap();
    assert_eq!((found.against, found.rows), (Against::Outside, 400));
    assert!(found.before.low > 0.5, "{:?}", found.before);
    assert!(found.after.low < 0.5 && found.after.high > 0.5, "{:?}", found.after);
    // Without such rows, the remaining ones stand for them.
    let own = forget(training, &model, &data, &gone, &Options::default()).unwrap().receipt;
    let found = own.membership.unwrap();
    assert_eq!(found.against, Against::LeftOut);
    assert!(found.before.low > 0.5, "{:?}", found.before);
    assert!(found.after.low < 0.5 && found.after.high > 0.5, "{:?}", found.after);
}

#[test]
fn a_receipt_is_plain_data() {
    let data = rows(60, 3, 2, 1);
    let plan = plan("logistic", Penalty::l2(0.1));
    let model = plan.fit(&data).unwrap().model;
    let run = |rows: &[usize], salt: &str| {
        let options = Options { salt: salt.to_owned(), ..Options::default() };
        forget(Training::Penalised(&plan), &model, &data, rows, &options).unwrap().receipt
    };
    let receipt = run(&[3, 9], "");
    let text = serde_json::to_string(&receipt).unwrap();
    assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt);
    assert_eq!(run(&[9, 3], "").rows_sha256, receipt.rows_sha256);
    assert_ne!(run(&[3, 9], "x").rows_sha256, receipt.rows_sha256);
    assert_ne!(run(&[3, 8], "").rows_sha256, receipt.rows_sha256);
    let Certificate::Fit(after) = &receipt.after else { panic!("a penalised fit") };
    assert!(after.duality_gap.unwrap() < 1e-9);
}

#[test]
fn what_cannot_be_forgotten_is_refused_in_one_line() {
    let data = rows(40, 3, 2, 1);
    let plan = plan("logistic", Penalty::l2(0.1));
    let model = plan.fit(&data).unwrap().model;
    let refuse = |rows: &[usize]| {
        let done = forget(Training::Penalised(&plan), &model, &data, rows, &Options::default());
        done.unwrap_err().to_string()
    };
    assert_eq!(refuse(&[40]), "there is no row 41: the data have 40 rows");
    assert!(refuse(&(0..40).collect::<Vec<_>>()).contains("no model remains"));
    let of_one: Vec<usize> = (0..40).filter(|i| data.labels.codes()[*i] == 0).collect();
    assert!(refuse(&of_one).contains("all rows are of one class"));
    let other = rows(40, 4, 2, 1);
    let wrong = forget(Training::Penalised(&plan), &model, &other, &[1], &Options::default());
    assert!(wrong.is_err());
}

/// One-step influence against refits; closed forms exactly.
#[test]
fn influential_rows_are_those_of_refits() {
    let data = rows(150, 3, 2, 4);
    let people = rows(5, 3, 2, 9);
    let options = InfluenceOptions { rows: 6, check: 6 };
    let plan = plan("logistic", Penalty::l2(0.05));
    let model = plan.fit(&data).unwrap().model;
    let found = influence(Training::Penalised(&plan), &model, &data, (&people.design, 2), &options)
        .unwrap();
    assert_eq!((found.len(), found[0].class.as_str(), found[0].rows.len()), (1, "c1", 6));
    for row in &found[0].rows {
        let refit = row.refit.unwrap();
        assert!((row.change - refit).abs() < 0.06 * refit.abs(), "{row:?}");
        assert_eq!(row.classes.len(), 1);
    }
    assert!(found[0].rows.is_sorted_by(|a, b| a.change.abs() >= b.change.abs()));
    for (learner, means) in learners() {
        let plan = DirectPlan::new(learner);
        let model = plan.fit(&data).unwrap().model;
        let training = Training::Direct(&plan);
        let found = influence(training, &model, &data, (&people.design, 2), &options);
        if means == Means::Refit {
            assert!(found.unwrap_err().to_string().contains("statistics do not determine"));
            continue;
        }
        for row in &found.unwrap()[0].rows {
            assert!((row.change - row.refit.unwrap()).abs() < 1e-9, "{row:?}");
        }
    }
}

/// The row that alone decides a call is the first, and is said to be decisive.
#[test]
fn a_decisive_row_is_named() {
    let mut rows: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i % 2), 0.0]).collect();
    rows.push(vec![0.0, 1.0]);
    let mut names: Vec<&str> = (0..20).map(|i| if i % 2 == 0 { "no" } else { "yes" }).collect();
    names.push("yes");
    let design = Design::from_rows(&rows, &["a", "b"]).unwrap();
    let data = Dataset::new(design, Labels::from_names(names)).unwrap();
    let plan = plan("logistic", Penalty::l2(0.001));
    let model = plan.fit(&data).unwrap().model;
    let person = Design::from_rows(&[vec![0.0, 1.0]], &["a", "b"]).unwrap();
    let options = InfluenceOptions { rows: 1, check: 1 };
    let found =
        influence(Training::Penalised(&plan), &model, &data, (&person, 0), &options).unwrap();
    assert!(found[0].score > 0.0);
    assert_eq!((found[0].rows[0].row, found[0].decisive), (21, Some(true)));
}

fn loans() -> (Schema, Table) {
    let mut random = Random::new(3);
    let mut columns = [const { Vec::new() }; 3];
    for i in 0..60 {
        let income = (random.normal() * 10.0).round() - if i < 12 { 40.0 } else { 0.0 };
        columns[0].push(if i % 9 == 4 { String::new() } else { income.to_string() });
        columns[1].push(["car", "house"][usize::from(i >= 31)].to_owned());
        columns[2]
            .push(["no", "yes"][usize::from(income + random.normal() * 8.0 > 0.0)].to_owned());
    }
    columns[1][3] = "boat".to_owned();
    let [income, purpose, paid] = columns.map(|cells: Vec<String>| {
        let mut text = TextCells::default();
        cells.iter().for_each(|cell| text.push(cell));
        Cells::Text(text)
    });
    let column = |name: &str, cells| Column { name: name.to_owned(), cells };
    let columns = vec![column("income", income), column("purpose", purpose), column("paid", paid)];
    let table =
        Table::new(Origin { file: "loans.csv".to_owned(), ..Origin::default() }, columns).unwrap();
    let mut income = ColumnSchema::new("income", Role::Feature, Kind::Number);
    income.missing = Missing::Impute;
    let mut purpose = ColumnSchema::new("purpose", Role::Feature, Kind::Category);
    purpose.levels = ["boat", "car", "house"].map(str::to_owned).to_vec();
    let paid = ColumnSchema::new("paid", Role::Target, Kind::Category);
    let target = TargetSchema {
        column: "paid".to_owned(),
        classes: vec!["no".to_owned(), "yes".to_owned()],
        positive: Some("yes".to_owned()),
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    (
        Schema {
            version: Schema::VERSION,
            rules: Vec::new(),
            target,
            columns: vec![income, purpose, paid],
        },
        table,
    )
}

/// The medians of a front end are learnt again, and the model is that of the new columns.
#[test]
fn the_front_end_forgets_as_well() {
    let (schema, table) = loans();
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let gone: Vec<usize> = (0..12).collect();
    let learnt = front_end(&schema, &table, &front, &gone).unwrap();
    let said = learnt.changed.join("; ");
    assert!(said.contains("missing cells of `income` are taken as"), "{said}");
    assert!(said.contains("`purpose` is read against `house` instead of `car`"), "{said}");
    assert_eq!(learnt.only_forgotten, [("purpose".to_owned(), "boat".to_owned())]);
    let all = dataset(&front, &schema, &table).unwrap();
    let rest: Vec<usize> = (12..60).collect();
    let retained = dataset(&learnt.front, &schema, &table.select(&rest)).unwrap();
    // The reference level is another one: the columns of the model are not those of the data.
    let plan = plan("squared", Penalty::l2(0.1));
    let model = plan.fit(&all).unwrap().model;
    let beside = Beside { retained: Some(&retained), ..Beside::default() };
    let training = Training::Penalised(&plan);
    let done = forget_beside(training, &model, &all, &gone, beside, &Options::default()).unwrap();
    let fit = plan.fit(&retained).unwrap().model;
    assert!(far(&done.model, &fit) < 1e-8);
    assert_eq!(done.receipt.rows_left, 48);
    let few = Beside { retained: Some(&all), ..Beside::default() };
    assert!(forget_beside(training, &model, &all, &gone, few, &Options::default()).is_err());
}
