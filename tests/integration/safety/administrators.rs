//! The Management API opens for administrators, through the hub's own applications, as long as they are what they were
//! when they signed in.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::domain::locale::Locale;
use vestibule::domain::management_scope;
use vestibule::protocol::tokens::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use vestibule::store::Tx;

use crate::support::administrators::{
    ADMINISTRATOR, administrators_browser, administrators_tokens, first_administrator, refresh_at_terminal,
    sign_in_at_terminal, terminal_exchange,
};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::{MANAGEMENT_CLIENT, TestHub};
use crate::support::sign_in::{
    Answer, Stage, changed, claims_of, code_of, error_of, fields, http, post_form, read, segment,
};

const SCOPE: &str = "openid profile email offline_access read:connections update:users read:users";

async fn call(base: &str, method: Method, path: &str, token: &str, body: Value) -> Answer {
    let request = http().request(method, format!("{base}api/v2/{path}")).bearer_auth(token);
    match body {
        Value::Null => read(request).await,
        body => read(request.header("content-type", "application/json").body(body.to_string())).await,
    }
}

async fn reads_connections(base: &str, token: &str) -> u16 {
    call(base, Method::GET, "connections", token, Value::Null).await.status
}

#[actix_web::test]
async fn an_administrator_may_what_was_asked_for_and_the_log_names_them() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let user_id = first_administrator(&stage.hub).await;
        let tokens = administrators_tokens(&stage.hub, SCOPE).await;
        let token = tokens.text_of("access_token");
        assert_eq!(tokens.text_of("scope"), SCOPE);
        let claims = claims_of(&token);
        assert_eq!(claims["aud"], json!([stage.hub.url("api/v2/"), stage.hub.url("userinfo")]));
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(user_id), &json!("vestibule-cli")));
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 60 * 60);
        let issuer = &stage.hub.issuer;
        assert_eq!(reads_connections(issuer, &token).await, 200);
        let refused = call(issuer, Method::DELETE, "clients/x", &token, Value::Null).await;
        assert_eq!((refused.status, refused.json["errorCode"].as_str()), (403, Some("insufficient_scope")));
        assert_eq!(stage.userinfo(&token).await.text_of("email"), ADMINISTRATOR);

        let path = format!("users/{}", segment(&stage.user_id));
        let changed = call(issuer, Method::PATCH, &path, &token, json!({"user_metadata": {"a": 1}})).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let log = stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.description == "Update a user").unwrap();
        let expected = json!({"user_id": user_id, "name": "Grace Hopper"});
        assert_eq!(entry.details["administrator"], expected);
        assert_eq!(entry.user_id.as_deref(), Some(stage.user_id.as_str()), "whom it is about");
        assert_eq!(entry.client_id.as_deref(), Some("vestibule-cli"));

        let next = refresh_at_terminal(&stage.hub, &tokens.text_of("refresh_token")).await;
        assert_eq!(next.status, 200, "{next:?}");
        assert_ne!(next.text_of("refresh_token"), tokens.text_of("refresh_token"));
        assert_eq!(reads_connections(issuer, &next.text_of("access_token")).await, 200);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn every_scope_there_is_can_be_asked_for_and_none_that_is_not() {
    let hub = TestHub::start(sqlite()).await;
    first_administrator(&hub).await;
    let all = management_scope::ALL.join(" ");
    let tokens = administrators_tokens(&hub, &format!("openid {all} delete:everything")).await;
    assert_eq!(tokens.text_of("scope"), format!("openid {all}"));
    hub.stop().await;
}

/// A way in which an administrator loses what they hold.
#[derive(Clone, Copy, Debug)]
enum Loss {
    NoAdministrator,
    Blocked,
    SignedOut,
    SessionEnded,
    Removed,
    TokenRevoked,
}

const LOSSES: [Loss; 6] = [
    Loss::NoAdministrator,
    Loss::Blocked,
    Loss::SignedOut,
    Loss::SessionEnded,
    Loss::Removed,
    Loss::TokenRevoked,
];

async fn lose(stage: &Stage, loss: Loss, user_id: &str, browser: &Browser, tokens: &Answer) {
    let user = format!("users/{}", segment(user_id));
    match loss {
        Loss::NoAdministrator => {
            let user_id = user_id.to_owned();
            assert!(stage.hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap());
        }
        Loss::Blocked => {
            let (user_id, now) = (user_id.to_owned(), stage.hub.clock.now());
            assert!(stage.hub.hub.store.write(move |tx| tx.set_blocked(&user_id, true, now)).await.unwrap());
        }
        Loss::SignedOut => {
            let mut browser = browser.clone();
            let page = browser.open(&stage.hub.url("oidc/logout")).await;
            browser.submit(&page, &page.forms()[0], &[]).await;
        }
        Loss::SessionEnded => {
            stage.manage(Method::DELETE, &format!("{user}/sessions"), Value::Null).await;
        }
        Loss::Removed => {
            // Nobody removes an administrator but who takes the management from them first.
            let id = user_id.to_owned();
            assert!(stage.hub.hub.store.write(move |tx| tx.remove_administrator(&id)).await.unwrap());
            stage.manage(Method::DELETE, &user, Value::Null).await;
        }
        Loss::TokenRevoked => {
            let form = fields(&[("client_id", "vestibule-cli"), ("token", &tokens.text_of("refresh_token"))]);
            assert_eq!(post_form(&stage.hub.url("oauth/revoke"), &form, &[]).await.status, 200);
        }
    }
}

