//! The descent: one group of rows after another, the dimensions shared out among the threads.
//!
//! A thread keeps some dimensions of every vector, input and output, and nobody else reads or writes
//! them. For a group of rows it sums its part of each hidden vector and of each score; partial scores
//! are exchanged, added in the order of the *blocks* of dimensions, which do not depend on the
//! number of threads; then every thread knows the whole scores and moves its own part. So the
//! result is that of one thread, to the last bit, without a lock and without stale reads.
//!
//! Cost of a row of `G` entries, `K` scores, `D` dimensions: `2 G` visits of `D` numbers in memory, `3 K D`
//! products in the cache, and one barrier a group.

use std::ops::Range;

use linecall_data::Labels;
use linecall_kernels::{Line, Picked, lines_dot, lines_dots, lines_move, lines_sum, zero_lines};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::head::Head;
use super::input::Grams;
use super::plan::Decay;
use super::team::{Member, Team};
use crate::folds::shuffle;
use crate::{Error, Result, StopFlag};

/// Most blocks of dimensions, and so most threads.
const BLOCKS: usize = 8;
/// Numbers of a line.
pub(super) const WIDE: usize = 16;

/// What is descended on.
pub(super) struct Task<'a> {
    pub(super) grams: &'a Grams,
    pub(super) labels: &'a Labels,
    /// Weight of each row.
    pub(super) weights: &'a [f64],
    /// Rows to learn from, and rows that say which epoch was best.
    pub(super) train: &'a [u32],
    pub(super) held: &'a [u32],
    pub(super) head: &'a Head,
    pub(super) dim: usize,
    pub(super) epochs: u32,
    pub(super) rate: f64,
    pub(super) decay: Decay,
    pub(super) group: usize,
    pub(super) intercept: bool,
    pub(super) seed: u64,
    /// Epochs without a better one after which the descent ends.
    pub(super) patience: u32,
    pub(super) stop: &'a StopFlag,
}

/// Input and output vectors, `dim` numbers each, and intercepts by output.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Vectors {
    pub(super) inputs: Vec<f32>,
    pub(super) outputs: Vec<f32>,
    pub(super) intercept: Vec<f32>,
}

/// What was seen in one pass over the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) weight: f64,
    pub(super) loss: f64,
    pub(super) wrong: f64,
    pub(super) calls: bool,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Descent {
    pub(super) vectors: Vectors,
    /// The training rows as their turn came, and the held-out rows after each epoch.
    pub(super) epochs: Vec<(Tally, Option<Tally>)>,
    /// The epoch whose vectors these are, from 0.
    pub(super) best: usize,
}

/// Descends from random vectors, or from given ones.
pub(super) fn descend(task: &Task, from: Option<&Vectors>) -> Result<Descent> {
    task.stop.check()?;
    let lines = task.dim.div_ceil(WIDE);
    let blocks = split(lines, lines.min(BLOCKS));
    let threads = rayon::current_num_threads().clamp(1, blocks.len());
    let team = Team::new(threads, task.group * blocks.len() * task.head.most());
    let shares = split(blocks.len(), threads);
    let run = |share: &Range<usize>| {
        let mut worker = Worker::new(task, &blocks, share.clone(), from, team.member());
        let epochs = worker.run();
        (worker.part, epochs, worker.best)
    };
    let parts: Vec<_> = std::thread::scope(|scope| {
        let others: Vec<_> = shares[1..].iter().map(|share| scope.spawn(|| run(share))).collect();
        let mut parts = vec![Ok(run(&shares[0]))];
        parts.extend(others.into_iter().map(std::thread::ScopedJoinHandle::join));
        parts
    });
    let mut descent = Descent {
        vectors: Vectors {
            inputs: vec![0.0; task.grams.columns.len() * task.dim],
            outputs: vec![0.0; task.head.outputs() * task.dim],
            intercept: Vec::new(),
        },
        ..Descent::default()
    };
    for part in parts {
        let (part, epochs, best) =
            part.map_err(|_| Error::Numerical("a thread of the descent ended early".to_owned()))?;
        let epochs = epochs.ok_or(Error::Stopped)?;
        part.write(&mut descent.vectors, task.dim);
        descent.epochs = epochs;
        descent.best = best;
    }
    let Vectors { inputs, outputs, .. } = &descent.vectors;
    if inputs.iter().chain(outputs).any(|x| !x.is_finite()) {
        let lower =
            "the descent left single precision: lower the learning rate, or scale the columns";
        return Err(Error::Numerical(lower.to_owned()));
    }
    Ok(descent)
}

