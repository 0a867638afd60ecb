//! `hookctl events import`: files become captures, all of a file or nothing.
//!
//! A file is read twice: first to see that everything in it is right, then to record it. What fails while recording is
//! taken back.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::cli::events::transfer::ImportArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::judge::{Judge, Said};
use crate::error::{Failure, reason};
use crate::exit::Exit;
use crate::formats::payloads::{Content, Item, Payload};
use crate::formats::{Capture, FormatError, Note, Record, payloads, read_records, starts_like_export};
use crate::http::head::{HeadError, HeadLimits, LineEnds, parse_request, write_request_head};
use crate::json::transfer::{Imported, Verdicts};
use crate::model::quantity::ByteSize;
use crate::model::{DeliveryId, Headers, NewDelivery, Request, Timestamp};
use crate::output::{sanitize, style};
use crate::provider::Provider;
use crate::receive::deduplicate;
use crate::receive::identify::Identified;
use crate::receive::record;
use crate::signature::Checks;
use crate::store::{OpenOptions, Recorded, Store, StoreError};
use crate::text::{count, list};

/// What is not read line by line is held in memory as a whole, and several times over while it is read.
const MOST_BYTES: u64 = 256 << 20;

/// More than a store keeps by default; a file with more is none of deliveries.
const MOST_ENTRIES: usize = 1_000_000;

/// Deliveries handed to the store in one go, by number and by bytes.
const PORTION: usize = 256;
const PORTION_BYTES: usize = 16 << 20;

/// Notes about odd requests that are shown.
const MOST_NOTES: usize = 10;

pub(super) fn run(context: &Context, args: &ImportArgs) -> Result<Exit, Failure> {
    let at = args.at.map(|when| when.resolve(clock::now()));
    let said = Said { secrets: &args.secrets.secrets, provider: args.provider.as_deref(), at: None, tolerance: None };
    if args.file == "-" && args.secrets.secrets.iter().any(|secret| secret == "-") {
        return Err(Failure::usage("standard input can be the file or a secret, not both").hint("use env: or file:"));
    }
    let mut judge = Judge::new(context, &said)?;
    let source = Source::open(&args.file, args.provider.is_some())?;
    let limit = usize::try_from(context.config.listen.max_body.value.0).unwrap_or(usize::MAX);
    let mut reading = Reading { judge: &mut judge, at: at.unwrap_or_else(clock::now), limit };
    let (mut entries, mut notes) = (0, Notes::default());
    for record in source.records(args)? {
        entries += 1;
        if entries > MOST_ENTRIES {
            return Err(Failure::usage(format!("{} holds more than {MOST_ENTRIES} requests", source.name())));
        }
        let prepared = reading.prepare(record?)?;
        notes.of(&prepared.record.capture);
    }
    let options = OpenOptions { dedupe_window: context.config.listen.dedupe_window.value, ..OpenOptions::default() };
    let store = context.store(&options)?;
    let mut imported = Imported { kind: "imported", source: source.name().to_owned(), ..Imported::default() };
    let mut run = Run { store: &store, numbers: Vec::new(), ids: HashSet::new() };
    let recorded = import(&mut reading, &source, args, &mut run, &mut imported);
    if let Err(failure) = recorded {
        return Err(run.take_back(failure));
    }
    store.close()?;
    report(context, &imported, &notes);
    Ok(Exit::Yes)
}

/// Records everything; what was recorded before a failure is in `run`.
fn import(
    reading: &mut Reading<'_>,
    source: &Source,
    args: &ImportArgs,
    run: &mut Run<'_>,
    imported: &mut Imported,
) -> Result<(), Failure> {
    let mut portion = Vec::new();
    let mut bytes = 0;
    let mut verdicts = Verdicts::default();
    for record in source.records(args)? {
        let prepared = reading.prepare(record?)?;
        let delivery = reading.delivery(prepared, run)?;
        verdicts.count(delivery.summary.verdict);
        bytes += delivery.head.len() + delivery.body.len();
        portion.push(delivery);
        if portion.len() >= PORTION || bytes >= PORTION_BYTES {
            imported.duplicates += run.record(std::mem::take(&mut portion))?;
            bytes = 0;
        }
    }
    imported.duplicates += run.record(portion)?;
    imported.deliveries = run.numbers.len() as u64;
    (imported.first, imported.last) = (run.numbers.first().copied(), run.numbers.last().copied());
    imported.verdicts = verdicts;
    Ok(())
}

