//! Fairness against brute force, closed forms and peers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod bias;
mod common;
mod exact;
mod metrics;
mod shared;
