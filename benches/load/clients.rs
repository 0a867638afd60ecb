//! The load generators: hookctl, and others where they are found. Each runs as a process of its own, and what it took is read
//! from the system's books once it has ended.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::receiver::{Receiver, Seen};
use super::support::load::SECRET;
use super::support::machine::{Watch, cpu_of_children, processors};

/// Connections of the closed loops.
pub(crate) const CONNECTIONS: &str = "64";
/// An event that leaves room for padding.
const EVENT: &str = "coupon.created";
/// Bytes of every body.
const BODY: &str = "1500";

/// Where the peers' scripts are.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/peers").join(name)
}

/// A program of the PATH. (A game has the name of one of them.)
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter(|folder| !folder.ends_with("games"));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A body of 1.5 KB, the same each time.
fn fixed_body() -> String {
    format!("{{\"id\":\"evt_1\",\"pad\":\"{}\"}}", "x".repeat(1_500 - 23))
}

/// The headers of a delivery, the same each time.
fn fixed_headers() -> [String; 2] {
    [
        "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned(),
        format!("Stripe-Signature: t=1767225600,v1={}", "0".repeat(64)),
    ]
}

/// A client that is made ready for each run; `None` if it is not there.
pub(crate) type Make<'a> = Box<dyn Fn(&str, Duration) -> Option<Command> + 'a>;

/// What a client did and took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ran {
    /// What the receiver saw of it.
    pub(crate) seen: Seen,
    /// Processor seconds of the client, from its start to its end.
    pub(crate) cpu: f64,
    /// Processor seconds of the receiver.
    pub(crate) receiver_cpu: f64,
    /// The share of the machine that neither of the two used.
    pub(crate) others: f64,
    /// What it printed.
    pub(crate) said: String,
}

impl Ran {
    /// Requests a second, as the receiver counted them.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn rate(&self) -> f64 {
        self.seen.count as f64 / self.seen.seconds.max(f64::MIN_POSITIVE)
    }

    /// Processor seconds of the client for 100,000 requests.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn cpu_for_100k(&self) -> f64 {
        self.cpu * 1e5 / self.seen.count.max(1) as f64
    }

    /// The same of the receiver.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    pub(crate) fn receiver_cpu_for_100k(&self) -> f64 {
        self.receiver_cpu * 1e5 / self.seen.count.max(1) as f64
    }

    /// What it printed, as JSON.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.said).unwrap_or_default()
    }
}

