//! Log entries: what happened, to whom, and why, in words an administrator can forward.

use serde::Serialize;

use super::clock::Timestamp;
use super::limits;
use super::log_details::Details;
use super::log_parties::Known;
use super::network::Network;
use crate::protocol::said::Said;

/// Event codes, as Auth0 names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogType {
    LoginSucceeded,
    LoginFailed,
    LoginWarning,
    SilentLoginSucceeded,
    SilentLoginFailed,
    SignupSucceeded,
    WrongPassword,
    UnknownEmail,
    TooManyAttempts,
    LogoutSucceeded,
    LogoutFailed,
    PushedRequestFailed,
    FederatedLogoutFailed,
    BackchannelLogoutSucceeded,
    BackchannelLogoutFailed,
    CodeExchangeSucceeded,
    CodeExchangeFailed,
    RefreshSucceeded,
    RefreshFailed,
    RefreshTokenReused,
    RefreshTokenRevoked,
    TokenExchangeSucceeded,
    TokenExchangeFailed,
    RevocationFailed,
    IntrospectionFailed,
    DeviceExchangeSucceeded,
    DeviceExchangeFailed,
    DeviceRequestFailed,
    DeviceActivationFailed,
    DeviceActivationDenied,
    ClientCredentialsSucceeded,
    ClientCredentialsFailed,
    /// A person took back what they had let an application have.
    ConsentRevoked,
    /// A script of an origin that no application registered (CORS).
    OriginRefused,
    /// The proof of a verified domain is gone, back, or gone for too long.
    DomainWarning,
    /// People can sign in through a connection again, or no longer.
    ConnectionStateChanged,
    /// A provider published other metadata: logins go by them, or not before somebody accepts them.
    MetadataAdopted,
    MetadataWaiting,
    TestLoginBegun,
    TestLoginPassed,
    TestLoginFailed,
    /// Administrators were told something by mail, or could not be.
    MailSent,
    MailFailed,
    ManagementWrite,
    ManagementFailed,
}

impl LogType {
    pub const fn code(self) -> &'static str {
        match self {
            Self::LoginSucceeded => "s",
            Self::LoginFailed => "f",
            Self::LoginWarning => "w",
            Self::SilentLoginSucceeded => "ssa",
            Self::SilentLoginFailed => "fsa",
            Self::SignupSucceeded => "ss",
            Self::WrongPassword => "fp",
            Self::UnknownEmail => "fu",
            Self::TooManyAttempts => "limit_wc",
            Self::LogoutSucceeded => "slo",
            Self::LogoutFailed => "flo",
            Self::PushedRequestFailed => "fpar",
            Self::FederatedLogoutFailed => "federated_logout_failed",
            Self::BackchannelLogoutSucceeded => "oidc_backchannel_logout_succeeded",
            Self::BackchannelLogoutFailed => "oidc_backchannel_logout_failed",
            Self::CodeExchangeSucceeded => "seacft",
            Self::CodeExchangeFailed => "feacft",
            Self::RefreshSucceeded => "sertft",
            Self::RefreshFailed => "fertft",
            Self::RefreshTokenReused => "ferrt",
            Self::RefreshTokenRevoked => "srrt",
            Self::TokenExchangeSucceeded => "secte",
            Self::TokenExchangeFailed => "fecte",
            Self::RevocationFailed => "frrt",
            Self::IntrospectionFailed => "fint",
            Self::DeviceExchangeSucceeded => "sede",
            Self::DeviceExchangeFailed => "fede",
            Self::DeviceRequestFailed => "fdeaz",
            Self::DeviceActivationFailed => "fdeac",
            Self::DeviceActivationDenied => "fdecc",
            Self::ClientCredentialsSucceeded => "seccft",
            Self::ClientCredentialsFailed => "feccft",
            Self::ConsentRevoked => "consent_revoked",
            Self::OriginRefused => "fco",
            Self::DomainWarning => "domain_verification_warning",
            Self::ConnectionStateChanged => "connection_state_changed",
            Self::MetadataAdopted => "connection_metadata_adopted",
            Self::MetadataWaiting => "connection_metadata_waiting",
            Self::TestLoginBegun => "test_login_begun",
            Self::TestLoginPassed => "test_login_passed",
            Self::TestLoginFailed => "test_login_failed",
            Self::MailSent => "mail_sent",
            // Failed sending notification.
            Self::MailFailed => "fn",
            Self::ManagementWrite => "sapi",
            Self::ManagementFailed => "fapi",
        }
    }
}

/// Who asked: the request's address, browser and id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Said<{ limits::IP_BYTES }>,
    pub user_agent: Said<{ limits::USER_AGENT_BYTES }>,
    pub request_id: Said<{ limits::REQUEST_ID_BYTES }>,
}

impl Origin {
    /// The network that the request came from.
    pub fn network(&self) -> Network {
        Network::of_text(&self.ip)
    }
}

/// One entry. Never holds a token, code, secret or password. None of its texts can be longer than its bound, and whom it
/// names exists: what somebody merely said stands in the description or in the details.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// Sorts by time: 13 digits of milliseconds and a random rest.
    pub log_id: String,
    #[serde(skip)]
    pub date: Timestamp,
    #[serde(rename = "type")]
    pub log_type: String,
    pub description: Said<{ limits::LOG_DESCRIPTION_BYTES }>,
    pub connection: Option<Known>,
    pub connection_id: Option<Known>,
    pub client_id: Option<Known>,
    pub client_name: Option<Known>,
    pub user_id: Option<Known>,
    pub user_name: Option<Known>,
    pub ip: Said<{ limits::IP_BYTES }>,
    pub user_agent: Said<{ limits::USER_AGENT_BYTES }>,
    pub request_id: Said<{ limits::REQUEST_ID_BYTES }>,
    pub details: Details,
}

impl LogEntry {
    /// An entry with only its time, type and words; whom it is about is named by [`Self::name`].
    pub fn new(
        now: Timestamp,
        random_suffix: &str,
        log_type: LogType,
        description: impl Into<String>,
        origin: &Origin,
    ) -> Self {
        Self {
            log_id: format!("{:013}{random_suffix}", now.millis()),
            date: now,
            log_type: log_type.code().into(),
            description: Said::new(description),
            connection: None,
            connection_id: None,
            client_id: None,
            client_name: None,
            user_id: None,
            user_name: None,
            ip: origin.ip.clone(),
            user_agent: origin.user_agent.clone(),
            request_id: origin.request_id.clone(),
            details: Details::default(),
        }
    }

    /// Bytes that it takes, in memory and in a row.
    pub fn bytes(&self) -> usize {
        let names = [
            &self.connection,
            &self.connection_id,
            &self.client_id,
            &self.client_name,
            &self.user_id,
            &self.user_name,
        ];
        let named: usize = names.into_iter().flatten().map(|name| name.len()).sum();
        let said = self.description.len() + self.ip.len() + self.user_agent.len() + self.request_id.len();
        self.log_id.len() + self.log_type.len() + named + said + self.details.bytes()
    }

    /// The network of whoever caused it.
    pub fn network(&self) -> Network {
        Network::of_text(&self.ip)
    }
}
