//! NPY, NPZ and safetensors: files of NumPy and of the safetensors library, archives of another zip
//! library, and what is refused.

use std::io::{Cursor, Write};

use linecall_data::read::{Format, ReadOptions, format_of, matrix, table};
use linecall_data::{Dataset, Design, ErrorKind, Labels, Matrix, Result};
use proptest::prelude::*;

use crate::common::*;

/// The cells of a dense design, row after row, and whether they are kept in `f32`.
fn values(design: &Design) -> (Vec<f64>, bool) {
    match design.matrix() {
        Matrix::DenseF32(m) => (m.values().iter().map(|&v| f64::from(v)).collect(), true),
        Matrix::DenseF64(m) => (m.values().to_vec(), false),
        other => panic!("{other:?} is not dense"),
    }
}

/// 0 to 11 in three rows, as `make.py` writes them.
fn counting() -> Vec<f64> {
    (0..12).map(f64::from).collect()
}

/// The dataset of an array file whose labels are `no`, `yes`, `no`.
fn labelled(path: &str) -> Result<Dataset> {
    let labels = Some(golden("labels.npy"));
    matrix::dataset(path, &ReadOptions { labels, ..ReadOptions::default() }, None)
}

fn plain(path: &str) -> Result<Dataset> {
    matrix::dataset(path, &ReadOptions::default(), None)
}

/// All batches of a matrix, put end to end.
fn rows_of(path: &str, rows: usize, n_features: usize) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    let mut before = 0;
    for batch in matrix::batches(path, &ReadOptions::default(), rows, n_features)? {
        let batch = batch?;
        assert!(batch.design.rows() > 0 && batch.design.rows() <= rows);
        assert_eq!(batch.rows_before, before);
        before += batch.design.rows() as u64;
        all.extend(values(&batch.design).0);
    }
    Ok(all)
}

#[test]
fn arrays_of_every_type_order_and_version_are_read() {
    for name in [
        "lf8",
        "bf8",
        "lf4",
        "lf2",
        "li8",
        "bi4",
        "lu2",
        "u1",
        "i1",
        "fortran",
        "cube",
        "cube_fortran",
        "version1",
        "version2",
        "version3",
    ] {
        let path = golden(&format!("{name}.npy"));
        let data = labelled(&path).unwrap();
        assert_eq!((data.design.rows(), data.design.cols()), (3, 4), "{name}");
        assert_eq!(values(&data.design), (counting(), true), "{name}");
        assert_eq!(data.design.column(3).unwrap().name(), "4");
        assert_eq!(data.labels, Labels::from_names(["no", "yes", "no"]));
        for rows in [1, 2, 3, 9] {
            assert_eq!(rows_of(&path, rows, 4).unwrap(), counting(), "{name} {rows}");
        }
    }
    let flags = labelled(&golden("bool.npy")).unwrap();
    let even: Vec<f64> = (0..12).map(|i| f64::from(1 - i % 2)).collect();
    assert_eq!(values(&flags.design).0, even);
}

#[test]
fn archives_hold_a_matrix_and_labels() {
    let stored = plain(&golden("stored.npz")).unwrap();
    assert_eq!(values(&stored.design).0, counting());
    assert_eq!(stored.labels, Labels::from_names(["0", "1", "0"]));
    // The only matrix, whatever its name.
    let deflated = plain(&golden("deflated.npz")).unwrap();
    assert_eq!(values(&deflated.design).0, counting());
    assert_eq!(deflated.labels, Labels::from_names(["no", "yes", "no"]));
    assert_eq!(rows_of(&golden("deflated.npz"), 2, 4).unwrap(), counting());
}

#[test]
fn tensors_are_a_matrix_and_labels() {
    let data = plain(&golden("plain.safetensors")).unwrap();
    assert_eq!(values(&data.design), (counting(), true));
    assert_eq!(data.labels, Labels::from_names(["2", "1", "2"]));
    let half = plain(&golden("bfloat.safetensors")).unwrap();
    assert_eq!(values(&half.design).0, counting());
    assert_eq!(half.labels, Labels::from_names(["1", "0", "1"]));
    assert_eq!(rows_of(&golden("bfloat.safetensors"), 2, 4).unwrap(), counting());
}

