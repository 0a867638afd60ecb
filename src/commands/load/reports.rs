//! `hookctl load report` and `hookctl load merge`

use super::shown;
use super::verdict::{Verdict, exit, read};
use crate::cli::load::{LoadCommand, MergeArgs, ReportArgs};
use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::load_report::LoadReport;
use crate::load::judge::MissedRate;
use crate::load::merge;
use crate::threshold::Threshold;

pub(super) fn run(context: &Context, command: &LoadCommand) -> Result<Exit, Failure> {
    match command {
        LoadCommand::Report(args) => show(context, args),
        LoadCommand::Merge(args) => merged(context, args),
    }
}

fn show(context: &Context, args: &ReportArgs) -> Result<Exit, Failure> {
    let mut report = read(&args.file)?;
    // A report whose rate was allowed to be missed has no word of it among its thresholds.
    let judged = report.asserts.iter().any(|one| one.implied && one.expr.starts_with("rate "));
    let missed = if judged { MissedRate::Fails } else { MissedRate::IsAllowed };
    let verdict = Verdict::of(&args.verdict, missed)?;
    if !verdict.asks_nothing() {
        verdict.pass_on(&mut report);
    }
    shown::report(&context.output, &report);
    verdict.write(context, &report)?;
    Ok(if report.interrupted && report.passed() { Exit::Yes } else { exit(&report) })
}

fn merged(context: &Context, args: &MergeArgs) -> Result<Exit, Failure> {
    let missed = if args.allow_missed_rate { MissedRate::IsAllowed } else { MissedRate::Fails };
    let reports: Vec<merge::Named> =
        args.files.iter().map(|file| Ok((file.clone(), read(file)?))).collect::<Result<_, Failure>>()?;
    let asked = asked(&reports, args.verdict.baseline.is_some());
    let verdict = Verdict::of(&args.verdict, missed)?.and(asked);
    let mut whole: LoadReport = merge::merge(&reports)?;
    verdict.pass_on(&mut whole);
    shown::report(&context.output, &whole);
    verdict.write(context, &whole)?;
    Ok(exit(&whole))
}

/// The thresholds that the shards were started with: they are about the whole. Those that compare with a baseline need one.
fn asked(reports: &[merge::Named], has_baseline: bool) -> Vec<Threshold> {
    let all = reports.iter().flat_map(|(_, report)| &report.asserts).filter(|one| !one.implied);
    let known = all.filter_map(|one| one.expr.parse::<Threshold>().ok());
    known.filter(|threshold| has_baseline || !threshold.needs_baseline()).collect()
}
