//! What packagers ship: completion scripts and manual pages.

use std::fs;
use std::path::Path;

use crate::support::Sandbox;

/// The shells, and the files as their packagers name them.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "hookctl.bash"),
    ("zsh", "_hookctl"),
    ("fish", "hookctl.fish"),
    ("elvish", "hookctl.elv"),
    ("powershell", "_hookctl.ps1"),
];

#[test]
fn the_committed_completions_are_those_of_the_binary() {
    let sandbox = Sandbox::new();
    for (shell, file) in SHELLS {
        let made = sandbox.ok(["completions", shell]).stdout();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(made == kept, "completions/{file} is stale: hookctl completions {shell} > completions/{file}");
    }
}

#[test]
fn the_bash_completion_is_sound_shell() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/hookctl.bash");
    let checked = std::process::Command::new("bash").arg("-n").arg(script).status();
    // A machine without bash has nobody who would use it.
    assert!(checked.is_err() || checked.is_ok_and(|status| status.success()));
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let sandbox = Sandbox::new();
    assert!(sandbox.ok(["man"]).stdout().starts_with(".ie"), "a page in roff");
    sandbox.ok(["man", "--dir", "pages"]);
    for command in ["listen", "send", "sign", "verify", "secret", "providers", "events", "events-list", "events-show"] {
        let page = fs::read_to_string(sandbox.path(&format!("pages/hookctl-{command}.1"))).expect(command);
        assert!(page.contains("SYNOPSIS"), "{command}");
    }
}
