//! Every route against every way in which somebody else may ask: a page of another site, a name that was rebound, a program
//! that does not know the token.

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use hyper::service::Service;

use super::desk::{Answer, Desk, Lesson, Listed, Replay, Replayed, Wanted, Whole, desk};
use super::*;
use crate::error::Failure;
use crate::json::diff::Diff;
use crate::json::stats::StatsObject;
use crate::provider::Catalog;
use crate::store::IN_MEMORY;

/// Knows nothing, and says so.
struct Nothing;

fn nothing<T>() -> Answer<T> {
    Err(Failure::usage("nothing is known"))
}

impl Desk for Nothing {
    fn list(&self, _: &Wanted) -> Answer<Listed> {
        Ok(Listed { deliveries: Vec::new(), next: None, note: None })
    }
    fn delivery(&self, _: i64) -> Answer<Whole> {
        nothing()
    }
    fn lesson(&self, _: i64) -> Answer<Lesson> {
        Ok(Lesson { lines: Vec::new() })
    }
    fn body(&self, _: i64) -> Answer<Bytes> {
        Ok(Bytes::from_static(b"<script>alert(1)</script>"))
    }
    fn curl(&self, _: i64) -> Answer<String> {
        Ok("curl".to_owned())
    }
    fn diff(&self, _: i64, _: i64) -> Answer<Diff> {
        nothing()
    }
    fn stats(&self, _: &Wanted) -> Answer<StatsObject> {
        nothing()
    }
    fn replay(&self, _: i64, _: Replay) -> Answer<Replayed> {
        Ok(Replayed { deliveries: Vec::new(), attempts: Vec::new() })
    }
}

/// An inspector that nobody reaches over a network.
struct Served {
    service: TowerToHyperService<Router>,
    guard: Arc<Guard>,
    asker: Asker,
}

impl Served {
    fn new() -> Self {
        let (asker, questions) = desk();
        std::thread::spawn(move || questions.answer(&Nothing));
        let guard = Arc::new(Guard::new(([127, 0, 0, 1], 4401).into()));
        let secrets = crate::secrets::Secrets {
            data_folder: None,
            env: Vec::new(),
            config: std::collections::BTreeMap::new(),
            current_folder: std::path::PathBuf::new(),
            certificates_at: None,
        };
        let inspector = Inspector {
            catalog: Arc::new(Catalog::new(std::collections::BTreeMap::new(), std::collections::BTreeMap::new())),
            secrets: Arc::new(secrets),
            certificate: None,
            healthy: Box::new(|| true),
            metrics: Box::new(String::new),
            guard: guard.clone(),
            desk: asker.clone(),
            store: Arc::new(Store::open(std::path::Path::new(IN_MEMORY)).expect("a store in memory")),
            pages: Inspector::places(),
        };
        Self { service: TowerToHyperService::new(router(Arc::new(inspector))), guard, asker }
    }

    async fn answer(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from("{}")).expect("a request");
        self.service.call(request).await.expect("it never fails").into_response()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.asker.end();
    }
}

/// The paths of all guarded routes, and two where nothing is.
fn paths() -> Vec<String> {
    let routes = assets::routes().into_iter().chain(api::routes()).map(|(path, _)| path);
    let filled = |path: &str| {
        path.replace("{number}", "1").replace("{old}", "1").replace("{new}", "2").replace("{file}", "page.js")
    };
    routes.chain(["/nothing", "/api"]).map(filled).collect()
}

/// The ways in which somebody may ask: which of them are to be answered follows from each alone.
mod ways {
    pub(super) const HOSTS: [(&str, bool); 7] = [
        ("127.0.0.1:4401", true),
        ("localhost:4401", true),
        ("[::1]:4401", true),
        ("rebound.test:4401", false),
        ("127.0.0.1:4400", false),
        ("127.0.0.1", false),
        ("localhost.rebound.test:4401", false),
    ];
    pub(super) const ORIGINS: [Option<&str>; 6] = [
        None,
        Some("own"),
        Some("null"),
        Some("http://rebound.test:4401"),
        Some("http://127.0.0.1:3000"),
        Some("https://127.0.0.1:4401"),
    ];
    pub(super) const SITES: [(Option<&str>, bool); 5] = [
        (None, true),
        (Some("none"), true),
        (Some("same-origin"), true),
        (Some("same-site"), false),
        (Some("cross-site"), false),
    ];
    pub(super) const KINDS: [(Option<&str>, bool); 4] = [
        (None, false),
        (Some("application/json; charset=utf-8"), true),
        (Some("text/plain"), false),
        (Some("application/x-www-form-urlencoded"), false),
    ];
    pub(super) const METHODS: [(&str, bool); 4] = [("GET", true), ("HEAD", true), ("POST", false), ("OPTIONS", false)];
}

