//! From values to places on a plot, with ticks at round numbers.

/// One direction of a plot.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    /// Where values are named, and how.
    ticks: Vec<(f64, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Even,
    /// Each step is a factor.
    Log,
}

impl Axis {
    /// Even, from 0 to a round number not below `high`.
    pub(crate) fn from_zero(high: f64, name: impl Fn(f64) -> String) -> Self {
        let high = if high > 0.0 && high.is_finite() { high } else { 1.0 };
        let step = round_step(high / 4.0);
        let steps = (high / step - 1e-9).ceil().max(1.0);
        let ticks = (0..=whole(steps)).map(|at| f64::from(at) * step).map(|value| (value, name(value))).collect();
        Self { low: 0.0, high: steps * step, scale: Scale::Even, ticks }
    }

    /// Even, from 0 to exactly `high`, named at round multiples of these steps.
    pub(crate) fn exactly(high: f64, steps: &[f64], name: impl Fn(f64) -> String) -> Self {
        let high = high.max(f64::MIN_POSITIVE);
        let step = steps.iter().copied().find(|step| high / step <= 8.0).unwrap_or_else(|| round_step(high / 6.0));
        let ticks =
            (0..=whole(high / step + 1e-9)).map(|at| f64::from(at) * step).map(|value| (value, name(value))).collect();
        Self { low: 0.0, high, scale: Scale::Even, ticks }
    }

    /// By factors, from below `low` to above `high`; both must be positive.
    pub(crate) fn log(low: f64, high: f64, name: impl Fn(f64) -> String) -> Self {
        let low = low.max(1e-6);
        let high = high.max(low * 1.5);
        let mut ticks = Vec::new();
        let decades = (high / low).log10();
        // Few decades need names in between.
        let marks: &[f64] = match decades {
            ..2.0 => &[1.0, 2.0, 5.0],
            2.0..4.0 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let mut decade = 10_f64.powf(low.log10().floor());
        while decade <= high {
            ticks.extend(
                marks.iter().map(|mark| mark * decade).filter(|value| *value >= low * 0.999_999 && *value <= high),
            );
            decade *= 10.0;
        }
        Self { low, high, scale: Scale::Log, ticks: ticks.into_iter().map(|value| (value, name(value))).collect() }
    }

    /// By factors, from the round number below `low` to the one above `high`.
    pub(crate) fn log_round(low: f64, high: f64, name: impl Fn(f64) -> String) -> Self {
        let decade = |value: f64| 10_f64.powf(value.max(1e-6).log10().floor());
        let marks = [1.0, 2.0, 5.0, 10.0];
        // What arithmetic leaves of a round number counts as it.
        let below =
            marks.iter().map(|mark| mark * decade(low)).filter(|mark| *mark <= low * 1.000_001).fold(1e-6, f64::max);
        let above = marks.iter().map(|mark| mark * decade(high)).find(|mark| *mark >= high * 0.999_999).unwrap_or(high);
        Self::log(below, above * 1.000_001, name)
    }

    /// Even between two values, named where the caller says.
    pub(crate) fn named(low: f64, high: f64, ticks: Vec<(f64, String)>) -> Self {
        Self { low, high: high.max(low + f64::MIN_POSITIVE), scale: Scale::Even, ticks }
    }

    /// Where a value is, from 0 to 1.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = match self.scale {
            Scale::Even => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
        };
        part.clamp(0.0, 1.0)
    }

    /// The value at a place from 0 to 1.
    pub(crate) fn value(&self, place: f64) -> f64 {
        match self.scale {
            Scale::Even => self.low + place * (self.high - self.low),
            Scale::Log => self.low * (self.high / self.low).powf(place),
        }
    }

    /// Where values are named, and how.
    pub(crate) fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }
}

/// The smallest of 1, 2 and 5, times a power of ten, that is no smaller.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(power)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few ticks")]
fn whole(number: f64) -> u32 {
    number.floor().clamp(0.0, 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn ticks_are_at_round_numbers() {
        let plain = |value: f64| format!("{value}");
        assert_eq!(names(&Axis::from_zero(487.0, plain)), ["0", "200", "400", "600"]);
        assert_eq!(names(&Axis::from_zero(0.0, plain)), ["0", "0.5", "1"]);
        assert_eq!(names(&Axis::from_zero(4.0, plain)), ["0", "1", "2", "3", "4"]);
        assert_eq!(names(&Axis::log(0.7, 30.0, plain)), ["1", "2", "5", "10", "20"]);
        assert_eq!(names(&Axis::exactly(30.0, &[1.0, 5.0, 10.0], plain)), ["0", "5", "10", "15", "20", "25", "30"]);
    }

    #[test]
    fn places_and_values_invert_each_other() {
        for axis in [Axis::from_zero(10.0, |_| String::new()), Axis::log(0.01, 900.0, |_| String::new())] {
            for place in [0.0, 0.25, 0.5, 1.0] {
                assert!((axis.place(axis.value(place)) - place).abs() < 1e-9);
            }
            assert!(axis.place(f64::MAX) <= 1.0 && axis.place(-1.0) >= 0.0);
        }
    }
}
