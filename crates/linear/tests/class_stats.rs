//! Class statistics against plain sums: rows added, removed, merged; whitening; factors.

#![allow(clippy::unwrap_used)]

mod common;

use common::{close, random};
use linecall_data::{Dataset, Design};
use linecall_linear::class_stats::{ClassStats, Factor, Keep, Whitening};
use proptest::prelude::*;

const KEEPS: [Keep; 3] = [Keep::Sums, Keep::Variances, Keep::Covariance];

fn rows(design: &Design) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; design.cols()]; design.rows()];
    for (i, row) in rows.iter_mut().enumerate() {
        design.for_each_in_row(i, |j, v| row[j] = v);
    }
    rows
}

fn stats(data: &Dataset, keep: Keep) -> ClassStats {
    let k = data.labels.classes().len();
    ClassStats::of(&data.design, data.labels.codes(), k, data.weights.as_deref(), keep).unwrap()
}

/// Weights, means and within-class covariance by definition.
fn plain(data: &Dataset) -> (Vec<f64>, Vec<Vec<f64>>, Vec<f64>) {
    let (x, codes) = (rows(&data.design), data.labels.codes());
    let (k, d) = (data.labels.classes().len(), data.design.cols());
    let s = data.weights.clone().unwrap_or_else(|| vec![1.0; x.len()]);
    let mut weight = vec![0.0; k];
    let mut mean = vec![vec![0.0; d]; k];
    for ((x, &c), s) in x.iter().zip(codes).zip(&s) {
        weight[c as usize] += s;
        mean[c as usize].iter_mut().zip(x).for_each(|(m, x)| *m += s * x);
    }
    for (mean, weight) in mean.iter_mut().zip(&weight).filter(|m| *m.1 > 0.0) {
        mean.iter_mut().for_each(|m| *m /= weight);
    }
    let total: f64 = weight.iter().sum();
    let mut within = vec![0.0; d * d];
    for ((x, &c), s) in x.iter().zip(codes).zip(&s) {
        let away: Vec<f64> = x.iter().zip(&mean[c as usize]).map(|(x, m)| x - m).collect();
        for a in 0..d {
            (0..d).for_each(|b| within[a * d + b] += s * away[a] * away[b] / total);
        }
    }
    (weight, mean, within)
}

fn assert_all(name: &str, found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len(), "{name}");
    for (a, b) in found.iter().zip(want) {
        assert!(close(*a, *b, tolerance), "{name}: {a} and {b}");
    }
}

fn assert_same(found: &ClassStats, data: &Dataset, keep: Keep, tolerance: f64) {
    let (weight, mean, within) = plain(data);
    let d = data.design.cols();
    assert_all("weight", found.weight(), &weight, tolerance);
    for (k, mean) in mean.iter().enumerate() {
        assert_all("mean", &found.mean(k), mean, tolerance);
        let sums: Vec<f64> = mean.iter().map(|m| m * weight[k]).collect();
        assert_all("sums", &found.sums(k), &sums, tolerance);
    }
    let diagonal: Vec<f64> = within.iter().step_by(d + 1).copied().collect();
    match keep {
        Keep::Sums => assert!(found.within_variance().is_empty()),
        _ => assert_all("variance", &found.within_variance(), &diagonal, tolerance),
    }
    match keep {
        Keep::Covariance => assert_all("within", &found.within_covariance(), &within, tolerance),
        _ => assert!(found.within_covariance().is_empty()),
    }
}

#[test]
fn statistics_are_those_of_the_definition_in_every_storage() {
    for (n, d, k) in [(40, 3, 2), (300, 7, 4), (700, 20, 3)] {
        let mut data = random(n, d, k, 3);
        data.weights = Some((0..n).map(|i| ((i * 7) % 5) as f64 * 0.75).collect());
        let sparse = Dataset { design: data.design.to_sparse().unwrap(), ..data.clone() };
        for keep in KEEPS {
            assert_same(&stats(&data, keep), &data, keep, 1e-12);
            assert_same(&stats(&sparse, keep), &data, keep, 1e-12);
        }
    }
}

#[test]
fn few_entries_go_by_pairs_and_many_by_tiles_to_the_same_numbers() {
    for kept in [0.05, 0.15, 0.5, 1.0] {
        let base = random(200, 30, 3, 9);
        let cut = rows(&base.design);
        let cut: Vec<Vec<f64>> = cut
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let keep = |j: usize| ((i * 31 + j * 17) % 100) as f64 / 100.0 < kept || j == 4;
                // One column is stored in every row, far from zero.
                row.iter()
                    .enumerate()
                    .map(
                        |(j, v)| if !keep(j) { 0.0 } else { v + f64::from(u8::from(j == 4)) * 1e4 },
                    )
                    .collect()
            })
            .collect();
        let names: Vec<String> = (0..30).map(|j| j.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let design = Design::from_rows(&cut, &names).unwrap();
        let data = Dataset { design: design.to_sparse().unwrap(), ..base };
        assert_same(&stats(&data, Keep::Covariance), &data, Keep::Covariance, 1e-11);
    }
}

