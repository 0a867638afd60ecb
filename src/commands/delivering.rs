//! What `send` and `replay` do alike: terms, and a run from its first delivery to the exit code.

use super::telling::{self, Label, Telling};
use super::{Context, runtime};
use crate::cli::shared::RetryFlags;
use crate::config::Origin;
use crate::deliver::breaker::BreakerSettings;
use crate::deliver::endpoint::EndpointRules;
use crate::deliver::retry::Retry;
use crate::deliver::{End, Notice, Ran, Setup, Source, Terms, Underway, run as deliver};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::client::Client;
use crate::model::quantity::Speed;
use crate::model::{BreakerPolicy, RetryPolicy, Run, RunId};
use crate::output::human::attempt as human;
use crate::output::style;
use crate::provider::Provider;
use crate::provider::definition::{AnswerRule, StatusRange};
use crate::provider::retry::RetryRule;
use crate::store::{Lease, Store};
use crate::text::count;

/// How many deliveries there are to be: a breaker is for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    One,
    Several,
}

/// What counts as accepted: what was expected, else what the provider accepts, else any 2xx. The user's time limit, else the
/// one that the provider is known to have, else the usual one. And what follows when it is not.
pub(super) fn terms(
    context: &Context,
    provider: Option<&Provider>,
    expected: Option<StatusRange>,
    flags: &RetryFlags,
    amount: Amount,
) -> Result<Terms, Failure> {
    let config = &context.config;
    let usual = AnswerRule::default();
    let answer = provider.map_or(&usual, |provider| &provider.definition.answer);
    let policy = flags.retry.clone().unwrap_or(RetryPolicy::None);
    let rule = provider.and_then(|provider| provider.definition.retry.as_ref());
    if policy == RetryPolicy::Provider && rule.and_then(RetryRule::waits).is_none() {
        let who = provider.map_or("an unknown provider", |provider| &provider.definition.title);
        return Err(Failure::usage(format!("--retry provider: it is not known how {who} retries"))
            .hint("write a plan of your own: --retry 'exponential base=1s factor=2 max=5'"));
    }
    let theirs = rule.filter(|_| policy == RetryPolicy::Provider);
    let breaker = match (flags.breaker, &policy, amount) {
        (Some(own), _, _) => BreakerSettings::of_policy(own),
        (None, RetryPolicy::Provider, _) => theirs.and_then(|rule| rule.pause.as_ref()).map(BreakerSettings::of_rule),
        (None, _, Amount::One) => None,
        (None, policy, Amount::Several) => {
            let usual = BreakerSettings::of_policy(BreakerPolicy::USUAL);
            // Who wants no second attempt does not want to wait for an endpoint either.
            let probes = |usual: BreakerSettings| if *policy == RetryPolicy::None { 0 } else { usual.probes };
            usual.map(|usual| BreakerSettings { probes: probes(usual), ..usual })
        }
    };
    Ok(Terms {
        timeout: match (&config.timeout.origin, &config.send.timeout) {
            (Origin::Flag { .. }, _) => config.timeout.value,
            (_, Some(own)) => own.value,
            (Origin::Default, None) => answer.timeout.unwrap_or(config.timeout.value),
            (_, None) => config.timeout.value,
        },
        accept: expected.map_or_else(|| answer.accept.clone(), |expected| vec![expected]),
        retry: Retry::new(policy, rule),
        scale: flags.time_scale.unwrap_or(Speed::LIFE),
        endpoint: EndpointRules { breaker, disable: theirs.and_then(|rule| rule.disable.clone()) },
    })
}

/// Says how a plan will go, where there is one.
pub(super) fn announce(context: &Context, terms: &Terms) {
    if !terms.retry.is_never() && !context.output.is_json() {
        context.output.note(&human::plan(&terms.retry, terms.scale));
    }
}

