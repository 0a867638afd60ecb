//! When requests start in an open loop: a rate, ramps of it, and bursts on top, as instants by number.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Rate;
use crate::model::quantity::{QuantityError, parse_duration};
use crate::model::rate::RateError;

/// A stretch of time in which the rate is constant, or changes evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Starts a second at its beginning; `None`: as many as the stage before ended with.
    pub from: Option<f64>,
    /// Starts a second at its end.
    pub to: f64,
    /// How long it lasts.
    pub duration: Duration,
}

/// So many starts at once, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// How many.
    pub count: u64,
    /// The time between two of them; the first one is at the start.
    pub every: Duration,
}

/// A text that is no stage or burst.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not a stage.
    #[error(
        "'{0}' is not a stage: write 0..500/s:30s (from one rate to another), ..500/s:30s (from where it was) or 500/s:1m"
    )]
    NotAStage(String),
    /// Not a burst.
    #[error("'{0}' is not a burst: write 200:10s for 200 requests at once, every 10 seconds")]
    NotABurst(String),
    /// A part of it cannot be read.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// A rate cannot be read.
    #[error(transparent)]
    Rate(#[from] RateError),
}

impl FromStr for Stage {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let wrong = || ScheduleError::NotAStage(text.to_owned());
        let (rates, duration) = text.rsplit_once(':').ok_or_else(wrong)?;
        let duration = parse_duration(duration)?;
        if duration.is_zero() {
            return Err(wrong());
        }
        let (from, to) = match rates.split_once("..") {
            None => {
                let rate = per_second(rates)?;
                (Some(rate), rate)
            }
            Some(("", to)) => (None, per_second(to)?),
            // `0..500/s`: both ends share the unit that is written once.
            Some((from, to)) if !from.contains('/') => {
                let unit = to.split_once('/').ok_or_else(wrong)?.1;
                (Some(per_second(&format!("{from}/{unit}"))?), per_second(to)?)
            }
            Some((from, to)) => (Some(per_second(from)?), per_second(to)?),
        };
        Ok(Self { from, to, duration })
    }
}

/// A rate, or none at all: a ramp may begin or end there.
fn per_second(text: &str) -> Result<f64, RateError> {
    match text {
        "0" | "0/s" | "0/m" | "0/h" => Ok(0.0),
        text => text.parse().map(Rate::per_second),
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duration = humantime::format_duration(self.duration).to_string().replace(' ', "");
        match self.from {
            Some(from) => write!(f, "{from}/s..{}/s:{duration}", self.to),
            None => write!(f, "..{}/s:{duration}", self.to),
        }
    }
}

impl FromStr for Burst {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let wrong = || ScheduleError::NotABurst(text.to_owned());
        let (count, every) = text.split_once(':').ok_or_else(wrong)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        let every = parse_duration(every)?;
        if every.is_zero() { Err(wrong()) } else { Ok(Self { count, every }) }
    }
}

impl fmt::Display for Burst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.count, humantime::format_duration(self.every).to_string().replace(' ', ""))
    }
}

/// A ramp with both of its ends: from so many a second to so many, for so many seconds.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    from: f64,
    to: f64,
    seconds: f64,
}

impl Ramp {
    fn starts(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.seconds
    }

    /// After how many seconds so many starts are due.
    fn when(&self, starts: f64) -> f64 {
        if starts <= 0.0 {
            return 0.0;
        }
        let slope = (self.to - self.from) / self.seconds;
        // The form of the solution that divides by no difference: it holds for a constant rate too.
        let root = (self.from * self.from + 2.0 * slope * starts).max(0.0).sqrt();
        (2.0 * starts / (self.from + root)).min(self.seconds)
    }
}

/// When requests start.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    ramps: Vec<Ramp>,
    /// Instants instead of a rate: again and again, as long as it lasts.
    recorded: Option<Round>,
    burst: Option<Burst>,
    duration: Duration,
    limit: u64,
}

/// Recorded instants, and how long it is until the first one comes again.
#[derive(Debug, Clone)]
struct Round {
    instants: Arc<[Duration]>,
    length: Duration,
}

impl Round {
    fn due(&self, start: u64) -> Duration {
        let count = self.instants.len() as u64;
        let at = usize::try_from(start % count).unwrap_or(0);
        let round = u32::try_from(start / count).unwrap_or(u32::MAX);
        self.length.saturating_mul(round).saturating_add(self.instants[at])
    }

