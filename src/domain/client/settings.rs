//! What an administrator decides about an application; stored as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choices::{
    AppType, AssertionAlgorithm, ClientAuthMethod, ComplianceLevel, GrantType, SubjectType,
};
use super::refresh_token::{RefreshTokenSettings, RotationType};
use crate::crypto::jws::Algorithm;
use crate::domain::limits;
use crate::protocol::response_type::ResponseType;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JwtConfiguration {
    pub lifetime_in_seconds: i64,
}

impl Default for JwtConfiguration {
    fn default() -> Self {
        Self { lifetime_in_seconds: limits::ID_TOKEN_LIFETIME_SECONDS }
    }
}

/// What an administrator decides about an application. What an older release stored lacks the newer
/// properties: each has its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    pub name: String,
    pub description: String,
    pub app_type: AppType,
    pub is_first_party: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    pub contacts: Vec<String>,

    /// Redirect URIs, matched exactly.
    pub callbacks: Vec<String>,
    /// Where a sign-out may return to (`post_logout_redirect_uris`), matched exactly.
    pub allowed_logout_urls: Vec<String>,
    /// Origins whose scripts may call the endpoints for single-page applications (CORS).
    pub allowed_origins: Vec<String>,
    /// Origins that may receive an answer by `web_message`; they may call as well.
    pub web_origins: Vec<String>,
    /// Where the application begins a login (OpenID Connect Core §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,

    pub response_types: Vec<ResponseType>,
    pub grant_types: Vec<GrantType>,
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// `None`: any that fits the method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// `None`: as at the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint_auth_method: Option<ClientAuthMethod>,
    /// `None`: as at the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint_auth_method: Option<ClientAuthMethod>,
    /// Public keys of the application, a JWK set (RFC 7517 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,

    /// Where request objects may be fetched from (OpenID Connect Core §6.2).
    pub request_uris: Vec<String>,
    pub require_pushed_authorization_requests: bool,
    pub require_signed_request_object: bool,
    /// `None`: any that a key of the application fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<Algorithm>,

    pub subject_type: SubjectType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,

    pub jwt_configuration: JwtConfiguration,
    /// RS256, PS256, ES256 or EdDSA, as the other three.
    pub id_token_signed_response_alg: Algorithm,
    /// `None`: UserInfo answers in plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// `None`: the usual one where an answer is signed (JARM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<Algorithm>,
    /// `None`: introspection answers in plain JSON unless asked otherwise (RFC 9701).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<Algorithm>,
    pub require_auth_time: bool,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    pub default_acr_values: Vec<String>,

    /// Seconds; `None`: the default of the audience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<i64>,
    pub refresh_token: RefreshTokenSettings,
    /// Seconds from the sign-in on; `None`: what `refresh_token` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<i64>,

    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    pub frontchannel_logout_session_required: bool,

    pub dpop_bound_access_tokens: bool,
    pub compliance_level: ComplianceLevel,
    /// The scopes this application may ask for, with blanks between (RFC 7591 §2); `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    pub authorization_details_types: Vec<String>,
    /// Profile attributes copied into ID token and UserInfo.
    pub profile_claims: Vec<String>,
    pub client_metadata: BTreeMap<String, String>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            app_type: AppType::default(),
            is_first_party: true,
            logo_uri: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            contacts: Vec::new(),
            callbacks: Vec::new(),
            allowed_logout_urls: Vec::new(),
            allowed_origins: Vec::new(),
            web_origins: Vec::new(),
            initiate_login_uri: None,
            response_types: vec![ResponseType::Code],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            token_endpoint_auth_method: ClientAuthMethod::default(),
            token_endpoint_auth_signing_alg: None,
            introspection_endpoint_auth_method: None,
            revocation_endpoint_auth_method: None,
            jwks: None,
            jwks_uri: None,
            request_uris: Vec::new(),
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            request_object_signing_alg: None,
            subject_type: SubjectType::default(),
            sector_identifier_uri: None,
            jwt_configuration: JwtConfiguration::default(),
            id_token_signed_response_alg: Algorithm::RS256,
            userinfo_signed_response_alg: None,
            authorization_signed_response_alg: None,
            introspection_signed_response_alg: None,
            require_auth_time: false,
            default_max_age: None,
            default_acr_values: Vec::new(),
            access_token_ttl: None,
            refresh_token: RefreshTokenSettings::default(),
            refresh_token_ttl: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            dpop_bound_access_tokens: false,
            compliance_level: ComplianceLevel::default(),
            scope: None,
            authorization_details_types: Vec::new(),
            profile_claims: Vec::new(),
            client_metadata: BTreeMap::new(),
        }
    }
}

impl ClientSettings {
    /// What an older release stored, in step with what this one holds true: a response type stands only
    /// together with its grant types, and refresh tokens do not rotate under FAPI 2.0.
    pub fn in_step(mut self) -> Self {
        if self.is_fapi2() {
            self.refresh_token.rotation_type = RotationType::NonRotating;
        }
        let held = &self.grant_types;
        self.response_types
            .retain(|wanted| GrantType::needed_for(*wanted).iter().all(|needed| held.contains(needed)));
        self
    }

    /// Whether the application is held to the FAPI 2.0 Security Profile.
    pub fn is_fapi2(&self) -> bool {
        self.compliance_level == ComplianceLevel::Fapi2SecurityProfile
    }

    /// What is signed for the application by where nothing names an algorithm: RS256, or the algorithm of its ID tokens
    /// under FAPI 2.0, which does not allow that (§5.4.1).
    pub fn usual_algorithm(&self) -> Algorithm {
        if self.is_fapi2() { self.id_token_signed_response_alg } else { Algorithm::RS256 }
    }

    /// The methods of all endpoints, those that follow the token endpoint's left out.
    pub fn auth_methods(&self) -> impl Iterator<Item = ClientAuthMethod> {
        let others = [self.introspection_endpoint_auth_method, self.revocation_endpoint_auth_method];
        std::iter::once(self.token_endpoint_auth_method).chain(others.into_iter().flatten())
    }

    /// Whether the application authenticates with a secret anywhere.
    pub fn uses_secret(&self) -> bool {
        self.auth_methods().any(ClientAuthMethod::uses_secret)
    }

    /// Whether the application signs with its secret anywhere, so that we must be able to read it.
    pub fn signs_with_secret(&self) -> bool {
        self.auth_methods().any(|method| method == ClientAuthMethod::ClientSecretJwt)
    }

    /// Seconds a refresh token family lives from the sign-in on; `None`: no end.
    pub fn refresh_token_lifetime(&self) -> Option<i64> {
        self.refresh_token_ttl.or_else(|| self.refresh_token.absolute_lifetime())
    }
}
