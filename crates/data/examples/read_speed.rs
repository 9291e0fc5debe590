//! How fast the readers are: MB/s of decompressed text.
//!
//! `cargo run --release -p linecall-data --example read_speed [FILE...]` reads each file three
//! times and prints the fastest. Without files it writes and reads about 100 MB each of CSV and
//! LIBSVM with a fixed pattern. `RAYON_NUM_THREADS=1` gives the speed of one thread.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use linecall_data::read::{Format, ReadOptions, batches, format_of, libsvm, table};

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

fn measure(path: &str) -> Result<(), Box<dyn Error>> {
    let options = ReadOptions::default();
    let megabytes = std::fs::metadata(path)?.len() as f64 / 1e6;
    let report = |what: &str, read: &dyn Fn() -> linecall_data::Result<usize>| {
        let mut best = f64::INFINITY;
        let mut rows = 0;
        for _ in 0..3 {
            let start = Instant::now();
            rows = read()?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        let speed = megabytes / best;
        println!("{path}: {what}: {rows} rows, {megabytes:.1} MB, {best:.3} s, {speed:.0} MB/s");
        linecall_data::Result::Ok(())
    };
    if format_of(path, &options)? == Format::Libsvm {
        report("dataset", &|| Ok(libsvm::dataset(path, &options, None)?.rows()))?;
    } else {
        report("table", &|| Ok(table(path, &options)?.rows()))?;
        report("batches", &|| batches(path, &options, 8192)?.map(|b| b.map(|b| b.rows())).sum())?;
    }
    Ok(())
}
