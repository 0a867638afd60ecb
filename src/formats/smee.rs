//! Messages of a smee.io channel, as they are saved: the events of its stream, or their data alone; and what gosmee saves of
//! one, a script with the headers beside a file with the body.
//!
//! A message has the header fields as keys in lower case beside `body` (parsed JSON, so its bytes are a guess unless they were
//! minimal) or `bodyB` (base64), `query` and `timestamp`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::value::RawValue;

use super::error::{Form, FormatError, Place, Problem};
use super::{Capture, Note, Record, parts};
use crate::model::{Headers, Request, Timestamp};
use crate::payload::Node;

/// Keys of a message that are no header fields.
const NO_HEADERS: [&str; 5] = ["body", "bodyb", "query", "timestamp", "connection"];

/// Whether text is the stream itself: fields of server-sent events, with data among them.
pub(super) fn looks_like_stream(text: &str) -> bool {
    let fields = ["data:", "event:", "id:", "retry:", ":"];
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let first = lines.clone().next().unwrap_or_default();
    fields.iter().any(|field| first.starts_with(field))
        && lines.any(|line| line.strip_prefix("data:").is_some_and(|data| data.trim_start().starts_with('{')))
}

/// Reads the messages of a stream. What is no message (`ready`, pings) is passed over.
pub(super) fn read_stream(text: &str, name: &str) -> Result<Vec<Record>, FormatError> {
    let mut records = Vec::new();
    let mut data = String::new();
    let mut number = 0;
    for line in text.lines().chain([""]) {
        let line = line.trim_end_matches('\r');
        if let Some(rest) = line.strip_prefix("data:") {
            if !data.is_empty() {
                data.push('\n');
            }
            data.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        } else if line.is_empty() && !data.is_empty() {
            let message = std::mem::take(&mut data);
            if let Ok(node @ Node::Object(_)) = Node::parse(message.as_bytes())
                && is_message(&node)
            {
                number += 1;
                records.push(
                    record(&node, format!("{name}#{number}"))
                        .map_err(|p| p.at(name, Form::Smee, Place::Entry(number)))?,
                );
            }
        }
    }
    if records.is_empty() { Err(FormatError::Empty { name: name.to_owned() }) } else { Ok(records) }
}

/// Whether a JSON object is a message: a body and its time, with header fields beside them.
pub(super) fn is_message(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    (has("bodyB") || has("body"))
        && has("timestamp")
        && (has("content-type") || has("user-agent") || has("host"))
        && !has("method")
}

/// Reads messages that stand alone, in a list, or a line each.
pub(super) fn read(values: &[&RawValue], name: &str) -> Result<Vec<Record>, FormatError> {
    let mut records = Vec::new();
    for value in values {
        let at = |problem: Problem, number: usize| problem.at(name, Form::Smee, Place::Entry(number));
        let json = |error: crate::payload::document::ParseError| Problem::Json { message: error.to_string() };
        let number = records.len() + 1;
        let node = Node::parse(value.get().as_bytes()).map_err(|error| at(json(error), number))?;
        let messages = match node {
            Node::Array(items) => items,
            one => vec![one],
        };
        for message in messages {
            let number = records.len() + 1;
            records.push(record(&message, format!("{name}#{number}")).map_err(|problem| at(problem, number))?);
        }
    }
    Ok(records)
}

fn record(message: &Node, source: String) -> Result<Record, Problem> {
    let Node::Object(entries) = message else { return Err(Problem::Missing { field: "body" }) };
    let mut headers = Headers::new();
    for (key, value) in entries {
        let (Node::Text(text) | Node::Number(text)) = value else { continue };
        if !NO_HEADERS.iter().any(|own| key.eq_ignore_ascii_case(own)) {
            headers.push(titled(key), text.clone());
        }
    }
    let (body, exact) = match (message.get("bodyB"), message.get("body")) {
        (Some(Node::Text(base64)), _) => {
            (STANDARD.decode(base64).map_err(|_| Problem::Base64 { field: "bodyB" })?.into(), true)
        }
        (_, Some(Node::Text(text))) => (Bytes::from(text.clone()), true),
        (_, Some(document)) => (Bytes::from(document.compact()), false),
        _ => return Err(Problem::Missing { field: "body" }),
    };
    // The channel's own length is that of the body as it came; a body that was written anew may have another.
    headers.remove("content-length");
    let target = match message.get("query") {
        Some(Node::Object(query)) if !query.is_empty() => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in query {
                form.append_pair(name, value.as_text().unwrap_or(&value.compact()));
            }
            format!("/?{}", form.finish())
        }
        _ => "/".to_owned(),
    };
    let request = Request { method: "POST".to_owned(), target, headers, body };
    parts::check(&request)?;
    let arrived_at = match message.get("timestamp") {
        Some(Node::Number(millis) | Node::Text(millis)) => millis.parse().ok().map(Timestamp::from_millis),
        _ => None,
    };
    let notes = if exact { Vec::new() } else { vec![Note::BodyRebuilt] };
    Ok(Record::from(Capture { arrived_at, notes, ..Capture::new(request, source) }))
}

