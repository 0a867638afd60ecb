//! A bar for long work. It is drawn on stderr, and only there where somebody can see it move.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Output;

/// Work shorter than this many steps is over before a bar could be read.
const WORTH_A_BAR: u64 = 20;

/// A bar, or nothing.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over so many steps.
    pub fn over(output: &Output, steps: u64, what: &'static str) -> Self {
        if steps < WORTH_A_BAR || output.is_json() || output.style.quiet {
            return Self(None);
        }
        let bar = ProgressBar::new(steps);
        let template = "{msg} {wide_bar} {pos}/{len}  {per_sec}  {eta} left";
        bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(Some(bar))
    }

    /// Prints something while the bar is out of the way: results and bar may share a terminal.
    pub fn beside(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// One step is done.
    pub fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// All is done: the bar goes away.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
