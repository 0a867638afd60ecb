//! Captures as a load: chosen from the store or from files, in the mix and, where that is asked for, with the gaps in which they
//! came.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::parts::{Base, target};
use crate::cli::load::LoadFlags;
use crate::commands::archive::Archive;
use crate::commands::judge::{Judge, Said};
use crate::commands::selected::{Misfits, chosen, visit};
use crate::commands::{Context, capture};
use crate::deliver::replay::aim;
use crate::deliver::signer::Signer;
use crate::error::Failure;
use crate::formats::Capture;
use crate::http::client::authority;
use crate::http::hop_by_hop;
use crate::load::plan::{Content, EventName, Part};
use crate::model::quantity::Speed;
use crate::model::{Direction, Request, Selector, Timestamp};
use crate::provider::Provider;
use crate::provider::definition::StatusRange;
use crate::query::{Jq, Selection};
use crate::secrets::variable_of;
use crate::store::{OpenOptions, Order, Row};
use crate::text::matches_glob;

/// Each thread holds all of them.
const MOST: usize = 10_000;
/// And so many bytes.
const MOST_BYTES: usize = 64 << 20;
/// The word for everything in the store.
const ALL: &str = "all";

/// What was chosen.
pub(super) struct Captured {
    pub(super) parts: Vec<Part>,
    /// When each of them starts, if their gaps are to be kept.
    pub(super) gaps: Option<Vec<Duration>>,
}

/// What `--from-events` chooses; `None` if it is not there.
pub(super) fn captured(context: &Context, flags: &LoadFlags, named: Option<&Url>) -> Result<Option<Captured>, Failure> {
    if flags.what.from_events.is_empty() {
        return Ok(None);
    }
    let mut chooser = Chooser::new(context, flags)?;
    for word in &flags.what.from_events {
        chooser.choose(word)?;
    }
    chooser.misfits.tell(&context.output);
    if chooser.chosen.is_empty() {
        return Err(Failure::usage("nothing captured that fits").hint("'hookctl events list' shows what there is"));
    }
    let gaps = match flags.pace.speed {
        None => None,
        Some(speed) => Some(gaps(&mut chooser.chosen, speed)?),
    };
    let base = Base::read(flags)?;
    let several = chooser.chosen.iter().any(|one| {
        let name = |one: &Chosen| one.provider.as_ref().map(|provider| provider.name.clone());
        name(one) != name(&chooser.chosen[0])
    });
    if several && !flags.secrets.secrets.is_empty() {
        return Err(Failure::usage("--secret belongs to one provider, and these captures are of several")
            .hint("--provider NAME chooses those of one; else set HOOKCTL_<PROVIDER>_SECRET for each"));
    }
    let mut signers: HashMap<String, Option<Arc<Signer>>> = HashMap::new();
    let parts = chooser.chosen.into_iter().map(|one| {
        let signer = match &one.provider {
            None => None,
            Some(provider) => match signers.get(&provider.name) {
                Some(signer) => signer.clone(),
                None => {
                    let signer = signer(context, flags, &base, provider)?;
                    signers.insert(provider.name.clone(), signer.clone());
                    signer
                }
            },
        };
        part(context, named, &base, one, signer)
    });
    Ok(Some(Captured { parts: parts.collect::<Result<_, Failure>>()?, gaps }))
}