#[test]
fn embeddings_of_half_precision_are_read() {
    let test = "embeddings_of_half_precision_are_read";
    let Some(path) = shared(test, "embeddings/sst2_minilm/dev.safetensors") else { return };
    let data = plain(&path).unwrap();
    assert_eq!((data.design.rows(), data.design.cols()), (872, 384));
    assert_eq!(data.labels.classes(), ["0", "1"]);
    let (cells, single) = values(&data.design);
    assert!(single);
    // The encoder scales every row to norm one; half precision keeps it to 2^-11 a cell.
    for row in cells.chunks(384) {
        let norm: f64 = row.iter().map(|v| v * v).sum();
        assert!((norm - 1.0).abs() < 1e-3, "{norm}");
    }
}

#[test]
fn labels_may_be_a_table_of_one_column() {
    let files = Files::new();
    let with = |file: &str| {
        let options = ReadOptions { labels: Some(file.into()), ..ReadOptions::default() };
        matrix::dataset(&golden("lf8.npy"), &options, None)
    };
    let good = files.put("y.csv", "class\na\nb\na\n");
    assert_eq!(with(&good).unwrap().labels, Labels::from_names(["a", "b", "a"]));
    let cases: [(&str, &str, &[&str]); 5] = [
        ("short.csv", "class\na\nb\n", &["2 labels for 3 rows", "as many labels as rows"]),
        ("wide.csv", "a,b\n1,2\n1,2\n1,2\n", &["2 columns", "one column"]),
        ("gap.csv", "class\na\n\"\"\nb\n", &["row 2", "missing"]),
        ("y.libsvm", "1 1:1\n", &["LIBSVM", "no list of labels"]),
        ("none.csv", "", &["empty"]),
    ];
    for (name, text, parts) in cases {
        let path = files.put(name, text);
        assert_says(with(&path), &path, parts);
    }
    let path = golden("lf8.npy");
    assert_says(with(&path), &path, &["[3, 4]", "one label a row"]);
    let options = ReadOptions { labels: Some(good.clone()), ..ReadOptions::default() };
    let svm = files.put("a.svm", "1 1:1\n");
    assert_says(matrix::dataset(&svm, &options, None), &svm, &["leave out `--labels`"]);
    assert_says(table(&good, &options), &good, &["column", "leave out `--labels`"]);
}

/// A `.npy` file by its header.
fn npy(header: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}

