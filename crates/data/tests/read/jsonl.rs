//! JSON Lines: keys become columns, and what is no flat object is refused.

use linecall_data::read::{Format, ReadOptions, batches, table};
use linecall_data::{ErrorKind, Result};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::common::*;

#[test]
fn keys_are_columns_and_absent_ones_are_missing() {
    let files = Files::new();
    let text = concat!(
        "{\"age\": 31, \"name\": \"Zoë\", \"ok\": true}\n",
        "\n",
        "  {\"name\":\"a \\\"b\\\"\\n\\u00e9\",\"age\":null}\r\n",
        "{}\r",
        "{\"city\":\"Ülm\",\"age\":1.50,\"ok\":false}",
    );
    for name in ["t.jsonl", "t.ndjson"] {
        let found = read(&files.put(name, text)).unwrap();
        let expected = [
            vec!["age", "name", "ok", "city"],
            vec!["31", "Zoë", "true", ""],
            vec!["", "a \"b\"\né", "", ""],
            vec!["", "", "", ""],
            vec!["1.50", "", "false", "Ülm"],
        ];
        assert_eq!(cells(&found), expected);
        assert_eq!(lines(&found), [1, 3, 4, 5]);
    }
    let path = files.put("t.jsonl.gz", gzip(text.as_bytes()));
    for rows in 1..6 {
        assert_eq!(cells(&joined(&path, &ReadOptions::default(), rows).unwrap()).len(), 5);
    }
    // Lone line ends within the text of a string are escapes; spaces around an object do not count.
    let found = read(&files.put("t.jsonl", "\u{feff}\t{\"a\" : 1 } \n")).unwrap();
    assert_eq!(cells(&found), [["a"], ["1"]]);
}

#[test]
fn wanted_columns_are_read_and_must_be_there() {
    let files = Files::new();
    let path = files.put("t.jsonl", "{\"a\":1}\n{\"b\":2,\"c\":[1]}\n{\"b\":3}\n");
    let only = |names: &[&str]| ReadOptions {
        columns: Some(names.iter().map(|&n| n.to_owned()).collect()),
        ..ReadOptions::default()
    };
    assert_says(read(&path), &path, &["line 2, row 2, column `c`", "within an object"]);
    let path = files.put("t.jsonl", "{\"a\":1}\n{\"b\":2,\"c\":1}\n{\"b\":3}\n");
    for rows in [1, 2, 100] {
        let found = joined(&path, &only(&["b", "a"]), rows).unwrap();
        assert_eq!(cells(&found), [["a", "b"], ["1", ""], ["", "2"], ["", "3"]]);
    }
    for options in [only(&["bb"]), only(&["a", "x"])] {
        assert_says(table(&path, &options), &path, &["there is no such column"]);
        assert!(batches(&path, &options, 1).is_err());
    }
}

#[test]
fn what_is_no_flat_object_is_refused_by_line_and_key() {
    let files = Files::new();
    let good = "{\"a\":1}\n".repeat(20_000);
    let cases: [(&[u8], &[&str]); 22] = [
        (b"", &["no rows"]),
        (b"\n\n", &["no rows"]),
        (b"[{\"a\":1}]\n", &["line 1, row 1", "array", "a line of its own"]),
        (b"{\"a\":1}\n7\n", &["line 2, row 2", "expected a JSON object"]),
        (b"{\"a\":1} {\"a\":2}\n", &["line 1", "trailing characters"]),
        (b"{\"a\":1\n,\"b\":2}\n", &["line 1", "expected a JSON object"]),
        (b"{\"a\":{\"b\":1}}\n", &["column `a`", "within an object", "keys of their own"]),
        (b"{\"a\":[]}\n", &["column `a`", "within an object"]),
        (b"{\"a\":1,\"b\":2,\"a\":3}\n", &["column `a`", "twice"]),
        (b"{\"a\":1,\"\\u0061\":3}\n", &["column `a`", "twice"]),
        (b"{\"\":1}\n", &["empty or holds control characters"]),
        (b"{\"a\\u0000\":1}\n", &["control characters"]),
        (b"{\"a\":nan}\n", &["line 1, row 1", "expected a JSON object"]),
        (b"{\"a\":NaN}\n", &["line 1", "expected a JSON object"]),
        (b"{\"a\":01}\n", &["line 1", "expected a JSON object"]),
        (b"{\"a\":+1}\n", &["line 1", "expected a JSON object"]),
        (b"{'a':1}\n", &["line 1", "expected a JSON object"]),
        (b"{\"a\":\"\\ud800\"}\n", &["line 1", "expected a JSON object"]),
        (b"{\"a\":1}\n{\"b\":\"x\0\"}\n", &["line 2, row 2", "0x00"]),
        (b"{\"a\":1}\n{\"b\":\"\xff\"}\n", &["line 2, row 2", "0xFF"]),
        (b"a,b\n1,2\n", &["line 1", "expected a JSON object"]),
        (b"PAR1....", &["Parquet"]),
    ];
    for (bytes, parts) in cases {
        let path = files.put("bad.jsonl", bytes);
        assert_says(read(&path), &path, parts);
        let all = batches(&path, &ReadOptions::default(), 1);
        let all = all.and_then(|mut b| b.try_for_each(|b| b.map(drop)));
        assert!(all.is_err() || bytes.trim_ascii().is_empty());
    }
    let path = files.put("late.jsonl", good.clone() + "{\"a\":}\n" + &good);
    assert_says(read(&path), &path, &["line 20001, row 20001"]);
    let csv = files.put("t.csv", "a\n1\n");
    let error = table(&csv, &as_format(Format::Jsonl)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Format);
    // Numbers beyond a double stay text, for whoever wants a number to refuse.
    let found = read(&files.put("large.jsonl", "{\"a\":1e999}\n")).unwrap();
    assert_eq!(cells(&found), [["a"], ["1e999"]]);
}

