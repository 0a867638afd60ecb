//! What a user names to be looked at: a delivery of the store, a file, standard input, or a body with headers.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use url::Url;

use super::{Context, read_input, read_limited};
use crate::cli::verify::VerifyArgs;
use crate::error::Failure;
use crate::formats::{self, Capture};
use crate::http::head::request_of;
use crate::model::{Delivery, Direction, Headers, Request, Selector, address};
use crate::store::{OpenOptions, Store, StoreError};

/// What `verify` judges.
pub(super) enum Input {
    /// Requests in memory.
    Captures(Vec<Capture>),
    /// An export of any length, and what it is called.
    Export(Box<dyn Read + Send>, String),
}

/// The requests that `verify` judges.
pub(super) fn of_verify(context: &Context, args: &VerifyArgs) -> Result<Input, Failure> {
    one_reader_of_stdin(args)?;
    if let Some(url) = &args.url {
        check_url(url)?;
    }
    let mut is_export = false;
    let mut captures = match args.target.as_deref() {
        None if args.body.is_some() => vec![plain()],
        None => vec![newest(context).map_err(|failure| match args.headers.as_slice() {
            [] => failure,
            _ => failure.hint("to judge headers that you have, give the body that came with them: --body FILE"),
        })?],
        Some(target) if args.body.is_none() && is_file(target) => match opened(target)? {
            Opened::Export(reader) => return Ok(Input::Export(reader, file_name(target).to_owned())),
            Opened::Other(bytes) => {
                is_export = formats::starts_like_export(&bytes);
                formats::read(&bytes, file_name(target))?
            }
        },
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
        complete(capture, args);
        if is_export {
            tell_address(capture, public_url(context));
        }
    }
    Ok(Input::Captures(captures))
}

/// What was received says the address by its headers, in an export as in the store that it is from.
pub(super) fn tell_address(capture: &mut Capture, public_url: Option<&str>) {
    if capture.url.is_none() {
        capture.url = address::seen(&capture.request, public_url);
    }
}

/// The address that the user says providers were given.
fn public_url(context: &Context) -> Option<&str> {
    context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str())
}

/// Puts into a request what the command line says about it.
pub(super) fn complete(capture: &mut Capture, args: &VerifyArgs) {
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

/// Whether a provider could have been given this address; it may hold credentials, which some of them sign.
fn check_url(text: &str) -> Result<(), Failure> {
    let is_address = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if Url::parse(text).is_ok_and(is_address) {
        return Ok(());
    }
    Err(Failure::usage(format!("--url: '{text}' is not an http or https URL"))
        .hint("write https://host/path, as the provider knows it"))
}

/// Whether a file is meant, or standard input, rather than a delivery. `./12` is always a file.
fn is_file(target: &str) -> bool {
    target == "-" || target.contains('/') || Path::new(target).is_file()
}

fn file_name(target: &str) -> &str {
    if target == "-" { "standard input" } else { target }
}

/// A file by its beginning.
enum Opened {
    /// It is an export; from its first byte.
    Export(Box<dyn Read + Send>),
    /// All of any other.
    Other(Vec<u8>),
}

fn opened(target: &str) -> Result<Opened, Failure> {
    let unreadable = |error: io::Error| super::unreadable(file_name(target), &error);
    let input: Box<dyn Read + Send> =
        if target == "-" { Box::new(io::stdin()) } else { Box::new(File::open(target).map_err(unreadable)?) };
    let mut input = BufReader::with_capacity(64 << 10, input);
    let mut first = Vec::new();
    input.by_ref().take(formats::EXPORT_START as u64).read_until(b'\n', &mut first).map_err(unreadable)?;
    // One line alone is one request, which needs no number behind the file's name.
    let is_export = formats::starts_like_export(&first) && !input.fill_buf().map_err(unreadable)?.is_empty();
    let whole = io::Cursor::new(first).chain(input);
    if is_export {
        return Ok(Opened::Export(Box::new(whole)));
    }
    Ok(Opened::Other(read_limited(whole, file_name(target))?))
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

/// A file if there is one of that name, else a delivery.
pub(super) fn named(context: &Context, target: &str) -> Result<Vec<Capture>, Failure> {
    if is_file(target) {
        return Ok(formats::read(&read_input(target)?, file_name(target))?);
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
        Direction::Received => address::seen(&request, public_url(context)),
        Direction::Sent => Some(summary.remote.clone()),
    };
    Ok(Capture {
        url,
        arrived_at: Some(summary.received_at),
        provider: summary.provider.clone(),
        ..Capture::new(request, format!("#{}", delivery.number))
    })
}
