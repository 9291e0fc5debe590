//! Properties of the table front end on random schemas and tables.

use linecall_data::schema::{ColumnSchema, Kind, Missing, Role, Schema, TargetSchema, Unseen};
use linecall_data::{Cells, Column, Design, Matrix, Origin, Table, Term, TextCells};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::build::Limits;
use crate::{OnMissing, TableFrontEnd};

const LEVELS: [&str; 8] = ["car", "new car", "a = b", "=", "Größe 大", "1", "2.5", "(missing)"];
const NUMBERS: [&str; 8] = ["0", "-3", "7", "1e2", "12.0", "+4", "-0", " 5 "];
pub(crate) const SPARSE: Limits =
    Limits { dense_columns: 0, dense_share: 1.0, wide_bytes: usize::MAX };
pub(crate) const WIDE: Limits =
    Limits { dense_columns: usize::MAX, dense_share: 0.0, wide_bytes: 0 };

/// A column of the schema and one cell per row; cells hold what the schema allows.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) schema: ColumnSchema,
    pub(crate) cells: Vec<String>,
}

fn kinds() -> impl Strategy<Value = (Kind, Missing)> {
    use Missing::{Category, Impute, Indicator, Refuse};
    let filled = prop_oneof![Just(Refuse), Just(Impute), Just(Indicator)];
    let plain = prop_oneof![
        Just(Kind::Number),
        Just(Kind::Integer),
        Just(Kind::Boolean),
        Just(Kind::Ordered)
    ];
    let levels = prop_oneof![Just(Refuse), Just(Impute), Just(Category)];
    prop_oneof![2 => (plain, filled), 1 => (Just(Kind::Category), levels)]
}

fn made(name: usize, rows: usize) -> impl Strategy<Value = Made> {
    let picks = vec((any::<Index>(), 0..10u8), rows);
    let settings = (kinds(), 1..=LEVELS.len(), any::<Option<Index>>(), any::<bool>());
    (settings, picks).prop_map(move |(((kind, missing), size, reference, open), picks)| {
        let mut schema = ColumnSchema::new(format!("column {name}"), Role::Feature, kind);
        let size = if kind == Kind::Boolean { 2 } else { size };
        let numeric = matches!(kind, Kind::Number | Kind::Integer);
        if !numeric {
            schema.levels = LEVELS[..size].iter().map(|&l| l.to_owned()).collect();
        }
        if kind == Kind::Category {
            schema.reference = reference.map(|r| schema.levels[r.index(size)].clone());
            schema.unseen = if open { Unseen::Reference } else { Unseen::Refuse };
        }
        schema.missing = missing;
        schema.missing_codes = vec!["NA".to_owned(), "-99".to_owned()];
        let pick = |row: usize, (pick, chance): &(Index, u8)| match chance {
            // The first row holds a value, so that there is something to learn.
            0 if missing != Missing::Refuse && row > 0 => "".to_owned(),
            1 if missing != Missing::Refuse && row > 0 => " NA".to_owned(),
            2 if schema.unseen == Unseen::Reference && row > 0 => "something else".to_owned(),
            _ if numeric => NUMBERS[pick.index(NUMBERS.len())].to_owned(),
            _ => schema.levels[pick.index(size)].clone(),
        };
        let cells = picks.iter().enumerate().map(|(row, p)| pick(row, p)).collect();
        Made { schema, cells }
    })
}

pub(crate) fn any_table() -> impl Strategy<Value = (Schema, Vec<Made>)> {
    (1..7usize, 1..30usize)
        .prop_flat_map(|(cols, rows)| (0..cols).map(|c| made(c, rows)).collect::<Vec<_>>())
        .prop_map(|made| (schema_of(&made), made))
        .prop_filter("needs a design column", |(_, made)| {
            made.iter().any(|m| m.schema.kind != Kind::Category || m.schema.levels.len() > 1)
        })
}

pub(crate) fn schema_of(made: &[Made]) -> Schema {
    let mut columns: Vec<_> = made.iter().map(|m| m.schema.clone()).collect();
    columns.push(ColumnSchema::new("y", Role::Target, Kind::Category));
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let target = TargetSchema {
        column: "y".to_owned(),
        classes,
        positive: Some("yes".to_owned()),
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    Schema { version: Schema::VERSION, rules: Vec::new(), target, columns }
}

pub(crate) fn table_of(made: &[Made], rows: &[usize]) -> Table {
    let column = |m: &Made| {
        let mut text = TextCells::default();
        rows.iter().for_each(|&row| text.push(&m.cells[row]));
        Column { name: m.schema.name.clone(), cells: Cells::Text(text) }
    };
    Table::new(Origin::default(), made.iter().map(column).collect()).unwrap()
}

pub(crate) fn whole(made: &[Made]) -> Table {
    table_of(made, &(0..made[0].cells.len()).collect::<Vec<_>>())
}

pub(crate) fn rows_of(design: &Design) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; design.cols()]; design.rows()];
    for (i, row) in rows.iter_mut().enumerate() {
        design.for_each_in_row(i, |j, v| row[j] = v);
    }
    rows
}

