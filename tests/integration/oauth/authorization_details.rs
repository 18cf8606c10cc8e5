//! What an application asks in an API's own words: `authorization_details` (RFC 9396).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::databases::{TestDatabase, each_database};
use crate::support::sign_in::{
    Answer, CALLBACK, Stage, changed, claims_of, code_of, error_of, fields, http, post_form, read,
};

const BANK: &str = "https://bank.example/";

fn payment() -> Value {
    json!({"type": "payment", "amount": {"currency": "EUR", "value": "12.50"}, "creditor": "Écho «1»"})
}

/// An API that understands payments and accounts, and an application that registered payments and cards.
async fn stage(database: TestDatabase, more: Value) -> Stage {
    let mut settings = json!({
        "authorization_details_types": ["payment", "card"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let stage = Stage::with_client(database, settings).await;
    let api = json!({
        "identifier": BANK, "name": "Bank", "scopes": [{"value": "read"}], "allow_offline_access": true,
        "skip_consent_for_verifiable_first_party_clients": true,
        "authorization_details": [{"type": "payment"}, {"type": "account"}],
    });
    stage.manage(Method::POST, "resource-servers", api).await;
    let grant = json!({"client_id": stage.app.client_id, "audience": BANK, "scope": ["read"]});
    stage.manage(Method::POST, "client-grants", grant).await;
    stage
}

async fn introspect(stage: &Stage, token: &str) -> Answer {
    let form = fields(&[
        ("token", token),
        ("client_id", &stage.app.client_id),
        ("client_secret", &stage.app.secret),
    ]);
    post_form(&stage.hub.url("oauth/introspect"), &form, &[]).await
}

#[actix_web::test]
async fn what_was_asked_and_granted_is_echoed_wherever_the_token_is_looked_at() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let details = json!([payment(), {"type": "payment", "amount": 1}]);
        let text = details.to_string();
        let asked =
            [("audience", BANK), ("scope", "openid offline_access read"), ("authorization_details", &*text)];
        let tokens = stage.tokens(&asked).await;
        assert_eq!(tokens.json["authorization_details"], details);
        let access = tokens.text_of("access_token");
        assert_eq!(claims_of(&access)["authorization_details"], details);
        assert_eq!(introspect(&stage, &access).await.json["authorization_details"], details);
        // A refresh may ask for less, for one access token, and never for more.
        let refresh = |token: String, asked: &Value| {
            let form = fields(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
                ("client_id", &stage.app.client_id),
                ("client_secret", &stage.app.secret),
            ]);
            let asked = if asked.is_null() { String::new() } else { asked.to_string() };
            changed(&form, "authorization_details", &asked)
        };
        let less = stage.token(&refresh(tokens.text_of("refresh_token"), &json!([payment()]))).await;
        assert_eq!(less.json["authorization_details"], json!([payment()]), "{less:?}");
        assert_eq!(claims_of(&less.text_of("access_token"))["authorization_details"], json!([payment()]));
        let more = json!([{"type": "payment", "amount": 2}]);
        let refused = stage.token(&refresh(less.text_of("refresh_token"), &more)).await;
        assert_eq!(refused.error(), (400, "invalid_authorization_details"));
        let all = stage.token(&refresh(less.text_of("refresh_token"), &Value::Null)).await;
        assert_eq!(all.json["authorization_details"], details, "the grant is as it was");
    }
}

#[actix_web::test]
async fn a_code_exchange_may_ask_for_less_and_not_for_more() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let text = json!([payment(), {"type": "payment", "amount": 1}]).to_string();
        let asked = [("audience", BANK), ("authorization_details", text.as_str())];
        for (narrowed, expected) in [
            (json!([payment()]), Ok(json!([payment()]))),
            (json!([{"type": "account"}]), Err("invalid_authorization_details")),
            (json!({"type": "payment"}), Err("invalid_authorization_details")),
        ] {
            let code = stage.code(&asked).await;
            let form = changed(&stage.exchange(&code), "authorization_details", &narrowed.to_string());
            let answer = stage.token(&form).await;
            match expected {
                Ok(details) => assert_eq!(answer.json["authorization_details"], details, "{answer:?}"),
                Err(error) => assert_eq!(answer.error(), (400, error), "{narrowed}"),
            }
        }
    }
}

