//! Closed forms and single passes: against scikit-learn, against brute force, and by properties.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod brute;
mod golden;
mod list;
mod passes;
mod properties;
mod refusals;
mod tally;
