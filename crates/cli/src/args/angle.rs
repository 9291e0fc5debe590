//! Flags of `angle`.

use clap::Args;

use super::{Common, Reading};

#[derive(Debug, Args)]
pub(crate) struct Angle {
    /// Model file
    pub(crate) model: String,
    /// Labelled rows, best those that it was trained on: a file, several or a folder
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Labelled rows that errors are counted on as well
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) test: Vec<String>,
    /// Loss along the dial; `squared` has a closed form [default: the model's own]
    #[arg(long, value_name = "LOSS")]
    pub(crate) loss: Option<String>,
    /// Strengths of the penalty, separated by commas [default: a grid over the scale of the data]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    pub(crate) lambdas: Vec<f64>,
    /// Points of that grid
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "lambdas")]
    pub(crate) steps: usize,
    /// Find the smallest strength that keeps the angle within this many degrees
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    pub(crate) limit: Option<f64>,
    /// Two classes, separated by a comma; may be given again [default: every pair]
    #[arg(long, value_name = "A,B")]
    pub(crate) pair: Vec<String>,
    /// Divide columns by their standard deviations first, for columns of unlike units
    #[arg(long)]
    pub(crate) standardize: bool,
    /// Rows, from 1, whose nearest point of the boundary and mirror image are wanted
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    pub(crate) row: Vec<u64>,
    /// Lowest and highest value of every column: the least change that turns each row's call
    #[arg(long = "box", value_name = "LOW,HIGH", allow_hyphen_values = true)]
    pub(crate) bounds: Option<String>,
    /// Width and height of the pictures that rows are, to draw them in the page (`28x28`)
    #[arg(long, value_name = "WxH", requires = "html")]
    pub(crate) image: Option<String>,
    /// Write the dial and the plane as an HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Labels of a matrix that has none: an array of one dimension, or a table of one column
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) common: Common,
}
