//! `hookctl secret`

use clap::Args;

/// Print or make the secret of a provider
///
/// Without a configured secret, hookctl makes one for development in the provider's own format and keeps it in its data
/// folder, readable by you alone. 'send' signs with it and 'listen' verifies with it.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl secret stripe
  hookctl secret stripe --write-env .env STRIPE_WEBHOOK_SECRET
  hookctl secret discord --public
  hookctl secret github --rotate")]
pub struct SecretArgs {
    /// The provider
    pub provider: String,

    /// Make a new development secret; the one before it still verifies
    #[arg(long)]
    pub rotate: bool,

    /// Print what a receiver needs: the public half of a key pair
    #[arg(long)]
    pub public: bool,

    /// Write it as NAME=… into an environment file, and keep the other lines
    #[arg(long, num_args = 2, value_names = ["FILE", "NAME"])]
    pub write_env: Option<Vec<String>>,
}
