//! Breaking one thing on purpose, to see a receiver refuse it.

use bytes::Bytes;

use crate::model::{Request, Timestamp};
use crate::signature::content::{Message, Source};
use crate::signature::scheme::{HeaderForm, Scheme, SchemeKind, TimestampRule};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tamper {
    /// Something of the body that is signed, after signing.
    Body,
    /// The signature.
    Signature,
    /// The signed time, after signing.
    Timestamp,
    /// The signature header: it is left out.
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
            Self::Timestamp => schemes.iter().any(|scheme| scheme.timestamp.is_some()),
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
        Tamper::Signature => schemes.iter().for_each(|scheme| break_signature(scheme, request)),
        Tamper::Header => schemes.iter().for_each(|scheme| {
            request.headers.remove(&scheme.header.name);
        }),
        Tamper::Timestamp => {
            for scheme in schemes {
                if let Some(rule) = &scheme.timestamp {
                    break_timestamp(scheme, rule, request);
                }
            }
        }
    }
}

/// Changes one character of the body: within the signed fields, where only fields are signed, else in the first value
/// that can change without breaking the body's form.
fn break_body(scheme: &Scheme, request: &mut Request) {
    let body = request.body.to_vec();
    let whole = scheme.kind == SchemeKind::Twilio || scheme.content.uses(|source| *source == Source::Body);
    let place = if whole {
        first_value(&body)
    } else {
        scheme.content.fields().find_map(|source| {
            let value = source.locate(&Message::new(request, None))?.into_owned();
            let at = body.windows(value.len().max(1)).position(|window| window == value)?;
            (!value.is_empty()).then_some(at)
        })
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
    let name = &scheme.header.name;
    let Some(value) = request.headers.text(name).map(str::to_owned) else { return };
    let Ok(found) = scheme.header.read(&value) else { return };
    let mut bytes = value.clone().into_bytes();
    for signature in &found.signatures {
        // The signature is a part of the value: its place follows from where its text begins.
        let start = signature.as_ptr() as usize - value.as_ptr() as usize;
        let at = start + signature.len() / 2;
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    }
    request.headers.set(name, bytes);
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
        let Some(old) = path.locate(&request.body) else { return };
        let Some(new) = moved(&old) else { return };
        let body = request.body.to_vec();
        if let Some(at) = body.windows(old.len()).position(|window| window == old.as_bytes()) {
            request.body = Bytes::from([&body[..at], new.as_bytes(), &body[at + old.len()..]].concat());
        }
    } else if scheme.header.form == HeaderForm::Pairs {
        let name = &scheme.header.name;
        let Some(value) = request.headers.text(name).map(str::to_owned) else { return };
        let Some(old) = scheme.header.read(&value).ok().and_then(|found| found.timestamp) else { return };
        let Some(new) = moved(old) else { return };
        let start = old.as_ptr() as usize - value.as_ptr() as usize;
        let changed = format!("{}{new}{}", &value[..start], &value[start + old.len()..]);
        request.headers.set(name, changed);
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
