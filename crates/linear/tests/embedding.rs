//! Embeddings: against finite differences and a plain run in `f64`, by threads, weights and refusals.
#![allow(clippy::unwrap_used)] // a test

mod common;

use common::Random;
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::embedding::{
    Decay, Embedding, EmbeddingLoss, EmbeddingPlan, HoldOut, RowScale, averaged,
};
use linecall_linear::{Error, StopFlag};

const LOSSES: [EmbeddingLoss; 3] =
    [EmbeddingLoss::Softmax, EmbeddingLoss::OneVsAll, EmbeddingLoss::HierarchicalSoftmax];

fn names(d: usize) -> Vec<String> {
    (0..d).map(|j| format!("g{j}")).collect()
}

fn design(rows: &[Vec<f64>]) -> Design {
    let names = names(rows[0].len());
    Design::from_rows(rows, &names.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

/// Bags of grams of `k` topics: each topic prefers its own grams, and all share some.
fn bags(n: usize, d: usize, k: usize, seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let mut rows = Vec::new();
    let mut classes = Vec::new();
    for i in 0..n {
        let class = i % k;
        let mut row = vec![0.0; d];
        for _ in 0..(3 + i % 9) {
            let own = rng.uniform() < 0.5;
            let j = (rng.uniform() * d as f64) as usize;
            let j = if own { j / k * k + class } else { j };
            row[j.min(d - 1)] += 1.0;
        }
        rows.push(row);
        classes.push(format!("c{class:02}"));
    }
    Dataset::new(averaged(&design(&rows)).unwrap(), Labels::from_names(classes)).unwrap()
}

fn plan(loss: EmbeddingLoss) -> EmbeddingPlan {
    EmbeddingPlan { loss, dim: 20, epochs: 6, learning_rate: 0.5, ..EmbeddingPlan::default() }
}

/// Vectors, output vectors and intercepts in `f64`.
#[derive(Clone)]
struct Plain {
    e: Vec<Vec<f64>>,
    o: Vec<Vec<f64>>,
    b: Vec<f64>,
}

impl Plain {
    fn of(embedding: &Embedding) -> Self {
        let (dim, d) = (embedding.dim(), embedding.n_features());
        let wide = |v: &[f32]| v.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
        Self {
            e: (0..d).map(|j| embedding.vector(j).map_or(vec![0.0; dim], wide)).collect(),
            o: embedding.outputs().chunks_exact(dim).map(wide).collect(),
            b: wide(embedding.intercept()),
        }
    }

    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let dim = self.e[0].len();
        let h: Vec<f64> =
            (0..dim).map(|t| row.iter().zip(&self.e).map(|(x, e)| x * e[t]).sum()).collect();
        let dot = |o: &Vec<f64>| o.iter().zip(&h).map(|(o, h)| o * h).sum::<f64>();
        self.o.iter().zip(&self.b).map(|(o, b)| dot(o) + b).collect()
    }

    /// Every number, so that a difference can be taken in each.
    fn numbers(&mut self) -> Vec<&mut f64> {
        let both = self.e.iter_mut().chain(&mut self.o);
        both.flatten().chain(&mut self.b).collect()
    }
}

/// The loss of a row by its scores. Of three classes of weights 80, 20 and 30 the tree joins the last two
/// below node 0, and node 0 with the first below node 1, the lighter child first.
fn loss_of(loss: EmbeddingLoss, scores: &[f64], class: usize) -> f64 {
    let soft = |t: f64| t.max(0.0) + (-t.abs()).exp().ln_1p();
    match loss {
        EmbeddingLoss::Softmax => scores.iter().map(|s| s.exp()).sum::<f64>().ln() - scores[class],
        EmbeddingLoss::OneVsAll => {
            scores.iter().enumerate().map(|(k, s)| soft(if k == class { -s } else { *s })).sum()
        }
        _ => match class {
            0 => soft(-scores[1]),
            1 => soft(scores[1]) + soft(scores[0]),
            _ => soft(scores[1]) + soft(-scores[0]),
        },
    }
}

fn row_of(data: &Dataset, i: usize) -> Vec<f64> {
    let mut row = vec![0.0; data.design.cols()];
    data.design.for_each_in_row(i, |j, x| row[j] = x);
    row
}

/// Three classes of which the first is the most frequent, so that the tree is known.
fn lopsided() -> Dataset {
    let data = bags(60, 12, 3, 5);
    let weights = (0..60).map(|i| [4.0, 1.0, 1.5][i % 3]).collect();
    Dataset { weights: Some(weights), ..data }
}

/// One visit moves every number by minus its slope: the loss's, by fourth-order differences. A row
/// of zeros stands beside it, which moves nothing, since one class alone is refused.
#[test]
fn a_visit_is_a_step_down_the_gradient() {
    let data = lopsided();
    for loss in LOSSES {
        for class in 0..3 {
            let start = EmbeddingPlan { intercept: false, ..plan(loss) }.fit(&data).unwrap();
            let row = row_of(&data, class);
            let two = design(&[row.clone(), vec![0.0; 12]]);
            let classes = data.labels.classes().to_vec();
            let labels = Labels::from_codes(classes, vec![class as u32, (class as u32 + 1) % 3]);
            let one = Dataset::new(two, labels.unwrap()).unwrap();
            let step = EmbeddingPlan {
                epochs: 1,
                learning_rate: 1.0,
                group: 1,
                decay: Decay::Constant,
                ..plan(loss)
            };
            let from = start.embedding;
            let moved = step.fit_until(&one, Some(&from), &StopFlag::default()).unwrap().embedding;
            let (mut before, mut after) = (Plain::of(&from), Plain::of(&moved));
            let after: Vec<f64> = after.numbers().iter().map(|v| **v).collect();
            let h = 1e-3;
            for (at, after) in after.iter().enumerate() {
                let mut value = |by: f64| {
                    *before.numbers()[at] += by;
                    let value = loss_of(loss, &before.scores(&row), class);
                    *before.numbers()[at] -= by;
                    value
                };
                let slope =
                    (8.0 * (value(h) - value(-h)) - value(2.0 * h) + value(-2.0 * h)) / (12.0 * h);
                let intercept = at >= 12 * 20 + 20 * from.intercept().len();
                let slope = if intercept { 0.0 } else { slope };
                let found = *before.numbers()[at] - after;
                // Single precision of numbers below 4.
                assert!((slope - found).abs() < 1e-6, "{loss:?} {class} {at}: {slope} {found}");
            }
        }
    }
}

/// With all rows in one group an epoch is one step down the gradient of the summed loss, here again
/// with plain loops in `f64`.
#[test]
fn an_epoch_of_one_group_equals_a_plain_run() {
    let data = lopsided();
    let weights = data.weights.clone().unwrap();
    for loss in [EmbeddingLoss::Softmax, EmbeddingLoss::OneVsAll] {
        let plan = EmbeddingPlan {
            group: 60,
            learning_rate: 0.05,
            decay: Decay::Constant,
            intercept: true,
            ..plan(loss)
        };
        let start = EmbeddingPlan { epochs: 2, ..plan.clone() }.fit(&data).unwrap().embedding;
        let stop = StopFlag::default();
        let end = plan.fit_until(&data, Some(&start), &stop).unwrap().embedding;
        let mut plain = Plain::of(&start);
        for _ in 0..plan.epochs {
            let old = plain.clone();
            for i in 0..60 {
                let (row, class) = (row_of(&data, i), data.labels.codes()[i] as usize);
                let scores = old.scores(&row);
                let all: f64 = scores.iter().map(|s| s.exp()).sum();
                for (k, s) in scores.iter().enumerate() {
                    let p = if loss == EmbeddingLoss::Softmax {
                        s.exp() / all
                    } else {
                        1.0 / (1.0 + (-s).exp())
                    };
                    let by = -0.05 * weights[i] * (p - f64::from(u8::from(k == class)));
                    plain.b[k] += by;
                    for t in 0..20 {
                        for (j, x) in row.iter().enumerate() {
                            plain.e[j][t] += by * x * old.o[k][t];
                            plain.o[k][t] += by * x * old.e[j][t];
                        }
                    }
                }
            }
        }
        for i in 0..60 {
            let row = row_of(&data, i);
            let (a, b) = (plain.scores(&row), Plain::of(&end).scores(&row));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
        }
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let data = bags(150, 40, 5, 8);
    for loss in LOSSES {
        for (dim, group) in [(1, 1), (20, 7), (100, 8), (300, 64)] {
            let hold_out = Some(HoldOut { share: 0.2, patience: 2 });
            let plan = EmbeddingPlan { dim, group, intercept: true, hold_out, ..plan(loss) };
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let fit = pool.install(|| plan.fit(&data)).unwrap();
                (fit.embedding, fit.epochs, fit.best)
            };
            let one = on(1);
            assert!(one == on(2) && one == on(3) && one == on(1));
            let other = EmbeddingPlan { seed: 1, ..plan.clone() }.fit(&data).unwrap();
            assert!(one.0 != other.embedding);
        }
    }
}

/// The two forms of a model agree on rows that it has not seen, columns without a vector included.
#[test]
fn factored_and_collapsed_scores_agree() {
    for k in [2, 3, 6] {
        let (data, fresh) = (bags(80, 60, k, 1), bags(200, 60, k, 2));
        for loss in [EmbeddingLoss::Softmax, EmbeddingLoss::OneVsAll] {
            for positive in 0..2 {
                let plan = EmbeddingPlan { intercept: true, positive, ..plan(loss) };
                let embedding = plan.fit(&data).unwrap().embedding;
                let model = embedding.collapse().unwrap();
                let a = embedding.scores(&fresh.design).unwrap();
                let b = model.scores(&fresh.design).unwrap();
                assert_eq!(a.len(), b.len());
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12));
                for (a, b) in a.chunks(model.n_scores()).zip(b.chunks(model.n_scores())) {
                    assert_eq!(embedding.class_of(a), model.class_of(b));
                }
            }
        }
    }
    let tree = plan(EmbeddingLoss::HierarchicalSoftmax).fit(&bags(40, 20, 3, 1)).unwrap().embedding;
    assert!(matches!(tree.collapse(), Err(Error::Setting { name: "loss", .. })));
}

