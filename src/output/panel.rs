//! What is at the bottom of the terminal while `listen` runs: the selected delivery, those around it, and what keys do.
//!
//! It knows neither terminal nor clock: keys and deliveries in, lines and acts out.

use std::collections::VecDeque;

use console::{Key, truncate_str};

use super::human::line::Line;
use super::pinned::Lines;
use super::table::{padded, width};
use super::{sanitize, style};
use crate::text::matches_glob;

/// Deliveries that can be selected; older ones are for `events`.
const RECENT: usize = 200;

/// The most that are listed at once: a glance, with the scrollback above it still in sight.
const LISTED: usize = 7;

/// What each key does, the most wanted first: where there is no room for all of them, the last ones are left out.
const KEYS: [(&str, &str); 9] = [
    ("↑↓", "select"),
    ("Enter", "details"),
    ("r", "replay"),
    ("c", "copy as curl"),
    ("o", "open in the inspector"),
    ("/", "filter"),
    ("?", "keys"),
    ("q", "quit"),
    ("Esc", "back to the newest"),
];

/// A delivery that can be selected.
#[derive(Debug)]
pub struct Entry {
    /// Its number in the store.
    pub number: i64,
    /// Who sent it.
    pub provider: Option<String>,
    /// What it tells of.
    pub event: Option<String>,
    /// How it is shown.
    pub line: Line,
}

/// What is to be done with the delivery of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Show all of it.
    Details(i64),
    /// Send it to where it is forwarded once more.
    Replay(i64),
    /// Copy it as a curl command.
    Curl(i64),
    /// Open it in the inspector.
    Open(i64),
    /// End.
    Quit,
}

/// The panel.
#[derive(Debug, Default)]
pub struct Panel {
    /// By their numbers.
    recent: VecDeque<Entry>,
    /// The selected one; `None`: the newest, whichever that is.
    selected: Option<i64>,
    filter: String,
    /// Whether keys go into the filter.
    typing: bool,
    listing: bool,
    help: bool,
}

impl Panel {
    /// A delivery has arrived; says whether it fits the filter.
    pub fn add(&mut self, entry: Entry) -> bool {
        let fits = self.fits(&entry);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        // Deliveries are told when they are answered, which may be in another order.
        let behind = self.recent.iter().rposition(|other| other.number < entry.number).map_or(0, |at| at + 1);
        self.recent.insert(behind, entry);
        fits
    }

    /// A key was pressed.
    pub fn press(&mut self, key: &Key) -> Option<Act> {
        match key {
            Key::ArrowUp => self.step(-1),
            Key::ArrowDown => self.step(1),
            Key::PageUp => self.step(-LISTED.cast_signed()),
            Key::PageDown => self.step(LISTED.cast_signed()),
            Key::Escape => self.escape(),
            _ if self.typing => self.typed(key),
            Key::Char('k') => self.step(-1),
            Key::Char('j') => self.step(1),
            Key::Home | Key::Char('g') => self.step(-RECENT.cast_signed()),
            Key::End | Key::Char('G') => self.step(RECENT.cast_signed()),
            Key::Enter => return self.chosen().map(|entry| Act::Details(entry.number)),
            Key::Char('r') => return self.chosen().map(|entry| Act::Replay(entry.number)),
            Key::Char('c') => return self.chosen().map(|entry| Act::Curl(entry.number)),
            Key::Char('o') => return self.chosen().map(|entry| Act::Open(entry.number)),
            Key::Char('q') => return Some(Act::Quit),
            Key::Char('/') => (self.typing, self.listing) = (true, true),
            Key::Char('?') => self.help = !self.help,
            _ => {}
        }
        None
    }

    /// Leaves what is on top: the filter, the help, the list.
    fn escape(&mut self) {
        if self.typing || !self.filter.is_empty() {
            self.filter.clear();
            self.typing = false;
        } else if self.help {
            self.help = false;
        } else {
            self.listing = false;
            self.selected = None;
        }
    }

    fn typed(&mut self, key: &Key) {
        /// Ctrl-U empties a line everywhere.
        const EMPTY: char = '\u{15}';
        /// No name is longer.
        const LONGEST: usize = 100;
        match key {
            Key::Enter => self.typing = false,
            Key::Char(EMPTY) => self.filter.clear(),
            Key::Char(c) if !c.is_control() && self.filter.chars().count() < LONGEST => self.filter.push(*c),
            Key::Backspace if self.filter.is_empty() => self.typing = false,
            Key::Backspace => drop(self.filter.pop()),
            _ => {}
        }
    }

    /// Selects another one, so many further down; beyond the last one, whichever is the newest.
    fn step(&mut self, by: isize) {
        let fitting = self.fitting();
        // The first step shows where one is.
        let from = self.place(&fitting);
        let to = from.saturating_add_signed(by).min(fitting.len().saturating_sub(1));
        let selected = if to + 1 >= fitting.len() { None } else { fitting.get(to).map(|entry| entry.number) };
        self.selected = selected;
        self.listing = true;
    }

