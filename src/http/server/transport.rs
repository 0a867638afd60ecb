//! What a connection runs on: a socket, TLS over one (`tls.rs`), a pipe in tests.

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;

/// A stream of bytes in both directions.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {
    /// Makes the coming close a reset, if the stream knows the difference.
    fn reset_on_close(&mut self) {}

    /// Whether the client has asked for HTTP/2 while the stream was opened.
    fn speaks_http2(&self) -> bool {
        false
    }
}

impl Transport for TcpStream {
    fn reset_on_close(&mut self) {
        // It fails only on a socket that is gone already.
        let _ = self.set_zero_linger();
    }
}

impl Transport for DuplexStream {}
