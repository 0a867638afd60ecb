//! The hookctl program: reads the command line, runs the library, ends with its code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = hookctl::cli::Cli::try_parse().unwrap_or_else(|error| hookctl::usage_error(&error));
    hookctl::commands::run(cli).into()
}
