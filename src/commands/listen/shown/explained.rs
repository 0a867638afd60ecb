//! Why a delivery is not valid, as it is shown: with `--show` the lesson that `verify` gives, else a line for each mistake.

use crate::json::diagnosis::DiagnosisObject;
use crate::output::human::diagnosis::{self as human, Writing};
use crate::output::{Level, json_line};
use crate::receive::notify::Explained;

use super::Shown;
use super::delivery::indented;
use crate::commands::listen::mistakes::is_mistake;

/// Columns in front of what belongs to the line above.
pub(super) const INDENT: usize = 10;

impl Shown<'_> {
    /// Says it.
    pub(super) fn explained(&mut self, explained: &Explained, block: &mut Vec<String>) {
        let Explained { number, summary, diagnosis, .. } = explained;
        if self.output.is_json() || self.output.is_log() {
            let object = json_line(&DiagnosisObject::new(*number, summary, diagnosis));
            let text = format!("why #{number}: {}", human::brief(diagnosis).unwrap_or_default());
            self.output.record(Level::Warning, &text, Some(&object));
            if self.output.is_json() {
                block.push(object);
                return;
            }
        }
        // Counted in any case: the sum at the end is of all.
        let line = self.mistakes.line(explained);
        if self.view.shows_more() && is_mistake(explained) {
            block.extend(self.lesson(explained).into_iter().map(indented));
        } else {
            block.extend(self.output.wrapped(Vec::from_iter(line)));
        }
    }

    /// What `verify` would say.
    fn lesson(&self, explained: &Explained) -> Vec<String> {
        let Explained { number, summary, judgement, diagnosis } = explained;
        let writing = Writing::to(self.output);
        let writing = Writing { columns: writing.columns.map(|columns| columns.saturating_sub(INDENT)), ..writing };
        let provider = summary.provider.as_deref().unwrap_or_default();
        human::lesson(&format!("#{number}"), provider, judgement, diagnosis, writing)
    }
}
