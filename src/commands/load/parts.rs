//! What is sent: flags become providers, events and the secrets that sign them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use crate::cli::load::{EventChoice, LoadFlags};
use crate::commands::send::job::{batch, is_framing};
use crate::commands::{Context, read_input};
use crate::deliver::build::parse_url;
use crate::deliver::signer::Signer;
use crate::error::Failure;
use crate::load::plan::{Content, EventName, Part};
use crate::provider::{Catalog, Provider, RenderOptions};
use crate::signature::KeyUse;
use crate::text::{list, matches_glob};

/// The types that stand for a provider when none is named: what it is mostly used for, in its unified words.
const TYPICAL: [&str; 5] = ["payment.completed", "order.created", "git.push", "message.received", "email.delivered"];

/// An event of a provider, and how often it is sent.
struct Chosen {
    provider: Arc<Provider>,
    /// `None`: no event was named, and a body of one's own needs none.
    event: Option<String>,
    weight: u64,
}

/// The parts of a plan.
pub(super) fn parts(context: &Context, flags: &LoadFlags, named: Option<&Url>) -> Result<Vec<Part>, Failure> {
    let catalog = context.catalog()?;
    let chosen = choose(&catalog, flags, named)?;
    let base = Base::read(flags)?;
    let mut signers: BTreeMap<String, Arc<Signer>> = BTreeMap::new();
    let several = chosen.iter().any(|one| one.provider.name != chosen[0].provider.name);
    if several && !flags.secrets.secrets.is_empty() {
        return Err(Failure::usage("--secret belongs to one provider, and there are several")
            .hint("set HOOKCTL_<PROVIDER>_SECRET for each, or [providers.NAME] secret in the configuration"));
    }
    let sizes: Vec<(Option<usize>, u64)> = if flags.what.payload_size.is_empty() {
        vec![(None, 1)]
    } else {
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        flags.what.payload_size.iter().map(|choice| (Some(size(choice.size.0)), choice.weight)).collect()
    };
    let mut parts = Vec::new();
    for one in chosen {
        let target = target(context, named, &one.provider)?;
        let signer = match signers.get(&one.provider.name) {
            Some(signer) => signer.clone(),
            None => {
                let signer = base.signer(context, flags, &one.provider)?;
                signers.insert(one.provider.name.clone(), signer.clone());
                signer
            }
        };
        for (size, weight) in &sizes {
            let event = one.event.as_deref().map(|name| one.provider.event(name)).transpose()?;
            parts.push(Part {
                content: Content::Event {
                    provider: one.provider.clone(),
                    event_type: one.event.clone(),
                    options: Box::new(RenderOptions {
                        batch: batch(&one.provider, flags.what.batch, event.as_ref())?,
                        ..base.options.clone()
                    }),
                    event: event.map(Box::new),
                },
                signer: Some(signer.clone()),
                name: EventName {
                    provider: one.provider.name.clone(),
                    event_type: one.event.clone().unwrap_or_else(|| "data".to_owned()),
                },
                accept: one.provider.definition.answer.accept.clone(),
                weight: one.weight * weight,
                size: *size,
                target: target.clone(),
            });
        }
    }
    Ok(parts)
}

/// What is the same for all parts.
pub(super) struct Base {
    pub(super) options: RenderOptions,
}

impl Base {
    pub(super) fn read(flags: &LoadFlags) -> Result<Self, Failure> {
        let is_stdin = |text: &String| text == "-";
        if flags.what.data.as_ref().is_some_and(is_stdin) && flags.secrets.secrets.iter().any(is_stdin) {
            return Err(Failure::usage("standard input can be one of body and secret")
                .hint("use a file for the body, and env: or file: for the secret"));
        }
        if let Some(url) = &flags.what.signed_url {
            parse_url(url)?;
        }
        let headers = flags.what.headers.clone();
        if let Some(line) = headers.iter().find(|line| is_framing(&line.name)) {
            return Err(Failure::usage(format!("--header {}: hookctl frames the request itself", line.name)));
        }
        let options = RenderOptions {
            edits: flags.edits.edits()?,
            data: flags.what.data.as_deref().map(read_input).transpose()?.map(Bytes::from),
            headers,
            ..RenderOptions::default()
        };
        Ok(Self { options })
    }

