//! Files that appear whole or not at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file being written: the bytes go to a temporary file in the same folder, which takes the name
/// at [`Whole::finish`]. Dropped before that, nothing is left behind.
///
/// ```
/// use std::io::Write;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("calls.csv");
/// let mut file = linecall::file::Whole::begin(&path)?;
/// file.write_all(b"row,call\n")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"row,call\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Whole {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
}

impl Whole {
    /// Begins a file; it gets the permissions of any new file.
    ///
    /// # Errors
    /// When no file can be made in the folder.
    pub fn begin(path: &Path) -> std::io::Result<Self> {
        if path.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".linecall-");
        #[cfg(unix)]
        let normal = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(normal); // what the user's umask leaves of it
        let file = builder.tempfile_in(folder_of(path))?;
        Ok(Self { path: path.to_owned(), out: BufWriter::new(file) })
    }

    /// Flushes to the disk and renames: the path holds the old file or the new one, never a part.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> std::io::Result<()> {
        let file = self.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        #[cfg(unix)]
        std::fs::File::open(folder_of(&self.path))?.sync_all()?; // the rename itself
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
