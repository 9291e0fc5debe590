//! The target as class codes.

use crate::{Error, ErrorKind, Result};

/// Class labels of n rows: sorted class names and a code per row.
///
/// Invariants: `classes` is strictly sorted (numerically when every name is a number, otherwise by
/// Unicode code point) and `codes[i] < classes.len()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    classes: Vec<String>,
    codes: Vec<u32>,
}

impl Labels {
    /// Labels from one name per row.
    ///
    /// ```
    /// use linecall_data::Labels;
    /// let y = Labels::from_names(["10", "9", "10"]);
    /// assert_eq!(y.classes(), ["9", "10"]);
    /// assert_eq!(y.codes(), [1, 0, 1]);
    /// ```
    pub fn from_names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let mut first_seen: std::collections::HashMap<String, u32> = Default::default();
        let mut classes: Vec<String> = Vec::new();
        let mut codes: Vec<u32> = Vec::new();
        for name in names {
            let name = name.as_ref();
            let code = match first_seen.get(name) {
                Some(&code) => code,
                None => {
                    let code = classes.len() as u32;
                    first_seen.insert(name.to_owned(), code);
                    classes.push(name.to_owned());
                    code
                }
            };
            codes.push(code);
        }
        let sorted = sort_classes(classes.clone());
        let position: std::collections::HashMap<&str, u32> =
            sorted.iter().enumerate().map(|(i, s)| (s.as_str(), i as u32)).collect();
        let map: Vec<u32> =
            classes.iter().map(|c| position.get(c.as_str()).copied().unwrap_or(0)).collect();
        for code in &mut codes {
            *code = map.get(*code as usize).copied().unwrap_or(0);
        }
        Self { classes: sorted, codes }
    }

    /// Labels from sorted classes and codes.
    ///
    /// # Errors
    /// When the classes are not strictly sorted or a code is out of range.
    pub fn from_codes(classes: Vec<String>, codes: Vec<u32>) -> Result<Self> {
        if sort_classes(classes.clone()) != classes {
            return Err(Error::new(ErrorKind::Format, "classes are not sorted and distinct"));
        }
        if let Some(bad) = codes.iter().find(|&&c| c as usize >= classes.len()) {
            return Err(Error::new(ErrorKind::Format, format!("class code {bad} has no class")));
        }
        Ok(Self { classes, codes })
    }

    /// Class names, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Class code of each row.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The code of a class by name.
    pub fn code(&self, class: &str) -> Option<u32> {
        self.classes.iter().position(|c| c == class).map(|i| i as u32)
    }

    /// Number of rows of each class.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.classes.len()];
        for &c in &self.codes {
            if let Some(n) = counts.get_mut(c as usize) {
                *n += 1;
            }
        }
        counts
    }

    /// The labels of the given rows, in that order; the classes stay.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let codes = rows.iter().filter_map(|&r| self.codes.get(r).copied()).collect();
        Self { classes: self.classes.clone(), codes }
    }
}

/// Class names in canonical order, without duplicates: numerically when all are numbers.
pub(crate) fn sort_classes(mut classes: Vec<String>) -> Vec<String> {
    let numbers: Option<Vec<f64>> =
        classes.iter().map(|c| c.parse::<f64>().ok().filter(|v| v.is_finite())).collect();
    match numbers {
        Some(values) => {
            let mut pairs: Vec<(f64, String)> = values.into_iter().zip(classes).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            classes = pairs.into_iter().map(|p| p.1).collect();
        }
        None => classes.sort(),
    }
    classes.dedup();
    classes
}
