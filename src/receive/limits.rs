//! Who may send at all, and how often. Both are asked before anything is parsed, and cost nothing when they are off.
//!
//! A client is its address as the socket says it; of IPv6 the network of 64 bits, since whoever has one address there has
//! them all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

use crate::model::rate::Rate;

/// Which clients may speak.
#[derive(Debug, Clone, Default)]
pub struct AllowList(Vec<IpNet>);

impl AllowList {
    /// Those in one of these networks; without any, all.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this one may.
    pub fn admits(&self, client: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&client.to_canonical()))
    }
}

/// Clients that are remembered. Beyond it those are forgotten that sent least lately: forgetting gives a client its burst
/// back, and never more.
const MOST_CLIENTS: usize = 16 * 1024;

/// How often each client may send: so many at once, and from then on one an interval.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    /// How far ahead of its interval a client may be.
    ahead: Duration,
    start: Instant,
    /// When each client will have used up nothing, counted from `start`.
    clients: Mutex<HashMap<IpAddr, Duration>>,
}

impl RateLimit {
    /// This often, from `now` on.
    pub fn new(rate: Rate, now: Instant) -> Self {
        let interval = rate.interval();
        Self { interval, ahead: interval * (rate.burst() - 1), start: now, clients: Mutex::default() }
    }

    /// Counts a request of a client.
    ///
    /// # Errors
    /// It comes too early; how long it has to wait. Such a request is not counted.
    pub fn count(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let now = now.duration_since(self.start);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = network(client);
        let due = clients.get(&client).copied().unwrap_or_default().max(now);
        if let Some(wait) = due.checked_sub(now + self.ahead).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&client) {
            forget(&mut clients, now);
        }
        clients.insert(client, due + self.interval);
        Ok(())
    }
}

/// Forgets those that have used up nothing, and then half of the rest if that was not enough.
fn forget(clients: &mut HashMap<IpAddr, Duration>, now: Duration) {
    clients.retain(|_, due| *due > now);
    if clients.len() > MOST_CLIENTS / 2 {
        let mut dues: Vec<Duration> = clients.values().copied().collect();
        let middle = dues.len() / 2;
        let (_, median, _) = dues.select_nth_unstable(middle);
        let median = *median;
        clients.retain(|_, due| *due > median);
    }
}

fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn the_networks_decide_and_mapped_addresses_count_as_what_they_are() {
        let list =
            AllowList::new(vec!["192.0.2.0/24".parse().expect("a network"), "2001:db8::/32".parse().expect("one")]);
        for (client, admitted) in [
            ("192.0.2.1", true),
            ("192.0.3.1", false),
            ("::ffff:192.0.2.9", true),
            ("::ffff:192.0.3.9", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(list.admits(ip(client)), admitted, "{client}");
        }
        assert!(AllowList::default().admits(ip("203.0.113.1")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_one_an_interval() {
        let start = Instant::now();
        let limit = RateLimit::new("3/m".parse().expect("a rate"), start);
        let at = |seconds| start + Duration::from_secs(seconds);
        let a = ip("192.0.2.1");
        for _ in 0..3 {
            assert_eq!(limit.count(a, at(0)), Ok(()));
        }
        assert_eq!(limit.count(a, at(0)), Err(Duration::from_secs(20)));
        assert_eq!(limit.count(a, at(5)), Err(Duration::from_secs(15)), "what was refused is not counted");
        assert_eq!(limit.count(ip("192.0.2.2"), at(5)), Ok(()), "another client has its own");
        assert_eq!(limit.count(a, at(20)), Ok(()));
        assert!(limit.count(a, at(20)).is_err());
        for _ in 0..3 {
            assert_eq!(limit.count(a, at(600)), Ok(()), "rest gives the burst back, and no more");
        }
        assert!(limit.count(a, at(600)).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_ipv6_network_is_one_client() {
        let now = Instant::now();
        let limit = RateLimit::new("1/m".parse().expect("a rate"), now);
        assert!(limit.count(ip("2001:db8::1"), now).is_ok());
        assert!(limit.count(ip("2001:db8::2"), now).is_err());
        assert!(limit.count(ip("2001:db8:0:1::2"), now).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_addresses_takes_no_more_memory_and_frees_nobody_who_just_sent() {
        let start = Instant::now();
        let limit = RateLimit::new("1/h".parse().expect("a rate"), start);
        for number in 0..40_000_u32 {
            let client = IpAddr::from(number.to_be_bytes());
            let now = start + Duration::from_micros(u64::from(number));
            assert!(limit.count(client, now).is_ok());
            assert!(limit.count(client, now).is_err());
        }
        assert!(limit.clients.lock().expect("no panic").len() <= MOST_CLIENTS);
    }
}
