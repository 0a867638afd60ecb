//! What can be looked at: latencies, rates, shares, counts; of everything or of one event type.

use std::fmt;

use super::unit::Unit;
use super::{Scope, ThresholdError};
use crate::text::matches_glob;

/// The names there are, for messages.
pub(super) const NAMES: &str = "p50 to p99.99, mean, min, max (each also as service_p99 …), rate, error_rate, success_rate, requests, \
     succeeded, failed, errors, error(KIND), status(5xx), duplicates, invalid, accepted_invalid, lost, doubled, late, dropped, \
     connections and silence(PROVIDER)";

/// A number that is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// A latency: from the intended start to the end of the answer.
    Latency(Timing),
    /// The same from the real start: what the receiver took.
    Service(Timing),
    /// Answers a second.
    Rate,
    /// The share of requests that failed, of those that were not meant to be refused.
    ErrorRate,
    /// The share of them that did not.
    SuccessRate,
    /// Requests that ended.
    Requests,
    /// Those that were accepted.
    Succeeded,
    /// Those that were not accepted, or not answered.
    Failed,
    /// Requests without an answer; of one kind (`refused`) if it is named.
    Errors(Option<String>),
    /// Answers of these statuses.
    Status(StatusClass),
    /// Deliveries sent a second time on purpose.
    Duplicates,
    /// Deliveries sent with a wrong signature on purpose.
    Invalid,
    /// Of these, those that were accepted all the same.
    AcceptedInvalid,
    /// Events that were accepted and that the receiver did not process.
    Lost,
    /// Events that the receiver processed more than once.
    Doubled,
    /// Starts behind the schedule.
    Late,
    /// Starts that never happened.
    Dropped,
    /// Connections that were opened.
    Connections,
    /// How long nothing arrived, from one provider if it is named.
    Silence(Option<String>),
}

/// Which value of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// The smallest.
    Min,
    /// The mean.
    Mean,
    /// The greatest.
    Max,
    /// The one that so many do not exceed.
    Percentile(Percentile),
}

/// A percentile in thousandths of a percent, so that `p99.9` is exactly that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentile(u32);

impl Percentile {
    /// Reads what stands behind the `p`: `50`, `99.9`. In `999` the digits behind the second one are decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None if text == "100" => ("100", ""),
            // p500 and p101 are slips rather than p50.0 and p10.1.
            None if text.is_ascii() && text.len() > 2 && text.starts_with('9') && !text.ends_with('0') => {
                text.split_at(2)
            }
            None => (text, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 2 + usize::from(whole == "100")
            || decimals.len() > 3
            || !digits(whole)
            || !digits(decimals)
        {
            return None;
        }
        let thousandths = whole.parse::<u32>().ok()? * 1_000 + format!("{decimals:0<3}").parse::<u32>().ok()?;
        (1..=100_000).contains(&thousandths).then_some(Self(thousandths))
    }

    /// As a fraction from 0 to 1.
    pub fn quantile(self) -> f64 {
        f64::from(self.0) / 100_000.0
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / 1_000, self.0 % 1_000);
        if decimals == 0 {
            return write!(f, "p{whole}");
        }
        write!(f, "p{whole}.{}", format!("{decimals:03}").trim_end_matches('0'))
    }
}

/// Statuses from one to another, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusClass {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl StatusClass {
    /// Reads `503`, `5xx` or `400-499`.
    pub fn parse(text: &str) -> Option<Self> {
        let status = |text: &str| text.parse::<u16>().ok().filter(|status| (100..=999).contains(status));
        if let Some(class) = text.strip_suffix("xx") {
            let class: u16 = class.parse().ok().filter(|class| (1..=9).contains(class))?;
            return Some(Self { first: class * 100, last: class * 100 + 99 });
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (status(first.trim())?, status(last.trim())?);
        (first <= last).then_some(Self { first, last })
    }

    /// Whether a status is one of them.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        match (first, last) {
            _ if first == last => write!(f, "{first}"),
            _ if first % 100 == 0 && *last == first + 99 => write!(f, "{}xx", first / 100),
            _ => write!(f, "{first}-{last}"),
        }
    }
}

/// Whose numbers: a provider's, or those of some of its event types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSelector {
    /// The provider.
    pub provider: String,
    /// A glob over event types; all without.
    pub event: Option<String>,
}

impl EventSelector {
    /// Reads `stripe`, `stripe/charge.refunded` or `stripe/charge.*`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str| !text.is_empty() && !text.contains(['{', '}']) && !text.contains(char::is_whitespace);
        let (provider, event) = match text.split_once('/') {
            Some((provider, event)) => (provider, Some(event)),
            None => (text, None),
        };
        (plain(provider) && event.is_none_or(plain))
            .then(|| Self { provider: provider.to_owned(), event: event.map(str::to_owned) })
    }

    /// Whether an event is meant.
    pub fn matches(&self, provider: &str, event_type: &str) -> bool {
        self.provider == provider && self.event.as_ref().is_none_or(|glob| matches_glob(glob, event_type))
    }
}

impl fmt::Display for EventSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.provider)?;
        self.event.as_ref().map_or(Ok(()), |event| write!(f, "/{event}"))
    }
}