    pub(super) fn signer(
        &self,
        context: &Context,
        flags: &LoadFlags,
        provider: &Arc<Provider>,
    ) -> Result<Arc<Signer>, Failure> {
        let secrets = context.secrets();
        let given = Context::given_secrets(&secrets, &flags.secrets.secrets)?;
        let known: Vec<_> =
            secrets.known(provider, &given, KeyUse::Sign)?.into_iter().map(|known| known.secret).collect();
        let headers = self.options.headers.clone();
        Ok(Arc::new(Signer::new(provider.clone(), &known, flags.what.signed_url.clone(), None, headers)?))
    }
}

/// The named URL, else `[send] to`, else where `listen` is, with the provider in its path.
pub(super) fn target(context: &Context, named: Option<&Url>, provider: &Provider) -> Result<Url, Failure> {
    if let Some(url) = named {
        return Ok(url.clone());
    }
    let configured = context.config.send.to.as_ref().and_then(|setting| setting.value.first());
    match configured {
        Some(url) => Ok(url.url().clone()),
        None => Ok(parse_url(&format!("{}/webhooks/{}", crate::commands::send::USUAL_TARGET, provider.name))?),
    }
}

fn choose(catalog: &Catalog, flags: &LoadFlags, named: Option<&Url>) -> Result<Vec<Chosen>, Failure> {
    let own = match (&flags.what.provider, named) {
        (Some(name), _) => catalog.get(name)?,
        (None, Some(url)) => {
            let name = crate::provider::detect::named_by_path(catalog, url.path()).unwrap_or("generic");
            catalog.get(name)?
        }
        (None, None) => catalog.get("generic")?,
    };
    let mut chosen = Vec::new();
    for choice in &flags.what.event {
        chosen.extend(events_of(catalog, &own, choice)?);
    }
    if chosen.is_empty() {
        let event = if flags.what.data.is_some() { None } else { Some(typical(&own)?) };
        chosen.push(Chosen { provider: own, event, weight: 1 });
    }
    Ok(chosen)
}

/// What an event on the command line means: a type of the provider, or one of another provider in front of a slash.
fn events_of(catalog: &Catalog, own: &Arc<Provider>, choice: &EventChoice) -> Result<Vec<Chosen>, Failure> {
    let fitting = |provider: &Arc<Provider>, name: &str| -> Vec<Chosen> {
        let events = provider.events().into_iter().filter(|event| matches_glob(name, event));
        events.map(|event| Chosen { provider: provider.clone(), event: Some(event), weight: choice.weight }).collect()
    };
    let found = fitting(own, &choice.name);
    if !found.is_empty() {
        return Ok(found);
    }
    if let Some((name, event)) = choice.name.split_once('/')
        && catalog.contains(name)
    {
        let other = catalog.get(name)?;
        let found = fitting(&other, event);
        if found.is_empty() {
            other.event(event)?;
        }
        return Ok(found);
    }
    // The error says what there is.
    own.event(&choice.name)?;
    Ok(Vec::new())
}

/// The event that a provider is mostly used for.
fn typical(provider: &Provider) -> Result<String, Failure> {
    let events = provider.events();
    let unified = |event: &String| provider.definition.unified_type(event).unwrap_or_default().to_owned();
    let found = TYPICAL.iter().find_map(|wanted| events.iter().find(|event| unified(event) == *wanted));
    let handshake = |event: &&String| matches!(unified(event).as_str(), "ping" | "endpoint.verification");
    let first = || events.iter().find(|event| !handshake(event)).or(events.first());
    found.or_else(first).cloned().ok_or_else(|| {
        Failure::usage(format!("{} has no events", provider.name))
            .hint(format!("send a body of your own with --data; there are {}", list(&events)))
    })
}
