//! How often the system is asked: once for a request and once for its answer.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;

/// A pipe that counts what is read and written at once.
struct Counting {
    pipe: DuplexStream,
    reads: Arc<AtomicUsize>,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counting {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.pipe).poll_read(cx, buf);
        if read.is_ready() {
            self.reads.fetch_add(1, Relaxed);
        }
        read
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Relaxed);
        Pin::new(&mut self.pipe).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

impl Transport for Counting {}

#[tokio::test(start_paused = true)]
async fn a_request_is_one_read_and_its_answer_one_write() {
    let (mut near, far) = duplex(64 * 1024);
    let (reads, writes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let far = Counting { pipe: far, reads: Arc::clone(&reads), writes: Arc::clone(&writes) };
    let handler = Arc::new(Recorder::default());
    let recorder = Arc::clone(&handler);
    tokio::spawn(async move {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let service = Service::new(recorder, ServerLimits::default());
        connection::serve(far, connection::Ends { peer: address, local: address }, &service, std::future::pending())
            .await;
    });
    let request = format!("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n{}", "x".repeat(1500));
    for number in 1..=20 {
        near.write_all(request.as_bytes()).await.expect("room");
        handler.told.notified().await;
        assert_eq!(writes.load(Relaxed), number);
        // The end of the buffer may cut a request in two, once in a few.
        assert!(reads.load(Relaxed) <= number + number / 3, "{} reads for {number}", reads.load(Relaxed));
    }
}
