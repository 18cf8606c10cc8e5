//! What an authorization request may say.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;

use super::{able_application, document, registers, trials, try_to_register};
use crate::support::any_key::AnyKey;
use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::Registered;
use crate::support::sign_in::{CALLBACK, Stage, VERIFIER, ask};

async fn open(stage: &Stage, app: &Registered, changes: &[(&str, &str)]) -> Page {
    let url = ask(&stage.hub.issuer, &app.client_id, changes);
    Browser::new().stopping_at("https://app.example/").open(&url).await
}

/// The error of the answer, wherever it travels.
fn answered_error(page: &Page) -> String {
    page.answered("error").unwrap_or_else(|| panic!("no answer to the application: {page:?}"))
}

#[actix_web::test]
async fn response_types() {
    let stage = Stage::on(sqlite()).await;
    let app = able_application(&stage).await;
    let others = [
        "code",
        "token",
        "id_token",
        "code token",
        "code id_token",
        "id_token token",
        "code id_token token",
        "none",
        "code none",
        "device_code",
        "code code",
        "CODE",
    ];
    for (name, is_advertised) in trials(&stage, "response_types_supported", &others).await {
        let page = open(&stage, &app, &[("response_type", &name), ("prompt", "none")]).await;
        let expected = if is_advertised { "login_required" } else { "unsupported_response_type" };
        assert_eq!(answered_error(&page), expected, "{name}");
        let grants = json!(["authorization_code", "implicit"]);
        let settings = json!({"response_types": [name], "grant_types": grants});
        assert_eq!(registers(&stage, settings).await, is_advertised, "{name}");
    }
}

#[actix_web::test]
async fn response_modes() {
    let stage = Stage::on(sqlite()).await;
    let app = able_application(&stage).await;
    let others = [
        "query",
        "fragment",
        "form_post",
        "web_message",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
        "web_message.jwt",
        "okp",
        "FORM_POST",
    ];
    for (name, is_advertised) in trials(&stage, "response_modes_supported", &others).await {
        let page = open(&stage, &app, &[("response_mode", &name), ("prompt", "none")]).await;
        let shown = format!("{} {} {:?}", page.url, page.text, page.posted);
        let is_signed = name.ends_with("jwt");
        // A signed answer does not show its error.
        let expected = if is_signed { "response" } else { "login_required" };
        let is_answered = shown.contains(expected) && !shown.contains("invalid_request");
        assert_eq!(is_answered, is_advertised, "{name}: {shown}");
    }
}

#[actix_web::test]
async fn prompt_values() {
    let stage = Stage::on(sqlite()).await;
    for (value, is_advertised) in trials(
        &stage,
        "prompt_values_supported",
        &["none", "login", "consent", "select_account", "create", "x"],
    )
    .await
    {
        let page = open(&stage, &stage.app, &[("prompt", &value)]).await;
        let is_accepted = !page.stopped || answered_error(&page) != "invalid_request";
        assert_eq!(is_accepted, is_advertised, "{value}: {page:?}");
    }
}

/// Unknown values are ignored, as the specification wishes: nothing works in a way of its own there.
#[actix_web::test]
async fn display_values() {
    let stage = Stage::on(sqlite()).await;
    for (value, _) in trials(&stage, "display_values_supported", &["page", "x"]).await {
        let page = open(&stage, &stage.app, &[("display", &value)]).await;
        assert_eq!(page.status.as_u16(), 200, "{value}");
        assert!(!page.forms().is_empty(), "{value}");
    }
}

#[actix_web::test]
async fn code_challenge_methods() {
    let stage = Stage::on(sqlite()).await;
    for (method, is_advertised) in
        trials(&stage, "code_challenge_methods_supported", &["S256", "plain", "S512", "s256"]).await
    {
        let challenge = vestibule::crypto::digest::sha256_base64url(VERIFIER);
        let challenge = if method == "plain" { VERIFIER } else { &challenge };
        let changes =
            [("code_challenge_method", method.as_str()), ("code_challenge", challenge), ("prompt", "none")];
        let page = open(&stage, &stage.app, &changes).await;
        let expected = if is_advertised { "login_required" } else { "invalid_request" };
        assert_eq!(answered_error(&page), expected, "{method}");
    }
}

#[actix_web::test]
async fn the_issuer_is_on_every_answer() {
    let stage = Stage::on(sqlite()).await;
    let is_advertised =
        document(&stage).await["authorization_response_iss_parameter_supported"] == json!(true);
    let error = open(&stage, &stage.app, &[("prompt", "none")]).await;
    let success = stage.sign_in(&mut stage.browser(), &[]).await;
    for page in [error, success] {
        let issuer = page.answered("iss");
        assert_eq!(issuer.is_some(), is_advertised);
        assert!(issuer.is_none_or(|issuer| issuer == stage.hub.issuer));
    }
}

