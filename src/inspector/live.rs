//! Telling the page that something was recorded: by this listener, or by any other process with the same store.
//!
//! Only that, and not what: the page asks for what it shows. So a page that is slow, or looks at something else, is never
//! behind, and a flood of deliveries is a few words a second.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Inspector;
use super::api::refused;
use crate::error::Failure;
use crate::store::Watch;

/// How often is looked: what is recorded shows before one has turned one's eyes to it.
const EVERY: Duration = Duration::from_millis(200);

/// Pages that may be open at once. Each keeps a connection.
pub(super) const PAGES: usize = 16;

/// A page that looks on.
struct Looking {
    inspector: Arc<Inspector>,
    watch: Watch,
    tick: Interval,
    newest: Option<i64>,
    _place: OwnedSemaphorePermit,
}

impl Looking {
    /// The newest number, as soon as something has changed; `None`: nothing will any more.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            self.tick.tick().await;
            if self.inspector.desk.has_ended() {
                return None;
            }
            // What a store in memory knows of, nobody else can change, nor see change.
            let changed = self.inspector.store.is_in_memory() || self.watch.changed().ok()?;
            if !changed {
                continue;
            }
            let newest = self.inspector.store.newest().ok()?;
            // Attempts change a store without a new number, but one in memory is looked at every time.
            if self.newest.replace(newest) == Some(newest) && self.inspector.store.is_in_memory() {
                continue;
            }
            return Some((Ok(Event::default().event("changed").data(newest.to_string())), self));
        }
    }
}

pub(super) async fn live(State(inspector): State<Arc<Inspector>>) -> Response {
    let Ok(place) = inspector.pages.clone().try_acquire_owned() else {
        return refused(&Failure::surroundings("too many pages look on"));
    };
    let watch = match inspector.store.watch() {
        Ok(watch) => watch,
        Err(error) => return refused(&error.into()),
    };
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let looking = Looking { inspector, watch, tick, newest: None, _place: place };
    Sse::new(unfold(looking, Looking::next)).keep_alive(KeepAlive::default()).into_response()
}
