//! Several files, or a folder of them, as one table or one LIBSVM matrix.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use linecall_data::read::{Format, Inputs, ReadOptions, format_of, libsvm, matrix, table};
use linecall_data::{Cells, Design, Matrix, Result, Table};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use crate::common::*;

fn read_all(paths: &[String]) -> Result<Table> {
    table(paths, &ReadOptions::default())
}

/// The batches of several files, put end to end.
fn streamed(paths: &[String], rows: usize) -> Result<Table> {
    let mut whole: Option<Table> = None;
    for batch in linecall_data::read::batches(paths, &ReadOptions::default(), rows)? {
        let batch = batch?;
        assert!(batch.rows() > 0 && batch.rows() <= rows);
        match &mut whole {
            Some(whole) => whole.append(&batch)?,
            None => whole = Some(batch),
        }
    }
    whole.map_or_else(|| read_all(paths), Ok)
}

#[test]
fn files_follow_each_other_and_columns_go_by_name() {
    let files = Files::new();
    let a = files.put("a.csv", "x,y\n1,p\n\n2,q\n");
    let b = files.put("b.csv.gz", gzip(b"y,x\nr,3\ns,4\n"));
    let none = files.put("none.csv", "y,x\n");
    let all = [a.clone(), none, b.clone()];
    for table in [read_all(&all).unwrap(), streamed(&all, 1).unwrap(), streamed(&all, 9).unwrap()] {
        let expected = [["x", "y"], ["1", "p"], ["2", "q"], ["3", "r"], ["4", "s"]];
        assert_eq!(cells(&table), expected);
        let place = |row| table.origin().place(row).to_string();
        assert_eq!(place(0), format!("{a}, line 2, row 1"));
        assert_eq!(place(1), format!("{a}, line 4, row 2"));
        assert_eq!(place(2), format!("{b}, line 2, row 1"));
        assert_eq!(place(3), format!("{b}, line 3, row 2"));
        let some = table.select(&[3, 0, 2]);
        let place = |row| some.origin().place(row);
        assert_eq!((place(0).file, place(0).line), (Some(b.clone()), Some(3)));
        assert_eq!((place(1).file, place(1).line), (Some(a.clone()), Some(2)));
        assert_eq!((place(2).file, place(2).line), (Some(b.clone()), Some(2)));
    }
}

#[test]
fn a_folder_is_its_files_by_name() {
    let files = Files::new();
    for (name, text) in [
        ("parts/part-2.jsonl", "{\"a\":3}\n"),
        ("parts/part-1.jsonl", "{\"a\":1}\n{\"a\":2}\n"),
        ("parts/_SUCCESS", ""),
        ("parts/.part-1.jsonl.crc", "x"),
    ] {
        std::fs::create_dir_all(files.path("parts")).unwrap();
        files.put(name, text);
    }
    let folder = files.path("parts");
    assert_eq!(format_of(&folder, &ReadOptions::default()).unwrap(), Format::Jsonl);
    let found = table(&folder, &ReadOptions::default()).unwrap();
    assert_eq!(cells(&found), [["a"], ["1"], ["2"], ["3"]]);
    assert_eq!(cells(&streamed(&[format!("{folder}/")], 1).unwrap()), cells(&found));
    let (list, _) = Inputs::from(&folder).files(&ReadOptions::default()).unwrap();
    assert!(
        list.iter().map(|f| f.rsplit('/').next().unwrap()).eq(["part-1.jsonl", "part-2.jsonl"])
    );
}

