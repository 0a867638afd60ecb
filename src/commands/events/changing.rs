//! `events schema --changes` and `--watch`: which captures do not look like those of their event type before them.

use std::ops::ControlFlow;

use super::schema::{payload, read_schema};
use crate::analysis::drift::Drift;
use crate::analysis::learned::{Learned, News, against};
use crate::analysis::schema::Schema;
use crate::analysis::stats::Kind;
use crate::cli::events::analysis::SchemaArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::following::{Followed, Follower};
use crate::commands::selected::{Misfits, visit};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::head::request_of;
use crate::json::schema::{SchemaChange, Watching};
use crate::output::human::schema as human;
use crate::output::{Output, sanitize, style};
use crate::query::Selection;
use crate::store::{OpenOptions, Order, Row, Store, StoreError};
use crate::text::count;

pub(super) fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, Failure> {
    let against = args.against.as_deref().map(read_schema).transpose()?;
    let mut selection = args.selection.selection(clock::now())?;
    selection.limit = args.limit;
    if let Some(name) = &selection.provider {
        context.catalog()?.get(name)?;
    }
    let output = &context.output;
    let store = context.store(&OpenOptions::default())?;
    let mut follower = if args.watch { Some(Follower::new(&store)?) } else { None };
    let mut changes =
        Changes { store: &store, output, against, learned: Learned::default(), looked: 0, told: 0, breaking: false };
    let mut misfits = Misfits::default();
    if changes.against.is_none() {
        let telling = if args.changes { Telling::Changes } else { Telling::Nothing };
        let last = learn(&mut changes, &selection, telling, &mut misfits)?;
        if let Some(follower) = &mut follower {
            follower.skip(last);
        }
    }
    let Some(follower) = follower else {
        misfits.tell(output);
        if changes.looked == 0 {
            return Err(Failure::usage("nothing recorded that fits").hint("'hookctl events stats' shows what there is"));
        }
        if changes.told == 0 {
            output.note(&format!("no changes in {}", count(changes.looked, "capture", "captures")));
        }
        return Ok(if changes.breaking { Exit::No } else { Exit::Yes });
    };
    changes.announce(args.against.as_deref());
    selection.limit = None;
    follower.follow(selection, output, &mut misfits, |what| match what {
        Followed::Row(row) => changes.look(&row, Telling::All),
        Followed::Pause => Ok(()),
    })?;
    misfits.tell(output);
    Ok(Exit::Interrupted)
}

/// Looks at what is recorded already, the oldest first. The number of the last one comes back.
fn learn(
    changes: &mut Changes<'_>,
    selection: &Selection,
    telling: Telling,
    misfits: &mut Misfits,
) -> Result<i64, Failure> {
    let (store, output) = (changes.store, changes.output);
    let mut last = 0;
    let mut look = |row: &Row| {
        last = last.max(row.number);
        changes.look(row, telling)
    };
    if selection.limit.is_some() {
        let mut rows = Vec::new();
        visit(store, selection, Order::NewestFirst, misfits, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        rows.iter().rev().try_for_each(look)?;
    } else {
        let mut failed = None;
        visit(store, selection, Order::OldestFirst, misfits, |row| {
            failed = look(&row).err();
            if failed.is_some() || output.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        failed.map_or(Ok(()), Err)?;
    }
    Ok(last)
}

/// What is told of a capture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// It is only learned from.
    Nothing,
    /// What changed.
    Changes,
    /// That it is the first of its type, too.
    All,
}

struct Changes<'a> {
    store: &'a Store,
    output: &'a Output,
    against: Option<Schema>,
    learned: Learned,
    /// How many had something to look at.
    looked: usize,
    told: usize,
    breaking: bool,
}

impl Changes<'_> {
    /// Says what it goes by.
    fn announce(&self, against: Option<&str>) {
        let (event_types, judged) = self.learned.kinds();
        if self.output.is_json() {
            let against = against.map(str::to_owned);
            self.output.json(&Watching { kind: "watching", against, event_types, judged });
            return;
        }
        let text = match against {
            Some(file) => format!("comparing what arrives with {}", sanitize::line(file)),
            None => {
                let types = count(event_types, "event type", "event types");
                let few = if judged < event_types {
                    format!(", {judged} of them well enough to judge")
                } else {
                    String::new()
                };
                format!("watching for changes; {types} known{few}")
            }
        };
        self.output.note(&style::dim(&format!("{text}; Ctrl-C ends it")));
    }

    fn look(&mut self, row: &Row, telling: Telling) -> Result<(), Failure> {
        let delivery = match self.store.get(row.number) {
            Ok(delivery) => delivery,
            // Deleted since it was listed.
            Err(StoreError::NoSuchNumber(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let request = request_of(&delivery).map_err(|_| StoreError::Damaged { number: Some(row.number) })?;
        let Some(payload) = payload(&request) else { return Ok(()) };
        self.looked += 1;
        let kind = Kind { provider: row.summary.provider.clone(), event_type: row.summary.event_type.clone() };
        let (seen, drifts) = match &self.against {
            Some(schema) => (None, against(schema, &payload)),
            None => match self.learned.look(kind, &payload) {
                News::Changed { seen, drifts } => (Some(seen), drifts),
                News::First if telling == Telling::All => (Some(0), Vec::new()),
                News::First | News::None => return Ok(()),
            },
        };
        // Compared with a file, what fits it is no news.
        if telling != Telling::Nothing && (seen.is_some() || !drifts.is_empty()) {
            self.tell(row, seen, &drifts);
        }
        Ok(())
    }

    fn tell(&mut self, row: &Row, seen: Option<u64>, drifts: &[Drift]) {
        let (breaking, changes): (Vec<&Drift>, Vec<&Drift>) = drifts.iter().partition(|drift| drift.kind.is_breaking());
        self.told += 1;
        self.breaking |= !breaking.is_empty();
        if self.output.is_json() {
            self.output.json(&SchemaChange {
                kind: "schema_change",
                number: row.number,
                id: row.summary.id.to_string(),
                received_at: row.summary.received_at.to_string(),
                provider: row.summary.provider.clone(),
                event_type: row.summary.event_type.clone(),
                seen,
                compatible: breaking.is_empty(),
                breaking: breaking.into_iter().map(Into::into).collect(),
                changes: changes.into_iter().map(Into::into).collect(),
            });
        } else {
            self.output.block(&human::change(row.number, &row.summary, drifts));
        }
    }
}
