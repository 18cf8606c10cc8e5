//! The page says who asks for what; what was allowed is not asked again, and what is new is.

use serde_json::{Value, json};

use super::{Guests, ORDERS};
use crate::support::browser::Page;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{PASSWORD, PERSON, Stage, changed, claims_of, code_of, error_of, switch};

fn is_consent(page: &Page) -> bool {
    page.text.contains("id=\"allow\"")
}

#[actix_web::test]
async fn the_page_says_who_asks_for_what_and_for_whom() {
    let settings = json!({
        "logo_uri": "https://third.example/logo.png", "policy_uri": "https://third.example/privacy",
        "tos_uri": "https://third.example/terms",
    });
    let guests = Guests::at(Stage::on(sqlite()).await, settings).await;
    let scope = "openid profile email phone address offline_access read write pay";
    let url = guests.ask(&[("scope", scope), ("audience", ORDERS)]);
    for (language, words) in [
        (
            "en",
            vec![
                "<span class=\"host\" id=\"client-host\">app.example</span> asks for access to your account",
                "It calls itself <bdi class=\"self-chosen\" id=\"client-name\">Third</bdi>",
                "not part of your organization",
                "See your postal address",
                "Keep this access while you are away",
                "Act on your behalf in Orders",
                "Read your orders",
                "Use another account",
                "Privacy policy",
                "Terms of service",
                "Cancel",
            ],
        ),
        (
            "fr",
            vec![
                "<span class=\"host\" id=\"client-host\">app.example</span> demande à accéder à votre compte",
                "Elle se présente sous le nom de <bdi class=\"self-chosen\" id=\"client-name\">Third</bdi>",
                "n’appartient pas à votre organisation",
                "Voir votre adresse postale",
                "Conserver cet accès en votre absence",
                "Agir en votre nom dans Orders",
                "Read your orders",
                "Utiliser un autre compte",
                "Politique de confidentialité",
                "Conditions d’utilisation",
                "Annuler",
            ],
        ),
    ] {
        let page = guests.stage.member().await.open(&format!("{url}&ui_locales={language}")).await;
        for expected in words {
            assert!(page.text.contains(expected), "{language} {expected}: {}", page.text);
        }
        assert!(page.text.contains("<code>write</code>"), "a scope without description is named");
        assert!(!page.text.contains("Pay for you"), "what it was not granted is not asked");
        assert!(page.text.contains("app.example") && page.text.contains("ada@people.example"));
        assert!(page.text.contains("src=\"https://third.example/logo.png\""));
        for link in ["https://third.example/privacy", "https://third.example/terms"] {
            let expected = format!("href=\"{link}\"");
            let (_, rest) = page.text.split_once(&expected).expect(&expected);
            assert!(rest.split('>').next().unwrap().contains("rel=\"noopener noreferrer\""));
        }
    }
}

#[actix_web::test]
async fn only_what_is_new_is_asked_and_what_was_allowed_stays() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        guests.tokens(&[("scope", "openid email")]).await;
        let mut browser = guests.stage.member().await;
        let with_api = [("scope", "openid email read"), ("audience", ORDERS)];
        let page = browser.open(&guests.ask(&with_api)).await;
        assert!(is_consent(&page) && page.text.contains("Read your orders"), "{page:?}");
        assert!(!page.text.contains("See your email address"), "that was allowed before");
        code_of(&browser.walk_on(page, PERSON).await);
        // Remembered for both, in whatever order and however few.
        for changes in [&with_api[..], &[("scope", "read"), ("audience", ORDERS)], &[("scope", "email")]] {
            let mut silent = changes.to_vec();
            silent.push(("prompt", "none"));
            code_of(&browser.open(&guests.ask(&silent)).await);
        }
        for (scope, audience) in [("openid phone", ""), ("openid write", ORDERS), ("offline_access", ORDERS)]
        {
            let changes = [("scope", scope), ("audience", audience), ("prompt", "none")];
            let page = browser.open(&guests.ask(&changes)).await;
            assert_eq!(error_of(&guests.stage, &page), "consent_required", "{scope}");
        }
        // The application may ask again; then everything is on the page.
        let mut again = with_api.to_vec();
        again.push(("prompt", "consent"));
        let page = browser.open(&guests.ask(&again)).await;
        assert!(page.text.contains("See your email address") && page.text.contains("Read your orders"));
        let kept: Vec<(Value, Value)> = guests
            .grants()
            .await
            .into_iter()
            .map(|grant| (grant["audience"].clone(), grant["scope"].clone()))
            .collect();
        assert!(kept.contains(&(json!(""), json!(["openid", "email"]))), "{kept:?}");
        assert!(kept.contains(&(json!(ORDERS), json!(["openid", "email", "read"]))), "{kept:?}");
    }
}

#[actix_web::test]
async fn who_refuses_gives_nothing_and_is_asked_again() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let mut browser = guests.stage.member().await;
        let page = browser.open(&guests.ask(&[])).await;
        let form = page.forms()[0].clone();
        let denied =
            browser.post(form.action.as_str(), changed(&[], "choice", "deny"), Some(&page.url)).await;
        assert_eq!(error_of(&guests.stage, &denied), "access_denied");
        assert_eq!(guests.grants().await, Vec::<Value>::new());
        assert!(is_consent(&browser.open(&guests.ask(&[])).await));
    }
}

