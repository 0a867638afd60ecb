//! What may be done to a part of a template before it is used.

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use base64::{alphabet, engine};
use sha2::Digest;

use super::{Message, TemplateError};
use crate::model::JsonPath;
use crate::signature::scheme::{Algorithm, Encoding};

/// Something done to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// CRC-32 as unsigned decimal.
    Crc32,
    /// A hash, written so.
    Hash(Algorithm, Encoding),
    /// HMAC-SHA256 with the provider's secret, written so (for answers to handshakes).
    Hmac(Encoding),
    /// ASCII letters to lower case.
    Lower,
    /// ASCII letters to upper case.
    Upper,
    /// Base64.
    Base64,
    /// What base64 stands for; line breaks in it are skipped.
    FromBase64,
    /// An address without its query.
    WithoutQuery,
    /// A path without the slash at its end, unless it is nothing else.
    WithoutSlash,
    /// The text of a value in a text that is JSON.
    Json(JsonPath),
    /// The text of the first XML element of this name.
    Xml(String),
    /// These characters, where they are written as `%XX`, as themselves.
    Unescape(String),
    /// What is before the first of these, or everything.
    Before(String),
    /// What is behind the first of these.
    After(String),
    /// Nothing counts as missing.
    NotEmpty,
    /// This text in its place: that the value is there says it all.
    As(String),
}

/// Base64 as lenient as a reader of payloads should be: padding may be missing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
);

impl Filter {
    /// Reads `sha256`, `sha256.base64`, `json:a.b` and so on.
    pub(super) fn parse(text: &str) -> Result<Self, TemplateError> {
        let unknown = || TemplateError::UnknownFilter(text.to_owned());
        if let Some((name, argument)) = text.split_once(':') {
            if argument.is_empty() {
                return Err(unknown());
            }
            return Ok(match name {
                "json" => Self::Json(argument.parse()?),
                "xml" => Self::Xml(argument.to_owned()),
                "unescape" if argument.is_ascii() => Self::Unescape(argument.to_owned()),
                "before" => Self::Before(argument.to_owned()),
                "after" => Self::After(argument.to_owned()),
                "as" => Self::As(argument.to_owned()),
                _ => return Err(unknown()),
            });
        }
        let (name, encoding) = match text.split_once('.') {
            None => (text, None),
            Some((name, "hex")) => (name, Some(Encoding::Hex)),
            Some((name, "base64")) => (name, Some(Encoding::Base64)),
            Some((name, "base64url")) => (name, Some(Encoding::Base64url)),
            Some((name, "bytes")) => (name, Some(Encoding::Text)),
            Some(_) => return Err(unknown()),
        };
        let written = encoding.unwrap_or(Encoding::Hex);
        match (name, encoding) {
            ("md5", _) => Ok(Self::Hash(Algorithm::Md5, written)),
            ("sha1", _) => Ok(Self::Hash(Algorithm::Sha1, written)),
            ("sha256", _) => Ok(Self::Hash(Algorithm::Sha256, written)),
            ("sha512", _) => Ok(Self::Hash(Algorithm::Sha512, written)),
            ("hmac", _) if encoding != Some(Encoding::Text) => Ok(Self::Hmac(written)),
            ("crc32", None) => Ok(Self::Crc32),
            ("lower", None) => Ok(Self::Lower),
            ("upper", None) => Ok(Self::Upper),
            ("base64", None) => Ok(Self::Base64),
            ("from_base64", None) => Ok(Self::FromBase64),
            ("without_query", None) => Ok(Self::WithoutQuery),
            ("without_slash", None) => Ok(Self::WithoutSlash),
            ("not_empty", None) => Ok(Self::NotEmpty),
            _ => Err(unknown()),
        }
    }