fn array(descr: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    npy(&header, bytes)
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn broken_arrays_are_refused_in_one_line() {
    let files = Files::new();
    let wide = (1i64 << 60) + 1;
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (b"".to_vec(), &["empty", "NumPy"]),
        (b"a,b\n1,2\n".to_vec(), &["no a NumPy array file", "--format"]),
        (b"PK\x03\x04".to_vec(), &["zip archive", "--format npz"]),
        (b"\x93NUMPY\x09\x00".to_vec(), &["version 9", "1 to 3"]),
        (b"\x93NUMPY\x01".to_vec(), &["breaks off", "header"]),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), &["4294967295 bytes"]),
        (b"\x93NUMPY\x01\x00\xff\x00{".to_vec(), &["breaks off", "header"]),
        (npy("{}", b""), &["no `descr`"]),
        (array("|O", false, "(2,)", b"cos\nsystem\n"), &["never unpickled", "number type"]),
        (array("<c8", false, "(2, 2)", &[0; 32]), &["complex", "integers or floats"]),
        (array("<f8", false, "(2, 2)", &doubles(&[1.0; 3])), &["claims 32 bytes", "has 24"]),
        (array("<f8", true, "(2, 2)", &doubles(&[1.0; 3])), &["claims 32 bytes", "has 24"]),
        (array("<f8", false, "(1, 2)", &doubles(&[1.0; 3])), &["not all that the file holds"]),
        (array("<f8", false, "(0, 2)", b""), &["no rows"]),
        (array("<f8", false, "(2, 0)", b""), &["no columns"]),
        (array("<f8", false, "(2,)", &doubles(&[1.0; 2])), &["one dimension"]),
        (array("<f8", false, "()", &doubles(&[1.0])), &["0 dimensions"]),
        (array("<U2", false, "(1, 1)", &[0; 8]), &["text", "numbers"]),
        (array("<f8", false, "(4294967296, 4294967296)", b""), &["claims the shape"]),
        (array("<f8", false, "(1, 4294967296)", b""), &["4294967296 columns"]),
        (array("<f8", false, "(1000000000000, 2)", b""), &["claims 16000000000000 bytes"]),
        (
            array("<f8", false, "(2, 2)", &doubles(&[1.0, 2.0, 3.0, f64::NAN])),
            &["row 2, column `2`", "`NaN`", "finite", "missing cells"],
        ),
        (
            array("<f8", true, "(2, 2)", &doubles(&[1.0, 2.0, f64::INFINITY, 4.0])),
            &["row 1, column `2`", "`inf`", "finite"],
        ),
        (
            array(">i8", false, "(1, 2)", &[1i64.to_be_bytes(), wide.to_be_bytes()].concat()),
            &["row 1, column `2`", "`1152921504606846977`", "exactly"],
        ),
    ];
    for (bytes, parts) in cases {
        for (name, bytes) in [("bad.npy", bytes.clone()), ("bad.npy.zst", zstd(&bytes))] {
            let path = files.put(name, bytes);
            assert_says(labelled(&path), &path, parts);
            assert_says(rows_of(&path, 2, 2), &path, parts);
        }
    }
    let path = golden("object.npy");
    assert_says(labelled(&path), &path, &["pickled", "never unpickled"]);
    let path = golden("lf8.npy");
    assert_says(plain(&path), &path, &["no labels", "--labels y.npy", "numpy.savez"]);
    assert_says(rows_of(&path, 2, 5), &path, &["4 columns, 5 are needed"]);
    assert_says(table(&path, &ReadOptions::default()), &path, &["NPY", "a table is needed"]);
}

#[test]
fn broken_labels_are_refused_in_one_line() {
    let files = Files::new();
    let with = |file: &str| {
        let options = ReadOptions { labels: Some(file.into()), ..ReadOptions::default() };
        matrix::dataset(&golden("lf8.npy"), &options, None)
    };
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (array("<f8", false, "(3,)", &doubles(&[0.0, f64::NAN, 1.0])), &["row 2", "`NaN`"]),
        (
            array("<U1", false, "(3,)", &[97, 0, 0, 0, 0, 0, 0, 0, 98, 0, 0, 0]),
            &["row 2", "missing"],
        ),
        (array("<U1", false, "(3,)", &[0xff; 12]), &["row 1", "Unicode"]),
        (array("|S1", false, "(3,)", b"a\xffb"), &["row 2", "UTF-8"]),
        (array("|S0", false, "(3,)", b""), &["row 1", "missing"]),
        (array("|S0", false, "(9000000000000000000,)", b""), &["9000000000000000000 labels"]),
        (array("<i8", false, "(2,)", &[0; 16]), &["2 labels for 3 rows"]),
        (array("<i8", false, "(3,)", &[0; 23]), &["claims 24 bytes", "has 23"]),
        (array("<i8", false, "(3,)", &[0; 25]), &["not all"]),
        (array("|O", false, "(3,)", &[0; 25]), &["never unpickled"]),
    ];
    for (bytes, parts) in cases {
        let path = files.put("y.npy", bytes);
        assert_says(with(&path), &path, parts);
    }
    for (descr, bytes, names) in [
        ("<f8", doubles(&[2.0, -0.0, 0.0]), ["2", "0", "0"]),
        ("|b1", vec![1, 0, 1], ["true", "false", "true"]),
        ("|S2", b"ab\0\0b\0".to_vec(), ["ab", "", "b"]),
        (">u2", vec![1, 0, 0, 7, 1, 0], ["256", "7", "256"]),
    ] {
        let path = files.put("y.npy", array(descr, false, "(3, 1)", &bytes));
        match names.contains(&"") {
            true => assert_says(with(&path), &path, &["row 2", "missing"]),
            false => assert_eq!(with(&path).unwrap().labels, Labels::from_names(names)),
        }
    }
    let many: Vec<u8> = (0..70_000u32).flat_map(u32::to_le_bytes).collect();
    let x = files.put("x.npy", array("|u1", false, "(70000, 1)", &[0; 70_000]));
    let y = files.put("y.npy", array("<u4", false, "(70000,)", &many));
    let options = ReadOptions { labels: Some(y.clone()), ..ReadOptions::default() };
    assert_says(matrix::dataset(&x, &options, None), &y, &["65536 different labels"]);
}

