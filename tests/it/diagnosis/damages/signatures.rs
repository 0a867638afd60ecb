//! Secrets, signatures and their headers, taken or written in another way.

use hookctl::diagnosis::Cause;
use hookctl::model::{Request, Secret};
use hookctl::secrets::Secrets;
use hookctl::signature::HeaderForm;
use hookctl::signature::content::Template;
use hookctl::signature::scheme::{Algorithm, Encoding, Scheme};

use super::{Damage, PLAIN, damage};
use crate::diagnosis::signer::{Broken, PROVIDERS, Signer, signed_as};

pub(super) fn secrets() -> Vec<Damage> {
    const TEXT: &str = "c2VjcmV0c2VjcmV0c2VjcmV0";
    let text_key = |cause, configured: &str, key: &[u8]| {
        let (secret, key) = (Secret::new(configured), key.to_vec());
        damage(cause, format!("{configured:?} is configured"), move |signer| {
            let request = signer.has_text_key().then(|| signer.signed_with(&key, PLAIN.as_bytes()))?;
            Some(Broken { secrets: vec![secret.clone()], ..signer.broken(request) })
        })
    };
    let decoded = |cause, what, key: fn(&str) -> &str| {
        damage(cause, what, move |signer| {
            let form = &signer.scheme.key;
            let is_decoded = signer.is_keyed() && form.decode == Encoding::Base64 && form.prefix.ends_with("whsec_");
            let key = is_decoded.then(|| key(signer.private.expose()))?;
            Some(signer.broken(signer.signed_with(key.as_bytes(), PLAIN.as_bytes())))
        })
    };
    let pair = |cause, what, change: fn(&str) -> String| {
        damage(cause, what, move |signer| {
            let request = signer.is_pair().then(|| signer.signed(PLAIN.as_bytes()))?;
            let secret = Secret::new(change(signer.public.expose()));
            Some(Broken { secrets: vec![secret], ..signer.broken(request) })
        })
    };
    vec![
        text_key(Cause::SecretPrefix, &format!("whsec_{TEXT}"), TEXT.as_bytes()),
        text_key(Cause::SecretNotDecoded, TEXT, b"secretsecretsecret"),
        text_key(
            Cause::SecretNotDecoded,
            "00112233445566778899aabbccddeeff",
            &[0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff],
        ),
        text_key(Cause::SecretWhitespace, &format!("{TEXT}\n"), TEXT.as_bytes()),
        text_key(Cause::SecretWhitespace, &format!(" {TEXT}"), TEXT.as_bytes()),
        text_key(Cause::SecretWhitespace, TEXT, format!("{TEXT}\n").as_bytes()),
        text_key(Cause::SecretQuoted, &format!("\"{TEXT}\""), TEXT.as_bytes()),
        text_key(Cause::SecretQuoted, &format!("'{TEXT}'"), TEXT.as_bytes()),
        text_key(Cause::SecretQuoted, TEXT, format!("\"{TEXT}\"").as_bytes()),
        text_key(Cause::SecretEnvLine, &format!("HOOK_SECRET={TEXT}"), TEXT.as_bytes()),
        text_key(Cause::SecretEnvLine, &format!("export HOOK_SECRET={TEXT}"), TEXT.as_bytes()),
        text_key(Cause::SecretInvisible, &format!("{TEXT}\u{200b}"), TEXT.as_bytes()),
        text_key(Cause::SecretInvisible, &format!("{}\u{a0}{}", &TEXT[..5], &TEXT[5..]), TEXT.as_bytes()),
        text_key(Cause::SecretEmpty, TEXT, b""),
        decoded(Cause::SecretDecoded, "the text is the key", |secret| secret.rsplit("whsec_").next().unwrap_or(secret)),
        decoded(Cause::SecretPrefix, "the text with its prefix is the key", |secret| secret),
        pair(Cause::SecretQuoted, "a quoted public key", |key| format!("'{key}'")),
        pair(Cause::SecretWhitespace, "a public key with white space", |key| format!("  {key}\t")),
        damage(Cause::SecretOther, "another keyed secret", |signer| other_secret(signer, signer.is_keyed())),
        damage(Cause::SecretOther, "another public key", |signer| other_secret(signer, signer.is_pair())),
    ]
}

fn other_secret(signer: &Signer, fits: bool) -> Option<Broken> {
    let broken = fits.then(|| signer.broken(signer.signed(PLAIN.as_bytes())))?;
    let other = Secrets::fresh(&signer.provider).public;
    Some(Broken { secrets: vec![other], others: broken.secrets.clone(), ..broken })
}

