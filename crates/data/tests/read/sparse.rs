//! LIBSVM: what is written is read back, in the narrowest storage, on any number of threads.

use std::fmt::Write;

use linecall_data::read::{Format, ReadOptions, libsvm, table};
use linecall_data::{Dataset, Design, Labels, Matrix, Result};
use proptest::prelude::*;

use crate::common::*;

fn dataset(path: &str) -> Result<Dataset> {
    libsvm::dataset(path, &ReadOptions::default(), None)
}

/// Rows as (column from 0, value) pairs.
fn entries(design: &Design) -> Vec<Vec<(usize, f64)>> {
    let row = |i| {
        let mut row = Vec::new();
        design.for_each_in_row(i, |j, v| row.push((j, v)));
        row
    };
    (0..design.rows()).map(row).collect()
}

#[test]
fn labels_comments_blank_lines_and_zeros() {
    let files = Files::new();
    let text = "# made by hand\n+1 1:1 3:0.5 # note\n\n1.0\t2:0 4:2e0  \n-1\n spam 3:-1.25e-3#x\n";
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")] {
        let path = files.put(&format!("{name}.svm"), text.replace('\n', end));
        let data = dataset(&path).unwrap();
        assert_eq!(data.labels.classes(), ["-1", "1", "spam"]);
        assert_eq!(data.labels.codes(), [1, 1, 0, 2]);
        let expected = vec![vec![(0, 1.0), (2, 0.5)], vec![(3, 2.0)], vec![], vec![(2, -1.25e-3)]];
        assert_eq!(entries(&data.design), expected, "{name}");
        let names: Vec<String> = data.design.columns().iter().map(|c| c.name()).collect();
        assert_eq!(names, ["1", "2", "3", "4"]);
    }
}

#[test]
fn rows_carry_sets_of_labels_where_that_is_asked_for() {
    let files = Files::new();
    let text = "2,+5,10.0 1:0.5 3:1\n 2:2 # none\n10 1:1\n1:1 2:1\n\n5,2\n";
    let path = files.put("sets.svm", text);
    let sets = ReadOptions { multilabel: Some(','), ..ReadOptions::default() };
    for block in [None, Some(64)] {
        let options = ReadOptions { block, ..sets.clone() };
        let data = libsvm::dataset(&path, &options, None).unwrap();
        assert_eq!(data.labels.classes(), ["2", "5", "10"]);
        let found: Vec<&[u32]> = (0..5).map(|row| data.labels.of(row)).collect();
        assert_eq!(found, [&[0, 1, 2][..], &[], &[2], &[], &[0, 1]]);
        assert_eq!(data.rows(), 5);
    }
    let batches = libsvm::batches(&path, &sets, 2, 3).unwrap().map(Result::unwrap);
    let labels: Vec<String> = batches
        .flat_map(|b| (0..b.design.rows()).map(|i| b.labels.get(i).to_owned()).collect::<Vec<_>>())
        .collect();
    assert_eq!(labels, ["2,5,10", "", "10", "", "5,2"]);
    // Where one label a row is expected, a list is refused.
    let error = dataset(&path).unwrap_err().to_string();
    assert!(
        error.contains("several labels on one row") && error.contains("--multilabel"),
        "{error}"
    );
}

