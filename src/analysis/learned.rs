//! What each event type looked like so far, and what is new in the next payload. A change is found once: from then on it
//! belongs to what was seen.

use std::collections::BTreeMap;

use super::drift::{Drift, DriftKind, compare};
use super::schema::{Schema, document};
use super::shape::Observed;
use super::stats::Kind;
use crate::payload::Node;

/// What fewer payloads have in common may be chance, so nothing is said about it.
pub const FEWEST: u64 = 5;

/// Event types that are told apart. They come from requests, and anybody can invent some.
const MOST_KINDS: usize = 1_000;

/// The event types seen so far.
#[derive(Debug, Default)]
pub struct Learned {
    kinds: BTreeMap<Kind, Observed>,
}

/// What a payload says about its event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is the first of its type.
    First,
    /// It looks like those before, or there are too few of them.
    None,
    /// It does not look like those before.
    Changed {
        /// How many there were before.
        seen: u64,
        /// How it differs.
        drifts: Vec<Drift>,
    },
}

impl Learned {
    /// How many types are known, and of how many there are enough payloads to judge others.
    pub fn kinds(&self) -> (usize, usize) {
        (self.kinds.len(), self.kinds.values().filter(|one| one.shape.seen >= FEWEST).count())
    }

    /// Looks at one more payload.
    pub fn look(&mut self, kind: Kind, payload: &Node) -> News {
        if !self.kinds.contains_key(&kind) && self.kinds.len() >= MOST_KINDS {
            return News::None;
        }
        let known = self.kinds.entry(kind).or_default();
        let seen = known.shape.seen;
        let drifts = match seen {
            0..FEWEST => Vec::new(),
            _ => {
                let schema = Schema::read(&document(&known.shape, "", "")).expect("a schema that we wrote");
                against(&schema, payload)
            }
        };
        known.add(payload);
        match (seen, drifts.is_empty()) {
            (0, _) => News::First,
            (_, true) => News::None,
            (_, false) => News::Changed { seen, drifts },
        }
    }
}

/// How one payload differs from a schema. That it lacks what need not be there says nothing.
pub fn against(schema: &Schema, payload: &Node) -> Vec<Drift> {
    let mut alone = Observed::default();
    alone.add(payload);
    let mut drifts = compare(schema, &alone.shape);
    drifts.retain(|drift| drift.kind != DriftKind::Unseen);
    drifts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(learned: &mut Learned, kind: &str, payload: &str) -> News {
        let kind = Kind { provider: Some("p".to_owned()), event_type: Some(kind.to_owned()) };
        learned.look(kind, &Node::parse(payload.as_bytes()).expect(payload))
    }

    #[test]
    fn a_change_is_told_once_and_only_of_types_that_are_known_well() {
        let mut learned = Learned::default();
        assert_eq!(look(&mut learned, "a", r#"{"n":1,"x":null}"#), News::First);
        assert_eq!(look(&mut learned, "a", r#"{"n":"text","x":1}"#), News::None, "one before is too few");
        for _ in 2..FEWEST {
            assert_eq!(look(&mut learned, "a", r#"{"n":1}"#), News::None);
        }
        let changed = look(&mut learned, "a", r#"{"n":true,"new":[]}"#);
        let News::Changed { seen, drifts } = changed else { panic!("{changed:?}") };
        let found: Vec<_> = drifts.iter().map(|drift| (drift.path.as_str(), drift.kind)).collect();
        assert_eq!((seen, found), (FEWEST, vec![("n", DriftKind::Type), ("new", DriftKind::Added)]));
        assert_eq!(look(&mut learned, "a", r#"{"n":false,"new":[]}"#), News::None, "told once");
        assert_eq!(look(&mut learned, "b", r#"{"n":1}"#), News::First, "another type is another matter");
        assert_eq!(learned.kinds(), (2, 1));
    }

    #[test]
    fn memory_is_bounded() {
        let mut learned = Learned::default();
        for at in 0..MOST_KINDS + 5 {
            look(&mut learned, &at.to_string(), "1");
        }
        assert_eq!(learned.kinds().0, MOST_KINDS);
    }
}
