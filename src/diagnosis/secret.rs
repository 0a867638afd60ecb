//! What the key may have been when the delivery was signed: the secret read in another way.
//!
//! Works on the secret's text alone; what comes out are bytes of keys with the changes that lead to them. No detail ever
//! shows a part of the secret but its public prefix.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::cause::{Cause, Change};

/// A way of reading a secret.
pub struct Reading {
    /// The bytes that sign.
    pub key: Zeroizing<Vec<u8>>,
    /// What was changed; empty for the usual reading.
    pub changes: Vec<Change>,
}

/// How the scheme turns a secret into a key.
#[derive(Clone, Copy)]
pub struct Usual<'a> {
    /// The key that a text gives, if it has the form of a secret.
    pub key: &'a dyn Fn(&str) -> Option<Zeroizing<Vec<u8>>>,
    /// What the scheme removes before decoding.
    pub prefix: &'a str,
    /// Whether it decodes what is left, from base64 or hex.
    pub decoded: bool,
}

/// Characters that nobody sees, and that come along when a secret is copied from a page or a chat.
const INVISIBLE: [char; 10] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{a0}', '\u{ad}', '\u{202f}', '\u{200e}', '\u{200f}',
];

/// Every way of reading a secret, likely ones first, without the usual one.
pub fn readings(secret: &str, usual: Usual<'_>) -> Vec<Reading> {
    let mut readings = Readings { all: Vec::new() };
    if let Some(key) = (usual.key)(secret) {
        // Known, so that no other reading of the same bytes is taken for a finding.
        readings.all.push(Reading { key, changes: Vec::new() });
    }
    for (text, changes) in texts(secret) {
        if !changes.is_empty()
            && let Some(key) = (usual.key)(&text)
        {
            readings.add(key, changes.clone());
        }
        forms(&text, usual, &changes, &mut readings);
    }
    for (end, name) in [("\n", "a newline"), ("\r\n", "CRLF"), (" ", "a space")] {
        let change = || Change::new(Cause::SecretWhitespace, format!("the key has {name} at its end"));
        if let Some(mut key) = (usual.key)(secret) {
            key.extend_from_slice(end.as_bytes());
            readings.add(key, vec![change()]);
        }
    }
    for quote in ['"', '\''] {
        let quoted = Zeroizing::new(format!("{quote}{secret}{quote}").into_bytes());
        readings.add(quoted, vec![Change::new(Cause::SecretQuoted, format!("the key has {quote} on either side"))]);
    }
    readings.add(Zeroizing::new(Vec::new()), vec![Change::new(Cause::SecretEmpty, "the key is empty")]);
    readings.all.retain(|reading| !reading.changes.is_empty());
    readings.all
}

struct Readings {
    all: Vec<Reading>,
}

impl Readings {
    fn add(&mut self, key: Zeroizing<Vec<u8>>, changes: Vec<Change>) {
        if self.all.iter().all(|known| known.key != key) {
            self.all.push(Reading { key, changes });
        }
    }
}

/// The secret as it may have been meant: without what came along when it was copied.
pub fn texts(secret: &str) -> Vec<(Zeroizing<String>, Vec<Change>)> {
    let mut texts = vec![(Zeroizing::new(secret.to_owned()), Vec::new())];
    let mut add = |text: &str, changes: Vec<Change>| {
        if !text.is_empty() && texts.iter().all(|(known, _)| known.as_str() != text) {
            texts.push((Zeroizing::new(text.to_owned()), changes));
        }
    };
    let whitespace = || Change::new(Cause::SecretWhitespace, "the key has no white space around it");
    let trimmed = secret.trim();
    add(trimmed, vec![whitespace()]);
    let mut clean = trimmed;
    let mut changes = if trimmed == secret { Vec::new() } else { vec![whitespace()] };
    if let Some((name, value)) = env_line(clean) {
        changes.push(Change::new(Cause::SecretEnvLine, format!("the key is what stands behind '{name}='")));
        clean = value.trim();
        add(clean, changes.clone());
    }
    if let Some(inner) = unquoted(clean) {
        changes.push(Change::new(Cause::SecretQuoted, "the key has no quotes around it"));
        clean = inner;
        add(clean, changes.clone());
        if inner.trim() != inner {
            changes.push(whitespace());
            clean = inner.trim();
            add(clean, changes.clone());
        }
    }
    if clean.contains(INVISIBLE) {
        let visible: String = clean.chars().filter(|c| !INVISIBLE.contains(c)).collect();
        changes.push(Change::new(Cause::SecretInvisible, "the key has no invisible characters in it"));
        add(&visible, changes);
    }
    texts
}

fn env_line(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (is_name && !value.is_empty() && !value.bytes().all(|b| b == b'=')).then_some((name, value))
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .or_else(|| text.strip_prefix('\u{201c}')?.strip_suffix('\u{201d}'))
        .filter(|inner| !inner.is_empty())
}

