//! A receiver behind TLS, with a certificate that nobody trusts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::STUCK;

/// Answers 200 to everybody who gets past the handshake.
pub(crate) struct TlsReceiver {
    address: SocketAddr,
    certificate: String,
    got: mpsc::Receiver<Vec<u8>>,
}

impl TlsReceiver {
    /// Starts it.
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (tell, got) = mpsc::channel();
        thread::spawn(move || {
            for stream in super::connections(&listener) {
                let connection = ServerConnection::new(config.clone()).expect("a connection");
                let mut stream = StreamOwned::new(connection, stream);
                let mut buffer = vec![0; 64 * 1024];
                // Who does not trust us says goodbye here.
                let Ok(read @ 1..) = stream.read(&mut buffer) else { continue };
                let _ = tell.send(buffer[..read].to_vec());
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.conn.send_close_notify();
                let _ = stream.flush();
                // Closing with unread bytes would reset the connection under the answer.
                let _ = stream.read_to_end(&mut buffer);
            }
        });
        Self { address, certificate: made.cert.pem(), got }
    }

    /// What to trust, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A URL on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// The beginning of the next request; waits for it.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        self.got.recv_timeout(STUCK).expect("nobody called the receiver")
    }
}
