//! Data in memory, read as the file of them is.

use linecall_data::read::{Inputs, ReadOptions, batches, format_of, matrix, table};
use linecall_data::{Dataset, Table};

use crate::common::*;

#[test]
fn a_held_table_is_read_as_its_file_is() {
    let files = Files::new();
    let path = files.put("t.csv", "x,y\n1,p\n2,q\n3,r\n4,s\n5,t\n");
    let read = table(&path, &ReadOptions::default()).unwrap();
    let held = Inputs::held_table(read.clone());
    assert_eq!(held.to_string(), path);
    assert_eq!(table(&held, &ReadOptions::default()).unwrap(), read);
    assert!(!format_of(&held, &ReadOptions::default()).unwrap().is_matrix());
    for rows in [1, 2, 5, 9, usize::MAX] {
        let parts: Vec<Table> = batches(&held, &ReadOptions::default(), rows)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(parts.len(), 5usize.div_ceil(rows.min(5)));
        let last = parts.last().unwrap();
        // A row keeps its place in the whole.
        let row = last.origin().place(last.rows() - 1).row;
        assert_eq!(row, Some(5), "{rows}");
        let mut whole = parts[0].clone();
        parts[1..].iter().for_each(|part| whole.append(part).unwrap());
        assert_eq!(whole.columns(), read.columns());
    }
    assert_eq!(held, held.clone());
    assert_ne!(held, Inputs::held_table(read));
    assert_ne!(held, Inputs::from(&path));
}

#[test]
fn a_held_matrix_is_read_as_its_file_is() {
    let files = Files::new();
    let path = files.put("m.libsvm", "a 1:1\nb 2:2\na 1:3 2:4\n");
    let read: Dataset = matrix::dataset(&path, &ReadOptions::default(), None).unwrap();
    let held = Inputs::held_matrix("m", read.clone());
    let again = matrix::dataset(&held, &ReadOptions::default(), Some(2)).unwrap();
    assert_eq!((&again.design, &again.labels), (&read.design, &read.labels));
    assert!(format_of(&held, &ReadOptions::default()).unwrap().is_matrix());
    let parts: Vec<_> = matrix::batches(&held, &ReadOptions::default(), 2, 2)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let places: Vec<_> = parts.iter().map(|p| (p.rows_before, p.design.rows())).collect();
    assert_eq!(places, [(0, 2), (2, 1)]);
    let error = matrix::dataset(&held, &ReadOptions::default(), Some(3)).unwrap_err();
    assert!(error.to_string().starts_with("m: "), "{error}");
    assert!(table(&held, &ReadOptions::default()).is_err());
    assert!(matrix::dataset(Inputs::held_table(some()), &ReadOptions::default(), None).is_err());
}

fn some() -> Table {
    let files = Files::new();
    table(&files.put("t.csv", "x\n1\n"), &ReadOptions::default()).unwrap()
}
