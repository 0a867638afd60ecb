//! `{"kind":"exec"}`

use serde::Serialize;

use super::millis;
use crate::model::DeliveryId;

/// A program that was run for a delivery.
#[derive(Debug, Serialize)]
pub struct ExecObject {
    kind: &'static str,
    id: String,
    number: i64,
    command: String,
    /// The code that it ended with; null if it did not end by itself.
    exit_code: Option<i32>,
    /// Why it did not: `signal 9`, `time-limit`, or why it could not be started.
    error: Option<String>,
    duration_ms: f64,
    /// What it wrote, the beginning of it.
    stdout: String,
    stderr: String,
}

impl ExecObject {
    /// A run of a program.
    #[must_use]
    pub fn new(
        (number, id): (i64, DeliveryId),
        command: &str,
        ended: Result<i32, String>,
        took: std::time::Duration,
        [stdout, stderr]: [&[u8]; 2],
    ) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (exit_code, error) = match ended {
            Ok(code) => (Some(code), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            kind: "exec",
            id: id.to_string(),
            number,
            command: command.to_owned(),
            exit_code,
            error,
            duration_ms: millis(took),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }
}
