//! The properties of an application, read one by one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::choices::{
    AppType, AssertionAlgorithm, ClientAuthMethod, ComplianceLevel, GrantType, SubjectType,
};
use super::key_document::check_key_document;
use super::refresh_token::{ExpirationType, RefreshTokenSettings, RotationType};
use super::settings::JwtConfiguration;
use crate::crypto::jws::Algorithm;
use crate::crypto::mac::MacAlgorithm;
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::profile::{GROUPS, refusal_of_attribute_name};
use crate::domain::web_address::{PlainHttp, check_origin, check_redirect_uri, check_web_address};
use crate::protocol::response_type::ResponseType;

/// What we sign with.
const SIGNING: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

pub(super) fn name(fields: &mut Fields<'_>) -> String {
    let name = fields.required_label("name", 1..=limits::SHORT_TEXT_CHARACTERS).unwrap_or_default();
    if name.contains(['<', '>']) {
        fields.refuse("name", "must not contain < or >");
    }
    name
}

pub(super) fn redirect_uris(fields: &mut Fields<'_>, name: &'static str, app_type: AppType) -> Vec<String> {
    addresses(fields, name, |uri| check_redirect_uri(uri, app_type))
}

pub(super) fn origins(fields: &mut Fields<'_>, name: &'static str, app_type: AppType) -> Vec<String> {
    addresses(fields, name, |origin| check_origin(origin, app_type))
}

/// A fragment stands for the hash of what is there (OpenID Connect Core §6.2).
pub(super) fn request_uris(fields: &mut Fields<'_>) -> Vec<String> {
    addresses(fields, "request_uris", |uri| {
        let address = uri.split_once('#').map_or(uri, |(address, _)| address);
        check_web_address(address, PlainHttp::ToLoopback).map(|_| ())
    })
}

fn addresses(
    fields: &mut Fields<'_>,
    name: &'static str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Vec<String> {
    let uris = fields.texts(name, limits::URLS_PER_CLIENT, 1..=limits::URL_BYTES).unwrap_or_default();
    for (position, uri) in uris.iter().enumerate() {
        if let Err(problem) = check(uri) {
            fields.refuse(&format!("{name}.{position}"), problem);
        }
    }
    uris
}

pub(super) fn grant_types(fields: &mut Fields<'_>, app_type: AppType) -> Vec<GrantType> {
    fields
        .list("grant_types", limits::METADATA_KEYS, 1..=limits::SHORT_TEXT_CHARACTERS, |name| {
            GrantType::ALL.into_iter().find(|grant_type| grant_type.name() == name).ok_or_else(|| {
                let known = GrantType::ALL.map(GrantType::name).join(", ");
                format!("contains {name:?}, which this version does not know; known are {known}")
            })
        })
        .unwrap_or_else(|| match app_type {
            AppType::NonInteractive => vec![GrantType::ClientCredentials],
            AppType::RegularWeb | AppType::Spa | AppType::Native => {
                vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
            }
        })
}

/// `code` alone unless more is asked for, and nothing for applications without `authorization_code`.
pub(super) fn response_types(fields: &mut Fields<'_>, grant_types: &[GrantType]) -> Vec<ResponseType> {
    fields
        .list("response_types", limits::METADATA_KEYS, 1..=limits::SHORT_TEXT_CHARACTERS, |name| {
            ResponseType::from_name(name).ok_or_else(|| {
                let known = ResponseType::ALL.map(|known| format!("\"{known}\"")).join(", ");
                format!("contains {name:?}, which this version does not know; known are {known}")
            })
        })
        .unwrap_or_else(|| {
            let has_code = grant_types.contains(&GrantType::AuthorizationCode);
            has_code.then_some(ResponseType::Code).into_iter().collect()
        })
}

/// The method of this name, or the usual one of the kind of application: what runs on a person's machine
/// keeps no secret.
pub(super) fn auth_method(fields: &mut Fields<'_>, app_type: AppType) -> ClientAuthMethod {
    other_auth_method(fields, "token_endpoint_auth_method").unwrap_or(match app_type {
        AppType::Spa | AppType::Native => ClientAuthMethod::None,
        AppType::RegularWeb | AppType::NonInteractive => ClientAuthMethod::ClientSecretPost,
    })
}

pub(super) fn other_auth_method(fields: &mut Fields<'_>, name: &'static str) -> Option<ClientAuthMethod> {
    fields.choice(name, &ClientAuthMethod::ALL.map(|method| (method.name(), method)))
}

pub(super) fn assertion_algorithm(fields: &mut Fields<'_>) -> Option<AssertionAlgorithm> {
    let signatures = Algorithm::ALL.into_iter().map(AssertionAlgorithm::Signature);
    let macs = MacAlgorithm::ALL.into_iter().map(AssertionAlgorithm::Mac);
    let known: Vec<_> = signatures.chain(macs).map(|algorithm| (algorithm.name(), algorithm)).collect();
    fields.choice("token_endpoint_auth_signing_alg", &known)
}

pub(super) fn key_document(fields: &mut Fields<'_>) -> Option<Value> {
    let document = fields.value("jwks")?;
    match check_key_document(document) {
        Ok(()) => Some(document.clone()),
        Err(problem) => {
            fields.refuse("jwks", problem);
            None
        }
    }
}

