//! Where deliveries go from here: what flags and configuration say, as routes.

use std::sync::Arc;

use crate::cli::listen::ListenArgs;
use crate::config::{Config, HttpUrl, RouteConfig, TargetConfig};
use crate::deliver::Terms;
use crate::error::Failure;
use crate::http::budget::Budget;
use crate::http::client::{Answers, Client, ClientOptions, Destination, Reach};
use crate::model::RetryPolicy;
use crate::provider::definition::AnswerRule;
use crate::receive::forward::{Forward, Target};
use crate::receive::route::{Condition, Route, Routes};

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
    Ok(Forward::new(Client::new(options)?, routes(config)?))
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
        retry: RetryPolicy::None,
    }
}
