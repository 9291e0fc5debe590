//! Rows that come some at a time, against all of them at once.

use linecall_data::{Dataset, DirectCertificate};
use linecall_linear::class_stats::ClassStats;
use linecall_linear::direct::{DirectPlan, Learner, Priors, Shrinkage, Tally};
use linecall_linear::{ClassWeight, Error, LinearModel};

use crate::common::close;
use crate::list::{learners, rows_for};

fn plans() -> Vec<DirectPlan> {
    let kept = learners().into_iter().filter(|learner| learner.keeps().is_some());
    let mut plans: Vec<DirectPlan> = kept.map(DirectPlan::new).collect();
    let weights = vec![("c1".to_owned(), 2.5)];
    let gaussian = Learner::NaiveBayesGaussian { var_smoothing: 0.01, priors: Priors::Empirical };
    let class_weight = ClassWeight::Given { weights };
    plans.push(DirectPlan { class_weight, ..DirectPlan::new(gaussian) });
    plans
}

/// Names of classes whose codes are those of the data, though rows of one may be absent.
fn classes(data: &Dataset) -> Vec<String> {
    data.labels.classes().to_vec()
}

fn same(name: &str, a: &LinearModel, b: &LinearModel) {
    assert_eq!(a.classes(), b.classes(), "{name}");
    let numbers = |m: &LinearModel| -> Vec<f64> {
        m.coef().iter().flatten().chain(m.intercept()).copied().collect()
    };
    for (x, y) in numbers(a).into_iter().zip(numbers(b)) {
        assert!(close(x, y, 1e-12), "{name}: {x} and {y}");
    }
}