#[actix_web::test]
async fn only_types_that_the_api_declares_and_the_application_registered_may_be_asked() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let mut browser = stage.member().await;
        let many = json!(vec![payment(); 21]).to_string();
        for (audience, details) in [
            (BANK, r#"[{"type":"account"}]"#),
            (BANK, r#"[{"type":"card"}]"#),
            (BANK, r#"[{"type":"unknown"}]"#),
            (BANK, r#"[{"type":"payment"},{"type":"unknown"}]"#),
            (BANK, r#"[{"amount":1}]"#),
            (BANK, r#"{"type":"payment"}"#),
            (BANK, "payment"),
            (BANK, many.as_str()),
            ("", r#"[{"type":"payment"}]"#),
        ] {
            let asked = [("prompt", "none"), ("audience", audience), ("authorization_details", details)];
            let page = browser.open(&stage.ask(&asked)).await;
            assert_eq!(error_of(&stage, &page), "invalid_authorization_details", "{details}");
        }
        let plain = stage.tokens(&[("audience", BANK)]).await;
        assert_eq!(plain.json["authorization_details"], Value::Null);
        assert_eq!(claims_of(&plain.text_of("access_token"))["authorization_details"], Value::Null);
    }
}

#[actix_web::test]
async fn what_an_application_loses_is_gone_from_its_next_token() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let text = json!([payment()]).to_string();
        let code = stage.code(&[("audience", BANK), ("authorization_details", &text)]).await;
        let path = format!("clients/{}", stage.app.client_id);
        stage.manage(Method::PATCH, &path, json!({"authorization_details_types": ["card"]})).await;
        let answer = stage.redeem(&code).await;
        assert_eq!((answer.status, &answer.json["authorization_details"]), (200, &Value::Null), "{answer:?}");
    }
}

#[actix_web::test]
async fn details_are_pushed_and_asked_by_an_application_for_itself() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let details = json!([payment()]);
        let text = details.to_string();
        let credentials =
            fields(&[("client_id", &stage.app.client_id), ("client_secret", &stage.app.secret)]);
        let own =
            [&credentials[..], &fields(&[("grant_type", "client_credentials"), ("audience", BANK)])].concat();
        let answer = stage.token(&changed(&own, "authorization_details", &text)).await;
        assert_eq!(answer.json["authorization_details"], details, "{answer:?}");
        assert_eq!(claims_of(&answer.text_of("access_token"))["authorization_details"], details);
        let unknown = changed(&own, "authorization_details", r#"[{"type":"account"}]"#);
        assert_eq!(stage.token(&unknown).await.error(), (400, "invalid_authorization_details"));

        let request = fields(&[
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("audience", BANK),
            ("authorization_details", &text),
        ]);
        let request = [credentials, request].concat();
        let par = stage.hub.url("oauth/par");
        let unknown = changed(&request, "authorization_details", r#"[{"type":"account"}]"#);
        assert_eq!(post_form(&par, &unknown, &[]).await.error(), (400, "invalid_authorization_details"));
        let uri = post_form(&par, &request, &[]).await.text_of("request_uri");
        let asked = [("client_id", stage.app.client_id.as_str()), ("request_uri", &uri)];
        let url = url::Url::parse_with_params(&stage.hub.url("authorize"), asked).unwrap();
        let code = code_of(&stage.member().await.open(url.as_str()).await);
        let answer = stage.token(&changed(&stage.exchange(&code), "code_verifier", "")).await;
        assert_eq!(answer.json["authorization_details"], details, "{answer:?}");
    }
}

#[actix_web::test]
async fn a_third_party_application_asks_the_person_every_time_and_the_page_names_the_type() {
    for database in each_database() {
        let stage = stage(database, json!({"is_first_party": false})).await;
        let path = format!("connections/{}", stage.connection.id);
        stage.manage(Method::PATCH, &path, json!({"is_domain_connection": true})).await;
        let text = json!([payment()]).to_string();
        let asked = [("audience", BANK), ("scope", "openid"), ("authorization_details", text.as_str())];
        let mut browser = stage.browser();
        code_of(&stage.sign_in(&mut browser, &asked).await);
        for _ in 0..2 {
            let page = browser.open(&stage.ask(&asked)).await;
            assert!(page.text.contains("payment") && page.text.contains("allow"), "{page:?}");
            let silent = [asked.as_slice(), &[("prompt", "none")]].concat();
            assert_eq!(error_of(&stage, &browser.open(&stage.ask(&silent)).await), "consent_required");
            code_of(&browser.walk_on(page, &[]).await);
        }
        // Without details, what was allowed is remembered.
        let plain = [("audience", BANK), ("scope", "openid"), ("prompt", "none")];
        code_of(&browser.open(&stage.ask(&plain)).await);
    }
}

/// RFC 9396 §10.
#[actix_web::test]
async fn the_metadata_name_the_types_of_every_api_as_they_are_now() {
    for database in each_database() {
        let plain = Stage::on(database).await;
        let advertised = async || {
            let url = plain.hub.url(".well-known/openid-configuration");
            read(http().get(url)).await.json["authorization_details_types_supported"].clone()
        };
        assert_eq!(advertised().await, Value::Null, "nothing works, so nothing is said");
        let bank = json!({
            "identifier": BANK, "name": "Bank", "authorization_details": [{"type": "payment"}, {"type": "account"}],
        });
        let made = plain.manage(Method::POST, "resource-servers", bank).await;
        assert_eq!(advertised().await, json!(["account", "payment"]));
        let cards = json!({
            "identifier": "urn:cards", "name": "Cards", "authorization_details": [{"type": "card"}, {"type": "payment"}],
        });
        plain.manage(Method::POST, "resource-servers", cards).await;
        assert_eq!(advertised().await, json!(["account", "card", "payment"]));
        let path = format!("resource-servers/{}", made.json["id"].as_str().unwrap());
        plain.manage(Method::PATCH, &path, json!({"authorization_details": []})).await;
        assert_eq!(advertised().await, json!(["card", "payment"]));
        plain.hub.stop().await;
    }
}

/// Who decides sees everything: no value of a payment stays between the application and the API.
#[actix_web::test]
async fn the_person_is_shown_every_value_of_the_details() {
    for database in each_database() {
        let stage = stage(database, json!({})).await;
        let text = json!([payment()]).to_string();
        let asked = [("audience", BANK), ("authorization_details", text.as_str()), ("prompt", "consent")];
        let page = stage.member().await.open(&stage.ask(&asked)).await;
        for expected in [
            "<code>payment</code>",
            "amount.currency",
            "EUR",
            "amount.value",
            "12.50",
            "creditor",
            "Écho «1»",
        ] {
            assert!(page.text.contains(expected), "{expected}: {}", page.text);
        }
        stage.hub.stop().await;
    }
}
