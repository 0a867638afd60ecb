//! The page itself: files that are part of the program, and nothing from elsewhere.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use super::Inspector;

const PAGE: &str = include_str!("assets/index.html");

/// Where the page says the token, which its script sends back with what changes something.
const TOKEN: &str = "{{token}}";

const FILES: [(&str, &str, &str); 9] = [
    ("inspector.css", "text/css; charset=utf-8", include_str!("assets/inspector.css")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("inspector.js", SCRIPT, include_str!("assets/inspector.js")),
    ("list.js", SCRIPT, include_str!("assets/list.js")),
    ("detail.js", SCRIPT, include_str!("assets/detail.js")),
    ("replay.js", SCRIPT, include_str!("assets/replay.js")),
    ("compare.js", SCRIPT, include_str!("assets/compare.js")),
    ("stats.js", SCRIPT, include_str!("assets/stats.js")),
    ("page.js", SCRIPT, include_str!("assets/page.js")),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The routes of this file.
pub(super) fn routes() -> [(&'static str, MethodRouter<Arc<Inspector>>); 2] {
    [("/", get(page)), ("/assets/{file}", get(file))]
}

async fn page(State(inspector): State<Arc<Inspector>>) -> Response {
    let page = PAGE.replacen(TOKEN, inspector.guard.token(), 1);
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

async fn file(Path(file): Path<String>) -> Response {
    match FILES.iter().find(|(name, _, _)| *name == file) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
