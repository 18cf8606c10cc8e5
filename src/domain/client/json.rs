//! An application as the Management API shows it. Its secret is not in it.

use serde_json::{Map, Value, json};

use super::Client;
use crate::domain::clock::Timestamp;

/// The application's JSON (Management API, section 4.2). `must_rotate_client_secret`: it signs with its secret, which
/// was made for another method and cannot be read. `is_system`: the hub makes it itself, at every start.
pub fn client_json(client: &Client) -> Value {
    let settings = &client.settings;
    let mut object = match serde_json::to_value(settings) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Map::new(),
    };
    object.insert("client_id".into(), json!(client.client_id));
    object.insert("has_client_secret".into(), json!(client.secret.is_some()));
    object.insert("must_rotate_client_secret".into(), json!(client.must_rotate_secret()));
    object.insert("post_logout_redirect_uris".into(), json!(settings.allowed_logout_urls));
    if let Some(uri) = &settings.backchannel_logout_uri {
        object.insert("oidc_logout".into(), json!({"backchannel_logout_urls": [uri]}));
    }
    if client.is_management || client.is_built_in() {
        object.insert("is_system".into(), json!(true));
    }
    object.insert("created_at".into(), json!(client.created_at.iso8601()));
    object.insert("updated_at".into(), json!(client.updated_at.iso8601()));
    Value::Object(object)
}

/// An application's secrets, without their values: the current one first.
pub fn client_secrets_json(client: &Client, now: Timestamp) -> Value {
    let secrets = client.live_secrets(now).map(|secret| {
        json!({
            "id": secret.id(),
            "is_current": client.secret.as_ref() == Some(secret),
            "created_at": secret.created_at.iso8601(),
            "expires_at": secret.expires_at.map(Timestamp::iso8601),
        })
    });
    Value::Array(secrets.collect())
}
