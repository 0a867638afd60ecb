//! `hookctl sign`

use bytes::Bytes;

use super::{Context, read_input};
use crate::cli::sign::SignArgs;
use crate::clock;
use crate::deliver::build::{BuildError, parse_url};
use crate::deliver::signer::signing_keys;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::headers;
use crate::json::signature::SignatureObject;
use crate::model::mask::is_sensitive;
use crate::model::{Headers, Request, Secret};
use crate::output::style;
use crate::provider::{Provider, RenderOptions, render};
use crate::signature::{KeyUse, Scheme, sign};

pub(super) fn run(context: &Context, args: &SignArgs) -> Result<Exit, Failure> {
    let provider = context.catalog()?.get(&args.provider)?;
    let secrets = context.secrets();
    if args.data == "-" && args.secrets.secrets.iter().any(|secret| secret == "-") {
        return Err(Failure::usage("standard input can be the body or a secret, not both").hint("use env: or file:"));
    }
    let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
    let known = secrets.known(&provider, &given, KeyUse::Sign)?;
    let known: Vec<Secret> = known.into_iter().map(|known| known.secret).collect();
    let body = Bytes::from(read_input(&args.data)?);
    let keys = signing_keys(&provider, &known)?;
    if keys.is_empty() {
        return Err(Failure::usage(format!("{} signs nothing", provider.definition.title)));
    }
    let schemes: Vec<&Scheme> = provider.definition.schemes().collect();
    let url = match &args.url {
        Some(url) => parse_url(url)?.to_string(),
        None if keys.iter().any(|(at, _)| schemes[*at].signs_url()) => {
            return Err(Failure::usage(format!("{} signs the address", provider.definition.title))
                .hint("give it with --url, as the provider knows it"));
        }
        None => String::new(),
    };

    let now = args.timestamp.map_or_else(clock::now, |when| when.resolve(clock::now()));
    let mut request = unsigned(&provider, args, body, &url)?;
    let before = request.clone();
    for (at, keys) in &keys {
        sign(schemes[*at], &mut request, &url, keys, now).map_err(BuildError::Sign)?;
    }
    let made = needed(&before, &request, &keys.iter().map(|(at, _)| schemes[*at]).collect::<Vec<_>>());
    print(context, &provider, &made, args.redact);
    if request.target != before.target {
        context.output.note(&format!("send it to {url}{}", &request.target[before.target.len()..]));
    }
    Ok(Exit::Yes)
}

/// The request around the body: the provider's own headers, since some of them are signed (a message id), with the user's.
fn unsigned(provider: &Provider, args: &SignArgs, body: Bytes, url: &str) -> Result<Request, Failure> {
    let target = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    let options = RenderOptions {
        seed: clock::seed(),
        id: args.id.clone(),
        data: Some(body),
        headers: args.headers.clone(),
        target: target.unwrap_or_else(|| "/".to_owned()),
        ..RenderOptions::default()
    };
    // No event is named: headers that tell its type get none, and are not printed.
    let mut request = render(provider, Some(""), None, &options, clock::now())?.request;
    if let Some(method) = &args.method {
        request.method.clone_from(method);
    }
    Ok(request)
}

/// The headers that a receiver needs to verify: those that signing set, and those that are signed or required.
fn needed(before: &Request, after: &Request, schemes: &[&Scheme]) -> Headers {
    use crate::signature::content::Source;
    let signed = |name: &str| {
        schemes.iter().any(|scheme| {
            scheme.requires.iter().any(|required| required.eq_ignore_ascii_case(name))
                || scheme.content.uses(|s| matches!(s, Source::Header(header) if header.eq_ignore_ascii_case(name)))
        })
    };
    let mut headers = Headers::new();
    for header in &after.headers {
        let set = before.headers.get(header.name()).is_none_or(|old| old.value() != header.value());
        if set || (signed(header.name()) && !header.value().is_empty()) {
            headers.push(header.name().to_owned(), header.value().to_vec());
        }
    }
    headers
}

fn print(context: &Context, provider: &Provider, made: &Headers, redact: bool) {
    let pairs = headers(made, !redact);
    if !redact && made.iter().any(|header| is_sensitive(header.name())) {
        context.output.note(&style::dim("these headers carry credentials; --redact masks them"));
    }
    if context.output.is_json() {
        context.output.json(&SignatureObject { kind: "signature", provider: &provider.name, headers: pairs });
        return;
    }
    let lines: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    context.output.block(&lines);
}
