//! `{"kind":"scenario"}`: what became of a story, in front of the summary.

use serde::Serialize;

/// A story that was told.
#[derive(Debug, Serialize)]
pub struct ScenarioObject {
    /// Always `scenario`.
    pub kind: &'static str,
    /// Its name, or its file.
    pub name: String,
    /// What it tells.
    pub title: String,
    /// Its steps, as they were told; those that were left out last.
    pub steps: Vec<StepObject>,
    /// The first step (from 1) that failed.
    pub failed_step: Option<usize>,
    /// Whether it ended there.
    pub stopped: bool,
}

/// One step, once for each time it was told.
#[derive(Debug, Clone, Serialize)]
pub struct StepObject {
    /// Counting from 1.
    pub step: usize,
    /// The event type.
    pub event: String,
    /// `accepted`, `failed`, `pending`, `not-told`, `dropped` or `unwanted` (no endpoint takes this event).
    pub outcome: &'static str,
    /// Whether it was the same event again.
    pub duplicate: bool,
    /// The status of the last answer.
    pub status: Option<u16>,
}

/// `{"kind":"listed_scenario"}`: what `send PROVIDER --list-scenarios` lists, a line each.
#[derive(Debug, Serialize)]
pub struct ListedScenario {
    /// Always `listed_scenario`.
    pub kind: &'static str,
    /// The provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// What it tells.
    pub title: String,
    /// The event types in order.
    pub steps: Vec<String>,
}
