//! `hookctl send`

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::runtime::{self, Interrupt};
use super::telling::{self, Telling};
use super::{Context, read_input};
use crate::cli::send::{RequestFlags, RequestFormat, SendArgs, TamperArg};
use crate::clock;
use crate::config::Origin;
use crate::deliver::build::{Builder, Events, Plan, parse_url};
use crate::deliver::run::{End, run as deliver};
use crate::deliver::tamper::Tamper;
use crate::deliver::{Prepared, Terms};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::{Credentials, carries_credentials, curl, ndjson};
use crate::http::client::{Client, ClientOptions};
use crate::model::Secret;
use crate::output::{picker, style};
use crate::payload::Seed;
use crate::provider::definition::{AnswerRule, HeaderLine, StatusRange};
use crate::provider::{Catalog, Event, Provider, RenderOptions};
use crate::signature::KeyUse;
use crate::store::OpenOptions;
use crate::text::list;

/// Where `listen` is, unless it was told otherwise.
pub(super) const USUAL_TARGET: &str = "http://127.0.0.1:4400";

pub(super) fn run(context: &Context, args: &SendArgs) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    if args.list {
        return list_events(context, &catalog, args.provider.as_deref());
    }
    let provider = choose_provider(context, &catalog, args)?;
    let event = choose_event(context, &provider, args)?;
    let targets = targets(context, &provider)?;
    let builder = builder(context, args, provider.clone(), event)?;
    if args.dry_run {
        for target in &targets {
            print_request(context, &builder.build(0, target, clock::now())?, args.format);
        }
        return Ok(Exit::Yes);
    }
    // What cannot be built is told before a store is made for it.
    builder.build(0, &targets[0], clock::now())?;
    let options =
        ClientOptions { authority: args.tls.cacert.clone(), insecure: args.tls.insecure, ..ClientOptions::default() };
    let events = Events::new(&builder, &targets, args.count);
    let total = args.count * targets.len() as u64;
    send(context, events, total, &Client::new(options)?, args.expect)
}

fn list_events(context: &Context, catalog: &Catalog, provider: Option<&str>) -> Result<Exit, Failure> {
    let name =
        provider.ok_or_else(|| Failure::usage("--list needs a provider").hint("'hookctl providers' lists them"))?;
    let provider = catalog.get(name)?;
    if context.output.is_json() {
        context.output.json(&crate::json::provider::ProviderObject::new(&provider));
    } else {
        context.output.block(&provider.events());
    }
    Ok(Exit::Yes)
}

fn choose_provider(context: &Context, catalog: &Catalog, args: &SendArgs) -> Result<Arc<Provider>, Failure> {
    if let Some(name) = &args.provider {
        return Ok(catalog.get(name)?);
    }
    let names = catalog.names();
    match picker::pick(&context.output, "provider", &names) {
        Some(at) => Ok(catalog.get(&names[at])?),
        None => Err(Failure::usage("no provider was named")
            .hint(format!("hookctl send PROVIDER EVENT; 'hookctl providers' lists all {}", names.len()))),
    }
}

/// The event type and its file; a body of one's own needs none.
fn choose_event(
    context: &Context,
    provider: &Provider,
    args: &SendArgs,
) -> Result<(Option<String>, Option<Event>), Failure> {
    if let Some(name) = &args.event {
        return Ok((Some(name.clone()), Some(provider.event(name)?)));
    }
    if args.request.data.is_some() {
        return Ok((None, None));
    }
    let names = provider.events();
    match picker::pick(&context.output, &format!("{} event", provider.definition.title), &names) {
        Some(at) => Ok((Some(names[at].clone()), Some(provider.event(&names[at])?))),
        None => {
            let name = &provider.name;
            Err(Failure::usage("no event was named")
                .hint(format!("hookctl send {name} EVENT; {name} has {}", list(&names))))
        }
    }
}

/// `--to`, else `[send] to`, else the usual `listen`. What has no path gets the provider's.
fn targets(context: &Context, provider: &Provider) -> Result<Vec<Url>, Failure> {
    let configured = context
        .config
        .send
        .to
        .as_ref()
        .map(|setting| setting.value.iter().map(|url| url.url().clone()).collect::<Vec<Url>>());
    match configured {
        Some(targets) => Ok(targets),
        None => Ok(vec![parse_url(&format!("{USUAL_TARGET}/webhooks/{}", provider.name))?]),
    }
}

/// What counts as accepted: what was expected, else what the provider accepts, else any 2xx. The user's time limit, else the
/// one that the provider is known to have, else the usual one.
pub(super) fn terms(context: &Context, provider: Option<&Provider>, expected: Option<StatusRange>) -> Terms {
    let config = &context.config;
    let usual = AnswerRule::default();
    let rule = provider.map_or(&usual, |provider| &provider.definition.answer);
    Terms {
        timeout: match (&config.timeout.origin, &config.send.timeout) {
            (Origin::Flag { .. }, _) => config.timeout.value,
            (_, Some(own)) => own.value,
            (Origin::Default, None) => rule.timeout.unwrap_or(config.timeout.value),
            (_, None) => config.timeout.value,
        },
        accept: expected.map_or_else(|| rule.accept.clone(), |expected| vec![expected]),
    }
}