/// A text decoded and not, with its prefix and without.
fn forms(text: &str, usual: Usual<'_>, before: &[Change], readings: &mut Readings) {
    let with = |change: Change| before.iter().cloned().chain([change]).collect::<Vec<_>>();
    let prefix = prefix_of(text).filter(|prefix| !usual.prefix.starts_with(prefix) || usual.prefix.is_empty());
    let usually_stripped = text.strip_prefix(usual.prefix).filter(|_| !usual.prefix.is_empty());
    let rest = usually_stripped.unwrap_or(text);
    let key = |text: &str| Zeroizing::new(text.as_bytes().to_vec());

    if usual.decoded {
        readings
            .add(key(rest), with(Change::new(Cause::SecretDecoded, "the key is the text of the secret, not decoded")));
    } else if let Some((decoded, name)) = decode(rest) {
        readings.add(
            Zeroizing::new(decoded),
            with(Change::new(Cause::SecretNotDecoded, format!("the key is the secret decoded from {name}"))),
        );
    }
    if usually_stripped.is_some() {
        let kept = || format!("the key is the text of the secret with its prefix '{}'", usual.prefix);
        readings.add(key(text), with(Change::new(Cause::SecretPrefix, kept())));
    }
    if let Some(prefix) = prefix {
        let without = &text[prefix.len()..];
        let removed =
            || Change::new(Cause::SecretPrefix, format!("the key is the secret without its prefix '{prefix}'"));
        readings.add(key(without), with(removed()));
        if let Some((decoded, name)) = decode(without) {
            let mut changes = with(removed());
            if !usual.decoded {
                let detail = format!("the key is the rest of the secret decoded from {name}");
                changes.push(Change::new(Cause::SecretNotDecoded, detail));
            }
            readings.add(Zeroizing::new(decoded), changes);
        }
    }
    if let Ok(hex) = hex::decode(rest)
        && !hex.is_empty()
    {
        readings.add(
            Zeroizing::new(hex),
            with(Change::new(Cause::SecretNotDecoded, "the key is the secret decoded from hex")),
        );
    }
    for engine in [STANDARD, URL_SAFE_NO_PAD] {
        if let Ok(decoded) = engine.decode(rest)
            && !decoded.is_empty()
        {
            readings.add(
                Zeroizing::new(decoded),
                with(Change::new(Cause::SecretNotDecoded, "the key is the secret decoded from base64")),
            );
        }
    }
}

/// `whsec_`, `whsk_`, `pdl_ntfset_`: lower-case words, each with its underscore. Public: it says what kind a secret is of.
fn prefix_of(text: &str) -> Option<&str> {
    let mut end = 0;
    for (at, c) in text.char_indices().take(24) {
        match c {
            '_' => end = at + 1,
            'a'..='z' => {}
            _ => break,
        }
    }
    (end > 1 && end < text.len()).then(|| &text[..end])
}

/// Hex if it can be that, else base64.
fn decode(text: &str) -> Option<(Vec<u8>, &'static str)> {
    if text.len() >= 8
        && let Ok(bytes) = hex::decode(text)
    {
        return Some((bytes, "hex"));
    }
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    let bytes = engines.iter().find_map(|engine| engine.decode(text).ok())?;
    (!bytes.is_empty()).then_some((bytes, "base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the form of a reader of secrets")]
    fn text(text: &str) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
        STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok().map(Zeroizing::new)
    }

    const TEXT: Usual<'static> = Usual { key: &text, prefix: "", decoded: false };
    const STANDARD_WEBHOOKS: Usual<'static> = Usual { key: &base64, prefix: "whsec_", decoded: true };

    fn causes(secret: &str, usual: Usual<'_>, key: &[u8]) -> Option<Vec<&'static str>> {
        let found = readings(secret, usual).into_iter().find(|reading| reading.key.as_slice() == key)?;
        Some(found.changes.iter().map(|change| change.cause.as_str()).collect())
    }

    #[test]
    fn each_misreading_is_undone_and_named() {
        for (secret, usual, key, wanted) in [
            ("abc\n", TEXT, &b"abc"[..], &["secret-whitespace"][..]),
            ("abc", TEXT, b"abc\n", &["secret-whitespace"]),
            ("\"abc\"", TEXT, b"abc", &["secret-quoted"]),
            ("STRIPE_SECRET=abc", TEXT, b"abc", &["secret-env-line"]),
            ("export STRIPE_SECRET='abc'", TEXT, b"abc", &["secret-env-line", "secret-quoted"]),
            ("a\u{200b}bc", TEXT, b"abc", &["secret-invisible"]),
            ("whsec_YWJj", TEXT, b"YWJj", &["secret-prefix"]),
            ("whsec_YWJj", TEXT, b"abc", &["secret-prefix", "secret-not-decoded"]),
            ("whsec_YWJj", STANDARD_WEBHOOKS, b"whsec_YWJj", &["secret-prefix"]),
            ("whsec_YWJj", STANDARD_WEBHOOKS, b"YWJj", &["secret-decoded"]),
            ("YWJjZGVm", TEXT, b"abcdef", &["secret-not-decoded"]),
            ("6162636465", TEXT, b"abcde", &["secret-not-decoded"]),
            ("abc", TEXT, b"", &["secret-empty"]),
        ] {
            assert_eq!(causes(secret, usual, key).as_deref(), Some(wanted), "{secret:?} {key:?}");
        }
    }

    #[test]
    fn the_usual_reading_is_no_finding_and_no_detail_shows_the_secret() {
        for secret in ["s3cr3tvalue", "whsec_c2VjcmV0dmFsdWU=", " 'k_s3cr3t' "] {
            for usual in [TEXT, STANDARD_WEBHOOKS] {
                let usual_key = (usual.key)(secret);
                for reading in readings(secret, usual) {
                    assert_ne!(Some(&reading.key), usual_key.as_ref());
                    for change in &reading.changes {
                        assert!(!change.detail.contains("s3cr3t") && !change.detail.contains("c2Vj"), "{change:?}");
                    }
                }
            }
        }
    }
}