    fn fits(&self, entry: &Entry) -> bool {
        let (filter, provider) = (self.filter.as_str(), entry.provider.as_deref().unwrap_or_default());
        let event = entry.event.as_deref().unwrap_or_default();
        let both = format!("{provider} {event}");
        if filter.contains(['*', '?']) {
            [provider, event, &both].iter().any(|text| matches_glob(filter, text))
        } else {
            both.to_lowercase().contains(&filter.to_lowercase())
        }
    }

    fn fitting(&self) -> Vec<&Entry> {
        self.recent.iter().filter(|entry| self.fits(entry)).collect()
    }

    /// Where the selected one is among these; if it is none of them, the one before it.
    fn place(&self, fitting: &[&Entry]) -> usize {
        let behind = |number| fitting.partition_point(|entry| entry.number <= number);
        self.selected.map_or(fitting.len(), behind).saturating_sub(1)
    }

    fn chosen(&self) -> Option<&Entry> {
        let fitting = self.fitting();
        fitting.get(self.place(&fitting)).copied()
    }

    /// The panel in a window of this size.
    pub fn lines(&self, (rows, columns): (usize, usize)) -> Lines {
        // Into the last column nothing is written: what a terminal makes of that differs.
        let columns = columns.saturating_sub(1);
        let fitting = self.fitting();
        let mut lines = Vec::new();
        let mut column = 0;
        if self.typing || !self.filter.is_empty() {
            let filter = format!("/ {}", sanitize::line(&self.filter));
            column = if self.typing { width(&filter).min(columns.saturating_sub(1)) } else { 0 };
            let of = format!("{} of {}", fitting.len(), self.recent.len());
            let how = if self.typing { "text or glob; Enter keeps it, Esc clears it" } else { "Esc clears it" };
            lines.push(format!("{}  {}", style::warn(&filter), style::dim(&format!("{of}  {how}"))));
        }
        let most = if self.listing { LISTED.min(rows / 3).max(1) } else { 1 };
        lines.extend(self.listed(&fitting, most, columns));
        if self.help {
            lines.extend(help(columns));
        } else if self.listing && most > 1 {
            lines.push(hints(columns));
        }
        lines.truncate(rows.saturating_sub(1));
        let lines = lines.iter().map(|line| truncate_str(line, columns, "…").into_owned()).collect();
        Lines { lines, column }
    }

    /// The selected one, with those around it.
    fn listed(&self, fitting: &[&Entry], most: usize, columns: usize) -> Vec<String> {
        let hint = style::dim("? keys");
        let beside = if self.listing || self.help { String::new() } else { format!("  {hint}") };
        if fitting.is_empty() {
            let why = if self.recent.is_empty() { "no delivery yet" } else { "no delivery fits" };
            return vec![format!("{}{beside}", style::dim(why))];
        }
        let at = self.place(fitting);
        // The selected one in the middle, unless there is nothing more on one side.
        let start = at.saturating_sub(most / 2).min(fitting.len().saturating_sub(most));
        let shown = fitting.iter().enumerate().skip(start).take(most);
        let room = columns.saturating_sub(2 + width(&beside));
        let line = |(place, entry): (usize, &&Entry)| {
            let mark = if place == at { style::strong("▸ ") } else { "  ".to_owned() };
            let line = format!("{mark}{}", entry.line.fitted(room));
            if beside.is_empty() { line } else { format!("{}{beside}", padded(line, 2 + room)) }
        };
        shown.map(line).collect()
    }
}

fn key((key, what): &(&str, &str)) -> String {
    format!("{} {}", style::strong(key), style::dim(what))
}

/// As much of what keys do as fits into a line.
fn hints(columns: usize) -> String {
    let mut line = "  ".to_owned();
    for each in KEYS.iter().map(key) {
        if width(&line) + width(&each) > columns {
            break;
        }
        line.push_str(&each);
        line.push_str("  ");
    }
    line.trim_end().to_owned()
}

