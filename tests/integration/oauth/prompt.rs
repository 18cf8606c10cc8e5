//! What a request says about asking the person: `prompt`, `max_age`, `id_token_hint`
//! (OpenID Connect Core §3.1.2.1).

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::databases::each_database;
use crate::support::sign_in::{
    CALLBACK, PASSWORD, PERSON, Stage, add_client, ask, changed, claims_of, code_of, error_of,
};

impl Stage {
    async fn log_types(&self) -> Vec<String> {
        self.hub.log().await.into_iter().map(|entry| entry.log_type).collect()
    }

    /// The ID token's claims behind an answer.
    async fn claims(&self, page: &Page) -> Value {
        claims_of(&self.redeem(&code_of(page)).await.text_of("id_token"))
    }

    async fn add_person(&self, email: &str) -> String {
        self.hub.person(json!({"connection": "people", "email": email, "password": PASSWORD})).await
    }

    async fn sign_in_as(&self, email: &str, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
        browser.walk(&self.ask(changes), &[("email", email), ("password", PASSWORD)]).await
    }
}

/// Whether the person has to prove who they are.
fn asks_to_sign_in(page: &Page) -> bool {
    !page.stopped && page.forms().iter().any(|form| form.fields.iter().any(|field| field.name == "email"))
}

#[actix_web::test]
async fn prompt_none_never_shows_a_page() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let page = stage.browser().open(&stage.ask(&[("prompt", "none")])).await;
        assert_eq!(error_of(&stage, &page), "login_required");
        assert_eq!(stage.log_types().await.last().unwrap(), "fsa");
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("prompt", "none")])).await;
        assert_eq!(stage.claims(&page).await["sub"], stage.user_id);
        let types = stage.log_types().await;
        assert!(types.contains(&"ssa".to_owned()), "{types:?}");
        // Whatever would need a page is its error.
        for (change, error) in
            [(("max_age", "0"), "login_required"), (("connection", "unknown"), "invalid_request")]
        {
            let page = browser.open(&stage.ask(&[("prompt", "none"), change])).await;
            assert_eq!(error_of(&stage, &page), error, "{change:?}");
        }
    }
}

#[actix_web::test]
async fn prompt_login_asks_again_and_the_session_goes_on_under_a_new_token() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        let first = stage.sign_in(&mut browser, &[]).await;
        let first = stage.claims(&first).await;
        let stolen = browser.clone();
        stage.hub.clock.advance(100);
        let page = browser.open(&stage.ask(&[("prompt", "login")])).await;
        assert!(asks_to_sign_in(&page), "{page:?}");
        let page = browser.walk_on(page, PERSON).await;
        let second = stage.claims(&page).await;
        assert!(second["auth_time"].as_i64().unwrap() >= first["auth_time"].as_i64().unwrap() + 100);
        assert_eq!(first["sid"], second["sid"], "what applications hold stays alive");
        assert_eq!(stage.count("sessions"), 1);
        let page = stolen.clone().open(&stage.ask(&[("prompt", "none")])).await;
        assert_eq!(error_of(&stage, &page), "login_required", "the cookie from before is worth nothing");
    }
}

#[actix_web::test]
async fn max_age_is_kept() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        code_of(&stage.sign_in(&mut browser, &[]).await);
        stage.hub.clock.advance(2);
        let page = browser.open(&stage.ask(&[("max_age", "10000")])).await;
        let claims = stage.claims(&page).await;
        let now = stage.hub.clock.now().seconds();
        assert!((2..100).contains(&(now - claims["auth_time"].as_i64().unwrap())));
        for max_age in ["1", "0"] {
            let page = browser.open(&stage.ask(&[("max_age", max_age)])).await;
            assert!(asks_to_sign_in(&page), "max_age={max_age}: {page:?}");
            let page = browser.walk_on(page, PERSON).await;
            let claims = stage.claims(&page).await;
            assert!(stage.hub.clock.now().seconds() - claims["auth_time"].as_i64().unwrap() <= 2);
            stage.hub.clock.advance(2);
        }
    }
}

#[actix_web::test]
async fn prompt_select_account_offers_to_continue_or_to_be_somebody_else() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let bob = stage.add_person("bob@people.example").await;
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("prompt", "select_account")])).await;
        assert!(page.text.contains("Ada Lovelace"), "{page:?}");
        let going_on = browser.clone().walk_on(page.clone(), &[]).await;
        assert_eq!(stage.claims(&going_on).await["sub"], stage.user_id);
        let form = page.forms()[0].clone();
        let another = changed(&[], "choice", &form.buttons[1].value);
        let page = browser.post(form.action.as_str(), another, Some(&page.url)).await;
        assert!(asks_to_sign_in(&page), "{page:?}");
        let page = browser.walk_on(page, &[("email", "bob@people.example"), ("password", PASSWORD)]).await;
        assert_eq!(stage.claims(&page).await["sub"], bob);
        let page = browser.open(&stage.ask(&[("prompt", "none")])).await;
        assert_eq!(stage.claims(&page).await["sub"], bob, "the other's session is over here");
        assert_eq!(stage.count("sessions"), 1);
    }
}

