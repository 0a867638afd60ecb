//! `SUBJECT COMPARISON BOUND`, where a subject is `NAME`, `NAME(ARGUMENT)` or either with `{PROVIDER/EVENT}` behind it, and a
//! bound is a value, `baseline`, `baseline * 1.1` or `baseline + 5ms`.

use super::metric::{EventSelector, Metric, Subject};
use super::{Bound, Comparison, Threshold, ThresholdError};

/// Longer ones are no thresholds.
const LONGEST: usize = 500;

/// Comparisons, those first that begin with another one.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

pub(super) fn threshold(text: &str) -> Result<Threshold, ThresholdError> {
    let form = || ThresholdError::Form(text.chars().take(LONGEST).collect());
    if text.len() > LONGEST {
        return Err(form());
    }
    // Event types may hold anything but braces: what is compared with begins behind them.
    let from = text.find('}').unwrap_or(0);
    let at = from + text[from..].find(['<', '>', '=', '!']).ok_or_else(form)?;
    let (name, comparison, value) = COMPARISONS
        .iter()
        .find_map(|(sign, comparison)| Some((&text[..at], *comparison, text[at..].strip_prefix(sign)?.trim())))
        .ok_or_else(form)?;
    if value.is_empty() || value.starts_with(['<', '>', '=', '!']) {
        return Err(form());
    }
    let subject = subject(name.trim()).map_err(|error| error.unwrap_or_else(form))?;
    let bound = bound(&subject, value)?;
    Ok(Threshold { subject, comparison, bound })
}

/// The subject; an error of `None` says that the text has not its form.
fn subject(text: &str) -> Result<Subject, Option<ThresholdError>> {
    let (text, event) = match text.strip_suffix('}').map(|inner| inner.split_once('{')) {
        Some(Some((name, event))) => (name.trim(), Some(EventSelector::parse(event.trim()).ok_or(None)?)),
        Some(None) => return Err(None),
        None => (text, None),
    };
    let (name, argument) = match text.strip_suffix(')').map(|inner| inner.split_once('(')) {
        Some(Some((name, argument))) => (name.trim(), Some(argument.trim())),
        Some(None) => return Err(None),
        None => (text, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(None);
    }
    let metric = Metric::parse(name, argument)?;
    if event.is_some() && !metric.is_by_event() {
        return Err(Some(ThresholdError::NotByEvent(metric.to_string())));
    }
    Ok(Subject { metric, event })
}

fn bound(subject: &Subject, value: &str) -> Result<Bound, ThresholdError> {
    let unit = subject.metric.unit();
    let wrong = |wanted| ThresholdError::Value { value: value.to_owned(), subject: subject.to_string(), wanted };
    let Some(rest) = value.strip_prefix("baseline") else {
        return unit.parse(value).map(Bound::Fixed).ok_or_else(|| wrong(unit.wanted()));
    };
    let rest = rest.trim();
    let wanted = "baseline, 'baseline * 1.1' or 'baseline + 5ms'";
    let read = match rest.chars().next() {
        None => Some(Bound::BaselineTimes(1.0)),
        Some('*') => factor(rest[1..].trim()).map(Bound::BaselineTimes),
        Some('+') => unit.parse(&rest[1..]).map(Bound::BaselinePlus),
        Some('-') => unit.parse(&rest[1..]).map(|less| Bound::BaselinePlus(0.0 - less)),
        Some(_) => None,
    };
    read.ok_or_else(|| wrong(wanted))
}

/// `1.1` or `110%`.
fn factor(text: &str) -> Option<f64> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
    let digits = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let factor = number.parse::<f64>().ok().filter(|_| digits)? / scale;
    factor.is_finite().then_some(factor)
}
