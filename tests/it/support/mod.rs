//! What the tests stand on: the binary in a sandbox, a client and receivers that do as they are told.

pub(crate) mod crowd;
pub(crate) mod files;
pub(crate) mod hookctl;
pub(crate) mod receiver;
pub(crate) mod running;
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod tls_crowd;
pub(crate) mod upstream;
pub(crate) mod wire;

pub(crate) use hookctl::{Ran, Sandbox, announced, signal, try_announced};
pub(crate) use receiver::{Answer, Nobody, Peer, Receiver, Reply};
pub(crate) use running::Listener;
pub(crate) use terminal::Terminal;
pub(crate) use upstream::{Act, Upstream};
pub(crate) use wire::Wire;

/// How long a wait that should end at once may last before the test is called stuck. It is no measure of speed: nothing
/// passes or fails by being faster than this.
pub(crate) const STUCK: std::time::Duration = std::time::Duration::from_mins(2);

/// Of the built-in providers that sign, one for each way of signing: all of them would take a test that runs the binary too long.
pub(crate) fn one_of_each_way() -> Vec<std::sync::Arc<::hookctl::provider::Provider>> {
    let mut known = std::collections::BTreeSet::new();
    let mut chosen = ::hookctl::provider::Catalog::default().all().expect("sound providers");
    chosen.retain(|provider| {
        let way: Vec<String> = provider
            .definition
            .schemes()
            .map(|scheme| {
                let time =
                    scheme.timestamp.as_ref().map(|rule| (rule.header.is_some(), rule.json.is_some(), rule.unit));
                let (content, form) = (scheme.content.as_str(), scheme.carrier.form);
                format!("{:?} {:?} {form:?} {content} {time:?} {:?}", scheme.kind, scheme.encoding(), scheme.key.decode)
            })
            .collect();
        !way.is_empty() && known.insert(way)
    });
    chosen
}

/// The connections that a listener takes, for ever. One that cannot be taken now is taken later: other tests of this process may
/// have all its descriptors for a moment, and a receiver that stopped listening then would fail a test that is not about it.
pub(crate) fn connections(listener: &std::net::TcpListener) -> impl Iterator<Item = std::net::TcpStream> {
    listener.incoming().filter_map(|taken| taken.inspect_err(|_| std::thread::yield_now()).ok())
}

/// Says what something took, to whoever asks with `--nocapture` (`.ci/full times`). Nothing passes or fails by it.
#[expect(clippy::print_stderr, reason = "a measurement is for a person, and no part of a test's verdict")]
pub(crate) fn measured(what: std::fmt::Arguments<'_>, took: std::time::Duration) {
    eprintln!("measured: {what}: {took:.1?}");
}
