//! A design as solvers see it: rows, and columns in the solvers' own order.

use std::borrow::Cow;
use std::sync::Arc;

use linecall_data::{Design, Term};

use crate::rows::{Order, Rows, is_dense, ordered_rows};

/// A design and the order of its columns inside a solver.
#[derive(Clone)]
pub(crate) struct View<'a> {
    design: &'a Design,
    rows: Arc<dyn Rows + 'a>,
    order: Option<Arc<Order>>,
}

impl<'a> View<'a> {
    /// The columns as they come.
    pub(crate) fn plain(design: &'a Design) -> Self {
        Self { design, rows: ordered_rows(design, None).into(), order: None }
    }

    /// The columns of a wide sparse design by popularity, others as they come.
    pub(crate) fn by_popularity(design: &'a Design) -> Self {
        let order = Order::by_popularity(design);
        Self {
            design,
            rows: ordered_rows(design, order.as_ref()).into(),
            order: order.map(Arc::new),
        }
    }

    pub(crate) fn rows(&self) -> &dyn Rows {
        &*self.rows
    }

    /// Number of rows.
    pub(crate) fn n(&self) -> usize {
        self.design.rows()
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.design.cols()
    }

    /// Stored entries.
    pub(crate) fn nnz(&self) -> usize {
        self.design.nnz()
    }

    /// Whether the matrix is stored densely.
    pub(crate) fn is_dense(&self) -> bool {
        is_dense(self.design)
    }

    /// The design's column at a position.
    pub(crate) fn column(&self, position: usize) -> usize {
        self.order.as_ref().map_or(position, |o| o.column[position] as usize)
    }

    /// The name of the column at a position.
    pub(crate) fn name(&self, position: usize) -> String {
        self.design.column(self.column(position)).map_or(String::new(), |c| c.name())
    }

    /// The user's column that the column at a position was made of.
    pub(crate) fn source(&self, position: usize) -> String {
        self.design.column(self.column(position)).map_or(String::new(), |c| c.source)
    }

    /// What the column at a position holds of the user's column.
    pub(crate) fn term(&self, position: usize) -> Option<Term> {
        self.design.column(self.column(position)).map(|c| c.term)
    }

    /// The positions of columns that hold n-grams of a text.
    pub(crate) fn grams(&self) -> Vec<usize> {
        let own = self.design.grams().into_iter().flatten();
        match &self.order {
            None => own.collect(),
            Some(order) => own.map(|j| order.position[j] as usize).collect(),
        }
    }

    /// Whether each position holds n-grams of a text; nothing where none does.
    pub(crate) fn is_gram(&self) -> Vec<bool> {
        let grams = self.grams();
        let mut is = vec![false; if grams.is_empty() { 0 } else { self.cols() }];
        grams.into_iter().for_each(|j| is[j] = true);
        is
    }

    /// Numbers by position, in the order of the design's columns.
    pub(crate) fn to_design(&self, values: Vec<f64>) -> Vec<f64> {
        match &self.order {
            None => values,
            Some(order) => order.position.iter().map(|&p| values[p as usize]).collect(),
        }
    }

    /// Numbers by the design's columns, in the order of positions.
    pub(crate) fn at_positions<'v, V: Copy>(&self, values: &'v [V]) -> Cow<'v, [V]> {
        match &self.order {
            None => Cow::Borrowed(values),
            Some(order) => Cow::Owned(order.apply(values)),
        }
    }

    /// Row offsets of a sparse matrix: entries before each row. `None` when dense.
    pub(crate) fn offsets(&self) -> Option<&[u64]> {
        use linecall_data::Matrix;
        match self.design.matrix() {
            Matrix::SparseF64(m) => Some(m.offsets()),
            Matrix::SparseF32(m) => Some(m.offsets()),
            Matrix::SparseOnes(m) => Some(m.offsets()),
            Matrix::DenseF64(_) | Matrix::DenseF32(_) => None,
        }
    }
}
