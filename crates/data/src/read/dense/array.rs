//! One array of numbers or words, its bytes read as they come.

use super::element::{Element, Number};
use super::header::{self, Header, Item, MAGIC};
use super::values::Values;
use crate::read::libsvm::classes::{MAX_CLASSES, Names};
use crate::read::source::Source;
use crate::steps::make_room;
use crate::{Design, DesignColumns, Error, ErrorKind, Labels, Place, Result};

/// Bytes read at once.
const BLOCK: usize = 1 << 20;
/// Cells that are turned around at once, where columns lie one after the other.
const TILE: usize = 1 << 16;
/// Most columns, as for LIBSVM.
const MAX_COLUMNS: usize = u32::MAX as usize;

/// Where an array's bytes come from.
pub(super) trait Bytes {
    /// Appends up to `want` bytes; fewer only at the end. Gives the number appended.
    fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize>;

    /// How many bytes are left, where that is known.
    fn left(&self) -> Option<u64>;
}

impl Bytes for Source {
    fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize> {
        Self::read(self, buffer, want)
    }

    fn left(&self) -> Option<u64> {
        Self::left(self)
    }
}

/// An array whose header is read.
#[derive(Clone, Debug)]
pub(super) struct Array {
    file: String,
    /// Its name in the file, where it has one.
    name: Option<String>,
    header: Header,
}

impl Array {
    /// An array whose header is known.
    pub(super) fn new(file: &str, name: Option<&str>, header: Header) -> Self {
        Self { file: file.to_owned(), name: name.map(str::to_owned), header }
    }

    /// Reads the header of a `.npy` file.
    pub(super) fn open(bytes: &mut dyn Bytes, file: &str) -> Result<Self> {
        Self::parse(file, None, &Self::header(bytes, file, None)?)
    }

    /// An array by the text of its header.
    pub(super) fn parse(file: &str, name: Option<&str>, header: &[u8]) -> Result<Self> {
        let header = header::parse(header).map_err(|problem| {
            let mend = match problem.contains("unpickled") {
                true => "save the numbers alone, as an array of a number type",
                false => "save it as an array of integers or floats",
            };
            Self::nothing(file, name).error(&format!("is not read: {problem}")).mend(mend)
        })?;
        Ok(Self::new(file, name, header))
    }

    /// An array of which no more is known than where it is.
    fn nothing(file: &str, name: Option<&str>) -> Self {
        Self::new(file, name, Header { item: Item::Bytes(0), fortran: false, shape: Vec::new() })
    }

    /// Reads the text of the header.
    pub(super) fn header(bytes: &mut dyn Bytes, file: &str, name: Option<&str>) -> Result<Vec<u8>> {
        Self::nothing(file, name).header_text(bytes)
    }

