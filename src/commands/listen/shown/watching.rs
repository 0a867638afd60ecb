//! What is told besides deliveries: runs of `--exec`, and alerts.

use crate::json::exec::ExecObject;
use crate::model::quantity::show_duration;
use crate::output::{Level, json_line, sanitize, style};
use crate::receive::alert::{self, Alert, Change};
use crate::receive::exec::Executed;
use crate::receive::exec::run::{Ended, Ran};

use super::Shown;

impl Shown<'_> {
    /// What a program said about a delivery; of one that ended well and said nothing, nothing.
    pub(super) fn executed(&self, executed: &Executed, block: &mut Vec<String>) {
        let Executed { number, id, program, ran: Ran { ended, stdout, stderr, took } } = executed;
        let failed = match ended {
            Ended::Exited(code) => Ok(*code),
            Ended::Signalled(signal) => Err(format!("signal {signal}")),
            Ended::TimedOut => Err("time-limit".to_owned()),
            Ended::NotStarted(why) => Err(why.clone()),
        };
        let object = ExecObject::new((*number, *id), program, failed, *took, [stdout, stderr]);
        if !self.output.is_json() {
            for (stream, bar) in [(stdout, style::dim("│")), (stderr, style::warn("│"))] {
                let text = String::from_utf8_lossy(stream);
                let lines = text.trim_end().lines().map(sanitize::line);
                block.extend(lines.map(|line| format!("          {} {bar} {line}", style::dim(&format!("#{number}")))));
            }
        }
        let why = match ended {
            Ended::Exited(0) => "ended well".to_owned(),
            Ended::Exited(code) => format!("ended with {code}"),
            Ended::Signalled(signal) => format!("was ended by signal {signal}"),
            Ended::TimedOut => format!("was killed after {}", show_duration(*took)),
            Ended::NotStarted(why) => format!("could not be run: {why}"),
        };
        // People need no line for what is as it should be.
        if !ended.is_well() || self.output.is_json() || self.output.is_log() {
            let level = if ended.is_well() { Level::Info } else { Level::Warning };
            let text = format!("#{number}: {} {why}", sanitize::clipped(program, 80));
            self.say(level, &text, &object, block);
        }
    }

    /// An alert: always on stderr, and among the objects for programs.
    pub(super) fn alert(&self, alert: &Alert, block: &mut Vec<String>) {
        let (threshold, explanation) = (sanitize::line(&alert.threshold), sanitize::line(&alert.explanation));
        let text = match alert.change {
            Change::Raised => format!("{} {explanation}", style::bad("alert:")),
            Change::Over { after } => {
                format!("{} {threshold}, after {}", style::good("alert over:"), show_duration(after))
            }
        };
        let object = json_line(&alert::object(alert));
        if self.output.is_json() {
            block.push(object.clone());
        }
        self.output.block(block);
        block.clear();
        if self.output.is_log() {
            self.output.record(Level::Warning, &text, Some(&object));
        } else {
            self.output.alert(&text);
        }
    }
}
