//! How a further attempt differs from the first one: headers that count and explain it, a time and a signature of its own.
//! What the provider does not change is the same, byte for byte.

use std::sync::Arc;

use bytes::Bytes;

use super::Prepared;
use super::build::BuildError;
use super::signer::Signer;
use crate::clock;
use crate::http::client::wire_head;
use crate::http::head::write_request_head;
use crate::model::{FailureKind, Request, Timestamp};
use crate::payload::Values;
use crate::provider::RenderError;
use crate::provider::retry::Signing;

/// What the provider changes for a further attempt.
pub struct Renewal {
    signer: Arc<Signer>,
}

/// A request as it goes out: its head on the wire, and the request.
pub type Outgoing = (Bytes, Request);

impl Renewal {
    /// What this signer's provider changes; `None` if that is nothing.
    pub fn of(signer: &Arc<Signer>) -> Option<Arc<Self>> {
        let rule = signer.provider().definition.retry.as_ref();
        let adds = rule.is_some_and(|rule| !rule.headers.is_empty());
        let renews = signer.ages() && rule.is_none_or(|rule| rule.sign == Signing::Fresh);
        (adds || renews).then(|| Arc::new(Self { signer: signer.clone() }))
    }

    /// The request of attempt `number`, after one that failed like this (`None`: an answer that was not accepted).
    ///
    /// # Errors
    /// A header of the provider's cannot be made, or the request not be signed.
    pub fn request(
        &self,
        first: &Prepared,
        number: u32,
        failure: Option<FailureKind>,
        now: Timestamp,
    ) -> Result<Outgoing, BuildError> {
        let provider = self.signer.provider();
        let mut request = first.request.clone();
        let rule = provider.definition.retry.clone().unwrap_or_default();
        if !rule.headers.is_empty() {
            let mut values = Values::new(provider.definition.values.clone(), provider.parts(), clock::seed(), now);
            values.set("attempt", number.to_string());
            values.set("retry", number.saturating_sub(1).to_string());
            values.set("reason", rule.reasons.word(failure));
            for line in &rule.headers {
                let value = values.expand(&line.value);
                let value = value.map_err(|error| RenderError::of(provider, None, error))?.into_text();
                request.headers.set(&line.name, value);
            }
        }
        if rule.sign == Signing::Fresh && self.signer.ages() {
            self.sign(&mut request, first, now)?;
        }
        self.outgoing(request, first)
    }

    /// The request of a first attempt that is made long after the delivery was: signed for its own time, as the provider would
    /// have. `None`: it does not age.
    ///
    /// # Errors
    /// The request cannot be signed.
    pub fn late(&self, first: &Prepared, now: Timestamp) -> Result<Option<Outgoing>, BuildError> {
        if !self.signer.ages() {
            return Ok(None);
        }
        let mut request = first.request.clone();
        self.sign(&mut request, first, now)?;
        self.outgoing(request, first).map(Some)
    }

    fn sign(&self, request: &mut Request, first: &Prepared, now: Timestamp) -> Result<(), BuildError> {
        match first.origin {
            // What was recorded is signed as it was, and nothing is added to it.
            Some(_) => Ok(self.signer.sign_again(request, &first.url, now)?),
            None => self.signer.sign(request, &first.url, now),
        }
    }

    fn outgoing(&self, mut request: Request, first: &Prepared) -> Result<Outgoing, BuildError> {
        self.signer.finish(&mut request);
        let head = match first.origin {
            Some(_) => write_request_head(&request.method, &request.target, &request.headers)?,
            None => wire_head(&request, &first.url)?,
        };
        Ok((head.into(), request))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::build::{Builder, Destination, Plan, parse_url};
    use super::super::prepared::Terms;
    use super::*;
    use crate::model::Secret;
    use crate::payload::Seed;
    use crate::provider::{Catalog, KnownSecret, RenderOptions, SecretOrigin, Verifier};
    use crate::signature::Checks;

    const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn first(provider: &str, event: &str) -> Prepared {
        let provider = Catalog::default().get(provider).expect(provider);
        let signer = Signer::new(provider.clone(), &[Secret::new(SECRET)], None, None, Vec::new()).expect("a secret");
        let builder = Builder::new(Plan {
            event_type: Some(event.to_owned()),
            event: Some(provider.event(event).expect(event)),
            provider,
            options: RenderOptions { seed: Seed::of(1), ..RenderOptions::default() },
            seeded: false,
            timestamp: None,
            tamper: None,
            terms: Arc::new(Terms::once(Duration::from_secs(1), Vec::new())),
        });
        let to = Destination::new(parse_url("http://127.0.0.1:1/hook").expect("a URL"), Arc::new(signer));
        builder.nth(0, &[to], NOW).expect("a request").remove(0)
    }

    fn again(first: &Prepared, number: u32, failure: Option<FailureKind>, at: Timestamp) -> Request {
        let renewal = first.renewal.as_ref().expect("something changes");
        renewal.request(first, number, failure, at).expect("a request").1
    }

    #[test]
    fn a_further_attempt_is_signed_for_its_own_time() {
        let later = NOW.plus_secs(86_400);
        for (provider, event) in [("stripe", "invoice.paid"), ("svix", "user.created"), ("slack", "app_mention")] {
            let first = first(provider, event);
            let second = again(&first, 2, None, later);
            assert_eq!((&second.body, &second.target), (&first.request.body, &first.request.target));
            let known = [KnownSecret { secret: Secret::new(SECRET), origin: SecretOrigin::Given }];
            let verifier = Verifier::new(Catalog::default().get(provider).expect(provider), &known);
            let verdict =
                |request: &Request, at| verifier.judge(request, None, at, None, Checks::off()).verdict.as_str();
            assert_eq!(verdict(&first.request, NOW), "valid", "{provider}");
            assert_eq!(verdict(&first.request, later), "invalid", "{provider}");
            assert_eq!(verdict(&second, later), "valid", "{provider}");
        }
    }

    #[test]
    fn a_first_attempt_that_comes_late_is_signed_for_its_own_time_and_is_a_first_one() {
        let first = first("slack", "app_mention");
        let late = first.renewal.as_ref().expect("it ages").late(&first, NOW.plus_secs(86_400));
        let (_, request) = late.expect("a request").expect("it ages");
        assert_eq!((&request.body, &request.target), (&first.request.body, &first.request.target));
        assert_eq!(request.headers.text("X-Slack-Request-Timestamp"), Some("1767312000"));
        assert_ne!(request.headers.text("X-Slack-Signature"), first.request.headers.text("X-Slack-Signature"));
        assert_eq!(request.headers.text("X-Slack-Retry-Num"), None);
    }

    #[test]
    fn a_further_attempt_says_which_one_it_is_and_why_where_the_provider_does() {
        let first = first("slack", "app_mention");
        assert_eq!(first.request.headers.text("X-Slack-Retry-Num"), None);
        for (number, failure, reason) in [
            (2, None, "http_error"),
            (3, Some(FailureKind::ResponseTimeout), "http_timeout"),
            (4, Some(FailureKind::BadAnswer), "unknown_error"),
        ] {
            let request = again(&first, number, failure, NOW);
            assert_eq!(request.headers.text("X-Slack-Retry-Num"), Some((number - 1).to_string().as_str()));
            assert_eq!(request.headers.text("X-Slack-Retry-Reason"), Some(reason));
        }
    }

    #[test]
    fn where_nothing_changes_there_is_no_renewal() {
        assert!(first("github", "push").renewal.is_none());
        assert!(first("generic", "order.paid").renewal.is_none());
    }
}
