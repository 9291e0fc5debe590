//! Novelty: analytic toys, invariance, calibration, hand-made examples, and what stands out by column.

#![allow(clippy::unwrap_used)]

mod common;

use common::Random;
use linecall_audit::novelty::{Alpha, Conformal, Method, Novelty, Options, Warning};
use linecall_data::schema::{ColumnSchema, Kind, Missing, Role, Schema, TargetSchema};
use linecall_data::{Cells, Column, Design, Labels, Origin, Table, TextCells};
use linecall_features::TableFrontEnd;
use linecall_linear::direct::Shrinkage;
use linecall_linear::metrics::{auc, false_positive_rate_at};
use proptest::prelude::*;

fn design(rows: &[Vec<f64>]) -> Design {
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Design::from_rows(rows, &names).unwrap()
}

/// Rows of `k` classes in `d` columns around means on the first axes.
fn gaussian(n: usize, d: usize, k: usize, apart: f64, seed: u64) -> (Vec<Vec<f64>>, Labels) {
    let mut random = Random::new(seed);
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for i in 0..n {
        let class = i % k;
        let mut row: Vec<f64> = (0..d).map(|_| random.normal()).collect();
        row[class % d] += apart;
        rows.push(row);
        names.push(format!("c{class:02}"));
    }
    (rows, Labels::from_names(&names))
}

/// Unit covariance within classes and means at `±a` on the first axis, exactly: the corners of a
/// cube around each mean, each corner many times so that every part of the split has them all.
fn toy(a: f64, d: usize) -> (Vec<Vec<f64>>, Labels) {
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    for (name, centre) in [("left", -a), ("right", a)] {
        for corner in 0..1usize << d {
            for _ in 0..10 {
                let mut row: Vec<f64> =
                    (0..d).map(|j| if corner >> j & 1 == 1 { 1.0 } else { -1.0 }).collect();
                row[0] += centre;
                rows.push(row);
                names.push(name);
            }
        }
    }
    (rows, Labels::from_names(&names))
}

/// `S_w = I`, means `±a e_1`: the distance is `min(|x_1 - a|, |x_1 + a|) + alpha |x_2..d|`.
#[test]
fn the_toy_has_the_analytic_distance() {
    let (a, alpha) = (3.0, 0.7);
    let (rows, labels) = toy(a, 3);
    let x = design(&rows);
    let given = Alpha::Given { alpha };
    let options = Options { alpha: given, shrinkage: Shrinkage::None, ..Options::default() };
    let novelty = Novelty::fit_on(&x, Some(&labels), &x, &options).unwrap();
    assert_eq!(novelty.rank(), 1);
    for x in [[0.0, 0.0, 0.0], [4.0, 1.0, -2.0], [-9.0, 0.5, 0.5]] {
        let found = novelty.distances(&design(&[x.to_vec()])).unwrap()[0].wdisc;
        let off = (x[1] * x[1] + x[2] * x[2]).sqrt();
        let want = (x[0] - a).abs().min((x[0] + a).abs()) + alpha * off;
        assert!((found - want).abs() < 1e-12, "{found} and {want}");
    }
}

