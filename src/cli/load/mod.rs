//! `hookctl load`

mod emit;
mod layered;
mod reports;
mod typed;

use std::time::Duration;

use clap::{Args, ValueEnum};

pub use self::emit::{EmitFlags, EmitTarget};
pub use self::reports::{LoadCommand, MergeArgs, ReportArgs, VerdictFlags};
use super::shared::{EditFlags, SecretFlags, TlsFlags, duration, header, positive_duration, when, whole};
use crate::load::schedule::{Burst, Stage};
use crate::model::Rate;
use crate::model::quantity::{ByteSize, Speed};
use crate::model::time::When;
use crate::provider::definition::HeaderLine;
use crate::threshold::Threshold;

/// Load-test a receiver with deliveries that are all genuine
///
/// Every request is a delivery of its own: fresh ids, the present time, a signature that verifies. Without --rate,
/// connections send one request after the other (a closed loop); with it, requests start on schedule whatever the
/// receiver does (an open loop), and latency counts from when they were to start.
///
/// Only this machine is hit, unless --allow-remote is given. Exits 1 when nothing was accepted, when the rate asked for
/// was missed by more than 1%, or when a threshold does not hold.
#[derive(Debug, Clone, Default, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_value_name = "COMMAND",
    subcommand_help_heading = "Reports"
)]
#[command(after_help = "\
Examples:
  hookctl load http://localhost:3000/webhooks/stripe
  hookctl load http://localhost:3000/hooks --provider stripe --event charge.refunded=1 --event payment_intent.succeeded=9
  hookctl load http://localhost:3000/webhooks/github --rate 500/s --duration 30s
  hookctl load http://localhost:3000/hooks --provider stripe --stage 0..500/s:30s --stage 500/s:1m --duplicates 5%
  hookctl load http://localhost:3000/webhooks/stripe --assert 'p99 < 250ms' --report load.html --report junit.xml
  hookctl load https://localhost:3000/webhooks/stripe --http-version 2 --cacert dev.pem
  hookctl load http://localhost:3000 --from-events all --filter '.verdict == \"valid\"' --speed 10x
  hookctl load report load.json         show a saved report again
  hookctl load http://app/hooks --provider stripe --rate 5000/s --allow-remote --emit kubernetes | kubectl apply -f -
  hookctl load smoke                    the [load.smoke] of hookctl.toml")]
pub struct LoadArgs {
    /// A URL, or the name of a profile: a [load.NAME] table of the configuration
    #[arg(value_name = "URL|PROFILE")]
    pub target: Option<String>,

    /// What is sent, and how.
    #[command(flatten)]
    pub flags: LoadFlags,

    /// Who else is to carry it out.
    #[command(flatten)]
    pub emit: EmitFlags,

    /// What to do with reports instead.
    #[command(subcommand)]
    pub command: Option<LoadCommand>,
}

/// Everything that a profile can say, too.
#[derive(Debug, Clone, Default, Args)]
pub struct LoadFlags {
    /// What is sent.
    #[command(flatten)]
    pub what: WhatFlags,

    /// How fast, and for how long.
    #[command(flatten)]
    pub pace: PaceFlags,

    /// What else happens.
    #[command(flatten)]
    pub mix: MixFlags,

    /// The run.
    #[command(flatten)]
    pub run: RunFlags,

    /// How the receiver is spoken to.
    #[command(flatten)]
    pub connection: ConnectionFlags,

    /// What it is held against, and written to.
    #[command(flatten)]
    pub verdict: VerdictFlags,

    /// Which secrets sign.
    #[command(flatten)]
    pub secrets: SecretFlags,

    /// Changes of the payloads.
    #[command(flatten)]
    pub edits: EditFlags,
}

