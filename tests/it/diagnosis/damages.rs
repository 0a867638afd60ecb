//! What can be broken about a valid request: a table of damages, each with the cause that it must be explained by.

use std::io::Write as _;

use bytes::Bytes;
use hookctl::diagnosis::Cause;
use hookctl::model::{Request, Secret, Timestamp, Verdict};
use hookctl::secrets::Secrets;
use hookctl::signature::HeaderForm;
use hookctl::signature::content::Template;
use hookctl::signature::scheme::{Algorithm, Encoding, Scheme, Tolerance};

use super::signer::{Broken, NOW, PROVIDERS, Signer, URL, signed_as};

/// A way of breaking a request.
pub(super) struct Damage {
    /// What it must be explained by.
    pub(super) cause: Cause,
    /// What is done.
    pub(super) what: String,
    /// Whether the cause may stand beside another, which is as true.
    pub(super) beside: bool,
    /// Whether it is tried together with a wrong secret, too.
    pub(super) is_for_pairs: bool,
    /// Who signs; empty: [`SIGNERS`](super::signer::SIGNERS).
    pub(super) signers: Vec<Signer>,
    /// Breaks a request of a signer; `None` where there is nothing to break in this way.
    pub(super) apply: Box<Apply>,
}

type Apply = dyn Fn(&Signer) -> Option<Broken>;

fn damage(cause: Cause, what: impl Into<String>, apply: impl Fn(&Signer) -> Option<Broken> + 'static) -> Damage {
    Damage { cause, what: what.into(), beside: false, is_for_pairs: false, signers: Vec::new(), apply: Box::new(apply) }
}

/// All of them.
pub(super) fn damages() -> Vec<Damage> {
    let mut all = bodies();
    all.extend(secrets());
    all.extend(signatures());
    all.extend(headers());
    all.extend(times());
    all.extend(addresses());
    all
}

pub(super) const PLAIN: &str =
    r#"{"id":"evt_1","type":"a.b","data":{"n":12,"big":1500,"list":[1,2],"name":"Zoë / <r> 'x'+1=2"}}"#;

/// A body that is signed in one form and captured in another, with keyed hashes and with key pairs.
fn is(cause: Cause, what: &'static str, signed: &[u8], captured: &[u8]) -> Damage {
    let (signed, captured) = (signed.to_vec(), Bytes::copy_from_slice(captured));
    damage(cause, what, move |signer| {
        if !signer.is_keyed() && !signer.is_pair() {
            return None;
        }
        let mut request = signer.signed(&signed);
        request.body = captured.clone();
        Some(signer.broken(request))
    })
}

const INDENTED: &str = "{\n  \"a\": [\n    1,\n    2.50\n  ],\n  \"b\": {}\n}";

