//! What has no cause that could be proved: a claim about it would be false.

use bytes::Bytes;
use hookctl::diagnosis::Effort;
use hookctl::model::Secret;
use proptest::prelude::*;

use super::causes;
use super::damages::PLAIN;
use super::signer::{Broken, SIGNERS, Signer};

/// Enough to try all that is likely; a search that finds nothing takes all it may, in a program that is not optimised.
const EFFORT: Effort = Effort { recomputations: 4_000, ..Effort::BRIEF };

/// What is changed, and how.
type Change = (&'static str, fn(&Signer) -> Broken);

/// Changes of meaning, and keys and signatures that nobody knows.
const CHANGES: [Change; 14] = [
    ("a letter", |s| meaning(s, &PLAIN.replace("evt_1", "evt_2"))),
    ("the case of a text", |s| meaning(s, &PLAIN.replace("a.b", "A.B"))),
    ("a number", |s| meaning(s, &PLAIN.replace("\"n\":12", "\"n\":13"))),
    ("the sign of a number", |s| meaning(s, &PLAIN.replace("\"n\":12", "\"n\":-12"))),
    ("a number that became a text", |s| meaning(s, &PLAIN.replace("\"n\":12", "\"n\":\"12\""))),
    ("a field less", |s| meaning(s, &PLAIN.replace("\"type\":\"a.b\",", ""))),
    ("a field more", |s| meaning(s, &PLAIN.replace("{\"id\"", "{\"livemode\":false,\"id\""))),
    ("the order of a list", |s| meaning(s, &PLAIN.replace("[1,2]", "[2,1]"))),
    ("the name of a key", |s| meaning(s, &PLAIN.replace("\"type\"", "\"event_type\""))),
    ("white space in a text", |s| meaning(s, &PLAIN.replace("Zoë /", "Zoë  /"))),
    ("a secret that nobody knows", |s| {
        let request = s.signed(PLAIN.as_bytes());
        let secrets = vec![hookctl::secrets::Secrets::fresh(&s.provider).public];
        Broken { secrets, ..s.broken(request) }
    }),
    ("that, and a newline", |s| {
        let mut request = s.signed(PLAIN.as_bytes());
        request.body = Bytes::from(format!("{PLAIN}\n"));
        let secrets = vec![hookctl::secrets::Secrets::fresh(&s.provider).public];
        Broken { secrets, ..s.broken(request) }
    }),
    ("a signature of something else", |s| {
        let mut request = s.signed(PLAIN.as_bytes());
        let other = s.signed(b"something else altogether");
        request.headers.set(&s.header(), other.headers.text(&s.header()).expect("a signature").to_owned());
        s.broken(request)
    }),
    ("the beginning of the right signature", |s| {
        let mut request = s.signed(PLAIN.as_bytes());
        let value = request.headers.text(&s.header()).expect("a signature").to_owned();
        let at = value.rfind(|c: char| !c.is_ascii_alphanumeric() && !"+/_-=".contains(c)).map_or(0, |at| at + 1);
        let at = value[at..].find('=').filter(|end| *end < 8).map_or(at, |end| at + end + 1);
        let short: String = value[at..].chars().take(16).collect();
        request.headers.set(&s.header(), format!("{}{short}", &value[..at]));
        s.broken(request)
    }),
];

/// The signed one is the usual one; this is captured.
fn meaning(signer: &Signer, captured: &str) -> Broken {
    assert_ne!(captured, PLAIN, "it is changed");
    let mut request = signer.signed(PLAIN.as_bytes());
    request.body = Bytes::copy_from_slice(captured.as_bytes());
    signer.broken(request)
}

#[test]
fn nothing_is_claimed_where_nothing_can_be_proved() {
    let mut cases = 0;
    let keyed = SIGNERS.iter().filter(|signer| signer.is_keyed()).take(4);
    for signer in keyed.chain(SIGNERS.iter().filter(|signer| signer.is_pair()).take(2)) {
        for (what, change) in CHANGES {
            let broken = change(signer);
            let found = broken.diagnose(EFFORT);
            let told = causes(&found);
            // A signature that was cut off cannot be read in some schemes, which is plain to see.
            let is_plain = told == ["header-malformed"] && what.starts_with("the beginning");
            assert!(told == ["no-match"] || is_plain, "{} {what}: {found:#?}", signer.provider.name);
            cases += 1;
        }
    }
    assert!(cases >= 60, "{cases}");
}

/// With all that a search may usually spend, and without any limit: nothing comes up that is not there.
#[test]
fn a_long_search_claims_no_more_than_a_short_one() {
    let signer = SIGNERS.iter().find(|signer| signer.provider.name == "slack").expect("slack");
    for (what, change) in [CHANGES[0], CHANGES[11]] {
        let broken = change(signer);
        let (short, usual) = (broken.diagnose(EFFORT), broken.diagnose(Effort::USUAL));
        assert_eq!(causes(&usual), ["no-match"], "{what}");
        assert!(usual.tried > short.tried && !short.complete, "{what}: {} and {}", usual.tried, short.tried);
    }
    let thorough = CHANGES[0].1(signer).diagnose(Effort::THOROUGH);
    assert!(thorough.complete && causes(&thorough) == ["no-match"], "{thorough:#?}");
}

/// A body as it was signed, and what came of it.
fn rewritten() -> impl Strategy<Value = (String, String, Option<&'static str>)> {
    let text = "[a-zA-Zé/<& ]{0,12}";
    (text, text, any::<u32>(), 0..8_usize).prop_map(|(one, two, number, damage)| {
        let compact = format!(r#"{{"one":"{one}","two":"{two}","n":{number}}}"#);
        let spaced = format!(r#"{{"one": "{one}", "two": "{two}", "n": {number}}}"#);
        let (captured, cause) = match damage {
            0 => (spaced, Some("body-reserialized")),
            1 => (format!("{compact}\n"), Some("body-newline-added")),
            2 => (format!("\u{feff}{compact}"), Some("body-bom")),
            3 => (format!("  {compact}\t"), Some("body-trimmed")),
            4 => (format!(r#"{{"n":{number},"one":"{one}","two":"{two}!"}}"#), None),
            5 => (spaced.replace("\"n\"", "\"m\""), None),
            6 => (compact.replace(&format!("{number}}}"), &format!("{}}}", u64::from(number) + 7)), None),
            _ => (compact.replace("\"one\":\"", "\"one\":\"x"), None),
        };
        (compact, captured, cause)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever the bodies and secrets: what is claimed is what was done, where the bodies part is where they part, and of
    /// what cannot be explained nothing is claimed.
    #[test]
    fn no_finding_is_ever_false(
        at in 0..6_usize,
        (signed, captured, cause) in rewritten(),
        secret in "[a-zA-Z0-9]{24}",
        is_quoted: bool,
    ) {
        let signers: Vec<&Signer> = SIGNERS.iter().filter(|signer| signer.has_text_key()).take(6).collect();
        let signer = signers[at % signers.len()];
        let mut request = signer.signed_with(secret.as_bytes(), signed.as_bytes());
        request.body = Bytes::from(captured.clone());
        let known = if is_quoted { format!("'{secret}'") } else { secret };
        let broken = Broken { secrets: vec![Secret::new(known)], ..signer.broken(request) };
        let found = broken.diagnose(Effort { recomputations: 2_000, ..Effort::BRIEF });
        let told = causes(&found);
        match cause {
            None => prop_assert_eq!(told, ["no-match"]),
            Some(cause) => {
                let wanted = if is_quoted { vec![cause, "secret-quoted"] } else { vec![cause] };
                prop_assert_eq!(told, wanted);
                let difference = found.findings[0].difference.as_ref().expect("two bodies");
                let parts = signed.bytes().zip(captured.bytes()).take_while(|(one, other)| one == other).count();
                prop_assert_eq!(difference.at, parts);
                // What is said to have been signed stands in what was signed.
                let shown = difference.signed.trim_end_matches('…');
                let written = signed.as_bytes().escape_ascii().to_string().replace("\\\"", "\"");
                prop_assert!(written.contains(shown), "{} in {}", shown, written);
            }
        }
    }
}