/// A run, ready to begin or to go on.
pub(super) struct Ready<'a, S> {
    /// Where its deliveries come from.
    pub(super) source: &'a mut S,
    /// What is pending of it.
    pub(super) pending: Vec<Underway>,
    /// How many deliveries there are to be, those that are pending included.
    pub(super) total: u64,
    /// The command: `send`.
    pub(super) command: &'static str,
    /// What it is called while it goes on: `sending`.
    pub(super) what: &'static str,
    /// The status that is expected, if one was named.
    pub(super) expected: Option<StatusRange>,
    /// At most so many turns at once.
    pub(super) concurrency: usize,
    /// Its id, and the right to work on it.
    pub(super) run: (RunId, Lease),
    /// What its turns are called, where they are steps of a story.
    pub(super) labels: Vec<Label>,
    /// Says more about it, in front of the summary.
    pub(super) sum_up: &'a dyn Fn(&S),
}

/// Records a run that begins.
pub(super) fn begin(store: &Store, run: Run) -> Result<(RunId, Lease), Failure> {
    let id = run.id;
    // The first turn is queued behind it: both are on disk before the first attempt.
    let (lease, _begun) = store.begin_run(run)?;
    Ok((id, lease))
}

/// Delivers a run, tells of it, and says how it ended. What is not done stays in the store.
pub(super) fn run(
    context: &Context,
    store: &Store,
    client: &Client,
    ready: Ready<'_, impl Source>,
) -> Result<Exit, Failure> {
    let runtime = runtime::one_thread()?;
    runtime.block_on(async {
        let stop = runtime::Interrupt::new().heard();
        go(context, store, client, ready, stop, |_| {}).await
    })
}

/// As [`run`], within a runtime; `stop` ends it early, and `hear` hears what happens, too.
pub(super) async fn go(
    context: &Context,
    store: &Store,
    client: &Client,
    ready: Ready<'_, impl Source>,
    stop: impl Future<Output = ()>,
    mut hear: impl FnMut(&Notice),
) -> Result<Exit, Failure> {
    let mut telling = Telling::new(&context.output, ready.total, ready.what, ready.expected).with_labels(ready.labels);
    let (id, lease) = ready.run;
    let setup = Setup { client, store, concurrency: ready.concurrency, run: Some(id) };
    let tell = |notice| {
        hear(&notice);
        telling.notice(notice);
    };
    let ran = deliver(ready.source, ready.pending, setup, stop, tell).await;
    telling.finish();
    (ready.sum_up)(ready.source);
    telling.end(&ran.done);
    let done = ran.done;
    if let End::Failed(error) = ran.end {
        return Err(error.into());
    }
    let left = left(&ran, ready.total);
    close(context, store, ready.command, (id, lease), left)?;
    Ok(match ran.end {
        End::Complete if left == 0 => telling::exit(done),
        End::Stopped => Exit::Interrupted,
        _ if done.connected == 0 => Exit::Surroundings,
        _ => Exit::No,
    })
}

/// How many deliveries somebody could go on with, of so many that there were to be.
pub(super) fn left(ran: &Ran, total: u64) -> u64 {
    let done = ran.done;
    let unmade = total.saturating_sub(done.deliveries + done.pending + done.not_sent);
    // An endpoint that is disabled gets nothing more, now or later.
    if matches!(ran.end, End::Complete) { done.pending } else { done.pending + unmade }
}

/// Forgets a run that is done, or says how to go on with one of which so many deliveries are left.
pub(super) fn close(
    context: &Context,
    store: &Store,
    command: &str,
    (run, lease): (RunId, Lease),
    left: u64,
) -> Result<(), Failure> {
    if left == 0 {
        return Ok(store.end_run(run, lease)?);
    }
    let left = count(usize::try_from(left).unwrap_or(usize::MAX), "delivery is", "deliveries are");
    if store.is_in_memory() {
        context.output.note(&format!("{left} left, and forgotten: nobody can go on with a store in memory"));
        return Ok(());
    }
    context.output.note(&format!(
        "{} {left} left: 'hookctl {command} --resume' goes on, 'hookctl {command} --discard' forgets them",
        style::dim("hint:")
    ));
    Ok(())
}
