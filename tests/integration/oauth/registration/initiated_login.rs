//! Logins that a third party initiates: the application's `initiate_login_uri` (OpenID Connect Core §4).

use serde_json::json;
use vestibule::domain::limits;

use super::Registry;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, between, code_of, error_code, fields};

/// Module: oidcc-3rd_party-init-login-nohttps
#[actix_web::test]
async fn where_a_login_begins_is_registered_with_https_alone() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let made = registry.register(json!({"initiate_login_uri": "https://app.example/login"})).await;
        assert_eq!(
            (made.status, &made.json["initiate_login_uri"]),
            (201, &json!("https://app.example/login"))
        );
        for bad in ["http://app.example/login", "javascript:alert(1)", "login"] {
            let refused = registry.register(json!({"initiate_login_uri": bad})).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{bad}");
            assert!(refused.text_of("error_description").contains("initiate_login_uri"));
        }
        registry.hub.stop().await;
    }
}

/// Module: oidcc-3rd_party-init-login
///
/// The application hears who sends the person (`iss`), and begins a login as it always does.
#[actix_web::test]
async fn a_login_that_took_too_long_leads_back_to_where_the_application_begins_one() {
    for (uri, is_registered) in [(json!("https://app.example/login?from=hub"), true), (json!(null), false)] {
        let stage = Stage::with_client(sqlite(), json!({"initiate_login_uri": uri})).await;
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[])).await;
        // The cookie of a login is renewed by every step, and the login itself grows older.
        stage.hub.clock.advance(limits::LOGIN_LIFETIME_SECONDS);
        let expired = browser.open(page.url.as_str()).await;
        assert_eq!(error_code(&expired), "login-expired", "{expired:?}");
        if !is_registered {
            assert!(!expired.text.contains("id=\"back\""), "{}", expired.text);
            continue;
        }
        let text = expired.text.replace("&#x3D;", "=").replace("&amp;", "&");
        let link = format!("https://app.example/{}", between(&text, "href=\"https://app.example/", "\""));
        let link = url::Url::parse(&link).unwrap();
        let told: Vec<(String, String)> = link.query_pairs().into_owned().collect();
        assert_eq!((link.path(), told), ("/login", fields(&[("from", "hub"), ("iss", &stage.hub.issuer)])));
        code_of(&stage.sign_in(&mut browser, &[]).await);
    }
}
