//! Finding the values of several paths in the raw bytes of a JSON document, in one pass.
//!
//! No tree is built: what is on none of the paths is passed over, so a hostile document costs one linear pass and no
//! memory.

use super::json_path::{JsonPath, Step};
use super::json_scan::Scan;

/// Several paths, made ready.
#[derive(Debug, Clone, Default)]
pub struct JsonPaths {
    root: Branch,
    count: usize,
}

/// What the paths have in common so far.
#[derive(Debug, Clone, Default)]
struct Branch {
    /// The paths that end here, by their place in the list.
    ends: Vec<usize>,
    /// The steps that others take from here.
    further: Vec<(Step, Branch)>,
}

impl JsonPaths {
    /// Paths in the order in which their values are wanted.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a JsonPath>) -> Self {
        let mut all = Self::default();
        for path in paths {
            let mut branch = &mut all.root;
            for step in path.steps() {
                branch = branch.grow(step);
            }
            branch.ends.push(all.count);
            all.count += 1;
        }
        all
    }

    /// For each path the text of the string, number or boolean there; `None` where [`JsonPath::locate`] finds none.
    pub fn locate(&self, json: &[u8]) -> Vec<Option<String>> {
        let mut found = vec![None; self.count];
        if self.count > 0 && walk(&mut Scan::new(json), &self.root, &mut found).is_none() {
            found.fill(None);
        }
        found
    }
}

impl Branch {
    fn grow(&mut self, step: &Step) -> &mut Self {
        let at = self.further.iter().position(|(taken, _)| taken == step).unwrap_or_else(|| {
            self.further.push((step.clone(), Self::default()));
            self.further.len() - 1
        });
        &mut self.further[at].1
    }

    fn at_key(&self, key: &str) -> Option<&Self> {
        self.further.iter().find_map(|(step, branch)| match step {
            Step::Key(wanted) if wanted == key => Some(branch),
            _ => None,
        })
    }

    fn at_index(&self, at: usize) -> Option<&Self> {
        self.further.iter().find_map(|(step, branch)| match step {
            Step::Index(wanted) if *wanted == at => Some(branch),
            _ => None,
        })
    }

    /// Of repeated keys the last counts, whatever the one before it held.
    fn forget(&self, found: &mut [Option<String>]) {
        self.ends.iter().for_each(|at| found[*at] = None);
        self.further.iter().for_each(|(_, branch)| branch.forget(found));
    }
}

/// The text of a JSON scalar: a string unescaped, a number or boolean as it is written.
fn scalar_text(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.to_owned()),
    }
}

/// Walks along the paths of a branch through the next value; `None` if it is no JSON.
fn walk(scan: &mut Scan<'_>, branch: &Branch, found: &mut [Option<String>]) -> Option<()> {
    if branch.ends.is_empty() {
        return walk_into(scan, branch, found);
    }
    let raw = std::str::from_utf8(scan.value()?).ok()?;
    if let Some(text) = scalar_text(raw) {
        branch.ends.iter().for_each(|at| found[*at] = Some(text.clone()));
    } else if !branch.further.is_empty() {
        // What one path ends in, another goes through.
        walk_into(&mut Scan::new(raw.as_bytes()), branch, found)?;
    }
    Some(())
}

fn walk_into(scan: &mut Scan<'_>, branch: &Branch, found: &mut [Option<String>]) -> Option<()> {
    let close = match scan.peek()? {
        b'{' => b'}',
        b'[' => b']',
        _ => return scan.value().map(|_| ()),
    };
    scan.take(if close == b'}' { b'{' } else { b'[' });
    if scan.take(close) {
        return Some(());
    }
    for at in 0.. {
        let next = if close == b'}' { branch.at_key(&scan.key()?) } else { branch.at_index(at) };
        match next {
            Some(next) => {
                next.forget(found);
                walk(scan, next, found)?;
            }
            None => drop(scan.value()?),
        }
        if !scan.take(b',') {
            break;
        }
    }
    scan.take(close).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(paths: &[&str], json: &str) -> Vec<Option<String>> {
        let paths: Vec<JsonPath> = paths.iter().map(|path| path.parse().expect(path)).collect();
        JsonPaths::new(&paths).locate(json.as_bytes())
    }

    fn texts(values: &[Option<&str>]) -> Vec<Option<String>> {
        values.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn one_pass_finds_what_each_path_would_find_alone() {
        let documents = [
            r#"{"a":{"b":[1.50,{"c":"x\u00e9"}],"n":null,"t":true},"a.b":"dot","r":1,"r":2,"o":{}}"#,
            r#"{"r":{"s":1},"r":{"t":2},"a":"text","a":{"b":[3]}}"#,
            r#"{"a":{"b":[1]},"a":"text"}"#,
            r#"[{"a":1},2]"#,
            "{\"a\":1",
            "3",
            "",
        ];
        let paths =
            ["a.b[0]", "a.b[1].c", "a.t", "a.n", "a\\.b", "r", "o", "a", "r.s", "r.t", "[0].a", "[1]", "a.b[0]"];
        for json in documents {
            let alone: Vec<_> = paths.iter().map(|path| locate(&[path], json).pop().flatten()).collect();
            assert_eq!(locate(&paths, json), alone, "{json}");
        }
        assert_eq!(locate(&["a.b[0]", "r.s", "r.t"], documents[1]), texts(&[Some("3"), None, Some("2")]));
        assert_eq!(locate(&["a.b[0]", "a"], documents[2]), texts(&[None, Some("text")]));
    }

    #[test]
    fn no_paths_find_nothing() {
        assert!(locate(&[], "{").is_empty());
    }
}
