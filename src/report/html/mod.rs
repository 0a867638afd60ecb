//! Pages that need nothing but themselves: no script, no font, no picture from elsewhere; a policy in the page forbids it.
//!
//! Markup is made by [`el`] and [`text`] alone, which escape: a name from outside cannot become an element.

mod axis;
mod chart;

use std::fmt::Write;

use super::entity::entity;
use crate::text::is_unsafe;

pub(super) use axis::Axis;
pub(super) use chart::{Chart, Mark};

/// How pages look: light, dark, printed.
const STYLE: &str = include_str!("style.css");

/// Markup that is safe to put into a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Html(String);

impl Html {
    /// Nothing.
    pub(super) fn none() -> Self {
        Self::default()
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

impl<const N: usize> From<[Html; N]> for Html {
    fn from(parts: [Html; N]) -> Self {
        parts.into_iter().collect()
    }
}

/// Text, escaped.
pub(super) fn text(text: &str) -> Html {
    Html(escaped(text))
}

/// An element with attributes, which are escaped, and what it holds.
pub(super) fn el(name: &'static str, attributes: &[(&'static str, &str)], inner: impl Into<Html>) -> Html {
    let mut out = format!("<{name}");
    for (key, value) in attributes {
        let _ = write!(out, " {key}=\"{}\"", escaped(value));
    }
    out.push('>');
    out.push_str(&inner.into().0);
    let _ = write!(out, "</{name}>");
    Html(out)
}

/// An element of a class.
pub(super) fn of_class(name: &'static str, class: &str, inner: impl Into<Html>) -> Html {
    el(name, &[("class", class)], inner)
}

/// A table; a row's first cell is its head. Cells with a number are aligned by the class `n` of their column.
pub(super) fn table(titles: &[(&str, &str)], rows: Vec<Vec<Html>>) -> Html {
    let head = titles.iter().map(|(title, class)| el("th", &[("class", *class), ("scope", "col")], text(title)));
    let body = rows.into_iter().map(|row| {
        let cells = row.into_iter().zip(titles).enumerate().map(|(at, (cell, (_, class)))| match at {
            0 => el("th", &[("class", *class), ("scope", "row")], cell),
            _ => of_class("td", class, cell),
        });
        el("tr", &[], cells.collect::<Html>())
    });
    let body: Html = body.collect();
    let table = el("table", &[], [el("thead", &[], el("tr", &[], head.collect::<Html>())), el("tbody", &[], body)]);
    of_class("div", "scroll", table)
}

/// A whole page.
pub(super) fn page(title: &str, body: &Html) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        escaped(title),
        body.0
    )
}

/// Text without markup, and without characters that show nothing or turn the text around.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, entity(c)) {
            (_, Some(entity)) => out.push_str(entity),
            ('\'', _) => out.push_str("&#39;"),
            (c, _) if is_unsafe(c) => out.extend(c.escape_unicode()),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let made = el("a", &[("title", "\"><script>")], text("</a><img src=x onerror='1'>\u{1b}\u{202e}")).0;
        assert_eq!(
            made,
            "<a title=\"&quot;&gt;&lt;script&gt;\">&lt;/a&gt;&lt;img src=x onerror=&#39;1&#39;&gt;\\u{1b}\\u{202e}</a>"
        );
    }
}
