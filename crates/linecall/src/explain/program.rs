//! A program that answers for raw rows.
//!
//! It is started once a call, with the rows on its standard input in the user's own columns: as CSV
//! with a header line, or as JSON Lines. It answers one line a row (see
//! [`linecall_audit::explain::Command`]). No shell is involved.

use super::rows::RawRows;
use linecall_audit::explain::{BlackBox, Command, RowFormat};

use super::rows::{csv_of, json_rows};
use crate::{Error, Result};

/// A program, and how it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The command line, as given.
    pub line: String,
    /// The program, its arguments and what it answers.
    pub command: Command,
}

impl Program {
    /// The program of a command line. Blanks part words, and quotes of either kind hold them
    /// together; nothing else is special.
    ///
    /// ```
    /// use linecall::explain::Program;
    /// let program = Program::parse("python 'my model.py' --fast")?;
    /// assert_eq!(program.command.program, "python");
    /// assert_eq!(program.command.arguments, ["my model.py", "--fast"]);
    /// assert!(Program::parse("python 'my model.py").is_err());
    /// # Ok::<(), linecall::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no word, or a quote does not end.
    pub fn parse(line: &str) -> Result<Self> {
        let words = words(line)?;
        let Some((program, arguments)) = words.split_first() else {
            return Err(Error::Question("--command names no program".to_owned()));
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(Self { line: line.to_owned(), command: Command::new(program, &arguments) })
    }
}

fn words(line: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(Error::Question(format!("--command `{line}`: a quote {open} does not end")));
    }
    words.extend(word);
    Ok(words)
}

impl BlackBox<RawRows> for Program {
    fn answers(&self, rows: &RawRows) -> linecall_audit::Result<Vec<f64>> {
        let text = match self.command.format {
            RowFormat::Csv => csv_of(rows)?,
            RowFormat::JsonLines => {
                let mut text = Vec::new();
                for row in json_rows(rows) {
                    text.extend_from_slice(row.to_string().as_bytes());
                    text.push(b'\n');
                }
                text
            }
        };
        self.command.ask(text, rows.table.rows())
    }
}
