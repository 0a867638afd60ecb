//! What can be broken about a valid request: a table of damages, each with the cause that it must be explained by.

mod bodies;
mod circumstances;
mod signatures;

use hookctl::diagnosis::Cause;

pub(super) use self::bodies::PLAIN;

use super::signer::{Broken, Signer};

/// A way of breaking a request.
pub(super) struct Damage {
    /// What it must be explained by.
    pub(super) cause: Cause,
    /// What is done.
    pub(super) what: String,
    /// Whether the cause may stand beside another, which is as true.
    pub(super) beside: bool,
    /// Whether it is tried together with a wrong secret, too.
    pub(super) is_for_pairs: bool,
    /// Who signs; empty: [`SIGNERS`](super::signer::SIGNERS).
    pub(super) signers: Vec<Signer>,
    /// Breaks a request of a signer; `None` where there is nothing to break in this way.
    pub(super) apply: Box<Apply>,
}

type Apply = dyn Fn(&Signer) -> Option<Broken>;

fn damage(cause: Cause, what: impl Into<String>, apply: impl Fn(&Signer) -> Option<Broken> + 'static) -> Damage {
    Damage { cause, what: what.into(), beside: false, is_for_pairs: false, signers: Vec::new(), apply: Box::new(apply) }
}

/// All of them.
pub(super) fn damages() -> Vec<Damage> {
    let mut all = bodies::bodies();
    all.extend(signatures::secrets());
    all.extend(signatures::signatures());
    all.extend(signatures::headers());
    all.extend(circumstances::times());
    all.extend(circumstances::addresses());
    all
}
