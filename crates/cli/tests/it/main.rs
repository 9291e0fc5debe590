//! The real binary, in a fresh folder per test: what a user types and what comes out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod audit;
mod bad_input;
mod bad_model;
mod bad_settings;
mod browser;
mod bytes;
mod challenge;
mod data;
mod demo;
#[cfg(unix)]
mod endpoint;
#[cfg(unix)]
mod explain;
mod export;
mod fair;
mod folder;
mod forget;
mod formats;
mod golden;
mod guide;
mod help;
mod import;
mod input;
mod inspect;
mod learners;
mod learning;
mod multiclass;
mod multilabel;
mod panel;
mod predict;
mod roles;
mod shared;
mod streaming;
mod verify;
