//! Where deliveries go from here: what flags and configuration say, as routes.

use std::sync::Arc;

use crate::cli::listen::ListenArgs;
use crate::clock;
use crate::config::{Config, HttpUrl, Origin, RouteConfig, TargetConfig};
use crate::deliver::Terms;
use crate::error::Failure;
use crate::http::budget::Budget;
use crate::http::client::{Answers, Client, ClientOptions, Destination, Reach};
use crate::model::{ForwardOrder, Run};
use crate::provider::Catalog;
use crate::provider::definition::AnswerRule;
use crate::query::Jq;
use crate::receive::forward::{Behind, BehindSettings, Forward, Target};
use crate::receive::notify::Notices;
use crate::receive::route::{Condition, Order, Route, Routes};
use crate::store::{Lease, Store};

use super::Context;

/// The longest answer of a target that is passed on: as long as the longest body may be that comes in.
const LONGEST_ANSWER: usize = 32 << 20;

/// Bytes of large answers held at once.
const HELD_ANSWERS: usize = 16 << 20;

/// What passes deliveries on.
pub(super) fn forward(config: &Config, args: &ListenArgs) -> Result<Forward, Failure> {
    let listen = &config.listen;
    let reach = if listen.allow_remote.value { Reach::Remote } else { Reach::Loopback };
    let options = ClientOptions {
        authority: args.forward.cacert.clone(),
        insecure: args.forward.insecure,
        destination: Destination::within(reach),
        keep: listen.max_connections.value,
        answers: Answers::Whole { limit: LONGEST_ANSWER, budget: Budget::new(HELD_ANSWERS) },
    };
    Ok(Forward::new(Arc::new(Client::new(options)?), routes(config)?))
}

/// The routes that a configuration has, and where the rest goes.
pub(super) fn routes(config: &Config) -> Result<Routes, Failure> {
    let listen = &config.listen;
    let all = config.routes.iter().flat_map(|route| route.to.iter().map(|target| &target.url));
    let urls = listen.forward_to.as_ref().map(|setting| setting.value.as_slice()).unwrap_or_default();
    let elsewhere = all.map(|setting| &setting.value).chain(urls).find(|url| url.is_elsewhere());
    if let Some(url) = elsewhere.filter(|_| !listen.allow_remote.value) {
        return Err(Failure::usage(format!("{} is not on this machine", url.as_str()))
            .hint("--allow-remote lets deliveries leave it"));
    }
    Ok(Routes {
        routes: config.routes.iter().map(|route| self::route(config, route)).collect(),
        tenant: listen.tenant.as_ref().map(|setting| setting.value.clone()),
        otherwise: urls.iter().map(|url| Arc::new(target(config, url))).collect(),
    })
}

fn route(config: &Config, route: &RouteConfig) -> Route {
    let mut conditions = Vec::new();
    // The cheap ones first: a filter is asked only about what fits otherwise.
    for (condition, values) in [
        (Condition::Provider as fn(Vec<String>) -> Condition, &route.provider),
        (Condition::Event, &route.event),
        (Condition::Path, &route.path),
        (Condition::Tenant, &route.tenant),
    ] {
        if !values.is_empty() {
            conditions.push(condition(values.clone()));
        }
    }
    conditions.extend(route.header.iter().map(|test| Condition::Header(test.name.clone(), test.value.clone())));
    conditions.extend(route.filter.clone().map(Condition::Filter));
    let mut to: Vec<&TargetConfig> = route.to.iter().collect();
    // The first one that says so is the primary one, else the first of all.
    to.sort_by_key(|target| !target.primary);
    let targets = to.into_iter().map(|own| {
        let usual = target(config, &own.url.value);
        Arc::new(Target {
            keep_path: own.keep_path.unwrap_or(usual.keep_path),
            headers: own.headers.clone(),
            terms: Terms { timeout: own.timeout.unwrap_or(usual.terms.timeout), ..usual.terms.clone() },
            retry: own.retry.clone().unwrap_or(usual.retry),
            url: usual.url,
        })
    });
    Route { name: route.name.clone(), wants: route.to_string(), conditions, targets: targets.collect() }
}

/// A target on the usual terms.
fn target(config: &Config, url: &HttpUrl) -> Target {
    Target {
        url: url.url().clone(),
        keep_path: config.listen.keep_path.value,
        headers: Vec::new(),
        terms: Terms::once(config.timeout.value, AnswerRule::default().accept),
        retry: config.listen.retry.value.clone(),
    }
}

/// Under which command listeners keep what they owe.
const COMMAND: &str = "listen";

/// What forwards behind an answer, if that is wanted, with the right to work on what is owed: by this listener, and by
/// earlier ones that are gone.
pub(super) fn behind(
    context: &Context,
    forward: &Forward,
    store: &Arc<Store>,
    catalog: &Arc<Catalog>,
    notices: &Arc<Notices>,
) -> Result<Option<(Arc<Behind>, Lease)>, Failure> {
    let listen = &context.config.listen;
    let Some(ack) = &listen.ack else {
        let needs = [
            (&listen.order.origin, "--order"),
            (&listen.retry.origin, "--retry"),
            (&listen.max_backlog.origin, "--max-backlog"),
            (&listen.forward_concurrency.origin, "--forward-concurrency"),
        ];
        return match needs.into_iter().find(|(origin, _)| matches!(origin, Origin::Flag { .. })) {
            Some((_, flag)) => {
                Err(Failure::usage(format!("{flag} says how to forward behind an answer of hookctl's own"))
                    .hint("--ack 202 asks for that; without it the target answers the sender"))
            }
            None => Ok(None),
        };
    };
    let now = clock::now();
    let run = clock::run_id(now);
    let plan = Run { id: run, started_at: now, command: COMMAND.to_owned(), plan: String::new(), body: None, next: 0 };
    let earlier = store.open_runs(COMMAND)?;
    let (lease, begun) = store.begin_run(plan)?;
    crate::commands::runtime::one_thread()?.block_on(begun)?;
    for gone in earlier {
        // One that still works keeps what it owes.
        if let Some(theirs) = store.lease(gone.id)? {
            store.adopt_forwards(gone.id, theirs, run)?;
        }
    }
    let behind = Behind::new(BehindSettings {
        client: forward.client(),
        store: store.clone(),
        catalog: catalog.clone(),
        notices: notices.clone(),
        run,
        status: ack.value.0,
        concurrency: listen.forward_concurrency.value,
        most: listen.max_backlog.value as u64,
    });
    Ok(Some((Arc::new(behind), lease)))
}

/// What must stay in order behind an answer.
pub(super) fn order(config: &Config) -> Result<Order, Failure> {
    Ok(match &config.listen.order.value {
        ForwardOrder::Strict => Order::Strict,
        ForwardOrder::None => Order::Free,
        ForwardOrder::PerKey(filter) => {
            Order::PerKey(Jq::compile(filter).map_err(|error| Failure::usage(error.to_string()))?)
        }
    })
}