    fn header_text(&self, bytes: &mut dyn Bytes) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        bytes.read(&mut head, MAGIC.len() + 2)?;
        let version = head.strip_prefix(MAGIC.as_slice()).and_then(|rest| rest.first().copied());
        let field = match version {
            Some(1) => 2,
            Some(2 | 3) => 4,
            Some(version) => {
                let problem = format!("is of version {version} of the NumPy format");
                return Err(self
                    .error(&problem)
                    .mend("save it again with a known version, 1 to 3"));
            }
            None => return Err(self.error("is no NumPy array").mend("save it with `numpy.save`")),
        };
        let mut length = Vec::new();
        bytes.read(&mut length, field)?;
        if length.len() < field {
            return Err(self.cut("the header"));
        }
        let length = length.iter().rev().fold(0usize, |sum, &b| sum << 8 | usize::from(b));
        if length > header::MOST {
            let problem = format!("claims a header of {length} bytes");
            return Err(self.error(&problem).mend("save it again with `numpy.save`"));
        }
        let mut text = Vec::new();
        bytes.read(&mut text, length)?;
        if text.len() < length {
            return Err(self.cut("the header"));
        }
        Ok(text)
    }

    /// The error for something about the array.
    pub(super) fn error(&self, problem: &str) -> Error {
        let problem = match &self.name {
            Some(name) => format!("array `{}` {problem}", crate::error::printable(name)),
            None => format!("the array {problem}"),
        };
        Error::new(ErrorKind::Format, problem).at(Place::file(&self.file))
    }

    fn cut(&self, what: &str) -> Error {
        self.error(&format!("breaks off within {what}"))
            .mend("the file is cut short or changed: copy it or write it again")
    }

    /// Whether it is a matrix of numbers, or could be.
    pub(super) fn is_matrix(&self) -> bool {
        matches!(self.header.item, Item::Number(_)) && self.header.shape.len() > 1
    }

    /// Number of rows: the first length.
    pub(super) fn rows(&self) -> usize {
        self.header.shape.first().copied().unwrap_or(0)
    }

    /// Cells of a row: the product of all other lengths.
    fn width(&self) -> Option<usize> {
        self.header.shape.iter().skip(1).try_fold(1usize, |n, &length| n.checked_mul(length))
    }

    /// Cells and bytes that the shape claims.
    fn claim(&self) -> Result<(usize, u64)> {
        let cells = self.width().and_then(|width| width.checked_mul(self.rows()));
        let claim = cells.and_then(|cells| Some((cells, cells.checked_mul(self.item_size())?)));
        match claim {
            Some((cells, bytes)) => Ok((cells, bytes as u64)),
            None => Err(self
                .error(&format!("claims the shape {:?}", self.header.shape))
                .mend("the file is changed: write it again")),
        }
    }

    fn item_size(&self) -> usize {
        self.header.item.size()
    }

    /// Checks that it is a matrix with rows and columns whose bytes can be there.
    pub(super) fn check_matrix(&self, bytes: &dyn Bytes) -> Result<(Element, usize)> {
        let Item::Number(element) = self.header.item else {
            return Err(self.error("holds text, a matrix of numbers is needed").mend(NAMES));
        };
        if self.header.shape.len() < 2 {
            let dimensions = self.header.shape.len();
            let problem =
                format!("has {dimensions} dimensions, a matrix of rows and columns is needed");
            let problem = problem.replace("has 1 dimensions", "has one dimension");
            return Err(self.error(&problem).mend("give one row of numbers for each case"));
        }
        let (cells, claimed) = self.claim()?;
        if cells == 0 {
            let shape = &self.header.shape;
            let problem = if self.rows() == 0 { "has no rows" } else { "has no columns" };
            return Err(self
                .error(&format!("{problem} (its shape is {shape:?})"))
                .mend("give a matrix with numbers in it"));
        }
        let width = self.width().unwrap_or(usize::MAX);
        if width > MAX_COLUMNS {
            let problem = format!("has {width} columns, at most {MAX_COLUMNS} are read");
            return Err(self.error(&problem).mend("give fewer columns"));
        }
        if bytes.left().is_some_and(|left| left < claimed) {
            return Err(self.short(bytes.left().unwrap_or(0), claimed));
        }
        Ok((element, width))
    }

    /// Refuses bytes after the array.
    pub(super) fn end(&self, bytes: &mut dyn Bytes) -> Result<()> {
        match bytes.read(&mut Vec::new(), 1)? {
            0 => Ok(()),
            _ => Err(self
                .error("is not all that the file holds")
                .mend("save one array a file, or several as an archive with `numpy.savez`")),
        }
    }

    fn short(&self, found: u64, claimed: u64) -> Error {
        self.error(&format!("claims {claimed} bytes of numbers and has {found}"))
            .mend("the file is cut short or changed: copy it or write it again")
    }

    /// The matrix, with numbered columns.
    pub(super) fn design(&self, bytes: &mut dyn Bytes) -> Result<Design> {
        let (_, width) = self.check_matrix(bytes)?;
        let (cells, claimed) = self.claim()?;
        let mut values = Values::new();
        if bytes.left().is_some_and(|left| left >= claimed) {
            values.reserve(cells);
        }
        if self.row_by_row() {
            self.cells(bytes, &mut values, 0, cells)?;
        } else {
            let raw = self.raw(bytes)?;
            self.turn(&raw, &mut values)?;
        }
        let matrix = values.into_matrix(self.rows(), width)?;
        Ok(Design::trusted(matrix, DesignColumns::numbered(width)))
    }

    /// Whether the cells of a row lie side by side.
    pub(super) fn row_by_row(&self) -> bool {
        !self.header.fortran || (self.header.shape.len() == 2 && self.rows() == 1)
    }

    /// Appends the next cells of an array that is stored row by row; so many come before them.
    pub(super) fn cells(
        &self,
        bytes: &mut dyn Bytes,
        values: &mut Values,
        before: usize,
        want: usize,
    ) -> Result<()> {
        let (element, width) = self.check_matrix(&Unknown)?;
        let size = element.size();
        let (mut raw, mut cells) = (Vec::new(), Vec::new());
        let mut done = 0;
        while done < want {
            raw.clear();
            cells.clear();
            let block = (want - done).min(BLOCK / size);
            bytes.read(&mut raw, block * size)?;
            if raw.len() < block * size {
                let found = ((before + done) * size + raw.len()) as u64;
                return Err(self.short(found, self.claim()?.1));
            }
            element.decode(&raw, &mut cells);
            values.extend(&cells).map_err(|bad| {
                let at = before + done + bad;
                self.bad_cell(element, raw.get(bad * size..), at / width, at % width)
            })?;
            done += block;
        }
        Ok(())
    }

    /// All bytes of the array.
    pub(super) fn raw(&self, bytes: &mut dyn Bytes) -> Result<Vec<u8>> {
        let (_, claimed) = self.claim()?;
        let mut raw = Vec::new();
        while (raw.len() as u64) < claimed {
            let want = (claimed - raw.len() as u64).min(BLOCK as u64) as usize;
            make_room(&mut raw, want);
            if bytes.read(&mut raw, want)? == 0 {
                return Err(self.short(raw.len() as u64, claimed));
            }
        }
        Ok(raw)
    }

    /// Appends all cells of an array whose first index runs fastest, in the order in which the last
    /// one does.
    fn turn(&self, raw: &[u8], values: &mut Values) -> Result<()> {
        let (element, width) = self.check_matrix(&Unknown)?;
        let (rows, size) = (self.rows(), element.size());
        let columns_at_once = width.min(TILE);
        let rows_at_once = if columns_at_once < width { 1 } else { (TILE / width).min(rows) };
        let mut column = Vec::new();
        for first in (0..rows).step_by(rows_at_once) {
            let tall = rows_at_once.min(rows - first);
            for left in (0..width).step_by(columns_at_once) {
                let wide = columns_at_once.min(width - left);
                let mut tile = vec![0.0; tall * wide];
                for j in 0..wide {
                    let start = (self.fortran_column(left + j) * rows + first) * size;
                    column.clear();
                    let bytes = raw.get(start..start + tall * size).unwrap_or_default();
                    element.decode(bytes, &mut column);
                    let cells = tile.iter_mut().skip(j).step_by(wide);
                    cells.zip(&column).for_each(|(cell, &value)| *cell = value);
                }
                values.extend(&tile).map_err(|bad| {
                    let (row, col) = (first + bad / wide, left + bad % wide);
                    let at = (self.fortran_column(col) * rows + row) * size;
                    self.bad_cell(element, raw.get(at..), row, col)
                })?;
            }
        }
        Ok(())
    }

    /// Where a column stands among those of an array whose first index runs fastest.
    fn fortran_column(&self, column: usize) -> usize {
        let lengths = self.header.shape.get(1..).unwrap_or_default();
        let (mut rest, mut at) = (column, 0);
        let mut step: usize = lengths.iter().product();
        for &length in lengths.iter().rev() {
            step /= length.max(1);
            at += rest % length.max(1) * step;
            rest /= length.max(1);
        }
        at
    }

    fn bad_cell(&self, element: Element, raw: Option<&[u8]>, row: usize, column: usize) -> Error {
        let place = Place::file(&self.file).row(row as u64 + 1).column((column + 1).to_string());
        let (problem, mend) = match element.number {
            Number::I64 | Number::U64 => (
                "a whole number that a double cannot hold exactly",
                "leave the column out, or store it as floats if it is a quantity",
            ),
            _ => (
                "expected a finite number",
                "fill it in or leave the row out; a table (CSV, Parquet) may have missing cells",
            ),
        };
        Error::new(ErrorKind::Value, problem)
            .at(place)
            .value(element.text(raw.unwrap_or_default()))
            .mend(mend)
    }

    /// Checks that it holds one label for each of so many rows.
    pub(super) fn check_labels(&self, rows: usize) -> Result<()> {
        if self.width() != Some(1) || self.header.shape.is_empty() {
            let problem =
                format!("has the shape {:?}, one label a row is needed", self.header.shape);
            return Err(self.error(&problem).mend("give labels as an array of one dimension"));
        }
        if self.rows() != rows {
            let problem = format!("has {} labels for {rows} rows", self.rows());
            return Err(self.error(&problem).mend("give as many labels as rows"));
        }
        Ok(())
    }

    /// The labels in all bytes of the array.
    pub(super) fn labels(&self, raw: &[u8]) -> Result<Labels> {
        let size = self.item_size();
        let (mut names, mut codes) = (Names::default(), Vec::with_capacity(self.rows()));
        let mut known: std::collections::HashMap<&[u8], u32> = Default::default();
        for row in 0..self.rows() {
            let item = raw.get(row * size..(row + 1) * size).unwrap_or_default();
            if let Some(&code) = known.get(item) {
                codes.push(code);
                continue;
            }
            let name = self.label(item, row)?;
            let code = names.code(&name).ok_or_else(|| {
                let problem = format!("has more than {MAX_CLASSES} different labels");
                self.error(&problem).mend("linecall predicts classes, not quantities")
            })?;
            known.insert(item, code);
            codes.push(code);
        }
        names.labels(codes, None)
    }

    fn label(&self, item: &[u8], row: usize) -> Result<String> {
        let refuse = |value: &str, problem: &str| {
            Err(Error::new(ErrorKind::Value, problem)
                .at(Place::file(&self.file).row(row as u64 + 1))
                .value(value)
                .mend("give every row a label"))
        };
        let label = match self.header.item {
            Item::Number(element) => {
                let text = element.text(item);
                // An integer beyond 2^53 is a class like any other.
                if !element.is_whole() && !text.parse().is_ok_and(f64::is_finite) {
                    return refuse(&text, "the label is no finite number");
                }
                text
            }
            Item::Unicode { big, .. } => match characters(item, big) {
                Some(text) => text,
                None => return refuse("", "the label is no Unicode text"),
            },
            Item::Bytes(_) => {
                let end = item.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
                match std::str::from_utf8(item.get(..end).unwrap_or_default()) {
                    Ok(text) => text.to_owned(),
                    Err(_) => return refuse("", "the label is no UTF-8 text"),
                }
            }
        };
        if label.trim().is_empty() {
            return refuse("", "the label is missing");
        }
        Ok(label)
    }
}

/// What a matrix can be taken from.
const NAMES: &str = "name the matrix `X` and the labels `y`";

/// Text of four bytes a character, without the zeros at its end.
fn characters(item: &[u8], big: bool) -> Option<String> {
    let (points, _) = item.as_chunks::<4>();
    let point = |b: &[u8; 4]| if big { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) };
    let text: String = points.iter().map(|b| char::from_u32(point(b))).collect::<Option<_>>()?;
    Some(text.trim_end_matches('\0').to_owned())
}

/// Bytes of which nothing is known.
struct Unknown;

impl Bytes for Unknown {
    fn read(&mut self, _: &mut Vec<u8>, _: usize) -> Result<usize> {
        Ok(0)
    }

    fn left(&self) -> Option<u64> {
        None
    }
}
