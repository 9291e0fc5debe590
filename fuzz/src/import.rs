//! Models of other programs: what is accepted is saved and read back equal. The bytes are taken as text
//! of whichever format they look like, and as an ONNX file.

use linecall::Pipeline;
use linecall::import::{ImportOptions, import_bytes};

use super::{memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    one(data, "foreign.model");
    one(data, "foreign.onnx");
}

fn one(data: &[u8], file: &str) {
    let read = || import_bytes(data, file, &ImportOptions::default());
    match memory::kept(data.len(), |_| 0, read) {
        Ok(model) => {
            // A model without columns or with a number that a file cannot hold is refused there.
            let Ok(bytes) = model.pipeline.to_bytes() else { return };
            let back = Pipeline::from_bytes(&bytes, "copy").expect("a saved model is read");
            assert_eq!(back, model.pipeline);
        }
        Err(error) => one_line::check(&error, file),
    }
}
