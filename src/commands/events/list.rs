//! `hookctl events list`

use std::ops::ControlFlow;

use crate::cli::events::ListArgs;
use crate::clock;
use crate::commands::Context;
use crate::commands::following::{Followed, Follower};
use crate::commands::selected::{Misfits, visit};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::delivery::DeliveryObject;
use crate::output::human::columns::{Column, List};
use crate::output::{Output, style};
use crate::query::Selection;
use crate::store::{OpenOptions, Order, Row, Store};

/// Lines that are printed in one write while following.
const LINES_AT_ONCE: usize = 256;

pub(super) fn run(context: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let mut selection = args.selection.selection(clock::now())?;
    selection.limit = Some(args.limit);
    if let Some(name) = &selection.provider {
        context.catalog()?.get(name)?;
    }
    let store = context.store(&OpenOptions::default())?;
    let columns = if args.columns.is_empty() { &Column::USUAL[..] } else { &args.columns };
    let mut shown = Shown { output: &context.output, list: List::new(columns), waiting: 0 };
    let mut misfits = Misfits::default();
    if args.follow {
        return follow(&store, selection, &mut shown, &mut misfits);
    }
    let mut rows = 0;
    visit(&store, &selection, Order::NewestFirst, &mut misfits, |row| {
        rows += 1;
        shown.row(&row);
        if shown.output.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let output = &context.output;
    misfits.tell(output);
    if rows > 0 {
        shown.flush();
        if rows == args.limit && !output.is_json() {
            output.note(&style::dim(&format!("the newest {rows}; --limit shows more")));
        }
    } else if !output.is_json() {
        output.note("nothing recorded that fits");
    }
    Ok(Exit::Yes)
}

/// The newest ones, then whatever comes, until somebody has seen enough.
fn follow(
    store: &Store,
    mut selection: Selection,
    shown: &mut Shown<'_>,
    misfits: &mut Misfits,
) -> Result<Exit, Failure> {
    let mut follower = Follower::new(store)?;
    let mut rows = Vec::new();
    visit(store, &selection, Order::NewestFirst, misfits, |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    follower.skip(rows.first().map_or(0, |row| row.number));
    selection.limit = None;
    rows.iter().rev().for_each(|row| shown.row(row));
    drop(rows);
    shown.flush();

    let output = shown.output;
    follower.follow(selection, output, misfits, |what| {
        match what {
            Followed::Row(row) => {
                shown.row(&row);
                if shown.waiting >= LINES_AT_ONCE {
                    shown.flush();
                }
            }
            Followed::Pause => shown.flush(),
        }
        Ok(())
    })?;
    misfits.tell(output);
    Ok(Exit::Interrupted)
}

/// Rows on their way to the terminal or to a program.
struct Shown<'a> {
    output: &'a Output,
    list: List,
    waiting: usize,
}

impl Shown<'_> {
    fn row(&mut self, row: &Row) {
        if self.output.is_json() {
            self.output.json(&DeliveryObject::new(row.number, &row.summary, row.duplicate_of.map(|(_, id)| id)));
        } else {
            self.list.add(row);
            self.waiting += 1;
        }
    }

    fn flush(&mut self) {
        if !self.output.is_json() {
            self.output.block(&self.list.take_lines());
            self.waiting = 0;
        }
    }
}
