//! The `[subscriptions.NAME]` tables: endpoints that want certain events, as they are registered with a provider.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::text::nearest;

use super::Entry;
use super::address::HttpUrl;
use super::error::{ConfigError, ValueError};
use super::layer::{Author, Layer, given};
use super::origin::{Origin, Setting};
use super::position::Lines;
use super::provider::{SecretSource, read_secrets};
use super::value::{Folders, Given, Problem, Value, text};

/// An endpoint that wants events.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Where they go.
    pub endpoint: Setting<HttpUrl>,
    /// The provider that sends them; `None`: any.
    pub provider: Option<String>,
    /// The event types that are wanted, as globs; empty: all.
    pub events: Vec<String>,
    /// What signs for this endpoint, the first being the current one; empty: what signs otherwise.
    pub secrets: Vec<SecretSource>,
    /// Whether anything is sent there.
    pub active: bool,
    /// Whose it is.
    pub tenant: Option<String>,
}

/// The keys of such a table.
const KEYS: [&str; 7] = ["endpoint", "provider", "events", "secret", "secrets", "active", "tenant"];

/// One file's table of a subscription: what it says, by key.
#[derive(Debug)]
pub(super) struct SubscriptionLayer {
    name: String,
    origin: Origin,
    values: BTreeMap<&'static str, Found>,
    secrets: Option<Setting<Vec<SecretSource>>>,
}

#[derive(Debug, Clone)]
struct Found {
    given: Given,
    origin: Origin,
}

/// What all files say about a subscription.
struct Merged {
    /// Where it is mentioned first.
    origin: Origin,
    values: BTreeMap<&'static str, Found>,
    secrets: Option<Setting<Vec<SecretSource>>>,
}

/// Reads the `subscriptions` table of a file.
pub(super) fn read_subscriptions(
    table: &DeTable<'_>,
    author: Author<'_>,
    lines: &Lines<'_>,
    folders: Folders<'_>,
) -> Result<Vec<SubscriptionLayer>, ConfigError> {
    let mut found = Vec::new();
    for (name, value) in table {
        let origin = author.at(lines.line(name.span().start));
        let name: &str = name.get_ref();
        let DeValue::Table(table) = value.get_ref() else {
            let found = given(value.get_ref()).kind();
            return Err(ConfigError::WrongType { key: path(name, ""), origin, wanted: "a table", found });
        };
        let mut layer = SubscriptionLayer { name: name.to_owned(), origin, values: BTreeMap::new(), secrets: None };
        for (key, value) in table {
            let origin = author.at(lines.line(key.span().start));
            let key: &str = key.get_ref();
            let Some(known) = KEYS.into_iter().find(|known| *known == key) else {
                let nearest = nearest(key, KEYS).into_iter().map(|near| path(name, near)).collect();
                return Err(ConfigError::UnknownKey { key: path(name, key), origin, nearest });
            };
            if matches!(known, "secret" | "secrets") {
                if layer.secrets.is_some() {
                    let problem = Problem::Bad(ValueError::Twice { a: "secret", b: "secrets" });
                    return Err(problem.at(path(name, key), &origin, ""));
                }
                let wanted = if known == "secret" { "text" } else { "a list of texts" };
                let value = read_secrets(known, value.get_ref(), folders)
                    .map_err(|problem| problem.at(path(name, key), &origin, wanted))?;
                layer.secrets = Some(Setting { value, origin });
            } else {
                layer.values.insert(known, Found { given: given(value.get_ref()), origin });
            }
        }
        found.push(layer);
    }
    Ok(found)
}

fn path(name: &str, key: &str) -> String {
    if key.is_empty() { format!("subscriptions.{name}") } else { format!("subscriptions.{name}.{key}") }
}

