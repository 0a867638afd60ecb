//! The configuration as a whole: which layer wins, what each may say, what is listed.

use std::fs;
use std::net::SocketAddr;

use super::*;
use crate::model::quantity::ByteSize;

/// A home with a user file and a project in it, and the sources that find them.
struct Home {
    root: tempfile::TempDir,
    sources: Sources,
}

impl Home {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let start_dir = root.path().join("project/src");
        fs::create_dir_all(&start_dir).expect("folders");
        let home = root.path().to_str().expect("Unicode").to_owned();
        let sources = Sources {
            user_file: Some(root.path().join("config.toml")),
            start_dir,
            project_file: None,
            trust_project: false,
            env: vec![("HOME".to_owned(), home)],
            flags: Vec::new(),
        };
        Self { root, sources }
    }

    fn user(self, text: &str) -> Self {
        fs::write(self.root.path().join("config.toml"), text).expect("write");
        self
    }

    fn project(self, text: &str) -> Self {
        fs::write(self.root.path().join("project/hookctl.toml"), text).expect("write");
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, key: &str, value: &str) -> Self {
        let flag = Flag { key: key.to_owned(), value: value.to_owned(), name: format!("--{key}") };
        self.sources.flags.push(flag);
        self
    }

    fn load(&self) -> Config {
        Config::load(&self.sources).expect("a configuration")
    }

    /// The error's words, with the folder's name taken out.
    fn error(&self) -> String {
        let error = Config::load(&self.sources).expect_err("an error");
        error.to_string().replace(&self.root.path().display().to_string(), "~")
    }

    /// The value and origin that are listed for a key.
    fn shown(&self, key: &str) -> Option<(String, String)> {
        let config = self.load();
        let entry = config.entries().iter().find(|entry| entry.key == key)?;
        let short = |text: &str| text.replace(&self.root.path().display().to_string(), "~");
        Some((short(&entry.shown), short(&entry.origin.to_string())))
    }
}

