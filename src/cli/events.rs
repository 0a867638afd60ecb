//! `hookctl events`

use clap::{Args, Subcommand};

use super::shared::when;
use crate::model::Verdict;
use crate::model::time::When;

/// Look at recorded deliveries
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events list --provider stripe --event 'payment_intent.*' --since '1h ago'
  hookctl events show latest
  hookctl events show 12 --raw > body.json
  hookctl events show a1b2c3 --curl
  hookctl events show latest --normalized")]
pub struct EventsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: EventsCommand,
}

/// What to do with recorded deliveries.
#[derive(Debug, Clone, Subcommand)]
pub enum EventsCommand {
    /// List deliveries, the newest first
    List(ListArgs),
    /// Show one delivery whole
    Show(ShowArgs),
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Only of this provider
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Only of these event types, as a glob
    #[arg(long, value_name = "GLOB")]
    pub event: Option<String>,

    /// Only with this verdict: valid, invalid, unsigned, unknown-provider or no-secret
    #[arg(long, value_name = "VERDICT", value_parser = verdict)]
    pub verdict: Option<Verdict>,

    /// Only from this time on: RFC 3339, Unix seconds or '1h ago'
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub since: Option<When>,

    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub until: Option<When>,

    /// Only those that were not accepted
    #[arg(long)]
    pub failed: bool,

    /// Those that hookctl sent, instead of those it received
    #[arg(long)]
    pub sent: bool,

    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    text.parse().map_err(|()| {
        let words = Verdict::ALL.map(Verdict::as_str);
        format!("write one of {}", words.join(", "))
    })
}

/// Which delivery is shown, and how.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// A number, latest, latest~1, or part of an id
    #[arg(value_name = "ID", default_value = "latest")]
    pub id: String,

    /// The body, byte for byte
    #[arg(long, conflicts_with_all = ["http", "curl", "normalized"])]
    pub raw: bool,

    /// The request as it was on the wire
    #[arg(long, conflicts_with_all = ["curl", "normalized"])]
    pub http: bool,

    /// A curl command that sends the same request
    #[arg(long, conflicts_with = "normalized")]
    pub curl: bool,

    /// A CloudEvent, with the type that means the same for every provider
    #[arg(long)]
    pub normalized: bool,

    /// With --http or --curl: mask credentials
    #[arg(long, conflicts_with_all = ["raw", "normalized"])]
    pub redact: bool,

    /// Show credentials instead of masking them
    #[arg(long, conflicts_with_all = ["redact", "raw", "http", "curl", "normalized"])]
    pub show_secrets: bool,
}