#[actix_web::test]
async fn a_first_party_application_asks_for_consent_only_when_it_says_so() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.member().await;
        let page = browser.open(&stage.ask(&[("prompt", "consent")])).await;
        assert!(page.text.contains("app.example"), "the page names where the person goes");
        let form = page.forms()[0].clone();
        assert_eq!(form.buttons.iter().map(|b| b.value.as_str()).collect::<Vec<_>>(), ["allow", "deny"]);
        let deny = changed(&[], "choice", "deny");
        let denied = browser.clone().post(form.action.as_str(), deny, Some(&page.url)).await;
        assert_eq!(error_of(&stage, &denied), "access_denied");
        let allowed = browser.walk_on(page, &[]).await;
        code_of(&allowed);
    }
}

#[actix_web::test]
async fn a_third_party_application_asks_for_consent_once_for_each_scope() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let path = format!("connections/{}", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let third = add_client(&stage.hub, json!({"is_first_party": false, "name": "Third"})).await;
        let ask = |changes: &[(&str, &str)]| ask(&stage.hub.issuer, &third.client_id, changes);
        let mut browser = stage.member().await;
        let page = browser.open(&ask(&[("scope", "openid email"), ("prompt", "none")])).await;
        assert_eq!(error_of(&stage, &page), "consent_required");
        let page = browser.open(&ask(&[("scope", "openid email")])).await;
        assert_eq!(page.forms()[0].buttons[0].value, "allow", "{page:?}");
        code_of(&browser.walk_on(page, &[]).await);
        let page = browser.open(&ask(&[("scope", "email openid"), ("prompt", "none")])).await;
        code_of(&page);
        let page = browser.open(&ask(&[("scope", "openid email phone"), ("prompt", "none")])).await;
        assert_eq!(error_of(&stage, &page), "consent_required");
        // A person who signs in on the way is asked as well.
        let mut fresh = stage.browser();
        let page = fresh.open(&ask(&[("scope", "openid profile")])).await;
        let page = fresh.submit(&page, &page.forms()[0], PERSON).await;
        let page = fresh.submit(&page, &page.forms()[0], PERSON).await;
        assert_eq!(page.forms()[0].buttons[0].value, "allow", "{page:?}");
    }
}

#[actix_web::test]
async fn an_id_token_hint_names_who_may_answer() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        stage.add_person("bob@people.example").await;
        let own = stage.tokens(&[]).await.text_of("id_token");
        let mut bob = stage.browser();
        let of_bob = stage.sign_in_as("bob@people.example", &mut bob, &[]).await;
        let of_bob = stage.redeem(&code_of(&of_bob)).await.text_of("id_token");
        let mut browser = stage.member().await;
        let silent = |hint: &str| stage.ask(&[("prompt", "none"), ("id_token_hint", hint)]);
        code_of(&browser.open(&silent(&own)).await);
        assert_eq!(error_of(&stage, &browser.open(&silent(&of_bob)).await), "login_required");
        // With pages, the named person may sign in, and nobody else.
        let page = browser.open(&stage.ask(&[("id_token_hint", &of_bob)])).await;
        assert!(asks_to_sign_in(&page), "{page:?}");
        let page = browser.clone().walk_on(page, PERSON).await;
        assert_eq!(error_of(&stage, &page), "login_required");
        let hinted = [("id_token_hint", of_bob.as_str())];
        code_of(&stage.sign_in_as("bob@people.example", &mut stage.browser(), &hinted).await);
        // Hours later the token has expired: a hint it still is. The browser's session lives on.
        stage.hub.clock.advance(11 * 60 * 60);
        let mut browser = stage.browser();
        code_of(&stage.sign_in(&mut browser, &[]).await);
        code_of(&browser.open(&silent(&own)).await);
    }
}

#[actix_web::test]
async fn an_id_token_hint_that_is_not_ours_for_this_application_is_refused() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let tokens = stage.tokens(&[]).await;
        let (own, access) = (tokens.text_of("id_token"), tokens.text_of("access_token"));
        let other = add_client(&stage.hub, json!({})).await;
        let path = format!("connections/{}", stage.connection.id);
        let both = json!({"enabled_clients": [stage.app.client_id, other.client_id]});
        stage.manage(reqwest::Method::PATCH, &path, both).await;
        let elsewhere = Stage::on(crate::support::databases::sqlite()).await;
        let foreign = elsewhere.tokens(&[]).await.text_of("id_token");
        let (head, signature) = own.rsplit_once('.').unwrap();
        let unsigned = format!("{head}.");
        let flipped = format!("{head}.{}", signature.chars().rev().collect::<String>());
        let mut browser = stage.member().await;
        for (name, hint) in [
            ("another issuer's", foreign.as_str()),
            ("an access token", &access),
            ("unsigned", &unsigned),
            ("forged", &flipped),
            ("garbage", "a.b.c"),
        ] {
            let page = browser.open(&stage.ask(&[("prompt", "none"), ("id_token_hint", hint)])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request", "{name}");
        }
        let changes = [("prompt", "none"), ("id_token_hint", own.as_str()), ("redirect_uri", CALLBACK)];
        let page = browser.open(&ask(&stage.hub.issuer, &other.client_id, &changes)).await;
        assert_eq!(error_of(&stage, &page), "invalid_request", "another application's");
    }
}
