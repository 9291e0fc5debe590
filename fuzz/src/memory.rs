//! The memory rule: a hostile file costs at most 64 MiB plus twice its decompressed bytes plus the
//! stated size of what it holds.
//!
//! The allocator counts; what C code takes for itself (the zstd window) is not seen here, but by
//! libFuzzer's own limits.

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const FREE: usize = 64 << 20;

/// Runs a step on a file of so many decompressed bytes; `size` is that of its result.
pub(crate) fn kept<T>(bytes: usize, size: impl Fn(&T) -> usize, step: impl FnOnce() -> T) -> T {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let result = step();
    let cost = HEAP.peak_usage().saturating_sub(before);
    let allowed = FREE + 2 * bytes + size(&result);
    assert!(cost <= allowed, "{cost} bytes of memory for {bytes} bytes, allowed {allowed}");
    result
}

/// The cap that the targets read under.
pub(crate) const CAP: u64 = 1 << 17;

/// Whether the bytes are decompressed by the readers.
pub(crate) fn is_compressed(data: &[u8]) -> bool {
    data.starts_with(&[0x1f, 0x8b]) || data.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// A block as small as the readers take, or one that gets through the cap in a moment.
pub(crate) fn small_block(data: &[u8]) -> usize {
    if is_compressed(data) { 1 << 12 } else { 64 }
}

/// Most decompressed bytes that the readers see of these.
pub(crate) fn bytes(data: &[u8]) -> usize {
    if is_compressed(data) { CAP as usize } else { data.len() }
}
