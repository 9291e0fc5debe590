//! Scorecards: what rules mean, the card that is printed, certificates.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use linecall_data::{Dataset, Design, DesignColumn, Labels, Matrix, Term};
use linecall_linear::scorecard::{
    CardLoss, CardSearch, Ladder, PointSet, Prefer, ScorecardFit, ScorecardPlan, Sign, Tier,
    certify,
};
use linecall_linear::{ClassWeight, LinearModel, Link};

/// People with an age, a smoking habit and a missing-value column, ill more often when old or smoking.
fn people() -> Dataset {
    let mut rows = Vec::new();
    let mut ill = Vec::new();
    for i in 0..400_u32 {
        let age = 20 + (i * 37) % 60;
        let smokes = (i * 13 + i / 7) % 3 == 0;
        let unknown = i % 11 == 0;
        let step = |cut: u32| f64::from(u8::from(!unknown && age >= cut));
        let of_smoking = f64::from(u8::from(smokes));
        rows.push(vec![step(40), step(60), f64::from(u8::from(unknown)), of_smoking]);
        let odds = 0.1 + 0.25 * step(40) + 0.3 * step(60) + 0.3 * of_smoking;
        ill.push(if f64::from((i * 7919) % 1000) / 1000.0 < odds { "ill" } else { "well" });
    }
    let column = |source: &str, term| DesignColumn { source: source.to_owned(), term, unit: None };
    let columns = vec![
        column("age", Term::AtLeast(40.0)),
        column("age", Term::AtLeast(60.0)),
        column("age", Term::Missing),
        column("smokes", Term::Level("yes".to_owned())),
    ];
    let names = ["a", "b", "c", "d"];
    let plain = Design::from_rows(&rows, &names).unwrap();
    let Matrix::DenseF64(_) = plain.matrix() else { panic!() };
    let design = Design::new(plain.matrix().clone(), columns).unwrap();
    Dataset::new(design, Labels::from_names(ill)).unwrap()
}

/// `ill` is the first class.
fn plan() -> ScorecardPlan {
    ScorecardPlan { positive: 0, max_size: 3, ..ScorecardPlan::default() }
}

fn fit(plan: &ScorecardPlan) -> ScorecardFit {
    plan.fit(&people(), &CardSearch::default(), &Prefer::Best, &mut |_| {}).unwrap()
}

fn refusal(plan: &ScorecardPlan) -> String {
    let found = plan.fit(&people(), &CardSearch::default(), &Prefer::Best, &mut |_| {});
    found.unwrap_err().to_string()
}

fn points(model: &LinearModel) -> Vec<i64> {
    model.coef()[0].iter().map(|w| *w as i64).collect()
}

#[test]
fn the_card_is_a_model_whose_risks_have_the_loss_of_the_certificate() {
    let data = people();
    for scorecard in [CardLoss::Risk, CardLoss::Slim] {
        let plan = ScorecardPlan { scorecard, l0: 0.001, ..plan() };
        let found = fit(&plan);
        let c = &found.certificate;
        assert!(c.optimal && c.gap <= 1e-9 && c.lower <= c.upper, "{c:?}");
        assert_eq!(c.size as usize, points(&found.model).iter().filter(|p| **p != 0).count());
        assert!((c.upper - c.loss - 0.001 * c.size as f64).abs() < 1e-12);
        let scores = found.model.scores(&data.design).unwrap();
        let probabilities = found.model.probabilities(&scores).unwrap();
        let rows = data.labels.codes().iter().enumerate();
        let loss = match scorecard {
            CardLoss::Risk => {
                rows.map(|(i, code)| -probabilities[2 * i + *code as usize].ln()).sum::<f64>()
            }
            CardLoss::Slim => {
                rows.filter(|(i, code)| (scores[*i] > 0.0) != (**code == 0)).count() as f64
            }
        };
        assert!((loss / 400.0 - c.loss).abs() < 1e-9, "{} {}", loss / 400.0, c.loss);
        assert!(matches!(found.model.link(), Link::Platt { .. }));
        let again = certify(&plan, &found.model, &data, c).unwrap();
        assert!((again.loss - c.loss).abs() < 1e-9 && (again.upper - c.upper).abs() < 1e-9);
    }
}

