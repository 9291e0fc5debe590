//! Times the descent of an embedding; `bench/embedding.py` runs it.
//!
//! `TRAIN TEST DIM RATE EPOCHS GROUP THREADS LOSS`: TRAIN and TEST are LIBSVM files of counts, `-` for no TEST.
//! Prints the seconds of the fit without reading, and the error on TEST.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_data::Dataset;
use linecall_data::read::{ReadOptions, libsvm};
use linecall_linear::embedding::{EmbeddingLoss, EmbeddingPlan, averaged};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, dim, rate, epochs, group, threads, loss] = arguments.as_slice() else {
        return Err("TRAIN TEST DIM RATE EPOCHS GROUP THREADS LOSS".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let (train, test) = read(train, test)?;
    let plan = EmbeddingPlan {
        dim: dim.parse()?,
        learning_rate: rate.parse()?,
        epochs: epochs.parse()?,
        group: group.parse()?,
        loss: match loss.as_str() {
            "softmax" => EmbeddingLoss::Softmax,
            "ova" => EmbeddingLoss::OneVsAll,
            _ => EmbeddingLoss::HierarchicalSoftmax,
        },
        ..EmbeddingPlan::default()
    };
    let start = Instant::now();
    let fit = plan.fit(&train)?;
    let seconds = start.elapsed().as_secs_f64();
    let right = |data: &Dataset| -> Result<f64, Box<dyn std::error::Error>> {
        let scores = fit.embedding.scores(&data.design)?;
        let rows = scores.chunks_exact(fit.embedding.n_scores()).zip(data.labels.codes());
        let right = rows.filter(|(s, c)| fit.embedding.class_of(s) == **c as usize).count();
        Ok(right as f64 / data.rows() as f64)
    };
    let loss = fit.epochs.last().map_or(f64::NAN, |e| e.loss);
    println!("seconds {seconds:.4} loss {loss:.6} accuracy {:.4}", right(&test)?);
    Ok(())
}

/// Both files, with the columns of the wider one and rows that are averages.
fn read(train: &str, test: &str) -> Result<(Dataset, Dataset), Box<dyn std::error::Error>> {
    let options = ReadOptions::default();
    let raw = [train, test].map(|file| libsvm::dataset(file, &options, None));
    let [train, test] = raw;
    let (mut train, mut test) = (train?, test?);
    let cols = train.design.cols().max(test.design.cols());
    for data in [&mut train, &mut test] {
        data.design = averaged(&widened(&data.design, cols)?)?;
    }
    Ok((train, test))
}

/// The same rows over more columns.
fn widened(
    design: &linecall_data::Design,
    cols: usize,
) -> Result<linecall_data::Design, linecall_data::Error> {
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..design.rows() {
        design.for_each_in_row(row, |j, x| {
            indices.push(j as u32);
            values.push(x);
        });
        offsets.push(indices.len() as u64);
    }
    let matrix = linecall_data::Matrix::sparse(cols, offsets, indices, values)?;
    linecall_data::Design::with_columns(matrix, linecall_data::DesignColumns::numbered(cols))
}
