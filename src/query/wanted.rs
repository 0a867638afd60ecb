//! Which deliveries somebody who looks on wants: by event type and by a jq filter.

use super::{Facts, Jq, JqFailure};
use crate::model::{Request, Summary};
use crate::text::matches_glob;

/// What is wanted of what arrives. The default is everything.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Only with an event type that fits this glob.
    pub event: Option<String>,
    /// Only those that this filter is true for.
    pub filter: Option<Jq>,
}

impl Wanted {
    /// Whether an answer needs the request, and not only what is known about it.
    pub fn needs_request(&self) -> bool {
        self.filter.is_some()
    }

    /// Whether a delivery is wanted; without its request a filter is not asked, and holds for nothing.
    ///
    /// # Errors
    /// The filter failed on this delivery.
    pub fn wants(&self, summary: &Summary, request: Option<&Request>) -> Result<bool, JqFailure> {
        let event = summary.event_type.as_deref();
        if !self.event.as_ref().is_none_or(|glob| event.is_some_and(|event| matches_glob(glob, event))) {
            return Ok(false);
        }
        match (&self.filter, request) {
            (None, _) => Ok(true),
            (Some(filter), Some(request)) => filter.fits(&Facts::of(summary, request)),
            (Some(_), None) => Ok(false),
        }
    }
}