#[test]
fn no_other_points_are_better() {
    let data = people();
    let found = fit(&plan());
    for a in -5..=5 {
        for b in -5..=5 {
            for d in -5..=5 {
                let values = PointSet::Values;
                let only = |p: i32| values(vec![p]);
                let names = ["age >= 40", "age >= 60", "smokes = yes"];
                let pairs = names.iter().map(|n| (*n).to_owned()).zip([only(a), only(b), only(d)]);
                let fixed = ScorecardPlan {
                    column_points: pairs.collect::<BTreeMap<_, _>>(),
                    must_exclude: vec!["age (missing)".to_owned()],
                    ..plan()
                };
                let other = fixed.fit(&data, &CardSearch::default(), &Prefer::Best, &mut |_| {});
                let Ok(other) = other else { continue };
                assert!(other.certificate.upper >= found.certificate.upper - 1e-9);
            }
        }
    }
}

#[test]
fn rules_are_kept() {
    let free = points(&fit(&plan()).model);
    assert!(free[0] > 0 && free[1] > 0 && free[3] > 0, "{free:?}");
    let one = ScorecardPlan { ladder: Ladder::One, ..plan() };
    let own = points(&fit(&one).model);
    assert!(own[0] == 0 || own[1] == 0, "{own:?}");
    let signs = BTreeMap::from([("smokes".to_owned(), Sign::Negative)]);
    assert!(points(&fit(&ScorecardPlan { signs, ..plan() }).model)[3] <= 0);
    let named = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let exclude = ScorecardPlan { must_exclude: named(&["age >= 60"]), ..plan() };
    assert_eq!(points(&fit(&exclude).model)[1], 0);
    let include = ScorecardPlan { must_include: named(&["age (missing)"]), max_size: 2, ..plan() };
    assert_ne!(points(&fit(&include).model)[2], 0);
    let implies = vec![("smokes".to_owned(), "age (missing)".to_owned())];
    let own = points(&fit(&ScorecardPlan { implies, max_size: 2, ..plan() }).model);
    assert!(own[3] == 0 || own[2] != 0, "{own:?}");
    let points_of = PointSet::Tiers(vec![
        Tier { points: vec![-1, 1], cost: 0.0 },
        Tier { points: (-5..=5).collect(), cost: 10.0 },
    ]);
    let own = points(&fit(&ScorecardPlan { points: points_of, ..plan() }).model);
    assert!(own.iter().all(|p| p.abs() <= 1), "{own:?}");
}

#[test]
fn caps_hold_on_the_rows() {
    let data = people();
    let rates = |model: &LinearModel| {
        let scores = model.scores(&data.design).unwrap();
        let (mut seen, mut called) = ([0.0; 2], [0.0; 2]);
        for (score, code) in scores.iter().zip(data.labels.codes()) {
            let ill = usize::from(*code == 0);
            seen[ill] += 1.0;
            called[ill] += f64::from(u8::from(*score > 0.0));
        }
        (called[0] / seen[0], called[1] / seen[1])
    };
    for scorecard in [CardLoss::Risk, CardLoss::Slim] {
        let few = ScorecardPlan { scorecard, max_fpr: Some(0.05), ..plan() };
        assert!(rates(&fit(&few).model).0 <= 0.05 + 1e-12);
        let many = ScorecardPlan { scorecard, min_tpr: Some(0.95), ..plan() };
        assert!(rates(&fit(&many).model).1 >= 0.95 - 1e-12);
        let both = ScorecardPlan { scorecard, max_fpr: Some(0.01), min_tpr: Some(0.99), ..plan() };
        let text = refusal(&both);
        assert!(text.starts_with("no card is allowed"), "{text}");
    }
}

#[test]
fn weights_count_as_copies() {
    let data = people();
    let twice: Vec<usize> = (0..400).chain(0..50).collect();
    let copied = data.select(&twice).unwrap();
    let weights = (0..400).map(|i| if i < 50 { 2.0 } else { 1.0 }).collect();
    let weighted = Dataset { weights: Some(weights), ..data };
    let find = |data: &Dataset| {
        plan().fit(data, &CardSearch::default(), &Prefer::Best, &mut |_| {}).unwrap()
    };
    let (a, b) = (find(&copied), find(&weighted));
    assert_eq!(points(&a.model), points(&b.model));
    assert!((a.certificate.upper - b.certificate.upper).abs() < 1e-12);
    let dear = ClassWeight::Given { weights: vec![("ill".to_owned(), 4.0)] };
    let slim = ScorecardPlan { scorecard: CardLoss::Slim, class_weight: dear, ..plan() };
    let scores = fit(&slim).model.scores(&people().design).unwrap();
    let plain = ScorecardPlan { scorecard: CardLoss::Slim, ..plan() };
    let fewer = fit(&plain).model.scores(&people().design).unwrap();
    let called = |scores: &[f64]| scores.iter().filter(|s| **s > 0.0).count();
    assert!(called(&scores) > called(&fewer));
}

