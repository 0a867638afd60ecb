//! What a user names to be looked at: a delivery of the store, a file, standard input, or a body with headers.

use std::path::Path;

use bytes::Bytes;

use super::{Context, read_input};
use crate::cli::verify::VerifyArgs;
use crate::error::Failure;
use crate::formats::{self, Capture};
use crate::http::head::request_of;
use crate::model::{Delivery, Direction, Headers, Request, Selector};
use crate::store::{OpenOptions, Store, StoreError};

/// The captures that `verify` judges.
pub(super) fn of_verify(context: &Context, args: &VerifyArgs) -> Result<Vec<Capture>, Failure> {
    one_reader_of_stdin(args)?;
    let mut captures = match args.target.as_deref() {
        None if args.body.is_some() => vec![plain()],
        None => vec![newest(context)?],
        Some(target) => named(context, target)?,
    };
    if let Some(body) = &args.body {
        let [capture] = captures.as_mut_slice() else {
            return Err(Failure::usage(format!("--body replaces one body, and there are {} requests", captures.len())));
        };
        capture.request.body = Bytes::from(read_input(body)?);
        capture.notes.clear();
    }
    for capture in &mut captures {
        for line in &args.headers {
            capture.request.headers.set(&line.name, line.value.clone());
        }
        if let Some(method) = &args.method {
            capture.request.method.clone_from(method);
        }
        if let Some(url) = &args.url {
            capture.url = Some(url.clone());
        }
    }
    Ok(captures)
}

/// Standard input is one thing only; this is told before it is read.
fn one_reader_of_stdin(args: &VerifyArgs) -> Result<(), Failure> {
    let is_stdin = |text: Option<&String>| text.is_some_and(|text| text == "-");
    let (request, body) = (is_stdin(args.target.as_ref()), is_stdin(args.body.as_ref()));
    let secret = args.secrets.secrets.iter().any(|secret| secret == "-");
    let both = match (request, body, secret) {
        (true, true, _) => "the request or the body",
        (true, _, true) => "the request or a secret",
        (_, true, true) => "the body or a secret",
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("standard input can be {both}, not both")).hint("use a file, or env: for a secret"))
}

/// A request about which nothing is known yet.
fn plain() -> Capture {
    let request = Request { method: "POST".into(), target: "/".into(), headers: Headers::new(), body: Bytes::new() };
    Capture::new(request, "--body")
}

/// A file if there is one of that name, else a delivery. `./12` is always a file.
pub(super) fn named(context: &Context, target: &str) -> Result<Vec<Capture>, Failure> {
    if target == "-" {
        return Ok(formats::read(&read_input("-")?, "standard input")?);
    }
    if Path::new(target).is_file() || target.contains('/') {
        return Ok(formats::read(&read_input(target)?, target)?);
    }
    let selector: Selector = target.parse().map_err(|_| {
        Failure::usage(format!("'{target}' is neither a file nor a delivery"))
            .hint("a delivery is a number, latest, latest~1, or part of an id; 'hookctl events list' shows them")
    })?;
    let store = context.store(&OpenOptions::default())?;
    let captures: Result<Vec<Capture>, Failure> =
        store.resolve(&selector)?.into_iter().map(|number| capture(context, &store.get(number)?)).collect();
    captures
}

fn newest(context: &Context) -> Result<Capture, Failure> {
    let store = context.store(&OpenOptions::default())?;
    newest_of(context, &store)?.ok_or_else(|| {
        Failure::usage("nothing has been captured yet")
            .hint("start 'hookctl listen' and send something to it, or name a file: 'hookctl verify request.http'")
    })
}

fn newest_of(context: &Context, store: &Store) -> Result<Option<Capture>, Failure> {
    match store.resolve(&Selector::Latest(0)) {
        Ok(numbers) => numbers.first().map(|number| capture(context, &store.get(*number)?)).transpose(),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A delivery of the store as a capture.
pub(super) fn capture(context: &Context, delivery: &Delivery) -> Result<Capture, Failure> {
    let request =
        request_of(delivery).map_err(|_| Failure::from(StoreError::Damaged { number: Some(delivery.number) }))?;
    let summary = &delivery.summary;
    let url = match summary.direction {
        Direction::Received => {
            let public = context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str());
            crate::model::address::seen(&request, public)
        }
        Direction::Sent => Some(summary.remote.clone()),
    };
    Ok(Capture {
        url,
        arrived_at: Some(summary.received_at),
        provider: summary.provider.clone(),
        ..Capture::new(request, format!("#{}", delivery.number))
    })
}
