//! All providers: those embedded in the binary, private ones, and overrides. A provider is parsed when it is first asked
//! for, so that a command which names one pays for one.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock};

use flate2::bufread::ZlibDecoder;

use super::error::ProviderError;
use super::folder::{Override, Provider, ProviderFiles};
use crate::text::nearest;

/// A provider of `fixtures/`.
pub(super) struct BuiltIn {
    /// Its folder's name.
    name: &'static str,
    /// What `provider.toml` says, as JSON in one line; of each other file its length and path in another one. Compressed.
    packed_head: &'static [u8],
    /// These files, one behind the other. Compressed.
    packed_contents: &'static [u8],
    /// The paths of the other files and their lengths, in the order in which they are packed; once they are needed.
    files: OnceLock<Vec<(String, usize)>>,
    /// The files as they are, once one is needed.
    contents: OnceLock<Vec<u8>>,
}

// The list, in alphabetical order; build.rs makes it.
include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

impl BuiltIn {
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        BUILT_IN.binary_search_by(|one| one.name.cmp(name)).ok().map(|at| &BUILT_IN[at])
    }

    /// What `provider.toml` says, as JSON. It is read once, so it is not kept.
    pub(super) fn definition(&self) -> String {
        let (definition, files) = self.head();
        // Who reads a definition will mostly want to know the files, too; these are few words.
        let _ = self.files.set(files);
        definition
    }

    fn files(&'static self) -> &'static [(String, usize)] {
        self.files.get_or_init(|| self.head().1)
    }

    fn head(&self) -> (String, Vec<(String, usize)>) {
        let file = |line: &str| {
            let (length, path) = line.split_once(' ')?;
            Some((path.to_owned(), length.parse().ok()?))
        };
        let mut head = String::from_utf8(unpacked(self.packed_head)).expect("the build packed text");
        let files = head.lines().skip(1).map(|line| file(line).expect("the build wrote lengths and paths")).collect();
        head.truncate(head.find('\n').unwrap_or(head.len()));
        (head, files)
    }

    /// The paths of its files but for the definition.
    pub(super) fn paths(&'static self) -> impl Iterator<Item = &'static str> {
        self.files().iter().map(|(path, _)| path.as_str())
    }

    /// A file but for the definition.
    pub(super) fn file(&'static self, path: &str) -> Option<&'static [u8]> {
        let files = self.files();
        let place = files.iter().position(|(its, _)| *its == path)?;
        let start = files[..place].iter().map(|(_, length)| length).sum::<usize>();
        let contents = self.contents.get_or_init(|| unpacked(self.packed_contents));
        Some(&contents[start..start + files[place].1])
    }

    pub(super) fn table(&'static self) -> toml::Table {
        serde_json::from_str(&self.definition()).expect("a definition is a table")
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packed.len() * 4);
    ZlibDecoder::new(packed).read_to_end(&mut bytes).expect("the build packed it");
    bytes
}

/// All providers.
#[derive(Default)]
pub struct Catalog {
    private: BTreeMap<String, ProviderFiles>,
    overrides: BTreeMap<String, Override>,
    parsed: Mutex<BTreeMap<String, Arc<Provider>>>,
}

impl Catalog {
    /// The embedded providers, with private folders and overrides on top.
    pub fn new(private: BTreeMap<String, ProviderFiles>, overrides: BTreeMap<String, Override>) -> Self {
        let overrides = overrides.into_iter().filter(|(_, o)| !o.table.is_empty()).collect();
        Self { private, overrides, parsed: Mutex::default() }
    }

    /// The names of all providers, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|one| one.name.to_owned()).collect();
        names.extend(self.private.keys().cloned());
        names.extend(self.overrides.keys().cloned());
        names.sort();
        names.dedup();
        names
    }

    /// Whether there is such a provider; nothing is parsed.
    pub fn contains(&self, name: &str) -> bool {
        self.private.contains_key(name) || self.overrides.contains_key(name) || BuiltIn::of(name).is_some()
    }

    /// Whether the binary has a provider of this name, whatever else takes its place.
    pub fn is_built_in(name: &str) -> bool {
        BuiltIn::of(name).is_some()
    }

    /// The providers that are not as they are built in, with where they come from.
    pub fn own(&self) -> impl Iterator<Item = (&str, Origin)> {
        let names: std::collections::BTreeSet<&str> =
            self.private.keys().chain(self.overrides.keys()).map(String::as_str).collect();
        names.into_iter().map(|name| (name, self.origin(name)))
    }

    /// Where a provider comes from.
    pub fn origin(&self, name: &str) -> Origin {
        match (self.private.get(name), self.overrides.get(name)) {
            (Some(files), _) => Origin::Folder(files.place.clone()),
            (None, Some(changes)) => Origin::Table(format!("{}:{}", changes.place, changes.line)),
            (None, None) => Origin::BuiltIn,
        }
    }

    /// A provider by name.
    ///
    /// # Errors
    /// There is none, or its files are broken.
    pub fn get(&self, name: &str) -> Result<Arc<Provider>, ProviderError> {
        let poisoned = "the lock is held for lookups only, which do not panic";
        if let Some(provider) = self.parsed.lock().expect(poisoned).get(name) {
            return Ok(provider.clone());
        }
        if !self.contains(name) {
            let names = self.names();
            let near = nearest(name, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
            return Err(ProviderError::Unknown { name: name.to_owned(), near });
        }
        let provider = Provider::parse(name, self.private.get(name), self.overrides.get(name))?;
        let provider = Arc::new(provider);
        self.parsed.lock().expect(poisoned).insert(name.to_owned(), provider.clone());
        Ok(provider)
    }

    /// Every provider.
    ///
    /// # Errors
    /// The first broken one.
    pub fn all(&self) -> Result<Vec<Arc<Provider>>, ProviderError> {
        self.names().iter().map(|name| self.get(name)).collect()
    }
}

/// Where a provider comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is in the binary.
    BuiltIn,
    /// A folder of the user's.
    Folder(String),
    /// A table of the configuration, by file and line; what it does not say comes from the built-in one, if there is one.
    Table(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_offer_the_nearest() {
        let catalog = Catalog::default();
        let Err(ProviderError::Unknown { near, .. }) = catalog.get("strpe") else { panic!("strpe is no provider") };
        assert_eq!(near, ["stripe"]);
        let stripe = catalog.get("stripe").expect("stripe");
        let Err(ProviderError::UnknownEvent { near, .. }) = stripe.event("payment_intent.suceeded") else {
            panic!("misspelt")
        };
        assert_eq!(near.first().map(String::as_str), Some("payment_intent.succeeded"));
        assert!(matches!(catalog.get("../stripe"), Err(ProviderError::Unknown { .. })));
    }

    #[test]
    fn a_table_of_the_configuration_changes_a_provider() {
        let table = "title = 'My Stripe'".parse().expect("TOML");
        let overrides =
            [("stripe".to_owned(), Override { place: "hookctl.toml".into(), line: 3, table })].into_iter().collect();
        let stripe = Catalog::new(BTreeMap::new(), overrides).get("stripe").expect("stripe");
        assert_eq!(stripe.definition.title, "My Stripe");
        assert!(stripe.events().contains(&"payment_intent.succeeded".to_owned()));
    }
}
