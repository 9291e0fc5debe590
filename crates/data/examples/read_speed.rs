//! How fast the readers are: MB of the file a second, by the clock and by the processor's time.
//!
//! `cargo run --release -p linecall-data --example read_speed [FILE...]` reads each file three
//! times and prints the fastest by the clock and the mean by processor time (of all threads; on
//! Linux). Without files it writes and reads about 100 MB each of CSV and LIBSVM with a fixed
//! pattern. `RAYON_NUM_THREADS=1` gives the speed of one thread, `TIMES=1` reads once. A table is read in two ways: as
//! text cells, and with every cell taken as a number besides.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use linecall_data::Table;
use linecall_data::read::{Format, NumberCell, ReadOptions, batches, format_of, libsvm, table};
use rayon::prelude::*;

const ROWS: u32 = 400_000;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if !files.is_empty() {
        return files.iter().try_for_each(|file| measure(file));
    }
    let folder = tempfile::tempdir()?;
    for (name, write) in [("mixed.csv", write_csv as Writer), ("ones.libsvm", write_ones)] {
        generate(folder.path(), name, write)?;
    }
    generate(folder.path(), "decimals.libsvm", write_decimals)
}

type Writer = fn(&mut dyn Write, u32) -> std::io::Result<()>;

fn generate(folder: &Path, name: &str, write: Writer) -> Result<(), Box<dyn Error>> {
    let path = folder.join(name);
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    if name.ends_with(".csv") {
        let header: Vec<String> = (0..30).map(|j| format!("column_{j}")).collect();
        writeln!(file, "{}", header.join(","))?;
    }
    (0..ROWS).try_for_each(|i| write(&mut file, i))?;
    file.flush()?;
    measure(path.to_str().ok_or("the temporary folder's name is not UTF-8")?)
}

/// A number that looks random, for row `i` and column `j`.
fn mix(i: u32, j: u32) -> u32 {
    let x = (u64::from(i) << 32 | u64::from(j)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as u32
}

fn write_csv(out: &mut dyn Write, i: u32) -> std::io::Result<()> {
    write!(out, "{i}")?;
    for j in 1..30 {
        match j % 5 {
            0 => write!(out, ",\"level {}\"", mix(i, j) % 7)?,
            1 | 2 => write!(out, ",{}", mix(i, j) % 100_000)?,
            _ => write!(out, ",{:.4}", f64::from(mix(i, j) % 1_000_000) / 1e4)?,
        }
    }
    writeln!(out)
}

fn write_ones(out: &mut dyn Write, i: u32) -> std::io::Result<()> {
    write!(out, "{}", if mix(i, 0).is_multiple_of(2) { "+1" } else { "-1" })?;
    let mut index = 0;
    for j in 0..30 {
        index += 1 + mix(i, j) % 2000;
        write!(out, " {index}:1")?;
    }
    writeln!(out)
}

fn write_decimals(out: &mut dyn Write, i: u32) -> std::io::Result<()> {
    write!(out, "{}", mix(i, 0) % 3)?;
    for j in 1..=20 {
        write!(out, " {j}:{:.6}", f64::from(mix(i, j)) / f64::from(u32::MAX) * 2.0 - 1.0)?;
    }
    writeln!(out)
}

/// Seconds of processor time that this process has taken, in hundredths.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn measure(path: &str) -> Result<(), Box<dyn Error>> {
    let times = std::env::var("TIMES").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let options = ReadOptions::default();
    let megabytes = std::fs::metadata(path)?.len() as f64 / 1e6;
    let report = |what: &str, read: &dyn Fn() -> linecall_data::Result<usize>| {
        let mut best = f64::INFINITY;
        let mut rows = 0;
        let before = processor_seconds();
        for _ in 0..times {
            let start = Instant::now();
            rows = read()?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        let processor = (processor_seconds() - before) / f64::from(times);
        println!(
            "{path}: {what}: {rows} rows, {megabytes:.1} MB, {best:.3} s: {:.0} MB/s by the clock, \
             {:.0} MB a processor second",
            megabytes / best,
            megabytes / processor,
        );
        linecall_data::Result::Ok(())
    };
    if format_of(path, &options)? == Format::Libsvm {
        report("dataset", &|| Ok(libsvm::dataset(path, &options, None)?.rows()))?;
    } else {
        report("table", &|| Ok(table(path, &options)?.rows()))?;
        report("numbers", &|| Ok(numbers(&table(path, &options)?)))?;
        report("batches", &|| batches(path, &options, 8192)?.map(|b| b.map(|b| b.rows())).sum())?;
    }
    Ok(())
}

/// Takes every cell as a number, a thread a column; gives the number of rows.
fn numbers(table: &Table) -> usize {
    let columns: Vec<Vec<f64>> = table
        .columns()
        .par_iter()
        .map(|column| {
            let mut values = Vec::with_capacity(table.rows());
            column.cells.each_number(&[], |_, cell| {
                values.push(if let NumberCell::Value(value) = cell { value } else { f64::NAN });
            });
            values
        })
        .collect();
    columns.first().map_or(0, Vec::len)
}
