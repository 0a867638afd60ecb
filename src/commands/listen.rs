//! `hookctl listen`

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Context;
use super::runtime::{self, Interrupt};
use crate::cli::listen::ListenArgs;
use crate::clock;
use crate::config::{Config, InspectorAddress, Origin};
use crate::error::{Failure, reason};
use crate::exit::Exit;
use crate::http::body::BodyLimits;
use crate::http::head::HeadLimits;
use crate::http::server::{self, ServerLimits};
use crate::inspector::{self, Inspector};
use crate::json::delivery::{DeliveryObject, Listening, Stopped};
use crate::model::quantity::ByteSize;
use crate::output::human::delivery as human;
use crate::output::{Output, json_line, sanitize, style};
use crate::receive::Receiver;
use crate::receive::identify::Identify;
use crate::receive::notify::{Backlog, Notice, Notices, Tally};
use crate::receive::verify::{Verify, VerifySettings};
use crate::store::{OpenOptions, Retention, Store};
use crate::text::count;

/// How often the store is looked at for what is too old or too much.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// Bytes of bodies held at once. The store copies what it writes, and the allocator keeps some of what it gave back: with
/// this much the whole process stays below 96 MiB however many large bodies come at once.
const HELD_BYTES: usize = 32 << 20;

/// Lines printed in one write when they come faster than they can be printed one by one.
const LINES_AT_ONCE: usize = 1_024;

/// Lines are printed at most so often: no eye sees the difference, and a burst then wakes the printer 50 times a second
/// instead of once a delivery.
const BLOCK_EVERY: Duration = Duration::from_millis(20);

pub(super) fn run(context: &Context, args: &ListenArgs) -> Result<Exit, Failure> {
    let config = &context.config;
    let catalog = Arc::new(context.catalog()?);
    let fallback = config.listen.provider.as_ref().map(|name| catalog.get(&name.value)).transpose()?;
    let identify = Identify::new(catalog.clone(), fallback.clone())?;
    let secrets = Arc::new(context.secrets());
    let given = Context::given_secrets(&secrets, &args.secrets.secrets)?;
    if let Some(provider) = &fallback {
        check_given(provider, &given)?;
    }

    let options = OpenOptions {
        queue: config.listen.max_queue.value,
        dedupe_window: config.listen.dedupe_window.value,
        ..OpenOptions::default()
    };
    let store = context.store(&options)?;
    let backlog = if context.output.is_json() { Backlog::Wait } else { Backlog::Drop };
    let (notices, told) = Notices::new(backlog);
    let receiver = Arc::new(Receiver {
        identify,
        verify: Verify::new(VerifySettings {
            secrets: secrets.clone(),
            given,
            given_for: fallback.map(|provider| provider.name.clone()),
            tolerance: config.verify.tolerance.as_ref().map(|setting| setting.value),
            public_url: config.listen.public_url.as_ref().map(|setting| setting.value.as_str().to_owned()),
            required: config.listen.require_signature.value,
        }),
        store: store.clone(),
        notices,
        tally: Tally::default(),
    });

    let runtime = runtime::several_threads()?;
    let (listener, ui, interrupt) = runtime.block_on(async {
        let (listener, ui) = bind(context).await?;
        // A signal that comes right behind the announcement must find an ear.
        Ok::<_, Failure>((listener, ui, Interrupt::new()))
    })?;
    let address = local(&listener)?;
    let ui_address = ui.as_ref().map(local).transpose()?;
    announce(context, address, ui_address, &store);

    std::thread::scope(|scope| {
        let printer = {
            let (receiver, output) = (receiver.clone(), &context.output);
            scope.spawn(move || {
                let mut shown = Shown { output, advised: Vec::new() };
                let mut next_block = Instant::now();
                while let Ok(first) = told.recv() {
                    std::thread::sleep(next_block.saturating_duration_since(Instant::now()));
                    let more = std::iter::from_fn(|| told.try_recv().ok()).take(LINES_AT_ONCE - 1);
                    let mut block = Vec::new();
                    let mut notices = 0;
                    for notice in std::iter::once(first).chain(more) {
                        if matches!(notice, Notice::End) {
                            output.block(&block);
                            return;
                        }
                        shown.notice(notice, &mut block);
                        notices += 1;
                    }
                    output.block(&block);
                    // What still waits is printed at once.
                    if notices < LINES_AT_ONCE {
                        next_block = Instant::now() + BLOCK_EVERY;
                    }
                    let dropped = receiver.notices.take_dropped();
                    if dropped > 0 {
                        output.note(&format!("… {dropped} more, not shown; all are recorded"));
                    }
                }
            })
        };
        runtime.block_on(serve(context, listener, ui, &receiver, catalog, secrets, interrupt));
        // The receiver is done: whatever was told before this is printed, then the printer ends.
        receiver.notices.tell(Notice::End);
        let _ = printer.join();
    });
    drop(runtime);
    let closed = store.close();
    say_goodbye(context, &receiver.tally);
    closed?;
    Ok(Exit::Interrupted)
}

