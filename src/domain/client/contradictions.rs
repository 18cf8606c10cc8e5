//! What settings of an application say against each other. Each problem names a property and the way out.

use std::collections::BTreeSet;

use url::Url;

use super::choices::{AppType, AssertionAlgorithm, ClientAuthMethod, GrantType, SubjectType};
use super::refresh_token::{ExpirationType, RotationType};
use super::settings::ClientSettings;
use crate::crypto::jws::Algorithm;
use crate::domain::fields::Fields;
use crate::protocol::response_type::ResponseType;

/// Tells `fields` every contradiction within `settings`.
pub(super) fn refuse_contradictions(fields: &mut Fields<'_>, settings: &ClientSettings) {
    grants_and_responses(fields, settings);
    third_party(fields, settings);
    authentication(fields, settings);
    keys(fields, settings);
    addresses(fields, settings);
    refresh_tokens(fields, settings);
    if settings.is_fapi2() {
        fapi2(fields, settings);
    }
}

fn grants_and_responses(fields: &mut Fields<'_>, settings: &ClientSettings) {
    for response_type in &settings.response_types {
        for needed in GrantType::needed_for(*response_type) {
            if !settings.grant_types.contains(needed) {
                fields.refuse(
                    "response_types",
                    format!(
                        "contains \"{response_type}\", which needs {} among the grant_types; add it there, or \
                         take the response type out",
                        needed.name()
                    ),
                );
            }
        }
    }
    if settings.dpop_bound_access_tokens
        && let Some(bearer) = settings.response_types.iter().find(|response_type| response_type.has_token())
    {
        fields.refuse(
            "dpop_bound_access_tokens",
            format!(
                "cannot be true beside the response type \"{bearer}\": a token from the authorization endpoint is \
                 bound to no key"
            ),
        );
    }
    if settings.token_endpoint_auth_method == ClientAuthMethod::None
        && settings.grant_types.contains(&GrantType::ClientCredentials)
    {
        fields.refuse(
            "grant_types",
            "contains client_credentials, which a public application (token_endpoint_auth_method none) cannot use: it has no secret",
        );
    }
}

/// Another organization's application signs people in: what acts for itself alone has nobody to ask.
fn third_party(fields: &mut Fields<'_>, settings: &ClientSettings) {
    if !settings.is_first_party && settings.app_type == AppType::NonInteractive {
        fields.refuse(
            "app_type",
            "is non_interactive, which a third-party application cannot be; use regular_web, spa or native",
        );
    }
}

fn authentication(fields: &mut Fields<'_>, settings: &ClientSettings) {
    for (name, method) in [
        ("introspection_endpoint_auth_method", settings.introspection_endpoint_auth_method),
        ("revocation_endpoint_auth_method", settings.revocation_endpoint_auth_method),
    ] {
        if settings.token_endpoint_auth_method == ClientAuthMethod::None
            && method.is_some_and(ClientAuthMethod::uses_secret)
        {
            fields.refuse(
                name,
                "needs a secret, which a public application (token_endpoint_auth_method none) has not; leave it out",
            );
        }
    }
    if let Some(algorithm) = settings.token_endpoint_auth_signing_alg {
        let method = algorithm.method();
        if !settings.auth_methods().any(|used| used == method) {
            fields.refuse(
                "token_endpoint_auth_signing_alg",
                format!(
                    "is {}, which goes with {}; set that method, or leave this out",
                    algorithm.name(),
                    method.name()
                ),
            );
        }
    }
}

fn keys(fields: &mut Fields<'_>, settings: &ClientSettings) {
    if settings.jwks.is_some() && settings.jwks_uri.is_some() {
        fields.refuse("jwks_uri", "is set together with jwks; send only one of them");
    }
    if settings.jwks.is_some() || settings.jwks_uri.is_some() {
        return;
    }
    for (name, method) in [
        ("token_endpoint_auth_method", Some(settings.token_endpoint_auth_method)),
        ("introspection_endpoint_auth_method", settings.introspection_endpoint_auth_method),
        ("revocation_endpoint_auth_method", settings.revocation_endpoint_auth_method),
    ] {
        if method == Some(ClientAuthMethod::PrivateKeyJwt) {
            fields.refuse(
                name,
                "is private_key_jwt, which needs the application's public keys: set jwks or jwks_uri",
            );
        }
    }
    if settings.require_signed_request_object {
        fields.refuse(
            "require_signed_request_object",
            "needs the application's public keys: set jwks or jwks_uri",
        );
    }
    if settings.request_object_signing_alg.is_some() {
        fields.refuse(
            "request_object_signing_alg",
            "needs the application's public keys: set jwks or jwks_uri, or leave it out",
        );
    }
}

