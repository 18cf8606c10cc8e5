//! How mail leaves the hub.

use std::path::PathBuf;

use super::secret::Secret;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    pub from: Sender,
    pub way: MailWay,
}

/// Whom mail comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub name: Option<String>,
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailWay {
    /// Files in this folder, for whoever looks there.
    Outbox(PathBuf),
    Smtp(SmtpServer),
}

/// A mail server that takes our mail (RFC 5321, RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub account: Option<SmtpAccount>,
    /// Further root certificates, checked PEM.
    pub extra_ca_pem: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpAccount {
    pub user: String,
    pub password: Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte (RFC 8314 §3).
    Tls,
    /// By STARTTLS (RFC 3207), or nothing is sent.
    StartTls,
    /// By STARTTLS where the server offers it.
    IfOffered,
    /// Never: the server is on this machine.
    None,
}
