//! What was allowed is listed and taken back: by the person, and by an administrator.

use serde_json::{Value, json};

use super::{Guests, ORDERS};
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Answer, PASSWORD, Stage, changed, code_of, error_of, fields, post_form};

const OFFLINE: &[(&str, &str)] = &[("scope", "openid email offline_access read"), ("audience", ORDERS)];

#[actix_web::test]
async fn a_person_sees_what_they_allowed_and_ends_it() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        let own = stage.tokens(&[]).await;
        let tokens = guests.tokens(OFFLINE).await;
        let refreshed = guests.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        let mut browser = stage.member().await;
        let page = browser.open(&stage.hub.url("account/applications")).await;
        for expected in [
            "Third",
            "app.example",
            "See your email address",
            "Act on your behalf in Orders",
            "Read your orders",
            "ada@people.example",
        ] {
            assert!(page.text.contains(expected), "{expected}: {}", page.text);
        }
        assert_eq!(page.forms().len(), 1, "the organization's own application was never asked about");
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 200);
        let before = stage.hub.log().await.len();
        let page = browser.submit(&page, &page.forms()[0], &[]).await;
        assert!(page.text.contains("Third no longer has access"), "{page:?}");
        assert_eq!(page.forms().len(), 0);
        let again = guests.refresh(&refreshed.text_of("refresh_token")).await;
        assert_eq!(again.error(), (400, "invalid_grant"));
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        assert_eq!(stage.userinfo(&own.text_of("access_token")).await.status, 200, "others stay");
        assert_eq!(guests.grants().await, Vec::<Value>::new());
        let entries = stage.hub.log().await;
        let ended: Vec<_> =
            entries[before..].iter().filter(|entry| entry.log_type == "consent_revoked").collect();
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].user_id.as_deref(), Some(stage.user_id.as_str()));
        assert_eq!(ended[0].client_id.as_deref(), Some(guests.third.client_id.as_str()));
        let mut silent = OFFLINE.to_vec();
        silent.push(("prompt", "none"));
        let page = browser.open(&guests.ask(&silent)).await;
        assert_eq!(error_of(stage, &page), "consent_required");
    }
}

#[actix_web::test]
async fn nobody_ends_access_from_another_page_or_without_a_session() {
    let guests = Guests::at(Stage::on(sqlite()).await, json!({})).await;
    let stage = &guests.stage;
    guests.tokens(OFFLINE).await;
    let url = stage.hub.url("account/applications");
    let mut browser = stage.member().await;
    let page = browser.open(&url).await;
    let cookie: Vec<String> =
        browser.cookies().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let cookie = cookie.join("; ");
    let form = fields(&[("client_id", &guests.third.client_id)]);
    for origin in ["https://evil.example", "null", ""] {
        let answer = post_form(&url, &form, &[("origin", origin), ("cookie", &cookie)]).await;
        assert_eq!(answer.status, 403, "{origin:?}");
    }
    let stranger = stage.browser().open(&url).await;
    assert!(stranger.text.contains("Nobody is signed in here"), "{stranger:?}");
    let answer = stage.browser().post(&url, form, Some(&stranger.url)).await;
    assert!(answer.text.contains("Nobody is signed in here"));
    assert_eq!(guests.grants().await.len(), 1);
    let malformed = browser.post(&url, changed(&[], "x", "y"), Some(&page.url)).await;
    assert_eq!(malformed.status, 400);
}

#[actix_web::test]
async fn an_administrator_lists_and_ends_what_people_allowed() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        guests.tokens(&[("scope", "openid email")]).await;
        let tokens = guests.tokens(OFFLINE).await;
        let all = guests.grants().await;
        assert_eq!(all.len(), 2);
        let for_api = all.iter().find(|grant| grant["audience"] == ORDERS).unwrap();
        assert_eq!(for_api["clientID"], guests.third.client_id.as_str());
        assert_eq!(for_api["user_id"], stage.user_id.as_str());
        assert_eq!(for_api["scope"], json!(["openid", "email", "offline_access", "read"]));
        let user = stage.user_id.replace('|', "%7C");
        let count = async |query: &str| {
            let answer = stage.manage(reqwest::Method::GET, &format!("grants?{query}"), Value::Null).await;
            answer.json.as_array().unwrap().len()
        };
        assert_eq!(count(&format!("user_id={user}&client_id={}", guests.third.client_id)).await, 2);
        assert_eq!(count(&format!("audience={ORDERS}")).await, 1);
        assert_eq!(count("user_id=nobody").await, 0);
        let path = format!("grants/{}", for_api["id"].as_str().unwrap());
        stage.manage(reqwest::Method::DELETE, &path, Value::Null).await;
        stage.manage(reqwest::Method::DELETE, &path, Value::Null).await;
        assert_eq!(count("").await, 1);
        let again = guests.refresh(&tokens.text_of("refresh_token")).await;
        assert_eq!(again.error(), (400, "invalid_grant"));
        let entries = stage.hub.log().await;
        let told = entries.iter().find(|entry| entry.description == "Delete a grant").unwrap();
        assert_eq!(told.user_id.as_deref(), Some(stage.user_id.as_str()));
        assert_eq!(told.details["granted_to"], guests.third.client_id.as_str());
        stage.manage(reqwest::Method::DELETE, &format!("grants?user_id={user}"), Value::Null).await;
        assert_eq!(count("").await, 0);
    }
}

#[actix_web::test]
async fn what_is_ended_is_one_persons_and_of_one_api_alone() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        let bob = json!({"connection": "people", "email": "bob@people.example", "password": PASSWORD});
        let bob = stage.hub.person(bob).await;
        let as_bob = [("email", "bob@people.example"), ("password", PASSWORD)];
        let page = stage.browser().walk(&guests.ask(OFFLINE), &as_bob).await;
        let mut of_bob = guests.redeem(&code_of(&page)).await;
        let for_api = guests.tokens(OFFLINE).await;
        let mut of_profile = guests.tokens(&[("scope", "openid email offline_access")]).await;
        let ended = async |tokens: &mut Answer| {
            let next = guests.refresh(&tokens.text_of("refresh_token")).await;
            let has_ended = next.error() == (400, "invalid_grant");
            *tokens = next;
            has_ended
        };
        let grants = guests.grants().await;
        let is_hers = |grant: &&Value| grant["user_id"] != bob.as_str() && grant["audience"] == ORDERS;
        let path = format!("grants/{}", grants.iter().find(is_hers).unwrap()["id"].as_str().unwrap());
        stage.manage(reqwest::Method::DELETE, &path, Value::Null).await;
        assert!(ended(&mut for_api.clone()).await);
        assert!(!ended(&mut of_profile).await, "the API's alone");
        assert!(!ended(&mut of_bob).await, "hers alone");
        let mut browser = stage.member().await;
        let page = browser.open(&stage.hub.url("account/applications")).await;
        browser.submit(&page, &page.forms()[0], &[]).await;
        assert!(ended(&mut of_profile).await);
        assert!(!ended(&mut of_bob).await, "hers alone");
        let left = guests.grants().await;
        assert_eq!((left.len(), &left[0]["user_id"]), (1, &json!(bob)));
    }
}
