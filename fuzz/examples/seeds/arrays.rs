//! NPY and NPZ: every type that is read, damaged headers, lying shapes, damaged archives.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::text::compressed;
use crate::{Outcome, put};

/// Files that NumPy and the library of the format wrote.
const GOLDEN: [(&str, &str, &[u8]); 9] = [
    ("npy", "fortran", include_bytes!("../../../crates/data/tests/golden/fortran.npy")),
    ("npy", "cube", include_bytes!("../../../crates/data/tests/golden/cube.npy")),
    ("npy", "cube-fortran", include_bytes!("../../../crates/data/tests/golden/cube_fortran.npy")),
    ("npy", "objects", include_bytes!("../../../crates/data/tests/golden/object.npy")),
    ("npy", "words", include_bytes!("../../../crates/data/tests/golden/labels.npy")),
    ("npz", "stored", include_bytes!("../../../crates/data/tests/golden/stored.npz")),
    ("npz", "deflated", include_bytes!("../../../crates/data/tests/golden/deflated.npz")),
    (
        "safetensors",
        "golden",
        include_bytes!("../../../crates/data/tests/golden/plain.safetensors"),
    ),
    (
        "safetensors",
        "bfloat",
        include_bytes!("../../../crates/data/tests/golden/bfloat.safetensors"),
    ),
];

/// Types, and bytes of six numbers of each.
const TYPES: [&str; 19] = [
    "|b1", "|i1", "|u1", "<i2", "<u2", ">i2", "<i4", ">u4", "<i8", ">i8", "<u8", "<f2", ">f2",
    "<f4", ">f4", "<f8", ">f8", "=f4", "f8",
];

