//! From the options of one command to the request that curl would send.
//!
//! `User-Agent` and `Accept`, which curl adds by itself, are left out: they differ from version to version, and nobody
//! wrote them down. `Host`, `Content-Type` and `Content-Length` follow from the command and are there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::options::{self, Effect, Opt};
use super::words::{Command, Word};
use super::{CurlProblem, Located, printf};
use crate::formats::address::Address;
use crate::formats::error::Problem;
use crate::formats::note::length_note;
use crate::formats::{Capture, parts};
use crate::model::{Headers, Request};

/// The capture in a command that holds curl.
pub(super) fn capture(command: &Command, source: String) -> Result<Capture, Located> {
    let stage = command.curl().expect("only commands that hold curl are given");
    let words = &command.stages[stage];
    let line = words[0].line;
    let mut draft = Draft { input: input(&command.stages[..stage])?, ..Draft::default() };
    let mut rest = words[1..].iter();
    let mut only_urls = false;
    while let Some(word) = rest.next() {
        let at = |problem: CurlProblem| (word.line, Problem::from(problem));
        match word.bytes.as_slice() {
            b"--" if !only_urls => only_urls = true,
            [b'-', b'-', name @ ..] if !only_urls => {
                let option = options::long(name).map_err(at)?;
                let value = if option.takes_value { Some(value(rest.next(), word).map_err(at)?) } else { None };
                draft.take(option, value.unwrap_or_default()).map_err(at)?;
            }
            [b'-', letters @ ..] if !only_urls && !letters.is_empty() => {
                let mut letters = letters;
                while let Some((letter, after)) = letters.split_first() {
                    letters = after;
                    let option = options::short(*letter).map_err(at)?;
                    if !option.takes_value {
                        draft.take(option, &[]).map_err(at)?;
                    } else if after.is_empty() {
                        draft.take(option, value(rest.next(), word).map_err(at)?).map_err(at)?;
                    } else {
                        draft.take(option, after).map_err(at)?;
                        break;
                    }
                }
            }
            url => draft.url(url).map_err(at)?,
        }
    }
    draft.finish(source).map_err(|problem| (line, problem))
}

fn value<'a>(next: Option<&'a Word>, option: &Word) -> Result<&'a [u8], CurlProblem> {
    let missing = || CurlProblem::ValueMissing { option: parts::excerpt(&String::from_utf8_lossy(&option.bytes)) };
    next.map(|word| word.bytes.as_slice()).ok_or_else(missing)
}

/// What the stages before curl print: what `printf` and `echo` do is known, and what `base64 -d` makes of it.
fn input(stages: &[Vec<Word>]) -> Result<Option<Vec<u8>>, Located> {
    let mut bytes: Option<Vec<u8>> = None;
    for stage in stages {
        let line = stage[0].line;
        let words: Vec<&[u8]> = stage.iter().map(|word| word.bytes.as_slice()).collect();
        let refused = || {
            let command = parts::excerpt(&String::from_utf8_lossy(words[0]));
            (line, CurlProblem::Pipe { command }.into())
        };
        bytes = Some(match (words.as_slice(), bytes.take()) {
            ([b"printf", ..], None) => printf::output(stage)?,
            // What echo makes of a backslash differs from shell to shell.
            ([b"echo", text @ ..], None) if !text.iter().any(|word| word.contains(&b'\\')) => match text {
                [b"-n", text @ ..] => text.join(&b' '),
                text => [&text.join(&b' ')[..], b"\n"].concat(),
            },
            ([b"base64", b"-d" | b"-D" | b"--decode"], Some(mut text)) => {
                text.retain(|b| !b.is_ascii_whitespace());
                STANDARD.decode(text).map_err(|_| (line, Problem::Base64 { field: "base64 -d" }))?
            }
            _ => return Err(refused()),
        });
    }
    Ok(bytes)
}