/// Names and bytes of what is put in an archive.
type Entries<'a> = [(&'a str, &'a [u8])];

/// An archive of entries, by another zip library.
fn zip(entries: &Entries, method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn stored(entries: &Entries) -> Vec<u8> {
    zip(entries, zip::CompressionMethod::Stored)
}

#[test]
fn the_matrix_of_an_archive_is_named_or_the_only_one() {
    let files = Files::new();
    let x = array("<f8", false, "(2, 2)", &doubles(&[1.0, 2.0, 3.0, 4.0]));
    let other = array("<f8", false, "(2, 1)", &doubles(&[9.0, 8.0]));
    let y = array("|u1", false, "(2,)", &[3, 4]);
    let object = array("|O", false, "(2,)", b"....");
    let read = |entries: &Entries| {
        let path = files.put("a.npz", stored(entries));
        plain(&path).map(|data| values(&data.design).0)
    };
    let four = vec![1.0, 2.0, 3.0, 4.0];
    for entries in [
        &[("X.npy", x.as_slice()), ("y.npy", &y)][..],
        &[("y.npy", &y), ("data.npy", &x)],
        &[("other.npy", &other), ("X.npy", &x), ("target.npy", &y)],
        &[("X.npy", &x), ("other.npy", &other), ("target.npy", &y)],
        &[("meta.npy", &object), ("anything.npy", &x), ("label.npy", &y), ("note.txt", b"hi")],
    ] {
        assert_eq!(read(entries).unwrap(), four);
    }
    let cases: [(&Entries, &[&str]); 9] = [
        (&[("a.npy", &x), ("b.npy", &other), ("y.npy", &y)], &["both `a` and `b`", "`X`"]),
        (&[("X.npy", &x), ("x.npy", &x), ("y.npy", &y)], &["both `X` and `x`"]),
        (&[("X.npy", &x), ("y.npy", &y), ("labels.npy", &y)], &["two arrays", "`y`"]),
        (&[("X.npy", &x)], &["no labels", "`y`"]),
        (&[("y.npy", &y), ("z.npy", &y)], &["none of the arrays `y`, `z`", "`X`"]),
        (&[("X.npy", &object), ("y.npy", &y)], &["array `X`", "never unpickled"]),
        (&[("X.npy", &y), ("y.npy", &y)], &["array `X`", "one dimension"]),
        (
            &[("X.npy", &x), ("y.npy", &array("|u1", false, "(3,)", &[0; 3]))],
            &["`y`", "3 labels for 2"],
        ),
        (&[("indptr.npy", &y), ("data.npy", &y)], &["SciPy", "LIBSVM"]),
    ];
    for (entries, parts) in cases {
        let path = files.path("a.npz");
        assert_says(read(entries), &path, parts);
    }
    let long = array("<f8", false, "(1, 2)", &doubles(&[1.0; 3]));
    assert_says(read(&[("X.npy", &long)]), &files.path("a.npz"), &["`X`", "not all"]);
    assert_says(read(&[("a.txt", b"x")]), &files.path("a.npz"), &["no arrays"]);
}

/// Where the entries end and the directory begins.
fn directory(bytes: &[u8]) -> usize {
    bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap()
}

#[test]
fn cut_and_changed_archives_are_refused() {
    let files = Files::new();
    for name in ["stored.npz", "deflated.npz"] {
        let bytes = std::fs::read(golden(name)).unwrap();
        for end in 1..bytes.len() {
            let path = files.put("cut.npz", &bytes[..end]);
            assert_says(plain(&path), &path, &[]);
        }
        let mut noticed = 0;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            let path = files.put("changed.npz", changed);
            match plain(&path) {
                Err(error) => {
                    let line = error.to_string();
                    assert!(line.starts_with(&path) && line.contains("; "), "{line}");
                    noticed += 1;
                }
                // Only dates, versions and the directory may be changed unnoticed.
                Ok(data) => assert_eq!(values(&data.design).0, counting()),
            }
        }
        assert!(noticed > directory(&bytes) / 2, "{name}: only {noticed} changes were noticed");
    }
    let x = array("<f8", false, "(2, 2)", &doubles(&[1.0; 4]));
    let whole = stored(&[("X.npy", &x), ("y.npy", &array("|u1", false, "(2,)", &[1, 2]))]);
    let mut lost = whole.clone();
    let count = lost.len() - 12;
    lost[count] = 3;
    let path = files.put("a.npz", lost);
    assert_says(plain(&path), &path, &["zip data are damaged"]);
    // What the directory says of the first entry: that it is encrypted, how it is compressed.
    let listed = directory(&whole);
    let mut locked = whole.clone();
    locked[listed + 8] |= 1;
    let path = files.put("a.npz", locked);
    assert_says(plain(&path), &path, &["encrypted", "decrypt"]);
    let mut method = whole;
    method[listed + 10] = 12;
    let path = files.put("a.npz", method);
    assert_says(plain(&path), &path, &["method Bzip2", "numpy.savez"]);
}

