//! What holds for all forms together: which is recognised, that writing and reading invert each other, that no input
//! does harm.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::{Headers, RecordedAnswer, Timestamp};

fn one(text: &str) -> Capture {
    let mut captures = read(text.as_bytes(), "file").unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    assert_eq!(captures.len(), 1, "{text:?}");
    captures.remove(0)
}

/// The same request in every form, as people would have it.
const SAMPLES: [&str; 13] = [
    "POST /hook?x=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nX-Sig: s=1\r\n\r\n{\"a\":1}",
    "\u{feff}\n\nPOST /hook?x=1 HTTP/1.1\nHost: h\nContent-Type: application/json\nX-Sig: s=1\nContent-Length: 7\n\n{\"a\":1}\n",
    "curl http://h/hook?x=1 -H 'Content-Type: application/json' -H 'X-Sig: s=1' -d '{\"a\":1}'",
    "# from the wiki\n$ curl -X POST \\\n  'http://h/hook?x=1' \\\n  --header \"Content-Type: application/json\" \\\n  --header \"X-Sig: s=1\" \\\n  --data \"{\\\"a\\\":1}\"\n",
    "curl.exe ^\"http://h/hook?x=1^\" ^\r\n  -H ^\"Content-Type: application/json^\" ^\r\n  -H ^\"X-Sig: s=1^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":1^}^\"\r\n",
    "printf '{\"a\":\\061}' | curl http://h/hook?x=1 -H 'Content-Type: application/json' -H 'X-Sig: s=1' --data-binary @-",
    r#"{"method":"POST","url":"http://h/hook?x=1","headers":{"Host":"h","Content-Type":"application/json","X-Sig":"s=1"},"body":"{\"a\":1}"}"#,
    "{\n  \"kind\": \"capture\",\n  \"method\": \"POST\",\n  \"target\": \"/hook?x=1\",\n  \"headers\": [[\"Content-Type\", \"application/json\"], [\"X-Sig\", \"s=1\"]],\n  \"body_base64\": \"eyJhIjoxfQ==\"\n}\n",
    r#"{"log":{"version":"1.2","entries":[{"request":{"method":"POST","url":"http://h/hook?x=1","headers":[{"name":"Content-Type","value":"application/json"},{"name":"X-Sig","value":"s=1"}],"postData":{"mimeType":"application/json","text":"{\"a\":1}"}}}]}}"#,
    "REQUEST_METHOD=POST\nREQUEST_URI=/hook?x=1\nHTTP_HOST=h\nCONTENT_TYPE=application/json\nHTTP_X_SIG=s=1\n\n{\"a\":1}",
    r#"{"method":"POST","target":"/hook?x=1","headers":{"HTTP_X_SIG":"s=1","CONTENT_TYPE":"application/json"},"body":"{\"a\":1}"}"#,
    r#"{"version":"2.0","rawPath":"/hook","rawQueryString":"x=1","headers":{"content-type":"application/json","x-sig":"s=1"},"requestContext":{"http":{"method":"POST"}},"body":"{\"a\":1}"}"#,
    "POST /hook?x=1 HTTP/2\nContent-Type: application/json\nX-Sig: s=1\n\n{\"a\":1}",
];

#[test]
fn the_form_is_known_by_the_content() {
    for sample in SAMPLES {
        let request = one(sample).request;
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hook?x=1"), "{sample}");
        assert_eq!(request.headers.text("content-type"), Some("application/json"), "{sample}");
        assert_eq!(request.headers.text("x-sig"), Some("s=1"), "{sample}");
        assert_eq!(request.body, "{\"a\":1}", "{sample}");
    }
}