/// `0..n` in so many runs of nearly one length.
fn split(n: usize, runs: usize) -> Vec<Range<usize>> {
    (0..runs).map(|r| n * r / runs..n * (r + 1) / runs).collect()
}

/// Some dimensions of every vector.
#[derive(Clone)]
struct Part {
    /// First line and number of lines of a vector.
    first: usize,
    width: usize,
    inputs: Vec<Line>,
    outputs: Vec<Line>,
    intercept: Vec<f32>,
}

impl Part {
    fn new(task: &Task, lines: Range<usize>, from: Option<&Vectors>) -> Self {
        let (columns, width) = (&task.grams.columns, lines.len());
        let outputs = task.head.outputs();
        let mut part = Self {
            first: lines.start,
            width,
            inputs: zero_lines(columns.len() * width),
            outputs: zero_lines(outputs * width),
            intercept: vec![0.0; outputs],
        };
        let reach = 1.0 / task.dim as f32;
        part.each(task.dim, |part, at, line, l, dim| match from {
            Some(from) => {
                part.inputs[line].0[l] = from.inputs[at * task.dim + dim];
            }
            None => {
                let draw = draw(task.seed, columns[at], dim as u32);
                part.inputs[line].0[l] = reach * (2.0 * draw - 1.0);
            }
        });
        if let Some(from) = from {
            part.each_output(task.dim, outputs, |part, k, line, l, dim| {
                part.outputs[line].0[l] = from.outputs[k * task.dim + dim];
            });
            part.intercept.clone_from(&from.intercept);
        }
        part
    }

    /// Visits the numbers of the input vectors: vector, line, place in it, dimension.
    fn each(&mut self, dim: usize, f: impl FnMut(&mut Self, usize, usize, usize, usize)) {
        let rows = self.inputs.len().checked_div(self.width).unwrap_or(0);
        self.each_output(dim, rows, f);
    }

    fn each_output(
        &mut self,
        dim: usize,
        rows: usize,
        mut f: impl FnMut(&mut Self, usize, usize, usize, usize),
    ) {
        for at in 0..rows {
            for w in 0..self.width {
                let start = (self.first + w) * WIDE;
                for l in 0..WIDE.min(dim.saturating_sub(start)) {
                    f(self, at, at * self.width + w, l, start + l);
                }
            }
        }
    }

    /// Puts these dimensions into whole vectors.
    fn write(mut self, into: &mut Vectors, dim: usize) {
        self.each(dim, |part, at, line, l, d| {
            into.inputs[at * dim + d] = part.inputs[line].0[l];
        });
        let outputs = into.outputs.len() / dim;
        self.each_output(dim, outputs, |part, k, line, l, d| {
            into.outputs[k * dim + d] = part.outputs[line].0[l];
        });
        into.intercept = self.intercept;
    }
}

/// Uniform in [0, 1), the same for a column and a dimension whoever asks (SplitMix64).
fn draw(seed: u64, column: u32, dim: u32) -> f32 {
    let mut z = (u64::from(column) << 32 | u64::from(dim))
        .wrapping_add(seed.wrapping_mul(0xd134_2543_de82_ef95))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 40) as f32 / (1u32 << 24) as f32
}

