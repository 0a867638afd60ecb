//! `hookctl events import`: files become captures, all of a file or nothing.
//!
//! A file is read twice: first to see that everything in it is right, then to record it. What fails while recording is
//! taken back.

use std::collections::HashSet;

use bytes::Bytes;

use crate::cli::events::transfer::ImportArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::archive::Archive;
use crate::commands::capture::tell_address;
use crate::commands::judge::{Judge, Said};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::{Capture, Note, Record};
use crate::http::head::{HeadError, HeadLimits, LineEnds, parse_request, write_request_head};
use crate::json::transfer::{Imported, Verdicts};
use crate::model::quantity::ByteSize;
use crate::model::{DeliveryId, Headers, NewDelivery, Timestamp, Verdict};
use crate::output::{sanitize, style};
use crate::provider::Judgement;
use crate::receive::deduplicate;
use crate::receive::identify::Identified;
use crate::receive::record;
use crate::signature::Checks;
use crate::store::{OpenOptions, Recorded, Store, StoreError};
use crate::text::{count, list};

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
    let judge = Judge::new(context, &said)?;
    let source = Archive::open(&args.file, args.provider.as_deref(), judge.catalog())?;
    let limit = usize::try_from(context.config.listen.max_body.value.0).unwrap_or(usize::MAX);
    let mut reading = Reading { judge: &judge, at: at.unwrap_or_else(clock::now), limit };
    let mut notes = Notes::default();
    for entry in source.entries() {
        let prepared = reading.prepare(entry?.1)?;
        notes.of(&prepared.record.capture);
    }
    let options = OpenOptions { dedupe_window: context.config.listen.dedupe_window.value, ..OpenOptions::default() };
    let store = context.store(&options)?;
    let mut imported = Imported { kind: "imported", source: source.name().to_owned(), ..Imported::default() };
    let mut run = Run { store: &store, numbers: Vec::new(), ids: HashSet::new() };
    let recorded = import(&mut reading, &source, &mut run, &mut imported);
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
    source: &Archive,
    run: &mut Run<'_>,
    imported: &mut Imported,
) -> Result<(), Failure> {
    let mut portion = Vec::new();
    let mut bytes = 0;
    let mut verdicts = Verdicts::default();
    for entry in source.entries() {
        let prepared = reading.prepare(entry?.1)?;
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

/// A whole request with a head that can be read again.
struct Prepared {
    record: Record,
    head: Bytes,
}

/// Makes deliveries of what is read.
struct Reading<'a> {
    judge: &'a Judge,
    /// When things arrived whose file does not tell.
    at: Timestamp,
    /// The longest body.
    limit: usize,
}

impl Reading<'_> {
    /// Completes a request and checks it.
    fn prepare(&self, mut record: Record) -> Result<Prepared, Failure> {
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
        let Record { mut capture, id, remote, unknown, .. } = record;
        let status = capture.answer.as_ref().map(|answer| answer.status);
        let received_at = *capture.arrived_at.get_or_insert(self.at);
        tell_address(&mut capture, self.judge.public_url());
        let (provider, judgement) = self.judge.judge(&capture, Checks::off())?;
        let judgement = match unknown.filter(|_| judgement.verdict == Verdict::Valid) {
            // Its throw-away secret fits whatever the real one would have said.
            Some(reason) => Judgement::plain(Verdict::NoSecret, reason),
            None => judgement,
        };
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
