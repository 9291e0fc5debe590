//! The memory rule: a hostile file costs at most 64 MiB, twice its decompressed bytes, and the size
//! of the design that it becomes.
//!
//! Memory is counted by the allocator. The peak of a process cannot be set back, so that each file
//! is read in a process of its own: this program again, told by the environment what to read.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::alloc::System;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use cap::Cap;
use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{ReadOptions, batches, libsvm, table};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const FILE: &str = "LINECALL_MEMORY_FILE";
const HOW: &str = "LINECALL_MEMORY_HOW";

/// Reads a file and gives the bytes of the design that it becomes; 0 for a table.
fn read(how: &str, path: &str) -> usize {
    let options = ReadOptions::default();
    match how {
        "table" => drop(table(path, &options)),
        "batches" => batches(path, &options, 4096).unwrap().for_each(drop),
        "infer" => {
            let table = table(path, &options).unwrap();
            let target = Some("y".to_owned());
            infer(&table, &InferOptions { target, ..InferOptions::default() }).unwrap();
        }
        _ => return libsvm::dataset(path, &options, None).map_or(0, |data| data.design.bytes()),
    }
    0
}

/// The child: reads one file and prints its peak and the design's bytes.
#[test]
fn one_file() {
    let (Ok(path), Ok(how)) = (std::env::var(FILE), std::env::var(HOW)) else { return };
    // The threads and their stacks are there before.
    rayon::join(|| (), || ());
    let before = MEMORY.allocated();
    let design = read(&how, &path);
    println!("PEAK {} {design}", MEMORY.max_allocated() - before);
}

/// Peak and design of a file, read in a process of its own.
fn measure(how: &str, path: &str) -> (usize, usize) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "one_file", "--nocapture"])
        .envs([(FILE, path), (HOW, how), ("RAYON_NUM_THREADS", "2")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split("PEAK ").nth(1));
    let line = line.unwrap_or_else(|| panic!("{how}: {output:?}"));
    let numbers: Vec<usize> = line.split(' ').map(|n| n.parse().unwrap()).collect();
    (numbers[0], numbers[1])
}

struct Case {
    name: &'static str,
    how: &'static str,
    start: String,
    /// Repeated.
    body: String,
    end: &'static str,
    bytes: usize,
}

fn case(
    name: &'static str,
    how: &'static str,
    start: impl Into<String>,
    body: impl Into<String>,
) -> Case {
    Case { name, how, start: start.into(), body: body.into(), end: "", bytes: 40 << 20 }
}

/// A header of so many short names.
fn names(columns: usize) -> String {
    let name = |j: usize| format!("{j:x}");
    (0..columns).map(name).collect::<Vec<_>>().join(",") + "\n"
}

fn write(case: &Case, path: &Path) -> usize {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut length = case.start.len() + case.end.len();
    file.write_all(case.start.as_bytes()).unwrap();
    while length < case.bytes {
        file.write_all(case.body.as_bytes()).unwrap();
        length += case.body.len();
    }
    file.write_all(case.end.as_bytes()).unwrap();
    file.into_inner().unwrap();
    length
}

/// Rows of a table whose cells are all different.
fn different(rows: usize) -> String {
    let row = |i: usize| format!("{},{},{}\n", i * 7, rows - i, i % 2);
    (0..rows).map(row).collect()
}

fn cases() -> Vec<Case> {
    let commas = |columns: usize| ",".repeat(columns - 1) + "\n";
    let mut cases = vec![
        case("commas.csv", "table", names(1000), commas(1000)),
        case("wide.csv", "table", names(1 << 18), commas(1 << 18)),
        case("ragged.csv", "table", "a,b\n", ","),
        case("rows.csv", "table", "a\n", "1\n"),
        case("blank.csv", "table", "a\n", "1\n\n"),
        case("quotes.csv", "table", "a,b\n", "\"\",\"\"\n"),
        case("doubled.csv", "table", "a\n", "\"\"\"\"\"\"\n"),
        case("long.csv", "table", "a,b\n", "x".repeat(300) + ",\n"),
        case("longest.csv", "table", "a,b\n", "x".repeat(65_000) + ",\n"),
        Case { bytes: 60 << 20, end: ",\n", ..case("cell.csv", "table", "a,b\n", "x") },
        Case { bytes: 100 << 20, end: ",\n", ..case("over.csv", "table", "a,b\n", "x") },
        Case { bytes: 100 << 20, end: "\"\n", ..case("open.csv", "table", "a\n\"", "x\n") },
        case("rows.tsv", "batches", "a\tb\n", "\t\n"),
        case("label.svm", "libsvm", "1 1:1\n", "1\n"),
        case("ones.svm", "libsvm", "", "1 1:1 2:1 3:1\n"),
        case("halves.svm", "libsvm", "", "1 1:.5 2:.1\n"),
        case("comments.svm", "libsvm", "1 1:1\n", "#\n"),
        Case { bytes: 100 << 20, end: "\n", ..case("line.svm", "libsvm", "1 1:", "0") },
        case("same.csv", "infer", "a,b,y\n", "1,2,0\n1,2,1\n"),
    ];
    let labels: String = (0..1_000_000).map(|i| format!("l{i} 1:1\n")).collect();
    cases.push(Case { bytes: 1, ..case("labels.svm", "libsvm", labels, "") });
    let entries: String = (1..3_000_000).map(|j| format!(" {j}:1")).collect();
    cases.push(Case { bytes: 1, ..case("entries.svm", "libsvm", "1".to_owned() + &entries, "") });
    let numbers = "a,b,y\n".to_owned() + &different(2_000_000);
    cases.push(Case { bytes: 1, ..case("different.csv", "infer", numbers, "") });
    cases
}

#[test]
fn hostile_files_keep_the_memory_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    for case in cases() {
        let path = folder.path().join(case.name);
        let bytes = write(&case, &path);
        let (peak, design) = measure(case.how, path.to_str().unwrap());
        let allowed = (64 << 20) + 2 * bytes + design;
        let mib = |bytes: usize| bytes >> 20;
        println!("{}: {} of {} MiB", case.name, mib(peak), mib(allowed));
        if peak > allowed {
            broken.push(format!("{}: {} of {} MiB", case.name, mib(peak), mib(allowed)));
        }
        std::fs::remove_file(&path).unwrap();
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn a_bomb_costs_what_the_cap_allows() {
    let folder = tempfile::tempdir().unwrap();
    let commas = ["a,b\n".as_bytes(), &b",\n".repeat(30 << 20)].concat();
    let path = folder.path().join("bomb.csv.zst");
    std::fs::write(&path, zstd::encode_all(&commas[..], 1).unwrap()).unwrap();
    let (peak, _) = measure("batches", path.to_str().unwrap());
    assert!(peak < 64 << 20, "{} MiB", peak >> 20);
}
