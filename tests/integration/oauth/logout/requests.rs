//! Signing out (OpenID Connect RP-Initiated Logout 1.0).

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::json;
use url::Url;
use vestibule::crypto::jws::Algorithm;

use crate::support::databases::each_database;
use crate::support::sign_in::{EMAIL, SIGNED_OUT, Stage, add_client, changed, claims_of, error_code, fields};
use crate::support::sign_out::asks;

#[actix_web::test]
async fn an_id_token_of_this_session_signs_out_at_once_and_leads_back_with_state() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for by_post in [false, true] {
            let (mut browser, id_token, access_token) = stage.signed_in().await;
            let parameters = [
                ("id_token_hint", id_token.as_str()),
                ("post_logout_redirect_uri", SIGNED_OUT),
                ("state", "a b&c"),
            ];
            let page = if by_post {
                let own = Url::parse(&stage.hub.issuer).unwrap();
                browser.post(&stage.hub.url("oidc/logout"), fields(&parameters), Some(&own)).await
            } else {
                browser.open(&stage.logout(&parameters)).await
            };
            assert!(page.stopped, "{page:?}");
            assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state=a+b%26c"));
            assert!(!browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session")));
            assert_eq!(stage.userinfo(&access_token).await.status, 401);
            assert_eq!(stage.count("sessions"), 0);
            assert_eq!(stage.hub.log().await.last().unwrap().log_type, "slo");
        }
        let (mut browser, id_token, _) = stage.signed_in().await;
        let page = browser
            .open(&stage.logout(&[("id_token_hint", &id_token), ("post_logout_redirect_uri", SIGNED_OUT)]))
            .await;
        assert_eq!(page.url.as_str(), SIGNED_OUT, "nothing is added where there is no state");
        let (mut browser, id_token, _) = stage.signed_in().await;
        let page = browser.open(&stage.logout(&[("id_token_hint", &id_token), ("state", "x")])).await;
        assert_eq!(page.status, 200, "without an address to return to, a page of ours is the end");
        assert!(!stage.has_session(&browser).await);
    }
}

#[actix_web::test]
async fn without_proof_that_the_person_wants_it_they_are_asked() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (_, of_another_session, _) = stage.signed_in().await;
        let (mut browser, _, access_token) = stage.signed_in().await;
        let client_id = stage.app.client_id.as_str();
        for parameters in [
            vec![],
            vec![("state", "x")],
            vec![("client_id", client_id), ("post_logout_redirect_uri", SIGNED_OUT)],
            vec![("id_token_hint", of_another_session.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)],
        ] {
            let page = browser.open(&stage.logout(&parameters)).await;
            assert!(asks(&page), "{parameters:?}: {page:?}");
            assert!(!page.text.contains(&of_another_session), "a page holds no token");
            assert!(stage.has_session(&browser).await, "{parameters:?}");
        }
        let parameters = [("client_id", client_id), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
        let page = browser.open(&stage.logout(&parameters)).await;
        let page = browser.walk_on(page, &[]).await;
        assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state=s"));
        assert!(!stage.has_session(&browser).await);
        assert_eq!(stage.userinfo(&access_token).await.status, 401);
    }
}

#[actix_web::test]
async fn a_confirmation_from_another_site_does_not_count() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (browser, ..) = stage.signed_in().await;
        for said in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:1"),
            ("origin", "https://app.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("referer", "https://app.example/"),
            ("x-nothing", "said"),
        ] {
            // The worst case: a browser that sends its cookies along all the same.
            let mut tricked = browser.clone();
            let cookie = browser.cookies().iter().find(|cookie| cookie.name.ends_with("_session")).unwrap();
            let cookie = HeaderValue::from_str(&format!("{}={}", cookie.name, cookie.value)).unwrap();
            tricked.headers.insert(HeaderName::from_static("cookie"), cookie);
            let headers = [said, ("cookie", tricked.headers["cookie"].to_str().unwrap())];
            let confirmation = changed(&[], "choice", "sign-out");
            let url = stage.hub.url("oidc/logout");
            let answer = crate::support::sign_in::post_form(&url, &confirmation, &headers).await;
            assert!(answer.text.contains("value=\"sign-out\""), "{said:?}: {answer:?}");
            assert!(stage.has_session(&browser).await, "{said:?}");
        }
    }
}

