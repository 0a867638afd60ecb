//! Files of requests, of whatever form, read one request after the other or one here and one there: for `import` and
//! `replay`.
//!
//! An export of hookctl's may be of any size, since its lines are read one by one; everything else is held in memory, within
//! a limit. Events that a file holds without the requests that carried them become the requests that their provider would
//! have sent.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;

use crate::error::{Failure, reason};
use crate::formats::payloads::{Content, Item, Payload};
use crate::formats::smee::Script;
use crate::formats::{Capture, EXPORT_START, FormatError, RawLine, Record, payloads, split_lines, starts_like_export};
use crate::model::quantity::ByteSize;
use crate::model::{RecordedAnswer, Request};
use crate::provider::{Catalog, Provider};

/// What is not read line by line is held in memory as a whole, and several times over while it is read.
const MOST_BYTES: u64 = 256 << 20;

/// More than a store keeps by default; a file with more is none of deliveries.
const MOST_ENTRIES: usize = 1_000_000;

/// What a person calls `-`.
const STANDARD_INPUT: &str = "standard input";

/// A file of requests.
pub(super) struct Archive {
    name: String,
    content: Held,
    /// What was read from standard input, which nobody can read again.
    input: Option<Bytes>,
}

/// What there is of it.
enum Held {
    /// An export, read line by line.
    File(File),
    /// An export in memory, since it came from where nothing can be read twice.
    Bytes(Bytes),
    /// Anything else.
    Records(Vec<Record>),
}

/// Where in an archive a request is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first byte of its line; of what is no export nothing.
    offset: u64,
    /// The bytes of its line.
    length: u32,
    /// The number of its line from 1, or its place from 0.
    number: u32,
}

impl Archive {
    /// Opens a file; `-` is standard input. `provider` is who sent what does not tell: with it, bodies alone will do.
    pub(super) fn open(path: &str, provider: Option<&str>, catalog: &Catalog) -> Result<Self, Failure> {
        let name = if path == "-" { STANDARD_INPUT } else { path }.to_owned();
        let unreadable = |error: io::Error| {
            if path == "-" {
                Failure::usage(format!("cannot read standard input: {}", reason(&error)))
            } else {
                Failure::unreadable(Path::new(path), &error)
            }
        };
        let mut first = vec![0; EXPORT_START];
        if let Some(records) = scripts(Path::new(path))? {
            return Ok(Self { name, content: Held::Records(records), input: None });
        }
        if path != "-" {
            let file = File::open(path).map_err(unreadable)?;
            if file.metadata().is_ok_and(|found| found.is_file()) {
                let read = file.read_at(&mut first, 0).map_err(unreadable)?;
                if starts_like_export(&first[..read]) {
                    return Ok(Self { name, content: Held::File(file), input: None });
                }
            }
            return Self::whole(&read_whole(file, &name, unreadable)?, name, provider, catalog);
        }
        Self::of_input(read_whole(io::stdin(), &name, unreadable)?, provider, catalog)
    }

    /// What was read from standard input, now or before.
    pub(super) fn of_input(input: Bytes, provider: Option<&str>, catalog: &Catalog) -> Result<Self, Failure> {
        let archive = Self::whole(&input, STANDARD_INPUT.to_owned(), provider, catalog)?;
        Ok(Self { input: Some(input), ..archive })
    }

    /// What was read from standard input, if that is what it is of.
    pub(super) fn input(&self) -> Option<&Bytes> {
        self.input.as_ref()
    }

    /// What is in memory.
    fn whole(bytes: &Bytes, name: String, provider: Option<&str>, catalog: &Catalog) -> Result<Self, Failure> {
        if starts_like_export(&bytes[..bytes.len().min(EXPORT_START)]) {
            return Ok(Self { name, content: Held::Bytes(bytes.clone()), input: None });
        }
        let bodies = provider.is_some();
        let items = payloads::read(bytes, &name, bodies).map_err(|error| match error {
            FormatError::Unrecognised { .. } if !bodies && matches!(bytes.trim_ascii().first(), Some(b'{' | b'[')) => {
                Failure::usage(error.to_string()).hint("if these are bodies, say who sent them: --provider NAME")
            }
            error => error.into(),
        })?;
        let records = items.into_iter().map(|item| match item {
            Item::Record(record) => Ok(*record),
            Item::Payload(payload) => {
                let named = provider.or(payload.provider);
                let named = named.ok_or_else(|| Failure::usage("nobody is named who sent these bodies"))?;
                Ok(complete(payload, &*catalog.get(named)?))
            }
        });
        Ok(Self { name, content: Held::Records(records.collect::<Result<_, Failure>>()?), input: None })
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// All requests in order, each with its place.
    pub(super) fn entries(&self) -> Box<dyn Iterator<Item = Result<(Place, Record), Failure>> + '_> {
        let entries: Box<dyn Iterator<Item = Result<(Place, Record), Failure>>> = match &self.content {
            Held::File(file) => self.lines(BufReader::new(FromStart { file, at: 0 })),
            Held::Bytes(bytes) => self.lines(&bytes[..]),
            Held::Records(records) => Box::new(records.iter().enumerate().map(|(at, record)| {
                let number = u32::try_from(at).unwrap_or(u32::MAX);
                Ok((Place { offset: 0, length: 0, number }, record.clone()))
            })),
        };
        Box::new(entries.enumerate().map(|(at, entry)| {
            if at >= MOST_ENTRIES {
                return Err(Failure::usage(format!("{} holds more than {MOST_ENTRIES} requests", self.name)));
            }
            entry
        }))
    }