    /// How many starts there are within that time.
    fn within(&self, duration: Duration) -> u64 {
        let rounds = u64::try_from(duration.as_nanos() / self.length.as_nanos().max(1)).unwrap_or(u64::MAX);
        let rest = duration.saturating_sub(self.length.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX)));
        let more = self.instants.iter().take_while(|instant| **instant < rest).count() as u64;
        rounds.saturating_mul(self.instants.len() as u64).saturating_add(more)
    }
}

/// More than any run has, so that a limit is always there.
const NO_LIMIT: u64 = u64::MAX;

impl Schedule {
    /// A constant rate: for so long, or so many requests, or whichever comes first.
    pub(crate) fn constant(rate: Rate, duration: Option<Duration>, requests: Option<u64>) -> Self {
        let rate = rate.per_second();
        #[expect(clippy::cast_precision_loss, reason = "an instant in a run needs no more than 52 bits")]
        let own = |requests: u64| Duration::from_secs_f64(requests as f64 / rate);
        let duration = duration.unwrap_or_else(|| requests.map_or(Duration::ZERO, own));
        let ramp = Ramp { from: rate, to: rate, seconds: duration.as_secs_f64() };
        Self { ramps: vec![ramp], recorded: None, burst: None, duration, limit: requests.unwrap_or(NO_LIMIT) }
    }