/// What is sent.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is sent")]
pub struct WhatFlags {
    /// The provider [default: the one that the URL's path names, else generic]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// An event type and how often it is sent compared with the others; several
    #[arg(
        long,
        value_name = "[PROVIDER/]TYPE[=WEIGHT]",
        value_parser = |text: &str| text.parse::<EventChoice>(),
        long_help = "\
An event type and how often it is sent compared with the others; may be given several times. With weights 9 and 1, of each \
ten requests nine are of the one and one is of the other. In front of a slash, another provider than --provider; a * stands \
for all types that fit."
    )]
    pub event: Vec<EventChoice>,

    /// Send this file as the body, byte for byte; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "set_string", "set_json", "unset", "payload_size"])]
    pub data: Option<String>,

    /// Fill bodies up to this size; several with weights: 1KiB=9 and 64KiB=1
    #[arg(long, value_name = "SIZE[=WEIGHT]", value_parser = |text: &str| text.parse::<SizeChoice>())]
    pub payload_size: Vec<SizeChoice>,

    /// Put so many events into each request, as the provider batches them
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1_000), conflicts_with_all = ["data", "payload_size"])]
    pub batch: Option<u32>,

    /// Send captures instead of fresh events: all, 3..7, latest, an id or a file; several
    #[arg(
        long,
        value_name = "SELECTION",
        conflicts_with_all = ["data", "set", "set_string", "set_json", "unset", "payload_size", "batch"],
        long_help = "\
Send captures instead of fresh events: all of the store, numbers (12, 3..7), latest, parts of ids, or a file that 'replay --from' \
reads; may be given several times. They come in the mix in which they were captured, each time with an event id, a time and \
a signature of its own. --provider, --event (globs) and --filter choose among them, --speed keeps their order and gaps."
    )]
    pub from_events: Vec<String>,

    /// With --from-events: only those for which this jq filter gives something other than false and null
    #[arg(long, value_name = "JQ", requires = "from_events", hide_short_help = true)]
    pub filter: Option<String>,

    /// Add a header, or replace the provider's
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<HeaderLine>,

    /// Sign for this address instead of the one it is sent to, as behind a tunnel
    #[arg(long = "url", value_name = "URL")]
    pub signed_url: Option<String>,

    /// Make the same ids and values each time
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    pub seed: Option<u64>,
}

/// How fast, and for how long.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "How fast, and for how long")]
pub struct PaceFlags {
    /// Open loop: start so many requests, whatever the receiver does: 500/s, 100/m
    #[arg(long, value_name = "RATE", conflicts_with_all = ["concurrency", "stage"])]
    pub rate: Option<Rate>,

    /// Closed loop: so many connections, each with one request in flight [default: 50]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=100_000), conflicts_with = "stage")]
    pub concurrency: Option<u32>,

    /// Open loop: go from one rate to another, evenly; several follow each other
    #[arg(
        long,
        value_name = "FROM..TO:DURATION",
        conflicts_with = "duration",
        long_help = "\
Open loop: go from one rate to another, evenly: 0..500/s:30s. ..500/s:30s begins where the stage before ended, 500/s:1m keeps \
a rate. May be given several times, one stage after the other."
    )]
    pub stage: Vec<Stage>,

    /// Open loop: so many more requests at once, at the start and then each DURATION
    #[arg(long, value_name = "N:DURATION", conflicts_with = "concurrency")]
    pub burst: Option<Burst>,

    /// Open loop, with --from-events: keep their order and gaps (1x), or shorten the gaps (10x)
    #[arg(
        long,
        value_name = "SPEED",
        value_parser = |text: &str| text.parse::<Speed>().map_err(|error| error.to_string()),
        requires = "from_events",
        conflicts_with_all = ["rate", "concurrency", "stage", "burst"],
        hide_short_help = true
    )]
    pub speed: Option<Speed>,

    /// How long requests are started [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    pub duration: Option<Duration>,

    /// How many requests are sent
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1..=u64::MAX))]
    pub requests: Option<u64>,

    /// Before that, send without counting
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub warm_up: Option<Duration>,

    /// Open loop: requests in flight beyond which starts are dropped [default: 10000]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1_000_000))]
    pub max_in_flight: Option<u32>,

    /// Threads that send [default: as many as make sense]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=1024))]
    pub threads: Option<u32>,
}

/// What else happens.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What else happens")]
pub struct MixFlags {
    /// Send this share of deliveries that were accepted once more: same id and body, a signature of its own
    #[arg(long, value_name = "SHARE")]
    pub duplicates: Option<SharePart>,

    /// Sign this share wrongly: they must be refused
    #[arg(long, value_name = "SHARE")]
    pub invalid: Option<SharePart>,
}

/// The run.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The run")]
pub struct RunFlags {
    /// Hit another machine than this one
    #[arg(long)]
    pub allow_remote: bool,

    /// End early as soon as this holds: 'error_rate > 50%', 'p99 > 5s'; several
    #[arg(long, value_name = "THRESHOLD")]
    pub abort_on: Vec<Threshold>,

    /// After the run, ask this URL how many distinct events the receiver processed, for 'lost' and 'doubled'
    #[arg(long, value_name = "URL", conflicts_with = "probe_cmd")]
    pub probe_url: Option<String>,

    /// The same, from what this command prints: a number, {"distinct":N,"processed":M}, or ids
    #[arg(long, value_name = "COMMAND")]
    pub probe_cmd: Option<String>,

