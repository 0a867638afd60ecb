//! What is replayed from a file: places in it, until it is its turn. All of it is read once before anything is sent, so that
//! an error in it is told while nothing has happened.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::Recording;
use super::senders::Senders;
use crate::cli::replay::ReplayArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::archive::{Archive, Place};
use crate::commands::judge::{Judge, Said};
use crate::commands::selected::{Misfits, chosen};
use crate::deliver::DeliverError;
use crate::deliver::replay::{self, Recorded, Sender};
use crate::error::Failure;
use crate::formats::{Note, Record};
use crate::model::Timestamp;
use crate::output::{sanitize, style};

/// The requests of a file that were chosen.
pub(super) struct Tape<'c> {
    archive: Archive,
    entries: Vec<Entry>,
    senders: Senders<'c>,
    none: BTreeSet<String>,
    /// What its requests are called, where it is not by their place in the file.
    name: Option<String>,
}

struct Entry {
    place: Place,
    /// Which request of the file it is, from 0.
    nth: u32,
    arrived_at: Option<Timestamp>,
    sender: Option<u16>,
}

impl<'c> Tape<'c> {
    /// Reads a file and chooses from it.
    pub(super) fn read(
        context: &Context,
        args: &ReplayArgs,
        from: &str,
        senders: Senders<'c>,
    ) -> Result<Self, Failure> {
        let archive = Archive::open(from, args.selection.provider.as_deref(), senders.catalog())?;
        Self::of(context, args, archive, senders)
    }

    /// Chooses from what was read.
    pub(super) fn of(
        context: &Context,
        args: &ReplayArgs,
        archive: Archive,
        mut senders: Senders<'c>,
    ) -> Result<Self, Failure> {
        let said = Said { secrets: &[], provider: None, at: None, tolerance: None };
        let judge = Judge::new(context, &said)?;
        let selection = args.selection.selection(clock::now())?;
        let mut misfits = Misfits::default();
        let mut entries = Vec::new();
        for (nth, entry) in (0..).zip(archive.entries()) {
            let (place, record) = entry?;
            let Some(provider) = chosen(&record.capture, &selection, &judge, &mut misfits)? else { continue };
            for note in &record.capture.notes {
                tell_note(context, &record, *note);
            }
            let sender = senders.place(provider.as_ref().map(|provider| provider.name.as_str()))?;
            entries.push(Entry { place, nth, arrived_at: record.capture.arrived_at, sender });
        }
        misfits.tell(&context.output);
        if let Some(limit) = args.limit {
            entries.drain(..entries.len().saturating_sub(limit));
        }
        Ok(Self { archive, entries, senders, none: BTreeSet::new(), name: None })
    }

    /// Calls all that is in it by this name.
    pub(super) fn called(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// These requests of a file that is as it was, in this order.
    pub(super) fn again(
        context: &Context,
        archive: Archive,
        mut senders: Senders<'c>,
        numbers: &[i64],
    ) -> Result<Self, Failure> {
        let judge = Judge::new(context, &Said { secrets: &[], provider: None, at: None, tolerance: None })?;
        let places: HashMap<i64, usize> = numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
        let mut entries: Vec<Option<Entry>> = numbers.iter().map(|_| None).collect();
        for (nth, entry) in (0..).zip(archive.entries()) {
            let (place, record) = entry?;
            let Some(at) = places.get(&i64::from(nth)) else { continue };
            let provider = judge.provider_of(&record.capture)?;
            let sender = senders.place(provider.as_ref().map(|provider| provider.name.as_str()))?;
            entries[*at] = Some(Entry { place, nth, arrived_at: record.capture.arrived_at, sender });
        }
        let entries: Option<Vec<Entry>> = entries.into_iter().collect();
        let entries = entries.ok_or_else(|| Failure::usage(format!("{} holds less than it did", archive.name())))?;
        Ok(Self { archive, entries, senders, none: BTreeSet::new(), name: None })
    }
}

/// A body that is not whole is not what was sent.
fn tell_note(context: &Context, record: &Record, note: Note) {
    let odd = matches!(note, Note::BodyTruncated { .. } | Note::BodyNotRecorded | Note::BodyRebuilt);
    if odd {
        let text = format!("{}: {note}", record.capture.source);
        context.output.note(&format!("{} {}", style::warn("note:"), sanitize::line(&text)));
    }
}

impl replay::Tape for Tape<'_> {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn arrived_at(&self, at: usize) -> Option<Timestamp> {
        self.entries[at].arrived_at
    }

    fn sender(&self, at: usize) -> Option<Arc<Sender>> {
        self.senders.at(self.entries[at].sender)
    }

    fn read(&mut self, at: usize) -> Result<Option<Recorded>, DeliverError> {
        let record = self.archive.read(self.entries[at].place)?;
        let capture = record.capture;
        Ok(Some(Recorded {
            name: self.name.clone().unwrap_or(capture.source),
            url: capture.url.or_else(|| crate::model::address::seen(&capture.request, None)),
            request: capture.request,
            arrived_at: capture.arrived_at,
            verdict: None,
            went_to: None,
            answer: capture.answer,
            continues: None,
        }))
    }
}

impl Recording for Tape<'_> {
    fn key(&self, at: usize) -> i64 {
        i64::from(self.entries[at].nth)
    }

    fn went_to(&self) -> &BTreeSet<String> {
        &self.none
    }

    fn input(&self) -> Option<&Bytes> {
        self.archive.input()
    }
}
