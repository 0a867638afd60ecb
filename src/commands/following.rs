//! What is recorded from now on, by whichever process, until whoever looks has seen enough.

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use super::runtime::{self, Interrupt};
use super::selected::{Misfits, visit};
use crate::error::Failure;
use crate::output::Output;
use crate::query::Selection;
use crate::store::{Order, Row, Store, Watch};

/// How often it looks. Nobody waits for less.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Follows a store from the moment of its making.
pub(super) struct Follower<'s> {
    store: &'s Store,
    watch: Watch,
    seen: i64,
}

/// What there is to see.
pub(super) enum Followed {
    /// A delivery that fits.
    Row(Box<Row>),
    /// Nothing more for the moment.
    Pause,
}

impl<'s> Follower<'s> {
    /// Everything that is recorded from here on will be seen.
    pub(super) fn new(store: &'s Store) -> Result<Self, Failure> {
        let mut watch = store.watch()?;
        // Asked before reading: what is recorded meanwhile shows at the next look.
        watch.changed()?;
        Ok(Self { store, watch, seen: store.newest()? })
    }

    /// What has this number, or a lower one, was seen otherwise.
    pub(super) fn skip(&mut self, number: i64) {
        self.seen = self.seen.max(number);
    }

    /// Hands over what is recorded and fits, in the order of its recording, until somebody interrupts it or closes the output.
    pub(super) fn follow(
        mut self,
        mut selection: Selection,
        output: &Output,
        misfits: &mut Misfits,
        mut see: impl FnMut(Followed) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        runtime::one_thread()?.block_on(async {
            let mut interrupted = pin!(Interrupt::new().heard());
            let mut tick = tokio::time::interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    () = &mut interrupted => return Ok(()),
                    _ = tick.tick() => {}
                }
                if self.watch.changed()? {
                    // What does not fit is not looked at twice either.
                    let mut last = self.store.newest()?;
                    selection.after = Some(self.seen);
                    let mut failed = None;
                    visit(self.store, &selection, Order::OldestFirst, misfits, |row| {
                        last = last.max(row.number);
                        failed = see(Followed::Row(Box::new(row))).err();
                        if failed.is_some() || output.is_closed() {
                            ControlFlow::Break(())
                        } else {
                            ControlFlow::Continue(())
                        }
                    })?;
                    failed.map_or(Ok(()), Err)?;
                    self.seen = last;
                    see(Followed::Pause)?;
                }
                if output.is_closed() {
                    return Ok(());
                }
            }
        })
    }
}
