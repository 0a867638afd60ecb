//! What else may have been signed: the same parts in another order, another timestamp, another id, another method.

use jiff::fmt::rfc2822;

use super::cause::{Cause, Change};
use crate::model::{Header, Request};
use crate::payload::Node;
use crate::signature::content::{Source, Template};
use crate::signature::scheme::{Scheme, SchemeKind};
use crate::signature::time_in_body;

/// Templates of signed contents that are common, over `{T}` (timestamp), `{I}` (message id), `{U}` (address), `{M}` (method)
/// and `{P}` (path).
const ORDERS: [&str; 32] = [
    "{body}",
    "{T}.{body}",
    "{T}{body}",
    "{T}:{body}",
    "{T}|{body}",
    "{T}\n{body}",
    "{T},{body}",
    "v0:{T}:{body}",
    "v1:{T}:{body}",
    "{body}{T}",
    "{body}.{T}",
    "{body}:{T}",
    "{body}|{T}",
    "{body}\n{T}",
    "{I}.{T}.{body}",
    "{T}.{I}.{body}",
    "{I}.{body}",
    "{I}{body}",
    "{body}{I}",
    "{I}{T}{body}",
    "{T}{I}{body}",
    "{I}|{T}|{body}",
    "{I}:{T}:{body}",
    "{U}{body}",
    "{body}{U}",
    "{T}.{U}.{body}",
    "{M}{U}{body}",
    "{M}{U}{body}{T}",
    "{T}{M}{P}{body}",
    "{M}{P}{body}",
    "{P}{body}",
    "{U}{T}{body}",
];

/// The same parts put together otherwise, as far as the request has them.
pub(super) fn orders(scheme: &Scheme, request: &Request) -> Vec<(Template, Change)> {
    let id = id_header(scheme, request);
    let mut found: Vec<(Template, Change)> = Vec::new();
    for order in ORDERS {
        let Some(id) = id.as_deref().or((!order.contains("{I}")).then_some("")) else { continue };
        let text = order
            .replace("{T}", "{timestamp}")
            .replace("{I}", &format!("{{header:{id}}}"))
            .replace("{U}", "{url}")
            .replace("{M}", "{method}")
            .replace("{P}", "{path}");
        // A plain hash is nothing without the secret in it.
        let texts = match scheme.kind {
            SchemeKind::Hash => vec![format!("{text}{{secret}}"), format!("{{secret}}{text}")],
            _ => vec![text],
        };
        for text in texts {
            if text == scheme.content.as_str() || found.iter().any(|(known, _)| known.as_str() == text) {
                continue;
            }
            if let Ok(template) = text.parse::<Template>() {
                let shown = text.replace('\n', "\\n");
                let usual = scheme.content.as_str().replace('\n', "\\n");
                let change = Change::new(Cause::ContentOrder, format!("'{shown}' was signed, in place of '{usual}'"));
                found.push((template, change));
            }
        }
    }
    found
}

/// The header with the message's id: the one that the scheme signs, else one that looks like it.
fn id_header(scheme: &Scheme, request: &Request) -> Option<String> {
    let signed = scheme.content.sources().into_iter().find_map(|source| match source {
        Source::Header(name) if name.to_ascii_lowercase().contains("id") => Some(name.clone()),
        _ => None,
    });
    signed.or_else(|| {
        request.headers.iter().map(Header::name).find_map(|name| {
            let lower = name.to_ascii_lowercase();
            let is_id = lower.ends_with("-id") || lower.ends_with("delivery") || lower.ends_with("message-id");
            is_id.then(|| name.to_owned())
        })
    })
}

/// The timestamp where the scheme has it, as it is written, though the rest of its header be unreadable.
pub(super) fn own_timestamp(scheme: &Scheme, request: &Request) -> Option<String> {
    let rule = scheme.timestamp.as_ref()?;
    if let Some(name) = &rule.header {
        return request.headers.text(name).map(str::to_owned);
    }
    if rule.is_in_body() {
        return time_in_body(rule, request);
    }
    let value = scheme.carrier.headers().find_map(|name| request.headers.text(&name))?;
    if let Some(time) = scheme.carrier.time_of(value) {
        return Some(time.to_owned());
    }
    let key = scheme.carrier.timestamp.as_deref()?;
    let bare = |text: &'_ str| text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let mut pairs = value.split([',', ';', ' ', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| bare(name) == key).map(|(_, time)| bare(time))
}

/// Timestamps that are tried, at most.
const MOST_TIMES: usize = 24;

