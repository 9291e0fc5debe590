//! Vectors by product quantisation: each is cut into parts, each part the nearest of 256 centres.
//!
//! Jégou, Douze & Schmid, "Product quantization for nearest neighbor search" (PAMI 2011); for embeddings of
//! grams Joulin and others, "FastText.zip" (2016): lengths are coded apart from directions, and columns of
//! short vectors are dropped, the others trained on. A vector of `D` numbers in parts of `s` takes
//! `D / s + 1` bytes. Worth it where classes are many; with few, [`super::PackedModel`] is smaller.
//!
//! Cost: `15 x 256 x D` products for each of at most 16,384 vectors, then `256 D` a vector.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use super::bytes::{Reader, Writer, bad};
use super::model::Embedding;
use super::plan::{EmbeddingLoss, setting};
use super::train::Vectors;
use super::tree::Tree;
use crate::Result;
use crate::folds::shuffle;

const MAGIC: &[u8] = b"LCPE\x01";
/// Centres of a part: what a byte names.
const CENTRES: usize = 256;
/// Vectors that centres are made from, and rounds of making them.
const SAMPLE: usize = 1 << 14;
const ROUNDS: usize = 15;

/// An embedding whose input vectors are codes; output vectors are kept as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct PackedEmbedding {
    /// Numbers of a part; the last may have fewer.
    part: usize,
    /// The embedding without its vectors.
    frame: Embedding,
    /// Centres of the directions, part after part, and of the lengths.
    centres: Vec<Vec<f32>>,
    lengths: Vec<f32>,
    /// For each column the centres of its parts and that of its length.
    codes: Vec<u8>,
}

impl PackedEmbedding {
    /// Packs an embedding, `part` numbers to a byte. The seed draws the first centres.
    ///
    /// # Errors
    /// When a part is not 1 to all dimensions.
    pub fn new(embedding: &Embedding, part: usize, seed: u64) -> Result<Self> {
        let (dim, columns) = (embedding.dim(), embedding.columns().len());
        if !(1..=dim).contains(&part) {
            return setting("part", part, "1 to the number of dimensions");
        }
        let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        let norms: Vec<f32> = embedding.inputs().chunks_exact(dim).map(norm).collect();
        let mut sample: Vec<usize> = (0..columns).collect();
        shuffle(&mut sample, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
        sample.truncate(SAMPLE);
        let parts = dim.div_ceil(part);
        // The directions' parts, then the lengths as one more.
        let of = |p: usize, at: usize| -> Vec<f32> {
            if p == parts {
                return vec![norms[at]];
            }
            let own = &embedding.inputs()[at * dim..(at + 1) * dim];
            let over = if norms[at] > 0.0 { 1.0 / norms[at] } else { 0.0 };
            own[p * part..((p + 1) * part).min(dim)].iter().map(|x| x * over).collect()
        };
        let coded: Vec<(Vec<f32>, Vec<u8>)> = (0..=parts)
            .into_par_iter()
            .map(|p| {
                let size = if p == parts { 1 } else { part.min(dim - p * part) };
                let points: Vec<f32> = sample.iter().flat_map(|&at| of(p, at)).collect();
                let centres = centres(&points, size);
                let code = |at: usize| nearest(&centres, size, &of(p, at)) as u8;
                let codes = (0..columns).map(code).collect();
                (centres, codes)
            })
            .collect();
        let codes = (0..columns).flat_map(|at| coded.iter().map(move |(_, c)| c[at])).collect();
        let mut centres: Vec<Vec<f32>> = coded.into_iter().map(|(centres, _)| centres).collect();
        let lengths = centres.pop().unwrap_or_default();
        let outline = Vectors { inputs: Vec::new(), ..embedding.vectors.clone() };
        let frame = Embedding { vectors: outline, ..embedding.clone() };
        Ok(Self { part, frame, centres, lengths, codes })
    }

    /// Columns that have a vector, increasing.
    pub fn columns(&self) -> &[u32] {
        self.frame.columns()
    }

    /// The embedding with the coded vectors.
    pub fn embedding(&self) -> Embedding {
        let (dim, parts) = (self.frame.dim, self.centres.len());
        let mut inputs = Vec::with_capacity(self.frame.columns.len() * dim);
        for codes in self.codes.chunks_exact(parts + 1) {
            let at = |list: &[f32], c: usize| list.get(c).copied().unwrap_or(0.0);
            let length = at(&self.lengths, usize::from(codes[parts]));
            for (p, centres) in self.centres.iter().enumerate() {
                let size = self.part.min(dim - p * self.part);
                let first = usize::from(codes[p]) * size;
                inputs.extend((0..size).map(|t| length * at(centres, first + t)));
            }
        }
        let vectors = Vectors { inputs, ..self.frame.vectors.clone() };
        Embedding { vectors, ..self.frame.clone() }
    }

    /// As bytes: the same embedding gives the same ones.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        let Embedding {
            loss,
            classes,
            multilabel,
            positive,
            n_features,
            dim,
            columns,
            vectors,
            tree,
        } = &self.frame;
        out.byte(match loss {
            EmbeddingLoss::Softmax => 0,
            EmbeddingLoss::OneVsAll => 1,
            EmbeddingLoss::HierarchicalSoftmax => 2,
        });
        out.byte(u8::from(*multilabel));
        out.count(*positive as u64);
        out.texts(classes);
        out.count(*n_features as u64);
        out.count(*dim as u64);
        out.count(self.part as u64);
        out.count(vectors.intercept.len() as u64);
        out.singles(&vectors.intercept);
        out.singles(&vectors.outputs);
        if let Some(tree) = tree {
            tree.children().iter().flatten().for_each(|&c| out.count(u64::from(c)));
        }
        for centres in self.centres.iter().chain([&self.lengths]) {
            out.count(centres.len() as u64);
            out.singles(centres);
        }
        out.increasing(columns);
        out.0.extend_from_slice(&self.codes);
        out.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are not those of a packed embedding.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        if from.take(MAGIC.len())? != MAGIC {
            return bad("these are not its first bytes");
        }
        let loss = match from.byte()? {
            0 => EmbeddingLoss::Softmax,
            1 => EmbeddingLoss::OneVsAll,
            2 => EmbeddingLoss::HierarchicalSoftmax,
            _ => return bad("an unknown loss"),
        };
        let multilabel = from.byte()? == 1;
        let positive = usize::from(from.count()? == 1);
        let classes = from.texts()?;
        let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let n_features = whole(from.count()?);
        let (dim, part) = (whole(from.count()?), whole(from.count()?));
        if part == 0 || part > dim || classes.len() < 2 {
            return bad("parts, dimensions and classes do not fit together");
        }
        let outputs = from.length(4)?;
        let expected = classes.len() - usize::from(loss == EmbeddingLoss::HierarchicalSoftmax);
        if outputs != expected {
            return bad("outputs and classes do not fit together");
        }
        let intercept = from.singles(outputs)?;
        let outputs = from.singles(outputs.saturating_mul(dim))?;
        let tree = match loss {
            EmbeddingLoss::HierarchicalSoftmax => {
                let mut children = Vec::with_capacity(expected);
                for _ in 0..expected {
                    children.push([from.count()? as u32, from.count()? as u32]);
                }
                match Tree::of(classes.len(), children) {
                    Some(tree) => Some(tree),
                    None => return bad("the nodes are no tree"),
                }
            }
            _ => None,
        };
        let mut centres = Vec::new();
        for p in 0..=dim.div_ceil(part) {
            let size = if p * part < dim { part.min(dim - p * part) } else { 1 };
            let n = from.length(4)?;
            if n % size != 0 {
                return bad("centres do not fit the parts");
            }
            centres.push(from.singles(n)?);
        }
        let lengths = centres.pop().unwrap_or_default();
        let columns = from.increasing(n_features)?;
        let all = columns.len().saturating_mul(centres.len() + 1);
        let codes = from.take(all)?.to_vec();
        from.end()?;
        let vectors = Vectors { inputs: Vec::new(), outputs, intercept };
        let frame = Embedding {
            loss,
            classes,
            multilabel,
            positive,
            n_features,
            dim,
            columns,
            vectors,
            tree,
        };
        Ok(Self { part, frame, centres, lengths, codes })
    }
}