#[test]
fn several_captures_are_numbered() {
    let line = r#"{"kind":"capture","method":"POST","target":"/","headers":[],"body":"x"}"#;
    let entry = r#"{"request":{"method":"GET","url":"http://h/","headers":[]}}"#;
    for text in [
        format!("{line}\n{line}\n"),
        format!(r#"{{"log":{{"entries":[{entry},{entry}]}}}}"#),
        "curl http://h/1 ;\ncurl http://h/2 -d x\n".to_owned(),
        "curl h | jq . ; curl h > out".to_owned(),
        "curl ^\"http://h/1^\" &\r\ncurl ^\"http://h/2^\"".to_owned(),
    ] {
        let captures = read(text.as_bytes(), "f").expect(&text);
        let sources: Vec<_> = captures.iter().map(|capture| capture.source.as_str()).collect();
        assert_eq!(sources, ["f#1", "f#2"], "{text}");
    }
    assert_eq!(read(line.as_bytes(), "f").expect("one")[0].source, "f");
}

#[test]
fn what_fits_no_form_is_refused_with_what_was_tried() {
    for text in
        ["hello", "{}", "{\"id\":\"evt_1\",\"object\":\"event\"}", "[1]", "<html>", "A=1\nB=2", "\0\u{1}", "curly"]
    {
        match read(text.as_bytes(), "f") {
            Err(FormatError::Unrecognised { name, tried }) => {
                assert_eq!((name.as_str(), tried.len()), ("f", Form::REQUESTS.len()));
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }
    assert!(matches!(read(b"", "f"), Err(FormatError::Empty { .. })));
    assert!(matches!(read(b"\xef\xbb\xbf \r\n\t", "f"), Err(FormatError::Empty { .. })));
    assert!(matches!(read(b"\xff\xfec\0u\0r\0l\0", "f"), Err(FormatError::Utf16 { .. })));
}

#[test]
fn broken_json_is_an_error_with_its_place() {
    for (text, start) in [
        ("{\n \"method\": POST}", "f, line 2, column "),
        ("{\"method\":\"POST\",", "f, line 1, column "),
        ("{\"headers\":[]}", "f: 'body'"),
        ("{\"kind\":\"listening\",\"address\":\"x\"}", "f: an object of kind 'listening'"),
        ("{\"log\":{\"entries\":[\n{}]}}", "f, line 2, column "),
    ] {
        let error = read(text.as_bytes(), "f").expect_err(text).to_string();
        assert!(error.starts_with(start) && !error.contains("at line"), "{text}: {error}");
    }
    let error = read(b"{\n\"a\":\"\xff\"}", "f").expect_err("not UTF-8").to_string();
    assert!(error.starts_with("f, line 2: "), "{error}");
}

/// In the manner of Chrome and Firefox, for bash and for cmd; made up for these tests.
#[test]
fn commands_copied_from_browsers_are_the_requests_they_show() {
    let chrome_bash = r#"curl 'https://shop.example/api/hooks?src=a%20b' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -H 'content-type: application/json' \
  -b 'sid=abc; theme=dark' \
  -H 'origin: https://shop.example' \
  -H 'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'{"text":"it\'s caf\u00e9\u0021\\nnext","n":[1,2]}' \
  --insecure"#;
    let capture = one(chrome_bash);
    assert_eq!(capture.url.as_deref(), Some("https://shop.example/api/hooks?src=a%20b"));
    assert_eq!(capture.request.method, "POST");
    assert_eq!(capture.request.body, "{\"text\":\"it's café!\\nnext\",\"n\":[1,2]}");
    assert_eq!(capture.request.headers.text("sec-ch-ua"), Some("\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\""));
    assert_eq!(capture.request.headers.text("cookie"), Some("sid=abc; theme=dark"));

    let firefox_bash = r#"curl 'https://shop.example/api/hooks' \
  --compressed \
  -X POST \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' \
  -H 'Accept: */*' \
  -H 'Content-Type: application/json' \
  -H 'Priority: u=0' \
  -H 'TE: trailers' \
  --data-raw $'{"text":"\u20ac \ud83d\ude00\\r\\n\ttab"}'"#;
    assert_eq!(one(firefox_bash).request.body, "{\"text\":\"€ 😀\\r\\n\ttab\"}");

    let chrome_cmd = concat!(
        "curl ^\"https://shop.example/api/hooks?a=1^&b=^%^20x^\" ^\r\n",
        "  -H ^\"accept: */*^\" ^\r\n",
        "  -H ^\"content-type: application/json^\" ^\r\n",
        "  -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"140^\\^\"^\" ^\r\n",
        "  --data-raw ^\"^{^\\^\"text^\\^\":^\\^\"a^\\^\\nb^\\^\",^\\^\"p^\\^\":^\\^\"100^% ^& more^\\^\"^}^\""
    );
    let capture = one(chrome_cmd);
    assert_eq!(capture.request.target, "/api/hooks?a=1&b=%20x");
    assert_eq!(capture.request.body, "{\"text\":\"a\\nb\",\"p\":\"100% & more\"}");
    assert_eq!(capture.request.headers.text("sec-ch-ua"), Some("\"Chromium\";v=\"140\""));

    let older_cmd = concat!(
        "curl \"https://shop.example/api/hooks\" ^\r\n",
        "  -H \"content-type: text/plain\" ^\r\n",
        "  --data-raw ^\"first^\r\n\r\nsecond ^\\^\"quoted^\\^\"^\" ^\r\n",
        "  --compressed"
    );
    assert_eq!(one(older_cmd).request.body, "first\nsecond \"quoted\"");

    let firefox_cmd = concat!(
        "curl \"https://shop.example/api/hooks\" ^\r\n",
        "  -X POST ^\r\n",
        "  -H \"Accept: */*\" ^\r\n",
        "  --data-raw \"{\\\"a\\\":\\\"C:\\\\\\\\dir\\\"}\""
    );
    assert_eq!(one(firefox_cmd).request.body, "{\"a\":\"C:\\\\dir\"}");
}

#[test]
fn an_export_is_known_by_its_first_bytes() {
    for (text, export) in [
        ("{\"kind\":\"capture\",\"id\":1}\n", true),
        ("\u{feff} {\"kind\":\"capture\"}\n{", true),
        ("{\"log\":{}}\n", false),
        ("{\"kind\":\"capture\"}", false),
        ("curl h\n", false),
        ("", false),
    ] {
        assert_eq!(starts_like_export(text.as_bytes()), export, "{text}");
    }
}

/// Header fields that any head may have, without those that a form makes itself.
fn headers() -> impl Strategy<Value = Headers> {
    let value = prop::collection::vec(prop_oneof![4 => 0x21_u8..0x7f, 1 => 0x80_u8..=0xff], 0..20);
    prop::collection::vec(("[Xx]-[A-Za-z0-9_]{1,12}", value), 0..8).prop_map(|fields| {
        let mut headers = Headers::new();
        headers.push("Host", "h:8080");
        headers.push("Content-Type", "application/octet-stream");
        for (name, value) in fields {
            headers.push(name, value);
        }
        headers
    })
}

fn request() -> impl Strategy<Value = Request> {
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..200),
        "[ -~\n\té€]{1,200}".prop_map(String::into_bytes),
        "[@{}\\[\\]'\"\\\\%$`!\r\n-]{1,20}".prop_map(String::into_bytes),
    ];
    let parts = ("[A-Z]{1,8}", "/[a-zA-Z0-9/._~%{}\\[\\]'!*-]{0,20}(\\?[a-z=&%'$]{0,10})?", headers(), body);
    parts.prop_filter_map("CONNECT has another target", |(method, target, mut headers, body)| {
        headers.push("Content-Length", body.len().to_string());
        (method != "CONNECT").then(|| Request { method, target, headers, body: Bytes::from(body) })
    })
}