#[test]
fn means_far_from_zero_cost_no_digits() {
    let data = random(500, 3, 2, 4);
    for storage in [false, true] {
        let moved: Vec<Vec<f64>> = rows(&data.design)
            .iter()
            .map(|row| row.iter().map(|v| (v * 64.0).round() / 64.0 + 1e9).collect())
            .collect();
        let near: Vec<Vec<f64>> =
            moved.iter().map(|row| row.iter().map(|v| v - 1e9).collect()).collect();
        let design = |rows: &[Vec<f64>]| {
            let design = Design::from_rows(rows, &["a", "b", "c"]).unwrap();
            if storage { design.to_sparse().unwrap() } else { design }
        };
        let far = stats(&Dataset { design: design(&moved), ..data.clone() }, Keep::Covariance);
        let near = stats(&Dataset { design: design(&near), ..data.clone() }, Keep::Covariance);
        // The mean of 1e9 has an error of 1e-7, which the squares do not see.
        assert_all("within", &far.within_covariance(), &near.within_covariance(), 1e-12);
    }
}

#[test]
fn between_and_within_add_up_to_the_total() {
    let data = random(120, 4, 3, 5);
    let stats = stats(&data, Keep::Covariance);
    let (within, between) = (stats.within_covariance(), stats.between_covariance().unwrap());
    let all = vec![0; 120];
    let one = ClassStats::of(&data.design, &all, 1, None, Keep::Covariance).unwrap();
    let sum: Vec<f64> = within.iter().zip(&between).map(|(w, b)| w + b).collect();
    assert_all("total", &sum, &one.within_covariance(), 1e-12);
    assert_all("variance", &stats.total_variance(), &one.within_variance(), 1e-12);
    assert_all("mean", &stats.overall_mean(), &one.mean(0), 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn rows_come_and_go_as_if_all_had_been_taken_together(
        seed in 0u64..500,
        cut in 1usize..59,
        offset in prop::sample::select(vec![0.0, 3.0, 1e4]),
        sparse in any::<bool>(),
    ) {
        let mut data = random(60, 4, 3, seed);
        data.design = {
            let moved: Vec<Vec<f64>> = rows(&data.design)
                .into_iter()
                .enumerate()
                .map(|(i, row)| row.iter().map(|v| if i < 30 { *v } else { v + offset }).collect())
                .collect();
            let design = Design::from_rows(&moved, &["a", "b", "c", "d"]).unwrap();
            if sparse { design.to_sparse().unwrap() } else { design }
        };
        data.weights = Some((0..60).map(|i| 0.5 + (i % 3) as f64).collect());
        let (first, second): (Vec<usize>, Vec<usize>) =
            ((0..cut).collect(), (cut..60).collect());
        let (a, b) = (data.select(&first).unwrap(), data.select(&second).unwrap());
        for keep in KEEPS {
            let mut joint = stats(&a, keep);
            joint.add(&stats(&b, keep)).unwrap();
            assert_same(&joint, &data, keep, 1e-10);
            // Removing cancels: what is left is as exact as the sums were.
            joint.remove(&stats(&b, keep)).unwrap();
            assert_same(&joint, &a, keep, 1e-11 * (1.0 + offset * offset / (cut as f64)));
            joint.remove(&stats(&a, keep)).unwrap();
            assert_eq!(joint.rows(), [0, 0, 0]);
            assert_eq!(joint.total_weight(), 0.0);
        }
    }

    #[test]
    fn factors_follow_their_matrix(seed in 0u64..500, amount in 0.1f64..5.0) {
        let data = random(40, 5, 2, seed);
        let stats = stats(&data, Keep::Covariance);
        let mut matrix = stats.within_covariance();
        (0..5).for_each(|j| matrix[j * 6] += 0.1);
        let v = &rows(&data.design)[7];
        let mut factor = Factor::of(&matrix, 5).unwrap();
        let before = factor.clone();
        factor.update(v, amount).unwrap();
        let grown: Vec<f64> =
            (0..25).map(|at| matrix[at] + amount * v[at / 5] * v[at % 5]).collect();
        let fresh = Factor::of(&grown, 5).unwrap();
        let right = [1.0, -2.0, 0.5, 0.0, 3.0];
        assert_all("solution", &factor.solve(&right).unwrap(), &fresh.solve(&right).unwrap(), 1e-9);
        prop_assert!(close(factor.log_determinant(), fresh.log_determinant(), 1e-10));
        factor.update(v, -amount).unwrap();
        assert_all("back", &factor.solve(&right).unwrap(), &before.solve(&right).unwrap(), 1e-7);
        // Taking away more than is there is refused and changes nothing.
        let kept = factor.clone();
        let length: f64 = factor.whiten(v).unwrap().iter().map(|x| x * x).sum();
        if length > 1e-6 {
            prop_assert!(factor.update(v, -1.01 / length).is_err());
            prop_assert_eq!(factor, kept);
        }
    }

    #[test]
    fn whitening_makes_the_covariance_the_identity(seed in 0u64..500, copies in any::<bool>()) {
        let data = random(60, 4, 2, seed);
        let mut x = rows(&data.design);
        // A column of other units, and one that others determine.
        x.iter_mut().for_each(|row| {
            row[1] *= 1e5;
            if copies {
                row[3] = row[0] + row[2];
            }
        });
        let design = Design::from_rows(&x, &["a", "b", "c", "d"]).unwrap();
        let data = Dataset { design, ..data };
        let stats = stats(&data, Keep::Covariance);
        let covariance = stats.within_covariance();
        let whitening = Whitening::of(&covariance, 4, 1e-10).unwrap();
        let rank = if copies { 3 } else { 4 };
        prop_assert_eq!(whitening.rank(), rank);
        let unit = |a: usize| {
            let mut e = vec![0.0; 4];
            e[a] = 1.0;
            whitening.apply(&e).unwrap()
        };
        let columns: Vec<Vec<f64>> = (0..4).map(unit).collect();
        for a in 0..rank {
            for b in 0..rank {
                let mut sum = 0.0;
                for i in 0..4 {
                    for j in 0..4 {
                        sum += columns[i][a] * covariance[i * 4 + j] * columns[j][b];
                    }
                }
                prop_assert!((sum - f64::from(u8::from(a == b))).abs() < 1e-9);
            }
        }
        if !copies {
            // Both ways of whitening give the same distances.
            let factor = Factor::of(&covariance, 4).unwrap();
            let away = &x[3];
            let length = |v: Vec<f64>| v.iter().map(|x| x * x).sum::<f64>();
            let (a, b) = (factor.whiten(away).unwrap(), whitening.apply(away).unwrap());
            prop_assert!(close(length(a), length(b), 1e-8));
        }
    }
}

#[test]
fn the_scatter_follows_a_row_by_one_update_of_its_factor() {
    let data = random(50, 4, 2, 11);
    let most: Vec<usize> = (0..49).collect();
    let before = stats(&data.select(&most).unwrap(), Keep::Covariance);
    let after = stats(&data, Keep::Covariance);
    let scatter = |s: &ClassStats| -> Vec<f64> {
        s.within_covariance().iter().map(|c| c * s.total_weight()).collect()
    };
    let k = data.labels.codes()[49] as usize;
    let row = &rows(&data.design)[49];
    let away =
        |s: &ClassStats| -> Vec<f64> { row.iter().zip(s.mean(k)).map(|(x, m)| x - m).collect() };
    let mut factor = Factor::of(&scatter(&before), 4).unwrap();
    let weight = before.weight()[k];
    factor.update(&away(&before), weight / (weight + 1.0)).unwrap();
    let fresh = Factor::of(&scatter(&after), 4).unwrap();
    assert_all("pivots", &factor.pivots(), &fresh.pivots(), 1e-10);
    let weight = after.weight()[k];
    factor.update(&away(&after), -weight / (weight - 1.0)).unwrap();
    let fresh = Factor::of(&scatter(&before), 4).unwrap();
    assert_all("pivots", &factor.pivots(), &fresh.pivots(), 1e-9);
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = random(10, 3, 2, 1);
    let all = stats(&data, Keep::Variances);
    let mut few = stats(&data.select(&[0, 1, 2]).unwrap(), Keep::Variances);
    let text = few.remove(&all).unwrap_err().to_string();
    assert!(text.starts_with("rows to remove of a class"), "{text}");
    assert!(few.add(&stats(&data, Keep::Sums)).is_err());
    assert!(few.add(&ClassStats::empty(3, 3, Keep::Variances).unwrap()).is_err());
    assert!(few.add(&ClassStats::empty(2, 4, Keep::Variances).unwrap()).is_err());
    assert!(ClassStats::of(&data.design, &[0; 9], 2, None, Keep::Sums).is_err());
    assert!(ClassStats::of(&data.design, &[2; 10], 2, None, Keep::Sums).is_err());
    assert!(ClassStats::of(&data.design, &[0; 10], 2, Some(&[f64::NAN; 10]), Keep::Sums).is_err());
    let wide = ClassStats::empty(2, 5001, Keep::Covariance).unwrap_err().to_string();
    assert!(wide.contains("at most 5000 columns"), "{wide}");
    assert!(Factor::of(&[1.0, 2.0, 2.0, 1.0], 2).is_err());
    assert!(Factor::of(&[1.0], 2).is_err());
    assert!(Whitening::of(&[1.0], 2, 0.0).is_err());
}
