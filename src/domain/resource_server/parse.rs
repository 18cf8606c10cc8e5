//! An API from a Management API body: `POST` makes one, `PATCH` merges into one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    ApiScope, AuthorizationDetailsType, ResourceServer, ResourceServerSettings, resource_server_json,
};
use crate::crypto::jws::Algorithm;
use crate::domain::clock::Timestamp;
use crate::domain::fields::Fields;
use crate::domain::issuer::Issuer;
use crate::domain::limits;
use crate::domain::merge_patch::merge_patch;
use crate::domain::problem::Problem;
use crate::protocol::scope::{self, is_scope_token};

/// What only this service sets.
const READ_ONLY: [&str; 4] = ["id", "is_system", "created_at", "updated_at"];

/// The API a `POST` body describes.
///
/// # Errors
/// All problems of the body.
pub fn new_resource_server(
    body: &Map<String, Value>,
    id: &str,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<ResourceServer, Vec<Problem>> {
    let mut problems: Vec<Problem> = READ_ONLY
        .into_iter()
        .filter(|name| body.contains_key(*name))
        .map(|name| Problem::new(name, "is set by this service; leave it out"))
        .collect();
    let mut fields = Fields::new(body, "");
    fields.ignore(&READ_ONLY);
    let identifier = identifier(&mut fields, issuer);
    let settings = settings(&mut fields, &identifier);
    fields.finish(&mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(ResourceServer {
        id: id.to_owned(),
        identifier,
        settings,
        is_system: false,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// The API after a merge patch (RFC 7396). A key left out stays; `null` brings the default back.
///
/// # Errors
/// All problems of the API as it would be, and of what may not change.
pub fn changed_resource_server(
    current: &ResourceServer,
    patch: &Map<String, Value>,
    now: Timestamp,
) -> Result<ResourceServer, Vec<Problem>> {
    let mut problems = Vec::new();
    let Value::Object(mut body) = resource_server_json(current) else { return Err(problems) };
    let mut patch = patch.clone();
    for name in READ_ONLY.into_iter().chain(["identifier"]) {
        if patch.get(name).is_some_and(|value| body.get(name) != Some(value)) {
            let message = match name {
                "identifier" => {
                    "cannot be changed: tokens and applications name it; make another API instead"
                }
                _ => "cannot be changed; leave it out",
            };
            problems.push(Problem::new(name, message));
        }
        patch.remove(name);
    }
    merge_patch(&mut body, &patch);
    let mut fields = Fields::new(&body, "");
    fields.ignore(&READ_ONLY);
    fields.ignore(&["identifier"]);
    let settings = settings(&mut fields, &current.identifier);
    fields.finish(&mut problems);
    if problems.is_empty() {
        Ok(ResourceServer { settings, updated_at: now, ..current.clone() })
    } else {
        Err(problems)
    }
}

/// What a request names as `audience`, or as `resource` if it is a URI (RFC 8707 §2). Our own addresses are no
/// APIs of somebody else's: a token for one must not open UserInfo or the Management API.
fn identifier(fields: &mut Fields<'_>, issuer: &Issuer) -> String {
    const NAME: &str = "identifier";
    let identifier = fields.required_text(NAME, 1..=limits::API_IDENTIFIER_CHARACTERS).unwrap_or_default();
    if identifier.contains(char::is_whitespace) {
        fields.refuse(NAME, "must not contain blanks; an https address, which need not exist, is usual");
    }
    let base = issuer.as_str().trim_end_matches('/').to_ascii_lowercase();
    let lower = identifier.to_ascii_lowercase();
    if lower.strip_prefix(&base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        fields.refuse(NAME, "must not be an address of this issuer: its tokens would pass for ours");
    }
    identifier
}

fn settings(fields: &mut Fields<'_>, identifier: &str) -> ResourceServerSettings {
    let lifetime = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TOKEN_LIFETIME_MAX_SECONDS;
    let name = fields.label("name", 1..=limits::SHORT_TEXT_CHARACTERS);
    if name.as_ref().is_some_and(|name| name.contains(['<', '>'])) {
        fields.refuse("name", "must not contain < or >");
    }
    let token_lifetime =
        fields.integer("token_lifetime", lifetime.clone()).unwrap_or(limits::API_TOKEN_LIFETIME_SECONDS);
    let token_lifetime_for_web = fields.integer("token_lifetime_for_web", lifetime);
    if token_lifetime_for_web.is_some_and(|for_web| for_web > token_lifetime) {
        fields.refuse(
            "token_lifetime_for_web",
            format!("must not exceed token_lifetime, which is {token_lifetime}"),
        );
    }
    refuse_other_versions(fields);
    ResourceServerSettings {
        name: name.unwrap_or_else(|| {
            identifier.chars().filter(|letter| !matches!(letter, '<' | '>')).take(NAME_CHARACTERS).collect()
        }),
        scopes: scopes(fields),
        signing_alg: signing_algorithm(fields),
        token_lifetime,
        token_lifetime_for_web: token_lifetime_for_web
            .unwrap_or_else(|| limits::API_TOKEN_LIFETIME_FOR_WEB_SECONDS.min(token_lifetime)),
        allow_offline_access: fields.boolean("allow_offline_access").unwrap_or(false),
        skip_consent_for_verifiable_first_party_clients: fields
            .boolean("skip_consent_for_verifiable_first_party_clients")
            .unwrap_or(true),
        authorization_details: details_types(fields),
        client_id: fields.text("client_id", 1..=limits::SHORT_TEXT_CHARACTERS),
    }
}

const NAME_CHARACTERS: usize = limits::SHORT_TEXT_CHARACTERS;

fn signing_algorithm(fields: &mut Fields<'_>) -> Algorithm {
    const NAME: &str = "signing_alg";
    if fields.value(NAME).and_then(Value::as_str).is_some_and(|name| name.starts_with("HS")) {
        fields.refuse(
            NAME,
            "must not be symmetric: the API, and whoever else holds the secret, could make its tokens; use RS256",
        );
        return Algorithm::RS256;
    }
    let signing = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
    fields.choice(NAME, &signing.map(|algorithm| (algorithm.name(), algorithm))).unwrap_or(Algorithm::RS256)
}

/// `[{"value": "read:orders", "description": "Read your orders"}]`.
fn scopes(fields: &mut Fields<'_>) -> Vec<ApiScope> {
    let scopes = fields
        .objects("scopes", limits::SCOPES_PER_API, |scope| {
            let value = scope.required_text("value", 1..=limits::API_SCOPE_CHARACTERS);
            match value.as_deref() {
                Some(value) if !is_scope_token(value) => scope.refuse(
                    "value",
                    "must be one word of printable ASCII without quotation mark and backslash (RFC 6749 §3.3)",
                ),
                Some(value) if scope::is_reserved(value) => {
                    scope.refuse("value", "is a scope of OpenID Connect itself; choose another word");
                }
                Some(_) | None => {}
            }
            let value = value.unwrap_or_default();
            let description =
                scope.label("description", 0..=limits::API_SCOPE_DESCRIPTION_CHARACTERS).unwrap_or_default();
            ApiScope { value, description }
        })
        .unwrap_or_default();
    let mut seen = BTreeSet::new();
    if let Some(twice) = scopes.iter().find(|scope| !seen.insert(scope.value.as_str())) {
        fields.refuse("scopes", format!("lists {:?} twice", twice.value));
    }
    scopes
}

fn details_types(fields: &mut Fields<'_>) -> Vec<AuthorizationDetailsType> {
    fields
        .objects("authorization_details", limits::DETAILS_TYPES_PER_API, |details| {
            let name = details.required_label("type", 1..=limits::SHORT_TEXT_CHARACTERS).unwrap_or_default();
            AuthorizationDetailsType { name }
        })
        .unwrap_or_default()
}

/// Auth0's switches of which this service has one position.
fn refuse_other_versions(fields: &mut Fields<'_>) {
    const DIALECT: &str = "token_dialect";
    if fields.text(DIALECT, 1..=limits::SHORT_TEXT_CHARACTERS).is_some_and(|name| name != "rfc9068_profile") {
        fields.refuse(DIALECT, "must be rfc9068_profile: every access token here is a JWT by RFC 9068");
    }
    if fields.boolean("enforce_policies") == Some(true) {
        fields.refuse("enforce_policies", "must be false: this service has no roles and permissions");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn made(body: &Value) -> Result<ResourceServer, Vec<Problem>> {
        let issuer = Issuer::parse("https://hub.example/").unwrap();
        new_resource_server(body.as_object().unwrap(), "api1", &issuer, NOW)
    }

    fn changed(current: &ResourceServer, patch: &Value) -> Result<ResourceServer, Vec<Problem>> {
        changed_resource_server(current, patch.as_object().unwrap(), NOW.plus_seconds(1))
    }

    fn paths(refused: Result<ResourceServer, Vec<Problem>>) -> Vec<String> {
        refused.unwrap_err().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn an_api_needs_no_more_than_its_identifier() {
        let api = made(&json!({"identifier": "https://api.example/orders"})).unwrap();
        assert_eq!(api.settings.name, "https://api.example/orders");
        assert_eq!(api.settings.signing_alg, Algorithm::RS256);
        assert_eq!((api.settings.token_lifetime, api.settings.token_lifetime_for_web), (86_400, 7_200));
        assert!(!api.settings.allow_offline_access);
        let short = made(&json!({"identifier": "urn:orders", "token_lifetime": 600})).unwrap();
        assert_eq!(short.settings.token_lifetime_for_web, 600);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let body = json!({
            "id": "x", "identifier": "https://hub.example/userinfo", "name": "<b>", "token_lifetime": 600,
            "token_lifetime_for_web": 601, "signing_alg": "HS256", "token_dialect": "access_token",
            "enforce_policies": true, "authorization_details": [{"type": ""}], "signing_secret": "s",
            "scopes": [{"value": "a b"}, {"value": "openid"}, {"description": "x"}, {"value": "r", "n": 1},
                {"value": "r"}],
        });
        assert_eq!(
            paths(made(&body)),
            [
                "id",
                "identifier",
                "name",
                "token_lifetime_for_web",
                "token_dialect",
                "enforce_policies",
                "scopes.0.value",
                "scopes.1.value",
                "scopes.2.value",
                "scopes.3.n",
                "scopes",
                "signing_alg",
                "authorization_details.0.type",
                "signing_secret",
            ]
        );
    }

    #[test]
    fn no_address_of_the_issuer_is_an_identifier() {
        for identifier in [
            "https://hub.example",
            "https://hub.example/",
            "https://HUB.example/api/v2/",
            "https://hub.example/anything",
            "has blank",
            "",
        ] {
            assert_eq!(paths(made(&json!({"identifier": identifier}))), ["identifier"], "{identifier}");
        }
        for identifier in ["https://hub.example.org/", "urn:api", "api://default", "orders"] {
            assert!(made(&json!({"identifier": identifier})).is_ok(), "{identifier}");
        }
    }

    #[test]
    fn sending_the_answer_back_changes_nothing_and_the_identifier_never_changes() {
        let api = made(&json!({
            "identifier": "urn:orders", "name": "Orders", "signing_alg": "ES256", "token_lifetime": 600,
            "scopes": [{"value": "read", "description": "Read"}], "allow_offline_access": true,
            "authorization_details": [{"type": "payment"}], "client_id": "backend",
            "skip_consent_for_verifiable_first_party_clients": false,
        }))
        .unwrap();
        let after = changed(&api, &resource_server_json(&api)).unwrap();
        assert_eq!(after, ResourceServer { updated_at: after.updated_at, ..api.clone() });
        assert_eq!(paths(changed(&api, &json!({"identifier": "urn:other"}))), ["identifier"]);
        assert_eq!(paths(changed(&api, &json!({"is_system": true}))), ["is_system"]);
        let after = changed(&api, &json!({"scopes": [{"value": "write"}], "client_id": null})).unwrap();
        assert_eq!(after.settings.scopes, [ApiScope { value: "write".into(), description: String::new() }]);
        assert_eq!((after.settings.client_id, after.settings.name.as_str()), (None, "Orders"));
    }
}
