//! An application in the words of RFC 7591 §2 and OpenID Connect Dynamic Client Registration 1.0 §2: what it says of
//! itself, and what it is told.

use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::Client;
use super::choices::{AppType, ClientAuthMethod, GrantType};
use super::json::client_json;
use super::parse::{new_client_of, rewritten_client};
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::protocol::response_type::ResponseType;

/// Metadata with the same name and meaning here. Unknown metadata is ignored (RFC 7591 §2).
const SAME: [&str; 38] = [
    "response_types",
    "grant_types",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "introspection_endpoint_auth_method",
    "revocation_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "scope",
    "initiate_login_uri",
    "request_uris",
    "request_object_signing_alg",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "subject_type",
    "sector_identifier_uri",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
    "require_auth_time",
    "default_max_age",
    "default_acr_values",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "dpop_bound_access_tokens",
    "authorization_details_types",
    "app_type",
    "name",
    "callbacks",
    "allowed_logout_urls",
];

/// Metadata with another name here.
const RENAMED: [(&str, &str); 4] = [
    ("client_name", "name"),
    ("redirect_uris", "callbacks"),
    ("post_logout_redirect_uris", "allowed_logout_urls"),
    ("application_type", "app_type"),
];

/// Ours alone: an application says nothing of them under these names.
const OURS: [&str; 4] = ["app_type", "name", "callbacks", "allowed_logout_urls"];

/// The application that `metadata` describes: third-party, since nobody here vouched for it.
///
/// # Errors
/// All problems, by the names of the metadata.
pub fn registered_client(
    metadata: &Map<String, Value>,
    client_id: &str,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    let (mut body, problems) = read_metadata(metadata)?;
    body.insert("is_first_party".into(), json!(false));
    named_as_sent(new_client_of(&body, client_id, now), problems)
}

/// The application after its metadata was replaced (RFC 7592 §2.2): what is left out gets its default. What an
/// administrator alone decides stays.
///
/// # Errors
/// As [`registered_client`].
pub fn reregistered_client(
    current: &Client,
    metadata: &Map<String, Value>,
    now: Timestamp,
) -> Result<Client, Vec<Problem>> {
    let (said, problems) = read_metadata(metadata)?;
    let Value::Object(mut body) = client_json(current) else { return Err(problems) };
    body.retain(|name, _| !SAME.contains(&name.as_str()));
    body.extend(said);
    named_as_sent(rewritten_client(current, body, now), problems)
}

/// What the application is told of itself: its metadata as registered.
pub fn client_metadata(client: &Client) -> Map<String, Value> {
    let Value::Object(mut shown) = client_json(client) else { return Map::new() };
    for (theirs, ours) in RENAMED {
        if let Some(value) = shown.get(ours).cloned() {
            shown.insert(theirs.into(), value);
        }
    }
    let application_type = match client.settings.app_type {
        AppType::Native => "native",
        AppType::RegularWeb | AppType::Spa | AppType::NonInteractive => "web",
    };
    shown.insert("application_type".into(), json!(application_type));
    shown.retain(|name, _| {
        let is_theirs = RENAMED.iter().any(|(theirs, _)| theirs == name);
        is_theirs || (SAME.contains(&name.as_str()) && !OURS.contains(&name.as_str()))
    });
    shown.insert("client_id".into(), json!(client.client_id));
    shown.insert("client_id_issued_at".into(), json!(client.created_at.seconds()));
    shown
}

