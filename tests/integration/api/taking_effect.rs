//! What is changed here takes effect at once: for people signed in, and for those who try to.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Answer, Api, segment};
use crate::support::application::{Application, browser};
use crate::support::browser::Browser;

const EMAIL: &str = "ada@people.example";
const PASSWORD: &str = "correct horse battery";
const TYPED: &[(&str, &str)] = &[("email", EMAIL), ("password", PASSWORD)];

/// An application, a connection with classic accounts that it may use, and a person there.
struct Stage<'a> {
    api: &'a Api,
    app: Application<'a>,
    connection: Value,
    user_path: String,
}

impl<'a> Stage<'a> {
    async fn set(api: &'a Api) -> Self {
        let app = Application::register(&api.server).await;
        let connection = api
            .post(
                "/connections",
                json!({"name": "people", "strategy": "local", "enabled_clients": [app.client_id]}),
            )
            .await
            .expect(201);
        let person =
            json!({"connection": "people", "email": EMAIL, "password": PASSWORD, "email_verified": true});
        let user = api.post("/users", person).await.expect(201);
        let user_path = format!("/users/{}", segment(user["user_id"].as_str().unwrap()));
        Self { api, app, connection, user_path }
    }

    /// Signs in; the access token.
    async fn sign_in(&self, browser: &mut Browser) -> String {
        let asked = self.app.ask(&[]);
        let page = browser.walk(&asked.url, TYPED).await;
        let code = asked.code_in(&self.api.server, &page);
        let (status, tokens) = asked.redeem(&self.app, &code).await;
        assert_eq!(status, 200, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// Whether a sign-in of `browser` ends with a code.
    async fn signs_in(&self, browser: &mut Browser, more: &[(&str, &str)]) -> bool {
        let page = browser.walk(&self.app.ask(more).url, TYPED).await;
        page.stopped && page.answered("code").is_some()
    }

    async fn userinfo(&self, token: &str) -> Answer {
        let url = self.api.server.url("userinfo");
        Answer::of(crate::support::hub::reqwest_client().get(url).bearer_auth(token).send().await.unwrap())
            .await
    }
}

#[actix_web::test]
async fn a_blocked_person_is_out_everywhere_and_back_when_unblocked() {
    for api in Api::each().await {
        let stage = Stage::set(&api).await;
        let mut signed_in = browser();
        let token = stage.sign_in(&mut signed_in).await;
        assert_eq!(stage.userinfo(&token).await.expect(200)["email"], EMAIL);
        let read = api.get(&stage.user_path).await.expect(200);
        assert_eq!((&read["logins_count"], &read["email_verified"]), (&json!(1), &json!(true)));
        assert!(read["last_login"].is_string() && read["last_ip"].is_string());
        assert_eq!(read["identities"].as_array().unwrap().len(), 1, "the sign-in found the person made here");
        let asked = stage.app.ask(&[("prompt", "none")]);
        let unredeemed = asked.code_in(&api.server, &signed_in.walk(&asked.url, &[]).await);

        api.patch(&stage.user_path, json!({"blocked": true})).await.expect(200);
        assert_eq!(stage.userinfo(&token).await.status, 401);
        assert!(!stage.signs_in(&mut signed_in, &[("prompt", "none")]).await, "silently");
        assert!(!stage.signs_in(&mut signed_in, &[]).await, "by the session");
        assert!(!stage.signs_in(&mut browser(), &[]).await, "by password");
        assert_eq!(asked.redeem(&stage.app, &unredeemed).await.0, 400, "by a code issued before");

        api.patch(&stage.user_path, json!({"blocked": false})).await.expect(200);
        assert_eq!(stage.userinfo(&token).await.status, 401, "blocking ended the session");
        assert!(stage.signs_in(&mut browser(), &[]).await);
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_closed_disabled_or_removed_connection_lets_nobody_in() {
    for api in Api::each().await {
        let stage = Stage::set(&api).await;
        let path = format!("/connections/{}", stage.connection["id"].as_str().unwrap());
        let status = |status: bool| json!([{"client_id": stage.app.client_id, "status": status}]);
        let clients = format!("{path}/clients");
        let mut signed_in = browser();
        let token = stage.sign_in(&mut signed_in).await;
        for (close, open) in [
            ((&clients, status(false)), (&clients, status(true))),
            ((&path, json!({"is_enabled": false})), (&path, json!({"is_enabled": true}))),
        ] {
            let (path, body) = close;
            assert!(api.patch(path, body).await.status.is_success());
            assert_eq!(stage.userinfo(&token).await.status, 401);
            assert!(!stage.signs_in(&mut signed_in, &[]).await);
            assert!(!stage.signs_in(&mut browser(), &[]).await);
            let (path, body) = open;
            assert!(api.patch(path, body).await.status.is_success());
            assert_eq!(stage.userinfo(&token).await.status, 200);
        }
        api.delete(&path).await.expect(202);
        assert_eq!(stage.userinfo(&token).await.status, 401);
        assert!(!stage.signs_in(&mut signed_in, &[]).await);
        api.get(&stage.user_path).await.expect_refusal(404, "inexistent_user");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_removed_person_or_application_has_no_tokens_left() {
    for api in Api::each().await {
        let stage = Stage::set(&api).await;
        let mut signed_in = browser();
        let token = stage.sign_in(&mut signed_in).await;
        api.delete(&stage.user_path).await.expect(204);
        assert_eq!(stage.userinfo(&token).await.status, 401);
        assert!(!stage.signs_in(&mut signed_in, &[("prompt", "none")]).await);
        let person = json!({"connection": "people", "email": EMAIL, "password": PASSWORD});
        api.post("/users", person).await.expect(201);
        let token = stage.sign_in(&mut browser()).await;
        api.send(Method::DELETE, &format!("/clients/{}", stage.app.client_id), &[], None).await.expect(204);
        assert_eq!(stage.userinfo(&token).await.status, 401);
        api.stop().await;
    }
}
