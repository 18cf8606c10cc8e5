//! Signing out of a [`Stage`], and looking whether somebody is.

use serde_json::{Value, json};
use url::Url;

use super::browser::{Browser, Page};
use super::hub::Registered;
use super::listening_app::ListeningApp;
use super::sign_in::{CALLBACK, PERSON, Stage, add_client, ask, code_of, error_of};

impl Stage {
    /// A request to sign out by `path`, such as `oidc/logout`.
    pub fn leave_by(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        Url::parse_with_params(&self.hub.url(path), parameters).unwrap().into()
    }

    pub fn logout(&self, parameters: &[(&str, &str)]) -> String {
        self.leave_by("oidc/logout", parameters)
    }

    /// A browser with a session of its own, its ID token and its access token.
    pub async fn signed_in(&self) -> (Browser, String, String) {
        let mut browser = self.browser();
        let page = self.sign_in(&mut browser, &[]).await;
        let tokens = self.redeem(&code_of(&page)).await;
        (browser, tokens.text_of("id_token"), tokens.text_of("access_token"))
    }

    pub async fn has_session(&self, browser: &Browser) -> bool {
        let page = browser.clone().open(&self.ask(&[("prompt", "none")])).await;
        if page.answered("code").is_none() {
            assert_eq!(error_of(self, &page), "login_required");
        }
        page.answered("code").is_some()
    }

    /// An application with `settings` that may use the connection of this stage, and listens at `at`.
    pub async fn add_listener(&self, at: &ListeningApp, settings: Value) -> Registered {
        let mut body = json!({"callbacks": [CALLBACK, format!("{}/callback", at.base)]});
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let app = add_client(&self.hub, body).await;
        let clients = json!([{"client_id": app.client_id, "status": true}]);
        self.manage(reqwest::Method::PATCH, &format!("connections/{}/clients", self.connection.id), clients)
            .await;
        app
    }

    /// Signs in to another application in `browser`, whoever is signed in there already.
    pub async fn sign_in_to(&self, app: &Registered, browser: &mut Browser) -> Page {
        let page = browser.walk(&ask(&self.hub.issuer, &app.client_id, &[]), PERSON).await;
        code_of(&page);
        page
    }
}

/// Whether the page asks the person to confirm.
pub fn asks(page: &Page) -> bool {
    page.status == 200 && page.forms().iter().any(|form| form.buttons.iter().any(|b| b.value == "sign-out"))
}