fn invert(matrix: &[Vec<f64>], row: &[f64]) -> Vec<f64> {
    matrix.iter().map(|m| m.iter().zip(row).map(|(a, b)| a * b).sum::<f64>() + 3.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Whitened distances do not depend on the coordinates, without shrinkage.
    #[test]
    fn whitened_distances_are_affine_invariant(seed in 0u64..1000, k in 2usize..5) {
        let d = 4;
        let (rows, labels) = gaussian(160, d, k, 3.0, seed);
        let mut random = Random::new(seed + 7);
        let map: Vec<Vec<f64>> = (0..d)
            .map(|i| (0..d).map(|j| random.normal() * 0.4 + 2.0 * f64::from(u8::from(i == j))).collect())
            .collect();
        let moved: Vec<Vec<f64>> = rows.iter().map(|row| invert(&map, row)).collect();
        let options = Options {
            shrinkage: Shrinkage::None,
            alpha: Alpha::Given { alpha: 1.3 },
            ..Options::default()
        };
        let asked: Vec<Vec<f64>> =
            (0..5).map(|_| (0..d).map(|_| 3.0 * random.normal()).collect()).collect();
        let asked_moved: Vec<Vec<f64>> = asked.iter().map(|row| invert(&map, row)).collect();
        let plain = Novelty::fit(&design(&rows), Some(&labels), &options).unwrap();
        let other = Novelty::fit(&design(&moved), Some(&labels), &options).unwrap();
        let a = plain.distances(&design(&asked)).unwrap();
        let b = other.distances(&design(&asked_moved)).unwrap();
        for (a, b) in a.iter().zip(&b) {
            for m in [Method::Wdisc, Method::Mahalanobis, Method::RelativeMahalanobis] {
                let (x, y) = (a.of(m), b.of(m));
                prop_assert!((x - y).abs() < 1e-7 * (1.0 + x.abs()), "{}: {x} and {y}", m.name());
            }
        }
    }

    /// The columns' parts sum to the distance, whichever it is; sparse storage changes nothing.
    #[test]
    fn parts_sum_to_the_distance(seed in 0u64..1000, k in 1usize..4, sparse: bool) {
        let (rows, labels) = gaussian(90, 3, k, 2.0, seed);
        let dense = design(&rows);
        let reference = if sparse { dense.to_sparse().unwrap() } else { dense.clone() };
        let asked = design(&[vec![4.0, -1.0, 2.0], rows[3].clone()]);
        for method in Method::ALL {
            let options = Options { method, principal: 0.5, columns: 2, ..Options::default() };
            let novelty = Novelty::fit(&reference, Some(&labels), &options).unwrap();
            let same = Novelty::fit(&dense, Some(&labels), &options).unwrap();
            for (i, verdict) in novelty.judge(&asked).unwrap().iter().enumerate() {
                let distance = verdict.distances.of(method);
                let other = same.distances(&asked).unwrap()[i].of(method);
                prop_assert!((distance - other).abs() < 1e-9 * (1.0 + distance.abs()));
                let all = novelty.explain(&asked, i).unwrap();
                let sum: f64 = all.iter().map(|c| c.distance).sum();
                prop_assert!((sum - distance).abs() < 1e-9 * (1.0 + distance.abs()), "{method:?}");
                let most = all.iter().map(|c| c.distance).fold(0.0, f64::max);
                prop_assert!(verdict.columns.len() <= 2);
                prop_assert!(verdict.columns.first().is_none_or(|c| c.distance == most));
            }
        }
    }
}

/// Mahalanobis distances in two columns against the inverse written out, and relative ones; with all
/// `K - 1` directions kept, the parts of `wdisc` make up the former: `a^2 + b^2 = D^2`.
#[test]
fn mahalanobis_is_the_quadratic_form() {
    let (rows, labels) = gaussian(400, 2, 2, 3.0, 5);
    let reference = design(&rows);
    let fit = |alpha| {
        let alpha = Alpha::Given { alpha };
        let options = Options { shrinkage: Shrinkage::None, alpha, ..Options::default() };
        Novelty::fit_on(&reference, Some(&labels), &reference, &options).unwrap()
    };
    let x = [1.0, 2.5];
    let at = |alpha| fit(alpha).distances(&design(&[x.to_vec()])).unwrap()[0];
    let mean = |own: &[&Vec<f64>]| -> Vec<f64> {
        (0..2).map(|j| own.iter().map(|r| r[j]).sum::<f64>() / own.len() as f64).collect()
    };
    let scatter = |own: &[&Vec<f64>], m: &[f64]| -> [f64; 3] {
        let sum =
            |a: usize, b: usize| own.iter().map(|r| (r[a] - m[a]) * (r[b] - m[b])).sum::<f64>();
        [sum(0, 0), sum(0, 1), sum(1, 1)]
    };
    let form = |c: &[f64; 3], m: &[f64]| {
        let (u, v) = (x[0] - m[0], x[1] - m[1]);
        (c[2] * u * u - 2.0 * c[1] * u * v + c[0] * v * v) / (c[0] * c[2] - c[1] * c[1])
    };
    let mut within = [0.0; 3];
    let mut means = Vec::new();
    for class in 0..2 {
        let pairs = rows.iter().zip(labels.codes());
        let own: Vec<&Vec<f64>> = pairs.filter(|(_, c)| **c == class).map(|p| p.0).collect();
        let m = mean(&own);
        within.iter_mut().zip(scatter(&own, &m)).for_each(|(w, s)| *w += s / 400.0);
        means.push(m);
    }
    let all: Vec<&Vec<f64>> = rows.iter().collect();
    let centre = mean(&all);
    let total = scatter(&all, &centre).map(|s| s / 400.0);
    let near = form(&within, &means[0]).min(form(&within, &means[1]));
    assert!((at(0.0).mahalanobis - near.sqrt()).abs() < 1e-10);
    assert!((at(0.0).relative_mahalanobis - (near - form(&total, &centre))).abs() < 1e-9);
    let (along, off) = (at(0.0).wdisc, at(1.0).wdisc - at(0.0).wdisc);
    assert!((along * along + off * off - near).abs() < 1e-9);
}

/// The means have discriminative part 0, and residual 0 where they span the kept space.
#[test]
fn class_means_are_at_distance_zero() {
    let (rows, labels) = toy(2.0, 2);
    let x = design(&rows);
    let novelty = Novelty::fit_on(&x, Some(&labels), &x, &Options::default()).unwrap();
    let verdicts = novelty.judge(&design(&[vec![-2.0, 0.0], vec![2.0, 0.0]])).unwrap();
    for (verdict, class) in verdicts.iter().zip(["left", "right"]) {
        assert!(verdict.distances.wdisc < 1e-12, "{}", verdict.distances.wdisc);
        assert_eq!(verdict.nearest.as_deref(), Some(class));
        assert!(!verdict.novel);
    }
}

/// The rank of class means is K - 1 at most, whatever is asked for.
#[test]
fn the_rank_is_capped() {
    let (rows, labels) = gaussian(300, 6, 4, 4.0, 1);
    for (asked, want) in [(None, 3), (Some(99), 3), (Some(2), 2), (Some(0), 0)] {
        let options = Options { rank: asked, ..Options::default() };
        assert_eq!(Novelty::fit(&design(&rows), Some(&labels), &options).unwrap().rank(), want);
    }
    // Means on a line span one direction.
    let line: Vec<Vec<f64>> = (0..300)
        .map(|i| {
            let (own, other) = ([0.5, -0.5][i / 3 % 2], [1.0, -1.0][i / 6 % 2]);
            vec![5.0 * (i % 3) as f64 + own, other]
        })
        .collect();
    let labels = Labels::from_names((0..300).map(|i| format!("c{}", i % 3)));
    let x = design(&line);
    let novelty = Novelty::fit_on(&x, Some(&labels), &x, &Options::default()).unwrap();
    assert_eq!(novelty.rank(), 1);
}

#[test]
fn areas_and_rates_are_those_of_counting_pairs() {
    let mut random = Random::new(3);
    let scores: Vec<f64> = (0..60).map(|_| (random.normal() * 2.0).round()).collect();
    let novel: Vec<bool> = (0..60).map(|i| i % 3 == 0).collect();
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (a, _) in scores.iter().zip(&novel).filter(|p| *p.1) {
        for (b, _) in scores.iter().zip(&novel).filter(|p| !*p.1) {
            pairs += 1.0;
            wins += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let area = auc(&scores, &novel, None).unwrap().unwrap();
    assert!((area - wins / pairs).abs() < 1e-12);
    // Twenty rows like the reference at 1 to 20, novel ones at 0, 1.5 and 30. At the first threshold
    // with 95 % of the former at or above it (2: 19 of 20), 30 alone of the latter is.
    let mut scores: Vec<f64> = (1..=20).map(f64::from).collect();
    scores.extend([0.0, 1.5, 30.0]);
    let inside: Vec<bool> = (0..23).map(|i| i < 20).collect();
    let rate = false_positive_rate_at(0.95, &scores, &inside, None).unwrap().unwrap();
    assert!((rate - 1.0 / 3.0).abs() < 1e-15);
}

/// The guarantee: over many draws, the mean false-alarm rate is at most the rate (and close to it).
#[test]
fn false_alarms_keep_to_the_rate() {
    for method in Method::ALL {
        let (mut alarms, mut asked) = (0usize, 0usize);
        for seed in 0..60 {
            let (rows, labels) = gaussian(160, 3, 2, 2.0, seed);
            let options = Options { method, rate: 0.1, seed, ..Options::default() };
            let novelty = Novelty::fit(&design(&rows), Some(&labels), &options).unwrap();
            let (new, _) = gaussian(200, 3, 2, 2.0, seed + 10_000);
            alarms += novelty.judge(&design(&new)).unwrap().iter().filter(|v| v.novel).count();
            asked += 200;
        }
        let share = alarms as f64 / asked as f64;
        // 4 of 49 p-values are at most 0.1: the rate is 0.0816; four standard errors of 60 draws.
        assert!(share < 0.1 + 0.02 && share > 0.05, "{}: {share}", method.name());
    }
}

#[test]
fn p_values_count_rows() {
    let calibration = Conformal::new(vec![2.0, 1.0, 2.0, 5.0]);
    let p: Vec<f64> =
        [0.0, 1.0, 2.0, 2.1, 5.0, 6.0].iter().map(|d| calibration.p_value(*d)).collect();
    assert_eq!(p, [1.0, 1.0, 0.8, 0.4, 0.4, 0.2]);
    assert_eq!(calibration.least(), 0.2);
}

/// Rows that break a rule that all reference rows keep are far, whatever each column says alone.
#[test]
fn a_broken_dependence_is_novel_although_every_value_is_usual() {
    let mut random = Random::new(2);
    let rows: Vec<Vec<f64>> = (0..400)
        .map(|_| {
            let x = random.normal();
            vec![x, 2.0 * x, random.normal()]
        })
        .collect();
    let labels = Labels::from_names(rows.iter().map(|r| if r[2] > 0.0 { "a" } else { "b" }));
    for shrinkage in [Shrinkage::None, Shrinkage::LedoitWolf, Shrinkage::OracleApproximating] {
        let options = Options { shrinkage, method: Method::Mahalanobis, ..Options::default() };
        let novelty = Novelty::fit(&design(&rows), Some(&labels), &options).unwrap();
        let verdicts =
            novelty.judge(&design(&[vec![1.0, -2.0, 0.1], vec![1.0, 2.0, 0.1]])).unwrap();
        assert!(verdicts[0].novel && verdicts[0].warnings.is_empty(), "{shrinkage:?}");
        assert!(!verdicts[1].novel, "{shrinkage:?}");
    }
}

#[test]
fn alpha_is_chosen_without_novel_data() {
    let (rows, labels) = gaussian(400, 5, 4, 6.0, 9);
    let fit = |alpha| {
        let options = Options { alpha, ..Options::default() };
        Novelty::fit(&design(&rows), Some(&labels), &options)
    };
    let balanced = fit(Alpha::Balanced).unwrap().alpha();
    assert!(balanced > 0.0);
    let chosen = fit(Alpha::LeaveClassOut).unwrap().alpha();
    let multiple = chosen / balanced;
    assert!(
        [0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
            .iter()
            .any(|m| (m - multiple).abs() < 1e-9)
    );
    let two = Labels::from_names((0..400).map(|i| if i % 2 == 0 { "a" } else { "b" }));
    let options = Options { alpha: Alpha::LeaveClassOut, ..Options::default() };
    let error = Novelty::fit(&design(&rows), Some(&two), &options).unwrap_err();
    assert!(error.to_string().contains("three classes"), "{error}");
}

#[test]
fn a_scorer_is_read_back_and_an_altered_one_refused() {
    let (rows, labels) = gaussian(100, 3, 2, 2.0, 4);
    let novelty = Novelty::fit(&design(&rows), Some(&labels), &Options::default()).unwrap();
    let text = serde_json::to_string(&novelty).unwrap();
    let back: Novelty = serde_json::from_str(&text).unwrap();
    assert_eq!(back.judge(&design(&rows)).unwrap(), novelty.judge(&design(&rows)).unwrap());
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["space"]["means"][0] = serde_json::json!([1.0]);
    let error = serde_json::from_value::<Novelty>(value.clone()).unwrap_err().to_string();
    assert!(error.contains("do not fit together"), "{error}");
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["space"]["within"]["size"] = serde_json::json!(2);
    assert!(serde_json::from_value::<Novelty>(value).is_err());
}

#[test]
fn what_cannot_be_fitted_is_refused_in_one_line() {
    let (rows, labels) = gaussian(100, 3, 2, 2.0, 4);
    let x = design(&rows);
    let refuse = |design: &Design, labels: &Labels, options: Options| {
        let error = Novelty::fit(design, Some(labels), &options).unwrap_err().to_string();
        assert!(!error.contains('\n'));
        error
    };
    let with = |f: fn(&mut Options)| {
        let mut options = Options::default();
        f(&mut options);
        options
    };
    for (options, name) in [
        (with(|o| o.rate = 0.0), "novelty-rate"),
        (with(|o| o.rate = f64::NAN), "novelty-rate"),
        (with(|o| o.calibration = 1.0), "calibration"),
        (with(|o| o.principal = 0.0), "principal"),
        (with(|o| o.tail = -0.1), "tail"),
        (with(|o| o.alpha = Alpha::Given { alpha: -1.0 }), "alpha"),
        (with(|o| o.shrinkage = Shrinkage::Fixed { share: 2.0 }), "shrinkage"),
    ] {
        assert!(refuse(&x, &labels, options).contains(name), "{name}");
    }
    let few = labels.select(&[0, 1]);
    assert!(refuse(&x, &few, Options::default()).contains("labels of the reference"));
    let flat = design(&vec![vec![1.0, 2.0]; 100]);
    assert!(refuse(&flat, &labels, Options::default()).contains("no column"));
    let novelty = Novelty::fit(&x, Some(&labels), &Options::default()).unwrap();
    assert!(novelty.judge(&design(&[vec![1.0, 2.0]])).is_err());
    let huge = design(&[vec![1e300, -1e300, 1e300]]);
    assert!(novelty.judge(&huge).unwrap_err().to_string().contains("rescale"));
    let held = design(&[vec![1.0, 2.0]]);
    let other = Novelty::fit_on(&x, Some(&labels), &held, &Options::default());
    assert!(other.unwrap_err().to_string().contains("columns of the design"));
    let one = x.select_rows(&[0]).unwrap();
    let error = Novelty::fit(&one, None, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("too few"), "{error}");
    let small = Novelty::fit(
        &design(&rows[..20]),
        Some(&labels.select(&(0..20).collect::<Vec<_>>())),
        &Options::default(),
    );
    assert!(small.unwrap().remark().unwrap().contains("no row is called novel"));
}

fn text(name: &str, cells: impl IntoIterator<Item = String>) -> Column {
    let mut text = TextCells::default();
    cells.into_iter().for_each(|cell| text.push(&cell));
    Column { name: name.to_owned(), cells: Cells::Text(text) }
}

fn loans(n: usize, last: Option<[&str; 3]>) -> Table {
    let mut random = Random::new(1);
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for i in 0..n {
        columns[0].push(format!("{}", (100.0 * random.normal()).round() / 10.0 + 50.0));
        columns[1].push(["car", "house", "car", "boat"][if i == 7 { 3 } else { i % 3 }].to_owned());
        columns[2].push(["no", "yes"][i % 2].to_owned());
    }
    if let Some(row) = last {
        columns = row.map(|cell| vec![cell.to_owned()]);
    }
    let [income, purpose, paid] = columns;
    let columns = vec![text("income", income), text("purpose", purpose), text("paid", paid)];
    Table::new(Origin { file: "loans.csv".to_owned(), ..Origin::default() }, columns).unwrap()
}

fn schema() -> Schema {
    let mut income = ColumnSchema::new("income", Role::Feature, Kind::Number);
    income.missing = Missing::Impute;
    income.unit = Some("kEUR".to_owned());
    let mut purpose = ColumnSchema::new("purpose", Role::Feature, Kind::Category);
    purpose.levels = ["boat", "car", "house", "plane"].map(str::to_owned).to_vec();
    purpose.unseen = linecall_data::schema::Unseen::Reference;
    let paid = ColumnSchema::new("paid", Role::Target, Kind::Category);
    let target = TargetSchema {
        column: "paid".to_owned(),
        classes: vec!["no".to_owned(), "yes".to_owned()],
        positive: Some("yes".to_owned()),
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    Schema {
        version: Schema::VERSION,
        rules: Vec::new(),
        target,
        columns: vec![income, purpose, paid],
    }
}

/// The front end fills in a missing income and takes an unlisted level as the reference; the raw
/// cells still say so.
#[test]
fn warnings_are_about_raw_cells() {
    let (schema, table) = (schema(), loans(300, None));
    let front = TableFrontEnd::fit(&schema, &table).unwrap();
    let labels = Labels::from_names((0..300).map(|i| ["no", "yes"][i % 2]));
    let novelty = Novelty::fit_table(&front, &table, Some(&labels), &Options::default()).unwrap();
    let say = |cells: [&str; 3]| -> Vec<String> {
        let verdicts = novelty.judge_table(&front, &loans(0, Some(cells))).unwrap();
        verdicts[0].warnings.iter().map(Warning::to_string).collect()
    };
    assert!(say(["50", "car", "no"]).is_empty());
    assert_eq!(say(["", "car", "no"]), ["`income` is missing, as in 0 of 300 reference rows"]);
    assert_eq!(say(["50", "boat", "no"]), ["`purpose` is `boat`, as in 1 of 300 reference rows"]);
    assert_eq!(say(["50", "plane", "no"]), ["`purpose` is `plane`, as in no reference row"]);
    assert_eq!(say(["50", "rocket", "no"]), ["`purpose` is `rocket`, as in no reference row"]);
    let high = say(["900", "car", "no"]);
    assert!(high[0].starts_with("`income` is 900 kEUR, above every reference row ("), "{high:?}");
    let verdict = &novelty.judge_table(&front, &loans(0, Some(["900", "car", "no"]))).unwrap()[0];
    assert!(verdict.novel);
    assert_eq!(
        (verdict.columns[0].column.as_str(), verdict.columns[0].value.as_str()),
        ("income", "900 kEUR")
    );
}

/// From the design alone: levels, ranges and tails; the level without a column is known by the front
/// end's word for it or by none.
#[test]
fn warnings_of_a_design_know_its_columns() {
    let rows: Vec<Vec<f64>> = (0..3000).map(|i| vec![f64::from(i), f64::from(i % 2)]).collect();
    let labels = Labels::from_names((0..3000).map(|i| if i % 3 == 0 { "a" } else { "b" }));
    let novelty = Novelty::fit(&design(&rows), Some(&labels), &Options::default()).unwrap();
    let asked = design(&[vec![1.0, 0.0], vec![2.0, 1.0], vec![2998.0, 0.0], vec![-1.0, 0.5]]);
    let said: Vec<usize> =
        novelty.judge(&asked).unwrap().iter().map(|v| v.warnings.len()).collect();
    // 3 of 3,000 rows (0.1 %) are at or below 2 and at or above 2,997.
    assert_eq!(said, [1, 0, 1, 1]);
}

#[test]
fn rows_of_unit_length_are_judged_by_direction() {
    let (rows, labels) = gaussian(200, 3, 2, 5.0, 4);
    let options = Options { unit_rows: true, ..Options::default() };
    let novelty = Novelty::fit(&design(&rows), Some(&labels), &options).unwrap();
    let (once, ten): (Vec<f64>, Vec<f64>) = rows[0].iter().map(|v| (*v, 10.0 * v)).unzip();
    let distances = novelty.distances(&design(&[once, ten])).unwrap();
    assert!((distances[0].wdisc - distances[1].wdisc).abs() < 1e-9);
}
