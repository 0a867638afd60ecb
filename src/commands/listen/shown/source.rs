//! What happens to the channel that deliveries are taken from.

use crate::json::source::SourceObject;
use crate::output::{Level, sanitize};
use crate::receive::source::{Altered, SourceNotice};

use super::Shown;

impl Shown<'_> {
    /// Says it.
    pub(super) fn source(&mut self, notice: &SourceNotice, block: &mut Vec<String>) {
        let url = self.source.clone();
        let shown = sanitize::line(&url);
        let (level, state, text, detail) = match notice {
            SourceNotice::Open { again: false } => (Level::Info, "open", format!("connected to {shown}"), None),
            SourceNotice::Open { again: true } => {
                // Not every server remembers: smee.io does not.
                let text = format!("connected to {shown} again; what was sent meanwhile may be lost");
                (Level::Warning, "open", text, None)
            }
            SourceNotice::Moved { to } => {
                self.source.clone_from(to);
                let text = format!("the channel is {}: give this address to the provider", sanitize::line(to));
                (Level::Info, "moved", text, Some(to.clone()))
            }
            SourceNotice::Lost { why } => {
                let text = format!("{shown}: {}; trying again and again", sanitize::line(&why.to_string()));
                (Level::Warning, "lost", text, Some(why.to_string()))
            }
            SourceNotice::Altered(Altered { sent, came }) => {
                let what = format!("{sent} bytes were sent and {came} came");
                let text = format!(
                    "the channel changed the body of the next delivery ({what}): its signature cannot be valid"
                );
                (Level::Warning, "altered", text, Some(what))
            }
            SourceNotice::Unreadable { why } => {
                let text = format!("{shown} sent what is no delivery: {}", sanitize::line(why));
                (Level::Warning, "unreadable", text, Some(why.clone()))
            }
        };
        self.say(level, &text, &SourceObject::new(&url, state, detail), block);
    }
}
