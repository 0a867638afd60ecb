//! Layers become values: for each key the last layer that mentions it wins, and is remembered.
//!
//! Every layer is read, also where a later one wins: a wrong value is an error before it begins to matter.

use std::path::Path;

use super::Entry;
use super::error::{ConfigError, ValueError};
use super::layer::{KEYS, Layer};
use super::origin::{Origin, Setting};
use super::value::{Folders, Problem, Value};

pub(super) struct Merge<'a> {
    layers: &'a [Layer],
    home: Option<&'a Path>,
    entries: Vec<Entry>,
}

impl<'a> Merge<'a> {
    /// Over these layers, the weakest first.
    pub(super) fn of(layers: &'a [Layer], home: Option<&'a Path>) -> Self {
        Self { layers, home, entries: Vec::new() }
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
        match &setting.origin {
            Origin::ProjectFile { path, line } if setting.value => Err(ConfigError::NotForProjects {
                key: key.to_owned(),
                value: setting.value.to_string(),
                path: path.clone(),
                line: *line,
            }),
            _ => Ok(setting),
        }
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
            last = Some((value, found));
        }
        let Some((value, found)) = last else { return Ok(None) };
        let shown = value.shown().unwrap_or_else(|| found.given.to_string());
        // A project file comes with a repository that somebody else wrote.
        if let Origin::ProjectFile { path, line } = &found.origin
            && value.leaves_this_machine()
        {
            return Err(ConfigError::NotForProjects {
                key: key.to_owned(),
                value: shown,
                path: path.clone(),
                line: *line,
            });
        }
        let origin = found.origin.clone();
        self.list(key, shown, origin.clone());
        Ok(Some(Setting { value, origin }))
    }

    /// Lists a value that no layer holds.
    pub(super) fn list(&mut self, key: &str, shown: String, origin: Origin) {
        self.entries.push(Entry { key: key.to_owned(), shown, origin });
    }

    /// What was read so far, in the order of reading.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}
