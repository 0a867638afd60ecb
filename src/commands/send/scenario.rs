//! Scenarios: which there are, and what became of one.

use super::job::{Deliveries, Job};
use crate::commands::Context;
use crate::commands::telling::Label;
use crate::deliver::story::{Beat, Outcome, Story, Told};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::scenario::{ListedScenario, ScenarioObject, StepObject};
use crate::output::{sanitize, style};
use crate::provider::Provider;
use crate::text::count;

/// `--list-scenarios`.
pub(super) fn list(context: &Context, provider: &Provider) -> Result<Exit, Failure> {
    let output = &context.output;
    let names = provider.scenarios();
    if names.is_empty() && !output.is_json() {
        output.note(&format!("{} has no scenarios; --scenario also takes a file", provider.definition.title));
    }
    for name in names {
        let scenario = provider.scenario(&name)?;
        let steps: Vec<String> = scenario.steps.iter().map(|step| step.event.clone()).collect();
        let object = ListedScenario {
            kind: "listed_scenario",
            provider: provider.name.clone(),
            name,
            title: scenario.title,
            steps,
        };
        output.result(&object, || {
            let steps = count(object.steps.len(), "step", "steps");
            format!("{}  {}  {}", style::strong(&object.name), sanitize::line(&object.title), style::dim(&steps))
        });
    }
    Ok(Exit::Yes)
}

/// What the turns of a story are called.
pub(super) fn labels(job: &Job) -> Vec<Label> {
    let Some((story, ..)) = job.story() else { return Vec::new() };
    let label = |beat: &Beat| Label { step: beat.step + 1, of: story.len(), again: beat.again };
    story.beats().iter().map(label).collect()
}

/// Says which steps went well, and which one failed.
pub(super) fn sum_up(context: &Context, job: &Job, source: &Deliveries<'_>) {
    let (Some((story, name, title)), Deliveries::Story(told)) = (job.story(), source) else { return };
    let object = ScenarioObject {
        kind: "scenario",
        name: name.to_owned(),
        title: title.to_owned(),
        steps: steps(story, told),
        failed_step: told
            .outcomes()
            .iter()
            .zip(story.beats())
            .find(|(outcome, _)| outcome.is_bad())
            .map(|(_, beat)| beat.step + 1),
        stopped: told.is_stopped(),
    };
    if context.output.is_json() {
        context.output.json(&object);
        return;
    }
    let mut failed = object.steps.iter().filter(|step| step.outcome == "failed").peekable();
    while let Some(step) = failed.next() {
        // Those before it failed, too, and the story went on.
        let ends = if object.stopped && failed.peek().is_none() { "; the story ends here" } else { "" };
        let status = step.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        context.output.line(&format!(
            "{} step {} of {} failed: {}: {status}{ends}",
            style::bad("✗"),
            step.step,
            story.len(),
            sanitize::line(&step.event)
        ));
    }
    let number = |outcome: &str| object.steps.iter().filter(|step| step.outcome == outcome).count();
    let left_out: Vec<String> = [("dropped", "dropped"), ("not-told", "not told"), ("unwanted", "unwanted")]
        .iter()
        .filter(|(outcome, _)| number(outcome) > 0)
        .map(|(outcome, words)| format!(", {} {words}", number(outcome)))
        .collect();
    let told = object.steps.len() - number("dropped");
    let line =
        format!("{}: {} of {told} steps accepted{}", sanitize::line(name), number("accepted"), left_out.concat());
    context.output.note(&line);
}

fn steps(story: &Story, told: &Told<'_>) -> Vec<StepObject> {
    let step = |step: usize, outcome: &'static str, duplicate: bool, status: Option<u16>| StepObject {
        step: step + 1,
        event: story.event_type(step).to_owned(),
        outcome,
        duplicate,
        status,
    };
    let beats = story.beats().iter().zip(told.outcomes());
    let mut steps: Vec<StepObject> = beats
        .map(|(beat, outcome)| {
            let status = outcome.fates.last().and_then(|fate| fate.status);
            step(beat.step, word(outcome), beat.again, status)
        })
        .collect();
    steps.extend(story.dropped().iter().map(|at| step(*at, "dropped", false, None)));
    steps
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        outcome if !outcome.told => "not-told",
        outcome if outcome.is_bad() => "failed",
        outcome if outcome.deliveries == 0 => "unwanted",
        outcome if outcome.is_good() => "accepted",
        _ => "pending",
    }
}
