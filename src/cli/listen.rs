//! `hookctl listen`

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::shared::{SecretFlags, whole};
use crate::model::expectation::Expectation;
use crate::model::quantity::parse_duration;

/// The heading of what lets deliveries in, or not.
const GATES: &str = "Gates";

/// Receive deliveries, verify and record them
///
/// Any method and path is accepted. The path names the provider (/webhooks/stripe or /stripe), else the headers tell, else
/// --provider does. Each delivery is verified, recorded, and only then answered with 200.
///
/// In a terminal, keys act on the selected delivery: ↑ ↓ select, Enter shows all of it, r replays it to where it is forwarded,
/// c copies it as a curl command, / filters, ? shows all keys, q quits. With --quiet there are none.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl listen
  hookctl listen --secret env:STRIPE_WEBHOOK_SECRET --provider stripe
  hookctl listen --forward-to http://127.0.0.1:3000 --ack 202 --order per-key .body.customer
  hookctl listen --show body --event 'invoice.*' --filter '.body.data.object.amount_due > 1000'
  hookctl listen --ready-file ready --expect 'stripe payment_intent.succeeded' --within 30s
  hookctl listen --exec 'jq .type' --alert 'error_rate > 10%' --alert 'silence(stripe) > 1h'
  hookctl listen --respond 'stripe invoice.* => 503 after 2s' --respond '500,500,200'")]
pub struct ListenArgs {
    /// Receive deliveries here; port 0 takes a free one [default: 127.0.0.1:4400]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<String>,

    /// Who sends, where neither path nor headers tell; --secret is for this provider, if it is given
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Which secrets verify.
    #[command(flatten)]
    pub secrets: SecretFlags,

    /// Answer 401 unless the signature is valid
    #[arg(long, help_heading = GATES)]
    pub require_signature: bool,

    /// Let in only clients from this network or address; others are answered 403. Several may be given
    #[arg(long, value_name = "CIDR", help_heading = GATES)]
    pub allow: Vec<String>,

    /// How often one client may send: 100/m; more is answered 429
    #[arg(long, value_name = "RATE", help_heading = GATES)]
    pub rate_limit: Option<String>,

    /// Answer 400 to a body that is not the JSON or form it claims to be, 422 to one that is not like the event's fixture
    #[arg(long, help_heading = GATES)]
    pub validate: bool,

    /// Answer 422 to a body that does not fit this JSON Schema, 400 to one that is not JSON
    #[arg(long, value_name = "FILE", help_heading = GATES)]
    pub schema: Option<String>,

    /// Answer so: 503, '503 after 2s', '500,500,200', '200:90%,timeout:10%', 'stripe invoice.* => 500'. Several rules may be
    /// given; the first that fits counts [default: 200]
    #[arg(long, value_name = "ANSWER", help_heading = "Answers")]
    pub respond: Vec<String>,

    /// Make the mixes of --respond repeatable
    #[arg(long, value_name = "N", help_heading = "Answers", value_parser = whole::<u64>(0..=u64::MAX), hide_short_help = true)]
    pub seed: Option<u64>,

    /// The address the providers were given, where they sign it and a tunnel or proxy hides it
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub public_url: Option<String>,

    /// Take deliveries from this channel of smee.io or gosmee, too
    ///
    /// https://smee.io/new makes one, and it is said which.
    #[arg(long, value_name = "URL")]
    pub source: Option<String>,

    /// Look for earlier deliveries of the same event this far back; 0 for not at all [default: 24h]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub dedupe_window: Option<String>,

    /// Forwarding.
    #[command(flatten)]
    pub forward: ForwardFlags,

    /// Have the inspector, /healthz, /metrics and development certificates here [default: 127.0.0.1:4401]
    #[arg(long, value_name = "ADDR", conflicts_with = "no_ui")]
    pub ui: Option<String>,

    /// Do not serve them
    #[arg(long, hide_short_help = true)]
    pub no_ui: bool,

    /// Seeing.
    #[command(flatten)]
    pub seeing: SeeingFlags,

    /// Programs and alerts.
    #[command(flatten)]
    pub watch: WatchFlags,

    /// Encryption.
    #[command(flatten)]
    pub encryption: EncryptionFlags,

    /// Scripts.
    #[command(flatten)]
    pub script: ScriptFlags,

    /// Limits.
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// Where deliveries go from here.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Forwarding")]
pub struct ForwardFlags {
    /// Pass deliveries on to this address, and its answer back; several: to all, the first one answers
    #[arg(long, value_name = "URL")]
    pub forward_to: Vec<String>,

    /// Put the path of the delivery behind that of the target
    #[arg(long, hide_short_help = true)]
    pub keep_path: bool,

    /// Let targets be on other machines
    #[arg(long)]
    pub allow_remote: bool,

