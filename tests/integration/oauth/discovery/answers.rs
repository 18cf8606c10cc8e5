//! What tokens and UserInfo say.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use super::{able_application, advertised, document, registers, trials};
use crate::support::databases::sqlite;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, claims_of, code_of};

/// A provider that says of its person whatever there is to say.
const TALKATIVE: Behaviour = Behaviour {
    id_token: Some(|token, _| {
        for name in [
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "phone_number",
            "acr",
        ] {
            token.set(name, name);
        }
        for name in ["profile", "picture", "website"] {
            token.set(name, format!("https://acme.example/{name}"));
        }
        token.set("email", "ada@acme.example");
        token.set("email_verified", true);
        token.set("phone_number_verified", true);
        token.set("updated_at", 1_700_000_000);
        token.set("address", json!({"locality": "London"}));
        token.set("amr", json!(["pwd", "otp"]));
        let now = token.claims["iat"].clone();
        token.set("auth_time", now);
    }),
    ..Behaviour::HONEST
};

#[actix_web::test]
async fn claims() {
    let stage = Stage::on(sqlite()).await;
    let app = able_application(&stage).await;
    let provider = FakeProvider::start(&stage.hub.clock);
    provider.behave(TALKATIVE);
    let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
    let path = format!("connections/{}/clients", connection.id);
    let enabled = json!([{"client_id": app.client_id, "status": true}]);
    stage.manage(reqwest::Method::PATCH, &path, enabled).await;
    let asked = [
        ("client_id", app.client_id.as_str()),
        ("connection", "acme"),
        ("response_type", "code id_token token"),
        ("scope", "openid profile email address phone"),
    ];
    let page = stage.sign_in(&mut stage.browser(), &asked).await;
    code_of(&page);
    let token = |name: &str| page.answered(name).unwrap_or_else(|| panic!("no {name}: {page:?}"));
    let userinfo = stage.userinfo(&token("access_token")).await.json;
    let said: BTreeSet<String> = [claims_of(&token("id_token")), userinfo]
        .iter()
        .flat_map(|claims| claims.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
        .collect();
    assert_eq!(said, advertised(&stage, "claims_supported").await);
}

#[actix_web::test]
async fn scopes() {
    let stage = Stage::with_client(
        sqlite(),
        json!({"grant_types": ["authorization_code", "refresh_token"], "profile_claims": []}),
    )
    .await;
    let others = ["openid", "profile", "email", "address", "phone", "offline_access", "groups", "x"];
    for (scope, is_advertised) in trials(&stage, "scopes_supported", &others).await {
        let asked = format!("openid {scope}");
        let tokens = stage.tokens(&[("scope", &asked)]).await;
        let granted = tokens.text_of("scope");
        let is_granted = granted.split(' ').any(|one| one == scope);
        assert_eq!(is_granted, is_advertised, "{scope}: {granted}");
        let is_lasting = tokens.json.get("refresh_token").is_some();
        assert_eq!(is_lasting, scope == "offline_access", "{scope}");
    }
}

#[actix_web::test]
async fn subject_types() {
    let stage = Stage::on(sqlite()).await;
    for (name, is_advertised) in trials(&stage, "subject_types_supported", &["public", "pairwise", "x"]).await
    {
        assert_eq!(registers(&stage, json!({"subject_type": name})).await, is_advertised, "{name}");
    }
}

#[actix_web::test]
async fn the_claims_parameter() {
    let stage = Stage::on(sqlite()).await;
    let is_advertised = document(&stage).await["claims_parameter_supported"] == json!(true);
    let wish = json!({"id_token": {"given_name": null}}).to_string();
    let tokens = stage.tokens(&[("scope", "openid"), ("claims", &wish)]).await;
    let said = claims_of(&tokens.text_of("id_token"))["given_name"] != Value::Null;
    assert_eq!(said, is_advertised);
}

#[actix_web::test]
async fn languages() {
    let stage = Stage::on(sqlite()).await;
    for (locale, is_advertised) in trials(&stage, "ui_locales_supported", &["en", "fr", "de", "es"]).await {
        let page = stage.browser().open(&stage.ask(&[("ui_locales", &locale)])).await;
        let is_spoken = page.text.contains(&format!("<html lang=\"{locale}\""));
        assert_eq!(is_spoken, is_advertised, "{locale}");
    }
}
