//! The device authorization grant (RFC 8628).

mod activation;
mod ending;
mod polling;
mod requests;

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::databases::TestDatabase;
use crate::support::sign_in::{Answer, EMAIL, PASSWORD, Stage, fields, post_form};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the person answers on every page until the one that asks for consent.
const PERSON: &[(&str, &str)] = &[("email", EMAIL), ("password", PASSWORD)];

/// A stage whose application is a public one on devices.
async fn stage(database: TestDatabase) -> Stage {
    Stage::with_client(database, settings()).await
}

fn settings() -> Value {
    json!({
        "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_CODE, "refresh_token"], "response_types": [],
    })
}

impl Stage {
    /// A device asks for its person.
    async fn ask_for_device(&self, changes: &[(&str, &str)]) -> Answer {
        let mut form = fields(&[("client_id", &self.app.client_id), ("scope", "openid email")]);
        for (name, value) in changes {
            form.retain(|(key, _)| key != name);
            form.push(((*name).to_owned(), (*value).to_owned()));
        }
        form.retain(|(_, value)| !value.is_empty());
        post_form(&self.hub.url("oauth/device/code"), &form, &[]).await
    }

    /// A device that waits: its device code and its user code.
    async fn device(&self) -> (String, String) {
        let answer = self.ask_for_device(&[("scope", "openid email offline_access")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.text_of("device_code"), answer.text_of("user_code"))
    }

    /// The device asks at the token endpoint.
    async fn poll(&self, device_code: &str) -> Answer {
        self.token(&fields(&[
            ("grant_type", DEVICE_CODE),
            ("device_code", device_code),
            ("client_id", &self.app.client_id),
        ]))
        .await
    }

    /// Types the code and signs in, as far as the page that asks for confirmation.
    async fn type_code(&self, browser: &mut Browser, user_code: &str) -> Page {
        let page = browser.open(&self.hub.url("activate")).await;
        let mut page = browser.submit(&page, &page.forms()[0], &[("user_code", user_code)]).await;
        while !asks_for_confirmation(&page) && !page.forms().is_empty() && asks_to_sign_in(&page) {
            page = browser.submit(&page, &page.forms()[0], PERSON).await;
        }
        page
    }

    /// The person signs in and says yes or no.
    async fn decide(&self, user_code: &str, choice: &str) -> Page {
        let mut browser = self.browser();
        let page = self.type_code(&mut browser, user_code).await;
        assert!(asks_for_confirmation(&page), "{page:?}");
        answer(&mut browser, &page, choice).await
    }
}

/// Presses one of the two buttons.
async fn answer(browser: &mut Browser, page: &Page, choice: &str) -> Page {
    let action = page.forms()[0].action.clone();
    browser.post(action.as_str(), fields(&[("choice", choice)]), Some(&page.url)).await
}

fn asks_for_confirmation(page: &Page) -> bool {
    page.text.contains("id=\"device-code\"")
}

fn asks_to_sign_in(page: &Page) -> bool {
    let names = |page: &Page| page.forms().iter().flat_map(|form| form.fields.clone()).collect::<Vec<_>>();
    names(page).iter().any(|field| matches!(field.name.as_str(), "email" | "password"))
}
