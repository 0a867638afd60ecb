//! Why a file holds no captures that can be read: which file, where in it, and what is wrong there.

use std::fmt;
use std::io;

use super::curl::CurlProblem;
use super::hurl::HurlProblem;
use crate::http::head::HeadError;

/// The forms in which hookctl reads and writes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One JSON object a line, as `hookctl export` writes them.
    Ndjson,
    /// One JSON object with the fields of an export line.
    Json,
    /// HTTP Archive 1.2.
    Har,
    /// A request as it is on the wire.
    RawHttp,
    /// A curl command, or several.
    Curl,
    /// A file of requests for hurl.
    Hurl,
    /// The variables that a CGI or WSGI server hands to its program.
    Cgi,
    /// The event that an API gateway hands to a function.
    Gateway,
    /// What `stripe events list` prints.
    StripeEvents,
    /// Deliveries of a hook as GitHub's API has them.
    GithubDeliveries,
    /// Messages of a smee.io channel.
    Smee,
    /// JSON bodies, one a line.
    Bodies,
}

impl Form {
    /// The forms that hold requests.
    pub const REQUESTS: [Self; 8] =
        [Self::Ndjson, Self::Json, Self::Har, Self::RawHttp, Self::Curl, Self::Hurl, Self::Cgi, Self::Gateway];

    /// All forms.
    pub const ALL: [Self; 12] = [
        Self::Ndjson,
        Self::Json,
        Self::Har,
        Self::RawHttp,
        Self::Curl,
        Self::Hurl,
        Self::Cgi,
        Self::Gateway,
        Self::StripeEvents,
        Self::GithubDeliveries,
        Self::Smee,
        Self::Bodies,
    ];

    /// Words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "a hookctl export",
            Self::Json => "a JSON object",
            Self::Har => "a HAR file",
            Self::RawHttp => "a raw HTTP request",
            Self::Curl => "a curl command",
            Self::Hurl => "a hurl file",
            Self::Cgi => "a dump of CGI variables",
            Self::Gateway => "an API gateway's event",
            Self::StripeEvents => "a list of Stripe events",
            Self::GithubDeliveries => "deliveries of a GitHub hook",
            Self::Smee => "messages of a smee channel",
            Self::Bodies => "bodies",
        }
    }

    /// What a file of this form would have to start with, or hold.
    pub(super) fn recognised_by(self) -> &'static str {
        match self {
            Self::Ndjson => "lines of JSON with \"kind\":\"capture\"",
            Self::Json => "a JSON object with method, target, headers and body",
            Self::Har => "a JSON object with log.entries",
            Self::RawHttp => "a first line like 'POST /path HTTP/1.1'",
            Self::Curl => "the word 'curl' at the start",
            Self::Hurl => "a first line like 'POST http://host/path'",
            Self::Cgi => "lines like 'REQUEST_METHOD=POST'",
            Self::Gateway => "a JSON object with requestContext, or httpMethod and path",
            Self::StripeEvents => "a JSON object with \"object\":\"list\" and events in data",
            Self::GithubDeliveries => "JSON objects with request.headers and request.payload",
            Self::Bodies => "--provider, and a JSON document a line",
            Self::Smee => "JSON with body, timestamp and header names, or an event stream of it",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in a file something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line, from 1.
    Line(usize),
    /// A line and a byte column, both from 1.
    Column(usize, usize),
    /// An entry of a list, from 1.
    Entry(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Column(line, column) => write!(f, ", line {line}, column {column}"),
            Self::Entry(entry) => write!(f, ", entry {entry}"),
        }
    }
}

/// A form that was tried, and the first thing that spoke against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// The form.
    pub form: Form,
    /// What it would have needed.
    pub wanted: &'static str,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes could not be had.
    #[error("{name} cannot be read")]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing but white space.
    #[error("{name} is empty")]
    Empty {
        /// The file.
        name: String,
    },
    /// Text in UTF-16, which some shells write when output is redirected.
    #[error("{name} is UTF-16 text: save it as UTF-8")]
    Utf16 {
        /// The file.
        name: String,
    },
    /// No form fits.
    #[error("{name} holds no request in a form that is known")]
    Unrecognised {
        /// The file.
        name: String,
        /// What was tried.
        tried: Vec<Tried>,
    },
    /// The form is clear, and its rules are broken.
    #[error("{name}{place}: {problem}")]
    Broken {
        /// The file.
        name: String,
        /// What it was read as.
        form: Form,
        /// Where the problem is.
        place: Place,
        /// The problem.
        problem: Problem,
    },
}

/// What breaks the rules of a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON, or not with the fields that are needed.
    #[error("{message}")]
    Json {
        /// What the parser says, without the place.
        message: String,
    },
    /// A line that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A line beyond the limit.
    #[error("the line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// An object of another kind.
    #[error("an object of kind '{kind}' holds no request: 'capture' does")]
    Kind {
        /// The kind that was found.
        kind: String,
    },
    /// Something needed is not there.
    #[error("'{field}' is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// Two ways to say the same thing, both used.
    #[error("'{one}' and '{other}' exclude each other")]
    Both {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// Text that is not base64.
    #[error("'{field}' is not base64")]
    Base64 {
        /// Where it stands.
        field: &'static str,
    },
    /// Text that is no instant.
    #[error("'{field}' is not a time: '{text}'")]
    Time {
        /// Where it stands.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// A method that is no token.
    #[error("'{text}' is not a method")]
    Method {
        /// What stands there.
        text: String,
    },
    /// A request target with spaces, control characters or letters beyond ASCII.
    #[error("'{text}' is not a request target")]
    Target {
        /// What stands there.
        text: String,
    },
    /// An address without scheme or host.
    #[error("'{text}' is not a URL with http:// or https://")]
    Url {
        /// What stands there.
        text: String,
    },
    /// A header name that is no token.
    #[error("'{text}' is not a header name")]
    HeaderName {
        /// What stands there.
        text: String,
    },
    /// A header value with a line break or another control character.
    #[error("the value of '{name}' holds a control character")]
    HeaderValue {
        /// The header.
        name: String,
    },
    /// A raw head that breaks the rules.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A raw head beside fields that say something else.
    #[error("'head' is not the head of this request")]
    OtherHead,
    /// Something in a list that is no event.
    #[error("{what} is not an event")]
    NoEvent {
        /// What it is.
        what: &'static str,
    },
    /// Something about a curl command.
    #[error(transparent)]
    Curl(#[from] CurlProblem),
    /// Something about a hurl file.
    #[error(transparent)]
    Hurl(#[from] HurlProblem),
}

impl Problem {
    /// Puts the problem in its place.
    pub(super) fn at(self, name: &str, form: Form, place: Place) -> FormatError {
        FormatError::Broken { name: name.to_owned(), form, place, problem: self }
    }

    /// From the parser's error; its own wording of the place is cut off, since a line of a file is not line 1 of it.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        Self::Json { message }
    }
}
