//! Authorization requests (RFC 6749 §3.1, §4.1.1; OpenID Connect Core §3.1.2; RFC 9207; RFC 9700 §4.1).

use serde_json::json;
use url::Url;

use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{
    CALLBACK, EMAIL, NONCE, PERSON, STATE, Stage, claims_of, code_of, error_code, error_of, fields,
};

/// Fields of an authorization request, for a POST.
fn fields_of(url: &str) -> Vec<(String, String)> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

/// Incidents: CVE-2024-8883, CVE-2026-7504, CVE-2024-1132.
#[actix_web::test]
async fn an_unproven_return_address_gets_a_page_that_never_redirects_and_one_log_entry() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let twice = |name: &str, value: &str| format!("{}&{name}={value}", stage.ask(&[]));
        let mut cases = vec![
            (stage.ask(&[("client_id", "unknown")]), "unknown-client"),
            (stage.ask(&[("client_id", "")]), "unknown-client"),
            (twice("client_id", &stage.app.client_id), "unknown-client"),
            (stage.ask(&[("redirect_uri", "")]), "redirect-uri-mismatch"),
            (twice("redirect_uri", CALLBACK), "redirect-uri-mismatch"),
        ];
        for other in [
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/callback#x",
            "https://app.example/callback/../callback",
            "https://app.example/callback/%2e%2e/evil",
            "https://app.example/callback%2f..%2fevil",
            "https://app.example/callback;x",
            "https://app.example//callback",
            "https://app.example/callback?code=mine",
            "https://app.example:443/callback",
            "https://APP.example/callback",
            "https://app.example@evil.example/callback",
            "https://evil.example/https://app.example/callback",
            "https://app.example%2F@evil.example/callback",
            "https://app.example\\callback",
            "https://app.example/callback\t",
            "http://app.example/callback",
            "//app.example/callback",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            cases.push((stage.ask(&[("redirect_uri", other)]), "redirect-uri-mismatch"));
        }
        for (url, code) in cases {
            let mut browser = stage.browser();
            for by_post in [false, true] {
                let before = stage.hub.log().await.len();
                let page = if by_post {
                    browser.post(&stage.hub.url("authorize"), fields_of(&url), None).await
                } else {
                    browser.open(&url).await
                };
                assert_eq!(page.status, 400, "{url}");
                assert_eq!(error_code(&page), code, "{url}");
                assert!(page.headers.get("location").is_none());
                if code == "redirect-uri-mismatch" {
                    assert!(page.text.contains("redirect_uri"), "{url}");
                }
                let log = stage.hub.log().await;
                assert_eq!(log.len(), before + 1, "{url}: {:?}", &log[before..]);
                assert_eq!(log[before].log_type, "f");
            }
            assert!(browser.cookies().is_empty());
        }
    }
}

