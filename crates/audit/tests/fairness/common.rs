//! Seeded people whose group shows in their columns.

use linecall_audit::fairness::bias::{Attribute, Sample};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
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

    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Rows, their classes and their groups.
#[derive(Clone)]
pub(crate) struct People {
    pub(crate) design: Design,
    pub(crate) labels: Labels,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl People {
    pub(crate) fn sample(&self) -> Sample<'_> {
        Sample {
            design: &self.design,
            labels: &self.labels,
            attributes: &self.attributes,
            weights: self.weights.as_deref(),
        }
    }

    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let own = |a: &Attribute| Attribute { name: a.name.clone(), groups: a.groups.select(rows) };
        Self {
            design: self.design.select_rows(rows).unwrap(),
            labels: self.labels.select(rows),
            attributes: self.attributes.iter().map(own).collect(),
            weights: self.weights.as_ref().map(|w| rows.iter().map(|&r| w[r]).collect()),
        }
    }

    pub(crate) fn model(&self) -> LinearModel {
        let data = Dataset::new(self.design.clone(), self.labels.clone()).unwrap();
        Plan::new(Loss::Logistic, Penalty::l2(1e-3)).fit(&data).unwrap().model
    }
}

/// `n` people of `groups` groups, of which the later ones have lower scores, and of two sexes.
pub(crate) fn people(n: usize, groups: usize, seed: u64) -> People {
    let mut rng = Random::new(seed);
    let (mut rows, mut y, mut group, mut sex) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let g = (rng.uniform() * groups as f64) as usize;
        let s = rng.uniform() < 0.4;
        let merit = rng.normal() - 0.5 * g as f64 + if s { -0.4 } else { 0.0 };
        let row = vec![
            merit + 0.5 * rng.normal(),
            g as f64 + 0.8 * rng.normal(),
            f64::from(u8::from(s)) + 0.5 * rng.normal(),
            rng.normal(),
        ];
        rows.push(row);
        y.push(if merit + 0.7 * rng.normal() > 0.0 { "yes" } else { "no" });
        group.push(format!("g{g}"));
        sex.push(if s { "f" } else { "m" });
    }
    let attribute = |name: &str, groups: Labels| Attribute { name: name.to_owned(), groups };
    People {
        design: Design::from_rows(&rows, &["merit", "place", "name", "noise"]).unwrap(),
        labels: Labels::from_names(y),
        attributes: vec![
            attribute("group", Labels::from_names(group)),
            attribute("sex", Labels::from_names(sex)),
        ],
        weights: None,
    }
}
