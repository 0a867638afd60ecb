//! curl's options, as far as they are told apart here: those that make the request, those that only change how curl
//! goes about it (and are ignored), and those whose effect cannot be known (and are refused).

use super::CurlProblem;

/// What an option is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// `-X`
    Method,
    /// `-H`
    Header,
    /// `-d`, `--data-ascii`: a leading `@` names a file, whose line breaks are dropped.
    Data,
    /// `--data-raw`: nothing is special.
    DataRaw,
    /// `--data-binary`: a leading `@` names a file.
    DataBinary,
    /// `--data-urlencode`
    DataUrlencode,
    /// `--json`
    Json,
    /// `-G`
    Get,
    /// `-I`
    Head,
    /// `-u`
    User,
    /// `--oauth2-bearer`
    Bearer,
    /// `-A`
    UserAgent,
    /// `-e`
    Referer,
    /// `-b`
    Cookie,
    /// `-r`
    Range,
    /// `--url`
    Url,
    /// `--request-target`
    Target,
    /// `-g`: brackets and braces in the URL are themselves.
    Globoff,
    /// Nothing that the receiver sees.
    Ignored,
    /// The reason why it is refused.
    Refused(&'static str),
}

/// An option: its names, whether it takes a value, and its effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opt {
    short: Option<u8>,
    pub(super) long: &'static str,
    pub(super) takes_value: bool,
    pub(super) effect: Effect,
}

const fn with_value(short: &'static str, long: &'static str, effect: Effect) -> Opt {
    Opt { short: first(short), long, takes_value: true, effect }
}

const fn flag(short: &'static str, long: &'static str, effect: Effect) -> Opt {
    Opt { short: first(short), long, takes_value: false, effect }
}

const fn first(short: &'static str) -> Option<u8> {
    if short.is_empty() { None } else { Some(short.as_bytes()[0]) }
}

/// The options that matter.
const OPTIONS: &[Opt] = &[
    with_value("X", "request", Effect::Method),
    with_value("H", "header", Effect::Header),
    with_value("d", "data", Effect::Data),
    with_value("", "data-ascii", Effect::Data),
    with_value("", "data-raw", Effect::DataRaw),
    with_value("", "data-binary", Effect::DataBinary),
    with_value("", "data-urlencode", Effect::DataUrlencode),
    with_value("", "json", Effect::Json),
    with_value("u", "user", Effect::User),
    with_value("", "oauth2-bearer", Effect::Bearer),
    with_value("A", "user-agent", Effect::UserAgent),
    with_value("e", "referer", Effect::Referer),
    with_value("b", "cookie", Effect::Cookie),
    with_value("r", "range", Effect::Range),
    with_value("", "url", Effect::Url),
    with_value("", "request-target", Effect::Target),
    flag("G", "get", Effect::Get),
    flag("I", "head", Effect::Head),
    flag("g", "globoff", Effect::Globoff),
    with_value("F", "form", Effect::Refused("curl makes a new boundary each time, so the body is not known")),
    with_value("", "form-string", Effect::Refused("curl makes a new boundary each time, so the body is not known")),
    with_value("T", "upload-file", Effect::Refused("it sends a file, which is not opened")),
    with_value("K", "config", Effect::Refused("it reads options from a file, which is not opened")),
    with_value("", "variable", Effect::Refused("its value is not known")),
    with_value("", "url-query", Effect::Refused("write the query behind the URL")),
    with_value("", "aws-sigv4", Effect::Refused("it signs with the present time")),
    flag("", "digest", Effect::Refused("its header depends on the server")),
    flag("", "ntlm", Effect::Refused("its header depends on the server")),
    flag("", "negotiate", Effect::Refused("its header depends on the server")),
    flag(":", "next", Effect::Refused("write a command for each request")),
];

