//! What the page asks for, and what it has done: questions to the desk, answers in JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;

use super::Inspector;
use super::desk::{Answer, Replay, Wanted};
use super::live::live;
use crate::error::Failure;
use crate::exit::Exit;

/// The longest edited request: what can be edited, with the escapes that JSON needs.
const LONGEST: usize = 8 << 20;

/// The routes of this file. All that is below `/api/` is here.
pub(super) fn routes() -> [(&'static str, MethodRouter<Arc<Inspector>>); 9] {
    [
        ("/api/deliveries", get(list)),
        ("/api/deliveries/{number}", get(delivery)),
        ("/api/deliveries/{number}/lesson", get(lesson)),
        ("/api/deliveries/{number}/body", get(body)),
        ("/api/deliveries/{number}/curl", get(curl)),
        ("/api/deliveries/{number}/replay", post(replay).layer(DefaultBodyLimit::max(LONGEST))),
        ("/api/diff/{old}/{new}", get(diff)),
        ("/api/stats", get(stats)),
        ("/api/live", get(live)),
    ]
}

async fn list(State(inspector): State<Arc<Inspector>>, Query(wanted): Query<Wanted>) -> Response {
    json(inspector.desk.ask(move |desk| desk.list(&wanted)).await)
}

async fn delivery(State(inspector): State<Arc<Inspector>>, Path(number): Path<i64>) -> Response {
    json(inspector.desk.ask(move |desk| desk.delivery(number)).await)
}

async fn lesson(State(inspector): State<Arc<Inspector>>, Path(number): Path<i64>) -> Response {
    json(inspector.desk.ask(move |desk| desk.lesson(number)).await)
}

/// As a file: whatever a sender wrote, no browser takes it for a page of this address.
async fn body(State(inspector): State<Arc<Inspector>>, Path(number): Path<i64>) -> Response {
    match inspector.desk.ask(move |desk| desk.body(number)).await {
        Ok(body) => {
            let name = format!("attachment; filename=\"delivery-{number}.bin\"");
            let kind = "application/octet-stream".to_owned();
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response()
        }
        Err(failure) => refused(&failure),
    }
}

async fn curl(State(inspector): State<Arc<Inspector>>, Path(number): Path<i64>) -> Response {
    match inspector.desk.ask(move |desk| desk.curl(number)).await {
        Ok(command) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], command).into_response(),
        Err(failure) => refused(&failure),
    }
}

async fn diff(State(inspector): State<Arc<Inspector>>, Path((old, new)): Path<(i64, i64)>) -> Response {
    json(inspector.desk.ask(move |desk| desk.diff(old, new)).await)
}

async fn stats(State(inspector): State<Arc<Inspector>>, Query(wanted): Query<Wanted>) -> Response {
    json(inspector.desk.ask(move |desk| desk.stats(&wanted)).await)
}

async fn replay(
    State(inspector): State<Arc<Inspector>>,
    Path(number): Path<i64>,
    Json(replay): Json<Replay>,
) -> Response {
    json(inspector.desk.ask(move |desk| desk.replay(number, replay)).await)
}

fn json<T: Serialize>(answer: Answer<T>) -> Response {
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(failure) => refused(&failure),
    }
}

#[derive(Serialize)]
struct Trouble<'a> {
    error: &'a str,
    hint: Option<&'a str>,
}

/// What went wrong, in the words of the command line.
pub(super) fn refused(failure: &Failure) -> Response {
    let status = match failure.exit {
        Exit::Surroundings => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(Trouble { error: &failure.message, hint: failure.hint.as_deref() })).into_response()
}
