//! A connection from a Management API body: `POST` makes one, `PATCH` merges into one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::json::connection_json;
use super::parse_identity::refuse_past_expiry;
use super::parse_options::{local_options, oidc_options};
use super::redirect_uri::carry_over;
use super::{Connection, Strategy, TokenEndpointAuthMethod};
use crate::domain::clock::Timestamp;
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::merge_patch::merge_patch;
use crate::domain::preset::{apply_preset, refuse_other_preset};
use crate::domain::problem::Problem;
use crate::domain::secret::Secret;
use crate::domain::secret_receivers;
use crate::domain::web_address::PlainHttp;

/// What only this service sets.
const READ_ONLY: [&str; 5] = ["id", "logo_path", "is_system", "created_at", "updated_at"];
/// What is shown with a connection and changes by itself: what a caller read a moment ago may be sent back.
const SHOWN: &str = "status";
/// What is shown with a connection and follows from its name and `options.redirect_uri`.
const CALLBACK_URL: &str = "callback_url";
/// What a change must leave as it is.
const IMMUTABLE: [&str; 2] = ["name", "strategy"];
const CLIENT_SECRET: &str = "options.client_secret";

/// The connection a `POST` body describes. `allows_http`: providers may be reached by plain `http`, since the
/// outbound guard has exemptions.
///
/// # Errors
/// All problems of the body.
pub fn new_connection(
    body: &Map<String, Value>,
    id: &str,
    allows_http: bool,
    now: Timestamp,
) -> Result<Connection, Vec<Problem>> {
    let mut problems: Vec<Problem> = READ_ONLY
        .into_iter()
        .chain([SHOWN, CALLBACK_URL])
        .filter(|name| body.contains_key(*name))
        .map(|name| Problem::new(name, "is set by this service; leave it out"))
        .collect();
    let mut body = body.clone();
    READ_ONLY.into_iter().chain([SHOWN, CALLBACK_URL]).for_each(|name| {
        body.remove(name);
    });
    rename_scopes(&mut body, &mut problems);
    let plain_http = if allows_http { PlainHttp::Anywhere } else { PlainHttp::Never };
    apply_preset(&mut body, plain_http, &mut problems);
    let secret = take_secret(&mut body, &mut problems).unwrap_or_default();
    let seed = Seed {
        id: id.to_owned(),
        client_secret: secret,
        logo_sha256: None,
        known_expiry: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    read(&body, seed, allows_http, problems)
}

/// The connection after a merge patch (RFC 7396) at every depth. A key left out stays, the client secret
/// included; `null` removes. `adopted`: the metadata that logins through `current` go by.
///
/// # Errors
/// All problems of the connection as it would be, and of what may not change; a stored secret that would go to somebody
/// else without being sent again is one.
pub fn changed_connection(
    current: &Connection,
    patch: &Map<String, Value>,
    adopted: Option<&Map<String, Value>>,
    allows_http: bool,
    now: Timestamp,
) -> Result<Connection, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut patch = patch.clone();
    rename_scopes(&mut patch, &mut problems);
    let sent = take_secret(&mut patch, &mut problems);
    if let Some(sent) = &sent {
        forget_expiry(&mut patch);
        if sent.is_some() && current.client_secret.is_none() {
            use_first_secret(&mut patch, current);
        }
    }
    let is_sent = sent.is_some();
    let secret = sent.unwrap_or_else(|| current.client_secret.clone());
    let Value::Object(before) = connection_json(current, None) else { return Err(problems) };
    refuse_other_preset(&before, &mut patch, &mut problems);
    for name in READ_ONLY.into_iter().chain(IMMUTABLE) {
        if patch.get(name).is_some_and(|value| before.get(name) != Some(value)) {
            let message = "cannot be changed; leave it out, or create another connection";
            problems.push(Problem::new(name, message));
        }
        patch.remove(name);
    }
    if patch.remove(SHOWN).is_some_and(|status| !is_status(&status)) {
        problems.push(Problem::new(SHOWN, "is found out by this service; leave it out"));
    }
    if patch.remove(CALLBACK_URL).is_some_and(|url| !is_callback_url(&url, current)) {
        let message = "follows from name and options.redirect_uri; leave it out";
        problems.push(Problem::new(CALLBACK_URL, message));
    }
    let mut body = before;
    merge_patch(&mut body, &patch);
    READ_ONLY.into_iter().for_each(|name| {
        body.remove(name);
    });
    let seed = Seed {
        id: current.id.clone(),
        client_secret: secret,
        logo_sha256: current.logo_sha256.clone(),
        known_expiry: current.options.client_secret_expires_at,
        created_at: current.created_at,
        updated_at: now,
        version: current.version,
    };
    let mut changed = read(&body, seed, allows_http, problems)?;
    if changed.strategy == Strategy::Oidc {
        carry_over(&current.options, &mut changed.options, &patch);
    }
    match secret_receivers::refusal(current, adopted, &changed).filter(|_| !is_sent) {
        Some(problem) => Err(vec![problem]),
        None => Ok(changed),
    }
}

