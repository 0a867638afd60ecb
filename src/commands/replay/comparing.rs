//! Answers beside the recorded ones: compared as they come, printed below their attempts, counted.

use crate::analysis::answers::{Comparison, compare};
use crate::deliver::{Delivered, Notice};
use crate::exit::Exit;
use crate::json::comparison::{ComparisonObject, Tally};
use crate::output::Output;
use crate::output::human::comparison as human;

/// Compares answers.
pub(super) struct Comparing<'a> {
    ignore: &'a [String],
    tally: Tally,
    /// Deliveries without a recorded answer that were not accepted.
    failed: u64,
}

/// One answer, compared.
pub(super) struct Compared {
    name: String,
    delivery_id: String,
    comparison: Option<Comparison>,
}

impl<'a> Comparing<'a> {
    /// Leaves out what these globs name.
    pub(super) fn new(ignore: &'a [String]) -> Self {
        Self { ignore, tally: Tally::default(), failed: 0 }
    }

    /// Compares the answer to the last attempt at a delivery.
    pub(super) fn compare(&mut self, notice: &Notice) -> Option<Compared> {
        // What is tried again has not been answered yet.
        let Notice::Attempt { delivery, attempt, next: None, .. } = notice else { return None };
        let origin = delivery.origin.as_ref()?;
        let comparison = origin.answer.as_ref().map(|answer| compare(answer, attempt, self.ignore));
        match &comparison {
            None => {
                self.tally.not_compared += 1;
                self.failed += u64::from(!attempt.accepted);
            }
            Some(comparison) if comparison.changed => self.tally.changed += 1,
            Some(comparison) if !comparison.differences.is_empty() => self.tally.different += 1,
            Some(_) => self.tally.same += 1,
        }
        Some(Compared { name: origin.name.clone(), delivery_id: delivery.id.to_string(), comparison })
    }

    /// What came of it so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// How the command ends: the recorded answers say what is right, and where there is none, being accepted is.
    pub(super) fn exit(&self, done: Delivered) -> Exit {
        if self.tally.changed == 0 && self.failed == 0 {
            Exit::Yes
        } else if done.connected == 0 {
            Exit::Surroundings
        } else {
            Exit::No
        }
    }
}

impl Compared {
    /// Prints it.
    pub(super) fn print(&self, output: &Output) {
        if output.is_json() {
            output.json(&ComparisonObject::new(&self.name, &self.delivery_id, self.comparison.as_ref()));
        } else {
            output.block(&human::lines(self.comparison.as_ref()));
        }
    }
}