/// `x-github-event` as `X-Github-Event`: the channel keeps no spelling.
fn titled(name: &str) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => word.to_owned(),
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// What gosmee's script says of the request: its headers, and the name of the file with the body, without its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// The headers.
    pub headers: Headers,
    /// The name of the body's file, without `.json`.
    pub base: String,
}

impl Script {
    /// Reads a script; `None` if it is none of gosmee's.
    pub fn parse(text: &str) -> Option<Self> {
        // The command may go on over several lines.
        let joined = text.replace("\\\n", " ");
        let command = joined.lines().map(str::trim).find(|line| line.starts_with("curl ") && line.contains("@./"))?;
        let mut words = shlex::split(command)?.into_iter();
        let mut script = Self { headers: Headers::new(), base: String::new() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "-H" | "--header" => {
                    let line = words.next()?;
                    let (name, value) = line.split_once(':')?;
                    if !value.trim().is_empty() {
                        script.headers.push(name.trim().to_owned(), value.trim().to_owned());
                    }
                }
                "-d" | "--data" | "--data-binary" | "--data-raw" => {
                    let file = words.next()?;
                    file.strip_prefix("@./")?.strip_suffix(".json")?.clone_into(&mut script.base);
                }
                _ => {}
            }
        }
        // It names a file beside the script, and nothing elsewhere.
        let fine = !script.base.is_empty() && !script.base.contains('/') && !script.base.starts_with('.');
        fine.then_some(script)
    }

    /// The request, with its body.
    ///
    /// # Errors
    /// The headers could not stand in a request.
    pub fn record(self, body: Bytes, source: String) -> Result<Record, FormatError> {
        let arrived_at = moment(&self.base);
        let request = Request { method: "POST".to_owned(), target: "/".to_owned(), headers: self.headers, body };
        parts::check(&request).map_err(|problem| problem.at(&source, Form::Smee, Place::Whole))?;
        Ok(Record::from(Capture { arrived_at, ..Capture::new(request, source) }))
    }
}

/// The moment in a file's name, `push-2026-01-02T15.04.05.678`, as far as the minute: gosmee writes something else behind it.
fn moment(base: &str) -> Option<Timestamp> {
    let at = base.len().checked_sub("2026-01-02T15.04.05.678".len())?;
    let text = base.get(at..)?;
    let minute = text.get(..16)?.replace('.', ":");
    Timestamp::from_rfc3339(&format!("{minute}:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_message_by_message() {
        let text = "event: ready\ndata: {}\n\nid: 1\ndata: {\"x-github-event\":\"push\",\"content-type\":\"application/json\",\"host\":\"smee.io\",\ndata: \"body\":{\"a\":1.0},\"query\":{\"x\":\"1\"},\"timestamp\":1767225600000}\n\n: ping\n\ndata: {\"bodyB\":\"/w==\",\"user-agent\":\"u\",\"timestamp\":\"1767225600000\"}\n";
        assert!(looks_like_stream(text) && !looks_like_stream("data: text\n"));
        let records = read_stream(text, "s").expect("messages");
        let first = &records[0].capture;
        assert_eq!((first.request.body.as_ref(), first.request.target.as_str()), (&b"{\"a\":1.0}"[..], "/?x=1"));
        assert_eq!(first.request.headers.text("X-Github-Event"), Some("push"));
        assert_eq!(
            (first.arrived_at, first.notes.as_slice()),
            (Some(Timestamp::from_secs(1_767_225_600)), &[Note::BodyRebuilt][..])
        );
        assert_eq!((records[1].capture.request.body.as_ref(), records.len()), (&b"\xff"[..], 2));
    }

    #[test]
    fn a_script_names_its_headers_and_its_body() {
        let text = "#!/usr/bin/env bash\nset -eu\ntargetURL=\"http://localhost\"\ncurl -sSi -H \"Content-Type: application/json\" -H 'X-GitHub-Event: push' -X POST -d @./push-2026-01-02T15.04.01.678.json ${targetURL}\n";
        let script = Script::parse(text).expect("a script");
        assert_eq!(script.base, "push-2026-01-02T15.04.01.678");
        assert_eq!(script.headers.text("x-github-event"), Some("push"));
        let record = script.record(Bytes::from_static(b"{}"), "s".into()).expect("a request");
        assert_eq!(record.capture.arrived_at.map(|at| at.to_string()).as_deref(), Some("2026-01-02T15:04:00.000Z"));
        for text in
            ["curl http://h -d @./../x.json", "curl http://h -d @/etc/passwd", "curl http://h", "echo 'curl @./x.json'"]
        {
            assert_eq!(Script::parse(text), None, "{text}");
        }
    }
}
