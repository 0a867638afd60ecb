//! `hookctl trust`

use std::path::PathBuf;

use clap::Args;

/// Accept a project file as it is
///
/// A project file (hookctl.toml) comes with a repository. It may say where deliveries go on this machine; what reaches
/// further (commands, addresses that other machines can reach, targets elsewhere) holds only once you have accepted that
/// very file. Change it, and it must be accepted again.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl trust
  hookctl trust ../shop/hookctl.toml
  hookctl trust --list
  hookctl trust --revoke")]
pub struct TrustArgs {
    /// The file [default: the nearest hookctl.toml going up]
    pub file: Option<PathBuf>,

    /// List what is accepted
    #[arg(long, conflicts_with_all = ["file", "revoke"])]
    pub list: bool,

    /// Accept it no more
    #[arg(long)]
    pub revoke: bool,
}
