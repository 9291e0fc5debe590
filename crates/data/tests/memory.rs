//! The memory rule: a hostile file costs at most 64 MiB, twice its decompressed bytes, and the size
//! of the design that it becomes.
//!
//! Memory is counted by the allocator. The peak of a process cannot be set back, so that each file
//! is read in a process of its own: this program again, told by the environment what to read.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::alloc::System;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int8Array, NullArray, RecordBatch, StringArray};
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use cap::Cap;
use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{ReadOptions, batches, libsvm, matrix, table};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const FILE: &str = "LINECALL_MEMORY_FILE";
const HOW: &str = "LINECALL_MEMORY_HOW";

/// Reads a file and gives the bytes of the design that it becomes; 0 for a table of text.
fn read(how: &str, path: &str) -> usize {
    let options = ReadOptions::default();
    match how {
        "table" => drop(table(path, &options)),
        "typed" => {
            let table = table(path, &options);
            return table.map_or(0, |table| 8 * table.rows() * table.columns().len());
        }
        "matrix" => {
            return matrix::dataset(path, &options, None).map_or(0, |data| data.design.bytes());
        }
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
    cases.extend(json_cases());
    cases
}

fn json_cases() -> Vec<Case> {
    let object = |keys: usize| {
        let pairs: Vec<String> = (0..keys).map(|i| format!("\"k{i}\":{}", i % 10)).collect();
        format!("{{{}}}\n", pairs.join(","))
    };
    let apart: String = (0..300_000).map(|i| format!("{{\"{i}\":0}}\n")).collect();
    vec![
        case("empty.jsonl", "table", "{\"a\":1}\n", "{}\n"),
        case("short.jsonl", "table", "", "{\"a\":1}\n"),
        case("short_batches.jsonl", "batches", "", "{\"a\":1}\n"),
        case("wide.jsonl", "table", "", object(1000)),
        case("escapes.jsonl", "table", "", "{\"a\":\"\\n\\u0041\"}\n"),
        case("sparse.jsonl", "table", object(10_000), "{\"k0\":1}\n"),
        Case { bytes: 1, ..case("apart.jsonl", "table", apart, "") },
        case("rows.ts", "typed", "@classLabel false\n@data\n", "1,?\n"),
        case("wide.ts", "typed", "@classLabel false\n@data\n", "1,".repeat(200_000) + "1\n"),
        Case { bytes: 100 << 20, ..case("line.ts", "typed", "@classLabel true\n@data\n", "1,") },
        Case { bytes: 100 << 20, ..case("line.jsonl", "table", "{\"a\":\"", "x") },
        Case { bytes: 100 << 20, ..case("deep.jsonl", "table", "{\"a\":", "[") },
    ]
}

/// Files that are packed or hold numbers: how to read each, its bytes, and how many bytes those are
/// when decompressed.
fn packed() -> Vec<(&'static str, &'static str, Vec<u8>, usize)> {
    let mut packed = Vec::new();
    for (name, descr, fortran, rows, size) in [
        ("bytes.npz", "|u1", "False", 1 << 16, 1),
        ("doubles.npz", "<f8", "False", 1 << 13, 8),
        ("turned.npz", "<f4", "True", 1 << 14, 4),
        ("turned_bytes.npz", "|u1", "True", 1 << 16, 1),
    ] {
        let x = npy(descr, fortran, &format!("({rows}, 1000)"), &vec![0; 1000 * rows * size]);
        let y = npy("|u1", "False", &format!("({rows},)"), &[vec![1], vec![0; rows - 1]].concat());
        let bytes = x.len() + y.len();
        packed.push((name, "matrix", npz(&[("y.npy", &y), ("X.npy", &x)]), bytes));
    }
    // Labels alone, a second matrix, and an array that claims what is not there.
    let x = npy("|u1", "False", "(10, 1000000)", &vec![0; 10_000_000]);
    let lone = npy("|u1", "False", "(100000000,)", &vec![0; 100_000_000]);
    packed.push(("labels.npz", "matrix", npz(&[("y.npy", &lone)]), lone.len()));
    let many: Vec<(String, &[u8])> = (0..9).map(|i| (format!("x{i}.npy"), x.as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, x)| (name.as_str(), *x)).collect();
    packed.push(("many.npz", "matrix", npz(&many), 9 * x.len()));
    let claim = npy("<f8", "False", "(1000000, 1000000)", &[0; 64]);
    packed.push(("claim.npz", "matrix", npz(&[("X.npy", &claim)]), claim.len()));
    let header =
        br#"{"x":{"dtype":"F64","shape":[1000000,1000000],"data_offsets":[0,8000000000000]}}"#;
    let tensors = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 64]].concat();
    packed.push(("claim.safetensors", "matrix", tensors.clone(), tensors.len()));
    let names: Vec<String> = (0..60_000)
        .map(|i| format!(r#""{i}":{{"dtype":"U8","shape":[],"data_offsets":[{i},{}]}}"#, i + 1))
        .collect();
    let header = format!("{{{}}}", names.join(","));
    let length = (header.len() as u64).to_le_bytes();
    let tensors = [&length[..], header.as_bytes(), &[0; 60_000]].concat();
    packed.push(("names.safetensors", "matrix", tensors.clone(), tensors.len()));
    packed.extend(arrow());
    packed
}

fn npy(descr: &str, fortran: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}}}");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