/// Flags that are ignored: short ones, and long ones.
const IGNORED_FLAGS: &[u8] = b"#012346BCJLMNORSVZafijklnpqsv";
const IGNORED_LONG_FLAGS: &[&str] = &[
    "anyauth",
    "basic",
    "cert-status",
    "compressed",
    "create-dirs",
    "disable",
    "disallow-username-in-url",
    "fail",
    "fail-early",
    "fail-with-body",
    "http0.9",
    "http1.0",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "ignore-content-length",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "list-only",
    "location",
    "location-trusted",
    "manual",
    "netrc",
    "netrc-optional",
    "no-buffer",
    "no-keepalive",
    "no-progress-meter",
    "no-sessionid",
    "parallel",
    "parallel-immediate",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "proxy-basic",
    "proxy-insecure",
    "proxytunnel",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "show-headers",
    "silent",
    "ssl",
    "ssl-allow-beast",
    "ssl-no-revoke",
    "ssl-reqd",
    "ssl-revoke-best-effort",
    "sslv2",
    "sslv3",
    "styled-output",
    "suppress-connect-headers",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "tr-encoding",
    "trace-ids",
    "trace-time",
    "verbose",
    "xattr",
];

/// Options with a value that are ignored: short ones, and long ones.
const IGNORED_VALUES: &[u8] = b"DEPQUYchmotwxyz";
const IGNORED_LONG_VALUES: &[&str] = &[
    "abstract-unix-socket",
    "alt-svc",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie-jar",
    "create-file-mode",
    "crlfile",
    "curves",
    "dns-interface",
    "dns-servers",
    "doh-url",
    "dump-header",
    "ech",
    "egd-file",
    "engine",
    "expect100-timeout",
    "happy-eyeballs-timeout-ms",
    "help",
    "hsts",
    "interface",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "local-port",
    "max-filesize",
    "max-redirs",
    "max-time",
    "netrc-file",
    "noproxy",
    "output",
    "output-dir",
    "parallel-max",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy",
    "proxy-cacert",
    "proxy-header",
    "proxy-user",
    "rate",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-hostname",
    "speed-limit",
    "speed-time",
    "stderr",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "trace",
    "trace-ascii",
    "trace-config",
    "unix-socket",
    "write-out",
];

/// The option with this long name, without its hyphens.
pub(super) fn long(name: &[u8]) -> Result<Opt, CurlProblem> {
    let unknown = || CurlProblem::UnknownOption { option: format!("--{}", String::from_utf8_lossy(name)) };
    let name = std::str::from_utf8(name).map_err(|_| unknown())?;
    if let Some(known) = OPTIONS.iter().find(|option| option.long == name) {
        return Ok(*known);
    }
    if let Some(long) = IGNORED_LONG_VALUES.iter().find(|long| **long == name) {
        return Ok(with_value("", long, Effect::Ignored));
    }
    let positive = name.strip_prefix("no-").unwrap_or(name);
    IGNORED_LONG_FLAGS
        .iter()
        .find(|long| **long == name || **long == positive)
        .map(|long| flag("", long, Effect::Ignored))
        .ok_or_else(unknown)
}

/// The option with this letter.
pub(super) fn short(letter: u8) -> Result<Opt, CurlProblem> {
    if let Some(known) = OPTIONS.iter().find(|option| option.short == Some(letter)) {
        Ok(*known)
    } else if IGNORED_FLAGS.contains(&letter) {
        Ok(flag("", "", Effect::Ignored))
    } else if IGNORED_VALUES.contains(&letter) {
        Ok(with_value("", "", Effect::Ignored))
    } else {
        Err(CurlProblem::UnknownOption { option: format!("-{}", char::from(letter)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        let longs = OPTIONS.iter().map(|option| option.long);
        let mut longs: Vec<_> = longs.chain(IGNORED_LONG_FLAGS.iter().chain(IGNORED_LONG_VALUES).copied()).collect();
        let shorts = OPTIONS.iter().filter_map(|option| option.short);
        let mut shorts: Vec<_> = shorts.chain(IGNORED_FLAGS.iter().chain(IGNORED_VALUES).copied()).collect();
        let counts = (longs.len(), shorts.len());
        longs.sort_unstable();
        longs.dedup();
        shorts.sort_unstable();
        shorts.dedup();
        assert_eq!((longs.len(), shorts.len()), counts);
    }

    #[test]
    fn options_are_found_by_either_name() {
        assert_eq!(long(b"data-raw").expect("known").effect, Effect::DataRaw);
        assert_eq!(short(b'd').expect("known").long, "data");
        assert!(!long(b"no-location").expect("known").takes_value);
        assert!(short(b'm').expect("known").takes_value);
        for name in [&b"dat"[..], b"", b"\xff", b"no-such"] {
            assert!(long(name).is_err(), "{name:?}");
        }
        assert!(short(b'?').is_err());
    }
}
