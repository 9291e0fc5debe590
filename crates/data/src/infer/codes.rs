//! Which of some values each row holds, in one, two or four bytes a row.

/// The code of a row that holds none of the values.
pub(super) const EMPTY: u32 = u32::MAX;

/// A code for each row; as wide as the largest one needs.
#[derive(Clone, Debug)]
pub(super) struct Codes(Width);

#[derive(Clone, Debug)]
enum Width {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Codes {
    /// No codes yet, with room for some in the least width.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self(Width::One(Vec::with_capacity(rows)))
    }

    pub(super) fn len(&self) -> usize {
        match &self.0 {
            Width::One(codes) => codes.len(),
            Width::Two(codes) => codes.len(),
            Width::Four(codes) => codes.len(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, code: u32) {
        match &mut self.0 {
            Width::Four(codes) => return codes.push(code),
            // The largest number of a width stands for EMPTY.
            Width::Two(codes) if code == EMPTY => return codes.push(u16::MAX),
            Width::Two(codes) if code < u16::MAX.into() => return codes.push(code as u16),
            Width::One(codes) if code == EMPTY => return codes.push(u8::MAX),
            Width::One(codes) if code < u8::MAX.into() => return codes.push(code as u8),
            _ => {}
        }
        self.widen();
        self.push(code);
    }

    #[cold]
    fn widen(&mut self) {
        let wider = |rows: usize| rows + rows / 8;
        self.0 = match &self.0 {
            Width::One(codes) => {
                let mut wide = Vec::with_capacity(wider(codes.capacity()));
                let widened = codes.iter().map(|&c| if c == u8::MAX { u16::MAX } else { c.into() });
                wide.extend(widened);
                Width::Two(wide)
            }
            _ => {
                let mut wide = Vec::with_capacity(wider(self.len()));
                wide.extend(self.iter());
                Width::Four(wide)
            }
        };
    }

    /// The code of each row.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let (one, two, four): (&[u8], &[u16], &[u32]) = match &self.0 {
            Width::One(codes) => (codes, &[], &[]),
            Width::Two(codes) => (&[], codes, &[]),
            Width::Four(codes) => (&[], &[], codes),
        };
        let one = one.iter().map(|&c| if c == u8::MAX { EMPTY } else { c.into() });
        let two = two.iter().map(|&c| if c == u16::MAX { EMPTY } else { c.into() });
        one.chain(two).chain(four.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_whatever_their_width() {
        for largest in [0, 1, 253, 254, 255, 256, 65_533, 65_534, 65_535, 65_536, 70_000] {
            let given = (0..=largest).flat_map(|code| [code, EMPTY]);
            let mut codes = Codes::with_capacity(10);
            given.clone().for_each(|code| codes.push(code));
            assert!(codes.iter().eq(given), "{largest}");
            assert_eq!(codes.len(), 2 * (largest as usize + 1));
        }
    }
}
