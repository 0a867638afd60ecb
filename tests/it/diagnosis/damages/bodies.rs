//! Bodies that are signed in one form and captured in another.

use std::io::Write as _;

use bytes::Bytes;
use hookctl::diagnosis::Cause;
use hookctl::signature::scheme::Encoding;

use super::{Damage, damage};

pub(in crate::diagnosis) const PLAIN: &str =
    r#"{"id":"evt_1","type":"a.b","data":{"n":12,"big":1500,"list":[1,2],"name":"Zoë / <r> 'x'+1=2"}}"#;

/// A body that is signed in one form and captured in another, with keyed hashes and with key pairs.
fn is(cause: Cause, what: &'static str, signed: &[u8], captured: &[u8]) -> Damage {
    let (signed, captured) = (signed.to_vec(), Bytes::copy_from_slice(captured));
    damage(cause, what, move |signer| {
        if !signer.is_keyed() && !signer.is_pair() {
            return None;
        }
        let mut request = signer.signed(&signed);
        request.body = captured.clone();
        Some(signer.broken(request))
    })
}

const INDENTED: &str = "{\n  \"a\": [\n    1,\n    2.50\n  ],\n  \"b\": {}\n}";

/// The same JSON in another style.
fn styles() -> Vec<Damage> {
    let json =
        |what, signed: &str, captured: &str| is(Cause::BodyReserialized, what, signed.as_bytes(), captured.as_bytes());
    let indented = INDENTED;
    let spaced = PLAIN.replace("\":", "\": ").replace(",\"", ", \"").replace("1,2", "1, 2");
    vec![
        json("json.dumps", PLAIN, &spaced.replace('ë', "\\u00eb")),
        json("Python's, parsed by JavaScript", &spaced.replace('ë', "\\u00eb"), PLAIN),
        json("PHP's escapes", &PLAIN.replace('/', "\\/").replace('ë', "\\u00eb"), PLAIN),
        json("Go's escapes", &PLAIN.replace('<', "\\u003c").replace('>', "\\u003e"), PLAIN),
        json(
            "Gson's escapes",
            &PLAIN.replace('<', "\\u003c").replace('>', "\\u003e").replace('\'', "\\u0027").replace('=', "\\u003d"),
            PLAIN,
        ),
        json(
            ".NET's escapes",
            &PLAIN
                .replace('<', "\\u003C")
                .replace('>', "\\u003E")
                .replace('\'', "\\u0027")
                .replace('+', "\\u002B")
                .replace('ë', "\\u00EB"),
            PLAIN,
        ),
        json("two spaces a level", indented, r#"{"a":[1,2.50],"b":{}}"#),
        json("four spaces a level", &indented.replace("  ", "    "), r#"{"a":[1,2.50],"b":{}}"#),
        json("tabs", &indented.replace("  ", "\t"), r#"{"a":[1,2.50],"b":{}}"#),
        json("Jackson's layout", "{\n  \"a\" : [ 1, 2.50 ],\n  \"b\" : { }\n}", r#"{"a":[1,2.50],"b":{}}"#),
        json("a newline behind a layout", &format!("{indented}\n"), r#"{"a":[1,2.50],"b":{}}"#),
        json("sorted keys", r#"{"a":1,"b":2,"c":3}"#, r#"{"c":3,"a":1,"b":2}"#),
        json("a database's order of keys", r#"{"b": 1, "aa": 2}"#, r#"{"aa":2,"b":1}"#),
        json("1.0 became 1", r#"{"price":1.0,"n":3}"#, r#"{"price":1,"n":3}"#),
        json("1.50 became 1.5", r#"{"price":1.50,"n":3}"#, r#"{"price":1.5,"n":3}"#),
        json("1e3 became 1000", r#"{"price":1e3,"n":3}"#, r#"{"price":1000,"n":3}"#),
        json("a JavaScript number became exact", r#"{"id":1234567890123456800}"#, r#"{"id":1234567890123456789}"#),
        json("an id was rounded", r#"{"id":1234567890123456789}"#, r#"{"id":1234567890123456800}"#),
        json("a repeated key was kept", r#"{"a":2,"b":3}"#, r#"{"a":1,"b":3,"a":2}"#),
    ]
}

/// Everything else that becomes of bodies.
pub(super) fn bodies() -> Vec<Damage> {
    let latin: Vec<u8> = PLAIN.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let gzip = |text: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).expect("memory");
        gzip.finish().expect("memory")
    };
    let indented = INDENTED;
    let mut all = vec![
        is(Cause::BodyNewlineLost, "an LF lost", format!("{PLAIN}\n").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyNewlineLost, "a CRLF lost", format!("{PLAIN}\r\n").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyNewlineAdded, "an LF added", PLAIN.as_bytes(), format!("{PLAIN}\n").as_bytes()),
        is(Cause::BodyNewlineAdded, "a CRLF added", PLAIN.as_bytes(), format!("{PLAIN}\r\n").as_bytes()),
        is(Cause::BodyLineEndings, "LF became CRLF", indented.as_bytes(), indented.replace('\n', "\r\n").as_bytes()),
        is(Cause::BodyLineEndings, "CRLF became LF", indented.replace('\n', "\r\n").as_bytes(), indented.as_bytes()),
        is(Cause::BodyTrimmed, "a space at its end lost", format!("{PLAIN} ").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyTrimmed, "newlines around it added", PLAIN.as_bytes(), format!("\n {PLAIN}\n\n").as_bytes()),
        is(Cause::BodyBom, "a mark added", PLAIN.as_bytes(), format!("\u{feff}{PLAIN}").as_bytes()),
        is(Cause::BodyBom, "a mark lost", format!("\u{feff}{PLAIN}").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyCharset, "Latin-1 became UTF-8", &latin, PLAIN.as_bytes()),
        is(Cause::BodyCharset, "UTF-8 became Latin-1", PLAIN.as_bytes(), &latin),
        is(Cause::BodyCharset, "encoded twice", PLAIN.as_bytes(), PLAIN.replace('ë', "Ã«").as_bytes()),
        is(Cause::BodyCompressed, "packed", PLAIN.as_bytes(), &gzip(PLAIN)),
        is(Cause::BodyBase64, "encoded", PLAIN.as_bytes(), Encoding::Base64.encode(PLAIN.as_bytes()).as_bytes()),
        is(Cause::BodyBase64, "decoded", Encoding::Base64.encode(PLAIN.as_bytes()).as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyUnicodeForm, "composed", PLAIN.replace('ë', "e\u{308}").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyUnicodeForm, "decomposed", PLAIN.as_bytes(), PLAIN.replace('ë', "e\u{308}").as_bytes()),
        is(Cause::BodyEmpty, "nothing was signed", b"", PLAIN.as_bytes()),
        is(
            Cause::BodyWrapped,
            "a text in an envelope",
            PLAIN.as_bytes(),
            serde_json::json!({"requestId": "r1", "body": PLAIN}).to_string().as_bytes(),
        ),
        is(
            Cause::BodyWrapped,
            "an object in an envelope",
            PLAIN.as_bytes(),
            format!("{{\"requestId\":\"r1\",\"payload\":{PLAIN}}}").as_bytes(),
        ),
        is(
            Cause::BodyWrapped,
            "base64 in an envelope",
            PLAIN.as_bytes(),
            format!("{{\"data\":\"{}\"}}", Encoding::Base64.encode(PLAIN.as_bytes())).as_bytes(),
        ),
        is(Cause::BodyWrapped, "a field of a form", b"{\"a\":1}", b"payload=%7B%22a%22%3A1%7D"),
        is(
            Cause::BodyParsedForm,
            "a form became JSON",
            b"id=evt_1&note=a+b%21",
            b"{\"id\":\"evt_1\",\"note\":\"a b!\"}",
        ),
        is(Cause::BodyParsedForm, "JSON became a form", b"{\"id\":\"evt_1\",\"note\":\"a b\"}", b"id=evt_1&note=a+b"),
        is(Cause::BodyFormDecoded, "encoded otherwise", b"id=evt_1&note=a+b%2f", b"id=evt_1&note=a%20b%2F"),
        is(Cause::BodyFormDecoded, "sorted", b"a=2&b=1", b"b=1&a=2"),
    ];
    all.extend(styles());
    for damage in &mut all {
        damage.is_for_pairs = ["an LF added", "json.dumps", "a mark added", "packed"].contains(&damage.what.as_str());
    }
    // Without proof, and certain.
    all.push(damage(Cause::BodyTruncated, "cut off", |signer| {
        let mut request = signer.is_keyed().then(|| signer.signed(PLAIN.as_bytes()))?;
        request.headers.push("Content-Length", PLAIN.len().to_string());
        request.body = request.body.slice(..20);
        Some(signer.broken(request))
    }));
    // A decompressed body, with the header that says what it was.
    all.push(damage(Cause::BodyCompressed, "unpacked", move |signer| {
        let mut request = signer.is_keyed().then(|| signer.signed(&gzip(PLAIN)))?;
        request.headers.push("Content-Encoding", "gzip");
        request.body = PLAIN.into();
        Some(signer.broken(request))
    }));
    all
}
