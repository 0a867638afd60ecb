//! The `[providers.NAME]` tables: secrets are read here, everything else is kept as it is.
//!
//! What else such a table says overrides a provider's definition or is one; only the provider module understands it.
//! So it gets the table untouched, with the line of every key for its errors.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::model::Secret;
use crate::model::mask::{MASK, is_sensitive};

use super::Entry;
use super::error::{ConfigError, ValueError};
use super::layer::{Author, Layer, given};
use super::origin::{Origin, Setting};
use super::position::Lines;
use super::value::{Folders, Problem};

/// What the configuration says about one provider.
#[derive(Debug, Clone, Default)]
pub struct ProviderConfig {
    /// Its secrets, the first being the one to sign with. The layer that says so last replaces all of them.
    pub secrets: Option<Setting<Vec<SecretSource>>>,
    /// Overrides of its definition, or the definition itself; a later table wins, key by key.
    pub tables: Vec<ProviderTable>,
}

/// One file's table of a provider, without its secrets.
#[derive(Debug, Clone)]
pub struct ProviderTable {
    /// The file, and the line of the table.
    pub origin: Origin,
    /// The table. Never empty.
    pub table: toml::Table,
    lines: BTreeMap<String, usize>,
}

impl ProviderTable {
    /// Where a key of this table is: `signature[0].kind`, `request.headers`. Of an unknown key, where the table is.
    pub fn origin_of(&self, key: &str) -> Origin {
        self.lines.get(key).map_or_else(|| self.origin.clone(), |line| self.origin.at_line(*line))
    }
}

/// Where a secret is to be had.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Here it is.
    Literal(Secret),
    /// In this environment variable.
    Env(String),
    /// In this file.
    File {
        /// Absolute, if the folder was.
        path: PathBuf,
        /// As it was written.
        written: String,
    },
}

impl SecretSource {
    /// Reads `env:NAME`, `file:PATH` (relative to `base`; `~/` is `home`) or the secret itself.
    ///
    /// # Errors
    /// Nothing there, or `-`, which only a flag can mean. The error holds no part of the secret.
    pub fn parse(text: &str, base: &Path, home: Option<&Path>) -> Result<Self, ValueError> {
        if let Some(name) = text.strip_prefix("env:") {
            return if name.trim().is_empty() { Err(ValueError::Blank) } else { Ok(Self::Env(name.to_owned())) };
        }
        if let Some(written) = text.strip_prefix("file:") {
            let path = Folders { base, home }.resolve(written)?;
            return Ok(Self::File { path, written: written.to_owned() });
        }
        let secret = Secret::new(text);
        match text {
            "-" => Err(ValueError::SecretFromStdin),
            _ if secret.is_blank() => Err(ValueError::Blank),
            _ => Ok(Self::Literal(secret)),
        }
    }
}

/// References as they are written, secrets masked.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str(MASK),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File { written, .. } => write!(f, "file:{written}"),
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretSource({self})")
    }
}

/// One file's table of a provider.
#[derive(Debug)]
pub(super) struct ProviderLayer {
    name: String,
    secrets: Option<Setting<Vec<SecretSource>>>,
    table: Option<ProviderTable>,
}

/// Whether a provider can have this name: lower-case words of letters and digits, joined by hyphens.
pub fn is_provider_name(name: &str) -> bool {
    name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// Reads the `providers` table of a file: `spanned` for the lines, `plain` for what is kept.
pub(super) fn read_providers(
    spanned: &DeTable<'_>,
    plain: &toml::Table,
    author: Author<'_>,
    lines: &Lines<'_>,
    folders: Folders<'_>,
) -> Result<Vec<ProviderLayer>, ConfigError> {
    let mut providers = Vec::new();
    for (name, value) in spanned {
        let origin = author.at(lines.line(name.span().start));
        let name: &str = name.get_ref();
        if !is_provider_name(name) {
            return Err(ConfigError::BadProviderName { name: name.to_owned(), origin });
        }
        let (DeValue::Table(spanned), Some(plain)) = (value.get_ref(), plain.get(name).and_then(|p| p.as_table()))
        else {
            let found = given(value.get_ref()).kind();
            return Err(ConfigError::WrongType { key: format!("providers.{name}"), origin, wanted: "a table", found });
        };
        let mut kept = plain.clone();
        let mut secrets = None;
        for (key, value) in spanned {
            let origin = author.at(lines.line(key.span().start));
            let key: &str = key.get_ref();
            // A table of this name belongs to the provider's definition and says how its secrets look.
            if !matches!(key, "secret" | "secrets") || (key == "secret" && value.get_ref().is_table()) {
                continue;
            }
            if secrets.is_some() {
                return Err(ConfigError::BothSecretForms { provider: name.to_owned(), origin });
            }
            let found = read_secrets(key, value.get_ref(), folders);
            let wanted = if key == "secret" { "text" } else { "a list of texts" };
            let value = found.map_err(|problem| problem.at(format!("providers.{name}.{key}"), &origin, wanted))?;
            secrets = Some(Setting { value, origin });
            kept.remove(key);
        }
        let table = (!kept.is_empty()).then(|| {
            let mut found = BTreeMap::new();
            locate("", spanned, lines, &mut found);
            ProviderTable { origin, table: kept, lines: found }
        });
        providers.push(ProviderLayer { name: name.to_owned(), secrets, table });
    }
    Ok(providers)
}

/// Takes the values directly, so that no copy of a secret outlives the file's text but the wiped one.
pub(super) fn read_secrets(key: &str, value: &DeValue<'_>, folders: Folders<'_>) -> Result<Vec<SecretSource>, Problem> {
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(text) => Ok(SecretSource::parse(text, folders.base, folders.home)?),
        other => Err(Problem::WrongType { found: given(other).kind() }),
    };
    match value {
        DeValue::Array(items) if items.is_empty() => Err(ValueError::Blank.into()),
        DeValue::Array(items) if key == "secrets" => items.iter().map(|item| one(item.get_ref())).collect(),
        DeValue::String(_) if key == "secrets" => Err(Problem::WrongType { found: "text" }),
        other => Ok(vec![one(other)?]),
    }
}

