//! A small dense simplex over bounded variables, for linear programs that are solved again and again
//! with other costs, other bounds and more rows.
//!
//! It keeps a *dictionary*: each basic variable as a combination of the nonbasic ones (Chvatal, "Linear
//! Programming", 1983). Rows `r = a.x` are variables too, with bounds of their own, so there are no
//! constants. All bounds are finite, so that nonbasic variables can always be put where their
//! reduced costs want them: any dictionary is then optimal but for bounds of basic variables, and
//! the dual simplex goes on from it (Lemke 1954). A step costs rows times columns.

/// How far a variable may be outside its bounds.
pub(crate) const FEASIBLE: f64 = 1e-9;
/// Reduced costs and pivots below are 0.
const ZERO: f64 = 1e-11;
/// Smallest pivot that is taken without need.
const PIVOT: f64 = 1e-7;
/// Pivots after which the dictionary is computed afresh.
const FRESH: usize = 400;

/// What became of a linear program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Optimal,
    Infeasible,
    /// Too many steps, or numbers that cannot be trusted.
    Failed,
}

/// A dictionary. Variables are numbered: columns first, then rows in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct Simplex {
    columns: usize,
    /// The rows as they were given: (column, coefficient).
    rows: Vec<Vec<(usize, f64)>>,
    low: Vec<f64>,
    high: Vec<f64>,
    cost: Vec<f64>,
    value: Vec<f64>,
    /// The variable of each row of the dictionary, and of each column.
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
    /// Row-major, `nonbasic.len()` a row.
    table: Vec<f64>,
    reduced: Vec<f64>,
    pivots: usize,
}

