//! A binary tree of the classes, the frequent ones near its root: Huffman (1952), "A method for the
//! construction of minimum-redundancy codes"; for softmax Morin & Bengio (AISTATS 2005) and Mikolov,
//! Chen, Corrado & Dean (2013).
//!
//! The probability of a class is the product over its path of `sigmoid(turn score)`, `turn` in
//! {-1, +1}. A row costs as many scores as its path is long, about `log2 K` for `K` classes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Inner nodes are numbered from the leaves up, the last being the root.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// Inner nodes on the way from the root to each class, one class after another.
    nodes: Vec<u32>,
    /// Whether the way goes on to the second child.
    turns: Vec<bool>,
    /// Where each class begins in them, and the end.
    starts: Vec<usize>,
    /// The two children of each inner node: a class, or `K` and an inner node's number more.
    children: Vec<[u32; 2]>,
}

impl Tree {
    /// The tree of least mean depth for classes of given weights (0 counts as very rare). Of equal
    /// weights the lower number is joined first.
    pub(super) fn new(weights: &[f64]) -> Self {
        let k = weights.len();
        // Weights are not negative, and the order of such numbers is that of their bits.
        let bits = |w: f64| w.max(0.0).to_bits();
        let mut heap: BinaryHeap<Reverse<(u64, u32)>> =
            weights.iter().enumerate().map(|(c, w)| Reverse((bits(*w), c as u32))).collect();
        let mut children = Vec::with_capacity(k.saturating_sub(1));
        let mut parent = vec![(0u32, false); (2 * k).saturating_sub(1)];
        while let (Some(Reverse(a)), Some(Reverse(b))) = (heap.pop(), heap.pop()) {
            let node = children.len() as u32;
            children.push([a.1, b.1]);
            parent[a.1 as usize] = (node, false);
            parent[b.1 as usize] = (node, true);
            let sum = f64::from_bits(a.0) + f64::from_bits(b.0);
            if children.len() + 1 == k {
                break;
            }
            heap.push(Reverse((bits(sum), k as u32 + node)));
        }
        Self::walk(k, children, &parent)
    }

    /// The tree of given children; `None` where they do not make one.
    pub(super) fn of(k: usize, children: Vec<[u32; 2]>) -> Option<Self> {
        if k < 2 || children.len() != k - 1 {
            return None;
        }
        let mut parent = vec![(0u32, false); 2 * k - 1];
        let mut seen = vec![false; 2 * k - 1];
        for (node, pair) in children.iter().enumerate() {
            for (turn, &child) in pair.iter().enumerate() {
                // A child is a class or an earlier node, and has one parent: so no way goes in circles.
                if child as usize >= k + node || std::mem::replace(&mut seen[child as usize], true)
                {
                    return None;
                }
                parent[child as usize] = (node as u32, turn == 1);
            }
        }
        Some(Self::walk(k, children, &parent))
    }

    /// The way to each class, from the parents.
    fn walk(k: usize, children: Vec<[u32; 2]>, parent: &[(u32, bool)]) -> Self {
        let (mut nodes, mut turns, mut starts) = (Vec::new(), Vec::new(), vec![0]);
        let root = children.len().saturating_sub(1);
        for class in 0..k {
            let from = nodes.len();
            let mut at = class;
            while at != k + root {
                let (node, turn) = parent[at];
                nodes.push(node);
                turns.push(turn);
                at = k + node as usize;
            }
            nodes[from..].reverse();
            turns[from..].reverse();
            starts.push(nodes.len());
        }
        Self { nodes, turns, starts, children }
    }

    /// The two children of each inner node.
    pub(super) fn children(&self) -> &[[u32; 2]] {
        &self.children
    }

    /// Number of inner nodes.
    pub(super) fn inner(&self) -> usize {
        self.children.len()
    }

    /// Inner nodes of all paths, one class after another.
    pub(super) fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// The place of a class in [`Tree::nodes`].
    pub(super) fn path(&self, class: usize) -> std::ops::Range<usize> {
        self.starts[class]..self.starts[class + 1]
    }

    /// Whether each step of a class's path goes to the second child.
    pub(super) fn turns(&self, class: usize) -> &[bool] {
        &self.turns[self.path(class)]
    }

    /// The longest path.
    pub(super) fn depth(&self) -> usize {
        self.starts.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0)
    }

    /// Log probabilities of all classes from the scores of all inner nodes.
    pub(super) fn log_probabilities(&self, scores: &[f64]) -> Vec<f64> {
        let k = self.starts.len() - 1;
        let mut log = vec![0.0; k + self.inner()];
        for (node, children) in self.children.iter().enumerate().rev() {
            let (own, score) = (log[k + node], scores[node]);
            log[children[0] as usize] = own - linecall_kernels::log1p_exp(score);
            log[children[1] as usize] = own - linecall_kernels::log1p_exp(-score);
        }
        log.truncate(k);
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_depth_is_least_and_within_a_bit_of_the_entropy() {
        // The classical example: depths 1, 2, 3, 4, 4.
        let tree = Tree::new(&[0.4, 0.3, 0.2, 0.05, 0.05]);
        let depths: Vec<usize> = (0..5).map(|c| tree.path(c).len()).collect();
        assert_eq!(depths, [1, 2, 3, 4, 4]);
        assert_eq!((tree.inner(), tree.depth()), (4, 4));
        let weights: Vec<f64> = (0..97).map(|c| 1.0 / f64::from(c + 1)).collect();
        let total: f64 = weights.iter().sum();
        let tree = Tree::new(&weights);
        let mean = |f: &dyn Fn(usize) -> f64| -> f64 {
            weights.iter().enumerate().map(|(c, w)| w / total * f(c)).sum()
        };
        let entropy = mean(&|c| -(weights[c] / total).log2());
        let depth = mean(&|c| tree.path(c).len() as f64);
        assert!(entropy <= depth && depth < entropy + 1.0);
    }

    #[test]
    fn probabilities_are_products_over_paths_and_sum_to_one() {
        for k in 2..20 {
            let weights: Vec<f64> = (0..k).map(|c| f64::from(c * 7 % 5)).collect();
            let tree = Tree::new(&weights);
            let scores: Vec<f64> =
                (0..tree.inner()).map(|n| (n as f64 * 1.7).sin() * 3.0).collect();
            let log = tree.log_probabilities(&scores);
            let sum: f64 = log.iter().map(|l| l.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-12);
            for (class, log) in log.iter().enumerate() {
                let steps = tree.nodes()[tree.path(class)].iter().zip(tree.turns(class));
                let product: f64 = steps
                    .map(|(&n, &turn)| {
                        let s = scores[n as usize];
                        1.0 / (1.0 + (if turn { -s } else { s }).exp())
                    })
                    .product();
                assert!((log.exp() - product).abs() < 1e-12);
            }
        }
    }
}
