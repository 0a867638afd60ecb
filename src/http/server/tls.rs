//! TLS between the socket and HTTP: certificates from files or made on the spot, HTTP/2 for who asks for it.

use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::transport::Transport;

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file holds no certificate.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// A file holds no private key.
    #[error("there is no private key in it: PKCS #8, PKCS #1 and SEC1 in PEM are read")]
    NoKey,
    /// The key is not that of the certificate, or cannot be used.
    #[error("the key and the certificate do not go together: {0}")]
    Mismatch(#[from] rustls::Error),
    /// No certificate could be made.
    #[error("no certificate could be made: {0}")]
    Made(#[from] rcgen::Error),
}

/// A certificate with its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// From PEM: the certificate with those that vouch for it, and its key.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Ok(Self { chain, key: PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)? })
    }

    /// A fresh one for this machine's own names and `address`, that nobody vouches for. Its key is never written anywhere.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn self_signed(address: IpAddr) -> Result<Self, TlsError> {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        let address = address.to_string();
        if !names.contains(&address) && address != "0.0.0.0" && address != "::" {
            names.push(address);
        }
        let made = rcgen::generate_simple_self_signed(names)?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        Ok(Self { chain: vec![made.cert.der().clone()], key: key.into() })
    }

    /// The SHA-256 of the certificate, as tools print it.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.chain.first().map_or(&[][..], |certificate| certificate));
        let mut text = String::new();
        for (at, byte) in digest.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// The certificate in PEM, for those who are to trust it.
    pub fn certificate_pem(&self) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(self.chain.first().map_or(&[][..], |c| c));
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}

/// Opens connections with TLS.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// As this identity, with HTTP/2 and HTTP/1.1 to choose from.
    ///
    /// # Errors
    /// Key and certificate do not go together.
    pub fn new(identity: Identity) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(identity.chain, identity.key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The stream over a socket, once the client has agreed.
    pub fn open(&self, stream: TcpStream) -> impl Future<Output = io::Result<TlsStream<TcpStream>>> + Send + 'static {
        self.0.accept(stream)
    }
}

impl Transport for TlsStream<TcpStream> {
    fn reset_on_close(&mut self) {
        self.get_mut().0.reset_on_close();
    }

    fn speaks_http2(&self) -> bool {
        self.get_ref().1.alpn_protocol() == Some(b"h2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_made_shown_and_read() {
        let made = Identity::self_signed("192.0.2.7".parse().expect("an address")).expect("made");
        let fingerprint = made.fingerprint();
        assert_eq!(fingerprint.len(), 32 * 3 - 1);
        let pem = made.certificate_pem();
        assert_eq!(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM"), made.chain[0]);
        assert!(Tls::new(made).is_ok());

        let pair = rcgen::generate_simple_self_signed(["x".to_owned()]).expect("made");
        let other = rcgen::generate_simple_self_signed(["x".to_owned()]).expect("made");
        let (certificate, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
        let identity = |certificate: &str, key: &str| Identity::from_pem(certificate.as_bytes(), key.as_bytes());
        assert!(Tls::new(identity(&certificate, &key).expect("good")).is_ok());
        let mixed = identity(&certificate, &other.signing_key.serialize_pem()).expect("both are there");
        assert!(matches!(Tls::new(mixed), Err(TlsError::Mismatch(_))));
        assert!(matches!(identity("", &key), Err(TlsError::NoCertificate)));
        assert!(matches!(identity(&key, &key), Err(TlsError::NoCertificate)));
        assert!(matches!(identity(&certificate, &certificate), Err(TlsError::NoKey)));
    }
}
