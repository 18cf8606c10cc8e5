//! A connection as the Management API shows it. Secrets are not in it.

use serde_json::{Map, Value, json};

use super::{Connection, Strategy};

/// The connection's JSON (Management API, section 4.1), with the provider's document where it is known.
pub fn connection_json(connection: &Connection, oidc_metadata: Option<Value>) -> Value {
    let mut shown = json!({
        "id": connection.id,
        "name": connection.name,
        "strategy": connection.strategy.name(),
        "display_name": connection.display_name,
        "enabled_clients": connection.enabled_clients,
        "realms": connection.realms,
        "is_domain_connection": connection.is_domain_connection,
        "show_as_button": connection.show_as_button,
        "is_enabled": connection.is_enabled,
        "metadata": connection.metadata,
        "options": match connection.strategy {
            Strategy::Oidc => oidc_options(connection, oidc_metadata),
            Strategy::Local => local_options(connection),
        },
        "logo_path": connection.logo_path(),
        "created_at": connection.created_at.iso8601(),
        "updated_at": connection.updated_at.iso8601(),
    });
    // Made by the hub itself, at every start.
    if let (true, Some(members)) = (connection.is_built_in(), shown.as_object_mut()) {
        members.insert("is_system".into(), json!(true));
    }
    shown
}

fn oidc_options(connection: &Connection, oidc_metadata: Option<Value>) -> Map<String, Value> {
    let mut options = match serde_json::to_value(&connection.options) {
        Ok(Value::Object(options)) => options,
        Ok(_) | Err(_) => Map::new(),
    };
    // What follows from the provider's promise is no setting.
    options.remove("demands_issuer");
    options.insert("has_client_secret".into(), connection.client_secret.is_some().into());
    options.insert("send_back_channel_nonce".into(), true.into());
    if let Some(document) = oidc_metadata {
        options.insert("oidc_metadata".into(), document);
    }
    options
}

fn local_options(connection: &Connection) -> Map<String, Value> {
    let mut options = Map::new();
    options.insert("domain_aliases".into(), json!(connection.options.domain_aliases));
    if !connection.options.address_aliases.is_empty() {
        options.insert("address_aliases".into(), json!(connection.options.address_aliases));
    }
    if let Some(code) = &connection.options.organization_code {
        options.insert("organization_code".into(), json!(code));
    }
    if let Some(icon_url) = &connection.options.icon_url {
        options.insert("icon_url".into(), json!(icon_url));
    }
    options
}
