//! Running a program on files in a folder that goes away.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{Error, Result};

/// A folder that goes away, with what a program reads and writes.
pub(super) struct Bench {
    folder: TempDir,
    format: &'static str,
}

impl Bench {
    pub(super) fn new(format: &'static str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("linecall-export-").tempdir();
        let folder = folder.map_err(|e| linecall_data::Error::io("temporary folder", e))?;
        Ok(Self { folder, format })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(name);
        let written = std::fs::write(&path, bytes);
        written.map_err(|e| linecall_data::Error::io(path.display().to_string(), e))?;
        Ok(path)
    }

    pub(super) fn get(&self, name: &str) -> Result<String> {
        let path = self.path(name);
        let read = std::fs::read_to_string(&path);
        Ok(read.map_err(|e| linecall_data::Error::io(path.display().to_string(), e))?)
    }

    /// Runs a program with a file as its standard input, and gives what it prints.
    pub(super) fn run(
        &self,
        program: &Path,
        arguments: &[&std::ffi::OsStr],
        input: Option<&Path>,
    ) -> Result<String> {
        let name = program.display();
        let failed = |what: String| {
            // The last line of a complaint says most, and one line is what an error is.
            let last = what.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
            Error::Question(format!("{}: {name} cannot score the export: {last}", self.format))
        };
        let stdin = match input {
            Some(path) => {
                Stdio::from(std::fs::File::open(path).map_err(|e| failed(e.to_string()))?)
            }
            None => Stdio::null(),
        };
        let mut command = Command::new(program);
        let run = command.args(arguments).current_dir(self.folder.path()).stdin(stdin).output();
        let run = run.map_err(|e| failed(e.to_string()))?;
        if !run.status.success() {
            return Err(failed(format!(
                "{}\n{}",
                run.status,
                String::from_utf8_lossy(&run.stderr)
            )));
        }
        String::from_utf8(run.stdout).map_err(|_| failed("prints what is not UTF-8".to_owned()))
    }

    /// The version that a program prints, the first line.
    pub(super) fn version(&self, program: &Path, argument: &str) -> String {
        let said = self.run(program, &[argument.as_ref()], None).unwrap_or_default();
        let line = said.lines().next().unwrap_or("").trim();
        linecall_data::escaped(line)
    }

    /// The refusal where a program is absent.
    pub(super) fn absent(&self, what: &str, mend: &str) -> Error {
        Error::Question(format!(
            "{}: {what} is not here, and an export is re-scored before it is done; {mend}, or say \
             --no-check",
            self.format
        ))
    }
}

/// A program on the PATH, or by its own path.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    if name.contains(std::path::MAIN_SEPARATOR) {
        // A bench runs in a folder of its own.
        return std::path::absolute(name).ok().filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    places.map(|folder| folder.join(name)).find(|path| path.is_file())
}
