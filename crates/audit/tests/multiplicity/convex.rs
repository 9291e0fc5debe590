//! Ranges under convex losses.

use linecall_audit::multiplicity::{Flips, NearOptimal, RangeOptions, ScoreRanges};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{Bounds, LinearModel, Loss, Penalty, Plan};

use super::common::{Random, overlapping};

fn options(epsilon: f64) -> RangeOptions {
    RangeOptions { epsilon, ..RangeOptions::default() }
}

fn ranges(plan: &Plan, data: &Dataset, epsilon: f64) -> ScoreRanges {
    let fit = plan.fit(data).unwrap();
    let set = NearOptimal::new(plan, data, &fit.model, &options(epsilon)).unwrap();
    set.ranges(&data.design).unwrap()
}

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for name in
        ["logistic", "squared-hinge", "smoothed-hinge:gamma=0.5", "modified-huber", "squared"]
    {
        let loss: Loss = name.parse().unwrap();
        for lambda in [0.05, 1e-6] {
            plans.push(Plan::new(loss.clone(), Penalty::l2(lambda)));
        }
        if matches!(loss, Loss::Logistic | Loss::Squared) {
            plans.push(Plan::new(loss.clone(), Penalty::None));
        }
        let plain = Plan { fit_intercept: false, ..Plan::new(loss, Penalty::l2(0.01)) };
        plans.push(plain);
    }
    plans.extend(cornered());
    plans
}

/// Losses and penalties with corners.
fn cornered() -> Vec<Plan> {
    let mut plans = Vec::new();
    for lambda in [0.05, 1e-3, 1e-6] {
        plans.push(Plan::new(Loss::Hinge, Penalty::l2(lambda)));
    }
    plans.push(Plan { fit_intercept: false, ..Plan::new(Loss::Hinge, Penalty::l2(0.01)) });
    for name in [
        "logistic",
        "squared-hinge",
        "smoothed-hinge:gamma=0.5",
        "modified-huber",
        "squared",
        "poly:eps=0.8",
        "poly:eps=-1",
    ] {
        let loss: Loss = name.parse().unwrap();
        for penalty in [
            Penalty::l1(0.03),
            Penalty::l1(1e-4),
            Penalty::elastic_net(0.05, 0.5),
            Penalty::group_lasso(0.03),
            Penalty::l2(0.01),
        ] {
            plans.push(Plan::new(loss.clone(), penalty));
        }
        let plain = Plan { fit_intercept: false, ..Plan::new(loss.clone(), Penalty::l1(0.01)) };
        plans.push(plain);
        for penalty in [Penalty::l2(0.01), Penalty::l1(0.01)] {
            let mut plan = Plan::new(loss.clone(), penalty);
            let bound = |column: &str, low, high| Bounds { column: column.into(), low, high };
            plan.columns.bounds =
                vec![bound("x0", Some(0.0), Some(0.4)), bound("x1", None, Some(0.0))];
            plan.columns.factors = vec![("x2".to_owned(), 0.5)];
            plans.push(plan);
        }
    }
    plans
}

/// Solves a small symmetric system by elimination.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for r in i + 1..n {
            let f = a[r][i] / a[i][i];
            for c in i..n {
                a[r][c] -= f * a[i][c];
            }
            b[r] -= f * b[i];
        }
    }
    for i in (0..n).rev() {
        for c in i + 1..n {
            b[i] -= a[i][c] * b[c];
        }
        b[i] /= a[i][i];
    }
    b
}

