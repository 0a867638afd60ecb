//! What people see: values in, lines out. Every text that came from outside passes `sanitize` on its way here.

pub mod attempt;
pub mod columns;
pub mod comparison;
pub mod delivery;
pub mod diagnosis;
pub mod diff;
pub mod line;
pub mod load;
pub mod provider;
pub mod schema;
pub mod stats;
pub mod verification;

use crate::model::Timestamp;

/// The time of day on this machine's clock.
pub fn clock_time(at: Timestamp) -> String {
    at.to_jiff().to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// Date and time on this machine's clock.
pub fn date_time(at: Timestamp) -> String {
    at.to_jiff().to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
