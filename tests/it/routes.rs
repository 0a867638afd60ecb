//! `[[route]]` in a configuration file: who gets what, why, and what a change of the file does.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::{Act, Listener, Receiver, Sandbox, Upstream, Wire};

fn post(listener: &mut Listener, target: &str, headers: &[&str], body: &str) -> (u16, Value) {
    let reply = Wire::to(listener.socket()).post(target, headers, body.as_bytes()).reply().expect("an answer");
    let mut object = listener.next();
    while object["kind"] == "reloaded" {
        object = listener.next();
    }
    (reply.status, object)
}

#[test]
fn the_first_route_that_fits_takes_a_delivery_and_says_why() {
    let apps: Vec<Receiver> = (201..=206).map(|status| Receiver::answering([status])).collect();
    let sandbox = Sandbox::new();
    let url = |at: usize| apps[at].url("");
    sandbox.write(
        "hookctl.toml",
        format!(
            "[listen]\ntenant = 'path /t/{{tenant}}'\nforward_to = '{}'\n\
             [[route]]\nname = 'paid'\nprovider = 'stripe'\nevent = ['invoice.*', 'charge.*']\nto = '{}'\n\
             [[route]]\nname = 'europe'\nheader = ['X-Region: eu-*', 'X-Live']\nto = '{}'\n\
             [[route]]\ntenant = ['acme', 'b*']\nto = ['{}']\n\
             [[route]]\nname = 'admin'\npath = '/admin/*'\nto = '{}'\n\
             [[route]]\nname = 'large'\nfilter = '.body.amount > 100'\nto = [{{ url = '{}', headers = {{ X-Env = 'a' }} }}]\n\
             [[route]]\nname = 'nowhere'\npath = '/drop'\nto = []\n",
            url(5), url(0), url(1), url(2), url(3), url(4),
        ),
    );
    let mut listener = sandbox.listen::<_, &str>([]);
    for (target, headers, body, status, route) in [
        ("/stripe", &[][..], r#"{"type":"invoice.paid"}"#, 201, "paid: provider stripe, event invoice.* or charge.*"),
        ("/x", &["x-region: eu-west", "X-Live: 1"], "{}", 202, "europe: header X-Region: eu-*, header X-Live"),
        ("/x", &["x-region: eu-west"], "{}", 206, "no route takes it"),
        ("/t/acme/stripe", &[], "{}", 203, "route 3: tenant acme or b*"),
        ("/t/beta", &[], "{}", 203, "route 3: tenant acme or b*"),
        ("/t/other", &[], "{}", 206, "no route takes it"),
        ("/admin/a/b", &[], "{}", 204, "admin: path /admin/*"),
        ("/x", &[], r#"{"amount":101}"#, 205, "large: filter .body.amount > 100"),
        ("/x", &[], r#"{"amount":99}"#, 206, "no route takes it"),
        ("/x", &[], "no json", 206, "no route takes it"),
    ] {
        let (answered, delivery) = post(&mut listener, target, headers, body);
        assert_eq!((answered, &delivery["route"]), (status, &Value::from(route)), "{target} {headers:?} {body}");
        let shown = sandbox.ok(["events", "show", "latest", "--json"]).object();
        assert_eq!(shown["route"], route);
    }
    let (answered, delivery) = post(&mut listener, "/drop", &[], "{}");
    assert_eq!((answered, &delivery["forwards"]), (200, &serde_json::json!([])));
    assert_eq!(delivery["route"], "nowhere: path /drop");
    let mut apps = apps;
    assert_eq!(apps[4].next().header("X-Env"), Some("a"));
    assert_eq!(apps.iter_mut().map(|app| app.all().len()).sum::<usize>(), 9);
    assert!(sandbox.ok(["events", "show", "1"]).stdout().contains("route paid: provider stripe"));
    let config = sandbox.ok(["config"]).stdout();
    assert!(config.contains("route.paid") && config.contains("hookctl.toml:4"), "{config}");
}

#[test]
fn targets_of_a_route_have_their_own_terms_and_the_primary_one_answers() {
    let mut first = Receiver::answering([500]);
    let mut second = Receiver::answering([202]);
    let slow = Upstream::new();
    slow.acts(Act::Hang);
    let sandbox = Sandbox::new();
    sandbox.configure(&format!(
        "[[route]]\nheaders = {{ X-All = '1' }}\n[[route.to]]\nurl = '{}'\n[[route.to]]\nurl = '{}/own'\nprimary = true\n\
         keep_path = true\nheaders = {{ X-Own = '2' }}\n[[route.to]]\nurl = '{}'\ntimeout = '50ms'\n",
        first.url(""),
        second.url(""),
        slow.url(""),
    ));
    let mut listener = sandbox.listen::<_, &str>([]);
    let (status, delivery) = post(&mut listener, "/x?y", &[], "1");
    assert_eq!((status, &delivery["status"]), (202, &Value::from(202)));
    let of = |at: usize, key: &str| delivery["forwards"][at][key].clone();
    assert_eq!((of(0, "status"), of(1, "status"), of(2, "error")), (202.into(), 500.into(), "response-timeout".into()));
    let (one, two) = (first.next(), second.next());
    assert_eq!((one.target.as_str(), one.header("X-All")), ("/x?y", Some("1")));
    assert_eq!((two.target.as_str(), two.header("X-Own"), two.header("X-All")), ("/own/x?y", Some("2"), None));
}

#[test]
fn a_changed_file_is_read_again_and_a_broken_one_changes_nothing() {
    let (mut old, mut new) = (Receiver::answering([201]), Receiver::answering([202]));
    let sandbox = Sandbox::new();
    let route = |url: &str| format!("[[route]]\nto = '{url}'\n");
    let file = sandbox.write("hookctl.toml", route(&old.url("")));
    let mut listener = sandbox.listen::<_, &str>([]);
    assert_eq!(post(&mut listener, "/x", &[], "1").0, 201);

    sandbox.write("hookctl.toml", "[[route]]\nto = 'http://127.0.0.1:1'\nevnt = 'x'\n");
    let told = listener.next();
    assert_eq!((&told["kind"], &told["routes"]), (&Value::from("reloaded"), &Value::Null));
    let error = told["error"].as_str().expect("an error");
    assert!(error.contains("unknown key 'route.evnt'") && error.contains("hookctl.toml:3"), "{error}");
    assert_eq!(post(&mut listener, "/x", &[], "2").0, 201);

    // As editors do it: a new file in the place of the old one.
    let other = sandbox.write("new.toml", format!("{}[listen]\nmax_body = '1MiB'\n", route(&new.url(""))));
    std::fs::rename(other, file).expect("rename");
    let mut told = listener.next();
    // The rename may be heard once more.
    while told["routes"].is_null() {
        told = listener.next();
    }
    assert_eq!((&told["routes"], &told["needs_restart"]), (&Value::from(1), &serde_json::json!(["listen.max_body"])));
    assert_eq!(post(&mut listener, "/x", &[], "3").0, 202);
    assert_eq!((old.all().len(), new.all().len()), (2, 1));

    // A target that would lead back here is no route either.
    let own = listener.url("");
    sandbox.write("hookctl.toml", route(&own));
    let mut told = listener.next();
    while told["error"].is_null() {
        told = listener.next();
    }
    assert!(told["error"].as_str().expect("an error").contains("listens itself"));
    assert_eq!(post(&mut listener, "/x", &[], "4").0, 202);
    drop(new.next());
}

#[test]
fn nothing_is_lost_while_the_file_changes_again_and_again() {
    let (one, other) = (Upstream::new(), Upstream::new());
    let sandbox = Sandbox::new();
    let route = |url: &str, turn: usize| format!("# {turn}\n[[route]]\nto = '{url}'\n");
    let file = sandbox.write("hookctl.toml", route(&one.url(""), 0));
    let mut listener = sandbox.listen::<_, &str>([]);
    let (address, stop) = (listener.socket(), AtomicBool::new(false));
    let sent: usize = std::thread::scope(|scope| {
        let posting = || {
            let mut wire = Wire::to(address);
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(wire.post("/", &[], b"x").reply().expect("an answer").status, 200);
                sent += 1;
            }
            sent
        };
        let senders = [scope.spawn(posting), scope.spawn(posting)];
        for turn in 1..=20 {
            let text = match turn % 3 {
                0 => "[[route]".to_owned(),
                1 => route(&other.url(""), turn),
                _ => route(&one.url(""), turn),
            };
            let new = sandbox.write("new.toml", text);
            std::fs::rename(new, &file).expect("rename");
            // Heard of, whatever it says, before it changes again.
            while listener.next()["kind"] != "reloaded" {}
        }
        stop.store(true, Ordering::Relaxed);
        senders.into_iter().map(|sender| sender.join().expect("all were answered 200")).sum()
    });
    listener.stop().exits(130);
    let (first, second) = (one.all().len(), other.all().len());
    assert_eq!(first + second, sent);
    assert!(first > 0 && second > 0, "both had their turns: {first} and {second}");
}

#[test]
fn wrong_routes_are_refused_with_their_place() {
    for (text, error, hint) in [
        ("[[route]]\nto = 'http://127.0.0.1:1'\nprovder = 'x'", "unknown key 'route.provder' in ", "route.provider"),
        ("[[route]]\nto = 'http://127.0.0.1:1'\nfilter = '.a |'", "'route.filter' in ", ""),
        ("[[route]]\nname = 'x'", "'route.to' is missing in ", ""),
        ("[[route]]\nto = '127.0.0.1:1'", "is not an http or https URL", "http://127.0.0.1:1"),
        ("[listen]\ntenant = 'cookie'", "does not say where a tenant is", ""),
        ("[[route]]\nto = 'http://192.0.2.1/'", "a project file may not set 'route.to'", "hookctl trust"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("hookctl.toml", text);
        sandbox.hookctl(["listen", "--bind", "127.0.0.1:0", "--no-ui"]).run().refuses(2, error, hint);
    }
}
