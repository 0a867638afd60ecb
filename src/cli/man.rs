//! `hookctl man`

use std::path::PathBuf;

use clap::Args;

/// Print the manual page, or write all of them to a folder
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl man | man -l -
  hookctl man --dir ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
