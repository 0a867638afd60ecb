//! What a command line refers to and does not hold: targets of the configuration, secrets, files, chance. It is read once,
//! and kept with the run, so that a run that is gone on with is the same run; but for secrets, of which only references
//! are ever kept.

use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::targets::{Target, targets};
use crate::cli::send::SendArgs;
use crate::clock;
use crate::commands::{Context, read_input};
use crate::error::Failure;
use crate::model::mask::is_sensitive;
use crate::model::time::When;
use crate::model::{Run, Secret, Timestamp};
use crate::payload::Seed;
use crate::provider::{Catalog, Provider};

/// What was read.
pub(super) struct Inputs {
    /// Where deliveries go.
    pub(super) to: Vec<Target>,
    /// When the run began.
    pub(super) started: Timestamp,
    /// The text of the scenario, where it is from a file.
    pub(super) scenario: Option<String>,
    /// What `--secret` named; empty: what is known for the provider.
    pub(super) secrets: Vec<Secret>,
    /// What `--bearer` named.
    pub(super) bearer: Option<Secret>,
    /// The body that `--data` named.
    pub(super) data: Option<Bytes>,
    /// What decides all chance.
    pub(super) seed: Seed,
}

/// A run's plan, as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    /// What was typed, without anything secret.
    pub(super) args: SendArgs,
    /// Where deliveries go.
    to: Vec<Target>,
    /// The text of the scenario, where it is from a file.
    scenario: Option<String>,
    /// What decides all chance, in hex.
    seed: String,
    /// Where the secrets are: `env:NAME`, `file:PATH`.
    secrets: Vec<String>,
    /// The flags whose values were secret and are not here.
    pub(super) withheld: Vec<String>,
    /// Where the token is.
    bearer: Option<String>,
}

impl Inputs {
    /// Reads all of it.
    pub(super) fn read(context: &Context, catalog: &Catalog, args: &SendArgs) -> Result<Self, Failure> {
        let request = &args.request;
        let is_stdin = |text: &Option<String>| text.as_deref() == Some("-");
        let readers =
            [is_stdin(&request.data), args.secrets.secrets.iter().any(|s| s == "-"), is_stdin(&request.bearer)];
        if readers.iter().filter(|reads| **reads).count() > 1 {
            return Err(Failure::usage("standard input can be one of body, secret and bearer token")
                .hint("use a file for the body, and env: or file: for the others"));
        }
        let name = args.provider.as_deref().unwrap_or_default();
        // A provider that does not exist is told before anything is read for it.
        let provider = catalog.get(name)?;
        let (secrets, bearer) = secrets(context, args)?;
        Ok(Self {
            to: targets(context, name, args)?,
            started: clock::now(),
            scenario: scenario(&provider, args.scenario.as_deref())?,
            secrets,
            bearer,
            data: request.data.as_deref().map(read_input).transpose()?.map(Bytes::from),
            seed: request.seed.map_or_else(clock::seed, Seed::of),
        })
    }

    /// The run that is kept of it.
    pub(super) fn keep(&self, args: &SendArgs) -> Run {
        let now = self.started;
        let mut kept = args.clone();
        let mut withheld = Vec::new();
        kept.request.headers.retain(|line| {
            let secret = is_sensitive(&line.name);
            if secret {
                withheld.push(format!("--header '{}: …'", line.name));
            }
            !secret
        });
        kept.request.timestamp = kept.request.timestamp.map(|when| When::At(when.resolve(now)));
        kept.tls.cacert = kept.tls.cacert.map(|path| std::path::absolute(&path).unwrap_or(path));
        let mut references = Vec::new();
        for text in &args.secrets.secrets {
            match reference(text) {
                Some(reference) => references.push(reference),
                None => withheld.push("--secret".to_owned()),
            }
        }
        let bearer = args.request.bearer.as_deref();
        let kept_bearer = bearer.and_then(reference);
        if bearer.is_some() && kept_bearer.is_none() {
            withheld.push("--bearer".to_owned());
        }
        let plan = Kept {
            args: kept,
            to: self.to.clone(),
            scenario: self.scenario.clone(),
            seed: hex::encode(self.seed.as_bytes()),
            secrets: references,
            withheld,
            bearer: kept_bearer,
        };
        Run {
            id: clock::run_id(now),
            started_at: now,
            command: "send".to_owned(),
            plan: serde_json::to_string(&plan).expect("arguments have text keys and finite numbers"),
            body: self.data.clone(),
            next: 0,
        }
    }

    /// What a kept run goes on with; `now` is what was typed to go on with it, and gives what was withheld.
    pub(super) fn of_kept(context: &Context, kept: &mut Kept, run: &Run, now: &SendArgs) -> Result<Self, Failure> {
        if now.secrets.secrets.is_empty() {
            kept.args.secrets.secrets.clone_from(&kept.secrets);
        } else {
            kept.args.secrets.clone_from(&now.secrets);
        }
        kept.args.request.bearer = now.request.bearer.clone().or_else(|| kept.bearer.clone());
        kept.args.request.headers.extend(now.request.headers.iter().cloned());
        let (secrets, bearer) = secrets(context, &kept.args)?;
        let damaged =
            || Failure::surroundings("the interrupted run is damaged").hint("'hookctl send --discard' forgets it");
        let seed = hex::decode(&kept.seed).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
        Ok(Self {
            to: kept.to.clone(),
            started: run.started_at,
            scenario: kept.scenario.clone(),
            secrets,
            bearer,
            data: run.body.clone(),
            seed: Seed::from_bytes(seed),
        })
    }
}

/// Where a secret is, if that is what was typed, and not the secret itself.
pub(in crate::commands) fn reference(text: &str) -> Option<String> {
    if let Some(path) = text.strip_prefix("file:") {
        // Whoever goes on may be in another folder.
        let path = Path::new(path);
        let absolute = if path.starts_with("~") { path.to_owned() } else { std::path::absolute(path).ok()? };
        return Some(format!("file:{}", absolute.display()));
    }
    text.starts_with("env:").then(|| text.to_owned())
}

fn secrets(context: &Context, args: &SendArgs) -> Result<(Vec<Secret>, Option<Secret>), Failure> {
    let secrets = context.secrets();
    let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
    let bearer = args.request.bearer.as_deref().map(|text| secrets.read(text)).transpose()?;
    Ok((given, bearer))
}

/// The text of a scenario that is no name of one, but a file.
fn scenario(provider: &Provider, named: Option<&str>) -> Result<Option<String>, Failure> {
    match named {
        Some(name) if !provider.scenarios().iter().any(|known| known == name) && Path::new(name).is_file() => {
            let bytes = read_input(name)?;
            String::from_utf8(bytes).map(Some).map_err(|_| Failure::usage(format!("{name} is not UTF-8 text")))
        }
        _ => Ok(None),
    }
}
