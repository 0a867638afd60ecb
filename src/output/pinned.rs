//! Lines that stay at the bottom of the terminal, below everything that is printed.
//!
//! The cursor rests at their beginning, so that taking them away needs no counting of rows: also after a window was made
//! narrower, and its terminal has broken them anew, all of them are behind it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Stream;

/// From the first column of the cursor's row on, nothing.
const ERASE: &str = "\r\u{1b}[J";

/// Lines as they are to be pinned: none is wider than the terminal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The lines.
    pub lines: Vec<String>,
    /// Where the cursor rests in the first one.
    pub column: usize,
}

/// What is pinned now, as it is drawn.
#[derive(Default)]
pub(super) struct Pinned(Mutex<Option<String>>);

impl Pinned {
    /// Pins other lines in the place of the last ones; with `None`, none.
    pub(super) fn set(&self, out: &Stream, lines: Option<&Lines>) {
        let mut drawn = self.lock();
        let next = lines.filter(|lines| !lines.lines.is_empty()).map(draw);
        if *drawn == next {
            return;
        }
        let before = if drawn.is_some() { ERASE } else { "" };
        out.text(&format!("{before}{}", next.as_deref().unwrap_or_default()));
        *drawn = next;
    }

    /// Writes something above them.
    pub(super) fn above(&self, out: &Stream, write: impl FnOnce()) {
        let drawn = self.lock();
        let Some(drawn) = &*drawn else { return write() };
        out.write(ERASE.as_bytes());
        write();
        out.text(drawn);
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines, and the way back to where the cursor rests.
fn draw(lines: &Lines) -> String {
    use std::fmt::Write;

    let mut text = lines.lines.join("\n");
    let up = lines.lines.len() - 1;
    if up > 0 {
        let _ = write!(text, "\u{1b}[{up}A");
    }
    text.push('\r');
    if lines.column > 0 {
        let _ = write!(text, "\u{1b}[{}C", lines.column);
    }
    text
}
