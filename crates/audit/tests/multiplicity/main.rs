//! Multiplicity against closed forms, brute force and sampling.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
mod convex;
mod zero_one;
