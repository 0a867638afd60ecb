//! Where a secret comes from, in order: the flag, the environment, the configuration, a development secret.
//!
//! Secrets are read here and handed on as [`Secret`], which shows nothing.

mod development;
mod generate;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::{ProviderConfig, SecretSource, ValueError};
use crate::diagnosis::Named;
use crate::model::Secret;
use crate::provider::check::Pair;
use crate::provider::{KnownSecret, Provider, SecretOrigin};
use crate::signature::{KeyError, KeyUse, Scheme};

pub use development::DevelopmentSecret;

/// No secret is larger, whatever a file holds.
const LARGEST: u64 = 64 * 1024;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// What was written names no secret.
    #[error("the secret: {0}")]
    Source(#[from] ValueError),
    /// The variable is not set, or empty.
    #[error("the environment variable {0} is not set")]
    Variable(String),
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Standard input cannot be read.
    #[error("the secret cannot be read from standard input: {0}")]
    Stdin(std::io::Error),
    /// More than any secret.
    #[error("{place} holds more than 64 KiB, which is no secret")]
    TooLarge {
        /// Where it was read.
        place: String,
    },
    /// Nothing but white space.
    #[error("the secret from {place} is empty")]
    Blank {
        /// Where it was read.
        place: String,
    },
    /// The secret does not have the provider's form.
    #[error("the secret is not one of {title}'s: {error}")]
    Form {
        /// The provider's title.
        title: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// What is configured for a provider with key pairs is what a receiver has: the public half.
    #[error("the secret that is configured for {title} is what verifies its deliveries; it cannot sign")]
    VerifiesOnly {
        /// The provider's title.
        title: String,
    },
    /// There is no folder for development secrets.
    #[error("there is no place for a development secret: neither HOME nor XDG_DATA_HOME is set")]
    NoFolder,
    /// A development secret cannot be kept or read.
    #[error("{path}: {source}", path = path.display())]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("{path} can be read by others (mode {mode:o})", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is not what hookctl wrote.
    #[error("{path} is damaged", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// All places where secrets may be.
pub struct Secrets {
    /// hookctl's own folder for data, if there is one.
    pub data_folder: Option<PathBuf>,
    /// The environment.
    pub env: Vec<(String, String)>,
    /// `[providers.NAME]` of the configuration.
    pub config: BTreeMap<String, ProviderConfig>,
    /// Relative `file:` paths of flags and variables start here.
    pub current_folder: PathBuf,
    /// The address of the server with development certificates, `http://127.0.0.1:4401`.
    pub certificates_at: Option<String>,
}

impl Secrets {
    /// Reads what `--secret` says: the text itself, `env:NAME`, `file:PATH` or `-`.
    ///
    /// # Errors
    /// Nothing there, or nothing that can be read.
    pub fn read(&self, text: &str) -> Result<Secret, SecretError> {
        if text == "-" {
            let mut content = String::new();
            std::io::stdin().take(LARGEST + 1).read_to_string(&mut content).map_err(SecretError::Stdin)?;
            return checked(content, "standard input");
        }
        let home = self.variable("HOME").map(PathBuf::from);
        self.resolve(&SecretSource::parse(text, &self.current_folder, home.as_deref())?)
    }

    /// The secret that a source of the configuration means.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn resolve(&self, source: &SecretSource) -> Result<Secret, SecretError> {
        match source {
            SecretSource::Literal(secret) => Ok(secret.clone()),
            SecretSource::Env(name) => {
                let value = self.variable(name).ok_or_else(|| SecretError::Variable(name.clone()))?;
                checked(value.to_owned(), &format!("the variable {name}"))
            }
            SecretSource::File { path, .. } => {
                let unreadable = |source| SecretError::Unreadable { path: path.clone(), source };
                let mut content = String::new();
                let file = fs::File::open(path).map_err(unreadable)?;
                file.take(LARGEST + 1).read_to_string(&mut content).map_err(unreadable)?;
                checked(content, &path.display().to_string())
            }
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The secrets that are known for a provider, the first being the one to sign with. `flags` are what `--secret` said;
    /// they replace all else. Without any, the environment counts, then the configuration, then the development secret,
    /// which is made when it is needed.
    ///
    /// # Errors
    /// A configured secret that cannot be read, or no place to keep a development secret.
    pub fn known(
        &self,
        provider: &Provider,
        flags: &[Secret],
        wanted: KeyUse,
    ) -> Result<Vec<KnownSecret>, SecretError> {
        let given = |secret| KnownSecret { secret, origin: SecretOrigin::Given };
        if !flags.is_empty() {
            return Ok(flags.iter().cloned().map(given).collect());
        }
        let configured = self.configured(&provider.name)?;
        if !configured.is_empty() {
            let signs = !provider.definition.signature.is_empty();
            let pairs = signs && provider.definition.schemes().all(Scheme::is_asymmetric);
            // The two halves may look alike: a public key taken for a seed would sign, and sign wrongly.
            if pairs && wanted == KeyUse::Sign {
                return Err(SecretError::VerifiesOnly { title: provider.definition.title.clone() });
            }
            return Ok(configured.into_iter().map(given).collect());
        }
        if !provider.definition.has_secret() {
            return Ok(Vec::new());
        }
        let development = self.development(provider)?;
        let secrets = development.secrets(wanted);
        Ok(secrets.into_iter().map(|secret| KnownSecret { secret, origin: SecretOrigin::Development }).collect())
    }

    /// The secrets that the user configured for a provider by variable or file.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn configured(&self, provider: &str) -> Result<Vec<Secret>, SecretError> {
        let variable = variable_of(provider);
        if let Some(text) = self.variable(&variable) {
            // A variable may point elsewhere too; a literal is the usual case.
            let home = self.variable("HOME").map(PathBuf::from);
            let source = SecretSource::parse(text, &self.current_folder, home.as_deref())?;
            return Ok(vec![self.resolve(&source)?]);
        }
        match self.config.get(provider).and_then(|config| config.secrets.as_ref()) {
            Some(setting) => setting.value.iter().map(|source| self.resolve(source)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// The secrets that [`Self::known`] gives for verifying, each with a name that a person knows it by.
    ///
    /// # Errors
    /// As [`Self::known`].
    pub fn named(&self, provider: &Provider, flags: &[Secret]) -> Result<Vec<Named>, SecretError> {
        let known = self.known(provider, flags, KeyUse::Verify)?;
        let place = |at: usize, origin: SecretOrigin| match (origin, flags.len()) {
            (SecretOrigin::Development, _) => format!("hookctl's development secret for {}", provider.name),
            (SecretOrigin::Given, 0) => self.configured_as(&provider.name),
            (SecretOrigin::Given, 1) => "--secret".to_owned(),
            (SecretOrigin::Given, _) => format!("--secret number {}", at + 1),
        };
        let named = known.into_iter().enumerate();
        Ok(named.map(|(at, known)| Named { name: place(at, known.origin), secret: known.secret }).collect())
    }

    /// Every other secret that is known: what is configured for this provider beside `flags`, what is configured for others,
    /// and development secrets that were made before. What cannot be read is left out.
    pub fn others(&self, provider: &str, flags: &[Secret]) -> Vec<Named> {
        let variables = self.env.iter().filter_map(|(name, value)| {
            let is_secret = name.starts_with("HOOKCTL_") && name.ends_with("_SECRET") && !value.is_empty();
            is_secret.then(|| name.clone())
        });
        let mut found: Vec<Named> = Vec::new();
        let mut add = |name: String, secret: Secret| {
            if !flags.contains(&secret) && found.iter().all(|known| known.secret != secret) {
                found.push(Named { name, secret });
            }
        };
        let own = variable_of(provider);
        for name in variables.filter(|name| *name != own || !flags.is_empty()) {
            if let Ok(secret) = self.read(&format!("env:{name}")) {
                add(name, secret);
            }
        }
        for (other, config) in &self.config {
            let sources = config.secrets.iter().flat_map(|setting| &setting.value);
            for source in sources.filter(|_| other != provider || !flags.is_empty()) {
                if let Ok(secret) = self.resolve(source) {
                    add(format!("the secret of [providers.{other}]"), secret);
                }
            }
        }
        let folder = self.folder().ok();
        let names = folder.as_deref().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        for name in names {
            let kept = folder.as_deref().and_then(|folder| development::kept(folder, &name));
            for secret in kept.iter().flat_map(|kept| kept.secrets(KeyUse::Verify)) {
                add(format!("hookctl's development secret for {name}"), secret);
            }
        }
        found
    }

    fn configured_as(&self, provider: &str) -> String {
        let variable = variable_of(provider);
        match self.variable(&variable) {
            Some(_) => variable,
            None => format!("the secret of [providers.{provider}]"),
        }
    }

    /// The development secret of a provider; made and kept if there is none yet.
    ///
    /// # Errors
    /// It cannot be kept, or what was kept is damaged or open to others.
    pub fn development(&self, provider: &Provider) -> Result<DevelopmentSecret, SecretError> {
        development::load_or_make(&self.folder()?, provider, self.certificates_at.as_deref())
    }

    /// Makes a new development secret; the one before it is kept for verifying.
    ///
    /// # Errors
    /// As [`Self::development`].
    pub fn rotate(&self, provider: &Provider) -> Result<DevelopmentSecret, SecretError> {
        development::rotate(&self.folder()?, provider, self.certificates_at.as_deref())
    }

    /// A secret of the provider's form that nobody knows, to sign wrongly with.
    pub fn stranger(provider: &Provider) -> Secret {
        generate::pair(provider).private
    }

    /// A fresh secret of the provider's form in both halves, kept nowhere.
    pub fn fresh(provider: &Provider) -> Pair {
        let made = generate::pair(provider);
        Pair { public: made.public.unwrap_or_else(|| made.private.clone()), private: made.private }
    }

    /// When the development secret of a provider was last changed, to notice that another process made a new one.
    pub fn development_stamp(&self, provider: &str) -> Option<std::time::SystemTime> {
        fs::metadata(self.folder().ok()?.join(provider)).and_then(|m| m.modified()).ok()
    }

    fn folder(&self) -> Result<PathBuf, SecretError> {
        Ok(self.data_folder.as_ref().ok_or(SecretError::NoFolder)?.join("secrets"))
    }
}

/// The environment variable for a provider's secret: `HOOKCTL_STANDARD_WEBHOOKS_SECRET`.
pub fn variable_of(provider: &str) -> String {
    format!("HOOKCTL_{}_SECRET", provider.to_uppercase().replace('-', "_"))
}

/// A secret as it was read: without the line end that an editor or `echo` leaves behind.
fn checked(mut content: String, place: &str) -> Result<Secret, SecretError> {
    if content.len() as u64 > LARGEST {
        return Err(SecretError::TooLarge { place: place.to_owned() });
    }
    if content.ends_with('\n') {
        content.pop();
        if content.ends_with('\r') {
            content.pop();
        }
    }
    let secret = Secret::new(content);
    if secret.is_blank() { Err(SecretError::Blank { place: place.to_owned() }) } else { Ok(secret) }
}

/// Writes `NAME=VALUE` into an environment file: replaces the line of that name, or appends one; everything else stays.
/// The file is replaced as a whole, so that nobody ever sees half of it, and is created with mode 0600.
///
/// # Errors
/// The file cannot be read or written.
pub fn write_env(path: &Path, name: &str, value: &Secret) -> Result<(), SecretError> {
    let storage = |source| SecretError::Storage { path: path.to_owned(), source };
    // Reading a pipe would wait for somebody to write to it.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(storage(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no ordinary file")));
    }
    let old = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(storage(error)),
    };
    let line = format!("{name}={}", quoted(value.expose()));
    let is_it = |old: &str| {
        let old = old.trim_start();
        let old = old.strip_prefix("export ").unwrap_or(old).trim_start();
        old.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut replaced = false;
    let mut lines: Vec<String> = Vec::new();
    for old in old.lines() {
        if !is_it(old) {
            lines.push(old.to_owned());
        } else if !replaced {
            let export = if old.trim_start().starts_with("export ") { "export " } else { "" };
            lines.push(format!("{export}{line}"));
            replaced = true;
        }
    }
    if !replaced {
        lines.push(line);
    }
    let text = lines.join("\n") + "\n";
    development::replace_file(path, text.as_bytes()).map_err(storage)
}

/// The value as an environment file takes it: plain where it can be, in single quotes where it must be.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+/=.:,@%".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Catalog;

    fn secrets(folder: &Path, env: &[(&str, &str)]) -> Secrets {
        Secrets {
            data_folder: Some(folder.to_owned()),
            env: env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            config: BTreeMap::new(),
            current_folder: folder.to_owned(),
            certificates_at: None,
        }
    }

    #[test]
    fn the_order_is_flag_then_environment_then_development() {
        let folder = tempfile::tempdir().expect("a folder");
        let stripe = Catalog::default().get("stripe").expect("stripe");
        let with_env = secrets(folder.path(), &[("HOOKCTL_STRIPE_SECRET", "whsec_env")]);
        let text = |known: Vec<KnownSecret>| known.first().map(|k| k.secret.expose().to_owned());
        let flag = with_env.known(&stripe, &[Secret::new("whsec_flag")], KeyUse::Sign).expect("a secret");
        assert_eq!(text(flag).as_deref(), Some("whsec_flag"));
        assert_eq!(text(with_env.known(&stripe, &[], KeyUse::Sign).expect("a secret")).as_deref(), Some("whsec_env"));
        let none = secrets(folder.path(), &[]);
        let made = none.known(&stripe, &[], KeyUse::Sign).expect("a secret");
        assert_eq!(made[0].origin, SecretOrigin::Development);
        assert!(made[0].secret.expose().starts_with("whsec_"));
        assert_eq!(text(none.known(&stripe, &[], KeyUse::Verify).expect("a secret")), text(made));
    }

    #[test]
    fn sources_are_read_and_line_ends_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("s"), "abc\r\n").expect("a file");
        fs::write(folder.path().join("blank"), " \n").expect("a file");
        let secrets = secrets(folder.path(), &[("S", "from env")]);
        assert_eq!(secrets.read("file:s").expect("a secret").expose(), "abc");
        assert_eq!(secrets.read("env:S").expect("a secret").expose(), "from env");
        assert!(matches!(secrets.read("env:NOPE"), Err(SecretError::Variable(_))));
        assert!(matches!(secrets.read("file:nope"), Err(SecretError::Unreadable { .. })));
        assert!(matches!(secrets.read("file:blank"), Err(SecretError::Blank { .. })));
        assert!(secrets.read("").is_err());
    }

    #[test]
    fn an_environment_file_keeps_its_other_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        write_env(&path, "A", &Secret::new("1")).expect("written");
        fs::write(&path, "# note\nB=2\nexport A = old\nAB=3\n").expect("a file");
        write_env(&path, "A", &Secret::new("it's")).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("text"), "# note\nB=2\nexport A='it'\\''s'\nAB=3\n");
    }
}
