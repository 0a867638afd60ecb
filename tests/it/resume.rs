//! `hookctl replay --resume`: an interrupted replay goes on, loses nothing and repeats nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, Nobody, Receiver, Sandbox};

/// A user with so many captures.
fn with_captures(count: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let bodies: Vec<String> = (1..=count).map(|n| format!("{{\"id\":\"evt_{n}\",\"type\":\"order.paid\"}}")).collect();
    sandbox.write("bodies", bodies.join("\n"));
    sandbox.ok(["events", "import", "bodies", "--provider", "generic"]);
    sandbox
}

fn numbers(sandbox: &Sandbox, flag: &str) -> usize {
    sandbox.ok(["events", "list", flag, "--json"]).objects().len()
}

#[test]
fn a_killed_replay_goes_on_with_what_was_left_in_its_own_order() {
    for more in [&["--order", "reversed"][..], &["--order", "shuffled"], &["--speed", "1000000x", "--concurrency", "1"]]
    {
        let sandbox = with_captures(6);
        // The second gets no answer, so that the sender is killed while it waits for one.
        let mut receiver = Receiver::scripted(vec![Answer::Status(200), Answer::Never, Answer::Status(200)]);
        let to = receiver.url("/hook");
        let args = ["replay", "1..6", "--yes", "--json", "--to", &to];
        let mut running = sandbox.hookctl(args.iter().chain(more)).start();
        running.next();
        let (first, second) = (receiver.next(), receiver.next());
        running.signal("KILL");
        running.wait();
        assert_eq!(numbers(&sandbox, "--pending"), 1);
        // What is recorded meanwhile is another matter.
        sandbox.hookctl(["events", "import", "-", "--provider", "generic"]).stdin("{\"id\":\"late\"}").run().exits(0);
        let ran = sandbox.hookctl(["replay", "--resume", "--json"]).run().exits(0);
        assert_eq!(ran.of_kind("summary")[0]["accepted"], 5, "{ran}");
        let rest = receiver.all();
        assert_eq!(rest[0].body, second.body, "the one that got no answer is the same delivery");
        let id = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("JSON")["id"].to_string();
        let all: Vec<String> = [&first].into_iter().chain(&rest).map(|request| id(&request.body)).collect();
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), different.len()), (6, 6), "each once: {all:?}");
        if more.contains(&"reversed") {
            let wanted: Vec<String> = (1..=6).rev().map(|n| format!("\"evt_{n}\"")).collect();
            assert_eq!(all, wanted);
        }
        assert_eq!(sandbox.ok(["replay", "--resume"]).stderr(), "nothing was interrupted\n");
    }
}

#[test]
fn a_kill_in_the_middle_repeats_no_more_than_was_under_way() {
    for (concurrency, most) in [("1", 1), ("4", 4)] {
        let sandbox = with_captures(40);
        let mut receiver = Receiver::answering([200]);
        let to = receiver.url("/hook");
        let args = ["replay", "1..40", "--yes", "--json", "--to", &to, "--concurrency", concurrency];
        let running = sandbox.hookctl(args).start();
        let mut all: Vec<_> = (0..17).map(|_| receiver.next()).collect();
        running.signal("KILL");
        running.wait();
        sandbox.hookctl(["replay", "--resume", "--json"]).run().exits(0);
        all.extend(receiver.all());
        let different: BTreeSet<_> = all.iter().map(|request| request.json()["id"].to_string()).collect();
        assert_eq!(different.len(), 40, "none is lost");
        assert!(all.len() <= 40 + most, "{} of 40 with {most} at once", all.len());
        assert_eq!((numbers(&sandbox, "--pending"), numbers(&sandbox, "--sent")), (0, 40));
    }
}

#[test]
fn what_was_to_be_tried_again_is_signed_for_its_own_time() {
    let sandbox = Sandbox::new();
    let mut listener = sandbox.listen(["--quiet"]);
    let secret = ["--secret", "whsec_s3cr3t-value"];
    let to = listener.url("/webhooks/stripe");
    sandbox.ok(["send", "stripe", "invoice.paid", "--to", &to].iter().chain(&secret));
    listener.delivery();
    listener.stop().exits(130);
    let mut receiver = Receiver::answering([500, 500, 200]);
    let to = receiver.url("/hook");
    let args = ["replay", "--json", "--to", &to, "--compare", "--retry", "fixed 5h max=3"];
    let mut running = sandbox.hookctl(args.iter().chain(&secret)).start();
    running.next();
    let ran = running.stop().exits(130);
    assert!(ran.stderr().contains("1 delivery is left: 'hookctl replay --resume' goes on"), "{ran}");
    let resume = ["replay", "--resume", "--json", "--time-scale", "max"];
    let refused = sandbox.hookctl(resume).run().exits(2);
    assert!(refused.stdout().contains("--secret, which is not kept"), "{refused}");
    let ran = sandbox.hookctl(resume.iter().chain(&secret)).run();
    let attempts = ran.of_kind("attempt");
    let attempts: Vec<_> = attempts.iter().map(|one| (one["attempt"].clone(), one["accepted"].clone())).collect();
    assert_eq!(attempts, [(json!(2), json!(false)), (json!(3), json!(true))], "{ran}");
    assert_eq!(ran.of_kind("comparison").len(), 1, "the recorded answer is still known: {ran}");
    let all = receiver.all();
    assert!(all.iter().all(|request| request.body == all[0].body && request.headers.len() == all[0].headers.len()));
    for request in &all {
        sandbox.write("body", &request.body);
        let header = format!("Stripe-Signature: {}", request.header("stripe-signature").expect("a signature"));
        sandbox.ok(["verify", "--provider", "stripe", "--body", "body", "--header", &header].iter().chain(&secret));
    }
}

