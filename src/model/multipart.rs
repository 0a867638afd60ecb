//! JSON in a part of a multipart form: which bytes of the body it is.
//!
//! Apart from [`super::request`] since few providers wrap their payload in this way, and all bodies pass by here.

use std::ops::Range;

use memchr::memmem;

/// The name that the part has, by the providers that do so.
const PART: &str = "json";

/// The boundary of a multipart form, if that is what this content type says.
pub fn boundary(content_type: &str) -> Option<&str> {
    const KIND: &str = "multipart/form-data";
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case(KIND) {
        return None;
    }
    let named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    Some(value.trim().trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// Where the content of the part with the JSON is.
pub fn part(body: &[u8], boundary: &str) -> Option<Range<usize>> {
    let delimiter = format!("--{boundary}");
    let next = format!("\r\n{delimiter}");
    // In front of the first delimiter there may be text that means nothing.
    let mut start = if body.starts_with(delimiter.as_bytes()) {
        delimiter.len()
    } else {
        memmem::find(body, next.as_bytes())? + next.len()
    };
    loop {
        if body.get(start..)?.starts_with(b"--") {
            return None;
        }
        let head = start..start + memmem::find(&body[start..], b"\r\n\r\n")?;
        let content = head.end + 4;
        let end = content + memmem::find(&body[content..], next.as_bytes())?;
        if names_the_part(&body[head]) {
            return Some(content..end);
        }
        start = end + next.len();
    }
}

/// Whether the head of a part gives it that name.
fn names_the_part(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.lines().filter_map(|line| line.split_once(':')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("content-disposition")
            && value
                .split(';')
                .filter_map(|parameter| parameter.split_once('='))
                .any(|(name, value)| name.trim().eq_ignore_ascii_case("name") && value.trim().trim_matches('"') == PART)
    })
}

/// A form with this JSON as its only part.
pub fn wrapped(json: &[u8], boundary: &str) -> Vec<u8> {
    let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{PART}\"\r\n\r\n");
    [head.as_bytes(), json, format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_a_parameter_of_its_type() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("application/json; boundary=abc", None),
        ] {
            assert_eq!(boundary(content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn the_part_is_found_among_others_and_nothing_else_is() {
        let file = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"json\"\r\n\r\nname=\"json\"\r\n";
        let json = "--B\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=json\r\n\r\n{\"a\":1}\r\n";
        for (body, expected) in [
            (format!("{json}--B--\r\n"), Some("{\"a\":1}")),
            (format!("{file}{json}--B--"), Some("{\"a\":1}")),
            (format!("read on\r\n{json}{file}--B--"), Some("{\"a\":1}")),
            (format!("{file}--B--\r\n{json}"), None),
            (json.to_owned(), None),
            (String::new(), None),
            ("--B".to_owned(), None),
            ("{\"a\":1}".to_owned(), None),
        ] {
            assert_eq!(part(body.as_bytes(), "B").map(|range| &body[range]), expected, "{body}");
        }
        let made = wrapped(b"{}", "B");
        assert_eq!(part(&made, "B").map(|range| &made[range]), Some(&b"{}"[..]));
    }
}
