//! What people have open: an administrator sees their sessions and refresh tokens, and ends them.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::segment;
use crate::support::databases::each_database;
use crate::support::sign_in::{Answer, Stage, claims_of, code_of, http, read};

const OFFLINE: &[(&str, &str)] = &[("scope", "openid offline_access")];

/// `POST /api/v2/refresh-tokens/revoke`, which must be accepted.
async fn revoke(stage: &Stage, body: Value) {
    let answer = stage.api_with(Method::POST, "refresh-tokens/revoke", Some(body)).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""), "{answer:?}");
}

impl Stage {
    async fn api_with(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let token = self.hub.management_token().await;
        let mut request = http().request(method, self.hub.url(&format!("api/v2/{path}")));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request.header("authorization", format!("Bearer {token}"))).await
    }

    async fn api(&self, method: Method, path: &str) -> Answer {
        self.api_with(method, path, None).await
    }
}

#[actix_web::test]
async fn sessions_are_listed_read_and_ended_with_all_that_was_granted_in_them() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let user = format!("users/{}", segment(&stage.user_id));
        let (mut one, mut other) = (stage.browser(), stage.browser());
        let first = stage.redeem(&code_of(&stage.sign_in(&mut one, OFFLINE).await)).await;
        let second = stage.redeem(&code_of(&stage.sign_in(&mut other, OFFLINE).await)).await;
        let sid = claims_of(&first.text_of("id_token"))["sid"].as_str().unwrap().to_owned();

        let listed = stage.api(Method::GET, &format!("{user}/sessions")).await;
        assert_eq!(listed.json.as_array().unwrap().len(), 2, "{listed:?}");
        let paged = stage.api(Method::GET, &format!("{user}/sessions?take=1")).await.json;
        assert_eq!(paged["sessions"].as_array().unwrap().len(), 1);
        let next = format!("{user}/sessions?take=5&from={}", paged["next"].as_str().unwrap());
        let rest = stage.api(Method::GET, &next).await.json;
        assert_eq!(rest["sessions"].as_array().unwrap().len(), 1);
        assert_ne!(rest["sessions"][0]["id"], paged["sessions"][0]["id"]);

        let session = stage.api(Method::GET, &format!("sessions/{sid}")).await.json;
        assert_eq!(session["user_id"], stage.user_id);
        assert_eq!(session["clients"], json!([{"client_id": stage.app.client_id}]));
        for time in ["created_at", "authenticated_at", "last_interacted_at", "idle_expires_at", "expires_at"]
        {
            assert!(session[time].as_str().unwrap().ends_with('Z'), "{time}: {session}");
        }

        let ended = stage.api(Method::DELETE, &format!("sessions/{sid}")).await;
        assert_eq!((ended.status, ended.text.as_str()), (202, ""));
        assert_eq!(stage.api(Method::GET, &format!("sessions/{sid}")).await.status, 404);
        // Again is no failure.
        assert_eq!(stage.api(Method::POST, &format!("sessions/{sid}/revoke")).await.status, 202);
        assert_eq!(stage.userinfo(&first.text_of("access_token")).await.status, 401);
        assert_eq!(stage.refresh(&first.text_of("refresh_token")).await.error(), (400, "invalid_grant"));
        assert_eq!(one.open(&stage.ask(&[("prompt", "none")])).await.answered("code"), None);
        assert_eq!(stage.userinfo(&second.text_of("access_token")).await.status, 200);

        assert_eq!(stage.api(Method::DELETE, &format!("{user}/sessions")).await.status, 202);
        assert_eq!(stage.refresh(&second.text_of("refresh_token")).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.api(Method::GET, &format!("{user}/sessions")).await.json, json!([]));
        let log = stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.description == "Delete a session").expect("it is logged");
        assert_eq!(entry.user_id.as_deref(), Some(stage.user_id.as_str()));
    }
}

#[actix_web::test]
async fn a_session_that_has_expired_is_not_there() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let id_token = stage.tokens(&[]).await.text_of("id_token");
        let sid = claims_of(&id_token)["sid"].as_str().unwrap().to_owned();
        assert_eq!(stage.api(Method::GET, &format!("sessions/{sid}")).await.status, 200);
        stage.hub.clock.advance(72 * 60 * 60);
        assert_eq!(stage.api(Method::GET, &format!("sessions/{sid}")).await.status, 404);
        let user = segment(&stage.user_id);
        assert_eq!(stage.api(Method::GET, &format!("users/{user}/sessions")).await.json, json!([]));
    }
}

