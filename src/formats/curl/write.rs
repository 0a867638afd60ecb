//! A request as a curl command that can be pasted into any POSIX shell: readable where the request is text, and exact
//! for any bytes.

use super::printf;
use crate::formats::Credentials;
use crate::formats::address::Address;
use crate::formats::note::announced_length;
use crate::model::{Header, Request};

/// Longest body that is written as an argument. Linux takes 128 KiB for one argument; shells have no limit for what
/// they do themselves, so a longer body goes through `printf` and a pipe.
const LONGEST_ARGUMENT: usize = 100_000;

/// Writes the command that sends this request to `url`, over several lines.
///
/// What curl makes itself is left out: `Host` if it is the URL's, `Content-Length` if it is right. `User-Agent` and
/// `Accept` are curl's own if the request has none.
pub fn write(request: &Request, url: &str, credentials: Credentials) -> String {
    let url = credentials.address(url);
    let address = Address::parse(&url).ok();
    let mut lines = vec![format!("curl {}", quote(url.as_bytes()))];
    // curl would take these for patterns, and tidy the path.
    if url.contains(['[', ']', '{', '}']) {
        lines.push("--globoff".to_owned());
    }
    if address.is_some_and(|address| address.rest.contains("/.")) {
        lines.push("--path-as-is".to_owned());
    }
    let sends_body = !request.body.is_empty() || announced_length(request) == Some(0);
    match (request.method.as_str(), sends_body) {
        ("POST", true) | ("GET", false) => {}
        ("HEAD", false) => lines.push("--head".to_owned()),
        (method, _) => lines.push(format!("-X {}", quote(method.as_bytes()))),
    }
    for header in &request.headers {
        let implied = match header.name() {
            name if name.eq_ignore_ascii_case("host") => {
                address.is_some_and(|address| header.value().eq_ignore_ascii_case(address.host.as_bytes()))
            }
            name if name.eq_ignore_ascii_case("content-length") => {
                sends_body && announced_length(request) == Some(request.body.len() as u64)
            }
            _ => false,
        };
        if !implied {
            lines.push(format!("-H {}", header_argument(header, credentials)));
        }
    }
    if sends_body && !request.headers.contains("content-type") {
        lines.push("-H 'Content-Type:'".to_owned());
    }
    let mut before = String::new();
    if sends_body {
        if request.body.len() <= LONGEST_ARGUMENT && is_plain(&request.body) {
            // A leading @ would name a file.
            let option = if request.body.starts_with(b"@") { "--data-raw" } else { "--data-binary" };
            lines.push(format!("{option} {}", quote(&request.body)));
        } else {
            before = format!("printf {} | ", printf::format(&request.body));
            lines.push("--data-binary @-".to_owned());
        }
    }
    format!("{before}{}\n", lines.join(" \\\n  "))
}

fn header_argument(header: &Header, credentials: Credentials) -> String {
    let value = credentials.value(header);
    if value.is_empty() {
        quote(format!("{};", header.name()).as_bytes())
    } else {
        quote(&[header.name().as_bytes(), b": ", &value].concat())
    }
}

/// One word for a POSIX shell. Text stands in single quotes; bytes that a terminal would not show come from `printf`.
/// No shell can put a NUL into an argument.
pub fn quote(bytes: &[u8]) -> String {
    let single = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(bytes) => single(text),
        _ => {
            // `$(…)` drops the line feeds at its end.
            let kept = bytes.len() - bytes.iter().rev().take_while(|b| **b == b'\n').count();
            let dropped = if kept < bytes.len() { single(&"\n".repeat(bytes.len() - kept)) } else { String::new() };
            format!("\"$(printf {})\"{dropped}", printf::format(&bytes[..kept]))
        }
    }
}

/// Whether bytes are text that survives a terminal and a clipboard.
fn is_plain(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')))
}
