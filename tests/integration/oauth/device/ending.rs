//! What a device was granted ends with the session it was granted in, and its application hears of that.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use super::{answer, settings, stage};
use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::listening_app::{ListeningApp, read};
use crate::support::sign_in::{Stage, claims_of, fields, post_form};

/// A stage whose application on devices listens at `app`.
async fn listening_stage(database: TestDatabase, app: &ListeningApp) -> Stage {
    let mut own = settings();
    own.as_object_mut().unwrap().extend(app.back_channel().as_object().unwrap().clone());
    Stage::with_client(database, own).await
}

impl Stage {
    /// Signs a device in through the provider that is asked by its name; the browser stays signed in.
    async fn device_of_provider(&self, browser: &mut Browser, provider: &str) -> String {
        let (device_code, user_code) = self.device().await;
        let page = browser.open(&self.hub.url("activate")).await;
        let page = browser.submit(&page, &page.forms()[0], &[("user_code", &user_code)]).await;
        let page = choose(browser, &page, provider).await;
        assert!(page.text.contains("id=\"device-code\""), "{page:?}");
        answer(browser, &page, "allow").await;
        device_code
    }
}

/// Presses the button of a connection.
async fn choose(browser: &mut Browser, page: &Page, connection: &str) -> Page {
    let action = page
        .forms()
        .into_iter()
        .find(|form| form.buttons.iter().any(|button| button.value == connection))
        .unwrap_or_else(|| panic!("no button for {connection}: {page:?}"))
        .action;
    browser.post(action.as_str(), fields(&[("connection", connection)]), Some(&page.url)).await
}

#[actix_web::test]
async fn when_the_person_signs_out_the_application_of_the_device_is_told_and_its_tokens_are_worth_nothing() {
    for database in each_database() {
        let app = ListeningApp::start();
        let stage = listening_stage(database, &app).await;
        let (device_code, user_code) = stage.device().await;
        let mut browser = stage.browser();
        let page = stage.type_code(&mut browser, &user_code).await;
        answer(&mut browser, &page, "allow").await;
        let tokens = stage.poll(&device_code).await;
        let id_token = tokens.text_of("id_token");
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);

        let left = browser.open(&stage.logout(&[("id_token_hint", &id_token)])).await;
        assert_eq!(left.status, 200, "{left:?}");
        let (_, told) = read(&app.hears(1).await.remove(0));
        assert_eq!((&told["sub"], &told["aud"]), (&json!(stage.user_id), &json!(stage.app.client_id)));
        assert_eq!(told["sid"], claims_of(&id_token)["sid"]);
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        let refused = stage.refresh_as_device(&tokens.text_of("refresh_token")).await;
        assert_eq!(refused, (400, "invalid_grant".to_owned()));
        stage.hub.stop().await;
    }
}

/// The grant is there before the device fetches it.
#[actix_web::test]
async fn a_device_whose_person_signed_out_before_it_asked_gets_nothing() {
    for database in each_database() {
        let stage = stage(database).await;
        let (device_code, user_code) = stage.device().await;
        let mut browser = stage.browser();
        let page = stage.type_code(&mut browser, &user_code).await;
        answer(&mut browser, &page, "allow").await;
        let page = browser.open(&stage.hub.url("oidc/logout")).await;
        browser.submit(&page, &page.forms()[0], &[("choice", "sign-out")]).await;
        assert_eq!(stage.count("sessions"), 0);
        assert_eq!(stage.poll(&device_code).await.error(), (400, "invalid_grant"));
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_logout_at_the_provider_ends_what_a_device_was_granted_and_its_application_is_told() {
    for database in each_database() {
        let app = ListeningApp::start();
        let stage = listening_stage(database, &app).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(Behaviour {
            id_token: Some(|token, _| token.set("sid", "at acme")),
            ..Behaviour::default()
        });
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let path = format!("connections/{}", connection.id);
        stage.manage(Method::PATCH, &path, json!({"show_as_button": true})).await;
        let mut browser = stage.browser();
        let device_code = stage.device_of_provider(&mut browser, "acme").await;
        let tokens = stage.poll(&device_code).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);

        let token = provider.logout_token("at acme").write();
        let url = stage.hub.url("oauth/backchannel-logout/connection/acme");
        assert_eq!(post_form(&url, &fields(&[("logout_token", &token)]), &[]).await.status, 200);
        let (_, told): (Value, Value) = read(&app.hears(1).await.remove(0));
        assert_eq!(told["sid"], claims_of(&tokens.text_of("id_token"))["sid"]);
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        let refused = stage.refresh_as_device(&tokens.text_of("refresh_token")).await;
        assert_eq!(refused, (400, "invalid_grant".to_owned()));
        stage.hub.stop().await;
    }
}

impl Stage {
    async fn refresh_as_device(&self, token: &str) -> (u16, String) {
        let answer = self
            .token(&fields(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", token),
                ("client_id", &self.app.client_id),
            ]))
            .await;
        let (status, error) = answer.error();
        (status, error.to_owned())
    }
}