#[test]
fn ranges_of_the_squared_loss_are_those_of_its_ellipsoid() {
    // F is a parabola with Hessian H, so the range is x.w* +- sqrt(2 epsilon F* x'H^-1 x).
    let data = overlapping(60, 3, 1);
    let n = data.rows();
    for lambda in [0.0, 0.2] {
        let penalty = if lambda == 0.0 { Penalty::None } else { Penalty::l2(lambda) };
        let plan = Plan::new(Loss::Squared, penalty);
        let fit = plan.fit(&data).unwrap();
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let mut row = vec![0.0; 4];
                data.design.for_each_in_row(i, |j, v| row[j] = v);
                row[3] = 1.0;
                row
            })
            .collect();
        let mut h = vec![vec![0.0; 4]; 4];
        for row in &rows {
            for a in 0..4 {
                for b in 0..4 {
                    h[a][b] += row[a] * row[b] / n as f64;
                }
            }
        }
        for j in 0..3 {
            let mean = rows.iter().map(|r| r[j]).sum::<f64>() / n as f64;
            let variance = rows.iter().map(|r| (r[j] - mean).powi(2)).sum::<f64>() / n as f64;
            h[j][j] += lambda * variance;
        }
        let epsilon = 0.03;
        let found = ranges(&plan, &data, epsilon);
        for (row, person) in rows.iter().zip(&found.people) {
            let z = solve(h.clone(), row.clone());
            let size: f64 = z.iter().zip(row).map(|(a, b)| a * b).sum();
            let half = (2.0 * epsilon * fit.certificate.objective * size).sqrt();
            // The range is computed to one part in a million.
            assert!((person.high.reached - person.score - half).abs() < 2e-6 * half);
            assert!((person.score - person.low.reached - half).abs() < 2e-6 * half);
            assert!(person.high.bound >= person.score + half * (1.0 - 1e-9));
        }
    }
}