/// Where the requests are.
enum Source {
    /// An export, read line by line.
    Lines { path: PathBuf, name: String },
    /// An export in memory, since it came from where nothing can be read twice.
    Held { bytes: Vec<u8>, name: String },
    /// Anything else.
    Items { items: Vec<Item>, name: String },
}

impl Source {
    fn open(path: &str, bodies: bool) -> Result<Self, Failure> {
        let name = if path == "-" { "standard input" } else { path }.to_owned();
        let unreadable = |error: std::io::Error| {
            if path == "-" {
                Failure::usage(format!("cannot read standard input: {}", reason(&error)))
            } else {
                Failure::unreadable(Path::new(path), &error)
            }
        };
        let (input, ordinary): (Box<dyn Read>, bool) = if path == "-" {
            (Box::new(std::io::stdin()), false)
        } else {
            let file = File::open(path).map_err(unreadable)?;
            let ordinary = file.metadata().is_ok_and(|found| found.is_file());
            (Box::new(file), ordinary)
        };
        let mut input = BufReader::new(input);
        let export = starts_like_export(input.fill_buf().map_err(unreadable)?);
        if export && ordinary {
            return Ok(Self::Lines { path: path.into(), name });
        }
        let mut bytes = Vec::new();
        input.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Failure::usage(format!("{name} is larger than {}", ByteSize(MOST_BYTES)))
                .hint("an export of hookctl's may be of any size, if it is a file"));
        }
        if export {
            return Ok(Self::Held { bytes, name });
        }
        let items = payloads::read(&bytes, &name, bodies).map_err(|error| match error {
            FormatError::Unrecognised { .. } if !bodies && matches!(bytes.trim_ascii().first(), Some(b'{' | b'[')) => {
                Failure::usage(error.to_string()).hint("if these are bodies, say who sent them: --provider NAME")
            }
            error => error.into(),
        })?;
        Ok(Self::Items { items, name })
    }

    fn name(&self) -> &str {
        match self {
            Self::Lines { name, .. } | Self::Held { name, .. } | Self::Items { name, .. } => name,
        }
    }

    /// All of them, from the start.
    fn records<'a>(
        &'a self,
        args: &'a ImportArgs,
    ) -> Result<Box<dyn Iterator<Item = Result<Entry, Failure>> + 'a>, Failure> {
        let line = |record: Result<Record, FormatError>| record.map(Entry::Record).map_err(Failure::from);
        Ok(match self {
            Self::Lines { path, name } => {
                let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
                Box::new(read_records(BufReader::new(file), name).map(line))
            }
            Self::Held { bytes, name } => Box::new(read_records(&bytes[..], name).map(line)),
            Self::Items { items, .. } => Box::new(items.iter().map(|item| match item {
                Item::Record(record) => Ok(Entry::Record((**record).clone())),
                Item::Payload(payload) => {
                    let named = args.provider.as_deref().or(payload.provider);
                    let provider = named.ok_or_else(|| Failure::usage("nobody is named who sent these bodies"))?;
                    Ok(Entry::Payload(payload.clone(), provider.to_owned()))
                }
            })),
        })
    }
}

/// One thing to import.
enum Entry {
    Record(Record),
    /// An event, and who sent it.
    Payload(Payload, String),
}

/// A whole request with a head that can be read again.
struct Prepared {
    record: Record,
    head: Bytes,
}

/// Makes deliveries of what is read.
struct Reading<'a> {
    judge: &'a mut Judge,
    /// When things arrived whose file does not tell.
    at: Timestamp,
    /// The longest body.
    limit: usize,
}

