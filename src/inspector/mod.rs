//! The inspector's address: for now `/healthz`, `/metrics` and the development certificates that receivers fetch.
//!
//! Unlike the webhook port this is axum's business: nothing that arrives here is recorded. Its connections are few, and are
//! given up when their headers do not come in time.

pub mod metrics;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::provider::Catalog;
use crate::secrets::Secrets;

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
}

/// Serves until `shutdown` resolves.
pub async fn run(listener: TcpListener, inspector: Inspector, shutdown: impl Future<Output = ()>) {
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics_page))
        .route("/certs/{file}", get(certificate))
        .with_state(Arc::new(inspector));
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
