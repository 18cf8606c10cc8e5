//! Every way a session ends before its time, and what it takes with it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::flows::sweep::sweep;

use super::back_channel::queue_holds;
use crate::support::browser::Browser;
use crate::support::databases::{TestDatabase, each_database};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::Registered;
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{EMAIL, Stage, ask, claims_of, code_of, fields, post_form, switch};

const OTHER: &[(&str, &str)] =
    &[("email", "bob@people.example"), ("password", "correct horse battery staple")];

/// Somebody signed in to a listening application.
struct Scene {
    stage: Stage,
    provider: FakeProvider,
    listener: ListeningApp,
    app: Registered,
    /// The connection by which the person signed in.
    connection_id: String,
    browser: Browser,
    user_id: String,
}

impl Scene {
    /// By a classic account.
    async fn at_home(database: TestDatabase) -> Self {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        let listener = ListeningApp::start();
        let app = stage.add_listener(&listener, listener.back_channel()).await;
        let mut browser = stage.browser();
        stage.sign_in_to(&app, &mut browser).await;
        let (user_id, connection_id) = (stage.user_id.clone(), stage.connection.id.clone());
        Self { stage, provider, listener, app, connection_id, browser, user_id }
    }

    /// By the provider.
    async fn by_provider(database: TestDatabase) -> Self {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(Behaviour {
            id_token: Some(|token, _| token.set("sid", "at acme")),
            ..Behaviour::default()
        });
        let listener = ListeningApp::start();
        let app = stage.add_listener(&listener, listener.back_channel()).await;
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let clients = json!([{"client_id": app.client_id, "status": true}]);
        stage.manage(Method::PATCH, &format!("connections/{}/clients", connection.id), clients).await;
        let mut browser = stage.browser();
        let asked = ask(&stage.hub.issuer, &app.client_id, &[("connection", "acme")]);
        code_of(&browser.open(&asked).await);
        let (user_id, connection_id) = ("oidc|acme|alice".to_owned(), connection.id);
        Self { stage, provider, listener, app, connection_id, browser, user_id }
    }
}

/// What ends the session.
async fn end(scene: &mut Scene, way: &str) {
    let Scene { stage, provider, app, connection_id, browser, user_id, .. } = scene;
    let user = format!("users/{}", user_id.replace('|', "%7C"));
    match way {
        "the person confirms" => {
            let page = browser.open(&stage.logout(&[])).await;
            browser.walk_on(page, &[]).await;
        }
        "the application, directly" => {
            browser.open(&stage.leave_by("v2/logout", &[("client_id", &app.client_id)])).await;
        }
        "the user is blocked" => {
            stage.manage(Method::PATCH, &user, json!({"blocked": true})).await;
        }
        "the user is removed" => {
            stage.manage(Method::DELETE, &user, Value::Null).await;
        }
        "the connection is removed" => {
            stage.manage(Method::DELETE, &format!("connections/{connection_id}"), Value::Null).await;
        }
        "the provider says so" => {
            let url = stage.hub.url("oauth/backchannel-logout/connection/acme");
            let token = provider.logout_token("at acme").write();
            let answer = post_form(&url, &fields(&[("logout_token", &token)]), &[]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        "somebody else signs in" => {
            stage
                .hub
                .person(json!({"connection": "people", "email": OTHER[0].1, "password": OTHER[1].1}))
                .await;
            let mut page = browser.open(&stage.ask(&[("prompt", "login")])).await;
            for _ in ["address", "password"] {
                page = browser.submit(&page, &page.forms()[0], OTHER).await;
            }
            code_of(&switch(browser, &page).await);
        }
        _ => panic!("{way}"),
    }
}

#[actix_web::test]
async fn however_a_session_ends_the_applications_are_told_and_its_grants_are_revoked() {
    for (way, is_federated) in [
        ("the person confirms", false),
        ("the application, directly", false),
        ("the user is blocked", false),
        ("the user is removed", false),
        ("the connection is removed", false),
        ("somebody else signs in", false),
        ("the provider says so", true),
        ("the user is removed", true),
        ("the connection is removed", true),
    ] {
        for database in each_database() {
            let mut scene = if is_federated {
                Scene::by_provider(database).await
            } else {
                Scene::at_home(database).await
            };
            let sid = scene.stage.hub.database.values("SELECT id AS value FROM sessions").remove(0);
            end(&mut scene, way).await;
            let claims = claims_of(&scene.listener.hears(1).await[0]);
            assert_eq!(claims["sid"], sid.as_str(), "{way}");
            assert_eq!(claims["sub"], scene.user_id.as_str(), "{way}");
            let alive = format!("SELECT id AS value FROM sessions WHERE id = '{sid}'");
            assert_eq!(scene.stage.hub.database.values(&alive), Vec::<String>::new(), "{way}");
            let granted =
                format!("SELECT id AS value FROM grants WHERE session_id = '{sid}' AND revoked_at IS NULL");
            assert_eq!(scene.stage.hub.database.values(&granted), Vec::<String>::new(), "{way}");
            queue_holds(&scene.stage, 0).await;
            scene.stage.hub.stop().await;
        }
    }
}

#[actix_web::test]
async fn nobody_is_told_of_a_session_that_merely_expires() {
    for database in each_database() {
        let mut scene = Scene::at_home(database).await;
        scene.stage.hub.clock.advance(8 * 24 * 60 * 60);
        sweep(&scene.stage.hub.hub).await.unwrap();
        assert_eq!(scene.stage.count("sessions"), 0);
        // Also not where the expired session is still there when somebody else signs in.
        code_of(&scene.stage.sign_in(&mut scene.browser, &[]).await);
        scene.stage.hub.clock.advance(8 * 24 * 60 * 60);
        end(&mut scene, "somebody else signs in").await;
        actix_web::rt::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(scene.listener.tokens(), Vec::<String>::new());
        assert_eq!(scene.stage.count("logout_notices"), 0);
        scene.stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn the_same_person_who_proves_again_who_they_are_signs_out_of_nothing() {
    for database in each_database() {
        let mut scene = Scene::at_home(database).await;
        let page = scene.browser.open(&scene.stage.ask(&[("prompt", "login"), ("login_hint", EMAIL)])).await;
        code_of(&scene.browser.walk_on(page, crate::support::sign_in::PERSON).await);
        actix_web::rt::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(scene.listener.tokens(), Vec::<String>::new());
        scene.stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn unblocking_brings_no_session_back() {
    for database in each_database() {
        let scene = Scene::at_home(database).await;
        let user = format!("users/{}", scene.user_id.replace('|', "%7C"));
        assert!(scene.stage.has_session(&scene.browser).await);
        for is_blocked in [true, false] {
            scene.stage.manage(Method::PATCH, &user, json!({"blocked": is_blocked})).await;
            assert!(!scene.stage.has_session(&scene.browser).await);
        }
        scene.stage.hub.stop().await;
    }
}
