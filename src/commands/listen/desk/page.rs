//! What the inspector's page asks for.

use std::ops::ControlFlow;

use bytes::Bytes;

use super::{Desk, edit};
use crate::analysis::requests::Rules;
use crate::cli::replay::SignArg;
use crate::commands::events::{diff, stats};
use crate::commands::selected::{Misfits, visit};
use crate::deliver::build::parse_url;
use crate::error::Failure;
use crate::inspector::desk::{self as asked, Answer, Lesson, Listed, Replay, Replayed, SignAs, Wanted, Whole};
use crate::json::attempt::AttemptObject;
use crate::json::delivery::DeliveryObject;
use crate::json::diff::{Diff, DifferenceObject};
use crate::json::stats::StatsObject;
use crate::model::{Attempt, Direction, NewAttempt, Selector, Summary};
use crate::output::human::diagnosis::Writing;
use crate::output::human::stats::COLUMNS;
use crate::output::style;
use crate::payload::readable::{Readable, readable};
use crate::query::{Jq, Selection};
use crate::store::{Filter, Order};

/// Deliveries of a page of the list.
const LISTED: usize = 100;

/// So many numbers a search looks at before it says how far it came: with a jq filter that is half a second of work.
const LOOKED_AT: i64 = 20_000;

/// Deliveries that are counted and measured: the newest ones, in a second or so.
const MEASURED: usize = 100_000;

/// Bytes of a body that are laid out; all of it can be saved.
const SHOWN: usize = 256 << 10;

/// Bytes of an answer's body that are shown.
const SHOWN_OF_ANSWERS: usize = 16 << 10;

/// Attempts that are shown: the last ones.
const ATTEMPTS: usize = 50;

/// Columns of a lesson: as wide as a page is that one reads.
const WIDTH: usize = 88;

impl asked::Desk for Desk<'_> {
    fn list(&self, wanted: &Wanted) -> Answer<Listed> {
        let newest = self.receiver.store.newest()?;
        let before = wanted.before.unwrap_or(newest + 1).min(newest + 1);
        let lowest = (before - 1 - LOOKED_AT).max(0).max(wanted.after.unwrap_or(0));
        let mut selection = self.selection(wanted)?;
        selection.limit = Some(LISTED);
        (selection.before, selection.after) = (Some(before), Some(lowest));
        let (mut deliveries, mut oldest) = (Vec::new(), None);
        let mut misfits = Misfits::default();
        visit(&self.receiver.store, &selection, Order::NewestFirst, &mut misfits, |row| {
            oldest = Some(row.number);
            deliveries.push(DeliveryObject::new(row.number, &row.summary, row.duplicate_of.map(|(_, id)| id)));
            ControlFlow::Continue(())
        })?;
        let next = if deliveries.len() == LISTED { oldest } else { (lowest > 0).then_some(lowest + 1) };
        let next = next.filter(|next| *next > 1 && selection.named.is_empty() && wanted.after.is_none());
        Ok(Listed { deliveries, next, note: misfits.told() })
    }

    fn delivery(&self, number: i64) -> Answer<Whole> {
        let (delivery, request) = self.found(number)?;
        let attempts = self.receiver.store.attempts_of(number)?;
        let route = attempts.iter().find_map(|attempt| attempt.route.clone());
        let (text, form, cut) = match readable(&request.body, SHOWN) {
            Readable::Text { text, .. } if text.is_empty() => (None, "none", false),
            Readable::Json(text) => (Some(text), "json", false),
            Readable::Text { text, cut } => (Some(text), "text", cut),
            Readable::Bytes => (None, "bytes", false),
        };
        let object = DeliveryObject::new(number, &delivery.summary, delivery.duplicate_of.map(|(_, id)| id));
        let object = object.showing(Some(&request.headers), None, self.args.seeing.show_secrets);
        let (targets, _) = self.targets(&delivery, &request);
        Ok(Whole {
            delivery: object.routed(route.as_deref()),
            sent: delivery.summary.direction == Direction::Sent,
            sentence: delivery.summary.reason.map(crate::model::Reason::sentence),
            repeats: delivery.duplicate_of.map(|(number, _)| number),
            text,
            form,
            cut,
            attempts: shown(attempts, &delivery.summary),
            targets: targets.into_iter().map(Into::into).collect(),
        })
    }

    fn lesson(&self, number: i64) -> Answer<Lesson> {
        let (delivery, request) = self.found(number)?;
        let writing = Writing { verbose: false, columns: Some(WIDTH) };
        let lines = Desk::lesson(self, &delivery, &request, writing)?;
        let pieces = |line: &String| style::pieces(line).into_iter().map(|(is, text)| (is, text.to_owned())).collect();
        Ok(Lesson { lines: lines.iter().map(pieces).collect() })
    }

    fn body(&self, number: i64) -> Answer<Bytes> {
        Ok(self.found(number)?.1.body)
    }

    fn curl(&self, number: i64) -> Answer<String> {
        let (delivery, request) = self.found(number)?;
        Ok(Desk::curl(self, &delivery, &request).whole)
    }

    fn diff(&self, old: i64, new: i64) -> Answer<Diff> {
        let sides = [self.found(old)?, self.found(new)?];
        let pair = sides.each_ref().map(|(delivery, request)| (request, self.sender(delivery)));
        let mut found = diff::differences(&pair, Rules::default());
        if !self.args.seeing.show_secrets {
            found.iter_mut().for_each(crate::analysis::requests::Difference::mask);
        }
        Ok(Diff {
            kind: "diff",
            old: format!("#{old}"),
            new: format!("#{new}"),
            equal: found.iter().all(|difference| difference.expected.is_some()),
            differences: found.iter().map(DifferenceObject::of).collect(),
        })
    }

    fn stats(&self, wanted: &Wanted) -> Answer<StatsObject> {
        let mut selection = self.selection(wanted)?;
        selection.limit = Some(MEASURED);
        // A filter reads every body; as many as the list looks at are enough.
        if selection.filter.is_some() {
            selection.after = Some((self.receiver.store.newest()? - LOOKED_AT).max(0));
        }
        let stats = stats::gather(&self.receiver.store, &selection, &mut Misfits::default())?;
        Ok(StatsObject::new(&stats, COLUMNS, |provider, event| stats::unified_type(self.catalog, provider, event)))
    }

    fn replay(&self, number: i64, replay: Replay) -> Answer<Replayed> {
        let store = &self.receiver.store;
        let before = store.newest()?;
        let (delivery, request) = self.found(number)?;
        let to = replay.to.as_deref().map(str::trim).filter(|to| !to.is_empty());
        let sign = replay.sign.map(|sign| match sign {
            SignAs::Fresh => SignArg::Fresh,
            SignAs::Keep => SignArg::Keep,
        });
        let (urls, sets_headers) = match to {
            Some(to) => (vec![parse_url(to)?], false),
            None => self.targets(&delivery, &request),
        };
        if urls.is_empty() {
            return Err(Failure::usage(format!("#{number} is forwarded nowhere")).hint("say where it is to go"));
        }
        let edited = replay.edit.map(|change| edit::apply(change, &request)).transpose()?;
        self.send_again(delivery, (urls, sets_headers), sign, edited.as_ref())?;
        let sent = Filter { direction: Some(Direction::Sent), after: Some(before), ..Filter::default() };
        let mut replayed = Replayed { deliveries: Vec::new(), attempts: Vec::new() };
        for row in store.list(&sent, ATTEMPTS)?.into_iter().rev() {
            replayed.deliveries.push(row.number);
            replayed.attempts.extend(shown(store.attempts_of(row.number)?, &row.summary));
        }
        Ok(replayed)
    }
}

