//! Flags of `demo`.

use clap::Args;

use super::Common;

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for the data, the model and the report
    #[arg(long, value_name = "FOLDER", default_value = "linecall-demo")]
    pub(crate) dir: String,
    #[command(flatten)]
    pub(crate) common: Common,
}
