//! Times within a request: written over the ones before, and only when they differ.

use std::ops::Range;

use url::form_urlencoded::byte_serialize;

use super::code::write_number;
use super::sketch::MomentSketch;
use crate::model::Timestamp;
use crate::payload::TimeForm;
use crate::signature::tolerance::TimestampUnit;

/// A time, wherever it stands.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    form: TimeForm,
    shift: i64,
    width: usize,
    /// Whether it stands in a form, encoded.
    encoded: bool,
    places: Vec<usize>,
    second: Option<i64>,
}

/// How a scheme writes its timestamp.
pub(super) const fn form_of(unit: TimestampUnit) -> TimeForm {
    match unit {
        TimestampUnit::S => TimeForm::Unix,
        TimestampUnit::Ms => TimeForm::UnixMs,
        TimestampUnit::Rfc3339 => TimeForm::Iso,
    }
}

/// As a value of a form is encoded.
pub(super) fn form_encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

impl Moment {
    /// How it is written, for other programs; `None` for patterns of a provider's own.
    pub(super) fn sketch(&self) -> Option<MomentSketch> {
        let form = match self.form {
            TimeForm::Unix => "unix",
            TimeForm::UnixMs => "unix-ms",
            TimeForm::Iso => "iso",
            TimeForm::IsoMs => "iso-ms",
            TimeForm::IsoUs => "iso-us",
            TimeForm::Custom(_) => return None,
        };
        Some(MomentSketch { form, shift: self.shift, encoded: self.encoded })
    }

    /// Where it stands.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.places.iter().map(|place| *place..*place + self.width)
    }

    pub(super) fn new(form: TimeForm, shift: i64, width: usize, encoded: bool, places: Vec<usize>) -> Self {
        Self { form, shift, width, encoded, places, second: None }
    }

    /// Writes it for that instant.
    pub(super) fn write(&mut self, at: Timestamp, bytes: &mut [u8]) {
        let at = at.plus_secs(self.shift);
        let second = at.as_secs();
        let fine = match self.form {
            TimeForm::UnixMs | TimeForm::IsoMs => 3,
            TimeForm::IsoUs => 6,
            TimeForm::Unix | TimeForm::Iso | TimeForm::Custom(_) => 0,
        };
        if self.second != Some(second) || (self.encoded && fine > 0) {
            self.second = Some(second);
            let Some(text) = self.form.write(at) else { return };
            let text = if self.encoded { form_encoded(&text) } else { text };
            // A text of another length (a pattern may have names of months in it) would not fit; the old one stays.
            if text.len() == self.width {
                for place in &self.places {
                    bytes[*place..*place + self.width].copy_from_slice(text.as_bytes());
                }
            }
        } else if fine > 0 {
            // The same second: only what is finer has changed. `Z` ends the text of RFC 3339.
            let tail = usize::from(self.form != TimeForm::UnixMs);
            let micros = u64::try_from(at.as_micros().rem_euclid(1_000_000)).expect("not negative");
            let part = if fine == 3 { micros / 1_000 } else { micros };
            let from = self.width - tail - fine;
            for place in &self.places {
                write_number(part, &mut bytes[*place + from..*place + from + fine]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_what_it_would_be_if_written_anew() {
        let forms = [
            TimeForm::Unix,
            TimeForm::UnixMs,
            TimeForm::Iso,
            TimeForm::IsoMs,
            TimeForm::IsoUs,
            TimeForm::Custom("%Y-%m-%d %H:%M:%S UTC".to_owned()),
        ];
        for form in forms {
            for encoded in [false, true] {
                let written = |at: Timestamp| {
                    let text = form.write(at.plus_secs(-60)).expect("a time");
                    if encoded { form_encoded(&text) } else { text }
                };
                let start = Timestamp::from_micros(1_796_000_000_123_456);
                let mut bytes = format!("[{}]", written(start)).into_bytes();
                let mut moment = Moment::new(form.clone(), -60, bytes.len() - 2, encoded, vec![1]);
                for micros in [0, 1, 999, 1_000, 876_543, 876_544, 1_876_544, 1_876_545, 500, 86_400_000_000] {
                    let at = Timestamp::from_micros(start.as_micros() + micros);
                    moment.write(at, &mut bytes);
                    assert_eq!(String::from_utf8_lossy(&bytes), format!("[{}]", written(at)), "{form:?} {micros}");
                }
            }
        }
    }
}
