//! Breaking one thing on purpose, to see a receiver refuse it.

use bytes::Bytes;

use crate::model::{Request, Timestamp};
use crate::signature::carrier::Place;
use crate::signature::content::{Message, Source};
use crate::signature::jwt;
use crate::signature::scheme::{Scheme, SchemeKind, TimestampRule};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tamper {
    /// Something of the body that is signed, after signing.
    Body,
    /// The signature.
    Signature,
    /// The signed time, after signing.
    Timestamp,
    /// The signature header: it is left out. A signature in the body or the query is taken away.
    Header,
    /// The secret: another one signs.
    Secret,
}

/// A day: further than any tolerance.
const TIME_SHIFT: i64 = 86_400;

impl Tamper {
    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "the body",
            Self::Signature => "a signature",
            Self::Timestamp => "a timestamp",
            Self::Header => "a header",
            Self::Secret => "with a secret",
        }
    }

    /// Whether these schemes have something of the kind.
    pub fn is_possible(self, schemes: &[&Scheme]) -> bool {
        match self {
            Self::Signature | Self::Header | Self::Secret => !schemes.is_empty(),
            Self::Body => schemes.iter().any(|scheme| scheme.signs_body()),
            Self::Timestamp => schemes.iter().any(|scheme| scheme.has_time()),
        }
    }
}

/// Breaks a signed request. A broken secret was used when it was signed, so nothing is left to do.
pub fn apply(tamper: Tamper, schemes: &[&Scheme], request: &mut Request) {
    match tamper {
        Tamper::Secret => {}
        Tamper::Body => {
            if let Some(scheme) = schemes.iter().find(|scheme| scheme.signs_body()) {
                break_body(scheme, request);
            }
        }
        Tamper::Signature => {
            // Schemes that share a place share the signature in it: broken twice, it could be whole again.
            let mut places = std::collections::BTreeSet::new();
            let one_a_place = schemes.iter().filter(|scheme| places.insert(scheme.carrier.describe()));
            one_a_place.for_each(|scheme| break_signature(scheme, request));
        }
        Tamper::Header => schemes.iter().for_each(|scheme| scheme.carrier.clear(request, scheme.each.as_ref())),
        Tamper::Timestamp => {
            for scheme in schemes {
                match &scheme.timestamp {
                    Some(rule) if scheme.kind != SchemeKind::Jwt => break_timestamp(scheme, rule, request),
                    _ => break_carried(scheme, request, &|token| jwt::with_times_moved(token, -TIME_SHIFT)),
                }
            }
        }
    }
}

/// Changes one character of the body: within the signed values, where only some are signed, else in the first value that
/// can change without breaking the body's form.
fn break_body(scheme: &Scheme, request: &mut Request) {
    let body = request.body.to_vec();
    let place = if scheme.signs_whole_body() {
        first_value(&body)
    } else {
        let sources = scheme.signed_sources();
        sources
            .into_iter()
            .filter(|source| scheme.is_of_body(source))
            .find_map(|source| place_of(scheme, source, request))
    };
    request.body = match place {
        Some(at) => {
            let mut changed = body;
            changed[at] = other_character(changed[at]);
            Bytes::from(changed)
        }
        None => Bytes::from([body.as_slice(), b" "].concat()),
    };
}

/// Where in the body a signed value can be changed.
fn place_of(scheme: &Scheme, source: &Source, request: &Request) -> Option<usize> {
    let body = &request.body[..];
    let first_of = |range: std::ops::Range<usize>| range.into_iter().find(|at| body[*at].is_ascii_alphanumeric());
    match source {
        Source::Json(path) | Source::Raw(path) => {
            let start = request.document_range().start;
            let within = path.range(request.document())?;
            first_of(start + within.start..start + within.end)
        }
        Source::Item(path) => first_of(scheme.each.as_ref()?.element(0).join(path).range(body)?),
        Source::Form(name) => {
            let mut start = 0;
            for pair in body.split(|b| *b == b'&') {
                let is_it = url::form_urlencoded::parse(pair).any(|(key, _)| key == name.as_str());
                let value = pair.iter().position(|b| *b == b'=').map(|at| start + at + 1..start + pair.len());
                if let (true, Some(value)) = (is_it, value) {
                    // The first digits of an escape must stay digits; behind them a letter is a letter.
                    return value.rev().find(|at| body[*at].is_ascii_alphabetic()).or(Some(start + pair.len() - 1));
                }
                start += pair.len() + 1;
            }
            None
        }
        Source::Fields | Source::FieldCount => first_value(body),
        source => {
            let value = source.locate(&Message::new(request, None))?;
            let at = body.windows(value.len().max(1)).position(|window| window == &value[..])?;
            (!value.is_empty()).then_some(at)
        }
    }
}

