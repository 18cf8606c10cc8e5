//! Mail to a mail server (RFC 5321).

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::Category;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{MailError, words_of};
use crate::domain::limits;
use crate::domain::mail_settings::{Encryption, SmtpServer};

pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// `host:port`.
    address: String,
}

impl Smtp {
    pub(super) fn new(server: &SmtpServer) -> Result<Self, MailError> {
        let tls = match server.encryption {
            Encryption::Tls => Tls::Wrapper(parameters(server)?),
            Encryption::StartTls => Tls::Required(parameters(server)?),
            Encryption::IfOffered => Tls::Opportunistic(parameters(server)?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(limits::MAIL_TIMEOUT_SECONDS)));
        if let Some(account) = &server.account {
            let credentials = Credentials::new(account.user.clone(), account.password.reveal().to_owned());
            builder = builder.credentials(credentials);
        }
        Ok(Self { transport: builder.build(), address: format!("{}:{}", server.host, server.port) })
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), MailError> {
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let words = format!("the mail server {self} said or did: {}", words_of(&error));
                Err(if is_about_this_mail(&error) {
                    MailError::Refused(words)
                } else {
                    MailError::NotNow(words)
                })
            }
        }
    }
}

/// Whether the server refused this mail for good. That it does not like us (a wrong password, no encryption) an operator
/// can mend, and then the mail can still leave.
fn is_about_this_mail(error: &Error) -> bool {
    error.is_permanent() && error.status().is_some_and(|code| code.category == Category::MailSystem)
}

fn parameters(server: &SmtpServer) -> Result<TlsParameters, MailError> {
    let refused = |error: Error| MailError::Refused(format!("TLS: {}", words_of(&error)));
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.extra_ca_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(refused)?);
    }
    builder.build().map_err(refused)
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}