/// One thread.
struct Worker<'a> {
    task: &'a Task<'a>,
    member: Option<Member<'a>>,
    part: Part,
    kept: Option<Part>,
    best: usize,
    /// Its own blocks: number, and lines within its part.
    own: Vec<(usize, Range<usize>)>,
    blocks: usize,
    /// Where its partial scores are among those of a group.
    ranges: Vec<Range<usize>>,
    partial: Vec<f32>,
    hidden: Vec<Line>,
    scores: Vec<f64>,
    slope: Vec<f64>,
    moves: Vec<f32>,
    step: Vec<Line>,
    /// Rows that have moved something, and all that will.
    seen: u64,
    all: u64,
}

impl<'a> Worker<'a> {
    fn new(
        task: &'a Task<'a>,
        blocks: &[Range<usize>],
        share: Range<usize>,
        from: Option<&Vectors>,
        member: Member<'a>,
    ) -> Self {
        let lines = blocks[share.start].start..blocks[share.end - 1].end;
        let (most, first, width) = (task.head.most(), lines.start, lines.len());
        let own = share.clone().map(|b| (b, blocks[b].start - first..blocks[b].end - first));
        let range = |at: usize| {
            let start = (at * blocks.len() + share.start) * most;
            start..start + share.len() * most
        };
        Self {
            task,
            member: Some(member),
            part: Part::new(task, lines, from),
            kept: None,
            best: 0,
            own: own.collect(),
            blocks: blocks.len(),
            ranges: (0..task.group).map(range).collect(),
            partial: vec![0.0; task.group * blocks.len() * most],
            hidden: vec![Line::default(); task.group * width],
            scores: vec![0.0; most],
            slope: vec![0.0; most],
            moves: vec![0.0; task.group * most],
            step: vec![Line::default(); width],
            seen: 0,
            all: task.train.len() as u64 * u64::from(task.epochs),
        }
    }

