//! Where deliveries go: `--to`, else the subscriptions that fit, else the configuration, else `listen`; each once for every
//! tenant.

use serde::{Deserialize, Serialize};
use url::Url;

use super::USUAL_TARGET;
use crate::cli::send::SendArgs;
use crate::commands::Context;
use crate::config::{Origin, Subscription};
use crate::deliver::build::parse_url;
use crate::error::Failure;
use crate::text::list;

/// What stands for the tenant in addresses, headers and payloads.
const TENANT: &str = "{tenant}";

/// An endpoint, as it is kept with a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    /// Its address.
    pub(super) url: String,
    /// The subscription that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subscription: Option<String>,
    /// The event types that are wanted there; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
}

impl Target {
    fn at(url: String) -> Self {
        Self { url, subscription: None, events: Vec::new(), tenant: None }
    }

    /// Its address, read.
    pub(super) fn url(&self) -> Result<Url, Failure> {
        Ok(parse_url(&self.url)?)
    }

    /// A text with the name of the tenant in its place.
    pub(super) fn fill(&self, text: &str) -> String {
        self.tenant.as_ref().map_or_else(|| text.to_owned(), |tenant| text.replace(TENANT, tenant))
    }
}

/// All endpoints.
pub(super) fn targets(context: &Context, provider: &str, args: &SendArgs) -> Result<Vec<Target>, Failure> {
    let config = &context.config;
    let to = config.send.to.as_ref();
    let typed = to.is_some_and(|to| matches!(to.origin, Origin::Flag { .. }));
    if !typed && config.subscriptions.values().any(|one| one.provider.as_deref().is_none_or(|name| name == provider)) {
        return subscribed(context, provider, args);
    }
    let urls: Vec<String> = match to {
        Some(to) => to.value.iter().map(|url| url.as_str().to_owned()).collect(),
        None => vec![format!("{USUAL_TARGET}/webhooks/{provider}")],
    };
    for_tenants(urls.into_iter().map(Target::at).collect(), args)
}

/// The active subscriptions that want the event: of a scenario, any of its events.
fn subscribed(context: &Context, provider: &str, args: &SendArgs) -> Result<Vec<Target>, Failure> {
    let fits = |one: &Subscription| {
        one.active
            && one.provider.as_deref().is_none_or(|name| name == provider)
            && args.event.as_deref().is_none_or(|event| {
                one.events.is_empty() || one.events.iter().any(|glob| crate::text::matches_glob(glob, event))
            })
            && (args.tenant.is_empty()
                || one.endpoint.value.as_str().contains(TENANT)
                || one.tenant.as_ref().is_some_and(|tenant| args.tenant.contains(tenant)))
    };
    let all = &context.config.subscriptions;
    let mut found = Vec::new();
    for (name, one) in all.iter().filter(|(_, one)| fits(one)) {
        let target = Target {
            subscription: Some(name.clone()),
            events: one.events.clone(),
            tenant: one.tenant.clone(),
            ..Target::at(one.endpoint.value.as_str().to_owned())
        };
        if target.url.contains(TENANT) && target.tenant.is_none() {
            found.extend(for_tenants(vec![target], args)?);
        } else {
            found.push(Target { url: target.fill(&target.url), ..target });
        }
    }
    if found.is_empty() {
        let names: Vec<&String> = all.keys().collect();
        let event = args.event.as_deref().unwrap_or("these events");
        return Err(Failure::usage(format!("no active subscription wants {event} of {provider}"))
            .hint(format!("there are {}; --to URL sends it all the same", list(&names))));
    }
    Ok(found)
}

fn for_tenants(targets: Vec<Target>, args: &SendArgs) -> Result<Vec<Target>, Failure> {
    let named = |text: &str| text.contains(TENANT);
    if args.tenant.is_empty() {
        return match targets.iter().find(|target| named(&target.url)) {
            Some(target) => Err(Failure::usage(format!("{} is for tenants, and none was named", target.url))
                .hint("name them: --tenant acme")),
            None => Ok(targets),
        };
    }
    let edits = &args.edits;
    let somewhere = targets.iter().any(|target| named(&target.url))
        || args.request.headers.iter().any(|line| named(&line.value))
        || [&edits.set, &edits.set_string, &edits.set_json].iter().any(|all| all.iter().any(|text| named(text)));
    if !somewhere {
        return Err(Failure::usage("--tenant: nothing says where the tenant is told")
            .hint("write {tenant} in --to, in a --header or in a --set: --header 'X-Tenant-Id: {tenant}'"));
    }
    let mut found = Vec::new();
    for tenant in &args.tenant {
        for target in &targets {
            let target = Target { tenant: Some(tenant.clone()), ..target.clone() };
            found.push(Target { url: target.fill(&target.url), ..target });
        }
    }
    Ok(found)
}
