//! Two secrets at a time, while one takes the other's place: `send` signs with both where a scheme has room for two
//! signatures, be it in headers, a form or the body, and `verify` says which one matched.

use hookctl::model::Secret;
use hookctl::provider::{Catalog, Provider};
use hookctl::secrets::Secrets;
use hookctl::signature::KeyUse;

use crate::support::Sandbox;

/// The address that is signed where a scheme signs one.
const URL: &str = "https://receiver.example/webhooks";

/// Whether what `send` makes has room for a second signature.
fn has_room(provider: &Provider, secret: &Secret) -> bool {
    let mut sending =
        provider.definition.schemes().filter(|scheme| scheme.send && scheme.key(secret, KeyUse::Sign).is_ok());
    sending.next().is_some_and(|first| first.carrier.room() > 1)
}

#[test]
fn both_of_two_secrets_sign_and_either_verifies() {
    let sandbox = Sandbox::new();
    let mut told = Vec::new();
    for provider in Catalog::default().all().expect("sound providers") {
        let name = provider.name.as_str();
        if provider.definition.schemes().next().is_none() {
            continue;
        }
        let [new, old, other] = [(); 3].map(|()| Secrets::fresh(&provider));
        if !has_room(&provider, &new.private) {
            continue;
        }
        let file = |title: &str, secret: &Secret| {
            let path = format!("{name}.{title}");
            sandbox.write(&path, secret.expose());
            format!("file:{path}")
        };
        let (new_private, old_private) = (file("new", &new.private), file("old", &old.private));
        let event = provider.events()[0].clone();
        let request = sandbox.ok([
            "send",
            name,
            &event,
            "--to",
            URL,
            "--secret",
            &new_private,
            "--secret",
            &old_private,
            "--dry-run",
            "--format",
            "json",
        ]);
        sandbox.write("request.json", request.stdout());
        let index = |secrets: &[&str]| {
            let secrets = secrets.iter().flat_map(|secret| ["--secret", secret]);
            let line = ["verify", "request.json", "--provider", name, "--url", URL, "--json"].into_iter();
            let verdict = sandbox.hookctl(line.chain(secrets).collect::<Vec<_>>()).run().exits(0).object();
            assert_eq!(verdict["verdict"], "valid", "{name} {event}: {verdict}");
            verdict["secret_index"].clone()
        };
        let other = file("other", &other.public);
        assert_eq!(index(&[&file("new.public", &new.public)]), 0, "{name}");
        assert_eq!(index(&[&other, &file("old.public", &old.public)]), 1, "{name}");
        told.push(name.to_owned());
    }
    // A pair of headers, numbered ones, a list in a form field, a list in a header, pairs.
    for needed in ["box", "docusign", "braintree", "standard-webhooks", "stripe"] {
        assert!(told.iter().any(|name| name == needed), "{needed} has room for two: {told:?}");
    }
}
