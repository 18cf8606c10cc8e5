//! `options` of a connection, from a Management API body.

use serde_json::Value;

use super::contradictions::refuse_contradictions;
use super::parse_attribute_map::attribute_map;
use super::parse_authentication::{
    assertion_algorithm, assertion_audience, proof_algorithm, pushed_requests, token_endpoint_auth_method,
};
use super::parse_identity::{
    client_secret_expires_at, email_verified_policy, non_persistent_attrs, tenant_ids, user_id_attribute,
};
use super::parse_realms::{address_aliases, domain_aliases, organization_code};
use super::upstream_params::upstream_params;
use super::{
    CallUserInfo, Channel, ConnectionSettings, KeptTokens, OidcOptions, PkceMode, RedirectUri,
    SetUserRootAttributes,
};
use crate::crypto::jws::Algorithm;
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::preset::read_preset;
use crate::domain::web_address::PlainHttp;

/// What clients echo although only this service sets it.
const ECHOED: [&str; 3] = ["oidc_metadata", "has_client_secret", "schema_version"];

/// The options of an OpenID Connect connection.
pub(super) fn oidc_options(fields: &mut Fields<'_>, has_secret: bool, allows_http: bool) -> OidcOptions {
    let plain_http = if allows_http { PlainHttp::Anywhere } else { PlainHttp::Never };
    let channel = fields
        .choice("type", &[("back_channel", Channel::BackChannel), ("front_channel", Channel::FrontChannel)]);
    let channel = channel.unwrap_or_default();
    let options = OidcOptions {
        channel,
        preset: read_preset(fields),
        discovery_url: fields.web_address("discovery_url", plain_http),
        issuer: issuer(fields, plain_http),
        authorization_endpoint: fields.web_address("authorization_endpoint", plain_http),
        token_endpoint: fields.web_address("token_endpoint", plain_http),
        jwks_uri: fields.web_address("jwks_uri", plain_http),
        userinfo_endpoint: fields.web_address("userinfo_endpoint", plain_http),
        end_session_endpoint: fields.web_address("end_session_endpoint", plain_http),
        pushed_authorization_request_endpoint: fields
            .web_address("pushed_authorization_request_endpoint", plain_http),
        pushed_authorization_requests: pushed_requests(fields),
        dpop_signing_alg: proof_algorithm(fields),
        redirect_uri: fields
            .choice(
                "redirect_uri",
                &[("connection", RedirectUri::Connection), ("shared", RedirectUri::Shared)],
            )
            .unwrap_or(RedirectUri::usual(channel)),
        demands_issuer: false,
        client_id: fields.required_text("client_id", 1..=limits::SHORT_TEXT_CHARACTERS).unwrap_or_default(),
        client_secret_expires_at: client_secret_expires_at(fields),
        scope: scope(fields, "scope", true).unwrap_or_else(|| OidcOptions::default().scope),
        connection_settings: fields.object("connection_settings", connection_settings).unwrap_or_default(),
        token_endpoint_auth_method: token_endpoint_auth_method(fields, has_secret),
        token_endpoint_auth_signing_alg: assertion_algorithm(fields, "token_endpoint_auth_signing_alg")
            .unwrap_or(Algorithm::RS256),
        token_endpoint_jwtca_aud_format: assertion_audience(fields),
        id_token_signed_response_algs: algorithms(fields),
        attribute_map: fields.object("attribute_map", attribute_map).unwrap_or_default(),
        call_userinfo: fields
            .choice(
                "call_userinfo",
                &[
                    ("when_mapped", CallUserInfo::WhenMapped),
                    ("always", CallUserInfo::Always),
                    ("never", CallUserInfo::Never),
                ],
            )
            .unwrap_or_default(),
        set_user_root_attributes: fields
            .choice(
                "set_user_root_attributes",
                &[
                    ("on_each_login", SetUserRootAttributes::OnEachLogin),
                    ("on_first_login", SetUserRootAttributes::OnFirstLogin),
                    ("never_on_login", SetUserRootAttributes::NeverOnLogin),
                ],
            )
            .unwrap_or_default(),
        domain_aliases: domain_aliases(fields),
        address_aliases: address_aliases(fields),
        organization_code: organization_code(fields),
        require_verified_domains: fields.boolean("require_verified_domains").unwrap_or(false),
        icon_url: fields.web_address("icon_url", plain_http),
        user_id_attribute: user_id_attribute(fields),
        tenant_ids: tenant_ids(fields),
        email_verified_policy: email_verified_policy(fields),
        groups_claim: fields.text("groups_claim", 1..=limits::SHORT_TEXT_CHARACTERS),
        non_persistent_attrs: non_persistent_attrs(fields),
        id_token_session_expiry_supported: fields
            .boolean("id_token_session_expiry_supported")
            .unwrap_or_default(),
        upstream_params: upstream_params(fields),
        federated_connections_access_tokens: fields
            .object("federated_connections_access_tokens", |kept| KeptTokens {
                active: kept.boolean("active").unwrap_or_default(),
            })
            .unwrap_or_default(),
    };
    if fields.boolean("send_back_channel_nonce") == Some(false) {
        fields.refuse("send_back_channel_nonce", "must be true: a nonce is always sent and checked");
    }
    fields.ignore(&ECHOED);
    refuse_encryption(fields);
    refuse_contradictions(fields, &options, has_secret);
    options
}

