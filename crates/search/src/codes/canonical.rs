//! One form for all codes that are the same but for the order, and over three elements the signs, of
//! their columns; and how many changes of columns leave a code as it is.
//!
//! Columns that are multiples of each other are one *point* that occurs several times. Points and
//! words (up to factors) colour each other until no colour splits; where points share a colour, each
//! of them in turn gets its own, and so on to an order of all points. Each order gives a generator
//! in reduced row echelon form; the least of them is the form. Orders with the same generator differ
//! by an automorphism, and all of these occur, so counting them gives the size of the group.
//!
//! Colours come from sums of hashed colours: two that happen to be equal make the search longer,
//! never wrong, for equal codes have equal sums whatever their columns are called.

use num_bigint::BigUint;

use super::Field;
use super::matrix::{Code, reduce};

/// The form of a code without columns of zeros.
pub(super) struct Canonical {
    pub(super) code: Code,
    /// Number of permutations of columns, with signs over three elements, that keep the code.
    pub(super) automorphisms: BigUint,
}

/// The points of a code and the supports of its words.
pub(super) struct Points {
    field: Field,
    k: usize,
    /// Each point with how often it occurs.
    points: Vec<(Vec<u8>, usize)>,
    /// Supports of the words up to factors, as bits over the points.
    words: Vec<u64>,
    /// The stable colouring without an order chosen.
    colours: Vec<u32>,
}

impl Points {
    /// Of a generator's columns, none of which is zero; there are at most 64.
    pub(super) fn new(field: Field, k: usize, columns: &[Vec<u8>]) -> Self {
        let mut sorted: Vec<Vec<u8>> = columns.iter().map(|c| point(field, c)).collect();
        sorted.sort_unstable();
        let mut points: Vec<(Vec<u8>, usize)> = Vec::new();
        for column in sorted {
            match points.last_mut() {
                Some((last, times)) if *last == column => *times += 1,
                _ => points.push((column, 1)),
            }
        }
        let words = supports(field, k, &points);
        let colours = points.iter().map(|p| p.1 as u32).collect();
        let mut own = Self { field, k, points, words, colours };
        own.colours = own.refine(own.colours.clone());
        own
    }

    /// Whether a column is of those that this code is to be built from a shorter one by: of the last
    /// colour among the columns that can be missed.
    pub(super) fn is_last(&self, column: &[u8]) -> bool {
        let needed = |p: usize| self.points[p].1 == 1 && self.words.contains(&(1 << p));
        let missed = (0..self.points.len()).filter(|p| !needed(*p));
        let Some(last) = missed.map(|p| self.colours[p]).max() else { return false };
        let own = point(self.field, column);
        let at = self.points.iter().position(|(p, _)| *p == own);
        at.is_some_and(|p| self.colours[p] == last)
    }

    /// The form.
    pub(super) fn canonical(&self) -> Canonical {
        let mut best = Best { matrix: Vec::new(), order: Vec::new(), count: 0, parts: 0 };
        self.search(self.colours.clone(), &mut best);
        let k = self.k;
        let times: Vec<usize> = best.order.iter().map(|&p| self.points[p].1).collect();
        let width = times.len();
        let rows = (0..k)
            .map(|r| {
                let own = best.matrix.get(r * width..(r + 1) * width).unwrap_or_default();
                own.iter().zip(&times).flat_map(|(e, t)| std::iter::repeat_n(*e, *t)).collect()
            })
            .collect();
        let repeated = times.iter().map(|t| factorial(*t)).product::<BigUint>();
        let signs = BigUint::from(self.field.size() - 1).pow(best.parts);
        Canonical {
            code: Code::of(self.field, times.iter().sum(), rows),
            automorphisms: repeated * signs * BigUint::from(best.count),
        }
    }

    /// Splits colours until points of one colour lie in the same number of words of each colour.
    fn refine(&self, mut colours: Vec<u32>) -> Vec<u32> {
        let mut kinds = 0;
        loop {
            let hashed: Vec<u64> = colours.iter().map(|c| mix(u64::from(*c))).collect();
            let mut sums = vec![0u64; colours.len()];
            for &word in &self.words {
                let own = mix(over(word).fold(0, |s: u64, p| s.wrapping_add(hashed[p])));
                over(word).for_each(|p| sums[p] = sums[p].wrapping_add(own));
            }
            let keys: Vec<(u32, u64)> = colours.iter().copied().zip(sums).collect();
            let mut distinct = keys.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let rank = |key: &(u32, u64)| distinct.partition_point(|d| d < key) as u32;
            colours = keys.iter().map(rank).collect();
            if distinct.len() == kinds {
                return colours;
            }
            kinds = distinct.len();
        }
    }

