//! `hookctl config`

use clap::Args;

/// Show the configuration and where each value comes from
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl config
  HOOKCTL_LISTEN_MAX_BODY=1MiB hookctl config
  hookctl config --json")]
pub struct ConfigArgs {}
