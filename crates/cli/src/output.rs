//! Where words and files go: data to standard output, talk to standard error, files whole or not.

use std::io::Write;

use crate::failure::Failure;

/// Prints to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| Failure::Output("standard output".to_owned(), e))
}

/// Whether standard output shows colours: it is a terminal, and `NO_COLOR` is not set
/// (<https://no-color.org>).
pub(crate) fn colours() -> bool {
    use std::io::IsTerminal;
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !unwanted
}

/// Prints a JSON document to standard output.
pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Failure::Output("standard output".to_owned(), e.into()))?;
    say(&(text + "\n"))
}

/// Prints an error line to standard error; a closed standard error is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "error: {text}");
}

/// Prints talk to standard error unless told to be quiet.
pub(crate) fn remark(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// Writes a file, whole or not at all.
pub(crate) fn write_file(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    write_file_with(path, |out| {
        out.write_all(bytes).map_err(|e| Failure::Output(path.to_owned(), e))
    })
}

/// Writes a file, whole or not at all: what `write` puts out appears under the name at the end.
pub(crate) fn write_file_with(
    path: &str,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::Output(path.to_owned(), e);
    let mut whole = linecall::file::Whole::begin(path.as_ref()).map_err(failed)?;
    write(&mut whole)?;
    whole.finish().map_err(failed)
}

/// Refuses an output before any work is done for it: one that cannot be written, standard output
/// where a file is needed, or one of the inputs.
pub(crate) fn check_target(path: &str, inputs: &[&str]) -> Result<(), Failure> {
    if path == "-" {
        return Err(Failure::usage("this output must be a file; give it a name instead of `-`"));
    }
    let real = std::fs::canonicalize(path);
    for input in inputs {
        if let (Ok(real), Ok(input_path)) = (&real, std::fs::canonicalize(input))
            && *real == input_path
        {
            return Err(Failure::usage(format!(
                "{path} is an input and would be overwritten; choose another name for the output"
            )));
        }
    }
    // A rename over a device or a pipe would replace it.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(Failure::usage(format!("{path}: is no ordinary file; name one")));
    }
    // Begun and dropped: nothing is left behind.
    let begun = linecall::file::Whole::begin(path.as_ref());
    begun.map(drop).map_err(|e| Failure::Output(path.to_owned(), e))
}

/// Whether two names mean the same file, be it there yet or not.
pub(crate) fn same_place(a: &str, b: &str) -> bool {
    let place = |path: &str| {
        let path = std::path::Path::new(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = std::fs::canonicalize(folder.unwrap_or(std::path::Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    a == b || place(a).is_some_and(|a| place(b) == Some(a))
}

/// A JSON document with the version of its format, as `format`.
#[derive(serde::Serialize)]
pub(crate) struct Versioned<'a, T: serde::Serialize> {
    format: u32,
    #[serde(flatten)]
    value: &'a T,
}

impl<'a, T: serde::Serialize> Versioned<'a, T> {
    pub(crate) fn new(value: &'a T) -> Self {
        Self { format: 1, value }
    }
}
