//! Asking the receiver what it did with the events: by a URL of it, or by a command.

use std::process::{Command, Stdio};
use std::time::Duration;

use url::Url;

use crate::cli::load::RunFlags;
use crate::commands::runtime;
use crate::deliver::build::parse_url;
use crate::error::{Failure, reason};
use crate::http::fetch;
use crate::json::load_report::Probe;
use crate::load::probe::compare;
use crate::load::target::Target;

/// Where to ask.
pub(super) enum Asked {
    Url(Url),
    Command(String),
}

impl Asked {
    /// What the flags say.
    pub(super) fn of(flags: &RunFlags) -> Result<Option<Self>, Failure> {
        if let Some(url) = &flags.probe_url {
            let url = parse_url(url)?;
            // Whoever cannot be asked is better known before the run.
            Target::check(&url, flags.allow_remote)?;
            return Ok(Some(Self::Url(url)));
        }
        Ok(flags.probe_cmd.clone().map(Self::Command))
    }

    /// Asks, and compares the answer with the number of events that were accepted. A thread of its own waits for the answer,
    /// so that it can be given up.
    pub(super) async fn ask(self, expected: u64, limit: Duration) -> Result<Probe, Failure> {
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || tell.send(self.wait(expected, limit)));
        told.await.map_err(|_| Failure::surroundings("the question to the receiver has failed"))?
    }

    fn wait(&self, expected: u64, limit: Duration) -> Result<Probe, Failure> {
        let (name, text) = match self {
            Self::Url(url) => (url.to_string(), fetch(url, limit)?),
            Self::Command(command) => (format!("'{command}'"), run(command)?),
        };
        compare(&text, expected).map_err(|problem| {
            Failure::usage(format!("{name} does not tell what was processed: {problem}"))
                .hint("it should print how many distinct events the receiver processed, or their ids")
        })
    }
}

fn fetch(url: &Url, limit: Duration) -> Result<String, Failure> {
    let fetched = runtime::one_thread()?.block_on(fetch::text(url, limit));
    fetched.map_err(|problem| Failure::surroundings(format!("{url} {problem}")))
}

fn run(command: &str) -> Result<String, Failure> {
    let ran = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let ran = ran.map_err(|error| Failure::surroundings(format!("'{command}' cannot run: {}", reason(&error))))?;
    if !ran.status.success() {
        return Err(Failure::surroundings(format!("'{command}' has failed: {}", ran.status)));
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
