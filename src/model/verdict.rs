//! What verification may say, and why.

use std::fmt;

/// The answer to "is this delivery from whom it claims to be".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A known secret makes the signature come out right, and its time is acceptable.
    Valid,
    /// There is a signature, and it is not right.
    Invalid,
    /// There is no signature where the provider puts one.
    Unsigned,
    /// Nobody that hookctl knows sends such requests.
    UnknownProvider,
    /// No secret is known (or only a development secret, which does not fit).
    NoSecret,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 5] = [Self::Valid, Self::Invalid, Self::Unsigned, Self::UnknownProvider, Self::NoSecret];

    /// The public word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unsigned => "unsigned",
            Self::UnknownProvider => "unknown-provider",
            Self::NoSecret => "no-secret",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Verdict {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or(())
    }
}

/// Why a verdict is not `valid`, in the public ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The recomputed signature differs from the one found.
    SignatureMismatch,
    /// A header that the scheme needs is not there.
    HeaderMissing,
    /// A header is there and cannot be read.
    HeaderMalformed,
    /// The signature is right and the timestamp too old.
    TimestampStale,
    /// The signature is right and the timestamp too far ahead.
    TimestampFuture,
    /// The body is not the one whose hash was signed.
    BodyMismatch,
    /// A claim of the token is not what it should be.
    ClaimMismatch,
    /// The certificate is not acceptable: expired, not trusted, or of another name or host.
    Certificate,
    /// No configured secret has the form this scheme needs.
    SecretForm,
    /// The secret is empty.
    SecretEmpty,
    /// No secret is known at all.
    SecretUnknown,
    /// Only a development secret is known, and it does not fit.
    DevelopmentSecretOnly,
    /// The scheme signs the address, and the address is not known.
    UrlMissing,
    /// No provider was recognised.
    ProviderUnknown,
    /// The provider does not sign what it sends.
    ProviderUnsigned,
    /// The body was too large to be taken, so there is nothing to judge.
    BodyMissing,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 16] = [
        Self::SignatureMismatch,
        Self::HeaderMissing,
        Self::HeaderMalformed,
        Self::TimestampStale,
        Self::TimestampFuture,
        Self::BodyMismatch,
        Self::ClaimMismatch,
        Self::Certificate,
        Self::SecretForm,
        Self::SecretEmpty,
        Self::SecretUnknown,
        Self::DevelopmentSecretOnly,
        Self::UrlMissing,
        Self::ProviderUnknown,
        Self::ProviderUnsigned,
        Self::BodyMissing,
    ];

    /// The public id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignatureMismatch => "signature-mismatch",
            Self::HeaderMissing => "header-missing",
            Self::HeaderMalformed => "header-malformed",
            Self::TimestampStale => "timestamp-stale",
            Self::TimestampFuture => "timestamp-future",
            Self::BodyMismatch => "body-mismatch",
            Self::ClaimMismatch => "claim-mismatch",
            Self::Certificate => "certificate",
            Self::SecretForm => "secret-form",
            Self::SecretEmpty => "secret-empty",
            Self::SecretUnknown => "secret-unknown",
            Self::DevelopmentSecretOnly => "development-secret-only",
            Self::UrlMissing => "url-missing",
            Self::ProviderUnknown => "provider-unknown",
            Self::ProviderUnsigned => "provider-unsigned",
            Self::BodyMissing => "body-missing",
        }
    }

    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SignatureMismatch => "the signature does not match the body, the secret or what else is signed",
            Self::HeaderMissing => "a header that the scheme needs is missing",
            Self::HeaderMalformed => "a signature header cannot be read",
            Self::TimestampStale => "the signature is right, but its timestamp is too old",
            Self::TimestampFuture => "the signature is right, but its timestamp is too far in the future",
            Self::BodyMismatch => "the body is not the one whose hash was signed",
            Self::ClaimMismatch => "a claim of the token is not what it should be",
            Self::Certificate => "the certificate is not acceptable",
            Self::SecretForm => "the secret does not have the form that this scheme needs",
            Self::SecretEmpty => "the secret is empty",
            Self::SecretUnknown => "no secret is known for this provider",
            Self::DevelopmentSecretOnly => "only hookctl's own development secret is known, and it does not fit",
            Self::UrlMissing => "the scheme signs the address, and the address is not known",
            Self::ProviderUnknown => "no provider was recognised",
            Self::ProviderUnsigned => "the provider does not sign its deliveries",
            Self::BodyMissing => "the body was too large to be taken, so nothing could be judged",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Reason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.as_str().parse(), Ok(verdict));
        }
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
    }
}