fn npz(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(1));
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Arrow files: small numbers and flags, packed; and columns of nothing but nulls.
fn arrow() -> Vec<(&'static str, &'static str, Vec<u8>, usize)> {
    const ROWS: usize = 4 << 20;
    let zeros: ArrayRef = Arc::new(Int8Array::from(vec![0i8; ROWS]));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true; ROWS]));
    let nulls: ArrayRef = Arc::new(NullArray::new(1 << 16));
    let words: ArrayRef = Arc::new(StringArray::from(vec!["ab"; ROWS]));
    let wide: Vec<(String, ArrayRef)> =
        (0..200).map(|i| (format!("n{i}"), Arc::clone(&nulls))).collect();
    vec![
        ("zeros.arrow", "typed", ipc(&[("a".into(), zeros)], 8), 8 * ROWS),
        ("flags.arrow", "typed", ipc(&[("a".into(), flags)], 8), ROWS),
        ("words.arrow", "typed", ipc(&[("a".into(), words)], 4), 4 * 6 * ROWS),
        // What is null costs no bytes, and is no size of a design either.
        ("nulls.arrow", "table", ipc(&[("a".into(), Arc::clone(&nulls))], 1000), 500_000),
        ("wide_nulls.arrow", "table", ipc(&wide, 100), 2_000_000),
    ]
}

/// One record batch, written several times.
fn ipc(columns: &[(String, ArrayRef)], times: usize) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns.iter().cloned()).unwrap();
    let options = IpcWriteOptions::default()
        .try_with_compression(Some(arrow::ipc::CompressionType::ZSTD))
        .unwrap();
    let schema = batch.schema();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    (0..times).for_each(|_| writer.write(&batch).unwrap());
    writer.into_inner().unwrap()
}

#[test]
fn hostile_files_keep_the_memory_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    for case in cases() {
        let path = folder.path().join(case.name);
        let bytes = write(&case, &path);
        broken.extend(over(case.how, &path, bytes));
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn packed_files_keep_the_memory_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    for (name, how, file, bytes) in packed() {
        let path = folder.path().join(name);
        std::fs::write(&path, file).unwrap();
        broken.extend(over(how, &path, bytes));
    }
    assert!(broken.is_empty(), "{broken:?}");
}

/// Reads a file and removes it; says so when it took more memory than the rule allows.
fn over(how: &str, path: &Path, bytes: usize) -> Option<String> {
    let (peak, design) = measure(how, path.to_str().unwrap());
    let allowed = (64 << 20) + 2 * bytes + design;
    let mib = |bytes: usize| bytes >> 20;
    let name = path.file_name().unwrap().display();
    let line =
        format!("{name}: {} of {} MiB, a design of {}", mib(peak), mib(allowed), mib(design));
    println!("{line}");
    std::fs::remove_file(path).unwrap();
    (peak > allowed).then_some(line)
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
