//! Forms: percent-encoded otherwise, parsed to JSON, or made from it.

use std::borrow::Cow;
use std::ops::ControlFlow;

use bytes::Bytes;

use super::Sink;
use crate::diagnosis::cause::{Cause, Change};
use crate::payload::writer::Style;
use crate::payload::{Node, form};

/// How a program percent-encodes the value of a form.
#[derive(Clone, Copy)]
struct Coding {
    name: &'static str,
    /// What stays as it is beside letters and digits.
    plain: &'static [u8],
    /// A space as `+`.
    plus: bool,
    upper: bool,
}

const CODINGS: [Coding; 6] = [
    Coding { name: "as HTML forms are", plain: b"*-._", plus: true, upper: true },
    Coding { name: "with %20 for spaces (RFC 3986)", plain: b"-._~", plus: false, upper: true },
    Coding { name: "as encodeURIComponent does", plain: b"-._~!*'()", plus: false, upper: true },
    Coding { name: "as Python's urlencode does", plain: b"-._~", plus: true, upper: true },
    Coding { name: "as PHP's http_build_query does", plain: b"-._", plus: true, upper: true },
    Coding { name: "with lower-case digits", plain: b"-._~", plus: true, upper: false },
];

impl Coding {
    fn write(self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            match byte {
                b' ' if self.plus => out.push(b'+'),
                byte if byte.is_ascii_alphanumeric() || self.plain.contains(byte) => out.push(*byte),
                byte => {
                    let digits: &[u8; 16] = if self.upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
                    out.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
                }
            }
        }
    }

    fn form<'a>(self, fields: impl IntoIterator<Item = &'a (Cow<'a, str>, Cow<'a, str>)>) -> Vec<u8> {
        let mut out = Vec::new();
        for (at, (name, value)) in fields.into_iter().enumerate() {
            if at > 0 {
                out.push(b'&');
            }
            self.write(name.as_bytes(), &mut out);
            out.push(b'=');
            self.write(value.as_bytes(), &mut out);
        }
        out
    }
}

/// A form that was read and written again, or of which one field is the body, or that became JSON.
pub(super) fn rewritten<B>(body: &Bytes, says_so: bool, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let looks_like_it = says_so
        || (body.contains(&b'=') && body.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'"')));
    if !looks_like_it {
        return ControlFlow::Continue(());
    }
    let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(body).collect();
    let mut sorted: Vec<&(Cow<'_, str>, Cow<'_, str>)> = fields.iter().collect();
    sorted.sort();
    for coding in CODINGS {
        let change = |order: &'static str| {
            move || Change::new(Cause::BodyFormDecoded, format!("the signed form is encoded {}{order}", coding.name))
        };
        out.offer(change(""), coding.form(&fields))?;
        out.offer(change(", its fields sorted by name"), coding.form(sorted.iter().copied()))?;
    }
    if let Ok(text) = percent_encoding::percent_decode(body).decode_utf8() {
        let change = || Change::new(Cause::BodyFormDecoded, "the signed body is this form with its escapes undone");
        out.offer(change, text.replace('+', " "))?;
    }
    for (name, value) in &fields {
        let change = || Change::new(Cause::BodyWrapped, format!("the signed body is the form field '{name}'"));
        out.offer(change, value.clone().into_owned())?;
    }
    let document = form::decode(body);
    let change = || Change::new(Cause::BodyParsedForm, "the signed body is JSON; this form was made from it");
    out.offer(change, Style::COMPACT.write(&document))
}

/// The form that this JSON was made from, or that carried it.
pub(super) fn of_json<B>(document: &Node, out: &mut impl Sink<B>) -> ControlFlow<B> {
    let Node::Object(entries) = document else { return ControlFlow::Continue(()) };
    let compact = Style::COMPACT.write(document);
    let carried = [(Cow::Borrowed("payload"), Cow::Borrowed(compact.as_str()))];
    for coding in CODINGS {
        let change = || {
            Change::new(
                Cause::BodyParsedForm,
                format!("the signed body is a form with this JSON in its field 'payload', encoded {}", coding.name),
            )
        };
        out.offer(change, coding.form(&carried))?;
    }
    // Values of a form are texts; a document with objects in it was none.
    let flat: Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> = entries
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Node::Text(text) | Node::Number(text) => Cow::Borrowed(text.as_str()),
                Node::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
                Node::Null => Cow::Borrowed(""),
                Node::Array(_) | Node::Object(_) => return None,
            };
            Some((Cow::Borrowed(name.as_str()), text))
        })
        .collect();
    let Some(fields) = flat else { return ControlFlow::Continue(()) };
    for coding in CODINGS {
        let change = || {
            Change::new(
                Cause::BodyParsedForm,
                format!("the signed body is the form that this JSON was made from, encoded {}", coding.name),
            )
        };
        out.offer(change, coding.form(&fields))?;
    }
    ControlFlow::Continue(())
}
