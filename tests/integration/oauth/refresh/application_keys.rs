//! An application that signs its requests changes its keys between two of them (OpenID Connect Core §10.1.1).

use serde_json::{Value, json};
use vestibule::protocol::client_assertion::ASSERTION_TYPE;

use super::OFFLINE;
use crate::support::browser::Fields;
use crate::support::databases::each_database;
use crate::support::documents::Documents;
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey, Token};
use crate::support::sign_in::{Answer, Stage};

fn publish(documents: &Documents, key: &TestKey) {
    let keys: Value = json!({"keys": [key.jwk]});
    documents.put("/jwks", "application/jwk-set+json", &keys.to_string());
}

/// `form`, with an assertion by `key`.
async fn signed(stage: &Stage, mut form: Fields, key: &'static TestKey) -> Answer {
    let (client_id, now) = (&stage.app.client_id, stage.hub.clock.now().seconds());
    let mut assertion = Token::honest(json!({
        "iss": client_id, "sub": client_id, "aud": stage.hub.issuer, "iat": now, "exp": now + 60,
        "jti": stage.hub.hub.random.token(),
    }));
    assertion.header.insert("kid".into(), json!(key.key_id()));
    assertion.signature = Signature::By(key);
    form.push(("client_assertion_type".into(), ASSERTION_TYPE.into()));
    form.push(("client_assertion".into(), assertion.write()));
    stage.token(&form).await
}

/// Module: oidcc-refresh-token-rp-key-rotation
#[actix_web::test]
async fn an_application_refreshes_with_a_key_it_published_since() {
    for database in each_database() {
        let documents = Documents::start();
        publish(&documents, TestKey::honest());
        let settings = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": documents.url("/jwks"),
        });
        let stage = Stage::at(TestHub::start(database).await, settings).await;
        let form = stage.exchange(&stage.code(OFFLINE).await);
        let tokens = signed(&stage, form, TestKey::honest()).await;
        let form = stage.refreshing(&tokens.text_of("refresh_token"));
        assert_eq!(stage.token(&form).await.error(), (401, "invalid_client"), "nothing is signed");
        publish(&documents, TestKey::intruder());
        let refreshed = signed(&stage, form, TestKey::intruder()).await;
        assert_eq!(refreshed.status, 200, "{refreshed:?}");
        let form = stage.refreshing(&refreshed.text_of("refresh_token"));
        let refused = signed(&stage, form.clone(), TestKey::honest()).await;
        assert_eq!(refused.error(), (401, "invalid_client"), "the key that was taken away");
        assert_eq!(signed(&stage, form, TestKey::intruder()).await.status, 200);
    }
}
