//! Sockets: connected, behind TLS where that is asked for, speaking the HTTP that was agreed on, their bytes counted.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::Broken;
use super::fields::Fields;
use super::http2::Http2;
use super::queue::Bytes;
use crate::http::client::{Trust, server_name};
use crate::load::connection::kind_of;
use crate::load::target::Version;
use crate::model::FailureKind;

/// How the receiver is spoken to.
pub(in crate::load) struct Wire {
    tls: Option<(TlsConnector, ServerName<'static>)>,
    version: Version,
    streams: usize,
    /// Scheme and authority, of which a request of HTTP/2 tells.
    origin: (http::uri::Scheme, http::uri::Authority),
}

/// A connection, ready for requests.
pub(super) enum Link {
    Http1(Stream),
    Http2(Http2),
}

impl Wire {
    /// For a URL; `None` if the system's authorities cannot be read, or the URL has no host.
    pub(in crate::load) fn new(url: &Url, version: Version, streams: u32, trust: &Trust) -> Option<Self> {
        let secure = url.scheme() == "https";
        let tls = if secure {
            let mut config = ClientConfig::clone(&*trust.config()?);
            config.alpn_protocols = vec![version.alpn().to_vec()];
            Some((TlsConnector::from(Arc::new(config)), server_name(url).ok()?))
        } else {
            None
        };
        let scheme = if secure { http::uri::Scheme::HTTPS } else { http::uri::Scheme::HTTP };
        let authority = crate::http::client::authority(url).parse().ok()?;
        // Only streams share a connection.
        let streams = if version == Version::Http2 { streams.max(1) as usize } else { 1 };
        Some(Self { tls, version, streams, origin: (scheme, authority) })
    }

    /// How many requests share a connection.
    pub(in crate::load) fn streams(&self) -> usize {
        self.streams
    }

    /// Opens a connection.
    pub(super) async fn connect(&self, address: SocketAddr, bytes: Rc<Bytes>) -> Result<Link, Broken> {
        let socket = TcpStream::connect(address).await.map_err(|error| kind_of(&error, true))?;
        // Without it the last packet of a body may wait for an acknowledgement; failing to set it costs only time.
        let _ = socket.set_nodelay(true);
        let socket = Counted { socket, bytes };
        let stream = match &self.tls {
            None => Stream::Plain(socket),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), socket).await.map_err(|error| of_handshake(&error))?;
                let agreed = stream.get_ref().1.alpn_protocol();
                // Who does not say speaks HTTP/1.1.
                if agreed.unwrap_or(Version::Http1.alpn()) != self.version.alpn() {
                    return Err(Broken { kind: FailureKind::Tls, speaks_another: true });
                }
                Stream::Tls(Box::new(stream))
            }
        };
        match self.version {
            Version::Http1 => Ok(Link::Http1(stream)),
            Version::Http2 => Ok(Link::Http2(Http2::over(stream).await?)),
        }
    }

    /// What makes requests of HTTP/2 for this receiver.
    pub(super) fn fields(&self) -> Fields {
        Fields::new(self.origin.clone())
    }
}

/// Whatever goes wrong before the handshake is over, the peer does not speak TLS as we do.
fn of_handshake(error: &io::Error) -> Broken {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let no_protocol = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    Broken { kind: FailureKind::Tls, speaks_another: inner.is_some_and(|inner| *inner == no_protocol) }
}

/// A stream of bytes to a receiver.
pub(super) type Stream = crate::http::client::Stream<Counted>;

/// A socket whose bytes are counted.
pub(super) struct Counted {
    socket: TcpStream,
    bytes: Rc<Bytes>,
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.socket).poll_read(cx, buffer))?;
        this.bytes.received.set(this.bytes.received.get() + buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.socket).poll_write(cx, bytes))?;
        this.bytes.sent.set(this.bytes.sent.get() + written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.socket).poll_write_vectored(cx, parts))?;
        this.bytes.sent.set(this.bytes.sent.get() + written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
