//! `hookctl events delete` and `prune`: forgetting deliveries.

use std::time::Duration;

use clap::Args;

use crate::model::quantity::{ByteSize, parse_duration};

/// Delete deliveries and their attempts
///
/// Their numbers are not given again. More than one are deleted only once you agreed: on a terminal you are asked, elsewhere
/// --yes is needed.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events delete latest
  hookctl events delete 3..7 12 --yes")]
pub struct DeleteArgs {
    /// Deliveries: numbers, 3..7, latest, latest~1, or parts of ids
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Delete what is old, or more than there is room for
///
/// Without a limit, those that 'listen' keeps to by itself: [store] keep and max_size in the configuration, 30 days and
/// 1 GiB. The file keeps its size, and what comes next uses the room, unless --compact gives it back.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events prune --dry-run
  hookctl events prune --older-than 7d
  hookctl events prune --max-size 100MiB --compact --yes")]
pub struct PruneArgs {
    /// Delete what arrived longer ago
    #[arg(long, value_name = "DURATION", value_parser = |t: &str| parse_duration(t).map_err(|e| e.to_string()))]
    pub older_than: Option<Duration>,

    /// Delete the oldest until the rest takes no more than this
    #[arg(long, value_name = "SIZE", value_parser = |t: &str| t.parse::<ByteSize>().map_err(|e| e.to_string()))]
    pub max_size: Option<ByteSize>,

    /// Make the file shorter, too; whoever records meanwhile goes on
    #[arg(long, conflicts_with = "dry_run")]
    pub compact: bool,

    /// Say what would be deleted, and delete nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Look through the whole store for damage
///
/// SQLite's own check of the file, then every delivery: whether it reads as it was written, by its checksum. Whoever records
/// meanwhile goes on. Ends with 1 if something is wrong.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events check
  hookctl events check --json --store backup.db")]
pub struct CheckArgs {}
