//! What is replayed from the store: numbers, and little besides, until it is its turn.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::Recording;
use super::senders::Senders;
use crate::cli::replay::ReplayArgs;
use crate::clock;
use crate::commands::selected::{Misfits, visit};
use crate::commands::{Context, answers};
use crate::deliver::DeliverError;
use crate::deliver::replay::{self, Recorded, Sender};
use crate::error::Failure;
use crate::http::head::request_of;
use crate::model::{Delivery, Direction, Selector, Timestamp};
use crate::store::{Filter, Order, Row, Store, StoreError};

/// Chosen deliveries of the store.
pub(super) struct Tape<'s> {
    store: &'s Store,
    entries: Vec<Entry>,
    senders: Senders<'s>,
    went_to: BTreeSet<String>,
    public_url: Option<String>,
    /// Whether the recorded answers are wanted.
    compare: bool,
    /// Whether what is replayed are dead letters: then these are further attempts at them.
    dead: bool,
}

/// One of them. Small: a store may hold a million.
struct Entry {
    number: i64,
    /// `None`: it is gone.
    received_at: Option<Timestamp>,
    sender: Option<u16>,
}

impl<'s> Tape<'s> {
    /// What the arguments choose. With nothing said, it is the newest capture.
    pub(super) fn choose(
        context: &Context,
        args: &ReplayArgs,
        store: &'s Store,
        mut senders: Senders<'s>,
    ) -> Result<Self, Failure> {
        let mut selection = args.selection.selection(clock::now())?;
        selection.named = args.ids.iter().map(|id| id.parse()).collect::<Result<Vec<Selector>, _>>()?;
        selection.limit = args.limit;
        if selection.is_open() && !args.selection.sent {
            selection.named = vec![Selector::Latest(0)];
        }
        let order = if selection.limit.is_some() { Order::NewestFirst } else { Order::OldestFirst };
        let (mut entries, mut went_to, mut failed) = (Vec::new(), BTreeSet::new(), None);
        let mut misfits = Misfits::default();
        // What is recorded from here on is not replayed, so a replay to the `listen` of the same store comes to its end.
        visit(store, &selection, order, &mut misfits, |row| match entry(&row, &mut senders, &mut went_to) {
            Ok(entry) => {
                entries.push(entry);
                ControlFlow::Continue(())
            }
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        })?;
        misfits.tell(&context.output);
        if let Some(failure) = failed {
            return Err(failure);
        }
        if order == Order::NewestFirst {
            entries.reverse();
        }
        Ok(Self::of(context, args, store, senders, entries, went_to))
    }

    /// The deliveries with these numbers, in this order. What is gone leaves its place empty.
    pub(super) fn again(
        context: &Context,
        args: &ReplayArgs,
        store: &'s Store,
        mut senders: Senders<'s>,
        numbers: &[i64],
    ) -> Result<Self, Failure> {
        let places: HashMap<i64, usize> = numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
        let gone = |number: &i64| Entry { number: *number, received_at: None, sender: None };
        let mut entries: Vec<Entry> = numbers.iter().map(gone).collect();
        let (mut went_to, mut failed) = (BTreeSet::new(), None);
        let (first, last) = (numbers.iter().min().copied(), numbers.iter().max().copied());
        let filter =
            Filter { after: first.map(|first| first - 1), before: last.map(|last| last + 1), ..Filter::default() };
        store.visit(filter, Order::OldestFirst, |row| {
            let Some(at) = places.get(&row.number) else { return ControlFlow::Continue(()) };
            match entry(&row, &mut senders, &mut went_to) {
                Ok(entry) => {
                    entries[*at] = entry;
                    ControlFlow::Continue(())
                }
                Err(failure) => {
                    failed = Some(failure);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        Ok(Self::of(context, args, store, senders, entries, went_to))
    }

    fn of(
        context: &Context,
        args: &ReplayArgs,
        store: &'s Store,
        senders: Senders<'s>,
        entries: Vec<Entry>,
        went_to: BTreeSet<String>,
    ) -> Self {
        let public_url = context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned());
        Self { store, entries, senders, went_to, public_url, compare: args.compare, dead: args.selection.dead }
    }

    fn recorded(&self, delivery: &Delivery) -> Result<Recorded, StoreError> {
        let damaged = || StoreError::Damaged { number: Some(delivery.number) };
        let request = request_of(delivery).map_err(|_| damaged())?;
        let summary = &delivery.summary;
        let sent = summary.direction == Direction::Sent;
        let attempts = if self.dead { self.store.attempts_of(delivery.number)? } else { Vec::new() };
        let made = attempts.iter().map(|attempt| attempt.attempt.attempt).max().unwrap_or(0);
        Ok(Recorded {
            name: format!("#{}", delivery.number),
            url: if sent {
                Some(summary.remote.clone())
            } else {
                crate::model::address::seen(&request, self.public_url.as_deref())
            },
            request,
            arrived_at: Some(summary.received_at),
            verdict: Some((summary.verdict, summary.reason)),
            went_to: if sent { Url::parse(&summary.remote).ok() } else { None },
            answer: if self.compare { answers::recorded(self.store, delivery)? } else { None },
            continues: self.dead.then_some((summary.id, made)),
        })
    }
}

fn entry(row: &Row, senders: &mut Senders<'_>, went_to: &mut BTreeSet<String>) -> Result<Entry, Failure> {
    let summary = &row.summary;
    if summary.direction == Direction::Sent
        && let Ok(mut url) = Url::parse(&summary.remote)
    {
        // Whom it is about is enough: there are as many addresses as there are queries.
        url.set_path("/");
        url.set_query(None);
        went_to.insert(url.into());
    }
    let sender = senders.place(summary.provider.as_deref())?;
    Ok(Entry { number: row.number, received_at: Some(summary.received_at), sender })
}

impl replay::Tape for Tape<'_> {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn arrived_at(&self, at: usize) -> Option<Timestamp> {
        self.entries[at].received_at
    }

    fn sender(&self, at: usize) -> Option<Arc<Sender>> {
        self.senders.at(self.entries[at].sender)
    }

    fn read(&mut self, at: usize) -> Result<Option<Recorded>, DeliverError> {
        match self.store.get(self.entries[at].number) {
            Ok(delivery) => Ok(Some(self.recorded(&delivery)?)),
            // Pruned by another process since it was chosen.
            Err(StoreError::NoSuchNumber(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Recording for Tape<'_> {
    fn key(&self, at: usize) -> i64 {
        self.entries[at].number
    }

    fn went_to(&self) -> &BTreeSet<String> {
        &self.went_to
    }

    fn input(&self) -> Option<&Bytes> {
        None
    }
}
