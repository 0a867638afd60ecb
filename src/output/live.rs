//! Lines at the bottom of the terminal that are drawn again and again. Only where somebody can see them move.

use console::Term;

use super::Output;

/// Lines that are drawn over those before.
pub struct Live {
    terminal: Term,
    drawn: usize,
}

impl Live {
    /// On stderr; `None` if that is no terminal, or nobody wants to see anything.
    pub fn on(output: &Output) -> Option<Self> {
        let terminal = Term::stderr();
        (terminal.is_term() && !output.is_json() && !output.style.quiet).then_some(Self { terminal, drawn: 0 })
    }

    /// Draws these lines in the place of the last ones, each cut to the terminal's width.
    pub fn draw(&mut self, lines: &[String]) {
        let width = usize::from(self.terminal.size().1).max(20) - 1;
        let text: Vec<String> = lines.iter().map(|line| console::truncate_str(line, width, "…").into_owned()).collect();
        // Whoever has closed the terminal sees nothing anyway.
        let _ = self.terminal.clear_last_lines(self.drawn);
        let _ = self.terminal.write_line(&text.join("\n"));
        self.drawn = text.len();
    }

    /// Takes the lines away.
    pub fn clear(&mut self) {
        let _ = self.terminal.clear_last_lines(self.drawn);
        self.drawn = 0;
    }
}
