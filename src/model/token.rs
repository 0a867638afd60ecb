//! Credentials that are known by how they look, whatever they are called: the tokens of well-known services, private keys, and
//! passwords in addresses.
//!
//! Only what nothing else looks like is taken for one: a header that is masked by mistake helps nobody.

use std::borrow::Cow;
use std::ops::Range;

use super::mask::MASK;

/// How tokens begin that their services have made recognisable, so that scanners find those that leak.
const STARTS: [&str; 52] = [
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "GOCSPX-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glptt-",
    "xoxa-",
    "xoxb-",
    "xoxe-",
    "xoxp-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "shpat_",
    "shpca_",
    "shppa_",
    "shpss_",
    "sq0atp-",
    "sq0csp-",
    "SG.",
    "key-",
    "sk-ant-",
    "sk-proj-",
    "npm_",
    "pypi-",
    "dop_v1_",
    "doo_v1_",
    "dckr_pat_",
    "hf_",
    "hvs.",
    "lin_api_",
    "figd_",
    "ntn_",
    "pat-na1-",
    "PMAK-",
    "NRAK-",
    "rubygems_",
    "AGE-SECRET-KEY-",
];

/// What follows such a start is at least so long; `key-2` or `npm_config` is no token.
const SHORTEST: usize = 16;

fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.+/=~".contains(c)
}

fn is_token(word: &str) -> bool {
    let rest = STARTS.iter().find_map(|start| word.strip_prefix(start));
    rest.is_some_and(|rest| rest.len() >= SHORTEST && rest.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A JSON web token: three parts, of which the first is a JSON object.
fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    word.starts_with("eyJ") && parts.by_ref().take(2).all(|part| part.len() > 8) && parts.next().is_some()
}

/// Where users and passwords stand in addresses.
fn userinfos(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let start = from + at + 3;
        let end = text[start..].find(|c: char| "/?#\"'<> \\".contains(c)).map_or(text.len(), |end| start + end);
        found.extend(text[start..end].rfind('@').filter(|at| *at > 0).map(|at| start..start + at));
        from = end;
    }
    found
}

/// A value of that name without the credentials in it. Tokens that sign a request are left where a signature belongs.
pub fn without_tokens<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let name = name.to_ascii_lowercase();
    let signs = name.contains("signature") || name.contains("verification");
    if value.contains("-----BEGIN ") && value.contains("PRIVATE KEY") {
        return Cow::Owned(MASK.to_owned());
    }
    let mut found = userinfos(value);
    let mut from = 0;
    for word in value.split(|c| !in_token(c)) {
        // In `a=b` it is what stands behind.
        for part in word.split('=').filter(|part| is_token(part) || !signs && is_jwt(part)) {
            let start = from + (part.as_ptr().addr() - word.as_ptr().addr());
            // In an address it goes with its user.
            if !found.iter().any(|range| range.contains(&start)) {
                found.push(start..start + part.len());
            }
        }
        from += word.len();
        from += value[from..].chars().next().map_or(0, char::len_utf8);
    }
    found.retain(|range| &value[range.clone()] != MASK);
    found.sort_unstable_by_key(|range| std::cmp::Reverse(range.start));
    let mut value = Cow::Borrowed(value);
    for range in found {
        value.to_mut().replace_range(range, MASK);
    }
    value
}

/// Whether there is such a credential in it.
pub fn has_token(name: &str, value: &str) -> bool {
    matches!(without_tokens(name, value), Cow::Owned(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_how_they_look_and_nothing_else_is() {
        let body = "A1b2C3d4E5f6G7h8I9j0";
        for start in STARTS {
            let token = format!("{start}{body}");
            assert_eq!(without_tokens("X-Note", &token), MASK, "{start}");
            assert_eq!(
                without_tokens("X-Note", &format!("a={token}, \"{token}\"; b")),
                format!("a={MASK}, \"{MASK}\"; b")
            );
        }
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        for (name, value, shown) in [
            ("X-Note", jwt.to_owned(), MASK.to_owned()),
            ("X-Webhook-Signature", jwt.to_owned(), jwt.to_owned()),
            ("Referer", "https://me:pw@h/p?a=1".into(), format!("https://{MASK}@h/p?a=1")),
            (
                "X-Urls",
                "http://a/ https://u:p@b, ftp://c@d/x".into(),
                format!("http://a/ https://{MASK}@b, ftp://{MASK}@d/x"),
            ),
            ("X-Key", "-----BEGIN EC PRIVATE KEY----- MHc".into(), MASK.to_owned()),
            ("X-é", format!("é {jwt} é"), format!("é {MASK} é")),
        ] {
            assert_eq!(without_tokens(name, &value), shown, "{name}");
            // Once is enough.
            assert_eq!(without_tokens(name, &shown), shown, "{name}");
        }
        for value in [
            "key-2",
            "npm_config_registry_path",
            "SG.",
            "sk_live_short",
            "t=1492774577,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            "https://stripe.com/docs/webhooks?a=b@c",
            "mail me@example.com",
            "eyJ.a.b",
            "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "application/json; charset=utf-8",
        ] {
            assert!(!has_token("X-Note", value), "{value}");
        }
    }
}
