//! Whether a body is what it claims to be, and has the form that is wanted.
//!
//! Syntax is read in one pass that keeps nothing, whatever the size. A schema needs the document in memory, so there is a
//! largest body for that, and of those that take real room one at a time is looked at.

mod built_in;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jsonschema::{PatternOptions, Validator};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::identify::Identified;
use crate::model::Request;

/// Bodies up to this size are compared with a schema. No webhook has more of JSON, and its document takes many times as
/// much memory.
const MOST_COMPARED: usize = 4 << 20;

/// Bodies from this size on are compared one after another.
const LARGE: usize = 64 << 10;

/// Longer reasons are cut: they are shown in one line.
const REASON: usize = 300;

/// A schema that was compiled.
#[derive(Debug)]
pub struct Schema {
    /// Where it is from, for the reason.
    name: String,
    validator: Validator,
}

impl Schema {
    /// Compiles a schema. References lead nowhere but into itself, and patterns take linear time.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(name: impl Into<String>, text: &[u8]) -> Result<Self, String> {
        let schema: Value = serde_json::from_slice(text).map_err(|error| format!("it is not JSON: {error}"))?;
        Self::of(name.into(), &schema)
    }

    fn of(name: String, schema: &Value) -> Result<Self, String> {
        let options = jsonschema::options().offline().with_pattern_options(PatternOptions::regex());
        let validator = options.build(schema).map_err(|error| {
            let place = error.instance_path().to_string();
            let at = if place.is_empty() { String::new() } else { format!("at {place}: ") };
            clip(&format!("{at}{error}"))
        })?;
        Ok(Self { name, validator })
    }

    /// Why a document does not fit, without the document's own values.
    fn misfit(&self, document: &Value) -> Option<String> {
        let error = self.validator.validate(document).err()?;
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the document" } else { &place };
        Some(clip(&format!("{place}: {} ({})", error.masked(), self.name)))
    }
}

/// Why a body is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The status that says so.
    pub status: u16,
    /// One line.
    pub reason: String,
}

impl Misfit {
    fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }
}

/// The schema of an event; none if its body is not JSON.
type Known = Option<Arc<Schema>>;

/// Looks at bodies.
pub struct Validate {
    /// Every delivery must fit this.
    schema: Option<Schema>,
    /// Those that hookctl knows must fit what it knows.
    built_in: bool,
    /// By provider and event.
    known: RwLock<HashMap<(String, String), Known>>,
    large: Mutex<()>,
}

impl Validate {
    /// With a schema for all, and with those that come with hookctl.
    pub fn new(schema: Option<Schema>, built_in: bool) -> Self {
        Self { schema, built_in, known: RwLock::default(), large: Mutex::new(()) }
    }

    /// Why a delivery is not let in; `None` if it is.
    pub fn misfit(&self, identified: &Identified, request: &Request) -> Option<Misfit> {
        let claim = Claim::of(request);
        let expected = has_body(&request.method) && (self.schema.is_some() || claim != Claim::Nothing);
        if request.body.is_empty() && !expected {
            return None;
        }
        let wanted = self.schema.is_some() || claim == Claim::Json;
        if wanted && let Some(coding) = encoded(request) {
            return Some(Misfit::new(415, clip(&format!("a body with the coding '{coding}' is not looked into"))));
        }
        match claim {
            _ if wanted => not_json(&request.body).or_else(|| self.wrong_form(identified, &request.body)),
            Claim::Form => not_a_form(&request.body),
            _ => None,
        }
    }

    fn wrong_form(&self, identified: &Identified, body: &[u8]) -> Option<Misfit> {
        let known = if self.built_in { self.known(identified) } else { None };
        let schemas: Vec<&Schema> = self.schema.iter().chain(known.as_deref()).collect();
        if schemas.is_empty() {
            return None;
        }
        if body.len() > MOST_COMPARED {
            return Some(Misfit::new(413, "the body is too large to be compared with a schema: 4MiB at most"));
        }
        let compare = || {
            let document: Value = match serde_json::from_slice(body) {
                Ok(document) => document,
                // It is JSON, so it can only be too deep.
                Err(error) => return Some(format!("it cannot be compared with a schema: {error}")),
            };
            schemas.iter().find_map(|schema| schema.misfit(&document))
        };
        let reason = if body.len() < LARGE {
            compare()
        } else {
            tokio::task::block_in_place(|| {
                let _one = self.large.lock().unwrap_or_else(PoisonError::into_inner);
                compare()
            })
        };
        reason.map(|reason| Misfit::new(422, reason))
    }

    /// What is known about an event of a fixture; made once.
    fn known(&self, identified: &Identified) -> Known {
        let provider = identified.provider.as_ref()?;
        let event = identified.event.event_type.as_deref()?;
        let key = (provider.name.clone(), event.to_owned());
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        // Only events of fixtures are remembered: senders cannot make the table grow.
        let definition = provider.event(event).ok()?;
        let schema = built_in::schema(provider, event, &definition);
        let name = format!("built in for {} {event}", provider.name);
        let schema = schema.and_then(|schema| Schema::of(name, &schema).ok()).map(Arc::new);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key, schema.clone());
        schema
    }
}

/// What a request says that its body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    Json,
    Form,
    Other,
    Nothing,
}

impl Claim {
    fn of(request: &Request) -> Self {
        let Some(value) = request.headers.text("Content-Type") else { return Self::Nothing };
        let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" | "text/json" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "" => Self::Nothing,
            other if other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}

fn has_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// The content coding, if there is one.
fn encoded(request: &Request) -> Option<&str> {
    let coding = request.headers.text("Content-Encoding")?.trim();
    (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then_some(coding)
}

fn not_json(body: &[u8]) -> Option<Misfit> {
    let misfit = |what: String| Some(Misfit::new(400, format!("the body is not JSON: {what}")));
    if body.is_empty() {
        return misfit("it is empty".to_owned());
    }
    if body.starts_with(b"\xef\xbb\xbf") {
        return misfit("it begins with a byte order mark".to_owned());
    }
    if let Err(error) = std::str::from_utf8(body) {
        return misfit(format!("it is not UTF-8 from byte {} on", error.valid_up_to()));
    }
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => None,
        Err(error) => misfit(error.to_string()),
    }
}

/// A form is ASCII without control characters or spaces, and each % begins an escape.
fn not_a_form(body: &[u8]) -> Option<Misfit> {
    let hex = |at: usize| body.get(at).is_some_and(u8::is_ascii_hexdigit);
    let wrong = body.iter().enumerate().position(|(at, byte)| match byte {
        b'%' => !hex(at + 1) || !hex(at + 2),
        byte => !byte.is_ascii_graphic(),
    })?;
    Some(Misfit::new(400, format!("the body is not the form that it claims to be: byte {wrong} has no place in one")))
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
