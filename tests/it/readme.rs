//! README.md is true: its examples run and print what it shows, and its tables are those of the program.

mod console;
mod mask;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use hookctl::exit::Exit;
use serde_json::Value;

use console::{Sandbox, examples, in_repository};

fn readme() -> String {
    fs::read_to_string(in_repository("README.md")).expect("README.md")
}

/// What hookctl prints, in an empty home.
fn printed(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().expect("a home");
    let mut hookctl = Command::new(env!("CARGO_BIN_EXE_hookctl"));
    let output = hookctl
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .args(arguments)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The rows of the table whose first column has this title; all tables of that title, one behind the other.
fn table(document: &str, title: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with(&format!("| {title} |")) {
            continue;
        }
        lines.next();
        let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        rows.extend(lines.by_ref().take_while(|line| line.starts_with('|')).map(cells));
    }
    assert!(!rows.is_empty(), "README has no table of {title}");
    rows
}

/// The words in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_example_prints_what_readme_shows() {
    let examples = examples(&readme());
    assert!(examples.len() > 20, "the examples are found");
    let problems = Sandbox::new().run(examples);
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn every_command_has_a_heading() {
    let readme = readme();
    let help = printed(&["-h"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"listen"), "{names:?}");
    for name in names {
        assert!(readme.lines().any(|line| line.starts_with(&format!("### `{name}`"))), "no heading for {name}");
    }
}

#[test]
fn every_flag_of_a_command_is_told() {
    let readme = readme();
    for command in [
        &["listen"][..],
        &["send"],
        &["sign"],
        &["verify"],
        &["replay"],
        &["events", "list"],
        &["events", "show"],
        &["load"],
        &["secret"],
        &["init"],
        &["man"],
    ] {
        let help = printed(&[command, &["-h"]].concat());
        let flags = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
            .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-'));
        for flag in flags.filter(|flag| !["--help", "--version"].contains(flag)) {
            let told = readme.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == flag);
            assert!(told, "{command:?} {flag}");
        }
    }
}

#[test]
fn limits_are_those_of_the_configuration_and_the_help() {
    let settings: BTreeMap<String, String> = objects(&printed(&["config", "--json"]))
        .iter()
        .map(|setting| {
            (setting["key"].as_str().expect("key").to_owned(), setting["value"].as_str().expect("value").to_owned())
        })
        .collect();
    let help = printed(&["listen", "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let limits = help.split_once("Limits:").and_then(|(_, rest)| rest.split_once("Global options:")).expect("limits").0;
    let in_help: BTreeSet<&str> = limits.split(' ').filter(|word| word.starts_with("--")).collect();

    let mut told = BTreeSet::new();
    for row in table(&readme(), "what | limit | flag | beyond it") {
        let [what, limit, flag, _] = row.as_slice() else { panic!("four columns: {row:?}") };
        let Some(flag) = quoted(flag).pop() else {
            assert_eq!(flag, "fixed", "{what}");
            continue;
        };
        let key = format!("listen.{}", flag.trim_start_matches('-').replace('-', "_"));
        assert_eq!(Some(limit), settings.get(&key), "{what}");
        let (_, of_flag) = limits.split_once(&format!("{flag} ")).unwrap_or_else(|| panic!("{flag} is no flag"));
        let (_, default) = of_flag.split_once("[default: ").expect("a default in the help");
        assert_eq!(default.split(']').next(), Some(limit.as_str()), "the help of {flag}");
        told.insert(flag);
    }
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), in_help);
}

#[test]
fn providers_are_those_that_are_built_in() {
    let rows: Vec<String> = table(&readme(), "name | signs with").iter().map(|row| row.join(" | ")).collect();
    let built_in: Vec<String> = objects(&printed(&["providers", "--json"])).iter().map(provider_row).collect();
    assert_eq!(rows, built_in, "the rows are:\n| {} |\n", built_in.join(" |\n| "));
}

fn provider_row(provider: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let schemes = provider["schemes"].as_array().expect("schemes");
    let mut kinds: Vec<String> = schemes.iter().map(|scheme| text(&scheme["kind"])).collect();
    kinds.dedup();
    let mut headers: Vec<String> = schemes.iter().map(|scheme| format!("`{}`", text(&scheme["header"]))).collect();
    headers.dedup();
    let events = provider["events"].as_array().expect("events").len();
    let name = text(&provider["name"]);
    let title = format!("[{name}]({})", text(&provider["docs"]));
    let or_none = |words: Vec<String>| if words.is_empty() { "–".to_owned() } else { words.join(", ") };
    let (kinds, headers) = (or_none(kinds), or_none(headers));
    format!("{title} | {kinds} | {headers} | {events} | {} | {}", text(&provider["status"]), proof(&name))
}

