//! `[[route]]`: which deliveries go where.
//!
//! What a route wants of a delivery, and its targets with their own terms. Routes of a later layer replace those of an
//! earlier one; within a file their order is that in which they are asked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::address::HttpUrl;
use super::error::{ConfigError, ValueError};
use super::layer::given;
use super::origin::{Origin, Setting};
use super::table::{Fields, Reading, items};
use super::value::{Folders, Given, Problem, Value, text};
use crate::model::{ForwardOrder, RetryPolicy, TenantRule};
use crate::query::Jq;

/// The name of the list of tables.
pub(super) const ROUTE: &str = "route";

const FIELDS: [&str; 12] = [
    "name",
    "provider",
    "event",
    "path",
    "header",
    "tenant",
    "filter",
    "to",
    "timeout",
    "headers",
    "retry",
    "keep_path",
];

const TARGET_FIELDS: [&str; 6] = ["url", "timeout", "headers", "retry", "primary", "keep_path"];

/// A route.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// What it is called; `route 2` if nobody named it.
    pub name: String,
    /// Where it begins.
    pub origin: Origin,
    /// Providers, of which one must have sent it.
    pub provider: Vec<String>,
    /// Globs for the event type, of which one must fit.
    pub event: Vec<String>,
    /// Globs for the path, of which one must fit.
    pub path: Vec<String>,
    /// Headers, all of which must be there with a value that fits.
    pub header: Vec<HeaderTest>,
    /// Tenants, of which one must be meant.
    pub tenant: Vec<String>,
    /// A filter that must be true.
    pub filter: Option<Arc<Jq>>,
    /// Where what fits goes; none: nowhere.
    pub to: Vec<TargetConfig>,
}

/// A target of a route.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// Where.
    pub url: Setting<HttpUrl>,
    /// How long it may take, if not as usual.
    pub timeout: Option<Duration>,
    /// Headers that are set.
    pub headers: Vec<(String, String)>,
    /// When it is tried again, if not as usual.
    pub retry: Option<RetryPolicy>,
    /// Whether its answer is the sender's.
    pub primary: bool,
    /// Whether the captured path goes behind its own, if not as usual.
    pub keep_path: Option<bool>,
}

/// `Name`, or `Name: glob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTest {
    /// The header.
    pub name: String,
    /// What its value must fit; `None`: it must be there.
    pub value: Option<String>,
}

impl fmt::Display for HeaderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}: {value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What a delivery must be like, in words: `provider stripe, event invoice.*`.
impl fmt::Display for RouteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut wants = Vec::new();
        for (what, values) in
            [("provider", &self.provider), ("event", &self.event), ("path", &self.path), ("tenant", &self.tenant)]
        {
            if !values.is_empty() {
                wants.push(format!("{what} {}", values.join(" or ")));
            }
        }
        wants.extend(self.header.iter().map(|header| format!("header {header}")));
        wants.extend(self.filter.iter().map(|filter| format!("filter {}", filter.as_str())));
        f.write_str(&if wants.is_empty() { "anything".to_owned() } else { wants.join(", ") })
    }
}

/// Reads all routes of a file.
pub(super) fn read_routes(value: &Spanned<DeValue<'_>>, reading: Reading<'_>) -> Result<Vec<RouteConfig>, ConfigError> {
    let mut routes: Vec<RouteConfig> = Vec::new();
    for item in items(ROUTE, value, reading)? {
        let route = read_route(item, routes.len() + 1, reading)?;
        if routes.iter().any(|other| other.name == route.name) {
            let problem = ValueError::Repeated(route.name);
            return Err(ConfigError::BadValue { key: "route.name".to_owned(), origin: route.origin, problem });
        }
        routes.push(route);
    }
    Ok(routes)
}

fn read_route(value: &Spanned<DeValue<'_>>, number: usize, reading: Reading<'_>) -> Result<RouteConfig, ConfigError> {
    let fields = Fields::of(ROUTE, value, &FIELDS, reading)?;
    let texts = |field| fields.get::<Texts>(field).map(|texts| texts.map(|texts| texts.value.0).unwrap_or_default());
    let shared = Shared {
        timeout: fields.get::<Limit>("timeout")?.map(|limit| limit.value.0),
        headers: fields.raw("headers").map(|value| read_headers("route.headers", value, reading)).transpose()?,
        retry: fields.get::<RetryPolicy>("retry")?.map(|retry| retry.value),
        keep_path: fields.get::<bool>("keep_path")?.map(|keep| keep.value),
    };
    let to = match fields.raw("to") {
        Some(value) => read_targets(value, &shared, reading)?,
        None => {
            return Err(ConfigError::Missing { key: "route.to", origin: fields.origin().clone() });
        }
    };
    Ok(RouteConfig {
        name: fields.get::<String>("name")?.map_or_else(|| format!("route {number}"), |name| name.value),
        provider: texts("provider")?,
        event: texts("event")?,
        path: texts("path")?,
        header: fields.get::<HeaderTests>("header")?.map(|tests| tests.value.0).unwrap_or_default(),
        tenant: texts("tenant")?,
        filter: fields.get::<Arc<Jq>>("filter")?.map(|filter| filter.value),
        to,
        origin: fields.origin().clone(),
    })
}

