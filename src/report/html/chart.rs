//! Plots as SVG: an area with axes, and in it lines, filled lines, bars and marks. Colours come from the page's style.

use std::fmt::Write;

use super::{Axis, Html, el, of_class, text};

/// The drawing, in its own units; a page shows it as wide as there is room.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 264.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 30.0;

/// Marks closer than this would have their names on each other.
const MARK_GAP: f64 = 62.0;

/// A plot being drawn.
pub(crate) struct Chart {
    x: Axis,
    y: Axis,
    drawn: Vec<Html>,
    legend: Vec<(&'static str, &'static str)>,
}

/// A value pointed out on the x axis.
pub(crate) struct Mark {
    /// Where.
    pub(crate) value: f64,
    /// What it is.
    pub(crate) name: String,
    /// Its class in the style.
    pub(crate) class: &'static str,
}

impl Chart {
    /// An empty plot.
    pub(crate) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, drawn: Vec::new(), legend: Vec::new() }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let height = HEIGHT - TOP - BOTTOM;
        (LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - self.y.place(y) * height)
    }

    /// A line through the points; where there is none, it is broken. A name puts it into the legend.
    pub(crate) fn line(&mut self, class: &'static str, name: &'static str, points: &[Option<(f64, f64)>]) {
        let mut path = String::new();
        let mut pen_down = false;
        for (at, point) in points.iter().enumerate() {
            let Some(point) = point else {
                pen_down = false;
                continue;
            };
            let (x, y) = self.at(*point);
            let _ = write!(path, "{}{x:.1} {y:.1}", if pen_down { "L" } else { "M" });
            // A point between two gaps is a dot.
            if !pen_down && points.get(at + 1).is_none_or(Option::is_none) {
                let _ = write!(path, "h0.1");
            }
            pen_down = true;
        }
        self.drawn.push(el("path", &[("class", &format!("line {class}")), ("d", &path)], Html::none()));
        self.legend.push((class, name));
    }

    /// A line with the area below it filled.
    pub(crate) fn area(&mut self, class: &'static str, name: &'static str, points: &[(f64, f64)]) {
        let mut path = String::new();
        let base = HEIGHT - BOTTOM;
        for (at, point) in points.iter().enumerate() {
            let (x, y) = self.at(*point);
            let _ = if at == 0 { write!(path, "M{x:.1} {base}L{x:.1} {y:.1}") } else { write!(path, "L{x:.1} {y:.1}") };
            if at + 1 == points.len() {
                let _ = write!(path, "L{x:.1} {base}Z");
            }
        }
        self.drawn.push(el("path", &[("class", &format!("area {class}")), ("d", &path)], Html::none()));
        let line: Vec<Option<(f64, f64)>> = points.iter().copied().map(Some).collect();
        self.line(class, name, &line);
    }

    /// Bars from one value of x to another; pointing at one tells its title. What is not nothing is never drawn as nothing.
    pub(crate) fn bars(&mut self, class: &'static str, bars: impl IntoIterator<Item = ((f64, f64), f64, String)>) {
        let bars: Html = bars
            .into_iter()
            .filter(|(_, height, _)| *height > 0.0)
            .map(|((from, to), height, title)| {
                let ((left, top), (right, base)) = (self.at((from, height)), self.at((to, 0.0)));
                let width = (right - left - 1.0).max(1.0);
                let top = top.min(base - 1.5);
                let shape = [
                    ("x", format!("{left:.1}")),
                    ("y", format!("{top:.1}")),
                    ("width", format!("{width:.1}")),
                    ("height", format!("{:.1}", base - top)),
                ];
                let shape = shape.each_ref().map(|(key, value)| (*key, value.as_str()));
                el("rect", &shape, el("title", &[], text(&title)))
            })
            .collect();
        self.drawn.push(of_class("g", &format!("bars {class}"), bars));
    }

    /// Vertical lines at values that have a name.
    pub(crate) fn marks(&mut self, marks: &[Mark]) {
        let mut last = f64::NEG_INFINITY;
        for mark in marks {
            let (x, _) = self.at((mark.value, 0.0));
            // The later name gives way to the earlier one, to its right, as far as there is room.
            let name_x = x.max(last + MARK_GAP);
            let anchor = if name_x + MARK_GAP > WIDTH { "end" } else { "start" };
            let shift = if anchor == "end" { -4.0 } else { 0.0 };
            last = name_x;
            let (x, name_x) = (format!("{x:.1}"), format!("{:.1}", name_x.min(WIDTH - RIGHT) + shift));
            let (top, base) = (format!("{}", TOP - 4.0), format!("{}", HEIGHT - BOTTOM));
            let line = [("class", mark.class), ("x1", &x), ("x2", &x), ("y1", &top), ("y2", &base)];
            let name = [("class", mark.class), ("x", &name_x), ("y", "12"), ("text-anchor", anchor)];
            self.drawn.push(of_class(
                "g",
                "mark",
                [el("line", &line, Html::none()), el("text", &name, text(&mark.name))],
            ));
        }
    }

    /// The plot with its title, for a page.
    pub(crate) fn figure(self, title: &str, note: &str) -> Html {
        let (mut grid, mut names) = (Vec::new(), Vec::new());
        for (value, name) in self.y.ticks() {
            let y = HEIGHT - BOTTOM - self.y.place(*value) * (HEIGHT - TOP - BOTTOM);
            let (left, right) = (LEFT.to_string(), (WIDTH - RIGHT).to_string());
            let line = format!("{y:.1}");
            grid.push(el("line", &[("x1", &left), ("x2", &right), ("y1", &line), ("y2", &line)], Html::none()));
            let (x, y) = ((LEFT - 8.0).to_string(), format!("{:.1}", y + 4.0));
            names.push(el("text", &[("x", &x), ("y", &y), ("text-anchor", "end")], text(name)));
        }
        for (value, name) in self.x.ticks() {
            let x = format!("{:.1}", self.at((*value, 0.0)).0);
            let (top, base) = ((HEIGHT - BOTTOM).to_string(), (HEIGHT - BOTTOM + 4.0).to_string());
            grid.push(el("line", &[("x1", &x), ("x2", &x), ("y1", &top), ("y2", &base)], Html::none()));
            let y = (HEIGHT - BOTTOM + 18.0).to_string();
            names.push(el("text", &[("x", &x), ("y", &y), ("text-anchor", "middle")], text(name)));
        }
        let size = format!("0 0 {WIDTH} {HEIGHT}");
        let drawing = el(
            "svg",
            &[("viewBox", &size), ("role", "img"), ("aria-label", title)],
            [
                of_class("g", "grid", grid.into_iter().collect::<Html>()),
                of_class("g", "names", names.into_iter().collect::<Html>()),
                self.drawn.into_iter().collect::<Html>(),
            ],
        );
        let legend: Html =
            self.legend.iter().map(|(class, name)| of_class("span", &format!("key {class}"), text(name))).collect();
        let note = if note.is_empty() { Html::none() } else { of_class("span", "note", text(note)) };
        let caption = el("figcaption", &[], [el("h2", &[], text(title)), of_class("span", "legend", legend), note]);
        el("figure", &[], [caption, drawing])
    }
}