#[actix_web::test]
async fn whoever_is_an_administrator_no_more_is_refused_on_every_node_within_a_second() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let other = hub.another_node(&[]).await;
        let other = format!("{}/", other.address);
        let stage = Stage::at(hub, json!({})).await;
        for loss in LOSSES {
            let user_id = match first_user(&stage.hub).await {
                Some(user_id) => user_id,
                None => first_administrator(&stage.hub).await,
            };
            let mut browser = Browser::new();
            let code = code_of(&sign_in_at_terminal(&stage.hub, &mut browser, &[("scope", SCOPE)]).await);
            let tokens = stage.token(&terminal_exchange(&code)).await;
            let token = tokens.text_of("access_token");
            let waiting = code_of(&sign_in_at_terminal(&stage.hub, &mut browser, &[]).await);
            for base in [&stage.hub.issuer, &other] {
                assert_eq!(reads_connections(base, &token).await, 200, "{loss:?}");
            }

            lose(&stage, loss, &user_id, &browser, &tokens).await;
            assert_eq!(reads_connections(&stage.hub.issuer, &token).await, 401, "{loss:?} here, at once");
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(reads_connections(&other, &token).await, 401, "{loss:?} on another node");
            let refused = refresh_at_terminal(&stage.hub, &tokens.text_of("refresh_token")).await;
            assert_eq!(refused.error(), (400, "invalid_grant"), "{loss:?}");
            if !matches!(loss, Loss::TokenRevoked) {
                let refused = stage.token(&terminal_exchange(&waiting)).await;
                assert_eq!(refused.error(), (400, "invalid_grant"), "{loss:?}: a code from before");
            }
            restore(&stage, loss, &user_id).await;
        }
        stage.hub.stop().await;
    }
}

async fn first_user(hub: &TestHub) -> Option<String> {
    let all = hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap();
    all.first().map(|one| one.user.user_id.clone())
}

/// The administrator is one again, unless the account is gone.
async fn restore(stage: &Stage, loss: Loss, user_id: &str) {
    if matches!(loss, Loss::Removed) {
        return;
    }
    let (user_id, now) = (user_id.to_owned(), stage.hub.clock.now());
    let again = move |tx: &mut Tx<'_>| {
        tx.set_blocked(&user_id, false, now)?;
        tx.add_administrator(&user_id, Locale::En, now)
    };
    stage.hub.hub.store.write(again).await.unwrap();
}

