//! `hookctl providers`

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Look at the providers that hookctl knows
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl providers
  hookctl providers show stripe
  hookctl providers check ./providers")]
pub struct ProvidersArgs {
    /// What to do; without it, list them.
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
}

/// What to do with providers.
#[derive(Debug, Clone, Subcommand)]
pub enum ProvidersCommand {
    /// List all providers
    List,
    /// Show how a provider signs and which events it has
    Show {
        /// The provider
        name: String,
    },
    /// Check a folder of your own providers: read, render, sign and verify everything in it
    Check {
        /// The folder of a provider, or a folder of several
        dir: PathBuf,
    },
}
