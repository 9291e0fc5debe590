//! Schema TOML: what is accepted is written, and read back equal.

use linecall_data::Schema;

use super::{memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = || Schema::from_toml(text, "schema.toml");
    match memory::kept(data.len(), |_| 0, read) {
        Ok(schema) => {
            let written = schema.to_toml().expect("an accepted schema is written");
            let back = Schema::from_toml(&written, "copy").expect("a written schema is read");
            assert_eq!(back, schema, "{written}");
            assert_eq!(back.to_toml().expect("a copy is written"), written);
        }
        Err(error) => one_line::check(&error, "schema.toml"),
    }
}
