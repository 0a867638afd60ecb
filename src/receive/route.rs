//! Which targets a delivery goes to, and why.
//!
//! Routes are asked in their order; the first one that fits takes the delivery. What no route takes goes to the targets
//! that were named without conditions, if there are any.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::forward::Target;
use crate::model::TenantRule;
use crate::query::{Facts, Jq, JqFailure};
use crate::text::matches_glob;

/// Where deliveries go.
#[derive(Debug, Default)]
pub struct Routes {
    /// Asked in this order.
    pub routes: Vec<Route>,
    /// Where a tenant's name is.
    pub tenant: Option<TenantRule>,
    /// For what no route takes.
    pub otherwise: Arc<[Arc<Target>]>,
}

/// A route.
#[derive(Debug)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// What it wants, in words.
    pub wants: String,
    /// All of which must hold.
    pub conditions: Vec<Condition>,
    /// Where what fits goes, the primary target first.
    pub targets: Arc<[Arc<Target>]>,
}

/// Something that a delivery must be like.
#[derive(Debug)]
pub enum Condition {
    /// From one of these providers.
    Provider(Vec<String>),
    /// With an event type that fits one of these globs.
    Event(Vec<String>),
    /// With a path that fits one of these globs.
    Path(Vec<String>),
    /// For one of these tenants.
    Tenant(Vec<String>),
    /// With a header, and a value that fits a glob.
    Header(String, Option<String>),
    /// For which this is true.
    Filter(Arc<Jq>),
}

/// What must stay in order on the way to a target.
#[derive(Debug)]
pub enum Order {
    /// Everything.
    Strict,
    /// What has the same value of this filter.
    PerKey(Jq),
    /// Nothing.
    Free,
}

impl Order {
    /// What a delivery must stay in order with; `None`: nothing. Those without a key share one.
    pub fn lane(&self, facts: &Facts<'_>) -> Option<i64> {
        match self {
            Self::Strict => Some(0),
            Self::PerKey(filter) => {
                let key = filter.first(facts).ok().flatten().unwrap_or_default();
                let digest = Sha256::digest(key.as_bytes());
                Some(i64::from_le_bytes(std::array::from_fn(|at| digest[at])))
            }
            Self::Free => None,
        }
    }
}

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The targets, the primary one first; none: it is not forwarded.
    pub targets: Arc<[Arc<Target>]>,
    /// Why: the name of the route and what it wants. `None` if there are no routes.
    pub route: Option<Arc<str>>,
    /// Filters that failed on this delivery, which their routes therefore did not take.
    pub failed: Vec<String>,
}

impl Routes {
    /// All targets there are.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.routes.iter().flat_map(|route| route.targets.iter()).chain(self.otherwise.iter())
    }

    /// Chooses.
    pub fn choose(&self, facts: &Facts<'_>) -> Choice {
        let tenant = self.tenant.as_ref().and_then(|rule| rule.of(facts.request));
        let mut failed = Vec::new();
        for route in &self.routes {
            let fits = |condition: &Condition| condition.holds(facts, tenant.as_deref());
            match route.conditions.iter().try_fold(true, |all, one| Ok::<_, JqFailure>(all && fits(one)?)) {
                Ok(true) => {
                    let why = format!("{}: {}", route.name, route.wants);
                    return Choice { targets: route.targets.clone(), route: Some(why.into()), failed };
                }
                Ok(false) => {}
                Err(failure) => failed.push(format!("the filter of {} failed: {failure}", route.name)),
            }
        }
        let route = (!self.routes.is_empty()).then(|| "no route takes it".into());
        Choice { targets: self.otherwise.clone(), route, failed }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>, tenant: Option<&str>) -> Result<bool, JqFailure> {
        let any = |globs: &[String], text: Option<&str>| {
            text.is_some_and(|text| globs.iter().any(|glob| matches_glob(glob, text)))
        };
        Ok(match self {
            Self::Provider(names) => facts.provider.is_some_and(|provider| names.iter().any(|name| name == provider)),
            Self::Event(globs) => any(globs, facts.event_type),
            Self::Path(globs) => any(globs, Some(facts.request.path())),
            Self::Tenant(globs) => any(globs, tenant),
            Self::Header(name, glob) => facts.request.headers.all(name).any(|header| {
                glob.as_ref().is_none_or(|glob| header.text().is_some_and(|value| matches_glob(glob, value)))
            }),
            Self::Filter(filter) => filter.fits(facts)?,
        })
    }
}
