//! Plausible outcomes, computed from simulated scores. Not results of any real fit.
#![allow(dead_code)]

mod measure;
mod outcomes;
mod random;
mod sets;
mod tables;

pub(crate) use outcomes::{
    credit, discriminant, hostile, iris, many_classes, perceptron, plain_matrix, support_vector,
};

pub(crate) use sets::{many_labels, two_labels, warnings};

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
        ("labels", warnings()),
        ("two_labels", two_labels()),
        ("many_labels", many_labels()),
    ]
}