/// A secret that was given for one provider must have its form: better said now than with every delivery.
fn check_given(provider: &crate::provider::Provider, given: &[crate::model::Secret]) -> Result<(), Failure> {
    use crate::secrets::SecretError;
    use crate::signature::KeyUse;
    for secret in given {
        let mut misfit = None;
        let fits = provider.definition.schemes().any(|scheme| match scheme.key(secret, KeyUse::Verify) {
            Ok(_) => true,
            Err(error) => {
                misfit = Some(error);
                false
            }
        });
        if let (false, Some(error)) = (fits, misfit) {
            return Err(SecretError::Form { title: provider.definition.title.clone(), error }.into());
        }
    }
    Ok(())
}

/// Binds both addresses. A busy inspector port moves to a free one, unless it was asked for by flag.
async fn bind(context: &Context) -> Result<(TcpListener, Option<TcpListener>), Failure> {
    let listen = &context.config.listen;
    let bind = listen.bind.value;
    let listener = TcpListener::bind(bind).await.map_err(|error| cannot_bind(bind, &error, "--bind"))?;
    let InspectorAddress::At(ui) = listen.ui.value else { return Ok((listener, None)) };
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
    Ok((listener, Some(ui_listener)))
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

fn announce(context: &Context, address: SocketAddr, ui: Option<SocketAddr>, store: &Store) {
    let url = format!("http://{address}");
    let ui = ui.map(|address| format!("http://{address}"));
    let place = store.path().display().to_string();
    let output = &context.output;
    if output.is_json() {
        output.json(&Listening::new(url, ui, place));
        return;
    }
    output.line(&format!("{} on {}", style::good("listening"), style::strong(&url)));
    output.note(&style::dim(&format!("  recording to {}", sanitize::line(&place))));
    output.note(&style::dim(&format!("  try: hookctl send stripe payment_intent.succeeded{}", hint_to(&url))));
    if !address.ip().is_loopback() {
        output.warning("this address can be reached from other machines");
    }
}

/// What `send` needs to be told when this is not where it sends by itself.
fn hint_to(url: &str) -> String {
    if url == super::send::USUAL_TARGET { String::new() } else { format!(" --to {url}/webhooks/stripe") }
}

async fn serve(
    context: &Context,
    listener: TcpListener,
    ui: Option<TcpListener>,
    receiver: &Arc<Receiver>,
    catalog: Arc<crate::provider::Catalog>,
    secrets: Arc<crate::secrets::Secrets>,
    interrupt: Interrupt,
) {
    let (stop, stopped) = watch::channel(false);
    let inspector = ui.map(|listener| {
        let store = receiver.store.clone();
        let inspector = Inspector { catalog, secrets, healthy: Box::new(move || !store.is_poisoned()) };
        tokio::spawn(inspector::run(listener, inspector, until(stopped.clone())))
    });
    let pruning = tokio::spawn(prune_regularly(receiver.clone(), until(stopped.clone())));
    let output = &context.output;
    let shutdown = async {
        tokio::select! {
            () = interrupt.heard() => {}
            () = closed(output) => {}
        }
    };
    server::run(listener, limits(&context.config), receiver.clone(), shutdown).await;
    let _ = stop.send(true);
    if let Some(inspector) = inspector {
        let _ = inspector.await;
    }
    let _ = pruning.await;
}

async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Resolves when nobody reads our results any more: `listen | head -1` must end.
async fn closed(output: &Output) {
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while !output.is_closed() {
        tick.tick().await;
    }
}

/// Deletes what is too old or too much, at the start and every few minutes.
async fn prune_regularly(receiver: Arc<Receiver>, stopped: impl Future<Output = ()>) {
    let mut tick = tokio::time::interval(PRUNE_EVERY);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = &mut stopped => return,
        }
        let store = receiver.store.clone();
        let pruned = tokio::task::spawn_blocking(move || store.prune(clock::now(), &Retention::default())).await;
        if let Ok(Ok(pruned)) = pruned
            && pruned.deliveries > 0
        {
            receiver.notices.tell(Notice::Pruned { deliveries: pruned.deliveries, bytes: pruned.bytes });
        }
    }
}

