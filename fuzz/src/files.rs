//! Bytes as a file, for what is read by its path.

use std::io::Write;

use tempfile::NamedTempFile;

/// A file that is removed with this value.
pub(crate) struct File(NamedTempFile);

impl File {
    /// A file of these bytes.
    pub(crate) fn of(data: &[u8]) -> Self {
        let mut file = NamedTempFile::new().expect("there is a folder for temporary files");
        file.write_all(data).expect("there is room for a small file");
        Self(file)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path().to_str().expect("the folder has a plain name")
    }
}
