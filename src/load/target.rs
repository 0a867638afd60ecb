//! The receiver: where it is, and that it is there.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use url::{Host, Url};

use super::connection::kind_of;
use crate::model::FailureKind;

/// How long the first connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// A receiver that took a connection.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its URL.
    pub url: Url,
    /// The address that answers for it.
    pub address: SocketAddr,
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
}

impl Target {
    /// Resolves the URL's host, and makes a connection to be sure that somebody listens.
    ///
    /// # Errors
    /// It is on another machine and `remote` is not allowed, or no address takes a connection.
    pub fn find(url: &Url, remote: bool) -> Result<Self, TargetError> {
        let unreachable = |kind| TargetError::Unreachable { url: url.to_string(), kind };
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => {
                (name, port).to_socket_addrs().map_err(|_| unreachable(FailureKind::Dns))?.collect()
            }
            None => Vec::new(),
        };
        // Every address: which one answers must not decide who is hit.
        let far = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
        if let Some(address) = far.filter(|_| !remote) {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(TargetError::Remote { host, address: *address });
        }
        let mut kind = FailureKind::Dns;
        for address in addresses {
            match TcpStream::connect_timeout(&address, CONNECT_TIME) {
                Ok(_) => return Ok(Self { url: url.clone(), address }),
                Err(error) => kind = kind_of(&error, true),
            }
        }
        Err(unreachable(kind))
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
            match Target::find(&url, remote) {
                Ok(_) => assert!(fine, "{host}"),
                Err(TargetError::Remote { .. }) => assert!(!fine, "{host}"),
                Err(error) => panic!("{host}: {error}"),
            }
        }
    }
}