/// A model of the set in a random direction from the optimum, by bisection on its objective.
fn member(set: &NearOptimal, at: &LinearModel, rng: &mut Random) -> LinearModel {
    let step: Vec<f64> = at.coef()[0].iter().map(|_| rng.normal()).collect();
    let shift = rng.normal();
    let moved = |by: f64| {
        let coef = at.coef()[0].iter().zip(&step).map(|(w, s)| w + by * s).collect();
        let intercept = at.intercept()[0] + by * shift;
        let classes = at.classes().to_vec();
        let positive = at.positive().unwrap();
        LinearModel::new(vec![coef], vec![intercept], classes, positive, at.link().clone()).unwrap()
    };
    let (mut inside, mut outside) = (0.0, 1.0);
    while set.value_of(&moved(outside)).unwrap() <= set.limit() {
        outside *= 2.0;
    }
    for _ in 0..50 {
        let middle = 0.5 * (inside + outside);
        if set.value_of(&moved(middle)).unwrap() <= set.limit() {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    moved(inside)
}

#[test]
fn no_sampled_model_leaves_a_range_or_flips_who_cannot_be_flipped() {
    let data = overlapping(80, 3, 2);
    for plan in plans() {
        let fit = plan.fit(&data).unwrap();
        let set = NearOptimal::new(&plan, &data, &fit.model, &options(0.02)).unwrap();
        let found = set.ranges(&data.design).unwrap();
        assert!(found.largest_gap < 5e-6, "{:?}: {}", plan.loss, found.largest_gap);
        let most = set.discrepancy(&data.design, &found).unwrap();
        let mut rng = Random::new(3);
        let mut other = fit.model.clone();
        for round in 0..60 {
            // Without an intercept, models with one are not in the family.
            other = match plan.fit_intercept {
                true => member(&set, &fit.model, &mut rng),
                false if round > 0 => break,
                false => fit.model.clone(),
            };
            let scores = other.scores(&data.design).unwrap();
            let mut flips = 0;
            for (score, person) in scores.iter().zip(&found.people) {
                assert!(*score <= person.high.bound + 1e-9, "{:?}", plan.loss);
                assert!(*score >= person.low.bound - 1e-9, "{:?}", plan.loss);
                let flipped = (*score > 0.0) != (person.score > 0.0);
                assert!(!flipped || person.flips != Flips::No);
                flips += u64::from(flipped);
            }
            assert!(flips <= most.most);
        }
        drop(other);
    }
}

#[test]
fn witnesses_are_in_the_set_and_reach_what_is_claimed() {
    let data = overlapping(70, 4, 4);
    for mut plan in plans() {
        for positive in [0, 1] {
            plan.positive = positive;
            let fit = plan.fit(&data).unwrap();
            let set = NearOptimal::new(&plan, &data, &fit.model, &options(0.05)).unwrap();
            assert!(set.holds_the_model());
            let found = set.ranges(&data.design).unwrap();
            for row in [0, 7, 33] {
                let witness = set.witness(&data.design, row).unwrap();
                for (model, end) in
                    [(&witness.lowest, witness.range.low), (&witness.highest, witness.range.high)]
                {
                    // The limit is meant for exact sums; both sides round.
                    assert!(set.value_of(model).unwrap() <= set.limit() * (1.0 + 1e-14));
                    let score = model.scores(&data.design).unwrap()[row];
                    assert!((score - end.reached).abs() < 1e-10 * (1.0 + score.abs()));
                }
                let together = &found.people[row];
                assert!((together.high.reached - witness.range.high.reached).abs() < 1e-5);
                assert_eq!(together.flips, witness.range.flips);
            }
        }
    }
}

#[test]
fn one_coefficient_has_the_range_that_bisection_finds() {
    let data = overlapping(60, 1, 11);
    for plan in plans() {
        if plan.columns.factors.iter().any(|(name, _)| name != "x0") {
            continue;
        }
        let plan = Plan { fit_intercept: false, ..plan };
        let fit = plan.fit(&data).unwrap();
        let set = NearOptimal::new(&plan, &data, &fit.model, &options(0.03)).unwrap();
        let found = set.ranges(&data.design).unwrap();
        let at = |w: f64| {
            let (classes, link) = (fit.model.classes().to_vec(), fit.model.link().clone());
            let model = LinearModel::new(vec![vec![w]], vec![0.0], classes, 1, link).unwrap();
            set.value_of(&model).unwrap()
        };
        let centre = fit.model.coef()[0][0];
        let end = |way: f64| {
            let (mut inside, mut outside) = (0.0, 1.0);
            while at(centre + way * outside) <= set.limit() {
                outside *= 2.0;
            }
            for _ in 0..80 {
                let middle = 0.5 * (inside + outside);
                if at(centre + way * middle) <= set.limit() {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            centre + way * inside
        };
        let (low, high) = (end(-1.0), end(1.0));
        for (i, person) in found.people.iter().enumerate() {
            let mut x = 0.0;
            data.design.for_each_in_row(i, |_, v| x = v);
            let (a, b) = (low * x, high * x);
            let (a, b) = (a.min(b), a.max(b));
            let close = 5e-6 * (b - a) + 1e-9;
            let what = format!("{:?} {:?}: {a} {b} {person:?}", plan.loss, plan.penalty);
            assert!((person.low.reached - a).abs() < close, "{what}");
            assert!((person.high.reached - b).abs() < close, "{what}");
            assert!(person.low.bound <= a + 1e-9 && person.high.bound >= b - 1e-9, "{what}");
        }
    }
}

#[test]
fn the_other_positive_class_turns_ranges_round() {
    let data = overlapping(50, 2, 5);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let one = ranges(&plan, &data, 0.02);
    let other = ranges(&Plan { positive: 0, ..plan }, &data, 0.02);
    for (a, b) in one.people.iter().zip(&other.people) {
        let size = 1e-5 * (a.high.bound - a.low.bound);
        assert!((a.high.reached + b.low.reached).abs() < size);
        assert_eq!(a.flips, b.flips);
        let (p, q) = (a.probability.unwrap(), b.probability.unwrap());
        assert!((p.0 - 1.0 + q.1).abs() < 1e-5);
    }
}

#[test]
fn a_weight_of_two_is_the_row_twice_and_sparse_storage_is_the_same() {
    let data = overlapping(40, 3, 6);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.02));
    let mut weighted = data.clone();
    weighted.weights = Some((0..40).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect());
    let rows: Vec<usize> = (0..40).flat_map(|i| vec![i; if i % 3 == 0 { 2 } else { 1 }]).collect();
    let twice = data.select(&rows).unwrap();
    let mut sparse = weighted.clone();
    sparse.design = weighted.design.to_sparse().unwrap();
    let one = ranges(&plan, &weighted, 0.01);
    for other in [&twice, &sparse] {
        let fit = plan.fit(other).unwrap();
        let set = NearOptimal::new(&plan, other, &fit.model, &options(0.01)).unwrap();
        let people = if other.rows() == 40 { &sparse.design } else { &data.design };
        let two = set.ranges(people).unwrap();
        for (a, b) in one.people.iter().zip(&two.people) {
            assert!((a.high.reached - b.high.reached).abs() < 1e-5 * (a.high.bound - a.low.bound));
            assert_eq!(a.flips, b.flips);
        }
    }
}

#[test]
fn more_slack_is_more_room_and_a_model_flips_no_more_than_can_be_flipped() {
    let data = overlapping(150, 3, 7);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.001));
    let fit = plan.fit(&data).unwrap();
    let mut set = NearOptimal::new(&plan, &data, &fit.model, &options(1e-4)).unwrap();
    let mut last: Option<(ScoreRanges, u64)> = None;
    for epsilon in [1e-4, 1e-3, 0.01, 0.05, 0.2] {
        set = set.with_epsilon(epsilon).unwrap();
        let found = set.ranges(&data.design).unwrap();
        let most = set.discrepancy(&data.design, &found).unwrap();
        let share = found.ambiguity();
        assert_eq!(share.lower, share.upper);
        assert!(most.share.upper <= share.upper);
        assert!(most.share.lower <= most.share.upper);
        // The witness by plain prediction.
        assert!(set.value_of(&most.witness).unwrap() <= set.limit() * (1.0 + 1e-14));
        let own = fit.model.scores(&data.design).unwrap();
        let scores = most.witness.scores(&data.design).unwrap();
        let flips = own.iter().zip(&scores).filter(|(a, b)| (**a > 0.0) != (**b > 0.0)).count();
        assert_eq!(flips as u64, most.flipped);
        if let Some((before, flipped)) = last {
            for (a, b) in before.people.iter().zip(&found.people) {
                assert!(b.low.bound <= a.low.reached && a.high.reached <= b.high.bound);
            }
            assert!(before.ambiguity().lower <= share.lower);
            assert!(flipped <= most.most);
        }
        last = Some((found, most.flipped));
    }
    assert!(last.unwrap().1 > 10);
}

