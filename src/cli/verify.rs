//! `hookctl verify`

use clap::Args;

use super::shared::{SecretFlags, header, when};
use crate::model::time::When;
use crate::provider::definition::HeaderLine;
use crate::signature::Tolerance;

/// Verify the signature of a captured delivery
///
/// Without an argument the newest capture is judged. A file may be a raw HTTP request, a curl command, a HAR, a hurl file,
/// headers and body as a log has them, an event of an API gateway or an export of hookctl; several requests in it are judged
/// one by one. Where the answer is no, what would make it yes is searched for, and told only where it was proved by
/// recomputing the signature.
/// A capture is judged at the time it arrived, a file at the present unless it says when it arrived; --at decides.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl verify
  hookctl verify latest~1 --secret env:STRIPE_WEBHOOK_SECRET
  hookctl verify latest --explain
  hookctl verify request.http --provider github --secret file:secret.txt
  hookctl verify --body body.json --header 'Stripe-Signature: t=…,v1=…' --provider stripe --secret whsec_…")]
pub struct VerifyArgs {
    /// A delivery (number, latest~1, part of an id), a file, or - for stdin
    #[arg(value_name = "ID|FILE|-")]
    pub target: Option<String>,

    /// Who sent it, where the request does not tell
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Which secrets verify.
    #[command(flatten)]
    pub secrets: SecretFlags,

    /// The body, instead of the capture's; - for stdin
    #[arg(long, value_name = "FILE")]
    pub body: Option<String>,

    /// A header of the request, added or replaced
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<HeaderLine>,

    /// The address that the provider was given
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// The method of the request
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub method: Option<String>,

    /// How old the timestamp may be: a duration, or off
    #[arg(long, value_name = "DURATION", value_parser = |t: &str| t.parse::<Tolerance>().map_err(|e| format!("{e}, or off")))]
    pub tolerance: Option<Tolerance>,

    /// Try everything that could be the cause, however long it takes
    #[arg(long)]
    pub thorough: bool,

    /// Show how the signature is verified, step by step
    #[arg(long)]
    pub explain: bool,

    /// Show expected and found signatures whole
    #[arg(long)]
    pub show_secrets: bool,

    /// Judge as of this time: RFC 3339, Unix seconds or '10m ago'
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub at: Option<When>,
}

fn method(text: &str) -> Result<String, String> {
    match http::Method::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("write it as it was sent: POST".to_owned()),
    }
}