/// Collects the line of every key below `table`.
fn locate(prefix: &str, table: &DeTable<'_>, lines: &Lines<'_>, found: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
        found.insert(key.clone(), lines.line(name.span().start));
        locate_value(&key, value.get_ref(), lines, found);
    }
}

fn locate_value(key: &str, value: &DeValue<'_>, lines: &Lines<'_>, found: &mut BTreeMap<String, usize>) {
    match value {
        DeValue::Table(inner) => locate(key, inner, lines, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let key = format!("{key}[{index}]");
                found.insert(key.clone(), lines.line(item.span().start));
                locate_value(&key, item.get_ref(), lines, found);
            }
        }
        _ => {}
    }
}

/// Puts the layers of each provider together, and lists what came of it.
pub(super) fn merge(layers: &[Layer], entries: &mut Vec<Entry>) -> BTreeMap<String, ProviderConfig> {
    let mut providers: BTreeMap<String, ProviderConfig> = BTreeMap::new();
    for layer in layers.iter().flat_map(|layer| &layer.providers) {
        let provider = providers.entry(layer.name.clone()).or_default();
        if layer.secrets.is_some() {
            provider.secrets.clone_from(&layer.secrets);
        }
        provider.tables.extend(layer.table.clone());
    }
    for (name, provider) in &providers {
        if let Some(secrets) = &provider.secrets {
            let key = if secrets.value.len() == 1 { "secret" } else { "secrets" };
            let shown = secrets.value.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            entries.push(Entry { key: format!("providers.{name}.{key}"), shown, origin: secrets.origin.clone() });
        }
        let mut keys: BTreeMap<&str, (&toml::Value, Origin)> = BTreeMap::new();
        for table in &provider.tables {
            keys.extend(table.table.iter().map(|(key, value)| (key.as_str(), (value, table.origin_of(key)))));
        }
        entries.extend(keys.into_iter().map(|(key, (value, origin))| Entry {
            key: format!("providers.{name}.{key}"),
            shown: shown(key, value),
            origin,
        }));
    }
    providers
}

