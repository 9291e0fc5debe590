//! UCR and UEA time series (`.ts`): one case a line, its dimensions parted by `:`, their values by
//! commas, the class at the end.
//!
//! A regular series of D dimensions and length L becomes D times L columns of numbers, `dim1[0]` to
//! `dimD[L-1]`, and its class the column `class`. `?` is missing. Series of unequal length are
//! refused: as columns, the same one would mean another moment in each row. The format is that of
//! the UEA archive, A. Bagnall et al., 2018 (arXiv:1811.00075). Cost: one pass.

pub(super) mod header;

use self::header::Header;
use super::columns::{MAX_COLUMNS, too_wide, wanted};
use super::source::Source;
use super::text::Text;
use super::{Encoding, MAX_RECORD, ReadOptions, parse_number};
use crate::steps::make_room;
use crate::{Cells, Column, Error, ErrorKind, Origin, Place, Result, Table, TextCells};

/// The column of the class.
pub(super) const CLASS: &str = "class";

/// A reader of one file.
pub(super) struct Reader {
    file: String,
    text: Text,
    /// Line of the first byte of the rest of the text.
    line: u64,
    labelled: bool,
    dimensions: usize,
    length: usize,
    names: Vec<String>,
    /// Which columns are read, by position.
    kept: Vec<bool>,
    /// Rows given out.
    rows: u64,
}

