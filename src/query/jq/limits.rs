//! How much a filter may do with one delivery before it is stopped.
//!
//! jq is a whole language: a filter can loop without end, or call itself until the stack is full. The interpreter asks for
//! its table of terms at each step it makes, so that is where steps are counted. A filter that goes too far is unwound, not
//! killed: the panic hook is not run, and nothing of the process is left in disorder.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use jaq_core::data::HasLut;
use jaq_core::{DataT, Lut};
use jaq_json::Val;

use super::JqFailure;

/// Steps that one delivery may take: enough to walk through a body of some hundred thousand values, and too few to collect
/// more of them than memory holds.
const STEPS: u32 = 20_000_000;

/// Time that one delivery may take: a single step can be dear, too.
const TIME: Duration = Duration::from_secs(5);

/// The clock is asked each so many steps.
const STEPS_A_LOOK: u32 = 4_096;

/// Stack that a filter may fill. Threads have 2 MiB; the rest is for those who call and those who are called.
const STACK: usize = 1 << 20;

/// What jq's functions are compiled for: plain JSON values, and a budget that they draw on.
pub(super) struct Bounded;

impl DataT for Bounded {
    type V<'a> = Val;
    type Data<'a> = Access<'a>;
}

/// The way to the terms of a filter, past the budget.
#[derive(Clone, Copy)]
pub(super) struct Access<'a> {
    lut: &'a Lut<Bounded>,
    budget: &'a Budget,
}

impl<'a> Access<'a> {
    pub(super) fn new(lut: &'a Lut<Bounded>, budget: &'a Budget) -> Self {
        Self { lut, budget }
    }

    /// Counts a step that the interpreter does not see.
    pub(super) fn step(self) {
        self.budget.step();
    }
}

impl<'a> HasLut<'a, Bounded> for Access<'a> {
    fn lut(&self) -> &'a Lut<Bounded> {
        self.budget.step();
        self.lut
    }
}

/// What is left for one delivery.
pub(super) struct Budget {
    steps: Cell<u32>,
    until: Instant,
    stack: usize,
}

impl Budget {
    /// A full one for this thread.
    pub(super) fn full() -> Self {
        Self::of(STEPS)
    }

    /// One of so many steps.
    pub(super) fn of(steps: u32) -> Self {
        Self { steps: Cell::new(steps), until: Instant::now() + TIME, stack: stack_pointer() }
    }

    fn step(&self) {
        let left = self.steps.get();
        if left == 0 || (left.is_multiple_of(STEPS_A_LOOK) && Instant::now() > self.until) {
            resume_unwind(Box::new(JqFailure::TooLong));
        }
        if self.stack.abs_diff(stack_pointer()) > STACK {
            resume_unwind(Box::new(JqFailure::TooDeep));
        }
        self.steps.set(left - 1);
    }
}

/// About where the stack ends now.
fn stack_pointer() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}

/// Runs something that draws on a budget, and says if it went too far.
pub(super) fn within<T>(run: impl FnOnce() -> T) -> Result<T, JqFailure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| match payload.downcast::<JqFailure>() {
        Ok(failure) => *failure,
        // Not ours: a bug stays a bug.
        Err(other) => resume_unwind(other),
    })
}
