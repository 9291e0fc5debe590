//! The simulated study: how well the plain loss and Mixup find the Bayes direction.
//!
//! Rows of class `y` are normal around `y mu` with a covariance; the separability is
//! `kappa = mu' Sigma^-1 mu` and the Bayes direction `Sigma^-1 mu`. Logistic loss, no intercept, no
//! penalty. The more separable the classes, the fewer rows near the boundary tell the plain loss
//! where it is, and the more rows it needs ("curse of separability"); mixtures lie on the boundary
//! however far the classes are apart.

use faer::Mat;
use faer::linalg::solvers::Solve;
use linecall_data::{Dataset, Design, Labels};
use serde::{Deserialize, Serialize};

use super::masked::Masks;
use super::{Mixing, Vicinal};
use crate::error::internal;
use crate::random::Random;
use crate::solve::newton::factorise;
use crate::{Error, Loss, Penalty, Plan, Result};

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Columns.
    pub columns: usize,
    /// Rows of a draw, in the first table.
    pub rows: usize,
    /// Draws that are averaged.
    pub draws: usize,
    /// Separabilities.
    pub kappas: Vec<f64>,
    /// Numbers of rows that are tried for the second table, ascending; empty leaves it out.
    pub sizes: Vec<usize>,
    /// The cosine asked for in the second table.
    pub cosine: f64,
    /// Mixing weights are `Beta(alpha, alpha)`.
    pub alpha: f64,
    /// Rows of the check of masked mixtures; 0 leaves it out.
    pub masked_rows: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Study {
    fn default() -> Self {
        Self {
            columns: 5,
            rows: 200,
            draws: 10,
            kappas: vec![1.0, 4.0, 9.0, 16.0, 25.0],
            sizes: vec![20, 40, 80, 160, 320, 640, 1_280, 2_560],
            cosine: 0.98,
            alpha: 1.0,
            masked_rows: 200_000,
            seed: 0,
        }
    }
}

/// One separability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// Its value.
    pub kappa: f64,
    /// Mean cosine to the Bayes direction of the exact Mixup minimiser.
    pub mixup: f64,
    /// That of Mixup estimated from one random partner and weight a row.
    pub sampled: f64,
    /// That of the plain loss. Where classes are separated it has no minimiser: a penalty of 1e-6
    /// then says where it is going.
    pub plain: f64,
    /// Draws in which the classes were separated.
    pub separated: usize,
    /// Fewest rows of those tried whose mean cosine is as high as asked for, by exact Mixup.
    pub mixup_rows: Option<usize>,
    /// The same by the plain loss.
    pub plain_rows: Option<usize>,
}

/// Cosines to the Bayes direction with many rows of correlated columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskedRow {
    /// Rows drawn.
    pub rows: usize,
    /// Of the plain loss.
    pub plain: f64,
    /// Of Mixup.
    pub mixup: f64,
    /// Of mixtures by coordinates, each kept with probability 1/2.
    pub masked: f64,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// What was simulated.
    pub study: Study,
    /// One row a separability.
    pub rows: Vec<StudyRow>,
    /// The check of masked mixtures.
    pub masked: Option<MaskedRow>,
}

/// A normal family with its Bayes direction.
struct Family {
    mu: Vec<f64>,
    /// `Sigma = root root'`.
    root: Vec<Vec<f64>>,
    bayes: Vec<f64>,
}

impl Family {
    fn of(mu: Vec<f64>, root: Vec<Vec<f64>>) -> Result<Self> {
        let d = mu.len();
        let entry = |i: usize, j: usize| linecall_kernels::dot(&root[i], &root[j]);
        let mut sigma = Mat::from_fn(d, d, entry);
        let rhs = Mat::from_fn(d, 1, |i, _| mu[i]);
        let solved = factorise(&mut sigma)?.solve(&rhs);
        let bayes = (0..d).map(|i| solved[(i, 0)]).collect();
        Ok(Self { mu, root, bayes })
    }

