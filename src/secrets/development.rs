//! Development secrets: made once a provider, kept in the data folder for its owner alone.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{SecretError, generate};
use crate::model::Secret;
use crate::provider::Provider;
use crate::signature::KeyUse;

/// A secret that hookctl made: one text, or the halves of a key pair.
#[derive(Debug, Clone)]
pub struct DevelopmentSecret {
    current: Pair,
    previous: Option<Pair>,
}

#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// What signs.
    pub(super) private: Secret,
    /// What verifies, where that is another text.
    pub(super) public: Option<Secret>,
}

impl Pair {
    fn part(&self, wanted: KeyUse) -> Secret {
        match (wanted, &self.public) {
            (KeyUse::Verify, Some(public)) => public.clone(),
            _ => self.private.clone(),
        }
    }
}

impl DevelopmentSecret {
    /// The secrets for this use: the current one; for verifying also the one before it.
    pub fn secrets(&self, wanted: KeyUse) -> Vec<Secret> {
        let previous = self.previous.as_ref().filter(|_| wanted == KeyUse::Verify);
        std::iter::once(&self.current).chain(previous).map(|pair| pair.part(wanted)).collect()
    }

    /// What a provider signs with.
    pub fn private(&self) -> Secret {
        self.current.part(KeyUse::Sign)
    }

    /// What a receiver needs.
    pub fn public(&self) -> Secret {
        self.current.part(KeyUse::Verify)
    }
}

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Kept {
    current: KeptPair,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<KeptPair>,
}

#[derive(Serialize, Deserialize)]
struct KeptPair {
    private: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public: Option<String>,
}

impl From<&Pair> for KeptPair {
    fn from(pair: &Pair) -> Self {
        Self { private: pair.private.expose().to_owned(), public: pair.public.as_ref().map(|p| p.expose().to_owned()) }
    }
}

impl From<KeptPair> for Pair {
    fn from(kept: KeptPair) -> Self {
        Self { private: Secret::new(kept.private), public: kept.public.map(Secret::new) }
    }
}

pub(super) fn load_or_make(
    folder: &Path,
    provider: &Provider,
    certificates_at: Option<&str>,
) -> Result<DevelopmentSecret, SecretError> {
    let path = folder.join(&provider.name);
    let secret = match load(&path)? {
        Some(secret) => secret,
        None => {
            let secret = DevelopmentSecret { current: generate::pair(provider), previous: None };
            make_folder(folder)?;
            // Two processes may make one at the same time: the first to link its file wins, and both use that one.
            match create_file(&path, &serialize(&secret)) {
                Ok(()) => secret,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    load(&path)?.ok_or(SecretError::Damaged { path })?
                }
                Err(source) => return Err(SecretError::Storage { path, source }),
            }
        }
    };
    Ok(secret.with_certificates_at(certificates_at))
}

/// The secret that was made before, if there is one.
pub(super) fn kept(folder: &Path, provider: &str) -> Option<DevelopmentSecret> {
    load(&folder.join(provider)).ok().flatten()
}

pub(super) fn rotate(
    folder: &Path,
    provider: &Provider,
    certificates_at: Option<&str>,
) -> Result<DevelopmentSecret, SecretError> {
    let path = folder.join(&provider.name);
    let before = load(&path)?;
    make_folder(folder)?;
    let secret = DevelopmentSecret { current: generate::pair(provider), previous: before.map(|b| b.current) };
    replace_file(&path, &serialize(&secret)).map_err(|source| SecretError::Storage { path, source })?;
    Ok(secret.with_certificates_at(certificates_at))
}

impl DevelopmentSecret {
    /// Points the certificate's address at the server that is configured now.
    fn with_certificates_at(mut self, origin: Option<&str>) -> Self {
        let Some(origin) = origin else { return self };
        let pairs = std::iter::once(&mut self.current).chain(self.previous.as_mut());
        for part in pairs.flat_map(|pair| std::iter::once(&mut pair.private).chain(pair.public.as_mut())) {
            let Ok(Value::Object(mut fields)) = serde_json::from_str(part.expose()) else { continue };
            let Some(path) = fields
                .get("certificate_url")
                .and_then(Value::as_str)
                .and_then(|url| url.find("/certs/").map(|at| url[at..].to_owned()))
            else {
                continue;
            };
            fields.insert("certificate_url".to_owned(), format!("{origin}{path}").into());
            if let Some(host) = url::Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned)) {
                fields.insert("certificate_host".to_owned(), host.into());
            }
            *part = Secret::new(Value::Object(fields).to_string());
        }
        self
    }
}

