//! `hookctl config`

use clap::Args;

/// Show the configuration and where each value comes from
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {}