fn accuracy(embedding: &Embedding, data: &Dataset) -> f64 {
    let scores = embedding.scores(&data.design).unwrap();
    let rows = scores.chunks_exact(embedding.n_scores()).zip(data.labels.codes());
    let right = rows.filter(|(s, c)| embedding.class_of(s) == **c as usize).count();
    right as f64 / data.rows() as f64
}

#[test]
fn topics_are_learnt_by_every_loss() {
    for k in [2, 4, 12] {
        let (data, fresh) = (bags(1200, 120, k, 11), bags(600, 120, k, 12));
        for loss in LOSSES {
            let plan = EmbeddingPlan { epochs: 20, dim: 16, ..plan(loss) };
            let embedding = plan.fit(&data).unwrap().embedding;
            let share = accuracy(&embedding, &fresh);
            // Half of the grams of a row are of its own topic, three to eleven a row.
            assert!(share > 0.75, "{k} {loss:?}: {share}");
            let scores = embedding.scores(&fresh.design).unwrap();
            if loss == EmbeddingLoss::HierarchicalSoftmax {
                let sum: f64 = scores[..k].iter().map(|l| l.exp()).sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }
}

/// Weight 2 is the row twice, weight 0 the row gone.
#[test]
fn weights_are_copies() {
    let data = bags(30, 20, 3, 4);
    for loss in LOSSES {
        let plan = EmbeddingPlan { group: 64, decay: Decay::Constant, ..plan(loss) };
        let weights: Vec<f64> = (0..30).map(|i| f64::from(1 + i % 2)).collect();
        let twice: Vec<usize> = (0..30).chain((0..30).filter(|i| i % 2 == 1)).collect();
        let a = plan.fit(&Dataset { weights: Some(weights), ..data.clone() }).unwrap().embedding;
        let b = plan.fit(&data.select(&twice).unwrap()).unwrap().embedding;
        let pairs = a.inputs().iter().chain(a.outputs()).zip(b.inputs().iter().chain(b.outputs()));
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-4));
        let weights: Vec<f64> = (0..30).map(|i| f64::from(u8::from(i < 24))).collect();
        let a = plan.fit(&Dataset { weights: Some(weights), ..data.clone() }).unwrap().embedding;
        let b = plan.fit(&data.select(&(0..24).collect::<Vec<_>>()).unwrap()).unwrap().embedding;
        assert!(a == b);
    }
}

