//! Federated sign-out: here, then at the provider, then back to the application.

use std::collections::HashMap;

use serde_json::json;
use url::Url;
use vestibule::domain::connection::Channel;

use crate::support::browser::Browser;
use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, CLIENT_ID, FakeProvider};
use crate::support::sign_in::{SIGNED_OUT, Stage, add_client, code_of, error_code};
use crate::support::sign_out::asks;

/// A provider with an endpoint to sign out at.
const WITH_ENDPOINT: Behaviour = Behaviour {
    discovery: Some(|answer, scene| {
        answer.set("end_session_endpoint", format!("{}/end-session?tenant=1", scene.issuer));
    }),
    ..Behaviour::HONEST
};

/// Somebody signed in through the provider, in a browser that stops before it goes to sign out there.
pub async fn signed_in(stage: &Stage, provider: &FakeProvider) -> (Browser, String) {
    let mut browser = stage.browser();
    let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
    let id_token = stage.redeem(&code_of(&page)).await.text_of("id_token");
    browser.stop_at = Some(format!("{}/end-session", provider.issuer));
    (browser, id_token)
}

#[actix_web::test]
async fn federated_ends_the_session_here_first_then_goes_to_the_provider_and_comes_back() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let client_id = stage.app.client_id.clone();
        for (name, end) in [
            ("a flag", format!("oidc/logout?federated&post_logout_redirect_uri={SIGNED_OUT}&state=s%26t")),
            (
                "an empty value",
                format!("oidc/logout?federated=&post_logout_redirect_uri={SIGNED_OUT}&state=s%26t"),
            ),
            (
                "a value",
                format!("oidc/logout?federated=true&post_logout_redirect_uri={SIGNED_OUT}&state=s%26t"),
            ),
            ("Auth0's way", format!("v2/logout?federated&client_id={client_id}&returnTo={SIGNED_OUT}")),
            ("confirmed", format!("oidc/logout?federated&client_id={client_id}")),
        ] {
            let (mut browser, id_token) = signed_in(&stage, &provider).await;
            let hint = match name {
                "Auth0's way" | "confirmed" => String::new(),
                _ => format!("&id_token_hint={id_token}"),
            };
            let mut page = browser.open(&stage.hub.url(&format!("{end}{hint}"))).await;
            if name == "confirmed" {
                assert!(asks(&page), "{page:?}");
                page = browser.walk_on(page, &[]).await;
            }
            assert!(page.stopped, "{name}: {page:?}");
            assert_eq!(stage.count("sessions"), 0, "{name}: first of all here");
            assert!(!browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session")), "{name}");
            let parameters: HashMap<_, _> = page.url.query_pairs().into_owned().collect();
            assert_eq!(parameters["tenant"], "1", "{name}: the provider's own query stays");
            assert_eq!(parameters["client_id"], CLIENT_ID, "{name}");
            assert_eq!(parameters["post_logout_redirect_uri"], stage.hub.url("logout/callback"), "{name}");
            assert!(!page.url.as_str().contains("app.example"), "{name}: sealed");

            browser.stop_at = Some("https://app.example/".into());
            let back = stage.leave_by("logout/callback", &[("state", &parameters["state"])]);
            let page = browser.open(&back).await;
            match name {
                "confirmed" => assert!(page.status == 200 && !page.stopped, "{page:?}"),
                "Auth0's way" => assert_eq!(page.url.as_str(), SIGNED_OUT),
                _ => assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state=s%26t")),
            }
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn without_federated_or_with_federated_false_the_provider_is_left_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        for federated in ["", "&federated=false"] {
            let (mut browser, id_token) = signed_in(&stage, &provider).await;
            let path = format!("oidc/logout?id_token_hint={id_token}{federated}");
            let page = browser.open(&stage.hub.url(&path)).await;
            assert!(page.status == 200 && !page.stopped, "{page:?}");
            assert_eq!(stage.count("sessions"), 0);
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_endpoint_entered_for_the_connection_wins_over_the_published_one() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let entered = format!("{}/entered", provider.issuer);
        let path = format!("connections/{}", connection.id);
        stage
            .manage(reqwest::Method::PATCH, &path, json!({"options": {"end_session_endpoint": entered}}))
            .await;
        let (mut browser, id_token) = signed_in(&stage, &provider).await;
        browser.stop_at = Some(entered);
        let page =
            browser.open(&stage.hub.url(&format!("oidc/logout?federated&id_token_hint={id_token}"))).await;
        assert!(page.stopped, "{page:?}");
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_provider_one_cannot_sign_out_at_is_passed_over_and_the_log_says_so() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let (mut browser, id_token) = signed_in(&stage, &provider).await;
        browser.stop_at = Some("https://app.example/".into());
        let path =
            format!("oidc/logout?federated&id_token_hint={id_token}&post_logout_redirect_uri={SIGNED_OUT}");
        assert_eq!(browser.open(&stage.hub.url(&path)).await.url.as_str(), SIGNED_OUT);
        assert_eq!(stage.count("sessions"), 0);
        let log = stage.hub.log().await;
        assert!(log.iter().any(|entry| entry.log_type == "slo"));
        let entry = log.iter().find(|entry| entry.log_type == "federated_logout_failed").unwrap();
        assert_eq!(entry.connection_id.as_deref(), Some(connection.id.as_str()));
        assert!(entry.description.contains("end_session_endpoint"), "{}", entry.description);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_we_did_not_seal_leads_nowhere() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        add_client(&stage.hub, json!({})).await;
        let (mut browser, id_token) = signed_in(&stage, &provider).await;
        let path =
            format!("oidc/logout?federated&id_token_hint={id_token}&post_logout_redirect_uri={SIGNED_OUT}");
        let page = browser.open(&stage.hub.url(&path)).await;
        let state = Url::parse(page.url.as_str()).unwrap();
        let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        browser.stop_at = Some("https://app.example/".into());
        let turned: String = state.chars().rev().collect();
        for bad in ["", "https://evil.example/", turned.as_str(), &state[1..], &state[..state.len() - 1]] {
            let page = browser.open(&stage.leave_by("logout/callback", &[("state", bad)])).await;
            assert!(page.status == 200 && !page.stopped, "{bad}: {page:?}");
            assert!(!page.text.contains("evil.example"));
            assert_eq!(stage.hub.log().await.last().unwrap().log_type, "federated_logout_failed", "{bad}");
        }
        // A browser that is still signed in is not told that it is not.
        let (mut member, ..) = stage.signed_in().await;
        let page = member.open(&stage.leave_by("logout/callback", &[("state", "x")])).await;
        assert_eq!(error_code(&page), "logout-invalid");
        assert!(stage.has_session(&member).await);
        stage.hub.clock.advance(31 * 60);
        let page = browser.open(&stage.leave_by("logout/callback", &[("state", &state)])).await;
        assert!(!page.stopped, "too late: {page:?}");
        stage.hub.stop().await;
    }
}

/// The address to sign out at, and the state that was sealed for the browser.
async fn leave_for_provider(stage: &Stage, provider: &FakeProvider) -> (Browser, String) {
    let (mut browser, id_token) = signed_in(stage, provider).await;
    let path =
        format!("oidc/logout?federated&id_token_hint={id_token}&post_logout_redirect_uri={SIGNED_OUT}");
    let page = browser.open(&stage.hub.url(&path)).await;
    let state = page.url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    browser.stop_at = Some("https://app.example/".into());
    (browser, state)
}

#[actix_web::test]
async fn the_state_of_another_browsers_sign_out_ends_nothing_and_leads_nowhere() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let (mut attacker, of_attacker) = leave_for_provider(&stage, &provider).await;
        let callback = |state: &str| stage.leave_by("logout/callback", &[("state", state)]);

        let (mut member, ..) = stage.signed_in().await;
        let page = member.open(&callback(&of_attacker)).await;
        assert_eq!(error_code(&page), "logout-invalid");
        assert!(stage.has_session(&member).await);
        let mut stranger = stage.browser();
        let page = stranger.open(&callback(&of_attacker)).await;
        assert!(page.status == 200 && !page.stopped, "{page:?}");

        // Somebody on such a trip of their own is not led astray by it, and still comes back from theirs.
        let (mut traveller, own) = leave_for_provider(&stage, &provider).await;
        assert!(!traveller.open(&callback(&of_attacker)).await.stopped);
        assert_eq!(traveller.open(&callback(&own)).await.url.as_str(), SIGNED_OUT);
        assert!(!traveller.open(&callback(&own)).await.stopped, "one comes back once");
        assert_eq!(attacker.open(&callback(&of_attacker)).await.url.as_str(), SIGNED_OUT);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn whoever_signs_in_again_before_coming_back_from_the_provider_stays_signed_in() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(WITH_ENDPOINT);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let (mut browser, state) = leave_for_provider(&stage, &provider).await;
        stage.sign_in(&mut browser, &[]).await;
        let page = browser.open(&stage.leave_by("logout/callback", &[("state", &state)])).await;
        assert_eq!(page.url.as_str(), SIGNED_OUT);
        assert!(stage.has_session(&browser).await);
        stage.hub.stop().await;
    }
}
