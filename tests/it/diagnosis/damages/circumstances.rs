//! Times, ids and addresses that are others, and certificates of somebody else.

use hookctl::diagnosis::Cause;
use hookctl::model::{Request, Timestamp, Verdict};
use hookctl::signature::scheme::Tolerance;

use super::{Damage, PLAIN, damage};
use crate::diagnosis::signer::{Broken, NOW, Signer, URL, signed_as};

pub(super) fn times() -> Vec<Damage> {
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

pub(super) fn addresses() -> Vec<Damage> {
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
