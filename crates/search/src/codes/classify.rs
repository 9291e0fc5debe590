//! All codes of a small size, up to the order of their columns (and, over three elements, their
//! signs).
//!
//! Codes without columns of zeros are grown column by column from the one of length `k`. A code is
//! kept only where the new column is of the last colour among those that it could do without
//! ([`super::canonical`]), so that most codes are met once; the rest is told by the canonical form.
//! Of a code and its dual the smaller is grown. That none is missing is proved by the mass formula:
//! a class of which `g` monomial maps keep a code holds `n! (q - 1)^n / g` codes, and the sums over
//! the classes are the counts of [`super::count`].
//!
//! Cost: about one canonical form for each class of each length from `k` to `n`, each over
//! `q^k` words; the number of classes grows faster than any power of `n`. `[10, 5]` over two
//! elements takes less than a second.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use rayon::prelude::*;

use super::canonical::{Points, factorial};
use super::count::{by_hull, check};
use super::{Code, Field};
use crate::{Error, Limits, Result};

/// Longest codes that are classified.
pub(super) const LONGEST: usize = 24;

/// Most words that a code or its dual may have.
const MOST_WORDS: f64 = 1048576.0;

/// Codes that are the same but for the order and the signs of their columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeClass {
    /// One of them.
    pub code: Code,
    /// Least weight of a word other than zero; `None` for the code of dimension 0.
    pub distance: Option<usize>,
    /// Dimension of the hull.
    pub hull: usize,
    /// Number of words of each weight, from 0 to the length.
    pub weights: Vec<u64>,
    /// Number of monomial maps (over two elements, permutations of columns) that keep the code.
    pub automorphisms: BigUint,
    /// How many codes there are in the class: `n! (q - 1)^n / automorphisms`.
    pub members: BigUint,
}

/// All classes of a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// A class each; by distance from the largest, then by hull, then by generator.
    pub codes: Vec<CodeClass>,
    /// Number of codes, not classes, by dimension of the hull.
    pub counts: Vec<BigUint>,
    /// Whether the members of the classes add up to these counts, which proves that no class is
    /// missing and none is there twice. False where the limits ended the search.
    pub complete: bool,
}

/// Codes without columns of zeros by canonical form, with the size of their groups.
type Found = BTreeMap<Code, BigUint>;

/// Finds all `[n, k]` codes up to equivalence. `limits.nodes` counts codes that are extended.
///
/// ```
/// use linecall_search::codes::{classify, Field};
/// use linecall_search::Limits;
/// let found = classify(Field::Two, 8, 4, &Limits::default())?;
/// assert!(found.complete);
/// let best = &found.codes[0];
/// // The extended Hamming code is its own dual; the affine group of order 1344 keeps it.
/// assert_eq!((best.distance, best.hull), (Some(4), 4));
/// assert_eq!(best.automorphisms.to_string(), "1344");
/// # Ok::<(), linecall_search::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] when `k` is above `n`, `n` is 0 or above 24, or a code or its dual has
/// more than 2^20 words.
pub fn classify(field: Field, n: usize, k: usize, limits: &Limits) -> Result<Classification> {
    check(n, k, LONGEST)?;
    let words = f64::from(field.size()).powi(k.max(n - k) as i32);
    if words > MOST_WORDS {
        return Err(Error::Shape(format!(
            "a code [{n}, {k}] or its dual has {words:.0} words, expected at most {MOST_WORDS:.0}"
        )));
    }
    let counts = by_hull(field, n, k)?;
    let small = k.min(n - k);
    let all = factorial(n) * BigUint::from(field.size() - 1).pow(n as u32);
    let mut codes: Vec<CodeClass> = grown(field, n, small, limits)
        .into_par_iter()
        .map(|(code, automorphisms)| {
            let code = if small == k { code } else { code.dual() };
            let weights = code.weights();
            let distance = weights.iter().skip(1).position(|n| *n > 0).map(|d| d + 1);
            let members = &all / &automorphisms;
            CodeClass { hull: code.hull(), code, distance, weights, automorphisms, members }
        })
        .collect();
    codes.sort_by(|a, b| {
        let key = |c: &CodeClass| (std::cmp::Reverse(c.distance), c.hull);
        key(a).cmp(&key(b)).then_with(|| a.code.cmp(&b.code))
    });
    let mut mass = vec![BigUint::ZERO; k + 1];
    codes.iter().for_each(|c| mass[c.hull] += &c.members);
    Ok(Classification { complete: mass == counts, codes, counts })
}

/// Codes of a length, columns of zeros among them, with the sizes of their groups.
fn grown(field: Field, n: usize, k: usize, limits: &Limits) -> Vec<(Code, BigUint)> {
    if k == 0 {
        let signs = BigUint::from(field.size() - 1).pow(n as u32);
        return vec![(Code::of(field, n, Vec::new()), factorial(n) * signs)];
    }
    let unit = |i: usize| (0..k).map(|j| u8::from(i == j)).collect::<Vec<u8>>();
    let first = Points::new(field, k, &(0..k).map(unit).collect::<Vec<_>>()).canonical();
    let mut level = Found::from([(first.code, first.automorphisms)]);
    let mut all = Vec::new();
    let mut nodes = 0;
    for length in k..=n {
        // Columns of zeros trade places and signs among themselves.
        let zeros = n - length;
        let kept = factorial(zeros) * BigUint::from(field.size() - 1).pow(zeros as u32);
        all.extend(level.iter().map(|(code, group)| (padded(code, zeros), group * &kept)));
        if length == n {
            break;
        }
        let Some(next) = longer(field, k, &level, &mut nodes, limits) else { break };
        level = next;
    }
    all
}

/// The code with columns of zeros before its own.
fn padded(code: &Code, zeros: usize) -> Code {
    let rows = code.generator().iter();
    let rows = rows.map(|row| [vec![0; zeros], row.clone()].concat()).collect();
    Code::of(code.field(), code.length() + zeros, rows)
}

/// The codes that are one column longer; `None` when the limits end the search.
fn longer(
    field: Field,
    k: usize,
    level: &Found,
    nodes: &mut u64,
    limits: &Limits,
) -> Option<Found> {
    let columns = points_of(field, k);
    let parents: Vec<&Code> = level.keys().collect();
    let mut found = Found::new();
    for part in parents.chunks(256) {
        if limits.reached(*nodes) {
            return None;
        }
        *nodes += part.len() as u64;
        let children: Vec<Found> =
            part.par_iter().map(|parent| children(field, k, parent, &columns)).collect();
        children.into_iter().for_each(|own| found.extend(own));
    }
    Some(found)
}

fn children(field: Field, k: usize, parent: &Code, columns: &[Vec<u8>]) -> Found {
    let mut own: Vec<Vec<u8>> = (0..parent.length())
        .map(|c| parent.generator().iter().map(|row| row[c]).collect())
        .collect();
    let mut found = Found::new();
    for column in columns {
        own.push(column.clone());
        let points = Points::new(field, k, &own);
        if points.is_last(column) {
            let child = points.canonical();
            found.insert(child.code, child.automorphisms);
        }
        own.pop();
    }
    found
}

/// All columns up to factors, but the one of zeros.
fn points_of(field: Field, k: usize) -> Vec<Vec<u8>> {
    let unit = |i: usize| (0..k).map(|j| u8::from(i == j)).collect::<Vec<u8>>();
    let mut points = Vec::new();
    Code::of(field, k, (0..k).map(unit).collect()).visit(&mut |column| {
        if column.iter().find(|e| **e != 0) == Some(&1) {
            points.push(column.to_vec());
        }
    });
    points
}
