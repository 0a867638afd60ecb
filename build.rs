//! Lists `fixtures/` for the binary: every provider's definition, as JSON, and the paths of its files.
//!
//! TOML is for people; reading 120 files of it at every start would take longer than what users do with them. JSON says
//! the same and reads ten times as fast. A definition that is no TOML ends the build here; what it means is judged by the
//! library, and by the tests for every folder.

use std::fmt::Write;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
    let mut list = String::from("static BUILT_IN: &[BuiltIn] = &[\n");
    for folder in sorted(Path::new("fixtures")).into_iter().filter(|path| path.is_dir()) {
        let file = folder.join("provider.toml");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let definition: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let json = serde_json::to_string(&definition).expect("a table is an object");
        let mut paths = Vec::new();
        collect(&folder, "", &mut paths);
        paths.retain(|path| path != "provider.toml" && !path.starts_with("vectors/"));
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let _ = writeln!(list, "    BuiltIn {{ name: {name:?}, definition: {json:?}, files: &{paths:?} }},");
    }
    list.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("built_in.rs"), list).expect("the list can be written");
}

/// The paths of the files below a folder, relative to where it began, with `/`.
fn collect(folder: &Path, below: &str, paths: &mut Vec<String>) {
    for path in sorted(folder) {
        let name = format!("{below}{}", path.file_name().expect("an entry has a name").to_string_lossy());
        if path.is_dir() { collect(&path, &format!("{name}/"), paths) } else { paths.push(name) }
    }
}

fn sorted(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
