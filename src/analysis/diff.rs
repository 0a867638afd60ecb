//! How two JSON documents differ, by what they say and not by how it is written.
//!
//! The order of keys does not matter, nor does the spelling of a number (`1.50` is `1.5`). Of repeated keys the last
//! counts, as with most parsers. Lists are aligned by what they begin and end with alike; what lies between is compared
//! place by place. The work is linear in the documents, but for their depth, which reading limits.

use std::collections::{HashMap, HashSet};

use crate::payload::Node;

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Where: `data.items[0].price`, empty for the document itself. What moved within a list has its place in the old one.
    pub path: String,
    /// How.
    pub change: Change<'a>,
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Only the new document has it.
    Added(&'a Node),
    /// Only the old document has it.
    Removed(&'a Node),
    /// Both have it, with these values.
    Changed(&'a Node, &'a Node),
}

/// All differences, in the order of the old document. What lies at or below a path for which `ignored` holds is not
/// looked at.
pub fn documents<'a>(old: &'a Node, new: &'a Node, ignored: &dyn Fn(&str) -> bool) -> Vec<Difference<'a>> {
    let mut walk = Walk { ignored, path: String::new(), found: Vec::new() };
    walk.pair(old, new);
    walk.found
}

/// Whether two documents say the same.
pub fn same(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Number(a), Node::Number(b)) => a == b || Decimal::of(a) == Decimal::of(b),
        (Node::Array(a), Node::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Node::Object(a), Node::Object(b)) => {
            let (a, b) = (by_key(a), by_key(b));
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (a, b) => a == b,
    }
}

fn by_key(entries: &[(String, Node)]) -> HashMap<&str, &Node> {
    entries.iter().map(|(key, value)| (key.as_str(), value)).collect()
}

struct Walk<'a, 'i> {
    ignored: &'i dyn Fn(&str) -> bool,
    path: String,
    found: Vec<Difference<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn pair(&mut self, old: &'a Node, new: &'a Node) {
        match (old, new) {
            (Node::Object(before), Node::Object(after)) => self.objects(before, after),
            (Node::Array(before), Node::Array(after)) => self.lists(before, after),
            _ if same(old, new) => {}
            _ => self.report(Change::Changed(old, new)),
        }
    }

    fn objects(&mut self, old: &'a [(String, Node)], new: &'a [(String, Node)]) {
        let (before, after) = (by_key(old), by_key(new));
        let mut done = HashSet::with_capacity(before.len());
        for (key, _) in old.iter().filter(|(key, _)| done.insert(key.as_str())) {
            let value = before[key.as_str()];
            self.within(
                |path| push_key(path, key),
                |walk| match after.get(key.as_str()) {
                    Some(other) => walk.pair(value, other),
                    None => walk.report(Change::Removed(value)),
                },
            );
        }
        for (key, _) in new.iter().filter(|(key, _)| done.insert(key.as_str())) {
            self.within(|path| push_key(path, key), |walk| walk.report(Change::Added(after[key.as_str()])));
        }
    }

    fn lists(&mut self, old: &'a [Node], new: &'a [Node]) {
        let head = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
        let (rest_old, rest_new) = (&old[head..], &new[head..]);
        let tail = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let (mid_old, mid_new) = (&rest_old[..rest_old.len() - tail], &rest_new[..rest_new.len() - tail]);
        for at in 0..mid_old.len().max(mid_new.len()) {
            let place = head + at;
            self.within(
                |path| path.extend(["[", &place.to_string(), "]"]),
                |walk| match (mid_old.get(at), mid_new.get(at)) {
                    (Some(old), Some(new)) => walk.pair(old, new),
                    (Some(old), None) => walk.report(Change::Removed(old)),
                    (None, Some(new)) => walk.report(Change::Added(new)),
                    (None, None) => {}
                },
            );
        }
    }

