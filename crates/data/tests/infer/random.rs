//! Random tables: inference never panics, keeps its promises, and is read back.

use linecall_data::infer::{InferOptions, infer};
use linecall_data::schema::{Kind, Missing, Role};
use linecall_data::{Cells, Column, Schema, Table};
use proptest::prelude::*;

use super::{made, number, table, text};

/// Cells of one flavour, so that columns look like something.
fn cells(rows: usize) -> BoxedStrategy<Vec<String>> {
    let of = |cell: BoxedStrategy<String>| proptest::collection::vec(cell, rows).boxed();
    let picked = |cells: &'static [&'static str]| {
        of(proptest::sample::select(cells).prop_map(str::to_owned).boxed())
    };
    prop_oneof![
        of(any::<String>().boxed()),
        of("[a-c]{0,2}".boxed()),
        of("[-+]?[0-9]{1,3}(\\.[0-9])?".boxed()),
        of((-2i64..6).prop_map(|v| v.to_string()).boxed()),
        picked(&["0", "1"]),
        picked(&["yes", "no", "NA", ""]),
        picked(&["1", "2", "?", "1.0", "-99", "1e400", "inf", "nan", "\"", "\n", "\\"]),
        picked(&["2024-01-01", "2024-01-02", ""]),
        Just((0..rows).map(|i| i.to_string()).collect()).boxed(),
    ]
    .boxed()
}

fn tables() -> impl Strategy<Value = Table> {
    (1usize..60, 1usize..6).prop_flat_map(|(rows, columns)| {
        let text_columns = proptest::collection::vec(cells(rows), columns);
        let numbers = proptest::collection::vec(
            prop_oneof![any::<f64>(), Just(f64::NAN), Just(1.0), Just(-0.0)],
            rows,
        );
        let names = proptest::sample::select(
            &["x", "id", "sex", "zip", "n_days", "weight", "y", "a\"b", "größe\n"][..],
        );
        (text_columns, numbers, names, any::<bool>()).prop_map(|(columns, numbers, odd, typed)| {
            let mut all: Vec<Column> = columns
                .iter()
                .enumerate()
                .map(|(i, c)| text(&if i == 0 { odd.to_owned() } else { format!("c{i}") }, c))
                .collect();
            if typed {
                all.insert(0, number("typed", numbers));
            }
            table(all)
        })
    })
}

/// What a schema promises about the table that it was inferred from.
fn check_promises(table: &Table, schema: &Schema) {
    for (column, data) in schema.columns.iter().zip(table.columns()) {
        assert_eq!(column.name, data.name);
        if column.role != Role::Feature {
            continue;
        }
        for row in 0..table.rows() {
            if data.cells.is_missing(row, &column.missing_codes) {
                assert_ne!(column.missing, Missing::Refuse, "{column:?}");
            } else if matches!(column.kind, Kind::Category | Kind::Boolean) {
                let cell = data.cells.text(row);
                assert!(column.levels.iter().any(|l| *l == cell), "{cell:?} {column:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn inference_never_panics_and_reads_back(table in tables(), named in any::<bool>()) {
        let target = named.then(|| table.columns()[0].name.clone());
        let options = InferOptions { target, ..InferOptions::default() };
        if let Ok(found) = infer(&table, &options) {
            found.schema.check().unwrap();
            let text = found.to_toml().unwrap();
            prop_assert_eq!(&Schema::from_toml(&text, "x.toml").unwrap(), &found.schema);
            check_promises(&table, &found.schema);
            prop_assert!(found.warnings.iter().all(|w| !w.text.contains('\n')));
            let total = |s: &linecall_data::infer::ColumnSummary| s.missing <= s.rows;
            prop_assert!(found.columns.iter().all(total));
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_schema(cells in cells(40), shift in 1usize..40) {
        let flips = |i: usize| ["0", "1"][i * 5 % 7 % 2];
        let at = |shift: usize| {
            let turned = (0..40).map(|i| &cells[(i + shift) % 40]);
            let columns = vec![text("x", turned), made("y", 40, |i| flips((i + shift) % 40))];
            infer(&table(columns), &super::options("y")).unwrap().schema
        };
        let (before, after) = (at(0), at(shift));
        // Counting up by one is the one rule about order.
        if before.columns[0].role != Role::Id {
            prop_assert_eq!(before, after);
        }
    }
}

#[test]
fn typed_and_text_numbers_give_one_schema() {
    let values = [1.0, 2.5, f64::NAN, -3.0, 1e-9];
    let typed = number("x", (0..60).map(|i| values[i % 5]));
    let Cells::Number(numbers) = &typed.cells else { panic!("numbers") };
    let texts = numbers.iter().map(|v| if v.is_nan() { String::new() } else { v.to_string() });
    let spelt = text("x", texts);
    assert_eq!(super::about(typed).0, super::about(spelt).0);
}
