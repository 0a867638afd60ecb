//! Where deliveries may go, whatever way an address is written: 120 URLs that have led other programs astray.
//!
//! What is judged is the address that is dialled. Names are not looked up here: what a name means at the moment of a call is
//! tried in `forward`.

use hookctl::config::HttpUrl;
use hookctl::http::client::{Destination, Reach};
use url::Host;

use crate::support::{Act, Sandbox, Upstream, Wire};

/// What becomes of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is this machine.
    Here,
    /// It is another machine, and called with `--allow-remote` alone.
    Remote,
    /// It is called by no listener: no receiver has such an address.
    Never,
    /// It is a name, which says nothing until it is looked up.
    Name,
    /// It is no URL that hookctl takes.
    NoUrl,
}

use Fate::{Here, Name, Never, NoUrl, Remote};

const URLS: [(&str, Fate); 132] = [
    // This machine, in all of its spellings.
    ("http://127.0.0.1:3000/", Here),
    ("http://127.0.0.1./", Here),
    ("http://127.1/", Here),
    ("http://127.0.1/", Here),
    ("http://2130706433/", Here),
    ("http://0x7f000001/", Here),
    ("http://0x7f.0.0.1/", Here),
    ("http://0x7f.1/", Here),
    ("http://0X7F.0X0.0X0.0X1/", Here),
    ("http://017700000001/", Here),
    ("http://0177.0.0.1/", Here),
    ("http://0177.1/", Here),
    ("http://0177.0x0.0.1/", Here),
    ("http://127.255.255.254/", Here),
    ("http://127.0.0.2/", Here),
    ("http://%31%32%37.0.0.1/", Here),
    ("http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", Here),
    ("http://127\u{3002}0\u{3002}0\u{3002}1/", Here),
    ("http://\u{2460}\u{2461}\u{2466}.0.0.1/", Here),
    ("http://[::1]/", Here),
    ("http://[0:0:0:0:0:0:0:1]/", Here),
    ("http://[0000:0000:0000:0000:0000:0000:0000:0001]/", Here),
    ("http://[::ffff:127.0.0.1]/", Here),
    ("http://[::ffff:7f00:1]/", Here),
    ("http://[::FFFF:7F00:0001]/", Here),
    ("http://localhost/", Here),
    ("http://LOCALHOST/", Here),
    ("http://localhost./", Here),
    ("http://app.localhost/", Here),
    ("http://loc%61lhost/", Here),
    ("http://\u{24db}ocalhost/", Here),
    ("http://lo\u{ad}calhost/", Here),
    ("HTTP://127.0.0.1/", Here),
    ("https://127.0.0.1/", Here),
    // Other machines.
    ("http://192.0.2.1/", Remote),
    ("http://10.0.0.1/", Remote),
    ("http://172.16.0.1/", Remote),
    ("http://192.168.1.1/", Remote),
    ("http://8.8.8.8/", Remote),
    ("http://128.0.0.1/", Remote),
    ("http://126.255.255.255/", Remote),
    ("http://3221225985/", Remote),
    ("http://0xC0000201/", Remote),
    ("http://0300.0.2.1/", Remote),
    ("http://192.0.513/", Remote),
    ("http://[2001:db8::1]/", Remote),
    ("http://[fd12:3456:789a::1]/", Remote),
    ("http://[fc00::1]/", Remote),
    ("http://[2606:4700::1111]/", Remote),
    ("http://[::2]:80/", Never),
    // The link, where clouds keep their secrets.
    ("http://169.254.169.254/latest/meta-data/", Never),
    ("http://169.254.169.254./", Never),
    ("http://2852039166/", Never),
    ("http://0xa9fea9fe/", Never),
    ("http://0xa9.0xfe.0xa9.0xfe/", Never),
    ("http://025177524776/", Never),
    ("http://0251.0376.0251.0376/", Never),
    ("http://169.254.43518/", Never),
    ("http://169.16689662/", Never),
    ("http://\u{ff11}69.254.169.254/", Never),
    ("http://169\u{3002}254\u{3002}169\u{3002}254/", Never),
    ("http://169.254.0.1/", Never),
    ("http://169.254.170.2/v2/credentials", Never),
    ("http://169.254.170.23/", Never),
    ("http://100.100.100.200/latest/meta-data/", Never),
    ("http://168.63.129.16/", Never),
    ("http://192.0.0.192/", Never),
    ("http://[fe80::1]/", Never),
    ("http://[fe80::a9fe:a9fe]/", Never),
    ("http://[febf::1]/", Never),
    ("http://[fec0::1]/", Never),
    ("http://[fd00:ec2::254]/", Never),
    ("http://[fd00:ec2::23]/", Never),
    ("http://[fd00:0ec2:0:0:0:0:0:0254]/", Never),
    ("http://[fd20:ce::254]/", Never),
    ("http://[fd00:c1::a9fe:a9fe]/", Never),
    // An IPv4 address in other clothes.
    ("http://[::ffff:169.254.169.254]/", Never),
    ("http://[::ffff:a9fe:a9fe]/", Never),
    ("http://[::ffff:10.0.0.1]/", Never),
    ("http://[::ffff:8.8.8.8]/", Never),
    ("http://[::ffff:0.0.0.0]/", Never),
    ("http://[::169.254.169.254]/", Never),
    ("http://[::7f00:1]/", Never),
    ("http://[::ffff:0:127.0.0.1]/", Never),
    ("http://[::ffff:0:a9fe:a9fe]/", Never),
    ("http://[64:ff9b::169.254.169.254]/", Never),
    ("http://[64:ff9b::7f00:1]/", Never),
    ("http://[64:ff9b:1::7f00:1]/", Never),
    ("http://[2002:7f00:1::]/", Never),
    ("http://[2002:a9fe:a9fe::1]/", Never),
    ("http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", Never),
    ("http://[2001::1]/", Never),
    ("http://[2001:db8::5efe:7f00:1]/", Never),
    ("http://[2001:db8::200:5efe:a9fe:a9fe]/", Never),
    // Nobody, and everybody.
    ("http://0.0.0.0/", Never),
    ("http://0/", Never),
    ("http://0x0/", Never),
    ("http://00/", Never),
    ("http://0.1.2.3/", Never),
    ("http://[::]/", Never),
    ("http://[0:0:0:0:0:0:0:0]/", Never),
    ("http://224.0.0.1/", Never),
    ("http://239.255.255.255/", Never),
    ("http://240.0.0.1/", Never),
    ("http://255.255.255.255/", Never),
    ("http://4294967295/", Never),
    ("http://[ff02::1]/", Never),
    ("http://[ff0e::1]/", Never),
    // Names that look like something else.
    ("http://localhost.example.com/", Name),
    ("http://127.0.0.1.example.com/", Name),
    ("http://notlocalhost/", Name),
    ("http://localhost.localdomain/", Name),
    ("http://xn--lcalhost-n4a/", Name),
    ("http://l\u{43e}calhost/", Name),
    // What is no URL, or two at once.
    ("http://127.0.0.1@192.0.2.1/", NoUrl),
    ("http://192.0.2.1@127.0.0.1/", NoUrl),
    ("http://user:pass@127.0.0.1/", NoUrl),
    ("http://127.0.0.1:80@192.0.2.1:80/", NoUrl),
    ("http://127.0.0.1\\@192.0.2.1/", Here),
    ("http:\\\\192.0.2.1/", NoUrl),
    ("http://127.0.0.1\t/", NoUrl),
    ("ht\ntp://127.0.0.1/", NoUrl),
    ("http://127.0.0.1 192.0.2.1/", NoUrl),
    ("http://[::1%25lo]/", NoUrl),
    ("http://[fe80::1%eth0]/", NoUrl),
    ("http://256.0.0.1/", NoUrl),
    ("http://127.0.0.0x100/", NoUrl),
    ("http://127.0.0.1:99999/", NoUrl),
    ("file:///etc/passwd", NoUrl),
    ("gopher://127.0.0.1/", NoUrl),
    ("//127.0.0.1/", NoUrl),
    ("http://%00127.0.0.1/", NoUrl),
];

