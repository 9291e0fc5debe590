//! The multiplier and the intercept of a card: the logistic fit of its totals.

use linecall_kernels::logistic_tile;

use super::newton::LONGEST;
use super::table::Cells;

/// Distinct whole totals up to which points are joined by total.
const MOST_TOTALS: usize = 4096;
const ITERATIONS: usize = 200;
/// Steps after the loss cannot tell any more.
const POLISHING: usize = 6;
/// The most by which a step moves log-odds.
const LEAP: f64 = 100.0;

/// `log-odds = slope total + intercept` of least loss, with a slope above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scaled {
    pub(super) slope: f64,
    pub(super) intercept: f64,
    pub(super) loss: f64,
}

/// Totals of one class each.
pub(super) struct Totals {
    pub(super) total: Vec<f64>,
    pub(super) class: Vec<f64>,
    pub(super) weight: Vec<f64>,
    sum: f64,
    /// The largest slope: no condition moves the log-odds by more than [`LONGEST`].
    steepest: f64,
}

impl Totals {
    /// The totals of points on columns; `span` and `whole` are those of the columns.
    pub(super) fn new(cells: &Cells, points: &[i32], span: &[f64], whole: bool) -> Self {
        let w: Vec<f64> = points.iter().map(|p| f64::from(*p)).collect();
        let total = cells.scores(&w, 0.0);
        let moved = w.iter().zip(span).map(|(w, s)| w.abs() * s).fold(0.0, f64::max);
        let steepest = if moved > 0.0 { LONGEST / moved } else { 0.0 };
        let (low, high) = total
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), t| (l.min(*t), h.max(*t)));
        let range = high - low;
        if !whole || range >= MOST_TOTALS as f64 || range >= 2.0 * total.len() as f64 {
            let (class, weight) = (cells.class.clone(), cells.weight.clone());
            return Self { total, class, weight, sum: cells.total, steepest };
        }
        let mut sums = vec![[0.0; 2]; range as usize + 1];
        for ((t, class), weight) in total.iter().zip(&cells.class).zip(&cells.weight) {
            sums[(t - low) as usize][usize::from(*class > 0.0)] += weight;
        }
        let mut own = Self {
            total: Vec::new(),
            class: Vec::new(),
            weight: Vec::new(),
            sum: cells.total,
            steepest,
        };
        for (at, sums) in sums.iter().enumerate() {
            for (side, weight) in sums.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                own.total.push(low + at as f64);
                own.class.push(if side == 1 { 1.0 } else { -1.0 });
                own.weight.push(*weight);
            }
        }
        own
    }

    /// The same fit to the last digits: steps while they make the gradient smaller.
    pub(super) fn polished(&self, fit: Scaled) -> Scaled {
        let mut rows = Rows::new(self);
        let mut here = rows.place((fit.slope, fit.intercept));
        let size = |p: &Place| p.gradient[0].abs() * rows_scale(self) + p.gradient[1].abs();
        for _ in 0..POLISHING {
            let [ds, db] = newton(here.gradient, here.curvature);
            let to = (here.at.0 + ds, here.at.1 + db);
            if !(to.0 > 0.0 && to.0 < self.steepest && to.1.is_finite()) {
                break;
            }
            let next = rows.place(to);
            if size(&next) >= size(&here) {
                break;
            }
            here = next;
        }
        // Where rounding of the loss is all that is left, the smaller gradient is the better fit.
        let (slope, intercept) = here.at;
        Scaled { slope, intercept, loss: here.loss.min(fit.loss) }
    }

    /// The loss without the card, and its log-odds.
    fn base(&self) -> (f64, f64) {
        let rows = self.weight.iter().zip(&self.class);
        let positive: f64 = rows.filter(|p| *p.1 > 0.0).map(|p| p.0).sum();
        let share = positive / self.sum;
        let entropy = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
        (entropy, (share / (1.0 - share)).ln())
    }

    fn ends(&self) -> (f64, f64) {
        let all = self.total.iter();
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), t| (l.min(*t), h.max(*t)))
    }

    /// The fit, from a slope and an intercept near it; `None` where no slope above 0 is better
    /// than 0.
    pub(super) fn fit(&self, start: (f64, f64)) -> Option<Scaled> {
        let (base, log_odds) = self.base();
        let mut rows = Rows::new(self);
        let from = rows.place((start.0.clamp(0.0, self.steepest), start.1));
        let near = (from.loss < base).then(|| rows.descend(from)).filter(|d| d.1);
        // From nothing, Newton's steps always arrive.
        let (end, _) = near.unwrap_or_else(|| {
            let from = rows.place((0.0, log_odds));
            rows.descend(from)
        });
        let (slope, intercept) = end.at;
        // A slope that is rounding tells nothing.
        let scaled = Scaled { slope, intercept, loss: end.loss };
        (slope * rows.range > 1e-7).then_some(scaled)
    }
}

