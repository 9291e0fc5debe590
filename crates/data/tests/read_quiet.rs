//! A panic inside the Parquet decoder is an error and prints nothing. Alone in its program, because
//! it looks at the process's panic hook.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use linecall_data::read::{ReadOptions, table};
use parquet::arrow::ArrowWriter;

static PRINTED: AtomicU32 = AtomicU32::new(0);

fn small_file() -> Vec<u8> {
    let columns: [(&str, ArrayRef); 2] = [
        ("n", Arc::new(Int64Array::from_iter_values(0..60))),
        (
            "x",
            Arc::new(
                (0..60).map(|i| (i % 3 != 0).then_some(f64::from(i))).collect::<Float64Array>(),
            ),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn damage_is_reported_by_the_error_alone() {
    std::panic::set_hook(Box::new(|_| {
        PRINTED.fetch_add(1, Ordering::Relaxed);
    }));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.parquet");
    let bytes = small_file();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, changed).unwrap();
            refused += u32::from(table(path.to_str().unwrap(), &ReadOptions::default()).is_err());
        }
    }
    let printed = PRINTED.load(Ordering::Relaxed);
    let _ = std::panic::take_hook();
    assert!(refused > 100, "only {refused} changes were noticed");
    assert_eq!(printed, 0, "panics that reached the process's hook");
    assert!(std::panic::catch_unwind(|| std::hint::black_box(&[0u8][..])[1..2].len()).is_err());
}
