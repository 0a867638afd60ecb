//! Exports for others: credentials are gone, whatever they are called and whatever they look like.

use serde_json::{Map, Value, json};

use crate::support::{Sandbox, Wire};

/// Names that say that something is a credential, as headers and as query parameters have them.
const NAMES: [&str; 40] = [
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "Api-Key",
    "ApiKey",
    "X-Auth-Token",
    "X-Access-Token",
    "X-Refresh-Token",
    "X-Id-Token",
    "X-Csrf-Token",
    "X-Gitlab-Token",
    "Private-Token",
    "Job-Token",
    "X-Telegram-Bot-Api-Secret-Token",
    "X-Hook-Secret",
    "X-Client-Secret",
    "X-Secret-Key",
    "X-Amz-Security-Token",
    "X-Amz-Credential",
    "X-Goog-Channel-Token",
    "X-Vault-Token",
    "X-Shopify-Access-Token",
    "Ocp-Apim-Subscription-Key",
    "X-Functions-Key",
    "X-RapidAPI-Key",
    "X-Master-Key",
    "X-Session-Id",
    "X-Jwt",
    "X-User-Password",
    "X-DB-Passwd",
    "X-Passphrase",
    "X-Encryption-Key",
    "access_token",
    "client_secret",
    "password",
    "pwd",
    "api_key",
    "auth",
];

/// Credentials that are known by how they look.
fn shapes() -> Vec<String> {
    let rest = "A1b2C3d4E5f6G7h8I9j0";
    let mut shapes: Vec<String> = [
        "AKIA",
        "ASIA",
        "AIza",
        "ya29.",
        "GOCSPX-",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "xapp-",
        "sk_live_",
        "rk_live_",
        "whsec_",
        "shpat_",
        "shpss_",
        "sq0atp-",
        "SG.",
        "sk-ant-",
        "npm_",
        "pypi-",
        "dop_v1_",
        "dckr_pat_",
        "hf_",
        "hvs.",
        "lin_api_",
    ]
    .iter()
    .enumerate()
    .map(|(at, start)| format!("{start}{rest}{at:02}"))
    .collect();
    shapes.push("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2VjcmV0c2lnbmF0dXJl".to_owned());
    shapes.push("https://me:hunter2hunter2@db.example/".to_owned());
    shapes.push("postgres://admin:s3cr3tpassw0rd@db.example:5432/x".to_owned());
    shapes.push("-----BEGIN RSA PRIVATE KEY----- MIIEowIBAAKCAQEA1234567890".to_owned());
    shapes
}

/// What must not be left of one: all but what says which kind it is.
fn secret_part(shape: &str) -> &str {
    match shape.find("://") {
        Some(at) => &shape[at + 3..shape.find('@').expect("a user")],
        None => &shape[shape.len() - 16..],
    }
}

#[test]
fn sixty_kinds_of_credentials_are_masked_in_every_form_of_an_export() {
    let shapes = shapes();
    assert!(NAMES.len() + shapes.len() >= 60);
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let mut wire = Wire::to(listener.socket());
    let secret = |at: usize| format!("c4nary{at:02}value");
    let named: Vec<String> = NAMES.iter().enumerate().map(|(at, name)| format!("{name}: {}", secret(at))).collect();
    let query: Vec<String> = NAMES.iter().enumerate().map(|(at, name)| format!("{name}={}", secret(at))).collect();
    let shaped: Vec<String> =
        shapes.iter().enumerate().map(|(at, shape)| format!("X-Note-{at}: see {shape}")).collect();
    for headers in [&named, &shaped] {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let target = format!("/webhooks/stripe?{}", query.join("&"));
        assert_eq!(wire.post(&target, &headers, b"{}").reply().expect("an answer").status, 200);
    }
    listener.stop().exits(130);
    let lines: [&[&str]; 8] = [
        &["events", "export", "--redact"],
        &["events", "export", "--redact", "--format", "har"],
        &["events", "export", "--redact", "--format", "curl"],
        &["events", "export", "--redact", "--format", "hurl"],
        &["events", "export", "--anonymize"],
        &["events", "show", "1..2", "--http", "--redact"],
        &["events", "show", "1..2", "--curl", "--redact"],
        &["events", "show", "1..2", "--json", "--quiet"],
    ];
    for line in lines {
        let exported = sandbox.ok(line);
        let text = exported.stdout();
        // What is shown to its own user has the target as it is.
        let targets = line.contains(&"--redact") || line.contains(&"--anonymize");
        for (at, name) in NAMES.iter().enumerate().filter(|_| targets) {
            assert!(!text.contains(&secret(at)), "{name} is in {line:?}: {exported}");
        }
        for shape in &shapes {
            assert!(!text.contains(secret_part(shape)), "{shape} is in {line:?}: {exported}");
        }
    }
    // That is said where they are exported as they are.
    let told = sandbox.ok(["events", "export"]).stderr();
    assert!(told.contains("2 of 2 carry credentials"), "{told}");
}

#[test]
fn credentials_in_a_payload_are_gone_from_what_is_anonymised() {
    let sandbox = Sandbox::new();
    let listener = sandbox.listen::<_, &str>([]);
    let shapes = shapes();
    let notes: Map<String, Value> =
        shapes.iter().enumerate().map(|(at, shape)| (format!("note_{at}"), json!(shape))).collect();
    let event = json!({"id": "evt_1", "type": "customer.created", "data": {"object": notes, "list": shapes, "text": shapes.join(" and ")}});
    let url = listener.url("/webhooks/stripe");
    sandbox.write("event.json", event.to_string());
    sandbox.ok(["send", "stripe", "customer.created", "--data", "event.json", "--to", &url]);
    listener.stop().exits(130);
    let exported = sandbox.ok(["events", "export", "--anonymize"]);
    for shape in &shapes {
        assert!(!exported.stdout().contains(secret_part(shape)), "{shape}: {exported}");
    }
}
