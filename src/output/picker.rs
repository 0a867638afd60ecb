//! Asking on a terminal: to choose from a list, to agree.

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, FuzzySelect};

use super::Output;

/// Asks which of the choices is meant; `None` if the person gave up, or nobody can be asked.
///
/// The prompt is reached on a terminal only: without one it would wait for ever.
pub fn pick(output: &Output, prompt: &str, choices: &[String]) -> Option<usize> {
    if !output.is_interactive() || choices.is_empty() {
        return None;
    }
    FuzzySelect::with_theme(&ColorfulTheme::default())
        .with_prompt(prompt)
        .items(choices)
        .default(0)
        .max_length(12)
        .interact_opt()
        .ok()
        .flatten()
}

/// Asks a question that yes or no answers, no being the usual answer; `None` if the person gave up, or nobody can be asked.
pub fn confirm(output: &Output, question: &str) -> Option<bool> {
    if !output.is_interactive() {
        return None;
    }
    Confirm::with_theme(&ColorfulTheme::default()).with_prompt(question).default(false).interact_opt().ok().flatten()
}
