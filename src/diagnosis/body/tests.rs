use std::ops::ControlFlow;

use bytes::Bytes;

use super::*;
use crate::diagnosis::cause::Cause;
use crate::model::Headers;

fn request(content_type: &str, body: impl Into<Bytes>) -> Request {
    let headers: Headers = [("Content-Type", content_type.to_owned())].into_iter().collect();
    Request { method: "POST".into(), target: "/".into(), headers, body: body.into() }
}

/// The first change that leads from `captured` to `signed`.
fn cause(content_type: &str, captured: impl Into<Bytes>, signed: &[u8]) -> Option<Change> {
    let request = request(content_type, captured);
    let found = Body::new(&request, None)
        .variants(|change, bytes| if bytes == signed { ControlFlow::Break(change) } else { ControlFlow::Continue(()) });
    found.break_value()
}

#[test]
fn each_damage_is_undone_and_named() {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let latin: &[u8] = b"{\"name\":\"Ren\xe9e\"}";
    for (kind, captured, signed, wanted) in [
        (json, &b"{\"a\":1}"[..], &b"{\"a\":1}\n"[..], Cause::BodyNewlineLost),
        (json, b"{\"a\":1}\r\n", b"{\"a\":1}", Cause::BodyNewlineAdded),
        (json, b"{\r\n\"a\":1\r\n}", b"{\n\"a\":1\n}", Cause::BodyLineEndings),
        (json, b"{\n\"a\":1\n}", b"{\r\n\"a\":1\r\n}", Cause::BodyLineEndings),
        (json, b"  {\"a\":1}\n\n", b"{\"a\":1}", Cause::BodyTrimmed),
        (json, b"{\"a\":1}", b"{\"a\":1} ", Cause::BodyTrimmed),
        (json, b"{\"a\":1}", b"\xef\xbb\xbf{\"a\":1}", Cause::BodyBom),
        (json, b"\xef\xbb\xbf{\"a\":1}", b"{\"a\":1}", Cause::BodyBom),
        (json, "{\"name\":\"Renée\"}".as_bytes(), latin, Cause::BodyCharset),
        (json, latin, "{\"name\":\"Renée\"}".as_bytes(), Cause::BodyCharset),
        (json, "{\"name\":\"RenÃ©e\"}".as_bytes(), "{\"name\":\"Renée\"}".as_bytes(), Cause::BodyCharset),
        (json, b"eyJhIjoxfQ==", b"{\"a\":1}", Cause::BodyBase64),
        (json, b"{\"a\":1}", b"eyJhIjoxfQ==", Cause::BodyBase64),
        (json, b"{\"a\":1}", b"", Cause::BodyEmpty),
        (json, b"{\"a\":1,\"b\":\"/\"}", b"{\"a\": 1, \"b\": \"/\"}", Cause::BodyReserialized),
        (json, b"{\"b\":1,\"a\":2}", b"{\n    \"a\": 2,\n    \"b\": 1\n}", Cause::BodyReserialized),
        (json, "{\"a\":\"é/\"}".as_bytes(), b"{\"a\":\"\\u00e9\\/\"}", Cause::BodyReserialized),
        (json, b"{\"a\":\"<b> & c\"}", b"{\"a\":\"\\u003cb\\u003e \\u0026 c\"}", Cause::BodyReserialized),
        (json, b"{\"a\":\"1+1 'x'\"}", b"{\"a\":\"1\\u002B1 \\u0027x\\u0027\"}", Cause::BodyReserialized),
        (json, b"{\"a\":1.5,\"b\":10}", b"{\"a\":1.5,\"b\":10.0}", Cause::BodyReserialized),
        (json, b"{\"a\":1,\"a\":2}", b"{\"a\":2}", Cause::BodyReserialized),
        (json, b"{\"body\":\"{\\\"a\\\": 1}\",\"n\":1}", b"{\"a\": 1}", Cause::BodyWrapped),
        (json, b"{\"n\":1,\"payload\": {\"a\" : 1}}", b"{\"a\" : 1}", Cause::BodyWrapped),
        (json, b"{\"To\":\"+1 5\",\"n\":1}", b"To=%2B1+5&n=1", Cause::BodyParsedForm),
        (form, b"payload=%7B%22a%22%3A1%7D", b"{\"a\":1}", Cause::BodyWrapped),
        (form, b"b=x+y&a=%2b", b"b=x%20y&a=%2B", Cause::BodyFormDecoded),
        (form, b"b=x+y&a=%2B", b"a=%2B&b=x+y", Cause::BodyFormDecoded),
        ("text/plain", "cafe\u{301}".as_bytes(), "café".as_bytes(), Cause::BodyUnicodeForm),
    ] {
        let found = cause(kind, Bytes::copy_from_slice(captured), signed);
        assert_eq!(found.as_ref().map(|c| c.cause), Some(wanted), "{captured:?} → {signed:?}: {found:?}");
    }
}

#[test]
fn compressed_bodies_are_unpacked_and_packed() {
    use std::io::Write;
    let plain = br#"{"type":"charge.refunded","amount":1200}"#;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(plain).expect("memory");
    let packed = gzip.finish().expect("memory");
    assert_eq!(cause("application/json", packed.clone(), plain).map(|c| c.cause), Some(Cause::BodyCompressed));
    let mut request = request("application/json", Bytes::from_static(plain));
    request.headers.push("Content-Encoding", "gzip");
    let found = Body::new(&request, None).variants(|change, bytes| {
        if bytes == packed { ControlFlow::Break(change.cause) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(found, ControlFlow::Break(Cause::BodyCompressed));
}

#[test]
fn nothing_is_offered_twice_and_never_the_body_itself() {
    let request = request("application/json", "{\"a\":\"x/y <é>\",\"n\":[1,2.50],\"o\":{\"k\":\"v=1\"}}");
    let mut seen = std::collections::HashSet::new();
    let ended = Body::new(&request, None).variants(|change, bytes| {
        assert_ne!(bytes, request.body, "{change:?}");
        assert!(seen.insert(bytes), "{change:?}");
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(ended, ControlFlow::Continue(()));
    assert!(seen.len() > 100, "{}", seen.len());
}
