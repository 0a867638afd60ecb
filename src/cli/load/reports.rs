//! What a load test is held against and written to, and `hookctl load report` and `load merge`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::report::ReportFile;
use crate::threshold::Threshold;

/// What decides whether it passed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What it is held against, and written to")]
pub struct VerdictFlags {
    /// What must hold, or the exit code is 1: 'p99 < 250ms', 'error_rate < 1%'; several
    #[arg(
        long,
        value_name = "THRESHOLD",
        long_help = "\
What must hold, or the exit code is 1; may be given several times:
  p99 < 250ms                          p50 to p99.99, mean, min, max; service_p99 for the receiver alone
  error_rate < 1%                      success_rate, failed, errors, error(refused)
  rate >= 480/s                        requests, succeeded, late, dropped, connections
  status(5xx) == 0                     status(503), status(400-499)
  accepted_invalid == 0                duplicates, invalid
  p99{stripe/charge.refunded} < 300ms  of one event type; p99{stripe/charge.*}, p99{stripe}
  p99 <= baseline * 1.1                compared with --baseline; also 'baseline + 5ms'
What was not measured does not hold."
    )]
    pub assert: Vec<Threshold>,

    /// Compare with this earlier report: a .json file
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Write a report: .json, .html, .xml (JUnit), .md, .csv or .hgrm; several
    #[arg(long, value_name = "FILE")]
    pub report: Vec<ReportFile>,

    /// Append the report to the summary of a GitHub Actions job, if this is one
    #[arg(long)]
    pub github_summary: bool,
}

/// What can be done with reports.
#[derive(Debug, Clone, Subcommand)]
pub enum LoadCommand {
    /// Show a saved report again, and write it in other forms
    Report(ReportArgs),
    /// Put the reports of shards together
    Merge(MergeArgs),
}

/// Show a saved report again, and write it in other forms
///
/// With thresholds, the report is held against them instead of those it was made with. Exits with 1 if one does not hold.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl load report load.json
  hookctl load report load.json --report load.html --report junit.xml
  hookctl load report new.json --baseline old.json --assert 'p99 <= baseline * 1.1'")]
pub struct ReportArgs {
    /// A report in JSON, as --report FILE.json or --json writes it; - for stdin
    #[arg(value_name = "FILE")]
    pub file: String,

    /// What it is held against, and written to.
    #[command(flatten)]
    pub verdict: VerdictFlags,
}

/// Put the reports of shards together
///
/// The result is what one hookctl would have reported that had done it all: counts and histograms are added, so percentiles
/// are exact. It is held against the thresholds that the shards were started with, and those given here.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl load merge shard-*.json
  hookctl load merge shard-*.json --assert 'p99 < 250ms' --report load.json --report load.html")]
pub struct MergeArgs {
    /// Reports in JSON
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,

    /// Pass although the rate asked for was missed by more than 1%
    #[arg(long)]
    pub allow_missed_rate: bool,

    /// What the whole is held against, and written to.
    #[command(flatten)]
    pub verdict: VerdictFlags,
}
