//! Which addresses may be called.
//!
//! What counts is the address that is dialled, looked at after the name has been resolved and right before it is used:
//! what a URL says, or what a name meant a moment ago, is no protection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

/// How far a client may reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Wherever a user says, on the command line.
    #[default]
    Anywhere,
    /// Other machines as well, but none of the addresses that no receiver has: of the link (where clouds keep their
    /// secrets), of many (multicast), of nobody in particular, or an IPv4 address in the clothes of an IPv6 one.
    Remote,
    /// This machine alone.
    Loopback,
}

/// Why an address may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The name cannot be resolved.
    Unknown,
    /// We listen there ourselves.
    Own,
    /// It is not on this machine.
    Elsewhere,
    /// It is no address that a receiver can have.
    Nobodys,
}

/// Which addresses may be called.
#[derive(Debug, Default)]
pub struct Destination {
    reach: Reach,
    /// Where we listen ourselves.
    own: OnceLock<Vec<SocketAddr>>,
}

impl Destination {
    /// As far as this.
    pub fn within(reach: Reach) -> Self {
        Self { reach, own: OnceLock::new() }
    }

    pub(super) fn set_own(&self, own: Vec<SocketAddr>) {
        // Said once by whoever bound them.
        let _ = self.own.set(own);
    }

    /// Whether this address may be dialled.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(&self, address: SocketAddr) -> Result<(), Barred> {
        let ip = address.ip();
        let loopback = ip.to_canonical().is_loopback();
        match self.reach {
            _ if self.is_own(address) => Err(Barred::Own),
            Reach::Anywhere => Ok(()),
            Reach::Loopback | Reach::Remote if loopback => Ok(()),
            Reach::Remote if is_a_machines(ip) => Ok(()),
            Reach::Remote => Err(Barred::Nobodys),
            Reach::Loopback => Err(Barred::Elsewhere),
        }
    }

    /// Whether we listen there. Another loopback address with our port, or no address at all, is a way to write ours.
    fn is_own(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.own.get().into_iter().flatten().any(|own| {
            let here = own.ip().to_canonical();
            own.port() == address.port()
                && (ip == here
                    || ip.is_unspecified()
                    || ip.is_loopback() && (here.is_loopback() || here.is_unspecified()))
        })
    }

    /// Whether a connection that was just made leads to ourselves: both of its ends have the same address of this machine,
    /// and the far one our port. This is how an address of this machine in the network is noticed.
    pub(super) fn is_own_connection(&self, near: SocketAddr, far: SocketAddr) -> bool {
        near.ip() == far.ip() && self.own.get().into_iter().flatten().any(|own| own.port() == far.port())
    }
}

/// Whether it can be the address of one machine in a network, written in the way that machine would.
fn is_a_machines(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, ..] = ip.octets();
            // 0.0.0.0/8 means this network, 240.0.0.0/4 and the broadcast address nobody.
            !(ip.is_link_local()
                || ip.is_multicast()
                || first == 0
                || first >= 240
                || ip == Ipv4Addr::BROADCAST
                || METADATA.contains(&ip))
        }
        IpAddr::V6(ip) => {
            !(ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unicast_link_local()
                || is_site_local(ip)
                || carries_v4(ip)
                || is_metadata(ip))
        }
    }
}

/// What the addresses of a link were once called, for a site.
fn is_site_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xffc0 == 0xfec0
}

/// Addresses that carry an IPv4 one: mapped and compatible ones, NAT64, 6to4, Teredo, ISATAP.
fn carries_v4(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    matches!(
        parts,
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _]
            | [0, 0, 0, 0, 0xffff, 0, _, _]
            | [0x64, 0xff9b, ..]
            | [0x2002, ..]
            | [0x2001, 0, ..]
            | [_, _, _, _, 0 | 0x200, 0x5efe, _, _]
    )
}

