//! Parquet's footer: the input stands as the footer behind the pages of a good file, with magic and
//! length in order, so that the guard and the decoder see it rather than a broken tail.

/// Magic and pages of the file that `examples/seeds.rs` makes.
const PAGES: &[u8] = include_bytes!("pages.bin");

/// The check.
pub fn check(data: &[u8]) {
    let length = data.len() as u32;
    super::parquet::check(&[PAGES, data, &length.to_le_bytes(), b"PAR1"].concat());
}