/// Place of the nearest centre, the first of equals.
fn nearest(centres: &[f32], size: usize, point: &[f32]) -> usize {
    let (mut best, mut least) = (0, f32::INFINITY);
    for (c, centre) in centres.chunks_exact(size).enumerate() {
        let far: f32 = centre.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum();
        if far < least {
            (best, least) = (c, far);
        }
    }
    best
}

/// Centres of points by Lloyd's rounds, from the first points on. A centre that no point is nearest to
/// moves to the point that is farthest from its own.
fn centres(points: &[f32], size: usize) -> Vec<f32> {
    let n = points.len() / size;
    let mut centres: Vec<f32> = points[..n.min(CENTRES) * size].to_vec();
    let k = centres.len() / size;
    if n <= CENTRES {
        return centres;
    }
    for _ in 0..ROUNDS {
        let (mut sums, mut counts) = (vec![0.0f64; k * size], vec![0u32; k]);
        let mut far: Vec<(f32, usize)> = Vec::with_capacity(n);
        for (at, point) in points.chunks_exact(size).enumerate() {
            let c = nearest(&centres, size, point);
            counts[c] += 1;
            let own = c * size..(c + 1) * size;
            sums[own.clone()].iter_mut().zip(point).for_each(|(s, x)| *s += f64::from(*x));
            let apart = centres[own].iter().zip(point).map(|(a, b)| (a - b) * (a - b));
            far.push((apart.sum(), at));
        }
        far.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut farthest = far.iter();
        for c in 0..k {
            let own = c * size..(c + 1) * size;
            if counts[c] > 0 {
                for (centre, sum) in centres[own.clone()].iter_mut().zip(&sums[own]) {
                    *centre = (sum / f64::from(counts[c])) as f32;
                }
            } else if let Some(&(_, at)) = farthest.next() {
                centres[own].copy_from_slice(&points[at * size..(at + 1) * size]);
            }
        }
    }
    centres
}
