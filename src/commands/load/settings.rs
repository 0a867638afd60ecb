//! From flags to a run: where it goes, how fast, what of it is said in the report.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{captured, parts};
use crate::cli::load::{HttpVersion, LoadArgs, LoadFlags, PaceFlags, SharePart};
use crate::clock;
use crate::commands::Context;
use crate::config::Origin;
use crate::deliver::build::parse_url;
use crate::error::Failure;
use crate::http::client::Trust;
use crate::json::load_report::{self, EventWeight, LoopKind};
use crate::load::plan::mix::Share;
use crate::load::plan::{Order, Part, Plan, Shares};
use crate::load::run::{Pacing, Settings};
use crate::load::schedule::Schedule;
use crate::load::target::{Manner, Target, Version};
use crate::model::quantity::Speed;
use crate::model::{Rate, Timestamp};

/// A closed loop, if nothing is said.
const CONCURRENCY: u32 = 50;
/// How long, if nothing is said.
const DURATION: Duration = Duration::from_secs(10);
/// Requests in flight of an open loop, if nothing is said.
const MAX_IN_FLIGHT: u32 = 10_000;

/// A run ready to begin.
pub(super) struct Prepared {
    pub(super) settings: Settings,
    /// The plan as the report tells it.
    pub(super) description: load_report::Plan,
    pub(super) seed: Option<u64>,
}

/// What is asked for, before anybody is asked whether it can be.
pub(super) struct Outline {
    pub(super) plan: Plan,
    /// The plan as the report tells it.
    pub(super) description: load_report::Plan,
    pub(super) url: Url,
    pub(super) pacing: Pacing,
    pub(super) timeout: Duration,
    pub(super) start_at: Option<Timestamp>,
}

/// What flags ask for.
pub(super) fn outline(context: &Context, args: &LoadArgs) -> Result<Outline, Failure> {
    let flags = &args.flags;
    let named = args.target.as_deref().map(parse_url).transpose()?;
    if flags.connection.streams.is_some() && version(flags) == Version::Http1 {
        return Err(Failure::usage("--streams is about HTTP/2").hint("--http-version 2 speaks it"));
    }
    let captured = captured::captured(context, flags, named.as_ref())?;
    let (parts, gaps) = match captured {
        Some(captured) => (captured.parts, captured.gaps),
        None => (parts::parts(context, flags, named.as_ref())?, None),
    };
    let shares = shares(flags, &parts)?;
    let url = parts[0].target.clone();
    let start_at = flags.run.start_at.map(|when| when.resolve(clock::now()));
    let timeout = timeout(context, &parts);
    let pacing = pacing(&flags.pace, gaps.as_deref())?;
    let description = describe(flags, &parts, gaps.as_deref(), timeout);
    let order = if gaps.is_some() { Order::Recorded } else { Order::Mixed };
    let plan = Plan::new(parts, order, shares, key(flags, start_at), clock::now())?;
    Ok(Outline { plan, description, url, pacing, timeout, start_at })
}

/// Makes everything ready, and makes sure that somebody listens.
pub(super) fn prepare(context: &Context, args: &LoadArgs) -> Result<Prepared, Failure> {
    let flags = &args.flags;
    let Outline { plan, description, url, pacing, timeout, start_at } = outline(context, args)?;
    let trust = Trust::new(flags.connection.tls.cacert.as_deref(), flags.connection.tls.insecure)?;
    let streams = flags.connection.streams.unwrap_or(1);
    let manner = Manner { version: version(flags), streams, trust: &trust };
    let target = Target::find(&url, flags.run.allow_remote, &manner)?;
    let shard = flags.run.shard.map_or((0, 1), |shard| (shard.index - 1, shard.count));
    let settings = Settings {
        plan: Arc::new(plan),
        target,
        pacing,
        warm_up: flags.pace.warm_up.unwrap_or_default(),
        timeout,
        threads: flags.pace.threads,
        shard,
        start_at,
    };
    Ok(Prepared { settings, description, seed: flags.what.seed })
}

/// What is spoken, if nothing is said: what providers speak.
fn version(flags: &LoadFlags) -> Version {
    match flags.connection.http_version {
        None | Some(HttpVersion::Http1) => Version::Http1,
        Some(HttpVersion::Http2) => Version::Http2,
    }
}

/// What ids and values are made from. Shards must agree on it, and no two runs may.
fn key(flags: &LoadFlags, start_at: Option<Timestamp>) -> u64 {
    match (flags.what.seed, start_at) {
        (Some(seed), _) => seed,
        (None, Some(at)) if flags.run.shard.is_some() => at.as_micros().cast_unsigned(),
        (None, _) => clock::unknown(),
    }
}

fn shares(flags: &LoadFlags, parts: &[Part]) -> Result<Shares, Failure> {
    let share = |part: Option<SharePart>| Share(part.unwrap_or_default().0);
    let shares = Shares { duplicates: share(flags.mix.duplicates), invalid: share(flags.mix.invalid) };
    if shares.invalid.0 > 0
        && let Some(unsigned) = parts.iter().find(|part| !signs(part))
    {
        return Err(Failure::usage(format!(
            "--invalid: {} signs nothing, so there is nothing to refuse",
            unsigned.name.provider
        )));
    }
    Ok(shares)
}