/// The metadata as a body of ours, and what is wrong with it beyond what our own parser finds.
fn read_metadata(metadata: &Map<String, Value>) -> Result<(Map<String, Value>, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut body = Map::new();
    for (name, value) in metadata {
        let renamed = RENAMED.iter().find(|(theirs, _)| theirs == name).map(|(_, ours)| *ours);
        let same = SAME.contains(&name.as_str()) && !OURS.contains(&name.as_str());
        match renamed {
            Some("app_type") => {}
            Some(ours) => drop(body.insert(ours.into(), value.clone())),
            None if same => drop(body.insert(name.clone(), value.clone())),
            None => {}
        }
    }
    let is_native = match metadata.get("application_type").map(Value::as_str) {
        None | Some(Some("web")) => false,
        Some(Some("native")) => true,
        Some(_) => {
            problems.push(Problem::new("application_type", "must be web or native"));
            false
        }
    };
    // RFC 7591 §2: the defaults, where nothing is said.
    let is_absent = |body: &Map<String, Value>, name: &str| body.get(name).is_none_or(Value::is_null);
    if is_absent(&body, "token_endpoint_auth_method") {
        body.insert("token_endpoint_auth_method".into(), json!(ClientAuthMethod::ClientSecretBasic.name()));
    }
    let is_public = body.get("token_endpoint_auth_method").is_some_and(|method| method == "none");
    let app_type = match (is_native, is_public) {
        (true, _) => AppType::Native,
        (false, true) => AppType::Spa,
        (false, false) => AppType::RegularWeb,
    };
    body.insert("app_type".into(), json!(app_type));
    if is_absent(&body, "grant_types") {
        body.insert("grant_types".into(), json!(grant_types_behind(body.get("response_types"))));
    }
    let grants = body.get("grant_types").and_then(Value::as_array).cloned().unwrap_or_default();
    let has = |grant_type: GrantType| grants.iter().any(|name| name == grant_type.name());
    let uris: Vec<&str> = body
        .get("callbacks")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if uris.is_empty() && (has(GrantType::AuthorizationCode) || has(GrantType::Implicit)) {
        problems.push(Problem::new("redirect_uris", "needs at least one address for these grant_types"));
    }
    // OpenID Connect Dynamic Client Registration §2, application_type.
    let implicit_web = !is_native && has(GrantType::Implicit);
    for (position, uri) in uris.iter().enumerate().filter(|_| implicit_web) {
        if is_plain_or_local(uri) {
            problems.push(Problem::new(
                format!("redirect_uris.{position}"),
                "must be https and not localhost for a web application with the implicit grant",
            ));
        }
    }
    if is_absent(&body, "name") {
        let host = uris.first().and_then(|uri| Url::parse(uri).ok());
        let host = host.as_ref().and_then(Url::host_str).unwrap_or("Application");
        let name: String = host.chars().take(limits::SHORT_TEXT_CHARACTERS).collect();
        body.insert("name".into(), json!(name));
    }
    Ok((body, problems))
}

/// The grant types that the response types need, or `authorization_code`.
fn grant_types_behind(response_types: Option<&Value>) -> Vec<&'static str> {
    let mut names = Vec::new();
    let response_types = response_types.and_then(Value::as_array).into_iter().flatten();
    for response_type in response_types.filter_map(Value::as_str).filter_map(ResponseType::from_name) {
        for needed in GrantType::needed_for(response_type) {
            if !names.contains(&needed.name()) {
                names.push(needed.name());
            }
        }
    }
    if names.is_empty() {
        names.push(GrantType::AuthorizationCode.name());
    }
    names
}

fn is_plain_or_local(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(_) | None => false,
        };
        url.scheme() != "https" || is_local
    })
}

