//! An application gives its tokens back (RFC 7009).

use serde_json::json;

use crate::support::browser::Fields;
use crate::support::databases::each_database;
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, Registered};
use crate::support::sign_in::{Answer, Stage, add_client, changed, fields, http, post_form, read};

impl Stage {
    pub async fn revoke(&self, token: &str) -> Answer {
        self.revoke_as(&self.app, token).await
    }

    pub async fn revoke_as(&self, client: &Registered, token: &str) -> Answer {
        post_form(&self.hub.url("oauth/revoke"), &by(client, token), &[]).await
    }
}

/// The request of `client` about `token`.
fn by(client: &Registered, token: &str) -> Fields {
    let form = fields(&[("token", token), ("client_id", &client.client_id)]);
    changed(&form, "client_secret", &client.secret)
}

/// Are access tokens revoked after refresh token revocation.
#[actix_web::test]
async fn a_revoked_refresh_token_takes_its_whole_grant_along() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (tokens, other) = (stage.offline().await, stage.offline().await);
        let first = tokens.text_of("refresh_token");
        let newest = stage.next(&first).await;
        for token in [&newest, &newest, &first] {
            let answer = stage.revoke(token).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{answer:?}");
        }
        assert_eq!(stage.refresh(&newest).await.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        assert_eq!(stage.userinfo(&other.text_of("access_token")).await.status, 200);
        stage.next(&other.text_of("refresh_token")).await;
        let log = stage.hub.log().await;
        let revoked: Vec<_> = log.iter().filter(|entry| entry.log_type == "srrt").collect();
        assert_eq!(revoked.len(), 1, "what was dead already is no event");
        assert_eq!(revoked[0].user_id.as_deref(), Some(stage.user_id.as_str()));
    }
}

/// Whoever holds a token of a family may end it, also one that was exchanged before.
#[actix_web::test]
async fn an_exchanged_refresh_token_revokes_its_family_too() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let first = stage.offline().await.text_of("refresh_token");
        let second = stage.next(&first).await;
        assert_eq!(stage.revoke(&first).await.status, 200);
        assert_eq!(stage.refresh(&second).await.error(), (400, "invalid_grant"));
    }
}

/// Are refresh tokens revoked after access token revocation.
#[actix_web::test]
async fn a_revoked_access_token_takes_its_grant_along() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.offline().await;
        let access = tokens.text_of("access_token");
        let form = changed(&by(&stage.app, &access), "token_type_hint", "refresh_token");
        assert_eq!(post_form(&stage.hub.url("oauth/revoke"), &form, &[]).await.status, 200);
        assert_eq!(stage.userinfo(&access).await.error(), (401, "invalid_token"));
        assert_eq!(stage.refresh(&tokens.text_of("refresh_token")).await.error(), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn an_applications_own_access_token_ends_alone_and_at_once() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let management = Registered { client_id: MANAGEMENT_CLIENT.into(), secret: MANAGEMENT_SECRET.into() };
        let (one, other) = (stage.hub.management_token().await, stage.hub.management_token().await);
        let clients = async |token: &str| {
            let request = http().get(stage.hub.url("api/v2/clients"));
            read(request.header("authorization", format!("Bearer {token}"))).await.status
        };
        assert_eq!(clients(&one).await, 200);
        assert_eq!(stage.revoke_as(&stage.app, &one).await.error(), (400, "invalid_grant"));
        assert_eq!(clients(&one).await, 200);
        assert_eq!(stage.revoke_as(&management, &one).await.status, 200);
        assert_eq!((clients(&one).await, clients(&other).await), (401, 200));
    }
}

/// Is revocation bound to a specific client.
#[actix_web::test]
async fn another_applications_tokens_are_refused_and_stay() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let stranger = add_client(&stage.hub, json!({})).await;
        let tokens = stage.offline().await;
        let (access, refresh) = (tokens.text_of("access_token"), tokens.text_of("refresh_token"));
        for token in [&access, &refresh] {
            assert_eq!(stage.revoke_as(&stranger, token).await.error(), (400, "invalid_grant"));
        }
        assert_eq!(stage.userinfo(&access).await.status, 200);
        stage.next(&refresh).await;
        assert!(stage.hub.log().await.iter().any(|entry| entry.log_type == "frrt"));
    }
}

#[actix_web::test]
async fn what_is_no_token_here_is_revoked_already() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        let elsewhere = Stage::on(stage.hub.database.another()).await.offline().await;
        let tokens = stage.offline().await;
        for token in [
            "nonsense",
            &code,
            &tokens.text_of("id_token"),
            &elsewhere.text_of("access_token"),
            &elsewhere.text_of("refresh_token"),
        ] {
            assert_eq!(stage.revoke(token).await.status, 200, "{token}");
        }
        // None of them gave hold of anything.
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);
        assert_eq!(stage.redeem(&code).await.status, 200);
    }
}

/// Does revocation require client authentication.
#[actix_web::test]
async fn revocation_wants_the_client_to_say_who_it_is() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.offline().await.text_of("refresh_token");
        let url = stage.hub.url("oauth/revoke");
        let good = by(&stage.app, &token);
        for (form, expected) in [
            (changed(&good, "client_secret", ""), (401, "invalid_client")),
            (changed(&good, "client_secret", "wrong"), (401, "invalid_client")),
            (changed(&good, "client_id", "nobody"), (401, "invalid_client")),
            (changed(&good, "token", ""), (400, "invalid_request")),
            ([good.clone(), fields(&[("token", "second")])].concat(), (400, "invalid_request")),
        ] {
            assert_eq!(post_form(&url, &form, &[]).await.error(), expected, "{form:?}");
        }
        assert_eq!(read(http().post(&url).body("{}")).await.status, 415);
        assert_eq!(read(http().get(&url)).await.status, 405);
        stage.next(&token).await;
    }
}

#[actix_web::test]
async fn a_public_application_gives_back_its_tokens_by_its_id() {
    for database in each_database() {
        let settings = json!({"app_type": "spa", "token_endpoint_auth_method": "none"});
        let stage = Stage::with_client(database, settings).await;
        let token = stage.offline().await.text_of("refresh_token");
        assert_eq!(stage.revoke(&token).await.status, 200);
        assert_eq!(stage.refresh(&token).await.error(), (400, "invalid_grant"));
    }
}
