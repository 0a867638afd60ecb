//! `hookctl man`

use std::path::PathBuf;

use clap::Args;

/// Print the manual page, or write all of them to a folder
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