fn serialize(secret: &DevelopmentSecret) -> Zeroizing<Vec<u8>> {
    let kept = Kept { current: (&secret.current).into(), previous: secret.previous.as_ref().map(Into::into) };
    Zeroizing::new(serde_json::to_vec(&kept).expect("texts are JSON"))
}

fn load(path: &Path) -> Result<Option<DevelopmentSecret>, SecretError> {
    let storage = |source| SecretError::Storage { path: path.to_owned(), source };
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(storage(error)),
    };
    if !meta.is_file() {
        return Err(SecretError::Damaged { path: path.to_owned() });
    }
    if meta.mode() & 0o077 != 0 {
        return Err(SecretError::Exposed { path: path.to_owned(), mode: meta.mode() & 0o777 });
    }
    let bytes = Zeroizing::new(fs::read(path).map_err(storage)?);
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|_| SecretError::Damaged { path: path.to_owned() })?;
    Ok(Some(DevelopmentSecret { current: kept.current.into(), previous: kept.previous.map(Into::into) }))
}

fn make_folder(folder: &Path) -> Result<(), SecretError> {
    let built = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    built.map_err(|source| SecretError::Storage { path: folder.to_owned(), source })
}

/// Creates a file whole and with mode 0600, or fails because there is one.
fn create_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = write_draft(path, content)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

/// Replaces a file whole: nobody ever sees half of it. A new file gets mode 0600, an old one keeps its own.
pub(super) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mode = fs::metadata(path).ok().map(|meta| meta.permissions());
    let draft = write_draft(path, content)?;
    if let Some(mode) = mode {
        fs::set_permissions(&draft, mode)?;
    }
    // A link stays a link: what it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    fs::rename(&draft, target).inspect_err(|_| drop(fs::remove_file(&draft)))
}

fn write_draft(path: &Path, content: &[u8]) -> io::Result<std::path::PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let draft = path.with_file_name(format!(".{name}.{:016x}", rand::random::<u64>()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(content).and_then(|()| file.sync_all()).inspect_err(|_| drop(fs::remove_file(&draft)))?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::provider::Catalog;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let secrets = folder.path().join("data/secrets");
        let svix = Catalog::default().get("svix").expect("svix");
        let first = load_or_make(&secrets, &svix, None).expect("made").private();
        let again = load_or_make(&secrets, &svix, None).expect("kept").private();
        assert!(first == again, "the second call made another secret");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").mode() & 0o777;
        assert_eq!((mode(&secrets), mode(&secrets.join("svix"))), (0o700, 0o600));
        fs::set_permissions(secrets.join("svix"), fs::Permissions::from_mode(0o644)).expect("mode");
        assert!(matches!(load_or_make(&secrets, &svix, None), Err(SecretError::Exposed { mode: 0o644, .. })));
        fs::write(secrets.join("svix"), "{").expect("written");
        fs::set_permissions(secrets.join("svix"), fs::Permissions::from_mode(0o600)).expect("mode");
        assert!(matches!(load_or_make(&secrets, &svix, None), Err(SecretError::Damaged { .. })));
    }

    #[test]
    fn after_rotation_the_secret_before_still_verifies() {
        let folder = tempfile::tempdir().expect("a folder");
        let stripe = Catalog::default().get("stripe").expect("stripe");
        let old = load_or_make(folder.path(), &stripe, None).expect("made").private();
        let new = rotate(folder.path(), &stripe, None).expect("rotated");
        assert!(new.private() != old);
        assert!(new.secrets(KeyUse::Verify).contains(&old));
        assert_eq!(new.secrets(KeyUse::Sign).len(), 1);
    }

    #[test]
    fn many_makers_agree_on_one_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let stripe = Catalog::default().get("stripe").expect("stripe");
        let made: Vec<Secret> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_make(folder.path(), &stripe, None))).collect();
            makers.into_iter().map(|m| m.join().expect("no panic").expect("a secret").private()).collect()
        });
        assert!(made.iter().all(|secret| *secret == made[0]));
    }
}