/// A Parquet file of one column.
fn parquet(values: ArrayRef) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter([("a", values)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn numbers_stay_numbers_where_all_files_have_them() {
    let files = Files::new();
    let numbers = |values: Vec<f64>| parquet(Arc::new(Float64Array::from(values)));
    let a = files.put("a.parquet", numbers(vec![1.0, 2.5]));
    let b = files.put("b.parquet", numbers(vec![3.0]));
    let c = files.put("c.parquet", parquet(Arc::new(StringArray::from(vec!["four"]))));
    let found = read_all(&[a.clone(), b.clone()]).unwrap();
    assert_eq!(found.columns()[0].cells, Cells::Number(vec![1.0, 2.5, 3.0]));
    let found = read_all(&[a, b, c]).unwrap();
    assert_eq!(cells(&found), [["a"], ["1"], ["2.5"], ["3"], ["four"]]);
}

#[test]
fn files_that_do_not_go_together_are_refused_in_one_line() {
    let files = Files::new();
    let a = files.put("a.csv", "x,y\n1,2\n");
    let other = files.put("other.csv", "x,z\n1,2\n");
    let more = files.put("more.csv", "y,x,z\n1,2,3\n");
    let parquet = files.put("p.parquet", "PAR1");
    let svm = files.put("a.svm", "1 1:1\n");
    let bad = files.put("bad.csv", "y,x\n1,2\n3\n");
    let unknown = files.put("README", "words\n");
    let cases: [(Vec<&String>, &String, &[&str]); 6] = [
        (vec![&a, &other], &other, &["column `y`", "a.csv` has this column", "same columns"]),
        (vec![&a, &more], &more, &["column `z`", "a.csv` does not have this column"]),
        (vec![&a, &parquet], &parquet, &["this is Parquet", "a.csv` is CSV", "one format"]),
        (vec![&a, &svm], &svm, &["this is LIBSVM", "a.csv` is CSV"]),
        (vec![&a, &bad], &bad, &["line 3, row 2", "1 field"]),
        (vec![&a, &unknown], &unknown, &["first bytes", "--format"]),
    ];
    for (paths, file, parts) in cases {
        let paths: Vec<String> = paths.into_iter().cloned().collect();
        assert_says(read_all(&paths), file, parts);
        assert_says(streamed(&paths, 1), file, parts);
    }
    let twice = [a.clone(), files.path("./a.csv")];
    assert_says(read_all(&twice), &twice[1], &["given twice", "once"]);
    assert_says(read_all(&[a.clone(), "-".into()]), "standard input", &["alone"]);
    let gone = [a, files.path("gone.csv")];
    let error = read_all(&gone).unwrap_err().to_string();
    assert!(error.contains("gone.csv: no such file"), "{error}");

    std::fs::create_dir_all(files.path("empty")).unwrap();
    assert_says(read(&files.path("empty")), &files.path("empty"), &["no files"]);
    std::fs::create_dir_all(files.path("outer/inner")).unwrap();
    let inner = files.path("outer/inner");
    assert_says(read(&files.path("outer")), &inner, &["a folder within a folder"]);
    let x = files.put("x.npy", std::fs::read(golden("lf8.npy")).unwrap());
    let paths = [golden("lf8.npy"), x.clone()];
    let result = matrix::dataset(&paths.to_vec(), &ReadOptions::default(), None);
    assert_says(result, &x, &["several NPY files", "one file"]);
}

/// Entries of a sparse design, by row.
fn entries(design: &Design) -> Vec<Vec<u32>> {
    let rows = 0..design.rows();
    match design.matrix() {
        Matrix::SparseOnes(m) => rows.map(|i| m.row_indices(i).to_vec()).collect(),
        Matrix::SparseF32(m) => rows.map(|i| m.row_indices(i).to_vec()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn libsvm_files_are_one_matrix_however_they_are_packed() {
    let files = Files::new();
    let parts = ["2 1:1 3:0.5\n1 2:1\n", "# none\n1 9:1\n", "3 1:1\n"];
    let a = files.put("a.svm", parts[0]);
    let b = files.put("b.svm.gz", gzip(parts[1].as_bytes()));
    let c = files.put("c.libsvm.zst", zstd(parts[2].as_bytes()));
    let paths = vec![a, b.clone(), c];
    let options = ReadOptions::default();
    let joined = files.put("joined.svm", parts.concat());
    let whole = libsvm::dataset(&joined, &options, None).unwrap();
    let found = matrix::dataset(&paths, &options, None).unwrap();
    assert_eq!((&found.design, &found.labels), (&whole.design, &whole.labels));
    for rows in [1, 2, 5] {
        let mut before = 0;
        let mut seen = Vec::new();
        for batch in matrix::batches(&paths, &options, rows, 9).unwrap() {
            let batch = batch.unwrap();
            assert_eq!(batch.rows_before, before);
            before += batch.design.rows() as u64;
            seen.extend(entries(&batch.design));
        }
        assert_eq!(seen, entries(&whole.design));
    }
    let mut batches = matrix::batches(&paths, &options, 1, 8).unwrap();
    let error = batches.find_map(|batch| batch.err()).unwrap();
    assert!(error.to_string().starts_with(&format!("{b}, line 2, row 1")), "{error}");
    assert!(batches.next().is_none());
}

#[test]
fn compressed_libsvm_is_the_same_matrix() {
    let files = Files::new();
    let text: String = (0..20_000)
        .map(|i| format!("{} {}:{} {}:1\n", i % 3, 1 + i % 50, i % 7, 60 + i % 11))
        .collect();
    let options = ReadOptions::default();
    let plain = libsvm::dataset(&files.put("a.svm", &text), &options, None).unwrap();
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    for (name, bytes) in [
        ("a.svm.gz", gzip(text.as_bytes())),
        ("a.svm.zst", zstd(text.as_bytes())),
        ("members.svm.gz", [gzip(first), gzip(second)].concat()),
        ("frames.svm", [zstd(first), zstd(second)].concat()),
    ] {
        let found = libsvm::dataset(&files.put(name, bytes), &options, None).unwrap();
        assert_eq!((&found.design, &found.labels), (&plain.design, &plain.labels), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A table cut into files anywhere, its columns turned in each, is the table.
    #[test]
    fn a_table_may_be_cut_into_files(
        rows in 0usize..30,
        cuts in prop::collection::vec((0usize..30, 0usize..3), 1..5),
    ) {
        let files = Files::new();
        let names = ["a", "b", "c"];
        let row = |i: usize, turn: usize| -> String {
            let cells: Vec<String> =
                (0..3).map(|j| format!("{}{i}", names[(j + turn) % 3])).collect();
            cells.join(",") + "\n"
        };
        let header = |turn: usize| {
            format!("{},{},{}\n", names[turn % 3], names[(turn + 1) % 3], names[(turn + 2) % 3])
        };
        let mut starts: Vec<usize> = cuts.iter().map(|&(at, _)| at.min(rows)).collect();
        starts.sort_unstable();
        starts[0] = 0;
        let paths: Vec<String> = starts
            .iter()
            .enumerate()
            .map(|(k, &start)| {
                let end = starts.get(k + 1).copied().unwrap_or(rows);
                let turn = if k == 0 { 0 } else { cuts[k].1 };
                let body: String = (start..end).map(|i| row(i, turn)).collect();
                files.put(&format!("{k}.csv"), header(turn) + &body)
            })
            .collect();
        let body: String = (0..rows).map(|i| row(i, 0)).collect();
        let whole = files.put("whole.csv", header(0) + &body);
        let expected = cells(&read(&whole).unwrap());
        prop_assert_eq!(&cells(&read_all(&paths).unwrap()), &expected);
        prop_assert_eq!(&cells(&streamed(&paths, 4).unwrap()), &expected);
    }
}
