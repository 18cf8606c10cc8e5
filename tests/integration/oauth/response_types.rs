//! Response types (OAuth 2.0 Multiple Response Types; OpenID Connect Core §3.2, §3.3): who may ask for which, what
//! stands behind an answer, and what happens to one whose permission is withdrawn on the way.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::sign_in::{
    EMAIL, PERSON, STATE, Stage, add_client, claims_of, code_of, error_code, error_of,
};

const ALL: [&str; 7] =
    ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"];

/// An application that may do everything.
fn all() -> Value {
    json!({"response_types": ALL, "grant_types": ["authorization_code", "implicit", "refresh_token"]})
}

impl Stage {
    async fn change_client(&self, change: Value) {
        self.manage(Method::PATCH, &format!("clients/{}", self.app.client_id), change).await;
    }
}

#[actix_web::test]
async fn an_application_is_answered_only_as_it_registered() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        code_of(&stage.sign_in(&mut stage.member().await, &[]).await);
        for allowed in ALL {
            stage.change_client(json!({"response_types": [allowed]})).await;
            for asked in ALL {
                let page = stage.member().await.open(&stage.ask(&[("response_type", asked)])).await;
                if asked == allowed {
                    assert_eq!(page.answered("error"), None, "{asked}: {page:?}");
                } else {
                    assert_eq!(error_of(&stage, &page), "unauthorized_client", "{asked} for {allowed}");
                }
            }
        }
        for asked in ["token", "token code foo", "code code", "CODE", "id_token,token"] {
            let page = stage.member().await.open(&stage.ask(&[("response_type", asked)])).await;
            assert_eq!(error_of(&stage, &page), "unsupported_response_type", "{asked}");
        }
        // The order of the words says nothing.
        let page = stage.member().await.open(&stage.ask(&[("response_type", "token id_token code")])).await;
        assert_eq!(error_of(&stage, &page), "unauthorized_client");
        stage.change_client(json!({"response_types": ["code id_token token"]})).await;
        let page = stage.member().await.open(&stage.ask(&[("response_type", "token id_token code")])).await;
        code_of(&page);
    }
}

/// Incident: the implicit flow came back by what a login in progress carried (CVE-2026-7571).
#[actix_web::test]
async fn what_an_administrator_withdraws_during_a_login_is_not_issued() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let implicit = [("response_type", "id_token token")];
        // While the person types.
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&implicit)).await;
        let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
        stage.change_client(json!({"response_types": ["code"], "grant_types": ["authorization_code"]})).await;
        let page = browser.submit(&page, &page.forms()[0], PERSON).await;
        assert_eq!(error_of(&stage, &page), "unauthorized_client");
        for name in ["access_token", "id_token"] {
            assert_eq!(page.answered(name), None);
        }
        assert_eq!(stage.count("grants"), 0);
        // While a page asks for consent.
        stage.change_client(all()).await;
        let asked = [("response_type", "code id_token"), ("prompt", "consent")];
        let page = stage.sign_in(&mut browser, &asked[..1]).await;
        code_of(&page);
        let grants = stage.count("grants");
        let page = browser.open(&stage.ask(&asked)).await;
        assert_eq!(page.forms()[0].buttons[0].value, "allow", "{page:?}");
        stage.change_client(json!({"response_types": ["code"]})).await;
        let page = browser.submit(&page, &page.forms()[0], &[]).await;
        assert_eq!(error_of(&stage, &page), "unauthorized_client");
        assert_eq!(stage.count("grants"), grants);
    }
}

#[actix_web::test]
async fn an_address_given_up_during_a_login_gets_no_answer() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[])).await;
        stage.change_client(json!({"callbacks": ["https://app.example/new"]})).await;
        let page = browser.walk_on(page, PERSON).await;
        assert_eq!(error_code(&page), "redirect-uri-mismatch");
        // Nor does an error.
        let stage = Stage::on(stage.hub.database.another()).await;
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[("prompt", "consent")])).await;
        let page = browser.submit(&page, &page.forms()[0], &[("email", EMAIL)]).await;
        let page = browser.submit(&page, &page.forms()[0], PERSON).await;
        stage.change_client(json!({"callbacks": ["https://app.example/new"]})).await;
        let form = page.forms()[0].clone();
        let deny = vec![("choice".to_owned(), "deny".to_owned())];
        let page = browser.post(form.action.as_str(), deny, Some(&page.url)).await;
        assert_eq!(error_code(&page), "redirect-uri-mismatch");
    }
}