/// Decryption would take a library of its own, and every ID token travels by TLS alone.
fn refuse_encryption(fields: &mut Fields<'_>) {
    for name in ["id_token_encrypted_response_alg", "id_token_encrypted_response_enc"] {
        if fields.value(name).is_some() {
            fields.refuse(
                name,
                "is not supported: ID tokens are taken signed, over TLS, and not encrypted; turn their encryption off at the provider and leave this out",
            );
        }
    }
}

/// The options of classic accounts.
pub(super) fn local_options(fields: &mut Fields<'_>) -> OidcOptions {
    OidcOptions {
        domain_aliases: domain_aliases(fields),
        address_aliases: address_aliases(fields),
        organization_code: organization_code(fields),
        icon_url: fields.web_address("icon_url", PlainHttp::Never),
        ..OidcOptions::default()
    }
}

/// An issuer has neither query nor fragment (OpenID Connect Discovery §3).
fn issuer(fields: &mut Fields<'_>, plain_http: PlainHttp) -> Option<String> {
    let issuer = fields.web_address("issuer", plain_http)?;
    if issuer.contains('?') {
        fields.refuse("issuer", "must not contain a query (the ? and what follows)");
    }
    Some(issuer)
}

/// Scopes, separated by spaces or commas (RFC 6749 §3.3), as one space separated text.
pub(super) fn scope(fields: &mut Fields<'_>, name: &'static str, with_openid: bool) -> Option<String> {
    let text = fields.text(name, 1..=limits::SCOPE_CHARACTERS)?;
    let mut scopes: Vec<&str> = Vec::new();
    for scope in text.split([' ', ',']).filter(|scope| !scope.is_empty()) {
        if !scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
            fields.refuse(name, "must not contain quotes, backslashes or characters beyond ASCII");
            return None;
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if with_openid && !scopes.contains(&"openid") {
        fields.refuse(name, "must contain openid, for instance \"openid profile email\"");
        return None;
    }
    (!scopes.is_empty()).then(|| scopes.join(" "))
}

fn connection_settings(fields: &mut Fields<'_>) -> ConnectionSettings {
    let pkce = fields.choice(
        "pkce",
        &[
            ("auto", PkceMode::Auto),
            ("S256", PkceMode::S256),
            ("plain", PkceMode::Plain),
            ("disabled", PkceMode::Disabled),
        ],
    );
    ConnectionSettings { pkce: pkce.unwrap_or_default() }
}

fn algorithms(fields: &mut Fields<'_>) -> Option<Vec<Algorithm>> {
    const NAME: &str = "id_token_signed_response_algs";
    let algorithms = fields.list(NAME, Algorithm::ALL.len(), 1..=limits::SHORT_TEXT_CHARACTERS, |name| {
        Algorithm::from_name(name).ok_or_else(|| {
            if name.eq_ignore_ascii_case("none") {
                "must not contain none: an unsigned ID token proves nothing".to_owned()
            } else if name.to_ascii_uppercase().starts_with("HS") {
                format!(
                    "must not contain {name}: it is made with the client secret, so whoever knows that could sign anyone in; ask the provider for RS256"
                )
            } else {
                let known = Algorithm::ALL.map(Algorithm::name).join(", ");
                format!("must not contain {name:?}, which is not known here; known are {known}")
            }
        })
    })?;
    if fields.value(NAME).and_then(Value::as_array).is_some_and(Vec::is_empty) {
        fields.refuse(
            NAME,
            "must not be empty, since no one could sign in; null accepts every supported algorithm",
        );
    }
    Some(algorithms)
}
