//! Configuration: what holds, and who said so.
//!
//! Later wins, key by key: built-in defaults ([`DEFAULTS`]), the user file, the project file, the environment, flags.
//! Every value keeps its [`Origin`], so that `hookctl config` and every error can name it. Reading files is all that
//! happens here besides: the environment, the folders and the flags are given in [`Sources`].
//!
//! What comes as a whole (`[[route]]`, `[providers.NAME]`) has files of its own. To add a key: a line in `defaults.toml`, one in `layer::KEYS`, a field here or in `sections.rs`.

mod address;
mod error;
mod files;
mod gates;
mod layer;
mod load;
mod merge;
mod origin;
mod position;
mod provider;
mod provider_folder;
mod route;
mod sections;
mod sources;
mod subscription;
mod table;
mod trust;
mod value;
mod watching;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use address::{HttpUrl, InspectorAddress};
pub use error::{ConfigError, FileError, ValueError};
pub use files::{PROJECT_FILE, find_project_file, read_project_file};
pub use layer::{KEYS, environment_name};
pub use load::{LoadProfile, PROFILE_KEYS, PROFILE_SWITCHES};
pub use origin::{Origin, Setting};
pub use provider::{ProviderConfig, ProviderTable, SecretSource, is_provider_name};
pub use provider_folder::{FolderError, ProviderFolder, provider_folder, provider_folders};
pub use route::{AckStatus, HeaderTest, RouteConfig, TargetConfig};
pub use sections::{ListenConfig, SendConfig, StoreConfig, VerifyConfig};
pub use sources::{Flag, Sources};
pub use subscription::Subscription;
pub use trust::{TrustList, TrustedFile};
pub use value::{ColorChoice, StorePath};

use layer::{Author, Layer};
use merge::Merge;

/// The built-in defaults, as the commented file that `hookctl init` writes.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// Everything that is configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where deliveries are kept. None if nothing says so and there is no home to keep them in.
    pub store: Option<Setting<StorePath>>,
    /// How much of what was recorded is kept.
    pub kept: StoreConfig,
    /// The folder of the user's own providers; see [`provider_folders`].
    pub providers_dir: Option<Setting<PathBuf>>,
    /// When to use colour.
    pub color: Setting<ColorChoice>,
    /// How long a request that hookctl makes may take; more than 0.
    pub timeout: Setting<Duration>,
    /// `[listen]`.
    pub listen: ListenConfig,
    /// `[send]`.
    pub send: SendConfig,
    /// `[verify]`.
    pub verify: VerifyConfig,
    /// `[[route]]`, in the order in which they are asked.
    pub routes: Vec<RouteConfig>,
    /// `[load.NAME]`, by name.
    pub load: BTreeMap<String, LoadProfile>,
    /// `[providers.NAME]`, by name.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// `[subscriptions.NAME]`, by name.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// hookctl's own folder for data: `$XDG_DATA_HOME/hookctl`. None without a home.
    pub data_folder: Option<PathBuf>,
    /// The user file that was read.
    pub user_file: Option<PathBuf>,
    /// The project file that was read.
    pub project_file: Option<PathBuf>,
    entries: Vec<Entry>,
    reserved: Vec<Entry>,
}

/// A line of `hookctl config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key with its tables.
    pub key: String,
    /// The value as it was written (paths: as they were understood), with secrets masked.
    pub shown: String,
    /// Who said so.
    pub origin: Origin,
}

impl Config {
    /// Reads the files and merges all layers.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, a value that is wrong or, in a project file, not allowed. A missing
    /// file is no error.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let home = sources.home();
        let home = home.as_deref();
        let read = |path: &Path, author: Author<'_>| -> Result<Option<Layer>, ConfigError> {
            files::read_config(path)?.map(|text| Layer::parse(&text, author, home)).transpose()
        };
        let user_file = sources.user_file.as_deref();
        let project_file = sources.project_file.clone().or_else(|| find_project_file(&sources.start_dir));
        let user = user_file.map(|path| read(path, Author::User(path))).transpose()?.flatten();
        let trust_list = sources.data_folder().map(|folder| TrustList::in_folder(&folder));
        let project = match project_file.as_deref() {
            Some(path) => files::read_config(path)?.map(|text| -> Result<Layer, ConfigError> {
                let mut layer = Layer::parse(&text, Author::Project(path), home)?;
                let accepted = || trust_list.as_ref().is_some_and(|list| list.holds(path, text.as_bytes()));
                layer.trusted = sources.trust_project || accepted();
                Ok(layer)
            }),
            None => None,
        };
        let project = project.transpose()?;
        let user_file = user_file.filter(|_| user.is_some()).map(Path::to_owned);
        let project_file = project_file.filter(|_| project.is_some());

        let mut layers = vec![Layer::parse(DEFAULTS, Author::Defaults, home)?];
        layers.extend(user);
        layers.extend(project);
        layers.push(Layer::of_environment(&sources.env, &sources.start_dir));
        layers.push(Layer::of_flags(&sources.flags, &sources.start_dir)?);
        let mut config = Self::merge(&layers, home, sources.data_folder())?;
        config.user_file = user_file;
        config.project_file = project_file;
        Ok(config)
    }

    fn merge(layers: &[Layer], home: Option<&Path>, data_folder: Option<PathBuf>) -> Result<Self, ConfigError> {
        let mut merge = Merge::of(layers, home);
        let mut store: Option<Setting<StorePath>> = merge.optional("store")?;
        if let (None, Some(folder)) = (&store, &data_folder) {
            let value = StorePath::File(folder.join("hookctl.db"));
            merge.list("store", value.to_string(), Origin::Default);
            store = Some(Setting { value, origin: Origin::Default });
        }
        let kept = StoreConfig::resolve(&mut merge)?;
        let providers_dir = merge.optional("providers_dir")?;
        let color = merge.value("color")?;
        let timeout = merge.limit("timeout")?;
        let listen = ListenConfig::resolve(&mut merge)?;
        let send = SendConfig::resolve(&mut merge)?;
        let verify = VerifyConfig::resolve(&mut merge)?;
        let routes = merge.routes()?;
        let (mut entries, reserved) = merge.into_entries();
        let providers = provider::merge(layers, &mut entries);
        let mut load: BTreeMap<String, LoadProfile> = BTreeMap::new();
        for (name, profile) in layers.iter().flat_map(|layer| &layer.load) {
            load.entry(name.clone()).or_default().extend(profile.clone());
        }
        for (name, profile) in &load {
            entries.extend(profile.iter().map(|(key, (words, origin))| Entry {
                key: format!("load.{name}.{key}"),
                shown: load::shown(key, words),
                origin: origin.clone(),
            }));
        }
        let subscriptions = subscription::merge(layers, &mut entries)?;
        Ok(Self {
            store,
            kept,
            providers_dir,
            color,
            timeout,
            listen,
            send,
            verify,
            routes,
            load,
            providers,
            subscriptions,
            data_folder,
            user_file: None,
            project_file: None,
            entries,
            reserved,
        })
    }

    /// Every key that has a value, with that value and its origin: the fixed keys in the order of [`KEYS`], then
    /// providers by name. Secrets are masked; nothing here needs masking again.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What the project file says only because its user has accepted it.
    pub fn reserved(&self) -> &[Entry] {
        &self.reserved
    }
}

#[cfg(test)]
mod tests;
