//! Columns of text, as wide as they need to be.

use super::style;

/// Rows of cells, aligned; cells may hold colour, and must be safe to show.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// Of rows that were taken already.
    widths: Vec<usize>,
}

/// How many columns a text takes on a terminal, colour left out.
pub fn width(text: &str) -> usize {
    let plain = style::plain(text);
    // Each of these takes one, and most text is nothing else.
    let is_visible_ascii = plain.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'));
    if is_visible_ascii { plain.len() } else { console::measure_text_width(&plain) }
}

/// The text with spaces up to this width; a wider one stays as it is.
pub fn padded(mut text: String, columns: usize) -> String {
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&text))));
    text
}

impl Table {
    /// A table with a first row of titles.
    pub fn with_titles(titles: &[&str]) -> Self {
        Self { rows: vec![titles.iter().map(|title| style::dim(title)).collect()], widths: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, without trailing spaces.
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths_now();
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }

    /// The lines of the rows so far, which then are no longer kept. Rows that come later line up with them as well as
    /// what is known now allows.
    pub fn take_lines(&mut self) -> Vec<String> {
        self.widths = self.widths_now();
        self.rows.drain(..).map(|row| line(&row, &self.widths)).collect()
    }

    fn widths_now(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.widths.len());
        let so_far = |at: usize| self.widths.get(at).copied().unwrap_or(0);
        (0..columns)
            .map(|at| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(at))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or(0)
                    .max(so_far(at))
            })
            .collect()
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let last = row.len().saturating_sub(1);
    let mut text = String::new();
    for (at, cell) in row.iter().enumerate() {
        text.push_str(&if at < last { padded(cell.clone(), widths[at] + 2) } else { cell.clone() });
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_is_in_them() {
        let mut table = Table::default();
        table.row(vec!["a".into(), "bb".into()]);
        table.row(vec!["漢字".into(), "c".into()]);
        assert_eq!(table.lines(), ["a     bb", "漢字  c"]);
    }

    #[test]
    fn later_rows_line_up_with_earlier_ones() {
        let mut table = Table::default();
        table.row(vec!["long".into(), "x".into()]);
        assert_eq!(table.take_lines(), ["long  x"]);
        table.row(vec!["a".into(), "y".into()]);
        assert_eq!(table.take_lines(), ["a     y"]);
        assert!(table.take_lines().is_empty());
    }
}