fn limits(config: &Config) -> ServerLimits {
    let listen = &config.listen;
    let bytes = |size: ByteSize| usize::try_from(size.0).unwrap_or(usize::MAX);
    let defaults = ServerLimits::default();
    ServerLimits {
        head: HeadLimits { bytes: bytes(listen.max_head.value), fields: listen.max_headers.value, ..defaults.head },
        body: BodyLimits { bytes: bytes(listen.max_body.value), grace: listen.body_timeout.value, ..defaults.body },
        head_time: listen.head_timeout.value,
        idle_time: listen.idle_timeout.value,
        connections: listen.max_connections.value,
        held_bytes: HELD_BYTES,
        ..defaults
    }
}

/// What has been shown, and what need not be said twice.
struct Shown<'a> {
    output: &'a Output,
    advised: Vec<String>,
}

impl Shown<'_> {
    /// Adds a notice to the lines that are about to be printed.
    fn notice(&mut self, notice: Notice, block: &mut Vec<String>) {
        match notice {
            Notice::Delivery { number, summary, duplicate_of, taken, sent } => {
                if self.output.is_json() {
                    let object = DeliveryObject::new(number, &summary, duplicate_of.map(|(_, id)| id)).taking(taken);
                    block.push(json_line(&object));
                    return;
                }
                block.push(human::line(number, &summary, duplicate_of.map(|(number, _)| number), taken));
                if !sent {
                    block.push(style::dim("          the sender had gone before the answer"));
                }
                if let Some(advice) = human::advice(&summary)
                    && !self.advised.contains(&advice)
                {
                    // Below the line that it is about, which is still waiting.
                    self.output.block(block);
                    block.clear();
                    self.output.note(&style::dim(&format!("          {advice}")));
                    self.advised.push(advice);
                }
            }
            Notice::NotRecorded { error } => {
                self.output.warning(&format!("a delivery was answered 503: {error}"));
            }
            Notice::Refused { peer, status, reason } => {
                let status = status.map_or_else(|| "closed".to_owned(), |status| status.to_string());
                self.output.detail(&format!("{peer} refused ({status}): {}", sanitize::line(&reason)));
            }
            Notice::Pruned { deliveries, bytes } => {
                let what = count(deliveries, "old delivery", "old deliveries");
                let size = ByteSize(bytes);
                self.output.note(&format!("pruned {what} ({size}): the store keeps 30 days or 1 GiB"));
            }
            Notice::End => {}
        }
    }
}

fn say_goodbye(context: &Context, tally: &Tally) {
    let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let output = &context.output;
    if output.is_json() {
        output.json(&Stopped {
            kind: "stopped",
            deliveries: of(&tally.deliveries),
            valid: of(&tally.valid),
            duplicates: of(&tally.duplicates),
            refused: of(&tally.refused),
        });
        return;
    }
    let deliveries = usize::try_from(of(&tally.deliveries)).unwrap_or(usize::MAX);
    output.note(&format!(
        "stopped: {} ({} valid, {} repeated), {} refused",
        count(deliveries, "delivery", "deliveries"),
        of(&tally.valid),
        of(&tally.duplicates),
        of(&tally.refused)
    ));
}
