//! The trip itself: the code of logins, on both databases, in both channels, and nothing left behind.

use serde_json::{Value, json};

use super::{CHANNELS, Trial, outcome};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{CLIENT_SECRET, FakeProvider};
use crate::support::node::CertifiedProvider;
use crate::support::sign_in::Stage;
use vestibule::domain::connection::Channel;

#[actix_web::test]
async fn a_test_goes_to_the_provider_and_back_and_leaves_a_report_and_nothing_else() {
    for channel in CHANNELS {
        for database in each_database() {
            let trial = Trial::on(database, channel).await;
            let (id, link) = trial.link().await;
            trial.stage.hub.log().await;
            let before = trial.everything_else();
            let mut browser = Browser::new();
            let page = trial.walk(&mut browser, &link).await;
            assert_eq!((page.status.as_u16(), outcome(&page).as_str()), (200, "passed"), "{page:?}");
            assert!(page.url.path().ends_with(&format!("/tests/{id}")), "{}", page.url);
            assert_eq!(trial.everything_else(), before, "{channel:?}");
            for table in ["users", "identities", "sessions", "grants", "refresh_tokens"] {
                let expected = if ["users", "identities"].contains(&table) { 1 } else { 0 };
                assert_eq!(trial.stage.count(table), expected, "{table}: the one classic account alone");
            }
            assert!(!browser.cookies().iter().any(|cookie| cookie.name.contains("_session")));
            let told = trial.told(&id).await;
            assert_eq!(told["status"], "passed");
            assert_eq!(told["mapping"]["sync"]["outcome"], "create");
            assert_eq!(told["mapping"]["sync"]["user_id"], "oidc|acme|alice");
            assert_eq!(told["mapping"]["profile"]["email"], told["claims"]["id_token"]["email"]);
            assert_eq!(told["mapping"]["rules"]["email"]["rule"], "${context.tokenset.email}");
        }
    }
}

/// What happened is what was observed: the provider counts the same requests.
#[actix_web::test]
async fn the_steps_are_those_that_the_provider_saw() {
    for channel in CHANNELS {
        let trial = Trial::with(sqlite(), channel, json!({"call_userinfo": userinfo(channel)})).await;
        let (page, told) = trial.run().await;
        assert_eq!(outcome(&page), "passed");
        let counts = trial.provider.counts();
        let asked = |operation: &str| {
            let steps = told["steps"].as_array().unwrap().iter();
            steps.filter(|step| step["operation"] == operation && step["status"] == 200).count()
        };
        assert_eq!(
            [asked("discovery"), asked("keys"), asked("token"), asked("userinfo")],
            [counts.discovery(), counts.keys(), counts.token(), counts.userinfo()],
            "{told:#}"
        );
        let kinds: Vec<&str> =
            told["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
        let at = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
        assert!(at("begun") < at("exchange") && at("exchange") < at("sent") && at("sent") < at("returned"));
        let checks = passed(&told);
        for check in [
            "discovery-issuer",
            "provider-answer",
            "id-token-signature",
            "id-token-nonce",
            "id-token-audience",
        ] {
            assert!(checks.contains(&check.to_owned()), "{check}: {checks:?}");
        }
        let back = channel == Channel::BackChannel;
        for check in ["token-client", "userinfo-subject"] {
            assert_eq!(checks.contains(&check.to_owned()), back, "{check}");
        }
        assert_eq!(checks.contains(&"answer-mode".to_owned()), !back);
    }
}

fn userinfo(channel: Channel) -> &'static str {
    if channel == Channel::BackChannel { "always" } else { "never" }
}

fn passed(told: &Value) -> Vec<String> {
    let steps = told["steps"].as_array().unwrap().iter();
    let checks = steps.filter(|step| step["kind"] == "check" && step["passed"] == true);
    checks.map(|step| step["check"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn pushed_requests_and_proofs_are_part_of_the_trip() {
    let options = json!({"pushed_authorization_requests": "always", "dpop_signing_alg": "ES256"});
    let trial = Trial::with(sqlite(), Channel::BackChannel, options).await;
    let (page, told) = trial.run().await;
    assert_eq!(outcome(&page), "passed", "{told:#}");
    let checks = passed(&told);
    for check in ["par-answer", "token-type"] {
        assert!(checks.contains(&check.to_owned()), "{checks:?}");
    }
    let steps = told["steps"].as_array().unwrap();
    let sent = steps.iter().find(|step| step["kind"] == "sent").unwrap();
    assert_eq!(sent["asked"]["request_uri"], "***", "a reference is nobody's business");
    assert_eq!(trial.provider.counts().pushed(), 1);
}

/// What a test learns of a provider, or fails to, changes nothing for logins.
#[actix_web::test]
async fn a_test_sees_the_provider_as_it_is_now_and_logins_keep_what_they_know() {
    let stage = Stage::on(sqlite()).await;
    let provider = FakeProvider::start(&stage.hub.clock);
    let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
    let trial = Trial { stage, provider, connection };
    let sign_in = async || {
        let mut browser = trial.stage.browser();
        browser.walk(&trial.stage.ask(&[("connection", "acme")]), &[]).await
    };
    assert!(sign_in().await.answered("code").is_some());
    let known = trial.provider.counts().discovery();
    trial.provider.behave(crate::support::fake_provider::Behaviour {
        discovery: Some(|answer, _| answer.fail(503)),
        ..Default::default()
    });
    let (page, told) = trial.run().await;
    assert_eq!((outcome(&page).as_str(), &told["failure"]["check"]), ("failed", &json!("discovery")));
    assert_eq!(trial.provider.counts().discovery(), known + 1);
    assert!(sign_in().await.answered("code").is_some(), "people sign in by what is known");
    assert_eq!(trial.provider.counts().discovery(), known + 1);
}

#[actix_web::test]
async fn the_certified_provider_is_tested_by_every_kind_of_client() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let certified = CertifiedProvider::start(&stage.hub.url("login/callback"));
        for name in ["post", "basic", "public", "front", "es256"] {
            let connection = certified.connection(name, &stage.hub.clock);
            let added = connection.clone();
            stage.hub.hub.store.write(move |tx| tx.add_connection(&added)).await.unwrap();
            let path = format!("connections/{}/test", connection.id);
            let made = stage.manage(reqwest::Method::POST, &path, Value::Null).await;
            let mut browser = Browser::new();
            let page = browser.open(&made.text_of("url")).await;
            let page = browser.submit(&page, &page.form("test"), &[]).await;
            let page = browser.walk_on(page, &[("login", "alice")]).await;
            assert_eq!(outcome(&page), "passed", "{name}: {page:?}");
            assert!(page.text.contains("alice@acme.example") && !page.text.contains(CLIENT_SECRET));
        }
        assert_eq!(stage.count("sessions") + stage.count("grants"), 0);
    }
}
