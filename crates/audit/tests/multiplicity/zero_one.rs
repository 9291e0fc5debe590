//! Multiplicity under the 0-1 loss: brute force over all cells, and the public COMPAS files.

use std::path::PathBuf;

use linecall_audit::multiplicity::{
    Flips, Hyperplanes, PoolOptions, Sample, ZeroOne, ambiguity_by_group, pool, pool_finding,
};
use linecall_data::read::{self, ReadOptions};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{LinearModel, Link};
use linecall_search::Limits;
use linecall_search::zero_one::Space;

use super::common::Random;

/// Up to twelve points of a plane, some twice.
fn plane(seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let n = 8 + rng.below(5);
    let rows: Vec<Vec<f64>> =
        (0..n).map(|_| vec![rng.below(5) as f64, rng.below(4) as f64 - 1.0]).collect();
    let names: Vec<&str> = rows
        .iter()
        .enumerate()
        .map(|(i, r)| match i {
            0 => "no",
            1 => "yes",
            _ if r[0] + r[1] + 2.0 * rng.normal() > 2.5 => "yes",
            _ => "no",
        })
        .collect();
    let design = Design::from_rows(&rows, &["a", "b"]).unwrap();
    Dataset::new(design, Labels::from_names(names)).unwrap()
}

fn calls(model: &LinearModel, design: &Design) -> Vec<bool> {
    model.scores(design).unwrap().iter().map(|s| *s > 0.0).collect()
}

#[test]
fn all_numbers_are_those_of_all_dichotomies() {
    let none = Limits::default();
    for seed in 0..25 {
        let data = plane(seed);
        let n = data.rows() as f64;
        let sample = Sample::new(&data, 1).unwrap();
        let family = Hyperplanes::default();
        let mut study = ZeroOne::new(&sample, family).unwrap();
        let best = study.least_errors(&none).unwrap();
        // Every cell there is, as calls of rows.
        let all = Space::new(sample.points(), family).unwrap().cells(n, usize::MAX, &none);
        assert!(all.complete);
        let of = sample.point_of_row();
        let rows: Vec<Vec<bool>> =
            all.cells.iter().map(|c| of.iter().map(|p| c.sides[*p]).collect()).collect();
        let truth: Vec<bool> = data.labels.codes().iter().map(|c| *c == 1).collect();
        let apart = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| a != b).count() as f64;
        let least = rows.iter().map(|r| apart(r, &truth)).fold(f64::INFINITY, f64::min);
        assert_eq!((best.errors.lower, best.errors.upper), (least, least));
        assert_eq!(sample.errors(&best.model).unwrap(), least);
        // Baselines: the best, and a poor one.
        let classes = data.labels.classes().to_vec();
        let poor =
            LinearModel::new(vec![vec![0.1, 0.9]], vec![-0.55], classes, 1, Link::Score).unwrap();
        for baseline in [&best.model, &poor] {
            let own = calls(baseline, &data.design);
            let errors = apart(&own, &truth);
            let mut last = (0.0, 0.0);
            for epsilon in [0.0, 0.1, 0.2, 0.5] {
                let budget = errors + (epsilon * n).floor();
                let within: Vec<&Vec<bool>> =
                    rows.iter().filter(|r| apart(r, &truth) <= budget).collect();
                let most = within.iter().map(|r| apart(r, &own)).fold(0.0, f64::max);
                let some = (0..own.len()).filter(|&i| within.iter().any(|r| r[i] != own[i])).count()
                    as f64;
                let found = study.discrepancy(baseline, epsilon, &none).unwrap();
                assert_eq!((found.flipped.lower, found.flipped.upper), (most, most));
                assert_eq!(apart(&calls(&found.witness, &data.design), &own), most);
                assert!(apart(&calls(&found.witness, &data.design), &truth) <= budget);
                for found in [
                    study.ambiguity(baseline, epsilon, &none).unwrap(),
                    study.ambiguity_by_maxima(baseline, epsilon, &none).unwrap(),
                ] {
                    assert_eq!((found.flipped.lower, found.flipped.upper), (some, some));
                    // Every flip has a witness, by plain prediction and within the budget.
                    let witnesses: Vec<Vec<bool>> =
                        found.witnesses.iter().map(|w| calls(w, &data.design)).collect();
                    assert!(witnesses.iter().all(|w| apart(w, &truth) <= budget));
                    for (i, flips) in found.flips.iter().enumerate() {
                        let seen = witnesses.iter().any(|w| w[i] != own[i]);
                        assert_eq!(seen, *flips == Flips::Yes);
                        assert_ne!(*flips, Flips::Undecided);
                    }
                }
                assert!(most <= some && last.0 <= most && last.1 <= some);
                last = (most, some);
            }
            for (i, cost) in study.flip_costs(baseline, &none).unwrap().iter().enumerate() {
                let least = rows.iter().filter(|r| r[i] != own[i]).map(|r| apart(r, &truth));
                let least = least.fold(f64::INFINITY, f64::min) - errors;
                assert_eq!((cost.extra.lower, cost.extra.upper), (least, least));
            }
        }
    }
}