impl Simplex {
    /// A program without rows.
    pub(crate) fn new(bounds: &[(f64, f64)]) -> Self {
        let n = bounds.len();
        Self {
            columns: n,
            rows: Vec::new(),
            low: bounds.iter().map(|b| b.0).collect(),
            high: bounds.iter().map(|b| b.1).collect(),
            cost: vec![0.0; n],
            value: bounds.iter().map(|b| b.0).collect(),
            basic: Vec::new(),
            nonbasic: (0..n).collect(),
            table: Vec::new(),
            reduced: vec![0.0; n],
            pivots: 0,
        }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The value of a column.
    pub(crate) fn value(&self, column: usize) -> f64 {
        self.value[column]
    }

    /// The sum of costs times values.
    pub(crate) fn objective(&self) -> f64 {
        self.cost.iter().zip(&self.value).map(|(c, x)| c * x).sum()
    }

    /// How the optimum changes with the value of a row: its price.
    pub(crate) fn price(&self, row: usize) -> f64 {
        let var = self.columns + row;
        self.nonbasic.iter().position(|&v| v == var).map_or(0.0, |c| self.reduced[c])
    }

    /// Sets the bounds of a column, or of a row counted after the columns.
    pub(crate) fn set_bounds(&mut self, var: usize, low: f64, high: f64) {
        (self.low[var], self.high[var]) = (low, high);
    }

    /// The bounds of a column.
    pub(crate) fn bounds(&self, var: usize) -> (f64, f64) {
        (self.low[var], self.high[var])
    }

    /// Sets the costs of the columns.
    pub(crate) fn set_costs(&mut self, cost: &[f64]) {
        self.cost.iter_mut().for_each(|c| *c = 0.0);
        self.cost[..cost.len()].copy_from_slice(cost);
        self.price_out();
    }

    fn price_out(&mut self) {
        let n = self.nonbasic.len();
        let mut reduced: Vec<f64> = self.nonbasic.iter().map(|&v| self.cost[v]).collect();
        for (i, &b) in self.basic.iter().enumerate() {
            let c = self.cost[b];
            if c != 0.0 {
                let row = &self.table[i * n..(i + 1) * n];
                reduced.iter_mut().zip(row).for_each(|(d, t)| *d += c * t);
            }
        }
        self.reduced = reduced;
    }

    /// Adds a row `low <= a.x <= high`.
    pub(crate) fn add_row(&mut self, a: &[(usize, f64)], low: f64, high: f64) {
        let n = self.nonbasic.len();
        let mut dense = vec![0.0; self.columns];
        a.iter().for_each(|&(j, v)| dense[j] += v);
        let mut row: Vec<f64> =
            self.nonbasic.iter().map(|&v| dense.get(v).copied().unwrap_or(0.0)).collect();
        for (i, &b) in self.basic.iter().enumerate() {
            let c = dense.get(b).copied().unwrap_or(0.0);
            if c != 0.0 {
                let own = &self.table[i * n..(i + 1) * n];
                row.iter_mut().zip(own).for_each(|(r, t)| *r += c * t);
            }
        }
        self.basic.push(self.columns + self.rows.len());
        self.rows.push(a.to_vec());
        self.low.push(low);
        self.high.push(high);
        self.cost.push(0.0);
        self.value.push(0.0);
        self.table.extend(row);
    }

    /// Drops rows that are slack now by more than `slack`, from the row `from` on; the others keep
    /// their order. Returns which are kept.
    pub(crate) fn drop_slack_rows(&mut self, from: usize, slack: f64) -> Vec<bool> {
        let n = self.nonbasic.len();
        let keep: Vec<bool> = (0..self.rows.len())
            .map(|r| {
                let var = self.columns + r;
                let room = (self.value[var] - self.low[var]).min(self.high[var] - self.value[var]);
                r < from || room <= slack || !self.basic.contains(&var)
            })
            .collect();
        let mut renamed: Vec<usize> = (0..self.columns).collect();
        let mut next = self.columns;
        for &k in &keep {
            renamed.push(next);
            next += usize::from(k);
        }
        let (columns, kept) =
            (self.columns, |var: usize| var < self.columns || keep[var - self.columns]);
        let mut table = Vec::with_capacity(self.table.len());
        let mut basic = Vec::with_capacity(self.basic.len());
        for (i, &b) in self.basic.iter().enumerate() {
            if kept(b) {
                table.extend_from_slice(&self.table[i * n..(i + 1) * n]);
                basic.push(renamed[b]);
            }
        }
        let pick = |of: &[f64]| -> Vec<f64> {
            let (c, r) = of.split_at(columns);
            let rows = r.iter().zip(&keep).filter(|p| *p.1).map(|p| *p.0);
            c.iter().copied().chain(rows).collect()
        };
        let (low, high) = (pick(&self.low), pick(&self.high));
        let (cost, value) = (pick(&self.cost), pick(&self.value));
        (self.low, self.high, self.cost, self.value) = (low, high, cost, value);
        self.nonbasic.iter_mut().for_each(|v| *v = renamed[*v]);
        (self.table, self.basic) = (table, basic);
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            keep[at - 1]
        });
        keep
    }

    /// Puts nonbasic variables where their reduced costs want them, and computes the basic ones.
    fn place(&mut self) {
        for (c, &v) in self.nonbasic.iter().enumerate() {
            let d = self.reduced[c];
            self.value[v] = if d > ZERO {
                self.low[v]
            } else if d < -ZERO {
                self.high[v]
            } else if (self.value[v] - self.low[v]).abs() <= (self.high[v] - self.value[v]).abs() {
                self.low[v]
            } else {
                self.high[v]
            };
        }
        self.evaluate();
    }

    fn evaluate(&mut self) {
        let n = self.nonbasic.len();
        let at: Vec<f64> = self.nonbasic.iter().map(|&v| self.value[v]).collect();
        for (i, &b) in self.basic.iter().enumerate() {
            let row = &self.table[i * n..(i + 1) * n];
            self.value[b] = row.iter().zip(&at).map(|(t, x)| t * x).sum();
        }
    }

    /// Largest difference of a row's value from its coefficients times the columns.
    fn drift(&self) -> f64 {
        let one = |(r, row): (usize, &Vec<(usize, f64)>)| {
            let sum: f64 = row.iter().map(|&(j, a)| a * self.value[j]).sum();
            (sum - self.value[self.columns + r]).abs()
        };
        self.rows.iter().enumerate().map(one).fold(0.0, f64::max)
    }

    /// Computes the dictionary again from the rows as they were given; false if the basis is
    /// singular.
    fn refresh(&mut self) -> bool {
        let (n, m) = (self.columns, self.rows.len());
        let wanted: Vec<usize> = self.basic.iter().copied().filter(|&v| v < n).collect();
        let mut leaving: Vec<bool> = (0..m).map(|r| self.nonbasic.contains(&(n + r))).collect();
        self.basic = (n..n + m).collect();
        self.nonbasic = (0..n).collect();
        self.table = vec![0.0; n * m];
        for (r, row) in self.rows.iter().enumerate() {
            row.iter().for_each(|&(j, a)| self.table[r * n + j] += a);
        }
        for column in wanted {
            let Some(c) = self.nonbasic.iter().position(|&v| v == column) else { return false };
            let best = (0..m).filter(|&r| leaving[r]).max_by(|&a, &b| {
                self.table[a * n + c].abs().total_cmp(&self.table[b * n + c].abs())
            });
            let Some(r) = best.filter(|&r| self.table[r * n + c].abs() > 1e-10) else {
                return false;
            };
            leaving[r] = false;
            self.pivot(r, c);
        }
        self.price_out();
        self.pivots = 0;
        true
    }

    /// Exchanges the basic variable of row `r` with the nonbasic one of column `c`.
    fn pivot(&mut self, r: usize, c: usize) {
        let n = self.nonbasic.len();
        let p = self.table[r * n + c];
        // x_b = .. + p x_c  =>  x_c = (x_b - ..) / p.
        let inverse = 1.0 / p;
        let mut row: Vec<f64> =
            self.table[r * n..(r + 1) * n].iter().map(|t| -t * inverse).collect();
        row[c] = inverse;
        for i in 0..self.basic.len() {
            if i == r {
                continue;
            }
            let own = &mut self.table[i * n..(i + 1) * n];
            let f = own[c];
            if f != 0.0 {
                own[c] = 0.0;
                own.iter_mut().zip(&row).for_each(|(t, p)| *t += f * p);
            }
        }
        let f = self.reduced[c];
        if f != 0.0 {
            self.reduced[c] = 0.0;
            self.reduced.iter_mut().zip(&row).for_each(|(t, p)| *t += f * p);
        }
        self.table[r * n..(r + 1) * n].copy_from_slice(&row);
        std::mem::swap(&mut self.basic[r], &mut self.nonbasic[c]);
        self.pivots += 1;
    }

    /// The least objective, by the dual simplex.
    pub(crate) fn solve(&mut self) -> Outcome {
        for attempt in 0..3 {
            if (self.pivots > FRESH || attempt > 0) && !self.refresh() {
                return Outcome::Failed;
            }
            self.place();
            let outcome = self.dual();
            if outcome != Outcome::Failed && self.drift() < 1e-7 {
                return outcome;
            }
        }
        Outcome::Failed
    }

    fn dual(&mut self) -> Outcome {
        let most = 50 * (self.columns + self.rows.len()) + 1000;
        for step in 0..most {
            let n = self.nonbasic.len();
            let careful = step > most / 2;
            // The row that is furthest outside, for its length.
            let mut leaving: Option<(f64, usize, bool)> = None;
            for (i, &b) in self.basic.iter().enumerate() {
                let x = self.value[b];
                let (below, above) = (self.low[b] - x, x - self.high[b]);
                let out = below.max(above);
                if out > FEASIBLE && leaving.is_none_or(|(top, ..)| out > top) {
                    leaving = Some((out, i, below > above));
                    if careful {
                        break;
                    }
                }
            }
            let Some((_, r, below)) = leaving else { return Outcome::Optimal };
            let row = &self.table[r * n..(r + 1) * n];
            let mut best: Option<(f64, f64, usize)> = None;
            for (c, &t) in row.iter().enumerate() {
                let v = self.nonbasic[c];
                if self.low[v] == self.high[v] {
                    continue;
                }
                // Whether the move that brings the row back is one that the variable can make.
                let up = (t > 0.0) == below;
                let at_low = self.value[v] <= self.low[v];
                if t.abs() <= ZERO || up != at_low {
                    continue;
                }
                let ratio = self.reduced[c].abs() / t.abs();
                let better = best.is_none_or(|(least, size, _)| {
                    if ratio < least - 1e-10 {
                        t.abs() > PIVOT || size <= PIVOT
                    } else {
                        ratio <= least + 1e-10 && t.abs() > size
                    }
                });
                if better {
                    best = Some((ratio, t.abs(), c));
                }
            }
            let Some((_, _, c)) = best else { return Outcome::Infeasible };
            let b = self.basic[r];
            let to = if below { self.low[b] } else { self.high[b] };
            let by = (to - self.value[b]) / self.table[r * n + c];
            let entering = self.nonbasic[c];
            for (i, &other) in self.basic.iter().enumerate() {
                self.value[other] += by * self.table[i * n + c];
            }
            self.value[entering] += by;
            self.value[b] = to;
            self.pivot(r, c);
        }
        Outcome::Failed
    }

    /// The least objective, by the primal simplex, from values that are within bounds (those of the
    /// last solve, with other costs).
    pub(crate) fn resolve(&mut self) -> Outcome {
        if self.pivots > FRESH {
            if !self.refresh() {
                return Outcome::Failed;
            }
            self.evaluate();
        }
        let most = 50 * (self.columns + self.rows.len()) + 1000;
        for step in 0..most {
            let n = self.nonbasic.len();
            let careful = step > most / 2;
            let mut entering: Option<(f64, usize)> = None;
            for (c, &d) in self.reduced.iter().enumerate() {
                let v = self.nonbasic[c];
                let gain = if self.value[v] <= self.low[v] { -d } else { d };
                if self.low[v] < self.high[v]
                    && gain > 1e-9
                    && entering.is_none_or(|(top, _)| gain > top)
                {
                    entering = Some((gain, c));
                    if careful {
                        break;
                    }
                }
            }
            let Some((_, c)) = entering else { return Outcome::Optimal };
            let v = self.nonbasic[c];
            let up = if self.value[v] <= self.low[v] { 1.0 } else { -1.0 };
            let mut step_size = self.high[v] - self.low[v];
            let mut leaving: Option<(f64, usize, f64)> = None;
            for (i, &b) in self.basic.iter().enumerate() {
                let t = up * self.table[i * n + c];
                if t.abs() <= 1e-9 {
                    continue;
                }
                let to = if t > 0.0 { self.high[b] } else { self.low[b] };
                let room = ((to - self.value[b]) / t).max(0.0);
                let better = room < step_size - 1e-12
                    || room <= step_size + 1e-12
                        && leaving.is_some_and(|(size, ..)| t.abs() > size);
                if better {
                    step_size = step_size.min(room);
                    leaving = Some((t.abs(), i, to));
                }
            }
            let by = up * step_size;
            for (i, &b) in self.basic.iter().enumerate() {
                self.value[b] += by * self.table[i * n + c];
            }
            match leaving {
                None => self.value[v] = if up > 0.0 { self.high[v] } else { self.low[v] },
                Some((_, r, to)) => {
                    self.value[v] += by;
                    self.value[self.basic[r]] = to;
                    self.pivot(r, c);
                }
            }
        }
        Outcome::Failed
    }
}
