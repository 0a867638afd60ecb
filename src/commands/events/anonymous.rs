//! `export --anonymize`: deliveries with pseudonyms, signed with secrets that nobody uses.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use url::Url;

use crate::commands::Context;
use crate::deliver::signer::Signer;
use crate::error::Failure;
use crate::model::{Delivery, Header, Request, Secret, Verdict, address};
use crate::provider::anonymize::{Pseudonyms, Vocabulary};
use crate::provider::{Catalog, Provider};
use crate::secrets::Secrets;

/// The address of a receiver that is nobody's.
fn receiver(target: &str) -> Url {
    const NOBODYS: &str = "http://receiver.example";
    Url::parse(&format!("{NOBODYS}{target}")).unwrap_or_else(|_| Url::parse(NOBODYS).expect("a URL"))
}

/// The address that a request without its sender's data is signed for.
pub(super) fn url_of(request: &Request) -> String {
    address::seen(request, None).unwrap_or_else(|| receiver(&request.target).into())
}

/// Makes deliveries anonymous.
pub(super) struct Anonymous {
    catalog: Catalog,
    pseudonyms: Pseudonyms,
    known: HashMap<String, Arc<Known>>,
}

/// A provider, and what signs for it in this export.
struct Known {
    provider: Arc<Provider>,
    words: Vocabulary,
    /// What signs what was valid, and what verifies it; `None` for a provider that signs nothing.
    right: Option<(Signer, Secret)>,
    /// What signs what was not.
    wrong: Option<Signer>,
}

impl Anonymous {
    /// With pseudonyms of its own.
    pub(super) fn new(context: &Context) -> Result<Self, Failure> {
        let pseudonyms = Pseudonyms::new(rand::random());
        Ok(Self { catalog: context.catalog()?, pseudonyms, known: HashMap::new() })
    }

    /// The delivery and its request without what could tell somebody, and what verifies it.
    pub(super) fn make(
        &mut self,
        mut delivery: Delivery,
        request: &Request,
    ) -> Result<(Delivery, Request, Option<Secret>), Failure> {
        let known = self.known(delivery.summary.provider.as_deref())?;
        let nobodys = Vocabulary::default();
        let (provider, words) = match &known {
            Some(known) => (Some(&*known.provider), &known.words),
            None => (None, &nobodys),
        };
        let mut made = self.pseudonyms.request(request, provider, words);
        let summary = &mut delivery.summary;
        let mut secret = None;
        if let Some(known) = &known {
            let signer = match summary.verdict {
                Verdict::Valid | Verdict::NoSecret => known.right.as_ref().map(|(signer, _)| signer),
                Verdict::Invalid => known.wrong.as_ref(),
                Verdict::Unsigned | Verdict::UnknownProvider => None,
            };
            if let Some(signer) = signer {
                let to = receiver(&made.target);
                let mut signed = made.clone();
                match signer.sign_again(&mut signed, &to, summary.received_at) {
                    Ok(()) => made = signed,
                    // What was not valid need not be: something that is signed may be missing altogether.
                    Err(_) if summary.verdict != Verdict::Valid => {}
                    Err(error) => return Err(Failure::usage(format!("#{}: {error}", delivery.number))),
                }
            }
            self.forget_signatures(request, &mut made, &known.provider);
            secret = known.right.as_ref().map(|(_, secret)| secret.clone());
        }
        if made.headers.contains("content-length") {
            made.headers.set("Content-Length", made.body.len().to_string());
        }
        let located = provider.map(|provider| provider.locate(&made)).unwrap_or_default();
        summary.event_id = located.event_id;
        summary.target.clone_from(&made.target);
        summary.bytes = made.body.len() as u64;
        summary.remote = match summary.remote.parse::<SocketAddr>() {
            Ok(address) => format!("{}:{}", self.pseudonyms.address(address.ip()), address.port()),
            Err(_) => "http://receiver.example/".to_owned(),
        };
        // A head as it was on the wire would be that of the other request.
        delivery.head = bytes::Bytes::new();
        Ok((delivery, made, secret))
    }

    /// What was not signed anew still is what the real secret made of it, or that secret itself.
    fn forget_signatures(&self, request: &Request, made: &mut Request, provider: &Provider) {
        let headers = provider.definition.schemes().flat_map(|scheme| scheme.carrier.headers());
        let names: HashSet<String> = headers.map(Cow::into_owned).collect();
        for name in names {
            let old: Vec<String> = request.headers.all(&name).map(Header::lossy).collect();
            let Some(value) = made.headers.get(&name).map(Header::lossy) else { continue };
            if old.contains(&value) {
                made.headers.set(&name, self.pseudonyms.scrambled(&value));
            }
        }
    }

    fn known(&mut self, name: Option<&str>) -> Result<Option<Arc<Known>>, Failure> {
        let Some(name) = name.filter(|name| self.catalog.contains(name)) else { return Ok(None) };
        if let Some(known) = self.known.get(name) {
            return Ok(Some(known.clone()));
        }
        let provider = self.catalog.get(name)?;
        let pair = Secrets::fresh(&provider);
        let signer =
            |secret: &Secret| Signer::new(provider.clone(), std::slice::from_ref(secret), None, None, Vec::new());
        let signs = !provider.definition.signature.is_empty();
        let (right, wrong) = if signs {
            (Some((signer(&pair.private)?, pair.public.clone())), Some(signer(&Secrets::stranger(&provider))?))
        } else {
            (None, None)
        };
        let known = Arc::new(Known { words: Vocabulary::of(&provider), provider, right, wrong });
        self.known.insert(name.to_owned(), known.clone());
        Ok(Some(known))
    }
}
