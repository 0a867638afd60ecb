//! What is shown of a run: a line a second while it goes on, and the report.

use crate::json::load_report::LoadReport;
use crate::load::Watched;
use crate::output::Output;
use crate::output::human::load;
use crate::output::live::Live;

/// Shows a run while it goes on.
pub(super) struct Watching<'a> {
    output: &'a Output,
    live: Option<Live>,
    /// The rates of the last seconds.
    rates: Vec<f64>,
}

/// Seconds that the line over time shows: with what stands beside it, as many as 80 columns have room for.
const SECONDS: usize = 50;

impl<'a> Watching<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self { output, live: Live::on(output), rates: Vec::new() }
    }

    /// A second is over.
    pub(super) fn second(&mut self, watched: &Watched) {
        match &mut self.live {
            None => self.output.note(&load::second(watched)),
            Some(live) => {
                self.rates.push(watched.second.rate);
                let from = self.rates.len().saturating_sub(SECONDS);
                live.draw(&load::panel(watched, &self.rates[from..]));
            }
        }
    }

    /// The run is over: the panel makes room for the report.
    pub(super) fn end(&mut self) {
        if let Some(live) = &mut self.live {
            live.clear();
        }
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