/// Slope and intercept with the derivatives of the mean loss.
#[derive(Clone, Copy)]
struct Place {
    at: (f64, f64),
    loss: f64,
    gradient: [f64; 2],
    /// Of the slope, mixed, of the intercept.
    curvature: [f64; 3],
}

struct Rows<'t> {
    totals: &'t Totals,
    slopes: Vec<f64>,
    curvatures: Vec<f64>,
    scores: Vec<f64>,
    range: f64,
    largest: f64,
}

impl<'t> Rows<'t> {
    fn new(totals: &'t Totals) -> Self {
        let n = totals.total.len();
        let (low, high) = totals.ends();
        Self {
            totals,
            slopes: vec![0.0; n],
            curvatures: vec![0.0; n],
            scores: vec![0.0; n],
            range: high - low,
            largest: low.abs().max(high.abs()),
        }
    }

    fn place(&mut self, at: (f64, f64)) -> Place {
        let Totals { total, class, weight, sum, .. } = self.totals;
        self.scores.iter_mut().zip(total).for_each(|(s, t)| *s = at.0 * t + at.1);
        let (r, c) = (&mut self.slopes, &mut self.curvatures);
        let loss = logistic_tile(&self.scores, class, weight, r, c);
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for ((t, r), c) in total.iter().zip(r).zip(c) {
            g[0] += *r * t;
            g[1] += *r;
            h[0] += *c * t * t;
            h[1] += *c * t;
            h[2] += *c;
        }
        let (gradient, curvature) = (g.map(|g| g / sum), h.map(|h| h / sum));
        Place { at, loss: loss / sum, gradient, curvature }
    }

    /// Newton's steps; whether they arrived.
    fn descend(&mut self, mut here: Place) -> (Place, bool) {
        let steepest = self.totals.steepest;
        for _ in 0..ITERATIONS {
            let Place { at: (slope, intercept), loss, gradient: g, curvature: h } = here;
            let held = slope >= steepest && g[0] < 0.0 || slope <= 0.0 && g[0] > 0.0;
            let [mut ds, mut db] =
                if held { [0.0, -g[1] / h[2].max(1e-300)] } else { newton(g, h) };
            if slope + ds > steepest || slope + ds < 0.0 {
                // To the end of the range, with the intercept that suits it.
                ds = (slope + ds).clamp(0.0, steepest) - slope;
                db = -(g[1] + h[1] * ds) / h[2].max(1e-300);
            }
            let gain = -(g[0] * ds + g[1] * db);
            if gain <= 1e-15 * loss || gain <= 1e-16 {
                return (here, true);
            }
            // Far from the optimum the curvature says little.
            let mut step = (LEAP / (ds.abs() * self.largest + db.abs())).min(1.0);
            let next = loop {
                let to = ((slope + step * ds).clamp(0.0, steepest), intercept + step * db);
                let next = self.place(to);
                if next.loss < loss - 0.5e-4 * step * gain || step < 1e-9 {
                    break next;
                }
                step *= 0.5;
            };
            if next.loss >= loss {
                return (here, gain < 1e-12);
            }
            here = next;
        }
        (here, false)
    }
}

/// What makes slopes and intercepts comparable.
fn rows_scale(totals: &Totals) -> f64 {
    let (low, high) = totals.ends();
    1.0 / (high - low).max(f64::MIN_POSITIVE)
}

fn newton(g: [f64; 2], h: [f64; 3]) -> [f64; 2] {
    let lift = 1.0 + 1e-12;
    let (h0, h2) = (h[0] * lift, h[2] * lift);
    let determinant = h0 * h2 - h[1] * h[1];
    if determinant > 0.0 {
        let ds = -(h2 * g[0] - h[1] * g[1]) / determinant;
        let db = -(h0 * g[1] - h[1] * g[0]) / determinant;
        if ds.is_finite() && db.is_finite() {
            return [ds, db];
        }
    }
    [-g[0] / h[0].max(1e-300), -g[1] / h[2].max(1e-300)]
}
