//! CSV and TSV: every way of writing a table gives the same table, with every row's line.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use linecall_data::read::{Format, ReadOptions, batches, format_of, table};
use linecall_data::{Cells, ErrorKind};
use proptest::prelude::*;

use crate::common::*;

const PLAIN: &str = "id,name,note\n1,Ann,ok\n2,Bo,\n3,Cy,late\n";

fn expected() -> Vec<Vec<String>> {
    let rows = [["id", "name", "note"], ["1", "Ann", "ok"], ["2", "Bo", ""], ["3", "Cy", "late"]];
    rows.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect()
}

#[test]
fn every_line_ending_gives_the_same_table() {
    let files = Files::new();
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")] {
        let text = PLAIN.replace('\n', end);
        for (variant, text) in [("", text.clone()), ("cut", text.trim_end().to_owned())] {
            let table = read(&files.put(&format!("{name}{variant}.csv"), text)).unwrap();
            assert_eq!(cells(&table), expected(), "{name} {variant}");
            assert_eq!(lines(&table), [2, 3, 4], "{name} {variant}");
        }
    }
}

#[test]
fn lines_are_exact_after_quoted_line_ends_and_blank_lines() {
    let files = Files::new();
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")] {
        let text = "\n\na,b\n1,\"x\n\ny\"\n\n\"2\n\",z\n3,w\n".replace('\n', end);
        let path = files.put(&format!("{name}.csv"), text);
        let table = read(&path).unwrap();
        assert_eq!(lines(&table), [4, 8, 10], "{name}");
        let Cells::Text(b) = &table.columns()[1].cells else { panic!("text") };
        assert_eq!(b.get(0), format!("x{end}{end}y"), "{name}: line ends inside a cell are kept");
        for rows in 1..5 {
            assert_eq!(joined(&path, &ReadOptions::default(), rows).unwrap(), table);
        }
    }
}

#[test]
fn quotes_follow_rfc_4180() {
    let files = Files::new();
    let path = files.put(
        "quotes.csv",
        "\"a\",\"b,c\",d\n\"say \"\"hi\"\"\",\"\",5\" pipe\n\"\"\"\",\",\",x\"\"y\n",
    );
    let table = read(&path).unwrap();
    let rows: [&[&str]; 3] =
        [&["a", "b,c", "d"], &["say \"hi\"", "", "5\" pipe"], &["\"", ",", "x\"\"y"]];
    assert_eq!(cells(&table), rows);
}

#[test]
fn tsv_takes_quotes_as_they_are() {
    let files = Files::new();
    let path = files.put("talk.tsv", "text\tlabel\n\"hello\" she said\t1\n\"open\t0\n");
    let rows = [["text", "label"], ["\"hello\" she said", "1"], ["\"open", "0"]];
    assert_eq!(cells(&read(&path).unwrap()), rows);
    let csv = ReadOptions { delimiter: Some(b'\t'), ..as_format(Format::Csv) };
    assert_says(table(&path, &csv), &path, &["line 2", "row 1", "`text`", "closing quote"]);
}

#[test]
fn cells_keep_their_spaces_and_header_names_lose_them() {
    let files = Files::new();
    let table = read(&files.put("s.csv", " a , b\n 1 ,\" x \"\n")).unwrap();
    assert_eq!(table.columns()[0].name, "a");
    let Cells::Text(b) = &table.columns()[1].cells else { panic!("text") };
    assert_eq!(b.get(0), " x ");
}

#[test]
fn byte_order_mark_names_and_delimiter() {
    let files = Files::new();
    let bom = files.put("bom.csv", format!("\u{feff}{PLAIN}"));
    assert_eq!(cells(&read(&bom).unwrap()), expected());
    assert_says(table(&bom, &latin1()), &bom, &["line 1", "leave out `--encoding latin1`"]);

    let bare = files.put("bare.data", PLAIN.split_once('\n').unwrap().1.replace(',', ";"));
    let names = Some(vec!["id".to_owned(), "name".to_owned(), "note".to_owned()]);
    let options = ReadOptions { names, delimiter: Some(b';'), ..as_format(Format::Csv) };
    let table = table(&bare, &options).unwrap();
    assert_eq!(cells(&table), expected());
    assert_eq!(lines(&table), [1, 2, 3]);
}

#[test]
fn latin1_is_read_when_it_is_said() {
    let files = Files::new();
    let path = files.put("l1.csv", b"stra\xdfe,x\nM\xfcnchen,\x80 5\n");
    let rows = [["straße", "x"], ["München", "€ 5"]];
    assert_eq!(cells(&table(&path, &latin1()).unwrap()), rows);
}