#[test]
fn bombs_of_dense_formats_stop_at_the_cap() {
    let files = Files::new();
    let x = array("|u1", false, "(1000, 4000)", &[0; 4_000_000]);
    let y = array("|u1", false, "(1000,)", &[1; 1000]);
    let entries: [(&str, &[u8]); 2] = [("X.npy", &x), ("y.npy", &y)];
    let archive = files.put("a.npz", zip(&entries, zip::CompressionMethod::Deflated));
    assert!(std::fs::metadata(&archive).unwrap().len() < 20_000);
    let packed = files.put("x.npy.zst", zstd(&x));
    for path in [archive, packed] {
        let options = ReadOptions {
            max_bytes: 100_000,
            labels: Some(path.clone()),
            ..ReadOptions::default()
        };
        let result = matrix::dataset(&path, &options, None);
        assert_says(result, &path, &["100000 bytes", "--max-bytes"]);
        let error = matrix::batches(&path, &options, 7, 4000)
            .and_then(|batches| batches.collect::<Result<Vec<_>>>())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}

/// A safetensors file by its header.
fn tensors(header: &str, bytes: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), bytes].concat()
}

#[test]
fn broken_tensors_are_refused_in_one_line() {
    let files = Files::new();
    let one = |name: &str, dtype: &str, shape: &str, end: usize| {
        format!(r#"{{"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (b"".to_vec(), &["empty"]),
        (b"\x93NUMPY\x01\x00".to_vec(), &["NumPy"]),
        (tensors("{}", b""), &["no tensors", "`X`"]),
        (tensors("{]", b""), &["header is damaged"]),
        ((1u64 << 30).to_le_bytes().to_vec(), &["header of 1073741824 bytes"]),
        ((100u64).to_le_bytes().to_vec(), &["within its header"]),
        (tensors(&one("x", "F32", "[1,2]", 8), &[0; 7]), &["claims 8 bytes", "has 7"]),
        (tensors(&one("x", "F32", "[1,2]", 8), &[0; 9]), &["bytes follow"]),
        (tensors(&one("x", "F32", "[1,3]", 8), &[0; 8]), &["header is damaged"]),
        (tensors(&one("x", "F32", "[1,2]", 8), &[0; 8]), &["no labels", "`y`"]),
        (tensors(&one("x", "F8_E4M3", "[1,8]", 8), &[0; 8]), &["`x`", "F8_E4M3", "not read"]),
        (tensors(&one("w", "F8_E4M3", "[1,8]", 8), &[0; 8]), &["`w`", "F8_E4M3", "not read"]),
        (tensors(&one("x", "F32", "[2]", 8), &[0; 8]), &["`x`", "one dimension"]),
        (tensors(&one("y", "F32", "[2]", 8), &[0; 8]), &["none of the tensors `y`"]),
        (tensors(&one("x", "F64", "[9223372036854775807,2]", 8), &[0; 8]), &["header is damaged"]),
        (
            tensors(&one("x", "F64", "[1,1]", 8), &f64::NAN.to_le_bytes()),
            &["row 1, column `1`", "`NaN`"],
        ),
    ];
    for (bytes, parts) in cases {
        let path = files.put("bad.safetensors", bytes);
        assert_says(plain(&path), &path, parts);
    }
    let whole = std::fs::read(golden("plain.safetensors")).unwrap();
    for end in 0..whole.len() {
        let path = files.put("cut.safetensors", &whole[..end]);
        assert_says(plain(&path), &path, &[]);
    }
}

#[test]
fn the_first_bytes_tell_the_format_where_the_name_does_not() {
    let files = Files::new();
    let golden = |name: &str| std::fs::read(golden(name)).unwrap();
    let cases: [(Vec<u8>, Format); 11] = [
        (golden("lf8.npy"), Format::Npy),
        (golden("stored.npz"), Format::Npz),
        (golden("plain.safetensors"), Format::Safetensors),
        (golden("zstd.feather"), Format::Arrow),
        (golden("stream.arrows"), Format::Arrow),
        (b"PAR1....".to_vec(), Format::Parquet),
        (b"\n{\"a\": 1}\n".to_vec(), Format::Jsonl),
        (b"# a comment\n+1 1:0.5 7:1e-3 # more\n".to_vec(), Format::Libsvm),
        (b"spam 3:1".to_vec(), Format::Libsvm),
        (["1".as_bytes(), " 1:1".repeat(30_000).as_bytes()].concat(), Format::Libsvm),
        (zstd(b"1 1:1\n"), Format::Libsvm),
    ];
    for (i, (bytes, format)) in cases.into_iter().enumerate() {
        for name in ["unknown", "unknown.data"] {
            let path = files.put(name, &bytes);
            let found = format_of(&path, &ReadOptions::default());
            assert_eq!(found.unwrap(), format, "case {i}");
        }
    }
    for text in ["a,b\n1,2\n", "", "1\n", "1 2:30 x\n", "{not json}\n", "\0\0\n"] {
        let path = files.put("unknown.data", text);
        let found = format_of(&path, &ReadOptions::default());
        assert_says(found, &path, &["first bytes", "--format csv"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any matrix, in either order, stored or deflated, comes back cell for cell.
    #[test]
    fn written_matrices_read_back(
        rows in 1usize..40,
        cols in 1usize..9,
        fortran in any::<bool>(),
        deflate in any::<bool>(),
        wide in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let files = Files::new();
        let cell = |i: usize, j: usize| {
            let value = (seed.wrapping_mul(2 * (i * 10 + j) as u64 + 1) >> 40) as f64 - 8e6;
            if wide { value / 3.0 } else { value }
        };
        let order: Vec<(usize, usize)> = match fortran {
            true => (0..cols).flat_map(|j| (0..rows).map(move |i| (i, j))).collect(),
            false => (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j))).collect(),
        };
        let bytes = doubles(&order.iter().map(|&(i, j)| cell(i, j)).collect::<Vec<_>>());
        let x = array("<f8", fortran, &format!("({rows}, {cols})"), &bytes);
        let classes: Vec<u8> = (0..rows).map(|i| (i % 3) as u8).collect();
        let y = array("|u1", false, &format!("({rows},)"), &classes);
        let method = match deflate {
            true => zip::CompressionMethod::Deflated,
            false => zip::CompressionMethod::Stored,
        };
        let path = files.put("a.npz", zip(&[("y.npy", &y), ("X.npy", &x)], method));
        let data = plain(&path).unwrap();
        let expected: Vec<f64> =
            (0..rows).flat_map(|i| (0..cols).map(move |j| cell(i, j))).collect();
        let (found, single) = values(&data.design);
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(single, expected.iter().all(|&v| f64::from(v as f32) == v));
        let alone = files.put("x.npy", &x);
        for some in [1, 7, 64] {
            prop_assert_eq!(&rows_of(&alone, some, cols).unwrap(), &expected);
        }
    }
}
