//! Who is trusted behind TLS: the system's authorities, one more in a file, or anybody.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::ClientError;

/// Whom a client trusts.
#[derive(Debug)]
pub struct Trust {
    authorities: Vec<CertificateDer<'static>>,
    insecure: bool,
    /// Made for the first endpoint with TLS: reading the system's authorities takes a while.
    config: OnceLock<Option<Arc<ClientConfig>>>,
}

impl Trust {
    /// The system's authorities and, if one is named, those in this file.
    ///
    /// # Errors
    /// The file holds no certificate.
    pub fn new(authority: Option<&Path>, insecure: bool) -> Result<Self, ClientError> {
        let authorities = authority.map(read).transpose()?.unwrap_or_default();
        Ok(Self { authorities, insecure, config: OnceLock::new() })
    }

    /// The configuration of TLS; `None` if the system's authorities cannot be read.
    pub(crate) fn config(&self) -> Option<Arc<ClientConfig>> {
        self.config.get_or_init(|| self.made().ok().map(Arc::new)).clone()
    }

    fn made(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = if self.insecure {
            Arc::new(Anybody(provider.clone()))
        } else {
            Arc::new(Verifier::new_with_extra_roots(self.authorities.iter().cloned(), provider.clone())?)
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let wrong = |problem: String| ClientError::Authority { path: path.to_owned(), problem };
    let unreadable = |source| ClientError::Unreadable { path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong("it cannot be read".to_owned()))?;
    if certificates.is_empty() {
        return Err(wrong("there is none in it".to_owned()));
    }
    // One that no connection could be checked with is told now.
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(certificates)
}

/// Accepts any certificate, but still wants its owner at the other end.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
