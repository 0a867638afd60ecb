//! A delivery as it is shown: its line, and as much more of it as was asked for.

use crate::cli::listen::{SeeingFlags, Show};
use crate::error::Failure;
use crate::http::head::request_of;
use crate::json::delivery::DeliveryObject;
use crate::model::Request;
use crate::output::human::delivery as human;
use crate::output::human::line::Line;
use crate::output::{Level, json_line, sanitize, style};
use crate::query::{Jq, Wanted};
use crate::receive::notify::Told;
use crate::signature::Checks;
use crate::store::Store;

use super::Shown;
use super::explained::INDENT;

/// What is shown of which deliveries.
pub(in crate::commands::listen) struct View {
    show: Option<Show>,
    /// Whether credentials are shown as they are.
    plain: bool,
    wanted: Wanted,
}

impl View {
    /// As it was asked for.
    pub(in crate::commands::listen) fn new(flags: &SeeingFlags) -> Result<Self, Failure> {
        Ok(Self { show: flags.show, plain: flags.show_secrets, wanted: wanted(flags)? })
    }

    /// The request from the store, if more of it is needed than was told: bodies do not wait in memory for their turn.
    fn request(&self, store: &Store, number: i64) -> Option<Request> {
        let needed = self.show.is_some() || self.wanted.needs_request();
        needed.then(|| store.get(number).ok().and_then(|delivery| request_of(&delivery).ok())).flatten()
    }

    /// How signatures are shown in explanations.
    pub(in crate::commands::listen) fn checks(&self) -> fn() -> Checks {
        if self.plain { Checks::whole } else { Checks::on }
    }

    /// Whether more than a line is shown of each.
    pub(super) fn shows_more(&self) -> bool {
        self.show.is_some()
    }

    fn shows(&self, part: Show) -> bool {
        self.show.is_some_and(|show| show == part || show == Show::All)
    }
}

/// Which deliveries are shown, and run a program for.
pub(in crate::commands::listen) fn wanted(flags: &SeeingFlags) -> Result<Wanted, Failure> {
    let filter = flags.filter.as_deref().map(Jq::compile).transpose()?;
    Ok(Wanted { event: flags.event.clone(), filter })
}

impl Shown<'_> {
    /// Shows a delivery, if it is one of those that are to be shown.
    pub(super) fn delivery(&mut self, told: &Told, block: &mut Vec<String>) {
        let Told { number, summary, duplicate_of, note, taken, sent, forwards, route, notes } = told;
        let request = self.view.request(self.store, *number);
        match self.view.wanted.wants(summary, request.as_ref()) {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => {
                self.filter_failed(*number, &failure.to_string(), block);
                return;
            }
        }
        if self.keys.is_some_and(|keys| !keys.arrived(*number, summary, Line::of(told))) {
            return;
        }
        if let Some(explainer) = &self.explainer {
            explainer.ask(*number, summary);
        }
        let headers = request.as_ref().filter(|_| self.view.shows(Show::Headers));
        let body = request.as_ref().filter(|_| self.view.shows(Show::Body));
        if self.output.is_json() || self.output.is_log() {
            let object = DeliveryObject::new(*number, summary, duplicate_of.map(|(_, id)| id));
            let object = object.forwarded(forwards).routed(route.as_deref()).taking(*taken).noted(note.clone());
            let headers = headers.map(|request| &request.headers);
            let object = object.showing(headers, body.map(|request| &request.body[..]), self.view.plain);
            let object = json_line(&object);
            if self.output.is_log() {
                self.output.record(Level::Info, &Line::of(told).whole(), Some(&object));
            }
            if self.output.is_json() {
                block.push(object);
                return;
            }
        }
        let line = Line::of(told);
        block.push(self.output.columns().map_or_else(|| line.whole(), |columns| line.fitted(columns)));
        if self.output.is_verbose() {
            let lines = route.iter().map(|route| format!("route {route}")).chain(notes.iter().cloned());
            block.extend(lines.map(|line| style::dim(&format!("          {}", sanitize::line(&line)))));
        }
        let head = headers.into_iter().flat_map(|request| human::head(request, self.view.plain));
        let body = body.into_iter().flat_map(|request| human::body(*number, request));
        block.extend(self.output.folded(head.chain(body).map(indented)));
        if !sent {
            block.push(style::dim("          the sender had gone before the answer"));
        }
        if let Some(advice) = human::advice(summary)
            && !self.advised.contains(&advice)
        {
            // Below the line that it is about, which is still waiting.
            self.output.block(block);
            block.clear();
            self.output
                .wrapped(vec![style::dim(&format!("          {advice}"))])
                .iter()
                .for_each(|line| self.output.note(line));
            self.advised.push(advice);
        }
    }

    /// A filter that fails would hide deliveries without a word; so it is said, once.
    fn filter_failed(&mut self, number: i64, why: &str, block: &mut Vec<String>) {
        if std::mem::replace(&mut self.filter_failed, true) {
            return;
        }
        self.output.block(block);
        block.clear();
        let why = sanitize::clipped(why, 200);
        self.output.warning(&format!("--filter fails on #{number}: {why}; what it fails on is not shown"));
    }
}

/// Below the line that it belongs to.
pub(super) fn indented(line: String) -> String {
    if line.is_empty() { line } else { format!("{:INDENT$}{line}", "") }
}