fn fate(text: &str) -> Fate {
    let Ok(url) = text.parse::<HttpUrl>() else { return NoUrl };
    let ip: std::net::IpAddr = match url.url().host().expect("it has one") {
        Host::Ipv4(ip) => ip.into(),
        Host::Ipv6(ip) => ip.into(),
        // What is dialled for such a name is this machine, and checked like any other.
        Host::Domain(_) => return if url.is_loopback() { Here } else { Name },
    };
    let allows = |reach| Destination::within(reach).check((ip, 80).into()).is_ok();
    let fate = match (allows(Reach::Loopback), allows(Reach::Remote)) {
        (true, true) => Here,
        (false, true) => Remote,
        (false, false) => Never,
        (true, false) => panic!("{text}: less is reached where more is allowed"),
    };
    // What a project file may name without being trusted is what is called without a flag.
    assert_eq!(url.is_loopback(), fate == Here, "{text}");
    fate
}

#[test]
fn every_address_is_judged_by_what_is_dialled_however_it_is_written() {
    assert!(URLS.len() >= 120);
    let wrong: Vec<_> = URLS.iter().filter(|(url, expected)| fate(url) != *expected).collect();
    let found: Vec<_> =
        wrong.iter().map(|(url, expected)| format!("{url} is {:?}, not {expected:?}", fate(url))).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_may_not_be_called_is_refused_before_anything_listens() {
    // One of each kind: the whole table would start the binary too often.
    let sandbox = Sandbox::new();
    for (flags, url, code) in [
        (&[][..], "http://192.0.2.1/", 2),
        (&[], "http://0xC0000201/", 2),
        (&[], "http://169.254.169.254/", 2),
        (&[], "http://[::ffff:169.254.169.254]/", 2),
        (&[], "http://0/", 2),
        (&["--allow-remote"], "http://2852039166/", 2),
        (&["--allow-remote"], "http://[64:ff9b::7f00:1]/", 2),
        (&["--allow-remote"], "http://[2001::1]/", 2),
        (&["--allow-remote"], "http://100.100.100.200/", 2),
        (&[], "http://127.0.0.1@192.0.2.1/", 2),
        (&[], "http://2130706433:9/", 0),
        (&[], "http://127.0.0.1\\@192.0.2.1/", 0),
    ] {
        let line = ["listen", "--bind", "127.0.0.1:0", "--no-ui", "--for", "1ms", "--forward-to", url];
        sandbox.hookctl(line.iter().chain(flags)).run().exits(code);
    }
}

#[test]
fn no_answer_of_a_target_sends_a_delivery_elsewhere() {
    for status in [301, 302, 303, 307, 308] {
        let (sandbox, app, elsewhere) = (Sandbox::new(), Upstream::new(), Upstream::new());
        let head = format!("HTTP/1.1 {status} X\r\nLocation: {}\r\nRefresh: 0; url={0}\r\n", elsewhere.url("/"));
        app.acts(Act::Say(format!("{head}Content-Length: 0\r\n\r\n").into_bytes()));
        let mut listener = sandbox.listen(["--forward-to", &app.url("/")]);
        let reply = Wire::to(listener.socket()).post("/x", &[], b"x").reply().expect("an answer");
        assert_eq!(reply.status, status, "it is the target's answer, and the sender's");
        listener.delivery();
        drop(listener);
        sandbox.hookctl(["replay", "latest", "--to", &app.url("/"), "--yes"]).run().exits(1);
        let load = ["load", &app.url("/webhooks/stripe"), "--requests", "3", "--probe-url", &app.url("/count"), "-q"];
        sandbox.hookctl(load).run();
        assert!(app.all().len() >= 2 + 3, "it was asked");
        assert!(elsewhere.all().is_empty(), "{status} was followed");
    }
}
