//! From each layer's errors to what a user is told: a message, a hint, an exit code.
//!
//! The matches are exhaustive on purpose: a new error does not compile until someone has thought about all three.

use std::path::Path;

use crate::config::{ConfigError, FileError, FolderError, ValueError};
use crate::deliver::DeliverError;
use crate::deliver::build::BuildError;
use crate::deliver::replay::ReplayError;
use crate::exit::Exit;
use crate::formats::FormatError;
use crate::http::client::ClientError;
use crate::load::PlanError;
use crate::load::merge::MergeError;
use crate::load::target::{TargetError, Version};
use crate::model::FailureKind;
use crate::model::id::SelectorError;
use crate::payload::edit::EditError;
use crate::provider::{ProviderError, RenderError};
use crate::query::JqError;
use crate::secrets::SecretError;
use crate::signature::SignError;
use crate::store::StoreError;
use crate::text::{list, nearest};
use crate::threshold::ThresholdError;

/// Why a command could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was wrong, and where.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
    /// How the command ends.
    pub exit: Exit,
}

impl Failure {
    /// Wrong usage, configuration or input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Usage }
    }

    /// The surroundings failed.
    pub fn surroundings(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Surroundings }
    }

    /// With the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that cannot be read.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let failure = Self::usage(format!("cannot read {}: {}", path.display(), reason(error)));
        if error.kind() == std::io::ErrorKind::NotFound { failure.hint(where_it_may_be(path)) } else { failure }
    }

    /// A file that cannot be written.
    pub fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::surroundings(format!("cannot write {}: {}", path.display(), reason(error)))
    }
}

/// What the system says, without its number.
pub fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::AddrInUse => "the address is in use".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

/// What to do about a file that is not there: those in its folder with a name like it, or where it was looked for.
fn where_it_may_be(path: &Path) -> String {
    /// In a folder with more files than that, a likely name is found all the same, or not worth the time.
    const LOOKED_AT: usize = 10_000;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).map(|entries| entries.take(LOOKED_AT).filter_map(Result::ok).collect());
    let names: Vec<String> = entries
        .unwrap_or_else(|_| Vec::new())
        .iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let near = nearest(&wanted, names.iter().map(String::as_str));
    let near: Vec<String> = near.iter().map(|name| path.with_file_name(name).display().to_string()).collect();
    meant(&near).unwrap_or_else(|| match std::env::current_dir() {
        Ok(current) if path.is_relative() => format!(
            "it was looked for in {}",
            if folder == Path::new(".") { current } else { current.join(folder) }.display()
        ),
        _ => "'ls' shows what is there; '--help' says which files it takes".to_owned(),
    })
}

