//! A log entry as the Management API shows it.

use serde_json::{Map, Value, json};

use super::audit::LogEntry;

/// The entry's JSON, with Auth0's names; what is not known is left out.
pub fn log_json(entry: &LogEntry) -> Value {
    let mut json = Map::new();
    for (name, value) in [
        ("_id", Some(&*entry.log_id)),
        ("log_id", Some(&*entry.log_id)),
        ("type", Some(&*entry.log_type)),
        ("description", Some(&*entry.description)),
        ("connection", entry.connection.as_deref()),
        ("connection_id", entry.connection_id.as_deref()),
        ("client_id", entry.client_id.as_deref()),
        ("client_name", entry.client_name.as_deref()),
        ("user_id", entry.user_id.as_deref()),
        ("user_name", entry.user_name.as_deref()),
        ("ip", Some(&*entry.ip)),
        ("user_agent", Some(&*entry.user_agent)),
        ("request_id", Some(&*entry.request_id)),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            json.insert(name.into(), json!(value));
        }
    }
    json.insert("date".into(), json!(entry.date.iso8601()));
    if !entry.details.is_empty() {
        json.insert("details".into(), json!(entry.details));
    }
    Value::Object(json)
}
