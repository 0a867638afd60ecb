//! What can be done with a recorded delivery while `listen` runs: shown, explained, copied, sent again. Keys and the
//! inspector's page ask for the same things here.
//!
//! ```text
//! mod.rs      one delivery
//! page.rs     what the page asks for besides
//! edit.rs     a request as it was edited there
//! ```

mod edit;
mod page;

use std::sync::Arc;

use url::Url;

use crate::cli::Cli;
use crate::cli::listen::ListenArgs;
use crate::cli::replay::{ReplayArgs, SignArg};
use crate::commands::{Context, events, replay};
use crate::deliver::replay::Targets;
use crate::diagnosis::Effort;
use crate::error::Failure;
use crate::formats::{Credentials, carries_credentials, curl};
use crate::http::head::request_of;
use crate::model::{Delivery, Request, Secret};
use crate::output::human::diagnosis::{Writing, lesson};
use crate::output::{sanitize, style};
use crate::provider::{Catalog, Provider};
use crate::query::Facts;
use crate::receive::Receiver;
use crate::signature::Checks;
use crate::store::StoreError;

/// Threads that answer the page: a replay may take its time, and the list goes on.
pub(super) const THREADS: usize = 3;

/// What they need.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) args: &'a ListenArgs,
    pub(super) receiver: &'a Receiver,
    pub(super) catalog: &'a Catalog,
}

/// A command that sends a request again.
pub(super) struct Command {
    /// With the request's credentials.
    pub(super) whole: String,
    /// As it may be shown.
    pub(super) shown: String,
    /// Whether these differ.
    pub(super) hides: bool,
}

impl Desk<'_> {
    /// A delivery, and its request.
    pub(super) fn found(&self, number: i64) -> Result<(Delivery, Request), Failure> {
        let delivery = self.receiver.store.get(number)?;
        let request = request_of(&delivery).map_err(|_| StoreError::Damaged { number: Some(number) })?;
        Ok((delivery, request))
    }

    /// Who sent it, if that is known.
    pub(super) fn sender(&self, delivery: &Delivery) -> Option<Arc<Provider>> {
        delivery.summary.provider.as_ref().and_then(|name| self.catalog.get(name).ok())
    }

    /// Whether its signature is right, and why not; nothing where its sender is not known.
    pub(super) fn lesson(
        &self,
        delivery: &Delivery,
        request: &Request,
        writing: Writing,
    ) -> Result<Vec<String>, Failure> {
        let Some(provider) = self.sender(delivery) else { return Ok(Vec::new()) };
        let checks = if self.args.seeing.show_secrets { Checks::whole() } else { Checks::on() };
        let (providers, arrived) = (self.catalog.all()?, (request, delivery.summary.received_at));
        let explained = self.receiver.verify.explain(&provider, &providers, arrived, (checks, Effort::USUAL));
        let (judgement, diagnosis) = explained?;
        Ok(lesson(&format!("#{}", delivery.number), &provider.name, &judgement, &diagnosis, writing))
    }

    /// The command that sends it again.
    pub(super) fn curl(&self, delivery: &Delivery, request: &Request) -> Command {
        let url = events::url_of(delivery, request);
        let whole = curl::write(request, &url, Credentials::Keep);
        let hides = carries_credentials(request, Some(&url)) && !self.args.seeing.show_secrets;
        let shown = if hides { curl::write(request, &url, Credentials::Redact) } else { whole.clone() };
        Command { whole, shown, hides }
    }

    /// Where it would be forwarded now.
    pub(super) fn targets(&self, delivery: &Delivery, request: &Request) -> (Vec<Url>, bool) {
        let choice = self.receiver.forward.routes().choose(&Facts::of(&delivery.summary, request));
        let sets_headers = choice.targets.iter().any(|target| !target.headers.is_empty());
        (choice.targets.iter().map(|target| target.address_of(request)).collect(), sets_headers)
    }

    /// Sends it to where it would be forwarded now, as `hookctl replay` does.
    pub(super) fn replay(&self, number: i64) -> Result<(), Failure> {
        let (delivery, request) = self.found(number)?;
        let (urls, sets_headers) = self.targets(&delivery, &request);
        if urls.is_empty() {
            return Err(Failure::usage(format!("#{number} is forwarded nowhere, so there is nowhere to replay it to"))
                .hint(format!("'hookctl replay {number} --to URL' does it; --forward-to or a route says it for all")));
        }
        self.send_again(delivery, (urls, sets_headers), None, None)
    }

    /// Sends it to these addresses, as it was recorded or as it was edited.
    fn send_again(
        &self,
        delivery: Delivery,
        (urls, sets_headers): (Vec<Url>, bool),
        sign: Option<SignArg>,
        edited: Option<&Request>,
    ) -> Result<(), Failure> {
        let (name, number, store) = (format!("#{}", delivery.number), delivery.number, &self.receiver.store);
        self.announce(number, &urls, sets_headers);
        let args = ReplayArgs { sign, ..self.replay_args() };
        let (given, targets) = (self.given(&delivery), Targets::These(urls));
        match edited {
            None => {
                let args = ReplayArgs { ids: vec![number.to_string()], ..args };
                replay::within(self.context, &args, given, store, targets)?
            }
            Some(request) => {
                let line = edit::export(delivery, request)?;
                replay::edited(self.context, args, given, store, targets, (name, line))?
            }
        };
        Ok(())
    }

    fn announce(&self, number: i64, urls: &[Url], sets_headers: bool) {
        let output = &self.context.output;
        let shown: Vec<&str> = urls.iter().map(Url::as_str).collect();
        output.note(&style::dim(&format!("replaying #{number} to {}", sanitize::line(&shown.join(", ")))));
        if sets_headers {
            output.note(&style::dim("  without the headers that its route sets"));
        }
    }

    /// As somebody would have typed it who may do what this listener may.
    fn replay_args(&self) -> ReplayArgs {
        let mut args = Cli::replay_defaults();
        args.allow_remote = self.context.config.listen.allow_remote.value;
        args.tls.cacert.clone_from(&self.args.forward.cacert);
        args.tls.insecure = self.args.forward.insecure;
        args
    }

    /// The secrets that were given for its sender.
    fn given(&self, delivery: &Delivery) -> Vec<Secret> {
        let given = self.sender(delivery).map(|provider| self.receiver.verify.given_for(&provider).to_vec());
        given.unwrap_or_default()
    }
}
