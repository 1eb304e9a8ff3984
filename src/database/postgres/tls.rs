//! What `sslmode` and its certificates come to, as libpq documents them.
//!
//! `require` believes whoever answers, unless there is a root certificate; `verify-ca` checks the
//! chain, `verify-full` the name too. Root certificates come from `sslrootcert`, else from
//! `~/.postgresql/root.crt`; `system` means the operating system's.

use super::super::{DatabaseError, ErrorKind, PostgresAddress, SslMode};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where operating systems keep their authorities.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// How the driver makes TLS connections to this address.
pub(super) fn connector(address: &PostgresAddress) -> Result<MakeRustlsConnect, DatabaseError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(address, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match own_certificate(address)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| unusable(&format!("sslcert and sslkey do not fit: {error}")))?,
        None => builder.with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn verifier(
    address: &PostgresAddress,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<Verifier>, DatabaseError> {
    let roots = root_file(address)?;
    let chain = match (address.ssl_mode, roots) {
        (SslMode::VerifyCa | SslMode::VerifyFull, None) => {
            let help = "name it with sslrootcert; sslrootcert=system trusts what this machine does";
            return Err(unusable("no root certificate to check the server's against").help(help));
        }
        (SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull, Some(path)) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates(&path, "sslrootcert")? {
                // A bundle may hold some that nobody can use.
                let _ = store.add(certificate);
            }
            let built =
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
            Some(built.build().map_err(|error| unusable(&format!("sslrootcert: {error}")))?)
        }
        _ => None,
    };
    let names = match address.ssl_mode {
        SslMode::VerifyFull => Names::Checked,
        _ => Names::Ignored,
    };
    Ok(Arc::new(Verifier { chain, names, provider: Arc::clone(provider) }))
}

fn root_file(address: &PostgresAddress) -> Result<Option<PathBuf>, DatabaseError> {
    match &address.ssl_root_cert {
        Some(path) if path.as_os_str() == "system" => {
            let found = SYSTEM.iter().map(PathBuf::from).find(|path| path.exists());
            found.map(Some).ok_or_else(|| unusable("this machine has no list of authorities"))
        }
        Some(path) => Ok(Some(path.clone())),
        None => Ok(default_file(address, "root.crt")),
    }
}

fn default_file(address: &PostgresAddress, name: &str) -> Option<PathBuf> {
    let path = address.home.as_ref()?.join(".postgresql").join(name);
    path.exists().then_some(path)
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn own_certificate(address: &PostgresAddress) -> Result<Option<Own>, DatabaseError> {
    let certificate = address.ssl_cert.clone().or_else(|| default_file(address, "postgresql.crt"));
    let Some(certificate) = certificate else { return Ok(None) };
    let key = address.ssl_key.clone().or_else(|| default_file(address, "postgresql.key"));
    let key = key.ok_or_else(|| unusable("sslcert needs its key: name it with sslkey"))?;
    let chain = certificates(&certificate, "sslcert")?;
    let key = PrivateKeyDer::from_pem_file(&key)
        .map_err(|error| unusable(&format!("sslkey {}: {error}", key.display())))?;
    Ok(Some((chain, key)))
}

fn certificates(
    path: &Path,
    parameter: &str,
) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let bad = |error: &dyn std::fmt::Display| {
        unusable(&format!("{parameter} {}: {error}", path.display()))
    };
    let found = CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| bad(&error))?;
    if found.is_empty() { Err(bad(&"no certificate in it")) } else { Ok(found) }
}

fn unusable(message: &str) -> DatabaseError {
    DatabaseError::new(ErrorKind::Unreachable, format!("TLS: {message}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Checked,
    Ignored,
}

/// Checks what the mode demands, and signatures always.
#[derive(Debug)]
struct Verifier {
    /// Checks chain and name; `None` believes whoever answers.
    chain: Option<Arc<WebPkiServerVerifier>>,
    names: Names,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let checked =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match checked {
            // The chain is checked before the name, so all but the name is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.names == Names::Ignored => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
