//! Seeded data.

use linecall_data::{Dataset, Design, Labels};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly normal: twelve uniforms.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
}

/// Overlapping classes `no` and `yes`; columns of different scale.
pub(crate) fn overlapping(n: usize, d: usize, seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let rows: Vec<Vec<f64>> = (0..n)
        .map(|_| (0..d).map(|j| rng.normal() * (1.0 + j as f64) + j as f64).collect())
        .collect();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| {
            let signal: f64 = row.iter().enumerate().map(|(j, v)| v / (1.0 + j as f64)).sum();
            if signal * 0.6 + 1.5 * rng.normal() > 0.7 { "yes" } else { "no" }
        })
        .collect();
    let columns: Vec<String> = (0..d).map(|j| format!("x{j}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Dataset::new(Design::from_rows(&rows, &columns).unwrap(), Labels::from_names(names)).unwrap()
}
