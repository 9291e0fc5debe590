//! One visit of the rows for many vectors, eight side by side.

use std::ops::Range;
use std::sync::Mutex;

use linecall_kernels::Lanes;
use rayon::prelude::*;

use super::{Ask, Kind};
use crate::chunks::chunks;
use crate::view::View;

/// Most chunks whose sums are kept apart.
const CHUNKS: usize = 8;
/// Numbers of a tile of dense rows: half of the second-level cache.
const TILE: usize = 1 << 16;
/// Rows, and columns, that one task moves in or out of the lanes.
const MOVED: usize = 4096;
const WIDTH: usize = 8;

/// The rows of a view, parted by their shape alone.
pub(super) struct Sweep<'v, 'a> {
    view: &'v View<'a>,
    chunks: Vec<Range<usize>>,
    /// Vectors that are not in use.
    spare: Mutex<Vec<Vec<Lanes>>>,
}

/// One vector of a question.
#[derive(Clone, Copy)]
struct Lane<'q> {
    values: &'q [f64],
    k: usize,
    c: usize,
    squared: bool,
}

impl<'v, 'a> Sweep<'v, 'a> {
    pub(super) fn new(view: &'v View<'a>) -> Self {
        let all = chunks(view, view.cols(), view.nnz(), 1);
        // Neighbours are joined where they are too many.
        let every = all.len().div_ceil(CHUNKS).max(1);
        let joined = |part: &[Range<usize>]| match part {
            [first, .., last] => first.start..last.end,
            [one] => one.clone(),
            [] => 0..0,
        };
        let chunks = all.chunks(every).map(joined).collect();
        Self { view, chunks, spare: Mutex::new(Vec::new()) }
    }

    /// Answers questions of one kind, each with numbers laid out as its own: `i * k + c`.
    pub(super) fn answer(&self, asks: Vec<Ask>) -> Vec<Vec<f64>> {
        let scores = asks.first().is_some_and(|ask| ask.kind == Kind::Scores);
        // Groups of eight, squares in groups of their own; and where each question's vectors are.
        let mut groups: Vec<Vec<Lane>> = Vec::new();
        let mut homes: Vec<Vec<(usize, usize)>> = vec![Vec::new(); asks.len()];
        for squared in [false, true] {
            let mut room = 0;
            let own = asks.iter().zip(&mut homes);
            for (ask, homes) in own.filter(|(a, _)| (a.kind == Kind::Squares) == squared) {
                for c in 0..ask.k {
                    if room == 0 {
                        groups.push(Vec::with_capacity(WIDTH));
                        room = WIDTH;
                    }
                    homes.push((groups.len() - 1, WIDTH - room));
                    let lane = Lane { values: &ask.values, k: ask.k, c, squared };
                    groups.last_mut().into_iter().for_each(|group| group.push(lane));
                    room -= 1;
                }
            }
        }
        let packed: Vec<Vec<Lanes>> = groups.iter().map(|group| self.pack(group, scores)).collect();
        let found = if scores {
            self.scores(&packed)
        } else {
            let squared: Vec<bool> =
                groups.iter().map(|g| g.first().is_some_and(|l| l.squared)).collect();
            self.sums(&packed, &squared)
        };
        self.give_back(packed);
        // Back to where the questions came from.
        let answers = asks
            .par_iter()
            .zip(&homes)
            .map(|(ask, homes)| {
                let k = ask.k;
                let own: Vec<(&[Lanes], usize)> =
                    homes.iter().map(|&(g, l)| (found[g].as_slice(), l)).collect();
                let size = own.first().map_or(0, |o| o.0.len());
                let mut out = vec![0.0; size * k];
                out.par_chunks_mut((MOVED * k).max(1)).enumerate().for_each(|(b, out)| {
                    for (c, (from, l)) in own.iter().enumerate() {
                        let from = &from[b * MOVED..];
                        let out = out.iter_mut().skip(c).step_by(k);
                        out.zip(from).for_each(|(o, lanes)| *o = lanes.0[*l]);
                    }
                });
                out
            })
            .collect();
        self.give_back(found);
        answers
    }

    /// Up to eight vectors side by side, as long as there are columns, or rows.
    fn pack(&self, group: &[Lane], columns: bool) -> Vec<Lanes> {
        let size = if columns { self.view.cols() } else { self.view.n() };
        let mut out = self.take(size);
        out.par_chunks_mut(MOVED).enumerate().for_each(|(b, out)| {
            for (l, lane) in group.iter().enumerate() {
                let own = lane.values[b * MOVED * lane.k..].iter().skip(lane.c).step_by(lane.k);
                out.iter_mut().zip(own).for_each(|(o, v)| o.0[l] = *v);
            }
        });
        out
    }

