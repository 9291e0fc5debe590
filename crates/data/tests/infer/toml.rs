//! The description written for editing.

use linecall_data::Schema;
use linecall_data::infer::infer;

use super::{coin, made, options, table};

#[test]
fn the_schema_is_laid_out_for_editing() {
    let columns = vec![
        made("income", 60, |i| if i == 3 { "NA".to_owned() } else { (i * i).to_string() }),
        made("purpose", 60, |i| ["car", "a \"big\" boat", ""][i % 3]),
        made("age", 60, |i| (20 + i * 11 % 47).to_string()),
        made("paid", 60, |i| ["no", "yes"][usize::from(coin(i) == "1")]),
    ];
    let found = infer(&table(columns), &options("paid")).unwrap();
    let text = found.to_toml().unwrap();
    let body = text.split_once("version = 1").unwrap();
    assert!(body.0.lines().all(|l| l.is_empty() || l.starts_with("# ")), "{}", body.0);
    assert_eq!(
        body.1,
        r##"

[target]
column = "paid"
classes = ["no", "yes"]
positive = "yes"

# 60 rows, 1 missing, 59 distinct, 0 to 3481, median 900
[[columns]]
name = "income"
role = "feature"
kind = "integer"
missing = "indicator"
missing_codes = ["NA"]

# 60 rows, 20 missing, 2 distinct, mostly a "big" boat (20), car (20)
[[columns]]
name = "purpose"
role = "feature"
kind = "category"
missing = "category"
reference = 'a "big" boat'
levels = ["a \"big\" boat", "car"]

# 60 rows, 0 missing, 47 distinct, 20 to 66, median 42.5
[[columns]]
name = "age"
role = "feature"
kind = "integer"
mutable = false

# 60 rows, 0 missing, 2 distinct, mostly no (30), yes (30)
[[columns]]
name = "paid"
role = "target"
kind = "boolean"
levels = ["no", "yes"]
"##
    );
    assert_eq!(Schema::from_toml(&text, "schema.toml").unwrap(), found.schema);
}

#[test]
fn edits_and_labels_survive() {
    let columns = vec![made("x", 60, |i| (i * i).to_string()), made("paid", 60, coin)];
    let mut found = infer(&table(columns), &options("paid")).unwrap();
    found.schema.target.labels.insert("0".to_owned(), "did not pay".to_owned());
    found.schema.target.favourable = Some("1".to_owned());
    found.schema.columns[0].unit = Some("EUR".to_owned());
    found.schema.columns[0].min = Some(0.0);
    let text = found.to_toml().unwrap();
    assert_eq!(Schema::from_toml(&text, "schema.toml").unwrap(), found.schema);
    found.schema.target.positive = None;
    assert!(found.to_toml().is_err());
}