/// The same JSON in another style.
fn styles() -> Vec<Damage> {
    let json =
        |what, signed: &str, captured: &str| is(Cause::BodyReserialized, what, signed.as_bytes(), captured.as_bytes());
    let indented = INDENTED;
    let spaced = PLAIN.replace("\":", "\": ").replace(",\"", ", \"").replace("1,2", "1, 2");
    vec![
        json("json.dumps", PLAIN, &spaced.replace('ë', "\\u00eb")),
        json("Python's, parsed by JavaScript", &spaced.replace('ë', "\\u00eb"), PLAIN),
        json("PHP's escapes", &PLAIN.replace('/', "\\/").replace('ë', "\\u00eb"), PLAIN),
        json("Go's escapes", &PLAIN.replace('<', "\\u003c").replace('>', "\\u003e"), PLAIN),
        json(
            "Gson's escapes",
            &PLAIN.replace('<', "\\u003c").replace('>', "\\u003e").replace('\'', "\\u0027").replace('=', "\\u003d"),
            PLAIN,
        ),
        json(
            ".NET's escapes",
            &PLAIN
                .replace('<', "\\u003C")
                .replace('>', "\\u003E")
                .replace('\'', "\\u0027")
                .replace('+', "\\u002B")
                .replace('ë', "\\u00EB"),
            PLAIN,
        ),
        json("two spaces a level", indented, r#"{"a":[1,2.50],"b":{}}"#),
        json("four spaces a level", &indented.replace("  ", "    "), r#"{"a":[1,2.50],"b":{}}"#),
        json("tabs", &indented.replace("  ", "\t"), r#"{"a":[1,2.50],"b":{}}"#),
        json("Jackson's layout", "{\n  \"a\" : [ 1, 2.50 ],\n  \"b\" : { }\n}", r#"{"a":[1,2.50],"b":{}}"#),
        json("a newline behind a layout", &format!("{indented}\n"), r#"{"a":[1,2.50],"b":{}}"#),
        json("sorted keys", r#"{"a":1,"b":2,"c":3}"#, r#"{"c":3,"a":1,"b":2}"#),
        json("a database's order of keys", r#"{"b": 1, "aa": 2}"#, r#"{"aa":2,"b":1}"#),
        json("1.0 became 1", r#"{"price":1.0,"n":3}"#, r#"{"price":1,"n":3}"#),
        json("1.50 became 1.5", r#"{"price":1.50,"n":3}"#, r#"{"price":1.5,"n":3}"#),
        json("1e3 became 1000", r#"{"price":1e3,"n":3}"#, r#"{"price":1000,"n":3}"#),
        json("a JavaScript number became exact", r#"{"id":1234567890123456800}"#, r#"{"id":1234567890123456789}"#),
        json("an id was rounded", r#"{"id":1234567890123456789}"#, r#"{"id":1234567890123456800}"#),
        json("a repeated key was kept", r#"{"a":2,"b":3}"#, r#"{"a":1,"b":3,"a":2}"#),
    ]
}

/// Everything else that becomes of bodies.
fn bodies() -> Vec<Damage> {
    let latin: Vec<u8> = PLAIN.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let gzip = |text: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).expect("memory");
        gzip.finish().expect("memory")
    };
    let indented = INDENTED;
    let mut all = vec![
        is(Cause::BodyNewlineLost, "an LF lost", format!("{PLAIN}\n").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyNewlineLost, "a CRLF lost", format!("{PLAIN}\r\n").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyNewlineAdded, "an LF added", PLAIN.as_bytes(), format!("{PLAIN}\n").as_bytes()),
        is(Cause::BodyNewlineAdded, "a CRLF added", PLAIN.as_bytes(), format!("{PLAIN}\r\n").as_bytes()),
        is(Cause::BodyLineEndings, "LF became CRLF", indented.as_bytes(), indented.replace('\n', "\r\n").as_bytes()),
        is(Cause::BodyLineEndings, "CRLF became LF", indented.replace('\n', "\r\n").as_bytes(), indented.as_bytes()),
        is(Cause::BodyTrimmed, "a space at its end lost", format!("{PLAIN} ").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyTrimmed, "newlines around it added", PLAIN.as_bytes(), format!("\n {PLAIN}\n\n").as_bytes()),
        is(Cause::BodyBom, "a mark added", PLAIN.as_bytes(), format!("\u{feff}{PLAIN}").as_bytes()),
        is(Cause::BodyBom, "a mark lost", format!("\u{feff}{PLAIN}").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyCharset, "Latin-1 became UTF-8", &latin, PLAIN.as_bytes()),
        is(Cause::BodyCharset, "UTF-8 became Latin-1", PLAIN.as_bytes(), &latin),
        is(Cause::BodyCharset, "encoded twice", PLAIN.as_bytes(), PLAIN.replace('ë', "Ã«").as_bytes()),
        is(Cause::BodyCompressed, "packed", PLAIN.as_bytes(), &gzip(PLAIN)),
        is(Cause::BodyBase64, "encoded", PLAIN.as_bytes(), Encoding::Base64.encode(PLAIN.as_bytes()).as_bytes()),
        is(Cause::BodyBase64, "decoded", Encoding::Base64.encode(PLAIN.as_bytes()).as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyUnicodeForm, "composed", PLAIN.replace('ë', "e\u{308}").as_bytes(), PLAIN.as_bytes()),
        is(Cause::BodyUnicodeForm, "decomposed", PLAIN.as_bytes(), PLAIN.replace('ë', "e\u{308}").as_bytes()),
        is(Cause::BodyEmpty, "nothing was signed", b"", PLAIN.as_bytes()),
        is(
            Cause::BodyWrapped,
            "a text in an envelope",
            PLAIN.as_bytes(),
            serde_json::json!({"requestId": "r1", "body": PLAIN}).to_string().as_bytes(),
        ),
        is(
            Cause::BodyWrapped,
            "an object in an envelope",
            PLAIN.as_bytes(),
            format!("{{\"requestId\":\"r1\",\"payload\":{PLAIN}}}").as_bytes(),
        ),
        is(
            Cause::BodyWrapped,
            "base64 in an envelope",
            PLAIN.as_bytes(),
            format!("{{\"data\":\"{}\"}}", Encoding::Base64.encode(PLAIN.as_bytes())).as_bytes(),
        ),
        is(Cause::BodyWrapped, "a field of a form", b"{\"a\":1}", b"payload=%7B%22a%22%3A1%7D"),
        is(
            Cause::BodyParsedForm,
            "a form became JSON",
            b"id=evt_1&note=a+b%21",
            b"{\"id\":\"evt_1\",\"note\":\"a b!\"}",
        ),
        is(Cause::BodyParsedForm, "JSON became a form", b"{\"id\":\"evt_1\",\"note\":\"a b\"}", b"id=evt_1&note=a+b"),
        is(Cause::BodyFormDecoded, "encoded otherwise", b"id=evt_1&note=a+b%2f", b"id=evt_1&note=a%20b%2F"),
        is(Cause::BodyFormDecoded, "sorted", b"a=2&b=1", b"b=1&a=2"),
    ];
    all.extend(styles());
    for damage in &mut all {
        damage.is_for_pairs = ["an LF added", "json.dumps", "a mark added", "packed"].contains(&damage.what.as_str());
    }
    // Without proof, and certain.
    all.push(damage(Cause::BodyTruncated, "cut off", |signer| {
        let mut request = signer.is_keyed().then(|| signer.signed(PLAIN.as_bytes()))?;
        request.headers.push("Content-Length", PLAIN.len().to_string());
        request.body = request.body.slice(..20);
        Some(signer.broken(request))
    }));
    // A decompressed body, with the header that says what it was.
    all.push(damage(Cause::BodyCompressed, "unpacked", move |signer| {
        let mut request = signer.is_keyed().then(|| signer.signed(&gzip(PLAIN)))?;
        request.headers.push("Content-Encoding", "gzip");
        request.body = PLAIN.into();
        Some(signer.broken(request))
    }));
    all
}

fn secrets() -> Vec<Damage> {
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
fn signatures() -> Vec<Damage> {
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
fn headers() -> Vec<Damage> {
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

fn times() -> Vec<Damage> {
    let timed = |signer: &Signer| {
        let in_body = hookctl::signature::scheme::TimestampRule::is_in_body;
        let is_timed = signer.scheme.content.as_str().contains("{timestamp}");
        (signer.is_keyed() || signer.is_pair()) && is_timed && !signer.scheme.timestamp.as_ref().is_some_and(in_body)
    };
    let judged = |cause, what, seconds: i64| {
        damage(cause, what, move |signer| {
            let broken = timed(signer).then(|| signer.broken(signer.signed(PLAIN.as_bytes())))?;
            let rule = signer.scheme.timestamp.as_ref().expect("a timestamp");
            let tolerance = if seconds > 0 { rule.tolerance } else { rule.future.unwrap_or(rule.tolerance) };
            let now = Timestamp::from_secs(1_767_225_600 + seconds);
            (tolerance != Tolerance::Off).then_some(Broken { now, ..broken })
        })
    };
    // Another time is signed than the one where the scheme has it, and `kept` says whether the request still shows it.
    let signed = |cause, what, time: fn(&str) -> Option<String>, kept: bool| {
        damage(cause, what, move |signer| {
            if !timed(signer) {
                return None;
            }
            let good = signer.signed(PLAIN.as_bytes());
            let own = ["1767225600000", "1767225600", "2026-01-01T00:00:00"];
            let own = own.iter().find(|own| good.headers.iter().any(|h| h.text().is_some_and(|v| v.contains(*own))))?;
            let mut scheme = signer.scheme.clone();
            let text = scheme.content.as_str().replace("{timestamp}", "{header:X-Other-Time}");
            scheme.content = text.parse().expect("a template");
            let mut request = signer.request(PLAIN.as_bytes());
            request.headers.push("X-Other-Time", time(own)?);
            let mut request = signed_as(request, &scheme, &signer.private);
            if !kept {
                request.headers.remove("X-Other-Time");
            }
            Some(signer.broken(request))
        })
    };
    vec![
        judged(Cause::TimestampStale, "ten days late", 864_000),
        judged(Cause::TimestampFuture, "ten days early", -864_000),
        signed(Cause::TimestampChanged, "the time of another header", |_| Some("1767225500".to_owned()), true),
        signed(
            Cause::TimestampUnit,
            "milliseconds for seconds, or the reverse",
            |own| match own {
                "1767225600" => Some("1767225600000".to_owned()),
                "1767225600000" => Some("1767225600".to_owned()),
                _ => None,
            },
            false,
        ),
        damage(Cause::IdChanged, "the id of another header", |signer| {
            let content = signer.scheme.content.as_str();
            let name = content.split("{header:").skip(1).filter_map(|rest| rest.split('}').next());
            let name = name.into_iter().find(|name| name.to_lowercase().contains("id"))?.to_owned();
            if !signer.is_keyed() && !signer.is_pair() {
                return None;
            }
            let mut request = signer.signed(PLAIN.as_bytes());
            let right = request.headers.text(&name)?.to_owned();
            request.headers.push("X-Original-Message-Id", right);
            request.headers.set(&name, "msg_of_a_retry");
            Some(signer.broken(request))
        }),
    ]
}

fn addresses() -> Vec<Damage> {
    let seen = |cause, what, change: fn(&mut Broken)| {
        damage(cause, what, move |signer| {
            let mut broken = signer.scheme.signs_url().then(|| signer.event())?.map(|event| signer.broken(event))?;
            broken.request.headers.remove("Host");
            change(&mut broken);
            Some(broken)
        })
    };
    vec![
        seen(Cause::UrlScheme, "TLS ended at a proxy", |broken| broken.url = URL.replace("https", "http")),
        seen(Cause::UrlHost, "a proxy names the host", |broken| {
            broken.url = URL.replace("hooks.example.com", "10.0.0.7");
            broken.request.headers.set("X-Forwarded-Host", "hooks.example.com");
        }),
        seen(Cause::UrlPort, "a port was added", |broken| broken.url = URL.replace(".com/", ".com:8443/")),
        seen(Cause::UrlPath, "a slash was added", |broken| broken.url = URL.replace("/hook?", "/hook/?")),
        seen(Cause::UrlPath, "a prefix was added", |broken| broken.url = URL.replace("/in/hook", "/api/in/hook")),
        seen(Cause::UrlPath, "a prefix was taken away", |broken| {
            broken.url = URL.replace("/in/hook", "/hook");
            broken.request.headers.set("X-Forwarded-Prefix", "/in");
        }),
        seen(Cause::UrlQuery, "the query was sorted backwards", |broken| {
            broken.url = URL.replace("b=2&a=1", "a=1&b=2");
        }),
        damage(Cause::UrlQuery, "the query was added", |signer| {
            let request = signer.scheme.signs_url().then(|| signer.event())??;
            let bare = URL.split('?').next().expect("an address");
            let mut request = Request { target: "/in/hook".into(), ..request };
            let key = signer.scheme.key(&signer.private, hookctl::signature::KeyUse::Sign).ok()?;
            hookctl::signature::sign(&signer.scheme, &mut request, bare, &[key], NOW).ok()?;
            let broken = Broken { url: format!("{bare}?utm_source=x"), ..signer.broken(request) };
            Some(broken)
        }),
        damage(Cause::Method, "a redirect made another method of it", |signer| {
            let request = signer.event()?;
            let method = if request.method == "POST" { "PUT" } else { "POST" };
            let broken = signer.broken(Request { method: method.into(), ..request });
            // Where it is a matter of the request's sort, no signature is looked for.
            broken.judge().reason.is_some_and(|reason| reason.as_str() == "signature-mismatch").then_some(broken)
        }),
        Damage {
            signers: vec![
                Signer::with("hubspot", "v2", "a-client-secret"),
                Signer::with("sinch", "voice-service", "service:c2VjcmV0"),
                Signer::with("sinch", "voice-application", "application:c2VjcmV0"),
            ],
            ..damage(Cause::Method, "a redirect made another method of what is signed in rarer ways", |signer| {
                let mut request = signer.request(PLAIN.as_bytes());
                // What says of which sort a request is.
                let (name, value) = match &*signer.scheme.id {
                    "voice-service" => ("Authorization", "service "),
                    "voice-application" => ("Authorization", "application "),
                    _ => ("X-HubSpot-Signature-Version", "v2"),
                };
                request.headers.push(name, value);
                let request = signed_as(request, &signer.scheme, &signer.private);
                assert_eq!(signer.broken(request.clone()).judge().verdict, Verdict::Valid, "{request:?}");
                Some(signer.broken(Request { method: "PUT".into(), ..request }))
            })
        },
        damage(Cause::Certificate, "a certificate from elsewhere", |signer| from_elsewhere(signer, signer.event()?)),
        Damage {
            signers: vec![Signer::with_pair_of("aws-sns", "v1")],
            ..damage(Cause::Certificate, "a certificate from elsewhere, in an older version", |signer| {
                let event = signer.event()?;
                let mut body: serde_json::Value = serde_json::from_slice(&event.body).expect("JSON");
                body["SignatureVersion"] = "1".into();
                let request = Request { body: body.to_string().into(), ..event };
                let request = signed_as(request, &signer.scheme, &signer.private);
                assert_eq!(signer.broken(request.clone()).judge().verdict, Verdict::Valid, "{}", signer.scheme.id);
                from_elsewhere(signer, request)
            })
        },
    ]
}

/// Names a certificate that is not the provider's.
fn from_elsewhere(signer: &Signer, request: Request) -> Option<Broken> {
    let rule = signer.scheme.certificate.clone()?;
    let mut broken = signer.broken(request);
    let elsewhere = "https://certificates.attacker.example/key.pem";
    match (&rule.url_header, &rule.url_json) {
        (Some(name), _) => broken.request.headers.set(name, elsewhere),
        (None, _) => {
            let mut body: serde_json::Value = serde_json::from_slice(&broken.request.body).expect("JSON");
            body["SigningCertURL"] = elsewhere.into();
            broken.request.body = body.to_string().into();
        }
    }
    Some(broken)
}
