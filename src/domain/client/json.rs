//! An application as the Management API shows it. Its secret is not in it.

use serde_json::{Map, Value, json};

use super::Client;

/// The application's JSON (Management API, section 4.2).
pub fn client_json(client: &Client) -> Value {
    let settings = &client.settings;
    let mut object = match serde_json::to_value(settings) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Map::new(),
    };
    object.insert("client_id".into(), json!(client.client_id));
    object.insert("has_client_secret".into(), json!(client.secret_hash.is_some()));
    object.insert("post_logout_redirect_uris".into(), json!(settings.allowed_logout_urls));
    if let Some(uri) = &settings.backchannel_logout_uri {
        object.insert("oidc_logout".into(), json!({"backchannel_logout_urls": [uri]}));
    }
    object.insert("created_at".into(), json!(client.created_at.iso8601()));
    object.insert("updated_at".into(), json!(client.updated_at.iso8601()));
    Value::Object(object)
}
