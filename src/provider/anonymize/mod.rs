//! A request with pseudonyms in place of what could tell a person or an account: names, addresses, tokens, ids.
//!
//! The same text gets the same pseudonym wherever it stands, so what belonged together still does. What stays is what is known
//! to say nothing of anybody: times, amounts, the words that the provider's own examples use, and values of keys like `status`
//! and `currency` (`harmless.rs`). Whatever is not known to be harmless is replaced.

mod harmless;
mod xml;

use std::collections::HashSet;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};

pub use harmless::Vocabulary;

use super::folder::Provider;
use crate::model::mask::is_sensitive;
use crate::model::{Headers, Request, Timestamp};
use crate::payload::keys::{is_time_key, looks_like_id};
use crate::payload::{Node, alike, document, form};
use crate::signature::content::{Message, Template};

/// Makes pseudonyms. Without the key, nobody can find out what a pseudonym stands for by trying.
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// With a key of 32 bytes of chance.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn chance(&self, text: &str) -> StdRng {
        StdRng::from_seed(Sha256::new().chain_update(self.key).chain_update(text).finalize().into())
    }

    /// The request without its sender's data; its signatures fit no longer.
    pub fn request(&self, request: &Request, provider: Option<&Provider>, words: &Vocabulary) -> Request {
        let kept = provider.map(|provider| kept(request, provider)).unwrap_or_default();
        let one = One { pseudonyms: self, words, kept };
        let body = one.body(request, provider);
        // Signatures stay until they are made anew, since they say where they are.
        let signs = |name: &str| {
            provider.is_some_and(|provider| {
                provider.definition.schemes().any(|scheme| {
                    let time = scheme.timestamp.as_ref().and_then(|rule| rule.header.as_deref());
                    scheme.carrier.headers().any(|header| header.eq_ignore_ascii_case(name))
                        || time.is_some_and(|time| time.eq_ignore_ascii_case(name))
                })
            })
        };
        let mut headers = Headers::new();
        for header in &request.headers {
            let name = header.name().to_owned();
            let value = match header.text() {
                Some(_) if name.eq_ignore_ascii_case("content-length") => body.len().to_string(),
                Some(_) if name.eq_ignore_ascii_case("host") => "receiver.example".to_owned(),
                Some(value) if signs(&name) => value.to_owned(),
                Some(value) if harmless::OF_THE_MESSAGE.iter().any(|own| name.eq_ignore_ascii_case(own)) => {
                    // Some programs tell whose they are: `WordPress/6.4; https://acme.example`.
                    let word = |word: &str| {
                        if word.contains('@') || word.contains("://") { self.scrambled(word) } else { word.to_owned() }
                    };
                    value.split(' ').map(word).collect::<Vec<_>>().join(" ")
                }
                Some(value) if is_sensitive(&name) => match value.split_once(' ') {
                    Some((scheme, token)) => format!("{scheme} {}", self.scrambled(token)),
                    None => self.scrambled(value),
                },
                Some(value) => one.text(&name.to_ascii_lowercase(), value),
                None => self.scrambled(&header.lossy()),
            };
            headers.push(name, value);
        }
        Request { method: request.method.clone(), target: one.target(&request.target), headers, body }
    }

    /// An id of the same form, or a text of the same look.
    fn alike(&self, text: &str) -> String {
        if looks_like_id(text) || text.bytes().all(|b| b.is_ascii_digit()) {
            alike::like(text, &mut self.chance(text))
        } else {
            self.scrambled(text)
        }
    }

    /// A text of the same length and look.
    pub fn scrambled(&self, text: &str) -> String {
        let mut chance = self.chance(text);
        let mut one_of = |set: &[u8]| char::from(set[chance.random_range(0..set.len())]);
        text.chars()
            .map(|c| match c {
                '0'..='9' => one_of(b"0123456789"),
                'a'..='z' => one_of(b"abcdefghijklmnopqrstuvwxyz"),
                'A'..='Z' => one_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                c if c.is_alphanumeric() => 'x',
                c if c.is_ascii() && !c.is_control() || c.is_whitespace() => c,
                _ => 'x',
            })
            .collect()
    }

    /// An address of the networks that are kept for examples.
    pub fn address(&self, ip: IpAddr) -> String {
        let mut chance = self.chance(&ip.to_string());
        match ip {
            ip if ip.is_loopback() => ip.to_string(),
            IpAddr::V4(_) => format!("192.0.2.{}", chance.random_range(1..255)),
            IpAddr::V6(_) => format!("2001:db8::{:x}", chance.random_range(1..0xffff)),
        }
    }
}

