//! Shared, read-only storage: owned, memory-mapped or borrowed from another runtime.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A read-only slice with shared ownership; cloning is free.
///
/// The owner may be a `Vec`, a memory map or an array of another runtime (NumPy, Arrow): anything
/// that can lend a slice for as long as it lives. That is how a [`Design`](crate::Design) is built
/// over existing memory without a copy.
///
/// ```
/// use linecall_data::Buffer;
/// let b: Buffer<f64> = vec![1.0, 2.0].into();
/// assert_eq!(b.clone().len(), 2);
/// ```
pub struct Buffer<T: 'static>(Arc<dyn AsRef<[T]> + Send + Sync>);

impl<T: 'static> Buffer<T> {
    /// Wraps anything that lends a slice.
    pub fn new(owner: impl AsRef<[T]> + Send + Sync + 'static) -> Self {
        Self(Arc::new(owner))
    }
}

impl<T: Send + Sync + 'static> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        Self::new(values)
    }
}

impl<T> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        (*self.0).as_ref()
    }
}

impl<T: fmt::Debug> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: PartialEq> PartialEq for Buffer<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
