//! What a load test is held against and written to: thresholds, the baseline, report files.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::load::VerdictFlags;
use crate::commands::new_file::NewFile;
use crate::commands::{Context, read_input};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::load_report::LoadReport;
use crate::load::baseline::compare;
use crate::load::judge::{MissedRate, judge};
use crate::report::{Format, ReportFile, load};
use crate::threshold::{Scope, Threshold};

/// Where GitHub Actions says that a job's summary is.
const GITHUB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Everything that is known before the run about what follows it.
pub(super) struct Verdict {
    thresholds: Vec<Threshold>,
    baseline: Option<LoadReport>,
    files: Vec<ReportFile>,
    /// Appended to.
    summary: Option<PathBuf>,
    missed: MissedRate,
}

impl Verdict {
    /// Reads the baseline, and makes sure that nothing is asked for that cannot be: better now than after the run.
    pub(super) fn of(flags: &VerdictFlags, missed: MissedRate) -> Result<Self, Failure> {
        for threshold in &flags.assert {
            threshold.check(Scope::Load)?;
            if threshold.needs_baseline() && flags.baseline.is_none() {
                return Err(Failure::usage(format!("'{threshold}' needs an earlier report to compare with"))
                    .hint("give it with --baseline FILE.json"));
            }
        }
        for file in &flags.report {
            let folder = file.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !folder.is_dir() {
                return Err(Failure::usage(format!(
                    "there is no folder {} for {}",
                    folder.display(),
                    file.path.display()
                ))
                .hint("create it first"));
            }
        }
        let baseline = flags.baseline.as_deref().map(|path| read(&path.to_string_lossy())).transpose()?;
        let place = std::env::var_os(GITHUB_SUMMARY).filter(|place| !place.is_empty());
        Ok(Self {
            thresholds: flags.assert.clone(),
            baseline,
            files: flags.report.clone(),
            summary: place.filter(|_| flags.github_summary).map(PathBuf::from),
            missed,
        })
    }

    /// With more thresholds.
    pub(super) fn and(mut self, more: Vec<Threshold>) -> Self {
        for threshold in more {
            if !self.thresholds.contains(&threshold) {
                self.thresholds.push(threshold);
            }
        }
        self
    }

    /// Whether nothing is to be held against it.
    pub(super) fn asks_nothing(&self) -> bool {
        self.thresholds.is_empty() && self.baseline.is_none()
    }

    /// Holds the report against what was asked.
    pub(super) fn pass_on(&self, report: &mut LoadReport) {
        judge(report, &self.thresholds, self.baseline.as_ref(), self.missed);
        report.baseline = self.baseline.as_ref().map(|baseline| compare(report, baseline));
    }

    /// Writes the report files, and says where.
    pub(super) fn write(&self, context: &Context, report: &LoadReport) -> Result<(), Failure> {
        for ReportFile { path, format } in &self.files {
            let mut file = NewFile::create_shared(path)?;
            let text = load::render(report, *format);
            file.write_all(text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))?;
            file.finish()?;
            context.output.note(&format!("wrote {}", path.display()));
        }
        if let Some(path) = &self.summary {
            let text = load::render(report, Format::Markdown);
            let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(|error| Failure::unwritable(path, &error))?;
        }
        Ok(())
    }
}

/// How a command ends that has a judged report.
pub(super) fn exit(report: &LoadReport) -> Exit {
    if report.interrupted {
        Exit::Interrupted
    } else if report.aborted_by.is_some() || !report.passed() {
        Exit::No
    } else {
        Exit::Yes
    }
}

/// Reads a report.
pub(super) fn read(path: &str) -> Result<LoadReport, Failure> {
    let name = if path == "-" { "standard input" } else { path };
    let bytes = read_input(path)?;
    LoadReport::parse(&bytes).map_err(|error| {
        Failure::usage(format!("{name} is not a load report: {error}"))
            .hint("'hookctl load URL --report FILE.json' writes one")
    })
}
