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