impl Desk<'_> {
    fn selection(&self, wanted: &Wanted) -> Result<Selection, Failure> {
        let direction = Some(if wanted.sent { Direction::Sent } else { Direction::Received });
        let mut selection = Selection { direction, failed: wanted.failed, ..Selection::default() };
        if let Some(name) = &wanted.provider {
            self.catalog.get(name)?;
            selection.provider = Some(name.clone());
        }
        if let Some(verdict) = &wanted.verdict {
            let parsed = verdict.parse().map_err(|()| Failure::usage(format!("'{verdict}' is no verdict")))?;
            selection.verdict = Some(parsed);
        }
        let Some(text) = wanted.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(selection);
        };
        if text.starts_with('.') {
            selection.filter = Some(Jq::compile(text)?);
        } else if let Some(number) = text.strip_prefix('#').unwrap_or(text).parse().ok().filter(|number| *number > 0) {
            selection.named = vec![Selector::Number(number)];
        } else if text.starts_with("dlv_") {
            selection.named = vec![text.parse::<Selector>()?];
        } else if text.contains(['*', '?']) {
            selection.event = Some(text.to_owned());
        } else {
            selection.event = Some(format!("*{text}*"));
        }
        Ok(selection)
    }
}

/// The last attempts, with the beginnings of their answers.
fn shown(mut attempts: Vec<Attempt>, summary: &Summary) -> Vec<AttemptObject> {
    attempts.drain(..attempts.len().saturating_sub(ATTEMPTS));
    let (provider, event) = (summary.provider.as_deref(), summary.event_type.as_deref());
    let object = |attempt: Attempt| {
        let mut attempt: NewAttempt = attempt.attempt;
        if let Ok(response) = &mut attempt.outcome {
            response.body.truncate(SHOWN_OF_ANSWERS);
        }
        AttemptObject::new(&attempt, provider, event, summary.event_id.as_deref())
    };
    attempts.into_iter().map(object).collect()
}
