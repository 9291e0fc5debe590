//! Projection onto the probability simplex: the nearest weights that are 0 or above and sum to one.
//!
//! `v_i = max(0, u_i - tau)` with the one `tau` that makes them sum to 1. `tau` is found by keeping a
//! list of entries that may be positive while its mean says how much is in excess (Condat, "Fast
//! projection onto the simplex and the l1 ball", Mathematical Programming, 2016): one pass and a few
//! over ever fewer entries, `O(n)` in practice, without a sort.

/// Replaces `u` by its projection onto `{v >= 0, sum v = 1}`. Nothing is done to an empty slice.
///
/// ```
/// let mut u = [0.7, 0.6, -2.0];
/// linecall_linear::curriculum::project(&mut u);
/// let want = [0.55, 0.45, 0.0];
/// assert!(u.iter().zip(want).all(|(u, w)| (u - w).abs() < 1e-15));
/// ```
pub fn project(u: &mut [f64]) {
    let Some((&first, rest)) = u.split_first() else { return };
    let mut maybe = vec![first];
    let mut aside: Vec<f64> = Vec::new();
    let mut tau = first - 1.0;
    for &y in rest {
        if y > tau {
            tau += (y - tau) / (maybe.len() + 1) as f64;
            if tau > y - 1.0 {
                maybe.push(y);
            } else {
                // This one alone says more than all before it.
                aside.append(&mut maybe);
                maybe.push(y);
                tau = y - 1.0;
            }
        }
    }
    for y in aside {
        if y > tau {
            maybe.push(y);
            tau += (y - tau) / maybe.len() as f64;
        }
    }
    loop {
        let before = maybe.len();
        let mut kept = before;
        maybe.retain(|&y| {
            let keep = y > tau || kept == 1;
            if !keep {
                kept -= 1;
                tau += (tau - y) / kept as f64;
            }
            keep
        });
        if maybe.len() == before {
            break;
        }
    }
    // The list is right; its threshold is computed once more without the rounding of the updates.
    tau = (maybe.iter().sum::<f64>() - 1.0) / maybe.len() as f64;
    u.iter_mut().for_each(|u| *u = (*u - tau).max(0.0));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The projection by sorting.
    fn sorted(u: &[f64]) -> Vec<f64> {
        let mut order = u.to_vec();
        order.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut tau) = (0.0, 0.0);
        for (i, v) in order.iter().enumerate() {
            sum += v;
            let t = (sum - 1.0) / (i + 1) as f64;
            if v - t > 0.0 {
                tau = t;
            }
        }
        u.iter().map(|v| (v - tau).max(0.0)).collect()
    }

    proptest! {
        /// Feasible, idempotent, equal to the sort, and KKT: `u - v` is `tau` where `v > 0` and at
        /// most `tau` where `v = 0`.
        #[test]
        fn feasible_idempotent_and_optimal(u in prop::collection::vec(-3.0..3.0f64, 1..200)) {
            let mut v = u.clone();
            project(&mut v);
            prop_assert!(v.iter().all(|v| *v >= 0.0));
            prop_assert!((v.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (a, b) in v.iter().zip(sorted(&u)) {
                prop_assert!((a - b).abs() < 1e-12);
            }
            let tau = u.iter().zip(&v).find(|(_, v)| **v > 0.0).map(|(u, v)| u - v).unwrap();
            for (u, v) in u.iter().zip(&v) {
                let own = u - v;
                let holds = if *v > 0.0 { (own - tau).abs() < 1e-12 } else { own <= tau + 1e-12 };
                prop_assert!(holds);
            }
            let mut again = v.clone();
            project(&mut again);
            prop_assert!(again.iter().zip(&v).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }

    #[test]
    fn awkward_ones() {
        for (mut u, want) in [
            (vec![5.0], vec![1.0]),
            (vec![1.0, 1.0], vec![0.5, 0.5]),
            (vec![0.0, 1e9], vec![0.0, 1.0]),
            (vec![-1e9, -1e9 - 5.0], vec![1.0, 0.0]),
        ] {
            project(&mut u);
            assert_eq!(u, want);
        }
        project(&mut []);
    }
}