pub(crate) fn is_missing(cell: &str) -> bool {
    matches!(cell.trim(), "" | "NA" | "-99")
}

/// The level that the most cells hold, the first listed of equals.
pub(crate) fn commonest(made: &Made) -> String {
    let count = |level: &String| made.cells.iter().filter(|c| *c == level).count();
    let most = made.schema.levels.iter().map(count).max().unwrap();
    made.schema.levels.iter().find(|l| count(l) == most).unwrap().clone()
}

pub(crate) fn median(made: &Made) -> f64 {
    let there = made.cells.iter().filter(|c| !is_missing(c));
    let mut values: Vec<f64> = there.map(|c| c.trim().parse().unwrap()).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (lower, upper) = (values[(n - 1) / 2], values[n / 2]);
    if made.schema.kind == Kind::Integer { lower } else { (lower + upper) / 2.0 }
}

/// One design value, straight from the words of the schema.
fn naive(made: &Made, term: &Term, row: usize) -> f64 {
    let cell = made.cells[row].trim();
    let missing = is_missing(cell);
    let truth = |b: bool| if b { 1.0 } else { 0.0 };
    match term {
        Term::Value if missing => median(made),
        Term::Value => cell.parse().unwrap(),
        Term::Missing => truth(missing),
        _ => {
            let filled = missing && made.schema.missing != Missing::Category;
            let level = if filled { commonest(made) } else { cell.to_owned() };
            match term {
                Term::Level(wanted) => truth(*wanted == level && (!missing || filled)),
                _ => made.schema.levels.iter().position(|l| *l == level).unwrap() as f64,
            }
        }
    }
}

/// The terms of a column, straight from the words of the schema.
fn naive_terms(made: &Made) -> Vec<Term> {
    let schema = &made.schema;
    let mut terms = match schema.kind {
        Kind::Number | Kind::Integer => vec![Term::Value],
        Kind::Boolean => vec![Term::Level(schema.levels[1].clone())],
        Kind::Ordered => vec![Term::Rank],
        _ => {
            let reference = schema.reference.clone().unwrap_or_else(|| commonest(made));
            let others = schema.levels.iter().filter(|l| **l != reference);
            others.map(|l| Term::Level(l.clone())).collect()
        }
    };
    if matches!(schema.missing, Missing::Indicator | Missing::Category) {
        terms.push(Term::Missing);
    }
    terms
}