/// What a route says for all its targets.
struct Shared {
    timeout: Option<Duration>,
    headers: Option<Vec<(String, String)>>,
    retry: Option<RetryPolicy>,
    keep_path: Option<bool>,
}

/// A URL, a list of them, or a list of tables; an empty list is nowhere.
fn read_targets(
    value: &Spanned<DeValue<'_>>,
    shared: &Shared,
    reading: Reading<'_>,
) -> Result<Vec<TargetConfig>, ConfigError> {
    let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    items.into_iter().map(|item| read_target(item, shared, reading)).collect()
}

fn read_target(
    value: &Spanned<DeValue<'_>>,
    shared: &Shared,
    reading: Reading<'_>,
) -> Result<TargetConfig, ConfigError> {
    let mut target = TargetConfig {
        url: Setting { value: "http://localhost".parse().expect("a URL"), origin: reading.origin(value) },
        timeout: shared.timeout,
        headers: shared.headers.clone().unwrap_or_default(),
        retry: shared.retry.clone(),
        primary: false,
        keep_path: shared.keep_path,
    };
    let DeValue::Table(_) = value.get_ref() else {
        target.url = reading.value("route.to", value)?;
        return Ok(target);
    };
    let fields = Fields::of("route.to", value, &TARGET_FIELDS, reading)?;
    let Some(url) = fields.get("url")? else {
        return Err(ConfigError::Missing { key: "route.to.url", origin: fields.origin().clone() });
    };
    target.url = url;
    if let Some(limit) = fields.get::<Limit>("timeout")? {
        target.timeout = Some(limit.value.0);
    }
    if let Some(value) = fields.raw("headers") {
        target.headers = read_headers("route.to.headers", value, reading)?;
    }
    if let Some(retry) = fields.get("retry")? {
        target.retry = Some(retry.value);
    }
    if let Some(keep) = fields.get("keep_path")? {
        target.keep_path = Some(keep.value);
    }
    target.primary = fields.get("primary")?.is_some_and(|primary| primary.value);
    Ok(target)
}

/// A table of names and values.
fn read_headers(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    reading: Reading<'_>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let DeValue::Table(table) = value.get_ref() else {
        let (key, origin, found) = (key.to_owned(), reading.origin(value), given(value.get_ref()).kind());
        return Err(ConfigError::WrongType { key, origin, wanted: "a table of names and values", found });
    };
    let mut headers = Vec::new();
    for (name, value) in table {
        let name = name.get_ref().to_string();
        let key = format!("{key}.{name}");
        let text: Setting<String> = reading.value(&key, value)?;
        let framing = ["content-length", "transfer-encoding", "connection", "host"];
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !is_name || framing.contains(&name.to_ascii_lowercase().as_str()) || text.value.chars().any(char::is_control)
        {
            return Err(ConfigError::BadValue { key, origin: text.origin, problem: ValueError::NotAHeader });
        }
        headers.push((name, text.value));
    }
    Ok(headers)
}

/// A text or a list of them.
#[derive(Debug)]
struct Texts(Vec<String>);

impl Value for Texts {
    const WANTED: &'static str = "text, or a list of it";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        let one = |item: &Given| String::read(item, folders);
        match given {
            Given::List(items) if items.is_empty() => Err(ValueError::Blank.into()),
            Given::List(items) => Ok(Self(items.iter().map(one).collect::<Result<_, _>>()?)),
            item => Ok(Self(vec![one(item)?])),
        }
    }
}

#[derive(Debug)]
struct HeaderTests(Vec<HeaderTest>);

impl Value for HeaderTests {
    const WANTED: &'static str = "text such as \"X-Tenant: acme\", or a list of it";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        let test = |text: String| match text.split_once(':') {
            Some((name, value)) => HeaderTest { name: name.trim().to_owned(), value: Some(value.trim().to_owned()) },
            None => HeaderTest { name: text, value: None },
        };
        Ok(Self(Texts::read(given, folders)?.0.into_iter().map(test).collect()))
    }
}

/// More than no time.
#[derive(Debug)]
struct Limit(Duration);

impl Value for Limit {
    const WANTED: &'static str = Duration::WANTED;

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        let time = Duration::read(given, folders)?;
        if time.is_zero() { Err(ValueError::Zero.into()) } else { Ok(Self(time)) }
    }
}

impl Value for RetryPolicy {
    const WANTED: &'static str = "a retry plan such as \"schedule 5s,30s\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        text(given)?.parse().map_err(|error| ValueError::Retry(error).into())
    }
}

/// A status that says that a delivery is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckStatus(pub u16);

