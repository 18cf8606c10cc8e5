//! Third-party applications, and what people let them have.

mod asking;
mod ending;

use serde_json::{Value, json};

use crate::support::hub::Registered;
use crate::support::sign_in::{Answer, PERSON, Stage, add_client, ask, changed, code_of};

const ORDERS: &str = "https://orders.example/";

/// Another organization's application that the person may sign in to, and an API it was granted two scopes at.
struct Guests {
    stage: Stage,
    third: Registered,
    api_path: String,
}

impl Guests {
    async fn at(stage: Stage, settings: Value) -> Self {
        let path = format!("connections/{}", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let mut body = json!({"name": "Third", "is_first_party": false,
            "grant_types": ["authorization_code", "refresh_token"]});
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let third = add_client(&stage.hub, body).await;
        let api = json!({"identifier": ORDERS, "name": "Orders", "allow_offline_access": true, "scopes": [
            {"value": "read", "description": "Read your orders"}, {"value": "write"},
            {"value": "pay", "description": "Pay for you"},
        ]});
        let api = stage.manage(reqwest::Method::POST, "resource-servers", api).await;
        let grant = json!({"client_id": third.client_id, "audience": ORDERS, "scope": ["read", "write"]});
        stage.manage(reqwest::Method::POST, "client-grants", grant).await;
        let api_path = format!("resource-servers/{}", api.text_of("id"));
        Self { stage, third, api_path }
    }

    fn ask(&self, changes: &[(&str, &str)]) -> String {
        ask(&self.stage.hub.issuer, &self.third.client_id, changes)
    }

    async fn redeem(&self, code: &str) -> Answer {
        self.token(&[("code", code)], &self.stage.exchange(code)).await
    }

    async fn refresh(&self, refresh_token: &str) -> Answer {
        let form = [("grant_type".to_owned(), "refresh_token".to_owned())];
        self.token(&[("refresh_token", refresh_token)], &form).await
    }

    async fn token(&self, more: &[(&str, &str)], form: &[(String, String)]) -> Answer {
        let mut form = changed(form, "client_id", &self.third.client_id);
        form = changed(&form, "client_secret", &self.third.secret);
        for (name, value) in more {
            form = changed(&form, name, value);
        }
        self.stage.token(&form).await
    }

    /// Tokens for the person, who allows whatever is asked.
    async fn tokens(&self, changes: &[(&str, &str)]) -> Answer {
        let page = self.stage.member().await.walk(&self.ask(changes), PERSON).await;
        let answer = self.redeem(&code_of(&page)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// What is remembered of the person's consents.
    async fn grants(&self) -> Vec<Value> {
        let answer = self.stage.manage(reqwest::Method::GET, "grants", Value::Null).await;
        answer.json.as_array().unwrap().clone()
    }
}
