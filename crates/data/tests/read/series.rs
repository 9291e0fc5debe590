//! `.ts` files: the archive's own, and what is refused.

use linecall_data::Cells;
use linecall_data::read::{Format, ReadOptions, format_of, table};
use proptest::prelude::*;

use crate::common::*;

const HEAD: &str = "# about\n@problemName p\n@timeStamps false\n@classLabel true a b\n@data\n";

fn put(files: &Files, body: &str) -> String {
    files.put("s.ts", HEAD.to_owned() + body)
}

#[test]
fn dimensions_and_moments_are_columns() {
    let files = Files::new();
    let path = put(&files, "1,2.5:-3,?:a\n\n 4 ,5:6e1,+7: b \r\n");
    let found = read(&path).unwrap();
    let expected = [
        ["dim1[0]", "dim1[1]", "dim2[0]", "dim2[1]", "class"],
        ["1", "2.5", "-3", "", "a"],
        ["4", "5", "60", "7", "b"],
    ];
    assert_eq!(cells(&found), expected);
    assert!(matches!(found.columns()[0].cells, Cells::Number(_)));
    assert_eq!(lines(&found), [6, 8]);
    for rows in [1, 2, 9] {
        let joined = joined(&path, &ReadOptions::default(), rows).unwrap();
        assert_eq!((cells(&joined), lines(&joined)), (cells(&found), lines(&found)));
    }
    let columns = Some(vec!["class".to_owned(), "dim2[0]".to_owned()]);
    let some = table(&path, &ReadOptions { columns, ..ReadOptions::default() }).unwrap();
    assert_eq!(cells(&some), [["dim2[0]", "class"], ["-3", "a"], ["60", "b"]]);
    let bare = files.put("bare.ts", "@CLASSLABEL false\n@DATA\n1,2\n3,4");
    assert_eq!(cells(&read(&bare).unwrap()), [["dim1[0]", "dim1[1]"], ["1", "2"], ["3", "4"]]);
    let odd = files.put("odd.data", HEAD.to_owned() + "1:a\n");
    assert_eq!(format_of(&odd, &ReadOptions::default()).unwrap(), Format::Ts);
    assert_eq!(Format::Ts.target(), Some("class"));
}

#[test]
fn the_archive_is_read_as_published() {
    let test = "the_archive_is_read_as_published";
    for (name, rows, columns, classes) in [
        ("GunPoint/GunPoint_TRAIN.ts", 50, 150, 2),
        ("ECG200/ECG200_TEST.ts", 100, 96, 2),
        ("ArrowHead/ArrowHead_TEST.ts.gz", 175, 251, 3),
        ("BasicMotions/BasicMotions_TRAIN.ts.gz", 40, 600, 4),
        ("ArticularyWordRecognition/ArticularyWordRecognition_TRAIN.ts.gz", 275, 1296, 25),
        ("ACSF1/ACSF1_TRAIN.ts.gz", 100, 1460, 10),
    ] {
        let Some(path) = shared(test, &format!("timeseries/{name}")) else { return };
        let found = read(&path).unwrap();
        assert_eq!((found.rows(), found.columns().len()), (rows, columns + 1), "{name}");
        let class = found.column("class").unwrap();
        let mut labels: Vec<_> = (0..rows).map(|row| class.cells.text(row)).collect();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), classes, "{name}");
    }
    for (name, dimension) in [
        ("PickupGestureWiimoteZ/PickupGestureWiimoteZ_TRAIN.ts", "`dim1`"),
        ("JapaneseVowels/JapaneseVowels_TRAIN.ts.gz", "`dim1`"),
    ] {
        let Some(path) = shared(test, &format!("timeseries/{name}")) else { return };
        let parts = ["row 2", dimension, "unequal length", "series front end"];
        assert_says(read(&path), &path, &parts);
    }
}

