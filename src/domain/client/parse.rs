//! An application from a Management API body: `POST` makes one, `PATCH` merges into one.

use serde_json::{Map, Value};

use super::Client;
use super::aliases::{follow_grant_types, remove_echoes, settle_aliases};
use super::choices::AppType;
use super::contradictions::refuse_contradictions;
use super::json::client_json;
use super::read_fields as read;
use super::settings::ClientSettings;
use crate::domain::clock::Timestamp;
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::merge_patch::merge_patch;
use crate::domain::problem::Problem;
use crate::domain::web_address::PlainHttp;

/// What only this service sets.
const READ_ONLY: [&str; 7] = [
    "client_id",
    "client_secret",
    "has_client_secret",
    "must_rotate_client_secret",
    "is_system",
    "created_at",
    "updated_at",
];

/// Whose application it is: the organization's own, or another's.
const PARTY: &str = "is_first_party";

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
    made_of(&body, problems, client_id, now)
}

/// The application whose properties are exactly `body`, each under the name it is kept by.
///
/// # Errors
/// All problems of the body.
pub(super) fn new_client_of(
    body: &Map<String, Value>,
    client_id: &str,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    made_of(body, Vec::new(), client_id, now)
}

/// `current` with exactly the properties in `body`, which may hold what [`client_json`] shows.
///
/// # Errors
/// All problems of the body.
pub(super) fn rewritten_client(
    current: &Client,
    mut body: Map<String, Value>,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    remove_read_only(&mut body);
    remove_echoes(&mut body);
    Ok(Client { settings: settings(&body, Vec::new())?, updated_at: now, ..current.clone() })
}

