//! Layers become values: for each key the last layer that mentions it wins, and is remembered.
//!
//! Every layer is read, also where a later one wins: a wrong value is an error before it begins to matter.

use std::path::Path;

use super::Entry;
use super::RouteConfig;
use super::address::HttpUrl;
use super::error::{ConfigError, ValueError};
use super::files::is_within;
use super::layer::{KEYS, Layer};
use super::origin::{Origin, Setting};
use super::value::{Folders, Problem, Value};

pub(super) struct Merge<'a> {
    layers: &'a [Layer],
    home: Option<&'a Path>,
    entries: Vec<Entry>,
    reserved: Vec<Entry>,
}

impl<'a> Merge<'a> {
    /// Over these layers, the weakest first.
    pub(super) fn of(layers: &'a [Layer], home: Option<&'a Path>) -> Self {
        Self { layers, home, entries: Vec::new(), reserved: Vec::new() }
    }

    /// The value of a key that need not have one.
    pub(super) fn optional<T: Value>(&mut self, key: &'static str) -> Result<Option<Setting<T>>, ConfigError> {
        self.checked(key, |_| Ok(()))
    }

    /// The value of a key that defaults.toml sets.
    pub(super) fn value<T: Value>(&mut self, key: &'static str) -> Result<Setting<T>, ConfigError> {
        self.optional(key).map(|setting| setting.expect("defaults.toml sets this key, as a test asserts"))
    }

    /// A switch that no project file may turn on.
    pub(super) fn users_switch(&mut self, key: &'static str) -> Result<Setting<bool>, ConfigError> {
        let setting: Setting<bool> = self.value(key)?;
        if setting.value {
            self.reserve(key, "true".to_owned(), &setting.origin)?;
        }
        Ok(setting)
    }

    /// A URL that is called by itself: of another machine, no project file may name it.
    pub(super) fn called(&mut self, key: &'static str) -> Result<Option<Setting<HttpUrl>>, ConfigError> {
        let setting: Option<Setting<HttpUrl>> = self.optional(key)?;
        if let Some(Setting { value, origin }) = setting.as_ref().filter(|setting| !setting.value.is_loopback()) {
            self.reserve(key, value.as_str().to_owned(), origin)?;
        }
        Ok(setting)
    }

    /// How much is kept of what was recorded. What somebody else wrote may not make it less: what the layers below say stays
    /// until the project file is accepted.
    pub(super) fn kept<T: Value + PartialOrd>(&mut self, key: &'static str) -> Result<Setting<T>, ConfigError> {
        let setting: Setting<T> = self.limit(key)?;
        if !matches!(setting.origin, Origin::ProjectFile { .. }) {
            return Ok(setting);
        }
        let below = self.layers.iter().filter(|layer| layer.values.iter().all(|found| found.origin.is_users()));
        let Some(below) = below.flat_map(|layer| &layer.values).rfind(|found| found.key == key) else {
            return Ok(setting);
        };
        let folders = Folders { base: Path::new(""), home: self.home };
        let value = T::read(&below.given, folders).map_err(|problem| problem.at(key, &below.origin, T::WANTED))?;
        if setting.value >= value {
            return Ok(setting);
        }
        let shown = self.entries.last().map(|entry| entry.shown.clone()).unwrap_or_default();
        if self.reserve(key, shown, &setting.origin).is_ok() {
            return Ok(setting);
        }
        self.entries.pop();
        self.list(key, below.given.to_string(), below.origin.clone());
        Ok(Setting { value, origin: below.origin.clone() })
    }

    /// A value that a project file may only say once its user has accepted it: it comes with a repository that somebody
    /// else wrote.
    fn reserve(&mut self, key: &'static str, value: String, origin: &Origin) -> Result<(), ConfigError> {
        let Origin::ProjectFile { path, line } = origin else { return Ok(()) };
        if !self.layers.iter().any(|layer| layer.trusted) {
            return Err(ConfigError::NotForProjects { key: key.to_owned(), value, path: path.clone(), line: *line });
        }
        self.reserved.push(Entry { key: key.to_owned(), shown: value, origin: origin.clone() });
        Ok(())
    }

    /// The routes of the last layer that has any.
    pub(super) fn routes(&mut self) -> Result<Vec<RouteConfig>, ConfigError> {
        let Some(layer) = self.layers.iter().rev().find(|layer| !layer.routes.is_empty()) else {
            return Ok(Vec::new());
        };
        for route in &layer.routes {
            let targets: Vec<&str> = route.to.iter().map(|target| target.url.value.as_str()).collect();
            let shown =
                format!("{route} → {}", if targets.is_empty() { "nowhere".to_owned() } else { targets.join(", ") });
            self.list(&format!("route.{}", route.name), shown, route.origin.clone());
            for target in route.to.iter().filter(|target| !target.url.value.is_loopback()) {
                self.reserve("route.to", target.url.value.as_str().to_owned(), &target.url.origin)?;
            }
        }
        Ok(layer.routes.clone())
    }

    /// As `optional`, and more than nothing.
    pub(super) fn optional_limit<T: Value>(&mut self, key: &'static str) -> Result<Option<Setting<T>>, ConfigError> {
        self.checked(key, |value: &T| if value.is_zero() { Err(ValueError::Zero) } else { Ok(()) })
    }

    /// As `value`, and more than nothing.
    pub(super) fn limit<T: Value>(&mut self, key: &'static str) -> Result<Setting<T>, ConfigError> {
        self.optional_limit(key).map(|setting| setting.expect("defaults.toml sets this key, as a test asserts"))
    }

    fn checked<T: Value>(
        &mut self,
        key: &'static str,
        check: impl Fn(&T) -> Result<(), ValueError>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        debug_assert!(KEYS.contains(&key), "{key} is read, but is no key");
        let mut last = None;
        for layer in self.layers {
            let Some(found) = layer.values.iter().find(|found| found.key == key) else { continue };
            let folders = Folders { base: &layer.base, home: self.home };
            let value = T::read(&found.given, folders)
                .and_then(|value| check(&value).map(|()| value).map_err(Problem::from))
                .map_err(|problem| problem.at(key, &found.origin, T::WANTED))?;
            last = Some((value, found, &layer.base));
        }
        let Some((value, found, base)) = last else { return Ok(None) };
        let shown = value.shown().unwrap_or_else(|| found.given.to_string());
        let origin = found.origin.clone();
        if value.needs_trust() || value.path().is_some_and(|path| !is_within(path, base)) {
            self.reserve(key, shown.clone(), &origin)?;
        }
        self.list(key, shown, origin.clone());
        Ok(Some(Setting { value, origin }))
    }

    /// Lists a value that no layer holds.
    pub(super) fn list(&mut self, key: &str, shown: String, origin: Origin) {
        self.entries.push(Entry { key: key.to_owned(), shown, origin });
    }

    /// What was read so far, in the order of reading, and what of it a project file was allowed to say.
    pub(super) fn into_entries(self) -> (Vec<Entry>, Vec<Entry>) {
        (self.entries, self.reserved)
    }
}
