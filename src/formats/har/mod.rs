//! HTTP Archive 1.2 (`log.entries[].request`), as browsers, proxies and inspectors save it.
//!
//! HAR holds text, so what is not UTF-8 needs a way round: bodies use `encoding: base64`, which others write too; a
//! header value that is not UTF-8, and what else HAR has no place for, stands in fields that start with an underscore,
//! as HAR wants it. Reading back gives the same request.

mod read;
mod shape;
mod write;

pub(super) use read::read;
pub use write::write;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Capture, Credentials, Note};
    use std::time::Duration;

    use crate::model::{Header, RecordedAnswer, Timestamp};

    fn archive(request: &str) -> String {
        format!(
            r#"{{"log":{{"version":"1.2","creator":{{}},"pages":[],"entries":[{{"startedDateTime":"2026-01-01T01:00:00.5+01:00",
            "_initiator":{{}},"time":12.5,"request":{{"method":"POST","url":"https://h/p?q=1",{request}"httpVersion":"h2","bodySize":-1}},
            "response":{{"status":200,"content":{{"text":"{{}}"}}}}}}]}}}}"#
        )
    }

    fn one(request: &str) -> Capture {
        let mut captures = super::read(&archive(request), "a.har").expect(request);
        assert_eq!(captures.len(), 1);
        captures.remove(0)
    }

    #[test]
    fn requests_are_read_with_address_and_time() {
        let capture = one(
            r#""headers":[{"name":":authority","value":"h"},{"name":"X-A","value":"1"},{"name":"x-a","value":"2","comment":""}],
            "postData":{"mimeType":"application/json","text":"{\"a\":\"é\"}"},"#,
        );
        assert_eq!(capture.url.as_deref(), Some("https://h/p?q=1"));
        assert_eq!(capture.arrived_at, Some(Timestamp::from_millis(1_767_225_600_500)));
        assert_eq!((capture.source.as_str(), capture.provider.as_deref()), ("a.har", None));
        assert_eq!((capture.request.method.as_str(), capture.request.target.as_str()), ("POST", "/p?q=1"));
        assert_eq!(capture.request.headers.iter().map(Header::name).collect::<Vec<_>>(), ["X-A", "x-a"]);
        assert_eq!(capture.request.body, r#"{"a":"é"}"#);
        assert_eq!(capture.notes, []);
        let answer = capture.answer.expect("it has one");
        assert_eq!((answer.status, answer.body.as_deref()), (200, Some(&b"{}"[..])));
        assert_eq!(answer.duration, Some(Duration::from_micros(12_500)));
    }

    #[test]
    fn bodies_are_read_in_every_form() {
        for (request, body, notes) in [
            (r#""headers":[],"#, &b""[..], vec![]),
            (r#""headers":[],"postData":null,"#, b"", vec![]),
            (r#""headers":[],"postData":{"mimeType":"x","text":"/w==","encoding":"base64"},"#, b"\xff", vec![]),
            (
                r#""headers":[],"postData":{"mimeType":"x","text":"a=1","params":[{"name":"b","value":"2"}]},"#,
                b"a=1",
                vec![],
            ),
            (
                r#""headers":[],"postData":{"mimeType":"x","params":[{"name":"a b","value":"ü&"},{"name":"c"}]},"#,
                b"a+b=%C3%BC%26&c=",
                vec![Note::BodyRebuilt],
            ),
            (
                r#""headers":[],"postData":{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"f","fileName":"x"}]},"#,
                b"",
                vec![Note::BodyNotRecorded],
            ),
            (r#""headers":[{"name":"content-length","value":"7"}],"#, b"", vec![Note::BodyNotRecorded]),
            (
                r#""headers":[{"name":"content-length","value":"7"}],"postData":{"mimeType":"","text":"abc"},"#,
                b"abc",
                vec![Note::BodyTruncated { announced: 7, found: 3 }],
            ),
        ] {
            let capture = one(request);
            assert_eq!(capture.request.body, body, "{request}");
            assert_eq!(capture.notes, notes, "{request}");
        }
    }

    #[test]
    fn what_cannot_be_a_delivery_is_left_out_and_counted() {
        let entry = |url: &str| format!(r#"{{"request":{{"method":"GET","url":"{url}","headers":[]}}}}"#);
        let text = |entries: &[String]| format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(","));
        let captures = super::read(&text(&[entry("wss://h/"), entry("http://h/"), entry("data:x")]), "a").expect("one");
        assert_eq!(captures.iter().map(|c| c.source.as_str()).collect::<Vec<_>>(), ["a#2"]);
        for (text, word) in [
            (text(&[entry("wss://h/")]), "log.entries"),
            (text(&[]), "log.entries"),
            (r#"{"log":{}}"#.to_owned(), "entries"),
            (text(&[entry("http://h/"), entry("http://h/ü")]), "entry 2"),
            (archive(r#""headers":[{"name":"A B","value":""}],"#), "'A B'"),
            (archive(r#""headers":[],"postData":{"text":"?","encoding":"base64"},"#), "base64"),
            (archive(""), "headers"),
        ] {
            let error = super::read(&text, "a.har").expect_err(&text).to_string();
            assert!(error.starts_with("a.har") && error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn an_archive_has_what_har_demands() {
        let capture = one(r#""headers":[{"name":"Cookie","value":"a=b"}],"postData":{"mimeType":"t","text":"x"},"#);
        let mut out = Vec::new();
        let answers = [Some(RecordedAnswer::of_status(204)), None];
        let captures = answers.map(|answer| Capture { answer, ..capture.clone() });
        write(&mut out, captures, Credentials::Redact).expect("memory takes all");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("is JSON");
        let entries = json["log"]["entries"].as_array().expect("entries");
        assert_eq!((entries.len(), &entries[0]["response"]["status"]), (2, &serde_json::json!(204)));
        for entry in entries {
            for path in [
                "/startedDateTime",
                "/time",
                "/cache",
                "/timings/send",
                "/timings/wait",
                "/timings/receive",
                "/request/method",
                "/request/url",
                "/request/httpVersion",
                "/request/cookies",
                "/request/headers",
                "/request/queryString/0/name",
                "/request/headersSize",
                "/request/bodySize",
                "/request/postData/mimeType",
                "/request/postData/text",
                "/request/postData/params",
                "/response/status",
                "/response/statusText",
                "/response/httpVersion",
                "/response/cookies",
                "/response/headers",
                "/response/content/size",
                "/response/content/mimeType",
                "/response/redirectURL",
                "/response/headersSize",
                "/response/bodySize",
            ] {
                assert!(entry.pointer(path).is_some(), "{path}");
            }
        }
        assert!(!String::from_utf8(out).expect("is text").contains("a=b"));
    }
}