/// Whether it is what is shown, whatever has been found out since.
fn is_status(value: &Value) -> bool {
    value.as_object().is_some_and(|status| status.keys().eq(["checked_at", "state"]))
}

/// Whether it is what is shown of `current`, at whatever address this service was called then.
fn is_callback_url(value: &Value, current: &Connection) -> bool {
    value.as_str().is_some_and(|url| url.ends_with(current.callback_path().as_str()))
}

/// What the body does not say.
struct Seed {
    id: String,
    client_secret: Option<Secret>,
    logo_sha256: Option<String>,
    /// `client_secret_expires_at` before a change.
    known_expiry: Option<i64>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

fn read(
    body: &Map<String, Value>,
    seed: Seed,
    allows_http: bool,
    mut problems: Vec<Problem>,
) -> Result<Connection, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let name = fields.required_text("name", 1..=limits::CONNECTION_NAME_CHARACTERS).unwrap_or_default();
    if !name.is_empty() && !is_connection_name(&name) {
        fields.refuse("name", "must be letters and digits, with single hyphens inside, for instance acme-eu");
    }
    let strategy = strategy(&mut fields);
    // A secret that was refused is not missing as well.
    let has_secret =
        seed.client_secret.is_some() || problems.iter().any(|problem| problem.path == CLIENT_SECRET);
    let options = match strategy {
        Some(Strategy::Oidc) if body.get("options").is_none_or(Value::is_null) => {
            fields.value("options");
            fields.refuse(
                "options",
                "is required: how to reach the provider, at least client_id and discovery_url",
            );
            None
        }
        Some(Strategy::Oidc) => {
            fields.object("options", |options| oidc_options(options, has_secret, allows_http))
        }
        Some(Strategy::Local) => fields.object("options", local_options),
        None => {
            fields.ignore(&["options"]);
            None
        }
    };
    if let Some(options) = &options {
        let expires_at = options.client_secret_expires_at;
        refuse_past_expiry(&mut fields, expires_at, seed.known_expiry, seed.updated_at);
    }
    let connection = Connection {
        id: seed.id,
        display_name: fields
            .label("display_name", 1..=limits::DISPLAY_NAME_CHARACTERS)
            .unwrap_or_else(|| name.clone()),
        is_enabled: fields.boolean("is_enabled").unwrap_or(true),
        is_domain_connection: fields.boolean("is_domain_connection").unwrap_or(false),
        show_as_button: fields.boolean("show_as_button").unwrap_or(false),
        realms: fields
            .texts("realms", limits::REALMS_PER_CONNECTION, 1..=limits::CONNECTION_NAME_CHARACTERS)
            .unwrap_or_else(|| vec![name.clone()]),
        metadata: fields
            .text_map("metadata", limits::METADATA_KEYS, limits::SHORT_TEXT_CHARACTERS)
            .unwrap_or_default(),
        enabled_clients: fields
            .texts("enabled_clients", limits::CLIENTS_PER_CONNECTION, 1..=limits::SHORT_TEXT_CHARACTERS)
            .map(BTreeSet::from_iter)
            .unwrap_or_default(),
        name,
        strategy: strategy.unwrap_or(Strategy::Oidc),
        options: options.unwrap_or_default(),
        client_secret: seed.client_secret,
        logo_sha256: seed.logo_sha256,
        created_at: seed.created_at,
        updated_at: seed.updated_at,
        version: seed.version,
    };
    if connection.strategy == Strategy::Local && connection.client_secret.is_some() {
        fields.refuse(CLIENT_SECRET, "does not belong to a connection with strategy local");
    }
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(connection) } else { Err(problems) }
}