#[test]
fn broken_series_are_refused_in_one_line() {
    let files = Files::new();
    let cases: [(&str, &[&str]); 14] = [
        ("1,2:a\n1,2,3:b\n", &["line 7, row 2, column `dim1`", "3 values", "first has 2"]),
        ("1,2:a\n1,2:3,4:b\n", &["line 7, row 2", "2 dimensions before its class"]),
        ("1,2:1:a\n", &["line 6, row 1, column `dim2`", "1 values", "first has 2"]),
        ("1,x:a\n", &["line 6, row 1, column `dim1[1]`", "`x`", "`?` if it is missing"]),
        ("1,NaN:a\n", &["column `dim1[1]`", "`NaN`", "finite"]),
        ("inf,1:a\n", &["column `dim1[0]`", "`inf`"]),
        ("1e999,1:a\n", &["column `dim1[0]`", "`1e999`"]),
        ("1,:a\n", &["column `dim1[1]`", "``"]),
        ("a\n", &["line 6, row 1, column `dim1[0]`", "``"]),
        ("", &["line 6", "no rows", "after `@data`"]),
        ("# nothing\n\n", &["line 8", "no rows"]),
        ("1,2:a\n3,\0:b\n", &["line 7", "NUL"]),
        ("1,2:\u{e9}", &[]),
        ("(0,1),(1,2):a\n", &["column `dim1[0]`", "`(0`"]),
    ];
    for (body, parts) in cases {
        let path = put(&files, body);
        if body.contains('\u{e9}') {
            assert_eq!(read(&path).unwrap().column("class").unwrap().cells.text(0), "\u{e9}");
            continue;
        }
        assert_says(read(&path), &path, parts);
    }
    let headers: [(&str, &[&str]); 8] = [
        ("", &["ends within its header"]),
        ("@problemName x\n", &["line 2", "ends within its header"]),
        ("@data\n1,2\n", &["line 1", "whether rows have a class", "@classLabel"]),
        ("1,2:a\n", &["line 1", "`1,2:a`", "a line of a `.ts` header"]),
        ("@unknown x\n", &["line 1", "`@unknown x`"]),
        ("@timestamps TRUE\n", &["line 1", "time stamps", "resample"]),
        ("@targetLabel true\n", &["quantity", "classes"]),
        ("PAR1", &["Parquet"]),
    ];
    for (text, parts) in headers {
        let path = files.put("h.ts", text);
        assert_says(read(&path), &path, parts);
    }
    let path = put(&files, &("1,".repeat(300_000) + "1:a\n"));
    assert_says(read(&path), &path, &["300002 columns"]);
    let mut long = HEAD.as_bytes().to_vec();
    long.resize(100 << 20, b'1');
    let path = files.put("long.ts.zst", zstd(&long));
    assert_says(read(&path), &path, &["line 6", "longer than 64 MiB"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn written_series_read_back(
        rows in 1usize..20,
        dimensions in 1usize..4,
        length in 1usize..6,
        seed in any::<u32>(),
    ) {
        let value = |i: usize, j: usize| -> Option<f64> {
            let mixed = seed.wrapping_mul(2 * (i * 64 + j) as u32 + 1);
            (!mixed.is_multiple_of(7)).then(|| f64::from(mixed as i32) / 1024.0)
        };
        let text = |i: usize| {
            let series = (0..dimensions).map(|d| {
                let values = (0..length).map(|t| {
                    value(i, d * length + t).map_or("?".to_owned(), |v| v.to_string())
                });
                values.collect::<Vec<_>>().join(",")
            });
            series.collect::<Vec<_>>().join(":") + if i.is_multiple_of(2) { ":a\n" } else { ":b\n" }
        };
        let files = Files::new();
        let path = put(&files, &(0..rows).map(text).collect::<String>());
        let found = read(&path).unwrap();
        prop_assert_eq!(found.rows(), rows);
        for (j, column) in found.columns().iter().take(dimensions * length).enumerate() {
            let Cells::Number(values) = &column.cells else { panic!("no numbers") };
            for (i, found) in values.iter().enumerate() {
                prop_assert_eq!(value(i, j).unwrap_or(f64::NAN).to_bits(), found.to_bits());
            }
        }
    }
}
