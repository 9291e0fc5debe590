//! Many problems of many columns, or of scores that are tied together, side by side.
//!
//! Each problem runs the solver that it would run alone, conjugate gradients or proximal Newton steps
//! over a working set; what they share is every visit of the rows ([`crate::shared`]): eight vectors a
//! visit cost little more than one, since a stored entry is read once and the eight coefficients of its
//! column are one cache line.
//!
//! The push-through identity of FaSTGLZ, which moves the systems into the space of rows where those
//! are fewer, asks for one metric that all problems share. Here each is standardised on its own rows,
//! so that the penalty is another in every fold, and the identity does not hold.

use linecall_data::Dataset;
use rayon::prelude::*;

use super::{Job, ManyOptions, Solved, Varied};
use crate::loss::Loss;
use crate::plan::Plan;
use crate::scale::Scaling;
use crate::setup::{Part, Setup, centres, keep_levels};
use crate::shared::{Seat, Work, together};
use crate::solve::{Solver, factorises};
use crate::view::View;
use crate::{Error, Result, rows};

/// Most bytes that the problems of a group work with.
const BYTES: usize = 1 << 30;
/// Vectors as long as the coefficients, and as long as the rows, that a solver works with.
const VECTORS: (usize, usize) = (16, 12);
/// Most problems of a group.
const GROUP: usize = 64;

impl Plan {
    /// Whether solvers that make most of their passes one vector at a time are at work.
    pub(super) fn shares_passes(&self, data: &Dataset) -> bool {
        let design = &data.design;
        let size = (design.cols(), self.scores(data));
        let of_rows = (design.rows(), design.nnz(), rows::is_dense(design));
        let by_matrix = self.penalty.sparsity() == 0.0
            && self.columns.bounds.is_empty()
            && self.loss.is_convex()
            && factorises(size, of_rows);
        self.loss.is_smooth()
            && self.loss != Loss::Relu
            && self.vicinal.is_none()
            && match self.solver {
                Solver::Auto => !by_matrix,
                Solver::TrustRegion | Solver::ProximalNewton => true,
                _ => false,
            }
    }

    /// Scores a row.
    fn scores(&self, data: &Dataset) -> usize {
        match data.labels.classes().len() {
            2 if !self.is_multilabel() => 1,
            k => k,
        }
    }
}

impl Job<'_, '_> {
    /// Problems that share their passes, in groups that memory allows.
    pub(super) fn sharing(&self, count: usize) -> Vec<Result<Vec<Solved>>> {
        let data = self.data;
        let view = View::by_popularity(&data.design);
        let (long, tall) = VECTORS;
        let numbers = long * (view.cols() + 1) + tall * view.n();
        let bytes = 8 * numbers * self.plan.scores(data).max(1);
        let most = (BYTES / bytes.max(1)).clamp(1, GROUP);
        // As even as they can be.
        let size = count.div_ceil(count.div_ceil(most).max(1)).max(1);
        let groups = (0..count).step_by(size).map(|p| p..(p + size).min(count));
        groups.flat_map(|group| self.group(&view, group)).collect()
    }

    fn group(&self, view: &View, group: std::ops::Range<usize>) -> Vec<Result<Vec<Solved>>> {
        let varied: Vec<Result<Varied>> = group.map(|p| self.varied(p)).collect();
        let scalings = self.own_scalings(view, &varied);
        let setups: Vec<Result<Setup>> = varied
            .par_iter()
            .zip(scalings)
            .map(|(varied, scaling)| {
                let varied = varied.as_ref().map_err(Clone::clone)?;
                let labels = varied.labels.get();
                let view = view.clone();
                let mut setup = Setup::scaled(self.plan, labels, &varied.weight, view, scaling)?;
                setup.problem.seat = Some(Seat::default());
                setup.problem.stop = self.stop.clone();
                Ok(setup)
            })
            .collect();
        let ManyOptions { lambdas, certify, .. } = *self.options;
        let ready = setups.iter().filter_map(|setup| setup.as_ref().ok());
        let members = ready.map(|setup| {
            let start = setup.problem.start();
            let path = self.plan.shared_path(setup, start, lambdas, certify, self.tick);
            let work: Work<Result<Vec<Part>>> = Box::pin(path);
            (setup.problem.seat.clone().unwrap_or_default(), work)
        });
        let mut solved = together(view, members.collect()).into_iter();
        let found = |setup: &Result<Setup>| {
            let setup = setup.as_ref().map_err(Clone::clone)?;
            let missing = || Error::Numerical("a problem was not solved".to_owned());
            Ok(self.fits(setup, &solved.next().ok_or_else(missing)??))
        };
        setups.iter().map(found).collect()
    }

    /// Units of the columns for each problem; those that weigh rows alike have the same.
    fn own_scalings(&self, view: &View, varied: &[Result<Varied>]) -> Vec<Scaling> {
        let plan = self.plan;
        let centre = centres(plan, view.is_dense());
        let weight = |p: usize| varied[p].as_ref().ok().map(|v| v.weight.as_slice());
        let first_alike: Vec<usize> = (0..varied.len())
            .map(|p| (0..p).find(|&q| weight(q) == weight(p)).unwrap_or(p))
            .collect();
        let known: Vec<Scaling> = (0..varied.len())
            .into_par_iter()
            .map(|p| match weight(p) {
                Some(weight) if first_alike[p] == p => {
                    let mut scaling = Scaling::of(view, weight, plan.standardize, centre);
                    keep_levels(plan, &mut scaling);
                    scaling
                }
                _ => Scaling::default(),
            })
            .collect();
        first_alike.into_iter().map(|p| known[p].clone()).collect()
    }
}