/// The vectors that come back are those of the epoch that is named, and no held-out row moved them.
#[test]
fn the_best_epoch_comes_back() {
    let data = bags(200, 60, 3, 21);
    let plan = EmbeddingPlan {
        epochs: 40,
        learning_rate: 2.0,
        decay: Decay::Constant,
        hold_out: Some(HoldOut { share: 0.25, patience: 4 }),
        ..plan(EmbeddingLoss::Softmax)
    };
    let fit = plan.fit(&data).unwrap();
    assert_eq!(fit.held_out.len(), 50);
    assert_eq!(fit.epochs.len(), fit.best + 1 + 4, "ends for want of patience");
    let losses: Vec<f64> = fit.epochs.iter().map(|e| e.held_out_loss.unwrap()).collect();
    assert!(losses.iter().all(|l| *l >= losses[fit.best]));
    let held = data.select(&fit.held_out).unwrap();
    let model = fit.embedding.collapse().unwrap();
    let p = model.probabilities(&model.scores(&held.design).unwrap()).unwrap();
    let rows = p.chunks_exact(3).zip(held.labels.codes());
    let loss = rows.map(|(p, c)| -p[*c as usize].ln()).sum::<f64>() / 50.0;
    assert!((loss - losses[fit.best]).abs() < 1e-4, "{loss} {losses:?}");
    let error = 1.0 - accuracy(&fit.embedding, &held);
    assert!((error - fit.epochs[fit.best].held_out_error.unwrap()).abs() < 1e-12);
    // The rest of the rows alone give the same vectors after as many epochs.
    let mut weights = vec![1.0; 200];
    fit.held_out.iter().for_each(|&i| weights[i] = 0.0);
    let epochs = fit.best as u32 + 1;
    let alone = EmbeddingPlan { epochs, hold_out: None, ..plan };
    let alone = alone.fit(&Dataset { weights: Some(weights), ..data }).unwrap();
    assert!(alone.embedding == fit.embedding);
}

