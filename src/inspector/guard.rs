//! Who may ask: nobody but the page of this address, opened by whoever saw the token.
//!
//! Any page that a browser shows can make it send requests to this machine. So each request needs the token, which is printed
//! where deliveries are, and must name this address as its host, which a name that was rebound to this machine does not.
//! What changes something needs the token once more in a header, which no form can set.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

/// The header that carries the token.
pub const TOKEN_HEADER: &str = "x-hookctl-token";

/// How long an address that was handed to a browser may be opened, once.
const TICKET_TIME: Duration = Duration::from_mins(1);

/// Such addresses at once. Each is the answer to a key that somebody pressed.
const TICKETS: usize = 16;

/// What the page may load: nothing from elsewhere, and no script but its own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Sees to it that nobody else asks.
pub struct Guard {
    token: String,
    address: SocketAddr,
    tickets: Mutex<Vec<(String, Instant)>>,
}

impl Guard {
    /// One for the inspector at this address, with a token of its own.
    pub fn new(address: SocketAddr) -> Self {
        Self { token: fresh(), address, tickets: Mutex::default() }
    }

    /// The token: 128 random bits in hex.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address that a person opens.
    pub fn page(&self) -> String {
        format!("http://{}/?token={}", self.reached_at(), self.token)
    }

    /// An address that opens the page at this delivery, once and soon: it may be seen in the list of processes.
    pub fn ticket(&self, number: i64) -> String {
        let ticket = fresh();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|(_, made)| made.elapsed() < TICKET_TIME);
        if tickets.len() == TICKETS {
            tickets.remove(0);
        }
        let page = format!("http://{}/?ticket={ticket}#/{number}", self.reached_at());
        tickets.push((ticket, Instant::now()));
        page
    }

    /// Where a browser on this machine finds it: an unspecified address is none.
    fn reached_at(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }

    fn is_token(&self, text: &str) -> bool {
        self.token.as_bytes().ct_eq(text.as_bytes()).into()
    }

    fn takes(&self, ticket: &str) -> bool {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(one, made): &(String, Instant)| {
            made.elapsed() < TICKET_TIME && one.as_bytes().ct_eq(ticket.as_bytes()).into()
        };
        let found = tickets.iter().position(fits);
        found.map(|at| tickets.remove(at)).is_some()
    }

    /// Whether an authority names this address. A name other than `localhost` never does: it may mean another machine
    /// tomorrow, or did a moment ago.
    fn is_ours(&self, authority: &str) -> bool {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (authority, Some(80)),
        };
        if port != Some(self.address.port()) {
            return false;
        }
        if host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let ip: Option<IpAddr> = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host.parse().ok().map(IpAddr::V6),
            None => host.parse().ok().map(IpAddr::V4),
        };
        let is_loopback = |ip: &IpAddr| *ip == IpAddr::from([127, 0, 0, 1]) || *ip == std::net::Ipv6Addr::LOCALHOST;
        ip.is_some_and(|ip| is_loopback(&ip) || ip == self.address.ip() || self.address.ip().is_unspecified())
    }

    fn cookie(&self) -> String {
        // Cookies know no ports, and several listeners may run.
        format!("hookctl-{}", self.address.port())
    }

    /// Whether a request comes from this address, as far as its headers tell.
    fn comes_from_here(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().unwrap_or_default(),
            _ => return Err(Refused::HOST),
        };
        if !self.is_ours(host) || uri.authority().is_some_and(|authority| !self.is_ours(authority.as_str())) {
            return Err(Refused::HOST);
        }
        let is_own = |origin: &HeaderValue| {
            let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            origin.is_some_and(|authority| self.is_ours(authority) && authority == host)
        };
        if !headers.get_all(header::ORIGIN).iter().all(is_own) {
            return Err(Refused::ELSEWHERE);
        }
        let is_near = |site: &HeaderValue| [&b"same-origin"[..], b"none"].contains(&site.as_bytes());
        if !headers.get_all("sec-fetch-site").iter().all(is_near) {
            return Err(Refused::ELSEWHERE);
        }
        Ok(())
    }

    /// Whether a request knows the token; where it changes something, in a header.
    fn knows_the_token(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
        let in_header =
            headers.get(TOKEN_HEADER).is_some_and(|token| self.is_token(token.to_str().unwrap_or_default()));
        if method == Method::GET || method == Method::HEAD {
            let name = self.cookie();
            let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
            let mut pairs =
                cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
            let in_cookie = pairs.any(|(one, token)| one == name && self.is_token(token));
            return if in_header || in_cookie { Ok(()) } else { Err(Refused::TOKEN) };
        }
        if !in_header {
            return Err(Refused::TOKEN);
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
        if is_json { Ok(()) } else { Err(Refused::FORM) }
    }

    /// Whether a request is one that a person opened with a token or a ticket.
    fn opens(&self, request: &Request) -> bool {
        let query = request.uri().query().unwrap_or_default();
        request.method() == Method::GET
            && request.uri().path() == "/"
            && (query.strip_prefix("token=").is_some_and(|token| self.is_token(token))
                || query.strip_prefix("ticket=").is_some_and(|ticket| self.takes(ticket)))
    }

    /// To the page itself, with a cookie instead of the token in the address.
    fn to_the_page(&self) -> Response {
        let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie(), self.token);
        (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, cookie)]).into_response()
    }
}

