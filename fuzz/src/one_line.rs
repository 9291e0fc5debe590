//! The form of every refusal.

/// Checks that an error is one line of bounded length that begins with the file's name.
pub(crate) fn check(error: &impl std::fmt::Display, file: &str) {
    let line = error.to_string();
    assert!(line.starts_with(file), "{line:?} does not begin with {file}");
    assert!(!line.contains(|c: char| c.is_control()), "{line:?} is not one plain line");
    assert!(line.len() < 4096, "a message of {} bytes: {line:.200}", line.len());
}
