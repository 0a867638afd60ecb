//! Puts `fixtures/` into the binary: every provider's definition, as JSON, and its other files, packed.
//!
//! TOML is for people; reading 140 files of it at every start would take longer than what users do with them. JSON says
//! the same and reads ten times as fast. A definition that is no TOML ends the build here; what it means is judged by the
//! library, and by the tests for every folder.
//!
//! Of each provider there are two parts: its definition with the list of its files, which every use of it needs; and the files
//! themselves. The events of a provider are much alike, so that packed together they are a tenth as large; and a command unpacks
//! those of the provider that it names.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    let folders: Vec<PathBuf> = sorted(Path::new("fixtures")).into_iter().filter(|path| path.is_dir()).collect();
    let mut list = format!("static BUILT_IN: [BuiltIn; {}] = [\n", folders.len());
    for folder in folders {
        let file = folder.join("provider.toml");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let definition: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let json = serde_json::to_string(&definition).expect("a table is an object");
        let mut paths = Vec::new();
        collect(&folder, "", &mut paths);
        // Vectors are run by tests and by `providers check`, from their folder.
        paths.retain(|path| path != "provider.toml" && !path.starts_with("vectors/"));
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        // The definition is one line, each file another one: its length and its path.
        let (mut head, mut contents) = (json, Vec::new());
        for path in paths {
            let bytes = fs::read(folder.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let _ = write!(head, "\n{} {path}", bytes.len());
            contents.extend(bytes);
        }
        let (head_file, contents_file) = (out.join(format!("{name}.head")), out.join(format!("{name}.contents")));
        pack(head.as_bytes(), &head_file);
        pack(&contents, &contents_file);
        let (head, contents) = (head_file.to_string_lossy(), contents_file.to_string_lossy());
        let _ = writeln!(
            list,
            "    BuiltIn {{ name: {name:?}, packed_head: include_bytes!({head:?}), \
             packed_contents: include_bytes!({contents:?}), files: OnceLock::new(), contents: OnceLock::new() }},"
        );
    }
    list.push_str("];\n");
    fs::write(out.join("built_in.rs"), list).expect("the list can be written");
}

fn pack(bytes: &[u8], file: &Path) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory can be written");
    fs::write(file, encoder.finish().expect("memory can be written")).expect("the file can be written");
}

/// The paths of the files below a folder, relative to where it began, with `/`.
fn collect(folder: &Path, below: &str, paths: &mut Vec<String>) {
    for path in sorted(folder) {
        let name = format!("{below}{}", path.file_name().expect("an entry has a name").to_string_lossy());
        if path.is_dir() { collect(&path, &format!("{name}/"), paths) } else { paths.push(name) }
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