    /// Visits all orders that the colouring leaves open.
    fn search(&self, colours: Vec<u32>, best: &mut Best) {
        let mut sizes = vec![0usize; colours.len()];
        colours.iter().for_each(|c| sizes[*c as usize] += 1);
        let open = (0..sizes.len()).filter(|c| sizes[*c] > 1).min_by_key(|c| (sizes[*c], *c));
        let Some(open) = open else { return self.leaf(&colours, best) };
        for p in (0..colours.len()).filter(|p| colours[*p] as usize == open) {
            let mut own: Vec<u32> = colours.iter().map(|c| 2 * c + 1).collect();
            own[p] -= 1;
            self.search(self.refine(own), best);
        }
    }

    fn leaf(&self, colours: &[u32], best: &mut Best) {
        let mut order: Vec<usize> = (0..colours.len()).collect();
        order.sort_unstable_by_key(|p| colours[*p]);
        let mut rows: Vec<Vec<u8>> =
            (0..self.k).map(|r| order.iter().map(|&p| self.points[p].0[r]).collect()).collect();
        reduce(self.field, order.len(), &mut rows);
        let parts = signed(self.field, &mut rows);
        let matrix = rows.concat();
        if best.count > 0 && matrix > best.matrix {
            return;
        }
        if best.count > 0 && matrix == best.matrix {
            best.count += 1;
            return;
        }
        *best = Best { matrix, order, count: 1, parts };
    }
}

/// The least generator so far.
struct Best {
    matrix: Vec<u8>,
    order: Vec<usize>,
    /// How many orders gave it.
    count: u64,
    /// Number of parts that the code is a direct sum of.
    parts: u32,
}

/// The multiple of a column whose first entry other than zero is 1.
fn point(field: Field, column: &[u8]) -> Vec<u8> {
    let q = field.size();
    let lead = column.iter().copied().find(|e| *e != 0).unwrap_or(1);
    column.iter().map(|e| e * lead % q).collect()
}

/// Positions of the bits of a word.
fn over(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = word.trailing_zeros() as usize;
        word &= word.wrapping_sub(1);
        (at < 64).then_some(at)
    })
}

/// Supports of all words other than zero, one of each pair of multiples.
fn supports(field: Field, k: usize, points: &[(Vec<u8>, usize)]) -> Vec<u64> {
    let rows = (0..k).map(|r| points.iter().map(|p| p.0[r]).collect()).collect();
    // Not reduced: the rows are independent, and any basis has the same words.
    let mut words = Vec::new();
    let code = Code::of(field, points.len(), rows);
    code.visit(&mut |word| {
        if word.iter().find(|e| **e != 0) == Some(&1) {
            words.push(word.iter().enumerate().map(|(p, e)| u64::from(*e != 0) << p).sum());
        }
    });
    words
}

/// Chooses the signs of the columns of a reduced generator such that they do not matter: along a
/// forest over its entries, grown in order of rows and columns, all entries become 1. Counts the
/// trees, which are the parts that the code is a direct sum of.
fn signed(field: Field, rows: &mut [Vec<u8>]) -> u32 {
    let q = field.size();
    let (k, n) = (rows.len(), rows.first().map_or(0, Vec::len));
    let (mut row_sign, mut column_sign) = (vec![0u8; k], vec![0u8; n]);
    let mut parts = 0;
    for start in 0..k {
        if row_sign[start] != 0 {
            continue;
        }
        parts += 1;
        row_sign[start] = 1;
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(r) = queue.pop_front() {
            let lead = rows[r].iter().position(|e| *e != 0);
            for c in 0..n {
                if rows[r][c] == 0 || column_sign[c] != 0 || lead == Some(c) {
                    continue;
                }
                column_sign[c] = row_sign[r] * rows[r][c] % q;
                for other in 0..k {
                    if rows[other][c] != 0 && row_sign[other] == 0 {
                        row_sign[other] = column_sign[c] * rows[other][c] % q;
                        queue.push_back(other);
                    }
                }
            }
        }
    }
    for (row, own) in rows.iter_mut().zip(row_sign) {
        let lead = row.iter().position(|e| *e != 0);
        for (c, entry) in row.iter_mut().enumerate() {
            // The leading column takes the sign of its row.
            if lead != Some(c) {
                *entry = *entry * own % q * column_sign[c] % q;
            }
        }
    }
    parts
}

pub(super) fn factorial(n: usize) -> BigUint {
    (1..=n).map(BigUint::from).product()
}

/// A number that has little to do with its origin (the finaliser of splitmix64).
pub(super) fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