/// A request object of `app`, signed with `key`.
pub fn request_object(stage: &Stage, app: &Registered, key: &AnyKey) -> String {
    let now = stage.hub.clock.now().seconds();
    let claims = json!({
        "iss": app.client_id, "aud": stage.hub.issuer, "iat": now, "nbf": now, "exp": now + 60,
        "jti": stage.hub.hub.random.token(), "client_id": app.client_id, "response_type": "code",
        "redirect_uri": CALLBACK, "scope": "openid", "state": "inside", "prompt": "none",
        "code_challenge": vestibule::crypto::digest::sha256_base64url(VERIFIER),
        "code_challenge_method": "S256",
    });
    key.sign("oauth-authz-req+jwt", &json!({"kid": key.jwk["kid"]}), &claims)
}

/// What comes of a request whose parameters are in `object`.
pub async fn ask_by_object(stage: &Stage, app: &Registered, object: &str) -> Page {
    open(stage, app, &[("request", object), ("prompt", ""), ("state", "outside")]).await
}

#[actix_web::test]
async fn request_objects() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    let key = AnyKey::for_algorithm(Algorithm::RS256);
    let settings = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk]},
    });
    let app = try_to_register(&stage, settings).await.unwrap();
    let by_value = ask_by_object(&stage, &app, &request_object(&stage, &app, &key)).await;
    if document["request_parameter_supported"] == json!(true) {
        assert_eq!(answered_error(&by_value), "login_required", "prompt=none inside the object counts");
        assert_eq!(by_value.answered("state").as_deref(), Some("inside"));
    } else {
        assert_eq!(answered_error(&by_value), "request_not_supported");
    }
    let unregistered = [("request_uri", "https://app.example/request.jwt"), ("prompt", "none")];
    let by_reference = open(&stage, &app, &unregistered).await;
    if document["request_uri_parameter_supported"] == json!(true) {
        assert_ne!(by_reference.answered("error").as_deref(), Some("request_uri_not_supported"));
        let must_be_registered = by_reference.answered("error").as_deref() != Some("login_required");
        // The default is false (Discovery §3).
        let said = document["require_request_uri_registration"].as_bool().unwrap_or(false);
        assert_eq!(said, must_be_registered);
    } else {
        assert_eq!(answered_error(&by_reference), "request_uri_not_supported");
    }
}

/// Nobody has to push or sign requests whose application does not want to.
#[actix_web::test]
async fn requests_need_not_be_pushed_or_signed_unless_the_document_says_so() {
    let stage = Stage::on(sqlite()).await;
    let document = document(&stage).await;
    let page = open(&stage, &stage.app, &[("prompt", "none")]).await;
    for member in ["require_pushed_authorization_requests", "require_signed_request_object"] {
        let said = document[member].as_bool().unwrap_or(false);
        assert_eq!(answered_error(&page) != "login_required", said, "{member}");
    }
    assert_ne!(document["request_parameter_supported"], Value::Null, "its default is false");
}

/// What an API declares is advertised as long as it does (RFC 9396 §10).
#[actix_web::test]
async fn authorization_details_types() {
    const BANK: &str = "https://bank.example/";
    const MEMBER: &str = "authorization_details_types_supported";
    for database in each_database() {
        let others = ["payment", "account", "card"];
        let settings = json!({"authorization_details_types": others});
        let stage = Stage::with_client(database, settings).await;
        assert_eq!(document(&stage).await[MEMBER], Value::Null, "no API declares any");
        let bank = json!({
            "identifier": BANK, "name": "Bank",
            "authorization_details": [{"type": "payment"}, {"type": "account"}],
        });
        let bank = stage.manage(Method::POST, "resource-servers", bank).await.text_of("id");
        assert_eq!(document(&stage).await[MEMBER], json!(["account", "payment"]));
        for (name, is_advertised) in trials(&stage, MEMBER, &others).await {
            let details = json!([{"type": name}]).to_string();
            let asked = [("audience", BANK), ("authorization_details", details.as_str()), ("prompt", "none")];
            let page = open(&stage, &stage.app, &asked).await;
            let expected = if is_advertised { "login_required" } else { "invalid_authorization_details" };
            assert_eq!(answered_error(&page), expected, "{name}");
        }
        stage.manage(Method::DELETE, &format!("resource-servers/{bank}"), Value::Null).await;
        assert_eq!(document(&stage).await[MEMBER], Value::Null, "the API is gone");
    }
}
