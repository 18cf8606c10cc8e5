//! An API as the Management API shows it.

use serde_json::{Map, Value, json};

use super::ResourceServer;

/// The API's JSON (Auth0's resource server).
pub fn resource_server_json(api: &ResourceServer) -> Value {
    let mut object = match serde_json::to_value(&api.settings) {
        Ok(Value::Object(object)) => object,
        Ok(_) | Err(_) => Map::new(),
    };
    object.insert("id".into(), json!(api.id));
    object.insert("identifier".into(), json!(api.identifier));
    object.insert("is_system".into(), json!(api.is_system));
    object.insert("token_dialect".into(), json!("rfc9068_profile"));
    object.insert("enforce_policies".into(), json!(false));
    object.insert("created_at".into(), json!(api.created_at.iso8601()));
    object.insert("updated_at".into(), json!(api.updated_at.iso8601()));
    Value::Object(object)
}