/// Puts the layers of each subscription together, and lists what came of it.
pub(super) fn merge(layers: &[Layer], entries: &mut Vec<Entry>) -> Result<BTreeMap<String, Subscription>, ConfigError> {
    let mut merged: BTreeMap<&str, Merged> = BTreeMap::new();
    for layer in layers.iter().flat_map(|layer| &layer.subscriptions) {
        let one = merged.entry(&layer.name).or_insert_with(|| Merged {
            origin: layer.origin.clone(),
            values: BTreeMap::new(),
            secrets: None,
        });
        one.values.extend(layer.values.iter().map(|(key, found)| (*key, found.clone())));
        if layer.secrets.is_some() {
            one.secrets.clone_from(&layer.secrets);
        }
    }
    let mut subscriptions = BTreeMap::new();
    for (name, Merged { origin, values, secrets }) in merged {
        for (key, found) in &values {
            entries.push(Entry { key: path(name, key), shown: found.given.to_string(), origin: found.origin.clone() });
        }
        if let Some(secrets) = &secrets {
            let shown = secrets.value.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            entries.push(Entry { key: path(name, "secret"), shown, origin: secrets.origin.clone() });
        }
        let reader = Reader { name, values: &values };
        let Some(endpoint) = reader.value::<HttpUrl>("endpoint")? else {
            return Err(ConfigError::Incomplete { key: path(name, ""), origin, missing: "endpoint" });
        };
        // A project file comes with a repository that somebody else wrote.
        if let Origin::ProjectFile { path: file, line } = &endpoint.origin
            && !endpoint.value.is_loopback()
        {
            let value = endpoint.value.as_str().to_owned();
            return Err(ConfigError::NotForProjects {
                key: path(name, "endpoint"),
                value,
                path: file.clone(),
                line: *line,
            });
        }
        let subscription = Subscription {
            endpoint,
            provider: reader.value::<String>("provider")?.map(|setting| setting.value),
            events: reader.value::<Words>("events")?.map(|setting| setting.value.0).unwrap_or_default(),
            secrets: secrets.map(|setting| setting.value).unwrap_or_default(),
            active: reader.value::<bool>("active")?.is_none_or(|setting| setting.value),
            tenant: reader.value::<String>("tenant")?.map(|setting| setting.value),
        };
        subscriptions.insert(name.to_owned(), subscription);
    }
    Ok(subscriptions)
}

struct Reader<'a> {
    name: &'a str,
    values: &'a BTreeMap<&'static str, Found>,
}

impl Reader<'_> {
    fn value<T: Value>(&self, key: &'static str) -> Result<Option<Setting<T>>, ConfigError> {
        let Some(found) = self.values.get(key) else { return Ok(None) };
        let nowhere = Folders { base: std::path::Path::new(""), home: None };
        let value = T::read(&found.given, nowhere)
            .map_err(|problem| problem.at(path(self.name, key), &found.origin, T::WANTED))?;
        Ok(Some(Setting { value, origin: found.origin.clone() }))
    }
}

/// One text or several.
struct Words(Vec<String>);

impl Value for Words {
    const WANTED: &'static str = "a list of texts";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let words: Vec<String> = match given {
            Given::List(items) => items.iter().map(|item| text(item).map(str::to_owned)).collect::<Result<_, _>>()?,
            one => vec![text(one)?.to_owned()],
        };
        // No event at all would be a subscription to nothing.
        if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
            return Err(ValueError::Blank.into());
        }
        Ok(Self(words))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn merged(text: &str) -> Result<BTreeMap<String, Subscription>, ConfigError> {
        let layer = Layer::parse(text, Author::Project(Path::new("/p/hookctl.toml")), None)?;
        merge(&[layer], &mut Vec::new())
    }

    #[test]
    fn a_subscription_is_an_endpoint_with_what_it_wants() {
        let text = "[subscriptions.shop]\nendpoint = 'http://localhost:3000/{tenant}'\nevents = ['charge.*', 'invoice.paid']\n\
                    secret = 'env:SHOP'\ntenant = 'acme'\n[subscriptions.all]\nendpoint = 'http://127.0.0.1:1/'\nactive = false\n";
        let found = merged(text).expect("subscriptions");
        let shop = &found["shop"];
        assert_eq!(shop.endpoint.value.as_str(), "http://localhost:3000/{tenant}");
        assert_eq!(shop.events, ["charge.*", "invoice.paid"]);
        assert_eq!(shop.secrets, [SecretSource::Env("SHOP".into())]);
        assert_eq!((shop.active, shop.tenant.as_deref(), &shop.provider), (true, Some("acme"), &None));
        assert!(!found["all"].active && found["all"].events.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let place = "in /p/hookctl.toml:";
        for (text, message) in [
            ("[subscriptions]\na = 1", format!("'subscriptions.a' {place}2 must be a table, not a number")),
            ("[subscriptions.a]\nevents = ['x']", format!("'subscriptions.a' {place}1 has no 'endpoint'")),
            (
                "[subscriptions.a]\nendpoint = 'x'",
                format!("'subscriptions.a.endpoint' {place}2: 'x' is not an http or https URL"),
            ),
            (
                "[subscriptions.a]\nurl = 'x'",
                format!("unknown key 'subscriptions.a.url' {place}2").replace("in /", "in /"),
            ),
            (
                "[subscriptions.a]\nendpoint = 'http://h.example/'",
                "a project file may not set 'subscriptions.a.endpoint' to 'http://h.example/' (/p/hookctl.toml:2)"
                    .to_owned(),
            ),
            (
                "[subscriptions.a]\nendpoint = 'http://localhost/'\nevents = []",
                format!("'subscriptions.a.events' {place}3: it is empty"),
            ),
            (
                "[subscriptions.a]\nendpoint = 'http://localhost/'\nactive = 'no'",
                format!("'subscriptions.a.active' {place}3 must be true or false, not text"),
            ),
        ] {
            assert_eq!(merged(text).expect_err(text).to_string(), message);
        }
    }
}
