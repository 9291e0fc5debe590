//! Explanations against closed forms, brute force and peers.

#![allow(clippy::unwrap_used, clippy::panic)]

mod command;
mod contributions;
mod local;
mod pick;
