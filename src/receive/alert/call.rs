//! Telling a program or a URL of an alert.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::{Alert, Change};
use crate::http::client::{Client, wire_head};
use crate::json::alert::AlertObject;
use crate::model::quantity::show_duration;
use crate::model::{Headers, Program, Request};
use crate::receive::exec::run::{Ended, Surroundings, run};
use crate::receive::notify::{Notice, Notices};

/// How long a program or an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Who is told, with the alert in JSON.
pub enum Called {
    /// A program, on its standard input.
    Program(Program, Surroundings),
    /// A URL, in the body of a POST.
    Url(Box<Client>, Url),
}

impl Called {
    /// Tells it, and tells of it when that fails.
    pub(super) async fn tell(self: Arc<Self>, alert: Alert, notices: Arc<Notices>) {
        let object = object(&alert);
        let text = serde_json::to_vec(&object).expect("the object has text keys and finite numbers");
        let failed = match &*self {
            Self::Program(program, surroundings) => by_program(program, surroundings, &alert, &object, text).await,
            Self::Url(client, url) => by_url(client, url, text).await,
        };
        if let Err(why) = failed {
            let whom = match &*self {
                Self::Program(program, _) => program.to_string(),
                Self::Url(_, url) => url.to_string(),
            };
            notices.tell(Notice::AlertNotSent { whom, why });
        }
    }
}

/// The public object of an alert.
pub fn object(alert: &Alert) -> AlertObject {
    let state = match alert.change {
        Change::Raised => "raised",
        Change::Over { .. } => "over",
    };
    AlertObject::new(&alert.threshold, state, alert.actual, &alert.explanation, alert.at)
}

async fn by_program(
    program: &Program,
    surroundings: &Surroundings,
    alert: &Alert,
    object: &AlertObject,
    text: Vec<u8>,
) -> Result<(), String> {
    let variables = [
        ("HOOKCTL_ALERT", alert.threshold.clone()),
        ("HOOKCTL_ALERT_STATE", object.state().to_owned()),
        ("HOOKCTL_ALERT_EXPLANATION", alert.explanation.clone()),
    ];
    match run(program, surroundings, &variables, text.into(), LIMIT).await.ended {
        Ended::Exited(0) => Ok(()),
        Ended::Exited(code) => Err(format!("it ended with {code}")),
        Ended::Signalled(signal) => Err(format!("signal {signal} ended it")),
        Ended::TimedOut => Err(format!("it took longer than {}", show_duration(LIMIT))),
        Ended::NotStarted(why) => Err(why),
    }
}

async fn by_url(client: &Client, url: &Url, text: Vec<u8>) -> Result<(), String> {
    let headers: Headers =
        [("Content-Type", "application/json"), ("User-Agent", concat!("hookctl/", env!("CARGO_PKG_VERSION")))]
            .into_iter()
            .collect();
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let request = Request { method: "POST".to_owned(), target, headers, body: Bytes::from(text) };
    let head = wire_head(&request, url).map_err(|error| error.to_string())?;
    match client.send(url, &head, &request, LIMIT).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(format!("it answered {}", answer.status)),
        Err(kind) => Err(kind.sentence().to_owned()),
    }
}
