//! What keys do with a delivery: show all of it, send it again, copy it.

use std::sync::Arc;
use std::sync::mpsc::Receiver as Queue;

use crate::cli::Cli;
use crate::cli::listen::ListenArgs;
use crate::cli::replay::ReplayArgs;
use crate::commands::{Context, events, replay};
use crate::deliver::replay::Targets;
use crate::diagnosis::Effort;
use crate::error::Failure;
use crate::formats::{Credentials, carries_credentials, curl};
use crate::http::head::request_of;
use crate::model::{Delivery, Request};
use crate::output::human::delivery as human;
use crate::output::human::diagnosis::{Writing, lesson};
use crate::output::panel::Act;
use crate::output::{sanitize, style};
use crate::provider::{Catalog, Provider};
use crate::query::Facts;
use crate::receive::Receiver;
use crate::signature::Checks;
use crate::store::StoreError;

/// Keys that may wait to be acted on.
pub(in crate::commands::listen) const QUEUE: usize = 8;

/// Lines of a body that are shown: more would push everything else out of the scrollback.
const LONGEST_BODY: usize = 120;

/// The longest command that is copied: more, terminals take for an attack.
const LONGEST_COPY: usize = 64 << 10;

/// So many characters of it are shown.
const LONGEST_SHOWN: usize = 1_500;

/// Who acts.
pub(in crate::commands::listen) struct Acting<'a> {
    pub(in crate::commands::listen) context: &'a Context,
    pub(in crate::commands::listen) args: &'a ListenArgs,
    pub(in crate::commands::listen) receiver: &'a Receiver,
    pub(in crate::commands::listen) catalog: &'a Catalog,
}

impl Acting<'_> {
    /// Does what is asked for, one after the other, until nobody can ask any more.
    pub(in crate::commands::listen) fn run(&self, acts: &Queue<Act>) {
        for act in acts {
            let done = match act {
                Act::Details(number) => self.details(number),
                Act::Replay(number) => self.replay(number),
                Act::Curl(number) => self.curl(number),
                Act::Quit => Ok(()),
            };
            if let Err(failure) = done {
                self.context.output.failure(&failure);
            }
        }
    }

    fn found(&self, number: i64) -> Result<(Delivery, Request), Failure> {
        let delivery = self.receiver.store.get(number)?;
        let request = request_of(&delivery).map_err(|_| StoreError::Damaged { number: Some(number) })?;
        Ok((delivery, request))
    }

    /// Who sent it, if that is known.
    fn sender(&self, delivery: &Delivery) -> Option<Arc<Provider>> {
        delivery.summary.provider.as_ref().and_then(|name| self.catalog.get(name).ok())
    }

    /// Shows all of it, and at the end, where one looks first, what there is to say of its signature.
    fn details(&self, number: i64) -> Result<(), Failure> {
        let (delivery, request) = self.found(number)?;
        let plain = self.args.seeing.show_secrets;
        let attempts = self.receiver.store.attempts_of(number)?;
        let mut lines = vec![String::new()];
        lines.extend(human::whole(&delivery, &request, &attempts, (plain, LONGEST_BODY)));
        lines.push(String::new());
        if let Some(provider) = self.sender(&delivery) {
            let checks = if plain { Checks::whole() } else { Checks::on() };
            let (providers, arrived) = (self.catalog.all()?, (&request, delivery.summary.received_at));
            let explained = self.receiver.verify.explain(&provider, &providers, arrived, (checks, Effort::USUAL));
            let (judgement, diagnosis) = explained?;
            let (name, writing) = (format!("#{number}"), Writing::to(&self.context.output));
            lines.extend(lesson(&name, &provider.name, &judgement, &diagnosis, writing));
            lines.push(String::new());
        }
        self.context.output.block(&lines);
        Ok(())
    }

    /// Sends it to where it would be forwarded now, as `hookctl replay` does.
    fn replay(&self, number: i64) -> Result<(), Failure> {
        let (delivery, request) = self.found(number)?;
        let choice = self.receiver.forward.routes().choose(&Facts::of(&delivery.summary, &request));
        if choice.targets.is_empty() {
            return Err(Failure::usage(format!("#{number} is forwarded nowhere, so there is nowhere to replay it to"))
                .hint(format!("'hookctl replay {number} --to URL' does it; --forward-to or a route says it for all")));
        }
        let output = &self.context.output;
        let urls: Vec<_> = choice.targets.iter().map(|target| target.address_of(&request)).collect();
        let shown: Vec<&str> = urls.iter().map(url::Url::as_str).collect();
        output.note(&style::dim(&format!("replaying #{number} to {}", sanitize::line(&shown.join(", ")))));
        if choice.targets.iter().any(|target| !target.headers.is_empty()) {
            output.note(&style::dim("  without the headers that its route sets"));
        }
        let mut args = ReplayArgs { ids: vec![number.to_string()], ..Cli::replay_defaults() };
        args.allow_remote = self.context.config.listen.allow_remote.value;
        args.tls.cacert.clone_from(&self.args.forward.cacert);
        args.tls.insecure = self.args.forward.insecure;
        let given = self.sender(&delivery).map(|provider| self.receiver.verify.given_for(&provider).to_vec());
        let given = given.unwrap_or_default();
        replay::within(self.context, &args, given, &self.receiver.store, Targets::These(urls))?;
        Ok(())
    }

    /// Copies the command that sends it again, and shows it.
    fn curl(&self, number: i64) -> Result<(), Failure> {
        let (delivery, request) = self.found(number)?;
        let url = events::url_of(&delivery, &request);
        let command = curl::write(&request, &url, Credentials::Keep);
        if command.len() > LONGEST_COPY {
            return Err(Failure::usage(format!("#{number} is too long to be copied"))
                .hint(format!("'hookctl events show {number} --curl' prints it")));
        }
        let output = &self.context.output;
        output.copy(&command);
        let hides = carries_credentials(&request, Some(&url)) && !self.args.seeing.show_secrets;
        let shown = if hides { curl::write(&request, &url, Credentials::Redact) } else { command };
        let (shown, cut) = match shown.char_indices().nth(LONGEST_SHOWN) {
            Some((end, _)) => (format!("{}…", &shown[..end]), true),
            None => (shown, false),
        };
        output.block(&[String::new(), sanitize::lines(shown.trim_end()).into_owned(), String::new()]);
        let mut said = vec!["copied, if this terminal gives programs its clipboard".to_owned()];
        said.extend(hides.then(|| "credentials are masked here, and not in what is copied".to_owned()));
        said.extend(cut.then(|| format!("'hookctl events show {number} --curl' prints all of it")));
        let said = output.wrapped(vec![said.join("; ")]);
        said.iter().for_each(|line| output.note(&style::dim(line)));
        Ok(())
    }
}
