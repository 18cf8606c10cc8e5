//! The certification's logout modules for applications: here the hub is the application, of a provider that a test
//! scripts. The session management modules are left out, as is that specification.

use std::collections::HashMap;

use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::oauth::logout::by_provider::{member_of, send, stage_with_provider};
use crate::support::browser::Browser;
use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, CLIENT_ID, FakeProvider};
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::sign_in::{SIGNED_OUT, Stage, code_of};

/// Signs in through the provider and out again at both sides: the browser, the state that the provider was given.
async fn sign_out_at_provider(stage: &Stage, provider: &FakeProvider) -> (Browser, String) {
    provider.behave(Behaviour {
        discovery: Some(|answer, scene| {
            answer.set("end_session_endpoint", format!("{}/end-session", scene.issuer));
        }),
        ..Behaviour::default()
    });
    stage.federate("acme", provider, Channel::BackChannel).await;
    let mut browser = stage.browser();
    let page = browser.open(&stage.ask(&[("connection", "acme")])).await;
    let id_token = stage.redeem(&code_of(&page)).await.text_of("id_token");
    browser.stop_at = Some(format!("{}/end-session", provider.issuer));
    let path =
        format!("oidc/logout?federated&id_token_hint={id_token}&post_logout_redirect_uri={SIGNED_OUT}");
    let page = browser.open(&stage.hub.url(&path)).await;
    assert!(page.stopped, "{page:?}");
    let parameters: HashMap<_, _> = page.url.query_pairs().into_owned().collect();
    assert_eq!(parameters["client_id"], CLIENT_ID);
    assert_eq!(parameters["post_logout_redirect_uri"], stage.hub.url("logout/callback"));
    browser.stop_at = Some("https://app.example/".into());
    (browser, parameters["state"].clone())
}

/// Module: oidcc-client-test-rp-init-logout
#[actix_web::test]
async fn oidcc_client_test_rp_init_logout() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let (mut browser, state) = sign_out_at_provider(&stage, &provider).await;
        let page = browser.open(&stage.leave_by("logout/callback", &[("state", &state)])).await;
        assert_eq!(page.url.as_str(), SIGNED_OUT);
    }
}

/// Module: oidcc-client-test-rp-init-logout-other-state
#[actix_web::test]
async fn oidcc_client_test_rp_init_logout_other_state() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let (mut browser, state) = sign_out_at_provider(&stage, &provider).await;
        let other: String = state.chars().rev().collect();
        let page = browser.open(&stage.leave_by("logout/callback", &[("state", &other)])).await;
        assert!(!page.stopped, "{page:?}");
        assert_eq!(stage.hub.log().await.last().unwrap().log_type, "federated_logout_failed");
    }
}

/// Module: oidcc-client-test-rp-init-logout-no-state
#[actix_web::test]
async fn oidcc_client_test_rp_init_logout_no_state() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let (mut browser, _) = sign_out_at_provider(&stage, &provider).await;
        let page = browser.open(&stage.leave_by("logout/callback", &[])).await;
        assert!(!page.stopped, "{page:?}");
        assert_eq!(stage.hub.log().await.last().unwrap().log_type, "federated_logout_failed");
    }
}

/// A frame of the provider's page with the right `iss` and `sid`.
async fn frame_of_provider(stage: &Stage, provider: &FakeProvider, browser: &mut Browser) {
    let parameters = [("iss", provider.issuer.as_str()), ("sid", "at acme")];
    let page = browser.open(&stage.leave_by("login/frontchannel-logout/connection/acme", &parameters)).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!stage.has_session(browser).await);
}

/// Module: oidcc-client-test-rp-frontchannel-opinitlogout
#[actix_web::test]
async fn oidcc_client_test_rp_frontchannel_opinitlogout() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let mut browser = member_of(&stage, "acme").await;
        frame_of_provider(&stage, &provider, &mut browser).await;
    }
}

/// Module: oidcc-client-test-rp-frontchannel-rpinitlogout
///
/// We sign out at the provider, whose page then holds a frame of ours: our session is over already.
#[actix_web::test]
async fn oidcc_client_test_rp_frontchannel_rpinitlogout() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let mut browser = member_of(&stage, "acme").await;
        let page = browser.open(&stage.leave_by("v2/logout", &[("federated", "true")])).await;
        assert_eq!(page.status, 200);
        frame_of_provider(&stage, &provider, &mut browser).await;
    }
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        let answer = send(&stage, "acme", &provider.logout_token("at acme").write()).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        assert!(!stage.has_session(&browser).await);
    }
}

/// Sends an honest logout token but for one thing, which must cost it everything.
async fn refuses(spoil: fn(&mut Token)) {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        let mut token = provider.logout_token("at acme");
        spoil(&mut token);
        let answer = send(&stage, "acme", &token.write()).await;
        assert_eq!(answer.error(), (400, "invalid_request"));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(stage.has_session(&browser).await);
    }
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-alg-none
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    refuses(|token| {
        token.header.insert("alg".into(), "none".into());
        token.header.remove("kid");
        token.signature = Signature::Empty;
    })
    .await;
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-no-event
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    refuses(|token| token.remove("events")).await;
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    refuses(|token| token.set("nonce", "a nonce")).await;
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    refuses(|token| {
        token.header.insert("alg".into(), "HS256".into());
        token.signature = Signature::Hmac(TestKey::honest().public_pem().into_bytes());
    })
    .await;
    // And where the connection allows one algorithm alone, no other.
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        let acme = stage.hub.hub.directory.connection_named("acme").await.unwrap().unwrap();
        let only = json!({"options": {"id_token_signed_response_algs": ["ES256"]}});
        stage.manage(reqwest::Method::PATCH, &format!("connections/{}", acme.id), only).await;
        let answer = send(&stage, "acme", &provider.logout_token("at acme").write()).await;
        assert_eq!(answer.error(), (400, "invalid_request"));
        assert!(stage.has_session(&browser).await);
    }
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    refuses(|token| token.set("aud", "another application")).await;
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    refuses(|token| token.set("events", json!({"http://schemas.openid.net/event/wrong": {}}))).await;
}

/// Module: oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss
#[actix_web::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss() {
    refuses(|token| token.set("iss", "https://another.example")).await;
}