/// What a threshold looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The number.
    pub metric: Metric,
    /// Of which events; of all without.
    pub event: Option<EventSelector>,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric)?;
        self.event.as_ref().map_or(Ok(()), |event| write!(f, "{{{event}}}"))
    }
}

impl Metric {
    /// What it counts.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Latency(_) | Self::Service(_) | Self::Silence(_) => Unit::Duration,
            Self::Rate => Unit::Rate,
            Self::ErrorRate | Self::SuccessRate => Unit::Share,
            _ => Unit::Count,
        }
    }

    /// Whether it is counted by event type too.
    pub fn is_by_event(&self) -> bool {
        !matches!(self, Self::Lost | Self::Doubled | Self::Late | Self::Dropped | Self::Connections | Self::Silence(_))
    }

    /// Whether only asking the receiver can tell: what became of the events.
    pub fn needs_probe(&self) -> bool {
        matches!(self, Self::Lost | Self::Doubled)
    }

    /// Whether it is measured there.
    pub fn is_of(&self, scope: Scope) -> bool {
        match self {
            Self::Silence(_) => scope == Scope::Listen,
            Self::Service(_)
            | Self::AcceptedInvalid
            | Self::Lost
            | Self::Doubled
            | Self::Late
            | Self::Dropped
            | Self::Connections => scope == Scope::Load,
            _ => true,
        }
    }

    /// The metric of a name, and of what stands in parentheses behind it.
    pub(super) fn parse(name: &str, argument: Option<&str>) -> Result<Self, ThresholdError> {
        let metric = match (name, argument) {
            ("status", Some(text)) => {
                return StatusClass::parse(text).map(Self::Status).ok_or_else(|| ThresholdError::Argument {
                    name: format!("status({text})"),
                    wanted: "statuses: status(503), status(5xx), status(400-499)",
                });
            }
            ("status", None) => {
                return Err(ThresholdError::Argument {
                    name: name.to_owned(),
                    wanted: "statuses: status(503), status(5xx), status(400-499)",
                });
            }
            ("error" | "errors", Some(kind)) if is_word(kind) => Self::Errors(Some(kind.to_owned())),
            ("silence", Some(provider)) if is_word(provider) => Self::Silence(Some(provider.to_owned())),
            ("error" | "errors" | "silence", Some(text)) => {
                let wanted = if name == "silence" { "a provider: silence(stripe)" } else { "a kind: error(refused)" };
                return Err(ThresholdError::Argument { name: format!("{name}({text})"), wanted });
            }
            (_, Some(text)) if Self::plain(name).is_some() => {
                return Err(ThresholdError::Argument {
                    name: format!("{name}({text})"),
                    wanted: "nothing in parentheses",
                });
            }
            _ => return Self::plain(name).ok_or_else(|| unknown(name)),
        };
        Ok(metric)
    }

    fn plain(name: &str) -> Option<Self> {
        if let Some(timing) = Timing::parse(name) {
            return Some(Self::Latency(timing));
        }
        if let Some(timing) = name.strip_prefix("service_").and_then(Timing::parse) {
            return Some(Self::Service(timing));
        }
        PLAIN.iter().find(|(word, _)| *word == name).map(|(_, metric)| metric.clone())
    }
}

/// Names that take nothing in parentheses.
const PLAIN: [(&str, Metric); 17] = [
    ("rate", Metric::Rate),
    ("error_rate", Metric::ErrorRate),
    ("success_rate", Metric::SuccessRate),
    ("requests", Metric::Requests),
    ("succeeded", Metric::Succeeded),
    ("failed", Metric::Failed),
    ("errors", Metric::Errors(None)),
    ("duplicates", Metric::Duplicates),
    ("invalid", Metric::Invalid),
    ("accepted_invalid", Metric::AcceptedInvalid),
    ("lost", Metric::Lost),
    ("doubled", Metric::Doubled),
    ("late", Metric::Late),
    ("dropped", Metric::Dropped),
    ("connections", Metric::Connections),
    ("silence", Metric::Silence(None)),
    // Listeners count deliveries; it is the same word for the same thing.
    ("deliveries", Metric::Requests),
];

fn unknown(name: &str) -> ThresholdError {
    let names = PLAIN.iter().map(|(word, _)| *word).chain(["status", "p50", "p95", "p99", "mean", "min", "max"]);
    let near = crate::text::nearest(name, names).first().map(|near| (*near).to_owned());
    ThresholdError::Unknown { name: name.to_owned(), near }
}

/// Whether a text can be a provider's or an error's name.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

impl Timing {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "min" => Some(Self::Min),
            "mean" => Some(Self::Mean),
            "max" => Some(Self::Max),
            _ => Percentile::parse(name.strip_prefix('p')?).map(Self::Percentile),
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Min => f.write_str("min"),
            Self::Mean => f.write_str("mean"),
            Self::Max => f.write_str("max"),
            Self::Percentile(percentile) => write!(f, "{percentile}"),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(timing) => write!(f, "{timing}"),
            Self::Service(timing) => write!(f, "service_{timing}"),
            Self::Errors(Some(kind)) => write!(f, "error({kind})"),
            Self::Status(class) => write!(f, "status({class})"),
            Self::Silence(Some(provider)) => write!(f, "silence({provider})"),
            plain => {
                let name = PLAIN.iter().find(|(_, metric)| metric == plain).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}
