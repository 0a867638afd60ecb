//! `--source`: deliveries from a channel of smee.io or gosmee, as if they had arrived here.
//!
//! ```text
//! envelope.rs  what the channel makes of a request → the request
//! ```
//!
//! A stream that breaks is opened again, behind the last event that was recorded, for servers that know how to go on. One
//! delivery at a time: what cannot be recorded is tried again, and nothing behind it is taken meanwhile.

mod envelope;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use url::Url;

pub use self::envelope::Altered;
use self::envelope::{EnvelopeError, Relayed};
use super::Receiver;
use super::notify::Notice;
use crate::http::client::authority;
use crate::http::head::{HeadLimits, parse_request, write_request_head};
use crate::http::server::{Handler, Incoming, Outcome};
use crate::http::sse::{Event, Parser};
use crate::http::stream::{Stream, StreamError, Streams};

/// How long to wait before a stream is opened again: at first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// A stream that has lasted so long was a good one: the next wait is short again.
const GOOD: Duration = Duration::from_secs(10);

/// What an event has beside a body in base64.
const ENVELOPE: usize = 256 * 1024;

/// What happens to a source.
#[derive(Debug)]
pub enum SourceNotice {
    /// It is open; whether for the first time.
    Open {
        /// Whether it was open before.
        again: bool,
    },
    /// It is at another address from now on.
    Moved {
        /// Where.
        to: String,
    },
    /// It is not open any more, or could not be opened. Told once, until it is.
    Lost {
        /// Why.
        why: StreamError,
    },
    /// The body that came is not the one that was sent. It is that of the delivery that is told next.
    Altered(Altered),
    /// An event that is no delivery.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// A channel.
pub struct Source {
    /// Its address.
    pub url: Url,
    /// The largest body.
    pub max_body: usize,
}

impl Source {
    /// Takes deliveries until `stop` resolves; one that has begun is finished.
    pub async fn run(self, receiver: Arc<Receiver>, stop: impl Future<Output = ()>) {
        let Ok(streams) = Streams::new() else {
            receiver.notices.tell(Notice::Source(SourceNotice::Lost { why: StreamError::Connect }));
            return;
        };
        let mut state = State { url: self.url, last_id: String::new(), was_open: false, is_lost: false, wait: WAITS.0 };
        tokio::pin!(stop);
        loop {
            let opened = tokio::select! {
                opened = streams.open(&state.url, &state.last_id) => opened,
                () = &mut stop => return,
            };
            let begun = Instant::now();
            let why = match opened {
                Ok(stream) => {
                    receiver.notices.tell(Notice::Source(SourceNotice::Open { again: state.was_open }));
                    (state.was_open, state.is_lost) = (true, false);
                    match state.take(stream, self.max_body, &receiver, &mut stop).await {
                        Some(why) => why,
                        None => return,
                    }
                }
                // `/new` makes a channel, and sends its maker there.
                Err(StreamError::Elsewhere(to)) if !state.was_open && state.follow(&to) => {
                    receiver.notices.tell(Notice::Source(SourceNotice::Moved { to }));
                    continue;
                }
                Err(why) => why,
            };
            if !std::mem::replace(&mut state.is_lost, true) {
                receiver.notices.tell(Notice::Source(SourceNotice::Lost { why }));
            }
            if begun.elapsed() > GOOD {
                state.wait = WAITS.0;
            }
            tokio::select! {
                () = sleep(state.wait) => {}
                () = &mut stop => return,
            }
            state.wait = (state.wait * 2).min(WAITS.1);
        }
    }
}

struct State {
    url: Url,
    last_id: String,
    was_open: bool,
    is_lost: bool,
    wait: Duration,
}

impl State {
    /// Goes to another address of the same server.
    fn follow(&mut self, to: &str) -> bool {
        let to = to.parse::<Url>().ok().filter(|to| to.origin() == self.url.origin() && *to != self.url);
        to.map(|to| self.url = to).is_some()
    }

    /// Takes deliveries from a stream until it ends; says why, or `None` if we are to stop.
    async fn take(
        &mut self,
        mut stream: Stream,
        max_body: usize,
        receiver: &Arc<Receiver>,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Option<StreamError> {
        // Base64 takes four bytes for three, escapes in JSON more than that.
        let mut parser = Parser::new(max_body.saturating_mul(2).saturating_add(ENVELOPE), self.last_id.clone());
        let peer = stream.peer.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        loop {
            let piece = tokio::select! {
                piece = stream.next() => piece,
                () = &mut *stop => return None,
            };
            let piece = match piece {
                Ok(piece) => piece,
                Err(why) => return Some(why),
            };
            for event in parser.feed(&piece) {
                let id = event.id.clone();
                if !self.event(event, peer, max_body, receiver, stop).await {
                    return None;
                }
                self.last_id = id;
            }
            self.wait = parser.retry().map_or(self.wait, |retry| retry.clamp(WAITS.0, WAITS.1));
        }
    }

    /// Hands an event to the receiver until it is recorded; `false`: we are to stop.
    async fn event(
        &self,
        event: Event,
        peer: SocketAddr,
        max_body: usize,
        receiver: &Arc<Receiver>,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> bool {
        if event.kind != "message" {
            return true;
        }
        let unreadable = |why: String| receiver.notices.tell(Notice::Source(SourceNotice::Unreadable { why }));
        let Some(data) = event.data else {
            unreadable("it is larger than --max-body lets it be".to_owned());
            return true;
        };
        let Relayed { request, altered } = match envelope::open(&data, self.url.path(), &authority(&self.url)) {
            Ok(relayed) => relayed,
            // Servers greet in their own ways.
            Err(EnvelopeError::Greeting) => return true,
            Err(EnvelopeError::NotJson) if data == b"ready" => return true,
            Err(error) => {
                unreadable(error.to_string());
                return true;
            }
        };
        if request.body.len() > max_body {
            unreadable("its body is larger than --max-body".to_owned());
            return true;
        }
        let head = write_request_head(&request.method, &request.target, &request.headers);
        let limits = HeadLimits { bytes: ENVELOPE, fields: usize::MAX, target: ENVELOPE, ..HeadLimits::default() };
        let head = head
            .map_err(|error| error.to_string())
            .and_then(|head| parse_request(&head.into(), &limits).map_err(|error| error.to_string()));
        let head = match head {
            Ok(head) => head,
            Err(why) => {
                unreadable(why);
                return true;
            }
        };
        if let Some(altered) = altered {
            receiver.notices.tell(Notice::Source(SourceNotice::Altered(altered)));
        }
        let mut wait = WAITS.0;
        loop {
            let now = Instant::now();
            let (head, body) = (head.clone(), request.body.clone());
            let incoming = Incoming { peer, local: peer, head, body, started: now, arrived: now };
            let (answer, ticket) = receiver.handle(incoming).await;
            let is_recorded = ticket.is_some();
            receiver.answered(ticket, Outcome { status: answer.status, at: Instant::now(), sent: Ok(()) });
            if is_recorded {
                return true;
            }
            tokio::select! {
                () = sleep(wait) => wait = (wait * 2).min(WAITS.1),
                () = &mut *stop => return false,
            }
        }
    }
}