#[test]
fn the_printed_card_adds_up() {
    let found = fit(&plan());
    let card = &found.card;
    let own = points(&found.model);
    let age = card.variables.iter().find(|v| v.variable == "age").unwrap();
    assert_eq!(age.lines[0].condition, "40 <= age < 60");
    assert_eq!(age.lines[0].points, own[0]);
    assert_eq!(age.lines[1].condition, "age >= 60");
    assert_eq!(age.lines[1].points, own[0] + own[1]);
    assert_eq!(card.risks.iter().map(|r| r.rows).sum::<u64>(), 400);
    assert!(card.risks.windows(2).all(|w| w[0].low < w[1].low));
    assert!(card.risks.windows(2).all(|w| w[0].risk < w[1].risk));
    for row in &card.risks {
        assert_eq!(row.positive, row.low >= card.from, "{row:?}");
        assert!(row.interval.0 <= row.observed && row.observed <= row.interval.1);
        assert!(row.low >= card.range.0 && row.high <= card.range.1);
    }
}

#[test]
fn of_cards_that_are_as_good_the_one_preferred_is_taken() {
    let data = people();
    let search = CardSearch { delta: 0.02, ..CardSearch::default() };
    let find = |prefer: &Prefer<'_>| plan().fit(&data, &search, prefer, &mut |_| {}).unwrap();
    let best = find(&Prefer::Best);
    assert!(best.certificate.complete && best.pool.len() > 5);
    let upto = best.certificate.lower + 0.02;
    assert!(best.pool.iter().all(|card| card.objective <= upto + 1e-9));
    let fewest = find(&Prefer::Fewest);
    let sources = |fit: &ScorecardFit| fit.card.variables.len();
    assert!(sources(&fewest) <= sources(&best));
    let costs = BTreeMap::from([("smokes".to_owned(), 5.0)]);
    let cheap = find(&Prefer::Cheapest(&costs));
    let any_without = cheap.pool.iter().any(|card| !card.columns.contains(&3));
    assert_eq!(any_without, cheap.card.variables.iter().all(|v| v.variable != "smokes"));
}

#[test]
fn settings_that_cannot_be_are_refused_in_one_line() {
    let names = |n: &str| vec![n.to_owned()];
    assert_eq!(
        refusal(&ScorecardPlan { max_size: 0, ..plan() }),
        "`max-size` is 0, expected 1 or more"
    );
    let text = refusal(&ScorecardPlan { must_include: names("wealth"), ..plan() });
    assert_eq!(
        text,
        "`include` is `wealth`, expected the name of a column, or of a condition as the card prints it"
    );
    let text = refusal(&ScorecardPlan { points: PointSet::Range(3, -3), ..plan() });
    assert_eq!(text, "`points` is 3,-3, expected the least points, then the most");
    let text = refusal(&ScorecardPlan { l0: f64::NAN, ..plan() });
    assert_eq!(text, "`l0` is NaN, expected a number, 0 or above");
    let text = refusal(&ScorecardPlan { max_fpr: Some(2.0), ..plan() });
    assert_eq!(text, "`max-fpr` is 2, expected a share from 0 to 1");
    let three = Dataset::new(
        Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0]], &["x"]).unwrap(),
        Labels::from_names(["a", "b", "c"]),
    );
    let found = plan().fit(&three.unwrap(), &CardSearch::default(), &Prefer::Best, &mut |_| {});
    let want = "`scorecard` is for 3 classes, expected rows of two classes, each row of one";
    assert_eq!(found.unwrap_err().to_string(), want);
}

#[test]
fn a_table_of_m_of_n_conditions() {
    let found = fit(&ScorecardPlan { positive: 0, ..ScorecardPlan::m_of_n(3) });
    assert!(points(&found.model).iter().all(|p| p.abs() <= 1));
    assert!(found.certificate.optimal);
}
