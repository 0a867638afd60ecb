//! Tables of what reads and what does not.

use super::*;

#[test]
fn what_is_written_reads_back() {
    for (text, written) in [
        ("200", "200"),
        (" 200 ", "200"),
        ("503 after 2s", "503 after 2s"),
        ("503 after 1m30s", "503 after 1m30s"),
        ("500,500,200", "500 x2,200"),
        ("500 x2, 200", "500 x2,200"),
        ("200:90%,500:8%,timeout:2%", "200:90%,500:8%,timeout:2%"),
        ("200:0.9, 503 after 2s:0.1", "200:90%,503 after 2s:10%"),
        ("200:99.875%,reset:0.125%", "200:99.875%,reset:0.125%"),
        ("hang", "timeout"),
        ("timeout after 30s", "timeout after 30s"),
        ("close", "close"),
        ("200 cut", "200 cut"),
        ("200 slow 10s body 'abc'", "200 body 'abc' slow 10s"),
        ("200 length +5", "200 length +5"),
        ("200 length -3", "200 length -3"),
        ("429 header Retry-After:2", "429 header 'Retry-After: 2'"),
        ("429 header Retry-After:2:40%,200:60%", "429 header 'Retry-After: 2':40%,200:60%"),
        ("429 header 'Retry-After: 2':40%,200:60%", "429 header 'Retry-After: 2':40%,200:60%"),
        ("200 body {\"a\": [1, 2], \"b\": \"}\\\"\"}", "200 body '{\"a\": [1, 2], \"b\": \"}\\\"\"}'"),
        ("200 body [1,2]:50%,204:50%", "200 body '[1,2]':50%,204:50%"),
        ("200 body 'a, b: c'", "200 body 'a, b: c'"),
        ("200 body \"it's\\n\\\"so\\\" \\\\\"", "200 body \"it's\\n\\\"so\\\" \\\\\""),
        ("200 body @answer.json", "200 body @answer.json"),
        ("200 body '@not a file'", "200 body '@not a file'"),
        ("stripe invoice.* => 500,200", "stripe invoice.* => 500,200"),
        ("/slow/* => 200 after 5s", "/slow/* => 200 after 5s"),
        ("200 body 'a => b'", "200 body 'a => b'"),
    ] {
        let rule: Rule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rule.to_string(), written, "{text}");
        assert_eq!(written.parse().as_ref(), Ok(&rule), "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for (text, says) in [
        ("", "an answer is missing in ''"),
        ("200,", "an answer is missing in '200,'"),
        ("stripe =>", "an answer is missing in ''"),
        ("=> 200", "nothing before '=>'"),
        ("100", "'100' is no answer"),
        ("1000", "'1000' is no answer"),
        ("+200", "'+200' is no answer"),
        ("ok", "'ok' is no answer"),
        ("'200'", "'200' is no answer"),
        ("200 later", "'later' has no place in the answer '200'"),
        ("200 'text'", "'text' has no place"),
        ("reset body 'x'", "'body' has no place in the answer 'reset'; it may have after or xN"),
        ("200 after", "'after' needs a duration"),
        ("200 after soon", "'soon' is not a duration"),
        ("200 after 2h", "'2h' is not a duration up to an hour"),
        ("200 after 1s after 2s", "'after' contradicts"),
        ("200 cut slow 1s", "'slow' contradicts"),
        ("200 header X", "'X' is not a header"),
        ("200 header 'X Y: 1'", "is not a header"),
        ("200 header \"X: a\\nY: b\"", "is not a header"),
        ("200 header 'Content-Length: 5'", "'Content-Length' frames the answer"),
        ("204 body 'x'", "an answer 204 has no body"),
        ("304 cut", "an answer 304 has no body"),
        ("200 body 'x", "is not closed"),
        ("200 body {\"a\":", "is not closed"),
        ("200 body 'x'y", "is not closed, or goes on"),
        ("200 length 5", "'length' needs a difference such as +5 or -3"),
        ("200 length +0", "'length' needs a difference"),
        ("200:50%,500:40%", "the shares make 90%, not 100%"),
        ("200:50%,500", "'500' has none"),
        ("200:most", "'most' is not a share"),
        ("200:-1%,500:101%", "'-1%' is not a share"),
        ("200 x2:100%", "'x2' contradicts"),
        ("200 x0", "'x0' has no place"),
        ("200 x1001", "'x1001' has no place"),
        ("200 x1000,200", "there are more than 1000 answers"),
    ] {
        let error = text.parse::<Rule>().expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}
