//! A provider says that a person signed out there (OpenID Connect Back-Channel Logout 1.0 §2.6, Front-Channel Logout
//! 1.0 §3): what began through it ends here, and nothing else does.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::domain::user::Identity;

use super::front_channel::frames;
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{Answer, Stage, code_of, error_code, fields, http, post_form, read};

const AT_ACME: Behaviour =
    Behaviour { id_token: Some(|token, _| token.set("sid", "at acme")), ..Behaviour::HONEST };

/// A stage with the provider `acme`, whose session is called `at acme`.
pub async fn stage_with_provider(database: crate::support::databases::TestDatabase) -> (Stage, FakeProvider) {
    let stage = Stage::on(database).await;
    let provider = FakeProvider::start(&stage.hub.clock);
    provider.behave(AT_ACME);
    stage.federate("acme", &provider, Channel::BackChannel).await;
    (stage, provider)
}

/// A browser in which alice is signed in through `connection`.
pub async fn member_of(stage: &Stage, connection: &str) -> Browser {
    let mut browser = stage.browser();
    code_of(&browser.open(&stage.ask(&[("connection", connection)])).await);
    browser
}

pub async fn send(stage: &Stage, connection: &str, token: &str) -> Answer {
    let url = stage.hub.url(&format!("oauth/backchannel-logout/connection/{connection}"));
    post_form(&url, &fields(&[("logout_token", token)]), &[]).await
}

async fn is_signed_in(stage: &Stage, browser: &Browser) -> bool {
    stage.has_session(browser).await
}

#[actix_web::test]
async fn a_logout_token_ends_the_session_it_names_and_no_other() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let here = member_of(&stage, "acme").await;
        provider
            .behave(Behaviour { id_token: Some(|token, _| token.set("sid", "on the telephone")), ..AT_ACME });
        let telephone = member_of(&stage, "acme").await;
        let (classic, ..) = stage.signed_in().await;

        let answer = send(&stage, "acme", &provider.logout_token("nowhere").write()).await;
        assert_eq!(answer.status, 200, "somebody signed out already is no failure: {answer:?}");
        assert!(is_signed_in(&stage, &here).await);

        let answer = send(&stage, "acme", &provider.logout_token("at acme").write()).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        assert!(!is_signed_in(&stage, &here).await);
        assert!(is_signed_in(&stage, &telephone).await && is_signed_in(&stage, &classic).await);
        let entry = stage.hub.log().await.into_iter().rev().find(|entry| entry.log_type == "slo").unwrap();
        assert_eq!(entry.connection.as_deref(), Some("acme"));
        assert_eq!(entry.user_id.as_deref(), Some("oidc|acme|alice"));
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_logout_token_without_sid_ends_every_session_of_the_person_and_one_without_sub_that_session() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        for leave_out in ["sid", "sub"] {
            let (one, two) = (member_of(&stage, "acme").await, member_of(&stage, "acme").await);
            let (classic, ..) = stage.signed_in().await;
            let mut token = provider.logout_token("at acme");
            token.remove(leave_out);
            let answer = send(&stage, "acme", &token.write()).await;
            assert_eq!(answer.status, 200, "{leave_out}: {answer:?}");
            for browser in [&one, &two] {
                assert!(!is_signed_in(&stage, browser).await, "{leave_out}");
            }
            assert!(is_signed_in(&stage, &classic).await, "{leave_out}");
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_session_whose_provider_never_named_its_own_ends_with_the_person() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        provider.behave(Behaviour::default());
        let browser = member_of(&stage, "acme").await;
        let mut foreign = provider.logout_token("at acme");
        foreign.set("sub", "bob");
        assert_eq!(send(&stage, "acme", &foreign.write()).await.status, 200);
        assert!(is_signed_in(&stage, &browser).await);
        assert_eq!(send(&stage, "acme", &provider.logout_token("at acme").write()).await.status, 200);
        assert!(!is_signed_in(&stage, &browser).await);
        stage.hub.stop().await;
    }
}

