//! A table of a list of tables, such as `[[route]]`: its fields by name, each with its place.
//!
//! Apart from the flat keys of `layer.rs`, which come once, have variables and flags, and are merged one by one. What is
//! known here belongs together and comes as a whole.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::nearest;

use super::error::ConfigError;
use super::layer::{Author, given};
use super::origin::{Origin, Setting};
use super::position::Lines;
use super::value::{Folders, Value};

/// What is needed to read a value and to say where it stands.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) author: Author<'a>,
    pub(super) lines: &'a Lines<'a>,
    pub(super) folders: Folders<'a>,
}

impl Reading<'_> {
    /// Where a value stands.
    pub(super) fn origin<T>(&self, value: &Spanned<T>) -> Origin {
        self.author.at(self.lines.line(value.span().start))
    }

    /// The value of a key.
    pub(super) fn value<T: Value>(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Setting<T>, ConfigError> {
        let origin = self.origin(value);
        match T::read(&given(value.get_ref()), self.folders) {
            Ok(value) => Ok(Setting { value, origin }),
            Err(problem) => Err(problem.at(key, &origin, T::WANTED)),
        }
    }
}

/// The items of a list of tables; one table alone is a list of one.
pub(super) fn items<'v, 'd>(
    key: &str,
    value: &'v Spanned<DeValue<'d>>,
    reading: Reading<'_>,
) -> Result<Vec<&'v Spanned<DeValue<'d>>>, ConfigError> {
    match value.get_ref() {
        DeValue::Array(items) => Ok(items.iter().collect()),
        DeValue::Table(_) => Ok(vec![value]),
        other => {
            let (key, origin, found) = (key.to_owned(), reading.origin(value), given(other).kind());
            Err(ConfigError::WrongType { key, origin, wanted: "a list of tables", found })
        }
    }
}

/// The fields of one table.
pub(super) struct Fields<'a, 'd> {
    /// What the table is called: `route`, `route.to`.
    name: &'static str,
    table: &'a DeTable<'d>,
    reading: Reading<'a>,
    origin: Origin,
}

impl<'a, 'd> Fields<'a, 'd> {
    /// The fields of `value`, which must be a table with no others than the `known` ones.
    pub(super) fn of(
        name: &'static str,
        value: &'a Spanned<DeValue<'d>>,
        known: &[&str],
        reading: Reading<'a>,
    ) -> Result<Self, ConfigError> {
        let origin = reading.origin(value);
        let DeValue::Table(table) = value.get_ref() else {
            let found = given(value.get_ref()).kind();
            return Err(ConfigError::WrongType { key: name.to_owned(), origin, wanted: "a table", found });
        };
        for key in table.keys() {
            let text: &str = key.get_ref();
            if !known.contains(&text) {
                let nearest = nearest(text, known.iter().copied());
                let nearest = nearest.into_iter().map(|near| format!("{name}.{near}")).collect();
                return Err(ConfigError::UnknownKey {
                    key: format!("{name}.{text}"),
                    origin: reading.origin(key),
                    nearest,
                });
            }
        }
        Ok(Self { name, table, reading, origin })
    }

    /// Where the table begins.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// A field as it is written.
    pub(super) fn raw(&self, field: &str) -> Option<&'a Spanned<DeValue<'d>>> {
        self.table.get(field)
    }

    /// The value of a field.
    pub(super) fn get<T: Value>(&self, field: &str) -> Result<Option<Setting<T>>, ConfigError> {
        let Some(value) = self.table.get(field) else { return Ok(None) };
        self.reading.value(&format!("{}.{field}", self.name), value).map(Some)
    }
}