/// The values that say which event it is.
fn kept(request: &Request, provider: &Provider) -> HashSet<String> {
    // A value that only has to be there says nothing that would be kept.
    let Some(event_type) = provider.locate(request).event_type else { return HashSet::new() };
    let message = Message::new(request, None);
    let sources = provider.definition.event.r#type.iter().flat_map(Template::sources);
    let values = sources.filter_map(|source| String::from_utf8(source.locate(&message)?.into_owned()).ok());
    values.filter(|value| event_type.contains(value.as_str())).collect()
}

/// One request being rewritten.
struct One<'a> {
    pseudonyms: &'a Pseudonyms,
    words: &'a Vocabulary,
    kept: HashSet<String>,
}

impl One<'_> {
    fn body(&self, request: &Request, provider: Option<&Provider>) -> Bytes {
        if request.is_form() {
            let style = provider.map(|provider| provider.definition.request.json.clone()).unwrap_or_default();
            return form::encode(&self.node("", &form::decode(&request.body)), &style).into();
        }
        match (Node::parse(request.document()), std::str::from_utf8(&request.body)) {
            (Ok(node), _) => {
                let own = provider.map(|provider| provider.definition.request.json.clone()).unwrap_or_default();
                let style = document::style_of(request.document(), &node, own);
                request.with_document(self.node("", &node).write(&style))
            }
            (Err(_), Ok(text)) => self.pseudonyms.scrambled(text).into(),
            // What cannot be looked into is not kept at all.
            (Err(_), Err(_)) => vec![0; request.body.len()].into(),
        }
    }

    fn node(&self, path: &str, node: &Node) -> Node {
        match node {
            Node::Object(entries) => {
                let entry = |(key, value): &(String, Node)| {
                    let odd = (key.contains('@') || looks_like_id(key)) && !self.words.has(key);
                    let named = if odd { self.text("", key) } else { key.clone() };
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    (named, self.node(&path, value))
                };
                Node::Object(entries.iter().map(entry).collect())
            }
            Node::Array(items) => Node::Array(items.iter().map(|item| self.node(path, item)).collect()),
            Node::Text(text) => Node::Text(self.text(path, text)),
            Node::Number(number) => Node::Number(self.number(path, number)),
            Node::Null | Node::Bool(_) => node.clone(),
        }
    }

    fn number(&self, path: &str, number: &str) -> String {
        if harmless::number(path, number) || self.kept.contains(number) {
            return number.to_owned();
        }
        let mut chance = self.pseudonyms.chance(number);
        let digits = number.trim_start_matches('-');
        let sign = &number[..number.len() - digits.len()];
        let (whole, rest) = digits.split_at(digits.find(['.', 'e', 'E']).unwrap_or(digits.len()));
        let whole = alike::like(whole, &mut chance);
        // An exponent says how large it is.
        let rest = if rest.contains(['e', 'E']) { rest.to_owned() } else { alike::like(rest, &mut chance) };
        format!("{sign}{whole}{rest}")
    }

    fn text(&self, path: &str, text: &str) -> String {
        let pseudonyms = self.pseudonyms;
        if text.trim().is_empty() || self.kept.contains(text) || is_time(path, text) {
            return text.to_owned();
        }
        // A form may hold JSON, and so may a text.
        if text.starts_with(['{', '['])
            && let Ok(node @ (Node::Object(_) | Node::Array(_))) = Node::parse(text.as_bytes())
        {
            return self.node(path, &node).compact();
        }
        if let Some(packed) = self.packed(path, text) {
            return packed;
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return pseudonyms.address(ip);
        }
        if text.contains('@') && !text.contains(char::is_whitespace) && !text.contains("://") {
            let user: u32 = pseudonyms.chance(text).random_range(0x10_0000..0x100_0000);
            return format!("user-{user:x}@example.com");
        }
        if let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, rest)| is_address(scheme, rest)) {
            return self.address(scheme, rest);
        }
        // What stands in the provider's examples is nobody's; a key that holds choices holds no names.
        if !looks_like_id(text) && (self.words.has(text) || harmless::choice(path, text)) {
            return text.to_owned();
        }
        pseudonyms.alike(text)
    }

    /// A document in base64, in lines as long as they were; `None` for anything else.
    fn packed(&self, path: &str, text: &str) -> Option<String> {
        let bytes = STANDARD.decode(text.split_whitespace().collect::<String>()).ok()?;
        let inner = std::str::from_utf8(&bytes).ok()?;
        let changed = match inner.trim_start().chars().next()? {
            '<' => xml::rewritten(inner, |path, text| match text.parse::<f64>() {
                Ok(_) => self.number(path, text),
                Err(_) => self.text(path, text),
            })?,
            '{' | '[' => self.node(path, &Node::parse(inner.as_bytes()).ok()?).compact(),
            _ => return None,
        };
        let packed = STANDARD.encode(changed);
        let Some(width) = text.find('\n') else { return Some(packed) };
        let lines: Vec<&str> =
            packed.as_bytes().chunks(width.max(1)).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Some(lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" })
    }

    fn address(&self, scheme: &str, rest: &str) -> String {
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host: u32 = self.pseudonyms.chance(host).random_range(0x10_0000..0x100_0000);
        format!("{scheme}://host-{host:x}.example{}", self.target(path))
    }

    /// A path with its query: their structure stays.
    fn target(&self, target: &str) -> String {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let segment = |segment: &str| {
            let known = harmless::OF_PATHS.contains(&segment) || self.words.has(segment) || segment.is_empty();
            if known || segment == "*" { segment.to_owned() } else { self.pseudonyms.alike(segment) }
        };
        let mut out = path.split('/').map(segment).collect::<Vec<_>>().join("/");
        for (at, parameter) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            match parameter.split_once('=') {
                Some((name, value)) => {
                    let kept = self.kept.contains(value);
                    out.push_str(name);
                    out.push('=');
                    out.push_str(&if kept { value.to_owned() } else { self.pseudonyms.alike(value) });
                }
                None => out.push_str(&self.pseudonyms.alike(parameter)),
            }
        }
        out
    }
}

