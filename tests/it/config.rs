//! Configuration as a user meets it: order, origins, and errors with file, line and key.

use serde_json::Value;

use crate::support::Sandbox;

/// The value and origin of a key.
fn setting(objects: &[Value], key: &str) -> (String, String) {
    let object = objects.iter().find(|object| object["key"] == key).unwrap_or_else(|| panic!("{key} is not listed"));
    let text = |name: &str| object[name].as_str().expect("text").to_owned();
    (text("value"), text("origin"))
}

#[test]
fn later_wins_and_every_value_says_where_it_comes_from() {
    let sandbox = Sandbox::new();
    let config = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = sandbox.hookctl(["config", "--json"].into_iter().chain(flags.iter().copied()));
        for (name, value) in variables {
            command = command.env(name, value);
        }
        setting(&command.run().exits(0).objects(), "timeout")
    };
    assert_eq!(config(&[], &[]), ("30s".into(), "default".into()));
    sandbox.configure("timeout = \"20s\"\n");
    assert_eq!(config(&[], &[]).0, "20s");
    sandbox.write("hookctl.toml", "# mine\ntimeout = \"10s\"\n");
    let (value, origin) = config(&[], &[]);
    assert_eq!(value, "10s");
    assert!(origin.contains("hookctl.toml:2"), "{origin}");
    assert_eq!(config(&[("HOOKCTL_TIMEOUT", "5s")], &[]).0, "5s");
    let (value, origin) = config(&[("HOOKCTL_TIMEOUT", "5s")], &["--timeout", "1s"]);
    assert_eq!(value, "1s");
    assert!(origin.contains("--timeout"), "{origin}");
}

#[test]
fn the_project_file_is_found_upwards() {
    let sandbox = Sandbox::new();
    sandbox.write("hookctl.toml", "timeout = \"9s\"\n");
    sandbox.write("a/b/keep", "");
    let ran = sandbox.hookctl(["config", "--json"]).in_folder(sandbox.path("a/b")).run().exits(0);
    assert_eq!(setting(&ran.objects(), "timeout").0, "9s");
}

#[test]
fn broken_files_are_told_with_line_and_key_and_nothing_is_done() {
    let sandbox = Sandbox::new();
    for (text, error, hint) in [
        ("[listen]\nbnd = \"x\"\n", "unknown key 'listen.bnd'", "listen.bind"),
        ("colour = \"auto\"\n", "unknown key 'colour'", "color"),
        ("[listen]\nmax_body = true\n", "must be", ""),
        ("timeout = \"soon\"\n", "'soon' is not a duration", ""),
        ("timeout = \n", "hookctl.toml:1:", ""),
        ("[listen]\nbind = \"0.0.0.0:4400\"\n", "a project file may not set 'listen.bind'", "--bind"),
        ("[providers.stripe]\nsecret = \"-\"\n", "standard input", ""),
    ] {
        sandbox.write("hookctl.toml", text);
        let before = sandbox.snapshot();
        let ran = sandbox.hookctl(["send", "stripe", "customer.created", "--dry-run"]).run();
        ran.refuses(2, error, hint);
        assert_eq!(sandbox.snapshot(), before, "{text}");
    }
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_overwrites_none() {
    let sandbox = Sandbox::new();
    let before = sandbox.ok(["config"]).stdout();
    sandbox.ok(["init"]);
    assert_eq!(sandbox.ok(["config"]).stdout(), before);
    sandbox.write("hookctl.toml", "timeout = \"3s\"\n");
    sandbox.hookctl(["init"]).run().refuses(2, "there is a hookctl.toml already", "--force");
    assert_eq!(setting(&sandbox.ok(["config", "--json"]).objects(), "timeout").0, "3s");
    sandbox.ok(["init", "--force"]);
    assert_eq!(sandbox.ok(["config"]).stdout(), before);
}

#[test]
fn a_table_of_the_configuration_changes_a_provider_or_is_one() {
    let sandbox = Sandbox::new();
    sandbox.write("s", "token-from-file\n");
    sandbox.configure(&format!(
        "[providers.acme]\nsecret = \"file:{}\"\ntitle = \"Acme\"\ndocs = \"x\"\n\
         [[providers.acme.signature]]\nid = \"t\"\nkind = \"token\"\nheader = {{ name = \"X-Acme\" }}\n\
         [providers.stripe]\ntitle = \"Our Stripe\"\n",
        sandbox.path("s").display()
    ));
    assert!(sandbox.ok(["providers", "show", "stripe"]).stdout().contains("Our Stripe"));
    sandbox.write("body", "{}");
    assert_eq!(sandbox.ok(["sign", "acme", "--data", "body"]).stdout(), "X-Acme: token-from-file\n");
    sandbox.configure("[providers.stripe]\ntitel = \"x\"\n");
    sandbox.hookctl(["providers", "show", "stripe"]).run().refuses(2, "unknown field `titel`", "");
}
