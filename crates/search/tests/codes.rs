//! Linear codes against all subspaces, all orders of columns, and all wrong bits.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use std::collections::{BTreeMap, BTreeSet};

use linecall_search::codes::bound::{most_distance, most_linear_distance};
use linecall_search::codes::count::{gaussian, self_orthogonal};
use linecall_search::codes::{
    Code, Codebook, Field, NoCodebook, Wanted, by_hull, classify, codebook, usual_length,
};
use linecall_search::{Answer, Limits};
use num_bigint::BigUint;
use proptest::prelude::*;

/// All `[n, k]` codes: every reduced row echelon form is one.
fn subspaces(field: Field, n: usize, k: usize) -> Vec<Code> {
    let q = usize::from(field.size());
    let mut found = Vec::new();
    for set in 0u32..1 << n {
        let pivots: Vec<usize> = (0..n).filter(|c| set >> c & 1 == 1).collect();
        if pivots.len() != k {
            continue;
        }
        let free: Vec<(usize, usize)> = (0..k)
            .flat_map(|r| (pivots[r] + 1..n).map(move |c| (r, c)))
            .filter(|(_, c)| !pivots.contains(c))
            .collect();
        for mut entries in 0..q.pow(free.len() as u32) {
            let mut rows = vec![vec![0u8; n]; k];
            pivots.iter().enumerate().for_each(|(r, &c)| rows[r][c] = 1);
            for &(r, c) in &free {
                rows[r][c] = (entries % q) as u8;
                entries /= q;
            }
            let code = Code::spanned(field, n, &rows).unwrap();
            assert_eq!(code.generator(), rows);
            found.push(code);
        }
    }
    found
}

/// Dimension of the hull by its definition: the number of words that are orthogonal to all words.
fn hull(code: &Code) -> usize {
    let (q, n) = (usize::from(code.field().size()), code.length());
    let k = code.dimension();
    let mut count = 0;
    for mut m in 0..q.pow(k as u32) {
        let mut word = vec![0usize; n];
        for row in code.generator() {
            word.iter_mut().zip(row).for_each(|(w, e)| *w += m % q * usize::from(*e));
            m /= q;
        }
        let dot =
            |row: &Vec<u8>| row.iter().zip(&word).map(|(a, b)| usize::from(*a) * b).sum::<usize>();
        count += usize::from(code.generator().iter().all(|row| dot(row) % q == 0));
    }
    (0..).find(|e| q.pow(*e) == count).unwrap() as usize
}

fn longest(field: Field) -> usize {
    if field == Field::Two { 7 } else { 5 }
}

#[test]
fn counts_are_those_of_all_subspaces() {
    for field in [Field::Two, Field::Three] {
        for n in 1..=longest(field) {
            for k in 0..=n {
                let mut counts = vec![0u64; k + 1];
                for code in subspaces(field, n, k) {
                    assert_eq!(code.hull(), hull(&code));
                    counts[code.hull()] += 1;
                }
                let exact: Vec<BigUint> = counts.iter().map(|c| BigUint::from(*c)).collect();
                assert_eq!(by_hull(field, n, k).unwrap(), exact, "{field:?} [{n}, {k}]");
                assert_eq!(self_orthogonal(field, n, k), exact[k]);
                assert_eq!(gaussian(field, n, k), exact.into_iter().sum());
            }
        }
    }
}

#[test]
fn counts_of_any_size() {
    // A(n, k, l) of [200, 100] has some 3,000 digits; the sum and the order are known.
    let counts = by_hull(Field::Two, 200, 100).unwrap();
    assert_eq!(counts.iter().sum::<BigUint>(), gaussian(Field::Two, 200, 100));
    assert!(counts.is_sorted_by(|a, b| a > b));
    let counts = by_hull(Field::Three, 61, 30).unwrap();
    assert_eq!(counts.iter().sum::<BigUint>(), gaussian(Field::Three, 61, 30));
    assert!(counts.is_sorted_by(|a, b| a > b));
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(n - 1);
    let insert = |p: &Vec<usize>, at: usize| [&p[..at], &[n - 1], &p[at..]].concat();
    shorter.iter().flat_map(|p| (0..n).map(move |at| insert(p, at))).collect()
}

