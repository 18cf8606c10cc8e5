//! Log entries: what happened, to whom, and why, in words an administrator can forward.

use serde::Serialize;
use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::network::Network;

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
    pub ip: String,
    pub user_agent: String,
    pub request_id: String,
}

impl Origin {
    /// The network that the request came from.
    pub fn network(&self) -> Network {
        Network::of_text(&self.ip)
    }
}

/// One entry. Never holds a token, code, secret or password.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// Sorts by time: 13 digits of milliseconds and a random rest.
    pub log_id: String,
    #[serde(skip)]
    pub date: Timestamp,
    #[serde(rename = "type")]
    pub log_type: String,
    pub description: String,
    pub connection: Option<String>,
    pub connection_id: Option<String>,
    pub client_id: Option<String>,
    pub client_name: Option<String>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
    pub ip: String,
    pub user_agent: String,
    pub request_id: String,
    pub details: Map<String, Value>,
}

impl LogEntry {
    /// An entry with only its time, type and words; the rest is filled in by the caller.
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
            description: description.into(),
            connection: None,
            connection_id: None,
            client_id: None,
            client_name: None,
            user_id: None,
            user_name: None,
            ip: origin.ip.clone(),
            user_agent: origin.user_agent.clone(),
            request_id: origin.request_id.clone(),
            details: Map::new(),
        }
    }
}
