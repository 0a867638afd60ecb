//! Bodies from a stream into memory, within their limits.
//!
//! Memory grows with what arrived; what was announced counts up to 1 MiB only, and that only once a budget has room for it.
//! A sender that stalls, sends too much or lies about a
//! length gets an error that says which; after an error the stream is at no known place and must be closed.

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use super::alarm::{Alarm, Late};
use super::budget::Lease;
use super::chunked::{ChunkError, ChunkedDecoder, Progress};
use super::head::Framing;

/// A body up to this size stays in the connection's own buffer, together with its head, and is not counted.
pub(in crate::http) const SMALL: usize = 16 * 1024;
/// Room that a body waits for and takes before it is begun, if it announced as much: nearly all then never wait or move
/// half-way.
const PROMISE: usize = 1024 * 1024;
/// How long a body waits for room: as long as a sender commonly waits for its answer.
const ROOM_WAIT: Duration = Duration::from_secs(30);
/// Read at once where the length is not known.
const READ: usize = 8 * 1024;

/// What a body may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes after the transfer coding is undone (413).
    pub bytes: usize,
    /// For how long nothing at all need arrive (408).
    pub grace: Duration,
    /// Bytes a second that must arrive in the long run, once the grace is used up (408). Zero: no limit.
    pub rate: u32,
}

impl Default for BodyLimits {
    /// 32 MiB (GitHub sends up to 25), 30 s, 1 KiB/s.
    fn default() -> Self {
        Self { bytes: 32 * 1024 * 1024, grace: Duration::from_secs(30), rate: 1024 }
    }
}

/// Why there is no body.
#[derive(Debug, Error)]
pub enum BodyError {
    /// More than the limit.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The sender stalled, or kept below the lowest rate.
    #[error("the body came too slowly")]
    TooSlow,
    /// Other bodies took all the memory for too long.
    #[error("there is no room for the body")]
    NoRoom,
    /// The chunks are not in order.
    #[error(transparent)]
    Chunk(ChunkError),
    /// The stream ended before the body did.
    #[error("the connection was closed within the body")]
    Closed,
    /// The stream failed.
    #[error("the connection failed within the body")]
    Io(#[from] io::Error),
}

impl BodyError {
    /// The status that tells the sender so; none if it is gone.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::TooLarge { .. } => Some(413),
            Self::TooSlow => Some(408),
            Self::NoRoom => Some(503),
            Self::Chunk(ChunkError::TrailersTooLong) => Some(431),
            // It may have closed its own direction only, and still listen.
            Self::Chunk(_) | Self::Closed => Some(400),
            Self::Io(_) => None,
        }
    }
}

impl From<ChunkError> for BodyError {
    fn from(error: ChunkError) -> Self {
        match error {
            ChunkError::TooLarge { limit } => Self::TooLarge { limit },
            error => Self::Chunk(error),
        }
    }
}

/// Where a body comes from.
#[derive(Debug)]
pub struct BodySource<'a, 'b, S> {
    /// The stream behind the buffer.
    pub stream: &'a mut S,
    /// What has been read already; keeps what is behind the body.
    pub buffer: &'a mut BytesMut,
    /// The connection's timer.
    pub alarm: &'a mut Alarm,
    /// The share of a budget for bodies; `None`: only the limit counts.
    pub lease: Option<&'a mut Lease<'b>>,
}

impl<S: AsyncRead + Unpin> BodySource<'_, '_, S> {
    /// Reads the body. A body of exactly the limit passes; a longer one is refused as soon as its length is known.
    pub async fn read(&mut self, framing: Framing, limits: &BodyLimits) -> Result<Bytes, BodyError> {
        match framing {
            Framing::None => Ok(Bytes::new()),
            Framing::Length(length) => {
                let too_large = BodyError::TooLarge { limit: limits.bytes };
                let length = usize::try_from(length).ok().filter(|length| *length <= limits.bytes).ok_or(too_large)?;
                if length <= self.buffer.len() {
                    return Ok(self.buffer.split_to(length).freeze());
                }
                let pace = Pace::new(limits);
                if length <= SMALL { self.small(length, pace).await } else { self.large(length, pace).await }
            }
            Framing::Chunked => self.chunked(limits).await,
            Framing::UntilClose => self.until_close(limits).await,
        }
    }

