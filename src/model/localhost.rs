//! The names of this machine that are so by definition (RFC 6761): nobody need be asked for their addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether it is such a name: `localhost`, or whatever ends with `.localhost`.
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

/// The addresses of such a name, in the order in which most systems give them.
pub const ADDRESSES: [IpAddr; 2] = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_part_of_a_name_makes_it_this_machine() {
        for name in ["localhost", "LocalHost", "localhost.", "app.localhost", "a.b.localhost."] {
            assert!(is_localhost(name), "{name}");
        }
        for name in ["", ".", "localhost.example", "notlocalhost", "localhost..", "localhost.localdomain", "127.0.0.1"]
        {
            assert!(!is_localhost(name), "{name}");
        }
    }
}
