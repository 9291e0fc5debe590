//! The passes of a problem as questions, which those with a seat share.

use super::{Ask, Kind};
use crate::problem::{Lifted, Pass, Problem};

impl Problem<'_> {
    /// As [`Problem::scores`].
    pub(crate) async fn shared_scores(&self, theta: &[f64]) -> Vec<f64> {
        let Some(seat) = &self.seat else { return self.scores(theta) };
        self.count_pass();
        let k = self.width();
        let (w, b) = self.to_raw(theta);
        let answers = seat.ask(vec![Ask { kind: Kind::Scores, k, values: w }]).await;
        let mut scores = answers.into_iter().next().unwrap_or_default();
        for row in scores.chunks_exact_mut(k) {
            row.iter_mut().zip(&b).for_each(|(f, b)| *f += b);
        }
        scores
    }

    /// As [`Problem::rows_times`].
    pub(crate) async fn shared_rows_times(&self, residual: &[f64]) -> Vec<f64> {
        let Some(seat) = &self.seat else { return self.rows_times(residual) };
        self.count_pass();
        let ask = Ask { kind: Kind::Sums, k: self.width(), values: residual.to_vec() };
        let answers = seat.ask(vec![ask]).await;
        let mut sum = answers.into_iter().next().unwrap_or_default();
        sum.extend(self.totals(residual));
        self.to_standard(&mut sum);
        sum
    }

    /// As [`Problem::pass`].
    pub(crate) async fn shared_pass(&self, theta: &[f64]) -> Pass {
        if self.seat.is_none() {
            return self.pass(theta);
        }
        let scores = self.shared_scores(theta).await;
        let Lifted { loss, slope, state } = self.lift(&scores);
        Pass { loss, gradient: self.shared_rows_times(&slope).await, slope, state }
    }

    /// As [`Problem::hessian_times`].
    pub(crate) async fn shared_hessian_times(
        &self,
        state: &[f64],
        direction: &[f64],
        change: &mut [f64],
    ) -> Vec<f64> {
        if self.seat.is_none() {
            return self.hessian_times(state, direction, change);
        }
        change.copy_from_slice(&self.shared_scores(direction).await);
        let bent = self.bent(state, change);
        self.shared_rows_times(&bent).await
    }

    /// As [`Problem::gradient_and_diagonal`].
    pub(crate) async fn shared_gradient_and_diagonal(&self, at: &Lifted) -> (Vec<f64>, Vec<f64>) {
        let Some(seat) = &self.seat else { return self.gradient_and_diagonal(at) };
        self.count_pass();
        let (k, d) = (self.width(), self.cols());
        let own: Vec<f64> = (0..self.n() * k)
            .map(|ic| self.loss.own_curvature(&at.state, self.weight[ic / k], ic / k, ic % k))
            .collect();
        let totals = self.totals(&own);
        let centred = self.scaling.centred;
        let mut asks = vec![Ask { kind: Kind::Sums, k, values: at.slope.clone() }];
        if centred {
            asks.push(Ask { kind: Kind::Sums, k, values: own.clone() });
        }
        asks.push(Ask { kind: Kind::Squares, k, values: own });
        let mut answers = seat.ask(asks).await.into_iter();
        let mut gradient = answers.next().unwrap_or_default();
        gradient.extend(self.totals(&at.slope));
        self.to_standard(&mut gradient);
        let linear = if centred { answers.next().unwrap_or_default() } else { Vec::new() };
        let mut diagonal = answers.next().unwrap_or_default();
        for (j, own) in diagonal.chunks_exact_mut(k).enumerate() {
            let (scale, m) = (self.scaling.scale[j], self.scaling.center[j]);
            for (c, h) in own.iter_mut().enumerate() {
                let linear = linear.get(j * k + c).copied().unwrap_or(0.0);
                *h = ((*h - 2.0 * m * linear + m * m * totals[c]) * scale * scale).max(0.0);
            }
        }
        diagonal.resize((d + 1) * k, 0.0);
        if self.fit_intercept {
            diagonal[d * k..].copy_from_slice(&totals);
        }
        (gradient, diagonal)
    }

    /// The sum over rows of each score's numbers.
    fn totals(&self, numbers: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.width()];
        for row in numbers.chunks_exact(self.width()) {
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        sum
    }
}
