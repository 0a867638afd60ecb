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

/// About how wide a character of a mark's name is, and how much room is left between two.
const CHARACTER: f64 = 8.4;
const MARK_GAP: f64 = 8.0;

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

/// Places for names that begin at these places and are so wide: moved so that none covers another, as far as there is room
/// up to the end.
fn apart(at: &[f64], widths: &[f64], end: f64) -> Vec<f64> {
    let mut places = at.to_vec();
    for one in 1..places.len() {
        places[one] = places[one].max(places[one - 1] + widths[one - 1]);
    }
    let mut end = end;
    for (place, width) in places.iter_mut().zip(widths).rev() {
        *place = place.min(end - width);
        end = *place;
    }
    places
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

    /// Vertical lines at values that have a name, from left to right.
    pub(crate) fn marks(&mut self, marks: &[Mark]) {
        #[expect(clippy::cast_precision_loss, reason = "a few characters")]
        let widths: Vec<f64> =
            marks.iter().map(|mark| mark.name.chars().count() as f64 * CHARACTER + MARK_GAP).collect();
        let at: Vec<f64> = marks.iter().map(|mark| self.at((mark.value, 0.0)).0).collect();
        for ((mark, x), name_x) in marks.iter().zip(&at).zip(apart(&at, &widths, WIDTH - RIGHT)) {
            let (x, name_x) = (format!("{x:.1}"), format!("{name_x:.1}"));
            let (top, base) = (format!("{}", TOP - 4.0), format!("{}", HEIGHT - BOTTOM));
            let line = [("class", mark.class), ("x1", &x), ("x2", &x), ("y1", &top), ("y2", &base)];
            let name = [("class", mark.class), ("x", &name_x), ("y", "12")];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_marks_do_not_cover_each_other() {
        assert_eq!(apart(&[10.0, 12.0, 300.0], &[50.0, 50.0, 50.0], 600.0), [10.0, 60.0, 300.0]);
        assert_eq!(apart(&[500.0, 580.0, 590.0], &[50.0, 50.0, 50.0], 600.0), [450.0, 500.0, 550.0]);
        assert!(apart(&[], &[], 600.0).is_empty());
    }
}
