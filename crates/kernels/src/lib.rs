//! Numeric loops with run-time dispatch (floor 0): the only crate with `unsafe` code.
//!
//! Every kernel works on a *tile*: a run of rows small enough to stay in the cache, so that a
//! fused pass (scores, then loss, then gradient) reads each row from memory once. A kernel is
//! compiled several times, for AVX-512, AVX2 and the baseline, and the widest one that the
//! processor has is chosen at run time.
//!
//! # Same bytes everywhere
//! Sums are kept in a fixed number of lanes and added in a fixed order, products are never fused
//! with sums, and `exp` and `log1p` are our own polynomials. So a kernel returns the same bytes
//! whatever instructions it was compiled to.
#![warn(missing_docs)]

mod bytes;
mod dense;
mod dense_lanes;
mod dispatch;
mod gemm;
mod gram;
mod lanes;
mod lines;
mod logistic;
mod math;
mod prefetch;
mod sparse;

pub use bytes::bytes_among;
pub use dense::{dense_accumulate, dense_scores, dot, norm_squared};
pub use dense_lanes::{dense_scores_lanes, dense_sums_lanes};
pub use dispatch::{instruction_set, use_instruction_set};
pub use gemm::{Rows, gemm_accumulate};
pub use gram::{gram_accumulate, gram_stride};
pub use lanes::{Lanes, sparse_scores_lanes, sparse_sums_lanes};
pub use lines::{Line, Picked, lines_dot, lines_dots, lines_move, lines_sum, zero_lines};
pub use logistic::logistic_tile;
pub use math::{exp, log1p_exp, sigmoid};
pub use prefetch::prefetch;
pub use sparse::{
    SparseIndices, SparseTile, sparse_accumulate, sparse_accumulate_curved,
    sparse_accumulate_multi, sparse_scores, sparse_scores_multi,
};

/// A stored matrix value that widens to `f64`.
pub trait Real: Copy + Send + Sync + 'static {
    /// The value as `f64`.
    fn wide(self) -> f64;
    /// So many ones.
    fn ones(n: usize) -> Vec<Self>;
}

impl Real for f64 {
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    fn ones(n: usize) -> Vec<Self> {
        vec![1.0; n]
    }
}

impl Real for f32 {
    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn ones(n: usize) -> Vec<Self> {
        vec![1.0; n]
    }
}

/// An entry that is stored without a value is 1.
impl Real for () {
    #[inline(always)]
    fn wide(self) -> f64 {
        1.0
    }

    fn ones(n: usize) -> Vec<Self> {
        vec![(); n]
    }
}