    async fn small(&mut self, length: usize, mut pace: Pace) -> Result<Bytes, BodyError> {
        self.buffer.reserve(length - self.buffer.len());
        while self.buffer.len() < length {
            self.fill(0, &mut pace).await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn large(&mut self, length: usize, mut pace: Pace) -> Result<Bytes, BodyError> {
        self.cover(length.min(PROMISE), &mut pace).await?;
        let mut body = Vec::with_capacity(length.min(PROMISE));
        body.extend_from_slice(self.buffer);
        self.buffer.clear();
        while body.len() < length {
            self.grow(&mut body, length, &mut pace).await?;
            let missing = length - body.len();
            let read = self.alarm.within(pace.deadline, self.stream.read_buf(&mut (&mut body).limit(missing))).await;
            pace.count(read)?;
        }
        Ok(body.into())
    }

    async fn chunked(&mut self, limits: &BodyLimits) -> Result<Bytes, BodyError> {
        let mut pace = Pace::new(limits);
        let mut decoder = ChunkedDecoder::new(limits.bytes);
        let mut body = Vec::with_capacity(self.buffer.len().min(SMALL));
        loop {
            match decoder.decode(self.buffer, &mut body)? {
                Progress::Done => return Ok(body.into()),
                Progress::Full => self.grow(&mut body, limits.bytes, &mut pace).await?,
                Progress::Hungry => self.fill(READ, &mut pace).await?,
            }
        }
    }

    async fn until_close(&mut self, limits: &BodyLimits) -> Result<Bytes, BodyError> {
        let mut pace = Pace::new(limits);
        let mut body = Vec::with_capacity(self.buffer.len().min(SMALL));
        loop {
            if self.buffer.len() > limits.bytes - body.len() {
                return Err(BodyError::TooLarge { limit: limits.bytes });
            }
            while !self.buffer.is_empty() {
                self.grow(&mut body, limits.bytes, &mut pace).await?;
                let fits = self.buffer.len().min(body.capacity() - body.len());
                body.extend_from_slice(&self.buffer.split_to(fits));
            }
            match self.fill(READ, &mut pace).await {
                Ok(()) => {}
                Err(BodyError::Closed) => return Ok(body.into()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads some more into the buffer.
    async fn fill(&mut self, room: usize, pace: &mut Pace) -> Result<(), BodyError> {
        self.buffer.reserve(room);
        let read = self.alarm.within(pace.deadline, self.stream.read_buf(self.buffer)).await;
        pace.count(read)
    }

    /// Makes room in a full body, up to what it can become.
    async fn grow(&mut self, body: &mut Vec<u8>, most: usize, pace: &mut Pace) -> Result<(), BodyError> {
        if body.len() < body.capacity() {
            return Ok(());
        }
        let capacity = (body.capacity() * 2).clamp(READ, most.max(READ));
        if capacity > SMALL {
            self.cover(capacity, pace).await?;
        }
        body.reserve_exact(capacity - body.len());
        Ok(())
    }

    async fn cover(&mut self, bytes: usize, pace: &mut Pace) -> Result<(), BodyError> {
        let Some(lease) = &mut self.lease else {
            return Ok(());
        };
        let start = Instant::now();
        self.alarm.within(start + ROOM_WAIT, lease.cover(bytes)).await.map_err(|Late| BodyError::NoRoom)?;
        // The sender is not to blame for our waiting.
        pace.deadline += start.elapsed();
        Ok(())
    }
}

/// When the sender must have sent something: what arrives buys time, but never more than the grace.
struct Pace {
    deadline: Instant,
    grace: Duration,
    rate: u32,
}

impl Pace {
    fn new(limits: &BodyLimits) -> Self {
        Self { deadline: Instant::now() + limits.grace, grace: limits.grace, rate: limits.rate }
    }

    fn count(&mut self, read: Result<io::Result<usize>, Late>) -> Result<(), BodyError> {
        let length = match read {
            Ok(Ok(0)) => return Err(BodyError::Closed),
            Ok(Ok(length)) => length,
            Ok(Err(error)) => return Err(error.into()),
            Err(Late) => return Err(BodyError::TooSlow),
        };
        let most = Instant::now() + self.grace;
        self.deadline = match (length as u64).saturating_mul(1_000_000_000).checked_div(u64::from(self.rate)) {
            Some(bought) => (self.deadline + Duration::from_nanos(bought)).min(most),
            None => most,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::sleep;

    use super::super::budget::Budget;
    use super::*;

    async fn read_from(
        stream: &mut DuplexStream,
        buffered: &[u8],
        framing: Framing,
        limit: usize,
    ) -> Result<Bytes, BodyError> {
        let mut buffer = BytesMut::from(buffered);
        let limits = BodyLimits { bytes: limit, ..BodyLimits::default() };
        let mut source = BodySource { stream, buffer: &mut buffer, alarm: &mut Alarm::new(), lease: None };
        source.read(framing, &limits).await
    }

    /// A body of `size` bytes, sent as `framing` says by a peer that then closes.
    async fn transfer(size: usize, framing: Framing, buffered: usize, limit: usize) -> Result<Bytes, BodyError> {
        let data = vec![b'x'; size];
        let wire = match framing {
            Framing::Chunked => {
                let chunks =
                    data.chunks(70_000).map(|c| [format!("{:x}\r\n", c.len()).as_bytes(), c, b"\r\n"].concat());
                [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
            }
            _ => data,
        };
        let (mut near, mut far) = duplex(4096);
        let (first, rest) = wire.split_at(buffered.min(wire.len()));
        let (first, rest) = (first.to_vec(), rest.to_vec());
        let send = tokio::spawn(async move {
            let _ = far.write_all(&rest).await;
        });
        let read = read_from(&mut near, &first, framing, limit).await;
        drop(near);
        send.await.expect("no panic");
        read
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
        for limit in [0, 1, 100, SMALL - 1, SMALL, SMALL + 1, 300_000, PROMISE + 1] {
            for size in [limit, limit + 1] {
                for framing in [Framing::Length(size as u64), Framing::Chunked, Framing::UntilClose] {
                    for buffered in [0, 50, 5000] {
                        let read = transfer(size, framing, buffered, limit).await;
                        if size == limit {
                            let body = read.expect("within the limit");
                            assert_eq!(body.len(), size, "{framing:?}");
                        } else {
                            assert!(matches!(read, Err(BodyError::TooLarge { .. })), "{framing:?} {size}: {read:?}");
                        }
                    }
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_behind_the_body_stays_in_the_buffer() {
        for (wire, framing) in [("helloGET", Framing::Length(5)), ("5\r\nhello\r\n0\r\n\r\nGET", Framing::Chunked)] {
            let (mut near, _far) = duplex(64);
            let mut buffer = BytesMut::from(wire);
            let limits = BodyLimits::default();
            let mut source =
                BodySource { stream: &mut near, buffer: &mut buffer, alarm: &mut Alarm::new(), lease: None };
            assert_eq!(source.read(framing, &limits).await.expect("a body"), "hello");
            assert_eq!(buffer, "GET");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_early_end_is_an_error_unless_it_is_the_end() {
        for (framing, good) in [(Framing::Length(10), false), (Framing::Chunked, false), (Framing::UntilClose, true)] {
            let (mut near, mut far) = duplex(64);
            far.write_all(b"3\r\nabc\r\n").await.expect("room");
            drop(far);
            let read = read_from(&mut near, b"", framing, 1000).await;
            assert_eq!(read.is_ok(), good, "{framing:?}");
            assert!(good || matches!(read, Err(BodyError::Closed)), "{framing:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_sender_is_given_up_after_the_grace_and_a_slow_but_steady_one_is_not() {
        let (mut near, far) = duplex(64);
        let start = Instant::now();
        let read = read_from(&mut near, b"abc", Framing::Length(10), 1000).await;
        assert!(matches!(read, Err(BodyError::TooSlow)));
        assert_eq!(start.elapsed().as_secs(), 30);
        drop(far);

        for (piece, good) in [(1024, true), (1000, false)] {
            let (mut near, mut far) = duplex(4096);
            let send = tokio::spawn(async move {
                for _ in 0..2000 {
                    if far.write_all(&vec![b'x'; piece]).await.is_err() {
                        return;
                    }
                    sleep(Duration::from_secs(1)).await;
                }
            });
            let start = Instant::now();
            let read = read_from(&mut near, b"", Framing::Length(2000 * piece as u64), 3_000_000).await;
            assert_eq!(read.is_ok(), good, "{piece} bytes a second");
            assert!(good || start.elapsed() > Duration::from_mins(1), "a little too slow is noticed late");
            drop(near);
            send.await.expect("no panic");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_buys_no_more_silence_than_the_grace() {
        let (mut near, far) = duplex(64);
        let start = Instant::now();
        let read = read_from(&mut near, &vec![b'x'; 900_000], Framing::Length(1_000_000), 1_000_000).await;
        assert!(matches!(read, Err(BodyError::TooSlow)));
        assert_eq!(start.elapsed().as_secs(), 30);
        drop(far);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_follows_what_arrived_and_not_what_was_announced() {
        let budget = Budget::new(64 << 20);
        let mut lease = budget.lease();
        let (mut near, far) = duplex(64);
        let mut buffer = BytesMut::from(&b"abc"[..]);
        let limits = BodyLimits::default();
        let alarm = &mut Alarm::new();
        let mut source = BodySource { stream: &mut near, buffer: &mut buffer, alarm, lease: Some(&mut lease) };
        let read = source.read(Framing::Length(32 << 20), &limits).await;
        assert!(matches!(read, Err(BodyError::TooSlow)));
        assert_eq!(budget.free(), (64 << 20) - PROMISE);
        drop((lease, far));
        assert_eq!(budget.free(), 64 << 20);
    }

    #[tokio::test(start_paused = true)]
    async fn more_bodies_than_fit_all_get_through_one_after_another() {
        // A budget for two, and eight that each announce and send far more than a promise.
        let budget = Budget::new(2 * PROMISE);
        let size = 5 * PROMISE;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let budget = budget.clone();
            tasks.spawn(async move {
                let (mut near, mut far) = duplex(256 * 1024);
                let send = async move {
                    let _ = far.write_all(&vec![b'x'; size]).await;
                    far
                };
                let mut lease = budget.lease();
                let mut buffer = BytesMut::new();
                let alarm = &mut Alarm::new();
                let limits = BodyLimits::default();
                let mut source = BodySource { stream: &mut near, buffer: &mut buffer, alarm, lease: Some(&mut lease) };
                let (body, _far) = tokio::join!(source.read(Framing::Length(size as u64), &limits), send);
                body.expect("room in the end").len()
            });
        }
        while let Some(done) = tasks.join_next().await {
            assert_eq!(done.expect("no panic"), size);
        }
        assert_eq!(budget.free(), 2 * PROMISE);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_room_ends() {
        let budget = Budget::new(1024);
        let mut first = budget.lease();
        first.cover(1 << 20).await;
        let mut lease = budget.lease();
        let (mut near, far) = duplex(64);
        let alarm = &mut Alarm::new();
        let mut buffer = BytesMut::new();
        let mut source = BodySource { stream: &mut near, buffer: &mut buffer, alarm, lease: Some(&mut lease) };
        let read = source.read(Framing::Length(100_000), &BodyLimits::default()).await;
        assert!(matches!(read, Err(BodyError::NoRoom)));
        drop(far);
    }
}