    fn lines<'a>(
        &'a self,
        reader: impl BufRead + 'a,
    ) -> Box<dyn Iterator<Item = Result<(Place, Record), Failure>> + 'a> {
        Box::new(split_lines(reader, &self.name).map(|line| {
            let line = line?;
            let (length, number) = (u32::try_from(line.bytes.len()), u32::try_from(line.number));
            let place = Place {
                offset: line.offset,
                // A line of an export is at most 200 MiB long, and there are a million at most.
                length: length.unwrap_or(u32::MAX),
                number: number.unwrap_or(u32::MAX),
            };
            Ok((place, line.read(&self.name)?))
        }))
    }

    /// The request at a place.
    ///
    /// # Errors
    /// The file has changed since.
    pub(super) fn read(&self, place: Place) -> Result<Record, FormatError> {
        let length = place.length as usize;
        let bytes = match &self.content {
            Held::Records(records) => return Ok(records[place.number as usize].clone()),
            Held::Bytes(bytes) => {
                let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
                bytes.slice(start..start + length)
            }
            Held::File(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, place.offset)
                    .map_err(|source| FormatError::Read { name: self.name.clone(), source })?;
                bytes.into()
            }
        };
        RawLine { number: place.number as usize, offset: place.offset, bytes }.read(&self.name)
    }
}

/// What gosmee saved: a script, or a folder of them, each with its body beside it. `None` if it is nothing of that kind.
fn scripts(path: &Path) -> Result<Option<Vec<Record>>, Failure> {
    /// A script is a page of text.
    const MOST: u64 = 64 << 10;
    let is_script = |path: &Path| path.extension().is_some_and(|end| end == "sh") && path.is_file();
    let paths = if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| Failure::unreadable(path, &error))?;
        let mut paths: Vec<_> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_script(path)).collect();
        paths.sort();
        paths
    } else if is_script(path) {
        vec![path.to_owned()]
    } else {
        return Ok(None);
    };
    let mut records = Vec::new();
    for script in &paths {
        let unreadable = |error: io::Error| Failure::unreadable(script, &error);
        let mut text = String::new();
        File::open(script).map_err(unreadable)?.take(MOST).read_to_string(&mut text).map_err(unreadable)?;
        let Some(parsed) = Script::parse(&text) else {
            // A single file may be a script of curl commands, which has its own reader.
            if path.is_dir() {
                continue;
            }
            return Ok(None);
        };
        let body = script.with_file_name(format!("{}.json", parsed.base));
        let file = File::open(&body).map_err(|error| Failure::unreadable(&body, &error))?;
        let body = read_whole(file, &body.display().to_string(), |error| Failure::unreadable(&body, &error))?;
        records.push(parsed.record(body, script.display().to_string())?);
    }
    if records.is_empty() {
        return Err(Failure::usage(format!("{} is a folder, and holds no scripts of gosmee's", path.display())));
    }
    Ok(Some(records))
}

fn read_whole(input: impl Read, name: &str, unreadable: impl FnOnce(io::Error) -> Failure) -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    input.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::usage(format!("{name} is larger than {}", ByteSize(MOST_BYTES)))
            .hint("an export of hookctl's may be of any size, if it is a file"));
    }
    Ok(bytes.into())
}

/// A file from its start, whoever else reads it.
struct FromStart<'a> {
    file: &'a File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
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
    let target = format!("/webhooks/{}", provider.name);
    let request = Request { method: shape.method.clone(), target, headers, body };
    Record::from(Capture {
        arrived_at: payload.arrived_at,
        provider: Some(provider.name.clone()),
        answer: payload.status.map(RecordedAnswer::of_status),
        ..Capture::new(request, payload.source)
    })
}