proptest! {
    #[test]
    fn every_form_gives_back_what_was_written(request in request(), millis in 1_i64..4_000_000_000_000) {
        let url = format!("http://h:8080{}", request.target);
        let raw = raw_http::write(&request, Credentials::Keep).expect("good parts");
        prop_assert_eq!(&read(&raw, "f").expect("raw")[0].request, &request);

        let line = ndjson::Line::of_request(&request, Some(&url), Credentials::Keep).render();
        let from_line = &read(line.as_bytes(), "f").expect("line")[0];
        prop_assert_eq!(&from_line.request, &request);
        prop_assert_eq!(from_line.url.as_deref(), Some(url.as_str()));

        let capture = Capture {
            url: Some(url.clone()),
            arrived_at: Some(Timestamp::from_millis(millis)),
            provider: Some("acme".to_owned()),
            answer: Some(RecordedAnswer {
                status: 201,
                headers: Some(request.headers.clone()),
                body: Some(request.body.clone()),
                duration: Some(std::time::Duration::from_micros(millis.unsigned_abs() % 100_000_000)),
            }),
            ..Capture::new(request.clone(), "f")
        };
        let mut archive = Vec::new();
        har::write(&mut archive, [capture.clone()], Credentials::Keep).expect("memory takes all");
        prop_assert_eq!(&read(&archive, "f").expect("har")[0], &capture);

        let command = curl::write(&request, &url, Credentials::Keep);
        let from_command = &read(command.as_bytes(), "f").expect(&command)[0];
        prop_assert_eq!(&from_command.request, &request, "{}", command);
        prop_assert_eq!(from_command.url.as_deref(), Some(url.as_str()));
    }

    #[test]
    fn redacted_requests_are_still_readable_and_carry_nothing(mut request in request()) {
        request.headers.push("Authorization", "Bearer s3cr3t-value");
        request.headers.push("X-Acme-Token", "s3cr3t-value");
        request.target = format!("/p?api_key=s3cr3t-value&{}", request.target.len());
        let url = format!("http://me:s3cr3t-value@h:8080{}", request.target);
        prop_assert!(carries_credentials(&request, Some(&url)));
        let mut archive = Vec::new();
        let capture = Capture { url: Some(url.clone()), ..Capture::new(request.clone(), "") };
        har::write(&mut archive, [capture], Credentials::Redact).expect("memory takes all");
        for written in [
            raw_http::write(&request, Credentials::Redact).expect("good parts"),
            ndjson::Line::of_request(&request, Some(&url), Credentials::Redact).render().into_bytes(),
            curl::write(&request, &url, Credentials::Redact).into_bytes(),
            archive,
        ] {
            prop_assert!(!written.windows(6).any(|part| part == b"s3cr3t"), "{}", written.escape_ascii());
            prop_assert_eq!(&read(&written, "f").expect("readable")[0].request.body, &request.body);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, "f");
        let _ = read_lines(&bytes[..], "f").count();
    }

    #[test]
    fn no_words_after_curl_make_a_reader_panic(
        text in "[ '\"\\\\$`^\n\r(){}|&;<>#=@:%uxU0-9a-fnHdXGbr-]{0,80}",
        caret in any::<bool>(),
    ) {
        let start = if caret { "curl ^\"h^\" " } else { "curl h " };
        let _ = read(format!("{start}{text}").as_bytes(), "f");
        let _ = read(format!("printf {text} | curl h -d @-").as_bytes(), "f");
    }

    #[test]
    fn no_damage_to_a_good_file_makes_a_reader_panic(
        sample in 0..SAMPLES.len(),
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), Just(b'"'), Just(b'\''), Just(b'\\'), Just(b'\n'), Just(b'^'), Just(b'$')],
        cut in any::<prop::sample::Index>(),
        insert in any::<bool>(),
    ) {
        let mut bytes = SAMPLES[sample].as_bytes().to_vec();
        let at = at.index(bytes.len());
        if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        let _ = read(&bytes, "f");
        bytes.truncate(cut.index(bytes.len()));
        let _ = read(&bytes, "f");
    }
}

#[test]
fn deep_and_long_inputs_are_read_in_one_pass_without_a_deep_stack() {
    let many = 100_000;
    for text in [
        "{\"a\":".repeat(many),
        "{\"headers\":".to_owned() + &"[".repeat(many),
        "curl ".to_owned() + &"$(printf ".repeat(many),
        "curl ".to_owned() + &"\"$(printf ".repeat(many),
        "curl ".to_owned() + &"$'".repeat(many),
        "curl h ".to_owned() + &"^\"".repeat(many),
        "curl h -d ^\"".to_owned() + &"^\\".repeat(many),
        "curl h".to_owned() + &" | b".repeat(many),
        "printf ".repeat(many),
        "POST / HTTP/1.1\n".to_owned() + &"A: b\n".repeat(many),
        "POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n".to_owned() + &"1\r\na\r\n".repeat(many),
        "HTTP_A=1\n".repeat(many),
    ] {
        let _ = read(text.as_bytes(), "f");
    }
}
