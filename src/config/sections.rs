//! The tables of the configuration, typed: `[store]`, `[listen]`, `[send]`, `[verify]`.
//!
//! What each key means to its user is said in `defaults.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::model::Rate;
use crate::model::answer::Rule;
use crate::model::quantity::ByteSize;
use crate::model::{ForwardOrder, Program, RetryPolicy, TenantRule};
use crate::signature::Tolerance;
use crate::threshold::Threshold;

use super::address::{HttpUrl, InspectorAddress};
use super::error::ConfigError;
use super::merge::Merge;
use super::origin::Setting;
use super::route::AckStatus;

/// `[store]`, but for its path.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// How long deliveries are kept; more than 0.
    pub keep: Setting<Duration>,
    /// How much is kept at most; more than 0.
    pub max_size: Setting<ByteSize>,
}

impl StoreConfig {
    pub(super) fn resolve(merge: &mut Merge<'_>) -> Result<Self, ConfigError> {
        Ok(Self { keep: merge.kept("store.keep")?, max_size: merge.kept("store.max_size")? })
    }
}

/// `[listen]`.
#[derive(Debug, Clone)]
pub struct ListenConfig {
    /// Where deliveries are received.
    pub bind: Setting<SocketAddr>,
    /// Where the inspector is.
    pub ui: Setting<InspectorAddress>,
    /// The provider where nothing else tells. Whether there is such a provider has not been looked at.
    pub provider: Option<Setting<String>>,
    /// Whether deliveries that are not valid are refused.
    pub require_signature: Setting<bool>,
    /// Who may send; anybody, if nothing is said.
    pub allow: Option<Setting<Vec<IpNet>>>,
    /// How often one client may send.
    pub rate_limit: Option<Setting<Rate>>,
    /// Whether bodies must be what they claim to be.
    pub validate: Setting<bool>,
    /// The JSON Schema that every body must fit.
    pub schema: Option<Setting<PathBuf>>,
    /// Whether connections are encrypted.
    pub tls: Setting<bool>,
    /// The certificate to show, with those that vouch for it, in PEM.
    pub cert: Option<Setting<PathBuf>>,
    /// Its private key.
    pub key: Option<Setting<PathBuf>>,
    /// What is answered, by rule; 200 where none fits.
    pub respond: Option<Setting<Vec<Rule>>>,
    /// The largest body.
    pub max_body: Setting<ByteSize>,
    /// The largest request line and headers together; more than 0.
    pub max_head: Setting<ByteSize>,
    /// The most headers; more than 0.
    pub max_headers: Setting<usize>,
    /// How long the headers may take; more than 0.
    pub head_timeout: Setting<Duration>,
    /// How long a body may take before its speed is judged; more than 0.
    pub body_timeout: Setting<Duration>,
    /// How long a connection may wait for its next request; more than 0.
    pub idle_timeout: Setting<Duration>,
    /// The most connections at once; more than 0.
    pub max_connections: Setting<usize>,
    /// The most deliveries that may wait to be recorded; more than 0.
    pub max_queue: Setting<usize>,
    /// How far back duplicates are looked for; 0 for not at all.
    pub dedupe_window: Setting<Duration>,
    /// The address that senders know.
    pub public_url: Option<Setting<HttpUrl>>,
    /// Where deliveries are forwarded to; never empty.
    pub forward_to: Option<Setting<Vec<HttpUrl>>>,
    /// Whether the captured path goes behind a target's own.
    pub keep_path: Setting<bool>,
    /// Whether targets may be on other machines.
    pub allow_remote: Setting<bool>,
    /// Whether repetitions of accepted deliveries are not forwarded.
    pub drop_duplicates: Setting<bool>,
    /// Where the name of a tenant is.
    pub tenant: Option<Setting<TenantRule>>,
    /// The status that senders are answered before anything is forwarded; `None`: the target answers them.
    pub ack: Option<Setting<AckStatus>>,
    /// In which order deliveries are forwarded behind the answer.
    pub order: Setting<ForwardOrder>,
    /// When a forward behind the answer is tried again.
    pub retry: Setting<RetryPolicy>,
    /// The most deliveries that may wait for a target; more than 0.
    pub max_backlog: Setting<usize>,
    /// The most calls to a target at once, behind the answer; more than 0.
    pub forward_concurrency: Setting<usize>,
    /// The channel that deliveries are taken from, too.
    pub source: Option<Setting<HttpUrl>>,
    /// What is run for every delivery.
    pub exec: Option<Setting<Program>>,
    /// The most that run at once; more than 0.
    pub exec_concurrency: Setting<usize>,
    /// How long one may run; more than 0.
    pub exec_timeout: Setting<Duration>,
    /// What raises an alert.
    pub alert: Option<Setting<Vec<Threshold>>>,
    /// Over how long alerts look back; more than 0.
    pub alert_window: Setting<Duration>,
    /// What is run for every alert.
    pub alert_exec: Option<Setting<Program>>,
    /// What is called for every alert.
    pub alert_url: Option<Setting<HttpUrl>>,
}

