//! Other forms of the address, for schemes that sign it: what proxies, tunnels and frameworks make of one.
//!
//! Each part (scheme, host, port, path, query) has a few forms; all forms of one part are tried, then pairs of parts.

use std::borrow::Cow;
use std::collections::HashSet;

use super::cause::{Cause, Change};
use crate::model::Request;

/// So many segments at the front of a path may be a proxy's own.
const MOST_PREFIXES: usize = 4;

/// Addresses that are tried, at most: a request with every forwarding header there is has a few hundred.
const MOST: usize = 2_000;

/// An address in parts, each as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    scheme: String,
    host: String,
    port: Option<String>,
    path: String,
    query: Option<String>,
}

impl Parts {
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (host, port) = split_port(authority);
        let (path, query) = match tail.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (tail, None),
        };
        Some(Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port: port.map(str::to_owned),
            path: path.to_owned(),
            query,
        })
    }

    fn text(&self) -> String {
        let port = self.port.as_ref().map(|port| format!(":{port}")).unwrap_or_default();
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}://{}{port}{}{query}", self.scheme, self.host, self.path)
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    }
}

/// A form of one part.
struct Form {
    change: Change,
    apply: Box<dyn Fn(&mut Parts)>,
}

impl Form {
    fn new(cause: Cause, detail: impl Into<String>, apply: impl Fn(&mut Parts) + 'static) -> Self {
        Self { change: Change::new(cause, detail), apply: Box::new(apply) }
    }
}

/// An address, and what was changed to come to it.
pub type Address = (String, Vec<Change>);

/// Other addresses that a request may have been signed for: one part changed, then two or three.
pub fn addresses(url: Option<&str>, request: &Request) -> Vec<Address> {
    let seen = crate::model::address::seen(request, None);
    let mut found: Vec<Address> = Vec::new();
    let Some(parts) = url.or(seen.as_deref()).and_then(Parts::of) else { return found };
    let original = parts.text();
    let families =
        [schemes(&parts), hosts(&parts, request), ports(&parts, request), paths(&parts, request), queries(&parts)];
    if url.is_none() {
        let detail = format!("the signed address is {original}, as the request's own headers tell");
        found.push((original.clone(), vec![Change::new(Cause::UrlHost, detail)]));
    }
    let mut known = HashSet::from([original]);
    let mut add = |forms: &[&Form]| {
        if found.len() >= MOST {
            return;
        }
        let mut changed = parts.clone();
        forms.iter().for_each(|form| (form.apply)(&mut changed));
        let text = changed.text();
        if known.insert(text.clone()) {
            found.push((text, forms.iter().map(|form| form.change.clone()).collect()));
        }
    };
    for family in &families {
        family.iter().for_each(|form| add(&[form]));
    }
    for (at, family) in families.iter().enumerate() {
        for other in &families[at + 1..] {
            for (one, two) in family.iter().flat_map(|one| other.iter().map(move |two| (one, two))) {
                add(&[one, two]);
            }
        }
    }
    // Behind a tunnel, scheme, host and port change together.
    for scheme in &families[0] {
        for host in &families[1] {
            for port in &families[2] {
                add(&[scheme, host, port]);
            }
        }
    }
    found
}

fn schemes(parts: &Parts) -> Vec<Form> {
    let other = if parts.scheme == "https" { "http" } else { "https" };
    vec![Form::new(Cause::UrlScheme, format!("the signed address begins with {other}://"), move |parts| {
        other.clone_into(&mut parts.scheme);
    })]
}

/// The header's first value, in its parts.
fn forwarded(request: &Request, name: &str) -> Option<String> {
    let value = request.headers.text(name)?;
    Some(value.split(',').next().unwrap_or(value).trim().to_owned()).filter(|value| !value.is_empty())
}

