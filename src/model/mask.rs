//! Which header values must not be shown, and how they are shown instead.

use super::token::{has_token, without_tokens};

/// Headers whose values are credentials, though their names do not say so.
const SENSITIVE: [&str; 1] = ["verif-hash"];

/// Last words of a name that mark a credential.
const LAST_WORDS: [&str; 15] = [
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "apikey",
    "credential",
    "credentials",
    "authorization",
    "auth",
    "jwt",
    "cookie",
    "cookie2",
];

/// What stands in front of `key` or `id` where that is a credential; an idempotency key, for one, is none.
const KEYS: [(&str, &str); 16] = [
    ("api", "key"),
    ("access", "key"),
    ("auth", "key"),
    ("account", "key"),
    ("admin", "key"),
    ("app", "key"),
    ("encryption", "key"),
    ("functions", "key"),
    ("master", "key"),
    ("private", "key"),
    ("rapidapi", "key"),
    ("secret", "key"),
    ("service", "key"),
    ("subscription", "key"),
    ("session", "key"),
    ("session", "id"),
];

/// What is shown in place of a credential.
pub const MASK: &str = "••••";

/// Whether a header of this name carries a credential. Signatures are not credentials: they prove one request only.
pub fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.rsplit(['-', '_', '.']);
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    SENSITIVE.contains(&name.as_str()) || LAST_WORDS.contains(&last) || KEYS.contains(&(before, last))
}

/// Whether what this header has is a credential: by its name, or by how it looks.
pub fn is_credential(name: &str, value: &str) -> bool {
    is_sensitive(name) && !value.is_empty() || has_token(name, value)
}

/// The value as it may be shown: the scheme word of an `Authorization` value is kept, the rest is masked; of other values what
/// is a credential by how it looks.
pub fn masked(name: &str, value: &str) -> String {
    if !is_sensitive(name) {
        return without_tokens(name, value).into_owned();
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

    #[test]
    fn credentials_are_known_under_all_their_usual_names() {
        let names = "Authorization Proxy-Authorization X-Authorization Cookie Set-Cookie Cookie2 X-Api-Key Api-Key apikey X-ApiKey \
            X-API_KEY X-Auth-Token X-Access-Token X-Auth X-Auth-Key X-Auth-Password X-Gitlab-Token Private-Token Job-Token \
            X-Telegram-Bot-Api-Secret-Token verif-hash X-Hook-Secret X-Webhook-Secret X-Client-Secret X-Secret-Key X-Shared-Secret \
            X-Amz-Security-Token X-Goog-Channel-Token X-Goog-Api-Key X-Goog-Iam-Authorization-Token X-Vault-Token X-Consul-Token \
            X-Csrf-Token X-Xsrf-Token X-Shopify-Access-Token X-Shopify-Storefront-Access-Token X-Stripe-Client-Secret \
            X-GitHub-Token X-Buildkite-Token X-Circle-Token X-Figma-Token X-Honeycomb-Token DD-API-KEY DD-APPLICATION-App-Key \
            Ocp-Apim-Subscription-Key X-Functions-Key X-RapidAPI-Key X-Algolia-API-Key X-Master-Key X-Account-Key \
            X-Service-Key X-Parse-Session-Token X-Session-Id X-Session-Key X-Refresh-Token X-Id-Token X-Jwt X-Forwarded-Access-Token \
            X-Basic-Credentials X-Credential X-User-Password X-DB-Passwd X-Key-Passphrase X-Encryption-Key";
        assert!(names.split_whitespace().count() >= 60);
        for name in names.split_whitespace() {
            assert!(is_sensitive(name) && is_sensitive(&name.to_uppercase()), "{name}");
            assert_eq!(masked(name, "abc123"), MASK, "{name}");
        }
        for name in [
            "Idempotency-Key",
            "X-Request-Id",
            "X-Hub-Signature-256",
            "webhook-id",
            "X-Key-Id",
            "Content-Type",
            "X-Author",
            "WWW-Authenticate",
            "X-Token-Count",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }
}
