//! Reading an ordinary resource: where the bytes on the wire mean nothing, a library does it.
//!
//! Deliveries never come this way: they go out through `client/`, byte for byte.

use std::time::Duration;

use reqwest::redirect::Policy;
use url::Url;

/// More of an answer is not read.
const LARGEST: usize = 16 << 20;

/// Why a resource could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody is there.
    #[error("cannot be connected to")]
    Connect,
    /// The answer did not come in time.
    #[error("does not answer in time")]
    Late,
    /// Another status than 2xx.
    #[error("answers {0}")]
    Status(u16),
    /// More than any such answer has.
    #[error("answers with more than 16 MiB")]
    TooLarge,
    /// The connection or the answer is broken.
    #[error("does not answer as a web server does")]
    Broken,
}

/// The text at a URL. Redirects are not followed and no proxy is used: the answer is from whom it was asked of.
///
/// # Errors
/// Why there is none.
pub async fn text(url: &Url, limit: Duration) -> Result<String, FetchError> {
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(limit)
        .build()
        .map_err(|_| FetchError::Broken)?;
    let kind = |error: reqwest::Error| match () {
        () if error.is_timeout() => FetchError::Late,
        () if error.is_connect() => FetchError::Connect,
        () => FetchError::Broken,
    };
    let mut answer = client.get(url.clone()).send().await.map_err(kind)?;
    if !answer.status().is_success() {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(kind)? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return Err(FetchError::TooLarge);
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}