#[test]
fn bad_lists_of_labels_are_refused_by_line() {
    let files = Files::new();
    for (text, multilabel, expected) in [
        ("1 1:1\n2,2 1:1\n", ',', "line 2, row 2: `2,2`: the label `2` is there twice"),
        ("1,,2 1:1\n", ',', "line 1, row 1: `1,,2`: an empty label between commas"),
        ("1,nan 1:1\n", ',', "line 1, row 1: `nan`: the label is no finite number"),
        ("1;2 1:1\n", ';', "`;`: the labels of a LIBSVM row are parted by commas"),
    ] {
        let path = files.put("bad.svm", text);
        let options = ReadOptions { multilabel: Some(multilabel), ..ReadOptions::default() };
        let error = libsvm::dataset(&path, &options, None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn storage_is_the_narrowest_that_keeps_every_value() {
    let files = Files::new();
    let read = |text: &str| dataset(&files.put("s.svm", text)).unwrap().design;
    assert!(matches!(read("1 1:1 2:1.0\n2 3:1\n").matrix(), Matrix::SparseOnes(_)));
    assert!(matches!(read("1 1:1 2:0.5\n2 3:1\n").matrix(), Matrix::SparseF32(_)));
    assert!(matches!(read("1 1:1 2:0.5\n2 3:0.1\n").matrix(), Matrix::SparseF64(_)));
}

#[test]
fn the_number_of_features_may_be_given() {
    let files = Files::new();
    let path = files.put("s.svm", "1 1:1\n2 3:1\n");
    let with = |n| libsvm::dataset(&path, &ReadOptions::default(), Some(n));
    assert_eq!(with(10).unwrap().design.cols(), 10);
    assert_says(with(2), &path, &["line 2", "row 2", "`3`", "2 features"]);
    assert_eq!(with(3).unwrap().design, dataset(&path).unwrap().design);
}

/// 30,000 rows: a few MB, so that several chunks and blocks are made.
fn large() -> String {
    let mut text = String::from("# large\n");
    for i in 0u32..30_000 {
        write!(text, "{}", ["-1", "+1", "2", "1"][i as usize % 4]).unwrap();
        for j in 0..i % 40 {
            let value = i.wrapping_mul(2_654_435_761).wrapping_add(j * 97) % 1_000_000;
            write!(text, " {}:{}", j * 7 + 1 + i % 7, f64::from(value) / 1e5).unwrap();
        }
        text.push('\n');
    }
    text
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let files = Files::new();
    let text = large().repeat(2);
    assert!(text.len() > 9 << 20, "more than one block");
    let path = files.put("large.svm", &text);
    let broken = files.put("broken.svm", format!("{text}1 1:x\n{text}2 0:1\n"));
    let line = text.lines().count() + 1;
    let mut results = Vec::new();
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let data = pool.install(|| dataset(&path)).unwrap();
        results.push((data.design, data.labels));
        let error = pool.install(|| dataset(&broken));
        assert_says(error, &broken, &[&format!("line {line}, row 60001, column `1`"), "`x`"]);
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(results[0].0.rows(), 60_000);
}

#[test]
fn batches_put_together_are_the_dataset() {
    let files = Files::new();
    let path = files.put("large.svm.zst", zstd(large().as_bytes()));
    let data = dataset(&path).unwrap();
    let whole = entries(&data.design);
    let width = data.design.cols();
    for rows in [1_000, 7_777, 30_000, 1_000_000] {
        let (mut joined, mut labels) = (Vec::new(), Vec::new());
        for batch in libsvm::batches(&path, &ReadOptions::default(), rows, width).unwrap() {
            let batch = batch.unwrap();
            assert_eq!(batch.rows_before, joined.len() as u64);
            assert_eq!(batch.design.columns(), data.design.columns());
            assert_eq!(batch.labels.len(), batch.design.rows());
            joined.extend(entries(&batch.design));
            labels.extend(batch.labels.iter().map(str::to_owned));
        }
        assert!(joined == whole, "{rows} rows a batch");
        assert_eq!(Labels::from_names(labels), data.labels);
    }
}

#[test]
fn batches_stop_after_an_error() {
    let files = Files::new();
    let path = files.put("b.svm", "1 1:1\n2 9:1\n1 1:1\n");
    let mut batches = libsvm::batches(&path, &ReadOptions::default(), 1, 5).unwrap();
    assert_says(batches.next().unwrap(), &path, &["line 2", "`9`", "5 features"]);
    assert!(batches.next().is_none());
}

#[test]
fn a_matrix_is_no_table() {
    let files = Files::new();
    let path = files.put("b.svm", "1 1:1\n");
    assert_says(table(&path, &ReadOptions::default()), &path, &["a LIBSVM file is a matrix"]);
    let wrong = files.put("b.csv", "1 1:1\n");
    let options = as_format(Format::Libsvm);
    assert_says(table(&wrong, &options), &wrong, &["a LIBSVM file is a matrix"]);
}

#[test]
fn heart_scale_as_published() {
    const PATH: &str = "tabular/heart_scale/heart_scale.libsvm";
    let Some(path) = shared("heart_scale_as_published", PATH) else {
        return;
    };
    let data = dataset(&path).unwrap();
    assert_eq!((data.design.rows(), data.design.cols()), (270, 13));
    assert_eq!(data.labels.classes(), ["-1", "1"]);
    assert_eq!(data.labels.counts(), [150, 120]);
    assert_eq!(entries(&data.design)[0][0], (0, 0.708333));
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => Just(1.0),
        2 => (-8i32..8).prop_map(|v| f64::from(v) / 4.0),
        1 => any::<f64>().prop_filter("finite", |v| v.is_finite()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn written_rows_read_back(
        rows in prop::collection::vec(
            (0usize..4, prop::collection::btree_map(0usize..60, value(), 0..12)),
            1..30,
        ),
        scientific in any::<bool>(),
    ) {
        let names = ["-1", "1", "2.5", "cat"];
        let mut text = String::new();
        for (label, row) in &rows {
            text.push_str(names[*label]);
            for (j, v) in row {
                if scientific {
                    write!(text, " {}:{v:e}", j + 1).unwrap();
                } else {
                    write!(text, " {}:{v}", j + 1).unwrap();
                }
            }
            text.push('\n');
        }
        let files = Files::new();
        let path = files.put("t.svm", text);
        let data = libsvm::dataset(&path, &ReadOptions::default(), Some(60)).unwrap();
        let expected: Vec<Vec<(usize, f64)>> = rows
            .iter()
            .map(|(_, row)| row.iter().map(|(&j, &v)| (j, v)).filter(|e| e.1 != 0.0).collect())
            .collect();
        prop_assert_eq!(entries(&data.design), expected);
        let labels = Labels::from_names(rows.iter().map(|(label, _)| names[*label]));
        prop_assert_eq!(&data.labels, &labels);
        let narrowest = data.design.to_sparse().unwrap();
        prop_assert_eq!(data.design, narrowest);
    }
}
