//! The lines of a `.ts` file before its rows: `@key value ...`, and `#` for comments.

use crate::{Error, ErrorKind, Place, Result};

/// Keys of a header, in lower case.
const KEYS: [&str; 10] = [
    "problemname",
    "timestamps",
    "missing",
    "univariate",
    "dimensions",
    "equallength",
    "serieslength",
    "classlabel",
    "targetlabel",
    "data",
];

/// The key of a line in lower case, and what follows it, if the line has a known one.
pub(in crate::read) fn key(line: &str) -> Option<(String, &str)> {
    let line = line.trim().strip_prefix('@')?;
    let (key, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let key = key.to_lowercase();
    KEYS.contains(&key.as_str()).then_some((key, rest.trim()))
}

/// What the header says, as far as it matters here. Lengths and numbers of dimensions are told by
/// the rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Whether a class ends each row.
    pub(super) labelled: Option<bool>,
    /// Whether the rows begin after this line.
    pub(super) ended: bool,
}

impl Header {
    /// Takes in a line.
    pub(super) fn take(&mut self, line: &str, place: Place) -> Result<()> {
        let refuse = |problem: &str, place: Place, mend: &str| {
            Err(Error::new(ErrorKind::Format, problem).at(place).value(line).mend(mend))
        };
        let Some((key, rest)) = key(line) else {
            let mend = "begin the file with `@problemName` and end its header with `@data`";
            return refuse("expected a line of a `.ts` header", place, mend);
        };
        let yes = rest.split_whitespace().next().is_some_and(|word| {
            word.eq_ignore_ascii_case("true") || word == "1" || word.eq_ignore_ascii_case("yes")
        });
        match key.as_str() {
            "timestamps" if yes => refuse(
                "series with time stamps are not read",
                place,
                "resample them at equal steps and leave the times out",
            ),
            "targetlabel" if yes => refuse(
                "the target is a quantity, and linecall predicts classes",
                place,
                "cut it into classes and name them on `@classLabel true ...`",
            ),
            "classlabel" => {
                self.labelled = Some(yes);
                Ok(())
            }
            "data" if self.labelled.is_none() => refuse(
                "the header does not say whether rows have a class",
                place,
                "put `@classLabel true CLASS ...` (or `@classLabel false`) before it",
            ),
            "data" => {
                self.ended = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
