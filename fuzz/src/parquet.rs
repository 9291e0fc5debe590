//! Parquet: whatever the bytes claim, a table or one line; read in batches, the same.

use linecall_data::read::ReadOptions;

use super::{memory, one_line, tables};

const FILE: &str = "f.parquet";

/// The check.
pub fn check(data: &[u8]) {
    let whole = memory::kept(memory::CAP as usize, tables::size_of_cells, || {
        tables::read(FILE, data, &options())
    });
    match &whole {
        Ok(table) => {
            let few = table.rows().div_ceil(100);
            for rows in [few.max(1), 3 * few + 1] {
                let joined = tables::joined(FILE, data, &options(), rows);
                let joined = joined.expect("batches of what is read whole");
                assert!(tables::same(&joined, table), "{rows} rows a batch");
            }
        }
        Err(error) => {
            one_line::check(error, FILE);
            let other = tables::joined(FILE, data, &options(), 5);
            let other = other.expect_err("batches of what is refused whole");
            assert_eq!(other.to_string(), error.to_string());
        }
    }
}

fn options() -> ReadOptions {
    ReadOptions { max_bytes: memory::CAP, ..ReadOptions::default() }
}