#[test]
fn a_dead_letter_that_is_tried_further_is_pending_until_it_is_done() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    sandbox.hookctl(["send", "stripe", "invoice.paid", "--to", &nobody.url("/x")]).run().exits(3);
    let mut receiver = Receiver::answering([500, 200]);
    let to = receiver.url("/y");
    let mut running = sandbox.hookctl(["replay", "--dead", "--to", &to, "--retry", "fixed 5h max=1", "--json"]).start();
    assert_eq!(running.next()["attempt"], 2);
    running.stop().exits(130);
    assert_eq!((numbers(&sandbox, "--pending"), numbers(&sandbox, "--dead")), (1, 0));
    let ran = sandbox.hookctl(["replay", "--resume", "--json", "--time-scale", "max"]).run().exits(0);
    assert_eq!(ran.of_kind("attempt")[0]["attempt"], 3, "{ran}");
    assert_eq!((numbers(&sandbox, "--pending"), numbers(&sandbox, "--dead"), numbers(&sandbox, "--sent")), (0, 0, 1));
    assert_eq!(receiver.all().len(), 2);
}

#[test]
fn a_replay_from_a_file_goes_on_while_the_file_is_as_it_was() {
    let sandbox = Sandbox::new();
    let bodies = "{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n";
    sandbox.write("bodies", bodies);
    let interrupt = |receiver: &mut Receiver, from: &str| {
        let to = receiver.url("/");
        let args = ["replay", "--from", from, "--provider", "generic", "--yes", "--json", "--to", &to];
        let mut running = sandbox.hookctl(args).start();
        running.next();
        receiver.next();
        receiver.next();
        running.signal("KILL");
        running.wait();
    };
    let script = || Receiver::scripted(vec![Answer::Status(200), Answer::Never, Answer::Status(200)]);
    let mut receiver = script();
    interrupt(&mut receiver, "bodies");
    sandbox.hookctl(["replay", "--resume", "--json"]).run().exits(0);
    let rest: Vec<Value> = receiver.all().iter().map(|request| request.json()["id"].clone()).collect();
    assert_eq!(rest, ["2", "3"]);

    let mut receiver = script();
    interrupt(&mut receiver, "bodies");
    sandbox.write("bodies", "{\"id\":\"other\"}\n{\"id\":\"another one\"}\n");
    sandbox.hookctl(["replay", "--resume"]).run().refuses(2, "is not what it was", "--discard");
    let discarded = sandbox.ok(["replay", "--discard"]);
    assert!(discarded.stderr().contains("with 1 pending delivery"), "{discarded}");
    assert_eq!(receiver.all().len(), 0);
}

#[test]
fn a_replay_from_standard_input_goes_on_with_what_was_read() {
    let bodies = "{\"id\":\"1\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}\n";
    let export = {
        let sandbox = Sandbox::new();
        sandbox.hookctl(["events", "import", "-", "--provider", "generic"]).stdin(bodies).run().exits(0);
        sandbox.ok(["events", "export"]).stdout()
    };
    for input in [bodies, &export] {
        let sandbox = Sandbox::new();
        let mut receiver = Receiver::scripted(vec![Answer::Status(200), Answer::Never, Answer::Status(200)]);
        let to = receiver.url("/");
        let args = ["replay", "--from", "-", "--provider", "generic", "--yes", "--json", "--to", &to];
        let mut running = sandbox.hookctl(args).stdin(input).start();
        running.next();
        receiver.next();
        receiver.next();
        running.signal("KILL");
        running.wait();
        sandbox.hookctl(["replay", "--resume", "--json"]).run().exits(0);
        let rest: Vec<Value> = receiver.all().iter().map(|request| request.json()["id"].clone()).collect();
        assert_eq!(rest, ["2", "3"]);
        assert_eq!(sandbox.ok(["replay", "--resume"]).stderr(), "nothing was interrupted\n");
    }
}

#[test]
fn nobody_is_told_to_go_on_with_what_is_forgotten() {
    let (sandbox, nobody) = (Sandbox::new(), Nobody::new());
    let args = ["send", "generic", "order.paid", "--to", &nobody.url("/"), "--retry", "fixed 5h max=1", "--json"];
    for (store, told) in
        [(":memory:", "1 delivery is left, and forgotten"), ("s.db", "'hookctl send --resume' goes on")]
    {
        let mut running = sandbox.hookctl(["--store", store].iter().chain(&args)).start();
        running.next();
        let ran = running.stop().exits(130);
        assert!(ran.stderr().contains(told), "{ran}");
        assert_eq!(ran.stderr().contains("--resume"), store == "s.db", "{ran}");
    }
}

#[test]
fn going_on_takes_no_other_plan() {
    let sandbox = Sandbox::new();
    for (more, told) in [
        (&["--to", "http://localhost:1"][..], "--to cannot be given with it"),
        (&["--repeat", "2"], "--repeat cannot be given with it"),
        (&["--provider", "stripe"], "another selection cannot be given with it"),
    ] {
        let args = ["replay", "--resume"].iter().chain(more);
        sandbox.hookctl(args).run().refuses(2, told, "--secret");
    }
    sandbox.hookctl(["replay", "--resume", "3"]).run().exits(2);
}