/// Where clouds keep a machine's secrets beside the addresses of the link: Alibaba, Azure, Oracle.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// The same by their IPv6 names: all that Amazon has there, Google, Oracle.
fn is_metadata(ip: Ipv6Addr) -> bool {
    matches!(
        ip.segments(),
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] | [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(reach: Reach, own: &[&str], address: &str) -> bool {
        let destination = Destination::within(reach);
        destination.set_own(own.iter().map(|own| own.parse().expect("an address")).collect());
        destination.check(address.parse().expect("an address")).is_ok()
    }

    #[test]
    fn only_loopback_is_reached_unless_more_is_allowed() {
        for (address, loopback, remote) in [
            ("127.0.0.1:80", true, true),
            ("127.255.0.9:80", true, true),
            ("[::1]:80", true, true),
            ("[::ffff:127.0.0.1]:80", true, true),
            ("192.168.1.7:80", false, true),
            ("10.0.0.1:80", false, true),
            ("8.8.8.8:80", false, true),
            ("[2001:db8::1]:80", false, true),
            ("[fd12:3456::1]:80", false, true),
            ("0.0.0.0:80", false, false),
            ("0.1.2.3:80", false, false),
            ("169.254.169.254:80", false, false),
            ("224.0.0.1:80", false, false),
            ("255.255.255.255:80", false, false),
            ("240.0.0.1:80", false, false),
            ("[::]:80", false, false),
            ("[::7f00:1]:80", false, false),
            ("[fe80::1]:80", false, false),
            ("[ff02::1]:80", false, false),
            ("[::ffff:10.0.0.1]:80", false, false),
            ("[::ffff:169.254.169.254]:80", false, false),
            ("[64:ff9b::a9fe:a9fe]:80", false, false),
            ("[64:ff9b:1::1]:80", false, false),
            ("[2002:a9fe:a9fe::]:80", false, false),
            ("[fd00:ec2::254]:80", false, false),
        ] {
            assert_eq!(allowed(Reach::Loopback, &[], address), loopback, "{address}");
            assert_eq!(allowed(Reach::Remote, &[], address), remote, "{address}");
            assert!(allowed(Reach::Anywhere, &[], address), "{address}");
        }
    }

    #[test]
    fn our_own_addresses_are_refused_however_they_are_written() {
        for (own, address, allows) in [
            ("127.0.0.1:4400", "127.0.0.1:4400", false),
            ("127.0.0.1:4400", "127.0.0.2:4400", false),
            ("127.0.0.1:4400", "[::1]:4400", false),
            ("127.0.0.1:4400", "[::ffff:127.0.0.1]:4400", false),
            ("127.0.0.1:4400", "0.0.0.0:4400", false),
            ("127.0.0.1:4400", "[::]:4400", false),
            ("0.0.0.0:4400", "127.0.0.1:4400", false),
            ("[::]:4400", "127.0.0.1:4400", false),
            ("[::]:4400", "[::1]:4400", false),
            ("192.0.2.1:4400", "192.0.2.1:4400", false),
            ("127.0.0.1:4400", "127.0.0.1:4402", true),
            ("192.0.2.1:4400", "127.0.0.1:4400", true),
            ("127.0.0.1:4400", "192.0.2.1:4400", true),
        ] {
            assert_eq!(allowed(Reach::Anywhere, &[own], address), allows, "{own} {address}");
        }
        let destination = Destination::within(Reach::Remote);
        destination.set_own(vec!["0.0.0.0:4400".parse().expect("an address")]);
        let ends = |near: &str, far: &str| {
            destination.is_own_connection(near.parse().expect("an address"), far.parse().expect("an address"))
        };
        assert!(ends("192.0.2.1:50000", "192.0.2.1:4400"));
        assert!(!ends("192.0.2.1:50000", "192.0.2.2:4400"));
        assert!(!ends("192.0.2.1:50000", "192.0.2.1:4401"));
    }
}
