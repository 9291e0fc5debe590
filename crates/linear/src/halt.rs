//! A flag that ends a fit which nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

/// A flag between whoever waits for a fit and the solver at work: once it is raised, the solver gives
/// up within a pass over the rows, with [`Error::Stopped`]. Clones are the same flag.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::{Error, Loss, Penalty, Plan, StopFlag};
///
/// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![3.0]], &["dose"])?;
/// let data = Dataset::new(x, Labels::from_names(["no", "yes", "no", "yes"]))?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
/// let flag = StopFlag::default();
/// assert!(plan.fit_until(&data, &flag).is_ok());
/// flag.raise();
/// assert_eq!(plan.fit_until(&data, &flag).err(), Some(Error::Stopped));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks the work to end.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once the flag is raised.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn check(&self) -> Result<()> {
        if self.is_raised() { Err(Error::Stopped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use linecall_data::{Dataset, Design, Labels};

    use super::*;
    use crate::loss::RowLoss;
    use crate::many::{ManyOptions, Variation};
    use crate::setup::Setup;
    use crate::solve::{Memory, Stop, solve};
    use crate::{Loss, Penalty, Plan, Solver, shared};

    /// Visits of the loss after which the flag is raised.
    const SOON: u32 = 3;

    /// A loss that raises the flag at one of its visits, and counts those that come after.
    struct Raising<'a> {
        inner: Box<dyn RowLoss + 'a>,
        stop: StopFlag,
        seen: Arc<AtomicU32>,
    }

    impl Raising<'_> {
        fn visit(&self) {
            if self.seen.fetch_add(1, Ordering::Relaxed) + 1 == SOON {
                self.stop.raise();
            }
        }
    }

    impl RowLoss for Raising<'_> {
        fn width(&self) -> usize {
            self.inner.width()
        }

        fn tile(
            &self,
            first: usize,
            scores: &[f64],
            s: &[f64],
            slope: &mut [f64],
            state: &mut [f64],
        ) -> f64 {
            self.visit();
            self.inner.tile(first, scores, s, slope, state)
        }

        fn curve(&self, first: usize, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]) {
            self.visit();
            self.inner.curve(first, state, s, t, out);
        }

        fn own_curvature(&self, state: &[f64], s: f64, i: usize, c: usize) -> f64 {
            self.inner.own_curvature(state, s, i, c)
        }

        fn is_coupled(&self) -> bool {
            self.inner.is_coupled()
        }

        fn ignores_shifts(&self) -> bool {
            self.inner.ignores_shifts()
        }

        fn is_convex(&self) -> bool {
            self.inner.is_convex()
        }

        fn steepest(&self) -> Option<f64> {
            self.inner.steepest()
        }

        fn conjugate(&self, slope: &[f64], s: &[f64]) -> Option<f64> {
            self.inner.conjugate(slope, s)
        }

        fn tally(&self, slope: &[f64], s: &[f64]) -> Vec<f64> {
            self.inner.tally(slope, s)
        }

        fn balance_by(&self, tally: &[f64], slope: &mut [f64], s: &[f64]) -> bool {
            self.inner.balance_by(tally, slope, s)
        }

        fn sign(&self, row: usize, score: usize) -> f64 {
            self.inner.sign(row, score)
        }

        fn factor(&self, row: usize, score: usize) -> f64 {
            self.inner.factor(row, score)
        }

        fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
            self.inner.margin_change(row, t)
        }

        fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
            self.inner.base_intercept(s)
        }
    }

    fn data(classes: usize) -> Dataset {
        let value = |i: usize, j: usize| ((i * (7 + 3 * j) + j) % 23) as f64 / 5.0 - 2.0;
        let rows: Vec<Vec<f64>> = (0..60).map(|i| (0..4).map(|j| value(i, j)).collect()).collect();
        let names = (0..60).map(|i| format!("c{}", (i * 5 % 7) % classes));
        let design = Design::from_rows(&rows, &["a", "b", "c", "d"]).unwrap();
        Dataset::new(design, Labels::from_names(names)).unwrap()
    }

    /// Every solver with a loss and a penalty of its own, to more digits than there are.
    fn plans() -> Vec<Plan> {
        let ways = [
            ("logistic", Penalty::l2(1e-4), Solver::Newton),
            ("logistic", Penalty::l2(1e-4), Solver::TrustRegion),
            ("focal:gamma=2", Penalty::l2(1e-4), Solver::TrustRegion),
            ("logistic", Penalty::l1(1e-4), Solver::ProximalNewton),
            ("logistic", Penalty::group_lasso(1e-4), Solver::ProximalNewton),
            ("relu", Penalty::None, Solver::Adam),
            ("hinge", Penalty::l2(1e-4), Solver::InteriorPoint),
            ("hinge", Penalty::l2(1e-4), Solver::DualDescent),
        ];
        let plan = |(loss, penalty, solver): (&str, Penalty, Solver)| Plan {
            solver,
            tolerance: 1e-300,
            ..Plan::new(loss.parse::<Loss>().unwrap(), penalty)
        };
        ways.into_iter().map(plan).collect()
    }

    /// Scores of two classes are no difference for the ReLU loss.
    fn least_classes(plan: &Plan) -> usize {
        if plan.loss == Loss::Relu { 3 } else { 2 }
    }

    #[test]
    fn every_solver_ends_within_a_pass_of_the_flag() {
        for plan in plans() {
            for classes in least_classes(&plan)..=3 {
                let data = data(classes);
                let weight = plan.row_weights(&data, None).unwrap();
                let mut setup = Setup::new(&plan, &data, &weight).unwrap();
                let (stop, seen) = (StopFlag::default(), Arc::new(AtomicU32::new(0)));
                let inner = plan.loss.rows(&data.labels, plan.multiclass, None).unwrap();
                setup.problem.loss =
                    Box::new(Raising { inner, stop: stop.clone(), seen: seen.clone() });
                setup.problem.stop = stop;
                let problem = &setup.problem;
                let terms = setup.shape.terms(plan.penalty);
                let until = Stop { tolerance: plan.tolerance, max_iterations: 10_000 };
                let mut memory = Memory::default();
                let start = problem.start();
                let work =
                    solve(plan.solver, &plan.loss, problem, &terms, start, until, &mut memory);
                let what = format!("{} {}, {classes} classes", plan.loss, plan.solver.name());
                assert_eq!(shared::alone(work).err(), Some(Error::Stopped), "{what}");
                let after = seen.load(Ordering::Relaxed) - SOON;
                assert!(after <= 1, "{what}: {after} visits after the flag");
            }
        }
    }

    #[test]
    fn a_raised_flag_ends_many_fits_and_one_that_is_not_changes_nothing() {
        for plan in plans() {
            let data = data(least_classes(&plan));
            let plan = Plan { tolerance: 1e-9, ..plan };
            let same = |_: usize| Ok(Variation::default());
            let stop = StopFlag::default();
            let lambdas = [plan.penalty.lambda()];
            let options = ManyOptions { lambdas: &lambdas, certify: false, watch: &|_, _| () };
            let fit = plan.fit(&data).unwrap();
            let own = plan.fit_until(&data, &stop).unwrap();
            assert_eq!(own.model, fit.model, "{}", plan.loss);
            let many = plan.fit_many_until(&data, 2, &same, options, &stop).unwrap();
            assert!(many.iter().all(Result::is_ok));
            stop.raise();
            assert_eq!(plan.fit_until(&data, &stop).err(), Some(Error::Stopped));
            let many = plan.fit_many_until(&data, 2, &same, options, &stop).unwrap();
            let stopped = |fits: &Result<_>| matches!(fits, Err(Error::Stopped));
            assert!(many.iter().all(stopped), "{} {}", plan.loss, plan.solver.name());
        }
    }
}
