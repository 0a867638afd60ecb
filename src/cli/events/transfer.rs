//! `hookctl events export` and `import`: deliveries to and from files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::shared::{SecretFlags, SelectionFlags, when, whole};
use crate::model::time::When;

/// Write deliveries to a file that others can read, or to stdout
///
/// The oldest comes first. Without ids and selection, all captures are written. An export in the usual form, NDJSON, holds
/// everything: 'hookctl events import' makes the same captures of it, byte for byte.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events export -o captures.ndjson
  hookctl events export latest --format curl --redact
  hookctl events export --provider stripe --anonymize -o for-the-bug-report.ndjson
  hookctl events export --provider stripe --since '1h ago' --format har -o stripe.har
  hookctl events export 3..7 --format hurl -o events.hurl")]
pub struct ExportArgs {
    /// Deliveries: numbers, 3..7, latest, latest~1, or parts of ids
    #[arg(value_name = "ID", conflicts_with = "SelectionFlags")]
    pub ids: Vec<String>,

    /// Write to this file instead of stdout; it appears whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Overwrite the file that is there
    #[arg(long, requires = "output")]
    pub force: bool,

    /// The form
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub format: ExportFormat,

    /// Mask credentials in headers and addresses; bodies stay as they are
    #[arg(long)]
    pub redact: bool,

    /// Replace what could tell a person or an account, and sign anew with a secret that travels along
    #[arg(
        long,
        conflicts_with = "redact",
        long_help = "\
Replace what could tell a person or an account: names, addresses, tokens, ids; the same one by the same pseudonym. What is \
known to be harmless stays: times, amounts, event types, the words of the provider's own examples. Each capture is signed \
anew with a secret that is made for this export and written into it, so that 'hookctl verify' and 'import' still find it \
valid. Only as NDJSON."
    )]
    pub anonymize: bool,

    /// Which are meant.
    #[command(flatten)]
    pub selection: SelectionFlags,

    /// At most so many, the newest ones
    #[arg(long, value_name = "N", help_heading = "Which deliveries", value_parser = whole::<usize>(0..=u64::MAX))]
    pub limit: Option<usize>,
}

/// The forms that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// hookctl's own: a JSON object a line, nothing is lost
    Ndjson,
    /// HTTP Archive 1.2, for browsers and proxies
    Har,
    /// A curl command each
    Curl,
    /// A hurl file that sends them and expects the same statuses
    Hurl,
}

impl ExportFormat {
    /// The word of `--format`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Har => "har",
            Self::Curl => "curl",
            Self::Hurl => "hurl",
        }
    }
}

/// Record the deliveries in a file as captures
///
/// The form is recognised by the content: a hookctl export, HAR, curl commands, a hurl file, a raw HTTP request, the output
/// of 'stripe events list' and of GitHub's API for deliveries; with --provider also JSON bodies, one a line. Each is verified
/// as of the time it arrived, as far as the file tells. If anything in the file is wrong, nothing is imported.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events import captures.ndjson
  hookctl events import session.har --secret env:STRIPE_WEBHOOK_SECRET
  stripe events list --limit 100 | hookctl events import -
  hookctl events import bodies.ndjson --provider shopify --at '2026-01-02T03:04:05Z'")]
pub struct ImportArgs {
    /// The file; - for stdin
    #[arg(value_name = "FILE|-")]
    pub file: String,

    /// Who sent them, where the file does not tell
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Which secrets verify.
    #[command(flatten)]
    pub secrets: SecretFlags,

    /// When they arrived, where the file does not tell [default: now]
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub at: Option<When>,
}
