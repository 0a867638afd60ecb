//! `hookctl events diff`, `stats` and `schema`: what captures say when they are looked at together.

use clap::Args;

use crate::cli::shared::{SelectionFlags, whole};

/// Compare two deliveries: request line, headers, and what their bodies say
///
/// JSON is compared by meaning: the order of keys and the spelling of numbers do not matter, nor does the order of headers. The
/// signatures, times and ids in which any two deliveries differ are shown, but do not count. Exits with 0 if nothing that
/// counts differs, else with 1.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events diff latest~1 latest
  hookctl events diff 12 request.http
  hookctl events diff 3 4 --ignore 'header:user-agent' --ignore 'data.object.metadata' --ignore 'items[*].id'
  hookctl events diff 3 4 --strict --json")]
pub struct DiffArgs {
    /// The old one: a number, latest~1, part of an id, or a file with one request
    #[arg(value_name = "A")]
    pub old: String,

    /// The new one
    #[arg(value_name = "B")]
    pub new: String,

    /// Leave out what is at this path or below it; a glob: data.object.*, header:user-agent, request:path
    #[arg(long, value_name = "PATH")]
    pub ignore: Vec<String>,

    /// Let signatures, times, ids and lengths count like everything else
    #[arg(long)]
    pub strict: bool,

    /// Compare the order of headers, too
    #[arg(long)]
    pub header_order: bool,

    /// Show credentials instead of masking them
    #[arg(long)]
    pub show_secrets: bool,
}

/// Count and measure deliveries
///
/// By verdict, status, provider and event type, over time; sizes, repetitions, and how long attempts took. Without --sent,
/// captures are counted.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events stats
  hookctl events stats --since '1h ago' --provider stripe
  hookctl events stats --sent --json")]
pub struct StatsArgs {
    /// Which are meant.
    #[command(flatten)]
    pub selection: SelectionFlags,

    /// At most so many, the newest ones
    #[arg(long, value_name = "N", help_heading = "Which deliveries", value_parser = whole::<usize>(0..=u64::MAX))]
    pub limit: Option<usize>,
}

/// Infer a JSON Schema from captures, compare them with one, or tell when their shape changes
///
/// Written is JSON Schema 2020-12: types, fields that were always there, formats of texts, and words that come again and
/// again. With --against, the captures are compared with a schema: a change is breaking if a receiver that relies on the
/// schema may fail at it. Exits with 1 if there is one.
///
/// With --changes, each capture is compared with those of its type before it, and each change is told once, where it came
/// first; of a type of which there were fewer than 5, nothing is said. --watch goes on with what arrives.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events schema --provider stripe --event charge.refunded > charge.refunded.schema.json
  hookctl events schema --event charge.refunded --against charge.refunded.schema.json --since '1d ago'
  hookctl events schema --changes --provider stripe
  hookctl events schema --watch --json")]
pub struct SchemaArgs {
    /// Compare with the schema in this file
    #[arg(long, value_name = "FILE", conflicts_with = "changes")]
    pub against: Option<String>,

    /// Tell which captures changed the shape of their event type, and how
    #[arg(long)]
    pub changes: bool,

    /// Tell that of what arrives from now on, until interrupted
    #[arg(long)]
    pub watch: bool,

    /// Which are meant; of one event type, unless their changes are told.
    #[command(flatten)]
    pub selection: SelectionFlags,

    /// At most so many, the newest ones
    #[arg(long, value_name = "N", help_heading = "Which deliveries", value_parser = whole::<usize>(0..=u64::MAX))]
    pub limit: Option<usize>,
}