/// Whether these are the halves of an address, and not of a sentence with one in it, whose first words would be kept.
fn is_address(scheme: &str, rest: &str) -> bool {
    const LONGEST_SCHEME: usize = 16;
    let in_scheme = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    scheme.len() <= LONGEST_SCHEME && scheme.bytes().all(in_scheme) && !rest.contains(char::is_whitespace)
}

fn is_time(path: &str, text: &str) -> bool {
    let shape = |c: char| c.is_ascii_digit() || "-:TZ.+/ ".contains(c);
    Timestamp::from_rfc3339(text).is_some() || (is_time_key(path) && text.chars().all(shape))
}

/// The last key of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Catalog;

    fn anonymous(provider: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let provider = Catalog::default().get(provider).expect("built in");
        let headers: Headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let target = "/webhooks/tenants/acme?token=abc".to_owned();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let request = Request { method: "POST".into(), target, headers, body };
        Pseudonyms::new([7; 32]).request(&request, Some(&provider), &Vocabulary::of(&provider))
    }

    #[test]
    fn what_tells_a_person_is_replaced_and_what_tells_the_event_stays() {
        let body = r#"{"id":"evt_1NjpMq7oJCSttc0XpK1mlVqI","type":"charge.refunded","created":1767225600,"livemode":true,
            "data":{"object":{"object":"charge","amount":4200,"currency":"usd","customer":"cus_9s6XKzkNRiz8i3",
            "billing_details":{"email":"ada@lovelace.org","name":"Ada Lovelace","phone":"+44 20 7946 0000","address":{"line1":"12 St James's Square","country":"GB"}},
            "receipt_url":"https://pay.stripe.com/receipts/acct_1032D82eZvKYlo2C/ch_3Njp","description":"for Ada","ip":"81.2.69.160","again":"cus_9s6XKzkNRiz8i3"}}}"#;
        let headers = [
            ("Host", "hooks.lovelace.org"),
            ("Authorization", "Bearer s3cr3t"),
            ("X-Forwarded-For", "81.2.69.160"),
            ("User-Agent", "Stripe/1.0"),
            ("Stripe-Signature", "t=1,v1=2"),
        ];
        let made = anonymous("stripe", &headers, body);
        let text = format!("{made:?}").to_lowercase();
        for gone in
            ["ada", "lovelace", "7946", "james", "s3cr3t", "81.2.69", "9s6xkz", "1njpmq7", "1032d8", "acme", "abc"]
        {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        let node = Node::parse(&made.body).expect("JSON");
        let object = node.get("data").and_then(|data| data.get("object")).expect("an object");
        let kept = |key: &str| object.get(key).map(Node::compact);
        assert_eq!(node.get("type").and_then(Node::as_text), Some("charge.refunded"));
        assert_eq!((kept("amount"), kept("currency")), (Some("4200".into()), Some("\"usd\"".into())));
        assert_eq!(node.get("created").map(Node::compact).as_deref(), Some("1767225600"));
        assert_eq!(object.get("customer"), object.get("again"), "the same id has the same pseudonym");
        assert!(kept("customer").is_some_and(|id| id.starts_with("\"cus_")));
        assert_eq!(made.headers.text("user-agent"), Some("Stripe/1.0"));
        assert!(made.target.starts_with("/webhooks/"), "{}", made.target);
    }

    #[test]
    fn other_bodies_keep_nothing_either() {
        let form = anonymous(
            "twilio",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            "From=%2B4420&MessageStatus=sent",
        );
        let form = String::from_utf8_lossy(&form.body).into_owned();
        assert!(form.contains("MessageStatus=sent") && !form.contains("4420"), "{form}");
        let packed =
            STANDARD.encode("<notification><kind>check</kind><name>Ada</name><amount>42.00</amount></notification>");
        let sent = format!("bt_signature=x&bt_payload={}", packed.replace('+', "%2B").replace('=', "%3D"));
        let form = anonymous("braintree", &[("Content-Type", "application/x-www-form-urlencoded")], &sent);
        let xml = form::decode(&form.body).get("bt_payload").and_then(Node::as_text).map(|text| STANDARD.decode(text));
        let xml = String::from_utf8(xml.expect("a payload").expect("base64")).expect("text");
        assert!(xml.starts_with("<notification><kind>check</kind><name>"), "{xml}");
        assert!(!xml.contains("Ada") && xml.contains("<amount>42.00</amount>"), "{xml}");
        // Once everything before an address within a text was taken for its scheme, and kept.
        let note = anonymous(
            "stripe",
            &[],
            r#"{"note":"Ada of Acme, see https://acme.example/ada","link":"https://acme.example/"}"#,
        );
        let note = String::from_utf8_lossy(&note.body).to_lowercase();
        assert!(!note.contains("ada") && !note.contains("acme") && note.contains("\"https://host-"), "{note}");
        let text = anonymous("stripe", &[], "Ada <ada@lovelace.org>");
        assert!(!String::from_utf8_lossy(&text.body).contains("Ada"));
        let request = Request {
            method: "POST".into(),
            target: "/".into(),
            headers: Headers::new(),
            body: Bytes::from_static(b"\xff\x00a"),
        };
        assert_eq!(Pseudonyms::new([1; 32]).request(&request, None, &Vocabulary::default()).body, vec![0; 3]);
    }
}