fn builder(
    context: &Context,
    args: &SendArgs,
    provider: Arc<Provider>,
    (event_type, event): (Option<String>, Option<Event>),
) -> Result<Builder, Failure> {
    let secrets = context.secrets();
    let request = &args.request;
    let is_stdin = |text: &Option<String>| text.as_deref() == Some("-");
    let readers = [is_stdin(&request.data), args.secrets.secrets.iter().any(|s| s == "-"), is_stdin(&request.bearer)];
    if readers.iter().filter(|reads| **reads).count() > 1 {
        return Err(Failure::usage("standard input can be one of body, secret and bearer token")
            .hint("use a file for the body, and env: or file: for the others"));
    }
    let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
    let known = secrets.known(&provider, &given, KeyUse::Sign)?;
    let bearer = request.bearer.as_deref().map(|text| secrets.read(text)).transpose()?;
    if let Some(url) = &request.url {
        parse_url(url)?;
    }
    let options = RenderOptions {
        seed: request.seed.map_or_else(clock::seed, Seed::of),
        id: request.id.clone(),
        edits: args.edits.edits()?,
        data: request.data.as_deref().map(read_input).transpose()?.map(Bytes::from),
        headers: headers(request, &provider, bearer.as_ref())?,
        ..RenderOptions::default()
    };
    let plan = Plan {
        event_type,
        event,
        options,
        seeded: request.seed.is_some(),
        timestamp: request.timestamp.map(|when| when.resolve(clock::now())),
        signed_url: request.url.clone(),
        tamper: request.tamper.map(|tamper| match tamper {
            TamperArg::Body => Tamper::Body,
            TamperArg::Signature => Tamper::Signature,
            TamperArg::Timestamp => Tamper::Timestamp,
            TamperArg::Header => Tamper::Header,
            TamperArg::Secret => Tamper::Secret,
        }),
        secrets: known.into_iter().map(|known| known.secret).collect(),
        terms: terms(context, Some(&provider), args.expect),
        provider,
    };
    Ok(Builder::new(plan)?)
}

fn headers(request: &RequestFlags, provider: &Provider, bearer: Option<&Secret>) -> Result<Vec<HeaderLine>, Failure> {
    let mut headers = request.headers.clone();
    if let Some(line) = headers.iter().find(|line| is_framing(&line.name)) {
        return Err(Failure::usage(format!("--header {}: hookctl frames the request itself", line.name)));
    }
    let mut add = |name: &str, value: &str| {
        let line: Result<HeaderLine, _> = format!("{name}: {value}").parse();
        // The value is a secret or a key: the message must not show it.
        line.map(|line| headers.push(line))
            .map_err(|_| Failure::usage(format!("the value for {name} has a line break in it")))
    };
    if let Some(token) = bearer {
        add("Authorization", &format!("Bearer {}", token.expose()))?;
    }
    if let Some(key) = &request.idempotency_key {
        let own = provider.definition.event.idempotency_key.iter().find_map(|template| template.as_header());
        add(own.unwrap_or("Idempotency-Key"), key)?;
    }
    Ok(headers)
}

/// Two ideas of where a body ends would make two requests of one.
fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

fn print_request(context: &Context, delivery: &Prepared, format: RequestFormat) {
    let (output, request, url) = (&context.output, &delivery.request, delivery.url.as_str());
    if carries_credentials(request, Some(url)) && !output.is_json() {
        output.note(&style::dim("this request carries credentials"));
    }
    let format = if output.is_json() { RequestFormat::Json } else { format };
    match format {
        RequestFormat::Json => {
            let mut line = ndjson::Line::of_request(request, Some(url), Credentials::Keep);
            line.provider = delivery.provider.as_deref().map(Into::into);
            line.event_type = delivery.event_type.as_deref().map(Into::into);
            line.event_id = delivery.event_id.as_deref().map(Into::into);
            output.json(&line);
        }
        RequestFormat::Curl => output.raw(format!("{}\n", curl::write(request, url, Credentials::Keep)).as_bytes()),
        RequestFormat::Http => {
            output.raw(&[&delivery.head[..], &request.body].concat());
            if output.is_terminal() && !request.body.ends_with(b"\n") {
                output.raw(b"\n");
            }
        }
    }
}

fn send(
    context: &Context,
    mut events: Events<'_>,
    total: u64,
    client: &Client,
    expected: Option<StatusRange>,
) -> Result<Exit, Failure> {
    let store = context.store(&OpenOptions::default())?;
    let mut telling = Telling::new(&context.output, total, "sending", expected);
    let runtime = runtime::one_thread()?;
    let ran = runtime.block_on(async {
        let stop = Interrupt::new().heard();
        deliver(&mut events, 1, client, &store, stop, |notice| telling.notice(notice)).await
    });
    telling.end(&ran.done);
    store.close()?;
    match ran.end {
        End::Complete => Ok(telling::exit(ran.done)),
        End::Stopped => Ok(Exit::Interrupted),
        End::Failed(error) => Err(error.into()),
    }
}
