//! Which provider sent a request, and which event it carries.

use std::sync::Arc;

use crate::model::Request;
use crate::provider::detect::{Detector, LocatedEvent, named_by_path};
use crate::provider::{Catalog, Provider, ProviderError};

/// What was found out.
#[derive(Debug, Clone, Default)]
pub struct Identified {
    /// The provider.
    pub provider: Option<Arc<Provider>>,
    /// The event in the request.
    pub event: LocatedEvent,
}

/// Finds out who sends.
pub struct Identify {
    catalog: Arc<Catalog>,
    detector: Detector,
    otherwise: Option<Arc<Provider>>,
}

impl Identify {
    /// `otherwise` is the provider where neither path nor headers tell.
    ///
    /// # Errors
    /// A broken provider.
    pub fn new(catalog: Arc<Catalog>, otherwise: Option<Arc<Provider>>) -> Result<Self, ProviderError> {
        Ok(Self { detector: Detector::new(&catalog)?, catalog, otherwise })
    }

    /// The path names the provider, else the headers and the body tell, else the fallback holds.
    pub fn of(&self, request: &Request) -> Identified {
        let provider = named_by_path(&self.catalog, request.path())
            .and_then(|name| self.catalog.get(name).ok())
            .or_else(|| self.detector.detect(request).cloned())
            .or_else(|| self.otherwise.clone());
        let event = provider.as_ref().map(|provider| provider.locate(request)).unwrap_or_default();
        Identified { provider, event }
    }
}