    /// Does something a step deeper, unless that is ignored.
    fn within(&mut self, step: impl FnOnce(&mut String), act: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        step(&mut self.path);
        if !(self.ignored)(&self.path) {
            act(self);
        }
        self.path.truncate(length);
    }

    fn report(&mut self, change: Change<'a>) {
        self.found.push(Difference { path: self.path.clone(), change });
    }
}

/// Appends a key as `--set` takes it.
pub(super) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    for c in key.chars() {
        if matches!(c, '.' | '[' | '\\') {
            path.push('\\');
        }
        path.push(c);
    }
}

/// The value of a number's text: sign, digits without zeros at the ends, and the power of ten behind them.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let shortened = digits.trim_end_matches('0');
        let exponent = exponent
            .checked_sub(i64::try_from(fraction.len()).ok()?)?
            .checked_add(i64::try_from(digits.len() - shortened.len()).ok()?)?;
        let digits = shortened.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        Some(Self { negative, digits, exponent })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(text: &str) -> Node {
        Node::parse(text.as_bytes()).expect(text)
    }

    fn diff(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (node(old), node(new));
        let line = |difference: &Difference<'_>| match difference.change {
            Change::Added(value) => format!("+ {} {}", difference.path, value.compact()),
            Change::Removed(value) => format!("- {} {}", difference.path, value.compact()),
            Change::Changed(old, new) => format!("{} {} {}", difference.path, old.compact(), new.compact()),
        };
        documents(&old, &new, &|path| path == "skip").iter().map(line).collect()
    }

    #[test]
    fn what_says_the_same_does_not_differ() {
        for (old, new) in [
            (r#"{"a":1,"b":[1,{"c":2}]}"#, r#"{ "b": [1.0, {"c": 2e0}], "a": 10e-1 }"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            ("-0.0", "0"),
            ("1200", "1.2e3"),
            (r#""\u00e9""#, r#""é""#),
            (r#"{"skip":{"x":1}}"#, r#"{"skip":2}"#),
            ("{}", r#"{"skip":2}"#),
        ] {
            assert_eq!(diff(old, new), [""; 0], "{old} {new}");
        }
    }

    #[test]
    fn differences_have_their_places() {
        for (old, new, lines) in [
            (r#"{"a":{"b.c":1,"x":0}}"#, r#"{"a":{"b.c":2,"y":0}}"#, &[r"a.b\.c 1 2", "- a.x 0", "+ a.y 0"][..]),
            ("[1,2,3,4]", "[1,3,4]", &["- [1] 2"]),
            ("[1,2]", "[0,1,2]", &["+ [0] 0"]),
            (r#"[{"a":1},{"a":2},{"a":3}]"#, r#"[{"a":1},{"a":9},{"a":3}]"#, &["[1].a 2 9"]),
            ("[1,2,3]", "[4,5]", &["[0] 1 4", "[1] 2 5", "- [2] 3"]),
            ("1", "\"1\"", &[" 1 \"1\""]),
            ("{}", "[]", &[" {} []"]),
            ("10", "100", &[" 10 100"]),
            ("0.1", "0.10000000000000000000001", &[" 0.1 0.10000000000000000000001"]),
        ] {
            assert_eq!(diff(old, new), lines, "{old} {new}");
        }
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(Node::Null),
            any::<bool>().prop_map(Node::Bool),
            (-20_i64..20).prop_map(|number| Node::Number(number.to_string())),
            "[a-c]{0,2}".prop_map(Node::Text),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Node::Array),
                proptest::collection::vec(("[a-c]", inner), 0..4).prop_map(Node::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn there_are_differences_exactly_where_documents_are_not_the_same(a in any_node(), b in any_node()) {
            prop_assert!(documents(&a, &a, &|_| false).is_empty());
            prop_assert_eq!(documents(&a, &b, &|_| false).is_empty(), same(&a, &b));
            prop_assert_eq!(documents(&a, &b, &|_| false).len(), documents(&b, &a, &|_| false).len());
        }
    }
}