#[test]
fn weights_count_as_copies_and_the_positive_class_may_be_either() {
    let data = plane(77);
    let mut weighted = data.clone();
    weighted.weights = Some((0..data.rows()).map(|i| (1 + i % 2) as f64).collect());
    let copies: Vec<usize> = (0..data.rows()).flat_map(|i| vec![i; 1 + i % 2]).collect();
    let copies = data.select(&copies).unwrap();
    let numbers = |data: &Dataset, positive: usize| {
        let sample = Sample::new(data, positive).unwrap();
        let mut study = ZeroOne::new(&sample, Hyperplanes::default()).unwrap();
        let none = Limits::default();
        let best = study.least_errors(&none).unwrap();
        // Discrepancy is that of one of several best models; take a baseline that is the same.
        let classes = data.labels.classes().to_vec();
        let sign = if positive == 1 { 1.0 } else { -1.0 };
        let coef = vec![vec![0.3 * sign, 0.2 * sign]];
        let own =
            LinearModel::new(coef, vec![-0.55 * sign], classes, positive, Link::Score).unwrap();
        let most = study.discrepancy(&own, 0.1, &none).unwrap();
        let some = study.ambiguity(&own, 0.1, &none).unwrap();
        (best.errors.upper, most.flipped.upper, some.flipped.upper, most.share.upper)
    };
    assert_eq!(numbers(&weighted, 1), numbers(&copies, 1));
    assert_eq!(numbers(&weighted, 1), numbers(&weighted, 0));
}

/// The public file without the columns that begin with `race`, and the race of each row.
fn compas(test: &str, target: &str) -> Option<(Dataset, Vec<u32>, Vec<String>)> {
    let file = format!("../../../shared/data/tabular/compas/compas_{target}_processed.csv");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    if !path.exists() {
        eprintln!("skipped: {test}: shared data absent");
        return None;
    }
    let table = read::table(path.to_string_lossy().as_ref(), &ReadOptions::default()).unwrap();
    let number = |name: &str, row: usize| -> f64 {
        table.column(name).unwrap().cells.text(row).parse().unwrap()
    };
    let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
    let features: Vec<&str> =
        names.iter().copied().filter(|n| *n != target && !n.starts_with("race")).collect();
    let races: Vec<&str> = names.iter().copied().filter(|n| n.starts_with("race")).collect();
    let rows: Vec<Vec<f64>> =
        (0..table.rows()).map(|i| features.iter().map(|n| number(n, i)).collect()).collect();
    let labels = Labels::from_names((0..table.rows()).map(|i| number(target, i).to_string()));
    let race = |i| races.iter().position(|n| number(n, i) == 1.0).unwrap_or(races.len());
    let codes = (0..table.rows()).map(|i| race(i) as u32).collect();
    let mut groups: Vec<String> = races.iter().map(|r| (*r).to_owned()).collect();
    groups.push("none of these".to_owned());
    let data = Dataset::new(Design::from_rows(&rows, &features).unwrap(), labels).unwrap();
    Some((data, codes, groups))
}

