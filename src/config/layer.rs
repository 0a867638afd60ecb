//! One layer: what one file, the environment or the flags say, with the place of each value.
//!
//! Nothing is merged here and no value has a meaning yet; but every key is known, or there is no layer. The keys are a
//! table rather than a `serde` type, because an error about an unknown key has to name the key, its line and the nearest
//! known one, and because the environment and the flags go through the same table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::text::nearest;

use super::Flag;
use super::error::ConfigError;
use super::load::{LoadProfile, read_profiles};
use super::origin::Origin;
use super::position::Lines;
use super::provider::{ProviderLayer, read_providers};
use super::route::{ROUTE, RouteConfig, read_routes};
use super::subscription::{SubscriptionLayer, read_subscriptions};
use super::table::Reading;
use super::value::{Folders, Given};

/// Every key but those of providers, in the order of `hookctl config`.
pub const KEYS: [&str; 49] = [
    "store",
    "store.keep",
    "store.max_size",
    "providers_dir",
    "color",
    "timeout",
    "listen.bind",
    "listen.ui",
    "listen.provider",
    "listen.require_signature",
    "listen.allow",
    "listen.rate_limit",
    "listen.validate",
    "listen.schema",
    "listen.respond",
    "listen.tls",
    "listen.cert",
    "listen.key",
    "listen.max_body",
    "listen.max_head",
    "listen.max_headers",
    "listen.head_timeout",
    "listen.body_timeout",
    "listen.idle_timeout",
    "listen.max_connections",
    "listen.max_queue",
    "listen.dedupe_window",
    "listen.public_url",
    "listen.forward_to",
    "listen.keep_path",
    "listen.allow_remote",
    "listen.drop_duplicates",
    "listen.tenant",
    "listen.ack",
    "listen.order",
    "listen.retry",
    "listen.max_backlog",
    "listen.forward_concurrency",
    "listen.source",
    "listen.exec",
    "listen.exec_concurrency",
    "listen.exec_timeout",
    "listen.alert",
    "listen.alert_window",
    "listen.alert_exec",
    "listen.alert_url",
    "send.to",
    "send.timeout",
    "verify.tolerance",
];

/// The tables that hold some of them.
const TABLES: [&str; 3] = ["listen", "send", "verify"];

/// The store: its path, as text or as `path` in a table with what else there is to say of it.
const STORE: &str = "store";

/// The table of profiles for `load`, whose keys are names, too.
const LOAD: &str = "load";

/// The table of providers, whose keys are names that people choose.
const PROVIDERS: &str = "providers";

/// The table of subscriptions, likewise.
const SUBSCRIPTIONS: &str = "subscriptions";

/// The environment variable of a key: `HOOKCTL_LISTEN_MAX_BODY` for `listen.max_body`.
pub fn environment_name(key: &str) -> String {
    format!("HOOKCTL_{}", key.replace('.', "_").to_ascii_uppercase())
}

/// What one source says.
#[derive(Debug)]
pub(super) struct Layer {
    /// The folder that relative paths start at.
    pub(super) base: PathBuf,
    pub(super) values: Vec<Found>,
    pub(super) providers: Vec<ProviderLayer>,
    pub(super) routes: Vec<RouteConfig>,
    /// Whether it may say everything: a project file that its user has accepted.
    pub(super) trusted: bool,
    pub(super) load: BTreeMap<String, LoadProfile>,
    pub(super) subscriptions: Vec<SubscriptionLayer>,
}

/// One key that the source mentions.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: &'static str,
    pub(super) given: Given,
    pub(super) origin: Origin,
}

/// Whose text is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Author<'a> {
    Defaults,
    User(&'a Path),
    Project(&'a Path),
}

impl Author<'_> {
    pub(super) fn at(self, line: usize) -> Origin {
        match self {
            Self::Defaults => Origin::Default,
            Self::User(path) => Origin::UserFile { path: path.to_owned(), line },
            Self::Project(path) => Origin::ProjectFile { path: path.to_owned(), line },
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Defaults => Path::new("defaults.toml"),
            Self::User(path) | Self::Project(path) => path,
        }
    }
}