/// A key as TOML: `[listen]` and `bind = …`, on the lines 1 and 2, or on line 1 alone.
fn line(key: &str, value: &str) -> (String, usize) {
    match key.split_once('.') {
        Some((table, name)) => (format!("[{table}]\n{name} = {value}\n"), 2),
        None => (format!("{key} = {value}\n"), 1),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a row for every key")]
fn for_every_key_the_later_layer_wins_and_is_named() {
    // Key, default, user file, project file, environment, flag; as TOML in the files.
    let table = [
        ("store", Some("~/.local/share/hookctl/hookctl.db"), "'/u.db'", "'/p.db'", "/e.db", "/f.db"),
        ("store.keep", Some("30d"), "'1d'", "'2d'", "3d", "4d"),
        ("store.max_size", Some("1GiB"), "'1MiB'", "'2MiB'", "3MiB", "4MiB"),
        ("providers_dir", None, "'/u'", "'/p'", "/e", "/f"),
        ("color", Some("auto"), "'always'", "'never'", "auto", "always"),
        ("timeout", Some("30s"), "'1s'", "'2s'", "3s", "4s"),
        ("listen.bind", Some("127.0.0.1:4400"), "'0.0.0.0:1'", "'[::1]:2'", "127.0.0.1:3", "[::]:4"),
        ("listen.ui", Some("127.0.0.1:4401"), "'0.0.0.0:1'", "'off'", "127.0.0.1:3", "off"),
        ("listen.provider", None, "'stripe'", "'github'", "slack", "svix"),
        ("listen.require_signature", Some("false"), "true", "false", "true", "false"),
        ("listen.allow", None, "'10.0.0.0/8'", "['127.0.0.1/32']", "10.0.0.0/9", "::1/128"),
        ("listen.rate_limit", None, "'1/s'", "'2/m'", "3/h", "4/s"),
        ("listen.validate", Some("false"), "true", "false", "true", "false"),
        ("listen.schema", None, "'/u.json'", "'/p.json'", "/e.json", "/f.json"),
        ("listen.respond", None, "'201'", "['202']", "203", "204"),
        ("listen.tls", Some("false"), "true", "false", "true", "false"),
        ("listen.cert", None, "'/u.pem'", "'/p.pem'", "/e.pem", "/f.pem"),
        ("listen.key", None, "'/u.key'", "'/p.key'", "/e.key", "/f.key"),
        ("listen.max_body", Some("32MiB"), "'1MiB'", "2048", "3MiB", "4MiB"),
        ("listen.max_head", Some("64KiB"), "'1KiB'", "2048", "3KiB", "4KiB"),
        ("listen.max_headers", Some("100"), "1", "2", "3", "4"),
        ("listen.head_timeout", Some("10s"), "'1s'", "'2s'", "3s", "4s"),
        ("listen.body_timeout", Some("30s"), "'1s'", "'2s'", "3s", "4s"),
        ("listen.idle_timeout", Some("60s"), "'1s'", "'2s'", "3s", "4s"),
        ("listen.max_connections", Some("1024"), "1", "2", "3", "4"),
        ("listen.max_queue", Some("1024"), "1", "2", "3", "4"),
        ("listen.dedupe_window", Some("24h"), "'1h'", "'0'", "3h", "4h"),
        (
            "listen.public_url",
            None,
            "'https://u.example'",
            "'https://p.example'",
            "https://e.example",
            "http://f.example",
        ),
        (
            "listen.forward_to",
            None,
            "'http://localhost:1/'",
            "['http://localhost:2/']",
            "http://localhost:3/",
            "http://localhost:4/",
        ),
        ("listen.keep_path", Some("false"), "true", "false", "true", "false"),
        ("listen.allow_remote", Some("false"), "true", "false", "true", "false"),
        ("listen.drop_duplicates", Some("false"), "true", "false", "true", "false"),
        ("listen.tenant", None, "'header X-U'", "'header X-P'", "header X-E", "header X-F"),
        ("listen.ack", None, "201", "202", "203", "204"),
        ("listen.order", Some("strict"), "'none'", "'strict'", "none", "strict"),
        (
            "listen.retry",
            Some("exponential base=1s factor=2 max=6 jitter=10%"),
            "'fixed 1s max=1'",
            "'fixed 2s max=1'",
            "fixed 3s max=1",
            "fixed 4s max=1",
        ),
        ("listen.max_backlog", Some("100000"), "1", "2", "3", "4"),
        ("listen.forward_concurrency", Some("16"), "1", "2", "3", "4"),
        (
            "listen.source",
            None,
            "'http://localhost:1/c'",
            "'http://localhost:2/c'",
            "http://localhost:3/c",
            "http://localhost:4/c",
        ),
        ("listen.exec", None, "'a'", "['b']", "c", "d"),
        ("listen.exec_concurrency", Some("4"), "1", "2", "3", "5"),
        ("listen.exec_timeout", Some("30s"), "'1s'", "'2s'", "3s", "4s"),
        ("listen.alert", None, "'failed > 1'", "['failed > 2']", "failed > 3", "failed > 4"),
        ("listen.alert_window", Some("5m"), "'1m'", "'2m'", "3m", "4m"),
        ("listen.alert_exec", None, "'a'", "['b']", "c", "d"),
        (
            "listen.alert_url",
            None,
            "'http://localhost:1/'",
            "'http://localhost:2/'",
            "http://localhost:3/",
            "http://localhost:4/",
        ),
        ("send.to", None, "'https://u.example/x'", "['http://localhost/']", "http://e.example", "http://f.example"),
        ("send.timeout", None, "'1s'", "'2s'", "3s", "4s"),
        ("verify.tolerance", None, "'1m'", "'off'", "3m", "off"),
    ];
    let keys: Vec<_> = table.iter().map(|row| row.0).collect();
    assert_eq!(keys, KEYS, "every key has its row");
    for (key, default, user, project, env, flag) in table {
        let plain = |value: &str| value.trim_matches(['[', ']', '\'']).to_owned();
        // An address in IPv6 has brackets of its own.
        let plain = |value: &str| if value.starts_with("'[") { value.replace('\'', "") } else { plain(value) };
        let expect = |home: &Home, value: &str, origin: &str| {
            assert_eq!(home.shown(key), Some((value.to_owned(), origin.to_owned())), "{key}");
        };
        let mut home = Home::new();
        // Some of it is not for every project file.
        home.sources.trust_project = true;
        match default {
            Some(default) => expect(&home, default, "default"),
            None => assert_eq!(home.shown(key), None, "{key}"),
        }
        let (text, number) = line(key, user);
        let home = home.user(&text);
        expect(&home, &plain(user), &format!("user file ~/config.toml:{number}"));
        let home = home.project(&line(key, project).0);
        expect(&home, &plain(project), &format!("project file ~/project/hookctl.toml:{number}"));
        let home = home.env(&environment_name(key), env);
        expect(&home, env, &format!("environment {}", environment_name(key)));
        let home = home.flag(key, flag);
        expect(&home, flag, &format!("flag --{key}"));
    }
}

#[test]
fn a_project_file_cannot_make_a_store_forget() {
    let project = "[store]\nkeep = '1s'\nmax_size = '2GiB'\n";
    let mut home = Home::new().user("[store]\npath = '/x.db'\nkeep = '60d'\n").project(project);
    assert_eq!(home.shown("store.keep"), Some(("60d".into(), "user file ~/config.toml:3".into())));
    assert_eq!(home.shown("store.max_size").expect("a size").0, "2GiB", "more is no harm");
    assert_eq!(home.shown("store").expect("a path").0, "/x.db");
    home.sources.trust_project = true;
    assert_eq!(home.shown("store.keep").expect("a time").0, "1s");
    assert_eq!(home.load().reserved().len(), 1);
    assert!(Home::new().user("[store]\nkep = '1s'").error().starts_with("unknown key 'store.kep'"));
}

#[test]
fn the_defaults_are_the_written_file_and_nothing_else() {
    let config = Home::new().load();
    assert_eq!(config.listen.bind.value, SocketAddr::from(([127, 0, 0, 1], 4400)));
    assert_eq!(config.listen.max_body.value, ByteSize(32 << 20));
    assert_eq!(config.listen.dedupe_window.value, Duration::from_hours(24));
    assert_eq!(config.color.value, ColorChoice::Auto);
    assert!(config.entries().iter().all(|entry| entry.origin == Origin::Default));
    assert!(config.providers.is_empty() && config.user_file.is_none() && config.project_file.is_none());
}

#[test]
fn the_file_that_init_writes_is_a_valid_project_file_and_changes_no_value() {
    let plain = Home::new().load();
    let home = Home::new().project(DEFAULTS);
    let values = |config: &Config| -> Vec<(String, String)> {
        // The store's folder differs from home to home.
        let fixed = config.entries().iter().filter(|entry| entry.key != "store");
        fixed.map(|entry| (entry.key.clone(), entry.shown.clone())).collect()
    };
    assert_eq!(values(&home.load()), values(&plain));
}

#[test]
fn the_file_that_init_writes_mentions_every_key_and_its_examples_are_valid() {
    // Comments that are keys or tables become such; sentences stay comments.
    let uncommented: String = DEFAULTS
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                rest
            }
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut home = Home::new().project(&uncommented).env("XDG_DATA_HOME", "/d");
    // Programs and a channel elsewhere are for a file that was accepted.
    home.sources.trust_project = true;
    // The example of a public address is public, and is none that deliveries are sent to.
    let config = home.load();
    let mentioned: Vec<_> = config.entries().iter().map(|entry| entry.key.as_str()).collect();
    for key in KEYS {
        assert!(mentioned.contains(&key), "{key}");
    }
    assert!(mentioned.contains(&"providers.stripe.secret") && mentioned.contains(&"providers.github.secrets"));
    assert!(config.entries().iter().all(|entry| entry.origin != Origin::Default));
}

#[test]
fn a_project_file_may_not_leave_this_machine() {
    for (key, value, shown) in [
        ("listen.bind", "'0.0.0.0:4400'", "0.0.0.0:4400"),
        ("listen.bind", "'[::]:4400'", "[::]:4400"),
        ("listen.ui", "'192.0.2.1:80'", "192.0.2.1:80"),
        ("send.to", "['http://localhost/', 'https://example.com/']", "http://localhost/, https://example.com/"),
    ] {
        let (text, _) = line(key, value);
        let home = Home::new().project(&text);
        let message = format!("a project file may not set '{key}' to '{shown}' (~/project/hookctl.toml:2)");
        assert_eq!(home.error(), message);
        Home::new().user(&text).load();
    }
    // What a later layer overrides has no effect, so nothing is refused.
    let home = Home::new().project("[listen]\nbind = '0.0.0.0:4400'").flag("listen.bind", "0.0.0.0:1");
    assert_eq!(home.load().listen.bind.value.port(), 1);
}

#[test]
fn wrong_values_are_named_with_key_and_line_even_where_they_are_overridden() {
    for (text, message) in [
        ("timeout = 5", "'timeout' in ~/config.toml:1 must be a duration such as \"30s\", not a number"),
        ("\ncolor = true", "'color' in ~/config.toml:2 must be text, not true or false"),
        ("[listen]\nmax_headers = '5'", "'listen.max_headers' in ~/config.toml:2 must be a number, not text"),
        (
            "[listen]\nrequire_signature = 'yes'",
            "'listen.require_signature' in ~/config.toml:2 must be true or false, not text",
        ),
        (
            "[listen.bind]\nport = 1",
            "'listen.bind' in ~/config.toml:1 must be an address such as \"127.0.0.1:4400\", not a table",
        ),
        ("[send]\nto = 1.5", "'send.to' in ~/config.toml:2 must be a URL or a list of URLs, not a fraction"),
        ("timeout = '5'", "'timeout' in ~/config.toml:1: '5' is not a duration: write 250ms, 30s, 5m, 2h or 7d"),
        ("timeout = '0'", "'timeout' in ~/config.toml:1: it must be more than 0"),
        ("[listen]\nmax_queue = 0", "'listen.max_queue' in ~/config.toml:2: it must be more than 0"),
        ("color = 'alway'", "'color' in ~/config.toml:1: 'alway' is not one of auto, always and never"),
        (
            "[listen]\nmax_body = '1 potato'",
            "'listen.max_body' in ~/config.toml:2: '1 potato' is not a size: write 64KiB, 32MiB or a number of bytes",
        ),
        (
            "[send]\nto = 'http://u:pw@x/'",
            "'send.to' in ~/config.toml:2: a URL with a user name or password is not accepted",
        ),
        ("store = ''", "'store' in ~/config.toml:1: it is empty"),
    ] {
        let home = Home::new().user(text);
        assert_eq!(home.error(), message);
        let home = home.flag("timeout", "1s").flag("color", "auto").flag("send.to", "http://x/");
        assert_eq!(home.error(), message, "overridden");
    }
    let home = Home::new().env("HOOKCTL_LISTEN_MAX_QUEUE", "many");
    assert_eq!(home.error(), "HOOKCTL_LISTEN_MAX_QUEUE: 'many' is not a whole number, or too large");
    let home = Home::new().flag("timeout", "soon");
    assert!(home.error().starts_with("--timeout: 'soon' is not a duration"));
}

#[test]
fn an_unknown_key_of_either_file_stops_everything() {
    assert_eq!(Home::new().user("colr = 'auto'").error(), "unknown key 'colr' in ~/config.toml:1");
    let home = Home::new().project("[listen]\nbnd = 'x'").flag("listen.bind", "127.0.0.1:1");
    assert_eq!(home.error(), "unknown key 'listen.bnd' in ~/project/hookctl.toml:2");
}

#[test]
fn relative_paths_start_at_what_says_them() {
    let home = Home::new().user("store = 'u.db'\nproviders_dir = '~/mine'");
    assert_eq!(home.shown("store").expect("set").0, "~/u.db");
    assert_eq!(home.shown("providers_dir").expect("set").0, "~/mine");
    let home = home.project("store = './data/p.db'\n[providers.acme]\nsecret = 'file:acme.txt'");
    assert_eq!(home.shown("store").expect("set").0, "~/project/data/p.db");
    let secrets = home.load().providers["acme"].secrets.clone().expect("secrets");
    let [SecretSource::File { path, written }] = &secrets.value[..] else { panic!("{secrets:?}") };
    assert_eq!((path, written.as_str()), (&home.root.path().join("project/acme.txt"), "acme.txt"));
    let home = home.env("HOOKCTL_STORE", "e.db");
    assert_eq!(home.shown("store").expect("set").0, "~/project/src/e.db");
    let home = home.flag("store", ":memory:");
    assert_eq!(home.load().store.expect("set").value, StorePath::Memory);
}

#[test]
fn without_a_home_there_is_no_store_until_somebody_names_one() {
    let mut home = Home::new();
    home.sources.env.clear();
    let config = home.load();
    assert_eq!((config.store, config.data_folder), (None, None));
    let home = home.env("HOOKCTL_STORE", "/x.db");
    assert_eq!(home.load().store.expect("set").value, StorePath::File("/x.db".into()));
}

#[test]
fn the_files_that_were_read_are_known() {
    let home = Home::new().user("").project("");
    let config = home.load();
    assert_eq!(config.user_file, home.sources.user_file);
    assert_eq!(config.project_file, Some(home.root.path().join("project/hookctl.toml")));
}

#[test]
fn a_configuration_file_is_small() {
    let home = Home::new().user(&"#".repeat((1 << 20) + 1));
    assert_eq!(home.error(), "~/config.toml is larger than 1048576 bytes");
}

#[test]
fn providers_of_both_files_are_put_together() {
    let home = Home::new()
        .user("[providers.stripe]\nsecret = 'whsec_user'\ntitle = 'Mine'\nnote = 'n'\n[providers.github]\nsecret = 'env:G'")
        .project("[providers.stripe]\nsecrets = ['env:A', 'whsec_project']\ntitle = 'Ours'");
    let config = home.load();
    let stripe = &config.providers["stripe"];
    assert_eq!(stripe.secrets.as_ref().expect("secrets").value.len(), 2);
    let titles: Vec<_> = stripe.tables.iter().map(|table| table.table["title"].as_str()).collect();
    assert_eq!(titles, [Some("Mine"), Some("Ours")]);
    for (key, shown, origin) in [
        ("providers.stripe.secrets", "env:A, ••••", "project file ~/project/hookctl.toml:2"),
        ("providers.stripe.title", "Ours", "project file ~/project/hookctl.toml:3"),
        ("providers.stripe.note", "n", "user file ~/config.toml:4"),
        ("providers.github.secret", "env:G", "user file ~/config.toml:6"),
    ] {
        assert_eq!(home.shown(key), Some((shown.to_owned(), origin.to_owned())), "{key}");
    }
    let debug = format!("{config:?}");
    assert!(!debug.contains("whsec_"), "{debug}");
}