proptest! {
    #[test]
    fn apply_agrees_with_a_cell_by_cell_encoder((schema, made) in any_table()) {
        let table = whole(&made);
        let front = TableFrontEnd::fit(&schema, &table).unwrap();
        let applied = front.apply(&table).unwrap();
        let terms: Vec<(usize, Term)> = made
            .iter()
            .enumerate()
            .flat_map(|(c, m)| naive_terms(m).into_iter().map(move |t| (c, t)))
            .collect();
        let columns = front.columns();
        prop_assert_eq!(applied.design.columns(), columns.list());
        let named: Vec<_> = columns.iter().map(|c| (c.source.clone(), c.term.clone())).collect();
        let expected: Vec<_> =
            terms.iter().map(|(c, t)| (made[*c].schema.name.clone(), t.clone())).collect();
        prop_assert_eq!(named, expected);
        let rows: Vec<Vec<f64>> = (0..table.rows())
            .map(|row| terms.iter().map(|(c, t)| naive(&made[*c], t, row)).collect())
            .collect();
        prop_assert_eq!(rows_of(&applied.design), rows);
        let unseen: Vec<(String, u64)> = made
            .iter()
            .map(|m| (m, m.cells.iter().filter(|c| *c == "something else").count() as u64))
            .filter(|(_, n)| *n > 0)
            .map(|(m, n)| (m.schema.name.clone(), n))
            .collect();
        prop_assert_eq!(applied.unseen, unseen);
    }

    #[test]
    fn storage_changes_no_value((schema, made) in any_table()) {
        let table = whole(&made);
        let front = TableFrontEnd::fit(&schema, &table).unwrap();
        let dense = front.apply(&table).unwrap();
        prop_assert!(matches!(dense.design.matrix(), Matrix::DenseF64(_)));
        let sparse = front.apply_within(&table, SPARSE).unwrap();
        prop_assert!(!matches!(sparse.design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_)));
        prop_assert_eq!(&sparse.design.to_dense().unwrap(), &dense.design);
        prop_assert_eq!(&sparse.unseen, &dense.unseen);
        // Every number in these tables survives f32, the median of two included.
        let wide = front.apply_within(&table, WIDE).unwrap();
        prop_assert!(matches!(wide.design.matrix(), Matrix::DenseF32(_)));
        prop_assert_eq!(&wide.design.to_dense().unwrap(), &dense.design);
        prop_assert_eq!(&wide.unseen, &dense.unseen);
    }

    #[test]
    fn batches_equal_the_whole((schema, made) in any_table(), size in 1..9usize) {
        let table = whole(&made);
        let front = TableFrontEnd::fit(&schema, &table).unwrap();
        let all: Vec<usize> = (0..table.rows()).collect();
        let mut rows = Vec::new();
        let mut unseen = 0;
        for batch in all.chunks(size) {
            let applied = front.apply(&table_of(&made, batch)).unwrap();
            rows.extend(rows_of(&applied.design));
            unseen += applied.unseen.iter().map(|(_, n)| n).sum::<u64>();
        }
        let applied = front.apply(&table).unwrap();
        prop_assert_eq!(rows, rows_of(&applied.design));
        prop_assert_eq!(unseen, applied.unseen.iter().map(|(_, n)| n).sum::<u64>());
    }

    #[test]
    fn permuted_rows_permute_the_design(
        ((schema, made), order) in any_table().prop_flat_map(|(schema, made)| {
            let order: Vec<usize> = (0..made[0].cells.len()).collect();
            (Just((schema, made)), Just(order).prop_shuffle())
        })
    ) {
        let front = TableFrontEnd::fit(&schema, &whole(&made)).unwrap();
        let permuted = table_of(&made, &order);
        prop_assert_eq!(&TableFrontEnd::fit(&schema, &permuted).unwrap(), &front);
        let design = front.apply(&whole(&made)).unwrap().design;
        let moved = front.apply(&permuted).unwrap().design;
        prop_assert_eq!(moved, design.select_rows(&order).unwrap());
    }

    #[test]
    fn a_saved_front_end_is_the_same((schema, made) in any_table()) {
        let table = whole(&made);
        let front = TableFrontEnd::fit(&schema, &table).unwrap();
        let text = serde_json::to_string(&front).unwrap();
        let back: TableFrontEnd = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &front);
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        prop_assert_eq!(back.apply(&table).unwrap(), front.apply(&table).unwrap());
    }

    /// Whatever a file claims, it is refused or works: reading and applying never panic.
    #[test]
    fn an_altered_front_end_never_panics(
        (schema, made) in any_table(),
        which in any::<Index>(),
        reference in 0..12usize,
        fill in prop_oneof![Just(-1.0), Just(0.5), Just(1e300), Just(3.0)],
        drop in any::<bool>(),
    ) {
        let table = whole(&made);
        let front = TableFrontEnd::fit(&schema, &table).unwrap();
        let mut json = serde_json::to_value(&front).unwrap();
        let at = which.index(front.recipes().len());
        let recipe = &mut json["recipes"][at];
        recipe["missing"] = serde_json::json!({ "impute": fill });
        if recipe["encoding"]["kind"] == "category" {
            recipe["encoding"]["reference"] = reference.into();
        }
        if drop && let Some(levels) = recipe["encoding"]["levels"].as_array_mut() {
            levels.pop();
        }
        if let Ok(altered) = serde_json::from_value::<TableFrontEnd>(json) {
            prop_assert!(altered.check().is_ok());
            prop_assert_eq!(altered.recipes()[at].missing, OnMissing::Impute(fill));
            if let Ok(applied) = altered.apply(&table) {
                prop_assert_eq!(applied.design.cols(), altered.columns().len());
            }
        }
    }
}

#[test]
fn f32_is_given_up_where_a_value_does_not_survive_it() {
    let mut schema = ColumnSchema::new("x", Role::Feature, Kind::Number);
    schema.missing = Missing::Impute;
    let made = [Made { schema, cells: vec!["0.5".to_owned(), "0.1".to_owned()] }];
    let table = whole(&made);
    let front = TableFrontEnd::fit(&schema_of(&made), &table).unwrap();
    let design = front.apply_within(&table, WIDE).unwrap().design;
    assert!(matches!(design.matrix(), Matrix::DenseF64(_)));
    assert_eq!(rows_of(&design), [[0.5], [0.1]]);
}