impl Layer {
    fn new(base: &Path) -> Self {
        Self {
            base: base.to_owned(),
            values: Vec::new(),
            providers: Vec::new(),
            routes: Vec::new(),
            load: BTreeMap::new(),
            subscriptions: Vec::new(),
            trusted: false,
        }
    }

    /// The layer of a file's text.
    pub(super) fn parse(text: &str, author: Author<'_>, home: Option<&Path>) -> Result<Self, ConfigError> {
        let lines = Lines::of(text);
        let syntax = |error: &toml::de::Error| syntax_error(error, &lines, author.path());
        // Twice: once for the positions of keys, once for the plain tables that providers are made of.
        let plain: toml::Table = text.parse().map_err(|error| syntax(&error))?;
        let spanned = DeTable::parse(text).map_err(|error| syntax(&error))?;
        let base = author.path().parent().unwrap_or(Path::new(""));
        let mut layer = Self::new(base);
        let folders = Folders { base, home };
        let mut reader = Reader { layer: &mut layer, author, lines: &lines, plain: &plain, folders };
        reader.table("", spanned.get_ref())?;
        Ok(layer)
    }

    /// The layer of the environment. Variables that are no key's are somebody else's; one without text is as if unset.
    pub(super) fn of_environment(env: &[(String, String)], base: &Path) -> Self {
        let mut layer = Self::new(base);
        for key in KEYS {
            let name = environment_name(key);
            if let Some((_, text)) = env.iter().rev().find(|(n, text)| *n == name && !text.is_empty()) {
                let given = Given::Words(vec![text.clone()]);
                layer.values.push(Found { key, given, origin: Origin::Environment { name } });
            }
        }
        layer
    }

    /// The layer of the flags. A key that comes several times is a list.
    pub(super) fn of_flags(flags: &[Flag], base: &Path) -> Result<Self, ConfigError> {
        let mut layer = Self::new(base);
        for flag in flags {
            let origin = Origin::Flag { name: flag.name.clone() };
            let Some(key) = known(&flag.key) else { return Err(unknown_key(flag.key.clone(), origin)) };
            match layer.values.iter_mut().find(|found| found.key == key) {
                Some(Found { given: Given::Words(words), origin: last, .. }) => {
                    words.push(flag.value.clone());
                    *last = origin;
                }
                _ => layer.values.push(Found { key, given: Given::Words(vec![flag.value.clone()]), origin }),
            }
        }
        Ok(layer)
    }
}

/// Walks a file's tables.
struct Reader<'a> {
    layer: &'a mut Layer,
    author: Author<'a>,
    lines: &'a Lines<'a>,
    plain: &'a toml::Table,
    folders: Folders<'a>,
}

impl Reader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let origin = self.author.at(self.lines.line(name.span().start));
            let name: &str = name.get_ref();
            let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            // A quoted "listen.bind" is one name with a dot in it, not a key in a table.
            let quoted = name.contains('.');
            let key = if key == "store.path" { STORE.to_owned() } else { key };
            let named = [PROVIDERS, LOAD, SUBSCRIPTIONS].contains(&key.as_str());
            if key == ROUTE {
                let (author, lines, folders) = (self.author, self.lines, self.folders);
                self.layer.routes = read_routes(value, Reading { author, lines, folders })?;
            } else if !quoted && (TABLES.contains(&key.as_str()) || named) {
                let DeValue::Table(inner) = value.get_ref() else {
                    let found = given(value.get_ref()).kind();
                    return Err(ConfigError::WrongType { key, origin, wanted: "a table", found });
                };
                if key == PROVIDERS {
                    let plain = self.plain.get(PROVIDERS).and_then(toml::Value::as_table);
                    let plain = plain.expect("the same text, parsed twice, has the same tables");
                    self.layer.providers = read_providers(inner, plain, self.author, self.lines, self.folders)?;
                } else if key == LOAD {
                    self.layer.load = read_profiles(inner, self.author, self.lines)?;
                } else if key == SUBSCRIPTIONS {
                    self.layer.subscriptions = read_subscriptions(inner, self.author, self.lines, self.folders)?;
                } else {
                    self.table(&key, inner)?;
                }
            } else if let (STORE, DeValue::Table(inner), false) = (key.as_str(), value.get_ref(), quoted) {
                self.table(STORE, inner)?;
            } else if let Some(key) = known(&key).filter(|_| !quoted) {
                self.layer.values.push(Found { key, given: given(value.get_ref()), origin });
            } else {
                return Err(unknown_key(key, origin));
            }
        }
        Ok(())
    }
}

