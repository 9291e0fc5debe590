//! From a CSV file to a design: inference proposes a schema that is written, read back and applied,
//! or every step refuses in one line.

use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{ReadOptions, table_from};
use linecall_data::{Schema, Table};
use linecall_features::{TableFrontEnd, dataset};

use super::{memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    let options = ReadOptions { max_bytes: memory::CAP, ..ReadOptions::default() };
    let Ok(table) = table_from("t.csv", std::io::Cursor::new(data.to_vec()), &options) else {
        return;
    };
    let inferred = || infer(&table, &InferOptions::default());
    let Ok(found) = memory::kept(memory::bytes(data), |_| 0, inferred) else { return };
    found.schema.check().expect("an inferred schema holds together");
    let written = found.to_toml().expect("an inferred schema is written");
    let back = Schema::from_toml(&written, "schema.toml").expect("what is written is read");
    assert_eq!(back, found.schema, "{written}");
    assert!(found.warnings.iter().all(|w| !w.text.contains('\n')), "{:?}", found.warnings);
    learn(&found.schema, &table);
}

fn learn(schema: &Schema, table: &Table) {
    let learnt = TableFrontEnd::fit(schema, table)
        .and_then(|front| dataset(&front, schema, table).map(|data| (front, data)));
    match learnt {
        Ok((front, data)) => {
            assert_eq!(data.rows(), table.rows());
            assert_eq!(data.design.cols(), front.columns().len());
            assert_eq!(data.labels.classes(), schema.target.classes);
        }
        Err(error) => one_line::check(&error, ""),
    }
}
