//! The real binary, in a fresh folder per test: what a user types and what comes out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod angle;
mod audit;
mod bad_input;
mod bad_model;
mod bad_settings;
mod browser;
mod bytes;
mod challenge;
mod codes;
mod curriculum;
mod data;
mod decide;
mod demo;
mod diagnose;
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
mod inference;
mod input;
mod inspect;
mod learners;
mod learning;
mod many;
mod mixup;
mod multiclass;
mod multilabel;
mod panel;
mod predict;
mod replay;
mod roles;
mod scorecard;
mod shared;
mod streaming;
mod study;
mod study_texts;
mod text;
mod verify;
