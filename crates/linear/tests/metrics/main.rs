//! Metrics, their intervals, the curves behind them, and calibration.
#![allow(clippy::unwrap_used)]

mod bootstrap;
mod common;
mod curves;
mod degenerate;
mod golden;
mod platt;
mod properties;