/// Why a request is refused.
struct Refused(StatusCode, &'static str);

impl Refused {
    const HOST: Self =
        Self(StatusCode::MISDIRECTED_REQUEST, "this is hookctl's inspector, under its own address only\n");
    const ELSEWHERE: Self = Self(StatusCode::FORBIDDEN, "other pages may not ask hookctl's inspector\n");
    const TOKEN: Self = Self(
        StatusCode::UNAUTHORIZED,
        "hookctl's inspector needs the token in the address that 'hookctl listen' printed when it started\n",
    );
    const FORM: Self =
        Self(StatusCode::UNSUPPORTED_MEDIA_TYPE, "what changes something is asked for as application/json\n");
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// Lets a request through, or not; whatever is answered, a browser may do nothing else with it.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.comes_from_here(request.uri(), request.headers()) {
        Err(refused) => refused.into_response(),
        Ok(()) if guard.opens(&request) => guard.to_the_page(),
        Ok(()) => match guard.knows_the_token(request.method(), request.headers()) {
            Err(refused) => refused.into_response(),
            Ok(()) => next.run(request).await,
        },
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn fresh() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_are_its_own() {
        let guard = Guard::new(([127, 0, 0, 1], 4401).into());
        for ours in ["127.0.0.1:4401", "localhost:4401", "LOCALHOST:4401", "[::1]:4401"] {
            assert!(guard.is_ours(ours), "{ours}");
        }
        for foreign in [
            "",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:4400",
            "localhost:80",
            "localhost.:4401",
            "evil.test:4401",
            "127.0.0.2:4401",
            "127.1:4401",
            "2130706433:4401",
            "0.0.0.0:4401",
            "[::]:4401",
            "::1:4401",
            "[::ffff:127.0.0.1]:4401",
            "a@127.0.0.1:4401",
            "127.0.0.1:4401.evil.test",
            "localhost.evil.test:4401",
            "127.0.0.1:04401x",
            "[::1]",
            "10.0.0.1:4401",
            " 127.0.0.1:4401",
        ] {
            assert!(!guard.is_ours(foreign), "{foreign}");
        }
        let wide = Guard::new(([0, 0, 0, 0], 80).into());
        assert!(wide.is_ours("10.0.0.1") && wide.is_ours("10.0.0.1:80") && !wide.is_ours("evil.test"));
        assert!(wide.page().starts_with("http://127.0.0.1:80/?token="), "{}", wide.page());
    }

    #[test]
    fn a_ticket_is_good_once() {
        let guard = Guard::new(([127, 0, 0, 1], 1).into());
        let page = guard.ticket(7);
        let ticket = page.split_once("ticket=").and_then(|(_, rest)| rest.strip_suffix("#/7")).expect("a ticket");
        assert!(!guard.takes("") && !guard.takes(guard.token()) && guard.takes(ticket) && !guard.takes(ticket));
        let many: Vec<String> = (0..=TICKETS).map(|_| guard.ticket(7)).collect();
        let left = |page: &String| guard.takes(&page[page.find('=').expect("one") + 1..page.find('#').expect("one")]);
        assert!(!left(&many[0]) && left(&many[1]));
    }
}