#[test]
fn discrepancy_holds_what_a_scan_of_two_parameters_finds() {
    let data = overlapping(40, 1, 8);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let fit = plan.fit(&data).unwrap();
    let set = NearOptimal::new(&plan, &data, &fit.model, &options(0.05)).unwrap();
    let found = set.ranges(&data.design).unwrap();
    let most = set.discrepancy(&data.design, &found).unwrap();
    let mut rng = Random::new(1);
    let own = fit.model.scores(&data.design).unwrap();
    let mut scan = 0;
    let mut highest = vec![f64::NEG_INFINITY; 40];
    for _ in 0..600 {
        let other = member(&set, &fit.model, &mut rng).scores(&data.design).unwrap();
        let flips = own.iter().zip(&other).filter(|(a, b)| (**a > 0.0) != (**b > 0.0)).count();
        scan = scan.max(flips as u64);
        highest.iter_mut().zip(&other).for_each(|(h, s)| *h = s.max(*h));
    }
    assert!(scan > 0 && scan <= most.flipped, "{scan} {}", most.flipped);
    for (seen, person) in highest.iter().zip(&found.people) {
        let width = person.high.bound - person.score;
        assert!(*seen <= person.high.bound && person.high.bound - seen < 0.05 * width);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let data = overlapping(120, 5, 9);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let found = ranges(&plan, &data, 0.02);
            serde_json::to_string(&found).unwrap()
        })
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn what_has_no_ranges_is_refused_in_one_line() {
    let data = overlapping(40, 2, 10);
    let logistic = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    let model = logistic.fit(&data).unwrap().model;
    let refused = |plan: &Plan, options: &RangeOptions, what: &str| {
        let error = NearOptimal::new(plan, &data, &model, options).err().unwrap().to_string();
        assert!(error.contains(what) && !error.contains('\n'), "{error}");
    };
    let with = |loss, penalty| Plan::new(loss, penalty);
    refused(
        &with(Loss::Focal { gamma: 2.0, eps: vec![] }, Penalty::l2(0.1)),
        &options(0.01),
        "loss",
    );
    refused(&with(Loss::SquaredHinge, Penalty::None), &options(0.01), "--lambda");
    let mut free = with(Loss::SmoothedHinge { gamma: 0.5 }, Penalty::l1(0.1));
    free.columns.factors = vec![("x1".to_owned(), 0.0)];
    refused(&free, &options(0.01), "--lambda");
    refused(&logistic, &options(0.0), "epsilon");
    refused(&logistic, &options(f64::NAN), "epsilon");
    refused(&logistic, &options(1e-14), "epsilon");
    let set = NearOptimal::new(&logistic, &data, &model, &options(0.01)).unwrap();
    let wide = Design::from_rows(&[vec![1.0]], &["a"]).unwrap();
    assert!(set.ranges(&wide).is_err());
    assert!(set.witness(&data.design, 40).is_err());
}

