//! What administrators are told by mail: that people can no longer sign in through a connection, that they can again,
//! that something is about to end.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::connection::Connection;
use super::diagnosis::{Diagnosis, Expiring, Expiry, Finding, Outcome};
use super::limits;
use super::locale::Locale;

/// Whom a letter goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub address: String,
    pub language: Locale,
}

/// The connection that a letter is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub name: String,
    pub display_name: String,
}

/// One thing that one administrator is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Letter {
    /// Nobody can sign in through it, since a check that found this.
    Broken {
        about: About,
        since: Timestamp,
        findings: Vec<Finding>,
    },
    WorksAgain {
        about: About,
        at: Timestamp,
    },
    /// The secret of the application `client_id` at the provider.
    SecretExpires {
        about: About,
        client_id: String,
        at: Timestamp,
    },
    CertificateExpires {
        about: About,
        host: String,
        at: Timestamp,
    },
}

impl About {
    pub fn of(connection: &Connection) -> Self {
        Self { name: connection.name.clone(), display_name: connection.display_name.clone() }
    }
}

impl Letter {
    /// The kind of [`Letter::Broken`].
    pub const BROKEN: &'static str = "broken";

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Broken { .. } => Self::BROKEN,
            Self::WorksAgain { .. } => "works-again",
            Self::SecretExpires { .. } => "secret-expires",
            Self::CertificateExpires { .. } => "certificate-expires",
        }
    }

    pub fn broken(about: About, diagnosis: &Diagnosis) -> Self {
        let failed = diagnosis.wrong().filter(|finding| finding.outcome == Outcome::Failed);
        let findings = failed.take(limits::FINDINGS_PER_LETTER).cloned().collect();
        Self::Broken { about, since: diagnosis.checked_at, findings }
    }

    /// A reminder of `expiry` if one is due, and what it is known by: whoever got one with that name gets no other.
    pub fn reminder(connection: &Connection, expiry: Expiry, now: Timestamp) -> Option<(String, Self)> {
        let days = expiry.reminder(now)?;
        let (about, at) = (About::of(connection), expiry.at);
        Some(match expiry.what {
            Expiring::ClientSecret => {
                let client_id = connection.options.client_id.clone();
                let name = format!("secret {} {} {days}", connection.id, at.millis());
                (name, Self::SecretExpires { about, client_id, at })
            }
            // One certificate may be many connections' concern.
            Expiring::Certificate { host } => (
                format!("certificate {host} {} {days}", at.millis()),
                Self::CertificateExpires { about, host, at },
            ),
        })
    }

    pub const fn about(&self) -> &About {
        let (Self::Broken { about, .. }
        | Self::WorksAgain { about, .. }
        | Self::SecretExpires { about, .. }
        | Self::CertificateExpires { about, .. }) = self;
        about
    }
}

/// A letter on its way to somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailing {
    pub id: String,
    pub connection_id: String,
    pub to: Recipient,
    pub letter: Letter,
    /// Attempts made, the present one included.
    pub attempts: i64,
    pub created_at: Timestamp,
}

impl Mailing {
    /// When to try again after a failure at `now`; `None`: it is given up.
    pub fn next_attempt_at(&self, now: Timestamp) -> Option<Timestamp> {
        let failed = usize::try_from(self.attempts.saturating_sub(1)).ok()?;
        let minutes = limits::MAIL_RETRY_MINUTES.get(failed)?;
        Some(now.plus_seconds(minutes.saturating_mul(60)))
    }
}
