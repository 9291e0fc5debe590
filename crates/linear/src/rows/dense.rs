//! Rows of a dense matrix.

use std::ops::Range;

use linecall_data::Dense;
use linecall_kernels::{
    Lanes, Real, dense_accumulate, dense_scores, dense_scores_lanes, dense_sums_lanes,
};

use super::{Chosen, Rows, Stats};
use crate::scale::Scaling;

pub(super) struct DenseRows<'a, T: 'static>(pub(super) &'a Dense<T>);

impl<T: Real> DenseRows<'_, T> {
    fn tile(&self, rows: Range<usize>) -> &[T] {
        let d = self.0.cols();
        &self.0.values()[rows.start * d..rows.end * d]
    }
}

impl<T: Real> Rows for DenseRows<'_, T> {
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]) {
        dense_scores(self.tile(rows), w, b, scores);
    }

    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]) {
        dense_accumulate(self.tile(rows), r, sum);
    }

    // One score at a time: dot products and sums over long rows run on whole vectors, which short
    // loops over scores do not.
    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]) {
        let k = b.len();
        let tile = self.tile(rows.clone());
        let mut own = vec![0.0; rows.len()];
        let mut w_own = vec![0.0; self.0.cols()];
        for (c, &b) in b.iter().enumerate() {
            w_own.iter_mut().zip(w.iter().skip(c).step_by(k)).for_each(|(o, w)| *o = *w);
            dense_scores(tile, &w_own, b, &mut own);
            scores.iter_mut().skip(c).step_by(k).zip(&own).for_each(|(s, o)| *s = *o);
        }
    }

    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]) {
        let tile = self.tile(rows.clone());
        let mut own = vec![0.0; rows.len()];
        let mut total = vec![0.0; self.0.cols()];
        for c in 0..k {
            own.iter_mut().zip(r.iter().skip(c).step_by(k)).for_each(|(o, r)| *o = *r);
            total.fill(0.0);
            dense_accumulate(tile, &own, &mut total);
            sum.iter_mut().skip(c).step_by(k).zip(&total).for_each(|(s, t)| *s += t);
        }
    }

    fn scores_lanes(&self, rows: Range<usize>, w: &[Lanes], scores: &mut [Lanes]) {
        dense_scores_lanes(self.tile(rows), w, scores);
    }

    fn sums_lanes(&self, rows: Range<usize>, r: &[Lanes], squared: bool, sums: &mut [Lanes]) {
        dense_sums_lanes(self.tile(rows), r, squared, sums);
    }

    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64)) {
        self.0.row(row).iter().enumerate().for_each(|(j, x)| f(j, x.wide()));
    }

    fn describe(&self, rows: Range<usize>, s: &[f64], stats: &mut Stats) {
        for (i, &s) in rows.zip(s).filter(|(_, s)| **s > 0.0) {
            stats.add_row(self.0.row(i).iter().map(|x| x.wide()), s);
        }
    }

    fn widen(&self, row: usize, low: &mut [f64], high: &mut [f64]) {
        for ((x, low), high) in self.0.row(row).iter().zip(low).zip(high) {
            let x = x.wide();
            *low = if x < *low { x } else { *low };
            *high = if x > *high { x } else { *high };
        }
    }

    fn standard_row(&self, row: usize, chosen: &Chosen, scaling: &Scaling, out: &mut [f64]) {
        let row = self.0.row(row);
        if chosen.columns.len() == row.len() {
            let affine = scaling.center.iter().zip(&scaling.scale);
            for ((o, x), (center, scale)) in out.iter_mut().zip(row).zip(affine) {
                *o = (x.wide() - center) * scale;
            }
        } else {
            for (o, &j) in out.iter_mut().zip(&chosen.columns) {
                *o = (row[j].wide() - scaling.center[j]) * scaling.scale[j];
            }
        }
    }
}
