//! The lockgate command: parses arguments, calls the library, returns the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    lockgate::cli::run(std::env::args_os())
}
