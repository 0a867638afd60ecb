//! What was noticed about a request while it was read: things that are no error and may be why it does not verify.

use std::fmt;

use crate::model::Request;

/// Something worth saying about a request that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Fewer bytes than `Content-Length` says.
    BodyTruncated {
        /// What `Content-Length` says.
        announced: u64,
        /// How many bytes there are.
        found: u64,
    },
    /// More bytes than `Content-Length` says; all were kept.
    BodySurplus {
        /// What `Content-Length` says.
        announced: u64,
        /// How many bytes there are.
        found: u64,
    },
    /// One final line break beyond `Content-Length`, as editors add it, was left out.
    FinalNewlineDropped,
    /// The body was recorded as form parameters and put together from them: its bytes may have been others.
    BodyRebuilt,
    /// The query was recorded as parameters and put together from them: its order and spelling may have been others.
    QueryRebuilt,
    /// There was a body, and the file does not hold it.
    BodyNotRecorded,
    /// The head says `chunked`; the chunks were put together.
    ChunksJoined,
    /// The header names were made from CGI variables (`HTTP_X_…`): their spelling is a guess.
    CgiNames,
    /// There was no request line: it is taken for a POST.
    RequestLineMissing,
    /// The body was recorded as what it was parsed to: its bytes may have been others.
    BodyParsed,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyTruncated { announced, found } => {
                write!(f, "the body is truncated: {found} bytes where Content-Length says {announced}")
            }
            Self::BodySurplus { announced, found } => {
                write!(f, "the body has {found} bytes where Content-Length says {announced}")
            }
            Self::FinalNewlineDropped => f.write_str("a final newline beyond Content-Length was left out"),
            Self::BodyRebuilt => {
                f.write_str("the body was rebuilt from its form parameters and may have been spelled otherwise")
            }
            Self::QueryRebuilt => {
                f.write_str("the query was rebuilt from its parameters and may have been spelled otherwise")
            }
            Self::BodyNotRecorded => f.write_str("the file does not hold the body"),
            Self::ChunksJoined => f.write_str("the body was chunked; its chunks were joined"),
            Self::CgiNames => f.write_str("the header names were made from CGI variables"),
            Self::RequestLineMissing => {
                f.write_str("there is no request line: it is taken for a POST; --method and --url say otherwise")
            }
            Self::BodyParsed => f.write_str(
                "the body was recorded as JSON, not as text: its bytes may have been others when they arrived",
            ),
        }
    }
}

/// The one length that a request announces; `None` if it announces none, or several that differ.
pub(super) fn announced_length(request: &Request) -> Option<u64> {
    let mut lengths = request.headers.all("content-length").map(|header| header.text()?.trim().parse::<u64>().ok());
    let first = lengths.next()??;
    lengths.all(|length| length == Some(first)).then_some(first)
}

/// Compares the body with the length that the head announces.
pub(super) fn length_note(request: &Request) -> Option<Note> {
    let announced = announced_length(request)?;
    let found = request.body.len() as u64;
    match found.cmp(&announced) {
        std::cmp::Ordering::Less => Some(Note::BodyTruncated { announced, found }),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Note::BodySurplus { announced, found }),
    }
}

/// Undoes what an editor does to a file on saving: cuts off one final line break if the rest is as long as announced.
pub(super) fn without_editors_newline(request: &mut Request) -> Option<Note> {
    let announced = usize::try_from(announced_length(request)?).ok()?;
    let surplus = request.body.get(announced..)?;
    if surplus != b"\n" && surplus != b"\r\n" {
        return None;
    }
    request.body.truncate(announced);
    Some(Note::FinalNewlineDropped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn lengths_are_compared_only_when_one_is_announced() {
        let note = |lengths: &[&str], body: &str| {
            let headers: Headers =
                lengths.iter().map(|length| ("content-length", length.as_bytes().to_vec())).collect();
            length_note(&Request {
                method: "POST".into(),
                target: "/".into(),
                headers,
                body: bytes::Bytes::copy_from_slice(body.as_bytes()),
            })
        };
        assert_eq!(note(&[], "abc"), None);
        assert_eq!(note(&["3"], "abc"), None);
        assert_eq!(note(&["3", "3"], "ab"), Some(Note::BodyTruncated { announced: 3, found: 2 }));
        assert_eq!(note(&["2"], "abc"), Some(Note::BodySurplus { announced: 2, found: 3 }));
        assert_eq!(note(&["2", "3"], "abc"), None);
        assert_eq!(note(&["x"], "abc"), None);
        assert_eq!(note(&["99999999999999999999999"], "abc"), None);
    }
}
