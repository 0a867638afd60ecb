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

/// What a body is said to be if the command does not say.
#[derive(Default, PartialEq)]
enum Content {
    #[default]
    Form,
    Json,
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
    content: Content,
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
                self.content = Content::Json;
            }
            Effect::Get => self.get = true,
            Effect::Head => self.head = true,
            Effect::Globoff => self.globoff = true,
            Effect::User => self.user = Some(value.to_vec()),
            Effect::Bearer => self.headers.push("Authorization", [b"Bearer ", value].concat()),
            Effect::UserAgent if value.is_empty() => self.withheld.push(b"user-agent".to_vec()),
            Effect::UserAgent => self.headers.push("User-Agent", value.to_vec()),
            Effect::Referer => {
                let value = value.strip_suffix(b";auto").unwrap_or(value);
                if !value.is_empty() {
                    self.headers.push("Referer", value.to_vec());
                }
            }
            Effect::Cookie if value.is_empty() => {}
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
        if let Some(colon) = line.iter().position(|b| *b == b':') {
            let value = line[colon + 1..].trim_ascii();
            if value.is_empty() {
                self.withheld.push(line[..colon].to_vec());
            } else {
                self.headers.push(line[..colon].to_vec(), value.to_vec());
            }
        } else if let Some(name) = line.trim_ascii_end().strip_suffix(b";") {
            self.headers.push(name.to_vec(), Bytes::new());
        } else {
            return Err(CurlProblem::Header { text: parts::excerpt(&String::from_utf8_lossy(line)) });
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
        Ok(Capture { url: Some(url), notes, ..Capture::new(request, source) })
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
            add("Cookie", self.cookies.join(&b";"[..]));
        }
        if self.content == Content::Json {
            add("Content-Type", b"application/json".to_vec());
            add("Accept", b"application/json".to_vec());
        }
        if let Some(body) = body {
            if self.content == Content::Form {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::curl::read;

    fn one(command: &str) -> Capture {
        let mut captures = read(command.as_bytes(), "c").expect(command);
        assert_eq!(captures.len(), 1, "{command}");
        captures.remove(0)
    }

    #[test]
    fn methods_and_bodies_are_what_curl_would_send() {
        for (command, method, target, body) in [
            ("curl h", "GET", "/", ""),
            ("curl http://h/p?q", "GET", "/p?q", ""),
            ("curl -d a -d b h", "POST", "/", "a&b"),
            ("curl --data a=1 --data-raw @x --data-binary 'b\n' h", "POST", "/", "a=1&@x&b\n"),
            ("curl -da -XPUT h", "PUT", "/", "a"),
            ("curl -sSLd a h", "POST", "/", "a"),
            ("curl -I h", "HEAD", "/", ""),
            ("curl -G -d a=1 -d b=2 http://h/p?x", "GET", "/p?x&a=1&b=2", ""),
            ("curl -G -d a=1 h", "GET", "/?a=1", ""),
            ("curl --json '[1' --json ',2]' h", "POST", "/", "[1,2]"),
            (
                "curl --data-urlencode 'a=x y+é~' --data-urlencode 'p q' --data-urlencode =z@w h",
                "POST",
                "/",
                "a=x+y%2B%C3%A9~&p+q&z%40w",
            ),
            ("curl -d '' h", "POST", "/", ""),
            ("curl --request-target '*' -X OPTIONS h", "OPTIONS", "*", ""),
            ("curl -- -weird", "GET", "/", ""),
            (r"curl 'http://h/\{a\}\[1\]'", "GET", r"/{a}[1]", ""),
            ("curl --url h -o /dev/null -w '%{http_code}' -m 5 --retry 3 -k --http1.1", "GET", "/", ""),
        ] {
            let capture = one(command);
            let request = capture.request;
            assert_eq!((request.method.as_str(), request.target.as_str()), (method, target), "{command}");
            assert_eq!(request.body, body, "{command}");
        }
    }

    #[test]
    fn headers_are_what_was_written_and_what_follows() {
        for (command, expected) in [
            ("curl h:1", "Host: h:1"),
            ("curl -d a h", "Host: h|Content-Type: application/x-www-form-urlencoded|Content-Length: 1"),
            ("curl -d a -H 'content-type: text/plain' h", "Host: h|content-type: text/plain|Content-Length: 1"),
            ("curl -d a -H 'Content-Type:' -H Content-Length: -H host: h", ""),
            ("curl --json 1 h", "Host: h|Content-Type: application/json|Accept: application/json|Content-Length: 1"),
            ("curl -H 'X-A:  v ' -H 'X-E;' -H 'x-a: w' -H 'HOST: o' h", "X-A: v|X-E: |x-a: w|HOST: o"),
            ("curl -u us:p h", "Host: h|Authorization: Basic dXM6cA=="),
            ("curl -u us h", "Host: h|Authorization: Basic dXM6"),
            ("curl 'http://us%40er:p%20w@h/'", "Host: h|Authorization: Basic dXNAZXI6cCB3"),
            ("curl -u a:b -H 'Authorization: x' h", "Host: h|Authorization: x"),
            ("curl --oauth2-bearer t h", "Host: h|Authorization: Bearer t"),
            (
                "curl -A ua -e 'http://r;auto' -b a=1 -b b=2 -r 0-5 h",
                "Host: h|User-Agent: ua|Referer: http://r|Range: bytes=0-5|Cookie: a=1;b=2",
            ),
            ("curl -A '' -b '' -e '' h", "Host: h"),
            ("curl -H 'Transfer-Encoding: chunked' -H 'Content-Type:' -d a h", "Host: h|Transfer-Encoding: chunked"),
        ] {
            let request = one(command).request;
            let found: Vec<_> = request.headers.iter().map(|h| format!("{}: {}", h.name(), h.lossy())).collect();
            assert_eq!(found.join("|"), expected, "{command}");
        }
    }

    #[test]
    fn what_feeds_curl_through_a_pipe_is_its_body() {
        for (command, body) in [
            (r"printf 'a\000\377%%' | curl --data-binary @- h", &b"a\0\xff%"[..]),
            ("printf %s 'a\nb' | curl --data-binary @- h", b"a\nb"),
            ("printf '%s' 'a\nb' |\n  curl -d @- h", b"ab"),
            ("printf %s aGk= | base64 -d | curl --data-binary @- h", b"hi"),
            ("echo '{\"a\":1}' | curl --data-binary @- h | jq .", b"{\"a\":1}\n"),
            ("echo -n a b | curl --json @- h > out.json 2>&1", b"a b"),
        ] {
            assert_eq!(one(command).request.body, body, "{command}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_refused_by_name() {
        for (command, word) in [
            ("curl", "no URL"),
            ("curl a b", "'b'"),
            ("curl -d @body.json h", "'body.json'"),
            ("curl -d @- h", "'-'"),
            ("curl --data-binary @x h", "--data-binary"),
            ("curl --data-urlencode name@file.txt h", "'file.txt'"),
            ("curl -H @headers.txt h", "'headers.txt'"),
            ("curl -b jar.txt h", "'jar.txt'"),
            ("curl -F a=b h", "'form'"),
            ("curl -T f h", "'upload-file'"),
            ("curl a --next b", "'next'"),
            ("curl -K f", "'config'"),
            ("curl --frobnicate h", "'--frobnicate'"),
            ("curl -? h", "'-?'"),
            ("curl h -d", "'-d'"),
            ("curl h --data-raw", "'--data-raw'"),
            ("curl -H nonsense h", "'nonsense'"),
            ("curl -H 'a b: c' h", "'a b'"),
            ("curl -X 'P T' h", "'P T'"),
            ("curl 'h/a b'", "'http://h/a b'"),
            ("curl ftp://h/", "ftp://"),
            ("curl -d \"$BODY\" h", "$BODY"),
            ("curl -d \"${BODY}\" h", "${…}"),
            ("curl -d \"$(cat body)\" h", "$(…)"),
            ("curl -d `cat body` h", "`…`"),
            ("curl -d @- h < body.json", "'<'"),
            ("curl -d @- h <<EOF\n{}\nEOF", "'<<'"),
            ("echo 'a\\n' | curl -d @- h", "'echo'"),
            ("printf '%d' 3 | curl -d @- h", "'%d'"),
            ("printf | curl -d @- h", "printf"),
            ("printf %s '*' | base64 -d | curl -d @- h", "base64"),
            ("curl 'h", "'"),
            ("curl \"h", "\""),
            ("curl $'h", "$'"),
        ] {
            let error = read(command.as_bytes(), "c").expect_err(command).to_string();
            assert!(error.contains(word), "{command}: {error}");
            assert!(error.contains("line 1"), "{command}: {error}");
        }
        let error = read(b"curl h \\\n  -H 'A: b' \\\n  -d @x", "c").expect_err("a file").to_string();
        assert!(error.starts_with("c, line 3: "), "{error}");
    }
}
