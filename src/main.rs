//! The lockgate command: parses arguments, calls the library, returns the exit code.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Parsing and replay make very many small things, on all cores at once.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    lockgate::cli::run(std::env::args_os())
}
