//! A linear model in a few bits a coefficient.
//!
//! `coef_kj ~ scale_k c_kj`, `c` a whole number from `-m` to `m`, `m = 2^(bits - 1) - 1`. The scale of each score
//! is that of least squared error among a fixed set of them; columns whose codes are all 0 are left out,
//! so that sparse models stay small. Of an embedding of few classes this is far smaller than its
//! vectors: 4 classes at 4 bits are 2 bytes a column.
//!
//! Cost: some twenty visits of the coefficients.

use super::bytes::{Reader, Writer, bad};
use super::model::check_size;
use super::plan::setting;
use crate::{LinearModel, Link, Result};

const MAGIC: &[u8] = b"LCPS\x01";
/// Scales that are tried: the largest coefficient over `m`, times these many 24ths.
const STEPS: std::ops::RangeInclusive<u32> = 3..=24;

/// Coefficients as small whole numbers, with a scale for each score.
///
/// ```
/// use linecall_linear::embedding::PackedModel;
/// use linecall_linear::{LinearModel, Link};
///
/// let classes = vec!["no".to_owned(), "yes".to_owned()];
/// let model = LinearModel::new(vec![vec![0.7, 0.0, -0.1]], vec![0.25], classes, 1, Link::Logistic)?;
/// let packed = PackedModel::new(&model, 4, None)?;
/// let bytes = packed.encode();
/// assert_eq!(PackedModel::decode(&bytes)?, packed);
/// assert!((packed.model()?.coef()[0][0] - 0.7).abs() < 0.01);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PackedModel {
    bits: u32,
    n_features: usize,
    classes: Vec<String>,
    positive: usize,
    multilabel: bool,
    link: Link,
    intercept: Vec<f64>,
    scale: Vec<f32>,
    columns: Vec<u32>,
    /// Codes of a column side by side.
    codes: Vec<i8>,
}

impl PackedModel {
    /// Packs a model in 2 to 8 bits a coefficient; of its columns the `keep` with the largest
    /// coefficients, where that is given.
    ///
    /// # Errors
    /// When the bits are out of range, or the link is one that no embedding has.
    pub fn new(model: &LinearModel, bits: u32, keep: Option<usize>) -> Result<Self> {
        if !(2..=8).contains(&bits) {
            return setting("bits", bits, "2 to 8");
        }
        link_tag(model.link())?;
        if u32::try_from(model.n_features()).is_err() {
            return setting("columns", model.n_features(), "at most 2^32 - 1");
        }
        let most = (1i16 << (bits - 1)) - 1;
        let scale: Vec<f32> = model.coef().iter().map(|c| scale(c, most)).collect();
        let size = |j: u32| {
            let of = |w: &Vec<f64>| w[j as usize].abs();
            model.coef().iter().map(of).fold(0.0, f64::max)
        };
        let mut columns: Vec<u32> = (0..model.n_features() as u32).collect();
        if let Some(keep) = keep {
            let sizes: Vec<f64> = columns.iter().map(|&j| size(j)).collect();
            columns
                .sort_by(|&a, &b| sizes[b as usize].total_cmp(&sizes[a as usize]).then(a.cmp(&b)));
            columns.truncate(keep);
            columns.sort_unstable();
        }
        let mut codes = Vec::new();
        columns.retain(|&j| {
            let own: Vec<i8> = model
                .coef()
                .iter()
                .zip(&scale)
                .map(|(w, s)| code(w[j as usize], f64::from(*s), most))
                .collect();
            let any = own.iter().any(|c| *c != 0);
            if any {
                codes.extend(own);
            }
            any
        });
        Ok(Self {
            bits,
            n_features: model.n_features(),
            classes: model.classes().to_vec(),
            positive: model.positive().unwrap_or(0),
            multilabel: model.is_multilabel(),
            link: model.link().clone(),
            intercept: model.intercept().to_vec(),
            scale,
            columns,
            codes,
        })
    }