/// What proves that a provider's signatures are right: the verifiers that judged its vectors, else what these rest on; and
/// how many vectors there are.
fn proof(provider: &str) -> String {
    const FROM_BEST: [(&str, &str); 6] = [
        ("confirmed", ""),
        ("confirmed-same-scheme", " (same scheme)"),
        ("confirmed-generic", " (general)"),
        ("published-vector", "its published examples"),
        ("third-party", "another's verifier"),
        ("documentation-only", "its documentation"),
    ];
    let path = format!("{}/fixtures/{provider}/vectors/requests.jsonl", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(path) else { return "–".to_owned() };
    let vectors: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect();
    let mut verifiers = Vec::new();
    for by in vectors.iter().flat_map(|vector| vector["confirmed_by"].as_array().into_iter().flatten()) {
        let by = by.as_str().expect("a verifier");
        let package = by.trim_start_matches("npm ").trim_start_matches("PyPI ").split(' ').next();
        let package = format!("`{}`", package.unwrap_or_default());
        if !verifiers.contains(&package) {
            verifiers.push(package);
        }
    }
    let best = FROM_BEST.iter().find(|(status, _)| vectors.iter().any(|vector| vector["status"] == *status));
    let (status, words) = best.unwrap_or_else(|| panic!("{provider}: no vector says what it rests on"));
    let by = if status.starts_with("confirmed") { verifiers.join(", ") } else { String::new() };
    let (count, s) = (vectors.len(), if vectors.len() == 1 { "" } else { "s" });
    format!("{by}{words}; {count} vector{s}")
}

#[test]
fn exit_codes_are_those_that_commands_end_with() {
    let told: Vec<String> = table(&readme(), "code").into_iter().map(|row| row[0].clone()).collect();
    let all = [Exit::Yes, Exit::No, Exit::Usage, Exit::Surroundings, Exit::Interrupted];
    assert_eq!(told, all.map(|exit| exit.code().to_string()));
}

#[test]
fn json_objects_have_the_fields_of_the_table() {
    let printed = Sandbox::new().json(&[
        "hookctl listen --rate-limit 2/h --expect svix --within 1h --forward-to http://127.0.0.1:9 --ack 202 --exec true --alert 'requests > 0' --source http://127.0.0.1:9/x --json",
        "hookctl init --json",
        "hookctl trust --json",
        "hookctl send stripe charge.refunded --tamper header --json",
        "hookctl send stripe charge.refunded --json",
        "hookctl send stripe charge.refunded --json",
        "hookctl replay --compare --json",
        "hookctl send generic order.paid --to http://127.0.0.1:9/ --count 6 --store :memory: --json",
        "hookctl send generic --scenario order --speed max --json",
        "hookctl send generic --list-scenarios --json",
        "hookctl send slack url_verification --handshake --store :memory: --json",
        "hookctl events list --json",
        "hookctl events show --json",
        "hookctl verify --json",
        "hookctl verify 1..2 --json",
        "hookctl send generic order.paid --dry-run --json",
        "hookctl send generic --data /dev/null --dry-run --json",
        "hookctl sign generic --data /dev/null --json",
        "hookctl providers --json",
        "hookctl providers show stripe --json",
        "hookctl secret stripe --json",
        "hookctl secret stripe --write-env .env NAME --json",
        "hookctl config --json",
        "hookctl events stats --json",
        "hookctl events schema --event charge.refunded --json",
        "hookctl events schema --event charge.refunded > s.json; hookctl events schema --event charge.refunded --against s.json --json",
        "for n in 1 2 3 4 5 true; do echo \"{\\\"type\\\":\\\"t\\\",\\\"n\\\":$n}\"; done > bodies; hookctl events import bodies --provider generic --store other.db --json; hookctl events schema --changes --store other.db --json",
        "hookctl events schema --watch --store other.db --json > w & while ! [ -s w ]; do :; done; kill $!; cat w",
        "hookctl events diff 1 2 --json",
        "hookctl events fixture 2 --dir own --json",
        "hookctl events export 2 --output e.ndjson --json",
        "hookctl events import e.ndjson --store third.db --json",
        "hookctl events prune --dry-run --json",
        "hookctl events check --json",
        "hookctl events delete 1 --json",
        "hookctl load http://localhost:3000/ --requests 3 --json",
        concat!("hookctl providers check ", env!("CARGO_MANIFEST_DIR"), "/fixtures/slack --json"),
        "hookctl events show 4711 --json",
        "hookctl nonsense --json",
    ]);
    let rows = table(&readme(), "kind");
    let mut seen = BTreeSet::new();
    for object in &printed {
        let fields: BTreeSet<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
        let fits = |row: &Vec<String>| {
            let told = quoted(&row[2]);
            let always = told.iter().filter(|field| !field.ends_with('?'));
            quoted(&row[0]) == [object["kind"].as_str().unwrap_or_default()]
                && always.clone().all(|field| fields.contains(field.as_str()))
                && fields.iter().all(|f| *f == "kind" || told.iter().any(|t| t.trim_end_matches('?') == *f))
        };
        let row = rows.iter().position(fits).unwrap_or_else(|| panic!("not in the table of README: {object}"));
        seen.insert(row);
    }
    let unseen: Vec<_> = rows.iter().enumerate().filter(|(at, _)| !seen.contains(at)).map(|(_, row)| &row[0]).collect();
    assert!(unseen.is_empty(), "nothing printed {unseen:?}");
}

#[test]
fn links_lead_somewhere() {
    for name in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let document = fs::read_to_string(in_repository(name)).expect(name);
        let anchors: BTreeSet<String> = document.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
        for link in document.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if let Some(heading) = link.strip_prefix('#') {
                assert!(anchors.contains(heading), "{name}: no heading for #{heading}");
            } else if !link.starts_with("http") {
                let path = Path::new(link.split('#').next().unwrap_or(link));
                assert!(in_repository("").join(path).exists(), "{name}: there is no {link}");
            }
        }
    }
}

#[test]
fn the_generic_provider_links_to_its_section() {
    let provider = &objects(&printed(&["providers", "show", "generic", "--json"]))[0];
    let docs = provider["docs"].as_str().expect("a link");
    let (_, heading) = docs.split_once('#').expect("a heading");
    assert!(readme().lines().any(|line| line.starts_with('#') && anchor(line) == heading), "{docs}");
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}