    /// The changed value; `None` if there is none, which counts as a missing part.
    pub(super) fn apply(&self, value: &[u8], message: &Message<'_>) -> Option<Vec<u8>> {
        Some(match self {
            Self::Crc32 => crc32fast::hash(value).to_string().into_bytes(),
            Self::Hash(algorithm, Encoding::Text) => digest(*algorithm, value),
            Self::Hash(algorithm, written) => written.encode(&digest(*algorithm, value)).into_bytes(),
            Self::Hmac(written) => written.encode(&(message.hmac?)(value)).into_bytes(),
            Self::Lower => value.to_ascii_lowercase(),
            Self::Upper => value.to_ascii_uppercase(),
            Self::Base64 => STANDARD.encode(value).into_bytes(),
            Self::FromBase64 => {
                let text: Vec<u8> = value.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
                LENIENT.decode(text).ok()?
            }
            Self::WithoutSlash if value == b"/" => value.to_vec(),
            Self::WithoutSlash => value.strip_suffix(b"/").unwrap_or(value).to_vec(),
            Self::WithoutQuery => value.split(|b| matches!(b, b'?' | b'#')).next()?.to_vec(),
            Self::Json(path) => path.locate(value)?.into_bytes(),
            Self::Xml(name) => xml_text(std::str::from_utf8(value).ok()?, name)?.into_bytes(),
            Self::Unescape(characters) => unescape(value, characters.as_bytes()),
            Self::Before(mark) => match find(value, mark.as_bytes()) {
                Some(at) => value[..at].to_vec(),
                None => value.to_vec(),
            },
            Self::After(mark) => value[find(value, mark.as_bytes())? + mark.len()..].to_vec(),
            Self::As(text) => text.clone().into_bytes(),
            Self::NotEmpty => (!value.is_empty()).then(|| value.to_vec())?,
        })
    }
}

/// A hash in one go.
pub fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
        Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        Algorithm::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
        Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        Algorithm::Keccak256 => sha3::Keccak256::digest(bytes).to_vec(),
    }
}

fn find(value: &[u8], mark: &[u8]) -> Option<usize> {
    value.windows(mark.len()).position(|window| window == mark)
}

/// `%XX` of one of these characters becomes the character; every other escape stays.
fn unescape(value: &[u8], characters: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let byte = (value[at] == b'%')
            .then(|| value.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
            .filter(|byte| characters.contains(byte));
        out.push(byte.unwrap_or(value[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    out
}

/// The text between `<name …>` and `</name>`, entities resolved. It reads what a provider writes, not all that XML can be.
fn xml_text(xml: &str, name: &str) -> Option<String> {
    let mut rest = xml;
    loop {
        let open = rest.find(&format!("<{name}"))?;
        rest = &rest[open + 1 + name.len()..];
        match rest.as_bytes().first()? {
            b'>' | b' ' | b'\t' | b'\r' | b'\n' => break,
            _ => {}
        }
    }
    let start = rest.find('>')?;
    if rest[..start].ends_with('/') {
        return Some(String::new());
    }
    let text = &rest[start + 1..];
    let text = &text[..text.find("</")?];
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Some(plain.replace("&amp;", "&"))
}

/// Everything but letters, digits and `-_.~` as `%XX` (RFC 3986).
pub(super) fn percent_encode(text: &str) -> Cow<'_, str> {
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    if text.bytes().all(kept) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if kept(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Headers, Request};

    #[test]
    fn filters_do_what_their_names_say() {
        let request =
            Request { method: "GET".into(), target: "/".into(), headers: Headers::new(), body: bytes::Bytes::new() };
        let message = Message::new(&request, None);
        for (filter, value, result) in [
            ("md5", "", Some("d41d8cd98f00b204e9800998ecf8427e")),
            ("md5.base64", "", Some("1B2M2Y8AsgTpgAmY7PhCfg==")),
            ("sha1", "abc", Some("a9993e364706816aba3e25717850c26c9cd0d89d")),
            ("base64", "ab", Some("YWI=")),
            ("from_base64", "YW\nI", Some("ab")),
            ("from_base64", "*", None),
            ("without_query", "https://a/b?c#d", Some("https://a/b")),
            ("without_slash", "/a/b/", Some("/a/b")),
            ("without_slash", "/", Some("/")),
            ("json:a[0]", "{\"a\":[7]}", Some("7")),
            ("json:a", "no", None),
            ("xml:kind", "<n>\n <kinds>x</kinds><kind type=\"a\">a&amp;b</kind></n>", Some("a&b")),
            ("xml:none", "<n/>", None),
            ("unescape::/", "a%3A%2fb%20%26%2", Some("a:/b%20%26%2")),
            ("before:_", "en_US_x", Some("en")),
            ("after:.", "a.b.c", Some("b.c")),
            ("after:.", "abc", None),
            ("as:x", "abc", Some("x")),
            ("not_empty", "", None),
            ("hmac", "x", None),
        ] {
            let parsed = Filter::parse(filter).expect(filter);
            let found = parsed.apply(value.as_bytes(), &message).map(|v| String::from_utf8(v).expect("text"));
            assert_eq!(found.as_deref(), result, "{filter} of {value}");
        }
        for text in ["", "zip", "sha256.rot13", "json:", "json:a..b", "unescape:é", "crc32.hex", "hmac.bytes"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keccak_is_the_one_before_sha3() {
        let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(hex::encode(digest(Algorithm::Keccak256, b"")), empty);
    }
}
