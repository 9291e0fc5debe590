//! One timed read, for the benchmarks: `bench_read HOW FILE` prints `{"seconds": ..., "rows": ...}`
//! on standard error.
//!
//! `HOW` is `table` (text cells, or the numbers of a typed format), `numbers` (a table, and every
//! cell as a number in memory of its own) or `matrix` (a design with its labels).
#![allow(clippy::print_stderr)]

use std::error::Error;
use std::time::Instant;

use linecall_data::Table;
use linecall_data::read::{NumberCell, ReadOptions, matrix, table};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [how, path] = arguments.as_slice() else {
        return Err("usage: bench_read table|numbers|matrix FILE".into());
    };
    let options = ReadOptions::default();
    let start = Instant::now();
    let (rows, seconds) = match how.as_str() {
        "table" => timed(start, table(path, &options)?, Table::rows),
        "numbers" => {
            let table = table(path, &options)?;
            let numbers = numbers(&table);
            timed(start, (table, numbers), |(_, columns)| columns.first().map_or(0, Vec::len))
        }
        "matrix" => timed(start, matrix::dataset(path, &options, None)?, |data| data.rows()),
        other => return Err(format!("`{other}` is none of table, numbers, matrix").into()),
    };
    eprintln!("{{\"seconds\": {seconds}, \"rows\": {rows}}}");
    Ok(())
}

/// The number of rows and the seconds since the start, taken before anything is given back.
fn timed<T>(start: Instant, read: T, rows: impl Fn(&T) -> usize) -> (usize, f64) {
    let seconds = start.elapsed().as_secs_f64();
    (rows(&read), seconds)
}

/// Every cell as a number, NaN where it is none.
fn numbers(table: &Table) -> Vec<Vec<f64>> {
    let numbers = |column: &linecall_data::Column| {
        let mut values = Vec::with_capacity(table.rows());
        column.cells.each_number(&[], |_, cell| {
            values.push(if let NumberCell::Value(value) = cell { value } else { f64::NAN });
        });
        values
    };
    table.columns().par_iter().map(numbers).collect()
}