fn strategy(fields: &mut Fields<'_>) -> Option<Strategy> {
    let name = fields.required_text("strategy", 1..=limits::SHORT_TEXT_CHARACTERS)?;
    let strategy = Strategy::from_name(&name);
    if strategy.is_none() {
        fields.refuse(
            "strategy",
            "must be oidc, or local for classic accounts; Okta, Entra ID, Google and others are reached by oidc with their discovery_url",
        );
    }
    strategy
}

/// `^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$`
fn is_connection_name(name: &str) -> bool {
    name.split('-').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// `scopes` is another name for `scope`.
fn rename_scopes(body: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let Some(Value::Object(options)) = body.get_mut("options") else { return };
    let Some(scopes) = options.remove("scopes") else { return };
    match options.get("scope") {
        Some(scope) if *scope != scopes => {
            problems
                .push(Problem::new("options.scopes", "differs from options.scope; send only one of them"));
        }
        _ => {
            options.insert("scope".into(), scopes);
        }
    }
}

/// A date belongs to the secret it came with: another secret has the date sent with it, or none.
fn forget_expiry(patch: &mut Map<String, Value>) {
    if let Some(Value::Object(options)) = patch.get_mut("options") {
        options.entry("client_secret_expires_at").or_insert(Value::Null);
    }
}

/// A connection that was public for want of a secret uses the one it gets, unless the patch says otherwise.
fn use_first_secret(patch: &mut Map<String, Value>, current: &Connection) {
    if current.options.token_endpoint_auth_method == TokenEndpointAuthMethod::None
        && let Some(Value::Object(options)) = patch.get_mut("options")
    {
        options.entry("token_endpoint_auth_method").or_insert_with(|| "client_secret_post".into());
    }
}

/// Takes `options.client_secret` out of the body: `None` when it is not there, `Some(None)` when it is `null`.
fn take_secret(body: &mut Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Option<Secret>> {
    let Some(Value::Object(options)) = body.get_mut("options") else { return None };
    let refusal = match options.remove("client_secret")? {
        Value::Null => return Some(None),
        Value::String(text) if text.is_empty() => {
            "must not be empty; leave it out, or send null to remove it"
        }
        Value::String(text) if text.trim() != text || text.chars().any(char::is_control) => {
            "has blanks or control characters at its ends or inside; copy it again"
        }
        Value::String(text) if text.chars().count() > limits::CLIENT_SECRET_CHARACTERS => {
            "must have at most 700 characters"
        }
        Value::String(text) => return Some(Some(Secret::new(text))),
        _ => "must be text",
    };
    problems.push(Problem::new(CLIENT_SECRET, refusal));
    Some(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::connection::{Channel, MappingMode, PkceMode};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const LATER: Timestamp = Timestamp::from_seconds(1_800_000_060);

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn made(body: &Value) -> Result<Connection, Vec<Problem>> {
        new_connection(body.as_object().unwrap(), "con_0123456789abcdef", false, NOW)
    }

    fn paths(result: Result<Connection, Vec<Problem>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|problem| problem.path).collect()
    }

    fn body(options: Value) -> Value {
        let mut all = json!({"client_id": "x", "client_secret": "canary-secret", "discovery_url": "https://idp.example"});
        merge_patch(all.as_object_mut().unwrap(), options.as_object().unwrap());
        json!({"strategy": "oidc", "name": "acme", "options": all})
    }

    fn changed(current: &Connection, patch: &Value) -> Result<Connection, Vec<Problem>> {
        changed_connection(current, patch.as_object().unwrap(), None, false, LATER)
    }

    #[test]
    fn the_four_creation_examples_work() {
        for (options, channel) in [
            (
                json!({"type": "front_channel", "discovery_url": "https://idp.example/.well-known/openid-configuration",
                       "client_id": "x", "scopes": "openid profile"}),
                Channel::FrontChannel,
            ),
            (
                json!({"type": "back_channel", "discovery_url": "https://idp.example/.well-known/openid-configuration",
                       "client_id": "x", "client_secret": "s", "scopes": "openid profile"}),
                Channel::BackChannel,
            ),
            (
                json!({"type": "back_channel", "issuer": "https://idp.example",
                       "authorization_endpoint": "https://idp.example/authorize",
                       "client_secret": "s", "client_id": "x", "scopes": "openid profile"}),
                Channel::BackChannel,
            ),
            (
                json!({"type": "front_channel", "issuer": "https://idp.example",
                       "authorization_endpoint": "https://idp.example/authorize",
                       "token_endpoint": "https://idp.example/oauth/token", "client_id": "x",
                       "scopes": "openid profile"}),
                Channel::FrontChannel,
            ),
        ] {
            let connection = made(&json!({"strategy": "oidc", "name": "acme", "options": options})).unwrap();
            assert_eq!(connection.options.channel, channel);
            assert_eq!(connection.options.scope, "openid profile");
            assert_eq!(connection.client_secret.is_some(), channel == Channel::BackChannel);
        }
    }

    #[test]
    fn issuer_and_client_id_alone_make_a_public_client_that_uses_the_first_secret_it_gets() {
        for (kind, channel) in
            [("back_channel", Channel::BackChannel), ("front_channel", Channel::FrontChannel)]
        {
            let options = json!({"type": kind, "issuer": "https://idp.example", "client_id": "x"});
            let before = made(&json!({"strategy": "oidc", "name": "acme", "options": options})).unwrap();
            assert_eq!(before.options.channel, channel);
            let method = |connection: &Connection| connection.options.token_endpoint_auth_method;
            assert_eq!(method(&before), TokenEndpointAuthMethod::None);
            let renamed = changed(&before, &json!({"display_name": "Acme"})).unwrap();
            assert_eq!(method(&renamed), TokenEndpointAuthMethod::None);
            for (chosen, expected) in [
                (None, TokenEndpointAuthMethod::ClientSecretPost),
                (Some("none"), TokenEndpointAuthMethod::None),
                (Some("client_secret_post"), TokenEndpointAuthMethod::ClientSecretPost),
            ] {
                let mut patch = json!({"options": {"client_secret": "s"}});
                if let Some(chosen) = chosen {
                    patch["options"]["token_endpoint_auth_method"] = json!(chosen);
                }
                assert_eq!(method(&changed(&before, &patch).unwrap()), expected, "{chosen:?}");
            }
        }
    }

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        let connection = made(&body(json!({}))).unwrap();
        assert_eq!(connection.id, "con_0123456789abcdef");
        assert_eq!(connection.display_name, "acme");
        assert_eq!(connection.realms, ["acme"]);
        assert!(connection.is_enabled && !connection.show_as_button && !connection.is_domain_connection);
        assert_eq!(connection.version, 1);
        assert_eq!(connection.options.channel, Channel::BackChannel);
        assert_eq!(connection.options.scope, "openid profile email");
        assert_eq!(connection.options.connection_settings.pkce, PkceMode::Auto);
        assert_eq!(connection.options.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretPost);
        assert_eq!(connection.options.attribute_map.mapping_mode, MappingMode::BindAll);
    }

    #[test]
    fn the_answer_names_the_channel_and_hides_the_secret() {
        let connection = made(&body(json!({"domain_aliases": ["Acme.Example"]}))).unwrap();
        let answer = connection_json(&connection, Some(json!({"issuer": "https://idp.example"})));
        assert_eq!(answer["options"]["type"], "back_channel");
        assert_eq!(answer["options"]["has_client_secret"], true);
        assert_eq!(answer["options"]["oidc_metadata"]["issuer"], "https://idp.example");
        assert_eq!(answer["options"]["attribute_map"]["mapping_mode"], "bind_all");
        assert_eq!(answer["options"]["domain_aliases"], json!(["acme.example"]));
        assert_eq!(answer["created_at"], "2027-01-15T08:00:00.000Z");
        assert!(!answer.to_string().contains("canary-secret"));
    }

    #[test]
    fn sending_the_answer_back_changes_nothing() {
        let options = json!({
            "type": "back_channel", "issuer": "https://idp.example/x", "connection_settings": {"pkce": "plain"},
            "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_algs": ["ES256", "Ed25519"],
            "attribute_map": {"mapping_mode": "use_map", "userinfo_scope": "groups",
                "attributes": {"email": "${context.userinfo.email}", "tier": 3, "office": {"city": "Paris"}}},
            "set_user_root_attributes": "never_on_login", "call_userinfo": "always",
            "domain_aliases": ["acme.example", "*.acme.example"], "icon_url": "https://cdn.example/i.png",
            "client_secret_expires_at": 1_900_000_000, "user_id_attribute": "oid", "groups_claim": "roles",
            "pushed_authorization_requests": "always", "dpop_signing_alg": "EdDSA",
            "pushed_authorization_request_endpoint": "https://idp.example/par",
            "token_endpoint_auth_signing_alg": "PS256", "token_endpoint_jwtca_aud_format": "token_endpoint",
            "email_verified_policy": "verified_domains_only", "non_persistent_attrs": ["email"],
            "id_token_session_expiry_supported": true,
            "upstream_params": {"hd": {"value": "acme.example"}, "screen_name": {"alias": "login_hint"}},
        });
        let mut everything = body(options);
        everything["metadata"] = json!({"region": "eu"});
        everything["enabled_clients"] = json!(["b", "a"]);
        everything["show_as_button"] = json!(true);
        let connection = made(&everything).unwrap();
        let mut echoed = connection_json(&connection, Some(json!({"issuer": "x"})));
        echoed["status"] = json!({"state": "ready", "checked_at": "2027-01-15T08:00:00.000Z"});
        let after = changed(&connection, &echoed).unwrap();
        assert_eq!(after, Connection { updated_at: LATER, ..connection });
    }

    #[test]
    fn a_patch_merges_at_every_depth() {
        let before = made(&body(json!({
            "domain_aliases": ["acme.example"],
            "attribute_map": {"mapping_mode": "use_map", "attributes": {"a": "1", "b": "2"}},
        })))
        .unwrap();
        let patch = json!({"options": {"scopes": "openid email", "attribute_map": {"attributes": {"b": null, "c": "3"}}}});
        let after = changed(&before, &patch).unwrap();
        assert_eq!(after.client_secret, before.client_secret);
        assert_eq!(after.options.domain_aliases, before.options.domain_aliases);
        assert_eq!(after.options.scope, "openid email");
        assert_eq!(after.options.attribute_map.mapping_mode, MappingMode::UseMap);
        assert_eq!(json!(after.options.attribute_map.attributes), json!({"a": "1", "c": "3"}));
        assert_eq!(after.version, before.version);
        assert_eq!(after.created_at, NOW);
    }

    #[test]
    fn a_secret_is_kept_replaced_or_removed() {
        let before = made(&body(json!({}))).unwrap();
        let secret = |patch: Value| {
            changed(&before, &patch).map(|after| after.client_secret.map(|secret| secret.reveal().to_owned()))
        };
        assert_eq!(secret(json!({"display_name": "A"})).unwrap().as_deref(), Some("canary-secret"));
        assert_eq!(secret(json!({"options": {"client_secret": "new"}})).unwrap().as_deref(), Some("new"));
        assert_eq!(paths(changed(&before, &json!({"options": {"client_secret": null}}))), [CLIENT_SECRET]);
        let removed = json!({"options": {"client_secret": null, "token_endpoint_auth_method": "none"}});
        assert_eq!(secret(removed).unwrap(), None);
        assert_eq!(
            paths(changed(&before, &json!({"options": {"client_secret": " pasted \n"}}))),
            [CLIENT_SECRET]
        );
    }

    #[test]
    fn name_strategy_and_times_do_not_change() {
        let before = made(&body(json!({}))).unwrap();
        let patch = json!({"name": "other", "strategy": "local", "id": "con_x", "created_at": null});
        assert_eq!(paths(changed(&before, &patch)), ["id", "created_at", "name", "strategy"]);
        assert!(changed(&before, &json!({"name": "acme", "strategy": "oidc"})).is_ok());
        assert_eq!(paths(made(&json!({"id": "con_x", "name": "a", "strategy": "local"}))), ["id"]);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let everything_wrong = json!({
            "name": "ac--me", "strategy": "oidc", "display_name": "", "show_as_button": "yes", "colour": "red",
            "metadata": {"k": 1},
            "options": {
                "type": "sideways", "issuer": "https://idp.example?x=1", "jwks_uri": "http://idp.example/keys",
                "scope": "profile", "connection_settings": {"pkce": "S512", "x": 1},
                "token_endpoint_auth_method": "tls_client_auth", "id_token_signed_response_algs": ["HS256", "none", "RS1"],
                "attribute_map": {"attributes": {"sub": "x", "email": "${context.tokenset.access_token}"}},
                "domain_aliases": ["acme.example", "@acme.example"], "send_back_channel_nonce": false,
                "user_id_attribute": "email", "fields_map": {},
            },
        });
        let found = paths(made(&everything_wrong));
        let expected = [
            "name",
            "options.type",
            "options.issuer",
            "options.jwks_uri",
            "options.client_id",
            "options.scope",
            "options.connection_settings.pkce",
            "options.connection_settings.x",
            "options.token_endpoint_auth_method",
            "options.id_token_signed_response_algs",
            "options.id_token_signed_response_algs",
            "options.id_token_signed_response_algs",
            "options.attribute_map.attributes.email",
            "options.attribute_map.attributes.sub",
            "options.domain_aliases",
            "options.user_id_attribute",
            "options.send_back_channel_nonce",
            "options.fields_map",
            "display_name",
            "show_as_button",
            "metadata.k",
            "colour",
        ];
        assert_eq!(found, expected);
    }

    fn assert_problem(options: &Value, path: &str, hint: &str) {
        let problems = made(&body(options.clone())).unwrap_err();
        assert_eq!(problems.len(), 1, "{options}: {problems:?}");
        assert_eq!(problems[0].path, path, "{options}");
        assert!(problems[0].message.contains(hint), "{options}: {}", problems[0].message);
    }

    #[test]
    fn single_problems_are_told_once_and_name_the_way_out() {
        for (options, path, hint) in [
            (json!({"discovery_url": null}), "options.discovery_url", "or issuer"),
            (json!({"discovery_url": "idp.example"}), "options.discovery_url", "complete address"),
            (json!({"discovery_url": "http://idp.example"}), "options.discovery_url", "https"),
            (json!({"client_id": null}), "options.client_id", "required"),
            (
                json!({"client_secret": null, "token_endpoint_auth_method": "client_secret_basic"}),
                "options.client_secret",
                "front_channel",
            ),
            (json!({"client_secret": "x".repeat(701)}), "options.client_secret", "700"),
            (json!({"scope": "openid", "scopes": "openid email"}), "options.scopes", "only one"),
            (json!({"scope": "open\"id"}), "options.scope", "quotes"),
            (json!({"id_token_signed_response_algs": []}), "options.id_token_signed_response_algs", "null"),
            (
                json!({"type": "front_channel", "call_userinfo": "always"}),
                "options.call_userinfo",
                "back_channel",
            ),
            (
                json!({"type": "front_channel", "attribute_map": {"mapping_mode": "use_map",
                       "attributes": {"groups_seen": "${context.userinfo.groups}"}}}),
                "options.attribute_map",
                "back_channel",
            ),
            (
                json!({"call_userinfo": "never", "attribute_map": {"mapping_mode": "use_map",
                       "attributes": {"groups_seen": "${context.userinfo.groups}"}}}),
                "options.call_userinfo",
                "when_mapped",
            ),
            (
                json!({"attribute_map": {"mapping_mode": "use_map", "attributes": {"x": "ab ${context.foo.x}"}}}),
                "options.attribute_map.attributes.x",
                "at character 14",
            ),
            (
                json!({"discovery_uri": "https://idp.example"}),
                "options.discovery_uri",
                "did you mean discovery_url?",
            ),
        ] {
            assert_problem(&options, path, hint);
        }
    }

    #[test]
    fn what_says_who_people_are_is_refused_where_it_would_say_it_wrong() {
        for (options, path, hint) in [
            (json!({"client_secret_expires_at": 5}), "options.client_secret_expires_at", "which is over"),
            (
                json!({"client_secret_expires_at": -1}),
                "options.client_secret_expires_at",
                "seconds since 1970",
            ),
            (json!({"client_secret_expires_at": "2027"}), "options.client_secret_expires_at", "whole number"),
            (
                json!({"client_secret_expires_at": 1_900_000_000_000_i64}),
                "options.client_secret_expires_at",
                "not milliseconds",
            ),
            (
                json!({"type": "front_channel", "client_secret": null, "client_secret_expires_at": 1_900_000_000}),
                "options.client_secret_expires_at",
                "there is none",
            ),
            (json!({"user_id_attribute": "email"}), "options.user_id_attribute", "use sub"),
            (json!({"user_id_attribute": "tid"}), "options.user_id_attribute", "does not tell people apart"),
            (json!({"tenant_ids": ["acme.example"]}), "options.tenant_ids", "console shows them"),
            (
                json!({"issuer": "https://login.example/{tenantid}/v2.0"}),
                "options.tenant_ids",
                "anybody with an account",
            ),
            (
                json!({"issuer": "https://login.example/v2.0", "tenant_ids": [TENANT]}),
                "options.tenant_ids",
                "write issuer with {tenantid}",
            ),
            (
                json!({"issuer": "https://login.example/{tenantid}/v2.0", "tenant_ids": [TENANT],
                       "discovery_url": null, "authorization_endpoint": "https://login.example/authorize"}),
                "options.discovery_url",
                "organizations",
            ),
        ] {
            assert_problem(&options, path, hint);
        }
    }

    #[test]
    fn what_would_not_protect_requests_and_tokens_is_refused() {
        for (options, path, hint) in [
            (
                json!({"type": "front_channel", "token_endpoint_auth_method": "private_key_jwt"}),
                "options.token_endpoint_auth_method",
                "asks no token endpoint",
            ),
            (
                json!({"type": "front_channel", "token_endpoint_auth_method": "client_secret_basic"}),
                "options.token_endpoint_auth_method",
                "asks no token endpoint",
            ),
            (
                json!({"token_endpoint_auth_signing_alg": "HS256"}),
                "options.token_endpoint_auth_signing_alg",
                "must be one of RS256",
            ),
            (
                json!({"issuer": "https://login.example/{tenantid}/v2.0", "tenant_ids": [TENANT],
                       "token_endpoint_auth_method": "private_key_jwt"}),
                "options.token_endpoint_jwtca_aud_format",
                "must be token_endpoint",
            ),
            (json!({"dpop_signing_alg": "RS256"}), "options.dpop_signing_alg", "ES256 or Ed25519"),
            (
                json!({"type": "front_channel", "dpop_signing_alg": "ES256"}),
                "options.dpop_signing_alg",
                "brings none",
            ),
            (
                json!({"pushed_authorization_requests": "never",
                       "pushed_authorization_request_endpoint": "https://idp.example/par"}),
                "options.pushed_authorization_request_endpoint",
                "set that to always",
            ),
            (
                json!({"type": "front_channel", "federated_connections_access_tokens": {"active": true}}),
                "options.federated_connections_access_tokens",
                "no tokens to keep",
            ),
            (
                json!({"dpop_signing_alg": "Ed25519", "federated_connections_access_tokens": {"active": true}}),
                "options.federated_connections_access_tokens",
                "choose one of the two",
            ),
            (json!({"email_verified_policy": "always"}), "options.email_verified_policy", "must be one of"),
            (
                json!({"groups_claim": "roles", "non_persistent_attrs": ["groups"]}),
                "options.non_persistent_attrs",
                "which groups_claim fills",
            ),
            (
                json!({"upstream_params": {"state": {"value": "x"}}}),
                "options.upstream_params.state",
                "each login",
            ),
            (
                json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
                "options.id_token_encrypted_response_alg",
                "turn their encryption off",
            ),
        ] {
            assert_problem(&options, path, hint);
        }
    }

    #[test]
    fn a_date_of_expiry_stays_with_its_secret() {
        let expiry = |connection: &Connection| connection.options.client_secret_expires_at;
        let soon = LATER.seconds() + 60;
        let before = made(&body(json!({"client_secret_expires_at": soon}))).unwrap();
        assert_eq!(connection_json(&before, None)["options"]["client_secret_expires_at"], soon);
        let renamed = changed(&before, &json!({"display_name": "Acme"})).unwrap();
        assert_eq!(expiry(&renamed), Some(soon));
        let replaced = changed(&before, &json!({"options": {"client_secret": "new"}})).unwrap();
        assert_eq!(expiry(&replaced), None);
        let dated = json!({"options": {"client_secret": "new", "client_secret_expires_at": soon + 60}});
        assert_eq!(expiry(&changed(&before, &dated).unwrap()), Some(soon + 60));
        let expired = Connection {
            options: super::super::OidcOptions {
                client_secret_expires_at: Some(NOW.seconds()),
                ..before.options.clone()
            },
            ..before.clone()
        };
        assert!(
            changed(&expired, &json!({"display_name": "Acme"})).is_ok(),
            "an old date keeps nobody from editing"
        );
        let past = json!({"options": {"client_secret_expires_at": NOW.seconds()}});
        assert_eq!(paths(changed(&before, &past)), ["options.client_secret_expires_at"]);
    }

    #[test]
    fn every_option_that_decides_where_a_login_goes_or_what_is_accepted_is_in_the_fingerprint() {
        let before = made(&body(json!({}))).unwrap();
        let several = json!({"issuer": "https://idp.example/{tenantid}", "tenant_ids": [TENANT]});
        for options in [
            json!({"user_id_attribute": "oid"}),
            several,
            json!({"pushed_authorization_requests": "always"}),
            json!({"pushed_authorization_request_endpoint": "https://idp.example/par"}),
            json!({"dpop_signing_alg": "ES256"}),
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"token_endpoint_auth_signing_alg": "ES256"}),
            json!({"token_endpoint_jwtca_aud_format": "token_endpoint"}),
            json!({"email_verified_policy": "never"}),
            json!({"call_userinfo": "always"}),
            json!({"groups_claim": "groups"}),
            json!({"id_token_session_expiry_supported": true}),
            json!({"upstream_params": {"hd": {"value": "acme.example"}}}),
        ] {
            // Where it goes to somebody else, the same secret is sent again.
            let mut patch = json!({ "options": options });
            let sent = patch["options"].as_object_mut().unwrap();
            sent.entry("client_secret").or_insert_with(|| "canary-secret".into());
            let after = changed(&before, &patch).unwrap();
            assert_ne!(after.fingerprint(), before.fingerprint(), "{options}");
        }
        let cosmetic = json!({"display_name": "Acme", "options": {"icon_url": "https://cdn.example/i.png"}});
        assert_eq!(changed(&before, &cosmetic).unwrap().fingerprint(), before.fingerprint());
    }

    #[test]
    fn plain_http_is_a_matter_of_the_outbound_exemptions() {
        let body = body(json!({"discovery_url": "http://localhost:8081/"}));
        assert!(new_connection(body.as_object().unwrap(), "con_1", true, NOW).is_ok());
        assert!(new_connection(body.as_object().unwrap(), "con_1", false, NOW).is_err());
    }

    #[test]
    fn names_follow_the_pattern() {
        for (name, is_good) in [
            ("acme", true),
            ("a", true),
            ("Acme-2-eu", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("a--b", false),
            ("a_b", false),
            ("a.b", false),
            ("a b", false),
            ("é", false),
            ("a|b", false),
            (&"x".repeat(129), false),
        ] {
            let body = json!({"name": name, "strategy": "local"});
            assert_eq!(made(&body).is_ok(), is_good, "{name}");
        }
    }

    #[test]
    fn classic_accounts_have_few_options() {
        let body =
            json!({"name": "people", "strategy": "local", "options": {"domain_aliases": ["acme.example"]}});
        let connection = made(&body).unwrap();
        assert_eq!(
            connection_json(&connection, None)["options"],
            json!({"domain_aliases": ["acme.example"]})
        );
        assert!(changed(&connection, &connection_json(&connection, None)).is_ok());
        let refused =
            json!({"name": "people", "strategy": "local", "options": {"client_secret": "s", "issuer": "x"}});
        assert_eq!(paths(made(&refused)), ["options.issuer", CLIENT_SECRET]);
        assert_eq!(paths(made(&json!({"name": "x", "strategy": "okta"}))), ["strategy"]);
    }
}