/// The right parts, signed, written or put together in another way.
pub(super) fn signatures() -> Vec<Damage> {
    let changed = |signer: &Signer, change: &dyn Fn(&Scheme) -> Scheme| {
        let scheme = change(&signer.scheme);
        signer.broken(signed_as(signer.request(PLAIN.as_bytes()), &scheme, &signer.private))
    };
    vec![
        damage(Cause::Algorithm, "another hash", move |signer| {
            signer.is_keyed().then(|| {
                changed(signer, &|scheme| {
                    let mut other = scheme.clone();
                    let is_usual = scheme.algorithm == Algorithm::Sha256;
                    other.algorithm = if is_usual { Algorithm::Sha512 } else { Algorithm::Sha256 };
                    other
                })
            })
        }),
        damage(Cause::Encoding, "another encoding", move |signer| {
            signer.is_keyed().then(|| {
                changed(signer, &|scheme| {
                    let is_hex = scheme.encoding() == Encoding::Hex;
                    scheme.with_encoding(if is_hex { Encoding::Base64 } else { Encoding::Hex })
                })
            })
        }),
        damage(Cause::Encoding, "another encoding of a key pair's signature", move |signer| {
            signer.is_pair().then(|| {
                changed(signer, &|scheme| {
                    let is_hex = scheme.encoding() == Encoding::Hex;
                    scheme.with_encoding(if is_hex { Encoding::Base64 } else { Encoding::Hex })
                })
            })
        }),
        damage(Cause::ContentOrder, "the body alone", move |signer| {
            let has_more = signer.scheme.content.as_str() != "{body}";
            ((signer.is_keyed() || signer.is_pair()) && has_more).then(|| {
                changed(signer, &|scheme| {
                    let mut other = scheme.clone();
                    other.content = Template::body();
                    other
                })
            })
        }),
        damage(Cause::ContentOrder, "the time behind the body", move |signer| {
            let has_time = signer.scheme.content.as_str().contains("{timestamp}");
            ((signer.is_keyed() || signer.is_pair()) && has_time).then(|| {
                changed(signer, &|scheme| {
                    let mut other = scheme.clone();
                    other.content = "{body}.{timestamp}".parse().expect("a template");
                    other
                })
            })
        }),
        damage(Cause::SchemeOtherProvider, "another provider's request", |signer| {
            if !signer.has_text_key() || signer.provider.name == "github" {
                return None;
            }
            let github = PROVIDERS.iter().find(|provider| provider.name == "github").expect("github").clone();
            let secret = "0123456789abcdef0123";
            let request = signer.signed_with(secret.as_bytes(), PLAIN.as_bytes());
            let secrets = vec![Secret::new(secret)];
            Some(Broken { provider: github, secrets, ..signer.broken(request) })
        }),
    ]
}

/// The right signature in the wrong place, or none.
pub(super) fn headers() -> Vec<Damage> {
    let altered = |cause, what, alter: fn(&Signer, &mut Request, String)| {
        let altered = damage(cause, what, move |signer: &Signer| {
            let mut request = signer.is_keyed().then(|| signer.signed(PLAIN.as_bytes()))?;
            let value = request.headers.text(&signer.header()).expect("a signature").to_owned();
            alter(signer, &mut request, value);
            Some(signer.broken(request))
        });
        // What is plain to see stands beside what was found out.
        Damage { beside: true, ..altered }
    };
    vec![
        altered(Cause::HeaderOther, "a proxy's copy is right", |signer, request, value| {
            request.headers.push("X-Copied-By-Proxy", value);
            let other = signer.signed(b"other").headers.text(&signer.header()).expect("a signature").to_owned();
            request.headers.set(&signer.header(), other);
        }),
        altered(Cause::HeaderMissing, "gone", |signer, request, _| {
            request.headers.remove(&signer.header());
        }),
        altered(Cause::HeaderMissing, "renamed by a gateway", |signer, request, value| {
            request.headers.remove(&signer.header());
            request.headers.push(format!("HTTP_{}", signer.header().to_uppercase().replace('-', "_")), value);
        }),
        damage(Cause::HeaderMalformed, "not a signature", |signer| {
            let mut request = signer.is_keyed().then(|| signer.signed(PLAIN.as_bytes()))?;
            let value =
                request.headers.text(&signer.header()).expect("a signature").replace(char::is_alphanumeric, "☃");
            request.headers.set(&signer.header(), value);
            // Where snow is no form of a signature at all, there is none.
            let broken = signer.broken(request);
            (broken.judge().reason == Some(hookctl::model::Reason::HeaderMalformed)).then_some(broken)
        }),
        damage(Cause::HeaderListMerged, "a list as a framework shows it", |signer| {
            if !signer.is_keyed() || signer.scheme.carrier.form == HeaderForm::Plain {
                return None;
            }
            let mut request = signer.signed(PLAIN.as_bytes());
            let value = request.headers.text(&signer.header()).expect("a signature").replace(',', " , ");
            request.headers.set(&signer.header(), format!("[\"{value}\"]"));
            Some(signer.broken(request))
        }),
    ]
    .into_iter()
    .map(|damage| Damage { beside: damage.beside || damage.cause == Cause::HeaderListMerged, ..damage })
    .collect()
}
