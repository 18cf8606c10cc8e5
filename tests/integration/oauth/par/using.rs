//! What a `request_uri` of ours is good for: its own application, for a short time, one answer (RFC 9126 §4, §7).

use futures_util::future::join_all;
use serde_json::json;

use super::{anybody, push, pushed, reference, reference_of};
use crate::oauth::request_objects::{INSIDE, request_object, signing_stage};
use crate::support::databases::each_database;
use crate::support::sign_in::{
    NONCE, PERSON, STATE, Stage, add_client, claims_of, code_of, error_code, error_of,
};

#[actix_web::test]
async fn a_pushed_request_signs_a_person_in_as_it_was_pushed() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let uri = pushed(&stage, &[]).await;
        let page = anybody().walk(&reference(&stage, &uri), PERSON).await;
        assert_eq!(page.answered("state").as_deref(), Some(STATE));
        let claims = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
        assert_eq!((&claims["nonce"], &claims["email"]), (&json!(NONCE), &json!("ada@people.example")));
        // Beside it nothing counts.
        let uri = pushed(&stage, &[("scope", "openid"), ("state", "")]).await;
        let more = [
            ("redirect_uri", "https://evil.example/"),
            ("scope", "openid email"),
            ("state", "outside"),
            ("response_type", "token"),
            ("prompt", "none"),
            ("request", "a.b.c"),
        ];
        let page = anybody().walk(&reference_of(&stage, &stage.app.client_id, &uri, &more), PERSON).await;
        assert_eq!(page.answered("state"), None, "{page:?}");
        let claims = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
        assert_eq!(claims["email"], json!(null));
    }
}

#[actix_web::test]
async fn it_may_be_presented_again_until_a_login_by_it_is_answered() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let uri = pushed(&stage, &[]).await;
        let asked = reference(&stage, &uri);
        let (mut first, mut second) = (anybody(), anybody());
        let at_first = first.open(&asked).await;
        assert_eq!((at_first.status.as_u16(), at_first.stopped), (200, false));
        let at_second = second.open(&asked).await;
        code_of(&first.walk_on(at_first, PERSON).await);
        // The login that began beside it comes to nothing, and so does a third.
        let page = second.walk_on(at_second, PERSON).await;
        assert_eq!(error_code(&page), "login-already-used");
        for mut browser in [anybody(), first] {
            let page = browser.open(&asked).await;
            assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "request-uri-invalid"));
        }
        assert_eq!(stage.count("grants"), 1);
        assert_eq!(stage.count("parked_requests"), 0);
    }
}

#[actix_web::test]
async fn of_many_silent_logins_by_one_request_exactly_one_is_answered() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let browser = stage.member().await;
        let before = stage.count("grants");
        let uri = pushed(&stage, &[("prompt", "none")]).await;
        let asked = reference(&stage, &uri);
        let attempts = (0..30).map(|_| {
            let (mut browser, asked) = (browser.clone(), asked.clone());
            async move { browser.open(&asked).await }
        });
        let answered =
            join_all(attempts).await.into_iter().filter(|page| page.answered("code").is_some()).count();
        assert_eq!(answered, 1);
        assert_eq!(stage.count("grants"), before + 1);
    }
}

#[actix_web::test]
async fn an_expired_one_is_refused_and_a_login_begun_in_time_goes_on() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let answer = push(&stage, &[]).await;
        let asked = reference(&stage, &answer.text_of("request_uri"));
        let mut browser = anybody();
        let page = browser.open(&asked).await;
        stage.hub.clock.advance(answer.json["expires_in"].as_i64().unwrap());
        assert_eq!(error_code(&anybody().open(&asked).await), "request-uri-invalid");
        vestibule::flows::sweep::sweep(&stage.hub.hub).await.unwrap();
        assert_eq!(stage.count("parked_requests"), 0);
        code_of(&browser.walk_on(page, PERSON).await);
    }
}

#[actix_web::test]
async fn it_is_good_for_the_application_that_pushed_it_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let other = add_client(&stage.hub, json!({})).await;
        let uri = pushed(&stage, &[]).await;
        let page = anybody().open(&reference_of(&stage, &other.client_id, &uri, &[])).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "request-uri-invalid"));
        for (cut, asked) in [
            ("cut", reference(&stage, &uri[..uri.len() - 1])),
            ("longer", reference(&stage, &format!("{uri}A"))),
            ("empty", reference(&stage, "urn:ietf:params:oauth:request_uri:")),
        ] {
            assert_eq!(error_code(&anybody().open(&asked).await), "request-uri-invalid", "{cut}");
        }
        let page = anybody().open(&reference_of(&stage, "", &uri, &[])).await;
        assert_eq!(error_code(&page), "unknown-client");
        // None of this used it up.
        code_of(&anybody().walk(&reference(&stage, &uri), PERSON).await);
    }
}

#[actix_web::test]
async fn what_the_application_may_no_longer_ask_is_refused_though_it_was_pushed_before() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let uri = pushed(&stage, &[]).await;
        let path = format!("clients/{}", stage.app.client_id);
        let change = json!({"callbacks": ["https://app.example/elsewhere"]});
        stage.manage(reqwest::Method::PATCH, &path, change).await;
        let page = anybody().open(&reference(&stage, &uri)).await;
        assert_eq!(error_code(&page), "redirect-uri-mismatch");
    }
}

#[actix_web::test]
async fn an_application_that_must_push_is_heard_in_no_other_way() {
    for database in each_database() {
        let stage = signing_stage(database, json!({"require_pushed_authorization_requests": true})).await;
        let mut browser = anybody();
        assert_eq!(error_of(&stage, &browser.open(&stage.ask(&[])).await), "invalid_request");
        let object = request_object(&stage, &json!({})).write();
        let page = browser.open(&stage.ask(&[("request", &object)])).await;
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"));
        let uri = pushed(&stage, &[]).await;
        code_of(&browser.walk(&reference(&stage, &uri), PERSON).await);
        let uri = pushed(&stage, &[("request", &object)]).await;
        let page = browser.open(&reference(&stage, &uri)).await;
        assert_eq!(page.answered("state").as_deref(), Some(INSIDE), "{page:?}");
    }
}

#[actix_web::test]
async fn a_person_who_does_not_consent_leaves_the_request_as_it_was() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let uri = pushed(&stage, &[("prompt", "consent")]).await;
        let mut browser = stage.member().await;
        let page = browser.open(&reference(&stage, &uri)).await;
        let form = page.forms()[0].clone();
        let deny = vec![("choice".to_owned(), "deny".to_owned())];
        let denied = browser.post(form.action.as_str(), deny, Some(&page.url)).await;
        assert_eq!(error_of(&stage, &denied), "access_denied");
        let page = browser.open(&reference(&stage, &uri)).await;
        code_of(&browser.walk_on(page, &[]).await);
        let page = browser.open(&reference(&stage, &uri)).await;
        assert_eq!(error_code(&page), "request-uri-invalid");
    }
}
