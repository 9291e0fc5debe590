//! Which arrays of a file are the matrix and the labels.

/// Names of a matrix, the first that is there counts; without any, the only matrix is taken.
const MATRICES: [&str; 4] = ["X", "x", "data", "features"];
/// Names of labels.
const LABELS: [&str; 6] = ["y", "Y", "target", "targets", "labels", "label"];

/// What an array is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Named as a matrix.
    Matrix,
    /// Named as labels.
    Labels,
    /// Neither.
    Other,
}

/// What an array is for, by its name.
pub(super) fn part(name: &str) -> Part {
    if MATRICES.contains(&name) {
        Part::Matrix
    } else if LABELS.contains(&name) {
        Part::Labels
    } else {
        Part::Other
    }
}