    /// Do not forward what repeats an accepted delivery; answer 200
    #[arg(long, hide_short_help = true)]
    pub drop_duplicates: bool,

    /// Answer with this status once a delivery is on disk, and forward behind that, with further attempts: 202
    #[arg(long, value_name = "STATUS")]
    pub ack: Option<String>,

    /// With --ack, the order in which a target gets deliveries: strict, none, or per-key and a jq filter [default: strict]
    #[arg(long, value_name = "ORDER", num_args = 1..=2, hide_short_help = true)]
    pub order: Vec<String>,

    /// With --ack, when a forward is tried again: 'exponential base=1s factor=2 max=6', 'schedule 5s,30s', none, …
    #[arg(long, value_name = "PLAN", hide_short_help = true)]
    pub retry: Option<String>,

    /// With --ack, the most deliveries that may wait for a target; more are answered 503 [default: 100000]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_backlog: Option<String>,

    /// With --ack and no strict order, the most calls to a target at once [default: 16]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub forward_concurrency: Option<String>,

    /// Trust this authority (PEM) for https targets
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub cacert: Option<PathBuf>,

    /// Accept any certificate of https targets
    #[arg(long, hide_short_help = true)]
    pub insecure: bool,
}

/// What is shown of which deliveries.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Seeing")]
pub struct SeeingFlags {
    /// Show more than a line of each delivery: headers, body or all
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub show: Option<Show>,

    /// Show only deliveries with an event type like this: 'invoice.*'
    ///
    /// All are recorded, answered and forwarded. --exec is run for these alone.
    #[arg(long, value_name = "GLOB")]
    pub event: Option<String>,

    /// Show only deliveries that this jq filter is true for
    ///
    /// All are recorded, answered and forwarded. --exec is run for these alone.
    #[arg(long, value_name = "JQ")]
    pub filter: Option<String>,

    /// Show credentials in headers as they are
    #[arg(long, hide_short_help = true)]
    pub show_secrets: bool,

    /// Write stderr as a log: with json an object a line, of deliveries too
    #[arg(long, value_name = "FORM", value_enum, default_value_t = LogForm::Text, hide_short_help = true)]
    pub log: LogForm,
}

/// In which form stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

/// What is shown of a delivery besides its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// Its request line and headers
    Headers,
    /// Its body
    Body,
    /// All of it
    All,
}

/// What is run for deliveries, and what raises alerts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Programs and alerts")]
pub struct WatchFlags {
    /// Run this program for every delivery, the body on its standard input
    ///
    /// For those that --event and --filter choose. No shell is between. HOOKCTL_EVENT_TYPE, HOOKCTL_ID and more are in its
    /// environment.
    #[arg(long, value_name = "CMD")]
    pub exec: Option<String>,

    /// The most that run at once; 1 keeps the order [default: 4]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub exec_concurrency: Option<String>,

    /// How long one may run; then it is killed [default: 30s]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub exec_timeout: Option<String>,

    /// Say so when this holds, and when it is over: 'error_rate > 10%', 'silence(stripe) > 1h'
    ///
    /// On stderr. Several may be given.
    #[arg(long, value_name = "EXPR")]
    pub alert: Vec<String>,

    /// Over how long alerts look back [default: 5m]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub alert_window: Option<String>,

    /// Run this program for every alert, with the alert in JSON on its standard input
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub alert_exec: Option<String>,

    /// POST every alert in JSON to this address; on another machine with --allow-remote
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub alert_url: Option<String>,
}

/// How connections are encrypted.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "TLS")]
pub struct EncryptionFlags {
    /// Take TLS connections, HTTP/1.1 and HTTP/2; without --cert with a certificate made for this run
    #[arg(long)]
    pub tls: bool,

    /// Show this certificate (PEM, with those that vouch for it)
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub cert: Option<String>,

    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub key: Option<String>,
}

/// When to begin and when to end.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Scripts and CI")]
pub struct ScriptFlags {
    /// Write the address into this file, or pipe, once it can be connected to
    ///
    /// The file is there whole or not at all, and is removed at the end.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,

    /// End after so many deliveries
    #[arg(long, value_name = "N", value_parser = whole::<NonZeroU64>(1..=u64::MAX))]
    pub exit_after: Option<NonZeroU64>,

    /// End after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub time: Option<Duration>,

    /// Wait for such a delivery, valid: 'stripe invoice.*', 'github push x2'. Several may be given. When all have come it ends
    /// with 0; when not, with 1
    #[arg(long, value_name = "DELIVERY")]
    pub expect: Vec<Expectation>,

    /// How long --expect waits [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, requires = "expect")]
    pub within: Option<Duration>,
}

impl ScriptFlags {
    /// How long it waits for what is expected, if anything is.
    pub fn within(&self) -> Option<Duration> {
        /// Senders that were just set off need no longer; a script must not hang.
        const USUAL: Duration = Duration::from_secs(30);
        (!self.expect.is_empty()).then(|| self.within.unwrap_or(USUAL))
    }
}

