//! A black box that is a program: rows on its standard input, numbers on its standard output.
//!
//! The program is started once a call, reads all rows and ends. Rows come as CSV with a header line,
//! or as JSON Lines, one object a row; columns have the design's names. It answers one line a row:
//! numbers parted by commas or blanks, in brackets or not (`0.2,0.8`, `[0.2, 0.8]`, `0.8`).
//!
//! No shell is involved: the program and its arguments are run as they are. One that does not end
//! in time is killed.

use std::io::{Read, Write};
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use linecall_data::Design;

use super::black_box::BlackBox;
use crate::{Error, Result};

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// A header line and one line a row.
    #[default]
    Csv,
    /// One JSON object a row.
    JsonLines,
}

/// A program that answers for rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// How rows are written.
    pub format: RowFormat,
    /// Time that it has for one call.
    pub timeout: Duration,
    /// Numbers that it answers for each row.
    pub outputs: usize,
    /// Whether they are probabilities; anything outside 0 to 1 is then refused.
    pub probabilities: bool,
}

impl Command {
    /// A program that answers one probability a row for CSV, within a minute a call.
    pub fn new(program: impl Into<String>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
            format: RowFormat::Csv,
            timeout: Duration::from_secs(60),
            outputs: 1,
            probabilities: true,
        }
    }

    /// Sends text to the program and reads its answers for so many rows.
    ///
    /// # Errors
    /// One line, when the program cannot be started, does not end in time or ends with an exit code
    /// other than 0, or its answer has another number of lines or numbers, or none.
    pub fn ask(&self, text: Vec<u8>, rows: usize) -> Result<Vec<f64>> {
        let mut child = Process::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| self.failed(format!("cannot be started: {e}")))?;
        // Nothing it answers well is longer than this.
        let most = (rows as u64 + 1).saturating_mul(32 * self.outputs as u64 + 64);
        if let Some(mut input) = child.stdin.take() {
            // A program that does not read to the end says so by its answers.
            std::thread::spawn(move || input.write_all(&text).is_ok());
        }
        let output = child.stdout.take().map(|pipe| read(pipe, most));
        let errors = child.stderr.take().map(|pipe| read(pipe, 4_096));
        let end = Instant::now() + self.timeout;
        let Some(output) = output.and_then(|pipe| wait(&pipe, end)) else {
            return Err(self.late(&mut child));
        };
        if output.len() as u64 >= most {
            stop(&mut child);
            return Err(self.failed(format!("answered more than {rows} lines can hold")));
        }
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() >= end => return Err(self.late(&mut child)),
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Err(e) => return Err(self.failed(format!("was lost: {e}"))),
            }
        };
        if !status.success() {
            let said = errors.and_then(|pipe| wait(&pipe, end)).unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("").trim();
            let code = status.code().map_or("a signal".to_owned(), |c| format!("exit code {c}"));
            let word = if last.is_empty() { String::new() } else { format!(": {last}") };
            return Err(self.failed(format!("ended with {code}{word}")));
        }
        self.parse(&output, rows)
    }

    fn failed(&self, what: String) -> Error {
        Error::Model(format!("command `{}` {what}", self.program))
    }

    fn late(&self, child: &mut Child) -> Error {
        stop(child);
        let seconds = self.timeout.as_secs_f64();
        self.failed(format!(
            "did not end within {seconds} s; give it more time, or fewer rows a call"
        ))
    }

    fn parse(&self, output: &[u8], rows: usize) -> Result<Vec<f64>> {
        let text = std::str::from_utf8(output)
            .map_err(|_| self.failed("answered something that is not text".to_owned()))?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.len() != rows {
            let found = lines.len();
            return Err(self.failed(format!("answered {found} lines for {rows} rows (no header)")));
        }
        let mut numbers = Vec::with_capacity(rows * self.outputs);
        for (row, line) in lines.iter().enumerate() {
            let inner = line.trim().trim_start_matches('[').trim_end_matches(']');
            let mut count = 0;
            let cells = inner.split(|c: char| c == ',' || c.is_whitespace());
            for cell in cells.filter(|cell| !cell.is_empty()) {
                numbers.push(self.number(cell, row)?);
                count += 1;
            }
            if count != self.outputs {
                let expected = self.outputs;
                return Err(self.failed(format!(
                    "answered {count} numbers in line {}, expected {expected}",
                    row + 1
                )));
            }
        }
        Ok(numbers)
    }

    fn number(&self, cell: &str, row: usize) -> Result<f64> {
        let expected = if self.probabilities { "a probability" } else { "a finite number" };
        let number = cell.parse::<f64>().ok().filter(|v| v.is_finite());
        let number = number.filter(|v| !self.probabilities || (0.0..=1.0).contains(v));
        number.ok_or_else(|| {
            let cell: String = cell.chars().take(40).collect();
            self.failed(format!("answered `{cell}` in line {}, expected {expected}", row + 1))
        })
    }

    /// A design as the program reads it.
    fn write(&self, design: &Design) -> Vec<u8> {
        let names: Vec<String> = design.columns().iter().map(|c| c.name()).collect();
        let mut text = String::new();
        if self.format == RowFormat::Csv {
            let header: Vec<String> = names.iter().map(|name| csv_cell(name)).collect();
            text.push_str(&header.join(","));
            text.push('\n');
        }
        let mut row = vec![0.0; design.cols()];
        for i in 0..design.rows() {
            row.iter_mut().for_each(|v| *v = 0.0);
            design.for_each_in_row(i, |j, v| row[j] = v);
            let cells: Vec<String> = match self.format {
                RowFormat::Csv => row.iter().map(f64::to_string).collect(),
                RowFormat::JsonLines => {
                    let pairs = names.iter().zip(&row);
                    pairs.map(|(name, v)| format!("{}:{v}", json_text(name))).collect()
                }
            };
            match self.format {
                RowFormat::Csv => text.push_str(&cells.join(",")),
                RowFormat::JsonLines => text.push_str(&format!("{{{}}}", cells.join(","))),
            }
            text.push('\n');
        }
        text.into_bytes()
    }
}

impl BlackBox<Design> for Command {
    fn answers(&self, rows: &Design) -> Result<Vec<f64>> {
        self.ask(self.write(rows), rows.rows())
    }
}

/// Reads a pipe to its end, or to so many bytes, in a thread of its own: the other end may be held
/// open by what the program started.
fn read(mut pipe: impl Read + Send + 'static, most: u64) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let whole = pipe.by_ref().take(most).read_to_end(&mut bytes).is_ok();
        if whole {
            // Nobody may be waiting any more.
            let _ = send.send(bytes);
        }
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    });
    receive
}

fn wait(pipe: &Receiver<Vec<u8>>, end: Instant) -> Option<Vec<u8>> {
    pipe.recv_timeout(end.saturating_duration_since(Instant::now())).ok()
}

fn stop(child: &mut Child) {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

fn csv_cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

fn json_text(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
