//! What is found in a file of several arrays, and what is made of it.

use super::array::Array;
use super::pick::Part;
use crate::{Design, Error, ErrorKind, Labels, Place, Result};

/// Most names that an error lists.
const LISTED: usize = 8;

/// A matrix, and its labels where the file has them.
pub(crate) struct Parts {
    pub(crate) design: Design,
    pub(crate) labels: Option<Labels>,
}

/// Arrays as they come.
pub(super) struct Found {
    file: String,
    /// First names of all arrays, for messages.
    pub(super) names: Names,
    /// The matrix, and why it was taken for one.
    pub(super) matrix: Option<(Part, String, Design)>,
    /// A second matrix that might be meant as well.
    second: Option<String>,
    labels: Option<(Array, Vec<u8>)>,
    /// Why an array that might have been the matrix was not read.
    pub(super) unread: Option<Error>,
}

/// The first names of a list, and how many there are.
#[derive(Default)]
pub(super) struct Names {
    first: Vec<String>,
    count: usize,
}

impl Names {
    pub(super) fn push(&mut self, name: &str) {
        if self.count < LISTED {
            self.first.push(format!("`{}`", crate::error::printable(name)));
        }
        self.count += 1;
    }

    fn list(&self) -> String {
        let more = if self.count > LISTED { ", ..." } else { "" };
        format!("{}{more}", self.first.join(", "))
    }
}

impl Found {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            names: Names::default(),
            matrix: None,
            second: None,
            labels: None,
            unread: None,
        }
    }

    /// Whether an array should be read as the matrix. One with the name of a matrix comes before
    /// one that only looks like one, which is dropped first: there is never more than one in
    /// memory.
    pub(super) fn wants(&mut self, part: Part, name: &str, array: &Array) -> Result<bool> {
        match (part, self.matrix.take()) {
            (Part::Matrix, Some((Part::Matrix, first, _))) => Err(self.two(&first, name)),
            (Part::Matrix, _) => Ok(true),
            (Part::Other, None) => Ok(array.is_matrix()),
            (_, before) => {
                self.matrix = before;
                if part == Part::Other && array.is_matrix() {
                    self.second.get_or_insert_with(|| name.to_owned());
                }
                Ok(false)
            }
        }
    }

    fn two(&self, first: &str, second: &str) -> Error {
        let (first, second) = (crate::error::printable(first), crate::error::printable(second));
        let problem = format!("both `{first}` and `{second}` may be the matrix");
        Error::new(ErrorKind::Format, problem)
            .at(Place::file(&self.file))
            .mend("name the matrix `X` and leave the other out")
    }

    /// Takes labels, as their bytes.
    pub(super) fn labels(&mut self, array: Array, raw: Vec<u8>) -> Result<()> {
        if self.labels.replace((array, raw)).is_some() {
            return Err(Error::new(ErrorKind::Format, "two arrays have names of labels")
                .at(Place::file(&self.file))
                .mend("name the labels `y` and leave the others out"));
        }
        Ok(())
    }

    /// The matrix and its labels.
    pub(super) fn finish(self, what: &str) -> Result<Parts> {
        let Some((part, name, design)) = self.matrix else {
            let list = self.names.list();
            let problem = match (list.is_empty(), self.unread) {
                (_, Some(error)) => return Err(error),
                (true, _) => format!("the file has no {what}"),
                (false, _) => format!("none of the {what} {list} is a matrix of numbers"),
            };
            return Err(Error::new(ErrorKind::Format, problem)
                .at(Place::file(&self.file))
                .mend("name the matrix `X` and the labels `y`"));
        };
        if let (Part::Other, Some(second)) = (part, &self.second) {
            return Err(Self::new(&self.file).two(&name, second));
        }
        let labels = match self.labels {
            Some((array, raw)) => {
                array.check_labels(design.rows())?;
                Some(array.labels(&raw)?)
            }
            None => None,
        };
        Ok(Parts { design, labels })
    }
}
