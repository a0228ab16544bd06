//! Certificates, good and bad, made on the spot.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// What kind of certificate the provider shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsKind {
    /// Signed by [`Identity::root`], for `localhost` and 127.0.0.1.
    Good,
    /// Signed by itself.
    SelfSigned,
    /// Signed by the root, expired.
    Expired,
    /// Signed by the root, for another name.
    WrongName,
}

/// A certificate with its key, and the root that callers may trust.
pub struct Identity {
    /// The root, in DER; trusting it makes [`TlsKind::Good`] good.
    pub root: CertificateDer<'static>,
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    /// Makes a root and a certificate.
    ///
    /// # Errors
    /// When a certificate cannot be made.
    pub fn new(kind: TlsKind) -> Result<Self, rcgen::Error> {
        let root_key = KeyPair::generate()?;
        let mut root_params = CertificateParams::new(Vec::new())?;
        root_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = root_params.self_signed(&root_key)?;

        let names: &[&str] = if kind == TlsKind::WrongName { &["other.example"] } else { &["localhost", "127.0.0.1"] };
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        if kind == TlsKind::Expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate()?;
        let certificate = match kind {
            TlsKind::SelfSigned => params.self_signed(&key)?,
            TlsKind::Good | TlsKind::Expired | TlsKind::WrongName => {
                params.signed_by(&key, &Issuer::new(root_params, root_key))?
            }
        };
        Ok(Self { root: root.der().clone(), chain: vec![certificate.der().clone()], key })
    }

    /// The server's side of TLS, with the protocols it offers.
    ///
    /// # Errors
    /// When rustls does not take the certificate.
    pub fn server_config(&self, protocols: &[&str]) -> Result<ServerConfig, rustls::Error> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)?;
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Ok(config)
    }
}
