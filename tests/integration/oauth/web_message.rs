//! `response_mode=web_message`: the answer as a message to the window that asked, for silent renewal in a frame and
//! for logins in a popup.

use serde_json::{Value, json};

use crate::support::browser::Page;
use crate::support::databases::each_database;
use crate::support::html;
use crate::support::sign_in::{STATE, Stage, error_code};

/// The origins that may have the message, and the message.
fn message(page: &Page) -> (String, Value) {
    assert!(!page.stopped, "the browser left the hub: {page:?}");
    assert_eq!(page.status, 200, "{page:?}");
    let attribute = |name: &str| {
        let text = html::attribute(&page.text, "web-message", name);
        text.unwrap_or_else(|| panic!("no {name} in {}", page.text))
    };
    (attribute("data-origins"), serde_json::from_str(&attribute("data-response")).unwrap())
}

fn directives(page: &Page) -> Vec<String> {
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    policy.split(';').map(|directive| directive.trim().to_owned()).collect()
}

#[actix_web::test]
async fn the_message_is_for_the_origin_of_the_redirect_uri_and_holds_every_parameter() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for prompt in ["none", ""] {
            let changes = [("response_mode", "web_message"), ("prompt", prompt)];
            let page = stage.member().await.open(&stage.ask(&changes)).await;
            let (origins, response) = message(&page);
            assert_eq!(origins, "https://app.example");
            assert_eq!(response["state"], STATE);
            assert_eq!(response["iss"], stage.hub.issuer.as_str());
            let tokens = stage.redeem(response["code"].as_str().unwrap()).await;
            assert_eq!(tokens.status, 200, "{tokens:?}");
        }
    }
}

#[actix_web::test]
async fn only_the_application_may_hold_the_page_in_a_frame_and_nothing_else_of_the_hub_may_be_held() {
    for database in each_database() {
        let origins = json!(["https://www.app.example", "https://app.example"]);
        let stage = Stage::with_client(database, json!({"web_origins": origins})).await;
        let silent = [("response_mode", "web_message"), ("prompt", "none")];
        // Somebody is signed in, and nobody is.
        for mut browser in [stage.member().await, stage.browser()] {
            let page = browser.open(&stage.ask(&silent)).await;
            let ancestors = "frame-ancestors https://app.example https://www.app.example".to_owned();
            let directives = directives(&page);
            assert!(directives.contains(&ancestors), "{directives:?}");
            assert!(directives.contains(&"script-src 'self'".to_owned()), "{directives:?}");
            assert!(directives.contains(&"form-action 'none'".to_owned()), "{directives:?}");
            assert!(!page.headers.contains_key("x-frame-options"), "it knows no list");
            assert_eq!(page.headers["cache-control"], "no-store");
            assert_eq!(message(&page).0, "https://app.example https://www.app.example");
        }
        for changes in [
            [("response_mode", "web_message"), ("prompt", "login")],
            [("response_mode", "web_message"), ("redirect_uri", "https://evil.example/")],
            [("response_mode", "form_post"), ("prompt", "none")],
        ] {
            let page = stage.member().await.open(&stage.ask(&changes)).await;
            assert!(directives(&page).contains(&"frame-ancestors 'none'".to_owned()), "{changes:?}");
            assert_eq!(page.headers["x-frame-options"], "DENY", "{changes:?}");
        }
    }
}

#[actix_web::test]
async fn errors_are_messages_too() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for (change, error) in [
            (("prompt", "none"), "login_required"),
            (("response_type", "id_token"), "unauthorized_client"),
            (("max_age", "soon"), "invalid_request"),
        ] {
            let changes = [("response_mode", "web_message"), change];
            let (origins, response) = message(&stage.browser().open(&stage.ask(&changes)).await);
            assert_eq!(origins, "https://app.example");
            assert_eq!(response["error"], error);
            assert_eq!(response["state"], STATE);
            assert_eq!(response["code"], json!(null));
        }
    }
}

#[actix_web::test]
async fn a_hostile_state_is_escaped_and_comes_back_whole() {
    const HOSTILE: &str = "\"><script>alert(1)</script><b a='&amp;\u{2028}</p>";
    for database in each_database() {
        let stage = Stage::on(database).await;
        let changes = [("response_mode", "web_message"), ("prompt", "none"), ("state", HOSTILE)];
        let page = stage.member().await.open(&stage.ask(&changes)).await;
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
        assert_eq!(message(&page).1["state"], HOSTILE);
    }
}

#[actix_web::test]
async fn an_address_that_is_no_web_page_gets_no_message() {
    for database in each_database() {
        let native = "com.example.app:/callback";
        let stage = Stage::with_client(database, json!({"app_type": "native", "callbacks": [native]})).await;
        let changes = [("response_mode", "web_message"), ("redirect_uri", native)];
        let mut browser = stage.browser().stopping_at(native);
        let page = browser.open(&stage.ask(&changes)).await;
        assert!(page.stopped, "{page:?}");
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"));
        // An unproven address gets neither.
        let changes = [("response_mode", "web_message"), ("redirect_uri", "https://evil.example/")];
        let page = stage.browser().open(&stage.ask(&changes)).await;
        assert_eq!(error_code(&page), "redirect-uri-mismatch");
    }
}
