//! A request as a curl command that can be pasted into any POSIX shell: readable where the request is text, and exact
//! for any bytes.

use std::borrow::Cow;

use super::printf;
use crate::formats::Credentials;
use crate::formats::address::Address;
use crate::formats::note::announced_length;
use crate::model::{Header, Request};

/// Longest body that is written as an argument. Linux takes 128 KiB for one argument; shells have no limit for what
/// they do themselves, so a longer body goes through `printf` and a pipe.
const LONGEST_ARGUMENT: usize = 100_000;

/// From this size on, curl asks whether it may send a body (`Expect: 100-continue`) before it does.
const ASKS_FIRST: usize = 1 << 20;

/// Writes the command that sends this request to `url`, over several lines: to a server on HTTP/1.1 it is the same, byte
/// for byte, but for `Host`, which curl writes first and in its own spelling.
///
/// What curl makes itself is left out: `Host` if it is the URL's, `Content-Length` if it is right and the last header. What
/// curl would add and the request does not have is taken away.
pub fn write(request: &Request, url: &str, credentials: Credentials) -> String {
    let address = Address::parse(url).ok();
    let url = match address {
        // What is on the request line is said on its own; the URL only tells where it goes.
        Some(address) if !request.target.starts_with('/') => {
            let host = address.host.trim_end_matches('*');
            Cow::Owned(format!("{}://{host}/", address.scheme))
        }
        _ => credentials.address(url),
    };
    let mut lines = vec![format!("curl {}", quote(url.as_bytes()))];
    if address.is_none_or(|address| address.target() != request.target) {
        lines.push(format!("--request-target {}", quote(credentials.address(&request.target).as_bytes())));
    }
    // curl would take these for patterns, and tidy the path.
    if url.contains(['[', ']', '{', '}']) {
        lines.push("--globoff".to_owned());
    }
    if address.is_some_and(|address| address.rest.contains("/.")) {
        lines.push("--path-as-is".to_owned());
    }
    if address.is_some_and(|address| address.scheme.eq_ignore_ascii_case("https")) {
        // HTTP/2 would write all names small.
        lines.push("--http1.1".to_owned());
    }
    let sends_body = !request.body.is_empty() || announced_length(request) == Some(0);
    match (request.method.as_str(), sends_body) {
        ("POST", true) | ("GET", false) => {}
        ("HEAD", false) => lines.push("--head".to_owned()),
        (method, _) => lines.push(format!("-X {}", quote(method.as_bytes()))),
    }
    let is_host = |header: &Header| header.name().eq_ignore_ascii_case("host");
    let last = request.headers.iter().rev().find(|header| !is_host(header)).map(Header::name);
    let length_is_last = last.is_some_and(|name| name.eq_ignore_ascii_case("content-length"));
    let length_is_right = announced_length(request) == Some(request.body.len() as u64);
    for header in &request.headers {
        let implied = if is_host(header) {
            address.is_some_and(|address| header.value().eq_ignore_ascii_case(address.host.as_bytes()))
        } else {
            // curl spells it like this, and writes it behind what it is told.
            header.name() == "Content-Length" && sends_body && length_is_right && length_is_last
        };
        if !implied {
            lines.push(format!("-H {}", header_argument(header, credentials)));
        }
    }
    // What curl would add by itself.
    let added = [
        ("User-Agent", true),
        ("Accept", true),
        ("Content-Type", sends_body),
        ("Expect", request.body.len() >= ASKS_FIRST),
    ];
    for (name, _) in added.into_iter().filter(|(name, adds)| *adds && !request.headers.contains(name)) {
        lines.push(format!("-H '{name}:'"));
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::model::Headers;

    /// Runs a script with the machine's own shell and hands back what it prints.
    fn run(script: &str) -> Vec<u8> {
        let mut shell = Command::new("sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a POSIX shell is part of every system these tests run on");
        let mut stdin = shell.stdin.take().expect("it was asked for");
        stdin.write_all(script.as_bytes()).expect("the shell reads its script");
        drop(stdin);
        let output = shell.wait_with_output().expect("the shell ends");
        assert!(output.status.success(), "{script}");
        output.stdout
    }

    fn request(method: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Request {
        Request {
            method: method.into(),
            target: "/p?a=1&b=2".into(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect::<Headers>(),
            body: Bytes::copy_from_slice(body),
        }
    }

    #[test]
    fn a_usual_request_is_readable() {
        let request = request(
            "POST",
            &[("Host", b"h:1"), ("Content-Type", b"application/json"), ("X-S", b"it's"), ("Content-Length", b"11")],
            b"{\"a\": \"'b\"}",
        );
        let expected = r#"curl 'http://h:1/p?a=1&b=2' \
  -H 'Content-Type: application/json' \
  -H 'X-S: it'\''s' \
  -H 'User-Agent:' \
  -H 'Accept:' \
  --data-binary '{"a": "'\''b"}'
"#;
        assert_eq!(write(&request, "http://h:1/p?a=1&b=2", Credentials::Keep), expected);
    }

    #[test]
    fn what_curl_would_do_otherwise_is_said() {
        for (request, url, words) in [
            (request("POST", &[], b"x"), "http://h/", vec!["-H 'Content-Type:'", "--data-binary 'x'"]),
            (request("POST", &[], b"@x"), "http://h/", vec!["--data-raw '@x'"]),
            (request("POST", &[], b""), "http://h/", vec!["-X 'POST'"]),
            (request("POST", &[("Content-Length", b"0")], b""), "http://h/", vec!["--data-binary ''"]),
            (request("GET", &[], b""), "http://h/{a}[1]", vec!["--globoff"]),
            (request("GET", &[], b""), "http://h/a/../b", vec!["--path-as-is"]),
            (request("HEAD", &[], b""), "http://h/", vec!["--head"]),
            (request("GET", &[], b"x"), "http://h/", vec!["-X 'GET'", "--data-binary 'x'"]),
            (request("GET", &[("X-E", b"")], b""), "http://h/", vec!["'X-E;'"]),
            (request("GET", &[("Host", b"other")], b""), "http://h/", vec!["'Host: other'"]),
            (request("POST", &[("Content-Length", b"1"), ("X", b"1")], b"x"), "http://h/", vec!["'Content-Length: 1'"]),
            (request("POST", &[("content-length", b"1")], b"x"), "http://h/", vec!["'content-length: 1'"]),
            (request("GET", &[], b""), "https://h/", vec!["--http1.1", "'User-Agent:'", "'Accept:'"]),
            (request("POST", &[], &b"a".repeat(1 << 20)), "http://h/", vec!["-H 'Expect:'"]),
            (request("GET", &[], b""), "http://h/p", vec!["--request-target '/p?a=1&b=2'"]),
            (request("POST", &[("Content-Length", b"9")], b"x"), "http://h/", vec!["'Content-Length: 9'"]),
            (request("POST", &[], b"a\0\xff%'\\\n"), "http://h/", vec![r"printf 'a\000\377%%\047\\\n' | curl", "@-"]),
            (request("POST", &[], b"-\r"), "http://h/", vec![r"printf '\055\r' | curl"]),
            (request("POST", &[], &b"a".repeat(200_000)), "http://h/", vec!["printf 'aaa", "@-"]),
            (request("GET", &[("X", b"\x1b[1m\xff")], b""), "http://h/", vec![r#"-H "$(printf 'X: \033[1m\377')""#]),
        ] {
            let command = write(&request, url, Credentials::Keep);
            for word in words {
                assert!(command.contains(word), "{word} in {command}");
            }
            assert!(!command.chars().any(|c| c.is_control() && c != '\n'), "{command:?}");
        }
    }

    #[test]
    fn credentials_are_left_out_when_asked() {
        let request = request("GET", &[("Authorization", b"Bearer abc"), ("X-Sig", b"s")], b"");
        let command = write(&request, "http://u:pw@h/?token=query", Credentials::Redact);
        assert!(!command.contains("abc") && !command.contains("pw") && !command.contains("=query"), "{command}");
        assert!(command.contains("X-Sig: s"));
    }

    proptest! {
        // Every case starts a shell.
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        #[test]
        fn a_shell_gives_the_very_bytes_that_were_quoted(
            words in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(1_u8..=255, 0..40),
                    "[ -~\n\t]{0,40}".prop_map(String::into_bytes),
                    "[\\\\'\"$`!%@\n -]{0,12}".prop_map(String::into_bytes),
                ],
                1..8,
            )
        ) {
            let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
            let printed = run(&format!("printf '%s\\0' {}", quoted.join(" ")));
            let mut expected = words.join(&0);
            expected.push(0);
            prop_assert_eq!(printed, expected);
        }

        #[test]
        fn a_shell_hands_curl_the_very_request(
            body in prop_oneof![
                prop::collection::vec(any::<u8>(), 1..300),
                "[ -~é€\n]{1,300}".prop_map(String::into_bytes),
            ],
            value in prop::collection::vec(prop_oneof![0x21_u8..0x7f, 0x80_u8..=0xff], 1..30),
        ) {
            let request = request("POST", &[("Content-Type", b"x"), ("X-V", &value)], &body);
            let command = write(&request, "http://h/p?a=1&b=2", Credentials::Keep);
            // Arguments, each ended by NUL; then whatever was piped in.
            let printed = run(&format!(
                "curl() {{ printf '%s\\0' \"$@\"; case \"$*\" in *' @-') cat;; esac; }}\n{command}"
            ));
            let mut rest = &printed[..];
            let mut arguments = Vec::new();
            while arguments.len() < 11 {
                let end = rest.iter().position(|b| *b == 0).expect("eleven arguments");
                arguments.push(&rest[..end]);
                rest = &rest[end + 1..];
            }
            let header = [b"X-V: ", &value[..]].concat();
            prop_assert_eq!(&arguments[..6], [&b"http://h/p?a=1&b=2"[..], b"-H", b"Content-Type: x", b"-H", &header, arguments[5]]);
            let sent = if arguments[10] == b"@-" { rest } else { arguments[10] };
            prop_assert_eq!(sent, &body[..]);
        }
    }
}