/// What signs for a provider. Where no secret of the right form is known, captures go out with the signature they came with, and
/// that is told: a receiver will refuse most of them.
fn signer(
    context: &Context,
    flags: &LoadFlags,
    base: &Base,
    provider: &Arc<Provider>,
) -> Result<Option<Arc<Signer>>, Failure> {
    match base.signer(context, flags, provider) {
        Ok(signer) => Ok(Some(signer)),
        Err(failure) if flags.secrets.secrets.is_empty() => {
            context.output.warning(&format!(
                "{}'s captures keep the signatures they came with: {} (--secret, {})",
                provider.definition.title,
                failure.message,
                variable_of(&provider.name)
            ));
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// A capture that was chosen.
struct Chosen {
    request: Request,
    provider: Option<Arc<Provider>>,
    event_type: Option<String>,
    event_id: Option<String>,
    arrived_at: Option<Timestamp>,
}

fn part(
    context: &Context,
    named: Option<&Url>,
    base: &Base,
    one: Chosen,
    signer: Option<Arc<Signer>>,
) -> Result<Part, Failure> {
    let to = match (named, &one.provider) {
        (Some(url), _) => url.clone(),
        (None, Some(provider)) => target(context, None, provider)?,
        (None, None) => crate::deliver::build::parse_url(crate::commands::send::USUAL_TARGET)?,
    };
    let (target, mut request) = aim(&one.request, &to);
    let signs = |name: &str| {
        let schemes = signer.iter().flat_map(|signer| signer.schemes());
        schemes.into_iter().any(|scheme| scheme.carrier.headers().any(|header| header.eq_ignore_ascii_case(name)))
    };
    let passed = hop_by_hop::request(&request.headers, &authority(&target), &request.method, request.body.len(), signs);
    request.headers = passed.headers;
    for line in &base.options.headers {
        request.headers.set(&line.name, line.value.clone());
    }
    let accept = match &one.provider {
        Some(provider) => provider.definition.answer.accept.clone(),
        None => vec!["2xx".parse::<StatusRange>().map_err(|error| Failure::usage(error.to_string()))?],
    };
    Ok(Part {
        name: EventName {
            provider: one.provider.as_ref().map_or_else(|| "unknown".to_owned(), |provider| provider.name.clone()),
            event_type: one.event_type.unwrap_or_else(|| "request".to_owned()),
        },
        content: Content::Captured { request, event_id: one.event_id },
        signer,
        accept,
        weight: 1,
        size: None,
        target,
    })
}

/// Puts them into the order in which they came; when each starts, counted from the first.
fn gaps(chosen: &mut [Chosen], speed: Speed) -> Result<Vec<Duration>, Failure> {
    if speed == Speed::Max {
        return Err(
            Failure::usage("--speed max keeps no gaps").hint("leave it out: connections then send one after the other")
        );
    }
    if chosen.iter().any(|one| one.arrived_at.is_none()) {
        return Err(Failure::usage("nothing says when some of these requests arrived, so there are no gaps to keep")
            .hint("leave out --speed"));
    }
    chosen.sort_by_key(|one| one.arrived_at);
    let first = chosen.first().and_then(|one| one.arrived_at);
    let since = |one: &Chosen| match (one.arrived_at, first) {
        (Some(at), Some(first)) => speed.scale(at.since(first)),
        _ => Duration::ZERO,
    };
    Ok(chosen.iter().map(since).collect())
}

/// Chooses captures.
struct Chooser<'a> {
    context: &'a Context,
    flags: &'a LoadFlags,
    judge: Judge,
    misfits: Misfits,
    chosen: Vec<Chosen>,
    bytes: usize,
}

impl<'a> Chooser<'a> {
    fn new(context: &'a Context, flags: &'a LoadFlags) -> Result<Self, Failure> {
        if let Some(weighted) = flags.what.event.iter().find(|choice| choice.weight != 1) {
            return Err(Failure::usage(format!(
                "--event {}={}: captures have no weights",
                weighted.name, weighted.weight
            ))
            .hint("they are sent in the mix in which they were captured"));
        }
        let said = Said { secrets: &flags.secrets.secrets, provider: None, at: None, tolerance: None };
        let judge = Judge::new(context, &said)?;
        if let Some(name) = &flags.what.provider {
            // A misspelt name is told, instead of finding nothing.
            judge.catalog().get(name)?;
        }
        Ok(Self { context, flags, judge, misfits: Misfits::default(), chosen: Vec::new(), bytes: 0 })
    }

    /// Adds what a word names: everything, a delivery of the store, a file.
    fn choose(&mut self, word: &str) -> Result<(), Failure> {
        let is_number = word.bytes().all(|b| b.is_ascii_digit());
        if word == "-" || (word != ALL && !is_number && Path::new(word).is_file()) {
            return self.of_file(word);
        }
        let named = if word == ALL { Vec::new() } else { vec![word.parse::<Selector>()?] };
        self.of_store(named)
    }

    fn selection(&self) -> Result<Selection, Failure> {
        Ok(Selection {
            provider: self.flags.what.provider.clone(),
            filter: self.flags.what.filter.as_deref().map(Jq::compile).transpose()?,
            ..Selection::default()
        })
    }

    fn of_store(&mut self, named: Vec<Selector>) -> Result<(), Failure> {
        let selection = Selection { named, direction: Some(Direction::Received), ..self.selection()? };
        let store = self.context.store(&OpenOptions::default())?;
        let mut misfits = std::mem::take(&mut self.misfits);
        let mut numbers = Vec::new();
        visit(&store, &selection, Order::OldestFirst, &mut misfits, |row: Row| {
            numbers.push(row.number);
            if numbers.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        self.misfits = misfits;
        for number in numbers {
            self.add(capture::capture(self.context, &store.get(number)?)?)?;
        }
        Ok(store.close()?)
    }

    fn of_file(&mut self, path: &str) -> Result<(), Failure> {
        let selection = self.selection()?;
        let archive = Archive::open(path, self.flags.what.provider.as_deref(), self.judge.catalog())?;
        for entry in archive.entries() {
            let (_, record) = entry?;
            if chosen(&record.capture, &selection, &self.judge, &mut self.misfits)?.is_some() {
                self.add(record.capture)?;
            }
        }
        Ok(())
    }

    /// Adds a capture, if its event type is wanted.
    fn add(&mut self, capture: Capture) -> Result<(), Failure> {
        let provider = self.judge.provider_of(&capture)?;
        let event = provider.as_ref().map(|provider| provider.locate(&capture.request)).unwrap_or_default();
        let wanted = &self.flags.what.event;
        let fits = |event_type: &str| wanted.iter().any(|choice| matches_glob(&choice.name, event_type));
        if !wanted.is_empty() && !event.event_type.as_deref().is_some_and(fits) {
            return Ok(());
        }
        self.bytes += capture.request.body.len();
        if self.chosen.len() >= MOST || self.bytes > MOST_BYTES {
            return Err(Failure::usage(format!("more than {MOST} captures, or more than 64 MiB of them"))
                .hint("choose among them with --provider, --event, --filter or numbers: 100..5000"));
        }
        self.chosen.push(Chosen {
            request: capture.request,
            provider,
            event_type: event.event_type,
            event_id: event.event_id,
            arrived_at: capture.arrived_at,
        });
        Ok(())
    }
}
