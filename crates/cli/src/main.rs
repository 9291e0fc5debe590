//! The `linecall` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    linecall_cli::run(std::env::args_os())
}
