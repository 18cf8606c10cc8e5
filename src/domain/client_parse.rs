//! An application from a Management API body: `POST` makes one, `PATCH` merges into one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::client::{AppType, Client, ClientAuthMethod, ClientSettings, GrantType, JwtConfiguration};
use super::client_json::client_json;
use super::clock::Timestamp;
use super::fields::Fields;
use super::limits;
use super::merge_patch::merge_patch;
use super::problem::Problem;
use super::profile::refusal_of_attribute_name;
use super::web_address::{PlainHttp, check_redirect_uri};
use crate::crypto::jws::Algorithm;

/// What only this service sets.
const READ_ONLY: [&str; 5] = ["client_id", "client_secret", "has_client_secret", "created_at", "updated_at"];
const LOGOUT_URLS: &str = "allowed_logout_urls";
const LOGOUT_URIS: &str = "post_logout_redirect_uris";
const ID_TOKEN_ALG: &str = "id_token_signed_response_alg";

/// The application a `POST` body describes; the caller gives it a secret unless it is public.
///
/// # Errors
/// All problems of the body.
pub fn new_client(
    body: &Map<String, Value>,
    client_id: &str,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    let mut problems: Vec<Problem> = READ_ONLY
        .into_iter()
        .filter(|name| body.contains_key(*name))
        .map(|name| Problem::new(name, "is set by this service; leave it out"))
        .collect();
    let mut body = body.clone();
    remove_read_only(&mut body);
    settle_aliases(&mut body, &Map::new(), &mut problems);
    Ok(Client {
        client_id: client_id.to_owned(),
        settings: settings(&body, problems)?,
        secret_hash: None,
        is_management: false,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// The application after a merge patch (RFC 7396). A key left out stays; `null` brings the default back.
///
/// The secret stays as it is, so an application that stops being public may have none yet.
///
/// # Errors
/// All problems of the application as it would be, and of what may not change.
pub fn changed_client(
    current: &Client,
    patch: &Map<String, Value>,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    let mut problems = Vec::new();
    let Value::Object(mut body) = client_json(current) else { return Err(problems) };
    let mut patch = patch.clone();
    settle_aliases(&mut patch, &body, &mut problems);
    for name in READ_ONLY {
        if patch.get(name).is_some_and(|value| body.get(name) != Some(value)) {
            let message = match name {
                "client_secret" => "cannot be set; rotate it to get a new one",
                _ => "cannot be changed; leave it out",
            };
            problems.push(Problem::new(name, message));
        }
        patch.remove(name);
    }
    merge_patch(&mut body, &patch);
    remove_read_only(&mut body);
    body.remove(LOGOUT_URIS);
    Ok(Client { settings: settings(&body, problems)?, updated_at: now, ..current.clone() })
}

fn remove_read_only(body: &mut Map<String, Value>) {
    for name in READ_ONLY {
        body.remove(name);
    }
}

/// Moves values sent under another name to the name they are kept by: `post_logout_redirect_uris` and
/// `jwt_configuration.alg`.
fn settle_aliases(body: &mut Map<String, Value>, before: &Map<String, Value>, problems: &mut Vec<Problem>) {
    if let Some(value) = body.remove(LOGOUT_URIS) {
        settle(body, before, LOGOUT_URLS, (LOGOUT_URIS, value), problems);
    }
    let alg = match body.get_mut("jwt_configuration") {
        Some(Value::Object(configuration)) => configuration.remove("alg"),
        Some(_) | None => None,
    };
    if let Some(value) = alg {
        settle(body, before, ID_TOKEN_ALG, ("jwt_configuration.alg", value), problems);
    }
}

/// A whole resource sent back carries both names: the one that says something new counts.
fn settle(
    body: &mut Map<String, Value>,
    before: &Map<String, Value>,
    name: &str,
    (alias, value): (&str, Value),
    problems: &mut Vec<Problem>,
) {
    let old = before.get(name);
    match body.get(name) {
        Some(sent) if *sent != value && Some(&value) != old && Some(sent) != old => {
            problems.push(Problem::new(alias, format!("differs from {name}; send only one of them")));
        }
        Some(_) if Some(&value) == old => {}
        Some(_) | None => {
            body.insert(name.to_owned(), value);
        }
    }
}

fn settings(body: &Map<String, Value>, mut problems: Vec<Problem>) -> Result<ClientSettings, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let app_type = fields
        .choice(
            "app_type",
            &[
                ("regular_web", AppType::RegularWeb),
                ("spa", AppType::Spa),
                ("native", AppType::Native),
                ("non_interactive", AppType::NonInteractive),
            ],
        )
        .unwrap_or_default();
    let settings = ClientSettings {
        name: name(&mut fields),
        description: fields.text("description", 0..=limits::DESCRIPTION_CHARACTERS).unwrap_or_default(),
        app_type,
        is_first_party: fields.boolean("is_first_party").unwrap_or(true),
        logo_uri: fields.web_address("logo_uri", PlainHttp::ToLoopback),
        callbacks: redirect_uris(&mut fields, "callbacks", app_type),
        allowed_logout_urls: redirect_uris(&mut fields, LOGOUT_URLS, app_type),
        initiate_login_uri: fields.web_address("initiate_login_uri", PlainHttp::ToLoopback),
        grant_types: grant_types(&mut fields, app_type),
        token_endpoint_auth_method: auth_method(&mut fields, app_type),
        jwt_configuration: fields.object("jwt_configuration", jwt_configuration).unwrap_or_default(),
        id_token_signed_response_alg: id_token_algorithm(&mut fields),
        access_token_ttl: fields.integer(
            "access_token_ttl",
            limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TOKEN_LIFETIME_MAX_SECONDS,
        ),
        profile_claims: profile_claims(&mut fields),
        client_metadata: client_metadata(&mut fields),
    };
    refuse_other_versions(&mut fields);
    if settings.token_endpoint_auth_method == ClientAuthMethod::None
        && settings.grant_types.contains(&GrantType::ClientCredentials)
    {
        fields.refuse(
            "grant_types",
            "contains client_credentials, which a public application (token_endpoint_auth_method none) cannot use: it has no secret",
        );
    }
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn name(fields: &mut Fields<'_>) -> String {
    let name = fields.required_text("name", 1..=limits::SHORT_TEXT_CHARACTERS).unwrap_or_default();
    if name.contains(['<', '>']) {
        fields.refuse("name", "must not contain < or >");
    }
    name
}

fn redirect_uris(fields: &mut Fields<'_>, name: &'static str, app_type: AppType) -> Vec<String> {
    let uris = fields.texts(name, limits::URLS_PER_CLIENT, 1..=limits::URL_BYTES).unwrap_or_default();
    for (position, uri) in uris.iter().enumerate() {
        if let Err(problem) = check_redirect_uri(uri, app_type) {
            fields.refuse(&format!("{name}.{position}"), problem);
        }
    }
    uris
}

fn grant_types(fields: &mut Fields<'_>, app_type: AppType) -> Vec<GrantType> {
    let known = [GrantType::AuthorizationCode, GrantType::ClientCredentials];
    fields
        .list("grant_types", limits::METADATA_KEYS, 1..=limits::SHORT_TEXT_CHARACTERS, |name| {
            known.into_iter().find(|grant_type| grant_type.name() == name).ok_or_else(|| {
                let known = known.map(GrantType::name).join(", ");
                format!("contains {name:?}, which this version does not know; known are {known}")
            })
        })
        .unwrap_or_else(|| match app_type {
            AppType::NonInteractive => vec![GrantType::ClientCredentials],
            AppType::RegularWeb | AppType::Spa | AppType::Native => vec![GrantType::AuthorizationCode],
        })
}

/// The method of this name, or the usual one of the kind of application: what runs on a person's machine
/// keeps no secret.
fn auth_method(fields: &mut Fields<'_>, app_type: AppType) -> ClientAuthMethod {
    const NAME: &str = "token_endpoint_auth_method";
    let methods = [
        ("client_secret_post", Some(ClientAuthMethod::ClientSecretPost)),
        ("client_secret_basic", Some(ClientAuthMethod::ClientSecretBasic)),
        ("none", Some(ClientAuthMethod::None)),
        ("client_secret_jwt", None),
        ("private_key_jwt", None),
    ];
    let method = fields.choice(NAME, &methods);
    if method == Some(None) {
        fields.refuse(
            NAME,
            "is not supported by this version in that value; use client_secret_post, client_secret_basic or none",
        );
    }
    method.flatten().unwrap_or(match app_type {
        AppType::Spa | AppType::Native => ClientAuthMethod::None,
        AppType::RegularWeb | AppType::NonInteractive => ClientAuthMethod::ClientSecretPost,
    })
}

fn jwt_configuration(fields: &mut Fields<'_>) -> JwtConfiguration {
    let lifetime = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TOKEN_LIFETIME_MAX_SECONDS;
    JwtConfiguration {
        lifetime_in_seconds: fields
            .integer("lifetime_in_seconds", lifetime)
            .unwrap_or(limits::ID_TOKEN_LIFETIME_SECONDS),
    }
}

fn id_token_algorithm(fields: &mut Fields<'_>) -> Algorithm {
    if fields.value(ID_TOKEN_ALG).and_then(Value::as_str).is_some_and(|name| name.starts_with("HS")) {
        fields.refuse(
            ID_TOKEN_ALG,
            "must not be symmetric: every holder of the client secret could make ID tokens; use RS256",
        );
        return Algorithm::RS256;
    }
    let signing = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
    fields
        .choice(ID_TOKEN_ALG, &signing.map(|algorithm| (algorithm.name(), algorithm)))
        .unwrap_or(Algorithm::RS256)
}

fn profile_claims(fields: &mut Fields<'_>) -> Vec<String> {
    fields
        .list("profile_claims", limits::MAPPED_ATTRIBUTES, 1..=limits::ATTRIBUTE_NAME_CHARACTERS, |name| {
            refusal_of_attribute_name(name).map_or_else(|| Ok(name.to_owned()), Err)
        })
        .unwrap_or_default()
}

fn client_metadata(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    fields
        .text_map("client_metadata", limits::METADATA_KEYS, limits::SHORT_TEXT_CHARACTERS)
        .unwrap_or_default()
}

/// Properties that exist, and that this version knows in one value only.
fn refuse_other_versions(fields: &mut Fields<'_>) {
    let only = [
        ("response_types", json!(["code"])),
        ("subject_type", json!("public")),
        ("sector_identifier_uri", json!("")),
        ("require_auth_time", json!(false)),
        ("request_uris", json!([])),
        ("jwks", json!({})),
        ("jwks_uri", json!("")),
        ("token_endpoint_auth_signing_alg", json!("")),
        ("introspection_endpoint_auth_method", json!("")),
        ("revocation_endpoint_auth_method", json!("")),
        ("refresh_token_ttl", json!(0)),
        ("refresh_token", json!({})),
        ("oidc_logout", json!({})),
    ];
    for (name, supported) in only {
        if fields.value(name).is_some_and(|value| *value != supported) {
            fields.refuse(name, "is not supported by this version in that value; leave it out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn made(body: &Value) -> Result<Client, Vec<Problem>> {
        new_client(body.as_object().unwrap(), "client-1", NOW)
    }

    fn changed(current: &Client, patch: &Value) -> Result<Client, Vec<Problem>> {
        changed_client(current, patch.as_object().unwrap(), NOW.plus_seconds(60))
    }

    fn paths(result: Result<Client, Vec<Problem>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn defaults_follow_the_kind_of_application() {
        for (app_type, method, grant_type) in [
            (json!(null), ClientAuthMethod::ClientSecretPost, GrantType::AuthorizationCode),
            (json!("regular_web"), ClientAuthMethod::ClientSecretPost, GrantType::AuthorizationCode),
            (json!("spa"), ClientAuthMethod::None, GrantType::AuthorizationCode),
            (json!("native"), ClientAuthMethod::None, GrantType::AuthorizationCode),
            (json!("non_interactive"), ClientAuthMethod::ClientSecretPost, GrantType::ClientCredentials),
        ] {
            let client = made(&json!({"name": "App", "app_type": app_type})).unwrap();
            assert_eq!(client.settings.token_endpoint_auth_method, method, "{app_type}");
            assert_eq!(client.settings.grant_types, [grant_type], "{app_type}");
        }
    }

    #[test]
    fn sending_the_answer_back_changes_nothing() {
        let body = json!({
            "name": "App", "description": "d", "app_type": "native", "is_first_party": false,
            "callbacks": ["https://app.example/cb", "com.example.app:/cb"],
            "post_logout_redirect_uris": ["https://app.example/bye"], "logo_uri": "https://app.example/l.png",
            "initiate_login_uri": "https://app.example/login", "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "jwt_configuration": {"lifetime_in_seconds": 600, "alg": "ES256"}, "access_token_ttl": 300,
            "profile_claims": ["federated_groups"], "client_metadata": {"team": "a"},
        });
        let client = Client { secret_hash: Some("hash".into()), ..made(&body).unwrap() };
        assert_eq!(client.settings.allowed_logout_urls, ["https://app.example/bye"]);
        assert_eq!(client.settings.id_token_signed_response_alg, Algorithm::ES256);
        let answer = client_json(&client);
        assert_eq!(answer["post_logout_redirect_uris"], answer["allowed_logout_urls"]);
        assert_eq!(answer["has_client_secret"], true);
        assert!(!answer.to_string().contains("hash"));
        let after = changed(&client, &answer).unwrap();
        assert_eq!(after, Client { updated_at: after.updated_at, ..client });
    }

    #[test]
    fn either_name_of_the_sign_out_addresses_changes_them() {
        let client = made(&json!({"name": "App", "allowed_logout_urls": ["https://a.example/1"]})).unwrap();
        let (old, new, other) =
            (json!(["https://a.example/1"]), json!(["https://a.example/2"]), json!(["https://a.example/3"]));
        for (patch, expected) in [
            (json!({"post_logout_redirect_uris": new}), Some("https://a.example/2")),
            (json!({"allowed_logout_urls": new}), Some("https://a.example/2")),
            (
                json!({"allowed_logout_urls": old, "post_logout_redirect_uris": new}),
                Some("https://a.example/2"),
            ),
            (
                json!({"allowed_logout_urls": new, "post_logout_redirect_uris": old}),
                Some("https://a.example/2"),
            ),
            (
                json!({"allowed_logout_urls": new, "post_logout_redirect_uris": new}),
                Some("https://a.example/2"),
            ),
            (json!({"allowed_logout_urls": new, "post_logout_redirect_uris": other}), None),
        ] {
            let after = changed(&client, &patch);
            match expected {
                Some(url) => assert_eq!(after.unwrap().settings.allowed_logout_urls, [url], "{patch}"),
                None => assert_eq!(paths(after), ["post_logout_redirect_uris"]),
            }
        }
        let removed = changed(&client, &json!({"post_logout_redirect_uris": null})).unwrap();
        assert!(removed.settings.allowed_logout_urls.is_empty());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let body = json!({
            "client_id": "mine", "app_type": "desktop", "callbacks": ["https://ok.example", "http://app.example/cb"],
            "allowed_logout_urls": ["javascript:alert(1)"], "initiate_login_uri": "http://app.example",
            "grant_types": ["implicit"], "token_endpoint_auth_method": "private_key_jwt",
            "jwt_configuration": {"lifetime_in_seconds": 1}, "id_token_signed_response_alg": "HS256",
            "access_token_ttl": "long", "profile_claims": ["sub"], "client_metadata": [], "subject_type": "pairwise",
            "callback_urls": [], "web_origins": [],
        });
        assert_eq!(
            paths(made(&body)),
            [
                "client_id",
                "app_type",
                "name",
                "callbacks.1",
                "allowed_logout_urls.0",
                "initiate_login_uri",
                "grant_types",
                "token_endpoint_auth_method",
                "jwt_configuration.lifetime_in_seconds",
                "id_token_signed_response_alg",
                "access_token_ttl",
                "profile_claims",
                "client_metadata",
                "subject_type",
                "callback_urls",
                "web_origins",
            ]
        );
    }

    #[test]
    fn a_public_application_has_no_client_credentials() {
        let body = json!({"name": "App", "app_type": "spa", "grant_types": ["client_credentials"]});
        assert_eq!(paths(made(&body)), ["grant_types"]);
    }

    #[test]
    fn the_id_and_the_secret_cannot_be_set() {
        let client = made(&json!({"name": "App"})).unwrap();
        assert_eq!(
            paths(changed(&client, &json!({"client_id": "x", "client_secret": "y"}))),
            ["client_id", "client_secret"]
        );
    }
}