fn addresses(fields: &mut Fields<'_>, settings: &ClientSettings) {
    let hosts: BTreeSet<String> = settings.callbacks.iter().map(|uri| host_of(uri)).collect();
    if settings.subject_type == SubjectType::Pairwise
        && settings.sector_identifier_uri.is_none()
        && hosts.len() > 1
    {
        fields.refuse(
            "sector_identifier_uri",
            "is required: subject_type is pairwise and the callbacks have several hosts (OpenID Connect Core §8.1)",
        );
    }
    if let Some(uri) = &settings.frontchannel_logout_uri
        && !settings.callbacks.iter().any(|callback| origin_of(callback) == origin_of(uri))
    {
        fields.refuse(
            "frontchannel_logout_uri",
            "must have scheme, host and port of one of the callbacks (OpenID Connect Front-Channel Logout §2)",
        );
    }
}

/// The host of a redirect URI; the scheme where it is an application's own.
fn host_of(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else { return uri.to_owned() };
    match url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) {
        Some(host) => host.to_owned(),
        None => format!("{}:", url.scheme()),
    }
}

fn origin_of(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}

fn refresh_tokens(fields: &mut Fields<'_>, settings: &ClientSettings) {
    let refresh_token = &settings.refresh_token;
    if refresh_token.rotation_type == RotationType::Rotating
        && refresh_token.expiration_type == ExpirationType::NonExpiring
    {
        fields.refuse(
            "refresh_token.expiration_type",
            "is non-expiring, which rotating tokens cannot be; set rotation_type to non-rotating too",
        );
    }
    if let (Some(lifetime), Some(idle)) = (settings.refresh_token_lifetime(), refresh_token.idle_lifetime())
        && settings.refresh_token_ttl.is_none()
        && idle > lifetime
    {
        fields.refuse(
            "refresh_token.idle_token_lifetime",
            format!("is {idle}, longer than token_lifetime ({lifetime}); make it as long at most"),
        );
    }
}

/// FAPI 2.0 Security Profile §5.3, as far as it is a matter of settings.
fn fapi2(fields: &mut Fields<'_>, settings: &ClientSettings) {
    const LEVEL: &str = "compliance_level";
    let mut needs = |holds: bool, what: &str| {
        if !holds {
            fields.refuse(LEVEL, format!("is fapi2_sp_pkj_dpop, which needs {what}"));
        }
    };
    needs(
        settings.auth_methods().all(|method| method == ClientAuthMethod::PrivateKeyJwt),
        "token_endpoint_auth_method private_key_jwt, at every endpoint",
    );
    needs(
        settings.response_types.iter().all(|response_type| *response_type == ResponseType::Code),
        "response_types [\"code\"]",
    );
    needs(!settings.grant_types.contains(&GrantType::Implicit), "grant_types without implicit");
    needs(
        settings.refresh_token.rotation_type == RotationType::NonRotating,
        "refresh_token.rotation_type non-rotating",
    );
    let allowed = |algorithm| matches!(algorithm, Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA);
    needs(
        allowed(settings.id_token_signed_response_alg),
        "id_token_signed_response_alg PS256, ES256 or EdDSA",
    );
    for (name, algorithm) in [
        ("userinfo_signed_response_alg", settings.userinfo_signed_response_alg),
        ("authorization_signed_response_alg", settings.authorization_signed_response_alg),
        ("introspection_signed_response_alg", settings.introspection_signed_response_alg),
        ("request_object_signing_alg", settings.request_object_signing_alg),
    ] {
        needs(algorithm.is_none_or(allowed), &format!("{name} PS256, ES256 or EdDSA"));
    }
    needs(
        match settings.token_endpoint_auth_signing_alg {
            Some(AssertionAlgorithm::Signature(algorithm)) => allowed(algorithm),
            Some(AssertionAlgorithm::Mac(_)) => false,
            None => true,
        },
        "token_endpoint_auth_signing_alg PS256, ES256 or EdDSA",
    );
}
