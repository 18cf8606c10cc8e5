//! The metadata says exactly what works (OpenID Connect Discovery 1.0 §3, RFC 8414 §2): every value of every member
//! is tried, and so are the values that are not there. What is added to the document is tried by that alone; a new
//! member has to get its trial here.

mod answers;
mod asking;
mod authenticating;
mod signing;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::databases::sqlite;
use crate::support::hub::Registered;
use crate::support::routes::every_route;
use crate::support::sign_in::{CALLBACK, Stage, add_client, http, read};

/// Members whose values are tried, each in a test of this folder.
const TRIED: &[&str] = &[
    // answers.rs
    "claims_parameter_supported",
    "claims_supported",
    "scopes_supported",
    "subject_types_supported",
    "ui_locales_supported",
    // asking.rs
    "authorization_details_types_supported",
    "authorization_response_iss_parameter_supported",
    "code_challenge_methods_supported",
    "display_values_supported",
    "prompt_values_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_pushed_authorization_requests",
    "require_request_uri_registration",
    "require_signed_request_object",
    "response_modes_supported",
    "response_types_supported",
    // authenticating.rs
    "dpop_signing_alg_values_supported",
    "grant_types_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    // signing.rs
    "authorization_signing_alg_values_supported",
    "id_token_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    // here
    "backchannel_logout_session_supported",
    "backchannel_logout_supported",
    "claim_types_supported",
    "frontchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "issuer",
];

/// Members that name an address, the path it has, and a method that is answered there.
const ENDPOINTS: &[(&str, &str, &str)] = &[
    ("authorization_endpoint", "/authorize", "GET"),
    ("authorization_endpoint", "/authorize", "POST"),
    ("token_endpoint", "/oauth/token", "POST"),
    ("userinfo_endpoint", "/userinfo", "GET"),
    ("userinfo_endpoint", "/userinfo", "POST"),
    ("introspection_endpoint", "/oauth/introspect", "POST"),
    ("revocation_endpoint", "/oauth/revoke", "POST"),
    ("pushed_authorization_request_endpoint", "/oauth/par", "POST"),
    ("device_authorization_endpoint", "/oauth/device/code", "POST"),
    ("end_session_endpoint", "/oidc/logout", "GET"),
    ("end_session_endpoint", "/oidc/logout", "POST"),
    ("jwks_uri", "/.well-known/jwks.json", "GET"),
];

/// The document of a hub.
pub async fn document(stage: &Stage) -> Value {
    read(http().get(stage.hub.url(".well-known/openid-configuration"))).await.json
}

/// The values of one member; none without it.
async fn advertised(stage: &Stage, member: &str) -> BTreeSet<String> {
    let document = document(stage).await;
    let values = document[member].as_array().cloned().unwrap_or_default();
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// Each value with whether it is advertised: all those that are, and `others` that might work.
async fn trials(stage: &Stage, member: &str, others: &[&str]) -> Vec<(String, bool)> {
    let advertised = advertised(stage, member).await;
    let others = others.iter().map(|other| (*other).to_owned());
    let all: BTreeSet<String> = advertised.iter().cloned().chain(others).collect();
    all.into_iter().map(|value| (value.clone(), advertised.contains(&value))).collect()
}

/// Whether an application with these settings may be registered.
async fn registers(stage: &Stage, settings: Value) -> bool {
    try_to_register(stage, settings).await.is_some()
}

/// The application, if it may be registered with these settings; the stage's people may use it.
async fn try_to_register(stage: &Stage, settings: Value) -> Option<Registered> {
    let mut body = json!({"name": "Trial", "callbacks": [CALLBACK]});
    body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let token = stage.hub.management_token().await;
    let request = http().post(stage.hub.url("api/v2/clients")).bearer_auth(token);
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer = read(request).await;
    if answer.status != 201 {
        assert_eq!(answer.status, 400, "{answer:?}");
        return None;
    }
    let client_id = answer.text_of("client_id");
    let path = format!("connections/{}/clients", stage.connection.id);
    let enabled = json!([{"client_id": client_id, "status": true}]);
    stage.manage(reqwest::Method::PATCH, &path, enabled).await;
    let secret = answer.json["client_secret"].as_str().unwrap_or_default().to_owned();
    Some(Registered { client_id, secret })
}

#[actix_web::test]
async fn every_member_of_the_document_is_tried() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    let untried: Vec<&String> = document
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !TRIED.contains(&name.as_str()))
        .filter(|name| !ENDPOINTS.iter().any(|(member, _, _)| member == *name))
        // Where clients register themselves is a setting's matter, and has its own tests.
        .filter(|name| *name != "registration_endpoint")
        .collect();
    assert!(untried.is_empty(), "nothing tries {untried:?}: advertise what a test has seen working");
}

#[actix_web::test]
async fn every_endpoint_there_is_is_advertised_and_every_one_advertised_is_there() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    let routes = every_route();
    for (member, path, method) in ENDPOINTS {
        let route = routes.iter().find(|route| route.pattern == *path);
        let is_there = route.is_some_and(|route| route.methods.iter().any(|one| one == method));
        let expected = if is_there { json!(stage.hub.url(path)) } else { Value::Null };
        assert_eq!(document[member], expected, "{method} {path}");
        if is_there {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let answer = read(http().request(method, document[member].as_str().unwrap())).await;
            assert!(![404, 405].contains(&answer.status) && answer.status < 500, "{member}: {answer:?}");
        }
    }
}

#[actix_web::test]
async fn what_is_said_of_logout_may_be_registered() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    for channel in ["backchannel", "frontchannel"] {
        let uri = json!({format!("{channel}_logout_uri"): "https://app.example/logout"});
        let mut with_session = uri.clone();
        with_session[format!("{channel}_logout_session_required")] = json!(true);
        for (member, settings) in [("logout_supported", uri), ("logout_session_supported", with_session)] {
            if document[format!("{channel}_{member}")] == json!(true) {
                assert!(registers(&stage, settings).await, "{channel} {member}");
            }
        }
    }
}

/// Aggregated and distributed claims are neither made nor advertised.
#[actix_web::test]
async fn claims_come_in_the_normal_way_alone() {
    let stage = Stage::on(sqlite()).await;
    assert_eq!(document(&stage).await["claim_types_supported"], json!(["normal"]));
    let tokens = stage.tokens(&[]).await;
    let userinfo = stage.userinfo(&tokens.text_of("access_token")).await;
    for text in [userinfo.text, crate::support::sign_in::claims_of(&tokens.text_of("id_token")).to_string()] {
        assert!(!text.contains("_claim_names") && !text.contains("_claim_sources"), "{text}");
    }
}

/// An application that may do whatever is advertised.
async fn able_application(stage: &Stage) -> Registered {
    let document = document(stage).await;
    let settings = json!({
        "name": "Able", "response_types": document["response_types_supported"],
        "grant_types": document["grant_types_supported"],
    });
    let app = add_client(&stage.hub, settings).await;
    let path = format!("connections/{}/clients", stage.connection.id);
    let enabled = json!([{"client_id": app.client_id, "status": true}]);
    stage.manage(reqwest::Method::PATCH, &path, enabled).await;
    app
}
