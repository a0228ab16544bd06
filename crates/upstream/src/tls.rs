//! TLS towards providers: rustls with Mozilla's roots, and roots that the operator adds.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio_rustls::TlsConnector;

use crate::endpoint::{Endpoint, Host};

/// One configuration per list of protocols, so that session tickets are kept.
pub(crate) struct Tls {
    any: TlsConnector,
    http1: TlsConnector,
}

impl Tls {
    pub(crate) fn new(extra_roots: &[CertificateDer<'static>]) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra_roots {
            roots.add(root.clone())?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let http1 = TlsConnector::from(Arc::new(config.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { any: TlsConnector::from(Arc::new(config)), http1 })
    }

    pub(crate) const fn connector(&self, endpoint: &Endpoint) -> &TlsConnector {
        if endpoint.http1_only { &self.http1 } else { &self.any }
    }
}

/// The name that the certificate must carry.
pub(crate) fn server_name(endpoint: &Endpoint) -> Option<ServerName<'static>> {
    match &endpoint.host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Ip(address) => Some(ServerName::IpAddress((*address).into())),
    }
}
