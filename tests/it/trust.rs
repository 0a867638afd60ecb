//! `hookctl trust`: what a project file may say before and after its user has accepted it.

use crate::support::Sandbox;

const WIDE: &str = "[listen]\nbind = '0.0.0.0:0'\nallow_remote = true\n[[route]]\nto = 'http://192.0.2.1/'\n";

#[test]
fn a_project_file_reaches_further_once_that_very_file_is_accepted() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("hookctl.toml", WIDE);
    sandbox.hookctl(["config"]).run().refuses(2, "a project file may not set 'listen.bind'", "hookctl trust");
    let said = sandbox.ok(["trust"]);
    assert!(said.stdout().starts_with("trusted "));
    for line in [
        "listen.bind = 0.0.0.0:0 (line 2)",
        "listen.allow_remote = true (line 3)",
        "route.to = http://192.0.2.1/ (line 5)",
    ] {
        assert!(said.stderr().contains(line), "{said}");
    }
    sandbox.ok(["config"]);
    let listed = sandbox.ok(["trust", "--list", "--json"]).object();
    assert_eq!(listed["kind"], "trusted");
    assert!(listed["path"].as_str().is_some_and(|path| path.ends_with("work/hookctl.toml")));

    // One byte more, and it is another file; back again, and it is this one.
    sandbox.write("hookctl.toml", format!("{WIDE}\n"));
    sandbox.hookctl(["config"]).run().exits(2);
    sandbox.write("hookctl.toml", WIDE);
    sandbox.ok(["config"]);
    // The same bytes elsewhere are another file, too.
    sandbox.write("other/hookctl.toml", WIDE);
    sandbox.hookctl(["config"]).in_folder(sandbox.path("other")).run().exits(2);

    sandbox.ok(["trust", "--revoke"]);
    sandbox.hookctl(["config"]).run().exits(2);
    sandbox.hookctl(["trust", "--revoke"]).run().refuses(2, "was not accepted", "--list");
    sandbox.ok(["trust", file.to_str().expect("a path")]);
    sandbox.ok(["config"]);
}

#[test]
fn a_file_that_is_wrong_or_missing_is_not_accepted() {
    let sandbox = Sandbox::new();
    sandbox.hookctl(["trust"]).run().refuses(2, "there is no hookctl.toml", "hookctl init");
    sandbox.hookctl(["trust", "nothing.toml"]).run().refuses(2, "nothing.toml", "");
    sandbox.write("hookctl.toml", "[listen]\nbnd = 'x'");
    sandbox.hookctl(["trust"]).run().refuses(2, "unknown key 'listen.bnd'", "listen.bind");
    sandbox.write("hookctl.toml", "");
    assert_eq!(sandbox.ok(["trust", "--list"]).stdout(), "");
}

#[cfg(unix)]
#[test]
fn files_outside_of_its_folder_are_named_by_an_accepted_file_alone() {
    // Once a file that came with a repository could have a store made anywhere, and a folder read that is anybody's.
    let sandbox = Sandbox::new();
    let elsewhere = sandbox.work().parent().expect("a folder").join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, sandbox.path("link")).expect("a link");
    std::os::unix::fs::symlink(elsewhere.join("not-yet"), sandbox.path("dangling")).expect("a link");
    sandbox.write("own/x", "");
    let absolute = elsewhere.join("x.db").display().to_string();
    for path in
        [absolute.as_str(), "~/x.db", "../x.db", "own/../../x.db", "nowhere/../../x.db", "link/x.db", "dangling"]
    {
        for key in ["store", "providers_dir"] {
            sandbox.write("hookctl.toml", format!("{key} = '{path}'\n"));
            let ran = sandbox.hookctl(["events", "list"]).run();
            ran.refuses(2, &format!("a project file may not set '{key}'"), "hookctl trust");
        }
        sandbox.write("hookctl.toml", format!("[listen]\nschema = '{path}'\n"));
        sandbox.hookctl(["config"]).run().refuses(2, "a project file may not set 'listen.schema'", "hookctl trust");
    }
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    let inside = sandbox.path("own/x.db").display().to_string();
    for path in ["x.db", "./own/x.db", "own/../x.db", "not/yet/x.db", &inside, ":memory:"] {
        sandbox.write("hookctl.toml", format!("store = '{path}'\n"));
        sandbox.ok(["config"]);
    }
    // It is the file's folder that counts, not where hookctl is run; and what its user says goes.
    sandbox.hookctl(["config"]).in_folder(sandbox.path("own")).run().exits(0);
    sandbox.write("hookctl.toml", format!("store = '{absolute}'\n"));
    sandbox.ok(["trust"]);
    sandbox.ok(["events", "list"]);
    assert!(std::path::Path::new(&absolute).exists());
}

#[cfg(unix)]
#[test]
fn the_list_can_be_read_by_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    sandbox.write("hookctl.toml", "color = 'never'");
    let said = sandbox.ok(["trust"]);
    assert!(said.stderr().contains("nothing in it that needs to be accepted"), "{said}");
    let mode = std::fs::metadata(sandbox.data().join("trusted")).expect("a list").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
