//! The inspector: what is recorded, in a browser. Beside the page `/healthz`, `/metrics` and the development certificates
//! that receivers fetch, which need no token.
//!
//! ```text
//! mod.rs      connections, and the routes that everybody may ask
//! guard.rs    who may ask for all else
//! assets.rs   the page
//! api.rs      what the page asks for
//! desk.rs     who answers that
//! live.rs     telling the page that something was recorded
//! metrics.rs  /metrics
//! ```
//!
//! Unlike the webhook port this is axum's business: nothing that arrives here is recorded. Its connections are few, and are
//! given up when their headers do not come in time.

mod api;
mod assets;
pub mod desk;
pub mod guard;
mod live;
pub mod metrics;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::provider::Catalog;
use crate::secrets::Secrets;
use crate::store::Store;
use desk::Asker;
use guard::Guard;

/// A page, a few scripts and a health check: more connections at once are a mistake or an attack.
const CONNECTIONS: usize = 64;

/// How long the headers of a request may take.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// The name under which the certificate of the webhook port is found below `/certs/`.
pub const CERTIFICATE: &str = "listen.pem";

/// What the routes need.
pub struct Inspector {
    /// Which providers there are.
    pub catalog: Arc<Catalog>,
    /// Where development certificates are.
    pub secrets: Arc<Secrets>,
    /// The certificate of the webhook port in PEM, if it was made for this run.
    pub certificate: Option<String>,
    /// Whether deliveries can be recorded.
    pub healthy: Box<dyn Fn() -> bool + Send + Sync>,
    /// The page of `/metrics`; it may read the store.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Who may ask for more than that.
    pub guard: Arc<Guard>,
    /// Who answers.
    pub desk: Asker,
    /// What is recorded.
    pub store: Arc<Store>,
    /// Places for pages that look on.
    pub pages: Arc<Semaphore>,
}

impl Inspector {
    /// As many pages as may look on at once.
    pub fn places() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(live::PAGES))
    }
}

/// All routes. What is added here needs the token, unless it is added to the first three.
fn router(inspector: Arc<Inspector>) -> Router {
    let open = Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics_page))
        .route("/certs/{file}", get(certificate));
    let guarded = assets::routes().into_iter().chain(api::routes());
    let guarded = guarded.fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    // Whether there is something at an address is nobody else's business either.
    let guarded = guarded
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(inspector.guard.clone(), guard::check));
    open.merge(guarded).with_state(inspector)
}

/// Serves until `shutdown` resolves.
pub async fn run(listener: TcpListener, inspector: Inspector, shutdown: impl Future<Output = ()>) {
    let router = router(Arc::new(inspector));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: others must end before it makes sense to go on.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let _place = place;
            let mut server = hyper::server::conn::http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
            // A connection that breaks concerns nobody but its client.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn healthz(State(inspector): State<Arc<Inspector>>) -> Response {
    if (inspector.healthy)() {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store cannot record\n").into_response()
    }
}

async fn metrics_page(State(inspector): State<Arc<Inspector>>) -> Response {
    match tokio::task::spawn_blocking(move || (inspector.metrics)()).await {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The certificate that verifies what `send` signs for a provider of that kind, or that of the webhook port.
async fn certificate(State(inspector): State<Arc<Inspector>>, Path(file): Path<String>) -> Response {
    let not_found = || (StatusCode::NOT_FOUND, "there is no such certificate\n").into_response();
    let pem = |pem: &str| ([(header::CONTENT_TYPE, "application/x-pem-file")], pem.to_owned()).into_response();
    if file == CERTIFICATE {
        return inspector.certificate.as_deref().map_or_else(not_found, pem);
    }
    let Some(name) = file.strip_suffix(".pem") else { return not_found() };
    let Ok(provider) = inspector.catalog.get(name) else { return not_found() };
    if !provider.definition.schemes().any(|scheme| scheme.certificate.is_some()) {
        return not_found();
    }
    let Ok(secret) = inspector.secrets.development(&provider) else { return not_found() };
    let fields: Option<serde_json::Value> = serde_json::from_str(secret.public().expose()).ok();
    let found = fields.as_ref().and_then(|fields| fields.get("certificate_pem")).and_then(|pem| pem.as_str());
    found.map_or_else(not_found, pem)
}
