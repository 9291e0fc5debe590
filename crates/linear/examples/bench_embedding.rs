//! Times the descent of an embedding; `bench/embedding.py` runs it.
//!
//! `TRAIN TEST DIM RATE EPOCHS GROUP THREADS LOSS [KEEP]`: TRAIN and TEST are LIBSVM files of counts.
//! Prints the seconds of the fit without reading, and the accuracy on TEST; with KEEP also bytes and accuracy
//! of packed models, of all columns and of KEEP of them, before and after they learn on.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_data::Dataset;
use linecall_data::read::{ReadOptions, libsvm};
use linecall_linear::LinearModel;
use linecall_linear::embedding::{
    Embedding, EmbeddingLoss, EmbeddingPlan, PackedEmbedding, PackedModel, averaged,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, dim, rate, epochs, group, threads, loss, rest @ ..] = arguments.as_slice()
    else {
        return Err("TRAIN TEST DIM RATE EPOCHS GROUP THREADS LOSS [KEEP]".into());
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
    let loss = fit.epochs.last().map_or(f64::NAN, |e| e.loss);
    let right = accuracy(&fit.embedding, &test)?;
    println!("seconds {seconds:.4} loss {loss:.6} accuracy {right:.4}");
    let [keep] = rest else { return Ok(()) };
    let keep = keep.parse()?;
    let pruned = fit.embedding.pruned(keep)?;
    let again = plan.fit_pruned(&train, &fit.embedding, keep, &Default::default())?.embedding;
    for (what, embedding) in [("all", &fit.embedding), ("pruned", &pruned), ("retrained", &again)] {
        packed(what, embedding, &test)?;
    }
    Ok(())
}

/// Share of rows that are called rightly.
fn accuracy(embedding: &Embedding, data: &Dataset) -> Result<f64, Box<dyn std::error::Error>> {
    let scores = embedding.scores(&data.design)?;
    let rows = scores.chunks_exact(embedding.n_scores()).zip(data.labels.codes());
    let right = rows.filter(|(s, c)| embedding.class_of(s) == **c as usize).count();
    Ok(right as f64 / data.rows() as f64)
}

fn model_accuracy(model: &LinearModel, data: &Dataset) -> Result<f64, Box<dyn std::error::Error>> {
    let scores = model.scores(&data.design)?;
    let rows = scores.chunks_exact(model.n_scores()).zip(data.labels.codes());
    let right = rows.filter(|(s, c)| model.class_of(s) == **c as usize).count();
    Ok(right as f64 / data.rows() as f64)
}

/// Prints bytes and accuracy of the packed forms of an embedding.
fn packed(
    what: &str,
    embedding: &Embedding,
    test: &Dataset,
) -> Result<(), Box<dyn std::error::Error>> {
    let columns = embedding.columns().len();
    println!("{what}: {columns} columns, accuracy {:.4}", accuracy(embedding, test)?);
    if let Ok(model) = embedding.collapse() {
        for bits in [8, 6, 5, 4] {
            let packed = PackedModel::new(&model, bits, None)?;
            let (bytes, right) = (packed.encode().len(), model_accuracy(&packed.model()?, test)?);
            println!("  {bits} bits: {bytes} bytes, accuracy {right:.4}");
        }
    }
    for part in [2, 4].into_iter().filter(|p| *p <= embedding.dim()) {
        let packed = PackedEmbedding::new(embedding, part, 0)?;
        let (bytes, right) = (packed.encode().len(), accuracy(&packed.embedding(), test)?);
        println!("  parts of {part}: {bytes} bytes, accuracy {right:.4}");
    }
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