    /// A random covariance and mean of a given separability.
    fn random(d: usize, kappa: f64, random: &mut Random) -> Result<Self> {
        let root: Vec<Vec<f64>> = (0..d)
            .map(|i| {
                let mut row = random.normals(d);
                row.iter_mut().for_each(|v| *v *= 0.5 / (d as f64).sqrt());
                row[i] += 1.0;
                row
            })
            .collect();
        let mut family = Self::of(random.normals(d), root)?;
        let now = linecall_kernels::dot(&family.mu, &family.bayes);
        let by = (kappa / now).sqrt();
        family.mu.iter_mut().chain(&mut family.bayes).for_each(|v| *v *= by);
        Ok(family)
    }

    /// Rows and signs, both classes in turn.
    fn draw(&self, n: usize, random: &mut Random) -> (Vec<Vec<f64>>, Vec<f64>) {
        let d = self.mu.len();
        let signs: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let row = |y: &f64| -> Vec<f64> {
            let e = random.normals(d);
            let noise = self.root.iter().map(|r| linecall_kernels::dot(r, &e));
            self.mu.iter().zip(noise).map(|(m, e)| y * m + e).collect()
        };
        (signs.iter().map(row).collect(), signs)
    }

    fn cosine(&self, w: &[f64]) -> f64 {
        let size = |v: &[f64]| linecall_kernels::dot(v, v).sqrt();
        linecall_kernels::dot(w, &self.bayes) / (size(w) * size(&self.bayes)).max(1e-300)
    }
}

fn dataset(rows: &[Vec<f64>], signs: &[f64]) -> Result<Dataset> {
    let names: Vec<String> =
        (0..rows.first().map_or(0, Vec::len)).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let codes = signs.iter().map(|y| u32::from(*y > 0.0)).collect();
    let classes = vec!["against".to_owned(), "for".to_owned()];
    let labels = Labels::from_codes(classes, codes).map_err(internal)?;
    let design = Design::from_rows(rows, &names).map_err(internal)?;
    Dataset::new(design, labels).map_err(internal)
}

fn plan(vicinal: Vicinal, penalty: Penalty) -> Plan {
    Plan { vicinal, standardize: false, fit_intercept: false, ..Plan::new(Loss::Logistic, penalty) }
}

fn fitted(plan: &Plan, data: &Dataset) -> Result<Vec<f64>> {
    Ok(plan.fit(data)?.model.coef().first().cloned().unwrap_or_default())
}

/// The plain fit, and whether the classes were separated.
fn plain(data: &Dataset) -> Result<(Vec<f64>, bool)> {
    match fitted(&plan(Vicinal::None, Penalty::None), data) {
        Ok(w) => Ok((w, false)),
        Err(Error::Separated { .. }) => {
            Ok((fitted(&plan(Vicinal::None, Penalty::l2(1e-6)), data)?, true))
        }
        Err(other) => Err(other),
    }
}

/// Mixup from one random partner and weight a row: mixed rows with both labels as weights.
fn sampled(rows: &[Vec<f64>], signs: &[f64], alpha: f64, random: &mut Random) -> Result<Vec<f64>> {
    let (lambda, weight) = super::rule::beta(alpha, 64);
    let mut out = (Vec::new(), Vec::new(), Vec::new());
    for (x, y) in rows.iter().zip(signs) {
        let other = random.below(rows.len());
        let mut left = random.uniform();
        let at = weight.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        let l = lambda[at.unwrap_or(lambda.len() - 1)];
        let mixed: Vec<f64> =
            x.iter().zip(&rows[other]).map(|(a, b)| l * a + (1.0 - l) * b).collect();
        for (share, y) in [(l, *y), (1.0 - l, signs[other])] {
            out.0.push(mixed.clone());
            out.1.push(y);
            out.2.push(share);
        }
    }
    let mut data = dataset(&out.0, &out.1)?;
    data.weights = Some(out.2);
    Ok(plain(&data)?.0)
}