#[test]
fn deep_and_long_lines_do_no_harm() {
    let files = Files::new();
    let deep = format!("{{\"a\":{}1{}}}\n", "[".repeat(1 << 20), "]".repeat(1 << 20));
    let path = files.put("deep.jsonl", deep);
    assert_says(read(&path), &path, &["line 1, row 1, column `a`"]);
    let long = format!("{{\"a\":1}}\n{{\"a\":\"{}\"}}\n", "x".repeat(10 << 20));
    let path = files.put("long.jsonl", long);
    assert_eq!(read(&path).unwrap().columns()[0].cells.text(1).len(), 10 << 20);
    let endless = zstd(&[b"{\"a\":\"".to_vec(), vec![b'x'; 100 << 20], b"\"}\n".to_vec()].concat());
    let path = files.put("endless.jsonl.zst", endless);
    assert_says(read(&path), &path, &["line 1", "longer than 64 MiB"]);
}

#[test]
fn rows_with_few_keys_in_common_are_refused_before_they_fill_the_memory() {
    let files = Files::new();
    let text: String = (0..20_000).map(|i| format!("{{\"k{i}\":1}}\n")).collect();
    let path = files.put("sparse.jsonl", text);
    assert_says(read(&path), &path, &["different keys", "LIBSVM"]);
    let rows = batches(&path, &ReadOptions::default(), 4096).unwrap();
    let rows: Result<usize> = rows.map(|batch| batch.map(|b| b.rows())).sum();
    assert_eq!(rows.unwrap(), 20_000);
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        "\\PC{0,9}".prop_map(Value::from),
        "[\"\\\\\n\t/a]{0,5}".prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn written_objects_read_back(
        objects in prop::collection::vec(
            prop::collection::btree_map("[a-dé\"]{1,2}", value(), 0..6), 1..40
        ),
        rows in 1usize..50,
    ) {
        let mut text = String::new();
        let mut keys: Vec<String> = Vec::new();
        for object in &objects {
            keys.extend(object.keys().filter(|k| !keys.contains(k)).cloned().collect::<Vec<_>>());
            let object: Map<String, Value> = object.clone().into_iter().collect();
            text += &format!("{}\n", Value::Object(object));
        }
        let cell = |value: Option<&Value>| match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim_matches([' ', '\t']).to_owned(),
            Some(other) => other.to_string(),
        };
        let row = |object: &std::collections::BTreeMap<String, Value>| {
            keys.iter().map(|key| cell(object.get(key))).collect()
        };
        let expected: Vec<Vec<String>> =
            std::iter::once(keys.clone()).chain(objects.iter().map(row)).collect();
        let files = Files::new();
        let path = files.put("t.jsonl", &text);
        if keys.is_empty() {
            assert_says(read(&path), &path, &["line 1, row 1", "no object has a key"]);
            return Ok(());
        }
        prop_assert_eq!(cells(&read(&path).unwrap()), expected.clone());
        prop_assert_eq!(cells(&joined(&path, &ReadOptions::default(), rows).unwrap()), expected);
    }
}