#[actix_web::test]
async fn every_error_reaches_the_application_with_state_and_issuer_and_one_log_entry() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let giant = "x".repeat(9 * 1024);
        let with_more = |more: &str| format!("{}&{more}", stage.ask(&[]));
        for (url, expected) in [
            (stage.ask(&[("response_type", "")]), "invalid_request"),
            (stage.ask(&[("response_type", "token")]), "unsupported_response_type"),
            (stage.ask(&[("response_type", "code id_token")]), "unauthorized_client"),
            (stage.ask(&[("response_type", "none")]), "unauthorized_client"),
            (stage.ask(&[("response_mode", "post")]), "invalid_request"),
            (stage.ask(&[("response_mode", "web_message.jwt")]), "invalid_request"),
            (stage.ask(&[("scope", "openid \"email\"")]), "invalid_scope"),
            (stage.ask(&[("prompt", "none login")]), "invalid_request"),
            (stage.ask(&[("prompt", "create")]), "invalid_request"),
            (stage.ask(&[("max_age", "-1")]), "invalid_request"),
            (stage.ask(&[("max_age", "soon")]), "invalid_request"),
            (stage.ask(&[("request", "eyJhbGciOiJub25lIn0.e30.")]), "request_not_supported"),
            (stage.ask(&[("request_uri", "https://app.example/r")]), "invalid_request_uri"),
            (stage.ask(&[("registration", "{}")]), "registration_not_supported"),
            (stage.ask(&[("audience", "https://api.example/")]), "invalid_target"),
            (stage.ask(&[("id_token_hint", "not.a.token")]), "invalid_request"),
            (stage.ask(&[("nonce", &giant)]), "invalid_request"),
            (stage.ask(&[("connection", "unknown")]), "invalid_request"),
            (stage.ask(&[("prompt", "none")]), "login_required"),
            (with_more("nonce=2"), "invalid_request"),
            (with_more("x=1&x=1"), "invalid_request"),
            (with_more("x=%00"), "invalid_request"),
            (with_more("response_mode=query&response_mode=form_post"), "invalid_request"),
            (with_more(&format!("a={0}&b={0}&c={0}&d={0}", "x".repeat(8190))), "invalid_request"),
        ] {
            let shown: String = url.chars().skip(250).take(150).collect();
            let before = stage.hub.log().await.len();
            let mut browser = stage.browser();
            let page = browser.walk(&url, PERSON).await;
            assert_eq!(error_of(&stage, &page), expected, "{shown}");
            assert!(page.url.as_str().starts_with(CALLBACK), "{shown}");
            assert!(page.answered("error_description").is_some(), "{shown}");
            let log = stage.hub.log().await;
            assert_eq!(log.len(), before + 1, "{shown}: {:?}", &log[before..]);
            assert_eq!(log[before].client_id.as_deref(), Some(stage.app.client_id.as_str()), "{shown}");
            assert!(browser.cookies().is_empty(), "{shown}");
        }
        assert_eq!(stage.count("sessions") + stage.count("grants"), 0);
    }
}

#[actix_web::test]
async fn an_application_without_the_grant_is_told_so() {
    let stage = Stage::with_client(sqlite(), json!({"grant_types": ["client_credentials"]})).await;
    let page = stage.sign_in(&mut stage.browser(), &[]).await;
    assert_eq!(error_of(&stage, &page), "unauthorized_client");
}

#[actix_web::test]
async fn a_duplicated_state_is_an_error_that_repeats_neither() {
    let stage = Stage::on(sqlite()).await;
    let page = stage.browser().open(&format!("{}&state=another", stage.ask(&[]))).await;
    assert!(page.stopped);
    assert_eq!(page.answered("error").as_deref(), Some("invalid_request"));
    assert_eq!(page.answered("state"), None);
}

#[actix_web::test]
async fn a_request_may_come_by_post() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let from = Url::parse("https://app.example/").unwrap();
        let page = browser.post(&stage.hub.url("authorize"), fields_of(&stage.ask(&[])), Some(&from)).await;
        let page = browser.walk_on(page, PERSON).await;
        assert_eq!(page.answered("state").as_deref(), Some(STATE));
        assert_eq!(stage.redeem(&code_of(&page)).await.status, 200);
        let url = stage.hub.url("authorize");
        for (content_type, status) in [("text/plain", 415), ("application/json", 415)] {
            let before = stage.hub.log().await.len();
            let request = crate::support::sign_in::http().post(&url).header("content-type", content_type);
            let answer = crate::support::sign_in::read(request.body("{}")).await;
            assert_eq!(answer.status, status);
            assert_eq!(stage.hub.log().await.len(), before + 1);
        }
    }
}

#[actix_web::test]
async fn an_answer_carries_code_state_and_issuer_beside_the_redirect_uris_own_query() {
    for database in each_database() {
        let callback = "https://app.example/callback?tenant=1";
        let stage = Stage::with_client(database, json!({"callbacks": [callback]})).await;
        let page = stage.sign_in(&mut stage.browser(), &[("redirect_uri", callback)]).await;
        let names: Vec<String> = page.answer().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["tenant", "code", "state", "iss"]);
        assert_eq!(page.answered("iss"), Some(stage.hub.issuer.clone()));
        let without = stage.sign_in(&mut stage.browser(), &[("redirect_uri", callback), ("state", "")]).await;
        assert_eq!(without.answered("state"), None);
    }
}

