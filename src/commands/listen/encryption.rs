//! `--tls`: the certificate that is shown to clients, from files or made for this run.

use std::net::IpAddr;
use std::path::Path;

use crate::config::Config;
use crate::error::Failure;
use crate::http::server::tls::{Identity, Tls, TlsError};

/// How connections are encrypted.
pub(super) struct Encryption {
    pub(super) tls: Tls,
    /// The SHA-256 of the certificate.
    pub(super) fingerprint: String,
    /// The certificate in PEM, if it was made for this run.
    pub(super) made: Option<String>,
}

/// What flags and configuration say; none if they say nothing of it.
pub(super) fn of(config: &Config) -> Result<Option<Encryption>, Failure> {
    let listen = &config.listen;
    let (certificate, key) = match (&listen.cert, &listen.key) {
        (None, None) if !listen.tls.value => return Ok(None),
        (None, None) => return made(listen.bind.value.ip()).map(Some),
        (Some(certificate), Some(key)) => (certificate.value.as_path(), key.value.as_path()),
        (Some(_), None) => return Err(alone("--cert", "--key")),
        (None, Some(_)) => return Err(alone("--key", "--cert")),
    };
    let read = |path: &Path| std::fs::read(path).map_err(|error| Failure::unreadable(path, &error));
    let identity = Identity::from_pem(&read(certificate)?, &read(key)?);
    let wrong = |error: TlsError| match error {
        TlsError::NoKey => Failure::usage(format!("{}: {error}", key.display())),
        _ => Failure::usage(format!("{}: {error}", certificate.display())),
    };
    let identity = identity.map_err(wrong)?;
    let fingerprint = identity.fingerprint();
    Ok(Some(Encryption { tls: Tls::new(identity).map_err(wrong)?, fingerprint, made: None }))
}

fn made(address: IpAddr) -> Result<Encryption, Failure> {
    let failed = |error: TlsError| Failure::surroundings(error.to_string());
    let identity = Identity::self_signed(address).map_err(failed)?;
    let (fingerprint, pem) = (identity.fingerprint(), identity.certificate_pem());
    Ok(Encryption { tls: Tls::new(identity).map_err(failed)?, fingerprint, made: Some(pem) })
}

fn alone(flag: &str, other: &str) -> Failure {
    Failure::usage(format!("{flag} needs {other}"))
        .hint("both are files in PEM; without them --tls makes a certificate for this run")
}
