//! What is known to say nothing of anybody: the words of a provider's own examples, choices among a few, parts of paths,
//! headers about the message.

use std::collections::HashSet;

use super::last;
use crate::payload::Node;
use crate::payload::keys::{is_id_key, is_time_key};
use crate::provider::Provider;

/// The words that a provider's own examples use.
#[derive(Debug, Default)]
pub struct Vocabulary(HashSet<String>);

/// Keys whose values are choices among a few.
const CHOICES: [&str; 34] = [
    "action",
    "api_version",
    "brand",
    "capture_method",
    "category",
    "code",
    "content-encoding",
    "content_type",
    "country",
    "country_code",
    "currency",
    "default_branch",
    "environment",
    "event",
    "event_type",
    "format",
    "funding",
    "kind",
    "lang",
    "language",
    "level",
    "locale",
    "method",
    "mode",
    "network",
    "object",
    "reason",
    "scope",
    "severity",
    "state",
    "status",
    "type",
    "version",
    "visibility",
];

/// Headers that are about the message.
pub(super) const OF_THE_MESSAGE: [&str; 10] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "x-forwarded-proto",
];

/// Parts of paths that name nobody.
pub(super) const OF_PATHS: [&str; 14] = [
    "api",
    "callback",
    "callbacks",
    "event",
    "events",
    "hook",
    "hooks",
    "in",
    "inbound",
    "notifications",
    "receive",
    "v1",
    "webhook",
    "webhooks",
];

/// Words in keys of numbers that are a person's, or say where one is.
const OF_PEOPLE: [&str; 21] = [
    "account",
    "age",
    "birth",
    "card",
    "dob",
    "fax",
    "iban",
    "ip",
    "last4",
    "lat",
    "latitude",
    "lng",
    "lon",
    "longitude",
    "mobile",
    "phone",
    "postal",
    "postcode",
    "ssn",
    "tel",
    "zip",
];

/// Words in keys of numbers that count or measure, however large they are.
const MEASURES: [&str; 18] = [
    "amount", "balance", "bytes", "cents", "count", "duration", "fee", "gross", "length", "micros", "net", "ns",
    "price", "size", "subtotal", "tax", "total", "value",
];

/// A longer number is as likely somebody's as it is a quantity.
const LONGEST_NUMBER: usize = 6;

/// A longer text is no choice among a few.
const LONGEST_CHOICE: usize = 40;

/// Whether a number under this key says nothing of anybody.
pub(super) fn number(path: &str, text: &str) -> bool {
    let words = words_of(last(path));
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if is_time_key(path) {
        return true;
    }
    let digits = text.split(['.', 'e', 'E']).next().unwrap_or(text).trim_start_matches('-').len();
    !is_id_key(path) && !has(&OF_PEOPLE) && (digits <= LONGEST_NUMBER || has(&MEASURES))
}

/// Whether a text is one of the few that a key like `status` has.
pub(super) fn choice(path: &str, text: &str) -> bool {
    let key = last(path).to_ascii_lowercase();
    // A code or a state may be somebody's own; then it has digits in it, or spaces.
    let digits = key.contains("version");
    CHOICES.contains(&key.as_str())
        && text.len() <= LONGEST_CHOICE
        && text.bytes().all(|b| b.is_ascii_alphabetic() || b"_.-/".contains(&b) || (digits && b.is_ascii_digit()))
}

/// The words of a key in lower case: `billing_zip`, `accountNumber`, `X-Card-Last4`.
fn words_of(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && small) {
            words.push(String::new());
        }
        small = c.is_lowercase();
        if c.is_alphanumeric() {
            words.last_mut().expect("one to begin with").extend(c.to_lowercase());
        }
    }
    words
}

impl Vocabulary {
    /// The words of a provider's events.
    pub fn of(provider: &Provider) -> Self {
        fn gather(node: &Node, words: &mut HashSet<String>) {
            match node {
                Node::Object(entries) => entries.iter().for_each(|(key, value)| {
                    words.insert(key.clone());
                    gather(value, words);
                }),
                Node::Array(items) => items.iter().for_each(|item| gather(item, words)),
                Node::Text(text) if !text.contains("{{") && !text.contains("://") => {
                    words.insert(text.clone());
                }
                _ => {}
            }
        }
        let mut words = HashSet::new();
        for event in provider.events() {
            if let Ok(event) = provider.event(&event) {
                gather(&event.payload, &mut words);
                let headers = event.headers.into_iter().filter_map(|(_, value)| value);
                words.extend(headers.filter(|value| !value.contains("{{")));
            }
        }
        provider.parts().into_iter().for_each(|parts| gather(parts, &mut words));
        words.insert(provider.name.clone());
        Self(words)
    }

    /// Whether a text is one of these words.
    pub(super) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_count_stay_and_those_that_name_do_not() {
        for (path, text) in [
            ("data.amount", "123456789"),
            ("created", "1767225600"),
            ("n", "42"),
            ("platform_fee", "1"),
            ("late_count", "7"),
        ] {
            assert!(number(path, text), "{path} {text}");
        }
        for (path, text) in [
            ("x", "447700900123"),
            ("customer_id", "1"),
            ("location.lat", "51.5"),
            ("accountNumber", "12"),
            ("billing_zip", "90210"),
            ("card-last4", "4242"),
        ] {
            assert!(!number(path, text), "{path} {text}");
        }
    }

    #[test]
    fn a_choice_is_a_word_and_no_sentence() {
        for (path, text) in [("a.status", "past_due"), ("locale", "en-GB"), ("api_version", "2024-06-20")] {
            assert!(choice(path, text), "{path} {text}");
        }
        for (path, text) in
            [("reason", "Ada asked for it"), ("code", "493022"), ("name", "ada"), ("state", &"a".repeat(41))]
        {
            assert!(!choice(path, text), "{path} {text}");
        }
    }
}
