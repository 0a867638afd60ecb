//! The hookctl program: reads the command line, runs the library, ends with its code.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A delivery is taken in by one thread and written by another, which glibc's allocator makes dear: memory is given back to
/// where it came from, under a lock.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = hookctl::cli::Cli::try_parse().unwrap_or_else(|error| hookctl::usage_error(&error));
    hookctl::commands::run(cli).into()
}