/// Numbers that the card of the paper gives for this file, margin and bound, each proved.
#[test]
fn compas_arrest_at_one_percent() {
    let Some((data, codes, groups)) = compas("compas_arrest_at_one_percent", "arrest") else {
        return;
    };
    let none = Limits::default();
    let sample = Sample::new(&data, 1).unwrap();
    assert_eq!((sample.points().len(), sample.points().floor()), (137, 1985.0));
    let mut study = ZeroOne::new(&sample, Hyperplanes::default()).unwrap();
    let best = study.least_errors(&none).unwrap();
    assert_eq!((best.errors.lower, best.errors.upper), (2008.0, 2008.0));
    assert!(best.margin > 1e-3);
    let models = pool(&data, 1, &PoolOptions::default()).unwrap();
    for (epsilon, most, some) in [(0.0, 2.0, 2.0), (0.005, 762.0, 2005.0), (0.01, 1105.0, 3160.0)] {
        let found = study.discrepancy(&best.model, epsilon, &none).unwrap();
        assert_eq!((found.flipped.lower, found.flipped.upper), (most, most));
        assert_eq!(sample.differ(&best.model, &found.witness).unwrap(), most);
        assert!(sample.errors(&found.witness).unwrap() <= found.budget);
        let ambiguous = study.ambiguity(&best.model, epsilon, &none).unwrap();
        assert_eq!((ambiguous.flipped.lower, ambiguous.flipped.upper), (some, some));
        let shown = pool_finding(&sample, &best.model, &models, epsilon).unwrap();
        assert!(shown.discrepancy <= most && shown.ambiguity <= some);
        assert!(shown.discrepancy <= shown.ambiguity);
        if epsilon == 0.01 {
            assert!(shown.ambiguity > 0.0 && (ambiguous.share.upper - 0.5120).abs() < 5e-5);
            assert!((found.share.upper - 0.1790).abs() < 5e-5);
            let table = ambiguity_by_group(&ambiguous.flips, &codes, &groups, 0.95).unwrap();
            assert_eq!(table.iter().map(|g| g.ambiguous).sum::<u64>(), 3160);
            assert_eq!(table.iter().map(|g| g.people).sum::<u64>(), 6172);
            assert!(table.iter().all(|g| g.low <= g.share && g.share <= g.high));
        }
    }
}

#[test]
fn compas_violent_least_errors() {
    let Some((data, ..)) = compas("compas_violent_least_errors", "violent") else { return };
    let sample = Sample::new(&data, 1).unwrap();
    let mut study = ZeroOne::new(&sample, Hyperplanes::default()).unwrap();
    let best = study.least_errors(&Limits::default()).unwrap();
    assert_eq!((best.errors.lower, best.errors.upper), (683.0, 683.0));
    assert_eq!(sample.points().floor(), 679.0);
}

#[test]
fn what_means_nothing_is_refused_in_one_line() {
    let data = plane(3);
    let sample = Sample::new(&data, 1).unwrap();
    let mut study = ZeroOne::new(&sample, Hyperplanes::default()).unwrap();
    let none = Limits::default();
    let best = study.least_errors(&none).unwrap();
    let one_line = |e: linecall_audit::Error, what: &str| {
        let text = e.to_string();
        assert!(text.contains(what) && !text.contains('\n'), "{text}");
    };
    one_line(study.discrepancy(&best.model, -0.1, &none).err().unwrap(), "epsilon");
    one_line(study.ambiguity(&best.model, f64::NAN, &none).err().unwrap(), "epsilon");
    let wide = LinearModel::new(
        vec![vec![1.0]],
        vec![0.0],
        data.labels.classes().to_vec(),
        1,
        Link::Score,
    );
    one_line(study.discrepancy(&wide.unwrap(), 0.1, &none).err().unwrap(), "columns");
    one_line(Sample::new(&data, 2).err().unwrap(), "classes");
    let narrow = Hyperplanes { bound: 1e-6, margin: 1.0 };
    let mut nothing = ZeroOne::new(&sample, narrow).unwrap();
    one_line(nothing.least_errors(&none).err().unwrap(), "smaller margin");
    one_line(
        ambiguity_by_group(&[Flips::No], &[1], &["a".to_owned()], 0.95).err().unwrap(),
        "group",
    );
}
