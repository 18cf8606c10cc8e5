//! Text that no name can hold, on every route and in every parameter: a clear answer, the same on both databases.

use reqwest::Method;
use serde_json::json;

use crate::support::databases::each_database;
use crate::support::routes::every_route;
use crate::support::sign_in::{Stage, as_form, fields, http, post_form, read};

/// What cannot stand in a path: control characters, and what is not UTF-8.
const UNREADABLE: [&str; 7] = ["%00", "a%00b", "%0A", "%7F", "%C2%85", "%FF", "caf%C3"];

/// Parameters that the hub reads anywhere.
const PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "connection",
    "organization",
    "login_hint",
    "domain_hint",
    "prompt",
    "ui_locales",
    "audience",
    "request",
    "request_uri",
    "id_token_hint",
    "logout_hint",
    "post_logout_redirect_uri",
    "returnTo",
    "user_code",
    "code",
    "grant_type",
    "refresh_token",
    "device_code",
    "subject_token",
    "subject_token_type",
    "token",
    "token_type_hint",
    "email",
    "password",
    "name",
    "iss",
    "sid",
    "error",
    "error_description",
    "logout_token",
    "client_assertion",
    "client_assertion_type",
    "code_verifier",
    "resource",
    "claims",
    "id_token",
    "q",
    "language",
    "page",
    "from",
];

#[actix_web::test]
async fn a_path_that_no_name_can_hold_is_not_found_on_every_route() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.hub.management_token().await;
        let before = stage.hub.log().await.len();
        let mut tried = 0;
        for route in every_route() {
            let mut patterns: Vec<String> = UNREADABLE
                .iter()
                .map(|strange| stage.hub.url(&format!("{}/{strange}", route.path())))
                .collect();
            if route.pattern.contains('{') {
                patterns.extend(UNREADABLE.iter().map(|strange| {
                    let filled = route.pattern.split('{').map(|part| match part.split_once('}') {
                        Some((_, rest)) => format!("{strange}{rest}"),
                        None => part.to_owned(),
                    });
                    stage.hub.url(&filled.collect::<String>())
                }));
            }
            for address in patterns {
                for method in route.methods.iter().filter(|method| *method != "HEAD") {
                    let method = Method::from_bytes(method.as_bytes()).unwrap();
                    let asked = http().request(method.clone(), &address).bearer_auth(&token);
                    let answer = read(asked).await;
                    assert_eq!(answer.status, 404, "{method} {address}: {answer:?}");
                    assert_eq!(answer.header("x-request-id").len(), 16, "{method} {address}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 1_000, "{tried}");
        let api = read(http().get(stage.hub.url("api/v2/users/a%00b"))).await;
        assert_eq!(api.json["errorCode"], "not_found", "{api:?}");
        assert_eq!(stage.hub.log().await.len(), before, "and none of it is logged");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_parameter_with_a_nul_is_no_server_error_on_any_route() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.hub.management_token().await;
        let mut browser = stage.browser();
        let login = browser.open(&stage.ask(&[])).await.url;
        let mut addresses: Vec<(String, Vec<String>)> =
            every_route().iter().map(|route| (stage.hub.url(&route.path()), route.methods.clone())).collect();
        for step in ["", "/connection", "/password", "/account", "/consent"] {
            addresses.push((format!("{login}{step}"), vec!["GET".into(), "POST".into()]));
        }
        for (address, methods) in addresses {
            for strange in ["a\0b", "\u{1}\u{7f}\u{202e}"] {
                let all: Vec<(String, String)> =
                    PARAMETERS.iter().map(|name| ((*name).to_owned(), strange.to_owned())).collect();
                let known = [("client_id", stage.app.client_id.as_str()), ("grant_type", "refresh_token")];
                let mut of_a_client = fields(&known);
                of_a_client
                    .extend(all.iter().filter(|(name, _)| known.iter().all(|(one, _)| one != name)).cloned());
                for form in [&all, &of_a_client] {
                    for method in &methods {
                        let method = Method::from_bytes(method.as_bytes()).unwrap();
                        let text = serde_urlencoded::to_string(form).unwrap();
                        let query = http().request(method.clone(), format!("{address}?{text}"));
                        let answer = read(query.bearer_auth(&token)).await;
                        assert!(answer.status < 500, "{method} {address} by query: {answer:?}");
                        let body = http().request(method.clone(), &address);
                        let answer = read(as_form(body, form)).await;
                        assert!(answer.status < 500, "{method} {address} by form: {answer:?}");
                        let object: serde_json::Map<_, _> =
                            form.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
                        let body = http().request(method.clone(), &address).bearer_auth(&token);
                        let body =
                            body.header("Content-Type", "application/json").body(json!(object).to_string());
                        let answer = read(body).await;
                        assert!(answer.status < 500, "{method} {address} by JSON: {answer:?}");
                    }
                }
            }
        }
        for secret in ["a\0b", "%00"] {
            let asked = http().post(stage.hub.url("oauth/token")).basic_auth(secret, Some(secret));
            let answer = read(as_form(asked, &fields(&[("grant_type", "client_credentials")]))).await;
            assert_eq!(answer.error(), (401, "invalid_client"), "{secret:?}: {answer:?}");
        }
        let register = post_form(&stage.hub.url("oidc/register"), &fields(&[("a", "\0")]), &[]).await;
        assert_eq!(register.status, 415, "{register:?}");
        stage.hub.stop().await;
    }
}