fn hosts(parts: &Parts, request: &Request) -> Vec<Form> {
    const NAMES: [&str; 8] = [
        "X-Forwarded-Host",
        "X-Original-Host",
        "X-Forwarded-Server",
        "Ngrok-Host",
        "X-Real-Host",
        "X-Host",
        "Host",
        "Origin",
    ];
    let mut forms = Vec::new();
    let mut add = |value: String, name: &str| {
        let value = value.rsplit("://").next().unwrap_or_default().to_owned();
        let (host, port) = split_port(&value);
        let (host, port) = (host.to_owned(), port.map(str::to_owned));
        if host != parts.host || port != parts.port {
            let detail = format!("the signed address has the host {host}, which {name} names");
            forms.push(Form::new(Cause::UrlHost, detail, move |parts| {
                parts.host.clone_from(&host);
                parts.port.clone_from(&port);
            }));
        }
    };
    if let Some(value) = request.headers.text("forwarded") {
        let host = value.split([';', ',']).filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case("host").then(|| value.trim().trim_matches('"').to_owned())
        });
        host.into_iter().for_each(|host| add(host, "Forwarded"));
    }
    for name in NAMES {
        forwarded(request, name).into_iter().for_each(|value| add(value, name));
    }
    let lower = parts.host.to_ascii_lowercase();
    if lower != parts.host {
        forms.push(Form::new(Cause::UrlHost, "the signed address has its host in lower case", move |parts| {
            parts.host.clone_from(&lower);
        }));
    }
    let (detail, swapped) = match parts.host.strip_prefix("www.") {
        Some(rest) => ("the signed address has its host without www.", rest.to_owned()),
        None => ("the signed address has its host with www.", format!("www.{}", parts.host)),
    };
    forms.push(Form::new(Cause::UrlHost, detail, move |parts| parts.host.clone_from(&swapped)));
    for local in ["localhost", "127.0.0.1"] {
        if ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&parts.host.as_str()) && parts.host != local {
            forms.push(Form::new(Cause::UrlHost, format!("the signed address has the host {local}"), move |parts| {
                local.clone_into(&mut parts.host);
            }));
        }
    }
    forms
}

fn ports(parts: &Parts, request: &Request) -> Vec<Form> {
    let mut ports: Vec<(Option<String>, String)> = Vec::new();
    if parts.port.is_some() {
        ports.push((None, "the signed address has no port".to_owned()));
    }
    for port in ["443", "80"] {
        ports.push((Some(port.to_owned()), format!("the signed address has the port {port} in it")));
    }
    if let Some(port) = forwarded(request, "X-Forwarded-Port") {
        ports.push((
            Some(port.clone()),
            format!("the signed address has the port {port}, which X-Forwarded-Port names"),
        ));
    }
    if let Some(port) = request.headers.text("host").and_then(|host| split_port(host).1) {
        ports.push((Some(port.to_owned()), format!("the signed address has the port {port}, which Host names")));
    }
    let others = ports.into_iter().filter(|(port, _)| *port != parts.port);
    others.map(|(port, detail)| Form::new(Cause::UrlPort, detail, move |parts| parts.port.clone_from(&port))).collect()
}

fn paths(parts: &Parts, request: &Request) -> Vec<Form> {
    let path = parts.path.as_str();
    let mut paths: Vec<(String, String)> = Vec::new();
    let mut add = |path: String, detail: String| paths.push((path, detail));
    match path.strip_suffix('/') {
        Some(rest) => add(rest.to_owned(), "the signed address has no slash at the end of its path".to_owned()),
        None => add(format!("{path}/"), "the signed address has a slash at the end of its path".to_owned()),
    }
    for name in ["X-Forwarded-Uri", "X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Envoy-Original-Path"] {
        if let Some(value) = forwarded(request, name) {
            let value = value.split('?').next().unwrap_or_default();
            let value =
                value.find("://").map_or(value, |at| value[at + 3..].find('/').map_or("/", |s| &value[at + 3 + s..]));
            add(value.to_owned(), format!("the signed address has the path {value}, which {name} names"));
        }
    }
    if let Some(prefix) = forwarded(request, "X-Forwarded-Prefix") {
        let prefix = prefix.trim_end_matches('/');
        add(format!("{prefix}{path}"), format!("the signed path begins with {prefix}, which X-Forwarded-Prefix names"));
    }
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().unwrap_or(Cow::Borrowed(path));
    add(decoded.clone().into_owned(), "the signed address has its path without percent escapes".to_owned());
    add(encode(&decoded), "the signed address has its path percent-encoded".to_owned());
    add(path.replace("//", "/"), "the signed address has single slashes in its path".to_owned());
    // A proxy that hands on only what is behind its own prefix cannot be undone; one that added a prefix can.
    let mut rest = path;
    for _ in 0..MOST_PREFIXES {
        let Some(at) = rest.get(1..).and_then(|rest| rest.find('/')) else { break };
        rest = &rest[at + 1..];
        add(rest.to_owned(), format!("the signed path is {rest}"));
    }
    add(String::new(), "the signed address has no path".to_owned());
    let others = paths.into_iter().filter(|(other, _)| other != path);
    others.map(|(path, detail)| Form::new(Cause::UrlPath, detail, move |parts| parts.path.clone_from(&path))).collect()
}

