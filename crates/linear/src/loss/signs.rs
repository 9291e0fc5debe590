//! Which class or labels each row carries, as -1 and +1 by score, and what each side weighs.

use linecall_data::Labels;

use crate::weights::Sides;

/// Which class each row is of, or which labels it carries, as -1 and +1 by score.
pub(crate) struct Signs {
    own: Own,
    width: usize,
    /// Factors on the weights of the rows without a label and of those with it, by score.
    sides: Option<Sides>,
}

enum Own {
    /// One class a row.
    Class(Vec<u32>),
    /// A set a row: for each row and label whether the row carries it.
    Set(Vec<bool>),
}

impl Signs {
    /// Two classes have one score, +1 for the second; more have one each, and so has every label
    /// of a set. `sides` are factors on the weights of rows without and with each label.
    pub(crate) fn new(labels: &Labels, sides: Option<Sides>) -> Self {
        let k = labels.classes().len();
        if !labels.is_multilabel() {
            let width = if k == 2 { 1 } else { k };
            return Self { own: Own::Class(labels.codes().to_vec()), width, sides: None };
        }
        let mut own = vec![false; labels.len() * k];
        for (row, own) in own.chunks_exact_mut(k.max(1)).enumerate() {
            labels.of(row).iter().for_each(|&c| own[c as usize] = true);
        }
        Self { own: Own::Set(own), width: k, sides }
    }

    /// All rows of the class +1.
    pub(crate) fn positive(rows: usize) -> Self {
        Self { own: Own::Class(vec![1; rows]), width: 1, sides: None }
    }

    /// Scores a row.
    #[inline(always)]
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        match &self.own {
            Own::Class(codes) => codes.len(),
            Own::Set(own) => own.len() / self.width.max(1),
        }
    }

    /// Whether every row weighs the same in all scores.
    pub(crate) fn is_even(&self) -> bool {
        self.sides.is_none()
    }

    /// -1 or +1.
    #[inline(always)]
    pub(crate) fn of(&self, row: usize, score: usize) -> f64 {
        let own = match &self.own {
            Own::Class(codes) => codes[row] as usize == if self.width == 1 { 1 } else { score },
            Own::Set(own) => own[row * self.width + score],
        };
        if own { 1.0 } else { -1.0 }
    }

    /// What the weight of a row is multiplied by in a score.
    #[inline(always)]
    pub(crate) fn factor(&self, row: usize, score: usize) -> f64 {
        match &self.sides {
            None => 1.0,
            Some(sides) => sides[score][usize::from(self.of(row, score) > 0.0)],
        }
    }

    /// The largest factor on a row's weight, 1 at least.
    pub(crate) fn largest_factor(&self) -> f64 {
        self.sides.iter().flatten().flatten().copied().fold(1.0, f64::max)
    }

    /// Weight of the rows of a score's class, of all rows.
    pub(crate) fn share(&self, score: usize, s: &[f64]) -> f64 {
        let weight = |(i, s): (usize, &f64)| s * self.factor(i, score);
        let own: f64 =
            s.iter().enumerate().filter(|(i, _)| self.of(*i, score) > 0.0).map(weight).sum();
        own / s.iter().enumerate().map(weight).sum::<f64>()
    }

    /// Shrinks the slopes of one side of each score so that they sum to zero, by the tally of all
    /// rows.
    pub(crate) fn balance_by(&self, tally: &[f64], slope: &mut [f64]) -> bool {
        let k = self.width;
        tally.chunks_exact(2).enumerate().all(|(c, sides)| {
            let [negative, positive] = [sides[0], sides[1]];
            // The two sides pull in opposite directions; what is in excess is shrunk.
            if negative == 0.0 && positive == 0.0 {
                return true;
            }
            let ratio = -negative / positive;
            let (sign, factor) = match ratio {
                // Nothing pulls against one side: all of it is in excess.
                _ if negative == 0.0 => (1.0, 0.0),
                _ if positive == 0.0 => (-1.0, 0.0),
                r if !(r > 0.0 && r.is_finite()) => return false,
                r if r < 1.0 => (1.0, r),
                r => (-1.0, 1.0 / r),
            };
            for (i, r) in slope.chunks_exact_mut(k).enumerate() {
                if self.of(i, c) == sign {
                    r[c] *= factor;
                }
            }
            true
        })
    }

    /// The slopes of each score, added up over the rows outside its class and over those in it.
    pub(crate) fn tally(&self, slope: &[f64]) -> Vec<f64> {
        let mut tally = vec![0.0; 2 * self.width];
        for (i, r) in slope.chunks_exact(self.width).enumerate() {
            for (c, r) in r.iter().enumerate() {
                tally[2 * c + usize::from(self.of(i, c) > 0.0)] += r;
            }
        }
        tally
    }

    pub(crate) fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        t.iter().enumerate().map(|(c, t)| self.of(row, c) * t).fold(f64::INFINITY, f64::min)
    }
}