impl Reading<'_> {
    /// Completes a request and checks it.
    fn prepare(&self, entry: Entry) -> Result<Prepared, Failure> {
        let mut record = match entry {
            Entry::Record(record) => record,
            Entry::Payload(payload, provider) => complete(payload, &*self.judge.catalog().get(&provider)?),
        };
        let source = &record.capture.source;
        if record.capture.request.body.len() > self.limit {
            let limit = ByteSize(self.limit as u64);
            return Err(Failure::usage(format!("{source}: the body is larger than {limit}"))
                .hint("'[listen] max_body' in the configuration allows more"));
        }
        let head = match record.head.take() {
            Some(head) => head,
            None => head_of(&mut record.capture)
                .map_err(|error| Failure::usage(format!("{source}: {error}", source = record.capture.source)))?,
        };
        Ok(Prepared { record, head })
    }

    /// Identifies and judges, as `listen` does when a request arrives.
    fn delivery(&mut self, prepared: Prepared, run: &mut Run<'_>) -> Result<NewDelivery, Failure> {
        let Prepared { record, head } = prepared;
        let Record { mut capture, id, remote, status, .. } = record;
        let received_at = *capture.arrived_at.get_or_insert(self.at);
        if capture.url.is_none() {
            capture.url = crate::model::address::seen(&capture.request, self.judge.public_url());
        }
        let (provider, judgement) = self.judge.judge(&capture, Checks::off())?;
        let event = provider.as_ref().map(|provider| provider.locate(&capture.request)).unwrap_or_default();
        let identified = Identified { provider, event };
        let request = &capture.request;
        let key = deduplicate::key(&identified, request, judgement.verdict);
        let remote = remote.unwrap_or(capture.source);
        let mut delivery = record::delivery(request, head, remote, received_at, &identified, &judgement, key, status);
        if let Some(id) = id
            && run.is_free(id)?
        {
            delivery.summary.id = id;
        }
        run.ids.insert(delivery.summary.id);
        Ok(delivery)
    }
}

/// The request that the provider would have sent around an event.
fn complete(payload: Payload, provider: &Provider) -> Record {
    let shape = &provider.definition.request;
    let mut headers = payload.headers;
    if !headers.contains("content-type") {
        headers.push("Content-Type", shape.content_type.clone());
    }
    let body = match payload.content {
        Content::Bytes(bytes) => bytes,
        Content::Document(node) => node.write(&shape.json).into(),
    };
    let capture = Capture {
        request: Request {
            method: shape.method.clone(),
            target: format!("/webhooks/{}", provider.name),
            headers,
            body,
        },
        url: None,
        arrived_at: payload.arrived_at,
        source: payload.source,
        provider: Some(provider.name.clone()),
        notes: Vec::new(),
    };
    Record { status: payload.status, ..Record::from(capture) }
}

/// A head for a request that had none on a wire. Where a file leaves out `Host`, it is taken from the address; without one
/// the head is of HTTP/1.0, which needs none.
fn head_of(capture: &mut Capture) -> Result<Bytes, HeadError> {
    let limits = HeadLimits { bytes: usize::MAX, fields: usize::MAX, target: usize::MAX, line_ends: LineEnds::Crlf };
    let request = &mut capture.request;
    let authority = capture.url.as_deref().and_then(authority);
    if let (false, Some(authority)) = (request.headers.contains("host"), authority) {
        let host = std::iter::once((Bytes::from_static(b"Host"), Bytes::copy_from_slice(authority.as_bytes())));
        let rest =
            request.headers.iter().map(|h| (Bytes::from(h.name().to_owned()), Bytes::copy_from_slice(h.value())));
        request.headers = host.chain(rest).collect::<Headers>();
    }
    // The readers of all forms have seen to it that the parts can stand in a head.
    let head: Bytes = write_request_head(&request.method, &request.target, &request.headers)
        .map_err(|_| HeadError::RequestLine)?
        .into();
    match parse_request(&head, &limits) {
        Err(HeadError::HostMissing) => {
            let line = head.iter().position(|b| *b == b'\r').unwrap_or(0);
            let older = [&head[..line - 1], b"0", &head[line..]].concat();
            let older = Bytes::from(older);
            parse_request(&older, &limits)?;
            Ok(older)
        }
        Err(error) => Err(error),
        Ok(_) => Ok(head),
    }
}