/// All monomial images of a code.
fn images(code: &Code) -> Vec<Code> {
    let (field, n) = (code.field(), code.length());
    let signs = if field == Field::Two { 1 } else { 1u32 << n };
    let mut found = Vec::new();
    for order in permutations(n) {
        for signs in 0..signs {
            let sign = |c: usize| if signs >> c & 1 == 1 { 2 } else { 1 };
            let rows: Vec<Vec<u8>> = code
                .generator()
                .iter()
                .map(|row| (0..n).map(|c| row[order[c]] * sign(c) % field.size()).collect())
                .collect();
            found.push(Code::spanned(field, n, &rows).unwrap());
        }
    }
    found
}

#[test]
fn classes_are_the_orbits() {
    for (field, longest) in [(Field::Two, 6), (Field::Three, 4)] {
        for n in 1..=longest {
            for k in 0..=n {
                let classes = classify(field, n, k, &Limits::default()).unwrap();
                assert!(classes.complete);
                let mut left: BTreeSet<Code> = subspaces(field, n, k).into_iter().collect();
                for class in &classes.codes {
                    let images = images(&class.code);
                    let kept = images.iter().filter(|image| **image == class.code).count();
                    assert_eq!(class.automorphisms, BigUint::from(kept));
                    let orbit: BTreeSet<Code> = images.into_iter().collect();
                    assert_eq!(class.members, BigUint::from(orbit.len()));
                    for code in orbit {
                        assert!(left.remove(&code), "two classes share a code");
                        assert_eq!(code.weights(), class.weights);
                        assert_eq!(code.hull(), class.hull);
                    }
                }
                assert!(left.is_empty(), "{field:?} [{n}, {k}]: a class is missing");
            }
        }
    }
}

#[test]
fn classes_add_up_to_the_counts() {
    let sizes = [(Field::Two, 10), (Field::Three, 7)];
    for (field, longest) in sizes {
        for n in 1..=longest {
            for k in 0..=n {
                let found = classify(field, n, k, &Limits::default()).unwrap();
                let mut mass = vec![BigUint::ZERO; k + 1];
                for class in &found.codes {
                    mass[class.hull] += &class.members;
                    assert_eq!(class.code.dimension(), k);
                    assert_eq!(class.distance, class.code.distance());
                    let words = u64::from(field.size()).pow(k as u32);
                    assert_eq!(class.weights.iter().sum::<u64>(), words);
                    if let (Field::Two, Some(d)) = (field, class.distance) {
                        assert!(d <= most_linear_distance(k, n));
                    }
                }
                assert_eq!(mass, by_hull(field, n, k).unwrap(), "{field:?} [{n}, {k}]");
                assert!(found.complete);
            }
        }
    }
}

#[test]
fn numbers_of_classes() {
    // Sequence A076831 of the OEIS.
    let triangle: [&[usize]; 7] = [
        &[1, 1],
        &[1, 2, 1],
        &[1, 3, 3, 1],
        &[1, 4, 6, 4, 1],
        &[1, 5, 10, 10, 5, 1],
        &[1, 6, 16, 22, 16, 6, 1],
        &[1, 7, 23, 43, 43, 23, 7, 1],
    ];
    for (n, row) in (1..).zip(triangle) {
        for (k, classes) in row.iter().enumerate() {
            let found = classify(Field::Two, n, k, &Limits::default()).unwrap();
            assert_eq!(found.codes.len(), *classes, "[{n}, {k}]");
        }
    }
    // The tetracode, which is its own dual, is alone of its kind.
    let four = classify(Field::Three, 4, 2, &Limits::default()).unwrap();
    let tetra: Vec<_> = four.codes.iter().filter(|c| c.distance == Some(3)).collect();
    assert_eq!((tetra.len(), tetra[0].hull, tetra[0].automorphisms.clone()), (1, 2, 48u32.into()));
}

