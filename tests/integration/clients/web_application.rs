//! What is asked of every web application here: that a person signs in to it, and that it renews its tokens.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::databases::TestDatabase;
use crate::support::program::Program;
use crate::support::sign_in::{EMAIL, PERSON, Stage};

/// A person signs in to the application that `program` is, and it refreshes twice.
pub async fn sign_in_and_refresh(database: TestDatabase, program: Program) {
    let (stage, base_url, _program) = start(database, program, "openid profile email offline_access").await;
    let mut browser = Browser::new();
    let told = read(&browser.walk(&format!("{base_url}/me"), PERSON).await.text);
    assert_person(&stage, &told);
    assert_eq!(told["refreshable"], true, "{told}");
    for _ in 0..2 {
        let renewed = read(&browser.open(&format!("{base_url}/renew")).await.text);
        assert_person(&stage, &renewed);
        assert_eq!(renewed["claims"]["sid"], told["claims"]["sid"], "another session: {renewed}");
        assert_eq!(renewed["rotated"], true, "{renewed}");
        assert_eq!(renewed["another_access_token"], true, "{renewed}");
    }
    stage.hub.stop().await;
}

/// A person signs in to the application that `program` is, which asks for no refresh token and gets none.
pub async fn sign_in_without_refresh_token(database: TestDatabase, program: Program) {
    let (stage, base_url, _program) = start(database, program, "openid profile email").await;
    let mut browser = Browser::new();
    let told = read(&browser.walk(&format!("{base_url}/me"), PERSON).await.text);
    assert_person(&stage, &told);
    assert_eq!(told["refreshable"], false, "a refresh token nobody asked for: {told}");
    stage.hub.stop().await;
}

/// Starts a hub, and tells the application what it needs to know of it.
async fn start(database: TestDatabase, mut program: Program, scope: &str) -> (Stage, String, Program) {
    let base_url = program.hear().await["base_url"].as_str().unwrap().to_owned();
    let callback = format!("{base_url}/callback");
    let stage = Stage::with_client(database, json!({"callbacks": [callback]})).await;
    program.tell(&json!({
        "issuer": stage.hub.issuer,
        "client_id": stage.app.client_id,
        "client_secret": stage.app.secret,
        "scope": scope,
    }));
    assert_eq!(program.hear().await, json!({"ready": true}));
    (stage, base_url, program)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// `told` is about the person of `stage`, in the ID token and by UserInfo.
fn assert_person(stage: &Stage, told: &Value) {
    for claims in [&told["claims"], &told["userinfo"]] {
        assert_eq!(claims["sub"], stage.user_id.as_str(), "{told}");
        assert_eq!(claims["email"], EMAIL, "{told}");
    }
    let claims = &told["claims"];
    assert_eq!(claims["iss"], stage.hub.issuer.as_str(), "{told}");
    assert_eq!(claims["aud"], stage.app.client_id.as_str(), "{told}");
}