    /// All epochs; `None` when it was stopped. Every thread decides the same from the same numbers.
    fn run(&mut self) -> Option<Vec<(Tally, Option<Tally>)>> {
        let mut order = self.task.train.to_vec();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.task.seed);
        let mut epochs: Vec<(Tally, Option<Tally>)> = Vec::new();
        let mut least = f64::INFINITY;
        for epoch in 0..self.task.epochs as usize {
            shuffle(&mut order, &mut rng);
            let tally = self.pass(&order, true)?;
            let held = match self.task.held {
                [] => None,
                held => Some(self.pass(held, false)?),
            };
            epochs.push((tally, held));
            let loss = held.map_or(-(epoch as f64), |held| held.loss / held.weight);
            if loss < least {
                least = loss;
                self.best = epoch;
                // The last epoch's vectors are at hand.
                let last = epoch + 1 == self.task.epochs as usize;
                self.kept = (held.is_some() && !last).then(|| self.part.clone());
            } else if epoch - self.best >= self.task.patience as usize {
                break;
            }
        }
        if let Some(kept) = self.kept.take() {
            self.part = kept;
        }
        if let Some(member) = self.member.take() {
            member.finish();
        }
        Some(epochs)
    }

    /// One pass over rows.
    fn pass(&mut self, rows: &[u32], learn: bool) -> Option<Tally> {
        let mut tally = Tally { calls: true, ..Tally::default() };
        let n = self.task.group;
        for (g, group) in rows.chunks(n).enumerate() {
            for (at, &row) in group.iter().enumerate() {
                self.forward(at, row, rows.get(g * n + at + 1).copied());
            }
            let numbers = group.len() * self.blocks * self.task.head.most();
            let stop = self.task.stop.is_raised();
            let own = &self.ranges[..group.len()];
            let on = self.member.as_mut()?.exchange(own, &mut self.partial[..numbers], stop);
            if !on {
                return None;
            }
            for (at, &row) in group.iter().enumerate() {
                self.backward(at, row as usize, learn, &mut tally);
            }
            for (at, &row) in group.iter().enumerate().filter(|_| learn) {
                self.move_outputs(at, row as usize);
            }
        }
        Some(tally)
    }

    /// This part of a row's hidden vector and of its scores.
    fn forward(&mut self, at: usize, row: u32, next: Option<u32>) {
        let Task { grams, head, labels, .. } = self.task;
        let (width, most, row) = (self.part.width, head.most(), row as usize);
        let entries = |row: usize| grams.offsets[row]..grams.offsets[row + 1];
        let ahead = next.map_or(0..0, |row| entries(row as usize));
        let of = Picked::new(&grams.indices, &grams.values, entries(row));
        let hidden = &mut self.hidden[at * width..(at + 1) * width];
        hidden.fill(Line::default());
        lines_sum(&self.part.inputs, width, of.ahead(&grams.indices, ahead), hidden);
        let run = &head.picked().all()[head.run(labels, row)];
        for (block, lines) in &self.own {
            let start = (at * self.blocks + block) * most;
            let partial = &mut self.partial[start..start + run.len()];
            if head.is_flat() {
                lines_dots(&self.part.outputs, width, lines.clone(), hidden, partial);
                continue;
            }
            for (partial, &k) in partial.iter_mut().zip(run) {
                let first = k as usize * width;
                let own = &self.part.outputs[first + lines.start..first + lines.end];
                *partial = lines_dot(own, &hidden[lines.clone()]);
            }
        }
    }

    /// What a row's scores say, and how its input vectors move. Output vectors move once the whole
    /// group has spoken.
    fn backward(&mut self, at: usize, row: usize, learn: bool, tally: &mut Tally) {
        let Task { grams, head, labels, weights, .. } = self.task;
        let (width, most, weight) = (self.part.width, head.most(), weights[row]);
        let (run, picked) = (head.run(labels, row), head.picked());
        for (i, (s, &k)) in self.scores.iter_mut().zip(&picked.all()[run.clone()]).enumerate() {
            *s = f64::from(self.part.intercept[k as usize]);
            for block in 0..self.blocks {
                *s += f64::from(self.partial[(at * self.blocks + block) * most + i]);
            }
        }
        let (scores, slope) = (&self.scores[..run.len()], &mut self.slope[..run.len()]);
        let seen = head.slopes(labels, row, scores, slope);
        tally.weight += weight;
        tally.loss += weight * seen.loss;
        tally.wrong += weight * f64::from(u8::from(seen.wrong == Some(true)));
        tally.calls &= seen.wrong.is_some();
        if !learn {
            return;
        }
        let rate = weight * self.task.rate * self.task.decay.at(self.seen, self.all);
        self.seen += 1;
        let moves = &mut self.moves[at * most..(at + 1) * most];
        for (to, slope) in moves.iter_mut().zip(slope) {
            *to = (-rate * *slope) as f32;
        }
        self.step.fill(Line::default());
        let outputs = Picked::with_values(picked, moves, run);
        lines_sum(&self.part.outputs, width, outputs, &mut self.step);
        let entries = grams.offsets[row]..grams.offsets[row + 1];
        let of = Picked::new(&grams.indices, &grams.values, entries);
        lines_move(&mut self.part.inputs, width, of, &self.step);
    }

    /// How the output vectors move by a row of the group.
    fn move_outputs(&mut self, at: usize, row: usize) {
        let Task { head, labels, .. } = self.task;
        let (width, most) = (self.part.width, head.most());
        let (run, picked) = (head.run(labels, row), head.picked());
        let moves = &self.moves[at * most..(at + 1) * most];
        let outputs = Picked::with_values(picked, moves, run.clone());
        let hidden = &self.hidden[at * width..(at + 1) * width];
        lines_move(&mut self.part.outputs, width, outputs, hidden);
        if self.task.intercept {
            for (&k, by) in picked.all()[run].iter().zip(moves) {
                self.part.intercept[k as usize] += by;
            }
        }
    }
}