fn encode(text: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const PATH: &AsciiSet =
        &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#').add(b'?').add(b'{').add(b'}');
    utf8_percent_encode(text, PATH).to_string()
}

fn queries(parts: &Parts) -> Vec<Form> {
    let Some(query) = &parts.query else {
        return vec![Form::new(Cause::UrlQuery, "the signed address has a question mark at its end", |parts| {
            parts.query = Some(String::new());
        })];
    };
    let mut queries = vec![(None, "the signed address has no query")];
    let mut sorted: Vec<&str> = query.split('&').collect();
    sorted.sort_unstable();
    queries.push((Some(sorted.join("&")), "the signed address has the parameters of its query sorted"));
    let mut reversed: Vec<&str> = query.split('&').collect();
    reversed.reverse();
    queries.push((Some(reversed.join("&")), "the signed address has the parameters of its query in reverse"));
    if let Ok(decoded) = percent_encoding::percent_decode_str(query).decode_utf8() {
        queries.push((Some(decoded.into_owned()), "the signed address has its query without percent escapes"));
    }
    queries.push((Some(query.replace('+', "%20")), "the signed address has %20 for spaces in its query"));
    queries.push((Some(query.replace("%20", "+")), "the signed address has + for spaces in its query"));
    let rewritten = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(url::form_urlencoded::parse(query.as_bytes()))
        .finish();
    queries.push((Some(rewritten), "the signed address has its query encoded as HTML forms are"));
    let others = queries.into_iter().filter(|(other, _)| other.as_ref() != Some(query));
    others
        .map(|(query, detail)| Form::new(Cause::UrlQuery, detail, move |parts| parts.query.clone_from(&query)))
        .collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn causes(url: &str, headers: &[(&str, &str)], signed: &str) -> Option<Vec<&'static str>> {
        let headers: Headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: "POST".into(), target: "/hook".into(), headers, body: Bytes::new() };
        let found = addresses(Some(url), &request).into_iter().find(|(address, _)| address == signed)?;
        Some(found.1.iter().map(|change| change.cause.as_str()).collect())
    }

    #[test]
    fn each_form_of_an_address_is_found_and_named() {
        let host = ("Host", "localhost:3000");
        for (url, headers, signed, wanted) in [
            ("http://a.example/hook", &[][..], "https://a.example/hook", &["url-scheme"][..]),
            ("http://a.example/hook", &[], "http://a.example/hook/", &["url-path"]),
            ("http://a.example/hook/", &[], "http://a.example/hook", &["url-path"]),
            ("https://a.example:443/hook", &[], "https://a.example/hook", &["url-port"]),
            ("https://a.example/hook", &[], "https://a.example:443/hook", &["url-port"]),
            ("https://a.example/hook?b=1&a=2", &[], "https://a.example/hook?a=2&b=1", &["url-query"]),
            ("https://a.example/hook?a=2", &[], "https://a.example/hook", &["url-query"]),
            ("http://a.example/hook", &[("X-Forwarded-Host", "b.example")], "http://b.example/hook", &["url-host"]),
            (
                "http://localhost:3000/hook",
                &[host, ("X-Forwarded-Host", "b.example")],
                "https://b.example/hook",
                &["url-scheme", "url-host"],
            ),
            ("http://a.example/hook", &[("X-Forwarded-Prefix", "/api")], "http://a.example/api/hook", &["url-path"]),
            ("http://a.example/api/hook", &[], "http://a.example/hook", &["url-path"]),
            ("http://a.example:80/hook", &[], "https://a.example/hook", &["url-scheme", "url-port"]),
        ] {
            assert_eq!(causes(url, headers, signed).as_deref(), Some(wanted), "{url} → {signed}");
        }
    }

    #[test]
    fn addresses_are_few_whatever_the_request_says() {
        let many: Vec<(String, String)> =
            (0..200).map(|n| ("X-Forwarded-Host".to_owned(), format!("h{n}.example"))).collect();
        let headers: Headers = many.into_iter().collect();
        let target = format!("/{}", "a/".repeat(500));
        let request = Request { method: "POST".into(), target, headers, body: Bytes::new() };
        let url = format!("http://a.example{}?{}", request.target, "a=1&".repeat(500));
        assert!(addresses(Some(&url), &request).len() <= MOST);
    }
}
