//! Secrets that are like no others go through the commands. Afterwards every byte that came of it is searched for them, in whatever
//! clothes: what was printed and logged, exports, reports, the store. They are where they belong, and nowhere else.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::inspector::get;
use crate::page::Page;
use crate::support::hookctl::Hookctl;
use crate::support::{Ran, Sandbox, Upstream, Wire};

/// A secret, and whether the store may have it: what was in a request is kept there as it came.
struct Canary {
    name: &'static str,
    secret: String,
    in_store: bool,
}

fn canary(name: &'static str, secret: &str, in_store: bool) -> Canary {
    Canary { name, secret: secret.to_owned(), in_store }
}

/// The text in base64, wherever in a longer text it stands: without the characters that depend on its neighbours.
fn within_base64(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let shifted = [&vec![b' '; before], text.as_bytes()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let coded = engine.encode(&shifted);
            let skipped = [0, 2, 3][before];
            let end = coded.len() - usize::from(shifted.len() % 3 != 0);
            forms.push(coded[skipped..end].to_owned());
        }
    }
    forms
}

/// A text in all forms in which one may be written down.
fn forms(text: &str) -> Vec<String> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let escaped: String = text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let entities: String = text.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let url: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let json = serde_json::to_string(text).expect("JSON").trim_matches('"').to_owned();
    let reversed: String = text.chars().rev().collect();
    let plain = [text.to_owned(), hex.to_uppercase(), hex, percent, escaped, entities, url, json, reversed];
    [plain.to_vec(), within_base64(text)].concat()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found
}

/// A user whose habit lets everybody read and write everything, and all that was printed.
struct Careless {
    sandbox: Sandbox,
    said: Vec<(String, Vec<u8>)>,
}

impl Careless {
    fn hookctl<S: AsRef<OsStr>>(&self, line: impl IntoIterator<Item = S>) -> Hookctl {
        let line: Vec<_> = line.into_iter().collect();
        let mut hookctl = self.sandbox.hookctl(&line).env("HOOKCTL_GITHUB_SECRET", GITHUB);
        // A variable that nobody says is a secret cannot be kept from programs.
        if line.iter().any(|word| word.as_ref() == "env:MY_SHOPIFY") {
            hookctl = hookctl.env("MY_SHOPIFY", SHOPIFY);
        }
        hookctl.under(&["sh", "-c", "umask 000; exec \"$0\" \"$@\""])
    }

    fn run(&mut self, line: &str) {
        let words = line.split(' ').map(|word| word.replace('§', " "));
        let ran = self.hookctl(words).stdin(SLACK).run();
        assert!(ran.code().is_some_and(|code| code < 2), "{ran}");
        self.keep(line, &ran);
    }

    fn keep(&mut self, line: &str, ran: &Ran) {
        assert!(!ran.stderr().contains("panicked"), "{ran}");
        self.said.push((line.to_owned(), [ran.bytes(), ran.stderr().as_bytes()].concat()));
    }
}

const STRIPE: &str = "whsec_CANARYstripe01";
const GITHUB: &str = "CANARYgithub/02+x";
const SHOPIFY: &str = "shpss_CANARYshopify03";
const SLACK: &str = "CANARYslack\"04";
const BEARER: &str = "CANARYbearer05";
const ROUTE: &str = "CANARYroute06";

/// A listener gets deliveries of every kind of signature, and one with credentials of its own.
fn listened(user: &mut Careless) {
    let line = "listen --json --log json -v --show all --bind 127.0.0.1:0 --ui 127.0.0.1:0 --exec sh§note.sh";
    user.sandbox.write("note.sh", "cat; env; cat /proc/$PPID/cmdline | tr '\\0' ' '\n");
    let listener = user.hookctl(line.split(' ').map(|word| word.replace('§', " "))).listen();
    let url = listener.address().to_owned();
    for (provider, secret) in [
        ("stripe", ""),
        ("github", ""),
        ("shopify", " --secret env:MY_SHOPIFY"),
        ("slack", " --secret -"),
        ("discord", ""),
        ("svix", ""),
        ("gitlab", ""),
    ] {
        let list = user.sandbox.ok(["send", provider, "--list"]).stdout();
        let event = list.lines().next().expect("an event");
        user.run(&format!("send {provider} {event} --to {url}/webhooks/{provider}{secret} --bearer {BEARER} -v"));
    }
    let own = [
        "Authorization: Basic Q0FOQVJZOmJhc2ljMDc=",
        "Cookie: sid=CANARYcookie08",
        "X-Api-Key: CANARYapikey09",
        "X-Gitlab-Token: CANARYgitlab10",
    ];
    Wire::to(listener.socket()).post("/webhooks/gitlab", &own, b"{}").reply().expect("an answer");
    for (path, page) in ["/metrics", "/healthz"].map(|path| (path, get(&listener, path).1)) {
        user.said.push((path.to_owned(), page.into_bytes()));
    }
    // The inspector shows all of it but what prints the exact request.
    let page = Page::of(&listener);
    let newest = page.numbers("")[0];
    let parts = |number: i64| ["", "/lesson"].map(|part| format!("/api/deliveries/{number}{part}"));
    let mut paths: Vec<String> = (1..=newest).flat_map(parts).collect();
    paths.extend(["/", "/api/deliveries", "/api/stats"].map(str::to_owned));
    paths.extend((2..=newest).map(|number| format!("/api/diff/{}/{number}", number - 1)));
    for path in paths {
        let body = page.get(&path).body;
        user.said.push((path, body));
    }
    let ended = listener.stop().exits(130);
    assert!(ended.of_kind("exec").len() >= 8, "{ended}");
    user.keep(line, &ended);
}