impl ListenConfig {
    pub(super) fn resolve(merge: &mut Merge<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            bind: merge.value("listen.bind")?,
            ui: merge.value("listen.ui")?,
            provider: merge.optional("listen.provider")?,
            require_signature: merge.value("listen.require_signature")?,
            allow: merge.optional("listen.allow")?,
            rate_limit: merge.optional("listen.rate_limit")?,
            validate: merge.value("listen.validate")?,
            schema: merge.optional("listen.schema")?,
            respond: merge.optional("listen.respond")?,
            tls: merge.value("listen.tls")?,
            cert: merge.optional("listen.cert")?,
            key: merge.optional("listen.key")?,
            max_body: merge.value("listen.max_body")?,
            max_head: merge.limit("listen.max_head")?,
            max_headers: merge.limit("listen.max_headers")?,
            head_timeout: merge.limit("listen.head_timeout")?,
            body_timeout: merge.limit("listen.body_timeout")?,
            idle_timeout: merge.limit("listen.idle_timeout")?,
            max_connections: merge.limit("listen.max_connections")?,
            max_queue: merge.limit("listen.max_queue")?,
            dedupe_window: merge.value("listen.dedupe_window")?,
            public_url: merge.optional("listen.public_url")?,
            forward_to: merge.optional("listen.forward_to")?,
            keep_path: merge.value("listen.keep_path")?,
            allow_remote: merge.users_switch("listen.allow_remote")?,
            drop_duplicates: merge.value("listen.drop_duplicates")?,
            tenant: merge.optional("listen.tenant")?,
            ack: merge.optional("listen.ack")?,
            order: merge.value("listen.order")?,
            retry: merge.value("listen.retry")?,
            max_backlog: merge.limit("listen.max_backlog")?,
            forward_concurrency: merge.limit("listen.forward_concurrency")?,
            source: merge.called("listen.source")?,
            exec: merge.optional("listen.exec")?,
            exec_concurrency: merge.limit("listen.exec_concurrency")?,
            exec_timeout: merge.limit("listen.exec_timeout")?,
            alert: merge.optional("listen.alert")?,
            alert_window: merge.limit("listen.alert_window")?,
            alert_exec: merge.optional("listen.alert_exec")?,
            alert_url: merge.called("listen.alert_url")?,
        })
    }
}

/// `[send]`.
#[derive(Debug, Clone)]
pub struct SendConfig {
    /// Where deliveries go; never empty.
    pub to: Option<Setting<Vec<HttpUrl>>>,
    /// How long one request may take, if not the general time limit; more than 0.
    pub timeout: Option<Setting<Duration>>,
}

impl SendConfig {
    pub(super) fn resolve(merge: &mut Merge<'_>) -> Result<Self, ConfigError> {
        Ok(Self { to: merge.optional("send.to")?, timeout: merge.optional_limit("send.timeout")? })
    }
}

/// `[verify]`.
#[derive(Debug, Clone)]
pub struct VerifyConfig {
    /// How old a signed timestamp may be, if not as its provider says.
    pub tolerance: Option<Setting<Tolerance>>,
}

impl VerifyConfig {
    pub(super) fn resolve(merge: &mut Merge<'_>) -> Result<Self, ConfigError> {
        Ok(Self { tolerance: merge.optional("verify.tolerance")? })
    }
}