/// Headers that are not as they should be, or only just.
const HEADERS: &[(&str, &str)] = &[
    ("no-comma", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1)}"),
    ("double-quotes", "{\"descr\": \"<f8\", \"fortran_order\": False, \"shape\": (2, 1)}"),
    ("long", "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 1L), }"),
    ("other-order", "{'shape': (2, 1), 'fortran_order': True, 'descr': '<f8', }"),
    ("zeros", "{'descr': '<f08', 'fortran_order': False, 'shape': (02, 1), }"),
    ("plus", "{'descr': '<f+8', 'fortran_order': False, 'shape': (2, 1), }"),
    ("negative", "{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 1), }"),
    ("huge", "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
    ("huge-rows", "{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976, 2), }"),
    ("wide", "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4294967296), }"),
    ("no-rows", "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }"),
    ("no-columns", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 0), }"),
    (
        "no-columns-inside",
        "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 0, 9223372036854775807), }",
    ),
    ("no-shape", "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"),
    ("one-dimension", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"),
    ("four", "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2, 2, 1), }"),
    ("record", "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
    ("complex", "{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1), }"),
    ("date", "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2, 1), }"),
    ("object", "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
    ("no-text", "{'descr': '<U0', 'fortran_order': False, 'shape': (9223372036854775807,), }"),
    ("no-bytes", "{'descr': '|S0', 'fortran_order': False, 'shape': (3,), }"),
    ("long-text", "{'descr': '<U65536', 'fortran_order': False, 'shape': (1,), }"),
    ("too-long-text", "{'descr': '<U65537', 'fortran_order': False, 'shape': (1,), }"),
    ("twice", "{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"),
    ("unknown", "{'descr': '<f8', 'colour': 'red', 'fortran_order': False, 'shape': (2,), }"),
    ("truth", "{'descr': '<f8', 'fortran_order': true, 'shape': (2, 1), }"),
    ("after", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), } x"),
    ("open", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1"),
    ("backslash", "{'descr': '<f\\x38', 'fortran_order': False, 'shape': (2, 1), }"),
    ("nothing-said", "{}"),
    ("no-header", ""),
];

fn npy(version: u8, header: &str, body: &[u8]) -> Vec<u8> {
    let length = header.len() as u32;
    let length = &length.to_le_bytes()[..if version == 1 { 2 } else { 4 }];
    [&b"\x93NUMPY"[..], &[version, 0], length, header.as_bytes(), body].concat()
}

fn array(descr: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    npy(1, &header, body)
}

/// All of them.
pub(crate) fn write() -> Outcome {
    for (target, name, bytes) in GOLDEN {
        put(target, &format!("golden-{name}"), bytes)?;
        put(target, &format!("golden-{name}-cut"), &bytes[..bytes.len() * 2 / 3])?;
    }
    npys()?;
    labels()?;
    npzs()?;
    archives()
}

fn npys() -> Outcome {
    for descr in TYPES {
        let size = usize::from(*descr.as_bytes().last().unwrap_or(&b'1') - b'0');
        // The upper half of each number is small, so that all are finite.
        let body: Vec<u8> = (0..6 * size).map(|i| (i * 5 % 61) as u8).collect();
        let name = descr.replace('<', "l").replace('>', "b").replace(['|', '='], "n");
        put("npy", &format!("of-{name}"), array(descr, "(3, 2)", &body))?;
    }
    let eight = [1.0f64, 2.0].map(f64::to_le_bytes).concat();
    for (name, header) in HEADERS {
        put("npy", &format!("header-{name}"), npy(1, header, &eight))?;
    }
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }\n";
    for version in [0, 2, 3, 4] {
        put("npy", &format!("version-{version}"), npy(version, header, &eight))?;
    }
    let good = npy(1, header, &eight);
    put("npy", "more", [&good[..], b"x"].concat())?;
    put("npy", "less", &good[..good.len() - 1])?;
    put("npy", "magic", &good[..6])?;
    put("npy", "cut-length", &good[..9])?;
    put("npy", "cut-header", &good[..30])?;
    let mut lying = npy(2, header, &eight);
    lying[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    put("npy", "lying-length", lying)?;
    let many = format!("({})", "1, ".repeat(65));
    put("npy", "dimensions", array("|u1", &many, &[1]))?;
    for (name, value) in [("nan", f64::NAN), ("infinity", f64::NEG_INFINITY), ("tiny", 5e-324)] {
        put("npy", name, array("<f8", "(2, 1)", &[1.0, value].map(f64::to_le_bytes).concat()))?;
    }
    let inexact = [(1i64 << 53) + 1, i64::MIN].map(i64::to_le_bytes).concat();
    put("npy", "inexact", array("<i8", "(1, 2)", &inexact))?;
    put("npy", "double-late", array("<f8", "(1, 2)", &[0.5, 0.1].map(f64::to_le_bytes).concat()))?;
    put("npy", "csv", "y\n0\n1\n")?;
    put("npy", "nothing", b"")?;
    compressed("npy", &good)
}

fn labels() -> Outcome {
    let points =
        |text: &str| -> Vec<u8> { text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect() };
    put("npy", "labels-bytes", array("|S3", "(2,)", b"no\0yes"))?;
    put("npy", "labels-blank", array("|S3", "(2,)", b"no\0   "))?;
    put("npy", "labels-empty", array("|S2", "(2,)", b"no\0\0"))?;
    put("npy", "labels-utf8", array("|S3", "(2,)", b"\xc3\xbc\0\xff\xfe\0"))?;
    put("npy", "labels-points", array("<U2", "(2,)", &points("ü\0😀a")))?;
    put("npy", "labels-no-points", array("<U1", "(1,)", &0xd800u32.to_le_bytes()))?;
    put("npy", "labels-column", array("<i4", "(2, 1)", &[1, 0, 0, 0, 2, 0, 0, 0]))?;
    put(
        "npy",
        "labels-large",
        array("<u8", "(2,)", &[u64::MAX, 7].map(u64::to_le_bytes).concat()),
    )?;
    put("npy", "labels-halves", array("<f2", "(2,)", &[0, 0x3c, 0, 0x80]))?;
    put(
        "npy",
        "labels-nan",
        array("<f4", "(2,)", &[f32::NAN, 1.0].map(f32::to_le_bytes).concat()),
    )?;
    put("npy", "labels-truth", array("|b1", "(3,)", &[0, 1, 2]))
}

/// Entries of an archive.
type Parts = Vec<(&'static str, Vec<u8>)>;

/// Entries in the form of the target's second kind.
fn entries(deflated: bool, parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![u8::from(deflated)];
    for (name, content) in parts {
        bytes.extend(name.as_bytes());
        bytes.push(b'\n');
        bytes.extend((content.len() as u16).to_le_bytes());
        bytes.extend(content);
    }
    bytes
}

fn npzs() -> Outcome {
    let x = || array("<f8", "(2, 2)", &[1.0, 2.0, 3.0, 0.1].map(f64::to_le_bytes).concat());
    let small = || array("|u1", "(2, 3)", &[1, 2, 3, 4, 5, 6]);
    let y = || array("|S2", "(2,)", b"nono");
    let numbers = || array("|i1", "(2,)", &[255, 1]);
    let object = || npy(1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", b"\x80\x04");
    let fortran =
        || npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }", &[1, 2, 3, 4]);
    let cases: Vec<(&str, Parts)> = vec![
        ("plain", vec![("X.npy", x()), ("y.npy", y())]),
        ("labels-first", vec![("y.npy", numbers()), ("X.npy", x())]),
        ("other-names", vec![("train.npy", small()), ("target.npy", y())]),
        ("data", vec![("data.npy", fortran()), ("labels.npy", y())]),
        ("other-first", vec![("a.npy", small()), ("X.npy", x()), ("y.npy", y())]),
        ("two", vec![("X.npy", x()), ("x.npy", small()), ("y.npy", y())]),
        ("two-others", vec![("a.npy", x()), ("b.npy", small()), ("y.npy", y())]),
        ("two-labels", vec![("X.npy", x()), ("y.npy", y()), ("label.npy", numbers())]),
        ("no-labels", vec![("X.npy", x())]),
        ("no-matrix", vec![("y.npy", y()), ("z.npy", numbers())]),
        ("objects", vec![("X.npy", x()), ("y.npy", object())]),
        ("objects-aside", vec![("meta.npy", object()), ("X.npy", x()), ("y.npy", y())]),
        ("objects-only", vec![("meta.npy", object()), ("y.npy", y())]),
        ("sparse", vec![("indptr.npy", numbers()), ("data.npy", x())]),
        ("text-matrix", vec![("X.npy", array("|S1", "(1, 2)", b"ab")), ("y.npy", y())]),
        ("rows", vec![("X.npy", small()), ("y.npy", array("|i1", "(3,)", &[1, 2, 3]))]),
        ("not-arrays", vec![("readme.txt", b"hello".to_vec()), ("X.npy", x()), ("y.npy", y())]),
        ("no-array", vec![("X.npy", b"hello".to_vec())]),
        ("empty", vec![("X.npy", Vec::new()), ("y.npy", y())]),
        ("more", vec![("X.npy", [x(), b"x".to_vec()].concat()), ("y.npy", y())]),
        ("labels-more", vec![("X.npy", x()), ("y.npy", [y(), b"x".to_vec()].concat())]),
        (
            "odd-name",
            vec![("a\u{7}\u{1b}[2J.npy", small()), ("\u{7}.npy", small()), ("y.npy", y())],
        ),
        ("folder", vec![("a/X.npy", x()), ("../y.npy", y())]),
        ("names", (0..10).map(|_| ("n.npy", Vec::new())).take(1).collect()),
        ("huge", vec![("X.npy", array("<f8", "(1152921504606846975, 2)", &[])), ("y.npy", y())]),
        (
            "huge-labels",
            vec![("X.npy", x()), ("y.npy", array("|S0", "(18446744073709551615,)", &[]))],
        ),
        ("version", vec![("X.npy", npy(9, "", &[])), ("y.npy", y())]),
        (
            "nan",
            vec![
                ("X.npy", array("<f4", "(2, 1)", &[f32::NAN, 1.0].map(f32::to_le_bytes).concat())),
                ("y.npy", y()),
            ],
        ),
    ];
    for (name, parts) in &cases {
        put("npz", name, entries(false, parts))?;
    }
    for (name, parts) in cases.iter().take(6) {
        put("npz", &format!("{name}-deflated"), entries(true, parts))?;
    }
    put("npz", "nothing", b"")?;
    put("npz", "header", b"PK\x03\x04")?;
    put("npz", "end-only", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
}

/// Archives as they are: damaged, lying, and larger than they look.
fn archives() -> Outcome {
    let x = array("|u1", "(2, 2)", &[1, 2, 3, 4]);
    let good = archive(&[("X.npy", &x), ("y.npy", &array("|u1", "(2,)", &[0, 1]))])?;
    put("npz", "archive", &good)?;
    put("npz", "archive-more", [b"PK\x03\x04", &good[4..], b"more"].concat())?;
    // The first entry claims other sums and sizes; the directory claims other counts and places.
    for at in [6, 8, 14, 18, 22, 26, 28] {
        let mut lying = good.clone();
        lying[at] ^= 0xff;
        put("npz", &format!("archive-entry-{at}"), lying)?;
    }
    let end = good.len() - 22;
    for at in [4, 6, 8, 10, 12, 16, 20] {
        let mut lying = good.clone();
        lying[end + at] ^= 0xff;
        put("npz", &format!("archive-end-{at}"), lying)?;
    }
    let zeros = array("|u1", "(1000, 1000)", &vec![0; 1_000_000]);
    put("npz", "archive-bomb", archive(&[("X.npy", &zeros)])?)
}

fn archive(entries: &[(&str, &[u8])]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