/// What is done with the deliveries afterwards.
fn lines(to: &str) -> Vec<String> {
    let reports: String = ["html", "xml", "md", "csv", "json", "hgrm"].map(|end| format!(" --report a.{end}")).concat();
    let load = format!("load {to} --provider stripe --requests 5");
    let mut lines: Vec<String> = [
        "verify latest",
        "verify latest --thorough --explain --json",
        "verify 1..99 --json",
        "verify 1 --secret env:MY_SHOPIFY --thorough",
        "events list --json",
        "events list --sent --json",
        "events show 1..99",
        "events show 1..99 --json",
        "events show 1..99 --curl --redact",
        "events show 1..99 --http --redact",
        "events stats --json",
        "events schema --provider stripe",
        "events diff latest latest~1",
        "events check --json",
        "events export --redact -o all.ndjson",
        "events export --redact --format har -o all.har",
        "events export --redact --format curl -o all.sh",
        "events export --redact --format hurl -o all.hurl",
        "events export --anonymize -o all.anonymous",
        "events fixture latest~7 --dir own",
        "config",
        "config --json",
        "providers",
        "providers show stripe",
        "providers show discord --json",
        "sign github --data all.hurl",
        "trust --list",
        "completions bash",
    ]
    .map(str::to_owned)
    .to_vec();
    lines.extend([
        format!("replay 1..3 --to {to} --yes --json -v"),
        format!("replay 1..3 --to {to} --yes --sign keep --compare"),
        format!("send stripe charge.refunded --to {to} --retry none --tamper signature -v --json"),
        format!("{load} --header Authorization:§Bearer§{BEARER}{reports} --json"),
        format!("{load} --emit k6"),
        format!("{load} --pods 2 --allow-remote --emit kubernetes"),
    ]);
    lines
}

/// The canaries, and the secrets that hookctl has made itself.
fn canaries(sandbox: &Sandbox) -> Vec<Canary> {
    let made = |provider| sandbox.ok(["secret", provider]).stdout().trim().trim_start_matches("whsec_").to_owned();
    vec![
        canary("of a configuration", STRIPE, false),
        canary("of the environment", GITHUB, false),
        canary("of a variable", SHOPIFY, false),
        canary("from standard input", SLACK, false),
        canary("of a route", ROUTE, false),
        canary("made for Discord", &made("discord"), false),
        canary("made for Svix", &made("svix"), false),
        canary("that was sent as a token", BEARER, true),
        canary("that came as a password", "Q0FOQVJZOmJhc2ljMDc", true),
        canary("that came as a cookie", "CANARYcookie08", true),
        canary("that came as a key", "CANARYapikey09", true),
        canary("that came as a token", "CANARYgitlab10", true),
    ]
}

/// That the canaries are nowhere but in the store, and there as they came.
fn search(said: &[(String, Vec<u8>)], canaries: &[Canary], store: &str) {
    for Canary { name, secret, in_store } in canaries {
        for form in forms(secret) {
            let finder = memchr::memmem::Finder::new(&form);
            let mut kept = 0;
            for (place, bytes) in said {
                let Some(at) = finder.find(bytes) else { continue };
                let around = String::from_utf8_lossy(&bytes[at.saturating_sub(80)..bytes.len().min(at + 80)]);
                assert!(*in_store && place.contains(store), "the secret {name} is in '{place}' as {form}: {around}");
                kept += 1;
            }
            assert!(form != *secret || (kept > 0) == *in_store, "the search finds what there is: the secret {name}");
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn secrets_are_found_in_no_byte_of_what_is_printed_written_or_stored() {
    let mut user = Careless { sandbox: Sandbox::new(), said: Vec::new() };
    let app = Upstream::new();
    let headers = format!("headers = {{ Authorization = 'Bearer {ROUTE}' }}");
    let route = format!("[[route]]\nname = 'all'\nto = [{{ url = '{}', {headers} }}]\n", app.url("/in"));
    let config = user.sandbox.configure(&format!("[providers.stripe]\nsecret = \"{STRIPE}\"\n{route}"));
    listened(&mut user);
    for line in lines(&app.url("/webhooks/stripe")) {
        user.run(&line);
    }
    let Careless { sandbox, mut said } = user;
    let secrets = sandbox.data().join("secrets");
    let root = sandbox.work().parent().expect("a folder").to_owned();
    for path in files(&root) {
        if path != config && !path.starts_with(&secrets) {
            let name = path.strip_prefix(&root).expect("below it").display().to_string();
            said.push((name, fs::read(path).expect("a file")));
        }
    }
    search(&said, &canaries(&sandbox), "hookctl.db");
    // Nobody else may read what may hold some, whatever the habits of the system are.
    let exports = ["ndjson", "har", "sh", "hurl", "anonymous"].map(|end| sandbox.path(&format!("all.{end}")));
    for path in files(&sandbox.data()).into_iter().chain(exports) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!((mode(&sandbox.data()), mode(&secrets)), (0o700, 0o700));
}