#[test]
fn compression_is_recognised_by_its_bytes() {
    let files = Files::new();
    let (first, second) = PLAIN.as_bytes().split_at(17);
    let variants = [
        ("a.csv.gz", gzip(PLAIN.as_bytes())),
        ("b.csv.zst", zstd(PLAIN.as_bytes())),
        ("misnamed.csv", gzip(PLAIN.as_bytes())),
        ("members.csv.gz", [gzip(first), gzip(second)].concat()),
        ("frames.csv.zst", [zstd(first), zstd(second)].concat()),
        ("plain.csv.gz", PLAIN.as_bytes().to_vec()),
    ];
    for (name, bytes) in variants {
        let path = files.put(name, bytes);
        assert_eq!(cells(&read(&path).unwrap()), expected(), "{name}");
        assert_eq!(cells(&joined(&path, &ReadOptions::default(), 2).unwrap()), expected());
    }
}

/// Runs this test again as a child that reads its standard input.
#[test]
fn standard_input_is_read_like_a_file() {
    const CHILD: &str = "LINECALL_TEST_READS_STDIN";
    if let Ok(format) = std::env::var(CHILD) {
        let parquet = format == "parquet";
        let options = as_format(if parquet { Format::Parquet } else { Format::Csv });
        assert_eq!(cells(&table("-", &options).unwrap()), expected());
        return;
    }
    let columns = ["id", "name", "note"].into_iter().enumerate().map(|(j, name)| {
        let cells = (1..4).map(|i| Some(expected()[i][j].clone()));
        (name, Arc::new(cells.collect::<StringArray>()) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None);
    writer.as_mut().unwrap().write(&batch).unwrap();
    writer.unwrap().close().unwrap();
    let inputs = [
        ("csv", PLAIN.as_bytes().to_vec()),
        ("csv", gzip(PLAIN.as_bytes())),
        ("csv", zstd(PLAIN.as_bytes())),
        ("parquet", bytes.clone()),
        ("parquet", gzip(&bytes)),
    ];
    for (format, input) in inputs {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "delimited::standard_input_is_read_like_a_file"])
            .env(CHILD, format)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{format}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    }
}

#[test]
fn some_columns_come_in_file_order() {
    let files = Files::new();
    let path = files.put("c.csv", PLAIN);
    let only = |names: &[&str]| ReadOptions {
        columns: Some(names.iter().map(|n| (*n).to_owned()).collect()),
        ..ReadOptions::default()
    };
    let table = table(&path, &only(&["note", "id"])).unwrap();
    assert_eq!(cells(&table), [["id", "note"], ["1", "ok"], ["2", ""], ["3", "late"]]);
    assert_says(batches(&path, &only(&["nmae"]), 1).map(drop), &path, &["did you mean `name`?"]);
}

#[test]
fn a_header_without_rows_is_a_table_without_rows() {
    let files = Files::new();
    let path = files.put("h.csv", "a,b");
    let table = read(&path).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (0, 2));
    let mut stream = batches(&path, &ReadOptions::default(), 5).unwrap();
    assert_eq!(stream.columns(), ["a", "b"]);
    assert!(stream.next().is_none());
}

#[test]
fn a_long_cell_crosses_the_blocks() {
    let files = Files::new();
    let long = "0123456789".repeat(1_000_000);
    let quoted = format!("\"{}\"", long.replace("9012", "9\"\"\r\n12"));
    let path = files.put("long.csv", format!("a,b\n1,{long}\n2,{quoted}\n3,x\n"));
    let table = read(&path).unwrap();
    assert_eq!(table.columns()[1].cells.text(0), long);
    assert_eq!(table.columns()[1].cells.text(1), long.replace("9012", "9\"\r\n12"));
    assert_eq!(lines(&table), [2, 3, 4 + 999_999]);
}

