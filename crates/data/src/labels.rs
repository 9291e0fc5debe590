//! The target as class codes: one a row, or a set of them.

use crate::{Error, ErrorKind, Result};

/// Class labels of n rows: sorted class names, and for each row one code or a set of codes.
///
/// Invariants: `classes` is strictly sorted (numerically when every name is a number, otherwise by
/// Unicode code point), every code is below `classes.len()`, and the codes of a set increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    classes: Vec<String>,
    /// One a row, or the sets of the rows one after the other.
    codes: Vec<u32>,
    /// Where the set of each row ends; `None` with one code a row.
    ends: Option<Vec<usize>>,
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
        Self { classes: sorted, codes, ends: None }
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
        Ok(Self { classes, codes, ends: None })
    }

    /// Multi-label rows: any set of the sorted classes for each, none included. The order of the
    /// codes within a set does not matter.
    ///
    /// ```
    /// use linecall_data::Labels;
    /// let names = ["comedy", "crime"].map(str::to_owned).to_vec();
    /// let y = Labels::from_sets(names, [vec![1, 0], vec![], vec![1]])?;
    /// assert_eq!((y.of(0), y.of(1)), (&[0, 1][..], &[][..]));
    /// assert_eq!(y.counts(), [1, 2]);
    /// # Ok::<(), linecall_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the classes are not strictly sorted, or a code is out of range or twice in a row.
    pub fn from_sets<S: AsRef<[u32]>>(
        classes: Vec<String>,
        sets: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let (mut codes, mut ends) = (Vec::new(), Vec::new());
        for set in sets {
            codes.extend_from_slice(set.as_ref());
            ends.push(codes.len());
        }
        Self::from_parts(classes, codes, ends)
    }

    /// As [`Labels::from_sets`], from the sets one after the other and where each ends.
    pub(crate) fn from_parts(
        classes: Vec<String>,
        mut codes: Vec<u32>,
        ends: Vec<usize>,
    ) -> Result<Self> {
        let mut start = 0;
        for (row, &end) in ends.iter().enumerate() {
            let set = codes.get_mut(start..end).unwrap_or_default();
            set.sort_unstable();
            if let Some(twice) = set.windows(2).find(|pair| pair.first() == pair.last()) {
                let code = twice.first().map_or(0, |c| *c as usize);
                return Err(Error::new(ErrorKind::Value, "a label is there twice")
                    .at(crate::Place::default().row(row as u64 + 1))
                    .value(classes.get(code).map_or("", String::as_str)));
            }
            start = end;
        }
        let Self { classes, codes, .. } = Self::from_codes(classes, codes)?;
        Ok(Self { classes, codes, ends: Some(ends) })
    }

    /// Whether rows carry sets of classes rather than one each.
    pub fn is_multilabel(&self) -> bool {
        self.ends.is_some()
    }

    /// The codes of a row, increasing: one, or those of its set; none for a row that is not there.
    #[inline]
    pub fn of(&self, row: usize) -> &[u32] {
        let range = match &self.ends {
            None => row..row + 1,
            Some(ends) => {
                let start = row.checked_sub(1).and_then(|before| ends.get(before));
                start.copied().unwrap_or(0)..ends.get(row).copied().unwrap_or(0)
            }
        };
        self.codes.get(range).unwrap_or_default()
    }

    /// Whether a row carries a class.
    #[inline]
    pub fn has(&self, row: usize, code: usize) -> bool {
        self.of(row).iter().any(|&c| c as usize == code)
    }

    /// Class names, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Class code of each row; nothing where rows carry sets (see [`Labels::of`]).
    pub fn codes(&self) -> &[u32] {
        if self.is_multilabel() { &[] } else { &self.codes }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.as_ref().map_or(self.codes.len(), Vec::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of a class by name.
    pub fn code(&self, class: &str) -> Option<u32> {
        self.classes.iter().position(|c| c == class).map(|i| i as u32)
    }

    /// Number of rows of each class, or that carry it.
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
        let rows = rows.iter().copied().filter(|&row| row < self.len());
        let (mut codes, mut ends) = (Vec::new(), self.ends.as_ref().map(|_| Vec::new()));
        for row in rows {
            codes.extend_from_slice(self.of(row));
            ends.iter_mut().for_each(|ends| ends.push(codes.len()));
        }
        Self { classes: self.classes.clone(), codes, ends }
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

/// The names in a list of labels, without the blanks around them: none in a blank text.
///
/// ```
/// use linecall_data::label_names;
/// assert_eq!(label_names("crime; comedy", ';')?, ["crime", "comedy"]);
/// assert!(label_names(" ", ';')?.is_empty());
/// assert!(label_names("crime;;comedy", ';').is_err());
/// # Ok::<(), linecall_data::Error>(())
/// ```
///
/// # Errors
/// When a name is empty or there twice; the place is not said.
pub fn label_names(text: &str, separator: char) -> Result<Vec<&str>> {
    let refuse = |problem: String, mend: &str| {
        Err(Error::new(ErrorKind::Value, problem).value(text).mend(mend))
    };
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = std::collections::HashSet::new();
    let mut names = Vec::new();
    for name in text.trim().split(separator).map(str::trim) {
        if name.is_empty() {
            let problem = format!("an empty name in a list of labels parted by `{separator}`");
            return refuse(problem, "write a name on both sides of each separator");
        }
        if !seen.insert(name) {
            return refuse(format!("the label `{name}` is there twice"), "keep it once a row");
        }
        names.push(name);
    }
    Ok(names)
}

/// Refuses a separator of labels that names are made of.
///
/// # Errors
/// When it is a letter, a digit, a quote or a control character other than a tab.
pub fn check_label_separator(separator: char) -> Result<()> {
    let bad = separator.is_alphanumeric()
        || matches!(separator, '"' | '\'' | '`')
        || (separator.is_control() && separator != '\t');
    if !bad {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Schema, "cannot part labels")
        .value(separator.to_string())
        .mend("take a mark that no name holds, such as `,`, `;` or `|`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["a", "b", "c"].map(str::to_owned).to_vec()
    }

    #[test]
    fn sets_are_kept_by_row() {
        let sets = [vec![2, 0], vec![], vec![1], vec![0, 1, 2]];
        let labels = Labels::from_sets(names(), &sets).unwrap();
        assert_eq!((labels.len(), labels.is_multilabel()), (4, true));
        assert!(labels.codes().is_empty());
        let back: Vec<Vec<u32>> = (0..5).map(|row| labels.of(row).to_vec()).collect();
        assert_eq!(back, [vec![0, 2], vec![], vec![1], vec![0, 1, 2], vec![]]);
        assert_eq!(labels.counts(), [2, 2, 2]);
        assert!(labels.has(0, 2) && !labels.has(0, 1) && !labels.has(1, 0));
        let picked = labels.select(&[3, 9, 1, 0]);
        assert_eq!((picked.len(), picked.of(0), picked.of(1)), (3, &[0, 1, 2][..], &[][..]));
        assert_eq!(picked.of(2), [0, 2]);
    }

    #[test]
    fn impossible_sets_are_refused() {
        for sets in [vec![vec![0], vec![1, 1]], vec![vec![3]]] {
            assert!(Labels::from_sets(names(), sets).is_err());
        }
        assert!(Labels::from_sets(vec!["b".to_owned(), "a".to_owned()], [vec![0]]).is_err());
    }

    #[test]
    fn one_class_a_row_is_a_set_of_one() {
        let labels = Labels::from_names(["b", "a"]);
        assert_eq!((labels.of(0), labels.of(1), labels.of(2)), (&[1][..], &[0][..], &[][..]));
        assert!(!labels.is_multilabel() && labels.has(0, 1));
    }

    #[test]
    fn separators_are_marks() {
        for good in [',', ';', '|', ' ', '\t', '/'] {
            assert!(check_label_separator(good).is_ok(), "{good}");
        }
        for bad in ['a', '7', 'é', '"', '\n', '\0'] {
            assert!(check_label_separator(bad).is_err(), "{bad:?}");
        }
    }
}