fn signs(part: &Part) -> bool {
    part.signer.as_ref().is_some_and(|signer| !signer.schemes().is_empty())
}

/// The user's time limit, else the shortest that the providers are known to have, else the usual one.
fn timeout(context: &Context, parts: &[Part]) -> Duration {
    let config = &context.config;
    let own = parts.iter().filter_map(|part| part.signer.as_ref()?.provider().definition.answer.timeout).min();
    match (&config.timeout.origin, &config.send.timeout) {
        (Origin::Flag { .. }, _) => config.timeout.value,
        (_, Some(send)) => send.value,
        (Origin::Default, None) => own.unwrap_or(config.timeout.value),
        (_, None) => config.timeout.value,
    }
}

fn pacing(pace: &PaceFlags, gaps: Option<&[Duration]>) -> Result<Pacing, Failure> {
    let open = |schedule: Schedule| {
        let schedule = schedule.with_burst(pace.burst);
        if schedule.total() == 0 {
            return Err(Failure::usage("at that rate no request would start")
                .hint("give a higher --rate, or a longer --duration"));
        }
        Ok(Pacing::Open { schedule, max_in_flight: pace.max_in_flight.unwrap_or(MAX_IN_FLIGHT) })
    };
    if let Some(gaps) = gaps {
        if pace.warm_up.is_some() {
            return Err(Failure::usage("--warm-up has no rate to go by where recorded gaps are kept")
                .hint("leave out --speed, and give a --rate"));
        }
        return open(Schedule::recorded(gaps, pace.duration, pace.requests));
    }
    let duration = pace.duration.or(if pace.requests.is_some() { None } else { Some(DURATION) });
    match (pace.rate, pace.stage.as_slice()) {
        (Some(rate), _) => open(Schedule::constant(rate, duration, pace.requests)),
        (None, []) if pace.burst.is_some() => open(Schedule::only_bursts(duration.unwrap_or(DURATION), pace.requests)),
        (None, []) => {
            if pace.max_in_flight.is_some() {
                return Err(Failure::usage("--max-in-flight needs --rate, --stage or --burst")
                    .hint("in a closed loop --concurrency says how many are in flight"));
            }
            Ok(Pacing::Closed {
                concurrency: pace.concurrency.unwrap_or(CONCURRENCY),
                duration,
                requests: pace.requests,
            })
        }
        (None, stages) => open(Schedule::stages(stages, pace.requests)),
    }
}

/// The plan as the report tells it.
fn describe(flags: &LoadFlags, parts: &[Part], gaps: Option<&[Duration]>, timeout: Duration) -> load_report::Plan {
    let pace = &flags.pace;
    let open = pace.rate.is_some() || !pace.stage.is_empty() || pace.burst.is_some() || gaps.is_some();
    let usual = (pace.requests.is_none() && pace.stage.is_empty() && gaps.is_none()).then_some(DURATION);
    let mut last = 0.0;
    let stages = pace.stage.iter().map(|stage| {
        let from = stage.from.unwrap_or(last);
        last = stage.to;
        load_report::Stage { from, to: last, duration_s: stage.duration.as_secs_f64() }
    });
    let stages: Vec<_> = stages.collect();
    let staged = (!stages.is_empty()).then(|| pace.stage.iter().map(|stage| stage.duration).sum());
    let share = |part: Option<SharePart>| f64::from(part.unwrap_or_default().0) / 1e6;
    let mut events: Vec<EventWeight> = Vec::new();
    for part in parts {
        #[expect(clippy::cast_precision_loss, reason = "weights are small")]
        let weight = part.weight as f64;
        match events.iter_mut().find(|e| e.provider == part.name.provider && e.event_type == part.name.event_type) {
            Some(event) => event.weight += weight,
            None => events.push(EventWeight {
                provider: part.name.provider.clone(),
                event_type: part.name.event_type.clone(),
                weight,
            }),
        }
    }
    load_report::Plan {
        kind: if open { LoopKind::Open } else { LoopKind::Closed },
        rate: pace.rate.map(Rate::per_second),
        stages,
        burst: pace.burst.map(|burst| load_report::Burst { starts: burst.count, every_s: burst.every.as_secs_f64() }),
        concurrency: (!open).then(|| pace.concurrency.unwrap_or(CONCURRENCY)),
        max_in_flight: open.then(|| pace.max_in_flight.unwrap_or(MAX_IN_FLIGHT)),
        duration_s: pace.duration.or(staged).or(usual).map(|duration| duration.as_secs_f64()),
        requests: pace.requests,
        warm_up_s: pace.warm_up.unwrap_or_default().as_secs_f64(),
        events,
        duplicates: share(flags.mix.duplicates),
        invalid: share(flags.mix.invalid),
        batch: flags.what.batch,
        captures: (!flags.what.from_events.is_empty()).then_some(parts.len() as u64),
        speed: flags.pace.speed.and_then(Speed::times).filter(|_| gaps.is_some()),
        http_version: match version(flags) {
            Version::Http1 => "1.1".to_owned(),
            Version::Http2 => "2".to_owned(),
        },
        streams: flags.connection.streams,
        timeout_ms: timeout.as_secs_f64() * 1e3,
    }
}
