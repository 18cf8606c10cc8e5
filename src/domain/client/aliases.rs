//! The other names of an application's properties, Auth0's and the registered ones, settled to the names they are
//! kept by.

use serde_json::{Map, Value};

use super::choices::GrantType;
use crate::domain::problem::Problem;
use crate::protocol::response_type::ResponseType;

const LOGOUT_URLS: &str = "allowed_logout_urls";
const LOGOUT_URIS: &str = "post_logout_redirect_uris";
const OIDC_LOGOUT: &str = "oidc_logout";
const BACKCHANNEL_URI: &str = "backchannel_logout_uri";
const BACKCHANNEL_URLS: &str = "oidc_logout.backchannel_logout_urls";
const RESPONSE_TYPES: &str = "response_types";
const GRANT_TYPES: &str = "grant_types";

/// Moves values sent under another name to the name they are kept by. `before` is the resource as it was shown.
pub(super) fn settle_aliases(
    body: &mut Map<String, Value>,
    before: &Map<String, Value>,
    problems: &mut Vec<Problem>,
) {
    if let Some(value) = body.remove(LOGOUT_URIS) {
        settle(body, before, LOGOUT_URLS, (LOGOUT_URIS, value), problems);
    }
    if let Some(value) = body.remove("require_proof_of_possession") {
        settle(body, before, "dpop_bound_access_tokens", ("require_proof_of_possession", value), problems);
    }
    let alg = match body.get_mut("jwt_configuration") {
        Some(Value::Object(configuration)) => configuration.remove("alg"),
        Some(_) | None => None,
    };
    if let Some(value) = alg {
        settle(body, before, "id_token_signed_response_alg", ("jwt_configuration.alg", value), problems);
    }
    if let Some(value) = body.remove(OIDC_LOGOUT)
        && let Some(uri) = backchannel_uri(value, problems)
    {
        settle(body, before, BACKCHANNEL_URI, (BACKCHANNEL_URLS, uri), problems);
    }
}

/// Takes away what [`super::client_json`] shows twice.
pub(super) fn remove_echoes(body: &mut Map<String, Value>) {
    body.remove(LOGOUT_URIS);
    body.remove(OIDC_LOGOUT);
}

/// The one address within Auth0's `oidc_logout`; `None` where it says nothing of it.
fn backchannel_uri(value: Value, problems: &mut Vec<Problem>) -> Option<Value> {
    let object = match value {
        Value::Null => return Some(Value::Null),
        Value::Object(object) => object,
        _ => {
            problems.push(Problem::new(OIDC_LOGOUT, "must be an object"));
            return None;
        }
    };
    for (key, value) in &object {
        match (key.as_str(), value) {
            ("backchannel_logout_urls", _) | (_, Value::Null) => {}
            ("backchannel_logout_initiators", Value::Object(initiators))
                if initiators.get("mode").is_some_and(|mode| mode == "all") => {}
            ("backchannel_logout_initiators", _) => problems.push(Problem::new(
                "oidc_logout.backchannel_logout_initiators",
                "can only be {\"mode\": \"all\"}: every way a session ends tells the application",
            )),
            _ => problems.push(Problem::new(
                format!("oidc_logout.{}", key.chars().take(64).collect::<String>()),
                "is not a property here; leave it out",
            )),
        }
    }
    match object.get("backchannel_logout_urls")? {
        Value::Null => Some(Value::Null),
        Value::Array(urls) if urls.len() < 2 => Some(urls.first().cloned().unwrap_or(Value::Null)),
        _ => {
            problems.push(Problem::new(BACKCHANNEL_URLS, "must be a list of one address"));
            None
        }
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
    let old = before.get(name).unwrap_or(&Value::Null);
    match body.get(name) {
        Some(sent) if *sent != value && value != *old && sent != old => {
            problems.push(Problem::new(alias, format!("differs from {name}; send only one of them")));
        }
        Some(_) if value == *old => {}
        Some(_) | None => {
            body.insert(name.to_owned(), value);
        }
    }
}

/// Scripts that change `grant_types` and know nothing of `response_types` mean both: response types without
/// their grant types go, and `code` comes with `authorization_code`.
pub(super) fn follow_grant_types(patch: &mut Map<String, Value>, before: &Map<String, Value>) {
    let Some(Value::Array(grant_types)) = patch.get(GRANT_TYPES) else { return };
    if patch.contains_key(RESPONSE_TYPES) {
        return;
    }
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let has = |grant_type: GrantType| grant_types.iter().any(|name| name == grant_type.name());
    let mut response_types: Vec<ResponseType> = before
        .get(RESPONSE_TYPES)
        .map(names)
        .unwrap_or_default()
        .iter()
        .filter_map(|name| ResponseType::from_name(name))
        .filter(|response_type| GrantType::needed_for(*response_type).iter().all(|needed| has(*needed)))
        .collect();
    let had_code = before.get(GRANT_TYPES).map(names).unwrap_or_default();
    let is_new = !had_code.iter().any(|name| name == GrantType::AuthorizationCode.name());
    if is_new && has(GrantType::AuthorizationCode) && !response_types.contains(&ResponseType::Code) {
        response_types.push(ResponseType::Code);
    }
    let names = response_types.iter().map(|response_type| response_type.name().into()).collect();
    patch.insert(RESPONSE_TYPES.into(), Value::Array(names));
}
