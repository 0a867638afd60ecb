//! A report as the source of the numbers that thresholds compare.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::histogram::millis;
use super::{EventReport, LoadReport, add, decode, histogram, share};
use crate::threshold::{EventSelector, Metric, Numbers, Subject, Timing};

/// The counts of a whole report, or of some of its events added up.
struct Group {
    requests: u64,
    succeeded: u64,
    failed: u64,
    duplicates: u64,
    invalid: u64,
    accepted_invalid: u64,
    statuses: BTreeMap<u16, u64>,
    errors: BTreeMap<String, u64>,
}

impl Numbers for LoadReport {
    fn number(&self, subject: &Subject) -> Option<f64> {
        let events: Option<Vec<&EventReport>> = subject.event.as_ref().map(|selector| self.of(selector));
        if events.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let events = events.as_deref();
        let spread = |whole: &str, of_event: fn(&EventReport) -> &str, timing| match events {
            None => value(&decode(whole)?, timing),
            Some(events) => {
                let mut all = histogram();
                for event in events {
                    add(&mut all, &decode(of_event(event))?);
                }
                value(&all, timing)
            }
        };
        match &subject.metric {
            Metric::Latency(timing) => spread(&self.histogram, |event| &event.histogram, *timing),
            Metric::Service(timing) => spread(&self.service_histogram, |event| &event.service_histogram, *timing),
            Metric::Late => Some(number(self.late_starts)),
            Metric::Dropped => Some(number(self.dropped_starts)),
            Metric::Connections => Some(number(self.connections)),
            Metric::Lost => self.probe.map(|probe| number(probe.lost)),
            Metric::Doubled => self.probe.map(|probe| number(probe.doubled)),
            Metric::Silence(_) => None,
            counted => self.counted(&self.group(events), counted),
        }
    }
}

impl LoadReport {
    fn of(&self, selector: &EventSelector) -> Vec<&EventReport> {
        self.by_event.iter().filter(|event| selector.matches(&event.provider, &event.event_type)).collect()
    }

    fn group(&self, events: Option<&[&EventReport]>) -> Group {
        let Some(events) = events else {
            return Group {
                requests: self.requests,
                succeeded: self.succeeded,
                failed: self.failed,
                duplicates: self.duplicates,
                invalid: self.invalid,
                accepted_invalid: self.accepted_invalid,
                statuses: self.statuses.clone(),
                errors: self.errors.clone(),
            };
        };
        let sum = |of: fn(&EventReport) -> u64| events.iter().map(|event| of(event)).sum();
        let (mut statuses, mut errors) = (BTreeMap::new(), BTreeMap::new());
        for event in events {
            event.statuses.iter().for_each(|(status, count)| *statuses.entry(*status).or_default() += count);
            event.errors.iter().for_each(|(kind, count)| *errors.entry(kind.clone()).or_default() += count);
        }
        Group {
            requests: sum(|event| event.requests),
            succeeded: sum(|event| event.succeeded),
            failed: sum(|event| event.failed),
            duplicates: sum(|event| event.duplicates),
            invalid: sum(|event| event.invalid),
            accepted_invalid: sum(|event| event.accepted_invalid),
            statuses,
            errors,
        }
    }

    fn counted(&self, group: &Group, metric: &Metric) -> Option<f64> {
        let meant = group.succeeded + group.failed;
        let count = match metric {
            Metric::Rate => return share(group.requests, self.requests).map(|part| part * self.rate.achieved),
            Metric::ErrorRate => return share(group.failed, meant),
            Metric::SuccessRate => return share(group.succeeded, meant),
            Metric::Requests => group.requests,
            Metric::Succeeded => group.succeeded,
            Metric::Failed => group.failed,
            Metric::Errors(None) => group.errors.values().sum(),
            Metric::Errors(Some(kind)) => group.errors.get(kind).copied().unwrap_or(0),
            Metric::Status(class) => {
                group.statuses.iter().filter(|(status, _)| class.contains(**status)).map(|(_, count)| count).sum()
            }
            Metric::Duplicates => group.duplicates,
            Metric::Invalid => group.invalid,
            Metric::AcceptedInvalid => group.accepted_invalid,
            _ => return None,
        };
        // A run in which nothing ended says nothing about what did not happen in it.
        (group.requests > 0 || matches!(metric, Metric::Requests | Metric::Succeeded)).then_some(number(count))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts come nowhere near 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

fn value(histogram: &Histogram<u64>, timing: Timing) -> Option<f64> {
    if histogram.is_empty() {
        return None;
    }
    Some(match timing {
        Timing::Min => millis(histogram.min()),
        Timing::Max => millis(histogram.max()),
        Timing::Mean => histogram.mean() / 1e6,
        Timing::Percentile(percentile) => millis(histogram.value_at_quantile(percentile.quantile())),
    })
}
