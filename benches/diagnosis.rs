//! How quickly the search for causes recomputes signatures, beside the hashing that nobody can do without.
//!
//! `cargo bench --bench diagnosis -- [ROUNDS]`: 7 rounds unless said otherwise; in turn, medians. The case is one that nothing
//! explains, so that everything is tried.

mod support;

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use hookctl::diagnosis::{Case, Effort, Named, diagnose};
use hookctl::model::{Headers, Request, Secret, Timestamp};
use hookctl::provider::{Catalog, KnownSecret, Provider, SecretOrigin, Verifier};
use hookctl::signature::Checks;
use sha2::Sha256;
use support::machine::median;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn main() -> io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let rounds = numbers.next().unwrap_or(7);
    let catalog = Catalog::default();
    let providers = catalog.all().map_err(io::Error::other)?;
    let stripe = catalog.get("stripe").map_err(io::Error::other)?;
    let mut out = io::stdout();
    for (size, shape) in
        [(1_500, Shape::Text), (1_500, Shape::Objects), (1 << 20, Shape::Text), (1 << 20, Shape::Objects)]
    {
        let request = request(size, shape);
        let (mut ratios, mut rates, mut times, mut tried) = (vec![], vec![], vec![], 0);
        for _ in 0..rounds {
            let started = Instant::now();
            tried = search(&stripe, &providers, &request);
            let searched = started.elapsed();
            let bare = hash(&request.body, tried);
            rates.push(tried as f64 / searched.as_secs_f64());
            ratios.push(bare.as_secs_f64() / searched.as_secs_f64());
            times.push(searched.as_secs_f64());
        }
        writeln!(
            out,
            "body of {size} bytes, {}: {tried} signatures recomputed in {:.2} s, {:.0}/s = {:.2} x the bare HMAC-SHA256 rate",
            shape.as_str(),
            median(times),
            median(rates),
            median(ratios)
        )?;
    }
    Ok(())
}

/// What a body is made of: the one is copied quickly, the other is written piece by piece.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Objects,
}

impl Shape {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "one long text",
            Self::Objects => "small objects",
        }
    }
}

/// A request with a signature that nothing explains.
fn request(size: usize, shape: Shape) -> Request {
    let start = r#"{"id":"evt_1","type":"charge.refunded","amount":1200,"#;
    let body = match shape {
        Shape::Text => format!("{start}\"text\":\"{}\"}}", "x".repeat(size - start.len() - 10)),
        Shape::Objects => {
            let item = |n: usize| format!(r#"{{"id":"item_{n:06}","price":{n},"name":"Zoë's <box> / {n}","ok":true}}"#);
            let items: Vec<String> = (0..size / item(0).len()).map(item).collect();
            format!("{start}\"items\":[{}]}}", items.join(","))
        }
    };
    let signature = format!("t={},v1={}", NOW.as_micros() / 1_000_000, "ab".repeat(32));
    let headers: Headers =
        [("Content-Type", "application/json".to_owned()), ("Stripe-Signature", signature)].into_iter().collect();
    Request { method: "POST".into(), target: "/hook".into(), headers, body: Bytes::from(body) }
}

fn search(provider: &Arc<Provider>, providers: &[Arc<Provider>], request: &Request) -> u64 {
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let known = [KnownSecret { secret: secret.clone(), origin: SecretOrigin::Given }];
    let judgement = Verifier::new(provider.clone(), &known).judge(request, None, NOW, None, Checks::on());
    let named = [Named { name: "--secret".into(), secret }];
    let case =
        Case { provider, providers, request, url: None, secrets: &named, others: &[], judgement: &judgement, now: NOW };
    diagnose(&case, Effort::USUAL).tried
}

/// As many signatures with nothing around them: a key that is ready, a content in two pieces.
fn hash(body: &[u8], times: u64) -> Duration {
    let key: Hmac<Sha256> = Hmac::new_from_slice(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("any length");
    let started = Instant::now();
    for _ in 0..times {
        let mut run = key.clone();
        run.update(b"1767225600.");
        run.update(body);
        black_box(run.finalize());
    }
    started.elapsed()
}
