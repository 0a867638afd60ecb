//! A name and a port become a stream: resolved, checked, connected, with TLS where the URL asks for it.

use std::io;
use std::net::SocketAddr;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::destination::Destination;
use super::stream::Stream;
use super::tls::Trust;
use crate::model::FailureKind;
use crate::model::localhost::{self, is_localhost};

/// Makes connections.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) trust: Trust,
    pub(super) destination: Destination,
}

impl Connector {
    /// Connects to the first address of an endpoint that takes it; of several failures the last counts.
    pub(super) async fn connect(&self, url: &Url) -> Result<Stream<TcpStream>, FailureKind> {
        let mut failure = FailureKind::Dns;
        for address in addresses(url).await? {
            match self.connect_to(address).await {
                Ok(stream) if url.scheme() == "https" => return self.secure(url, stream).await,
                Ok(stream) => return Ok(Stream::Plain(stream)),
                Err(kind) => failure = kind,
            }
        }
        Err(failure)
    }

    async fn connect_to(&self, address: SocketAddr) -> Result<TcpStream, FailureKind> {
        if self.destination.check(address).is_err() {
            return Err(FailureKind::NotAllowed);
        }
        let stream = TcpStream::connect(address).await.map_err(|error| kind_of_io(&error))?;
        if let Ok(near) = stream.local_addr()
            && self.destination.is_own_connection(near, address)
        {
            return Err(FailureKind::NotAllowed);
        }
        // Without it the last packet of a body may wait for an acknowledgement; failing to set it costs only time.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    async fn secure(&self, url: &Url, stream: TcpStream) -> Result<Stream<TcpStream>, FailureKind> {
        let config = self.trust.config().ok_or(FailureKind::Tls)?;
        let name = server_name(url)?;
        // Whatever goes wrong before the handshake is over, the peer does not speak TLS as we do.
        let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|_| FailureKind::Tls)?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

/// Whom a certificate must be for.
pub(crate) fn server_name(url: &Url) -> Result<ServerName<'static>, FailureKind> {
    match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(|_| FailureKind::Tls),
        Some(Host::Ipv4(ip)) => Ok(ServerName::IpAddress(std::net::IpAddr::from(ip).into())),
        Some(Host::Ipv6(ip)) => Ok(ServerName::IpAddress(std::net::IpAddr::from(ip).into())),
        None => Err(FailureKind::Dns),
    }
}

/// The addresses of an endpoint. Of one that is written as an address, or is this machine by its name, nobody is asked for
/// anything.
///
/// # Errors
/// The name cannot be resolved.
pub async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, FailureKind> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        // No name server is to hear of it, and none can say that this machine is another one.
        Some(Host::Domain(name)) if is_localhost(name) => {
            localhost::ADDRESSES.map(|ip| SocketAddr::from((ip, port))).to_vec()
        }
        Some(Host::Domain(name)) => {
            tokio::net::lookup_host((name, port)).await.map_err(|_| FailureKind::Dns)?.collect()
        }
        None => Vec::new(),
    };
    if addresses.is_empty() { Err(FailureKind::Dns) } else { Ok(addresses) }
}

pub(super) fn kind_of_io(error: &io::Error) -> FailureKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FailureKind::Refused,
        io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => FailureKind::Reset,
        // rustls travels inside an io::Error.
        _ if error.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some()) => FailureKind::Tls,
        _ => FailureKind::Network,
    }
}
