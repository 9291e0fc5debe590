//! Ranges and moments of columns, row by row.

/// Of each column: how often it is stored, its range, and the moments of `(x - shift) * unit`.
#[derive(Clone)]
pub(crate) struct Stats {
    pub(crate) shift: Vec<f64>,
    pub(crate) unit: Vec<f64>,
    pub(crate) count: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    pub(crate) sum: Vec<f64>,
    pub(crate) squares: Vec<f64>,
}

impl Stats {
    pub(crate) fn new(shift: &[f64], unit: &[f64]) -> Self {
        let zeros = vec![0.0; shift.len()];
        Self {
            shift: shift.to_vec(),
            unit: unit.to_vec(),
            count: zeros.clone(),
            low: vec![f64::INFINITY; shift.len()],
            high: vec![f64::NEG_INFINITY; shift.len()],
            weight: zeros.clone(),
            sum: zeros.clone(),
            squares: zeros,
        }
    }

    /// `count` entries of value `x` and weight `s` in all.
    #[inline(always)]
    pub(crate) fn add(&mut self, j: usize, x: f64, s: f64, count: f64) {
        let z = (x - self.shift[j]) * self.unit[j];
        self.count[j] += count;
        self.low[j] = self.low[j].min(x);
        self.high[j] = self.high[j].max(x);
        self.weight[j] += s;
        self.sum[j] += s * z;
        self.squares[j] += s * z * z;
    }

    /// A row that stores every column.
    pub(super) fn add_row(&mut self, row: impl Iterator<Item = f64>, s: f64) {
        let ranges = self.low.iter_mut().zip(&mut self.high);
        let sums = self.sum.iter_mut().zip(&mut self.squares);
        let frame = self.shift.iter().zip(&self.unit);
        for (((x, (low, high)), (sum, squares)), (shift, unit)) in
            row.zip(ranges).zip(sums).zip(frame)
        {
            let z = (x - shift) * unit;
            *low = if x < *low { x } else { *low };
            *high = if x > *high { x } else { *high };
            *sum += s * z;
            *squares += s * z * z;
        }
        self.count.iter_mut().for_each(|c| *c += 1.0);
        self.weight.iter_mut().for_each(|w| *w += s);
    }

    /// Adds what other rows gave.
    pub(crate) fn join(&mut self, other: &Self) {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.count, &other.count);
        add(&mut self.weight, &other.weight);
        add(&mut self.sum, &other.sum);
        add(&mut self.squares, &other.squares);
        self.low.iter_mut().zip(&other.low).for_each(|(a, b)| *a = a.min(*b));
        self.high.iter_mut().zip(&other.high).for_each(|(a, b)| *a = a.max(*b));
    }

    /// Mean and standard deviation of each column, for weights that sum to one.
    pub(crate) fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        (0..self.sum.len())
            .map(|j| {
                let variance = (self.squares[j] - self.sum[j] * self.sum[j]).max(0.0);
                (self.shift[j] + self.sum[j] / self.unit[j], variance.sqrt() / self.unit[j])
            })
            .unzip()
    }

    /// Units of the largest magnitude of each column, where the squares of some column leave double
    /// precision or its mean hides its spread, so that the rows must be visited again.
    pub(crate) fn poor_units(&self) -> Option<Vec<f64>> {
        let (mean, deviation) = self.moments();
        let top = |j: usize| self.low[j].abs().max(self.high[j].abs());
        let poor = |j: usize| {
            let off = mean[j] - self.shift[j];
            self.low[j] < self.high[j]
                && (!(1e-100..1e100).contains(&top(j)) || deviation[j] <= 1e-2 * off.abs())
        };
        let d = mean.len();
        if !(0..d).any(poor) {
            return None;
        }
        let unit = |m: f64| if m > 0.0 && m.is_finite() { 1.0 / m } else { 1.0 };
        let safe = |u: f64| if u.is_finite() && u > 0.0 { u } else { 1.0 };
        Some((0..d).map(|j| safe(unit(top(j)))).collect())
    }
}