/// Other timestamps that may have been signed. `own` is the one where the scheme has it, as written.
pub(super) fn timestamps(own: Option<&str>, request: &Request) -> Vec<(String, Change)> {
    let mut found: Vec<(String, Change)> = Vec::new();
    let mut add = |text: String, change: Change| {
        if Some(text.as_str()) != own && found.len() < MOST_TIMES && found.iter().all(|(known, _)| *known != text) {
            found.push((text, change));
        }
    };
    if let Some(own) = own {
        for (text, unit) in units(own) {
            add(text, Change::new(Cause::TimestampUnit, format!("the timestamp was signed {unit}")));
        }
    }
    let changed = |place: &str| Change::new(Cause::TimestampChanged, format!("the timestamp in {place} was signed"));
    for header in &request.headers {
        let lower = header.name().to_ascii_lowercase();
        let Some(text) = header.text().filter(|_| lower.contains("time") || lower.contains("date")) else { continue };
        if let Ok(date) = rfc2822::parse(text) {
            let seconds = date.timestamp().as_second().to_string();
            add(seconds.clone(), changed(header.name()));
            units(&seconds).into_iter().for_each(|(text, _)| add(text, changed(header.name())));
        } else if is_time(text) {
            add(text.to_owned(), changed(header.name()));
        }
    }
    if let Ok(Node::Object(entries)) = Node::parse(&request.body) {
        for (name, value) in &entries {
            let (Node::Text(text) | Node::Number(text)) = value else { continue };
            let lower = name.to_ascii_lowercase();
            let is_named_so =
                ["time", "created", "date", "ts", "sent", "timestamp"].iter().any(|word| lower.contains(word));
            if is_named_so && is_time(text) {
                let place = format!("'{name}' of the body");
                add(text.clone(), changed(&place));
                units(text).into_iter().for_each(|(text, _)| add(text, changed(&place)));
            }
        }
    }
    // A clock that was read twice: once for the signature, once for the header.
    if let Some(seconds) =
        own.and_then(|own| own.parse::<i64>().ok()).filter(|_| own.is_some_and(|own| own.len() <= 11))
    {
        for off in [-1_i64, 1, -2, 2] {
            let detail = format!("the timestamp that was signed is {} the one that is there", beside(off));
            add(seconds.saturating_add(off).to_string(), Change::new(Cause::TimestampChanged, detail));
        }
    }
    found
}

fn beside(seconds: i64) -> String {
    let number = if seconds.abs() == 1 { "1 second".to_owned() } else { format!("{} seconds", seconds.abs()) };
    format!("{number} {}", if seconds < 0 { "before" } else { "behind" })
}

fn is_time(text: &str) -> bool {
    (text.len() >= 9 && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit()))
        || text.parse::<jiff::Timestamp>().is_ok()
}

/// A time in the other units: seconds, milliseconds, RFC 3339.
fn units(text: &str) -> Vec<(String, &'static str)> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut found = Vec::new();
    let stamp = if is_number && text.len() <= 11 {
        found.push((format!("{text}000"), "in milliseconds"));
        text.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
    } else if is_number && text.len() > 3 {
        found.push((text[..text.len() - 3].to_owned(), "in seconds"));
        text.parse().ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
    } else {
        let stamp = text.parse::<jiff::Timestamp>().ok();
        if let Some(stamp) = stamp {
            found.push((stamp.as_second().to_string(), "in seconds"));
            found.push((stamp.as_millisecond().to_string(), "in milliseconds"));
        }
        stamp
    };
    if let (Some(stamp), true) = (stamp, is_number) {
        found.push((stamp.to_string(), "in RFC 3339"));
        found.push((format!("{stamp:.3}"), "in RFC 3339 with milliseconds"));
    }
    found
}

/// Ids that are tried, at most.
const MOST_IDS: usize = 16;

/// The header of the id that the scheme signs, and other ids of the request that may have been signed in its place.
pub(super) fn ids(scheme: &Scheme, request: &Request) -> Option<(String, Vec<(String, Change)>)> {
    let signed = scheme.content.sources().into_iter().find_map(|source| match source {
        Source::Header(name) if name.to_ascii_lowercase().contains("id") => Some(name.clone()),
        _ => None,
    })?;
    let own = request.headers.text(&signed);
    let mut found: Vec<(String, Change)> = Vec::new();
    let mut add = |text: &str, place: &str| {
        if Some(text) != own
            && !text.is_empty()
            && found.len() < MOST_IDS
            && found.iter().all(|(known, _)| known != text)
        {
            found.push((text.to_owned(), Change::new(Cause::IdChanged, format!("the id in {place} was signed"))));
        }
    };
    for header in &request.headers {
        let lower = header.name().to_ascii_lowercase();
        if (lower.contains("id") || lower.contains("delivery"))
            && let Some(text) = header.text()
        {
            add(text, header.name());
        }
    }
    if let Ok(Node::Object(entries)) = Node::parse(&request.body) {
        for (name, value) in &entries {
            if let (true, Node::Text(text) | Node::Number(text)) = (name.to_ascii_lowercase().contains("id"), value) {
                add(text, &format!("'{name}' of the body"));
            }
        }
    }
    if let Some(own) = own {
        add(own.trim(), "its header without white space");
        add(&own.to_ascii_lowercase(), "its header in lower case");
    }
    Some((signed, found))
}

/// Other methods, where the method is signed.
pub(super) fn methods(scheme: &Scheme, request: &Request) -> Vec<(String, Change)> {
    let is_special = matches!(scheme.kind, SchemeKind::Contentful | SchemeKind::Plivo);
    if !is_special && !scheme.signs(|source| *source == Source::Method) {
        return Vec::new();
    }
    let own = request.method.as_str();
    ["POST", "GET", "PUT", "PATCH", "DELETE", "post", "get"]
        .into_iter()
        .filter(|method| *method != own)
        .map(|method| (method.to_owned(), Change::new(Cause::Method, format!("{method} was signed, not {own}"))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_each_unit() {
        let texts = |text: &str| units(text).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        assert_eq!(texts("1767225600"), ["1767225600000", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"]);
        assert_eq!(texts("1767225600123")[0], "1767225600");
        assert_eq!(texts("2026-01-01T00:00:00Z"), ["1767225600", "1767225600000"]);
        assert_eq!(texts("soon"), [""; 0]);
    }
}
