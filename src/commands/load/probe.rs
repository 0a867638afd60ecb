//! Asking the receiver what it did with the events: by a URL of it, or by a command.

use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::cli::load::RunFlags;
use crate::commands::runtime;
use crate::deliver::build::parse_url;
use crate::error::{Failure, reason};
use crate::http::client::{Client, ClientOptions, wire_head};
use crate::json::load_report::Probe;
use crate::load::probe::compare;
use crate::load::target::Target;
use crate::model::{Headers, Request};

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
            Target::find(&url, flags.allow_remote)?;
            return Ok(Some(Self::Url(url)));
        }
        Ok(flags.probe_cmd.clone().map(Self::Command))
    }

    /// Asks, and compares the answer with the number of events that were accepted.
    pub(super) fn ask(&self, expected: u64, limit: Duration) -> Result<Probe, Failure> {
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
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = Request { method: "GET".to_owned(), target: path, headers: Headers::new(), body: Bytes::new() };
    let head = wire_head(&request, url).map_err(|error| Failure::usage(error.to_string()))?;
    let client = Client::new(ClientOptions::default())?;
    let answer = runtime::one_thread()?.block_on(client.send(url, &head, &request, limit));
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        Ok(answer) => Err(Failure::surroundings(format!("{url} answers {}", answer.status))),
        Err(kind) => Err(Failure::surroundings(format!("{url}: {}", kind.sentence()))),
    }
}

fn run(command: &str) -> Result<String, Failure> {
    let ran = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let ran = ran.map_err(|error| Failure::surroundings(format!("'{command}' cannot run: {}", reason(&error))))?;
    if !ran.status.success() {
        return Err(Failure::surroundings(format!("'{command}' has failed: {}", ran.status)));
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
