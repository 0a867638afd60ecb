//! The forms of a request target (RFC 9112 section 3.2) and the form of Host.

use super::HeadError;
use super::grammar::is_target;

/// Accepts a path with an optional query, an `http` or `https` URL, and `*` with OPTIONS.
pub(super) fn check(method: &[u8], target: &[u8]) -> Result<(), HeadError> {
    if let Some(byte) = target.iter().find(|b| !is_target(**b)) {
        return Err(HeadError::TargetByte { byte: *byte });
    }
    // A fragment never travels: where one arrives, it is not clear what the path is.
    if target.contains(&b'#') {
        return Err(HeadError::TargetForm);
    }
    let good = match target {
        [b'/', ..] => true,
        b"*" => method == b"OPTIONS",
        _ => is_http_url(target),
    };
    if good { Ok(()) } else { Err(HeadError::TargetForm) }
}

fn is_http_url(target: &[u8]) -> bool {
    let after = |prefix: &[u8]| {
        let (scheme, rest) = target.split_at_checked(prefix.len())?;
        scheme.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    let Some(rest) = after(b"http://").or_else(|| after(b"https://")) else {
        return false;
    };
    let authority = rest.split(|b| matches!(b, b'/' | b'?')).next().unwrap_or(rest);
    !authority.is_empty() && !authority.starts_with(b":") && is_host(authority)
}

/// `name`, `name:port`, `[address]:port`; empty is allowed, since it is what a URL without authority gives.
pub(super) fn is_host(value: &[u8]) -> bool {
    let (name, port) = if value.starts_with(b"[") {
        let Some(close) = value.iter().position(|b| *b == b']') else {
            return false;
        };
        let inside = &value[1..close];
        let address = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'%' | b'-' | b'_' | b'~');
        if inside.is_empty() || !inside.iter().all(address) {
            return false;
        }
        (&b""[..], &value[close + 1..])
    } else {
        let colon = value.iter().position(|b| *b == b':').unwrap_or(value.len());
        value.split_at(colon)
    };
    let name_ok = name.iter().all(|b| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')')
            || matches!(b, b'*' | b'+' | b';' | b'=')
    });
    let port_ok = match port {
        [] => true,
        // Five digits hold every port.
        [b':', digits @ ..] => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    name_ok && port_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_target_is_known() {
        for (method, target) in [
            ("POST", "/"),
            ("POST", "//a"),
            ("GET", "/a?b={c|d}&e=\"f\""),
            ("GET", "http://h/p"),
            ("GET", "HTTPS://h:443?x"),
            ("GET", "http://[::1]:80/"),
            ("OPTIONS", "*"),
        ] {
            assert_eq!(check(method.as_bytes(), target.as_bytes()), Ok(()), "{method} {target}");
        }
        for (method, target) in [
            ("POST", "*"),
            ("GET", "a"),
            ("GET", "h:80"),
            ("GET", "http://"),
            ("GET", "http:///p"),
            ("GET", "http://:80/"),
            ("GET", "http://user@h/"),
            ("GET", "http://h:port/"),
            ("GET", "ftp://h/"),
            ("GET", "/a#b"),
            ("OPTIONS", "**"),
        ] {
            assert_eq!(check(method.as_bytes(), target.as_bytes()), Err(HeadError::TargetForm), "{method} {target}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses_with_a_port() {
        for host in ["", "x", "x:80", "x:", "127.0.0.1:4400", "[::1]", "[::1]:80", "a_b.example", "[fe80::1%25lo]:1"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in
            ["a b", "a/b", "a,b", "a@b", "a:b", "a:1:2", "a:123456", "[::1", "[]", "[::1]x", "a?b", "a#b", "é", "a\\b"]
        {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
