//! Who is asked for, and how they have to be authenticated: `sub`, `acr`, `auth_time` (OpenID Connect Core §5.5.1),
//! with the defaults an application may register.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, claims_of, code_of, error_of};

fn essential_acr(values: &[&str]) -> String {
    json!({"id_token": {"acr": {"essential": true, "values": values}}}).to_string()
}

/// A provider that authenticates people as `gold`, whatever it is asked.
const GOLD: Behaviour =
    Behaviour { id_token: Some(|token, _| token.set("acr", "gold")), ..Behaviour::HONEST };

fn asked(provider: &FakeProvider, name: &str) -> Option<String> {
    let request = provider.scenes().pop().unwrap().request;
    request.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[actix_web::test]
async fn an_essential_class_reaches_the_provider_and_its_answer_is_checked() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let wish = |values: &[&str]| stage.ask(&[("connection", "acme"), ("claims", &essential_acr(values))]);
        // Not said at all, and another one than asked for.
        let page = stage.browser().open(&wish(&["gold"])).await;
        assert_eq!(error_of(&stage, &page), "unmet_authentication_requirements");
        assert_eq!(asked(&provider, "acr_values").as_deref(), Some("gold"));
        provider.behave(GOLD);
        let page = stage.browser().open(&wish(&["silver", "platinum"])).await;
        assert_eq!(error_of(&stage, &page), "unmet_authentication_requirements");
        assert_eq!(asked(&provider, "acr_values").as_deref(), Some("silver platinum"));
        assert_eq!(stage.count("grants"), 0);
        let page = stage.browser().open(&wish(&["silver", "gold"])).await;
        let id_token = stage.redeem(&code_of(&page)).await.text_of("id_token");
        assert_eq!(claims_of(&id_token)["acr"], "gold");
    }
}

#[actix_web::test]
async fn a_session_of_another_class_does_not_answer_a_request_for_an_essential_one() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let mut browser = stage.browser();
        code_of(&browser.open(&stage.ask(&[("connection", "acme")])).await);
        let wish = essential_acr(&["gold"]);
        let silent = [("connection", "acme"), ("claims", wish.as_str()), ("prompt", "none")];
        assert_eq!(error_of(&stage, &browser.open(&stage.ask(&silent)).await), "login_required");
        provider.behave(GOLD);
        code_of(&browser.open(&stage.ask(&silent[..2])).await);
        assert_eq!(provider.counts().authorize(), 2);
        code_of(&browser.open(&stage.ask(&silent)).await);
        assert_eq!(provider.counts().authorize(), 2);
    }
}

/// Module: oidcc-ensure-request-with-acr-values-succeeds
#[actix_web::test]
async fn a_class_that_would_only_be_liked_is_passed_on_and_not_insisted_on() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"default_acr_values": ["silver", "gold"]})).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let voluntary = json!({"id_token": {"acr": {"values": ["platinum"]}}}).to_string();
        for (change, expected) in [
            (("acr_values", "urn:acme:bronze 1"), "urn:acme:bronze 1"),
            (("claims", voluntary.as_str()), "silver gold"),
            (("nonce", "n"), "silver gold"),
        ] {
            code_of(&stage.browser().open(&stage.ask(&[("connection", "acme"), change])).await);
            assert_eq!(asked(&provider, "acr_values").as_deref(), Some(expected), "{change:?}");
        }
    }
}

#[actix_web::test]
async fn a_request_for_one_subject_is_answered_by_nobody_else() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let own = claims_of(&stage.tokens(&[]).await.text_of("id_token"))["sub"].as_str().unwrap().to_owned();
        let mut browser = stage.member().await;
        for target in ["id_token", "userinfo"] {
            for (subject, expected) in
                [(own.as_str(), None), (stage.user_id.as_str(), Some("login_required"))]
            {
                let claims = json!({target: {"sub": {"value": subject}}}).to_string();
                let page = browser.open(&stage.ask(&[("prompt", "none"), ("claims", &claims)])).await;
                assert_eq!(page.answered("error").as_deref(), expected, "{target} {subject}");
            }
        }
        // Somebody else who signs in on the way does not answer it either.
        let nobody = json!({"id_token": {"sub": {"value": "nobody"}}}).to_string();
        let page = stage.sign_in(&mut stage.browser(), &[("claims", &nobody)]).await;
        assert_eq!(error_of(&stage, &page), "login_required");
    }
}

#[actix_web::test]
async fn an_application_that_needs_the_time_of_authentication_gets_no_guess() {
    let silent: Behaviour =
        Behaviour { id_token: Some(|token, _| token.remove("auth_time")), ..Behaviour::default() };
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"require_auth_time": true})).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let page = stage.browser().open(&stage.ask(&[("connection", "acme")])).await;
        let claims = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
        assert!(claims["auth_time"].is_i64());
        assert!(asked(&provider, "max_age").is_some_and(|age| age.parse::<i64>().unwrap() > 300_000_000));
        provider.behave(silent);
        let page = stage.browser().open(&stage.ask(&[("connection", "acme")])).await;
        assert_eq!(error_of(&stage, &page), "access_denied");
    }
}

/// Module: oidcc-max-age-1
/// Module: oidcc-max-age-10000
#[actix_web::test]
async fn the_age_an_application_registered_is_kept_unless_a_request_says_otherwise() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"default_max_age": 60})).await;
        let mut browser = stage.member().await;
        stage.hub.clock.advance(61);
        let silent = |change: (&str, &str)| stage.ask(&[("prompt", "none"), change]);
        let page = browser.open(&silent(("nonce", "n"))).await;
        assert_eq!(error_of(&stage, &page), "login_required");
        code_of(&browser.open(&silent(("max_age", "10000"))).await);
        let page = browser.open(&silent(("max_age", "1"))).await;
        assert_eq!(error_of(&stage, &page), "login_required");
    }
}

/// Module: oidcc-claims-locales
/// Module: oidcc-ui-locales
/// Module: oidcc-display-page
/// Module: oidcc-display-popup
/// Module: oidcc-login-hint
/// Module: oidcc-ensure-request-with-unknown-parameter-succeeds
#[actix_web::test]
async fn wishes_about_languages_windows_and_unknown_things_do_no_harm() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.member().await;
        for change in [
            ("claims_locales", "se ja fr-CA"),
            ("ui_locales", "se xx-YY"),
            ("display", "page"),
            ("display", "popup"),
            ("display", "touch"),
            ("display", "hologram"),
            ("login_hint", "ada@people.example"),
            ("login_hint", "+33 1 23 45 67 89"),
            ("extra", "foobar"),
        ] {
            let page = browser.open(&stage.ask(&[("prompt", "none"), change])).await;
            let tokens = stage.redeem(&code_of(&page)).await;
            assert_ne!(claims_of(&tokens.text_of("id_token"))["sub"], Value::Null, "{change:?}");
        }
    }
}
