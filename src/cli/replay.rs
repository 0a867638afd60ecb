//! `hookctl replay`

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::shared::{EditFlags, RetryFlags, SecretFlags, SelectionFlags, TlsFlags, whole};
use crate::model::quantity::Speed;
use crate::provider::definition::StatusRange;

/// Send recorded deliveries again
///
/// What is sent is what was recorded: the same headers in the same order and spelling, the same body, byte for byte. Where the
/// secret is known, time and signature are made anew, so that a receiver accepts them; the event id stays. Without ids and
/// selection, the newest capture is meant. Every attempt is recorded.
///
/// Ctrl-C leaves what is not done; 'hookctl replay --resume' goes on with it.
#[derive(Debug, Clone, Args, Deserialize, Serialize)]
#[command(after_help = "\
Examples:
  hookctl replay --to http://localhost:3000
  hookctl replay 12 14..17 --to http://localhost:3000/webhooks --sign keep
  hookctl replay --provider stripe --since '1h ago' --failed --compare
  hookctl replay --from session.har --speed 10x --order shuffled
  hookctl replay --resume")]
pub struct ReplayArgs {
    /// Deliveries: numbers, 3..7, latest, latest~1, or parts of ids
    #[arg(value_name = "ID", conflicts_with = "from")]
    #[serde(skip)]
    pub ids: Vec<String>,

    /// Send the requests in this file instead; - for stdin
    #[arg(
        long,
        value_name = "FILE",
        long_help = "\
Send the requests in this file instead; - for stdin. The form is recognised by the content: a hookctl export, HAR, curl \
commands, a raw HTTP request, the output of 'stripe events list' and of GitHub's API for deliveries; with --provider also \
JSON bodies, one a line."
    )]
    pub from: Option<String>,

    /// Send to this URL; several are sent to side by side [default: see --help]
    #[arg(
        long,
        value_name = "URL",
        long_help = "\
Send to this URL; several are sent to side by side. A URL without a path takes the recorded one; one with a path is used \
as it is; the recorded query stays in both.

Without it, what hookctl sent goes where it went, and what it received to '[send] to' in the configuration, or else to a \
running 'hookctl listen'."
    )]
    pub to: Vec<String>,

    /// Let requests leave this machine
    #[arg(long)]
    pub allow_remote: bool,

    /// Do not ask before sending several
    #[arg(long, short)]
    #[serde(skip)]
    pub yes: bool,

    /// Which are meant.
    #[command(flatten)]
    #[serde(skip)]
    pub selection: SelectionFlags,

    /// At most so many, the newest ones
    #[arg(long, value_name = "N", help_heading = "Which deliveries", value_parser = whole::<usize>(0..=u64::MAX))]
    #[serde(skip)]
    pub limit: Option<usize>,

    /// Make signatures anew, or keep everything as it was recorded [default: fresh where the secret is known]
    #[arg(long, value_name = "HOW", help_heading = "Signature")]
    pub sign: Option<SignArg>,

    /// Which secrets sign.
    #[command(flatten, next_help_heading = "Signature")]
    #[serde(skip)]
    pub secrets: SecretFlags,

    /// Sign for this address instead of the one it is sent to, as behind a tunnel
    #[arg(long, value_name = "URL", help_heading = "Signature")]
    pub url: Option<String>,

    /// Give each delivery an event id of its own, of the same form
    #[arg(long, help_heading = "Payload")]
    pub new_ids: bool,

    /// Changes of the payload.
    #[command(flatten)]
    #[serde(flatten)]
    pub edits: EditFlags,

    /// Keep the recorded gaps (1x), shorten them (10x), or leave none (max) [default: max]
    #[arg(long, value_name = "SPEED", help_heading = "Pace", value_parser = |t: &str| t.parse::<Speed>().map_err(|e| e.to_string()))]
    pub speed: Option<Speed>,

    /// In which order
    #[arg(long, value_name = "ORDER", default_value = "recorded", help_heading = "Pace")]
    pub order: OrderArg,

    /// Send all of them so many times
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Pace", value_parser = whole::<u64>(1..=1_000_000))]
    pub repeat: u64,

    /// So many at once [default: 1, which keeps the order; 64 with recorded gaps]
    #[arg(long, value_name = "N", help_heading = "Pace", value_parser = whole::<u16>(1..=1024))]
    pub concurrency: Option<u16>,

    /// Shuffle, and make new ids, the same way each time
    #[arg(long, value_name = "N", help_heading = "Pace", value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: Option<u64>,

    /// Compare the answers with the recorded ones; exit with 1 if a status has changed
    #[arg(long, help_heading = "Answers")]
    pub compare: bool,

    /// With --compare: leave out what is at this path or below it; a glob
    #[arg(
        long,
        value_name = "PATH",
        requires = "compare",
        help_heading = "Answers",
        long_help = "\
With --compare: leave out what is at this path or below it; a glob: status, header:server, body, data.*. Headers that \
differ from answer to answer are left out anyway: Date, Connection, Content-Length, X-Request-Id and the like."
    )]
    pub ignore: Vec<String>,

    /// Expect this status (204, 4xx, 200-299) instead of what the provider accepts
    #[arg(long, value_name = "STATUS", help_heading = "Answers", value_parser = |t: &str| t.parse::<StatusRange>().map_err(|e| e.to_string()))]
    pub expect: Option<StatusRange>,

    /// What follows when a delivery is not accepted.
    #[command(flatten)]
    #[serde(flatten)]
    pub retries: RetryFlags,

    /// Go on with what was interrupted; secrets that were typed must be given again
    #[arg(long, help_heading = "Retries", conflicts_with_all = ["discard", "ids", "from"])]
    #[serde(skip)]
    pub resume: bool,

    /// Forget what was interrupted; the deliveries and their attempts stay recorded
    #[arg(long, help_heading = "Retries", conflicts_with_all = ["ids", "from"], hide_short_help = true)]
    #[serde(skip)]
    pub discard: bool,

    /// How TLS targets are trusted.
    #[command(flatten)]
    #[serde(flatten)]
    pub tls: TlsFlags,
}

/// What becomes of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
pub enum SignArg {
    /// Time and signature are made anew
    Fresh,
    /// Everything stays as it was recorded, byte for byte
    Keep,
}

/// The order in which recorded deliveries are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
pub enum OrderArg {
    /// As they arrived
    Recorded,
    /// As chance has it
    Shuffled,
    /// The last one first
    Reversed,
}