/// Where the first letter or digit of a value is: behind a `:` of JSON or a `=` of a form, in front of nothing that
/// could be an escape or a word such as `true`.
fn first_value(body: &[u8]) -> Option<usize> {
    let behind = |at: usize| {
        let before = body[..at].iter().rposition(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
        before.map(|at| body[at])
    };
    (1..body.len()).find(|&at| match body[at] {
        // A digit that starts a number must not become a leading zero; other_character sees to that.
        b'1'..=b'9' => matches!(behind(at), Some(b':' | b'=' | b'[')),
        b'a'..=b'z' | b'A'..=b'Z' => {
            (body[at - 1] == b'"' && matches!(behind(at - 1), Some(b':' | b'['))) || body[at - 1] == b'='
        }
        _ => false,
    })
}

/// Another character of the same kind.
fn other_character(byte: u8) -> u8 {
    match byte {
        b'9' | b'0' => b'1',
        b'1'..=b'8' => byte + 1,
        b'z' => b'a',
        b'Z' => b'A',
        b'a'..=b'y' | b'A'..=b'Y' => byte + 1,
        b' ' => b'_',
        _ => b'x',
    }
}

/// Changes one character in the middle of every signature of the scheme.
fn break_signature(scheme: &Scheme, request: &mut Request) {
    break_carried(scheme, request, &|signature| {
        let mut bytes = signature.as_bytes().to_vec();
        // Of a token, the part that is the signature.
        let start = if scheme.kind == SchemeKind::Jwt { signature.rfind('.').map_or(0, |at| at + 1) } else { 0 };
        break_middle(&mut bytes[start..]);
        String::from_utf8(bytes).ok()
    });
}

/// Changes one character in the middle of a signature: it keeps its form, and is wrong.
pub(crate) fn break_middle(signature: &mut [u8]) {
    let middle = signature.len() / 2;
    if let Some(byte) = signature.get_mut(middle) {
        *byte = if *byte == b'0' { b'1' } else { b'0' };
    }
}

/// Changes every signature that a request carries.
fn break_carried(scheme: &Scheme, request: &mut Request, change: &dyn Fn(&str) -> Option<String>) {
    let elements = match &scheme.each {
        Some(list) => (0..list.elements(&request.body).map_or(0, |all| all.len())).map(Some).collect(),
        None => vec![None],
    };
    for at in elements {
        let each = scheme.each.as_ref().zip(at);
        let element = each.and_then(|(list, at)| list.element(at).locate_raw(&request.body).map(str::to_owned));
        for place in scheme.carrier.places.clone() {
            let name = place.header().map(std::borrow::Cow::into_owned);
            let place = name.map_or(place, Place::Header);
            let message = Message { item: element.as_deref().map(str::as_bytes), ..Message::new(request, None) };
            let Ok(Some(value)) = place.value(&message).map(|value| value.map(std::borrow::Cow::into_owned)) else {
                continue;
            };
            if let Some(changed) = scheme.carrier.changed(&value, change) {
                place.set(request, each, &changed);
            }
        }
    }
}

/// Moves the written time back a day.
fn break_timestamp(scheme: &Scheme, rule: &TimestampRule, request: &mut Request) {
    let moved = |text: &str| {
        let at: Timestamp = rule.unit.read(text)?;
        Some(rule.unit.write(at.plus_secs(-TIME_SHIFT)))
    };
    if let Some(name) = &rule.header {
        if let Some(text) = request.headers.text(name).and_then(moved) {
            request.headers.set(name, text);
        }
    } else if let Some(path) = &rule.json {
        let Some(old) = path.locate(request.document()) else { return };
        let Some(new) = moved(&old) else { return };
        let body = request.body.to_vec();
        if let Some(at) = body.windows(old.len()).position(|window| window == old.as_bytes()) {
            request.body = Bytes::from([&body[..at], new.as_bytes(), &body[at + old.len()..]].concat());
        }
    } else if let Some(name) = &rule.form {
        let Ok(Some(old)) = Place::Form(name.clone()).value(&Message::new(request, None)) else { return };
        let Some(new) = moved(&old) else { return };
        Place::Form(name.clone()).set(request, None, &new);
    } else {
        for name in scheme.carrier.headers().map(std::borrow::Cow::into_owned).collect::<Vec<_>>() {
            let Some(value) = request.headers.text(&name) else { continue };
            let Some(old) = scheme.carrier.time_of(value) else { continue };
            let Some(new) = moved(old) else { continue };
            let changed = value.replace(old, &new);
            request.headers.set(&name, changed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_keeps_its_form() {
        for (body, changed) in [
            (r#"{"id":"evt_1","n":5}"#, r#"{"id":"fvt_1","n":5}"#),
            (r#"{ "n": 9 }"#, r#"{ "n": 1 }"#),
            ("To=%2B1&From=abc", "To=%2B1&From=bbc"),
            (r#"{"a":true}"#, r#"{"a":true} "#),
            ("", " "),
        ] {
            let place = first_value(body.as_bytes());
            let mut bytes = body.as_bytes().to_vec();
            match place {
                Some(at) => bytes[at] = other_character(bytes[at]),
                None => bytes.push(b' '),
            }
            assert_eq!(String::from_utf8_lossy(&bytes), changed);
        }
    }
}
