//! The causes: their public ids. What is said about each is in `advice.rs`, how each is found in its family's file.

use std::fmt;

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// Why a signature does not come out right. Ids are public and stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Cause {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Cause {
            /// All causes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The public id.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }
        }
    };
}

causes! {
    /// The same JSON value, written in another style.
    BodyReserialized = "body-reserialized",
    /// A final newline that the body had when it was signed.
    BodyNewlineLost = "body-newline-lost",
    /// A final newline that the body did not have.
    BodyNewlineAdded = "body-newline-added",
    /// The other line endings.
    BodyLineEndings = "body-line-endings",
    /// White space around the body, lost or added.
    BodyTrimmed = "body-trimmed",
    /// A byte order mark, lost or added.
    BodyBom = "body-bom",
    /// The same text in another encoding.
    BodyCharset = "body-charset",
    /// The body compressed, or decompressed.
    BodyCompressed = "body-compressed",
    /// The body in base64, or decoded from it.
    BodyBase64 = "body-base64",
    /// A form that is percent-encoded otherwise.
    BodyFormDecoded = "body-form-decoded",
    /// The same text in another Unicode normal form.
    BodyUnicodeForm = "body-unicode-form",
    /// A part of what was captured, or what was captured is a part.
    BodyWrapped = "body-wrapped",
    /// The form that the JSON was made from, or the reverse.
    BodyParsedForm = "body-parsed-form",
    /// Fewer bytes than `Content-Length` says.
    BodyTruncated = "body-truncated",
    /// No body at all.
    BodyEmpty = "body-empty",
    /// The secret's prefix, kept or removed.
    SecretPrefix = "secret-prefix",
    /// The secret was to be decoded.
    SecretNotDecoded = "secret-not-decoded",
    /// The secret was not to be decoded.
    SecretDecoded = "secret-decoded",
    /// White space around the secret.
    SecretWhitespace = "secret-whitespace",
    /// Quotes around the secret.
    SecretQuoted = "secret-quoted",
    /// Another secret that is known.
    SecretOther = "secret-other",
    /// A whole line of an `.env` file.
    SecretEnvLine = "secret-env-line",
    /// An invisible character in the secret.
    SecretInvisible = "secret-invisible",
    /// The sender signs with an empty secret.
    SecretEmpty = "secret-empty",
    /// Another hash.
    Algorithm = "algorithm",
    /// The same signature, written otherwise.
    Encoding = "encoding",
    /// Another provider's scheme.
    SchemeOtherProvider = "scheme-other-provider",
    /// The same parts, put together otherwise.
    ContentOrder = "content-order",
    /// The signature is in another header.
    HeaderOther = "header-other",
    /// A list of signatures that was merged, split or trimmed.
    HeaderListMerged = "header-list-merged",
    /// There is no signature header.
    HeaderMissing = "header-missing",
    /// The signature header cannot be read.
    HeaderMalformed = "header-malformed",
    /// Right, but too old.
    TimestampStale = "timestamp-stale",
    /// Right, but too far ahead.
    TimestampFuture = "timestamp-future",
    /// The timestamp in another unit.
    TimestampUnit = "timestamp-unit",
    /// Another timestamp of the request.
    TimestampChanged = "timestamp-changed",
    /// Another message id of the request.
    IdChanged = "id-changed",
    /// The address with another scheme.
    UrlScheme = "url-scheme",
    /// The address with another host.
    UrlHost = "url-host",
    /// The address with another port.
    UrlPort = "url-port",
    /// The address with another path.
    UrlPath = "url-path",
    /// The address with another query.
    UrlQuery = "url-query",
    /// Another method.
    Method = "method",
    /// The signature is right, the certificate or key is not.
    Certificate = "certificate",
    /// Nothing that was tried fits.
    NoMatch = "no-match",
}

impl Cause {
    /// Whether it is the body that is not as it was signed.
    pub fn is_of_body(self) -> bool {
        self.as_str().starts_with("body-")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What would have to be different for the signature to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The cause.
    pub cause: Cause,
    /// Which of its forms: `two spaces a level`, `X-Forwarded-Host says a.example`. Never a secret's value.
    pub detail: String,
}

impl Change {
    /// A change.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }
}