#[test]
fn rows_of_nothing_are_borne() {
    let zeros = design(&vec![vec![0.0; 3]; 4]);
    let labels = Labels::from_names(["a", "b", "a", "a"]);
    let data = Dataset::new(zeros.clone(), labels).unwrap();
    for loss in LOSSES {
        let plan = EmbeddingPlan { intercept: true, learning_rate: 0.1, epochs: 200, ..plan(loss) };
        let embedding = plan.fit(&data).unwrap().embedding;
        assert!(embedding.columns().is_empty());
        let scores = embedding.scores(&zeros).unwrap();
        assert_eq!(embedding.class_of(&scores[..embedding.n_scores()]), 0);
    }
}

#[test]
fn sets_of_labels_are_learnt_one_vs_all() {
    let base = bags(400, 60, 3, 31);
    let sets: Vec<Vec<u32>> = base.labels.codes().iter().map(|&c| vec![c, 3]).collect();
    let sets = sets.into_iter().enumerate().map(|(i, mut set)| {
        set.truncate(if i % 5 == 0 { 1 } else { 2 });
        set
    });
    let names = ["a", "b", "c", "often"].map(str::to_owned).to_vec();
    let labels = Labels::from_sets(names, sets).unwrap();
    let data = Dataset::new(base.design, labels).unwrap();
    let ova = EmbeddingPlan { epochs: 30, intercept: true, ..plan(EmbeddingLoss::OneVsAll) };
    let model = ova.fit(&data).unwrap().embedding.collapse().unwrap();
    assert!(model.is_multilabel());
    let scores = model.scores(&data.design).unwrap();
    let right = scores.chunks_exact(4).enumerate().filter(|(i, s)| {
        let own = data.labels.of(*i)[0] as usize;
        s[own] > 0.0 && s[3] > 0.0
    });
    assert!(right.count() > 300);
    let refused = plan(EmbeddingLoss::Softmax).fit(&data);
    assert!(matches!(refused, Err(Error::Setting { name: "loss", .. })));
}

#[test]
fn hostile_settings_and_rows_are_refused() {
    let data = bags(20, 8, 2, 1);
    let good = plan(EmbeddingLoss::Softmax);
    let hold = |share, patience| Some(HoldOut { share, patience });
    let bad = [
        ("dim", EmbeddingPlan { dim: 0, ..good.clone() }),
        ("dim", EmbeddingPlan { dim: usize::MAX, ..good.clone() }),
        ("epochs", EmbeddingPlan { epochs: 0, ..good.clone() }),
        ("group", EmbeddingPlan { group: 0, ..good.clone() }),
        ("group", EmbeddingPlan { group: 1 << 40, ..good.clone() }),
        ("learning-rate", EmbeddingPlan { learning_rate: 0.0, ..good.clone() }),
        ("learning-rate", EmbeddingPlan { learning_rate: f64::NAN, ..good.clone() }),
        ("hold-out", EmbeddingPlan { hold_out: hold(1.0, 1), ..good.clone() }),
        ("hold-out", EmbeddingPlan { hold_out: hold(f64::NAN, 1), ..good.clone() }),
        ("patience", EmbeddingPlan { hold_out: hold(0.1, 0), ..good.clone() }),
        ("positive", EmbeddingPlan { positive: 2, ..good.clone() }),
    ];
    for (expected, plan) in bad {
        match plan.fit(&data) {
            Err(Error::Setting { name, .. }) => assert_eq!(name, expected),
            other => unreachable!("{expected}: {other:?}"),
        }
    }
    let counts = design(&[vec![1.0, 0.0], vec![2.0, 1.0]]);
    let labels = Labels::from_names(["a", "b"]);
    let data = Dataset::new(counts, labels).unwrap();
    let error = good.fit(&data).unwrap_err();
    assert!(matches!(&error, Error::Value { row: 2, column, .. } if column == "g0"), "{error}");
    assert!(EmbeddingPlan { rows: RowScale::Plain, ..good.clone() }.fit(&data).is_ok());
    let huge = design(&[vec![1e30, 0.0], vec![0.0, -1e30]]);
    let huge = Dataset { design: huge, ..data };
    let wild = EmbeddingPlan { rows: RowScale::Plain, epochs: 50, ..good.clone() };
    assert!(matches!(wild.fit(&huge), Err(Error::Numerical(_))));
    let flag = StopFlag::default();
    flag.raise();
    let stopped = good.fit_until(&bags(20, 8, 2, 1), None, &flag);
    assert!(matches!(stopped, Err(Error::Stopped)));
}