/// Host and port of an address.
fn authority(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some(host).filter(|host| !host.is_empty())
}

/// What is being recorded, to take it back if need be.
struct Run<'s> {
    store: &'s Store,
    numbers: Vec<i64>,
    /// The ids of the portion under way.
    ids: HashSet<DeliveryId>,
}

impl Run<'_> {
    /// Whether no delivery has this id.
    fn is_free(&self, id: DeliveryId) -> Result<bool, Failure> {
        match self.store.number_of(id) {
            Ok(_) => Ok(false),
            Err(StoreError::UnknownDelivery(_)) => Ok(!self.ids.contains(&id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Records a portion; how many of it are duplicates.
    fn record(&mut self, portion: Vec<NewDelivery>) -> Result<u64, Failure> {
        let recorded: Vec<Recorded> = self.store.record_all(portion)?;
        self.ids.clear();
        self.numbers.extend(recorded.iter().map(|recorded| recorded.number));
        Ok(recorded.iter().filter(|recorded| recorded.duplicate_of.is_some()).count() as u64)
    }

    /// Deletes what was recorded, and says what holds now.
    fn take_back(mut self, failure: Failure) -> Failure {
        // Some of the portion that failed may still wait for the writer. It answers in order, so after this nothing does.
        let _ = self.store.update_status_blocking(clock::delivery_id(clock::now()), None);
        let ids = std::mem::take(&mut self.ids);
        self.numbers.extend(ids.into_iter().filter_map(|id| self.store.number_of(id).ok()));
        let outcome = match self.store.delete(&self.numbers) {
            Ok(_) => "nothing was imported".to_owned(),
            Err(_) => {
                let left = self.numbers.iter().filter(|number| self.store.get(**number).is_ok());
                let left: Vec<String> = left.map(|number| format!("#{number}")).collect();
                match left.len() {
                    0 => "nothing was imported".to_owned(),
                    1..=10 => format!("{} stay imported", list(&left)),
                    many => format!("{many} deliveries from {} to {} stay imported", left[0], left[many - 1]),
                }
            }
        };
        Failure { message: format!("{}; {outcome}", failure.message), ..failure }
    }
}

/// What was noticed about odd requests: the first few, and how many there are.
#[derive(Default)]
struct Notes {
    first: Vec<(String, Note)>,
    all: usize,
}

impl Notes {
    fn of(&mut self, capture: &Capture) {
        self.all += capture.notes.len();
        let room = MOST_NOTES - self.first.len();
        self.first.extend(capture.notes.iter().take(room).map(|note| (capture.source.clone(), *note)));
    }
}

fn report(context: &Context, imported: &Imported, notes: &Notes) {
    let output = &context.output;
    for (source, note) in &notes.first {
        output.warning(&format!("{}: {note}", sanitize::line(source)));
    }
    if notes.all > notes.first.len() {
        output.note(&style::dim(&format!("… and {} more like these", notes.all - notes.first.len())));
    }
    output.result(imported, || {
        let deliveries = count(usize::try_from(imported.deliveries).unwrap_or(usize::MAX), "delivery", "deliveries");
        let place = match (imported.first, imported.last) {
            (Some(first), Some(last)) if first < last => format!(" as #{first}..#{last}"),
            (Some(first), _) => format!(" as #{first}"),
            _ => String::new(),
        };
        let verdicts = imported.verdicts.found().into_iter();
        let mut parts: Vec<String> =
            verdicts.map(|(verdict, count)| format!("{count} {}", style::verdict(verdict))).collect();
        if imported.duplicates > 0 {
            let count = count(usize::try_from(imported.duplicates).unwrap_or(usize::MAX), "duplicate", "duplicates");
            parts.push(style::warn(&count));
        }
        let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        format!("{deliveries} imported{place}{parts}")
    });
}