/// Two connections, two providers that both have an alice and a session of the same name.
#[actix_web::test]
async fn no_provider_ends_what_began_through_another() {
    for database in each_database() {
        let (stage, acme) = stage_with_provider(database).await;
        let globex = FakeProvider::start(&stage.hub.clock);
        globex.behave(AT_ACME);
        stage.federate("globex", &globex, Channel::BackChannel).await;
        let browser = member_of(&stage, "acme").await;
        // A provider's own token at its own address.
        assert_eq!(send(&stage, "globex", &globex.logout_token("at acme").write()).await.status, 200);
        let mut nameless = globex.logout_token("at acme");
        nameless.remove("sub");
        assert_eq!(send(&stage, "globex", &nameless.write()).await.status, 200);
        // Its token at another's address, under its own name and under the other's.
        assert_eq!(send(&stage, "acme", &globex.logout_token("at acme").write()).await.status, 400);
        let mut posing = globex.logout_token("at acme");
        posing.set("iss", acme.issuer.as_str());
        assert_eq!(send(&stage, "globex", &posing.write()).await.status, 400);
        assert!(is_signed_in(&stage, &browser).await);
        stage.hub.stop().await;
    }
}

/// A person whom two providers know ends, at one of them, what began there alone.
#[actix_web::test]
async fn a_provider_ends_nothing_that_the_same_person_began_through_another() {
    for database in each_database() {
        let (stage, _acme) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        let globex = FakeProvider::start(&stage.hub.clock);
        globex.behave(AT_ACME);
        let connection = stage.federate("globex", &globex, Channel::BackChannel).await;
        let now = stage.hub.clock.now();
        let linked = Identity {
            connection_id: connection.id,
            issuer: globex.issuer.clone(),
            subject: "alice".into(),
            user_id: "oidc|acme|alice".into(),
            profile: serde_json::Map::new(),
            created_at: now,
            updated_at: now,
        };
        let store = &stage.hub.hub.store;
        store.write(move |tx| tx.add_identity(&linked)).await.unwrap();
        let there = member_of(&stage, "globex").await;
        let mut token = globex.logout_token("at acme");
        token.remove("sid");
        assert_eq!(send(&stage, "globex", &token.write()).await.status, 200);
        assert!(!is_signed_in(&stage, &there).await);
        assert!(is_signed_in(&stage, &browser).await);
        stage.hub.stop().await;
    }
}

type Spoil = fn(&mut Token);

/// Everything a logout token must not be, and the check that notices.
pub fn spoiled() -> Vec<(&'static str, &'static str, Spoil)> {
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert_eq!(event, vestibule::protocol::logout_token::BACK_CHANNEL_LOGOUT_EVENT);
    vec![
        ("alg none", "logout-token-algorithm", |token| {
            token.header.insert("alg".into(), "none".into());
            token.signature = Signature::Empty;
        }),
        ("HS256 with the public key", "logout-token-algorithm", |token| {
            token.header.insert("alg".into(), "HS256".into());
            token.signature = Signature::Hmac(TestKey::honest().public_pem().into_bytes());
        }),
        ("another key", "logout-token-signature", |token| {
            token.signature = Signature::By(TestKey::intruder())
        }),
        ("an unknown kid", "logout-token-key", |token| {
            token.header.insert("kid".into(), "unknown".into());
        }),
        ("no signature", "logout-token-signature", |token| token.signature = Signature::Empty),
        ("typed as access token", "logout-token-type", |token| {
            token.header.insert("typ".into(), "at+jwt".into());
        }),
        ("typed as something else", "logout-token-type", |token| {
            token.header.insert("typ".into(), "secevent+jwt".into());
        }),
        ("no iss", "logout-token-issuer", |token| token.remove("iss")),
        ("another iss", "logout-token-issuer", |token| token.set("iss", "https://evil.example")),
        ("no aud", "logout-token-audience", |token| token.remove("aud")),
        ("another aud", "logout-token-audience", |token| token.set("aud", "somebody else")),
        ("several others as aud", "logout-token-audience", |token| token.set("aud", json!(["a", "b"]))),
        ("no iat", "logout-token-issued-at", |token| token.remove("iat")),
        ("iat as text", "logout-token-issued-at", |token| token.set("iat", "1")),
        ("an old iat", "logout-token-issued-at", |token| {
            let issued = token.claims["iat"].as_i64().unwrap();
            token.set("iat", issued - 12 * 60);
        }),
        ("iat in the future", "logout-token-issued-at", |token| {
            let issued = token.claims["iat"].as_i64().unwrap();
            token.set("iat", issued + 120);
        }),
        ("expired", "logout-token-expiry", |token| {
            let issued = token.claims["iat"].as_i64().unwrap();
            token.set("exp", issued - 120);
        }),
        ("exp as text", "logout-token-expiry", |token| token.set("exp", "9999999999")),
        ("no events", "logout-token-event", |token| token.remove("events")),
        ("another event", "logout-token-event", |token| {
            token.set("events", json!({"http://schemas.openid.net/event/other": {}}));
        }),
        ("the event as text", "logout-token-event", |token| {
            token.set("events", json!("http://schemas.openid.net/event/backchannel-logout"));
        }),
        ("the event without an object", "logout-token-event", |token| {
            token.set("events", json!({"http://schemas.openid.net/event/backchannel-logout": true}));
        }),
        ("a nonce", "logout-token-nonce", |token| token.set("nonce", "n")),
        ("a nonce of null", "logout-token-nonce", |token| token.set("nonce", Value::Null)),
        ("neither sub nor sid", "logout-token-subject", |token| {
            token.remove("sub");
            token.remove("sid");
        }),
        ("sub as number", "logout-token-subject", |token| token.set("sub", 5)),
        ("sid with a NUL", "logout-token-session", |token| token.set("sid", "a\0b")),
        ("an empty sid", "logout-token-session", |token| token.set("sid", "")),
        ("no jti", "logout-token-id", |token| token.remove("jti")),
        ("encrypted", "logout-token-format", |token| {
            token.rewrite = Some(|text| format!("{text}.AAAA.AAAA"));
        }),
        ("no token at all", "logout-token-format", |token| token.rewrite = Some(|_| "x".into())),
    ]
}