impl Reader {
    /// Reads the header of a source and the shape of its first row.
    pub(super) fn over(path: &str, source: Source, options: &ReadOptions) -> Result<Self> {
        let utf8 = ReadOptions { encoding: Encoding::Utf8, ..options.clone() };
        let text = Text::over(path, source, &utf8)?;
        let mut reader = Self {
            file: path.to_owned(),
            text,
            line: 1,
            labelled: false,
            dimensions: 0,
            length: 0,
            names: Vec::new(),
            kept: Vec::new(),
            rows: 0,
        };
        reader.read_header()?;
        reader.read_shape(options)?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<()> {
        let mut header = Header::default();
        while !header.ended {
            let Some((end, bytes)) = self.line()? else {
                return Err(Error::new(ErrorKind::Empty, "the file ends within its header")
                    .at(self.place())
                    .mend("give a file with `@data` and rows after it"));
            };
            let line = self.first(end);
            if !is_blank(line) {
                header.take(line, Place::file(&self.file).line(self.line))?;
            }
            self.pass(bytes);
        }
        self.labelled = header.labelled == Some(true);
        Ok(())
    }

    /// Takes dimensions and length from the first row, which is read again.
    fn read_shape(&mut self, options: &ReadOptions) -> Result<()> {
        while let Some((end, bytes)) = self.line()? {
            let line = self.first(end);
            if !is_blank(line) {
                let (series, _) = split(line, self.labelled);
                let dimensions = series.split(':').count();
                let length = series.split(':').next().map_or(0, |first| first.split(',').count());
                let columns = dimensions.saturating_mul(length) + usize::from(self.labelled);
                if columns > MAX_COLUMNS {
                    return Err(too_wide(self.place().row(1), columns));
                }
                (self.dimensions, self.length) = (dimensions, length);
                break;
            }
            self.pass(bytes);
        }
        let moments = (0..self.length).collect::<Vec<_>>();
        let all = (1..=self.dimensions)
            .flat_map(|d| moments.iter().map(move |t| format!("dim{d}[{t}]")))
            .chain(self.labelled.then(|| CLASS.to_owned()));
        let all: Vec<String> = all.collect();
        self.kept = wanted(&self.file, &all, options.columns.as_deref())?;
        self.names = all.into_iter().zip(&self.kept).filter(|(_, k)| **k).map(|(n, _)| n).collect();
        Ok(())
    }

    /// Names of the columns that are read.
    pub(super) fn columns(&self) -> &[String] {
        &self.names
    }

    /// What a file without rows is.
    pub(super) fn empty(&self) -> Result<Table> {
        Err(Error::new(ErrorKind::Empty, "the file has no rows")
            .at(self.place())
            .mend("give a file with rows after `@data`"))
    }

    /// The next rows, at most `limit`; `None` at the end.
    pub(super) fn batch(&mut self, limit: usize) -> Result<Option<Table>> {
        let file = self.file.clone();
        let mut origin = Origin { file, rows_before: self.rows, ..Origin::default() };
        let cells = self.dimensions * self.length;
        let mut numbers: Vec<Vec<f64>> = vec![Vec::new(); cells];
        let mut classes = TextCells::default();
        while origin.lines.len() < limit {
            let Some((end, bytes)) = self.line()? else { break };
            let line = self.first(end);
            if !is_blank(line) {
                let class = self.row(line, &mut numbers)?;
                classes.push(class.trim());
                origin.lines.push(self.line);
                self.rows += 1;
            }
            self.pass(bytes);
        }
        if origin.lines.is_empty() {
            return Ok(None);
        }
        let numbers = numbers.into_iter().map(Cells::Number);
        let all = numbers.chain(self.labelled.then_some(Cells::Text(classes)));
        let kept = all.zip(&self.kept).filter(|(_, kept)| **kept).map(|(cells, _)| cells);
        let columns = self.names.iter().cloned().zip(kept);
        let columns = columns.map(|(name, cells)| Column { name, cells });
        Table::new(origin, columns.collect()).map(Some)
    }

    /// Appends the values of a row; gives its class.
    fn row<'a>(&self, line: &'a str, numbers: &mut [Vec<f64>]) -> Result<&'a str> {
        let (series, class) = split(line, self.labelled);
        let place = || self.place().row(self.rows + 1);
        let found = series.split(':').count();
        if found != self.dimensions {
            let fields = if self.labelled { "dimensions before its class" } else { "dimensions" };
            let problem =
                format!("this row has {found} {fields}, the first row has {}", self.dimensions);
            return Err(Error::new(ErrorKind::Format, problem)
                .at(place())
                .mend("give every row the same dimensions, parted by `:`"));
        }
        for (d, values) in series.split(':').enumerate() {
            let length = values.split(',').count();
            if length != self.length {
                let problem = format!(
                    "this series has {length} values, the first has {}: series of unequal length \
                     need a series front end",
                    self.length
                );
                return Err(Error::new(ErrorKind::Format, problem)
                    .at(place().column(format!("dim{}", d + 1)))
                    .mend("cut or resample them to one length"));
            }
            let columns = numbers.iter_mut().zip(&self.kept).skip(d * self.length);
            for (t, (value, (column, kept))) in values.split(',').zip(columns).enumerate() {
                let number = number(value).ok_or_else(|| {
                    Error::new(ErrorKind::Value, "expected a finite number")
                        .at(place().column(format!("dim{}[{t}]", d + 1)))
                        .value(value)
                        .mend("correct it, or write `?` if it is missing")
                })?;
                if *kept {
                    make_room(column, 1);
                    column.push(number);
                }
            }
        }
        Ok(class)
    }

    fn place(&self) -> Place {
        Place::file(&self.file).line(self.line)
    }

    /// The first bytes of the rest of the text.
    fn first(&self, bytes: usize) -> &str {
        self.text.rest().get(..bytes).unwrap_or("")
    }

    /// Bytes of the next line without and with its end; `None` at the end of the file.
    fn line(&mut self) -> Result<Option<(usize, usize)>> {
        loop {
            let rest = self.text.rest().as_bytes();
            match memchr::memchr2(b'\n', b'\r', rest) {
                // Whether a line feed follows a carriage return must be known.
                Some(end) if end + 1 < rest.len() || self.text.at_end() => {
                    let both = rest.get(end..end + 2) == Some(b"\r\n");
                    return Ok(Some((end, end + 1 + usize::from(both))));
                }
                _ if self.text.has_more() && rest.len() <= MAX_RECORD => {
                    let place = Place::file(&self.file).line(self.line);
                    self.text.more().map_err(|error| error.at(place))?;
                }
                Some(end) => return Ok(Some((end, end + 1))),
                None if rest.is_empty() && self.text.at_end() => return Ok(None),
                None => match self.text.fault() {
                    Some(fault) => return Err(fault.error(self.place())),
                    None if rest.len() > MAX_RECORD => {
                        let problem = "a line longer than 64 MiB begins here";
                        return Err(Error::new(ErrorKind::Limit, problem)
                            .at(self.place())
                            .mend("check that the file has line ends and is text"));
                    }
                    None => return Ok(Some((rest.len(), rest.len()))),
                },
            }
        }
    }

    /// Passes over the line at hand.
    fn pass(&mut self, bytes: usize) {
        self.text.advance(bytes);
        self.line += 1;
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The series of a row, and its class if it has one.
fn split(line: &str, labelled: bool) -> (&str, &str) {
    match labelled {
        true => line.rsplit_once(':').unwrap_or(("", line)),
        false => (line, ""),
    }
}

/// A value; NaN where it is missing.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if text == "?" { Some(f64::NAN) } else { parse_number(text) }
}