fn known(key: &str) -> Option<&'static str> {
    KEYS.into_iter().find(|known| *known == key)
}

fn unknown_key(key: String, origin: Origin) -> ConfigError {
    let (table, name) = key.rsplit_once('.').unwrap_or(("", &key));
    // Names are compared without their tables, which would make all names in one table alike.
    let all: Vec<(&str, &str)> = KEYS.iter().map(|key| key.rsplit_once('.').unwrap_or(("", key))).collect();
    let beside = all.iter().filter(|(t, _)| *t == table).map(|(_, name)| *name);
    let tables = TABLES.into_iter().chain([PROVIDERS, LOAD, SUBSCRIPTIONS, ROUTE]).filter(|_| table.is_empty());
    let near = nearest(name, beside.chain(tables));
    let full = |table: &str, name: &str| if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") };
    let mut near: Vec<String> = near.into_iter().map(|name| full(table, name)).collect();
    if near.is_empty() {
        // Right name, wrong table.
        let mut elsewhere = nearest(name, all.iter().map(|(_, name)| *name));
        // Two tables may use the same name.
        elsewhere.dedup();
        near = elsewhere
            .into_iter()
            .flat_map(|near| all.iter().filter(move |(_, name)| *name == near))
            .map(|(table, name)| full(table, name))
            .collect();
    }
    ConfigError::UnknownKey { key, origin, nearest: near }
}

/// What a TOML value is, with the text of secrets nowhere in it: providers are read elsewhere.
pub(super) fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.clone().into_owned()),
        DeValue::Boolean(value) => Given::Bool(*value),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("so large a number"), Given::Integer),
        DeValue::Array(items) => Given::List(items.iter().map(|item| given(item.get_ref())).collect()),
        DeValue::Float(_) => Given::Other("a fraction"),
        DeValue::Datetime(_) => Given::Other("a date or time"),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

