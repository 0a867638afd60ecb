//! `hookctl send`

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::shared::{
    EditFlags, RetryFlags, SecretFlags, TlsFlags, as_text, duration, header, rate, share, speed, when, whole,
};
use crate::model::Rate;
use crate::model::quantity::Speed;
use crate::model::time::When;
use crate::provider::definition::{HeaderLine, StatusRange};

/// Send a signed mock event of a provider
///
/// The payload is made fresh each time, in the provider's own shape and formatting, signed as the provider signs, and sent
/// to a running 'hookctl listen' unless --to says otherwise. Every attempt is recorded.
///
/// With --retry, what is not accepted is tried again. Ctrl-C leaves what is not done; 'hookctl send --resume' goes on with it.
#[derive(Debug, Clone, PartialEq, Args, Deserialize, Serialize)]
#[command(after_help = "\
Examples:
  hookctl send stripe payment_intent.succeeded
  hookctl send github push --to http://localhost:3000/webhooks --secret env:GITHUB_SECRET
  hookctl send shopify orders/create --set total_price=99.00 --count 5
  hookctl send stripe charge.refunded --dry-run --format curl
  hookctl send slack app_mention --tamper signature --expect 401
  hookctl send stripe --scenario checkout --speed 10x --duplicate 20%
  hookctl send stripe invoice.paid --retry provider --time-scale 1000x
  hookctl send slack --handshake --to http://localhost:3000/slack/events
  hookctl send --resume")]
pub struct SendArgs {
    /// The provider
    pub provider: Option<String>,

    /// The event type
    pub event: Option<String>,

    /// Play the provider's side of its registration handshake, and check the answer; EVENT names one of several
    #[arg(long, conflicts_with_all = ["list", "count", "expect"])]
    pub handshake: bool,

    /// List the events of the provider and send nothing
    #[arg(long)]
    #[serde(skip)]
    pub list: bool,

    /// Send to this URL; several are sent to side by side [default: the subscriptions of the configuration, else a running 'hookctl listen']
    #[arg(long, value_name = "URL")]
    pub to: Vec<String>,

    /// Send to this tenant: its name stands for {tenant} in --to, --header and --set; several are sent to side by side
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub tenant: Vec<String>,

    /// Which secrets sign.
    #[command(flatten)]
    #[serde(skip)]
    pub secrets: SecretFlags,