#[actix_web::test]
async fn a_logout_token_that_fails_any_check_ends_nothing() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        for (name, check, spoil) in spoiled() {
            let mut token = provider.logout_token("at acme");
            spoil(&mut token);
            let answer = send(&stage, "acme", &token.write()).await;
            assert_eq!(answer.error(), (400, "invalid_request"), "{name}: {answer:?}");
            assert_eq!(answer.header("cache-control"), "no-store", "{name}");
            let entry = stage.hub.log().await.pop().unwrap();
            assert_eq!(entry.log_type, "flo", "{name}");
            assert_eq!(entry.details["check"], check, "{name}: {}", entry.description);
            assert_eq!(stage.count("sessions"), 1, "{name}");
        }
        assert!(is_signed_in(&stage, &browser).await);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_older_providers_leave_out_is_no_reason_to_refuse() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let lenient: [(&str, Spoil); 4] = [
            ("no typ", |token| drop(token.header.remove("typ"))),
            ("typ JWT", |token| drop(token.header.insert("typ".into(), "JWT".into()))),
            ("no exp", |token| token.remove("exp")),
            ("several aud", |token| {
                let own = token.claims["aud"].clone();
                token.set("aud", json!([own, "another"]));
            }),
        ];
        for (name, leave_out) in lenient {
            let browser = member_of(&stage, "acme").await;
            let mut token = provider.logout_token("at acme");
            leave_out(&mut token);
            assert_eq!(send(&stage, "acme", &token.write()).await.status, 200, "{name}");
            assert!(!is_signed_in(&stage, &browser).await, "{name}");
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_logout_token_counts_once() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        member_of(&stage, "acme").await;
        let token = provider.logout_token("at acme").write();
        assert_eq!(send(&stage, "acme", &token).await.status, 200);
        let browser = member_of(&stage, "acme").await;
        for later in [0, 60, 9 * 60] {
            stage.hub.clock.advance(later);
            assert_eq!(send(&stage, "acme", &token).await.status, 400, "{later} s later");
        }
        assert!(is_signed_in(&stage, &browser).await);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn an_id_token_of_the_provider_is_no_logout_token_nor_the_other_way_round() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let browser = member_of(&stage, "acme").await;
        let mut id_token = provider.logout_token("at acme");
        id_token.header.insert("typ".into(), "JWT".into());
        id_token.remove("events");
        assert_eq!(send(&stage, "acme", &id_token.write()).await.status, 400);
        assert!(is_signed_in(&stage, &browser).await);
        provider.behave(Behaviour {
            id_token: Some(|token, _| drop(token.header.insert("typ".into(), "logout+jwt".into()))),
            ..Behaviour::default()
        });
        let page = stage.browser().open(&stage.ask(&[("connection", "acme")])).await;
        assert_eq!(page.answered("error").as_deref(), Some("access_denied"));
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_is_no_logout_token_for_a_provider_gets_a_status_that_says_whose_fault_it_is() {
    let (stage, provider) = stage_with_provider(sqlite()).await;
    let token = provider.logout_token("at acme").write();
    for unknown in ["unknown", "people", "a%00b"] {
        assert_eq!(send(&stage, unknown, &token).await.status, 404, "{unknown}");
    }
    let url = stage.hub.url("oauth/backchannel-logout/connection/acme");
    assert_eq!(post_form(&url, &[], &[]).await.error(), (400, "invalid_request"));
    assert_eq!(
        post_form(&url, &fields(&[("logout_token", &token), ("logout_token", &token)]), &[]).await.status,
        400
    );
    let json = http()
        .post(&url)
        .header("content-type", "application/json")
        .body(json!({"logout_token": token}).to_string());
    assert_eq!(read(json).await.status, 400);
    assert_eq!(read(http().get(&url)).await.status, 405);
    // A provider that cannot be asked for its keys: try again.
    provider.behave(Behaviour { discovery: Some(|answer, _| answer.fail(500)), ..Behaviour::default() });
    let fresh = FakeProvider::start(&stage.hub.clock);
    fresh.behave(Behaviour { discovery: Some(|answer, _| answer.fail(500)), ..Behaviour::default() });
    stage.federate("down", &fresh, Channel::BackChannel).await;
    assert_eq!(send(&stage, "down", &fresh.logout_token("s").write()).await.status, 503);
    stage.hub.stop().await;
}

fn frame(stage: &Stage, name: &str, parameters: &[(&str, &str)]) -> String {
    stage.leave_by(&format!("login/frontchannel-logout/connection/{name}"), parameters)
}

#[actix_web::test]
async fn a_frame_of_the_provider_ends_the_session_of_this_browser_if_it_names_it() {
    for database in each_database() {
        let (stage, provider) = stage_with_provider(database).await;
        let listener = ListeningApp::start();
        let app = stage
            .add_listener(&listener, json!({"frontchannel_logout_uri": format!("{}/front", listener.base)}))
            .await;
        let other = FakeProvider::start(&stage.hub.clock);
        stage.federate("globex", &other, Channel::BackChannel).await;
        let mut browser = member_of(&stage, "acme").await;
        let iss = ("iss", provider.issuer.as_str());
        for (name, connection, parameters) in [
            ("no parameters", "acme", vec![]),
            ("no sid", "acme", vec![iss]),
            ("no iss", "acme", vec![("sid", "at acme")]),
            ("another sid", "acme", vec![iss, ("sid", "elsewhere")]),
            ("another iss", "acme", vec![("iss", "https://evil.example"), ("sid", "at acme")]),
            ("another connection", "globex", vec![iss, ("sid", "at acme")]),
            ("sid twice", "acme", vec![iss, ("sid", "at acme"), ("sid", "at acme")]),
        ] {
            let page = browser.open(&frame(&stage, connection, &parameters)).await;
            assert_eq!((page.status.as_u16(), page.text.as_str()), (200, ""), "{name}");
            assert!(is_signed_in(&stage, &browser).await, "{name}");
        }
        let page = browser.open(&frame(&stage, "unknown", &[iss, ("sid", "at acme")])).await;
        assert_eq!(error_code(&page), "page-not-found");
        // A browser without our cookie, as in a frame where it keeps such cookies out.
        let page = stage.browser().open(&frame(&stage, "acme", &[iss, ("sid", "at acme")])).await;
        assert_eq!((page.status.as_u16(), page.text.as_str()), (200, ""));
        assert!(is_signed_in(&stage, &browser).await);

        let clients = json!([{"client_id": app.client_id, "status": true}]);
        let acme = stage.hub.hub.directory.connection_named("acme").await.unwrap().unwrap();
        stage.manage(reqwest::Method::PATCH, &format!("connections/{}/clients", acme.id), clients).await;
        stage.sign_in_to(&app, &mut browser).await;
        let page = browser.open(&frame(&stage, "acme", &[iss, ("sid", "at acme")])).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(frames(&page), [format!("{}/front", listener.base)], "and the applications learn of it");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("frame-ancestors {}", provider.issuer)), "{policy}");
        assert!(!browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session")));
        assert_eq!(stage.count("sessions"), 0);
        stage.hub.stop().await;
    }
}
