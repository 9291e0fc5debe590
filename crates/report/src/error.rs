//! Why a report could not be written.

/// An error of this crate. Displays as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A chart could not be drawn.
    #[error("the chart `{chart}` of the report cannot be drawn: {cause}")]
    Chart {
        /// Which chart.
        chart: String,
        /// What the drawing library said.
        cause: String,
    },
    /// A template could not be filled in.
    #[error("the page of the report cannot be filled in: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The panel's data could not be written.
    #[error("the panel of the page cannot be written: {0}")]
    Panel(#[from] serde_json::Error),
}
