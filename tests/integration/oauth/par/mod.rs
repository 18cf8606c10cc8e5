//! Pushed authorization requests (RFC 9126).

mod pushing;
mod using;

use serde_json::json;

use crate::support::browser::{Browser, Fields};
use crate::support::sign_in::{Answer, CALLBACK, NONCE, STATE, Stage, VERIFIER, changed, fields, post_form};

/// The request the stage's application pushes by `client_secret_post`, with `changes`; an empty value leaves one out.
fn request(stage: &Stage, changes: &[(&str, &str)]) -> Fields {
    let challenge = vestibule::crypto::digest::sha256_base64url(VERIFIER);
    let mut own = fields(&[
        ("client_id", &stage.app.client_id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", STATE),
        ("nonce", NONCE),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    if !stage.app.secret.is_empty() {
        own.push(("client_secret".into(), stage.app.secret.clone()));
    }
    changes.iter().fold(own, |own, (name, value)| changed(&own, name, value))
}

async fn push(stage: &Stage, changes: &[(&str, &str)]) -> Answer {
    post_form(&stage.hub.url("oauth/par"), &request(stage, changes), &[]).await
}

/// The `request_uri` of a request that has to be taken.
async fn pushed(stage: &Stage, changes: &[(&str, &str)]) -> String {
    let answer = push(stage, changes).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.text_of("request_uri")
}

/// What the browser is sent with: `client_id` and `request_uri`, and nothing else.
fn reference(stage: &Stage, request_uri: &str) -> String {
    reference_of(stage, &stage.app.client_id, request_uri, &[])
}

fn reference_of(stage: &Stage, client_id: &str, request_uri: &str, more: &[(&str, &str)]) -> String {
    let own = [("client_id", client_id), ("request_uri", request_uri)];
    let all = own.into_iter().chain(more.iter().copied());
    url::Url::parse_with_params(&stage.hub.url("authorize"), all).unwrap().into()
}

/// A browser that stops where an application would take over.
fn anybody() -> Browser {
    Browser::new().stopping_at("https://app.example/")
}

/// An application without a secret.
fn public() -> serde_json::Value {
    json!({"token_endpoint_auth_method": "none", "app_type": "spa"})
}
