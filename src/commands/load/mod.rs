//! `hookctl load`
//!
//! ```text
//! parts.rs      flags → what is sent: providers, events, secrets
//! settings.rs   flags → a run: its target, its pace, its plan
//! shown.rs      what is shown while it runs, and after it
//! ```

mod parts;
mod settings;
mod shown;

use std::sync::Arc;

use crate::cli::load::LoadArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::load_report::LoadReport;
use crate::load::{Control, run::run as carry_out};

use self::settings::Prepared;
use self::shown::Watching;
use super::Context;
use super::runtime::{self, Interrupt};

/// The share of the rate asked for that may be missed.
const MISSED: f64 = 0.01;

pub(super) fn run(context: &Context, args: &LoadArgs) -> Result<Exit, Failure> {
    let prepared = settings::prepare(context, args)?;
    let control = Arc::new(Control::default());
    let runtime = runtime::one_thread()?;
    let interrupt = runtime.block_on(async { Interrupt::new() });
    let mut watching = Watching::new(&context.output);
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let (outcome, interrupted) = std::thread::scope(|scope| {
        let (settings, theirs) = (&prepared.settings, &control);
        let watching = &mut watching;
        let running = scope.spawn(move || {
            let outcome = carry_out(settings, theirs, &mut |second, _| watching.second(second));
            drop(end);
            outcome
        });
        let interrupted = runtime.block_on(async {
            tokio::select! {
                () = interrupt.heard() => true,
                _ = ended => false,
            }
        });
        if interrupted {
            control.stop();
        }
        (runtime.block_on(async { running.join() }), interrupted)
    });
    let outcome = outcome.map_err(|_| Failure::surroundings("a thread of the load test has failed"))?;
    let outcome = outcome.map_err(|error| {
        Failure::surroundings(format!("the load test cannot run: {}", crate::error::reason(&error)))
    })?;
    let Prepared { settings, description, seed, allow_missed_rate } = &prepared;
    let report = outcome.report(settings, description.clone(), *seed, interrupted);
    shown::report(&context.output, &report);
    Ok(exit(&report, *allow_missed_rate))
}

/// What the run came to: the exit code tells the truth by default.
fn exit(report: &LoadReport, allow_missed_rate: bool) -> Exit {
    let missed = report.rate.target.is_some_and(|asked| report.rate.achieved < asked * (1.0 - MISSED));
    if report.interrupted {
        Exit::Interrupted
    } else if report.succeeded == 0 || !report.passed() || (missed && !allow_missed_rate) {
        Exit::No
    } else {
        Exit::Yes
    }
}
