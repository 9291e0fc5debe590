//! Flags of `completions` and `man`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write to
    #[arg(long, value_name = "FOLDER", default_value = "man")]
    pub(crate) dir: String,
}