/// A request while it is put together.
#[derive(Default)]
struct Draft {
    method: Option<String>,
    url: Option<String>,
    target: Option<String>,
    headers: Headers,
    /// Names written as `Name:`, which curl then does not add by itself.
    withheld: Vec<Vec<u8>>,
    cookies: Vec<Vec<u8>>,
    user: Option<Vec<u8>>,
    body: Option<Vec<u8>>,
    input: Option<Vec<u8>>,
    json: bool,
    get: bool,
    head: bool,
    globoff: bool,
}

impl Draft {
    fn take(&mut self, option: Opt, value: &[u8]) -> Result<(), CurlProblem> {
        match option.effect {
            Effect::Method => self.method = Some(text(value, "method")?),
            Effect::Header => self.header(value)?,
            Effect::Data => {
                let mut bytes = self.data(value, "--data")?;
                if value == b"@-" {
                    bytes.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
                }
                self.append(&bytes, b"&");
            }
            Effect::DataRaw => self.append(value, b"&"),
            Effect::DataBinary => {
                let bytes = self.data(value, "--data-binary")?;
                self.append(&bytes, b"&");
            }
            Effect::DataUrlencode => {
                let bytes = urlencode(value)?;
                self.append(&bytes, b"&");
            }
            Effect::Json => {
                let bytes = self.data(value, "--json")?;
                self.append(&bytes, b"");
                self.json = true;
            }
            Effect::Get => self.get = true,
            Effect::Head => self.head = true,
            Effect::Globoff => self.globoff = true,
            Effect::User => self.user = Some(value.to_vec()),
            Effect::Bearer => self.headers.push("Authorization", [b"Bearer ", value].concat()),
            Effect::UserAgent => self.headers.push("User-Agent", value.to_vec()),
            Effect::Referer => {
                let value = value.strip_suffix(b";auto").unwrap_or(value);
                if !value.is_empty() {
                    self.headers.push("Referer", value.to_vec());
                }
            }
            Effect::Cookie if value.contains(&b'=') => self.cookies.push(value.to_vec()),
            Effect::Cookie => return Err(file("--cookie", value)),
            Effect::Range => self.headers.push("Range", [b"bytes=", value].concat()),
            Effect::Url => self.url(value)?,
            Effect::Target => self.target = Some(text(value, "request target")?),
            Effect::Ignored => {}
            Effect::Refused(why) => return Err(CurlProblem::Unsupported { option: option.long, why }),
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8]) -> Result<(), CurlProblem> {
        if let Some(name) = line.strip_prefix(b"@") {
            return Err(file("--header", name));
        }
        match line.iter().position(|b| *b == b':') {
            Some(colon) => {
                let value = line[colon + 1..].trim_ascii();
                if value.is_empty() {
                    self.withheld.push(line[..colon].to_vec());
                } else {
                    self.headers.push(line[..colon].to_vec(), value.to_vec());
                }
            }
            None => match line.trim_ascii_end().strip_suffix(b";") {
                Some(name) => self.headers.push(name.to_vec(), Bytes::new()),
                None => {
                    let text = parts::excerpt(&String::from_utf8_lossy(line));
                    return Err(CurlProblem::Header { text });
                }
            },
        }
        Ok(())
    }

    /// Data as it is, or from the pipe.
    fn data(&mut self, value: &[u8], option: &'static str) -> Result<Vec<u8>, CurlProblem> {
        match value.strip_prefix(b"@") {
            None => Ok(value.to_vec()),
            Some(b"-") => self.input.take().ok_or_else(|| file(option, b"-")),
            Some(name) => Err(file(option, name)),
        }
    }

    fn append(&mut self, bytes: &[u8], separator: &[u8]) {
        match &mut self.body {
            None => self.body = Some(bytes.to_vec()),
            Some(body) => {
                body.extend_from_slice(separator);
                body.extend_from_slice(bytes);
            }
        }
    }

    fn url(&mut self, value: &[u8]) -> Result<(), CurlProblem> {
        let url = text(value, "URL")?;
        if self.url.is_some() {
            return Err(CurlProblem::SeveralUrls { second: parts::excerpt(&url) });
        }
        self.url = Some(if url.contains("://") { url } else { format!("http://{url}") });
        Ok(())
    }

