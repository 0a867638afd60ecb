//! Which way knowledge flows: a module uses those on the lines below it in the map of `src/lib.rs`, never those above.
//!
//! The map is the only table of layers. What may be used on the same line is said here, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who uses whom on the same line of the map, and why that is right.
const SIDEWAYS: [(&str, &str, &str); 9] = [
    ("commands", "cli", "what was typed becomes settings in commands; cli itself knows nothing of that"),
    ("error", "exit", "every failure ends with a code"),
    ("load", "deliver", "a forged delivery is broken as send --tamper breaks one"),
    ("provider", "payload", "an event file is rendered into a payload"),
    ("analysis", "payload", "what is compared and described are documents"),
    ("receive", "deliver", "a forward is delivered on the same terms as what is sent"),
    ("secrets", "config", "a secret may be configured"),
    ("secrets", "clock", "a development certificate is valid from the present on"),
    ("formats", "http", "a raw request in a file is read by the reader of the wire"),
];

/// A use of one module in another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    user: String,
    used: String,
    place: String,
}

/// The lines of the map, the highest first.
fn layers(lib: &str) -> Vec<Vec<String>> {
    let map = lib.split("```").nth(1).expect("lib.rs has a map");
    let mut layers = vec![vec!["main".to_owned()]];
    for line in map.lines().filter_map(|line| line.split_once('→')) {
        let names = line.1.split("   ").next().expect("names");
        layers.push(names.split_whitespace().map(str::to_owned).collect());
    }
    layers
}

/// The files of `src/`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The module path of a file below `src/`.
fn module(file: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

/// The modules of the crate's root that a file uses: `crate::x`, `crate::{x, y}`, `hookctl::x` in the program itself, and
/// `super::x` where that is the root.
fn uses(file: &Path, text: &str) -> Vec<Use> {
    let path = module(file);
    let user = if path == ["lib"] { "main".to_owned() } else { path[0].clone() };
    let mut depth = path.len();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        if code.starts_with("mod tests {") {
            depth += 1;
        }
        let mut add = |used: &str| {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(Use { user: user.clone(), used: name, place: format!("src/{}:{}", file.display(), at + 1) });
        };
        for root in ["crate::".to_owned(), "hookctl::".to_owned(), "super::".repeat(depth)] {
            for (start, _) in code.match_indices(&root) {
                let whole =
                    code[..start].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
                let rest = &code[start + root.len()..];
                match rest.strip_prefix('{') {
                    _ if !whole || rest.starts_with('*') || rest.starts_with("super") => {}
                    Some(group) => {
                        let (group, _) = group.split_once('}').expect("a group on one line");
                        group.split(',').map(str::trim).for_each(&mut add);
                    }
                    None => add(rest),
                }
            }
        }
    }
    found
}

fn all_uses() -> Vec<Use> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in sources(&src) {
        let text = fs::read_to_string(&file).expect("a source file");
        found.extend(uses(file.strip_prefix(&src).expect("below src"), &text));
    }
    found
}

fn lib() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs")
}

#[test]
fn the_map_names_every_module_once() {
    let lib = lib();
    let mut mapped: Vec<String> = layers(&lib).concat();
    mapped.sort();
    let mut modules: Vec<String> =
        lib.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned())).collect();
    modules.push("main".to_owned());
    modules.sort();
    assert_eq!(mapped, modules);
}

#[test]
fn modules_use_those_below_them_only() {
    let layers = layers(&lib());
    let level: BTreeMap<&str, usize> =
        layers.iter().enumerate().flat_map(|(at, names)| names.iter().map(move |name| (name.as_str(), at))).collect();
    let mut sideways = BTreeSet::new();
    let mut wrong = Vec::new();
    for one in all_uses() {
        let (Some(user), Some(used)) = (level.get(one.user.as_str()), level.get(one.used.as_str())) else {
            // A type or function of the root itself.
            assert_eq!(one.user, "main", "{one:?} names something that is no module");
            continue;
        };
        let allowed = one.user == one.used
            || user < used
            || SIDEWAYS.iter().any(|(a, b, _)| user == used && (*a, *b) == (one.user.as_str(), one.used.as_str()));
        if !allowed {
            wrong.push(format!("{}: {} uses {}", one.place, one.user, one.used));
        }
        if user == used && one.user != one.used {
            sideways.insert((one.user, one.used));
        }
    }
    assert!(wrong.is_empty(), "knowledge flows the wrong way:\n{}", wrong.join("\n"));
    let told: BTreeSet<(String, String)> =
        SIDEWAYS.iter().map(|(user, used, _)| ((*user).to_owned(), (*used).to_owned())).collect();
    assert_eq!(told, sideways, "SIDEWAYS says more or less than there is");
}

#[test]
fn uses_are_found_in_all_their_spellings() {
    let text = "\
use crate::model::Id;
use crate::{store, config::Config};
// crate::cli is only spoken of
fn f() { crate::text::count(1); super::super::http::get(); my_crate::x(); }
mod tests {
    use super::*;
    use super::super::super::clock;
";
    let found: Vec<String> = uses(Path::new("receive/verify.rs"), text).into_iter().map(|one| one.used).collect();
    assert_eq!(found, ["model", "store", "config", "text", "http", "clock"]);
}