fn made_of(
    body: &Map<String, Value>,
    problems: Vec<Problem>,
    client_id: &str,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    Ok(Client {
        client_id: client_id.to_owned(),
        settings: settings(body, problems)?,
        secret: None,
        previous_secret: None,
        registration_token_hash: None,
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
    follow_grant_types(&mut patch, &body);
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
    if patch.get(PARTY).is_some_and(|value| body.get(PARTY) != Some(value)) {
        let message = "cannot be changed: people were asked for their consent, or not, because of it; register \
                       another application instead";
        problems.push(Problem::new(PARTY, message));
        patch.remove(PARTY);
    }
    merge_patch(&mut body, &patch);
    remove_read_only(&mut body);
    remove_echoes(&mut body);
    Ok(Client { settings: settings(&body, problems)?, updated_at: now, ..current.clone() })
}

fn remove_read_only(body: &mut Map<String, Value>) {
    for name in READ_ONLY {
        body.remove(name);
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
    let link = PlainHttp::ToLoopback;
    let lifetime = limits::TOKEN_LIFETIME_MIN_SECONDS..=limits::TOKEN_LIFETIME_MAX_SECONDS;
    let family_lifetime = 1..=limits::REFRESH_TOKEN_LIFETIME_MAX_SECONDS;
    let name = read::name(&mut fields);
    let description = fields.label("description", 0..=limits::DESCRIPTION_CHARACTERS).unwrap_or_default();
    let is_first_party = fields.boolean("is_first_party").unwrap_or(true);
    let grant_types = read::grant_types(&mut fields, app_type);
    let compliance_level = read::compliance_level(&mut fields);
    let mut on = |name| fields.boolean(name).unwrap_or(false);
    let settings = ClientSettings {
        name,
        description,
        app_type,
        is_first_party,
        require_pushed_authorization_requests: on("require_pushed_authorization_requests"),
        require_signed_request_object: on("require_signed_request_object"),
        require_auth_time: on("require_auth_time"),
        backchannel_logout_session_required: on("backchannel_logout_session_required"),
        frontchannel_logout_session_required: on("frontchannel_logout_session_required"),
        dpop_bound_access_tokens: on("dpop_bound_access_tokens"),
        logo_uri: fields.web_address("logo_uri", link),
        client_uri: fields.web_address("client_uri", link),
        policy_uri: fields.web_address("policy_uri", link),
        tos_uri: fields.web_address("tos_uri", link),
        contacts: fields
            .texts("contacts", limits::METADATA_KEYS, 1..=limits::SHORT_TEXT_CHARACTERS)
            .unwrap_or_default(),
        callbacks: read::redirect_uris(&mut fields, "callbacks", app_type),
        allowed_logout_urls: read::redirect_uris(&mut fields, "allowed_logout_urls", app_type),
        allowed_origins: read::origins(&mut fields, "allowed_origins", app_type),
        web_origins: read::origins(&mut fields, "web_origins", app_type),
        initiate_login_uri: fields.web_address("initiate_login_uri", link),
        response_types: read::response_types(&mut fields, &grant_types),
        grant_types,
        token_endpoint_auth_method: read::auth_method(&mut fields, app_type),
        token_endpoint_auth_signing_alg: read::assertion_algorithm(&mut fields),
        introspection_endpoint_auth_method: read::other_auth_method(
            &mut fields,
            "introspection_endpoint_auth_method",
        ),
        revocation_endpoint_auth_method: read::other_auth_method(
            &mut fields,
            "revocation_endpoint_auth_method",
        ),
        jwks: read::key_document(&mut fields),
        jwks_uri: fields.web_address("jwks_uri", link),
        request_uris: read::request_uris(&mut fields),
        request_object_signing_alg: read::verifying_algorithm(&mut fields, "request_object_signing_alg"),
        subject_type: read::subject_type(&mut fields),
        sector_identifier_uri: fields.web_address("sector_identifier_uri", link),
        jwt_configuration: fields.object("jwt_configuration", read::jwt_configuration).unwrap_or_default(),
        id_token_signed_response_alg: read::id_token_algorithm(&mut fields),
        userinfo_signed_response_alg: read::signing_algorithm(&mut fields, "userinfo_signed_response_alg"),
        authorization_signed_response_alg: read::signing_algorithm(
            &mut fields,
            "authorization_signed_response_alg",
        ),
        introspection_signed_response_alg: read::signing_algorithm(
            &mut fields,
            "introspection_signed_response_alg",
        ),
        default_max_age: fields.integer("default_max_age", 0..=limits::MAX_AGE_MAX_SECONDS),
        default_acr_values: read::words(&mut fields, "default_acr_values"),
        access_token_ttl: fields.integer("access_token_ttl", lifetime),
        refresh_token: read::refresh_token(&mut fields, compliance_level),
        refresh_token_ttl: fields.integer("refresh_token_ttl", family_lifetime),
        backchannel_logout_uri: fields.web_address("backchannel_logout_uri", link),
        frontchannel_logout_uri: fields.web_address("frontchannel_logout_uri", link),
        compliance_level,
        scope: read::scope(&mut fields),
        authorization_details_types: read::words(&mut fields, "authorization_details_types"),
        profile_claims: read::profile_claims(&mut fields),
        client_metadata: read::client_metadata(&mut fields),
    };
    refuse_contradictions(&mut fields, &settings);
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crypto::jws::Algorithm;
    use crate::domain::client::{
        ClientAuthMethod, ClientSecret, GrantType, RotationType, SubjectType, client_secrets_json,
    };
    use crate::domain::secret::Secret;
    use crate::protocol::response_type::ResponseType;

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
        let interactive = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        let code = vec![ResponseType::Code];
        for (app_type, method, grant_types, response_types) in [
            (json!(null), ClientAuthMethod::ClientSecretPost, &interactive, &code),
            (json!("regular_web"), ClientAuthMethod::ClientSecretPost, &interactive, &code),
            (json!("spa"), ClientAuthMethod::None, &interactive, &code),
            (json!("native"), ClientAuthMethod::None, &interactive, &code),
            (
                json!("non_interactive"),
                ClientAuthMethod::ClientSecretPost,
                &vec![GrantType::ClientCredentials],
                &vec![],
            ),
        ] {
            let client = made(&json!({"name": "App", "app_type": app_type})).unwrap();
            assert_eq!(client.settings.token_endpoint_auth_method, method, "{app_type}");
            assert_eq!(client.settings.grant_types, *grant_types, "{app_type}");
            assert_eq!(client.settings.response_types, *response_types, "{app_type}");
        }
    }

    #[test]
    fn what_an_older_release_stored_is_read_with_defaults() {
        let stored = r#"{"name":"Old","grant_types":["client_credentials"],"token_endpoint_auth_method":"client_secret_basic"}"#;
        let settings = serde_json::from_str::<ClientSettings>(stored).unwrap().in_step();
        assert_eq!(settings.response_types, []);
        assert_eq!(settings.refresh_token.token_lifetime, limits::REFRESH_TOKEN_LIFETIME_SECONDS);
        let client = Client { settings, ..made(&json!({"name": "Old"})).unwrap() };
        assert_eq!(changed(&client, &json!({"name": "New"})).unwrap().settings.name, "New");
    }

    /// Every property with a value that is not its default.
    fn everything() -> Value {
        let text = r#"{
            "name": "App", "description": "d", "app_type": "native", "is_first_party": false,
            "logo_uri": "https://app.example/l.png", "client_uri": "https://app.example",
            "policy_uri": "https://app.example/policy", "tos_uri": "https://app.example/tos",
            "contacts": ["ops@app.example"], "callbacks": ["https://app.example/cb", "com.example.app:/cb"],
            "post_logout_redirect_uris": ["https://app.example/bye"], "allowed_origins": ["https://app.example"],
            "web_origins": ["capacitor://localhost"], "initiate_login_uri": "https://app.example/login",
            "response_types": ["code", "id_token code", "none"],
            "grant_types": ["authorization_code", "implicit", "urn:ietf:params:oauth:grant-type:device_code"],
            "token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256",
            "introspection_endpoint_auth_method": "client_secret_basic",
            "revocation_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]},
            "request_uris": ["https://app.example/request.jwt#digest"], "require_pushed_authorization_requests": true,
            "require_signed_request_object": true, "request_object_signing_alg": "EdDSA",
            "subject_type": "pairwise", "sector_identifier_uri": "https://app.example/sector.json",
            "jwt_configuration": {"lifetime_in_seconds": 600, "alg": "ES256"},
            "userinfo_signed_response_alg": "PS256", "authorization_signed_response_alg": "ES256",
            "introspection_signed_response_alg": "EdDSA", "require_auth_time": true, "default_max_age": 0,
            "default_acr_values": ["urn:mfa"], "access_token_ttl": 300,
            "refresh_token": {
                "rotation_type": "non-rotating", "expiration_type": "non-expiring", "leeway": 5,
                "token_lifetime": 1000, "infinite_token_lifetime": true, "idle_token_lifetime": 900,
                "infinite_idle_token_lifetime": true
            },
            "refresh_token_ttl": 700, "oidc_logout": {"backchannel_logout_urls": ["https://app.example/back"]},
            "backchannel_logout_session_required": true, "frontchannel_logout_uri": "https://app.example/front",
            "frontchannel_logout_session_required": true, "require_proof_of_possession": true,
            "scope": " openid  email ", "authorization_details_types": ["payment"],
            "profile_claims": ["federated_groups", "groups"], "client_metadata": {"team": "a"}
        }"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_property_has_a_place_in_the_answer() {
        let Value::Object(sent) = everything() else { panic!() };
        let answer = client_json(&made(&everything()).unwrap());
        for (name, value) in &sent {
            let expected = match name.as_str() {
                "require_proof_of_possession" => continue,
                "response_types" => json!(["code", "code id_token", "none"]),
                "jwt_configuration" => json!({"lifetime_in_seconds": 600}),
                "scope" => json!("openid email"),
                _ => value.clone(),
            };
            assert_eq!(answer[name], expected, "{name}");
        }
        assert_eq!(answer["dpop_bound_access_tokens"], true);
        assert_eq!(answer["backchannel_logout_uri"], "https://app.example/back");
        let usual = serde_json::to_value(ClientSettings::default()).unwrap();
        for (name, value) in usual.as_object().unwrap() {
            if name != "compliance_level" {
                assert_ne!(answer[name], *value, "{name} is not tried");
            }
        }
    }

    #[test]
    fn sending_the_answer_back_changes_nothing() {
        let body = everything();
        let secret = ClientSecret::new(&Secret::new("s3cret"), true, NOW);
        let client = Client { secret: Some(secret), ..made(&body).unwrap() };
        assert_eq!(client.settings.allowed_logout_urls, ["https://app.example/bye"]);
        assert_eq!(client.settings.id_token_signed_response_alg, Algorithm::ES256);
        let answer = client_json(&client);
        assert_eq!(answer["post_logout_redirect_uris"], answer["allowed_logout_urls"]);
        assert_eq!(answer["has_client_secret"], true);
        assert_eq!(answer["must_rotate_client_secret"], false);
        let secrets = client_secrets_json(&client, NOW);
        assert_eq!(secrets[0]["is_current"], true);
        let hash = &client.secret.as_ref().unwrap().hash;
        for shown in [answer.to_string(), secrets.to_string(), format!("{client:?}")] {
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert!(!answer.to_string().contains(hash) && !secrets.to_string().contains(hash));
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
    fn either_name_of_the_back_channel_address_changes_it() {
        let client = made(&json!({"name": "App", "backchannel_logout_uri": "https://a.example/1"})).unwrap();
        let answer = client_json(&client);
        assert_eq!(answer["oidc_logout"], json!({"backchannel_logout_urls": ["https://a.example/1"]}));
        for (patch, expected) in [
            (
                json!({"oidc_logout": {"backchannel_logout_urls": ["https://a.example/2"]}}),
                Some("https://a.example/2"),
            ),
            (json!({"backchannel_logout_uri": "https://a.example/2"}), Some("https://a.example/2")),
            (json!({"oidc_logout": {"backchannel_logout_urls": []}}), None),
            (json!({"oidc_logout": null}), None),
            (json!({"backchannel_logout_uri": null}), None),
            (
                json!({"oidc_logout": {"backchannel_logout_initiators": {"mode": "all"}}}),
                Some("https://a.example/1"),
            ),
            (json!({"name": "Other"}), Some("https://a.example/1")),
        ] {
            let after = changed(&client, &patch).unwrap();
            assert_eq!(after.settings.backchannel_logout_uri.as_deref(), expected, "{patch}");
        }
        for (value, path) in [
            (
                json!({"backchannel_logout_urls": ["https://a.example/2", "https://a.example/3"]}),
                "oidc_logout.backchannel_logout_urls",
            ),
            (
                json!({"backchannel_logout_initiators": {"mode": "custom"}}),
                "oidc_logout.backchannel_logout_initiators",
            ),
            (json!({"nothing": 1}), "oidc_logout.nothing"),
            (json!(5), "oidc_logout"),
        ] {
            assert_eq!(paths(changed(&client, &json!({"oidc_logout": value}))), [path], "{value}");
        }
    }

    #[test]
    fn response_types_follow_grant_types_that_are_changed_alone() {
        let client = made(&json!({
            "name": "App", "grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token"],
        }))
        .unwrap();
        let after = changed(&client, &json!({"grant_types": ["authorization_code"]})).unwrap();
        assert_eq!(after.settings.response_types, [ResponseType::Code]);
        let after = changed(&client, &json!({"grant_types": ["client_credentials"]})).unwrap();
        assert_eq!(after.settings.response_types, []);
        let after = changed(&after, &json!({"grant_types": ["authorization_code", "implicit"]})).unwrap();
        assert_eq!(after.settings.response_types, [ResponseType::Code]);
        let patch = json!({"grant_types": ["authorization_code"], "response_types": ["id_token"]});
        assert_eq!(paths(changed(&client, &patch)), ["response_types"]);
    }

    #[test]
    fn contradictions_are_refused_and_each_names_its_property() {
        let key = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
        let two_hosts = json!(["https://a.example/cb", "https://b.example/cb"]);
        for (body, expected) in [
            (json!({"response_types": ["id_token"]}), "response_types"),
            (json!({"response_types": ["code id_token"]}), "response_types"),
            (json!({"grant_types": ["implicit"], "response_types": ["code"]}), "response_types"),
            (
                json!({
                    "dpop_bound_access_tokens": true, "response_types": ["code", "code token"],
                    "grant_types": ["authorization_code", "implicit"],
                }),
                "dpop_bound_access_tokens",
            ),
            (json!({"app_type": "spa", "grant_types": ["client_credentials"]}), "grant_types"),
            (
                json!({"app_type": "spa", "introspection_endpoint_auth_method": "client_secret_basic"}),
                "introspection_endpoint_auth_method",
            ),
            (
                json!({"app_type": "spa", "revocation_endpoint_auth_method": "client_secret_jwt"}),
                "revocation_endpoint_auth_method",
            ),
            (json!({"token_endpoint_auth_method": "private_key_jwt"}), "token_endpoint_auth_method"),
            (
                json!({"revocation_endpoint_auth_method": "private_key_jwt"}),
                "revocation_endpoint_auth_method",
            ),
            (json!({"token_endpoint_auth_signing_alg": "HS256"}), "token_endpoint_auth_signing_alg"),
            (
                json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256"}),
                "token_endpoint_auth_signing_alg",
            ),
            (json!({"jwks": key, "jwks_uri": "https://a.example/jwks"}), "jwks_uri"),
            (json!({"require_signed_request_object": true}), "require_signed_request_object"),
            (json!({"request_object_signing_alg": "RS256"}), "request_object_signing_alg"),
            (json!({"jwks": key, "request_object_signing_alg": "none"}), "request_object_signing_alg"),
            (json!({"subject_type": "pairwise", "callbacks": two_hosts}), "sector_identifier_uri"),
            (
                json!({"callbacks": two_hosts, "frontchannel_logout_uri": "https://c.example/x"}),
                "frontchannel_logout_uri",
            ),
            (json!({"refresh_token": {"expiration_type": "non-expiring"}}), "refresh_token.expiration_type"),
            (
                json!({"refresh_token": {"token_lifetime": 60, "idle_token_lifetime": 61}}),
                "refresh_token.idle_token_lifetime",
            ),
        ] {
            let mut body = body;
            body["name"] = json!("App");
            assert_eq!(paths(made(&body)), [expected], "{body}");
        }
        let told = made(&json!({
            "name": "App", "compliance_level": "fapi2_sp_pkj_dpop", "grant_types": ["implicit"],
            "response_types": ["id_token"],
        }));
        assert_eq!(paths(told), ["compliance_level"; 4]);
        let plain = json!({
            "name": "App", "token_endpoint_auth_method": "private_key_jwt", "jwks": key,
            "id_token_signed_response_alg": "ES256",
        });
        let level = json!({"compliance_level": "fapi2_sp_pkj_dpop"});
        assert_eq!(paths(changed(&made(&plain).unwrap(), &level)), ["compliance_level"], "its tokens rotate");
        let good = json!({
            "name": "App", "compliance_level": "fapi2_sp_pkj_dpop", "token_endpoint_auth_method": "private_key_jwt",
            "jwks": key, "id_token_signed_response_alg": "ES256",
        });
        let mut good = made(&good).unwrap().settings;
        assert!(good.is_fapi2());
        assert_eq!(good.refresh_token.rotation_type, RotationType::NonRotating);
        assert_eq!(good.usual_algorithm(), Algorithm::ES256);
        good.refresh_token.rotation_type = RotationType::Rotating;
        assert_eq!(good.in_step().refresh_token.rotation_type, RotationType::NonRotating);
        let one_host = json!({
            "name": "App", "subject_type": "pairwise", "callbacks": ["https://a.example/1", "https://a.example/2"],
        });
        assert_eq!(made(&one_host).unwrap().settings.subject_type, SubjectType::Pairwise);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let body = json!({
            "client_id": "mine", "app_type": "desktop", "callbacks": ["https://ok.example", "http://app.example/cb"],
            "allowed_logout_urls": ["javascript:alert(1)"], "initiate_login_uri": "http://app.example",
            "grant_types": ["password"], "token_endpoint_auth_method": "private_key_jwt",
            "jwt_configuration": {"lifetime_in_seconds": 1}, "id_token_signed_response_alg": "HS256",
            "access_token_ttl": "long", "profile_claims": ["sub"], "client_metadata": [], "subject_type": "secret",
            "response_types": ["token"], "web_origins": ["https://app.example/"], "jwks": {"keys": []},
            "request_uris": ["http://app.example/r"], "default_acr_values": ["a b"], "scope": "a\\b",
            "compliance_level": "fapi1_adv_mtls_par", "callback_urls": [],
        });
        assert_eq!(
            paths(made(&body)),
            [
                "client_id",
                "app_type",
                "name",
                "grant_types",
                "compliance_level",
                "callbacks.1",
                "allowed_logout_urls.0",
                "web_origins.0",
                "initiate_login_uri",
                "response_types",
                "jwks",
                "request_uris.0",
                "subject_type",
                "jwt_configuration.lifetime_in_seconds",
                "id_token_signed_response_alg",
                "default_acr_values",
                "access_token_ttl",
                "scope",
                "profile_claims",
                "client_metadata",
                "token_endpoint_auth_method",
                "callback_urls",
            ]
        );
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
