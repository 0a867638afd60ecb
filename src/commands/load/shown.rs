//! What is shown of a run: a line a second while it goes on, and the report.

use crate::json::load_report::LoadReport;
use crate::load::Watched;
use crate::output::Output;
use crate::output::human::load;

/// Shows a run while it goes on.
pub(super) struct Watching<'a> {
    output: &'a Output,
}

impl<'a> Watching<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self { output }
    }

    /// A second is over.
    pub(super) fn second(&mut self, watched: &Watched) {
        self.output.note(&load::second(watched));
    }
}

/// The report, as JSON or for people.
pub(super) fn report(output: &Output, report: &LoadReport) {
    if output.is_json() {
        output.json(report);
    } else {
        output.block(&load::page(report));
    }
}