    /// Scores of all rows, group by group.
    fn scores(&self, w: &[Vec<Lanes>]) -> Vec<Vec<Lanes>> {
        let mut out: Vec<Vec<Lanes>> = w.iter().map(|_| self.take(self.view.n())).collect();
        // By task, the rows that each of its groups writes.
        let mut parts: Vec<Vec<Option<&mut [Lanes]>>> = Vec::new();
        for out in &mut out {
            let mut rest = out.as_mut_slice();
            let mut own = Vec::with_capacity(self.chunks.len());
            for chunk in &self.chunks {
                let (part, after) = rest.split_at_mut(chunk.len());
                own.push(Some(part));
                rest = after;
            }
            parts.push(own);
        }
        let mut tasks = Vec::new();
        for (c, groups) in self.tasks(w.len()) {
            let own = groups.filter_map(|g| Some((g, parts.get_mut(g)?.get_mut(c)?.take()?)));
            tasks.push((&self.chunks[c], own.collect::<Vec<_>>()));
        }
        tasks.into_par_iter().for_each(|(chunk, mut own)| {
            for tile in self.tiles(chunk) {
                for (g, out) in &mut own {
                    let out = &mut out[tile.start - chunk.start..tile.end - chunk.start];
                    self.view.rows().scores_lanes(tile.clone(), &w[*g], out);
                }
            }
        });
        out
    }

    /// Sums over all rows, group by group: of each chunk, then added in order.
    fn sums(&self, r: &[Vec<Lanes>], squared: &[bool]) -> Vec<Vec<Lanes>> {
        let d = self.view.cols();
        let parts: Vec<Vec<(usize, Vec<Lanes>)>> = self
            .tasks(r.len())
            .into_par_iter()
            .map(|(c, groups)| {
                let mut own: Vec<(usize, Vec<Lanes>)> = groups.map(|g| (g, self.take(d))).collect();
                for tile in self.tiles(&self.chunks[c]) {
                    for (g, sums) in &mut own {
                        let r = &r[*g][tile.clone()];
                        self.view.rows().sums_lanes(tile.clone(), r, squared[*g], sums);
                    }
                }
                own
            })
            .collect();
        // Tasks are in the order of their chunks.
        let mut by_group: Vec<Vec<Vec<Lanes>>> = r.iter().map(|_| Vec::new()).collect();
        for (g, sums) in parts.into_iter().flatten() {
            by_group[g].push(sums);
        }
        by_group
            .into_par_iter()
            .map(|mut parts| {
                let rest = parts.split_off(1.min(parts.len()));
                let mut total = parts.pop().unwrap_or_else(|| self.take(d));
                total.par_chunks_mut(MOVED).enumerate().for_each(|(b, total)| {
                    for part in &rest {
                        for (t, p) in total.iter_mut().zip(&part[b * MOVED..]) {
                            t.0.iter_mut().zip(&p.0).for_each(|(t, p)| *t += p);
                        }
                    }
                });
                self.give_back(rest);
                total
            })
            .collect()
    }

    /// Chunks with the groups that go over them together: all where rows are dense, so that they come
    /// from memory once; each by itself where they are sparse, since the coefficients of several would
    /// push each other out of the cache.
    fn tasks(&self, groups: usize) -> Vec<(usize, Range<usize>)> {
        let chunks = 0..self.chunks.len();
        match self.view.is_dense() {
            true => chunks.map(|c| (c, 0..groups)).collect(),
            false => chunks.flat_map(|c| (0..groups).map(move |g| (c, g..g + 1))).collect(),
        }
    }

    fn tiles(&self, chunk: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let rows = match self.view.is_dense() {
            true => (TILE / self.view.cols().max(1)).clamp(8, 256).next_multiple_of(4),
            false => chunk.len().max(1),
        };
        let end = chunk.end;
        chunk.clone().step_by(rows).map(move |start| start..(start + rows).min(end))
    }

    /// Zeros, from what is not in use.
    fn take(&self, size: usize) -> Vec<Lanes> {
        let spare = self.spare.lock().ok().and_then(|mut spare| {
            let at = spare.iter().position(|own: &Vec<Lanes>| own.len() == size)?;
            Some(spare.swap_remove(at))
        });
        match spare {
            Some(mut own) => {
                own.par_chunks_mut(MOVED).for_each(|own| own.fill(Lanes::default()));
                own
            }
            None => vec![Lanes::default(); size],
        }
    }

    fn give_back(&self, vectors: Vec<Vec<Lanes>>) {
        if let Ok(mut spare) = self.spare.lock() {
            spare.extend(vectors);
        }
    }
}
