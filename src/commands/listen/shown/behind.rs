//! What happens behind answers, for people and for programs.

use crate::json::attempt::AttemptObject;
use crate::json::target::TargetObject;
use crate::model::quantity::Speed;
use crate::output::human::attempt as lines;
use crate::output::{Level, json_line, sanitize, style};
use crate::receive::notify::{BehindAttempt, BehindNotice};
use crate::text::count;

use super::Shown;
use super::explained::INDENT;

impl Shown<'_> {
    /// Attempts behind answers, and what becomes of their targets.
    pub(super) fn behind(&self, notice: &BehindNotice, block: &mut Vec<String>) {
        let waits =
            |waiting: &u64| count(usize::try_from(*waiting).unwrap_or(usize::MAX), "delivery waits", "deliveries wait");
        match notice {
            BehindNotice::Attempt(attempt) => self.attempt(attempt, block),
            BehindNotice::Down { target, kind, waiting } => {
                let object = TargetObject::new(target, "down", *waiting).because(kind.as_str());
                let (target, waits) = (sanitize::line(target), waits(waiting));
                let text = format!("{target} is down: {}; recording goes on, {waits}", kind.sentence());
                self.say(Level::Warning, &text, &object, block);
            }
            BehindNotice::Back { target, waiting } => {
                let text = format!("{} is back; {} for it", sanitize::line(target), waits(waiting));
                self.say(Level::Info, &text, &TargetObject::new(target, "back", *waiting), block);
            }
            BehindNotice::Full { target, waiting } => {
                let text = format!("{} for {}: further ones are answered 503", waits(waiting), sanitize::line(target));
                self.say(Level::Warning, &text, &TargetObject::new(target, "full", *waiting), block);
            }
            BehindNotice::Left { target, waiting, known: true } => {
                let text = format!("{} for {} from before", waits(waiting), sanitize::line(target));
                self.say(Level::Info, &text, &TargetObject::new(target, "waiting", *waiting), block);
            }
            BehindNotice::Left { target, waiting, known: false } => {
                let text = format!("{} for {}, which is no target now", waits(waiting), sanitize::line(target));
                self.say(Level::Warning, &text, &TargetObject::new(target, "gone", *waiting), block);
            }
        }
    }

    fn attempt(&self, of: &BehindAttempt, block: &mut Vec<String>) {
        let BehindAttempt { number, summary, attempt, next, dead } = of;
        let number_of = format!("#{number}  ");
        let columns = self.output.columns().filter(|_| !self.output.is_log());
        let room = columns.map(|columns| columns.saturating_sub(INDENT + number_of.len()));
        let line = format!("{number_of}{}", lines::line(attempt, None, None, room));
        if self.output.is_json() || self.output.is_log() {
            let (provider, event_type) = (summary.provider.as_deref(), summary.event_type.as_deref());
            let object = AttemptObject::new(attempt, provider, event_type, summary.event_id.as_deref());
            let object = json_line(&object.followed_by(next.as_ref()).dead(*dead));
            let level = if attempt.accepted { Level::Info } else { Level::Warning };
            self.output.record(level, &line, Some(&object));
            if self.output.is_json() {
                block.push(object);
                return;
            }
        }
        block.push(format!("{:INDENT$}{line}", ""));
        block.extend(next.iter().map(|next| format!("      {}", lines::next(next, Speed::LIFE))));
        if *dead {
            block.push(style::bad(&format!("          #{number} is a dead letter: nothing is left to try")));
        }
    }
}