#[test]
fn a_limit_leaves_the_list_open() {
    let limits = Limits { nodes: Some(2), ..Limits::default() };
    let found = classify(Field::Two, 9, 4, &limits).unwrap();
    assert!(!found.complete);
    assert!(classify(Field::Two, 24, 2, &limits).is_err());
    assert!(classify(Field::Two, 3, 4, &limits).is_err());
}

/// The least number of bits in which two words differ, by looking.
fn distance(book: &Codebook) -> usize {
    let words: Vec<Vec<bool>> = (0..book.classes()).map(|c| book.word(c)).collect();
    let differ = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| a != b).count();
    (0..words.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .map(|(i, j)| differ(&words[i], &words[j]))
        .min()
        .unwrap()
}

fn check(book: &Codebook, classes: usize, length: usize) {
    assert_eq!((book.classes(), book.length()), (classes, length));
    assert_eq!(distance(book), book.distance, "{book:?}");
    assert!(book.distance >= 1 && book.distance <= book.bound);
    // No learner is constant, another, or another's complement.
    let mut seen = BTreeSet::new();
    for j in 0..length {
        let own: Vec<bool> = (0..classes).map(|c| book.bit(c, j)).collect();
        assert!(own.contains(&true) && own.contains(&false));
        let turned: Vec<bool> = own.iter().map(|b| b != &own[0]).collect();
        assert!(seen.insert(turned), "two learners are one");
    }
    assert_eq!(book.code().dimension(), book.dimension);
    assert_eq!(book.code().hull(), book.hull);
}

fn best(classes: usize, length: usize) -> (Codebook, bool) {
    match codebook(&Wanted::new(classes, length), &Limits::default()).unwrap() {
        Answer::Exact(book) => (book, true),
        Answer::Gap { best: Some(book), lower, upper } => {
            assert_eq!(upper, (length - book.distance) as f64);
            assert_eq!(lower, (length - book.bound) as f64);
            (book, false)
        }
        other => panic!("{classes} classes, {length} learners: {other:?}"),
    }
}

#[test]
fn codebooks_are_as_far_apart_as_they_say() {
    for classes in [3, 4, 5, 6, 7, 10, 12, 17, 20] {
        let most = if classes < 6 { (1 << (classes - 1)) - 1 } else { 18 };
        let least = (0..).find(|k| 1 << k >= classes).unwrap();
        for length in (least..=most).step_by(if classes < 6 { 1 } else { 3 }) {
            check(&best(classes, length).0, classes, length);
        }
    }
}

#[test]
fn known_codebooks() {
    // Dimension 5: BCH [15, 5, 7]; Reed-Muller [16, 5, 8]; simplex [31, 5, 16].
    for (classes, length, d) in
        [(32, 15, 7), (26, 16, 8), (32, 31, 16), (10, 15, 8), (4, 7, 4), (16, 7, 3)]
    {
        let (book, exact) = best(classes, length);
        assert_eq!((book.distance, exact), (d, true), "{classes} classes, {length} learners");
    }
    // Usual lengths for many classes.
    for classes in [50, 100, 257, 1000] {
        let length = usual_length(classes);
        let (book, _) = best(classes, length);
        check(&book, classes, length);
        assert!(book.corrects() >= 10, "{classes}: {}", book.distance);
    }
}