/// `did you mean 'a' or 'b'?`
fn meant(near: &[String]) -> Option<String> {
    if near.is_empty() {
        return None;
    }
    let quoted: Vec<String> = near.iter().map(|name| format!("'{name}'")).collect();
    Some(format!("did you mean {}?", list(&quoted).replace(" and ", " or ")))
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            ProviderError::Unknown { near, .. } => {
                let all = "'hookctl providers' lists them";
                failure.hint(meant(&near).map_or(all.to_owned(), |meant| format!("{meant} {all}")))
            }
            ProviderError::UnknownEvent { provider, near, .. } => {
                let all = format!("'hookctl send {provider} --list' shows all");
                failure.hint(meant(&near).map_or(all.clone(), |meant| format!("{meant} {all}")))
            }
            ProviderError::UnknownScenario { provider, near, .. } => {
                let all = format!("'hookctl send {provider} --list-scenarios' shows all");
                failure.hint(meant(&near).map_or(all.clone(), |meant| format!("{meant} {all}")))
            }
            ProviderError::Scenario { .. } => failure.hint("fixtures/README.md describes every key"),
            ProviderError::NoDefinition { .. } => {
                failure.hint("a provider is a folder with provider.toml and events/; fixtures/README.md describes it")
            }
            ProviderError::Definition { .. } | ProviderError::Scheme { .. } | ProviderError::Event { .. } => {
                failure.hint("fixtures/README.md describes every key")
            }
            ProviderError::Json { .. } => failure,
            ProviderError::TwoFiles { .. } => failure.hint("remove one of them"),
        }
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            RenderError::Placeholder { .. } => failure.hint("fixtures/README.md lists the placeholders"),
            RenderError::Edit(_) => {
                failure.hint("a path is data.items[0].price; 'hookctl send PROVIDER EVENT --dry-run' shows the payload")
            }
            RenderError::Header(_) | RenderError::Batch(_) => failure,
        }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        RenderError::Edit(error).into()
    }
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            SignError::Missing(_) => failure.hint("give it with --header or --url"),
            SignError::NoPlace(_) => failure.hint("a body of one's own needs it, with any text in it"),
            SignError::CannotSign => failure.hint("sending takes the private part, verifying the public one"),
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let message = match &error {
            SecretError::Unreadable { path, source } => format!("cannot read {}: {}", path.display(), reason(source)),
            SecretError::Storage { path, source } => format!("{}: {}", path.display(), reason(source)),
            other => other.to_string(),
        };
        match error {
            SecretError::Source(_) | SecretError::Unreadable { .. } | SecretError::TooLarge { .. } => {
                Self::usage(message)
            }
            SecretError::Blank { .. } => Self::usage(message).hint("an empty secret would verify nothing"),
            SecretError::Variable(name) => Self::usage(message).hint(format!("set it: export {name}=…")),
            SecretError::Form { .. } => {
                Self::usage(message).hint("'hookctl secret PROVIDER' prints one in the right form")
            }
            SecretError::VerifiesOnly { .. } => {
                Self::usage(message).hint("give the private key with --secret, or leave the configured one out")
            }
            SecretError::Stdin(_) => Self::usage(message),
            SecretError::NoFolder => Self::usage(message).hint("give a secret with --secret"),
            SecretError::Storage { .. } => Self::surroundings(message),
            SecretError::Exposed { path, .. } => {
                Self::surroundings(message).hint(format!("chmod 600 {}", path.display()))
            }
            SecretError::Damaged { path } => {
                Self::surroundings(message).hint(format!("remove {} and a new one is made", path.display()))
            }
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            ConfigError::UnknownKey { nearest, .. } => {
                let all = "'hookctl init' writes a file with every key";
                failure.hint(meant(&nearest).map_or(all.to_owned(), |meant| format!("{meant} {all}")))
            }
            ConfigError::NotForProjects { key, .. } if key.starts_with("subscriptions.") => {
                failure.hint("write it in your own configuration file, or say where to send with --to")
            }
            ConfigError::NotForProjects { key, .. } => {
                let flag = key.rsplit('.').next().unwrap_or(&key).replace('_', "-");
                let flag = if key == "route.to" { String::new() } else { format!("say it with --{flag}, or ") };
                failure.hint(format!("{flag}look at the file and accept it with 'hookctl trust'"))
            }
            ConfigError::BothSecretForms { .. } => failure.hint("keep 'secrets', a list"),
            ConfigError::BadValue { problem: ValueError::SecretFromStdin, .. } => failure.hint("use env: or file:"),
            ConfigError::BadValue { problem: ValueError::NotAUrl(text), .. } if !text.contains("://") => {
                failure.hint(format!("did you mean http://{text}?"))
            }
            ConfigError::Missing { .. }
            | ConfigError::Incomplete { .. }
            | ConfigError::NotUtf8 { .. }
            | ConfigError::Syntax { .. }
            | ConfigError::WrongType { .. }
            | ConfigError::BadValue { .. }
            | ConfigError::BadProviderName { .. }
            | ConfigError::NotUnicode { .. } => failure,
            ConfigError::File(_) | ConfigError::NoCurrentFolder { .. } => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        match &error {
            FileError::Unreadable { .. } | FileError::NotAFile { .. } | FileError::TooLarge { .. } => {
                Self::usage(error.to_string())
            }
            FileError::Unwritable { .. } => Self::surroundings(error.to_string()),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            FolderError::NoDefinition { .. } => {
                failure.hint("a provider is a folder with provider.toml and events/; fixtures/README.md describes it")
            }
            FolderError::BadName { .. } => failure.hint("lower-case letters, digits and hyphens make a name"),
            _ => failure,
        }
    }
}

impl From<SelectorError> for Failure {
    fn from(error: SelectorError) -> Self {
        Self::usage(error.to_string()).hint("'hookctl events list' shows numbers and ids")
    }
}

