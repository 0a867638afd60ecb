//! Which way knowledge flows: every `crate::module` that a file names must be below the file's own module.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, the highest first; modules of one line do not know each other.
const LAYERS: [&[&str]; 10] = [
    &["main"],
    &["commands", "cli"],
    &["error"],
    &["output", "inspector"],
    &["receive", "deliver"],
    &["store", "http", "config", "secrets", "formats", "clock"],
    &["query"],
    &["provider", "payload", "json"],
    &["signature"],
    &["model", "text", "exit"],
];

/// Uses within a line, or up, each with its reason.
const ALLOWED: [(&str, &str, &str); 8] = [
    ("commands", "cli", "commands take what was typed"),
    ("secrets", "config", "a secret may be configured"),
    ("secrets", "clock", "a secret is made of chance"),
    ("formats", "http", "raw heads are read and written in one place only"),
    ("provider", "payload", "a provider's events are payloads"),
    ("json", "provider", "the public view of a provider and of a judgement"),
    ("json", "error", "the public view of a failure"),
    ("output", "error", "a failure is printed"),
];

fn rank(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("'{module}' is in no layer"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a file names behind `crate::`, tests and comments left out.
fn uses(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let mut found = Vec::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn knowledge_flows_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut needed = Vec::new();
    for file in all {
        let inside = file.strip_prefix(&root).expect("below src");
        let first = inside.iter().next().expect("a name").to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" || inside.to_string_lossy().contains("tests") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        for used in uses(&text) {
            if used == module || !root.join(&used).exists() && !root.join(format!("{used}.rs")).exists() {
                continue;
            }
            let allowed = ALLOWED.iter().any(|(from, to, _)| *from == module && *to == used);
            if rank(&used) > rank(&module) {
                continue;
            }
            if allowed {
                needed.push((module.clone(), used));
            } else {
                wrong.entry((module.clone(), used)).or_default().push(inside.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "these look up or sideways: {wrong:#?}");
    let idle: Vec<_> =
        ALLOWED.iter().filter(|(from, to, _)| !needed.contains(&((*from).to_owned(), (*to).to_owned()))).collect();
    assert!(idle.is_empty(), "nobody needs these exceptions any more: {idle:?}");
}

#[test]
fn every_module_has_a_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(root).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        if name != "lib" {
            rank(&name);
        }
    }
}