    /// These instants, in order and once; for longer, or for more requests, again from the first one on.
    pub(crate) fn recorded(instants: &[Duration], duration: Option<Duration>, requests: Option<u64>) -> Self {
        let last = instants.last().copied().unwrap_or_default();
        // Between the last one and the first one of the next round there is the usual gap.
        let gaps = u32::try_from(instants.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        let length = (last + last / gaps).max(Duration::from_nanos(1));
        let round = Round { instants: instants.into(), length };
        let (limit, duration) = match (duration, requests) {
            (None, None) => (instants.len() as u64, length),
            (Some(duration), requests) => (requests.unwrap_or(NO_LIMIT), duration),
            (None, Some(requests)) => (requests, round.due(requests)),
        };
        Self { ramps: Vec::new(), recorded: Some(round), burst: None, duration, limit }
    }

    /// Nothing but what is added by a burst.
    pub(crate) fn only_bursts(duration: Duration, requests: Option<u64>) -> Self {
        let ramp = Ramp { from: 0.0, to: 0.0, seconds: duration.as_secs_f64() };
        Self { ramps: vec![ramp], recorded: None, burst: None, duration, limit: requests.unwrap_or(NO_LIMIT) }
    }

    /// Stage after stage.
    pub(crate) fn stages(stages: &[Stage], requests: Option<u64>) -> Self {
        let mut last = 0.0;
        let ramps = stages.iter().map(|stage| {
            let from = stage.from.unwrap_or(last);
            last = stage.to;
            Ramp { from, to: last, seconds: stage.duration.as_secs_f64() }
        });
        let duration = stages.iter().map(|stage| stage.duration).sum();
        Self { ramps: ramps.collect(), recorded: None, burst: None, duration, limit: requests.unwrap_or(NO_LIMIT) }
    }

    /// With bursts on top.
    pub(crate) fn with_burst(mut self, burst: Option<Burst>) -> Self {
        self.burst = burst;
        self
    }

    /// With so much time in front, at the rate of the beginning; a limit of requests counts from behind it.
    pub(crate) fn after(mut self, warm_up: Duration) -> Self {
        if let Some(first) = self.ramps.first().filter(|_| !warm_up.is_zero()).copied() {
            let ramp = Ramp { from: first.from, to: first.from, seconds: warm_up.as_secs_f64() };
            self.ramps.insert(0, ramp);
            self.duration += warm_up;
            let limit = std::mem::replace(&mut self.limit, NO_LIMIT);
            if limit != NO_LIMIT {
                let before = self.starts().take_while(|due| *due < warm_up).count() as u64;
                self.limit = limit.saturating_add(before);
            }
        }
        self
    }

    /// How long it lasts.
    pub(crate) fn duration(&self) -> Duration {
        self.duration
    }

    /// How many requests start.
    pub(crate) fn total(&self) -> u64 {
        let base = self.base();
        let bursts = self.burst.map_or(0, |burst| burst.count.saturating_mul(self.times(burst)));
        base.saturating_add(bursts).min(self.limit)
    }

    /// The highest rate, without bursts.
    pub(crate) fn peak(&self) -> f64 {
        if let Some(round) = &self.recorded {
            // The busiest stretch of a hundred decides.
            let stretch = round.instants.len().min(100);
            let spans = round.instants.windows(stretch).map(|of| of[stretch - 1].saturating_sub(of[0]));
            let shortest = spans.min().unwrap_or_default();
            return f64::from(u8::try_from(stretch).unwrap_or(u8::MAX)) / shortest.as_secs_f64().max(1e-3);
        }
        self.ramps.iter().map(|ramp| ramp.from.max(ramp.to)).fold(0.0, f64::max)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of starts")]
    fn base(&self) -> u64 {
        if let Some(round) = &self.recorded {
            return round.within(self.duration).min(self.limit);
        }
        let starts: f64 = self.ramps.iter().map(Ramp::starts).sum();
        // What is a whole number but for rounding is that number.
        (starts - 1e-6).ceil().max(0.0) as u64
    }

    fn times(&self, burst: Burst) -> u64 {
        u64::try_from(self.duration.as_nanos().div_ceil(burst.every.as_nanos())).unwrap_or(u64::MAX)
    }

    /// The starts in their order: how long after the first instant each is due.
    pub(crate) fn starts(&self) -> Starts {
        Starts {
            base: self.base(),
            total: self.total(),
            schedule: self.clone(),
            given: 0,
            next: 0,
            ramp: 0,
            before: 0.0,
            offset: 0.0,
            burst: (0, 0),
        }
    }
}

/// The starts of a schedule, one by one.
#[derive(Debug, Clone)]
pub(crate) struct Starts {
    schedule: Schedule,
    base: u64,
    total: u64,
    given: u64,
    /// The next one of the rate, and the ramp it is in: its place, the starts and the seconds before it.
    next: u64,
    ramp: usize,
    before: f64,
    offset: f64,
    /// How many bursts are over, and how many starts of the present one were given.
    burst: (u64, u64),
}

impl Starts {
    #[expect(clippy::cast_precision_loss, reason = "an instant in a run needs no more than 52 bits")]
    fn next_of_rate(&mut self) -> Option<Duration> {
        if self.next >= self.base {
            return None;
        }
        if let Some(round) = &self.schedule.recorded {
            return Some(round.due(self.next));
        }
        let next = self.next as f64;
        while self.ramp + 1 < self.schedule.ramps.len()
            && next - self.before >= self.schedule.ramps[self.ramp].starts() - 1e-9
        {
            self.before += self.schedule.ramps[self.ramp].starts();
            self.offset += self.schedule.ramps[self.ramp].seconds;
            self.ramp += 1;
        }
        let within = self.schedule.ramps[self.ramp].when(next - self.before);
        Some(Duration::from_secs_f64(self.offset + within))
    }

    fn next_of_burst(&self) -> Option<(Burst, Duration)> {
        let burst = self.schedule.burst?;
        let due = burst.every.checked_mul(u32::try_from(self.burst.0).ok()?)?;
        (due < self.schedule.duration).then_some((burst, due))
    }
}

impl Iterator for Starts {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.given >= self.total {
            return None;
        }
        self.given += 1;
        let (rate, burst) = (self.next_of_rate(), self.next_of_burst());
        match (rate, burst) {
            (Some(due), burst) if burst.is_none_or(|(_, at)| due < at) => {
                self.next += 1;
                Some(due)
            }
            (_, Some((burst, due))) => {
                self.burst.1 += 1;
                if self.burst.1 == burst.count {
                    self.burst = (self.burst.0 + 1, 0);
                }
                Some(due)
            }
            (due, None) => {
                self.next += 1;
                due
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().expect("a rate")
    }

    fn millis(schedule: &Schedule) -> Vec<u128> {
        schedule.starts().map(|due| (due.as_micros() + 500) / 1_000).collect()
    }

    #[test]
    fn recorded_gaps_are_kept_and_begin_again() {
        let instants = [0, 10, 40, 90].map(Duration::from_millis);
        let once = Schedule::recorded(&instants, None, None);
        assert_eq!(millis(&once), [0, 10, 40, 90]);
        assert_eq!(once.duration(), Duration::from_millis(120));
        let more = Schedule::recorded(&instants, None, Some(6));
        assert_eq!(millis(&more), [0, 10, 40, 90, 120, 130]);
        let long = Schedule::recorded(&instants, Some(Duration::from_millis(250)), None);
        assert_eq!(millis(&long), [0, 10, 40, 90, 120, 130, 160, 210, 240]);
        assert_eq!(long.total(), 9);
        // All at once, or alone: there is no gap, and no endless loop.
        assert_eq!(Schedule::recorded(&[Duration::ZERO; 3], None, None).total(), 3);
        assert_eq!(Schedule::recorded(&[Duration::ZERO], None, Some(5)).starts().count(), 5);
    }

    #[test]
    fn a_rate_is_a_comb() {
        let schedule = Schedule::constant(rate("500/s"), Some(Duration::from_secs(30)), None);
        assert_eq!(schedule.total(), 15_000);
        assert_eq!(schedule.starts().count(), 15_000);
        assert_eq!(millis(&schedule)[..4], [0, 2, 4, 6]);
        let short = Schedule::constant(rate("100/m"), None, Some(10));
        assert_eq!(short.total(), 10);
        assert_eq!(short.duration(), Duration::from_secs(6));
        assert_eq!(millis(&short)[9], 5_400);
        assert_eq!(Schedule::constant(rate("500/s"), Some(Duration::from_secs(30)), Some(7)).starts().count(), 7);
    }

    #[test]
    fn ramps_have_the_area_below_them_and_no_gaps() {
        let stages: Vec<Stage> =
            ["0..100/s:2s", "100/s:1s", "..0/s:2s"].iter().map(|text| text.parse().expect("a stage")).collect();
        let schedule = Schedule::stages(&stages, None);
        assert_eq!(schedule.total(), 300);
        let starts = millis(&schedule);
        assert_eq!(starts.len(), 300);
        assert!(starts.is_sorted());
        assert_eq!(starts.iter().filter(|at| **at < 2_000).count(), 100);
        assert_eq!(starts.iter().filter(|at| (2_000..3_000).contains(*at)).count(), 100);
        // Half of the ramp's starts are in its last 29%: at 1/sqrt(2) of the time.
        assert_eq!(starts[50], 1_414);
        assert!((schedule.peak() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn bursts_come_on_top_at_once() {
        let schedule = Schedule::constant(rate("10/s"), Some(Duration::from_secs(2)), None)
            .with_burst(Some("5:1s".parse().expect("a burst")));
        assert_eq!(schedule.total(), 30);
        let starts = millis(&schedule);
        assert_eq!(starts.iter().filter(|at| **at == 0).count(), 6);
        assert_eq!(starts.iter().filter(|at| **at == 1_000).count(), 6);
        assert!(starts.is_sorted());
    }

    #[test]
    fn a_warm_up_comes_first_and_takes_nothing_away() {
        let warm = Duration::from_secs(1);
        let timed = Schedule::constant(rate("10/s"), Some(Duration::from_secs(2)), None).after(warm);
        assert_eq!((timed.total(), timed.duration()), (30, Duration::from_secs(3)));
        let counted = Schedule::constant(rate("10/s"), None, Some(5)).after(warm);
        assert_eq!(counted.total(), 15);
        assert_eq!(counted.starts().filter(|due| *due >= warm).count(), 5);
    }

    #[test]
    fn stages_and_bursts_are_written_as_they_are_read() {
        for text in ["0/s..500/s:30s", "500/s..500/s:1m", "..100/s:2h", "1/s..2.5/s:1m30s"] {
            let stage: Stage = text.parse().expect(text);
            assert_eq!(stage.to_string(), text);
        }
        for (short, long) in
            [("0..500/s:30s", "0/s..500/s:30s"), ("60..120/m:1s", "1/s..2/s:1s"), ("5/s:1s", "5/s..5/s:1s")]
        {
            assert_eq!(short.parse::<Stage>().expect(short).to_string(), long);
        }
        for text in ["", "500/s", "500:30s", "a..b/s:1s", "5/s:0s", "5/s..:3s", "500/s:30"] {
            assert!(text.parse::<Stage>().is_err(), "{text}");
        }
        assert_eq!("200:10s".parse::<Burst>().expect("a burst").to_string(), "200:10s");
        for text in ["", "0:10s", "200", "200:0s", "x:1s"] {
            assert!(text.parse::<Burst>().is_err(), "{text}");
        }
    }
}