#[test]
fn the_format_goes_by_the_name() {
    let options = ReadOptions::default();
    let of = |name: &str| format_of(name, &options).unwrap();
    for name in ["a.csv", "b/A.CSV.GZ", "x.txt.zst"] {
        assert_eq!(of(name), Format::Csv, "{name}");
    }
    assert_eq!((of("a.tsv"), of("a.tab.gz")), (Format::Tsv, Format::Tsv));
    assert_eq!((of("a.pq"), of("a.parquet")), (Format::Parquet, Format::Parquet));
    for name in ["a.libsvm.zst", "a.svm", "a.svmlight"] {
        assert_eq!(of(name), Format::Libsvm, "{name}");
    }
    let files = Files::new();
    for (name, bytes, part) in [
        ("a.xlsx", &b"PK\x03\x04"[..], "a zip archive"),
        ("noname", b"a,b\n1,2\n", "--format csv"),
        ("a.csv.bz2", b"BZh9", "a bzip2 archive"),
    ] {
        let path = files.put(name, bytes);
        assert_says(format_of(&path, &options), &path, &[part]);
    }
    assert_eq!(format_of("dir.csv/file", &options).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(format_of("a.xlsx", &as_format(Format::Tsv)).unwrap(), Format::Tsv);
}

#[test]
fn credit_default_as_published() {
    const PATH: &str = "tabular/credit_default/credit_raw.csv.gz";
    let Some(path) = shared("credit_default_as_published", PATH) else {
        return;
    };
    let table = read(&path).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (30_000, 25));
    assert_eq!(table.columns()[0].name, "ID", "the byte-order mark is no part of the name");
    assert_eq!(table.columns()[24].name, "default payment next month");
    assert_eq!(table.columns()[0].cells.text(0), "1");
    assert_eq!(table.columns()[0].cells.text(29_999), "30000");
    assert_eq!(lines(&table)[0], 2);
    assert_eq!(lines(&table)[29_999], 30_001);
    assert_eq!(joined(&path, &ReadOptions::default(), 4_096).unwrap(), table);
}

#[test]
fn adult_without_a_header() {
    const PATH: &str = "tabular/adult/adult_train.csv.gz";
    let Some(path) = shared("adult_without_a_header", PATH) else {
        return;
    };
    let names = "age workclass fnlwgt education education-num marital-status occupation \
                 relationship race sex capital-gain capital-loss hours-per-week native-country \
                 income";
    let names = Some(names.split_whitespace().map(str::to_owned).collect());
    let options = ReadOptions { names, ..ReadOptions::default() };
    let table = table(&path, &options).unwrap();
    assert_eq!(table.rows(), 32_561);
    let income = &table.require("income").unwrap().cells;
    let rich = (0..table.rows()).filter(|&i| income.text(i) == ">50K").count();
    assert_eq!(rich, 7_841);
}

/// One random cell, with what makes CSV hard, and how it is written.
fn cell() -> impl Strategy<Value = (String, bool)> {
    let text = prop_oneof![
        "[a-zé ]{0,6}",
        "[,;\"\r\n\tß0-9.]{0,5}",
        Just("\"\"".to_owned()),
        Just(String::new()),
    ];
    (text, any::<bool>())
}

fn write_cell((text, quoted): &(String, bool)) -> String {
    let must = text.contains([',', '\n', '\r']) || text.starts_with('"');
    if *quoted || must { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn written_tables_read_back(
        rows in prop::collection::vec(prop::collection::vec(cell(), 3), 0..20),
        ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n"]), 21),
        last in any::<bool>(),
        size in 1usize..8,
    ) {
        let mut text = format!("a,b,c{}", ends[20]);
        let (mut line, mut lines) = (2, Vec::new());
        for (i, row) in rows.iter().enumerate() {
            let written = row.iter().map(write_cell).collect::<Vec<_>>().join(",");
            lines.push(line);
            line += 1 + written.replace("\r\n", "\n").matches(['\r', '\n']).count() as u64;
            text.push_str(&written);
            if last || i + 1 < rows.len() {
                text.push_str(ends[i]);
            }
        }
        let files = Files::new();
        let path = files.put("t.csv", &text);
        let table = read(&path).unwrap();
        prop_assert_eq!(table.rows(), rows.len());
        for (j, column) in table.columns().iter().enumerate() {
            let Cells::Text(cells) = &column.cells else { panic!("text") };
            prop_assert!(cells.iter().eq(rows.iter().map(|r| r[j].0.as_str())));
        }
        prop_assert_eq!(table.origin().lines.iter().collect::<Vec<_>>(), lines);
        prop_assert_eq!(joined(&path, &ReadOptions::default(), size).unwrap(), table);
    }

    #[test]
    fn whatever_is_accepted_reads_as_the_csv_crate_reads_it(text in "[ab\",\n\r é]{0,40}") {
        let files = Files::new();
        let path = files.put("t.csv", format!("x,y\n{text}"));
        if let Ok(table) = read(&path) {
            let mut peer = csv::ReaderBuilder::new().from_path(&path).unwrap();
            let peer: Vec<csv::StringRecord> = peer.records().map(|r| r.unwrap()).collect();
            prop_assert_eq!(peer.len(), table.rows());
            for (i, record) in peer.iter().enumerate() {
                for (column, cell) in table.columns().iter().zip(record) {
                    let Cells::Text(cells) = &column.cells else { panic!("text") };
                    prop_assert_eq!(cells.get(i), cell);
                }
            }
        }
    }
}