#[actix_web::test]
async fn a_request_that_contradicts_itself_ends_on_a_page_and_signs_nobody_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other =
            add_client(&stage.hub, json!({"allowed_logout_urls": ["https://other.example/out"]})).await;
        let (mut browser, id_token, access_token) = stage.signed_in().await;
        let (head, signature) = id_token.rsplit_once('.').unwrap();
        let tampered = format!("{head}.{}", signature.chars().rev().collect::<String>());
        let keys = stage.hub.hub.keys.current();
        let claims = claims_of(&id_token);
        let logout_token = keys.sign(Algorithm::RS256, "logout+jwt", &claims).unwrap();
        let mut foreign = claims;
        foreign["iss"] = json!("https://another.example/");
        let foreign = keys.sign(Algorithm::RS256, "JWT", &foreign).unwrap();
        let hint = ("id_token_hint", id_token.as_str());
        let back = ("post_logout_redirect_uri", SIGNED_OUT);
        let query_added = format!("{SIGNED_OUT}?x=1");
        for (name, parameters) in [
            ("unregistered", vec![hint, ("post_logout_redirect_uri", "https://evil.example/")]),
            ("a query added", vec![hint, ("post_logout_redirect_uri", query_added.as_str())]),
            ("a slash added", vec![hint, ("post_logout_redirect_uri", "https://app.example/signed-out/")]),
            ("other letters", vec![hint, ("post_logout_redirect_uri", "https://APP.example/signed-out")]),
            ("another application's", vec![hint, ("post_logout_redirect_uri", "https://other.example/out")]),
            ("nobody's", vec![back]),
            ("a tampered hint", vec![("id_token_hint", tampered.as_str()), back]),
            ("an access token as hint", vec![("id_token_hint", access_token.as_str()), back]),
            ("garbage as hint", vec![("id_token_hint", "x"), back]),
            ("a logout token as hint", vec![("id_token_hint", logout_token.as_str()), back]),
            ("another issuer's hint", vec![("id_token_hint", foreign.as_str()), back]),
            ("another client_id", vec![hint, back, ("client_id", &other.client_id)]),
            ("an unknown client_id", vec![("client_id", "unknown"), back]),
            ("a parameter twice", vec![hint, back, back]),
        ] {
            let before = stage.hub.log().await.len();
            let page = browser.open(&stage.logout(&parameters)).await;
            assert_eq!(page.status, 400, "{name}");
            assert_eq!(error_code(&page), "logout-invalid", "{name}");
            let log = stage.hub.log().await;
            assert_eq!(log.len(), before + 1, "{name}");
            assert_eq!(log[before].log_type, "flo", "{name}");
            assert!(stage.has_session(&browser).await, "{name}");
        }
        assert_eq!(stage.userinfo(&access_token).await.status, 200);
    }
}

#[actix_web::test]
async fn an_expired_id_token_still_signs_its_session_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (mut browser, id_token, _) = stage.signed_in().await;
        stage.hub.clock.advance(11 * 60 * 60);
        let parameters = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)];
        assert_eq!(browser.open(&stage.logout(&parameters)).await.url.as_str(), SIGNED_OUT);
        assert!(!stage.has_session(&browser).await);
        // And somebody signed out already is taken back all the same.
        assert_eq!(browser.open(&stage.logout(&parameters)).await.url.as_str(), SIGNED_OUT);
    }
}

#[actix_web::test]
async fn the_sid_as_logout_hint_is_as_good_as_an_id_token_and_a_hint_at_somebody_else_makes_us_ask() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let client = ("client_id", stage.app.client_id.as_str());
        let back = ("post_logout_redirect_uri", SIGNED_OUT);
        let (_, of_another_session, _) = stage.signed_in().await;
        let other_sid = claims_of(&of_another_session)["sid"].as_str().unwrap().to_owned();
        for named in ["sid", "email", "sub", "upper-case email"] {
            let (mut browser, id_token, _) = stage.signed_in().await;
            let sid = claims_of(&id_token)["sid"].as_str().unwrap().to_owned();
            let hint = ("id_token_hint", id_token.as_str());
            for doubtful in [
                vec![client, back, ("logout_hint", EMAIL)],
                vec![client, back, ("logout_hint", other_sid.as_str())],
                vec![hint, back, ("logout_hint", other_sid.as_str())],
                vec![hint, back, ("logout_hint", "bob@people.example")],
            ] {
                let page = browser.open(&stage.logout(&doubtful)).await;
                assert!(asks(&page), "{doubtful:?}: {page:?}");
            }
            let upper = EMAIL.to_uppercase();
            let sure = match named {
                "sid" => vec![client, back, ("logout_hint", sid.as_str())],
                "email" => vec![hint, back, ("logout_hint", EMAIL)],
                "sub" => vec![hint, back, ("logout_hint", stage.user_id.as_str())],
                _ => vec![hint, back, ("logout_hint", upper.as_str())],
            };
            assert_eq!(browser.open(&stage.logout(&sure)).await.url.as_str(), SIGNED_OUT, "{named}");
            assert!(!stage.has_session(&browser).await, "{named}");
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn the_page_that_asks_speaks_the_language_that_was_asked_for() {
    let stage = Stage::on(crate::support::databases::sqlite()).await;
    let (mut browser, ..) = stage.signed_in().await;
    let page = browser.open(&stage.logout(&[("ui_locales", "fr en")])).await;
    assert!(asks(&page) && page.text.contains("<html lang=\"fr\">"), "{page:?}");
    let page = browser.walk_on(page, &[]).await;
    assert!(page.text.contains("<html lang=\"fr\">"), "{page:?}");
}