#[actix_web::test]
async fn who_has_an_account_and_is_no_administrator_gets_no_token_for_the_api() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let user_id = first_administrator(&hub).await;
        let signed_in = administrators_browser(&hub).await;
        hub.hub.store.write(move |tx| tx.remove_administrator(&user_id)).await.unwrap();
        for browser in [Browser::new(), signed_in] {
            let answer = sign_in_at_terminal(&hub, &mut browser.clone(), &[("scope", SCOPE)]).await;
            assert_eq!(answer.answered("error").as_deref(), Some("access_denied"), "{answer:?}");
            assert!(answer.answered("error_description").unwrap().contains("no administrator"));
            assert_eq!(answer.answered("code"), None);
            // They may say who they are, and that opens nothing here.
            let page = sign_in_at_terminal(&hub, &mut browser.clone(), &[("audience", "")]).await;
            let tokens = post_form(&hub.url("oauth/token"), &terminal_exchange(&code_of(&page)), &[]).await;
            let token = tokens.text_of("access_token");
            assert_eq!(reads_connections(&hub.issuer, &token).await, 401);
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn no_other_application_gets_anybodys_token_for_the_management_api() {
    const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
    let grant_types = json!({"grant_types": ["authorization_code", "refresh_token", EXCHANGE]});
    let stage = Stage::with_client(sqlite(), grant_types).await;
    first_administrator(&stage.hub).await;
    let audience = stage.hub.url("api/v2/");
    let grant = json!({"client_id": stage.app.client_id, "audience": audience, "scope": ["read:users"]});
    stage.manage(Method::POST, "client-grants", grant).await;
    // The person of this application is an administrator as well.
    let (user_id, now) = (stage.user_id.clone(), stage.hub.clock.now());
    stage.hub.hub.store.write(move |tx| tx.add_administrator(&user_id, Locale::En, now)).await.unwrap();
    for asked in [("audience", audience.as_str()), ("resource", audience.as_str())] {
        let page = stage.member().await.walk(&stage.ask(&[asked, ("scope", "openid read:users")]), &[]).await;
        assert_eq!(error_of(&stage, &page), "invalid_target", "{asked:?}");
    }
    let exchange = changed(&stage.exchange(&stage.code(&[]).await), "audience", &audience);
    assert_eq!(stage.token(&exchange).await.error(), (400, "invalid_target"));
    // Handing on what one has makes no more of it.
    let own = stage.tokens(&[]).await.text_of("access_token");
    let form = fields(&[
        ("grant_type", EXCHANGE),
        ("client_id", &stage.app.client_id),
        ("client_secret", &stage.app.secret),
        ("subject_token", &own),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", &audience),
    ]);
    let refused = stage.token(&form).await;
    assert_eq!(refused.error(), (400, "invalid_target"), "{refused:?}");
    assert_eq!(reads_connections(&stage.hub.issuer, &own).await, 401);
}

#[actix_web::test]
async fn a_token_that_says_more_than_its_grant_opens_nothing() {
    let stage = Stage::on(sqlite()).await;
    first_administrator(&stage.hub).await;
    let administrators = claims_of(&administrators_tokens(&stage.hub, SCOPE).await.text_of("access_token"));
    let somebodys = claims_of(&stage.tokens(&[]).await.text_of("access_token"));
    let good: AccessTokenClaims = serde_json::from_value(administrators).unwrap();
    let signed = |claims: &AccessTokenClaims| {
        stage.hub.hub.keys.current().sign(Algorithm::RS256, ACCESS_TOKEN_TYPE, claims).unwrap()
    };
    assert_eq!(reads_connections(&stage.hub.issuer, &signed(&good)).await, 200);
    let grant_id = somebodys["grant_id"].as_str().map(str::to_owned);
    let app = stage.app.client_id.clone();
    let mut opened = Vec::new();
    let members = AccessTokenClaims { grant_id, client_id: app.clone(), ..good.clone() };
    for (what, claims) in [
        ("of another application", members.clone()),
        (
            "of another application, called the terminal's",
            AccessTokenClaims { client_id: good.client_id.clone(), ..members.clone() },
        ),
        (
            "the administrator's, called another application's",
            AccessTokenClaims { client_id: app, ..good.clone() },
        ),
        (
            "called the management application's",
            AccessTokenClaims { client_id: MANAGEMENT_CLIENT.into(), ..good.clone() },
        ),
        ("handed on", AccessTokenClaims { gty: Some("token-exchange".into()), ..good.clone() }),
        ("of the terminal on its own", AccessTokenClaims { grant_id: None, ..good.clone() }),
        ("of no grant there is", AccessTokenClaims { grant_id: Some("nothing".into()), ..good.clone() }),
    ] {
        if reads_connections(&stage.hub.issuer, &signed(&claims)).await != 401 {
            opened.push(what);
        }
    }
    assert!(opened.is_empty(), "{opened:?}");
    // More than was granted is not there: scopes that the API does not have open nothing.
    let wider = AccessTokenClaims { scope: "openid everything".into(), ..good };
    assert_eq!(reads_connections(&stage.hub.issuer, &signed(&wider)).await, 403);
}

#[actix_web::test]
async fn nothing_that_is_said_or_stored_about_a_person_makes_them_an_administrator() {
    let stage = Stage::on(sqlite()).await;
    first_administrator(&stage.hub).await;
    let claims = json!({"administrator": true, "is_administrator": true, "roles": ["administrator"]});
    let path = format!("users/{}", segment(&stage.user_id));
    stage.manage(Method::PATCH, &path, json!({"app_metadata": claims, "user_metadata": claims})).await;
    for field in ["administrator", "is_administrator"] {
        let token = stage.hub.management_token().await;
        let refused = call(&stage.hub.issuer, Method::PATCH, &path, &token, json!({field: true})).await;
        assert_eq!(refused.status, 400, "{field}");
    }
    let all = stage.hub.hub.store.read(|tx| tx.list_administrators()).await.unwrap();
    assert_eq!(all.len(), 1);
    // Nor does a second account with the same address.
    let body = json!({"connection": "people", "email": ADMINISTRATOR, "password": "12345678"});
    let made = stage.manage(Method::POST, "users", body).await.text_of("user_id");
    let is_one = stage.hub.hub.store.read(move |tx| tx.is_administrator(&made)).await.unwrap();
    assert!(!is_one);
}