    /// Exit 0 although the rate asked for was missed by more than 1%
    #[arg(long)]
    pub allow_missed_rate: bool,

    /// Do one part of the plan: 3/8 is the third of eight hookctls that were started alike
    #[arg(long, value_name = "I/N", requires = "start_at")]
    pub shard: Option<ShardPart>,

    /// Start the first request at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub start_at: Option<When>,
}

/// How the receiver is spoken to.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionFlags {
    /// Speak this HTTP; over plain TCP HTTP/2 begins without asking [default: 1.1]
    #[arg(long, value_name = "VERSION", hide_short_help = true)]
    pub http_version: Option<HttpVersion>,

    /// HTTP/2: so many requests share a connection [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=10_000), hide_short_help = true)]
    pub streams: Option<u32>,

    /// Whom to trust.
    #[command(flatten)]
    pub tls: TlsFlags,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HttpVersion {
    /// HTTP/1.1, one request at a time on each connection
    #[value(name = "1.1")]
    Http1,
    /// HTTP/2
    #[value(name = "2")]
    Http2,
}

/// An event to send, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventChoice {
    /// The event type, perhaps with a provider in front.
    pub name: String,
    /// How often, compared with the others.
    pub weight: u64,
}

/// A body size, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeChoice {
    /// The size.
    pub size: ByteSize,
    /// How often, compared with the others.
    pub weight: u64,
}

/// Splits `text=weight`; without a weight it is 1.
fn weighted(text: &str) -> Result<(&str, u64), String> {
    match text.rsplit_once('=') {
        None => Ok((text, 1)),
        Some((what, weight)) => match weight.parse() {
            Ok(weight @ 1..=100_000) if !what.is_empty() => Ok((what, weight)),
            _ => Err(format!("'{weight}' is no weight: write a whole number from 1 to 100000")),
        },
    }
}

impl std::str::FromStr for EventChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = weighted(text)?;
        if name.is_empty() {
            return Err("an event type is missing".to_owned());
        }
        Ok(Self { name: name.to_owned(), weight })
    }
}

impl std::str::FromStr for SizeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// Each thread holds a whole request.
        const LARGEST: u64 = 64 << 20;
        let (size, weight) = weighted(text)?;
        let size: ByteSize = size.parse().map_err(|error| format!("{error}"))?;
        if size.0 > LARGEST { Err("it is at most 64MiB".to_owned()) } else { Ok(Self { size, weight }) }
    }
}

/// A share of the requests, in parts of a million: `5%` or `0.05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharePart(pub u32);

impl std::str::FromStr for SharePart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no share: write 5% or 0.05");
        let (number, whole) = text.strip_suffix('%').map_or((text, 1e6), |percent| (percent, 1e4));
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(wrong());
        }
        let millionths = (number.parse::<f64>().map_err(|_| wrong())? * whole).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range that is checked")]
        if millionths <= 1e6 { Ok(Self(millionths as u32)) } else { Err(wrong()) }
    }
}

/// One of several hookctls that carry out one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardPart {
    /// Which one, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl std::str::FromStr for ShardPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no shard: write 3/8 for the third of eight");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let (index, count) = (index.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
        if (1..=count).contains(&index) && count <= 10_000 { Ok(Self { index, count }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_shards_and_weights() {
        for (text, share) in [("5%", 50_000), ("0.05", 50_000), ("100%", 1_000_000), ("1", 1_000_000), ("0%", 0)] {
            assert_eq!(text.parse(), Ok(SharePart(share)), "{text}");
        }
        for text in ["", "%", "101%", "2", "-1%", "x"] {
            assert!(text.parse::<SharePart>().is_err(), "{text}");
        }
        assert_eq!("3/8".parse(), Ok(ShardPart { index: 3, count: 8 }));
        for text in ["", "0/8", "9/8", "3", "a/b", "1/0"] {
            assert!(text.parse::<ShardPart>().is_err(), "{text}");
        }
        assert_eq!("a.b=9".parse(), Ok(EventChoice { name: "a.b".to_owned(), weight: 9 }));
        assert_eq!("orders/create".parse(), Ok(EventChoice { name: "orders/create".to_owned(), weight: 1 }));
        for text in ["", "a=", "a=0", "a=x", "=3"] {
            assert!(text.parse::<EventChoice>().is_err(), "{text}");
        }
        assert_eq!("64KiB=2".parse(), Ok(SizeChoice { size: ByteSize(65_536), weight: 2 }));
        assert!("1GiB".parse::<SizeChoice>().is_err());
    }
}
