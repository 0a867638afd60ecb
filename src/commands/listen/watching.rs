//! Who else looks on: a program that is run for deliveries, alerts, and metrics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::listen::ListenArgs;
use crate::clock;
use crate::config::{Config, HttpUrl, InspectorAddress, Origin, SecretSource};
use crate::error::Failure;
use crate::http::client::{Client, ClientOptions, Destination, Reach};
use crate::inspector::metrics::{Now, text};
use crate::receive::Receiver;
use crate::receive::alert::{AlertSettings, Alerts, Called};
use crate::receive::exec::run::Surroundings;
use crate::receive::exec::{Exec, ExecSettings};
use crate::receive::metrics::{self, Metrics};
use crate::receive::notify::Notices;

use super::shown;

/// What runs beside the receiver.
pub(super) struct Watching {
    pub(super) exec: Option<Exec>,
    pub(super) alerts: Option<Arc<Alerts>>,
    pub(super) metrics: Arc<Metrics>,
}

/// Makes them, and lets them see what is told.
pub(super) fn of(config: &Config, args: &ListenArgs, notices: &mut Notices) -> Result<Watching, Failure> {
    let surroundings = Surroundings::without(&hidden(config, args));
    let exec = exec(config, args, &surroundings, notices)?;
    let alerts = alerts(config, surroundings, notices)?;
    let metrics = Arc::new(Metrics::default());
    if matches!(config.listen.ui.value, InspectorAddress::At(_)) {
        notices.watched_by(metrics.clone());
    }
    Ok(Watching { exec, alerts, metrics })
}

/// What makes the page of `/metrics`.
pub(super) fn metrics_page(
    receiver: Arc<Receiver>,
    metrics: Arc<Metrics>,
    alerts: Option<Arc<Alerts>>,
) -> Box<dyn Fn() -> String + Send + Sync> {
    let started_at = Duration::from_micros(u64::try_from(clock::now().as_micros()).unwrap_or(0)).as_secs_f64();
    Box::new(move || {
        let store = &receiver.store;
        // As for attempts: a target is its origin, and nothing that its path or query may hold.
        let mut backlog = BTreeMap::<String, u64>::new();
        for (target, waiting) in receiver.behind.iter().flat_map(|behind| behind.backlog()) {
            *backlog.entry(metrics::origin(&target).to_owned()).or_default() += waiting;
        }
        let now = Now {
            started_at,
            healthy: !store.is_poisoned(),
            store_waiting: store.gauges().waiting(),
            store_commits: store.gauges().commits().counted(),
            store_bytes: store.used_bytes().ok(),
            backlog: backlog.into_iter().collect(),
            alerts: alerts.iter().flat_map(|alerts| alerts.states()).collect(),
        };
        text(&metrics.snapshot(), &now)
    })
}

fn exec(
    config: &Config,
    args: &ListenArgs,
    surroundings: &Surroundings,
    notices: &mut Notices,
) -> Result<Option<Exec>, Failure> {
    let listen = &config.listen;
    let Some(program) = &listen.exec else {
        let idle =
            [(&listen.exec_concurrency.origin, "--exec-concurrency"), (&listen.exec_timeout.origin, "--exec-timeout")];
        return needs(&idle, "--exec").map(|()| None);
    };
    let (queue, exec) = Exec::new(ExecSettings {
        program: program.value.clone(),
        surroundings: surroundings.clone(),
        wanted: shown::wanted(&args.seeing)?,
        concurrency: listen.exec_concurrency.value,
        limit: listen.exec_timeout.value,
    });
    notices.watched_by(Arc::new(queue));
    Ok(Some(exec))
}

fn alerts(config: &Config, surroundings: Surroundings, notices: &mut Notices) -> Result<Option<Arc<Alerts>>, Failure> {
    let listen = &config.listen;
    let Some(thresholds) = &listen.alert else {
        let mut idle = vec![(&listen.alert_window.origin, "--alert-window")];
        idle.extend(listen.alert_exec.as_ref().map(|setting| (&setting.origin, "--alert-exec")));
        idle.extend(listen.alert_url.as_ref().map(|setting| (&setting.origin, "--alert-url")));
        return needs(&idle, "--alert").map(|()| None);
    };
    let mut called = Vec::new();
    called.extend(listen.alert_exec.as_ref().map(|program| Called::Program(program.value.clone(), surroundings)));
    if let Some(url) = &listen.alert_url {
        called.push(Called::Url(Box::new(client(config, &url.value)?), url.value.url().clone()));
    }
    let (window, ack) = (listen.alert_window.value, listen.ack.as_ref().map(|ack| ack.value.0));
    let settings = AlertSettings { thresholds: thresholds.value.clone(), window, ack, called };
    let alerts = Alerts::new(settings, Instant::now()).map_err(|error| Failure::usage(error.to_string()))?;
    let alerts = Arc::new(alerts);
    notices.watched_by(alerts.clone());
    Ok(Some(alerts))
}

/// What calls the address of `--alert-url`.
fn client(config: &Config, url: &HttpUrl) -> Result<Client, Failure> {
    let remote = config.listen.allow_remote.value;
    if url.is_elsewhere() && !remote {
        return Err(Failure::usage(format!("{} is not on this machine", url.as_str()))
            .hint("--allow-remote lets alerts and deliveries leave it"));
    }
    let reach = if remote { Reach::Remote } else { Reach::Loopback };
    Ok(Client::new(ClientOptions { destination: Destination::within(reach), ..ClientOptions::default() })?)
}

/// Refuses flags that say how to do what nobody asked for.
fn needs(idle: &[(&Origin, &str)], flag: &str) -> Result<(), Failure> {
    match idle.iter().find(|(origin, _)| matches!(origin, Origin::Flag { .. })) {
        Some((_, idle)) => Err(Failure::usage(format!("{idle} does nothing without {flag}"))),
        None => Ok(()),
    }
}

/// Variables that hold secrets by somebody's word.
fn hidden(config: &Config, args: &ListenArgs) -> Vec<String> {
    let flags = args.secrets.secrets.iter().filter_map(|text| text.strip_prefix("env:")).map(str::to_owned);
    let sources = config.providers.values().filter_map(|provider| provider.secrets.as_ref());
    let configured = sources.flat_map(|setting| &setting.value).filter_map(|source| match source {
        SecretSource::Env(name) => Some(name.clone()),
        _ => None,
    });
    flags.chain(configured).collect()
}
