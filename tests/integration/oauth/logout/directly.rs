//! Auth0's `/v2/logout`: without a question.

use serde_json::json;

use crate::support::databases::each_database;
use crate::support::sign_in::{SIGNED_OUT, Stage, add_client, error_code};

#[actix_web::test]
async fn it_signs_out_at_once_and_leads_to_a_registered_address() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let id = stage.app.client_id.as_str();
        for parameters in [
            vec![("client_id", id), ("returnTo", SIGNED_OUT)],
            // Without returnTo: the first address that is registered.
            vec![("client_id", id)],
        ] {
            let (mut browser, _, access_token) = stage.signed_in().await;
            let page = browser.open(&stage.leave_by("v2/logout", &parameters)).await;
            assert!(page.stopped, "{parameters:?}: {page:?}");
            assert_eq!(page.url.as_str(), SIGNED_OUT);
            assert!(!stage.has_session(&browser).await);
            assert_eq!(stage.userinfo(&access_token).await.status, 401);
            let entry =
                stage.hub.log().await.into_iter().rev().find(|entry| entry.log_type == "slo").unwrap();
            assert_eq!(entry.client_id.as_deref(), Some(id));
            // And somebody signed out already is taken back all the same.
            let page = browser.open(&stage.leave_by("v2/logout", &parameters)).await;
            assert_eq!(page.url.as_str(), SIGNED_OUT);
        }
        let (mut browser, ..) = stage.signed_in().await;
        let page = browser.open(&stage.leave_by("v2/logout", &[])).await;
        assert!(page.status == 200 && !page.stopped && !stage.has_session(&browser).await, "{page:?}");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_address_that_the_application_has_not_registered_is_refused_and_named_and_nobody_is_signed_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other =
            add_client(&stage.hub, json!({"allowed_logout_urls": ["https://other.example/out"]})).await;
        let id = ("client_id", stage.app.client_id.as_str());
        let (mut browser, ..) = stage.signed_in().await;
        for (name, parameters) in [
            ("unregistered", vec![id, ("returnTo", "https://evil.example/")]),
            ("another application's", vec![id, ("returnTo", "https://other.example/out")]),
            ("a query added", vec![id, ("returnTo", "https://app.example/signed-out?x=1")]),
            ("a fragment added", vec![id, ("returnTo", "https://app.example/signed-out#x")]),
            ("a path below", vec![id, ("returnTo", "https://app.example/signed-out/x")]),
            ("another host behind an @", vec![id, ("returnTo", "https://app.example@evil.example/")]),
            ("nobody's", vec![("returnTo", SIGNED_OUT)]),
            ("an unknown application's", vec![("client_id", "unknown"), ("returnTo", SIGNED_OUT)]),
            ("twice", vec![id, ("returnTo", SIGNED_OUT), ("returnTo", SIGNED_OUT)]),
            (
                "of the right one, for another",
                vec![("client_id", &other.client_id), ("returnTo", SIGNED_OUT)],
            ),
        ] {
            let page = browser.open(&stage.leave_by("v2/logout", &parameters)).await;
            assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "logout-invalid"), "{name}");
            assert_eq!(stage.hub.log().await.last().unwrap().log_type, "flo", "{name}");
            assert!(stage.has_session(&browser).await, "{name}");
        }
        let page =
            browser.open(&stage.leave_by("v2/logout", &[id, ("returnTo", "https://evil.example/a?b")])).await;
        assert!(page.text.contains("returnTo https://evil.example/a?b is not one"), "{}", page.text);
        stage.hub.stop().await;
    }
}

/// A link on any page may sign people out; what a page does without them noticing may not.
#[actix_web::test]
async fn an_image_a_frame_or_a_prefetch_signs_nobody_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (mut browser, ..) = stage.signed_in().await;
        let address = stage.leave_by("v2/logout", &[("client_id", &stage.app.client_id)]);
        for (header, value) in [
            ("sec-fetch-dest", "image"),
            ("sec-fetch-dest", "iframe"),
            ("sec-fetch-dest", "script"),
            ("sec-fetch-dest", "empty"),
            ("sec-purpose", "prefetch;prerender"),
        ] {
            browser.headers.insert(header, value.parse().unwrap());
            let page = browser.open(&address).await;
            assert_eq!(
                (page.status.as_u16(), error_code(&page).as_str()),
                (400, "logout-invalid"),
                "{value}"
            );
            browser.headers.clear();
            assert!(stage.has_session(&browser).await, "{value}");
        }
        browser.headers.insert("sec-fetch-dest", "document".parse().unwrap());
        assert!(browser.open(&address).await.stopped);
        stage.hub.stop().await;
    }
}
