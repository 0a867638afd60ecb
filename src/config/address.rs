//! Addresses that a key may hold: to listen on, and to call.
//!
//! Apart from the other values, because these decide whether hookctl stays on this machine. No name is looked up here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::error::ValueError;
use super::value::{Folders, Given, Problem, Value, text};
use crate::model::localhost::is_localhost;

impl Value for SocketAddr {
    const WANTED: &'static str = "an address such as \"127.0.0.1:4400\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let text = text(given)?;
        let not_an_address = || ValueError::NotAnAddress(text.to_owned());
        match text.strip_prefix("localhost:") {
            // A name that every machine has, and that must not depend on a name server.
            Some(port) => Ok((Ipv4Addr::LOCALHOST, port.parse().map_err(|_| not_an_address())?).into()),
            None => text.parse().map_err(|_| not_an_address().into()),
        }
    }

    fn needs_trust(&self) -> bool {
        !is_loopback(self.ip())
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Where the inspector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InspectorAddress {
    /// There is none.
    Off,
    /// It listens here.
    At(SocketAddr),
}

impl Value for InspectorAddress {
    const WANTED: &'static str = "an address such as \"127.0.0.1:4401\", or \"off\"";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        if text(given)? == "off" { Ok(Self::Off) } else { SocketAddr::read(given, folders).map(Self::At) }
    }

    fn needs_trust(&self) -> bool {
        matches!(self, Self::At(address) if address.needs_trust())
    }
}

/// An `http` or `https` URL without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    written: String,
    url: Url,
}

impl HttpUrl {
    /// Exactly as it was written. Signatures over URLs need this one.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// As the URL standard reads it.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the host is an address of another machine. Of a name nobody can say before it is looked up.
    pub fn is_elsewhere(&self) -> bool {
        !matches!(self.url.host(), Some(Host::Domain(_))) && !self.is_loopback()
    }

    /// Whether the host is this machine, by name or address; no name is looked up.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(ip)) => is_loopback(ip.into()),
            Some(Host::Ipv6(ip)) => is_loopback(ip.into()),
            Some(Host::Domain(name)) => is_localhost(name),
            None => false,
        }
    }
}

impl std::str::FromStr for HttpUrl {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(ValueError::UrlWithCredentials);
        }
        let not_a_url = || ValueError::NotAUrl(text.to_owned());
        // The URL standard drops these silently, so that what is shown would not be what is called.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(not_a_url());
        }
        let url = Url::parse(text).map_err(|_| not_a_url())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ValueError::UrlWithCredentials);
        }
        // `http:example.com` is a URL to the standard and a slip of the pen to a person.
        if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
            return Err(not_a_url());
        }
        Ok(Self { written: text.to_owned(), url })
    }
}

impl Value for HttpUrl {
    const WANTED: &'static str = "a URL";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        Ok(text(given)?.parse::<Self>()?)
    }
}

impl Value for Vec<HttpUrl> {
    const WANTED: &'static str = "a URL or a list of URLs";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        let urls: Self = match given {
            // A variable holds several with spaces between them, which no URL contains.
            Given::Words(words) => {
                words.iter().flat_map(|word| word.split_whitespace()).map(str::parse).collect::<Result<_, _>>()?
            }
            Given::List(items) => items.iter().map(|item| HttpUrl::read(item, folders)).collect::<Result<_, _>>()?,
            one => vec![HttpUrl::read(one, folders)?],
        };
        if urls.is_empty() { Err(ValueError::Blank.into()) } else { Ok(urls) }
    }

    fn shown(&self) -> Option<String> {
        Some(self.iter().map(HttpUrl::as_str).collect::<Vec<_>>().join(", "))
    }

    fn needs_trust(&self) -> bool {
        !self.iter().all(HttpUrl::is_loopback)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read<T: Value>(given: &Given) -> Result<T, Problem> {
        T::read(given, Folders { base: Path::new("/base"), home: None })
    }

    fn toml<T: Value>(text: &str) -> Result<T, Problem> {
        read(&Given::Text(text.to_owned()))
    }

    fn words<T: Value>(words: &[&str]) -> Result<T, Problem> {
        read(&Given::Words(words.iter().map(|w| (*w).to_owned()).collect()))
    }

    #[test]
    fn addresses_are_numbers_or_localhost() {
        for (written, loopback) in [
            ("127.0.0.1:4400", true),
            ("127.9.9.9:0", true),
            ("localhost:80", true),
            ("[::1]:4400", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:4400", false),
            ("[::]:4400", false),
            ("192.0.2.1:1", false),
        ] {
            let address: SocketAddr = toml(written).expect(written);
            assert_eq!(!address.needs_trust(), loopback, "{written}");
        }
        for written in ["", "4400", "127.0.0.1", "127.0.0.1:99999", "example.com:80", "localhost:x"] {
            assert!(matches!(toml::<SocketAddr>(written), Err(Problem::Bad(_))), "{written}");
        }
        assert_eq!(toml::<InspectorAddress>("off"), Ok(InspectorAddress::Off));
        assert!(!InspectorAddress::Off.needs_trust());
    }

    #[test]
    fn urls_are_http_without_credentials_and_stay_as_written() {
        for (written, loopback) in [
            ("http://127.0.0.1:3000/hook", true),
            ("https://LOCALHOST", true),
            ("http://app.localhost./x", true),
            ("http://[::1]:1/", true),
            ("http://2130706433/", true),
            ("http://example.com", false),
            ("http://localhost.example.com/", false),
            ("http://0.0.0.0/", false),
        ] {
            let url: HttpUrl = written.parse().expect(written);
            assert_eq!(url.as_str(), written);
            assert_eq!(url.is_loopback(), loopback, "{written}");
        }
        for written in ["", "localhost:3000", "ftp://x/", "http://", "http:x", "http://a b/", "http://a/\n", "/x"] {
            assert_eq!(written.parse::<HttpUrl>(), Err(ValueError::NotAUrl(written.to_owned())));
        }
        for written in ["http://u:pw@x/", "ftp://u:pw@x", "http://u@x", "u:pw@x"] {
            assert_eq!(written.parse::<HttpUrl>(), Err(ValueError::UrlWithCredentials), "{written}");
        }
    }

    #[test]
    fn several_urls_come_as_a_list_or_with_spaces_or_from_repeated_flags() {
        let count = |urls: Result<Vec<HttpUrl>, Problem>| urls.map(|urls| urls.len());
        assert_eq!(count(toml("http://a/")), Ok(1));
        assert_eq!(count(words(&["http://a/ http://b/"])), Ok(2));
        assert_eq!(count(words(&["http://a/", "http://b/"])), Ok(2));
        let list = Given::List(vec![Given::Text("http://a/".to_owned()), Given::Text("http://b/".to_owned())]);
        assert_eq!(count(read(&list)), Ok(2));
        assert_eq!(count(read(&Given::List(Vec::new()))), Err(ValueError::Blank.into()));
        assert_eq!(count(read(&Given::List(vec![Given::Integer(1)]))), Err(Problem::WrongType { found: "a number" }));
    }
}