/// The outcome of our own parser, its problems under the names that were sent.
fn named_as_sent(
    outcome: Result<Client, Vec<Problem>>,
    mut problems: Vec<Problem>,
) -> Result<Client, Vec<Problem>> {
    let found = match outcome {
        Ok(client) if problems.is_empty() => return Ok(client),
        Ok(_) => Vec::new(),
        Err(found) => found,
    };
    for problem in found {
        let (name, rest) = match problem.path.split_once('.') {
            Some((name, rest)) => (name, format!(".{rest}")),
            None => (problem.path.as_str(), String::new()),
        };
        let theirs = RENAMED.iter().find(|(_, ours)| *ours == name).map_or(name, |(theirs, _)| *theirs);
        problems.push(Problem::new(format!("{theirs}{rest}"), problem.message));
    }
    Err(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn registered(metadata: &Value) -> Result<Client, Vec<Problem>> {
        registered_client(metadata.as_object().unwrap(), "client-1", NOW)
    }

    fn paths(outcome: Result<Client, Vec<Problem>>) -> Vec<String> {
        outcome.unwrap_err().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn the_defaults_are_those_of_rfc_7591_and_unknown_metadata_is_ignored() {
        let client = registered(&json!({
            "redirect_uris": ["https://app.example/cb"], "client_name#fr": "Appli", "software_id": "x",
            "is_first_party": true, "callbacks": ["https://evil.example/"], "app_type": "non_interactive",
            "compliance_level": "none", "profile_claims": ["x"], "client_id": "mine", "client_secret": "mine",
        }))
        .unwrap();
        let settings = &client.settings;
        assert_eq!(client.client_id, "client-1");
        assert_eq!(settings.name, "app.example");
        assert_eq!(settings.callbacks, ["https://app.example/cb"]);
        assert_eq!(settings.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(settings.response_types, [ResponseType::Code]);
        assert_eq!(settings.token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
        assert_eq!(settings.app_type, AppType::RegularWeb);
        assert!(!settings.is_first_party);
        assert_eq!(settings.profile_claims, Vec::<String>::new());
        let told = client_metadata(&client);
        assert_eq!(told["client_id"], "client-1");
        assert_eq!(told["redirect_uris"], json!(["https://app.example/cb"]));
        assert_eq!(told["application_type"], "web");
        for hidden in ["callbacks", "name", "is_first_party", "has_client_secret", "client_metadata"] {
            assert!(!told.contains_key(hidden), "{hidden}");
        }
    }

    #[test]
    fn problems_carry_the_names_that_were_sent() {
        let uri = "https://app.example/cb";
        for (metadata, expected) in [
            (json!({}), "redirect_uris"),
            (json!({"redirect_uris": ["https://app.example/cb#x"]}), "redirect_uris.0"),
            (json!({"redirect_uris": [uri, "http://app.example/cb"]}), "redirect_uris.1"),
            (
                json!({"redirect_uris": ["http://localhost/cb"], "response_types": ["id_token"]}),
                "redirect_uris.0",
            ),
            (json!({"redirect_uris": [uri], "client_name": "<b>"}), "client_name"),
            (json!({"redirect_uris": [uri], "application_type": "desktop"}), "application_type"),
            (
                json!({"redirect_uris": [uri], "post_logout_redirect_uris": ["javascript:x"]}),
                "post_logout_redirect_uris.0",
            ),
            (
                json!({"redirect_uris": [uri], "token_endpoint_auth_method": "tls_client_auth"}),
                "token_endpoint_auth_method",
            ),
            (json!({"redirect_uris": [uri], "response_types": ["token"]}), "response_types"),
            (
                json!({"redirect_uris": [uri], "id_token_signed_response_alg": "none"}),
                "id_token_signed_response_alg",
            ),
        ] {
            assert_eq!(paths(registered(&metadata)), [expected], "{metadata}");
        }
    }

    #[test]
    fn what_is_told_can_be_sent_back_and_what_is_left_out_gets_its_default() {
        let first = registered(&json!({
            "redirect_uris": ["com.example:/cb", "https://app.example/cb"], "application_type": "native", "client_name": "App",
            "token_endpoint_auth_method": "none", "scope": "openid", "tos_uri": "https://app.example/tos",
        }))
        .unwrap();
        let mut first = first;
        first.settings.profile_claims = vec!["team".into()];
        let again = reregistered_client(&first, &client_metadata(&first), NOW).unwrap();
        assert_eq!(again, first);
        let metadata = json!({"redirect_uris": ["https://app.example/cb"]});
        let after = reregistered_client(&first, metadata.as_object().unwrap(), NOW).unwrap();
        assert_eq!((after.settings.scope, after.settings.tos_uri), (None, None));
        assert_eq!(after.settings.name, "app.example");
        assert_eq!(after.settings.app_type, AppType::RegularWeb);
        assert_eq!(after.settings.profile_claims, ["team"], "an administrator's word stays");
        assert!(!after.settings.is_first_party);
    }
}