#[test]
fn small_optima_are_those_of_all_choices() {
    // Every choice of n different ways to part K classes.
    for classes in 3..=5usize {
        let ways: Vec<u32> = (1..1u32 << (classes - 1)).collect();
        let pairs: Vec<(usize, usize)> =
            (0..classes).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let bit = |way: u32, class: usize| class > 0 && way >> (class - 1) & 1 == 1;
        let mut optimum: BTreeMap<usize, usize> = BTreeMap::new();
        for set in 1u32..1 << ways.len() {
            let taken: Vec<u32> =
                ways.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|w| *w.1).collect();
            let differ = |&(i, j): &(usize, usize)| {
                taken.iter().filter(|w| bit(**w, i) != bit(**w, j)).count()
            };
            let d = pairs.iter().map(differ).min().unwrap();
            let own = optimum.entry(taken.len()).or_default();
            *own = (*own).max(d);
        }
        for (length, d) in optimum {
            assert!(d <= most_distance(classes, length));
            let asked = codebook(&Wanted::new(classes, length), &Limits::default()).unwrap();
            match asked.best() {
                Some(book) => {
                    assert_eq!(book.distance, d, "{classes} classes, {length} learners");
                    assert_eq!(book.bound, d);
                }
                None => assert!(d == 0),
            }
        }
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let ask = |classes, length, distance| {
        codebook(&Wanted { classes, length, distance }, &Limits::default()).unwrap()
    };
    let Answer::Infeasible(why) = ask(10, 3, 1) else { panic!() };
    assert_eq!(why.to_string(), "3 learners have fewer than 10 words; give at least 4");
    let Answer::Infeasible(NoCodebook::TooLong { most: 7, .. }) = ask(4, 8, 1) else { panic!() };
    let Answer::Infeasible(NoCodebook::TooFar { most: 8, .. }) = ask(10, 15, 9) else { panic!() };
    assert!(ask(10, 15, 8).exact().is_some());
    assert!(codebook(&Wanted::new(2, 3), &Limits::default()).is_err());
    assert!(codebook(&Wanted::new(10, 256), &Limits::default()).is_err());
}

/// The class of the nearest word; `None` where two are as near.
fn nearest(book: &Codebook, bits: &[bool]) -> Option<usize> {
    let far = |c: usize| book.word(c).iter().zip(bits).filter(|(a, b)| a != b).count();
    let least = (0..book.classes()).map(far).min()?;
    let near: Vec<usize> = (0..book.classes()).filter(|c| far(*c) == least).collect();
    (near.len() == 1).then(|| near[0])
}

#[test]
fn any_few_wrong_bits_are_mended_and_no_more() {
    for (classes, length) in [(4, 7), (5, 15), (10, 15), (12, 11), (20, 15), (7, 10)] {
        let (book, _) = best(classes, length);
        let most = book.corrects();
        let mut fails = false;
        for class in 0..classes {
            for wrong in 0u32..1 << length {
                let count = wrong.count_ones() as usize;
                if count > most + 1 {
                    continue;
                }
                let bits: Vec<bool> = book
                    .word(class)
                    .iter()
                    .enumerate()
                    .map(|(j, b)| b ^ (wrong >> j & 1 == 1))
                    .collect();
                let right = nearest(&book, &bits) == Some(class);
                assert!(
                    right || count > most,
                    "{classes}, {length}: class {class}, bits {wrong:b}"
                );
                fails |= !right;
            }
        }
        assert!(fails, "{classes}, {length}: one more wrong bit should show");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_code_and_its_dual(n in 1usize..9, rows in prop::collection::vec(prop::collection::vec(0u8..3, 9), 0..6), three: bool) {
        let field = if three { Field::Three } else { Field::Two };
        let rows: Vec<Vec<u8>> = rows.iter().map(|r| r[..n].iter().map(|e| e % field.size()).collect()).collect();
        let code = Code::spanned(field, n, &rows).unwrap();
        let dual = code.dual();
        prop_assert_eq!(dual.dimension(), n - code.dimension());
        prop_assert_eq!(dual.dual(), code.clone());
        prop_assert_eq!(dual.hull(), code.hull());
        for a in code.generator() {
            for b in dual.generator() {
                let dot: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a * b)).sum();
                prop_assert_eq!(dot % u32::from(field.size()), 0);
            }
        }
    }
}
