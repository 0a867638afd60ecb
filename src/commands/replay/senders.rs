//! Who sent recorded deliveries: each provider once, with its keys and what it takes for accepted.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cli::replay::{ReplayArgs, SignArg};
use crate::commands::{Context, send};
use crate::deliver::build::signing_keys;
use crate::deliver::replay::Sender;
use crate::error::Failure;
use crate::model::Secret;
use crate::output::style;
use crate::provider::definition::StatusRange;
use crate::provider::{Catalog, Provider, SecretOrigin, Verifier};
use crate::secrets::{Secrets, variable_of};
use crate::signature::KeyUse;

/// The senders of a replay.
pub(super) struct Senders<'c> {
    context: &'c Context,
    catalog: Catalog,
    secrets: Secrets,
    given: Vec<Secret>,
    sign: Option<SignArg>,
    expect: Option<StatusRange>,
    all: Vec<Arc<Sender>>,
    places: HashMap<String, u16>,
}

impl<'c> Senders<'c> {
    /// No senders yet; the secrets are read.
    pub(super) fn new(context: &'c Context, args: &ReplayArgs) -> Result<Self, Failure> {
        let secrets = context.secrets();
        let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
        let catalog = context.catalog()?;
        if let Some(name) = &args.selection.provider {
            // A misspelt name is told, instead of finding nothing.
            catalog.get(name)?;
        }
        let (sign, expect) = (args.sign, args.expect);
        Ok(Self { context, catalog, secrets, given, sign, expect, all: Vec::new(), places: HashMap::new() })
    }

    /// All providers.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The place of a provider's sender; `None` if there is no such provider (any more).
    pub(super) fn place(&mut self, provider: Option<&str>) -> Result<Option<u16>, Failure> {
        let Some(name) = provider else { return Ok(None) };
        if let Some(place) = self.places.get(name) {
            return Ok(Some(*place));
        }
        if !self.catalog.contains(name) {
            return Ok(None);
        }
        let sender = self.sender(self.catalog.get(name)?)?;
        let place = u16::try_from(self.all.len()).map_err(|_| Failure::usage("more than 65,535 providers"))?;
        self.all.push(Arc::new(sender));
        self.places.insert(name.to_owned(), place);
        Ok(Some(place))
    }

    /// The sender at a place.
    pub(super) fn at(&self, place: Option<u16>) -> Option<Arc<Sender>> {
        place.map(|place| self.all[usize::from(place)].clone())
    }

    fn sender(&self, provider: Arc<Provider>) -> Result<Sender, Failure> {
        let known = self.secrets.known(&provider, &self.given, KeyUse::Verify)?;
        let only_development = known.iter().all(|known| known.origin == SecretOrigin::Development);
        Ok(Sender {
            keys: self.keys(&provider)?,
            only_development,
            verifier: Arc::new(Verifier::new(provider.clone(), &known)),
            terms: Arc::new(send::terms(self.context, Some(&provider), self.expect)),
            provider,
        })
    }

    /// What signs. Where signatures may stay as they are, it is no error that nothing can, but it is told.
    fn keys(&self, provider: &Provider) -> Result<Vec<(usize, Vec<crate::signature::Key>)>, Failure> {
        if self.sign == Some(SignArg::Keep) {
            return Ok(Vec::new());
        }
        let keys = self.secrets.known(provider, &self.given, KeyUse::Sign).and_then(|known| {
            let secrets: Vec<Secret> = known.into_iter().map(|known| known.secret).collect();
            signing_keys(provider, &secrets)
        });
        match keys {
            Ok(keys) => Ok(keys),
            Err(error) if self.sign.is_none() && self.given.is_empty() => {
                let (title, name) = (&provider.definition.title, variable_of(&provider.name));
                self.context.output.note(&style::dim(&format!(
                    "{title}'s signatures stay as they were recorded: {error} (--secret, {name})"
                )));
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }
}