impl From<JqError> for Failure {
    fn from(error: JqError) -> Self {
        let failure = Self::usage(error.to_string());
        let seen = "a filter sees provider, event_type, event_id, method, path, query, headers, body, verdict, reason, status and received_at";
        match error {
            JqError::Unknown { near, .. } => failure.hint(meant(&near).unwrap_or_else(|| seen.to_owned())),
            JqError::LeftOut { .. } => failure.hint(seen),
            JqError::Syntax { .. } => failure.hint("for example: '.body.amount > 4000', '.status >= 500'"),
            JqError::TooLong { .. } | JqError::TooNested { .. } => failure,
        }
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Read { name, source } => Self::unreadable(Path::new(&name), &source),
            FormatError::Unrecognised { ref tried, .. } => {
                let tried: Vec<String> =
                    tried.iter().map(|one| format!("{} ({})", one.form.as_str(), one.wanted)).collect();
                Self::usage(error.to_string()).hint(format!("tried {}", tried.join("; ")))
            }
            FormatError::Empty { .. } | FormatError::Utf16 { .. } | FormatError::Broken { .. } => {
                Self::usage(error.to_string())
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::Busy => Self::surroundings(message).hint("another hookctl is writing; try again"),
            StoreError::Full => Self::surroundings(message).hint("free some room; nothing recorded was lost"),
            StoreError::Poisoned | StoreError::Stopped => Self::surroundings(message).hint("start hookctl again"),
            StoreError::Io(_) | StoreError::Sync(_) | StoreError::Sqlite(_) | StoreError::Open { .. } => {
                Self::surroundings(message)
            }
            StoreError::Create { path, source } => {
                Self::surroundings(format!("cannot create the store {}: {}", path.display(), reason(&source)))
                    .hint("choose another place with --store")
            }
            StoreError::Moved { .. } => Self::surroundings(message).hint("start hookctl again"),
            StoreError::ReadOnly { .. } => Self::surroundings(message).hint("choose another place with --store"),
            StoreError::Newer { .. } => Self::surroundings(message)
                .hint("update hookctl, or choose another file with --store; it was not touched"),
            StoreError::NotAStore { .. } => {
                Self::usage(message).hint("choose another file with --store; it was not touched")
            }
            StoreError::Damaged { .. } => Self::surroundings(message),
            StoreError::TooBig | StoreError::IdTaken(_) => Self::usage(message),
            StoreError::UnknownDelivery(_) | StoreError::NoSuchNumber(_) | StoreError::NotFound { .. } => {
                Self::usage(message).hint("'hookctl events list' shows what is recorded")
            }
            StoreError::Ambiguous { candidates, .. } => {
                let ids: Vec<String> = candidates.iter().map(ToString::to_string).collect();
                Self::usage(message).hint(format!("it could be {}", list(&ids).replace(" and ", " or ")))
            }
        }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            MergeError::Target { .. } | MergeError::Plan { .. } => failure
                .hint("merge the reports of one run: hookctls that were started alike, each with its own --shard"),
            MergeError::Twice { .. } => failure.hint("give each shard's report once"),
            MergeError::Nothing | MergeError::Start(_) => failure,
        }
    }
}

impl From<ThresholdError> for Failure {
    fn from(error: ThresholdError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            ThresholdError::Unknown { .. } => failure,
            ThresholdError::NotByEvent(_) => failure.hint("leave out what stands in braces"),
            ThresholdError::Form(_)
            | ThresholdError::Argument { .. }
            | ThresholdError::Value { .. }
            | ThresholdError::Elsewhere { .. } => failure,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            ClientError::Unreadable { path, source } => Self::unreadable(&path, &source),
            ClientError::BadUrl(_) => failure.hint("write http://host:port/path"),
            ClientError::Authority { .. } | ClientError::Request(_) => failure,
        }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Provider(error) => error.into(),
            BuildError::Render(error) => error.into(),
            BuildError::Secret(error) => error.into(),
            BuildError::Sign(error) => error.into(),
            BuildError::NotCovered { .. } | BuildError::Request(_) => Self::usage(error.to_string()),
            BuildError::BadUrl(_) => Self::usage(error.to_string()).hint("write http://host:port/path"),
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Render(error) => error.into(),
            PlanError::Build(error) => error.into(),
            PlanError::Request(_) | PlanError::Unreadable(_) | PlanError::NoPadding { .. } => {
                Self::usage(error.to_string())
            }
            PlanError::TooSmall { .. } => Self::usage(error.to_string()).hint("give a larger --payload-size, or none"),
        }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Remote { .. } => {
                Self::usage(error.to_string()).hint("if that receiver is yours, say so with --allow-remote")
            }
            TargetError::Unreachable { kind: FailureKind::Tls, .. } => Self::surroundings(error.to_string())
                .hint("--cacert FILE trusts the authority of a development certificate, --insecure anybody"),
            TargetError::Unreachable { .. } => {
                Self::surroundings(error.to_string()).hint("start the receiver first; 'hookctl listen' is one")
            }
            TargetError::Speaks { version: Version::Http1, .. } => {
                Self::surroundings(error.to_string()).hint("--http-version 2 speaks HTTP/2")
            }
            TargetError::Speaks { version: Version::Http2, .. } => {
                Self::surroundings(error.to_string()).hint("leave out --http-version to speak HTTP/1.1")
            }
            TargetError::NoTrust { .. } => {
                Self::surroundings(error.to_string()).hint("--cacert FILE trusts one authority, --insecure anybody")
            }
        }
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        match error {
            DeliverError::Build(error) => error.into(),
            DeliverError::Store(error) => error.into(),
            DeliverError::Format(error) => error.into(),
            DeliverError::Replay { name, error } => {
                let failure = Self::usage(format!("{name}: {error}"));
                match error {
                    ReplayError::NobodySigns => failure.hint("--sign keep sends it as it was recorded"),
                    ReplayError::NoEventId => failure.hint("leave out --new-ids, or those without an id"),
                    ReplayError::NoDocument => {
                        failure.hint("choose those that can be changed with --event or --filter")
                    }
                    ReplayError::Edit(_) => failure.hint("'hookctl events show' shows the payload"),
                    ReplayError::Sign(_) => {
                        failure.hint("--sign keep sends it as it was recorded; --url gives the address")
                    }
                    ReplayError::Head(_) => failure,
                }
            }
        }
    }
}
