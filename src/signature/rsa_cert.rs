//! RSA signatures that a certificate verifies: PayPal, Amazon SNS.
//!
//! The certificate is never fetched: the user pins it (`certificate_pem`), and may pin the authority above it (`ca_pem`).
//! The providers' own steps are kept: the address in the header must be the provider's, the certificate's name too, its dates
//! must hold, and its chain too where an authority is given.

use rustls_pki_types::{CertificateDer, UnixTime, pem::PemObject};
use serde_json::Value;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::content::SecretFields;
use super::key::KeyError;
use super::rsa::{RsaPrivate, RsaPublic};
use super::scheme::{Algorithm, CertificateRule};
use crate::model::Timestamp;
use crate::text::matches_glob;

/// What verification needs of a secret.
pub struct CertificateKey {
    der: CertificateDer<'static>,
    public: RsaPublic,
    name: String,
    valid: (i64, i64),
    authority: Option<CertificateDer<'static>>,
    /// The host of a development certificate.
    own_host: Option<String>,
}

/// The fields of a secret: JSON, or a certificate in PEM and nothing else.
pub(super) fn fields(secret: &str) -> Result<SecretFields, KeyError> {
    if secret.trim_start().starts_with("-----BEGIN CERTIFICATE-----") {
        return Ok([("certificate_pem".to_owned(), Value::from(secret))].into_iter().collect());
    }
    serde_json::from_str(secret).map_err(|_| KeyError::NotJson)
}

fn text<'a>(fields: &'a SecretFields, name: &'static str) -> Result<&'a str, KeyError> {
    fields.get(name).and_then(Value::as_str).ok_or(KeyError::FieldMissing(name))
}

fn certificate(pem: &str) -> Result<CertificateDer<'static>, KeyError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotAKey("a certificate in PEM"))
}

/// The private key of a secret with `private_key_pem`.
pub(super) fn signer(fields: &SecretFields, algorithm: Algorithm) -> Result<RsaPrivate, KeyError> {
    RsaPrivate::new(text(fields, "private_key_pem")?, algorithm)
}

impl CertificateKey {
    /// From fields with `certificate_pem`, and perhaps `ca_pem` and `certificate_host`.
    pub(super) fn new(fields: &SecretFields, algorithm: Algorithm) -> Result<Self, KeyError> {
        let der = certificate(text(fields, "certificate_pem")?)?;
        let unreadable = |_| KeyError::NotAKey("a certificate in PEM");
        let parsed = Certificate::from_der(&der).map_err(unreadable)?;
        let body = parsed.tbs_certificate();
        let public = body.subject_public_key_info().to_der().map_err(unreadable)?;
        let valid = body.validity();
        let seconds =
            |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        let authority = match fields.get("ca_pem").and_then(Value::as_str) {
            Some(pem) => Some(certificate(pem)?),
            None => None,
        };
        Ok(Self {
            name: common_name(&parsed),
            valid: (seconds(valid.not_before), seconds(valid.not_after)),
            public: RsaPublic::of_spki(public, algorithm),
            der,
            authority,
            own_host: fields.get("certificate_host").and_then(Value::as_str).map(str::to_owned),
        })
    }

    /// Whether the signature is right.
    pub fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        self.public.verifies(content, signature)
    }

    /// Whether the certificate, and the address it is said to be at, are acceptable.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn judge(&self, rule: &CertificateRule, address: &str, now: Timestamp) -> Result<(), String> {
        let url = url::Url::parse(address).map_err(|_| format!("'{address}' is not an address"))?;
        let host = url.host_str().unwrap_or_default();
        // A development certificate lives on hookctl's own inspector; its secret names that host.
        let own = self.own_host.as_deref() == Some(host);
        let at_provider = url.scheme() == "https"
            && matches_glob(&rule.host, host)
            && rule.path.as_ref().is_none_or(|path| matches_glob(path, url.path()));
        if !(own || at_provider) {
            return Err(format!("the certificate is at '{address}', which is not {}", rule.host));
        }
        if !matches_glob(&rule.name, &self.name) {
            return Err(format!("the certificate is for '{}', which is not {}", self.name, rule.name));
        }
        let at = now.as_secs();
        if at < self.valid.0 || at > self.valid.1 {
            return Err("the certificate has expired or is not valid yet".to_owned());
        }
        let Some(authority) = &self.authority else { return Ok(()) };
        let anchor = webpki::anchor_from_trusted_cert(authority).map_err(|e| format!("ca_pem: {e}"))?;
        let leaf = webpki::EndEntityCert::try_from(&self.der).map_err(|e| format!("certificate_pem: {e}"))?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &[],
            time,
            webpki::KeyUsage::server_auth(),
            None,
            None,
        )
        .map(|_| ())
        .map_err(|e| format!("the certificate does not chain to ca_pem: {e}"))
    }
}

/// The subject's common name; empty if it has none.
fn common_name(certificate: &Certificate) -> String {
    use x509_cert::der::oid::db::rfc4519::CN;
    let subject = certificate.tbs_certificate().subject();
    subject
        .iter()
        .find(|part| part.oid == CN)
        .and_then(|part| std::str::from_utf8(part.value.value()).ok())
        .unwrap_or_default()
        .to_owned()
}
