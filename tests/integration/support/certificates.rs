//! A certificate authority of this test's own, and a certificate for this machine.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// PEM files, gone when dropped.
pub struct Certificates {
    /// For `localhost` and `127.0.0.1`.
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub authority: PathBuf,
    pub authority_pem: String,
    _folder: TempDir,
}

impl Certificates {
    pub fn generate() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(DnType::CommonName, "Vestibule test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();

        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut server = CertificateParams::new(names).unwrap();
        server.distinguished_name.push(DnType::CommonName, "localhost");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        let server = server.signed_by(&key, &authority).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        Self {
            certificate: write("server.pem", server.pem()),
            key: write("server.key", key.serialize_pem()),
            authority: write("authority.pem", authority.pem()),
            authority_pem: authority.pem(),
            _folder: folder,
        }
    }

    /// What makes a hub serve https with them, and trust providers that do.
    pub fn settings(&self) -> [(&str, &str); 3] {
        [
            ("VESTIBULE_TLS_CERT", self.certificate.to_str().unwrap()),
            ("VESTIBULE_TLS_KEY", self.key.to_str().unwrap()),
            ("VESTIBULE_OUTBOUND_CA_FILE", self.authority.to_str().unwrap()),
        ]
    }

    /// The `tls` setting of the scripts in `tests/clients`.
    pub fn for_node(&self) -> Value {
        json!({"cert": self.certificate, "key": self.key})
    }
}
