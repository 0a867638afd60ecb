//! A figure beside what it is to reach, so that whoever runs this need not look it up.

use std::io;

/// What a figure is held against: what it must be, and what it should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    /// At least so much.
    Least(f64, f64),
    /// At most so much.
    Most(f64, f64),
}

impl Reach {
    fn holds(self, value: f64) -> (bool, bool) {
        match self {
            Self::Least(floor, goal) => (value >= floor, value >= goal),
            Self::Most(floor, goal) => (value <= floor, value <= goal),
        }
    }
}

/// A line of a figure and whether it is reached.
pub(crate) fn held(out: &mut impl io::Write, what: &str, value: f64, reach: Reach) -> io::Result<()> {
    let (floor, goal) = reach.holds(value);
    let (word, (must, should)) = match reach {
        Reach::Least(must, should) => ("at least", (must, should)),
        Reach::Most(must, should) => ("at most", (must, should)),
    };
    let digits = if value.abs() < 10.0 { 2 } else { 1 };
    let told = |holds: bool| if holds { "held" } else { "MISSED" };
    write!(out, "  → {what}: {value:.digits$}; {word} {must}: {}", told(floor))?;
    if (must - should).abs() > f64::EPSILON {
        write!(out, ", {should}: {}", told(goal))?;
    }
    writeln!(out)
}