/// A method, headers, and whether such a request is to be answered.
type Way = (Method, Vec<(&'static str, String)>, bool);

/// Every way that is wrong in one thing at most.
fn all_ways(token: &str) -> Vec<Way> {
    let (cookie, stale) =
        (format!("a=b; hookctl-4401={token}"), format!("hookctl-4402={token}; hookctl-4401=0{token}"));
    let tokens = [
        (None, false, false),
        (Some(("cookie", cookie)), true, false),
        (Some(("cookie", stale)), false, false),
        (Some((guard::TOKEN_HEADER, token.to_owned())), true, true),
        (Some((guard::TOKEN_HEADER, "0".to_owned())), false, false),
    ];
    let mut all = Vec::new();
    for (method, reads) in ways::METHODS {
        for (host, is_ours) in ways::HOSTS {
            for (origin, (site, is_near)) in ways::ORIGINS.iter().flat_map(|one| ways::SITES.map(|site| (one, site))) {
                for ((presented, lets_read, lets_write), (kind, is_json)) in
                    tokens.iter().flat_map(|one| ways::KINDS.map(|kind| (one, kind)))
                {
                    let own = format!("http://{host}");
                    let origin = origin.map(|origin| if origin == "own" { own.clone() } else { origin.to_owned() });
                    let is_own = origin.as_ref().is_none_or(|origin| *origin == own);
                    let lets = if reads { *lets_read } else { *lets_write && is_json };
                    if [is_ours, is_near, is_own, lets].iter().filter(|right| !**right).count() > 1 {
                        continue;
                    }
                    let mut headers = vec![("host", host.to_owned())];
                    headers.extend(origin.map(|origin| ("origin", origin)));
                    headers.extend(site.map(|site| ("sec-fetch-site", site.to_owned())));
                    headers.extend(kind.map(|kind| ("content-type", kind.to_owned())));
                    headers.extend(presented.clone());
                    let method = method.parse().expect("a method");
                    all.push((method, headers, is_ours && is_near && is_own && lets));
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn nobody_else_is_answered_by_any_route() {
    let served = Served::new();
    let ways = all_ways(served.guard.token());
    for path in paths() {
        for (method, headers, allowed) in &ways {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = served.answer(method.clone(), &path, &headers).await;
            let status = answer.status().as_u16();
            assert_eq!(![421, 403, 401, 415].contains(&status), *allowed, "{method} {path} {headers:?}: {status}");
            let shares = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
            assert!(!shares, "{method} {path} {headers:?}");
        }
    }
    assert!(ways.iter().any(|(_, _, allowed)| *allowed) && ways.len() > 60);
}

#[tokio::test]
async fn whatever_is_answered_no_other_page_can_use_it() {
    let served = Served::new();
    let token = served.guard.token().to_owned();
    for path in paths() {
        for token in [token.as_str(), "wrong"] {
            let headers = [("host", "127.0.0.1:4401"), (guard::TOKEN_HEADER, token)];
            let answer = served.answer(Method::GET, &path, &headers).await;
            let header =
                |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let policy = header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert!(!policy.contains("unsafe") && policy.contains("require-trusted-types-for 'script'"), "{policy}");
            assert_eq!((header("x-content-type-options"), header("cache-control")), ("nosniff", "no-store"), "{path}");
            assert_eq!(
                (header("referrer-policy"), header("cross-origin-resource-policy")),
                ("no-referrer", "same-origin")
            );
        }
    }
    let headers = [("host", "127.0.0.1:4401"), (guard::TOKEN_HEADER, &*token)];
    let body = served.answer(Method::GET, "/api/deliveries/1/body", &headers).await;
    assert_eq!(body.headers()["content-type"], "application/octet-stream");
    assert!(body.headers()["content-disposition"].to_str().is_ok_and(|how| how.starts_with("attachment")));
}

#[tokio::test]
async fn the_token_opens_the_page_and_leaves_the_address() {
    let served = Served::new();
    let host = [("host", "127.0.0.1:4401")];
    let token = served.guard.token().to_owned();
    let opened = served.answer(Method::GET, &format!("/?token={token}"), &host).await;
    assert_eq!((opened.status().as_u16(), opened.headers()["location"].as_bytes()), (303, &b"/"[..]));
    let cookie = opened.headers()["set-cookie"].to_str().expect("text");
    assert_eq!(cookie, format!("hookctl-4401={token}; HttpOnly; SameSite=Strict; Path=/"));
    let ticket = served.guard.ticket(12);
    let path = ticket.trim_start_matches("http://127.0.0.1:4401").trim_end_matches("#/12");
    assert_eq!(served.answer(Method::GET, path, &host).await.status(), 303);
    assert_eq!(served.answer(Method::GET, path, &host).await.status(), 401, "once");
    for wrong in [
        "/?token=",
        "/?token=0",
        "/?ticket=",
        "/",
        &format!("/api/live?token={token}"),
        &format!("/?x=1&token={token}"),
    ] {
        assert_eq!(served.answer(Method::GET, wrong, &host).await.status(), 401, "{wrong}");
    }
    assert_eq!(served.answer(Method::POST, &format!("/?token={token}"), &host).await.status(), 401);
    let rebound = [("host", "rebound.test:4401")];
    assert_eq!(served.answer(Method::GET, &format!("/?token={token}"), &rebound).await.status(), 421);
    let elsewhere = [("host", "127.0.0.1:4401"), ("sec-fetch-site", "cross-site")];
    assert_eq!(served.answer(Method::GET, &format!("/?token={token}"), &elsewhere).await.status(), 403);
}

#[tokio::test]
async fn so_many_pages_may_look_on_and_each_is_told_at_once() {
    let served = Served::new();
    let token = served.guard.token().to_owned();
    let headers = [("host", "localhost:4401"), (guard::TOKEN_HEADER, &*token)];
    let mut open = Vec::new();
    for _ in 0..live::PAGES {
        let page = served.answer(Method::GET, "/api/live", &headers).await;
        assert_eq!(page.status(), 200);
        open.push(page);
    }
    assert_eq!(served.answer(Method::GET, "/api/live", &headers).await.status(), 503);
    open.pop();
    assert_eq!(served.answer(Method::GET, "/api/live", &headers).await.status(), 200);
}
