//! A line for long work. It is drawn on stderr, and only there where somebody can see it move.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::Output;
use crate::clock;
use crate::model::quantity::show_duration;
use crate::model::{DeliveryId, NewAttempt, Upcoming};

/// Work shorter than this many steps is over before a bar could be read.
const WORTH_A_BAR: u64 = 20;

/// A wait shorter than this is over before it could be read.
const WORTH_A_LINE: Duration = Duration::from_millis(500);

/// As often as anybody can see.
const DRAWS_A_SECOND: u8 = 20;

/// A bar over many steps, a line with what comes next, or nothing.
pub struct Progress {
    bar: Option<ProgressBar>,
    waiting: Waiting,
    /// Whether there are enough steps to count them.
    counts: bool,
    steps: u64,
    what: &'static str,
}

/// What is to be tried again, by delivery.
type Waiting = Arc<Mutex<BTreeMap<DeliveryId, Upcoming>>>;

impl Progress {
    /// A bar over so many steps.
    pub fn over(output: &Output, steps: u64, what: &'static str) -> Self {
        let shown = !output.is_json() && !output.style.quiet;
        let counts = shown && steps >= WORTH_A_BAR;
        let mut progress = Self { bar: None, waiting: Waiting::default(), counts, steps, what };
        if counts {
            progress.draw();
        }
        // A line appears once there is something to wait for.
        progress.steps = if shown { steps } else { 0 };
        progress
    }

    fn draw(&mut self) {
        let template =
            if self.counts { "{msg} {wide_bar} {pos}/{len}  {rate}/s  {eta} left{next}" } else { "{spinner}{next}" };
        let bar = ProgressBar::with_draw_target(Some(self.steps), target());
        let waiting = self.waiting.clone();
        let next = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = out.write_str(&next(&waiting));
        };
        // A tenth is all that can be read while it moves, and less of what is fast.
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            let rate = state.per_sec();
            let _ = if rate < 100.0 { write!(out, "{rate:.1}") } else { write!(out, "{rate:.0}") };
        };
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        bar.set_style(style.with_key("next", next).with_key("rate", rate));
        bar.set_message(self.what);
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bar = Some(bar);
    }

    /// Prints something while the bar is out of the way: results and bar may share a terminal.
    pub fn beside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// One step is done.
    pub fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// An attempt has ended, and perhaps another one follows.
    pub fn attempt(&mut self, attempt: &NewAttempt, next: Option<&Upcoming>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match next {
            Some(next) => {
                waiting.insert(attempt.delivery, *next);
            }
            None => {
                waiting.remove(&attempt.delivery);
            }
        }
        drop(waiting);
        let long = next.is_some_and(|next| next.due_at.since(clock::now()) >= WORTH_A_LINE);
        if self.bar.is_none() && self.steps > 0 && long {
            self.draw();
        }
        if next.is_none() {
            self.step();
        }
    }

    /// All is done: the bar goes away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Stderr, where somebody can see it.
fn target() -> ProgressDrawTarget {
    let terminal = Term::buffered_stderr();
    if terminal.is_term() {
        ProgressDrawTarget::term_like_with_hz(Box::new(FromTheLeft(terminal)), DRAWS_A_SECOND)
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// A terminal on which the cursor waits at the left of the bar. At its right, the `^C` that a terminal shows would begin another
/// line, and the bar's own would stay.
#[derive(Debug)]
struct FromTheLeft(Term);

impl TermLike for FromTheLeft {
    fn width(&self) -> u16 {
        self.0.width()
    }

    fn height(&self) -> u16 {
        self.0.height()
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.write_str("\r")?;
        self.0.flush()
    }
}

/// What comes next, with the time that is left until then.
fn next(waiting: &Waiting) -> String {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(first) = waiting.values().min_by_key(|next| next.due_at) else { return String::new() };
    let left = first.due_at.since(clock::now());
    // Tenths of seconds that flicker tell nobody anything.
    let left = if left > Duration::from_secs(10) { Duration::from_secs(left.as_secs()) } else { left };
    let others = if waiting.len() > 1 { format!("; {} deliveries wait", waiting.len()) } else { String::new() };
    format!(" next: attempt {} of {} in {}{others}", first.attempt, first.of, show_duration(left))
}
