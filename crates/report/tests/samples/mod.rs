//! Plausible outcomes, computed from simulated scores. Not results of any real fit.
#![allow(dead_code)]

mod measure;
mod outcomes;
mod random;
mod tables;

pub(crate) use outcomes::{
    credit, discriminant, hostile, iris, many_classes, perceptron, plain_matrix, support_vector,
};

use linecall::FitOutcome;

/// Every sample with a file name.
pub(crate) fn all() -> Vec<(&'static str, FitOutcome)> {
    vec![
        ("credit", credit()),
        ("iris", iris()),
        ("svm", support_vector()),
        ("many", many_classes()),
        ("plain", plain_matrix()),
        ("discriminant", discriminant()),
        ("perceptron", perceptron()),
        ("hostile", hostile()),
    ]
}
