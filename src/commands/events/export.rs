//! `hookctl events export`

use std::io::{self, BufWriter, Write};

use super::anonymous::{self, Anonymous};
use super::url_of;
use crate::cli::events::transfer::{ExportArgs, ExportFormat};
use crate::commands::new_file::NewFile;
use crate::commands::{Context, answers, selection};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::{Capture, Credentials, carries_credentials, curl, har, hurl, ndjson};
use crate::json::transfer::Exported;
use crate::model::quantity::ByteSize;
use crate::model::{Delivery, RecordedAnswer, Request, Secret};
use crate::output::{Output, sanitize, style};
use crate::store::OpenOptions;
use crate::text::count;

/// Written in pieces of this size: a write to stdout is a system call.
const PIECE: usize = 64 << 10;

pub(super) fn run(context: &Context, args: &ExportArgs) -> Result<Exit, Failure> {
    if args.anonymize && args.format != ExportFormat::Ndjson {
        return Err(Failure::usage(
            "--anonymize writes NDJSON only: no other form can hold the secret that verifies it",
        ));
    }
    let store = context.store(&OpenOptions::default())?;
    let mut chosen = selection::chosen(context, &store, &args.ids, &args.selection, args.limit)?;
    if chosen.len() == 0 {
        context.output.note("nothing recorded that fits");
    }
    let sink = match &args.output {
        Some(path) => Sink::File(NewFile::create(path, args.force)?),
        None => Sink::Stdout(&context.output),
    };
    let credentials = if args.redact { Credentials::Redact } else { Credentials::Keep };
    let mut counted = Counted { out: BufWriter::with_capacity(PIECE, sink), bytes: 0 };
    let mut tally = Tally::default();
    let mut failed = None;
    let mut anonymous = if args.anonymize { Some(Anonymous::new(context)?) } else { None };
    let mut entry = |(delivery, request): (Delivery, Request)| -> Result<Entry, Failure> {
        let answer = answers::recorded(&store, &delivery)?;
        let (delivery, request, answer, secret) = match &mut anonymous {
            // Of an answer, what is in it is as personal as the question.
            Some(anonymous) => {
                let (delivery, request, secret) = anonymous.make(delivery, &request)?;
                (delivery, request, answer.map(|answer| RecordedAnswer::of_status(answer.status)), secret)
            }
            None => (delivery, request, answer, None),
        };
        let url = if args.anonymize { anonymous::url_of(&request) } else { url_of(&delivery, &request) };
        tally.deliveries += 1;
        let carries = !args.redact && !args.anonymize && carries_credentials(&request, Some(&url));
        tally.with_credentials += u64::from(carries);
        Ok(Entry { delivery, request, url, answer, secret })
    };
    let entries = chosen.by_ref().map_while(|found| match found.and_then(&mut entry) {
        Ok(entry) => Some(entry),
        Err(failure) => {
            failed = Some(failure);
            None
        }
    });
    let written = write(&mut counted, entries, args.format, credentials).and_then(|()| counted.flush());
    if let Some(failure) = failed {
        return Err(failure);
    }
    let Counted { out, bytes } = counted;
    match (written, out.into_inner().ok()) {
        (Ok(()), Some(Sink::File(file))) => file.finish()?,
        (Err(error), Some(Sink::File(_)) | None) => {
            return Err(Failure::unwritable(args.output.as_deref().unwrap_or("stdout".as_ref()), &error));
        }
        // A reader that has gone has seen enough.
        (_, Some(Sink::Stdout(_)) | None) => {}
    }
    report(context, args, &tally, bytes);
    Ok(Exit::Yes)
}

/// A delivery, and what is derived from it.
struct Entry {
    delivery: Delivery,
    request: Request,
    url: String,
    answer: Option<RecordedAnswer>,
    secret: Option<Secret>,
}

#[derive(Default)]
struct Tally {
    deliveries: u64,
    with_credentials: u64,
}

fn write(
    out: &mut impl Write,
    entries: impl Iterator<Item = Entry>,
    format: ExportFormat,
    credentials: Credentials,
) -> io::Result<()> {
    match format {
        ExportFormat::Har => har::write(out, entries.map(capture), credentials),
        ExportFormat::Ndjson => entries
            .map(|entry| {
                let mut line = ndjson::Line::of_delivery(&entry.delivery, &entry.request, credentials);
                if let Some(secret) = &entry.secret {
                    line.throwaway_secret = Some(secret.expose().into());
                    // Some schemes sign the address.
                    line.url = Some(entry.url.as_str().into());
                }
                line.answered(entry.answer.as_ref(), credentials).render()
            })
            .try_for_each(|line| writeln!(out, "{line}")),
        ExportFormat::Curl => {
            for (at, Entry { delivery, request, url, .. }) in entries.enumerate() {
                let before = if at > 0 { "\n" } else { "" };
                writeln!(out, "{before}# {}", title(&delivery))?;
                out.write_all(curl::write(&request, &url, credentials).as_bytes())?;
            }
            Ok(())
        }
        ExportFormat::Hurl => {
            for (at, Entry { delivery, request, url, .. }) in entries.enumerate() {
                let before = if at > 0 { "\n" } else { "" };
                let status = delivery.summary.status;
                write!(out, "{before}{}", hurl::write(&request, &url, status, &title(&delivery), credentials))?;
            }
            Ok(())
        }
    }
}

fn capture(entry: Entry) -> Capture {
    let Entry { delivery, request, url, answer, .. } = entry;
    let summary = delivery.summary;
    Capture {
        url: Some(url),
        arrived_at: Some(summary.received_at),
        provider: summary.provider,
        answer,
        ..Capture::new(request, String::new())
    }
}

/// What a comment says about a delivery, on one line.
fn title(delivery: &Delivery) -> String {
    let summary = &delivery.summary;
    let known = [summary.provider.as_deref(), summary.event_type.as_deref(), summary.event_id.as_deref()];
    let words: Vec<&str> = known.into_iter().flatten().collect();
    sanitize::line(&format!("#{} {} {}", delivery.number, summary.received_at, words.join(" "))).trim_end().to_owned()
}

fn report(context: &Context, args: &ExportArgs, tally: &Tally, bytes: u64) {
    let output = &context.output;
    let Tally { deliveries, with_credentials } = *tally;
    if let Some(path) = &args.output {
        let file = path.display().to_string();
        let exported = Exported {
            kind: "exported",
            file: file.clone(),
            format: args.format.as_str(),
            deliveries,
            with_credentials,
            bytes,
        };
        output.result(&exported, || {
            let deliveries = count(usize::try_from(deliveries).unwrap_or(usize::MAX), "delivery", "deliveries");
            format!("{deliveries} written to {} ({})", sanitize::line(&file), ByteSize(bytes))
        });
    }
    if with_credentials > 0 {
        let carry = if with_credentials == 1 { "carries" } else { "carry" };
        let text = format!("{with_credentials} of {deliveries} {carry} credentials; --redact masks them");
        output.note(&style::dim(&text));
    }
}

/// Where an export goes.
enum Sink<'o> {
    File(NewFile),
    Stdout(&'o Output),
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Stdout(output) => {
                output.raw(bytes);
                if output.is_closed() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stdout(_) => Ok(()),
        }
    }
}

/// Counts what passes.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
