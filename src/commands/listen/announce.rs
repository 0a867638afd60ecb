//! Taking the addresses, and what is said at the start.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::config::{InspectorAddress, Origin};
use crate::error::{Failure, reason};
use crate::http::client::Barred;
use crate::inspector::CERTIFICATE;
use crate::inspector::guard::Guard;
use crate::json::delivery::Listening;
use crate::output::{sanitize, style};
use crate::receive::forward::Forward;
use crate::receive::route::Routes;

use super::super::send::USUAL_TARGET;
use super::Context;
use super::encryption::Encryption;
use super::settings::Made;

/// The addresses that are ours now.
pub(super) struct Bound {
    /// Where deliveries come in.
    pub(super) listener: TcpListener,
    /// Where the inspector is, if there is one.
    pub(super) ui: Option<(TcpListener, Arc<Guard>)>,
}

impl Bound {
    /// All of them.
    pub(super) fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        std::iter::once(&self.listener).chain(self.ui.as_ref().map(|(ui, _)| ui)).map(local).collect()
    }
}

/// Binds both addresses. A busy inspector port moves to a free one, unless it was asked for by flag.
pub(super) async fn bind(context: &Context) -> Result<Bound, Failure> {
    let listen = &context.config.listen;
    let bind = listen.bind.value;
    let listener = TcpListener::bind(bind).await.map_err(|error| cannot_bind(bind, &error, "--bind"))?;
    let InspectorAddress::At(ui) = listen.ui.value else { return Ok(Bound { listener, ui: None }) };
    let ui_listener = match TcpListener::bind(ui).await {
        Ok(listener) => listener,
        Err(error)
            if error.kind() == std::io::ErrorKind::AddrInUse && !matches!(listen.ui.origin, Origin::Flag { .. }) =>
        {
            let free = SocketAddr::new(ui.ip(), 0);
            context.output.note(&format!("{ui} is in use; the inspector takes a free port"));
            TcpListener::bind(free).await.map_err(|error| cannot_bind(free, &error, "--ui"))?
        }
        Err(error) => return Err(cannot_bind(ui, &error, "--ui")),
    };
    let guard = Arc::new(Guard::new(local(&ui_listener)?));
    Ok(Bound { listener, ui: Some((ui_listener, guard)) })
}

fn cannot_bind(address: SocketAddr, error: &std::io::Error, flag: &str) -> Failure {
    let failure = Failure::surroundings(format!("cannot listen on {address}: {}", reason(error)));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            failure.hint(format!("another hookctl may be running; '{flag} {}:0' takes a free port", address.ip()))
        }
        std::io::ErrorKind::PermissionDenied => failure.hint("ports below 1024 need privileges"),
        _ => failure,
    }
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(|error| Failure::surroundings(reason(&error)))
}

/// Refuses targets that will never be called: better said now than with every delivery.
pub(super) async fn check_targets(context: &Context, forward: &Forward, routes: &Routes) -> Result<(), Failure> {
    for (target, barred) in forward.check(routes).await {
        let url = &target.url;
        match barred {
            Barred::Own => {
                return Err(Failure::usage(format!("{url} is where this hookctl listens itself"))
                    .hint("--forward-to takes the address of your app"));
            }
            Barred::Elsewhere => {
                return Err(Failure::usage(format!("{url} is not on this machine"))
                    .hint("--allow-remote lets deliveries leave it"));
            }
            Barred::Nobodys => return Err(Failure::usage(format!("no receiver can have the address of {url}"))),
            Barred::Unknown => {
                let host = sanitize::line(url.host_str().unwrap_or_default());
                context.output.warning(&format!("{host} cannot be resolved now; each delivery will try again"));
            }
        }
    }
    Ok(())
}

/// Says where it listens, and returns that address as a URL.
pub(super) fn listening(context: &Context, bound: &Bound, made: &Made) -> Result<String, Failure> {
    let address = local(&bound.listener)?;
    let encryption = made.encryption.as_ref();
    let url = format!("{}://{address}", if encryption.is_some() { "https" } else { "http" });
    let ui_address = bound.ui.as_ref().map(|(ui, _)| local(ui)).transpose()?;
    let ui = ui_address.map(|address| format!("http://{address}"));
    let guard = bound.ui.as_ref().map(|(_, guard)| guard);
    let place = made.receiver.store.path().display().to_string();
    let output = &context.output;
    if !address.ip().is_loopback() {
        output.warning(&format!("{address} can be reached from other machines"));
    }
    if let Some(ui) = ui_address.filter(|ui| !ui.ip().is_loopback()) {
        output.warning(&format!("the inspector, {ui}, can be reached from other machines by whoever knows its token"));
    }
    if output.is_json() {
        let fingerprint = encryption.map(|encryption| encryption.fingerprint.clone());
        output.json(&Listening::new(url.clone(), ui, guard.map(|guard| guard.token().to_owned()), place, fingerprint));
        return Ok(url);
    }
    output.line(&format!("{} on {}", style::good("listening"), style::strong(&url)));
    if let Some(guard) = guard {
        output.note(&style::dim(&format!("  inspect at {}", guard.page())));
    }
    output.note(&style::dim(&format!("  recording to {}", sanitize::line(&place))));
    if let Some(Encryption { fingerprint, made, .. }) = encryption {
        let which = if made.is_some() { "made for this run" } else { "from its file" };
        output.note(&style::dim(&format!("  certificate {which}, SHA-256 {fingerprint}")));
        if let (Some(_), Some(ui)) = (made, &ui) {
            output.note(&style::dim(&format!("  to trust it: curl -O {ui}/certs/{CERTIFICATE}")));
        }
    }
    if let Some(source) = &context.config.listen.source {
        output.note(&style::dim(&format!("  taking deliveries from {}", sanitize::line(source.value.as_str()))));
    }
    let routes = made.receiver.forward.routes();
    for route in &routes.routes {
        let urls: Vec<&str> = route.targets.iter().map(|target| target.url.as_str()).collect();
        let to = if urls.is_empty() { "nowhere".to_owned() } else { urls.join(", ") };
        let line = format!("  route {}: {} → {to}", route.name, route.wants);
        output.note(&style::dim(&sanitize::line(&line)));
    }
    for target in &*routes.otherwise {
        output.note(&style::dim(&format!("  forwarding to {}", sanitize::line(target.url.as_str()))));
    }
    output.note(&style::dim(&format!(
        "  try: hookctl send stripe payment_intent.succeeded{}",
        hint_to(&url, encryption)
    )));
    Ok(url)
}

/// What `send` needs to be told when this is not where it sends by itself.
fn hint_to(url: &str, encryption: Option<&Encryption>) -> String {
    let trust = if encryption.is_some_and(|encryption| encryption.made.is_some()) { " --insecure" } else { "" };
    if url == USUAL_TARGET { String::new() } else { format!(" --to {url}/webhooks/stripe{trust}") }
}