    /// Send so many deliveries, each with fresh values
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u64>(1..=u64::MAX))]
    pub count: u64,

    /// Send at this rate: 500/s, 100/m [default: one after the other]
    #[arg(long, value_name = "RATE", conflicts_with = "interval", value_parser = rate)]
    #[serde(with = "as_text")]
    pub rate: Option<Rate>,

    /// Send one every so often: 250ms, 5s
    #[arg(long, value_name = "DURATION", value_parser = duration, hide_short_help = true)]
    pub interval: Option<Duration>,

    /// Put so many events into each delivery, as the provider batches them
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=10_000))]
    pub batch: Option<u32>,

    /// Tell this story instead of one event: a scenario of the provider, or a file in the same form
    #[arg(
        long,
        value_name = "NAME|FILE",
        help_heading = "Scenarios",
        conflicts_with_all = ["event", "count", "rate", "interval", "batch"]
    )]
    pub scenario: Option<String>,

    /// List the scenarios of the provider and send nothing
    #[arg(long, help_heading = "Scenarios")]
    #[serde(skip)]
    pub list_scenarios: bool,

    /// Tell it faster: 10x, or max for no wait at all
    #[arg(long, value_name = "SPEED", help_heading = "Scenarios", requires = "scenario", value_parser = speed, hide_short_help = true)]
    pub speed: Option<Speed>,

    /// Tell it in another order
    #[arg(long, help_heading = "Scenarios", requires = "scenario", hide_short_help = true)]
    pub shuffle: bool,

    /// Send some events twice: 20%
    #[arg(long, value_name = "SHARE", help_heading = "Scenarios", requires = "scenario", value_parser = share, hide_short_help = true)]
    pub duplicate: Option<f64>,

    /// Leave some events out: 5%
    #[arg(long, value_name = "SHARE", help_heading = "Scenarios", requires = "scenario", value_parser = share, hide_short_help = true)]
    pub drop: Option<f64>,

    /// Expect this status (204, 4xx, 200-299) instead of what the provider accepts
    #[arg(long, value_name = "STATUS", value_parser = |t: &str| t.parse::<StatusRange>().map_err(|e| e.to_string()))]
    pub expect: Option<StatusRange>,

    /// Send the body of --data again whenever its file is saved, and show what differs in the answer
    #[arg(long, requires = "data", conflicts_with_all = ["count", "rate", "interval", "dry_run"])]
    #[serde(skip)]
    pub watch: bool,

    /// Print the request and send nothing
    #[arg(long)]
    #[serde(skip)]
    pub dry_run: bool,

    /// How --dry-run prints it
    #[arg(long, value_name = "FORMAT", requires = "dry_run", default_value = "http")]
    #[serde(skip)]
    pub format: RequestFormat,

    /// What follows when it is not accepted.
    #[command(flatten)]
    #[serde(flatten)]
    pub retries: RetryFlags,

    /// Go on with what was interrupted; secrets that were typed must be given again
    #[arg(long, help_heading = "Retries", conflicts_with = "discard")]
    #[serde(skip)]
    pub resume: bool,

    /// Forget what was interrupted; the deliveries and their attempts stay recorded
    #[arg(long, help_heading = "Retries", hide_short_help = true)]
    #[serde(skip)]
    pub discard: bool,

    /// Changes of the payload.
    #[command(flatten)]
    #[serde(flatten)]
    pub edits: EditFlags,

    /// What goes around the payload.
    #[command(flatten)]
    #[serde(flatten)]
    pub request: RequestFlags,

    /// How TLS targets are trusted.
    #[command(flatten)]
    #[serde(flatten)]
    pub tls: TlsFlags,
}

/// What goes around the payload, and how it is made.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, Serialize)]
#[command(next_help_heading = "Request")]
pub struct RequestFlags {
    /// Send this file as the body, byte for byte; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "set_string", "set_json", "unset", "scenario", "batch"])]
    pub data: Option<String>,

    /// The event's id
    #[arg(long, value_name = "ID", conflicts_with_all = ["scenario", "batch"])]
    pub id: Option<String>,

    /// Sign for this time: RFC 3339, Unix seconds or '10m ago'
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub timestamp: Option<When>,

    /// Make the same ids, times and names each time
    #[arg(
        long,
        value_name = "N",
        long_help = "\
Make the same ids, times and names each time. The payload's times count from --timestamp, or else from the start of 2026; \
the signature is made for the present all the same, so that a receiver accepts it.",
        value_parser = whole::<u64>(0..=u64::MAX),
        hide_short_help = true
    )]
    pub seed: Option<u64>,

    /// Add a header, or replace the provider's
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<HeaderLine>,

    /// Add 'Authorization: Bearer TOKEN'; env:NAME, file:PATH and - as for --secret
    #[arg(long, value_name = "TOKEN")]
    #[serde(skip)]
    pub bearer: Option<String>,

    /// Set the provider's idempotency header, or 'Idempotency-Key'
    #[arg(long, value_name = "KEY", hide_short_help = true)]
    pub idempotency_key: Option<String>,

    /// Sign for this address instead of the one it is sent to, as behind a tunnel
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub url: Option<String>,

    /// Break one thing, to see the receiver refuse it
    #[arg(long, value_name = "WHAT")]
    pub tamper: Option<TamperArg>,
}

/// What `--tamper` breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
pub enum TamperArg {
    /// Something that is signed, after signing: a byte of the body, normally
    Body,
    /// The signature itself
    Signature,
    /// The time: signed for the day before
    Timestamp,
    /// The signature header: it is left out
    Header,
    /// The secret: signed with another one of the same form
    Secret,
}

/// How a request is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum RequestFormat {
    /// As it is on the wire
    #[default]
    Http,
    /// As a curl command
    Curl,
    /// As a JSON object
    Json,
}