/// Runs a client to its end against a receiver that forgets what was before.
#[expect(clippy::cast_precision_loss, reason = "a number of processors")]
pub(crate) fn run(mut command: Command, receiver: &Receiver) -> io::Result<Ran> {
    receiver.reset()?;
    let (watch, before, begun) = (Watch::start(receiver.id()), cpu_of_children(), Instant::now());
    let output = command.stdin(Stdio::null()).output()?;
    // 1 is an answer of hookctl's, and no failure to run.
    if output.status.code().is_none_or(|code| code > 1) {
        let said = [output.stdout, output.stderr].concat();
        return Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&said))));
    }
    let elapsed = begun.elapsed();
    let cpu = cpu_of_children() - before;
    let span = watch.end();
    let capacity = elapsed.as_secs_f64() * processors() as f64;
    Ok(Ran {
        seen: receiver.seen()?,
        cpu,
        receiver_cpu: span.watched,
        others: (span.others - cpu / capacity).max(0.0),
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

/// hookctl with a folder of its own.
pub(crate) struct Hookctl {
    folder: tempfile::TempDir,
}

impl Hookctl {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    /// Its folder.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// A load test of this URL, every request an event of 1.5 KB with an id, a time and a signature of its own.
    pub(crate) fn load(&self, url: &str, flags: &[&str]) -> Command {
        self.load_as("stripe", url, flags)
    }

    /// The same with the events of another provider.
    pub(crate) fn load_as(&self, provider: &str, url: &str, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookctl"));
        command.args(["load", url, "--json", "-q", "--provider", provider, "--event", EVENT, "--payload-size", BODY]);
        command.args(flags);
        let home = self.folder.path();
        command.env("HOME", home).env("XDG_DATA_HOME", home).env("XDG_CONFIG_HOME", home).current_dir(home);
        command.env("HOOKCTL_STRIPE_SECRET", SECRET);
        command
    }

    /// Starts a load test, to be looked at while it runs.
    pub(crate) fn spawn(&self, url: &str, flags: &[&str]) -> io::Result<Child> {
        self.load(url, flags).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
    }
}

/// `wrk`, with one of the scripts.
pub(crate) fn wrk(name: &str, url: &str, duration: Duration) -> Option<Command> {
    let mut command = Command::new(find("wrk")?);
    command.args(["-t", &processors().to_string(), "-c", CONNECTIONS, "-d", &format!("{}s", duration.as_secs())]);
    command.arg("-s").arg(script(name)).arg(url).env("HOOKCTL_STRIPE_SECRET", SECRET);
    Some(command)
}

/// `oha`, with these flags.
pub(crate) fn oha(url: &str, duration: Duration, flags: &[&str]) -> Option<Command> {
    let mut command = Command::new(find("oha")?);
    command.args(["--no-tui", "--output-format", "json", "-z", &format!("{}s", duration.as_secs())]);
    command.args(["-c", CONNECTIONS, "-m", "POST", "-T", "application/json", "-d", &fixed_body()]);
    command.args(fixed_headers().iter().flat_map(|header| ["-H", header])).args(flags).arg(url);
    Some(command)
}

/// `hey`, as fast as it can or at a rate, of which each of its workers has a part.
pub(crate) fn hey(url: &str, duration: Duration, rate: Option<u64>) -> Option<Command> {
    let mut command = Command::new(find("hey")?);
    command.args([
        "-z",
        &format!("{}s", duration.as_secs()),
        "-c",
        CONNECTIONS,
        "-m",
        "POST",
        "-T",
        "application/json",
    ]);
    command.args(["-d", &fixed_body()]).args(fixed_headers().iter().flat_map(|header| ["-H", header]));
    if let Some(rate) = rate {
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let each = rate as f64 / CONNECTIONS.parse::<f64>().unwrap_or(1.0);
        command.args(["-q", &each.to_string()]);
    }
    command.arg(url);
    Some(command)
}

/// What `hey` tells of a percentile, in milliseconds.
pub(crate) fn told_by_hey(said: &str, percentile: u32) -> Option<f64> {
    let line = said.lines().find(|line| line.trim_start().starts_with(&format!("{percentile}% in ")))?;
    Some(line.split_whitespace().nth(2)?.parse::<f64>().ok()? * 1e3)
}

/// `bombardier`, as fast as it can.
pub(crate) fn bombardier(url: &str, duration: Duration) -> Option<Command> {
    let mut command = Command::new(find("bombardier")?);
    command.args(["-d", &format!("{}s", duration.as_secs()), "-c", CONNECTIONS, "-m", "POST", "-b", &fixed_body()]);
    command.args(["-H", "Content-Type: application/json", "--print", "result"]);
    command.args(fixed_headers().iter().flat_map(|header| ["-H", header])).arg(url);
    Some(command)
}

/// `autocannon`, signing or not.
pub(crate) fn autocannon(url: &str, duration: Duration, sign: bool) -> Option<Command> {
    let folder = find("autocannon")?.canonicalize().ok()?.parent()?.to_owned();
    let mut command = Command::new(find("node")?);
    command.arg(script("autocannon.js")).arg(folder).args([url, &duration.as_secs().to_string()]);
    command.args(sign.then_some("sign")).env("HOOKCTL_STRIPE_SECRET", SECRET);
    Some(command)
}

/// `k6`, signing, at a rate or as fast as it can; what it measured goes into a file.
pub(crate) fn k6(url: &str, duration: Duration, rate: Option<u64>, summary: &Path) -> Option<Command> {
    let mut command = Command::new(find("k6")?);
    command.args(["run", "--quiet", "--no-usage-report", "--summary-export"]).arg(summary);
    command.args(["-e", &format!("URL={url}"), "-e", &format!("SECONDS={}", duration.as_secs())]);
    command.args(["-e", &format!("HOOKCTL_STRIPE_SECRET={SECRET}")]);
    if let Some(rate) = rate {
        command.args(["-e", &format!("RATE={rate}")]);
    }
    command.arg(script("k6.js"));
    Some(command)
}
