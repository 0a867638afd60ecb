//! How a scheme is verified, step by step, in words: for people who write a verifier, or a sender.

use crate::signature::HeaderForm;
use crate::signature::scheme::{Encoding, Scheme, SchemeKind};

/// The steps, in order.
pub fn steps(scheme: &Scheme) -> Vec<String> {
    let carrier = &scheme.carrier;
    let place = carrier.describe();
    let separator = |usual: &'static str| carrier.separator.clone().unwrap_or_else(|| usual.to_owned());
    let mut steps = Vec::new();
    steps.push(match carrier.form {
        HeaderForm::Plain => format!("Take the signature from {place}."),
        HeaderForm::Pairs => {
            let key = carrier.signature.as_deref().unwrap_or_default();
            let time =
                carrier.timestamp.as_ref().map_or(String::new(), |key| format!(", the timestamp behind '{key}='"));
            format!("Split {place} at '{}'; take every signature behind '{key}='{time}.", separator(","))
        }
        HeaderForm::List => format!("Split {place} at '{}'; every item may be the signature.", separator(" ")),
        HeaderForm::TimedList => {
            format!("Split {place} at ','; the first item is the timestamp, the others are signatures.")
        }
    });
    if let Some(prefix) = carrier.prefix.as_literal().filter(|prefix| !prefix.is_empty()) {
        steps.push(format!("Take '{prefix}' off its front; refuse it without."));
    }
    if let Some(rule) = &scheme.timestamp
        && let Some(name) = &rule.header
    {
        steps.push(format!("Take the timestamp from {name}, as it is written."));
    }
    if scheme.kind == SchemeKind::Token {
        steps.push("Compare it with the secret, in constant time. Nothing of the body is covered.".to_owned());
        return steps;
    }
    let key = &scheme.key;
    let mut reading = Vec::new();
    if !key.prefix.is_empty() {
        reading.push(format!("take '{}' off its front", key.prefix));
    }
    match key.decode {
        Encoding::Text => {}
        other => reading.push(format!("decode it from {}", other.as_str())),
    }
    if let Some(hash) = key.hash {
        reading.push(format!("hash it with {}", hash.as_str()));
    }
    steps.push(match (scheme.is_asymmetric(), reading.is_empty()) {
        (true, _) => "Take the provider's public key or certificate.".to_owned(),
        (false, true) => "Take the text of the secret as the key, as it is.".to_owned(),
        (false, false) => format!("To make the secret the key, {}.", reading.join(", ")),
    });
    let content = scheme.content.as_str().replace('\n', "\\n");
    steps.push(match scheme.kind {
        SchemeKind::Twilio => {
            "Put together the full address and, for a form, each field's name and value, sorted by name.".to_owned()
        }
        SchemeKind::Plivo => {
            "Put together the address with its parameters sorted, the form's fields, and the nonce.".to_owned()
        }
        SchemeKind::Contentful => {
            "Put together method, path, the headers that are listed, and body, a line each.".to_owned()
        }
        SchemeKind::Jwt => "Read the token's claims.".to_owned(),
        _ => format!("Put together {content}, over the raw bytes of the body."),
    });
    steps.push(match scheme.kind {
        SchemeKind::Hmac | SchemeKind::Twilio | SchemeKind::Plivo | SchemeKind::Contentful => {
            let (hash, written) = (scheme.algorithm.as_str().replace('-', ""), scheme.encoding().as_str());
            format!("Compute HMAC-{hash} of that with the key, written as {written}.")
        }
        SchemeKind::Hash => {
            format!("Hash that with {}, written as {}.", scheme.algorithm.as_str(), scheme.encoding().as_str())
        }
        SchemeKind::Jwt => {
            "Verify the token's signature with the key, and compare its claims with the request.".to_owned()
        }
        _ => format!("Verify the signature ({}) over that.", scheme.encoding().as_str()),
    });
    if !scheme.is_asymmetric() && scheme.kind != SchemeKind::Jwt {
        steps.push(
            "Compare with the signature that was found, in constant time; one that is right is enough.".to_owned(),
        );
    }
    if let Some(rule) = &scheme.timestamp {
        steps.push(format!("Refuse a timestamp that is older than {}.", rule.tolerance));
    }
    steps
}

/// A command line that computes the same signature, where a shell can.
pub fn shell(scheme: &Scheme) -> Option<String> {
    let is_plain = scheme.kind == SchemeKind::Hmac && scheme.key.decode == Encoding::Text && scheme.key.hash.is_none();
    let hash = scheme.algorithm.as_str().to_ascii_lowercase().replace('-', "");
    let output = match scheme.encoding() {
        Encoding::Hex => "",
        Encoding::Base64 => " -binary | base64 -w0",
        _ => return None,
    };
    let input = match scheme.content.as_str() {
        "{body}" => "cat body".to_owned(),
        "{timestamp}.{body}" => "{ printf '%s.' \"$TIMESTAMP\"; cat body; }".to_owned(),
        "{timestamp}{body}" => "{ printf %s \"$TIMESTAMP\"; cat body; }".to_owned(),
        "v0:{timestamp}:{body}" => "{ printf 'v0:%s:' \"$TIMESTAMP\"; cat body; }".to_owned(),
        _ => return None,
    };
    is_plain.then(|| format!("{input} | openssl dgst -{hash} -hmac \"$SECRET\"{output}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Catalog;

    #[test]
    fn every_scheme_has_its_steps() {
        for provider in Catalog::default().all().expect("sound providers") {
            for scheme in provider.definition.schemes() {
                let steps = steps(scheme);
                assert!(steps.len() >= 2, "{} {}", provider.name, scheme.id);
                assert!(steps.iter().all(|step| step.ends_with('.')), "{steps:?}");
            }
        }
        let stripe = Catalog::default().get("stripe").expect("stripe");
        let scheme = stripe.definition.schemes().next().expect("a scheme");
        assert_eq!(
            shell(scheme).as_deref(),
            Some("{ printf '%s.' \"$TIMESTAMP\"; cat body; } | openssl dgst -sha256 -hmac \"$SECRET\"")
        );
    }
}
