//! Who sent recorded deliveries: each provider once, with its keys and what it takes for accepted.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cli::replay::{ReplayArgs, SignArg};
use crate::cli::shared::RetryFlags;
use crate::commands::Context;
use crate::commands::delivering::{Amount, terms};
use crate::deliver::replay::Sender;
use crate::deliver::signer::Signer;
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
    url: Option<String>,
    expect: Option<StatusRange>,
    retries: RetryFlags,
    amount: Amount,
    all: Vec<Arc<Sender>>,
    places: HashMap<String, u16>,
}

impl<'c> Senders<'c> {
    /// No senders yet. `given` are the secrets that the user named.
    pub(super) fn new(context: &'c Context, args: &ReplayArgs, given: Vec<Secret>) -> Result<Self, Failure> {
        let secrets = context.secrets();
        let catalog = context.catalog()?;
        if let Some(name) = &args.selection.provider {
            // A misspelt name is told, instead of finding nothing.
            catalog.get(name)?;
        }
        Ok(Self {
            context,
            catalog,
            secrets,
            given,
            sign: args.sign,
            url: args.url.clone(),
            expect: args.expect,
            retries: args.retries.clone(),
            // An answer that is compared is wanted, however bad it is.
            amount: if args.compare { Amount::One } else { Amount::Several },
            all: Vec::new(),
            places: HashMap::new(),
        })
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
        let signer = self.signer(&provider)?;
        let terms = terms(self.context, Some(&provider), self.expect, &self.retries, self.amount)?;
        let verifier = Verifier::new(provider.clone(), &known);
        Ok(Sender::new(provider, signer, verifier, only_development, Arc::new(terms)))
    }

    /// What signs. Where signatures may stay as they are, it is no error that nothing can, but it is told.
    fn signer(&self, provider: &Arc<Provider>) -> Result<Option<Arc<Signer>>, Failure> {
        if self.sign == Some(SignArg::Keep) {
            return Ok(None);
        }
        let public = self.context.config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned());
        let signer = self.secrets.known(provider, &self.given, KeyUse::Sign).and_then(|known| {
            let secrets: Vec<Secret> = known.into_iter().map(|known| known.secret).collect();
            Signer::new(provider.clone(), &secrets, self.url.clone(), None, Vec::new())
        });
        match signer {
            Ok(signer) => Ok(Some(Arc::new(signer.behind(public)))),
            Err(error) if self.sign.is_none() && self.given.is_empty() => {
                let (title, name) = (&provider.definition.title, variable_of(&provider.name));
                self.context.output.note(&style::dim(&format!(
                    "{title}'s signatures stay as they were recorded: {error} (--secret, {name})"
                )));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
