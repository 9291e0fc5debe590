//! The readers, from outside: every format, every way of writing it, and every way of breaking it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, unreachable_pub)]

mod arrow;
mod bytes;
mod columnar;
mod common;
mod delimited;
mod dense;
mod held;
mod hostile;
mod jsonl;
mod series;
mod several;
mod sparse;
