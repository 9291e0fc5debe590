//! Packed embeddings: round trips, distances, pruning, hostile bytes, and the search for a plan.
#![allow(clippy::unwrap_used)] // a test

mod common;

use common::Random;
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::embedding::{
    Embedding, EmbeddingLoss, EmbeddingPlan, EmbeddingSearch, PackedEmbedding, PackedModel,
    averaged,
};
use linecall_linear::{Error, LinearModel, Link, StopFlag};

/// Rows of twelve grams: half of them of the row's own topic.
fn bags(n: usize, d: usize, k: usize, seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let (mut rows, mut classes) = (Vec::new(), Vec::new());
    for i in 0..n {
        let mut row = vec![0.0; d];
        for g in 0..12 {
            let j = (rng.uniform() * d as f64) as usize;
            let j = if g % 2 == 0 { j / k * k + i % k } else { j };
            row[j.min(d - 1)] += 1.0;
        }
        rows.push(row);
        classes.push(format!("c{:02}", i % k));
    }
    let names: Vec<String> = (0..d).map(|j| format!("g{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let design = averaged(&Design::from_rows(&rows, &names).unwrap()).unwrap();
    Dataset::new(design, Labels::from_names(classes)).unwrap()
}

fn fitted(k: usize, loss: EmbeddingLoss) -> (Embedding, Dataset) {
    let data = bags(900, 800, k, 3);
    let plan = EmbeddingPlan { dim: 18, epochs: 15, loss, ..EmbeddingPlan::default() };
    (plan.fit(&data).unwrap().embedding, bags(600, 800, k, 4))
}

fn accuracy(embedding: &Embedding, data: &Dataset) -> f64 {
    let scores = embedding.scores(&data.design).unwrap();
    let rows = scores.chunks_exact(embedding.n_scores()).zip(data.labels.codes());
    rows.filter(|(s, c)| embedding.class_of(s) == **c as usize).count() as f64 / data.rows() as f64
}

fn mean_loss(embedding: &Embedding, data: &Dataset) -> f64 {
    let scores = embedding.scores(&data.design).unwrap();
    let rows = scores.chunks_exact(embedding.n_scores()).zip(data.labels.codes());
    let loss = |(s, c): (&[f64], &u32)| -embedding.probabilities_of(s)[*c as usize].ln();
    rows.map(loss).sum::<f64>() / data.rows() as f64
}

fn model_accuracy(model: &LinearModel, data: &Dataset) -> f64 {
    let scores = model.scores(&data.design).unwrap();
    let rows = scores.chunks_exact(model.n_scores()).zip(data.labels.codes());
    rows.filter(|(s, c)| model.class_of(s) == **c as usize).count() as f64 / data.rows() as f64
}

#[test]
fn packed_models_come_back_and_call_alike() {
    for k in [2, 5] {
        for loss in [EmbeddingLoss::Softmax, EmbeddingLoss::OneVsAll] {
            let (embedding, fresh) = fitted(k, loss);
            let model = embedding.collapse().unwrap();
            let mut last = usize::MAX;
            for bits in [8, 6, 4] {
                let packed = PackedModel::new(&model, bits, None).unwrap();
                let bytes = packed.encode();
                assert_eq!(PackedModel::decode(&bytes).unwrap(), packed);
                assert_eq!(packed, PackedModel::new(&model, bits, None).unwrap());
                assert!(bytes.len() < last);
                last = bytes.len();
                let small = packed.model().unwrap();
                // A coefficient that is not cut off is at most half a step away.
                let far = model.coef().iter().flatten().zip(small.coef().iter().flatten());
                let far = far.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let top = model.coef().iter().flatten().fold(0.0f64, |t, w| t.max(w.abs()));
                if bits == 8 {
                    assert!(far < 0.02 * top, "{far} {top}");
                }
                let lost = model_accuracy(&model, &fresh) - model_accuracy(&small, &fresh);
                assert!(lost < 0.03, "{k} {loss:?} {bits}: {lost}");
            }
            let few = PackedModel::new(&model, 8, Some(100)).unwrap();
            assert!(few.columns().len() <= 100);
            let size =
                |j: u32| model.coef().iter().map(|w| w[j as usize].abs()).fold(0.0, f64::max);
            let least = few.columns().iter().map(|&j| size(j)).fold(f64::INFINITY, f64::min);
            let out = (0..800u32).filter(|j| !few.columns().contains(j));
            assert!(out.map(size).fold(0.0, f64::max) <= least);
        }
    }
}

/// Coefficients on the grid of a scale come back as they were.
#[test]
fn a_model_on_the_grid_loses_nothing() {
    let coef = vec![vec![0.0, 7.0, -3.0, 1.0], vec![0.0, -7.0, 2.0, 5.0], vec![0.0, 6.0, 7.0, 0.0]];
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let model = LinearModel::new(coef, vec![0.5, -1.5, 0.1], classes, 0, Link::Softmax).unwrap();
    let packed = PackedModel::new(&model, 4, None).unwrap();
    assert_eq!(packed.columns(), [1, 2, 3]);
    assert_eq!(PackedModel::decode(&packed.encode()).unwrap().model().unwrap(), model);
}

#[test]
fn packed_embeddings_come_back_and_call_alike() {
    for loss in
        [EmbeddingLoss::Softmax, EmbeddingLoss::OneVsAll, EmbeddingLoss::HierarchicalSoftmax]
    {
        let (embedding, fresh) = fitted(6, loss);
        for part in [1, 4, 18] {
            let packed = PackedEmbedding::new(&embedding, part, 1).unwrap();
            let bytes = packed.encode();
            let back = PackedEmbedding::decode(&bytes).unwrap();
            assert_eq!(back, packed);
            assert_eq!(back.embedding(), packed.embedding());
            assert_eq!(packed, PackedEmbedding::new(&embedding, part, 1).unwrap());
            if part < 18 {
                let lost = accuracy(&embedding, &fresh) - accuracy(&packed.embedding(), &fresh);
                assert!(lost < 0.05, "{loss:?} {part}: {lost}");
            }
        }
    }
}

/// With no more vectors than centres every vector is its own centre.
#[test]
fn few_columns_are_kept_exactly() {
    let data = bags(200, 90, 3, 8);
    let plan = EmbeddingPlan { dim: 10, ..EmbeddingPlan::default() };
    let embedding = plan.fit(&data).unwrap().embedding;
    let back = PackedEmbedding::new(&embedding, 3, 0).unwrap().embedding();
    let pairs = embedding.inputs().iter().zip(back.inputs());
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn columns_are_pruned_by_length_and_the_rest_learns_on() {
    let (data, fresh) = (bags(900, 800, 4, 3), bags(600, 800, 4, 4));
    let plan = EmbeddingPlan { dim: 16, epochs: 15, ..EmbeddingPlan::default() };
    let embedding = plan.fit(&data).unwrap().embedding;
    let pruned = embedding.pruned(300).unwrap();
    assert_eq!(pruned.columns().len(), 300);
    let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>();
    let least = pruned.inputs().chunks(16).map(norm).fold(f32::INFINITY, f32::min);
    for &j in embedding.columns() {
        let own = norm(embedding.vector(j as usize).unwrap());
        assert_eq!(pruned.vector(j as usize).is_some(), own >= least);
    }
    let again = plan.fit_pruned(&data, &embedding, 300, &StopFlag::default()).unwrap();
    assert_eq!(again.embedding.columns(), pruned.columns());
    // What is left learns to do without the others, and is of use.
    assert!(mean_loss(&again.embedding, &data) < mean_loss(&pruned, &data));
    // Five of eight columns are gone, and with them most of what many rows hold; a guess is right in 0.25.
    assert!(accuracy(&again.embedding, &fresh) > 0.5);
    assert!(matches!(embedding.pruned(0), Err(Error::Setting { name: "keep", .. })));
}

/// No prefix and no changed byte of a packed model panics or takes memory without end.
#[test]
fn hostile_bytes_are_refused() {
    let (embedding, _) = fitted(3, EmbeddingLoss::HierarchicalSoftmax);
    let vectors = PackedEmbedding::new(&embedding.pruned(20).unwrap(), 6, 0).unwrap().encode();
    let (flat, _) = fitted(3, EmbeddingLoss::Softmax);
    let model = PackedModel::new(&flat.collapse().unwrap(), 4, Some(30)).unwrap().encode();
    for at in 0..vectors.len() {
        assert!(PackedEmbedding::decode(&vectors[..at]).is_err());
    }
    for at in 0..model.len() {
        assert!(PackedModel::decode(&model[..at]).is_err());
    }
    let mut rng = Random::new(6);
    for _ in 0..20_000 {
        for (bytes, linear) in [(&vectors, false), (&model, true)] {
            let mut bytes = bytes.clone();
            // Lengths stand at the front.
            let reach = if rng.uniform() < 0.5 { bytes.len() } else { 40 };
            for _ in 0..=(rng.uniform() * 3.0) as usize {
                let at = (rng.uniform() * reach.min(bytes.len()) as f64) as usize;
                bytes[at] = (rng.uniform() * 256.0) as u8;
            }
            if linear {
                if let Ok(packed) = PackedModel::decode(&bytes) {
                    assert_eq!(PackedModel::decode(&packed.encode()).unwrap(), packed);
                }
            } else if let Ok(packed) = PackedEmbedding::decode(&bytes) {
                let embedding = packed.embedding();
                let _ = embedding.scores_of([(1, 1.0), (700, 0.5)]);
            }
        }
    }
    assert!(matches!(PackedModel::decode(&vectors), Err(Error::Packed(_))));
    let model = flat.collapse().unwrap();
    assert!(matches!(PackedModel::new(&model, 1, None), Err(Error::Setting { name: "bits", .. })));
    assert!(matches!(PackedModel::new(&model, 9, None), Err(Error::Setting { .. })));
    assert!(matches!(PackedEmbedding::new(&flat, 0, 0), Err(Error::Setting { name: "part", .. })));
}

#[test]
fn a_search_within_trials_depends_on_the_seed_alone() {
    let data = bags(6000, 400, 4, 40);
    let base =
        EmbeddingPlan { dim: 16, epochs: 1, learning_rate: 0.001, ..EmbeddingPlan::default() };
    let search = EmbeddingSearch {
        trials: 9,
        dims: vec![8, 16],
        epochs: [2, 10],
        ..EmbeddingSearch::default()
    };
    let stop = StopFlag::default();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| search.run(&base, &data, &stop)).unwrap()
    };
    let choice = on(1);
    assert_eq!(choice, on(2));
    let rows: Vec<usize> = choice.trials.iter().map(|t| t.rows).collect();
    assert_eq!(rows, [vec![533; 9], vec![1600; 3], vec![4800; 1]].concat());
    // The first draw is the plan as it came, which barely moves; the chosen one is no worse.
    let (first, last) = (&choice.trials[0], &choice.trials[12]);
    assert_eq!((first.plan.learning_rate, first.plan.epochs), (0.001, 1));
    assert_eq!(choice.plan, last.plan);
    assert!(last.error < first.error);
    let other = EmbeddingSearch { seed: 5, ..search.clone() }.run(&base, &data, &stop).unwrap();
    assert!(other.trials != choice.trials);
    // Out of time at once: the plan as it came is judged, and nothing else.
    let hurried = EmbeddingSearch { seconds: Some(1e-9), ..search.clone() };
    let choice = hurried.run(&base, &data, &stop).unwrap();
    assert_eq!((choice.trials.len(), choice.plan), (1, base.clone()));
    for (name, bad) in [
        ("trials", EmbeddingSearch { trials: 0, ..search.clone() }),
        ("seconds", EmbeddingSearch { seconds: Some(f64::NAN), ..search.clone() }),
        ("dims", EmbeddingSearch { dims: vec![], ..search.clone() }),
        ("rates", EmbeddingSearch { rates: [1.0, 0.5], ..search.clone() }),
        ("epochs", EmbeddingSearch { epochs: [0, 5], ..search.clone() }),
        ("share", EmbeddingSearch { share: 0.0, ..search.clone() }),
    ] {
        let refused = bad.run(&base, &data, &stop);
        assert!(matches!(refused, Err(Error::Setting { name: n, .. }) if n == name), "{name}");
    }
}
