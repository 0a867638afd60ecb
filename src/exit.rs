//! Exit codes: the only list of them.

use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well; the answer is yes.
    Yes,
    /// The answer is no: a signature that is not valid, a delivery that was not accepted.
    No,
    /// Wrong usage, configuration or input.
    Usage,
    /// The surroundings failed: cannot bind, connect, open the store.
    Surroundings,
    /// Interrupted, after a clean end.
    Interrupted,
}

impl Exit {
    /// The number that a shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Surroundings => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