/// All that keys do.
fn help(columns: usize) -> Vec<String> {
    let more = [("j k", "as ↓ ↑"), ("g G", "the oldest, the newest"), ("Ctrl-C", "as q")];
    let mut lines = vec!["  ".to_owned()];
    for each in KEYS.iter().chain(&more).map(key) {
        let last = lines.last_mut().expect("there is one from the start");
        if width(last) > 2 && width(last) + width(&each) > columns {
            lines.push(format!("  {each}  "));
        } else {
            last.push_str(&each);
            last.push_str("  ");
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::human::line::example;

    fn panel(events: &[&str]) -> Panel {
        let mut panel = Panel::default();
        for (at, event) in events.iter().enumerate() {
            panel.add(entry(i64::try_from(at).expect("few") + 1, event));
        }
        panel
    }

    fn entry(number: i64, what: &str) -> Entry {
        let (provider, event) = what.split_once(' ').expect("provider and event");
        let line = example(number, provider, event);
        Entry { number, provider: Some(provider.to_owned()), event: Some(event.to_owned()), line }
    }

    fn press(panel: &mut Panel, keys: &str) -> Option<Act> {
        let key = |c| match c {
            '^' => Key::ArrowUp,
            'v' => Key::ArrowDown,
            '\n' => Key::Enter,
            '!' => Key::Escape,
            '<' => Key::Backspace,
            c => Key::Char(c),
        };
        keys.chars().map(|c| panel.press(&key(c))).last().flatten()
    }

    #[test]
    fn keys_act_on_the_selected_one() {
        let events = ["stripe a", "github b", "stripe c"];
        for (keys, act) in [
            ("\n", Some(Act::Details(3))),
            ("k\n", Some(Act::Details(2))),
            ("^^r", Some(Act::Replay(1))),
            ("^^^^^c", Some(Act::Curl(1))),
            ("gjr", Some(Act::Replay(2))),
            ("^vvvr", Some(Act::Replay(3))),
            ("kk!\n", Some(Act::Details(3))),
            ("/stripe\n^r", Some(Act::Replay(1))),
            ("/stripe^\n\n", Some(Act::Details(1))),
            ("/nobody\n\n", None),
            ("/git!\n", Some(Act::Details(3))),
            ("/q\n", None),
            ("q", Some(Act::Quit)),
            ("x", None),
        ] {
            assert_eq!(press(&mut panel(&events), keys), act, "{keys:?}");
        }
        assert_eq!(press(&mut panel(&[]), "k\n"), None);
    }

    #[test]
    fn a_selection_stays_while_others_arrive_and_the_newest_is_followed_otherwise() {
        let mut panel = panel(&["stripe a", "github b"]);
        panel.add(entry(3, "stripe c"));
        assert_eq!(press(&mut panel, "\n"), Some(Act::Details(3)));
        press(&mut panel, "k");
        panel.add(entry(4, "stripe d"));
        assert_eq!(press(&mut panel, "\n"), Some(Act::Details(2)));
        panel.add(entry(6, "stripe e"));
        panel.add(entry(5, "stripe e"));
        press(&mut panel, "G");
        assert_eq!(press(&mut panel, "\n"), Some(Act::Details(6)), "told in another order");
        press(&mut panel, "gj");
        for number in 7..500 {
            panel.add(entry(number, "stripe e"));
        }
        assert_eq!(press(&mut panel, "\n"), Some(Act::Details(300)), "what is gone has the oldest in its place");
        assert_eq!(panel.recent.len(), RECENT);
    }

    #[test]
    fn a_filter_is_a_part_of_a_name_or_a_glob() {
        for (filter, fits) in [
            ("", true),
            ("stripe", true),
            ("INVOICE", true),
            ("invoice.*", true),
            ("stripe invoice.*", true),
            ("strip?", true),
            ("github", false),
            ("paid.*", false),
            ("*.created", false),
        ] {
            let mut panel = Panel { filter: filter.to_owned(), ..Panel::default() };
            assert_eq!(panel.add(entry(1, "stripe invoice.paid")), fits, "{filter}");
        }
    }

    #[test]
    fn no_line_is_wider_and_not_more_are_drawn_than_there_is_room_for() {
        let mut panel = panel(&["stripe payment_intent.succeeded", "github push", "漢字 漢字.漢字"]);
        for keys in ["", "k", "?", "/in*", "\n", "!!!"] {
            press(&mut panel, keys);
            for (rows, columns) in [(1, 1), (2, 10), (5, 30), (24, 80), (50, 200)] {
                let Lines { lines, column } = panel.lines((rows, columns));
                assert!(lines.len() < rows.max(1) + 1 && lines.len() <= rows.saturating_sub(1), "{keys} {lines:?}");
                assert!(lines.iter().all(|line| width(line) < columns.max(1)), "{keys} {columns}: {lines:?}");
                assert!(column < columns, "{keys} {column}");
            }
        }
    }

    #[test]
    fn the_list_shows_what_is_around_the_selected_one() {
        let mut panel = panel(&["a a", "b b", "c c", "d d", "e e", "f f", "g g", "h h", "i i"]);
        let first = |panel: &Panel| -> Vec<String> {
            let lines = panel.lines((24, 100)).lines;
            lines.iter().map(|line| line.chars().skip(12).take(2).collect()).collect()
        };
        assert_eq!(first(&panel), ["#9"]);
        press(&mut panel, "kkk");
        let lines = panel.lines((24, 100)).lines;
        assert_eq!(lines.len(), LISTED + 1, "{lines:?}");
        assert!(lines[3].starts_with("▸ ") && lines[3].contains("#6"), "{lines:?}");
        assert!(lines[LISTED].contains("Enter details"), "{lines:?}");
    }
}
