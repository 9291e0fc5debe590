//! NumPy arrays as slices that linecall can hold, without a copy.

use linecall::data::Buffer;
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::errors::refuse;

/// The values of an array that lives as long as this does.
struct Lent<T> {
    _owner: Py<PyAny>,
    start: *const T,
    len: usize,
}

// The values are plain numbers that nobody moves while `_owner` is held; only the owner's count of
// references is the interpreter's, and PyO3 keeps a drop for when the lock is held.
#[allow(unsafe_code)]
// SAFETY: as said above; `T` is a number.
unsafe impl<T: Sync> Send for Lent<T> {}
#[allow(unsafe_code)]
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Lent<T> {}

impl<T> AsRef<[T]> for Lent<T> {
    #[allow(unsafe_code)]
    fn as_ref(&self) -> &[T] {
        // SAFETY: `start` is aligned and points at `len` values of the array that `_owner` holds,
        // which is contiguous (checked in `lend`). Python code that writes to an array while it is
        // being read gets what it gets, as with every library over NumPy; no other Rust code has it.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

fn lend<T: Send + Sync + 'static>(
    owner: Py<PyAny>,
    start: *const T,
    len: usize,
) -> PyResult<Buffer<T>> {
    if len == 0 {
        return Ok(Vec::new().into());
    }
    if start.is_null() || !start.is_aligned() {
        return Err(refuse("an array is not aligned in memory; give a copy of it"));
    }
    Ok(Buffer::new(Lent { _owner: owner, start, len }))
}

/// A matrix of rows that lie one after the other.
pub(crate) struct Rows<T: 'static> {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) values: Buffer<T>,
}

/// The rows of an array, where they are of this type; `None` for another type.
pub(crate) fn rows<T: Element + Send + Sync>(
    array: &Bound<'_, PyAny>,
) -> PyResult<Option<Rows<T>>> {
    let Ok(array) = array.cast::<PyArray2<T>>() else { return Ok(None) };
    if !array.is_c_contiguous() {
        return Err(refuse(
            "rows must lie one after the other; numpy.ascontiguousarray gives that",
        ));
    }
    let (rows, cols) = (array.shape()[0], array.shape()[1]);
    let values = lend(array.clone().into_any().unbind(), array.data().cast_const(), array.len())?;
    Ok(Some(Rows { rows, cols, values }))
}

/// The values of an array of one dimension, seen as another type of the same width; `None` where the
/// array is of another type.
pub(crate) fn list<T: Element, As: Send + Sync + 'static>(
    array: &Bound<'_, PyAny>,
) -> PyResult<Option<Buffer<As>>> {
    const { assert!(size_of::<T>() == size_of::<As>() && align_of::<T>() == align_of::<As>()) };
    let Ok(array) = array.cast::<PyArray1<T>>() else { return Ok(None) };
    if !array.is_c_contiguous() {
        return Err(refuse("a list of numbers has gaps; numpy.ascontiguousarray closes them"));
    }
    let start = array.data().cast_const().cast::<As>();
    Ok(Some(lend(array.clone().into_any().unbind(), start, array.len())?))
}

/// Codes of classes, copied.
pub(crate) fn codes(array: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    match list::<u32, u32>(array)? {
        Some(codes) => Ok(codes.to_vec()),
        None => array.extract().map_err(|_| refuse("codes of classes are not small whole numbers")),
    }
}

/// Positions of rows, copied.
pub(crate) fn positions(array: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    match list::<i64, i64>(array)? {
        // A negative position is one beyond any row, and is refused as such.
        Some(rows) => Ok(rows.iter().map(|&i| usize::try_from(i).unwrap_or(usize::MAX)).collect()),
        None => array.extract().map_err(|_| refuse("positions of rows are not whole numbers")),
    }
}

/// Row weights, copied.
pub(crate) fn weights(array: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<f64>>> {
    let Some(array) = array else { return Ok(None) };
    match list::<f64, f64>(array)? {
        Some(values) => Ok(Some(values.to_vec())),
        None => Err(refuse("sample_weight is not a list of 64-bit numbers")),
    }
}
