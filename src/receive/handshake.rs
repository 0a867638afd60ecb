//! Registration: a provider asks whether this address wants its deliveries, and is answered as it expects.
//!
//! What the answer is made of is the provider's data. Nothing is fetched, and no address in a request is ever called.

use super::answer::Decided;
use super::identify::Identified;
use super::verify::Verify;
use crate::http::server::Answer;
use crate::model::Request;
use crate::provider::Judgement;

/// A handshake that was recognised.
pub struct Handshake {
    /// Its name within the provider: the event type, where the request has none.
    pub id: String,
    /// What the provider gets.
    pub decided: Decided,
    /// Whether only hookctl can say it: then no target is asked. A plain status is any receiver's to give.
    pub is_final: bool,
}

/// The handshake that a request is, answered; `None` if it is none.
pub fn answer(verify: &Verify, identified: &Identified, request: &Request, judgement: &Judgement) -> Option<Handshake> {
    let provider = identified.provider.as_ref()?;
    provider.handshake(request)?;
    let secrets = verify.secrets_of(provider);
    let answered = provider.answer(request, judgement.verdict, judgement.secret_index, &secrets)?;
    let response = answered.response;
    let note = match answered.refused {
        Some(why) => format!("handshake refused: {why}"),
        None if answered.hands_over => "handshake; it hands over the secret of what follows".to_owned(),
        None => "handshake".to_owned(),
    };
    Some(Handshake {
        id: answered.id,
        is_final: answered.refused.is_some() || !response.body.is_empty() || !response.headers.is_empty(),
        decided: Decided {
            status: Some(response.status),
            answer: Answer { headers: response.headers, body: response.body, ..Answer::new(response.status) },
            note: Some(note),
        },
    })
}