#[test]
fn ranges_are_narrow_where_most_columns_have_no_part() {
    let mut rng = Random::new(12);
    let rows: Vec<Vec<f64>> = (0..240).map(|_| (0..24).map(|_| rng.normal()).collect()).collect();
    let call =
        |row: &Vec<f64>, noise: f64| if row[0] - row[1] + noise > 0.3 { "yes" } else { "no" };
    let labels: Vec<&str> = rows.iter().map(|row| call(row, 1.5 * rng.normal())).collect();
    let names: Vec<String> = (0..24).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let design = Design::from_rows(&rows, &names).unwrap();
    let data = Dataset::new(design, Labels::from_names(labels)).unwrap();
    for (loss, penalty) in [
        ("logistic", Penalty::l1(0.05)),
        ("logistic", Penalty::l1(1e-3)),
        ("squared-hinge", Penalty::l1(0.05)),
        ("logistic", Penalty::group_lasso(0.05)),
        ("smoothed-hinge:gamma=0.5", Penalty::elastic_net(0.05, 0.9)),
        ("hinge", Penalty::l2(0.01)),
    ] {
        let plan = Plan::new(loss.parse().unwrap(), penalty);
        let people = data.design.select_rows(&(0..40).collect::<Vec<usize>>()).unwrap();
        let fit = plan.fit(&data).unwrap();
        let set = NearOptimal::new(&plan, &data, &fit.model, &options(0.01)).unwrap();
        let found = set.ranges(&people).unwrap();
        assert!(found.largest_gap < 5e-6, "{loss} {penalty:?}: {}", found.largest_gap);
    }
}

/// A threshold that is not 0 moves what counts as a flip, and nothing else.
#[test]
fn flips_are_told_at_the_threshold() {
    let data = overlapping(120, 3, 5);
    let plan = Plan::new(Loss::Logistic, Penalty::l2(0.01));
    let fit = plan.fit(&data).unwrap();
    let at = |above: f64| {
        let options = RangeOptions { above, ..options(0.02) };
        let set = NearOptimal::new(&plan, &data, &fit.model, &options).unwrap();
        (set.ranges(&data.design).unwrap(), set)
    };
    let (plain, _) = at(0.0);
    for above in [-1.0, -0.2, 0.3, 1.5] {
        let (moved, set) = at(above);
        let mut flips = 0;
        for (own, other) in plain.people.iter().zip(&moved.people) {
            assert_eq!(own.score, other.score);
            for (a, b) in [(own.low, other.low), (own.high, other.high)] {
                assert!((a.reached - b.reached).abs() < 1e-4 * (1.0 + a.reached.abs()));
            }
            let called = own.score > above;
            let turns = if called { own.low.reached <= above } else { own.high.reached > above };
            let near = [own.low, own.high].iter().any(|end| (end.reached - above).abs() < 1e-4);
            assert!(near || (other.flips == Flips::Yes) == turns, "{other:?} at {above}");
            flips += u32::from(other.flips == Flips::Yes);
        }
        assert!(flips > 0, "{above}");
        assert!(set.discrepancy(&data.design, &moved).is_err());
    }
}