    /// Columns that have a coefficient, increasing.
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// The model with the rounded coefficients.
    ///
    /// # Errors
    /// When the parts do not make a model, which those of a decoded one may not, or one of more than
    /// 4 GiB.
    pub fn model(&self) -> Result<LinearModel> {
        let k = self.scale.len();
        check_size(self.n_features, k)?;
        let mut coef = vec![vec![0.0; self.n_features]; k];
        for (&j, codes) in self.columns.iter().zip(self.codes.chunks_exact(k.max(1))) {
            for ((coef, code), scale) in coef.iter_mut().zip(codes).zip(&self.scale) {
                coef[j as usize] = f64::from(*code) * f64::from(*scale);
            }
        }
        let (intercept, classes) = (self.intercept.clone(), self.classes.clone());
        if self.multilabel {
            return LinearModel::multilabel(coef, intercept, classes, self.link.clone());
        }
        LinearModel::new(coef, intercept, classes, self.positive, self.link.clone())
    }

    /// As bytes: the same model gives the same ones.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        let (tag, numbers) = link_tag(&self.link).unwrap_or_default();
        out.byte(self.bits as u8);
        out.byte(u8::from(self.multilabel));
        out.count(self.positive as u64);
        out.texts(&self.classes);
        out.count(self.scale.len() as u64);
        out.doubles(&self.intercept);
        out.singles(&self.scale);
        out.byte(tag);
        out.doubles(&numbers);
        out.count(self.n_features as u64);
        out.increasing(&self.columns);
        out.codes(&self.codes, self.bits);
        out.0
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are not those of a packed model.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        if from.take(MAGIC.len())? != MAGIC {
            return bad("these are not its first bytes");
        }
        let bits = u32::from(from.byte()?);
        if !(2..=8).contains(&bits) {
            return bad("bits are not 2 to 8");
        }
        let multilabel = from.byte()? == 1;
        let positive = usize::from(from.count()? == 1);
        let classes = from.texts()?;
        let k = from.length(12)?;
        let (intercept, scale) = (from.doubles(k)?, from.singles(k)?);
        let link = match from.byte()? {
            0 => Link::Score,
            1 => Link::Logistic,
            2 => Link::Softmax,
            3 => Link::Platt { slope: from.doubles(k)?, intercept: from.doubles(k)? },
            4 => match from.doubles(1)?[..] {
                [slope] => Link::Temperature { slope },
                _ => return bad("a link without its slope"),
            },
            _ => return bad("an unknown link"),
        };
        let n_features = usize::try_from(from.count()?).unwrap_or(usize::MAX);
        if u32::try_from(n_features).is_err() {
            return bad("too many columns");
        }
        let columns = from.increasing(n_features)?;
        let codes = from.codes(columns.len().saturating_mul(k), bits)?;
        from.end()?;
        let scores = if classes.len() == 2 && !multilabel { 1 } else { classes.len() };
        if k == 0 || k != scores {
            return bad("scores and classes do not fit together");
        }
        Ok(Self {
            bits,
            n_features,
            classes,
            positive,
            multilabel,
            link,
            intercept,
            scale,
            columns,
            codes,
        })
    }
}

/// The code of least squared error.
fn code(value: f64, scale: f64, most: i16) -> i8 {
    let most = f64::from(most);
    if scale > 0.0 { (value / scale).round().clamp(-most, most) as i8 } else { 0 }
}

/// The scale of least squared error among some.
fn scale(coef: &[f64], most: i16) -> f32 {
    let top = coef.iter().fold(0.0f64, |top, w| top.max(w.abs()));
    let error = |scale: f32| -> f64 {
        let scale = f64::from(scale);
        coef.iter().map(|w| (w - scale * f64::from(code(*w, scale, most))).powi(2)).sum()
    };
    let tried = STEPS.map(|s| (top / f64::from(most) * f64::from(s) / 24.0) as f32);
    let tried: Vec<(f64, f32)> = tried.map(|s| (error(s), s)).collect();
    tried.iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |best| best.1)
}

fn link_tag(link: &Link) -> Result<(u8, Vec<f64>)> {
    Ok(match link {
        Link::Score => (0, Vec::new()),
        Link::Logistic => (1, Vec::new()),
        Link::Softmax => (2, Vec::new()),
        Link::Platt { slope, intercept } => (3, [&slope[..], &intercept[..]].concat()),
        Link::Temperature { slope } => (4, vec![*slope]),
        other => return bad(&format!("the link {other:?} has no packed form")),
    })
}
