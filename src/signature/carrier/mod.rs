//! Where a signature is, and how it is written there.
//!
//! ```text
//! place.rs   a header, a field of the body or the query: read, set, taken away
//! form.rs    `t=…,v1=…` · `sha256=…` · `v1,…` · plain: one text, and the signatures in it
//! ```

mod form;
mod place;

use std::borrow::Cow;

use serde::Deserialize;

pub use self::form::{Found, HeaderError, HeaderForm};
pub use self::place::{Place, Unreadable};
use super::content::{Message, Template};
use crate::model::{JsonPath, Request};

/// The highest number of a numbered header (`X-DocuSign-Signature-{n}`).
const MOST_NUMBERED: usize = 100;

/// Where signatures are, and how they are written.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// The places. Of several, each may hold a signature; the n-th secret's is written to the n-th.
    pub places: Vec<Place>,
    /// How values share one.
    pub form: HeaderForm,
    /// Text in front of a signature; it may name parts of the secret.
    pub prefix: Template,
    /// `pairs`: the key of signatures.
    pub signature: Option<String>,
    /// `pairs`: the key of the timestamp.
    pub timestamp: Option<String>,
    /// Between pairs or items.
    pub separator: Option<String>,
    /// `pairs`: between groups of pairs that each have a timestamp of their own.
    pub groups: Option<String>,
}

/// The `header` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderTable {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    form: HeaderForm,
    #[serde(default = "nothing")]
    prefix: Template,
    signature: Option<String>,
    timestamp: Option<String>,
    separator: Option<String>,
    groups: Option<String>,
}

/// The `parameter` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterTable {
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    json: Option<JsonPath>,
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    item: Option<JsonPath>,
    form: Option<String>,
    query: Option<String>,
    #[serde(default = "nothing")]
    prefix: Template,
    separator: Option<String>,
}

fn nothing() -> Template {
    "".parse().expect("nothing is a template")
}

impl Carrier {
    /// From the tables of a scheme, of which there should be one.
    pub(super) fn new(header: Option<HeaderTable>, parameter: Option<ParameterTable>) -> Self {
        let mut carrier = Self {
            places: Vec::new(),
            form: HeaderForm::Plain,
            prefix: nothing(),
            signature: None,
            timestamp: None,
            separator: None,
            groups: None,
        };
        if let Some(table) = header {
            let names = std::iter::once(table.name).chain(table.also);
            carrier.places.extend(
                names.map(|name| if name.contains("{n}") { Place::Numbered(name) } else { Place::Header(name) }),
            );
            carrier = Self {
                form: table.form,
                prefix: table.prefix,
                signature: table.signature,
                timestamp: table.timestamp,
                separator: table.separator,
                groups: table.groups,
                ..carrier
            };
        }
        if let Some(table) = parameter {
            let places = [
                table.json.map(Place::Json),
                table.item.map(Place::Item),
                table.form.map(Place::Form),
                table.query.map(Place::Query),
            ];
            carrier.places.extend(places.into_iter().flatten());
            carrier.form = if table.separator.is_some() { HeaderForm::List } else { HeaderForm::Plain };
            carrier.prefix = table.prefix;
            carrier.separator = table.separator;
        }
        carrier
    }
}

impl Carrier {
    /// The places in which something can be, numbers written out, as far as they are in the request.
    pub fn values<'a>(&self, message: &Message<'a>) -> Result<Vec<Cow<'a, str>>, (String, Unreadable)> {
        let mut values = Vec::new();
        for place in &self.places {
            if let Place::Numbered(name) = place {
                for n in 1..=MOST_NUMBERED {
                    let name = name.replace("{n}", &n.to_string());
                    match place::header(message.request, &name).map_err(|why| (name, why))? {
                        Some(value) => values.push(value),
                        None => break,
                    }
                }
            } else {
                values.extend(place.value(message).map_err(|why| (place.describe(), why))?);
            }
        }
        Ok(values)
    }

    /// The names of the headers that can hold a signature; of numbered ones the first.
    pub fn headers(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.places.iter().filter_map(Place::header)
    }

    /// How a person would name the place.
    pub fn describe(&self) -> String {
        self.places.iter().map(Place::describe).collect::<Vec<_>>().join(" or ")
    }

    /// Writes signatures to their places. `each` is the list whose element is signed, and which one.
    ///
    /// # Errors
    /// The place that the body does not have.
    pub fn set(
        &self,
        request: &mut Request,
        each: Option<(&JsonPath, usize)>,
        signatures: &[String],
        timestamp: Option<&str>,
        prefix: &str,
    ) -> Result<(), Place> {
        let numbered = |name: &str, n: usize| Place::Header(name.replace("{n}", &(n + 1).to_string()));
        let places: Vec<Cow<'_, Place>> = match self.places.as_slice() {
            [Place::Numbered(name)] => (0..signatures.len()).map(|n| Cow::Owned(numbered(name, n))).collect(),
            places => places.iter().map(Cow::Borrowed).collect(),
        };
        if places.len() > 1 {
            for (place, signature) in places.iter().zip(signatures) {
                let value = self.write(std::slice::from_ref(signature), timestamp, prefix);
                if !place.set(request, each, &value) {
                    return Err(place.clone().into_owned());
                }
            }
            return Ok(());
        }
        match places.first() {
            Some(place) if place.set(request, each, &self.write(signatures, timestamp, prefix)) => Ok(()),
            Some(place) => Err(place.clone().into_owned()),
            None => Ok(()),
        }
    }

    /// Takes all signatures out of a request.
    pub fn clear(&self, request: &mut Request, each: Option<&JsonPath>) {
        let elements = each.map_or(1, |list| list.elements(&request.body).map_or(0, |elements| elements.len()));
        for at in 0..elements {
            for place in &self.places {
                if let Place::Numbered(name) = place {
                    for n in 1..=MOST_NUMBERED {
                        request.headers.remove(&name.replace("{n}", &n.to_string()));
                    }
                } else {
                    place.clear(request, each.map(|list| (list, at)));
                }
            }
        }
    }

    /// Leaves the places, and nothing in them.
    pub fn empty(&self, request: &mut Request, each: Option<&JsonPath>) {
        let elements = each.map_or(1, |list| list.elements(&request.body).map_or(0, |elements| elements.len()));
        for at in 0..elements {
            for place in &self.places {
                let place = place.header().map_or_else(|| place.clone(), |name| Place::Header(name.into_owned()));
                if !matches!(place.value(&Message::new(request, None)), Ok(None)) || matches!(place, Place::Item(_)) {
                    place.set(request, each.map(|list| (list, at)), "");
                }
            }
        }
    }

    /// How many signatures can be carried at once.
    pub fn room(&self) -> usize {
        let many = self.form != HeaderForm::Plain || matches!(self.places.as_slice(), [Place::Numbered(_)]);
        if many { usize::MAX } else { self.places.len().max(1) }
    }
}
