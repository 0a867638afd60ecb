//! `hookctl events`

pub mod analysis;
pub mod fixture;
pub mod removal;
pub mod transfer;

use clap::{Args, Subcommand};

use super::shared::{SelectionFlags, whole};
use crate::output::human::columns::Column;

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
    /// Compare two deliveries
    Diff(analysis::DiffArgs),
    /// Count and measure deliveries
    Stats(analysis::StatsArgs),
    /// Infer a JSON Schema from captures, compare them with one, or tell when their shape changes
    Schema(analysis::SchemaArgs),
    /// Write deliveries to a file that others can read, or to stdout
    Export(transfer::ExportArgs),
    /// Record the deliveries in a file as captures
    Import(transfer::ImportArgs),
    /// Make an event of your own from a capture
    Fixture(fixture::FixtureArgs),
    /// Delete deliveries and their attempts
    Delete(removal::DeleteArgs),
    /// Delete what is old, or more than there is room for
    Prune(removal::PruneArgs),
    /// Look through the whole store for damage
    Check(removal::CheckArgs),
}

/// Which deliveries are listed, and how.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events list --provider stripe --event 'payment_intent.*' --since '1h ago'
  hookctl events list --filter '.body.data.object.amount > 10000'
  hookctl events list --follow --columns received,event,verdict,path
  hookctl events list --dead --json")]
pub struct ListArgs {
    /// Which deliveries.
    #[command(flatten)]
    pub selection: SelectionFlags,

    /// At most so many, the newest ones
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = whole::<usize>(0..=u64::MAX))]
    pub limit: usize,

    /// Go on with what arrives, the newest last
    #[arg(long, short)]
    pub follow: bool,

    /// Show these columns, in this order
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "json",
        value_parser = column,
        long_help = "\
Show these columns, in this order: number, received, provider, event, event-id, method, path, remote, size, verdict, reason, \
status, duplicate-of, id. JSON has all of them anyway."
    )]
    pub columns: Vec<Column>,
}

fn column(text: &str) -> Result<Column, String> {
    text.parse().map_err(|()| {
        let words = Column::ALL.map(Column::as_str);
        format!("write some of {}", words.join(", "))
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
