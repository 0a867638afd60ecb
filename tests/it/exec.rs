//! `listen --exec`: a program for every delivery, without a shell and without secrets.

use serde_json::Value;

use crate::support::{Ran, Sandbox, Wire};

/// Posts these bodies, one after the other, each acknowledged.
fn post(address: std::net::SocketAddr, bodies: &[&[u8]]) {
    let mut wire = Wire::to(address);
    for body in bodies {
        let headers = ["Content-Type: application/octet-stream", "Authorization: Bearer tok_hidden"];
        assert_eq!(wire.post("/nobody?a=b", &headers, body).reply().expect("an answer").status, 200);
    }
}

fn runs(ended: &Ran) -> Vec<Value> {
    ended.of_kind("exec")
}

#[test]
fn a_program_gets_the_body_and_what_is_known_but_no_secret() {
    let sandbox = Sandbox::new();
    sandbox.write("note.sh", "cat > \"$HOOKCTL_NUMBER.body\"\nenv > \"$HOOKCTL_NUMBER.env\"\necho out; echo err >&2\n");
    sandbox.configure("[providers.github]\nsecrets = ['env:OTHER_SECRET']\n");
    let args = ["listen", "--json", "--bind", "127.0.0.1:0", "--no-ui", "--exec", "sh note.sh", "--exit-after", "3"];
    let listener = sandbox
        .hookctl(args.into_iter().chain(["--secret", "env:MY_SECRET", "--provider", "stripe"]))
        .env("MY_SECRET", "whsec_c2VjcmV0")
        .env("OTHER_SECRET", "other-secret")
        .env("HOOKCTL_STRIPE_SECRET", "whsec_Ym90aA==")
        .env("KEPT", "kept")
        .listen();
    let bodies: [&[u8]; 3] = [b"{\"a\":1}\n", b"\xff\x00\r\n", b""];
    post(listener.socket(), &bodies);
    let ended = listener.wait().exits(0);
    let runs = runs(&ended);
    assert_eq!(runs.len(), 3, "{ended}");
    for (at, body) in bodies.iter().enumerate() {
        let number = at + 1;
        assert_eq!(std::fs::read(sandbox.path(&format!("{number}.body"))).expect("a body"), *body);
        let env = std::fs::read_to_string(sandbox.path(&format!("{number}.env"))).expect("variables");
        for line in
            ["HOOKCTL_METHOD=POST", "HOOKCTL_PATH=/nobody", "HOOKCTL_QUERY=a=b", "HOOKCTL_STATUS=200", "KEPT=kept"]
        {
            assert!(env.lines().any(|found| found == line), "{line} in {env}");
        }
        assert!(env.contains(&format!("HOOKCTL_BYTES={}\n", body.len())), "{env}");
        for secret in ["whsec_", "other-secret", "tok_hidden", "SECRET"] {
            assert!(!env.contains(secret), "{secret} in {env}");
        }
    }
    let first = runs.iter().find(|run| run["number"] == 1).expect("the first");
    assert_eq!(
        (&first["exit_code"], &first["stdout"], &first["stderr"]),
        (&0.into(), &"out\n".into(), &"err\n".into())
    );
    assert_eq!((&first["command"], &first["error"]), (&"sh note.sh".into(), &Value::Null));
}

#[test]
fn it_is_run_for_what_is_chosen_and_told_how_it_ended() {
    let sandbox = Sandbox::new();
    sandbox.write("fail.sh", "read line\ncase $line in *charge*) kill -9 $$ ;; *invoice*) exit 3 ;; esac\n");
    let args = ["--exec", "sh fail.sh", "--event", "*.*", "--filter", ".body.id != \"no\"", "--exit-after", "3"];
    let listener = sandbox.listen(args);
    let mut wire = Wire::to(listener.socket());
    for (event, id) in [("invoice.paid", "a"), ("invoice.paid", "no"), ("charge.refunded", "b")] {
        let body = format!("{{\"id\":\"{id}\",\"object\":\"event\",\"type\":\"{event}\"}}\n");
        wire.post("/webhooks/stripe", &[], body.as_bytes()).reply().expect("an answer");
    }
    let ended = listener.wait().exits(0);
    let mut told: Vec<_> = runs(&ended)
        .iter()
        .map(|run| (run["number"].clone(), run["exit_code"].clone(), run["error"].clone()))
        .collect();
    told.sort_by_key(|(number, ..)| number.as_i64());
    assert_eq!(told, [(1.into(), 3.into(), Value::Null), (3.into(), Value::Null, "signal 9".into())]);
    let human =
        sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui", "--exec", "nowhere", "--exit-after", "1"]);
    let mut child = human.spawn();
    let address = crate::support::announced(&mut child);
    post(address, &[b"x"]);
    let ended = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.contains("nowhere could not be run: there is no such program"), "{told}");
}

#[test]
fn so_many_run_at_once_and_none_for_longer_than_it_may() {
    let sandbox = Sandbox::new();
    // Each waits for the other: alone neither ends.
    sandbox.write("meet.sh", "if [ \"$(cat)\" = one ]; then echo x > pipe; else cat pipe; fi\n");
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path("pipe")).status().expect("mkfifo").success());
    let listener = sandbox.listen(["--exec", "sh meet.sh", "--exec-concurrency", "2", "--exit-after", "2"]);
    post(listener.socket(), &[b"one", b"two"]);
    let ended = listener.wait().exits(0);
    assert!(runs(&ended).iter().all(|run| run["exit_code"] == 0) && runs(&ended).len() == 2, "{ended}");

    let alone = ["--exec", "sh meet.sh", "--exec-concurrency", "1", "--exec-timeout", "300ms", "--exit-after", "2"];
    let mut listener = sandbox.listen(alone);
    post(listener.socket(), &[b"one", b"two"]);
    let mut first = listener.next();
    while first["kind"] != "exec" {
        first = listener.next();
    }
    assert_eq!((&first["error"], &first["exit_code"]), (&"time-limit".into(), &Value::Null));
    listener.wait().exits(0);
}

#[test]
fn no_shell_no_idle_flag_and_no_program_from_a_project_that_is_not_trusted() {
    let sandbox = Sandbox::new();
    sandbox.hookctl(["listen", "--exec", "cat | jq ."]).run().refuses(2, "'|' needs a shell", "");
    sandbox.hookctl(["listen", "--exec", ""]).run().refuses(2, "no program is named", "");
    sandbox.hookctl(["listen", "--exec-timeout", "1s"]).run().refuses(2, "does nothing without --exec", "");
    sandbox.write(
        "hookctl.toml",
        "[listen]\nexec = ['touch', 'touched']\nalert_exec = 'touch alerted'\nalert = 'requests > 0'\n",
    );
    sandbox.hookctl(["listen"]).run().refuses(2, "may not set 'listen.exec' to 'touch touched'", "hookctl trust");
    let said = sandbox.ok(["trust"]);
    assert!(said.stderr().contains("listen.alert_exec = touch alerted"), "{said}");
    let listener = sandbox.listen(["--exit-after", "1"]);
    post(listener.socket(), &[b"x"]);
    listener.wait().exits(0);
    assert!(sandbox.path("touched").exists());
}
