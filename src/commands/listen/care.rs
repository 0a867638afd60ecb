//! The care of the store while it listens: what is too old or too much goes, and room goes back to the disk.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::config::Config;
use crate::receive::Receiver;
use crate::receive::notify::Notice;
use crate::store::{Retention, Store, StoreError};

/// How often the store is looked at.
const EVERY: Duration = Duration::from_mins(10);

/// So much free room is kept for what comes next; beyond it, and beyond a quarter of the file, it goes back to the disk.
const LEFT_FREE: u64 = 64 << 20;

/// How much is kept.
pub(in crate::commands) fn retention(config: &Config) -> Retention {
    Retention { max_age: config.kept.keep.value, max_bytes: config.kept.max_size.value.0 }
}

/// Looks at the start and every few minutes, until `stopped` resolves.
pub(super) async fn regularly(receiver: Arc<Receiver>, retention: Retention, stopped: impl Future<Output = ()>) {
    let mut tick = tokio::time::interval(EVERY);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = &mut stopped => return,
        }
        let store = receiver.store.clone();
        let pruned = tokio::task::spawn_blocking(move || {
            let pruned = store.prune(clock::now(), &retention)?;
            tidy(&store)?;
            Ok::<_, StoreError>(pruned)
        });
        if let Ok(Ok(pruned)) = pruned.await
            && pruned.deliveries > 0
        {
            receiver.notices.tell(Notice::Pruned { deliveries: pruned.deliveries, bytes: pruned.bytes, retention });
        }
    }
}

/// Gives room back where much of it is free.
fn tidy(store: &Store) -> Result<(), StoreError> {
    let room = store.room()?;
    if room.free > LEFT_FREE.max(room.all / 4) {
        store.compact(LEFT_FREE)?;
    }
    Ok(())
}