/// Runs the study. `watch` is told (parts done, parts in all).
///
/// # Errors
/// When a setting is out of range.
pub fn study(of: &Study, watch: &dyn Fn(usize, usize)) -> Result<StudyOutcome> {
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    if of.columns == 0 || of.columns > 200 || of.rows < 4 || of.draws == 0 {
        let value = format!("{} columns, {} rows, {} draws", of.columns, of.rows, of.draws);
        return refuse("study", value, "1 to 200 columns, 4 rows and 1 draw or more");
    }
    if let Some(bad) = of.kappas.iter().find(|k| !(k.is_finite() && **k > 0.0)) {
        return refuse("kappa", bad.to_string(), "finite numbers above 0");
    }
    let vicinal = Vicinal::Mixup { mixing: Mixing::Beta { alpha: of.alpha }, power: 1.0 };
    vicinal.check()?;
    let mixup = plan(vicinal, Penalty::None);
    let total = of.kappas.len() + 1;
    let mut rows = Vec::new();
    for (done, &kappa) in of.kappas.iter().enumerate() {
        watch(done, total);
        // The same families and noise for every separability.
        let mut random = Random::new(of.seed);
        let mut row = StudyRow {
            kappa,
            mixup: 0.0,
            sampled: 0.0,
            plain: 0.0,
            separated: 0,
            mixup_rows: None,
            plain_rows: None,
        };
        let share = 1.0 / of.draws as f64;
        for _ in 0..of.draws {
            let family = Family::random(of.columns, kappa, &mut random)?;
            let (x, y) = family.draw(of.rows, &mut random);
            let data = dataset(&x, &y)?;
            let (w, separated) = plain(&data)?;
            row.plain += share * family.cosine(&w);
            row.separated += usize::from(separated);
            row.mixup += share * family.cosine(&fitted(&mixup, &data)?);
            row.sampled += share * family.cosine(&sampled(&x, &y, of.alpha, &mut random)?);
        }
        for &size in &of.sizes {
            if row.mixup_rows.is_some() && row.plain_rows.is_some() {
                break;
            }
            let mut random = Random::new(of.seed.wrapping_add(1));
            let (mut own, mut other) = (0.0, 0.0);
            for _ in 0..of.draws {
                let family = Family::random(of.columns, kappa, &mut random)?;
                let (x, y) = family.draw(size.max(4), &mut random);
                let data = dataset(&x, &y)?;
                own += share * family.cosine(&fitted(&mixup, &data)?);
                other += share * family.cosine(&plain(&data)?.0);
            }
            if own >= of.cosine && row.mixup_rows.is_none() {
                row.mixup_rows = Some(size);
            }
            if other >= of.cosine && row.plain_rows.is_none() {
                row.plain_rows = Some(size);
            }
        }
        rows.push(row);
    }
    watch(total - 1, total);
    let masked = match of.masked_rows {
        0 => None,
        n => Some(masked(n, of.alpha, of.seed)?),
    };
    watch(total, total);
    Ok(StudyOutcome { study: of.clone(), rows, masked })
}

/// Columns of correlation 0.9, `mu = (1, 0.2)`: coordinates of other rows break what ties them.
fn masked(n: usize, alpha: f64, seed: u64) -> Result<MaskedRow> {
    let root = vec![vec![1.0, 0.0], vec![0.9, (1.0f64 - 0.81).sqrt()]];
    let family = Family::of(vec![1.0, 0.2], root)?;
    let mut random = Random::new(seed.wrapping_add(2));
    let (x, y) = family.draw(n.max(4), &mut random);
    let data = dataset(&x, &y)?;
    let masks = Masks::independent(2, 0.5)?;
    Ok(MaskedRow {
        rows: x.len(),
        plain: family.cosine(&plain(&data)?.0),
        mixup: family.cosine(&fitted(&plan(Vicinal::mixup(alpha), Penalty::None), &data)?),
        masked: family.cosine(&masks.minimise(&x, &y, 1e-9)?),
    })
}