pub(super) fn subject_type(fields: &mut Fields<'_>) -> SubjectType {
    let known = [("public", SubjectType::Public), ("pairwise", SubjectType::Pairwise)];
    fields.choice("subject_type", &known).unwrap_or_default()
}

pub(super) fn jwt_configuration(fields: &mut Fields<'_>) -> JwtConfiguration {
    let lifetime = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TOKEN_LIFETIME_MAX_SECONDS;
    JwtConfiguration {
        lifetime_in_seconds: fields
            .integer("lifetime_in_seconds", lifetime)
            .unwrap_or(limits::ID_TOKEN_LIFETIME_SECONDS),
    }
}

pub(super) fn id_token_algorithm(fields: &mut Fields<'_>) -> Algorithm {
    const NAME: &str = "id_token_signed_response_alg";
    if fields.value(NAME).and_then(Value::as_str).is_some_and(|name| name.starts_with("HS")) {
        fields.refuse(
            NAME,
            "must not be symmetric: every holder of the client secret could make ID tokens; use RS256",
        );
        return Algorithm::RS256;
    }
    signing_algorithm(fields, NAME).unwrap_or(Algorithm::RS256)
}

/// What we sign with.
pub(super) fn signing_algorithm(fields: &mut Fields<'_>, name: &'static str) -> Option<Algorithm> {
    fields.choice(name, &SIGNING.map(|algorithm| (algorithm.name(), algorithm)))
}

/// What the application signs with, and we verify. `none` is never among them.
pub(super) fn verifying_algorithm(fields: &mut Fields<'_>, name: &'static str) -> Option<Algorithm> {
    fields.choice(name, &Algorithm::ALL.map(|algorithm| (algorithm.name(), algorithm)))
}

pub(super) fn words(fields: &mut Fields<'_>, name: &'static str) -> Vec<String> {
    fields
        .list(name, limits::METADATA_KEYS, 1..=limits::SHORT_TEXT_CHARACTERS, |word| {
            if word.contains(char::is_whitespace) {
                Err(format!("contains {word:?}, which must have no blanks"))
            } else {
                Ok(word.to_owned())
            }
        })
        .unwrap_or_default()
}

pub(super) fn refresh_token(fields: &mut Fields<'_>, level: ComplianceLevel) -> RefreshTokenSettings {
    let usual = RefreshTokenSettings::of(level);
    fields.object("refresh_token", |fields| refresh_token_members(fields, &usual)).unwrap_or(usual)
}

fn refresh_token_members(fields: &mut Fields<'_>, usual: &RefreshTokenSettings) -> RefreshTokenSettings {
    let lifetime = 1..=limits::REFRESH_TOKEN_LIFETIME_MAX_SECONDS;
    let rotation_types = [("rotating", RotationType::Rotating), ("non-rotating", RotationType::NonRotating)];
    let expiration_types =
        [("expiring", ExpirationType::Expiring), ("non-expiring", ExpirationType::NonExpiring)];
    let token_lifetime = fields.integer("token_lifetime", lifetime.clone()).unwrap_or(usual.token_lifetime);
    RefreshTokenSettings {
        rotation_type: fields.choice("rotation_type", &rotation_types).unwrap_or(usual.rotation_type),
        expiration_type: fields.choice("expiration_type", &expiration_types).unwrap_or_default(),
        leeway: fields
            .integer("leeway", 0..=limits::REFRESH_TOKEN_LEEWAY_MAX_SECONDS)
            .unwrap_or(usual.leeway),
        token_lifetime,
        infinite_token_lifetime: fields.boolean("infinite_token_lifetime").unwrap_or(false),
        idle_token_lifetime: fields
            .integer("idle_token_lifetime", lifetime)
            .unwrap_or(usual.idle_token_lifetime.min(token_lifetime)),
        infinite_idle_token_lifetime: fields.boolean("infinite_idle_token_lifetime").unwrap_or(false),
    }
}

pub(super) fn compliance_level(fields: &mut Fields<'_>) -> ComplianceLevel {
    let known =
        [("none", ComplianceLevel::None), ("fapi2_sp_pkj_dpop", ComplianceLevel::Fapi2SecurityProfile)];
    fields.choice("compliance_level", &known).unwrap_or_default()
}

/// Scopes with single blanks between (RFC 6749 §3.3).
pub(super) fn scope(fields: &mut Fields<'_>) -> Option<String> {
    let text = fields.text("scope", 0..=limits::SCOPE_CHARACTERS)?;
    let is_allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !text.bytes().all(is_allowed) {
        fields.refuse("scope", "must be scopes with blanks between, in ASCII without quotes and backslashes");
        return None;
    }
    Some(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

pub(super) fn profile_claims(fields: &mut Fields<'_>) -> Vec<String> {
    fields
        .list("profile_claims", limits::MAPPED_ATTRIBUTES, 1..=limits::ATTRIBUTE_NAME_CHARACTERS, |name| {
            // No attribute map can set groups, but a connection does (groups_claim).
            let refusal = refusal_of_attribute_name(name).filter(|_| name != GROUPS);
            refusal.map_or_else(|| Ok(name.to_owned()), Err)
        })
        .unwrap_or_default()
}

pub(super) fn client_metadata(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    fields
        .text_map("client_metadata", limits::METADATA_KEYS, limits::SHORT_TEXT_CHARACTERS)
        .unwrap_or_default()
}
