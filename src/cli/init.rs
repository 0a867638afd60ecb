//! `hookctl init`

use clap::Args;

/// Write a commented hookctl.toml into the current folder
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl init
  hookctl init --force")]
pub struct InitArgs {
    /// Overwrite the file that is there
    #[arg(long)]
    pub force: bool,
}