/// What a client may do at most.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// The largest body; more is answered 413 [default: 32MiB]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_body: Option<String>,

    /// The largest request line and headers; more is answered 431 [default: 64KiB]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_head: Option<String>,

    /// The most headers; more are answered 431 [default: 100]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_headers: Option<String>,

    /// How long the headers may take; then 408 [default: 10s]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub head_timeout: Option<String>,

    /// How long a body may take before slowness counts; below 1 KiB/s then 408 [default: 30s]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub body_timeout: Option<String>,

    /// How long a connection may wait for its next request [default: 60s]
    #[arg(long, value_name = "DURATION", hide_short_help = true)]
    pub idle_timeout: Option<String>,

    /// The most connections at once; more are answered 503 [default: 1024]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_connections: Option<String>,

    /// The most deliveries that may wait for the disk; more are answered 503 [default: 1024]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub max_queue: Option<String>,
}

impl ListenArgs {
    /// The flags that set a key of the configuration: key, value, flag.
    pub fn settings(&self) -> Vec<(&'static str, Option<String>, &'static str)> {
        let (limits, forward, watch) = (&self.limits, &self.forward, &self.watch);
        let said = |flag: bool, value: &str| flag.then(|| value.to_owned());
        let targets = forward.forward_to.iter().map(|url| ("listen.forward_to", Some(url.clone()), "--forward-to"));
        let mut settings: Vec<_> = targets.collect();
        settings.extend([
            ("listen.bind", self.bind.clone(), "--bind"),
            ("listen.provider", self.provider.clone(), "--provider"),
            ("listen.require_signature", said(self.require_signature, "true"), "--require-signature"),
            ("listen.rate_limit", self.rate_limit.clone(), "--rate-limit"),
            ("listen.validate", said(self.validate, "true"), "--validate"),
            ("listen.schema", self.schema.clone(), "--schema"),
            ("listen.tls", said(self.encryption.tls, "true"), "--tls"),
            ("listen.cert", self.encryption.cert.clone(), "--cert"),
            ("listen.key", self.encryption.key.clone(), "--key"),
            ("listen.public_url", self.public_url.clone(), "--public-url"),
            ("listen.dedupe_window", self.dedupe_window.clone(), "--dedupe-window"),
            ("listen.ui", self.ui.clone(), "--ui"),
            ("listen.ui", said(self.no_ui, "off"), "--no-ui"),
            ("listen.max_body", limits.max_body.clone(), "--max-body"),
            ("listen.max_head", limits.max_head.clone(), "--max-head"),
            ("listen.max_headers", limits.max_headers.clone(), "--max-headers"),
            ("listen.head_timeout", limits.head_timeout.clone(), "--head-timeout"),
            ("listen.body_timeout", limits.body_timeout.clone(), "--body-timeout"),
            ("listen.idle_timeout", limits.idle_timeout.clone(), "--idle-timeout"),
            ("listen.max_connections", limits.max_connections.clone(), "--max-connections"),
            ("listen.max_queue", limits.max_queue.clone(), "--max-queue"),
            ("listen.keep_path", said(forward.keep_path, "true"), "--keep-path"),
            ("listen.allow_remote", said(forward.allow_remote, "true"), "--allow-remote"),
            ("listen.ack", forward.ack.clone(), "--ack"),
            ("listen.order", (!forward.order.is_empty()).then(|| forward.order.join(" ")), "--order"),
            ("listen.retry", forward.retry.clone(), "--retry"),
            ("listen.max_backlog", forward.max_backlog.clone(), "--max-backlog"),
            ("listen.forward_concurrency", forward.forward_concurrency.clone(), "--forward-concurrency"),
            ("listen.source", self.source.clone(), "--source"),
            ("listen.exec", watch.exec.clone(), "--exec"),
            ("listen.exec_concurrency", watch.exec_concurrency.clone(), "--exec-concurrency"),
            ("listen.exec_timeout", watch.exec_timeout.clone(), "--exec-timeout"),
            ("listen.alert_window", watch.alert_window.clone(), "--alert-window"),
            ("listen.alert_exec", watch.alert_exec.clone(), "--alert-exec"),
            ("listen.alert_url", watch.alert_url.clone(), "--alert-url"),
            ("listen.drop_duplicates", said(forward.drop_duplicates, "true"), "--drop-duplicates"),
        ]);
        settings.extend(self.allow.iter().map(|network| ("listen.allow", Some(network.clone()), "--allow")));
        settings.extend(watch.alert.iter().map(|alert| ("listen.alert", Some(alert.clone()), "--alert")));
        settings.extend(self.respond.iter().map(|rule| ("listen.respond", Some(rule.clone()), "--respond")));
        settings
    }
}
