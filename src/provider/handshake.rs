//! Registration: the request with which a provider makes sure that an address wants its deliveries, and the answer it
//! waits for. Both are data, so `listen` can answer and `send --handshake` can ask and judge.

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::definition::{HeaderLine, StatusRange};
use super::folder::Provider;
use super::verifier::KnownSecret;
use crate::model::{Headers, Request, Response, Secret, Verdict};
use crate::payload::Rendered;
use crate::signature::content::{Condition, Message, Template};
use crate::signature::hmac::same;
use crate::signature::{Key, KeyUse, Material, SchemeKind};

/// A `[[handshake]]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// Its name within the provider; `handshakes/<id>.json` is the request.
    pub id: String,
    /// What such a request is like.
    pub when: Vec<Condition>,
    /// Whether the request must be signed rightly.
    #[serde(default)]
    pub signed: bool,
    /// What must be one of the known secrets.
    pub token: Option<Template>,
    /// The answer to one that is not signed rightly, or has the wrong token.
    #[serde(default = "unauthorized")]
    pub refuse: u16,
    /// The right answer.
    pub answer: RightAnswer,
    /// What the receiver is handed, to keep: it is the secret of later deliveries.
    pub hands_over: Option<Template>,
}

fn unauthorized() -> u16 {
    401
}

/// The answer that completes a handshake. Templates are over the request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightAnswer {
    /// The statuses that are right; the first is given.
    #[serde(default = "ok", deserialize_with = "one_or_many")]
    pub status: Vec<u16>,
    /// Of the answer's body.
    pub content_type: Option<String>,
    /// Headers; one whose template has no value is left out.
    #[serde(default, deserialize_with = "headers")]
    pub headers: Vec<(String, Template)>,
    /// The whole body.
    pub body: Option<Template>,
    /// Or JSON, its texts being templates.
    #[serde(default, deserialize_with = "json")]
    pub json: Option<JsonTemplate>,
}

fn ok() -> Vec<u16> {
    vec![200]
}

/// JSON of which the texts are templates.
#[derive(Debug, Clone)]
pub enum JsonTemplate {
    /// A text.
    Text(Template),
    /// An object.
    Object(Vec<(String, JsonTemplate)>),
    /// A list.
    List(Vec<JsonTemplate>),
    /// Anything else, as it is.
    Plain(Value),
}

/// What came of a request that is a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Which handshake it is.
    pub id: String,
    /// The answer.
    pub response: Response,
    /// Why it was refused, if it was.
    pub refused: Option<&'static str>,
    /// Whether the request hands over the secret of later deliveries.
    pub hands_over: bool,
}

/// What the request of a handshake may name beside the provider's values: the secret, and the secret as a query has it.
pub fn values(secret: &Secret) -> Vec<(String, Rendered)> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
    let text = |text: &str| Rendered::Text(text.to_owned());
    vec![("secret".to_owned(), text(secret.expose())), ("secret_query".to_owned(), text(&encoded))]
}

impl Provider {
    /// The handshake that a request is.
    pub fn handshake(&self, request: &Request) -> Option<&Handshake> {
        let message = Message::new(request, None);
        let is_it = |handshake: &&Handshake| handshake.when.iter().all(|condition| condition.holds(&message));
        self.definition.handshake.iter().find(is_it)
    }

    /// Answers a request that is a handshake; `None` if it is none. `verdict` is what its signature was found to be, and
    /// `signed_by` the secret that made it, among those that are known.
    pub fn answer(
        &self,
        request: &Request,
        verdict: Verdict,
        signed_by: Option<usize>,
        secrets: &[KnownSecret],
    ) -> Option<Answered> {
        let handshake = self.handshake(request)?;
        let refused = |why: &'static str| Answered {
            id: handshake.id.clone(),
            response: Response { status: handshake.refuse, headers: Headers::new(), body: Bytes::new() },
            refused: Some(why),
            hands_over: false,
        };
        if handshake.signed && matches!(verdict, Verdict::Invalid | Verdict::Unsigned) {
            return Some(refused("its signature is not right"));
        }
        let message = Message::new(request, None);
        let mut by_token = None;
        if let Some(token) = &handshake.token {
            let found = token.bytes(&message).unwrap_or_default();
            // Every secret is compared, so that the time taken does not tell which one it was.
            for (at, known) in secrets.iter().enumerate() {
                if same(known.secret.expose().as_bytes(), &found) {
                    by_token = by_token.or(Some(at));
                }
            }
            if by_token.is_none() {
                return Some(refused("its token is none of the secrets"));
            }
        }
        let secret = signed_by.or(by_token).and_then(|at| secrets.get(at)).or(secrets.first());
        let key = secret.and_then(|known| self.hmac_key(known));
        Some(match handshake.answer.make(&message, key.as_ref()) {
            Some(response) => Answered {
                id: handshake.id.clone(),
                response,
                refused: None,
                hands_over: handshake.hands_over.as_ref().is_some_and(|part| part.locate(&message).is_some()),
            },
            None => refused("it lacks what the answer is made of"),
        })
    }

    /// The key of the first scheme with a keyed hash that a secret fits.
    fn hmac_key(&self, known: &KnownSecret) -> Option<Key> {
        let mut schemes = self.definition.schemes().filter(|scheme| scheme.kind == SchemeKind::Hmac);
        schemes.find_map(|scheme| scheme.key(&known.secret, KeyUse::Verify).ok())
    }

    /// Whether an answer to a handshake is the right one.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn judge_answer(
        &self,
        handshake: &Handshake,
        request: &Request,
        secret: Option<&KnownSecret>,
        response: &Response,
    ) -> Result<(), String> {
        let key = secret.and_then(|known| self.hmac_key(known));
        let right = handshake.answer.make(&Message::new(request, None), key.as_ref());
        let right = right.ok_or_else(|| "the request lacks what the answer is made of".to_owned())?;
        let rule = &handshake.answer;
        if !rule.status.contains(&response.status) {
            let wanted: Vec<String> = rule.status.iter().map(u16::to_string).collect();
            return Err(format!("the status is {}, and {} is right", response.status, wanted.join(" or ")));
        }
        for header in &right.headers {
            let found = response.headers.get(header.name());
            if header.name().eq_ignore_ascii_case("content-type") {
                continue;
            }
            if found.map(crate::model::Header::value) != Some(header.value()) {
                return Err(format!(
                    "the header {} is {}",
                    header.name(),
                    if found.is_some() { "wrong" } else { "missing" }
                ));
            }
        }
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        let same_body = match rule.json {
            Some(_) => json(&response.body) == json(&right.body),
            None => right.body.is_empty() || response.body == right.body,
        };
        if same_body {
            return Ok(());
        }
        let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
        Err(format!("the body is '{}', and '{}' is right", shown(&response.body), shown(&right.body)))
    }
}

