//! What flags and configuration make of a receiver: here they are combined, checked and filled in.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use crate::cli::listen::ListenArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::http::body::BodyLimits;
use crate::http::head::HeadLimits;
use crate::http::server::ServerLimits;
use crate::model::Secret;
use crate::model::expectation::Expectation;
use crate::model::quantity::ByteSize;
use crate::provider::{Catalog, Provider};
use crate::receive::Receiver;
use crate::receive::answer;
use crate::receive::goal::Goal;
use crate::receive::identify::Identify;
use crate::receive::limits::{AllowList, RateLimit};
use crate::receive::notify::{Notices, Tally};
use crate::receive::validate::{Schema, Validate};
use crate::receive::verify::{Verify, VerifySettings};
use crate::secrets::{SecretError, Secrets};
use crate::signature::KeyUse;
use crate::store::{Lease, OpenOptions};

use super::encryption::{self, Encryption};
use super::watching::{self, Watching};
use super::{Context, targets};

/// Bytes of bodies held at once. The store copies what it writes, and the allocator keeps some of what it gave back: with
/// this much the whole process stays below 96 MiB however many large bodies come at once.
const HELD_BYTES: usize = 24 << 20;

/// A receiver, and what was made for it that others use as well.
pub(super) struct Made {
    pub(super) receiver: Arc<Receiver>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) limits: ServerLimits,
    /// The right to work on what is owed behind answers.
    pub(super) lease: Option<Lease>,
    pub(super) encryption: Option<Encryption>,
    pub(super) watching: Watching,
}

/// Makes the receiver and opens its store. What is wrong is told before there is a store.
pub(super) fn receiver(context: &Context, args: &ListenArgs, mut notices: Notices) -> Result<Made, Failure> {
    let config = &context.config;
    let catalog = Arc::new(context.catalog()?);
    let fallback = config.listen.provider.as_ref().map(|name| catalog.get(&name.value)).transpose()?;
    let identify = Identify::new(catalog.clone(), fallback.clone())?;
    let secrets = Arc::new(context.secrets());
    let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
    if let Some(provider) = &fallback {
        check_given(provider, &given)?;
    }
    known_providers(&catalog, &args.script.expect)?;
    let encryption = encryption::of(config)?;
    let validate = validate(config)?;
    let answers = answers(config, args)?;
    let options = OpenOptions {
        queue: config.listen.max_queue.value,
        dedupe_window: config.listen.dedupe_window.value,
        ..OpenOptions::default()
    };
    let forward = Arc::new(targets::forward(config, args)?);
    let watching = watching::of(config, args, &mut notices)?;
    let (store, notices) = (context.store(&options)?, Arc::new(notices));
    let owing = targets::behind(context, &forward, &store, &catalog, &notices)?;
    let (behind, lease) = owing.unzip();
    let allow = config.listen.allow.as_ref().map(|setting| setting.value.clone()).unwrap_or_default();
    let receiver = Receiver {
        allow: AllowList::new(allow),
        rate_limit: config.listen.rate_limit.as_ref().map(|rate| RateLimit::new(rate.value, Instant::now())),
        identify,
        verify: Verify::new(VerifySettings {
            secrets: secrets.clone(),
            given,
            given_for: fallback.map(|provider| provider.name.clone()),
            tolerance: config.verify.tolerance.as_ref().map(|setting| setting.value),
            public_url: config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned()),
            required: config.listen.require_signature.value,
        }),
        validate,
        answers,
        forward,
        behind,
        order: targets::order(config)?,
        drop_duplicates: config.listen.drop_duplicates.value,
        store,
        notices,
        tally: Tally::default(),
        goal: Goal::new(args.script.exit_after.map(NonZeroU64::get), args.script.expect.clone()),
    };
    let receiver = Arc::new(receiver);
    Ok(Made { receiver, catalog, secrets, limits: limits(config), lease, encryption, watching })
}

/// A provider that does not exist would be waited for in vain.
fn known_providers(catalog: &Catalog, expectations: &[Expectation]) -> Result<(), Failure> {
    let named = expectations.iter().filter_map(|expectation| expectation.pattern.provider.as_deref());
    for name in named.filter(|name| !name.contains(['*', '?'])) {
        catalog.get(name)?;
    }
    Ok(())
}

/// What bodies are compared with, if they are.
fn validate(config: &Config) -> Result<Option<Validate>, Failure> {
    let listen = &config.listen;
    let schema = listen.schema.as_ref().map(|setting| {
        let path = &setting.value;
        let text = std::fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Schema::compile(name, &text).map_err(|wrong| {
            Failure::usage(format!("{} is not a JSON Schema: {wrong}", path.display()))
                .hint("references must lead into the same file; patterns may not look around or back")
        })
    });
    let schema = schema.transpose()?;
    Ok((schema.is_some() || listen.validate.value).then(|| Validate::new(schema, listen.validate.value)))
}

/// What is answered.
fn answers(config: &Config, args: &ListenArgs) -> Result<answer::Answers, Failure> {
    let rules = config.listen.respond.as_ref().map(|setting| setting.value.as_slice()).unwrap_or_default();
    let most = config.listen.max_body.value;
    answer::Answers::new(rules, args.seed.unwrap_or_else(rand::random), |file| {
        let path = Path::new(file);
        let body = std::fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        if body.len() as u64 > most.0 {
            return Err(Failure::usage(format!("{file} is larger than {most}, the largest body")));
        }
        Ok(Bytes::from(body))
    })
}

/// A secret that was given for one provider must have its form: better said now than with every delivery.
fn check_given(provider: &Provider, given: &[Secret]) -> Result<(), Failure> {
    for secret in given {
        let mut misfit = None;
        let fits = provider.definition.schemes().any(|scheme| match scheme.key(secret, KeyUse::Verify) {
            Ok(_) => true,
            Err(error) => {
                misfit = Some(error);
                false
            }
        });
        if let (false, Some(error)) = (fits, misfit) {
            return Err(SecretError::Form { title: provider.definition.title.clone(), error }.into());
        }
    }
    Ok(())
}

fn limits(config: &Config) -> ServerLimits {
    let listen = &config.listen;
    let bytes = |size: ByteSize| usize::try_from(size.0).unwrap_or(usize::MAX);
    let defaults = ServerLimits::default();
    ServerLimits {
        head: HeadLimits { bytes: bytes(listen.max_head.value), fields: listen.max_headers.value, ..defaults.head },
        body: BodyLimits { bytes: bytes(listen.max_body.value), grace: listen.body_timeout.value, ..defaults.body },
        head_time: listen.head_timeout.value,
        idle_time: listen.idle_timeout.value,
        connections: listen.max_connections.value,
        held_bytes: HELD_BYTES,
        ..defaults
    }
}