#[test]
fn parts_in_any_order_give_the_model_of_all_rows() {
    for plan in plans() {
        for k in [2, 3] {
            let name = format!("{k} classes, {:?}", plan.learner);
            let mut data = rows_for(&plan.learner, 90, 4, k, 11);
            data.weights = Some((0..90).map(|i| f64::from(i * 7 % 5) / 2.0).collect());
            let fit = plan.fit(&data).unwrap();
            let (whole, model, certificate) = Tally::fit(plan.clone(), &data).unwrap();
            same(&name, &model, &fit.model);
            let loss = |c: &DirectCertificate| (c.mean_loss, c.training_error, c.rank, c.passes);
            let (own, other) = (loss(&certificate), loss(&fit.certificate));
            assert!(close(own.0, other.0, 1e-12), "{name}: {own:?} and {other:?}");
            assert_eq!((own.1, own.2, own.3), (other.1, other.2, other.3), "{name}");
            same(&name, &whole.model().unwrap(), &fit.model);
            // Rows by class first, so that the first parts hold one class alone.
            let mut rows: Vec<usize> = (0..90).collect();
            rows.sort_by_key(|&i| data.labels.codes()[i]);
            for order in [rows.clone(), rows.into_iter().rev().collect()] {
                let mut tally = Tally::new(plan.clone(), classes(&data), 4).unwrap();
                for part in order.chunks(17) {
                    tally.add(&data.select(part).unwrap()).unwrap();
                }
                same(&name, &tally.model().unwrap(), &fit.model);
                let priors = tally.priors().unwrap().unwrap_or_default();
                assert_eq!(priors.len(), fit.certificate.priors.len(), "{name}");
                for (p, q) in priors.iter().zip(&fit.certificate.priors) {
                    assert!(close(*p, *q, 1e-12), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_tally_goes_on_from_its_numbers() {
    for plan in plans() {
        let data = rows_for(&plan.learner, 60, 4, 3, 12);
        let halves: [Vec<usize>; 2] = [(0..30).collect(), (30..60).collect()];
        let [first, second] = halves.map(|rows| data.select(&rows).unwrap());
        let mut tally = Tally::new(plan.clone(), classes(&data), 4).unwrap();
        tally.add(&first).unwrap();
        let stats = tally.statistics();
        let again = ClassStats::resumed(3, 4, stats.keep(), &stats.state()).unwrap();
        assert_eq!(&again, stats);
        let mut again = Tally::resumed(plan.clone(), classes(&data), again).unwrap();
        tally.add(&second).unwrap();
        again.add(&second).unwrap();
        assert_eq!(again.model().unwrap(), tally.model().unwrap());
        let short = &stats_of(&tally)[1..];
        assert!(ClassStats::resumed(3, 4, tally.statistics().keep(), short).is_err());
        let broken: Vec<u64> = stats_of(&tally).iter().map(|_| f64::NAN.to_bits()).collect();
        assert!(ClassStats::resumed(3, 4, tally.statistics().keep(), &broken).is_err());
    }
}

fn stats_of(tally: &Tally) -> Vec<u64> {
    tally.statistics().state()
}

#[test]
fn a_class_without_rows_is_known_where_its_formula_has_something_to_say() {
    for plan in plans() {
        let name = format!("{:?}", plan.learner);
        let data = rows_for(&plan.learner, 90, 4, 3, 13);
        let rows: Vec<usize> = (0..90).filter(|&i| data.labels.codes()[i] != 1).collect();
        let two = data.select(&rows).unwrap();
        assert_eq!(two.labels.classes().len(), 3, "selecting keeps the classes");
        let mut tally = Tally::new(plan.clone(), classes(&data), 4).unwrap();
        tally.add(&two).unwrap();
        let model = tally.model().unwrap();
        let without_rows = match &plan.learner {
            Learner::NaiveBayesComplement { .. } => true,
            learner => matches!(learner.priors(), Some(Priors::Uniform)),
        };
        if without_rows {
            assert_eq!((model.classes().len(), tally.known()), (3, vec![0, 1, 2]), "{name}");
            continue;
        }
        assert_eq!(tally.known(), [0, 2], "{name}");
        // What a tally that never heard of the class says.
        let names = |i: &usize| data.labels.classes()[data.labels.codes()[*i] as usize].clone();
        let labels = linecall_data::Labels::from_names(rows.iter().map(names));
        let alone = Dataset::new(two.design.clone(), labels).unwrap();
        same(&name, &model, &plan.fit(&alone).unwrap().model);
        // And with its rows it is as if they had been there from the start.
        let rest: Vec<usize> = (0..90).filter(|&i| data.labels.codes()[i] == 1).collect();
        tally.add(&data.select(&rest).unwrap()).unwrap();
        same(&name, &tally.model().unwrap(), &plan.fit(&data).unwrap().model);
    }
}

#[test]
fn what_cannot_be_tallied_is_refused() {
    let names = || ["c0", "c1"].map(str::to_owned).to_vec();
    let lda = Learner::Lda {
        shrinkage: Shrinkage::LedoitWolf,
        priors: Priors::Empirical,
        standardize: false,
    };
    assert!(Tally::new(DirectPlan::new(lda), names(), 3).is_err());
    let bayes = Learner::NaiveBayesMultinomial { alpha: 1.0, priors: Priors::Empirical };
    let plan = DirectPlan::new(bayes);
    let balanced = DirectPlan { class_weight: ClassWeight::Balanced, ..plan.clone() };
    assert!(Tally::new(balanced, names(), 3).is_err());
    assert!(Tally::new(plan.clone(), Vec::new(), 3).is_err());

    let data = rows_for(&plan.learner, 30, 3, 2, 14);
    let mut tally = Tally::new(plan.clone(), names(), 3).unwrap();
    assert_eq!(tally.model().err(), Some(Error::NoRows));
    assert_eq!(tally.priors().err(), Some(Error::NoRows));
    tally.add(&data).unwrap();
    let before = tally.statistics().clone();
    let wide = rows_for(&plan.learner, 30, 4, 2, 14);
    let other = rows_for(&plan.learner, 30, 3, 3, 14);
    let negative = Dataset { design: crate::list::map(&data.design, |v| v - 9.0), ..data.clone() };
    let heavy = Dataset { weights: Some(vec![-1.0; 30]), ..data.clone() };
    for bad in [&wide, &other, &negative, &heavy] {
        assert!(tally.add(bad).is_err());
        assert_eq!(tally.statistics(), &before);
    }
    let one: Vec<usize> = (0..30).filter(|&i| data.labels.codes()[i] == 0).collect();
    let mut tally = Tally::new(plan, names(), 3).unwrap();
    tally.add(&data.select(&one).unwrap()).unwrap();
    assert_eq!(tally.model().err(), Some(Error::OneClass { class: "c0".to_owned() }));
}