impl RightAnswer {
    /// The answer to a request; `None` if the request lacks a part of it.
    fn make(&self, message: &Message<'_>, key: Option<&Key>) -> Option<Response> {
        let tag = |bytes: &[u8]| match key.map(|key| &key.material) {
            Some(Material::Hmac(key)) => {
                let mut run = key.start();
                run.update(bytes);
                run.finish()
            }
            _ => Vec::new(),
        };
        let message = Message { secret: key.map(|key| &key.fields), hmac: key.is_some().then_some(&tag), ..*message };
        let body = match (&self.body, &self.json) {
            (Some(template), _) => Bytes::from(template.bytes(&message).ok()?),
            (None, Some(json)) => Bytes::from(json.fill(&message)?.to_string()),
            (None, None) => Bytes::new(),
        };
        let mut headers = Headers::new();
        let usual = if self.json.is_some() { "application/json" } else { "text/plain" };
        if !body.is_empty() {
            headers.push("Content-Type", self.content_type.clone().unwrap_or_else(|| usual.to_owned()));
        }
        for (name, template) in &self.headers {
            // What comes from the request goes into a header only if it can be one.
            let value = template.bytes(&message).ok().filter(|value| !value.iter().any(u8::is_ascii_control));
            if let Some(value) = value {
                headers.push(name.clone(), value);
            }
        }
        Some(Response { status: self.status.first().copied().unwrap_or(200), headers, body })
    }
}

impl JsonTemplate {
    fn fill(&self, message: &Message<'_>) -> Option<Value> {
        Some(match self {
            Self::Text(template) => String::from_utf8(template.bytes(message).ok()?).ok()?.into(),
            Self::Object(entries) => {
                let mut object = Map::new();
                for (name, value) in entries {
                    object.insert(name.clone(), value.fill(message)?);
                }
                Value::Object(object)
            }
            Self::List(items) => items.iter().map(|item| item.fill(message)).collect::<Option<Vec<_>>>()?.into(),
            Self::Plain(value) => value.clone(),
        })
    }

    fn read(value: toml::Value) -> Result<Self, String> {
        Ok(match value {
            toml::Value::String(text) => Self::Text(text.parse::<Template>().map_err(|error| error.to_string())?),
            toml::Value::Table(table) => Self::Object(
                table.into_iter().map(|(name, value)| Ok((name, Self::read(value)?))).collect::<Result<_, String>>()?,
            ),
            toml::Value::Array(items) => Self::List(items.into_iter().map(Self::read).collect::<Result<_, _>>()?),
            other => Self::Plain(serde_json::to_value(other).map_err(|error| error.to_string())?),
        })
    }
}

fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonTemplate>, D::Error> {
    let value = toml::Value::deserialize(deserializer)?;
    JsonTemplate::read(value).map(Some).map_err(serde::de::Error::custom)
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Template)>, D::Error> {
    let lines = Vec::<HeaderLine>::deserialize(deserializer)?;
    let read = |line: HeaderLine| match line.value.parse() {
        Ok(template) => Ok((line.name, template)),
        Err(error) => Err(serde::de::Error::custom(format!("the header {}: {error}", line.name))),
    };
    lines.into_iter().map(read).collect()
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u16>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(u16),
        Many(Vec<u16>),
    }
    let statuses = match OneOrMany::deserialize(deserializer) {
        Ok(OneOrMany::One(status)) => vec![status],
        Ok(OneOrMany::Many(statuses)) => statuses,
        Err(_) => Vec::new(),
    };
    let fine = |status: &u16| status.to_string().parse::<StatusRange>().is_ok();
    if !statuses.is_empty() && statuses.iter().all(fine) {
        return Ok(statuses);
    }
    Err(serde::de::Error::custom("status is a status such as 200, or a list of them"))
}
