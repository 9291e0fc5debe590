//! Which bytes of a block are one of three: where fields and lines of a text end.
//!
//! Sixteen bytes are compared at a step where the processor has wide registers, else eight, as one
//! word. Cost: some twenty operations for 64 bytes, whatever they are.

#![allow(unsafe_code)]

/// A bit for every byte of a block that is one of three, the first byte's lowest.
///
/// ```
/// use linecall_kernels::bytes_among;
/// let mut block = [b'x'; 64];
/// (block[0], block[9]) = (b',', b'\n');
/// assert_eq!(bytes_among(&block, *b",\n\r"), 1 | 1 << 9);
/// ```
#[inline(always)]
pub fn bytes_among(block: &[u8; 64], wanted: [u8; 3]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this architecture has SSE2.
    unsafe {
        sse2(block, wanted)
    }
    #[cfg(not(target_arch = "x86_64"))]
    words(block, wanted)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn sse2(block: &[u8; 64], wanted: [u8; 3]) -> u64 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let [a, b, c] = wanted.map(|byte| _mm_set1_epi8(byte as i8));
    let mut bits = 0;
    for (j, sixteen) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: sixteen bytes are there, and the load needs no alignment.
        let bytes = unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) };
        let either = _mm_or_si128(_mm_cmpeq_epi8(bytes, a), _mm_cmpeq_epi8(bytes, b));
        let mask = _mm_movemask_epi8(_mm_or_si128(either, _mm_cmpeq_epi8(bytes, c)));
        bits |= u64::from(mask as u16) << (16 * j);
    }
    bits
}

/// [`bytes_among`], eight bytes at a step.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn words(block: &[u8; 64], wanted: [u8; 3]) -> u64 {
    const LOW: u64 = everywhere(0x7f);
    /// Moves the high bits of eight bytes next to each other, to the top.
    const GATHER: u64 = 0x0002_0408_1020_4081;
    const fn everywhere(byte: u8) -> u64 {
        byte as u64 * 0x0101_0101_0101_0101
    }
    // The high bit stays clear only in a byte that is zero.
    let differs = |x: u64| ((x & LOW) + LOW) | x;
    let words = block.as_chunks::<8>().0.iter().enumerate();
    words.fold(0, |bits, (j, word)| {
        let word = u64::from_le_bytes(*word);
        let none = wanted.iter().fold(!0, |all, &b| all & differs(word ^ everywhere(b)));
        bits | ((!none & !LOW).wrapping_mul(GATHER) >> 56) << (8 * j)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_found_alone_and_among_its_neighbours() {
        let wanted = *b",\n\r";
        for byte in 0..=u8::MAX {
            for other in [byte, 0, b'x', b'\n', byte ^ 0x80, byte.wrapping_add(1)] {
                for at in 0..64 {
                    let mut block = [other; 64];
                    block[at] = byte;
                    let is = |(i, b): (usize, &u8)| u64::from(wanted.contains(b)) << i;
                    let expected: u64 = block.iter().enumerate().map(is).sum();
                    assert_eq!(bytes_among(&block, wanted), expected, "{byte} in {other}");
                    assert_eq!(words(&block, wanted), expected, "{byte} in {other}, by words");
                }
            }
        }
    }
}
