//! Writing to a client that may not read, and leaving it so that it can read the last answer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use super::handler::SendError;
use super::transport::Transport;
use crate::http::alarm::Alarm;

/// How long a client may take to hang up after the last answer.
const LINGER_TIME: Duration = Duration::from_secs(2);
/// How much of what it still sends is thrown away meanwhile.
const LINGER_BYTES: usize = 64 * 1024;

/// Writes and flushes everything. The clock is asked only when the client does not take it at once; `patience` starts
/// anew with whatever it takes.
pub(super) async fn write_all<S: Transport>(
    stream: &mut S,
    alarm: &mut Alarm,
    bytes: &[u8],
    patience: Duration,
) -> Result<(), SendError> {
    let mut done = 0;
    let mut deadline = None;
    poll_fn(|cx| {
        loop {
            let step = if done < bytes.len() {
                Pin::new(&mut *stream).poll_write(cx, &bytes[done..])
            } else {
                Pin::new(&mut *stream).poll_flush(cx).map_ok(|()| 0)
            };
            match step {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Ready(Ok(0)) if done == bytes.len() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into())),
                Poll::Ready(Ok(taken)) => {
                    done += taken;
                    deadline = None;
                }
                Poll::Pending => {
                    let deadline = *deadline.get_or_insert_with(|| Instant::now() + patience);
                    ready!(alarm.poll_passed(cx, deadline));
                    return Poll::Ready(Err(SendError::Late));
                }
            }
        }
    })
    .await
}

/// Closes our direction and takes what the client still sends, within limits: closing with unread bytes would reset the
/// connection, and the client could lose the answer that it has not read yet.
pub(super) async fn linger<S: Transport>(stream: &mut S, alarm: &mut Alarm, buffer: &mut BytesMut) {
    let deadline = Instant::now() + LINGER_TIME;
    let shutdown = poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx));
    if !matches!(alarm.within(deadline, shutdown).await, Ok(Ok(()))) {
        return;
    }
    let mut taken = 0;
    while taken < LINGER_BYTES {
        buffer.clear();
        buffer.reserve(8 * 1024);
        match alarm.within(deadline, stream.read_buf(&mut (&mut *buffer).limit(LINGER_BYTES - taken))).await {
            Ok(Ok(length)) if length > 0 => taken += length,
            _ => return,
        }
    }
}