#[actix_web::test]
async fn unknown_parameters_and_scopes_are_ignored() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let answer = stage
            .tokens(&[
                ("extra", "foobar"),
                ("display", "popup"),
                ("claims_locales", "se"),
                ("acr_values", "1 2"),
                ("scope", "openid unheard_of"),
                ("login_hint", "not an address"),
                ("ui_locales", "xx-not-a-locale"),
            ])
            .await;
        assert_eq!(answer.json["scope"], "openid");
        assert_eq!(claims_of(&answer.text_of("id_token"))["nonce"], NONCE);
    }
}

#[actix_web::test]
async fn a_login_hint_is_filled_in_and_ui_locales_choose_the_language() {
    let stage = Stage::on(sqlite()).await;
    stage
        .hub
        .connection(json!({
            "name": "more", "strategy": "oidc", "enabled_clients": [stage.app.client_id],
            "options": {"discovery_url": "http://127.0.0.1:1", "client_id": "x", "client_secret": "y"},
        }))
        .await;
    let page =
        stage.browser().open(&stage.ask(&[("login_hint", EMAIL), ("ui_locales", "de fr-CA en")])).await;
    assert!(page.text.contains("<html lang=\"fr\">"), "{}", page.text);
    let email = page.forms()[0].fields.iter().find(|field| field.name == "email").unwrap().value.clone();
    assert_eq!(email, EMAIL);
    let page = stage.browser().open(&stage.ask(&[("login_hint", "\"><script>alert(1)</script>")])).await;
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
}

/// A request larger than a cookie is parked, and works all the same.
#[actix_web::test]
async fn a_request_too_large_for_a_cookie_works_end_to_end() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let state = format!("{}=&\"<é", "s".repeat(6 * 1024));
        let nonce = "n".repeat(4 * 1024);
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[("state", &state), ("nonce", &nonce)])).await;
        assert!(browser.cookies().iter().all(|cookie| cookie.name.len() + cookie.value.len() < 4096));
        let page = browser.walk_on(page, PERSON).await;
        assert_eq!(page.answered("state"), Some(state.clone()));
        let tokens = stage.redeem(&code_of(&page)).await;
        assert_eq!(claims_of(&tokens.text_of("id_token"))["nonce"], nonce);
        assert!(stage.count("parked_requests") > 0, "it was parked");
        let page = stage.sign_in(&mut browser, &[("state", &state), ("response_mode", "form_post")]).await;
        assert_eq!(page.answered("state"), Some(state));
    }
}

/// What is parked is sealed, and useless without the cookie that refers to it.
#[actix_web::test]
async fn a_parked_request_opens_only_in_the_browser_that_has_its_reference() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let state = "canary-of-a-large-state".repeat(300);
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[("state", &state)])).await;
        assert!(!stage.hub.database.dump().contains("canary-of-a-large-state"));
        let stranger = stage.browser().open(page.url.as_str()).await;
        assert_eq!(error_code(&stranger), "login-expired");
        let page = browser.open(page.url.as_str()).await;
        assert_eq!(page.status, 200);
    }
}

#[actix_web::test]
async fn a_password_field_of_an_answer_is_not_taken_from_the_query() {
    let stage = Stage::on(sqlite()).await;
    let mut browser = stage.browser();
    let page = browser.open(&stage.ask(&[])).await;
    let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
    let action = page.forms()[0].action.clone();
    let url = Url::parse_with_params(action.as_str(), PERSON).unwrap();
    assert_eq!(browser.open(url.as_str()).await.status, 405);
    let page = browser.post(url.as_str(), fields(&[]), Some(&page.url)).await;
    assert!(!page.stopped, "{page:?}");
    assert_eq!(stage.count("sessions"), 0);
}