/// A definition in a few characters. Its tables may hold headers with credentials, and a key that nobody knows may be a
/// mistyped `secret`: neither is shown.
fn shown(key: &str, value: &toml::Value) -> String {
    match value {
        toml::Value::Table(_) => "{…}".to_owned(),
        toml::Value::Array(_) => "[…]".to_owned(),
        _ if is_sensitive(key) || !PLAIN_KEYS.contains(&key) => MASK.to_owned(),
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The single values of a definition that are known to be nobody's secret.
const PLAIN_KEYS: [&str; 4] = ["title", "docs", "status", "note"];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Layer, ConfigError> {
        Layer::parse(text, Author::Project(Path::new("/p/hookctl.toml")), Some(Path::new("/home/ann")))
    }

    fn merged(text: &str) -> (BTreeMap<String, ProviderConfig>, Vec<Entry>) {
        let mut entries = Vec::new();
        let providers = merge(&[parse(text).expect(text)], &mut entries);
        (providers, entries)
    }

    const ACME: &str = "
[providers.acme]
title = 'Acme'
secret = 'file:acme.txt'
docs = 'https://acme.example/docs'

[providers.acme.request]
headers = ['Authorization: Bearer abc']

[[providers.acme.signature]]
id = 'v1'
kind = 'hmac'
";

    #[test]
    fn a_definition_is_kept_as_it_is_with_the_lines_of_its_keys() {
        let (providers, _) = merged(ACME);
        let [table] = &providers["acme"].tables[..] else { panic!("one table") };
        assert_eq!(table.origin.file(), Some((Path::new("/p/hookctl.toml"), 2)));
        let keys: Vec<_> = table.table.keys().map(String::as_str).collect();
        assert_eq!(keys, ["title", "docs", "request", "signature"]);
        let plain: toml::Table = ACME.parse().expect("TOML");
        assert_eq!(table.table["signature"], plain["providers"]["acme"]["signature"]);
        for (key, line) in [("docs", 5), ("request", 7), ("request.headers", 8), ("signature[0].kind", 12), ("no", 2)] {
            assert_eq!(table.origin_of(key).file().expect("a file").1, line, "{key}");
        }
    }

    #[test]
    fn a_table_of_secrets_alone_is_no_definition() {
        let (providers, _) = merged("[providers.stripe]\nsecret = 'env:S'");
        assert!(providers["stripe"].tables.is_empty());
        let secrets = providers["stripe"].secrets.clone().expect("secrets");
        assert_eq!(secrets.value, [SecretSource::Env("S".to_owned())]);
        assert_eq!(secrets.origin.file().expect("a file").1, 2);
    }

    #[test]
    fn secrets_are_references_or_literals() {
        let parse = |text| SecretSource::parse(text, Path::new("/p"), Some(Path::new("/home/ann")));
        let file =
            |path: &str, written: &str| Ok(SecretSource::File { path: path.into(), written: written.to_owned() });
        assert_eq!(parse("env:NAME"), Ok(SecretSource::Env("NAME".to_owned())));
        assert_eq!(parse("file:a.txt"), file("/p/a.txt", "a.txt"));
        assert_eq!(parse("file:/abs"), file("/abs", "/abs"));
        assert_eq!(parse("file:~/x"), file("/home/ann/x", "~/x"));
        assert_eq!(parse(" whsec_1 "), Ok(SecretSource::Literal(Secret::new(" whsec_1 "))));
        assert_eq!(parse("-"), Err(ValueError::SecretFromStdin));
        for text in ["", "  ", "env:", "file:"] {
            assert_eq!(parse(text), Err(ValueError::Blank), "{text}");
        }
    }

    #[test]
    fn wrong_secrets_are_errors_that_show_none_of_them() {
        for (text, message) in [
            ("secret = 5", "'providers.acme.secret' in /p/hookctl.toml:2 must be text, not a number"),
            ("secret = ['s3cr3t']", "'providers.acme.secret' in /p/hookctl.toml:2 must be text, not a list"),
            ("secrets = 's3cr3t'", "'providers.acme.secrets' in /p/hookctl.toml:2 must be a list of texts, not text"),
            (
                "secrets = ['s3cr3t', 1]",
                "'providers.acme.secrets' in /p/hookctl.toml:2 must be a list of texts, not a number",
            ),
            ("secrets = []", "'providers.acme.secrets' in /p/hookctl.toml:2: it is empty"),
            ("secret = ' '", "'providers.acme.secret' in /p/hookctl.toml:2: it is empty"),
            (
                "secret = 's3cr3t'\nsecrets = ['b']",
                "'providers.acme' has both 'secret' and 'secrets' in /p/hookctl.toml:3",
            ),
        ] {
            let error = parse(&format!("[providers.acme]\n{text}")).expect_err(text);
            assert_eq!(error.to_string(), message);
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }

    #[test]
    fn a_secret_table_is_the_definitions_own() {
        let (providers, _) = merged("[providers.acme]\nsecrets = ['env:A']\nsecret = { name = 'key' }");
        assert_eq!(providers["acme"].tables[0].table["secret"]["name"].as_str(), Some("key"));
        assert!(providers["acme"].secrets.is_some());
    }

    #[test]
    fn names_that_no_provider_can_have_are_refused() {
        for name in ["acme", "a1", "standard-webhooks", "3scale"] {
            assert!(is_provider_name(name), "{name}");
        }
        for name in ["", "Acme", "a_b", "-a", "a-", "a--b", "../x", "é", "a.b"] {
            assert!(!is_provider_name(name), "{name}");
        }
        let error = parse("[providers.Acme]\ntitle = 'x'").expect_err("capital");
        assert_eq!(error.to_string(), "'Acme' in /p/hookctl.toml:1 is not a provider's name");
        let error = parse("[providers]\nacme = 'x'").expect_err("no table");
        assert_eq!(error.to_string(), "'providers.acme' in /p/hookctl.toml:2 must be a table, not text");
    }

    #[test]
    fn listing_a_provider_shows_no_credential() {
        let text =
            format!("{ACME}[providers.stripe]\nsecrets = ['whsec_live', 'env:OLD', 'file:x']\nsecert = 'oops'\n");
        let (providers, entries) = merged(&text);
        let lines: Vec<_> = entries.iter().map(|e| format!("{} = {} ({})", e.key, e.shown, e.origin)).collect();
        assert_eq!(
            lines,
            [
                "providers.acme.secret = file:acme.txt (project file /p/hookctl.toml:4)",
                "providers.acme.docs = https://acme.example/docs (project file /p/hookctl.toml:5)",
                "providers.acme.request = {…} (project file /p/hookctl.toml:7)",
                "providers.acme.signature = […] (project file /p/hookctl.toml:10)",
                "providers.acme.title = Acme (project file /p/hookctl.toml:3)",
                "providers.stripe.secrets = ••••, env:OLD, file:x (project file /p/hookctl.toml:14)",
                "providers.stripe.secert = •••• (project file /p/hookctl.toml:15)",
            ]
        );
        assert!(!format!("{:?}", providers["stripe"].secrets).contains("whsec_live"));
    }
}