    fn finish(mut self, source: String) -> Result<Capture, Problem> {
        let mut url = self.url.take().ok_or(CurlProblem::UrlMissing)?;
        if !self.globoff {
            for bracket in ["[", "]", "{", "}"] {
                url = url.replace(&format!("\\{bracket}"), bracket);
            }
        }
        let mut body = self.body.take();
        if self.get
            && let Some(query) = body.take()
        {
            let query = text(&query, "query")?;
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&query);
        }
        let address = Address::parse(&url)?;
        let target = self.target.take().unwrap_or_else(|| address.target());
        let method = match (self.method.take(), self.head, &body) {
            (Some(method), _, _) => method,
            (None, true, _) => "HEAD".to_owned(),
            (None, false, Some(_)) => "POST".to_owned(),
            (None, false, None) => "GET".to_owned(),
        };
        let headers = self.headers(&address, body.as_deref());
        let url = address.without_userinfo();
        let request = Request { method, target, headers, body: body.unwrap_or_default().into() };
        parts::check(&request)?;
        let notes = length_note(&request).into_iter().collect();
        Ok(Capture { request, url: Some(url), arrived_at: None, source, provider: None, notes })
    }

    /// `Host`, the fields that were written, and those that follow from other options unless they were written.
    fn headers(&mut self, address: &Address<'_>, body: Option<&[u8]>) -> Headers {
        let mut headers = Headers::new();
        let written = std::mem::take(&mut self.headers);
        let withheld = |name: &str| self.withheld.iter().any(|held| held.eq_ignore_ascii_case(name.as_bytes()));
        if !written.contains("host") && !withheld("host") {
            headers.push("Host", address.host.to_owned());
        }
        for header in &written {
            headers.push(header.name().to_owned(), header.value().to_vec());
        }
        let mut add = |name: &'static str, value: Vec<u8>| {
            if !written.contains(name) && !withheld(name) {
                headers.push(name, value);
            }
        };
        let user = self.user.take().or_else(|| address.userinfo.map(|user| percent_decoded(user.as_bytes())));
        if let Some(mut user) = user {
            if !user.contains(&b':') {
                user.push(b':');
            }
            add("Authorization", format!("Basic {}", STANDARD.encode(user)).into_bytes());
        }
        if !self.cookies.is_empty() {
            add("Cookie", self.cookies.join(&b"; "[..]));
        }
        if self.json {
            add("Content-Type", b"application/json".to_vec());
            add("Accept", b"application/json".to_vec());
        }
        if let Some(body) = body {
            if !self.json {
                add("Content-Type", b"application/x-www-form-urlencoded".to_vec());
            }
            if !written.contains("transfer-encoding") {
                add("Content-Length", body.len().to_string().into_bytes());
            }
        }
        headers
    }
}

fn file(option: &'static str, name: &[u8]) -> CurlProblem {
    CurlProblem::File { option, file: parts::excerpt(&String::from_utf8_lossy(name)) }
}

fn text(bytes: &[u8], what: &'static str) -> Result<String, CurlProblem> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CurlProblem::NotUtf8 { what })
}

/// `content`, `=content` or `name=content`, the content percent-encoded; a space is `+`.
fn urlencode(value: &[u8]) -> Result<Vec<u8>, CurlProblem> {
    let (mut out, content) = match value.iter().position(|b| *b == b'=') {
        Some(0) => (Vec::new(), &value[1..]),
        Some(at) => (value[..=at].to_vec(), &value[at + 1..]),
        None => match value.iter().position(|b| *b == b'@') {
            Some(at) => return Err(file("--data-urlencode", &value[at + 1..])),
            None => (Vec::new(), value),
        },
    };
    for byte in content {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(*byte),
            b' ' => out.push(b'+'),
            _ => out.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    Ok(out)
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digit = |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).expect("two hex digits are a byte"));
                rest = &after[2..];
            }
            _ => out.push(*byte),
        }
    }
    out
}