#[actix_web::test]
async fn none_says_that_somebody_is_signed_in_and_nothing_more() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let none = [("response_type", "none")];
        let page = stage.sign_in(&mut stage.browser(), &none).await;
        let mut names: Vec<String> = page.answer().into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["iss", "state"]);
        assert_eq!(page.url.fragment(), None, "it holds no secret");
        assert_eq!(page.answered("state").as_deref(), Some(STATE));
        let silent = [("response_type", "none"), ("prompt", "none")];
        let page = stage.browser().open(&stage.ask(&silent)).await;
        assert_eq!(error_of(&stage, &page), "login_required");
    }
}

#[actix_web::test]
async fn an_id_token_alone_tells_what_the_scopes_stand_for() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let page = stage.sign_in(&mut stage.browser(), &[("response_type", "id_token")]).await;
        let claims = claims_of(&page.answered("id_token").unwrap());
        assert_eq!((&claims["email"], &claims["name"]), (&json!(EMAIL), &json!("Ada Lovelace")));
        assert_eq!(claims["at_hash"], Value::Null);
        assert_eq!(claims["c_hash"], Value::Null);
    }
}

#[actix_web::test]
async fn a_front_channel_token_is_good_only_while_connection_and_session_are() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        let mut browser = stage.browser();
        let page = stage.sign_in(&mut browser, &[("response_type", "id_token token")]).await;
        let (token, hint) = (page.answered("access_token").unwrap(), page.answered("id_token").unwrap());
        let claims = claims_of(&token);
        assert_eq!(page.answered("expires_in").unwrap().parse::<i64>().unwrap(), {
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
        });
        assert_eq!(page.answered("scope").as_deref(), claims["scope"].as_str());
        let connection = format!("connections/{}", stage.connection.id);
        assert_eq!(stage.userinfo(&token).await.status, 200);
        stage.manage(Method::PATCH, &connection, json!({"is_enabled": false})).await;
        assert_eq!(stage.userinfo(&token).await.status, 401);
        stage.manage(Method::PATCH, &connection, json!({"is_enabled": true})).await;
        assert_eq!(stage.userinfo(&token).await.status, 200);
        browser.open(&stage.hub.url(&format!("oidc/logout?id_token_hint={hint}"))).await;
        assert_eq!(stage.userinfo(&token).await.status, 401, "the session has ended");
    }
}

#[actix_web::test]
async fn offline_access_means_nothing_without_a_code_and_the_front_channel_gives_no_refresh_token() {
    for database in each_database() {
        let stage = Stage::with_client(database, all()).await;
        for asked in ALL {
            let changes = [("response_type", asked), ("scope", "openid offline_access")];
            let page = stage.sign_in(&mut stage.member().await, &changes).await;
            assert_eq!(page.answered("error"), None, "{asked}: {page:?}");
            assert_eq!(page.answered("refresh_token"), None, "{asked}");
            if let Some(scope) = page.answered("scope") {
                assert_eq!(scope.contains("offline_access"), asked.contains("code"), "{asked}");
            }
        }
        let offline = stage.hub.database.values(
            "SELECT scope AS value FROM grants WHERE is_offline AND scope NOT LIKE '%offline_access%'",
        );
        assert_eq!(offline, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_public_application_needs_a_challenge_for_a_code_alone() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut settings = all();
        settings["token_endpoint_auth_method"] = json!("none");
        settings["app_type"] = json!("spa");
        let public = add_client(&stage.hub, settings).await;
        let connection = format!("connections/{}", stage.connection.id);
        let both = json!({"enabled_clients": [stage.app.client_id, public.client_id]});
        stage.manage(Method::PATCH, &connection, both).await;
        for asked in ALL {
            let changes = [("response_type", asked), ("code_challenge", ""), ("code_challenge_method", "")];
            let url = crate::support::sign_in::ask(&stage.hub.issuer, &public.client_id, &changes);
            let page = stage.member().await.open(&url).await;
            let error = page.answered("error");
            assert_eq!(error.as_deref(), asked.contains("code").then_some("invalid_request"), "{asked}");
        }
    }
}