impl Value for AckStatus {
    const WANTED: &'static str = "a status such as 202";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let written = match given {
            Given::Integer(number) => number.to_string(),
            other => text(other)?.to_owned(),
        };
        let status = written.parse().ok().filter(|status| (200..300).contains(status));
        status.map(Self).ok_or_else(|| ValueError::NotAnAck(written).into())
    }
}

impl Value for ForwardOrder {
    const WANTED: &'static str = "\"strict\", \"none\" or \"per-key FILTER\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let order = text(given)?.parse().map_err(ValueError::Order)?;
        // Wrong filters are told where they are written.
        if let Self::PerKey(filter) = &order {
            Jq::compile(filter).map_err(|error| ValueError::Filter(Box::new(error)))?;
        }
        Ok(order)
    }
}

impl Value for TenantRule {
    const WANTED: &'static str = "text such as \"header X-Tenant\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        text(given)?.parse().map_err(|error| ValueError::Tenant(error).into())
    }
}

impl Value for Arc<Jq> {
    const WANTED: &'static str = "a jq filter";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        Jq::compile(text(given)?).map(Arc::new).map_err(|error| ValueError::Filter(Box::new(error)).into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::layer::{Author, Layer};

    fn routes(text: &str) -> Result<Vec<RouteConfig>, ConfigError> {
        Layer::parse(text, Author::User(Path::new("/u/config.toml")), None).map(|layer| layer.routes)
    }

    #[test]
    fn a_route_is_conditions_and_targets_with_their_own_terms() {
        let routes = routes(
            "[[route]]\nname = 'billing'\nprovider = 'stripe'\nevent = ['invoice.*', 'charge.*']\nto = 'http://127.0.0.1:1'\n
             [[route]]\nheader = ['X-Region: eu-*', 'X-Live']\ntenant = 'acme'\npath = '/t/*'\nfilter = '.body.livemode'\n\
             timeout = '5s'\nheaders = { X-Env = 'a' }\n[[route.to]]\nurl = 'http://127.0.0.1:2/x'\nprimary = true\n\
             timeout = '2s'\nretry = 'schedule 1s,5s'\nkeep_path = true\n[[route.to]]\nurl = 'http://127.0.0.1:3'\n\
             [[route]]\nto = []\n",
        )
        .expect("routes");
        let names: Vec<&str> = routes.iter().map(|route| route.name.as_str()).collect();
        assert_eq!(names, ["billing", "route 2", "route 3"]);
        assert_eq!(routes[0].to_string(), "provider stripe, event invoice.* or charge.*");
        assert_eq!(
            routes[1].to_string(),
            "path /t/*, tenant acme, header X-Region: eu-*, header X-Live, filter .body.livemode"
        );
        assert_eq!((routes[2].to_string(), routes[2].to.len()), ("anything".to_owned(), 0));
        let [first, second] = routes[1].to.as_slice() else { panic!("two targets") };
        assert_eq!((first.timeout, second.timeout), (Some(Duration::from_secs(2)), Some(Duration::from_secs(5))));
        assert_eq!((first.primary, first.keep_path, second.primary), (true, Some(true), false));
        assert_eq!((first.headers.len(), second.headers.len(), second.retry.is_none()), (1, 1, true));
        assert_eq!(routes[1].origin.file().map(|(_, line)| line), Some(7));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let to = "to = 'http://127.0.0.1:1'";
        for (text, expected) in [
            (format!("[[route]]\n{to}\nevnt = 'x'"), "unknown key 'route.evnt' in /u/config.toml:3"),
            ("[[route]]\nname = 'x'".to_owned(), "'route.to' is missing in /u/config.toml:1"),
            ("[[route]]\n[[route.to]]\ntimeout = '1s'".to_owned(), "'route.to.url' is missing in /u/config.toml:2"),
            ("[[route]]\nto = 5".to_owned(), "'route.to' in /u/config.toml:2 must be a URL, not a number"),
            ("route = 5".to_owned(), "'route' in /u/config.toml:1 must be a list of tables, not a number"),
            ("route = [5]".to_owned(), "'route' in /u/config.toml:1 must be a table, not a number"),
            (
                format!("[[route]]\n{to}\nretry = 'often'"),
                "'route.retry' in /u/config.toml:3: 'often' is no retry plan",
            ),
            (format!("[[route]]\n{to}\nfilter = '.a |'"), "'route.filter' in /u/config.toml:3: the filter is wrong"),
            (format!("[[route]]\n{to}\ntimeout = '0s'"), "'route.timeout' in /u/config.toml:3: it must be more than 0"),
            (format!("[[route]]\n{to}\nheaders = {{ Host = 'x' }}"), "'route.headers.Host' in /u/config.toml:3"),
            (format!("[[route]]\nname='a'\n{to}\n[[route]]\nname='a'\n{to}"), "'route.name' in /u/config.toml:4"),
            ("[[rout]]\nto = 'x'".to_owned(), "unknown key 'rout' in /u/config.toml:1"),
        ] {
            let error = routes(&text).expect_err(&text).to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