#[actix_web::test]
async fn an_api_may_want_consent_even_for_the_organizations_own_applications() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        let wants = json!({"skip_consent_for_verifiable_first_party_clients": false});
        let changes = [("scope", "openid profile read"), ("audience", ORDERS)];
        let mut browser = stage.member().await;
        code_of(&browser.open(&stage.ask(&changes)).await);
        stage.manage(reqwest::Method::PATCH, &guests.api_path, wants).await;
        let page = browser.open(&stage.ask(&changes)).await;
        assert!(is_consent(&page) && page.text.contains("Read your orders"), "{page:?}");
        assert!(!page.text.contains("not part of your organization"));
        code_of(&browser.walk_on(page, PERSON).await);
        code_of(&browser.open(&stage.ask(&changes)).await);
        code_of(&browser.open(&stage.ask(&[])).await);
    }
}

/// Even without a single scope an application hears who somebody is, and reaches the API.
#[actix_web::test]
async fn who_asks_for_no_scope_needs_consent_too() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let mut browser = guests.stage.member().await;
        for changes in
            [&[("scope", "")][..], &[("scope", "openid")], &[("scope", "openid"), ("audience", ORDERS)]]
        {
            let silent = [changes, &[("prompt", "none")]].concat();
            let page = browser.open(&guests.ask(&silent)).await;
            assert_eq!(error_of(&guests.stage, &page), "consent_required", "{changes:?}");
            let page = browser.open(&guests.ask(changes)).await;
            let says_something = page.text.contains("Recognize you") || page.text.contains("in Orders");
            assert!(is_consent(&page) && says_something, "{changes:?}: {page:?}");
            code_of(&browser.walk(&guests.ask(changes), PERSON).await);
            code_of(&browser.open(&guests.ask(&silent)).await);
        }
        assert_eq!(guests.grants().await.len(), 2);
    }
}

#[actix_web::test]
async fn the_person_may_be_somebody_else_and_then_is_asked_too() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        let bob = json!({"connection": "people", "email": "bob@people.example", "password": PASSWORD});
        let bob = stage.hub.person(bob).await;
        for browser in [&mut stage.browser(), &mut stage.member().await] {
            // Signed in on the way to this page, or long before.
            let mut page = browser.open(&guests.ask(&[])).await;
            while !is_consent(&page) {
                page = browser.submit(&page, &page.forms()[0], PERSON).await;
            }
            let form = changed(&[], "choice", "another");
            let page = browser.post(page.forms()[0].action.as_str(), form, Some(&page.url)).await;
            assert!(page.text.contains("name=\"email\""), "{page:?}");
            let as_bob = [("email", "bob@people.example"), ("password", PASSWORD)];
            let mut page = page;
            while !is_consent(&page) {
                page = browser.submit(&page, &page.forms()[0], &as_bob).await;
            }
            assert!(page.text.contains("bob@people.example"));
            let page = browser.submit(&page, &page.forms()[0], &[]).await;
            let tokens = guests.redeem(&code_of(&page)).await;
            assert_eq!(claims_of(&tokens.text_of("id_token"))["sub"], bob.as_str());
            let grants = guests.grants().await;
            assert_eq!(grants.len(), 1, "only who was asked has consented");
            assert_eq!(grants[0]["user_id"], bob.as_str());
            stage
                .manage(
                    reqwest::Method::DELETE,
                    &format!("grants?user_id={}", bob.replace('|', "%7C")),
                    Value::Null,
                )
                .await;
        }
    }
}

/// The page was before Ada; meanwhile Bob signed in in another tab of the same browser.
#[actix_web::test]
async fn nobody_consents_for_somebody_else() {
    for database in each_database() {
        let guests = Guests::at(Stage::on(database).await, json!({})).await;
        let stage = &guests.stage;
        let bob = json!({"connection": "people", "email": "bob@people.example", "password": PASSWORD});
        stage.hub.person(bob).await;
        let mut browser = stage.browser();
        let mut page = browser.open(&guests.ask(&[])).await;
        while !is_consent(&page) {
            page = browser.submit(&page, &page.forms()[0], PERSON).await;
        }
        assert!(page.text.contains("ada@people.example"));
        let as_bob = [("email", "bob@people.example"), ("password", PASSWORD)];
        let mut other_tab = browser.open(&stage.ask(&[("prompt", "login")])).await;
        for _ in ["address", "password"] {
            other_tab = browser.submit(&other_tab, &other_tab.forms()[0], &as_bob).await;
        }
        code_of(&switch(&mut browser, &other_tab).await);
        let after = browser.submit(&page, &page.forms()[0], &[]).await;
        assert!(!after.stopped, "Bob's browser answered with Ada's consent: {after:?}");
        assert_eq!(guests.grants().await, Vec::<Value>::new());
    }
}
