//! Secrets: where they come from, how they are kept, and that they stay where they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::Sandbox;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_development_secret_is_made_once_in_the_providers_format_for_its_owner_alone() {
    let sandbox = Sandbox::new();
    for (provider, start) in [("stripe", "whsec_"), ("shopify", "shpss_"), ("svix", "whsec_")] {
        let secret = sandbox.ok(["secret", provider]).stdout();
        assert!(secret.starts_with(start) && secret.ends_with('\n'), "{provider}: {secret}");
        assert_eq!(sandbox.ok(["secret", provider]).stdout(), secret);
    }
    let folder = sandbox.data().join("secrets");
    assert_eq!((mode(&folder), mode(&folder.join("stripe"))), (0o700, 0o600));
    fs::set_permissions(folder.join("stripe"), fs::Permissions::from_mode(0o644)).expect("a mode");
    sandbox.hookctl(["secret", "stripe"]).run().refuses(3, "can be read by others", "chmod 600");
}

#[test]
fn modes_hold_under_any_umask() {
    let sandbox = Sandbox::new();
    let script = format!(
        "umask 000; HOME={home} XDG_DATA_HOME={home}/data {hookctl} secret stripe --write-env {home}/env X && \
         HOME={home} XDG_DATA_HOME={home}/data {hookctl} send stripe customer.created --to http://127.0.0.1:1/",
        home = sandbox.work().display(),
        hookctl = env!("CARGO_BIN_EXE_hookctl"),
    );
    std::process::Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let data = sandbox.path("data/hookctl");
    for (path, wanted) in [("secrets", 0o700), ("secrets/stripe", 0o600), ("hookctl.db", 0o600)] {
        assert_eq!(mode(&data.join(path)), wanted, "{path}");
    }
    assert_eq!(mode(&sandbox.path("env")), 0o600);
}

#[test]
fn key_pairs_have_a_public_half() {
    let sandbox = Sandbox::new();
    for provider in ["discord", "sendgrid", "paypal"] {
        let private = sandbox.ok(["secret", provider]).stdout();
        let public = sandbox.ok(["secret", provider, "--public"]).stdout();
        assert_ne!(private, public, "{provider}");
        assert!(!public.contains("PRIVATE"), "{provider}");
    }
    let stripe = sandbox.ok(["secret", "stripe"]).stdout();
    assert_eq!(sandbox.ok(["secret", "stripe", "--public"]).stdout(), stripe, "a shared secret has no halves");
}

#[test]
fn flags_come_before_the_environment_and_the_configuration() {
    let sandbox = Sandbox::new();
    sandbox.write("body", "{}");
    let signed = |variable: Option<&str>, flags: &[&str]| {
        let args = ["sign", "gitlab", "--data", "body"].into_iter().chain(flags.iter().copied());
        let mut command = sandbox.hookctl(args);
        if let Some(value) = variable {
            command = command.env("HOOKCTL_GITLAB_SECRET", value);
        }
        command.run().exits(0).stdout()
    };
    sandbox.configure("[providers.gitlab]\nsecret = \"from-config\"\n");
    assert_eq!(signed(None, &[]), "X-Gitlab-Token: from-config\n");
    assert_eq!(signed(Some("from-env"), &[]), "X-Gitlab-Token: from-env\n");
    assert_eq!(signed(Some("from-env"), &["--secret", "from-flag"]), "X-Gitlab-Token: from-flag\n");
    sandbox.write("file", "from-file\n");
    assert_eq!(signed(None, &["--secret", "file:file"]), "X-Gitlab-Token: from-file\n");
    let stdin = sandbox.hookctl(["sign", "gitlab", "--data", "body", "--secret", "-"]).stdin("from-stdin\n").run();
    assert_eq!(stdin.exits(0).stdout(), "X-Gitlab-Token: from-stdin\n");
}

#[test]
fn what_is_no_secret_is_refused_and_nothing_is_changed() {
    let sandbox = Sandbox::new();
    sandbox.write("blank", " \n");
    sandbox.write("body", "{}");
    let before = sandbox.snapshot();
    for (args, error) in [
        (&["sign", "svix", "--data", "body", "--secret", "whsec_!!"][..], "is not one of Svix's"),
        (&["sign", "discord", "--data", "body", "--secret", "abcd"], "it must hold 32 or 64 bytes"),
        (&["sign", "paypal", "--data", "body", "--secret", "x"], "it is not JSON"),
        (&["sign", "stripe", "--data", "body", "--secret", "env:NOT_SET"], "NOT_SET is not set"),
        (&["sign", "stripe", "--data", "body", "--secret", "file:nope"], "nope: no such file"),
        (&["sign", "stripe", "--data", "body", "--secret", "file:blank"], "is empty"),
        (&["sign", "stripe", "--data", "body", "--secret", ""], "empty"),
        (&["sign", "stripe", "--data", "-", "--secret", "-"], "not both"),
        (&["sign", "stripe", "--data", "body", "--secret", "-", "--secret", "-"], "given twice"),
        (&["listen", "--provider", "svix", "--secret", "whsec_!!", "--bind", "127.0.0.1:0"], "is not one of Svix's"),
        (&["secret", "stripe", "--write-env", ".env", "1X"], "is not the name of a variable"),
    ] {
        sandbox.hookctl(args.iter().copied()).run().refuses(2, error, "");
    }
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn an_environment_file_gets_one_line_and_keeps_the_others() {
    let sandbox = Sandbox::new();
    sandbox.write(".env", "# mine\nA=1\nexport STRIPE=old\nB=2\n");
    let told = sandbox.ok(["secret", "stripe", "--write-env", ".env", "STRIPE"]);
    let secret = sandbox.ok(["secret", "stripe"]).stdout();
    assert!(!told.stdout().contains(secret.trim()), "{told}");
    let text = fs::read_to_string(sandbox.path(".env")).expect("a file");
    assert_eq!(text, format!("# mine\nA=1\nexport STRIPE={}\nB=2\n", secret.trim()));
}
