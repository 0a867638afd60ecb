//! `hookctl load`
//!
//! ```text
//! emit.rs       the plan printed for other programs
//! profile.rs    a profile of the configuration → flags below those that were typed
//! probe.rs      what the receiver says it did
//! parts.rs      flags → what is sent: providers, events, secrets
//! captured.rs   flags → what is sent of what was captured
//! settings.rs   flags → a run: its target, its pace, its plan
//! shown.rs      what is shown while it runs, and after it
//! verdict.rs    what it is held against, and written to
//! reports.rs    saved reports: shown again, put together
//! ```

mod captured;
mod emit;
mod parts;
mod probe;
mod profile;
mod reports;
mod settings;
mod shown;
mod verdict;

use std::sync::Arc;

use crate::cli::load::LoadArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::load_report::{LoadReport, share};
use crate::load::judge::MissedRate;
use crate::load::{Control, Ended, run::run as carry_out};
use crate::threshold::{Scope, Threshold};

use self::probe::Asked;
use self::settings::Prepared;
use self::shown::Watching;
use self::verdict::Verdict;
use super::Context;
use super::runtime::{self, Interrupt};

pub(super) fn run(context: &Context, args: &LoadArgs) -> Result<Exit, Failure> {
    if let Some(command) = &args.command {
        return reports::run(context, command);
    }
    let args = &profile::with_profile(context, args)?;
    if let Some(what) = args.emit.emit {
        return emit::run(context, args, what);
    }
    let flags = &args.flags;
    for threshold in &flags.run.abort_on {
        threshold.check(Scope::Load)?;
        if threshold.needs_baseline() {
            return Err(Failure::usage(format!("--abort-on '{threshold}': only --assert compares with a baseline")));
        }
    }
    let missed = if flags.run.allow_missed_rate { MissedRate::IsAllowed } else { MissedRate::Fails };
    let verdict = Verdict::of(&flags.verdict, missed)?;
    let prepared = settings::prepare(context, args)?;
    let asked = Asked::of(&flags.run)?;
    let control = Arc::new(Control::default());
    let runtime = runtime::one_thread()?;
    let interrupt = runtime.block_on(async { Interrupt::new() });
    let mut heard = std::pin::pin!(interrupt.heard());
    let mut watching = Watching::new(&context.output);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let mut aborted_by = None;
    let (outcome, interrupted) = std::thread::scope(|scope| {
        let (settings, theirs) = (&prepared.settings, &control);
        let (watching, aborted_by) = (&mut watching, &mut aborted_by);
        let (abort_on, prepared) = (&flags.run.abort_on, &prepared);
        let running = scope.spawn(move || {
            let outcome = carry_out(settings, theirs, &mut |second, so_far| {
                watching.second(second);
                if !abort_on.is_empty() && aborted_by.is_none() {
                    *aborted_by = reached(abort_on, &prepared.report(&so_far(), End::NotYet));
                    if aborted_by.is_some() {
                        theirs.stop();
                    }
                }
            });
            drop(end);
            outcome
        });
        let mut ended = ended;
        let interrupted = runtime.block_on(async {
            tokio::select! {
                () = &mut heard => {}
                _ = &mut ended => return false,
            }
            control.stop();
            // Not in a blocking join: a second signal is heard meanwhile, and ends everything.
            let _ = ended.await;
            true
        });
        (running.join(), interrupted)
    });
    let outcome = outcome.map_err(|_| Failure::surroundings("a thread of the load test has failed"))?;
    let outcome = outcome.map_err(|error| {
        Failure::surroundings(format!("the load test cannot run: {}", crate::error::reason(&error)))
    })?;
    let end = match (interrupted, aborted_by.is_some()) {
        (true, _) => End::Interrupted,
        (false, true) => End::Aborted,
        (false, false) => End::Complete,
    };
    let mut report = prepared.report(&outcome, end);
    report.aborted_by = aborted_by;
    watching.end();
    let mut unanswered = None;
    if let Some(asked) = asked {
        let answer = asked.ask(outcome.accepted_events(flags.what.batch), prepared.settings.timeout);
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = answer => Some(answer),
                () = &mut heard, if !interrupted => None,
            }
        });
        match answer {
            Some(Ok(probe)) => report.probe = Some(probe),
            // The run is worth telling all the same.
            Some(Err(failure)) => {
                report.warnings.push(format!("what was processed is not known: {}", failure.message));
                unanswered = Some(failure);
            }
            None => report.interrupted = true,
        }
    }
    verdict.pass_on(&mut report);
    shown::report(&context.output, &report);
    verdict.write(context, &report)?;
    unanswered.map_or_else(|| Ok(verdict::exit(&report)), Err)
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Complete,
    Interrupted,
    Aborted,
}

impl Prepared {
    /// The report of a run, or of what there is of it so far.
    fn report(&self, ended: &Ended, end: End) -> LoadReport {
        let mut report = ended.report(&self.settings, self.description.clone(), self.seed, end == End::Interrupted);
        if end != End::Complete && report.rate.target.is_some() {
            // What has not been reached of the schedule is not missed: both are of the time so far.
            let seconds = report.series.last().map_or(0, |second| second.at + 1);
            let starts: u64 = report.series.iter().map(|second| second.starts).sum();
            let asked: f64 = report.series.iter().filter_map(|second| second.asked).sum();
            report.rate.achieved = share(starts, seconds).unwrap_or_default();
            report.rate.target = share(1, seconds).map(|each| asked * each);
        }
        report
    }
}

/// The first of these thresholds that holds.
fn reached(thresholds: &[Threshold], report: &LoadReport) -> Option<String> {
    let holds = |threshold: &&Threshold| threshold.evaluate(report, None).holds;
    thresholds.iter().find(holds).map(ToString::to_string)
}
