//! The words an application's settings choose from.

use serde::{Deserialize, Serialize};

use crate::crypto::jws::Algorithm;
use crate::crypto::mac::MacAlgorithm;
use crate::protocol::response_type::ResponseType;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppType {
    #[default]
    RegularWeb,
    Spa,
    Native,
    NonInteractive,
}

/// How an application authenticates at our endpoints (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    #[default]
    ClientSecretPost,
    ClientSecretBasic,
    /// An assertion signed with the client secret (RFC 7523).
    ClientSecretJwt,
    /// An assertion signed with a key of the application's own (RFC 7523).
    PrivateKeyJwt,
    /// A public client; it must use PKCE.
    None,
}

impl ClientAuthMethod {
    pub const ALL: [Self; 5] = [
        Self::ClientSecretPost,
        Self::ClientSecretBasic,
        Self::ClientSecretJwt,
        Self::PrivateKeyJwt,
        Self::None,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Whether it takes a client secret.
    pub const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretPost | Self::ClientSecretBasic | Self::ClientSecretJwt)
    }
}

/// What an application signs its assertions with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AssertionAlgorithm {
    /// By a key of its own: `private_key_jwt`.
    Signature(Algorithm),
    /// By its secret: `client_secret_jwt`.
    Mac(MacAlgorithm),
}

impl AssertionAlgorithm {
    /// The name in a header's `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature(algorithm) => algorithm.name(),
            Self::Mac(algorithm) => algorithm.name(),
        }
    }

    /// The method that takes such assertions.
    pub const fn method(self) -> ClientAuthMethod {
        match self {
            Self::Signature(_) => ClientAuthMethod::PrivateKeyJwt,
            Self::Mac(_) => ClientAuthMethod::ClientSecretJwt,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    Implicit,
    RefreshToken,
    ClientCredentials,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 8693.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
}

impl GrantType {
    pub const ALL: [Self; 6] = [
        Self::AuthorizationCode,
        Self::Implicit,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::Implicit => "implicit",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant types behind a response type (OpenID Connect Dynamic Client Registration §2).
    pub const fn needed_for(response_type: ResponseType) -> &'static [Self] {
        match (response_type.has_code(), response_type.has_id_token() || response_type.has_token()) {
            (true, true) => &[Self::AuthorizationCode, Self::Implicit],
            (true, false) => &[Self::AuthorizationCode],
            (false, true) => &[Self::Implicit],
            (false, false) => &[],
        }
    }
}

/// Whether applications see one subject for a person, or each sector its own (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    #[default]
    Public,
    Pairwise,
}

/// A profile of rules that an application wants to be held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceLevel {
    #[default]
    None,
    /// FAPI 2.0 Security Profile with `private_key_jwt`, pushed requests and `DPoP`.
    #[serde(rename = "fapi2_sp_pkj_dpop")]
    Fapi2SecurityProfile,
}
