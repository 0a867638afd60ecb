//! What every line of a log begins with. It is no object of its own: the fields of another one stand behind it.

use serde::Serialize;

use crate::model::Timestamp;

/// When, how bad, and in words.
#[derive(Debug, Serialize)]
pub struct LogObject<'a> {
    time: String,
    /// `info`, `warning` or `error`.
    level: &'static str,
    #[serde(rename = "msg")]
    message: &'a str,
}

impl<'a> LogObject<'a> {
    /// A record.
    pub fn new(at: Timestamp, level: &'static str, message: &'a str) -> Self {
        Self { time: at.to_string(), level, message }
    }
}
