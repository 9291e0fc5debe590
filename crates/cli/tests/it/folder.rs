//! A fresh folder with the command in it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const LINECALL: &str = env!("CARGO_BIN_EXE_linecall");

/// A folder that goes away after the test; commands run in it.
pub(crate) struct Folder(TempDir);

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder that holds `loans.csv`.
    pub(crate) fn with_loans() -> Self {
        let folder = Self::new();
        folder.put("loans.csv", crate::data::loans());
        folder
    }

    /// As [`Folder::with_loans`], and `model.linecall`, fitted to all of it at a given lambda.
    pub(crate) fn with_model() -> Self {
        let folder = Self::with_loans();
        folder.ok("fit loans.csv --target repaid --holdout 0 --lambda 0.02");
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file and folder in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![self.0.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                names.push(path.strip_prefix(self.0.path()).unwrap().display().to_string());
                if path.is_dir() {
                    open.push(path);
                }
            }
        }
        names.sort();
        names
    }

    /// Runs `linecall` with arguments parted by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_words(&words(arguments))
    }

    pub(crate) fn run_words(&self, arguments: &[&str]) -> Ran {
        self.feed_words(arguments, b"")
    }

    /// Runs `linecall` with bytes on its standard input.
    pub(crate) fn feed(&self, arguments: &str, input: &[u8]) -> Ran {
        self.feed_words(&words(arguments), input)
    }

    fn feed_words(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new(LINECALL);
        command.args(arguments);
        self.finish(command, input)
    }

    /// Runs a line through `sh`, with `linecall` on the path.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let own = PathBuf::from(LINECALL).parent().unwrap().to_owned();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command.args(["-c", line]).env("PATH", format!("{}:{path}", own.display()));
        self.finish(command, b"")
    }

    #[track_caller]
    fn finish(&self, mut command: Command, input: &[u8]) -> Ran {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            pipes.current_dir(self.0.path()).env_remove("RUST_BACKTRACE").spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that refuses its input closes the pipe early.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let out = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let ran = Ran {
            code: out.status.code().unwrap_or(-1),
            stdout: String::from_utf8(out.stdout).unwrap(),
            stderr: String::from_utf8(out.stderr).unwrap(),
        };
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{text}");
        }
        ran
    }

    /// Runs a command that must succeed, and gives its standard output.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &str) -> String {
        self.ok_words(&words(arguments))
    }

    #[track_caller]
    pub(crate) fn ok_words(&self, arguments: &[&str]) -> String {
        let ran = self.run_words(arguments);
        assert_eq!(ran.code, 0, "linecall {arguments:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Runs a command that must succeed and print one JSON document.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &str) -> Value {
        let text = self.ok(&format!("{arguments} --json"));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("linecall {arguments}: {e}: {text}"))
    }

    /// Runs a command that must be refused: exit code 2, nothing written, and exactly one line on
    /// standard error that holds every part. Gives the line.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &str, parts: &[&str]) -> String {
        self.refused_words(&words(arguments), parts)
    }

    #[track_caller]
    pub(crate) fn refused_words(&self, arguments: &[&str], parts: &[&str]) -> String {
        let before = self.names();
        let ran = self.run_words(arguments);
        let line = ran.error_line(parts);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert_eq!(self.names(), before, "{arguments:?} left something behind");
        line
    }
}

impl Ran {
    /// The one line of a refusal, which must hold every part.
    #[track_caller]
    pub(crate) fn error_line(&self, parts: &[&str]) -> String {
        let line = self.stderr.trim_end();
        assert_eq!(self.code, 2, "{line}");
        assert!(line.starts_with("error: "), "{line}");
        assert_eq!(self.stderr.lines().count(), 1, "{line}");
        for part in parts {
            assert!(line.contains(part), "{line:?} does not say {part:?}");
        }
        line.to_owned()
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A number in a JSON document, by dotted path (`holdout.auc.value`, `intercept.0`).
#[track_caller]
pub(crate) fn number(document: &Value, path: &str) -> f64 {
    at(document, path).as_f64().unwrap_or_else(|| panic!("{path} is no number"))
}

/// A value in a JSON document, by dotted path.
#[track_caller]
pub(crate) fn at<'a>(document: &'a Value, path: &str) -> &'a Value {
    let pointer = format!("/{}", path.replace('.', "/"));
    document.pointer(&pointer).unwrap_or_else(|| panic!("no {path} in the document"))
}

/// The numbers of a list of numbers.
#[track_caller]
pub(crate) fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// First coefficient of every row, by column name.
pub(crate) fn coefficients(document: &Value) -> Vec<(String, f64)> {
    let rows = at(document, "coefficients").as_array().unwrap();
    rows.iter().map(|r| (at(r, "name").as_str().unwrap().to_owned(), number(r, "coef.0"))).collect()
}

/// Asserts that numbers agree to a tolerance, relative to the larger or to 1.
#[track_caller]
pub(crate) fn assert_close(a: f64, b: f64, tolerance: f64, what: &str) {
    let size = a.abs().max(b.abs()).max(1.0);
    assert!((a - b).abs() <= tolerance * size, "{what}: {a} and {b}");
}
