//! The receiver: where it is, how it is spoken to, and that it is there.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use super::connection::kind_of;
use super::tasks::{self, Wire};
use crate::http::client::Trust;
use crate::model::FailureKind;
use crate::model::localhost::{self, is_localhost};

/// How long the first connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// A receiver that took a connection.
#[derive(Clone)]
pub struct Target {
    /// Its URL.
    pub url: Url,
    /// The address that answers for it.
    pub address: SocketAddr,
    /// How it is spoken to, where that is more than HTTP/1.1 over a bare socket.
    pub(super) wire: Option<Arc<Wire>>,
}

/// How connections are made.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// What is spoken.
    pub version: Version,
    /// HTTP/2: how many requests share a connection.
    pub streams: u32,
    /// Whose certificates are accepted.
    pub trust: &'a Trust,
}

/// The version of HTTP that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

impl Version {
    /// Its name in a TLS handshake.
    pub const fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }

    /// Its name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// Why a target is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is on another machine, and nobody said that this is right.
    #[error("{host} is not this machine ({address}): a load test would hit somebody else's")]
    Remote {
        /// The host of the URL.
        host: String,
        /// What it resolves to.
        address: SocketAddr,
    },
    /// No connection can be made.
    #[error("{url}: {kind}", kind = .kind.sentence())]
    Unreachable {
        /// The URL.
        url: String,
        /// Why.
        kind: FailureKind,
    },
    /// It speaks another HTTP.
    #[error("{url}: the receiver does not speak {version}", version = .version.as_str())]
    Speaks {
        /// The URL.
        url: String,
        /// What it was to speak.
        version: Version,
    },
    /// The certificates of the system cannot be read.
    #[error("{url}: the certificate authorities of this system cannot be read")]
    NoTrust {
        /// The URL.
        url: String,
    },
}

impl Target {
    /// Resolves the URL's host, and makes a connection to be sure that somebody listens.
    ///
    /// # Errors
    /// It is on another machine and `remote` is not allowed, or no address takes a connection as it is wanted.
    pub fn find(url: &Url, remote: bool, manner: &Manner<'_>) -> Result<Self, TargetError> {
        let bare = url.scheme() == "http" && manner.version == Version::Http1;
        let addresses = addresses(url, remote)?;
        let name = url.to_string();
        if bare {
            let address = reach(addresses, |address| match TcpStream::connect_timeout(&address, CONNECT_TIME) {
                Ok(_) => Ok(()),
                Err(error) => Err(kind_of(&error, true)),
            });
            let address = address.map_err(|kind| TargetError::Unreachable { url: name, kind })?;
            return Ok(Self { url: url.clone(), address, wire: None });
        }
        let wire = Wire::new(url, manner.version, manner.streams, manner.trust);
        let wire = Arc::new(wire.ok_or_else(|| TargetError::NoTrust { url: name.clone() })?);
        let mut speaks_another = false;
        let address = reach(addresses, |address| {
            tasks::reach(&wire, address, CONNECT_TIME).map_err(|broken| {
                speaks_another |= broken.speaks_another;
                broken.kind
            })
        });
        match address {
            Ok(address) => Ok(Self { url: url.clone(), address, wire: Some(wire) }),
            Err(_) if speaks_another => Err(TargetError::Speaks { url: name, version: manner.version }),
            Err(kind) => Err(TargetError::Unreachable { url: name, kind }),
        }
    }

    /// Makes sure that a URL is on this machine, or may be elsewhere, and that somebody listens there.
    ///
    /// # Errors
    /// As of [`Self::find`].
    pub fn check(url: &Url, remote: bool) -> Result<(), TargetError> {
        let found =
            reach(addresses(url, remote)?, |address| match TcpStream::connect_timeout(&address, CONNECT_TIME) {
                Ok(_) => Ok(()),
                Err(error) => Err(kind_of(&error, true)),
            });
        found.map(|_| ()).map_err(|kind| TargetError::Unreachable { url: url.to_string(), kind })
    }
}

/// The first of these addresses that can be reached; of several failures the last counts.
fn reach(
    addresses: Vec<SocketAddr>,
    mut connect: impl FnMut(SocketAddr) -> Result<(), FailureKind>,
) -> Result<SocketAddr, FailureKind> {
    let mut failure = FailureKind::Dns;
    for address in addresses {
        match connect(address) {
            Ok(()) => return Ok(address),
            Err(kind) => failure = kind,
        }
    }
    Err(failure)
}

/// The addresses of a URL's host. Every one of them has to be allowed: which one answers must not decide who is hit.
fn addresses(url: &Url, remote: bool) -> Result<Vec<SocketAddr>, TargetError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        Some(Host::Domain(name)) if is_localhost(name) => localhost::ADDRESSES.map(|ip| (ip, port).into()).to_vec(),
        Some(Host::Domain(name)) => (name, port)
            .to_socket_addrs()
            .map_err(|_| TargetError::Unreachable { url: url.to_string(), kind: FailureKind::Dns })?
            .collect(),
        None => Vec::new(),
    };
    let far = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
    match far.filter(|_| !remote) {
        Some(address) => {
            let host = url.host_str().unwrap_or_default().to_owned();
            Err(TargetError::Remote { host, address: *address })
        }
        None => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn only_this_machine_unless_another_one_is_allowed() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        for (host, remote, fine) in [
            ("127.0.0.1", false, true),
            ("127.0.0.1", true, true),
            ("[::ffff:127.0.0.1]", false, true),
            ("192.0.2.1", false, false),
            ("[2001:db8::1]", false, false),
        ] {
            let url: Url = format!("http://{host}:{port}/").parse().expect("a URL");
            match Target::check(&url, remote) {
                Ok(()) => assert!(fine, "{host}"),
                Err(TargetError::Remote { .. }) => assert!(!fine, "{host}"),
                Err(error) => panic!("{host}: {error}"),
            }
        }
    }
}