fn syntax_error(error: &toml::de::Error, lines: &Lines<'_>, path: &Path) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let mut message = error.message().trim().replace('\n', ", ");
    if let Some(first) = message.get(..1) {
        message = first.to_lowercase() + &message[1..];
    }
    ConfigError::Syntax { path: path.to_owned(), line: lines.line(at), column: lines.column(at), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Layer, ConfigError> {
        Layer::parse(text, Author::User(Path::new("/u/config.toml")), None)
    }

    fn error(text: &str) -> String {
        parse(text).expect_err(text).to_string()
    }

    #[test]
    fn each_value_knows_its_line_however_it_is_written() {
        let layer = parse("color = 'auto'\n\nsend.to = 'http://x/'\n[listen]\n# a comment\nbind = '127.0.0.1:1'\n")
            .expect("parses");
        let places: Vec<_> = layer.values.iter().map(|f| (f.key, f.origin.file().expect("a file").1)).collect();
        assert_eq!(places, [("color", 1), ("send.to", 3), ("listen.bind", 6)]);
        assert_eq!(layer.base, Path::new("/u"));
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
        let layer = parse("\u{feff}color = 'auto'\r\ntimeout = '1s'\r\n").expect("parses");
        let places: Vec<_> = layer.values.iter().map(|f| (f.key, f.origin.file().expect("a file").1)).collect();
        assert_eq!(places, [("color", 1), ("timeout", 2)]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_ones() {
        for (text, key, line, near) in [
            ("\ncolour = 'auto'", "colour", 2, Some("color")),
            ("stor = 'x'", "stor", 1, Some("store")),
            ("[lisen]\nbind = 'x'", "lisen", 1, Some("listen")),
            ("[provider.stripe]\nsecret = 'x'", "provider", 1, Some("providers")),
            ("[listen]\n\nmax_bdy = '1MiB'", "listen.max_bdy", 3, Some("listen.max_body")),
            ("[send]\ntimout = '1s'", "send.timout", 2, Some("send.timeout")),
            ("[verify]\ntolerence = '5m'", "verify.tolerence", 2, Some("verify.tolerance")),
            ("max_body = '1MiB'", "max_body", 1, Some("listen.max_body")),
            ("[send]\nmax_headers = 1", "send.max_headers", 2, Some("listen.max_headers")),
            ("\"listen.bind\" = 'x'", "listen.bind", 1, Some("listen.bind")),
            ("[verify]\ntimeout = '1s'", "verify.timeout", 2, Some("timeout")),
            ("zzz = 1", "zzz", 1, None),
            ("[listen]\nzzz = 1", "listen.zzz", 2, None),
            ("[listen]\ntimeout = '1s'", "listen.timeout", 2, Some("listen.body_timeout")),
        ] {
            match parse(text) {
                Err(ConfigError::UnknownKey { key: found, origin, nearest }) => {
                    assert_eq!(found, key);
                    assert_eq!(origin.file().expect("a file").1, line, "{text}");
                    assert_eq!(nearest.first().map(String::as_str), near, "{text}: {nearest:?}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(error("a = 1"), "unknown key 'a' in /u/config.toml:1");
    }

    #[test]
    fn what_is_no_table_is_refused_in_a_tables_place() {
        assert_eq!(error("\nlisten = 5"), "'listen' in /u/config.toml:2 must be a table, not a number");
        assert_eq!(error("providers = ['stripe']"), "'providers' in /u/config.toml:1 must be a table, not a list");
    }

    #[test]
    fn broken_toml_is_reported_with_line_and_column() {
        match parse("color = 'auto'\nétat = = 1\n") {
            Err(ConfigError::Syntax { line: 2, column, message, .. }) => {
                assert!((1..=8).contains(&column), "{column}");
                assert!(message.starts_with(char::is_lowercase) && !message.contains('\n'), "{message}");
            }
            other => panic!("{other:?}"),
        }
        assert!(error("color = 'a'\ncolor = 'b'").starts_with("/u/config.toml:2:1: duplicate key"));
        assert!(error("timeout = 99999999999999999999").starts_with("/u/config.toml:1:"));
        assert!(matches!(parse(&format!("color = {}", "[".repeat(100_000))), Err(ConfigError::Syntax { .. })));
    }

    #[test]
    fn environment_names_are_the_keys_in_capitals() {
        assert_eq!(environment_name("listen.max_body"), "HOOKCTL_LISTEN_MAX_BODY");
        let env = [
            ("HOOKCTL_STORE", "/a"),
            ("HOOKCTL_COLOR", ""),
            ("HOOKCTL_STRIPE_SECRET", "x"),
            ("HOOKCTL_UNHEARD_OF", "x"),
            ("hookctl_timeout", "1s"),
        ];
        let env: Vec<_> = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let layer = Layer::of_environment(&env, Path::new("/here"));
        let keys: Vec<_> = layer.values.iter().map(|f| f.key).collect();
        assert_eq!(keys, ["store"]);
    }

    #[test]
    fn a_flag_for_an_unknown_key_is_refused_by_its_flag() {
        let flag = Flag { key: "stroe".to_owned(), value: "x".to_owned(), name: "--store".to_owned() };
        let error = Layer::of_flags(&[flag], Path::new("/")).expect_err("unknown");
        assert_eq!(error.to_string(), "unknown key 'stroe' in --store");
    }
}