/// The id of a refresh token stays when it is exchanged, and is nothing a client holds.
#[actix_web::test]
async fn refresh_tokens_are_listed_read_and_taken_back() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let user = format!("users/{}", segment(&stage.user_id));
        stage.tokens(&[]).await;
        let (first, second) = (stage.tokens(OFFLINE).await, stage.tokens(OFFLINE).await);
        let listed = stage.api(Method::GET, &format!("{user}/refresh-tokens")).await.json;
        assert_eq!(listed.as_array().unwrap().len(), 2, "one per family: {listed}");
        let token = first.text_of("refresh_token");
        assert!(!listed.to_string().contains(&token[..43]));
        let id = claims_of(&first.text_of("access_token"))["grant_id"].as_str().unwrap().to_owned();
        let path = format!("refresh-tokens/{id}");
        let before = stage.api(Method::GET, &path).await.json;
        assert_eq!(before["client_id"], stage.app.client_id.as_str());
        assert_eq!((&before["rotating"], &before["last_exchanged_at"]), (&json!(true), &Value::Null));
        assert_eq!(before["resource_servers"][0]["scopes"], "openid offline_access");

        stage.hub.clock.advance(60);
        let next = stage.next(&token).await;
        let after = stage.api(Method::GET, &path).await.json;
        assert!(after["last_exchanged_at"].is_string());
        assert!(after["idle_expires_at"].as_str() > before["idle_expires_at"].as_str());
        assert_eq!(after["expires_at"], before["expires_at"]);
        assert_eq!(after["created_at"], before["created_at"]);

        let revoked = stage.api(Method::DELETE, &path).await;
        assert_eq!((revoked.status, revoked.text.as_str()), (202, ""));
        assert_eq!(stage.api(Method::GET, &path).await.status, 404);
        assert_eq!(stage.api(Method::DELETE, &path).await.status, 202);
        assert_eq!(stage.refresh(&next).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&first.text_of("access_token")).await.status, 401);
        let paged = stage.api(Method::GET, &format!("{user}/refresh-tokens?take=10")).await.json;
        assert_eq!(paged["tokens"].as_array().unwrap().len(), 1);

        assert_eq!(stage.api(Method::DELETE, &format!("{user}/refresh-tokens")).await.status, 202);
        assert_eq!(stage.refresh(&second.text_of("refresh_token")).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.api(Method::GET, &format!("{user}/refresh-tokens")).await.json, json!([]));
    }
}

#[actix_web::test]
async fn of_somebody_who_does_not_exist_nothing_is_listed() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for path in ["users/nobody/sessions", "users/nobody/refresh-tokens"] {
            for method in [Method::GET, Method::DELETE] {
                let answer = stage.api(method, path).await;
                assert_eq!(answer.status, 404, "{path}");
                assert_eq!(answer.json["errorCode"], "inexistent_user", "{path}");
            }
        }
        for path in ["sessions/none", "refresh-tokens/none"] {
            assert_eq!(stage.api(Method::GET, path).await.status, 404, "{path}");
        }
    }
}

#[actix_web::test]
async fn several_refresh_tokens_are_taken_back_in_one_call_and_no_others() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let works =
            async |tokens: &Answer| stage.userinfo(&tokens.text_of("access_token")).await.status == 200;
        let id = |tokens: &Answer| claims_of(&tokens.text_of("access_token"))["grant_id"].clone();
        let (user, client) = (stage.user_id.as_str(), stage.app.client_id.as_str());

        let (one, two, three) =
            (stage.tokens(OFFLINE).await, stage.tokens(OFFLINE).await, stage.tokens(OFFLINE).await);
        let online = stage.tokens(&[]).await;
        revoke(&stage, json!({"ids": [id(&one), id(&two), "none", id(&online)]})).await;
        assert!(!works(&one).await && !works(&two).await && works(&three).await);
        assert!(works(&online).await, "what has no refresh token is not concerned");
        assert_eq!(stage.refresh(&one.text_of("refresh_token")).await.error(), (400, "invalid_grant"));

        for elsewhere in [
            json!({"user_id": "nobody"}),
            json!({"client_id": "none"}),
            json!({"user_id": user, "client_id": "none"}),
            json!({"user_id": "nobody", "client_id": client}),
        ] {
            revoke(&stage, elsewhere.clone()).await;
            assert!(works(&three).await, "{elsewhere}");
        }
        let mut tokens = three;
        for all in [
            json!({"user_id": user}),
            json!({"client_id": client}),
            json!({"user_id": user, "client_id": client}),
        ] {
            revoke(&stage, all.clone()).await;
            assert!(!works(&tokens).await, "{all}");
            tokens = stage.tokens(OFFLINE).await;
        }
        let refused = stage.api_with(Method::POST, "refresh-tokens/revoke", Some(json!({}))).await;
        assert_eq!(
            (refused.status, &refused.json["errorCode"]),
            (400, &json!("invalid_body")),
            "{refused:?}"
        );
        let refused = json!({"ids": [id(&tokens)], "user_id": user});
        let refused = stage.api_with(Method::POST, "refresh-tokens/revoke", Some(refused)).await;
        assert_eq!(refused.status, 400);
        assert!(works(&tokens).await);
        let log = stage.hub.log().await;
        let entries: Vec<_> =
            log.iter().filter(|entry| entry.description == "Revoke refresh tokens").collect();
        assert_eq!(entries.len(), 8);
        assert_eq!(entries[0].details["revoked"], 2);
        assert_eq!(entries[5].user_id.as_deref(), Some(user));
        stage.hub.stop().await;
    }
}
