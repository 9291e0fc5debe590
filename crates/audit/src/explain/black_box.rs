//! Anything that gives a number for a row, and what a mask does to a row.

use linecall_data::{Dense, Design, DesignColumn, Matrix};

use super::contributions::{Background, dense_row, sources, words};
use crate::{Error, Result};

/// A model of which only the answers are known: rows in, numbers out (probabilities, or scores).
///
/// Implemented for closures, and by [`Command`](super::Command) for programs. Whatever can answer
/// for rows `R` can be explained: implement this for it.
///
/// ```
/// use linecall_audit::explain::BlackBox;
/// use linecall_audit::Result;
/// let double = |rows: &Vec<f64>| -> Result<Vec<f64>> { Ok(rows.iter().map(|x| 2.0 * x).collect()) };
/// assert_eq!(double.answers(&vec![1.0, 2.0])?, [2.0, 4.0]);
/// # Ok::<(), linecall_audit::Error>(())
/// ```
pub trait BlackBox<R: ?Sized> {
    /// The answers, row after row, as many for each.
    ///
    /// # Errors
    /// When there is no answer.
    fn answers(&self, rows: &R) -> Result<Vec<f64>>;
}

impl<R: ?Sized, F: Fn(&R) -> Result<Vec<f64>>> BlackBox<R> for F {
    fn answers(&self, rows: &R) -> Result<Vec<f64>> {
        self(rows)
    }
}

/// Masks over the parts of one instance: on keeps a part, off takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    parts: usize,
    on: Vec<bool>,
}

impl Masks {
    /// No masks over so many parts.
    pub fn new(parts: usize) -> Self {
        Self { parts, on: Vec::new() }
    }

    /// Adds a mask; missing parts are off.
    pub fn push(&mut self, mask: impl IntoIterator<Item = bool>) {
        let end = self.on.len() + self.parts;
        self.on.extend(mask.into_iter().take(self.parts));
        self.on.resize(end, false);
    }

    /// Number of parts.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Number of masks.
    pub fn len(&self) -> usize {
        self.on.len().checked_div(self.parts).unwrap_or(0)
    }

    /// Whether there are no masks.
    pub fn is_empty(&self) -> bool {
        self.on.is_empty()
    }

    /// The masks, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &[bool]> + Clone {
        self.on.chunks_exact(self.parts.max(1))
    }
}

/// What the parts of an instance are, and what is left of it under a mask.
pub trait Masker {
    /// What a black box is asked about: a design, a list of texts, images.
    type Rows;

    /// Names of the parts: columns, words, regions.
    fn parts(&self) -> Vec<String>;

    /// The instance under each mask. The mask with all parts on is the instance itself.
    ///
    /// # Errors
    /// When the masks are over another number of parts.
    fn masked(&self, masks: &Masks) -> Result<Self::Rows>;
}

/// Masks over a row of a table: a column of the user that is on has its own value, one that is off
/// that of the background, all its design columns together.
#[derive(Clone, Debug)]
pub struct TableMask {
    row: Vec<f64>,
    background: Vec<f64>,
    columns: Vec<DesignColumn>,
    names: Vec<String>,
    source: Vec<usize>,
}

impl TableMask {
    /// Masks over a row (from 0) of a design.
    ///
    /// ```
    /// use linecall_audit::explain::{Background, Masker, Masks, TableMask};
    /// use linecall_data::Design;
    /// let x = Design::from_rows(&[vec![1.0, 2.0], vec![3.0, 6.0]], &["a", "b"])?;
    /// let mask = TableMask::new(&x, 1, &Background::mean(&x, None)?)?;
    /// let mut masks = Masks::new(2);
    /// masks.push([true, false]);
    /// let mut seen = Vec::new();
    /// mask.masked(&masks)?.for_each_in_row(0, |_, v| seen.push(v));
    /// assert_eq!(seen, [3.0, 4.0]);
    /// assert_eq!(mask.parts(), ["a = 3", "b = 6"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such row, or the background has other columns.
    pub fn new(design: &Design, row: usize, background: &Background) -> Result<Self> {
        let (found, expected) = (background.values.len(), design.cols());
        if found != expected {
            return Err(Error::Shape { what: "values of the background", found, expected });
        }
        let values = dense_row(design, row)?;
        let sources = sources(design);
        let words = words(design, &values, &sources);
        let names = sources.names.iter().zip(words).map(|(name, word)| format!("{name} = {word}"));
        Ok(Self {
            background: background.values.clone(),
            columns: design.columns().to_vec(),
            names: names.collect(),
            source: sources.of,
            row: values,
        })
    }

    /// What each part adds to a linear score, all its design columns together.
    pub(crate) fn effects(&self, coef: &[f64]) -> Vec<f64> {
        let mut effects = vec![0.0; self.names.len()];
        let at = self.row.iter().zip(&self.background).zip(coef).zip(&self.source);
        for (((x, from), coef), &source) in at {
            if let Some(effect) = effects.get_mut(source) {
                *effect += coef * (x - from);
            }
        }
        effects
    }

    /// Number of design columns.
    pub(crate) fn cols(&self) -> usize {
        self.row.len()
    }

    /// The background's values.
    pub(crate) fn background(&self) -> &[f64] {
        &self.background
    }
}

impl Masker for TableMask {
    type Rows = Design;

    fn parts(&self) -> Vec<String> {
        self.names.clone()
    }

    fn masked(&self, masks: &Masks) -> Result<Design> {
        if masks.parts() != self.names.len() {
            let (found, expected) = (masks.parts(), self.names.len());
            return Err(Error::Shape { what: "parts of a mask", found, expected });
        }
        let mut values = Vec::with_capacity(masks.len() * self.row.len());
        for mask in masks.iter() {
            let cells = self.row.iter().zip(&self.background).zip(&self.source);
            values.extend(cells.map(|((own, from), &source)| {
                if mask.get(source).copied().unwrap_or(false) { *own } else { *from }
            }));
        }
        let matrix = Matrix::DenseF64(Dense::new(masks.len(), self.row.len(), values)?);
        Ok(Design::new(matrix, self.columns.clone())?)
    }
}
