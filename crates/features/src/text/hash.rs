//! Hashes of n-grams: MurmurHash3 as scikit-learn's `HashingVectorizer` takes it.

/// MurmurHash3 (A. Appleby), the 32-bit form with seed 0.
fn murmur3(bytes: &[u8]) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let scramble = |k: u32| k.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut h = 0u32;
    for block in blocks {
        h ^= scramble(u32::from_le_bytes(*block));
        h = h.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        let mut last = [0; 4];
        last.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
        h ^= scramble(u32::from_le_bytes(last));
    }
    h ^= bytes.len() as u32;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// The bucket of an n-gram among 2 to the power of `bits`, and the sign of what it adds there:
/// those of `HashingVectorizer`. N-grams that share a bucket cancel as often as they add, so that
/// products of rows are right in the mean.
pub(super) fn bucket(bytes: &[u8], bits: u32) -> (u32, f64) {
    let hash = murmur3(bytes) as i32;
    let sign = if hash >= 0 { 1.0 } else { -1.0 };
    // The magnitude of the lowest number is its own bits, whose remainder is the same.
    (hash.unsigned_abs() & ((1u32 << bits) - 1), sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur_of_known_strings() {
        // Test vectors of the reference implementation, seed 0.
        assert_eq!(murmur3(b""), 0);
        assert_eq!(murmur3(b"test"), 0xba6b_d213);
        assert_eq!(murmur3(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
    }

    #[test]
    fn buckets_are_within_range() {
        for (word, bits) in [("a", 1), ("b", 4), ("c", 26)] {
            assert!(bucket(word.as_bytes(), bits).0 < 1 << bits);
        }
    }
}
