//! `hookctl sign`

use clap::Args;

use super::shared::{SecretFlags, header, when};
use crate::model::time::When;
use crate::provider::definition::HeaderLine;

/// Print the signature headers for a body
///
/// The body is signed byte for byte. Only the headers that the signature needs are printed, one a line, so that curl can
/// take them with -H @FILE.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl sign stripe --data body.json
  hookctl sign github --data - --secret env:GITHUB_SECRET < body.json
  hookctl sign stripe --data body.json > headers && curl -H @headers --data-binary @body.json localhost:3000")]
pub struct SignArgs {
    /// The provider
    pub provider: String,

    /// The body's file; - for stdin
    #[arg(long, value_name = "FILE")]
    pub data: String,

    /// Which secrets sign.
    #[command(flatten)]
    pub secrets: SecretFlags,

    /// The address that is signed, where the provider signs it
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// The method, where the provider signs it
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,

    /// Sign for this time: RFC 3339, Unix seconds or '10m ago'
    #[arg(long, value_name = "TIME", value_parser = when)]
    pub timestamp: Option<When>,

    /// The message id, where the provider signs one
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// A header of the request, where the signature depends on it
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<HeaderLine>,

    /// Mask credentials: a token that is sent as it is
    #[arg(long)]
    pub redact: bool,
}
