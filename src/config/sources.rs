//! What a configuration is made of, apart from the files: so that a test can say it, and the program can ask for it.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::layer::{KEYS, environment_name};

/// The variables that say where people's folders are.
const FOLDER_VARIABLES: [&str; 3] = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"];

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The user file, which need not exist.
    pub user_file: Option<PathBuf>,
    /// The current folder: the search for a project file starts here, and so do relative paths in variables and flags.
    pub start_dir: PathBuf,
    /// The project file, where it is not the nearest one.
    pub project_file: Option<PathBuf>,
    /// Whether the project file may say everything, accepted or not: to show what it would say.
    pub trust_project: bool,
    /// The environment. Of it, the variables of [`KEYS`], `HOME` and `XDG_DATA_HOME` are read. Other variables, also
    /// those that begin with `HOOKCTL_`, are passed over: secrets have names of this form, and a variable may be meant
    /// for another version.
    pub env: Vec<(String, String)>,
    /// What flags say, as the last layer. The flags of a key that comes several times are a list.
    pub flags: Vec<Flag>,
}

/// A flag that sets a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The key: `listen.bind`.
    pub key: String,
    /// Its value, in the words of an environment variable.
    pub value: String,
    /// The flag as it is typed, for messages: `--bind`.
    pub name: String,
}

impl Sources {
    /// The sources of this process, with these flags.
    ///
    /// # Errors
    /// The current folder is gone, or a variable that is needed is not Unicode.
    pub fn of_process(flags: Vec<Flag>) -> Result<Self, ConfigError> {
        let start_dir = std::env::current_dir().map_err(|source| ConfigError::NoCurrentFolder { source })?;
        let needed: Vec<String> =
            KEYS.into_iter().map(environment_name).chain(FOLDER_VARIABLES.map(str::to_owned)).collect();
        let mut env = Vec::new();
        for (name, text) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match text.into_string() {
                Ok(text) => env.push((name, text)),
                Err(_) if needed.contains(&name) => return Err(ConfigError::NotUnicode { name }),
                Err(_) => {}
            }
        }
        if !env.iter().any(|(name, text)| name == "HOME" && !text.is_empty())
            && let Some(home) = etcetera::home_dir().ok().and_then(|home| home.into_os_string().into_string().ok())
        {
            env.push(("HOME".to_owned(), home));
        }
        let mut sources = Self { start_dir, env, flags, ..Self::default() };
        sources.user_file = sources.user_folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"));
        Ok(sources)
    }

    pub(super) fn home(&self) -> Option<PathBuf> {
        self.folder("HOME")
    }

    /// hookctl's own folder for data.
    pub(super) fn data_folder(&self) -> Option<PathBuf> {
        self.user_folder("XDG_DATA_HOME", ".local/share")
    }

    fn user_folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let folder = self.folder(variable).or_else(|| Some(self.home()?.join(below_home)))?;
        Some(folder.join("hookctl"))
    }

    /// The folder that a variable names. The XDG specification wants relative ones passed over.
    fn folder(&self, variable: &str) -> Option<PathBuf> {
        let (_, text) = self.env.iter().rev().find(|(name, _)| name == variable)?;
        Path::new(text).is_absolute().then(|| PathBuf::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(env: &[(&str, &str)]) -> Sources {
        let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Sources { env, ..Sources::default() }
    }

    #[test]
    fn data_is_kept_where_xdg_says() {
        for (env, folder) in [
            (&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")][..], Some("/d/hookctl")),
            (&[("HOME", "/h")], Some("/h/.local/share/hookctl")),
            (&[("HOME", "/h"), ("XDG_DATA_HOME", "relative")], Some("/h/.local/share/hookctl")),
            (&[("HOME", "/h"), ("XDG_DATA_HOME", "")], Some("/h/.local/share/hookctl")),
            (&[("XDG_DATA_HOME", "/d")], Some("/d/hookctl")),
            (&[], None),
        ] {
            assert_eq!(sources(env).data_folder(), folder.map(PathBuf::from), "{env:?}");
        }
    }

    #[test]
    fn this_process_has_sources() {
        let sources = Sources::of_process(Vec::new()).expect("sources");
        assert!(sources.start_dir.is_absolute());
        assert!(sources.user_file.is_none_or(|path| path.ends_with("hookctl/config.toml")));
    }
}
