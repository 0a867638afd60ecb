//! Which header values must not be shown, and how they are shown instead.

/// Headers whose values are credentials whoever sends them.
const SENSITIVE: [&str; 10] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-gitlab-token",
    "x-telegram-bot-api-secret-token",
    "verif-hash",
];

/// What is shown in place of a credential.
pub const MASK: &str = "••••";

/// Whether a header of this name carries a credential. Signatures are not credentials: they prove one request only.
pub fn is_sensitive(name: &str) -> bool {
    SENSITIVE.iter().any(|s| s.eq_ignore_ascii_case(name)) || {
        let name = name.to_ascii_lowercase();
        name.ends_with("-token")
            || name.ends_with("-secret")
            || name.ends_with("-password")
            || name.ends_with("-api-key")
    }
}

/// The value as it may be shown: the scheme word of an `Authorization` value is kept, the rest is masked.
pub fn masked(name: &str, value: &str) -> String {
    if !is_sensitive(name) {
        return value.to_owned();
    }
    match value.split_once(' ') {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) && !scheme.is_empty() => {
            format!("{scheme} {MASK}")
        }
        _ => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_and_signatures_are_not() {
        assert_eq!(masked("Authorization", "Bearer abc"), format!("Bearer {MASK}"));
        assert_eq!(masked("X-Gitlab-Token", "abc"), MASK);
        assert_eq!(masked("X-Acme-Token", "abc"), MASK);
        assert_eq!(masked("Stripe-Signature", "t=1,v1=ab"), "t=1,v1=ab");
    }
}
